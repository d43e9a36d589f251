//! Cisco Duo: authentication, administrator, telephony and offline logs (Duo documentation: Admin API, Logs).

use crate::event::{Event, Field, Value};

use super::cloud::{self, own, said};
use super::json::{self, Object};
use super::{Context, Line, Refusal, Source, SourceMeta};

/// The source.
#[derive(Debug)]
pub struct Duo;

static META: SourceMeta = SourceMeta { id: "duo", product: "Duo", vendor: "Cisco" };

/// The Admin API gives the log's kind as `eventtype` only through some collectors; its members tell it otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Log {
    Authentication,
    Administrator,
    Offline,
    Telephony,
    /// The activity log of the Admin API, version 2.
    Activity,
    /// `authevents.log` of the Authentication Proxy.
    Proxy,
}

impl Source for Duo {
    fn meta(&self) -> &'static SourceMeta {
        &META
    }

    fn parse<'a>(
        &self,
        line: &Line<'a>,
        context: &Context<'a, '_>,
        event: &mut Event<'a>,
    ) -> Result<(), Refusal> {
        let root = line.json.ok_or(Refusal::NotMine)?;
        let log = log(root).ok_or(Refusal::NotMine)?;
        let stated = root.text("isotimestamp").or_else(|| root.text("ts")).or_else(|| root.text("timestamp"));
        event.time = match (stated, root.value("timestamp")) {
            (Some(text), _) => cloud::utc(text, context.time),
            (None, Some(number)) => context.time.epoch_text(&number.to_text()),
            _ => None,
        };
        if event.time.is_none() {
            return Err(Refusal::Broken("Duo event whose time cannot be read"));
        }
        json::flatten(root, context.arena, event);
        event.logsource.product = "cisco";
        event.logsource.service = "duo";
        event.unset(Field::Message);
        cloud::set(event, Field::EventAction, root.value("action"));
        let user = said(root.text("username")).or_else(|| said(root.text("user.name")));
        if let Some(user) = user {
            event.set(Field::UserName, user);
        }
        cloud::set(event, Field::UserId, root.value("user.key"));
        cloud::set(event, Field::UserEmail, root.value("email"));
        match log {
            Log::Activity => activity(root, context, event),
            Log::Proxy => proxy(root, context, event),
            Log::Authentication => authentication(root, context, event),
            Log::Administrator | Log::Offline => administrator(root, log, context, event),
            Log::Telephony => {
                event.category(&[Value::Str("authentication")]);
                event.kind(&[Value::Str("info")]);
                cloud::set(event, Field::EventReason, root.value("context"));
            }
        }
        Ok(())
    }
}

fn log(root: Object<'_>) -> Option<Log> {
    match root.text("eventtype") {
        Some("admin_log" | "administrator") => return Some(Log::Administrator),
        Some("offline_log" | "offline_enrollment") => return Some(Log::Offline),
        Some("telephony_log" | "telephony") => return Some(Log::Telephony),
        Some("authentication" | "authentication_log" | "auth_log") => return Some(Log::Authentication),
        _ => {}
    }
    let there = |name: &str| root.get(name).is_some();
    if there("activity_id") && there("actor") && there("action") {
        return Some(Log::Activity);
    }
    if there("auth_stage") && there("server_section") {
        return Some(Log::Proxy);
    }
    if there("telephony_id") && there("credits") {
        Some(Log::Telephony)
    } else if there("txid") && (there("access_device") || there("auth_device")) {
        Some(Log::Authentication)
    } else if there("isotimestamp") && there("action") && there("object") && there("description") {
        let offline = root.text("action").is_some_and(|a| a.starts_with("o2fa_"));
        Some(if offline { Log::Offline } else { Log::Administrator })
    } else {
        None
    }
}

fn authentication<'a>(root: Object<'a>, context: &Context<'a, '_>, event: &mut Event<'a>) {
    let success = match root.text("result") {
        Some("success" | "SUCCESS") => Some(true),
        Some(_) => Some(false),
        None => None,
    };
    // A bypassed or remembered device is no second factor at this time.
    let factor = root.text("factor").unwrap_or_default();
    let reason = root.text("reason").unwrap_or_default();
    let bypassed = matches!(factor, "" | "not_available" | "bypass_code" | "remembered_device" | "n/a")
        || reason.contains("bypass")
        || reason.starts_with("allow_unenrolled")
        || reason == "trusted_network"
        || reason == "remembered_device";
    cloud::sign_in(event, success, Some(!bypassed));
    cloud::set(event, Field::EventReason, root.value("reason"));
    if event.get(Field::EventAction).is_none() {
        cloud::set(event, Field::EventAction, root.value("event_type"));
    }
    for place in ["access_device.ip", "ip"] {
        if event.get(Field::SourceIp).is_none()
            && let Some(address) = root.text(place)
        {
            cloud::source(event, address, context.arena);
        }
    }
    cloud::set(event, Field::SourceGeoCityName, root.value("access_device.location.city"));
    cloud::set(event, Field::SourceGeoRegionName, root.value("access_device.location.state"));
    cloud::set(event, Field::SourceGeoCountryName, root.value("access_device.location.country"));
    cloud::set(event, Field::UserAgentName, root.value("access_device.browser"));
    cloud::set(event, Field::UserAgentOsName, root.value("access_device.os"));
    cloud::set(event, Field::HostName, root.value("access_device.hostname"));
    cloud::set(event, Field::ServiceName, root.value("application.name"));
    cloud::set(event, Field::EventId, root.value("txid"));
}

fn activity<'a>(root: Object<'a>, context: &Context<'a, '_>, event: &mut Event<'a>) {
    let action = root.text("action.name").unwrap_or_default();
    event.set_text(Field::EventAction, action);
    cloud::set(event, Field::EventId, root.value("activity_id"));
    cloud::set(event, Field::UserName, root.value("actor.name"));
    cloud::set(event, Field::UserId, root.value("actor.key"));
    if let Some(address) = root.text("access_device.ip.address").or_else(|| root.text("access_device.ip")) {
        cloud::source(event, address, context.arena);
    }
    cloud::set(event, Field::SourceGeoCountryName, root.value("access_device.location.country"));
    match root.text("outcome.result") {
        Some("SUCCESS") => event.outcome(true),
        Some("FAILURE") => event.outcome(false),
        _ => {}
    }
    if root.text("target.type").is_some_and(|t| t.contains("user") || t.contains("admin")) {
        cloud::set(event, Field::UserTargetName, root.value("target.name"));
    }
    if action.contains("login") {
        event.category(&[Value::Str("authentication")]);
        event.kind(&[Value::Str("start")]);
    } else {
        event.category(&[Value::Str("iam")]);
        event.kind(cloud::iam_types(action));
    }
}

fn proxy<'a>(root: Object<'a>, context: &Context<'a, '_>, event: &mut Event<'a>) {
    let status = root.text("status").unwrap_or_default();
    let success = match status {
        "Allow" => Some(true),
        "Deny" | "Reject" | "Error" => Some(false),
        _ => None,
    };
    let second = root.text("auth_stage").map(|s| cloud::has(s, "secondary"));
    cloud::sign_in(event, success, second);
    cloud::set(event, Field::EventAction, root.value("auth_stage"));
    cloud::set(event, Field::EventReason, root.value("msg"));
    cloud::set(event, Field::HostHostname, root.value("hostname"));
    cloud::set(event, Field::ServiceName, root.value("server_section"));
    if let Some(address) = root.text("client_ip") {
        cloud::source(event, address, context.arena);
    }
}

/// The administrator log states its details as JSON in `description`.
fn administrator<'a>(root: Object<'a>, log: Log, context: &Context<'a, '_>, event: &mut Event<'a>) {
    let action = root.text("action").unwrap_or_default();
    if let Some(details) = cloud::inner(root, "description", context.arena) {
        if let Some(address) = details.text("ip_address") {
            cloud::source(event, address, context.arena);
        }
        cloud::set(event, Field::UserEmail, details.value("email"));
        cloud::set(event, Field::EventReason, details.value("error"));
        cloud::set(event, Field::HostName, details.value("hostname"));
        cloud::set(event, Field::UserAgentOriginal, details.value("user_agent"));
        cloud::set(event, Field::UserRoles, details.value("role"));
        own(event, "factor", details.value("factor"));
    }
    if matches!(action, "admin_login" | "admin_login_error") {
        event.set(Field::NetworkProtocol, "https");
        cloud::sign_in(event, Some(action == "admin_login"), None);
        return;
    }
    if log == Log::Offline {
        event.category(&[Value::Str("authentication")]);
        event.kind(&[Value::Str("info")]);
        return;
    }
    event.category(&[Value::Str("iam")]);
    if action.starts_with("user_") || action.starts_with("bypass_") || action.starts_with("admin_") {
        cloud::set(event, Field::UserTargetName, root.value("object"));
    }
    if action.starts_with("group_") {
        cloud::set(event, Field::GroupName, root.value("object"));
    }
    event.kind(match action {
        "user_create" | "user_import" => &[Value::Str("user"), Value::Str("creation")],
        "user_delete" | "user_pending_delete" => &[Value::Str("user"), Value::Str("deletion")],
        "user_update" => &[Value::Str("user"), Value::Str("change")],
        "admin_create" | "admin_invite" => &[Value::Str("admin"), Value::Str("creation")],
        "admin_delete" => &[Value::Str("admin"), Value::Str("deletion")],
        _ if action.starts_with("admin_") => &[Value::Str("admin"), Value::Str("change")],
        _ if action.starts_with("bypass_")
            || action.starts_with("phone_")
            || action.starts_with("hardtoken_") =>
        {
            &[Value::Str("user"), Value::Str("change")]
        }
        _ => cloud::iam_types(action),
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sources::cloud::testing::{read, shown};

    #[test]
    fn a_push_that_was_denied() {
        read(
            &Duo,
            r#"{"access_device":{"ip":"203.0.113.9","location":{"country":"Latvia"}},"event_type":"authentication","factor":"duo_push",
            "isotimestamp":"2026-12-30T15:00:00.5+00:00","reason":"user_marked_fraud","result":"fraud","txid":"t","user":{"key":"k","name":"taro"}}"#,
            |event| {
                assert_eq!(shown(event, "user.name"), "taro");
                assert_eq!(shown(event, "event.outcome"), "failure");
                assert_eq!(shown(event, "event.reason"), "user_marked_fraud");
                assert_eq!(event.native("mfa"), Some(Value::Bool(true)));
            },
        );
    }

    #[test]
    fn the_activity_log_and_the_proxy() {
        let text = r#"{"access_device":{"ip":{"address":"203.0.113.9"}},"action":{"name":"user_create"},"activity_id":"a","actor":{"name":"admin","key":"k"},"outcome":{"result":"SUCCESS"},"target":{"name":"jiro","type":"user"},"ts":"2026-12-30T15:00:00.5+00:00"}"#;
        read(&Duo, text, |event| {
            assert_eq!(shown(event, "event.type"), "user, creation");
            assert_eq!(shown(event, "user.target.name"), "jiro");
            assert_eq!(shown(event, "source.ip"), "203.0.113.9");
        });
        let text = r#"{"username":"taro","status":"Reject","server_section":"radius_server_auto","auth_stage":"Secondary authentication","client_ip":"203.0.113.9","timestamp":"2026-12-30T15:00:00.5Z","msg":"Login request denied."}"#;
        read(&Duo, text, |event| {
            assert_eq!(shown(event, "event.outcome"), "failure");
            assert_eq!(shown(event, "user.name"), "taro");
        });
    }

    #[test]
    fn an_administrator_makes_a_bypass_code() {
        read(
            &Duo,
            r#"{"action":"bypass_create","description":"{\"ip_address\":\"198.51.100.4\"}","isotimestamp":"2026-12-30T15:00:00+00:00","object":"taro","timestamp":1798642800,"username":"Admin"}"#,
            |event| {
                assert_eq!(shown(event, "source.ip"), "198.51.100.4");
                assert_eq!(shown(event, "user.target.name"), "taro");
                assert_eq!(shown(event, "event.type"), "user, change");
            },
        );
    }
}
