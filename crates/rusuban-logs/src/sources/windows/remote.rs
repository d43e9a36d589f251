//! Ways in from outside: Remote Desktop, WinRM, SMB, remote access (RRAS), federation (AD FS); and directory and name services.

use bumpalo::Bump;

use super::prelude::*;
use super::security::{element, from_message};
use super::system::unnamed;
use super::text::{address, between, labelled, native, parse_number, says, set_account, set_source};

pub(super) fn map<'a>(event: &mut Event<'a>, code: u64, channel: &str, provider: &str, arena: &'a Bump) {
    match channel {
        "Microsoft-Windows-TerminalServices-LocalSessionManager/Operational" => sessions(event, code, arena),
        "Microsoft-Windows-TerminalServices-RemoteConnectionManager/Operational" => {
            connections(event, code, arena);
        }
        "Microsoft-Windows-RemoteDesktopServices-RdpCoreTS/Operational" => desktop_core(event, code, arena),
        "Microsoft-Windows-TerminalServices-Gateway/Operational" => gateway(event, code, arena),
        "Microsoft-Windows-TerminalServices-RDPClient/Operational" => {
            if matches!(code, 1024 | 1102) {
                mean(event, ("remote-desktop-outgoing", NETWORK_SESSION, START));
                event.set(Field::NetworkProtocol, "rdp");
                if let Some(target) = native(event, "Value", arena) {
                    event.destination_address(target);
                }
            }
        }
        "Microsoft-Windows-WinRM/Operational" => remote_management(event, code, arena),
        "AD FS/Admin" => federation(event, code, arena),
        "Directory Service" => directory(event, code, arena),
        "Microsoft-Windows-DNS-Client/Operational" => {
            mean(event, ("dns-query", NETWORK, INFO));
            if let Some(name) = native(event, "QueryName", arena) {
                event.set(Field::DnsQuestionName, name);
            }
        }
        "DNS Server" | "Microsoft-Windows-DNSServer/Audit" | "Microsoft-Windows-DNSServer/Analytical" => {
            name_server(event, code, arena);
        }
        "OpenSSH/Operational" => secure_shell(event, arena),
        _ if channel.contains("SMBServer/")
            || channel.contains("SmbClient/")
            || channel.contains("SMBClient/") =>
        {
            file_sharing(event, code, arena);
        }
        _ if provider == "RemoteAccess" || provider == "RasClient" => remote_access(event, code, arena),
        _ => {}
    }
}

/// Sessions on this computer: 21 logon, 22 shell, 23 logoff, 24 disconnect, 25 reconnect, 39 and 40 disconnected by or for.
fn sessions<'a>(event: &mut Event<'a>, code: u64, arena: &'a Bump) {
    let outcome = match code {
        21 => Some(("session-logon", AUTHENTICATION_SESSION, START)),
        22 => Some(("session-shell-started", SESSION, INFO)),
        23 => Some(("session-logoff", AUTHENTICATION_SESSION, END)),
        24 => Some(("session-disconnected", AUTHENTICATION_SESSION, END)),
        25 => Some(("session-reconnected", AUTHENTICATION_SESSION, START)),
        39 | 40 => Some(("session-disconnected", SESSION, END)),
        41 | 42 => Some(("session-arbitration", SESSION, INFO)),
        _ => None,
    };
    let Some(meaning) = outcome else { return };
    mean(event, meaning);
    if matches!(code, 21 | 25) {
        event.outcome(true);
    }
    if let Some(user) = native(event, "User", arena) {
        set_account(event, Field::UserName, Field::UserDomain, user);
    }
    if let Some(id) = native(event, "SessionID", arena).or_else(|| native(event, "Session", arena)) {
        event.set(Field::SessionId, id);
    }
    // `LOCAL` is the console: no one came from outside.
    if let Some(from) = native(event, "Address", arena).filter(|a| !a.eq_ignore_ascii_case("LOCAL")) {
        event.set(Field::NetworkProtocol, "rdp");
        set_source(event, from);
    }
    from_message(event, arena);
}

/// 1149: the network level authentication of a Remote Desktop connection succeeded. 261: somebody connected.
fn connections<'a>(event: &mut Event<'a>, code: u64, arena: &'a Bump) {
    event.set(Field::NetworkProtocol, "rdp");
    match code {
        1149 => {
            mean(event, ("remote-desktop-authenticated", AUTHENTICATION_SESSION, START));
            event.outcome(true);
            let data = unnamed(event, arena);
            let get = |name: &str, at: usize| native(event, name, arena).or_else(|| data.get(at).copied());
            let (user, domain, from) = (get("Param1", 0), get("Param2", 1), get("Param3", 2));
            if let Some(user) = user.filter(|u| says(u)) {
                event.set(Field::UserName, user);
            }
            if let Some(domain) = domain.filter(|d| says(d)) {
                event.set(Field::UserDomain, domain);
            }
            if let Some(from) = from {
                set_source(event, from);
            }
            from_message(event, arena);
        }
        261 => mean(event, ("remote-desktop-connected", NETWORK, START)),
        1158 => {
            mean(event, ("remote-desktop-accepted", NETWORK, START));
            if let Some(from) = native(event, "Param1", arena) {
                set_source(event, from);
            }
        }
        _ => event.unset(Field::NetworkProtocol),
    }
}

/// 131: a connection from an address. 140: a login with a name that does not exist, or a wrong password.
fn desktop_core<'a>(event: &mut Event<'a>, code: u64, arena: &'a Bump) {
    match code {
        131 => mean(event, ("remote-desktop-connected", NETWORK, START)),
        140 => {
            mean(event, ("remote-desktop-authentication", AUTHENTICATION, START));
            event.outcome(false);
        }
        103 => mean(event, ("remote-desktop-disconnected", NETWORK, END)),
        _ => return,
    }
    event.set(Field::NetworkProtocol, "rdp");
    if let Some(from) = native(event, "ClientIP", arena).or_else(|| native(event, "IPString", arena)) {
        set_source(event, from);
    }
}

/// Remote Desktop Gateway.
fn gateway<'a>(event: &mut Event<'a>, code: u64, arena: &'a Bump) {
    let (meaning, outcome) = match code {
        200 => (("gateway-authorized", AUTHENTICATION_NETWORK, START), true),
        201 | 203 | 204 => (("gateway-denied", AUTHENTICATION_NETWORK, DENIED), false),
        300 => (("gateway-resource-authorized", AUTHENTICATION_NETWORK, START), true),
        301 | 304 => (("gateway-resource-denied", AUTHENTICATION_NETWORK, DENIED), false),
        302 => (("gateway-connected", NETWORK_SESSION, START), true),
        303 => (("gateway-disconnected", NETWORK_SESSION, END), true),
        _ => return,
    };
    mean(event, meaning);
    event.outcome(outcome);
    event.set(Field::NetworkProtocol, "rdp");
    if let Some(user) = native(event, "Username", arena) {
        set_account(event, Field::UserName, Field::UserDomain, user);
    }
    if let Some(from) = native(event, "IpAddress", arena) {
        set_source(event, from);
    }
    if let Some(resource) = native(event, "Resource", arena) {
        event.destination_address(resource);
    }
}

fn remote_management<'a>(event: &mut Event<'a>, code: u64, arena: &'a Bump) {
    match code {
        6 => mean(event, ("remote-management-outgoing", NETWORK_SESSION, START)),
        91 => mean(event, ("remote-management-session", NETWORK_SESSION, START)),
        161 | 162 => {
            mean(event, ("remote-management-authentication", AUTHENTICATION, START));
            event.outcome(false);
        }
        168 | 169 => {
            mean(event, ("remote-management-authentication", AUTHENTICATION, START));
            event.outcome(true);
        }
        _ => return,
    }
    event.set(Field::NetworkProtocol, "winrm");
    if let Some(user) = native(event, "username", arena) {
        set_account(event, Field::UserName, Field::UserDomain, user);
    }
    // `host/wsman?PSVersion=5.1`
    if let Some(target) = native(event, "connection", arena) {
        event.destination_address(target.split('/').next().unwrap_or(target));
    }
}

/// SMB, server and client.
fn file_sharing<'a>(event: &mut Event<'a>, code: u64, arena: &'a Bump) {
    match code {
        551 => {
            mean(event, ("smb-authentication", AUTHENTICATION_NETWORK, START));
            event.outcome(false);
        }
        3000 => mean(event, ("smb1-access", NETWORK, ACCESS)),
        30622 | 30624 | 31001 | 31010 | 31017 => mean(event, ("smb-client-security", NETWORK, ERROR)),
        1006 | 1007 | 1009 | 1014 | 1015 | 1016 => mean(event, ("smb-access-denied", NETWORK, DENIED)),
        _ => return,
    }
    event.set(Field::NetworkProtocol, "smb");
    let message = native(event, "Message", arena);
    let said = |label| message.and_then(|m| labelled(m, label));
    let client = native(event, "ClientAddress", arena).filter(|a| address(a).is_some());
    let from = client.or_else(|| said("Client Address")).or_else(|| native(event, "ClientName", arena));
    if let Some(from) = from {
        set_source(event, from);
    }
    if let Some(user) = native(event, "UserName", arena) {
        set_account(event, Field::UserName, Field::UserDomain, user);
    }
}

/// Routing and Remote Access, server (20249–20275) and client (20220–20227): data without names.
pub(super) fn remote_access<'a>(event: &mut Event<'a>, code: u64, arena: &'a Bump) {
    let data = unnamed(event, arena);
    let at = |n: usize| data.get(n).copied().filter(|t| says(t));
    let (meaning, outcome) = match code {
        20250 | 20274 => (("vpn-connected", AUTHENTICATION_NETWORK, START), Some(true)),
        20249 | 20255 | 20258 | 20271 => {
            (("vpn-authentication-failed", AUTHENTICATION_NETWORK, START), Some(false))
        }
        20253 | 20272 | 20275 => (("vpn-disconnected", NETWORK_SESSION, END), None),
        20220..=20224 => (("vpn-client-dialing", NETWORK_SESSION, INFO), None),
        20225 => (("vpn-client-connected", NETWORK_SESSION, START), Some(true)),
        20226 => (("vpn-client-disconnected", NETWORK_SESSION, END), None),
        20227 => (("vpn-client-failed", NETWORK_SESSION, START), Some(false)),
        _ => return,
    };
    mean(event, meaning);
    if let Some(outcome) = outcome {
        event.outcome(outcome);
    }
    // The first is the correlation id; the second the user.
    if let Some(id) = at(0) {
        event.set(Field::SessionId, id.trim_start_matches("CoId="));
    }
    if let Some(user) = at(1) {
        set_account(event, Field::UserName, Field::UserDomain, user);
    }
    match code {
        20271 => {
            if let Some(from) = at(2) {
                set_source(event, from);
            }
            if let Some(reason) = at(3) {
                event.set(Field::EventReason, reason);
            }
        }
        // The address that the client was given.
        20274 => {
            if let Some((ip, _)) = at(3).and_then(address) {
                event.set(Field::SourceNatIp, ip);
            }
        }
        20272 => {
            if let Some(reason) = at(11) {
                event.set(Field::EventReason, reason);
            }
        }
        _ => {}
    }
}

/// AD FS: its audit events in Security and its own channel. The data are one XML text.
pub(super) fn federation<'a>(event: &mut Event<'a>, code: u64, arena: &'a Bump) {
    let (meaning, outcome) = match code {
        299 | 1200 => (("federation-token-issued", AUTHENTICATION, START), Some(true)),
        1202 => (("federation-credentials-validated", AUTHENTICATION, START), Some(true)),
        411 | 1201 | 1203 => (("federation-authentication-failed", AUTHENTICATION, START), Some(false)),
        342 | 364 => (("federation-authentication-failed", AUTHENTICATION, ERROR), Some(false)),
        403 | 404 | 410 | 412 | 413 => (("federation-request", AUTHENTICATION, INFO), None),
        1204 => (("federation-password-changed", IAM, USER_CHANGE), Some(true)),
        1205 => (("federation-password-change-failed", IAM, USER_CHANGE), Some(false)),
        1206 | 1207 => (("federation-signed-out", AUTHENTICATION, END), None),
        510 => (("federation-details", AUTHENTICATION, INFO), None),
        307 => (("federation-configuration-changed", CONFIGURATION, CHANGE), None),
        1210 => (("federation-account-locked-out", AUTHENTICATION, DENIED), Some(false)),
        _ => return,
    };
    mean(event, meaning);
    if let Some(outcome) = outcome {
        event.outcome(outcome);
    }
    for text in unnamed(event, arena) {
        if let Some(user) = element(text, "UserId") {
            set_account(event, Field::UserName, Field::UserDomain, user);
        }
        let forwarded = element(text, "ForwardedIpAddress");
        let from = forwarded.or_else(|| element(text, "IpAddress"));
        if let Some(from) = from.map(|f| f.split(',').next().unwrap_or(f).trim()) {
            set_source(event, from);
        }
        if let Some(agent) = element(text, "UserAgentString") {
            event.set(Field::UserAgentOriginal, agent);
        }
        if let Some(reason) = element(text, "FailureType") {
            event.set(Field::EventReason, reason);
        }
    }
}

/// Active Directory's own channel.
fn directory<'a>(event: &mut Event<'a>, code: u64, arena: &'a Bump) {
    match code {
        2946 => mean(event, ("managed-password-fetched", IAM, ACCESS)),
        2947 => mean(event, ("managed-password-fetch-failed", IAM, ERROR)),
        2889 => mean(event, ("unsigned-ldap-bind", AUTHENTICATION_NETWORK, START)),
        1644 => mean(event, ("expensive-ldap-search", DATABASE_IAM, INFO)),
        _ => return,
    }
    let data = unnamed(event, arena);
    if let Some(from) = data.iter().copied().find(|t| address(t).is_some()) {
        set_source(event, from);
    }
    if code == 2889
        && let Some(user) = data.get(1).filter(|t| says(t))
    {
        set_account(event, Field::UserName, Field::UserDomain, user);
    }
    if let Some(message) = native(event, "Message", arena) {
        if let Some(cn) = between(message, "CN=", ",") {
            event.set(Field::UserTargetName, cn);
        }
        // `Caller IP:` stands on a line of its own, its value on the next.
        if let Some((_, rest)) = message.split_once("Caller IP:")
            && let Some(from) = rest.lines().map(str::trim).find(|l| !l.is_empty())
        {
            set_source(event, from);
        }
    }
}

/// The DNS server's service and audit events.
fn name_server<'a>(event: &mut Event<'a>, code: u64, arena: &'a Bump) {
    mean(
        event,
        match code {
            150 | 770 | 771 => ("dns-plugin", CONFIGURATION, ERROR),
            6001 | 6002 | 6522 | 6523 => ("dns-zone-transfer", NETWORK, ACCESS),
            512 | 513 | 514 | 515 | 516 | 519 | 520 | 521 => ("dns-zone-changed", CONFIGURATION, CHANGE),
            541 => ("dns-server-setting-changed", CONFIGURATION, CHANGE),
            2 | 4 => ("dns-server-started", HOST, START),
            3 => ("dns-server-stopped", HOST, END),
            _ => return,
        },
    );
    let name = ["NAME", "QNAME", "Zone", "param1"].into_iter().find_map(|n| native(event, n, arena));
    if let Some(name) = name {
        event.set(Field::DnsQuestionName, name);
    }
}

/// OpenSSH for Windows: the daemon's own text in `payload`.
fn secure_shell<'a>(event: &mut Event<'a>, arena: &'a Bump) {
    let Some(payload) = native(event, "payload", arena) else { return };
    event.set(Field::Message, payload);
    let (rest, outcome) = match payload.split_once(' ') {
        Some(("Accepted", rest)) => (rest, true),
        Some(("Failed", rest)) => (rest, false),
        _ => return,
    };
    // `password for [invalid user ]NAME from ADDRESS port N ssh2`
    let Some((_, rest)) = rest.split_once(" for ") else { return };
    let rest = rest.strip_prefix("invalid user ").unwrap_or(rest);
    let Some((user, rest)) = rest.rsplit_once(" from ") else { return };
    mean(event, ("ssh-login", AUTHENTICATION_SESSION, START));
    event.outcome(outcome);
    event.set(Field::NetworkProtocol, "ssh");
    set_account(event, Field::UserName, Field::UserDomain, user);
    let mut words = rest.split(' ');
    if let Some(from) = words.next() {
        set_source(event, from);
    }
    if let (Some("port"), Some(port)) = (words.next(), words.next())
        && let Some(port) = parse_number(port)
    {
        event.set(Field::SourcePort, port);
    }
}
