//! Anchors and merges; odd line breaks, marks and endings; whole manifests.

use crate::check;

#[test]
fn line_breaks_and_marks_are_kept() {
    check(&[
        ("a: 1\r\nb: 2\r\n", "/c = {\"d\": 1}", "a: 1\r\nb: 2\r\nc:\r\n  d: 1\r\n"),
        ("a: 1\r\nb: 2\r\n", "/a gone", "b: 2\r\n"),
        ("a: 1\r\n", "/b = \"x\\ny\"", "a: 1\r\nb: |-\r\n  x\r\n  y\r\n"),
        ("a: 1\rb: 2\r", "/c = 1", "a: 1\rb: 2\rc: 1\r"),
        ("a: 1", "/b = {\"c\": 1}", "a: 1\nb:\n  c: 1"),
        ("a: 1", "/b = \"x\\ny\\n\"", "a: 1\nb: \"x\\ny\\n\""),
        ("a: {} # c", "/a/b = 1", "a: # c\n  b: 1"),
        ("\u{feff}a: 1\n", "/b = 1", "\u{feff}a: 1\nb: 1\n"),
        ("\u{feff}a: 1\nb: 1\n", "/a gone", "\u{feff}b: 1\n"),
        (
            "a: 1 #\tc\n#\td\nb: 2\t# e\n",
            "/a = 5\n/b = 6\n/c = 7",
            "a: 5 #\tc\n#\td\nb: 6\t# e\nc: 7\n",
        ),
        ("é: {ü: 1}\n", "/é/ö = \"ß\"", "é: {ü: 1, ö: ß}\n"),
        ("%YAML 1.1\n---\na: 1\n", "/b = 2", "%YAML 1.1\n---\na: 1\nb: 2\n"),
        ("\n\n# top\n\na: 1\n", "/a gone", "\n\n# top\n\n{}\n"),
    ]);
}

#[test]
fn anchors_stay_and_aliases_are_overridden() {
    check(&[
        ("a: &x 1\nb: *x\nc: 2\n", "/c = 3", "a: &x 1\nb: *x\nc: 3\n"),
        ("a: &x 1\nb: *x # c\nc: 2\n", "/b = 3", "a: &x 1\nb: 3 # c\nc: 2\n"),
        ("a: &x 1\nb: *x # c\nc: 2\n", "/b gone", "a: &x 1\nc: 2\n"),
        ("a: &x 1\nb: *x\n", "/b = {\"z\": 1}", "a: &x 1\nb:\n  z: 1\n"),
        ("a: &x 1\nb: [*x, 2]\n", "/b/0 = 5\n/b/1 = 6", "a: &x 1\nb: [5, 6]\n"),
        ("a: &x 1\nb: [*x, 2]\n", "/b/0 gone", "a: &x 1\nb: [2]\n"),
        ("- &x 1\n- *x\n- 2\n", "/1 gone\n/1 = 5", "- &x 1\n- 5\n"),
        ("a: &x {p: 1}\nb: 1\n", "/a/q = 2", "a: &x {p: 1, q: 2}\nb: 1\n"),
        ("a: &x {p: 1}\nb: &x 2\nc: *x\n", "/a/q = 2", "a: &x {p: 1, q: 2}\nb: &x 2\nc: *x\n"),
        ("s:\n  a: &x 1\n  b: *x\nz: 1\n", "/s gone", "z: 1\n"),
        ("s:\n  a: &x 1\n  b: *x\nz: 1\n", "/s = 5", "s: 5\nz: 1\n"),
        (
            "b: &b {x: 1}\nm:\n  <<: *b\n  y: 2\n",
            "/m/x = 5",
            "b: &b {x: 1}\nm:\n  <<: *b\n  y: 2\n  x: 5\n",
        ),
        (
            "b: &b {x: 1}\nm:\n  <<: *b # c\nz: 1\n",
            "/m/x = 5",
            "b: &b {x: 1}\nm:\n  <<: *b # c\n  x: 5\nz: 1\n",
        ),
        (
            "b: &b {x: 1}\nm: {<<: *b}\n",
            "/m/x = 5\n/m/z = 6",
            "b: &b {x: 1}\nm: {<<: *b, x: 5, z: 6}\n",
        ),
        (
            "b: &b\n  x: {p: 1}\nm:\n  <<: *b\n",
            "/m/x/q = 2",
            "b: &b\n  x: {p: 1}\nm:\n  <<: *b\n  x:\n    p: 1\n    q: 2\n",
        ),
        ("b: &b {x: 1}\nm:\n  <<: *b\n  z: 2\n", "/m/z gone", "b: &b {x: 1}\nm:\n  <<: *b\n"),
        ("b: &b {x: 1}\nm: {<<: *b, z: 2}\n", "/m/z gone", "b: &b {x: 1}\nm: {<<: *b}\n"),
    ]);
}

#[test]
fn a_deployment_is_hardened() {
    let before = "\
# The shop.
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  template:
    spec:
      hostNetwork: true   # for metrics
      containers:
        # the web server
        - name: web
          image: \"example/web:1\"
          securityContext: {privileged: yes}
          args: [\"--listen\"]
        - name: side   # car
          image: example/side:1
      # volumes come last
      volumes: []
---
kind: Service  # nothing to do
";
    let after = "\
# The shop.
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  template:
    spec:
      containers:
        # the web server
        - name: web
          image: \"example/web:1\"
          securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}
          args: [\"--listen\", \"--quiet\"]
        - name: side   # car
          image: example/side:1
          securityContext:
            allowPrivilegeEscalation: false
            capabilities:
              drop:
                - ALL
      # volumes come last
      volumes: []
      automountServiceAccountToken: false
      securityContext:
        runAsNonRoot: true
        seccompProfile:
          type: RuntimeDefault
---
kind: Service  # nothing to do
";
    let script = "\
/spec/template/spec/hostNetwork gone
/spec/template/spec/automountServiceAccountToken = false
/spec/template/spec/securityContext/runAsNonRoot = true
/spec/template/spec/securityContext/seccompProfile/type = \"RuntimeDefault\"
/spec/template/spec/containers/0/securityContext/allowPrivilegeEscalation = false
/spec/template/spec/containers/0/securityContext/privileged gone
/spec/template/spec/containers/0/securityContext/capabilities/drop/- = \"ALL\"
/spec/template/spec/containers/0/args/- = \"--quiet\"
/spec/template/spec/containers/1/securityContext/allowPrivilegeEscalation = false
/spec/template/spec/containers/1/securityContext/capabilities/drop/- = \"ALL\"";
    check(&[(before, script, after)]);
}
