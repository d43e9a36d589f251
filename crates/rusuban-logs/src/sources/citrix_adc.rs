//! Citrix ADC and Gateway (NetScaler): audit messages, App Firewall alerts in CEF, the management page's access log, the
//! shell's commands.
//!
//! Built from NetScaler's "Syslog Message Reference".
//! - `12/26/2026:03:04:05 GMT HOST 0-PPE-0 : default SSLVPN LOGIN 4711 0 : Context taro@203.0.113.9 - SessionId: 5 - User taro - …`
//! - the date may be `2026/12/26:03:04:05` or `26/12/2026:…`; without `GMT` it is local. A date that fits both orders is read
//!   month first, which is the default.

use crate::event::{Event, EventTime, Field, civil_seconds};

use super::netkit::{self, after, between, has, word};
use super::pairs::Cef;
use super::{Context, Line, Refusal, Source, SourceMeta, weblog};

/// Citrix ADC.
#[derive(Debug)]
pub struct CitrixAdc;

static META: SourceMeta = SourceMeta { id: "citrix_adc", product: "ADC", vendor: "Citrix" };

impl Source for CitrixAdc {
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
        let known = if memchr::memmem::find(message.as_bytes(), b"|Citrix|").is_some()
            && !message.contains(" : default ")
        {
            alert(message, context, event)
        } else {
            shell(message, event)
                || management(message, context, event)
                || audit(message, line, context, event)
        };
        if !known {
            return Err(Refusal::NotMine);
        }
        event.logsource.product = "citrix_adc";
        Ok(())
    }
}

/// `root on /dev/pts/0 shell_command="…"`.
fn shell<'a>(text: &'a str, event: &mut Event<'a>) -> bool {
    let Some((who, command)) = text.split_once(" shell_command=\"") else { return false };
    let (user, tty) = who.split_once(" on ").unwrap_or((who, ""));
    event.category(netkit::CONFIGURATION);
    event.kind(netkit::CHANGE);
    event.set(Field::EventAction, "execute_shell_command");
    event.set(Field::ProcessName, "bash");
    event.set_text(Field::UserName, user.rsplit(' ').next().unwrap_or_default());
    event.native.push(("tty", tty.into()));
    event.set_text(Field::ProcessCommandLine, command.strip_suffix('"').unwrap_or(command));
    true
}

/// The management page's access log: `192.0.2.5 -> 192.0.2.1 - - [26/Dec/2026:…] [1571] "GET …" 200 …`.
fn management<'a>(text: &'a str, context: &Context<'a, '_>, event: &mut Event<'a>) -> bool {
    if !text.get(..64).unwrap_or(text).contains(" -> ") {
        return false;
    }
    let Some(access) = weblog::access(text).filter(|a| !a.server.is_empty()) else { return false };
    weblog::fill(&access, context.time, event);
    netkit::set_number(event, Field::ProcessPid, between(text, "] [", "]").unwrap_or_default());
    true
}

/// CEF of the App Firewall.
fn alert<'a>(text: &'a str, context: &Context<'a, '_>, event: &mut Event<'a>) -> bool {
    let Some(at) = text.find("CEF:") else { return false };
    let Some(cef) = Cef::parse(text.get(at..).unwrap_or_default(), context.arena) else { return false };
    if cef.vendor != "Citrix" {
        return false;
    }
    event.category(netkit::INTRUSION_WEB);
    event.set(Field::EventKind, "alert");
    event.set_text(Field::EventCode, cef.name);
    event.set_text(Field::ObserverVersion, cef.version);
    netkit::set_number(event, Field::EventSeverity, cef.severity);
    for (name, value) in cef.extension {
        event.native.push((name, (*value).into()));
        match *name {
            "src" => netkit::set_source(event, value),
            "spt" => netkit::set_number(event, Field::SourcePort, value),
            "dst" => netkit::set_destination(event, value),
            "dpt" => netkit::set_number(event, Field::DestinationPort, value),
            "method" | "requestMethod" => event.set_text(Field::HttpRequestMethod, value),
            "request" => weblog::set_url(value, event),
            "msg" => event.set_text(Field::EventReason, value),
            "cs1" => event.set_text(Field::RuleName, value),
            "act" => event.set_text(Field::EventAction, value),
            "suser" => netkit::set_user(event, value),
            "geolocation" if *value != "Unknown" => event.set_text(Field::SourceGeoName, value),
            _ => {}
        }
    }
    let blocked =
        event.text(Field::EventAction).is_some_and(|a| a == "blocked" || a == "dropped" || a == "reset");
    event.kind(if blocked { netkit::DENIED } else { netkit::ALLOWED });
    true
}

/// `12/26/2026:03:04:05` in one of its orders, as seconds.
fn stamp(text: &str) -> Option<i64> {
    let mut parts = text.split([':', '/']);
    let mut next = || parts.next()?.parse::<u32>().ok();
    let (a, b, c) = (next()?, next()?, next()?);
    let (hour, minute, second) = (next()?, next()?, next()?);
    let (year, month, day) = match (a, b, c) {
        (1000.., _, _) => (a, b, c),
        (13..=31, _, _) => (c, b, a),
        _ => (c, a, b),
    };
    civil_seconds(i64::from(year), month, day, hour, minute, second)
}

/// The header of an audit message: time, host; then what follows `: default `.
fn header<'a>(
    text: &'a str,
    loose: bool,
    context: &Context<'a, '_>,
) -> Option<(Option<EventTime>, &'a str, &'a str)> {
    let (head, rest) = match text.split_once(" : default ") {
        Some(found) => found,
        None => ("", text.strip_prefix("default ")?),
    };
    let mut words = head.split_ascii_whitespace();
    let mut time = None;
    let mut host = "";
    if let Some(first) = words.next() {
        match stamp(first) {
            Some(seconds) => {
                let next = words.next().unwrap_or_default();
                let gmt = matches!(next, "GMT" | "UTC");
                time = context.time.local(seconds, 0, gmt.then_some(0));
                host = if gmt { words.next().unwrap_or_default() } else { next };
            }
            // A collector took the time off; the packet engine's name is left.
            None if loose && head.contains("-PPE-") => host = first,
            None => return None,
        }
        if host.contains("-PPE-") {
            host = "";
        }
    }
    Some((time, host, rest))
}

/// An audit message.
fn audit<'a>(text: &'a str, line: &Line<'a>, context: &Context<'a, '_>, event: &mut Event<'a>) -> bool {
    // Exports in CSV put the line in quotes.
    let text = text.trim_start_matches('"');
    let whole = netkit::untagged(line).trim().trim_start_matches('"');
    let found = header(text, false, context)
        .or_else(|| header(whole, false, context))
        .or_else(|| header(text, true, context));
    let Some((time, host, rest)) = found else { return false };
    let Some((names, body)) = rest.split_once(" : ") else { return false };
    // `SSLVPN LOGIN 4711 0`; old versions leave the feature out.
    let mut words = names.split_ascii_whitespace();
    let (first, second) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let (feature, name) =
        if second.bytes().all(|b| b.is_ascii_digit()) { ("", first) } else { (first, second) };
    if name.is_empty() || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
        return false;
    }
    if time.is_some() {
        event.time = time;
    }
    event.set_text(Field::ObserverName, host);
    event.set_text(Field::EventCode, name);
    event.set_text(Field::EventProvider, feature);
    event.unset(Field::LogSyslogAppname);
    event.set(Field::EventAction, name);
    event.category(netkit::NETWORK);
    event.kind(netkit::INFO);
    if name == "Message" {
        free_text(body.trim().trim_matches('"'), event);
    } else {
        let body = body.trim();
        for pair in body.split(" - ") {
            pairs(pair.trim(), event);
        }
        if name == "HTTPREQUEST" {
            // `… : SSO is OFF : GET /path - -`
            let request = body.rsplit(" : ").next().unwrap_or_default();
            weblog::request(request.split(" -").next().unwrap_or_default(), event);
        }
        if feature == "APPFW" {
            firewall(body, event);
        }
    }
    meaning(feature, name, event);
    true
}

/// App Firewall's own form: `203.0.113.9 12-PPE0 - session profile https://… text <blocked>`.
fn firewall<'a>(body: &'a str, event: &mut Event<'a>) {
    netkit::set_source(event, word(body));
    if let Some(at) = body.find(" http") {
        let url = body.get(at + 1..).unwrap_or_default();
        let (url, text) = url.split_once(' ').unwrap_or((url, ""));
        weblog::set_url(url, event);
        event.set_text(Field::EventReason, text);
    }
    if let Some((_, verdict)) = body.trim_end().strip_suffix('>').and_then(|b| b.rsplit_once('<')) {
        event.kind(if verdict == "blocked" { netkit::DENIED } else { netkit::ALLOWED });
        event.native.push(("verdict", verdict.into()));
    }
}

/// `Name value`, `Start Time value`, `Total_bytes_send 5`, `Failure_reason "text"`.
fn pairs<'a>(pair: &'a str, event: &mut Event<'a>) {
    let (name, value) = match pair.split_once(' ') {
        Some(("Start" | "End" | "Delink", rest)) => ("", rest.split_once(' ').map_or("", |(_, v)| v)),
        Some(found) => found,
        None => return,
    };
    // CSV doubles the quotes.
    let value = value.trim().trim_matches('"');
    let name = name.trim_end_matches(':');
    event.native.push((name, value.into()));
    if value.is_empty() || value == "NONE" || value == "N/A" {
        return;
    }
    match name {
        // `taro@203.0.113.9`: who and from where; `User` and `Client_ip` say it again, but not in every message.
        "Context" => {
            let (user, from) = value.rsplit_once('@').unwrap_or((value, ""));
            netkit::set_user(event, user);
            if netkit::is_ip(from) {
                netkit::set_source(event, from);
                event.set(Field::ClientIp, from);
            }
        }
        "User" | "user" => netkit::set_user(event, value),
        "Client_ip" | "ClientIP" | "Client" => {
            netkit::set_ip(event, Field::ClientIp, netkit::endpoint(value).0);
            if event.get(Field::SourceIp).is_none() {
                netkit::set_source(event, value);
            }
        }
        "ClientPort" => netkit::set_number(event, Field::SourcePort, value),
        "Remote_ip" | "Source" => netkit::set_source(event, value),
        "Destination" => netkit::set_destination(event, value),
        "Vserver" | "VserverServiceIP" => {
            let (ip, port) = netkit::endpoint(value);
            netkit::set_ip(event, Field::ServerIp, ip);
            if let Some(port) = port
                && event.get(Field::DestinationPort).is_none()
            {
                event.native.push(("Vserver_port", port.into()));
            }
        }
        "Nat_ip" | "NatIP" => netkit::set_ip(event, Field::SourceNatIp, netkit::endpoint(value).0),
        "Total_bytes_send" => netkit::set_number(event, Field::DestinationBytes, value),
        "Total_bytes_recv" => netkit::set_number(event, Field::SourceBytes, value),
        "Failure_reason" | "Reason" | "LogoutMethod" => event.set_text(Field::EventReason, value),
        "Denied_by_policy" => event.set_text(Field::RuleName, value.trim_end_matches('"').trim()),
        "Browser" | "Browser_type" => event.set_text(Field::UserAgentOriginal, value),
        "Command" => event.set_text(Field::ProcessCommandLine, value),
        // HTTPREQUEST writes the rest of its words behind the number.
        "SessionId" => event.set_text(Field::SessionId, word(value).trim_end_matches('-')),
        "username:domainname" => {
            let (user, domain) = value.split_once(':').unwrap_or((value, ""));
            event.set_text(Field::UserName, user);
            event.set_text(Field::UserDomain, domain);
        }
        "ClientVersion" => event.set_text(Field::TlsVersion, value.trim_start_matches("TLSv")),
        "CipherSuite" => event.set_text(Field::TlsCipher, value),
        "Group(s)" => event.set_text(Field::UserGroupName, value),
        "Duration" => {
            let mut parts = value.split(':').map(|p| p.parse::<u64>().ok());
            if let (Some(Some(h)), Some(Some(m)), Some(Some(s))) = (parts.next(), parts.next(), parts.next())
            {
                let seconds = h.saturating_mul(3600).saturating_add(m.saturating_mul(60)).saturating_add(s);
                event.set(Field::EventDuration, seconds.saturating_mul(1_000_000_000));
            }
        }
        _ => {}
    }
}

/// `Message`: free text that may name a user, a client, addresses.
fn free_text<'a>(text: &'a str, event: &mut Event<'a>) {
    event.set_text(Field::EventReason, text);
    let user = between(text, "User <", ">").or_else(|| between(text, "user <", ">")).or_else(|| {
        after(text, "ser ").filter(|_| text.contains(" user ") || text.contains(" User ")).map(word)
    });
    if let Some(user) = user
        && user.bytes().any(|b| b.is_ascii_alphanumeric())
    {
        netkit::set_user(event, user);
    }
    let ip = |label: &str| after(text, label).map_or("", |t| word(t.trim_start_matches([' ', ':', '<'])));
    for label in ["clientip ", "client ip ", "Client_ip ", "Client IP: "] {
        let found = ip(label);
        netkit::set_ip(event, Field::ClientIp, found);
        if netkit::is_ip(found) {
            netkit::set_source(event, found);
        }
    }
    if netkit::is_ip(ip("Srcip:")) {
        netkit::set_source(event, ip("Srcip:"));
    }
    if netkit::is_ip(ip("Dstip:")) {
        netkit::set_destination(event, ip("Dstip:"));
    }
    event.set_text(Field::RuleName, ip("denied_by_policy:"));
}

/// Category, type and outcome.
fn meaning(feature: &str, name: &str, event: &mut Event<'_>) {
    let vpn_login = |event: &mut Event<'_>, success: bool| {
        event.category(netkit::VPN);
        event.kind(netkit::START);
        event.outcome(success);
    };
    match (feature, name) {
        (_, "LOGIN_FAILED" | "EXTRACTED_GROUPS_FAILED" | "AUTH_FAILED") => vpn_login(event, false),
        ("SSLVPN" | "AAA" | "AAATM", "LOGIN") => vpn_login(event, true),
        (_, "LOGOUT" | "ICAEND_CONNSTAT" | "TIMEOUT") => {
            event.category(netkit::NETWORK_SESSION);
            event.kind(netkit::END);
        }
        (_, "ICASTART") => {
            event.category(netkit::NETWORK_SESSION);
            event.kind(netkit::START);
        }
        (_, "CMD_EXECUTED") => command(event),
        ("SSLVPN", "Message") => {
            let reason = event.text(Field::EventReason).unwrap_or_default();
            if has(reason, "Authorize result is ") {
                let allowed = has(reason, "result is Allow");
                // Asked for every connection inside a session: no login.
                event.kind(if allowed { netkit::CONNECTION_ALLOWED } else { netkit::CONNECTION_DENIED });
                event.outcome(allowed);
            } else {
                event.kind(netkit::CONNECTION);
            }
        }
        ("AAA" | "AAATM", "Message") => {
            let reason = event.text(Field::EventReason).unwrap_or_default();
            if has(reason, "Authentication rejected for user") || has(reason, "authentication failed") {
                vpn_login(event, false);
            } else if has(reason, "Authentication succeeded for user") {
                vpn_login(event, true);
            }
        }
        (_, n) if n.contains("DENIED") => {
            event.kind(netkit::CONNECTION_DENIED);
            event.outcome(false);
        }
        ("APPFW", _) => {
            event.category(netkit::INTRUSION_WEB);
            event.set(Field::EventKind, "alert");
        }
        ("TCP" | "UDP" | "SSLVPN" | "SSLLOG" | "SNMP", n) => {
            event.kind(netkit::CONNECTION);
            if n.contains("FAILURE") {
                event.outcome(false);
            }
        }
        _ => {}
    }
}

/// A command of an administrator; `login` and `logout` are commands, too.
fn command(event: &mut Event<'_>) {
    event.category(netkit::CONFIGURATION);
    event.kind(netkit::CHANGE);
    let status = event.native_text("Status").unwrap_or_default();
    let success = has(status, "success");
    if !status.is_empty() {
        event.outcome(success);
    }
    let command = event.text(Field::ProcessCommandLine).unwrap_or_default();
    if command.starts_with("login") {
        event.category(netkit::LOGIN);
        event.kind(netkit::START);
        // The user of the line is nobody yet; the command names who wants to come in.
        if event.text(Field::UserName).is_none_or(|u| u == "root" || u == "nsroot")
            && !success
            && let Some(name) = command.split(' ').nth(1)
        {
            let name = name.trim_matches('"');
            if event.text(Field::UserName).is_none() && !name.is_empty() {
                event.native.push(("login", true.into()));
            }
        }
    } else if command == "logout" || command.starts_with("logout ") {
        event.category(netkit::LOGIN);
        event.kind(netkit::END);
    } else if command.starts_with("show ") || command.starts_with("stat ") {
        event.kind(netkit::ACCESS);
    } else if let Some((verb, name)) = command.split_once(" system user ") {
        event.category(netkit::IAM);
        event.kind(match verb {
            "add" => netkit::USER_CREATION,
            "rm" => netkit::USER_DELETION,
            "bind" => netkit::ADMIN_CHANGE,
            _ => netkit::USER_CHANGE,
        });
        event.set_text(Field::UserTargetName, name.split(' ').next().unwrap_or_default().trim_matches('"'));
    }
}

#[cfg(test)]
mod tests {
    use super::super::netkit::tests::{check, never_panics};
    use super::*;

    #[test]
    fn logins_to_the_gateway() {
        check(
            "<134> 12/26/2026:03:04:05 GMT gw01 0-PPE-0 : default SSLVPN LOGIN 4711 0 : Context taro@203.0.113.9 - SessionId: 5 - User taro - Client_ip 203.0.113.9 - Nat_ip \"Mapped Ip\" - Vserver 192.0.2.1:443 - Browser_type \"Mozilla/5.0\" - SSLVPN_client_type ICA - Group(s) \"N/A\"",
            &[
                ("@timestamp", "2026-12-26T03:04:05.000000Z"),
                ("rusuban.time.basis", "null"),
                ("user.name", "taro"),
                ("source.ip", "203.0.113.9"),
                ("event.outcome", "success"),
                ("observer.name", "gw01"),
            ],
        );
        check(
            "Dec 26 03:04:05 192.0.2.1 12/26/2026:03:04:05 gw01 0-PPE-0 : default AAA LOGIN_FAILED 1 0 : User taro@example.jp - Client_ip 203.0.113.9 - Failure_reason \"Invalid credentials\" - Browser Mozilla/5.0 - x",
            &[
                ("user.name", "taro"),
                ("event.outcome", "failure"),
                ("event.reason", "Invalid credentials"),
                ("rusuban.time.basis", "zone-assumed"),
            ],
        );
    }

    #[test]
    fn commands() {
        check(
            "12/26/2026:03:04:05 GMT gw01 0-PPE-0 : default CLI CMD_EXECUTED 1 0 : User nsroot - Remote_ip 203.0.113.9 - Command \"add system user x\" - Status \"Success\"",
            &[
                ("user.name", "nsroot"),
                ("user.target.name", "x"),
                ("source.ip", "203.0.113.9"),
                ("event.outcome", "success"),
            ],
        );
    }

    #[test]
    fn connections() {
        check(
            "26/12/2026:03:04:05 GMT gw01 0-PPE-0 : default SSLVPN TCPCONNSTAT 1 0 : Context taro@203.0.113.9 - User taro - Client_ip 203.0.113.9 - Source 203.0.113.9:50000 - Destination 192.0.2.5:3389 - Duration 00:01:00 - Total_bytes_send 10 - Total_bytes_recv 20",
            &[
                ("@timestamp", "2026-12-26T03:04:05.000000Z"),
                ("destination.port", "3389"),
                ("source.bytes", "20"),
                ("event.duration", "60000000000"),
            ],
        );
    }

    #[test]
    fn survives_anything() {
        never_panics(
            &CitrixAdc,
            &[
                "12/26/2026:03:04:05 GMT gw01 0-PPE-0 : default SSLVPN Message 1 0 : \"SSLVPN Mux Authorize result is Deny, User <taro>, Srcip: 203.0.113.9, Dstip: 192.0.2.5\"",
                "12/26/2026:03:04:05 gw01 0-PPE-0 : default AAA LOGIN_FAILED 1 0 : User taro - Client_ip 203.0.113.9 - Duration 00:01:00 - Start Time x",
                "CEF:0|Citrix|NetScaler|NS13.1|APPFW|APPFW_X|6|src=203.0.113.9 method=GET request=https://www.example.jp/ act=blocked",
                "root on /dev/pts/0 shell_command=\"ls\"",
            ],
        );
    }
}
