//! Check Point Quantum (formerly VPN-1 & FireWall-1): the forms of Log Exporter (sk122323) — CEF, LEEF, `name:"value"; …` in
//! RFC 5424 or after `syslog[`, `name=value|…` (Splunk), JSON — and the columns of an exported log file. Field names after
//! "Logs and Monitoring: Log Fields" (sk144192).

use bumpalo::Bump;

use crate::event::{Event, EventTime, Field, LogSource, TimeReader, Value};

use super::firewall::{self as fw, copy, copy_ip, copy_number, copy_port, names_vendor, text};
use super::json;
use super::pairs::{Cef, Leef, unescape};
use super::{Context, Line, Refusal, Source, SourceMeta};

/// Check Point.
#[derive(Debug)]
pub struct Checkpoint;

static META: SourceMeta = SourceMeta { id: "checkpoint", product: "Quantum", vendor: "Check Point" };

impl Source for Checkpoint {
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
            if !names_vendor(body, "Check Point") {
                return Err(Refusal::NotMine);
            }
            // Some collectors leave an empty field before the vendor, which moves the others by one.
            let empty = body.split('|').nth(1).is_some_and(str::is_empty);
            let body = if empty { arena.alloc_str(&body.replacen("||", "|", 1)) } else { body };
            let cef = Cef::parse(body, arena).ok_or(Refusal::Broken("a CEF header that is cut short"))?;
            from_cef(&cef, event);
        } else if let Some(body) = fw::leef_body(line) {
            if !names_vendor(body, "Check Point") {
                return Err(Refusal::NotMine);
            }
            let leef = Leef::parse(body, arena).ok_or(Refusal::Broken("a LEEF header that is cut short"))?;
            event.native.extend(leef.attributes.iter().map(|(n, v)| (*n, Value::Str(v))));
            event.native.push(("product", Value::Str(leef.product)));
            event.native.push(("action", Value::Str(leef.event)));
        } else if let Some(object) = line.json {
            if object.get("loguid").is_none() || object.get("product").is_none() {
                return Err(Refusal::NotMine);
            }
            json::flatten(object, arena, event);
        } else if let Some(list) = list_start(line.text) {
            from_list(list, arena, event);
        } else if line.message.contains("|product=") && line.message.contains("|origin=") {
            let pairs = line.message.split('|').filter_map(|p| p.split_once('='));
            event.native.extend(pairs.map(|(n, v)| (n.trim(), Value::Str(v))));
        } else if let Some(columns) = columns(line.message, arena) {
            event.native.extend(COLUMNS.iter().zip(columns).map(|(n, v)| (*n, Value::Str(v))));
        } else {
            return Err(Refusal::NotMine);
        }
        if let Some(time) = time(event, context.time) {
            event.time = Some(time);
        }
        fill(event, arena);
        Ok(())
    }
}

/// CEF. Custom fields get their labels' names besides.
fn from_cef<'a>(cef: &Cef<'a>, event: &mut Event<'a>) {
    event.native.extend(cef.extension.iter().map(|(n, v)| (*n, Value::Str(v))));
    // A label may stand there twice: the value that follows it is its own.
    for pair in cef.extension.windows(2) {
        let [(name, label), (next, value)] = pair else { continue };
        let own = match *label {
            "Rule Name" => "rule_name",
            "Peer Gateway" => "peer_gateway",
            "Protection Name" => "protection_name",
            "Protection ID" => "protection_id",
            "Malware Family" => "malware_family",
            _ => continue,
        };
        if name.strip_suffix("Label") == Some(next) {
            event.native.push((own, Value::Str(value)));
        }
    }
    event.native.push(("product", Value::Str(cef.product)));
    event.set_text(Field::EventCode, cef.class);
}

/// What follows the bracket of `[action:"Accept"; …]`.
fn list_start(line: &str) -> Option<&str> {
    let at = memchr::memchr_iter(b'[', line.as_bytes().get(..300).unwrap_or(line.as_bytes())).find(|at| {
        let rest = line.get(at + 1..).unwrap_or_default().trim_start();
        let name = rest.bytes().take_while(|b| b.is_ascii_alphanumeric() || *b == b'_').count();
        name > 0 && rest.get(name..).is_some_and(|r| r.starts_with(":\""))
    })?;
    let list = line.get(at + 1..)?;
    (list.contains("action:\"") || list.contains("product:\"") || list.contains("loguid:\"")).then_some(list)
}

/// Reads `name:"value"; name:"value"; ]`; a quote or a bracket within a value has a backslash before it.
fn from_list<'a>(list: &'a str, arena: &'a Bump, event: &mut Event<'a>) {
    let mut rest = list;
    while let Some((name, after)) = rest.split_once(":\"") {
        let name = name.trim_start_matches([';', ' ']);
        let mut from = 0;
        let end = loop {
            let Some(at) = after.get(from..).and_then(|t| t.find('"')).map(|i| from + i) else {
                break after.len();
            };
            if at > 0 && after.as_bytes().get(at - 1) == Some(&b'\\') {
                from = at + 1;
                continue;
            }
            break at;
        };
        let value = after.get(..end).unwrap_or_default();
        event.native.push((name, Value::Str(unescape(value, arena))));
        rest = after.get(end + 1..).unwrap_or_default();
    }
}

/// The columns of an exported log file.
const COLUMNS: [&str; 14] = [
    "num",
    "date",
    "clock",
    "ifname",
    "origin",
    "type",
    "action",
    "service",
    "s_port",
    "src",
    "dst",
    "proto",
    "rule",
    "rule_name",
];

/// `"22" "10Dec2026" "23:44:49" "eth1" …`: each column in quotes, the second a date.
fn columns<'a>(message: &'a str, arena: &'a Bump) -> Option<bumpalo::collections::Vec<'a, &'a str>> {
    let inner = message.trim().strip_prefix('"')?;
    let mut values = bumpalo::collections::Vec::new_in(arena);
    values.extend(inner.split("\" \"").take(COLUMNS.len()).map(|v| v.trim_end_matches('"')));
    let date = values.get(1)?;
    (values.len() >= 12 && date.len() >= 8 && day(date).is_some()).then_some(values)
}

/// `10Dec2026` as day, month's name and year.
fn day(text: &str) -> Option<(&str, &str, &str)> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (day, rest) = text.split_at_checked(digits)?;
    let (month, year) = rest.split_at_checked(3)?;
    ((1..=2).contains(&day.len()) && year.len() == 4 && year.bytes().all(|b| b.is_ascii_digit()))
        .then_some((day, month, year))
}

fn time(event: &Event<'_>, reader: &TimeReader) -> Option<EventTime> {
    if let Some(stamp) = text(event, &["time", "rt", "start_time"]) {
        return reader
            .epoch_text(stamp)
            .or_else(|| reader.iso(stamp))
            .or_else(|| reader.bsd_zone_prefix(stamp).map(|t| t.0));
    }
    if let Some(n) = fw::number(event, &["time"]) {
        return reader.epoch_text(&n.to_string());
    }
    if let Some(stamp) = text(event, &["devTime"]) {
        return reader.epoch_text(stamp);
    }
    let (day, month, year) = day(text(event, &["date"])?)?;
    let clock = text(event, &["clock"])?;
    reader.bsd_prefix(&format!("{month} {day} {year} {clock}")).map(|t| t.0)
}

fn fill<'a>(event: &mut Event<'a>, arena: &'a Bump) {
    event.set(Field::ObserverVendor, "Check Point");
    event.set(Field::ObserverType, "firewall");
    event.logsource = LogSource { category: "", product: "checkpoint", service: "" };
    copy(event, Field::ObserverProduct, &["product", "ProductName"]);
    copy_ip(event, Field::ObserverIp, &["origin"]);
    copy(event, Field::ObserverName, &["origin_sic_name", "originsicname", "hostname"]);
    if let Some(a) = text(event, &["src", "client_ip"]) {
        fw::source(event, a);
    }
    if let Some(a) = text(event, &["dst"]) {
        fw::destination(event, a);
    }
    copy_port(event, Field::SourcePort, &["s_port", "spt", "srcPort"]);
    copy_port(event, Field::DestinationPort, &["service", "dpt", "dstPort", "d_port"]);
    copy_ip(
        event,
        Field::SourceNatIp,
        &["xlatesrc", "sourceTranslatedAddress", "office_mode_ip", "assigned_IP"],
    );
    copy_ip(event, Field::DestinationNatIp, &["xlatedst", "destinationTranslatedAddress"]);
    copy_port(event, Field::SourceNatPort, &["xlatesport", "sourceTranslatedPort"]);
    copy_port(event, Field::DestinationNatPort, &["xlatedport", "destinationTranslatedPort"]);
    copy_number(event, Field::SourceBytes, &["sent_bytes", "client_outbound_bytes", "out"]);
    copy_number(event, Field::DestinationBytes, &["received_bytes", "client_inbound_bytes", "in"]);
    copy_number(event, Field::NetworkBytes, &["bytes"]);
    copy(event, Field::RuleName, &["rule_name", "protection_name"]);
    copy(event, Field::RuleUuid, &["rule_uid"]);
    copy(event, Field::RuleId, &["rule", "match_id"]);
    copy(event, Field::ObserverIngressZone, &["inzone"]);
    copy(event, Field::ObserverEgressZone, &["outzone"]);
    copy(event, Field::ObserverIngressInterfaceName, &["ifname"]);
    copy(event, Field::NetworkApplication, &["appi_name", "app", "service_id"]);
    copy(event, Field::EventReason, &["reason", "msg", "tcp_packet_out_of_state", "message_info"]);
    copy(event, Field::HttpRequestMethod, &["method", "requestMethod"]);
    copy(
        event,
        Field::UserAgentOriginal,
        &["http_user_agent", "user_agent", "requestClientApplication", "client_name"],
    );
    copy(event, Field::HostOsName, &["os_name"]);
    copy(event, Field::FileName, &["file_name", "fname"]);
    copy(event, Field::FileHashSha256, &["file_sha256"]);
    copy(event, Field::FileHashMd5, &["file_md5", "fileHash"]);
    copy(event, Field::SessionId, &["session_uid", "session_id"]);
    if let Some(url) = text(event, &["resource", "request", "url"]) {
        fw::url(event, url);
    }
    if let Some(proto) = text(event, &["proto"]) {
        fw::transport(event, proto, arena);
    }
    if let Some(seconds) = text(event, &["elapsed", "duration"]) {
        fw::duration(event, seconds);
    }
    users(event);
    meaning(event);
}

/// `Yamada Taro (tyamada)` is the full name and the account.
fn users(event: &mut Event<'_>) {
    let names = ["user", "src_user_name", "suser", "usrName", "from_user"];
    let user = text(event, &["administrator"]).or_else(|| text(event, &names));
    if let Some(user) = user.map(str::trim) {
        event.set_text(Field::SourceUserName, user);
        match user.strip_suffix(')').and_then(|u| u.rsplit_once('(')) {
            Some((full, account)) => {
                event.set_text(Field::UserFullName, full.trim());
                fw::user(event, account);
            }
            None => fw::user(event, user),
        }
    }
    if let Some(user) = text(event, &["dst_user_name", "duser"]) {
        event.set_text(Field::DestinationUserName, user.trim());
    }
    copy(event, Field::UserGroupName, &["user_group", "src_user_group"]);
}

/// What happened, by the blade that wrote and its action.
fn meaning(event: &mut Event<'_>) {
    let action = text(event, &["operation", "action", "act"]).unwrap_or_default().trim();
    event.set_text(Field::EventAction, action);
    let lower = action.to_ascii_lowercase();
    let product = text(event, &["product", "ProductName"]).unwrap_or_default();
    let failed = [
        text(event, &["auth_status"]),
        text(event, &["audit_status"]),
        text(event, &["status"]),
        Some(action),
    ]
    .into_iter()
    .flatten()
    .any(|t| t.to_ascii_lowercase().contains("fail"));
    event.outcome(!failed);
    let denied =
        ["drop", "reject", "block", "prevent", "deny", "quarantine"].iter().any(|w| lower.starts_with(w));
    let console = text(event, &["administrator"]).is_some()
        || product.contains("SmartConsole")
        || product.contains("WEB_API");
    if lower.contains("log in") || lower.contains("login") {
        event.category(if console { fw::LOGIN } else { fw::VPN_LOGIN });
        event.kind(fw::START);
    } else if lower.contains("log out") || lower.contains("logout") {
        event.category(if console { fw::LOGIN } else { fw::VPN_SESSION });
        event.kind(fw::END);
    } else if console {
        event.category(fw::CONFIGURATION);
        event.kind(fw::CHANGE);
    } else if ["SmartDefense", "IPS", "WAF"].iter().any(|p| product.contains(p)) {
        event.category(fw::INTRUSION);
        event.kind(if denied { fw::DENIED } else { fw::INFO });
        event.set(Field::EventKind, "alert");
    } else if [
        "Anti-Virus",
        "Anti Virus",
        "Anti-Malware",
        "Anti-Bot",
        "Anti Bot",
        "Threat Emulation",
        "Anti-Ransomware",
        "Forensics",
    ]
    .iter()
    .any(|p| product.contains(p))
    {
        event.category(fw::MALWARE);
        event.kind(if denied { fw::DENIED } else { fw::INFO });
        event.set(Field::EventKind, "alert");
    } else if product.contains("URL Filtering") || product.contains("Application Control") {
        event.category(fw::WEB);
        event.kind(if denied { fw::DENIED } else { fw::INFO });
    } else {
        event.category(fw::NETWORK);
        event.kind(if denied { fw::CONNECTION_DENIED } else { fw::CONNECTION_ALLOWED });
        event.logsource.category = "firewall";
        fw::say_blocked(event, denied);
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
    fn a_vpn_login_in_rfc_5424() {
        let v = read(
            r#"<134>1 2026-12-27T17:11:05Z gw01 CheckPoint 1234 - [action:"Log In"; origin:"192.0.2.1"; time:"1798391465"; auth_status:"Successful Login"; product:"Mobile Access"; src:"203.0.113.9"; user:"Yamada Taro (tyamada)"; office_mode_ip:"10.0.0.9"; x:"a\]b"; ]"#,
        );
        assert_eq!((&v["user"]["name"], &v["user"]["full_name"]), (&"tyamada".into(), &"Yamada Taro".into()));
        assert_eq!(
            (&v["source"]["ip"], &v["source"]["nat"]["ip"]),
            (&"203.0.113.9".into(), &"10.0.0.9".into())
        );
        assert_eq!(v["event"]["outcome"], "success");
        assert_eq!(v["@timestamp"].as_str().unwrap().get(..19), Some("2026-12-27T17:11:05"));
        let v = read(
            r#"[action:"Failed Log In"; time:"1798391465"; product:"Mobile Access"; src:"203.0.113.9"; user:"taro"; ]"#,
        );
        assert_eq!(v["event"]["outcome"], "failure");
    }

    #[test]
    fn the_same_in_other_forms() {
        for text in [
            "CEF:0|Check Point|VPN-1 & FireWall-1|Check Point|Log|https|Unknown|act=Drop rt=1798391465000 spt=51000 dpt=443 cs2Label=Rule Name cs2=Cleanup src=192.0.2.7 dst=198.51.100.1 proto=6",
            "CEF:0||Check Point|VPN-1 & FireWall-1|Check Point|Log|https|Unknown|act=Drop rt=1798391465000 spt=51000 dpt=443 cs2Label=Rule Name cs2=Cleanup src=192.0.2.7 dst=198.51.100.1 proto=6",
            "LEEF:2.0|Check Point|VPN-1 & FireWall-1|1.0|Drop|srcPort=51000\tdstPort=443\tsrc=192.0.2.7\tdst=198.51.100.1\tproto=6\trule_name=Cleanup\tdevTime=1798391465",
            "time=1798391465|hostname=gw|product=VPN-1 & FireWall-1|action=Drop|origin=192.0.2.1|src=192.0.2.7|s_port=51000|dst=198.51.100.1|service=443|proto=6|rule_name=Cleanup",
            r#"{"time":"1798391465","loguid":"{0x1}","product":"VPN-1 & FireWall-1","action":"Drop","src":"192.0.2.7","s_port":"51000","dst":"198.51.100.1","service":"443","proto":"6","rule_name":"Cleanup"}"#,
            r#""22" "28Dec2026" "02:11:05" "eth1" "gw" "Log" "Drop" "443" "51000" "192.0.2.7" "198.51.100.1" "tcp" "81" "Cleanup""#,
        ] {
            let v = read(text);
            assert_eq!(v["event"]["module"], "checkpoint", "{text}");
            assert_eq!(
                (&v["source"]["port"], &v["destination"]["port"]),
                (&51000.into(), &443.into()),
                "{text}"
            );
            assert_eq!(v["event"]["type"], serde_json::json!(["connection", "denied"]), "{text}");
            assert_eq!(v["rule"]["name"], "Cleanup", "{text}");
            assert_eq!(
                v["@timestamp"].as_str().unwrap_or("none").get(..19),
                Some("2026-12-27T17:11:05"),
                "{text}"
            );
        }
    }

    proptest! {
        #[test]
        fn never_panics(text in ".{0,120}", tail in "[a-zA-Z=:/,. |0-9()'\"*\\[\\];\\\\]{0,80}") {
            for head in ["", "[action:\"", "\"22\" \"28Dec2026\" \"02:11:05\" \"", "CEF:0|Check Point|a|b|c|d|e|cs2Label=Rule Name "] {
                let _ = testing::parse(&Checkpoint, &format!("{head}{tail}{text}{tail}"), |_| ());
            }
        }
    }
}
