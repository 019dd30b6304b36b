use std::collections::{HashMap, HashSet};

use merlon_model::Kind;
use merlon_rbac::{
    Authorizer, Binding, BindingId, Identity, MASTERS, Policy, PolicyRule, Problem, Release, Role,
    RoleId, Subject, read, uncovered,
};
use merlon_snapshot::Object;
use merlon_yaml::{Limits, Node, parse};

use super::inventory::InventoryView;

/// Who may do what in an inventory: its roles and bindings, with what binds what.
#[derive(Debug)]
pub struct AccessView<'a> {
    /// Answers for whoever is asked about.
    pub authorizer: Authorizer,
    /// All roles, those among them that manifests take for granted.
    pub roles: Vec<RoleView<'a>>,
    /// All bindings.
    pub bindings: Vec<BindingView<'a>>,
    /// The place of each role and binding by its object's address.
    role_of: HashMap<usize, usize>,
    binding_of: HashMap<usize, usize>,
    /// The bindings that name each identity.
    given: HashMap<Identity, Vec<usize>>,
    problems: HashMap<usize, String>,
    /// The accounts that pods run as.
    in_use: HashSet<(&'a str, &'a str)>,
    /// The namespaces with a service account that is written.
    homes: HashSet<&'a str>,
    built_in: Policy,
}

/// A `Role` or `ClusterRole` of an inventory.
#[derive(Debug)]
pub struct RoleView<'a> {
    /// The role in the policy.
    pub id: RoleId,
    /// Where it is written; `None` for one that every cluster has and the manifests do not carry.
    pub object: Option<&'a Object>,
    /// Whether Kubernetes ships it.
    pub is_default: bool,
    /// The places of the bindings that give it, or a role it is aggregated into, ascending.
    pub bindings: Vec<usize>,
}

/// A `RoleBinding` or `ClusterRoleBinding` of an inventory.
#[derive(Debug)]
pub struct BindingView<'a> {
    /// The binding in the policy.
    pub id: BindingId,
    /// Where it is written.
    pub object: &'a Object,
    /// The place of the role it gives; `None` for one that is not known.
    pub role: Option<usize>,
    /// Whether Kubernetes ships it.
    pub is_default: bool,
    /// The indices of the subjects that gain something and that Kubernetes did not put there.
    pub gainers: Vec<usize>,
}

impl<'a> AccessView<'a> {
    pub(crate) fn new(view: &InventoryView<'a>) -> Self {
        let kinds = [
            Kind::ClusterRole,
            Kind::Role,
            Kind::ClusterRoleBinding,
            Kind::RoleBinding,
            Kind::ServiceAccount,
        ];
        let sources: Vec<&'a Object> = kinds.iter().flat_map(|kind| view.of_kind(*kind)).collect();
        let parsed = parse(include_str!("built_in_roles.yaml"), &Limits::default());
        let known: Vec<&Node> = parsed.documents.iter().map(|document| &document.root).collect();
        let (built_in, _) = read(known.iter().copied());
        let shipped = if view.is_complete(Kind::ClusterRole) { &[][..] } else { &known };
        let (policy, problems) =
            read(shipped.iter().copied().chain(sources.iter().map(|object| &object.root)));
        // What an API server tells is put together already.
        let policy = if view.is_cluster() { policy } else { policy.aggregated() };
        let source = |index: usize| Some(*sources.get(index.checked_sub(shipped.len())?)?);
        let release = view.release.clone().map_or_else(Release::unknown, Release::of);
        let mut roles = roles(&policy, source);
        let bindings = bindings(&policy, source);
        for (place, binding) in bindings.iter().enumerate() {
            if let Some(role) = binding.role {
                roles[role].bindings.push(place);
            }
        }
        reach_through_aggregation(&policy, &mut roles);
        let mut given: HashMap<Identity, Vec<usize>> = HashMap::new();
        for (place, binding) in bindings.iter().enumerate() {
            let binding = policy.binding(binding.id);
            for identity in binding.subjects.iter().filter_map(|it| binding.identity(it)) {
                let places = given.entry(identity).or_default();
                if places.last() != Some(&place) {
                    places.push(place);
                }
            }
        }
        let written = roles.iter().enumerate();
        let role_of =
            written.filter_map(|(place, role)| Some((address(role.object?), place))).collect();
        let written = bindings.iter().enumerate();
        let binding_of = written.map(|(place, it)| (address(it.object), place)).collect();
        let tell = |problem: Problem| Some((address(source(problem.object)?), problem.reason));
        let problems = problems.into_iter().filter_map(tell).collect();
        let pods = view.pods.iter();
        let in_use = pods.map(|pod| (pod.namespace, pod.service_account_name())).collect();
        let accounts = view.of_kind(Kind::ServiceAccount);
        let homes = accounts.map(|account| view.namespace_of(account)).collect();
        let authorizer = Authorizer::new(policy, release);
        Self {
            authorizer,
            roles,
            bindings,
            role_of,
            binding_of,
            given,
            problems,
            in_use,
            homes,
            built_in,
        }
    }

    /// The roles and bindings as RBAC sees them.
    #[must_use]
    pub fn policy(&self) -> &Policy {
        self.authorizer.policy()
    }

    /// The role that an object is; `None` when it does not count, see [`problem`](Self::problem).
    #[must_use]
    pub fn role(&self, object: &Object) -> Option<&RoleView<'a>> {
        self.role_of.get(&address(object)).map(|place| &self.roles[*place])
    }

    /// The binding that an object is; `None` when it does not count.
    #[must_use]
    pub fn binding(&self, object: &Object) -> Option<&BindingView<'a>> {
        self.binding_of.get(&address(object)).map(|place| &self.bindings[*place])
    }

    /// Why an object does not count: it cannot be decoded, or another takes its place.
    #[must_use]
    pub fn problem(&self, object: &Object) -> Option<&str> {
        self.problems.get(&address(object)).map(String::as_str)
    }

    /// Whether a pod runs as the service account.
    #[must_use]
    pub fn is_in_use(&self, namespace: &str, account: &str) -> bool {
        self.in_use.contains(&(namespace, account))
    }

    /// Whether a service account of the namespace is written.
    #[must_use]
    pub fn has_accounts(&self, namespace: &str) -> bool {
        self.homes.contains(namespace)
    }

    /// The bindings that name an identity, in order.
    pub fn given_to(&self, identity: &Identity) -> impl Iterator<Item = &BindingView<'a>> {
        self.given.get(identity).into_iter().flatten().map(|place| &self.bindings[*place])
    }

    /// Everybody whom bindings name, with the bindings, sorted.
    #[must_use]
    pub fn identities(&self) -> Vec<(&Identity, &[usize])> {
        let mut all: Vec<_> = self.given.iter().map(|(one, places)| (one, &places[..])).collect();
        all.sort_unstable();
        all
    }

    /// What a role that Kubernetes ships grants beyond what any release gives it, rule by rule;
    /// nothing for roles whose defaults are not known.
    #[must_use]
    pub fn added_to_default(&self, role: &RoleView<'a>) -> Vec<PolicyRule> {
        let own = self.policy().role(role.id);
        let known = self.built_in.find_role(None, &own.name);
        let known = known.map(|id| self.built_in.role(id)).filter(|it| it.aggregates.is_empty());
        known.map_or_else(Vec::new, |known| {
            uncovered(&known.rules.iter().collect::<Vec<_>>(), &own.rules)
        })
    }
}

impl<'a> InventoryView<'a> {
    /// Who may do what; put together when it is first asked for.
    #[must_use]
    pub fn access(&self) -> &AccessView<'a> {
        self.access.get_or_init(|| AccessView::new(self))
    }
}

fn address(object: &Object) -> usize {
    std::ptr::from_ref(object).addr()
}

fn roles<'a>(policy: &Policy, source: impl Fn(usize) -> Option<&'a Object>) -> Vec<RoleView<'a>> {
    let role = |(id, role): (RoleId, &Role)| {
        let object = source(role.object);
        let is_default = object.is_none() || is_shipped_role(role);
        RoleView { id, object, is_default, bindings: Vec::new() }
    };
    policy.roles().map(role).collect()
}

fn bindings<'a>(
    policy: &Policy,
    source: impl Fn(usize) -> Option<&'a Object>,
) -> Vec<BindingView<'a>> {
    let places: HashMap<RoleId, usize> =
        policy.roles().enumerate().map(|(place, (id, _))| (id, place)).collect();
    let binding = |(id, binding): (BindingId, &Binding)| {
        let object = source(binding.object)?;
        let role = policy.resolve(&binding.role, binding.namespace.as_deref());
        let is_default = is_labelled(object)
            && (binding.name.starts_with("system:") || binding.name == "cluster-admin");
        let gains = |subject: &Subject| {
            binding.identity(subject).is_some()
                && !(subject.kind == "Group" && subject.name == MASTERS)
                && !(is_default && is_system(subject))
        };
        let subjects = binding.subjects.iter().enumerate();
        let gainers = subjects.filter(|(_, it)| gains(it)).map(|(index, _)| index).collect();
        let role = role.and_then(|role| places.get(&role).copied());
        Some(BindingView { id, object, role, is_default, gainers })
    };
    policy.bindings().filter_map(binding).collect()
}

/// Adds to each role the bindings of the roles that it is aggregated into, through any number.
fn reach_through_aggregation(policy: &Policy, roles: &mut [RoleView<'_>]) {
    let aggregators: Vec<usize> = (0..roles.len())
        .filter(|place| !policy.role(roles[*place].id).aggregates.is_empty())
        .collect();
    // Each round brings bindings one role further.
    for _ in 0..aggregators.len() {
        let mut changed = false;
        for &aggregator in &aggregators {
            let gained = roles[aggregator].bindings.clone();
            let aggregates = &policy.role(roles[aggregator].id).aggregates;
            for (place, role) in roles.iter_mut().enumerate() {
                let own = policy.role(role.id);
                if place == aggregator
                    || own.namespace.is_some()
                    || gained.is_empty()
                    || !aggregates.iter().any(|selector| selector.selects(&own.labels))
                {
                    continue;
                }
                let before = role.bindings.len();
                role.bindings.extend(&gained);
                role.bindings.sort_unstable();
                role.bindings.dedup();
                changed |= role.bindings.len() > before;
            }
        }
        if !changed {
            break;
        }
    }
}

/// Whether Kubernetes put the object there, as its label says.
fn is_labelled(object: &Object) -> bool {
    let label = object.root.path(&["metadata", "labels", "kubernetes.io/bootstrapping"]);
    label.and_then(Node::as_str) == Some("rbac-defaults")
}

fn is_shipped_role(role: &Role) -> bool {
    let label = role.labels.get("kubernetes.io/bootstrapping").map(String::as_str);
    let name = role.name.as_str();
    let known =
        ["cluster-admin", "admin", "edit", "view", "extension-apiserver-authentication-reader"];
    label == Some("rbac-defaults") && (name.starts_with("system:") || known.contains(&name))
}

/// Whether a subject is one of those that Kubernetes' own bindings name.
fn is_system(subject: &Subject) -> bool {
    match subject.kind.as_str() {
        "ServiceAccount" => subject.namespace == "kube-system",
        _ => subject.name.starts_with("system:"),
    }
}

#[cfg(test)]
mod tests {
    use merlon_model::Kind;

    use super::super::example::inventory;
    use crate::{InventoryView, Told};

    /// How many rules the role has that the first binding gives, and how many subjects gain.
    fn check(text: &str, rules: Option<usize>, gainers: &[usize]) {
        let inventory = inventory(text);
        let view = InventoryView::new(&inventory, 0, &Told::default());
        let access = view.access();
        let object = view.of_kind(Kind::ClusterRoleBinding).next().expect("a binding");
        let binding = access.binding(object).expect("one that counts");
        let role = binding.role.map(|role| access.policy().role(access.roles[role].id));
        assert_eq!(role.map(|role| role.rules.len()), rules, "{text}");
        assert_eq!(binding.gainers, gainers, "{text}");
    }

    fn binding(name: &str, role: &str, subjects: &str) -> String {
        format!(
            "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\n\
             metadata: {{name: '{name}', labels: {{kubernetes.io/bootstrapping: rbac-defaults}}}}\n\
             roleRef: {{kind: ClusterRole, name: '{role}'}}\nsubjects: [{subjects}]"
        )
    }

    #[test]
    fn manifests_bind_roles_that_every_cluster_has() {
        let ann = "{kind: User, name: ann}";
        check(&binding("b", "cluster-admin", ann), Some(2), &[0]);
        check(&binding("b", "view", ann), Some(2), &[0]);
        check(&binding("b", "edit", ann), Some(9), &[0]);
        check(&binding("b", "system:auth-delegator", ann), Some(2), &[0]);
        check(&binding("b", "elsewhere", ann), None, &[0]);
    }

    #[test]
    fn a_role_of_the_manifests_takes_the_place_of_the_one_that_is_known() {
        let role = "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\n\
                    metadata: {name: view}\nrules: []\n---\n";
        check(&format!("{role}{}", binding("b", "view", "{kind: User, name: ann}")), Some(0), &[0]);
    }

    #[test]
    fn those_whom_kubernetes_binds_and_those_who_gain_nothing_are_left_out() {
        let subjects = "{kind: User, name: 'system:kube-proxy'}, {kind: User, name: ann}, \
                        {kind: ServiceAccount, name: a, namespace: kube-system}, \
                        {kind: ServiceAccount, name: a}, {kind: Group, name: 'system:masters'}";
        check(&binding("system:x", "view", subjects), Some(2), &[1]);
        // The label alone does not make a binding one of Kubernetes.
        check(&binding("mine", "view", subjects), Some(2), &[0, 1, 2]);
    }

    #[test]
    fn what_people_added_to_a_default_is_told_apart() {
        let role = |rules: &str| {
            format!(
                "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: \
                 {{name: 'system:basic-user', labels: {{kubernetes.io/bootstrapping: rbac-defaults}}}}\n\
                 rules: [{rules}]"
            )
        };
        let added = |rules: &str| {
            let inventory = inventory(&role(rules));
            let view = InventoryView::new(&inventory, 0, &Told::default());
            let access = view.access();
            let role = access.role(&inventory.objects[0]).expect("one that counts");
            access.added_to_default(role).len()
        };
        let own = "{verbs: [create], apiGroups: [authorization.k8s.io], resources: [selfsubjectrulesreviews]}";
        assert_eq!(added(own), 0);
        assert_eq!(
            added(&format!("{own}, {{verbs: [get, list], apiGroups: [''], resources: [pods]}}")),
            2
        );
    }
}
