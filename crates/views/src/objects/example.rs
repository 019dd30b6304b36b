//! Inventories in a few lines of text, for tests.

use merlon_model::Kind;
use merlon_snapshot::{Inventory, Manifest, Origin};

/// The objects of manifests; with `# cluster` in the first line they are all that a live cluster has.
pub(crate) fn inventory(text: &str) -> Inventory {
    let manifest = Manifest { path: "a.yaml".to_owned(), text: text.to_owned(), rendered: None };
    let origin = if text.starts_with("# cluster") {
        Origin::Cluster {
            server: "https://192.0.2.1".to_owned(),
            version: None,
            listed: Kind::ALL.iter().copied().collect(),
        }
    } else {
        Origin::Manifests { skipped: 0 }
    };
    Inventory {
        name: "test".to_owned(),
        origin,
        objects: manifest.contents(0).objects,
        manifests: vec![manifest],
        gaps: Vec::new(),
    }
}
