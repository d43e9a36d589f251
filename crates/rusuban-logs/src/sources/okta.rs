//! Okta System Log (Okta developer documentation: System Log API, LogEvent object; event types reference).

use bumpalo::Bump;

use crate::event::{Event, Field, Value};

use super::cloud::{self, said};
use super::json::{self, Object};
use super::{Context, Line, Refusal, Source, SourceMeta};

/// The source.
#[derive(Debug)]
pub struct Okta;

static META: SourceMeta = SourceMeta { id: "okta", product: "Okta", vendor: "Okta" };

impl Source for Okta {
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
        let action = root.text("eventType").ok_or(Refusal::NotMine)?;
        if root.get("actor").is_none()
            || root.get("published").is_none()
            || root.get("legacyEventType").or(root.get("uuid")).is_none()
        {
            return Err(Refusal::NotMine);
        }
        event.time = root.text("published").and_then(|t| cloud::utc(t, context.time));
        if event.time.is_none() {
            return Err(Refusal::Broken("Okta event whose time cannot be read"));
        }
        json::flatten(root, context.arena, event);
        event.logsource.product = "okta";
        event.logsource.service = "okta";
        event.unset(Field::Message);
        event.set(Field::EventAction, action);
        cloud::set(event, Field::Message, root.value("displayMessage"));
        cloud::set(event, Field::EventReason, root.value("displayMessage"));
        cloud::set(event, Field::EventId, root.value("uuid"));
        cloud::set(event, Field::TransactionId, root.value("transaction.id"));
        cloud::set(event, Field::LogLevel, root.value("severity"));
        match root.text("outcome.result") {
            Some("SUCCESS" | "ALLOW") => event.outcome(true),
            Some("FAILURE" | "DENY" | "ABANDONED" | "RATE_LIMIT") => event.outcome(false),
            _ => {}
        }
        cloud::set(event, Field::ErrorMessage, root.value("outcome.reason"));
        actor(root, event);
        client(root, context.arena, event);
        targets(root, event);
        kinds(root, action, event);
        Ok(())
    }
}

fn actor<'a>(root: Object<'a>, event: &mut Event<'a>) {
    if let Some(name) = said(root.text("actor.alternateId")) {
        cloud::account(event, name, true);
    }
    cloud::set(event, Field::UserId, root.value("actor.id"));
    cloud::set(event, Field::UserFullName, root.value("actor.displayName"));
    let session = root.value("authenticationContext.externalSessionId");
    cloud::set(event, Field::SessionId, session);
}

fn client<'a>(root: Object<'a>, arena: &'a Bump, event: &mut Event<'a>) {
    if let Some(address) = root.text("client.ipAddress") {
        cloud::source(event, address, arena);
    }
    cloud::set(event, Field::UserAgentOriginal, root.value("client.userAgent.rawUserAgent"));
    cloud::set(event, Field::UserAgentName, root.value("client.userAgent.browser"));
    cloud::set(event, Field::UserAgentOsName, root.value("client.userAgent.os"));
    cloud::set(event, Field::DeviceId, root.value("device.id"));
    cloud::set(event, Field::SourceGeoCityName, root.value("client.geographicalContext.city"));
    cloud::set(event, Field::SourceGeoRegionName, root.value("client.geographicalContext.state"));
    // Okta states the country's English name, not its code.
    cloud::set(event, Field::SourceGeoCountryName, root.value("client.geographicalContext.country"));
    cloud::set(event, Field::SourceAsNumber, root.value("securityContext.asNumber"));
    cloud::set(event, Field::SourceAsOrganizationName, root.value("securityContext.asOrg"));
}

fn targets<'a>(root: Object<'a>, event: &mut Event<'a>) {
    for target in root.array("target").iter().filter_map(|t| t.object()) {
        let (id, name) = (target.value("id"), target.text("alternateId"));
        match target.text("type").unwrap_or_default() {
            "User" | "AppUser" => {
                cloud::set(event, Field::UserTargetName, name.map(Value::Str));
                cloud::set(event, Field::UserTargetId, id);
                cloud::set(event, Field::UserTargetFullName, target.value("displayName"));
            }
            "UserGroup" => {
                cloud::set(event, Field::GroupName, target.value("displayName"));
                cloud::set(event, Field::GroupId, id);
            }
            "ROLE" | "Role" => cloud::set(event, Field::UserRoles, target.value("displayName")),
            "AppInstance" => cloud::set(event, Field::ServiceName, target.value("displayName")),
            "PolicyEntity" | "PolicyRule" => cloud::set(event, Field::RuleName, target.value("displayName")),
            _ => {}
        }
    }
}

/// Category and type by the families of event types.
fn kinds<'a>(root: Object<'a>, action: &str, event: &mut Event<'a>) {
    let is = |prefix: &str| action.starts_with(prefix);
    if matches!(action, "user.session.end" | "user.authentication.slo") {
        event.category(&[Value::Str("session")]);
        event.kind(&[Value::Str("end")]);
    } else if is("user.authentication.")
        || matches!(action, "user.session.start" | "policy.evaluate_sign_on")
        || is("app.oauth2.signon")
    {
        let factor = match root.text("authenticationContext.credentialType") {
            Some("OTP" | "SMS" | "EMAIL" | "CERTIFICATE" | "PUSH") => Some(true),
            _ if matches!(action, "user.authentication.auth_via_mfa" | "user.authentication.verify") => {
                Some(true)
            }
            _ => None,
        };
        cloud::sign_in(event, None, factor);
        event.set(Field::NetworkProtocol, "https");
        if action == "user.session.start" {
            event.category(&[Value::Str("authentication"), Value::Str("session")]);
        }
    } else if is("system.push.") || is("system.sms.") || is("system.email.") || is("system.voice.") {
        // A message that was sent is no sign-in.
        event.category(&[Value::Str("session")]);
        event.kind(&[Value::Str("info")]);
    } else if is("security.") || matches!(action, "user.account.report_suspicious_activity_by_enduser") {
        event.category(&[Value::Str("intrusion_detection")]);
        event.kind(&[Value::Str("info")]);
        event.set(Field::EventKind, "alert");
    } else if is("user.session.") {
        event.category(&[Value::Str("session")]);
        event.kind(&[Value::Str("change")]);
    } else if is("user.") || is("group.") {
        event.category(&[Value::Str("iam")]);
        event.kind(user_change(action));
    } else if is("iam.") || is("application.") || is("app.") || is("system.api_token.") || is("system.idp.") {
        event.category(&[Value::Str("iam"), Value::Str("configuration")]);
        event.kind(cloud::iam_types(action));
    } else if is("policy.") || is("zone.") || is("network_zone.") || is("system.") || is("org.") {
        event.category(&[Value::Str("configuration")]);
        event.kind(&[Value::Str("change")]);
    }
}

/// The event types of accounts, whose words are Okta's own.
fn user_change(action: &str) -> &'static [Value<'static>] {
    match action {
        "user.lifecycle.create" => &[Value::Str("user"), Value::Str("creation")],
        "user.lifecycle.delete.initiated" | "user.lifecycle.delete.completed" => {
            &[Value::Str("user"), Value::Str("deletion")]
        }
        "group.user_membership.add" | "group.user_membership.remove" => {
            &[Value::Str("group"), Value::Str("change")]
        }
        "group.lifecycle.create" => &[Value::Str("group"), Value::Str("creation")],
        "group.lifecycle.delete" => &[Value::Str("group"), Value::Str("deletion")],
        "user.account.privilege.grant"
        | "user.account.privilege.revoke"
        | "group.privilege.grant"
        | "group.privilege.revoke" => &[Value::Str("admin"), Value::Str("change")],
        _ => &[Value::Str("user"), Value::Str("change")],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sources::cloud::testing::{ask, read, shown};

    const START: &str = r#""published":"2026-12-30T15:00:00.000Z","uuid":"u","legacyEventType":"x","actor":{"id":"a","alternateId":"taro@example.co.jp","displayName":"Taro"},"client":{"ipAddress":"203.0.113.9","geographicalContext":{"country":"Latvia"}}"#;

    #[test]
    fn a_failed_sign_in() {
        let text = format!(
            r#"{{"eventType":"user.session.start","displayMessage":"User login to Okta","outcome":{{"result":"FAILURE","reason":"INVALID_CREDENTIALS"}},{START}}}"#
        );
        read(&Okta, &text, |event| {
            assert_eq!(shown(event, "user.name"), "taro@example.co.jp");
            assert_eq!(shown(event, "event.outcome"), "failure");
            assert_eq!(shown(event, "source.geo.country_name"), "Latvia");
            assert_eq!(shown(event, "event.category"), "authentication, session");
        });
    }

    #[test]
    fn an_admin_role_is_given() {
        let text = format!(
            r#"{{"eventType":"user.account.privilege.grant","outcome":{{"result":"SUCCESS"}},"target":[{{"id":"t","type":"User","alternateId":"jiro@example.co.jp"}}],{START}}}"#
        );
        read(&Okta, &text, |event| {
            assert_eq!(shown(event, "event.type"), "admin, change");
            assert_eq!(shown(event, "user.target.name"), "jiro@example.co.jp");
        });
    }

    #[test]
    fn a_broken_time_is_refused() {
        let text = r#"{"eventType":"user.session.start","published":"soon","uuid":"u","actor":{}}"#;
        ask(&Okta, text, |result, _| assert!(matches!(result, Err(Refusal::Broken(_)))));
        ask(&Okta, r#"{"eventType":"x"}"#, |result, _| assert_eq!(result, Err(Refusal::NotMine)));
    }
}
