//! VMware ESXi and vCenter Server (Broadcom: vSphere monitoring, ESXi log files, vSphere events).
//!
//! The services write `TIME LEVEL process[id] [Originator@6876 sub=… opID=… user=…] text` into their files; syslog puts a
//! header before it (`Hostd: info hostd[…] […]`), and ESXi 8 writes `In(166) Hostd[…]: [Originator@6876 …] text`.

mod esxi;
mod events;
mod vcenter;

pub use esxi::Esxi;
pub use vcenter::VCenter;

use crate::event::{Event, EventTime, Field};

use super::cloud;
use super::{Context, Form, Line};

/// What stands before a service's own text.
#[derive(Debug, Clone, Copy, Default)]
struct Head<'a> {
    time: Option<EventTime>,
    host: &'a str,
    level: &'a str,
    process: &'a str,
    pid: &'a str,
    /// `[Originator@6876 …]` without its brackets.
    originator: &'a str,
    text: &'a str,
}

/// Reads what stands before the text, with or without a syslog header.
fn head<'a>(line: &Line<'a>, context: &Context<'a, '_>) -> Head<'a> {
    let e = &line.envelope;
    let mut head = Head { time: e.time, text: line.message, ..Head::default() };
    let named = !e.host.is_empty() && level(e.host).is_none() && !e.host.contains(['[', '(', ')', '{']);
    if e.form == Form::Rfc5424 || e.form != Form::Bare && named {
        head.host = e.host;
        head.process = e.app;
        head.pid = e.pid;
    } else if let Some((time, rest)) = context.time.iso_prefix(unprioritised(line.text)) {
        // A file's line: what syslog takes for the host is the level.
        head.time = Some(time);
        head.text = rest.trim_start_matches([' ', ':']);
    }
    head.text = head.text.trim_start_matches([' ', '\t', ':']);
    // A second time inside a syslog header.
    if let Some((time, rest)) = context.time.iso_prefix(head.text) {
        head.time = Some(time);
        head.text = rest.trim_start_matches([' ', ':']);
    }
    if let Some((word, rest)) = head.text.split_once(' ')
        && let Some(known) = level(word)
    {
        head.level = known;
        head.text = rest.trim_start();
    }
    if let Some((process, pid, rest)) = process(head.text) {
        (head.process, head.pid, head.text) = (process, pid, rest);
    }
    if let Some(inner) = head.text.strip_prefix("[Originator@")
        && let Some((originator, rest)) = inner.split_once(']')
    {
        head.originator = originator;
        head.text = rest.trim_start();
    }
    head
}

/// `<134>` taken off.
fn unprioritised(text: &str) -> &str {
    match text.strip_prefix('<').and_then(|t| t.split_once('>')) {
        Some((digits, rest)) if digits.len() <= 3 => rest,
        _ => text,
    }
}

/// The levels of the files; `In(166)` of ESXi 8 holds the syslog priority.
fn level(word: &str) -> Option<&'static str> {
    Some(match word {
        "info" | "INFO" => "info",
        "warning" | "WARN" | "WARNING" => "warning",
        "error" | "ERROR" => "error",
        "verbose" => "verbose",
        "trivia" => "trivia",
        "debug" | "DEBUG" => "debug",
        "panic" => "panic",
        _ => {
            let (short, number) = word.strip_suffix(')')?.split_once('(')?;
            if number.is_empty() || !number.bytes().all(|b| b.is_ascii_digit()) {
                return None;
            }
            match short {
                "In" => "info",
                "Wa" => "warning",
                "Er" => "error",
                "Db" => "debug",
                "No" => "notice",
                "Cr" => "critical",
                "Al" => "alert",
                "Em" => "emergency",
                _ => return None,
            }
        }
    })
}

/// `hostd[2099656] `, `Hostd[2099656]: `, `vmkernel: ` at the start of a text, with what follows.
fn process(text: &str) -> Option<(&str, &str, &str)> {
    let end = text.find([' ', '[', ':'])?;
    let (name, rest) = text.split_at_checked(end)?;
    if name.is_empty() || !name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
    {
        return None;
    }
    if let Some(rest) = rest.strip_prefix(": ") {
        return Some((name, "", rest.trim_start()));
    }
    let (pid, rest) = rest.strip_prefix('[')?.split_once(']')?;
    if pid.len() > 40 || pid.contains('=') {
        return None;
    }
    let rest = rest.strip_prefix(':').unwrap_or(rest);
    Some((name, pid, rest.trim_start()))
}

/// Puts what the head said into the event.
fn fill<'a>(head: &Head<'a>, event: &mut Event<'a>) {
    event.time = head.time.or(event.time);
    event.unset(Field::HostHostname);
    event.set_text(Field::HostHostname, head.host);
    event.set_text(Field::LogLevel, head.level);
    event.set_text(Field::ProcessName, head.process);
    event.set_text(Field::Message, head.text);
    if let Ok(pid) = head.pid.parse::<u64>() {
        event.set(Field::ProcessPid, pid);
    }
    for word in head.originator.split_ascii_whitespace() {
        let Some((name, value)) = word.split_once('=') else { continue };
        event.native.push((name, value.into()));
        // `user=vpxuser:DOMAIN\taro`: the session's account comes first.
        if name == "user" {
            cloud::account(event, value.split_once(':').map_or(value, |(user, _)| user), false);
        }
    }
}

/// `<TCP '192.0.2.1 : 443'>` pairs: the first as source, the second as destination.
fn connection<'a>(text: &'a str, event: &mut Event<'a>) {
    let mut ends = text.split("<TCP '").skip(1).filter_map(|t| t.split_once('\'')).map(|(end, _)| end);
    if text.contains("<resolver ") {
        // Not yet connected: a name and a port.
        let named = text.split_once('\'').and_then(|(_, t)| t.split_once('\''));
        if let Some((host, port)) = named.and_then(|(end, _)| end.rsplit_once(':')) {
            event.source_address(host);
            if let Ok(port) = port.trim().parse::<u16>() {
                event.set(Field::SourcePort, port);
            }
        }
        return;
    }
    if let Some((local, peer)) = text.split_once("TCP(local=").and_then(|(_, t)| t.split_once(", peer=")) {
        // Who called the proxy is the peer; who was called by it, too.
        let peer = cloud::host_and_port(peer.split(')').next().unwrap_or_default());
        let local = cloud::host_and_port(local);
        let called = text.contains("client") || text.contains("Accept");
        let (from, to) = if called { (peer, local) } else { (local, peer) };
        event.source_address(from.0);
        event.destination_address(to.0);
        if let (Some(from), Some(to)) = (from.1, to.1) {
            event.set(Field::SourcePort, from);
            event.set(Field::DestinationPort, to);
        }
        return;
    }
    if let Some((ip, port)) = ends.next().and_then(|e| e.rsplit_once(" : ")) {
        event.source_address(ip);
        if let Ok(port) = port.trim().parse::<u16>() {
            event.set(Field::SourcePort, port);
        }
    }
    if let Some((ip, port)) = ends.next().and_then(|e| e.rsplit_once(" : ")) {
        event.destination_address(ip);
        if let Ok(port) = port.trim().parse::<u16>() {
            event.set(Field::DestinationPort, port);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_of_processes() {
        assert_eq!(process("hostd[12] [Orig"), Some(("hostd", "12", "[Orig")));
        assert_eq!(process("Hostd[12]: text"), Some(("Hostd", "12", "text")));
        assert_eq!(process("vmkernel: cpu1"), Some(("vmkernel", "", "cpu1")));
        assert_eq!(process("[Originator@6876 sub=x]"), None);
        assert_eq!(level("In(166)"), Some("info"));
        assert_eq!(level("Event"), None);
    }
}
