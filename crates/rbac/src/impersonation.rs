use std::collections::BTreeMap;

use crate::authorizer::Authorizer;
use crate::decision::Decision;
use crate::identity::{
    ANONYMOUS, AUTHENTICATED, MASTERS, NODES, SERVICE_ACCOUNTS, UNAUTHENTICATED, User,
    account_of_user_name, node_of_user_name,
};
use crate::release::Gate;
use crate::request::{Request, ResourceRequest};

/// The API group of everything that is impersonated in a constrained mode, and of `uids` and `userextras` in any.
const GROUP: &str = "authentication.k8s.io";

/// From this many groups or extra values on, a constrained mode asks for the name `*` first.
const MANY: usize = 4;

/// Whom somebody wants to act as: what the `Impersonate-*` headers of a request say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// The user name. Without one the API server refuses the request as malformed.
    pub name: String,
    /// The groups.
    pub groups: Vec<String>,
    /// The UID, `""` for none.
    pub uid: String,
    /// Extra fields.
    pub extra: BTreeMap<String, Vec<String>>,
}

/// In which way somebody may act as another, tried in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mode {
    /// A service account acts as the node that its pod runs on.
    AssociatedNode,
    /// As any node.
    ArbitraryNode,
    /// As a service account.
    ServiceAccount,
    /// As anybody else, with groups, UID and extra fields.
    UserInfo,
    /// By the verb `impersonate` alone, for whatever is to be done.
    Legacy,
}

/// A way that is open, with what was asked on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Impersonation {
    /// The mode.
    pub mode: Mode,
    /// Who the request then comes from.
    pub user: User,
    /// The decisions that allowed it, in the order in which they were asked for.
    pub checks: Vec<Decision>,
}

impl Mode {
    const CONSTRAINED: [Self; 4] =
        [Self::AssociatedNode, Self::ArbitraryNode, Self::ServiceAccount, Self::UserInfo];

    /// The name in `impersonate:<name>` and `impersonate-on:<name>:<verb>`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::AssociatedNode => "associated-node",
            Self::ArbitraryNode => "arbitrary-node",
            Self::ServiceAccount => "serviceaccount",
            Self::UserInfo => "user-info",
            Self::Legacy => "legacy",
        }
    }

    /// Whether the mode is for this user at all.
    fn fits(self, requestor: &User, wanted: &Wanted) -> bool {
        let only_name =
            wanted.groups.is_empty() && wanted.uid.is_empty() && wanted.extra.is_empty();
        let node = node_of_user_name(&wanted.name);
        let account = account_of_user_name(&wanted.name);
        match self {
            Self::AssociatedNode => {
                let own = requestor.on_node.as_deref();
                let is_account = account_of_user_name(&requestor.name).is_some();
                only_name && node.is_some() && node == own && is_account
            }
            Self::ArbitraryNode => only_name && node.is_some(),
            Self::ServiceAccount => only_name && account.is_some(),
            Self::UserInfo => node.is_none() && account.is_none(),
            Self::Legacy => true,
        }
    }
}

impl Authorizer {
    /// The first way in which a user may act as another in order to make a request; `None` when there is none.
    ///
    /// As `pkg/endpoints/filters/impersonation` of the API server library: since 1.36 the constrained modes, which need
    /// `impersonate:<mode>` on whom and `impersonate-on:<mode>:<verb>` on what; then the verb `impersonate`. What
    /// the other may do is not looked at.
    #[must_use]
    pub fn may_impersonate(
        &self,
        requestor: &User,
        wanted: &Wanted,
        request: &Request<'_>,
    ) -> Option<Impersonation> {
        if wanted.name.is_empty() {
            return None;
        }
        let constrained = self.release().may_have(Gate::ConstrainedImpersonation);
        let modes: &[Mode] = if constrained { &Mode::CONSTRAINED } else { &[] };
        modes.iter().chain(&[Mode::Legacy]).find_map(|mode| {
            if !mode.fits(requestor, wanted) {
                return None;
            }
            let mut asking =
                Asking { authorizer: self, requestor, mode: *mode, checks: Vec::new() };
            asking.ask_on(request)?;
            let user = asking.ask_for(wanted)?;
            Some(Impersonation { mode: *mode, user, checks: asking.checks })
        })
    }
}

struct Asking<'a> {
    authorizer: &'a Authorizer,
    requestor: &'a User,
    mode: Mode,
    checks: Vec<Decision>,
}

/// One thing that is impersonated.
#[derive(Clone, Copy)]
struct Part<'a> {
    group: &'a str,
    resource: &'a str,
    subresource: &'a str,
    namespace: &'a str,
    name: &'a str,
}

impl Asking<'_> {
    fn is_legacy(&self) -> bool {
        self.mode == Mode::Legacy
    }

    fn ask(&mut self, request: &Request<'_>) -> Option<()> {
        let decision = self.authorizer.authorize(self.requestor, request);
        let allowed = decision.allowed;
        if allowed {
            self.checks.push(decision);
        }
        allowed.then_some(())
    }

    /// Whether the request itself may be made in this mode.
    fn ask_on(&mut self, request: &Request<'_>) -> Option<()> {
        if self.is_legacy() {
            return Some(());
        }
        let verb = format!("impersonate-on:{}:{}", self.mode.name(), request.verb());
        match request {
            Request::Resource(request) => {
                self.ask(&Request::Resource(ResourceRequest { verb: &verb, ..*request }))
            }
            Request::NonResource { path, .. } => {
                self.ask(&Request::NonResource { verb: &verb, path })
            }
        }
    }

    fn ask_part(&mut self, part: Part<'_>) -> Option<()> {
        let constrained = format!("impersonate:{}", self.mode.name());
        let verb = if self.is_legacy() { "impersonate" } else { &constrained };
        let Part { group, resource, subresource, namespace, name } = part;
        let request =
            ResourceRequest { verb, group, resource, subresource, namespace, name, fields: &[] };
        self.ask(&Request::Resource(request))
    }

    /// Whether everything that is wanted may be taken on, and who that makes.
    fn ask_for(&mut self, wanted: &Wanted) -> Option<User> {
        let group = if self.is_legacy() { "" } else { GROUP };
        let part =
            Part { group, resource: "users", subresource: "", namespace: "", name: &wanted.name };
        let node = if self.is_legacy() { None } else { node_of_user_name(&wanted.name) };
        let mut groups = wanted.groups.clone();
        if let Some(name) = node {
            // A service account may act as whichever node it runs on, so it is allowed all of them by the name `*`.
            let name = if self.mode == Mode::AssociatedNode { "*" } else { name };
            self.ask_part(Part { resource: "nodes", name, ..part })?;
            groups = vec![NODES.to_owned()];
        } else if let Some((namespace, name)) = account_of_user_name(&wanted.name) {
            self.ask_part(Part { resource: "serviceaccounts", namespace, name, ..part })?;
            if groups.is_empty() {
                groups =
                    vec![SERVICE_ACCOUNTS.to_owned(), format!("{SERVICE_ACCOUNTS}:{namespace}")];
            }
        } else {
            self.ask_part(part)?;
        }
        if !wanted.uid.is_empty() {
            self.ask_part(Part { group: GROUP, resource: "uids", name: &wanted.uid, ..part })?;
        }
        self.ask_for_groups(&wanted.groups, Part { resource: "groups", ..part })?;
        self.ask_for_extra(wanted, Part { group: GROUP, resource: "userextras", ..part })?;
        let user = User { name: wanted.name.clone(), groups, on_node: None };
        Some(if user.name == ANONYMOUS {
            user.member_of(UNAUTHENTICATED)
        } else if user.is_in(UNAUTHENTICATED) {
            user
        } else {
            user.member_of(AUTHENTICATED)
        })
    }

    fn ask_for_groups(&mut self, groups: &[String], part: Part<'_>) -> Option<()> {
        let constrained = !self.is_legacy();
        if constrained && groups.iter().any(|group| group.is_empty() || group == MASTERS) {
            return None;
        }
        if constrained
            && groups.len() >= MANY
            && self.ask_part(Part { name: "*", ..part }).is_some()
        {
            return Some(());
        }
        groups.iter().try_for_each(|name| self.ask_part(Part { name, ..part }))
    }

    fn ask_for_extra(&mut self, wanted: &Wanted, part: Part<'_>) -> Option<()> {
        let constrained = !self.is_legacy();
        if constrained && wanted.extra.iter().any(|(key, values)| !is_legal_extra(key, values)) {
            return None;
        }
        let values: usize = wanted.extra.values().map(Vec::len).sum();
        let many = values >= MANY || wanted.extra.len() >= MANY;
        if constrained
            && many
            && self.ask_part(Part { subresource: "*", name: "*", ..part }).is_some()
        {
            return Some(());
        }
        wanted.extra.iter().try_for_each(|(key, values)| {
            let value = |name: &String| self.ask_part(Part { subresource: key, name, ..part });
            values.iter().try_for_each(value)
        })
    }
}

/// What the constrained modes take for extra fields, but for the exact form of the domain in the key.
fn is_legal_extra(key: &str, values: &[String]) -> bool {
    let domain =
        key.split_once('/').is_some_and(|(domain, path)| !domain.is_empty() && !path.is_empty());
    domain
        && !key.bytes().any(|byte| byte.is_ascii_uppercase())
        && !values.is_empty()
        && values.iter().all(|value| !value.is_empty())
}

#[cfg(test)]
mod tests;
