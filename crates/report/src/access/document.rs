use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The answer to one question about access, and what it rests on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AccessReport {
    /// The program and its version.
    pub tool: String,
    /// What was looked at: one, or for a comparison what was before and what is after.
    pub sources: Vec<AccessSource>,
    /// Which authorizers the answer covers, in words.
    pub covers: String,
    /// What could not be seen and might change the answer.
    pub gaps: Vec<String>,
    /// The answer.
    pub answer: Answer,
}

/// Where roles and bindings were read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AccessSource {
    /// The context of a cluster, or the path of manifests.
    pub name: String,
    /// Whether it is a cluster; what manifests do not say may exist in a cluster all the same.
    pub is_cluster: bool,
    /// The release of Kubernetes that was assumed; absent when it is not known, and then whatever rights some release
    /// gives are taken to be given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kubernetes_version: Option<String>,
    /// How many roles there are.
    pub roles: usize,
    /// How many bindings there are.
    pub bindings: usize,
}

/// The answer, by the question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "question", rename_all = "kebab-case")]
pub enum Answer {
    /// Everybody who may do something.
    WhoCan(WhoCanAnswer),
    /// Whether somebody may do something.
    Can(CanAnswer),
    /// Everything somebody may do.
    Of(OfAnswer),
    /// Who holds rights that lead to more than they say.
    Risky(RiskyAnswer),
    /// Who gains and who loses what.
    Diff(DiffAnswer),
}

/// What is to be done, as it was understood.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Asked {
    /// The verb.
    pub verb: String,
    /// The path, for what is no resource.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// The API group, empty for the core group; absent for a path.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// The resource with its subresource, `pods/exec`; absent for a path.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource: Option<String>,
    /// The object, when one was named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The namespace, when it is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// Whether any namespace will do.
    pub anywhere: bool,
    /// Whether it is about all namespaces at once.
    pub everywhere: bool,
}

/// An object of RBAC.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Named {
    /// `Role`, `ClusterRole`, `RoleBinding` or `ClusterRoleBinding`.
    pub kind: String,
    /// Its namespace, when it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// Its name.
    pub name: String,
    /// The file and line it stands in, `path:line`, when it was read from a manifest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
}

/// A rule of a role, as Kubernetes writes it.
#[derive(
    Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "camelCase")]
pub struct Rule {
    /// What may be done.
    pub verbs: Vec<String>,
    /// The groups of the resources.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub api_groups: Vec<String>,
    /// The resources.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub resources: Vec<String>,
    /// The only objects meant; none means all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub resource_names: Vec<String>,
    /// Paths that are no resources.
    #[serde(default, rename = "nonResourceURLs", skip_serializing_if = "Vec::is_empty")]
    pub non_resource_urls: Vec<String>,
}

/// One way in which something is granted: a binding, its role, and a rule of that.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Grant {
    /// The namespace it holds in; absent for the whole cluster.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// The group of the subject that the binding names, when it does not name the subject itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub through: Option<String>,
    /// The binding.
    pub binding: Named,
    /// The role it gives.
    pub role: Named,
    /// The place of the rule in the role's `rules`, from 0.
    pub rule: usize,
    /// What the rule says.
    pub allows: Rule,
}

/// The answer to `who-can`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct WhoCanAnswer {
    /// What was asked.
    pub asked: Asked,
    /// Everybody whom RBAC allows it, as bindings name them.
    pub holders: Vec<Holder>,
    /// The kubelets whom the node authorizer allows it.
    pub nodes: Vec<NodeHolder>,
}

/// Somebody who may do it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Holder {
    /// Who, `group:developers`.
    pub subject: String,
    /// The service accounts that are in the group, because Kubernetes puts them there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub members: Vec<String>,
    /// Every way in which it is granted.
    pub grants: Vec<Grant>,
}

/// A kubelet that may do it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NodeHolder {
    /// The node, `node:worker-1`.
    pub subject: String,
    /// The only objects, `namespace/name`, that it may do it to, since its pods use them; none means all.
    pub objects: Vec<String>,
}

/// Which part of the chain of authorizers answers.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Authority {
    /// The group `system:masters`, to which nothing is ever refused.
    Masters,
    /// The node authorizer.
    Node,
    /// RBAC.
    Rbac,
    /// None of these.
    Nobody,
}

/// The answer to `can`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CanAnswer {
    /// What was asked.
    pub asked: Asked,
    /// Who.
    pub subject: String,
    /// The groups the subject is in.
    pub groups: Vec<Group>,
    /// Whether it is allowed.
    pub allowed: bool,
    /// Who allows it.
    pub by: Authority,
    /// Every way in which RBAC grants it.
    pub grants: Vec<Grant>,
    /// The rules that miss it by one thing, the nearest first; empty when it is allowed.
    pub near: Vec<NearMiss>,
    /// Bindings that name the subject and whose role is not there.
    pub missing: Vec<Missing>,
}

/// A group that a subject is in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Group {
    /// Its name.
    pub name: String,
    /// Whether Kubernetes puts the subject there by itself.
    pub implicit: bool,
}

/// A rule that misses by one thing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NearMiss {
    /// What it is: `namespace`, `name`, `subresource`, `group`, `verb` or `path`.
    pub lack: String,
    /// The same in words.
    pub why: String,
    /// The rule.
    pub grant: Grant,
}

/// A binding that gives nothing, because its role is not there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Missing {
    /// The binding.
    pub binding: Named,
    /// The role it names.
    pub role: Named,
}

/// The answer to `of`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct OfAnswer {
    /// Who.
    pub subject: String,
    /// The groups the subject is in.
    pub groups: Vec<Group>,
    /// Whether the subject is in `system:masters` and may do everything, whatever follows.
    pub masters: bool,
    /// What RBAC gives, merged.
    pub permissions: Vec<Permission>,
    /// What the node authorizer gives, for a node.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node: Option<NodeRights>,
    /// Bindings that name the subject and whose role is not there.
    pub missing: Vec<Missing>,
}

/// What may be done to some resources of one group, or to some paths.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Permission {
    /// The namespace it holds in; absent for the whole cluster.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// What it allows.
    pub allows: Rule,
    /// Whether other permissions of the list hold all that this one does.
    pub contained: bool,
    /// Everything that gives some of it.
    pub grants: Vec<Grant>,
}

/// What the node authorizer lets a kubelet do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NodeRights {
    /// What every node may do alike. Of these, secrets, config maps, volumes, claims, pods and tokens are limited to
    /// what the pods of the node use.
    pub rules: Vec<Rule>,
    /// What the pods of the node use, `secret shop/database`.
    pub reachable: Vec<String>,
}

/// The answer to `risky`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RiskyAnswer {
    /// What is said about each primitive that is found, by its id.
    pub primitives: BTreeMap<String, PrimitiveNote>,
    /// Who holds any, the worst first.
    pub subjects: Vec<RiskySubject>,
    /// How many subjects hold only what Kubernetes itself gives them, and were left out.
    pub left_out: usize,
}

/// A primitive: a way from rights to more than they say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PrimitiveNote {
    /// What the holder does.
    pub title: String,
    /// What comes of it: `rights`, `identity`, `node`, `code`, `secrets`, `cloud`, `admission`, `traffic`, `data`,
    /// `disruption` or `discovery`.
    pub effect: String,
    /// Why it works.
    pub reason: String,
    /// What else has to be so, beyond rights, and remains to be looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub condition: Option<String>,
    /// The releases it works in, when not in all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub releases: Option<String>,
    /// Techniques of MITRE ATT&CK for containers and of Microsoft's threat matrix.
    pub techniques: Vec<String>,
}

/// Somebody who holds primitives.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RiskySubject {
    /// Who.
    pub subject: String,
    /// The service accounts that are in the group, because Kubernetes puts them there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub members: Vec<String>,
    /// Where the subject may do everything to every resource.
    pub everything: Vec<Everything>,
    /// What it holds, in order of effect.
    pub primitives: Vec<PrimitiveFound>,
}

/// That everything may be done to every resource.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Everything {
    /// The namespace; absent for the whole cluster.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// What gives it; nothing for members of `system:masters`, to whom no binding does.
    pub grants: Vec<Grant>,
}

/// A primitive that somebody holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PrimitiveFound {
    /// Its id, a key of `primitives`.
    pub id: String,
    /// The namespace it works in; absent for the whole cluster.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// The only objects it works on; none means all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub names: Vec<String>,
    /// The release or feature gate without which these rights would not be enough.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gate: Option<String>,
    /// Everything that gives one of the rights it needs.
    pub grants: Vec<Grant>,
}

/// The answer to `diff`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DiffAnswer {
    /// What is said about each primitive that is found, by its id.
    pub primitives: BTreeMap<String, PrimitiveNote>,
    /// For whom something changes.
    pub subjects: Vec<ChangedSubject>,
}

/// Somebody for whom something changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ChangedSubject {
    /// Who.
    pub subject: String,
    /// The service accounts that are in the group, because Kubernetes puts them there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub members: Vec<String>,
    /// What the subject may do only after.
    pub gained: Vec<Permission>,
    /// What the subject may do only before.
    pub lost: Vec<Permission>,
    /// Primitives that the subject holds only after.
    pub new: Vec<PrimitiveFound>,
    /// Primitives that the subject holds only before.
    pub gone: Vec<PrimitiveFound>,
}
