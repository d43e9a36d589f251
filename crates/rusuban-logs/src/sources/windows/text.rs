//! Texts of Windows values: decoding, fillers, accounts, addresses, paths.

use std::net::IpAddr;

use bumpalo::Bump;

use crate::event::{Event, Field, Value};

/// The text of a value, borrowed where it is text already. UTF-16 is decoded into the arena.
pub(super) fn text<'a>(value: Value<'a>, arena: &'a Bump) -> &'a str {
    match value {
        Value::Str(s) => s,
        Value::Utf16(bytes) => {
            let units = bytes.as_chunks::<2>().0;
            // Nearly all of it is ASCII. Or-ing all units (not stopping at the first that is none) is what the machine does fast.
            let all = units.iter().fold(0, |all, unit| all | u16::from_le_bytes(*unit));
            if all < 0x80 {
                let ascii = arena.alloc_slice_fill_iter(units.iter().map(|[low, _]| *low));
                return std::str::from_utf8(ascii).unwrap_or_default();
            }
            arena.alloc_str(&value.to_text())
        }
        Value::Null => "",
        other => arena.alloc_str(&other.to_text()),
    }
}

/// The text of a native field; None where it is not there or says nothing.
pub(super) fn native<'a>(event: &Event<'a>, name: &str, arena: &'a Bump) -> Option<&'a str> {
    event.native(name).map(|v| text(v, arena)).filter(|t| says(t))
}

/// False for what Windows writes where it has nothing to say.
pub(super) fn says(text: &str) -> bool {
    !matches!(text.trim(), "" | "-" | "N/A" | "%%1793" | "<never>" | "(null)")
}

/// A number, in whatever form it comes.
pub(super) fn number(value: Value<'_>) -> Option<u64> {
    match value {
        Value::UInt(n) | Value::Hex(n) => Some(n),
        Value::Int(n) => Some(n.cast_unsigned()),
        Value::Str(s) => parse_number(s),
        Value::Utf16(b) if b.len() <= 48 => parse_number(&value.to_text()),
        _ => None,
    }
}

/// `123`, `-123`, `0x7b`.
pub(super) fn parse_number(text: &str) -> Option<u64> {
    let text = text.trim();
    match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(hex) => u64::from_str_radix(hex, 16).ok(),
        None => text.parse().ok().or_else(|| text.parse::<i64>().ok().map(i64::cast_unsigned)),
    }
}

/// The last part of a path; empty where it ends in a separator.
pub(super) fn file_name(path: &str) -> &str {
    path.rsplit(['\\', '/']).next().unwrap_or(path)
}

/// Sets a path field and the name that goes with it.
pub(super) fn set_path<'a>(event: &mut Event<'a>, path: Field, name: Field, text: &'a str) {
    if says(text) {
        event.set(path, text);
        event.set_text(name, file_name(text));
    }
}

/// Splits `DOMAIN\user`. A name without a domain, and `user@domain`, stay whole.
pub(super) fn account(text: &str) -> (Option<&str>, &str) {
    match text.split_once('\\') {
        Some((domain, name)) => (says(domain).then_some(domain), name),
        None => (None, text),
    }
}

/// Sets the user from `DOMAIN\user`.
pub(super) fn set_account<'a>(event: &mut Event<'a>, name: Field, domain: Field, account_text: &'a str) {
    let (d, n) = account(account_text);
    if says(n) {
        event.set(name, n);
        if let Some(d) = d {
            event.set(domain, d);
        }
    }
}

/// The address in a text as Windows writes addresses: `::ffff:192.0.2.1`, `fe80::1%11`, `192.0.2.1:443`, `[2001:db8::1]:443`,
/// `\\192.0.2.1`; with its port. None where it is no IP address.
pub(super) fn address(text: &str) -> Option<(&str, Option<u64>)> {
    let text = text.trim().trim_start_matches('\\');
    let ip = |t: &str| t.parse::<IpAddr>().is_ok();
    if let Some(inner) = text.strip_prefix('[') {
        let (inside, rest) = inner.split_once(']')?;
        let inside = inside.split_once('%').map_or(inside, |(a, _)| a);
        return ip(inside).then(|| (unmapped(inside), rest.strip_prefix(':').and_then(parse_number)));
    }
    let bare = text.split_once('%').map_or(text, |(a, _)| a);
    if ip(bare) {
        return Some((unmapped(bare), None));
    }
    let (host, port) = bare.rsplit_once(':')?;
    (ip(host) && !host.contains(':')).then(|| (host, parse_number(port)))
}

/// An IPv4 address that is written as IPv6.
fn unmapped(text: &str) -> &str {
    let Some((head, tail)) = text.rsplit_once(':') else { return text };
    if tail.contains('.') && head.eq_ignore_ascii_case("::ffff") { tail } else { text }
}

/// Sets `source.*` from an address or a host's name. `LOCAL`, the console, says nothing.
pub(super) fn set_source<'a>(event: &mut Event<'a>, text: &'a str) {
    if !says(text) || text.eq_ignore_ascii_case("LOCAL") {
        return;
    }
    if let Some((ip, port)) = address(text) {
        event.set(Field::SourceIp, ip);
        event.set(Field::SourceAddress, ip);
        if let Some(port) = port.filter(|p| *p > 0) {
            event.set(Field::SourcePort, port);
        }
    } else {
        let name = text.trim().trim_start_matches('\\');
        event.set(Field::SourceDomain, name);
        if event.get(Field::SourceAddress).is_none() {
            event.set(Field::SourceAddress, name);
        }
    }
}

/// Sets a port; 0 is none.
pub(super) fn set_port(event: &mut Event<'_>, field: Field, value: Value<'_>) {
    if let Some(port) = number(value).filter(|p| (1..=65535).contains(p)) {
        event.set(field, port);
    }
}

/// `SHA1=…,MD5=…,SHA256=…,IMPHASH=…` as Sysmon writes hashes; in lower case.
pub(super) fn set_hashes<'a>(event: &mut Event<'a>, hashes: &'a str, fields: [Field; 3], arena: &'a Bump) {
    let [md5, sha1, sha256] = fields;
    for part in hashes.split(',') {
        let Some((kind, hash)) = part.split_once('=') else { continue };
        let field = match kind.trim() {
            "MD5" => md5,
            "SHA1" => sha1,
            "SHA256" => sha256,
            _ => continue,
        };
        event.set(field, &*arena.alloc_str(&hash.to_ascii_lowercase()));
    }
}

/// The text between two marks.
pub(super) fn between<'a>(text: &'a str, start: &str, end: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(start)?;
    rest.split_once(end).map(|(inner, _)| inner)
}

/// What stands after `label` and a colon in a message that Windows wrote for people, to the end of its line.
pub(super) fn labelled<'a>(message: &'a str, label: &str) -> Option<&'a str> {
    message.lines().find_map(|line| {
        let rest = line.trim_start().strip_prefix(label)?.trim_start().strip_prefix(':')?;
        Some(rest.trim()).filter(|t| says(t))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_as_windows_writes_them() {
        assert_eq!(address("::ffff:192.0.2.1"), Some(("192.0.2.1", None)));
        assert_eq!(address("::FFFF:192.0.2.1"), Some(("192.0.2.1", None)));
        assert_eq!(address("192.0.2.1:443"), Some(("192.0.2.1", Some(443))));
        assert_eq!(address("[2001:db8::1]:443"), Some(("2001:db8::1", Some(443))));
        assert_eq!(address("fe80::1%11"), Some(("fe80::1", None)));
        assert_eq!(address("::1"), Some(("::1", None)));
        assert_eq!(address(r"\\192.0.2.1"), Some(("192.0.2.1", None)));
        assert_eq!(address("LOCAL"), None);
        assert_eq!(address("PC01"), None);
    }

    #[test]
    fn accounts_and_numbers() {
        assert_eq!(account(r"CORP\taro"), (Some("CORP"), "taro"));
        assert_eq!(account("taro@corp.example"), (None, "taro@corp.example"));
        assert_eq!(parse_number("0x3e7"), Some(999));
        assert_eq!(parse_number("-9214364837600034816"), Some(0x8020_0000_0000_0000));
    }
}
