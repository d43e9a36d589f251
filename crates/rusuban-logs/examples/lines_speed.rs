//! What a line costs, stage by stage: `cargo run --release -p rusuban-logs --example lines_speed -- FILE [RULES-FOLDER]…`.
//!
//! Reads the file into memory once; each figure is the best of five passes on one core.

#![allow(clippy::disallowed_methods, clippy::unwrap_used, clippy::print_stdout, clippy::indexing_slicing)]

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use bumpalo::Bump;
use rusuban_logs::activity::{Collector, FileId, Interest};
use rusuban_logs::event::Zone;
use rusuban_logs::frame::{Block, Blocks};
use rusuban_logs::reader::{FileInfo, Item, Reader};
use rusuban_logs::review::{Plan, Worker};
use rusuban_logs::sigma::RuleSet;
use rusuban_logs::sigma::pipeline::Pipelines;

fn rule_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            rule_files(&path, found);
        } else if path.extension().is_some_and(|e| e == "yml") {
            found.push(path);
        }
    }
}

fn best(mut pass: impl FnMut()) -> Duration {
    (0..5)
        .map(|_| {
            let start = Instant::now();
            pass();
            start.elapsed()
        })
        .min()
        .unwrap()
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let blocks = Blocks::new(std::fs::File::open(&arguments[1]).unwrap()).unwrap();
    let shape = blocks.shape().clone();
    let file = FileInfo {
        id: 0,
        form: shape.form,
        encoding: shape.encoding,
        mark: shape.mark,
        separator: shape.separator,
        reference: 1_798_934_400,
    };
    let blocks: Vec<Block> = blocks.map(Result::unwrap).collect();
    let zone = Zone(jiff::tz::TimeZone::get("Asia/Tokyo").unwrap());
    let mut paths = Vec::new();
    for folder in &arguments[2..] {
        rule_files(Path::new(folder), &mut paths);
    }
    let files: Vec<(String, String)> = paths
        .iter()
        .map(|p| (p.display().to_string(), std::fs::read_to_string(p).unwrap_or_default()))
        .collect();
    let start = Instant::now();
    let rules = RuleSet::build(&files, &Pipelines::default(), zone.clone());
    println!("{} rules made ready in {:?}", rules.rules.len(), start.elapsed());

    let (kept, mut arena) = (Bump::new(), Bump::new());
    let mut reader = Reader::new(zone.clone(), &kept).lean();
    let mut events = 0_u64;
    let read = best(|| {
        events = 0;
        for block in &blocks {
            reader
                .read(&file, block, &arena, &mut |item| events += u64::from(matches!(item, Item::Event(..))));
            arena.reset();
        }
    });
    let interest = Interest::default();
    let collected = best(|| {
        for block in &blocks {
            let mut collector = Collector::new(FileId(0), &interest);
            reader.read(&file, block, &arena, &mut |item| {
                if let Item::Event(event, _) = item {
                    collector.take(event);
                }
            });
            std::hint::black_box(collector.finish());
            arena.reset();
        }
    });
    let mut scratch = rules.engine.scratch();
    let mut looked_at = 0;
    let judged = best(|| {
        looked_at = 0;
        for block in &blocks {
            reader.read(&file, block, &arena, &mut |item| {
                if let Item::Event(event, _) = item {
                    std::hint::black_box(rules.engine.matches(event, &mut scratch));
                    looked_at += scratch.looked_at();
                }
            });
            arena.reset();
        }
    });
    let plan = Plan {
        engine: &rules.engine,
        correlations: &rules.plan,
        interest: &interest,
        zone,
        mapping: &rusuban_logs::sources::mapping::EMPTY,
    };
    let whole = best(|| {
        let mut worker = Worker::new(&plan, &kept);
        for block in &blocks {
            worker.take(&file, block);
        }
        std::hint::black_box(worker.finish());
    });
    let per = |d: Duration| d.as_nanos() / u128::from(events.max(1));
    println!(
        "{events} events, ns each: read {}, collector {}, rules {} ({looked_at} rules looked at), whole {}",
        per(read),
        per(collected.saturating_sub(read)),
        per(judged.saturating_sub(read)),
        per(whole)
    );
}
