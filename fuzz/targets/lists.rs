//! Any text as one of the lists of a closure (the first byte says which), and then asked who somebody is.
#![no_main]

use jiff::tz::TimeZone;
use libfuzzer_sys::fuzz_target;
use rusuban_logs::context::lists::List;
use rusuban_logs::context::{ClosureContext, Lists, Period};

fuzz_target!(|bytes: &[u8]| {
    let Some((first, rest)) = bytes.split_first() else { return };
    let Ok(text) = std::str::from_utf8(rest) else { return };
    let list = List::ALL[usize::from(*first) % List::ALL.len()];
    let mut lists = Lists::default();
    let zone = TimeZone::fixed(jiff::tz::offset(9));
    if let Err(problems) = lists.read(list, "list.csv", text, &zone) {
        assert!(!problems.is_empty());
        return;
    }
    let _ = lists.inconsistencies();
    let closure = Period { from: 1_798_211_600_000_000_000, to: 1_799_075_600_000_000_000 };
    let context = ClosureContext::new(closure, zone, None, lists);
    let _ = context.interest();
    for word in text.split([',', '\n', ';']).take(16) {
        let _ = context.person(word);
        let _ = context.on_duty(word, Some(closure.from));
        let _ = context.approval(word, word, Some(closure.from));
        let _ = context.is_service(word, word);
        let _ = context.host(word);
        if let Ok(ip) = word.trim().parse() {
            let _ = context.belongs(ip);
        }
    }
});
