//! Keycloak's event log (Keycloak server administration guide: logging events): the plain text server log, its JSON
//! forms (Quarkus, ECS), and events as the admin API gives them.

use crate::event::{Event, Field, Value};

use super::cloud::{self, own, said};
use super::json;
use super::{Context, Line, Refusal, Source, SourceMeta};

/// The source.
#[derive(Debug)]
pub struct Keycloak;

static META: SourceMeta = SourceMeta { id: "keycloak", product: "Keycloak", vendor: "Red Hat" };

/// The logger's name in the text form.
const LOGGER: &str = "[org.keycloak.events]";

impl Source for Keycloak {
    fn meta(&self) -> &'static SourceMeta {
        &META
    }

    fn parse<'a>(
        &self,
        line: &Line<'a>,
        context: &Context<'a, '_>,
        event: &mut Event<'a>,
    ) -> Result<(), Refusal> {
        if let Some(root) = line.json {
            let logger = root.text("log.logger").or_else(|| root.text("loggerName"));
            if logger == Some("org.keycloak.events") {
                let message =
                    root.text("message").ok_or(Refusal::Broken("Keycloak record without a message"))?;
                json::flatten(root, context.arena, event);
                let stated = root.text("@timestamp").or_else(|| root.text("timestamp"));
                event.time = stated.and_then(|t| context.time.iso(t)).or(event.time);
                let host = root.value("host.hostname").or_else(|| root.value("hostName"));
                cloud::set(event, Field::HostName, host);
                cloud::set(event, Field::HostHostname, host);
                cloud::set(event, Field::LogLevel, root.value("log.level").or_else(|| root.value("level")));
                event.set(Field::Message, message);
                return pairs(message, context, event);
            }
            // An event of the admin API.
            if root.text("type").is_some() && root.get("realmId").is_some() && root.get("clientId").is_some()
            {
                json::flatten(root, context.arena, event);
                let time = root.value("time").and_then(|t| context.time.epoch_text(&t.to_text()));
                event.time = time.or(event.time);
                for (name, value) in
                    root.0.iter().chain(root.object("details").map(|d| d.0).unwrap_or_default())
                {
                    if let json::Json::Plain(Value::Str(text)) = value {
                        member(name, text, context, event);
                    }
                }
                kinds(event);
                return Ok(());
            }
            return Err(Refusal::NotMine);
        }
        let (_, after) = line.text.split_once(LOGGER).ok_or(Refusal::NotMine)?;
        // The level stands where syslog has the host.
        if let Some((time, rest)) = context.time.iso_prefix(line.text) {
            event.time = Some(time);
            event.unset(Field::HostHostname);
            if let Some(level) = rest.split_ascii_whitespace().next() {
                event.set(Field::LogLevel, level);
            }
        }
        let (_, list) = after.split_once(") ").unwrap_or(("", after));
        event.set(Field::Message, list.trim());
        pairs(list.trim(), context, event)
    }
}

/// `type="LOGIN", realmId="…"` (since version 22) or `type=LOGIN, realmId=…`.
fn pairs<'a>(list: &'a str, context: &Context<'a, '_>, event: &mut Event<'a>) -> Result<(), Refusal> {
    let mut rest = list;
    let mut any = false;
    while let Some((name, value)) = rest.split_once('=') {
        let name = name.trim_matches([',', ' ']);
        let (value, after) = match value.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"').unwrap_or((quoted, "")),
            None => value.split_once(", ").unwrap_or((value, "")),
        };
        rest = after;
        own(event, name, Some(Value::Str(value)));
        member(name, value, context, event);
        any = true;
    }
    if !any {
        return Err(Refusal::Broken("Keycloak event without names and values"));
    }
    kinds(event);
    Ok(())
}

/// One name with its value.
fn member<'a>(name: &str, value: &'a str, context: &Context<'a, '_>, event: &mut Event<'a>) {
    let Some(value) = said(Some(value)) else { return };
    match name {
        "type" | "operationType" => {
            event.set(Field::EventAction, value);
            event.set(Field::EventCode, value);
        }
        "ipAddress" => cloud::source(event, value, context.arena),
        "userId" => event.set(Field::UserId, value),
        "username" => cloud::account(event, value, true),
        "error" => {
            event.set(Field::EventReason, value);
            event.set(Field::ErrorCode, value);
        }
        "clientId" => event.set(Field::ServiceName, value),
        "realmName" => event.set(Field::OrganizationName, value),
        "realmId" => event.set(Field::OrganizationId, value),
        "sessionId" | "code_id" => event.set(Field::SessionId, value),
        _ => {}
    }
}

/// Category, type and outcome by the event's type.
fn kinds(event: &mut Event<'_>) {
    event.logsource.product = "keycloak";
    event.logsource.service = "events";
    let action = event.text(Field::EventAction).unwrap_or_default();
    let failed = action.ends_with("_ERROR") || event.get(Field::ErrorCode).is_some();
    let base = action.strip_suffix("_ERROR").unwrap_or(action);
    // Administrator events name what was changed.
    if let Some(resource) = event.native_text("resourceType") {
        event.category(&[Value::Str("iam"), Value::Str("configuration")]);
        let user = matches!(resource, "USER");
        event.kind(match (base, user) {
            ("CREATE", true) => &[Value::Str("user"), Value::Str("creation")],
            ("DELETE", true) => &[Value::Str("user"), Value::Str("deletion")],
            (_, true) => &[Value::Str("user"), Value::Str("change")],
            _ if resource.contains("ROLE") => &[Value::Str("admin"), Value::Str("change")],
            _ if resource.contains("GROUP") => &[Value::Str("group"), Value::Str("change")],
            _ => &[Value::Str("change")],
        });
        event.outcome(!failed);
        return;
    }
    event.category(&[Value::Str("authentication")]);
    // A token that is exchanged or renewed is no sign-in of its own, unless it fails.
    if failed || !matches!(base, "CODE_TO_TOKEN" | "REFRESH_TOKEN" | "USER_INFO_REQUEST" | "INTROSPECT_TOKEN")
    {
        event.outcome(!failed);
    }
    match base {
        "LOGIN" | "CLIENT_LOGIN" | "IDENTITY_PROVIDER_LOGIN" => {
            event.set(Field::NetworkProtocol, "https");
            event.kind(if failed {
                &[Value::Str("start"), Value::Str("denied")]
            } else {
                &[Value::Str("start")]
            });
        }
        "LOGOUT" => event.kind(&[Value::Str("end")]),
        "REGISTER" => {
            event.category(&[Value::Str("iam")]);
            event.kind(&[Value::Str("user"), Value::Str("creation")]);
        }
        "DELETE_ACCOUNT" => {
            event.category(&[Value::Str("iam")]);
            event.kind(&[Value::Str("user"), Value::Str("deletion")]);
        }
        "IMPERSONATE" => {
            event.category(&[Value::Str("authentication"), Value::Str("iam")]);
            event.kind(&[Value::Str("admin"), Value::Str("start")]);
        }
        "UPDATE_PASSWORD"
        | "UPDATE_TOTP"
        | "REMOVE_TOTP"
        | "UPDATE_EMAIL"
        | "UPDATE_PROFILE"
        | "RESET_PASSWORD"
        | "GRANT_CONSENT"
        | "UPDATE_CREDENTIAL"
        | "REMOVE_CREDENTIAL"
        | "USER_DISABLED_BY_PERMANENT_LOCKOUT"
        | "USER_DISABLED_BY_TEMPORARY_LOCKOUT" => {
            event.category(&[Value::Str("iam")]);
            event.kind(&[Value::Str("user"), Value::Str("change")]);
        }
        _ if failed => event.kind(&[Value::Str("denied")]),
        _ => event.kind(&[Value::Str("info")]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sources::cloud::testing::{ask, read, shown};

    #[test]
    fn the_text_form() {
        let text = "2026-12-31 00:00:00,123 WARN  [org.keycloak.events] (executor-thread-8) type=\"LOGIN_ERROR\", realmId=\"r\", realmName=\"office\", clientId=\"account\", userId=\"null\", ipAddress=\"203.0.113.9\", error=\"user_not_found\", username=\"taro\"";
        read(&Keycloak, text, |event| {
            assert_eq!(
                event.time.map(|t| t.timestamp().to_string()).as_deref(),
                Some("2026-12-30T15:00:00.123Z")
            );
            assert_eq!(shown(event, "user.name"), "taro");
            assert_eq!(shown(event, "user.id"), "");
            assert_eq!(shown(event, "event.outcome"), "failure");
            assert_eq!(shown(event, "event.reason"), "user_not_found");
            assert_eq!(shown(event, "host.hostname"), "");
        });
        let old = "2026-12-31 00:00:00,123 INFO  [org.keycloak.events] (default task-1) operationType=CREATE, realmId=r, clientId=c, userId=u, ipAddress=203.0.113.9, resourceType=USER, resourcePath=users/1";
        read(&Keycloak, old, |event| assert_eq!(shown(event, "event.type"), "user, creation"));
    }

    #[test]
    fn the_json_form() {
        let text = r#"{"@timestamp":"2026-12-30T15:00:00.5Z","log.logger":"org.keycloak.events","log.level":"DEBUG","message":"type=\"LOGIN\", userId=\"u\", ipAddress=\"203.0.113.9\", username=\"taro\"","host.hostname":"sso"}"#;
        read(&Keycloak, text, |event| {
            assert_eq!(shown(event, "event.type"), "start");
            assert_eq!(shown(event, "host.hostname"), "sso");
            assert_eq!(shown(event, "source.ip"), "203.0.113.9");
        });
        ask(&Keycloak, r#"{"type":"LOGIN"}"#, |result, _| assert_eq!(result, Err(Refusal::NotMine)));
    }
}
