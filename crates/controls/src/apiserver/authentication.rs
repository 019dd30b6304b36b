//! Who the API server believes its callers to be.

use merlon_model::Component::KubeApiserver;
use merlon_views::{ComponentView, NodeView, Unknown, settings as known};

use crate::control::{Applies, Check, Control, Documentation, Expect, Parameters};
use crate::judge::Judge;
use crate::row::{error, fail, not_applicable, pass, require, settings, vector};
use crate::setting;

pub(crate) const CONTROLS: &[Control] = &[
    Control {
        id: "apiserver-anonymous-auth",
        title: "the API server takes requests that nobody authenticated",
        vector: vector("AV:N/AC:H/Au:N/C:P/I:P/A:P"),
        applies: Applies::Component(KubeApiserver),
        check: Check::Node(judge_anonymous),
        documentation: Documentation {
            finds: "\
An API server that treats callers without credentials as `system:anonymous`. That is the default. \
The `anonymous` section of the file in `--authentication-config` decides when it is there, \
otherwise `--anonymous-auth`. Anonymous callers that the section's conditions limit to `/livez`, \
`/readyz` and `/healthz` pass, and the evidence says so; any other path fails. \
With `AlwaysAllow` among the authorizers the API server turns anonymous requests off at start; \
that is not counted here, because the day it is mended they are back.",
            matters: "\
Authorization is then the only thing between the network and the API. One binding to \
`system:unauthenticated` or `system:anonymous`, and such bindings get made by mistake, gives the \
cluster to everybody who reaches the port. Bugs before authorization need no account either.",
            options: "\
- **Limit it to health checks** (release 1.32, or 1.31 with a feature gate): `anonymous: {enabled: \
true, conditions: [{path: /livez}, {path: /readyz}, {path: /healthz}]}`. Probes of kubelet and \
load balancer go on. `kubeadm join` by token needs \
`/api/v1/namespaces/kube-public/configmaps/cluster-info` as well, or a discovery file.
- **Turn it off** (`--anonymous-auth=false`). The kubelet's probes in kubeadm's manifests have no \
credentials: change them, or the API server is restarted over and over.
- **Leave it and watch RBAC**: by default anonymous callers get the version, health and, with \
kubeadm, `cluster-info`.",
            acceptable: "\
When health checks need it, the release cannot limit it, and nothing beyond the built-in roles is \
bound to `system:unauthenticated`.",
        },
        examples: &[
            pass("run kube-apiserver@1.31 --anonymous-auth=false"),
            fail("run kube-apiserver@1.31 --anonymous-auth=true"),
            fail("run kube-apiserver@1.31 --anonymous-auth=false --anonymous-auth"),
            // The default.
            fail("run kube-apiserver@1.31"),
            fail("run kube-apiserver@1.20"),
            // A release without structured authentication.
            pass("run kube-apiserver@1.28 --anonymous-auth=F"),
            pass(
                "\
run kube-apiserver@1.32 --authentication-config=/a.yaml
file /a.yaml 0600 root:root authentication-configuration
  apiVersion: apiserver.config.k8s.io/v1beta1
  kind: AuthenticationConfiguration
  anonymous:
    enabled: true
    conditions:
    - path: /livez
    - path: /readyz
    - path: /healthz",
            ),
            fail(
                "\
run kube-apiserver@1.32 --authentication-config=/a.yaml
file /a.yaml 0600 root:root authentication-configuration
  apiVersion: apiserver.config.k8s.io/v1beta1
  kind: AuthenticationConfiguration
  anonymous:
    enabled: true
    conditions:
    - path: /livez
    - path: /api/v1/secrets",
            ),
            fail(
                "\
run kube-apiserver@1.32 --authentication-config=/a.yaml
file /a.yaml 0600 root:root authentication-configuration
  apiVersion: apiserver.config.k8s.io/v1beta1
  kind: AuthenticationConfiguration
  anonymous: {enabled: true}",
            ),
            pass(
                "\
run kube-apiserver@1.32 --authentication-config=/a.yaml
file /a.yaml 0600 root:root authentication-configuration
  apiVersion: apiserver.config.k8s.io/v1beta1
  kind: AuthenticationConfiguration
  anonymous: {enabled: false}",
            ),
            // A file that does not say leaves it to the flag.
            fail(
                "\
run kube-apiserver@1.32 --authentication-config=/a.yaml
file /a.yaml 0600 root:root authentication-configuration
  apiVersion: apiserver.config.k8s.io/v1beta1
  kind: AuthenticationConfiguration
  jwt: []",
            ),
            error(
                "\
run kube-apiserver@1.32 --authentication-config=/a.yaml
gap /a.yaml permission-denied",
            ),
            error("run kube-apiserver@1.31 --anonymous-auth=no"),
            error(
                "\
run kube-apiserver@1.32 --authentication-config=/a.yaml
file /a.yaml 0600 root:root authentication-configuration
  apiVersion: apiserver.config.k8s.io/v1beta1
  kind: AuthenticationConfiguration
  anonymous: {enabled: maybe}",
            ),
            not_applicable("run kubelet@1.31"),
        ],
    },
    Control {
        id: "apiserver-basic-auth-file",
        title: "the API server takes passwords from a file",
        vector: vector("AV:N/AC:H/Au:N/C:C/I:C/A:C"),
        applies: Applies::Component(KubeApiserver),
        check: settings(KubeApiserver, &[require("basic-auth-file", Expect::IsUnset)]),
        documentation: Documentation {
            finds: "\
An API server with `--basic-auth-file`. Release 1.19 took the flag away; from there on the control \
does not apply.",
            matters: "\
The file holds passwords in the clear. They never expire, cannot be withdrawn without a restart, \
and travel with every request; whoever reads the file or a backup of it is those users.",
            options: "\
- **Client certificates or OpenID Connect** for people, tokens of service accounts for programs. \
Certificates cannot be withdrawn before they expire, so keep them short.",
            acceptable: "Never: every release that knows the flag is long past its end of support.",
        },
        examples: &[
            pass("run kube-apiserver@1.18"),
            fail("run kube-apiserver@1.18 --basic-auth-file=/etc/users.csv"),
            fail("run kube-apiserver@1.18 --basic-auth-file /etc/users.csv"),
            pass("run kube-apiserver@1.18 --basic-auth-file="),
            not_applicable("run kube-apiserver@1.19"),
            not_applicable("run kubelet@1.18"),
            error("gap processes permission-denied"),
        ],
    },
    Control {
        id: "apiserver-token-auth-file",
        title: "the API server takes static tokens from a file",
        vector: vector("AV:N/AC:H/Au:N/C:C/I:C/A:C"),
        applies: Applies::Component(KubeApiserver),
        check: settings(KubeApiserver, &[require("token-auth-file", Expect::IsUnset)]),
        documentation: Documentation {
            finds: "An API server with `--token-auth-file`. It has no default.",
            matters: "\
The tokens in the file stand there in the clear, hold until the API server is restarted without \
them, and name any user and group they like, `system:masters` included. A copied line is a way in \
that nobody notices and no role takes away.",
            options: "\
- **Tokens of service accounts**, which expire and are bound to an object.
- **OpenID Connect or a token webhook** for people.
- **Bootstrap tokens** for nodes that join: they are Secrets and expire.",
            acceptable: "\
For the minutes of a bootstrap that cannot do without, or one random token that only a health \
check uses and that is bound to nothing else.",
        },
        examples: &[
            pass("run kube-apiserver@1.31"),
            pass("run kube-apiserver@1.31 --token-auth-file="),
            fail("run kube-apiserver@1.31 --token-auth-file=/etc/tokens.csv"),
            fail("run kube-apiserver@1.31 --token_auth_file /etc/tokens.csv"),
            not_applicable("run kubelet@1.31"),
            error("gap processes permission-denied"),
        ],
    },
    Control {
        id: "apiserver-client-ca-missing",
        title: "the API server has no authority for client certificates",
        vector: vector("AV:N/AC:H/Au:N/C:P/I:P/A:P"),
        applies: Applies::Component(KubeApiserver),
        check: settings(KubeApiserver, &[require("client-ca-file", Expect::IsSet)]),
        documentation: Documentation {
            finds: "An API server without `--client-ca-file`. It has no default.",
            matters: "\
No client certificate is then accepted. Kubelets, scheduler, controller manager and administrators \
have to log in by other means, which in practice are tokens that do not expire.",
            options: "\
- **Name the cluster's authority**, which signs the certificates of components. Everybody who \
holds its key can become `system:masters`: keep the key off machines that do not sign.
- Several authorities may stand in the file, which is how they are replaced.",
            acceptable: "When every caller, components included, uses OpenID Connect or tokens that expire.",
        },
        examples: &[
            pass("run kube-apiserver@1.31 --client-ca-file=/pki/ca.crt"),
            pass("run kube-apiserver@1.31 --client-ca-file /pki/ca.crt"),
            fail("run kube-apiserver@1.31"),
            fail("run kube-apiserver@1.31 --client-ca-file="),
            not_applicable("run kubelet@1.31 --client-ca-file=/pki/ca.crt"),
            error("gap processes permission-denied"),
        ],
    },
    Control {
        id: "apiserver-service-account-lookup-off",
        title: "tokens of deleted service accounts stay valid",
        vector: vector("AV:N/AC:M/Au:S/C:P/I:P/A:P"),
        applies: Applies::Component(KubeApiserver),
        check: settings(KubeApiserver, &[require("service-account-lookup", Expect::Is("true"))]),
        documentation: Documentation {
            finds: "\
An API server with `--service-account-lookup=false`. The default is `true`, so that an absent flag \
passes.",
            matters: "\
Only the signature of a token is looked at then. Deleting the service account, the Secret or the \
pod a token was made for no longer withdraws it: a stolen token works until it expires, and those \
in Secrets never do.",
            options: "\
- **Leave it at its default.** Each new token costs a look into the API server's cache.",
            acceptable: "Never; what it saves is not measurable.",
        },
        examples: &[
            pass("run kube-apiserver@1.31"),
            pass("run kube-apiserver@1.31 --service-account-lookup"),
            pass("run kube-apiserver@1.31 --service-account-lookup=true"),
            fail("run kube-apiserver@1.31 --service-account-lookup=false"),
            // A boolean takes no next word: `false` is not its value.
            pass("run kube-apiserver@1.31 --service-account-lookup false"),
            error("run kube-apiserver@1.31 --service-account-lookup=off"),
            not_applicable("run kubelet@1.31"),
            error("gap processes permission-denied"),
        ],
    },
    Control {
        id: "apiserver-service-account-key-missing",
        title: "the API server has no key of its own to verify tokens of service accounts with",
        vector: vector("AV:N/AC:H/Au:M/C:C/I:C/A:C"),
        applies: Applies::Component(KubeApiserver),
        check: settings(KubeApiserver, &[require("service-account-key-file", Expect::IsSet)]),
        documentation: Documentation {
            finds: "\
An API server without `--service-account-key-file`. Without it the key of the serving certificate \
(`--tls-private-key-file`) verifies tokens.",
            matters: "\
One key then serves two purposes: whoever gets the key of the TLS port, which load balancers and \
backups tend to have as well, can make a token for any service account. And the serving \
certificate cannot be renewed with a new key without voiding all tokens.",
            options: "\
- **A key pair only for tokens**: the public half here, the private half in \
`--service-account-signing-key-file` and for the controller manager.
- The flag may be given several times, which is how the key is replaced without voiding tokens.",
            acceptable: "When an external signer makes the tokens (`--service-account-signing-endpoint`).",
        },
        examples: &[
            pass("run kube-apiserver@1.31 --service-account-key-file=/pki/sa.pub"),
            pass("run kube-apiserver@1.31 --service-account-key-file /pki/sa.pub"),
            fail("run kube-apiserver@1.31"),
            fail("run kube-apiserver@1.31 --service-account-key-file="),
            not_applicable("run kube-controller-manager@1.31"),
            error("gap processes permission-denied"),
        ],
    },
    Control {
        id: "apiserver-extended-token-expiration",
        title: "tokens mounted into pods stay valid for a year",
        vector: vector("AV:N/AC:M/Au:S/C:P/I:P/A:N"),
        applies: Applies::Component(KubeApiserver),
        check: settings(
            KubeApiserver,
            &[require("service-account-extend-token-expiration", Expect::Is("false"))],
        ),
        documentation: Documentation {
            finds: "\
An API server with `--service-account-extend-token-expiration`, which is on by default: tokens \
that the admission plugin mounts into pods ask for 3607 seconds and are made to last a year, so \
that old clients which never read the file again keep working.",
            matters: "\
A token read from a pod stays good for up to a year, as long as that pod exists. Turned off, it is \
worth an hour to a thief who cannot come back.",
            options: "\
- **Turn it off** after looking at the metric `serviceaccount_stale_tokens_total` and the audit \
annotation `authentication.k8s.io/stale-token`, which name the clients that would break.
- **Leave it** while such clients run, and keep tokens out of pods that need none \
(`automountServiceAccountToken: false`).",
            acceptable: "While clients older than the summer of 2020 (client-go 0.15, its peers in other languages) run.",
        },
        examples: &[
            pass("run kube-apiserver@1.31 --service-account-extend-token-expiration=false"),
            fail("run kube-apiserver@1.31 --service-account-extend-token-expiration=true"),
            fail("run kube-apiserver@1.31 --service-account-extend-token-expiration"),
            fail("run kube-apiserver@1.31"),
            fail("run kube-apiserver@1.34"),
            not_applicable("run kubelet@1.31"),
            error("gap processes permission-denied"),
        ],
    },
];

/// Paths that tell no more than whether the API server is well.
const HEALTH_PATHS: [&str; 3] = ["/livez", "/readyz", "/healthz"];

const EXPECTED: &str = "anonymous requests are off, or limited to /livez, /readyz and /healthz";

fn judge_anonymous(node: &NodeView<'_>, _: &Parameters, judge: &mut Judge<'_, '_>) {
    for instance in node.instances(KubeApiserver) {
        if let Err(unknown) = judge_anonymous_of(instance, judge) {
            let why = format!("whether anonymous requests are allowed is not known: {unknown}");
            judge.error(&instance.name, why).expected(EXPECTED);
        }
    }
}

fn judge_anonymous_of(
    instance: &ComponentView<'_>,
    judge: &mut Judge<'_, '_>,
) -> Result<(), Unknown> {
    let allowed = instance.effective("anonymous-auth")?;
    let entry = if allowed.value.as_bool() == Some(false) {
        judge.pass(&instance.name, "anonymous requests are turned off")
    } else {
        let paths = match instance.effective("anonymous.conditions[].path") {
            Err(Unknown::NotInRelease { .. }) => None,
            paths => Some(paths?),
        };
        let paths = paths.as_ref().map_or(&[][..], |paths| paths.value.as_list());
        let others: Vec<&str> =
            paths.iter().map(String::as_str).filter(|path| !HEALTH_PATHS.contains(path)).collect();
        if !paths.is_empty() && others.is_empty() {
            let message = format!("anonymous requests get no further than {}", paths.join(", "));
            judge.pass(&instance.name, message)
        } else {
            let message = if others.is_empty() {
                "anonymous requests are allowed, whatever they ask for".to_owned()
            } else {
                format!("anonymous requests may ask for {}", others.join(", "))
            };
            let action = known::find(KubeApiserver, "anonymous-auth")
                .map(|known| setting::set(known, instance, &allowed, "false".to_owned()));
            judge.fail(&instance.name, message).actions(action)
        }
    };
    let statement = format!("whether anonymous requests are allowed is {}", allowed.value);
    entry.expected(EXPECTED).evidence(statement, allowed.location);
    Ok(())
}
