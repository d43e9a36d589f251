//! What the sources of firewalls share: finding a CEF message in a line, addresses with ports, users with domains, and the
//! names that Sigma's firewall rules ask for.

use std::net::{IpAddr, Ipv6Addr};

use bumpalo::Bump;

use crate::event::{Event, Field, Value};

use super::Line;

/// `event.category` of a connection.
pub const NETWORK: &[Value] = &[Value::Str("network")];
/// `event.category` of a login over the network that opens a session.
pub const LOGIN: &[Value] = &[Value::Str("authentication"), Value::Str("session")];
/// `event.category` of a VPN login.
pub const VPN_LOGIN: &[Value] = &[Value::Str("authentication"), Value::Str("session"), Value::Str("network")];
/// `event.category` of a VPN session that goes on or ends.
pub const VPN_SESSION: &[Value] = &[Value::Str("session"), Value::Str("network")];
/// `event.category` of an authentication alone.
pub const AUTHENTICATION: &[Value] = &[Value::Str("authentication")];
/// `event.category` of a changed configuration.
pub const CONFIGURATION: &[Value] = &[Value::Str("configuration")];
/// `event.category` of a changed account.
pub const IAM: &[Value] = &[Value::Str("iam"), Value::Str("configuration")];
/// `event.category` of an attack seen in traffic.
pub const INTRUSION: &[Value] = &[Value::Str("intrusion_detection"), Value::Str("network")];
/// `event.category` of malware seen in traffic.
pub const MALWARE: &[Value] = &[Value::Str("malware"), Value::Str("network")];
/// `event.category` of a web request.
pub const WEB: &[Value] = &[Value::Str("web"), Value::Str("network")];
/// `event.category` of the device itself.
pub const HOST: &[Value] = &[Value::Str("host")];

/// `event.type`.
pub const INFO: &[Value] = &[Value::Str("info")];
/// `event.type`.
pub const START: &[Value] = &[Value::Str("start")];
/// `event.type`.
pub const END: &[Value] = &[Value::Str("end")];
/// `event.type`.
pub const CHANGE: &[Value] = &[Value::Str("change")];
/// `event.type`.
pub const DENIED: &[Value] = &[Value::Str("denied")];
/// `event.type` of a VPN session's begin.
pub const CONNECTION_START: &[Value] = &[Value::Str("connection"), Value::Str("start")];
/// `event.type` of a VPN session's end.
pub const CONNECTION_END: &[Value] = &[Value::Str("connection"), Value::Str("end")];
/// `event.type` of news of a session.
pub const CONNECTION_INFO: &[Value] = &[Value::Str("connection"), Value::Str("info")];
/// `event.type` of a connection that was let through.
pub const CONNECTION_ALLOWED: &[Value] = &[Value::Str("connection"), Value::Str("allowed")];
/// `event.type` of a connection that begins.
pub const CONNECTION_ALLOWED_START: &[Value] =
    &[Value::Str("connection"), Value::Str("start"), Value::Str("allowed")];
/// `event.type` of a connection that ended.
pub const CONNECTION_ALLOWED_END: &[Value] =
    &[Value::Str("connection"), Value::Str("end"), Value::Str("allowed")];
/// `event.type` of a connection that was refused.
pub const CONNECTION_DENIED: &[Value] = &[Value::Str("connection"), Value::Str("denied")];
/// `event.type` of a VPN connection that could not be made.
pub const CONNECTION_ERROR: &[Value] = &[Value::Str("connection"), Value::Str("error"), Value::Str("denied")];
/// `event.type` of a created account.
pub const USER_CREATION: &[Value] = &[Value::Str("user"), Value::Str("creation")];
/// `event.type` of a changed account.
pub const USER_CHANGE: &[Value] = &[Value::Str("user"), Value::Str("change")];
/// `event.type` of a deleted account.
pub const USER_DELETION: &[Value] = &[Value::Str("user"), Value::Str("deletion")];
/// `event.type` of a created administrator.
pub const ADMIN_CREATION: &[Value] = &[Value::Str("admin"), Value::Str("user"), Value::Str("creation")];
/// `event.type` of a changed administrator.
pub const ADMIN_CHANGE: &[Value] = &[Value::Str("admin"), Value::Str("user"), Value::Str("change")];
/// `event.type` of a deleted administrator.
pub const ADMIN_DELETION: &[Value] = &[Value::Str("admin"), Value::Str("user"), Value::Str("deletion")];
/// `event.type` of a changed group.
pub const GROUP_CHANGE: &[Value] = &[Value::Str("group"), Value::Str("change")];

/// The CEF message in a line: from `CEF:`, or from the version on where a collector cut `CEF:` off. Nothing is parsed yet.
pub fn cef_body<'a>(line: &Line<'a>) -> Option<&'a str> {
    // The header of an envelope is short; `CEF:` further on belongs to somebody's text.
    memchr::memchr(b'|', line.text.as_bytes())?;
    if let Some(at) =
        memchr::memmem::find(line.text.as_bytes().get(..400).unwrap_or(line.text.as_bytes()), b"CEF:")
        && is_version(line.text, at + 4)
    {
        return line.text.get(at..);
    }
    let digits = line.message.bytes().take(3).take_while(u8::is_ascii_digit).count();
    (matches!(digits, 1 | 2) && line.message.as_bytes().get(digits) == Some(&b'|')).then_some(line.message)
}

/// Whether a line ends right behind the name of a format (`CEF:`, `LEEF:`) and some of its version: a message that was cut
/// off before its first bar.
pub fn ends_at_version(line: &Line<'_>, name: &str) -> bool {
    let head = line.text.trim_end().trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
    head.strip_suffix(name).is_some_and(|before| before.is_empty() || before.ends_with([' ', ':']))
}

/// The LEEF message in a line.
pub fn leef_body<'a>(line: &Line<'a>) -> Option<&'a str> {
    memchr::memchr(b'|', line.text.as_bytes())?;
    let head = line.text.as_bytes().get(..400).unwrap_or(line.text.as_bytes());
    let at = memchr::memmem::find(head, b"LEEF:")?;
    if is_version(line.text, at + 5) { line.text.get(at..) } else { None }
}

/// Whether a number stands there: words about a format (`no CEF: …`) have none.
fn is_version(text: &str, at: usize) -> bool {
    text.get(at..).is_some_and(|rest| rest.trim_start().starts_with(|c: char| c.is_ascii_digit()))
}

/// True where the header of a CEF or LEEF message names `vendor` in its first fields.
pub fn names_vendor(body: &str, vendor: &str) -> bool {
    body.split('|').skip(1).take(2).any(|field| field.trim().eq_ignore_ascii_case(vendor))
}

/// True for text that stands in the place of nothing.
pub fn is_filler(text: &str) -> bool {
    matches!(text, "" | "-" | "N/A" | "n/a" | "(null)" | "null" | "None" | "none" | "*****")
}

/// The first of the source's own fields among `names` that says something.
pub fn text<'a>(event: &Event<'a>, names: &[&str]) -> Option<&'a str> {
    names.iter().find_map(|n| event.native_text(n).filter(|t| !is_filler(t)))
}

/// The first of the source's own fields among `names` that is a number.
pub fn number(event: &Event<'_>, names: &[&str]) -> Option<u64> {
    names.iter().find_map(|n| match event.native(n)? {
        Value::UInt(n) => Some(n),
        Value::Int(n) => u64::try_from(n).ok(),
        Value::Str(s) => s.trim().parse().ok(),
        _ => None,
    })
}

/// Copies the first field that says something to an ECS field.
pub fn copy(event: &mut Event<'_>, field: Field, names: &[&str]) {
    if let Some(t) = text(event, names) {
        event.set(field, t);
    }
}

/// Copies the first field that is a number to an ECS field.
pub fn copy_number(event: &mut Event<'_>, field: Field, names: &[&str]) {
    if let Some(n) = number(event, names) {
        event.set(field, n);
    }
}

/// Sets a port, if the text is one.
pub fn port(event: &mut Event<'_>, field: Field, text: &str) {
    if let Ok(port) = text.trim().parse::<u16>() {
        event.set(field, port);
    }
}

/// Copies the first field that is a port.
pub fn copy_port(event: &mut Event<'_>, field: Field, names: &[&str]) {
    if let Some(port) = number(event, names).and_then(|n| u16::try_from(n).ok()) {
        event.set(field, port);
    }
}

/// An address that stands for none.
fn is_nowhere(text: &str) -> bool {
    is_filler(text) || matches!(text, "0.0.0.0" | "::" | "::ffff:0" | "::ffff:0.0.0.0")
}

/// Sets the source's address, unless the text stands for none.
pub fn source<'a>(event: &mut Event<'a>, text: &'a str) {
    let text = text.trim();
    if !is_nowhere(text) {
        event.source_address(text);
    }
}

/// Sets the destination's address, unless the text stands for none.
pub fn destination<'a>(event: &mut Event<'a>, text: &'a str) {
    let text = text.trim();
    if !is_nowhere(text) {
        event.destination_address(text);
    }
}

/// Sets an address field, if the text is an IP address of somebody.
pub fn ip<'a>(event: &mut Event<'a>, field: Field, text: &'a str) {
    let text = text.trim();
    if !is_nowhere(text) && text.parse::<IpAddr>().is_ok() {
        event.set(field, text);
    }
}

/// Copies the first field that is an IP address of somebody.
pub fn copy_ip(event: &mut Event<'_>, field: Field, names: &[&str]) {
    let found = names
        .iter()
        .find_map(|n| event.native_text(n).filter(|t| !is_nowhere(t) && t.parse::<IpAddr>().is_ok()));
    if let Some(found) = found {
        event.set(field, found);
    }
}

/// `192.0.2.1:443`, `192.0.2.1/443`, `[2001:db8::1]:443`, `2001:db8:…:1:443` (eight groups and a port) as address and port.
pub fn address_port(text: &str) -> (&str, Option<u16>) {
    if let Some((address, rest)) = text.strip_prefix('[').and_then(|t| t.split_once(']')) {
        return (address, rest.strip_prefix([':', '/']).and_then(|p| p.parse().ok()));
    }
    if let Some((address, port)) = text.rsplit_once('/') {
        return (address, port.parse().ok());
    }
    if text.parse::<Ipv6Addr>().is_ok() {
        return (text, None);
    }
    match text.rsplit_once(':') {
        Some((address, port)) if port.parse::<u16>().is_ok() => (address, port.parse().ok()),
        _ => (text, None),
    }
}

/// A user as firewalls write one: `DOMAIN\name`, `name@domain`, `domain/name` is left whole. Gives name and domain.
pub fn user_domain(text: &str) -> (&str, &str) {
    let text = text.trim();
    if let Some((domain, name)) = text.rsplit_once('\\') {
        return (name, domain.trim_end_matches('\\'));
    }
    match text.rsplit_once('@') {
        Some((name, domain)) if !name.is_empty() && !domain.is_empty() => (name, domain),
        _ => (text, ""),
    }
}

/// Sets `user.name` and `user.domain`.
pub fn user<'a>(event: &mut Event<'a>, text: &'a str) {
    let (name, domain) = user_domain(text);
    if is_filler(name) {
        return;
    }
    event.set(Field::UserName, name);
    event.set_text(Field::UserDomain, domain);
}

/// Sets `network.transport` and `network.iana_number` of a protocol's number or name.
pub fn transport<'a>(event: &mut Event<'a>, text: &'a str, arena: &'a Bump) {
    let text = text.trim();
    if is_filler(text) {
        return;
    }
    if let Ok(number) = text.parse::<u8>() {
        event.set(Field::NetworkIanaNumber, u64::from(number));
        let name = match number {
            1 => "icmp",
            2 => "igmp",
            6 => "tcp",
            17 => "udp",
            47 => "gre",
            50 => "esp",
            51 => "ah",
            58 => "ipv6-icmp",
            132 => "sctp",
            _ => return,
        };
        event.set(Field::NetworkTransport, name);
    } else {
        event.set(Field::NetworkTransport, lower(text, arena));
    }
}

/// The text in small letters.
pub fn lower<'a>(text: &'a str, arena: &'a Bump) -> &'a str {
    if text.bytes().any(|b| b.is_ascii_uppercase()) {
        arena.alloc_str(&text.to_ascii_lowercase())
    } else {
        text
    }
}

/// Takes `\"` and `\\` out, and nothing else: `CORP\naoki` is a user, no line break. Borrows where there is none.
pub fn unquote<'a>(text: &'a str, arena: &'a Bump) -> &'a str {
    if !text.contains("\\\"") && !text.contains("\\\\") {
        return text;
    }
    let mut out = bumpalo::collections::String::with_capacity_in(text.len(), arena);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match (c, chars.peek()) {
            ('\\', Some('"' | '\\')) => out.extend(chars.next()),
            _ => out.push(c),
        }
    }
    out.into_bump_str()
}

/// Says whether the connection was refused, in the field by which Sigma's `category: firewall` rules ask where a device has
/// words of its own for its actions.
pub fn say_blocked(event: &mut Event<'_>, denied: bool) {
    if event.native("blocked").is_none() {
        event.native.push(("blocked", Value::Str(if denied { "true" } else { "false" })));
    }
}

/// Sets a country's field: codes of two letters and names apart; `Reserved` and `R1` stand for private addresses.
pub fn country<'a>(event: &mut Event<'a>, code: Field, name: Field, text: &'a str) {
    let text = text.trim();
    if is_filler(text) || matches!(text, "Reserved" | "R1" | "ZZ" | "XX" | "Unknown" | "unknown") {
        return;
    }
    match text.as_bytes() {
        [a, b] if a.is_ascii_uppercase() && b.is_ascii_uppercase() => event.set(code, text),
        _ => event.set(name, text),
    }
}

/// A duration of `1h:02m:03s`, `0:02:32`, `1d 2h` or seconds, in nanoseconds (ECS `event.duration`).
pub fn duration(event: &mut Event<'_>, text: &str) {
    let mut seconds: u64 = 0;
    let mut clock: u64 = 0;
    let mut is_clock = false;
    let mut digits: Option<u64> = None;
    for c in text.trim().chars() {
        match c {
            '0'..='9' => {
                let d = u64::from(c.to_digit(10).unwrap_or(0));
                digits = Some(digits.unwrap_or(0).saturating_mul(10).saturating_add(d));
            }
            'd' | 'h' | 'm' | 's' => {
                let unit = match c {
                    'd' => 86_400,
                    'h' => 3600,
                    'm' => 60,
                    _ => 1,
                };
                seconds = seconds.saturating_add(digits.take().unwrap_or(0).saturating_mul(unit));
            }
            ':' => {
                if let Some(n) = digits.take() {
                    is_clock = true;
                    clock = clock.saturating_add(n).saturating_mul(60);
                }
            }
            ' ' => {}
            _ => return,
        }
    }
    let rest = digits.unwrap_or(0);
    let total = if is_clock { clock.saturating_add(rest) } else { rest }.saturating_add(seconds);
    event.set(Field::EventDuration, total.saturating_mul(1_000_000_000));
}

/// Sets `url.*` from a full URL (`https://host:443/path?query`), or from `host/path`, or from a path.
pub fn url<'a>(event: &mut Event<'a>, text: &'a str) {
    if is_filler(text) {
        return;
    }
    event.set(Field::UrlOriginal, text);
    let rest = match text.split_once("://") {
        Some((scheme, rest)) => {
            event.set_text(Field::UrlScheme, scheme);
            event.set(Field::UrlFull, text);
            rest
        }
        None => text,
    };
    let at = rest.find(['/', '?']).unwrap_or(rest.len());
    let (host, path) = rest.split_at_checked(at).unwrap_or((rest, ""));
    let (host, port) = address_port(host);
    if host.contains('.') || !event.text(Field::UrlScheme).unwrap_or_default().is_empty() {
        event.set_text(Field::UrlDomain, host);
        if let Some(port) = port {
            event.set(Field::UrlPort, port);
        }
    }
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    event.set_text(Field::UrlPath, path);
    event.set_text(Field::UrlQuery, query);
}

/// The text between `from` and `to` in `text`; to the end where `to` does not follow.
pub fn between<'a>(text: &'a str, from: &str, to: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(from)?;
    Some(rest.split_once(to).map_or(rest, |(found, _)| found))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_ports() {
        assert_eq!(address_port("192.0.2.1:443"), ("192.0.2.1", Some(443)));
        assert_eq!(address_port("192.0.2.1/443"), ("192.0.2.1", Some(443)));
        assert_eq!(address_port("192.0.2.1"), ("192.0.2.1", None));
        assert_eq!(address_port("[2001:db8::1]:443"), ("2001:db8::1", Some(443)));
        assert_eq!(address_port("2001:db8::1"), ("2001:db8::1", None));
        assert_eq!(address_port("fe80:1:2:3:4:5:6:7:80"), ("fe80:1:2:3:4:5:6:7", Some(80)));
    }

    #[test]
    fn users_and_domains() {
        assert_eq!(user_domain(r"CORP\taro"), ("taro", "CORP"));
        assert_eq!(user_domain(r"example.com\\taro"), ("taro", "example.com"));
        assert_eq!(user_domain("taro@example.com"), ("taro", "example.com"));
        assert_eq!(user_domain("taro"), ("taro", ""));
    }

    #[test]
    fn quotes_go_and_users_stay() {
        let arena = Bump::new();
        assert_eq!(unquote(r"CORP\naoki", &arena), r"CORP\naoki");
        assert_eq!(unquote(r#"say \"no\""#, &arena), r#"say "no""#);
    }

    #[test]
    fn durations() {
        let mut event = Event::new(super::super::SOURCES.last().unwrap().meta());
        for (text, seconds) in
            [("6h:33m:18s", 23_598), ("0:02:32", 152), ("37", 37), ("1d 2h:00m:01s", 93_601)]
        {
            duration(&mut event, text);
            assert_eq!(event.get(Field::EventDuration), Some(Value::UInt(seconds * 1_000_000_000)));
        }
    }
}
