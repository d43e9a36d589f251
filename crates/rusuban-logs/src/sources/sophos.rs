//! Sophos Firewall (SFOS, XG and XGS): `log_type="Firewall" log_component="…" log_subtype="…" …`, after "Syslog guide"; and
//! Sophos UTM 9: `id="2002" severity="info" sys="SecureNet" sub="packetfilter" name="…" …`.

use bumpalo::Bump;

use crate::event::{Event, EventTime, Field, LogSource, TimeReader, Value, civil_seconds, zone_prefix};

use super::firewall::{self as fw, copy, copy_ip, copy_number, copy_port, text};
use super::pairs::Pairs;
use super::{Context, Line, Refusal, Source, SourceMeta};

/// Sophos Firewall and UTM.
#[derive(Debug)]
pub struct Sophos;

static META: SourceMeta = SourceMeta { id: "sophos", product: "Firewall", vendor: "Sophos" };

impl Source for Sophos {
    fn meta(&self) -> &'static SourceMeta {
        &META
    }

    fn parse<'a>(
        &self,
        line: &Line<'a>,
        context: &Context<'a, '_>,
        event: &mut Event<'a>,
    ) -> Result<(), Refusal> {
        let body = if line.envelope.host.contains('=') { line.text } else { line.message };
        let has = |name: &str| memchr::memmem::find(body.as_bytes(), name.as_bytes()).is_some();
        let sfos = has("log_type=") && has("log_component=");
        let utm = !sfos && has("sys=\"") && has("sub=\"") && has("severity=\"") && has("name=\"");
        if !sfos && !utm {
            return Err(Refusal::NotMine);
        }
        let pairs = Pairs::new(body).map(|(n, v)| (n, Value::Str(fw::unquote(v, context.arena))));
        event.native.extend(pairs);
        event.set(Field::ObserverVendor, "Sophos");
        event.set(Field::ObserverType, "firewall");
        event.logsource =
            LogSource { category: "", product: "sophos", service: if utm { "utm" } else { "firewall" } };
        let time =
            if sfos { sfos_time(event, context.time) } else { utm_time(line.text, event, context.time) };
        if let Some(time) = time {
            event.time = Some(time);
        }
        common(event, context.arena);
        if sfos {
            sfos_meaning(event);
        } else {
            utm_meaning(event);
        }
        Ok(())
    }
}

/// `timestamp="2026-12-28T02:11:05+0900"`, or `date=2026-12-28 time=02:11:05 timezone="JST"`.
fn sfos_time(event: &Event<'_>, reader: &TimeReader) -> Option<EventTime> {
    if let Some(time) = text(event, &["timestamp"]).and_then(|t| reader.iso(t)) {
        return Some(time);
    }
    let (date, clock) = (text(event, &["date"])?, text(event, &["time"])?);
    let local = wall_clock(date.split('-'), clock.split(':'))?;
    let offset = text(event, &["timezone"]).and_then(zone_prefix).map(|z| z.0);
    reader.local(local, 0, offset)
}

/// The parts of a date and a time as seconds since 1970, read as UTC.
fn wall_clock<'t>(date: impl Iterator<Item = &'t str>, clock: impl Iterator<Item = &'t str>) -> Option<i64> {
    let mut parts = date.chain(clock).map(|p| p.parse::<u32>().ok());
    let mut next = || parts.next().flatten();
    civil_seconds(i64::from(next()?), next()?, next()?, next()?, next()?, next()?)
}

/// `2026:12:28-02:11:05 utm01 ulogd[4711]: id="2002" …`
fn utm_time<'a>(line: &'a str, event: &mut Event<'a>, reader: &TimeReader) -> Option<EventTime> {
    let (head, _) = line.split_once("id=\"")?;
    // A priority may stand before the time.
    let head = if head.starts_with('<') { head.split_once('>')?.1 } else { head };
    let (stamp, rest) = head.trim_start().split_once(' ')?;
    let (date, clock) = stamp.split_once('-')?;
    let local = wall_clock(date.split(':'), clock.split(':'))?;
    event.set_text(Field::HostHostname, rest.split(' ').next().unwrap_or_default());
    reader.local(local, 0, None)
}

fn common<'a>(event: &mut Event<'a>, arena: &'a Bump) {
    copy(event, Field::ObserverName, &["device_name"]);
    copy(event, Field::ObserverSerialNumber, &["device_serial_id", "device_id"]);
    copy(event, Field::DeviceModelName, &["device_model"]);
    copy(event, Field::EventCode, &["log_id", "id"]);
    copy(event, Field::LogLevel, &["severity", "priority"]);
    if let Some(a) =
        text(event, &["src_ip", "srcip", "remote_ip", "ipaddress", "client_physical_address", "remotehost"])
    {
        fw::source(event, a);
    }
    if let Some(a) = text(event, &["dst_ip", "dstip"]) {
        fw::destination(event, a);
    }
    copy_port(event, Field::SourcePort, &["src_port", "srcport"]);
    copy_port(event, Field::DestinationPort, &["dst_port", "dstport"]);
    copy_ip(event, Field::SourceNatIp, &["tran_src_ip", "src_trans_ip", "assigned_ip", "virtual_ip"]);
    copy_port(event, Field::SourceNatPort, &["tran_src_port", "src_trans_port"]);
    copy_ip(event, Field::DestinationNatIp, &["tran_dst_ip", "dst_trans_ip"]);
    copy_port(event, Field::DestinationNatPort, &["tran_dst_port", "dst_trans_port"]);
    copy(event, Field::SourceMac, &["src_mac", "srcmac"]);
    copy(event, Field::DestinationMac, &["dst_mac", "dstmac"]);
    // Codes of three letters are no ECS codes.
    if let Some(code) = text(event, &["src_country_code", "src_country"]) {
        fw::country(event, Field::SourceGeoCountryIsoCode, Field::SourceGeoCountryName, code);
    }
    if let Some(code) = text(event, &["dst_country_code", "dst_country"]) {
        fw::country(event, Field::DestinationGeoCountryIsoCode, Field::DestinationGeoCountryName, code);
    }
    copy(event, Field::ObserverIngressInterfaceName, &["in_interface", "initf"]);
    copy(event, Field::ObserverEgressInterfaceName, &["out_interface", "outitf"]);
    copy(event, Field::ObserverIngressZone, &["srczone", "src_zone"]);
    copy(event, Field::ObserverEgressZone, &["dstzone", "dst_zone"]);
    copy_number(event, Field::SourceBytes, &["sent_bytes", "bytes_sent"]);
    copy_number(event, Field::DestinationBytes, &["recv_bytes", "bytes_received"]);
    copy_number(event, Field::SourcePackets, &["sent_pkts", "packets_sent"]);
    copy_number(event, Field::DestinationPackets, &["recv_pkts", "packets_received"]);
    copy(event, Field::RuleId, &["fw_rule_id", "fwrule", "idp_policy_id", "signature_id"]);
    copy(event, Field::RuleName, &["fw_rule_name", "signature_msg", "rule_name"]);
    copy(event, Field::NetworkApplication, &["application", "application_name", "app_name"]);
    copy(event, Field::ThreatSoftwareName, &["virus", "threatname", "malware"]);
    copy(event, Field::RuleCategory, &["category", "classification"]);
    copy(event, Field::FileName, &["file_name", "filename", "FTP_url"]);
    copy(event, Field::UserAgentOriginal, &["user_agent", "useragent", "ua"]);
    copy(event, Field::EventReason, &["reason", "message", "status_code"]);
    copy(event, Field::NetworkName, &["con_name", "connectionname", "connection_name"]);
    copy(event, Field::HttpRequestMethod, &["method", "http_method"]);
    copy(event, Field::UserGroupName, &["user_group", "user_gp", "usergroupname"]);
    if let Some(url) = text(event, &["url"]) {
        fw::url(event, url);
    }
    copy(event, Field::UrlDomain, &["domain"]);
    if let Some(proto) = text(event, &["protocol", "proto"]) {
        fw::transport(event, proto, arena);
    }
    if let Some(seconds) = text(event, &["con_duration", "connection_duration", "duration"]) {
        fw::duration(event, seconds);
    }
    if let Some(user) = text(event, &["user_name", "username", "user"]) {
        fw::user(event, user);
        event.set(Field::SourceUserName, fw::user_domain(user).0);
    }
}

fn sfos_meaning(event: &mut Event<'_>) {
    let kind = text(event, &["log_type"]).unwrap_or_default();
    let component = text(event, &["log_component"]).unwrap_or_default();
    let subtype = text(event, &["log_subtype"]).unwrap_or_default();
    let status = text(event, &["status"]).unwrap_or_default();
    event.set_text(Field::EventAction, if subtype.is_empty() { status } else { subtype });
    let denied = ["Den", "Drop", "Block", "Reject", "Terminate", "Virus", "Cleaned"]
        .iter()
        .any(|w| subtype.starts_with(w));
    let vpn = component.contains("VPN")
        || component.contains("IPSec")
        || component.contains("L2TP")
        || component.contains("PPTP");
    match kind {
        "Firewall" => {
            event.category(fw::NETWORK);
            event.outcome(!denied);
            let connection = text(event, &["connevent", "con_event"]).unwrap_or_default();
            event.kind(match (denied, connection) {
                (true, _) => fw::CONNECTION_DENIED,
                (_, "Start") => fw::CONNECTION_ALLOWED_START,
                (_, "Stop") => fw::CONNECTION_ALLOWED_END,
                _ => fw::CONNECTION_ALLOWED,
            });
            event.logsource.category = "firewall";
            fw::say_blocked(event, denied);
        }
        "IDP" | "IPS" | "WAF" => {
            event.category(fw::INTRUSION);
            event.kind(if denied { fw::DENIED } else { fw::INFO });
            event.set(Field::EventKind, "alert");
        }
        "Anti-Virus" | "Anti Virus" | "ATP" | "Sandbox" => {
            event.category(fw::MALWARE);
            event.kind(if denied { fw::DENIED } else { fw::INFO });
            event.set(Field::EventKind, "alert");
        }
        "Content Filtering" => {
            event.category(fw::WEB);
            event.kind(if denied { fw::DENIED } else { fw::INFO });
            event.outcome(!denied);
        }
        _ => {
            let words = text(event, &["message"]).unwrap_or_default();
            let failed = status.contains("Fail") || words.contains("failed");
            if !status.is_empty() {
                event.outcome(!failed);
            }
            let off = words.contains("logged out")
                || words.contains("disconnected")
                || status.contains("Terminated");
            if subtype == "Authentication" || component.contains("Authentication") {
                event.category(if vpn { fw::VPN_LOGIN } else { fw::AUTHENTICATION });
                event.kind(if off { fw::END } else { fw::START });
            } else if subtype == "Admin" && (words.contains("logged in") || words.contains("login") || off) {
                event.category(fw::LOGIN);
                event.kind(if off { fw::END } else { fw::START });
            } else if subtype == "Admin" {
                event.category(fw::CONFIGURATION);
                event.kind(fw::CHANGE);
            } else if vpn {
                event.category(fw::VPN_SESSION);
                event.kind(if off {
                    fw::CONNECTION_END
                } else if status.contains("Established") || status.contains("Connected") {
                    fw::CONNECTION_START
                } else {
                    fw::CONNECTION_INFO
                });
            } else {
                event.category(fw::HOST);
                event.kind(fw::INFO);
            }
        }
    }
}

fn utm_meaning(event: &mut Event<'_>) {
    let name = text(event, &["name"]).unwrap_or_default();
    event.set_text(Field::EventAction, name);
    let action = text(event, &["action"]).unwrap_or_default();
    let sub = text(event, &["sub"]).unwrap_or_default();
    let lower = name.to_ascii_lowercase();
    let denied = matches!(action, "drop" | "reject" | "block");
    let vpn = text(event, &["caller"])
        .is_some_and(|c| matches!(c, "openvpn" | "pptp" | "l2tp" | "ipsec" | "sslvpn"));
    match sub {
        "packetfilter" => {
            event.category(fw::NETWORK);
            event.kind(if denied { fw::CONNECTION_DENIED } else { fw::CONNECTION_ALLOWED });
            event.outcome(!denied);
            event.logsource.category = "firewall";
            fw::say_blocked(event, denied);
        }
        "ips" => {
            event.category(fw::INTRUSION);
            event.kind(if denied { fw::DENIED } else { fw::INFO });
            event.set(Field::EventKind, "alert");
        }
        "http" => {
            event.category(fw::WEB);
            event.kind(if denied { fw::DENIED } else { fw::INFO });
        }
        "auth" => {
            event.category(if vpn { fw::VPN_LOGIN } else { fw::AUTHENTICATION });
            event.kind(fw::START);
            event.outcome(!lower.contains("fail"));
        }
        "vpn" => {
            event.category(fw::VPN_SESSION);
            event.kind(if lower.contains("terminated") {
                fw::CONNECTION_END
            } else if lower.contains("started") {
                fw::CONNECTION_START
            } else {
                fw::CONNECTION_INFO
            });
        }
        "confd" => {
            event.category(fw::CONFIGURATION);
            event.kind(fw::CHANGE);
        }
        _ => {
            event.category(fw::HOST);
            event.kind(fw::INFO);
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
    fn a_vpn_login_of_sfos() {
        let v = read(
            r#"<30>device="SFW" date=2026-12-28 time=02:11:05 timezone="JST" device_name="XG210" device_id=S1 log_id=062910617702 log_type="Event" log_component="SSL VPN Authentication" log_subtype="Authentication" status="Failed" priority=Notice user_name="taro" usergroupname="" auth_client="N/A" auth_mechanism="Local" reason="wrong credentials" src_ip=203.0.113.9 message="User taro failed to login to SSL VPN through Local authentication mechanism because of wrong credentials""#,
        );
        assert_eq!((&v["user"]["name"], &v["source"]["ip"]), (&"taro".into(), &"203.0.113.9".into()));
        assert_eq!(v["event"]["outcome"], "failure");
        assert_eq!(v["event"]["category"], serde_json::json!(["authentication", "session", "network"]));
        assert_eq!(v["@timestamp"].as_str().unwrap().get(..19), Some("2026-12-27T17:11:05"));
    }

    #[test]
    fn connections() {
        let v = read(
            r#"timestamp="2026-12-28T02:11:05+0900" device_model="XGS" device_serial_id="X" log_id="010202601001" log_type="Firewall" log_component="Invalid Traffic" log_subtype="Denied" src_ip="192.0.2.7" dst_ip="198.51.100.1" protocol="TCP" src_port=51000 dst_port=443 bytes_sent=5 bytes_received=6"#,
        );
        assert_eq!(v["event"]["type"], serde_json::json!(["connection", "denied"]));
        assert_eq!((&v["source"]["bytes"], &v["destination"]["port"]), (&5.into(), &443.into()));
        let v = read(
            r#"2026:12:28-02:11:05 utm01 ulogd[4711]: id="2001" severity="info" sys="SecureNet" sub="packetfilter" name="Packet dropped" action="drop" fwrule="60001" srcip="203.0.113.9" dstip="192.0.2.1" proto="6" srcport="51000" dstport="22""#,
        );
        assert_eq!(
            (&v["event"]["action"], &v["host"]["hostname"]),
            (&"Packet dropped".into(), &"utm01".into())
        );
        assert_eq!(v["@timestamp"].as_str().unwrap().get(..19), Some("2026-12-27T17:11:05"));
    }

    #[test]
    fn a_vpn_login_of_utm() {
        let v = read(
            r#"id="3005" severity="warn" sys="System" sub="auth" name="Authentication failed" srcip="203.0.113.9" host="" user="taro" caller="openvpn" reason="DENIED""#,
        );
        assert_eq!((&v["user"]["name"], &v["event"]["outcome"]), (&"taro".into(), &"failure".into()));
    }

    proptest! {
        #[test]
        fn never_panics(text in ".{0,120}", tail in "[a-zA-Z=:/,. |0-9()'\"<>-]{0,80}") {
            for head in ["", "log_type=\"Event\" log_component=\"x\" ", "2026:12:28-02:1 x id=\"1\" severity=\"a\" sys=\"b\" sub=\"auth\" name=\"c\" "] {
                let _ = testing::parse(&Sophos, &format!("{tail}{head}{tail} message={text}"), |_| ());
                let _ = testing::parse(&Sophos, &format!("{text}{head}{tail}"), |_| ());
            }
        }
    }
}
