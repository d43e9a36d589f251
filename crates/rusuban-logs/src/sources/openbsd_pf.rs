//! The packet filter of BSD (pf) in the CSV form of `filterlog`, given bare; [`super::pfsense`] reads the same behind its
//! syslog header.
//!
//! Built from Netgate's "Raw Filter Log Format" and OPNsense's `filterlog`: rule, sub-rule, anchor, tracker, interface, reason,
//! action, direction, IP version, then the version's own columns, length, addresses, and the protocol's own columns.

use bumpalo::Bump;

use crate::event::{Event, Field};

use super::netkit::{self, short_ip};
use super::{Context, Line, Refusal, Source, SourceMeta};

/// pf as CSV.
#[derive(Debug)]
pub struct OpenbsdPf;

static META: SourceMeta = SourceMeta { id: "openbsd_pf", product: "pf", vendor: "OpenBSD" };

impl Source for OpenbsdPf {
    fn meta(&self) -> &'static SourceMeta {
        &META
    }

    fn parse<'a>(
        &self,
        line: &Line<'a>,
        context: &Context<'a, '_>,
        event: &mut Event<'a>,
    ) -> Result<(), Refusal> {
        filterlog(line.message, context.arena, event)
    }
}

/// Reads the CSV of `filterlog`.
pub(super) fn filterlog<'a>(text: &'a str, arena: &'a Bump, event: &mut Event<'a>) -> Result<(), Refusal> {
    let mut cells = text.trim_end().split(',');
    let mut next = || cells.next();
    let head = (|| Some([next()?, next()?, next()?, next()?, next()?, next()?, next()?, next()?, next()?]))();
    let Some([rule, sub_rule, anchor, tracker, interface, reason, action, direction, version]) = head else {
        return Err(Refusal::NotMine);
    };
    let known = matches!(
        action,
        "pass" | "block" | "reject" | "match" | "nat" | "rdr" | "binat" | "unkn(11)" | "synproxy drop"
    ) && matches!(direction, "in" | "out" | "in/out")
        && matches!(version, "4" | "6");
    if !known {
        return Err(Refusal::NotMine);
    }
    // The addresses are the first two neighbours that are addresses: the columns before them differ between versions.
    let mut room = [""; 32];
    let mut count = 0;
    for (slot, cell) in room.iter_mut().zip(cells) {
        *slot = cell;
        count += 1;
    }
    let rest = room.get(..count).unwrap_or_default();
    let at = rest.windows(2).position(|w| w.iter().all(|c| netkit::is_ip(c)));
    let Some((before, from, to, after)) = at.and_then(|at| {
        let (before, tail) = rest.split_at_checked(at)?;
        let [from, to, after @ ..] = tail else { return None };
        Some((before, *from, *to, after))
    }) else {
        return Err(Refusal::Broken("the line is cut off before the addresses"));
    };
    let passed = matches!(action, "pass" | "match" | "nat" | "rdr" | "binat");
    event.logsource.category = "firewall";
    event.category(netkit::NETWORK);
    event.kind(if passed { netkit::ALLOWED } else { netkit::DENIED });
    event.set(Field::EventAction, action);
    event.set_text(Field::EventReason, reason);
    event.set_text(Field::RuleId, rule);
    event.set_text(Field::RuleRuleset, anchor);
    let inbound = direction != "out";
    event.set(Field::NetworkDirection, if inbound { "inbound" } else { "outbound" });
    event.set_text(
        if inbound { Field::ObserverIngressInterfaceName } else { Field::ObserverEgressInterfaceName },
        interface,
    );
    event.set(Field::NetworkType, if version == "4" { "ipv4" } else { "ipv6" });
    event.native.push(("sub_rule", sub_rule.into()));
    event.native.push(("tracker", tracker.into()));
    event.source_address(short_ip(from, arena));
    event.destination_address(short_ip(to, arena));
    // `…,protocol number,protocol,length` or, in version 6, `…,protocol,protocol number,length`.
    let [.., a, b, length] = before else { return Err(Refusal::Broken("the line has too few columns")) };
    let (number, name) = if a.bytes().all(|b| b.is_ascii_digit()) { (*a, *b) } else { (*b, *a) };
    event.set_text(Field::NetworkIanaNumber, number);
    let protocol: &'a str = if name.bytes().any(|b| b.is_ascii_uppercase()) {
        arena.alloc_str(&name.to_ascii_lowercase())
    } else {
        name
    };
    event.set_text(Field::NetworkTransport, protocol);
    netkit::set_number(event, Field::NetworkBytes, length);
    match (protocol, after) {
        ("tcp" | "udp" | "sctp", [source, destination, ..]) => {
            netkit::set_number(event, Field::SourcePort, source);
            netkit::set_number(event, Field::DestinationPort, destination);
        }
        ("icmp" | "icmpv6" | "ipv6-icmp", [kind, rest @ ..]) => {
            event.native.push(("icmp_type", (*kind).into()));
            if kind.starts_with("unreach") {
                event.set_text(Field::ErrorType, kind);
                event.set_text(Field::ErrorMessage, rest.last().copied().unwrap_or_default());
            }
        }
        _ => {}
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::netkit::tests::{check, never_panics, try_read};
    use super::*;

    #[test]
    fn tcp_and_udp() {
        check(
            "5,,,1000000103,em0,match,block,in,4,0x0,,243,54321,0,none,6,tcp,44,203.0.113.9,192.0.2.1,50000,23,0,S,1,,1024,,mss",
            &[
                ("event.action", "block"),
                ("source.ip", "203.0.113.9"),
                ("source.port", "50000"),
                ("destination.port", "23"),
                ("network.bytes", "44"),
                ("network.direction", "inbound"),
                ("rule.id", "5"),
                ("network.iana_number", "6"),
            ],
        );
        check(
            "5,,,1,em0,match,pass,out,6,0x00,0x0,64,UDP,17,32,2001:0db8:0:0:0:0:0:1,2001:db8::2,546,547,32",
            &[("source.ip", "2001:db8::1"), ("network.transport", "udp"), ("destination.port", "547")],
        );
    }

    #[test]
    fn cut_lines_are_broken() {
        assert!(matches!(
            try_read("5,,,1000000103,em0,match,block,in,4,0x0,,243,54321,0", None),
            Err(Refusal::Broken(_))
        ));
    }

    #[test]
    fn survives_anything() {
        never_panics(
            &OpenbsdPf,
            &[
                "5,,,1000000103,em0,match,block,in,4,0x0,,243,54321,0,none,6,tcp,44,203.0.113.9,192.0.2.1,50000,23,0,S,1,,1024,,mss",
                "5,,,1,em0,match,pass,in,4,0x0,,64,1,0,none,1,icmp,56,203.0.113.9,192.0.2.1,unreach,host down",
            ],
        );
    }
}
