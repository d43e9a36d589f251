//! How fast `.evtx` is read, beside the `evtx` crate's JSON: `cargo run --release -p rusuban-logs --example evtx_speed -- FOLDER [N]`.
//!
//! Both read the same files from memory that the system holds already, on all cores, file by file, N times (5 unless said);
//! the best of each counts. A third row is the reader with every event mapped to ECS.

#![allow(clippy::disallowed_methods, clippy::unwrap_used, clippy::print_stdout, clippy::indexing_slicing)]

use std::cell::RefCell;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use bumpalo::Bump;
use rayon::prelude::*;
use rusuban_logs::event::Event;
use rusuban_logs::evtx::{CHUNK_LENGTH, Chunk, FILE_HEADER_LENGTH, TemplateCache, read_chunk};
use rusuban_logs::sources::windows;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().unwrap();
    let times: usize = arguments.next().map_or(5, |n| n.parse().unwrap());
    let mut files = Vec::new();
    collect(Path::new(&folder), &mut files);
    let bytes: u64 = files.iter().map(|f| f.metadata().unwrap().len()).sum();
    #[expect(clippy::cast_precision_loss, reason = "megabytes for people")]
    let megabytes = bytes as f64 / 1e6;
    println!("{} files, {megabytes:.0} MB, {} threads", files.len(), rayon::current_num_threads());
    let mut best = [f64::MAX; 3];
    for _ in 0..times {
        for (best, read) in best.iter_mut().zip([plain as fn(&Path) -> usize, theirs, mapped]) {
            let start = Instant::now();
            let records = AtomicUsize::new(0);
            files.par_iter().for_each(|f| {
                records.fetch_add(read(f), Ordering::Relaxed);
            });
            let seconds = start.elapsed().as_secs_f64();
            *best = best.min(seconds);
            println!("{} records, {seconds:.4} s, {:.0} MB/s", records.into_inner(), megabytes / seconds);
        }
    }
    println!("rusuban {:.4} s, evtx crate {:.4} s: {:.2} times", best[0], best[1], best[1] / best[0]);
    println!("rusuban with ECS {:.4} s: {:.2} times", best[2], best[1] / best[2]);
}

fn collect(folder: &Path, out: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, out);
        } else if path.extension().is_some_and(|e| e == "evtx") {
            out.push(path);
        }
    }
}

/// What a worker keeps from file to file.
struct Worker {
    cache: TemplateCache<'static>,
    arena: Bump,
    block: Vec<u8>,
}

thread_local! {
    static WORKER: RefCell<Worker> = RefCell::new(Worker {
        // Templates live as long as the worker: as long as this program.
        cache: TemplateCache::new(Box::leak(Box::new(Bump::new()))),
        arena: Bump::new(),
        block: vec![0; CHUNK_LENGTH],
    });
}

/// Every record as an event.
fn plain(path: &Path) -> usize {
    ours(path, false)
}

/// Every record as an event, with its ECS fields.
fn mapped(path: &Path) -> usize {
    ours(path, true)
}

fn ours(path: &Path, ecs: bool) -> usize {
    WORKER.with_borrow_mut(|Worker { cache, arena, block }| {
        let mut file = std::fs::File::open(path).unwrap();
        let mut header = [0; FILE_HEADER_LENGTH];
        if file.read_exact(&mut header).is_err() {
            return 0;
        }
        let (mut records, mut offset) = (0, FILE_HEADER_LENGTH as u64);
        for number in 0.. {
            let length = fill(&mut file, block);
            if length == 0 {
                break;
            }
            let place = Chunk { bytes: &block[..length], number, offset };
            records += read(place, arena, cache, ecs);
            arena.reset();
            offset += CHUNK_LENGTH as u64;
        }
        records
    })
}

fn read<'a>(chunk: Chunk<'a>, arena: &'a Bump, cache: &mut TemplateCache<'static>, ecs: bool) -> usize {
    let mut records = 0;
    let mut emit = |event: &mut Event<'a>| {
        if ecs {
            windows::map(event, arena);
        }
        std::hint::black_box(&event);
        records += 1;
    };
    read_chunk(chunk, arena, cache, &mut emit, &mut Vec::new());
    records
}

/// Reads until the block is full or the file ends.
fn fill(file: &mut std::fs::File, block: &mut [u8]) -> usize {
    let mut length = 0;
    while let Ok(n) = file.read(&mut block[length..])
        && n > 0
    {
        length += n;
    }
    length
}

/// Every record as JSON, by the crate.
fn theirs(path: &Path) -> usize {
    let Ok(mut parser) = evtx::EvtxParser::from_path(path) else { return 0 };
    let settings = evtx::ParserSettings::default().num_threads(1);
    parser = parser.with_configuration(settings);
    parser.records_json().filter(|r| std::hint::black_box(r).is_ok()).count()
}
