//! Any bytes as a chunk of an EVTX file, with its checksums made right so that the records are reached.
#![no_main]

use bumpalo::Bump;
use libfuzzer_sys::fuzz_target;
use rusuban_logs::evtx::{Chunk, TemplateCache, read_chunk, record_xml};

fuzz_target!(|bytes: &[u8]| {
    let kept = Bump::new();
    let arena = Bump::new();
    let mut cache = TemplateCache::new(&kept);
    let mut troubles = Vec::new();
    let mut places = Vec::new();
    let chunk = Chunk { bytes, number: 0, offset: 0 };
    read_chunk(chunk, &arena, &mut cache, &mut |event| places.push(event.position.offset), &mut troubles);
    for place in places.into_iter().take(8) {
        let _ = record_xml(bytes, usize::try_from(place).unwrap_or(0));
    }
});
