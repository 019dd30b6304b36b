use std::collections::BTreeSet;
use std::net::{Ipv4Addr, TcpListener};
use std::sync::Mutex;

/// Below the range from which the kernel takes ports for outgoing connections, so that
/// no connection takes a port between its choice and its use.
const RANGE: std::ops::Range<u16> = 12_000..32_000;

/// A loopback port that nothing listens on and that this process has not been given before.
pub(crate) fn free_port() -> std::io::Result<u16> {
    static GIVEN: Mutex<BTreeSet<u16>> = Mutex::new(BTreeSet::new());
    let mut given = GIVEN.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    let width = u32::from(RANGE.end - RANGE.start);
    // Processes start at different places, so that two that start together rarely meet.
    let start = std::process::id().wrapping_mul(101) % width;
    for step in 0..width {
        let offset = u16::try_from((start + step) % width).expect("the range fits");
        let port = RANGE.start + offset;
        if !given.contains(&port) && TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            given.insert(port);
            return Ok(port);
        }
    }
    Err(std::io::ErrorKind::AddrNotAvailable.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_port_is_given_twice() {
        let ports: BTreeSet<u16> = (0..100).map(|_| free_port().expect("free")).collect();
        assert_eq!(ports.len(), 100);
    }

    #[test]
    fn a_taken_port_is_not_given() {
        let port = free_port().expect("free");
        let _listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).expect("it was free");
        assert!((0..50).all(|_| free_port().expect("free") != port));
    }
}
