//! How fast lines become events: `cargo run --release -p rusuban-logs --example lines_speed -- FILE [ROUNDS]`.

#![allow(clippy::disallowed_methods, clippy::unwrap_used, clippy::print_stdout, clippy::indexing_slicing)]

use bumpalo::Bump;
use rusuban_logs::event::{Event, TimeReader, Zone};
use rusuban_logs::sources::{Context, Dispatcher, SOURCES, syslog};

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let text = String::from_utf8_lossy(&std::fs::read(&arguments[1]).unwrap()).into_owned();
    let rounds: u32 = arguments.get(2).map_or(200, |n| n.parse().unwrap());
    let zone = Zone(jiff::tz::TimeZone::get("Asia/Tokyo").unwrap());
    let time = TimeReader::new(zone, 1_795_478_400);
    let mut arena = Bump::new();
    let mut dispatcher = Dispatcher::default();
    let (mut lines, mut fields) = (0u64, 0u64);
    let start = std::time::Instant::now();
    for _ in 0..rounds {
        let context = Context::new(&arena, &time);
        let mut event = Event::new(SOURCES.last().unwrap().meta());
        for line in text.lines() {
            if dispatcher.read(line.trim_end(), None, &context, &mut event).is_ok() {
                fields += event.ecs().len() as u64;
            }
            lines += 1;
        }
        arena.reset();
    }
    let all = start.elapsed();
    let start = std::time::Instant::now();
    let mut hosts = 0;
    for _ in 0..rounds {
        for line in text.lines() {
            hosts += syslog::envelope(line.trim_end(), &time).0.host.len();
        }
    }
    let envelope = start.elapsed();
    let per = |d: std::time::Duration| d.as_nanos() / u128::from(lines.max(1));
    println!(
        "{lines} lines, {fields} fields: {} ns a line, of which the envelope {} ns ({hosts})",
        per(all),
        per(envelope)
    );
}
