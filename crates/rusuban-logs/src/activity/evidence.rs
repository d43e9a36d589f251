//! Evidence: single lines, where they stand, and how a few are kept of many.

use serde::Serialize;

use crate::event::{Event, Position};

use super::Nanos;

/// The longest excerpt of a line, in bytes.
pub const EXCERPT: usize = 2048;

/// A file of the review, as its caller numbers it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize)]
pub struct FileId(pub u32);

/// Where and when: the order of everything here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Place {
    /// The time; None where the line has none, or its clock was not set.
    pub time: Option<Nanos>,
    /// The file.
    pub file: FileId,
    /// Where in it.
    pub position: Position,
}

/// One line.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Evidence {
    /// Where it stands and when it was.
    pub place: Place,
    /// The line, or its first 2 KiB; for binary records their fields as text.
    pub excerpt: String,
}

impl Evidence {
    /// The evidence that `event` is.
    pub fn of(event: &Event<'_>, place: Place) -> Self {
        let mut evidence = Self::default();
        evidence.become_event(event, place);
        evidence
    }

    /// Replaces this evidence, and keeps its memory.
    pub(super) fn become_event(&mut self, event: &Event<'_>, place: Place) {
        self.place = place;
        self.excerpt.clear();
        if !event.original.is_empty() {
            self.excerpt.push_str(start_of(event.original, EXCERPT));
            return;
        }
        for (name, value) in &event.native {
            if value.is_empty() {
                continue;
            }
            if !self.excerpt.is_empty() {
                self.excerpt.push(' ');
            }
            self.excerpt.push_str(name);
            self.excerpt.push('=');
            value.write_to(&mut self.excerpt);
            if self.excerpt.len() > EXCERPT {
                let end = start_of(&self.excerpt, EXCERPT).len();
                self.excerpt.truncate(end);
                return;
            }
        }
    }
}

/// The start of a text, at most `most` bytes, cut between characters.
pub(super) fn start_of(text: &str, most: usize) -> &str {
    text.get(..text.floor_char_boundary(most)).unwrap_or_default()
}

/// The first and the last of many lines.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Ends {
    first: Option<Evidence>,
    last: Option<Evidence>,
}

impl Ends {
    /// Adds the line that `event` is.
    pub(super) fn add(&mut self, event: &Event<'_>, place: Place) {
        match (&mut self.first, &mut self.last) {
            (Some(first), _) if place < first.place => self.take(Evidence::of(event, place)),
            (Some(_), Some(last)) if place > last.place => last.become_event(event, place),
            (Some(_), Some(_)) => {}
            _ => self.take(Evidence::of(event, place)),
        }
    }

    fn take(&mut self, evidence: Evidence) {
        let other = match &mut self.first {
            None => {
                self.first = Some(evidence);
                return;
            }
            Some(first) if evidence.place < first.place => std::mem::replace(first, evidence),
            Some(_) => evidence,
        };
        if self.last.as_ref().is_none_or(|last| other.place > last.place) {
            self.last = Some(other);
        }
    }

    /// Joins two; the order does not matter.
    pub(super) fn merge(&mut self, other: Self) {
        for evidence in other.first.into_iter().chain(other.last) {
            self.take(evidence);
        }
    }

    /// The first line.
    pub(super) fn into_first(self) -> Evidence {
        self.first.unwrap_or_default()
    }

    /// The lines in their order, each once.
    pub(super) fn into_evidence(self) -> Vec<Evidence> {
        let mut all: Vec<Evidence> = self.first.into_iter().chain(self.last).collect();
        all.dedup_by_key(|e| e.place);
        all
    }
}

/// How many lines are kept besides the first and the last.
const BETWEEN: usize = 2;

/// A few of many lines: the first, the last, and those whose places hash lowest, so that the choice does not depend on
/// the order in which partial results are merged.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Samples {
    ends: Ends,
    between: Vec<(u64, Evidence)>,
}

/// A number from a place that looks random (splitmix64).
fn lot(place: &Place) -> u64 {
    let mut z = place.position.offset ^ (u64::from(place.file.0) << 40) ^ 0x9E37_79B9_7F4A_7C15;
    z = z.wrapping_add(place.position.record.unwrap_or(0).rotate_left(20));
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

impl Samples {
    /// Adds the line that `event` is.
    pub(super) fn add(&mut self, event: &Event<'_>, place: Place) {
        self.ends.add(event, place);
        let lot = lot(&place);
        if self.between.len() < BETWEEN || self.between.last().is_some_and(|(most, _)| lot < *most) {
            self.keep(lot, Evidence::of(event, place));
        }
    }

    /// Adds a line that is no event.
    pub(super) fn add_text(&mut self, text: &str, place: Place) {
        let evidence = Evidence { place, excerpt: start_of(text, EXCERPT).to_owned() };
        self.ends.take(evidence.clone());
        self.keep(lot(&place), evidence);
    }

    fn keep(&mut self, lot: u64, evidence: Evidence) {
        let at = self.between.partition_point(|(other, e)| (*other, e.place) < (lot, evidence.place));
        self.between.insert(at, (lot, evidence));
        self.between.truncate(BETWEEN);
    }

    /// Joins two; the order does not matter.
    pub(super) fn merge(&mut self, other: Self) {
        self.ends.merge(other.ends);
        for (lot, evidence) in other.between {
            self.keep(lot, evidence);
        }
    }

    /// The lines in their order, each once.
    pub(super) fn into_evidence(self) -> Vec<Evidence> {
        let mut all = self.ends.into_evidence();
        all.extend(self.between.into_iter().map(|(_, evidence)| evidence));
        all.sort();
        all.dedup_by_key(|e| e.place);
        all
    }
}
