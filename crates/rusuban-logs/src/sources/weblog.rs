//! What the web servers' logs share: access lines in the common and combined formats (Apache HTTP Server, `mod_log_config`)
//! and their relatives, requests, and JSON access logs.

use crate::event::{Event, Field, TimeReader, Value};

use super::json::Object;
use super::netkit;

/// One access line, taken apart.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Access<'a> {
    /// The virtual host before the client, with its port; empty where there is none.
    pub(super) vhost: &'a str,
    /// The client's address or name.
    pub(super) client: &'a str,
    /// The address behind `->` (some servers write where the client connected to).
    pub(super) server: &'a str,
    /// The user.
    pub(super) user: &'a str,
    /// What stands in the brackets.
    pub(super) stamp: &'a str,
    /// The request without its quotes.
    pub(super) request: &'a str,
    /// Status.
    pub(super) status: &'a str,
    /// Bytes of the response.
    pub(super) bytes: &'a str,
    /// What stands in quotes after the bytes: referrer, user agent, and what the server's owner added.
    pub(super) quoted: [&'a str; 6],
    /// How many of those there are.
    pub(super) quotes: usize,
    /// What follows the bytes, unread.
    pub(super) rest: &'a str,
}

/// Takes an access line apart. None where it is none.
pub(super) fn access(text: &str) -> Option<Access<'_>> {
    let text = text.trim_start();
    let (head, rest) = text.split_once(" [")?;
    // The stamp starts with a digit: other lines have brackets, too.
    if !rest.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let (stamp, rest) = rest.split_once(']')?;
    let mut out = Access { stamp, ..Access::default() };
    clients(head, &mut out)?;
    // The request is the first text in quotes that a status follows.
    let mut rest = rest;
    loop {
        let start = rest.find('"')?;
        let (inner, after) = quoted(rest.get(start + 1..)?)?;
        let follows = after.trim_start();
        let status = follows.split(' ').next().unwrap_or_default();
        if status.len() == 3 && status.bytes().all(|b| b.is_ascii_digit()) {
            out.request = inner;
            out.status = status;
            let tail = follows.get(3..).unwrap_or_default().trim_start();
            let (bytes, tail) = tail.split_once(' ').unwrap_or((tail, ""));
            out.bytes = bytes;
            out.rest = tail;
            break;
        }
        rest = after;
    }
    let mut tail = out.rest;
    for slot in &mut out.quoted {
        let Some(start) = tail.find('"') else { break };
        let Some((inner, after)) = quoted(tail.get(start + 1..).unwrap_or_default()) else { break };
        *slot = inner;
        out.quotes += 1;
        tail = after;
    }
    Some(out)
}

/// `client ident user`, with a virtual host before it, or with more than one word for the user.
fn clients<'a>(head: &'a str, out: &mut Access<'a>) -> Option<()> {
    let (first, rest) = head.split_once(' ')?;
    let bare = first.trim_end_matches(',');
    if netkit::is_ip(bare) {
        out.client = bare;
        let mut rest = rest;
        if let Some(inner) = rest.strip_prefix("-> ") {
            let (server, after) = inner.split_once(' ')?;
            out.server = server;
            rest = after;
        }
        // `ident user`; the user may hold blanks.
        out.user = rest.split_once(' ')?.1.trim();
        if let Some((_, user)) = out.user.split_once("- ")
            && first.ends_with(',')
        {
            out.user = user;
        }
        if out.user.starts_with("- ") {
            // `1.2.3.4 (-) - -`: one column more.
            out.user = out.user.trim_start_matches("- ");
        }
        return Some(());
    }
    let mut words = rest.split(' ').filter(|w| !w.is_empty());
    let (second, third, fourth) = (words.next()?, words.next(), words.next());
    if fourth.is_some() || netkit::is_ip(second) {
        // A virtual host comes first.
        out.vhost = first;
        out.client = second;
        out.user = fourth.or(third).unwrap_or_default();
    } else {
        // A host's name for the client.
        out.client = first;
        out.user = third.unwrap_or(second);
    }
    // Something else has brackets and quotes, too: a client is an address or a name.
    out.client.bytes().all(|b| b.is_ascii_alphanumeric() || b".:-_%,".contains(&b)).then_some(())
}

/// The text up to the quote that ends it (a backslash before a quote keeps it), and what follows.
fn quoted(text: &str) -> Option<(&str, &str)> {
    let mut escaped = false;
    for (at, b) in text.bytes().enumerate() {
        match b {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return Some((text.get(..at)?, text.get(at + 1..)?)),
            _ => {}
        }
    }
    None
}

/// Fills an event from an access line.
pub(super) fn fill<'a>(a: &Access<'a>, time: &TimeReader, event: &mut Event<'a>) {
    if let Some(t) = time.clf(a.stamp) {
        event.time = Some(t);
    }
    web(event);
    event.native.push(("c-ip", a.client.into()));
    event.source_address(a.client);
    if !a.server.is_empty() {
        event.destination_address(a.server);
    }
    let (host, port) = netkit::endpoint(a.vhost);
    if !host.is_empty() && host != "-" {
        event.destination_address(host);
        event.set_text(Field::UrlDomain, host);
        if let Some(port) = port {
            event.set(Field::DestinationPort, port);
        }
    }
    event.set_text(Field::UserName, a.user.trim_matches('"'));
    request(a.request, event);
    status(a.status, event);
    netkit::set_number(event, Field::HttpResponseBytes, a.bytes);
    let mut after = a.quoted.iter();
    if let Some(referrer) = after.next() {
        event.set_text(Field::HttpRequestReferrer, referrer);
    }
    if let Some(agent) = after.next() {
        event.set_text(Field::UserAgentOriginal, agent);
    }
}

/// Category, type and Sigma's log source of a request to a web server.
pub(super) fn web(event: &mut Event<'_>) {
    event.logsource.category = "webserver";
    event.category(netkit::WEB);
    event.kind(netkit::ACCESS);
}

/// `GET /path?query HTTP/1.1`: method, URL and version. What is no request stays as `url.original`.
pub(super) fn request<'a>(text: &'a str, event: &mut Event<'a>) {
    let known = |m: &str| {
        (3..=18).contains(&m.len()) && m.bytes().all(|b| b.is_ascii_uppercase() || b == b'_' || b == b'-')
    };
    match text.split_once(' ') {
        Some((method, rest)) if known(method) => {
            event.set(Field::HttpRequestMethod, method);
            let url = match rest.rsplit_once(" HTTP/") {
                Some((url, version)) => {
                    event.set_text(Field::HttpVersion, version);
                    url
                }
                None => rest,
            };
            set_url(url, event);
        }
        _ if text.starts_with('/') => set_url(text, event),
        _ => event.set_text(Field::UrlOriginal, text),
    }
}

/// `url.original`, `url.path`, `url.query`; and scheme, host and port of a whole URL.
pub(super) fn set_url<'a>(url: &'a str, event: &mut Event<'a>) {
    if url.is_empty() || url == "-" {
        return;
    }
    event.set(Field::UrlOriginal, url);
    let path = match url.split_once("://") {
        Some((scheme, rest)) if scheme.len() <= 6 && scheme.bytes().all(|b| b.is_ascii_alphabetic()) => {
            event.set(Field::UrlFull, url);
            event.set(Field::UrlScheme, scheme);
            let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
            let authority = rest.get(..end).unwrap_or_default();
            let (host, port) = netkit::endpoint(authority.rsplit_once('@').map_or(authority, |(_, h)| h));
            event.set_text(Field::UrlDomain, host);
            let usual = match scheme {
                "http" => Some(80),
                "https" => Some(443),
                "ftp" => Some(21),
                _ => None,
            };
            if let Some(port) = port.or(usual) {
                event.set(Field::UrlPort, port);
            }
            rest.get(end..).unwrap_or_default()
        }
        _ => url,
    };
    let path = path.split_once('#').map_or(path, |(p, _)| p);
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    event.set_text(Field::UrlPath, path);
    event.set_text(Field::UrlQuery, query);
}

/// Status and outcome.
pub(super) fn status(text: &str, event: &mut Event<'_>) {
    if let Ok(code) = text.parse::<u64>() {
        event.set(Field::HttpResponseStatusCode, code);
        if (100..600).contains(&code) {
            event.outcome(code < 400);
        }
    }
}

/// A JSON access log: the names that the servers' documents use in their examples, and the common ones of the field.
/// False where the document is no access log.
pub(super) fn fill_json<'a>(o: Object<'a>, time: &TimeReader, event: &mut Event<'a>) -> bool {
    let text = |names: &[&str]| names.iter().find_map(|n| o.text(n)).filter(|t| *t != "-");
    let value =
        |names: &[&str]| names.iter().find_map(|n| o.value(n)).filter(|v| !matches!(v, Value::Str("-")));
    let request_line = text(&["request", "request_line", "http_request"]);
    let method = text(&["request_method", "method", "verb", "http_method", "requestMethod"]);
    let url = text(&["request_uri", "uri", "url", "requestUri", "request_path", "path"]);
    let code =
        value(&["status", "response_status", "response", "status_code", "http_status", "response_code"]);
    let client = text(&[
        "remote_addr",
        "remote_ip",
        "remoteIP",
        "remoteIp",
        "remote_host",
        "clientip",
        "client_ip",
        "client_address",
        "client",
        "clientAddr",
        "host_ip",
        "realip_remote_addr",
    ]);
    let asked = request_line.is_some_and(|r| r.contains(' '))
        || (method.is_some() && (url.is_some() || request_line.is_some_and(|r| r.starts_with('/'))));
    let (Some(code), Some(client), true) = (code, client, asked) else { return false };
    web(event);
    let stamp =
        text(&["time_iso8601", "time_local", "timestamp", "@timestamp", "time", "datetime", "date", "msec"]);
    if let Some(stamp) = stamp {
        let stamp = stamp.trim_start_matches('[').trim_end_matches(']');
        if let Some(t) = time.iso(stamp).or_else(|| time.clf(stamp)).or_else(|| time.epoch_text(stamp)) {
            event.time = Some(t);
        }
    }
    let client = client.split(',').next().unwrap_or_default();
    netkit::set_source(event, client);
    if let Some(line) = request_line {
        request(line, event);
    }
    if let Some(url) = url
        && event.get(Field::UrlOriginal).is_none()
    {
        set_url(url, event);
    }
    if let Some(method) = method {
        event.set(Field::HttpRequestMethod, method);
    }
    if let Some(query) = text(&["query_string", "args", "query"])
        && event.get(Field::UrlQuery).is_none()
    {
        event.set_text(Field::UrlQuery, query.trim_start_matches('?'));
    }
    status(&code.to_text(), event);
    let bytes = value(&[
        "body_bytes_sent",
        "bytes_sent",
        "bytes",
        "response_size",
        "bytesSent",
        "size",
        "responseSize",
    ]);
    if let Some(bytes) = bytes {
        netkit::set_number(event, Field::HttpResponseBytes, &bytes.to_text());
    }
    let texts: [(Field, &[&str]); 4] = [
        (Field::UserName, &["remote_user", "user", "auth", "remoteUser", "username"]),
        (Field::HttpRequestReferrer, &["http_referer", "http_referrer", "referer", "referrer"]),
        (Field::UserAgentOriginal, &["http_user_agent", "user_agent", "userAgent", "useragent", "agent"]),
        (Field::HttpResponseMimeType, &["sent_http_content_type", "content_type", "mime_type"]),
    ];
    for (field, names) in texts {
        if let Some(found) = text(names) {
            event.set_text(field, found);
        }
    }
    if let Some(name) = text(&["server_name", "host", "http_host", "vhost", "virtual_host"]) {
        netkit::set_destination(event, name);
        event.set_text(Field::UrlDomain, netkit::endpoint(name).0);
    }
    if let Some(ip) = text(&["server_addr", "server_ip"]) {
        netkit::set_ip(event, Field::DestinationIp, ip);
    }
    if let Some(forwarded) =
        text(&["proxy_add_x_forwarded_for", "http_x_forwarded_for", "x_forwarded_for", "xff"])
    {
        let first = forwarded.split(',').next().unwrap_or_default().trim();
        netkit::set_ip(event, Field::NetworkForwardedIp, first);
    }
    if let Some(t) = text(&["ssl_protocol"]) {
        event.set_text(Field::TlsVersion, t);
    }
    if let Some(t) = text(&["ssl_cipher"]) {
        event.set_text(Field::TlsCipher, t);
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_taken_apart() {
        let a = access(
            r#"192.0.2.1 - taro [26/Dec/2026:03:04:05 +0900] "GET /a?b=1 HTTP/1.1" 200 12 "-" "curl/8""#,
        )
        .unwrap();
        assert_eq!(
            (a.client, a.user, a.request, a.status, a.bytes),
            ("192.0.2.1", "taro", "GET /a?b=1 HTTP/1.1", "200", "12")
        );
        assert_eq!((a.quoted[0], a.quoted[1], a.quotes), ("-", "curl/8", 2));
        let a = access(
            r#"www.example.jp:443 192.0.2.1 - - [26/Dec/2026:03:04:05 +0900] "GET / HTTP/1.1" 200 12"#,
        )
        .unwrap();
        assert_eq!((a.vhost, a.client, a.user), ("www.example.jp:443", "192.0.2.1", "-"));
        let a =
            access(r#"192.0.2.1 - yamada taro [26/Dec/2026:03:04:05 +0900] "GET / HTTP/1.1" 401 0"#).unwrap();
        assert_eq!(a.user, "yamada taro");
        let a = access(r#"192.0.2.1 - - [26/Dec/2026:03:04:05 +0900] "GET /\"x HTTP/1.1" 400 0 "-" "-""#)
            .unwrap();
        assert_eq!(a.request, r#"GET /\"x HTTP/1.1"#);
        assert!(access("[Sat Dec 26 03:04:05 2026] [error] x").is_none());
        assert!(access("kernel: [ 12.3] IN= \"a\" 200").is_none());
    }
}
