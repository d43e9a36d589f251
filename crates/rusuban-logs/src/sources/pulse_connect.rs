//! Ivanti Connect Secure (Pulse Secure, Juniper Secure Access): WELF and standard text.
//!
//! Built from Ivanti's "Log Monitoring" and its list of error messages.
//! - `id=firewall time="2026-12-26 03:04:05" pri=6 fw=… vpn=… user=… realm="…" roles="…" … src=… msg="AUT24803: …"`
//! - `PulseSecure: 2026-12-26 03:04:05 - ive - [203.0.113.9] taro(Realm)[Role] - Login succeeded for …`

use crate::event::{Event, Field};

use super::netkit::{self, after, between, has, word};
use super::pairs::{Pairs, unescape};
use super::{Context, Line, Refusal, Source, SourceMeta};

/// Ivanti Connect Secure.
#[derive(Debug)]
pub struct PulseConnect;

static META: SourceMeta = SourceMeta { id: "pulse_connect", product: "Connect Secure", vendor: "Ivanti" };

impl Source for PulseConnect {
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
        let welf = message.find("id=firewall ").filter(|at| *at < 80);
        if let Some(at) = welf
            && message.contains(" vpn=")
        {
            self::welf(message.get(at..).unwrap_or_default(), context, event);
        } else if !standard(message, context, event) {
            return Err(Refusal::NotMine);
        }
        event.logsource.product = "pulse_secure";
        event.logsource.service = "vpn";
        Ok(())
    }
}

/// WebTrends Enhanced Log Format.
fn welf<'a>(text: &'a str, context: &Context<'a, '_>, event: &mut Event<'a>) {
    for (name, value) in Pairs::new(text) {
        let value = unescape(value, context.arena);
        event.native.push((name, value.into()));
        if value.is_empty() {
            continue;
        }
        match name {
            "time" => {
                if let Some(time) = context.time.iso(value) {
                    event.time = Some(time);
                }
            }
            "fw" => netkit::set_ip(event, Field::ObserverIp, value),
            "vpn" => event.set_text(Field::ServiceName, value),
            "user" => event.set_text(Field::UserName, value),
            "realm" => event.set_text(Field::UserDomain, value),
            "roles" => event.set_text(Field::UserRoles, value),
            "type" => event.set_text(Field::ServiceType, value),
            "src" => netkit::set_source(event, value),
            "dst" => netkit::set_destination(event, value),
            "dstname" => event.set_text(Field::DestinationDomain, value),
            "proto" => event.set_text(Field::NetworkProtocol, value),
            "sent" => netkit::set_number(event, Field::SourceBytes, value),
            "rcvd" => netkit::set_number(event, Field::DestinationBytes, value),
            "agent" => event.set_text(Field::UserAgentOriginal, value),
            "pri" => netkit::set_number(event, Field::EventSeverity, value),
            _ => {}
        }
    }
    // A user's name may hold blanks without quotes; the rest of it is then no pair, and lost. Take it whole.
    if let Some(user) = between(text, " user=", " realm=") {
        event.set_text(Field::UserName, user.trim().trim_matches('"'));
    }
    if let Some(duration) = event.native_text("duration").and_then(|d| d.parse::<u64>().ok()) {
        event.set(Field::EventDuration, duration.saturating_mul(1_000_000_000));
    }
    if let Some(message) = event.native_text("msg") {
        said(message, event);
    }
}

/// `2026-12-26 03:04:05 - ive - [203.0.113.9] taro(Realm)[Role] - text`, with or without `PulseSecure:` and the user's part.
fn standard<'a>(text: &'a str, context: &Context<'a, '_>, event: &mut Event<'a>) -> bool {
    let text = text.strip_prefix("PulseSecure: ").or_else(|| text.strip_prefix("Juniper: ")).unwrap_or(text);
    let Some((time, rest)) = context.time.iso_prefix(text) else { return false };
    let Some((node, rest)) = rest.strip_prefix(" - ").and_then(|r| r.split_once(" - [")) else {
        return false;
    };
    let Some((address, rest)) = rest.split_once("] ") else { return false };
    let Some((who, message)) = rest.split_once(" - ") else { return false };
    if !netkit::is_ip(address) {
        return false;
    }
    event.time = Some(time);
    event.set_text(Field::ObserverName, node);
    netkit::set_source(event, address);
    // `Root::System()[]`, `taro(Realm)[Role, Role]`.
    let (name, rest) = who.split_once('(').unwrap_or((who, ""));
    event.set_text(Field::UserName, name.rsplit_once("::").map_or(name, |(_, n)| n));
    let (realm, roles) = rest.split_once(')').unwrap_or((rest, ""));
    event.set_text(Field::UserDomain, realm);
    event.set_text(Field::UserRoles, roles.trim_matches(['[', ']']));
    said(message, event);
    true
}

/// The message: `AUT24803: text`.
fn said<'a>(message: &'a str, event: &mut Event<'a>) {
    let (code, text) = match message.split_once(": ") {
        Some((code, text)) if code.len() == 8 && code.bytes().skip(3).all(|b| b.is_ascii_digit()) => {
            (code, text)
        }
        _ => ("", message),
    };
    event.set_text(Field::EventCode, code);
    event.set_text(Field::EventReason, text);
    event.set(Field::Message, message);
    event.category(netkit::NETWORK);
    event.kind(netkit::INFO);
    let admin = code.starts_with("ADM");
    let (action, outcome) = if has(text, "primary authentication successful") {
        ("primary-authentication-succeeded", Some(true))
    } else if has(text, "login succeeded")
        || has(text, "authentication successful")
        || has(text, "agent login succeeded")
    {
        ("login-succeeded", Some(true))
    } else if has(text, "login failed")
        || has(text, "authentication failed")
        || has(text, "login attempt")
        || has(text, "account is locked")
        || has(text, "lockout")
        || has(text, "authentication rejected")
    {
        ("login-failed", Some(false))
    } else {
        ("", None)
    };
    if let Some(success) = outcome {
        event.category(netkit::VPN);
        event.kind(netkit::START);
        event.set(Field::EventAction, action);
        event.outcome(success);
        event.set_text(Field::EventReason, after(text, "Reason: ").unwrap_or(text));
    } else if has(text, "logout from")
        || has(text, "logged out")
        || has(text, "session ended")
        || has(text, "session timed out")
        || has(text, "session timeout")
        || has(text, "closed connection")
        || has(text, "session deleted")
    {
        event.category(netkit::NETWORK_SESSION);
        event.kind(netkit::END);
        event.set(Field::EventAction, "session-ended");
    } else if has(text, "session started") || has(text, "session resumed") || has(text, "connected to ") {
        event.category(netkit::NETWORK_SESSION);
        event.kind(netkit::CONNECTION_START);
        event.set(Field::EventAction, "session-started");
    } else if text.starts_with("Remote address for user ") {
        event.set(Field::EventAction, "remote-address-changed");
        if has(text, "access denied") {
            event.kind(netkit::DENIED);
            event.outcome(false);
        }
    } else if has(text, "Host Checker policy") {
        event.category(netkit::HOST);
        event.set(Field::EventAction, "host-checker");
        event.set_text(Field::RuleName, between(text, "policy '", "'").unwrap_or_default());
        event.outcome(has(text, " passed on"));
    } else if has(text, "SSL negotiation failed") {
        event.set(Field::EventAction, "ssl-negotiation-failed");
        event.set_text(Field::EventReason, between(text, "Reason: '", "'").unwrap_or(text));
    } else if admin {
        event.category(netkit::CONFIGURATION);
        event.kind(netkit::CHANGE);
        event.set(Field::EventAction, "configuration-changed");
    } else if let Some(url) = between(text, "request url ", " came from") {
        event.set(Field::EventAction, "unauthenticated-request");
        super::weblog::set_url(url, event);
    }
    places(text, event);
}

/// Addresses in the text.
fn places<'a>(text: &'a str, event: &mut Event<'a>) {
    let quoted = |label: &str| after(text, label).map(|t| word(t.trim_start_matches('\'')));
    if let Some(peer) = quoted("connection to peer: ") {
        netkit::set_source(event, peer);
    } else if let Some(to) =
        quoted(" to ").filter(|t| text.starts_with("Remote address for user ") && netkit::is_ip(t))
    {
        netkit::set_source(event, to);
    } else if let Some(from) =
        quoted("came from IP ").or_else(|| quoted("source IP ")).or_else(|| quoted(" from "))
        && netkit::is_ip(from)
    {
        netkit::set_source(event, from);
    }
    if let Some(to) = quoted("trying to connect to ").or_else(|| quoted("SNMP trap to "))
        && netkit::is_ip(netkit::endpoint(to).0)
    {
        netkit::set_destination(event, to);
    }
    if let Some(inner) =
        quoted("with IPv4 address ").or_else(|| quoted("with IP address ")).or_else(|| quoted("with IP "))
    {
        netkit::set_ip(event, Field::SourceNatIp, inner);
    }
    if let Some(mac) = between(text, "address '", "'")
        && mac.len() == 17
    {
        event.set_text(Field::HostMac, mac);
    }
    if let Some(agent) = after(text, " with Mozilla") {
        let start = text.len() - agent.len() - "Mozilla".len();
        event.set_text(Field::UserAgentOriginal, text.get(start..).unwrap_or_default().trim_end_matches('.'));
    }
}

#[cfg(test)]
mod tests {
    use super::super::netkit::tests::{check, never_panics};
    use super::*;

    #[test]
    fn logins() {
        check(
            "id=firewall time=\"2026-12-26 03:04:05\" pri=6 fw=192.0.2.1 vpn=GW ivs=Default Network user=taro realm=\"Users\" roles=\"Staff\" proto=auth src=203.0.113.9 dst= dstname= type=vpn op= arg=\"\" result= sent= rcvd= agent=\"\" duration= msg=\"AUT31504: Login succeeded for taro/Users (session:00000000) from 203.0.113.9 with Mozilla/5.0 (Windows).\"",
            &[
                ("@timestamp", "2026-12-26T03:04:05.000000Z"),
                ("user.name", "taro"),
                ("user.domain", "Users"),
                ("source.ip", "203.0.113.9"),
                ("event.outcome", "success"),
                ("event.code", "AUT31504"),
            ],
        );
        check(
            "Dec 26 03:04:05 gw PulseSecure: id=firewall time=\"2026-12-26 03:04:05\" pri=6 fw=192.0.2.1 vpn=GW user=taro realm=\"Users\" roles=\"\" type=vpn src=203.0.113.9 msg=\"AUT23457: Login failed using auth server AD (Active Directory).  Reason: Failed\"",
            &[("event.outcome", "failure"), ("event.reason", "Failed")],
        );
        check(
            "Dec 26 03:04:05 gw PulseSecure: 2026-12-26 03:04:05 - ive - [203.0.113.9] taro(Users)[Staff] - Logout from 203.0.113.9 (session:0)",
            &[("user.name", "taro"), ("source.ip", "203.0.113.9"), ("event.action", "session-ended")],
        );
    }

    #[test]
    fn survives_anything() {
        never_panics(
            &PulseConnect,
            &[
                "id=firewall time=\"2026-12-26 03:04:05\" vpn=GW user=taro realm=\"U\" src=203.0.113.9 msg=\"AUT31504: Login succeeded for taro from 203.0.113.9 with Mozilla/5.0 (W).\"",
                "PulseSecure: 2026-12-26 03:04:05 - ive - [203.0.113.9] Root::taro(Users)[Staff] - Logout from 203.0.113.9",
            ],
        );
    }
}
