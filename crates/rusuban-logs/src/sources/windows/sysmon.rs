//! Sysmon (Microsoft Sysinternals), every event id of its schema.

use bumpalo::Bump;

use super::prelude::*;
use super::text::{number, says, set_account, set_hashes, set_path, set_port, set_source, text};
use crate::event::{EventTime, TimeBasis, civil_seconds};

fn meaning(code: u64) -> Option<Meaning> {
    Some(match code {
        1 => ("created-process", PROCESS, START),
        2 => ("file-creation-time-changed", FILE, CHANGE),
        3 => ("network-connection", NETWORK, START),
        4 => ("sysmon-state-changed", CONFIGURATION, CHANGE),
        5 => ("exited-process", PROCESS, END),
        6 => ("driver-loaded", DRIVER, START),
        7 => ("image-loaded", LIBRARY, START),
        8 => ("remote-thread-created", PROCESS, CHANGE),
        9 => ("raw-disk-read", FILE, ACCESS),
        10 => ("process-accessed", PROCESS, ACCESS),
        11 => ("file-created", FILE, CREATION),
        12 => ("registry-key-changed", REGISTRY, CHANGE),
        13 => ("registry-value-set", REGISTRY, CHANGE),
        14 => ("registry-renamed", REGISTRY, CHANGE),
        15 => ("file-stream-created", FILE, CREATION),
        16 => ("sysmon-configuration-changed", CONFIGURATION, CHANGE),
        17 => ("pipe-created", FILE, CREATION),
        18 => ("pipe-connected", FILE, ACCESS),
        19 => ("wmi-filter", CONFIGURATION, CREATION),
        20 => ("wmi-consumer", CONFIGURATION, CREATION),
        21 => ("wmi-binding", CONFIGURATION, CREATION),
        22 => ("dns-query", NETWORK, INFO),
        23 | 26 => ("file-deleted", FILE, DELETION),
        24 => ("clipboard-changed", HOST, CHANGE),
        25 => ("process-tampered", PROCESS, CHANGE),
        27 => ("executable-blocked", FILE, DENIED),
        28 => ("shredding-blocked", FILE, DENIED),
        29 => ("executable-detected", FILE, CREATION),
        255 => ("sysmon-error", CONFIGURATION, ERROR),
        _ => return None,
    })
}

#[expect(clippy::too_many_lines, reason = "one table")]
pub(super) fn map<'a>(event: &mut Event<'a>, code: u64, arena: &'a Bump) {
    if let Some(meaning) = meaning(code) {
        mean(event, meaning);
    }
    for at in 0..event.native.len() {
        let Some((name, value)) = event.native.get(at).copied() else { break };
        let field = match name {
            "Image" | "SourceImage" => {
                set_path(event, Field::ProcessExecutable, Field::ProcessName, text(value, arena));
                continue;
            }
            "ParentImage" => {
                set_path(event, Field::ProcessParentExecutable, Field::ProcessParentName, text(value, arena));
                continue;
            }
            "ImageLoaded" if code == 7 => {
                set_path(event, Field::DllPath, Field::DllName, text(value, arena));
                continue;
            }
            "TargetFilename" | "ImageLoaded" => {
                set_path(event, Field::FilePath, Field::FileName, text(value, arena));
                continue;
            }
            "ProcessId" | "SourceProcessId" => {
                if let Some(pid) = number(value) {
                    event.set(Field::ProcessPid, pid);
                }
                continue;
            }
            "ParentProcessId" => {
                if let Some(pid) = number(value) {
                    event.set(Field::ProcessParentPid, pid);
                }
                continue;
            }
            "User" | "SourceUser" => {
                set_account(event, Field::UserName, Field::UserDomain, text(value, arena));
                continue;
            }
            "TargetUser" => {
                let account = text(value, arena);
                set_account(event, Field::UserTargetName, Field::UserTargetDomain, account);
                continue;
            }
            "Hashes" | "Hash" => {
                let fields = if code == 1 {
                    [Field::ProcessHashMd5, Field::ProcessHashSha1, Field::ProcessHashSha256]
                } else {
                    [Field::FileHashMd5, Field::FileHashSha1, Field::FileHashSha256]
                };
                set_hashes(event, text(value, arena), fields, arena);
                continue;
            }
            "SourceIp" => {
                set_source(event, text(value, arena));
                continue;
            }
            "DestinationIp" => {
                event.destination_address(text(value, arena));
                continue;
            }
            "SourcePort" => {
                set_port(event, Field::SourcePort, value);
                continue;
            }
            "DestinationPort" => {
                set_port(event, Field::DestinationPort, value);
                continue;
            }
            "Initiated" => {
                let out = text(value, arena).eq_ignore_ascii_case("true");
                event.set(Field::NetworkDirection, if out { "egress" } else { "ingress" });
                continue;
            }
            "UtcTime" => {
                // A text form without a zone: Sysmon's own time is in UTC. The record's time stays where it is stated.
                if event.time.is_none_or(|t| t.basis != TimeBasis::Stated)
                    && let Some(time) = utc(text(value, arena))
                {
                    event.time = Some(time);
                }
                continue;
            }
            "CommandLine" => Field::ProcessCommandLine,
            "CurrentDirectory" => Field::ProcessWorkingDirectory,
            "ProcessGuid" | "SourceProcessGUID" | "SourceProcessGuid" => Field::ProcessEntityId,
            "ParentProcessGuid" => Field::ProcessParentEntityId,
            "ParentCommandLine" => Field::ProcessParentCommandLine,
            "TargetObject" => Field::RegistryPath,
            "Details" => Field::RegistryDataStrings,
            "SourceHostname" => Field::SourceDomain,
            "DestinationHostname" => Field::DestinationDomain,
            "Protocol" => Field::NetworkTransport,
            "QueryName" => Field::DnsQuestionName,
            "QueryResults" => Field::DnsAnswersData,
            "PipeName" => Field::FileName,
            "RuleName" => Field::RuleName,
            _ => continue,
        };
        let text = text(value, arena);
        if says(text) {
            event.set(field, text);
        }
    }
}

/// `2026-12-26 03:04:05.123` in UTC.
fn utc(text: &str) -> Option<EventTime> {
    let (date, clock) = text.trim().split_once(' ')?;
    let mut date = date.splitn(3, '-').map(str::parse::<u32>);
    let (clock, fraction) = clock.split_once('.').unwrap_or((clock, "0"));
    let mut clock = clock.splitn(3, ':').map(str::parse::<u32>);
    let mut next = || clock.next()?.ok();
    let (hour, minute, second) = (next()?, next()?, next()?);
    let mut next = || date.next()?.ok();
    let (year, month, day) = (next()?, next()?, next()?);
    let digits = u32::try_from(fraction.len()).ok().filter(|n| *n <= 9)?;
    let nanos = fraction.parse::<u32>().ok()? * 10_u32.pow(9 - digits);
    EventTime::new(
        civil_seconds(i64::from(year), month, day, hour, minute, second)?,
        nanos,
        TimeBasis::Stated,
    )
}
