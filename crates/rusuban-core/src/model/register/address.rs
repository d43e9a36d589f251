//! Where something is reached: host names, IP addresses, and the addresses of external services.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};

use serde::{Deserialize, Serialize};

use super::column::{Field, Reading, Refusal, Shape, Value};
use super::normal::code;
use super::words::{bounded, text_value};
use crate::model::text::Text;

text_value! {
    /// A host name, with or without a domain.
    HostName, Shape::HostName, host_name
}
text_value! {
    /// A URL, or a host with or without a port. Scheme and host are in lower case. Never with a password.
    ServiceAddress, Shape::ServiceAddress, service_address
}

/// Longest address of a service, in characters.
const MAX_ADDRESS: usize = 1000;

/// Letters, digits, hyphens, underscores (Windows allows them) in labels of at most 63, 253 together.
fn is_host_name(text: &str) -> bool {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
    };
    text.len() <= 253 && text.split('.').all(is_label)
}

fn host_name(text: &str) -> Result<String, Refusal> {
    let name = code(text);
    let name = name.strip_suffix('.').unwrap_or(&name);
    if name.parse::<IpAddr>().is_ok() {
        return Err(Refusal::new(
            "not-a-host-name",
            Text::new("IPアドレスです", "this is an IP address"),
            Text::new("「IPアドレス」の列に書いてください", "write it in the column of IP addresses"),
        ));
    }
    if is_host_name(name) {
        return Ok(name.to_owned());
    }
    Err(Refusal::new(
        "not-a-host-name",
        Text::new("ホスト名として読めません", "this is not a host name"),
        Text::new(
            "英数字と - _ . だけで、URLではなく名前を書いてください(例 www.example.jp)",
            "write the name alone with letters, digits and - _ . (such as www.example.jp)",
        ),
    ))
}

impl Value for IpAddr {
    const SHAPE: Shape = Shape::IpAddress;

    fn parse(text: &str, _reading: &Reading) -> Result<Self, Refusal> {
        let text = code(text);
        text.parse::<Self>().ok().filter(|address| !address.is_unspecified()).ok_or_else(|| {
            let hint = if text.contains('/') {
                Text::new(
                    "範囲ではなく、機器のアドレスを書いてください",
                    "write the address of the device, not a range",
                )
            } else {
                Text::new(
                    "192.0.2.10 や 2001:db8::10 のように書いてください。複数あるときは ; で区切ってください",
                    "write it like 192.0.2.10 or 2001:db8::10; separate several by ;",
                )
            };
            Refusal::new(
                "not-an-ip-address",
                Text::new("IPアドレスとして読めません", "this is not an IP address"),
                hint,
            )
        })
    }

    fn text(&self) -> String {
        self.to_string()
    }
}

/// The parts of a service's address.
struct Parts<'a> {
    scheme: Option<&'a str>,
    authority: &'a str,
    rest: &'a str,
}

fn parts(text: &str) -> Parts<'_> {
    let (scheme, after) = match text.split_once("://") {
        Some((scheme, after)) => (Some(scheme), after),
        None => (None, text),
    };
    let end = after.find(['/', '?', '#']).unwrap_or(after.len());
    let (authority, rest) = after.split_at_checked(end).unwrap_or((after, ""));
    Parts { scheme, authority, rest }
}

/// Host and port of an authority; the brackets of an IPv6 address stay with the host.
fn host_and_port(authority: &str) -> Option<(&str, Option<u16>)> {
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, Some(port.parse().ok()?)),
        _ => (authority, None),
    };
    let inner = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    let taken = match inner {
        Some(address) => address.parse::<Ipv6Addr>().is_ok(),
        None => is_host_name(host),
    };
    taken.then_some((host, port))
}

fn is_scheme(scheme: &str) -> bool {
    scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b))
}

fn service_address(text: &str) -> Result<String, Refusal> {
    let text = bounded(code(text), MAX_ADDRESS)?;
    let Parts { scheme, authority, rest } = parts(&text);
    if authority.contains('@') {
        return Err(Refusal {
            secret: true,
            ..Refusal::new(
                "address-with-password",
                Text::new(
                    "アドレスに利用者名やパスワードが含まれています",
                    "the address holds a user name or a password",
                ),
                Text::new("「@」とその前を消してください", "take away the @ and what stands before it"),
            )
        });
    }
    let taken = scheme.is_none_or(is_scheme)
        && host_and_port(authority).is_some()
        && !rest.contains(char::is_whitespace);
    if !taken {
        return Err(Refusal::new(
            "not-an-address",
            Text::new("URLまたはホスト名として読めません", "this is neither a URL nor a host name"),
            Text::new(
                "https://www.example.jp/ や www.example.jp:443 のように書いてください。日本語のドメイン名は xn-- で始まる形で書いてください",
                "write it like https://www.example.jp/ or www.example.jp:443; a domain in Japanese in its xn-- form",
            ),
        ));
    }
    let scheme = scheme.map_or_else(String::new, |scheme| format!("{}://", scheme.to_ascii_lowercase()));
    Ok(format!("{scheme}{}{rest}", authority.to_ascii_lowercase()))
}

impl ServiceAddress {
    /// The scheme, where the address is a URL.
    pub fn scheme(&self) -> Option<&str> {
        parts(self.as_str()).scheme
    }

    /// Host name or IP address, without brackets.
    pub fn host(&self) -> &str {
        let authority = parts(self.as_str()).authority;
        host_and_port(authority).map_or(authority, |(host, _)| host.trim_matches(['[', ']']))
    }

    /// The port, where one is written.
    pub fn port(&self) -> Option<u16> {
        host_and_port(parts(self.as_str()).authority).and_then(|(_, port)| port)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code_of<T: Field>(text: &str) -> &'static str {
        match T::read(text, &Reading::own_forms()) {
            Ok(_) => "taken",
            Err(refusal) => refusal.code,
        }
    }

    #[test]
    fn several_ip_addresses_stand_in_one_cell() {
        let read = |text| Vec::<IpAddr>::read(text, &Reading::own_forms());
        let two = read("１９２．０．２．１０、 2001:DB8::1;192.0.2.10").unwrap();
        assert_eq!(two.cell(), "192.0.2.10; 2001:db8::1");
        for text in
            ["192.0.2.0/24", "192.168.001.001", "fe80::1%eth0", "0.0.0.0", "192.0.2.10 192.0.2.11", "DHCP"]
        {
            assert_eq!(read(text).unwrap_err().code, "not-an-ip-address", "{text}");
        }
    }

    #[test]
    fn host_names_are_names_alone() {
        assert_eq!("ＰＣ_001".parse::<HostName>().unwrap().as_str(), "PC_001");
        assert_eq!("www.example.jp.".parse::<HostName>().unwrap().as_str(), "www.example.jp");
        for text in ["192.0.2.1", "http://a.jp", "a b", "サーバ", "-a", "a..b"] {
            assert_eq!(code_of::<HostName>(text), "not-a-host-name", "{text}");
        }
    }

    #[test]
    fn addresses_of_services_are_taken_apart() {
        let url: ServiceAddress = "HTTPS://WWW.Example.jp:8443/Path?q=1".parse().unwrap();
        assert_eq!(url.as_str(), "https://www.example.jp:8443/Path?q=1");
        assert_eq!((url.scheme(), url.host(), url.port()), (Some("https"), "www.example.jp", Some(8443)));
        let host: ServiceAddress = "[2001:db8::1]:443".parse().unwrap();
        assert_eq!((host.scheme(), host.host(), host.port()), (None, "2001:db8::1", Some(443)));
        for text in ["https://", "http://a b/", "://x", "a:99999", "https://日本語.jp/", "https://[::1"] {
            assert_eq!(code_of::<ServiceAddress>(text), "not-an-address", "{text}");
        }
    }

    #[test]
    fn a_password_in_an_address_is_refused_and_not_shown() {
        let refusal =
            ServiceAddress::read("https://user:secret@example.jp/", &Reading::own_forms()).unwrap_err();
        assert_eq!(refusal.code, "address-with-password");
        assert!(refusal.secret);
        assert!(!format!("{:?}", refusal.message).contains("secret"));
    }
}
