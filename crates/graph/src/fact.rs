use merlon_model::FactKind;
use merlon_rbac::risk::Effect;
use merlon_rbac::{ANONYMOUS, AUTHENTICATED, Identity, RoleId, SERVICE_ACCOUNTS};

/// What the names of kubelets begin with (`NodeUserNamePrefix` of `k8s.io/apiserver/pkg/authentication/user`).
const KUBELET: &str = "system:node:";

/// Something an attacker may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fact<'w> {
    /// Sending packets from outside to whatever can be reached there.
    Internet,
    /// Acting as a user.
    User(&'w str),
    /// Acting as a member of a group.
    Group(&'w str),
    /// Acting as some service account of a namespace, so as a member of their group.
    AccountOf(&'w str),
    /// Acting as a service account: namespace and name.
    ServiceAccount(&'w str, &'w str),
    /// Running code in a container: the workload's place in the world, the container's place in it.
    Container(u32, u32),
    /// Running code in whichever container of a workload one likes.
    Workload(u32),
    /// Running code in those pods of a workload that run on a node, which are some of several.
    PodsOn(u32, &'w str),
    /// Reading and changing the processes of a workload's pod, whose containers share them: those of a user, or of
    /// anybody without more capabilities than usual.
    Processes(u32, Option<i64>),
    /// Root on a node.
    Node(&'w str),
    /// Root on a node, nobody knows which.
    SomeNode,
    /// Root on whichever node one likes.
    EveryNode,
    /// Acting as the kubelet of a node, `system:node:NAME`.
    Kubelet(&'w str),
    /// Reading the secrets and tokens that the pods of a node mount; of a node that nobody knows where no name is.
    PodVolumes(Option<&'w str>),
    /// Reading the processes of a node's ordinary pods, those with no more capabilities than usual; of a node that
    /// nobody knows where no name is.
    Neighbours(Option<&'w str>),
    /// Reading a secret: namespace and name.
    Secret(&'w str, &'w str),
    /// Being able to do something, in a namespace or in the whole cluster.
    Ability(Ability, Option<&'w str>),
    /// Sending packets within the cluster.
    Network(Network),
    /// Using the API of a node's kubelet: running programs in all pods of the node.
    KubeletApi(&'w str),
    /// Being bound to a role, in a namespace or in the whole cluster.
    Role(RoleId, Option<&'w str>),
    /// A role in the cloud account.
    CloudRole(&'w str),
    /// The keys of the control plane: certificates and tokens of anybody can be made.
    ControlPlaneKeys,
    /// Everything in the cluster.
    ClusterAdmin,
    /// One of several rights that a technique needs of one holder; its place among those that were found.
    Right(u32),
    /// One of several rights that a primitive of RBAC needs, whoever of an attacker's identities holds it: the
    /// primitive's id, the row of its needs, and where it is held.
    Part(&'static str, u32, Option<&'w str>),
}

/// A place in the cluster's network, as its policies tell places apart.
///
/// Workloads that the same policies act on share one place; the number is that of one of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Network {
    /// Sending to whatever in the cluster lets everybody in; on that port alone where there is one.
    Open(Option<u16>),
    /// Sending as pods of this workload and of those like it may.
    From(u32),
    /// Sending to a port of pods of this workload and of those like it.
    To(u32, u16),
    /// Sending, as those may whom administrators' policies treat like the first workload, to pods that they treat like
    /// the second; on that port alone where there is one.
    Between(u32, u32, Option<u16>),
}

/// What can be done in a namespace, or in the whole cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Ability {
    /// Doing everything.
    Administer,
    /// Creating pods.
    CreatePods,
    /// Creating pods that are not separated from their node.
    CreatePrivilegedPods,
    /// Running code in any pod.
    RunInPods,
    /// Adding containers to pods that run.
    AddContainers,
    /// Talking to the main process of any container.
    AttachToPods,
    /// Driving pods off the nodes they run on, to a node of one's choice.
    DrivePods,
    /// Acting as any service account.
    UseServiceAccounts,
    /// Reading all secrets.
    ReadSecrets,
    /// Acting as any user and any member of a group, but for `system:masters`.
    ActAsAnybody,
    /// Acting as any user who is in no group but that of everybody who is known.
    ActAsUsers,
    /// Acting as the kubelet of any node.
    ActAsNodes,
    /// Reading the logs of pods.
    ReadLogs,
    /// Reading files in the log directories of nodes.
    ReadNodeLogs,
    /// Changing the labels of namespaces, those of Pod Security among them.
    ChangeNamespaces,
    /// Rewriting objects as they are admitted.
    RewriteObjects,
    /// Adding whatever rights to roles that are put together from others.
    ChangeAggregatedRoles,
    /// What has no further step: secrets replaced, traffic redirected, traces covered.
    Cause(Effect),
}

/// The weight of facts that say nothing on their own.
pub(crate) const UNTOLD: u8 = u8::MAX;

impl<'w> Fact<'w> {
    /// Acting as an identity. Groups of service accounts are told apart from other groups, kubelets from other users.
    #[must_use]
    pub fn identity(identity: &'w Identity) -> Self {
        match identity {
            Identity::User(name) => {
                name.strip_prefix(KUBELET).map_or(Self::User(name), Self::Kubelet)
            }
            Identity::Group(name) => Self::group(name),
            Identity::ServiceAccount { namespace, name } => Self::ServiceAccount(namespace, name),
        }
    }

    /// Acting as a member of a group.
    #[must_use]
    pub fn group(name: &'w str) -> Self {
        let of_namespace = name.strip_prefix(SERVICE_ACCOUNTS).and_then(|it| it.strip_prefix(':'));
        of_namespace.map_or(Self::Group(name), Self::AccountOf)
    }

    /// Acting as somebody whom the cluster knows.
    #[must_use]
    pub const fn authenticated() -> Self {
        Self::Group(AUTHENTICATED)
    }

    /// Small for what says most of how far somebody got; [`UNTOLD`] for what is only on the way to something else.
    #[must_use]
    pub(crate) fn weight(&self) -> u8 {
        match self {
            Self::User(ANONYMOUS) => UNTOLD,
            Self::ClusterAdmin | Self::ControlPlaneKeys => 0,
            Self::EveryNode | Self::Node(_) | Self::SomeNode => 1,
            Self::CloudRole(_) => 2,
            Self::Ability(Ability::Cause(_), Some(_)) => 7,
            Self::Ability(Ability::Cause(_), None) => 6,
            Self::Ability(_, None) => 3,
            Self::Ability(_, Some(_)) => 4,
            Self::Secret(..) | Self::PodVolumes(_) => 5,
            Self::ServiceAccount(..) | Self::User(_) | Self::Kubelet(_) | Self::KubeletApi(_) => 8,
            Self::Container(..) | Self::Processes(..) | Self::Neighbours(_) => 9,
            Self::Workload(_) | Self::PodsOn(..) => 10,
            Self::Internet
            | Self::Network(_)
            | Self::Group(_)
            | Self::AccountOf(_)
            | Self::Role(..)
            | Self::Right(_)
            | Self::Part(..) => UNTOLD,
        }
    }

    /// Its kind, for those who show it.
    #[must_use]
    pub const fn kind(&self) -> FactKind {
        match self {
            Self::Internet | Self::Network(_) => FactKind::Outside,
            Self::User(_)
            | Self::Group(_)
            | Self::AccountOf(_)
            | Self::ServiceAccount(..)
            | Self::Kubelet(_) => FactKind::Identity,
            Self::Container(..) | Self::Processes(..) | Self::Neighbours(_) => FactKind::Container,
            Self::Workload(_) | Self::PodsOn(..) => FactKind::Workload,
            Self::Node(_) | Self::SomeNode | Self::EveryNode | Self::KubeletApi(_) => {
                FactKind::Node
            }
            Self::Secret(..) | Self::PodVolumes(_) => FactKind::Secret,
            Self::Role(..) | Self::Ability(..) | Self::Right(_) | Self::Part(..) => {
                FactKind::Ability
            }
            Self::CloudRole(_) => FactKind::Cloud,
            Self::ControlPlaneKeys | Self::ClusterAdmin => FactKind::Cluster,
        }
    }
}
