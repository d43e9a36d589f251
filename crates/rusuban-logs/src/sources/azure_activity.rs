//! Azure activity log (Azure Monitor: activity log event schema): diagnostic records, REST objects, and rows of Log
//! Analytics. Sigma: product `azure`, service `activitylogs`.

use crate::event::{Event, Field, Value};

use super::cloud::{self, own, said};
use super::json::{self, Object};
use super::{Context, Line, Refusal, Source, SourceMeta};

/// The source.
#[derive(Debug)]
pub struct AzureActivity;

static META: SourceMeta =
    SourceMeta { id: "azure_activity", product: "Azure activity log", vendor: "Microsoft" };

impl Source for AzureActivity {
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
        let operation = operation(root).ok_or(Refusal::NotMine)?;
        let stated = ["time", "eventTimestamp", "TimeGenerated"].iter().find_map(|n| root.text(n));
        event.time = stated.and_then(|t| cloud::utc(t, context.time));
        if event.time.is_none() {
            return Err(Refusal::Broken("Azure activity whose time cannot be read"));
        }
        json::flatten(root, context.arena, event);
        event.logsource.product = "azure";
        event.logsource.service = "activitylogs";
        event.unset(Field::Message);
        event.set(Field::EventAction, operation);
        event.set(Field::CloudProvider, "azure");
        cloud::set(event, Field::TraceId, root.value("correlationId"));
        let caller = ["caller", "Caller", "identity.claims.name", "claims.name"]
            .iter()
            .find_map(|n| said(root.text(n)));
        if let Some(caller) = caller {
            cloud::account(event, caller, true);
        }
        let address = ["callerIpAddress", "CallerIpAddress", "httpRequest.clientIpAddress", "claims.ipaddr"]
            .iter()
            .find_map(|n| said(root.text(n)));
        if let Some(address) = address {
            cloud::source(event, address, context.arena);
        }
        let result = ["resultType", "status.value", "ActivityStatusValue", "ActivityStatus"]
            .iter()
            .find_map(|n| root.text(n));
        match result {
            Some(r) if r.eq_ignore_ascii_case("success") || r.eq_ignore_ascii_case("succeeded") => {
                event.outcome(true);
            }
            Some(r) if r.eq_ignore_ascii_case("failure") || r.eq_ignore_ascii_case("failed") => {
                event.outcome(false);
            }
            _ => {}
        }
        event.category(if cloud::has(operation, "Microsoft.Authorization") {
            &[Value::Str("iam")]
        } else {
            &[Value::Str("configuration")]
        });
        event.kind(if cloud::has(operation, "/delete") {
            &[Value::Str("deletion")]
        } else if cloud::has(operation, "/read") || cloud::has(operation, "/list") {
            &[Value::Str("access")]
        } else if cloud::has(operation, "roleAssignments/write") || cloud::has(operation, "elevateAccess") {
            &[Value::Str("admin"), Value::Str("change")]
        } else {
            &[Value::Str("change")]
        });
        // Names that Sigma's rules use.
        for name in ["operationName", "OperationNameValue", "properties.message"] {
            own(event, name, Some(Value::Str(operation)));
        }
        let category = root.value("category.value").or_else(|| root.value("category"));
        own(event, "CategoryValue", category);
        let resource = root.value("resourceId").or_else(|| root.value("_ResourceId"));
        own(event, "ResourceId", resource);
        let provider = root.text("resourceProviderName.value").or_else(|| operation.split('/').next());
        own(event, "ResourceProviderValue", provider.map(Value::Str));
        Ok(())
    }
}

/// The operation's name, `MICROSOFT.COMPUTE/VIRTUALMACHINES/WRITE`; None for other records.
fn operation(root: Object<'_>) -> Option<&str> {
    let operation =
        ["operationName.value", "operationName", "OperationNameValue"].iter().find_map(|n| root.text(n))?;
    let placed = root.get("resourceId").is_some()
        || root.get("_ResourceId").is_some()
        || root.get("subscriptionId").is_some();
    let provider = operation.split('/').next()?;
    (placed && operation.contains('/') && cloud::has(provider, "microsoft.")).then_some(operation)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sources::cloud::testing::{ask, read, shown};

    #[test]
    fn a_role_assignment() {
        read(
            &AzureActivity,
            r#"{"time":"2026-12-30T15:00:00Z","resourceId":"/SUBSCRIPTIONS/S","operationName":"MICROSOFT.AUTHORIZATION/ROLEASSIGNMENTS/WRITE","category":"Administrative",
            "resultType":"Success","callerIpAddress":"203.0.113.9","identity":{"claims":{"name":"Taro"}}}"#,
            |event| {
                assert_eq!(shown(event, "event.type"), "admin, change");
                assert_eq!(shown(event, "user.name"), "Taro");
                assert_eq!(event.native_text("CategoryValue"), Some("Administrative"));
            },
        );
        ask(&AzureActivity, r#"{"operationName":"x"}"#, |result, _| {
            assert_eq!(result, Err(Refusal::NotMine));
        });
    }
}
