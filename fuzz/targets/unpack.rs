//! Any bytes as a file that may be packed (gzip, xz, Zstandard, zip, tar, in each other): what comes out is bounded, and a
//! file always leaves a word.
#![no_main]

use std::sync::mpsc::sync_channel;

use libfuzzer_sys::fuzz_target;

// The walker knows nothing of the product around it; built by itself, it fuzzes ten times faster.
#[path = "../../crates/rusuban/src/app/review/files.rs"]
#[allow(dead_code)]
mod files;
#[path = "../../crates/rusuban/src/app/review/unpack.rs"]
#[allow(dead_code)]
mod unpack;

use files::{Message, Walker};

fuzz_target!(|bytes: &[u8]| {
    let path = std::path::PathBuf::from(format!("/dev/shm/rusuban-fuzz-unpack-{}", std::process::id()));
    if std::fs::write(&path, bytes).is_err() {
        return;
    }
    let (out, messages) = sync_channel(16);
    let paths = vec![path.clone()];
    let walker = std::thread::spawn(move || Walker::new(out, 1_798_934_400).walk(&paths));
    let (mut heard, mut size) = (0_u32, 0_u64);
    for message in messages {
        heard += 1;
        if let Message::Block(_, block) = message {
            size += block.bytes.len() as u64;
        }
    }
    assert!(walker.join().is_ok());
    let _ = std::fs::remove_file(&path);
    assert!(heard > 0);
    assert!(size <= (1 << 30) + 2000 * bytes.len() as u64, "{size} bytes of {}", bytes.len());
});
