//! Winlogbeat and Elastic Agent: ECS JSON with the event under `winlog` (version 7 and later), or at the top (version 6).

use super::nxlog::{message, outcome, system_value, time};
use super::text::{number, says};
use crate::event::{Event, Field, Value};
use crate::sources::json::{Json, Object};
use crate::sources::{Context, Line, Refusal, Source, SourceMeta};

/// Winlogbeat.
#[derive(Debug)]
pub struct Winlogbeat;

static META: SourceMeta = SourceMeta { id: "windows", product: "Windows", vendor: "Microsoft" };

/// Winlogbeat's names of the System part (7 and later, then 6), with Sigma's.
const SYSTEM: [(&str, &str, &str); 13] = [
    ("winlog.provider_name", "source_name", "Provider_Name"),
    ("winlog.provider_guid", "provider_guid", "Provider_Guid"),
    ("winlog.event_id", "event_id", "EventID"),
    ("winlog.version", "version", "Version"),
    ("winlog.record_id", "record_number", "EventRecordID"),
    ("winlog.activity_id", "activity_id", "Correlation_ActivityID"),
    ("winlog.process.pid", "process_id", "Execution_ProcessID"),
    ("winlog.process.thread.id", "thread_id", "Execution_ThreadID"),
    ("winlog.channel", "log_name", "Channel"),
    ("winlog.computer_name", "computer_name", "Computer"),
    ("winlog.user.identifier", "user.identifier", "UserID"),
    ("winlog.task", "task", "Task"),
    ("winlog.opcode", "opcode", "Opcode"),
];

impl Source for Winlogbeat {
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
        let either = |new, old| json.value(new).or_else(|| json.value(old));
        let Some(id) = either("winlog.event_id", "event_id") else { return Err(Refusal::NotMine) };
        if either("winlog.channel", "log_name").is_none() {
            return Err(Refusal::NotMine);
        }
        if number(id).is_none() {
            return Err(Refusal::Broken("event_id is no number"));
        }
        for (new, old, ours) in SYSTEM {
            if let Some(value) = either(new, old) {
                event.native.push((ours, system_value(ours, value)));
            }
        }
        if let Some(level) = json.text("log.level").or_else(|| json.text("level")) {
            let level = match level.to_ascii_lowercase().as_str() {
                "critical" => 1,
                "error" => 2,
                "warning" => 3,
                "verbose" => 5,
                _ => 4,
            };
            event.native.push(("Level", Value::UInt(level)));
        }
        for section in ["winlog.event_data", "winlog.user_data", "event_data", "user_data"] {
            if let Some(data) = json.object(section) {
                push_data(event, data, context);
            }
        }
        // Exports with dotted names.
        for (name, value) in json.0 {
            let bare =
                name.strip_prefix("winlog.event_data.").or_else(|| name.strip_prefix("winlog.user_data."));
            if let (Some(bare), Json::Plain(value)) = (bare, value) {
                event.native.push((bare, *value));
            }
        }
        let keywords = json.path("winlog.keywords").or_else(|| json.path("keywords"));
        event.time = json.value("@timestamp").and_then(|v| time(v, context.time)).or(event.time);
        message(event, json.text("message"));
        match keywords {
            Some(Json::Array(words)) => {
                for word in words {
                    outcome(event, word.text());
                }
            }
            Some(Json::Plain(Value::Str(word))) => outcome(event, Some(word)),
            _ => {}
        }
        super::map(event, context.arena);
        // What the shipper had looked up already.
        for (name, field) in [
            ("winlog.user.name", Field::UserName),
            ("winlog.user.domain", Field::UserDomain),
            ("user.name", Field::UserName),
            ("user.domain", Field::UserDomain),
            ("source.ip", Field::SourceIp),
            ("event.outcome", Field::EventOutcome),
            ("event.action", Field::EventAction),
            ("host.name", Field::HostName),
        ] {
            if event.get(field).is_none()
                && let Some(text) = json.text(name).filter(|t| says(t))
            {
                event.set(field, text);
            }
        }
        Ok(())
    }
}

/// Event data: plain values under their names; `param1`, `Data`… as they are; lists as lists.
pub(super) fn push_data<'a>(event: &mut Event<'a>, data: Object<'a>, context: &Context<'a, '_>) {
    for (name, value) in data.0 {
        // Attributes and namespaces of the XML that it was.
        if name.starts_with('#') || name.starts_with("xmlns") || name.starts_with("xml_name") {
            continue;
        }
        match value {
            Json::Plain(value) => event.native.push((name, *value)),
            Json::Array(items) => {
                let plain: Vec<_> = items
                    .iter()
                    .filter_map(|i| if let Json::Plain(v) = i { Some(*v) } else { None })
                    .collect();
                event.native.push((name, Value::List(context.arena.alloc_slice_copy(&plain))));
                for item in *items {
                    if let Json::Object(inner) = item {
                        push_data(event, *inner, context);
                    }
                }
            }
            Json::Object(inner) => match inner.get("#text") {
                // An element with attributes.
                Some(Json::Plain(value)) => event.native.push((name, value)),
                Some(Json::Array(items)) => {
                    let plain: Vec<_> = items
                        .iter()
                        .filter_map(|i| if let Json::Plain(v) = i { Some(*v) } else { None })
                        .collect();
                    event.native.push((name, Value::List(context.arena.alloc_slice_copy(&plain))));
                }
                _ => push_data(event, *inner, context),
            },
        }
    }
}
