//! Microsoft Entra ID (Azure AD): sign-ins, directory audits, provisioning and risk detections.
//!
//! Forms (Microsoft Graph reference: signIn, directoryAudit, provisioningObjectSummary, riskDetection, riskyUser; Azure
//! Monitor: Microsoft Entra activity log schemas): the Graph object itself; Azure Monitor's diagnostic record with the
//! object under `properties`; Log Analytics rows with capital names. Times are UTC. Sigma: product `azure`, service
//! `signinlogs`, `auditlogs`, `riskdetection`, with the field names that its rules use.

use bumpalo::Bump;

use crate::event::{Event, Field, Value};

use super::cloud::{self, filler, own, said};
use super::json::{self, Json, Object};
use super::{Context, Line, Refusal, Source, SourceMeta};

/// The source.
#[derive(Debug)]
pub struct EntraId;

pub(super) static META: SourceMeta =
    SourceMeta { id: "entra_id", product: "Microsoft Entra ID", vendor: "Microsoft" };

/// What a record tells of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    SignIn,
    Audit,
    Provisioning,
    Risk,
    Graph,
    Other,
}

impl Source for EntraId {
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
        let (kind, body) = kind(root, context.arena).ok_or(Refusal::NotMine)?;
        json::flatten(root, context.arena, event);
        time(root, body, context, event);
        event.logsource.product = "azure";
        event.unset(Field::Message);
        let action = get_text(root, "operationName").or_else(|| get_text(body, "activityDisplayName")).or(
            match kind {
                Kind::SignIn => Some("Sign-in activity"),
                Kind::Risk => Some("User Risk Detection"),
                _ => get_text(body, "provisioningAction"),
            },
        );
        if let Some(action) = action {
            event.set(Field::EventAction, action);
        }
        cloud::set(event, Field::EventId, value(body, "id"));
        cloud::set(event, Field::TraceId, value(body, "correlationId"));
        cloud::set(event, Field::CloudProvider, Some(Value::Str("azure")));
        cloud::set(event, Field::OrganizationId, value(root, "tenantId"));
        match kind {
            Kind::SignIn => sign_in(root, body, context.arena, event),
            Kind::Audit => audit(body, action.unwrap_or_default(), context.arena, event),
            Kind::Provisioning => provisioning(body, event),
            Kind::Risk => risk(body, event),
            Kind::Graph => graph(body, event),
            Kind::Other => {}
        }
        if let Some(address) =
            said(get_text(body, "ipAddress")).or_else(|| said(get_text(root, "callerIpAddress")))
            && event.get(Field::SourceAddress).is_none()
        {
            cloud::source(event, address, context.arena);
        }
        Ok(())
    }
}

/// Tells which record it is, and where its body stands; None where it is none.
fn kind<'a>(root: Object<'a>, arena: &'a Bump) -> Option<(Kind, Object<'a>)> {
    if let Some(category) = get_text(root, "category").or_else(|| root.text("Type"))
        && let Some(kind) = category_kind(category)
    {
        if let Some(body) = inner(root, "properties", arena) {
            return Some((kind, body));
        }
        // Log Analytics rows have no `properties`.
        if root.get("TimeGenerated").is_some() {
            return Some((kind, root));
        }
    }
    let there = |name: &str| root.get(name).is_some();
    let kind = if there("createdDateTime")
        && there("appId")
        && (there("conditionalAccessStatus") || there("status"))
    {
        Kind::SignIn
    } else if there("provisioningAction") && there("provisioningSteps") {
        Kind::Provisioning
    } else if there("riskEventType") && there("riskLevel") {
        Kind::Risk
    } else if there("activityDateTime") && there("activityDisplayName") && there("targetResources") {
        Kind::Audit
    } else if there("riskLastUpdatedDateTime") && there("riskLevel") {
        Kind::Risk
    } else {
        let aad = root.text("resourceId").is_some_and(|r| cloud::has(r, "microsoft.aadiam"));
        return if aad { inner(root, "properties", arena).map(|b| (Kind::Other, b)) } else { None };
    };
    Some((kind, root))
}

/// The categories of the diagnostic settings, and the tables of Log Analytics.
fn category_kind(category: &str) -> Option<Kind> {
    Some(match category {
        "SignInLogs"
        | "SigninLogs"
        | "NonInteractiveUserSignInLogs"
        | "ServicePrincipalSignInLogs"
        | "ManagedIdentitySignInLogs"
        | "MicrosoftServicePrincipalSignInLogs"
        | "ADFSSignInLogs"
        | "AADNonInteractiveUserSignInLogs"
        | "AADServicePrincipalSignInLogs"
        | "AADManagedIdentitySignInLogs" => Kind::SignIn,
        "AuditLogs" => Kind::Audit,
        "ProvisioningLogs" | "AADProvisioningLogs" => Kind::Provisioning,
        "UserRiskEvents"
        | "RiskyUsers"
        | "ServicePrincipalRiskEvents"
        | "RiskyServicePrincipals"
        | "AADUserRiskEvents"
        | "AADRiskyUsers"
        | "AADServicePrincipalRiskEvents"
        | "AADRiskyServicePrincipals" => Kind::Risk,
        "MicrosoftGraphActivityLogs" => Kind::Graph,
        "NetworkAccessTrafficLogs"
        | "NetworkAccessAlerts"
        | "EnrichedOffice365AuditLogs"
        | "RemoteNetworkHealthLogs"
        | "B2CRequestLogs" => Kind::Other,
        _ => return None,
    })
}

/// A member by its name with a small or a capital first letter.
fn get<'a>(object: Object<'a>, name: &str) -> Option<Json<'a>> {
    object.0.iter().rev().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| *v)
}

fn get_text<'a>(object: Object<'a>, name: &str) -> Option<&'a str> {
    get(object, name).and_then(Json::text).filter(|t| !t.is_empty())
}

fn value<'a>(object: Object<'a>, name: &str) -> Option<Value<'a>> {
    match get(object, name)? {
        Json::Plain(v) if !v.is_empty() => Some(v),
        _ => None,
    }
}

/// An object, or text that holds one.
fn inner<'a>(object: Object<'a>, name: &str, arena: &'a Bump) -> Option<Object<'a>> {
    match get(object, name)? {
        Json::Object(o) => Some(o),
        Json::Plain(Value::Str(s)) if s.starts_with('{') => json::parse(s, arena),
        _ => None,
    }
}

fn time<'a>(root: Object<'a>, body: Object<'a>, context: &Context<'a, '_>, event: &mut Event<'a>) {
    let stated = ["time", "TimeGenerated"].iter().find_map(|n| root.text(n)).or_else(|| {
        ["activityDateTime", "createdDateTime", "detectedDateTime", "riskLastUpdatedDateTime"]
            .iter()
            .find_map(|n| get_text(body, n))
    });
    if let Some(time) = stated.and_then(|t| cloud::utc(t, context.time)) {
        event.time = Some(time);
    }
}

/// A sign-in of a user, a service principal or a managed identity.
fn sign_in<'a>(root: Object<'a>, body: Object<'a>, arena: &'a Bump, event: &mut Event<'a>) {
    event.logsource.service = "signinlogs";
    let status = inner(body, "status", arena);
    let code = status.and_then(|s| value(s, "errorCode")).or_else(|| value(root, "resultType"));
    let success = code.map(|c| c.as_f64() == Some(0.0));
    let requirement = get_text(body, "authenticationRequirement");
    let details = status.and_then(|s| get_text(s, "additionalDetails"));
    let mfa = match (requirement, details) {
        (Some("multiFactorAuthentication"), _) => Some(true),
        (_, Some(d)) if cloud::has(d, "MFA requirement satisfied") || cloud::has(d, "MFA completed") => {
            Some(true)
        }
        (Some(_), _) => Some(false),
        _ => None,
    };
    cloud::sign_in(event, success, mfa);
    let upn = get_text(body, "userPrincipalName").or_else(|| get_text(body, "servicePrincipalName"));
    if let Some(upn) = upn {
        cloud::account(event, upn, true);
    }
    cloud::set(event, Field::UserFullName, value(body, "userDisplayName"));
    cloud::set(event, Field::UserId, value(body, "userId").or_else(|| value(body, "servicePrincipalId")));
    cloud::set(event, Field::UserAgentOriginal, value(body, "userAgent"));
    cloud::set(event, Field::ServiceName, value(body, "appDisplayName"));
    cloud::set(event, Field::SessionId, value(body, "sessionId"));
    place(body, root, arena, event);
    let device = inner(body, "deviceDetail", arena);
    if let Some(device) = device {
        cloud::set(event, Field::DeviceId, value(device, "deviceId"));
        cloud::set(event, Field::HostName, value(device, "displayName"));
        cloud::set(event, Field::HostOsFull, value(device, "operatingSystem"));
        cloud::set(event, Field::UserAgentName, value(device, "browser"));
    }
    let reason = status
        .and_then(|s| value(s, "failureReason"))
        .or_else(|| value(root, "resultDescription"))
        .filter(|_| success == Some(false));
    cloud::set(event, Field::EventReason, reason);
    cloud::set(event, Field::EventCode, code);
    if success == Some(false) {
        cloud::set(event, Field::ErrorCode, code);
    }
    // Names that Sigma's rules use.
    own(event, "ResultType", code);
    own(event, "ResultDescription", reason);
    own(event, "Resultdescription", reason);
    own(event, "AuthenticationRequirement", requirement.map(Value::Str));
    own(event, "Status", success.map(|s| Value::Str(if s { "Success" } else { "Failure" })));
    own(event, "Status", details.map(Value::Str));
    own(event, "userAgent", value(body, "userAgent"));
    own(event, "ResourceDisplayName", value(body, "resourceDisplayName"));
    own(event, "conditionalAccessStatus", value(body, "conditionalAccessStatus"));
    own(event, "RiskState", value(body, "riskState"));
    own(event, "ActivityDetails", Some(Value::Str("Sign-ins")));
    own(event, "ClientApp", value(body, "clientAppUsed"));
    own(event, "Username", upn.map(|_| Value::Str("UPN")));
    let message = match get_text(body, "authenticationProtocol") {
        Some("deviceCode") => Some("Device Code"),
        Some("ropc") => Some("ROPC"),
        _ => None,
    };
    own(event, "properties.message", message.map(Value::Str));
    if let Some(networks) = get(body, "networkLocationDetails") {
        own(event, "NetworkLocationDetails", Some(Value::Str(cloud::written(networks, arena))));
    }
    // Rules ask for an empty text too, so these stand even when empty.
    for (name, member) in [
        ("DeviceDetail.trusttype", "trustType"),
        ("DeviceDetail.deviceId", "deviceId"),
        ("DeviceDetail.isCompliant", "isCompliant"),
    ] {
        if let Some(Json::Plain(v)) = device.and_then(|d| get(d, member)) {
            event.native.push((name, v));
        }
    }
}

/// Where a sign-in came from, as Microsoft says.
fn place<'a>(body: Object<'a>, root: Object<'a>, arena: &'a Bump, event: &mut Event<'a>) {
    let location = inner(body, "location", arena).or_else(|| inner(body, "locationDetails", arena));
    let country = location
        .and_then(|l| get_text(l, "countryOrRegion"))
        .or_else(|| get_text(root, "location").filter(|l| l.len() == 2));
    if let Some(country) = country {
        let country = arena.alloc_str(country);
        country.make_ascii_uppercase();
        event.set(Field::SourceGeoCountryIsoCode, &*country);
    }
    if let Some(location) = location {
        cloud::set(event, Field::SourceGeoCityName, value(location, "city"));
        cloud::set(event, Field::SourceGeoRegionName, value(location, "state"));
    }
}

/// A change in the directory.
fn audit<'a>(body: Object<'a>, action: &'a str, arena: &'a Bump, event: &mut Event<'a>) {
    event.logsource.service = "auditlogs";
    let result = get_text(body, "result");
    match result {
        Some("success") => event.outcome(true),
        Some("failure" | "timeout") => event.outcome(false),
        _ => {}
    }
    let category = get_text(body, "category");
    event.category(if category == Some("Policy") {
        &[Value::Str("iam"), Value::Str("configuration")]
    } else {
        &[Value::Str("iam")]
    });
    event.kind(cloud::iam_types(action));
    cloud::set(event, Field::EventDataset, category.map(Value::Str));
    let service = value(body, "loggedByService");
    cloud::set(event, Field::EventProvider, service);
    cloud::set(event, Field::ServiceName, service);
    cloud::set(event, Field::EventReason, value(body, "resultReason"));
    if let Some(by) = inner(body, "initiatedBy", arena) {
        if let Some(user) = inner(by, "user", arena) {
            let id = get_text(user, "id");
            let name = get_text(user, "userPrincipalName").or_else(|| get_text(user, "displayName"));
            if let Some(name) = name.or(id) {
                cloud::account(event, name, true);
            }
            cloud::set(event, Field::UserId, id.map(Value::Str));
            cloud::set(event, Field::UserFullName, value(user, "displayName"));
            if let Some(address) = said(get_text(user, "ipAddress")) {
                cloud::source(event, address, arena);
            }
            own(event, "Initiatedby", Some(Value::Str("UPN")));
        } else if let Some(app) = inner(by, "app", arena) {
            // An application is no user: its name stands where a user's full name would.
            cloud::set(event, Field::UserFullName, value(app, "displayName"));
            cloud::set(
                event,
                Field::UserId,
                value(app, "servicePrincipalId").or_else(|| value(app, "appId")),
            );
        }
    }
    if let Some(Json::Array(details)) = get(body, "additionalDetails") {
        let agent = cloud::named_text(details, "key", "User-Agent", "value");
        cloud::set(event, Field::UserAgentOriginal, agent.map(Value::Str));
        let info = cloud::named_text(details, "key", "AdditionalInfo", "value");
        own(event, "additionalDetails.additionalInfo", info.map(Value::Str));
    }
    targets(body, arena, event);
    // Names that Sigma's rules use.
    let action = Some(Value::Str(action));
    for name in ["properties.message", "operationName", "OperationName", "ActivityDisplayName"] {
        own(event, name, action);
    }
    own(event, "ActivityType", action);
    own(event, "activityType", action);
    own(event, "Category", category.map(Value::Str));
    own(event, "category", category.map(Value::Str));
    own(event, "LoggedByService", service);
    own(event, "Status", result.map(Value::Str));
    own(event, "properties.result", result.map(Value::Str));
    own(event, "failure_status_reason", value(body, "resultReason"));
}

/// Whom and what a change in the directory was done to.
fn targets<'a>(body: Object<'a>, arena: &'a Bump, event: &mut Event<'a>) {
    let Some(list @ Json::Array(items)) = get(body, "targetResources") else { return };
    let text = Some(Value::Str(cloud::written(list, arena)));
    own(event, "TargetResources", text);
    own(event, "properties.targetResources", text);
    for target in items.iter().filter_map(|t| t.object()) {
        let kind = get_text(target, "type").unwrap_or_default();
        let display = get_text(target, "displayName");
        own(event, "targetResources.type", Some(Value::Str(kind)));
        match kind {
            "User" => {
                let name = get_text(target, "userPrincipalName").or(display);
                cloud::set(event, Field::UserTargetName, name.map(Value::Str));
                if let Some(mail) = name.filter(|n| n.contains('@')) {
                    event.set(Field::UserTargetEmail, mail);
                }
                cloud::set(event, Field::UserTargetId, value(target, "id"));
                own(event, "Target", name.map(|_| Value::Str("UPN")));
            }
            "Group" => {
                cloud::set(event, Field::GroupName, display.map(Value::Str));
                cloud::set(event, Field::GroupId, value(target, "id"));
            }
            "Device" => {
                cloud::set(event, Field::HostName, display.map(Value::Str));
                cloud::set(event, Field::HostId, value(target, "id"));
            }
            "Role" => cloud::set(event, Field::UserRoles, display.map(Value::Str)),
            // Rules write it with a blank.
            "ServicePrincipal" => own(event, "targetResources.type", Some(Value::Str("Service Principal"))),
            _ => {}
        }
        let Some(list @ Json::Array(changes)) = get(target, "modifiedProperties") else { continue };
        own(event, "TargetResources.modifiedProperties", Some(Value::Str(cloud::written(list, arena))));
        for (field, name) in [
            (Field::GroupName, "Group.DisplayName"),
            (Field::GroupId, "Group.ObjectID"),
            (Field::UserRoles, "Role.DisplayName"),
        ] {
            // A removal states the old value alone.
            let named = cloud::named_text(changes, "displayName", name, "newValue")
                .or_else(|| cloud::named_text(changes, "displayName", name, "oldValue"));
            cloud::set(event, field, named.map(Value::Str));
        }
        let consent = cloud::named_text(changes, "displayName", "ConsentContext.IsAdminConsent", "newValue");
        own(event, "ConsentContext.IsAdminConsent", consent.map(Value::Str));
        for change in changes.iter().filter_map(|c| c.object()) {
            own(event, "TargetResources.ModifiedProperties.DisplayName", value(change, "displayName"));
            own(event, "TargetResources.ModifiedProperties.NewValue", value(change, "newValue"));
            own(event, "TargetResources.modifiedProperties.newValue", value(change, "newValue"));
        }
    }
}

/// An account that a provisioning service made, changed or took away.
fn provisioning<'a>(body: Object<'a>, event: &mut Event<'a>) {
    event.category(&[Value::Str("iam")]);
    let action = get_text(body, "provisioningAction").or_else(|| get_text(body, "action"));
    event.kind(match action.unwrap_or_default() {
        "create" | "Create" => &[Value::Str("user"), Value::Str("creation")],
        "delete" | "Delete" => &[Value::Str("user"), Value::Str("deletion")],
        _ => &[Value::Str("user"), Value::Str("change")],
    });
    match body.text("provisioningStatusInfo.status").or_else(|| get_text(body, "ResultType")) {
        Some("success" | "Success") => event.outcome(true),
        Some("failure" | "Failure") => event.outcome(false),
        _ => {}
    }
    cloud::set(event, Field::UserFullName, body.value("initiatedBy.displayName"));
    cloud::set(event, Field::UserTargetName, body.value("sourceIdentity.displayName"));
    cloud::set(event, Field::UserTargetId, body.value("sourceIdentity.id"));
    cloud::set(event, Field::ServiceName, body.value("servicePrincipal.displayName"));
}

/// A risk that Entra ID Protection found.
fn risk<'a>(body: Object<'a>, event: &mut Event<'a>) {
    event.category(&[Value::Str("iam"), Value::Str("intrusion_detection")]);
    event.kind(&[Value::Str("info")]);
    event.set(Field::EventKind, "alert");
    let kind = value(body, "riskEventType").or_else(|| value(body, "riskType"));
    cloud::set(event, Field::EventReason, kind);
    cloud::set(event, Field::RuleName, kind);
    own(event, "riskEventType", kind);
    // Alerts of Privileged Identity Management come under names of their own.
    let pim = matches!(kind, Some(Value::Str(k)) if k.ends_with("AlertIncident") || k.ends_with("AlertConfiguration"));
    event.logsource.service = if pim { "pim" } else { "riskdetection" };
    if let Some(name) =
        get_text(body, "userPrincipalName").or_else(|| get_text(body, "servicePrincipalDisplayName"))
    {
        cloud::account(event, name, true);
    }
    cloud::set(event, Field::UserFullName, value(body, "userDisplayName"));
    cloud::set(event, Field::UserId, value(body, "userId").or_else(|| value(body, "servicePrincipalId")));
    if let Some(location) = get(body, "location").and_then(Json::object) {
        cloud::set(event, Field::SourceGeoCountryIsoCode, value(location, "countryOrRegion"));
        cloud::set(event, Field::SourceGeoCityName, value(location, "city"));
        cloud::set(event, Field::SourceGeoRegionName, value(location, "state"));
    }
}

/// A call of Microsoft Graph.
fn graph<'a>(body: Object<'a>, event: &mut Event<'a>) {
    event.category(&[Value::Str("web"), Value::Str("iam")]);
    event.kind(&[Value::Str("access")]);
    cloud::set(event, Field::HttpRequestMethod, value(body, "requestMethod"));
    cloud::set(event, Field::UrlOriginal, value(body, "requestUri"));
    cloud::set(event, Field::UserAgentOriginal, value(body, "userAgent"));
    cloud::set(event, Field::UserId, value(body, "userId"));
    cloud::set(event, Field::SessionId, value(body, "C_Sid"));
    if let Some(status) = value(body, "responseStatusCode") {
        event.set(Field::HttpResponseStatusCode, status);
        event.outcome(status.as_f64().is_some_and(|s| s < 400.0));
    }
    if let Some(bytes) = value(body, "responseSizeBytes").filter(|b| !matches!(b, Value::Str(s) if filler(s)))
    {
        event.set(Field::HttpResponseBytes, bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sources::cloud::testing::{read, shown};

    #[test]
    fn a_sign_in_in_azure_monitors_form() {
        read(
            &EntraId,
            r#"{"time":"2026-12-30T15:00:00Z","category":"SignInLogs","operationName":"Sign-in activity","resultType":"50126",
            "callerIpAddress":"203.0.113.9","properties":{"userPrincipalName":"taro@example.co.jp","userId":"u1",
            "status":{"errorCode":50126,"failureReason":"Invalid username or password."},"location":{"city":"Riga","countryOrRegion":"LV"},
            "authenticationRequirement":"singleFactorAuthentication","deviceDetail":{"trustType":""}}}"#,
            |event| {
                assert_eq!(shown(event, "user.name"), "taro@example.co.jp");
                assert_eq!(shown(event, "event.outcome"), "failure");
                assert_eq!(shown(event, "source.ip"), "203.0.113.9");
                assert_eq!(shown(event, "source.geo.country_iso_code"), "LV");
                assert_eq!(event.native("mfa"), Some(Value::Bool(false)));
                assert_eq!(event.native_text("DeviceDetail.trusttype"), Some(""));
                assert_eq!(event.logsource.service, "signinlogs");
            },
        );
    }

    #[test]
    fn a_role_is_given() {
        read(
            &EntraId,
            r#"{"id":"1","category":"RoleManagement","result":"success","activityDisplayName":"Add member to role",
            "activityDateTime":"2026-12-30T15:00:00Z","initiatedBy":{"user":{"id":"a","userPrincipalName":"admin@example.co.jp","ipAddress":"198.51.100.4"}},
            "targetResources":[{"id":"t","type":"User","userPrincipalName":"taro@example.co.jp","modifiedProperties":[{"displayName":"Role.DisplayName","oldValue":null,"newValue":"\"Global Administrator\""}]}]}"#,
            |event| {
                assert_eq!(shown(event, "event.action"), "Add member to role");
                assert_eq!(shown(event, "event.type"), "admin, change");
                assert_eq!(shown(event, "user.name"), "admin@example.co.jp");
                assert_eq!(shown(event, "user.target.name"), "taro@example.co.jp");
                assert_eq!(shown(event, "user.roles"), "Global Administrator");
                let targets = event.native_text("TargetResources").unwrap_or_default();
                assert!(targets.contains("Global Administrator"));
            },
        );
    }

    #[test]
    fn a_risk_with_an_american_time() {
        read(
            &EntraId,
            r#"{"time":"12/31/2026 2:42:35 PM","category":"UserRiskEvents","operationName":"User Risk Detection",
            "properties":{"riskEventType":"impossibleTravel","riskLevel":"high","userPrincipalName":"taro@example.co.jp","ipAddress":"2001:0db8:0::5"}}"#,
            |event| {
                assert_eq!(
                    event.time.map(|t| t.timestamp().to_string()).as_deref(),
                    Some("2026-12-31T14:42:35Z")
                );
                assert_eq!(shown(event, "source.ip"), "2001:db8::5");
                assert_eq!(shown(event, "rule.name"), "impossibleTravel");
            },
        );
    }
}
