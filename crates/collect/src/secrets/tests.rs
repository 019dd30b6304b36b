use merlon_snapshot::{Cause, DocumentKind};
use proptest::prelude::*;

use super::document;

/// Every kind of file.
const KINDS: [DocumentKind; 18] = [
    DocumentKind::KubeletConfiguration,
    DocumentKind::KubeProxyConfiguration,
    DocumentKind::KubeSchedulerConfiguration,
    DocumentKind::EtcdConfiguration,
    DocumentKind::StaticPod,
    DocumentKind::Kubeconfig,
    DocumentKind::EncryptionConfiguration,
    DocumentKind::AdmissionConfiguration,
    DocumentKind::AuthenticationConfiguration,
    DocumentKind::AuthorizationConfiguration,
    DocumentKind::AuditPolicy,
    DocumentKind::SystemdUnit,
    DocumentKind::EnvironmentFile,
    DocumentKind::ArgumentsFile,
    DocumentKind::SupervisorConfiguration,
    DocumentKind::RuntimeConfiguration,
    DocumentKind::NetworkConfiguration,
    DocumentKind::Marker,
];

/// `expected` is the text that may be kept; equal to `text` when nothing is secret in it.
fn check(kind: DocumentKind, text: &str, expected: &str) {
    let shown = document(kind, text).unwrap_or_else(|error| panic!("{error}:\n{text}"));
    // Indentation may stay where a secret's last line was.
    let lines = |text: &str| -> Vec<String> {
        text.split('\n').map(|line| line.trim_end_matches(' ').to_owned()).collect()
    };
    assert_eq!(lines(&shown.text), lines(expected), "{kind:?}");
    assert_eq!(shown.redactions > 0, shown.text != text, "{kind:?}\n{text}");
    assert_eq!(shown.text.lines().count(), text.lines().count());
}

fn stays(kind: DocumentKind, text: &str) {
    check(kind, text, text);
}

fn refused(kind: DocumentKind, text: &str, line: usize) {
    let error = document(kind, text).expect_err(text);
    assert_eq!(error.cause, Cause::Unparsable);
    assert!(error.detail.starts_with(&format!("line {line}:")), "{error}: {text}");
}

#[test]
fn of_kubeconfigs_the_shape_stays() {
    let kubeconfig = "\
apiVersion: v1
kind: Config
current-context: c  # the old token was abc
clusters:
- name: k
  cluster:
    server: https://user:pass@10.0.0.1:6443/x?token=abc
    certificate-authority: /etc/kubernetes/pki/ca.crt
    certificate-authority-data: QUJD
    insecure-skip-tls-verify: true
    proxy-url: http://u:p@proxy:3128
    disable-compression: true
contexts:
- name: c
  context: {cluster: k, user: u, namespace: kube-system, extensions: []}
users:
- name: u
  user:
    client-certificate: /a.crt
    client-key: /a.key
    client-key-data: QUJD
    token: abc
    tokenFile: /a.token
    username: admin
    password: 12345
    exec: {apiVersion: v1, command: aws, args: [--token, abc], env: [{name: A, value: b}], provideClusterInfo: false}
    auth-provider: {name: gcp, config: {id-token: abc, my-own-key: x}}
preferences: {}
";
    let shown = "\
apiVersion: v1
kind: Config
current-context: c  #<redacted>
clusters:
- name: k
  cluster:
    server: https://<redacted>@10.0.0.1:6443/x?<redacted>
    certificate-authority: /etc/kubernetes/pki/ca.crt
    certificate-authority-data: <redacted>
    insecure-skip-tls-verify: true
    proxy-url: http://<redacted>@proxy:3128
    disable-compression: <redacted>
contexts:
- name: c
  context: {cluster: k, user: u, namespace: kube-system, extensions: []}
users:
- name: u
  user:
    client-certificate: /a.crt
    client-key: /a.key
    client-key-data: <redacted>
    token: <redacted>
    tokenFile: /a.token
    username: <redacted>
    password: <redacted>
    exec: {apiVersion: v1, command: aws, args: [<redacted>, <redacted>], env: [{name: <redacted>, value: <redacted>}], provideClusterInfo: <redacted>}
    auth-provider: {name: gcp, config: {<redacted>: <redacted>, <redacted>: <redacted>}}
preferences: {}
";
    check(DocumentKind::Kubeconfig, kubeconfig, shown);
    // Whatever it was asked for as.
    check(DocumentKind::KubeletConfiguration, kubeconfig, shown);
    check(
        DocumentKind::Kubeconfig,
        "kind: Pod\nspec: {a: b}\n",
        "kind: Pod\n<redacted>: {<redacted>: <redacted>}\n",
    );
}

#[test]
fn of_encryption_configurations_the_shape_stays() {
    check(
        DocumentKind::EncryptionConfiguration,
        "\
kind: EncryptionConfiguration
apiVersion: apiserver.config.k8s.io/v1
resources:
- resources: [secrets, configmaps]
  providers:
  - aescbc:
      keys:
      - name: key1
        # secret: b2xk
        secret: bmV3
      - secret: |
          c2Vj
          cmV0
        name: key2
  - kms: {apiVersion: v2, name: k, endpoint: unix:///var/run/k.sock, timeout: 3s, cachesize: 10}
  - identity: {}
",
        "\
kind: EncryptionConfiguration
apiVersion: apiserver.config.k8s.io/v1
resources:
- resources: [secrets, configmaps]
  providers:
  - aescbc:
      keys:
      - name: key1
        #<redacted>
        secret: <redacted>
      - secret: <redacted>
@
@
        name: key2
  - kms: {apiVersion: v2, name: k, endpoint: unix:///var/run/k.sock, timeout: 3s, cachesize: 10}
  - identity: {}
"
        .replace('@', "")
        .as_str(),
    );
}

#[test]
fn configurations_stay_but_for_secrets() {
    stays(
        DocumentKind::KubeletConfiguration,
        "\
# The kubelet of this node.
apiVersion: kubelet.config.k8s.io/v1beta1
authentication: {anonymous: {enabled: false}, webhook: {enabled: true, cacheTTL: 2m0s}}
imagePullCredentialsVerificationPolicy: NeverVerify
featureGates: {CSIServiceAccountToken: true, RotateKubeletServerCertificate: true}
tlsPrivateKeyFile: /a.key
rotateCertificates: yes
",
    );
    check(
        DocumentKind::KubeletConfiguration,
        "staticPodURL: http://u:p@h/x\nstaticPodURLHeader:\n  Authorization: [Bearer x]\n  X-A:\n  - y\n",
        "staticPodURL: http://<redacted>@h/x\nstaticPodURLHeader:\n  Authorization: [<redacted>]\n  X-A:\n  - <redacted>\n",
    );
    check(
        DocumentKind::StaticPod,
        "\
kind: Pod
metadata: {annotations: {kubectl.kubernetes.io/last-applied-configuration: '{}'}}
spec:
  containers:
  - command: [kube-apiserver, --token-auth-file=/etc/t.csv, --token, abc, \"--x=https://u:p@h\"]
    args:
    - --db-password=abc
    - |
      curl -H 'Authorization: Bearer abcdefgh1'
    env:
    - name: DB_PASSWORD
      value: abc
    - {name: TOKEN, valueFrom: {secretKeyRef: {name: s, key: token}}}
    - {name: LEVEL, value: debug}
  imagePullSecrets: [{name: registry}]
  volumes:
  - secret: {secretName: s, defaultMode: 0400}
  - projected: {sources: [{serviceAccountToken: {path: token, expirationSeconds: 3600}}]}
  tolerations: [{key: node-role.kubernetes.io/control-plane, operator: Exists}]
",
        "\
kind: Pod
metadata: {annotations: {kubectl.kubernetes.io/last-applied-configuration: '<redacted>'}}
spec:
  containers:
  - command: [kube-apiserver, --token-auth-file=/etc/t.csv, --token, <redacted>, \"--x=https://<redacted>@h\"]
    args:
    - --db-password=<redacted>
    - <redacted>
      ~~
    env:
    - name: DB_PASSWORD
      value: <redacted>
    - {name: TOKEN, valueFrom: {secretKeyRef: {name: s, key: token}}}
    - {name: LEVEL, value: debug}
  imagePullSecrets: [{name: registry}]
  volumes:
  - secret: {secretName: s, defaultMode: 0400}
  - projected: {sources: [{serviceAccountToken: {path: token, expirationSeconds: 3600}}]}
  tolerations: [{key: node-role.kubernetes.io/control-plane, operator: Exists}]
"
        .replace("~~", "")
        .as_str(),
    );
    check(
        DocumentKind::StaticPod,
        "kind: Secret\ndata: {a: QQ==}\nstringData:\n  b: c\n",
        "kind: Secret\ndata: {a: <redacted>}\nstringData:\n  b: <redacted>\n",
    );
    check(
        DocumentKind::StaticPod,
        "items: [{kind: Secret, data: {a: QQ==}}, {kind: Pod, data: x}]\n",
        "items: [{kind: Secret, data: {a: <redacted>}}, {kind: Pod, data: x}]\n",
    );
    check(
        DocumentKind::SupervisorConfiguration,
        "token: abc\ntoken: def # token\nagent-token-file: /x\nkube-apiserver-arg:\n- token=x\n- v=2\ndatastore-endpoint: mysql://u:p@tcp(h)/k\n",
        "token: <redacted>\ntoken: <redacted> #<redacted>\nagent-token-file: /x\nkube-apiserver-arg:\n- token=<redacted>\n- v=2\ndatastore-endpoint: mysql://<redacted>\n",
    );
    check(
        DocumentKind::SupervisorConfiguration,
        "machine:\n  token: a.b\n  ca: {crt: LS0tLS1CRUdJTiBDRVJU, key: LS0tLS1CRUdJTiBFRDI1NTE5}\ncluster:\n  secret: |\n    one\n    two\n  aescbcEncryptionSecret: x\n",
        "machine:\n  token: <redacted>\n  ca: {crt: <redacted>, key: <redacted>}\ncluster:\n  secret: <redacted>\n\n\n  aescbcEncryptionSecret: <redacted>\n",
    );
    check(
        DocumentKind::NetworkConfiguration,
        "{\"name\": \"x\", \"plugins\": [{\"k8sAuthToken\": \"abc\", \"mtu\": 1500}]}",
        "{\"name\": \"x\", \"plugins\": [{\"k8sAuthToken\": \"<redacted>\", \"mtu\": 1500}]}",
    );
    check(
        DocumentKind::SupervisorConfiguration,
        "a: &x abc\nb: {token: *x}\n",
        "a: &x <redacted>\nb: {token: *x}\n",
    );
    check(DocumentKind::EtcdConfiguration, "# only a token here\n", "#<redacted>\n");
    stays(DocumentKind::EtcdConfiguration, "");
}

#[test]
fn runtime_configurations_stay_but_for_secrets() {
    check(
        DocumentKind::RuntimeConfiguration,
        "\
version = 2 # token: abc
# plain words
[plugins.\"io.containerd.grpc.v1.cri\".registry.configs.\"r#x\".auth]
  username = \"u\"
  password = \"p#q\"
  auth = 'dTpw'
  identitytoken = \"\"\"
a
b\"\"\"
[proxy]
  address = \"http://u:p@h\"
  args = [\"--token\", \"abc\", \"-v\"]
  pin = 5
  token = 12345
",
        "\
version = 2 #<redacted>
# plain words
[plugins.\"io.containerd.grpc.v1.cri\".registry.configs.\"r#x\".auth]
  username = \"u\"
  password = \"<redacted>\"
  auth = '<redacted>'
  identitytoken = \"\"\"<redacted>

\"\"\"
[proxy]
  address = \"<redacted>\"
  args = [\"--token\", \"<redacted>\", \"-v\"]
  pin = 5
  token = <redacted>
",
    );
}

#[test]
fn lines_stay_but_for_secrets() {
    check(
        DocumentKind::SystemdUnit,
        "\
# drop-in; old --token abc
[Service]
Environment=\"KUBELET_EXTRA=--v=2 --token=a b\" \"DB_PASSWORD=c d\"
EnvironmentFile=-/etc/default/kubelet
ExecStart=/usr/bin/kubelet --v=2 \\
  --bootstrap-token \\
  abc --kubeconfig=/x
SetCredential=a:b
root:$6$abc:19000::
",
        "\
#<redacted>
[Service]
Environment=\"KUBELET_EXTRA=--v=2 --token=<redacted> b\" \"DB_PASSWORD=<redacted>\"
EnvironmentFile=-/etc/default/kubelet
ExecStart=/usr/bin/kubelet --v=2 \\
  --bootstrap-token \\
  <redacted> --kubeconfig=/x
SetCredential=<redacted>
<redacted>
",
    );
    check(
        DocumentKind::EnvironmentFile,
        "\
; note
KUBELET_EXTRA_ARGS=\"--node-ip=10.0.0.1 --tls-bootstrap-token=abc\"
export PASSWORD='one
YWJj=
three' 
TOKEN=a\\
b=c
ETCD_NAME=x
stray words
",
        "\
; note
KUBELET_EXTRA_ARGS=\"--node-ip=10.0.0.1 --tls-bootstrap-token=<redacted>\"
export PASSWORD=<redacted>

 
TOKEN=<redacted>

ETCD_NAME=x
<redacted>
",
    );
    check(
        DocumentKind::ArgumentsFile,
        "# words\n--token abc def\n--v=2\n\n-x=https://u:p@h\nstray\n--password=a\n",
        "# words\n--token <redacted>\n--v=2\n\n-x=https://<redacted>@h\n<redacted>\n--password=<redacted>\n",
    );
    // What begins like a flag and has other signs is none, alone or behind a flag for a secret.
    check(
        DocumentKind::ArgumentsFile,
        "--password -a(b1\n-a(b1\n",
        "--password <redacted>\n<redacted>\n",
    );
    check(
        DocumentKind::SystemdUnit,
        "[Service]\nExecStart=/bin/x --password \\\n  -a(b1\n",
        "[Service]\nExecStart=/bin/x --password \\\n  <redacted>\n",
    );
    check(DocumentKind::Marker, "v1.31\r\ntoken: abc\r\n", "v1.31\r\ntoken: <redacted>\r\n");
    stays(DocumentKind::Marker, "{\"version\": \"1.31\"}");
    stays(DocumentKind::Marker, "-----BEGIN CERTIFICATE-----\nQUJD\n-----END CERTIFICATE-----\n");
}

#[test]
fn what_cannot_be_read_is_not_kept() {
    refused(DocumentKind::KubeletConfiguration, "a: b\n  c: [\n", 2);
    refused(DocumentKind::KubeletConfiguration, "root:$6$x:1:2\n", 1);
    check(
        DocumentKind::KubeletConfiguration,
        "root:$6$abc$defghijk:1:0:::\ndaemon:*:1:0:::\n",
        "<redacted>:\n<redacted>:\n",
    );
    refused(DocumentKind::Kubeconfig, "- a\n", 1);
    refused(DocumentKind::Kubeconfig, "# c\n\nabc\n", 3);
    refused(DocumentKind::StaticPod, "a: *b\n", 1);
    refused(DocumentKind::NetworkConfiguration, "{\"a\": \n", 1);
    refused(DocumentKind::RuntimeConfiguration, "a = 1\nb = \n", 2);
    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..9 {
        let below = vec![format!("*a{}", level - 1); 10].join(", ");
        bomb.push_str(&format!("a{level}: &a{level} [{below}]\n"));
    }
    let error = document(DocumentKind::Kubeconfig, &bomb).expect_err("it has a billion nodes");
    assert_eq!(error.cause, Cause::Unparsable);
}

/// What passwords, keys and tokens look like; never something that is plain by itself.
fn secret() -> impl Strategy<Value = String> {
    prop_oneof![
        "[A-Za-z0-9]{12,40}",
        "[A-Za-z0-9+/]{20,60}={0,2}",
        "[a-z0-9]{6}\\.[a-z0-9]{15}7",
        "[A-Za-z0-9._~!$%^&*()+,;:@/?#-]{12,30}",
    ]
    // Alone on a line, what begins with a number sign is a comment, and what looks like a flag is one, to the program that
    // reads it too.
    .prop_filter("a word of its own", |secret| {
        secret.len() >= 12
            && secret.bytes().any(|byte| byte.is_ascii_digit())
            && !secret.starts_with('#')
            && !(secret.starts_with('-')
                && secret
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte)))
    })
}

/// Files with a secret at `@@`; `@j` is the same as a JSON string.
const PLACES: [(DocumentKind, &str); 30] = [
    (DocumentKind::Kubeconfig, "users:\n- name: a\n  user:\n    token: @j\n    x: y\n"),
    (DocumentKind::Kubeconfig, "users: [{name: a, user: {password: @j}}]\n"),
    (
        DocumentKind::Kubeconfig,
        "users:\n- user:\n    client-key-data: |\n      @@\n      @@\n    x: 1\n",
    ),
    (DocumentKind::Kubeconfig, "users:\n- user: {exec: {env: [{name: a, value: @j}]}}\n"),
    (DocumentKind::Kubeconfig, "# @@\nusers: [] # @@\n"),
    (DocumentKind::Kubeconfig, "clusters: [{cluster: {other: @j}}]\n@j: x\n"),
    (DocumentKind::Kubeconfig, "x: &a @j\nusers: [{user: {tokenFile: *a}}]\n"),
    (
        DocumentKind::EncryptionConfiguration,
        "resources: [{providers: [{aescbc: {keys: [{name: a, secret: @j}]}}]}]\n",
    ),
    (
        DocumentKind::EncryptionConfiguration,
        "resources:\n- providers:\n  - secretbox:\n      keys:\n      - secret: >-\n          @@\n        name: x\n",
    ),
    (
        DocumentKind::KubeletConfiguration,
        "kind: EncryptionConfiguration\nresources: [{providers: [{aesgcm: {keys: [{secret: @j}]}}]}]\n",
    ),
    (DocumentKind::KubeletConfiguration, "staticPodURLHeader: {X-Anything: [@j]}\n"),
    (DocumentKind::StaticPod, "spec: {containers: [{command: [a, --token, @j]}]}\n"),
    (DocumentKind::StaticPod, "spec: {containers: [{env: [{name: MY_PASSWORD, value: @j}]}]}\n"),
    (DocumentKind::StaticPod, "spec: {containers: [{env: [{value: @j, name: api_key}]}]}\n"),
    (
        DocumentKind::StaticPod,
        "metadata: {annotations: {kubectl.kubernetes.io/last-applied-configuration: @j}}\n",
    ),
    (DocumentKind::StaticPod, "kind: Secret\nstringData: {a: @j}\ndata: {b: @j}\n"),
    (DocumentKind::SupervisorConfiguration, "token: @j\ntoken: @j\n"),
    (DocumentKind::SupervisorConfiguration, "tokens:\n- @j\n- @j\n"),
    (DocumentKind::SupervisorConfiguration, "agent-token: |\n  @@\n  @@\nx: y\n"),
    (DocumentKind::SupervisorConfiguration, "a: b # the token: @@\n"),
    (DocumentKind::SupervisorConfiguration, "a: &x @j\nb: {<<: {token: *x}}\n"),
    (
        DocumentKind::NetworkConfiguration,
        "{\"a\": {\"clientSecret\": @j}, \"plugins\": [{\"password\": @j}]}",
    ),
    (DocumentKind::RuntimeConfiguration, "[a.auth]\npassword = @j\nauth = @j\n"),
    (DocumentKind::RuntimeConfiguration, "a = {token = @j} # password @@\n"),
    (
        DocumentKind::SystemdUnit,
        "[Service]\nEnvironment=\"TOKEN=@@\" 'PASSWORD=@@'\nSetCredential=@@\n",
    ),
    (
        DocumentKind::SystemdUnit,
        "[Service]\nExecStart=/bin/x --token=@@ --v=2\nExecStart=/bin/x --password \\\n  @@\n",
    ),
    (DocumentKind::EnvironmentFile, "TOKEN=@@\nMY_SECRET=\"@@\n@@\"\nA=b\n"),
    (DocumentKind::EnvironmentFile, "ARGS=\"--v=2 --bootstrap-token=@@\"\n# password=@@\n"),
    (DocumentKind::ArgumentsFile, "--token=@@\n--password @@\n@@\n"),
    (DocumentKind::Marker, "v1\npassword=@@\n"),
];

proptest! {
    #[test]
    fn no_secret_stays(secret in secret(), place in 0..PLACES.len()) {
        let (kind, text) = PLACES[place];
        let json = serde_json::to_string(&secret).expect("a text");
        let text = text.replace("@j", &json).replace("@@", &secret);
        // A text that is refused is not kept either.
        if let Ok(shown) = document(kind, &text) {
            prop_assert!(!shown.text.contains(&secret), "{:?}\n{}\n{}", kind, text, shown.text);
            prop_assert_eq!(shown.text.matches('\n').count(), text.matches('\n').count());
        }
    }

    #[test]
    fn any_text_is_shown_or_refused(text in ".{0,200}", lines in "([-#a-zA-Z\"'=:\\\\ {}\\[\\]|>&*!\n\r]{0,30}\n){0,6}", kind in 0..KINDS.len()) {
        for text in [text, lines] {
            if let Ok(shown) = document(KINDS[kind], &text) {
                prop_assert_eq!(shown.text.matches('\n').count(), text.matches('\n').count());
            }
        }
    }

    #[test]
    fn what_is_shown_is_shown_again(secret in secret(), place in 0..PLACES.len()) {
        let (kind, text) = PLACES[place];
        let json = serde_json::to_string(&secret).expect("a text");
        let text = text.replace("@j", &json).replace("@@", &secret);
        if let Ok(shown) = document(kind, &text) {
            prop_assert!(document(kind, &shown.text).is_ok(), "{}", shown.text);
        }
    }
}

#[test]
fn hostile_texts_cost_no_more_than_others() {
    let pieces = [
        "-----BEGIN A ",
        "://",
        "eyJ.",
        "token=true,",
        "token=\"true ",
        "Basic ",
        "password: ",
        "--token ",
        "K10aa",
        "\\",
        "LS0tLS1CRUdJTi ",
        "#",
        "'",
        "a=",
        "token='/etc/",
    ];
    for piece in pieces {
        let text = piece.repeat((1 << 18) / piece.len());
        let start = std::time::Instant::now();
        for kind in [
            DocumentKind::EnvironmentFile,
            DocumentKind::SystemdUnit,
            DocumentKind::ArgumentsFile,
            DocumentKind::KubeletConfiguration,
            DocumentKind::RuntimeConfiguration,
        ] {
            drop(document(kind, &text));
            drop(document(kind, &format!("a: |\n  {text}")));
        }
        drop(super::hide_in_argv(&[&text]));
        // Quadratic time would take hours.
        assert!(start.elapsed().as_secs() < 60, "{piece}");
    }
}
