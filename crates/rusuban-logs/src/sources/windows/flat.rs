//! Windows events as JSON without a product's own frame: the tree that `evtx_dump` and others write (`{"Event": {"System": …}}`),
//! Wazuh's `win`, and flat objects with one name for each field (Azure Sentinel's tables, Splunk, Sigma tools).

use super::nxlog::{message, outcome, system_value, time};
use super::text::number;
use super::winlogbeat::push_data;
use crate::event::{Event, Value};
use crate::sources::json::{Json, Object};
use crate::sources::{Context, Line, Refusal, Source, SourceMeta};

/// Windows events as JSON.
#[derive(Debug)]
pub struct Flat;

static META: SourceMeta = SourceMeta { id: "windows", product: "Windows", vendor: "Microsoft" };

/// What the fields of System are called in flat forms, best first, with Sigma's name.
const NAMES: [(&str, &[&str]); 12] = [
    (
        "Provider_Name",
        &["Provider_Name", "ProviderName", "EventSourceName", "SourceName", "Provider", "Source"],
    ),
    ("Provider_Guid", &["Provider_Guid", "ProviderGuid", "Guid"]),
    ("EventID", &["EventID", "EventId", "EventCode", "event_id", "eventID"]),
    ("Channel", &["Channel", "LogName", "EventLog", "channel"]),
    ("Computer", &["Computer", "ComputerName", "Hostname", "computer", "MachineName"]),
    ("Level", &["Level", "EventLevel"]),
    ("Task", &["Task", "TaskCategory"]),
    ("Opcode", &["Opcode", "OpCode"]),
    ("Keywords", &["Keywords"]),
    ("EventRecordID", &["EventRecordID", "EventRecordId", "RecordNumber", "RecordId"]),
    ("UserID", &["UserID", "UserSid", "Security_UserID"]),
    ("Version", &["Version"]),
];

/// What the time is called.
const TIMES: [&str; 9] = [
    "TimeCreated",
    "SystemTime",
    "TimeCreated_SystemTime",
    "TimeGenerated",
    "@timestamp",
    "EventTime",
    "_time",
    "timestamp",
    "Timestamp",
];

impl Source for Flat {
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
        if let Some(tree) = json.object("Event").filter(|t| t.get("System").is_some()) {
            self::tree(tree, context, event)?;
        } else if let Some(win) = json.object("win").or_else(|| json.object("data.win"))
            && let Some(system) = win.object("system")
        {
            wazuh(win, system, context, event)?;
        } else {
            flat(json, context, event)?;
        }
        Ok(())
    }
}

/// `{"System": {"Provider": {"#attributes": {"Name": …}}, …}, "EventData": {…}}`
fn tree<'a>(tree: Object<'a>, context: &Context<'a, '_>, event: &mut Event<'a>) -> Result<(), Refusal> {
    let system = tree.object("System").ok_or(Refusal::Broken("System is no object"))?;
    for (name, value) in system.0 {
        // Separate attributes: `Provider_attributes`.
        let (element, attributes) = match (name.strip_suffix("_attributes"), value) {
            (Some(element), Json::Object(attributes)) => (element, Some(*attributes)),
            (_, Json::Object(inner)) => {
                let text = inner.get("#text").or_else(|| inner.get("_value"));
                if let Some(Json::Plain(value)) = text {
                    event.native.push((name, system_value(name, value)));
                }
                let nested = inner.object("#attributes").or_else(|| inner.object("@attributes"));
                (*name, Some(nested.unwrap_or(*inner)))
            }
            (_, Json::Plain(value)) => {
                if !value.is_empty() {
                    event.native.push((name, system_value(name, *value)));
                }
                (*name, None)
            }
            (_, Json::Array(_)) => continue,
        };
        for (attribute, value) in attributes.map(|a| a.0).unwrap_or_default() {
            let Json::Plain(value) = value else { continue };
            let attribute = attribute.trim_start_matches('@');
            let full = match (element, attribute) {
                ("TimeCreated", "SystemTime") => {
                    event.time = time(*value, context.time);
                    "SystemTime"
                }
                ("Provider", "Name") => "Provider_Name",
                ("Provider", "Guid") => "Provider_Guid",
                ("Security", "UserID") => "UserID",
                (_, "#text" | "_value") => continue,
                _ => context.arena.alloc_str(&format!("{element}_{attribute}")),
            };
            event.native.push((full, system_value(full, *value)));
        }
    }
    for (name, value) in tree.0 {
        match (*name, value) {
            ("System" | "#attributes", _) | (_, Json::Array(_)) => {}
            (_, Json::Object(data)) => push_data(event, *data, context),
            ("Message", Json::Plain(text)) => event.native.push(("Message", *text)),
            (_, Json::Plain(_)) => {}
        }
    }
    finish(event, None, context)
}

/// Wazuh: names begin with a small letter.
fn wazuh<'a>(
    win: Object<'a>,
    system: Object<'a>,
    context: &Context<'a, '_>,
    event: &mut Event<'a>,
) -> Result<(), Refusal> {
    for (name, value) in system.0 {
        let Json::Plain(value) = value else { continue };
        let full = match *name {
            "providerName" => "Provider_Name",
            "providerGuid" => "Provider_Guid",
            "eventID" => "EventID",
            "eventRecordID" => "EventRecordID",
            "processID" => "Execution_ProcessID",
            "threadID" => "Execution_ThreadID",
            "systemTime" => {
                event.time = time(*value, context.time);
                "SystemTime"
            }
            "message" => "Message",
            other => capital(other, context),
        };
        event.native.push((full, system_value(full, *value)));
    }
    if let Some(data) = win.object("eventdata") {
        for (name, value) in data.0 {
            if let Json::Plain(value) = value {
                event.native.push((capital(name, context), *value));
            }
        }
    }
    let severity = system.text("severityValue");
    finish(event, severity, context)
}

fn capital<'a>(name: &'a str, context: &Context<'a, '_>) -> &'a str {
    let mut chars = name.chars();
    match chars.next() {
        Some(first) if first.is_ascii_lowercase() => {
            context.arena.alloc_str(&format!("{}{}", first.to_ascii_uppercase(), chars.as_str()))
        }
        _ => name,
    }
}

/// One object, one name for each field.
fn flat<'a>(json: Object<'a>, context: &Context<'a, '_>, event: &mut Event<'a>) -> Result<(), Refusal> {
    let find = |names: &[&'static str]| names.iter().find_map(|n| json.value(n).map(|v| (*n, v)));
    let id = find(NAMES.get(2).map_or(&[], |(_, names)| names));
    // A plain `Source` or `Provider` alone is not enough: many products have one.
    let origin = ["Provider_Name", "ProviderName", "EventSourceName", "SourceName"];
    let origin = find(&origin).is_some() || NAMES.get(3).is_some_and(|(_, names)| find(names).is_some());
    if id.is_none_or(|(_, v)| number(v).is_none()) || !origin {
        return Err(Refusal::NotMine);
    }
    // Other products number their events too: a Windows event also says on which computer, or its provider is Microsoft's.
    if find(NAMES.get(4).map_or(&[], |(_, names)| names)).is_none() && json.text("Provider_Name").is_none() {
        return Err(Refusal::NotMine);
    }
    let mut used = Vec::new();
    for (ours, theirs) in NAMES {
        if let Some((name, value)) = find(theirs) {
            // A task's or an opcode's name is no number, and not what rules ask for; it stays under its own name.
            used.push(name);
            event.native.push((ours, system_value(ours, value)));
        }
    }
    if let Some((name, value)) = find(&TIMES) {
        used.push(name);
        event.time = time(value, context.time).or(event.time);
    }
    for (name, value) in json.0 {
        if used.contains(name) {
            continue;
        }
        match (*name, value) {
            // The Event table of Log Analytics keeps the data as XML text.
            ("EventData" | "ParameterXml", Json::Plain(Value::Str(xml)))
                if xml.trim_start().starts_with('<') =>
            {
                super::xml::data(xml, context.arena, event);
            }
            (_, Json::Plain(value)) => event.native.push((name, *value)),
            (_, Json::Object(data)) => push_data(event, *data, context),
            (_, Json::Array(items)) => {
                let plain: Vec<_> = items
                    .iter()
                    .filter_map(|i| if let Json::Plain(v) = i { Some(*v) } else { None })
                    .collect();
                event.native.push((name, Value::List(context.arena.alloc_slice_copy(&plain))));
            }
        }
    }
    let kind = json.text("EventType").or_else(|| json.text("Keywords"));
    finish(event, kind, context)
}

fn finish<'a>(event: &mut Event<'a>, kind: Option<&str>, context: &Context<'a, '_>) -> Result<(), Refusal> {
    if event.native("EventID").and_then(number).is_none() {
        return Err(Refusal::Broken("the event has no EventID"));
    }
    if let Some(Value::UInt(record)) = event.native("EventRecordID") {
        event.position.record = Some(record);
    }
    let text = ["Message", "message", "RenderedDescription"].into_iter().find_map(|n| event.native_text(n));
    message(event, text);
    outcome(event, kind);
    super::map(event, context.arena);
    Ok(())
}
