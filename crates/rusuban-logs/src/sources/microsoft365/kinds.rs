//! What kind of thing an operation is, by workload.

use crate::event::{Event, Field, Value};
use crate::sources::cloud;
use crate::sources::json::Object;

type Words = &'static [Value<'static>];

/// Sets category and type.
pub fn set<'a>(workload: &str, action: &str, record: Object<'a>, event: &mut Event<'a>) {
    if matches!(action, "UserLoggedIn" | "UserLoginFailed" | "MailboxLogin") {
        cloud::sign_in(event, None, None);
        return;
    }
    if let Some((category, kind)) = notable(action) {
        event.category(category);
        event.kind(kind);
        return;
    }
    match workload {
        "AzureActiveDirectory" => {
            event.category(&[Value::Str("iam")]);
            event.kind(cloud::iam_types(action));
        }
        "Exchange" => exchange(action, event),
        "SharePoint" | "OneDrive" | "Yammer"
            if action.starts_with("File") || action.starts_with("Folder") =>
        {
            event.category(&[Value::Str("file")]);
            event.kind(file(action));
        }
        "MicrosoftTeams" => {
            event.category(&[Value::Str("network")]);
            event.kind(&[Value::Str("info")]);
        }
        "SecurityComplianceCenter" | "MCAS" | "CloudAppSecurity" | "AirInvestigation" => alert(record, event),
        "ThreatIntelligence" => {
            alert(record, event);
            event.category(&[Value::Str("email"), Value::Str("intrusion_detection")]);
            // What was done with the mail says more than the name of the record.
            cloud::set(event, Field::EventAction, record.value("DeliveryAction"));
            cloud::set(event, Field::FileHashSha256, record.value("FileData.SHA256"));
        }
        _ => {
            event.category(&[Value::Str("configuration")]);
            event.kind(&[Value::Str("info")]);
        }
    }
}

/// Operations that matter wherever they are recorded.
fn notable(action: &str) -> Option<(Words, Words)> {
    const RULES: Words = &[Value::Str("email"), Value::Str("configuration")];
    const IAM: Words = &[Value::Str("iam")];
    const ADMIN: Words = &[Value::Str("admin"), Value::Str("change")];
    const GROUP: Words = &[Value::Str("group"), Value::Str("change")];
    const CHANGE: Words = &[Value::Str("change")];
    Some(match action {
        "New-InboxRule"
        | "UpdateInboxRules"
        | "New-TransportRule"
        | "New-InboundConnector"
        | "New-OutboundConnector" => (RULES, &[Value::Str("creation"), Value::Str("change")]),
        "Set-InboxRule"
        | "Enable-InboxRule"
        | "Set-Mailbox"
        | "Set-TransportRule"
        | "Set-MailboxJunkEmailConfiguration"
        | "Set-RemoteDomain"
        | "Set-OutboundConnector"
        | "Set-InboundConnector" => (RULES, CHANGE),
        "Remove-InboxRule" | "Disable-InboxRule" | "Remove-TransportRule" | "Disable-TransportRule" => {
            (RULES, &[Value::Str("deletion"), Value::Str("change")])
        }
        "Add-MailboxPermission"
        | "Add-RecipientPermission"
        | "Add-MailboxFolderPermission"
        | "Set-MailboxFolderPermission"
        | "AddFolderPermissions"
        | "ModifyFolderPermissions"
        | "New-ManagementRoleAssignment"
        | "Add-RoleGroupMember"
        | "SiteCollectionAdminAdded"
        | "Add delegation entry"
        | "RoleChanged" => (IAM, ADMIN),
        "MemberAdded" | "MemberRemoved" | "AddedToGroup" | "RemovedFromGroup" | "MemberRoleChanged" => {
            (IAM, GROUP)
        }
        "SharingSet"
        | "SharingInvitationCreated"
        | "AnonymousLinkCreated"
        | "SecureLinkCreated"
        | "CompanyLinkCreated"
        | "AddedToSecureLink"
        | "AnonymousLinkUpdated" => (&[Value::Str("file"), Value::Str("iam")], CHANGE),
        "AnonymousLinkUsed" | "SharingInvitationAccepted" => (&[Value::Str("file")], &[Value::Str("access")]),
        "TeamsSessionStarted" => (&[Value::Str("session")], &[Value::Str("start")]),
        "Set-AdminAuditLogConfig" | "Set-MailboxAuditBypassAssociation" | "Set-OrganizationConfig" => {
            (&[Value::Str("configuration")], CHANGE)
        }
        "SearchExported"
        | "SearchExportDownloaded"
        | "New-ComplianceSearchAction"
        | "New-ComplianceSearch"
        | "SearchCreated"
        | "SearchStarted"
        | "CaseAdded" => (&[Value::Str("email"), Value::Str("file")], &[Value::Str("access")]),
        _ => return None,
    })
}

fn exchange(action: &str, event: &mut Event<'_>) {
    event.category(&[Value::Str("email")]);
    event.kind(match action {
        "SoftDelete" | "HardDelete" | "MoveToDeletedItems" => &[Value::Str("deletion")],
        "MailItemsAccessed" | "FolderBind" | "MessageBind" => &[Value::Str("access")],
        "Create" => &[Value::Str("creation")],
        "Update" | "Move" | "Copy" | "ApplyRecord" => &[Value::Str("change")],
        _ => &[Value::Str("info")],
    });
    // Cmdlets: `Verb-Noun`.
    if let Some((verb, _)) = action.split_once('-') {
        event.category(&[Value::Str("configuration")]);
        event.kind(match verb {
            "New" | "Add" | "Install" => &[Value::Str("creation")],
            "Remove" | "Uninstall" => &[Value::Str("deletion")],
            "Get" | "Search" | "Test" => &[Value::Str("access")],
            _ => &[Value::Str("change")],
        });
    }
}

fn file(action: &str) -> Words {
    let is = |word: &str| action.contains(word);
    if is("Deleted") || is("Recycled") {
        &[Value::Str("deletion")]
    } else if is("Uploaded") || is("Created") || is("Copied") || is("Restored") {
        &[Value::Str("creation")]
    } else if is("Modified") || is("Renamed") || is("Moved") || is("Check") {
        &[Value::Str("change")]
    } else {
        &[Value::Str("access")]
    }
}

fn alert<'a>(record: Object<'a>, event: &mut Event<'a>) {
    event.category(&[Value::Str("intrusion_detection")]);
    event.kind(&[Value::Str("info")]);
    event.set(Field::EventKind, "alert");
    let name = record.value("AlertDisplayName").or_else(|| record.value("Name"));
    cloud::set(event, Field::RuleName, name);
    cloud::set(
        event,
        Field::RuleCategory,
        record.value("Category").or_else(|| record.value("AlertCategory")),
    );
    cloud::set(event, Field::LogLevel, record.value("Severity").or_else(|| record.value("AlertSeverity")));
    cloud::set(event, Field::RuleDescription, record.value("AlertDescription"));
}
