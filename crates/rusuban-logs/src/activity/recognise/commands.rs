//! Command lines by what they do: destroy backups, clear logs, stop what protects, make tasks and services.

use std::borrow::Cow;
use std::sync::LazyLock;

use aho_corasick::AhoCorasick;

use crate::activity::Kind;
use crate::event::Event;

use super::glance::Glance;
use super::{Found, cow, holds, services};

/// One kind of command. The first needle is the program; the command must hold all needles (in lower case).
struct Command {
    needles: &'static [&'static str],
    kind: Kind,
    /// What [`super::super::Activity::object`] says.
    object: &'static str,
}

const fn command(needles: &'static [&'static str], kind: Kind, object: &'static str) -> Command {
    Command { needles, kind, object }
}

use Kind::{
    AuditingStopped, BackupDestroyed, LogCleared, SecurityToolStopped, ServiceInstalled, TaskCreated,
};

/// The gravest first: a line is one activity.
static COMMANDS: &[Command] = &[
    command(&["vssadmin", "delete", "shadows"], BackupDestroyed, "vssadmin delete shadows"),
    command(&["vssadmin", "resize", "shadowstorage"], BackupDestroyed, "vssadmin resize shadowstorage"),
    command(&["shadowcopy", "delete"], BackupDestroyed, "wmic shadowcopy delete"),
    command(&["win32_shadowcopy", "remove-"], BackupDestroyed, "Win32_ShadowCopy Remove"),
    command(&["diskshadow", "delete"], BackupDestroyed, "diskshadow delete shadows"),
    command(&["wbadmin", "delete"], BackupDestroyed, "wbadmin delete"),
    command(&["bcdedit", "recoveryenabled", "no"], BackupDestroyed, "bcdedit recoveryenabled no"),
    command(&["bcdedit", "ignoreallfailures"], BackupDestroyed, "bcdedit ignoreallfailures"),
    command(&["remove-vbr"], BackupDestroyed, "Veeam Remove-VBR"),
    command(&["remove-wbpolicy"], BackupDestroyed, "Remove-WBPolicy"),
    command(&["restic", "forget"], BackupDestroyed, "restic forget"),
    command(&["borg", "delete"], BackupDestroyed, "borg delete"),
    command(&["borg", "prune"], BackupDestroyed, "borg prune"),
    command(&["zfs", "destroy", "@"], BackupDestroyed, "zfs destroy"),
    command(&["btrfs", "subvolume", "delete"], BackupDestroyed, "btrfs subvolume delete"),
    command(&["tmutil", "delete"], BackupDestroyed, "tmutil delete"),
    command(&["wevtutil", " cl"], LogCleared, "wevtutil cl"),
    command(&["clear-eventlog"], LogCleared, "Clear-EventLog"),
    command(&["remove-eventlog"], LogCleared, "Remove-EventLog"),
    command(&["rm ", "/var/log"], LogCleared, "rm /var/log"),
    command(&["shred ", "/var/log"], LogCleared, "shred /var/log"),
    command(&["truncate ", "/var/log"], LogCleared, "truncate /var/log"),
    command(&["> /var/log"], LogCleared, "> /var/log"),
    command(&["journalctl", "--vacuum"], LogCleared, "journalctl --vacuum"),
    command(&["auditpol", "/clear"], AuditingStopped, "auditpol /clear"),
    command(&["auditpol", "/set", "disable"], AuditingStopped, "auditpol /set"),
    command(&["auditctl", "-e 0"], AuditingStopped, "auditctl -e 0"),
    command(&["auditctl", "-d"], AuditingStopped, "auditctl -D"),
    command(&["set-mppreference", "-disable", "true"], SecurityToolStopped, "Windows Defender"),
    command(&["set-mppreference", "-disable", " 1"], SecurityToolStopped, "Windows Defender"),
    command(&["add-mppreference", "-exclusion"], SecurityToolStopped, "Windows Defender"),
    command(&["mpcmdrun", "-removedefinitions"], SecurityToolStopped, "Windows Defender"),
    command(&["netsh", "firewall", "off"], SecurityToolStopped, "Windows Firewall"),
    command(&["set-netfirewallprofile", "false"], SecurityToolStopped, "Windows Firewall"),
    command(&["setenforce 0"], SecurityToolStopped, "SELinux"),
    command(&["ufw disable"], SecurityToolStopped, "ufw"),
    command(&["iptables -f"], SecurityToolStopped, "iptables"),
    command(&["nft flush ruleset"], SecurityToolStopped, "nftables"),
    command(&["schtasks", "/create"], TaskCreated, "schtasks /create"),
    command(&["register-scheduledtask"], TaskCreated, "Register-ScheduledTask"),
    command(&["sc ", "create ", "binpath"], ServiceInstalled, "sc create"),
    command(&["sc.exe", "create ", "binpath"], ServiceInstalled, "sc create"),
    command(&["new-service", "-binarypathname"], ServiceInstalled, "New-Service"),
];

/// Commands that stop or disable a service; what they stop is looked up among what protects.
const STOPPERS: &[&[&str]] = &[
    &["systemctl", " stop "],
    &["systemctl", " disable "],
    &["systemctl", " mask "],
    &["service ", " stop"],
    &["net", " stop "],
    &["sc", " stop "],
    &["sc", " config ", "disabled"],
    &["stop-service"],
    &["set-service", "disabled"],
    &["taskkill", "/im"],
    &["pkill "],
    &["killall "],
];

/// Finds the first needles.
static FINDER: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
    let first = COMMANDS.iter().map(|c| c.needles).chain(STOPPERS.iter().copied()).filter_map(|n| n.first());
    AhoCorasick::builder().ascii_case_insensitive(true).build(first).ok()
});

/// What a command line does, if it matters.
pub(super) fn of_line<'a>(line: &str) -> Option<Found<'a>> {
    let finder = FINDER.as_ref()?;
    if !finder.is_match(line) {
        return None;
    }
    let all = |needles: &[&str]| needles.iter().all(|needle| holds(line, needle));
    let detail = || Cow::Owned(super::super::evidence::start_of(line.trim(), 256).to_owned());
    if let Some(command) = COMMANDS.iter().find(|c| all(c.needles)) {
        let mut found = Found::new(command.kind);
        found.object = Cow::Borrowed(command.object);
        found.detail = detail();
        return Some(found);
    }
    if !STOPPERS.iter().any(|needles| all(needles)) {
        return None;
    }
    let tool = line.split([' ', '"', '\'', '/', ',', ';']).find_map(services::security_tool)?;
    let mut found = Found::new(SecurityToolStopped);
    found.object = Cow::Borrowed(tool);
    found.detail = detail();
    Some(found)
}

/// A command that the ECS fields carry, or that `sudo` logged.
pub(super) fn found<'a>(event: &Event<'a>, glance: &Glance<'_, 'a>) -> Option<Found<'a>> {
    let line = match glance.command_line() {
        Some(line) => cow(Some(line)),
        None if glance.program() == "sudo" => Cow::Borrowed(event.original.split_once(" COMMAND=")?.1),
        None => return None,
    };
    let found = of_line(&line)?;
    let by = Found::by(found.kind, glance);
    Some(Found { object: found.object, detail: found.detail, ..by })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(line: &str) -> Option<(Kind, String)> {
        of_line(line).map(|f| (f.kind, f.object.into_owned()))
    }

    #[test]
    fn commands_that_matter() {
        for (line, expected) in [
            (r"C:\Windows\System32\VSSADMIN.exe Delete Shadows /All /Quiet", BackupDestroyed),
            ("wmic.exe SHADOWCOPY /nointeractive delete", BackupDestroyed),
            ("bcdedit /set {default} recoveryenabled No", BackupDestroyed),
            ("wevtutil.exe cl Security", LogCleared),
            ("/usr/bin/rm -rf /var/log/auth.log", LogCleared),
            ("powershell Set-MpPreference -DisableRealtimeMonitoring $true", SecurityToolStopped),
            ("/usr/bin/systemctl stop clamav-daemon.service", SecurityToolStopped),
            ("net.exe stop WinDefend", SecurityToolStopped),
            ("schtasks /Create /TN x /TR y", TaskCreated),
        ] {
            assert_eq!(kind(line).map(|(k, _)| k), Some(expected), "{line}");
        }
    }

    #[test]
    fn commands_of_every_day() {
        for line in [
            "vssadmin list shadows",
            "systemctl stop nginx",
            "restic backup /srv",
            "wevtutil qe Security",
            "netstat -an",
            "net stop spooler",
            "rm -rf /tmp/x",
            "",
        ] {
            assert_eq!(kind(line), None, "{line}");
        }
    }
}
