//! Who can reach an address.

use std::net::IpAddr;

/// Whether only this machine can reach an address: `127.0.0.1`, `[::1]:10249`, `localhost:2379`.
pub(crate) fn is_loopback(address: &str) -> bool {
    let host = host(address);
    host == "localhost" || parse(host).is_some_and(|address| address.is_loopback())
}

/// Whether an address stands for all addresses of the machine: `0.0.0.0`, `[::]:10257`.
pub(crate) fn is_everywhere(address: &str) -> bool {
    parse(host(address)).is_some_and(|address| address.is_unspecified())
}

fn parse(host: &str) -> Option<IpAddr> {
    // An IPv4 address may be written in IPv6: `::ffff:127.0.0.1`.
    host.parse::<IpAddr>().ok().map(|address| address.to_canonical())
}

/// The host of an address with or without a port.
fn host(address: &str) -> &str {
    if let Some(rest) = address.strip_prefix('[') {
        return rest.split_once(']').map_or(address, |(host, _)| host);
    }
    match address.split_once(':') {
        Some((host, port)) if !port.contains(':') => host,
        _ => address,
    }
}

#[cfg(test)]
mod tests {
    use super::{is_everywhere, is_loopback};

    #[test]
    fn addresses_are_told_apart() {
        let check = |address: &str, loopback: bool, everywhere: bool| {
            assert_eq!((is_loopback(address), is_everywhere(address)), (loopback, everywhere));
        };
        check("127.0.0.1", true, false);
        check("127.0.0.1:10249", true, false);
        check("127.8.0.1", true, false);
        check("localhost:2379", true, false);
        check("::1", true, false);
        check("[::1]", true, false);
        check("[::1]:10249", true, false);
        check("::ffff:127.0.0.1", true, false);
        check("[::ffff:127.0.0.1]:80", true, false);
        check("0.0.0.0", false, true);
        check("0.0.0.0:10257", false, true);
        check("::", false, true);
        check("[::]:10257", false, true);
        check("::ffff:0.0.0.0", false, true);
        check("10.0.0.1:2379", false, false);
        check("fe80::1", false, false);
        check("localhost.example.org", false, false);
        check("[::1", false, false);
        check("127.0.0.1.example", false, false);
        check("", false, false);
    }
}
