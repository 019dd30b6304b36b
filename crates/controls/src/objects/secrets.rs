//! Credentials that are written where everybody may read, and how programs get theirs.
//!
//! Collectors put a marker in place of each credential before anything is judged, so controls look
//! for markers: what a credential was, and never how it read.

use std::collections::BTreeMap;

use merlon_model::{Kind, Severity};
use merlon_redaction::{CredentialKind, kind_of_marker};
use merlon_snapshot::Object;
use merlon_views::objects::{ContainerList, Fields, Malformed, Place, has_pod_template};
use merlon_views::{ContainerView, InventoryView, PodView};
use merlon_yaml::{Mapping, Node, Value};

use crate::control::{Applies, Control, Documentation};
use crate::objects::{Flaw, Judged, Verdict, flaw};
use crate::row::{containers, error, fail, not_applicable, objects, pass, vector};

pub(crate) const CONTROLS: &[Control] = &[
    Control {
        id: "container-credential-in-environment",
        title: "a container's environment holds a credential in plain text",
        vector: vector("AV:N/AC:L/Au:S/C:C/I:P/A:N"),
        applies: Applies::Objects,
        check: containers(in_environment),
        documentation: Documentation {
            finds: "\
Values in `env` that are credentials by their format (keys and tokens of known services, private \
keys, URLs with a password) or by the variable's name (`DB_PASSWORD`). References to Secrets, \
paths, placeholders and empty values are none. The value is neither kept nor shown.",
            matters: "\
Whoever may read pods or workloads has it, and so has everybody who sees the manifest: the \
repository and its history, the pipeline, backups. The right to read Secrets is not needed.",
            options: "\
- **A Secret, referred to by `secretKeyRef`** or mounted as a file, filled from an external store \
or encrypted in the repository. No edit is offered: the value must not be carried on, but \
replaced, since it was readable.
- **No credential at all**: workload identity, where the other side understands it.",
            acceptable: "For values that open nothing, such as those of a test database in the pod.",
        },
        examples: &[
            fail(container!("env: [{name: DB_PASSWORD, value: correct-horse-battery}]")),
            fail(container!(
                "env: [{name: DATABASE, value: 'postgres://web:correct-horse-battery@db/web'}]"
            )),
            fail(
                "\
apiVersion: batch/v1
kind: CronJob
metadata: {name: web}
spec:
  jobTemplate:
    spec:
      template:
        spec:
          initContainers:
          - name: setup
            env:
            - {name: DB_PASSWORD, value: correct-horse-battery}
          containers: [{name: web}]",
            ),
            pass(container!(
                "env: [{name: DB_PASSWORD, valueFrom: {secretKeyRef: {name: db, key: password}}}]"
            )),
            // A path, another variable, nothing: no credential.
            pass(container!("env: [{name: DB_PASSWORD_FILE, value: /run/secrets/db}]")),
            pass(container!("env: [{name: DB_PASSWORD, value: $(OTHER)}]")),
            pass(container!("env: [{name: DB_PASSWORD, value: ''}, {name: LEVEL, value: info}]")),
            // Somebody else took it out, before it came here.
            pass(container!("env: [{name: LEVEL, value: <redacted>}]")),
            error(container!("env: [{name: LEVEL, value: 5}]")),
        ],
    },
    Control {
        id: "container-credential-in-arguments",
        title: "a container's command line holds a credential",
        vector: vector("AV:N/AC:L/Au:S/C:C/I:P/A:N"),
        applies: Applies::Objects,
        check: containers(in_arguments),
        documentation: Documentation {
            finds: "\
Credentials in `command` and `args`, by their format or by the option before them \
(`--password=…`, `-p …`), also inside of scripts for a shell. The value is neither kept nor shown.",
            matters: "\
Whoever may read pods has it, as has every process that sees the process list: on the node, and in \
the pod where containers share it.",
            options: "\
- **A file from a Secret**, and the program's option that names a file.
- **A variable by `secretKeyRef`**, which the program reads by itself; `$(NAME)` in the arguments \
shows in the process list again.
- No edit is offered: the value must not be carried on, but replaced, since it was readable.",
            acceptable: "For values that open nothing.",
        },
        examples: &[
            fail(container!("args: [--password=correct-horse-battery]")),
            // Each argument by itself.
            fail(container!(
                "args: [--password=correct-horse-battery, --admin-password=staple-battery-horse]"
            )),
            fail(container!("command: [serve, --db-password, correct-horse-battery]")),
            pass(container!("args: [--password-file=/run/secrets/db, --level=info]")),
            pass(container!("args: [--password=$(DB_PASSWORD)]")),
            pass(container!("image: nginx")),
            error(container!("args: [5]")),
        ],
    },
    Control {
        id: "config-map-credential",
        title: "a ConfigMap holds a credential",
        vector: vector("AV:N/AC:L/Au:S/C:C/I:P/A:N"),
        applies: Applies::Objects,
        check: objects(&[Kind::ConfigMap], in_object),
        documentation: Documentation {
            finds: "\
Credentials in a ConfigMap: by their format or the key they stand under, also inside of files \
(properties, JSON, YAML, TOML, URLs). Values are neither kept nor shown.",
            matters: "\
ConfigMaps are read by many more people and programs than Secrets: the role `view` has them and \
not Secrets, encryption at rest often leaves them out, and they stand in repositories.",
            options: "\
- **A Secret** with the whole file, mounted at the same path.
- **A file that refers to a variable**, where the program fills it in at its start.
- No edit is offered: the value must not be carried on, but replaced, since it was readable.",
            acceptable: "For values that open nothing, such as those of examples.",
        },
        examples: &[
            fail(
                "\
apiVersion: v1
kind: ConfigMap
metadata: {name: web}
data:
  DB_PASSWORD: correct-horse-battery",
            ),
            fail(
                "\
apiVersion: v1
kind: ConfigMap
metadata: {name: web}
data:
  app.properties: |
    level=info
    db.password=correct-horse-battery",
            ),
            pass(
                "\
apiVersion: v1
kind: ConfigMap
metadata: {name: web}
data:
  LEVEL: info
  app.properties: |
    db.password=${DB_PASSWORD}",
            ),
            // What a Secret is for.
            not_applicable(
                "\
apiVersion: v1
kind: Secret
metadata: {name: web}
stringData: {DB_PASSWORD: correct-horse-battery}",
            ),
        ],
    },
    Control {
        id: "object-credential",
        title: "an object that is no Secret holds a credential",
        vector: vector("AV:N/AC:M/Au:S/C:P/I:P/A:N"),
        applies: Applies::Objects,
        check: objects(&OTHERS, in_object),
        documentation: Documentation {
            finds: "\
Credentials anywhere else: annotations, custom resources, fields of volumes and webhooks, headers \
of probes other than cookies, which are made up there. Left out are the environment and the command lines of containers and ConfigMaps, which have controls of \
their own, Secrets, SealedSecrets (whose values are encrypted), and the copy of the object that \
`kubectl apply` leaves in an annotation. Pods that a workload of the scan made are judged with it.",
            matters: "\
Whoever may read objects of that kind has it, and so has everybody who sees the manifest; hardly \
any kind but Secret is treated as confidential.",
            options: "\
- **A reference to a Secret**: most fields for credentials have a second form that names one.
- **An external store**, for operators that read it by themselves.
- No edit is offered: the value must not be carried on, but replaced, since it was readable.",
            acceptable: "For values that open nothing.",
        },
        examples: &[
            fail(
                "\
apiVersion: v1
kind: Service
metadata: {name: web, annotations: {example.org/db-password: correct-horse-battery}}",
            ),
            fail(
                "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  template:
    metadata: {annotations: {example.org/db-password: correct-horse-battery}}
    spec: {containers: [{name: web}]}",
            ),
            fail(container!(
                "livenessProbe: {httpGet: {port: 80, httpHeaders: [{name: Authorization, value: Basic \
                 d2ViOmNvcnJlY3QtaG9yc2U=}]}}"
            )),
            // A session that nobody has.
            pass(container!(
                "livenessProbe: {httpGet: {port: 80, httpHeaders: [{name: Cookie, value: \
                 session-id=a-probe}]}}"
            )),
            // Another control's.
            pass(container!("env: [{name: DB_PASSWORD, value: correct-horse-battery}]")),
            pass(container!("args: [--password=correct-horse-battery]")),
            pass(
                "\
apiVersion: v1
kind: Service
metadata: {name: web, annotations: {example.org/password-secret: web-db}}",
            ),
            not_applicable(
                "\
apiVersion: v1
kind: Secret
metadata: {name: web}
stringData: {DB_PASSWORD: correct-horse-battery}",
            ),
            // `config-map-credential` says it.
            not_applicable(
                "\
apiVersion: v1
kind: ConfigMap
metadata: {name: web, annotations: {example.org/db-password: correct-horse-battery}}",
            ),
        ],
    },
    Control {
        id: "secrets-in-environment",
        title: "containers get secrets as environment variables",
        vector: vector("AV:L/AC:M/Au:N/C:P/I:N/A:N"),
        applies: Applies::Objects,
        check: containers(from_secrets),
        documentation: Documentation {
            finds: "Containers whose `env` or `envFrom` refers to a Secret; one finding for each.",
            matters: "\
Environments are inherited by every child process, printed by crash reports and debug pages, and \
readable in /proc.",
            options: "\
**Mount them as files**, which also follow rotation. Programs that only read variables need a \
small wrapper; since the program has to know where to read, no edit of the object alone can do it.",
            acceptable: "\
For programs that cannot read files and neither log nor pass on their environment.",
        },
        examples: &[
            fail(container!(
                "env: [{name: DB_PASSWORD, valueFrom: {secretKeyRef: {name: db, key: password}}}]"
            )),
            fail(container!("envFrom: [{configMapRef: {name: web}}, {secretRef: {name: db}}]")),
            pass(container!("envFrom: [{configMapRef: {name: web}}]")),
            pass(container!(
                "env: [{name: NODE, valueFrom: {fieldRef: {fieldPath: spec.nodeName}}}]"
            )),
            pass(container!("volumeMounts: [{name: db, mountPath: /run/secrets/db}]")),
            error(container!("envFrom: {secretRef: {name: db}}")),
        ],
    },
    Control {
        id: "container-environment-duplicate",
        title: "an environment variable is written twice",
        vector: vector("AV:L/AC:H/Au:S/C:N/I:P/A:N"),
        applies: Applies::Objects,
        check: containers(duplicates),
        documentation: Documentation {
            finds: "\
Items of `env` without effect: a later one of the same name takes their place, and no item between \
them refers to the first value by `$(NAME)`. An optional reference takes the place only where what \
it refers to exists, so the value before it is a default and no duplicate.",
            matters: "\
Whoever reads the manifest may take the value without effect for the real one, and server-side \
apply and patches by name do with such lists what nobody expects.",
            options: "**Take away the item without effect** (the edit offered): nothing changes.",
            acceptable: "Hardly ever.",
        },
        examples: &[
            fail(container!(
                "env: [{name: A, value: x}, {name: B, value: w}, {name: A, value: z}]"
            )),
            fail(container!(
                "env: [{name: A, value: x}, {name: A, value: w}, {name: A, value: z}]"
            )),
            pass(container!("env: [{name: A, value: x}, {name: a, value: w}]")),
            // The second is made of the first.
            pass(container!("env: [{name: A, value: x}, {name: A, value: '$(A):y'}]")),
            pass(container!(
                "env: [{name: A, value: x}, {name: B, value: $(A)}, {name: A, value: w}]"
            )),
            // A default.
            pass(container!(
                "env: [{name: A, value: x}, {name: A, valueFrom: {configMapKeyRef: {name: web, key: a, optional: true}}}]"
            )),
            error(container!("env: [{name: 5}]")),
        ],
    },
];

/// Every kind but those with a control of their own, Secrets, and what is encrypted.
const OTHERS: [Kind; Kind::ALL.len() - LEFT_OUT] = {
    let mut kinds = [Kind::Pod; Kind::ALL.len() - LEFT_OUT];
    let (mut from, mut to) = (0, 0);
    while from < Kind::ALL.len() {
        if !matches!(Kind::ALL[from], Kind::Secret | Kind::ConfigMap | Kind::SealedSecret) {
            kinds[to] = Kind::ALL[from];
            to += 1;
        }
        from += 1;
    }
    kinds
};

const LEFT_OUT: usize = 3;

/// A flaw for a credential that stands in plain text.
fn readable<'a>(node: &'a Node, message: String, kind: &CredentialKind) -> Flaw<'a> {
    let flaw = flaw(Place::Node(node), message).step(
        "put the value into a Secret and refer to it; replace the credential, it was readable",
        &[],
    );
    // Nothing but its looks speaks for a credential.
    if kind.id() == "random-value" { flaw.at_most(Severity::Low) } else { flaw }
}

fn environment<'a>(
    container: &ContainerView<'a>,
) -> Result<impl Iterator<Item = Fields<'a>> + Clone, Malformed<'a>> {
    Ok(container.fields().list("env")?.iter().map(Fields::of))
}

fn in_environment<'a>(
    _: &InventoryView<'a>,
    _: &PodView<'a>,
    container: &ContainerView<'a>,
) -> Judged<'a> {
    let mut flaws = Vec::new();
    for variable in environment(container)? {
        let Some(kind) = variable.text("value")?.and_then(kind_of_marker) else { continue };
        let Some(node) = variable.get("value").node() else { continue };
        let name = variable.text("name")?.unwrap_or("a variable");
        let message = format!("{name} holds {} in plain text", kind.title());
        flaws.push(readable(node, message, kind));
    }
    Ok(Verdict::of(flaws))
}

fn in_arguments<'a>(
    _: &InventoryView<'a>,
    _: &PodView<'a>,
    container: &ContainerView<'a>,
) -> Judged<'a> {
    let mut flaws = Vec::new();
    for key in ["command", "args"] {
        for (at, node) in container.fields().list(key)?.iter().enumerate() {
            let text = node.as_str().ok_or(Malformed { node, expected: "a text" })?;
            if let Some(kind) = kind_of_marker(text) {
                let message =
                    format!("item {} of {key} holds {} in plain text", at + 1, kind.title());
                flaws.push(readable(node, message, kind));
            }
        }
    }
    Ok(Verdict::of(flaws))
}

fn in_object<'a>(view: &InventoryView<'a>, object: &'a Object) -> Judged<'a> {
    let has_pods = view.kind_of(object).is_some_and(has_pod_template);
    if has_pods && is_made_by_another(view, object) {
        return Ok(Verdict::NotApplicable);
    }
    let mut flaws = Vec::new();
    below(&object.root, has_pods, &mut |node, kind| {
        let stretch = Place::Node(node).stretch(&object.root);
        let field = stretch.map_or_else(|| "a field".to_owned(), |stretch| stretch.field);
        let message = format!("{field} holds {} in plain text", kind.title());
        flaws.push(readable(node, message, kind));
    });
    Ok(Verdict::of(flaws))
}

/// Whether an object's controller is in the inventory, and says the same.
fn is_made_by_another<'a>(view: &InventoryView<'a>, object: &'a Object) -> bool {
    let owners = object.root.path(&["metadata", "ownerReferences"]).and_then(Node::as_sequence);
    owners.unwrap_or_default().iter().any(|owner| {
        let text = |key| owner.get(key).and_then(Node::as_str).unwrap_or_default();
        Kind::of(text("apiVersion"), text("kind"))
            .and_then(|kind| view.find(kind, view.namespace_of(object), text("name")))
            .is_some()
    })
}

/// The annotation in which `kubectl apply` keeps the whole object once more.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// Shows each credential below a node; one in a key by the key's value.
fn below<'a>(
    node: &'a Node,
    has_pods: bool,
    found: &mut dyn FnMut(&'a Node, &'static CredentialKind),
) {
    match &node.value {
        Value::String(text) => {
            if let Some(kind) = kind_of_marker(text) {
                found(node, kind);
            }
        }
        Value::Sequence(items) => {
            for item in items {
                below(item, has_pods, found);
            }
        }
        Value::Mapping(mapping) => {
            for entry in mapping.entries() {
                let key = &*entry.key;
                if key == LAST_APPLIED {
                    continue;
                }
                if let Some(kind) = kind_of_marker(key) {
                    found(&entry.value, kind);
                }
                if has_pods && is_list_of_containers(key) {
                    for container in entry.value.as_sequence().unwrap_or_default() {
                        in_container(container, found);
                    }
                } else {
                    below(&entry.value, has_pods, found);
                }
            }
        }
        _ => {}
    }
}

fn is_list_of_containers(key: &str) -> bool {
    ContainerList::ALL.iter().any(|list| list.key() == key)
}

/// Shows the credentials of a container outside of its variables and arguments.
fn in_container<'a>(container: &'a Node, found: &mut dyn FnMut(&'a Node, &'static CredentialKind)) {
    for entry in container.as_mapping().map(Mapping::entries).unwrap_or_default() {
        match &*entry.key {
            "env" | "command" | "args" => {}
            "livenessProbe" | "readinessProbe" | "startupProbe" | "lifecycle" => {
                let own: &mut dyn FnMut(&'a Node, &'static CredentialKind) = &mut |node, kind| {
                    if kind.id() != "cookie" {
                        found(node, kind);
                    }
                };
                below(&entry.value, false, own);
            }
            _ => below(&entry.value, false, found),
        }
    }
}

fn from_secrets<'a>(
    _: &InventoryView<'a>,
    _: &PodView<'a>,
    container: &ContainerView<'a>,
) -> Judged<'a> {
    let one = environment(container)?.map(|it| it.path(&["valueFrom", "secretKeyRef"]));
    let sources = container.fields().list("envFrom")?;
    let all = sources.iter().map(|source| Fields::of(source).get("secretRef"));
    let mut references = one.chain(all).filter_map(Fields::node);
    let Some(first) = references.next() else { return Ok(Verdict::Pass) };
    let message = match references.count() {
        0 => "the environment has values of a Secret".to_owned(),
        others => format!("the environment refers to Secrets in {} places", others + 1),
    };
    let step = "mount the Secret as files, and tell the program to read them";
    flaw(Place::Node(first), message).step(step, &[]).into()
}

fn duplicates<'a>(
    _: &InventoryView<'a>,
    _: &PodView<'a>,
    container: &ContainerView<'a>,
) -> Judged<'a> {
    let variables = container.fields().list("env")?;
    let mut places: BTreeMap<&str, usize> = BTreeMap::new();
    let mut flaws = Vec::new();
    for (at, variable) in variables.iter().enumerate() {
        let Some(name) = Fields::of(variable).text("name")? else { continue };
        let Some(before) = places.insert(name, at) else { continue };
        if is_optional(variable) || is_used(name, &variables[before + 1..=at]) {
            continue;
        }
        let earlier = &variables[before];
        let message = format!("item {} of env, {name}, is replaced by item {}", before + 1, at + 1);
        flaws.push(flaw(Place::Node(earlier), message).remove(earlier));
    }
    Ok(Verdict::of(flaws))
}

/// Whether a variable keeps an earlier value when what it refers to is missing.
fn is_optional(variable: &Node) -> bool {
    let optional = |key| variable.path(&["valueFrom", key, "optional"]).and_then(Node::as_bool);
    optional("secretKeyRef").or_else(|| optional("configMapKeyRef")).unwrap_or_default()
}

fn is_used(name: &str, variables: &[Node]) -> bool {
    let reference = format!("$({name})");
    let values = variables.iter().filter_map(|variable| variable.get("value")?.as_str());
    values.into_iter().any(|value| value.contains(&reference))
}
