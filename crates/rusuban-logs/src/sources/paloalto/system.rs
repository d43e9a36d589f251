//! SYSTEM logs: the text says who and where.

use crate::event::{Event, Field};
use crate::sources::firewall::{self as fw, between, text};

pub(super) fn fill(event: &mut Event<'_>, subtype: &str) {
    let id = text(event, &["eventid", "EventName", "EventID", "PanOSEventName", "cat"]).unwrap_or_default();
    let words =
        text(event, &["opaque", "EventDescription", "msg", "PanOSEventDescription"]).unwrap_or_default();
    event.set_text(Field::EventCode, id);
    event.set_text(Field::Message, words);
    event.category(if subtype == "general" { fw::HOST } else { fw::NETWORK });
    event.kind(fw::INFO);
    addresses(words, event);
    if let Some((_, rest)) = words.split_once("Reason: ") {
        let end = [". ", ", ", " From:", " auth profile"].iter().filter_map(|e| rest.find(e)).min();
        event.set_text(
            Field::EventReason,
            rest.get(..end.unwrap_or(rest.len())).unwrap_or_default().trim_end_matches('.'),
        );
    }
    if subtype == "auth" || id.starts_with("auth-") {
        let failed = words.contains("failed ") || id.contains("fail");
        event.category(fw::AUTHENTICATION);
        event.kind(fw::START);
        event.outcome(!failed);
        event.set(Field::EventAction, id);
        user_for(words, event);
    } else if subtype == "globalprotect" || id.starts_with("globalprotect") {
        globalprotect(id, words, event);
    } else if let Some(rest) = words.strip_prefix("User ").filter(|r| r.contains(" logged ")) {
        // `User admin logged in via Web from 192.0.2.8 using https`
        let (name, rest) = rest.split_once(" logged ").unwrap_or((rest, ""));
        fw::user(event, name);
        event.category(fw::LOGIN);
        event.kind(if rest.starts_with("in") { fw::START } else { fw::END });
        event.outcome(true);
    } else if let Some((name, _)) = words.strip_prefix("User ").and_then(|r| r.split_once(" failed to log")) {
        fw::user(event, name);
        event.category(fw::AUTHENTICATION);
        event.kind(fw::START);
        event.outcome(false);
    } else if subtype == "port"
        && let Some((_, state)) = words.split_once(": ")
    {
        event.set_text(Field::EventAction, state.trim_start().split(' ').next().unwrap_or_default());
    } else {
        actor(words, event);
    }
    if event.get(Field::UserName).is_none() {
        user_for(words, event);
    }
}

/// `… for user 'taro'.  Reason: …`, `… for user taro. …`, `User 'taro' failed authentication.`
fn user_for<'a>(words: &'a str, event: &mut Event<'a>) {
    let found = words
        .split_once("for user ")
        .or_else(|| words.split_once("User ").filter(|(_, r)| r.starts_with('\'')));
    let Some((_, rest)) = found else { return };
    let name = match rest.strip_prefix('\'') {
        Some(inner) => inner.split('\'').next(),
        None => rest.split([' ', ',']).next().map(|n| n.trim_end_matches('.')),
    };
    fw::user(event, name.unwrap_or_default());
}

/// `… upgraded … by admin`, of those who are no part of the device.
fn actor<'a>(words: &'a str, event: &mut Event<'a>) {
    let acts = [
        "upgraded",
        "downgraded",
        "nstalled",
        "ownloaded",
        "ommit",
        "nitiated",
        "equested",
        "ebooted",
        "everted",
        "aved",
        "mported",
        "xported",
    ];
    if !acts.iter().any(|w| words.contains(w)) {
        return;
    }
    let Some((_, name)) = words.rsplit_once(" by ") else { return };
    let name = name.trim().trim_end_matches('.');
    if !name.contains(' ') && name.parse::<std::net::IpAddr>().is_err() {
        fw::user(event, name);
    }
}

/// Addresses after the words that introduce them.
fn addresses<'a>(words: &'a str, event: &mut Event<'a>) {
    let after = |from: &str| {
        let rest = between(words, from, "\n")?;
        let word = rest.split([' ', ',', '\'', ')']).next()?.trim_end_matches(['.', ':']);
        (!word.is_empty()).then_some(word)
    };
    for from in ["From: ", "Login from: ", "from ", "initiated by: ", "initiated by ", "source: ", ", ip "] {
        if let Some(word) = after(from)
            && let (address, port) = fw::address_port(word)
            && address.parse::<std::net::IpAddr>().is_ok()
        {
            fw::source(event, address);
            if let Some(port) = port {
                event.set(Field::SourcePort, port);
            }
            break;
        }
    }
    for from in ["server address '", "server address ", "connected to server ", "connect to address: "] {
        if let Some(word) = after(from)
            && let (address, port) = fw::address_port(word)
            && address.parse::<std::net::IpAddr>().is_ok()
        {
            fw::destination(event, address);
            if let Some(port) = port {
                event.set(Field::DestinationPort, port);
            } else if from.ends_with("address: ")
                && let Some(port) = after("port: ")
            {
                fw::port(event, Field::DestinationPort, port);
            }
            break;
        }
    }
}

/// GlobalProtect before PAN-OS 9.1: `GlobalProtect gateway user authentication failed. Login from: 203.0.113.9, User name:
/// taro, Client OS version: …, Reason: …`
fn globalprotect<'a>(id: &'a str, words: &'a str, event: &mut Event<'a>) {
    event.set_text(Field::EventAction, id);
    if let Some(name) = between(words, "User name: ", ",") {
        fw::user(event, name.trim().trim_end_matches('.'));
    }
    if let Some(name) = between(words, "Device name: ", ",") {
        event.set_text(Field::HostName, name);
    }
    if let Some(os) = between(words, "Client OS version: ", ",") {
        event.set_text(Field::HostOsFull, os.trim_end_matches('.'));
    }
    if let Some(inside) = between(words, "Private IP: ", ",").map(|a| a.trim_end_matches('.')) {
        fw::ip(event, Field::SourceNatIp, inside);
    }
    if let Some(region) = between(words, "Source region: ", ",") {
        event.set_text(Field::SourceGeoName, region);
        if region.len() == 2 {
            fw::country(event, Field::SourceGeoCountryIsoCode, Field::SourceGeoCountryName, region);
        }
    }
    let failed = id.contains("fail") || words.contains(" failed");
    event.outcome(!failed);
    if id.contains("-auth-") || words.contains("user authentication") {
        event.category(fw::VPN_LOGIN);
        event.kind(fw::START);
    } else if id.contains("-logout-") || words.contains("user logout") {
        event.category(fw::VPN_SESSION);
        event.kind(fw::END);
    } else if id.contains("-regist-") || id.contains("-connect") {
        event.category(fw::VPN_SESSION);
        event.kind(fw::START);
    } else {
        event.category(fw::VPN_SESSION);
        event.kind(fw::INFO);
    }
}
