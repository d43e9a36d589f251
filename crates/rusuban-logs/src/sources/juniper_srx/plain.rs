//! Junos's messages as plain text.

use crate::event::{Event, Field};

use super::super::netkit::{self, after, between, word};

/// Reads the text that follows a tag.
pub(super) fn fill<'a>(tag: &str, text: &'a str, event: &mut Event<'a>) {
    if text.is_empty() {
        return;
    }
    if tag.starts_with("RT_FLOW_SESSION_") {
        session(text, event);
        return;
    }
    if event.get(Field::UserName).is_none()
        && let Some(user) = user_of(text)
    {
        netkit::set_user(event, user);
    }
    if let Some(class) = between(text, "class '", "'") {
        event.set_text(Field::UserRoles, class);
    }
    if let Some(connection) = between(text, "ssh-connection '", "'") {
        ssh_connection(connection, event);
    }
    if event.get(Field::SourceIp).is_none() {
        let from = after(text, "from host '")
            .or_else(|| after(text, "from host "))
            .or_else(|| after(text, "source: "))
            .or_else(|| after(text, " at "))
            .or_else(|| after(text, " from "));
        if let Some(from) = from {
            let from = word(from.trim_start_matches(['\'', '[', '"']));
            if netkit::is_ip(netkit::endpoint(from.trim_end_matches(']')).0) {
                netkit::set_source(event, from.trim_end_matches(']'));
            }
        }
    }
    match tag {
        "UI_CMDLINE_READ_LINE" | "UI_JUNOSCRIPT_CMD" | "UI_NETCONF_CMD" => {
            let command = after(text, "command '").unwrap_or_default();
            event.set_text(Field::ProcessCommandLine, command.strip_suffix('\'').unwrap_or(command));
        }
        "UI_CHILD_START" | "UI_CHILD_STATUS" | "UI_CHILD_EXITED" => {
            event.set_text(Field::ProcessName, between(text, "child '", "'").unwrap_or_default());
            netkit::set_number(event, Field::ProcessPid, after(text, "PID ").map_or("", word));
            netkit::set_number(event, Field::ProcessExitCode, after(text, "status ").map_or("", word));
        }
        "UI_COMMIT" => {
            event.set_text(Field::EventReason, between(text, "(comment: ", ")").unwrap_or_default());
        }
        _ if tag.starts_with("RT_SCREEN_") => screen(text, event),
        _ if tag.contains("VPN_UP") || tag.contains("VPN_DOWN") => vpn(text, event),
        _ => {}
    }
}

/// `User 'taro'`, `user 'taro'`, `User taro logged in`, `authentication error for taro`.
fn user_of(text: &str) -> Option<&str> {
    between(text, "ser '", "'").or_else(|| {
        let rest = after(text, "User ")
            .or_else(|| after(text, "user "))
            .or_else(|| after(text, "username "))
            .or_else(|| after(text, "error for "))?;
        let name = word(rest);
        (!name.is_empty() && name != "from").then_some(name)
    })
}

/// `192.0.2.1 50000 198.51.100.2 22`: client and server.
pub(super) fn ssh_connection<'a>(text: &'a str, event: &mut Event<'a>) {
    if !text.trim().is_empty() {
        event.set(Field::NetworkProtocol, "ssh");
    }
    let mut words = text.split_ascii_whitespace();
    let (from, port, to, to_port) = (words.next(), words.next(), words.next(), words.next());
    netkit::set_source(event, from.unwrap_or_default());
    netkit::set_number(event, Field::SourcePort, port.unwrap_or_default());
    netkit::set_destination(event, to.unwrap_or_default());
    netkit::set_number(event, Field::DestinationPort, to_port.unwrap_or_default());
}

/// `User 'taro' set: [system login user NAME class] <unconfigured> -> "super-user"`: an account that is made or changed.
pub(super) fn account(event: &mut Event<'_>) {
    let Some(text) = event.text(Field::Message) else { return };
    let Some(rest) = after(text, "[system login user ") else { return };
    let name = rest.split([' ', ']']).next().unwrap_or_default();
    event.category(netkit::IAM);
    event.set_text(Field::UserTargetName, name);
    let class = after(rest, "-> \"").map_or("", |t| t.split('"').next().unwrap_or_default());
    if rest.split(']').next().unwrap_or_default().ends_with("class") {
        event.set_text(Field::UserTargetGroupName, class);
    }
    event.kind(if text.contains(" deleted: ") || text.contains(" delete: ") {
        netkit::USER_DELETION
    } else if text.contains("<unconfigured>") {
        netkit::USER_CREATION
    } else if class == "super-user" {
        netkit::ADMIN_CHANGE
    } else {
        netkit::USER_CHANGE
    });
}

/// Whole seconds as a duration.
pub(super) fn seconds(text: &str, event: &mut Event<'_>) {
    if let Ok(seconds) = text.parse::<u64>() {
        event.set(Field::EventDuration, seconds.saturating_mul(1_000_000_000));
    }
}

/// `Address sweep! source: 192.0.2.1, destination: 198.51.100.2, zone name: untrust, interface name: ge-0/0/0.0, action: drop`.
fn screen<'a>(text: &'a str, event: &mut Event<'a>) {
    event.set_text(Field::RuleName, text.split(" source: ").next().unwrap_or_default());
    let value = |label: &str| after(text, label).map_or("", |t| t.split(", ").next().unwrap_or_default());
    netkit::set_source(event, value("source: "));
    netkit::set_destination(event, value("destination: "));
    event.set_text(Field::ObserverIngressZone, value("zone name: "));
    event.set_text(Field::ObserverIngressInterfaceName, value("interface name: "));
    event.native.push(("verdict", value("action: ").into()));
}

/// `VPN ra from 203.0.113.9 is up. Local-ip: 192.0.2.1, … XAUTH username: taro, …`.
fn vpn<'a>(text: &'a str, event: &mut Event<'a>) {
    event.set_text(Field::RuleName, between(text, "VPN ", " from").unwrap_or_default());
    netkit::set_destination(event, after(text, "Local-ip: ").map_or("", word));
    event.unset(Field::UserName);
    let user = after(text, "XAUTH username: ").or_else(|| after(text, "AAA username: ")).map_or("", word);
    if !user.contains("Not-Applicable") && !user.contains("Not-applicable") {
        netkit::set_user(event, user);
    }
}

/// `session created|closed REASON:|denied A/p->B/p [0x0] SERVICE [A/p->B/p [0x0] …] PROTOCOL POLICY ZONE ZONE …`. Versions of Junos
/// differ in the columns between; the columns are found by their form.
fn session<'a>(text: &'a str, event: &mut Event<'a>) {
    let denied = text.starts_with("session denied");
    if let Some(reason) = text.strip_prefix("session closed ").and_then(|t| t.split_once(": ")) {
        event.set_text(Field::EventReason, reason.0);
    }
    let words: Vec<&'a str> = text.split_ascii_whitespace().collect();
    let Some(first) = words.iter().position(|w| w.contains("->")) else { return };
    let flow = |at: usize| words.get(at).and_then(|w| w.split_once("->"));
    let Some((from, to)) = flow(first) else { return };
    netkit::set_source(event, from);
    netkit::set_destination(event, to);
    let mut rest = words.get(first + 1..).unwrap_or_default();
    if let [tag, after @ ..] = rest
        && tag.starts_with("0x")
    {
        event.native.push(("connection-tag", (*tag).into()));
        rest = after;
    }
    let Some((service, mut rest)) = rest.split_first() else { return };
    if !matches!(*service, "None" | "UNKNOWN" | "N/A") {
        event.set_text(Field::ServiceName, service);
    }
    if let Some(at) = rest.iter().take(3).position(|w| w.contains("->")).filter(|_| !denied) {
        if let Some((from, to)) = rest.get(at).and_then(|w| w.split_once("->")) {
            nat(from, Field::SourceNatIp, Field::SourceNatPort, event);
            nat(to, Field::DestinationNatIp, Field::DestinationNatPort, event);
        }
        rest = rest.get(at + 1..).unwrap_or_default();
    }
    // Protocol, policy, two zones; then the session's number, unless the session was denied.
    let number = |w: &str| !w.is_empty() && w.bytes().all(|b| b.is_ascii_digit());
    let protocol = |w: &str| number(w.split('(').next().unwrap_or_default());
    let found = (0..rest.len()).find(|i| {
        rest.get(*i).is_some_and(|w| protocol(w) && w.len() < 10)
            && (denied || rest.get(i + 4).is_some_and(|w| number(w)))
    });
    let Some([id, policy, from_zone, to_zone, rest @ ..]) = found.and_then(|at| rest.get(at..)) else {
        return;
    };
    super::set_protocol(id, event);
    event.set_text(Field::RuleName, policy);
    event.set_text(Field::ObserverIngressZone, from_zone);
    event.set_text(Field::ObserverEgressZone, to_zone);
    let rest = if let ([session, rest @ ..], false) = (rest, denied) {
        event.set_text(Field::SessionId, session);
        rest
    } else {
        rest
    };
    // `60(52906) 47(26103) 3`: packets (bytes) of both ends, seconds.
    let count = |w: &&'a str| {
        let (packets, bytes) = w.strip_suffix(')')?.split_once('(')?;
        (number(packets) && number(bytes)).then_some((packets, bytes))
    };
    if let [a, b, elapsed, ..] = rest
        && let (Some(a), Some(b)) = (count(a), count(b))
    {
        netkit::set_number(event, Field::SourcePackets, a.0);
        netkit::set_number(event, Field::SourceBytes, a.1);
        netkit::set_number(event, Field::DestinationPackets, b.0);
        netkit::set_number(event, Field::DestinationBytes, b.1);
        seconds(elapsed, event);
    }
    // `taro(role)` and the interface after it.
    let user = rest.iter().position(|w| w.ends_with(')') && w.contains('(') && count(w).is_none());
    if let Some(at) = user {
        let name = rest.get(at).and_then(|w| w.split_once('(')).map_or("", |(n, _)| n);
        if !matches!(name, "N/A" | "UNKNOWN") {
            netkit::set_user(event, name);
        }
        event.set_text(Field::ObserverIngressInterfaceName, rest.get(at + 1).copied().unwrap_or_default());
    }
}

/// One end after translation.
fn nat<'a>(text: &'a str, ip: Field, port: Field, event: &mut Event<'a>) {
    let (address, number) = netkit::endpoint(text);
    netkit::set_ip(event, ip, address);
    if let Some(number) = number {
        event.set(port, number);
    }
}
