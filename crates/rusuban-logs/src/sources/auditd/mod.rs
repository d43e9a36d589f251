//! The Linux audit system: `/var/log/audit/audit.log` in raw and enriched form (`auditd.conf(5)`, `log_format`), audispd through
//! syslog, the kernel's and the journal's copies. Record types and fields from the audit project's message and field
//! dictionaries. The source's own fields keep the names that Sigma's `auditd` rules use: `type`, `a0`, `exe`, `key`, `SYSCALL`…

mod decode;
mod kinds;

use crate::event::{Event, Field, Value};

use super::unix::{SESSION, number, source, user};
use super::{Context, Line, Refusal, Source, SourceMeta};

/// Linux audit.
#[derive(Debug)]
pub struct Auditd;

static META: SourceMeta = SourceMeta { id: "auditd", product: "Linux audit", vendor: "" };

impl Source for Auditd {
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
        let from_journal = matches!(line.envelope.app, "audit" | "audit_printk_skb");
        let Some(record) = Record::parse(m, from_journal) else { return Err(Refusal::NotMine) };
        if let Some(stamp) = record.stamp {
            let (seconds, serial) = stamp.split_once(':').unwrap_or((stamp, ""));
            let Some(time) = context.time.epoch_text(seconds) else {
                return Err(Refusal::Broken("audit time is no number"));
            };
            event.time = Some(time);
            event.set_text(Field::EventId, serial);
            number(event, Field::EventSequence, serial);
        }
        if !record.node.is_empty() {
            event.set(Field::HostHostname, record.node);
            event.native.push(("node", record.node.into()));
        }
        event.logsource.product = "linux";
        event.logsource.service = "auditd";
        event.native.push(("type", record.kind.into()));
        let mut facts = Facts::default();
        fields(record.fields, record.kind, context, event, &mut facts);
        facts.tell(record.kind, context, event);
        Ok(())
    }
}

/// A record without its header.
struct Record<'a> {
    node: &'a str,
    kind: &'a str,
    stamp: Option<&'a str>,
    fields: &'a str,
}

impl<'a> Record<'a> {
    /// `node=host type=SYSCALL msg=audit(1364481363.243:24287): fields`, `audit: type=1400 audit(…): fields`; from the journal also
    /// `USER_AUTH pid=1 …`.
    fn parse(m: &'a str, from_journal: bool) -> Option<Self> {
        let m = m.strip_prefix("audit: ").unwrap_or(m);
        let (node, rest) = match m.strip_prefix("node=") {
            Some(rest) => rest.split_once(' ')?,
            None => ("", m),
        };
        if let Some(rest) = rest.strip_prefix("type=") {
            let (kind, rest) = rest.split_once(' ')?;
            let rest = rest.strip_prefix("msg=").unwrap_or(rest);
            let (stamp, fields) = rest.strip_prefix("audit(")?.split_once(')')?;
            let fields = fields.strip_prefix(':').unwrap_or(fields).trim_start();
            return Some(Self { node, kind: kinds::name_of(kind), stamp: Some(stamp), fields });
        }
        if !from_journal {
            return None;
        }
        let (kind, fields) = rest.split_once(' ')?;
        let kind = kind.split_once('[').map_or(kind, |(k, _)| k);
        let shape =
            kind.len() > 2 && kind.bytes().all(|b| b.is_ascii_uppercase() || b == b'_' || b.is_ascii_digit());
        shape.then_some(Self { node, kind, stamp: None, fields })
    }
}

/// What the fields of a record say, gathered while they are read.
#[derive(Default)]
struct Facts<'a> {
    acct: &'a str,
    auid_name: &'a str,
    uid_name: &'a str,
    id: &'a str,
    outcome: Option<bool>,
    arguments: Vec<&'a str>,
    hostname: &'a str,
    socket: &'a str,
    op: &'a str,
}

/// Reads `name=value` fields; text in single quotes holds fields itself.
fn fields<'a>(
    text: &'a str,
    kind: &str,
    context: &Context<'a, '_>,
    event: &mut Event<'a>,
    facts: &mut Facts<'a>,
) {
    let mut rest = text;
    loop {
        rest = rest.trim_start_matches([' ', '\u{1d}', ',']);
        let Some((name, after)) = rest.split_once('=') else { return };
        // Words without a value (`avc:  denied  { read } for  pid=1`) stand before the name.
        let name = name.rsplit(' ').next().unwrap_or(name);
        if let Some(inner) = after.strip_prefix('"') {
            let (value, tail) = inner.split_once('"').unwrap_or((inner, ""));
            field(name, value, event, facts);
            rest = tail;
        } else if let Some(inner) = after.strip_prefix('\'') {
            // The quote that ends the text is the last one, before the enriched fields.
            let end = inner.find("'\u{1d}").or_else(|| inner.rfind('\'')).unwrap_or(inner.len());
            let (inside, tail) = inner.split_at_checked(end).unwrap_or((inner, ""));
            fields(inside, kind, context, event, facts);
            rest = tail.strip_prefix('\'').unwrap_or(tail);
        } else {
            let (value, tail) = plain(after);
            let decoded =
                if decode::may_be_hex(name, kind) { decode::hex(value, context.arena) } else { None };
            field(name, decoded.unwrap_or(value), event, facts);
            rest = tail;
        }
    }
}

/// A value without quotes: up to the blank before the next `name=`, so that `op=adding user` stays whole.
fn plain(text: &str) -> (&str, &str) {
    let mut from = 0;
    loop {
        let Some(at) = text.get(from..).and_then(|t| t.find([' ', '\u{1d}'])).map(|i| from + i) else {
            return (text, "");
        };
        let tail = text.get(at..).unwrap_or_default();
        let next = tail.trim_start_matches([' ', '\u{1d}']);
        let word = next.split([' ', '\u{1d}']).next().unwrap_or_default();
        if tail.starts_with('\u{1d}') || word.contains('=') || word.is_empty() || text.starts_with('{') {
            return (text.get(..at).unwrap_or(text), tail);
        }
        from = at + 1;
    }
}

/// Takes one field.
fn field<'a>(name: &'a str, value: &'a str, event: &mut Event<'a>, facts: &mut Facts<'a>) {
    event.native.push((name, value.into()));
    match name {
        "pid" => number(event, Field::ProcessPid, value),
        "ppid" => number(event, Field::ProcessParentPid, value),
        "exe" => event.set_text(Field::ProcessExecutable, value),
        "comm" => event.set_text(Field::ProcessName, value),
        "proctitle" => event.set_text(Field::ProcessTitle, value),
        "cwd" => event.set_text(Field::ProcessWorkingDirectory, value),
        "cmd" => event.set_text(Field::ProcessCommandLine, value),
        "auid" if value != "4294967295" => event.set_text(Field::UserId, value),
        "uid" => event.set_text(Field::UserEffectiveId, value),
        "ses" if value != "4294967295" => event.set_text(Field::SessionId, value),
        "name" | "file" => event.set_text(Field::FilePath, value),
        "unit" => event.set_text(Field::ServiceName, value),
        "addr" | "laddr" if value != "?" => source(event, value),
        "hostname" => facts.hostname = value,
        "acct" => facts.acct = value,
        "id" => facts.id = value,
        "op" => facts.op = value,
        "AUID" if value != "unset" => facts.auid_name = value,
        "UID" => facts.uid_name = value,
        "grp" => event.set_text(Field::GroupName, value),
        "success" => facts.outcome = Some(value == "yes" || value == "1"),
        "res" | "result" => facts.outcome = Some(matches!(value, "success" | "1" | "yes")),
        "saddr" => facts.socket = value,
        _ => {
            let digits = name.strip_prefix('a').unwrap_or_default();
            if !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) && facts.arguments.len() < 256
            {
                facts.arguments.push(value);
            }
        }
    }
}

impl<'a> Facts<'a> {
    /// Sets what the record as a whole says.
    fn tell(&self, kind: &'a str, context: &Context<'a, '_>, event: &mut Event<'a>) {
        if let Some((category, types, action)) = kinds::meaning(kind, self.op) {
            event.category(category);
            event.kind(types);
            event.set(Field::EventAction, action);
        } else {
            event.set(Field::EventAction, kind);
        }
        let remote = event.text(Field::ProcessExecutable).is_some_and(|exe| exe.ends_with("/sshd"));
        if kind == "USER_AUTH" && remote {
            event.category(SESSION);
        }
        if let Some(success) = self.outcome {
            event.outcome(success);
        }
        if !self.hostname.is_empty() && self.hostname != "?" && event.get(Field::SourceAddress).is_none() {
            source(event, self.hostname);
        }
        if let Some((address, number)) = decode::socket(self.socket) {
            event.destination_address(context.arena.alloc_str(&address.to_string()));
            event.set(Field::DestinationPort, number);
        }
        let about = kinds::about_an_account(kind);
        let known = |name: &str| !name.is_empty() && !name.starts_with('(') && name != "?";
        if about {
            if known(self.acct) {
                if kind.ends_with("GROUP") {
                    event.set_text(Field::GroupName, self.acct);
                } else {
                    event.set_text(Field::UserTargetName, self.acct);
                }
            }
            event.set_text(Field::UserTargetId, self.id);
            event.set_text(Field::UserName, if known(self.auid_name) { self.auid_name } else { self.acct });
        } else if known(self.acct) {
            user(event, self.acct);
        } else if known(self.auid_name) {
            event.set_text(Field::UserName, self.auid_name);
        }
        event.set_text(Field::UserEffectiveName, self.uid_name);
        if kind == "EXECVE" && !self.arguments.is_empty() {
            let mut line = bumpalo::collections::String::new_in(context.arena);
            for (at, argument) in self.arguments.iter().enumerate() {
                if at > 0 {
                    line.push(' ');
                }
                line.push_str(argument);
            }
            event.set(Field::ProcessCommandLine, line.into_bump_str());
            let list = context.arena.alloc_slice_fill_iter(self.arguments.iter().map(|a| Value::Str(a)));
            event.set(Field::ProcessArgs, Value::List(list));
        }
        if kind == "SYSCALL" {
            enrich_syscall(event);
        }
    }
}

/// The name of the system call, where the record is not enriched and the machine is x86-64.
fn enrich_syscall(event: &mut Event<'_>) {
    if event.native("SYSCALL").is_some() || event.native_text("arch") != Some("c000003e") {
        return;
    }
    if let Some(name) = event.native_text("syscall").and_then(kinds::system_call) {
        event.native.push(("SYSCALL", name.into()));
    }
}

#[cfg(test)]
mod tests {
    use crate::sources::unix::test::{at, check, read};

    #[test]
    fn system_calls_and_programs() {
        check(
            "type=SYSCALL msg=audit(1798934400.243:287): arch=c000003e syscall=59 success=no exit=-13 a0=7fff items=1 ppid=1 pid=9 auid=1000 uid=0 comm=\"cat\" exe=\"/usr/bin/cat\" key=\"secret\"",
            &[
                ("@timestamp", "2027-01-03T00:00:00.243000Z"),
                ("event.outcome", "failure"),
                ("auditd.SYSCALL", "execve"),
                ("auditd.key", "secret"),
                ("process.executable", "/usr/bin/cat"),
                ("user.id", "1000"),
            ],
        );
        check(
            "node=fs type=EXECVE msg=audit(1798934400.1:2): argc=3 a0=\"sh\" a1=\"-c\" a2=6C73202D6C",
            &[
                ("process.command_line", "sh -c ls -l"),
                ("auditd.a2", "ls -l"),
                ("host.hostname", "fs"),
                ("event.action", "executed"),
            ],
        );
    }

    #[test]
    fn logins() {
        check(
            "type=USER_LOGIN msg=audit(1798934400.1:2): pid=9 uid=0 auid=4294967295 ses=4294967295 msg='op=login acct=\"taro\" exe=\"/usr/sbin/sshd\" hostname=? addr=192.0.2.1 terminal=ssh res=failed'\u{1d}UID=\"root\" AUID=\"unset\"",
            &[
                ("user.name", "taro"),
                ("source.ip", "192.0.2.1"),
                ("event.outcome", "failure"),
                ("event.action", "logged-in"),
                ("auditd.UID", "root"),
            ],
        );
        check(
            "Dec 26 03:04:05 fs audispd: type=ADD_USER msg=audit(1798934400.1:2): pid=9 uid=0 auid=1000 msg='op=adding user acct=\"evil\" exe=\"/usr/sbin/useradd\" hostname=? addr=? terminal=pts/0 res=success'\u{1d}UID=\"root\" AUID=\"taro\"",
            &[
                ("user.name", "taro"),
                ("user.target.name", "evil"),
                ("event.action", "added-user-account"),
                ("auditd.op", "adding user"),
            ],
        );
        check(
            "Dec 26 03:04:05 fs audit[9]: USER_AUTH pid=9 uid=0 msg='op=PAM:authentication acct=\"root\" exe=\"/usr/bin/su\" hostname=? addr=? res=success'",
            &[("user.name", "root"), ("event.action", "authenticated"), ("event.outcome", "success")],
        );
    }

    #[test]
    fn sockets_and_titles() {
        check(
            "type=SOCKADDR msg=audit(1798934400.1:2): saddr=02000016C00002010000000000000000",
            &[("destination.ip", "192.0.2.1"), ("destination.port", "22")],
        );
        check(
            "type=PROCTITLE msg=audit(1798934400.1:2): proctitle=6C73002D6C",
            &[("process.title", "ls -l")],
        );
    }

    #[test]
    fn a_broken_record() {
        assert!(read("type=SYSCALL msg=audit(now): x=1").is_null());
        assert_eq!(at(&read("type=EOE msg=audit(1798934400.1:2): "), "event.action"), "EOE");
    }
}
