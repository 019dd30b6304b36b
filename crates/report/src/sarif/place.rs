//! Where findings stand, as addresses.

use std::collections::{BTreeMap, BTreeSet};

use merlon_model::{Evidence, Finding, Location, ObjectReference, Report};

use super::log::{ArtifactLocation, LogicalLocation, PhysicalLocation, Place, Region, Text};

/// What paths of manifests are relative to: whatever directory the scan ran in, which is the
/// repository in CI. The reader of the log knows where that is.
const SOURCE_ROOT: &str = "SRCROOT";

/// What the addresses of findings are relative to.
pub(super) struct Bases<'r> {
    /// Sets of manifests, whose files stand in the repository.
    manifests: BTreeSet<&'r str>,
    /// Nodes and clusters, whose files are elsewhere.
    others: Vec<&'r str>,
}

impl<'r> Bases<'r> {
    pub(super) fn of(report: &'r Report) -> Self {
        let (manifests, clusters): (Vec<_>, Vec<_>) =
            report.inventories.iter().partition(|inventory| inventory.server.is_none());
        let nodes = report.nodes.iter().map(|node| node.name.as_str());
        Self {
            manifests: manifests.iter().map(|inventory| inventory.name.as_str()).collect(),
            others: nodes.chain(clusters.iter().map(|it| it.name.as_str())).collect(),
        }
    }

    /// The bases by their names, for the head of the run (3.14.14).
    pub(super) fn declared(&self) -> BTreeMap<String, ArtifactLocation> {
        let mut declared: BTreeMap<String, ArtifactLocation> =
            self.others.iter().map(|name| (base_id(name), base(name))).collect();
        if !self.manifests.is_empty() {
            let description = Text::plain("the directory that paths of manifests are relative to");
            let root =
                ArtifactLocation { uri: None, uri_base_id: None, description: Some(description) };
            declared.insert(SOURCE_ROOT.to_owned(), root);
        }
        declared
    }

    /// The places of a finding: where it stands first, for nodes the ones in files first; the node,
    /// the object or the directory of manifests itself when there is none, because GitHub's code
    /// scanning refuses results without a place in a file.
    pub(super) fn places(&self, finding: &Finding) -> Vec<Place> {
        let place = |evidence: &Evidence| {
            let location = evidence.location.as_ref()?;
            let (artifact_location, region) = self.address(finding, location)?;
            let object = match location {
                Location::Object { object, .. } => Some(&**object),
                _ => None,
            };
            let is_in_file = matches!(location, Location::File { .. } | Location::Manifest { .. });
            let place = Place {
                id: None,
                physical_location: PhysicalLocation { artifact_location, region },
                logical_locations: object
                    .map(|object| of_object(finding, object, None))
                    .into_iter()
                    .collect(),
                message: Some(Text::plain(evidence.statement.clone())),
            };
            Some((is_in_file, place))
        };
        let mut places: Vec<(bool, Place)> = finding.evidence.iter().filter_map(place).collect();
        // The first piece of evidence about an object is where the finding stands.
        if finding.part.is_none() {
            places.sort_by_key(|(in_file, _)| !in_file);
        }
        let mut places: Vec<Place> = places.into_iter().map(|(_, place)| place).collect();
        if places.is_empty() {
            places.push(self.whole(finding));
        }
        // A node is one thing with many files; an object elsewhere is another object.
        let own = if finding.part.is_some() { 1 } else { places.len() };
        for place in &mut places[..own] {
            place.logical_locations = vec![logical(finding)];
        }
        places
    }

    /// Where a finding stands that has no place.
    fn whole(&self, finding: &Finding) -> Place {
        let artifact_location = match &finding.part {
            _ if self.manifests.contains(finding.scope.as_str()) => source(&finding.scope),
            Some(part) => below(&finding.scope, &object_path(&part.object)),
            None => below(&finding.scope, "/"),
        };
        Place {
            id: None,
            physical_location: PhysicalLocation { artifact_location, region: None },
            logical_locations: Vec::new(),
            message: None,
        }
    }

    /// The file that shows the location: arguments and variables of processes and kernel settings
    /// are files below `/proc`, an object of a cluster has its namespace, kind and name for one.
    /// Nothing for what stands in no file.
    fn address(
        &self,
        finding: &Finding,
        location: &Location,
    ) -> Option<(ArtifactLocation, Option<Region>)> {
        let path = match location {
            Location::File { path, line, column } => {
                let region = line.filter(|&line| line > 0).map(|start_line| Region {
                    start_line,
                    start_column: column.filter(|&column| column > 0),
                    end_line: None,
                    end_column: None,
                });
                return Some((below(&finding.scope, path), region));
            }
            Location::Manifest { path, region, .. } => {
                return Some((source(path), stretch(region)));
            }
            Location::Object { .. } if self.manifests.contains(finding.scope.as_str()) => {
                return None;
            }
            Location::Object { object, .. } => object_path(object),
            Location::Argument { pid, .. } => format!("/proc/{pid}/cmdline"),
            Location::Environment { pid, .. } => format!("/proc/{pid}/environ"),
            Location::Process { pid, .. } => format!("/proc/{pid}"),
            Location::Sysctl { name } => format!("/proc/sys/{}", name.replace('.', "/")),
            Location::Default { .. }
            | Location::Embedded { .. }
            | Location::Live { .. }
            | Location::Socket { .. } => return None,
        };
        Some((below(&finding.scope, &path), None))
    }
}

/// A region as SARIF has it; nothing when it is none, as the end when it is before the beginning.
fn stretch(region: &merlon_model::Region) -> Option<Region> {
    let merlon_model::Region { line, column, end_line, end_column } = *region;
    if line == 0 || column == 0 {
        return None;
    }
    let has_end = (end_line, end_column) >= (line, column) && end_column > 0;
    Some(Region {
        start_line: line,
        start_column: Some(column),
        end_line: has_end.then_some(end_line),
        end_column: has_end.then_some(end_column),
    })
}

/// What a finding is about, by name: a container or an object before what has neither.
fn logical(finding: &Finding) -> LogicalLocation {
    match &finding.part {
        Some(part) => of_object(finding, &part.object, part.container.as_deref()),
        None => LogicalLocation {
            name: finding.resource.to_string(),
            fully_qualified_name: format!("{}/{}", finding.scope, finding.resource),
            kind: "resource",
        },
    }
}

fn of_object(
    finding: &Finding,
    object: &ObjectReference,
    container: Option<&str>,
) -> LogicalLocation {
    let own = object_path(object);
    let within = container.map(|container| format!("/{container}")).unwrap_or_default();
    LogicalLocation {
        name: container.unwrap_or(&object.name).to_owned(),
        fully_qualified_name: format!("{}{own}{within}", finding.scope),
        kind: if container.is_some() { "container" } else { "object" },
    }
}

/// `/shop/Deployment/web`; objects of the whole cluster have no namespace before their kind.
fn object_path(object: &ObjectReference) -> String {
    let namespace =
        object.namespace.as_ref().map(|namespace| format!("/{namespace}")).unwrap_or_default();
    format!("{namespace}/{}/{}", object.kind, object.name)
}

/// A file of a node, or what stands for one in a cluster.
fn below(scope: &str, path: &str) -> ArtifactLocation {
    let base = Some(base_id(scope));
    ArtifactLocation { uri: Some(relative(path)), uri_base_id: base, description: None }
}

/// A manifest. An absolute path is no part of the repository's tree, and says where it is.
pub(super) fn source(path: &str) -> ArtifactLocation {
    if path.starts_with('/') {
        let uri = Some(format!("file:///{}", encoded(path.trim_start_matches('/'))));
        return ArtifactLocation { uri, uri_base_id: None, description: None };
    }
    let path = path.strip_prefix("./").unwrap_or(path);
    let base = Some(SOURCE_ROOT.to_owned());
    ArtifactLocation { uri: Some(relative(path)), uri_base_id: base, description: None }
}

/// The name of the base that paths of a node or cluster are relative to.
fn base_id(scope: &str) -> String {
    format!("NODE:{}", encoded(scope))
}

/// The root of a node's file system as a URI: `file://worker-1/`.
fn base(scope: &str) -> ArtifactLocation {
    let uri = format!("file://{}/", encoded(scope).replace('/', "%2F"));
    ArtifactLocation { uri: Some(uri), uri_base_id: None, description: None }
}

/// A path without its leading slashes, as a relative URI reference.
fn relative(path: &str) -> String {
    let path = encoded(path.trim_start_matches('/'));
    if path.is_empty() { "./".to_owned() } else { path }
}

/// Percent-encoded except for unreserved characters and slashes (RFC 3986, 2.3).
fn encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                encoded.push(char::from(byte));
            }
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use merlon_model::Region;

    use super::{relative, source, stretch};

    #[test]
    fn paths_are_relative_references() {
        let check = |path: &str, expected: &str| assert_eq!(relative(path), expected, "{path:?}");
        check("/etc/kubernetes/kubelet.conf", "etc/kubernetes/kubelet.conf");
        check("//etc/a b", "etc/a%20b");
        check("/a:b?c#d\n%", "a%3Ab%3Fc%23d%0A%25");
        check("/ü", "%C3%BC");
        check("/", "./");
        check("", "./");
    }

    #[test]
    fn manifests_are_relative_to_the_repository() {
        let check = |path: &str, expected: &str, is_relative: bool| {
            let location = source(path);
            assert_eq!(location.uri.as_deref(), Some(expected), "{path:?}");
            assert_eq!(location.uri_base_id.is_some(), is_relative, "{path:?}");
        };
        check("deploy/web.yaml", "deploy/web.yaml", true);
        check("./deploy/my app.yaml", "deploy/my%20app.yaml", true);
        check("../web.yaml", "../web.yaml", true);
        check("/srv/web.yaml", "file:///srv/web.yaml", false);
    }

    #[test]
    fn regions_that_are_none_are_left_out() {
        let check = |given: (u32, u32, u32, u32), expected: Option<Option<(u32, u32)>>| {
            let (line, column, end_line, end_column) = given;
            let region = stretch(&Region { line, column, end_line, end_column });
            let end = region.map(|region| region.end_line.zip(region.end_column));
            assert_eq!(end, expected, "{given:?}");
        };
        check((3, 5, 3, 9), Some(Some((3, 9))));
        check((3, 5, 4, 1), Some(Some((4, 1))));
        check((3, 5, 3, 4), Some(None));
        check((3, 5, 0, 0), Some(None));
        check((0, 0, 0, 0), None);
    }
}
