//! Syslog: the envelope (RFC 3164 with the variations of the field, RFC 5424), and the last resort for messages of programs
//! that no other source knows.
//!
//! Forms that are read:
//! - `<134>1 2026-12-26T03:04:05.123+09:00 host app 123 ID47 [sd] message` (RFC 5424, also without the priority, without
//!   structured data, without the version, and behind an octet count)
//! - `<38>Dec 26 03:04:05 host sshd[123]: message`, without priority, without a host, with a year (`Dec 26 2026 …`,
//!   `2026 Dec 26 …`, `Sat Dec 26 03:04:05 2026 …`), with a zone (`… 03:04:05 JST host`), with the Japanese month
//!   (`12月 26 03:04:05`), with an ISO time instead (rsyslog's file format of today)
//! - OpenWrt's and AIX's facility before the program (`authpriv.info dropbear[1]:`, `auth|security:info sshd[1]:`), Solaris'
//!   `[ID 800047 auth.notice]` after it
//! - a relay's envelope around the first one
//! - `message repeated 3 times: [ … ]` (rsyslog) is read as the message inside; the count stays in [`Envelope::repeated`]

use crate::event::{Event, EventTime, Field, TimeReader};

use super::unix::cut_at;
use super::{Context, Envelope, Form, Line, Refusal, Source, SourceMeta};

/// The last resort: a line with a syslog envelope, whoever wrote it.
#[derive(Debug)]
pub struct Syslog;

static META: SourceMeta = SourceMeta { id: "syslog", product: "syslog", vendor: "" };

impl Source for Syslog {
    fn meta(&self) -> &'static SourceMeta {
        &META
    }

    fn parse<'a>(&self, line: &Line<'a>, _: &Context<'a, '_>, event: &mut Event<'a>) -> Result<(), Refusal> {
        if line.envelope.form == Form::Bare {
            return Err(Refusal::NotMine);
        }
        event.logsource.product = "linux";
        event.logsource.service = "syslog";
        event.set_text(Field::ProcessName, super::unix::program(line.envelope.app));
        Ok(())
    }
}

/// Takes the envelope off a line. A line without one comes back whole, with an empty envelope.
pub fn envelope<'a>(text: &'a str, time: &TimeReader) -> (Envelope<'a>, &'a str) {
    let (mut envelope, mut message) = plain(text, time).unwrap_or_else(|| one(text, time));
    // A relay put its own envelope around: the inner one says who wrote.
    if envelope.form == Form::Rfc3164 && envelope.app.is_empty() && message.starts_with('<') {
        let (inner, rest) = one(message, time);
        if inner.form != Form::Bare {
            (envelope, message) = (inner, rest);
        }
    }
    if let Some(rest) = message.trim_start_matches(' ').strip_prefix("message repeated ")
        && let Some((count, rest)) = rest.split_once(" times: [")
        && let Ok(count) = count.parse()
    {
        envelope.repeated = count;
        message = rest.trim_end().strip_suffix(']').unwrap_or(rest).trim_ascii();
    }
    (envelope, message)
}

/// The commonest form, `Dec 26 03:04:05 gate sshd[123]: message` or with `cron: `, read in one pass; None for everything that
/// needs a second look, which [`one`] takes.
fn plain<'a>(text: &'a str, time: &TimeReader) -> Option<(Envelope<'a>, &'a str)> {
    let (stamp, rest) = time.bsd_head(text)?;
    let (host, rest) = plain_name(rest)?;
    let rest = rest.strip_prefix(' ')?;
    // Names of zones, and facilities, stand where hosts do.
    if matches!(host, "" | "UTC" | "GMT" | "Z" | "JST") || (host.as_bytes().contains(&b'.') && facility(host))
    {
        return None;
    }
    let (app, rest) = plain_name(rest)?;
    if app.is_empty() || app.len() > 64 || matches!(app, "CEF" | "LEEF") {
        return None;
    }
    let (pid, rest) = match rest.strip_prefix('[') {
        Some(inner) => {
            let (pid, rest) = inner.split_at_checked(inner.bytes().position(|b| !b.is_ascii_digit())?)?;
            (pid, rest.strip_prefix(']')?)
        }
        None => ("", rest),
    };
    let message = rest.strip_prefix(": ")?;
    let envelope = Envelope { form: Form::Rfc3164, time: Some(stamp), host, app, pid, ..Envelope::default() };
    Some((envelope, solaris(message)))
}

/// A byte of a plain name of a host or a program.
const fn is_plain(b: u8) -> bool {
    b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.')
}

/// [`is_plain`] for each byte.
const PLAIN: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < table.len() {
        #[expect(clippy::cast_possible_truncation, reason = "below 256")]
        #[expect(clippy::indexing_slicing, reason = "below its length")]
        {
            table[byte] = is_plain(byte as u8);
        }
        byte += 1;
    }
    table
};

/// A plain name at the start, and what follows; None where nothing does.
fn plain_name(text: &str) -> Option<(&str, &str)> {
    let end = text.as_bytes().iter().position(|b| !PLAIN.get(usize::from(*b)).copied().unwrap_or(false))?;
    text.split_at_checked(end)
}

/// Takes one envelope off.
fn one<'a>(text: &'a str, time: &TimeReader) -> (Envelope<'a>, &'a str) {
    let mut envelope = Envelope::default();
    let (priority, rest) = priority(octet_counted(text));
    envelope.priority = priority;
    if let Some(rest) = rest.strip_prefix("1 ")
        && let Some(message) = rfc5424(rest, time, &mut envelope)
    {
        return (envelope, message);
    }
    if let Some(message) = rfc3164(rest, time, &mut envelope) {
        return (envelope, message);
    }
    envelope = Envelope { priority, ..Envelope::default() };
    // `sshd[123]: message` without a time and a host.
    if let Some((app, pid, message)) = tag(rest)
        && !pid.is_empty()
        && pid.bytes().all(|b| b.is_ascii_digit())
        && app.bytes().all(|b| b.is_ascii_alphanumeric() || b"_./()-".contains(&b))
    {
        envelope = Envelope { form: Form::Rfc3164, priority, app, pid, ..Envelope::default() };
        return (envelope, message);
    }
    (envelope, rest)
}

/// Text without the octet count of RFC 6587 (`123 <34>1 …`).
fn octet_counted(text: &str) -> &str {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    match text.as_bytes().first() {
        Some(b) if b.is_ascii_digit() => match text.split_once(' ') {
            Some((count, rest))
                if count.len() <= 6 && rest.starts_with('<') && count.bytes().all(|b| b.is_ascii_digit()) =>
            {
                rest
            }
            _ => text,
        },
        _ => text,
    }
}

/// `<134>` at the start, and what follows. Only values that exist (0 to 191).
fn priority(text: &str) -> (Option<u8>, &str) {
    let inner = text.strip_prefix('<').and_then(|t| t.split_once('>'));
    match inner {
        Some((digits, rest)) if (1..=3).contains(&digits.len()) => match digits.parse::<u8>() {
            Ok(p) if p <= 191 => (Some(p), rest),
            _ => (None, text),
        },
        _ => (None, text),
    }
}

/// RFC 5424 after the version: time, host, program, process id, message id, structured data, message.
fn rfc5424<'a>(text: &'a str, time: &TimeReader, envelope: &mut Envelope<'a>) -> Option<&'a str> {
    let (stamp, rest) = text.split_once(' ')?;
    let parsed = if stamp == "-" { None } else { Some(time.iso(stamp)?) };
    let (host, rest) = rest.split_once(' ').unwrap_or((rest, ""));
    let (app, pid, msgid, structured, message) = rfc5424_tail(rest)?;
    *envelope = Envelope {
        form: Form::Rfc5424,
        priority: envelope.priority,
        time: parsed,
        host: known(host),
        app,
        pid,
        msgid,
        structured,
        ..Envelope::default()
    };
    Some(message)
}

/// The text, or nothing for the nil value.
fn known(text: &str) -> &str {
    if text == "-" { "" } else { text }
}

/// RFC 5424 after the host. Where structured data is left out, what stands there is the message; a line may end early.
fn rfc5424_tail(text: &str) -> Option<(&str, &str, &str, &str, &str)> {
    let mut words = text.splitn(4, ' ');
    let app = words.next()?;
    let pid = words.next().unwrap_or_default();
    let msgid = words.next().unwrap_or_default();
    let rest = words.next().unwrap_or_default();
    let (structured, message) = structured_data(rest).unwrap_or(("", rest));
    let message = message.strip_prefix('\u{feff}').unwrap_or(message);
    Some((known(app), known(pid), known(msgid), structured, message))
}

/// `-` or one or more `[id name="value"…]`, with `\"`, `\\` and `\]` inside values.
fn structured_data(text: &str) -> Option<(&str, &str)> {
    if let Some(rest) = text.strip_prefix('-') {
        return match rest.strip_prefix(' ') {
            Some(message) => Some(("", message)),
            None => rest.is_empty().then_some(("", rest)),
        };
    }
    let mut inside = false;
    let mut quoted = false;
    let mut escaped = false;
    let mut end = 0;
    for (at, c) in text.bytes().enumerate() {
        match c {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' if inside => quoted = !quoted,
            b'[' if !quoted && !inside => inside = true,
            b']' if !quoted && inside => {
                inside = false;
                end = at + 1;
            }
            _ if !inside => break,
            _ => {}
        }
    }
    if end == 0 || inside {
        return None;
    }
    let rest = text.get(end..)?;
    Some((text.get(..end)?, rest.strip_prefix(' ').unwrap_or(rest)))
}

/// RFC 3164: time, host, tag with process id, message.
fn rfc3164<'a>(text: &'a str, time: &TimeReader, envelope: &mut Envelope<'a>) -> Option<&'a str> {
    let (stamp, rest, iso) = match time.bsd_prefix(text) {
        Some((stamp, rest)) => (stamp, rest, false),
        None => match time.iso_prefix(text) {
            Some((stamp, rest)) => (stamp, rest, true),
            None => other_stamp(text, time).map(|(stamp, rest)| (stamp, rest, false))?,
        },
    };
    let (stamp, rest) = zone_after(stamp, rest, text, time);
    let rest = rest.strip_prefix(' ')?.trim_start_matches(' ');
    let (first, after) = rest.split_once(' ')?;
    let (host, rest) = match first {
        f if facility(f) => ("", rest),
        // A host never ends in a colon, unless it is an address: otherwise it is the tag of a line that names no host.
        f if f.ends_with(':') => {
            let stem = f.strip_suffix(':').unwrap_or(f);
            if super::unix::is_ip(f) {
                (f, after)
            } else if super::unix::is_ip(stem) {
                (stem, after)
            } else {
                ("", rest)
            }
        }
        f => match f.strip_prefix('[').and_then(|f| f.strip_suffix(']')) {
            Some(inner) if super::unix::is_ip(inner) => (inner, after),
            _ => (f, after),
        },
    };
    let (host, rest) = forwarded(host, rest.trim_start_matches(' '));
    let rest = without_facility(rest);
    // An ISO time alone makes no syslog: many programs' own logs start with one.
    let sure = !iso || envelope.priority.is_some();
    if !sure && !host.is_empty() && !plain_host(host) {
        return None;
    }
    let (app, pid, message) = match tag(rest) {
        Some((_, "", _)) if !sure && host.is_empty() => return None,
        Some(found) => found,
        None if iso => match unversioned(rest) {
            Some((app, pid, msgid, structured, message)) => {
                envelope.msgid = msgid;
                envelope.structured = structured;
                (app, pid, message)
            }
            None if !sure => return None,
            None => ("", "", rest),
        },
        None => ("", "", rest),
    };
    *envelope = Envelope {
        form: Form::Rfc3164,
        priority: envelope.priority,
        time: Some(stamp),
        host,
        app,
        pid,
        msgid: envelope.msgid,
        structured: envelope.structured,
        ..Envelope::default()
    };
    Some(solaris(message))
}

/// A word that can be a host, and is no log level.
fn plain_host(text: &str) -> bool {
    let level = matches!(
        text,
        "INFO"
            | "WARN"
            | "WARNING"
            | "ERROR"
            | "DEBUG"
            | "TRACE"
            | "FATAL"
            | "NOTICE"
            | "CRITICAL"
            | "SEVERE"
    );
    !level && !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._:".contains(&b))
}

/// RFC 5424 without its version: `app 123 msgid - message`.
fn unversioned(text: &str) -> Option<(&str, &str, &str, &str, &str)> {
    let found = rfc5424_tail(text)?;
    let mut words = text.splitn(4, ' ').skip(1);
    let pid = words.next()?;
    let data = words.nth(1)?;
    let numbered = pid == "-" || (!pid.is_empty() && pid.bytes().all(|b| b.is_ascii_digit()));
    let structured = data == "-" || data.starts_with("- ") || structured_data(data).is_some();
    (numbered && structured).then_some(found)
}

/// Times that start with a weekday or a year: `Sat Dec 26 03:04:05 2026`, `Sat, 26 Dec …` is no syslog, `2026 Dec 26
/// 03:04:05`.
fn other_stamp<'a>(text: &'a str, time: &TimeReader) -> Option<(EventTime, &'a str)> {
    let (first, rest) = text.split_once(' ')?;
    let rest = rest.trim_start_matches(' ');
    if first.len() == 4 && first.starts_with(['1', '2']) && first.bytes().all(|b| b.is_ascii_digit()) {
        let (stamp, after) = with_year(rest, first, time)?;
        return Some((stamp, after));
    }
    let day = matches!(first, "Sun" | "Mon" | "Tue" | "Wed" | "Thu" | "Fri" | "Sat")
        || matches!(first, "日" | "月" | "火" | "水" | "木" | "金" | "土");
    if !day {
        return None;
    }
    let (stamp, after) = time.bsd_prefix(rest)?;
    let year = after.strip_prefix(' ').and_then(|a| a.split_at_checked(4));
    match year {
        Some((year, end))
            if year.bytes().all(|b| b.is_ascii_digit())
                && year.starts_with(['1', '2'])
                && (end.is_empty() || end.starts_with([' ', ':'])) =>
        {
            let (stamp, _) = with_year(rest, year, time)?;
            Some((stamp, end.strip_prefix(" :").or_else(|| end.strip_prefix(':')).unwrap_or(end)))
        }
        _ => Some((stamp, after)),
    }
}

/// `Dec 26 03:04:05…` with a year that stands elsewhere.
fn with_year<'a>(text: &'a str, year: &str, time: &TimeReader) -> Option<(EventTime, &'a str)> {
    let (month, rest) = text.split_once(' ')?;
    let (day, rest) = rest.trim_start_matches(' ').split_once(' ')?;
    let end = rest.find(|c: char| !(c.is_ascii_digit() || matches!(c, ':' | '.'))).unwrap_or(rest.len());
    let (clock, after) = rest.split_at_checked(end)?;
    let clock = clock.trim_end_matches(':');
    let stamp = time.bsd_prefix(&format!("{month} {day} {year} {clock}"))?.0;
    Some((stamp, after))
}

/// A zone's name after the clock, where it is one that means the same everywhere.
fn zone_after<'a>(stamp: EventTime, rest: &'a str, text: &str, time: &TimeReader) -> (EventTime, &'a str) {
    if !rest.as_bytes().get(1).is_some_and(u8::is_ascii_uppercase) {
        return (stamp, rest);
    }
    for (name, hours) in [(" UTC ", 0), (" GMT ", 0), (" Z ", 0), (" JST ", 9)] {
        if let Some(after) = rest.strip_prefix(name) {
            // Read the same clock in the zone that it names.
            let fixed = jiff::tz::Offset::constant(hours).to_time_zone();
            let reader = time.in_zone(crate::event::Zone(fixed));
            let stated = reader.bsd_prefix(text).map_or(stamp, |(t, _)| t);
            let whole = rest.len() - after.len() - 1;
            return (stated, rest.get(whole..).unwrap_or(rest));
        }
    }
    (stamp, rest)
}

/// AIX: `Message forwarded from host: sshd[1]: …`.
fn forwarded<'a>(host: &'a str, rest: &'a str) -> (&'a str, &'a str) {
    match rest.strip_prefix("Message forwarded from ").and_then(|r| r.split_once(": ")) {
        Some((origin, rest)) => (origin, rest),
        None => (host, rest),
    }
}

/// `authpriv.info`, `auth|security:info`.
fn facility(word: &str) -> bool {
    let Some((name, level)) = cut_at(word, b'.').or_else(|| cut_at(word, b':')) else { return false };
    let name = name.split('|').next().unwrap_or(name);
    matches!(
        level,
        "emerg" | "alert" | "crit" | "err" | "error" | "warn" | "warning" | "notice" | "info" | "debug"
    ) && matches!(
        name,
        "kern"
            | "user"
            | "mail"
            | "daemon"
            | "auth"
            | "syslog"
            | "lpr"
            | "news"
            | "uucp"
            | "cron"
            | "authpriv"
            | "ftp"
            | "security"
            | "local0"
            | "local1"
            | "local2"
            | "local3"
            | "local4"
            | "local5"
            | "local6"
            | "local7"
    )
}

/// Text without a facility before the tag.
fn without_facility(text: &str) -> &str {
    // Cheap: only a word with a point or a colon inside can be one.
    match cut_at(text, b' ') {
        Some((word, rest)) if !word.ends_with(':') && facility(word) => rest,
        _ => text,
    }
}

/// Solaris: `[ID 800047 auth.notice] message`.
fn solaris(message: &str) -> &str {
    match message.strip_prefix("[ID ").and_then(|m| m.split_once("] ")) {
        Some((_, rest)) => rest,
        None => message,
    }
}

/// `sshd[123]: message`, `cron: message`, `app[123] message`; None where the text does not start with a tag. CEF and LEEF
/// are no programs.
fn tag(text: &str) -> Option<(&str, &str, &str)> {
    let end = text.bytes().position(|b| matches!(b, b' ' | b':' | b'['))?;
    let (app, rest) = text.split_at_checked(end)?;
    // A program's name holds no `=`: that is the first pair of a list (`date=2026-12-26,time=03:04:05,…`).
    if app.is_empty() || app.len() > 64 || app == "CEF" || app == "LEEF" || app.contains('=') {
        return None;
    }
    let (pid, rest) = match rest.strip_prefix('[') {
        Some(inner) => inner.split_once(']')?,
        None => ("", rest),
    };
    let message = match rest.strip_prefix(':') {
        Some(message) => message,
        None if !pid.is_empty() && pid.bytes().all(|b| b.is_ascii_digit()) && rest.starts_with(' ') => rest,
        None => return None,
    };
    Some((app, pid, message.strip_prefix(' ').unwrap_or(message)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{TimeBasis, Zone};

    fn read(text: &str) -> (Envelope<'_>, &str) {
        envelope(text, &TimeReader::new(Zone::default(), 1_798_934_400))
    }

    fn parts(text: &str) -> (&str, &str, &str, &str) {
        let (e, m) = read(text);
        (e.host, e.app, e.pid, m)
    }

    #[test]
    fn forms_of_rfc_3164() {
        assert_eq!(parts("<38>Dec 26 03:04:05 gate sshd[12]: hello"), ("gate", "sshd", "12", "hello"));
        assert_eq!(parts("12月 26 03:04:05 gate sshd[12]: hello"), ("gate", "sshd", "12", "hello"));
        assert_eq!(parts("Sat Dec 26 03:04:05 2026 gate cron: x"), ("gate", "cron", "", "x"));
        assert_eq!(parts("2026 Dec 26 03:04:05 gate cron: x"), ("gate", "cron", "", "x"));
        assert_eq!(parts("Dec 26 03:04:05 JST gate cron: x"), ("gate", "cron", "", "x"));
        assert_eq!(parts("Dec 26 03:04:05 sshd[12]: x"), ("", "sshd", "12", "x"));
        assert_eq!(parts("Dec 26 03:04:05 2001:db8::1 sshd[12]: x"), ("2001:db8::1", "sshd", "12", "x"));
        assert_eq!(
            parts("Dec 26 03:04:05 a.example.jp su(pam_unix)[2]: x"),
            ("a.example.jp", "su(pam_unix)", "2", "x")
        );
        assert_eq!(
            parts("Sat Dec 26 03:04:05 2026 authpriv.info dropbear[1]: x"),
            ("", "dropbear", "1", "x")
        );
        assert_eq!(parts("Dec 26 03:04:05 gate auth|security:info sshd[1]: x"), ("gate", "sshd", "1", "x"));
        assert_eq!(
            parts("Dec 26 03:04:05 gate sshd[1]: [ID 800047 auth.notice] x"),
            ("gate", "sshd", "1", "x")
        );
        assert_eq!(parts("sshd[12]: x"), ("", "sshd", "12", "x"));
        assert_eq!(
            parts("Dec 26 03:04:05 gate last message repeated 2 times"),
            ("gate", "", "", "last message repeated 2 times")
        );
    }

    #[test]
    fn the_commonest_form_is_read_as_the_others_are() {
        let time = TimeReader::new(Zone::default(), 1_798_934_400);
        for text in [
            "Dec 26 03:04:05 gate sshd[12]: hello",
            "Dec  6 03:04:05 gate.example.jp sudo: hello",
            "Dec 26 03:04:59 gate sshd[12]: [ID 800047 auth.notice] x",
            "Feb 29 03:04:60 gate sshd[12]: x",
        ] {
            let (fast, slow) = (plain(text, &time).unwrap(), one(text, &time));
            assert_eq!(format!("{fast:?}"), format!("{slow:?}"));
        }
        for text in [
            "Dec 26 03:04:05 JST sshd[12]: x",
            "Dec 26 03:04:05 auth.info sshd[12]: x",
            "Dec 26 03:04:05 gate CEF:0|a|b",
            "Dec 26 03:04:05 gate CEF: 0|a|b",
            "Dec 26 03:64:05 gate sshd[12]: x",
            "Dec 32 03:04:05 gate sshd[12]: x",
            "Dec 26 03:04:05 gate last message repeated 2 times",
            "Dec 26 03:04:05 2001:db8::1 sshd[12]: x",
            "Dec 26 2020 03:04:05 gate sshd[12]: x",
        ] {
            assert!(plain(text, &time).is_none(), "{text}");
        }
    }

    #[test]
    fn stated_years_and_zones_are_kept() {
        let (e, _) = read("Sat Dec 26 03:04:05 2020 gate cron: x");
        assert_eq!(e.time.unwrap().timestamp().to_string(), "2020-12-26T03:04:05Z");
        let (e, _) = read("Dec 26 03:04:05 JST gate cron: x");
        assert_eq!(e.time.unwrap().timestamp().to_string(), "2026-12-25T18:04:05Z");
        let (e, _) = read("Dec 26 03:04:05 gate cron: x");
        assert_eq!(e.time.unwrap().basis, TimeBasis::YearInferred);
    }

    #[test]
    fn forms_of_rfc_5424() {
        let line = "<34>1 2026-12-26T03:04:05.003Z gate su - ID47 [a b=\"c ] \\\" d\"] message";
        assert_eq!(parts(line), ("gate", "su", "", "message"));
        assert_eq!(
            parts("75 <34>1 2026-12-26T03:04:05Z gate su 7 - - message"),
            ("gate", "su", "7", "message")
        );
        assert_eq!(parts("<34>1 2026-12-26T03:04:05Z gate su 7 -"), ("gate", "su", "7", ""));
        assert_eq!(
            parts("<34>1 2026-12-26T03:04:05Z gate su 7 - some message"),
            ("gate", "su", "7", "some message")
        );
        assert_eq!(parts("2026-12-26T03:04:05Z gate su 7 - - message"), ("gate", "su", "7", "message"));
    }

    #[test]
    fn a_relay_and_a_repetition() {
        assert_eq!(
            parts("Dec 26 03:04:05 relay <34>Dec 26 03:04:05 gate su[1]: x"),
            ("gate", "su", "1", "x")
        );
        let (e, m) = read("Dec 26 03:04:05 gate sshd[1]: message repeated 5 times: [ Failed password]");
        assert_eq!((e.repeated, m), (5, "Failed password"));
    }

    #[test]
    fn no_envelope() {
        for text in [
            "",
            "hello",
            "2026-12-26 03:04:05,123 [main] ERROR x",
            "date=2026-12-26 time=03:04:05 x=1",
            "<999>x",
            "CEF:0|a|b",
        ] {
            assert_eq!(read(text).0.form, Form::Bare, "{text}");
        }
        assert_eq!(read("2026-12-26 03:04:05 ERROR something broke").0.form, Form::Bare);
    }
}
