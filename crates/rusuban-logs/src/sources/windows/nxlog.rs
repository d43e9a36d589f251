//! NXLog's JSON of Windows events (`im_msvistalog` with `to_json()`): one flat object, event data beside NXLog's own fields.

use bumpalo::Bump;

use super::text::{number, parse_number, says, set_account, text};
use crate::event::{Event, Field, TimeReader, Value};
use crate::sources::json::{Json, Object};
use crate::sources::{Context, Line, Refusal, Source, SourceMeta};

/// NXLog.
#[derive(Debug)]
pub struct NxLog;

static META: SourceMeta = SourceMeta { id: "windows", product: "Windows", vendor: "Microsoft" };

/// NXLog's names of what stands in an event's System part, with Sigma's.
const SYSTEM: [(&str, &str); 13] = [
    ("SourceName", "Provider_Name"),
    ("ProviderGuid", "Provider_Guid"),
    ("EventID", "EventID"),
    ("Version", "Version"),
    ("Task", "Task"),
    ("OpcodeValue", "Opcode"),
    ("Keywords", "Keywords"),
    ("RecordNumber", "EventRecordID"),
    ("ActivityID", "Correlation_ActivityID"),
    ("ProcessID", "Execution_ProcessID"),
    ("ThreadID", "Execution_ThreadID"),
    ("Channel", "Channel"),
    ("UserID", "UserID"),
];

impl Source for NxLog {
    fn meta(&self) -> &'static SourceMeta {
        &META
    }

    fn parse<'a>(
        &self,
        line: &Line<'a>,
        context: &Context<'a, '_>,
        event: &mut Event<'a>,
    ) -> Result<(), Refusal> {
        let Some(json) = line.json else { return Err(Refusal::NotMine) };
        let (Some(id), Some(_), Some(_)) =
            (json.value("EventID"), json.value("SourceName"), json.value("Channel"))
        else {
            return Err(Refusal::NotMine);
        };
        if number(id).is_none() {
            return Err(Refusal::Broken("EventID is no number"));
        }
        for (theirs, ours) in SYSTEM {
            if let Some(value) = json.value(theirs) {
                event.native.push((ours, system_value(ours, value)));
            }
        }
        let host = ["Hostname", "HOSTNAME", "MachineName", "host"].into_iter().find_map(|n| json.text(n));
        if let Some(host) = host {
            event.native.push(("Computer", Value::Str(host)));
        }
        if let Some(level) = json.value("SeverityValue").and_then(number).and_then(level) {
            event.native.push(("Level", Value::UInt(level)));
        }
        // The name of the opcode would stand in the way of its number.
        let opcode = json.get("OpcodeValue").is_some();
        for (name, value) in json.0 {
            let own = SYSTEM.iter().any(|(theirs, _)| theirs == name)
                || matches!(*name, "Hostname" | "HOSTNAME")
                || (*name == "Opcode" && opcode);
            if let (false, Json::Plain(value)) = (own, value) {
                event.native.push((name, *value));
            }
        }
        event.time = ["TimeCreated", "EventTime", "@timestamp", "EventReceivedTime"]
            .into_iter()
            .find_map(|n| json.value(n).and_then(|v| time(v, context.time)))
            .or(event.time);
        message(event, json.text("Message"));
        // The word first: JSON tools round the number of the keywords.
        outcome(event, json.text("EventType"));
        super::map(event, context.arena);
        account(event, json, context.arena);
        Ok(())
    }
}

/// Numbers that come as text become numbers.
pub(super) fn system_value<'a>(name: &str, value: Value<'a>) -> Value<'a> {
    match name {
        "EventID"
        | "Version"
        | "Task"
        | "Opcode"
        | "Level"
        | "EventRecordID"
        | "Execution_ProcessID"
        | "Execution_ThreadID" => match value {
            Value::Str(s) => s.trim().parse().map_or(value, Value::UInt),
            Value::Int(n) => u64::try_from(n).map_or(value, Value::UInt),
            other => other,
        },
        "Keywords" => match value {
            Value::Int(n) => Value::Hex(n.cast_unsigned()),
            Value::UInt(n) => Value::Hex(n),
            Value::Str(s) => parse_number(s).map_or(value, Value::Hex),
            other => other,
        },
        _ => value,
    }
}

/// NXLog's severities, 1 debug to 5 critical, as Windows levels.
fn level(severity: u64) -> Option<u64> {
    match severity {
        1 => Some(5),
        2 => Some(4),
        3 => Some(3),
        4 => Some(2),
        5 => Some(1),
        _ => None,
    }
}

/// A time as text, or as a number of seconds, milliseconds, microseconds.
pub(super) fn time(value: Value<'_>, reader: &TimeReader) -> Option<crate::event::EventTime> {
    match value {
        Value::Str(s) => reader.iso(s.trim()).or_else(|| reader.epoch_text(s.trim())),
        Value::UInt(_) | Value::Int(_) | Value::Float(_) => reader.epoch_text(&value.to_text()),
        _ => None,
    }
}

/// The message for people, where there is one; never the whole document.
pub(super) fn message<'a>(event: &mut Event<'a>, text: Option<&'a str>) {
    match text {
        Some(text) => event.set(Field::Message, text),
        None => event.unset(Field::Message),
    }
}

/// `AUDIT_SUCCESS`, `AUDIT_FAILURE`, where the event itself does not say.
pub(super) fn outcome(event: &mut Event<'_>, kind: Option<&str>) {
    if event.get(Field::EventOutcome).is_none() {
        match kind {
            Some("AUDIT_SUCCESS" | "Audit Success" | "audit_success") => event.outcome(true),
            Some("AUDIT_FAILURE" | "Audit Failure" | "audit_failure") => event.outcome(false),
            _ => {}
        }
    }
}

/// The account of the event's `UserID`, which NXLog has looked up.
fn account<'a>(event: &mut Event<'a>, json: Object<'a>, arena: &'a Bump) {
    if event.get(Field::UserName).is_some() || json.get("AccountType").is_none() {
        return;
    }
    if let Some(name) = json.value("AccountName").map(|v| text(v, arena)).filter(|t| says(t)) {
        if let Some(domain) = json.text("Domain") {
            event.set(Field::UserDomain, domain);
        }
        set_account(event, Field::UserName, Field::UserDomain, name);
    }
}
