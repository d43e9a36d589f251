//! One review: workers read blocks and judge events; their partial results merge in any order to the same whole.

use std::collections::BTreeMap;

use bumpalo::Bump;

use crate::activity::hits::Hits;
use crate::activity::{self, Collector, FileId, Interest, Place};
use crate::event::{Event, TimeBasis, Zone};
use crate::frame::{Block, Encoding, Form};
use crate::reader::{FileInfo, Item, Reader};
use crate::sigma::correlation::{self, Matches};
use crate::sigma::{Engine, RuleIndex, Scratch};
use crate::sources::mapping::FieldMapping;
use crate::sources::windows;

/// What all workers of a review share.
#[derive(Debug)]
pub struct Plan<'p> {
    /// The Sigma rules.
    pub engine: &'p Engine,
    /// The correlations over them.
    pub correlations: &'p correlation::Plan,
    /// What to listen for by the hour.
    pub interest: &'p Interest,
    /// The zone of times that name none.
    pub zone: Zone,
    /// The configuration's mapping of fields, for formats that no source knows.
    pub mapping: &'p FieldMapping,
}

impl Plan<'_> {
    /// Whether some correlation refers to one of these rules.
    fn correlates(&self, rules: &[RuleIndex]) -> bool {
        let known = self.correlations.rules();
        !known.is_empty() && rules.iter().any(|rule| known.contains(rule))
    }
}

/// How the records of one file were understood.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FileTally {
    /// Bytes read.
    pub bytes: u64,
    /// Records that became events.
    pub events: u64,
    /// Records that did not.
    pub unparsed: u64,
    /// Events by the id of their source.
    pub sources: BTreeMap<&'static str, u64>,
    /// Events by how their text was written.
    pub encodings: BTreeMap<Encoding, u64>,
    /// Events by what their time rests on; None for events without a time.
    pub times: BTreeMap<Option<TimeBasis>, u64>,
    /// First and last known time, nanoseconds since the epoch.
    pub span: Option<(i64, i64)>,
}

impl FileTally {
    /// Counts events that are alike in all that is counted.
    fn add(&mut self, alike: Alike, count: u64) {
        self.events += count;
        *self.sources.entry(alike.source).or_default() += count;
        *self.encodings.entry(alike.encoding).or_default() += count;
        *self.times.entry(alike.basis).or_default() += count;
    }

    /// Joins two parts of one file.
    pub fn merge(&mut self, other: Self) {
        self.bytes += other.bytes;
        self.events += other.events;
        self.unparsed += other.unparsed;
        for (id, count) in other.sources {
            *self.sources.entry(id).or_default() += count;
        }
        for (encoding, count) in other.encodings {
            *self.encodings.entry(encoding).or_default() += count;
        }
        for (basis, count) in other.times {
            *self.times.entry(basis).or_default() += count;
        }
        self.span = match (self.span, other.span) {
            (Some((a, b)), Some((c, d))) => Some((a.min(c), b.max(d))),
            (a, b) => a.or(b),
        };
    }
}

/// What events of one file differ in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Alike {
    source: &'static str,
    encoding: Encoding,
    basis: Option<TimeBasis>,
}

/// Counts the events of one block. Most are like the one before: those are counted by the run.
#[derive(Debug)]
struct Count {
    tally: FileTally,
    run: Option<(Alike, u64)>,
}

impl Count {
    fn add(&mut self, event: &Event<'_>, encoding: Encoding) {
        let alike = Alike { source: event.source.id, encoding, basis: event.time.map(|t| t.basis) };
        match &mut self.run {
            Some((last, count)) if *last == alike => *count += 1,
            _ => {
                self.close();
                self.run = Some((alike, 1));
            }
        }
        if let Some(time) = event.time.filter(|t| t.is_known()) {
            let (first, last) = self.tally.span.unwrap_or((time.nanos, time.nanos));
            self.tally.span = Some((first.min(time.nanos), last.max(time.nanos)));
        }
    }

    fn close(&mut self) {
        if let Some((alike, count)) = self.run.take() {
            self.tally.add(alike, count);
        }
    }

    fn finish(mut self) -> FileTally {
        self.close();
        self.tally
    }
}

/// What some blocks gave.
#[derive(Debug, Default)]
pub struct Partial {
    /// What people and machines did.
    pub activity: activity::Partial,
    /// What Sigma rules matched.
    pub hits: Hits,
    /// What correlations count.
    pub matches: Option<Matches>,
    /// How each file was understood.
    pub files: BTreeMap<FileId, FileTally>,
}

impl Partial {
    /// Joins two. Associative, and the order does not matter.
    #[must_use]
    pub fn merge(mut self, other: Self) -> Self {
        self.activity = self.activity.merge(other.activity);
        self.hits.merge(other.hits);
        self.matches = match (self.matches, other.matches) {
            (Some(mut a), Some(b)) => {
                a.merge(b);
                Some(a)
            }
            (a, b) => a.or(b),
        };
        for (file, tally) in other.files {
            self.files.entry(file).or_default().merge(tally);
        }
        self
    }
}

/// Reads and judges blocks. One for each core.
#[derive(Debug)]
pub struct Worker<'w> {
    plan: &'w Plan<'w>,
    reader: Reader<'w>,
    scratch: Scratch,
    arena: Bump,
    partial: Partial,
}

impl<'w> Worker<'w> {
    /// A worker. `kept` holds what it knows from block to block.
    pub fn new(plan: &'w Plan<'w>, kept: &'w Bump) -> Self {
        let matches = (!plan.correlations.rules().is_empty())
            .then(|| Matches::new(plan.correlations, correlation::Limits::default()));
        Self {
            plan,
            reader: Reader::new(plan.zone.clone(), kept).lean().mapped(plan.mapping),
            scratch: plan.engine.scratch(),
            arena: Bump::new(),
            partial: Partial { matches, ..Partial::default() },
        }
    }

    /// Reads one block.
    pub fn take(&mut self, file: &FileInfo, block: &Block) {
        let Self { plan, reader, scratch, arena, partial } = self;
        let id = FileId(file.id);
        let bytes = block.bytes.len() as u64;
        let mut count = Count { tally: FileTally { bytes, ..FileTally::default() }, run: None };
        let mut collector = Collector::new(id, plan.interest);
        let arena: &Bump = arena;
        reader.read(file, block, arena, &mut |item| match item {
            Item::Event(event, encoding) => {
                count.add(event, encoding);
                collector.take(event);
                let rules = plan.engine.matches(event, scratch);
                if !rules.is_empty() {
                    // Correlations may group by ECS fields, which the reader left out.
                    if file.form == Form::Evtx && plan.correlates(rules) {
                        windows::map(event, arena);
                    }
                    hit(plan, partial, event, id, rules);
                }
            }
            Item::Unparsed(unparsed) => {
                count.tally.unparsed += 1;
                collector.refuse(&unparsed);
            }
        });
        let activity = std::mem::take(&mut partial.activity);
        partial.activity = activity.merge(collector.finish());
        partial.files.entry(id).or_default().merge(count.finish());
        self.arena.reset();
    }

    /// What all blocks gave.
    pub fn finish(self) -> Partial {
        self.partial
    }
}

/// Takes note of an event that rules matched.
fn hit(plan: &Plan<'_>, partial: &mut Partial, event: &Event<'_>, file: FileId, rules: &[RuleIndex]) {
    if let Some(matches) = &mut partial.matches {
        matches.observe(plan.correlations, event, file.0, rules);
    }
    let speaking = rules.iter().copied().filter(|rule| !plan.correlations.is_silent(*rule));
    let place =
        Place { time: event.time.filter(|t| t.is_known()).map(|t| t.nanos), file, position: event.position };
    partial.hits.add(speaking, event, place);
}
