//! What of the API's data is encrypted in etcd.

use merlon_model::{Action, Component::KubeApiserver};
use merlon_views::{ComponentView, NodeView};

use super::document::Document;
use super::encryption_configuration::{Configuration, Entry, Kind, Listed, Resource, read};
use crate::control::{Applies, Check, Control, Documentation, Expect, Parameters};
use crate::judge::{Entry as Finding, Judge};
use crate::row::{error, fail, not_applicable, pass, require, settings, vector};

/// A node whose API server encrypts by these entries, each line two blanks in.
macro_rules! entries {
    ($release:literal, $entries:literal) => {
        concat!(
            "run kube-apiserver@",
            $release,
            " --encryption-provider-config=/e.yaml\n",
            "file /e.yaml 0600 root:root encryption-configuration\n",
            "  apiVersion: apiserver.config.k8s.io/v1\n",
            "  kind: EncryptionConfiguration\n",
            "  resources:\n  ",
            $entries
        )
    };
}

pub(crate) const CONTROLS: &[Control] = &[
    Control {
        id: "apiserver-encryption-missing",
        title: "nothing is encrypted in etcd",
        vector: vector("AV:L/AC:M/Au:N/C:C/I:N/A:N"),
        applies: Applies::Component(KubeApiserver),
        check: settings(KubeApiserver, &[require("encryption-provider-config", Expect::IsSet)]),
        documentation: Documentation {
            finds: "\
An API server without `--encryption-provider-config`. It has no default; without it all objects, \
Secrets included, are stored as they are. What the file says is judged by the `encryption-*` \
controls.",
            matters: "\
Whoever gets at etcd's disk, a snapshot of it or a backup has every password, key and token of the \
cluster.",
            options: "\
- **A key service (`kms`, version 2)**: keys stay out of the machine. The API server cannot start \
while the service is away.
- **A key in the file (`secretbox` or `aescbc`)**: protects backups and disks, not against somebody \
on the control plane, who reads the file too.
- Objects are encrypted when they are next written: rewrite all Secrets after turning it on.",
            acceptable: "\
When etcd's disks and backups are encrypted with keys that live elsewhere, and nobody else uses \
that etcd.",
        },
        examples: &[
            pass("run kube-apiserver@1.31 --encryption-provider-config=/etc/e.yaml"),
            pass("run kube-apiserver@1.31 --encryption-provider-config /etc/e.yaml"),
            fail("run kube-apiserver@1.31"),
            fail("run kube-apiserver@1.31 --encryption-provider-config="),
            not_applicable("run kubelet@1.31"),
            error("gap processes permission-denied"),
        ],
    },
    Control {
        id: "encryption-provider-weak",
        title: "Secrets are written by no provider that encrypts them well",
        vector: vector("AV:L/AC:M/Au:N/C:C/I:N/A:N"),
        applies: Applies::Component(KubeApiserver),
        check: Check::Node(judge_providers),
        documentation: Documentation {
            finds: "\
The provider that writes Secrets, which is the first of the entry that decides about them: \
`identity` does not encrypt, `aesgcm` must have its key replaced before 200,000 writes, which \
nothing on the node shows. `aescbc`, `kms` and `secretbox` pass, or those that the benchmark \
lists. Other entries are reported when their writer encrypts, but not well. Without a \
configuration nothing is encrypted and the control fails. Keys are never looked at.",
            matters: "\
With `identity` first the file looks like encryption, and a backup of etcd holds every Secret in \
the clear. `aesgcm` picks its nonces at random: when one comes up twice for a key, what was \
encrypted with it can be read and forged.",
            options: "\
- **`kms` version 2**, with a key service. Version 1 passes here, is deprecated from release 1.28 \
on and off by default from 1.29 on.
- **`secretbox`** for a key in the file.
- **`aescbc`** passes and does not notice changed data; Kubernetes itself advises against it.
- Put the new provider first and keep the old one after it until all objects are rewritten.",
            acceptable: "`aesgcm` where keys are replaced by themselves, often enough.",
        },
        examples: &[
            pass(entries!("1.31", "- {resources: [secrets], providers: [{aescbc: {}}, {identity: {}}]}")),
            pass(entries!("1.31", "- {resources: [secrets], providers: [{secretbox: {}}]}")),
            pass(entries!(
                "1.31",
                "- {resources: ['*.*'], providers: [{kms: {apiVersion: v2, name: k}}]}"
            )),
            pass(entries!("1.26", "- {resources: [secrets], providers: [{kms: {name: k}}]}")),
            // Identity writes, the other only reads.
            fail(entries!("1.31", "- {resources: [secrets], providers: [{identity: {}}, {aescbc: {}}]}")),
            fail(entries!("1.31", "- {resources: [secrets], providers: [{aesgcm: {}}]}")),
            // The entry for secrets itself counts before the wildcard.
            fail(entries!(
                "1.31",
                "- {resources: [secrets], providers: [{identity: {}}]}\n  - {resources: ['*.*'], providers: [{aescbc: {}}]}"
            )),
            fail(entries!("1.31", "- {resources: [configmaps], providers: [{aescbc: {}}]}")),
            fail(entries!(
                "1.31",
                "- {resources: [secrets], providers: [{aescbc: {}}]}\n  - {resources: [configmaps], providers: [{aesgcm: {}}]}"
            )),
            // Before 1.27 a wildcard is the name of nothing.
            fail(entries!("1.26", "- {resources: ['*.*'], providers: [{aescbc: {}}]}")),
            fail("run kube-apiserver@1.31"),
            error(entries!("1.31", "- {resources: [secrets], providers: []}")),
            error(entries!(
                "1.31",
                "- {resources: ['*.*'], providers: [{kms: {}}]}\n  - {resources: [secrets], providers: [{aescbc: {}}]}"
            )),
            // Whether there are wildcards depends on the release.
            error(
                "\
run kube-apiserver --encryption-provider-config=/e.yaml
file /e.yaml 0600 root:root encryption-configuration
  apiVersion: apiserver.config.k8s.io/v1
  kind: EncryptionConfiguration
  resources: [{resources: ['*.*'], providers: [{aescbc: {}}]}]",
            ),
            error(
                "\
run kube-apiserver@1.31 --encryption-provider-config=/e.yaml
gap /e.yaml permission-denied",
            ),
            error(
                "\
run kube-apiserver@1.31 --encryption-provider-config /e.yaml
file /e.yaml 0600 root:root encryption-configuration
  kind: EncryptionConfig",
            ),
            pass(
                "\
run kube-apiserver@1.31 --encryption-provider-config=/e.yaml
file /e.yaml 0600 root:root encryption-configuration
  apiVersion: v1
  kind: EncryptionConfig
  resources: [{resources: [secrets], providers: [{secretbox: {}}, {identity: {}}]}]",
            ),
            not_applicable("run kubelet@1.31"),
        ],
    },
    Control {
        id: "encryption-leaves-resources-plain",
        title: "resources that should be encrypted in etcd are not",
        vector: vector("AV:L/AC:M/Au:N/C:C/I:N/A:N"),
        applies: Applies::Component(KubeApiserver),
        check: Check::Node(judge_resources),
        documentation: Documentation {
            finds: "\
Secrets, or the resources a benchmark lists, that no entry of the encryption configuration covers \
or whose first provider is `identity`; any other resource that is listed and still written by \
`identity`, unless that is how it is kept out of a wildcard after it; and entries behind a \
wildcard that covers them already (`secrets` after `*.*`), which the API server refuses. Wildcards \
count from release 1.27 on. Without a configuration the control fails.",
            matters: "\
The file suggests that these resources are safe in a stolen backup. They stand in it in the clear.",
            options: "\
- **Add the resource** to an entry that encrypts, then rewrite its objects.
- **`*.*` as the last entry** covers everything, custom resources included. Each object then costs \
a decryption when it is read from etcd.
- Put entries for single resources before `*.group`, and that before `*.*`.",
            acceptable: "For resources that hold nothing confidential.",
        },
        examples: &[
            pass(entries!("1.31", "- {resources: [secrets], providers: [{aescbc: {}}, {identity: {}}]}")),
            pass(entries!("1.31", "- {resources: ['*.'], providers: [{kms: {apiVersion: v2}}]}")),
            fail(entries!("1.31", "- {resources: [configmaps], providers: [{aescbc: {}}]}")),
            fail(entries!("1.31", "- {resources: ['*.apps'], providers: [{aescbc: {}}]}")),
            fail(entries!(
                "1.31",
                "- {resources: [secrets, configmaps], providers: [{identity: {}}, {aescbc: {}}]}"
            )),
            fail(entries!(
                "1.31",
                "- {resources: [secrets], providers: [{aescbc: {}}]}\n  - {resources: [configmaps], providers: [{identity: {}}]}"
            )),
            // Kept out of the wildcard on purpose.
            pass(entries!(
                "1.31",
                "- {resources: [events], providers: [{identity: {}}]}\n  - {resources: ['*.*'], providers: [{aescbc: {}}]}"
            )),
            // Behind a wildcard.
            fail(entries!(
                "1.31",
                "- {resources: ['*.*'], providers: [{kms: {}}]}\n  - {resources: [secrets], providers: [{aescbc: {}}]}"
            )),
            fail(entries!("1.31", "- {resources: [secrets, '*.'], providers: [{aescbc: {}}]}")),
            fail(entries!("1.26", "- {resources: ['*.*'], providers: [{aescbc: {}}]}")),
            fail("run kube-apiserver@1.31"),
            error(entries!("1.31", "- {resources: [Secrets], providers: [{aescbc: {}}]}")),
            error(entries!("1.31", "- secrets")),
            error("run kube-apiserver@1.31 --encryption-provider-config=/e.yaml\nabsent /e.yaml"),
            not_applicable("run kubelet@1.31"),
        ],
    },
];

/// The providers that CIS counts as good.
const GOOD: &str = "aescbc,kms,secretbox";

/// The first release with wildcards.
const WILDCARDS: (u32, u32) = (1, 27);

/// A configuration with what is needed to apply it.
struct Loaded<'v, 'a> {
    document: Document<'v, 'a>,
    configuration: Configuration<'v>,
    /// Whether the release has wildcards; `None` when the release is not known.
    wildcards: Option<bool>,
}

impl<'v> Loaded<'v, '_> {
    /// The entry that decides who writes a resource.
    fn entry_of(&self, resource: Resource<'_>) -> Result<Option<&Entry<'v>>, &'static str> {
        let with = self.configuration.entry_of(resource, true);
        let without = self.configuration.entry_of(resource, false);
        match self.wildcards {
            Some(true) => Ok(with),
            Some(false) => Ok(without),
            None if with.is_some() == without.is_some() => Ok(with),
            None => Err("a wildcard would cover it from release 1.27 on, and the release is \
                         unknown: tell it with --kubernetes-version"),
        }
    }

    /// What to change, and how the objects of the resources are encrypted anew.
    fn mend(&self, what: &str, resources: &[&str]) -> Action {
        // Names stand in a command: nothing but names of resources may get there.
        let plain = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '.' | '-');
        let named = resources.iter().filter(|name| name.chars().all(plain));
        Action::Manual {
            instruction: format!(
                "In {}, {what}; restart the API server, then write all objects of the resources \
                 anew",
                self.document.path()
            ),
            commands: named
                .map(|name| {
                    format!("kubectl get {name} --all-namespaces -o json | kubectl replace -f -")
                })
                .collect(),
        }
    }
}

/// The configuration of an API server; `None`, with the finding taken down, when there is none.
fn load<'v, 'a>(
    instance: &ComponentView<'_>,
    node: &'v NodeView<'a>,
    expected: &str,
    judge: &mut Judge<'_, '_>,
) -> Option<Loaded<'v, 'a>> {
    let loaded = Document::of("encryption-provider-config", instance, node).and_then(|document| {
        let Some(document) = document else {
            return Ok(None);
        };
        // An old name that is still read (`addKnownTypes` in `apiserver/v1/register.go`).
        if document.kind() != ("v1", "EncryptionConfig") {
            document.expect_kind("apiserver.config.k8s.io", "EncryptionConfiguration")?;
        }
        let refused = |(what, node)| format!("{}: {what}", document.at(node));
        let configuration = read(document.root).map_err(refused)?;
        let release = instance.version.as_ref().map(|version| version.minor_release());
        let wildcards = release.map(|release| release >= WILDCARDS);
        Ok(Some(Loaded { document, configuration, wildcards }))
    });
    match loaded {
        Ok(Some(loaded)) => return Some(loaded),
        Ok(None) => {
            let message = "no encryption configuration is given, Secrets are written as they are";
            let mut entry = judge.fail(&instance.name, message).expected(expected);
            if let Ok(flag) = instance.effective("encryption-provider-config") {
                let statement = format!("--encryption-provider-config is {}", flag.value);
                entry = entry.evidence(statement, flag.location);
            }
            entry.action(Action::Manual {
                instruction: "Write an EncryptionConfiguration and name it with \
                              --encryption-provider-config"
                    .to_owned(),
                commands: Vec::new(),
            });
        }
        Err(why) => {
            let why = format!("the encryption configuration is not known: {why}");
            judge.error(&instance.name, why).expected(expected);
        }
    }
    None
}

fn judge_providers(node: &NodeView<'_>, with: &Parameters, judge: &mut Judge<'_, '_>) {
    let good = with.get("value").unwrap_or(GOOD);
    let expected = format!("the first provider for Secrets is one of {good}");
    for instance in node.instances(KubeApiserver) {
        let Some(loaded) = load(instance, node, &expected, judge) else { continue };
        if let Some((behind, by)) = masked(&loaded) {
            let why = format!(
                "the API server refuses the file, so what is in force is not known: {} stands \
                 behind {}",
                behind.text, by.text
            );
            judge.error(&instance.name, why).evidence(behind.text, loaded.document.at(behind.node));
            continue;
        }
        let writes_secrets = match loaded.entry_of(Resource::parse("secrets")) {
            Ok(entry) => entry,
            Err(why) => {
                let why = format!("which provider writes Secrets is not known: {why}");
                judge.error(&instance.name, why).expected(&expected);
                continue;
            }
        };
        match writes_secrets {
            Some(entry) => judge_writer(entry, good, &loaded, instance, judge).expected(&expected),
            None => judge
                .fail(&instance.name, "no entry covers Secrets, they are written as they are")
                .expected(&expected)
                .evidence("the entries", loaded.document.at(loaded.document.root))
                .action(loaded.mend("add secrets to an entry that encrypts", &["secrets"])),
        };
        for entry in &loaded.configuration.entries {
            let about_secrets = writes_secrets.is_some_and(|other| std::ptr::eq(other, entry));
            let kind = entry.writer.kind;
            if !about_secrets && kind != Kind::Identity && !is_good(kind, good) {
                judge_writer(entry, good, &loaded, instance, judge).expected(&expected);
            }
        }
    }
}

/// Judges the provider that writes what an entry lists.
fn judge_writer<'j>(
    entry: &Entry<'_>,
    good: &str,
    loaded: &Loaded<'_, '_>,
    instance: &ComponentView<'_>,
    judge: &'j mut Judge<'_, '_>,
) -> Finding<'j> {
    let kind = entry.writer.kind;
    let (field, resources) = (kind.field(), names(entry));
    let finding = if is_good(kind, good) {
        let message = match kind {
            Kind::KmsV1 => format!(
                "kms writes {resources}, by version 1, which is deprecated from release 1.28 on"
            ),
            _ => format!("{field} writes {resources}"),
        };
        judge.pass(&instance.name, message)
    } else {
        let message = match kind {
            Kind::Identity => format!("identity comes first: {resources} are written as they are"),
            Kind::AesGcm => format!(
                "aesgcm writes {resources}, and nothing shows that its key is replaced often enough"
            ),
            _ => format!("{field} writes {resources}"),
        };
        let what = format!("put one of the providers {good} first for {resources}");
        let resources: Vec<&str> = entry.resources.iter().map(|listed| listed.text).collect();
        judge.fail(&instance.name, message).action(loaded.mend(&what, &resources))
    };
    let statement = format!("the first provider for {resources} is {field}");
    finding.evidence(statement, loaded.document.at(entry.writer.node))
}

fn is_good(kind: Kind, good: &str) -> bool {
    good.split(',').any(|good| good.trim() == kind.field())
}

fn names(entry: &Entry<'_>) -> String {
    let names: Vec<&str> = entry.resources.iter().map(|listed| listed.text).collect();
    names.join(", ")
}

/// What stands behind a wildcard, where the release has wildcards or may have them.
fn masked<'v>(loaded: &Loaded<'v, '_>) -> Option<(Listed<'v>, Listed<'v>)> {
    if loaded.wildcards == Some(false) { None } else { loaded.configuration.masked() }
}

fn judge_resources(node: &NodeView<'_>, with: &Parameters, judge: &mut Judge<'_, '_>) {
    let required = with.get("value").unwrap_or("secrets");
    let expected = format!("{required}, and whatever else is listed, are encrypted");
    for instance in node.instances(KubeApiserver) {
        let Some(loaded) = load(instance, node, &expected, judge) else { continue };
        if let Some((behind, by)) = masked(&loaded) {
            let message = format!(
                "the API server refuses the file: {} stands behind {}, which covers it",
                behind.text, by.text
            );
            judge
                .fail(&instance.name, message)
                .expected(&expected)
                .evidence(
                    format!("{} is listed here", behind.text),
                    loaded.document.at(behind.node),
                )
                .evidence(format!("{} is listed here", by.text), loaded.document.at(by.node))
                .action(loaded.mend(
                    &format!("put {} in an entry before {}", behind.text, by.text),
                    &[behind.text],
                ));
            continue;
        }
        let (mut plain, mut unknown) = (Vec::new(), false);
        for required in required.split(',').map(str::trim).filter(|name| !name.is_empty()) {
            match loaded.entry_of(Resource::parse(required)) {
                Err(why) => {
                    let why = format!("whether {required} are encrypted is not known: {why}");
                    judge.error(&instance.name, why).expected(&expected);
                    unknown = true;
                }
                Ok(None) => plain.push((required, loaded.document.root)),
                Ok(Some(entry)) if entry.writer.kind == Kind::Identity => {
                    plain.push((required, entry.writer.node));
                }
                Ok(Some(_)) => {}
            }
        }
        for (name, node) in listed_plain(&loaded) {
            if plain.iter().all(|(other, _)| *other != name) {
                plain.push((name, node));
            }
        }
        if !(unknown && plain.is_empty()) {
            report_plain(&plain, &expected, &loaded, instance, judge);
        }
    }
}

/// Resources that are listed, and that `identity` writes without a wildcard being the reason.
fn listed_plain<'v>(loaded: &Loaded<'v, '_>) -> Vec<(&'v str, &'v merlon_yaml::Node)> {
    let entries = &loaded.configuration.entries;
    let encrypts = |entry: &&Entry<'_>| entry.writer.kind != Kind::Identity;
    let kept_out = |listed: &Listed<'_>| {
        let stands = |other: &Listed<'_>| other.resource.stands_for(listed.resource);
        !listed.resource.is_wildcard()
            && loaded.wildcards != Some(false)
            && entries.iter().filter(encrypts).any(|entry| entry.resources.iter().any(stands))
    };
    let mut plain = Vec::new();
    for entry in entries.iter().filter(|entry| !encrypts(entry)) {
        for listed in &entry.resources {
            let decides = loaded
                .configuration
                .entry_of(listed.resource, true)
                .is_some_and(|deciding| std::ptr::eq(deciding, entry));
            if decides && !kept_out(listed) {
                plain.push((listed.text, entry.writer.node));
            }
        }
    }
    plain
}

fn report_plain(
    plain: &[(&str, &merlon_yaml::Node)],
    expected: &str,
    loaded: &Loaded<'_, '_>,
    instance: &ComponentView<'_>,
    judge: &mut Judge<'_, '_>,
) {
    if plain.is_empty() {
        let lists: Vec<String> = loaded.configuration.entries.iter().map(names).collect();
        judge.pass(&instance.name, "whatever should be encrypted is").expected(expected).evidence(
            format!("the entries are for {}", lists.join("; ")),
            loaded.document.at(loaded.document.root),
        );
        return;
    }
    let resources: Vec<&str> = plain.iter().map(|(name, _)| *name).collect();
    let names = resources.join(", ");
    let what = format!("add {names} to an entry whose first provider encrypts");
    let mut entry = judge
        .fail(&instance.name, format!("{names} are written to etcd as they are"))
        .expected(expected)
        .action(loaded.mend(&what, &resources));
    for (name, node) in plain {
        let statement = format!("here nothing encrypts {name}");
        entry = entry.evidence(statement, loaded.document.at(node));
    }
}
