//! Any bytes, repeated until they fill several blocks: nothing may be lost or given twice where the file is cut, in any
//! encoding.
#![no_main]

use bumpalo::Bump;
use libfuzzer_sys::fuzz_target;
use rusuban_logs::frame::{Blocks, Encoding, decode_line, shape};

/// A little more than two blocks.
const SIZE: usize = (2 << 20) + 4567;

fuzz_target!(|bytes: &[u8]| {
    if bytes.is_empty() {
        return;
    }
    let arena = Bump::new();
    for encoding in [Encoding::Utf8, Encoding::Utf16Le, Encoding::Utf16Be] {
        let _ = decode_line(bytes, encoding, &arena);
    }
    let _ = shape(bytes);
    let mut long = Vec::with_capacity(SIZE + bytes.len());
    while long.len() < SIZE {
        long.extend_from_slice(bytes);
    }
    let Ok(blocks) = Blocks::new(long.as_slice()) else { return };
    let mut at = 0;
    for block in blocks {
        let Ok(block) = block else { return };
        let skipped: u64 = block.overlong.iter().map(|o| o.length).sum();
        if !block.bytes.is_empty() {
            assert_eq!(block.offset, at + skipped);
            let from = usize::try_from(block.offset).unwrap_or(usize::MAX);
            assert_eq!(&long[from..from + block.bytes.len()], block.bytes);
        }
        at += skipped + block.bytes.len() as u64;
    }
    assert_eq!(at, long.len() as u64);
});
