//! What the targets share.

use bumpalo::Bump;
use jiff::tz::TimeZone;
use rusuban_logs::activity::{Collector, FileId, Interest, Partial};
use rusuban_logs::context::{ClosureContext, Lists, Period};
use rusuban_logs::event::{Event, TimeReader, Zone, to_json};
use rusuban_logs::frame::Blocks;
use rusuban_logs::reader::{FileInfo, Item, Reader};
use rusuban_logs::sources::{Context, Dispatcher, SOURCES};

/// Events that many rules look at, one a line.
pub const LINES: &str = include_str!("lines.txt");

/// What stands before and after the first line `%%%`.
pub fn halves(text: &str) -> (&str, &str) {
    text.split_once("\n%%%\n").unwrap_or((text, ""))
}

/// Reads lines and hands out what they say.
pub fn each_event<'a>(lines: &'a str, arena: &'a Bump, sink: &mut dyn FnMut(&Event<'a>)) {
    let time = TimeReader::new(Zone::default(), 1_798_934_400);
    let context = Context::new(arena, &time);
    let Some(source) = SOURCES.first() else { return };
    let mut dispatcher = Dispatcher::default();
    for line in lines.lines().take(64) {
        let mut event = Event::new(source.meta());
        if dispatcher.read(line, None, &context, &mut event).is_ok() {
            sink(&event);
        }
    }
}

/// Reads bytes as a log file, to its detectors' findings.
pub fn read_file(bytes: &[u8]) {
    let Ok(blocks) = Blocks::new(bytes) else { return };
    let shape = blocks.shape().clone();
    let file = FileInfo {
        id: 0,
        form: shape.form,
        encoding: shape.encoding,
        mark: shape.mark,
        separator: shape.separator,
        reference: 1_798_934_400,
    };
    let kept = Bump::new();
    let mut reader = Reader::new(Zone::default(), &kept);
    let interest = Interest::default();
    let mut whole = Partial::default();
    for block in blocks {
        let Ok(block) = block else { return };
        let arena = Bump::new();
        let mut collector = Collector::new(FileId(0), &interest);
        reader.read(&file, &block, &arena, &mut |item| match item {
            Item::Event(event, _) => {
                collector.take(event);
                let _ = to_json(event, "-");
            }
            Item::Unparsed(unparsed) => collector.refuse(&unparsed),
        });
        whole = whole.merge(collector.finish());
    }
    let closure = Period { from: 1_798_211_600_000_000_000, to: 1_799_075_600_000_000_000 };
    let context = ClosureContext::new(closure, TimeZone::UTC, None, Lists::default());
    let _ = rusuban_logs::detectors::detect(&whole.finish(), &context);
}
