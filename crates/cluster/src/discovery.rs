//! Which kinds a server has, and under which path.
//!
//! Servers from 1.26 on tell all at once (KEP-3352, aggregated discovery); others are asked for the
//! groups first and then for each version. A group whose own server is down is told by either way,
//! and takes nothing but its own kinds along.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use merlon_model::Kind;
use merlon_snapshot::{Cause, Gap, Subject};
use serde::Deserialize;

use crate::server::Server;
use crate::trouble::Trouble;
use crate::uri::encoded;

/// What is taken: both versions of the aggregated format, or else the lists of old.
const AGGREGATED: &str = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,\
    application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json";

/// A kind that the server has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Served {
    pub(crate) kind: Kind,
    /// `v1`, `apps/v1`.
    pub(crate) api_version: String,
    /// The name of the resource in paths.
    pub(crate) resource: String,
    pub(crate) is_namespaced: bool,
}

impl Served {
    /// The path of all objects, or of those in a namespace.
    pub(crate) fn path(&self, namespace: Option<&str>) -> String {
        let root = if self.api_version.contains('/') { "/apis" } else { "/api" };
        let api_version = &self.api_version;
        match namespace.filter(|_| self.is_namespaced) {
            Some(namespace) => {
                let namespace = encoded(namespace);
                format!("{root}/{api_version}/namespaces/{namespace}/{}", self.resource)
            }
            None => format!("{root}/{api_version}/{}", self.resource),
        }
    }
}

/// What a server has, as far as it tells.
#[derive(Debug, Default)]
pub(crate) struct Discovery {
    /// In the order of [`Kind::ALL`].
    pub(crate) served: Vec<Served>,
    pub(crate) gaps: Vec<Gap>,
    /// Why neither the core group nor the list of the others could be read.
    pub(crate) failed: Option<Trouble>,
}

/// Asks a server what it has.
pub(crate) async fn discover(server: &mut Server<'_>) -> Discovery {
    let mut groups = Groups::default();
    let core = groups.ask(server, "/api").await;
    let named = groups.ask(server, "/apis").await;
    groups.discovery(core.err(), named.err())
}

/// What is known of one version of a group.
enum Version {
    Known(Vec<Resource>),
    Failed(Trouble),
}

/// A resource that objects can be listed of.
struct Resource {
    name: String,
    kind: String,
    is_namespaced: bool,
    can_list: bool,
}

/// The versions of each group, by group and version.
#[derive(Default)]
struct Groups(BTreeMap<String, BTreeMap<String, Version>>);

impl Groups {
    async fn ask(&mut self, server: &mut Server<'_>, root: &str) -> Result<(), Trouble> {
        let body = server.get(root, AGGREGATED).await?;
        let answer: Answer = parsed(&body)?;
        match answer {
            Answer { kind, items: Some(items), .. } if kind == "APIGroupDiscoveryList" => {
                for group in items {
                    self.take(group);
                }
            }
            Answer { kind, versions: Some(versions), .. } if kind == "APIVersions" => {
                for version in versions {
                    self.ask_version(server, "", &version).await;
                }
            }
            Answer { kind, groups: Some(groups), .. } if kind == "APIGroupList" => {
                let wanted: BTreeSet<&str> = Kind::ALL.iter().map(|kind| kind.group()).collect();
                for group in groups.iter().filter(|group| wanted.contains(group.name.as_str())) {
                    for version in &group.versions {
                        self.ask_version(server, &group.name, &version.version).await;
                    }
                }
            }
            Answer { kind, .. } => {
                let what = format!("discovery at {root} is of kind {kind:?}");
                return Err(Trouble::new(Cause::Unparsable, what));
            }
        }
        Ok(())
    }

    async fn ask_version(&mut self, server: &mut Server<'_>, group: &str, version: &str) {
        let uri = match group {
            "" => format!("/api/{}", encoded(version)),
            _ => format!("/apis/{}/{}", encoded(group), encoded(version)),
        };
        let answer = server.get(&uri, "application/json").await;
        let list = answer.and_then(|body| parsed::<ResourceList>(&body));
        let known = match list {
            Ok(list) => Version::Known(list.resources.into_iter().map(Resource::from).collect()),
            Err(trouble) => Version::Failed(trouble.about(&uri)),
        };
        self.0.entry(group.to_owned()).or_default().insert(version.to_owned(), known);
    }

    fn take(&mut self, group: AggregatedGroup) {
        let name = group.metadata.name.unwrap_or_default();
        let versions = self.0.entry(name.clone()).or_default();
        for AggregatedVersion { version, resources, freshness } in group.versions {
            // A stale version without resources is one whose server has never answered.
            let known = if freshness.as_deref() == Some("Stale") && resources.is_empty() {
                let what = format!("the server of {name}/{version} does not answer");
                Version::Failed(Trouble::new(Cause::Unreachable, what))
            } else {
                Version::Known(resources.into_iter().map(Resource::from).collect())
            };
            versions.insert(version, known);
        }
    }

    fn discovery(self, core: Option<Trouble>, named: Option<Trouble>) -> Discovery {
        let mut discovery = Discovery::default();
        for &kind in Kind::ALL {
            let root = if kind.group().is_empty() { &core } else { &named };
            let found = match root {
                Some(trouble) => Err(trouble.clone().about("discovery")),
                None => self.find(kind),
            };
            match found {
                Ok(Some(served)) => discovery.served.push(served),
                Ok(None) => {}
                Err(trouble) => discovery.gaps.push(trouble.gap(Subject::Objects { kind })),
            }
        }
        if let Some(trouble) = core.as_ref().or(named.as_ref()) {
            discovery.gaps.push(trouble.gap(Subject::Server { part: "discovery".to_owned() }));
        }
        discovery.failed = core.filter(|_| named.is_some());
        discovery
    }

    /// A kind in its best version; none when the server does not have it.
    fn find(&self, kind: Kind) -> Result<Option<Served>, Trouble> {
        let Some(versions) = self.0.get(kind.group()) else { return Ok(None) };
        let mut names: Vec<&String> = versions.keys().collect();
        names.sort_by_key(|name| Reverse(priority(name)));
        let mut trouble = None;
        for version in names {
            let resources = match &versions[version] {
                Version::Known(resources) => resources,
                Version::Failed(failed) => {
                    trouble = trouble.or_else(|| Some(failed.clone()));
                    continue;
                }
            };
            let of_kind = |resource: &&Resource| resource.kind == kind.spelling();
            let Some(resource) = resources.iter().find(of_kind) else { continue };
            if !resource.can_list {
                let what = format!("{} cannot be listed", resource.name);
                trouble = Some(Trouble::new(Cause::Unsupported, what));
                continue;
            }
            let group = kind.group();
            return Ok(Some(Served {
                kind,
                api_version: match group {
                    "" => version.clone(),
                    _ => format!("{group}/{version}"),
                },
                resource: resource.name.clone(),
                is_namespaced: resource.is_namespaced,
            }));
        }
        trouble.map_or(Ok(None), Err)
    }
}

/// How versions are preferred: stable ones, then beta, then alpha, the higher number first, and others
/// last (`k8s.io/apimachinery/pkg/version.CompareKubeAwareVersionStrings`).
fn priority(version: &str) -> (u8, u32, u32) {
    let Some(rest) = version.strip_prefix('v') else { return (0, 0, 0) };
    let (major, stage) = match rest.find(|symbol: char| !symbol.is_ascii_digit()) {
        Some(at) => rest.split_at(at),
        None => (rest, ""),
    };
    let Ok(major) = major.parse() else { return (0, 0, 0) };
    let stage = |name: &str, rank: u8| {
        let number = stage.strip_prefix(name)?.parse().ok()?;
        Some((rank, major, number))
    };
    if rest.bytes().all(|byte| byte.is_ascii_digit()) {
        return (3, major, 0);
    }
    stage("beta", 2).or_else(|| stage("alpha", 1)).unwrap_or((0, 0, 0))
}

fn parsed<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, Trouble> {
    serde_json::from_slice(body)
        .map_err(|error| Trouble::new(Cause::Unparsable, format!("discovery: {error}")))
}

/// Any of `APIGroupDiscoveryList`, `APIVersions` and `APIGroupList`.
#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    kind: String,
    items: Option<Vec<AggregatedGroup>>,
    versions: Option<Vec<String>>,
    groups: Option<Vec<PlainGroup>>,
}

#[derive(Deserialize)]
struct AggregatedGroup {
    #[serde(default)]
    metadata: GroupName,
    #[serde(default)]
    versions: Vec<AggregatedVersion>,
}

#[derive(Default, Deserialize)]
struct GroupName {
    name: Option<String>,
}

#[derive(Deserialize)]
struct AggregatedVersion {
    version: String,
    #[serde(default)]
    resources: Vec<AggregatedResource>,
    freshness: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AggregatedResource {
    resource: String,
    response_kind: Option<ResponseKind>,
    #[serde(default)]
    scope: String,
    #[serde(default)]
    verbs: Vec<String>,
}

#[derive(Deserialize)]
struct ResponseKind {
    #[serde(default)]
    kind: String,
}

#[derive(Deserialize)]
struct PlainGroup {
    name: String,
    #[serde(default)]
    versions: Vec<PlainVersion>,
}

#[derive(Deserialize)]
struct PlainVersion {
    version: String,
}

#[derive(Deserialize)]
struct ResourceList {
    resources: Vec<PlainResource>,
}

#[derive(Deserialize)]
struct PlainResource {
    name: String,
    kind: String,
    #[serde(default)]
    namespaced: bool,
    #[serde(default)]
    verbs: Vec<String>,
}

impl From<AggregatedResource> for Resource {
    fn from(resource: AggregatedResource) -> Self {
        Self {
            name: resource.resource,
            kind: resource.response_kind.map(|kind| kind.kind).unwrap_or_default(),
            is_namespaced: resource.scope == "Namespaced",
            can_list: resource.verbs.iter().any(|verb| verb == "list"),
        }
    }
}

impl From<PlainResource> for Resource {
    fn from(resource: PlainResource) -> Self {
        // A subresource (`pods/status`) may be of the same kind, and is not what it is listed by.
        let is_sub = resource.name.contains('/');
        Self {
            kind: if is_sub { String::new() } else { resource.kind },
            name: resource.name,
            is_namespaced: resource.namespaced,
            can_list: resource.verbs.iter().any(|verb| verb == "list"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cmp::Reverse;

    use super::priority;

    #[test]
    fn stable_versions_are_preferred() {
        let check = |given: &[&str], expected: &[&str]| {
            let mut sorted = given.to_vec();
            sorted.sort_by_key(|name| Reverse(priority(name)));
            assert_eq!(sorted, expected);
        };
        check(&["v1beta1", "v1", "v2"], &["v2", "v1", "v1beta1"]);
        check(
            &["v1alpha1", "v2alpha1", "v1beta2", "v1beta10"],
            &["v1beta10", "v1beta2", "v2alpha1", "v1alpha1"],
        );
        check(
            &["foo", "v", "v1gamma1", "v99999999999", "v1"],
            &["v1", "foo", "v", "v1gamma1", "v99999999999"],
        );
    }
}
