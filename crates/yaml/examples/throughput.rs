//! Measures how fast text becomes a tree: `cargo run --release -p merlon-yaml --example throughput`.

use std::hint::black_box;
use std::time::{Duration, Instant};

use merlon_yaml::{Edit, Limits, edit, parse};

const MANIFEST: &str = "\
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web-NUMBER
  namespace: shop
  labels: {app: web, tier: front}
spec:
  replicas: 3
  selector:
    matchLabels:
      app: web
  template:
    metadata:
      labels:
        app: web
    spec:
      automountServiceAccountToken: false
      containers:
        - name: web
          image: \"registry.example/shop/web:1.4.2\"  # pinned
          args: [\"--listen\", \"0.0.0.0:8080\"]
          ports:
            - containerPort: 8080
              protocol: TCP
          resources:
            limits: {cpu: 500m, memory: 256Mi}
          securityContext:
            allowPrivilegeEscalation: false
            readOnlyRootFilesystem: yes
            runAsUser: 10001
          volumeMounts:
            - name: data
              mountPath: /data
      volumes:
        - name: data
          configMap:
            name: web
            defaultMode: 0644
";

fn main() {
    let yaml: String =
        (0..5_000).map(|number| MANIFEST.replace("NUMBER", &number.to_string())).collect();
    let documents = parse(&yaml, &Limits::default()).documents;
    let json: Vec<_> =
        documents.iter().map(|document| merlon_yaml::to_json(&document.root)).collect();
    let json = serde_json::to_string_pretty(&json).unwrap_or_default();
    for (name, text) in [("YAML", &yaml), ("JSON", &json)] {
        let tree = best(text, |text| drop(black_box(parse(text, &Limits::default()))));
        let events = best(text, |text| {
            black_box(granit_parser::Parser::new_from_str(text).count());
        });
        println!(
            "{name}, {:.1} MB: {tree:.1} MB/s to the tree, {events:.1} MB/s to events alone",
            megabytes(text)
        );
    }
    let edits: Vec<Edit> = (0..documents.len()).flat_map(|number| hardening(number, "")).collect();
    tell_edits("YAML", &yaml, &edits);
    let edits: Vec<Edit> =
        (0..documents.len()).flat_map(|number| hardening(0, &format!("/{number}"))).collect();
    tell_edits("JSON", &json, &edits);
}

/// Some edits of one of the objects.
fn hardening(document: usize, place: &str) -> Vec<Edit> {
    let set = |rest: &str, value: serde_json::Value| {
        let pointer = format!("{place}/spec/template/spec{rest}").parse();
        pointer.map(|pointer| Edit::set(document, pointer, value))
    };
    [
        set("/securityContext/runAsNonRoot", true.into()),
        set("/securityContext/seccompProfile/type", "RuntimeDefault".into()),
        set("/containers/0/securityContext/capabilities/drop/-", "ALL".into()),
        set("/containers/0/args/0", "--listen=true".into()),
        set("/hostUsers", false.into()),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn tell_edits(name: &str, text: &str, edits: &[Edit]) {
    let start = Instant::now();
    let done = edit(text, edits).is_ok();
    println!("{name}: {} edits in {:.1?}, made: {done}", edits.len(), start.elapsed());
}

/// Megabytes a second in the best of five runs.
fn best(text: &str, run: impl Fn(&str)) -> f64 {
    let time = (0..5)
        .map(|_| {
            let start = Instant::now();
            run(text);
            start.elapsed()
        })
        .min()
        .unwrap_or(Duration::MAX);
    megabytes(text) / time.as_secs_f64()
}

#[expect(clippy::cast_precision_loss, reason = "texts are small")]
fn megabytes(text: &str) -> f64 {
    text.len() as f64 / 1e6
}
