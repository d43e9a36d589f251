//! Real lines of other people, where they are at hand: routers, firewalls, VPN and web servers.
//!
//! The lines are not part of the project. Their folder is named by RUSUBAN_CORPUS, or lies beside the checkout.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "a test that cannot go on should stop, and says so"
)]

use bumpalo::Bump;
use rusuban_logs::event::{Event, Field, TimeBasis, TimeReader, Value, Zone, civil_seconds};
use rusuban_logs::sources::{Context, Dispatcher, SOURCES};

mod support;

use support::corpus;

/// Reads lines one after another, as of a file, and shows each event.
fn each(text: &str, mut show: impl FnMut(usize, &str, Option<&Event<'_>>)) {
    let time = TimeReader::new(Zone::default(), 1_795_478_400);
    let mut dispatcher = Dispatcher::default();
    for (number, line) in text.lines().enumerate() {
        let arena = Bump::new();
        let mut event = Event::new(SOURCES.last().unwrap().meta());
        let read = dispatcher.read(line, None, &Context::new(&arena, &time), &mut event);
        show(number, line, read.is_ok().then_some(&event));
    }
}

#[test]
fn apache_errors_have_the_time_and_level_that_loghub_states() {
    let folder = corpus("loghub/Apache");
    let log = std::fs::read_to_string(folder.join("Apache_2k.log")).unwrap();
    let truth = std::fs::read_to_string(folder.join("Apache_2k.log_structured.csv")).unwrap();
    let truth: Vec<(String, String)> = truth
        .lines()
        .skip(1)
        .map(|l| {
            let mut cells = l.split(',').skip(1);
            (cells.next().unwrap().to_owned(), cells.next().unwrap().to_owned())
        })
        .collect();
    assert_eq!(log.lines().count(), truth.len());
    each(&log, |number, line, event| {
        let event = event.unwrap_or_else(|| panic!("not parsed: {line}"));
        assert_eq!(event.source.id, "apache", "{line}");
        let (time, level) = &truth[number];
        assert_eq!(event.get(Field::LogLevel), Some(Value::Str(level)), "{line}");
        // `Sun Dec 04 04:47:44 2005`: every line is of December 2005.
        let words: Vec<&str> = time.split(' ').collect();
        let clock: Vec<u32> = words[3].split(':').map(|p| p.parse().unwrap()).collect();
        assert_eq!((words[1], words[4]), ("Dec", "2005"));
        let seconds =
            civil_seconds(2005, 12, words[2].parse().unwrap(), clock[0], clock[1], clock[2]).unwrap();
        assert_eq!(event.time.unwrap().seconds(), seconds, "{line}");
    });
}

#[test]
fn yamaha_routers_without_a_clock() {
    let folder = corpus("yamaha-rtx");
    for (file, logins, logouts) in
        [("rtx1100-rt1-show-log-reverse.log", 1, 0), ("rtx1100-rt2-show-log-reverse.log", 2, 1)]
    {
        let text = std::fs::read_to_string(folder.join(file)).unwrap();
        let mut actions: Vec<String> = Vec::new();
        each(&text, |_, line, event| {
            let event = event.unwrap_or_else(|| panic!("not parsed: {line}"));
            assert_eq!(event.source.id, "yamaha_rtx", "{line}");
            assert_eq!(event.time.unwrap().basis, TimeBasis::ClockUnset, "{line}");
            actions.push(event.text(Field::EventAction).unwrap_or_default().to_owned());
        });
        let count = |action: &str| actions.iter().filter(|a| *a == action).count();
        assert_eq!(count("power-on-boot"), 1, "{file}");
        assert_eq!(count("login-succeeded"), logins, "{file}");
        assert_eq!(count("logout"), logouts, "{file}");
        assert_eq!(count("administrator-succeeded"), 1, "{file}");
        assert_eq!(count("disconnected"), 2, "{file}");
        assert_eq!(count("tunnel-up"), 1, "{file}");
        assert!(!actions.iter().any(String::is_empty), "{file}: {actions:?}");
    }
    let forms = std::fs::read_to_string(folder.join("rtx1210-rtx830-message-forms.log")).unwrap();
    each(&forms, |_, line, event| {
        assert_eq!(event.map(|e| e.source.id), Some("yamaha_rtx"), "{line}");
        // The author's placeholders are nobody's address.
        assert!(event.and_then(|e| e.text(Field::SourceDomain)).is_none_or(|d| !d.contains('<')), "{line}");
    });
}

#[test]
fn every_product_has_its_own_lines() {
    let folders = [
        ("vendor-logs/WatchGuard/watchguard-firebox", "watchguard"),
        ("vendor-logs/Citrix/citrix-adc", "citrix_adc"),
        ("vendor-logs/F5-Networks/f5-big-ip", "f5_bigip"),
        ("vendor-logs/Ivanti/pulse-connect", "pulse_connect"),
        ("vendor-logs/Netfilter/netfilter", "iptables"),
        ("vendor-logs/OpenVPN/openvpn", "openvpn"),
        ("vendor-logs/Squid/squid", "squid"),
        ("vendor-logs/Apache/apache", "apache"),
        ("infra-logs/openbsd-pf", "openbsd_pf"),
    ];
    for (folder, id) in folders {
        let folder = corpus(folder);
        for file in std::fs::read_dir(folder).unwrap() {
            let path = file.unwrap().path();
            let Ok(whole) = serde_json::from_slice::<serde_json::Value>(&std::fs::read(&path).unwrap())
            else {
                continue;
            };
            let message = whole["input"]["message"].as_str().unwrap().trim();
            each(&message.replace('\n', " "), |_, line, event| {
                assert_eq!(event.map(|e| e.source.id), Some(id), "{}: {line}", path.display());
            });
        }
    }
}

#[test]
fn lines_that_are_cut_off_are_not_made_events() {
    let path = corpus("firewalls-vpn/iptables/test-ubiquiti.log");
    let text = std::fs::read_to_string(path).unwrap();
    let mut parsed = 0;
    each(&text, |_, _, event| parsed += usize::from(event.is_some()));
    assert_eq!((text.lines().count(), parsed), (11, 5));
}
