use std::fmt;
use std::str::FromStr;

use merlon_model::Kind;
use merlon_rbac::{ANONYMOUS, Identity, UNAUTHENTICATED};

use crate::fact::{Ability, Fact};
use crate::graph::AttackGraph;
use crate::search::FactId;
use crate::world::World;

/// Where attacks start, or what they are after.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Endpoint {
    /// `internet`: whoever can reach what is exposed.
    Internet,
    /// `anonymous`: whoever reaches the API server without credentials.
    Anonymous,
    /// `authenticated`: anybody the cluster knows.
    Authenticated,
    /// `any-pod`: code in whichever container.
    AnyPod,
    /// `pod NAMESPACE/NAME`: code in a pod, or in the pods of the workload of that name.
    Pod(String, String),
    /// `container NAMESPACE/NAME/CONTAINER`: code in that container of a pod, or of the pods of a workload.
    Container(String, String, String),
    /// `serviceaccount NAMESPACE/NAME`, `user NAME`, `group NAME`: acting as somebody.
    Identity(Identity),
    /// `node`: root on any node.
    AnyNode,
    /// `every-node`: root on whichever node one likes.
    EveryNode,
    /// `node NAME`: root on a node.
    Node(String),
    /// `secrets`: all secrets of the cluster.
    AllSecrets,
    /// `secrets NAMESPACE`: all secrets of a namespace.
    Secrets(String),
    /// `secret NAMESPACE/NAME`: a secret.
    Secret(String, String),
    /// `control-plane-keys`: the keys that everything rests on.
    ControlPlaneKeys,
    /// `cloud-role`: any role in the cloud account.
    AnyCloudRole,
    /// `cloud-role NAME`: a role in the cloud account.
    CloudRole(String),
    /// `cluster-admin`: everything.
    ClusterAdmin,
}

/// A text that names no entry or target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownEndpoint {
    /// The text.
    pub text: String,
}

impl fmt::Display for UnknownEndpoint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "no entry or target is written {:?}: use internet, anonymous, authenticated, any-pod, pod NAMESPACE/NAME, \
             container NAMESPACE/NAME/CONTAINER, \
             serviceaccount NAMESPACE/NAME, user NAME, group NAME, node [NAME], every-node, \
             secrets [NAMESPACE], \
             secret NAMESPACE/NAME, control-plane-keys, cloud-role [NAME] or cluster-admin",
            self.text
        )
    }
}

impl std::error::Error for UnknownEndpoint {}

impl FromStr for Endpoint {
    type Err = UnknownEndpoint;

    fn from_str(text: &str) -> Result<Self, UnknownEndpoint> {
        let unknown = || UnknownEndpoint { text: text.to_owned() };
        let (kind, rest) =
            text.split_once([' ', ':']).map_or((text, ""), |(kind, rest)| (kind, rest.trim()));
        let named = || if rest.is_empty() { Err(unknown()) } else { Ok(rest.to_owned()) };
        let pair = || {
            let (namespace, name) = rest.split_once('/').ok_or_else(unknown)?;
            if namespace.is_empty() || name.is_empty() {
                return Err(unknown());
            }
            Ok((namespace.to_owned(), name.to_owned()))
        };
        Ok(match (kind, rest) {
            ("internet", "") => Self::Internet,
            ("anonymous", "") => Self::Anonymous,
            ("authenticated", "") => Self::Authenticated,
            ("any-pod", "") => Self::AnyPod,
            ("node", "") => Self::AnyNode,
            ("every-node", "") => Self::EveryNode,
            ("secrets", "") => Self::AllSecrets,
            ("control-plane-keys", "") => Self::ControlPlaneKeys,
            ("cloud-role", "") => Self::AnyCloudRole,
            ("cluster-admin", "") => Self::ClusterAdmin,
            ("pod", _) => pair().map(|(namespace, name)| Self::Pod(namespace, name))?,
            ("container", _) => {
                let (pod, container) = rest.rsplit_once('/').ok_or_else(unknown)?;
                let (namespace, name) = pod.split_once('/').ok_or_else(unknown)?;
                if [namespace, name, container].contains(&"") {
                    return Err(unknown());
                }
                Self::Container(namespace.to_owned(), name.to_owned(), container.to_owned())
            }
            ("secret", _) => pair().map(|(namespace, name)| Self::Secret(namespace, name))?,
            ("serviceaccount" | "sa", _) => {
                let (namespace, name) = pair()?;
                Self::Identity(Identity::service_account(&namespace, &name))
            }
            ("user", _) => Self::Identity(Identity::of_user(&named()?)),
            ("group", _) => Self::Identity(Identity::group(&named()?)),
            ("node", _) => Self::Node(named()?),
            ("secrets", _) => Self::Secrets(named()?),
            ("cloud-role", _) => Self::CloudRole(named()?),
            _ => return Err(unknown()),
        })
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Internet => formatter.write_str("internet"),
            Self::Anonymous => formatter.write_str("anonymous"),
            Self::Authenticated => formatter.write_str("authenticated"),
            Self::AnyPod => formatter.write_str("any-pod"),
            Self::Pod(namespace, name) => write!(formatter, "pod {namespace}/{name}"),
            Self::Container(namespace, name, container) => {
                write!(formatter, "container {namespace}/{name}/{container}")
            }
            Self::Identity(Identity::ServiceAccount { namespace, name }) => {
                write!(formatter, "serviceaccount {namespace}/{name}")
            }
            Self::Identity(Identity::User(name)) => write!(formatter, "user {name}"),
            Self::Identity(Identity::Group(name)) => write!(formatter, "group {name}"),
            Self::AnyNode => formatter.write_str("node"),
            Self::EveryNode => formatter.write_str("every-node"),
            Self::Node(name) => write!(formatter, "node {name}"),
            Self::AllSecrets => formatter.write_str("secrets"),
            Self::Secrets(namespace) => write!(formatter, "secrets {namespace}"),
            Self::Secret(namespace, name) => write!(formatter, "secret {namespace}/{name}"),
            Self::ControlPlaneKeys => formatter.write_str("control-plane-keys"),
            Self::AnyCloudRole => formatter.write_str("cloud-role"),
            Self::CloudRole(name) => write!(formatter, "cloud-role {name}"),
            Self::ClusterAdmin => formatter.write_str("cluster-admin"),
        }
    }
}

impl Endpoint {
    /// The facts of a graph that this stands for, ascending; none for what the objects do not know.
    ///
    /// As an entry all are held, as a target one is enough.
    #[must_use]
    pub fn facts(&self, world: &World<'_, '_>, graph: &AttackGraph<'_>) -> Vec<FactId> {
        let all = (0..).map(FactId).zip(&graph.facts);
        let owner = self.owner(world);
        all.filter(|(_, fact)| self.is(world, fact, owner)).map(|(id, _)| id).collect()
    }

    /// The workload that a pod of that name belongs to.
    fn owner(&self, world: &World<'_, '_>) -> Option<u32> {
        match self {
            Self::Pod(namespace, name) | Self::Container(namespace, name, _) => {
                world.workload_of_pod(namespace, name)
            }
            _ => None,
        }
    }

    /// Whether the objects know what this names, so that the absence of a way says something. Users and groups exist
    /// outside of the cluster, and so always.
    pub(crate) fn is_known(&self, world: &World<'_, '_>) -> bool {
        let view = world.view;
        let owner = self.owner(world);
        let workload = |namespace: &str, name: &str, container: Option<&str>| {
            world.workloads().any(|(number, it)| {
                let has = |wanted| it.containers.iter().any(|own| own.name == wanted);
                let is_named = it.namespace == namespace && it.object.name() == name;
                (is_named || owner == Some(number)) && container.is_none_or(has)
            })
        };
        let namespace = |name: &String| world.namespaces.iter().any(|own| *own == name);
        match self {
            Self::Pod(namespace, name) => workload(namespace, name, None),
            Self::Container(namespace, name, container) => {
                workload(namespace, name, Some(container))
            }
            Self::Identity(Identity::ServiceAccount { namespace: own, name }) => {
                // Kubernetes makes one of that name in each namespace.
                (name == "default" && namespace(own))
                    || world.service_accounts().contains(&(own.as_str(), name.as_str()))
            }
            Self::Node(name) => view.find(Kind::Node, "", name).is_some(),
            Self::Secrets(name) => namespace(name),
            Self::Secret(namespace, name) => view.find(Kind::Secret, namespace, name).is_some(),
            Self::CloudRole(_) => false,
            _ => true,
        }
    }

    pub(crate) fn is(&self, world: &World<'_, '_>, fact: &Fact<'_>, owner: Option<u32>) -> bool {
        match (self, fact) {
            (Self::Internet, Fact::Internet)
            | (Self::Anonymous, Fact::User(ANONYMOUS) | Fact::Group(UNAUTHENTICATED))
            | (Self::AnyPod, Fact::Container(..) | Fact::Workload(_))
            | (Self::AnyNode, Fact::Node(_) | Fact::SomeNode | Fact::EveryNode)
            | (Self::EveryNode, Fact::EveryNode)
            | (Self::AllSecrets, Fact::Ability(Ability::ReadSecrets, None))
            | (Self::ControlPlaneKeys, Fact::ControlPlaneKeys)
            | (Self::AnyCloudRole, Fact::CloudRole(_))
            | (Self::ClusterAdmin, Fact::ClusterAdmin) => true,
            (Self::Authenticated, fact) => *fact == Fact::authenticated(),
            (
                Self::Pod(namespace, name),
                Fact::Workload(number) | Fact::Container(number, _) | Fact::PodsOn(number, _),
            ) => {
                let workload = world.workload(*number);
                owner == Some(*number)
                    || workload
                        .is_some_and(|it| it.namespace == namespace && it.object.name() == name)
            }
            (Self::Container(namespace, name, container), Fact::Container(number, at)) => {
                let workload = world.workload(*number).filter(|it| {
                    owner == Some(*number) || it.namespace == namespace && it.object.name() == name
                });
                let all = workload.map_or(&[][..], |it| &it.containers[..]);
                let own = usize::try_from(*at).ok().and_then(|at| all.get(at));
                own.is_some_and(|it| it.name == container)
            }
            (Self::Identity(identity), fact) => *fact == Fact::identity(identity),
            (Self::Node(name), Fact::Node(own)) => name == own,
            (Self::Secrets(name), Fact::Ability(Ability::ReadSecrets, own)) => {
                own.is_none_or(|own| own == name)
            }
            (Self::Secret(namespace, name), Fact::Secret(own, secret)) => {
                namespace == own && name == secret
            }
            (Self::CloudRole(name), Fact::CloudRole(own)) => name == own,
            _ => false,
        }
    }
}
