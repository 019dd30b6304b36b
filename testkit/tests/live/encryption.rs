use std::fs;
use std::path::Path;

use merlon_testkit::{ControlPlane, Profile, Version, block_on};
use serde_json::json;

const CANARY: &str = "canary-that-must-not-be-found";

pub(crate) fn at_rest(version: Version) {
    let check = |profile: Profile, readable: bool| {
        let plane =
            ControlPlane::builder(version).profile(profile).without_controllers().start().unwrap();
        let secret = json!({
            "apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s", "namespace": "default"},
            "stringData": {"key": CANARY},
        });
        block_on(plane.apply(&[secret])).unwrap();
        let stored = stored(&plane.root().join("var/lib/etcd/member"));
        let contains =
            |text: &str| stored.windows(text.len()).any(|window| window == text.as_bytes());
        assert!(contains("/registry/secrets/default/s"));
        assert_eq!(contains(CANARY), readable);
        assert_eq!(contains("k8s:enc:secretbox:v1:first:"), !readable);
    };
    check(Profile::kubeadm(), true);
    check(Profile::hardened(), false);
}

/// Every byte that etcd has written.
fn stored(directory: &Path) -> Vec<u8> {
    let mut bytes = Vec::new();
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            bytes.extend(stored(&path));
        } else {
            bytes.extend(fs::read(&path).unwrap());
        }
    }
    bytes
}
