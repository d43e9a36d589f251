//! OpenSSH's server (sshd, sshd-session, sshd-auth, sftp-server), from the messages of `auth.c`, `auth2*.c`, `packet.c`,
//! `session.c`, `sshd.c`, `kex.c` and `sftp-server.c` of the releases 3 to 10.
//!
//! Hot path: the message's first byte chooses the group, a prefix chooses the message; nothing is copied.

mod connections;

use crate::event::{Event, Field};

use super::unix::{
    AUTHENTICATION, DENIED, INFO, LOGIN, NETWORK, PROTOCOL, SESSION, START, between, cut, cut_at, cut_last,
    is_ip, mark, port, program, source, user, word,
};
use connections::{configuration, connection, disconnect, others, received, sftp, timeout};

use super::{Context, Envelope, Form, Line, Refusal, Source, SourceMeta, pam};

/// OpenSSH.
#[derive(Debug)]
pub struct Sshd;

static META: SourceMeta = SourceMeta { id: "sshd", product: "OpenSSH", vendor: "OpenBSD" };

impl Source for Sshd {
    fn meta(&self) -> &'static SourceMeta {
        &META
    }

    fn parse<'a>(
        &self,
        line: &Line<'a>,
        context: &Context<'a, '_>,
        event: &mut Event<'a>,
    ) -> Result<(), Refusal> {
        let message = line.message.trim_ascii();
        let ours = match line.envelope.app {
            "sshd" => true,
            "" => false,
            app => program(app).starts_with("sshd"),
        };
        if ours {
            event.set(Field::ProcessName, "sshd");
            event.logsource.product = "linux";
            event.logsource.service = "sshd";
            let known = read(message, event, true)
                || pam::read(message, pam::service_of(line.envelope.app), context, event);
            if !known {
                mark(event, NETWORK, INFO, "message");
            }
            return Ok(());
        }
        if matches!(program(line.envelope.app), "sftp-server" | "internal-sftp") {
            event.set(Field::ProcessName, "sftp-server");
            event.logsource.product = "linux";
            event.logsource.service = "sshd";
            sftp(message, event);
            return Ok(());
        }
        if bare(&line.envelope) {
            if read(message, event, false) {
                event.set(Field::ProcessName, "sshd");
                event.logsource.product = "linux";
                event.logsource.service = "sshd";
                return Ok(());
            }
            if pam::names_service(message, "sshd") && pam::read(message, "sshd", context, event) {
                event.set(Field::ProcessName, "sshd");
                event.logsource.product = "linux";
                event.logsource.service = "sshd";
                return Ok(());
            }
        }
        Err(Refusal::NotMine)
    }
}

/// True where nothing says which program wrote the message.
fn bare(envelope: &Envelope<'_>) -> bool {
    envelope.app.is_empty() && envelope.form != Form::Journal
}

/// Reads a message of sshd. `sure`: the envelope names sshd; otherwise only messages are taken that nobody else writes.
fn read<'a>(message: &'a str, event: &mut Event<'a>, sure: bool) -> bool {
    let (message, preauth) = match message.strip_suffix(" [preauth]") {
        Some(m) => (m.trim_ascii_end(), true),
        None => (message, false),
    };
    let (level, message) = level(message);
    let known = message_of(message, event, sure, !level.is_empty() || preauth);
    if known && !level.is_empty() {
        event.set(Field::LogLevel, level);
    }
    known
}

/// `error: `, `fatal: `, `debug1: ` at the start.
fn level(message: &str) -> (&str, &str) {
    match message.as_bytes().first() {
        Some(b'e' | b'f' | b'd' | b'i' | b'w') => match cut(message, ": ") {
            Some((
                level @ ("error" | "fatal" | "debug1" | "debug2" | "debug3" | "debug" | "info" | "warning"),
                rest,
            )) => (level, rest),
            _ => ("", message),
        },
        _ => ("", message),
    }
}

/// The messages by their first byte.
fn message_of<'a>(m: &'a str, event: &mut Event<'a>, sure: bool, marked: bool) -> bool {
    match m.as_bytes().first() {
        Some(b'F') => failed(m, event),
        Some(b'A') => accepted(m, event),
        Some(b'C') => connection(m, event, sure),
        Some(b'D') => disconnect(m, event, sure || marked),
        Some(b'R') => received(m, event, sure || marked),
        Some(b'I' | b'i') => invalid(m, event),
        Some(b'P') => postponed(m, event),
        Some(b'm' | b'M') => {
            match m.get(1..).and_then(|t| t.strip_prefix("aximum authentication attempts exceeded for ")) {
                Some(rest) => {
                    who_from(rest, event);
                    mark(event, LOGIN, DENIED, "authentication_attempts_exceeded");
                    failure(event, "maximum authentication attempts exceeded")
                }
                None => m.starts_with("main: sshd: ") && configuration(m, event),
            }
        }
        Some(b'U' | b'u') => user_message(m, event, sure),
        Some(b'T') => timeout(m, event, sure),
        // What PAM's modules say comes as often as sshd's own messages.
        Some(b'p') if m.starts_with("pam_") => false,
        _ => others(m, event, sure),
    }
}

/// Marks a failure with its reason.
fn failure<'a>(event: &mut Event<'a>, reason: &'a str) -> bool {
    event.outcome(false);
    event.set_text(Field::EventReason, reason);
    true
}

/// `1.2.3.4 port 22`, `1.2.3.4`, `1.2.3.4 port 22:11: why`, `1.2.3.4: 11: why`: sets the peer and gives what follows.
fn peer<'a>(text: &'a str, event: &mut Event<'a>) -> &'a str {
    let (address, rest) = cut_at(text, b' ').unwrap_or((text, ""));
    source(event, address.trim_end_matches([':', '.', ',']));
    let Some(rest) = rest.strip_prefix("port ") else { return rest };
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let (number, rest) = rest.split_at_checked(digits).unwrap_or((rest, ""));
    port(event, Field::SourcePort, number);
    rest
}

/// `[invalid user |illegal user ]NAME from ADDRESS[ port N][ ssh2…]`. False where there is no ` from `.
fn who_from<'a>(text: &'a str, event: &mut Event<'a>) -> bool {
    let text =
        ["invalid user ", "illegal user ", "user "].iter().find_map(|p| text.strip_prefix(p)).unwrap_or(text);
    let Some((name, address)) = cut_last(text, " from ") else {
        user(event, text);
        return false;
    };
    user(event, name);
    peer(address, event);
    true
}

/// `Failed password for …`.
fn failed<'a>(m: &'a str, event: &mut Event<'a>) -> bool {
    let Some(rest) = m.strip_prefix("Failed ") else {
        return m.starts_with("Found matching ") && {
            mark(event, AUTHENTICATION, INFO, "matching_key");
            event.native.push(("signature", m.into()));
            true
        };
    };
    let Some((method, who)) = cut(rest, " for ") else { return false };
    if method.contains(' ') || !who_from(who, event) {
        return false;
    }
    event.native.push(("method", method.into()));
    mark(event, LOGIN, DENIED, "ssh_login");
    failure(event, m.get(.."Failed ".len() + method.len()).unwrap_or_default())
}

/// `Accepted METHOD for NAME from ADDRESS port N ssh2: signature`, and other words that start with A.
fn accepted<'a>(m: &'a str, event: &mut Event<'a>) -> bool {
    if let Some(rest) = m.strip_prefix("Accepted ") {
        if rest.starts_with("key ") || rest.starts_with("certificate ") {
            mark(event, AUTHENTICATION, INFO, "key_accepted");
            event.native.push(("signature", rest.into()));
            return true;
        }
        let Some((method, who)) = cut(rest, " for ") else { return false };
        if method.contains(' ') {
            return false;
        }
        let (head, signature) = cut(who, " ssh2").unwrap_or((who, ""));
        who_from(head, event);
        event.native.push(("method", method.into()));
        if let Some(signature) = signature.strip_prefix(": ") {
            event.native.push(("signature", signature.into()));
        }
        mark(event, LOGIN, START, "ssh_login");
        event.outcome(true);
        return true;
    }
    if let Some(rest) = m.strip_prefix("Address ")
        && let Some((address, rest)) = cut(rest, " maps to ")
    {
        source(event, address);
        event.native.push(("claimed", rest.split([',', ' ']).next().unwrap_or_default().into()));
        mark(event, NETWORK, INFO, "reverse_mapping_failed");
        return failure(event, "POSSIBLE BREAK-IN ATTEMPT");
    }
    if let Some(reason) = m.strip_prefix("Authentication refused: ") {
        mark(event, AUTHENTICATION, DENIED, "authentication_refused");
        return failure(event, reason);
    }
    if let Some(rest) = m.strip_prefix("Authentication tried for ") {
        user(event, cut(rest, " with ").map_or(rest, |(n, _)| n));
        if let Some(ip) = between(m, "ip=", ",").or_else(|| between(m, "ip=", ")")) {
            source(event, ip);
        }
        mark(event, AUTHENTICATION, DENIED, "ssh_login");
        return failure(event, "not from a permitted host");
    }
    if let Some(rest) = m.strip_prefix("Access denied for user ") {
        user(event, word(rest).0);
        mark(event, AUTHENTICATION, DENIED, "access_denied");
        return failure(event, m);
    }
    if let Some(rest) = m.strip_prefix("Authorized to ") {
        user(event, rest.split(',').next().unwrap_or_default());
        mark(event, AUTHENTICATION, INFO, "authorized");
        return true;
    }
    false
}

/// `[invalid user |authenticating user |user ]NAME ADDRESS[ port N]`, or the address alone; gives what follows.
fn named_peer<'a>(text: &'a str, event: &mut Event<'a>) -> &'a str {
    let kinds = ["invalid user ", "authenticating user ", "illegal user ", "user "];
    let Some(rest) = kinds.iter().find_map(|k| text.strip_prefix(k)) else { return peer(text, event) };
    // Names may hold blanks: the address is the word before the last ` port `.
    let (head, tail) = match cut_last(rest, " port ") {
        Some((head, _)) => (head, rest.get(head.len()..).unwrap_or_default()),
        None => (rest, ""),
    };
    match head.rsplit_once(' ') {
        Some((name, address)) => {
            user(event, name);
            source(event, address);
        }
        None if is_ip(head) => source(event, head),
        None => user(event, head),
    }
    let tail = tail.strip_prefix(" port ").unwrap_or(tail);
    let digits = tail.bytes().take_while(u8::is_ascii_digit).count();
    let (number, tail) = tail.split_at_checked(digits).unwrap_or((tail, ""));
    port(event, Field::SourcePort, number);
    tail
}

/// `Invalid user …`, `input_userauth_request: invalid user …`, `Illegal user …`.
fn invalid<'a>(m: &'a str, event: &mut Event<'a>) -> bool {
    if let Some(rest) = m.strip_prefix("Invalid user ").or_else(|| m.strip_prefix("Illegal user ")) {
        if rest.starts_with('(') || !who_from_plain(rest, event) {
            return false;
        }
        mark(event, LOGIN, DENIED, "ssh_login");
        return failure(event, "Invalid user");
    }
    if let Some(rest) = m.strip_prefix("input_userauth_request: ") {
        let rest = rest.strip_prefix("invalid user ").or_else(|| rest.strip_prefix("illegal user "));
        if let Some(name) = rest {
            user(event, name);
        }
        // The same attempt stands in `Invalid user …`; counted once.
        mark(event, SESSION, INFO, "invalid_user");
        return failure(event, "invalid user");
    }
    false
}

/// `NAME from ADDRESS[ port N]`; the name may be empty and may start with `user `.
fn who_from_plain<'a>(text: &'a str, event: &mut Event<'a>) -> bool {
    let pair = text.strip_prefix("from ").map(|a| ("", a)).or_else(|| cut_last(text, " from "));
    let Some((name, address)) = pair else { return false };
    user(event, name);
    peer(address, event);
    true
}

/// Messages that start with P.
fn postponed<'a>(m: &'a str, event: &mut Event<'a>) -> bool {
    let step = m.strip_prefix("Postponed ").map(|r| (r, "authentication_postponed"));
    if let Some((rest, action)) =
        step.or_else(|| m.strip_prefix("Partial ").map(|r| (r, "authentication_partial")))
    {
        let Some((method, who)) = cut(rest, " for ") else { return false };
        if method.contains(' ') || !who_from(who, event) {
            return false;
        }
        event.native.push(("method", method.into()));
        mark(event, AUTHENTICATION, INFO, action);
        return true;
    }
    if let Some(rest) = m.strip_prefix("PAM: ")
        && let Some((reason, who)) = cut(rest, " for ")
    {
        who_from(who, event);
        mark(event, AUTHENTICATION, DENIED, "pam_failure");
        return failure(event, reason);
    }
    if m.starts_with("PAM service(sshd) ignoring max retries") {
        mark(event, AUTHENTICATION, INFO, "max_retries_ignored");
        return true;
    }
    if let Some(rest) = m.strip_prefix("Protocol major versions differ for ") {
        let rest = peer(rest, event);
        mark(event, NETWORK, PROTOCOL, "protocol_mismatch");
        return failure(event, rest.trim_start_matches([':', ' ']));
    }
    false
}

/// Messages that start with U or u.
fn user_message<'a>(m: &'a str, event: &mut Event<'a>, sure: bool) -> bool {
    if let Some(rest) = m.strip_prefix("User ") {
        if let Some((who, reason)) = cut(rest, " not allowed because ") {
            if !who.contains(" from ") || !who_from(who, event) {
                user(event, who);
            }
            let from = m.len() - reason.len() - "not allowed because ".len();
            mark(event, LOGIN, DENIED, "user_not_allowed");
            return failure(event, m.get(from..).unwrap_or(reason));
        }
        if sure && rest.starts_with("child is on pid ") {
            mark(event, SESSION, INFO, "user_child");
            return true;
        }
        if let Some((name, reason)) = rest.split_once(' ')
            && reason.contains("expired")
        {
            user(event, name);
            mark(event, AUTHENTICATION, DENIED, "account_expired");
            return failure(event, reason);
        }
        return false;
    }
    if let Some(rest) = m.strip_prefix("Unable to negotiate with ") {
        let rest = peer(rest, event);
        mark(event, NETWORK, PROTOCOL, "negotiation_failed");
        return failure(event, rest.trim_start_matches([':', ' ']));
    }
    if m.starts_with("Unable to negotiate a key exchange method") {
        mark(event, NETWORK, PROTOCOL, "negotiation_failed");
        return failure(event, m);
    }
    if m.starts_with("userauth_pubkey: ") || m.starts_with("userauth_finish: ") {
        mark(event, AUTHENTICATION, INFO, "authentication_error");
        return failure(event, m);
    }
    false
}

#[cfg(test)]
mod tests {
    use crate::sources::unix::test::{at, check, read};

    #[test]
    fn logins_that_succeed() {
        check(
            "Dec 26 03:04:05 gate sshd[12]: Accepted publickey for taro from 192.0.2.7 port 51000 ssh2: ED25519 SHA256:abc",
            &[
                ("event.action", "ssh_login"),
                ("event.outcome", "success"),
                ("user.name", "taro"),
                ("source.ip", "192.0.2.7"),
                ("source.port", "51000"),
                ("host.hostname", "gate"),
                ("process.pid", "12"),
                ("sshd.method", "publickey"),
            ],
        );
    }

    #[test]
    fn logins_that_fail() {
        check(
            "2026-11-20T03:04:05+09:00 gate sshd-session[12]: Failed password for invalid user a b from 2001:db8::1 port 9 ssh2",
            &[
                ("event.action", "ssh_login"),
                ("event.outcome", "failure"),
                ("user.name", "a b"),
                ("source.ip", "2001:db8::1"),
            ],
        );
        check(
            "Dec 26 03:04:05 gate sshd[12]: error: maximum authentication attempts exceeded for invalid user x from 192.0.2.1 port 2 ssh2 [preauth]",
            &[("event.outcome", "failure"), ("user.name", "x"), ("source.port", "2")],
        );
        check(
            "Dec 26 03:04:05 gate sshd[12]: User root from 192.0.2.1 not allowed because not listed in AllowUsers",
            &[("user.name", "root"), ("source.ip", "192.0.2.1"), ("event.outcome", "failure")],
        );
    }

    #[test]
    fn an_attacker_does_not_choose_the_address() {
        check(
            "Dec 26 03:04:05 gate sshd[1]: Invalid user x from 203.0.113.9 port 1 from 192.0.2.1 port 2",
            &[("source.ip", "192.0.2.1"), ("source.port", "2")],
        );
    }

    #[test]
    fn messages_without_an_envelope() {
        check(
            "Connection closed by authenticating user backup 192.0.2.1 port 49424 [preauth]",
            &[("event.module", "sshd"), ("user.name", "backup"), ("source.ip", "192.0.2.1")],
        );
        check(
            " Received disconnect from 192.0.2.1 port 39906:11: Bye Bye [preauth]",
            &[("source.port", "39906"), ("event.reason", "Bye Bye"), ("source.ip", "192.0.2.1")],
        );
        check(
            "Received disconnect from 192.0.2.1: 11: disconnected by user",
            &[("event.reason", "disconnected by user"), ("source.ip", "192.0.2.1")],
        );
        assert!(read("Accepted the terms for the licence").is_null());
        assert!(
            read("Connection closed by peer").is_null()
                || at(&read("Connection closed by peer"), "source.ip").is_empty()
        );
    }

    #[test]
    fn a_postponed_login_is_no_login() {
        let got = read(
            "Dec 26 03:04:05 gate sshd[1]: Postponed publickey for hana from 192.0.2.1 port 2 ssh2 [preauth]",
        );
        assert_eq!(at(&got, "event.outcome"), "");
        assert_eq!(at(&got, "user.name"), "hana");
    }
}
