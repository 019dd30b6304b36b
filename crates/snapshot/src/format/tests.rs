use std::io::Write;

use merlon_model::{Component, Kind};

use super::{ReadError, read, write};
use crate::{
    Cause, Document, DocumentKind, File, FileKind, Gap, Header, Inventory, Listener, Lookup,
    Manifest, Node, Object, Origin, Process, Rendered, Snapshot, Source, Subject,
};

fn sample() -> Snapshot {
    let mut node = Node { name: "worker-1".to_owned(), ..Node::default() };
    node.host.sysctls.insert("kernel.panic".to_owned(), "10".to_owned());
    node.processes.push(Process {
        pid: 812,
        parent: 1,
        name: "kubelet".to_owned(),
        component: Some(Component::Kubelet),
        executable: Some("/usr/bin/kubelet".to_owned()),
        argv: vec![
            "/usr/bin/kubelet".to_owned(),
            "--config=/var/lib/kubelet/config.yaml".to_owned(),
        ],
        uid: Some(0),
        cgroup: None,
        environment: std::collections::BTreeMap::new(),
        own_mounts: Some(false),
        build_version: None,
    });
    let file = File {
        kind: FileKind::Regular,
        mode: 0o600,
        uid: 0,
        gid: 0,
        owner: Some("root".to_owned()),
        group: None,
        size: 12,
        resolved: None,
    };
    node.files.insert("/var/lib/kubelet/config.yaml".to_owned(), Lookup::Present(file));
    node.files.insert("/etc/kubernetes/admin.conf".to_owned(), Lookup::Absent);
    let document = Document {
        kind: DocumentKind::KubeletConfiguration,
        text: "kind: KubeletConfiguration\n# ünï\n".to_owned(),
        redactions: 0,
    };
    node.documents.insert("/var/lib/kubelet/config.yaml".to_owned(), document.clone());
    node.live_kubelet = Some(document);
    node.listeners.push(Listener {
        protocol: "tcp6".to_owned(),
        address: "::".to_owned(),
        port: 10250,
        pid: Some(812),
    });
    node.gaps.push(Gap {
        subject: Subject::of_path("/etc/cni/net.d"),
        cause: Cause::PermissionDenied,
        detail: String::new(),
    });
    let header = Header { format: super::FORMAT, tool: "merlon 0.1.0".to_owned(), taken_at: 1 };
    let nodes = vec![node, Node { name: "worker-2".to_owned(), ..Node::default() }];
    Snapshot { header, nodes, inventories: vec![live(), written()] }
}

fn live() -> Inventory {
    let text =
        r#"{"apiVersion":"v1","kind":"Pod","metadata":{"name":"a"},"spec":{"n":1.5,"m":null}}"#;
    let root = serde_json::from_str(text).unwrap();
    Inventory {
        name: "prod".to_owned(),
        origin: Origin::Cluster {
            server: "https://10.0.0.1:6443".to_owned(),
            version: Some("v1.37.1".to_owned()),
            listed: [Kind::Pod].into(),
        },
        manifests: Vec::new(),
        objects: vec![Object { root, source: Source::Api }],
        gaps: vec![Gap {
            subject: Subject::Objects { kind: Kind::Secret },
            cause: Cause::PermissionDenied,
            detail: "forbidden".to_owned(),
        }],
    }
}

fn written() -> Inventory {
    let manifest = Manifest {
        path: "deploy/all.yaml".to_owned(),
        text: "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Pod\n---\na: b\n"
            .to_owned(),
        rendered: None,
    };
    let helm = Rendered::Helm {
        chart: "web".to_owned(),
        lines: vec![None, Some(7)],
        values: [("image.tag".to_owned(), vec![7])].into(),
    };
    let kustomize =
        Rendered::Kustomize { directory: "base".to_owned(), lines: vec![Some(2), None] };
    let built = [helm, kustomize].map(|rendered| Manifest {
        path: "a".to_owned(),
        text: "# nothing\n".to_owned(),
        rendered: Some(rendered),
    });
    Inventory {
        name: "deploy".to_owned(),
        origin: Origin::Manifests { skipped: 2 },
        objects: manifest.contents(0).objects,
        manifests: [vec![manifest], built.to_vec()].concat(),
        gaps: Vec::new(),
    }
}

fn packed(text: &str) -> Vec<u8> {
    zstd::encode_all(text.as_bytes(), 0).expect("memory takes everything")
}

#[test]
fn what_is_written_is_read_again() {
    let mut bytes = Vec::new();
    write(&sample(), &mut bytes).unwrap();
    assert_eq!(read(bytes.as_slice()).unwrap(), sample());
}

#[test]
fn every_truncation_is_noticed() {
    let mut bytes = Vec::new();
    write(&sample(), &mut bytes).unwrap();
    let text = zstd::decode_all(bytes.as_slice()).unwrap();
    for end in 0..bytes.len() {
        assert!(read(&bytes[..end]).is_err(), "cut off at byte {end} of {}", bytes.len());
    }
    for end in 0..text.len() {
        let mut cut = zstd::Encoder::new(Vec::new(), 0).unwrap();
        cut.write_all(&text[..end]).unwrap();
        let cut = cut.finish().unwrap();
        assert!(read(cut.as_slice()).is_err(), "text cut off at byte {end}");
    }
}

#[test]
fn what_is_no_snapshot_is_refused_with_its_reason() {
    let check = |bytes: &[u8], expected: &str| {
        let error = read(bytes).expect_err(expected).to_string();
        assert!(error.contains(expected), "{error:?} does not say {expected:?}");
    };
    check(b"", "is it a snapshot file");
    check(b"PK\x03\x04 something else", "is it a snapshot file");
    check(&packed("{}\n"), "not a snapshot");
    check(&packed("{\"snapshot\":{\"format\":0}}\n"), "format 0");
    check(
        &packed("{\"snapshot\":{\"format\":99,\"tool\":\"merlon 9\",\"era\":1}}\n{\"new\":1}\n"),
        "merlon 9",
    );
    let header = "{\"snapshot\":{\"format\":1,\"tool\":\"t\",\"taken_at\":1}}\n";
    check(&packed(header), "cut off after record 1");
    check(&packed(&format!("{header}{{\"nonsense\":1}}\n")), "record 2 of the snapshot is broken");
    check(
        &packed(&format!(
            "{header}{{\"listener\":{{\"protocol\":\"tcp\",\"address\":\"::\",\"port\":1,\"pid\":null}}}}\n"
        )),
        "before the first node",
    );
    check(&packed(&format!("{header}{header}")), "before the first node");
    check(&packed(&format!("{header}{{\"end\":{{\"records\":7}}}}\n")), "cut off");
}

#[test]
fn an_archive_that_unpacks_without_end_is_refused() {
    let mut bomb = zstd::Encoder::new(Vec::new(), 1).unwrap();
    let block = vec![b'['; 1 << 20];
    for _ in 0..80 {
        bomb.write_all(&block).unwrap();
    }
    let error = read(bomb.finish().unwrap().as_slice()).expect_err("no newline in 80 MiB");
    assert!(matches!(error, ReadError::TooLarge { .. }), "{error}");
}

#[test]
fn a_rendered_line_leads_to_its_source() {
    let inventory = written();
    let [_, helm, kustomize] = inventory.manifests.as_slice() else { panic!("three manifests") };
    let (helm, kustomize) = (helm.rendered.as_ref().unwrap(), kustomize.rendered.as_ref().unwrap());
    let check = |rendered: &Rendered, line: u32, source: Option<u32>, keys: &[&str]| {
        assert_eq!(rendered.source_line(line), source, "{rendered:?} {line}");
        assert_eq!(rendered.values_at(line), keys, "{rendered:?} {line}");
    };
    check(helm, 0, None, &[]);
    check(helm, 1, None, &[]);
    check(helm, 2, Some(7), &["image.tag"]);
    check(helm, 3, None, &[]);
    check(kustomize, 1, Some(2), &[]);
}
