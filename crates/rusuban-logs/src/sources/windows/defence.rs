//! Defender, the firewall, AppLocker, code integrity, and the transfer service.

use bumpalo::Bump;

use super::prelude::*;
use super::text::{native, number, set_account, set_path, text};

pub(super) fn map<'a>(event: &mut Event<'a>, code: u64, channel: &str, arena: &'a Bump) {
    if channel.contains("Defender/") {
        defender(event, code, arena);
    } else if channel.contains("Firewall") {
        firewall(event, code, arena);
    } else if channel.contains("AppLocker/") {
        app_locker(event, code, arena);
    } else if channel.contains("Bits-Client/") {
        transfer(event, code, arena);
    } else {
        integrity(event, code, arena);
    }
}

/// Defender's names hold blanks; Sigma rules write them without (`NewValue`), some with a low line (`Feature_Name`). Both are
/// added where the form has not brought them.
fn names_of_rules<'a>(event: &mut Event<'a>, arena: &'a Bump) {
    for at in 0..event.native.len() {
        let Some((name, value)) = event.native.get(at).copied() else { break };
        if !name.contains(' ') {
            continue;
        }
        for other in [name.replace(' ', ""), name.replace(' ', "_")] {
            if event.native(&other).is_none() {
                event.native.push((arena.alloc_str(&other), value));
            }
        }
    }
}

/// Microsoft Defender Antivirus.
fn defender<'a>(event: &mut Event<'a>, code: u64, arena: &'a Bump) {
    names_of_rules(event, arena);
    let meaning = match code {
        1000 => ("scan-started", HOST, START),
        1001 => ("scan-finished", HOST, END),
        1002 => ("scan-stopped", HOST, END),
        1005 => ("scan-failed", HOST, ERROR),
        1006 | 1015 | 1116 => ("malware-detected", MALWARE, INFO),
        1007 | 1117 => ("malware-action-taken", MALWARE, INFO),
        1008 | 1118 | 1119 => ("malware-action-failed", MALWARE, ERROR),
        1009 => ("malware-restored-from-quarantine", MALWARE, CHANGE),
        1010..=1012 => ("quarantine-changed", MALWARE, CHANGE),
        1013 => ("malware-history-deleted", MALWARE, DELETION),
        1121 => ("attack-surface-rule-blocked", MALWARE, DENIED),
        1122 => ("attack-surface-rule-audited", MALWARE, INFO),
        1123 | 1127 => ("protected-folder-change-blocked", MALWARE, DENIED),
        1124 | 1128 => ("protected-folder-change-audited", MALWARE, INFO),
        1125 | 1126 => ("network-protection", NETWORK, DENIED),
        1150 | 1151 => ("protection-health", HOST, INFO),
        2000 | 2002 => ("definitions-updated", CONFIGURATION, CHANGE),
        2001 | 2003 | 2004 | 2006 => ("definitions-update-failed", CONFIGURATION, ERROR),
        3002 | 3007 => ("real-time-protection-failed", CONFIGURATION, ERROR),
        5000 => ("real-time-protection-enabled", CONFIGURATION, CHANGE),
        5001 => ("real-time-protection-disabled", CONFIGURATION, CHANGE),
        5004 => ("real-time-protection-changed", CONFIGURATION, CHANGE),
        5007 => ("protection-configuration-changed", CONFIGURATION, CHANGE),
        5008 => ("protection-engine-failed", HOST, ERROR),
        5009 => ("spyware-protection-enabled", CONFIGURATION, CHANGE),
        5010 => ("spyware-protection-disabled", CONFIGURATION, CHANGE),
        5011 => ("virus-protection-enabled", CONFIGURATION, CHANGE),
        5012 => ("virus-protection-disabled", CONFIGURATION, CHANGE),
        5013 => ("tamper-protection-blocked", CONFIGURATION, DENIED),
        5100 | 5101 => ("protection-expires", HOST, INFO),
        _ => return,
    };
    mean(event, meaning);
    if matches!(code, 1007 | 1117) {
        event.outcome(true);
    } else if matches!(code, 1008 | 1118 | 1119) {
        event.outcome(false);
    }
    for (name, field) in [
        ("Threat Name", Field::ThreatSoftwareName),
        ("Category Name", Field::RuleCategory),
        ("Action Name", Field::EventReason),
        ("New Value", Field::RegistryPath),
    ] {
        if let Some(text) = native(event, name, arena) {
            event.set(field, text);
        }
    }
    // `file:_C:\x; containerfile:_C:\y`
    if let Some(path) = native(event, "Path", arena) {
        let first = path.split(';').next().unwrap_or(path).trim();
        let bare = first.split_once(":_").map_or(first, |(_, p)| p);
        set_path(event, Field::FilePath, Field::FileName, bare);
    }
    if let Some(process) = native(event, "Process Name", arena).filter(|p| *p != "Unknown") {
        set_path(event, Field::ProcessExecutable, Field::ProcessName, process);
    }
    // The event's own user is the service.
    if let Some(user) = native(event, "Detection User", arena).or_else(|| native(event, "User", arena)) {
        set_account(event, Field::UserTargetName, Field::UserTargetDomain, user);
    }
}

/// Windows Firewall with Advanced Security (Windows 7 to 11 ids).
fn firewall<'a>(event: &mut Event<'a>, code: u64, arena: &'a Bump) {
    mean(
        event,
        match code {
            2002 | 2003 | 2008 | 2082 | 2083 => ("firewall-setting-changed", CONFIGURATION, CHANGE),
            2004 | 2071 | 2097 => ("firewall-rule-added", CONFIGURATION, CREATION),
            2005 | 2073 | 2099 => ("firewall-rule-modified", CONFIGURATION, CHANGE),
            2006 | 2052 | 2074 => ("firewall-rule-deleted", CONFIGURATION, DELETION),
            2032 | 2060 => ("firewall-reset", CONFIGURATION, CHANGE),
            2033 | 2059 => ("firewall-rules-deleted", CONFIGURATION, DELETION),
            2009 | 2011 => ("firewall-failed", CONFIGURATION, ERROR),
            _ => return,
        },
    );
    if let Some(name) = native(event, "RuleName", arena) {
        event.set(Field::RuleName, name);
    }
    if let Some(id) = native(event, "RuleId", arena) {
        event.set(Field::RuleId, id);
    }
    if let Some(path) = native(event, "ApplicationPath", arena) {
        set_path(event, Field::FilePath, Field::FileName, path);
    }
    if let Some(path) = native(event, "ModifyingApplication", arena) {
        set_path(event, Field::ProcessExecutable, Field::ProcessName, path);
    }
    if let Some(user) = native(event, "ModifyingUser", arena) {
        event.set(Field::UserId, user);
    }
}

fn app_locker<'a>(event: &mut Event<'a>, code: u64, arena: &'a Bump) {
    mean(
        event,
        match code {
            8001 => ("application-policy-applied", CONFIGURATION, CHANGE),
            8002 | 8005 | 8020 | 8023 => ("application-allowed", PROCESS, ALLOWED),
            8003 | 8006 | 8021 | 8024 => ("application-audited", PROCESS, INFO),
            8004 | 8007 | 8022 | 8025 => ("application-blocked", PROCESS, DENIED),
            8000 | 8008 => ("application-policy-failed", CONFIGURATION, ERROR),
            _ => return,
        },
    );
    let message = native(event, "Message", arena);
    // Without its data: `%OSDRIVE%\X.EXE was allowed to run.`
    let said = message.and_then(|m| m.split_once(" was ")).map(|(path, _)| path.trim());
    let path = native(event, "FullFilePath", arena).or_else(|| native(event, "FilePath", arena));
    if let Some(path) = path.or(said) {
        set_path(event, Field::FilePath, Field::FileName, path);
    }
    if let Some(hash) = native(event, "FileHash", arena) {
        event.set(Field::FileHashSha256, hash);
    }
    if let Some(policy) = native(event, "PolicyName", arena) {
        event.set(Field::RuleRuleset, policy);
    }
    if let Some(rule) = native(event, "RuleName", arena) {
        event.set(Field::RuleName, rule);
    }
    if let Some(user) = native(event, "TargetUser", arena) {
        event.set(Field::UserId, user);
    }
    if let Some(pid) = event.native("TargetProcessId").and_then(number) {
        event.set(Field::ProcessPid, pid);
    }
}

/// BITS, the background transfer service.
fn transfer<'a>(event: &mut Event<'a>, code: u64, arena: &'a Bump) {
    mean(
        event,
        match code {
            3 => ("transfer-job-created", NETWORK, START),
            4 => ("transfer-job-completed", NETWORK, END),
            5 => ("transfer-job-cancelled", NETWORK, END),
            59 => ("transfer-started", NETWORK, START),
            60 | 61 => ("transfer-stopped", NETWORK, END),
            16403 => ("transfer-file-added", NETWORK, INFO),
            _ => return,
        },
    );
    let url = native(event, "url", arena).or_else(|| native(event, "RemoteName", arena));
    if let Some(url) = url {
        event.set(Field::UrlFull, url);
        if let Some((_, rest)) = url.split_once("://") {
            let host = rest.split(['/', '?', ':']).next().unwrap_or(rest);
            event.destination_address(host);
            event.set_text(Field::UrlDomain, host);
        }
    }
    if let Some(local) = native(event, "LocalName", arena) {
        set_path(event, Field::FilePath, Field::FileName, local);
    } else if let Some(name) = native(event, "name", arena).or_else(|| native(event, "jobTitle", arena)) {
        event.set(Field::FileName, name);
    }
    let process = native(event, "processPath", arena).or_else(|| native(event, "ProcessPath", arena));
    if let Some(path) = process {
        set_path(event, Field::ProcessExecutable, Field::ProcessName, path);
    }
    if let Some(owner) = native(event, "jobOwner", arena) {
        set_account(event, Field::UserName, Field::UserDomain, owner);
    }
    if let Some(status) = event.native("hr") {
        event.set(Field::ErrorCode, text(status, arena));
    }
}

/// Code integrity.
fn integrity<'a>(event: &mut Event<'a>, code: u64, arena: &'a Bump) {
    mean(
        event,
        match code {
            3001..=3004 | 3010 | 3023 => ("unsigned-code-refused", PROCESS, DENIED),
            3033 | 3034 | 3077 => ("code-integrity-blocked", PROCESS, DENIED),
            3065 | 3066 | 3076 => ("code-integrity-audited", PROCESS, INFO),
            _ => return,
        },
    );
    let file = ["FileNameBuffer", "File Name", "FileName"].into_iter().find_map(|n| native(event, n, arena));
    if let Some(file) = file {
        set_path(event, Field::FilePath, Field::FileName, file);
    }
    let process = ["ProcessNameBuffer", "Process Name", "ProcessName"]
        .into_iter()
        .find_map(|n| native(event, n, arena));
    if let Some(process) = process {
        set_path(event, Field::ProcessExecutable, Field::ProcessName, process);
    }
}
