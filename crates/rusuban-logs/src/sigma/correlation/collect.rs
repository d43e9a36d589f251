//! The first step: while events stream by, each match of a base rule leaves one compact row.
//!
//! A row is its time, its place (file and offset) and, for each field that some correlation groups by or counts, the
//! number of the field's text: 24 bytes and 4 for each field (8 for a number that is summed). Texts are kept once. Two
//! collections merge in any grouping to the same result, so files can be spread over workers; what does not fit under
//! the limits is counted, never dropped in silence.

use std::collections::HashMap;
use std::sync::Arc;

use super::plan::Plan;
use crate::event::Event;
use crate::sigma::RuleIndex;
use crate::sigma::fields::Names;

/// The number of a text that is not there.
pub(super) const ABSENT: u32 = u32::MAX;

/// How much one collection may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Rows over all rules.
    pub rows: usize,
    /// Bytes of different texts.
    pub text_bytes: usize,
}

impl Default for Limits {
    /// Four million rows (about 130 MB) and 64 MiB of texts.
    fn default() -> Self {
        Self { rows: 4_000_000, text_bytes: 64 << 20 }
    }
}

/// Texts, each once, by number.
#[derive(Debug, Clone, Default)]
pub(super) struct Texts {
    /// Texts come from logs, so from anybody: the hash has a seed of its own.
    ids: HashMap<Arc<str>, u32, foldhash::quality::RandomState>,
    list: Vec<Arc<str>>,
    bytes: usize,
}

impl Texts {
    /// The text's number, or None where it is new and there is no more room.
    fn intern(&mut self, text: &str, limit: usize) -> Option<u32> {
        if let Some(id) = self.ids.get(text) {
            return Some(*id);
        }
        let id = u32::try_from(self.list.len()).ok().filter(|id| *id != ABSENT)?;
        if self.bytes.saturating_add(text.len()) > limit {
            return None;
        }
        self.bytes += text.len();
        let text: Arc<str> = text.into();
        self.list.push(Arc::clone(&text));
        self.ids.insert(text, id);
        Some(id)
    }

    pub(super) fn get(&self, id: u32) -> &str {
        usize::try_from(id).ok().and_then(|i| self.list.get(i)).map_or("", |t| t)
    }
}

/// When and where one match happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Row {
    pub time: i64,
    pub file: u32,
    pub offset: u64,
}

/// The matches of one base rule.
#[derive(Debug, Clone, Default)]
pub(super) struct Table {
    pub rows: Vec<Row>,
    /// Numbers of texts, as many for each row as the rule has text fields.
    pub texts: Vec<u32>,
    /// Numbers that are summed, as many for each row as the rule has number fields; NaN where there is none.
    pub numbers: Vec<f64>,
    /// Text fields of the last row: events in a burst tend to say the same again.
    last: Vec<u32>,
    /// Matches without a time, or with a clock that was not set.
    pub untimed: u64,
    /// Matches that found no room.
    pub overflow: u64,
}

/// Names of the event at hand. A copy of a collection begins without.
#[derive(Debug, Default)]
struct OwnNames(Names);

impl Clone for OwnNames {
    fn clone(&self) -> Self {
        Self::default()
    }
}

/// What was collected.
#[derive(Debug, Clone, Default)]
pub struct Matches {
    limits: Limits,
    pub(super) texts: Texts,
    pub(super) tables: Vec<Table>,
    rows: usize,
    /// Memory for one text.
    scratch: String,
    names: OwnNames,
}

impl Matches {
    /// An empty collection for a plan.
    pub fn new(plan: &Plan, limits: Limits) -> Self {
        let table = |fields: &super::plan::Fields| Table {
            last: vec![ABSENT; fields.texts.len()],
            ..Table::default()
        };
        Self { limits, tables: plan.fields().iter().map(table).collect(), ..Self::default() }
    }

    /// Takes note of one event that base rules matched. `file` is the caller's number of the file that it stands in;
    /// rules that no correlation refers to are passed over.
    pub fn observe(&mut self, plan: &Plan, event: &Event<'_>, file: u32, matched: &[RuleIndex]) {
        let mut read = false;
        for rule in matched {
            if let Some(table) = plan.table_of(*rule) {
                if !read {
                    self.names.0.read(event);
                    read = true;
                }
                self.push(plan, usize::from(table), event, file);
            }
        }
    }

    fn push(&mut self, plan: &Plan, index: usize, event: &Event<'_>, file: u32) {
        let (Some(table), Some(fields)) = (self.tables.get_mut(index), plan.fields().get(index)) else {
            return;
        };
        let Some(time) = event.time.filter(|t| t.is_known()) else {
            table.untimed += 1;
            return;
        };
        if self.rows >= self.limits.rows {
            table.overflow += 1;
            return;
        }
        let before = table.texts.len();
        for (field, last) in fields.texts.iter().zip(&mut table.last) {
            self.scratch.clear();
            let id = if field.write(event, &self.names.0, &mut self.scratch) {
                fold(&mut self.scratch);
                if *last != ABSENT && self.texts.get(*last) == self.scratch {
                    *last
                } else {
                    let Some(id) = self.texts.intern(&self.scratch, self.limits.text_bytes) else {
                        table.overflow += 1;
                        table.texts.truncate(before);
                        return;
                    };
                    *last = id;
                    id
                }
            } else {
                ABSENT
            };
            table.texts.push(id);
        }
        for field in &fields.numbers {
            table
                .numbers
                .push(field.number(event, &self.names.0).filter(|n| n.is_finite()).unwrap_or(f64::NAN));
        }
        table.rows.push(Row { time: time.nanos, file, offset: event.position.offset });
        self.rows += 1;
    }

    /// Adds what another worker collected for the same plan.
    pub fn merge(&mut self, other: Self) {
        let limit = self.limits.text_bytes;
        let ids: Vec<Option<u32>> = other.texts.list.iter().map(|t| self.texts.intern(t, limit)).collect();
        let translate = |id: &u32| match id {
            &ABSENT => Some(ABSENT),
            id => usize::try_from(*id).ok().and_then(|i| ids.get(i).copied().flatten()),
        };
        for (mine, theirs) in self.tables.iter_mut().zip(other.tables) {
            mine.untimed += theirs.untimed;
            mine.overflow += theirs.overflow;
            let count = theirs.rows.len().max(1);
            let (texts, numbers) = (theirs.texts.len() / count, theirs.numbers.len() / count);
            for (i, row) in theirs.rows.iter().enumerate() {
                let before = mine.texts.len();
                let columns = theirs.texts.get(i * texts..(i + 1) * texts).unwrap_or_default();
                mine.texts.extend(columns.iter().map_while(translate));
                if self.rows >= self.limits.rows || mine.texts.len() < before + texts {
                    mine.texts.truncate(before);
                    mine.overflow += 1;
                    continue;
                }
                mine.numbers.extend(theirs.numbers.get(i * numbers..(i + 1) * numbers).unwrap_or_default());
                mine.rows.push(*row);
                self.rows += 1;
            }
        }
    }

    /// How many matches are held.
    pub fn len(&self) -> usize {
        self.rows
    }

    /// Bytes that matches and texts take, without what the allocator keeps in reserve.
    pub fn bytes(&self) -> usize {
        let table = |t: &Table| {
            size_of::<Row>() * t.rows.len()
                + size_of::<u32>() * t.texts.len()
                + size_of::<f64>() * t.numbers.len()
        };
        // A text stands in a map and in a list, and carries two counts.
        let text = 3 * size_of::<Arc<str>>() + 3 * size_of::<u64>();
        self.tables.iter().map(table).sum::<usize>() + self.texts.bytes + self.texts.list.len() * text
    }

    /// Whether no match is held.
    pub fn is_empty(&self) -> bool {
        self.rows == 0
    }
}

/// Sigma compares texts without regard to case; so do groups and values.
fn fold(text: &mut String) {
    if text.is_ascii() {
        text.make_ascii_lowercase();
    } else {
        *text = text.to_lowercase();
    }
}
