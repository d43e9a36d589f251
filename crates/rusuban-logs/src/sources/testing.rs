//! What the tests of sources share.

use bumpalo::Bump;
use jiff::tz::TimeZone;

use crate::event::{Event, TimeReader, Zone};

use super::{Context, Dispatcher, Refusal, SOURCES, Source, syslog};

/// A reader in Japan; lines without a year are of the days before 2027-01-05.
pub fn reader() -> TimeReader {
    TimeReader::new(Zone(TimeZone::get("Asia/Tokyo").unwrap()), 1_799_107_200)
}

/// Reads a line as a file that holds it alone would be read, and shows the event.
pub fn read<T>(text: &str, look: impl FnOnce(&Event<'_>) -> T) -> Result<T, Refusal> {
    let arena = Bump::new();
    let time = reader();
    let mut event = Event::new(SOURCES.last().unwrap().meta());
    Dispatcher::default().read(text, None, &Context::new(&arena, &time), &mut event)?;
    Ok(look(&event))
}

/// Gives a line to one source.
pub fn parse<T>(source: &dyn Source, text: &str, look: impl FnOnce(&Event<'_>) -> T) -> Result<T, Refusal> {
    let arena = Bump::new();
    let time = reader();
    let (envelope, message) = syslog::envelope(text, &time);
    let json = super::json::parse(message, &arena);
    let line = super::Line { text, envelope, message, json, columns: None };
    let mut event = Event::new(source.meta());
    source.parse(&line, &Context::new(&arena, &time), &mut event)?;
    Ok(look(&event))
}
