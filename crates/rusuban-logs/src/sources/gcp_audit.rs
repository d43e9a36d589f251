//! Google Cloud audit logs (Cloud Logging: LogEntry with an AuditLog as protoPayload), also those of Google Workspace
//! that are shared with Google Cloud (`login.googleapis.com`, `admin.googleapis.com`).

use crate::event::{Event, Field, Value};

use super::cloud::{self, own};
use super::json::{self, Object};
use super::{Context, Line, Refusal, Source, SourceMeta};

/// The source.
#[derive(Debug)]
pub struct GcpAudit;

static META: SourceMeta = SourceMeta { id: "gcp_audit", product: "Cloud Audit Logs", vendor: "Google" };

impl Source for GcpAudit {
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
        let Some(audit) = root.object("protoPayload") else { return Err(Refusal::NotMine) };
        let Some(method) = audit.text("methodName") else { return Err(Refusal::NotMine) };
        let stated = root.text("timestamp").or_else(|| root.text("receiveTimestamp"));
        event.time = stated.and_then(|t| cloud::utc(t, context.time));
        if event.time.is_none() {
            return Err(Refusal::Broken("audit entry whose timestamp cannot be read"));
        }
        json::flatten(root, context.arena, event);
        event.unset(Field::Message);
        let service = audit.text("serviceName").unwrap_or_default();
        event.logsource.product = "gcp";
        event.logsource.service = match service {
            "login.googleapis.com" => "google_workspace.login",
            "admin.googleapis.com" => "google_workspace.admin",
            _ => "gcp.audit",
        };
        event.set(Field::CloudProvider, "gcp");
        event.set_text(Field::EventProvider, service);
        cloud::set(event, Field::EventId, root.value("insertId"));
        cloud::set(event, Field::LogLevel, root.value("severity"));
        cloud::set(event, Field::CloudProjectId, root.value("resource.labels.project_id"));
        cloud::set(event, Field::UserAgentOriginal, audit.value("requestMetadata.callerSuppliedUserAgent"));
        if let Some(mail) = audit.text("authenticationInfo.principalEmail") {
            cloud::account(event, mail, true);
        }
        if let Some(address) = audit.text("requestMetadata.callerIp") {
            cloud::source(event, address, context.arena);
        }
        // A status without a code is OK.
        let failed = audit.value("status.code").and_then(|c| c.as_f64()).is_some_and(|c| c != 0.0);
        event.outcome(!failed);
        cloud::set(event, Field::EventReason, audit.value("status.message"));
        event.set(Field::EventAction, method);
        own(event, "gcp.audit.method_name", Some(Value::Str(method)));
        own(event, "data.protoPayload.methodName", Some(Value::Str(method)));
        own(event, "data.protoPayload.serviceName", Some(Value::Str(service)));
        own(event, "data.protoPayload.logName", root.value("logName"));
        own(event, "data.protoPayload.resource.type", root.value("resource.type"));
        for grant in audit.array("authorizationInfo").iter().filter_map(|g| g.object()) {
            own(event, "data.protoPayload.authorizationInfo.permission", grant.value("permission"));
            own(event, "data.protoPayload.authorizationInfo.granted", grant.value("granted"));
        }
        kinds(audit, service, method, failed, event);
        Ok(())
    }
}

fn kinds<'a>(audit: Object<'a>, service: &'a str, method: &'a str, failed: bool, event: &mut Event<'a>) {
    let name =
        audit.array("metadata.event").iter().filter_map(|e| e.object()).find_map(|e| e.text("eventName"));
    let name = name.or_else(|| audit.text("metadata.event.eventName"));
    if matches!(service, "login.googleapis.com" | "admin.googleapis.com") {
        own(event, "eventService", Some(Value::Str(service)));
        own(event, "eventName", name.map(Value::Str));
        cloud::set(event, Field::EventAction, name.map(Value::Str));
        for parameter in audit.array("metadata.event").iter().filter_map(|e| e.object()) {
            for p in parameter.array("parameter").iter().filter_map(|p| p.object()) {
                match p.text("name") {
                    Some("USER_EMAIL" | "affected_email_address") => {
                        cloud::set(event, Field::UserTargetName, p.value("value"));
                    }
                    Some("GROUP_EMAIL") => cloud::set(event, Field::GroupName, p.value("value")),
                    Some("ROLE_NAME") => cloud::set(event, Field::UserRoles, p.value("value")),
                    Some("SETTING_NAME") => own(event, "setting_name", p.value("value")),
                    Some("NEW_VALUE") => own(event, "new_value", p.value("value")),
                    _ => {}
                }
            }
        }
        match name {
            Some("login_success") => cloud::sign_in(event, Some(true), None),
            Some("login_failure") => cloud::sign_in(event, Some(false), None),
            _ => {
                event.category(&[Value::Str("iam")]);
                event.kind(cloud::iam_types(name.unwrap_or(method)));
            }
        }
        return;
    }
    let verb = method.rsplit('.').next().unwrap_or(method);
    let has = |words: &[&str]| words.iter().any(|w| cloud::has(verb, w));
    let rights = has(&["SetIamPolicy", "Role", "ServiceAccount"]) || service.starts_with("iam.");
    event.category(if rights { &[Value::Str("iam")] } else { &[Value::Str("configuration")] });
    event.kind(if has(&["get", "list", "search", "describe"]) && !has(&["set"]) {
        &[Value::Str("access")]
    } else if rights {
        &[Value::Str("admin"), Value::Str("change")]
    } else if has(&["delete", "remove"]) {
        &[Value::Str("deletion")]
    } else if has(&["create", "insert"]) {
        &[Value::Str("creation")]
    } else if failed {
        &[Value::Str("denied")]
    } else {
        &[Value::Str("change")]
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sources::cloud::testing::{read, shown};

    #[test]
    fn rights_are_given() {
        read(
            &GcpAudit,
            r#"{"protoPayload":{"@type":"type.googleapis.com/google.cloud.audit.AuditLog","serviceName":"cloudresourcemanager.googleapis.com","methodName":"SetIamPolicy",
            "authenticationInfo":{"principalEmail":"taro@example.co.jp"},"requestMetadata":{"callerIp":"203.0.113.9"},"status":{}},
            "timestamp":"2026-12-30T15:00:00.5Z","insertId":"i","logName":"projects/p/logs/cloudaudit.googleapis.com%2Factivity"}"#,
            |event| {
                assert_eq!(shown(event, "event.type"), "admin, change");
                assert_eq!(shown(event, "event.outcome"), "success");
                assert_eq!(event.native_text("gcp.audit.method_name"), Some("SetIamPolicy"));
                assert_eq!(event.logsource.service, "gcp.audit");
            },
        );
    }
}
