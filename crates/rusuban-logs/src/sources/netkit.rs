//! What the network sources share: endpoints, pieces of text, the ECS word lists.

use bumpalo::Bump;

use crate::event::{Event, Field, Value, civil_seconds};

use super::{Form, Line};

/// `event.category` and `event.type` lists under one name each.
macro_rules! lists {
    ($($(#[$doc:meta])* $name:ident = [$($word:literal),+];)*) => {
        $($(#[$doc])* pub(super) const $name: &[Value<'static>] = &[$(Value::Str($word)),+];)*
    };
}

lists! {
    NETWORK = ["network"];
    NETWORK_SESSION = ["network", "session"];
    AUTHENTICATION = ["authentication"];
    /// An administrator's or user's login: who came in, and the session that begins.
    LOGIN = ["authentication", "session"];
    /// A login through a VPN.
    VPN = ["authentication", "network", "session"];
    SESSION = ["session"];
    CONFIGURATION = ["configuration"];
    PROCESS = ["process"];
    HOST = ["host"];
    WEB = ["web"];
    NETWORK_WEB = ["network", "web"];
    INTRUSION = ["intrusion_detection", "network"];
    INTRUSION_WEB = ["intrusion_detection", "web"];
    MALWARE = ["malware", "network"];
    IAM = ["iam"];
    USER_CREATION = ["user", "creation"];
    USER_DELETION = ["user", "deletion"];
    USER_CHANGE = ["user", "change"];
    ADMIN_CHANGE = ["admin", "change"];
    INFO = ["info"];
    START = ["start"];
    END = ["end"];
    CHANGE = ["change"];
    ACCESS = ["access"];
    ERROR = ["error"];
    DENIED = ["denied"];
    ALLOWED = ["allowed"];
    CONNECTION = ["connection"];
    CONNECTION_ALLOWED = ["connection", "allowed"];
    CONNECTION_DENIED = ["connection", "denied"];
    CONNECTION_START = ["connection", "start"];
    CONNECTION_END = ["connection", "end"];
    CONNECTION_ERROR = ["connection", "error"];
    CONNECTION_DENIED_ERROR = ["connection", "denied", "error"];
}

/// An address and its port: `192.0.2.1:5`, `192.0.2.1/5`, `[2001:db8::1]:5`, `2001:db8::1.5` (BSD, YAMAHA), `name:5`, or the
/// address alone.
pub(super) fn endpoint(text: &str) -> (&str, Option<u16>) {
    let text = text.trim();
    if let Some((address, rest)) = text.strip_prefix('[').and_then(|t| t.split_once(']')) {
        return (address, rest.strip_prefix(':').and_then(|p| p.trim().parse().ok()));
    }
    if is_ip(text) {
        return (text, None);
    }
    let with = |separator: char, fits: fn(&str) -> bool| {
        let (address, port) = text.rsplit_once(separator)?;
        let port = port.parse().ok()?;
        fits(address).then_some((address.trim_end(), Some(port)))
    };
    with('/', |a| !a.contains('/'))
        .or_else(|| with(':', |a| !a.contains(':') || is_ip(a)))
        .or_else(|| with('.', |a| a.contains(':')))
        .unwrap_or((text, None))
}

/// True for an IP address of either version.
pub(super) fn is_ip(text: &str) -> bool {
    text.parse::<std::net::IpAddr>().is_ok()
}

/// An IPv6 address in its short form (RFC 5952); anything else as it stands.
pub(super) fn short_ip<'a>(text: &'a str, arena: &'a Bump) -> &'a str {
    if !text.contains(':') {
        return text;
    }
    match text.parse::<std::net::Ipv6Addr>() {
        Ok(ip) => {
            let short = ip.to_string();
            if short == text { text } else { arena.alloc_str(&short) }
        }
        Err(_) => text,
    }
}

/// True for a text that can be an address or a host's name; placeholders such as `<IP>` and `N/A` are none.
fn is_address(text: &str) -> bool {
    !text.is_empty()
        && text.bytes().any(|b| b.is_ascii_alphanumeric())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b':' | b'-' | b'_' | b'%'))
        && !matches!(text, "NA" | "None" | "UNKNOWN" | "unknown" | "localhost")
}

/// Sets `source.*` from `address` or `address:port`.
pub(super) fn set_source<'a>(event: &mut Event<'a>, text: &'a str) {
    let (address, port) = endpoint(text);
    if is_address(address) {
        event.source_address(address);
        if let Some(port) = port {
            event.set(Field::SourcePort, port);
        }
    }
}

/// Sets `destination.*` from `address` or `address:port`.
pub(super) fn set_destination<'a>(event: &mut Event<'a>, text: &'a str) {
    let (address, port) = endpoint(text);
    if is_address(address) {
        event.destination_address(address);
        if let Some(port) = port {
            event.set(Field::DestinationPort, port);
        }
    }
}

/// Sets a field to an IP address, where the text is one.
pub(super) fn set_ip<'a>(event: &mut Event<'a>, field: Field, text: &'a str) {
    if is_ip(text) {
        event.set(field, text);
    }
}

/// Sets a field to a number, where the text is one.
pub(super) fn set_number(event: &mut Event<'_>, field: Field, text: &str) {
    if let Ok(number) = text.trim().parse::<u64>() {
        event.set(field, number);
    }
}

/// Sets `user.name`, and `user.domain` where the text is `name@domain` or `DOMAIN\name`.
pub(super) fn set_user<'a>(event: &mut Event<'a>, text: &'a str) {
    let text = text.trim();
    if let Some((domain, name)) = text.split_once('\\') {
        event.set_text(Field::UserDomain, domain);
        event.set_text(Field::UserName, name.trim_start_matches('\\'));
    } else if let Some((name, domain)) = text.split_once('@') {
        event.set_text(Field::UserName, name);
        event.set_text(Field::UserDomain, domain);
    } else {
        event.set_text(Field::UserName, text);
    }
}

/// What follows the first `start`.
pub(super) fn after<'a>(text: &'a str, start: &str) -> Option<&'a str> {
    text.split_once(start).map(|(_, rest)| rest)
}

/// What stands between the first `start` and the next `end`.
pub(super) fn between<'a>(text: &'a str, start: &str, end: &str) -> Option<&'a str> {
    after(text, start)?.split_once(end).map(|(inner, _)| inner)
}

/// The first word, without the marks that end a sentence or a bracket.
pub(super) fn word(text: &str) -> &str {
    let text = text.trim_start();
    let end = text.find([' ', '\t', ',', ';', ')', '\'', '"']).unwrap_or(text.len());
    text.get(..end).unwrap_or_default().trim_end_matches(['.', ':'])
}

/// A number of ASCII digits alone.
pub(super) fn digits(text: &str) -> Option<u32> {
    text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

/// Seconds since the epoch of three numbers (year, month, day) and a clock `03:04:05`, read as UTC; what follows the clock's
/// seconds is given back.
pub(super) fn seconds<'t>(year: &str, month: u32, day: &str, clock: &'t str) -> Option<(i64, &'t str)> {
    let (clock, rest) = clock.split_at_checked(8)?;
    let mut parts = clock.splitn(3, ':');
    let (hour, minute, second) = (digits(parts.next()?)?, digits(parts.next()?)?, digits(parts.next()?)?);
    let seconds = civil_seconds(i64::from(digits(year)?), month, digits(day)?, hour, minute, second)?;
    Some((seconds, rest))
}

/// Nanoseconds of `.123456`; 0 where the text is no fraction.
pub(super) fn nanos(fraction: &str) -> u32 {
    let mut nanos = 0;
    let mut scale = 100_000_000;
    for digit in fraction.bytes().skip(1).take(9).take_while(u8::is_ascii_digit) {
        nanos += u32::from(digit - b'0') * scale;
        scale /= 10;
    }
    nanos
}

/// The number of a month's three letters, `Jan` to `Dec`.
pub(super) fn month(text: &str) -> Option<u32> {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    (1..).zip(MONTHS).find(|(_, m)| *m == text).map(|(n, _)| n)
}

/// `program[123]: message` or `program: message` at the start of a text.
pub(super) fn tag(text: &str) -> Option<(&str, &str, &str)> {
    let end = text.find([' ', ':', '['])?;
    let (app, rest) = text.split_at_checked(end)?;
    let (pid, rest) = match rest.strip_prefix('[') {
        Some(inner) => inner.split_once(']')?,
        None => ("", rest),
    };
    let message = rest.strip_prefix(':')?;
    (!app.is_empty()).then(|| (app, pid, message.trim_start()))
}

/// The message with what the envelope took for a program's name: for senders that write none.
pub(super) fn untagged<'a>(line: &Line<'a>) -> &'a str {
    let app = line.envelope.app;
    if line.envelope.form != Form::Rfc3164 || app.is_empty() {
        return line.message;
    }
    // Both texts lie in the line: the distance of their starts is the offset.
    let offset = (app.as_ptr() as usize).wrapping_sub(line.text.as_ptr() as usize);
    line.text.get(offset..).unwrap_or(line.message)
}

/// True where `needle` is in `text`, in any case of ASCII letters. For short texts of rare lines.
pub(super) fn has(text: &str, needle: &str) -> bool {
    text.len() >= needle.len()
        && text.as_bytes().windows(needle.len()).any(|w| w.eq_ignore_ascii_case(needle.as_bytes()))
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::event::{TimeReader, Zone, to_json};
    use crate::sources::{Context, Dispatcher, Refusal, SOURCES, Source, json, syslog};

    /// Reads a line the whole way and gives the event as JSON.
    pub(in crate::sources) fn read(text: &str) -> serde_json::Value {
        try_read(text, None).unwrap()
    }

    /// The same, with column names, and the refusal.
    pub(in crate::sources) fn try_read(
        text: &str,
        columns: Option<&[&str]>,
    ) -> Result<serde_json::Value, Refusal> {
        let arena = Bump::new();
        // 2027-01-05T00:00:00Z
        let time = TimeReader::new(Zone::default(), 1_799_107_200);
        let mut event = Event::new(SOURCES.last().unwrap().meta());
        let columns: Option<Vec<&str>> = columns.map(<[&str]>::to_vec);
        Dispatcher::default()
            .read(text, columns.as_deref(), &Context::new(&arena, &time), &mut event)
            .map(|()| to_json(&event, "-"))
    }

    /// The value at a dotted name.
    pub(in crate::sources) fn at<'v>(value: &'v serde_json::Value, path: &str) -> &'v serde_json::Value {
        value.pointer(&format!("/{}", path.replace('.', "/"))).unwrap_or(&serde_json::Value::Null)
    }

    /// Checks `(dotted name, expected text)` pairs.
    pub(in crate::sources) fn check(text: &str, expected: &[(&str, &str)]) {
        let value = read(text);
        for (path, wanted) in expected {
            let found = at(&value, path);
            let found = found.as_str().map_or_else(|| found.to_string(), str::to_owned);
            assert_eq!(found, *wanted, "{path} of {text}\n{value:#}");
        }
    }

    /// Gives one source a text; whatever it says, it must not panic.
    pub(in crate::sources) fn survives(source: &dyn Source, text: &str) {
        let arena = Bump::new();
        let time = TimeReader::new(Zone::default(), 1_799_107_200);
        let (envelope, message) = syslog::envelope(text, &time);
        let json = if message.starts_with('{') { json::parse(message, &arena) } else { None };
        let line = Line { text, envelope, message, json, columns: None };
        let mut event = Event::new(source.meta());
        let _ = source.parse(&line, &Context::new(&arena, &time), &mut event);
    }

    /// Feeds a source arbitrary text, and its own examples cut off at every place.
    pub(in crate::sources) fn never_panics(source: &dyn Source, examples: &[&str]) {
        for example in examples {
            for end in 0..=example.len() {
                if let Some(part) = example.get(..end) {
                    survives(source, part);
                }
                if let Some(part) = example.get(end..) {
                    survives(source, part);
                }
            }
        }
        let mut runner =
            proptest::test_runner::TestRunner::new(proptest::test_runner::Config::with_cases(64));
        let examples: Vec<String> = examples.iter().map(|e| (*e).to_owned()).collect();
        let strategy = (proptest::sample::select(examples), ".{0,40}", 0usize..200);
        runner
            .run(&strategy, |(example, noise, place)| {
                survives(source, &noise);
                let mut mixed = example.clone();
                if mixed.is_char_boundary(place.min(mixed.len())) {
                    mixed.insert_str(place.min(example.len()), &noise);
                }
                survives(source, &mixed);
                Ok(())
            })
            .unwrap();
    }

    #[test]
    fn endpoints() {
        assert_eq!(endpoint("192.0.2.1:80"), ("192.0.2.1", Some(80)));
        assert_eq!(endpoint("192.0.2.1/80"), ("192.0.2.1", Some(80)));
        assert_eq!(endpoint("[2001:db8::1]:443"), ("2001:db8::1", Some(443)));
        assert_eq!(endpoint("2001:db8::1.443"), ("2001:db8::1", Some(443)));
        assert_eq!(endpoint("2001:db8::1"), ("2001:db8::1", None));
        assert_eq!(endpoint("www.example.jp:443"), ("www.example.jp", Some(443)));
        assert_eq!(endpoint("192.0.2.1"), ("192.0.2.1", None));
        assert_eq!(endpoint("192.0.2.1:99999"), ("192.0.2.1:99999", None));
    }

    #[test]
    fn ipv6_in_its_short_form() {
        let arena = Bump::new();
        assert_eq!(short_ip("2001:0db8:0:0:0:0:0:1", &arena), "2001:db8::1");
        assert_eq!(short_ip("192.0.2.1", &arena), "192.0.2.1");
    }
}
