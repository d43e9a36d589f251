//! Google Workspace audit activities (Admin SDK, Reports API: Activities; event names of the applications' references).
//!
//! An activity may hold several events of one moment; their names stand together in `event.action`. Sigma: product `gcp`,
//! service `google_workspace.admin` or `google_workspace.login`, with the names that its rules use.

use bumpalo::Bump;
use bumpalo::collections::Vec as ArenaVec;

use crate::event::{Event, Field, Value};

use super::cloud::{self, own};
use super::json::{self, Json, Object};
use super::{Context, Line, Refusal, Source, SourceMeta};

/// The source.
#[derive(Debug)]
pub struct GoogleWorkspace;

static META: SourceMeta =
    SourceMeta { id: "google_workspace", product: "Google Workspace", vendor: "Google" };

impl Source for GoogleWorkspace {
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
        let application = root.text("id.applicationName").ok_or(Refusal::NotMine)?;
        let events = root.array("events");
        if events.is_empty() && root.get("actor").is_none() {
            return Err(Refusal::NotMine);
        }
        event.time = root.text("id.time").and_then(|t| cloud::utc(t, context.time));
        if event.time.is_none() {
            return Err(Refusal::Broken("Google activity whose time cannot be read"));
        }
        json::flatten(root, context.arena, event);
        event.unset(Field::Message);
        event.logsource.product = "gcp";
        event.logsource.service = match application {
            "login" | "saml" | "user_accounts" => "google_workspace.login",
            "admin" => "google_workspace.admin",
            _ => "google_workspace",
        };
        cloud::set(event, Field::EventId, root.value("id.uniqueQualifier"));
        cloud::set(event, Field::OrganizationId, root.value("id.customerId"));
        cloud::set(event, Field::EventProvider, Some(Value::Str(application)));
        cloud::set(event, Field::UserId, root.value("actor.profileId"));
        if let Some(mail) = root.text("actor.email").filter(|m| m.contains('@')) {
            cloud::account(event, mail, false);
            event.set(Field::UserEmail, mail);
        }
        if let Some(address) = root.text("ipAddress") {
            cloud::source(event, address, context.arena);
        }
        cloud::set(event, Field::SourceGeoCountryIsoCode, root.value("networkInfo.regionCode"));
        event.set(Field::CloudProvider, "gcp");
        let names = names(events, context.arena);
        cloud::set(event, Field::EventAction, Some(cloud::list(context.arena, names)));
        for one in events.iter().filter_map(|e| e.object()) {
            parameters(one, application, event);
        }
        // The kinds are of the event that says most: the last that is known.
        for one in events.iter().filter_map(|e| e.object()) {
            let (name, kind) = (one.text("name").unwrap_or_default(), one.text("type").unwrap_or_default());
            kinds(application, kind, name, event);
        }
        sigma(application, names, event);
        Ok(())
    }
}

/// The names of the events, sorted, each once.
fn names<'a>(events: &[Json<'a>], arena: &'a Bump) -> &'a [&'a str] {
    let mut names = ArenaVec::new_in(arena);
    names.extend(events.iter().filter_map(|e| e.object()).filter_map(|e| e.text("name")));
    names.sort_unstable();
    names.dedup();
    names.into_bump_slice()
}

/// The value of a parameter, whatever its type.
fn value(parameter: Object<'_>) -> Option<Value<'_>> {
    ["value", "boolValue", "intValue"].iter().find_map(|n| parameter.value(n)).or_else(|| {
        match parameter.array("multiValue") {
            [Json::Plain(first), ..] => Some(*first),
            _ => None,
        }
    })
}

fn parameters<'a>(one: Object<'a>, application: &str, event: &mut Event<'a>) {
    for parameter in one.array("parameters").iter().filter_map(|p| p.object()) {
        let (Some(name), Some(value)) = (parameter.text("name"), value(parameter)) else { continue };
        own(event, name, Some(value));
        let field = match name {
            "USER_EMAIL" | "target_user" | "affected_email_address" | "user_email" | "member_id" => {
                Field::UserTargetName
            }
            "GROUP_EMAIL" | "group_email" | "group_id" => Field::GroupName,
            "ROLE_NAME" => Field::UserRoles,
            "doc_title" | "CONTENT_NAME" => Field::FileName,
            "owner" => Field::FileOwner,
            "app_name" | "application_name" | "APP_NAME" | "APPLICATION_NAME" => Field::ServiceName,
            "email_forwarding_destination_address" => Field::EmailToAddress,
            "DEVICE_NAME" | "device_name" => Field::HostName,
            "DEVICE_ID" | "DIRECTORY_DEVICE_ID" | "device_id" => Field::DeviceId,
            "EVENT_REASON" | "login_failure_type" | "failure_type" => Field::EventReason,
            "USER_AGENT" | "user_agent" => Field::UserAgentOriginal,
            "SETTING_NAME" => {
                own(event, "setting_name", Some(value));
                continue;
            }
            "NEW_VALUE" => {
                own(event, "new_value", Some(value));
                continue;
            }
            "DEVICE_USER" | "PROFILE_USER_NAME" if application == "chrome" => {
                if let Value::Str(user) = value
                    && event.get(Field::UserName).is_none()
                {
                    cloud::account(event, user, false);
                }
                continue;
            }
            "is_second_factor" => {
                own(event, "mfa", Some(value));
                continue;
            }
            "is_suspicious" if value == Value::Bool(true) => {
                event.set(Field::EventKind, "alert");
                continue;
            }
            _ => continue,
        };
        cloud::set(event, field, Some(value));
    }
}

/// Category, type and outcome of one event.
fn kinds(application: &str, kind: &str, name: &str, event: &mut Event<'_>) {
    match (application, name) {
        ("login" | "saml", "login_success") => cloud::sign_in(event, Some(true), None),
        ("login" | "saml", "login_failure") => cloud::sign_in(event, Some(false), None),
        ("login", "logout") => {
            event.category(&[Value::Str("authentication"), Value::Str("session")]);
            event.kind(&[Value::Str("end")]);
        }
        ("login", "login_challenge" | "login_verification" | "risky_sensitive_action_allowed") => {
            event.category(&[Value::Str("authentication")]);
            event.kind(&[Value::Str("info")]);
        }
        ("login", _)
            if name.starts_with("suspicious") || name.contains("attack") || kind == "attack_warning" =>
        {
            event.category(&[Value::Str("authentication"), Value::Str("intrusion_detection")]);
            event.kind(&[Value::Str("info")]);
            event.set(Field::EventKind, "alert");
        }
        (_, _) if name.starts_with("email_forwarding") => {
            event.category(&[Value::Str("email"), Value::Str("configuration")]);
            event.kind(&[Value::Str("change")]);
        }
        ("login" | "user_accounts", _) => {
            // Second factors, passwords and recovery addresses of the account itself.
            event.category(&[Value::Str("iam")]);
            event.kind(&[Value::Str("user"), Value::Str("change")]);
        }
        ("admin", _) => admin(kind, name, event),
        ("drive", _) => {
            event.category(&[Value::Str("file")]);
            event.kind(match name {
                "delete" | "trash" => &[Value::Str("deletion")],
                "create" | "upload" | "copy" | "untrash" => &[Value::Str("creation")],
                "view" | "download" | "preview" | "print" | "sync" | "source_copy" => &[Value::Str("access")],
                _ => &[Value::Str("access"), Value::Str("change")],
            });
        }
        ("token", "authorize" | "revoke") => {
            event.category(&[Value::Str("iam")]);
            event.kind(&[Value::Str("admin"), Value::Str("change")]);
        }
        ("token", _) => {
            event.category(&[Value::Str("authentication")]);
            event.kind(&[Value::Str("access"), Value::Str("connection")]);
        }
        ("groups" | "groups_enterprise", _) => {
            event.category(&[Value::Str("iam")]);
            event.kind(&[Value::Str("group"), Value::Str("change")]);
        }
        ("rules" | "alert" | "data_studio_alert", _) => {
            event.category(&[Value::Str("intrusion_detection")]);
            event.kind(&[Value::Str("info")]);
        }
        // What monitor mode would have denied went through.
        ("context_aware_access", _) => {
            event.category(&[Value::Str("authentication")]);
            event.kind(if name.starts_with("MONITOR") {
                &[Value::Str("info")]
            } else {
                &[Value::Str("denied")]
            });
        }
        ("vault", _) => {
            event.category(&[Value::Str("file")]);
            event.kind(&[Value::Str("access")]);
        }
        ("meet" | "chat", _) => {
            event.category(&[Value::Str("session")]);
            event.kind(&[Value::Str("info")]);
        }
        ("chrome", _) if name.contains("LOGIN") || name.contains("LOGOUT") => {
            event.category(&[Value::Str("session")]);
            event.kind(if name.contains("LOGOUT") { &[Value::Str("end")] } else { &[Value::Str("start")] });
            event.outcome(!name.contains("FAILURE"));
        }
        ("chrome" | "mobile", _) => {
            event.category(&[Value::Str("host")]);
            event.kind(&[Value::Str("info")]);
        }
        _ => {}
    }
}

/// Changes in the admin console.
fn admin(kind: &str, name: &str, event: &mut Event<'_>) {
    match kind {
        "USER_SETTINGS"
        | "GROUP_SETTINGS"
        | "DELEGATED_ADMIN_SETTINGS"
        | "SECURITY_SETTINGS"
        | "ORG_SETTINGS"
        | "DOMAIN_SETTINGS" => {
            event.category(&[Value::Str("iam"), Value::Str("configuration")]);
            event.kind(cloud::iam_types(name));
        }
        "EMAIL_SETTINGS" => {
            event.category(&[Value::Str("email"), Value::Str("configuration")]);
            event.kind(&[Value::Str("change")]);
        }
        _ => {
            event.category(&[Value::Str("configuration")]);
            event.kind(&[Value::Str("change")]);
        }
    }
}

/// Names that Sigma's rules use.
fn sigma<'a>(application: &str, names: &'a [&'a str], event: &mut Event<'a>) {
    let service = match application {
        "admin" => "admin.googleapis.com",
        "login" | "saml" | "user_accounts" => "login.googleapis.com",
        "drive" => "drive.googleapis.com",
        _ => "",
    };
    own(event, "eventService", Some(Value::Str(service)));
    own(event, "protoPayload.serviceName", Some(Value::Str(service)));
    own(event, "protoPayload.Servicename", Some(Value::Str(service)));
    for name in names {
        own(event, "eventName", Some(Value::Str(name)));
        own(event, "protoPayload.metadata.event.eventName", Some(Value::Str(name)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sources::cloud::testing::{read, shown};

    fn activity(application: &str, events: &str) -> String {
        format!(
            r#"{{"kind":"admin#reports#activity","id":{{"time":"2026-12-30T15:00:00.000Z","applicationName":"{application}","customerId":"C"}},
            "actor":{{"email":"taro@example.co.jp","profileId":"1"}},"ipAddress":"203.0.113.9","networkInfo":{{"regionCode":"LV"}},"events":[{events}]}}"#
        )
    }

    #[test]
    fn a_failed_sign_in() {
        let event = r#"{"type":"login","name":"login_failure","parameters":[{"name":"login_failure_type","value":"login_failure_invalid_password"}]}"#;
        read(&GoogleWorkspace, &activity("login", event), |event| {
            assert_eq!(shown(event, "user.name"), "taro");
            assert_eq!(shown(event, "user.email"), "taro@example.co.jp");
            assert_eq!(shown(event, "event.outcome"), "failure");
            assert_eq!(shown(event, "source.geo.country_iso_code"), "LV");
            assert_eq!(event.native_text("protoPayload.serviceName"), Some("login.googleapis.com"));
        });
    }

    #[test]
    fn an_admin_role_is_given() {
        let event = r#"{"type":"DELEGATED_ADMIN_SETTINGS","name":"ASSIGN_ROLE","parameters":[{"name":"ROLE_NAME","value":"_SEED_ADMIN_ROLE"},{"name":"USER_EMAIL","value":"jiro@example.co.jp"}]}"#;
        read(&GoogleWorkspace, &activity("admin", event), |event| {
            assert_eq!(shown(event, "event.type"), "admin, change");
            assert_eq!(shown(event, "user.target.name"), "jiro@example.co.jp");
            assert_eq!(event.native_text("eventService"), Some("admin.googleapis.com"));
            assert_eq!(event.native_text("eventName"), Some("ASSIGN_ROLE"));
        });
    }

    #[test]
    fn several_events_of_one_moment() {
        let events = r#"{"type":"access","name":"edit"},{"type":"acl_change","name":"change_user_access","parameters":[{"name":"doc_title","value":"Plan"}]}"#;
        read(&GoogleWorkspace, &activity("drive", events), |event| {
            assert_eq!(shown(event, "event.action"), "change_user_access, edit");
            assert_eq!(shown(event, "file.name"), "Plan");
        });
    }
}
