//! Cisco IOS, IOS XE, NX-OS, IOS XR (and Arista EOS, which writes alike): `%FACILITY-SEVERITY-MNEMONIC: text`, after Cisco's
//! "System Messages" guides. Before it stand, each or none: a sequence number, the host, a time with `*` (the clock was
//! never set) or `.` (the clock lost its NTP server), with or without year, fraction and the zone's name.

use crate::event::{Event, EventTime, Field, LogSource, TimeReader, Value, civil_seconds};

use super::firewall::{self as fw, between};
use super::{Context, Line, Refusal, Source, SourceMeta};

/// IOS and its relatives.
#[derive(Debug)]
pub struct CiscoIos;

static META: SourceMeta = SourceMeta { id: "cisco_ios", product: "IOS", vendor: "Cisco" };

impl Source for CiscoIos {
    fn meta(&self) -> &'static SourceMeta {
        &META
    }

    fn parse<'a>(
        &self,
        line: &Line<'a>,
        context: &Context<'a, '_>,
        event: &mut Event<'a>,
    ) -> Result<(), Refusal> {
        let Some(tag) = tagged(line.text) else { return Err(Refusal::NotMine) };
        event.set(Field::ObserverVendor, "Cisco");
        event.set(Field::ObserverType, "network");
        event.set(Field::EventSeverity, u64::from(tag.severity));
        event.set(Field::EventCode, tag.mnemonic);
        event.set(Field::EventAction, tag.mnemonic);
        event.set(Field::EventProvider, tag.facility);
        event.set(Field::Message, tag.text);
        // What the envelope took for a program is a sequence number or the name of a zone.
        event.unset(Field::LogSyslogAppname);
        event.native.push(("facility", Value::Str(tag.facility)));
        event.native.push(("mnemonic", Value::Str(tag.mnemonic)));
        header(tag.header, context, event);
        event.logsource = logsource(&tag);
        fill(&tag, context, event);
        Ok(())
    }
}

/// A message taken apart.
struct Tag<'a> {
    header: &'a str,
    facility: &'a str,
    severity: u8,
    mnemonic: &'a str,
    text: &'a str,
}

/// Finds `%FACILITY-5-MNEMONIC:` near the start of a line; a facility may hold dashes (`%MGBL-SYS-5-CONFIG_I :`).
fn tagged(text: &str) -> Option<Tag<'_>> {
    let head = text.as_bytes().get(..300).unwrap_or(text.as_bytes());
    memchr::memchr_iter(b'%', head).find_map(|at| {
        let rest = text.get(at + 1..)?;
        // No name is longer; the rest of the line is not to be searched at each percent sign.
        let end = rest.as_bytes().iter().take(100).position(|b| matches!(b, b':' | b' '))?;
        let name = rest.get(..end)?;
        let (before, mnemonic) = name.rsplit_once('-')?;
        let (facility, level) = before.rsplit_once('-')?;
        let &[d @ b'0'..=b'7'] = level.as_bytes() else { return None };
        let is_name = |t: &str| {
            !t.is_empty()
                && t.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'/' | b'.'))
        };
        if !is_name(facility) || !is_name(mnemonic) || !facility.starts_with(|c: char| c.is_ascii_uppercase())
        {
            return None;
        }
        let body = rest.get(end..)?.trim_start_matches([' ', ':']);
        Some(Tag { header: text.get(..at)?, facility, severity: d - b'0', mnemonic, text: body.trim_end() })
    })
}

/// Sigma asks for the services `aaa` (commands), `bgp`, `ldp`, `syslog`.
fn logsource(tag: &Tag<'_>) -> LogSource {
    let service = if matches!(tag.mnemonic, "CFGLOG_LOGGEDCMD" | "ACCTLOCAL") || tag.facility.contains("AAA")
    {
        "aaa"
    } else if tag.facility.contains("LDP") || tag.text.contains("LDP") || tag.text.contains("(646)") {
        "ldp"
    } else if tag.facility.contains("BGP") || tag.text.contains("(179)") {
        "bgp"
    } else {
        "syslog"
    };
    LogSource { category: "", product: "cisco", service }
}

/// Time and host of what stands before the message.
fn header<'a>(header: &'a str, context: &Context<'a, '_>, event: &mut Event<'a>) {
    let mut found: Option<(usize, EventTime)> = None;
    let mut unset = false;
    let mut start = true;
    let mut year_at = None;
    for (at, c) in header.char_indices() {
        if start && c.is_ascii_alphanumeric() {
            let rest = header.get(at..).unwrap_or_default();
            let never_set = header.get(..at).is_some_and(|b| b.ends_with('*'));
            // Behind a year that stands first, the month is no time of its own.
            if year_at != Some(at)
                && let Some(time) = time(rest, never_set, context)
            {
                year_at = c.is_ascii_digit().then_some(at + 5);
                // The last is the device's own.
                found = Some((found.map_or(at, |f| f.0), time));
                unset = never_set;
            }
        }
        start = !c.is_ascii_alphanumeric() && c != ':' || c == ':' && !start;
    }
    if let Some((_, time)) = found
        && !(unset && event.time.is_some())
    {
        event.time = Some(time);
    }
    if event.get(Field::HostHostname).is_none() {
        let before = found.map_or(header, |(at, _)| header.get(..at).unwrap_or_default());
        let before = before.rsplit('>').next().unwrap_or_default();
        let host = before.split([' ', '*']).map(|w| w.trim_end_matches(':')).find(|w| {
            w.len() > 1 && w.bytes().any(|b| b.is_ascii_alphabetic() || b == b'.') && !w.contains([':', '/'])
        });
        if let Some(host) = host {
            event.set(Field::HostHostname, host.trim_end_matches('.'));
        }
    }
}

/// A time at the start of a text: `Mar  1 00:00:27.123 JST`, `2026 Dec 28 02:11:05`, or ISO.
fn time(text: &str, never_set: bool, context: &Context<'_, '_>) -> Option<EventTime> {
    let reader: &TimeReader = context.time;
    if text.as_bytes().first().is_some_and(u8::is_ascii_digit) {
        if let Some((time, _)) = reader.iso_prefix(text) {
            return Some(time);
        }
        // NX-OS puts the year first.
        let (year, rest) = text.split_once(' ')?;
        if year.len() != 4 || year.parse::<u16>().ok().is_none_or(|y| y < 1900) {
            return None;
        }
        let mut words = rest.trim_start().splitn(3, ' ');
        let (month, day) = (words.next()?, words.next()?);
        let (day, clock) = if day.is_empty() { words.next()?.split_once(' ')? } else { (day, words.next()?) };
        let turned = context.arena.alloc_str(&format!("{month} {day} {year} {clock}"));
        return reader.bsd_zone_prefix(turned).map(|t| t.0);
    }
    let (time, _) = reader.bsd_zone_prefix(text)?;
    // Without a battery the clock starts on 1 March 1993.
    if never_set && text.starts_with("Mar  1") {
        return EventTime::new(civil_seconds(1993, 3, 1, 0, 0, 0)?, 0, time.basis);
    }
    Some(time)
}

/// A list of ECS words.
type Words = &'static [Value<'static>];

/// What happened, who, from where.
fn fill<'a>(tag: &Tag<'a>, context: &Context<'a, '_>, event: &mut Event<'a>) {
    let (facility, mnemonic, text) = (tag.facility, tag.mnemonic, tag.text);
    let (category, kind, outcome): (Words, Words, Option<bool>) = match (facility, mnemonic) {
        (_, "LOGIN_SUCCESS" | "WEBLOGIN_SUCCESS" | "AUTH_PASSED" | "INFO_SUCCESS") => {
            (fw::LOGIN, fw::START, Some(true))
        }
        (
            _,
            "LOGIN_FAILED"
            | "WEBLOGIN_FAILED"
            | "AUTHENTICATION_FAILED"
            | "PRIV_AUTH_FAIL"
            | "AUTHFAIL"
            | "INFO_FAILURE",
        ) => (fw::AUTHENTICATION, fw::START, Some(false)),
        (_, "PRIV_AUTH_PASS") => (fw::AUTHENTICATION, fw::INFO, Some(true)),
        (_, "QUIET_MODE_ON" | "QUIET_MODE_OFF") => (fw::AUTHENTICATION, fw::INFO, None),
        (_, "LOGOUT" | "TTY_EXPIRE_TIMER" | "INFO_USER_LOGOUT") => (fw::LOGIN, fw::END, Some(true)),
        ("AAA", "LOGIN") => (fw::LOGIN, fw::START, Some(true)),
        ("SSH", _) if mnemonic.ends_with("CLOSE") => (&[Value::Str("session")], fw::END, None),
        ("SSH", "SSH2_USERAUTH" | "SSH_USERAUTH") => {
            (fw::LOGIN, fw::START, Some(!text.trim_end().ends_with("Failed")))
        }
        ("SSH", "SSH2_SESSION" | "SSH_SESSION") => (&[Value::Str("session")], fw::INFO, None),
        ("AAA" | "AAAA", "USERNAME_CONFIGURATION" | "USER_LOCKED" | "USER_UNLOCKED" | "USER_RESET") => {
            (fw::IAM, fw::USER_CHANGE, Some(true))
        }
        (_, "CONFIG_I" | "CONFIG_P" | "CONFIG" | "VSHD_SYSLOG_CONFIG_I" | "DB_COMMIT") => {
            (fw::CONFIGURATION, fw::CHANGE, Some(true))
        }
        (_, "CONFIG_RESOLVE_FAILURE") => (fw::CONFIGURATION, fw::INFO, Some(false)),
        (_, "CFGLOG_LOGGEDCMD" | "INSTALL_OPERATION_INFO") => (fw::CONFIGURATION, fw::CHANGE, Some(true)),
        (_, "ACCTLOCAL") => (fw::CONFIGURATION, fw::INFO, Some(true)),
        ("SYS", "LOGGINGHOST_STARTSTOP" | "LOGGINGHOST_STARTSTOP_FAIL") => {
            (fw::CONFIGURATION, fw::CHANGE, None)
        }
        // NX-OS hands on what its Linux programs say.
        ("AUTHPRIV" | "DAEMON" | "AUTHPRIV-SYSTEM", "SYSTEM_MSG")
            if text.contains("uthentication fail") || text.contains("Failed password") =>
        {
            (fw::AUTHENTICATION, fw::START, Some(false))
        }
        ("AUTHPRIV" | "DAEMON", "SYSTEM_MSG") if text.contains("Accepted ") => {
            (fw::LOGIN, fw::START, Some(true))
        }
        ("SYS", "RELOAD" | "RESTART") => (fw::HOST, fw::CHANGE, None),
        (_, m) if m.starts_with("IPACCESSLOG") || m.starts_with("ACCESSLOG") => {
            let denied = text.contains(" denied ");
            access_list(text, context, event);
            event.logsource.category = "firewall";
            fw::say_blocked(event, denied);
            let kind = if denied { fw::CONNECTION_DENIED } else { fw::CONNECTION_ALLOWED };
            (fw::NETWORK, kind, Some(!denied))
        }
        _ => (fw::HOST, fw::INFO, None),
    };
    event.category(category);
    event.kind(kind);
    if let Some(outcome) = outcome {
        event.outcome(outcome);
    }
    if let Some(state) = between(text, "changed state to ", "\n") {
        event.set_text(Field::EventAction, state.trim_end_matches('.').split(' ').next().unwrap_or_default());
    }
    if let Some(reason) = between(text, "[Reason: ", "]") {
        event.set_text(Field::EventReason, reason);
    }
    who(text, event);
    from_where(text, event);
    if let Some(port) = between(text, "[localport: ", "]") {
        fw::port(event, Field::DestinationPort, port);
    }
    let command = between(text, "logged command:", "\n").or_else(|| between(text, "Command: ", "\n"));
    if let Some(command) = command {
        let command = command.trim().trim_end_matches(" <cr>");
        event.set_text(Field::ProcessCommandLine, command);
        event.native.push(("CmdSet", Value::Str(command)));
    }
}

/// The user, where the text names one.
fn who<'a>(text: &'a str, event: &mut Event<'a>) {
    let name = [
        ("[user: ", "]"),
        ("User: ", ","),
        ("Username: ", " "),
        ("username: ", " "),
        ("User:", " "),
        ("User '", "'"),
        ("for user '", "'"),
        ("user '", "'"),
        ("reset by ", " "),
        ("locked out by ", " "),
        ("failed by ", " "),
        (" by ", " on "),
        (" as ", " on "),
        ("NETCONF user ", " "),
        ("for user ", " "),
        ("illegal user ", " "),
        ("User ", " has exited"),
        ("user ", " logged in"),
    ]
    .iter()
    .find_map(|(from, to)| {
        between(text, from, to).filter(|n| from.starts_with('[') || !n.is_empty() && !n.trim().contains(' '))
    });
    let Some(name) = name else { return };
    let name = name.trim().trim_end_matches([',', '.', ':']);
    // `console by taro`: the words before a name are no part of it.
    if !name.is_empty() && !name.contains(' ') {
        fw::user(event, name);
        event.set(Field::SourceUserName, fw::user_domain(name).0);
    }
    if let Some((target, _)) = text.strip_prefix("User ").and_then(|t| t.split_once(" failed attempts reset"))
    {
        event.set_text(Field::UserTargetName, target);
    }
    if text.starts_with("user with username: ") {
        event.set_text(Field::UserTargetName, name);
    }
}

/// Where the client sits: `[Source: 192.0.2.1]`, `from 192.0.2.1:51679`, `on vty0 (192.0.2.1)`, `192.0.2.1@pts/0`.
fn from_where<'a>(text: &'a str, event: &mut Event<'a>) {
    if event.get(Field::SourceIp).is_some() {
        return;
    }
    let places = [
        ("[Source: ", "]"),
        ("[from: ", "]"),
        ("from '", "'"),
        ("from host ", " "),
        ("invoked from ", " "),
        (" from ", " "),
        ("(", ")"),
        (" on ", "@"),
        ("Duplicate address ", " "),
    ];
    for (from, to) in places {
        let mut rest = text;
        while let Some((_, after)) = rest.split_once(from) {
            let word = after.split_once(to).map_or(after, |w| w.0);
            // `192.0.2.8(179)`
            let (word, bracket) = word.split_once('(').unwrap_or((word, ""));
            let (address, port) = fw::address_port(word.trim_end_matches([',', '.']));
            let port = port.or_else(|| bracket.split(')').next().and_then(|p| p.parse().ok()));
            if address.parse::<std::net::IpAddr>().is_ok() {
                fw::source(event, address);
                if let Some(port) = port {
                    event.set(Field::SourcePort, port);
                }
                return;
            }
            rest = after;
        }
    }
}

/// `list 101 denied tcp 192.0.2.7(51000) -> 198.51.100.1(80), 1 packet`, `list ssh denied 192.0.2.7 5 packets`.
fn access_list<'a>(text: &'a str, context: &Context<'a, '_>, event: &mut Event<'a>) {
    if let Some(name) = between(text, "list ", " ") {
        event.set_text(Field::RuleName, name);
    }
    let Some((_, rest)) = text.split_once(" denied ").or_else(|| text.split_once(" permitted ")) else {
        return;
    };
    let endpoint = |word: &'a str| {
        let (address, port) =
            word.trim_end_matches(',').split_once('(').unwrap_or((word.trim_end_matches(','), ""));
        (address, port.trim_end_matches(')'))
    };
    match rest.split_once(" -> ") {
        Some((before, after)) => {
            let mut words = before.split(' ');
            fw::transport(event, words.next().unwrap_or_default(), context.arena);
            // An interface and a MAC address may stand between.
            for word in words {
                let (address, port) = endpoint(word);
                if address.parse::<std::net::IpAddr>().is_ok() {
                    fw::source(event, address);
                    fw::port(event, Field::SourcePort, port);
                }
            }
            let (address, port) = endpoint(after.split(' ').next().unwrap_or_default());
            fw::destination(event, address);
            fw::port(event, Field::DestinationPort, port);
        }
        None => fw::source(event, endpoint(rest.split(' ').next().unwrap_or_default()).0),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::testing;
    use super::*;
    use crate::event::{TimeBasis, to_json};

    fn read(text: &str) -> serde_json::Value {
        testing::read(text, |event| to_json(event, "-")).expect("read")
    }

    #[test]
    fn headers_of_all_kinds() {
        for (text, host, time) in [
            ("<189>123: Dec 28 02:11:05.123 JST: %SYS-5-CONFIG_I: x", "", "2026-12-27T17:11:05"),
            (
                "Dec 28 02:11:06 rt01 123: rt01: Dec 28 02:11:05.123: %SYS-5-CONFIG_I: x",
                "rt01",
                "2026-12-27T17:11:05",
            ),
            ("rt01: .Dec 28 2026 02:11:05.123 UTC: %SYS-5-CONFIG_I: x", "rt01", "2026-12-28T02:11:05"),
            ("192.0.2.1 6705: Dec 28 02:11:05.673: %SYS-5-CONFIG_I: x", "192.0.2.1", "2026-12-27T17:11:05"),
            ("<189>: 2026 Dec 28 02:11:05 JST: %VSHD-5-VSHD_SYSLOG_CONFIG_I: x", "", "2026-12-27T17:11:05"),
            (
                "RP/0/RSP0/CPU0:Dec 28 02:11:05.123 UTC: config[65]: %MGBL-SYS-5-CONFIG_I : x",
                "",
                "2026-12-28T02:11:05",
            ),
        ] {
            let v = read(text);
            assert_eq!(v["@timestamp"].as_str().unwrap_or("none").get(..19), Some(time), "{text}");
            if !host.is_empty() {
                assert_eq!(v["host"]["hostname"], host, "{text}");
            }
        }
    }

    #[test]
    fn a_clock_that_was_never_set() {
        testing::read(
            "<189>45: *Mar  1 00:00:27.123: %LINK-3-UPDOWN: Interface Gi0/1, changed state to up",
            |event| {
                assert_eq!(event.time.map(|t| t.basis), Some(TimeBasis::ClockUnset));
                assert_eq!(event.text(Field::EventAction), Some("up"));
            },
        )
        .unwrap();
        let v = read("Dec 28 02:11:06 rt01 45: *Mar  1 00:00:27.123: %SYS-5-RESTART: System restarted");
        assert_eq!(v["@timestamp"].as_str().unwrap().get(..19), Some("2026-12-27T17:11:06"));
    }

    #[test]
    fn logins_and_commands() {
        let v = read(
            "Dec 28 02:11:05.1: %SEC_LOGIN-4-LOGIN_FAILED: Login failed [user: root] [Source: 203.0.113.9] [localport: 22] [Reason: Login Authentication Failed] at 02:11:05 JST Mon Dec 28 2026",
        );
        assert_eq!((&v["user"]["name"], &v["source"]["ip"]), (&"root".into(), &"203.0.113.9".into()));
        assert_eq!((&v["event"]["outcome"], &v["destination"]["port"]), (&"failure".into(), &22.into()));
        let v =
            read("Dec 28 02:11:05.1: %SYS-5-CONFIG_I: Configured from console by taro on vty0 (192.0.2.8)");
        assert_eq!((&v["user"]["name"], &v["source"]["ip"]), (&"taro".into(), &"192.0.2.8".into()));
        testing::read("Dec 28 02:11:05.1: %PARSER-5-CFGLOG_LOGGEDCMD: User:taro  logged command:no logging host 192.0.2.5", |e| {
            assert_eq!(e.text(Field::UserName), Some("taro"));
            assert_eq!(e.native_text("CmdSet"), Some("no logging host 192.0.2.5"));
            assert_eq!(e.logsource.service, "aaa");
        })
        .unwrap();
    }

    #[test]
    fn no_other_words_become_names() {
        let v = read(
            "Dec 28 02:11:05.1: %SSH-5-SSH2_USERAUTH: User 'taro' authentication for SSH2 Session from 192.0.2.8 (tty = 0) using crypto cipher 'aes', hmac 'x' Failed",
        );
        assert_eq!((&v["user"]["name"], &v["event"]["outcome"]), (&"taro".into(), &"failure".into()));
        assert!(v["user"]["target"].is_null());
        let v = read(
            "Dec 28 02:11:05.1: %AAA-5-USER_RESET: User taro failed attempts reset by admin on vty0 (192.0.2.8)",
        );
        assert_eq!((&v["user"]["name"], &v["user"]["target"]["name"]), (&"admin".into(), &"taro".into()));
    }

    #[test]
    fn access_lists() {
        let v = read(
            "Dec 28 02:11:05.1: %SEC-6-IPACCESSLOGP: list 101 denied tcp 203.0.113.9(51000) -> 192.0.2.7(445), 1 packet",
        );
        assert_eq!((&v["source"]["port"], &v["destination"]["port"]), (&51000.into(), &445.into()));
        assert_eq!(v["event"]["type"], serde_json::json!(["connection", "denied"]));
    }

    #[test]
    fn others_are_left_alone() {
        for text in ["100%-5-x: a", "%asa-5-x: a", "50% of A-5-B: x", "%SYS-9-CONFIG: x"] {
            assert!(tagged(text).is_none(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn never_panics(text in ".{0,120}", tail in "[a-zA-Z=<>:/,. |0-9()'\"*\\[\\]]{0,80}") {
            let _ = testing::parse(&CiscoIos, &format!("{text}%SYS-5-CONFIG_I: {tail}"), |_| ());
            let _ = testing::parse(&CiscoIos, &format!("{tail}%SEC-6-IPACCESSLOGP: list x denied {tail} -> {text}"), |_| ());
        }
    }
}
