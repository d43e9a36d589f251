//! What programs say of themselves on Unix-like systems: protection that stopped, logs, clocks, boots, cron tables.

use crate::activity::Kind;
use crate::event::Event;

use super::glance::{Categories, Glance, Types};
use super::{Found, cow, holds};

/// Names of services and programs that protect or record, in lower case, with the name that people read.
const TOOLS: &[(&str, &str)] = &[
    ("windefend", "Windows Defender"),
    ("microsoft defender", "Windows Defender"),
    ("windows defender", "Windows Defender"),
    ("msmpeng", "Windows Defender"),
    ("wdnissvc", "Windows Defender"),
    ("sense", "Microsoft Defender for Endpoint"),
    ("mdatp", "Microsoft Defender for Endpoint"),
    ("mpssvc", "Windows Firewall"),
    ("windows firewall", "Windows Firewall"),
    ("eventlog", "Windows Event Log"),
    ("windows event log", "Windows Event Log"),
    ("sysmon", "Sysmon"),
    ("sysmon64", "Sysmon"),
    ("clamav-daemon", "ClamAV"),
    ("clamd", "ClamAV"),
    ("clamav-freshclam", "ClamAV"),
    ("auditd", "auditd"),
    ("rsyslog", "rsyslog"),
    ("rsyslogd", "rsyslog"),
    ("syslog-ng", "syslog-ng"),
    ("systemd-journald", "systemd-journald"),
    ("firewalld", "firewalld"),
    ("ufw", "ufw"),
    ("nftables", "nftables"),
    ("iptables", "iptables"),
    ("fail2ban", "fail2ban"),
    ("apparmor", "AppArmor"),
    ("falcon-sensor", "CrowdStrike Falcon"),
    ("csfalconservice", "CrowdStrike Falcon"),
    ("sentinelagent", "SentinelOne"),
    ("sentinelone", "SentinelOne"),
    ("cbdefense", "Carbon Black"),
    ("cybereason", "Cybereason"),
    ("ds_agent", "Trend Micro Deep Security"),
    ("ntrtscan", "Trend Micro Apex One"),
    ("tmlisten", "Trend Micro Apex One"),
    ("trend micro", "Trend Micro"),
    ("ekrn", "ESET"),
    ("eset", "ESET"),
    ("symantec", "Symantec"),
    ("sepmasterservice", "Symantec Endpoint Protection"),
    ("mcshield", "Trellix (McAfee)"),
    ("sophos", "Sophos"),
    ("kavfs", "Kaspersky"),
    ("wazuh-agent", "Wazuh"),
    ("ossec", "OSSEC"),
    ("osqueryd", "osquery"),
    ("winlogbeat", "Winlogbeat"),
    ("filebeat", "Filebeat"),
    ("fluent-bit", "Fluent Bit"),
];

/// The protecting or recording program that a service name means.
pub(super) fn security_tool(name: &str) -> Option<&'static str> {
    let name = name.trim();
    let bare = [".service", ".exe", ".socket"]
        .iter()
        .find_map(|end| {
            name.len()
                .checked_sub(end.len())
                .and_then(|at| name.split_at_checked(at))
                .filter(|(_, e)| e.eq_ignore_ascii_case(end))
        })
        .map_or(name, |(start, _)| start);
    TOOLS
        .iter()
        .find(|(key, _)| {
            bare.eq_ignore_ascii_case(key)
                || (key.contains(' ') || key.len() > 7)
                    && bare.get(..key.len()).is_some_and(|start| start.eq_ignore_ascii_case(key))
        })
        .map(|(_, tool)| *tool)
}

pub(super) fn found<'a>(event: &Event<'a>, glance: &Glance<'_, 'a>) -> Option<Found<'a>> {
    if event.source.id == "veeam" {
        return veeam(glance);
    }
    let message = Glance::str(glance.message());
    let kind = match glance.program() {
        "systemd" => return systemd(glance, message),
        "kernel" if message.contains("Linux version ") => Kind::BootStarted,
        "chronyd" if message.contains("was stepped") || message.contains("clock wrong by") => Kind::ClockStep,
        "ntpd" if message.contains("time reset") || message.contains("stepped by") => Kind::ClockStep,
        "crontab" if message.contains("REPLACE") => {
            let mut found = Found::by(Kind::TaskCreated, glance);
            found.object = "crontab".into();
            found.detail = message.into();
            if found.who.is_empty() {
                let user = message.strip_prefix('(').and_then(|rest| rest.split(')').next());
                found.who = user.unwrap_or_default().into();
            }
            return Some(found);
        }
        "auditd" if message.contains("audit daemon is exiting") || message.contains("DAEMON_END") => {
            return Some(stopped(glance, "auditd"));
        }
        "rsyslogd" if message.contains("exiting on signal") => return Some(stopped(glance, "rsyslog")),
        "clamd" if message.contains("--- Stopped") => return Some(stopped(glance, "ClamAV")),
        _ => return device(glance, message),
    };
    let mut found = Found::new(kind);
    if kind == Kind::ClockStep {
        found.detail = message.into();
    }
    Some(found)
}

/// Veeam Backup & Replication: what it deleted, by the names that its events have here.
fn veeam<'a>(glance: &Glance<'_, 'a>) -> Option<Found<'a>> {
    let objects = [
        ("job-deleted", "Veeam: job deleted"),
        ("job-objects-deleted", "Veeam: objects removed from a job"),
        ("repository-deleted", "Veeam: repository deleted"),
        ("restore-point-deleted", "Veeam: restore point deleted"),
        ("tape-deleted", "Veeam: tape deleted"),
        ("encryption-password-deleted", "Veeam: encryption password deleted"),
    ];
    let action = Glance::str(glance.action());
    let (_, object) = objects.iter().find(|(name, _)| *name == action)?;
    let mut found = Found::by(Kind::BackupDestroyed, glance);
    found.object = (*object).into();
    Some(found)
}

fn stopped<'a>(glance: &Glance<'_, 'a>, tool: &'static str) -> Found<'a> {
    let mut found = Found::by(Kind::SecurityToolStopped, glance);
    found.object = tool.into();
    found
}

/// systemd writes `Stopped clamav-daemon.service - Clam AntiVirus userspace daemon.`, older ones only the description.
fn systemd<'a>(glance: &Glance<'_, 'a>, message: &'a str) -> Option<Found<'a>> {
    if message.starts_with("Startup finished in ") && message.contains("(kernel)") {
        return Some(Found::new(Kind::BootStarted));
    }
    let (kind, unit) = match (message.strip_prefix("Stopped "), message.strip_prefix("Started ")) {
        (Some(unit), _) => (Kind::SecurityToolStopped, unit),
        (_, Some(unit)) => (Kind::SecurityToolStarted, unit),
        _ => return None,
    };
    let (name, _) = unit.split_once(" - ").unwrap_or((unit.trim_end_matches('.'), ""));
    let described = [
        ("System Logging Service", "rsyslog"),
        ("Security Auditing Service", "auditd"),
        ("Clam AntiVirus userspace daemon", "ClamAV"),
        ("firewalld - dynamic firewall daemon", "firewalld"),
        ("Fail2Ban Service", "fail2ban"),
    ];
    let tool = described.iter().find(|(text, _)| name == *text).map(|(_, tool)| *tool);
    let mut found = stopped(glance, tool.or_else(|| security_tool(name))?);
    found.kind = kind;
    Some(found)
}

/// Network devices and services that tell of their configuration.
fn device<'a>(glance: &Glance<'_, 'a>, message: &'a str) -> Option<Found<'a>> {
    if !glance.categories.has(Categories::CONFIGURATION) || glance.failed() {
        return None;
    }
    let action = cow(glance.action());
    let says = |word: &str| holds(&action, word) || holds(message, word);
    let log = says("log") && (says("clear") || says("delete") || glance.types.has(Types::DELETION));
    let own = [
        "clear log",
        "clear-log",
        "log-clear",
        "log clear",
        "logs cleared",
        "log deleted",
        "delete log",
        "delete-log",
        "logs deleted",
        "log has been deleted",
        "log was cleared",
    ];
    if log && own.iter().any(|word| says(word)) {
        let mut found = Found::by(Kind::LogCleared, glance);
        found.object = action;
        return Some(found);
    }
    None
}

#[cfg(test)]
mod tests {
    use super::security_tool;

    #[test]
    fn tools_by_their_service() {
        assert_eq!(security_tool("clamav-daemon.service"), Some("ClamAV"));
        assert_eq!(security_tool("WinDefend"), Some("Windows Defender"));
        assert_eq!(security_tool("Microsoft Defender Antivirus Service"), Some("Windows Defender"));
        assert_eq!(security_tool("nginx.service"), None);
        assert_eq!(security_tool("Sensei"), None);
        assert_eq!(security_tool("é"), None);
    }
}
