//! Any bytes as a log file: its form is found, it is cut into blocks, every record is read.
#![no_main]

use bumpalo::Bump;
use libfuzzer_sys::fuzz_target;
use rusuban_logs::event::{Zone, to_json};
use rusuban_logs::frame::Blocks;
use rusuban_logs::reader::{FileInfo, Item, Reader};

fuzz_target!(|bytes: &[u8]| {
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
    for block in blocks {
        let Ok(block) = block else { return };
        let arena = Bump::new();
        reader.read(&file, &block, &arena, &mut |item| {
            if let Item::Event(event, _) = item {
                let _ = to_json(event, "-");
            }
        });
    }
});
