//! SigmaHQ's regression logs: the rule that each was made for must find it in the `.evtx` file, and in the JSON beside it.

#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    clippy::unwrap_used
)]

use std::path::Path;

use bumpalo::Bump;
use rusuban_logs::event::{Event, TimeReader, Zone};
use rusuban_logs::evtx::{CHUNK_LENGTH, Chunk, FILE_HEADER_LENGTH, META, TemplateCache, read_chunk};
use rusuban_logs::sigma::{Engine, Options, Rule, load_all};
use rusuban_logs::sources::{Context, Dispatcher, windows};

mod support;

use support::{corpus, files};

#[test]
fn every_regression_log_is_found_by_its_rule() {
    let sigma = corpus("sigma");
    let mut paths = Vec::new();
    for folder in ["rules", "rules-emerging-threats", "rules-threat-hunting", "rules-compliance"] {
        paths.extend(files(&sigma.join(folder), ".yml"));
    }
    let texts: Vec<(String, String)> = paths
        .iter()
        .map(|p| (p.to_string_lossy().into_owned(), std::fs::read_to_string(p).unwrap()))
        .collect();
    let rules = load_all(&texts).into_rules();
    let cases = files(&sigma.join("regression_data"), "info.yml");
    assert!(cases.len() > 100);
    let mut missed = Vec::new();
    for case in &cases {
        let info = std::fs::read_to_string(case).unwrap();
        let after = |key: &str| info.split_once(key).map(|(_, rest)| rest.lines().next().unwrap().trim());
        let (Some(id), Some(path)) = (after("- id:"), after("path:")) else { continue };
        let some: Vec<&Rule> = rules.iter().filter(|r| *r.id == *id).collect();
        if some.is_empty() {
            missed.push(format!("no rule {id}"));
            continue;
        }
        // A few of the logs are kept elsewhere, with a pointer in their place.
        if !std::fs::read(sigma.join(path)).is_ok_and(|b| b.starts_with(b"ElfFile\0")) {
            eprintln!("no log at {path}");
            continue;
        }
        let (engine, _) = Engine::compile(&some, &Options::default());
        let mut scratch = engine.scratch();
        let log = sigma.join(path);
        let mut found = 0;
        evtx(&log, &mut |event| found += engine.matches(event, &mut scratch).len());
        if found == 0 {
            missed.push(format!("evtx: {}", log.display()));
        }
        let text = std::fs::read_to_string(log.with_extension("json")).unwrap_or_default();
        let arena = Bump::new();
        let time = TimeReader::new(Zone::default(), 1_795_478_400);
        let mut event = Event::new(&META);
        let read = Dispatcher::default().read(text.trim(), None, &Context::new(&arena, &time), &mut event);
        if read.is_ok() && engine.matches(&event, &mut scratch).is_empty() {
            missed.push(format!("json: {}", log.display()));
        }
    }
    eprintln!("{} logs, {} missed", cases.len(), missed.len());
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}

fn evtx(path: &Path, look: &mut dyn FnMut(&Event<'_>)) {
    let bytes = std::fs::read(path).unwrap();
    let names = Bump::new();
    let mut cache = TemplateCache::new(&names);
    for (number, chunk) in bytes[FILE_HEADER_LENGTH..].chunks(CHUNK_LENGTH).enumerate() {
        let arena = Bump::new();
        let place = Chunk { bytes: chunk, number: number as u64, offset: 0 };
        let emit = &mut |event: &mut Event<'_>| {
            let arena = Bump::new();
            let mut mapped = event.clone();
            windows::map(&mut mapped, &arena);
            look(&mapped);
        };
        let mut each = |event: &mut Event<'_>| emit(event);
        read_chunk(place, &arena, &mut cache, &mut each, &mut Vec::new());
    }
}
