//! Linux-PAM and the modules of others (unix, sss, winbind, ldap, krb5, faillock, tally2, access, listfile, nologin,
//! succeed_if, google_authenticator, systemd…), from the modules' `pam_syslog` calls. The programs' own sources
//! call `read`; this source takes what other programs (gdm, vsftpd, dovecot's worker…) write through PAM.

use crate::event::{Event, Field, Value};

use super::unix::{
    AUTHENTICATION, CHANGE, DENIED, END, IAM, INFO, LOGIN, SESSION, START, between, cut, cut_at, cut_last,
    mark, program, source, unquote, user, word,
};
use super::{Context, Line, Refusal, Source, SourceMeta};

/// PAM.
#[derive(Debug)]
pub struct Pam;

static META: SourceMeta = SourceMeta { id: "pam", product: "Linux-PAM", vendor: "" };

impl Source for Pam {
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
        if !names(message) && !line.envelope.app.contains("(pam_") {
            return Err(Refusal::NotMine);
        }
        if !read(message, service_of(line.envelope.app), context, event) {
            mark(event, AUTHENTICATION, INFO, "message");
        }
        event.logsource.product = "linux";
        event.logsource.service = "auth";
        event.set_text(Field::ProcessName, program(line.envelope.app));
        Ok(())
    }
}

/// True for a message that starts with a module's name, `pam_unix(…`.
fn names(message: &str) -> bool {
    message.starts_with("pam_") && message.contains('(')
        || message.starts_with("PAM ") && message.contains("more authentication failure")
}

/// True for a message of a module that was called by `service`, or that only sshd's PAM code writes.
pub(super) fn names_service(message: &str, service: &str) -> bool {
    (message.starts_with("pam_") && between(message, "(", ":") == Some(service))
        || (message.starts_with("PAM ")
            && message.contains("more authentication failure")
            && message.contains("tty=ssh"))
}

/// The service of the old form, where the program is written `su(pam_unix)`.
pub(super) fn service_of(app: &str) -> &str {
    program(app)
}

/// Reads a message of a module. False where it is none.
pub(super) fn read<'a>(
    message: &'a str,
    service: &'a str,
    context: &Context<'a, '_>,
    event: &mut Event<'a>,
) -> bool {
    let (module, service, text) = head(message).unwrap_or(("", service, message));
    if !body(text, module, service, context, event) {
        if module.is_empty() {
            return false;
        }
        mark(event, AUTHENTICATION, INFO, "message");
    }
    if !module.is_empty() {
        event.native.push(("module", module.into()));
        event.native.push(("service", service.into()));
    }
    true
}

/// `pam_unix(sshd:auth): text`, `pam_unix(sshd:auth)[123]: text`: module, service, text.
fn head(message: &str) -> Option<(&str, &str, &str)> {
    if !message.starts_with("pam_") {
        return None;
    }
    let (module, rest) = cut_at(message, b'(')?;
    let (inner, text) = cut_at(rest, b')')?;
    let text = match text.strip_prefix('[') {
        Some(t) => t.split_once(']')?.1,
        None => text,
    };
    let text = text.strip_prefix(':')?.trim_start();
    Some((module, cut_at(inner, b':').map_or(inner, |(s, _)| s), text))
}

/// The modules' texts.
fn body<'a>(
    text: &'a str,
    module: &'a str,
    service: &'a str,
    context: &Context<'a, '_>,
    event: &mut Event<'a>,
) -> bool {
    if let Some(rest) = text.strip_prefix("authentication failure;") {
        fields(rest, service, event);
        return attempt(event, service, "authentication failure");
    }
    if let Some((_, rest)) = cut(text, " more authentication failure") {
        let digits = text.trim_start_matches("PAM ");
        number_native(event, "failures", word(digits).0);
        fields(rest.trim_start_matches(['s', ';']), service, event);
        return attempt(event, service, "more authentication failures");
    }
    if let Some(rest) = text.strip_prefix("authentication success;") {
        fields(rest, service, event);
        mark(event, if service == "sshd" { SESSION } else { LOGIN }, INFO, "authentication_success");
        event.outcome(true);
        return true;
    }
    if let Some(rest) = text.strip_prefix("session ") {
        return session(rest, event);
    }
    if text == "check pass; user unknown" {
        // The failure itself stands on the next line.
        mark(event, SESSION, INFO, "user_unknown");
        event.set(Field::EventReason, "user unknown");
        event.outcome(false);
        return true;
    }
    if let Some(rest) = text.strip_prefix("Consecutive login failures for user ") {
        user(event, word(rest).0);
        mark(event, AUTHENTICATION, DENIED, "account-locked");
        event.outcome(false);
        return true;
    }
    if let Some(rest) = text.strip_prefix("Accepted google_authenticator for ") {
        user(event, word(rest).0);
        mark(event, LOGIN, START, "ssh_login");
        event.outcome(true);
        return true;
    }
    if let Some(rest) = text.strip_prefix("Failed to create session: ") {
        mark(event, SESSION, END, "session_failed");
        event.set(Field::EventReason, rest);
        event.outcome(false);
        return true;
    }
    if let Some(rest) = text.strip_prefix("password changed for ") {
        user(event, word(rest).0);
        event.set_text(Field::UserTargetName, word(rest).0);
        mark(event, IAM, CHANGE, "changed-password");
        event.outcome(true);
        return true;
    }
    denied(text, module, context, event)
}

/// Refusals in the many words of the modules: who, and why.
#[allow(clippy::too_many_lines, reason = "one form of message after another, in their order")]
fn denied<'a>(text: &'a str, module: &str, context: &Context<'a, '_>, event: &mut Event<'a>) -> bool {
    let first = |rest: &'a str| word(rest).0;
    let quoted = |rest: &'a str| rest.split(['\'', '"', ']']).next().unwrap_or(rest);
    // `received for user X: 7 (Authentication failure)` (sss), `Access denied for user X: 6 (…)`.
    for prefix in ["received for user ", "Access denied for user ", "Authentication failed for user "] {
        if let Some(rest) = text.strip_prefix(prefix)
            && let Some((name, reason)) = cut(rest, ": ")
        {
            user(event, name);
            return failed(event, "access_denied", reason);
        }
    }
    if let Some(rest) = text.strip_prefix("user '")
        && let Some((name, what)) = cut(rest, "' ")
    {
        user(event, name);
        if what.starts_with("granted access") {
            mark(event, SESSION, START, "access_granted");
            event.outcome(true);
            return true;
        }
        return failed(event, "access_denied", what);
    }
    if let Some(rest) = text.strip_prefix("access denied for user ") {
        let (name, from) = cut(rest, " from ").unwrap_or((rest, ""));
        user(event, unquote(name));
        source(event, unquote(from));
        return failed(event, "access_denied", "access denied");
    }
    if let Some(rest) = text.strip_prefix("Access denied to '") {
        user(event, quoted(rest));
        return failed(event, "access_denied", "access denied");
    }
    if let Some(rest) = text.strip_prefix("user ")
        && let Some((name, what)) = rest.split_once(' ')
    {
        // tally2: `user root (0) tally 4, deny 3`; `user X authenticated as X@REALM` (krb5).
        if what.contains("tally") {
            user(event, name);
            let over = between(what, "tally ", ",").and_then(|n| n.parse::<u64>().ok()).is_some();
            if over {
                mark(event, AUTHENTICATION, DENIED, "account-locked");
                event.outcome(false);
            } else {
                mark(event, AUTHENTICATION, INFO, "tally");
            }
            return true;
        }
        if what.starts_with("authenticated as") {
            user(event, name);
            mark(event, LOGIN, INFO, "authentication_success");
            event.outcome(true);
            return true;
        }
        if what.starts_with("has time limit") || what.contains("not allowed") || what.contains("denied") {
            user(event, name.trim_matches(['[', ']']));
            return failed(event, "access_denied", what);
        }
    }
    let starts: [(&str, &'static str); 12] = [
        ("Refused user ", "access_denied"),
        ("account ", "account_expired"),
        ("expired password for user ", "password_expired"),
        ("auth could not identify password for ", "authentication_failure"),
        ("bad username ", "authentication_failure"),
        ("could not identify user ", "authentication_failure"),
        ("Invalid verification code for ", "authentication_failure"),
        ("Too many logins ", "too_many_logins"),
        ("Too many concurrent login attempts", "too_many_logins"),
        ("error retrieving information about user ", "user_unknown"),
        ("failed adding user ", "user_unknown"),
        ("request wbcLogonUser failed: ", "authentication_failure"),
    ];
    if let Some((prefix, action)) = starts.iter().find(|(p, _)| text.starts_with(p)) {
        let rest = text.get(prefix.len()..).unwrap_or_default();
        let name = match *prefix {
            "Too many logins " => cut_last(rest, " for ").map_or("", |(_, n)| first(n)),
            "Too many concurrent login attempts" | "request wbcLogonUser failed: " => "",
            "could not identify user " => between(rest, "getpwnam(", ")").unwrap_or_default(),
            _ => first(rest).trim_matches(['[', ']', '"', '\'']),
        };
        user(event, name);
        return failed(event, action, text);
    }
    if let Some(rest) = text.strip_prefix("requirement ") {
        if let Some((_, name)) = cut_last(rest, "user ") {
            user(event, unquote(name));
        }
        mark(event, AUTHENTICATION, INFO, "requirement");
        event.set(Field::EventReason, context.arena.alloc_str(rest) as &str);
        if rest.contains(" not met ") {
            event.outcome(false);
        }
        return true;
    }
    if text.contains("user unknown") || text.starts_with("User unknown") {
        return failed(event, "user_unknown", text);
    }
    if module == "pam_ldap" && text.contains("Invalid credentials") {
        if let Some(name) = between(text, "uid=", ",") {
            user(event, name);
        }
        return failed(event, "authentication_failure", text);
    }
    false
}

/// Marks a failed attempt. sshd says itself what came of an attempt, in a line of its own: what its PAM modules say is kept in
/// the session's category, so that an attempt counts once.
fn attempt<'a>(event: &mut Event<'a>, service: &str, reason: &'a str) -> bool {
    failed(event, "authentication_failure", reason);
    if service == "sshd" {
        mark(event, SESSION, INFO, "authentication_failure");
    }
    true
}

/// Marks a refusal.
fn failed<'a>(event: &mut Event<'a>, action: &'static str, reason: &'a str) -> bool {
    mark(event, AUTHENTICATION, DENIED, action);
    event.set_text(Field::EventReason, reason);
    event.outcome(false);
    true
}

/// Pushes a number.
fn number_native<'a>(event: &mut Event<'a>, name: &'a str, text: &str) {
    if let Ok(n) = text.parse::<u64>() {
        event.native.push((name, Value::UInt(n)));
    }
}

/// `logname= uid=0 euid=0 tty=ssh ruser= rhost=192.0.2.1  user=root`.
fn fields<'a>(text: &'a str, service: &str, event: &mut Event<'a>) {
    let (mut ruser, mut name) = ("", "");
    for pair in text.split_ascii_whitespace() {
        let Some((key, value)) = cut_at(pair, b'=') else { continue };
        if value.is_empty() {
            continue;
        }
        match key {
            "rhost" => source(event, value),
            "user" => name = value,
            "ruser" => ruser = value,
            "uid" | "euid" | "logname" | "tty" => event.native.push((key, value.into())),
            _ => {}
        }
    }
    if !ruser.is_empty() {
        event.native.push(("ruser", ruser.into()));
    }
    // su and sudo: who asks (ruser) becomes who is asked for (user).
    if matches!(service, "su" | "su-l" | "sudo" | "sudo-i" | "runuser") && !ruser.is_empty() {
        user(event, ruser);
        event.set_text(Field::UserEffectiveName, name);
    } else {
        user(event, name);
    }
}

/// `opened for user X(uid=0) by Y(uid=1000)`, `closed for user X`.
fn session<'a>(text: &'a str, event: &mut Event<'a>) -> bool {
    let opened = text.strip_prefix("opened for user ");
    let Some(rest) = opened.or_else(|| text.strip_prefix("closed for user ")) else { return false };
    let (whom, by) = cut(rest, " by ").unwrap_or((rest, ""));
    let (name, id) = name_and_id(whom);
    let (actor, actor_id) = name_and_id(by);
    if actor.is_empty() {
        user(event, name);
        event.set_text(Field::UserId, id);
    } else {
        user(event, actor);
        event.set_text(Field::UserId, actor_id);
        event.set_text(Field::UserEffectiveName, name);
        event.set_text(Field::UserEffectiveId, id);
    }
    if opened.is_some() {
        mark(event, SESSION, START, "session_opened");
    } else {
        mark(event, SESSION, END, "session_closed");
    }
    event.outcome(true);
    true
}

/// `taro(uid=1000)`, `(uid=0)`, `taro`: name and id.
fn name_and_id(text: &str) -> (&str, &str) {
    match cut(text, "(uid=") {
        Some((name, id)) => (name.trim(), id.split(')').next().unwrap_or_default()),
        None => (word(text.trim()).0, ""),
    }
}

#[cfg(test)]
mod tests {
    use crate::sources::unix::test::check;

    #[test]
    fn failures_of_other_programs() {
        check(
            "Dec 26 03:04:05 host gdm-password]: pam_unix(gdm-password:auth): authentication failure; logname= uid=0 euid=0 tty=tty1 ruser= rhost=  user=hana",
            &[("event.outcome", "failure"), ("user.name", "hana"), ("event.module", "pam")],
        );
        check(
            "Dec 26 03:04:05 host vsftpd[9]: pam_unix(vsftpd:auth): authentication failure; logname= uid=0 euid=0 tty=ftp ruser=hana rhost=192.0.2.1  user=hana",
            &[("source.ip", "192.0.2.1"), ("user.name", "hana"), ("event.outcome", "failure")],
        );
    }

    #[test]
    fn who_becomes_whom() {
        check(
            "Dec 26 03:04:05 host sudo: pam_unix(sudo:session): session opened for user root(uid=0) by taro(uid=1000)",
            &[("user.name", "taro"), ("user.effective.name", "root"), ("user.id", "1000")],
        );
        check(
            "Dec 26 03:04:05 host sshd[1]: pam_unix(sshd:session): session opened for user taro(uid=1000) by (uid=0)",
            &[("user.name", "taro"), ("user.id", "1000"), ("event.action", "session_opened")],
        );
        check(
            "Dec 26 03:04:05 host su(pam_unix)[2]: authentication failure; logname= uid=1 euid=0 tty= ruser=taro rhost=  user=root",
            &[("user.name", "taro"), ("user.effective.name", "root"), ("event.outcome", "failure")],
        );
    }

    #[test]
    fn locks_and_second_factors() {
        check(
            "Dec 26 03:04:05 host sshd[1]: pam_faillock(sshd:auth): Consecutive login failures for user taro account temporarily locked",
            &[("event.action", "account-locked"), ("user.name", "taro")],
        );
        check(
            "Dec 26 03:04:05 host sshd[1]: pam_tally2(sshd:auth): user taro (1000) tally 6, deny 5",
            &[("event.action", "account-locked"), ("user.name", "taro")],
        );
        check(
            "Dec 26 03:04:05 host sshd[1]: pam_sss(sshd:auth): received for user taro: 7 (Authentication failure)",
            &[("event.outcome", "failure"), ("user.name", "taro")],
        );
    }
}
