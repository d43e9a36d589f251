//! Addresses: private or public, inside a network or not.

use std::net::{IpAddr, Ipv4Addr};

/// Whether an address lies in a network of `bits` bits.
pub fn within(ip: IpAddr, network: IpAddr, bits: u8) -> bool {
    match (ip.to_canonical(), network.to_canonical()) {
        (IpAddr::V4(a), IpAddr::V4(b)) => {
            let bits = u32::from(bits).min(32);
            bits == 0 || (a.to_bits() ^ b.to_bits()) >> (32 - bits) == 0
        }
        (IpAddr::V6(a), IpAddr::V6(b)) => {
            let bits = u32::from(bits).min(128);
            bits == 0 || (a.to_bits() ^ b.to_bits()) >> (128 - bits) == 0
        }
        _ => false,
    }
}

/// An address of a private network: RFC 1918, shared address space (RFC 6598), link-local, unique local, loopback.
pub fn is_private(ip: IpAddr) -> bool {
    match ip.to_canonical() {
        IpAddr::V4(ip) => {
            ip.is_private()
                || ip.is_loopback()
                || ip.is_link_local()
                || within(ip.into(), Ipv4Addr::new(100, 64, 0, 0).into(), 10)
        }
        IpAddr::V6(ip) => ip.is_loopback() || ip.is_unique_local() || ip.is_unicast_link_local(),
    }
}

/// An address that is reached over the Internet: neither private nor multicast, broadcast or unspecified.
pub fn is_global(ip: IpAddr) -> bool {
    let ip = ip.to_canonical();
    let special = match ip {
        IpAddr::V4(v4) => v4.is_broadcast() || v4.octets().first() == Some(&0),
        IpAddr::V6(_) => false,
    };
    !(is_private(ip) || ip.is_multicast() || ip.is_unspecified() || special)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_and_public() {
        for (text, global) in [
            ("203.0.113.9", true),
            ("10.1.2.3", false),
            ("100.100.0.1", false),
            ("::ffff:192.168.1.1", false),
            ("2001:db8::1", true),
            ("fd00::1", false),
            ("224.0.0.1", false),
            ("255.255.255.255", false),
        ] {
            assert_eq!(is_global(text.parse().unwrap()), global, "{text}");
        }
    }

    #[test]
    fn networks() {
        let net = "192.0.2.0".parse().unwrap();
        assert!(within("192.0.2.255".parse().unwrap(), net, 24));
        assert!(!within("192.0.3.0".parse().unwrap(), net, 24));
        assert!(within("8.8.8.8".parse().unwrap(), net, 0));
        assert!(!within("2001:db8::1".parse().unwrap(), net, 0));
    }
}
