//! The review itself: one thread reads, all cores judge, and what they found is put together.

use std::collections::BTreeMap;
use std::sync::mpsc::sync_channel;
use std::sync::{Arc, Mutex};

use bumpalo::Bump;
use rusuban_core::model::text::Text;
use rusuban_logs::activity::{FileId, Interest};
use rusuban_logs::event::Zone;
use rusuban_logs::reader::FileInfo;
use rusuban_logs::review::{Partial, Plan, Worker};
use rusuban_logs::sigma::RuleSet;

use super::files::{Message, Walker};
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
    let whole = Mutex::new(Read::default());
    let walker = Walker::new(out, input.reference).closing(input.closure_end);
    std::thread::scope(|scope| {
        scope.spawn(|| walker.walk(&input.paths));
        for _ in 0..workers() {
            scope.spawn(|| {
                let kept = Bump::new();
                let mut worker = Worker::new(&plan, &kept);
                while let Some(message) = messages.lock().ok().and_then(|m| m.recv().ok()) {
                    if let Message::Block(info, block) = message {
                        worker.take(&info, &block);
                        progress(block.bytes.len() as u64);
                    } else if let Ok(mut whole) = whole.lock() {
                        note(&mut whole, message);
                    }
                }
                let partial = worker.finish();
                if let Ok(mut whole) = whole.lock() {
                    let others = std::mem::take(&mut whole.partial);
                    whole.partial = others.merge(partial);
                }
            });
        }
    });
    let mut read = whole.into_inner().unwrap_or_default();
    read.failed.sort_by(|a, b| (a.0, &a.1).cmp(&(b.0, &b.1)));
    read.repeated.sort();
    read
}

fn note(whole: &mut Read, message: Message) {
    match message {
        Message::Opened { info, name } => {
            whole.names.insert(FileId(info.id), name.into());
            whole.infos.insert(FileId(info.id), info);
        }
        Message::Failed { id, name, reason } => whole.failed.push((id.map(FileId), name, reason)),
        Message::Repeated { name } => whole.repeated.push(name),
        Message::Block(..) => {}
    }
}
