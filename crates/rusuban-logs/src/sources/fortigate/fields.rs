//! From Fortinet's fields to ECS.

use bumpalo::Bump;

use crate::event::{Event, Field, Value};
use crate::sources::firewall::{self as fw, copy, copy_ip, copy_number, copy_port, is_filler, text};

/// Fills the ECS fields from the source's own.
pub(super) fn fill<'a>(event: &mut Event<'a>, arena: &'a Bump, cef: bool) {
    let kind = text(event, &["type"]).unwrap_or_default();
    let subtype = text(event, &["subtype"]).unwrap_or_default();
    device(event);
    addresses(event);
    users(event, cef);
    if let Some(proto) = text(event, &["proto"]) {
        fw::transport(event, proto, arena);
    }
    details(event, arena);

    let action = text(event, &["action"]);
    if let Some(action) = action {
        event.set(Field::EventAction, action);
    }
    let failed = failed(event, action.unwrap_or_default());
    if failed || action.is_some() || text(event, &["status"]).is_some() {
        event.outcome(!failed);
    }
    let action = action.unwrap_or_default();
    match kind {
        "traffic" => traffic(event, action),
        "utm" | "dns" | "attack" | "virus" | "anomaly" => utm(event, subtype, action),
        _ => happening(event, subtype, action),
    }
}

/// Which device, which message.
fn device(event: &mut Event<'_>) {
    event.set(Field::ObserverVendor, "Fortinet");
    event.set(Field::ObserverType, "firewall");
    copy(event, Field::ObserverName, &["devname", "device_name"]);
    copy(event, Field::ObserverSerialNumber, &["devid", "device_id"]);
    if event.get(Field::HostHostname).is_none() {
        copy(event, Field::HostHostname, &["devname"]);
    }
    copy(event, Field::EventCode, &["logid", "log_id"]);
    copy(event, Field::LogLevel, &["level", "pri"]);
    copy(event, Field::EventReason, &["reason", "msg", "logdesc"]);
    copy(event, Field::SessionId, &["sessionid", "session_id", "tunnelid"]);
}

/// Addresses, ports, interfaces, volumes.
fn addresses(event: &mut Event<'_>) {
    // `ui="GUI(192.0.2.1)"`, `https(192.0.2.1)`, `ssh(192.0.2.1)`: where the administrator sits.
    let console = text(event, &["ui"]).and_then(|ui| fw::between(ui, "(", ")"));
    let source = text(event, &["srcip", "remip", "userip", "src", "saddr", "rem_ip", "remote_ip"]);
    let address = source.or(console).or_else(|| text(event, &["ip", "stationip", "client_ip"]));
    if let Some(address) = address {
        fw::source(event, address);
    }
    if let Some(address) = text(event, &["dstip", "locip", "dst", "daddr", "loc_ip"]) {
        fw::destination(event, address);
    }
    copy_port(event, Field::SourcePort, &["srcport", "remport", "src_port", "rem_port"]);
    copy_port(event, Field::DestinationPort, &["dstport", "locport", "dst_port", "loc_port"]);
    copy_ip(event, Field::SourceNatIp, &["transip", "tunnelip", "assignip", "assigned_ip", "tunnel_ip"]);
    copy_ip(event, Field::DestinationNatIp, &["tranip"]);
    copy_port(event, Field::SourceNatPort, &["transport"]);
    copy_port(event, Field::DestinationNatPort, &["tranport"]);
    copy(event, Field::SourceMac, &["srcmac", "stamac", "mac"]);
    copy(event, Field::DestinationMac, &["dstmac"]);
    copy(event, Field::SourceDomain, &["srcname"]);
    if let Some(name) = text(event, &["srccountry", "remcountry"]) {
        fw::country(event, Field::SourceGeoCountryIsoCode, Field::SourceGeoCountryName, name);
    }
    if let Some(name) = text(event, &["dstcountry"]) {
        fw::country(event, Field::DestinationGeoCountryIsoCode, Field::DestinationGeoCountryName, name);
    }
    copy(event, Field::ObserverIngressInterfaceName, &["srcintf"]);
    copy(event, Field::ObserverEgressInterfaceName, &["dstintf", "outintf"]);
    // A long session is reported again and again with totals; the deltas are what is new since the last report, and they
    // alone add up. The statistics of tunnels are totals without deltas: they stay in the source's own fields.
    if text(event, &["action"]) != Some("tunnel-stats") {
        copy_number(event, Field::SourceBytes, &["sentdelta", "sentbyte", "sent"]);
        copy_number(event, Field::DestinationBytes, &["rcvddelta", "rcvdbyte", "rcvd"]);
    }
    copy_number(event, Field::SourcePackets, &["sentpkt"]);
    copy_number(event, Field::DestinationPackets, &["rcvdpkt"]);
    if let Some(seconds) = text(event, &["duration"]) {
        fw::duration(event, seconds);
    }
}

/// Who.
fn users(event: &mut Event<'_>, cef: bool) {
    let user = text(event, if cef { &["srcuser", "user"] } else { &["user", "srcuser"] })
        .or_else(|| text(event, &["unauthuser", "xauthuser", "user_name", "login"]));
    if let Some(user) = user {
        fw::user(event, user);
        let (name, domain) = fw::user_domain(user);
        event.set(Field::SourceUserName, name);
        event.set_text(Field::SourceUserDomain, domain);
    }
    // In CEF the user stands in `duser`.
    if let Some(user) = if cef { text(event, &["user"]) } else { text(event, &["dstuser"]) } {
        event.set_text(Field::DestinationUserName, fw::user_domain(user).0);
    }
    copy(event, Field::UserGroupName, &["group", "xauthgroup"]);
}

/// Rules, threats, files, web, names.
fn details<'a>(event: &mut Event<'a>, arena: &'a Bump) {
    copy(event, Field::RuleId, &["policyid"]);
    copy(event, Field::RuleName, &["attack", "policyname"]);
    copy(event, Field::RuleUuid, &["poluuid"]);
    copy(event, Field::RuleCategory, &["catdesc", "appcat"]);
    copy(event, Field::RuleRuleset, &["policytype", "profile"]);
    copy(event, Field::ThreatSoftwareName, &["virus"]);
    copy(event, Field::FileName, &["filename"]);
    copy_number(event, Field::FileSize, &["filesize"]);
    copy(event, Field::FileHashSha256, &["analyticscksum", "filehash"]);
    copy(event, Field::NetworkApplication, &["app"]);
    if let Some(service) = text(event, &["service"]) {
        event.set(Field::NetworkProtocol, fw::lower(service, arena));
    }
    if let Some(url) = text(event, &["url"]) {
        fw::url(event, url);
    }
    copy(event, Field::UrlDomain, &["hostname"]);
    copy(event, Field::UserAgentOriginal, &["agent"]);
    copy(event, Field::HttpRequestMethod, &["httpmethod"]);
    copy(event, Field::HttpRequestReferrer, &["referralurl"]);
    if let Some(name) = text(event, &["qname"]) {
        event.set(Field::DnsQuestionName, name.trim_matches(['[', ']']));
        copy(event, Field::DnsQuestionType, &["qtype"]);
        copy(event, Field::DnsQuestionClass, &["qclass"]);
    }
    if text(event, &["subtype"]) == Some("ssh") {
        copy(event, Field::ProcessCommandLine, &["command"]);
    }
}

/// True where the device says that what was tried failed. A blocked connection is none: the block succeeded.
fn failed(event: &Event<'_>, action: &str) -> bool {
    let bad = |t: &str| {
        let t = t.to_ascii_lowercase();
        t.contains("fail")
            || t.contains("error")
            || matches!(t.as_str(), "denied" | "negotiate_error" | "timeout")
    };
    let kind = text(event, &["type"]);
    if kind == Some("traffic") || kind == Some("utm") {
        return false;
    }
    text(event, &["status"]).is_some_and(bad)
        || bad(action) && action != "timeout"
        || text(event, &["result"]).is_some_and(bad)
        || text(event, &["logdesc"]).is_some_and(|d| d.to_ascii_lowercase().contains("login fail"))
}

/// A connection of others through the device.
fn traffic(event: &mut Event<'_>, action: &str) {
    event.category(fw::NETWORK);
    let blocked = text(event, &["utmaction"]).is_some_and(is_refusal);
    let denied = is_refusal(action) || blocked;
    event.kind(if denied {
        fw::CONNECTION_DENIED
    } else {
        match action {
            "start" => fw::CONNECTION_ALLOWED_START,
            "close" | "timeout" | "client-rst" | "server-rst" => fw::CONNECTION_ALLOWED_END,
            _ => fw::CONNECTION_ALLOWED,
        }
    });
    fw::say_blocked(event, denied);
}

/// Actions that let nothing through.
fn is_refusal(action: &str) -> bool {
    matches!(
        action,
        "deny"
            | "block"
            | "blocked"
            | "dropped"
            | "drop"
            | "drop_session"
            | "reset"
            | "reset_client"
            | "reset_server"
            | "clear_session"
            | "redirect"
            | "quarantine"
            | "denied"
            | "violation"
            | "ban"
    )
}

/// What a security profile saw.
fn utm(event: &mut Event<'_>, subtype: &str, action: &str) {
    event.category(match subtype {
        "virus" | "outbreak-prevention" | "infected" | "malware-list" => fw::MALWARE,
        "ips" | "anomaly" | "waf" | "signature" => fw::INTRUSION,
        "webfilter" => fw::WEB,
        _ => fw::NETWORK,
    });
    if matches!(subtype, "virus" | "ips" | "anomaly" | "waf") {
        event.set(Field::EventKind, "alert");
    }
    event.kind(if is_refusal(action) { fw::DENIED } else { fw::INFO });
}

/// What happened on the device itself: VPN, administrators, users, configuration.
fn happening(event: &mut Event<'_>, subtype: &str, action: &str) {
    let lower = action.to_ascii_lowercase();
    // The tunnels of sites name their peer's address in the place of a user.
    let has_user = event.text(Field::UserName).is_some_and(|u| u.parse::<std::net::IpAddr>().is_err());
    let (category, kind): (&'static [Value], &'static [Value]) = match (subtype, lower.as_str()) {
        _ if text(event, &["cfgpath"]).is_some() => return configuration(event, &lower),
        ("vpn", "tunnel-up" | "ssl-login-fail") if has_user => (fw::VPN_LOGIN, fw::START),
        ("vpn", "tunnel-up") => (fw::VPN_SESSION, fw::CONNECTION_START),
        ("vpn", "tunnel-down") => (fw::VPN_SESSION, fw::CONNECTION_END),
        ("vpn", "ssl-login-fail") => (fw::VPN_LOGIN, fw::START),
        ("vpn", _) if text(event, &["xauthresult"]).is_some() => (fw::VPN_LOGIN, fw::START),
        ("vpn", _) => (fw::VPN_SESSION, fw::CONNECTION_INFO),
        (_, "login" | "admin-login") => (fw::LOGIN, fw::START),
        (_, "logout" | "admin-logout") => (fw::LOGIN, fw::END),
        (_, "authentication" | "auth-logon" | "fsso-logon" | "auth" | "auth-success" | "logon") => {
            (fw::AUTHENTICATION, fw::START)
        }
        (_, "auth-logout" | "fsso-logoff" | "logoff" | "auth-timeout") => (fw::AUTHENTICATION, fw::END),
        ("user" | "Authentication", _) => (fw::AUTHENTICATION, fw::INFO),
        ("wireless" | "router" | "ha", _) => (fw::NETWORK, fw::INFO),
        _ => (fw::HOST, fw::INFO),
    };
    event.category(category);
    event.kind(kind);
    if text(event, &["xauthresult"]).is_some_and(|r| r.to_ascii_lowercase().contains("fail")) {
        event.outcome(false);
    }
    copy(event, Field::UserAgentOriginal, &["agent", "useragent"]);
    copy(event, Field::NetworkName, &["vpntunnel"]);
}

/// A change of the configuration (`cfgpath`, `cfgobj`, `cfgattr`).
fn configuration(event: &mut Event<'_>, action: &str) {
    let path = text(event, &["cfgpath"]).unwrap_or_default();
    let is_admin =
        matches!(path, "system.admin" | "system.api-user" | "system.sso-admin" | "system.accprofile")
            || path.starts_with("system.admin");
    let is_user =
        is_admin || matches!(path, "user.local" | "user.peer" | "user.radius" | "user.ldap" | "user.saml");
    let is_group = matches!(path, "user.group" | "user.peergrp");
    if is_user || is_group {
        event.category(fw::IAM);
        event.kind(match (action, is_admin, is_group) {
            ("add" | "clone", true, _) => fw::ADMIN_CREATION,
            ("delete", true, _) => fw::ADMIN_DELETION,
            (_, true, _) => fw::ADMIN_CHANGE,
            (_, _, true) => fw::GROUP_CHANGE,
            ("add" | "clone", ..) => fw::USER_CREATION,
            ("delete", ..) => fw::USER_DELETION,
            _ => fw::USER_CHANGE,
        });
        copy(event, if is_group { Field::GroupName } else { Field::UserTargetName }, &["cfgobj"]);
    } else {
        event.category(fw::CONFIGURATION);
        event.kind(fw::CHANGE);
    }
    if let Some(object) = text(event, &["cfgobj"]).filter(|o| !is_filler(o)) {
        event.set(Field::ServiceName, object);
    }
}
