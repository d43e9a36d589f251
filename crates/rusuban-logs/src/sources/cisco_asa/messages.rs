//! The texts of ASA's messages: what a number means, and who and where the text names.

use crate::event::{Event, Field, Value};
use crate::sources::Context;
use crate::sources::firewall::{self as fw, between, is_filler};

type Words = &'static [Value<'static>];

/// What a message number means: action, `event.category`, `event.type`, and the outcome where the number alone tells it.
fn meaning(number: u32) -> Option<(&'static str, Words, Words, Option<bool>)> {
    const OK: Option<bool> = Some(true);
    const FAILED: Option<bool> = Some(false);
    Some(match number {
        // Logins through AAA, and by console, SSH, telnet, HTTPS.
        113_004 | 113_008 | 113_012 => ("logged-in", fw::AUTHENTICATION, fw::START, OK),
        113_005 | 113_015 | 113_016 | 113_017 | 113_021 => {
            ("logon-failed", fw::AUTHENTICATION, fw::START, FAILED)
        }
        113_013 | 113_014 => ("logon-failed", fw::AUTHENTICATION, fw::INFO, FAILED),
        113_006 => ("account-locked", fw::AUTHENTICATION, fw::INFO, FAILED),
        113_007 => ("account-unlocked", fw::IAM, fw::USER_CHANGE, OK),
        109_005 | 611_101 | 605_005 | 713_052 | 772_003 => ("logged-in", fw::LOGIN, fw::START, OK),
        109_006 | 109_010 | 109_017 | 109_025 | 109_031 | 109_033 | 611_102 | 605_004 | 308_001 | 713_167
        | 713_198 | 772_004 => ("logon-failed", fw::AUTHENTICATION, fw::START, FAILED),
        611_103 => ("logged-out", fw::LOGIN, fw::END, OK),
        315_011 => ("logged-out", fw::LOGIN, fw::END, None),
        109_201 => ("session-entry-added", fw::VPN_SESSION, fw::INFO, OK),
        // VPN sessions.
        113_029..=113_038 => ("client-vpn-error", fw::VPN_SESSION, fw::CONNECTION_ERROR, FAILED),
        113_039 | 716_001 | 603_108 => ("client-vpn-connected", fw::VPN_LOGIN, fw::START, OK),
        716_038 => ("logged-in", fw::VPN_LOGIN, fw::START, OK),
        716_039 | 716_040 => ("logon-failed", fw::VPN_LOGIN, fw::START, FAILED),
        722_022 | 722_033 | 722_034 | 750_006 => {
            ("client-vpn-connected", fw::VPN_SESSION, fw::CONNECTION_START, OK)
        }
        722_051 | 751_025 | 713_228 => ("address-assigned", fw::VPN_SESSION, fw::CONNECTION_INFO, OK),
        734_001 => ("logged-in", fw::VPN_SESSION, fw::CONNECTION_INFO, OK),
        113_019 | 113_040 | 716_002 | 722_023 | 722_028..=722_031 | 722_037 | 750_007 | 713_050 | 713_259 => {
            ("client-vpn-disconnected", fw::VPN_SESSION, fw::CONNECTION_END, None)
        }
        716_058 => ("client-vpn-disconnected", fw::VPN_SESSION, fw::CONNECTION_INFO, None),
        716_059 => ("client-vpn-resumed", fw::VPN_SESSION, fw::CONNECTION_INFO, None),
        716_000..=716_999 | 722_000..=722_999 | 750_000..=751_999 | 713_000..=713_999 => {
            ("", fw::VPN_SESSION, fw::CONNECTION_INFO, None)
        }
        602_303 => ("created", fw::NETWORK, fw::CONNECTION_START, OK),
        602_304 => ("deleted", fw::NETWORK, fw::CONNECTION_END, OK),
        // Commands, configuration, accounts.
        111_008..=111_010 => ("logged-command", fw::CONFIGURATION, fw::CHANGE, OK),
        111_001..=111_007 => ("configuration", fw::CONFIGURATION, fw::CHANGE, None),
        502_101 => ("user-added", fw::IAM, fw::USER_CREATION, OK),
        502_102 => ("user-deleted", fw::IAM, fw::USER_DELETION, OK),
        502_103 => ("privilege-changed", fw::IAM, fw::USER_CHANGE, OK),
        502_111 | 502_112 => ("group-policy-changed", fw::IAM, fw::GROUP_CHANGE, OK),
        // Connections.
        302_013 | 302_015 | 302_017 | 302_020 | 302_303 | 305_009 | 305_011 | 609_001 => {
            ("firewall-rule", fw::NETWORK, fw::CONNECTION_ALLOWED_START, OK)
        }
        302_014 | 302_016 | 302_018 | 302_021 | 302_023 | 302_304 | 305_010 | 305_012 | 609_002 => {
            ("flow-expiration", fw::NETWORK, fw::CONNECTION_ALLOWED_END, None)
        }
        106_102 | 710_002 => ("firewall-rule", fw::NETWORK, fw::CONNECTION_ALLOWED, OK),
        106_001..=106_023
        | 106_026
        | 106_027
        | 710_003
        | 710_005
        | 313_001
        | 313_004
        | 313_005
        | 313_008
        | 313_009
        | 401_004
        | 418_001
        | 419_002
        | 500_003
        | 500_004
        | 410_001
        | 420_002
        | 420_003
        | 434_002
        | 201_003..=201_013
        | 209_003..=209_006
        | 304_002 => ("firewall-rule", fw::NETWORK, fw::CONNECTION_DENIED, FAILED),
        304_001 => ("url-accessed", fw::WEB, fw::INFO, OK),
        // Attacks.
        400_000..=400_050 | 733_100..=733_105 => ("intrusion-detected", fw::INTRUSION, fw::INFO, None),
        338_001..=338_008 | 338_101..=338_104 | 338_201..=338_204 => {
            ("malware-detected", fw::MALWARE, fw::INFO, None)
        }
        _ => return None,
    })
}

pub(super) fn fill<'a>(number: u32, text: &'a str, context: &Context<'a, '_>, event: &mut Event<'a>) {
    if let Some((action, category, kind, outcome)) = meaning(number) {
        if !action.is_empty() {
            event.set(Field::EventAction, action);
        }
        event.category(category);
        event.kind(kind);
        if let Some(outcome) = outcome {
            event.outcome(outcome);
        }
    }
    session(text, event);
    match number {
        106_100 | 106_102 | 106_103 => access_list(number, text, context, event),
        302_013..=302_023 | 302_303..=302_306 | 305_009..=305_012 => connection(text, context, event),
        111_001..=111_010 => command(text, event),
        304_001 => accessed(text, event),
        750_000..=751_999 => ike(text, event),
        737_000..=737_999 => {
            if let Some(ip) =
                text.split([' ', ',', '\'', '=']).map(|w| w.trim_end_matches('.')).find(|w| is_ip(w))
            {
                fw::source(event, ip);
            }
        }
        401_004 => {
            if let Some((from, to)) = text.split_once(" ==> ").or_else(|| text.split_once(" = ")) {
                endpoint(from.rsplit(' ').next().unwrap_or_default(), true, event);
                endpoint(to.split(' ').next().unwrap_or_default(), false, event);
            }
        }
        _ => {}
    }
    account(number, text, event);
    endpoints(text, event);
    if number == 0 {
        // Without a number, only what the words say.
        if text.contains("Session disconnected") {
            event.category(fw::VPN_SESSION);
            event.kind(fw::CONNECTION_END);
        } else if event.get(Field::UserName).is_some() {
            event.category(fw::VPN_SESSION);
            event.kind(fw::CONNECTION_INFO);
        }
    }
    if event.logsource.category.is_empty()
        && matches!(number, 106_000..=106_999 | 302_000..=302_999 | 710_000..=710_999)
    {
        event.logsource.category = "firewall";
        let denied = event.get(Field::EventType) == Some(Value::List(fw::CONNECTION_DENIED));
        fw::say_blocked(event, denied);
    }
    protocol(text, context, event);
}

fn is_ip(text: &str) -> bool {
    text.parse::<std::net::IpAddr>().is_ok()
}

/// `Group <g> User <u> IP <a> …`, the same without angles, `Group = g, Username = u, IP = a, …`.
fn session<'a>(text: &'a str, event: &mut Event<'a>) {
    let (group, user, ip);
    if let Some(rest) = text.strip_prefix("Group = ") {
        group = rest.split(", ").next();
        user = between(text, ", Username = ", ", ");
        ip = between(text, "IP = ", ", ");
    } else if text.contains("User <") {
        group = between(text, "Group <", ">").or_else(|| between(text, "GroupPolicy <", ">"));
        user = between(text, "User <", ">");
        ip = between(text, "IP <", ">");
    } else if text.starts_with("Group ") && text.contains(" User ") && text.contains(" IP ") {
        group = between(text, "Group ", " User ");
        user = between(text, " User ", " IP ");
        ip = between(text, " IP ", " ");
    } else {
        return;
    }
    if let Some(group) = group {
        event.set_text(Field::UserGroupName, group);
    }
    if let Some(name) = user {
        set_user(name, event);
    }
    if let Some(ip) = ip {
        fw::source(event, ip.trim_end_matches(','));
    }
    if let Some(address) = between(text, "IPv4 Address <", ">") {
        fw::ip(event, Field::SourceNatIp, address);
    }
    if let Some(client) = between(text, "Client Type: ", "\n") {
        event.set_text(Field::UserAgentOriginal, client.trim());
    }
    // `xmt` is what the device sent to the client, the source of the session.
    let count = |from| between(text, from, ",").and_then(|n: &str| n.trim().parse::<u64>().ok());
    if let Some(n) = count("Bytes xmt: ") {
        event.set(Field::DestinationBytes, n);
    }
    if let Some(n) = count("Bytes rcv: ") {
        event.set(Field::SourceBytes, n);
    }
    if let Some(d) = between(text, "Duration: ", ",") {
        fw::duration(event, d);
    }
    if let Some(reason) = between(text, "Reason: ", "\n") {
        event.set_text(Field::EventReason, reason);
    }
}

/// Sets the user unless the device hides or does not know the name.
fn set_user<'a>(name: &'a str, event: &mut Event<'a>) {
    let name = name.trim().trim_matches(['\'', '"', '<', '>']);
    // The tunnels of sites name their peer's address in the place of a user.
    if !is_filler(name) && !name.bytes().all(|b| b == b'*') && name != "Unknown" && !is_ip(name) {
        fw::user(event, name);
        let (name, domain) = fw::user_domain(name);
        event.set(Field::SourceUserName, name);
        event.set_text(Field::SourceUserDomain, domain);
    }
}

/// Users and addresses in the words of logins and accounts.
fn account<'a>(number: u32, text: &'a str, event: &mut Event<'a>) {
    if event.get(Field::UserName).is_none() {
        let name = [
            ("user = ", " :"),
            ("User = ", ":"),
            ("Uname: ", " "),
            ("for user \"", "\""),
            ("for user '", "'"),
            ("User '", "'"),
            ("UAUTH: ", "\u{0}"),
            ("username = ", ","),
            ("Username:", " "),
            ("DAP: User ", ","),
            ("user= ", ")"),
            ("User (", ")"),
        ]
        .iter()
        .find_map(|(from, to)| between(text, from, to));
        if let Some(name) = name {
            let name = if number == 109_201 { between(text, "User=", ",").unwrap_or_default() } else { name };
            set_user(name.trim_end_matches([',', '.']), event);
        } else if matches!(number, 113_000..=113_999 | 111_008..=111_010 | 409_023 | 109_005..=109_010)
            && let Some(name) = between(text, "User ", " ")
                .or_else(|| between(text, "for user ", " "))
                .or_else(|| between(text, "user ", " "))
        {
            set_user(name, event);
        } else if number == 0
            && let Some(name) = between(text, "CN=", ",")
        {
            set_user(name, event);
        }
    }
    if let Some((_, rest)) = text.split_once("server = ") {
        let server = rest.trim_start().split([' ', ',']).next().unwrap_or_default();
        fw::destination(event, server.trim_end_matches(':'));
    }
    if event.get(Field::SourceIp).is_none() {
        let address = [
            ("user IP = ", " "),
            ("IP address: ", ","),
            ("from IP ", ","),
            ("Assigned IP=", ","),
            ("Addr ", ","),
            ("IP = ", ","),
            ("remote-peer = ", ","),
            ("handshake with client ", " "),
            ("(from ", ")"),
        ]
        .iter()
        .find_map(|(from, to)| between(text, from, to));
        if let Some(address) = address {
            endpoint(address.trim_end_matches(','), true, event);
        }
    }
    if let Some(assigned) = between(text, "client-dynamic-ip = ", ",")
        .or_else(|| between(text, "Assigned private IP address ", " "))
    {
        fw::ip(event, Field::SourceNatIp, assigned);
    }
    if let Some(reason) = between(text, "reason = ", " :") {
        event.set_text(Field::EventReason, reason.split(':').next().unwrap_or_default().trim());
    }
    if matches!(number, 502_101..=502_103)
        && let Some(name) = between(text, "Uname: ", " ")
    {
        event.set_text(Field::UserTargetName, name);
    }
}

/// `User 'a', running 'CLI' from IP 192.0.2.1, executed 'write memory'`, `User 'a' executed the 'enable' command.`,
/// `User 'a' executed cmd: show …`, `192.0.2.1 end configuration: OK`.
fn command<'a>(text: &'a str, event: &mut Event<'a>) {
    let line = between(text, "executed '", "'\n")
        .map(|c| c.trim_end_matches('\''))
        .or_else(|| between(text, "executed the '", "' command"))
        .or_else(|| between(text, "executed cmd:", "\n"));
    if let Some(line) = line {
        event.set_text(Field::ProcessCommandLine, line.trim());
        event.native.push(("CmdSet", Value::Str(line.trim())));
        // Commands that change nothing.
        let first = line.trim().split(' ').next().unwrap_or_default();
        if matches!(
            first,
            "show" | "ping" | "terminal" | "enable" | "exit" | "end" | "traceroute" | "changeto"
        ) {
            event.kind(fw::INFO);
        }
    }
    let address =
        text.strip_prefix("Begin configuration: ").unwrap_or(text).split(' ').next().unwrap_or_default();
    if is_ip(address) {
        fw::source(event, address);
    }
}

/// `192.0.2.1 Accessed URL 198.51.100.1:http://…`
fn accessed<'a>(text: &'a str, event: &mut Event<'a>) {
    let Some((source, rest)) = text.split_once(" Accessed ") else { return };
    // Users may stand before the address: `user@192.0.2.1`.
    let (user, address) = source.rsplit_once('@').unwrap_or(("", source));
    set_user(user, event);
    fw::source(event, address.trim());
    let rest = rest.split_once("URL ").map_or(rest, |r| r.1);
    if let Some((address, url)) = rest.split_once(':') {
        fw::destination(event, address);
        fw::url(event, url.trim_end_matches('.'));
    }
}

/// `Local:192.0.2.1:4500 Remote:203.0.113.9:55543 Username:taro …`: the remote end is the source.
fn ike<'a>(text: &'a str, event: &mut Event<'a>) {
    for (from, source) in [("Remote:", true), ("Local:", false)] {
        let Some(word) = between(text, from, " ") else { continue };
        let (address, port) = fw::address_port(word);
        if source {
            fw::source(event, address);
        } else {
            fw::destination(event, address);
        }
        if let Some(port) = port {
            event.set(if source { Field::SourcePort } else { Field::DestinationPort }, port);
        }
    }
    if let Some(group) = between(text, "Group:", " ") {
        event.set_text(Field::UserGroupName, group);
    }
    if let Some(assigned) = between(text, "IPv4 Address=", " ") {
        fw::ip(event, Field::SourceNatIp, assigned);
    }
    if let Some(reason) = between(text, "Reason: ", "\n") {
        event.set_text(Field::EventReason, reason);
    }
}

/// `access-list NAME denied tcp inside/192.0.2.7(51000) -> outside/198.51.100.1(443) hit-cnt 1 …`
fn access_list<'a>(number: u32, text: &'a str, context: &Context<'a, '_>, event: &mut Event<'a>) {
    let denied = text.contains(" denied ") || number == 106_103;
    event.category(fw::NETWORK);
    event.set(Field::EventAction, "firewall-rule");
    event.outcome(!denied);
    event.kind(if denied { fw::CONNECTION_DENIED } else { fw::CONNECTION_ALLOWED });
    let mut words = text.split(' ');
    if words.next() == Some("access-list") {
        event.set_text(Field::RuleName, words.next().unwrap_or_default());
        let _ = words.next();
        fw::transport(event, words.next().unwrap_or_default(), context.arena);
    }
    let Some((before, after)) = text.split_once(" -> ") else { return };
    for (word, source) in [(before.rsplit(' ').next(), true), (after.split(' ').next(), false)] {
        let word = word.unwrap_or_default();
        let (interface, rest) = word.split_once('/').unwrap_or(("", word));
        let (address, rest) = rest.split_once('(').unwrap_or((rest, ""));
        let (port, user) = rest.split_once(')').unwrap_or(("", ""));
        let (interface_field, port_field) = if source {
            fw::source(event, address);
            (Field::ObserverIngressInterfaceName, Field::SourcePort)
        } else {
            fw::destination(event, address);
            (Field::ObserverEgressInterfaceName, Field::DestinationPort)
        };
        event.set_text(interface_field, interface);
        fw::port(event, port_field, port);
        if source {
            set_user(user.trim_matches(['(', ')']), event);
        }
    }
}

/// Connections built and torn down. An outbound one names its far end first.
fn connection<'a>(text: &'a str, context: &Context<'a, '_>, event: &mut Event<'a>) {
    let outbound = text.starts_with("Built outbound");
    if let Some(far) = between(text, "faddr ", " gaddr") {
        let near = between(text, "laddr ", " ").unwrap_or_default();
        let mapped = between(text, "gaddr ", " ").unwrap_or_default();
        endpoint(far, !outbound, event);
        endpoint(near, outbound, event);
        let field = if outbound { Field::SourceNatIp } else { Field::DestinationNatIp };
        if mapped != near {
            fw::ip(event, field, fw::address_port(mapped).0);
        }
    } else if let Some((first, second)) = pair(text, " for ", " to ").or_else(|| pair(text, " from ", " to "))
    {
        endpoint(first, !outbound, event);
        endpoint(second, outbound, event);
        for (word, source) in [(first, !outbound), (second, outbound)] {
            mapped(text, word, source, event);
        }
    }
    // `(LOCAL\taro)` may stand after either end.
    if event.get(Field::UserName).is_none()
        && let Some(user) = text.split(['(', ')']).skip(1).step_by(2).find(|w| w.contains('\\'))
    {
        set_user(user, event);
    }
    if let Some(name) = words_after(text, "Built ").or_else(|| words_after(text, "Teardown ")) {
        fw::transport(event, name, context.arena);
    }
    if text.starts_with("Built") {
        event.set(Field::NetworkDirection, if outbound { "outbound" } else { "inbound" });
    }
    if let Some(length) = between(text, "duration ", " ") {
        fw::duration(event, length);
    }
    if let Some(bytes) = between(text, "bytes ", " ").and_then(|b| b.parse::<u64>().ok()) {
        event.set(Field::NetworkBytes, bytes);
    }
}

/// The translated address in brackets after an endpoint: `inside:192.0.2.7/51000 (203.0.113.1/40000)`.
fn mapped<'a>(text: &'a str, word: &'a str, source: bool, event: &mut Event<'a>) {
    let Some((_, rest)) = text.split_once(word) else { return };
    let Some((inner, _)) = rest.trim_start().strip_prefix('(').and_then(|r| r.split_once(')')) else {
        return;
    };
    let (address, port) = fw::address_port(inner);
    if !is_ip(address) || word.contains(inner) {
        return;
    }
    let (ip_field, port_field) = if source {
        (Field::SourceNatIp, Field::SourceNatPort)
    } else {
        (Field::DestinationNatIp, Field::DestinationNatPort)
    };
    fw::ip(event, ip_field, address);
    if let Some(port) = port {
        event.set(port_field, port);
    }
}

/// The protocol in `Built inbound TCP connection`, `Teardown dynamic UDP translation`.
fn words_after<'a>(text: &'a str, from: &str) -> Option<&'a str> {
    let rest = text.strip_prefix(from)?;
    rest.split(' ').find(|w| w.len() > 1 && w.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit()))
}

/// The words after `from` and after the `to` that follows it.
fn pair<'a>(text: &'a str, from: &str, to: &str) -> Option<(&'a str, &'a str)> {
    let (_, rest) = text.split_once(from)?;
    let (first, second) = rest.split_once(to)?;
    Some((first.split(' ').next()?, second.split(' ').next()?))
}

/// `… from A to B`, `… src A dst B`, `for A to B`, where nothing more particular was found.
fn endpoints<'a>(text: &'a str, event: &mut Event<'a>) {
    let found = pair(text, " src ", " dst ")
        .or_else(|| pair(text, "SRC ", "DEST "))
        .or_else(|| pair(text, "src = ", "dest = "))
        .or_else(|| pair(text, " from laddr ", " to "))
        .or_else(|| pair(text, " from ", " to "))
        .or_else(|| pair(text, " for ", " to "))
        .or_else(|| pair(text, " between ", " and "))
        .or_else(|| pair(text, " client ", " to "));
    if let Some((first, second)) = found {
        if event.get(Field::SourceIp).is_none() {
            endpoint(first, true, event);
        }
        if event.get(Field::DestinationIp).is_none() {
            endpoint(second, false, event);
        }
    }
    if event.get(Field::SourceIp).is_none()
        && let Some(word) = between(text, " from ", " ")
    {
        endpoint(word, true, event);
    }
    if let Some(name) = between(text, "access-group \"", "\"") {
        event.set_text(Field::RuleName, name);
    }
}

/// `outside:192.0.2.1/443`, `192.0.2.1/ssh`, `inside:192.0.2.1/1024(CORP\taro)`, `192.0.2.1`. Only addresses are taken.
fn endpoint<'a>(word: &'a str, source: bool, event: &mut Event<'a>) {
    let word = word.trim_end_matches([',', ';', '.', ':']);
    let (word, user) = word.split_once('(').unwrap_or((word, ""));
    let (place, port) = word.rsplit_once('/').unwrap_or((word, ""));
    let (interface, address) =
        if is_ip(place) { ("", place) } else { place.split_once(':').unwrap_or(("", place)) };
    if !is_ip(address) {
        return;
    }
    let (interface_field, port_field) = if source {
        fw::source(event, address);
        (Field::ObserverIngressInterfaceName, Field::SourcePort)
    } else {
        fw::destination(event, address);
        (Field::ObserverEgressInterfaceName, Field::DestinationPort)
    };
    event.set_text(interface_field, interface);
    match port {
        "ssh" => event.set(port_field, 22_u16),
        "telnet" => event.set(port_field, 23_u16),
        "https" => event.set(port_field, 443_u16),
        "http" => event.set(port_field, 80_u16),
        _ => fw::port(event, port_field, port),
    }
    if source || event.get(Field::UserName).is_none() {
        set_user(user.trim_end_matches(')'), event);
    }
}

/// The transport in `Deny udp src …`, `TCP access denied …`, `Deny inbound icmp …`.
fn protocol<'a>(text: &'a str, context: &Context<'a, '_>, event: &mut Event<'a>) {
    if event.get(Field::NetworkTransport).is_some() {
        return;
    }
    let found = text
        .split(' ')
        .take(6)
        .find(|w| ["tcp", "udp", "icmp", "gre", "esp", "sctp"].iter().any(|p| p.eq_ignore_ascii_case(w)));
    if let Some(found) = found {
        event.set(Field::NetworkTransport, fw::lower(found, context.arena));
    }
}
