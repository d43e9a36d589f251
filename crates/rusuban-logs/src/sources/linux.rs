//! The system's own services: cron, systemd, systemd-logind, login and getty, polkit, the kernel, clocks (chronyd, ntpd,
//! systemd-timesyncd), rsyslog, logrotate, sleep and power.

use crate::event::{Event, Field};

use super::unix::{
    AUTHENTICATION, CHANGE, CONFIGURATION, CREATION, DELETION, DENIED, END, ERROR, HOST, INFO, LOGIN,
    NETWORK, PROCESS, SESSION, START, between, mark, program, source, unquote, user, word,
};
use super::{Context, Line, Refusal, Source, SourceMeta, pam};

/// Services of a Linux system.
#[derive(Debug)]
pub struct Linux;

static META: SourceMeta = SourceMeta { id: "linux", product: "Linux", vendor: "" };

impl Source for Linux {
    fn meta(&self) -> &'static SourceMeta {
        &META
    }

    fn parse<'a>(
        &self,
        line: &Line<'a>,
        context: &Context<'a, '_>,
        event: &mut Event<'a>,
    ) -> Result<(), Refusal> {
        let m = line.message.trim_ascii();
        let name = program(line.envelope.app);
        let (service, known) = match name {
            "CRON" | "cron" | "CROND" | "crond" | "anacron" | "crontab" | "atd" | "run-parts" => {
                ("cron", cron(m, event))
            }
            "systemd" => ("syslog", systemd(m, event)),
            "systemd-logind" | "elogind" => ("auth", logind(m, event)),
            "login" | "LOGIN" | "getty" | "agetty" | "mingetty" | "remote" => ("auth", login(m, event)),
            "polkitd" | "polkit" | "polkit-agent-helper-1" | "polkitd.service" => ("auth", polkit(m, event)),
            // What netfilter logs is for the firewall's source, broken lines too.
            "kernel" if m.contains(" PROTO=") || m.contains(" DPT=") => return Err(Refusal::NotMine),
            "kernel" => ("syslog", kernel(m, event)),
            "chronyd" | "ntpd" | "ntpdate" | "systemd-timesyncd" | "ntpd_intres" | "sntp" | "openntpd" => {
                ("syslog", clock(m, event))
            }
            "rsyslogd" | "syslogd" | "syslog-ng" | "logrotate" | "systemd-journald" | "journal" => {
                ("syslog", logging(m, event))
            }
            "systemd-sleep" | "systemd-shutdown" | "shutdown" | "acpid" | "apcupsd" | "upsmon" | "upsd"
            | "reboot" | "halt" => ("syslog", power(m, event)),
            _ => return Err(Refusal::NotMine),
        };
        event.logsource.product = "linux";
        event.logsource.service = service;
        event.set(Field::ProcessName, name);
        if !known && !pam::read(m, name, context, event) {
            event.kind(INFO);
        }
        Ok(())
    }
}

/// `(root) CMD (command)`, `(taro) REPLACE (taro)`, `(taro) BEGIN EDIT (taro)`, `(CRON) INFO (…)`, anacron's jobs.
fn cron<'a>(m: &'a str, event: &mut Event<'a>) -> bool {
    let Some((who, rest)) = m.strip_prefix('(').and_then(|r| r.split_once(") ")) else {
        event.category(PROCESS);
        return false;
    };
    let (verb, what) = rest.split_once(" (").unwrap_or((rest, ""));
    let what = what.strip_suffix(')').unwrap_or(what);
    let who_is_user = who != "CRON" && who != "*system*" && who != "crond";
    if who_is_user {
        user(event, who);
    }
    match verb {
        "CMD" | "CMDEND" | "CMDOUT" => {
            event.set_text(Field::ProcessCommandLine, what);
            mark(event, PROCESS, if verb == "CMDEND" { END } else { START }, "cron_command");
            event.outcome(true);
        }
        "REPLACE" | "DELETE" | "BEGIN EDIT" | "END EDIT" | "LIST" | "RELOAD" => {
            event.set_text(Field::UserTargetName, what);
            let kind = match verb {
                "REPLACE" => CHANGE,
                "DELETE" => DELETION,
                _ => INFO,
            };
            mark(event, CONFIGURATION, kind, verb);
        }
        _ => {
            mark(event, PROCESS, INFO, verb);
            event.set_text(Field::EventReason, what);
            if verb.contains("FAILED") || verb == "error" || verb == "AUTH" {
                event.outcome(false);
            }
        }
    }
    true
}

/// `Started X.`, `Stopped X.`, `Failed to start X.`, `x.service: Main process exited, code=exited, status=1/FAILURE`.
fn systemd<'a>(m: &'a str, event: &mut Event<'a>) -> bool {
    let verbs: [(&str, &'static [crate::event::Value<'static>], &'static str, Option<bool>); 14] = [
        ("Started ", START, "service_started", Some(true)),
        ("Starting ", START, "service_starting", None),
        ("Stopped ", END, "service_stopped", Some(true)),
        ("Stopping ", END, "service_stopping", None),
        ("Finished ", END, "service_finished", Some(true)),
        ("Failed to start ", ERROR, "service_failed", Some(false)),
        ("Dependency failed for ", ERROR, "service_failed", Some(false)),
        ("Reloaded ", CHANGE, "service_reloaded", Some(true)),
        ("Reloading ", CHANGE, "service_reloading", None),
        ("Created slice ", CREATION, "slice_created", None),
        ("Removed slice ", DELETION, "slice_removed", None),
        ("Mounted ", START, "mounted", Some(true)),
        ("Unmounted ", END, "unmounted", Some(true)),
        ("Reached target ", INFO, "target_reached", None),
    ];
    for (prefix, kind, action, outcome) in verbs {
        if let Some(rest) = m.strip_prefix(prefix) {
            let name =
                rest.split(" - ").next().unwrap_or(rest).trim_end_matches("...").trim_end_matches(['.', '…']);
            event.set_text(Field::ServiceName, name);
            mark(event, PROCESS, kind, action);
            if let Some(outcome) = outcome {
                event.outcome(outcome);
            }
            return true;
        }
    }
    let Some((unit, what)) = m.split_once(": ") else {
        event.category(HOST);
        return false;
    };
    if !unit.contains('.') || unit.contains(' ') {
        event.category(HOST);
        return false;
    }
    event.set(Field::ServiceName, unit);
    if what.starts_with("Main process exited") || what.starts_with("Control process exited") {
        mark(event, PROCESS, END, "process_exited");
        event.native.push((
            "status",
            between(what, "status=", " ")
                .or_else(|| what.split_once("status=").map(|(_, s)| s))
                .unwrap_or_default()
                .into(),
        ));
        event.outcome(what.contains("status=0/"));
    } else if what.contains("Failed with result")
        || what.contains("entered failed state")
        || what.contains("Start request repeated too quickly")
    {
        mark(event, PROCESS, ERROR, "service_failed");
        event.set(Field::EventReason, what);
        event.outcome(false);
    } else if what.starts_with("Deactivated successfully") || what.starts_with("Succeeded") {
        mark(event, PROCESS, END, "service_stopped");
        event.outcome(true);
    } else {
        mark(event, PROCESS, INFO, "message");
    }
    true
}

/// `New session 3 of user taro.`, `Removed session 3.`, `System is powering down.`, `Failed to …`.
fn logind<'a>(m: &'a str, event: &mut Event<'a>) -> bool {
    if let Some(rest) = m.strip_prefix("New session ") {
        let (id, rest) = word(rest);
        event.set_text(Field::SessionId, id.trim_matches('\''));
        let who = rest.split_once("of user ").map_or("", |(_, u)| u).trim_end_matches('.');
        user(event, unquote(who.split(" with ").next().unwrap_or(who)));
        mark(event, SESSION, START, "session_opened");
        event.outcome(true);
    } else if let Some(rest) = m.strip_prefix("Removed session ") {
        event.set_text(Field::SessionId, rest.trim_end_matches('.'));
        mark(event, SESSION, END, "session_closed");
    } else if let Some(rest) = m.strip_prefix("Session ") {
        event.set_text(Field::SessionId, word(rest).0);
        mark(event, SESSION, END, "session_logged_out");
    } else {
        return power(m, event);
    }
    true
}

/// login(1): `ROOT LOGIN ON tty1 FROM 192.0.2.1`, `FAILED LOGIN (1) on '/dev/tty1' FOR 'taro', Authentication failure`, `LOGIN ON tty1
/// BY taro`, `DIALUP AT …`, `invalid password for 'taro' on '/dev/tty1'`.
fn login<'a>(m: &'a str, event: &mut Event<'a>) -> bool {
    if m.contains("ROOT LOGIN") {
        event.set(Field::UserName, "root");
        mark(event, LOGIN, START, "login");
        event.outcome(true);
        if let Some((_, from)) = m.split_once(" FROM ").or_else(|| m.split_once(" from ")) {
            source(event, unquote(from));
        }
        return true;
    }
    if m.starts_with("LOGIN ON ") || m.starts_with("DIALUP AT ") {
        if let Some((_, who)) = m.split_once(" BY ") {
            let (who, from) = who.split_once(" FROM ").unwrap_or((who, ""));
            user(event, who);
            source(event, from);
        }
        mark(event, LOGIN, START, "login");
        event.outcome(true);
        return true;
    }
    let failed = m.starts_with("FAILED LOGIN")
        || m.starts_with("TOO MANY LOGIN TRIES")
        || m.starts_with("LOGIN FAILURE");
    if failed || m.starts_with("invalid password for ") || m.starts_with("REPEATED LOGIN FAILURES") {
        let who = m.split_once(" FOR ").or_else(|| m.split_once(" for ")).map_or("", |(_, w)| w);
        user(event, unquote(who.split([',', ' ']).next().unwrap_or_default()));
        if let Some((_, from)) = m.split_once(" FROM ").or_else(|| m.split_once(" from ")) {
            source(event, unquote(word(from).0.trim_end_matches(',')));
        }
        mark(event, LOGIN, DENIED, "login");
        event.outcome(false);
        return true;
    }
    event.category(AUTHENTICATION);
    false
}

/// `Operator of unix-session:1 successfully authenticated as unix-user:root to gain … authorization for action a.b.c for …`.
fn polkit<'a>(m: &'a str, event: &mut Event<'a>) -> bool {
    if let Some((_, rest)) = m.split_once("authenticated as unix-user:") {
        user(event, word(rest).0);
        if let Some(action) = between(m, "for action ", " ") {
            event.native.push(("action", action.into()));
        }
        let failed = m.contains("FAILED to authenticate");
        mark(event, AUTHENTICATION, if failed { DENIED } else { INFO }, "polkit");
        event.outcome(!failed);
        return true;
    }
    if let Some((_, rest)) = m.split_once("FAILED to authenticate") {
        if let Some((_, who)) = rest.split_once("unix-user:") {
            user(event, word(who).0);
        }
        mark(event, AUTHENTICATION, DENIED, "polkit");
        event.outcome(false);
        return true;
    }
    event.category(AUTHENTICATION);
    false
}

/// Boots, crashes, memory, disks, promiscuous interfaces; what firewalls let the kernel log is for their own sources.
fn kernel<'a>(m: &'a str, event: &mut Event<'a>) -> bool {
    // `[ 123.456789] text`
    let m = match m.strip_prefix('[').and_then(|r| r.split_once("] ")) {
        Some((stamp, rest)) if stamp.trim().bytes().all(|b| b.is_ascii_digit() || b == b'.') => rest,
        _ => m,
    };
    if m.starts_with("Linux version ") {
        event.set_text(Field::HostOsVersion, word(m.get(14..).unwrap_or_default()).0);
        mark(event, HOST, START, "booted-system");
    } else if m.contains("Out of memory: Kill") || m.contains("oom-kill:") || m.contains("invoked oom-killer")
    {
        mark(event, PROCESS, END, "out_of_memory");
        event.outcome(false);
    } else if m.contains(" segfault at ") || m.contains("general protection") {
        let name = m.split(['[', ':']).next().unwrap_or_default();
        event.set_text(Field::ProcessExecutable, name);
        mark(event, PROCESS, END, "crashed-program");
        event.outcome(false);
    } else if m.contains("entered promiscuous mode") {
        mark(event, NETWORK, CHANGE, "changed-promiscuous-mode-on-device");
    } else if m.contains("I/O error") || m.contains("EXT4-fs error") || m.contains("Hardware Error") {
        mark(event, HOST, ERROR, "hardware_error");
        event.outcome(false);
    } else if m.contains("apparmor=\"DENIED\"") {
        mark(event, PROCESS, DENIED, "apparmor_denied");
        event.outcome(false);
    } else if m.contains("Link is Down") || m.contains("Link is Up") || m.contains("link becomes ready") {
        mark(event, NETWORK, INFO, "link_changed");
    } else if m.starts_with("usb ") && m.contains("New USB device found") {
        mark(event, HOST, INFO, "usb_device_found");
    } else {
        event.category(HOST);
        event.kind(INFO);
    }
    true
}

/// Clock steps: chronyd's `System clock was stepped by 1.5 seconds`, ntpd's `time reset +1.5 s`, timesyncd's synchronisation.
fn clock<'a>(m: &'a str, event: &mut Event<'a>) -> bool {
    let step = m
        .split_once("clock was stepped by ")
        .or_else(|| m.split_once("time reset "))
        .or_else(|| m.split_once("step time server "))
        .or_else(|| m.split_once("clock wrong by "))
        .or_else(|| m.split_once("time slew "));
    if let Some((_, by)) = step {
        let by = by.split_once(" offset ").map_or(by, |(_, o)| o);
        event.native.push(("step", word(by).0.trim_end_matches(',').into()));
        mark(event, HOST, CHANGE, "clock_stepped");
        event.outcome(true);
    } else if m.contains("Selected source ")
        || m.contains("ynchronized to ")
        || m.contains("nitial synchronization to")
    {
        mark(event, HOST, INFO, "clock_source");
        event.outcome(true);
    } else if m.contains("no selectable sources")
        || m.contains("no servers reachable")
        || m.contains("Timed out")
    {
        mark(event, HOST, ERROR, "clock_source_lost");
        event.outcome(false);
    } else {
        event.category(HOST);
        return false;
    }
    true
}

/// Loggers: starts, ends, losses, rotation.
fn logging<'a>(m: &'a str, event: &mut Event<'a>) -> bool {
    let start = m.contains("start") && (m.contains("[origin") || m.contains("syslog-ng starting"));
    if start || m.starts_with("Journal started") || m.contains(": restart") {
        mark(event, PROCESS, START, "logging_started");
    } else if m.contains("exiting on signal")
        || m.contains("shutting down")
        || m.starts_with("Journal stopped")
    {
        mark(event, PROCESS, END, "logging_stopped");
    } else if m.contains("rate-limiting")
        || m.contains("messages lost")
        || m.contains("Suppressed ")
        || m.contains("discarded")
    {
        mark(event, PROCESS, ERROR, "messages_lost");
        event.outcome(false);
    } else if m.starts_with("ALERT exited abnormally") || m.contains("error") {
        mark(event, PROCESS, ERROR, "error");
        event.outcome(false);
    } else {
        event.category(PROCESS);
        return false;
    }
    true
}

/// Power: going down, sleep, mains lost.
fn power<'a>(m: &'a str, event: &mut Event<'a>) -> bool {
    let down = [
        "powering down",
        "rebooting",
        "System is halting",
        "shutting down for",
        "Power key pressed",
        "Shutting down",
    ];
    let mains = ["Power failure", "on battery", "Battery exhausted", "battery is low"];
    if down.iter().any(|d| m.contains(d)) {
        mark(event, HOST, END, "shutdown");
    } else if mains.iter().any(|p| m.contains(p)) {
        mark(event, HOST, INFO, "power_failure");
    } else if m.contains("Entering sleep") || m.contains("Suspending system") {
        mark(event, HOST, END, "suspend");
    } else if m.contains("System resumed") || m.contains("returned from sleep") {
        mark(event, HOST, START, "resume");
    } else {
        event.category(HOST);
        return false;
    }
    true
}

#[cfg(test)]
mod tests {
    use crate::sources::unix::test::check;

    fn at(program: &str, message: &str, expected: &[(&str, &str)]) {
        check(&format!("Nov 20 03:04:05 host {program}[5]: {message}"), expected);
    }

    #[test]
    fn jobs() {
        at("CRON", "(root) CMD (run /x)", &[("user.name", "root"), ("process.command_line", "run /x")]);
        at(
            "crontab",
            "(taro) REPLACE (root)",
            &[("event.action", "REPLACE"), ("user.name", "taro"), ("user.target.name", "root")],
        );
        at(
            "CRON",
            "pam_unix(cron:session): session opened for user root by (uid=0)",
            &[("user.name", "root")],
        );
    }

    #[test]
    fn services_and_sessions() {
        at(
            "systemd",
            "Failed to start Web Server.",
            &[("service.name", "Web Server"), ("event.outcome", "failure")],
        );
        at(
            "systemd",
            "x.service: Main process exited, code=exited, status=1/FAILURE",
            &[("service.name", "x.service"), ("event.outcome", "failure")],
        );
        at("systemd-logind", "New session 3 of user taro.", &[("user.name", "taro"), ("session.id", "3")]);
        at(
            "login",
            "FAILED LOGIN (1) on '/dev/tty1' FOR 'taro', Authentication failure",
            &[("user.name", "taro"), ("event.outcome", "failure")],
        );
        at("login", "ROOT LOGIN ON tty1", &[("user.name", "root"), ("event.outcome", "success")]);
    }

    #[test]
    fn clocks_and_the_kernel() {
        at(
            "chronyd",
            "System clock was stepped by 3600.5 seconds",
            &[("event.action", "clock_stepped"), ("linux.step", "3600.5")],
        );
        at("ntpd", "time reset -2.5 s", &[("event.action", "clock_stepped"), ("linux.step", "-2.5")]);
        at("kernel", "[    0.000000] Linux version 6.1.0-1 (x)", &[("event.action", "booted-system")]);
    }
}
