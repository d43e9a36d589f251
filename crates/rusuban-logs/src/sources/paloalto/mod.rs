//! Palo Alto Networks PAN-OS and Prisma Access: CSV over syslog ("Syslog Field Descriptions", PAN-OS 8 to 11), CEF and LEEF
//! by the profiles that Palo Alto publishes, and the JSON of Strata Logging Service (Cortex Data Lake).
//!
//! The fields keep the names of the form that they came in; `fields.rs` knows them all.

mod columns;
mod fields;
mod system;

use bumpalo::Bump;

use crate::event::{Event, EventTime, Field, LogSource, TimeBasis, TimeReader, Value, Zone};

use super::firewall::{self as fw, names_vendor, text};
use super::json::{self, Object};
use super::pairs::{Cef, Leef};
use super::{Context, Line, Refusal, Source, SourceMeta};

/// PAN-OS and Prisma Access.
#[derive(Debug)]
pub struct Paloalto;

static META: SourceMeta = SourceMeta { id: "paloalto", product: "PAN-OS", vendor: "Palo Alto Networks" };

impl Source for Paloalto {
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
        let kind = if let Some(object) = line.json {
            from_json(object, arena, event).ok_or(Refusal::NotMine)?
        } else if let Some(body) = fw::cef_body(line) {
            if !names_vendor(body, "Palo Alto Networks") {
                return Err(Refusal::NotMine);
            }
            let cef = Cef::parse(body, arena).ok_or(Refusal::Broken("a CEF header that is cut short"))?;
            from_cef(&cef, arena, event)
        } else if let Some(body) = fw::leef_body(line) {
            if !names_vendor(body, "Palo Alto Networks") {
                return Err(Refusal::NotMine);
            }
            let leef = Leef::parse(body, arena).ok_or(Refusal::Broken("a LEEF header that is cut short"))?;
            event.native.extend(leef.attributes.iter().map(|(n, v)| (*n, Value::Str(v))));
            event.native.push(("eventid", Value::Str(leef.event)));
            text(event, &["Type", "type", "cat"]).unwrap_or_default()
        } else {
            let (list, kind) = csv_start(line.text).ok_or(Refusal::NotMine)?;
            from_csv(list, kind, arena, event);
            // What a relay's envelope took for a host may be the list's first column.
            if event.text(Field::HostHostname).is_some_and(|h| h.contains(',')) {
                event.unset(Field::HostHostname);
            }
            kind
        };
        if let Some(time) = time(event, context.time) {
            event.time = Some(time);
        }
        event.logsource = logsource(kind);
        fields::fill(event, kind, arena);
        Ok(())
    }
}

fn logsource(kind: &str) -> LogSource {
    match kind {
        "TRAFFIC" => LogSource { category: "firewall", product: "paloalto", service: "traffic" },
        "THREAT" | "URL" | "WILDFIRE" => LogSource { category: "", product: "paloalto", service: "threat" },
        "GLOBALPROTECT" => LogSource { category: "", product: "paloalto", service: "globalprotect" },
        "SYSTEM" => LogSource { category: "", product: "paloalto", service: "system" },
        "CONFIG" => LogSource { category: "", product: "paloalto", service: "config" },
        _ => LogSource { category: "", product: "paloalto", service: "" },
    }
}

/// The list in a line and its type: the fourth column names it.
fn csv_start(text: &str) -> Option<(&str, &str)> {
    let head = text.as_bytes().get(..300).unwrap_or(text.as_bytes());
    let mut commas = memchr::memchr_iter(b',', head);
    let first = commas.next()?;
    let (third, fourth) = (commas.nth(1)?, commas.next()?);
    let kind = text.get(third + 1..fourth)?;
    if !columns::is_type(kind) {
        return None;
    }
    // The first column is a number; what a relay put before it ends in a blank.
    let from = text.get(..first)?.rfind([' ', '>']).map_or(0, |i| i + 1);
    Some((text.get(from..)?, kind))
}

/// Reads the columns.
fn from_csv<'a>(list: &'a str, kind: &'a str, arena: &'a Bump, event: &mut Event<'a>) {
    let mut values = bumpalo::collections::Vec::with_capacity_in(64, arena);
    let mut rest = Some(list);
    while let Some(now) = rest {
        let (value, next) = column(now, arena);
        values.push(value);
        rest = next;
    }
    // The details of a change are there only where the administrator asked for them.
    let short = kind == "CONFIG" && values.get(15).is_some_and(|v| v.starts_with("0x"));
    for (at, value) in values.iter().enumerate() {
        let name = columns::name(kind, at, short);
        if !name.is_empty() && !value.is_empty() {
            event.native.push((name, Value::Str(value)));
        }
    }
    // PAN-OS 10 and later state the time with its zone in a column near the end, a different one in each type.
    let precise = values.iter().skip(16).rev().find(|v| v.len() >= 25 && v.as_bytes().get(10) == Some(&b'T'));
    if let Some(precise) = precise
        && event.native("high_res_timestamp").is_none()
    {
        event.native.push(("high_res_timestamp", Value::Str(precise)));
    }
}

/// One column: in double quotes (doubled within, or with a backslash before where a relay escaped them) or up to a comma.
fn column<'a>(text: &'a str, arena: &'a Bump) -> (&'a str, Option<&'a str>) {
    if let Some(inner) = text.strip_prefix("\\\"") {
        return match inner.split_once("\\\"") {
            Some((value, rest)) => (value, rest.split_once(',').map(|r| r.1)),
            None => (inner, None),
        };
    }
    let Some(inner) = text.strip_prefix('"') else {
        return match text.split_once(',') {
            Some((value, rest)) => (value, Some(rest)),
            None => (text.trim_end(), None),
        };
    };
    let mut from = 0;
    while let Some(at) = inner.get(from..).and_then(|t| t.find('"')).map(|i| from + i) {
        if inner.as_bytes().get(at + 1) == Some(&b'"') {
            from = at + 2;
            continue;
        }
        let value = inner.get(..at).unwrap_or_default();
        let value =
            if value.contains("\"\"") { arena.alloc_str(&value.replace("\"\"", "\"")) } else { value };
        return (value, inner.get(at + 1..).and_then(|r| r.split_once(',')).map(|r| r.1));
    }
    (inner, None)
}

/// Reads a document of Strata Logging Service; None where it is none.
fn from_json<'a>(object: Object<'a>, arena: &'a Bump, event: &mut Event<'a>) -> Option<&'a str> {
    let kind = object.text("LogType")?;
    let is_mine = ["DeviceSN", "LogSourceID", "VendorName", "TimeReceived", "LogTime", "ConfigVersion"]
        .iter()
        .any(|n| object.get(n).is_some());
    if !is_mine {
        return None;
    }
    json::flatten(object, arena, event);
    Some(kind)
}

/// Reads CEF. Custom fields get their labels' names besides.
fn from_cef<'a>(cef: &Cef<'a>, arena: &'a Bump, event: &mut Event<'a>) -> &'a str {
    for (name, value) in cef.extension {
        if value.is_empty() {
            continue;
        }
        event.native.push((name, Value::Str(value)));
    }
    for (name, label) in cef.extension {
        if let Some(base) = name.strip_suffix("Label")
            && let Some(value) = cef.get(base)
        {
            let plain: &'a str =
                if label.contains(' ') { arena.alloc_str(&label.replace(' ', "")) } else { label };
            event.native.push((plain, Value::Str(value)));
        }
    }
    // The profiles put type and subtype into the header: `TRAFFIC|end`, or `end|TRAFFIC`.
    let (kind, subtype) =
        if columns::is_type(cef.class) { (cef.class, cef.name) } else { (cef.name, cef.class) };
    if !subtype.is_empty() {
        event.native.push(("subtype", Value::Str(subtype)));
    }
    kind
}

/// When it happened.
fn time(event: &Event<'_>, reader: &TimeReader) -> Option<EventTime> {
    // JSON states the zone.
    if let Some(time) = text(event, &["TimeGenerated", "EventTime"]).and_then(|t| reader.iso(t)) {
        return Some(time);
    }
    if event.native("receive_time").is_none() {
        return labelled_time(event, reader);
    }
    let written = text(event, &["time_generated", "receive_time"]).and_then(|t| wall_clock(t, reader));
    let received = text(event, &["receive_time"]).and_then(|t| wall_clock(t, reader));
    let precise = text(event, &["high_res_timestamp"]).and_then(|t| reader.iso(t));
    match (precise, written.or(received)) {
        // A firewall that does not fill the column leaves the start of the epoch in it; a time of another day is no time
        // of this line either.
        (Some(p), Some(w))
            if p.basis == TimeBasis::ClockUnset || (p.seconds() - w.seconds()).abs() > 86_400 =>
        {
            Some(w)
        }
        (Some(p), _) => Some(p),
        (None, w) => w,
    }
}

/// The time of CEF and LEEF; that of the logging service is in UTC and says so.
fn labelled_time(event: &Event<'_>, reader: &TimeReader) -> Option<EventTime> {
    let stamp = text(event, &["rt", "start", "devTime"])?;
    if text(event, &["dtz"]) == Some("UTC") {
        let utc = TimeReader::new(Zone::default(), 0);
        let (wall, _) = utc.bsd_prefix(stamp)?;
        return reader.local(wall.seconds(), 0, Some(0));
    }
    reader
        .epoch_text(stamp)
        .or_else(|| reader.bsd_zone_prefix(stamp).map(|t| t.0))
        .or_else(|| wall_clock(stamp, reader))
}

/// `2026/12/28 02:11:05`, `2026-12-28T02:11:05.000000Z`, and `12/28/26 2:11` of a list that went through a spreadsheet.
fn wall_clock(text: &str, reader: &TimeReader) -> Option<EventTime> {
    if let Some(time) = reader.iso(text) {
        return Some(time);
    }
    let (date, clock) = text.split_once(' ')?;
    let mut date = date.split('/');
    let (month, day, year) = (date.next()?, date.next()?, date.next()?);
    let (hour, minute) = clock.split_once(':')?;
    let (minute, second) = minute.split_once(':').unwrap_or((minute, "0"));
    let year: i64 = year.parse().ok()?;
    let year = if year < 100 { year + 2000 } else { year };
    let local = crate::event::civil_seconds(
        year,
        month.parse().ok()?,
        day.parse().ok()?,
        hour.parse().ok()?,
        minute.parse().ok()?,
        second.parse().ok()?,
    )?;
    reader.local(local, 0, None)
}

#[cfg(test)]
mod tests;
