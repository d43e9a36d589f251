//! Dovecot: logins (imap-login, pop3-login, managesieve-login, submission-login), the auth process, mail sessions. From the
//! login processes' `login_log_format_elements` (`user=<…>, method=…, rip=…, lip=…`) and the auth drivers' messages.

use crate::event::{Event, Field};

use super::postfix::MAIL_LOGIN;
use super::unix::{DENIED, EMAIL, END, INFO, START, between, mark, port, source, user};
use super::{Context, Line, Refusal, Source, SourceMeta};

/// Dovecot.
#[derive(Debug)]
pub struct Dovecot;

static META: SourceMeta = SourceMeta { id: "dovecot", product: "Dovecot", vendor: "" };

impl Source for Dovecot {
    fn meta(&self) -> &'static SourceMeta {
        &META
    }

    fn parse<'a>(&self, line: &Line<'a>, _: &Context<'a, '_>, event: &mut Event<'a>) -> Result<(), Refusal> {
        let app = line.envelope.app;
        let m = line.message.trim_ascii();
        let (service, rest) = if app == "dovecot" {
            m.split_once(": ").unwrap_or(("", m))
        } else if app.ends_with("-login")
            && matches!(app, "imap-login" | "pop3-login" | "managesieve-login" | "submission-login")
        {
            (app, m)
        } else if app.is_empty() && m.contains(", rip=") && m.contains("-login: ") {
            m.split_once(": ").unwrap_or(("", m))
        } else {
            return Err(Refusal::NotMine);
        };
        // In its own file the level stands behind the service.
        let rest = ["Info: ", "Error: ", "Warning: ", "Debug: "]
            .iter()
            .find_map(|l| rest.strip_prefix(l))
            .unwrap_or(rest);
        event.set(Field::ProcessName, "dovecot");
        event.logsource.product = "linux";
        event.logsource.service = "dovecot";
        event.set_text(Field::NetworkProtocol, service.split(['-', '(']).next().unwrap_or_default());
        if service.ends_with("-login") {
            login(rest, event);
        } else if service.starts_with("auth") {
            auth(rest, event);
        } else {
            mail(service, rest, event);
        }
        Ok(())
    }
}

/// `Login: user=<taro>, method=PLAIN, rip=192.0.2.1, lip=…, TLS, session=<…>`, `Disconnected (auth failed, 3 attempts in 9 secs): …`.
fn login<'a>(m: &'a str, event: &mut Event<'a>) {
    let (head, pairs) = match m.find(": user=<").or_else(|| m.find(": rip=")) {
        Some(at) => (m.get(..at).unwrap_or(m), m.get(at + 2..).unwrap_or_default()),
        None => (m, m),
    };
    for pair in pairs.split(", ") {
        let Some((name, value)) = pair.split_once('=') else { continue };
        match name {
            "user" => user(event, value.trim_matches(['<', '>'])),
            "rip" => source(event, value),
            "lip" => event.destination_address(value),
            "rport" => port(event, Field::SourcePort, value),
            "lport" => port(event, Field::DestinationPort, value),
            "session" => event.set_text(Field::SessionId, value.trim_matches(['<', '>'])),
            "method" => event.native.push(("method", value.into())),
            "mpid" => event.native.push(("mpid", value.into())),
            _ => {}
        }
    }
    let lower = head.contains("auth failed")
        || head.contains("Aborted login")
        || head.contains("Authentication failure");
    if head.starts_with("Login") {
        mark(event, MAIL_LOGIN, START, "login");
        event.outcome(true);
    } else if lower
        || head.contains("authentication failed")
        || head.contains("Maximum number of connections")
    {
        let no_attempt = head.contains("no auth attempts") || head.contains("tried to use disallowed");
        if no_attempt {
            mark(event, EMAIL, END, "disconnected");
        } else {
            mark(event, MAIL_LOGIN, DENIED, "login");
            event.outcome(false);
        }
        event.set_text(Field::EventReason, between(head, "(", ")").unwrap_or(head));
    } else {
        mark(event, EMAIL, END, "disconnected");
        event.set_text(Field::EventReason, head);
    }
}

/// `pam(taro,192.0.2.1,<session>): unknown user`, `passwd-file(taro,192.0.2.1): Password mismatch`, `ldap(…): invalid credentials`.
fn auth<'a>(m: &'a str, event: &mut Event<'a>) {
    mark(event, MAIL_LOGIN, INFO, "message");
    // The auth worker nests: `auth-worker(12): pam(…): …`, `conn unix:… : auth-worker<1>: passwd(…)`.
    let Some(at) =
        ["pam(", "passwd(", "passwd-file(", "sql(", "ldap(", "shadow(", "policy(", "static(", "oauth2("]
            .iter()
            .find_map(|p| m.find(p).map(|at| at + p.len()))
    else {
        event.set_text(Field::EventReason, m);
        return;
    };
    let Some((who, what)) = m.get(at..).and_then(|r| r.split_once("): ")) else { return };
    let mut parts = who.split(',');
    user(event, parts.next().unwrap_or_default());
    source(event, parts.next().unwrap_or_default());
    event.set_text(Field::EventReason, what);
    let what = what.to_ascii_lowercase();
    let bad = ["mismatch", "unknown user", "failed", "invalid", "failure", "denied", "expired", "disabled"];
    if bad.iter().any(|b| what.contains(b)) {
        mark(event, MAIL_LOGIN, DENIED, "authentication_failure");
        event.outcome(false);
    }
}

/// `imap(taro)<12><session>: Logged out in=1 out=2`, `lmtp(taro): …`, `imap(taro): Disconnected …`.
fn mail<'a>(service: &'a str, m: &'a str, event: &mut Event<'a>) {
    if let Some(who) = between(service, "(", ")") {
        user(event, who.split(',').next().unwrap_or(who));
    }
    if m.starts_with("Logged out") || m.starts_with("Disconnected") || m.starts_with("Connection closed") {
        mark(event, EMAIL, END, "disconnected");
    } else {
        mark(event, EMAIL, INFO, "message");
    }
}

#[cfg(test)]
mod tests {
    use crate::sources::unix::test::check;

    #[test]
    fn logins() {
        check(
            "Dec 26 03:04:05 mx dovecot: imap-login: Login: user=<taro>, method=PLAIN, rip=192.0.2.1, lip=192.0.2.2, mpid=9, TLS, session=<abc>",
            &[
                ("user.name", "taro"),
                ("source.ip", "192.0.2.1"),
                ("event.outcome", "success"),
                ("destination.ip", "192.0.2.2"),
            ],
        );
        check(
            "Dec 26 03:04:05 mx dovecot: pop3-login: Disconnected (auth failed, 3 attempts in 9 secs): user=<hana@example.jp>, method=PLAIN, rip=192.0.2.1, lip=192.0.2.2",
            &[("user.name", "hana"), ("event.outcome", "failure"), ("source.ip", "192.0.2.1")],
        );
        check(
            "Dec 26 03:04:05 mx dovecot: auth-worker(7): pam(taro,192.0.2.1,<x>): unknown user",
            &[("user.name", "taro"), ("event.outcome", "failure")],
        );
        check(
            "Dec 26 03:04:05 imap-login: Info: Login: user=<taro>, method=PLAIN, rip=192.0.2.1, lip=192.0.2.2",
            &[("user.name", "taro"), ("event.outcome", "success")],
        );
    }
}
