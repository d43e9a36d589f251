//! The Security channel.

use bumpalo::Bump;

use super::prelude::*;
use super::status::{kerberos, logon_type, ntstatus};
use super::text::{
    address, between, file_name, labelled, native, number, parse_number, says, set_account, set_path,
    set_port, set_source, text,
};
use super::{remote, system};

/// How an event's `Subject…` and `Target…` fields are to be read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Roles {
    /// The subject acted (on the target, where there is one).
    Act,
    /// The target logged in or out; the subject is whoever asked for it.
    Login,
    /// The target is a group, the member a user.
    Group,
}

pub(super) fn map<'a>(event: &mut Event<'a>, code: u64, provider: &str, arena: &'a Bump) {
    if provider == "AD FS Auditing" {
        remote::federation(event, code, arena);
        return;
    }
    let roles = match code {
        4624 | 4625 | 4634 | 4647 | 4649 | 4768..=4777 | 4820..=4824 => Roles::Login,
        4727..=4735 | 4737 | 4744..=4764 => Roles::Group,
        _ => Roles::Act,
    };
    if let Some(meaning) = meaning(code) {
        mean(event, meaning);
    }
    fields(event, roles, arena);
    if roles == Roles::Login {
        login(event);
    }
    match code {
        4624 | 4625 => logon(event, code, arena),
        4634 => {
            if let Some((name, _)) = event.native("LogonType").and_then(number).and_then(logon_type) {
                event.set(Field::WinlogLogonType, name);
            }
        }
        4768..=4773 => ticket(event, code, arena),
        4776 | 4777 => {
            if let Some(status) = event.native("Status").and_then(number) {
                event.outcome(status == 0);
                reason(event, ntstatus(status));
            }
        }
        4688 | 4689 => process(event, code, arena),
        4697 => service(event, arena),
        4698..=4702 => system::task(event, arena),
        4825 => {
            event.outcome(false);
            from_message(event, arena);
        }
        1102 => {
            event.outcome(true);
            from_message(event, arena);
        }
        6272..=6280 => network_policy(event, arena),
        4886..=4899 => {
            if let Some(requester) = native(event, "Requester", arena) {
                set_account(event, Field::UserName, Field::UserDomain, requester);
            }
        }
        5140..=5145 => share(event, arena),
        5031 | 5150..=5159 => packet(event, code, arena),
        4656..=4663 | 4670 => object(event, arena),
        _ => {}
    }
}

/// What the ids of the channel mean.
#[expect(clippy::too_many_lines, reason = "one table")]
fn meaning(code: u64) -> Option<Meaning> {
    Some(match code {
        1100 => ("logging-service-shutdown", CONFIGURATION, END),
        1102 => ("audit-log-cleared", DATABASE_IAM, DELETION),
        1104 => ("audit-log-full", CONFIGURATION, ERROR),
        1105 => ("audit-log-archived", CONFIGURATION, INFO),
        4608 => ("system-started", HOST, START),
        4609 => ("system-shut-down", HOST, END),
        4616 => ("system-time-changed", CONFIGURATION, CHANGE),
        4624 | 4625 => ("authentication", AUTHENTICATION, START),
        4634 | 4647 => ("logged-out", AUTHENTICATION_SESSION, END),
        4648 => ("logged-in-explicit", AUTHENTICATION, START),
        4649 => ("replay-attack-detected", AUTHENTICATION, DENIED),
        4656 => ("object-handle-requested", FILE, ACCESS),
        4657 => ("registry-value-modified", REGISTRY, CHANGE),
        4658 => ("object-handle-closed", FILE, INFO),
        4660 => ("object-deleted", FILE, DELETION),
        4662 => ("directory-object-operation", IAM, INFO),
        4663 => ("object-accessed", FILE, ACCESS),
        4670 => ("object-permissions-changed", FILE, CHANGE),
        4672 => ("logged-in-special", IAM, ADMIN),
        4673 | 4674 => ("privileged-operation", PROCESS, INFO),
        4688 => ("created-process", PROCESS, START),
        4689 => ("exited-process", PROCESS, END),
        4696 => ("assigned-primary-token", PROCESS, INFO),
        4697 => ("service-installed", CONFIGURATION, CREATION),
        4698 => ("scheduled-task-created", CONFIGURATION, CREATION),
        4699 => ("scheduled-task-deleted", CONFIGURATION, DELETION),
        4700 => ("scheduled-task-enabled", CONFIGURATION, CHANGE),
        4701 => ("scheduled-task-disabled", CONFIGURATION, CHANGE),
        4702 => ("scheduled-task-updated", CONFIGURATION, CHANGE),
        4703 => ("user-right-adjusted", IAM, USER_CHANGE),
        4704 | 4717 => ("user-right-assigned", IAM, USER_CHANGE),
        4705 | 4718 => ("user-right-removed", IAM, USER_CHANGE),
        4706 => ("domain-trust-added", CONFIGURATION, CREATION),
        4707 => ("domain-trust-removed", CONFIGURATION, DELETION),
        4713 => ("kerberos-policy-changed", CONFIGURATION, CHANGE),
        4716 => ("domain-trust-changed", CONFIGURATION, CHANGE),
        4715 | 4719 | 4906 | 4907 | 4908 | 4912 => ("changed-audit-config", CONFIGURATION, CHANGE),
        4739 => ("domain-policy-changed", CONFIGURATION, CHANGE),
        4720 => ("added-user-account", IAM, USER_CREATION),
        4722 => ("enabled-user-account", IAM, USER_CHANGE),
        4723 => ("changed-password", IAM, USER_CHANGE),
        4724 => ("reset-password", IAM, USER_CHANGE),
        4725 => ("disabled-user-account", IAM, USER_CHANGE),
        4726 => ("deleted-user-account", IAM, USER_DELETION),
        4738 => ("modified-user-account", IAM, USER_CHANGE),
        4740 => ("locked-out-user-account", IAM, USER_CHANGE),
        4767 => ("unlocked-user-account", IAM, USER_CHANGE),
        4765 | 4766 => ("sid-history-changed", IAM, USER_CHANGE),
        4780 => ("administrator-acl-set", IAM, USER_CHANGE),
        4781 => ("renamed-user-account", IAM, USER_CHANGE),
        4794 => ("restore-mode-password-set", IAM, USER_CHANGE),
        4727 | 4731 | 4744 | 4749 | 4754 | 4759 => ("added-group-account", IAM, GROUP_CREATION),
        4728 | 4732 | 4746 | 4751 | 4756 | 4761 => ("added-member-to-group", IAM, GROUP_CHANGE),
        4729 | 4733 | 4747 | 4752 | 4757 | 4762 => ("removed-member-from-group", IAM, GROUP_CHANGE),
        4730 | 4734 | 4748 | 4753 | 4758 | 4763 => ("deleted-group-account", IAM, GROUP_DELETION),
        4735 | 4737 | 4745 | 4750 | 4755 | 4760 => ("modified-group-account", IAM, GROUP_CHANGE),
        4764 => ("type-changed-group-account", IAM, GROUP_CHANGE),
        4741 => ("added-computer-account", IAM, CREATION),
        4742 => ("changed-computer-account", IAM, CHANGE),
        4743 => ("deleted-computer-account", IAM, DELETION),
        4768 => ("kerberos-authentication-ticket-requested", AUTHENTICATION, START),
        4769 => ("kerberos-service-ticket-requested", AUTHENTICATION, START),
        4770 => ("kerberos-service-ticket-renewed", AUTHENTICATION, START),
        4771 => ("kerberos-preauth-failed", AUTHENTICATION, START),
        4772 => ("kerberos-authentication-ticket-failed", AUTHENTICATION, START),
        4773 => ("kerberos-service-ticket-failed", AUTHENTICATION, START),
        4774..=4777 => ("credential-validated", AUTHENTICATION, START),
        4778 => ("session-reconnected", AUTHENTICATION_SESSION, START),
        4779 => ("session-disconnected", AUTHENTICATION_SESSION, END),
        4798 => ("group-membership-enumerated", IAM, INFO),
        4799 => ("user-member-enumerated", IAM, INFO),
        4800 => ("workstation-locked", SESSION, INFO),
        4801 => ("workstation-unlocked", SESSION, INFO),
        4820..=4824 => ("kerberos-ticket-denied", AUTHENTICATION, DENIED),
        4825 => ("remote-desktop-denied", AUTHENTICATION_SESSION, DENIED),
        4886 => ("certificate-requested", CONFIGURATION, ACCESS),
        4887 => ("certificate-issued", CONFIGURATION, CREATION),
        4888 => ("certificate-denied", CONFIGURATION, ACCESS),
        4870 => ("certificate-revoked", CONFIGURATION, DELETION),
        4882 | 4885 | 4890..=4892 | 4898..=4900 => ("certificate-services-changed", CONFIGURATION, CHANGE),
        4946 => ("firewall-rule-added", CONFIGURATION, CREATION),
        4947 => ("firewall-rule-modified", CONFIGURATION, CHANGE),
        4948 => ("firewall-rule-deleted", CONFIGURATION, DELETION),
        4949 | 4950 => ("firewall-setting-changed", CONFIGURATION, CHANGE),
        4964 => ("logged-in-special-group", IAM, ADMIN),
        5024 => ("firewall-started", HOST, START),
        5025 => ("firewall-stopped", HOST, END),
        5031 | 5150..=5152 | 5155 | 5157 | 5159 => ("network-traffic-blocked", NETWORK, DENIED),
        5154 | 5156 | 5158 => ("network-traffic-permitted", NETWORK, ALLOWED),
        5136 => ("directory-service-object-modified", IAM, CHANGE),
        5137 => ("directory-service-object-created", IAM, CREATION),
        5138 => ("directory-service-object-undeleted", IAM, CREATION),
        5139 => ("directory-service-object-moved", IAM, CHANGE),
        5141 => ("directory-service-object-deleted", IAM, DELETION),
        5140 => ("network-share-object-accessed", FILE, ACCESS),
        5142 => ("network-share-object-added", FILE, CREATION),
        5143 => ("network-share-object-modified", FILE, CHANGE),
        5144 => ("network-share-object-deleted", FILE, DELETION),
        5145 => ("network-share-object-access-checked", FILE, ACCESS),
        6272 | 6278 => ("network-policy-server-granted-access", AUTHENTICATION_NETWORK, START),
        6273 => ("network-policy-server-denied-access", AUTHENTICATION_NETWORK, DENIED),
        6274 | 6275 => ("network-policy-server-discarded-request", AUTHENTICATION_NETWORK, DENIED),
        6276 | 6277 => ("network-policy-server-restricted-access", AUTHENTICATION_NETWORK, DENIED),
        6279 => ("network-policy-server-locked-account", IAM, USER_CHANGE),
        6280 => ("network-policy-server-unlocked-account", IAM, USER_CHANGE),
        6416 => ("external-device-recognised", HOST, INFO),
        _ => return None,
    })
}

/// The fields that mean the same in every event of the channel.
fn fields<'a>(event: &mut Event<'a>, roles: Roles, arena: &'a Bump) {
    for at in 0..event.native.len() {
        let Some((name, value)) = event.native.get(at).copied() else { break };
        let group = roles == Roles::Group;
        let field = match name {
            // AccountName: sessions (4778, 4779, 4825).
            "SubjectUserName" | "CallerUserName" | "AccountName" => Field::UserName,
            "SubjectDomainName" | "CallerDomainName" | "AccountDomain" => Field::UserDomain,
            "SubjectUserSid" | "CallerUserSid" => Field::UserId,
            "SubjectLogonId" => Field::WinlogLogonId,
            "TargetUserName" if group => Field::GroupName,
            "TargetDomainName" if group => Field::GroupDomain,
            "TargetSid" | "TargetUserSid" if group => Field::GroupId,
            "TargetUserName" | "TargetAccountName" | "NewTargetUserName" => Field::UserTargetName,
            "TargetDomainName" | "TargetDomain" => Field::UserTargetDomain,
            "TargetUserSid" | "TargetSid" | "MemberSid" => Field::UserTargetId,
            "MemberName" => {
                let member = text(value, arena);
                let cn = member.strip_prefix("CN=").or_else(|| member.strip_prefix("cn="));
                event.set_text(Field::UserTargetName, cn.map_or(member, |m| rdn(m)));
                continue;
            }
            "IpAddress" | "ClientAddress" | "SourceNetworkAddress" => {
                set_source(event, text(value, arena));
                continue;
            }
            "IpPort" | "SourcePort" => {
                set_port(event, Field::SourcePort, value);
                continue;
            }
            "WorkstationName" | "Workstation" | "ClientName" => {
                let name = text(value, arena).trim();
                if says(name) && address(name).is_none() {
                    event.set(Field::SourceDomain, name.trim_start_matches('\\'));
                }
                continue;
            }
            "ProcessName" | "CallerProcessName" => {
                set_path(event, Field::ProcessExecutable, Field::ProcessName, text(value, arena));
                continue;
            }
            "ProcessId" | "CallerProcessId" => {
                if let Some(pid) = number(value) {
                    event.set(Field::ProcessPid, pid);
                }
                continue;
            }
            _ => continue,
        };
        let text = text(value, arena);
        if says(text) {
            event.set(field, text);
        }
    }
}

/// The first name of a distinguished name, up to an unescaped comma.
fn rdn(text: &str) -> &str {
    let mut escaped = false;
    for (at, b) in text.bytes().enumerate() {
        match b {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b',' => return text.get(..at).unwrap_or(text),
            _ => {}
        }
    }
    text
}

/// Who logs in is the event's user. Where no target is named the subject stays.
fn login(event: &mut Event<'_>) {
    let target = [Field::UserTargetName, Field::UserTargetDomain, Field::UserTargetId];
    let user = [Field::UserName, Field::UserDomain, Field::UserId];
    if event.get(Field::UserTargetName).is_some() {
        for (from, to) in target.into_iter().zip(user) {
            match event.get(from) {
                // The null SID stands for a user who was not found.
                Some(Value::Str("S-1-0-0")) | None => event.unset(to),
                Some(value) => event.set(to, value),
            }
        }
    }
    for field in target {
        event.unset(field);
    }
}

fn reason(event: &mut Event<'_>, reason: Option<&'static str>) {
    if let Some(reason) = reason {
        event.set(Field::EventReason, reason);
    }
}

/// 4624 and 4625.
fn logon<'a>(event: &mut Event<'a>, code: u64, arena: &'a Bump) {
    event.outcome(code == 4624);
    if let Some((name, action)) = event.native("LogonType").and_then(number).and_then(logon_type) {
        event.set(Field::WinlogLogonType, name);
        event.set(Field::EventAction, action);
        if name == "RemoteInteractive" || name == "CachedRemoteInteractive" {
            event.set(Field::NetworkProtocol, "rdp");
        }
    }
    let target = native(event, "TargetLogonId", arena);
    if let Some(id) = target {
        event.set(Field::WinlogLogonId, id);
    }
    if code == 4625 {
        let code = |name| event.native(name).and_then(number).filter(|n| *n != 0);
        let found = code("SubStatus").and_then(ntstatus).or_else(|| code("Status").and_then(ntstatus));
        reason(event, found);
    }
}

/// Kerberos tickets.
fn ticket<'a>(event: &mut Event<'a>, code: u64, arena: &'a Bump) {
    let status = event.native("Status").or_else(|| event.native("FailureCode")).and_then(number);
    if let Some(status) = status {
        event.outcome(status == 0);
        reason(event, kerberos(status));
    } else if matches!(code, 4771..=4773) {
        event.outcome(false);
    }
    if let Some(name) = native(event, "ServiceName", arena) {
        event.set(Field::ServiceName, name);
    }
}

/// 4688 and 4689.
fn process<'a>(event: &mut Event<'a>, code: u64, arena: &'a Bump) {
    if code == 4688 {
        // ProcessId is the creator here.
        if let Some(parent) = event.native("ProcessId").and_then(number) {
            event.set(Field::ProcessParentPid, parent);
            event.unset(Field::ProcessPid);
        }
        if let Some(pid) = event.native("NewProcessId").and_then(number) {
            event.set(Field::ProcessPid, pid);
        }
        if let Some(path) = native(event, "NewProcessName", arena) {
            set_path(event, Field::ProcessExecutable, Field::ProcessName, path);
        }
        if let Some(path) = native(event, "ParentProcessName", arena) {
            set_path(event, Field::ProcessParentExecutable, Field::ProcessParentName, path);
        }
        let line = native(event, "CommandLine", arena).or_else(|| native(event, "ProcessCommandLine", arena));
        if let Some(line) = line {
            event.set(Field::ProcessCommandLine, line);
        }
    } else if let Some(status) = event.native("Status").and_then(number) {
        event.set(Field::ProcessExitCode, status);
    }
}

/// 4697.
fn service<'a>(event: &mut Event<'a>, arena: &'a Bump) {
    if let Some(name) = native(event, "ServiceName", arena) {
        event.set(Field::ServiceName, name);
    }
    if let Some(file) = native(event, "ServiceFileName", arena) {
        event.set(Field::FilePath, file);
    }
}

/// Some collectors leave the event's data out and keep only the message for people (in English).
pub(super) fn from_message<'a>(event: &mut Event<'a>, arena: &'a Bump) {
    let Some(message) = native(event, "Message", arena) else { return };
    let first = |labels: &[&str]| labels.iter().find_map(|l| labelled(message, l));
    if event.get(Field::UserName).is_none()
        && let Some(user) = first(&["User Name", "Account Name", "User"])
    {
        set_account(event, Field::UserName, Field::UserDomain, user);
        if let Some(domain) = first(&["Domain", "Account Domain", "Domain Name"]) {
            event.set(Field::UserDomain, domain);
        }
    }
    if event.get(Field::SourceIp).is_none()
        && let Some(address) = first(&["Client Address", "Source Network Address"])
    {
        set_source(event, address);
    }
}

/// NPS, Microsoft's RADIUS server.
fn network_policy<'a>(event: &mut Event<'a>, arena: &'a Bump) {
    if let Some(station) = native(event, "CallingStationID", arena) {
        match address(station) {
            Some(_) => set_source(event, station),
            None => event.set(Field::SourceMac, station),
        }
    }
    if let Some(server) = native(event, "AuthenticationServer", arena) {
        event.destination_address(address(server).map_or(server, |(ip, _)| ip));
    }
    event.unset(Field::SourceDomain);
    for (name, field) in [
        ("ClientName", Field::ObserverName),
        ("ClientIPAddress", Field::ObserverIp),
        ("NetworkPolicyName", Field::RuleName),
        ("Reason", Field::EventReason),
        ("AccountSessionIdentifier", Field::SessionId),
    ] {
        if let Some(text) = native(event, name, arena) {
            event.set(field, text);
        }
    }
}

/// Shares (5140–5145).
fn share<'a>(event: &mut Event<'a>, arena: &'a Bump) {
    if let Some(share) = native(event, "ShareName", arena) {
        event.set(Field::FileDirectory, share);
    }
    if let Some(name) = native(event, "RelativeTargetName", arena) {
        event.set(Field::FilePath, name);
        event.set_text(Field::FileName, file_name(name));
    }
}

/// Objects: files and keys.
fn object<'a>(event: &mut Event<'a>, arena: &'a Bump) {
    let Some(name) = native(event, "ObjectName", arena) else { return };
    match native(event, "ObjectType", arena) {
        Some("File") => set_path(event, Field::FilePath, Field::FileName, name),
        Some("Key") => {
            event.category(REGISTRY);
            event.set(Field::RegistryPath, name);
            if let Some(value) = native(event, "ObjectValueName", arena) {
                event.set(Field::RegistryValue, value);
            }
        }
        _ => {}
    }
}

/// The Windows Filtering Platform.
fn packet<'a>(event: &mut Event<'a>, code: u64, arena: &'a Bump) {
    if let Some(application) = native(event, "Application", arena) {
        set_path(event, Field::ProcessExecutable, Field::ProcessName, application);
    }
    if let Some(pid) = event.native("ProcessId").or_else(|| event.native("ProcessID")).and_then(number) {
        event.set(Field::ProcessPid, pid);
    }
    if let Some(source) = native(event, "SourceAddress", arena) {
        set_source(event, source);
    }
    if let Some(destination) = native(event, "DestAddress", arena) {
        event.destination_address(destination);
    }
    if let Some(port) = event.native("DestPort") {
        set_port(event, Field::DestinationPort, port);
    }
    match native(event, "Protocol", arena).and_then(parse_number) {
        Some(6) => event.set(Field::NetworkTransport, "tcp"),
        Some(17) => event.set(Field::NetworkTransport, "udp"),
        Some(1) => event.set(Field::NetworkTransport, "icmp"),
        Some(58) => event.set(Field::NetworkTransport, "ipv6-icmp"),
        _ => {}
    }
    match native(event, "Direction", arena) {
        Some("%%14592") => event.set(Field::NetworkDirection, "inbound"),
        Some("%%14593") => event.set(Field::NetworkDirection, "outbound"),
        _ => {}
    }
    if event.get(Field::EventOutcome).is_none() {
        event.outcome(matches!(code, 5154 | 5156 | 5158));
    }
}

/// The text of an XML element, plain or with its brackets escaped.
pub(super) fn element<'a>(xml: &'a str, name: &str) -> Option<&'a str> {
    between(xml, &format!("<{name}>"), &format!("</{name}>"))
        .or_else(|| between(xml, &format!("&lt;{name}&gt;"), &format!("&lt;/{name}&gt;")))
        .map(str::trim)
        .filter(|t| says(t))
}
