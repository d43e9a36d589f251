//! Postfix (smtpd, smtp, lmtp, local, virtual, pipe, error, qmgr, cleanup, pickup, bounce, anvil, postscreen, tlsproxy, master…) and
//! what stands beside it: policyd-spf, postgrey, spamd (SpamAssassin), OpenDKIM, OpenDMARC. From the daemons' `msg_info`
//! calls and postlogd's file. Messages are known without an envelope by their queue id and words.

use crate::event::{Event, Field, Value};

use super::unix::{
    DENIED, EMAIL, INFO, PROTOCOL, START, between, is_ip, mark, number, port, source, user, word,
};
use super::{Context, Line, Refusal, Source, SourceMeta};

/// Postfix and its policy services.
#[derive(Debug)]
pub struct Postfix;

static META: SourceMeta = SourceMeta { id: "postfix", product: "Postfix", vendor: "" };

/// `event.category` of a login to a mail server.
pub(super) const MAIL_LOGIN: &[Value<'static>] = &[Value::Str("authentication"), Value::Str("email")];

impl Source for Postfix {
    fn meta(&self) -> &'static SourceMeta {
        &META
    }

    fn parse<'a>(&self, line: &Line<'a>, _: &Context<'a, '_>, event: &mut Event<'a>) -> Result<(), Refusal> {
        let app = line.envelope.app;
        let m = line.message.trim_ascii();
        let named = app.starts_with("postfix") || app.starts_with("postscreen");
        let beside = matches!(
            app,
            "policyd-spf"
                | "postgrey"
                | "spamd"
                | "opendkim"
                | "opendmarc"
                | "python-policyd-spf"
                | "policyd"
        );
        if !named && !beside && !app.is_empty() {
            return Err(Refusal::NotMine);
        }
        event.category(EMAIL);
        event.kind(INFO);
        let sure = named || beside;
        if !read(m, event, sure) && !sure {
            return Err(Refusal::NotMine);
        }
        event.set(Field::NetworkProtocol, "smtp");
        event.logsource.product = "linux";
        event.logsource.service = "postfix";
        event.set_text(Field::ProcessName, app.rsplit('/').next().unwrap_or(app));
        Ok(())
    }
}

/// True for a queue id: at least 6 upper-case hexadecimal digits, or a long one (`enable_long_queue_ids`).
fn queue_id(text: &str) -> bool {
    let hex = |b: u8| b.is_ascii_digit() || (b'A'..=b'F').contains(&b);
    (text.len() >= 6 && text.len() <= 16 && text.bytes().all(hex))
        || (text.len() >= 10
            && text.len() <= 24
            && text.bytes().all(|b| b.is_ascii_alphanumeric() && !b"aeiouAEIOU".contains(&b))
            && text.bytes().any(|b| b.is_ascii_digit()))
}

/// Reads a message; false where its words are nobody's here.
fn read<'a>(m: &'a str, event: &mut Event<'a>, sure: bool) -> bool {
    if let Some((id, rest)) = m.split_once(": ")
        && (queue_id(id) || id == "NOQUEUE")
    {
        let known = queued(rest, event);
        if known || sure {
            if id != "NOQUEUE" {
                event.set(Field::EmailLocalId, id);
            }
            event.native.push(("queue_id", id.into()));
        }
        return known;
    }
    session(m, event) || policy(m, event) || spamd(m, event)
}

/// `name[192.0.2.1]`, `unknown[2001:db8::1]:25`, `name[192.0.2.1/32]` at the start of a text.
struct Peer<'a> {
    name: &'a str,
    ip: &'a str,
    port: &'a str,
    rest: &'a str,
}

/// Reads a peer at the start of a text.
fn peer(text: &str) -> Option<Peer<'_>> {
    let (name, rest) = text.split_once('[')?;
    if name.contains(' ') {
        return None;
    }
    let (inner, rest) = rest.split_once(']')?;
    let inner = inner.strip_prefix("IPv6:").unwrap_or(inner);
    let ip = inner.split('/').next().unwrap_or(inner);
    if !is_ip(ip) && ip != "unknown" && !inner.starts_with('/') {
        return None;
    }
    let (port, rest) = match rest.strip_prefix(':') {
        Some(after) => {
            let digits = after.bytes().take_while(u8::is_ascii_digit).count();
            if digits == 0 { ("", rest) } else { after.split_at_checked(digits)? }
        }
        None => ("", rest),
    };
    Some(Peer { name: name.trim_start_matches('<'), ip, port, rest })
}

/// The peer as the event's source.
fn from_peer<'a>(p: &Peer<'a>, event: &mut Event<'a>) {
    if p.name != "unknown" && !p.name.is_empty() {
        event.set(Field::SourceDomain, p.name);
    }
    source(event, p.ip);
    port(event, Field::SourcePort, p.port);
}

/// The peer as the event's destination.
fn to_peer<'a>(p: &Peer<'a>, event: &mut Event<'a>) {
    event.destination_address(p.ip);
    if p.name != "unknown" && !p.name.is_empty() {
        event.set(Field::DestinationDomain, p.name);
    }
    port(event, Field::DestinationPort, p.port);
}

/// What was done, as the daemon says; that it was done is the outcome.
fn acted<'a>(event: &mut Event<'a>, action: &'a str) {
    event.set(Field::EventAction, action);
    event.outcome(true);
}

/// An address in or without angle brackets, up to a comma or blank.
fn mailbox(text: &str) -> &str {
    match text.strip_prefix('<') {
        Some(inner) => inner.split_once('>').map_or(inner, |(a, _)| a),
        None => text.split([',', ' ', ';']).next().unwrap_or(text),
    }
}

/// `from=<a> to=<b> proto=ESMTP helo=<c>` at the end of a message.
fn envelope_pairs<'a>(text: &'a str, event: &mut Event<'a>) {
    let pairs = [
        (" from=", Field::EmailFromAddress),
        (" to=", Field::EmailToAddress),
        (" sender=", Field::EmailFromAddress),
        (" recipient=", Field::EmailToAddress),
    ];
    for (name, field) in pairs {
        if let Some((_, rest)) = text.rsplit_once(name) {
            event.set_text(field, mailbox(rest));
        }
    }
    for name in [" proto=", " helo="] {
        if let Some((_, rest)) = text.rsplit_once(name) {
            event.native.push((name.trim_matches([' ', '=']), mailbox(rest).into()));
        }
    }
    if let Some((_, rest)) = text.rsplit_once(" sasl_username=") {
        user(event, mailbox(rest));
    }
}

/// Messages behind a queue id.
#[allow(clippy::too_many_lines, reason = "one form of message after another, in their order")]
fn queued<'a>(m: &'a str, event: &mut Event<'a>) -> bool {
    if let Some(rest) = m.strip_prefix("to=") {
        delivery(rest, event);
        return true;
    }
    if let Some(rest) = m.strip_prefix("from=") {
        event.set_text(Field::EmailFromAddress, mailbox(rest));
        if let Some(size) = between(m, "size=", ",") {
            event.native.push(("size", size.into()));
        }
        if let Some((_, status)) = m.split_once("status=") {
            acted(event, word(status).0.trim_end_matches(','));
        }
        return true;
    }
    if let Some(rest) = m.strip_prefix("client=") {
        if let Some(p) = peer(rest) {
            from_peer(&p, event);
        }
        if let Some((_, name)) = rest.split_once("sasl_username=") {
            user(event, mailbox(name));
            event.native.push(("sasl_method", between(rest, "sasl_method=", ",").unwrap_or_default().into()));
            mark(event, MAIL_LOGIN, START, "sasl_login");
            event.outcome(true);
        }
        return true;
    }
    if let Some(rest) = m.strip_prefix("message-id=").or_else(|| m.strip_prefix("resent-message-id=")) {
        event.set_text(Field::EmailMessageId, rest.trim_start_matches('<').trim_end_matches('>'));
        return true;
    }
    if let Some(rest) = m.strip_prefix("uid=") {
        let (id, rest) = word(rest);
        event.set_text(Field::UserId, id);
        event.set_text(Field::EmailFromAddress, mailbox(rest.strip_prefix("from=").unwrap_or("")));
        return true;
    }
    if m == "removed" {
        acted(event, "removed");
        return true;
    }
    if let Some(p) = m.strip_prefix("host ").and_then(peer) {
        let said = p.rest.trim_start();
        let reply = said.strip_prefix("said: ").or_else(|| said.strip_prefix("refused to talk to me: "));
        if let Some(reply) = reply {
            to_peer(&p, event);
            event.set(Field::EventReason, reply);
            return true;
        }
    }
    if let Some(p) = m.strip_prefix("Used TLS for ").and_then(peer) {
        to_peer(&p, event);
        return true;
    }
    // `reject: RCPT from a[b]: 554 5.7.1 <x>: why; from=<…> to=<…>`, `warning: header Subject: x from a[b]; from=…`, `filter: …`,
    // `milter-reject: END-OF-MESSAGE from a[b]: …`, `prepend: header …`, `replace: …`, `hold: …`, `discard: …`.
    if let Some((verb, rest)) = m.split_once(": ")
        && matches!(
            verb,
            "reject"
                | "warning"
                | "filter"
                | "prepend"
                | "replace"
                | "hold"
                | "discard"
                | "redirect"
                | "bcc"
                | "strip"
                | "info"
                | "milter-reject"
                | "milter-hold"
                | "milter-discard"
                | "reject_warning"
                | "delay"
                | "dunno"
        )
    {
        restriction(verb, rest, event);
        return true;
    }
    if m.starts_with("action=") {
        return policy(m, event);
    }
    let words = [
        "sender non-delivery notification: ",
        "sender delivery status notification",
        "postmaster non-delivery notification",
        "lost connection with ",
        "conversation with ",
        "Cannot start TLS",
        "enabling PIX",
        "breaking line",
        "skipped",
        "expired",
        "TLS is required",
        "SASL authentication failed",
        "passing ",
        "sender delay notification",
        "copying",
        "size ",
        "Server certificate",
    ];
    words.iter().any(|w| m.starts_with(w)) && {
        if let Some(p) = m.split_once(" with ").and_then(|(_, p)| peer(p)) {
            to_peer(&p, event);
        }
        event.set(Field::EventReason, m);
        true
    }
}

/// Access restrictions and header checks.
fn restriction<'a>(verb: &'a str, rest: &'a str, event: &mut Event<'a>) {
    acted(event, verb);
    if verb.ends_with("reject") {
        event.kind(DENIED);
        event.outcome(false);
    }
    envelope_pairs(rest, event);
    // `RCPT from name[ip]`, or the last ` from name[ip]` of a header's line.
    let by_command = rest.split_once(" from ").and_then(|(command, p)| {
        (!command.contains(' ') || command.starts_with("END")).then(|| peer(p)).flatten()
    });
    let head = rest.rsplit_once("; from=").map_or(rest, |(h, _)| h);
    let found = by_command.or_else(|| head.rsplit_once(" from ").and_then(|(_, p)| peer(p)));
    if let Some(p) = found {
        from_peer(&p, event);
        if let Some(reason) = p.rest.strip_prefix(": ") {
            event.set(Field::EventReason, reason.split("; from=").next().unwrap_or(reason));
        }
    }
    if let Some(subject) = rest.strip_prefix("header Subject: ") {
        event.set_text(Field::EmailSubject, subject.rsplit_once(" from ").map_or(subject, |(s, _)| s));
    }
    if let Some((_, name)) = rest.split_once("filename=") {
        let name = name.split(';').next().unwrap_or(name).trim_matches('"');
        event.set_text(Field::FileName, name.split(" from ").next().unwrap_or(name).trim_matches('"'));
        if let Some(size) = between(rest, " size=", ";") {
            number(event, Field::FileSize, size);
        }
    }
}

/// `<a>, orig_to=<b>, relay=name[ip]:25, delay=…, dsn=2.0.0, status=sent (250 Ok)`.
fn delivery<'a>(m: &'a str, event: &mut Event<'a>) {
    event.set_text(Field::EmailToAddress, mailbox(m));
    let head = m.split_once(" status=").map_or(m, |(h, _)| h);
    for pair in head.split(", ").skip(1) {
        let Some((name, value)) = pair.split_once('=') else { continue };
        match name {
            "relay" => relay(value, event),
            "orig_to" | "delay" | "delays" | "dsn" | "conn_use" => {
                let name = match name {
                    "orig_to" => "orig_to",
                    "delay" => "delay",
                    "delays" => "delays",
                    "dsn" => "dsn",
                    _ => "conn_use",
                };
                event.native.push((name, value.trim_end_matches(',').trim_matches(['<', '>']).into()));
            }
            _ => {}
        }
    }
    if let Some((_, status)) = m.split_once(" status=") {
        let (status, reason) = status.split_once(' ').unwrap_or((status, ""));
        acted(event, status);
        let reason = match reason.strip_prefix('(') {
            Some(inner) => inner.rsplit_once(')').map_or(inner, |(r, _)| r),
            None => reason,
        };
        event.set_text(Field::EventReason, reason);
        if let Some((_, id)) = reason.split_once("queued as ") {
            event.native.push(("remote_queue_id", word(id).0.trim_end_matches([')', ']', '\'']).into()));
        }
    }
}

/// `name[ip]:25`, `127.0.0.1:2525`, `local`, `none`.
fn relay<'a>(text: &'a str, event: &mut Event<'a>) {
    let text = text.trim_end_matches(',');
    event.native.push(("relay", text.into()));
    if let Some(p) = peer(text) {
        to_peer(&p, event);
    } else if let Some((address, number)) = text.rsplit_once(':')
        && is_ip(address)
    {
        event.destination_address(address);
        port(event, Field::DestinationPort, number);
    }
}

/// Messages about a session, without a queue id.
fn session<'a>(m: &'a str, event: &mut Event<'a>) -> bool {
    let verbs = [
        "connect from ",
        "disconnect from ",
        "CONNECT from ",
        "DISCONNECT ",
        "PASS NEW ",
        "PASS OLD ",
        "WHITELISTED ",
        "ALLOWLISTED ",
        "BLACKLISTED ",
        "DENYLISTED ",
        "HANGUP after ",
        "PREGREET ",
        "DNSBL rank ",
    ];
    if let Some(verb) = verbs.iter().find(|v| m.starts_with(**v)) {
        let rest = m.get(verb.len()..).unwrap_or_default();
        let at = match *verb {
            "HANGUP after " | "PREGREET " => rest.split_once(" from ").map_or("", |(_, r)| r),
            "DNSBL rank " => rest.split_once(" for ").map_or("", |(_, r)| r),
            _ => rest,
        };
        if let Some(p) = peer(at) {
            from_peer(&p, event);
            if let Some(p) = p.rest.strip_prefix(" to ").and_then(peer) {
                to_peer(&p, event);
            }
        } else {
            return false;
        }
        let action = verb.trim_end().trim_end_matches(" from").trim_end_matches(" after");
        // The words live as long as the message: `action` is a part of it.
        acted(event, m.get(..action.len()).unwrap_or_default());
        return true;
    }
    for verb in ["lost connection", "timeout", "too many errors", "improper command pipelining"] {
        if let Some(rest) = m.strip_prefix(verb).and_then(|r| r.strip_prefix(" after "))
            && let Some((command, at)) = rest.split_once(" from ")
            && let Some(p) = peer(at)
        {
            from_peer(&p, event);
            event.native.push(("command", command.into()));
            acted(event, m.get(..verb.len()).unwrap_or_default());
            return true;
        }
    }
    if let Some((trust, rest)) = m.split_once(" TLS connection ")
        && matches!(trust, "Trusted" | "Untrusted" | "Anonymous" | "Verified")
    {
        tls(rest, event);
        return true;
    }
    if let Some(p) = m.strip_prefix("connect to ").and_then(peer) {
        to_peer(&p, event);
        event.set_text(Field::EventReason, p.rest.trim_start_matches([':', ' ']));
        event.set(Field::EventAction, "connect");
        return true;
    }
    if let Some(rest) = m.strip_prefix("SSL_accept error from ")
        && let Some(p) = peer(rest)
    {
        from_peer(&p, event);
        event.kind(PROTOCOL);
        event.set(Field::EventReason, m);
        event.outcome(false);
        return true;
    }
    if let Some(rest) = m.strip_prefix("statistics: ") {
        if let Some(inner) = between(rest, "(", ")") {
            let address = inner.split_once(':').map_or(inner, |(_, a)| a);
            source(event, address.trim_matches(['[', ']']));
        }
        return rest.starts_with("max ") || rest.starts_with("start interval");
    }
    if let Some(rest) = m.strip_prefix("proxy-accept: ").or_else(|| m.strip_prefix("proxy-reject: ")) {
        envelope_pairs(rest, event);
        acted(event, m.get(..12).unwrap_or_default());
        event.set(Field::EventReason, rest.split("; from=").next().unwrap_or(rest));
        if let Some(id) = between(rest, "queued as ", ";") {
            event.native.push(("remote_queue_id", id.into()));
        }
        return true;
    }
    warning(m, event)
}

/// `established from name[ip]: TLSv1.3 with cipher X (…)`, `established to name[ip]:25: …`.
fn tls<'a>(m: &'a str, event: &mut Event<'a>) {
    let (direction, rest) = word(m.strip_prefix("established ").unwrap_or(m));
    let Some(p) = peer(rest) else { return };
    if direction == "to" {
        to_peer(&p, event);
    } else {
        from_peer(&p, event);
    }
    let detail = p.rest.trim_start_matches([':', ' ']);
    let (version, rest) = word(detail);
    event.set_text(Field::TlsVersion, version.trim_start_matches("TLSv"));
    if let Some(cipher) = rest.strip_prefix("with cipher ") {
        event.set_text(Field::TlsCipher, word(cipher).0);
    }
    event.set(Field::TlsEstablished, true);
}

/// `warning: name[ip]: SASL LOGIN authentication failed: why, sasl_username=x`, and other warnings that name a client.
fn warning<'a>(m: &'a str, event: &mut Event<'a>) -> bool {
    let Some(rest) = m.strip_prefix("warning: ") else { return false };
    event.set(Field::LogLevel, "warning");
    if let Some(p) = peer(rest)
        && let Some(reason) = p.rest.strip_prefix(": ")
    {
        from_peer(&p, event);
        event.set(Field::EventReason, reason);
        if reason.starts_with("SASL ") && reason.contains("authentication f") {
            if let Some((_, name)) = reason.split_once("sasl_username=") {
                user(event, name.trim());
            }
            mark(event, MAIL_LOGIN, DENIED, "sasl_login");
            event.outcome(false);
        }
        return true;
    }
    if let Some((_, name)) = rest.split_once("hostname ")
        && let Some((name, address)) = name.split_once(" does not resolve to address ")
    {
        event.set(Field::SourceDomain, name);
        source(
            event,
            address.split([':', ' ']).next().filter(|a| is_ip(a)).unwrap_or_else(|| word(address).0),
        );
        event.set(Field::EventReason, rest);
        return true;
    }
    // `Connection rate limit exceeded: 61 from name[ip] for service smtp`
    if let Some(p) = rest.split_once(" from ").and_then(|(_, p)| peer(p)) {
        from_peer(&p, event);
        event.set(Field::EventReason, rest);
        return true;
    }
    false
}

/// postgrey and policyd-spf.
fn policy<'a>(m: &'a str, event: &mut Event<'a>) -> bool {
    if let Some(rest) = m.strip_prefix("action=") {
        let Some((action, rest)) = rest.split_once(", ") else { return false };
        for pair in rest.split(", ") {
            let Some((name, value)) = pair.split_once('=') else { continue };
            match name {
                "reason" => event.set_text(Field::EventReason, value),
                "client_name" if value != "unknown" => event.set_text(Field::SourceDomain, value),
                "client_address" => source(event, value.split('/').next().unwrap_or(value)),
                "sender" => event.set_text(Field::EmailFromAddress, value),
                "recipient" => event.set_text(Field::EmailToAddress, value),
                _ => {}
            }
        }
        acted(event, action);
        return m.contains("client_address=") || m.contains("client_name=");
    }
    if let Some(p) = m.strip_prefix("whitelisted: ").and_then(peer) {
        from_peer(&p, event);
        event.set(Field::EventAction, "whitelisted");
        return true;
    }
    if !m.contains("client-ip=") || !m.contains("identity=") {
        return false;
    }
    // `Pass; identity=mailfrom; client-ip=…`, `prepend Received-SPF: Pass (…) identity=…; …`, `Action: prepend: Text: …`.
    for part in m.split([';', ' ']) {
        let Some((name, value)) = part.split_once('=') else { continue };
        match name {
            "client-ip" => source(event, value),
            "helo" => event.native.push(("helo", value.trim_matches(['[', ']']).into())),
            "envelope-from" => event.set_text(Field::EmailFromAddress, value.trim_matches(['<', '>', '"'])),
            "identity" => event.native.push(("identity", value.into())),
            _ => {}
        }
    }
    let result = m
        .split_once("Received-SPF: ")
        .map_or(m, |(_, r)| r)
        .split([';', ' ', '('])
        .next()
        .unwrap_or_default();
    event.native.push(("spf", result.into()));
    acted(event, if m.contains("Reject action") { "reject" } else { result });
    true
}

/// SpamAssassin's spamd.
fn spamd<'a>(m: &'a str, event: &mut Event<'a>) -> bool {
    if let Some(rest) = m.strip_prefix("spamd: ") {
        if let Some(from) = rest.strip_prefix("connection from ") {
            if let Some(p) = from.split_once(" [").and_then(|(_, a)| a.split_once(']')) {
                source(event, p.0);
                port(event, Field::SourcePort, word(p.1.trim_start_matches(':')).0);
            }
            event.set_text(Field::SourceDomain, word(from).0);
            if let Some(to) = between(from, "to port ", ",") {
                port(event, Field::DestinationPort, to);
            }
        } else if let Some(rest) = rest.strip_prefix("processing message ") {
            event.set_text(Field::EmailMessageId, word(rest).0.trim_start_matches('<').trim_end_matches('>'));
        } else if let Some(result) = rest.strip_prefix("result: ") {
            spam_result(result, event);
        }
        return true;
    }
    m.starts_with("dns: new_dns_packet") && {
        if let Some((_, name)) = m.rsplit_once(": ") {
            event.destination_address(name);
        }
        true
    }
}

/// `. -1 - TESTS scantime=3.4,size=120,user=x,uid=1,required_score=5.0,rhost=…,raddr=…,rport=…,mid=<…>,autolearn=no`.
fn spam_result<'a>(m: &'a str, event: &mut Event<'a>) {
    let list = m.rsplit_once(" scantime=").map_or(m, |(_, l)| l);
    for pair in list.split(',') {
        let Some((name, value)) = pair.split_once('=') else { continue };
        match name {
            "user" => user(event, value),
            "raddr" => source(event, value),
            "rport" => port(event, Field::SourcePort, value),
            "mid" => event.set_text(Field::EmailMessageId, value),
            "required_score" => event.native.push(("required_score", value.into())),
            _ => {}
        }
    }
    let (flag, score) = word(m);
    event.set(Field::EventAction, if flag == "Y" { "spam" } else { "ham" });
    event.native.push(("score", word(score).0.into()));
}

#[cfg(test)]
mod tests {
    use crate::sources::unix::test::{check, read};

    #[test]
    fn deliveries() {
        check(
            "Dec 26 03:04:05 mx postfix/smtp[9]: 4F1A2B3C4D: to=<hana@example.jp>, relay=mx.example.jp[192.0.2.25]:25, delay=1, delays=1/0/0/0, dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as ABC123)",
            &[
                ("event.module", "postfix"),
                ("destination.ip", "192.0.2.25"),
                ("destination.port", "25"),
                ("event.action", "sent"),
                ("email.to.address", "hana@example.jp"),
                ("email.local_id", "4F1A2B3C4D"),
            ],
        );
        check(
            "4F1A2B3C4D: client=c.example.jp[192.0.2.9]",
            &[("source.ip", "192.0.2.9"), ("source.domain", "c.example.jp")],
        );
    }

    #[test]
    fn logins() {
        check(
            "Dec 26 03:04:05 mx postfix/smtpd[9]: warning: unknown[192.0.2.9]: SASL LOGIN authentication failed: UGFzc3dvcmQ6, sasl_username=taro@example.jp",
            &[("event.outcome", "failure"), ("user.name", "taro"), ("source.ip", "192.0.2.9")],
        );
        check(
            "Dec 26 03:04:05 mx postfix/submission/smtpd[9]: 4F1A2B3C4D: client=c.example.jp[192.0.2.9], sasl_method=PLAIN, sasl_username=taro",
            &[("event.outcome", "success"), ("user.name", "taro"), ("event.action", "sasl_login")],
        );
    }

    #[test]
    fn refusals() {
        check(
            "NOQUEUE: reject: RCPT from unknown[192.0.2.9]: 554 5.7.1 <x@example.jp>: Relay access denied; from=<a@example.com> to=<x@example.jp> proto=ESMTP helo=<h>",
            &[("event.action", "reject"), ("source.ip", "192.0.2.9"), ("email.to.address", "x@example.jp")],
        );
        assert!(read("ABCDEF: an ordinary sentence").is_null());
        assert!(read("connect from the office").is_null());
    }
}
