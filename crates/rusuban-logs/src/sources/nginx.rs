//! nginx: error logs, JSON access logs, and access lines that are plainly nginx's own.
//!
//! Built from nginx's documentation (`error_log`, `ngx_http_log_module`). A line in the combined format that names no
//! program comes out as [`super::apache`]: both write the same. Here come those that a header calls nginx's, and those with
//! more than two texts in quotes after the bytes (`$http_x_forwarded_for` in the `main` format of the packages).
//!
//! - `2026/12/26 03:04:05 [error] 12#34: *5 message, client: 192.0.2.1, server: name, request: "GET / HTTP/1.1", host: "name"`

use crate::event::{Event, Field};

use super::netkit::{self, between};
use super::{Context, Line, Refusal, Source, SourceMeta, weblog};

/// nginx.
#[derive(Debug)]
pub struct Nginx;

static META: SourceMeta = SourceMeta { id: "nginx", product: "nginx", vendor: "F5" };

impl Source for Nginx {
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
            // Names that nginx's variables have; other JSON access logs are Apache's or somebody else's.
            let own = ["body_bytes_sent", "http_user_agent", "remote_user", "upstream_addr", "nginx_access"];
            if own.iter().any(|n| document.get(n).is_some())
                && weblog::fill_json(document, context.time, event)
            {
                duration(
                    document.value("request_time").map(|v| v.to_text()).as_deref().unwrap_or_default(),
                    event,
                );
                super::json::flatten(document, context.arena, event);
                return Ok(());
            }
            return Err(Refusal::NotMine);
        }
        // The envelope takes `2026/12/26 03:04:05 [error] …` for a header.
        for text in [line.message, line.text] {
            if let Some(done) = error_log(text, context, event) {
                return done;
            }
        }
        let named = line.envelope.app == "nginx" || line.envelope.app == "nginx_access";
        let Some(access) = weblog::access(line.message) else { return Err(Refusal::NotMine) };
        let more = access.quotes > 2 && access.rest.starts_with('"');
        if !named && !more {
            return Err(Refusal::NotMine);
        }
        weblog::fill(&access, context.time, event);
        event.logsource.product = "nginx";
        event.logsource.service = "access";
        if more {
            let third = access.quoted.get(2).copied().unwrap_or_default();
            netkit::set_ip(
                event,
                Field::NetworkForwardedIp,
                third.split(',').next().unwrap_or_default().trim(),
            );
        }
        Ok(())
    }
}

/// Seconds with a fraction, as nanoseconds.
fn duration(text: &str, event: &mut Event<'_>) {
    let (whole, fraction) = text.split_at_checked(text.find('.').unwrap_or(text.len())).unwrap_or((text, ""));
    let Ok(seconds) = whole.parse::<u64>() else { return };
    let nanos = u64::from(netkit::nanos(fraction));
    if let Some(total) = seconds.checked_mul(1_000_000_000).and_then(|s| s.checked_add(nanos)) {
        event.set(Field::EventDuration, total);
    }
}

/// The error log; None where the line is none.
fn error_log<'a>(
    text: &'a str,
    context: &Context<'a, '_>,
    event: &mut Event<'a>,
) -> Option<Result<(), Refusal>> {
    if text.as_bytes().get(4) != Some(&b'/') {
        return None;
    }
    let (time, rest) = context.time.iso_prefix(text)?;
    let (level, rest) = rest.strip_prefix(" [")?.split_once("] ")?;
    // `12#34: message`; rebuilt logs have `12:34 message`.
    let (ids, message) = rest.split_once(' ').unwrap_or((rest, ""));
    let (pid, thread) = ids.trim_end_matches(':').split_once(['#', ':'])?;
    if ![pid, thread].iter().all(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit())) {
        return None;
    }
    netkit::set_number(event, Field::ProcessPid, pid);
    netkit::set_number(event, Field::ProcessThreadId, thread);
    fill_error(time, level, message.trim_start(), event);
    Some(Ok(()))
}

/// Fields of an error line.
fn fill_error<'a>(time: crate::event::EventTime, level: &'a str, message: &'a str, event: &mut Event<'a>) {
    event.time = Some(time);
    event.unset(Field::HostHostname);
    event.unset(Field::LogSyslogAppname);
    event.logsource.category = "webserver";
    event.logsource.product = "nginx";
    event.logsource.service = "error";
    event.category(netkit::WEB);
    event.kind(if matches!(level, "notice" | "info" | "debug") { netkit::INFO } else { netkit::ERROR });
    event.set_text(Field::LogLevel, level);
    // `*5 `: the connection's number.
    let message = match message.strip_prefix('*').and_then(|m| m.split_once(' ')) {
        Some((number, rest)) if number.bytes().all(|b| b.is_ascii_digit()) => rest,
        _ => message,
    };
    event.set(Field::Message, message);
    let (what, _) = message.split_once(", client: ").unwrap_or((message, ""));
    event.set_text(Field::ErrorMessage, what);
    if let Some(client) = part(message, ", client: ") {
        netkit::set_source(event, client);
    }
    if let Some(server) = part(message, ", server: ") {
        event.set_text(Field::DestinationDomain, server.trim_matches('"'));
    }
    if let Some(request) = between(message, ", request: \"", "\"") {
        weblog::request(request, event);
    }
    if let Some(host) = between(message, ", host: \"", "\"") {
        event.set_text(Field::UrlDomain, netkit::endpoint(host).0);
    }
    if let Some(referrer) = between(message, ", referrer: \"", "\"") {
        event.set_text(Field::HttpRequestReferrer, referrer);
    }
    let user = between(what, "user \"", "\"");
    if what.contains("password mismatch") || (user.is_some() && what.contains("was not found in")) {
        const WEB_LOGIN: &[crate::event::Value<'static>] =
            &[crate::event::Value::Str("authentication"), crate::event::Value::Str("web")];
        event.category(WEB_LOGIN);
        event.kind(netkit::START);
        event.set(Field::EventAction, "login-failed");
        event.outcome(false);
        event.set_text(Field::UserName, user.unwrap_or_default());
    } else if what.contains("was provided for basic authentication") {
        // Browsers ask first without a password: no failed login.
        event.kind(netkit::DENIED);
        event.set(Field::EventAction, "password-asked");
        event.outcome(false);
    } else if what.contains("access forbidden by rule") {
        event.kind(netkit::DENIED);
        event.set(Field::EventAction, "access-forbidden");
        event.outcome(false);
    }
}

/// The value after a label, up to the next comma.
fn part<'a>(text: &'a str, label: &str) -> Option<&'a str> {
    let rest = netkit::after(text, label)?;
    Some(rest.split(',').next().unwrap_or_default().trim())
}

#[cfg(test)]
mod tests {
    use super::super::netkit::tests::{check, never_panics};
    use super::*;

    #[test]
    fn error_lines() {
        check(
            r#"2026/12/26 03:04:05 [error] 12#34: *5 user "taro": password mismatch, client: 203.0.113.9, server: www.example.jp, request: "GET /admin HTTP/1.1", host: "www.example.jp""#,
            &[
                ("@timestamp", "2026-12-26T03:04:05.000000Z"),
                ("event.module", "nginx"),
                ("user.name", "taro"),
                ("source.ip", "203.0.113.9"),
                ("event.outcome", "failure"),
                ("url.path", "/admin"),
                ("log.level", "error"),
                ("process.pid", "12"),
            ],
        );
    }

    #[test]
    fn access_lines() {
        check(
            r#"203.0.113.9 - - [26/Dec/2026:03:04:05 +0900] "GET / HTTP/1.1" 200 612 "-" "curl/8" "198.51.100.7, 10.0.0.1""#,
            &[
                ("event.module", "nginx"),
                ("network.forwarded_ip", "198.51.100.7"),
                ("event.outcome", "success"),
            ],
        );
        check(
            r#"<190>Dec 26 03:04:05 web01 nginx: 203.0.113.9 - - [26/Dec/2026:03:04:05 +0900] "GET / HTTP/1.1" 200 612 "-" "curl/8""#,
            &[("event.module", "nginx"), ("host.hostname", "web01"), ("source.ip", "203.0.113.9")],
        );
        check(
            r#"{"time_iso8601":"2026-12-26T03:04:05+09:00","remote_addr":"203.0.113.9","request":"GET /a?b=1 HTTP/2.0","status":404,"body_bytes_sent":5,"request_time":"0.007","http_user_agent":"curl"}"#,
            &[
                ("event.outcome", "failure"),
                ("url.query", "b=1"),
                ("event.duration", "7000000"),
                ("event.module", "nginx"),
            ],
        );
    }

    #[test]
    fn survives_anything() {
        never_panics(
            &Nginx,
            &[
                r#"2026/12/26 03:04:05 [error] 12#34: *5 user "taro": password mismatch, client: 203.0.113.9, server: w, request: "GET /admin HTTP/1.1", host: "w""#,
                r#"203.0.113.9 - - [26/Dec/2026:03:04:05 +0900] "GET / HTTP/1.1" 200 612 "-" "curl/8" "198.51.100.7, 10.0.0.1""#,
            ],
        );
    }
}
