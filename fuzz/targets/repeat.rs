//! A short text said again and again until it is long, between a head and a tail: nothing may cost more than in proportion
//! to its length. Read as a line by all sources in turn, and as a file. The run's `-timeout` is the judge.
//!
//! `length of the head, length of what is repeated, head, what is repeated, tail`.
#![no_main]

use bumpalo::Bump;
use libfuzzer_sys::fuzz_target;
use rusuban_fuzz::read_file;
use rusuban_logs::event::{Event, TimeReader, Zone, to_json};
use rusuban_logs::sources::{Context, Line, SOURCES, json, syslog};

/// A line may be longer. At this length a cost by the square is seconds.
const LENGTH: usize = 96 << 10;

fuzz_target!(|bytes: &[u8]| {
    let [head, part, rest @ ..] = bytes else { return };
    let Some((head, rest)) = rest.split_at_checked(usize::from(*head)) else { return };
    let Some((part, tail)) = rest.split_at_checked(usize::from(*part)) else { return };
    if part.is_empty() {
        return;
    }
    let mut long = head.to_vec();
    while long.len() < LENGTH {
        long.extend_from_slice(part);
    }
    long.extend_from_slice(tail);
    // Many short lines cost what many short lines cost.
    if !part.contains(&b'\n') {
        read_file(&long);
    }
    let Ok(text) = std::str::from_utf8(&long) else { return };
    let arena = Bump::new();
    let time = TimeReader::new(Zone::default(), 1_798_934_400);
    let context = Context::new(&arena, &time);
    let (envelope, message) = syslog::envelope(text, &time);
    let json = if message.starts_with('{') { json::parse(message, &arena) } else { None };
    for source in SOURCES {
        let line = Line { text, envelope, message, json, columns: None };
        let mut event = Event::new(source.meta());
        event.original = text;
        if source.parse(&line, &context, &mut event).is_ok() {
            let _ = to_json(&event, "-");
        }
    }
});
