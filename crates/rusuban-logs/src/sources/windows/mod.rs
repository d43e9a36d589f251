//! Windows events: what their fields mean in ECS, for `.evtx` files and for every text form that the same events come in.
//!
//! Each form fills [`Event::native`] under the names that Sigma rules use (`EventID`, `Channel`, `Provider_Name`, `Computer`, and
//! every `Data` under its own name); [`map`] does the rest. What an event id means is after Microsoft's
//! "Appendix L: Events to Monitor", the pages of the single Security events, and the manifests of the providers.

pub mod cbs;
pub mod exports;
pub mod flat;
pub mod ias;
pub mod nxlog;
pub mod winlogbeat;
pub mod xml;

mod defence;
mod prelude;
mod remote;
mod rendered;
mod security;
mod status;
mod sysmon;
mod system;
mod text;

use bumpalo::Bump;

use prelude::*;
use text::{number, says, text};

/// Sets the ECS fields of a Windows event from its native fields, and Sigma's product.
pub fn map<'a>(event: &mut Event<'a>, arena: &'a Bump) {
    event.logsource.product = "windows";
    event.set(Field::EventKind, "event");
    event.set(Field::HostOsType, "windows");
    let (mut channel, mut provider, mut code, mut keywords) = ("", "", 0, None);
    // The fields of System come first; a later field of the same name is the event's own.
    let mut seen = 0_u16;
    for at in 0..event.native.len() {
        let Some((name, value)) = event.native.get(at).copied() else { break };
        let (bit, field) = match name {
            "Channel" => (1, Field::WinlogChannel),
            "Provider_Name" => (2, Field::WinlogProviderName),
            "EventID" => (4, Field::WinlogEventId),
            "Computer" => (8, Field::WinlogComputerName),
            "Level" => (16, Field::WinlogLevel),
            "Task" => (32, Field::WinlogTask),
            "Opcode" => (64, Field::WinlogOpcode),
            "Keywords" => (128, Field::WinlogKeywords),
            "EventRecordID" => (256, Field::WinlogRecordId),
            "Provider_Guid" => (512, Field::WinlogProviderGuid),
            "UserID" => (1024, Field::WinlogUserIdentifier),
            _ => continue,
        };
        if seen & bit != 0 || value.is_empty() {
            continue;
        }
        seen |= bit;
        match field {
            Field::WinlogChannel | Field::WinlogProviderName | Field::WinlogUserIdentifier => {
                let text = text(value, arena);
                event.set(field, text);
                match field {
                    Field::WinlogChannel => channel = text,
                    Field::WinlogProviderName => {
                        provider = text;
                        event.set(Field::EventProvider, text);
                    }
                    _ if says(text) => event.set(Field::UserId, text),
                    _ => {}
                }
            }
            Field::WinlogEventId => {
                code = number(value).unwrap_or(0);
                event.set(field, code);
                let written = bumpalo::format!(in arena, "{}", code);
                event.set(Field::EventCode, written.into_bump_str());
            }
            Field::WinlogComputerName => host(event, text(value, arena)),
            Field::WinlogLevel => level(event, value),
            Field::WinlogKeywords => {
                keywords = number(value);
                event.set(field, value);
            }
            _ => event.set(field, value),
        }
    }
    // Audit Success and Audit Failure (winmeta.xml), unless the form has said it in words.
    if event.get(Field::EventOutcome).is_none()
        && let Some(keywords) = keywords
    {
        if keywords & 0x0020_0000_0000_0000 != 0 {
            event.outcome(true);
        } else if keywords & 0x0010_0000_0000_0000 != 0 {
            event.outcome(false);
        }
    }
    match channel {
        "Security" => security::map(event, code, provider, arena),
        "System" => system::map(event, code, provider, arena),
        "Application" => system::application(event, code, provider, arena),
        "Windows PowerShell" | "Microsoft-Windows-PowerShell/Operational" | "PowerShellCore/Operational" => {
            system::powershell(event, code, arena);
        }
        "Microsoft-Windows-Sysmon/Operational" => sysmon::map(event, code, arena),
        "Microsoft-Windows-TaskScheduler/Operational" => system::task_scheduler(event, code, arena),
        _ if provider == "Microsoft-Windows-Sysmon" => sysmon::map(event, code, arena),
        _ if provider == "Microsoft-Windows-Security-Auditing" => security::map(event, code, provider, arena),
        _ if channel.starts_with("Microsoft-Windows-Windows Defender/")
            || channel.starts_with("Microsoft-Windows-Windows Firewall")
            || channel.starts_with("Microsoft-Windows-AppLocker/")
            || channel.starts_with("Microsoft-Windows-Bits-Client/")
            || channel.starts_with("Microsoft-Windows-CodeIntegrity/") =>
        {
            defence::map(event, code, channel, arena);
        }
        _ => remote::map(event, code, channel, provider, arena),
    }
}

fn host<'a>(event: &mut Event<'a>, computer: &'a str) {
    if !says(computer) {
        return;
    }
    event.set(Field::WinlogComputerName, computer);
    event.set(Field::HostName, computer);
    match computer.split_once('.') {
        Some((short, domain)) if computer.parse::<std::net::IpAddr>().is_err() => {
            event.set(Field::HostHostname, short);
            event.set_text(Field::HostDomain, domain);
        }
        _ => event.set(Field::HostHostname, computer),
    }
}

fn level(event: &mut Event<'_>, value: Value<'_>) {
    let level = match number(value) {
        Some(1) => "critical",
        Some(2) => "error",
        Some(3) => "warning",
        Some(0 | 4) => "information",
        Some(5) => "verbose",
        _ => return,
    };
    event.set(Field::WinlogLevel, level);
    event.set(Field::LogLevel, level);
}

#[cfg(test)]
mod tests;
