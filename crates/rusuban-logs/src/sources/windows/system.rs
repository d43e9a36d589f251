//! System, Application, PowerShell and the task scheduler.

use bumpalo::Bump;

use super::prelude::*;
use super::remote;
use super::security::element;
use super::text::{
    address, between, file_name, labelled, native, says, set_account, set_path, set_source, text,
};

/// The texts of `Data` without names, in order.
pub(super) fn unnamed<'a>(event: &Event<'a>, arena: &'a Bump) -> Vec<&'a str> {
    match event.native("Data") {
        Some(Value::List(list)) => list.iter().map(|v| text(*v, arena)).collect(),
        Some(value) => vec![text(value, arena)],
        None => Vec::new(),
    }
}

/// A parameter of an event whose data have no meaningful names: `paramN`, or the Nth `Data`.
fn param<'a>(event: &Event<'a>, number: usize, arena: &'a Bump) -> Option<&'a str> {
    let named = ["param1", "param2", "param3", "param4", "param5", "param6", "param7"];
    named
        .get(number - 1)
        .and_then(|name| native(event, name, arena))
        .or_else(|| unnamed(event, arena).get(number - 1).copied().filter(|t| says(t)))
}

/// The System channel.
pub(super) fn map<'a>(event: &mut Event<'a>, code: u64, provider: &str, arena: &'a Bump) {
    match (provider, code) {
        ("Microsoft-Windows-Eventlog", 104) => {
            mean(event, ("event-log-cleared", DATABASE_IAM, DELETION));
            event.outcome(true);
            for (name, field) in [
                ("SubjectUserName", Field::UserName),
                ("SubjectDomainName", Field::UserDomain),
                ("BackupPath", Field::FilePath),
            ] {
                if let Some(text) = native(event, name, arena) {
                    event.set(field, text);
                }
            }
        }
        ("Service Control Manager" | "Microsoft-Windows-Services", _) => services(event, code, arena),
        ("User32" | "USER32", 1074) => {
            mean(event, ("shutdown-initiated", HOST, END));
            if let Some(process) = param(event, 1, arena) {
                let path = process.split_once(" (").map_or(process, |(path, _)| path);
                set_path(event, Field::ProcessExecutable, Field::ProcessName, path);
            }
            if let Some(reason) = param(event, 3, arena) {
                event.set(Field::EventReason, reason);
            }
            if let Some(user) = param(event, 7, arena) {
                set_account(event, Field::UserName, Field::UserDomain, user);
            }
        }
        ("EventLog" | "Microsoft-Windows-Eventlog", 6005) => mean(event, ("event-log-started", HOST, START)),
        ("EventLog" | "Microsoft-Windows-Eventlog", 6006) => mean(event, ("event-log-stopped", HOST, END)),
        ("EventLog" | "Microsoft-Windows-Eventlog", 6008) => {
            mean(event, ("unexpected-shutdown", HOST, ERROR));
        }
        ("EventLog", 6009 | 6013) => mean(event, ("system-information", HOST, INFO)),
        ("Microsoft-Windows-Kernel-General", 1) => {
            mean(event, ("system-time-changed", CONFIGURATION, CHANGE));
        }
        ("Microsoft-Windows-Kernel-General", 12) => mean(event, ("system-started", HOST, START)),
        ("Microsoft-Windows-Kernel-General", 13) => mean(event, ("system-shut-down", HOST, END)),
        ("Microsoft-Windows-Kernel-Power", 41) => mean(event, ("unclean-restart", HOST, ERROR)),
        ("Microsoft-Windows-Kernel-Power", 42 | 107 | 506 | 507) => {
            mean(event, ("power-state-changed", HOST, CHANGE));
        }
        ("TermDD" | "Microsoft-Windows-TermDD", _) => {
            mean(event, ("terminal-server-connection-failed", NETWORK, ERROR));
            // 56: the client's address is in the data, or only in the message.
            let data = unnamed(event, arena).into_iter().find(|t| address(t).is_some());
            let message = native(event, "Message", arena);
            let said = message.and_then(|m| m.split_once("Client IP:")).map(|(_, rest)| rest.trim());
            if let Some(source) = data.or(said.map(|t| t.trim_end_matches('.'))) {
                set_source(event, source);
            }
        }
        ("RemoteAccess" | "RasClient", _) => remote::remote_access(event, code, arena),
        _ => {}
    }
}

/// The service control manager.
fn services<'a>(event: &mut Event<'a>, code: u64, arena: &'a Bump) {
    let name = native(event, "ServiceName", arena);
    match code {
        7045 => {
            mean(event, ("service-installed", CONFIGURATION, CREATION));
            if let Some(path) = native(event, "ImagePath", arena) {
                event.set(Field::FilePath, path);
            }
            if let Some(kind) = native(event, "ServiceType", arena) {
                event.set(Field::ServiceType, kind);
            }
            if let Some(account) = native(event, "AccountName", arena) {
                // The account that the service runs as, not the one that installed it.
                set_account(event, Field::UserTargetName, Field::UserTargetDomain, account);
            }
        }
        7036 => {
            mean(event, ("service-state-changed", HOST, CHANGE));
            if let Some(state) = param(event, 2, arena) {
                event.set(Field::ServiceState, state);
            }
        }
        7040 => {
            mean(event, ("service-start-type-changed", CONFIGURATION, CHANGE));
            if let Some(state) = param(event, 3, arena) {
                event.set(Field::ServiceState, state);
            }
        }
        7035 => mean(event, ("service-control-sent", HOST, CHANGE)),
        7031 | 7034 => mean(event, ("service-crashed", HOST, ERROR)),
        7000 | 7001 | 7009 | 7011 | 7022 | 7023 | 7024 | 7026 | 7038 | 7041 => {
            mean(event, ("service-failed", HOST, ERROR));
        }
        _ => return,
    }
    // 7040 states the short name as its fourth parameter, as the others state it in ServiceName.
    let short = if code == 7040 { param(event, 4, arena) } else { None };
    if let Some(name) = name.or(short).or_else(|| param(event, 1, arena)) {
        event.set(Field::ServiceName, name);
    }
}

/// The Application channel.
pub(super) fn application<'a>(event: &mut Event<'a>, code: u64, provider: &str, arena: &'a Bump) {
    match (provider, code) {
        ("RasClient" | "RemoteAccess", _) => remote::remote_access(event, code, arena),
        ("Application Error", 1000) => mean(event, ("application-crashed", PROCESS, ERROR)),
        ("MsiInstaller", 1033 | 11707) => mean(event, ("package-installed", CONFIGURATION, CREATION)),
        ("MsiInstaller", 1034 | 11724) => mean(event, ("package-removed", CONFIGURATION, DELETION)),
        ("Microsoft-Windows-Audit-CVE", _) => {
            mean(event, ("exploit-attempt-detected", MALWARE, INFO));
            if let Some(id) = native(event, "CVEID", arena) {
                event.set(Field::VulnerabilityId, id);
            }
        }
        ("MSSQLSERVER", 18456) => {
            mean(event, ("authentication", AUTHENTICATION, START));
            event.outcome(false);
            sql_login(event, arena);
        }
        ("MSSQLSERVER", 18453..=18455) => {
            mean(event, ("authentication", AUTHENTICATION, START));
            event.outcome(true);
            sql_login(event, arena);
        }
        _ => {}
    }
}

/// Data of SQL Server's logins: user, (reason,) `[CLIENT: address]`.
fn sql_login<'a>(event: &mut Event<'a>, arena: &'a Bump) {
    let data = unnamed(event, arena);
    if let Some(user) = data.first() {
        set_account(event, Field::UserName, Field::UserDomain, user);
    }
    if let Some(client) = data.iter().find_map(|t| between(t, "[CLIENT: ", "]")) {
        set_source(event, client);
    }
    if let Some(reason) = data.iter().find_map(|t| t.trim().strip_prefix("Reason: ")) {
        event.set(Field::EventReason, reason);
    }
}

/// PowerShell: the engine's log and the script block log.
pub(super) fn powershell<'a>(event: &mut Event<'a>, code: u64, arena: &'a Bump) {
    mean(
        event,
        match code {
            400 | 40961 | 40962 | 53504 => ("powershell-started", PROCESS, START),
            403 => ("powershell-stopped", PROCESS, END),
            600 => ("powershell-provider-started", PROCESS, INFO),
            800 => ("powershell-pipeline-executed", PROCESS, INFO),
            4103 => ("powershell-command-executed", PROCESS, INFO),
            4104 => ("powershell-script-block", PROCESS, INFO),
            4105 => ("powershell-script-started", PROCESS, START),
            4106 => ("powershell-script-stopped", PROCESS, END),
            _ => return,
        },
    );
    // Other ids carry no such list; their script text is long and not looked at here.
    if matches!(code, 4104..=4106 | 40961 | 40962 | 53504) {
        if let Some(path) = native(event, "Path", arena) {
            set_path(event, Field::FilePath, Field::FileName, path);
        }
        return;
    }
    let (mut line, mut user) = (None, None);
    let context = native(event, "ContextInfo", arena);
    let texts = context.map_or_else(|| unnamed(event, arena), |c| vec![c]);
    for (name, value) in texts.iter().flat_map(|t| t.split('\n')).filter_map(|l| l.split_once('=')) {
        let slot = match name.trim() {
            "HostApplication" | "Host Application" => &mut line,
            "UserId" | "User" => &mut user,
            _ => continue,
        };
        let value = value.trim();
        if slot.is_none() && says(value) {
            *slot = Some(value);
        }
    }
    if let Some(line) = line {
        event.set(Field::ProcessCommandLine, line);
        let program = match line.strip_prefix('"') {
            Some(rest) => rest.split_once('"').map_or(rest, |(path, _)| path),
            None => line.split_once(".exe").and_then(|(head, _)| line.get(..head.len() + 4)).unwrap_or(line),
        };
        event.set_text(Field::ProcessName, file_name(program));
    }
    if let Some(user) = user {
        set_account(event, Field::UserName, Field::UserDomain, user);
    }
}

/// The task scheduler's own log.
pub(super) fn task_scheduler<'a>(event: &mut Event<'a>, code: u64, arena: &'a Bump) {
    mean(
        event,
        match code {
            100 => ("scheduled-task-started", PROCESS, START),
            101 | 103 | 104 | 203 => ("scheduled-task-failed", PROCESS, ERROR),
            102 => ("scheduled-task-completed", PROCESS, END),
            106 => ("scheduled-task-created", CONFIGURATION, CREATION),
            107 | 108 | 110 | 118 | 119 | 129 => ("scheduled-task-launched", PROCESS, START),
            140 => ("scheduled-task-updated", CONFIGURATION, CHANGE),
            141 => ("scheduled-task-deleted", CONFIGURATION, DELETION),
            142 => ("scheduled-task-disabled", CONFIGURATION, CHANGE),
            200 => ("scheduled-task-action-started", PROCESS, START),
            201 => ("scheduled-task-action-completed", PROCESS, END),
            _ => return,
        },
    );
    task(event, arena);
    let user = native(event, "UserContext", arena).or_else(|| native(event, "UserName", arena));
    if let Some(user) = user {
        set_account(event, Field::UserName, Field::UserDomain, user);
    }
    if let Some(action) = native(event, "ActionName", arena).or_else(|| native(event, "Path", arena)) {
        set_path(event, Field::ProcessExecutable, Field::ProcessName, action);
    }
}

/// The name of a task, and what it runs.
pub(super) fn task<'a>(event: &mut Event<'a>, arena: &'a Bump) {
    let name = native(event, "TaskName", arena);
    let content = native(event, "TaskContent", arena).or_else(|| native(event, "TaskContentNew", arena));
    // Collectors that keep only the message for people.
    let message = native(event, "Message", arena);
    let name = name.or_else(|| message.and_then(|m| labelled(m, "Task Name")));
    if let Some(name) = name {
        event.set(Field::WinlogEventDataTaskName, name);
    }
    let Some(content) = content else { return };
    if let Some(command) = element(content, "Command") {
        event.set(Field::FilePath, command);
        event.set_text(Field::FileName, file_name(command.trim_matches('"')));
        let line = match element(content, "Arguments") {
            Some(arguments) => &*arena.alloc_str(&format!("{command} {arguments}")),
            None => command,
        };
        event.set(Field::ProcessCommandLine, line);
    }
}
