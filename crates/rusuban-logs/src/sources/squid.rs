//! Squid: access logs in the formats `squid` (native), `common` and `combined`, also with columns added at the end.
//!
//! Built from Squid's documentation (`logformat`, FAQ "Squid log files").
//!
//! - `1798254245.123   87 192.0.2.5 TCP_MISS/200 1234 GET http://www.example.jp/ taro HIER_DIRECT/203.0.113.9 text/html`
//! - `192.0.2.5 - taro [26/Dec/2026:03:04:05 +0900] "GET http://www.example.jp/ HTTP/1.1" 200 1234 TCP_MISS:HIER_DIRECT`

use crate::event::{Event, Field};

use super::netkit;
use super::{Context, Line, Refusal, Source, SourceMeta, weblog};

/// Squid.
#[derive(Debug)]
pub struct Squid;

static META: SourceMeta = SourceMeta { id: "squid", product: "Squid", vendor: "Squid" };

impl Source for Squid {
    fn meta(&self) -> &'static SourceMeta {
        &META
    }

    fn parse<'a>(
        &self,
        line: &Line<'a>,
        context: &Context<'a, '_>,
        event: &mut Event<'a>,
    ) -> Result<(), Refusal> {
        let message = line.message.trim_start();
        if message.starts_with(|c: char| c.is_ascii_digit())
            && let Some(done) = native(message, context, event)
        {
            return done;
        }
        common(message, context, event)
    }
}

/// What every line has.
fn proxy(event: &mut Event<'_>) {
    event.logsource.category = "proxy";
    event.category(netkit::NETWORK_WEB);
    event.kind(netkit::CONNECTION);
    event.set(Field::NetworkDirection, "egress");
    event.set(Field::ObserverType, "proxy");
}

/// The native format; None where the line is none of it.
fn native<'a>(
    text: &'a str,
    context: &Context<'a, '_>,
    event: &mut Event<'a>,
) -> Option<Result<(), Refusal>> {
    let mut words = text.split(' ').filter(|w| !w.is_empty());
    let (stamp, elapsed, client, result) = (words.next()?, words.next()?, words.next()?, words.next()?);
    let (code, status) = result.split_once('/')?;
    let is_code = code.bytes().all(|b| b.is_ascii_uppercase() || b == b'_') && code.len() > 2;
    if !stamp.contains('.') || !is_code || elapsed.parse::<i64>().is_err() {
        return None;
    }
    event.time = context.time.epoch_text(stamp);
    if event.time.is_none() {
        return Some(Err(Refusal::Broken("the time is no number")));
    }
    let (Some(bytes), Some(method), Some(url)) = (words.next(), words.next(), words.next()) else {
        return Some(Err(Refusal::Broken("the line is cut off before the URL")));
    };
    proxy(event);
    if let Ok(millis) = elapsed.parse::<u64>() {
        event.set(Field::EventDuration, millis.saturating_mul(1_000_000));
    }
    netkit::set_source(event, client);
    event.native.push(("cache_result", code.into()));
    netkit::set_number(event, Field::HttpResponseBytes, bytes);
    target(method, url, event);
    event.set_text(Field::UserName, words.next().unwrap_or_default());
    let (hierarchy, peer) = words.next().and_then(|w| w.split_once('/')).unwrap_or_default();
    event.native.push(("hierarchy_code", hierarchy.into()));
    if peer != "-" && !peer.is_empty() {
        if netkit::is_ip(peer) {
            event.set(Field::ServerIp, peer);
        } else {
            event.set(Field::ServerDomain, peer);
        }
        if method != "CONNECT" {
            netkit::set_destination(event, peer);
        }
    }
    event.set_text(Field::HttpResponseMimeType, words.next().unwrap_or_default());
    // `combined`-like additions: referrer and user agent in quotes.
    let mut quotes = text.split('"').skip(1).step_by(2);
    event.set_text(Field::HttpRequestReferrer, quotes.next().unwrap_or_default());
    event.set_text(Field::UserAgentOriginal, quotes.next().unwrap_or_default());
    result_of(code, status, event);
    if url.starts_with("error:") {
        event.set(Field::EventReason, url);
    }
    Some(Ok(()))
}

/// `TCP_DENIED`, `TCP_MISS_ABORTED` and the status.
fn result_of(code: &str, status: &str, event: &mut Event<'_>) {
    if let Ok(number) = status.parse::<u64>() {
        event.set(Field::HttpResponseStatusCode, number);
        if number >= 100 {
            event.outcome(number < 400);
        }
    }
    event.set(Field::EventAction, "proxied");
    if code.contains("DENIED") {
        event.kind(netkit::CONNECTION_DENIED_ERROR);
        event.set(Field::EventAction, "denied");
        event.outcome(false);
    } else if code.contains("ABORTED") || code.contains("TIMEOUT") || code.contains("FAIL") {
        event.kind(netkit::CONNECTION_ERROR);
    }
}

/// The request's URL; for CONNECT the name and port.
fn target<'a>(method: &'a str, url: &'a str, event: &mut Event<'a>) {
    event.native.push(("url", url.into()));
    if method == "CONNECT" {
        let url = url.split_once("://").map_or(url, |(_, rest)| rest);
        event.set(Field::HttpRequestMethod, method);
        netkit::set_destination(event, url);
        event.set_text(Field::UrlDomain, netkit::endpoint(url).0);
    } else if method != "-" && method != "NONE" {
        event.set(Field::HttpRequestMethod, method);
        weblog::set_url(url, event);
        if let Some(domain) = event.text(Field::UrlDomain) {
            netkit::set_destination(event, domain);
        }
    }
}

/// The common and combined formats: an access line whose URL is whole, or that ends in Squid's result.
fn common<'a>(text: &'a str, context: &Context<'a, '_>, event: &mut Event<'a>) -> Result<(), Refusal> {
    let Some(access) = weblog::access(text) else { return Err(Refusal::NotMine) };
    let whole = access.request.contains("://")
        && !access.request.split(' ').nth(1).unwrap_or_default().starts_with('/');
    let last = text.trim_end().rsplit(' ').next().unwrap_or_default();
    let result = last
        .split_once(':')
        .filter(|(c, _)| c.starts_with("TCP_") || c.starts_with("NONE") || c.starts_with("UDP_"));
    if !whole && result.is_none() && !access.request.starts_with("CONNECT ") {
        return Err(Refusal::NotMine);
    }
    weblog::fill(&access, context.time, event);
    if let Some(time) = american(access.stamp, context) {
        event.time = Some(time);
    }
    proxy(event);
    let mut words = access.request.split(' ');
    let (method, url) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    for field in [Field::UrlOriginal, Field::UrlPath] {
        if method == "CONNECT" {
            event.unset(field);
        }
    }
    target(method, url, event);
    if access.quotes == 0 {
        event.unset(Field::HttpRequestReferrer);
    }
    let (code, hierarchy) = result.unwrap_or_default();
    result_of(code, access.status, event);
    if !code.is_empty() {
        event.native.push(("cache_result", code.into()));
        event.native.push(("hierarchy_code", hierarchy.into()));
    }
    Ok(())
}

/// `12/26/2026 03:04:05`: month first, as some collectors write the time.
fn american(text: &str, context: &Context<'_, '_>) -> Option<crate::event::EventTime> {
    let (date, clock) = text.split_once(' ')?;
    let mut parts = date.split('/');
    let (month, day, year) = (parts.next()?, parts.next()?, parts.next()?);
    if year.len() != 4 {
        return None;
    }
    let (seconds, _) = netkit::seconds(year, netkit::digits(month)?, day, clock)?;
    context.time.local(seconds, 0, None)
}

#[cfg(test)]
mod tests {
    use super::super::netkit::tests::{check, never_panics, try_read};
    use super::*;

    #[test]
    fn native_lines() {
        check(
            "1798254245.123   3387 192.0.2.5 TCP_TUNNEL/200 19131 CONNECT www.example.jp:443 taro HIER_DIRECT/203.0.113.9 -",
            &[
                ("@timestamp", "2026-12-26T03:04:05.123000Z"),
                ("source.ip", "192.0.2.5"),
                ("user.name", "taro"),
                ("destination.domain", "www.example.jp"),
                ("destination.port", "443"),
                ("server.ip", "203.0.113.9"),
                ("http.response.bytes", "19131"),
                ("event.duration", "3387000000"),
            ],
        );
        check(
            r#"1798254245.123 1 192.0.2.5 TCP_DENIED/407 100 GET http://www.example.jp/a?b - HIER_NONE/- text/html "-" "curl/8""#,
            &[
                ("event.outcome", "failure"),
                ("event.action", "denied"),
                ("url.path", "/a"),
                ("url.domain", "www.example.jp"),
                ("user_agent.original", "curl/8"),
            ],
        );
        assert_eq!(
            try_read("1798254245.123 1 192.0.2.5 TCP_DENIED/407 100", None),
            Err(Refusal::Broken("the line is cut off before the URL"))
        );
    }

    #[test]
    fn common_lines() {
        check(
            r#"192.0.2.5 - taro [26/Dec/2026:03:04:05 +0900] "GET http://www.example.jp/ HTTP/1.1" 200 1234 TCP_MISS:HIER_DIRECT"#,
            &[("event.module", "squid"), ("user.name", "taro"), ("destination.domain", "www.example.jp")],
        );
        check(
            r#"192.0.2.5 - taro [12/26/2026 03:04:05] "CONNECT www.example.jp:443 HTTP/1.1" 200 -"#,
            &[("@timestamp", "2026-12-26T03:04:05.000000Z"), ("destination.port", "443")],
        );
    }

    #[test]
    fn survives_anything() {
        never_panics(
            &Squid,
            &[
                r#"1798254245.123 1 192.0.2.5 TCP_DENIED/407 100 GET http://www.example.jp/a?b - HIER_NONE/- text/html "-" "curl/8""#,
                r#"192.0.2.5 - taro [26/Dec/2026:03:04:05 +0900] "GET http://www.example.jp/ HTTP/1.1" 200 1234 TCP_MISS:HIER_DIRECT"#,
            ],
        );
    }
}
