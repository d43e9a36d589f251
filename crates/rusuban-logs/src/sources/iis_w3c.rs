//! Microsoft IIS: W3C extended log files of web and FTP sites, advanced logging, and other W3C extended logs that name a
//! client or a request.
//!
//! Built from the W3C working draft "Extended Log File Format" and Microsoft's list of IIS logging fields. The columns come
//! from the file's `#Fields:` line. Without it, only the order that IIS has by default is understood (with or without the
//! site's name, the computer's name and the protocol's version). IIS writes UTC, and says so in its documentation; a blank
//! inside a value is written as `+`.

use crate::event::{Event, Field};

use super::netkit;
use super::{Context, Line, Refusal, Source, SourceMeta, weblog};

/// IIS.
#[derive(Debug)]
pub struct IisW3c;

static META: SourceMeta = SourceMeta { id: "iis_w3c", product: "IIS", vendor: "Microsoft" };

impl Source for IisW3c {
    fn meta(&self) -> &'static SourceMeta {
        &META
    }

    fn parse<'a>(
        &self,
        line: &Line<'a>,
        context: &Context<'a, '_>,
        event: &mut Event<'a>,
    ) -> Result<(), Refusal> {
        // The envelope takes `2026-12-26 03:04:05 192.0.2.1 …` for a header: the whole text is read.
        match line.columns {
            Some(columns) => {
                if !columns
                    .iter()
                    .any(|c| matches!(*c, "c-ip" | "cs-method" | "cs-uri-stem" | "cs-uri" | "sc-status"))
                {
                    return Err(Refusal::NotMine);
                }
                event.clear();
                event.original = line.text;
                by_columns(line.text, columns, context, event)
            }
            None => by_default(line.text, context, event),
        }
    }
}

/// The values of a line; values in quotes may hold blanks (advanced logging).
fn values(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text.trim_end();
    std::iter::from_fn(move || {
        rest = rest.trim_start_matches([' ', '\t']);
        if rest.is_empty() {
            return None;
        }
        if let Some((inner, after)) = rest.strip_prefix('"').and_then(|t| t.split_once('"'))
            && (after.is_empty() || after.starts_with([' ', '\t']))
        {
            rest = after;
            return Some(inner);
        }
        let end = rest.find([' ', '\t']).unwrap_or(rest.len());
        let (value, after) = rest.split_at_checked(end)?;
        rest = after;
        Some(value)
    })
}

/// A line whose columns are known.
fn by_columns<'a>(
    text: &'a str,
    columns: &'a [&'a str],
    context: &Context<'a, '_>,
    event: &mut Event<'a>,
) -> Result<(), Refusal> {
    let (mut date, mut clock) = ("", "");
    let mut read = 0;
    let mut names = columns.iter();
    for value in values(text) {
        let Some(name) = names.next() else {
            return Err(Refusal::Broken("the line has more values than columns"));
        };
        read += 1;
        match *name {
            "date" | "date-local" if date.is_empty() => date = value,
            "time" | "time-local" if clock.is_empty() => clock = value,
            name => {
                event.native.push((name, value.into()));
                set(name, value, event);
            }
        }
    }
    if read < columns.len() {
        return Err(Refusal::Broken("the line has fewer values than columns"));
    }
    set_time(date, clock, columns.contains(&"time-local"), context, event);
    finish(event);
    Ok(())
}

/// One value.
fn set<'a>(name: &str, value: &'a str, event: &mut Event<'a>) {
    if value.is_empty() || value == "-" {
        return;
    }
    match name {
        "c-ip" => netkit::set_source(event, value),
        "c-port" => netkit::set_number(event, Field::SourcePort, value),
        "s-ip" => netkit::set_destination(event, value),
        "s-port" => netkit::set_number(event, Field::DestinationPort, value),
        "s-computername" => event.set_text(Field::HostHostname, value),
        "s-sitename" => event.set_text(Field::ServiceName, value),
        "cs-method" => event.set_text(Field::HttpRequestMethod, value),
        "cs-uri-stem" | "x-fullpath" if event.get(Field::UrlPath).is_none() => {
            event.set_text(Field::UrlPath, value);
        }
        "cs-uri-query" => event.set_text(Field::UrlQuery, value),
        "cs-uri" => weblog::set_url(value, event),
        "cs-username" | "cs(Username)" | "UserName" => netkit::set_user(event, value),
        "cs-host" | "cs(Host)" | "Host" => event.set_text(Field::UrlDomain, netkit::endpoint(value).0),
        "cs-version" => event.set_text(Field::HttpVersion, value.trim_start_matches("HTTP/")),
        "cs(User-Agent)" | "User-Agent" => event.set_text(Field::UserAgentOriginal, value),
        "cs(Referer)" | "Referer" => event.set_text(Field::HttpRequestReferrer, value),
        "sc-status" => weblog::status(value, event),
        "sc-bytes" => netkit::set_number(event, Field::HttpResponseBytes, value),
        "cs-bytes" => netkit::set_number(event, Field::HttpRequestBytes, value),
        "time-taken" | "TimeTakenMS" => {
            if let Ok(millis) = value.parse::<u64>() {
                event.set(Field::EventDuration, millis.saturating_mul(1_000_000));
            }
        }
        "X-Forwarded-For" | "x-forwarded-for" | "cs(X-Forwarded-For)" | "OriginalIP" => {
            let first = value.split([',', '+']).next().unwrap_or_default();
            netkit::set_ip(event, Field::NetworkForwardedIp, netkit::endpoint(first).0);
        }
        "x-session" => event.set_text(Field::SessionId, value),
        _ => {}
    }
}

/// Date and time, UTC unless the column says local.
fn set_time<'a>(
    date: &'a str,
    clock: &'a str,
    local: bool,
    context: &Context<'a, '_>,
    event: &mut Event<'a>,
) {
    let mut parts = date.split('-');
    let (Some(year), Some(month), Some(day)) =
        (parts.next(), parts.next().and_then(netkit::digits), parts.next())
    else {
        return;
    };
    if let Some((seconds, fraction)) = netkit::seconds(year, month, day, clock) {
        event.time = context.time.local(seconds, netkit::nanos(fraction), (!local).then_some(0));
    }
}

/// What the values mean together.
fn finish(event: &mut Event<'_>) {
    let method = event.text(Field::HttpRequestMethod).unwrap_or_default();
    let code = match event.get(Field::HttpResponseStatusCode) {
        Some(crate::event::Value::UInt(code)) => code,
        _ => 0,
    };
    // FTP: the commands of RFC 959. `USER` and `PASS` with 230 are a login, with 530 a refused one.
    if matches!(
        method,
        "USER"
            | "PASS"
            | "QUIT"
            | "RETR"
            | "STOR"
            | "DELE"
            | "RMD"
            | "MKD"
            | "LIST"
            | "CWD"
            | "ControlChannelOpened"
            | "ControlChannelClosed"
            | "DataChannelOpened"
            | "DataChannelClosed"
            | "AUTH"
            | "PBSZ"
            | "PROT"
            | "PASV"
            | "PORT"
            | "EPSV"
            | "TYPE"
            | "RNFR"
            | "RNTO"
            | "APPE"
            | "MLSD"
            | "NLST"
            | "PWD"
            | "SIZE"
            | "FEAT"
            | "OPTS"
            | "SYST"
            | "CDUP"
    ) {
        event.logsource.category = "ftp";
        event.set(Field::NetworkProtocol, "ftp");
        event.category(netkit::NETWORK);
        event.kind(netkit::ACCESS);
        event.set(Field::EventAction, method);
        if code >= 100 {
            event.outcome(code < 400);
        }
        if method == "PASS" || (method == "USER" && matches!(code, 230 | 530)) {
            event.category(netkit::LOGIN);
            event.kind(netkit::START);
            event.set(Field::EventAction, if code == 230 { "login-succeeded" } else { "login-failed" });
        }
        return;
    }
    weblog::web(event);
    event.logsource.product = "windows";
    event.logsource.service = "iis";
    if let Some(path) = event.text(Field::UrlPath)
        && event.get(Field::UrlOriginal).is_none()
    {
        event.set(Field::UrlOriginal, path);
    }
}

/// A line without known columns: IIS's default order.
fn by_default<'a>(text: &'a str, context: &Context<'a, '_>, event: &mut Event<'a>) -> Result<(), Refusal> {
    const METHODS: [&str; 16] = [
        "GET",
        "POST",
        "HEAD",
        "OPTIONS",
        "PUT",
        "DELETE",
        "PATCH",
        "TRACE",
        "CONNECT",
        "PROPFIND",
        "DEBUG",
        "RPC_IN_DATA",
        "RPC_OUT_DATA",
        "SEARCH",
        "MKCOL",
        "TRACK",
    ];
    if text.as_bytes().get(4) != Some(&b'-') || text.as_bytes().get(10) != Some(&b' ') {
        return Err(Refusal::NotMine);
    }
    let mut words = text.trim_end().split(' ').collect::<Vec<_>>().into_iter();
    let (Some(date), Some(clock)) = (words.next(), words.next()) else { return Err(Refusal::NotMine) };
    // Site, computer and server address may stand before the method.
    let mut server = "";
    let mut before = 0;
    let method = loop {
        match words.next() {
            Some(word) if METHODS.contains(&word) => break word,
            Some(word) if before < 3 => {
                before += 1;
                server = word;
            }
            _ => return Err(Refusal::NotMine),
        }
    };
    let rest = words.as_slice();
    let [stem, query, port, user, client, rest @ ..] = rest else { return Err(Refusal::NotMine) };
    if !netkit::is_ip(server) || !netkit::is_ip(client) || port.parse::<u16>().is_err() {
        return Err(Refusal::NotMine);
    }
    event.clear();
    event.original = text;
    let push = |name: &'static str, value: &'a str, event: &mut Event<'a>| {
        event.native.push((name, value.into()));
        set(name, value, event);
    };
    push("s-ip", server, event);
    push("cs-method", method, event);
    push("cs-uri-stem", stem, event);
    push("cs-uri-query", query, event);
    push("s-port", port, event);
    push("cs-username", user, event);
    push("c-ip", client, event);
    let mut rest = rest;
    if let [version, after @ ..] = rest
        && version.starts_with("HTTP/")
    {
        push("cs-version", version, event);
        rest = after;
    }
    if let [agent, ..] = rest {
        push("cs(User-Agent)", agent, event);
    }
    // The status is the first number of three digits that the sub-status, another number, follows.
    let number = |t: &str| !t.is_empty() && t.bytes().all(|b| b.is_ascii_digit());
    for pair in rest.windows(2).skip(1) {
        if let [status, sub] = pair
            && status.len() == 3
            && number(status)
            && number(sub)
        {
            push("sc-status", status, event);
            break;
        }
    }
    set_time(date, clock, false, context, event);
    if event.time.is_none() {
        return Err(Refusal::NotMine);
    }
    finish(event);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::netkit::tests::{at, check, never_panics, try_read};
    use super::*;

    const COLUMNS: [&str; 15] = [
        "date",
        "time",
        "s-ip",
        "cs-method",
        "cs-uri-stem",
        "cs-uri-query",
        "s-port",
        "cs-username",
        "c-ip",
        "cs(User-Agent)",
        "cs(Referer)",
        "sc-status",
        "sc-substatus",
        "sc-win32-status",
        "time-taken",
    ];

    #[test]
    fn columns_of_the_file() {
        let line = "2026-12-26 03:04:05 192.0.2.1 POST /owa/auth.owa a=1 443 EXAMPLE\\taro 203.0.113.9 Mozilla/5.0+(X11) - 401 1 1326 46";
        let event = try_read(line, Some(&COLUMNS)).unwrap();
        assert_eq!(at(&event, "@timestamp"), "2026-12-26T03:04:05.000000Z");
        assert_eq!(at(&event, "rusuban.time.basis"), &serde_json::Value::Null);
        assert_eq!(at(&event, "user.name"), "taro");
        assert_eq!(at(&event, "user.domain"), "EXAMPLE");
        assert_eq!(at(&event, "source.ip"), "203.0.113.9");
        assert_eq!(at(&event, "event.outcome"), "failure");
        assert_eq!(at(&event, "url.path"), "/owa/auth.owa");
        assert_eq!(at(&event, "iis_w3c.sc-win32-status"), "1326");
    }

    #[test]
    fn lines_that_do_not_fit_their_columns_are_broken() {
        assert!(matches!(
            try_read("2026-12-26 03:04:05 192.0.2.1 POST", Some(&COLUMNS)),
            Err(Refusal::Broken(_))
        ));
    }

    #[test]
    fn the_default_order() {
        check(
            "2026-12-26 03:04:05 192.0.2.1 GET /a.aspx id=1 80 - 203.0.113.9 Mozilla/5.0 - 404 0 2 15",
            &[
                ("event.module", "iis_w3c"),
                ("source.ip", "203.0.113.9"),
                ("destination.port", "80"),
                ("http.response.status_code", "404"),
                ("host.hostname", "null"),
            ],
        );
    }

    #[test]
    fn logins_to_ftp() {
        let columns = [
            "date",
            "time",
            "c-ip",
            "cs-username",
            "s-ip",
            "s-port",
            "cs-method",
            "cs-uri-stem",
            "sc-status",
        ];
        let event =
            try_read("2026-12-26 03:04:05 203.0.113.9 - 192.0.2.1 21 PASS *** 530", Some(&columns)).unwrap();
        assert_eq!(at(&event, "event.action"), "login-failed");
        assert_eq!(at(&event, "event.outcome"), "failure");
    }

    #[test]
    fn survives_anything() {
        never_panics(
            &IisW3c,
            &[
                "2026-12-26 03:04:05 W3SVC1 WEB01 192.0.2.1 GET /a.aspx id=1 80 - 203.0.113.9 HTTP/1.1 Mozilla/5.0 - 404 0 2 15",
            ],
        );
    }
}
