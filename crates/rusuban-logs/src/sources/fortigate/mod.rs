//! Fortinet FortiGate (FortiOS 5 to 7): `name=value` lists over syslog, the same with commas, CEF, and the lists of
//! FortiAnalyzer and of Fortinet's other products that share the form. After Fortinet's "FortiOS Log Message Reference".
//!
//! The fields keep Fortinet's names (`srcip`, `cfgpath`, `remip`); those of CEF get their Fortinet names back.

mod fields;

use bumpalo::Bump;

use crate::event::{Event, EventTime, Field, LogSource, TimeReader, Value, civil_seconds, zone_prefix};

use super::firewall::{self, names_vendor, text};
use super::pairs::{Cef, Pairs};
use super::{Context, Line, Refusal, Source, SourceMeta};

/// FortiGate and its relatives.
#[derive(Debug)]
pub struct Fortigate;

static META: SourceMeta = SourceMeta { id: "fortigate", product: "FortiGate", vendor: "Fortinet" };

impl Source for Fortigate {
    fn meta(&self) -> &'static SourceMeta {
        &META
    }

    fn parse<'a>(
        &self,
        line: &Line<'a>,
        context: &Context<'a, '_>,
        event: &mut Event<'a>,
    ) -> Result<(), Refusal> {
        let arena = context.arena;
        let mut cef = false;
        if let Some(body) = firewall::cef_body(line) {
            if !names_vendor(body, "Fortinet") {
                return Err(Refusal::NotMine);
            }
            let message = Cef::parse(body, arena).ok_or(Refusal::Broken("a CEF header that is cut short"))?;
            from_cef(&message, event);
            cef = true;
        } else {
            // Where a list without a host was taken for one, the whole text is the list.
            let whole = line.envelope.host.contains('=');
            // In RFC 5424 the list may be the structured data.
            let body = match (whole, line.message) {
                (true, _) => line.text,
                (_, "") => line.envelope.structured.trim_matches(['[', ']']),
                (_, message) => message,
            };
            if !is_list(body) {
                return Err(Refusal::NotMine);
            }
            if whole {
                event.unset(Field::HostHostname);
            }
            from_list(body, arena, event);
        }
        if let Some(time) = time(event, context.time) {
            event.time = Some(time);
        }
        event.logsource = logsource(text(event, &["type"]).unwrap_or_default());
        fields::fill(event, arena, cef);
        Ok(())
    }
}

/// True for a list of Fortinet's: it has a subtype of its own, and a name that only Fortinet writes.
fn is_list(body: &str) -> bool {
    let bytes = body.as_bytes();
    let has = |name: &[u8]| {
        memchr::memmem::find_iter(bytes, name)
            .any(|at| at == 0 || matches!(bytes.get(at - 1), Some(b' ' | b',' | b'>' | b'\t' | b'|')))
    };
    has(b"subtype=")
        && has(b"type=")
        && [&b"logid="[..], b"devid=", b"logdesc=", b"log_id=", b"cfgpath=", b"vd="].iter().any(|n| has(n))
}

/// Sigma asks for `product: fortigate` and `service: event`.
fn logsource(kind: &str) -> LogSource {
    match kind {
        "traffic" => LogSource { category: "firewall", product: "fortigate", service: "traffic" },
        "utm" => LogSource { category: "", product: "fortigate", service: "utm" },
        "event" => LogSource { category: "", product: "fortigate", service: "event" },
        "dns" => LogSource { category: "dns", product: "fortigate", service: "dns" },
        _ => LogSource { category: "", product: "fortigate", service: "" },
    }
}

/// Reads a list, parted by blanks or by commas.
fn from_list<'a>(body: &'a str, arena: &'a Bump, event: &mut Event<'a>) {
    let body = body.trim();
    let first_blank = body.find(' ').unwrap_or(body.len());
    let first_comma = body.find(',').unwrap_or(body.len());
    let commas = first_comma < first_blank
        && body.get(first_comma..).is_some_and(|r| r.bytes().skip(1).take(12).any(|b| b == b'='));
    if commas {
        let mut rest = body;
        while let Some((name, after)) = rest.split_once('=') {
            let (value, next) = comma_value(after);
            event
                .native
                .push((name.trim_start_matches([',', ' ']), Value::Str(firewall::unquote(value, arena))));
            rest = next;
        }
    } else {
        event.native.extend(Pairs::new(body).map(|(n, v)| (n, Value::Str(firewall::unquote(v, arena)))));
    }
}

/// A value that ends at a comma, or at the quote before one.
fn comma_value(text: &str) -> (&str, &str) {
    if let Some(inner) = text.strip_prefix('"') {
        if let Some(at) = memchr::memmem::find(inner.as_bytes(), b"\",") {
            return (inner.get(..at).unwrap_or_default(), inner.get(at + 2..).unwrap_or_default());
        }
        return (inner.trim_end_matches('"'), "");
    }
    text.split_once(',').unwrap_or((text, ""))
}

/// CEF names and the FortiOS fields that they carry (FortiOS "CEF support").
const CEF_NAMES: [(&str, &str); 31] = [
    ("act", "action"),
    ("app", "service"),
    ("destinationTranslatedAddress", "tranip"),
    ("destinationTranslatedPort", "tranport"),
    ("deviceExternalId", "devid"),
    ("deviceInboundInterface", "srcintf"),
    ("deviceOutboundInterface", "dstintf"),
    ("deviceSeverity", "level"),
    ("dhost", "hostname"),
    ("dpt", "dstport"),
    ("dst", "dstip"),
    ("duser", "user"),
    ("dvchost", "devname"),
    ("externalID", "sessionid"),
    ("externalId", "sessionid"),
    ("fname", "filename"),
    ("fsize", "filesize"),
    ("in", "rcvdbyte"),
    ("out", "sentbyte"),
    ("outcome", "status"),
    ("request", "url"),
    ("requestClientApplication", "agent"),
    ("requestContext", "catdesc"),
    ("requestMethod", "httpmethod"),
    ("shost", "srcname"),
    ("sourceTranslatedAddress", "transip"),
    ("sourceTranslatedPort", "transport"),
    ("sproc", "ui"),
    ("spt", "srcport"),
    ("src", "srcip"),
    ("suser", "srcuser"),
];

fn from_cef<'a>(cef: &Cef<'a>, event: &mut Event<'a>) {
    event.set_text(Field::ObserverVersion, cef.version);
    for (name, value) in cef.extension {
        let value = Value::Str(value.trim_matches('"'));
        let own = name
            .strip_prefix("FTNTFGT")
            .or_else(|| name.strip_prefix("FortinetFortiGate"))
            .or_else(|| name.strip_prefix("ad."));
        if let Some(own) = own {
            event.native.push((own, value));
            continue;
        }
        // `cat` is type and subtype here; the field `cat` of web filters comes as `FTNTFGTcat`.
        if *name == "cat" {
            if let Value::Str(cat) = value {
                let (kind, subtype) = cat.split_once(':').unwrap_or((cat, ""));
                event.native.push(("type", Value::Str(kind)));
                if !subtype.is_empty() {
                    event.native.push(("subtype", Value::Str(subtype)));
                }
            }
            continue;
        }
        match CEF_NAMES.binary_search_by_key(name, |n| n.0) {
            Ok(at) => {
                if let Some((_, own)) = CEF_NAMES.get(at) {
                    event.native.push((own, value));
                }
            }
            Err(_) => event.native.push((name, value)),
        }
    }
    if event.native_text("logid").is_none() {
        event.native.push(("logid", Value::Str(cef.class)));
    }
    if event.native_text("type").is_none()
        && let Some((kind, rest)) = cef.name.split_once(':')
    {
        event.native.push(("type", Value::Str(kind)));
        let subtype = rest.split(' ').next().unwrap_or_default();
        event.native.push(("subtype", Value::Str(subtype)));
    }
    // FortiOS 5 put these into custom fields.
    for (label, own) in [
        ("Duration", "duration"),
        ("Packets Sent", "sentpkt"),
        ("Packets Received", "rcvdpkt"),
        ("Policy Id", "policyid"),
    ] {
        if let Some(value) = cef.labelled(label) {
            event.native.push((own, Value::Str(value)));
        }
    }
}

/// When it happened: `eventtime` (seconds to nanoseconds since 1970), else date and time with the zone that the line names.
fn time(event: &Event<'_>, reader: &TimeReader) -> Option<EventTime> {
    if let Some(time) = text(event, &["eventtime"]).and_then(|t| reader.epoch_text(t)) {
        return Some(time);
    }
    let offset =
        text(event, &["tz", "timezone"]).and_then(|t| zone_prefix(t.trim_matches(['"', '(']))).map(|z| z.0);
    let clock = text(event, &["time"]);
    if let (Some(date), Some(clock)) = (text(event, &["date"]), clock)
        && let Some(local) = wall_clock(date, clock)
    {
        return reader.local(local, 0, offset);
    }
    if let Some(start) = text(event, &["start", "rt"]) {
        if let Some(time) = reader.epoch_text(start) {
            return Some(time);
        }
        // The zone stands in a field of its own.
        let (time, _) = reader.bsd_prefix(start)?;
        return match offset {
            Some(offset) => {
                let utc = TimeReader::new(crate::event::Zone::default(), time.seconds());
                let (wall, _) = utc.bsd_prefix(start)?;
                reader.local(wall.seconds(), 0, Some(offset))
            }
            None => Some(time),
        };
    }
    // FortiAnalyzer: `itime` is when it took the line; `timestamp` is the device's wall clock as if it were UTC.
    if let Some(stamp) = text(event, &["timestamp"]).and_then(|t| t.parse::<i64>().ok()) {
        let of_day = clock.and_then(|c| wall_clock("1970-01-01", c));
        if of_day == Some(stamp.rem_euclid(86_400)) {
            return reader.local(stamp, 0, offset);
        }
    }
    text(event, &["itime", "timestamp"]).and_then(|t| reader.epoch_text(t))
}

/// `2026-12-26` and `03:04:05` as seconds since 1970, read as UTC.
fn wall_clock(date: &str, clock: &str) -> Option<i64> {
    let mut date = date.split('-');
    let (year, month, day) = (date.next()?, date.next()?, date.next()?);
    let mut clock = clock.split(':');
    let (hour, minute, second) = (clock.next()?, clock.next()?, clock.next()?);
    let second = second.split('.').next()?;
    civil_seconds(
        year.parse().ok()?,
        month.parse().ok()?,
        day.parse().ok()?,
        hour.parse().ok()?,
        minute.parse().ok()?,
        second.parse().ok()?,
    )
}

#[cfg(test)]
mod tests;
