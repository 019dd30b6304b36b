use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use merlon_snapshot::{Inventory, Origin, Source, Subject};
use proptest::prelude::*;
use tempfile::TempDir;

use super::{ManifestOptions, NothingThere, collect};

/// Neither Helm nor Kustomize is there.
fn options() -> ManifestOptions {
    let mut options = ManifestOptions::default();
    options.helm.program = Some(PathBuf::from("/nonexistent/helm"));
    options.kustomize = Some(PathBuf::from("/nonexistent/kustomize"));
    options
}

fn tree(files: &[(&str, &str)]) -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = directory.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    directory
}

/// One line for each object, gap, and the count of skipped files; paths are those below `root`.
fn told(inventory: &Inventory, root: &Path) -> Vec<String> {
    let below = |path: &str| {
        let root = root.to_str().unwrap();
        let path = path.strip_prefix(root).unwrap_or(path).trim_start_matches('/');
        if path.is_empty() { ".".to_owned() } else { path.to_owned() }
    };
    let mut told: Vec<String> = inventory
        .objects
        .iter()
        .map(|object| {
            let Source::Manifest { manifest, .. } = object.source else { panic!("from an API") };
            let path = below(&inventory.manifests[manifest].path);
            let kind = object.root.get("kind").and_then(|kind| kind.as_str()).unwrap();
            format!("{path} {kind} {}", object.name())
        })
        .collect();
    for gap in &inventory.gaps {
        let Subject::Manifest { path, line } = &gap.subject else { panic!("{gap}") };
        let line = line.map_or(String::new(), |line| format!(":{line}"));
        told.push(format!("{}{line}: {}", below(path), gap.cause));
    }
    let Origin::Manifests { skipped } = inventory.origin else { panic!("from a cluster") };
    if skipped > 0 {
        told.push(format!("skipped {skipped}"));
    }
    told
}

fn read(directory: &TempDir, options: &ManifestOptions) -> Inventory {
    let paths = [directory.path().to_owned()];
    collect(&paths, options, &mut std::io::empty()).unwrap()
}

#[track_caller]
fn expect(directory: &TempDir, expected: &[&str]) {
    assert_eq!(told(&read(directory, &options()), directory.path()), expected);
}

#[track_caller]
fn check(files: &[(&str, &str)], expected: &[&str]) {
    expect(&tree(files), expected);
}

const POD: &str = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\n";
const OTHER: &str = "apiVersion: v1\nkind: Service\nmetadata:\n  name: b\n";
const JSON: &str = r#"{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "j"}}"#;

#[test]
fn files_of_every_form_are_read_in_the_order_of_their_paths() {
    check(
        &[("b.yml", OTHER), ("a/c.yaml", POD), ("d.json", JSON), ("e.txt", POD), ("f.YAML", POD)],
        &["a/c.yaml Pod a", "b.yml Service b", "d.json Pod j"],
    );
    let both = format!("{POD}---\n{OTHER}");
    check(&[("all.yaml", &both)], &["all.yaml Pod a", "all.yaml Service b"]);
    let list =
        "apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: Pod, metadata: {name: l}}\n";
    check(&[("list.yaml", list)], &["list.yaml Pod l"]);
    check(&[("marked.yaml", &format!("\u{feff}{POD}"))], &["marked.yaml Pod a"]);
    check(&[("crlf.yaml", &POD.replace('\n', "\r\n"))], &["crlf.yaml Pod a"]);
}

#[test]
fn what_is_not_of_kubernetes_is_skipped_and_counted() {
    check(&[("compose.yaml", "services:\n  web:\n    ports: !override [80]\n")], &["skipped 1"]);
    check(&[("package.json", "{\"name\": \"x\"}"), ("empty.yaml", "")], &["skipped 2"]);
    check(&[("jinja.yaml", "{% if x %}\na: {{ b }}\n{% endif %}\n")], &["skipped 1"]);
    check(&[("notes.yaml", "apiVersion is a key\n\t- of: [objects\n")], &["skipped 1"]);
    check(&[("schema.json", "{\"apiVersion\": {\"type\": \"string\"}}")], &["skipped 1"]);
    check(&[("comment.yaml", "# apiVersion: v1\n# kind: Pod\n")], &["skipped 1"]);
}

#[test]
fn a_key_written_with_escapes_is_a_key() {
    check(
        &[("odd.yaml", "\"api\\x56ersion\": v1\n\"\\u006bind\": Pod\nmetadata: {name: e}\n")],
        &["odd.yaml Pod e"],
    );
}

#[test]
fn a_broken_file_is_a_gap_with_its_line_and_the_others_are_read() {
    check(
        &[("broken.yaml", "apiVersion: v1\nkind: Pod\nspec: [\n"), ("fine.yaml", POD)],
        &["fine.yaml Pod a", "broken.yaml:3: not parsable"],
    );
    check(
        &[("broken.json", "{\"apiVersion\": \"v1\", \"kind\": \"Pod\"")],
        &["broken.json:1: not parsable"],
    );
}

#[test]
fn a_key_written_twice_is_read_like_kubernetes_reads_it() {
    check(&[("twice.yaml", &format!("{POD}kind: Job\n"))], &["twice.yaml Job a"]);
}

#[test]
fn a_template_that_nobody_rendered_is_one_gap() {
    let check = |text: &str, objects: &[&str]| {
        let directory = tree(&[("template.yaml", text)]);
        let inventory = read(&directory, &options());
        let told = told(&inventory, directory.path());
        assert_eq!(told[..told.len() - 1], *objects, "{text}");
        assert_eq!(inventory.gaps.len(), 1, "{:?}", inventory.gaps);
        let detail = &inventory.gaps[0].detail;
        assert!(detail.contains("name its chart"), "{detail}");
    };
    check(&format!("{POD}spec:\n  {{{{- if .Values.a }}}}\n  b: c\n  {{{{- end }}}}\n"), &[]);
    // These are YAML: mappings in place of values.
    let valid = format!("{POD}spec:\n  hostPID: {{{{ .Values.a }}}}\n  b: {{{{ .Values.b }}}}\n");
    check(&valid, &[]);
    check(&format!("{OTHER}---\n{valid}"), &["template.yaml Service b"]);
}

#[test]
fn of_a_half_broken_file_only_what_was_read_is_kept() {
    let text = format!(
        "# first\n{POD}---\nkind: Secret\nstringData: {{password: hunter2\n---\n# third\n{OTHER}"
    );
    let directory = tree(&[("half.yaml", &text)]);
    let inventory = read(&directory, &options());
    assert_eq!(
        told(&inventory, directory.path()),
        ["half.yaml Pod a", "half.yaml Service b", "half.yaml:8: not parsable"]
    );
    let kept = &inventory.manifests[0].text;
    assert!(!kept.contains("hunter2") && kept.contains("# third"), "{kept}");
    assert_eq!(kept.lines().count(), text.lines().count());
    assert_eq!(kept.lines().position(|line| line == "kind: Service"), Some(11), "{kept}");
}

#[test]
fn foreign_documents_and_items_are_not_kept() {
    let text = format!("password: hunter2\n---\n{POD}---\n- hunter3\n");
    let directory = tree(&[("mixed.yaml", &text)]);
    let inventory = read(&directory, &options());
    assert_eq!(told(&inventory, directory.path()), ["mixed.yaml Pod a"]);
    assert!(!inventory.manifests[0].text.contains("hunter"), "{}", inventory.manifests[0].text);

    let list = format!("apiVersion: v1\nkind: List\nitems:\n- {JSON}\n- {{password: hunter4}}\n");
    let directory = tree(&[("list.yaml", &list)]);
    let inventory = read(&directory, &options());
    assert_eq!(told(&inventory, directory.path()), ["list.yaml Pod j"]);
    assert!(!inventory.manifests[0].text.contains("hunter4"));
}

#[test]
fn secrets_are_cut_out_before_anything_is_kept() {
    let check = |text: &str| {
        let directory = tree(&[("secret.yaml", text)]);
        let inventory = read(&directory, &options());
        assert_eq!(inventory.objects.len(), 1, "{text}");
        assert_eq!(inventory.gaps, [], "{text}");
        let manifest = &inventory.manifests[0];
        assert!(!manifest.text.contains("hunter"), "{}", manifest.text);
        assert!(!format!("{:?}", inventory.objects).contains("hunter"));
        assert_eq!(manifest.text.lines().count(), text.lines().count());
        assert_eq!(manifest.contents(0).objects, inventory.objects);
    };
    let head = "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\n";
    check(&format!("{head}data:\n  a: hunter2\n"));
    check(&format!("{head}stringData:\n  a: |\n    hunter2\n    hunter3\n  b: 'hunter4'\n"));
    check(
        &format!("{head}stringData: {{a: hunter2}}\nstringData: {{a: x}}\n")
            .replace("stringData: {a: x}\n", "immutable: true\n"),
    );
    check(&format!("{head}data: [hunter2]\n"));
    check(
        r#"{"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, "data": {"a": "hunter2"}}"#,
    );
}

#[test]
fn ignored_and_hidden_files_are_left_out_unless_they_are_named() {
    let files = [
        (".gitignore", "out/\n*.gen.yaml\n"),
        (".ignore", "drafts/\n"),
        ("out/a.yaml", POD),
        ("b.gen.yaml", POD),
        ("drafts/c.yaml", POD),
        (".github/d.yaml", POD),
        (".hidden.yaml", POD),
        ("e.yaml", OTHER),
    ];
    check(&files, &["e.yaml Service b"]);
    let directory = tree(&files);
    let everything = ManifestOptions { honour_ignore_files: false, ..options() };
    assert_eq!(
        told(&read(&directory, &everything), directory.path()),
        ["b.gen.yaml Pod a", "drafts/c.yaml Pod a", "e.yaml Service b", "out/a.yaml Pod a"]
    );
    let paths = ["out/a.yaml", "b.gen.yaml", ".github"].map(|path| directory.path().join(path));
    let named = collect(&paths, &options(), &mut std::io::empty()).unwrap();
    assert_eq!(
        told(&named, directory.path()),
        [".github/d.yaml Pod a", "b.gen.yaml Pod a", "out/a.yaml Pod a"]
    );
}

#[test]
fn a_named_file_may_have_any_name_and_is_read_once() {
    let directory = tree(&[("manifest", POD), ("deploy/a.yaml", OTHER)]);
    let named = |names: &[&str]| {
        let paths: Vec<PathBuf> = names.iter().map(|name| directory.path().join(name)).collect();
        told(&collect(&paths, &options(), &mut std::io::empty()).unwrap(), directory.path())
    };
    assert_eq!(named(&["manifest"]), ["manifest Pod a"]);
    assert_eq!(named(&["deploy/a.yaml", "deploy", "."]), ["deploy/a.yaml Service b"]);
    assert_eq!(
        named(&["manifest", "gone.yaml"]),
        ["manifest Pod a", "gone.yaml: failed"],
        "what is missing is told beside what is there"
    );
}

#[test]
fn nothing_that_was_named_exists() {
    let paths = [PathBuf::from("/nonexistent/a.yaml"), PathBuf::from("/nonexistent/b")];
    let error = collect(&paths, &options(), &mut std::io::empty()).expect_err("nothing is there");
    let expected = ["/nonexistent/a.yaml", "/nonexistent/b"].map(str::to_owned).to_vec();
    assert_eq!(error, NothingThere { paths: expected });
    assert!(error.to_string().contains("no such file"), "{error}");
}

#[test]
fn standard_input_is_read_like_a_file() {
    let read = |bytes: &[u8], limit| {
        let options = ManifestOptions { max_file_bytes: limit, ..options() };
        let mut input = bytes;
        told(&collect(&[PathBuf::from("-")], &options, &mut input).unwrap(), Path::new("/"))
    };
    assert_eq!(read(POD.as_bytes(), 1000), ["- Pod a"]);
    assert_eq!(read(b"", 1000), ["skipped 1"]);
    assert_eq!(read(b"kind: \xff\n", 1000), ["-: not UTF-8"]);
    assert_eq!(read(POD.as_bytes(), 10), ["-: too large"]);
}

#[test]
fn paths_are_told_without_the_dot_before_them() {
    let check = |path: &str, expected: &str| assert_eq!(super::shown(Path::new(path)), expected);
    check(".", ".");
    check("./", ".");
    check("./a/b.yaml", "a/b.yaml");
    check(".//a", "a");
    check("../a", "../a");
    check("/a", "/a");
    check("", ".");
}

#[test]
fn links_are_followed_inside_the_tree_only() {
    let outside = tree(&[("x.yaml", POD), ("d/y.yaml", POD)]);
    let directory = tree(&[("real.yaml", POD), ("..data/config.yaml", OTHER)]);
    let root = directory.path();
    symlink("real.yaml", root.join("again.yaml")).unwrap();
    // As a kubelet lays out a mounted ConfigMap.
    symlink("..data/config.yaml", root.join("config.yaml")).unwrap();
    symlink(outside.path().join("x.yaml"), root.join("out.yaml")).unwrap();
    symlink(outside.path().join("d"), root.join("outdir")).unwrap();
    symlink("loop.yaml", root.join("loop.yaml")).unwrap();
    symlink(".", root.join("self")).unwrap();
    symlink("nowhere.yaml", root.join("dangling.yaml")).unwrap();
    expect(
        &directory,
        &[
            "config.yaml Service b",
            "real.yaml Pod a",
            "dangling.yaml: failed",
            "loop.yaml: symbolic links form a loop",
            "out.yaml: failed",
            "outdir: failed",
        ],
    );
    let named = collect(&[root.join("out.yaml")], &options(), &mut std::io::empty()).unwrap();
    assert_eq!(told(&named, root), ["out.yaml Pod a"]);
}

fn pipe(path: &Path) {
    let mode = rustix::fs::Mode::from_raw_mode(0o600);
    rustix::fs::mknodat(rustix::fs::CWD, path, rustix::fs::FileType::Fifo, mode, 0).unwrap();
}

#[test]
fn what_is_no_file_is_not_opened() {
    let directory = tree(&[("a.yaml", POD), ("ignored/b.yaml", POD), ("dir.yaml/c.yaml", OTHER)]);
    pipe(&directory.path().join("pipe.yaml"));
    pipe(&directory.path().join("ignored/.gitignore"));
    expect(
        &directory,
        &[
            "a.yaml Pod a",
            "dir.yaml/c.yaml Service b",
            "ignored: not the expected kind of file",
            "pipe.yaml: not the expected kind of file",
        ],
    );
    let named = [directory.path().join("pipe.yaml"), PathBuf::from("/dev/zero")];
    let named = collect(&named, &options(), &mut std::io::empty()).unwrap();
    assert_eq!(named.gaps.len(), 2, "{:?}", named.gaps);
    let ignored = [directory.path().join("ignored")];
    let ignored = collect(&ignored, &options(), &mut std::io::empty()).unwrap();
    assert_eq!(ignored.gaps.len(), 1, "{:?}", ignored.gaps);
}

#[test]
fn a_huge_file_costs_nothing() {
    let directory = tree(&[("a.yaml", POD)]);
    let huge = fs::File::create(directory.path().join("huge.yaml")).unwrap();
    huge.set_len(500 << 20).unwrap();
    let ignore = fs::File::create(directory.path().join(".ignore")).unwrap();
    expect(&directory, &["a.yaml Pod a", "huge.yaml: too large"]);
    ignore.set_len(500 << 20).unwrap();
    expect(&directory, &[".: too large"]);
}

#[test]
fn hostile_texts_are_gaps() {
    let mut bomb = "apiVersion: v1\nkind: Pod\na0: &a0 [x,x,x,x,x,x,x,x,x,x]\n".to_owned();
    for level in 1..10 {
        let above = format!("*a{},", level - 1).repeat(10);
        bomb.push_str(&format!("a{level}: &a{level} [{}]\n", above.trim_end_matches(',')));
    }
    let deep = format!("apiVersion: v1\nkind: Pod\nspec: {}\n", "[".repeat(10_000));
    let directory = tree(&[("bomb.yaml", &bomb), ("deep.yaml", &deep), ("fine.yaml", POD)]);
    fs::write(directory.path().join("latin.yaml"), b"apiVersion: v1\nkind: Pod\nx: \xe9\n")
        .unwrap();
    fs::write(directory.path().join("wide.yaml"), b"\xff\xfea\0p\0i\0").unwrap();
    let inventory = read(&directory, &options());
    let told = told(&inventory, directory.path());
    assert_eq!(told[0], "fine.yaml Pod a");
    for name in ["bomb.yaml", "deep.yaml", "latin.yaml", "wide.yaml"] {
        assert!(told.iter().any(|line| line.starts_with(name)), "{name}: {told:?}");
    }
    assert_eq!(told.len(), 5, "{told:?}");
}

#[test]
fn directories_as_deep_as_they_come_are_walked() {
    let directory = tempfile::tempdir().unwrap();
    let mut path = directory.path().to_owned();
    for _ in 0..400 {
        path.push("d");
        fs::create_dir(&path).unwrap();
    }
    fs::write(path.join("a.yaml"), POD).unwrap();
    let inventory = read(&directory, &options());
    assert_eq!((inventory.objects.len(), inventory.gaps.len()), (1, 0));
}

#[test]
fn a_directory_that_may_not_be_seen_is_a_gap() {
    if rustix::process::geteuid().is_root() {
        return;
    }
    let directory = tree(&[("closed/a.yaml", POD), ("b.yaml", OTHER)]);
    let closed = directory.path().join("closed");
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o000)).unwrap();
    expect(&directory, &["b.yaml Service b", "closed: permission denied"]);
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o700)).unwrap();
}

#[test]
fn limits_are_told_when_they_are_reached() {
    let directory = tree(&[("a.yaml", POD), ("b.yaml", OTHER), ("c.yaml", POD)]);
    let few = ManifestOptions { max_files: 2, ..options() };
    assert_eq!(
        told(&read(&directory, &few), directory.path()),
        ["a.yaml Pod a", "b.yaml Service b", "c.yaml: limit reached"]
    );
    let little = ManifestOptions { max_total_bytes: POD.len() + 10, ..options() };
    assert_eq!(
        told(&read(&directory, &little), directory.path()),
        ["a.yaml Pod a", "b.yaml: limit reached", "c.yaml: limit reached"]
    );
}

const TEMPLATE: &str = "apiVersion: v1\nkind: Pod\nmetadata: {{ .Values.a }}\n";

#[test]
fn without_helm_a_chart_is_a_gap_and_its_parts_are_not_read() {
    check(
        &[
            ("chart/Chart.yaml", "apiVersion: v2\nname: web\nversion: 1.0.0\n"),
            ("chart/values.yaml", "apiVersion: v1\nkind: none\n"),
            ("chart/templates/a.yaml", TEMPLATE),
            ("chart/crds/b.yaml", OTHER),
            ("chart/charts/sub/Chart.yaml", "apiVersion: v2\nname: sub\nversion: 1.0.0\n"),
            ("chart/examples/c.yaml", POD),
            ("d.yaml", OTHER),
        ],
        &["chart/examples/c.yaml Pod a", "d.yaml Service b", "chart: a program is missing"],
    );
    check(
        &[
            ("Chart.yaml", "apiVersion: v2\nname: web\nversion: 1.0.0\n"),
            ("templates/a.yaml", TEMPLATE),
        ],
        &[".: a program is missing"],
    );
}

#[test]
fn what_helm_must_not_read_is_a_gap_before_helm_is_started() {
    let chart = "apiVersion: v2\nname: web\nversion: 1.0.0\n";
    let outside = tree(&[("key", "hunter2")]);
    let with = |make: &dyn Fn(&Path)| {
        let directory = tree(&[("web/Chart.yaml", chart), ("shared.yaml", OTHER)]);
        make(&directory.path().join("web"));
        let told = told(&read(&directory, &options()), directory.path());
        assert_eq!(told[0], "shared.yaml Service b");
        told[1].clone()
    };
    assert_eq!(with(&|_| ()), "web: a program is missing");
    assert_eq!(
        with(&|web| symlink("../shared.yaml", web.join("shared.yaml")).unwrap()),
        "web: a program is missing"
    );
    assert_eq!(
        with(&|web| symlink(outside.path().join("key"), web.join("key")).unwrap()),
        "web: failed"
    );
    assert_eq!(with(&|web| symlink(outside.path(), web.join("files")).unwrap()), "web: failed");
    assert_eq!(with(&|web| pipe(&web.join("pipe"))), "web: not the expected kind of file");
    let huge = |web: &Path| fs::File::create(web.join("a")).unwrap().set_len(500 << 20).unwrap();
    assert_eq!(with(&huge), "web: too large");
}

#[test]
fn what_kustomize_must_not_read_is_a_gap_before_it_is_started() {
    let directory = tree(&[("kustomization.yaml", "resources: [a, b.yaml]\n"), ("b.yaml", POD)]);
    let part = directory.path().join("a");
    pipe(&part);
    expect(&directory, &["b.yaml Pod a", ".: not the expected kind of file"]);
    fs::remove_file(&part).unwrap();
    fs::File::create(&part).unwrap().set_len(500 << 20).unwrap();
    expect(&directory, &["b.yaml Pod a", ".: too large"]);
}

#[test]
fn a_library_is_no_chart_of_its_own() {
    check(
        &[
            ("Chart.yaml", "apiVersion: v2\nname: lib\ntype: library\nversion: 1.0.0\n"),
            ("templates/a.yaml", TEMPLATE),
        ],
        &["skipped 1"],
    );
}

#[test]
fn without_kustomize_resources_are_read_as_they_stand_and_patches_are_not() {
    check(
        &[
            ("base/kustomization.yaml", "resources: [pod.yaml]\npatches: [{path: patch.yaml}]\n"),
            ("base/pod.yaml", POD),
            ("base/patch.yaml", OTHER),
            ("over/kustomization.yml", "resources: [../base]\npatchesStrategicMerge: [p.yaml]\n"),
            ("over/p.yaml", OTHER),
        ],
        &["base/pod.yaml Pod a", "over: a program is missing"],
    );
}

#[test]
fn a_kustomization_of_flux_is_an_object() {
    let flux =
        "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: f}\n";
    check(&[("kustomization.yaml", flux)], &["kustomization.yaml Kustomization f"]);
}

#[test]
fn what_would_be_fetched_is_a_gap() {
    let check = |entry: &str| {
        let text = format!("resources: [pod.yaml, '{entry}']\n");
        check(
            &[("kustomization.yaml", &text), ("pod.yaml", POD)],
            &["pod.yaml Pod a", ".: not reachable"],
        );
    };
    check("https://user:hunter2@example.org/a.yaml");
    check("github.com/owner/name//deploy?ref=v1");
    check("git@github.com:owner/name.git");
    check("example.org/a/b");
    check("owner/name?ref=main");
}

/// A document, the line that tells of its object if it is one, and whether it says `hunter`.
fn documents() -> impl Strategy<Value = (String, Option<&'static str>)> {
    let secret = "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData:\n  a: |-\n    hunter2\n\n    x\n";
    let list = "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Pod\n  metadata: {name: l}\n- hunter2\n";
    prop_oneof![
        Just((POD.to_owned(), Some("m.yaml Pod a"))),
        Just((format!("# before\n{OTHER}  # after\n"), Some("m.yaml Service b"))),
        Just((format!("{JSON}\n"), Some("m.yaml Pod j"))),
        Just((secret.to_owned(), Some("m.yaml Secret s"))),
        Just((list.to_owned(), Some("m.yaml Pod l"))),
        Just(("password: hunter2\n".to_owned(), None)),
        Just(("- hunter2 # hunter3\n- 'hunter4\n\n  hunter5'\n".to_owned(), None)),
        Just(("a: [hunter2\n# hunter3\n".to_owned(), None)),
        Just(("apiVersion: v1\nkind: Pod\n\tspec: hunter2\n  x: y\n".to_owned(), None)),
        Just(("apiVersion: v1\nkind: Pod\nspec: {{ .Values.hunter2 }}\n".to_owned(), None)),
        Just((String::new(), None)),
    ]
}

proptest! {
    #[test]
    fn of_any_mixture_exactly_the_objects_are_kept(
        parts in proptest::collection::vec(documents(), 1..6),
        crlf in any::<bool>(),
    ) {
        let texts: Vec<&str> = parts.iter().map(|(text, _)| text.as_str()).collect();
        let text = texts.join("---\n");
        let text = if crlf { text.replace('\n', "\r\n") } else { text };
        let directory = tree(&[("m.yaml", &text)]);
        let inventory = read(&directory, &options());
        let expected: Vec<&str> = parts.iter().filter_map(|(_, object)| *object).collect();
        let told = told(&inventory, directory.path());
        let objects: Vec<&String> =
            told.iter().filter(|line| line.starts_with("m.yaml ")).collect();
        prop_assert_eq!(objects, expected, "{}", text);
        for manifest in &inventory.manifests {
            prop_assert!(!manifest.text.contains("hunter"), "{}\n=>\n{}", text, manifest.text);
            prop_assert_eq!(manifest.text.lines().count(), text.lines().count());
            prop_assert_eq!(&manifest.contents(0).objects, &inventory.objects);
        }
    }
}
