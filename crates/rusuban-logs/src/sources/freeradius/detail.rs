//! The `detail` files of FreeRADIUS (rlm_detail(5)): a time as ctime(3) writes it, and below it one attribute a line (RFC 2865,
//! 2866, 2869), indented. Requests, answers, and the accounting of sessions.

use bumpalo::Bump;

use crate::event::{Event, Field, Value};
use crate::sources::unix::{
    AUTHENTICATION, DENIED, END, INFO, LOGIN, SESSION, START, is_ip, mark, number, port, unquote,
};
use crate::sources::{Context, Refusal, syslog};

pub(super) fn read<'a>(
    text: &'a str,
    context: &Context<'a, '_>,
    event: &mut Event<'a>,
) -> Result<(), Refusal> {
    let Some((head, rest)) = text.split_once('\n') else { return Err(Refusal::NotMine) };
    if !rest.starts_with('\t') || head.bytes().filter(|b| *b == b':').count() != 2 {
        return Err(Refusal::NotMine);
    }
    // What looked like an envelope is the record itself.
    for field in [Field::HostHostname, Field::LogSyslogAppname, Field::ProcessPid, Field::Message] {
        event.unset(field);
    }
    event.time = syslog::envelope(head.trim_end(), context.time).0.time;
    event.original = without_passwords(text, context.arena);
    let (mut packet, mut status) = ("", "");
    for line in rest.lines() {
        let Some((name, value)) = line.trim().split_once(" = ") else {
            if line.trim().is_empty() {
                continue;
            }
            return Err(Refusal::Broken("a line of the record is no attribute"));
        };
        let value = unquote(value);
        if is_secret(name) {
            continue;
        }
        event.native.push((name, Value::Str(value)));
        match name {
            "Packet-Type" => packet = value,
            "Acct-Status-Type" => status = value,
            "User-Name" => super::name(value, event),
            "Calling-Station-Id" => super::station(value, context, event),
            "NAS-IP-Address" | "NAS-IPv6-Address" if is_ip(value) => event.set(Field::ObserverIp, value),
            "NAS-Identifier" => event.set_text(Field::ObserverName, value),
            "NAS-Port" => port(event, Field::SourcePort, value),
            // By the name of the client: what it sends is the input.
            "Acct-Input-Octets" => number(event, Field::SourceBytes, value),
            "Acct-Output-Octets" => number(event, Field::DestinationBytes, value),
            "Acct-Terminate-Cause" | "Reply-Message" => event.set_text(Field::EventReason, value),
            "Timestamp" | "Event-Timestamp" if event.time.is_none() => {
                event.time = context.time.epoch_text(value);
            }
            _ => {}
        }
    }
    match (packet, status) {
        (_, "Start") => {
            mark(event, LOGIN, START, "Start");
            event.outcome(true);
        }
        (_, "Stop") => mark(event, SESSION, END, "Stop"),
        ("Access-Accept", _) => {
            mark(event, AUTHENTICATION, START, "Access-Accept");
            event.outcome(true);
        }
        ("Access-Reject", _) => {
            mark(event, AUTHENTICATION, DENIED, "Access-Reject");
            event.outcome(false);
        }
        ("", "") => mark(event, AUTHENTICATION, INFO, "message"),
        ("", other) | (other, _) => mark(event, AUTHENTICATION, INFO, other),
    }
    event.logsource.product = "linux";
    event.logsource.service = "freeradius";
    event.set(Field::ProcessName, "radiusd");
    Ok(())
}

fn is_secret(name: &str) -> bool {
    name.contains("Password") || matches!(name, "CHAP-Challenge" | "MS-CHAP-Challenge" | "EAP-Message")
}

/// The record without what opens doors: passwords stand in it in clear text.
fn without_passwords<'a>(text: &'a str, arena: &'a Bump) -> &'a str {
    if !text.contains("Password") {
        return text;
    }
    let mut out = bumpalo::collections::String::with_capacity_in(text.len(), arena);
    for line in text.split_inclusive('\n') {
        match line.split_once(" = ") {
            Some((name, _)) if is_secret(name.trim()) => {
                out.push_str(name);
                out.push_str(" = ***\n");
            }
            _ => out.push_str(line),
        }
    }
    out.into_bump_str()
}

#[cfg(test)]
mod tests {
    use crate::event::to_json;
    use crate::sources::{Refusal, testing};

    fn read(text: &str) -> Result<serde_json::Value, Refusal> {
        testing::read(text, |event| to_json(event, "-"))
    }

    #[test]
    fn a_session_starts_and_ends() {
        let text = "Sat Dec 26 03:04:05 2026\n\tUser-Name = \"EXAMPLE\\\\taro\"\n\tAcct-Status-Type = Start\n\tNAS-IP-Address = 192.0.2.1\n\tCalling-Station-Id = \"203.0.113.9\"\n\tFramed-IP-Address = 10.0.0.5\n\tAcct-Session-Id = \"8F\"\n\tTimestamp = 1798221845\n";
        let event = read(text).unwrap();
        assert_eq!((&event["user"]["name"], &event["source"]["ip"]), (&"taro".into(), &"203.0.113.9".into()));
        assert_eq!(
            (&event["event"]["outcome"], &event["event"]["module"]),
            (&"success".into(), &"freeradius".into())
        );
        assert_eq!(event["@timestamp"], "2026-12-25T18:04:05.000000Z");
        let stop = read(&text.replace("= Start", "= Stop\n\tAcct-Terminate-Cause = User-Request")).unwrap();
        assert_eq!(
            (&stop["event"]["type"][0], &stop["event"]["reason"]),
            (&"end".into(), &"User-Request".into())
        );
    }

    #[test]
    fn a_password_is_not_kept() {
        let text = "Sat Dec 26 03:04:05 2026\n\tPacket-Type = Access-Reject\n\tUser-Name = \"taro\"\n\tUser-Password = \"hunter2\"\n\tNAS-Identifier = \"ap1\"\n";
        let event = read(text).unwrap();
        assert_eq!(event["event"]["outcome"], "failure");
        assert!(!event.to_string().contains("hunter2"), "{event}");
        assert!(
            event["event"]["original"].as_str().unwrap().ends_with("= ***\n\tNAS-Identifier = \"ap1\"\n")
        );
    }

    #[test]
    fn what_is_no_attribute_is_named() {
        let broken = read("Sat Dec 26 03:04:05 2026\n\tUser-Name = \"taro\"\n\tUser-Na");
        assert!(matches!(broken, Err(Refusal::Broken(_))));
    }
}
