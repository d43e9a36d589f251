//! YAMAHA RTX, NVR and vRX routers and FWX firewalls: `show log` and syslog.
//!
//! Forms that are read (YAMAHA's technical documents at rtpro.yamaha.co.jp: syslog, IP filter, Ethernet filter, L2TP/IPsec,
//! PPTP, DHCP, L2MS):
//! - `2026/12/26 03:04:05: message` as `show log` and `show log reverse` print it; anything after such a time is taken
//! - the message alone behind a syslog header, or behind a priority: only texts that are known as YAMAHA's are taken
//!
//! Routers without a battery start at 1980/01/01: those times are marked as a clock that was not set.
//! A login through L2TP or PPTP is told in three lines: `connected from` says from where, `Call detected from user` says
//! who asks, `PPP/IPCP up` says that he was let in. Only the last is a success.

use crate::event::{Event, Field};

use super::netkit::{self, after, between, endpoint, has, is_ip, set_destination, set_source, word};
use super::{Context, Form, Line, Refusal, Source, SourceMeta};

/// YAMAHA routers.
#[derive(Debug)]
pub struct YamahaRtx;

static META: SourceMeta = SourceMeta { id: "yamaha_rtx", product: "RTX", vendor: "YAMAHA" };

impl Source for YamahaRtx {
    fn meta(&self) -> &'static SourceMeta {
        &META
    }

    fn parse<'a>(
        &self,
        line: &Line<'a>,
        context: &Context<'a, '_>,
        event: &mut Event<'a>,
    ) -> Result<(), Refusal> {
        let (message, sure) = match line.envelope.form {
            Form::Bare => match show_log(line.message, context, event) {
                Some(message) => (message, true),
                None => (line.message, false),
            },
            Form::Rfc3164 => {
                let message = netkit::untagged(line);
                // Some collectors put their header before a line of `show log`.
                match show_log(message, context, event) {
                    Some(message) => (message, true),
                    None => (message, false),
                }
            }
            // YAMAHA writes neither message ids nor structured data.
            _ if line.envelope.msgid.is_empty() && line.envelope.structured.is_empty() => {
                (line.message, false)
            }
            _ => return Err(Refusal::NotMine),
        };
        let message = message.trim();
        if !read(message, event) {
            if !sure {
                return Err(Refusal::NotMine);
            }
            event.category(netkit::HOST);
            event.kind(netkit::INFO);
        }
        event.logsource.product = "yamaha";
        if event.logsource.category.is_empty() {
            event.logsource.service = "system";
        }
        event.unset(Field::LogSyslogAppname);
        event.unset(Field::ProcessPid);
        event.set(Field::Message, message);
        event.set(Field::ObserverType, "router");
        Ok(())
    }
}

/// Takes `2026/12/26 03:04:05: ` off and sets the time.
fn show_log<'a>(text: &'a str, context: &Context<'a, '_>, event: &mut Event<'a>) -> Option<&'a str> {
    if text.as_bytes().get(4) != Some(&b'/') {
        return None;
    }
    let (time, rest) = context.time.iso_prefix(text)?;
    let message = rest.strip_prefix(':')?;
    event.time = Some(time);
    Some(message)
}

/// Fills the event; false where the text is none of YAMAHA's.
fn read<'a>(text: &'a str, event: &mut Event<'a>) -> bool {
    if let Some(rest) = text.strip_prefix('[') {
        return bracketed(rest, event);
    }
    filter(text, event)
        || login(text, event)
        || tunnel(text, event)
        || pp(text, event)
        || system(text, event)
        || ids(text, event)
}

/// `[TAG] text`.
fn bracketed<'a>(text: &'a str, event: &mut Event<'a>) -> bool {
    let Some((tag, rest)) = text.split_once(']') else { return false };
    let rest = rest.trim_start();
    match tag {
        "INSPECT" => inspect(rest, event),
        "DHCPD" | "DHCPC" | "DHCPv6" => dhcp(rest, event),
        "IKE" | "IKE1" | "IKE2" | "IPSEC" | "IPsec" => ike(rest, event),
        "L2TP" | "L2TPv3" | "PPTP" => l2tp(tag, rest, event),
        "IDS" | "INTRUSION" => {
            if !ids(rest, event) {
                intrusion(rest, event);
            }
            true
        }
        "SWCTL" | "L2MS" => {
            event.category(netkit::NETWORK);
            event.kind(netkit::INFO);
            event.set(Field::EventAction, link_action(rest).unwrap_or("swctl"));
            true
        }
        "POLICY" | "NAT" | "SCHEDULE" | "LUA" | "EMFS" | "UPnP" | "SNTP" | "NTP" | "HTTPD" | "USBHOST"
        | "USB" | "SD" | "DNS" | "RADIUS" | "BGP" | "OSPF" | "RIP" | "VRRP" | "TUNNEL" | "MAP-E"
        | "v6plus" | "QoS" | "HEARTBEAT" | "SSHD" | "SSH" | "SIP" | "DDNS" | "SNMP" | "EXEC" | "CONFIG"
        | "MLD" | "IGMP" | "LOOP" | "SYSLOG" | "MAIL" | "BACKUP" | "DPI" | "URLFILTER" | "YNO"
        | "L2TP/IPsec" | "WOL" => {
            event.category(netkit::HOST);
            event.kind(netkit::INFO);
            event.native.push(("tag", tag.into()));
            true
        }
        _ => false,
    }
}

/// `LAN2 Rejected at IN(2000) filter: TCP 192.0.2.1:1 > 198.51.100.2:22`, the same with `Passed`, and the Ethernet filter
/// `LAN1(port1) Rejected at IN(1) filter: MAC > MAC IP`.
fn filter<'a>(text: &'a str, event: &mut Event<'a>) -> bool {
    let Some((interface, rest)) = text.split_once(' ') else { return false };
    let Some((verdict @ ("Rejected" | "Passed"), rest)) = rest.split_once(" at ") else { return false };
    let Some((place, flow)) = rest.split_once(':') else { return false };
    let passed = verdict == "Passed";
    event.logsource.category = "firewall";
    event.category(netkit::NETWORK);
    event.kind(if passed { netkit::CONNECTION_ALLOWED } else { netkit::CONNECTION_DENIED });
    event.set(Field::EventAction, if passed { "passed" } else { "rejected" });
    let (direction, number) = match place.split_once('(') {
        Some((direction, rest)) => (direction.trim(), rest.split_once(')').map_or(rest, |(n, _)| n)),
        None => (place.trim(), ""),
    };
    event.set_text(Field::RuleId, number);
    set_direction(interface, direction, event);
    flow_of(flow, event);
    true
}

/// Direction and interface.
fn set_direction<'a>(interface: &'a str, direction: &'a str, event: &mut Event<'a>) {
    if direction.eq_ignore_ascii_case("in") {
        event.set(Field::NetworkDirection, "inbound");
        event.set_text(Field::ObserverIngressInterfaceName, interface);
    } else if direction.eq_ignore_ascii_case("out") {
        event.set(Field::NetworkDirection, "outbound");
        event.set_text(Field::ObserverEgressInterfaceName, interface);
    }
}

/// `TCP 192.0.2.1:1 > 198.51.100.2:22`, `ICMP 192.0.2.1 > 198.51.100.2 : echo request`, `MAC > MAC IP6`.
fn flow_of<'a>(text: &'a str, event: &mut Event<'a>) {
    let Some((left, right)) = text.split_once('>') else { return };
    let left = left.trim();
    let right = right.trim_start();
    let (protocol, from) = left.rsplit_once(' ').unwrap_or(("", left));
    let (to, rest) = right.split_once(' ').unwrap_or((right, ""));
    if is_mac(from) || is_mac(to) {
        event.set_text(Field::SourceMac, from);
        event.set_text(Field::DestinationMac, to);
        event.set_text(
            Field::NetworkType,
            match word(rest) {
                "IP" => "ipv4",
                "IP6" => "ipv6",
                _ => "",
            },
        );
        return;
    }
    let lower = match protocol.trim() {
        "TCP" => "tcp",
        "UDP" => "udp",
        "ICMP" => "icmp",
        "ICMP6" | "ICMPv6" => "ipv6-icmp",
        "ESP" => "esp",
        "AH" => "ah",
        "GRE" => "gre",
        "IGMP" => "igmp",
        other => other,
    };
    event.set_text(Field::NetworkTransport, lower);
    set_source(event, from);
    set_destination(event, to);
}

/// `00:a0:de:00:00:01`.
fn is_mac(text: &str) -> bool {
    text.len() == 17 && text.bytes().filter(|b| *b == b':').count() == 5 && !is_ip(text)
}

/// `LAN2[out][31] TCP a.1 > b.2 (2026/09/06 12:33:02)`: a session that the dynamic filter let through. The time in brackets
/// is when it was made.
fn inspect<'a>(text: &'a str, event: &mut Event<'a>) -> bool {
    let Some((place, flow)) = text.split_once(' ') else { return false };
    event.logsource.category = "firewall";
    event.category(netkit::NETWORK);
    event.kind(netkit::CONNECTION_ALLOWED);
    event.set(Field::EventAction, "inspect");
    // `PP[01][out][101]`: the last two brackets are the direction and the filter.
    if let Some((head, number)) = place.strip_suffix(']').and_then(|p| p.rsplit_once("][")) {
        event.set_text(Field::RuleId, number);
        if let Some((interface, direction)) = head.rsplit_once('[') {
            set_direction(interface, direction, event);
        }
    }
    if let Some(made) = between(flow, " (", ")") {
        event.set_text(Field::EventStart, made);
    }
    flow_of(flow, event);
    true
}

/// `LAN1(port1) Extends 192.0.2.5: 00:a0:de:00:00:01`.
fn dhcp<'a>(text: &'a str, event: &mut Event<'a>) -> bool {
    event.category(netkit::NETWORK);
    event.kind(netkit::INFO);
    let words = ["Allocates", "Extends", "Releases", "Expires", "Declines", "Reserves"];
    let actions =
        ["dhcp-allocates", "dhcp-extends", "dhcp-releases", "dhcp-expires", "dhcp-declines", "dhcp-reserves"];
    event.set(Field::EventAction, "dhcp");
    for (w, action) in words.into_iter().zip(actions) {
        if let Some((interface, rest)) = text.split_once(w) {
            event.set(Field::EventAction, action);
            event.set_text(Field::ObserverIngressInterfaceName, interface.trim());
            if let Some((address, mac)) = rest.split_once(": ") {
                netkit::set_ip(event, Field::ClientIp, address.trim());
                if is_mac(mac.trim()) {
                    event.set(Field::ClientMac, mac.trim());
                }
            }
            break;
        }
    }
    true
}

/// `[IKE] initiate ISAKMP phase to 192.0.2.1 (local address 198.51.100.1)`, `SA:1/IKE established`, and faults.
fn ike<'a>(text: &'a str, event: &mut Event<'a>) -> bool {
    event.category(netkit::NETWORK);
    event.kind(netkit::INFO);
    event.set(Field::EventAction, "ike");
    if let Some(peer) = after(text, " phase to ") {
        let action = match (text.starts_with("initiate"), text.contains("ISAKMP"), text.contains("IPsec")) {
            (true, true, _) => "ike-initiate-isakmp-phase",
            (true, _, true) => "ike-initiate-ipsec-phase",
            (true, ..) => "ike-initiate-phase",
            (false, true, _) => "ike-respond-isakmp-phase",
            (false, _, true) => "ike-respond-ipsec-phase",
            (false, ..) => "ike-respond-phase",
        };
        event.set(Field::EventAction, action);
        event.kind(netkit::CONNECTION);
        // Terminals break long lines: `(local address 20 0.1.1.1)` is kept as it is.
        let local = between(text, "(local address ", ")").unwrap_or_default();
        if text.starts_with("initiate") {
            set_destination(event, word(peer));
            set_source(event, local);
        } else {
            set_source(event, word(peer));
            set_destination(event, local);
        }
    } else if text.contains("established") {
        event.set(Field::EventAction, "ike-established");
        set_source(event, between(text, "(", ")").filter(|a| is_ip(a)).unwrap_or_default());
        event.kind(netkit::CONNECTION_START);
        event.outcome(true);
    } else if text.contains("deleted") || text.contains("DEAD") {
        event.set(Field::EventAction, "ike-deleted");
        event.kind(netkit::CONNECTION_END);
    }
    if has(text, "fail") || has(text, "mismatch") || has(text, "invalid") || has(text, "no proposal") {
        event.set(Field::EventAction, "ike-failed");
        event.kind(netkit::CONNECTION_DENIED);
        event.outcome(false);
    }
    if event.get(Field::SourceIp).is_none()
        && let Some(from) = after(text, " from ")
        && is_ip(endpoint(word(from)).0)
    {
        set_source(event, word(from));
    }
    true
}

/// `[L2TP] TUNNEL[1] connected from 192.0.2.1`, `tunnel 1234 established`, `disconnect tunnel 1234 complete`.
fn l2tp<'a>(tag: &'a str, text: &'a str, event: &mut Event<'a>) -> bool {
    event.category(netkit::NETWORK);
    event.kind(netkit::INFO);
    event.native.push(("tag", tag.into()));
    event.set(Field::NetworkProtocol, if tag == "PPTP" { "pptp" } else { "l2tp" });
    let action = if text.contains("connected from") {
        event.kind(netkit::CONNECTION_START);
        "vpn-connected"
    } else if text.contains("established") {
        event.kind(netkit::CONNECTION_START);
        "vpn-established"
    } else if has(text, "disconnect") || text.contains("closed") {
        event.kind(netkit::CONNECTION_END);
        "vpn-disconnected"
    } else if has(text, "fail") || has(text, "reject") {
        event.kind(netkit::CONNECTION_DENIED);
        event.outcome(false);
        "vpn-failed"
    } else {
        "vpn"
    };
    event.set(Field::EventAction, action);
    if let Some(from) = after(text, " from ") {
        let from = word(from);
        if is_ip(endpoint(from).0) {
            set_source(event, from);
        }
    }
    event.set_text(Field::ObserverIngressInterfaceName, interface_of(text));
    true
}

/// `TUNNEL[1]`, `PP[ANONYMOUS01]`, `LAN2` at the start of a text; empty where there is none.
fn interface_of(text: &str) -> &str {
    let first = text.split(' ').next().unwrap_or_default().trim_end_matches(':');
    let known = ["TUNNEL", "PP", "LAN", "WAN", "ONU", "BRIDGE", "VLAN", "PPPOE", "BRI", "PRI", "LOOPBACK"];
    if known.iter().any(|k| first.starts_with(k)) { first } else { "" }
}

/// Ways in to a router.
const METHODS: [&str; 11] =
    ["TELNET", "SSH", "SFTP", "SCP", "HTTP", "HTTPS", "TFTP", "Serial", "REMOTE", "CONSOLE", "YNO"];

/// `Login succeeded for SSH: 192.0.2.1 taro`, `'administrator' failed for TELNET: 192.0.2.1`, `Logout from HTTP: …`,
/// `Login succeeded for Serial`.
fn login<'a>(text: &'a str, event: &mut Event<'a>) -> bool {
    let (action, success, rest) = if let Some(rest) = text.strip_prefix("Login succeeded for ") {
        ("login-succeeded", true, rest)
    } else if let Some(rest) = text.strip_prefix("Login failed for ") {
        ("login-failed", false, rest)
    } else if let Some(rest) = text.strip_prefix("'administrator' succeeded for ") {
        ("administrator-succeeded", true, rest)
    } else if let Some(rest) = text.strip_prefix("'administrator' failed for ") {
        ("administrator-failed", false, rest)
    } else if let Some(rest) = text.strip_prefix("Logout from ") {
        ("logout", true, rest)
    } else {
        return false;
    };
    let (method, who) = rest.split_once(": ").unwrap_or((rest, ""));
    let method = method.trim_end_matches(" user").trim_end_matches(':').trim();
    if !METHODS.contains(&method) {
        return false;
    }
    event.category(netkit::LOGIN);
    event.kind(if action == "logout" { netkit::END } else { netkit::START });
    event.set(Field::EventAction, action);
    event.outcome(success);
    if action.starts_with("administrator") {
        event.set(Field::UserEffectiveName, "administrator");
    }
    event.set_text(
        Field::NetworkProtocol,
        match method {
            "TELNET" => "telnet",
            "SSH" => "ssh",
            "SFTP" => "sftp",
            "HTTP" => "http",
            "HTTPS" => "https",
            "TFTP" => "tftp",
            "REMOTE" => "remote-setup",
            _ => "",
        },
    );
    event.native.push(("method", method.into()));
    let (from, user) = who.trim().split_once(' ').unwrap_or((who.trim(), ""));
    if is_ip(endpoint(from).0) {
        set_source(event, from);
        event.set_text(Field::UserName, user.trim());
    } else {
        event.set_text(Field::UserName, who.trim());
    }
    true
}

/// `IP Tunnel[1] Up`, `IPv6 Tunnel[1] Down`.
fn tunnel<'a>(text: &'a str, event: &mut Event<'a>) -> bool {
    let Some(rest) = text.strip_prefix("IP Tunnel[").or_else(|| text.strip_prefix("IPv6 Tunnel[")) else {
        return sa(text, event);
    };
    let Some((number, state)) = rest.split_once("] ") else { return false };
    let up = state.starts_with("Up");
    event.category(netkit::NETWORK);
    event.kind(if up { netkit::CONNECTION_START } else { netkit::CONNECTION_END });
    event.set(Field::EventAction, if up { "tunnel-up" } else { "tunnel-down" });
    event.native.push(("tunnel", number.into()));
    true
}

/// `SA:1/IKE deleted`, `SA[1] change state to DEAD`: the IKE text without its tag.
fn sa<'a>(text: &'a str, event: &mut Event<'a>) -> bool {
    (text.starts_with("SA:") || text.starts_with("SA[")) && ike(text, event)
}

/// `PP[01] …`, `PPPOE[01] …`.
fn pp<'a>(text: &'a str, event: &mut Event<'a>) -> bool {
    let Some(rest) = text.strip_prefix("PPPOE[").or_else(|| text.strip_prefix("PP[")) else { return false };
    let Some((number, rest)) = rest.split_once(']') else { return false };
    if rest.starts_with('[') {
        // `PP[01][in] …` is the intrusion detection's.
        return false;
    }
    let rest = rest.trim_start();
    let anonymous = number.starts_with("ANONYMOUS");
    // A line to the provider is nobody's session.
    event.category(if anonymous { netkit::VPN } else { netkit::NETWORK });
    event.kind(netkit::INFO);
    event.native.push(("pp", number.into()));
    event.set_text(Field::ObserverIngressInterfaceName, interface_of(text));
    let action = if let Some(user) = between(rest, "Call detected from user '", "'") {
        event.category(netkit::VPN);
        event.kind(netkit::START);
        event.set_text(Field::UserName, user);
        "call-detected"
    } else if rest.starts_with("PPP/") && rest.contains(" up") {
        event.kind(netkit::CONNECTION_START);
        if anonymous && rest.starts_with("PPP/IPCP") {
            event.outcome(true);
            netkit::set_ip(event, Field::SourceNatIp, between(rest, "Remote: ", ")").unwrap_or_default());
        }
        "ppp-up"
    } else if has(rest, "disconnect") || rest.contains(" down") {
        event.kind(netkit::CONNECTION_END);
        if let Some(cause) = between(rest, "cause [", "]") {
            event.set_text(Field::EventReason, cause);
            if has(cause, "authentication") {
                event.outcome(false);
            }
        }
        "disconnected"
    } else if rest.contains("CHAP Failure") || rest.contains("PAP Nak") || has(rest, "authentication fail") {
        event.kind(netkit::START);
        event.outcome(false);
        event.set_text(Field::UserName, between(rest, "'", "'").unwrap_or_default());
        "authentication-failed"
    } else if rest.starts_with("PPPoE Connect") {
        event.kind(netkit::CONNECTION_START);
        "connected"
    } else if rest.starts_with("Connecting") {
        "connecting"
    } else if let Some(flow) = rest.strip_prefix("IP Commencing:") {
        flow_of(flow, event);
        "commencing"
    } else {
        "pp"
    };
    event.set(Field::EventAction, action);
    true
}

/// Starts, saved configurations, link changes.
fn system<'a>(text: &'a str, event: &mut Event<'a>) -> bool {
    if let Some(rest) = text.strip_prefix("Configuration ").filter(|r| r.starts_with("saved")) {
        event.category(netkit::CONFIGURATION);
        event.kind(netkit::CHANGE);
        event.set(Field::EventAction, "configuration-saved");
        if let Some((_, by)) = rest.rsplit_once(" by ") {
            // `SSH(admin)`: the way in and the user; an address may stand there as well.
            let (method, user) = by.split_once('(').unwrap_or((by, ""));
            event.native.push(("method", method.trim().into()));
            event.set_text(Field::UserName, user.trim_end_matches(')'));
        }
        return true;
    }
    let action = if text.starts_with("Power-on boot") {
        "power-on-boot"
    } else if text.starts_with("Restart by ") || text.starts_with("Restarted ") || text.starts_with("Reboot")
    {
        "restart"
    } else if text.contains(" Rev.") && text.ends_with("starts") {
        let (model, rest) = text.split_once(" Rev.").unwrap_or((text, ""));
        event.set_text(Field::DeviceModelName, model);
        event.set_text(Field::ObserverVersion, word(rest));
        "system-start"
    } else if text.starts_with("main:") && text.contains("serial=") {
        event.set_text(Field::ObserverSerialNumber, word(after(text, "serial=").unwrap_or_default()));
        "system-information"
    } else if text.starts_with("same message repeated ") {
        "repeated"
    } else if text.starts_with("Previous EXEC:") {
        "previous-exec"
    } else if !interface_of(text).is_empty() && link_action(text).is_some() && text.contains(": ") {
        event.category(netkit::NETWORK);
        event.set_text(Field::ObserverIngressInterfaceName, interface_of(text));
        link_action(text).unwrap_or_default()
    } else {
        return false;
    };
    if event.get(Field::EventCategory).is_none() {
        event.category(netkit::HOST);
    }
    event.kind(if matches!(action, "power-on-boot" | "restart" | "system-start") {
        netkit::START
    } else {
        netkit::INFO
    });
    event.set(Field::EventAction, action);
    true
}

/// `link up` and `link down`.
fn link_action(text: &str) -> Option<&'static str> {
    if text.contains("link up") {
        Some("link-up")
    } else if text.contains("link down") {
        Some("link-down")
    } else if text.contains("link changed") {
        Some("link-changed")
    } else {
        None
    }
}

/// `PP[01][in] NAME 192.0.2.1 > 198.51.100.2`: the intrusion detection's notice.
fn ids<'a>(text: &'a str, event: &mut Event<'a>) -> bool {
    if interface_of(text).is_empty() || !text.contains(" > ") {
        return false;
    }
    let place = text.split(' ').next().unwrap_or_default();
    if !place.trim_end_matches(':').ends_with("[in]") && !place.trim_end_matches(':').ends_with("[out]") {
        return false;
    }
    intrusion(text, event);
    true
}

/// Fields of an intrusion notice.
fn intrusion<'a>(text: &'a str, event: &mut Event<'a>) {
    event.category(netkit::INTRUSION);
    event.kind(netkit::INFO);
    event.set(Field::EventKind, "alert");
    event.set(Field::EventAction, "intrusion-detected");
    event.logsource.category = "firewall";
    flow_of(text, event);
    if event.get(Field::NetworkTransport).is_some() {
        // What stands before the addresses is the attack's name and no protocol.
        event.unset(Field::NetworkTransport);
        let name = text.split_once('>').and_then(|(l, _)| l.trim().rsplit_once(' ')).map_or("", |(n, _)| n);
        let name = name.split_once(' ').map_or(name, |(_, n)| n);
        event.set_text(Field::RuleName, name.trim_end_matches(':'));
    }
}

#[cfg(test)]
mod tests;
