//! Any text as one line: every source is asked, in its order.
#![no_main]

use bumpalo::Bump;
use libfuzzer_sys::fuzz_target;
use rusuban_logs::event::{Event, TimeReader, Zone, to_json};
use rusuban_logs::sources::{Context, Dispatcher, SOURCES};

fuzz_target!(|text: &str| {
    let arena = Bump::new();
    let time = TimeReader::new(Zone::default(), 1_798_934_400);
    let context = Context::new(&arena, &time);
    let Some(source) = SOURCES.first() else { return };
    let mut event = Event::new(source.meta());
    if Dispatcher::default().read(text, None, &context, &mut event).is_ok() {
        let _ = to_json(&event, "-");
    }
});
