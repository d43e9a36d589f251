//! Speed of the Sigma engine: `cargo run --release -p rusuban-logs --example sigma_speed -- RULES_FOLDER EVENTS…`.
//!
//! Events are `.evtx` files (or folders of them), flattened JSON objects of Windows (`.jsonl`, with `Channel`, `EventID` and the
//! fields of the data), or text logs (anything else), line by line through the sources. Printed: the time to
//! load and to compile the rules, and events a second (the engine alone, events built before) for 100, 1000 and all rules on
//! one and on two threads.

#![allow(clippy::disallowed_methods, clippy::unwrap_used, clippy::print_stdout, clippy::cast_precision_loss)]

use std::path::{Path, PathBuf};
use std::time::Instant;

use bumpalo::Bump;
use rusuban_logs::event::{Event, TimeReader, Zone};
use rusuban_logs::evtx::{CHUNK_LENGTH, Chunk, FILE_HEADER_LENGTH, TemplateCache, read_chunk};
use rusuban_logs::sigma::{Engine, Options, Rule, load_all};
use rusuban_logs::sources::{Context, Dispatcher, SourceMeta, json};

static META: SourceMeta = SourceMeta { id: "windows", product: "Windows", vendor: "Microsoft" };

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (rules, events) = arguments.split_first().unwrap();
    let mut files = Vec::new();
    read_folder(Path::new(rules), &mut files);
    let bytes: usize = files.iter().map(|(_, t)| t.len()).sum();
    rayon::ThreadPoolBuilder::new().num_threads(2).build_global().unwrap();
    let mut loaded = Vec::new();
    for _ in 0..3 {
        let start = Instant::now();
        let processor = all_processor_time();
        let whole = load_all(&files);
        let read = start.elapsed();
        for problem in &whole.problems {
            println!("{problem}");
        }
        loaded = whole.into_rules();
        let (engine, problems) = Engine::compile(&loaded, &Options::default());
        println!(
            "{} files, {:.1} MB: loaded in {read:.1?}, loaded and compiled in {:.1?} by the clock, {} ms of processor",
            files.len(),
            bytes as f64 / 1e6,
            start.elapsed(),
            all_processor_time() - processor,
        );
        for problem in &problems {
            println!("{problem}");
        }
        let stats = engine.stats();
        println!(
            "{} rules, {} in force, {} never, {} without a witness, {} tests",
            stats.rules,
            stats.in_force,
            stats.never.len(),
            stats.without_witness.len(),
            stats.tests
        );
    }
    let (engine, _) = Engine::compile(&loaded, &Options::default());
    for rule in &engine.stats().without_witness {
        println!("without a witness: {}", loaded.get(*rule as usize).unwrap().place);
    }
    let arena = Bump::new();
    let mut logs = Vec::new();
    for place in events {
        collect(Path::new(place), &mut logs);
    }
    let logs: Vec<(PathBuf, Vec<u8>)> =
        logs.into_iter().map(|p| (p.clone(), std::fs::read(p).unwrap())).collect();
    let mut parsed = Vec::new();
    for (path, bytes) in &logs {
        read_log(path, bytes, &arena, &mut parsed);
    }
    for count in [100, 1000, loaded.len()] {
        let step = (loaded.len() / count).max(1);
        let some: Vec<&Rule> = loaded.iter().step_by(step).take(count).collect();
        measure(&some, &parsed);
    }
    by_kind(&loaded, parsed);
}

/// Reads the events of one file.
fn read_log<'a>(path: &Path, bytes: &'a [u8], arena: &'a Bump, parsed: &mut Vec<Event<'a>>) {
    if path.extension().is_some_and(|e| e == "evtx") {
        let mut cache = TemplateCache::new(arena);
        let mut troubles = Vec::new();
        for (number, chunk) in
            (0..).zip(bytes.get(FILE_HEADER_LENGTH..).unwrap_or_default().chunks(CHUNK_LENGTH))
        {
            let chunk = Chunk { bytes: chunk, number, offset: 0 };
            read_chunk(chunk, arena, &mut cache, &mut |e| parsed.push(e.clone()), &mut troubles);
        }
        return;
    }
    let text = std::str::from_utf8(bytes).unwrap();
    let json_lines = path.extension().is_some_and(|e| e == "jsonl");
    let time = TimeReader::new(Zone::default(), 1_795_478_400);
    let time: &'a TimeReader = arena.alloc(time);
    let mut dispatcher = Dispatcher::default();
    for line in text.lines().filter(|l| !l.is_empty()) {
        let mut event = Event::new(&META);
        if json_lines {
            event.logsource.product = "windows";
            json::flatten(json::parse(line, arena).unwrap(), arena, &mut event);
        } else if dispatcher.read(line, None, &Context::new(arena, time), &mut event).is_err() {
            continue;
        }
        parsed.push(event);
    }
}

fn collect(path: &Path, out: &mut Vec<PathBuf>) {
    if path.is_dir() {
        for entry in std::fs::read_dir(path).unwrap() {
            let inner = entry.unwrap().path();
            if inner.is_dir() || inner.extension().is_some_and(|e| e == "evtx") {
                collect(&inner, out);
            }
        }
    } else {
        out.push(path.to_owned());
    }
}

/// The kinds of events that take most time.
fn by_kind(rules: &[Rule], events: Vec<Event<'_>>) {
    let (engine, _) = Engine::compile(rules, &Options::default());
    let mut scratch = engine.scratch();
    let mut kinds: std::collections::BTreeMap<String, Vec<Event<'_>>> = std::collections::BTreeMap::new();
    for event in events {
        let text = |name: &str| event.native(name).map(|v| v.to_text()).unwrap_or_default();
        let kind = match event.native("Channel") {
            Some(_) => format!("{} {}", text("Channel"), text("EventID")),
            None => format!("{:?}", event.logsource),
        };
        kinds.entry(kind).or_default().push(event);
    }
    let mut rows = Vec::new();
    for (kind, events) in &kinds {
        for event in events {
            engine.matches(event, &mut scratch);
        }
        let start = processor_time();
        let mut passes = 0_u64;
        while processor_time() - start < 50_000_000 {
            for event in events {
                engine.matches(event, &mut scratch);
            }
            passes += 1;
        }
        let each = (processor_time() - start) as f64 / passes as f64 / events.len() as f64 / 1000.0;
        let looked_at: usize = events
            .iter()
            .map(|e| {
                engine.matches(e, &mut scratch);
                scratch.looked_at()
            })
            .sum();
        let bytes: usize = events.iter().flat_map(|e| &e.native).map(|(_, v)| v.to_text().len()).sum();
        let n = events.len();
        rows.push((
            each * n as f64,
            format!(
                "{kind}: {n} events of {} bytes, {each:.2} µs, {:.1} rules looked at",
                bytes / n,
                looked_at as f64 / n as f64
            ),
        ));
    }
    rows.sort_by(|a, b| b.0.total_cmp(&a.0));
    for (_, row) in rows.iter().take(12) {
        println!("{row}");
    }
}

fn measure(rules: &[&Rule], events: &[Event<'_>]) {
    let (engine, _) = Engine::compile(rules, &Options::default());
    let mut scratch = engine.scratch();
    let pass = |scratch: &mut _| events.iter().map(|e| engine.matches(e, scratch).len()).sum::<usize>();
    let start = Instant::now();
    let found = pass(&mut scratch);
    let first = start.elapsed();
    // The kernel counts in steps of some milliseconds: a second's worth of passes.
    let start = processor_time();
    let mut passes = 0_u64;
    while processor_time() - start < 1_000_000_000 {
        pass(&mut scratch);
        passes += 1;
    }
    let best = (processor_time() - start) / passes;
    let mut both = f64::MAX;
    let mut other = engine.scratch();
    for _ in 0..3 {
        let start = Instant::now();
        let (a, b) = (&mut scratch, &mut other);
        std::thread::scope(|s| {
            s.spawn(|| pass(a));
            s.spawn(|| pass(b));
        });
        both = both.min(start.elapsed().as_secs_f64());
    }
    let looked_at: usize = events
        .iter()
        .map(|e| {
            engine.matches(e, &mut scratch);
            scratch.looked_at()
        })
        .sum();
    let n = events.len() as f64;
    let best = best as f64 / 1e9;
    println!(
        "{} rules, {} events, {found} matches, {:.2} rules looked at for an event: first pass {first:.1?}, then {:.3} µs of processor \
         an event = {:.0}/s on one thread; {:.0}/s on two by the clock",
        rules.len(),
        events.len(),
        looked_at as f64 / n,
        best / n * 1e6,
        n / best,
        2.0 * n / both,
    );
}

/// Milliseconds that all threads spent on processors.
fn all_processor_time() -> u64 {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = text.rsplit(')').next().unwrap().split_whitespace().collect();
    10 * (fields.get(11).unwrap().parse::<u64>().unwrap() + fields.get(12).unwrap().parse::<u64>().unwrap())
}

/// Nanoseconds that this thread spent on a processor: what the clock says depends on what else the machine does.
fn processor_time() -> u64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    text.split(' ').next().unwrap().parse().unwrap()
}

fn read_folder(folder: &Path, files: &mut Vec<(String, String)>) {
    let mut entries: Vec<_> = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            if !path.ends_with("regression_data") {
                read_folder(&path, files);
            }
        } else if path.extension().is_some_and(|e| e == "yml" || e == "yaml") {
            files.push((path.to_string_lossy().into_owned(), std::fs::read_to_string(&path).unwrap()));
        }
    }
}
