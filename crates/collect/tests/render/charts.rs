use merlon_snapshot::Cause;

use super::{check, options, origin, read, told, tree};

const CHART: &str = "apiVersion: v2\nname: web\nversion: 1.0.0\n";

const VALUES: &str = "\
replicas: 2
image: {repository: nginx, tag: '1.27'}
pod:
  security:
    privileged: true
    runAsUser: 0
ports: [{name: http, port: 80}, {name: admin, port: 8080}]
";

const DEPLOYMENT: &str = r#"{{- /* One deployment. */ -}}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .Release.Name }}
  labels:
    {{- include "web.labels" . | nindent 4 }}
spec:
  {{- if not .Values.autoscaling }}
  replicas: {{ .Values.replicas }}
  {{- end }}
  template:
    metadata:
      labels:
        {{- include "web.labels" . | nindent 8 }}
    spec:
      containers:
        - name: web
          image: "{{ .Values.image.repository }}:{{ .Values.image.tag }}"
          {{- with .Values.pod.security }}
          securityContext:
            {{- toYaml . | nindent 12 }}
          {{- end }}
          ports:
            {{- range .Values.ports }}
            - name: {{ .name }}
              containerPort: {{ .port }}
            {{- end }}
      hostNetwork: true
"#;

const HELPERS: &str = r#"{{- define "web.labels" -}}
app.kubernetes.io/name: web
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}
"#;

const SERVICE: &str = "apiVersion: v1\nkind: Service\nmetadata:\n  name: {{ .Release.Name }}\n";

fn web() -> Vec<(&'static str, &'static str)> {
    vec![
        ("web/Chart.yaml", CHART),
        ("web/values.yaml", VALUES),
        ("web/templates/_helpers.tpl", HELPERS),
        ("web/templates/deployment.yaml", DEPLOYMENT),
        ("web/templates/service.yaml", SERVICE),
        ("web/templates/NOTES.txt", "thanks"),
        (
            "web/crds/crd.yaml",
            "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: x}\n",
        ),
    ]
}

pub(crate) fn a_chart_is_rendered_by_template() {
    let expected = [
        "web/crds/crd.yaml CustomResourceDefinition x",
        "web/templates/deployment.yaml Deployment web",
        "web/templates/service.yaml Service web",
    ];
    check(&web(), &expected);

    let directory = tree(&web());
    let chart = directory.path().join("web");
    let inventory = merlon_collect::manifests(&[chart], &options()).unwrap();
    assert_eq!(told(&inventory, &directory), expected, "the chart itself was named");
    let mut bytes = Vec::new();
    let header = merlon_snapshot::Header { format: 1, tool: "test".to_owned(), taken_at: 0 };
    let snapshot =
        merlon_snapshot::Snapshot { header, nodes: Vec::new(), inventories: vec![inventory] };
    merlon_snapshot::write(&snapshot, &mut bytes).unwrap();
    assert_eq!(merlon_snapshot::read(bytes.as_slice()).unwrap(), snapshot);
}

pub(crate) fn rendered_lines_lead_to_the_template_and_its_values() {
    let inventory = super::read(&tree(&web()), &options());
    let line_of = |text: &str| {
        let at = DEPLOYMENT.lines().position(|line| line.contains(text)).expect(text);
        Some(u32::try_from(at + 1).unwrap())
    };
    let check = |pointer: &str, line: &str, keys: &[&str]| {
        let keys = keys.iter().map(|key| (*key).to_owned()).collect();
        assert_eq!(origin(&inventory, "Deployment", pointer), (line_of(line), keys), "{pointer}");
    };
    let pod = "/spec/template/spec";
    check("/kind", "kind: Deployment", &[]);
    check("/metadata/name", "name: {{ .Release", &[]);
    check("/metadata/labels/app.kubernetes.io~1name", "nindent 4", &[]);
    check("/spec/replicas", "replicas:", &["replicas"]);
    check("/spec/template/metadata/labels/app.kubernetes.io~1instance", "nindent 8", &[]);
    check(&format!("{pod}/containers/0/name"), "- name: web", &[]);
    let image = ["image.repository", "image.tag"];
    check(&format!("{pod}/containers/0/image"), "image:", &image);
    for field in ["privileged", "runAsUser"] {
        let pointer = format!("{pod}/containers/0/securityContext/{field}");
        check(&pointer, "toYaml", &["pod.security"]);
    }
    for port in [0, 1] {
        let pointer = format!("{pod}/containers/0/ports/{port}/containerPort");
        check(&pointer, "containerPort", &["ports[].port"]);
    }
    check(&format!("{pod}/hostNetwork"), "hostNetwork", &[]);
}

pub(crate) fn subcharts_are_rendered_with_their_parents() {
    let parent = "apiVersion: v2\nname: web\nversion: 1.0.0\ndependencies:\n\
                  - {name: cache, alias: store, version: 1.0.0, repository: ''}\n";
    let service = "apiVersion: v1\nkind: Service\nmetadata:\n  name: {{ .Values.name }}\n  \
                   labels: {a: {{ .Values.global.a }}}\n";
    let inventory = check(
        &[
            ("Chart.yaml", parent),
            ("values.yaml", "global: {a: b}\nstore: {name: kept}\n"),
            ("charts/some-directory/Chart.yaml", "apiVersion: v2\nname: cache\nversion: 1.0.0\n"),
            ("charts/some-directory/values.yaml", "name: own\n"),
            ("charts/some-directory/templates/service.yaml", service),
        ],
        &["charts/some-directory/templates/service.yaml Service kept"],
    );
    let name = origin(&inventory, "Service", "/metadata/name");
    assert_eq!(name, (Some(4), vec!["store.name".to_owned()]));
    let label = origin(&inventory, "Service", "/metadata/labels/a");
    assert_eq!(label, (Some(5), vec!["global.a".to_owned()]));
}

pub(crate) fn values_release_and_namespace_are_taken() {
    let template = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ .Release.Name }}-{{ .Values.a }}-\
                    {{ .Values.b }}-{{ .Capabilities.KubeVersion.Minor }}\n  \
                    namespace: {{ .Release.Namespace }}\n";
    let directory = tree(&[
        ("Chart.yaml", CHART),
        ("values.yaml", "a: x\nb: x\n"),
        ("templates/a.yaml", template),
        ("other-values.yml", "a: one\nb: one\n"),
    ]);
    let mut options = options();
    options.helm.values = vec![directory.path().join("other-values.yml")];
    options.helm.set = vec!["b=two".to_owned()];
    options.helm.release = Some("green".to_owned());
    options.helm.namespace = Some("shop".to_owned());
    options.helm.kube_version = Some("1.33.0".to_owned());
    let inventory = read(&directory, &options);
    assert_eq!(told(&inventory, &directory), ["templates/a.yaml ConfigMap green-one-two-33"]);
    assert_eq!(inventory.objects[0].namespace(), Some("shop"));

    options.helm.values = vec!["/nonexistent/values.yaml".into()];
    let inventory = read(&directory, &options);
    assert_eq!(told(&inventory, &directory), [".: failed"]);
    assert!(inventory.gaps[0].detail.contains("/nonexistent/values.yaml"), "{:?}", inventory.gaps);
}

pub(crate) fn a_chart_without_its_dependencies_is_a_gap() {
    let chart = "apiVersion: v2\nname: web\nversion: 1.0.0\ndependencies:\n\
                 - {name: redis, version: 1.0.0, repository: 'https://charts.example.org'}\n";
    let inventory = check(
        &[("web/Chart.yaml", chart), ("web/templates/service.yaml", SERVICE)],
        &["web: failed"],
    );
    let detail = &inventory.gaps[0].detail;
    assert!(detail.contains("redis") && detail.contains("run `helm dependency build"), "{detail}");
}

pub(crate) fn what_helm_refuses_is_a_gap_in_its_words() {
    let check_words = |template: &str, words: &str| {
        let inventory = check(
            &[
                ("web/Chart.yaml", CHART),
                ("web/templates/a.yaml", template),
                ("b.yaml", "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\n"),
            ],
            &["b.yaml Pod p", "web: failed"],
        );
        assert!(inventory.gaps[0].detail.contains(words), "{:?}", inventory.gaps);
    };
    check_words("a: {{ required \"an image is needed\" .Values.image }}\n", "an image is needed");
    check_words("a: {{ .Values.a\n", "unclosed action");
    check_words("a: [\n", "YAML parse error");
    let inventory = check(
        &[("web/Chart.yaml", "name: [\n"), ("web/templates/a.yaml", SERVICE)],
        &["web: failed"],
    );
    assert!(inventory.gaps[0].detail.contains("Chart.yaml"), "{:?}", inventory.gaps);
}

pub(crate) fn secrets_of_a_chart_are_cut_out() {
    let template = "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\n\
                    stringData:\n  password: {{ .Values.password }}\n";
    let inventory = check(
        &[
            ("Chart.yaml", CHART),
            ("values.yaml", "password: hunter2\n"),
            ("templates/secret.yaml", template),
        ],
        &["templates/secret.yaml Secret s"],
    );
    assert!(!format!("{inventory:?}").contains("hunter2"));
}

pub(crate) fn helm_reaches_no_cluster() {
    let template = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  \
                    name: found-{{ len (lookup \"v1\" \"Namespace\" \"\" \"\") }}\n";
    check(
        &[("Chart.yaml", CHART), ("templates/a.yaml", template)],
        &["templates/a.yaml ConfigMap found-0"],
    );
    let directory = tree(&[("Chart.yaml", CHART), ("templates/a.yaml", SERVICE)]);
    let mut options = options();
    options.helm.values = vec!["https://example.org/values.yaml".into()];
    let inventory = read(&directory, &options);
    assert_eq!(inventory.gaps.len(), 1, "{inventory:?}");
    assert_ne!(inventory.gaps[0].cause, Cause::TimedOut, "{:?}", inventory.gaps);
}
