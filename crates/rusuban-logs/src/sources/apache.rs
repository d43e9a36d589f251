//! Apache HTTP Server: access logs (common, combined, with the virtual host in front, JSON) and error logs.
//!
//! Built from the server's documentation (`mod_log_config`, `core` ErrorLogFormat, log files). An access line in the combined
//! format does not say which server wrote it: nginx, Caddy and many others write the same, and come out here as well.
//!
//! - `192.0.2.1 - taro [26/Dec/2026:03:04:05 +0900] "GET / HTTP/1.1" 200 2326 "referrer" "agent"`
//! - `[Sat Dec 26 03:04:05 2026] [error] [client 192.0.2.1] message` (2.2)
//! - `[Sat Dec 26 03:04:05.123456 2026] [core:error] [pid 1:tid 2] [client 192.0.2.1:5] AH00037: message` (2.4)

use crate::event::{Event, Field};

use super::netkit::{self, after, between, has};
use super::{Context, Line, Refusal, Source, SourceMeta, weblog};

/// Apache HTTP Server.
#[derive(Debug)]
pub struct Apache;

static META: SourceMeta = SourceMeta { id: "apache", product: "HTTP Server", vendor: "Apache" };

impl Source for Apache {
    fn meta(&self) -> &'static SourceMeta {
        &META
    }

    fn parse<'a>(
        &self,
        line: &Line<'a>,
        context: &Context<'a, '_>,
        event: &mut Event<'a>,
    ) -> Result<(), Refusal> {
        if let Some(document) = line.json {
            if weblog::fill_json(document, context.time, event) {
                super::json::flatten(document, context.arena, event);
                return Ok(());
            }
            return Err(Refusal::NotMine);
        }
        let message = line.message.trim_start();
        if message.starts_with('[') {
            if message.as_bytes().get(1).is_some_and(u8::is_ascii_digit)
                && let Some(done) = ssl_request(message, context, event)
            {
                return done;
            }
            return error_log(message, context, event);
        }
        let Some(access) = weblog::access(message).or_else(|| weblog::access(netkit::untagged(line))) else {
            return Err(Refusal::NotMine);
        };
        weblog::fill(&access, context.time, event);
        Ok(())
    }
}

/// `[26/Dec/2026:03:04:05 +0900] 203.0.113.9 TLSv1.3 CIPHER "GET / HTTP/1.1" 199`: the `ssl_request_log` of packages.
fn ssl_request<'a>(
    text: &'a str,
    context: &Context<'a, '_>,
    event: &mut Event<'a>,
) -> Option<Result<(), Refusal>> {
    let (stamp, rest) = text.strip_prefix('[')?.split_once("] ")?;
    let (head, rest) = rest.split_once(" \"")?;
    let (request, bytes) = rest.rsplit_once("\" ")?;
    let mut words = head.split(' ');
    let (client, version, cipher) = (words.next()?, words.next()?, words.next()?);
    if !(version.starts_with("TLS") || version.starts_with("SSL") || version == "-") || words.next().is_some()
    {
        return None;
    }
    event.time = Some(context.time.clf(stamp)?);
    weblog::web(event);
    netkit::set_source(event, client);
    event.set_text(Field::TlsVersion, version.trim_start_matches("TLSv"));
    event.set_text(Field::TlsCipher, cipher);
    weblog::request(request, event);
    netkit::set_number(event, Field::HttpResponseBytes, bytes);
    Some(Ok(()))
}

/// Levels of the error log.
const LEVELS: [&str; 17] = [
    "emerg", "alert", "crit", "error", "warn", "notice", "info", "debug", "trace1", "trace2", "trace3",
    "trace4", "trace5", "trace6", "trace7", "trace8", "warning",
];

/// The error log: brackets, then the message.
fn error_log<'a>(text: &'a str, context: &Context<'a, '_>, event: &mut Event<'a>) -> Result<(), Refusal> {
    let mut rest = text;
    let mut level = "";
    let mut first = true;
    // Brackets in a message belong to the message: only those that are known are taken.
    while let Some((inner, after)) = rest.strip_prefix('[').and_then(|t| t.split_once(']')) {
        if first && let Some(time) = stamp(inner, context) {
            event.time = Some(time);
        } else if let Some(found) = level_of(inner) {
            level = found.1;
            event.set_text(Field::LogLogger, found.0);
        } else if let Some(ids) = inner.strip_prefix("pid ") {
            let (pid, tid) = ids.split_once(":tid ").unwrap_or((ids, ""));
            netkit::set_number(event, Field::ProcessPid, pid);
            netkit::set_number(event, Field::ProcessThreadId, tid);
        } else if let Some(client) = inner.strip_prefix("client ").or_else(|| inner.strip_prefix("remote ")) {
            if event.get(Field::SourceIp).is_none() {
                netkit::set_source(event, client);
            }
        } else if !level.is_empty() && inner.starts_with("host ") {
            netkit::set_destination(event, inner.get(5..).unwrap_or_default());
        } else {
            break;
        }
        first = false;
        rest = after.trim_start();
    }
    if level.is_empty() {
        return Err(Refusal::NotMine);
    }
    event.logsource.category = "webserver";
    event.logsource.product = "apache";
    event.logsource.service = "error";
    event.category(netkit::WEB);
    event.set(Field::LogLevel, level);
    event.set(Field::Message, rest);
    let bad = matches!(level, "emerg" | "alert" | "crit" | "error");
    event.kind(if bad { netkit::ERROR } else { netkit::INFO });
    if bad {
        event.outcome(false);
    } else if !level.starts_with("warn") {
        event.outcome(true);
    }
    message(rest, event);
    Ok(())
}

/// `Sat Dec 26 03:04:05.123456 2026`, also without the weekday.
fn stamp(text: &str, context: &Context<'_, '_>) -> Option<crate::event::EventTime> {
    let text = match text.split_once(' ') {
        Some((day, rest)) if day.len() == 3 && rest.starts_with(|c: char| c.is_ascii_alphabetic()) => rest,
        _ => text,
    };
    asctime(text, context).or_else(|| context.time.iso(text))
}

/// `Dec 26 03:04:05.123456 2026`: the year stands at the end.
pub(super) fn asctime(text: &str, context: &Context<'_, '_>) -> Option<crate::event::EventTime> {
    let (head, year) = text.trim_end().rsplit_once(' ')?;
    let (date, clock) = head.rsplit_once(' ')?;
    if year.len() != 4 || !clock.contains(':') {
        return None;
    }
    let (month, day) = date.split_once(' ')?;
    let (seconds, fraction) = netkit::seconds(year, netkit::month(month)?, day.trim(), clock)?;
    context.time.local(seconds, netkit::nanos(fraction), None)
}

/// `error`, `core:error`, `:error`: module and level.
fn level_of(text: &str) -> Option<(&str, &str)> {
    let (module, level) = text.split_once(':').unwrap_or(("", text));
    LEVELS.contains(&level).then_some((module, level))
}

/// What the message says: failed logins, refused clients, ModSecurity's alerts.
fn message<'a>(text: &'a str, event: &mut Event<'a>) {
    let mut text = text;
    // `(70014)End of file found: [client 192.0.2.1:5] AH01991: …`
    if text.starts_with('(')
        && let Some((_, inner)) = text.split_once("[client ")
        && let Some((client, rest)) = inner.split_once(']')
    {
        netkit::set_source(event, client);
        text = rest.trim_start();
    }
    if let Some(code) = text.strip_prefix("AH").and_then(|t| t.split_once(": ")).map(|(c, _)| c)
        && code.len() == 5
    {
        event.set_text(Field::EventCode, text.get(..7).unwrap_or_default());
        text = text.get(9..).unwrap_or_default();
    }
    if let Some(referrer) = text.rsplit_once(", referer: ") {
        event.set_text(Field::HttpRequestReferrer, referrer.1);
        text = referrer.0;
    }
    if text.contains("ModSecurity:") {
        mod_security(text, event);
        return;
    }
    event.set_text(Field::EventReason, text);
    if has(text, "authentication failure") || has(text, "password mismatch") || has(text, ") not found: ") {
        failed_login(text, event);
    } else if let Some(rest) = text.strip_prefix("user ")
        && rest.contains("not found")
    {
        failed_login(text, event);
    } else if text.contains("client denied by server configuration") {
        event.kind(netkit::DENIED);
        event.set(Field::EventAction, "client-denied");
        event.set_text(Field::FilePath, after(text, "configuration: ").unwrap_or_default());
    }
}

/// `user taro: authentication failure for "/": Password Mismatch`, `user taro not found: /`.
fn failed_login<'a>(text: &'a str, event: &mut Event<'a>) {
    const WEB_LOGIN: &[crate::event::Value<'static>] =
        &[crate::event::Value::Str("authentication"), crate::event::Value::Str("web")];
    event.category(WEB_LOGIN);
    event.kind(netkit::START);
    event.outcome(false);
    event.set(Field::EventAction, "login-failed");
    if let Some(rest) = after(text, "user ") {
        let end = rest.find([':', ' ']).unwrap_or(rest.len());
        event.set_text(Field::UserName, rest.get(..end).unwrap_or_default().trim_matches(['"', '\'']));
    }
    event.set_text(Field::UrlPath, between(text, "for \"", "\"").unwrap_or_default());
}

/// `ModSecurity: Warning. … [id "960015"] [msg "…"] [hostname "…"] [uri "…"]`.
fn mod_security<'a>(text: &'a str, event: &mut Event<'a>) {
    event.category(netkit::INTRUSION_WEB);
    event.set(Field::EventKind, "alert");
    let denied = text.contains("Access denied");
    event.set(Field::EventAction, if denied { "access-denied" } else { "warning" });
    if denied {
        event.kind(netkit::DENIED);
    }
    let part = |name: &str| after(text, name).and_then(|t| t.split_once("\"]")).map_or("", |(v, _)| v);
    event.set_text(Field::RuleId, part("[id \""));
    event.set_text(Field::EventReason, part("[msg \""));
    event.set_text(Field::RuleName, part("[msg \""));
    event.set_text(Field::TransactionId, part("[unique_id \""));
    netkit::set_destination(event, part("[hostname \""));
    weblog::set_url(part("[uri \""), event);
}

#[cfg(test)]
mod tests {
    use super::super::netkit::tests::{check, never_panics};
    use super::*;

    #[test]
    fn access_lines() {
        check(
            r#"203.0.113.9 - taro [26/Dec/2026:03:04:05 +0900] "POST /login.php?x=1 HTTP/1.1" 401 381 "https://www.example.jp/" "Mozilla/5.0 (X11)""#,
            &[
                ("@timestamp", "2026-12-25T18:04:05.000000Z"),
                ("source.ip", "203.0.113.9"),
                ("user.name", "taro"),
                ("http.request.method", "POST"),
                ("url.path", "/login.php"),
                ("url.query", "x=1"),
                ("http.response.status_code", "401"),
                ("http.response.bytes", "381"),
                ("event.outcome", "failure"),
                ("user_agent.original", "Mozilla/5.0 (X11)"),
            ],
        );
        check(
            r#"www.example.jp:8443 203.0.113.9 - - [26/Dec/2026:03:04:05 +0900] "GET / HTTP/1.0" 200 -"#,
            &[
                ("destination.domain", "www.example.jp"),
                ("destination.port", "8443"),
                ("source.ip", "203.0.113.9"),
            ],
        );
    }

    #[test]
    fn error_lines() {
        check(
            "[Sat Dec 26 03:04:05.123456 2026] [auth_basic:error] [pid 12:tid 34] [client 203.0.113.9:5000] AH01617: user taro: authentication failure for \"/admin\": Password Mismatch",
            &[
                ("@timestamp", "2026-12-26T03:04:05.123456Z"),
                ("log.level", "error"),
                ("user.name", "taro"),
                ("source.ip", "203.0.113.9"),
                ("source.port", "5000"),
                ("event.outcome", "failure"),
                ("event.code", "AH01617"),
            ],
        );
        check(
            "[Sat Dec  6 03:04:05 2025] [error] [client 203.0.113.9] client denied by server configuration: /srv/www",
            &[("@timestamp", "2025-12-06T03:04:05.000000Z"), ("event.action", "client-denied")],
        );
    }

    #[test]
    fn requests_over_tls() {
        check(
            r#"[26/Dec/2026:03:04:05 +0900] 203.0.113.9 TLSv1.3 TLS_AES_256_GCM_SHA384 "GET /a HTTP/1.1" 199"#,
            &[("source.ip", "203.0.113.9"), ("url.path", "/a"), ("tls.version", "1.3")],
        );
    }

    #[test]
    fn json_lines() {
        check(
            r#"{"time":"2026-12-26T03:04:05+0900","remoteIP":"203.0.113.9","request":"/a","method":"GET","query":"?q=1","status":"200","userAgent":"curl","referer":"-"}"#,
            &[("event.module", "apache")],
        );
    }

    #[test]
    fn survives_anything() {
        never_panics(
            &Apache,
            &[
                r#"www.example.jp:80 203.0.113.9 - taro [26/Dec/2026:03:04:05 +0900] "POST /l?x=1 HTTP/1.1" 401 381 "r" "a""#,
                "[Sat Dec 26 03:04:05.123456 2026] [core:error] [pid 12:tid 34] (2)No: [client 203.0.113.9:5000] AH01617: user taro: x, referer: y",
                r#"[Sat Dec 26 03:04:05 2026] [error] [client 203.0.113.9] ModSecurity: Warning. [id "1"] [msg "m"] [uri "/x"]"#,
            ],
        );
    }
}
