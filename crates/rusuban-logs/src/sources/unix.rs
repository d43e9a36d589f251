//! What the sources of Unix-like systems share: names of programs, users and addresses in messages, ECS categories.

use crate::event::{Event, Field, Value};

/// `event.category` authentication.
pub(super) const AUTHENTICATION: &[Value<'static>] = &[Value::Str("authentication")];
/// `event.category` of a login that opens a session.
pub(super) const LOGIN: &[Value<'static>] = &[Value::Str("authentication"), Value::Str("session")];
/// `event.category` session.
pub(super) const SESSION: &[Value<'static>] = &[Value::Str("session")];
/// `event.category` network.
pub(super) const NETWORK: &[Value<'static>] = &[Value::Str("network")];
/// `event.category` process.
pub(super) const PROCESS: &[Value<'static>] = &[Value::Str("process")];
/// `event.category` configuration.
pub(super) const CONFIGURATION: &[Value<'static>] = &[Value::Str("configuration")];
/// `event.category` iam.
pub(super) const IAM: &[Value<'static>] = &[Value::Str("iam")];
/// `event.category` email.
pub(super) const EMAIL: &[Value<'static>] = &[Value::Str("email")];
/// `event.category` file.
pub(super) const FILE: &[Value<'static>] = &[Value::Str("file")];
/// `event.category` malware.
pub(super) const MALWARE: &[Value<'static>] = &[Value::Str("malware")];
/// `event.category` host.
pub(super) const HOST: &[Value<'static>] = &[Value::Str("host")];
/// `event.category` web.
pub(super) const WEB: &[Value<'static>] = &[Value::Str("web"), Value::Str("network")];
/// `event.type` start.
pub(super) const START: &[Value<'static>] = &[Value::Str("start")];
/// `event.type` end.
pub(super) const END: &[Value<'static>] = &[Value::Str("end")];
/// `event.type` info.
pub(super) const INFO: &[Value<'static>] = &[Value::Str("info")];
/// `event.type` denied.
pub(super) const DENIED: &[Value<'static>] = &[Value::Str("denied")];
/// `event.type` change.
pub(super) const CHANGE: &[Value<'static>] = &[Value::Str("change")];
/// `event.type` error.
pub(super) const ERROR: &[Value<'static>] = &[Value::Str("error")];
/// `event.type` access.
pub(super) const ACCESS: &[Value<'static>] = &[Value::Str("access")];
/// `event.type` protocol.
pub(super) const PROTOCOL: &[Value<'static>] = &[Value::Str("protocol")];
/// `event.type` deletion.
pub(super) const DELETION: &[Value<'static>] = &[Value::Str("deletion")];
/// `event.type` creation.
pub(super) const CREATION: &[Value<'static>] = &[Value::Str("creation")];

/// Sets category, type and action at once.
pub(super) fn mark<'a>(
    event: &mut Event<'a>,
    category: &'static [Value<'static>],
    kind: &'static [Value<'static>],
    action: &'a str,
) {
    event.category(category);
    event.kind(kind);
    event.set(Field::EventAction, action);
}

/// The program's bare name: without its path, without what PAM or rsyslog put behind it (`su(pam_unix)`,
/// `rsyslogd-2177`).
pub(super) fn program(app: &str) -> &str {
    let name = if app.starts_with('/') { app.rsplit_once('/').map_or(app, |(_, n)| n) } else { app };
    let name = cut_at(name, b'(').map_or(name, |(n, _)| n);
    match name.rsplit_once('-').filter(|_| name.ends_with(|c: char| c.is_ascii_digit())) {
        Some((n, digits)) if !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) => n,
        _ => name,
    }
}

/// Sets `user.name`, and `user.domain` where the name is written `name@domain` or `DOMAIN\name`.
pub(super) fn user<'a>(event: &mut Event<'a>, name: &'a str) {
    // Most names are plain: one look says so.
    if memchr::memchr2(b'@', b'\\', name.as_bytes()).is_none() {
        event.set_text(Field::UserName, name);
    } else if let Some((name, domain)) = name.split_once('@')
        && !name.is_empty()
        && !domain.is_empty()
    {
        event.set(Field::UserName, name);
        event.set(Field::UserDomain, domain);
    } else if let Some((domain, name)) = name.split_once('\\')
        && !name.is_empty()
        && !domain.is_empty()
    {
        event.set(Field::UserName, name.trim_start_matches('\\'));
        event.set(Field::UserDomain, domain);
    } else {
        event.set_text(Field::UserName, name);
    }
}

/// Sets the source's address; an IPv6 scope (`fe80::1%eth0`) stays in `source.address` alone.
pub(super) fn source<'a>(event: &mut Event<'a>, text: &'a str) {
    if matches!(text, "" | "UNKNOWN" | "unknown" | "?" | "-") {
        return;
    }
    match cut_at(text, b'%') {
        Some((ip, _)) if ip.contains(':') => {
            event.source_address(ip);
            event.set(Field::SourceAddress, text);
        }
        _ => event.source_address(text),
    }
}

/// Sets a field to the number that a text spells, if it does.
pub(super) fn number(event: &mut Event<'_>, field: Field, text: &str) {
    if let Ok(n) = text.parse::<u64>() {
        event.set(field, n);
    }
}

/// Sets a port.
pub(super) fn port(event: &mut Event<'_>, field: Field, text: &str) {
    if let Ok(n) = text.parse::<u16>() {
        event.set(field, n);
    }
}

/// The first word, and what follows the blanks after it.
pub(super) fn word(text: &str) -> (&str, &str) {
    match cut_at(text, b' ') {
        Some((first, rest)) => (first, rest.trim_start_matches(' ')),
        None => (text, ""),
    }
}

/// What stands between two marks.
pub(super) fn between<'a>(text: &'a str, before: &str, after: &str) -> Option<&'a str> {
    Some(cut(cut(text, before)?.1, after)?.0)
}

/// What stands before and after the first `mark`, a sign of ASCII; see [`cut`].
#[inline]
pub(super) fn cut_at(text: &str, mark: u8) -> Option<(&str, &str)> {
    let at = memchr::memchr(mark, text.as_bytes())?;
    Some((text.get(..at)?, text.get(at + 1..)?))
}

/// What stands before and after the first `mark`, as [`str::split_once`] finds it. That prepares each search anew, which takes
/// longer than to look through the few words of a message.
#[inline]
pub(super) fn cut<'a>(text: &'a str, mark: &str) -> Option<(&'a str, &'a str)> {
    let (bytes, mark) = (text.as_bytes(), mark.as_bytes());
    let at = memchr::memchr_iter(*mark.first()?, bytes).find(|at| stands_at(bytes, *at, mark))?;
    Some((text.get(..at)?, text.get(at + mark.len()..)?))
}

/// The same for the last one.
#[inline]
pub(super) fn cut_last<'a>(text: &'a str, mark: &str) -> Option<(&'a str, &'a str)> {
    let (bytes, mark) = (text.as_bytes(), mark.as_bytes());
    let at = memchr::memrchr_iter(*mark.first()?, bytes).find(|at| stands_at(bytes, *at, mark))?;
    Some((text.get(..at)?, text.get(at + mark.len()..)?))
}

#[inline]
fn stands_at(text: &[u8], at: usize, mark: &[u8]) -> bool {
    text.get(at..).is_some_and(|rest| rest.starts_with(mark))
}

/// Text without the quotes around it: `"x"`, `'x'`, `` `x' ``, `[x]`, `<x>`.
pub(super) fn unquote(text: &str) -> &str {
    let text = text.trim();
    let inner = |open: char, close: char| text.strip_prefix(open).and_then(|t| t.strip_suffix(close));
    inner('"', '"')
        .or_else(|| inner('\'', '\''))
        .or_else(|| inner('`', '\''))
        .or_else(|| inner('[', ']'))
        .or_else(|| inner('<', '>'))
        .unwrap_or(text)
}

/// True for text that is an IP address.
pub(super) fn is_ip(text: &str) -> bool {
    text.parse::<std::net::IpAddr>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_cut_as_the_standard_library_cuts_them() {
        for text in ["", " for", " for ", "a for b for c", "a fo b for ", "  for  for", "留守 for 番"] {
            assert_eq!(cut(text, " for "), text.split_once(" for "));
            assert_eq!(cut_last(text, " for "), text.rsplit_once(" for "));
            assert_eq!(cut_at(text, b'o'), text.split_once('o'));
        }
    }
}

#[cfg(test)]
pub(super) mod test {
    //! What the tests of these sources share.

    use bumpalo::Bump;

    use crate::event::{Event, TimeReader, Zone, to_json};
    use crate::sources::{Context, Dispatcher, SOURCES};

    /// Reads a line as a file that holds it alone would be read; JSON null where nobody takes it.
    pub fn read(text: &str) -> serde_json::Value {
        let arena = Bump::new();
        // 2026-11-24T00:00:00Z
        let time = TimeReader::new(Zone::default(), 1_795_478_400);
        let mut event = Event::new(SOURCES.last().unwrap().meta());
        let context = Context::new(&arena, &time);
        match Dispatcher::default().read(text, None, &context, &mut event) {
            Ok(()) => to_json(&event, "-"),
            Err(_) => serde_json::Value::Null,
        }
    }

    /// The value at a dotted path, as text; empty where it is not there.
    pub fn at(value: &serde_json::Value, path: &str) -> String {
        let found = path.split('.').try_fold(value, |v, name| v.get(name));
        match found {
            Some(serde_json::Value::String(s)) => s.clone(),
            Some(other) => other.to_string(),
            None => String::new(),
        }
    }

    /// Reads a line and checks values at dotted paths.
    pub fn check(text: &str, expected: &[(&str, &str)]) {
        let got = read(text);
        for (path, value) in expected {
            assert_eq!(at(&got, path), *value, "{path} of {text}: {got}");
        }
    }
}
