//! Whether the kubelet's certificates are renewed before they expire.

use merlon_model::{Component::Kubelet, Location};
use merlon_views::{ComponentView, NodeView, Unknown, settings as rows};
use merlon_yaml::{Node, REDACTED};

use crate::control::{Applies, Check, Control, Documentation, Parameters};
use crate::file::below;
use crate::judge::Judge;
use crate::row::{error, fail, not_applicable, pass, vector};
use crate::setting;

const APPLIES: Applies = Applies::Component(Kubelet);

pub(crate) const CONTROLS: &[Control] = &[
    Control {
        id: "kubelet-client-certificate-rotation-off",
        title: "the kubelet does not renew the certificate it calls the API server with",
        vector: vector("AV:N/AC:H/Au:S/C:P/I:N/A:P"),
        applies: APPLIES,
        check: Check::Node(client_rotation),
        documentation: Documentation {
            finds: "\
A kubelet with a client certificate from the cluster and `rotateCertificates` (or \
`--rotate-certificates`) off. Off is the default, so leaving it out fails as well. Not applicable \
where the kubeconfig has a token or a command instead, or names a certificate outside `--cert-dir` \
that something else has to renew, as k3s and RKE2 do.",
            matters: "\
A certificate that nobody renews either expires, which takes the node out of the cluster, or is \
made to last for years, and with it the use of a stolen one: kubelet certificates cannot be \
revoked.",
            options: "\
- **Turn rotation on**: the kubelet asks for a new certificate when most of the old one's time has \
passed, and the controller manager approves and signs by itself.
- **Renew by other means** and watch the date: see `certificate-expiring`.",
            acceptable: "Where something else renews the certificate, and is watched.",
        },
        examples: &[
            pass(
                "\
run kubelet@1.31 --kubeconfig=/k.conf --rotate-certificates
file /k.conf 0600 root:root kubeconfig
  users: [{name: n, user: {client-certificate: /var/lib/kubelet/pki/kubelet-client-current.pem}}]",
            ),
            pass(
                "\
run kubelet@1.31 --kubeconfig=/k.conf --config=/k.yaml
file /k.yaml 0600 root:root kubelet-configuration
  rotateCertificates: true",
            ),
            fail(
                "\
run kubelet@1.31 --kubeconfig=/k.conf --rotate-certificates=false
file /k.conf 0600 root:root kubeconfig
  users: [{name: n, user: {client-certificate: /var/lib/kubelet/pki/kubelet-client-current.pem}}]",
            ),
            // Off is the default.
            fail(
                "\
run kubelet@1.31 --kubeconfig=/k.conf
file /k.conf 0600 root:root kubeconfig
  users: [{name: n, user: {client-certificate-data: <redacted>, client-key-data: <redacted>}}]",
            ),
            not_applicable(
                "\
run kubelet@1.31 --kubeconfig=/k.conf
file /k.conf 0600 root:root kubeconfig
  users: [{name: n, user: {token: <redacted>}}]",
            ),
            // Something else than the kubelet keeps this certificate.
            not_applicable(
                "\
run kubelet@1.31 --kubeconfig=/k.conf
file /k.conf 0600 root:root kubeconfig
  users: [{name: n, user: {client-certificate: /srv/agent/client-kubelet.crt}}]",
            ),
            // A kubelet on its own calls no API server.
            not_applicable("run kubelet@1.31"),
            error("run kubelet@1.31 --kubeconfig=/k.conf\ngap /k.conf permission-denied"),
            error(
                "run kubelet@1.31 --kubeconfig=/k.conf --config=/k.yaml\n\
                 gap /k.yaml permission-denied",
            ),
            not_applicable("run etcd@3.5"),
        ],
    },
    Control {
        id: "kubelet-server-certificate-rotation-off",
        title: "the kubelet's serving certificate is not renewed",
        vector: vector("AV:A/AC:H/Au:N/C:P/I:P/A:N"),
        applies: APPLIES,
        check: Check::Node(server_rotation),
        documentation: Documentation {
            finds: "\
A kubelet with the feature gate `RotateKubeletServerCertificate` off (it is on by default), or one \
that signs its serving certificate itself (see `kubelet-serving-certificate-missing`): that one is \
made once, for a year. Not applicable with `tlsCertFile`: who wrote the file renews it.",
            matters: "\
Once the certificate has expired, verification fails, and the quick way out is to turn it off \
between API server, monitoring and kubelets.",
            options: "\
- **`serverTLSBootstrap: true`** with the gate left alone. Requests wait for approval by a \
person, or by an approver that checks the names in them.
- **Own files** in `tlsCertFile` and `tlsPrivateKeyFile`, renewed by your own means.",
            acceptable: "\
Where nobody verifies kubelets, which is then the finding to look at \
(`apiserver-kubelet-unverified`).",
        },
        examples: &[
            pass(
                "\
run kubelet@1.31 --config=/k.yaml
file /k.yaml 0600 root:root kubelet-configuration
  serverTLSBootstrap: true",
            ),
            pass(
                "run kubelet@1.31 --rotate-server-certificates \
                 --feature-gates=RotateKubeletServerCertificate=true",
            ),
            fail(
                "\
run kubelet@1.31 --config=/k.yaml
file /k.yaml 0600 root:root kubelet-configuration
  serverTLSBootstrap: true
  featureGates: {RotateKubeletServerCertificate: false}",
            ),
            fail("run kubelet@1.31"),
            not_applicable("run kubelet@1.31 --tls-cert-file=/s.crt --tls-private-key-file=/s.key"),
            error("run kubelet@1.31 --config=/k.yaml\ngap /k.yaml permission-denied"),
            not_applicable("run etcd@3.5"),
        ],
    },
];

fn client_rotation(node: &NodeView<'_>, _: &Parameters, judge: &mut Judge<'_, '_>) {
    for kubelet in node.instances(Kubelet) {
        if let Err(why) = judge_client(node, kubelet, judge) {
            let why = format!("whether the client certificate is renewed is not known: {why}");
            judge.error(&kubelet.name, why);
        }
    }
}

fn judge_client(
    node: &NodeView<'_>,
    kubelet: &ComponentView<'_>,
    judge: &mut Judge<'_, '_>,
) -> Result<(), String> {
    let told = |unknown: Unknown| unknown.to_string();
    let rotation = kubelet.effective("rotate-certificates").map_err(told)?;
    let statement = format!("rotateCertificates is {}", rotation.value);
    let expected = "rotateCertificates is true";
    let Some((path, _)) = kubelet.path("kubeconfig").map_err(told)? else {
        judge.not_applicable(&kubelet.name, "without --kubeconfig it calls no API server");
        return Ok(());
    };
    if rotation.value.as_bool() == Some(true) {
        judge
            .pass(&kubelet.name, statement.clone())
            .expected(expected)
            .evidence(statement, rotation.location);
        return Ok(());
    }
    match credentials(node.text(&path)?.root()?) {
        None => return Err(format!("{path} names no user")),
        Some(Credentials::Other(what)) => {
            let why = format!("it calls the API server with {what}, not with a certificate");
            judge.not_applicable(&kubelet.name, why).evidence(what, Location::file(&path));
        }
        Some(Credentials::File(certificate)) if !is_own(certificate, kubelet)? => {
            let why = format!("{certificate} is not the kubelet's own: what wrote it renews it");
            judge
                .not_applicable(&kubelet.name, why)
                .evidence(format!("client-certificate is {certificate}"), Location::file(&path));
        }
        Some(Credentials::File(_) | Credentials::Embedded) => {
            let action = rows::find(Kubelet, "rotate-certificates")
                .map(|row| setting::set(row, kubelet, &rotation, "true".to_owned()));
            judge
                .fail(&kubelet.name, statement.clone())
                .expected(expected)
                .evidence(statement, rotation.location)
                .evidence("it authenticates with a client certificate", Location::file(&path))
                .actions(action);
        }
    }
    Ok(())
}

enum Credentials<'t> {
    /// A certificate in a file.
    File(&'t str),
    /// A certificate in the kubeconfig itself.
    Embedded,
    /// Something else.
    Other(&'static str),
}

/// What the user of the kubeconfig's current context authenticates with.
fn credentials(root: &Node) -> Option<Credentials<'_>> {
    let named = |list: &str, name: &str| {
        let entries = root.get(list)?.as_sequence()?;
        entries.iter().find(|entry| entry.get("name").and_then(Node::as_str) == Some(name))
    };
    let context = root.get("current-context").and_then(Node::as_str).unwrap_or_default();
    let user = named("contexts", context)
        .and_then(|context| named("users", context.path(&["context", "user"])?.as_str()?))
        // Files that are cut down to their shape may have lost the context.
        .or_else(|| root.get("users")?.as_sequence()?.first())?
        .get("user")?;
    if user.get("client-certificate-data").is_some() {
        return Some(Credentials::Embedded);
    }
    if let Some(path) = user.get("client-certificate").and_then(Node::as_str)
        && path != REDACTED
    {
        return Some(Credentials::File(path));
    }
    [
        ("token", "a token"),
        ("tokenFile", "a token from a file"),
        ("exec", "what a command gives it"),
        ("auth-provider", "what a plugin gives it"),
    ]
    .into_iter()
    .find(|(key, _)| user.get(key).is_some())
    .map(|(_, what)| Credentials::Other(what))
}

/// Whether the kubelet keeps the certificate itself, or did before rotation was turned off.
fn is_own(certificate: &str, kubelet: &ComponentView<'_>) -> Result<bool, String> {
    let directory = kubelet.effective("cert-dir").map_err(|unknown| unknown.to_string())?;
    let own = directory.value.as_text().is_some_and(|directory| below(certificate, directory));
    Ok(own
        || certificate.rsplit('/').next().is_some_and(|name| name.starts_with("kubelet-client-")))
}

fn server_rotation(node: &NodeView<'_>, _: &Parameters, judge: &mut Judge<'_, '_>) {
    for kubelet in node.instances(Kubelet) {
        if let Err(unknown) = judge_server(kubelet, judge) {
            let why = format!("whether the serving certificate is renewed is not known: {unknown}");
            judge.error(&kubelet.name, why);
        }
    }
}

fn judge_server(kubelet: &ComponentView<'_>, judge: &mut Judge<'_, '_>) -> Result<(), Unknown> {
    let certificate = kubelet.effective("tls-cert-file")?;
    if !certificate.value.is_unset() {
        let path = certificate.value;
        judge
            .not_applicable(&kubelet.name, format!("what wrote {path} renews it"))
            .evidence(format!("--tls-cert-file is {path}"), certificate.location);
        return Ok(());
    }
    let gate = kubelet.feature_gate("RotateKubeletServerCertificate")?;
    let bootstrap = kubelet.effective("rotate-server-certificates")?;
    let on = |value: &merlon_views::Value| value.as_bool() == Some(true);
    let entry = match (on(&gate.value), on(&bootstrap.value)) {
        (true, true) => judge.pass(&kubelet.name, "the kubelet asks for a new one in time"),
        (false, _) => {
            judge.fail(&kubelet.name, "the feature gate RotateKubeletServerCertificate is off")
        }
        (true, false) => {
            judge.fail(&kubelet.name, "the kubelet signs it itself, once and for a year")
        }
    };
    let actions = [
        setting::set_gate(kubelet, "RotateKubeletServerCertificate", true)
            .filter(|_| !on(&gate.value)),
        rows::find(Kubelet, "rotate-server-certificates")
            .filter(|_| !on(&bootstrap.value))
            .map(|row| setting::set(row, kubelet, &bootstrap, "true".to_owned())),
    ];
    entry
        .expected("serverTLSBootstrap and RotateKubeletServerCertificate are true")
        .evidence(format!("RotateKubeletServerCertificate is {}", gate.value), gate.location)
        .evidence(format!("serverTLSBootstrap is {}", bootstrap.value), bootstrap.location)
        .actions(actions.into_iter().flatten());
    Ok(())
}
