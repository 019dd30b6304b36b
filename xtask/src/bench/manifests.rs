use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::Context;

/// How many files are scanned, each with one object.
const FILES: usize = 2_000;

/// How often, after one run that is not counted.
const RUNS: usize = 10;

/// Times `merlon scan` on generated manifests: 60 % deployments, 20 % services, 20 % roles, in 40
/// namespaces.
pub(crate) fn run() -> anyhow::Result<()> {
    super::build(&[&["build", "--release", "--locked", "-p", "merlon"]])?;
    let merlon = super::target()?.join("release/merlon");
    let directory = super::target()?.join("bench-manifests");
    write_manifests(&directory)?;
    println!("input: {FILES} files in {}", directory.display());
    let mut runs = (0..=RUNS).map(|_| scan(&merlon, &directory)).collect::<Result<Vec<_>, _>>()?;
    runs.remove(0);
    for (name, place) in [("CPU seconds", 0), ("wall seconds", 1), ("peak MiB", 2)] {
        let mut figures: Vec<f64> = runs.iter().map(|run| run[place]).collect();
        figures.sort_by(f64::total_cmp);
        let (least, median, most) = (figures[0], figures[RUNS / 2], figures[RUNS - 1]);
        println!("{name}: {least:.2} least, {median:.2} median, {most:.2} most of {RUNS}");
    }
    Ok(())
}

/// CPU seconds, wall seconds and peak memory in MiB of one scan.
fn scan(merlon: &Path, directory: &Path) -> anyhow::Result<[f64; 3]> {
    let output = Command::new("/usr/bin/time")
        .args(["-f", "%U %S %e %M"])
        .arg(merlon)
        .args(["scan", "--output", "json"])
        .arg(directory)
        .stdout(Stdio::null())
        .output()
        .context("/usr/bin/time")?;
    let text = String::from_utf8(output.stderr)?;
    let line = text.lines().last().context("no figures")?;
    let figures: Vec<f64> = line.split(' ').filter_map(|word| word.parse().ok()).collect();
    let [user, system, wall, kibibytes] = figures[..] else {
        anyhow::bail!("/usr/bin/time says {text:?}");
    };
    Ok([user + system, wall, kibibytes / 1024.0])
}

fn write_manifests(directory: &Path) -> anyhow::Result<()> {
    if directory.exists() {
        fs::remove_dir_all(directory)?;
    }
    fs::create_dir_all(directory)?;
    for number in 0..FILES {
        let path: PathBuf = directory.join(format!("{number:04}.yaml"));
        fs::write(path, manifest(number)?)?;
    }
    Ok(())
}

fn manifest(number: usize) -> Result<String, std::fmt::Error> {
    let mut text = String::new();
    let (name, namespace) = (format!("app-{number}"), format!("team-{}", number % 40));
    match number % 5 {
        0..=2 => deployment(&mut text, number, &name, &namespace)?,
        3 => write!(
            text,
            "apiVersion: v1\nkind: Service\nmetadata:\n  name: {name}\n  namespace: {namespace}\n\
             spec:\n  type: {}\n  selector:\n    app: {name}\n  ports:\n  - name: http\n    \
             port: 80\n    targetPort: 8080\n",
            if number.is_multiple_of(7) { "LoadBalancer" } else { "ClusterIP" },
        )?,
        _ => write!(
            text,
            "apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata:\n  name: {name}\n  \
             namespace: {namespace}\nrules:\n- apiGroups: [\"\"]\n  resources: [{}]\n  verbs: \
             [get, list, watch]\n- apiGroups: [apps]\n  resources: [deployments]\n  verbs: [\"*\"]\n",
            if number.is_multiple_of(3) { "secrets" } else { "configmaps" },
        )?,
    }
    Ok(text)
}

fn deployment(
    text: &mut String,
    number: usize,
    name: &str,
    namespace: &str,
) -> Result<(), std::fmt::Error> {
    write!(
        text,
        "# Made for a benchmark\napiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: {name}\n  \
         namespace: {namespace}\n  labels:\n    app: {name}\n    team: {namespace}\nspec:\n  \
         replicas: {}\n  selector:\n    matchLabels:\n      app: {name}\n  template:\n    \
         metadata:\n      labels:\n        app: {name}\n    spec:\n      containers:\n",
        number % 4,
    )?;
    for container in 0..1 + number % 3 {
        write!(
            text,
            "      - name: c{container}\n        image: registry.example.com/{namespace}/{name}:1.{number}\n        \
             ports:\n        - containerPort: {}\n        env:\n        - name: LOG_LEVEL\n          \
             value: info\n        - name: POD_NAME\n          valueFrom:\n            fieldRef:\n              \
             fieldPath: metadata.name\n        resources:\n          requests:\n            cpu: 100m\n            \
             memory: 128Mi\n          limits:\n            memory: 256Mi\n        livenessProbe:\n          \
             httpGet:\n            path: /healthz\n            port: 8080\n        volumeMounts:\n        \
             - name: data\n          mountPath: /data\n",
            8080 + container,
        )?;
        if number.is_multiple_of(2) {
            text.push_str(
                "        securityContext:\n          allowPrivilegeEscalation: false\n          \
                 readOnlyRootFilesystem: true\n          capabilities:\n            drop: [ALL]\n",
            );
        }
    }
    text.push_str("      volumes:\n      - name: data\n        emptyDir: {}\n");
    if number.is_multiple_of(10) {
        text.push_str("      hostNetwork: true\n");
    }
    Ok(())
}
