//! Linux netfilter: lines that the kernel writes for `iptables … -j LOG`, `nftables … log`, UFW and firewalld, with any prefix;
//! also of Ubiquiti's routers, whose prefix ends in `-D]`, `-A]` or `-R]`.
//!
//! Built from the kernel's `nf_log_syslog`. A line that is cut off at its front is broken: its addresses are lost.

use crate::event::{Event, Field};

use super::netkit;
use super::{Context, Line, Refusal, Source, SourceMeta};

/// iptables.
#[derive(Debug)]
pub struct Iptables;

static META: SourceMeta = SourceMeta { id: "iptables", product: "netfilter", vendor: "Linux" };

impl Source for Iptables {
    fn meta(&self) -> &'static SourceMeta {
        &META
    }

    fn parse<'a>(
        &self,
        line: &Line<'a>,
        context: &Context<'a, '_>,
        event: &mut Event<'a>,
    ) -> Result<(), Refusal> {
        let text = line.message.trim();
        let Some(proto) = memchr::memmem::find(text.as_bytes(), b"PROTO=") else {
            return Err(Refusal::NotMine);
        };
        let Some(start) = text.get(..proto).and_then(|head| {
            let at = head
                .find("IN=")
                .filter(|at| *at == 0 || !head.as_bytes().get(at - 1).is_some_and(u8::is_ascii_alphanumeric));
            at.or_else(|| head.find("SRC="))
        }) else {
            let kernel = line.envelope.app == "kernel" || text.contains("kernel:") || text.contains("TTL=");
            return Err(if kernel {
                Refusal::Broken("the front of the line is cut off")
            } else {
                Refusal::NotMine
            });
        };
        let (prefix, body) = text.split_at_checked(start).unwrap_or(("", text));
        if !body.contains("SRC=") || !body.contains("DST=") {
            return Err(Refusal::Broken("the line names no addresses"));
        }
        event.logsource.category = "firewall";
        event.logsource.product = "linux";
        event.category(netkit::NETWORK);
        event.kind(netkit::CONNECTION);
        verdict(prefix, event);
        fields(body, context, event);
        Ok(())
    }
}

/// What the prefix says was done. The prefix is free text of the rule's author.
fn verdict<'a>(prefix: &'a str, event: &mut Event<'a>) {
    let mut prefix = prefix.trim();
    if let Some((_, rest)) = prefix.split_once("kernel: ") {
        prefix = rest;
    }
    // The kernel's clock: `[12345.678901] `.
    if let Some((clock, rest)) = prefix.strip_prefix('[').and_then(|p| p.split_once(']'))
        && clock.trim().bytes().all(|b| b.is_ascii_digit() || b == b'.')
    {
        prefix = rest.trim_start();
    }
    let name = prefix.trim_end_matches([':', ' ']);
    event.set_text(Field::RuleName, name.trim_matches(['[', ']']));
    let denied = ["drop", "block", "deny", "denied", "reject", "refuse", "limit"];
    let allowed = ["accept", "allow", "pass", "permit", "audit", "forwarded", "established"];
    let code = name.strip_suffix(']').and_then(|n| n.rsplit_once('-')).map_or("", |(_, c)| c);
    let (action, passed) = match code {
        "A" => ("accept", Some(true)),
        "D" => ("drop", Some(false)),
        "R" => ("reject", Some(false)),
        _ => {
            let words = || name.split(|c: char| !c.is_ascii_alphanumeric()).rev();
            let find = |list: [&'static str; 7]| {
                words().find_map(|w| {
                    list.iter().copied().find(|l| {
                        w.len() >= l.len()
                            && w.as_bytes().iter().zip(l.bytes()).all(|(a, b)| a.eq_ignore_ascii_case(&b))
                    })
                })
            };
            match (find(denied), find(allowed)) {
                (Some(word), _) => (word, Some(false)),
                (None, Some(word)) => (word, Some(true)),
                (None, None) => ("", None),
            }
        }
    };
    event.set_text(Field::EventAction, action);
    if let Some(passed) = passed {
        event.kind(if passed { netkit::CONNECTION_ALLOWED } else { netkit::CONNECTION_DENIED });
        // The firewall did what it was told, whichever it was.
        event.outcome(true);
    }
}

/// `NAME=value` words; the first of a name counts (ICMP errors quote the packet they are about in brackets).
fn fields<'a>(body: &'a str, context: &Context<'a, '_>, event: &mut Event<'a>) {
    let body = body.split_once(" [").map_or(body, |(outer, _)| outer);
    for part in body.split_ascii_whitespace() {
        let Some((name, value)) = part.split_once('=') else { continue };
        if value.is_empty() || event.native(name).is_some() {
            continue;
        }
        event.native.push((name, value.into()));
        match name {
            "IN" => event.set_text(Field::ObserverIngressInterfaceName, value),
            "OUT" => event.set_text(Field::ObserverEgressInterfaceName, value),
            "MAC" => {
                // Destination, source, EtherType; tunnels have less.
                if let Some((to, rest)) = value.split_at_checked(17)
                    && let Some(from) = rest.get(1..18)
                {
                    event.set(Field::DestinationMac, to);
                    event.set(Field::SourceMac, from);
                }
            }
            "SRC" | "IPSRC" => event.source_address(netkit::short_ip(value, context.arena)),
            "DST" | "IPDST" => event.destination_address(netkit::short_ip(value, context.arena)),
            "LEN" => {
                netkit::set_number(event, Field::NetworkBytes, value);
            }
            "PROTO" => {
                let lower = match value {
                    "TCP" => "tcp",
                    "UDP" => "udp",
                    "ICMP" => "icmp",
                    "ICMPv6" => "ipv6-icmp",
                    "ESP" => "esp",
                    "AH" => "ah",
                    "GRE" | "47" => "gre",
                    "2" => "igmp",
                    other => other,
                };
                event.set_text(Field::NetworkTransport, lower);
            }
            "SPT" => netkit::set_number(event, Field::SourcePort, value),
            "DPT" => netkit::set_number(event, Field::DestinationPort, value),
            _ => {}
        }
    }
    match (event.get(Field::ObserverIngressInterfaceName), event.get(Field::ObserverEgressInterfaceName)) {
        (Some(_), None) => event.set(Field::NetworkDirection, "inbound"),
        (None, Some(_)) => event.set(Field::NetworkDirection, "outbound"),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::super::netkit::tests::{check, never_panics, try_read};
    use super::*;

    #[test]
    fn ufw() {
        check(
            "Dec 26 03:04:05 srv kernel: [12345.678] [UFW BLOCK] IN=eth0 OUT= MAC=00:a0:de:00:00:01:00:a0:de:00:00:02:08:00 SRC=203.0.113.9 DST=192.0.2.1 LEN=40 TOS=0x00 PREC=0x00 TTL=243 ID=1 PROTO=TCP SPT=50000 DPT=23 WINDOW=1024 RES=0x00 SYN URGP=0",
            &[
                ("event.module", "iptables"),
                ("event.action", "block"),
                ("source.ip", "203.0.113.9"),
                ("source.port", "50000"),
                ("destination.port", "23"),
                ("source.mac", "00:a0:de:00:00:02"),
                ("network.direction", "inbound"),
                ("rule.name", "UFW BLOCK"),
            ],
        );
    }

    #[test]
    fn prefixes() {
        let body = "IN=eth0 OUT=eth1 SRC=203.0.113.9 DST=192.0.2.1 LEN=40 PROTO=UDP SPT=1 DPT=2 LEN=20";
        check(&format!("Dec 26 03:04:05 gw kernel: [WAN_IN-default-D]{body}"), &[("event.action", "drop")]);
        check(&format!("Dec 26 03:04:05 gw kernel: [WAN_IN-10-A]{body}"), &[("event.action", "accept")]);
        check(&format!("FINAL_REJECT: {body}"), &[("event.action", "reject"), ("network.bytes", "40")]);
        check(&format!("my rule {body}"), &[("event.action", "null"), ("event.outcome", "null")]);
    }

    #[test]
    fn cut_lines_are_broken() {
        assert!(matches!(
            try_read(
                "Dec 26 03:04:05 gw user.info kernel: TTL=126 ID=1 DF PROTO=TCP SPT=1 DPT=443 WINDOW=8212",
                None
            ),
            Err(Refusal::Broken(_))
        ));
    }

    #[test]
    fn survives_anything() {
        never_panics(
            &Iptables,
            &[
                "Dec 26 03:04:05 s kernel: [1.6] [UFW BLOCK] IN=eth0 OUT= MAC=00:a0:de:00:00:01:00:a0:de:00:00:02:08:00 SRC=203.0.113.9 DST=192.0.2.1 LEN=40 PROTO=TCP SPT=50000 DPT=23 [SRC=1.1.1.1",
            ],
        );
    }
}
