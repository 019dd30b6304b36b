//! What the token of a pod may do beyond its work.

use merlon_rbac::risk::{Effect, Found, primitives_of};
use merlon_rbac::{AUTHENTICATED, Identity, SERVICE_ACCOUNTS, Scope, User};
use merlon_views::objects::{BindingView, Malformed, Place, place};
use merlon_views::{InventoryView, PodView};
use merlon_yaml::Node;

use crate::objects::Flaw;

/// The strongest of the powers that are asked for, which the account of a pod holds.
pub(super) struct Held<'v, 'a> {
    pub(super) found: Found,
    /// The bindings that give it.
    bindings: Vec<&'v BindingView<'a>>,
    view: &'v InventoryView<'a>,
    /// A volume that brings a token whatever `automountServiceAccountToken` says.
    projected: Option<&'a Node>,
}

/// Whether a power is the cluster's: everything, or what leads to it without anything else that has to be there.
pub(super) fn administers(found: &Found) -> bool {
    is_far(found)
        && found.names.is_none()
        && found.primitive.condition.is_none()
        && matches!(found.primitive.effect, Effect::Rights | Effect::Identity)
}

/// Whether a power is to read all secrets of a namespace, or of all.
pub(super) fn reads_secrets(found: &Found) -> bool {
    const READING: &[&str] = &["get-secrets", "list-secrets", "watch-secrets"];
    found.names.is_none() && READING.contains(&found.primitive.id)
}

/// Whether it works in the whole cluster, or where the cluster itself runs.
pub(super) fn is_far(found: &Found) -> bool {
    found.scope.namespace().is_none_or(|namespace| namespace == "kube-system")
}

/// The powers of a pod's account, by all of its bindings and groups; none for a pod without its token.
///
/// # Errors
/// Where the pod's specification is one that the API server refuses.
pub(super) fn powers<'a>(
    view: &InventoryView<'a>,
    pod: &PodView<'a>,
) -> Result<Vec<Found>, Malformed<'a>> {
    if pod.is_mirror() || !has_token(view, pod)? {
        return Ok(Vec::new());
    }
    let access = view.access();
    // What Kubernetes itself gives to all is no power, and most accounts hold nothing else.
    let mut given = groups(pod).into_iter().flat_map(|group| {
        access.given_to(&group).map(|binding| binding.gainers.is_empty()).collect::<Vec<_>>()
    });
    if given.all(|is_nothing| is_nothing) {
        return Ok(Vec::new());
    }
    let user = User::service_account(pod.namespace, pod.service_account_name());
    Ok(primitives_of(&access.authorizer, &user))
}

/// The strongest of some powers, with what gives it.
///
/// # Errors
/// Where the pod's specification is one that the API server refuses.
pub(super) fn strongest<'v, 'a>(
    view: &'v InventoryView<'a>,
    pod: &PodView<'a>,
    powers: Vec<Found>,
    is_wanted: impl Fn(&Found) -> bool,
) -> Result<Option<Held<'v, 'a>>, Malformed<'a>> {
    let wanted = powers.into_iter().filter(|found| is_wanted(found));
    // To read what one can name is the least of the ways to read.
    let strength = |found: &Found| {
        (!is_far(found), found.primitive.effect, found.primitive.id == "get-secrets")
    };
    let Some(found) = wanted.min_by_key(strength) else { return Ok(None) };
    let access = view.access();
    let is_it =
        |binding: &&BindingView<'a>| found.grants.iter().any(|grant| grant.binding == binding.id);
    let bindings = access.bindings.iter().filter(is_it).collect();
    Ok(Some(Held { found, bindings, view, projected: projected_token(pod)? }))
}

impl<'a> Held<'_, 'a> {
    /// Where it works: `in the whole cluster`.
    pub(super) fn place(&self) -> String {
        match &self.found.scope {
            Scope::Cluster => "in the whole cluster".to_owned(),
            Scope::Namespace(namespace) => format!("in namespace {namespace}"),
        }
    }

    /// Tells the bindings, and takes the token away.
    pub(super) fn without_token(&self, pod: &PodView<'a>, mut flaw: Flaw<'a>) -> Flaw<'a> {
        for bound in &self.bindings {
            let own = self.view.access().policy().binding(bound.id);
            let statement = format!("{} gives {} {}", own.kind(), own.role.kind, own.role.name);
            flaw = flaw.because(statement, bound.object, place(&bound.object.root, &["roleRef"]));
        }
        if let Some(node) = self.projected {
            let at = Place::Node(node);
            return flaw.because("this brings the token", pod.object, at).step(
                "Take the token out of the projected volume, or give it an audience other than the API server",
                &[],
            );
        }
        flaw.set_at(place(pod.spec, &["automountServiceAccountToken"]), false).needs_review()
    }
}

fn groups(pod: &PodView<'_>) -> [Identity; 4] {
    [
        Identity::service_account(pod.namespace, pod.service_account_name()),
        Identity::group(&format!("{SERVICE_ACCOUNTS}:{}", pod.namespace)),
        Identity::group(SERVICE_ACCOUNTS),
        Identity::group(AUTHENTICATED),
    ]
}

fn has_token<'a>(view: &InventoryView<'a>, pod: &PodView<'a>) -> Result<bool, Malformed<'a>> {
    pod.fields().bool("automountServiceAccountToken")?;
    Ok(view.mounts_token(pod).0 || projected_token(pod)?.is_some())
}

/// The source of a mounted volume that is a token for the API server: one without an audience of its own.
fn projected_token<'a>(pod: &PodView<'a>) -> Result<Option<&'a Node>, Malformed<'a>> {
    for node in pod.fields().list("volumes")? {
        let sources = node.path(&["projected", "sources"]).and_then(Node::as_sequence);
        let token = sources.unwrap_or_default().iter().find_map(|source| {
            source.get("serviceAccountToken").filter(|token| token.get("audience").is_none())
        });
        let (Some(token), Some(name)) = (token, node.get("name").and_then(Node::as_str)) else {
            continue;
        };
        for container in &pod.containers {
            if container.mounts_of(name)?.next().is_some() {
                return Ok(Some(token));
            }
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use merlon_rbac::risk::{Condition, primitives};

    #[test]
    fn the_powers_that_are_asked_for_are_in_the_catalogue() {
        for id in ["get-secrets", "list-secrets", "watch-secrets"] {
            assert!(primitives().any(|it| it.id == id), "{id}");
        }
        let extra = primitives().find(|it| it.id == "impersonate-extra-fields").expect("known");
        assert_eq!(extra.condition, Some(Condition::OtherAuthorizer));
    }
}
