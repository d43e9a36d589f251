//! The aggregates of one or more blocks: they fold while events come, merge in any order, and end as [`Activities`].

mod flood;

use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;
use std::sync::Arc;

use crate::event::{Event, TimeBasis};

use super::evidence::{Ends, Samples};
use super::names::{NameId, Names};
use super::{Activity, DAY, Evidence, FileId, HOUR, Heard, HostSpoke, Kind, MINUTE, Name, Nanos, Place};
use super::{Transfer, Unread};

type Table<K, V> = HashMap<K, V, foldhash::fast::RandomState>;

/// What must be equal for two activities to fold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Key {
    pub(super) kind: Kind,
    pub(super) who: NameId,
    pub(super) from: NameId,
    pub(super) country: NameId,
    pub(super) network: NameId,
    pub(super) host: NameId,
    pub(super) device: NameId,
    pub(super) object: NameId,
    pub(super) detail: NameId,
    pub(super) source: NameId,
    /// Start of the minute or hour.
    pub(super) bucket: Option<Nanos>,
}

impl Key {
    fn renamed(self, names: &mut Renames<'_>) -> Self {
        Self {
            who: names.get(self.who),
            from: names.get(self.from),
            country: names.get(self.country),
            network: names.get(self.network),
            host: names.get(self.host),
            device: names.get(self.device),
            object: names.get(self.object),
            detail: names.get(self.detail),
            source: names.get(self.source),
            ..self
        }
    }

    fn is_failure(&self) -> bool {
        matches!(self.kind, Kind::Failure(_))
    }

    /// Failures share their lines: one handful for each source address, host and day.
    fn shared(&self) -> SharedKey {
        (self.from, self.host, self.source, self.bucket.map(|b| b.div_euclid(DAY)))
    }
}

type SharedKey = (NameId, NameId, NameId, Option<Nanos>);

/// Numbers of another's names, in ours. Only names that are asked for are taken over.
struct Renames<'n> {
    theirs: &'n Names,
    ours: &'n mut Names,
    known: Vec<Option<NameId>>,
}

impl<'n> Renames<'n> {
    fn new(theirs: &'n Names, ours: &'n mut Names) -> Self {
        Self { known: vec![None; theirs.len() + 1], theirs, ours }
    }

    fn get(&mut self, id: NameId) -> NameId {
        let Some(known) = self.known.get_mut(id.0 as usize) else { return NameId::default() };
        *known.get_or_insert_with(|| self.ours.id(&self.theirs.text(id)))
    }
}

/// How often, and between when and when.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Span {
    pub(super) count: u64,
    pub(super) first: Option<Nanos>,
    pub(super) last: Option<Nanos>,
}

impl Span {
    pub(super) fn add(&mut self, time: Option<Nanos>) {
        self.merge(Self { count: 1, first: time, last: time });
    }

    pub(super) fn merge(&mut self, other: Self) {
        self.count += other.count;
        self.first = match (self.first, other.first) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        self.last = self.last.max(other.last);
    }
}

#[derive(Debug, Clone, Default)]
struct Tally {
    span: Span,
    lines: Option<Box<Ends>>,
}

#[derive(Debug, Clone)]
struct TransferTally {
    bytes: u64,
    largest: u64,
    largest_to: NameId,
    evidence: Evidence,
}

#[derive(Debug, Clone, Default)]
struct SpokeTally {
    span: Span,
    lines: Ends,
}

/// What was heard of one source and host in one hour.
#[derive(Debug, Clone, Default)]
pub(super) struct HeardTally {
    span: Span,
    minutes: u64,
    zone_assumed: u64,
    year_inferred: u64,
    backwards: u64,
    forwards: u64,
    farthest_back: Nanos,
    evidence: Option<Evidence>,
}

/// Source, host, start of the hour.
pub(super) type HeardKey = (NameId, NameId, Option<Nanos>);

impl HeardTally {
    /// Adds an event that comes `back` nanoseconds before the one before it in its file.
    pub(super) fn add(&mut self, event: &Event<'_>, place: Place, back: Nanos) {
        self.span.add(place.time);
        if let Some(time) = place.time {
            self.minutes |= 1 << time.rem_euclid(HOUR).div_euclid(MINUTE);
        }
        match event.time.map(|t| t.basis) {
            Some(TimeBasis::ZoneAssumed) => self.zone_assumed += 1,
            Some(TimeBasis::YearInferred) => self.year_inferred += 1,
            _ => {}
        }
        let ran_back = back > MINUTE;
        self.backwards += u64::from(ran_back);
        self.forwards += u64::from(back < -MINUTE);
        if self.evidence.is_none() || (ran_back && back > self.farthest_back) {
            self.evidence = Some(Evidence::of(event, place));
        }
        if ran_back {
            self.farthest_back = self.farthest_back.max(back);
        }
    }

    pub(super) fn merge(&mut self, other: Self) {
        self.span.merge(other.span);
        self.minutes |= other.minutes;
        self.zone_assumed += other.zone_assumed;
        self.year_inferred += other.year_inferred;
        self.backwards += other.backwards;
        self.forwards += other.forwards;
        let better = match (&self.evidence, &other.evidence) {
            (Some(ours), Some(theirs)) => {
                (other.farthest_back, std::cmp::Reverse(theirs.place))
                    > (self.farthest_back, std::cmp::Reverse(ours.place))
            }
            (None, _) => true,
            (_, None) => false,
        };
        if better {
            self.evidence = other.evidence;
        }
        self.farthest_back = self.farthest_back.max(other.farthest_back);
    }
}

/// The aggregates of one block, or of several that were merged.
#[derive(Debug, Clone, Default)]
pub struct Partial {
    pub(super) names: Names,
    tallies: Table<Key, Tally>,
    shared: Table<SharedKey, Samples>,
    transfers: Table<(NameId, Nanos), TransferTally>,
    spoke: Table<(NameId, Option<Nanos>), SpokeTally>,
    heard: Table<HeardKey, HeardTally>,
    unread: Table<(FileId, NameId), (u64, Samples)>,
    /// Events by file.
    pub(super) files: Table<FileId, u64>,
    /// How many of the tallies are of failures.
    failures: usize,
    /// Failures that are counted and no more.
    beyond: u64,
    pub(super) most: flood::Most,
}

impl Partial {
    pub(super) fn add(&mut self, key: Key, event: &Event<'_>, place: Place) {
        let known = self.tallies.len();
        let tally = self.tallies.entry(key).or_default();
        tally.span.add(place.time);
        if key.is_failure() {
            self.shared.entry(key.shared()).or_default().add(event, place);
            self.failures += self.tallies.len() - known;
        } else {
            tally.lines.get_or_insert_default().add(event, place);
        }
    }

    pub(super) fn add_transfer(
        &mut self,
        host: NameId,
        to: NameId,
        bytes: u64,
        event: &Event<'_>,
        place: Place,
    ) {
        let Some(time) = place.time else { return };
        let hour = time.div_euclid(HOUR) * HOUR;
        let one =
            || TransferTally { bytes, largest: bytes, largest_to: to, evidence: Evidence::of(event, place) };
        match self.transfers.entry((host, hour)) {
            std::collections::hash_map::Entry::Vacant(slot) => {
                slot.insert(one());
            }
            std::collections::hash_map::Entry::Occupied(mut slot) => {
                let tally = slot.get_mut();
                let total = tally.bytes.saturating_add(bytes);
                if bytes > tally.largest || (bytes == tally.largest && place < tally.evidence.place) {
                    *tally = one();
                }
                tally.bytes = total;
            }
        }
    }

    pub(super) fn add_spoke(&mut self, host: NameId, event: &Event<'_>, place: Place) {
        let tally = self.spoke.entry((host, hour_of(place.time))).or_default();
        tally.span.add(place.time);
        tally.lines.add(event, place);
    }

    pub(super) fn add_heard(&mut self, key: HeardKey, tally: HeardTally) {
        self.heard.entry(key).or_default().merge(tally);
    }

    pub(super) fn add_unread(&mut self, reason: &str, text: &str, place: Place) {
        let reason = self.names.id(reason);
        let (count, lines) = self.unread.entry((place.file, reason)).or_default();
        *count += 1;
        lines.add_text(text, place);
    }

    /// Joins two. Associative, and the order does not matter to what [`Partial::finish`] gives.
    #[must_use]
    pub fn merge(mut self, mut other: Self) -> Self {
        // The smaller is taken into the larger.
        if other.tallies.len() > self.tallies.len() {
            std::mem::swap(&mut self, &mut other);
        }
        self.take(other);
        self.bound();
        self
    }

    /// Takes another into this one.
    fn take(&mut self, other: Self) {
        let Self { names: theirs, tallies, shared, transfers, spoke, heard, unread, files, beyond, .. } =
            other;
        let mut names = Renames::new(&theirs, &mut self.names);
        for (key, tally) in tallies {
            let (key, known) = (key.renamed(&mut names), self.tallies.len());
            let ours = self.tallies.entry(key).or_default();
            ours.span.merge(tally.span);
            if let Some(lines) = tally.lines {
                ours.lines.get_or_insert_default().merge(*lines);
            }
            if key.is_failure() {
                self.failures += self.tallies.len() - known;
            }
        }
        for ((from, host, source, day), lines) in shared {
            let key = (names.get(from), names.get(host), names.get(source), day);
            self.shared.entry(key).or_default().merge(lines);
        }
        for ((host, hour), mut theirs) in transfers {
            theirs.largest_to = names.get(theirs.largest_to);
            merge_into(&mut self.transfers, (names.get(host), hour), theirs, TransferTally::merge);
        }
        for ((host, hour), theirs) in spoke {
            let ours = self.spoke.entry((names.get(host), hour)).or_default();
            ours.span.merge(theirs.span);
            ours.lines.merge(theirs.lines);
        }
        for ((source, host, hour), theirs) in heard {
            self.heard.entry((names.get(source), names.get(host), hour)).or_default().merge(theirs);
        }
        for ((file, reason), (count, lines)) in unread {
            let ours = self.unread.entry((file, names.get(reason))).or_default();
            ours.0 += count;
            ours.1.merge(lines);
        }
        for (file, events) in files {
            *self.files.entry(file).or_default() += events;
        }
        self.beyond += beyond;
    }

    /// Everything, sorted.
    pub fn finish(mut self) -> Activities {
        self.cut();
        let Self { names, tallies, shared, transfers, spoke, heard, unread, files, beyond, .. } = self;
        let shared: Table<SharedKey, Arc<[Evidence]>> =
            shared.into_iter().map(|(key, lines)| (key, lines.into_evidence().into())).collect();
        let name = |id| names.text(id);
        let mut all: Vec<Activity> = tallies
            .into_iter()
            .map(|(key, tally)| {
                let evidence = match tally.lines {
                    Some(lines) => lines.into_evidence().into(),
                    None => shared.get(&key.shared()).cloned().unwrap_or_else(|| Vec::new().into()),
                };
                activity(key, tally.span, evidence, &name)
            })
            .collect();
        all.sort_by(compare);
        Activities {
            all,
            transfers: sorted(transfers.into_iter().map(|((host, hour), t)| Transfer {
                host: name(host),
                hour,
                bytes: t.bytes,
                largest_to: name(t.largest_to),
                largest: t.largest,
                evidence: t.evidence,
            })),
            spoke: sorted(spoke.into_iter().map(|((host, hour), t)| HostSpoke {
                host: name(host),
                hour,
                first: t.span.first,
                last: t.span.last,
                count: t.span.count,
                evidence: t.lines.into_first(),
            })),
            heard: sorted(heard.into_iter().map(|((source, host, hour), t)| Heard {
                source: name(source),
                host: name(host),
                hour,
                first: t.span.first,
                last: t.span.last,
                minutes: t.minutes,
                count: t.span.count,
                zone_assumed: t.zone_assumed,
                year_inferred: t.year_inferred,
                backwards: t.backwards,
                forwards: t.forwards,
                farthest_back: t.farthest_back,
                evidence: t.evidence.unwrap_or_default(),
            })),
            unread: sorted(unread.into_iter().map(|((file, reason), (count, lines))| Unread {
                file,
                reason: name(reason),
                count,
                examples: lines.into_evidence(),
            })),
            files: files.into_iter().collect(),
            beyond,
        }
    }
}

fn activity(key: Key, span: Span, evidence: Arc<[Evidence]>, name: &impl Fn(NameId) -> Name) -> Activity {
    Activity {
        kind: key.kind,
        who: name(key.who),
        from: name(key.from),
        country: name(key.country),
        network: name(key.network),
        host: name(key.host),
        device: name(key.device),
        object: name(key.object),
        detail: name(key.detail),
        source: name(key.source),
        first: span.first,
        last: span.last,
        count: span.count,
        evidence,
    }
}

/// By time, then by where the first line stands, then by everything else.
fn compare(a: &Activity, b: &Activity) -> std::cmp::Ordering {
    let place = |x: &Activity| x.evidence.first().map(|e| e.place);
    let rest = |x: &Activity| {
        [&x.who, &x.from, &x.host, &x.object, &x.detail, &x.device, &x.country, &x.network, &x.source]
            .map(Arc::clone)
    };
    a.first
        .cmp(&b.first)
        .then_with(|| place(a).cmp(&place(b)))
        .then_with(|| a.kind.cmp(&b.kind))
        .then_with(|| rest(a).cmp(&rest(b)))
}

impl TransferTally {
    fn merge(&mut self, other: Self) {
        let total = self.bytes.saturating_add(other.bytes);
        if (other.largest, std::cmp::Reverse(other.evidence.place))
            > (self.largest, std::cmp::Reverse(self.evidence.place))
        {
            *self = other;
        }
        self.bytes = total;
    }
}

fn merge_into<K: Hash + Eq, V>(table: &mut Table<K, V>, key: K, theirs: V, merge: impl Fn(&mut V, V)) {
    match table.entry(key) {
        std::collections::hash_map::Entry::Vacant(slot) => {
            slot.insert(theirs);
        }
        std::collections::hash_map::Entry::Occupied(mut slot) => merge(slot.get_mut(), theirs),
    }
}

fn sorted<T: Ord>(items: impl Iterator<Item = T>) -> Vec<T> {
    let mut all: Vec<T> = items.collect();
    all.sort();
    all
}

pub(super) fn hour_of(time: Option<Nanos>) -> Option<Nanos> {
    time.map(|t| t.div_euclid(HOUR) * HOUR)
}

/// Everything that happened, sorted by time, file and position.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Activities {
    /// What people and machines did.
    pub all: Vec<Activity>,
    /// Bytes that left, by host and hour.
    pub transfers: Vec<Transfer>,
    /// When hosts of the [`Interest`](super::Interest) were heard of.
    pub spoke: Vec<HostSpoke>,
    /// What each source of each host gave, by hour.
    pub heard: Vec<Heard>,
    /// What nobody could read.
    pub unread: Vec<Unread>,
    /// How many events each file gave.
    pub files: BTreeMap<FileId, u64>,
    /// Failed logins that are not among `all`: there were too many different ones to keep, and these are only counted.
    pub beyond: u64,
}
