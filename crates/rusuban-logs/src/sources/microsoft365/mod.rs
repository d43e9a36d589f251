//! Microsoft 365 unified audit log (Office 365 Management Activity API schema), as the API gives it, wrapped by Microsoft
//! Graph's audit search (`auditData`), or in the `AuditData` column of the portal's CSV export. Times are UTC.
//!
//! Sigma: product `m365`, service `audit`, `exchange`, `threat_management` or `threat_detection`.

mod kinds;

use bumpalo::Bump;

use crate::event::{Event, Field, Value};

use super::cloud::{self, own, said};
use super::json::{self, Json, Object};
use super::{Context, Line, Refusal, Source, SourceMeta, csv};

/// The source.
#[derive(Debug)]
pub struct Microsoft365;

static META: SourceMeta = SourceMeta { id: "microsoft365", product: "Microsoft 365", vendor: "Microsoft" };

impl Source for Microsoft365 {
    fn meta(&self) -> &'static SourceMeta {
        &META
    }

    fn parse<'a>(
        &self,
        line: &Line<'a>,
        context: &Context<'a, '_>,
        event: &mut Event<'a>,
    ) -> Result<(), Refusal> {
        let record = match (line.json, line.columns) {
            (Some(root), _) => root.object("auditData").unwrap_or(root),
            (None, Some(columns)) => exported(line.text, columns, context.arena)?,
            (None, None) => return Err(Refusal::NotMine),
        };
        let operation = record.text("Operation").ok_or(Refusal::NotMine)?;
        if record.get("RecordType").is_none()
            || record.get("Workload").or(record.get("UserType")).or(record.get("OrganizationId")).is_none()
        {
            return Err(Refusal::NotMine);
        }
        event.time = record.text("CreationTime").and_then(|t| cloud::utc(t, context.time));
        if event.time.is_none() {
            return Err(Refusal::Broken("Microsoft 365 record whose CreationTime cannot be read"));
        }
        json::flatten(record, context.arena, event);
        event.unset(Field::Message);
        let workload = record.text("Workload").unwrap_or_default();
        let action = operation.trim_end_matches('.');
        event.set(Field::EventAction, action);
        cloud::set(event, Field::EventCode, record.value("RecordType"));
        cloud::set(event, Field::EventId, record.value("Id"));
        cloud::set(event, Field::EventProvider, record.value("Workload"));
        cloud::set(event, Field::OrganizationId, record.value("OrganizationId"));
        cloud::set(event, Field::CloudProvider, Some(Value::Str("azure")));
        event.outcome(succeeded(record, operation));
        who(record, context.arena, event);
        from_where(record, context.arena, event);
        properties(record, context.arena, event);
        kinds::set(workload, action, record, event);
        sigma(record, workload, action, context.arena, event);
        Ok(())
    }
}

/// The record of a row of the portal's export.
fn exported<'a>(row: &'a str, columns: &'a [&'a str], arena: &'a Bump) -> Result<Object<'a>, Refusal> {
    if !columns.iter().any(|c| c.eq_ignore_ascii_case("AuditData")) {
        return Err(Refusal::NotMine);
    }
    let fields = csv::fields(row, ',', arena).ok_or(Refusal::Broken("row whose quotes are not closed"))?;
    let data = csv::column(columns, fields, "AuditData").ok_or(Refusal::Broken("row without AuditData"))?;
    json::parse(data, arena).ok_or(Refusal::Broken("AuditData is no JSON object"))
}

/// What was recorded was done, unless the record says otherwise.
fn succeeded(record: Object<'_>, operation: &str) -> bool {
    if operation.ends_with("Failed") || operation == "UserLoginFailed" {
        return false;
    }
    let status = record.text("ResultStatus").unwrap_or_default();
    let failed = status.eq_ignore_ascii_case("failed")
        || status.eq_ignore_ascii_case("failure")
        || status.eq_ignore_ascii_case("false");
    !failed && !matches!(record.value("ResultStatus"), Some(Value::Bool(false)))
}

fn who<'a>(record: Object<'a>, arena: &'a Bump, event: &mut Event<'a>) {
    let user = said(record.text("UserId"));
    if user == Some("SecurityComplianceAlerts") {
        // The service speaks of somebody else's account: in the alert's data, or as the entity of the alert.
        let data = cloud::inner(record, "Data", arena);
        let about = data
            .and_then(|d| d.text("f3u").or_else(|| d.text("trc")).or_else(|| d.text("tpt")))
            .into_iter()
            .chain(record.text("AlertEntityId"))
            .chain(record.text("ObjectId"))
            .find(|t| t.contains('@') && !t.contains([' ', '/', '<', ';', ',']));
        match about {
            Some(about) => cloud::account(event, about, false),
            None => event.set(Field::UserName, "SecurityComplianceAlerts"),
        }
    } else if let Some(user) = user {
        // The account's name here is the address itself.
        cloud::account(event, user, true);
    }
    let id = record.value("LogonUserSid").or_else(|| record.value("UserKey"));
    cloud::set(event, Field::UserId, id);
    // Whose mailbox was opened, where it is another's.
    if let Some(owner) = said(record.text("MailboxOwnerUPN")).filter(|o| Some(*o) != user) {
        event.set(Field::UserTargetName, owner);
    }
    let target = record
        .array("Target")
        .iter()
        .filter_map(|t| t.object())
        .find(|t| t.value("Type").and_then(|v| v.as_f64()) == Some(5.0))
        .and_then(|t| t.text("ID"));
    let object = record.text("ObjectId").filter(|o| o.contains('@') && !o.contains(['/', ' ', '<']));
    let named = record.text("TargetUserOrGroupName");
    if record.text("TargetUserOrGroupType").is_some_and(|t| t.ends_with("Group")) {
        cloud::set(event, Field::GroupName, named.map(Value::Str));
    } else if let Some(target) = said(target.or(named).or(object)) {
        event.set(Field::UserTargetName, target);
        if target.contains('@') {
            event.set(Field::UserTargetEmail, target);
        }
    }
}

fn from_where<'a>(record: Object<'a>, arena: &'a Bump, event: &mut Event<'a>) {
    for name in ["ClientIP", "ClientIPAddress", "ActorIpAddress", "SenderIp", "ClientIp"] {
        if let Some(address) = said(record.text(name)) {
            cloud::source(event, address, arena);
        }
        if event.get(Field::SourceIp).is_some() {
            break;
        }
    }
    if let Some(Json::Array(extra)) = record.get("ExtraProperties") {
        let country = cloud::named_text(extra, "Key", "Country", "Value").filter(|c| c.len() == 2);
        if let Some(country) = country {
            let country = arena.alloc_str(country);
            country.make_ascii_uppercase();
            event.set(Field::SourceGeoCountryIsoCode, &*country);
        }
    }
    cloud::set(event, Field::UserAgentOriginal, record.value("UserAgent"));
    cloud::set(event, Field::UserAgentOriginal, record.value("ClientInfoString"));
    cloud::set(event, Field::SessionId, record.value("SessionId"));
    cloud::set(event, Field::SessionId, record.value("AppAccessContext.AADSessionId"));
}

/// The lists of names and values in which records keep their details.
fn properties<'a>(record: Object<'a>, arena: &'a Bump, event: &mut Event<'a>) {
    for name in ["ExtendedProperties", "DeviceProperties"] {
        let list = record.array(name);
        for item in list.iter().filter_map(|i| i.object()) {
            if let (Some(name), Some(value)) = (item.text("Name"), item.value("Value")) {
                own(event, name, Some(value));
            }
        }
    }
    let extended = record.array("ExtendedProperties");
    let agent = cloud::named_text(extended, "Name", "UserAgent", "Value");
    cloud::set(event, Field::UserAgentOriginal, agent.map(Value::Str));
    let device = record.array("DeviceProperties");
    for (field, name) in [
        (Field::HostOsFull, "OS"),
        (Field::UserAgentName, "BrowserType"),
        (Field::HostName, "DisplayName"),
        (Field::DeviceId, "Id"),
        (Field::SessionId, "SessionId"),
    ] {
        cloud::set(event, field, cloud::named_text(device, "Name", name, "Value").map(Value::Str));
    }
    let modified = record.array("ModifiedProperties");
    for (field, name) in [
        (Field::GroupName, "Group.DisplayName"),
        (Field::GroupId, "Group.ObjectID"),
        (Field::UserRoles, "Role.DisplayName"),
    ] {
        let value = cloud::named_text(modified, "Name", name, "NewValue")
            .or_else(|| cloud::named_text(modified, "Name", name, "OldValue"));
        cloud::set(event, field, value.map(Value::Str));
    }
    // Where mail is sent on to.
    let parameters = record.array("Parameters");
    for name in
        ["ForwardingSmtpAddress", "ForwardingAddress", "ForwardTo", "RedirectTo", "ForwardAsAttachmentTo"]
    {
        let to = cloud::named_text(parameters, "Name", name, "Value");
        cloud::set(event, Field::EmailToAddress, to.map(|t| Value::Str(t.trim_start_matches("smtp:"))));
    }
    if let Some(Json::Array(recipients)) = record.get("Recipients") {
        let recipients = cloud::list(arena, cloud::texts(recipients, arena));
        cloud::set(event, Field::EmailToAddress, Some(recipients));
    }
    for (field, name) in [
        (Field::EmailSubject, "Subject"),
        (Field::EmailSubject, "Item.Subject"),
        (Field::EmailFromAddress, "P2Sender"),
        (Field::EmailMessageId, "InternetMessageId"),
        (Field::FileName, "SourceFileName"),
        (Field::FileName, "FileName"),
        (Field::FileExtension, "SourceFileExtension"),
        (Field::UrlOriginal, "SiteUrl"),
        (Field::ErrorCode, "ErrorNumber"),
        (Field::EventReason, "LogonError"),
        (Field::HostName, "DeviceName"),
    ] {
        cloud::set(event, field, record.value(name));
    }
}

/// Names that Sigma's rules use, and the service.
fn sigma<'a>(record: Object<'a>, workload: &'a str, action: &'a str, arena: &'a Bump, event: &mut Event<'a>) {
    event.logsource.product = "m365";
    let alert = matches!(workload, "SecurityComplianceCenter" | "MCAS" | "CloudAppSecurity");
    let name = record
        .value("AlertDisplayName")
        .or_else(|| record.value("Name").filter(|_| alert))
        .unwrap_or(Value::Str(action));
    event.logsource.service = match name {
        Value::Str("Activity from suspicious IP addresses") => "threat_detection",
        _ if alert => "threat_management",
        Value::Str("Add-FederatedDomain") => "exchange",
        _ => "audit",
    };
    own(event, "eventSource", Some(Value::Str(if alert { "SecurityComplianceCenter" } else { workload })));
    own(event, "eventName", Some(name));
    let success = event.text(Field::EventOutcome) == Some("success");
    own(event, "status", Some(Value::Str(if success { "success" } else { "failure" })));
    for name in ["Parameters", "OperationProperties", "ModifiedProperties", "ExtendedProperties"] {
        if let Some(list @ Json::Array(_)) = record.get(name) {
            let text = Value::Str(cloud::written(list, arena));
            own(event, name, Some(text));
            if name == "Parameters" && alert {
                own(event, "Payload", Some(text));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sources::cloud::testing::{ask, read, shown};

    #[test]
    fn a_failed_sign_in_with_a_port() {
        read(
            &Microsoft365,
            r#"{"CreationTime":"2026-12-30T15:00:00","Id":"1","Operation":"UserLoginFailed","OrganizationId":"o","RecordType":15,"ResultStatus":"Success",
            "UserKey":"k","UserType":0,"Workload":"AzureActiveDirectory","ClientIP":"[2001:db8::5]:50123","UserId":"taro@example.co.jp","LogonError":"InvalidUserNameOrPassword",
            "DeviceProperties":[{"Name":"OS","Value":"Windows 10"}],"ExtendedProperties":[{"Name":"RequestType","Value":"OAuth2:Token"}]}"#,
            |event| {
                assert_eq!(
                    event.time.map(|t| t.timestamp().to_string()).as_deref(),
                    Some("2026-12-30T15:00:00Z")
                );
                assert_eq!(shown(event, "user.name"), "taro@example.co.jp");
                assert_eq!(shown(event, "source.ip"), "2001:db8::5");
                assert_eq!(shown(event, "source.port"), "50123");
                assert_eq!(shown(event, "event.outcome"), "failure");
                assert_eq!(shown(event, "event.category"), "authentication");
                assert_eq!(event.native_text("RequestType"), Some("OAuth2:Token"));
            },
        );
    }

    #[test]
    fn mail_is_sent_on() {
        read(
            &Microsoft365,
            r#"{"CreationTime":"2026-12-30T15:00:00","Operation":"New-InboxRule","OrganizationId":"o","RecordType":1,"ResultStatus":"True","UserType":0,
            "Workload":"Exchange","ClientIP":"203.0.113.9:4321","UserId":"taro@example.co.jp","Parameters":[{"Name":"ForwardTo","Value":"x@example.net"}]}"#,
            |event| {
                assert_eq!(shown(event, "event.category"), "email, configuration");
                assert_eq!(shown(event, "email.to.address"), "x@example.net");
                assert_eq!((event.logsource.product, event.logsource.service), ("m365", "audit"));
                let text =
                    event.native.iter().any(|(n, v)| *n == "Parameters" && v.to_text().contains("ForwardTo"));
                assert!(text);
            },
        );
    }

    #[test]
    fn a_row_of_the_export() {
        let arena = Bump::new();
        let row = r#"1,2026-12-30T15:00:00.0000000Z,6,FileDownloaded,taro@example.co.jp,"{""CreationTime"":""2026-12-30T15:00:00"",""Operation"":""FileDownloaded"",""RecordType"":6,""UserType"":0,""Workload"":""SharePoint"",""UserId"":""taro@example.co.jp"",""SourceFileName"":""a.xlsx""}",,"#;
        let columns =
            ["RecordId", "CreationDate", "RecordType", "Operation", "UserId", "AuditData", "A", "B"];
        let record = exported(row, arena.alloc_slice_copy(&columns), &arena).unwrap();
        assert_eq!(record.text("SourceFileName"), Some("a.xlsx"));
    }

    #[test]
    fn an_alert_has_the_name_that_rules_use() {
        read(
            &Microsoft365,
            r#"{"CreationTime":"2026-12-30T15:00:00","Operation":"MCAS_ALERT_ANUBIS_DETECTION_VELOCITY","OrganizationId":"o","RecordType":98,"UserType":0,
            "Workload":"MCAS","UserId":"taro@example.co.jp","AlertDisplayName":"Impossible travel activity"}"#,
            |event| {
                assert_eq!(event.native_text("eventName"), Some("Impossible travel activity"));
                assert_eq!(event.native_text("eventSource"), Some("SecurityComplianceCenter"));
                assert_eq!(event.logsource.service, "threat_management");
            },
        );
        ask(&Microsoft365, r#"{"Operation":"x"}"#, |result, _| assert_eq!(result, Err(Refusal::NotMine)));
    }
}
