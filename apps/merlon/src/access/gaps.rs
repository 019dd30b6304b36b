//! What could not be seen and might change an answer.

use merlon_model::Kind;
use merlon_rbac::Binding;
use merlon_snapshot::Object;

use super::facts::Known;

/// The kinds without which nobody's rights are known.
const RIGHTS: [Kind; 4] =
    [Kind::ClusterRole, Kind::Role, Kind::ClusterRoleBinding, Kind::RoleBinding];

/// What was not seen of roles and bindings, and of `besides`.
///
/// Of a cluster the kinds that were not listed to the end; of manifests whatever could not be read, since anything might
/// stand there; objects of RBAC that cannot be decoded.
pub fn gaps(known: &Known<'_>, besides: &[Kind]) -> Vec<String> {
    let inventory = known.view.inventory;
    let mut gaps = Vec::new();
    if known.view.is_cluster() {
        for kind in RIGHTS.iter().chain(besides).filter(|kind| !known.view.is_complete(**kind)) {
            gaps.push(match inventory.gap_of(*kind) {
                Some(gap) => gap.to_string(),
                None => format!("{}: the server did not list them", kind.plural()),
            });
        }
    }
    let manifests = inventory.gaps.iter().filter(|gap| {
        !known.view.is_cluster() || matches!(gap.subject, merlon_snapshot::Subject::Manifest { .. })
    });
    gaps.extend(manifests.map(ToString::to_string));
    for kind in RIGHTS {
        gaps.extend(known.view.of_kind(kind).filter_map(|object| undecodable(known, object)));
    }
    gaps
}

fn undecodable<'a>(known: &Known<'a>, object: &'a Object) -> Option<String> {
    let access = known.view.access();
    let reason = access.problem(object)?;
    let policy = access.policy();
    let name = object.name();
    let namespace = known.view.namespace_of(object);
    let namespace = (!namespace.is_empty()).then_some(namespace);
    // Where another object of the name counts, this one does not.
    let stands = policy.find_role(namespace, name).is_some()
        || policy.find_binding(namespace, name).is_some();
    (!stands).then(|| format!("{}: {reason}", object.reference()))
}

/// Bindings whose role may be anywhere else: with manifests, what they do not hold may be in the cluster.
pub fn unknown_roles(known: &Known<'_>) -> Vec<String> {
    let is_unknown = |binding: &Binding| {
        let kind = match binding.role.kind.as_str() {
            "ClusterRole" => Kind::ClusterRole,
            "Role" if binding.namespace.is_some() => Kind::Role,
            _ => return false,
        };
        !known.view.is_complete(kind)
    };
    let dangling = known.authorizer.policy().dangling();
    dangling
        .filter(|(_, binding)| is_unknown(binding))
        .map(|(_, binding)| {
            let own = match &binding.namespace {
                Some(namespace) => format!("{namespace}/{}", binding.name),
                None => binding.name.clone(),
            };
            format!("{}: it is not here, and {} {own} gives it", binding.role, binding.kind())
        })
        .collect()
}
