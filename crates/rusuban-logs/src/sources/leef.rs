//! LEEF of any maker (IBM QRadar Log Event Extended Format 1.0 and 2.0), by the predefined attributes alone; for products
//! that no other source knows.

use crate::event::{Event, EventTime, Field, TimeReader, Value};

use super::firewall::{self as fw, copy, copy_ip, copy_number, copy_port, text};
use super::pairs::Leef as Message;
use super::{Context, Line, Refusal, Source, SourceMeta};

/// LEEF.
#[derive(Debug)]
pub struct Leef;

static META: SourceMeta = SourceMeta { id: "leef", product: "LEEF", vendor: "" };

impl Source for Leef {
    fn meta(&self) -> &'static SourceMeta {
        &META
    }

    fn parse<'a>(
        &self,
        line: &Line<'a>,
        context: &Context<'a, '_>,
        event: &mut Event<'a>,
    ) -> Result<(), Refusal> {
        const CUT: Refusal = Refusal::Broken("a LEEF header that is cut short");
        let Some(body) = fw::leef_body(line) else {
            return Err(if fw::ends_at_version(line, "LEEF:") { CUT } else { Refusal::NotMine });
        };
        let message = Message::parse(body, context.arena).ok_or(CUT)?;
        event.set_text(Field::ObserverVendor, message.vendor);
        event.set_text(Field::ObserverProduct, message.product);
        event.set_text(Field::ObserverVersion, message.version);
        event.set_text(Field::EventCode, message.event);
        event.native.extend(message.attributes.iter().map(|(n, v)| (*n, Value::Str(v))));
        if let Some(time) = time(event, context.time) {
            event.time = Some(time);
        }
        if let Some(address) = text(event, &["src", "identSrc"]) {
            fw::source(event, address);
        }
        if let Some(address) = text(event, &["dst"]) {
            fw::destination(event, address);
        }
        copy_port(event, Field::SourcePort, &["srcPort"]);
        copy_port(event, Field::DestinationPort, &["dstPort"]);
        copy_ip(event, Field::SourceNatIp, &["srcPostNAT"]);
        copy_ip(event, Field::DestinationNatIp, &["dstPostNAT"]);
        copy_port(event, Field::SourceNatPort, &["srcPostNATPort"]);
        copy_port(event, Field::DestinationNatPort, &["dstPostNATPort"]);
        copy(event, Field::SourceMac, &["srcMAC", "identMAC"]);
        copy(event, Field::DestinationMac, &["dstMAC"]);
        copy_number(event, Field::SourceBytes, &["srcBytes"]);
        copy_number(event, Field::DestinationBytes, &["dstBytes"]);
        copy_number(event, Field::SourcePackets, &["srcPackets"]);
        copy_number(event, Field::DestinationPackets, &["dstPackets"]);
        copy(event, Field::SourceDomain, &["identHostName"]);
        copy(event, Field::RuleName, &["policy"]);
        copy(event, Field::RuleCategory, &["cat"]);
        copy(event, Field::LogLevel, &["sev"]);
        copy(event, Field::EventReason, &["reason", "msg"]);
        if let Some(url) = text(event, &["url"]) {
            fw::url(event, url);
        }
        if let Some(proto) = text(event, &["proto"]) {
            fw::transport(event, proto, context.arena);
        }
        if let Some(user) = text(event, &["usrName", "accountName", "identUserName"]) {
            fw::user(event, user);
            event.set(Field::SourceUserName, fw::user_domain(user).0);
        }
        copy(event, Field::UserDomain, &["domain"]);
        let action = text(event, &["action", "act"]);
        super::cef::meaning(event, action, message.event, text(event, &["outcome", "result", "status"]));
        if text(event, &["isLoginEvent"]) == Some("true") {
            event.category(fw::AUTHENTICATION);
            event.kind(fw::START);
        } else if text(event, &["isLogoutEvent"]) == Some("true") {
            event.category(fw::LOGIN);
            event.kind(fw::END);
        }
        Ok(())
    }
}

/// `devTime`: milliseconds since 1970, `Dec 28 2026 02:11:05 JST`, or ISO.
fn time(event: &Event<'_>, reader: &TimeReader) -> Option<EventTime> {
    let stamp = text(event, &["devTime"])?;
    reader
        .epoch_text(stamp)
        .or_else(|| reader.bsd_zone_prefix(stamp).map(|t| t.0))
        .or_else(|| reader.iso_prefix(stamp).map(|t| t.0))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::testing;
    use super::*;
    use crate::event::to_json;

    #[test]
    fn a_product_that_nobody_knows() {
        let v = testing::read(
            "<134>Dec 28 02:11:06 gw LEEF:2.0|Maker|Gate|2.1|login_failed|^|devTime=1798391465000^usrName=taro^src=203.0.113.9^srcPort=51000^dst=192.0.2.1^isLoginEvent=true",
            |event| to_json(event, "-"),
        )
        .unwrap();
        assert_eq!((&v["user"]["name"], &v["source"]["ip"]), (&"taro".into(), &"203.0.113.9".into()));
        assert_eq!(v["event"]["outcome"], "failure");
        assert_eq!(v["event"]["category"], serde_json::json!(["authentication"]));
        assert_eq!(v["@timestamp"].as_str().unwrap().get(..19), Some("2026-12-27T17:11:05"));
    }

    #[test]
    fn a_header_that_is_cut_short_is_broken() {
        let read = |text: &str| testing::read(text, |_| ());
        for envelope in ["", "<134>Dec 28 02:11:06 gw ", "<134>1 2026-12-28T02:11:06Z gw app - - - "] {
            for message in ["LEEF:", "LEEF:1", "LEEF:1.0", "LEEF:1.0|Maker", "LEEF:2.0|Check Point|VPN-1"] {
                let text = format!("{envelope}{message}");
                assert!(matches!(read(&text), Err(Refusal::Broken(_))), "{text}: {:?}", read(&text));
            }
        }
        assert!(read("Dec 28 02:11:06 gw app: we write no LEEF: it is too long").is_ok());
    }

    proptest! {
        #[test]
        fn never_panics(text in ".{0,120}", tail in "[a-zA-Z=:/,. |0-9()'\"\t^]{0,80}") {
            let _ = testing::parse(&Leef, &format!("LEEF:{tail}|{text}|{tail}"), |_| ());
            let _ = testing::parse(&Leef, &format!("LEEF:2.0|a|b|c|d|{tail}|{text}={tail}"), |_| ());
        }
    }
}
