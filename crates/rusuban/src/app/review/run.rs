//! The review itself: one thread reads, all cores judge, and what they found is put together.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::mpsc::sync_channel;
use std::sync::{Arc, Mutex};

use bumpalo::Bump;
use rusuban_core::model::text::Text;
use rusuban_logs::activity::{FileId, Interest};
use rusuban_logs::event::Zone;
use rusuban_logs::reader::FileInfo;
use rusuban_logs::review::{Partial, Plan, Worker};
use rusuban_logs::sigma::RuleSet;

use super::files::{Message, SmallFile, Walker};
use super::{Input, ON_THE_WAY, workers};

/// What the files gave.
#[derive(Debug, Default)]
pub struct Read {
    /// What the workers found.
    pub partial: Partial,
    /// Names of files by number.
    pub names: BTreeMap<FileId, Arc<str>>,
    /// What each file is made of.
    pub infos: BTreeMap<FileId, Arc<FileInfo>>,
    /// Files, or parts of them, that could not be read.
    pub failed: Vec<(Option<FileId>, String, Text)>,
    /// Files that were found twice, by their other name.
    pub repeated: Vec<String>,
}

/// Reads and judges everything. `progress` hears of bytes that were read.
pub fn read(input: &Input, rules: &RuleSet, interest: &Interest, progress: &(dyn Fn(u64) + Sync)) -> Read {
    let plan = Plan {
        engine: &rules.engine,
        correlations: &rules.plan,
        interest,
        zone: Zone(input.zone.clone()),
        mapping: &input.mapping,
    };
    let (out, messages) = sync_channel(ON_THE_WAY * workers());
    let messages = Mutex::new(messages);
    let whole = Mutex::new(Whole::default());
    std::thread::scope(|scope| {
        scope.spawn(move || {
            walker(input, move |message| out.send(message).is_ok()).leaving_small().walk(&input.paths);
        });
        for _ in 0..workers() {
            scope.spawn(|| {
                let kept = Bump::new();
                let mut worker = Worker::new(&plan, &kept);
                while let Some(message) = messages.lock().ok().and_then(|m| m.recv().ok()) {
                    if let Message::Small(files) = message {
                        for file in files {
                            let take = |message| take(&mut worker, &whole, progress, message);
                            walker(input, take).read_small(file);
                        }
                    } else {
                        take(&mut worker, &whole, progress, message);
                    }
                }
                merge(&whole, worker.finish());
            });
        }
    });
    // Small files that are archives after all: seldom, and read one after another, so that numbers stay the same each time.
    let mut packed = whole.lock().map(|mut w| std::mem::take(&mut w.packed)).unwrap_or_default();
    if !packed.is_empty() {
        packed.sort();
        let next = whole.lock().ok().and_then(|w| w.read.names.keys().last().map(|id| id.0 + 1));
        let next = next.max(packed.last().map(|file| file.id + 1)).unwrap_or_default();
        let paths: Vec<PathBuf> = packed.into_iter().map(|file| file.path).collect();
        let kept = Bump::new();
        let mut worker = Worker::new(&plan, &kept);
        walker(input, |message| take(&mut worker, &whole, progress, message))
            .numbering_from(next)
            .walk(&paths);
        merge(&whole, worker.finish());
    }
    let mut read = whole.into_inner().unwrap_or_default().read;
    read.failed.sort_by(|a, b| (a.0, &a.1).cmp(&(b.0, &b.1)));
    read.repeated.sort();
    read
}

/// What the workers put together.
#[derive(Debug, Default)]
struct Whole {
    read: Read,
    packed: Vec<SmallFile>,
}

fn walker<'o>(input: &Input, out: impl FnMut(Message) -> bool + 'o) -> Walker<'o> {
    Walker::new(out, input.reference).closing(input.closure_end)
}

fn merge(whole: &Mutex<Whole>, partial: Partial) {
    if let Ok(mut whole) = whole.lock() {
        let others = std::mem::take(&mut whole.read.partial);
        whole.read.partial = others.merge(partial);
    }
}

/// Judges a block, or takes note of what else is said of a file.
fn take(
    worker: &mut Worker<'_>,
    whole: &Mutex<Whole>,
    progress: &(dyn Fn(u64) + Sync),
    message: Message,
) -> bool {
    if let Message::Block(info, block) = message {
        worker.take(&info, &block);
        progress(block.bytes.len() as u64);
    } else if let Ok(mut whole) = whole.lock() {
        note(&mut whole, message);
    }
    true
}

fn note(whole: &mut Whole, message: Message) {
    let read = &mut whole.read;
    match message {
        Message::Opened { info, name } => {
            read.names.insert(FileId(info.id), name.into());
            read.infos.insert(FileId(info.id), info);
        }
        Message::Failed { id, name, reason } => read.failed.push((id.map(FileId), name, reason)),
        Message::Repeated { name } => read.repeated.push(name),
        Message::Packed(file) => whole.packed.push(file),
        Message::Block(..) | Message::Small(_) => {}
    }
}
