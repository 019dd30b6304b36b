use std::ops::Range;

use crate::authorizer::Authorizer;
use crate::decision::Grant;
use crate::identity::{AUTHENTICATED, Identity, SERVICE_ACCOUNTS};
use crate::index::{RuleAt, Wide};
use crate::request::{Request, takes_name};

/// Everybody whom RBAC allows something.
///
/// `system:masters` may do everything without RBAC and is listed only where a binding names it.
#[derive(Clone, Debug)]
pub struct WhoCan<'a> {
    authorizer: &'a Authorizer,
    /// Indices of identities with the range of their grants.
    holders: Vec<(u32, Range<usize>)>,
    grants: Vec<Grant>,
}

impl Authorizer {
    /// Everybody who may do something, as bindings name them, with every grant.
    #[must_use]
    pub fn who_can(&self, request: &Request<'_>) -> WhoCan<'_> {
        self.holders_of(request, Wide::default())
    }

    /// Everybody who may do something in the whole cluster or in any namespace, whichever the request names.
    #[must_use]
    pub fn who_can_anywhere(&self, request: &Request<'_>) -> WhoCan<'_> {
        self.holders_of(request, Wide { anywhere: is_resource(request), any_name: false })
    }

    /// Everybody who may do something to all objects or to some, here or anywhere, whatever name the request has.
    ///
    /// Rules that are limited to names count, except for verbs whose requests have no name, such as `create`.
    #[must_use]
    pub fn who_can_some(&self, request: &Request<'_>, anywhere: bool) -> WhoCan<'_> {
        let any_name = match request {
            Request::Resource(asked) => takes_name(asked.verb, asked.subresource),
            Request::NonResource { .. } => false,
        };
        self.holders_of(request, Wide { anywhere: anywhere && is_resource(request), any_name })
    }

    fn holders_of(&self, request: &Request<'_>, wide: Wide) -> WhoCan<'_> {
        let index = self.index();
        let in_scope = self.policy().bindings_in((!wide.anywhere).then(|| request.namespace()));
        let mut found: Vec<(u32, Grant)> = Vec::new();
        for RuleAt { role, rule } in index.allowing(self.policy(), request, wide) {
            for &binding in in_scope.of(index.bindings.get(role.0 as usize), |binding| binding.0) {
                for (subject, identity) in (0..).zip(index.subjects.get(binding.0 as usize)) {
                    if let Some(identity) = identity {
                        found.push((*identity, Grant { role, rule, binding, subject }));
                    }
                }
            }
        }
        WhoCan::new(self, &found)
    }
}

fn is_resource(request: &Request<'_>) -> bool {
    matches!(request, Request::Resource(_))
}

impl<'a> WhoCan<'a> {
    /// Sorts grants to their identities by counting, which keeps the order they are found in.
    fn new(authorizer: &'a Authorizer, found: &[(u32, Grant)]) -> Self {
        let Some((_, any)) = found.first() else {
            return Self { authorizer, holders: Vec::new(), grants: Vec::new() };
        };
        let mut ends = vec![0_usize; authorizer.index().identities.len() + 1];
        for (identity, _) in found {
            ends[*identity as usize + 1] += 1;
        }
        for index in 1..ends.len() {
            ends[index] += ends[index - 1];
        }
        let holders = (0..)
            .zip(ends.windows(2))
            .filter(|(_, pair)| pair[0] < pair[1])
            .map(|(identity, pair)| (identity, pair[0]..pair[1]))
            .collect();
        let mut grants = vec![*any; found.len()];
        for (identity, grant) in found {
            let next = &mut ends[*identity as usize];
            grants[*next] = *grant;
            *next += 1;
        }
        Self { authorizer, holders, grants }
    }

    /// Everybody who may, in the order of [`Identity`], with all grants of each, sorted.
    pub fn holders(&self) -> impl Iterator<Item = (&'a Identity, &[Grant])> {
        self.holders.iter().map(|(identity, range)| {
            (&self.authorizer.index().identities[*identity as usize], &self.grants[range.clone()])
        })
    }

    /// The grants to one identity by its own name.
    #[must_use]
    pub fn grants_to(&self, identity: &Identity) -> &[Grant] {
        let Ok(index) = self.authorizer.index().identities.binary_search(identity) else {
            return &[];
        };
        let place = |holder: &(u32, Range<usize>)| (holder.0 as usize).cmp(&index);
        let found = self.holders.binary_search_by(place);
        found.map_or(&[], |holder| &self.grants[self.holders[holder].1.clone()])
    }

    /// Every service account that is known and may, with its grants: those to itself, and those to the groups that
    /// Kubernetes puts it into.
    pub fn service_accounts(&self) -> impl Iterator<Item = (Identity, Vec<Grant>)> {
        let everybody = [AUTHENTICATED, SERVICE_ACCOUNTS];
        let common: Vec<Grant> = everybody
            .iter()
            .flat_map(|group| self.grants_to(&Identity::group(group)))
            .copied()
            .collect();
        self.authorizer.policy().service_accounts().filter_map(move |(namespace, name)| {
            let account = Identity::service_account(namespace, name);
            let group = Identity::Group(format!("{SERVICE_ACCOUNTS}:{namespace}"));
            let mut grants = common.clone();
            grants.extend(self.grants_to(&account));
            grants.extend(self.grants_to(&group));
            grants.sort_unstable();
            (!grants.is_empty()).then_some((account, grants))
        })
    }

    /// How many identities may, as bindings name them.
    #[must_use]
    pub fn len(&self) -> usize {
        self.holders.len()
    }

    /// Whether nobody may.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.holders.is_empty()
    }
}
