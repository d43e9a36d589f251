//! SonicWall SonicOS and SMA: `id=firewall sn=… time="…" fw=… pri=… c=… m=… msg="…" …`, and CEF ("ArcSight" syslog format).
//! After SonicWall's "SonicOS Log Events Reference Guide".

use bumpalo::Bump;

use crate::event::{Event, EventTime, Field, LogSource, TimeReader, Value, zone_prefix};

use super::firewall::{self as fw, copy, copy_ip, copy_number, names_vendor, text};
use super::pairs::{Cef, Pairs};
use super::{Context, Line, Refusal, Source, SourceMeta};

/// SonicWall.
#[derive(Debug)]
pub struct Sonicwall;

static META: SourceMeta = SourceMeta { id: "sonicwall", product: "SonicOS", vendor: "SonicWall" };

impl Source for Sonicwall {
    fn meta(&self) -> &'static SourceMeta {
        &META
    }

    fn parse<'a>(
        &self,
        line: &Line<'a>,
        context: &Context<'a, '_>,
        event: &mut Event<'a>,
    ) -> Result<(), Refusal> {
        let arena = context.arena;
        if let Some(body) = fw::cef_body(line) {
            if !names_vendor(body, "SonicWall") {
                return Err(Refusal::NotMine);
            }
            let cef = Cef::parse(body, arena).ok_or(Refusal::Broken("a CEF header that is cut short"))?;
            event
                .native
                .extend(cef.extension.iter().map(|(n, v)| (*n, Value::Str(v.trim_matches(['"', '\''])))));
            event.native.push(("m", Value::Str(cef.class)));
            if event.native_text("msg").is_none() {
                event.native.push(("msg", Value::Str(cef.name)));
            }
        } else {
            let list = list(line.text).ok_or(Refusal::NotMine)?;
            event.native.extend(Pairs::new(list).map(|(n, v)| (n, Value::Str(v))));
        }
        if let Some(time) = time(event, context.time) {
            event.time = Some(time);
        }
        fill(event, arena);
        Ok(())
    }
}

/// The list in a line: `id=`, and soon after it the serial number and the firewall's address or time.
fn list(line: &str) -> Option<&str> {
    let at = memchr::memmem::find_iter(line.as_bytes().get(..200).unwrap_or(line.as_bytes()), b"id=")
        .find(|at| *at == 0 || matches!(line.as_bytes().get(at - 1), Some(b' ' | b'>')))?;
    let list = line.get(at..)?;
    let has = |name: &str| memchr::memmem::find(list.as_bytes(), name.as_bytes()).is_some();
    (has(" sn=") && has(" time=") && (has(" fw=") || has(" m=")) && (has(" pri=") || has(" c=")))
        .then_some(list)
}

/// `time="2026-12-28 02:11:05 UTC"`, on SMA `vp_time`; without the zone's name, the device's own zone.
fn time(event: &Event<'_>, reader: &TimeReader) -> Option<EventTime> {
    let stamp = text(event, &["vp_time", "time", "rt"])?;
    let Some((time, rest)) = reader.iso_prefix(stamp) else { return reader.epoch_text(stamp) };
    match zone_prefix(rest.trim_start()) {
        Some((offset, _)) => {
            let utc = TimeReader::new(crate::event::Zone::default(), 0);
            let (wall, _) = utc.iso_prefix(stamp)?;
            reader.local(wall.seconds(), 0, Some(offset))
        }
        None => Some(time),
    }
}

/// `192.0.2.7:51000:X0:pc01.example`: address, port, interface, name; each may be empty.
fn endpoint<'a>(word: &'a str, source: bool, event: &mut Event<'a>) {
    if word.parse::<std::net::IpAddr>().is_ok() {
        if source {
            fw::source(event, word);
        } else {
            fw::destination(event, word);
        }
        return;
    }
    let mut parts = word.split(':');
    let (address, port, interface, name) = (parts.next(), parts.next(), parts.next(), parts.next());
    let address = address.unwrap_or_default();
    let (port_field, interface_field, name_field) = if source {
        fw::source(event, address);
        (Field::SourcePort, Field::ObserverIngressInterfaceName, Field::SourceDomain)
    } else {
        fw::destination(event, address);
        (Field::DestinationPort, Field::ObserverEgressInterfaceName, Field::DestinationDomain)
    };
    fw::port(event, port_field, port.unwrap_or_default());
    event.set_text(interface_field, interface.unwrap_or_default());
    event.set_text(name_field, name.unwrap_or_default());
}

fn fill<'a>(event: &mut Event<'a>, arena: &'a Bump) {
    event.set(Field::ObserverVendor, "SonicWall");
    event.set(Field::ObserverType, "firewall");
    event.logsource = LogSource { category: "", product: "sonicwall", service: "" };
    copy(event, Field::ObserverSerialNumber, &["sn"]);
    copy_ip(event, Field::ObserverIp, &["fw", "dvc"]);
    copy(event, Field::EventCode, &["m"]);
    if let Some(word) = text(event, &["srcV6"]) {
        fw::source(event, word);
    }
    if let Some(word) = text(event, &["dstV6"]) {
        fw::destination(event, word);
    }
    if let Some(word) = text(event, &["src"]) {
        endpoint(word, true, event);
    }
    if let Some(word) = text(event, &["dst"]) {
        endpoint(word, false, event);
    }
    fw::copy_port(event, Field::SourcePort, &["spt"]);
    fw::copy_port(event, Field::DestinationPort, &["dpt"]);
    for (names, ip, port) in [
        (["natSrc", "sourceTranslatedAddress"], Field::SourceNatIp, Field::SourceNatPort),
        (["natDst", "destinationTranslatedAddress"], Field::DestinationNatIp, Field::DestinationNatPort),
    ] {
        if let Some(word) = text(event, &names) {
            let (address, number) = fw::address_port(word);
            fw::ip(event, ip, address);
            if let Some(number) = number {
                event.set(port, number);
            }
        }
    }
    copy(event, Field::SourceMac, &["srcMac", "smac"]);
    copy(event, Field::DestinationMac, &["dstMac", "dmac"]);
    copy(event, Field::ObserverIngressZone, &["srcZone"]);
    copy(event, Field::ObserverEgressZone, &["dstZone"]);
    copy(event, Field::ObserverIngressInterfaceName, &["deviceInboundInterface"]);
    copy(event, Field::ObserverEgressInterfaceName, &["deviceOutboundInterface"]);
    copy_number(event, Field::SourceBytes, &["sent", "out"]);
    copy_number(event, Field::DestinationBytes, &["rcvd", "in"]);
    copy_number(event, Field::SourcePackets, &["spkt"]);
    copy_number(event, Field::DestinationPackets, &["rpkt"]);
    copy(event, Field::RuleName, &["rule", "cs1"]);
    copy(event, Field::NetworkApplication, &["appName"]);
    copy(event, Field::UrlDomain, &["dstname"]);
    copy(event, Field::UrlPath, &["arg"]);
    copy(event, Field::RuleCategory, &["Category", "ipscat", "appcat"]);
    copy(event, Field::UserAgentOriginal, &["agent"]);
    copy(event, Field::NetworkName, &["vpnpolicy", "portal"]);
    if let Some(ms) = fw::number(event, &["cdur"]) {
        event.set(Field::EventDuration, ms.saturating_mul(1_000_000));
    }
    if let Some(proto) = text(event, &["proto"]) {
        let (transport, service) = proto.split_once('/').unwrap_or((proto, ""));
        fw::transport(event, transport, arena);
        if service.parse::<u16>().is_err() {
            event.set_text(Field::NetworkProtocol, service);
        }
    }
    // `usr="Unknown (SSO failed)"` names nobody.
    if let Some(user) = text(event, &["usr", "user", "suser", "duser"]).filter(|u| !u.starts_with("Unknown"))
    {
        fw::user(event, user);
        event.set(Field::SourceUserName, fw::user_domain(user).0);
    }
    copy(event, Field::EventReason, &["note", "reason"]);
    meaning(event);
}

/// What happened: by the words, which are the same from SonicOS 5 to 7, and `fw_action`.
fn meaning(event: &mut Event<'_>) {
    let message = text(event, &["msg"]).unwrap_or_default();
    event.set_text(Field::EventAction, message);
    let lower = message.to_ascii_lowercase();
    let code = text(event, &["m"]).unwrap_or_default();
    let refused =
        ["denied", "dropped", "blocked", "rejected", "prevention"].iter().any(|w| lower.contains(w))
            || text(event, &["fw_action"]).is_some_and(|a| matches!(a, "drop" | "deny" | "block" | "reset"));
    let login = lower.contains("login") || lower.contains("authenticat");
    let vpn = ["vpn", "wan zone", "remote user", "netextender", "global vpn client"]
        .iter()
        .any(|w| lower.contains(w))
        || event.native_text("id") == Some("sslvpn");
    if lower.contains("logged out") || lower.contains("logout") || lower.contains("log out") {
        event.category(if vpn { fw::VPN_SESSION } else { fw::LOGIN });
        event.kind(fw::END);
        event.outcome(true);
    } else if login
        && (refused || lower.contains("fail") || lower.contains("incorrect") || lower.contains("exceeded"))
    {
        event.category(if vpn { fw::VPN_LOGIN } else { fw::AUTHENTICATION });
        event.kind(fw::START);
        event.outcome(false);
    } else if login && ["allowed", "success", "logged in"].iter().any(|w| lower.contains(w)) {
        event.category(if vpn { fw::VPN_LOGIN } else { fw::LOGIN });
        event.kind(fw::START);
        event.outcome(true);
    } else if ["configuration", "settings", "changed", "administrator name"].iter().any(|w| lower.contains(w))
        || matches!(code, "1382" | "1383")
    {
        event.category(fw::CONFIGURATION);
        event.kind(fw::CHANGE);
        event.outcome(!lower.contains("fail"));
    } else if ["ips ", "attack", "scan", "flood", "spoof", "intrusion"].iter().any(|w| lower.contains(w)) {
        event.category(fw::INTRUSION);
        event.kind(if refused { fw::DENIED } else { fw::INFO });
        event.set(Field::EventKind, "alert");
    } else if ["virus", "spyware", "malware", "botnet", "capture atp"].iter().any(|w| lower.contains(w)) {
        event.category(fw::MALWARE);
        event.kind(if refused { fw::DENIED } else { fw::INFO });
        event.set(Field::EventKind, "alert");
    } else if lower.starts_with("web site") {
        event.category(fw::WEB);
        event.kind(if refused { fw::DENIED } else { fw::INFO });
        event.outcome(!refused);
    } else {
        event.category(fw::NETWORK);
        event.kind(if refused {
            fw::CONNECTION_DENIED
        } else if lower.contains("opened") {
            fw::CONNECTION_ALLOWED_START
        } else if lower.contains("closed") {
            fw::CONNECTION_ALLOWED_END
        } else {
            fw::INFO
        });
        if refused || lower.starts_with("connection") {
            event.outcome(!refused);
            event.logsource.category = "firewall";
            fw::say_blocked(event, refused);
        }
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
    fn connections_and_their_bytes() {
        let v = read(
            r#"<134> id=firewall sn=AA time="2026-12-28 02:11:05" fw=192.0.2.1 pri=6 c=1024 m=537 msg="Connection Closed" src=192.0.2.7:51000:X0:pc01.example natSrc=203.0.113.1:40000 dst=198.51.100.1:443:X1 usr="Unknown (SSO failed)" proto=tcp/https sent=510 rcvd=955 cdur=30016 n=5"#,
        );
        assert_eq!((&v["source"]["port"], &v["destination"]["ip"]), (&51000.into(), &"198.51.100.1".into()));
        assert_eq!((&v["source"]["bytes"], &v["destination"]["bytes"]), (&510.into(), &955.into()));
        assert_eq!(v["source"]["nat"]["port"], 40000);
        assert!(v["user"].is_null());
        assert_eq!(v["@timestamp"].as_str().unwrap().get(..19), Some("2026-12-27T17:11:05"));
    }

    #[test]
    fn logins() {
        let v = read(
            r#"Dec 28 02:11:06 192.0.2.1 id=firewall sn=AA time="2026-12-27 17:11:05 UTC" fw=192.0.2.1 pri=1 c=32 m=30 msg="Administrator login denied due to bad credentials" n=7 usr="admin" src=203.0.113.9:36701:X1 dst=192.0.2.1:443:X1"#,
        );
        assert_eq!((&v["user"]["name"], &v["source"]["ip"]), (&"admin".into(), &"203.0.113.9".into()));
        assert_eq!(v["event"]["outcome"], "failure");
        assert_eq!(v["@timestamp"].as_str().unwrap().get(..19), Some("2026-12-27T17:11:05"));
        let v = read(
            r#"id=firewall sn=AA time="2026-12-28 02:11:05" fw=192.0.2.1 pri=6 c=16 m=1080 msg="SSL VPN zone remote user login allowed" usr="taro" src=203.0.113.9::X1 dst=192.0.2.1"#,
        );
        assert_eq!((&v["user"]["name"], &v["event"]["outcome"]), (&"taro".into(), &"success".into()));
        assert_eq!(v["event"]["category"], serde_json::json!(["authentication", "session", "network"]));
    }

    #[test]
    fn cef_and_ipv6() {
        let v = read(
            "CEF:0|SonicWall|NSa 4700|7.0|537|Connection Closed|4|cat=1024 src=192.0.2.7 spt= 51000 dst=198.51.100.1 dpt=53 proto=udp/dns out=77 in=99 fw_action=\"NA\"",
        );
        assert_eq!((&v["source"]["bytes"], &v["destination"]["bytes"]), (&77.into(), &99.into()));
        let v = read(
            r#"id=firewall sn=AA time="2026-12-28 02:11:05" fw=192.0.2.1 pri=5 c=512 m=1 msg="x dropped" srcV6=fe80::1 src=:49702:X0 dstV6=ff02::1 dst=:5355 proto=udp/5355"#,
        );
        assert_eq!((&v["source"]["ip"], &v["source"]["port"]), (&"fe80::1".into(), &49702.into()));
    }

    proptest! {
        #[test]
        fn never_panics(text in ".{0,120}", tail in "[a-zA-Z=:/,. |0-9()'\"]{0,80}") {
            for head in ["", "id=firewall sn=1 fw=2 pri=3 time=\"2026-12-28 02:11:05 ", "CEF:0|SonicWall|a|b|c|d|e|"] {
                let _ = testing::parse(&Sonicwall, &format!("{head}{tail} src={text} msg={tail}"), |_| ());
            }
        }
    }
}
