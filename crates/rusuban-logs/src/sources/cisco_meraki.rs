//! Cisco Meraki MX, MR, MS: `1673516966.834663913 NAME flows src=… dst=…`, after "Syslog Event Types and Log Samples".

use crate::event::{Event, Field, LogSource, Value};

use super::firewall::{self as fw, between, text};
use super::pairs::Pairs;
use super::{Context, Line, Refusal, Source, SourceMeta};

/// Meraki.
#[derive(Debug)]
pub struct CiscoMeraki;

static META: SourceMeta = SourceMeta { id: "cisco_meraki", product: "Meraki", vendor: "Cisco" };

impl Source for CiscoMeraki {
    fn meta(&self) -> &'static SourceMeta {
        &META
    }

    fn parse<'a>(
        &self,
        line: &Line<'a>,
        context: &Context<'a, '_>,
        event: &mut Event<'a>,
    ) -> Result<(), Refusal> {
        let head = head(line.text).ok_or(Refusal::NotMine)?;
        event.time = context.time.epoch_text(head.stamp);
        event.set_text(Field::HostHostname, head.device);
        event.set(Field::ObserverVendor, "Cisco");
        event.set(Field::ObserverType, "firewall");
        event.set_text(Field::ObserverName, head.device);
        event.set(Field::Message, head.text);
        event.unset(Field::LogSyslogAppname);
        event.native.push(("log_type", Value::Str(head.kind)));
        event.logsource = LogSource { category: "", product: "cisco", service: "meraki" };
        pairs(head.text, context, event);
        match head.kind {
            "events" => happening(head.text, event),
            "urls" => {
                event.category(fw::WEB);
                event.kind(fw::INFO);
                if let Some((_, request)) = head.text.split_once("request: ") {
                    let (method, url) = request.split_once(' ').unwrap_or(("", request));
                    if method != "UNKNOWN" {
                        event.set_text(Field::HttpRequestMethod, method);
                    }
                    fw::url(event, url.trim());
                }
            }
            "ids-alerts" | "security_event" => security(head.text, event),
            "airmarshal_events" => {
                event.category(fw::INTRUSION);
                event.kind(fw::INFO);
            }
            kind => flow(kind, head.text, event),
        }
        Ok(())
    }
}

struct Head<'a> {
    stamp: &'a str,
    device: &'a str,
    kind: &'a str,
    text: &'a str,
}

const KINDS: [&str; 14] = [
    "events",
    "urls",
    "flows",
    "firewall",
    "vpn_firewall",
    "cellular_firewall",
    "l7_firewall",
    "ip_flow_start",
    "ip_flow_end",
    "ids-alerts",
    "security_event",
    "airmarshal_events",
    "bridge_anyconnect_client_vpn_firewall",
    "anyconnect_client_vpn_firewall",
];

/// The time (seconds with a fraction), the device's name and the type, within the first words of a line.
fn head(line: &str) -> Option<Head<'_>> {
    let mut rest = line;
    for _ in 0..8 {
        let (word, after) = rest.split_once(' ')?;
        let stamp = word.rsplit('>').next().unwrap_or(word);
        let is_stamp = stamp.split_once('.').is_some_and(|(s, f)| {
            s.len() == 10
                && s.bytes().all(|b| b.is_ascii_digit())
                && !f.is_empty()
                && f.bytes().all(|b| b.is_ascii_digit())
        });
        if is_stamp {
            // A device's name may hold blanks.
            let mut kind_at = 0;
            for word in after.split(' ').take(6) {
                if kind_at > 0 && KINDS.contains(&word) {
                    let device = after.get(..kind_at - 1)?;
                    let text = after.get(kind_at + word.len()..)?.trim_start();
                    return Some(Head { stamp, device, kind: word, text });
                }
                kind_at += word.len() + 1;
            }
            return None;
        }
        rest = after;
    }
    None
}

/// The pairs, and who and where they name. Values stand bare or in single quotes.
fn pairs<'a>(body: &'a str, context: &Context<'a, '_>, event: &mut Event<'a>) {
    let body = body.split(" request: ").next().unwrap_or(body);
    if body.contains("='") || body.contains("= '") {
        let mut rest = body;
        while let Some((name, after)) = rest.split_once('=') {
            let name = name.rsplit([' ', '\'']).next().unwrap_or_default();
            let after = after.trim_start();
            let (value, next) = match after.strip_prefix('\'') {
                Some(inner) => inner.split_once('\'').unwrap_or((inner, "")),
                None => after.split_once(' ').unwrap_or((after, "")),
            };
            if !name.is_empty() {
                event.native.push((name, Value::Str(value.trim())));
            }
            rest = next;
        }
    } else {
        event.native.extend(Pairs::new(body).map(|(n, v)| (n, Value::Str(v))));
    }
    for (name, source) in
        [("src", true), ("dst", false), ("peer_contact", true), ("server", false), ("ip", true)]
    {
        let Some(value) = text(event, &[name]) else { continue };
        let (address, port) = fw::address_port(value);
        let field = if source { Field::SourceIp } else { Field::DestinationIp };
        if event.get(field).is_some() {
            continue;
        }
        if source {
            fw::source(event, address);
        } else {
            fw::destination(event, address);
        }
        if let Some(port) = port {
            event.set(if source { Field::SourcePort } else { Field::DestinationPort }, port);
        }
    }
    fw::copy_port(event, Field::SourcePort, &["sport"]);
    fw::copy_port(event, Field::DestinationPort, &["dport"]);
    fw::copy_ip(event, Field::SourceNatIp, &["translated_src_ip"]);
    fw::copy_ip(event, Field::DestinationNatIp, &["translated_dst_ip"]);
    fw::copy(event, Field::SourceMac, &["mac", "client_mac"]);
    fw::copy(event, Field::UserAgentOriginal, &["agent"]);
    fw::copy(event, Field::DestinationMac, &["dhost"]);
    if let Some(url) = text(event, &["url"]) {
        fw::url(event, url);
    }
    if let Some(protocol) = text(event, &["protocol"]) {
        fw::transport(event, protocol.split('/').next().unwrap_or_default(), context.arena);
    }
}

/// `flows allow src=…`, or at the end `pattern: allow all`, `pattern: 1 all` (0 lets through, 1 does not).
fn flow(kind: &str, body: &str, event: &mut Event<'_>) {
    let pattern = between(body, "pattern: ", "\n").unwrap_or_default();
    let verdict =
        match (body.split(' ').next().unwrap_or_default(), pattern.split(' ').next().unwrap_or_default()) {
            ("allow", _) | (_, "allow" | "0") => Some(true),
            ("deny" | "block", _) | (_, "deny" | "1") => Some(false),
            _ => None,
        };
    event.category(fw::NETWORK);
    match (verdict, kind) {
        (Some(true), _) => {
            event.set(Field::EventAction, "allow");
            event.kind(fw::CONNECTION_ALLOWED);
            event.outcome(true);
        }
        (Some(false), _) => {
            event.set(Field::EventAction, "deny");
            event.kind(fw::CONNECTION_DENIED);
            event.outcome(false);
        }
        (None, "ip_flow_start") => event.kind(fw::CONNECTION_ALLOWED_START),
        (None, "ip_flow_end") => event.kind(fw::CONNECTION_ALLOWED_END),
        (None, _) => event.kind(fw::CONNECTION_INFO),
    }
    event.logsource.category = "firewall";
    fw::say_blocked(event, verdict == Some(false));
}

/// Intrusion alerts and scanned files.
fn security<'a>(body: &'a str, event: &mut Event<'a>) {
    let file = body.contains("security_filtering") || text(event, &["sha256"]).is_some();
    event.category(if file { fw::MALWARE } else { fw::INTRUSION });
    let blocked = text(event, &["action", "decision"]).is_some_and(|a| a.starts_with("block"));
    event.kind(if blocked { fw::DENIED } else { fw::INFO });
    event.set(Field::EventKind, "alert");
    fw::copy(event, Field::EventAction, &["action", "decision"]);
    fw::copy(event, Field::RuleId, &["signature"]);
    fw::copy(event, Field::ThreatSoftwareName, &["name"]);
    fw::copy(event, Field::FileHashSha256, &["sha256"]);
    if let Some(words) = between(body, "message: ", "\n") {
        event.set_text(Field::RuleName, words.trim());
    }
}

/// What happened on the device: VPN clients, 802.1X, DHCP, filters.
fn happening<'a>(body: &'a str, event: &mut Event<'a>) {
    let name = text(event, &["type"]).or_else(|| body.split(' ').next()).unwrap_or_default();
    event.set_text(Field::EventAction, name);
    event.category(fw::NETWORK);
    event.kind(fw::INFO);
    let user = text(event, &["identity", "user"])
        .or_else(|| between(body, "user id '", "'"))
        .or_else(|| between(body, "User[", "]"))
        .or_else(|| between(body, "User=", ":"));
    if let Some(user) = user {
        fw::user(event, user.trim());
    }
    for (from, field) in
        [("Peer IP=", Field::SourceIp), ("connected from ", Field::SourceIp), ("of ip ", Field::SourceIp)]
    {
        if event.get(field).is_none()
            && let Some(word) = between(body, from, " ")
        {
            fw::source(event, word.trim_end_matches(['.', ',']));
        }
    }
    if let Some(port) = between(body, "Peer port=", " ") {
        fw::port(event, Field::SourcePort, port);
    }
    if let Some(server) = between(body, "Server IP=", " ") {
        fw::destination(event, server);
    }
    if let Some(port) = between(body, "Server port=", " ") {
        fw::port(event, Field::DestinationPort, port);
    }
    if let Some(inside) = between(body, "local ip ", " ") {
        fw::ip(event, Field::SourceNatIp, inside);
    }
    let vpn = name.contains("vpn");
    if name.ends_with("auth_success") || name.ends_with("eap_success") {
        event.category(if vpn { fw::VPN_LOGIN } else { fw::AUTHENTICATION });
        event.kind(fw::START);
        event.outcome(true);
    } else if name.ends_with("auth_failure") || name.ends_with("auth_fail") || name.ends_with("eap_failure") {
        event.category(if vpn { fw::VPN_LOGIN } else { fw::AUTHENTICATION });
        event.kind(fw::START);
        event.outcome(false);
    } else if vpn && name.ends_with("disconnect") {
        event.category(fw::VPN_SESSION);
        event.kind(fw::END);
    } else if vpn && name.ends_with("connect") {
        event.category(fw::VPN_SESSION);
        event.kind(fw::START);
        event.outcome(true);
    } else if name.ends_with("_block") {
        event.kind(fw::DENIED);
    } else if vpn {
        event.category(fw::VPN_SESSION);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::testing;
    use super::*;
    use crate::event::to_json;

    fn read(text: &str) -> serde_json::Value {
        testing::read(text, |event| to_json(event, "-")).expect("read")
    }

    #[test]
    fn flows_allowed_and_denied() {
        let v = read(
            "<134>1 1798391465.253011885 MX 01 flows src=192.0.2.7 dst=198.51.100.1 mac=00:11:22:33:44:55 protocol=tcp sport=51000 dport=443 pattern: 1 all",
        );
        assert_eq!(v["event"]["type"], serde_json::json!(["connection", "denied"]));
        assert_eq!((&v["source"]["port"], &v["host"]["hostname"]), (&51000.into(), &"MX 01".into()));
        assert_eq!(v["@timestamp"].as_str().unwrap().get(..19), Some("2026-12-27T17:11:05"));
        let v = read(
            "1798391465.2 MX flows allow src=192.0.2.7 dst=198.51.100.1 protocol=udp sport=5353 dport=53",
        );
        assert_eq!(v["event"]["action"], "allow");
    }

    #[test]
    fn a_vpn_client() {
        let v = read(
            "1798391465.4 MX events type=anyconnect_vpn_auth_failure msg= 'RADIUS[374] Server IP=192.0.2.5 Server port=1812 Peer IP=203.0.113.9 Peer port=56735 User=taro: Authentication request rejected. '",
        );
        assert_eq!((&v["user"]["name"], &v["source"]["ip"]), (&"taro".into(), &"203.0.113.9".into()));
        assert_eq!(v["event"]["outcome"], "failure");
        let v = read(
            "1798391465.4 MX events client_vpn_connect user id 'taro@example.jp' local ip 192.0.2.100 connected from 203.0.113.9",
        );
        assert_eq!((&v["user"]["name"], &v["source"]["ip"]), (&"taro".into(), &"203.0.113.9".into()));
        assert_eq!(v["event"]["type"], serde_json::json!(["start"]));
    }

    #[test]
    fn urls_and_alerts() {
        let v = read(
            "1798391465.4 MX urls src=192.0.2.7:51000 dst=198.51.100.1:80 mac=00:11:22:33:44:55 agent='Mozilla/5.0 (X)' request: GET http://a.example/b?c",
        );
        assert_eq!(
            (&v["url"]["domain"], &v["user_agent"]["original"]),
            (&"a.example".into(), &"Mozilla/5.0 (X)".into())
        );
        let v = read(
            "1798391465.4 MX security_event ids_alerted signature=1:28423:1 priority=1 timestamp=1798391465.3 dhost=00:11:22:33:44:55 direction=ingress protocol=tcp/ip src=198.51.100.1:80 dst=192.0.2.7:51000 message: EXPLOIT-KIT x",
        );
        assert_eq!((&v["rule"]["name"], &v["destination"]["port"]), (&"EXPLOIT-KIT x".into(), &51000.into()));
    }

    proptest! {
        #[test]
        fn never_panics(text in ".{0,120}", tail in "[a-zA-Z=:/,. |0-9()'\"*\\[\\]]{0,80}") {
            for kind in KINDS {
                let _ = testing::parse(&CiscoMeraki, &format!("1798391465.4 MX {kind} {tail} src={text} {tail}"), |_| ());
            }
            let _ = testing::parse(&CiscoMeraki, &text, |_| ());
        }
    }
}
