//! FTD's security events, 430001 to 430005: `Name: value, Name: value`.

use crate::event::{Event, Field, Value};
use crate::sources::Context;
use crate::sources::firewall::{self as fw, copy, copy_ip, copy_number, copy_port, text};

pub(super) fn fill<'a>(number: u32, message: &'a str, context: &Context<'a, '_>, event: &mut Event<'a>) {
    pairs(message, event);
    if event.time.is_none()
        && let Some(first) = text(event, &["FirstPacketSecond"])
    {
        event.time = context.time.iso(first);
    }
    if let Some(a) = text(event, &["SrcIP"]) {
        fw::source(event, a);
    }
    if let Some(a) = text(event, &["DstIP"]) {
        fw::destination(event, a);
    }
    copy_port(event, Field::SourcePort, &["SrcPort"]);
    copy_port(event, Field::DestinationPort, &["DstPort"]);
    copy_ip(event, Field::SourceNatIp, &["NAT_InitiatorIP"]);
    copy_ip(event, Field::DestinationNatIp, &["NAT_ResponderIP"]);
    copy_number(event, Field::SourceBytes, &["InitiatorBytes"]);
    copy_number(event, Field::DestinationBytes, &["ResponderBytes"]);
    copy_number(event, Field::SourcePackets, &["InitiatorPackets"]);
    copy_number(event, Field::DestinationPackets, &["ResponderPackets"]);
    copy(event, Field::ObserverIngressInterfaceName, &["IngressInterface"]);
    copy(event, Field::ObserverEgressInterfaceName, &["EgressInterface"]);
    copy(event, Field::ObserverIngressZone, &["IngressZone"]);
    copy(event, Field::ObserverEgressZone, &["EgressZone"]);
    copy(event, Field::RuleName, &["AccessControlRuleName", "Message"]);
    copy(event, Field::RuleRuleset, &["ACPolicy", "IntrusionPolicy"]);
    copy(event, Field::RuleId, &["SID"]);
    copy(event, Field::RuleCategory, &["Classification"]);
    copy(event, Field::NetworkApplication, &["WebApplication", "Client"]);
    copy(event, Field::NetworkProtocol, &["ApplicationProtocol"]);
    copy(event, Field::UserAgentOriginal, &["UserAgent"]);
    copy(event, Field::UrlDomain, &["ReferencedHost"]);
    copy(event, Field::DnsQuestionName, &["DNSQuery"]);
    copy(event, Field::FileName, &["FileName"]);
    copy_number(event, Field::FileSize, &["FileSize"]);
    copy(event, Field::FileHashSha256, &["FileSHA256"]);
    copy(event, Field::ThreatSoftwareName, &["ThreatName"]);
    copy(event, Field::EventReason, &["AccessControlRuleReason", "InlineResult"]);
    if let Some(url) = text(event, &["URL", "URI"]) {
        fw::url(event, url);
    }
    if let Some(seconds) = text(event, &["ConnectionDuration"]) {
        fw::duration(event, seconds);
    }
    if let Some(protocol) = text(event, &["Protocol"]) {
        fw::transport(event, protocol, context.arena);
    }
    // The device writes these words where it knows no user.
    if let Some(user) = text(event, &["User"])
        .filter(|u| !matches!(*u, "Not Found" | "Unknown" | "No Authentication Required"))
    {
        fw::user(event, user);
    }
    let verdict = text(event, &["AccessControlRuleAction", "FileAction", "InlineResult"]).unwrap_or_default();
    let denied = ["Block", "Drop", "Deny", "Reset"].iter().any(|w| verdict.contains(w));
    event.outcome(!denied);
    let (action, category, kind): (_, &'static [Value], &'static [Value]) = match number {
        430_001 => ("intrusion-detected", fw::INTRUSION, if denied { fw::DENIED } else { fw::INFO }),
        430_004 => ("file-detected", fw::NETWORK, if denied { fw::DENIED } else { fw::INFO }),
        430_005 => ("malware-detected", fw::MALWARE, if denied { fw::DENIED } else { fw::INFO }),
        _ => {
            event.logsource.category = "firewall";
            fw::say_blocked(event, denied);
            let action = if number == 430_002 { "connection-started" } else { "connection-finished" };
            let kind = match (number, denied) {
                (_, true) => fw::CONNECTION_DENIED,
                (430_002, _) => fw::CONNECTION_ALLOWED_START,
                _ => fw::CONNECTION_ALLOWED_END,
            };
            (action, fw::NETWORK, kind)
        }
    };
    event.set(Field::EventAction, action);
    event.category(category);
    event.kind(kind);
    if matches!(number, 430_001 | 430_005) {
        event.set(Field::EventKind, "alert");
    }
}

/// Reads the list. A value may hold commas: a new pair begins only at `, Name: ` with a name in FTD's manner.
fn pairs<'a>(message: &'a str, event: &mut Event<'a>) {
    let mut rest = message;
    while let Some((name, after)) = rest.split_once(": ").or_else(|| rest.split_once(':')) {
        let mut from = 0;
        let end = loop {
            let Some(at) = after.get(from..).and_then(|t| t.find(", ")).map(|i| from + i) else { break None };
            if starts_pair(after.get(at + 2..).unwrap_or_default()) {
                break Some(at);
            }
            from = at + 2;
        };
        let (value, next) = match end {
            Some(at) => (after.get(..at).unwrap_or_default(), after.get(at + 2..).unwrap_or_default()),
            None => (after, ""),
        };
        event.native.push((name.trim(), Value::Str(value.trim())));
        rest = next;
    }
}

/// True for `Name: …`, `NAT_InitiatorIP: …`, `Prefilter Policy: …`.
fn starts_pair(text: &str) -> bool {
    let Some(colon) = text.find(':') else { return false };
    let name = text.get(..colon).unwrap_or_default();
    (2..=40).contains(&name.len())
        && name.starts_with(|c: char| c.is_ascii_uppercase())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b' '))
        && text.as_bytes().get(colon + 1).is_none_or(|b| *b == b' ')
}
