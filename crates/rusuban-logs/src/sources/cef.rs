//! CEF of any maker (ArcSight Common Event Format 0 and 1), by the extension dictionary alone; for products that no other
//! source knows.

use crate::event::{Event, EventTime, Field, TimeReader, Value};

use super::firewall::{self as fw, copy, copy_ip, copy_number, copy_port, text};
use super::pairs::Cef as Message;
use super::{Context, Line, Refusal, Source, SourceMeta};

/// CEF.
#[derive(Debug)]
pub struct Cef;

static META: SourceMeta = SourceMeta { id: "cef", product: "CEF", vendor: "" };

impl Source for Cef {
    fn meta(&self) -> &'static SourceMeta {
        &META
    }

    fn parse<'a>(
        &self,
        line: &Line<'a>,
        context: &Context<'a, '_>,
        event: &mut Event<'a>,
    ) -> Result<(), Refusal> {
        const CUT: Refusal = Refusal::Broken("a CEF header that is cut short");
        let Some(body) = fw::cef_body(line) else {
            return Err(if fw::ends_at_version(line, "CEF:") { CUT } else { Refusal::NotMine });
        };
        let stated = body.starts_with("CEF:");
        let message = match Message::parse(body, context.arena) {
            Some(message) => message,
            None if stated => return Err(CUT),
            None => return Err(Refusal::NotMine),
        };
        event.set_text(Field::ObserverVendor, message.vendor);
        event.set_text(Field::ObserverProduct, message.product);
        event.set_text(Field::ObserverVersion, message.version);
        event.set_text(Field::EventCode, message.class);
        event.set_text(Field::RuleName, message.name);
        event.set_text(Field::LogLevel, message.severity);
        if let Ok(severity) = message.severity.parse::<u64>() {
            event.set(Field::EventSeverity, severity);
        }
        event.native.extend(message.extension.iter().map(|(n, v)| (*n, Value::Str(v))));
        // Sigma rules and people ask for a custom field by its label.
        for (name, label) in message.extension {
            if let Some(base) = name.strip_suffix("Label")
                && !label.is_empty()
                && let Some(value) = message.get(base)
            {
                event.native.push((label, Value::Str(value)));
            }
        }
        if let Some(time) = time(event, context.time) {
            event.time = Some(time);
        }
        fill(event, &message, context);
        Ok(())
    }
}

/// `rt`, else `start`, else `end`: milliseconds since 1970, or `Dec 28 2026 02:11:05.000 JST`, or ISO.
fn time(event: &Event<'_>, reader: &TimeReader) -> Option<EventTime> {
    let stamp = text(event, &["rt", "deviceReceiptTime", "start", "end"])?;
    reader
        .epoch_text(stamp)
        .or_else(|| reader.bsd_zone_prefix(stamp).map(|t| t.0))
        .or_else(|| reader.iso_prefix(stamp).map(|t| t.0))
}

fn fill<'a>(event: &mut Event<'a>, message: &Message<'a>, context: &Context<'a, '_>) {
    for (names, source) in
        [(["src", "sourceAddress", "shost"], true), (["dst", "destinationAddress", "dhost"], false)]
    {
        if let Some(address) = text(event, &names) {
            if source {
                fw::source(event, address);
            } else {
                fw::destination(event, address);
            }
        }
    }
    // IPv6 addresses stand in custom fields.
    for (label, field) in
        [("Source IPv6 Address", Field::SourceIp), ("Destination IPv6 Address", Field::DestinationIp)]
    {
        if event.get(field).is_none()
            && let Some(address) = message.labelled(label)
        {
            fw::ip(event, field, address);
        }
    }
    copy_port(event, Field::SourcePort, &["spt", "sourcePort"]);
    copy_port(event, Field::DestinationPort, &["dpt", "destinationPort"]);
    copy_ip(event, Field::SourceNatIp, &["sourceTranslatedAddress"]);
    copy_port(event, Field::SourceNatPort, &["sourceTranslatedPort"]);
    copy_ip(event, Field::DestinationNatIp, &["destinationTranslatedAddress"]);
    copy_port(event, Field::DestinationNatPort, &["destinationTranslatedPort"]);
    copy(event, Field::SourceDomain, &["shost", "sourceHostName"]);
    copy(event, Field::DestinationDomain, &["dhost", "destinationHostName"]);
    copy(event, Field::SourceMac, &["smac"]);
    copy(event, Field::DestinationMac, &["dmac"]);
    // By the dictionary `in` flows from the source to the destination.
    copy_number(event, Field::SourceBytes, &["in", "bytesIn"]);
    copy_number(event, Field::DestinationBytes, &["out", "bytesOut"]);
    copy_ip(event, Field::ObserverIp, &["dvc", "deviceAddress"]);
    copy(event, Field::ObserverHostname, &["dvchost", "deviceHostName"]);
    copy(event, Field::ObserverSerialNumber, &["deviceExternalId"]);
    copy(event, Field::ObserverIngressInterfaceName, &["deviceInboundInterface"]);
    copy(event, Field::ObserverEgressInterfaceName, &["deviceOutboundInterface"]);
    copy(event, Field::EventId, &["externalId", "eventId"]);
    copy(event, Field::EventReason, &["reason", "msg"]);
    copy(event, Field::NetworkProtocol, &["app"]);
    copy(event, Field::RuleCategory, &["cat"]);
    copy(event, Field::FileName, &["fname"]);
    copy(event, Field::FilePath, &["filePath"]);
    copy_number(event, Field::FileSize, &["fsize"]);
    copy(event, Field::UserAgentOriginal, &["requestClientApplication"]);
    copy(event, Field::HttpRequestMethod, &["requestMethod"]);
    copy(event, Field::HttpRequestReferrer, &["requestContext"]);
    copy(event, Field::ProcessName, &["sproc", "dproc"]);
    if let Some(url) = text(event, &["request"]) {
        fw::url(event, url);
    }
    if let Some(proto) = text(event, &["proto"]) {
        fw::transport(event, proto, context.arena);
    }
    if let Some(hash) = text(event, &["fileHash"]) {
        match hash.len() {
            32 => event.set(Field::FileHashMd5, hash),
            40 => event.set(Field::FileHashSha1, hash),
            64 => event.set(Field::FileHashSha256, hash),
            _ => {}
        }
    }
    if let Some(user) = text(event, &["suser", "sourceUserName"]) {
        fw::user(event, user);
        event.set(Field::SourceUserName, fw::user_domain(user).0);
    }
    if let Some(user) = text(event, &["duser", "destinationUserName"]) {
        if event.get(Field::UserName).is_none() {
            fw::user(event, user);
        }
        event.set(Field::DestinationUserName, fw::user_domain(user).0);
    }
    copy(event, Field::SourceUserId, &["suid"]);
    copy(event, Field::DestinationUserId, &["duid"]);
    meaning(event, text(event, &["act"]), message.name, text(event, &["outcome", "categoryOutcome"]));
}

/// What happened, as far as the words of the format tell: CEF's and LEEF's headers say no more.
pub(super) fn meaning<'a>(
    event: &mut Event<'a>,
    action: Option<&'a str>,
    name: &'a str,
    outcome: Option<&'a str>,
) {
    event.set_text(Field::EventAction, action.unwrap_or(name));
    let outcome = outcome.map(str::to_ascii_lowercase);
    let name = name.to_ascii_lowercase();
    let verdict = match outcome.as_deref() {
        Some(o)
            if o.contains("success") || matches!(o, "succeeded" | "allowed" | "accept" | "ok" | "passed") =>
        {
            Some(true)
        }
        Some(o)
            if o.contains("fail")
                || o.contains("denied")
                || matches!(o, "error" | "blocked" | "rejected") =>
        {
            Some(false)
        }
        _ => None,
    };
    let act = action.unwrap_or_default().to_ascii_lowercase();
    let denied = ["deny", "denied", "drop", "block", "reject", "reset", "prevent", "quarantine"]
        .iter()
        .any(|w| act.starts_with(w));
    let login = ["login", "logon", "log in", "logged in", "sign-in", "signed in", "authenticat"]
        .iter()
        .any(|w| name.contains(w));
    let logout = ["logout", "logoff", "log out", "logged out", "sign-out", "signed out"]
        .iter()
        .any(|w| name.contains(w));
    let verdict = verdict.or_else(|| {
        (login && (name.contains("fail") || name.contains("denied")))
            .then_some(false)
            .or_else(|| (login && name.contains("success")).then_some(true))
    });
    if let Some(verdict) = verdict {
        event.outcome(verdict);
    }
    if logout {
        event.category(fw::LOGIN);
        event.kind(fw::END);
    } else if login {
        event.category(fw::AUTHENTICATION);
        event.kind(fw::START);
    } else if event.get(Field::SourceIp).is_some() && event.get(Field::DestinationIp).is_some() {
        event.category(fw::NETWORK);
        event.kind(if denied { fw::CONNECTION_DENIED } else { fw::CONNECTION_INFO });
    } else {
        event.kind(if denied { fw::DENIED } else { fw::INFO });
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::testing;
    use super::*;
    use crate::event::to_json;

    fn read(text: &str) -> Result<serde_json::Value, Refusal> {
        testing::read(text, |event| to_json(event, "-"))
    }

    #[test]
    fn a_product_that_nobody_knows() {
        let v = read(
            "<134>Dec 28 02:11:06 gw CEF:0|Maker|Gate|2.1|4001|User login failed|7|rt=1798391465000 suser=CORP\\\\taro src=203.0.113.9 spt=51000 dst=192.0.2.1 dpt=443 proto=TCP in=10 out=20 cs1Label=Realm cs1=staff outcome=failure",
        )
        .unwrap();
        assert_eq!((&v["user"]["name"], &v["user"]["domain"]), (&"taro".into(), &"CORP".into()));
        assert_eq!((&v["source"]["bytes"], &v["destination"]["port"]), (&10.into(), &443.into()));
        assert_eq!(v["event"]["outcome"], "failure");
        assert_eq!(v["event"]["category"], serde_json::json!(["authentication"]));
        assert_eq!(v["observer"]["vendor"], "Maker");
        assert_eq!(v["cef"]["Realm"], "staff");
        assert_eq!(v["@timestamp"].as_str().unwrap().get(..19), Some("2026-12-27T17:11:05"));
    }

    #[test]
    fn a_header_that_is_cut_short_is_broken() {
        let envelopes = [
            "",
            "<134>Dec 28 02:11:06 gw ",
            "<134>1 2026-12-28T02:11:06Z gw app - - - ",
            "2026-12-28T02:11:06+09:00 gw collector[1]: ",
            "Dec 28 02:11:06 192.0.2.1 Dec 28 02:11:06 gw asm: ",
        ];
        for envelope in envelopes {
            for message in [
                "CEF:",
                "CEF:0",
                "CEF:0|",
                "CEF:0|Maker|Gate|2.1",
                "CEF:0|Fortinet|Fortigate|v7",
                "CEF:0|F5|ASM",
            ] {
                let text = format!("{envelope}{message}");
                assert!(matches!(read(&text), Err(Refusal::Broken(_))), "{text}: {:?}", read(&text));
            }
        }
        assert!(read("Dec 28 02:11:06 gw app: we write no CEF: it is too long").is_ok());
        assert!(read("Dec 28 02:11:06 gw app: CEF: a|b|c").is_ok());
        assert_eq!(read("1|a").unwrap_err(), Refusal::NotMine);
    }

    proptest! {
        #[test]
        fn never_panics(text in ".{0,120}", tail in "[a-zA-Z=:/,. |0-9()'\"\\\\]{0,80}") {
            let _ = testing::parse(&Cef, &format!("CEF:{tail}|{text}|{tail}"), |_| ());
            let _ = testing::parse(&Cef, &format!("CEF:0|a|b|c|d|e|f|{tail} {text}={tail} rt={text}"), |_| ());
        }
    }
}
