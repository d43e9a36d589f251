//! VMware ESXi: hostd, vpxa, vobd, vmkernel, the shell, and the other services of a host.

use crate::event::{Event, Field, LogSource, Value};
use crate::sources::cloud;
use crate::sources::{Context, Line, Refusal, Source, SourceMeta};

use super::vcenter::of_vcenter;
use super::{Head, connection, events, fill, head};

/// The source.
#[derive(Debug)]
pub struct Esxi;

static META: SourceMeta = SourceMeta { id: "vmware_esxi", product: "ESXi", vendor: "VMware" };

/// Programs that run on ESXi alone, in small letters, sorted.
const PROGRAMS: [&str; 38] = [
    "apiforwarder",
    "attestd",
    "clomd",
    "cmmdsd",
    "configstore",
    "dcui",
    "esxgdpd",
    "esxio-commd",
    "esxtokend",
    "esxupdate",
    "fdm",
    "healthd",
    "hostd",
    "hostd-probe",
    "hostdcgisource",
    "iofiltervpd",
    "kmxa",
    "lbtd",
    "nfcd",
    "nfsgssd",
    "rhttpproxy",
    "sandboxd",
    "sdrsinjector",
    "settingsd",
    "storagerm",
    "swapobjd",
    "vitd",
    "vmauthd",
    "vmkdevmgr",
    "vmkernel",
    "vmkeventd",
    "vmkwarning",
    "vmsyslogd",
    "vobd",
    "vpxa",
    "vsandevicemonitord",
    "vsanmgmtd",
    "vsansystem",
];

impl Source for Esxi {
    fn meta(&self) -> &'static SourceMeta {
        &META
    }

    fn parse<'a>(
        &self,
        line: &Line<'a>,
        context: &Context<'a, '_>,
        event: &mut Event<'a>,
    ) -> Result<(), Refusal> {
        if line.json.is_some() {
            return Err(Refusal::NotMine);
        }
        let head = head(line, context);
        if !mine(&head) || of_vcenter(&head) {
            return Err(Refusal::NotMine);
        }
        fill(&head, event);
        event.logsource.product = "vmware";
        event.logsource.service = "esxi";
        event.category(&[Value::Str("host")]);
        event.kind(&[Value::Str("info")]);
        let text = head.text;
        if let Some((_, said)) = text.strip_prefix("Event ").and_then(|t| t.split_once(" : ")) {
            events::read(said, event);
        } else if text.contains("[vob.") || text.contains("[esx.") {
            observation(text, event);
        } else if let Some((_, command)) = text.split_once("]: ").filter(|_| is(head.process, "shell")) {
            let user = text.strip_prefix('[').and_then(|t| t.split_once(']')).map_or("", |(user, _)| user);
            run(user, command, event);
            typed(command, context, event);
        } else if let Some(rest) = text.strip_prefix("USER ") {
            let user = rest.split(' ').next().unwrap_or_default();
            run(user, rest.split_once(" cmd ").map_or("", |(_, c)| c), event);
        } else if let Some((_, command)) = text.split_once("ForkExec(") {
            let command = command.split_once(')').map_or(command, |(c, _)| c);
            run("", command, event);
        } else if let Some((_, command)) = text.split_once("Launching binary: ") {
            run("", command, event);
        } else if text.contains("<TCP '") || text.contains("<resolver ") || text.contains("TCP(local=") {
            connection(text, event);
            event.category(&[Value::Str("network")]);
            event.kind(&[Value::Str("connection")]);
        } else if let Some((_, port)) = text.split_once("_port = ") {
            let port = port.split([' ', ',']).next().unwrap_or_default();
            if let Ok(port) = port.parse::<u16>() {
                event.set(Field::DestinationPort, port);
            }
        } else if let Some(name) = text.strip_prefix("[Auth]: User ") {
            // The event of the sign-in itself follows.
            cloud::account(event, name, false);
            event.category(&[Value::Str("session")]);
            event.outcome(true);
        } else if !events::read(text, event) {
            kernel(text, event);
        }
        Ok(())
    }
}

/// Whether the line is a host's: by its form, or by the program that wrote it.
fn mine(head: &Head<'_>) -> bool {
    let text = head.text;
    if !head.originator.is_empty() {
        return true;
    }
    let mut small = [0_u8; 24];
    let known = small.get_mut(..head.process.len()).is_some_and(|room| {
        room.copy_from_slice(head.process.as_bytes());
        room.make_ascii_lowercase();
        std::str::from_utf8(room).is_ok_and(|p| PROGRAMS.binary_search(&p).is_ok())
    });
    known
        || text.starts_with("cpu")
            && text.split_once(')').is_some_and(|(cpu, _)| cpu.contains(':') && cpu.len() < 24)
        || text.contains("us: [vob.")
        || text.contains("us: [esx.")
        || is(head.process, "shell") && (text.starts_with('[') && text.contains("]: ") || cloud::has(text, " login "))
        // A text of several lines goes on so; a file starts so after it was rotated.
        || text.starts_with("-->")
        || text.starts_with("Section for VMware ")
        || text.starts_with("USER ") && text.contains(" pid ") && text.contains(" cmd /")
        || text.starts_with("connection ") && text.contains("(iqn.")
}

fn is(process: &str, name: &str) -> bool {
    process.eq_ignore_ascii_case(name)
        || name == "shell" && (process.eq_ignore_ascii_case("ESXShell") || process == "SSH")
}

/// A command that was run.
fn run<'a>(user: &'a str, command: &'a str, event: &mut Event<'a>) {
    let command = command.trim();
    event.set_text(Field::UserName, user);
    event.set_text(Field::ProcessCommandLine, command);
    event.set_text(Field::ProcessExecutable, command.split(' ').next().unwrap_or_default());
    event.category(&[Value::Str("process")]);
    event.kind(&[Value::Str("start")]);
}

/// A command typed at the shell, as Sigma's rules for Linux see processes. They ask for a program's path by its end, so a
/// name without a path gets the slash that would stand before it.
fn typed<'a>(command: &'a str, context: &Context<'a, '_>, event: &mut Event<'a>) {
    let command = command.trim();
    let program = command.split(' ').next().unwrap_or_default();
    let image = if program.contains('/') { program } else { context.arena.alloc_str(&format!("/{program}")) };
    event.logsource = LogSource { category: "process_creation", product: "linux", service: "" };
    event.native.push(("CommandLine", Value::Str(command)));
    event.native.push(("Image", Value::Str(image)));
}

/// `[GenericCorrelator] 123us: [vob.user.ssh.session.closed] text`.
fn observation<'a>(text: &'a str, event: &mut Event<'a>) {
    let Some((id, said)) = text.split_once("us: [").and_then(|(_, t)| t.split_once(']')) else {
        return;
    };
    let said = said.trim();
    event.set_text(Field::EventAction, id);
    event.set_text(Field::EventCode, id);
    events::read(said, event);
    if id.contains(".audit.") && event.get(Field::EventOutcome).is_none() {
        event.category(&[Value::Str("configuration")]);
        event.kind(&[Value::Str("change")]);
    }
    if id.contains(".net.") {
        event.category(&[Value::Str("network")]);
    }
}

/// `cpu7:2097868)WARNING: module: text`.
fn kernel<'a>(text: &'a str, event: &mut Event<'a>) {
    let said = match text.strip_prefix("cpu").and_then(|t| t.split_once(')')) {
        Some((_, said)) => said,
        None => text,
    };
    for (word, level) in [("WARNING: ", "warning"), ("ALERT: ", "alert"), ("CRITICAL: ", "critical")] {
        if let Some(rest) = said.strip_prefix(word) {
            event.set(Field::LogLevel, level);
            event.set_text(Field::EventReason, rest);
            return;
        }
    }
    event.set_text(Field::EventReason, said);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sources::cloud::testing::{ask, read, shown};

    #[test]
    fn a_failed_sign_in_in_every_form() {
        for text in [
            "<166>2026-12-30T15:00:00.5Z esx01 Hostd: info hostd[211] [Originator@6876 sub=Vimsvc.ha-eventmgr opID=x] Event 9 : Cannot login root@203.0.113.9",
            "2026-12-30T15:00:00.5Z info hostd[211] [Originator@6876 sub=Vimsvc.ha-eventmgr] Event 9 : Cannot login root@203.0.113.9",
            "<166>1 2026-12-30T15:00:00.5Z esx01 Hostd 211 - - info hostd[211] [Originator@6876 sub=Vimsvc.ha-eventmgr] Event 9 : Cannot login root@203.0.113.9",
            "2026-12-30T15:00:00.5Z In(166) Hostd[211]: [Originator@6876 sub=Vimsvc.ha-eventmgr] Event 9 : Cannot login root@203.0.113.9",
        ] {
            read(&Esxi, text, |event| {
                assert_eq!(shown(event, "user.name"), "root", "{text}");
                assert_eq!(shown(event, "source.ip"), "203.0.113.9");
                assert_eq!(shown(event, "event.outcome"), "failure");
                assert_eq!(shown(event, "log.level"), "info");
                let time = event.time.map(|t| t.timestamp().to_string());
                assert_eq!(time.as_deref(), Some("2026-12-30T15:00:00.5Z"));
            });
        }
    }

    #[test]
    fn a_command_in_the_shell() {
        let text =
            "2026-12-30T15:00:00Z shell[2100]: [root]: esxcli vm process kill --type=force --world-id=7";
        read(&Esxi, text, |event| {
            assert_eq!(shown(event, "user.name"), "root");
            assert_eq!(
                shown(event, "process.command_line"),
                "esxcli vm process kill --type=force --world-id=7"
            );
            assert_eq!(shown(event, "process.executable"), "esxcli");
            assert_eq!(event.native_text("Image"), Some("/esxcli"));
            assert_eq!((event.logsource.product, event.logsource.category), ("linux", "process_creation"));
        });
    }

    #[test]
    fn observations_and_the_kernel() {
        let text = "2026-12-30T15:00:00.1Z: [GenericCorrelator] 308us: [vob.user.ssh.session.opened] SSH session was opened for 'root@203.0.113.9'.";
        read(&Esxi, text, |event| {
            assert_eq!(shown(event, "event.action"), "vob.user.ssh.session.opened");
            assert_eq!(shown(event, "event.type"), "start");
            assert_eq!(shown(event, "source.ip"), "203.0.113.9");
        });
        read(&Esxi, "2026-12-30T15:00:00.1Z cpu7:2097868)WARNING: Tape: lost", |event| {
            assert_eq!(shown(event, "log.level"), "warning");
        });
        ask(
            &Esxi,
            "Dec 30 15:00:00 host sshd[1]: Accepted password for taro from 203.0.113.9 port 1 ssh2",
            |r, _| {
                assert_eq!(r, Err(Refusal::NotMine));
            },
        );
    }
}
