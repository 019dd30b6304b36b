//! What abilities amount to: in a namespace what holds in the cluster, and the objects they reach.

use merlon_model::Confidence;

use crate::builder::Builder;
use crate::fact::{Ability, Fact};
use crate::technique::Technique;
use crate::world::World;

pub(super) static TECHNIQUES: &[&Technique] =
    &[&NARROW, &ADMINISTRATOR, &RUN_AS_ACCOUNT, &ANY_POD, &ANY_ACCOUNT];

const fn technique(
    id: &'static str,
    title: &'static str,
    reason: &'static str,
    references: &'static [&'static str],
) -> Technique {
    let confidence = Confidence::Certain;
    Technique { id, title, reason, references, confidence, controls: &[], examples: &[] }
}

static NARROW: Technique = technique(
    "in-every-namespace",
    "do it in this namespace",
    "what is allowed in the whole cluster is allowed in each namespace",
    &[],
);

static ADMINISTRATOR: Technique = technique(
    "use-every-right",
    "use the rights of an administrator",
    "whoever may do everything may do this",
    &["T1078"],
);

static RUN_AS_ACCOUNT: Technique = technique(
    "run-pod-as-account",
    "run a pod as the service account",
    "whoever creates pods in a namespace chooses their service account, and its token is mounted",
    &["T1610", "MS-TA9016"],
);

static ANY_POD: Technique = technique(
    "choose-pod",
    "go into the pod",
    "the right is for all pods of the namespace",
    &["T1609"],
);

static ANY_ACCOUNT: Technique = technique(
    "choose-account",
    "act as the service account",
    "the right is for all service accounts of the namespace",
    &["T1078"],
);

/// What an administrator of a namespace, or of the cluster, can do.
const OF_ADMINISTRATORS: &[Ability] =
    &[Ability::CreatePods, Ability::RunInPods, Ability::UseServiceAccounts, Ability::ReadSecrets];

/// The abilities that are the same in a namespace as in the cluster.
const NARROWED: &[Ability] = &[
    Ability::CreatePods,
    Ability::RunInPods,
    Ability::UseServiceAccounts,
    Ability::ReadSecrets,
    Ability::ChangeNamespaces,
];

pub(super) fn add<'w, 'a: 'w>(world: &World<'w, 'a>, builder: &mut Builder<'w>) {
    for ability in OF_ADMINISTRATORS {
        let gained = Fact::Ability(*ability, None);
        builder.step(&ADMINISTRATOR, &[Fact::ClusterAdmin], gained, vec![], &[]);
    }
    for namespace in &world.namespaces {
        let within = |ability: Ability| Fact::Ability(ability, Some(namespace));
        for ability in NARROWED {
            let whole = Fact::Ability(*ability, None);
            builder.step(&NARROW, &[whole], within(*ability), vec![], &[]);
        }
        for ability in OF_ADMINISTRATORS {
            let all = within(Ability::Administer);
            builder.step(&ADMINISTRATOR, &[all], within(*ability), vec![], &[]);
        }
        let (create, accounts) = (within(Ability::CreatePods), within(Ability::UseServiceAccounts));
        builder.step(&RUN_AS_ACCOUNT, &[create], accounts, vec![], &[]);
        for number in world.within(namespace) {
            let run = within(Ability::RunInPods);
            builder.step(&ANY_POD, &[run], Fact::Workload(*number), vec![], &[]);
        }
    }
    for (namespace, name) in world.service_accounts() {
        let all = Fact::Ability(Ability::UseServiceAccounts, Some(namespace));
        let account = Fact::ServiceAccount(namespace, name);
        builder.step(&ANY_ACCOUNT, &[all], account, vec![], &[]);
    }
}
