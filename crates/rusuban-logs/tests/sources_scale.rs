//! No source costs more than in proportion to the length of a line: an attacker writes parts of many lines.

#![allow(clippy::disallowed_methods, clippy::unwrap_used, clippy::print_stderr)]

use std::time::{Duration, Instant};

use bumpalo::Bump;
use rusuban_logs::event::{Event, TimeReader, Zone};
use rusuban_logs::sources::{Context, Line, SOURCES, json, syslog};

/// Long enough that a cost by the square is many seconds, even where each step is a search as fast as the machine can.
const LENGTH: usize = 192 << 10;

const PARTS: [&str; 16] =
    ["a", "=", "\"", "|", "[", " ", "\\", "&", "%", "{", ":", "a=b ", "a=\"b\" ", "a: ", "%A-5-B: ", " for "];

#[test]
fn long_lines_of_short_parts_cost_in_proportion() {
    let time = TimeReader::new(Zone::default(), 1_798_934_400);
    let mut slow = Vec::new();
    for part in PARTS {
        let text = part.repeat(LENGTH / part.len());
        let arena = Bump::new();
        let context = Context::new(&arena, &time);
        let start = Instant::now();
        let (envelope, message) = syslog::envelope(&text, &time);
        let json = if message.starts_with('{') { json::parse(message, &arena) } else { None };
        if start.elapsed() > Duration::from_secs(1) {
            slow.push(format!("envelope {part:?}: {:?}", start.elapsed()));
        }
        for source in SOURCES {
            let line = Line { text: &text, envelope, message, json, columns: None };
            let mut event = Event::new(source.meta());
            let start = Instant::now();
            let _ = source.parse(&line, &context, &mut event);
            if start.elapsed() > Duration::from_secs(1) {
                slow.push(format!("{} {part:?}: {:?}", source.meta().id, start.elapsed()));
            }
        }
    }
    assert!(slow.is_empty(), "{}", slow.join("\n"));
}
