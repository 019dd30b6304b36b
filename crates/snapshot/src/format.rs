//! The snapshot file: zstd-compressed JSON, one record a line.
//!
//! The first record is the header; then each node begins with a `node` record and each inventory
//! with an `inventory` record, and their facts follow, one a line. Objects of a cluster are records;
//! those of manifests are read again from the manifests' text. The last record is `end` with the number of records before it, so that a
//! truncated file is noticed. A reader takes one line at a time.

use std::io::{self, BufRead, BufReader, Read, Write};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::{
    Certificate, Document, Gap, Header, Host, Inventory, Listener, Lookup, Manifest, Node, Object,
    Origin, Process, Snapshot, Source,
};

/// The version of the file format that this crate writes.
///
/// Raised when a reader of the version before would misunderstand the file. New kinds of facts
/// alone do not raise it: a reader reports records that it does not know.
pub const FORMAT: u32 = 1;

/// The longest record a reader accepts; a document is at most a few MiB.
const MAX_RECORD_BYTES: u64 = 64 << 20;

/// How much text a reader unpacks in all, against archives that unpack without end.
const MAX_TOTAL_BYTES: u64 = 4 << 30;

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
enum Record {
    Snapshot(Header),
    Node { name: String },
    Host(Host),
    Process(Process),
    File { path: String, lookup: Lookup },
    Document { path: String, document: Document },
    Directory { path: String, names: Vec<String> },
    Certificate(Certificate),
    Listener(Listener),
    LiveKubelet(Document),
    Gap(Gap),
    Inventory { name: String, from: Origin },
    Manifest(Manifest),
    Object(merlon_yaml::Node),
    End { records: u64 },
}

/// Why a snapshot file could not be read to its end.
#[derive(Debug, Error)]
pub enum ReadError {
    /// The bytes could not be read or unpacked.
    #[error("cannot unpack the snapshot after record {after}: is it a snapshot file, and whole?")]
    Unpack {
        /// How many records were read before.
        after: u64,
        /// What the decoder said.
        #[source]
        source: io::Error,
    },
    /// The file does not begin with a snapshot's header.
    #[error("this is not a snapshot: its first record is not a header")]
    NotASnapshot,
    /// The file is of a format that this program does not know.
    #[error(
        "the snapshot has format {found}, this program reads up to {FORMAT}: use the version that \
         wrote it, {tool}, or a newer one"
    )]
    Future {
        /// The file's format.
        found: u32,
        /// The program that wrote it.
        tool: String,
    },
    /// A record could not be understood.
    #[error("record {number} of the snapshot is broken")]
    Record {
        /// Its number, from 1.
        number: u64,
        /// What the JSON reader said.
        #[source]
        source: serde_json::Error,
    },
    /// A record stands where it cannot.
    #[error("record {number} of the snapshot stands in the wrong place: {what}")]
    Misplaced {
        /// Its number, from 1.
        number: u64,
        /// What is wrong.
        what: &'static str,
    },
    /// The file ends before its last record.
    #[error("the snapshot is cut off after record {records}: collect it again")]
    Truncated {
        /// How many records were read.
        records: u64,
    },
    /// The file is larger than a reader accepts.
    #[error("the snapshot unpacks to more than a reader accepts ({limit} bytes)")]
    TooLarge {
        /// The limit that was passed.
        limit: u64,
    },
}

/// Writes a snapshot as a compressed stream.
///
/// # Errors
/// What the writer says.
pub fn write(snapshot: &Snapshot, writer: impl Write) -> io::Result<()> {
    let mut stream = Stream { encoder: zstd::Encoder::new(writer, 0)?, records: 0 };
    stream.put(&Record::Snapshot(snapshot.header.clone()))?;
    for node in &snapshot.nodes {
        write_node(&mut stream, node)?;
    }
    for inventory in &snapshot.inventories {
        write_inventory(&mut stream, inventory)?;
    }
    let records = stream.records;
    stream.put(&Record::End { records })?;
    stream.encoder.finish()?.flush()
}

struct Stream<'a, W: Write> {
    encoder: zstd::Encoder<'a, W>,
    records: u64,
}

impl<W: Write> Stream<'_, W> {
    fn put(&mut self, record: &Record) -> io::Result<()> {
        serde_json::to_writer(&mut self.encoder, record)?;
        self.encoder.write_all(b"\n")?;
        self.records += 1;
        Ok(())
    }
}

fn write_node<W: Write>(stream: &mut Stream<'_, W>, node: &Node) -> io::Result<()> {
    // Destructured, so that a new field cannot be forgotten here.
    let Node {
        name,
        host,
        processes,
        files,
        documents,
        directories,
        certificates,
        listeners,
        live_kubelet,
        gaps,
    } = node.clone();
    stream.put(&Record::Node { name })?;
    stream.put(&Record::Host(host))?;
    for process in processes {
        stream.put(&Record::Process(process))?;
    }
    for (path, lookup) in files {
        stream.put(&Record::File { path, lookup })?;
    }
    for (path, document) in documents {
        stream.put(&Record::Document { path, document })?;
    }
    for (path, names) in directories {
        stream.put(&Record::Directory { path, names })?;
    }
    for certificate in certificates {
        stream.put(&Record::Certificate(certificate))?;
    }
    for listener in listeners {
        stream.put(&Record::Listener(listener))?;
    }
    if let Some(document) = live_kubelet {
        stream.put(&Record::LiveKubelet(document))?;
    }
    for gap in gaps {
        stream.put(&Record::Gap(gap))?;
    }
    Ok(())
}

fn write_inventory<W: Write>(stream: &mut Stream<'_, W>, inventory: &Inventory) -> io::Result<()> {
    let Inventory { name, origin, manifests, objects, gaps } = inventory;
    stream.put(&Record::Inventory { name: name.clone(), from: origin.clone() })?;
    for manifest in manifests {
        stream.put(&Record::Manifest(manifest.clone()))?;
    }
    for object in objects.iter().filter(|object| object.source == Source::Api) {
        stream.put(&Record::Object(object.root.clone()))?;
    }
    for gap in gaps {
        stream.put(&Record::Gap(gap.clone()))?;
    }
    Ok(())
}

/// Reads a whole snapshot.
///
/// # Errors
/// See [`ReadError`]; a file that is cut off is an error, because a scan of half the facts would
/// look like a scan of a smaller node.
pub fn read(reader: impl Read) -> Result<Snapshot, ReadError> {
    let mut reader = Reader::new(reader)?;
    let header = reader.header.clone();
    let mut snapshot = Snapshot { header, nodes: Vec::new(), inventories: Vec::new() };
    while let Some(record) = reader.next_record()? {
        let number = reader.records;
        match record {
            // What follows belongs to the last that began; nodes come first.
            Record::Node { .. } if !snapshot.inventories.is_empty() => {
                let what = "a node after an inventory";
                return Err(ReadError::Misplaced { number, what });
            }
            Record::Node { name } => snapshot.nodes.push(Node { name, ..Node::default() }),
            Record::Inventory { name, from } => snapshot.inventories.push(Inventory {
                name,
                origin: from,
                manifests: Vec::new(),
                objects: Vec::new(),
                gaps: Vec::new(),
            }),
            fact => {
                add(&mut snapshot, fact).map_err(|what| ReadError::Misplaced { number, what })?
            }
        }
    }
    Ok(snapshot)
}

fn add(snapshot: &mut Snapshot, fact: Record) -> Result<(), &'static str> {
    if let Some(inventory) = snapshot.inventories.last_mut() {
        return add_to_inventory(inventory, fact);
    }
    match snapshot.nodes.last_mut() {
        Some(node) => add_to_node(node, fact),
        None => Err("a fact before the first node or inventory"),
    }
}

fn add_to_inventory(inventory: &mut Inventory, fact: Record) -> Result<(), &'static str> {
    match fact {
        Record::Manifest(manifest) => {
            // What could not be read of it is among the gaps already.
            let contents = manifest.contents(inventory.manifests.len());
            inventory.objects.extend(contents.objects);
            inventory.manifests.push(manifest);
        }
        Record::Object(root) => inventory.objects.push(Object { root, source: Source::Api }),
        Record::Gap(gap) => inventory.gaps.push(gap),
        Record::Snapshot(_) => return Err("a second header"),
        _ => return Err("a fact about a node in an inventory"),
    }
    Ok(())
}

fn add_to_node(node: &mut Node, fact: Record) -> Result<(), &'static str> {
    match fact {
        Record::Host(host) => node.host = host,
        Record::Process(process) => node.processes.push(process),
        Record::File { path, lookup } => {
            node.files.insert(path, lookup);
        }
        Record::Document { path, document } => {
            node.documents.insert(path, document);
        }
        Record::Directory { path, names } => {
            node.directories.insert(path, names);
        }
        Record::Certificate(certificate) => node.certificates.push(certificate),
        Record::Listener(listener) => node.listeners.push(listener),
        Record::LiveKubelet(document) => node.live_kubelet = Some(document),
        Record::Gap(gap) => node.gaps.push(gap),
        Record::Snapshot(_) => return Err("a second header"),
        _ => return Err("a fact about objects in a node"),
    }
    Ok(())
}

/// Reads a snapshot's records one at a time.
pub struct Reader<R: Read> {
    /// The snapshot's header.
    pub header: Header,
    lines: BufReader<zstd::Decoder<'static, BufReader<R>>>,
    line: Vec<u8>,
    records: u64,
    bytes: u64,
}

impl<R: Read> Reader<R> {
    /// Opens a snapshot and reads its header.
    ///
    /// # Errors
    /// When the stream is not a snapshot, or of a future format.
    pub fn new(reader: R) -> Result<Self, ReadError> {
        let decoder =
            zstd::Decoder::new(reader).map_err(|source| ReadError::Unpack { after: 0, source })?;
        let placeholder = Header { format: 0, tool: String::new(), taken_at: 0 };
        let mut reader = Self {
            header: placeholder,
            lines: BufReader::new(decoder),
            line: Vec::new(),
            records: 0,
            bytes: 0,
        };
        if !reader.fill_line()? {
            return Err(ReadError::NotASnapshot);
        }
        reader.header = parse_header(&reader.line)?;
        Ok(reader)
    }

    /// The next record as one line of JSON, or `None` after the last one.
    ///
    /// # Errors
    /// When the stream breaks, or ends before its last record.
    pub fn next_line(&mut self) -> Result<Option<&str>, ReadError> {
        if self.next_record()?.is_none() {
            return Ok(None);
        }
        // The record was parsed as JSON, so the line is UTF-8.
        Ok(Some(std::str::from_utf8(&self.line).unwrap_or_default()))
    }

    fn next_record(&mut self) -> Result<Option<Record>, ReadError> {
        if !self.fill_line()? {
            return Err(ReadError::Truncated { records: self.records });
        }
        let record = serde_json::from_slice(&self.line)
            .map_err(|source| ReadError::Record { number: self.records, source })?;
        match record {
            Record::End { records } if records + 1 == self.records => Ok(None),
            Record::End { .. } => Err(ReadError::Truncated { records: self.records }),
            record => Ok(Some(record)),
        }
    }

    fn fill_line(&mut self) -> Result<bool, ReadError> {
        self.line.clear();
        let limit = MAX_RECORD_BYTES.min(MAX_TOTAL_BYTES - self.bytes);
        let read = (&mut self.lines)
            .take(limit)
            .read_until(b'\n', &mut self.line)
            .map_err(|source| ReadError::Unpack { after: self.records, source })?;
        self.bytes += read as u64;
        if self.line.last() != Some(&b'\n') {
            if read as u64 == limit {
                return Err(ReadError::TooLarge { limit });
            }
            return if read == 0 {
                Ok(false)
            } else {
                Err(ReadError::Truncated { records: self.records })
            };
        }
        self.line.pop();
        self.records += 1;
        Ok(true)
    }
}

/// Reads the header by hand: a future format may have other records, but its header still says
/// which format it is.
fn parse_header(line: &[u8]) -> Result<Header, ReadError> {
    #[derive(Deserialize)]
    struct AnyHeader {
        format: u32,
        #[serde(default)]
        tool: String,
        #[serde(default)]
        taken_at: i64,
    }
    #[derive(Deserialize)]
    struct First {
        snapshot: AnyHeader,
    }
    let First { snapshot } = serde_json::from_slice(line).map_err(|_| ReadError::NotASnapshot)?;
    if snapshot.format == 0 || snapshot.format > FORMAT {
        return Err(ReadError::Future { found: snapshot.format, tool: snapshot.tool });
    }
    Ok(Header { format: snapshot.format, tool: snapshot.tool, taken_at: snapshot.taken_at })
}

#[cfg(test)]
mod tests;
