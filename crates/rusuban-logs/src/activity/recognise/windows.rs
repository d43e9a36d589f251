//! Windows events by channel and event id, from their own fields (Microsoft's "Events to Monitor", Appendix L, and the
//! descriptions of the single events).

use std::borrow::Cow;

use crate::activity::{How, Kind};
use crate::event::{Event, Value};

use super::glance::Glance;
use super::{Found, accounts, commands, cow, holds, services};

/// The event id, where this is a Windows event.
pub(super) fn event_id(event: &Event<'_>, glance: &Glance<'_, '_>) -> Option<u32> {
    let windows =
        event.logsource.product == "windows" || glance.channel().is_some() || glance.event_id().is_some();
    if !windows && event.native.is_empty() {
        return None;
    }
    let id = match glance.event_id() {
        Some(id) => id,
        None if windows || event.native("Channel").is_some() => data(event, "EventID").or(glance.code())?,
        None => return None,
    };
    match id {
        Value::UInt(n) | Value::Hex(n) => u32::try_from(n).ok(),
        Value::Int(n) => u32::try_from(n).ok(),
        other => other.to_text().parse().ok(),
    }
}

/// One of the event's own fields: by its name, or by the last part of a nested one (`Event.EventData.TargetUserName`).
fn data<'a>(event: &Event<'a>, name: &str) -> Option<Value<'a>> {
    let is_it = |full: &str| {
        full.strip_suffix(name).is_some_and(|before| before.is_empty() || before.ends_with(['.', '/']))
    };
    event.native.iter().find(|(full, _)| is_it(full)).map(|(_, value)| *value).filter(|v| !v.is_empty())
}

fn texts<'a>(event: &Event<'a>, name: &str) -> Cow<'a, str> {
    let text = cow(data(event, name));
    if matches!(text.trim(), "-" | "") { Cow::Borrowed("") } else { text }
}

/// `DOMAIN\user` of the fields with this beginning (`Target`, `Subject`).
fn account<'a>(event: &Event<'a>, prefix: &str) -> Cow<'a, str> {
    let name = texts(event, &format!("{prefix}UserName"));
    let domain = texts(event, &format!("{prefix}DomainName"));
    if domain.is_empty() || name.is_empty() || name.contains(['@', '\\']) {
        name
    } else {
        Cow::Owned(format!("{domain}\\{name}"))
    }
}

/// None: this id says nothing by itself, the ECS fields may. Some(None): it is known, and is nothing that matters.
#[expect(clippy::option_option, reason = "known to say nothing differs from not known")]
pub(super) fn found<'a>(event: &Event<'a>, glance: &Glance<'_, 'a>, id: u32) -> Option<Option<Found<'a>>> {
    let channel = glance.channel().or_else(|| data(event, "Channel"));
    let channel = cow(channel);
    let mut found = match &*channel {
        "Security" => security(event, id)?,
        "System" => system(event, id)?,
        "Microsoft-Windows-Windows Defender/Operational" => defender(event, id)?,
        "Microsoft-Windows-TaskScheduler/Operational" => tasks(event, id)?,
        "Microsoft-Windows-TerminalServices-LocalSessionManager/Operational" => sessions(event, id)?,
        "Microsoft-Windows-TerminalServices-RemoteConnectionManager/Operational" => return Some(None),
        "Microsoft-Windows-Sysmon/Operational" if id == 1 => command(event, &texts(event, "CommandLine")),
        "Microsoft-Windows-Sysmon/Operational" => None,
        "Microsoft-Windows-PowerShell/Operational" if id == 4104 => {
            command(event, &texts(event, "ScriptBlockText"))
        }
        _ => return None,
    };
    if let Some(found) = &mut found
        && found.host.is_empty()
        && glance.host().is_none()
    {
        found.host = texts(event, "Computer");
    }
    Some(found)
}

/// Security channel.
#[expect(clippy::option_option, reason = "see above")]
fn security<'a>(event: &Event<'a>, id: u32) -> Option<Option<Found<'a>>> {
    let changed = |kind| {
        let mut found = Found::new(kind);
        found.who = account(event, "Subject");
        found.object = account(event, "Target");
        Some(found)
    };
    Some(match id {
        4624 | 4625 | 4634 | 4647 => logon(event, id),
        4768 | 4769 | 4771 => kerberos_failure(event),
        4776 => ntlm_failure(event),
        4720 => changed(Kind::AccountCreated),
        4722 => changed(Kind::AccountEnabled),
        4724 if account(event, "Subject") != account(event, "Target") => changed(Kind::PasswordReset),
        4728 | 4732 | 4756 => group_member(event),
        4697 => Some(service(event, "ServiceName", "ServiceFileName")),
        4698 => task(event, texts(event, "TaskName"), &texts(event, "TaskContent")),
        1102 => Some(cleared(event, Cow::Borrowed("Security"))),
        4719 => audit_policy(event),
        4616 => clock(event, "PreviousTime", "NewTime"),
        4608 => Some(Found::new(Kind::BootStarted)),
        4688 => command(event, &texts(event, "CommandLine")),
        // Said better by the ids above, or by nobody's doing (a group's own record, special rights at each logon).
        4648 | 4662..=4673 | 4703..=4767 | 4780..=4799 => None,
        5025 => Some(stopped(event, Cow::Borrowed("Windows Firewall"))),
        _ => return None,
    })
}

/// 4624 and 4625 (logon), 4634 and 4647 (logoff).
fn logon<'a>(event: &Event<'a>, id: u32) -> Option<Found<'a>> {
    let logon_type: u32 = texts(event, "LogonType").parse().unwrap_or(0);
    let process = texts(event, "LogonProcessName");
    let how = match logon_type {
        2 | 7 | 11 | 13 => How::Console,
        10 | 12 => How::Rdp,
        3 | 8 => How::Network,
        4 | 5 => How::Service,
        9 => How::Elevation,
        0 if id == 4647 => How::Console,
        _ => How::Other,
    };
    let how = if process.trim().eq_ignore_ascii_case("sshd") { How::Ssh } else { how };
    let mut found = Found::new(match id {
        4624 => Kind::Login(how),
        4625 => Kind::Failure(how),
        _ => Kind::Logout(how),
    });
    found.who = account(event, "Target");
    let bare = found.who.rsplit('\\').next().unwrap_or_default();
    let domain = texts(event, "TargetDomainName");
    // Machines and the system's own accounts log in all day; a failure of theirs is a fault, no attack on a person.
    let own = bare.ends_with('$')
        || bare.eq_ignore_ascii_case("ANONYMOUS LOGON")
        || matches!(&*domain, "NT AUTHORITY" | "Window Manager" | "Font Driver Host")
        || texts(event, "TargetUserSid")
            .strip_prefix("S-1-5-")
            .is_some_and(|rest| matches!(rest, "18" | "19" | "20" | "7"));
    if own || (how == How::Service && id == 4624) {
        return None;
    }
    let address = texts(event, "IpAddress");
    let workstation = texts(event, "WorkstationName");
    let local = matches!(&*address, "127.0.0.1" | "::1" | "" | "-");
    found.device.clone_from(&workstation);
    found.from = if local { workstation } else { address };
    Some(found)
}

/// 4768, 4769, 4771: what the domain controller says of tickets (RFC 4120, section 7.5.9). That one was given is no login:
/// 4624 tells where somebody went. That one was refused may stand nowhere else.
fn kerberos_failure<'a>(event: &Event<'a>) -> Option<Found<'a>> {
    // The account has expired, is not known, must not come from here or now, is disabled or locked; its password has
    // expired or is wrong; the ticket is forged. The other codes are parts of every logon, or faults of machines.
    let about_the_account = [0x01, 0x06, 0x0c, 0x12, 0x17, 0x18, 0x1f];
    let code = status(event, "Status").or_else(|| status(event, "FailureCode"))?;
    if !about_the_account.contains(&code) {
        return None;
    }
    refused_by_controller(event, "IpAddress")
}

/// 4776: a domain controller, or a machine for its own accounts, looked at a password (NTLM). The workstation says itself what
/// it is called; no address is known.
fn ntlm_failure<'a>(event: &Event<'a>) -> Option<Found<'a>> {
    let code = status(event, "Status")?;
    // Without an answer of the controller (no logon servers, a broken trust) nobody's password was refused.
    let faults = [0xc000_005e, 0xc000_018b, 0xc000_018c, 0xc000_018d, 0xc000_0413];
    if code == 0 || faults.contains(&code) {
        return None;
    }
    refused_by_controller(event, "Workstation")
}

/// A status: `0x18`, `24`.
fn status(event: &Event<'_>, name: &str) -> Option<u64> {
    match data(event, name)? {
        Value::UInt(n) | Value::Hex(n) => Some(n),
        Value::Int(n) => u64::try_from(n).ok(),
        other => {
            let text = other.to_text();
            let text = text.trim();
            match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
                Some(hex) => u64::from_str_radix(hex, 16).ok(),
                None => text.parse().ok(),
            }
        }
    }
}

/// A refusal of the domain controller, from where `field` says.
fn refused_by_controller<'a>(event: &Event<'a>, field: &str) -> Option<Found<'a>> {
    let mut found = Found::new(Kind::Failure(How::Network));
    found.who = account(event, "Target");
    let name = found.who.split(['@']).next().unwrap_or_default();
    // A machine whose own password is wrong is a fault, no attack on a person.
    if name.ends_with('$') {
        return None;
    }
    let from = texts(event, field);
    found.from = match from.strip_prefix("::ffff:") {
        Some(v4) => Cow::Owned(v4.to_owned()),
        None if matches!(&*from, "::1" | "127.0.0.1") => Cow::Borrowed(""),
        None => from,
    };
    Some(found)
}

/// 4728, 4732, 4756: a member was added. The group is `Target…`; of the member often only the identifier is known.
fn group_member<'a>(event: &Event<'a>) -> Option<Found<'a>> {
    let group = texts(event, "TargetUserName");
    if !(accounts::is_privileged_group(&group) || accounts::is_privileged_group(&texts(event, "TargetSid"))) {
        return None;
    }
    let mut found = Found::new(Kind::PrivilegeGranted);
    found.who = account(event, "Subject");
    let member = texts(event, "MemberName");
    found.object = if member.is_empty() { texts(event, "MemberSid") } else { common_name(member) };
    found.detail = group;
    Some(found)
}

/// `CN=山田 太郎,OU=…` as `山田 太郎`.
fn common_name(name: Cow<'_, str>) -> Cow<'_, str> {
    let common = name.strip_prefix("CN=").or_else(|| name.strip_prefix("cn="));
    match common.and_then(|rest| rest.split(',').next()) {
        Some(common) => Cow::Owned(common.to_owned()),
        None => name,
    }
}

fn service<'a>(event: &Event<'a>, name: &str, runs: &str) -> Found<'a> {
    let mut found = Found::new(Kind::ServiceInstalled);
    found.who = account(event, "Subject");
    found.object = texts(event, name);
    found.detail = texts(event, runs);
    found
}

fn task<'a>(event: &Event<'a>, name: Cow<'a, str>, content: &str) -> Option<Found<'a>> {
    // Windows' own parts make and remake their tasks without end.
    if name.starts_with("\\Microsoft\\") && !holds(content, "powershell") && !holds(content, "cmd.exe") {
        return None;
    }
    let mut found = Found::new(Kind::TaskCreated);
    found.who = account(event, "Subject");
    if found.who.is_empty() {
        found.who = texts(event, "UserContext");
    }
    found.object = name;
    found.detail = match (content.find("<Command>"), content.find("</Command>")) {
        (Some(from), Some(to)) if from < to => {
            Cow::Owned(content.get(from + "<Command>".len()..to).unwrap_or_default().to_owned())
        }
        _ => Cow::Borrowed(""),
    };
    Some(found)
}

fn cleared<'a>(event: &Event<'a>, log: Cow<'a, str>) -> Found<'a> {
    let mut found = Found::new(Kind::LogCleared);
    found.who = account(event, "Subject");
    found.object = log;
    found
}

/// 4719: the audit policy was changed. `%%8448` is "success removed", `%%8450` is "failure removed".
fn audit_policy<'a>(event: &Event<'a>) -> Option<Found<'a>> {
    let changes = texts(event, "AuditPolicyChanges");
    if !(changes.contains("8448") || changes.contains("8450") || holds(&changes, "removed")) {
        return None;
    }
    let mut found = Found::new(Kind::AuditingStopped);
    found.who = account(event, "Subject");
    let sub = texts(event, "SubcategoryGuid");
    found.object = if sub.is_empty() { texts(event, "SubcategoryId") } else { sub };
    found.detail = changes;
    Some(found)
}

/// The clock was set by more than a minute.
fn clock<'a>(event: &Event<'a>, before: &str, after: &str) -> Option<Found<'a>> {
    let (before, after) = (texts(event, before), texts(event, after));
    let parse = |t: &str| t.parse::<jiff::Timestamp>().ok();
    let step = parse(&after)?.as_second() - parse(&before)?.as_second();
    if step.abs() <= 60 {
        return None;
    }
    let mut found = Found::new(Kind::ClockStep);
    found.who = account(event, "Subject");
    found.detail = Cow::Owned(format!("{before} → {after}"));
    Some(found)
}

fn stopped<'a>(event: &Event<'a>, tool: Cow<'a, str>) -> Found<'a> {
    let mut found = Found::new(Kind::SecurityToolStopped);
    found.who = account(event, "Subject");
    found.object = tool;
    found
}

/// System channel.
#[expect(clippy::option_option, reason = "see above")]
fn system<'a>(event: &Event<'a>, id: u32) -> Option<Option<Found<'a>>> {
    Some(match id {
        7045 => Some(service(event, "ServiceName", "ImagePath")),
        104 => Some(cleared(event, texts(event, "Channel"))).map(|mut found| {
            // The log that was cleared stands in the user data; the event's own channel is System.
            let mut all =
                event.native.iter().filter(|(n, _)| n.ends_with("Channel")).map(|(_, v)| cow(Some(*v)));
            found.object = all.rfind(|c| c != "System").unwrap_or(Cow::Borrowed("System"));
            found
        }),
        12 | 6005 | 6009 => Some(Found::new(Kind::BootStarted)),
        1 => clock(event, "OldTime", "NewTime"),
        7036 | 7040 => service_state(event),
        _ => return None,
    })
}

/// 7036 (a service entered a state) and 7040 (a start type was changed).
fn service_state<'a>(event: &Event<'a>) -> Option<Found<'a>> {
    let name = texts(event, "param1");
    let state = texts(event, "param2");
    let new_type = texts(event, "param3");
    let tool = services::security_tool(&name)?;
    let says = |words: &[&str]| words.iter().any(|word| holds(&state, word) || holds(&new_type, word));
    let mut found = stopped(event, Cow::Borrowed(tool));
    if says(&["running", "実行中"]) {
        found.kind = Kind::SecurityToolStarted;
    } else if !says(&["stopped", "停止", "disabled", "無効"]) {
        return None;
    }
    Some(found)
}

/// Defender: protection was turned off, or its settings were changed so.
#[expect(clippy::option_option, reason = "see above")]
fn defender<'a>(event: &Event<'a>, id: u32) -> Option<Option<Found<'a>>> {
    Some(match id {
        5001 | 5010 | 5012 => Some(stopped(event, Cow::Borrowed("Windows Defender"))),
        5007 => {
            let new = texts(event, "New Value");
            let off = holds(&new, "disable") && (holds(&new, "= 0x1") || new.trim_end().ends_with("0x1"));
            if off || holds(&new, "\\exclusions\\") {
                let mut found = stopped(event, Cow::Borrowed("Windows Defender"));
                found.detail = new;
                Some(found)
            } else {
                None
            }
        }
        _ => return None,
    })
}

#[expect(clippy::option_option, reason = "see above")]
fn tasks<'a>(event: &Event<'a>, id: u32) -> Option<Option<Found<'a>>> {
    Some(match id {
        106 => task(event, texts(event, "TaskName"), ""),
        _ => return None,
    })
}

/// Remote desktop sessions: 21 logon, 25 reconnect, 23 logoff, 24 disconnect.
#[expect(clippy::option_option, reason = "see above")]
fn sessions<'a>(event: &Event<'a>, id: u32) -> Option<Option<Found<'a>>> {
    let kind = match id {
        21 | 25 => Kind::Login(How::Rdp),
        23 | 24 => Kind::Logout(How::Rdp),
        _ => return None,
    };
    let mut found = Found::new(kind);
    found.who = texts(event, "User");
    let address = texts(event, "Address");
    let local = ["LOCAL", "ローカル"].iter().any(|word| address.eq_ignore_ascii_case(word));
    if local || address.is_empty() {
        found.kind = match id {
            21 | 25 => Kind::Login(How::Console),
            _ => Kind::Logout(How::Console),
        };
    } else {
        found.from = address;
    }
    Some(Some(found))
}

/// A command that was run.
fn command<'a>(event: &Event<'a>, line: &str) -> Option<Found<'a>> {
    let mut found = commands::of_line(line);
    if let Some(found) = &mut found {
        found.who = account(event, "Subject");
        if found.who.is_empty() {
            found.who = texts(event, "User");
        }
    }
    found
}
