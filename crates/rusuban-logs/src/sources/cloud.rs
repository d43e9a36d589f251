//! What the audit logs of cloud services and identity providers have in common: addresses with ports, lists of names and
//! values, JSON written back as text (Sigma rules search in it), and the kind of a change of accounts.

use bumpalo::Bump;
use bumpalo::collections::{String as ArenaString, Vec as ArenaVec};

use crate::event::{Event, EventTime, Field, TimeBasis, TimeReader, Value, civil_seconds};

use super::json::{self, Json, Object};

/// Pushes one of the source's own fields, unless there is nothing to say.
pub fn own<'a>(event: &mut Event<'a>, name: &'a str, value: Option<Value<'a>>) {
    if let Some(value) = value
        && !value.is_empty()
    {
        event.native.push((name, value));
    }
}

/// Sets an ECS field to a value, unless there is nothing to say.
pub fn set<'a>(event: &mut Event<'a>, field: Field, value: Option<Value<'a>>) {
    match value {
        Some(Value::Str(s)) if filler(s) => {}
        Some(v) if !v.is_empty() => event.set(field, v),
        _ => {}
    }
}

/// Text that stands where there is nothing to say.
pub fn filler(text: &str) -> bool {
    matches!(text, "" | "-" | "<null>" | "null" | "N/A" | "Not Available" | "None" | "unknown" | "Unknown")
}

/// A text that says something.
pub fn said(text: Option<&str>) -> Option<&str> {
    text.filter(|t| !filler(t))
}

/// Sets the source from an address in one of the forms of the field: `192.0.2.1`, `192.0.2.1:50000`, `[2001:db8::1]:50000`,
/// `::ffff:192.0.2.1`, upper case or with leading zeros. The address is set in its canonical form.
pub fn source<'a>(event: &mut Event<'a>, text: &'a str, arena: &'a Bump) {
    let text = text.trim();
    if filler(text) {
        return;
    }
    let (host, port) = host_and_port(text);
    match address(host, arena) {
        Some(ip) => {
            event.set(Field::SourceAddress, ip);
            event.set(Field::SourceIp, ip);
        }
        None => {
            event.set(Field::SourceAddress, host);
        }
    }
    if let Some(port) = port {
        event.set(Field::SourcePort, port);
    }
}

/// Splits `host:port`, `[host]:port`; a bare IPv6 address keeps its colons.
pub fn host_and_port(text: &str) -> (&str, Option<u16>) {
    if let Some((host, rest)) = text.strip_prefix('[').and_then(|t| t.split_once(']')) {
        return (host, rest.strip_prefix(':').and_then(|p| p.parse().ok()));
    }
    match text.split_once(':') {
        Some((host, port)) if !port.contains(':') => match port.parse() {
            Ok(port) => (host, Some(port)),
            Err(_) => (text, None),
        },
        _ => (text, None),
    }
}

/// An IP address in its canonical form (an IPv4-mapped one as IPv4); borrowed where it stands so already.
pub fn address<'a>(text: &'a str, arena: &'a Bump) -> Option<&'a str> {
    let ip: std::net::IpAddr = text.parse().ok()?;
    let ip = ip.to_canonical();
    let mut canonical = ArenaString::new_in(arena);
    std::fmt::Write::write_fmt(&mut canonical, format_args!("{ip}")).ok()?;
    Some(if canonical == text { text } else { canonical.into_bump_str() })
}

/// Sets `user.name`, and `user.domain` (`DOMAIN\name`) or `user.email` (`name@domain`) where the account says them. The name
/// stays whole where `whole` is true (services whose account name is the address).
pub fn account<'a>(event: &mut Event<'a>, text: &'a str, whole: bool) {
    let text = text.trim().trim_end_matches('\\');
    if filler(text) {
        return;
    }
    if let Some((domain, name)) = text.split_once('\\') {
        event.set_text(Field::UserDomain, domain);
        event.set_text(Field::UserName, name);
    } else if let Some((name, domain)) = text.rsplit_once('@') {
        event.set_text(Field::UserName, if whole { text } else { name });
        if domain.contains('.') {
            event.set_text(Field::UserEmail, text);
        }
    } else {
        event.set(Field::UserName, text);
    }
}

/// The value of the first member of a list of `{"Name": …, "Value": …}` objects whose name is `name`, in any case.
pub fn named<'a>(list: &'a [Json<'a>], names: &str, name: &str, values: &str) -> Option<Json<'a>> {
    list.iter()
        .filter_map(|i| i.object())
        .find(|o| o.text(names).is_some_and(|n| n.eq_ignore_ascii_case(name)))
        .and_then(|o| o.get(values))
}

/// The text of such a member, without the quotes and brackets that some services put around it (`"\"x\""`, `["x"]`).
pub fn named_text<'a>(list: &'a [Json<'a>], names: &str, name: &str, values: &str) -> Option<&'a str> {
    named(list, names, name, values).and_then(Json::text).map(bare).filter(|t| !filler(t))
}

/// Takes brackets and quotes off a text that holds one JSON value.
pub fn bare(text: &str) -> &str {
    let text = text.trim();
    let text = text.strip_prefix('[').and_then(|t| t.strip_suffix(']')).unwrap_or(text).trim();
    text.strip_prefix('"').and_then(|t| t.strip_suffix('"')).unwrap_or(text)
}

/// An object at a path that is either there, or is text that holds one.
pub fn inner<'a>(object: Object<'a>, path: &str, arena: &'a Bump) -> Option<Object<'a>> {
    match object.path(path)? {
        Json::Object(o) => Some(o),
        Json::Plain(Value::Str(s)) if s.trim_start().starts_with('{') => json::parse(s.trim(), arena),
        _ => None,
    }
}

/// Values in an arena as one list; one value stands alone.
pub fn list<'a>(arena: &'a Bump, values: &[&'a str]) -> Value<'a> {
    match values {
        [] => Value::Null,
        [one] => Value::Str(one),
        many => Value::List(arena.alloc_slice_fill_iter(many.iter().map(|v| Value::Str(v)))),
    }
}

/// JSON written back as text without blanks, for rules that search in a part of a document.
pub fn written<'a>(value: Json<'a>, arena: &'a Bump) -> &'a str {
    let mut out = ArenaString::new_in(arena);
    write(value, &mut out);
    out.into_bump_str()
}

fn write(value: Json<'_>, out: &mut ArenaString<'_>) {
    match value {
        Json::Plain(Value::Null) => out.push_str("null"),
        Json::Plain(Value::Str(s)) => write_text(s, out),
        Json::Plain(v) => out.push_str(&v.to_text()),
        Json::Array(items) => {
            out.push('[');
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                write(*item, out);
            }
            out.push(']');
        }
        Json::Object(object) => {
            out.push('{');
            for (i, (name, item)) in object.0.iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                write_text(name, out);
                out.push(':');
                write(*item, out);
            }
            out.push('}');
        }
    }
}

fn write_text(text: &str, out: &mut ArenaString<'_>) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => {
                out.push('\\');
                out.push(c);
            }
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c => out.push(c),
        }
    }
    out.push('"');
}

/// A time of a service that states its times in UTC without saying so (`2026-12-26T03:04:05`, `12/26/2026 3:04:05 PM`), or
/// with an offset.
pub fn utc(text: &str, time: &TimeReader) -> Option<EventTime> {
    let text = text.trim();
    match time.iso(text) {
        Some(t) if t.basis == TimeBasis::ZoneAssumed => {
            let mut stated = [0_u8; 48];
            let zoned = stated.get_mut(..=text.len())?;
            let (head, tail) = zoned.split_at_mut(text.len());
            head.copy_from_slice(text.as_bytes());
            tail.copy_from_slice(b"Z");
            time.iso(std::str::from_utf8(zoned).ok()?)
        }
        Some(t) => Some(t),
        None => american(text),
    }
}

/// `12/26/2026 3:04:05 PM`, `12/26/2026 03:04:05 GMT`: month first, UTC.
pub fn american(text: &str) -> Option<EventTime> {
    let mut words = text.split_ascii_whitespace();
    let mut date = words.next()?.split('/');
    let (month, day, year) = (date.next()?.parse().ok()?, date.next()?.parse().ok()?, date.next()?);
    let mut clock = words.next()?.split(':');
    let mut hour: u32 = clock.next()?.parse().ok()?;
    let minute = clock.next()?.parse().ok()?;
    let second = clock.next().map_or(Some(0), |s| s.split('.').next()?.parse().ok())?;
    match words.next() {
        Some("PM") if hour < 12 => hour += 12,
        Some("AM") if hour == 12 => hour = 0,
        Some("AM" | "PM" | "GMT" | "UTC") | None => {}
        Some(_) => return None,
    }
    EventTime::new(civil_seconds(year.parse().ok()?, month, day, hour, minute, second)?, 0, TimeBasis::Stated)
}

/// Whether a text holds a word, in any ASCII case.
pub fn has(text: &str, word: &str) -> bool {
    text.as_bytes().windows(word.len().max(1)).any(|w| w.eq_ignore_ascii_case(word.as_bytes()))
}

/// `event.type` of a change of accounts, groups or rights, from the words of the action. Who gets a role or a right is an
/// `admin` change (a `deletion` where it is taken away); who joins a group, a `group` change. Changes of the roles, of
/// policies and of somebody's own means of signing in are changes and no more.
pub fn iam_types(action: &str) -> &'static [Value<'static>] {
    let any = |words: &[&str]| words.iter().any(|w| has(action, w));
    if any(&["password", "factor", "mfa", "2sv", "totp", "strong authentication", "security info"]) {
        return &[Value::Str("user"), Value::Str("change")];
    }
    if has(action, "device") {
        return &[Value::Str("change")];
    }
    let gone = any(&["delete", "remove", "purge", "deactivat", "detach", "revoke", "unassign"]);
    let made = any(&["create", "add", "invite", "insert", "new-", "provision"]);
    let joins = any(&["member", "assign", "attach", "association", "binding"]);
    let right = any(&["privilege", "grant", "consent", "permission", "delegat", "owner", "authorize"])
        || has(action, "role") && joins;
    let group = has(action, "group") && !has(action, "policy");
    let user = any(&["user", "account", "login"]) && !has(action, "policy");
    match (right, group, user) {
        (true, ..) if gone => &[Value::Str("admin"), Value::Str("deletion")],
        (true, ..) => &[Value::Str("admin"), Value::Str("change")],
        (_, true, _) if joins => &[Value::Str("group"), Value::Str("change")],
        (_, true, _) if gone => &[Value::Str("group"), Value::Str("deletion")],
        (_, true, _) if made => &[Value::Str("group"), Value::Str("creation")],
        (_, true, _) => &[Value::Str("group"), Value::Str("change")],
        (.., true) if gone => &[Value::Str("user"), Value::Str("deletion")],
        // `Add user`, but not `Add … to user`.
        (.., true) if made && !has(action, " to ") => &[Value::Str("user"), Value::Str("creation")],
        (.., true) => &[Value::Str("user"), Value::Str("change")],
        _ if gone => &[Value::Str("deletion")],
        _ if made => &[Value::Str("creation")],
        _ => &[Value::Str("change")],
    }
}

/// Texts of a list of JSON values, in an arena.
pub fn texts<'a>(items: &[Json<'a>], arena: &'a Bump) -> &'a [&'a str] {
    let mut out = ArenaVec::new_in(arena);
    out.extend(items.iter().filter_map(|i| i.text()));
    out.into_bump_slice()
}

/// Marks a sign-in: category, type, whether a second factor was used where the source says so (own field `mfa`).
pub fn sign_in(event: &mut Event<'_>, success: Option<bool>, mfa: Option<bool>) {
    event.category(&[Value::Str("authentication")]);
    event.kind(&[Value::Str("start")]);
    if let Some(success) = success {
        event.outcome(success);
    }
    if let Some(mfa) = mfa {
        event.native.push(("mfa", Value::Bool(mfa)));
    }
}

/// Reads one line in tests of sources.
#[cfg(test)]
pub(crate) mod testing {
    use bumpalo::Bump;

    use crate::event::{Event, Field, TimeReader, Value, Zone};
    use crate::sources::{Context, Line, Refusal, Source, json, syslog};

    /// What a source says to a line.
    pub fn ask(source: &dyn Source, text: &str, check: impl FnOnce(Result<(), Refusal>, &Event<'_>)) {
        let arena = Bump::new();
        let zone = Zone(jiff::tz::TimeZone::get("Asia/Tokyo").unwrap());
        let time = TimeReader::new(zone, 1_798_934_400 + 86_400);
        let (envelope, message) = syslog::envelope(text, &time);
        let json = json::parse(message, &arena);
        let line = Line { text, envelope, message, json, columns: None };
        let mut event = Event::new(source.meta());
        crate::sources::apply(&line, &mut event);
        let context = Context::new(&arena, &time);
        let result = source.parse(&line, &context, &mut event);
        check(result, &event);
    }

    /// Reads a line that the source must take.
    pub fn read(source: &dyn Source, text: &str, check: impl FnOnce(&Event<'_>)) {
        ask(source, text, |result, event| {
            assert_eq!(result, Ok(()), "{text}");
            check(event);
        });
    }

    /// The text of an ECS field; empty where it is not set.
    pub fn shown(event: &Event<'_>, field: &str) -> String {
        event.get(Field::of_name(field).unwrap()).as_ref().map(Value::to_text).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Zone;

    #[test]
    fn addresses_with_ports() {
        assert_eq!(host_and_port("192.0.2.1:500"), ("192.0.2.1", Some(500)));
        assert_eq!(host_and_port("[2001:db8::1]:500"), ("2001:db8::1", Some(500)));
        assert_eq!(host_and_port("2001:db8::1"), ("2001:db8::1", None));
        let arena = Bump::new();
        assert_eq!(address("::ffff:192.0.2.1", &arena), Some("192.0.2.1"));
        assert_eq!(address("2001:0DB8:0::1", &arena), Some("2001:db8::1"));
        assert_eq!(address("host", &arena), None);
    }

    #[test]
    fn times_without_an_offset_are_utc() {
        let zone = Zone(jiff::tz::TimeZone::get("Asia/Tokyo").unwrap());
        let time = TimeReader::new(zone, 1_798_934_400);
        let shown = |t: &str| utc(t, &time).map(|t| t.timestamp().to_string());
        assert_eq!(shown("2026-12-26T03:04:05").as_deref(), Some("2026-12-26T03:04:05Z"));
        assert_eq!(shown("12/26/2026 3:04:05 PM").as_deref(), Some("2026-12-26T15:04:05Z"));
        assert_eq!(shown("12/26/2026 12:04:05 AM").as_deref(), Some("2026-12-26T00:04:05Z"));
        assert_eq!(shown("26/26/2026 12:04:05 AM"), None);
    }

    #[test]
    fn kinds_of_changes() {
        let kinds = |a: &str| iam_types(a).iter().map(Value::to_text).collect::<Vec<_>>().join("+");
        assert_eq!(kinds("Add user"), "user+creation");
        assert_eq!(kinds("Add member to group"), "group+change");
        assert_eq!(kinds("Add member to role"), "admin+change");
        assert_eq!(kinds("DELETE_USER"), "user+deletion");
        assert_eq!(kinds("user.mfa.factor.deactivate"), "user+change");
        assert_eq!(kinds("Update conditional access policy"), "change");
        assert_eq!(kinds("Remove member from role"), "admin+deletion");
        assert_eq!(kinds("UNASSIGN_ROLE"), "admin+deletion");
        assert_eq!(kinds("CREATE_ROLE"), "creation");
        assert_eq!(kinds("Add registered owner to device"), "change");
        assert_eq!(kinds("Add sponsor to user"), "user+change");
        assert_eq!(kinds("Admin registered security info"), "user+change");
        assert_eq!(kinds("Consent to application"), "admin+change");
    }

    #[test]
    fn json_is_written_back() {
        let arena = Bump::new();
        let text = r#"{"a":[{"b":"x\"y"},1,true,null]}"#;
        let object = json::parse(text, &arena).unwrap();
        assert_eq!(written(Json::Object(object), &arena), text);
    }
}
