use std::fs::File;
use std::io::{BufReader, BufWriter, Read, Write, stdin, stdout};
use std::path::Path;

use anyhow::Context;
use merlon_report::visible;
use merlon_snapshot::{Lookup, Node, Reader};

use crate::arguments::{Snapshot, SnapshotCommand};
use crate::exit::Exit;

/// Looks into a snapshot.
pub fn run(snapshot: &Snapshot) -> anyhow::Result<Exit> {
    let SnapshotCommand::Show { file, records } = &snapshot.command;
    let name = format!("snapshot {}", file.display());
    let reader: Box<dyn Read> = if file == Path::new("-") {
        Box::new(stdin().lock())
    } else {
        Box::new(BufReader::new(File::open(file).with_context(|| name.clone())?))
    };
    let mut out = BufWriter::new(stdout().lock());
    if *records {
        let mut reader = Reader::new(reader).with_context(|| name.clone())?;
        while let Some(line) = reader.next_line().with_context(|| name.clone())? {
            writeln!(out, "{line}")?;
        }
    } else {
        let snapshot = merlon_snapshot::read(reader).with_context(|| name)?;
        let header = &snapshot.header;
        writeln!(
            out,
            "format {}, {}, taken at {} (unix)",
            header.format, header.tool, header.taken_at
        )?;
        for node in &snapshot.nodes {
            show(node, &mut out)?;
        }
    }
    out.flush()?;
    Ok(Exit::Clean)
}

fn show(node: &Node, out: &mut impl Write) -> anyhow::Result<()> {
    writeln!(out, "\nnode {}", visible(&node.name))?;
    if let Some(name) = node.host.os_release.get("PRETTY_NAME") {
        let kernel = node.host.kernel.as_deref().unwrap_or("unknown");
        writeln!(out, "  {}, kernel {}", visible(name), visible(kernel))?;
    }
    writeln!(out, "  processes ({} of {})", node.processes.len(), node.host.process_count)?;
    for process in &node.processes {
        writeln!(out, "    {:>7} {}", process.pid, visible(&process.argv.join(" ")))?;
    }
    let present = node.files.iter().filter_map(|(path, lookup)| match lookup {
        Lookup::Present(file) => Some((path, file)),
        Lookup::Absent => None,
    });
    writeln!(out, "  files ({} looked up)", node.files.len())?;
    for (path, file) in present {
        let name = |name: &Option<String>, id: u32| name.clone().unwrap_or_else(|| id.to_string());
        let (owner, group) = (name(&file.owner, file.uid), name(&file.group, file.gid));
        let (owner, group) = (visible(&owner), visible(&group));
        writeln!(out, "    {:04o} {owner}:{group} {}", file.mode, visible(path))?;
    }
    writeln!(out, "  documents ({})", node.documents.len())?;
    for (path, document) in &node.documents {
        let redactions = document.redactions;
        writeln!(out, "    {}: {:?}, {redactions} values cut out", visible(path), document.kind)?;
    }
    writeln!(out, "  certificates ({})", node.certificates.len())?;
    for certificate in &node.certificates {
        writeln!(out, "    {}: {}", visible(&certificate.path), visible(&certificate.subject))?;
    }
    writeln!(out, "  listeners ({})", node.listeners.len())?;
    for listener in &node.listeners {
        let holder = listener.pid.map_or_else(|| "unknown".to_owned(), |pid| pid.to_string());
        writeln!(out, "    {}:{} held by {holder}", listener.address, listener.port)?;
    }
    writeln!(out, "  gaps ({})", node.gaps.len())?;
    for gap in &node.gaps {
        writeln!(out, "    {}", visible(&gap.to_string()))?;
    }
    Ok(())
}
