//! One source by itself (the first byte says which; the second, whether the line is a row under column names), with or
//! without an envelope around the text.
#![no_main]

use bumpalo::Bump;
use libfuzzer_sys::fuzz_target;
use rusuban_logs::event::{Event, TimeReader, Zone, to_json};
use rusuban_logs::sources::{Context, Line, SOURCES, csv, json, syslog};

fuzz_target!(|bytes: &[u8]| {
    let [which, how, rest @ ..] = bytes else { return };
    let Ok(mut text) = std::str::from_utf8(rest) else { return };
    let Some(source) = SOURCES.get(usize::from(*which) % SOURCES.len()) else { return };
    let arena = Bump::new();
    let time = TimeReader::new(Zone::default(), 1_798_934_400);
    let context = Context::new(&arena, &time);
    let mut columns = None;
    if how & 1 == 1
        && let Some((head, row)) = text.split_once('\n')
    {
        columns = csv::fields(head, if how & 2 == 2 { ' ' } else { ',' }, &arena);
        text = row;
    }
    let (envelope, message) = syslog::envelope(text, &time);
    let json = if message.starts_with('{') { json::parse(message, &arena) } else { None };
    let line = Line { text, envelope, message, json, columns };
    let mut event = Event::new(source.meta());
    event.original = text;
    if source.parse(&line, &context, &mut event).is_ok() {
        let _ = to_json(&event, "-");
    }
});
