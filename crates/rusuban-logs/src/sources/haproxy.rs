//! HAProxy: the HTTP, HTTPS, TCP, error and connection formats (configuration manual, "Log formats"), and messages about servers.

use crate::event::{Event, EventTime, Field, TimeBasis};

use super::unix::{
    CHANGE, ERROR, INFO, NETWORK, START, WEB, between, is_ip, mark, number, port, source, word,
};
use super::{Context, Line, Refusal, Source, SourceMeta};

/// HAProxy.
#[derive(Debug)]
pub struct Haproxy;

static META: SourceMeta = SourceMeta { id: "haproxy", product: "HAProxy", vendor: "HAProxy Technologies" };

impl Source for Haproxy {
    fn meta(&self) -> &'static SourceMeta {
        &META
    }

    fn parse<'a>(
        &self,
        line: &Line<'a>,
        context: &Context<'a, '_>,
        event: &mut Event<'a>,
    ) -> Result<(), Refusal> {
        let named = line.envelope.app.starts_with("haproxy");
        if !named && !line.envelope.app.is_empty() {
            return Err(Refusal::NotMine);
        }
        let m = line.message.trim_ascii();
        if !session(m, context, event) && !connect(m, event) {
            if !named {
                return Err(Refusal::NotMine);
            }
            service(m, event);
        }
        event.logsource.category = "webserver";
        event.logsource.product = "haproxy";
        event.set(Field::ProcessName, "haproxy");
        Ok(())
    }
}

/// `192.0.2.1:50000`, `2001:db8::1:50000`, `unix:1`: the client.
fn client<'a>(text: &'a str, event: &mut Event<'a>) -> bool {
    let Some((address, number)) = text.rsplit_once(':') else { return false };
    let address = address.trim_matches(['[', ']']);
    if !is_ip(address) && address != "unix" {
        return false;
    }
    source(event, address);
    port(event, Field::SourcePort, number);
    true
}

/// `client [time] frontend …`.
fn session<'a>(m: &'a str, context: &Context<'a, '_>, event: &mut Event<'a>) -> bool {
    let Some((peer, rest)) = m.split_once(" [") else { return false };
    let Some((stamp, rest)) = rest.split_once("] ") else { return false };
    if peer.contains(' ') || !client(peer, event) {
        return false;
    }
    let Some(time) = context.time.clf(stamp) else { return false };
    set_time(event, time);
    let (frontend, rest) = word(rest);
    // The error format: `frontend/bind: message`.
    if let Some(listener) = frontend.strip_suffix(':') {
        event.native.push(("frontend", listener.into()));
        event.set_text(Field::ErrorMessage, rest);
        event.set_text(Field::EventReason, rest);
        mark(event, NETWORK, ERROR, "error");
        event.outcome(false);
        return true;
    }
    event.native.push(("frontend", frontend.trim_end_matches('~').into()));
    let (backend, rest) = word(rest);
    let (name, server) = backend.split_once('/').unwrap_or((backend, ""));
    event.native.push(("backend", name.into()));
    event.native.push(("server", server.into()));
    let (timers, rest) = word(rest);
    match timers.split('/').count() {
        5 => http(timers, rest, event),
        3 => tcp(timers, rest, event),
        _ => return false,
    }
    true
}

/// The bracketed time has milliseconds but no zone: it gives way to a time that states its own.
fn set_time(event: &mut Event<'_>, time: EventTime) {
    if event.time.is_none_or(|t| t.basis != TimeBasis::Stated) {
        event.time = Some(time);
    }
}

/// `200 7500 - - --VN 409/407/0/0/0 0/0 {host} {type} "GET /x HTTP/1.1" extra`.
fn http<'a>(timers: &'a str, m: &'a str, event: &mut Event<'a>) {
    event.native.push(("timers", timers.into()));
    let (status, rest) = word(m);
    let (bytes, rest) = word(rest);
    number(event, Field::HttpResponseStatusCode, status);
    number(event, Field::HttpResponseBytes, bytes.trim_start_matches('+'));
    event.native.push(("sc-status", status.into()));
    let mut rest = rest;
    for name in ["request_cookie", "response_cookie", "termination_state", "connections", "queues"] {
        let (value, after) = word(rest);
        event.native.push((name, value.into()));
        rest = after;
    }
    event.category(WEB);
    event.kind(super::unix::ACCESS);
    if let Ok(code) = status.parse::<u16>() {
        event.outcome(code < 400);
    }
    if let Some(headers) = between(rest, "{", "}") {
        event.native.push(("captured_request_headers", headers.into()));
    }
    let Some((_, quoted)) = rest.split_once('"') else { return };
    // The request ends at the quote that follows its version; a URI may hold quotes.
    let (request, extra) = match quoted
        .rfind("HTTP/")
        .and_then(|at| Some((at, quoted.get(at..)?.find('"')? + at)))
    {
        Some((_, end)) => (quoted.get(..end).unwrap_or(quoted), quoted.get(end + 1..).unwrap_or_default()),
        None => quoted.rsplit_once('"').unwrap_or((quoted, "")),
    };
    request_line(request, event);
    tls(extra.trim(), event);
}

/// `GET /path?query HTTP/1.1`, or `<BADREQ>`.
fn request_line<'a>(m: &'a str, event: &mut Event<'a>) {
    if m.starts_with('<') {
        event.set(Field::EventReason, m);
        return;
    }
    let (method, rest) = word(m);
    let (uri, version) = match rest.rsplit_once(" HTTP/") {
        Some((uri, version)) => (uri, version),
        None => (rest, ""),
    };
    event.set_text(Field::HttpRequestMethod, method);
    event.set_text(Field::HttpVersion, version);
    event.set_text(Field::UrlOriginal, uri);
    let path = match uri.split_once("://") {
        Some((_, rest)) => rest.find('/').and_then(|at| rest.get(at..)).unwrap_or("/"),
        None => uri,
    };
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    event.set_text(Field::UrlPath, path);
    event.set_text(Field::UrlQuery, query);
    event.native.push(("cs-method", method.into()));
    event.native.push(("cs-uri", uri.into()));
    event.native.push(("c-uri", uri.into()));
    event.native.push(("cs-uri-stem", path.into()));
    event.native.push(("cs-uri-query", query.into()));
}

/// `TLSv1.3/TLS_AES_128_GCM_SHA256`, `TLSv1.2`, a cipher alone.
fn tls<'a>(extra: &'a str, event: &mut Event<'a>) {
    let Some(text) = extra.split(' ').find(|w| w.starts_with("TLS")) else { return };
    if let Some(version) = text.strip_prefix("TLSv") {
        let (version, cipher) = version.split_once('/').unwrap_or((version, ""));
        event.set_text(Field::TlsVersion, version);
        event.set(Field::TlsVersionProtocol, "TLS");
        event.set_text(Field::TlsCipher, cipher);
    } else {
        event.set(Field::TlsCipher, text);
    }
}

/// `212 -- 1/1/1/1/0 0/0`.
fn tcp<'a>(timers: &'a str, m: &'a str, event: &mut Event<'a>) {
    event.native.push(("timers", timers.into()));
    let (bytes, rest) = word(m);
    number(event, Field::DestinationBytes, bytes.trim_start_matches('+'));
    let (state, rest) = word(rest);
    event.native.push(("termination_state", state.into()));
    event.native.push(("connections", word(rest).0.into()));
    mark(event, NETWORK, super::unix::END, "session");
    event.outcome(state.starts_with('-'));
}

/// `Connect from 192.0.2.1:50000 to 192.0.2.2:443 (frontend/HTTP)`.
fn connect<'a>(m: &'a str, event: &mut Event<'a>) -> bool {
    let Some(rest) = m.strip_prefix("Connect from ") else { return false };
    let Some((from, rest)) = rest.split_once(" to ") else { return false };
    let (to, rest) = word(rest);
    if !client(from, event) {
        return false;
    }
    if let Some((address, number)) = to.rsplit_once(':') {
        event.destination_address(address.trim_matches(['[', ']']));
        port(event, Field::DestinationPort, number);
    }
    if let Some(frontend) = between(rest, "(", ")") {
        event.native.push(("frontend", frontend.into()));
    }
    mark(event, NETWORK, START, "connection_opened");
    true
}

/// `Server web/app1 is DOWN, reason: …`, `backend web has no server available!`, `Proxy web stopped …`.
fn service<'a>(m: &'a str, event: &mut Event<'a>) {
    mark(event, NETWORK, INFO, "message");
    if let Some(rest) = m.strip_prefix("Server ") {
        let (name, what) = word(rest);
        event.set_text(Field::ServiceName, name);
        let up = what.starts_with("is UP");
        mark(event, NETWORK, CHANGE, if up { "server_up" } else { "server_down" });
        event.set(Field::EventReason, what);
        event.outcome(up);
    } else if m.contains("no server available") {
        mark(event, NETWORK, ERROR, "no_server_available");
        event.outcome(false);
    } else if let Some(rest) = m.strip_prefix("Health check for server ") {
        event.set_text(Field::ServiceName, word(rest).0);
        mark(event, NETWORK, INFO, "health_check");
        event.outcome(m.contains(" succeeded"));
    } else if let Some(rest) = m.strip_prefix("Proxy ") {
        event.set_text(Field::ServiceName, word(rest).0);
        mark(
            event,
            NETWORK,
            CHANGE,
            if rest.contains("stopped") { "proxy_stopped" } else { "proxy_started" },
        );
    }
}

#[cfg(test)]
mod tests {
    use crate::sources::unix::test::check;

    #[test]
    fn requests() {
        check(
            "192.0.2.1:50000 [26/Dec/2026:03:04:05.678] web~ app/a1 0/0/1/5/6 403 210 - - ---- 1/1/0/0/0 0/0 {www.example.jp} \"GET /a?b=\"c HTTP/1.1\" TLSv1.3/TLS_AES_128_GCM_SHA256",
            &[
                ("source.ip", "192.0.2.1"),
                ("http.response.status_code", "403"),
                ("url.path", "/a"),
                ("url.query", "b=\"c"),
                ("tls.version", "1.3"),
                ("event.outcome", "failure"),
                ("@timestamp", "2026-12-26T03:04:05.678000Z"),
            ],
        );
    }

    #[test]
    fn other_formats() {
        check(
            "Dec 26 03:04:05 lb haproxy[7]: 192.0.2.1:50000 [26/Dec/2026:03:04:05.678] mail mail/m1 0/1/200 4321 -- 1/1/1/1/0 0/0",
            &[("source.port", "50000"), ("destination.bytes", "4321"), ("event.outcome", "success")],
        );
        check(
            "192.0.2.1:50000 [26/Dec/2026:03:04:05.678] web/1: SSL handshake failure",
            &[("error.message", "SSL handshake failure"), ("event.outcome", "failure")],
        );
        check(
            "Dec 26 03:04:05 lb haproxy[7]: Server app/a1 is DOWN, reason: Layer4 timeout, check duration: 2000ms.",
            &[("event.action", "server_down"), ("service.name", "app/a1")],
        );
    }
}
