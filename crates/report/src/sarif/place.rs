//! Where findings stand, as addresses.

use merlon_model::{Evidence, Finding, Location};

use super::log::{ArtifactLocation, LogicalLocation, PhysicalLocation, Place, Region, Text};

/// The places of a finding: the ones in files first; the node itself when there is none, because
/// GitHub's code scanning refuses results without a place in a file.
pub(super) fn places(finding: &Finding) -> Vec<Place> {
    let place = |evidence: &Evidence| {
        let location = evidence.location.as_ref()?;
        let (path, region) = address(location)?;
        let message = Some(Text::plain(evidence.statement.clone()));
        Some((
            matches!(location, Location::File { .. } | Location::Manifest { .. }),
            at(finding, &path, region, message),
        ))
    };
    let mut places: Vec<(bool, Place)> = finding.evidence.iter().filter_map(place).collect();
    places.sort_by_key(|(in_file, _)| !in_file);
    if places.is_empty() {
        return vec![at(finding, "/", None, None)];
    }
    places.into_iter().map(|(_, place)| place).collect()
}

fn at(finding: &Finding, path: &str, region: Option<Region>, message: Option<Text>) -> Place {
    Place {
        id: None,
        physical_location: PhysicalLocation {
            artifact_location: ArtifactLocation {
                uri: relative(path),
                uri_base_id: Some(base_id(&finding.scope)),
            },
            region,
        },
        logical_locations: vec![LogicalLocation {
            name: finding.resource.clone(),
            fully_qualified_name: format!("{}/{}", finding.scope, finding.resource),
            kind: "resource",
        }],
        message,
    }
}

/// The file on the node that shows the location: arguments and variables of processes and kernel
/// settings are files below `/proc`. Nothing for what stands in no file.
fn address(location: &Location) -> Option<(String, Option<Region>)> {
    let path = match location {
        Location::File { path, line, column } => {
            let region = line
                .filter(|&line| line > 0)
                .map(|start_line| Region { start_line, start_column: column.filter(|&c| c > 0) });
            return Some((path.clone(), region));
        }
        Location::Manifest { path, region, .. } => {
            let region = Region { start_line: region.line, start_column: Some(region.column) };
            return Some((path.clone(), Some(region)));
        }
        Location::Argument { pid, .. } => format!("/proc/{pid}/cmdline"),
        Location::Environment { pid, .. } => format!("/proc/{pid}/environ"),
        Location::Process { pid, .. } => format!("/proc/{pid}"),
        Location::Sysctl { name } => format!("/proc/sys/{}", name.replace('.', "/")),
        Location::Object { .. }
        | Location::Default { .. }
        | Location::Embedded { .. }
        | Location::Live { .. }
        | Location::Socket { .. } => return None,
    };
    Some((path, None))
}

/// The name of the base that paths of a node are relative to.
pub(super) fn base_id(node: &str) -> String {
    format!("NODE:{}", encoded(node))
}

/// The root of a node's file system as a URI: `file://worker-1/`.
pub(super) fn base(node: &str) -> ArtifactLocation {
    let uri = format!("file://{}/", encoded(node).replace('/', "%2F"));
    ArtifactLocation { uri, uri_base_id: None }
}

/// A path without its leading slashes, as a relative URI reference.
fn relative(path: &str) -> String {
    let path = encoded(path.trim_start_matches('/'));
    if path.is_empty() { "./".to_owned() } else { path }
}

/// What stays the same when lines move: control, node and resource.
pub(super) fn fingerprint(finding: &Finding) -> String {
    let parts = [&finding.control, &finding.scope, &finding.resource];
    parts.map(|part| encoded(part).replace('/', "%2F")).join("/")
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
    use super::relative;

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
}
