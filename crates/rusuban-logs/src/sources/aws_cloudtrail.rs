//! AWS CloudTrail records (CloudTrail user guide: record contents, console sign-in events). Times are UTC.

use bumpalo::Bump;

use crate::event::{Event, Field, Value};

use super::cloud::{self, own};
use super::json::{self, Object};
use super::{Context, Line, Refusal, Source, SourceMeta};

/// The source.
#[derive(Debug)]
pub struct AwsCloudTrail;

static META: SourceMeta = SourceMeta { id: "aws_cloudtrail", product: "CloudTrail", vendor: "AWS" };

impl Source for AwsCloudTrail {
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
        // EventBridge puts the record under `detail`.
        // `aws cloudtrail lookup-events` gives the record as text.
        let record = root
            .object("detail")
            .filter(|d| d.get("eventSource").is_some())
            .or_else(|| cloud::inner(root, "CloudTrailEvent", context.arena))
            .unwrap_or(root);
        let (Some(action), Some(service)) = (record.text("eventName"), record.text("eventSource")) else {
            return Err(Refusal::NotMine);
        };
        if record.get("userIdentity").is_none() || record.get("eventVersion").is_none() {
            return Err(Refusal::NotMine);
        }
        event.time = record.text("eventTime").and_then(|t| cloud::utc(t, context.time));
        if event.time.is_none() {
            return Err(Refusal::Broken("CloudTrail record whose eventTime cannot be read"));
        }
        json::flatten(record, context.arena, event);
        event.logsource.product = "aws";
        event.logsource.service = "cloudtrail";
        event.unset(Field::Message);
        event.set(Field::EventAction, action);
        event.set(Field::EventProvider, service);
        event.set(Field::CloudProvider, "aws");
        cloud::set(event, Field::EventId, record.value("eventID"));
        cloud::set(event, Field::CloudRegion, record.value("awsRegion"));
        cloud::set(event, Field::UserAgentOriginal, record.value("userAgent"));
        let account = record.value("recipientAccountId").or_else(|| record.value("userIdentity.accountId"));
        cloud::set(event, Field::CloudAccountId, account);
        cloud::set(event, Field::ErrorCode, record.value("errorCode"));
        cloud::set(event, Field::ErrorMessage, record.value("errorMessage"));
        cloud::set(event, Field::EventReason, record.value("errorMessage"));
        if let Some(address) = record.text("sourceIPAddress") {
            cloud::source(event, address, context.arena);
        }
        who(record, event);
        let success = outcome(record);
        event.outcome(success);
        kinds(record, service, action, success, event);
        sigma(record, success, context.arena, event);
        Ok(())
    }
}

fn who<'a>(record: Object<'a>, event: &mut Event<'a>) {
    let identity = record.object("userIdentity");
    let text = |path: &str| identity.and_then(|i| i.text(path));
    let name = match text("type") {
        Some("Root") => Some("root"),
        _ => text("userName")
            // The session of a role is named by who assumed it.
            .or_else(|| text("arn").and_then(|a| a.rsplit_once('/')).map(|(_, name)| name))
            .or_else(|| text("sessionContext.sessionIssuer.userName"))
            .or_else(|| text("invokedBy")),
    };
    if let Some(name) = name {
        event.set(Field::UserName, name);
    }
    cloud::set(event, Field::UserId, identity.and_then(|i| i.value("principalId")));
    cloud::set(event, Field::UserTargetName, record.value("requestParameters.userName"));
    cloud::set(event, Field::GroupName, record.value("requestParameters.groupName"));
    cloud::set(event, Field::FileName, record.value("requestParameters.key"));
}

fn outcome(record: Object<'_>) -> bool {
    if record.value("errorCode").is_some() {
        return false;
    }
    let answer =
        record.text("responseElements.ConsoleLogin").or_else(|| record.text("responseElements.CheckMfa"));
    answer != Some("Failure")
}

/// Category and type. Names of calls begin with a verb (AWS API naming): `Get…`, `List…`, `Create…`.
fn kinds<'a>(record: Object<'a>, service: &str, action: &str, success: bool, event: &mut Event<'a>) {
    if action == "ConsoleLogin" {
        let mfa = record.text("additionalEventData.MFAUsed").map(|m| m.eq_ignore_ascii_case("yes"));
        cloud::sign_in(event, Some(success), mfa);
        return;
    }
    if matches!(action, "AssumeRoleWithSAML" | "AssumeRoleWithWebIdentity" | "UserAuthentication") {
        cloud::sign_in(event, Some(success), None);
        return;
    }
    if service.starts_with("signin.") || service.starts_with("sts.") || service.starts_with("sso.") {
        // Who is signed in already takes another role: no sign-in of its own.
        event.category(&[Value::Str("session")]);
        event.kind(&[Value::Str("start")]);
        return;
    }
    let is = |verbs: &[&str]| verbs.iter().any(|v| action.starts_with(v));
    if is(&["Get", "List", "Describe", "Head", "Lookup", "Batch", "Simulate"]) {
        event.category(if service.starts_with("s3.") {
            &[Value::Str("file")]
        } else {
            &[Value::Str("configuration")]
        });
        event.kind(&[Value::Str("access")]);
        return;
    }
    if service.starts_with("iam.") || service.starts_with("identitystore.") {
        event.category(&[Value::Str("iam")]);
        // A policy that is attached gives rights; who joins a group, too.
        event.kind(
            if is(&[
                "Attach",
                "PutUserPolicy",
                "PutRolePolicy",
                "PutGroupPolicy",
                "CreatePolicyVersion",
                "SetDefaultPolicy",
                "UpdateAssumeRolePolicy",
                "AddUserToGroup",
                "AddRoleToInstanceProfile",
            ]) {
                &[Value::Str("admin"), Value::Str("change")]
            } else if action == "CreateLoginProfile" {
                // An account that is there gets a password for the console.
                &[Value::Str("user"), Value::Str("change")]
            } else {
                cloud::iam_types(action)
            },
        );
        return;
    }
    event.category(&[Value::Str("configuration")]);
    event.kind(if is(&["Create", "Run", "Put", "Register", "Allocate", "Import"]) {
        &[Value::Str("creation")]
    } else if is(&["Delete", "Terminate", "Deregister", "Remove", "Release"]) {
        &[Value::Str("deletion")]
    } else {
        &[Value::Str("change")]
    });
}

/// Names that Sigma's rules use beside the record's own.
fn sigma<'a>(record: Object<'a>, success: bool, arena: &'a Bump, event: &mut Event<'a>) {
    own(event, "status", Some(Value::Str(if success { "success" } else { "failure" })));
    for name in ["requestParameters", "responseElements"] {
        if let Some(part @ json::Json::Object(_)) = record.get(name) {
            own(event, name, Some(Value::Str(cloud::written(part, arena))));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sources::cloud::testing::{ask, read, shown};

    #[test]
    fn a_console_sign_in_without_a_second_factor() {
        read(
            &AwsCloudTrail,
            r#"{"eventVersion":"1.08","userIdentity":{"type":"IAMUser","userName":"taro","accountId":"1"},"eventTime":"2026-12-30T15:00:00Z",
            "eventSource":"signin.amazonaws.com","eventName":"ConsoleLogin","awsRegion":"ap-northeast-1","sourceIPAddress":"203.0.113.9",
            "responseElements":{"ConsoleLogin":"Success"},"additionalEventData":{"MFAUsed":"No"}}"#,
            |event| {
                assert_eq!(shown(event, "user.name"), "taro");
                assert_eq!(shown(event, "event.outcome"), "success");
                assert_eq!(event.native("mfa"), Some(Value::Bool(false)));
                assert_eq!(event.native_text("responseElements"), Some("{\"ConsoleLogin\":\"Success\"}"));
            },
        );
    }

    #[test]
    fn a_record_as_text() {
        let text = r#"{"EventId":"e","CloudTrailEvent":"{\"eventVersion\":\"1.08\",\"userIdentity\":{\"type\":\"Root\"},\"eventTime\":\"2026-12-30T15:00:00Z\",\"eventSource\":\"iam.amazonaws.com\",\"eventName\":\"ListUsers\"}"}"#;
        read(&AwsCloudTrail, text, |event| assert_eq!(shown(event, "user.name"), "root"));
    }

    #[test]
    fn a_call_that_was_denied() {
        read(
            &AwsCloudTrail,
            r#"{"eventVersion":"1.08","userIdentity":{"type":"AssumedRole","arn":"arn:aws:sts::1:assumed-role/Admin/taro"},"eventTime":"2026-12-30T15:00:00Z",
            "eventSource":"iam.amazonaws.com","eventName":"CreateUser","sourceIPAddress":"cloudformation.amazonaws.com","errorCode":"AccessDenied","requestParameters":{"userName":"jiro"}}"#,
            |event| {
                assert_eq!(shown(event, "user.name"), "taro");
                assert_eq!(shown(event, "user.target.name"), "jiro");
                assert_eq!(shown(event, "event.type"), "user, creation");
                assert_eq!(shown(event, "event.outcome"), "failure");
                assert_eq!(shown(event, "source.ip"), "");
            },
        );
        ask(&AwsCloudTrail, r#"{"eventName":"x"}"#, |result, _| assert_eq!(result, Err(Refusal::NotMine)));
    }
}
