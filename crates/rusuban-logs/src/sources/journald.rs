//! The systemd journal: `journalctl -o export` (systemd's "Journal Export Format") and `-o json`. An entry is an envelope: its
//! message goes to the source of the program that wrote it, so that sshd's line inside the journal is sshd's event.

use std::ops::Range;

use crate::event::{Event, Field};

use super::json::{self, Json, Object};
use super::{Context, Dispatcher, Envelope, Form, Line, Refusal};

/// One entry of an export: where it stands, and its fields.
#[derive(Debug, Clone)]
pub struct Entry<'b> {
    /// Bytes of the entry, without the empty line after it.
    pub range: Range<usize>,
    /// Names and values; a name may be there several times.
    pub fields: Vec<(&'b [u8], &'b [u8])>,
    /// False where the entry is cut off or no entry at all; the fields are then those before the break.
    pub whole: bool,
}

/// Walks the entries of an export.
#[derive(Debug, Clone)]
pub struct Entries<'b> {
    bytes: &'b [u8],
    at: usize,
}

/// The entries of an export: `NAME=value` lines, or `NAME`, a 64-bit little-endian length and that many bytes; an empty line ends an
/// entry.
pub fn entries(bytes: &[u8]) -> Entries<'_> {
    Entries { bytes, at: 0 }
}

impl<'b> Iterator for Entries<'b> {
    type Item = Entry<'b>;

    fn next(&mut self) -> Option<Entry<'b>> {
        while self.bytes.get(self.at) == Some(&b'\n') {
            self.at += 1;
        }
        let start = self.at;
        if start >= self.bytes.len() {
            return None;
        }
        let mut fields = Vec::with_capacity(32);
        loop {
            let rest = self.bytes.get(self.at..).unwrap_or_default();
            let end = memchr::memchr(b'\n', rest);
            let line = rest.get(..end.unwrap_or(rest.len())).unwrap_or_default();
            if line.is_empty() {
                let range = start..self.at.min(self.bytes.len());
                self.at += 1;
                return Some(Entry { range, fields, whole: true });
            }
            if let Some(equals) = memchr::memchr(b'=', line)
                && equals > 0
                && line.iter().take(equals).all(|b| is_name(*b))
            {
                fields.push((
                    line.get(..equals).unwrap_or_default(),
                    line.get(equals + 1..).unwrap_or_default(),
                ));
                self.at += line.len() + 1;
                continue;
            }
            let binary =
                end.filter(|_| line.iter().all(|b| is_name(*b))).and_then(|end| sized(rest, end + 1));
            if let Some((value, used)) = binary {
                fields.push((line, value));
                self.at += used;
                continue;
            }
            // Broken: go on after the next empty line.
            let skip = memchr::memmem::find(rest, b"\n\n").map_or(rest.len(), |i| i + 1);
            self.at += skip;
            return Some(Entry { range: start..self.at, fields, whole: false });
        }
    }
}

/// Field names are upper-case letters, digits and underscores.
fn is_name(b: u8) -> bool {
    b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_'
}

/// A length, that many bytes, and a newline, at `from`; with the bytes used from the start.
fn sized(rest: &[u8], from: usize) -> Option<(&[u8], usize)> {
    let (length, data) = rest.get(from..)?.split_first_chunk::<8>()?;
    let length = usize::try_from(u64::from_le_bytes(*length)).ok()?;
    let value = data.get(..length)?;
    (data.get(length) == Some(&b'\n')).then_some((value, from + 8 + length + 1))
}

/// Reads an entry of an export into an event.
pub fn read_entry<'a>(
    entry: &Entry<'a>,
    original: &'a str,
    dispatcher: &mut Dispatcher,
    context: &Context<'a, '_>,
    event: &mut Event<'a>,
) -> Result<(), Refusal> {
    if !entry.whole {
        return Err(Refusal::Broken("journal entry is cut off"));
    }
    let text = |bytes: &'a [u8]| match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(_) => context.arena.alloc_str(&String::from_utf8_lossy(bytes)),
    };
    let find = |name: &str| entry.fields.iter().find(|(n, _)| *n == name.as_bytes()).map(|(_, v)| text(v));
    read(&find, original, dispatcher, context, event)
}

/// True for an entry of `journalctl -o json`.
pub(super) fn is_entry(object: Object<'_>) -> bool {
    object.get("__REALTIME_TIMESTAMP").is_some()
        && (object.get("MESSAGE").is_some() || object.get("__CURSOR").is_some())
}

/// Reads an entry of `journalctl -o json` into an event.
pub(super) fn read_json<'a>(
    object: Object<'a>,
    original: &'a str,
    dispatcher: &mut Dispatcher,
    context: &Context<'a, '_>,
    event: &mut Event<'a>,
) -> Result<(), Refusal> {
    let find = |name: &str| match object.get(name)? {
        Json::Plain(v) => match v {
            crate::event::Value::Str(s) => Some(s),
            crate::event::Value::Null => None,
            other => Some(context.arena.alloc_str(&other.to_text()) as &str),
        },
        Json::Array(items) => array(items, context),
        Json::Object(_) => None,
    };
    read(&find, original, dispatcher, context, event)
}

/// A value that is no UTF-8 is an array of bytes; a field that is there several times is an array of values: the first.
fn array<'a>(items: &'a [Json<'a>], context: &Context<'a, '_>) -> Option<&'a str> {
    if let Some(text) = items.first().and_then(|i| i.text()) {
        return Some(text);
    }
    let bytes: Option<Vec<u8>> = items
        .iter()
        .map(|i| match i {
            Json::Plain(v) => v.to_text().parse::<u8>().ok(),
            _ => None,
        })
        .collect();
    Some(context.arena.alloc_str(&String::from_utf8_lossy(&bytes?)))
}

/// Hands the message to the sources, in an envelope made of the entry's fields.
fn read<'a>(
    find: &dyn Fn(&str) -> Option<&'a str>,
    original: &'a str,
    dispatcher: &mut Dispatcher,
    context: &Context<'a, '_>,
    event: &mut Event<'a>,
) -> Result<(), Refusal> {
    let stamp = find("_SOURCE_REALTIME_TIMESTAMP").or_else(|| find("__REALTIME_TIMESTAMP"));
    let time = stamp.and_then(|t| t.parse::<i64>().ok()).and_then(|micros| {
        let nanos = u32::try_from(micros.rem_euclid(1_000_000) * 1000).ok()?;
        context.time.epoch(micros.div_euclid(1_000_000), nanos)
    });
    if time.is_none() {
        return Err(Refusal::Broken("journal entry without a time"));
    }
    let severity = find("PRIORITY").and_then(|p| p.parse::<u8>().ok()).filter(|p| *p < 8);
    let facility = find("SYSLOG_FACILITY").and_then(|p| p.parse::<u8>().ok()).filter(|p| *p < 24);
    let message = find("MESSAGE").unwrap_or_default();
    let envelope = Envelope {
        form: Form::Journal,
        priority: severity.map(|s| facility.unwrap_or(1) * 8 + s),
        time,
        host: find("_HOSTNAME").unwrap_or_default(),
        app: find("SYSLOG_IDENTIFIER").or_else(|| find("_COMM")).unwrap_or_default(),
        pid: find("_PID").or_else(|| find("SYSLOG_PID")).unwrap_or_default(),
        ..Envelope::default()
    };
    let object = if message.starts_with('{') { json::parse(message, context.arena) } else { None };
    let line = Line { text: message, envelope, message, json: object, columns: None };
    let result = dispatcher.read_line(&line, context, event);
    event.original = original;
    result?;
    for (name, field) in [
        ("_EXE", Field::ProcessExecutable),
        ("_CMDLINE", Field::ProcessCommandLine),
        ("_MACHINE_ID", Field::HostId),
    ] {
        if let Some(value) = find(name)
            && event.get(field).is_none()
        {
            event.set_text(field, value);
        }
    }
    for name in ["_SYSTEMD_UNIT", "_UID", "_COMM", "_TRANSPORT", "_BOOT_ID", "UNIT", "MESSAGE_ID"] {
        if let Some(value) = find(name) {
            event.native.push((name, value.into()));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sources::unix::test::{check, read as read_line};

    #[test]
    fn a_line_of_sshd_in_the_journal_is_sshds() {
        check(
            r#"{"__REALTIME_TIMESTAMP":"1798934400123456","_HOSTNAME":"gate","SYSLOG_IDENTIFIER":"sshd","_PID":"9","PRIORITY":"6","SYSLOG_FACILITY":"10","MESSAGE":"Accepted password for taro from 192.0.2.1 port 5 ssh2","_SYSTEMD_UNIT":"ssh.service"}"#,
            &[
                ("event.module", "sshd"),
                ("user.name", "taro"),
                ("host.hostname", "gate"),
                ("process.pid", "9"),
                ("@timestamp", "2027-01-03T00:00:00.123456Z"),
                ("sshd._SYSTEMD_UNIT", "ssh.service"),
                ("log.syslog.priority", "86"),
            ],
        );
        // A message with odd bytes is an array of numbers.
        check(
            r#"{"__REALTIME_TIMESTAMP":"1798934400123456","_HOSTNAME":"gate","_COMM":"x","MESSAGE":[104,105,255]}"#,
            &[("message", "hi\u{fffd}"), ("event.module", "syslog")],
        );
        assert!(read_line(r#"{"__REALTIME_TIMESTAMP":"soon","MESSAGE":"x"}"#).is_null());
    }

    #[test]
    fn exports_hold_text_and_bytes() {
        let mut bytes = b"__REALTIME_TIMESTAMP=1\nMESSAGE\n".to_vec();
        bytes.extend(9u64.to_le_bytes());
        bytes.extend(b"two\n\nmore\n_PID=7\n\n\n__REALTIME_TIMESTAMP=2\nMESSAGE=b=c\n\nnot an entry\nMESSAGE\nx\n\n_PID=1\n");
        let list: Vec<_> = entries(&bytes).collect();
        assert_eq!(list.len(), 4);
        assert_eq!(list[0].fields[1], (&b"MESSAGE"[..], &b"two\n\nmore"[..]));
        assert_eq!(list[0].fields[2], (&b"_PID"[..], &b"7"[..]));
        assert_eq!(list[1].fields[1].1, b"b=c");
        assert!(!list[2].whole);
        assert!(list[3].whole);
    }
}
