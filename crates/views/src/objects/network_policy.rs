use std::net::IpAddr;

use merlon_snapshot::Object;
use merlon_yaml::Node;

use super::fields::{Fields, Malformed};
use super::label_selector::LabelSelector;
use super::labels::Labels;
use super::network::METADATA;
use super::pod::PodView;

/// Which way a connection goes, as seen from the pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Direction {
    /// Towards the pod.
    Ingress,
    /// From the pod.
    Egress,
}

/// A NetworkPolicy as `networking.k8s.io/v1` means it, or a policy of a network plugin that means the same.
#[derive(Clone, Debug)]
pub struct PolicyView<'a> {
    /// The object.
    pub object: &'a Object,
    /// The namespace it works in.
    pub namespace: &'a str,
    /// The pods it is about.
    pub selector: LabelSelector<'a>,
    ingress: Option<Vec<Rule<'a>>>,
    egress: Option<Vec<Rule<'a>>>,
}

/// One rule: what it allows is a peer of the list on a port of the list.
#[derive(Clone, Debug)]
pub struct Rule<'a> {
    /// Where it is written.
    pub node: &'a Node,
    /// The peers; `None` for all, pods and addresses.
    pub peers: Option<Vec<Peer<'a>>>,
    /// The ports; `None` for all of all protocols.
    pub ports: Option<Vec<Port<'a>>>,
}

/// One peer of a rule.
#[derive(Clone, Debug)]
pub enum Peer<'a> {
    /// Pods of some namespaces, or of the policy's own.
    Pods {
        /// The namespaces; `None` for the policy's own.
        namespaces: Option<LabelSelector<'a>>,
        /// The pods in them.
        pods: LabelSelector<'a>,
    },
    /// Addresses outside the cluster; pods' addresses are not for this.
    Block {
        /// The `ipBlock`.
        node: &'a Node,
        /// The addresses.
        cidr: Cidr,
        /// Those that are not among them all the same.
        except: Vec<Cidr>,
    },
}

/// One port, or a range of them.
#[derive(Clone, Copy, Debug)]
pub struct Port<'a> {
    protocol: &'a str,
    number: PortNumber<'a>,
}

#[derive(Clone, Copy, Debug)]
enum PortNumber<'a> {
    All,
    Range(i64, i64),
    Named(&'a str),
}

impl<'a> PolicyView<'a> {
    /// Reads a policy.
    ///
    /// # Errors
    /// When the API server would refuse it.
    pub fn of(object: &'a Object, namespace: &'a str) -> Result<Self, Malformed<'a>> {
        let spec = Fields::of(&object.root).get("spec");
        let selector = LabelSelector::new(spec.get("podSelector"))?.unwrap_or_default();
        let types = spec.texts("policyTypes")?;
        let ingress = rules(spec, "ingress", "from")?;
        let egress = rules(spec, "egress", "to")?;
        // `SetDefaults_NetworkPolicy` of the API server.
        let (has_ingress, has_egress) = if types.is_empty() {
            (true, !egress.is_empty())
        } else {
            (types.contains(&"Ingress"), types.contains(&"Egress"))
        };
        Ok(Self {
            object,
            namespace,
            selector,
            ingress: has_ingress.then_some(ingress),
            egress: has_egress.then_some(egress),
        })
    }

    /// A policy of another kind that isolates all pods of a namespace and allows nothing, for ingress and for egress.
    pub(super) fn isolating(
        object: &'a Object,
        namespace: &'a str,
        (ingress, egress): (bool, bool),
    ) -> Self {
        let rules = |has| if has { Some(Vec::new()) } else { None };
        let selector = LabelSelector::default();
        Self { object, namespace, selector, ingress: rules(ingress), egress: rules(egress) }
    }

    /// The rules for a direction; `None` where the policy is not about it, no rule where it
    /// allows nothing.
    #[must_use]
    pub fn rules(&self, direction: Direction) -> Option<&[Rule<'a>]> {
        match direction {
            Direction::Ingress => self.ingress.as_deref(),
            Direction::Egress => self.egress.as_deref(),
        }
    }

    /// Whether it isolates every pod of its namespace for a direction, whatever it allows.
    #[must_use]
    pub fn is_default(&self, direction: Direction) -> bool {
        self.selector.is_everything() && self.rules(direction).is_some()
    }

    /// Whether it lets the pods it is about send to an address outside the cluster's pods.
    #[must_use]
    pub fn allows_address(&self, address: IpAddr, protocol: &str, port: u16) -> bool {
        self.rules(Direction::Egress).is_some_and(|rules| {
            rules.iter().any(|rule| rule.allows_address(address, protocol, port))
        })
    }

    /// Whether it lets in what comes from an address that is no pod's.
    pub(crate) fn admits_address(
        &self,
        address: IpAddr,
        target: &PodView<'a>,
        protocol: &str,
        port: u16,
    ) -> bool {
        self.rules(Direction::Ingress).unwrap_or_default().iter().any(|rule| {
            let peers = rule.peers.as_ref();
            rule.includes_port_of(protocol, port, target)
                && peers.is_none_or(|peers| peers.iter().any(|peer| peer.includes(address)))
        })
    }

    /// Whether it allows a pod that it is about the connection with another.
    pub(crate) fn allows_pod(
        &self,
        direction: Direction,
        peer: &PodView<'a>,
        peer_namespace: &Labels<'a>,
        target: &PodView<'a>,
        protocol: &str,
        port: u16,
    ) -> bool {
        self.rules(direction).unwrap_or_default().iter().any(|rule| {
            let has_peer = rule.peers.as_ref().is_none_or(|peers| {
                peers.iter().any(|it| it.is_pod(self.namespace, peer, peer_namespace))
            });
            rule.includes_port_of(protocol, port, target) && has_peer
        })
    }
}

impl Rule<'_> {
    /// Whether one of its peers is an address, on a port.
    #[must_use]
    pub fn allows_address(&self, address: IpAddr, protocol: &str, port: u16) -> bool {
        self.includes_port(protocol, port)
            && self
                .peers
                .as_ref()
                .is_none_or(|peers| peers.iter().any(|peer| peer.includes(address)))
    }

    /// Whether a port is among its ports. A named one is never: names are of pods.
    #[must_use]
    pub fn includes_port(&self, protocol: &str, port: u16) -> bool {
        let ports = self.ports.as_ref();
        ports.is_none_or(|ports| ports.iter().any(|it| it.includes(protocol, port, None)))
    }
}

impl<'a> Rule<'a> {
    /// Whether a port of a pod is among its ports, by its number or by the name it has there.
    #[must_use]
    pub fn includes_port_of(&self, protocol: &str, port: u16, target: &PodView<'a>) -> bool {
        let ports = self.ports.as_ref();
        ports.is_none_or(|ports| ports.iter().any(|it| it.includes(protocol, port, Some(target))))
    }
}

impl<'a> Peer<'a> {
    /// Whether an address that is no pod's is among it.
    #[must_use]
    pub fn includes(&self, address: IpAddr) -> bool {
        match self {
            Self::Pods { .. } => false,
            Self::Block { cidr, except, .. } => {
                cidr.contains(address) && !except.iter().any(|except| except.contains(address))
            }
        }
    }

    fn is_pod(&self, own: &str, pod: &PodView<'a>, namespace: &Labels<'a>) -> bool {
        match self {
            Self::Block { .. } => false,
            Self::Pods { namespaces, pods } => {
                let there = match namespaces {
                    None => pod.namespace == own,
                    Some(selector) => selector.holds(|key| namespace.get(key)),
                };
                let labels = Labels::of(pod.metadata);
                there && pods.holds(|key| labels.get(key))
            }
        }
    }
}

impl Port<'_> {
    fn includes(&self, protocol: &str, port: u16, target: Option<&PodView<'_>>) -> bool {
        self.protocol == protocol
            && match self.number {
                PortNumber::All => true,
                PortNumber::Range(from, to) => (from..=to).contains(&i64::from(port)),
                PortNumber::Named(name) => target.is_some_and(|pod| {
                    ports_named(pod, name).any(|it| it == (protocol, port.into()))
                }),
            }
    }
}

/// The ports that containers of the pod call so, with their protocols.
pub(super) fn ports_named<'a>(
    pod: &PodView<'a>,
    name: &str,
) -> impl Iterator<Item = (&'a str, i64)> {
    pod.containers.iter().flat_map(move |container| {
        let ports = container.node.get("ports").and_then(Node::as_sequence).unwrap_or_default();
        ports.iter().filter_map(move |node| {
            let text = |key| node.get(key).and_then(Node::as_str);
            let number = node.get("containerPort")?.as_i64()?;
            (text("name") == Some(name)).then(|| (text("protocol").unwrap_or("TCP"), number))
        })
    })
}

fn rules<'a>(spec: Fields<'a>, key: &str, peers: &str) -> Result<Vec<Rule<'a>>, Malformed<'a>> {
    let rule = |node: &'a Node| {
        // A rule that is null or empty allows everything.
        let fields = mapping(node)?;
        let peers = match fields.list(peers)? {
            [] => None,
            peers => Some(peers.iter().map(peer).collect::<Result<_, _>>()?),
        };
        let ports = match fields.list("ports")? {
            [] => None,
            ports => Some(ports.iter().map(port).collect::<Result<_, _>>()?),
        };
        Ok(Rule { node, peers, ports })
    };
    spec.list(key)?.iter().map(rule).collect()
}

fn mapping(node: &Node) -> Result<Fields<'_>, Malformed<'_>> {
    if node.is_null() || node.as_mapping().is_some() {
        Ok(Fields::of(node))
    } else {
        Err(Malformed { node, expected: "a mapping" })
    }
}

fn peer(node: &Node) -> Result<Peer<'_>, Malformed<'_>> {
    let fields = mapping(node)?;
    let (pods, namespaces) = (fields.get("podSelector"), fields.get("namespaceSelector"));
    let block = fields.get("ipBlock");
    match block.node() {
        Some(node) if !pods.is_set() && !namespaces.is_set() => {
            let read = |node: &'_ Node| node.as_str().and_then(Cidr::parse);
            let expected = "a range of addresses";
            let place = block.get("cidr").node().unwrap_or(node);
            let cidr = read(place).ok_or(Malformed { node: place, expected })?;
            let except = block.list("except")?.iter();
            let except = except.map(|node| read(node).ok_or(Malformed { node, expected }));
            Ok(Peer::Block { node, cidr, except: except.collect::<Result<_, _>>()? })
        }
        None if pods.is_set() || namespaces.is_set() => Ok(Peer::Pods {
            namespaces: LabelSelector::new(namespaces)?,
            pods: LabelSelector::new(pods)?.unwrap_or_default(),
        }),
        _ => Err(Malformed { node, expected: "either selectors or an ipBlock" }),
    }
}

fn port(node: &Node) -> Result<Port<'_>, Malformed<'_>> {
    let fields = mapping(node)?;
    let protocol = fields.text("protocol")?.unwrap_or("TCP");
    let number = match fields.get("port").node() {
        None => PortNumber::All,
        Some(node) => match (node.as_str(), node.as_i64()) {
            (Some(name), _) => PortNumber::Named(name),
            (_, Some(from)) => PortNumber::Range(from, fields.int("endPort")?.unwrap_or(from)),
            _ => return Err(Malformed { node, expected: "a number or a name" }),
        },
    };
    Ok(Port { protocol, number })
}

/// A range of addresses: `10.0.0.0/8`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cidr {
    address: IpAddr,
    length: u8,
}

impl Cidr {
    /// Reads `10.0.0.0/8` or `fd00::/8`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (address, length) = text.split_once('/')?;
        let address: IpAddr = address.parse().ok()?;
        let length: u8 = length.parse().ok()?;
        let longest = if address.is_ipv4() { 32 } else { 128 };
        (length <= longest).then_some(Self { address, length })
    }

    /// Whether an address is in the range.
    #[must_use]
    pub fn contains(self, address: IpAddr) -> bool {
        let differ = match (self.address, address) {
            (IpAddr::V4(a), IpAddr::V4(b)) => (a.to_bits() ^ b.to_bits()).leading_zeros(),
            (IpAddr::V6(a), IpAddr::V6(b)) => (a.to_bits() ^ b.to_bits()).leading_zeros(),
            _ => return false,
        };
        differ >= u32::from(self.length)
    }

    pub(super) fn is_ipv4(self) -> bool {
        self.address.is_ipv4()
    }

    /// Whether no pod has an address of the range: those of links, loops and groups, and the
    /// metadata services'.
    pub(super) fn is_for_no_pod(self) -> bool {
        let (first, last) = (self.address, self.length);
        match first {
            IpAddr::V4(it) => {
                let is_of_link = it.is_link_local() && last >= 16;
                is_of_link || it.is_loopback() && last >= 8 || it.is_multicast() && last >= 4
            }
            IpAddr::V6(it) => {
                let is_of_link = it.is_unicast_link_local() && last >= 10;
                let is_one = last == 128 && (it.is_loopback() || METADATA.contains(&first));
                is_of_link || is_one || it.is_multicast() && last >= 8
            }
        }
    }

    /// Whether it is all addresses of its family.
    #[must_use]
    pub fn is_everything(self) -> bool {
        self.length == 0
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::Cidr;

    #[test]
    fn ranges_contain_their_addresses() {
        let check = |range: &str, address: &str, expected: bool| {
            let address: IpAddr = address.parse().expect(address);
            assert_eq!(Cidr::parse(range).expect(range).contains(address), expected, "{range}");
        };
        check("0.0.0.0/0", "169.254.169.254", true);
        check("0.0.0.0/0", "fd00:ec2::254", false);
        check("::/0", "fd00:ec2::254", true);
        check("10.0.0.0/8", "10.255.0.1", true);
        check("10.0.0.0/8", "11.0.0.0", false);
        check("169.254.169.254/32", "169.254.169.254", true);
        check("169.254.169.254/32", "169.254.169.253", false);
        check("fd00:ec2::/32", "fd00:ec2::254", true);
        check("10.1.2.3/31", "10.1.2.2", true);
    }

    #[test]
    fn what_is_no_range_is_refused() {
        for text in ["", "/", "10.0.0.0", "10.0.0.0/33", "10.0.0/8", "::/129", "a/8", "10.0.0.0/-1"]
        {
            assert_eq!(Cidr::parse(text), None, "{text}");
        }
    }
}
