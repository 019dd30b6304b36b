//! A server that misbehaves as it is told, over HTTP on loopback.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

/// What is answered to one request.
pub(super) enum Reply {
    /// JSON with status 200.
    Json(Value),
    /// Anything: status, further headers, body.
    Text(u16, &'static str, String),
    /// JSON that breaks off in the middle.
    Cut(Value),
    /// Nothing, for longer than anybody waits.
    Silence,
    /// JSON that is larger than this many bytes.
    Large(usize),
}

pub(super) struct Fake {
    address: SocketAddr,
    requests: Arc<Mutex<Vec<String>>>,
    directory: tempfile::TempDir,
}

impl Fake {
    /// A server that asks `answer` with a request's path and query, and how often it was sent before.
    pub(super) fn start(answer: impl Fn(&str, usize) -> Reply + Send + Sync + 'static) -> Fake {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let (answer, seen) = (Arc::new(answer), Arc::clone(&requests));
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (answer, seen) = (Arc::clone(&answer), Arc::clone(&seen));
                thread::spawn(move || serve(stream.unwrap(), &*answer, &seen));
            }
        });
        let directory = tempfile::tempdir().unwrap();
        let config = json!({
            "clusters": [{"name": "fake", "cluster": {"server": format!("http://{address}")}}],
            "contexts": [{"name": "fake", "context": {"cluster": "fake"}}],
            "current-context": "fake",
        });
        std::fs::write(directory.path().join("config"), config.to_string()).unwrap();
        Fake { address, requests, directory }
    }

    pub(super) fn kubeconfig(&self) -> std::path::PathBuf {
        self.directory.path().join("config")
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Path and query of every request so far.
    pub(super) fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

fn serve(stream: TcpStream, answer: &dyn Fn(&str, usize) -> Reply, seen: &Mutex<Vec<String>>) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut writer = stream;
    while let Some(uri) = request(&mut reader) {
        let before = {
            let mut seen = seen.lock().unwrap();
            let before = seen.iter().filter(|other| **other == uri).count();
            seen.push(uri.clone());
            before
        };
        // Whoever has stopped listening does not need the rest.
        if write(&mut writer, answer(&uri, before)).is_err() {
            return;
        }
    }
}

fn request(reader: &mut impl BufRead) -> Option<String> {
    let mut first = String::new();
    reader.read_line(&mut first).ok()?;
    let uri = first.split(' ').nth(1)?.to_owned();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        if line == "\r\n" {
            return Some(uri);
        }
    }
}

fn write(writer: &mut TcpStream, reply: Reply) -> std::io::Result<()> {
    const JSON: &str = "content-type: application/json\r\n";
    let head = |status: u16, headers: &str, length: usize| {
        format!("HTTP/1.1 {status} X\r\n{headers}content-length: {length}\r\n\r\n")
    };
    match reply {
        Reply::Json(body) => {
            let body = body.to_string();
            writer.write_all((head(200, JSON, body.len()) + &body).as_bytes())
        }
        Reply::Text(status, headers, body) => {
            writer.write_all((head(status, headers, body.len()) + &body).as_bytes())
        }
        Reply::Cut(body) => {
            let body = body.to_string();
            let half = &body[..body.len() / 2];
            writer.write_all((head(200, JSON, body.len()) + half).as_bytes())?;
            writer.shutdown(std::net::Shutdown::Both)
        }
        Reply::Silence => {
            writer.set_read_timeout(Some(Duration::from_secs(20)))?;
            // Until the other side gives up.
            writer.read_exact(&mut [0])
        }
        Reply::Large(length) => {
            writer.write_all((head(200, JSON, length) + "{\"items\": [\"").as_bytes())?;
            let block = vec![b'x'; 1 << 20];
            for _ in 0..length / block.len() {
                writer.write_all(&block)?;
            }
            Ok(())
        }
    }
}
