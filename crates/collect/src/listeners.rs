//! Listening TCP sockets, and which process of Kubernetes holds each.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read};
use std::net::{Ipv4Addr, Ipv6Addr};
use std::os::fd::AsFd;

use merlon_snapshot::{Cause, Gap, Listener, Process, Subject};
use rustix::fs::Dir;

use crate::root::{HostRoot, is_procfs};
use crate::trouble::Trouble;

const TABLE_LIMIT: u64 = 64 << 20;
/// An API server has a descriptor for each watcher; its listening ones are among the first.
const DESCRIPTORS_LIMIT: usize = 4096;

/// A listening socket with the number that tells who holds it.
pub(crate) struct Socket {
    listener: Listener,
    inode: u64,
}

/// The listening sockets of the host's network, sorted.
pub(crate) fn listeners(
    root: &HostRoot,
    processes: &[Process],
    gaps: &mut Vec<Gap>,
) -> Vec<Listener> {
    let mut sockets = Vec::new();
    for protocol in ["tcp", "tcp6"] {
        match table(root, protocol, &mut sockets) {
            // Without IPv6 there is no second table.
            Ok(seen) if seen || protocol == "tcp6" => {}
            Ok(_) => {
                let trouble = Trouble::new(Cause::Unsupported, "there is no /proc/net/tcp");
                gaps.push(trouble.at(Subject::Listeners));
            }
            Err(trouble) => gaps.push(trouble.at(Subject::Listeners)),
        }
    }
    if !sockets.is_empty() {
        assign(root, processes, &mut sockets, gaps);
    }
    let mut listeners: Vec<Listener> = sockets.into_iter().map(|socket| socket.listener).collect();
    listeners.sort_unstable();
    listeners.dedup();
    listeners
}

/// Reads the table as the host's first process sees it: `/proc/net` is the collector's own network.
///
/// The kernel lists the listening sockets first, so reading ends with them: the others can be tens of
/// thousands, and each costs the kernel time.
fn table(root: &HostRoot, protocol: &str, sockets: &mut Vec<Socket>) -> Result<bool, Trouble> {
    let found = match root.find(&format!("/proc/1/net/{protocol}"))? {
        Some(found) => Some(found),
        None => root.find(&format!("/proc/net/{protocol}"))?,
    };
    let Some(found) = found else {
        return Ok(false);
    };
    let file = found.open()?;
    let is_kernels = is_procfs(file.as_fd());
    let mut lines = BufReader::new(file.take(TABLE_LIMIT));
    let mut line = Vec::new();
    while {
        line.clear();
        lines.read_until(b'\n', &mut line)? > 0
    } {
        let text = std::str::from_utf8(&line).unwrap_or_default();
        let socket = socket(protocol, text);
        let is_header = text.trim_start().starts_with("sl");
        if socket.is_none() && is_kernels && !is_header {
            break;
        }
        sockets.extend(socket);
    }
    Ok(true)
}

/// `0: 0100007F:1F90 00000000:0000 0A …`: addresses in hexadecimal, in words of the machine.
pub(crate) fn socket(protocol: &str, line: &str) -> Option<Socket> {
    const LISTENS: &str = "0A";
    let mut fields = line.split_whitespace();
    let local = fields.nth(1)?;
    if fields.nth(1)? != LISTENS {
        return None;
    }
    let (address, port) = local.split_once(':')?;
    Some(Socket {
        listener: Listener {
            protocol: protocol.to_owned(),
            address: decoded(address)?,
            port: u16::from_str_radix(port, 16).ok()?,
            pid: None,
        },
        inode: fields.nth(5)?.parse().ok()?,
    })
}

fn decoded(address: &str) -> Option<String> {
    let word = |at: usize| {
        let word = u32::from_str_radix(address.get(at..at + 8)?, 16).ok()?;
        Some(word.to_ne_bytes())
    };
    match address.len() {
        8 => Some(Ipv4Addr::from(word(0)?).to_string()),
        32 => {
            let mut bytes = [0; 16];
            for (place, part) in bytes.chunks_exact_mut(4).enumerate() {
                part.copy_from_slice(&word(place * 8)?);
            }
            Some(Ipv6Addr::from(bytes).to_string())
        }
        _ => None,
    }
}

fn assign(root: &HostRoot, processes: &[Process], sockets: &mut [Socket], gaps: &mut Vec<Gap>) {
    let mut holders = BTreeMap::new();
    for process in processes {
        if let Err(trouble) = descriptors(root, process.pid, &mut holders)
            && trouble.cause != Cause::Vanished
        {
            gaps.push(
                trouble.at(Subject::Process { pid: process.pid, part: "sockets".to_owned() }),
            );
        }
    }
    for socket in sockets {
        socket.listener.pid = holders.get(&socket.inode).copied();
    }
}

/// Notes the sockets a process holds; of several holders the first process counts.
fn descriptors(root: &HostRoot, pid: u32, holders: &mut BTreeMap<u64, u32>) -> Result<(), Trouble> {
    let Some(directory) = root.directory(&format!("/proc/{pid}/fd"))? else {
        return Ok(());
    };
    let mut buffer = Vec::with_capacity(64);
    for (number, entry) in Dir::read_from(&directory)?.enumerate() {
        if number == DESCRIPTORS_LIMIT {
            return Err(Trouble::new(
                Cause::LimitReached,
                format!("more than {DESCRIPTORS_LIMIT} open files"),
            ));
        }
        let entry = entry?;
        let Ok(target) = rustix::fs::readlinkat(&directory, entry.file_name(), buffer) else {
            buffer = Vec::with_capacity(64);
            continue;
        };
        let inode = target
            .to_str()
            .ok()
            .and_then(|target| target.strip_prefix("socket:[")?.strip_suffix(']')?.parse().ok());
        if let Some(inode) = inode {
            holders.entry(inode).or_insert(pid);
        }
        buffer = target.into_bytes();
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::socket;

    #[test]
    fn tables_are_read() {
        let check = |protocol: &str, line: &str, expected: Option<(&str, u16, u64)>| {
            let socket = socket(protocol, line);
            let seen = socket.as_ref().map(|socket| {
                (socket.listener.address.as_str(), socket.listener.port, socket.inode)
            });
            assert_eq!(seen, expected, "{line:?}");
        };
        let rest =
            "00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 22181 1 x";
        check("tcp", &format!("   0: 0100007F:2807 {rest}"), Some(("127.0.0.1", 10247, 22181)));
        check("tcp", &format!("   0: 00000000:0016 {rest}"), Some(("0.0.0.0", 22, 22181)));
        let any = "0".repeat(32);
        check("tcp6", &format!("   0: {any}:192B {rest}"), Some(("::", 6443, 22181)));
        let loopback = "00000000000000000000000001000000";
        check("tcp6", &format!("   0: {loopback}:192B {rest}"), Some(("::1", 6443, 22181)));
        check("tcp", &format!("   0: 0100007F:2807 {}", rest.replace("0A", "01")), None);
        check("tcp", &format!("   0: 0100007:2807 {rest}"), None);
        check("tcp", &format!("   0: 0100007F:28070 {rest}"), None);
        check("tcp", &format!("   0: éééé:2807 {rest}"), None);
        check(
            "tcp",
            "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt",
            None,
        );
        check("tcp", "", None);
    }
}
