//! FreeRADIUS (`radiusd`, versions 2 and 3): results of authentication (`auth.c`, `auth_log`), requests of unknown clients, the
//! server's own messages; through syslog or in its own file (`Sat Dec 26 03:04:05 2026 : Auth: (0) Login OK: …`); the requests and the accounting of its `detail` files.

mod detail;

use crate::event::{Event, Field};

use super::unix::{AUTHENTICATION, DENIED, INFO, START, between, is_ip, mark, port, source, user, word};
use super::{Context, Line, Refusal, Source, SourceMeta};

/// FreeRADIUS.
#[derive(Debug)]
pub struct Freeradius;

static META: SourceMeta = SourceMeta { id: "freeradius", product: "FreeRADIUS", vendor: "" };

impl Source for Freeradius {
    fn meta(&self) -> &'static SourceMeta {
        &META
    }

    fn parse<'a>(
        &self,
        line: &Line<'a>,
        context: &Context<'a, '_>,
        event: &mut Event<'a>,
    ) -> Result<(), Refusal> {
        if line.text.contains("\n\t") {
            return detail::read(line.text, context, event);
        }
        let app = line.envelope.app;
        let named = matches!(app, "radiusd" | "freeradius");
        let own_file = matches!(app, "Auth" | "Info" | "Error" | "Warning" | "Proxy" | "Acct")
            && line.envelope.host.is_empty()
            && line.text.contains(" : ");
        if !named && !own_file && !app.is_empty() {
            return Err(Refusal::NotMine);
        }
        let m = line.message.trim_ascii();
        let m = m.strip_prefix("Auth: ").or_else(|| m.strip_prefix("Error: ")).unwrap_or(m);
        // `(548804) ` is the request's number.
        let (id, m) = match m.strip_prefix('(').and_then(|r| r.split_once(") ")) {
            Some((id, rest)) if !id.is_empty() && id.bytes().all(|b| b.is_ascii_digit()) => {
                (id, rest.trim_start())
            }
            _ => ("", m),
        };
        if !result(m, context, event) && !ignored(m, event) {
            if !named && !own_file {
                return Err(Refusal::NotMine);
            }
            mark(event, AUTHENTICATION, INFO, "message");
        }
        if !id.is_empty() {
            event.native.push(("request", id.into()));
        }
        if own_file {
            event.unset(Field::LogSyslogAppname);
            event.set(Field::LogLevel, app);
        }
        event.logsource.product = "linux";
        event.logsource.service = "freeradius";
        event.set(Field::ProcessName, "radiusd");
        Ok(())
    }
}

/// `Login OK: [taro/<via Auth-Type = EAP>] (from client ap1 port 0 cli 00-11-… via TLS tunnel)`, `Login incorrect (why): …`,
/// `Invalid user (why): …`, `Multiple logins (max 1) : …`.
fn result<'a>(m: &'a str, context: &Context<'a, '_>, event: &mut Event<'a>) -> bool {
    let kinds = [
        "Login OK",
        "Login incorrect",
        "Invalid user",
        "Multiple logins",
        "Rejected in post-auth",
        "Outside allowed timespan",
    ];
    let Some(kind) = kinds.iter().find(|k| m.starts_with(**k)) else { return false };
    let rest = m.get(kind.len()..).unwrap_or_default();
    let Some((client, from)) = rest.rsplit_once("(from client ").map(|(head, c)| (c, head)) else {
        return false;
    };
    let Some((_, who)) = from.split_once(": [").or_else(|| from.split_once(" [")) else { return false };
    if let Some(reason) = from.trim_start().strip_prefix('(')
        && let Some((reason, _)) = reason.rsplit_once("): [").or_else(|| reason.rsplit_once(") : ["))
    {
        event.set(Field::EventReason, reason);
    }
    let who = who.rsplit_once(']').map_or(who, |(w, _)| w);
    name(who, event);
    let client = client.trim_end().strip_suffix(')').unwrap_or(client);
    let (nas, rest) = client.split_once(" port ").unwrap_or((client, ""));
    event.native.push(("client", nas.into()));
    if is_ip(nas) {
        event.set(Field::ObserverIp, nas);
    } else {
        event.set_text(Field::ObserverName, nas);
    }
    port(event, Field::SourcePort, word(rest).0);
    if let Some((_, cli)) = rest.split_once("cli ") {
        station(word(cli).0, context, event);
    }
    if let Some((_, via)) = rest.split_once(" via ") {
        event.native.push(("via", via.into()));
    }
    let success = *kind == "Login OK";
    mark(
        event,
        AUTHENTICATION,
        if success { START } else { DENIED },
        m.get(..kind.len()).unwrap_or_default(),
    );
    event.outcome(success);
    true
}

/// `taro`, `taro/password` (the password is not kept), `DOMAIN\taro`, `taro@realm`, `host/pc.example.jp` (a machine).
fn name<'a>(text: &'a str, event: &mut Event<'a>) {
    if let Some(machine) = text.strip_prefix("host/") {
        let machine = machine.split('/').next().unwrap_or(machine);
        event.source_address(machine);
        return;
    }
    let text = text.split_once('/').map_or(text, |(name, _)| name).trim();
    if text.contains('@') {
        event.set_text(Field::UserEmail, text);
    }
    user(event, text);
}

/// Calling-Station-Id: a MAC address in many spellings, an IP address, or something else.
fn station<'a>(text: &'a str, context: &Context<'a, '_>, event: &mut Event<'a>) {
    if is_ip(text) {
        source(event, text);
        return;
    }
    event.native.push(("calling_station", text.into()));
    let digits: bumpalo::collections::Vec<'_, u8> = {
        let mut list = bumpalo::collections::Vec::new_in(context.arena);
        list.extend(text.bytes().filter(|b| !matches!(b, b'-' | b':' | b'.')).take(13));
        list
    };
    if digits.len() == 12 && digits.iter().all(u8::is_ascii_hexdigit) {
        let mut mac = bumpalo::collections::String::with_capacity_in(17, context.arena);
        for (at, b) in digits.iter().enumerate() {
            if at > 0 && at % 2 == 0 {
                mac.push('-');
            }
            mac.push(char::from(*b));
        }
        event.set(Field::SourceMac, mac.into_bump_str());
    }
}

/// `Ignoring request to auth address * port 1812 bound to server x from unknown client 192.0.2.1 port 1645 proto udp`, `… from unknown
/// client 192.0.2.1 port 1645`.
fn ignored<'a>(m: &'a str, event: &mut Event<'a>) -> bool {
    let Some(rest) = m.strip_prefix("Ignoring request to ") else { return false };
    let Some((to, from)) = rest.split_once(" from unknown client ") else { return false };
    let (address, rest) = word(from);
    source(event, address);
    if let Some(rest) = rest.strip_prefix("port ") {
        let (number, rest) = word(rest);
        port(event, Field::SourcePort, number);
        event.set_text(Field::NetworkTransport, rest.strip_prefix("proto ").unwrap_or_default());
    }
    if let Some((address, rest)) = to.split_once(" address ").and_then(|(_, a)| a.split_once(" port ")) {
        if address != "*" {
            event.destination_address(address);
        }
        let (number, rest) = word(rest);
        port(event, Field::DestinationPort, number);
        event.set_text(
            Field::ServiceName,
            between(rest, "bound to server ", " ")
                .unwrap_or_else(|| rest.strip_prefix("bound to server ").unwrap_or("")),
        );
    }
    mark(event, AUTHENTICATION, DENIED, "Ignoring request");
    event.set(Field::EventReason, "unknown client");
    event.outcome(false);
    true
}

#[cfg(test)]
mod tests {
    use crate::sources::unix::test::{check, read};

    #[test]
    fn results() {
        check(
            "(7) Login OK: [EXAMPLE\\taro] (from client ap1 port 3 cli 00-11-22-aa-bb-cc via TLS tunnel)",
            &[
                ("user.name", "taro"),
                ("user.domain", "EXAMPLE"),
                ("source.port", "3"),
                ("event.outcome", "success"),
                ("source.mac", "00-11-22-aa-bb-cc"),
            ],
        );
        check(
            "Dec 26 03:04:05 rad radiusd[9]: Login incorrect (mschap: MS-CHAP2-Response is incorrect): [taro/secret] (from client ap1 port 3 cli 192.0.2.1)",
            &[
                ("user.name", "taro"),
                ("source.ip", "192.0.2.1"),
                ("event.outcome", "failure"),
                ("event.reason", "mschap: MS-CHAP2-Response is incorrect"),
            ],
        );
        check(
            "Sat Dec 26 03:04:05 2020 : Auth: (0) Login OK: [taro/<via Auth-Type = EAP>] (from client ap1 port 0 cli 001122aabbcc)",
            &[
                ("user.name", "taro"),
                ("event.module", "freeradius"),
                ("@timestamp", "2020-12-26T03:04:05.000000Z"),
                ("source.mac", "00-11-22-aa-bb-cc"),
            ],
        );
        assert!(read("Login OK: welcome").is_null());
    }

    #[test]
    fn strangers() {
        check(
            "Ignoring request to auth address * port 1812 bound to server default from unknown client 192.0.2.1 port 1645 proto udp",
            &[("source.ip", "192.0.2.1"), ("destination.port", "1812"), ("event.outcome", "failure")],
        );
    }
}
