//! FTP servers (vsftpd, ProFTPD, Pure-FTPd) and Dropbear, the small SSH server.

use crate::event::{Event, Field};

use super::unix::{
    AUTHENTICATION, CREATION, DELETION, DENIED, END, FILE, INFO, LOGIN, NETWORK, START, between, mark, port,
    program, source, unquote, user, word,
};
use super::{Context, Line, Refusal, Source, SourceMeta, pam};

/// FTP servers and Dropbear.
#[derive(Debug)]
pub struct Ftpd;

static META: SourceMeta = SourceMeta { id: "ftpd", product: "FTP and Dropbear", vendor: "" };

impl Source for Ftpd {
    fn meta(&self) -> &'static SourceMeta {
        &META
    }

    fn parse<'a>(
        &self,
        line: &Line<'a>,
        context: &Context<'a, '_>,
        event: &mut Event<'a>,
    ) -> Result<(), Refusal> {
        let m = line.message.trim_ascii();
        let name = program(line.envelope.app);
        let known = match name {
            "dropbear" => dropbear(m, event),
            "vsftpd" => vsftpd(m, event),
            "proftpd" => proftpd(m, event),
            "pure-ftpd" => pureftpd(m, event),
            // vsftpd's own file: `Sat Dec 26 03:04:05 2026 [pid 2] [taro] OK LOGIN: Client "192.0.2.1"`.
            _ if line.text.contains("[pid ") => {
                let Some((stamp, rest)) = own_file(line.text, context) else { return Err(Refusal::NotMine) };
                event.unset(Field::HostHostname);
                event.unset(Field::LogSyslogAppname);
                event.time = Some(stamp);
                event.set(Field::Message, rest);
                event.set(Field::ProcessName, "vsftpd");
                event.logsource.product = "linux";
                event.logsource.service = "vsftpd";
                return if vsftpd(rest, event) { Ok(()) } else { Err(Refusal::NotMine) };
            }
            _ => return Err(Refusal::NotMine),
        };
        event.logsource.product = "linux";
        event.logsource.service = match name {
            "dropbear" => "auth",
            "vsftpd" => "vsftpd",
            _ => "ftp",
        };
        event.set(Field::ProcessName, name);
        if !known && !pam::read(m, name, context, event) {
            mark(event, NETWORK, INFO, "message");
        }
        Ok(())
    }
}

/// The time and the rest of a line of vsftpd's own file.
fn own_file<'a>(text: &'a str, context: &Context<'a, '_>) -> Option<(crate::event::EventTime, &'a str)> {
    let at = text.find(" [pid ")?;
    let (head, rest) = text.split_at_checked(at)?;
    let mut words = head.split_ascii_whitespace();
    let (_, month, day, clock, year) =
        (words.next()?, words.next()?, words.next()?, words.next()?, words.next()?);
    let stamp = context.time.bsd_prefix(context.arena.alloc_str(&format!("{month} {day} {year} {clock}")))?.0;
    Some((stamp, rest.trim_start()))
}

/// Marks a login.
fn login(event: &mut Event<'_>, success: bool, action: &'static str) -> bool {
    mark(event, LOGIN, if success { START } else { DENIED }, action);
    event.outcome(success);
    true
}

/// `192.0.2.1:50000` or an IPv6 address with a port.
fn address_port<'a>(text: &'a str, event: &mut Event<'a>) {
    match text.rsplit_once(':') {
        Some((a, p)) => {
            source(event, a.trim_matches(['[', ']']));
            port(event, Field::SourcePort, p);
        }
        None => source(event, text),
    }
}

/// Dropbear's `svr-auth*.c` and `svr-session.c`.
fn dropbear<'a>(m: &'a str, event: &mut Event<'a>) -> bool {
    let quoted = |event: &mut Event<'a>, m: &'a str| {
        if let Some(name) = between(m, "'", "'") {
            user(event, name);
        }
        if let Some((_, from)) = m.rsplit_once(" from ") {
            address_port(word(from).0, event);
        }
    };
    if m.contains("auth succeeded for '") {
        quoted(event, m);
        return login(event, true, "ssh_login");
    }
    if m.starts_with("Bad password attempt for '")
        || m.starts_with("Bad PAM password attempt for '")
        || m.starts_with("Pubkey auth bad signature")
    {
        quoted(event, m);
        return login(event, false, "ssh_login");
    }
    if let Some((_, from)) = m.split_once("attempt for nonexistent user from ") {
        address_port(from, event);
        return login(event, false, "ssh_login");
    }
    if m.contains("Max auth tries reached")
        || m.contains("user '") && (m.contains("blank password") || m.contains("not allowed"))
        || m.starts_with("Login attempt ")
    {
        quoted(event, m);
        return login(event, false, "ssh_login");
    }
    if let Some(from) = m.strip_prefix("Child connection from ") {
        address_port(from, event);
        mark(event, NETWORK, START, "connection_opened");
        return true;
    }
    if m.starts_with("Exit") {
        if let Some(name) = between(m, "(", ")") {
            user(event, name.split(',').next().unwrap_or(name).trim_matches('\''));
        }
        if let Some(from) = between(m, "from <", ">") {
            address_port(from, event);
        }
        mark(event, NETWORK, END, "disconnected");
        event.set_text(Field::EventReason, m.rsplit_once(": ").map_or(m, |(_, r)| r));
        return true;
    }
    false
}

/// `[pid 2] [taro] FAIL LOGIN: Client "192.0.2.1"`, `[pid 2] CONNECT: Client "…"`, `[taro] OK UPLOAD: Client "…", "/file", 10 bytes, …`.
fn vsftpd<'a>(m: &'a str, event: &mut Event<'a>) -> bool {
    let m = match m.strip_prefix("[pid ").and_then(|r| r.split_once("] ")) {
        Some((_, rest)) => rest,
        None => m,
    };
    let Some((head, client)) = m.split_once(": Client \"") else { return false };
    let (name, verb) = match head.strip_prefix('[').and_then(|r| r.split_once("] ")) {
        Some((name, verb)) => (name, verb),
        None => ("", head),
    };
    user(event, name);
    let (address, rest) = client.split_once('"').unwrap_or((client, ""));
    source(event, address.strip_prefix("::ffff:").unwrap_or(address));
    if let Some(path) = between(rest, "\"", "\"") {
        event.set_text(Field::FilePath, path);
    }
    match verb {
        "OK LOGIN" => return login(event, true, "ftp_login"),
        "FAIL LOGIN" => return login(event, false, "ftp_login"),
        "CONNECT" => mark(event, NETWORK, START, "connection_opened"),
        _ => {
            let kind = match verb.rsplit(' ').next().unwrap_or_default() {
                "UPLOAD" | "MKDIR" => CREATION,
                "DELETE" | "RMDIR" => DELETION,
                _ => INFO,
            };
            mark(event, FILE, kind, verb);
            event.outcome(verb.starts_with("OK"));
        }
    }
    true
}

/// ProFTPD: `host (name[192.0.2.1]) - USER taro: Login successful.`; the parentheses name the client.
fn proftpd<'a>(m: &'a str, event: &mut Event<'a>) -> bool {
    let Some((head, what)) = m.split_once(" - ") else { return false };
    if let Some(address) = between(head, "[", "]") {
        source(event, address.strip_prefix("::ffff:").unwrap_or(address));
    }
    if let Some(rest) = what.strip_prefix("USER ") {
        let (name, what) = rest.split_once(": ").unwrap_or((rest, ""));
        user(event, word(name).0);
        event.set_text(Field::EventReason, what.trim_end_matches('.'));
        return login(event, what.contains("successful"), "ftp_login");
    }
    if what.starts_with("Maximum login attempts") || what.starts_with("SECURITY VIOLATION") {
        if what.contains("oot login attempted") {
            event.set(Field::UserName, "root");
        }
        event.set_text(Field::EventReason, what);
        return login(event, false, "ftp_login");
    }
    if what.starts_with("FTP session opened") || what.starts_with("SSH2 session opened") {
        mark(event, NETWORK, START, "connection_opened");
        return true;
    }
    if what.contains("session closed") {
        mark(event, NETWORK, END, "connection_closed");
        return true;
    }
    false
}

/// Pure-FTPd: `(taro@192.0.2.1) [INFO] taro is now logged in`, `(?@192.0.2.1) [WARNING] Authentication failed for user [taro]`.
fn pureftpd<'a>(m: &'a str, event: &mut Event<'a>) -> bool {
    let Some((client, rest)) = m.strip_prefix('(').and_then(|r| r.split_once(") ")) else { return false };
    let (name, address) = client.rsplit_once('@').unwrap_or(("?", client));
    source(event, address);
    let what = rest.split_once("] ").map_or(rest, |(_, w)| w);
    if name != "?" {
        user(event, name);
    }
    if let Some(who) = what.strip_suffix(" is now logged in") {
        user(event, who);
        return login(event, true, "ftp_login");
    }
    if let Some(who) = what.strip_prefix("Authentication failed for user ") {
        user(event, unquote(who));
        return login(event, false, "ftp_login");
    }
    if what.starts_with("New connection from") {
        mark(event, NETWORK, START, "connection_opened");
        return true;
    }
    event.category(AUTHENTICATION);
    false
}

#[cfg(test)]
mod tests {
    use crate::sources::unix::test::check;

    #[test]
    fn dropbear_logins() {
        check(
            "Sat Dec 26 03:04:05 2020 authpriv.warn dropbear[12]: Bad password attempt for 'root' from 192.0.2.1:5000",
            &[
                ("user.name", "root"),
                ("source.ip", "192.0.2.1"),
                ("source.port", "5000"),
                ("event.outcome", "failure"),
            ],
        );
        check(
            "Dec 26 03:04:05 ap dropbear[12]: Pubkey auth succeeded for 'root' with ssh-rsa key SHA256:x from 192.0.2.1:5000",
            &[("event.action", "ssh_login"), ("event.outcome", "success"), ("source.port", "5000")],
        );
    }

    #[test]
    fn ftp_logins() {
        check(
            "Sat Dec 26 03:04:05 2020 [pid 2] [taro] FAIL LOGIN: Client \"192.0.2.1\"",
            &[
                ("user.name", "taro"),
                ("source.ip", "192.0.2.1"),
                ("event.outcome", "failure"),
                ("@timestamp", "2020-12-26T03:04:05.000000Z"),
            ],
        );
        check(
            "Dec 26 03:04:05 host proftpd[9]: host (client.example[192.0.2.1]) - USER taro (Login failed): Incorrect password.",
            &[("source.ip", "192.0.2.1"), ("event.outcome", "failure")],
        );
        check(
            "Dec 26 03:04:05 host pure-ftpd: (?@192.0.2.1) [WARNING] Authentication failed for user [taro]",
            &[("user.name", "taro"), ("event.outcome", "failure")],
        );
    }
}
