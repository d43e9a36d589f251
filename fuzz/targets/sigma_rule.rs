//! Any text as a file of Sigma rules, after it lines of logs: rules are read, compiled and matched.
//!
//! `rules \n%%%\n lines`; without lines, a few that are always there.
#![no_main]

use bumpalo::Bump;
use libfuzzer_sys::fuzz_target;
use rusuban_fuzz::{LINES, each_event, halves};
use rusuban_logs::sigma::{Engine, Options, load};

fuzz_target!(|text: &str| {
    let (rules, lines) = halves(text);
    let rules = load("f.yml", rules).into_rules();
    let (engine, _) = Engine::compile(&rules, &Options::default());
    let _ = engine.stats();
    let mut scratch = engine.scratch();
    let arena = Bump::new();
    each_event(if lines.is_empty() { LINES } else { lines }, &arena, &mut |event| {
        let _ = engine.matches(event, &mut scratch).len();
    });
});
