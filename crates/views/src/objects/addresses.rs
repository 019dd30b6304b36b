//! Which addresses are on the internet, and which ranges are nearly all of it.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use merlon_snapshot::Object;
use merlon_yaml::Node;

use super::network::Passage;
use super::network_policy::Cidr;

/// Whether an address is one of the internet's.
#[must_use]
pub fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(it) => {
            let [first, second, ..] = it.octets();
            let is_shared = first == 100 && (64..128).contains(&second);
            let is_local = it.is_private() || it.is_loopback() || it.is_link_local();
            !(is_local
                || is_shared
                || it.is_unspecified()
                || it.is_multicast()
                || it.is_broadcast())
        }
        IpAddr::V6(it) => {
            let is_local = it.is_unique_local() || it.is_unicast_link_local() || it.is_loopback();
            !(is_local || it.is_unspecified() || it.is_multicast())
        }
    }
}

/// The same for an address that is written; what is none is not.
pub(super) fn is_public_text(text: &str) -> bool {
    text.parse().is_ok_and(is_public)
}

/// Whether a host's name may be known on the internet.
pub(super) fn is_public_name(name: &str) -> bool {
    // How AWS names load balancers of inner networks; then the domains that are nobody's there.
    let inner = [".local", ".internal", ".localdomain", ".svc"];
    !(name.starts_with("internal-")
        || name == "localhost"
        || inner.iter().any(|domain| name.ends_with(domain)))
}

/// Whether the addresses that an object's load balancer was given may be on the internet; where none are told yet they
/// may.
pub(super) fn has_public_status(object: &Object) -> bool {
    let status = object.root.path(&["status", "loadBalancer", "ingress"]);
    let entries = status.and_then(Node::as_sequence).unwrap_or_default();
    let text = |node: &'_ Node, key| node.get(key).and_then(Node::as_str).map(str::to_owned);
    entries.is_empty()
        || entries.iter().any(|entry| match (text(entry, "hostname"), text(entry, "ip")) {
            (Some(name), _) if !name.is_empty() => is_public_name(&name),
            (_, Some(ip)) => is_public_text(&ip),
            _ => true,
        })
}

/// Addresses spread over what of each family is given out.
const SPREAD_4: [Ipv4Addr; 8] = [
    Ipv4Addr::new(23, 192, 0, 1),
    Ipv4Addr::new(52, 0, 0, 1),
    Ipv4Addr::new(81, 2, 0, 1),
    Ipv4Addr::new(104, 16, 0, 1),
    Ipv4Addr::new(142, 250, 0, 1),
    Ipv4Addr::new(185, 60, 0, 1),
    Ipv4Addr::new(199, 232, 0, 1),
    Ipv4Addr::new(212, 58, 0, 1),
];
const SPREAD_6: [Ipv6Addr; 4] = [
    Ipv6Addr::new(0x2001, 0x4860, 0, 0, 0, 0, 0, 1),
    Ipv6Addr::new(0x2400, 0xcb00, 0, 0, 0, 0, 0, 1),
    Ipv6Addr::new(0x2600, 0x1f00, 0, 0, 0, 0, 0, 1),
    Ipv6Addr::new(0x2a00, 0x1450, 0, 0, 0, 0, 0, 1),
];

/// Whether an address is one of those by which anybody is told.
pub(super) fn is_anybodys(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(it) => SPREAD_4.contains(&it),
        IpAddr::V6(it) => SPREAD_6.contains(&it),
    }
}

/// Whether what comes from anybody on the internet gets through: from at least half of one family.
pub(super) fn from_anybody(passage: impl Fn(IpAddr) -> Passage) -> Passage {
    let from_half = |all: &[Passage]| {
        let half = |is_it: fn(Passage) -> bool| {
            2 * all.iter().filter(|it| is_it(**it)).count() >= all.len()
        };
        if half(|it| it == Passage::Open) {
            Passage::Open
        } else if half(Passage::may) {
            Passage::Unknown
        } else {
            Passage::Shut
        }
    };
    let of_4 = SPREAD_4.map(|it| passage(IpAddr::V4(it)));
    let of_6 = SPREAD_6.map(|it| passage(IpAddr::V6(it)));
    Passage::any([from_half(&of_4), from_half(&of_6)])
}

fn is_anybody(includes: impl Fn(IpAddr) -> bool) -> bool {
    let passage = |address| if includes(address) { Passage::Open } else { Passage::Shut };
    from_anybody(passage) == Passage::Open
}

/// A list of who may come: ranges, and single addresses.
pub(super) struct Ranges {
    ranges: Vec<Cidr>,
    addresses: Vec<IpAddr>,
    is_readable: bool,
}

impl Ranges {
    /// Reads what is listed; empty parts are none.
    pub(super) fn of<'t>(listed: impl Iterator<Item = &'t str>) -> Self {
        let mut ranges = Self { ranges: Vec::new(), addresses: Vec::new(), is_readable: true };
        for part in listed.map(str::trim).filter(|it| !it.is_empty()) {
            match (Cidr::parse(part), part.parse()) {
                (Some(range), _) => ranges.ranges.push(range),
                (None, Ok(address)) => ranges.addresses.push(address),
                (None, Err(_)) => ranges.is_readable = false,
            }
        }
        ranges
    }

    /// Whether anybody is among them; nobody can tell where one cannot be read, and a list of nothing shuts nobody out.
    pub(super) fn has_anybody(&self) -> bool {
        !self.is_readable
            || self.ranges.is_empty() && self.addresses.is_empty()
            || is_anybody(|address| self.ranges.iter().any(|range| range.contains(address)))
    }
}

#[cfg(test)]
mod tests {
    use super::{Ranges, is_public_name, is_public_text};

    #[test]
    fn addresses_of_inner_networks_are_not_public() {
        for text in ["8.8.8.8", "198.51.100.7", "100.128.0.1", "2001:4860::1", "::ffff:8.8.8.8"] {
            assert!(is_public_text(text), "{text}");
        }
        let inner = [
            "10.0.0.1",
            "172.16.0.1",
            "192.168.0.1",
            "100.64.0.1",
            "127.0.0.1",
            "169.254.1.1",
            "0.0.0.0",
            "255.255.255.255",
            "224.0.0.1",
            "::1",
            "::",
            "fd00::1",
            "fe80::1",
            "ff02::1",
            "::ffff:10.0.0.1",
            "text",
            "",
        ];
        for text in inner {
            assert!(!is_public_text(text), "{text}");
        }
    }

    #[test]
    fn names_of_inner_networks_are_not_public() {
        assert!(is_public_name("a.elb.amazonaws.com"));
        for name in ["internal-a.elb.amazonaws.com", "gw.shop.svc.cluster.local", "localhost"] {
            assert!(!is_public_name(name), "{name}");
        }
    }

    #[test]
    fn lists_that_hold_most_of_the_internet_let_anybody_in() {
        let check = |list: &str, expected: bool| {
            assert_eq!(Ranges::of(list.split(',')).has_anybody(), expected, "{list}");
        };
        check("0.0.0.0/0", true);
        check("::/0", true);
        check("0.0.0.0/1, 128.0.0.0/1", true);
        check("128.0.0.0/1", true);
        check("10.0.0.0/8,0.0.0.0/0", true);
        check("10.0.0.0/8", false);
        check("203.0.113.0/24, 8.0.0.0/8", false);
        // A single address is as good as its range.
        check("203.0.113.7", false);
        check("203.0.113.7,text", true);
        check("", true);
    }
}
