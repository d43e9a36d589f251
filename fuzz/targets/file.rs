//! Any bytes as a log file: its form is found, it is cut into blocks, every record is read, and what people did in it is put
//! together and judged by every detector.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    rusuban_fuzz::read_file(bytes);
});
