//! Syslog: the envelope (RFC 3164 with the variations of the field, RFC 5424), and the last resort for messages of programs
//! that no other source knows.
//!
//! Forms that are read:
//! - `<134>1 2026-12-26T03:04:05.123+09:00 host app 123 ID47 [sd] message` (RFC 5424, also without the priority)
//! - `<38>Dec 26 03:04:05 host sshd[123]: message`, without priority, with a year (Cisco), with the Japanese month
//!   (`12月 26 03:04:05`), with an ISO time instead (rsyslog's file format of today)

use crate::event::{Event, Field, TimeReader};

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
        event.set_text(Field::ProcessName, line.envelope.app);
        Ok(())
    }
}

/// Takes the envelope off a line. A line without one comes back whole, with an empty envelope.
pub fn envelope<'a>(text: &'a str, time: &TimeReader) -> (Envelope<'a>, &'a str) {
    let mut envelope = Envelope::default();
    let (priority, rest) = priority(text);
    envelope.priority = priority;
    if let Some(rest) = rest.strip_prefix("1 ")
        && let Some(message) = rfc5424(rest, time, &mut envelope)
    {
        return (envelope, message);
    }
    match rfc3164(rest, time, &mut envelope) {
        Some(message) => (envelope, message),
        None => (Envelope { priority, ..Envelope::default() }, rest),
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
    let mut words = text.splitn(6, ' ');
    let (stamp, host, app, pid, msgid) =
        (words.next()?, words.next()?, words.next()?, words.next()?, words.next()?);
    let rest = words.next()?;
    let parsed = if stamp == "-" { None } else { Some(time.iso(stamp)?) };
    let (structured, message) = structured_data(rest)?;
    let known = |s: &'a str| if s == "-" { "" } else { s };
    *envelope = Envelope {
        form: Form::Rfc5424,
        priority: envelope.priority,
        time: parsed,
        host: known(host),
        app: known(app),
        pid: known(pid),
        msgid: known(msgid),
        structured,
    };
    Some(message.strip_prefix('\u{feff}').unwrap_or(message))
}

/// `-` or one or more `[id name="value"…]`, with `\"`, `\\` and `\]` inside values.
fn structured_data(text: &str) -> Option<(&str, &str)> {
    if let Some(rest) = text.strip_prefix('-') {
        return Some(("", rest.strip_prefix(' ').unwrap_or(rest)));
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
    let (stamp, rest) = time.bsd_prefix(text).or_else(|| time.iso_prefix(text))?;
    let rest = rest.strip_prefix(' ')?.trim_start_matches(' ');
    let (host, rest) = rest.split_once(' ')?;
    // A host never ends in a colon: then it is the tag of a line that names no host.
    let (host, rest) = if host.ends_with(':') {
        ("", text.get(text.len() - rest.len() - host.len() - 1..)?)
    } else {
        (host, rest)
    };
    let (app, pid, message) = tag(rest).unwrap_or(("", "", rest));
    *envelope = Envelope {
        form: Form::Rfc3164,
        priority: envelope.priority,
        time: Some(stamp),
        host,
        app,
        pid,
        ..Envelope::default()
    };
    Some(message)
}

/// `sshd[123]: message`, `cron: message`; None where the text does not start with a tag.
fn tag(text: &str) -> Option<(&str, &str, &str)> {
    let end = text.find([' ', ':', '['])?;
    let (app, rest) = text.split_at_checked(end)?;
    // A program's name holds no `=`: that is the first pair of a list (`date=2026-12-26,time=03:04:05,…`).
    if app.is_empty() || app.len() > 64 || app.contains('=') {
        return None;
    }
    let (pid, rest) = match rest.strip_prefix('[') {
        Some(inner) => inner.split_once(']')?,
        None => ("", rest),
    };
    let message = rest.strip_prefix(':')?;
    Some((app, pid, message.strip_prefix(' ').unwrap_or(message)))
}
