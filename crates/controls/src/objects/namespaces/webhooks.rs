//! Weaknesses of admission webhooks.

use merlon_model::{Kind, Severity};
use merlon_snapshot::Object;
use merlon_views::InventoryView;
use merlon_views::objects::{Fields, Place, WebhookView, place, webhooks};
use merlon_yaml::Node;

use super::shipped::is_provided;
use crate::control::{Applies, Check, Control, Documentation};
use crate::objects::{Judged, Verdict, flaw};
use crate::row::{error, fail, not_applicable, objects, pass, vector};

/// A webhook configuration of that kind with one webhook, for examples.
macro_rules! webhook {
    ($kind:literal, $fields:literal) => {
        concat!(
            "{apiVersion: admissionregistration.k8s.io/v1, kind: ",
            $kind,
            "WebhookConfiguration, metadata: {name: guard}, webhooks: [{name: guard.example.com, ",
            $fields,
            "}]}"
        )
    };
}

pub(crate) const CONTROLS: &[Control] = &[
    Control {
        id: "webhook-failure-ignored",
        title: "pods are admitted while the webhook that guards them does not answer",
        vector: vector("AV:N/AC:H/Au:S/C:P/I:P/A:N"),
        applies: Applies::Objects,
        check: objects(&[Kind::ValidatingWebhookConfiguration], failure_ignored),
        documentation: Documentation {
            finds: "\
Validating webhooks that are asked about pods or the objects that make them, with `failurePolicy: \
Ignore`. Those of a cluster that its provider puts back (Azure Policy, GKE's guardrails) are left \
out.",
            matters: "\
Whoever makes the webhook slow, or waits until its pods restart, creates what it would have \
refused. Nothing tells afterwards.",
            options: "\
- **`Fail`**, with two or more replicas, a disruption budget, and the webhook's own and the \
system's namespaces left out by `kubernetes.io/metadata.name`: otherwise an outage of the webhook \
is one of the cluster.
- **Pod Security labels or a ValidatingAdmissionPolicy** for the rules that must hold always: the \
API server evaluates them itself.",
            acceptable: "Where something that always answers enforces the same, or it only reports.",
        },
        examples: &[
            fail(webhook!(
                "Validating",
                "failurePolicy: Ignore, rules: [{operations: [CREATE], apiGroups: [''], \
                 resources: [pods]}]"
            )),
            // The default of the old version.
            fail(
                "\
{apiVersion: admissionregistration.k8s.io/v1beta1, kind: ValidatingWebhookConfiguration, \
metadata: {name: guard}, webhooks: [{name: a.example.com, rules: [{operations: ['*'], apiGroups: \
['*'], resources: ['*/*']}]}]}",
            ),
            pass(webhook!(
                "Validating",
                "rules: [{operations: [CREATE], apiGroups: [''], resources: [pods]}]"
            )),
            // It guards its own objects only.
            not_applicable(webhook!(
                "Validating",
                "failurePolicy: Ignore, rules: [{operations: [CREATE], apiGroups: \
                 [cert-manager.io], resources: ['*']}]"
            )),
            // The provider restores its own.
            not_applicable(
                "\
# cluster
{apiVersion: admissionregistration.k8s.io/v1, kind: ValidatingWebhookConfiguration, metadata: \
{name: azure-policy-validating-webhook-configuration}, webhooks: [{name: a.example.com, \
failurePolicy: Ignore, rules: [{operations: ['*'], apiGroups: ['*'], resources: ['*']}]}]}",
            ),
            error(webhook!("Validating", "failurePolicy: 1, rules: []")),
        ],
    },
    Control {
        id: "webhook-evaded-by-object-label",
        title: "a label on an object keeps it from the webhook that guards it",
        vector: vector("AV:N/AC:L/Au:S/C:P/I:P/A:N"),
        applies: Applies::Objects,
        check: objects(&[Kind::ValidatingWebhookConfiguration], evaded_by_object),
        documentation: Documentation {
            finds: "\
Validating webhooks that are asked about pods or the objects that make them, with an \
`objectSelector`.",
            matters: "\
Who may create a pod chooses its labels, and so whether the webhook is asked at all.",
            options: "\
- **Take the selector away**, and let the webhook decide.
- **`matchConditions`** can leave out requests by user, which the sender cannot choose.",
            acceptable: "Where the webhook does not guard but helps, or another refuses the label.",
        },
        examples: &[
            fail(webhook!(
                "Validating",
                "objectSelector: {matchExpressions: [{key: skip, operator: DoesNotExist}]}, \
                 rules: [{operations: [CREATE], apiGroups: [apps], resources: [deployments]}]"
            )),
            pass(webhook!(
                "Validating",
                "objectSelector: {}, rules: [{operations: [CREATE], apiGroups: [''], resources: \
                 [pods]}]"
            )),
            // Helm's releases of cert-manager, which guard their own objects.
            not_applicable(webhook!(
                "Validating",
                "objectSelector: {matchLabels: {a: b}}, rules: [{operations: [CREATE], apiGroups: \
                 [cert-manager.io], resources: ['*']}]"
            )),
        ],
    },
    Control {
        id: "webhook-evaded-by-namespace-label",
        title: "a label on a namespace keeps its pods from the webhook that guards them",
        vector: vector("AV:N/AC:M/Au:M/C:P/I:P/A:N"),
        applies: Applies::Objects,
        check: objects(&[Kind::ValidatingWebhookConfiguration], evaded_by_namespace),
        documentation: Documentation {
            finds: "\
Validating webhooks that are asked about pods or the objects that make them, whose \
`namespaceSelector` looks at another label than `kubernetes.io/metadata.name`.",
            matters: "\
Who may create or change namespaces, as tenants of platforms with self-service may, gets out of \
the rules with one label. The name's label cannot be forged: the API server sets it.",
            options: "\
- **Name the namespaces** that are left out, by `kubernetes.io/metadata.name`.
- **Guard the label** with a ValidatingAdmissionPolicy on namespaces. No edit can know the names, \
so a person has to choose.",
            acceptable: "Where nobody but the cluster's administrators writes namespaces.",
        },
        examples: &[
            fail(webhook!(
                "Validating",
                "namespaceSelector: {matchExpressions: [{key: admission.gatekeeper.sh/ignore, \
                 operator: DoesNotExist}]}, rules: [{operations: ['*'], apiGroups: ['*'], \
                 resources: ['*']}]"
            )),
            fail(webhook!(
                "Validating",
                "namespaceSelector: {matchLabels: {guarded: 'yes'}}, rules: [{operations: \
                 [CREATE], apiGroups: [''], resources: [pods]}]"
            )),
            pass(webhook!(
                "Validating",
                "namespaceSelector: {matchExpressions: [{key: kubernetes.io/metadata.name, \
                 operator: NotIn, values: [kube-system]}]}, rules: [{operations: [CREATE], \
                 apiGroups: [''], resources: [pods]}]"
            )),
            // AKS writes these into every webhook that is not its own.
            pass(webhook!(
                "Validating",
                "namespaceSelector: {matchExpressions: [{key: control-plane, operator: NotIn, \
                 values: ['true']}, {key: kubernetes.azure.com/managedby, operator: NotIn, \
                 values: [aks]}]}, rules: [{operations: [CREATE], apiGroups: [''], resources: \
                 [pods]}]"
            )),
            not_applicable(webhook!("Validating", "rules: []")),
            error(webhook!(
                "Validating",
                "namespaceSelector: {matchExpressions: {key: a}}, rules: [{operations: ['*'], \
                 apiGroups: ['*'], resources: [pods]}]"
            )),
        ],
    },
    Control {
        id: "webhook-service-missing",
        title: "a webhook is a service that does not exist",
        vector: vector("AV:N/AC:M/Au:S/C:N/I:P/A:C"),
        applies: Applies::Objects,
        check: Check::Object { kinds: WEBHOOKS, reads: &[Kind::Service], judge: service_missing },
        documentation: Documentation {
            finds: "Webhooks of a cluster whose `clientConfig.service` is not among its Services.",
            matters: "\
With `failurePolicy: Fail` every request that it should be asked about is refused, at worst that \
of the pods that would bring it back; with `Ignore` nobody is asked. Who may create the Service in \
that namespace does not become the webhook without its certificate, but answers in its place where \
no authority is pinned.",
            options: "\
- **Delete the configuration** when what it belonged to has been removed.
- **Bring the Service back** when it is still wanted.",
            acceptable: "While something is being installed.",
        },
        examples: &[
            fail(concat!(
                "# cluster\n",
                webhook!("Validating", "clientConfig: {service: {namespace: guard, name: guard}}")
            )),
            fail(concat!(
                "# cluster\n",
                webhook!(
                    "Mutating",
                    "failurePolicy: Ignore, clientConfig: {service: {namespace: a, name: guard}}"
                ),
                "\n---\n{apiVersion: v1, kind: Service, metadata: {namespace: b, name: guard}}"
            )),
            pass(concat!(
                "# cluster\n",
                webhook!("Validating", "clientConfig: {service: {namespace: guard, name: guard}}"),
                "\n---\n{apiVersion: v1, kind: Service, metadata: {namespace: guard, name: guard}}"
            )),
            // The manifests may not be all.
            not_applicable(webhook!(
                "Validating",
                "clientConfig: {service: {namespace: guard, name: guard}}"
            )),
            error(concat!(
                "# cluster\n# gap services permission-denied\n",
                webhook!("Validating", "clientConfig: {service: {namespace: guard, name: guard}}")
            )),
        ],
    },
    Control {
        id: "webhook-outside-cluster",
        title: "a webhook sends objects out of the cluster",
        vector: vector("AV:N/AC:H/Au:N/C:P/I:P/A:P"),
        applies: Applies::Objects,
        check: objects(WEBHOOKS, outside),
        documentation: Documentation {
            finds: "\
Webhooks with a `clientConfig.url` that is neither on the control plane's own machine nor a name \
within the cluster.",
            matters: "\
Whoever runs that address, or takes over its name, sees every object it is asked about (Secrets \
where its rules name them) and decides which are created, or changes them.",
            options: "\
- **A Service of the cluster** with `caBundle`.
- **Keep it, narrow its rules**, and pin the authority by `caBundle`. Which Service would take \
its place no edit can know.",
            acceptable: "\
For a provider's own checks, and platforms that run admission centrally for many clusters.",
        },
        examples: &[
            fail(webhook!("Mutating", "clientConfig: {url: 'https://hooks.example.com/mutate'}")),
            fail(webhook!(
                "Validating",
                "clientConfig: {url: 'https://127.0.0.1.example.com:8443/'}"
            )),
            // EKS and GKE run theirs next to the API server.
            pass(webhook!("Mutating", "clientConfig: {url: 'https://127.0.0.1:23443/mutate'}")),
            pass(webhook!("Validating", "clientConfig: {url: 'https://localhost:5443/warden'}")),
            pass(webhook!("Validating", "clientConfig: {url: 'https://[::1]:5443'}")),
            pass(webhook!("Validating", "clientConfig: {url: 'https://guard.guard.svc:443/v'}")),
            pass(webhook!("Validating", "clientConfig: {service: {namespace: a, name: b}}")),
            error(webhook!("Validating", "clientConfig: {url: [https]}")),
        ],
    },
    Control {
        id: "webhook-without-authority",
        title: "a webhook has no authority that its certificate is checked against",
        vector: vector("AV:A/AC:H/Au:S/C:N/I:P/A:P"),
        applies: Applies::Objects,
        check: objects(WEBHOOKS, without_authority),
        documentation: Documentation {
            finds: "\
Webhooks of a cluster that are Services and have no `caBundle`. In manifests it is often left to \
be filled in later, by cert-manager or a job, so they are not judged.",
            matters: "\
The API server then trusts the authorities of its machine, which issue no names that end in \
`.svc`: calls fail, and with them what the webhook is asked about, or the webhook is skipped.",
            options: "\
- **`cert-manager.io/inject-ca-from`** on the configuration keeps it up to date.
- **The chart's own job** usually fills it in; look why it did not. The certificate is not among \
the objects, so no edit can write it.",
            acceptable: "For a minute during an installation.",
        },
        examples: &[
            fail(concat!(
                "# cluster\n",
                webhook!("Validating", "clientConfig: {service: {namespace: a, name: b}}")
            )),
            fail(concat!(
                "# cluster\n",
                webhook!(
                    "Mutating",
                    "clientConfig: {caBundle: '', service: {namespace: a, name: b}}"
                )
            )),
            pass(concat!(
                "# cluster\n",
                webhook!(
                    "Validating",
                    "clientConfig: {caBundle: LS0t, service: {namespace: a, name: b}}"
                )
            )),
            not_applicable(webhook!(
                "Validating",
                "clientConfig: {service: {namespace: a, name: b}}"
            )),
            not_applicable(concat!(
                "# cluster\n",
                webhook!("Validating", "clientConfig: {url: 'https://127.0.0.1:8443'}")
            )),
        ],
    },
    Control {
        id: "webhook-guards-itself",
        title: "a webhook that does not answer keeps its own pods from starting",
        vector: vector("AV:N/AC:H/Au:M/C:N/I:N/A:C"),
        applies: Applies::Objects,
        check: objects(WEBHOOKS, guards_itself),
        documentation: Documentation {
            finds: "\
Webhooks with `failurePolicy: Fail` that are asked about pods of the namespace their own Service \
is in.",
            matters: "\
When the last of its pods is gone, its replacement needs the answer of a webhook that is not \
there: nothing that it is asked about can be created until somebody deletes the configuration.",
            options: "\
- **Leave its namespace out** by `kubernetes.io/metadata.name`, as the edit does; let nobody but \
administrators write there.
- **Several replicas over several nodes** make it rarer, and do not end it.",
            acceptable: "Where the webhook runs as a static pod, or outside of what it guards.",
        },
        examples: &[
            fail(webhook!(
                "Validating",
                "clientConfig: {service: {namespace: guard, name: guard}}, rules: [{operations: \
                 [CREATE], apiGroups: [''], resources: [pods]}]"
            )),
            fail(webhook!(
                "Mutating",
                "clientConfig: {service: {namespace: guard, name: guard}}, namespaceSelector: \
                 {matchExpressions: [{key: kubernetes.io/metadata.name, operator: NotIn, values: \
                 [kube-system]}]}, rules: [{operations: ['*'], apiGroups: ['*'], resources: \
                 ['*']}]"
            )),
            pass(webhook!(
                "Validating",
                "clientConfig: {service: {namespace: guard, name: guard}}, namespaceSelector: \
                 {matchExpressions: [{key: kubernetes.io/metadata.name, operator: NotIn, values: \
                 [guard]}]}, rules: [{operations: [CREATE], apiGroups: [''], resources: [pods]}]"
            )),
            pass(webhook!(
                "Validating",
                "failurePolicy: Ignore, clientConfig: {service: {namespace: guard, name: guard}}, \
                 rules: [{operations: [CREATE], apiGroups: [''], resources: [pods]}]"
            )),
            // It injects only where pods ask for it.
            pass(webhook!(
                "Mutating",
                "clientConfig: {service: {namespace: guard, name: guard}}, objectSelector: \
                 {matchLabels: {inject: 'true'}}, rules: [{operations: [CREATE], apiGroups: [''], \
                 resources: [pods]}]"
            )),
        ],
    },
    Control {
        id: "webhook-slow-to-give-up",
        title: "the API server waits long for a webhook that does not answer",
        vector: vector("AV:N/AC:H/Au:S/C:N/I:N/A:P"),
        applies: Applies::Objects,
        check: objects(WEBHOOKS, slow),
        documentation: Documentation {
            finds: "\
Webhooks with `timeoutSeconds` above 10, the default of `v1`; `v1beta1` waited 30.",
            matters: "\
Each request waits that long in turn. Leases, node heartbeats and the garbage collector have \
deadlines of about ten seconds, so that one silent webhook looks like a failing control plane.",
            options: "**10 seconds or less**; checks that need longer are no matter for admission.",
            acceptable: "For rules that name single, rarely created kinds.",
        },
        examples: &[
            fail(webhook!("Validating", "timeoutSeconds: 30")),
            pass(webhook!("Mutating", "timeoutSeconds: 10")),
            pass(webhook!("Mutating", "failurePolicy: Fail")),
            error(webhook!("Mutating", "timeoutSeconds: '30'")),
        ],
    },
    Control {
        id: "webhook-receives-secrets",
        title: "a webhook is sent every Secret that is written",
        vector: vector("AV:A/AC:H/Au:S/C:C/I:N/A:N"),
        applies: Applies::Objects,
        check: objects(WEBHOOKS, receives_secrets),
        documentation: Documentation {
            finds: "\
Webhooks whose rules cover the creation of Secrets, by name or by `*`, in all namespaces but \
those of their selector.",
            matters: "\
Each Secret arrives there in clear text: whoever gets into the webhook, its logs or the address it \
stands at reads them all, past RBAC and past encryption at rest.",
            options: "\
- **Name the resources** that the rules are about instead of `*`; Kyverno does so by itself for \
its policies, Gatekeeper by `validatingWebhookCustomRules`.
- **Keep it** where Secrets themselves are checked, and treat the webhook like etcd.",
            acceptable: "For policy engines that the platform team runs and watches.",
        },
        examples: &[
            fail(webhook!(
                "Validating",
                "rules: [{operations: ['*'], apiGroups: ['*'], resources: ['*']}]"
            )),
            fail(webhook!(
                "Mutating",
                "rules: [{operations: [CREATE], apiGroups: [''], resources: [secrets]}]"
            )),
            pass(webhook!(
                "Mutating",
                "rules: [{operations: [CREATE], apiGroups: [''], resources: [pods]}]"
            )),
            // `*` of other groups.
            pass(webhook!(
                "Validating",
                "rules: [{operations: [CREATE], apiGroups: [apps], resources: ['*']}]"
            )),
        ],
    },
];

const WEBHOOKS: &[Kind] =
    &[Kind::ValidatingWebhookConfiguration, Kind::MutatingWebhookConfiguration];

/// The label that the API server gives every namespace, and nobody else can change.
const NAME_LABEL: &str = "kubernetes.io/metadata.name";

/// Pods, and what most pods are made by.
const GUARDED: &[(&str, &str)] =
    &[("", "pods"), ("apps", "deployments"), ("apps", "daemonsets"), ("batch", "jobs")];

/// Whether the webhook decides about pods.
fn is_guard(webhook: &WebhookView<'_>) -> bool {
    webhook.is_validating() && GUARDED.iter().any(|(group, kind)| webhook.covers(group, kind))
}

/// Judges the webhooks of a configuration that somebody of the cluster can change.
fn each_own<'a>(
    view: &InventoryView<'a>,
    configuration: &'a Object,
    judge: impl Fn(&WebhookView<'a>) -> Judged<'a>,
) -> Judged<'a> {
    if view.is_cluster() && is_provided(configuration) {
        return Ok(Verdict::NotApplicable);
    }
    each(configuration, judge)
}

/// Judges the webhooks of a configuration that the control is about; each may have a flaw.
fn each<'a>(
    configuration: &'a Object,
    judge: impl Fn(&WebhookView<'a>) -> Judged<'a>,
) -> Judged<'a> {
    Fields::of(&configuration.root).list("webhooks")?;
    let mut flaws = Vec::new();
    let mut passed = false;
    for webhook in webhooks(configuration) {
        match judge(&webhook)? {
            Verdict::Fail(found) => flaws.extend(found),
            Verdict::Pass => passed = true,
            _ => {}
        }
    }
    if flaws.is_empty() && !passed { Ok(Verdict::NotApplicable) } else { Ok(Verdict::of(flaws)) }
}

fn failure_ignored<'a>(view: &InventoryView<'a>, configuration: &'a Object) -> Judged<'a> {
    each_own(view, configuration, |webhook| {
        webhook.fields().text("failurePolicy")?;
        if !is_guard(webhook) {
            return Ok(Verdict::NotApplicable);
        }
        if !webhook.ignores_failure() {
            return Ok(Verdict::Pass);
        }
        let message = format!("{} is skipped when it does not answer", webhook.name);
        flaw(place(webhook.node, &["failurePolicy"]), message).set("Fail").needs_review().into()
    })
}

fn evaded_by_object<'a>(view: &InventoryView<'a>, configuration: &'a Object) -> Judged<'a> {
    each_own(view, configuration, |webhook| {
        if !is_guard(webhook) {
            return Ok(Verdict::NotApplicable);
        }
        let selector = webhook.fields().get("objectSelector");
        match selector.node() {
            Some(node) if !keys(selector)?.is_empty() => {
                let message = format!("{} is asked about some labels only", webhook.name);
                flaw(Place::Node(node), message).remove(node).needs_review().into()
            }
            _ => Ok(Verdict::Pass),
        }
    })
}

fn evaded_by_namespace<'a>(view: &InventoryView<'a>, configuration: &'a Object) -> Judged<'a> {
    each_own(view, configuration, |webhook| {
        if !is_guard(webhook) {
            return Ok(Verdict::NotApplicable);
        }
        let keys = keys(webhook.fields().get("namespaceSelector"))?;
        // AKS adds both to every webhook and puts them back.
        let is_aks = |key: &str| key.starts_with("kubernetes.azure.com/");
        let by_aks = keys.iter().any(|(key, _)| is_aks(key));
        let forgeable = keys.iter().find(|(key, _)| {
            *key != NAME_LABEL && !(by_aks && (is_aks(key) || *key == "control-plane"))
        });
        let Some((key, node)) = forgeable else { return Ok(Verdict::Pass) };
        let message = format!("whether {} is asked rests on the label {key}", webhook.name);
        flaw(Place::Node(node), message)
            .step(format!("select namespaces by {NAME_LABEL} instead"), &[])
            .into()
    })
}

/// The labels that a selector looks at, and where.
fn keys(selector: Fields<'_>) -> Result<Vec<(&str, &Node)>, merlon_views::objects::Malformed<'_>> {
    let mut keys = selector.map("matchLabels")?;
    for expression in selector.list("matchExpressions")? {
        keys.extend(Fields::of(expression).text("key")?.map(|key| (key, expression)));
    }
    Ok(keys)
}

fn service_missing<'a>(view: &InventoryView<'a>, configuration: &'a Object) -> Judged<'a> {
    if !view.is_complete(Kind::Service) {
        return Ok(Verdict::NotApplicable);
    }
    each(configuration, |webhook| {
        let service = webhook.fields().path(&["clientConfig", "service"]);
        let (Some(namespace), Some(name)) = (service.text("namespace")?, service.text("name")?)
        else {
            return Ok(Verdict::NotApplicable);
        };
        if view.find(Kind::Service, namespace, name).is_some() {
            return Ok(Verdict::Pass);
        }
        let consequence =
            if webhook.ignores_failure() { "is never asked" } else { "refuses everything" };
        let message = format!("{} {consequence}: no service {namespace}/{name}", webhook.name);
        let found = flaw(place(webhook.node, &["clientConfig", "service"]), message)
            .step("bring the service back, or delete the configuration", &[]);
        if webhook.ignores_failure() { found.at_most(Severity::Medium) } else { found }.into()
    })
}

fn outside<'a>(_: &InventoryView<'a>, configuration: &'a Object) -> Judged<'a> {
    each(configuration, |webhook| {
        let Some(url) = webhook.fields().get("clientConfig").text("url")? else {
            return Ok(Verdict::Pass);
        };
        if is_near(host(url)) {
            return Ok(Verdict::Pass);
        }
        let place = place(webhook.node, &["clientConfig", "url"]);
        flaw(place, format!("{} is an address outside the cluster", webhook.name))
            .step("serve it from within the cluster, or narrow its rules", &[])
            .into()
    })
}

/// The host of a URL: without scheme, user, port and path.
fn host(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let authority = authority.rsplit('@').next().unwrap_or_default();
    match authority.strip_prefix('[') {
        Some(address) => address.split(']').next().unwrap_or_default(),
        None => authority.split(':').next().unwrap_or_default(),
    }
}

/// Whether a host is the machine of the API server or a name within the cluster.
fn is_near(host: &str) -> bool {
    let loopback = host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback());
    loopback || host == "localhost" || host.ends_with(".svc") || host.ends_with(".cluster.local")
}

fn without_authority<'a>(view: &InventoryView<'a>, configuration: &'a Object) -> Judged<'a> {
    if !view.is_cluster() {
        return Ok(Verdict::NotApplicable);
    }
    each(configuration, |webhook| {
        let client = webhook.fields().get("clientConfig");
        if !client.get("service").is_set() {
            return Ok(Verdict::NotApplicable);
        }
        if client.text("caBundle")?.is_some_and(|bundle| !bundle.is_empty()) {
            return Ok(Verdict::Pass);
        }
        let message = format!("{} has no caBundle", webhook.name);
        flaw(place(webhook.node, &["clientConfig", "caBundle"]), message)
            .step("have the authority of its certificate filled in", &[])
            .into()
    })
}

fn guards_itself<'a>(view: &InventoryView<'a>, configuration: &'a Object) -> Judged<'a> {
    each_own(view, configuration, |webhook| {
        let fields = webhook.fields();
        let Some(home) = fields.path(&["clientConfig", "service"]).text("namespace")? else {
            return Ok(Verdict::Pass);
        };
        let keys = keys(fields.get("namespaceSelector"))?;
        // Selectors of other labels usually leave it out too: its namespace may carry them.
        let by_others = keys.iter().any(|(key, _)| *key != NAME_LABEL);
        let is_selective = !self::keys(fields.get("objectSelector"))?.is_empty();
        let is_asked = webhook.selects_namespace(&|key: &str| (key == NAME_LABEL).then_some(home));
        if webhook.ignores_failure()
            || !webhook.covers("", "pods")
            || by_others
            || is_selective
            || !is_asked
        {
            return Ok(Verdict::Pass);
        }
        const EXPRESSIONS: &[&str] = &["namespaceSelector", "matchExpressions"];
        let place = place(webhook.node, EXPRESSIONS);
        let left_out =
            serde_json::json!({"key": NAME_LABEL, "operator": "NotIn", "values": [home]});
        flaw(place, format!("{} has to admit the pods that it runs in", webhook.name))
            .append_at(place, left_out)
            .needs_review()
            .into()
    })
}

fn slow<'a>(view: &InventoryView<'a>, configuration: &'a Object) -> Judged<'a> {
    each_own(view, configuration, |webhook| match webhook.fields().int("timeoutSeconds")? {
        Some(seconds) if seconds > 10 => {
            let message = format!("the API server waits {seconds} seconds for {}", webhook.name);
            flaw(place(webhook.node, &["timeoutSeconds"]), message).set(10).into()
        }
        _ => Ok(Verdict::Pass),
    })
}

fn receives_secrets<'a>(_: &InventoryView<'a>, configuration: &'a Object) -> Judged<'a> {
    each(configuration, |webhook| {
        if !webhook.covers("", "secrets") {
            return Ok(Verdict::Pass);
        }
        flaw(place(webhook.node, &["rules"]), format!("{} is sent Secrets", webhook.name))
            .step("name the resources that the rules are about", &[])
            .into()
    })
}

#[cfg(test)]
mod tests {
    use super::{host, is_near};

    #[test]
    fn only_what_is_in_the_cluster_is_near() {
        let check = |url: &str, expected: bool| assert_eq!(is_near(host(url)), expected, "{url}");
        check("https://localhost:443/a", true);
        check("https://127.8.0.1", true);
        check("https://[::1]:1/", true);
        check("https://a.b.svc/", true);
        check("https://a.b.svc.cluster.local:1/", true);
        check("https://localhost@example.com/", false);
        check("https://example.com/.svc", false);
        check("https://example.com?.svc", false);
        check("https://10.0.0.1", false);
        check("https://localhost.example.com", false);
        check("", false);
    }
}
