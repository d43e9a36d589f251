//! Formats that nobody knows: any JSON object, and rows of CSV with a header. ECS names are taken as they are, nested or
//! dotted; common names for time, host, user, addresses, action and result are taken for what they say; a mapping of the
//! configuration goes before both.

use crate::event::{Event, EventTime, Field, TimeReader, Value};

use super::mapping::{Mapping, TimeFormat};
use super::{Context, Line, Refusal, Source, SourceMeta, cloud, csv, json};

/// Any JSON object.
#[derive(Debug)]
pub struct JsonLines;

/// Rows of CSV whose columns a header names.
#[derive(Debug)]
pub struct CsvRows;

static JSON: SourceMeta = SourceMeta { id: "json_lines", product: "JSON", vendor: "" };
static CSV: SourceMeta = SourceMeta { id: "csv", product: "CSV", vendor: "" };

impl Source for JsonLines {
    fn meta(&self) -> &'static SourceMeta {
        &JSON
    }

    fn parse<'a>(
        &self,
        line: &Line<'a>,
        context: &Context<'a, '_>,
        event: &mut Event<'a>,
    ) -> Result<(), Refusal> {
        let Some(root) = line.json else {
            // What starts like an object and is none was cut off, or is another format.
            return Err(if line.message.starts_with("{\"") {
                Refusal::Broken("no whole JSON object")
            } else {
                Refusal::NotMine
            });
        };
        let there = |names: &[&str]| names.iter().any(|n| root.get(n).is_some());
        // Windows events have a reader of their own; without it their meaning would be lost.
        if there(&["EventID", "EventId", "event_id"])
            && there(&["Channel", "SourceName", "ProviderName", "Source", "Computer", "winlog"])
        {
            return Err(Refusal::NotMine);
        }
        if root.0.is_empty() {
            return Err(Refusal::Broken("empty JSON object"));
        }
        json::flatten(root, context.arena, event);
        event.unset(Field::Message);
        name(context, event);
        Ok(())
    }
}

impl Source for CsvRows {
    fn meta(&self) -> &'static SourceMeta {
        &CSV
    }

    fn parse<'a>(
        &self,
        line: &Line<'a>,
        context: &Context<'a, '_>,
        event: &mut Event<'a>,
    ) -> Result<(), Refusal> {
        let Some(columns) = line.columns else { return Err(Refusal::NotMine) };
        // A row may begin with a time, which an envelope's reader takes for its own.
        let fits =
            |separator| csv::fields(line.text, separator, context.arena).filter(|f| f.len() == columns.len());
        let Some(fields) = [',', ';', '\t'].into_iter().find_map(fits) else {
            let w3c = columns.iter().any(|c| matches!(*c, "cs-method" | "c-ip" | "cs-uri-stem" | "s-ip"));
            return Err(if w3c {
                Refusal::NotMine
            } else {
                Refusal::Broken("row with another number of columns than the header")
            });
        };
        event.unset(Field::HostHostname);
        event.unset(Field::LogSyslogAppname);
        event.unset(Field::ProcessPid);
        event.unset(Field::Message);
        event.time = None;
        for (name, value) in columns.iter().zip(fields) {
            let name = name.trim().trim_matches('"');
            if !value.is_empty() {
                event.native.push((name, Value::Str(value)));
            }
        }
        name(context, event);
        Ok(())
    }
}

/// Gives the own fields of an event their ECS names.
fn name<'a>(context: &Context<'a, '_>, event: &mut Event<'a>) {
    let own = std::mem::take(&mut event.native);
    let holds = |path: &str, text: &str| own.iter().any(|(n, v)| *n == path && text_is(v, text));
    let mapping = context.mapping.find(holds);
    let mapped = mapping.is_some_and(|m| apply(m, &own, context, event));
    for (name, value) in &own {
        if value.is_empty() {
            continue;
        }
        if let Some(field) = Field::of_name(name) {
            // An address in its canonical form; everything else as it stands.
            match (field, value) {
                (Field::SourceIp | Field::ClientIp, Value::Str(text))
                    if event.get(Field::SourceIp).is_none() =>
                {
                    cloud::source(event, text, context.arena);
                }
                _ if event.get(field).is_none() => event.set(field, *value),
                _ => {}
            }
        } else if let Some(role) = role(name) {
            take(role, *value, mapped, context, event);
        }
    }
    event.native = own;
    outcome(event);
    kinds(event);
}

fn text_is(value: &Value<'_>, text: &str) -> bool {
    match value {
        Value::Str(s) => *s == text,
        other => other.to_text() == text,
    }
}

/// Applies a mapping; true where it gave the time.
fn apply<'a>(
    mapping: &Mapping,
    own: &[(&'a str, Value<'a>)],
    context: &Context<'a, '_>,
    event: &mut Event<'a>,
) -> bool {
    if !mapping.source_name.is_empty() {
        event.set(Field::EventProvider, &*context.arena.alloc_str(&mapping.source_name));
    }
    for (path, field) in &mapping.fields {
        let Some((_, value)) = own.iter().find(|(n, v)| n == path && !v.is_empty()) else { continue };
        match (field, value) {
            (Field::SourceIp | Field::SourceAddress, Value::Str(text)) => {
                cloud::source(event, text, context.arena);
            }
            (Field::DestinationIp | Field::DestinationAddress, Value::Str(text)) => {
                event.destination_address(text);
            }
            _ => event.set(*field, *value),
        }
    }
    let Some((_, value)) = own.iter().find(|(n, _)| *n == mapping.time_field) else { return false };
    let time = match &mapping.time_format {
        TimeFormat::Any => any_time(value, context.time),
        TimeFormat::Epoch => context.time.epoch_text(&value.to_text()),
        TimeFormat::Pattern(pattern) => pattern_time(pattern, &value.to_text(), context.time),
    };
    if let Some(time) = time {
        event.time = Some(time);
    }
    time.is_some()
}

/// A time by a pattern: with an offset where the pattern reads one, else in the assumed zone.
fn pattern_time(pattern: &str, text: &str, time: &TimeReader) -> Option<EventTime> {
    let broken = jiff::fmt::strtime::parse(pattern, text.trim()).ok()?;
    let civil = broken.to_datetime().ok()?;
    let local = jiff::tz::TimeZone::UTC.to_ambiguous_timestamp(civil).compatible().ok()?;
    let nanos = u32::try_from(civil.subsec_nanosecond()).ok()?;
    let offset = broken.offset().map(jiff::tz::Offset::seconds);
    time.local(local.as_second(), nanos, offset)
}

/// A time in any form that names itself.
fn any_time(value: &Value<'_>, time: &TimeReader) -> Option<EventTime> {
    let text = match value {
        Value::Str(text) => text.trim(),
        Value::Int(_) | Value::UInt(_) | Value::Float(_) => return time.epoch_text(&value.to_text()),
        _ => return None,
    };
    let number = text.len() >= 9 && text.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    time.iso(text)
        .or_else(|| number.then(|| time.epoch_text(text)).flatten())
        .or_else(|| time.clf(text))
        .or_else(|| time.bsd_prefix(text).map(|(t, _)| t))
        .or_else(|| time.iso_prefix(text).map(|(t, _)| t))
        // Month first, in the zone that is assumed: this form is nobody's statement of UTC.
        .or_else(|| cloud::american(text).and_then(|t| time.local(t.seconds(), 0, None)))
}

/// What a name stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    Time,
    Source,
    Destination,
    User,
    Result,
    Is(Field),
}

/// What a common name stands for; letters alone count, so `src_ip`, `srcIp` and `SRC-IP` are the same.
fn role(name: &str) -> Option<Role> {
    let mut small = [0_u8; 24];
    let mut len = 0;
    for b in name.bytes().filter(|b| !matches!(b, b'_' | b'-' | b' ' | b'@')) {
        *small.get_mut(len)? = b.to_ascii_lowercase();
        len += 1;
    }
    let small = std::str::from_utf8(small.get(..len)?).ok()?;
    Some(match small {
        "timestamp" | "time" | "ts" | "date" | "datetime" | "eventtime" | "created" | "createdat"
        | "logtime" | "timegenerated" | "isotimestamp" | "eventtimestamp" | "timecreated" | "日時"
        | "時刻" | "発生日時" => Role::Time,
        "src" | "srcip" | "sourceip" | "source" | "sourceaddress" | "srcaddr" | "clientip" | "client"
        | "clientaddress" | "remoteip" | "remoteaddr" | "remoteaddress" | "remotehost" | "ip"
        | "ipaddress" | "ipaddr" | "saddr" | "sourceipaddress" | "callerip" | "peer" | "送信元"
        | "接続元" => Role::Source,
        "dst" | "dstip" | "destip" | "destinationip" | "destination" | "dstaddr" | "daddr"
        | "destinationaddress" | "serverip" => Role::Destination,
        "user" | "username" | "userid" | "account" | "accountname" | "login" | "loginname" | "uname"
        | "principal" | "actor" | "userprincipalname" | "upn" | "loginid" | "ユーザー" | "ユーザ"
        | "ユーザー名" | "ユーザ名" => Role::User,
        "result" | "outcome" | "status" | "success" | "eventoutcome" | "結果" => Role::Result,
        "host" | "hostname" | "computer" | "computername" | "machine" | "device" | "devicename"
        | "host.name" => Role::Is(Field::HostHostname),
        "srcport" | "sourceport" | "sport" | "spt" | "clientport" | "remoteport" => {
            Role::Is(Field::SourcePort)
        }
        "dstport" | "destport" | "destinationport" | "dport" | "dpt" => Role::Is(Field::DestinationPort),
        "action" | "event" | "eventname" | "eventtype" | "operation" | "activity" | "操作" => {
            Role::Is(Field::EventAction)
        }
        "reason" | "error" | "errormessage" => Role::Is(Field::EventReason),
        "message" | "msg" | "description" | "text" => Role::Is(Field::Message),
        "level" | "severity" | "loglevel" => Role::Is(Field::LogLevel),
        "command" | "cmd" | "commandline" | "cmdline" => Role::Is(Field::ProcessCommandLine),
        "process" | "processname" | "program" => Role::Is(Field::ProcessName),
        "pid" | "processid" => Role::Is(Field::ProcessPid),
        "url" | "uri" | "requesturi" | "requesturl" => Role::Is(Field::UrlOriginal),
        "method" | "httpmethod" | "requestmethod" => Role::Is(Field::HttpRequestMethod),
        "statuscode" | "httpstatus" | "responsecode" => Role::Is(Field::HttpResponseStatusCode),
        "useragent" | "httpuseragent" => Role::Is(Field::UserAgentOriginal),
        "email" | "mail" | "useremail" => Role::Is(Field::UserEmail),
        "targetuser" | "targetusername" => Role::Is(Field::UserTargetName),
        "group" | "groupname" => Role::Is(Field::GroupName),
        "role" | "roles" => Role::Is(Field::UserRoles),
        "file" | "filename" => Role::Is(Field::FileName),
        "filepath" | "path" => Role::Is(Field::FilePath),
        "country" | "countrycode" => Role::Is(Field::SourceGeoCountryIsoCode),
        "sessionid" | "session" => Role::Is(Field::SessionId),
        "service" | "servicename" | "application" | "app" => Role::Is(Field::ServiceName),
        "protocol" | "proto" => Role::Is(Field::NetworkTransport),
        _ => return None,
    })
}

/// Takes a value for what its name says, unless it is there already.
fn take<'a>(role: Role, value: Value<'a>, timed: bool, context: &Context<'a, '_>, event: &mut Event<'a>) {
    let text = match value {
        Value::Str(text) => text.trim(),
        _ => "",
    };
    match role {
        Role::Time if timed => {}
        Role::Time => {
            if let Some(time) = any_time(&value, context.time) {
                event.time = Some(time);
            }
        }
        Role::Source => {
            // A name is taken for the source only where it is an address: `source` is often a program.
            let (host, _) = cloud::host_and_port(text);
            if event.get(Field::SourceIp).is_none() && host.parse::<std::net::IpAddr>().is_ok() {
                cloud::source(event, text, context.arena);
            }
        }
        Role::Destination => {
            let (host, port) = cloud::host_and_port(text);
            if event.get(Field::DestinationIp).is_none() && host.parse::<std::net::IpAddr>().is_ok() {
                event.destination_address(host);
                if let Some(port) = port {
                    event.set(Field::DestinationPort, port);
                }
            }
        }
        Role::User => {
            if event.get(Field::UserName).is_none() {
                cloud::account(event, text, true);
            }
        }
        Role::Result => {
            if event.get(Field::EventOutcome).is_none()
                && let Some(success) = success(&value)
            {
                event.outcome(success);
            }
        }
        Role::Is(Field::SourceGeoCountryIsoCode) if text.len() != 2 => {
            cloud::set(event, Field::SourceGeoCountryName, Some(value));
        }
        Role::Is(field) => {
            if event.get(field).is_none() {
                cloud::set(event, field, Some(value));
            }
        }
    }
}

/// Whether a result says success or failure; None where it says neither.
fn success(value: &Value<'_>) -> Option<bool> {
    const GOOD: [&str; 9] =
        ["success", "succeeded", "successful", "ok", "true", "allowed", "accepted", "granted", "成功"];
    const BAD: [&str; 10] =
        ["failure", "failed", "fail", "error", "false", "denied", "rejected", "blocked", "invalid", "失敗"];
    match value {
        Value::Bool(b) => Some(*b),
        Value::Str(text) => {
            let is = |words: &[&str]| words.iter().any(|w| text.trim().eq_ignore_ascii_case(w));
            if is(&GOOD) {
                Some(true)
            } else if is(&BAD) {
                Some(false)
            } else {
                None
            }
        }
        _ => None,
    }
}

/// An outcome in other words becomes ECS's own.
fn outcome(event: &mut Event<'_>) {
    let Some(value) = event.get(Field::EventOutcome) else { return };
    if matches!(value, Value::Str("success" | "failure" | "unknown")) {
        return;
    }
    match success(&value) {
        Some(success) => event.outcome(success),
        None => event.unset(Field::EventOutcome),
    }
}

/// A sign-in is known by its action's words; nothing else is told from a name.
fn kinds(event: &mut Event<'_>) {
    if event.get(Field::EventCategory).is_some() {
        return;
    }
    let Some(action) = event.text(Field::EventAction) else { return };
    let is = |words: &[&str]| words.iter().any(|w| cloud::has(action, w));
    if is(&["logout", "logoff", "signout", "sign-out", "ログアウト", "ログオフ"]) {
        event.category(&[Value::Str("authentication"), Value::Str("session")]);
        event.kind(&[Value::Str("end")]);
    } else if is(&[
        "login",
        "logon",
        "signin",
        "sign-in",
        "sign_in",
        "authenticat",
        "ログイン",
        "ログオン",
        "サインイン",
    ]) {
        if event.get(Field::EventOutcome).is_none() && is(&["fail", "invalid", "denied", "失敗"]) {
            event.outcome(false);
        } else if event.get(Field::EventOutcome).is_none() && is(&["success", "succeed", "成功"]) {
            event.outcome(true);
        }
        event.category(&[Value::Str("authentication")]);
        event.kind(&[Value::Str("start")]);
    }
}

/// Whether an object says more about an event than a line of text that it carries: addresses, users or actions in ECS names.
pub(super) fn speaks(root: json::Object<'_>) -> bool {
    ["event.action", "event.outcome", "source.ip", "user.name", "destination.ip"]
        .iter()
        .any(|p| root.path(p).is_some())
}

#[cfg(test)]
mod tests {
    use bumpalo::Bump;

    use super::*;
    use crate::sources::cloud::testing::{ask, read, shown};
    use crate::sources::mapping::FieldMapping;

    #[test]
    fn ecs_names_nested_and_dotted() {
        let text = r#"{"@timestamp":"2026-12-30T15:00:00Z","user":{"name":"taro"},"source.ip":"203.0.113.9","event":{"action":"login","outcome":"failure","category":["authentication"]}}"#;
        read(&JsonLines, text, |event| {
            assert_eq!(shown(event, "user.name"), "taro");
            assert_eq!(shown(event, "source.ip"), "203.0.113.9");
            assert_eq!(shown(event, "event.outcome"), "failure");
            assert_eq!(
                event.time.map(|t| t.timestamp().to_string()).as_deref(),
                Some("2026-12-30T15:00:00Z")
            );
        });
    }

    #[test]
    fn common_names() {
        let text = r#"{"time":1798642800,"userName":"OFFICE\\taro","clientIp":"[2001:db8::5]:443","action":"user_login","result":"NG","status":"失敗","source":"portal"}"#;
        read(&JsonLines, text, |event| {
            assert_eq!(shown(event, "user.name"), "taro");
            assert_eq!(shown(event, "source.ip"), "2001:db8::5");
            assert_eq!(shown(event, "event.category"), "authentication");
            assert_eq!(shown(event, "event.outcome"), "failure");
        });
        ask(&JsonLines, "{\"a\":", |result, _| assert!(matches!(result, Err(Refusal::Broken(_)))));
        let windows = r#"{"EventID":4625,"Channel":"Security"}"#;
        ask(&JsonLines, windows, |result, _| assert_eq!(result, Err(Refusal::NotMine)));
    }

    #[test]
    fn a_mapping_goes_first() {
        let arena = Bump::new();
        let time = TimeReader::new(crate::event::Zone::default(), 1_798_934_400);
        let mapping = FieldMapping {
            list: vec![Mapping {
                source_name: "Door".to_owned(),
                when: vec![("kind".to_owned(), "7".to_owned())],
                fields: vec![("who".to_owned(), Field::UserName), ("at.ip".to_owned(), Field::SourceIp)],
                time_field: "at.time".to_owned(),
                time_format: TimeFormat::Pattern("%d.%m.%Y %H:%M:%S".to_owned()),
            }],
        };
        let context = Context { mapping: &mapping, ..Context::new(&arena, &time) };
        let text = r#"{"kind":7,"who":"taro","at":{"ip":"203.0.113.9","time":"30.12.2026 15:00:00"}}"#;
        let mut event = Event::new(&JSON);
        super::super::Dispatcher::default().read(text, None, &context, &mut event).unwrap();
        assert_eq!(shown(&event, "event.provider"), "Door");
        assert_eq!(shown(&event, "user.name"), "taro");
        assert_eq!(shown(&event, "source.ip"), "203.0.113.9");
        assert_eq!(event.time.map(|t| t.timestamp().to_string()).as_deref(), Some("2026-12-30T15:00:00Z"));
    }

    #[test]
    fn rows_of_csv() {
        let arena = Bump::new();
        let time = TimeReader::new(crate::event::Zone::default(), 1_798_934_400);
        let context = Context::new(&arena, &time);
        let columns: &[&str] = &["日時", "User Name", "Client IP", "Action"];
        let mut event = Event::new(&CSV);
        let row = "2026/12/30 15:00:00;taro;203.0.113.9;\"Login; failed\"";
        super::super::Dispatcher::default().read(row, Some(columns), &context, &mut event).unwrap();
        assert_eq!(shown(&event, "user.name"), "taro");
        assert_eq!(shown(&event, "event.outcome"), "failure");
        assert_eq!(event.time.map(|t| t.timestamp().to_string()).as_deref(), Some("2026-12-30T15:00:00Z"));
        let short = super::super::Dispatcher::default().read("a,b", Some(columns), &context, &mut event);
        assert!(matches!(short, Err(Refusal::Broken(_))));
    }
}
