//! What stands in a finding, as STIX's observables: addresses, names and accounts.

use std::net::IpAddr;

use serde_json::{Value, json};

use super::{AMBER, bundle, ids};
use crate::report::review::data::FindingView;

/// The observables of a finding: the account, where it came from, and the machine.
pub(super) fn of(finding: &FindingView) -> Vec<Value> {
    let mut list = Vec::new();
    if !finding.who.is_empty() {
        list.push(observable("user-account", "user_id", &finding.who));
    }
    list.extend(place(&finding.from));
    list.extend(place(&finding.host));
    list
}

/// An address or a name of a machine; None for what is neither.
fn place(text: &str) -> Option<Value> {
    match text.parse::<IpAddr>() {
        Ok(IpAddr::V4(address)) => Some(observable("ipv4-addr", "value", &address.to_string())),
        Ok(IpAddr::V6(address)) => Some(observable("ipv6-addr", "value", &address.to_string())),
        Err(_) if is_domain_name(text) => Some(observable("domain-name", "value", text)),
        Err(_) => None,
    }
}

fn observable(kind: &str, property: &str, value: &str) -> Value {
    let mut object = json!({
        "type": kind,
        "spec_version": "2.1",
        "id": ids::observable(kind, &json!({ property: value })),
        "object_marking_refs": [AMBER],
    });
    bundle::set(&mut object, property, value);
    object
}

/// Whether a text is a domain name (RFC 1034), of one label or more.
fn is_domain_name(text: &str) -> bool {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    text.len() <= 253 && text.bytes().any(|b| b.is_ascii_alphabetic()) && text.split('.').all(label)
}

/// Whether a text is an address that belongs to somebody on the internet, as far as the address itself tells.
pub(super) fn is_outside_address(text: &str) -> bool {
    match text.parse::<IpAddr>() {
        Ok(IpAddr::V4(address)) => {
            let shared = matches!(address.octets(), [100, second, ..] if (64..128).contains(&second));
            !(address.is_private()
                || address.is_loopback()
                || address.is_link_local()
                || address.is_unspecified()
                || address.is_multicast()
                || address.is_broadcast()
                || shared)
        }
        Ok(IpAddr::V6(address)) => {
            !(address.is_loopback()
                || address.is_unspecified()
                || address.is_multicast()
                || address.is_unique_local()
                || address.is_unicast_link_local()
                || address.to_ipv4_mapped().is_some())
        }
        Err(_) => false,
    }
}

/// The pattern that matches an address.
pub(super) fn pattern(text: &str) -> Option<String> {
    let (kind, address) = match text.parse::<IpAddr>().ok()? {
        IpAddr::V4(address) => ("ipv4-addr", address.to_string()),
        IpAddr::V6(address) => ("ipv6-addr", address.to_string()),
    };
    Some(format!("[{kind}:value = '{address}']"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inner_addresses_indicate_nothing() {
        for text in ["10.0.0.1", "192.168.1.2", "100.64.3.4", "127.0.0.1", "fe80::1", "fd00::1", "fw01", ""] {
            assert!(!is_outside_address(text), "{text}");
        }
        for text in ["203.0.113.7", "2001:db8::7"] {
            assert!(is_outside_address(text), "{text}");
        }
    }

    #[test]
    fn names_are_told_from_noise() {
        for text in ["FILESV01", "dc01.example.jp"] {
            assert!(is_domain_name(text), "{text}");
        }
        for text in ["", "-a", "a..b", "総務部", "a b", "a_b", "1.2"] {
            assert!(!is_domain_name(text), "{text}");
        }
    }

    #[test]
    fn an_address_has_one_pattern_however_it_is_written() {
        assert_eq!(pattern("2001:DB8:0::7").as_deref(), Some("[ipv6-addr:value = '2001:db8::7']"));
        assert_eq!(pattern("x' OR '1"), None);
    }
}
