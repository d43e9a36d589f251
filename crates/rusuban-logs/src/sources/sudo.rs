//! sudo, doas and pkexec: who ran what as whom (`sudo`'s `log_allowed`, `log_denial`, `log_auth_failure`; sudoers(5), "LOG
//! FORMAT").

use crate::event::{Event, Field};

use super::unix::{
    AUTHENTICATION, DENIED, INFO, PROCESS, START, between, mark, program, unquote, user, word,
};
use super::{Context, Line, Refusal, Source, SourceMeta, pam};

/// sudo.
#[derive(Debug)]
pub struct Sudo;

static META: SourceMeta = SourceMeta { id: "sudo", product: "sudo", vendor: "" };

impl Source for Sudo {
    fn meta(&self) -> &'static SourceMeta {
        &META
    }

    fn parse<'a>(
        &self,
        line: &Line<'a>,
        context: &Context<'a, '_>,
        event: &mut Event<'a>,
    ) -> Result<(), Refusal> {
        let message = line.message.trim_ascii();
        let name = program(line.envelope.app);
        event.logsource.product = "linux";
        event.logsource.service = "auth";
        event.set_text(Field::ProcessName, name);
        match name {
            "sudo" | "sudoers" => {
                event.logsource.service = "sudo";
                if !sudo(message, event) && !pam::read(message, "sudo", context, event) {
                    mark(event, PROCESS, INFO, "message");
                }
            }
            "doas" => doas(message, event),
            "pkexec" => {
                if !pam::read(message, "pkexec", context, event) {
                    pkexec(message, event);
                }
            }
            "" if message.contains(" ; USER=") && message.contains(" ; COMMAND=") && sudo(message, event) => {
                event.logsource.service = "sudo";
                event.set(Field::ProcessName, "sudo");
            }
            _ => return Err(Refusal::NotMine),
        }
        Ok(())
    }
}

/// `taro : [why ;] TTY=pts/0 ; PWD=/home ; USER=root ; GROUP=x ; TSID=1 ; ENV=… ; COMMAND=/bin/ls`.
fn sudo<'a>(message: &'a str, event: &mut Event<'a>) -> bool {
    let Some((who, rest)) = message.split_once(" : ") else { return false };
    if who.contains(['(', ';']) || !(rest.contains("COMMAND=") || rest.contains("USER=")) {
        return false;
    }
    let mut reason = "";
    let mut rest = rest;
    while !rest.is_empty() {
        // The command is last and may hold anything.
        let (part, after) = if rest.starts_with("COMMAND=") {
            (rest, "")
        } else {
            rest.split_once(" ; ").unwrap_or((rest, ""))
        };
        match part.split_once('=') {
            Some((
                name @ ("TTY" | "PWD" | "USER" | "GROUP" | "TSID" | "ENV" | "COMMAND" | "HOST" | "CHROOT"
                | "CWD"),
                value,
            )) => {
                event.native.push((name, value.into()));
                match name {
                    "PWD" => event.set_text(Field::ProcessWorkingDirectory, value),
                    "USER" => event.set_text(Field::UserEffectiveName, value),
                    "COMMAND" => {
                        event.set_text(Field::ProcessCommandLine, value);
                        event.set_text(Field::ProcessExecutable, word(value).0);
                    }
                    _ => {}
                }
            }
            _ if reason.is_empty() => reason = part,
            _ => {}
        }
        rest = after;
    }
    user(event, who.trim());
    if reason.is_empty() || reason == "command continued" {
        mark(event, PROCESS, START, "sudo");
        event.outcome(true);
    } else {
        event.native.push(("error", reason.into()));
        event.set(Field::EventReason, reason);
        let password = reason.contains("incorrect password") || reason.contains("password is required");
        mark(event, if password { AUTHENTICATION } else { PROCESS }, DENIED, "sudo");
        event.outcome(false);
    }
    true
}

/// OpenBSD's doas: `taro ran command ls as root from /home/taro`, `failed auth for taro`, `command not permitted for taro: ls`.
fn doas<'a>(message: &'a str, event: &mut Event<'a>) {
    if let Some((who, rest)) = message.split_once(" ran command ") {
        user(event, who);
        let (command, rest) = rest.rsplit_once(" as ").unwrap_or((rest, ""));
        event.set_text(Field::ProcessCommandLine, command);
        event.set_text(Field::UserEffectiveName, word(rest).0);
        mark(event, PROCESS, START, "doas");
        event.outcome(true);
    } else if let Some(who) = message.strip_prefix("failed auth for ") {
        user(event, who);
        mark(event, AUTHENTICATION, DENIED, "doas");
        event.outcome(false);
    } else if let Some(rest) = message.split_once("command not permitted for ").map(|(_, r)| r) {
        let (who, command) = rest.split_once(": ").unwrap_or((rest, ""));
        user(event, who);
        event.set_text(Field::ProcessCommandLine, command);
        mark(event, PROCESS, DENIED, "doas");
        event.outcome(false);
    } else {
        mark(event, PROCESS, INFO, "message");
    }
}

/// `taro: Executing command [USER=root] [TTY=/dev/pts/0] [CWD=/home/taro] [COMMAND=/usr/bin/id]`.
fn pkexec<'a>(message: &'a str, event: &mut Event<'a>) {
    let Some((who, what)) = message.split_once(": ") else {
        mark(event, PROCESS, INFO, "message");
        return;
    };
    user(event, who);
    for (name, field) in [
        ("[USER=", Some(Field::UserEffectiveName)),
        ("[TTY=", None),
        ("[CWD=", Some(Field::ProcessWorkingDirectory)),
        ("[COMMAND=", Some(Field::ProcessCommandLine)),
    ] {
        if let Some(value) = between(what, name, "]") {
            event.native.push((unquote(name).trim_matches(['[', '=']), value.into()));
            if let Some(field) = field {
                event.set_text(field, value);
            }
        }
    }
    if what.starts_with("Executing command") {
        mark(event, PROCESS, START, "pkexec");
        event.outcome(true);
    } else {
        mark(event, PROCESS, DENIED, "pkexec");
        event.set(Field::EventReason, what.split(" [").next().unwrap_or(what));
        event.outcome(false);
    }
}

#[cfg(test)]
mod tests {
    use crate::sources::unix::test::check;

    #[test]
    fn commands_allowed_and_refused() {
        check(
            "Dec 26 03:04:05 host sudo:     taro : TTY=pts/0 ; PWD=/home/taro ; USER=root ; COMMAND=/bin/sh -c a ; b",
            &[
                ("user.name", "taro"),
                ("user.effective.name", "root"),
                ("sudo.COMMAND", "/bin/sh -c a ; b"),
                ("event.outcome", "success"),
            ],
        );
        check(
            "Dec 26 03:04:05 host sudo: taro : user NOT in sudoers ; TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/bin/ls",
            &[("event.outcome", "failure"), ("event.reason", "user NOT in sudoers"), ("user.name", "taro")],
        );
        check(
            "Dec 26 03:04:05 host sudo: taro : 3 incorrect password attempts ; PWD=/ ; USER=root ; COMMAND=/bin/ls",
            &[("event.category", "[\"authentication\"]"), ("event.outcome", "failure")],
        );
    }

    #[test]
    fn other_ways_to_root() {
        check(
            "Dec 26 03:04:05 host pkexec[3]: taro: Executing command [USER=root] [TTY=unknown] [CWD=/] [COMMAND=/usr/bin/id]",
            &[
                ("user.name", "taro"),
                ("user.effective.name", "root"),
                ("process.command_line", "/usr/bin/id"),
            ],
        );
        check(
            "Dec 26 03:04:05 host doas: failed auth for taro",
            &[("user.name", "taro"), ("event.outcome", "failure")],
        );
    }
}
