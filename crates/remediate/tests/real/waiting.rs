//! What the edits do around the text: files, units, waiting.

use std::fs;

use crate::edits::{PACKAGE, python};
use crate::tools::Tools;

pub(crate) fn files(_: &Tools) {
    let folder = tempfile::tempdir().expect("a directory");
    let root = folder.path().display().to_string();
    python("python3", include_str!("files.py"), &[PACKAGE, &root], "");
}

pub(crate) fn units(_: &Tools) {
    let folder = tempfile::tempdir().expect("a directory");
    let root = folder.path().display().to_string();
    python("python3", include_str!("units.py"), &[PACKAGE, &root], "");
}

pub(crate) fn waits(_: &Tools) {
    let folder = tempfile::tempdir().expect("a directory");
    let key = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a key");
    fs::write(folder.path().join("cert.pem"), key.cert.pem()).expect("a file");
    fs::write(folder.path().join("key.pem"), key.signing_key.serialize_pem()).expect("a file");
    let root = folder.path().display().to_string();
    python("python3", include_str!("waits.py"), &[PACKAGE, &root], "");
}
