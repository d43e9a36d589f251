//! One worker's memory, and the run of an event through the engine. Nothing is allocated once the buffers have grown.

use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::event::{Event, Field, LogSource, TimeReader, Value};

use super::compile::Expr;
use super::engine::{Engine, RuleIndex};
use super::fields::{Names, Seen, Slot, fold_texts, fold_value, may_hold};
use super::group::Group;
use super::predicate::{RefPlace, SlotId, Test, TimePart, address};
use super::witness::PredId;

/// Memory of one worker, for the engine that gave it.
#[derive(Debug)]
pub struct Scratch {
    epoch: u32,
    /// For each test: the epoch in which it ran, times two, and whether it held.
    tests: Vec<u32>,
    /// For each rule: the epoch in which it became a candidate.
    rules: Vec<u32>,
    slots: Vec<SlotState>,
    names: Names,
    /// The epoch in which `names` were read: keywords ask for none.
    named_in: u32,
    /// Texts without case, one after another.
    folded: Vec<u8>,
    folded_parts: Vec<Span>,
    /// Texts as they are.
    raw: String,
    raw_parts: Vec<Span>,
    spare: String,
    joined: String,
    channel: Vec<u8>,
    candidates: Vec<RuleIndex>,
    found: Vec<RuleIndex>,
    looked_at: usize,
    groups: Vec<(LogSource, Arc<Group>)>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Span {
    start: usize,
    end: usize,
}

/// What is known of a field in the event of this epoch.
#[derive(Debug, Clone, Copy, Default)]
struct SlotState {
    folded_in: u32,
    raw_in: u32,
    present: bool,
    null: bool,
    folded: Span,
    raw: Span,
}

impl Scratch {
    pub(super) fn new(tests: usize, rules: usize, slots: usize) -> Self {
        Self {
            epoch: 0,
            tests: vec![0; tests],
            rules: vec![0; rules],
            slots: vec![SlotState::default(); slots],
            names: Names::default(),
            named_in: 0,
            folded: Vec::with_capacity(4096),
            folded_parts: Vec::with_capacity(64),
            raw: String::with_capacity(4096),
            raw_parts: Vec::with_capacity(64),
            spare: String::new(),
            joined: String::new(),
            channel: Vec::with_capacity(64),
            candidates: Vec::new(),
            found: Vec::new(),
            looked_at: 0,
            groups: Vec::new(),
        }
    }

    /// How many rules were looked at for the last event.
    pub fn looked_at(&self) -> usize {
        self.looked_at
    }

    /// Starts an event: everything that is known is forgotten.
    fn begin(&mut self) {
        self.epoch += 1;
        if self.epoch >= u32::MAX / 2 {
            self.epoch = 1;
            self.named_in = 0;
            self.tests.fill(0);
            self.rules.fill(0);
            self.slots.fill(SlotState::default());
        }
        self.folded.clear();
        self.folded_parts.clear();
        self.raw.clear();
        self.raw_parts.clear();
        self.candidates.clear();
        self.found.clear();
    }

    /// Reads the names of the event's fields, once for the event.
    fn name(&mut self, event: &Event<'_>) {
        if self.named_in != self.epoch {
            self.names.read(event);
            self.named_in = self.epoch;
        }
    }
}

impl Engine {
    /// The rules that match an event: their numbers, in order.
    pub fn matches<'s>(&self, event: &Event<'_>, scratch: &'s mut Scratch) -> &'s [RuleIndex] {
        if self.exprs.is_empty() {
            return &[];
        }
        scratch.begin();
        let mut run = Run { engine: self, event, joined: false, s: scratch };
        run.group();
        scratch.found.sort_unstable();
        &scratch.found
    }
}

/// One event on its way.
struct Run<'e, 's> {
    engine: &'e Engine,
    event: &'e Event<'e>,
    /// See [`Group::joined`].
    joined: bool,
    s: &'s mut Scratch,
}

impl Run<'_, '_> {
    /// Finds the event's group and runs it.
    fn group(&mut self) {
        let engine = self.engine;
        let event = self.event;
        if let Some(channel) = first(event, "Channel").or_else(|| event.get(Field::WinlogChannel)) {
            let mut name = std::mem::take(&mut self.s.channel);
            name.clear();
            fold_value(&channel, &mut name, &mut self.s.spare);
            let id = first(event, "EventID")
                .or_else(|| event.get(Field::WinlogEventId))
                .or_else(|| event.get(Field::EventCode));
            let group = engine.windows_group(&name, id.and_then(|v| id_of(&v)));
            self.s.channel = name;
            self.run(group);
            return;
        }
        let source = event.logsource;
        let known = self.s.groups.iter().find(|(s, _)| *s == source).map(|(_, g)| g.clone());
        let group = known.unwrap_or_else(|| {
            let group = engine.other_group(source);
            self.s.groups.push((source, group.clone()));
            group
        });
        self.run(&group);
    }

    fn run(&mut self, group: &Group) {
        let epoch = self.s.epoch;
        self.joined = group.joined;
        for (slot, index) in &group.fields {
            let is_texts = self.engine.slots.get(*slot as usize).is_some_and(Slot::is_texts);
            if is_texts
                && let Some(sieve) = index.sieve()
                && !may_hold(self.event, sieve)
            {
                continue;
            }
            let state = self.fold(*slot);
            for at in state.folded.start..state.folded.end {
                let Scratch { folded, folded_parts, tests, rules, candidates, .. } = &mut *self.s;
                let Some(text) = folded_parts.get(at).and_then(|p| folded.get(p.start..p.end)) else {
                    continue;
                };
                index.look_up(text, |hit| {
                    let Some(watch) = group.witnesses.get(hit.witness as usize) else { return };
                    if hit.sure
                        && let Some(memo) = tests.get_mut(watch.pred as usize)
                    {
                        *memo = epoch << 1 | 1;
                    }
                    for rule in &watch.rules {
                        if let Some(stamp) = rules.get_mut(*rule as usize)
                            && *stamp != epoch
                        {
                            *stamp = epoch;
                            candidates.push(*rule);
                        }
                    }
                });
            }
        }
        let candidates = std::mem::take(&mut self.s.candidates);
        self.s.looked_at = candidates.len() + group.always.len();
        for rule in candidates.iter().chain(&group.always) {
            if let Some(Some(expr)) = self.engine.exprs.get(*rule as usize)
                && self.holds(expr)
            {
                self.s.found.push(*rule);
            }
        }
        self.s.candidates = candidates;
    }

    fn holds(&mut self, expr: &Expr<PredId>) -> bool {
        expr.holds(&mut |pred| self.test(*pred))
    }

    /// Runs a test, once for the event.
    fn test(&mut self, number: PredId) -> bool {
        let memo = self.s.tests.get(number as usize).copied().unwrap_or_default();
        if memo >> 1 == self.s.epoch {
            return memo & 1 == 1;
        }
        let held = self.run_test(number);
        if let Some(memo) = self.s.tests.get_mut(number as usize) {
            *memo = self.s.epoch << 1 | u32::from(held);
        }
        held
    }

    fn run_test(&mut self, number: PredId) -> bool {
        let engine = self.engine;
        let Some(predicate) = engine.predicates.get(number as usize) else { return false };
        let slot = predicate.slot;
        match &predicate.test {
            Test::Present => self.fold(slot).present,
            Test::Null => {
                let state = self.fold(slot);
                !state.present || (state.null && state.folded.start == state.folded.end)
            }
            Test::Text(set) if set.cased => {
                let state = self.raw(slot);
                (state.null && set.empty) || self.any_raw(state, |t| set.matches(t.as_bytes()))
            }
            Test::Text(set) => {
                let state = self.fold(slot);
                (state.null && set.empty) || self.any_folded(state, |t| set.matches(t))
            }
            Test::Regex(regex) => {
                let state = self.raw(slot);
                self.any_raw(state, |t| regex.is_match(t))
            }
            Test::Cidr(nets) => {
                let state = self.raw(slot);
                self.any_raw(state, |t| address(t).is_some_and(|a| nets.iter().any(|n| n.holds(a))))
            }
            Test::Compare(comparison, bound) => {
                let state = self.raw(slot);
                self.any_raw(state, |t| Value::Str(t).as_f64().is_some_and(|n| comparison.holds(&n, bound)))
            }
            Test::Reference { other, place, cased } => self.reference(slot, *other, *place, *cased),
            Test::Time(part, comparison, bound) => {
                let own = engine.slots.get(slot as usize).is_some_and(|s| s.time);
                if own && let Some(time) = self.event.time {
                    let local = time.timestamp().to_zoned_datetime(engine.zone.0.clone());
                    return comparison.holds(&part_of(*part, &local), bound);
                }
                let utc = engine.slots.get(slot as usize).is_some_and(|s| s.utc);
                let state = self.raw(slot);
                self.any_raw(state, |t| {
                    time_of(t, utc, &engine.zone.0)
                        .is_some_and(|z| comparison.holds(&part_of(*part, &z), bound))
                })
            }
        }
    }

    fn reference(&mut self, slot: SlotId, other: SlotId, place: RefPlace, cased: bool) -> bool {
        let (a, b) = if cased {
            (self.raw(slot).raw, self.raw(other).raw)
        } else {
            (self.fold(slot).folded, self.fold(other).folded)
        };
        let s = &*self.s;
        let text = |at: usize| {
            if cased {
                s.raw_parts.get(at).and_then(|p| s.raw.as_bytes().get(p.start..p.end))
            } else {
                s.folded_parts.get(at).and_then(|p| s.folded.get(p.start..p.end))
            }
        };
        (a.start..a.end).filter_map(text).any(|left| {
            (b.start..b.end).filter_map(text).any(|right| match place {
                RefPlace::Whole => left == right,
                RefPlace::Start => left.starts_with(right),
                RefPlace::End => left.ends_with(right),
                RefPlace::Anywhere => memchr::memmem::find(left, right).is_some(),
            })
        })
    }

    fn any_folded(&self, state: SlotState, test: impl Fn(&[u8]) -> bool) -> bool {
        let parts = self.s.folded_parts.get(state.folded.start..state.folded.end).unwrap_or_default();
        parts.iter().any(|p| self.s.folded.get(p.start..p.end).is_some_and(&test))
    }

    fn any_raw(&self, state: SlotState, test: impl Fn(&str) -> bool) -> bool {
        let parts = self.s.raw_parts.get(state.raw.start..state.raw.end).unwrap_or_default();
        parts.iter().any(|p| self.s.raw.get(p.start..p.end).is_some_and(&test))
    }

    /// The field's texts without case.
    fn fold(&mut self, slot: SlotId) -> SlotState {
        let epoch = self.s.epoch;
        let Some(mut state) = self.s.slots.get(slot as usize).copied() else { return SlotState::default() };
        if state.folded_in == epoch {
            return state;
        }
        let slot_of = self.engine.slots.get(slot as usize);
        if slot_of.is_some_and(Slot::is_named) {
            self.s.name(self.event);
        }
        let Scratch { names, folded, folded_parts, spare, joined, .. } = &mut *self.s;
        let first = folded_parts.len();
        let mut null = false;
        if slot_of.is_some_and(Slot::is_texts) {
            let start = folded.len();
            fold_texts(self.event, self.joined, folded, spare);
            folded_parts.push(Span { start, end: folded.len() });
            state.folded_in = epoch;
            state.present = true;
            state.folded = Span { start: first, end: folded_parts.len() };
            if let Some(place) = self.s.slots.get_mut(slot as usize) {
                *place = state;
            }
            return state;
        }
        let mut add = |value: &Value<'_>| {
            if *value == Value::Null {
                null = true;
                return;
            }
            let start = folded.len();
            fold_value(value, folded, spare);
            folded_parts.push(Span { start, end: folded.len() });
        };
        let present = slot_of.is_some_and(|s| {
            s.values(self.event, names, joined, |seen| match seen {
                Seen::Value(Value::List(list)) => list.iter().for_each(&mut add),
                Seen::Value(value) => add(&value),
                Seen::Text(text) => add(&Value::Str(text)),
            })
        });
        state.folded_in = epoch;
        state.present = present;
        state.null = null;
        state.folded = Span { start: first, end: folded_parts.len() };
        if let Some(place) = self.s.slots.get_mut(slot as usize) {
            *place = state;
        }
        state
    }

    /// The field's texts as they are.
    fn raw(&mut self, slot: SlotId) -> SlotState {
        let epoch = self.s.epoch;
        let Some(mut state) = self.s.slots.get(slot as usize).copied() else { return SlotState::default() };
        if state.raw_in == epoch {
            return state;
        }
        let slot_of = self.engine.slots.get(slot as usize);
        if slot_of.is_some_and(Slot::is_named) {
            self.s.name(self.event);
        }
        let Scratch { names, raw, raw_parts, joined, .. } = &mut *self.s;
        let first = raw_parts.len();
        let mut null = false;
        let mut add = |value: &Value<'_>| {
            if *value == Value::Null {
                null = true;
                return;
            }
            let start = raw.len();
            value.write_to(raw);
            raw_parts.push(Span { start, end: raw.len() });
        };
        let present = slot_of.is_some_and(|s| {
            s.values(self.event, names, joined, |seen| match seen {
                Seen::Value(Value::List(list)) => list.iter().for_each(&mut add),
                Seen::Value(value) => add(&value),
                Seen::Text(text) => add(&Value::Str(text)),
            })
        });
        state.raw_in = epoch;
        state.present = present;
        state.null = null;
        state.raw = Span { start: first, end: raw_parts.len() };
        if let Some(place) = self.s.slots.get_mut(slot as usize) {
            *place = state;
        }
        state
    }
}

/// The first value of one of the event's own fields.
fn first<'e>(event: &Event<'e>, name: &str) -> Option<Value<'e>> {
    event.native(name)
}

fn id_of(value: &Value<'_>) -> Option<u64> {
    match value {
        Value::UInt(n) | Value::Hex(n) => Some(*n),
        Value::Int(n) => u64::try_from(*n).ok(),
        Value::Str(s) => s.trim().parse().ok(),
        other => other.to_text().trim().parse().ok(),
    }
}

/// A part of a local time.
fn part_of(part: TimePart, time: &jiff::ZonedDateTime) -> i64 {
    match part {
        TimePart::Minute => i64::from(time.minute()),
        TimePart::Hour => i64::from(time.hour()),
        TimePart::Day => i64::from(time.day()),
        TimePart::Week => i64::from(time.date().iso_week_date().week()),
        TimePart::Month => i64::from(time.month()),
        TimePart::Year => i64::from(time.year()),
    }
}

/// A time in a text, in the zone; one without an offset is of the zone too, unless its field is of UTC.
fn time_of(text: &str, utc: bool, zone: &TimeZone) -> Option<jiff::ZonedDateTime> {
    let own = if utc { TimeZone::UTC } else { zone.clone() };
    let reader = TimeReader::new(crate::event::Zone(own), 0);
    let time = reader.iso(text.trim()).or_else(|| reader.epoch_text(text.trim()))?;
    let stamp: Timestamp = time.timestamp();
    Some(stamp.to_zoned_datetime(zone.clone()))
}
