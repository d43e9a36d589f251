//! JumpCloud Directory Insights (JumpCloud API documentation: Directory Insights events).

use crate::event::{Event, Field, Value};

use super::cloud::{self, said};
use super::json::{self, Object};
use super::{Context, Line, Refusal, Source, SourceMeta};

/// The source.
#[derive(Debug)]
pub struct JumpCloud;

static META: SourceMeta = SourceMeta { id: "jumpcloud", product: "JumpCloud", vendor: "JumpCloud" };

impl Source for JumpCloud {
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
        let action = root.text("event_type").ok_or(Refusal::NotMine)?;
        if root.get("organization").is_none() || root.get("service").is_none() {
            return Err(Refusal::NotMine);
        }
        let stated = root.text("timestamp").or_else(|| root.text("server_timestamp"));
        event.time = stated.and_then(|t| cloud::utc(t, context.time));
        if event.time.is_none() {
            return Err(Refusal::Broken("JumpCloud event whose time cannot be read"));
        }
        json::flatten(root, context.arena, event);
        event.logsource.product = "jumpcloud";
        event.logsource.service = root.text("service").map_or("", service);
        event.unset(Field::Message);
        event.set(Field::EventAction, action);
        cloud::set(event, Field::EventId, root.value("id"));
        cloud::set(event, Field::OrganizationId, root.value("organization"));
        cloud::set(event, Field::ServiceName, root.value("application.name"));
        cloud::set(event, Field::EventReason, root.value("error_message"));
        let success = ["success", "sso_token_success"].iter().find_map(|n| match root.value(n) {
            Some(Value::Bool(b)) => Some(b),
            _ => None,
        });
        if let Some(success) = success {
            event.outcome(success);
        }
        who(root, event);
        if let Some(address) = root.text("client_ip").or_else(|| root.text("src_ip")) {
            cloud::source(event, address, context.arena);
        }
        cloud::set(event, Field::SourceGeoCountryIsoCode, root.value("geoip.country_code"));
        cloud::set(event, Field::SourceGeoRegionName, root.value("geoip.region_name"));
        cloud::set(event, Field::UserAgentName, root.value("useragent.name"));
        cloud::set(event, Field::UserAgentOsFull, root.value("useragent.os_full"));
        let host = root.value("system.hostname").or_else(|| root.value("auth_context.system.hostname"));
        cloud::set(event, Field::HostName, host);
        if action.ends_with("_attempt") || action.ends_with("_auth") || action == "sso_auth" {
            let mfa = match root.value("mfa") {
                Some(Value::Bool(b)) => Some(b),
                _ => None,
            };
            cloud::sign_in(event, success, mfa);
            let protocol = match root.text("service") {
                Some("radius") => "radius",
                Some("ldap") => "ldap",
                Some("sso" | "directory") => "https",
                _ => "",
            };
            event.set_text(Field::NetworkProtocol, protocol);
        } else if action.contains("lockout") {
            event.category(&[Value::Str("iam")]);
            event.kind(&[Value::Str("user"), Value::Str("change")]);
        } else {
            event.category(&[Value::Str("iam")]);
            event.kind(cloud::iam_types(action));
            if root.text("association.op") == Some("remove") {
                event.kind(&[Value::Str("group"), Value::Str("deletion")]);
            }
        }
        Ok(())
    }
}

/// The services of Directory Insights.
fn service(name: &str) -> &'static str {
    match name {
        "directory" => "directory",
        "sso" => "sso",
        "radius" => "radius",
        "ldap" => "ldap",
        "systems" => "systems",
        "software" => "software",
        "mdm" => "mdm",
        "password_manager" => "password_manager",
        _ => "",
    }
}

fn who<'a>(root: Object<'a>, event: &mut Event<'a>) {
    let by = said(root.text("initiated_by.username"))
        .or_else(|| said(root.text("username")))
        .or_else(|| said(root.text("initiated_by.email")));
    if let Some(name) = by {
        cloud::account(event, name, true);
    }
    cloud::set(event, Field::UserEmail, root.value("initiated_by.email"));
    cloud::set(event, Field::UserId, root.value("initiated_by.id"));
    let target = root.value("resource.username").or_else(|| root.value("resource.email"));
    cloud::set(event, Field::UserTargetName, target);
    cloud::set(event, Field::UserTargetId, root.value("resource.id").filter(|_| target.is_some()));
    for end in ["from", "to"] {
        let Some(end) = root.object("association.connection").and_then(|c| c.object(end)) else { continue };
        match end.text("type") {
            Some("user") => cloud::set(event, Field::UserTargetName, end.value("name")),
            Some("user_group" | "system_group") => cloud::set(event, Field::GroupName, end.value("name")),
            Some("system") => cloud::set(event, Field::HostName, end.value("name")),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sources::cloud::testing::{read, shown};

    #[test]
    fn a_radius_sign_in() {
        read(
            &JumpCloud,
            r#"{"initiated_by":{"type":"user","username":"taro"},"event_type":"radius_auth_attempt","service":"radius","success":false,"mfa":false,
            "organization":"o","client_ip":"203.0.113.9","geoip":{"country_code":"LV"},"timestamp":"2026-12-30T15:00:00Z"}"#,
            |event| {
                assert_eq!(shown(event, "user.name"), "taro");
                assert_eq!(shown(event, "event.outcome"), "failure");
                assert_eq!(shown(event, "source.geo.country_iso_code"), "LV");
                assert_eq!(event.native("mfa"), Some(Value::Bool(false)));
            },
        );
    }
}
