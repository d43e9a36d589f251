//! The logs of Unix-like systems against other people's truth: every line of loghub's OpenSSH sample by its template, the lines that
//! Wazuh's rules are tested with, and arbitrary text against every source.

#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    clippy::unwrap_used
)]

use std::collections::BTreeMap;

use bumpalo::Bump;
use proptest::prelude::*;
use rusuban_logs::event::{Event, Field, TimeReader, Zone, to_json};
use rusuban_logs::sources::{Context, Dispatcher, SOURCES, journald};

mod support;

use support::corpus;

/// What a line says: source, user, address, port, action, outcome; None where nobody takes it.
#[derive(Debug, PartialEq, Eq)]
struct Said {
    source: &'static str,
    user: String,
    address: String,
    port: String,
    action: String,
    outcome: String,
}

fn said(dispatcher: &mut Dispatcher, text: &str) -> Option<Said> {
    let arena = Bump::new();
    let time = TimeReader::new(Zone::default(), 1_795_478_400);
    let mut event = Event::new(SOURCES.last().unwrap().meta());
    dispatcher.read(text, None, &Context::new(&arena, &time), &mut event).ok()?;
    let text = |field| event.get(field).map(|v| v.to_text()).unwrap_or_default();
    Some(Said {
        source: event.source.id,
        user: text(Field::UserName),
        address: text(Field::SourceAddress),
        port: text(Field::SourcePort),
        action: text(Field::EventAction),
        outcome: text(Field::EventOutcome),
    })
}

/// The values that stand for `<*>` in a template.
fn holes<'t>(template: &str, text: &'t str) -> Option<Vec<&'t str>> {
    let mut parts = template.split("<*>");
    let mut rest = text.strip_prefix(parts.next()?)?;
    let mut out = Vec::new();
    let parts: Vec<&str> = parts.collect();
    for (i, part) in parts.iter().enumerate() {
        let at = if part.is_empty() && i + 1 == parts.len() { rest.len() } else { rest.find(part)? };
        out.push(rest.get(..at)?);
        rest = rest.get(at + part.len()..)?;
    }
    Some(out)
}

/// Splits a line of CSV.
fn csv(line: &str) -> Vec<String> {
    let mut out = vec![String::new()];
    let mut quoted = false;
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                out.last_mut().unwrap().push('"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => out.push(String::new()),
            c => out.last_mut().unwrap().push(c),
        }
    }
    out
}

#[test]
fn every_line_of_the_sample_says_what_its_template_says() {
    let folder = corpus("loghub/OpenSSH");
    let log = std::fs::read_to_string(folder.join("OpenSSH_2k.log")).unwrap();
    let truth = std::fs::read_to_string(folder.join("OpenSSH_2k.log_structured.csv")).unwrap();
    let mut dispatcher = Dispatcher::default();
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for (line, row) in log.lines().zip(truth.lines().skip(1)) {
        let row = csv(row);
        let (content, event, template) = (row[6].as_str(), row[7].as_str(), row[8].as_str());
        let got = said(&mut dispatcher, line.trim_end()).unwrap_or_else(|| panic!("not read: {line}"));
        assert_eq!(got.source, "sshd", "{line}");
        let values = holes(template, content).unwrap_or_default();
        let value = |i: usize| values.get(i).map_or("", |v| v.trim()).to_owned();
        let expected = match event {
            "E1" => Some((value(0), value(1), value(2), "ssh_login", "success")),
            "E9" | "E10" | "E8" => Some((value(0), value(1), value(2), "ssh_login", "failure")),
            "E13" => Some((value(0), value(1), String::new(), "ssh_login", "failure")),
            "E14" => Some(("root".to_owned(), value(1), value(2), "ssh_login", "failure")),
            "E12" => Some((value(0), String::new(), String::new(), "invalid_user", "failure")),
            "E19" => Some((String::new(), value(2), String::new(), "authentication_failure", "failure")),
            "E20" => Some((value(3), value(2), String::new(), "authentication_failure", "failure")),
            "E22" => Some((value(0), String::new(), String::new(), "session_closed", "success")),
            "E23" => Some((value(0), String::new(), String::new(), "session_opened", "success")),
            _ => None,
        };
        if let Some((user, address, port, action, outcome)) = expected {
            // The last hole of E14 and some ports are followed by ` ssh2`.
            let port = port.split(' ').next().unwrap_or_default().to_owned();
            let user_of_line = got.user.trim().to_owned();
            assert_eq!(
                (
                    user_of_line.as_str(),
                    got.address.as_str(),
                    got.port.as_str(),
                    got.action.as_str(),
                    got.outcome.as_str()
                ),
                (user.as_str(), address.as_str(), port.as_str(), action, outcome),
                "{line}"
            );
        }
        *counts.entry(got.action).or_default() += 1;
    }
    assert_eq!(counts.values().sum::<usize>(), 2000);
    assert!(!counts.contains_key("message"), "{counts:?}");
    // 1 success; E8, E9, E10, E13, E14 are failures of login.
    assert_eq!(counts["ssh_login"], 1 + 4 + 383 + 135 + 113 + 2, "{counts:?}");
}

#[test]
fn every_line_of_wazuhs_tests_is_read() {
    let folder = corpus("wazuh-tests");
    let mut dispatcher = Dispatcher::default();
    for (file, sources) in [
        ("sshd", &["sshd"][..]),
        ("su", &["su"]),
        ("sudo", &["sudo"]),
        ("pam", &["pam", "su", "sshd", "ftpd"]),
        ("syslog", &["syslog", "linux", "accounts"]),
    ] {
        let text = std::fs::read_to_string(folder.join(format!("{file}.ini"))).unwrap();
        for line in text.lines().filter(|l| l.starts_with("log ")) {
            let (_, message) = line.split_once("= ").unwrap();
            let got = said(&mut dispatcher, message).unwrap_or_else(|| panic!("not read: {message}"));
            assert!(sources.contains(&got.source), "{} took {message}", got.source);
        }
    }
}

/// Starts of messages, so that arbitrary text reaches the parsers behind them.
const STARTS: [&str; 40] = [
    "",
    "Dec 26 03:04:05 h sshd[1]: ",
    "Dec 26 03:04:05 h sudo: ",
    "Dec 26 03:04:05 h su: ",
    "Dec 26 03:04:05 h CRON[1]: (",
    "Dec 26 03:04:05 h systemd[1]: ",
    "Dec 26 03:04:05 h useradd[1]: new user: ",
    "Dec 26 03:04:05 h gpasswd[1]: ",
    "Dec 26 03:04:05 h postfix/smtpd[1]: ",
    "Dec 26 03:04:05 h postfix/smtp[1]: ABCDEF0123: to=",
    "ABCDEF0123: ",
    "NOQUEUE: reject: ",
    "Dec 26 03:04:05 h dovecot: imap-login: ",
    "Dec 26 03:04:05 h dovecot: auth: pam(",
    "192.0.2.1:5 [26/Dec/2026:03:04:05.678] a b/c ",
    "Dec 26 03:04:05 h haproxy[1]: ",
    "(1) Login OK: [",
    "Sat Dec 26 03:04:05 2026 : Auth: ",
    "Dec 26 03:04:05 h smbd_audit: ",
    "{\"type\":",
    "Auth: [",
    "[2026/12/26 03:04:05.1,  1] a.c:1(",
    "Dec 26 03:04:05 h clamd[1]: ",
    "Sat Dec 26 03:04:05 2026 -> ",
    "type=SYSCALL msg=audit(1.2:3): ",
    "type=EXECVE msg=audit(1.2:3): a0=",
    "type=USER_CMD msg=audit(1.2:3): msg='",
    "Dec 26 03:04:05 h vsftpd[1]: [pid 1] ",
    "Sat Dec 26 03:04:05 2026 [pid 1] [",
    "Dec 26 03:04:05 h proftpd[1]: ",
    "Dec 26 03:04:05 h dropbear[1]: ",
    "Dec 26 03:04:05 h kernel: [",
    "Dec 26 03:04:05 h login[1]: ",
    "Dec 26 03:04:05 h polkitd[1]: ",
    "Dec 26 03:04:05 h pkexec[1]: ",
    "12月 26 03:04:05 ",
    "<34>1 2026-12-26T03:04:05Z ",
    "99 <34>",
    "Dec 26 03:04:05 h sshd[1]: pam_unix(",
    "Dec 26 03:04:05 h spamd[1]: spamd: ",
];

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_makes_a_source_panic(start in 0..STARTS.len(), text in "[ -~\u{1d}月é]{0,80}", words in prop::collection::vec("(from|for|user|port|=|:|;|\\[|\\]|\\(|\\)|'|\"|,|\\||/|<|>|1\\.2\\.3\\.4|by|to|[a-z]{1,4}| ){1}", 0..24)) {
        let line = format!("{}{}{}", STARTS[start], words.concat(), text);
        let arena = Bump::new();
        let time = TimeReader::new(Zone::default(), 1_795_478_400);
        let mut event = Event::new(SOURCES.last().unwrap().meta());
        let context = Context::new(&arena, &time);
        if Dispatcher::default().read(&line, None, &context, &mut event).is_ok() {
            to_json(&event, "-");
        }
    }

    #[test]
    fn entries_of_a_journal_cover_any_bytes(bytes in prop::collection::vec(prop_oneof![Just(b'\n'), Just(b'='), Just(b'A'), any::<u8>()], 0..200)) {
        let mut last = 0;
        for entry in journald::entries(&bytes) {
            prop_assert!(entry.range.start >= last && entry.range.end <= bytes.len());
            prop_assert!(entry.range.end > entry.range.start);
            last = entry.range.end;
        }
    }
}
