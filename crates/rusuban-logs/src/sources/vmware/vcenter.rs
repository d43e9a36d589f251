//! VMware vCenter Server: vSphere events (`Event [id] [1-1] [time] [class] [level] [user] [datacenter] [chain] [text]`), the
//! single sign-on audit (JSON), vpxd, the reverse proxy, sudo and the Java services.

use crate::event::{Event, Field, Value};
use crate::sources::cloud;
use crate::sources::json;
use crate::sources::{Context, Line, Refusal, Source, SourceMeta};

use super::{Head, connection, events, fill, head, unprioritised};

/// The source.
#[derive(Debug)]
pub struct VCenter;

static META: SourceMeta = SourceMeta { id: "vmware_vcenter", product: "vCenter Server", vendor: "VMware" };

impl Source for VCenter {
    fn meta(&self) -> &'static SourceMeta {
        &META
    }

    fn parse<'a>(
        &self,
        line: &Line<'a>,
        context: &Context<'a, '_>,
        event: &mut Event<'a>,
    ) -> Result<(), Refusal> {
        event.logsource.product = "vmware";
        event.logsource.service = "vcenter";
        if line.json.is_some_and(|j| j.text("type").is_some_and(|t| t.starts_with("com.vmware.sso."))) {
            return single_sign_on(line.message, context, event);
        }
        if line.json.is_some() {
            return Err(Refusal::NotMine);
        }
        if let Some(rest) = line.message.strip_prefix("Event [") {
            return vsphere(rest, context, event);
        }
        if let Some(rest) = java(line, context, event) {
            event.set_text(Field::EventReason, rest);
            event.category(&[Value::Str("host")]);
            event.kind(&[Value::Str("info")]);
            return Ok(());
        }
        if let Some(command) = sudo(line, context, event) {
            event.set_text(Field::ProcessCommandLine, command);
            event.category(&[Value::Str("process")]);
            event.kind(&[Value::Str("start")]);
            return Ok(());
        }
        let head = head(line, context);
        if let Some((_, object)) = head.text.split_once("{\"")
            && head.text.contains("\"com.vmware.sso.")
        {
            fill(&head, event);
            let from = head.text.len() - object.len() - 2;
            return single_sign_on(head.text.get(from..).unwrap_or_default(), context, event);
        }
        if !of_vcenter(&head) {
            return Err(Refusal::NotMine);
        }
        fill(&head, event);
        event.category(&[Value::Str("host")]);
        event.kind(&[Value::Str("info")]);
        if head.process == "envoy" || head.text.contains("via_upstream") {
            request(head.text, context, event);
        } else {
            event.set_text(Field::EventReason, head.text.split(';').next().unwrap_or_default());
            connection(head.text, event);
            if head.text.contains("vim.fault.InvalidLogin") && head.text.contains("SessionManager.login") {
                event.category(&[Value::Str("authentication")]);
                event.kind(&[Value::Str("start")]);
                event.outcome(false);
            }
        }
        Ok(())
    }
}

/// Whether a service of vCenter wrote the line; some run on hosts too.
pub(super) fn of_vcenter(head: &Head<'_>) -> bool {
    head.process.starts_with("vpxd")
        || !head.originator.is_empty()
            && (matches!(
                head.process,
                "envoy" | "applmgmt" | "vsphere-ui" | "eam" | "vapi" | "trustmanagement"
            ) || head.process == "rhttpproxy" && head.text.contains("via_upstream"))
}

/// `id] [1-1] [time] [class] [level] [user] [datacenter] [chain] [text]`; a text of several lines ends without a bracket.
fn vsphere<'a>(rest: &'a str, context: &Context<'a, '_>, event: &mut Event<'a>) -> Result<(), Refusal> {
    let mut fields = [""; 8];
    let mut rest = rest;
    for field in &mut fields {
        let Some((value, after)) = rest.split_once("] [") else {
            return Err(Refusal::Broken("vSphere event with fewer parts than documented"));
        };
        *field = value;
        rest = after;
    }
    let [id, part, stamp, class, level, user, place, _] = fields;
    event.time = context.time.iso(stamp).or(event.time);
    event.set_text(Field::EventId, id);
    event.set_text(Field::EventCode, class);
    event.set_text(Field::EventAction, class.rsplit('.').next().unwrap_or(class));
    event.set_text(Field::LogLevel, level);
    event.native.push(("part", part.into()));
    event.native.push(("datacenter", place.into()));
    event.category(&[Value::Str("host")]);
    event.kind(&[Value::Str("info")]);
    let text = rest.strip_suffix(']').unwrap_or(rest);
    event.set_text(Field::Message, text);
    cloud::account(event, user, false);
    let known = events::read(text, event);
    if !known {
        let has = |w: &str| class.contains(w);
        if has("Permission") || has("Role") {
            event.category(&[Value::Str("iam")]);
            event.kind(&[Value::Str("change")]);
        } else if has("Removed") || has("Destroyed") || has("Deleted") {
            event.category(&[Value::Str("configuration"), Value::Str("host")]);
            event.kind(&[Value::Str("deletion")]);
        } else if has("Created") || has("Added") || has("Cloned") || has("Deployed") {
            event.category(&[Value::Str("configuration"), Value::Str("host")]);
            event.kind(&[Value::Str("creation")]);
        } else if has("Reconfigured") || has("Changed") || has("Updated") || has("Renamed") {
            event.category(&[Value::Str("configuration"), Value::Str("host")]);
            event.kind(&[Value::Str("change")]);
        }
    }
    if class.contains("BadUsernameSession") || class.contains("NoAccessUser") {
        event.category(&[Value::Str("authentication"), Value::Str("session")]);
        event.kind(&[Value::Str("start")]);
        event.outcome(false);
    }
    Ok(())
}

/// `{"user":…,"client":…,"description":…,"type":"com.vmware.sso.LoginFailure"}`.
fn single_sign_on<'a>(
    text: &'a str,
    context: &Context<'a, '_>,
    event: &mut Event<'a>,
) -> Result<(), Refusal> {
    let object =
        json::parse(text.trim(), context.arena).ok_or(Refusal::Broken("single sign-on record is no JSON"))?;
    json::flatten(object, context.arena, event);
    let kind = object.text("type").unwrap_or_default();
    event.set_text(Field::EventCode, kind);
    event.set_text(Field::EventAction, kind.rsplit('.').next().unwrap_or(kind));
    let stamp = object.text("timestamp").and_then(|t| cloud::utc(t, context.time));
    event.time = event.time.or(stamp);
    cloud::set(event, Field::EventReason, object.value("description"));
    cloud::set(event, Field::LogLevel, object.value("eventSeverity"));
    if let Some(user) = object.text("user") {
        cloud::account(event, user, false);
    }
    if let Some(client) = object.text("client") {
        cloud::source(event, client, context.arena);
    }
    match kind.rsplit('.').next().unwrap_or(kind) {
        "LoginSuccess" => cloud::sign_in(event, Some(true), None),
        "LoginFailure" => cloud::sign_in(event, Some(false), None),
        "Logout" => {
            event.category(&[Value::Str("authentication"), Value::Str("session")]);
            event.kind(&[Value::Str("end")]);
        }
        _ => {
            event.category(&[Value::Str("iam")]);
            event.kind(cloud::iam_types(object.text("description").unwrap_or(kind)));
        }
    }
    Ok(())
}

/// A request at the reverse proxy: `TIME METHOD path HTTP/1.1 status … client local upstream-local upstream`.
fn request<'a>(text: &'a str, context: &Context<'a, '_>, event: &mut Event<'a>) {
    event.category(&[Value::Str("web"), Value::Str("network")]);
    event.kind(&[Value::Str("access")]);
    let text = context.time.iso_prefix(text).map_or(text, |(_, rest)| rest);
    let mut words = text.split_ascii_whitespace().skip_while(|w| !w.bytes().all(|b| b.is_ascii_uppercase()));
    let (Some(method), Some(path), Some(version), Some(status)) =
        (words.next(), words.next(), words.next(), words.next())
    else {
        return;
    };
    if !version.starts_with("HTTP/") {
        return;
    }
    event.set_text(Field::HttpRequestMethod, method);
    event.set_text(Field::UrlOriginal, path);
    if let Ok(status) = status.parse::<u64>() {
        event.set(Field::HttpResponseStatusCode, status);
    }
    let mut ends = words.filter_map(|w| {
        let (host, port) = cloud::host_and_port(w);
        port.filter(|_| host.parse::<std::net::IpAddr>().is_ok()).map(|p| (host, p))
    });
    if let Some((host, port)) = ends.next() {
        event.source_address(host);
        event.set(Field::SourcePort, port);
    }
    if let Some((host, port)) = ends.next() {
        event.destination_address(host);
        event.set(Field::DestinationPort, port);
    }
}

/// The Java services: `TIME: seconds: [GC …]`, `[TIME] [INFO ] thread class text`, `TIME [thread [] INFO class opId=] text`.
fn java<'a>(line: &Line<'a>, context: &Context<'a, '_>, event: &mut Event<'a>) -> Option<&'a str> {
    let text = unprioritised(line.text);
    if let Some(inner) = text.strip_prefix('[') {
        let (time, rest) = context.time.iso_prefix(inner)?;
        let (level, rest) = rest.strip_prefix("] [")?.split_once("] ")?;
        if !rest.contains("vmware") && !rest.contains("c.v.v") && !rest.contains("vapi") {
            return None;
        }
        event.time = Some(time);
        event.unset(Field::HostHostname);
        event.set_text(Field::LogLevel, level.trim());
        return Some(rest);
    }
    let (time, rest) = context.time.iso_prefix(text)?;
    if let Some(rest) = rest.strip_prefix(": ") {
        let (seconds, said) = rest.split_once(": [")?;
        if !seconds.bytes().all(|b| b.is_ascii_digit() || b == b'.') {
            return None;
        }
        event.time = Some(time);
        event.unset(Field::HostHostname);
        return Some(said.trim_end_matches(']'));
    }
    let inner = rest.strip_prefix(" [")?;
    let (thread, said) = inner.split_once("] ").filter(|(t, _)| t.len() < 400)?;
    let (_, words) = thread.split_once("[] ").unwrap_or(("", thread));
    // `[thread [] INFO com.vmware.… opId=] text`: the first bracket closes the empty one.
    let (words, said) = if words.is_empty() || !words.contains("com.vmware") {
        said.split_once("] ")?
    } else {
        (words, said)
    };
    if !words.contains("com.vmware.") {
        return None;
    }
    event.time = Some(time);
    event.unset(Field::HostHostname);
    event.set_text(Field::LogLevel, words.split_ascii_whitespace().next().unwrap_or_default());
    Some(said)
}

/// `TIME host sudo - - -  user : PWD=/ ; USER=root ; COMMAND=…`, the appliance's form of a header.
fn sudo<'a>(line: &Line<'a>, context: &Context<'a, '_>, event: &mut Event<'a>) -> Option<&'a str> {
    let (head, rest) = line.text.split_once(" sudo - - - ")?;
    let (before, command) = rest.split_once("COMMAND=")?;
    let (time, host) = context.time.iso_prefix(unprioritised(head).trim_start_matches("1 "))?;
    event.time = Some(time);
    event.set_text(Field::HostHostname, host.trim());
    event.set(Field::ProcessName, "sudo");
    let (user, settings) = before.split_once(" : ")?;
    event.set_text(Field::UserName, user.trim());
    let target = settings.split_once("USER=").and_then(|(_, t)| t.split([' ', ';']).next());
    event.set_text(Field::UserEffectiveName, target.unwrap_or_default());
    Some(command.trim())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sources::cloud::testing::{ask, read, shown};

    #[test]
    fn a_sign_in_event_with_and_without_a_header() {
        let event = r"Event [7] [1-1] [2026-12-30T15:00:00.629Z] [vim.event.UserLoginSessionEvent] [info] [OFFICE\taro] [] [7] [User OFFICE\taro@203.0.113.9 logged in as Mozilla/5.0]";
        for text in [event.to_owned(), format!("<14>1 2026-12-30T15:00:01Z vc01 vpxd 33 - - {event}")] {
            read(&VCenter, &text, |event| {
                assert_eq!(shown(event, "user.name"), "taro");
                assert_eq!(shown(event, "user.domain"), "OFFICE");
                assert_eq!(shown(event, "source.ip"), "203.0.113.9");
                assert_eq!(shown(event, "event.action"), "UserLoginSessionEvent");
                assert_eq!(shown(event, "user_agent.original"), "Mozilla/5.0");
            });
        }
        ask(&VCenter, "Event [7] [1-1]", |result, _| assert!(matches!(result, Err(Refusal::Broken(_)))));
    }

    #[test]
    fn a_permission_is_given() {
        let text = r"Event [7] [1-1] [2026-12-30T15:00:00.629Z] [vim.event.PermissionAddedEvent] [info] [OFFICE\taro] [DC] [7] [Permission created for OFFICE\jiro on DC, role is Administrator, propagation is Enabled]";
        read(&VCenter, text, |event| {
            assert_eq!(shown(event, "event.action"), "PermissionAddedEvent");
            assert_eq!(shown(event, "event.type"), "admin, change");
            assert_eq!(shown(event, "user.name"), "taro");
            assert_eq!(shown(event, "user.target.name"), r"OFFICE\jiro");
            assert_eq!(shown(event, "user.roles"), "Administrator");
        });
    }

    #[test]
    fn the_single_sign_on_audit() {
        let text = r#"2026-12-30T15:00:00.509Z INFO websso[52:tomcat-http--15] [CorId=2d] [auditlogger] {"user":"taro@office.local","client":"203.0.113.9","timestamp":"12/30/2026 15:00:00 GMT","description":"failed","eventSeverity":"INFO","type":"com.vmware.sso.LoginFailure"}"#;
        read(&VCenter, text, |event| {
            assert_eq!(shown(event, "user.name"), "taro");
            assert_eq!(shown(event, "event.outcome"), "failure");
            assert_eq!(shown(event, "source.ip"), "203.0.113.9");
        });
        let bare = r#"{"user":"n/a","client":"203.0.113.9","timestamp":"12/30/2026 15:00:00 GMT","description":"Creating local person user 'jiro'","eventSeverity":"INFO","type":"com.vmware.sso.PrincipalManagement"}"#;
        read(&VCenter, bare, |event| assert_eq!(shown(event, "event.type"), "user, change"));
    }

    #[test]
    fn a_request_and_a_command() {
        let text = "2026-12-30T15:00:00.126Z info envoy[11] [Originator@6876 sub=Default] 2026-12-30T14:59:59.070Z POST /sdk HTTP/1.1 200 via_upstream - 1 2 1 0 0 203.0.113.9:54080 192.0.2.5:443 127.0.0.1:1 127.0.0.1:8085";
        read(&VCenter, text, |event| {
            assert_eq!(shown(event, "source.port"), "54080");
            assert_eq!(shown(event, "destination.ip"), "192.0.2.5");
            assert_eq!(shown(event, "http.response.status_code"), "200");
        });
        let text = "2026-12-31T00:00:00+09:00 vc01 sudo - - -  taro : PWD=/ ; USER=root ; COMMAND=/bin/ls -l";
        read(&VCenter, text, |event| {
            assert_eq!(shown(event, "process.command_line"), "/bin/ls -l");
            assert_eq!(shown(event, "user.effective.name"), "root");
        });
    }
}
