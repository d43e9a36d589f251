//! WatchGuard Firebox: syslog in LEEF (for IBM QRadar) and in WatchGuard's own form.
//!
//! Built from WatchGuard's "Log Catalog" of Fireware.
//! - `LEEF:1.0|WatchGuard|XTM|12.8|30000148|policy=…<tab>disp=Deny<tab>src=…` (a collector may have cut `LEEF:` off, or written the
//!   tab as `#011`)
//! - `firewall: msg_id="3000-0148" Deny 0-External 1-Trusted 52 tcp 20 63 203.0.113.9 192.0.2.1 50000 443 … (policy)`
//! - `http-proxy[12]: msg_id="1AFF-0024" Allow 1-Trusted 0-External tcp 192.0.2.1 203.0.113.9 50000 80 msg="…" name="value"…`
//! - `sessiond: msg_id="3E00-0002" SSL VPN user taro@Firebox-DB from 203.0.113.9 logged in assigned virtual IP is 192.0.2.5`

use crate::event::{Event, Field};

use super::netkit::{self, after, between, has, word};
use super::pairs::Pairs;
use super::{Context, Line, Refusal, Source, SourceMeta};

/// WatchGuard Firebox.
#[derive(Debug)]
pub struct Watchguard;

static META: SourceMeta = SourceMeta { id: "watchguard", product: "Firebox", vendor: "WatchGuard" };

impl Source for Watchguard {
    fn meta(&self) -> &'static SourceMeta {
        &META
    }

    fn parse<'a>(
        &self,
        line: &Line<'a>,
        context: &Context<'a, '_>,
        event: &mut Event<'a>,
    ) -> Result<(), Refusal> {
        let message = line.message.trim();
        if memchr::memmem::find(message.as_bytes(), b"|WatchGuard|").is_some() {
            leef(message, context, event)?;
        } else if memchr::memmem::find(line.text.as_bytes(), b"msg_id=\"").is_some() {
            native(netkit::untagged(line), event)?;
        } else {
            return Err(Refusal::NotMine);
        }
        event.logsource.product = "watchguard";
        event.set(Field::ObserverType, "firewall");
        Ok(())
    }
}

/// LEEF.
fn leef<'a>(text: &'a str, context: &Context<'a, '_>, event: &mut Event<'a>) -> Result<(), Refusal> {
    let body = match text.split_once("LEEF:") {
        Some((_, body)) => body,
        None => text,
    };
    let mut parts = body.splitn(6, '|');
    let (Some(_), Some("WatchGuard"), Some(_)) = (parts.next(), parts.next(), parts.next()) else {
        return Err(Refusal::NotMine);
    };
    let (Some(version), Some(code), Some(attributes)) = (parts.next(), parts.next(), parts.next()) else {
        return Err(Refusal::Broken("the LEEF header is cut off"));
    };
    event.set_text(Field::ObserverVersion, version);
    event.set_text(Field::EventCode, code);
    let separator = if attributes.contains('\t') { "\t" } else { "#011" };
    for (name, value) in attributes.split(separator).filter_map(|p| p.split_once('=')) {
        let (name, value) = (name.trim(), value.trim());
        event.native.push((name, value.into()));
        attribute(name, value, event);
    }
    if let Some(stamp) = event.native_text("devTime")
        && let Some(time) = device_time(stamp, context)
    {
        event.time = Some(time);
    }
    meaning(code, event.native_text("disp").unwrap_or_default(), event);
    Ok(())
}

/// `Sep 23 2022 09:51:24 +0200`.
fn device_time(text: &str, context: &Context<'_, '_>) -> Option<crate::event::EventTime> {
    let mut words = text.split_ascii_whitespace();
    let (month, day, year, clock) = (words.next()?, words.next()?, words.next()?, words.next()?);
    let (seconds, fraction) = netkit::seconds(year, netkit::month(month)?, day, clock)?;
    context.time.local(seconds, netkit::nanos(fraction), words.next().and_then(offset))
}

/// `+0900`, as seconds east of UTC.
fn offset(text: &str) -> Option<i32> {
    let (sign, number) = text.split_at_checked(1)?;
    let number = netkit::digits(number).filter(|_| number.len() == 4)?;
    let seconds = i32::try_from((number / 100) * 3600 + (number % 100) * 60).ok()?;
    match sign {
        "+" => Some(seconds),
        "-" => Some(-seconds),
        _ => None,
    }
}

/// One attribute, of LEEF or of a proxy's message.
fn attribute<'a>(name: &str, value: &'a str, event: &mut Event<'a>) {
    if value.is_empty() {
        return;
    }
    match name {
        "sys_name" | "host_name" => event.set_text(Field::ObserverName, value),
        "serial" => event.set_text(Field::ObserverSerialNumber, value),
        "policy" => event.set_text(Field::RuleRuleset, value),
        "disp" => event.set_text(Field::EventAction, value),
        "in_if" => event.set_text(Field::ObserverIngressInterfaceName, value),
        "out_if" => event.set_text(Field::ObserverEgressInterfaceName, value),
        "src" | "src_ip" => netkit::set_source(event, value),
        "srcPort" | "src_port" => netkit::set_number(event, Field::SourcePort, value),
        "dst" | "dst_ip" => netkit::set_destination(event, value),
        "dstPort" | "dst_port" => netkit::set_number(event, Field::DestinationPort, value),
        "srcPostNAT" | "src_ip_nat" => netkit::set_ip(event, Field::SourceNatIp, value),
        "srcPortPostNAT" | "src_port_nat" => netkit::set_number(event, Field::SourceNatPort, value),
        "dstPostNAT" | "dst_ip_nat" => netkit::set_ip(event, Field::DestinationNatIp, value),
        "dstPortPostNAT" | "dst_port_nat" => netkit::set_number(event, Field::DestinationNatPort, value),
        "proto" | "protocol" => event.set_text(Field::NetworkTransport, value),
        "sent_bytes" => netkit::set_number(event, Field::SourceBytes, value),
        "rcvd_bytes" => netkit::set_number(event, Field::DestinationBytes, value),
        "duration" => {
            if let Ok(seconds) = value.parse::<u64>() {
                event.set(Field::EventDuration, seconds.saturating_mul(1_000_000_000));
            }
        }
        "geo_src" => event.set_text(Field::SourceGeoCountryName, value),
        "geo_dst" => event.set_text(Field::DestinationGeoCountryName, value),
        "src_user" | "srcUser" | "usrName" | "user" => set_account(value, event),
        "app" | "app_name" => event.set_text(Field::NetworkApplication, value),
        "proxy_act" => event.set_text(Field::RuleCategory, value),
        "rule_name" | "signature_name" => event.set_text(Field::RuleName, value),
        "content_type" => event.set_text(Field::HttpResponseMimeType, value),
        "op" => event.set_text(Field::HttpRequestMethod, value),
        "dstname" => {
            event.set_text(Field::DestinationDomain, value);
            event.set_text(Field::DestinationAddress, value);
            event.set_text(Field::UrlDomain, value);
        }
        "arg" | "path" => super::weblog::set_url(value, event),
        "virus" | "malware" => event.set_text(Field::ThreatSoftwareName, value),
        "signature_id" => event.set_text(Field::RuleId, value),
        "tls_version" => event.set_text(Field::TlsVersion, value),
        "server_ssl" | "client_ssl" => event.set_text(Field::TlsCipher, value),
        "sni" => event.set_text(Field::TlsClientServerName, value),
        "msg" => text(value, event),
        _ => {}
    }
}

/// `taro@example.jp@radius`: the name, and the rest as the domain.
fn set_account<'a>(value: &'a str, event: &mut Event<'a>) {
    netkit::set_user(event, value.trim_matches(['[', ']']));
}

/// WatchGuard's own form.
fn native<'a>(message: &'a str, event: &mut Event<'a>) -> Result<(), Refusal> {
    let Some((head, rest)) = message.split_once("msg_id=\"") else { return Err(Refusal::NotMine) };
    let Some((code, body)) = rest.split_once("\" ") else {
        return Err(Refusal::Broken("the message id is cut off"));
    };
    // `80BE0D00 (2026-12-26T03:04:05) firewall: `: serial number, the device's time, the program.
    let program = head.trim().trim_end_matches(':').rsplit(' ').next().unwrap_or_default();
    let (program, pid) = program.split_once('[').unwrap_or((program, ""));
    event.set_text(Field::ProcessName, program);
    netkit::set_number(event, Field::ProcessPid, pid.trim_end_matches(']'));
    if let Some((serial, _)) = head.split_once(" (")
        && let Some(serial) = serial.rsplit(' ').next()
        && serial.len() > 8
    {
        event.set_text(Field::ObserverSerialNumber, serial);
    }
    event.unset(Field::LogSyslogAppname);
    event.set_text(Field::EventCode, code);
    let (first, flow) = body.split_once(' ').unwrap_or((body, ""));
    if !matches!(
        first,
        "Allow"
            | "Deny"
            | "Block"
            | "Drop"
            | "Strip"
            | "ProxyAllow"
            | "ProxyDeny"
            | "ProxyDrop"
            | "ProxyBlock"
            | "Blocked"
    ) {
        text(body, event);
        meaning(code, "", event);
        return Ok(());
    }
    event.set(Field::EventAction, first);
    addresses(flow, event);
    if let Some((_, policy)) = flow.trim_end().strip_suffix(')').and_then(|f| f.rsplit_once('(')) {
        event.set_text(Field::RuleRuleset, policy);
    }
    if let Some(at) = flow.find("=\"") {
        let start = flow.get(..at).and_then(|h| h.rfind(' ')).map_or(0, |i| i + 1);
        for (name, value) in Pairs::new(flow.get(start..).unwrap_or_default()) {
            event.native.push((name, value.into()));
            attribute(name, value, event);
        }
    }
    meaning(code, first, event);
    Ok(())
}

/// `0-External 1-Trusted 52 tcp 20 63 203.0.113.9 192.0.2.1 50000 443 …`: interfaces may hold blanks, so the addresses are
/// the first two neighbours that are addresses.
fn addresses<'a>(flow: &'a str, event: &mut Event<'a>) {
    let words: Vec<&'a str> = flow.split_ascii_whitespace().take(24).collect();
    let Some(at) = words.windows(2).position(|w| w.iter().all(|a| netkit::is_ip(a))) else { return };
    let get = |i: usize| words.get(i).copied().unwrap_or_default();
    netkit::set_source(event, get(at));
    netkit::set_destination(event, get(at + 1));
    netkit::set_number(event, Field::SourcePort, get(at + 2));
    netkit::set_number(event, Field::DestinationPort, get(at + 3));
    let protocol = words.iter().take(at).rev().find_map(|w| {
        ["tcp", "udp", "icmp", "igmp", "esp", "gre", "ospf", "http", "https", "dns", "smtp", "ftp"]
            .into_iter()
            .find(|p| w.split('/').next().is_some_and(|x| x.eq_ignore_ascii_case(p)))
    });
    event.set_text(Field::NetworkTransport, protocol.unwrap_or_default());
    event.set_text(Field::ObserverIngressInterfaceName, get(0));
    event.set_text(Field::ObserverEgressInterfaceName, get(1));
}

/// A message's text: who did what, from where.
fn text<'a>(value: &'a str, event: &mut Event<'a>) {
    event.set_text(Field::EventReason, value);
    if value.starts_with("WebUI ") {
        event.set(Field::NetworkProtocol, "http");
    }
    // `User` or `user`, with or without brackets: the first counts.
    let user =
        after(value, "ser ").map(|rest| match rest.strip_prefix('[').and_then(|r| r.split_once(']')) {
            Some((user, _)) => user,
            None => word(rest),
        });
    if let Some(user) = user
        && has(value, " from ")
    {
        set_account(user, event);
    }
    if let Some(name) = after(value, "Administrator ").map(word)
        && has(value, " from ")
    {
        set_account(name, event);
    }
    // `(local<->peer)`
    if let Some((local, peer)) = between(value, "(", ")").and_then(|t| t.split_once("<->")) {
        netkit::set_destination(event, local);
        netkit::set_source(event, peer);
    }
    if let Some(from) = after(value, " from ") {
        let from = word(from);
        if netkit::is_ip(from) {
            netkit::set_source(event, from);
        }
    }
    if let Some(address) = after(value, "virtual IP is ").or_else(|| after(value, "virtual IP address is ")) {
        netkit::set_ip(event, Field::SourceNatIp, word(address));
    }
    if value.starts_with("DHCP")
        && let Some(rest) = after(value, " on ").or_else(|| after(value, " for "))
    {
        netkit::set_ip(event, Field::SourceIp, word(rest));
        let mac = after(rest, " to ").or_else(|| after(rest, " from ")).map_or("", word);
        event.set_text(Field::SourceMac, mac);
        if let Some(name) = between(rest, "(", ")") {
            event.set_text(Field::SourceDomain, name);
            event.set_text(Field::SourceAddress, name);
        }
    }
}

/// Category, type and outcome.
fn meaning(code: &str, verdict: &str, event: &mut Event<'_>) {
    let reason = event.text(Field::EventReason).unwrap_or_default();
    let vpn = has(reason, "vpn") || has(reason, "IKEv2") || has(reason, "L2TP");
    if has(reason, "was accepted")
        || has(reason, "was rejected")
        || has(reason, "log in attempt")
        || has(reason, "authentication failed")
        || has(reason, "login failed")
    {
        let success = has(reason, "was accepted");
        event.category(if vpn { netkit::VPN } else { netkit::AUTHENTICATION });
        event.kind(netkit::START);
        event.set(Field::EventAction, if success { "login-accepted" } else { "login-rejected" });
        event.outcome(success);
    } else if has(reason, "logged in") {
        event.category(if vpn { netkit::VPN } else { netkit::LOGIN });
        event.kind(netkit::START);
        event.set(Field::EventAction, "logged-in");
        event.outcome(true);
    } else if has(reason, "logged out")
        || has(reason, "has been disconnected")
        || has(reason, "session timed out")
    {
        event.category(netkit::SESSION);
        event.kind(netkit::END);
        event.set(Field::EventAction, "logged-out");
    } else if has(reason, " modified ")
        || (has(reason, "configuration")
            && (has(reason, "changed") || has(reason, "updated") || has(reason, "saved")))
    {
        event.category(netkit::CONFIGURATION);
        event.kind(netkit::CHANGE);
        event.set(Field::EventAction, "configuration-changed");
    } else if !verdict.is_empty() {
        let passed = has(verdict, "allow");
        event.logsource.category = "firewall";
        event.category(if has(reason, "AvScan") || has(reason, "virus") || has(reason, "APT") {
            netkit::MALWARE
        } else if has(reason, "IPS ") || has(reason, "IPSDETECTED") {
            netkit::INTRUSION
        } else {
            netkit::NETWORK
        });
        event.kind(if passed { netkit::CONNECTION_ALLOWED } else { netkit::CONNECTION_DENIED });
    } else {
        event.category(if code.starts_with("16") { netkit::NETWORK } else { netkit::HOST });
        event.kind(netkit::INFO);
    }
}

#[cfg(test)]
mod tests {
    use super::super::netkit::tests::{check, never_panics};
    use super::*;

    #[test]
    fn leef_lines() {
        check(
            "LEEF:1.0|WatchGuard|XTM|12.8|30000148|devTimeFormat=MMM dd yyyy HH:mm:ss Z\tdevTime=Dec 26 2026 03:04:05 +0900\tpolicy=Any\tdisp=Deny\tsrc=203.0.113.9\tsrcPort=50000\tdst=192.0.2.1\tdstPort=22\tproto=tcp\tsent_bytes=5",
            &[
                ("@timestamp", "2026-12-25T18:04:05.000000Z"),
                ("event.action", "Deny"),
                ("source.ip", "203.0.113.9"),
                ("destination.port", "22"),
                ("source.bytes", "5"),
            ],
        );
        check(
            "1.0|WatchGuard|XTM|12.10|11000004|host_name=m#011msg=Authentication of SSLVPN user [taro@example.jp@radius] from 203.0.113.9 was accepted",
            &[("user.name", "taro"), ("source.ip", "203.0.113.9"), ("event.outcome", "success")],
        );
    }

    #[test]
    fn own_lines() {
        check(
            "<140>Dec 26 03:04:05 Firebox 80BE0D0000000 (2026-12-26T03:04:05) firewall: msg_id=\"3000-0148\" Deny 0-External Firebox 52 tcp 20 63 203.0.113.9 192.0.2.1 50000 443 offset 8 S 1 win 8192  (Unhandled External Packet-00)",
            &[
                ("event.action", "Deny"),
                ("source.port", "50000"),
                ("destination.port", "443"),
                ("rule.ruleset", "Unhandled External Packet-00"),
                ("network.transport", "tcp"),
            ],
        );
        check(
            "<140>Dec 26 03:04:05 Firebox 80BE0D0000000 (2026-12-26T03:04:05) sessiond[12]: msg_id=\"3E00-0002\" SSL VPN user taro@Firebox-DB from 203.0.113.9 logged in assigned virtual IP is 192.0.2.5",
            &[("user.name", "taro"), ("source.nat.ip", "192.0.2.5"), ("event.outcome", "success")],
        );
        check(
            "Dec 26 03:04:05 Firebox http-proxy[12]: msg_id=\"1AFF-0024\" Allow 1-Trusted 0-External tcp 192.0.2.5 203.0.113.9 50000 80 msg=\"HTTP request\" op=\"GET\" dstname=\"www.example.jp\" arg=\"/a\" sent_bytes=\"10\" rcvd_bytes=\"20\"",
            &[
                ("url.path", "/a"),
                ("source.bytes", "10"),
                ("destination.ip", "203.0.113.9"),
                ("destination.domain", "www.example.jp"),
            ],
        );
    }

    #[test]
    fn survives_anything() {
        never_panics(
            &Watchguard,
            &[
                "LEEF:1.0|WatchGuard|XTM|12.8|30000148|devTime=Dec 26 2026 03:04:05 +0900\tdisp=Deny\tsrc=203.0.113.9\tmsg=DHCPACK on 1.2.3.4 to x (y)",
                "<140>Dec 26 03:04:05 F 80BE (2026) firewall: msg_id=\"3000-0148\" Deny 0-E F 52 tcp 20 63 203.0.113.9 192.0.2.1 50000 443 msg=\"x\" (U)",
            ],
        );
    }
}
