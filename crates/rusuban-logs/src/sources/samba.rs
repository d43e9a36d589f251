//! Samba: file audit (vfs_full_audit(8)), authentication and directory audit as JSON (`auth_json_audit`, `dsdb_json_audit`… of
//! smb.conf(5)) and in words (`Auth: […] user […]\[…]`), smbd's own two-line messages.

use crate::event::{Event, Field, Value};

use super::json::{self, Object};
use super::unix::{
    ACCESS, CHANGE, CREATION, DELETION, DENIED, END, FILE, IAM, INFO, LOGIN, NETWORK, SESSION, START,
    between, is_ip, mark, port, program, source, user, word,
};
use super::{Context, Line, Refusal, Source, SourceMeta};

/// Samba.
#[derive(Debug)]
pub struct Samba;

static META: SourceMeta = SourceMeta { id: "samba", product: "Samba", vendor: "" };

const USER_CHANGE: &[Value<'static>] = &[Value::Str("user"), Value::Str("change")];
const GROUP_CHANGE: &[Value<'static>] = &[Value::Str("group"), Value::Str("change")];

impl Source for Samba {
    fn meta(&self) -> &'static SourceMeta {
        &META
    }

    fn parse<'a>(
        &self,
        line: &Line<'a>,
        context: &Context<'a, '_>,
        event: &mut Event<'a>,
    ) -> Result<(), Refusal> {
        let app = program(line.envelope.app);
        let named = matches!(app, "smbd" | "samba" | "winbindd" | "nmbd" | "smbd_audit");
        let m = line.message.trim_ascii();
        let m = header(m, context, event);
        // `JSON Authentication: {…}` in smbd's own file.
        let m =
            m.strip_prefix("JSON ").and_then(|rest| rest.split_once(": ")).map_or(m, |(_, object)| object);
        let object = match line.json {
            Some(object) => Some(object),
            None if m.starts_with('{') && m.contains("\"type\"") => json::parse(m, context.arena),
            None => None,
        };
        let known = match object {
            Some(object) => audit(object, context, event),
            None => full_audit(m, named, event) || words(m, event),
        };
        let headed = m.len() != line.message.trim_ascii().len();
        if !known {
            if !named && !headed {
                return Err(Refusal::NotMine);
            }
            smbd(m, event);
        }
        event.logsource.product = "linux";
        event.logsource.service = "samba";
        event.set(Field::ProcessName, if named { app } else { "smbd" });
        Ok(())
    }
}

/// `[2026/12/26 03:04:05.123456,  3, pid=9] ../../source3/x.c:635(function)`: time and place; gives the text on the lines after it.
fn header<'a>(m: &'a str, context: &Context<'a, '_>, event: &mut Event<'a>) -> &'a str {
    let Some((inner, rest)) = m.strip_prefix('[').and_then(|r| r.split_once("] ")) else { return m };
    let Some((stamp, level)) = inner.split_once(',') else { return m };
    let Some(time) = context.time.iso(stamp) else { return m };
    let (place, text) = rest.split_once(['\n', '\r']).unwrap_or((rest, ""));
    let Some((file, function)) = place.split_once('(') else { return m };
    if !file.contains(".c:") {
        return m;
    }
    event.time = Some(time);
    event.set_text(Field::LogOriginFileName, file.split(':').next().unwrap_or(file));
    event.set_text(Field::LogOriginFunction, function.split(')').next().unwrap_or(function));
    event.set_text(Field::LogLevel, level.split(',').next().unwrap_or(level).trim());
    text.trim_ascii()
}

/// `taro|192.0.2.1|share|unlinkat|ok|/path`: what the prefix holds, the operation, its result, its arguments.
fn full_audit<'a>(m: &'a str, named: bool, event: &mut Event<'a>) -> bool {
    let operation;
    let mut before: [&str; 6] = [""; 6];
    let mut count = 0;
    let mut rest = m;
    loop {
        let Some((part, after)) = rest.split_once('|') else { return false };
        if after.starts_with("ok") || after.starts_with("fail") {
            let next = after.split_once('|').map_or(after, |(r, _)| r);
            if next == "ok" || next.starts_with("fail") {
                operation = part;
                rest = after;
                break;
            }
        }
        if let Some(slot) = before.get_mut(count) {
            *slot = part;
        } else {
            return false;
        }
        count += 1;
        rest = after;
    }
    if operation.is_empty() || (!named && !operation.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')) {
        return false;
    }
    let (result, arguments) = rest.split_once('|').unwrap_or((rest, ""));
    let mut name = "";
    for part in before.iter().take(count) {
        if is_ip(part) {
            source(event, part);
        } else if name.is_empty() {
            name = part;
        } else {
            event.native.push(("prefix", (*part).into()));
        }
    }
    if !named && event.get(Field::SourceIp).is_none() {
        return false;
    }
    user(event, name);
    let path = arguments.rsplit('|').next().unwrap_or(arguments);
    event.native.push(("operation", operation.into()));
    event.native.push(("result", result.into()));
    event.native.push(("arguments", arguments.into()));
    let (category, kind) = match operation {
        "connect" => (NETWORK, START),
        "disconnect" => (NETWORK, END),
        "mkdir" | "mkdirat" | "mknod" | "mknodat" | "create_file" | "link" | "linkat" | "symlink"
        | "symlinkat" => (FILE, CREATION),
        "unlink" | "unlinkat" | "rmdir" => (FILE, DELETION),
        "rename" | "renameat" | "write" | "pwrite" | "pwrite_send" | "ftruncate" | "chmod" | "fchmod"
        | "chown" | "fchown" | "fset_nt_acl" | "set_nt_acl" | "fsetxattr" | "setxattr" => (FILE, CHANGE),
        _ => (FILE, ACCESS),
    };
    if category == FILE {
        event.set_text(Field::FilePath, path);
    }
    event.set_text(Field::EventReason, between(result, "(", ")").unwrap_or_default());
    mark(event, category, kind, operation);
    event.outcome(result == "ok");
    true
}

/// `ipv4:192.0.2.1:50000`, `ipv6:2001:db8::1:50000`.
fn endpoint(text: &str) -> Option<(&str, &str)> {
    text.strip_prefix("ipv4:").or_else(|| text.strip_prefix("ipv6:"))?.rsplit_once(':')
}

/// The JSON audit.
fn audit<'a>(object: Object<'a>, context: &Context<'a, '_>, event: &mut Event<'a>) -> bool {
    let Some(kind) = object.text("type") else { return false };
    let known = [
        "Authentication",
        "Authorization",
        "dsdbChange",
        "dsdbTransaction",
        "replicatedUpdate",
        "passwordChange",
        "groupChange",
        "KDC Authorization",
    ];
    if !known.contains(&kind) {
        return false;
    }
    let Some(inner) = object.object(kind) else { return false };
    if let Some(time) = object.text("timestamp").and_then(|t| context.time.iso(t)) {
        event.time = Some(time);
    }
    json::flatten(inner, context.arena, event);
    if let Some((address, number)) = inner.text("remoteAddress").and_then(endpoint) {
        source(event, address);
        port(event, Field::SourcePort, number);
    }
    if let Some((address, number)) = inner.text("localAddress").and_then(endpoint) {
        event.destination_address(address);
        port(event, Field::DestinationPort, number);
    }
    if let Some(code) = inner.value("eventId") {
        event.set(Field::EventCode, code);
    }
    let status = inner.text("status").unwrap_or_default();
    match kind {
        "Authentication" => {
            let name =
                inner.text("mappedAccount").or_else(|| inner.text("clientAccount")).unwrap_or_default();
            let domain =
                inner.text("mappedDomain").or_else(|| inner.text("clientDomain")).unwrap_or_default();
            if !domain.is_empty() {
                event.set_text(Field::UserDomain, domain);
            }
            user(event, name);
            event.set_text(
                Field::SourceDomain,
                inner.text("workstation").unwrap_or_default().trim_start_matches('\\'),
            );
            let success = status == "NT_STATUS_OK";
            mark(event, LOGIN, if success { START } else { DENIED }, "Authentication");
            event.set_text(Field::EventReason, status);
            event.outcome(success);
        }
        "Authorization" | "KDC Authorization" => {
            user(event, inner.text("account").unwrap_or_default());
            event.set_text(Field::UserDomain, inner.text("domain").unwrap_or_default());
            event.set_text(Field::UserId, inner.text("sid").unwrap_or_default());
            mark(event, SESSION, INFO, "Authorization");
            event.outcome(true);
        }
        "passwordChange" => {
            event.set_text(Field::UserId, inner.text("userSid").unwrap_or_default());
            event.set_text(Field::UserTargetName, common_name(inner.text("dn").unwrap_or_default()));
            mark(event, IAM, USER_CHANGE, "passwordChange");
            event.outcome(matches!(status, "Success" | "NT_STATUS_OK"));
        }
        "groupChange" => {
            event.set_text(Field::UserId, inner.text("userSid").unwrap_or_default());
            event.set_text(Field::UserTargetName, common_name(inner.text("user").unwrap_or_default()));
            event.set_text(Field::GroupName, common_name(inner.text("group").unwrap_or_default()));
            mark(event, IAM, GROUP_CHANGE, inner.text("action").unwrap_or("groupChange"));
            event.outcome(status == "Success");
        }
        _ => {
            event.set_text(Field::UserId, inner.text("userSid").unwrap_or_default());
            event.set_text(Field::UserTargetName, common_name(inner.text("dn").unwrap_or_default()));
            mark(event, IAM, CHANGE, inner.text("operation").unwrap_or(kind));
            event.outcome(status == "Success" || status.is_empty());
        }
    }
    true
}

/// `CN=Taro,CN=Users,DC=…`: the first name.
fn common_name(dn: &str) -> &str {
    let first = dn.split(',').next().unwrap_or(dn);
    first.split_once('=').map_or(first, |(_, name)| name)
}

/// `Auth: [SMB2,(null)] user [DOM]\[taro] at [time] with [NTLMv2] status [NT_STATUS_…] workstation [PC] remote host [ipv4:…:1] …`.
fn words<'a>(m: &'a str, event: &mut Event<'a>) -> bool {
    let (auth, rest) = if let Some(rest) = m.strip_prefix("Auth: [") {
        (true, rest)
    } else if let Some(rest) = m.strip_prefix("Successful AuthZ: [") {
        (false, rest)
    } else {
        return false;
    };
    if let Some((domain, rest)) = rest.split_once("user [").and_then(|(_, r)| r.split_once("]\\[")) {
        user(event, rest.split(']').next().unwrap_or_default());
        event.set_text(Field::UserDomain, domain);
    }
    let remote = between(rest, "remote host [", "]").or_else(|| between(rest, "Remote host [", "]"));
    if let Some((address, number)) = remote.and_then(endpoint) {
        source(event, address);
        port(event, Field::SourcePort, number);
    }
    if let Some((address, number)) = between(rest, "local host [", "]").and_then(endpoint) {
        event.destination_address(address);
        port(event, Field::DestinationPort, number);
    }
    if auth {
        let status = between(rest, "status [", "]").unwrap_or_default();
        event.set_text(Field::EventReason, status);
        let success = status == "NT_STATUS_OK";
        mark(event, LOGIN, if success { START } else { DENIED }, "Authentication");
        event.outcome(success);
    } else {
        mark(event, SESSION, INFO, "Authorization");
        event.outcome(true);
    }
    true
}

/// `pc1 (ipv4:192.0.2.1:50000) connect to service share initially as user taro (uid=1, gid=1) (pid 9)`, `pc1 (ipv4:…) closed connection to
/// service share`, `check_ntlm_password:  Authentication for user [x] -> [x] FAILED with error NT_STATUS_…`.
fn smbd<'a>(m: &'a str, event: &mut Event<'a>) {
    mark(event, NETWORK, INFO, "message");
    if let Some((address, number)) =
        between(m, "(ipv4:", ")").or_else(|| between(m, "(ipv6:", ")")).and_then(|p| p.rsplit_once(':'))
    {
        source(event, address);
        port(event, Field::SourcePort, number);
    }
    if let Some((_, rest)) = m.split_once(" connect to service ") {
        event.native.push(("share", word(rest).0.into()));
        if let Some((_, who)) = rest.split_once("as user ") {
            user(event, word(who).0);
        }
        mark(event, NETWORK, START, "connect");
        event.outcome(true);
    } else if let Some((_, rest)) = m.split_once(" closed connection to service ") {
        event.native.push(("share", rest.trim().into()));
        mark(event, NETWORK, END, "disconnect");
    } else if let Some((status, who)) = winbind(m) {
        user(event, who);
        let success = status == "NT_STATUS_OK";
        mark(event, LOGIN, if success { START } else { DENIED }, "Authentication");
        event.set_text(Field::EventReason, status);
        event.outcome(success);
    } else if m.contains("uthentication for user [") {
        event.set_text(
            Field::EventReason,
            m.rsplit_once("with error ").map_or("", |(_, status)| word(status).0.trim_end_matches(',')),
        );
        user(event, between(m, "for user [", "]").unwrap_or_default());
        let failed = m.contains("FAILED");
        mark(event, LOGIN, if failed { DENIED } else { START }, "Authentication");
        event.outcome(!failed);
    }
}

/// winbindd: `Plain-text authentication for user taro returned NT_STATUS_WRONG_PASSWORD (PAM: 7)`, `NTLM CRAP authentication for
/// user [OFFICE]\[taro] returned NT_STATUS_OK (PAM: 0)`.
fn winbind(m: &str) -> Option<(&str, &str)> {
    let (_, rest) = m.split_once(" authentication for user ")?;
    let (who, status) = rest.rsplit_once(" returned ")?;
    let who = who.rsplit_once("]\\[").map_or(who, |(_, name)| name).trim_matches(['[', ']']);
    Some((word(status).0.trim_end_matches(','), who))
}

#[cfg(test)]
mod tests {
    use crate::sources::unix::test::{check, read};

    #[test]
    fn two_lines_of_the_own_file() {
        check(
            "[2026/12/26 03:04:05.123456,  2] ../../source3/auth/auth.c:334(auth_check_ntlm_password)\n  check_ntlm_password:  Authentication for user [taro] -> [taro] FAILED with error NT_STATUS_WRONG_PASSWORD, authoritative=1",
            &[
                ("user.name", "taro"),
                ("event.outcome", "failure"),
                ("event.reason", "NT_STATUS_WRONG_PASSWORD"),
                ("log.origin.function", "auth_check_ntlm_password"),
            ],
        );
        check(
            "[2026/12/26 03:04:05,  2] ../../source3/winbindd/winbindd_pam.c:2127(winbindd_dual_pam_auth)\n  Plain-text authentication for user OFFICE\\taro returned NT_STATUS_WRONG_PASSWORD (PAM: 7)",
            &[
                ("user.name", "taro"),
                ("user.domain", "OFFICE"),
                ("event.outcome", "failure"),
                ("event.reason", "NT_STATUS_WRONG_PASSWORD"),
            ],
        );
        check(
            "[2026/12/26 03:04:05,  3] ../../auth/auth_log.c:220(log_json)\n  JSON Authentication: {\"timestamp\": \"2026-12-26T03:04:05+0900\", \"type\": \"Authentication\", \"Authentication\": {\"status\": \"NT_STATUS_OK\", \"remoteAddress\": \"ipv4:192.0.2.1:50000\", \"clientAccount\": \"taro\"}}",
            &[("user.name", "taro"), ("source.ip", "192.0.2.1"), ("event.outcome", "success")],
        );
    }

    #[test]
    fn files() {
        check(
            "Dec 26 03:04:05 fs smbd_audit[9]: taro|192.0.2.1|pc1|share|unlinkat|ok|/srv/share/a.txt",
            &[
                ("user.name", "taro"),
                ("source.ip", "192.0.2.1"),
                ("file.path", "/srv/share/a.txt"),
                ("event.action", "unlinkat"),
                ("event.outcome", "success"),
            ],
        );
        check(
            "Dec 26 03:04:05 fs smbd_audit: taro|192.0.2.1|open|fail (Permission denied)|r|secret.txt",
            &[("event.outcome", "failure"), ("event.reason", "Permission denied")],
        );
        assert!(read("a|b|ok|c").is_null());
    }

    #[test]
    fn logins() {
        check(
            r#"{"timestamp": "2026-12-26T03:04:05.123456+0900", "type": "Authentication", "Authentication": {"eventId": 4625, "status": "NT_STATUS_WRONG_PASSWORD", "localAddress": "ipv4:192.0.2.2:445", "remoteAddress": "ipv4:192.0.2.1:50000", "clientDomain": "OFFICE", "clientAccount": "taro", "workstation": "PC1", "mappedAccount": null}}"#,
            &[
                ("user.name", "taro"),
                ("source.ip", "192.0.2.1"),
                ("source.port", "50000"),
                ("event.outcome", "failure"),
                ("@timestamp", "2026-12-25T18:04:05.123456Z"),
            ],
        );
        check(
            "  Auth: [SMB2,(null)] user [OFFICE]\\[taro] at [Sat, 26 Dec 2026 03:04:05.1 JST] with [NTLMv2] status [NT_STATUS_OK] workstation [PC1] remote host [ipv4:192.0.2.1:50000] became [OFFICE]\\[taro] [S-1-5]. local host [ipv4:192.0.2.2:445]",
            &[("user.name", "taro"), ("event.outcome", "success"), ("destination.port", "445")],
        );
        check(
            "[2026/12/26 03:04:05.123456,  1] ../../source3/smbd/service.c:1(make_connection_snum)\n  pc1 (ipv4:192.0.2.1:50000) connect to service share initially as user taro (uid=1, gid=1) (pid 9)",
            &[
                ("user.name", "taro"),
                ("source.ip", "192.0.2.1"),
                ("@timestamp", "2026-12-26T03:04:05.123456Z"),
            ],
        );
    }
}
