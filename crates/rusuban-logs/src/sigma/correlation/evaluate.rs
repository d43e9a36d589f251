//! The second step: everything that was collected is sorted by event time, and windows slide over it.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use foldhash::fast::FixedState;

use super::collect::{ABSENT, Matches, Row};
use super::measure::{Count, Distinct, Rank, Seen, Sum, Wanted};
use super::plan::{Input, Judge, Plan, Ready, Target};
use super::window::{Burst, Item, bursts};
use super::{measure, sequence};
use crate::sigma::RuleIndex;

/// One event of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventRef {
    /// The base rule that it matched.
    pub rule: RuleIndex,
    /// When it happened: nanoseconds since the Unix epoch.
    pub time: i64,
    /// The caller's number of its file.
    pub file: u32,
    /// Where it starts in the file.
    pub offset: u64,
}

/// What one entry of the correlation's `rules` has to do with a finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// The rule or correlation.
    pub target: Target,
    /// How many events; for a correlation, all events of its bursts.
    pub events: u64,
    /// The first of them.
    pub first: EventRef,
    /// The last of them.
    pub last: EventRef,
}

/// One burst of a correlation.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// The correlation, by its place in the list that the plan was made of.
    pub correlation: usize,
    /// Fields of `group-by` and their values (small letters).
    pub group: Vec<(String, String)>,
    /// When its first event happened.
    pub first: i64,
    /// When the condition held for the first time.
    pub reached: i64,
    /// When its last event happened.
    pub last: i64,
    /// How many events, over all parts.
    pub events: u64,
    /// The number that was judged: the largest of its windows (count, values, sum, rules seen).
    pub value: f64,
    /// By entry of `rules`; entries without events are left out.
    pub parts: Vec<Part>,
    /// Events in the order of their times: all, or the first and the last ones where they are many.
    pub members: Vec<EventRef>,
}

/// Matches of one base rule that could not be correlated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RuleLoss {
    /// The base rule.
    pub rule: RuleIndex,
    /// Events without a time, or with a clock that was not set.
    pub untimed: u64,
    /// Events that found no room under the limits.
    pub overflow: u64,
}

/// Matches that one correlation could not take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CorrelationLoss {
    /// The correlation, by its place in the list that the plan was made of.
    pub correlation: usize,
    /// Events that lack a field of `group-by`.
    pub without_group: u64,
    /// Events that lack the field that is counted or summed, or have no number in it.
    pub without_value: u64,
    /// Bursts beyond those that are given as findings: the earliest ones are given.
    pub left_out: u64,
}

impl CorrelationLoss {
    fn is_some(&self) -> bool {
        self.without_group > 0 || self.without_value > 0 || self.left_out > 0
    }
}

/// What came of the evaluation.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Outcome {
    /// Sorted by first event.
    pub findings: Vec<Finding>,
    /// Only rules that lost something.
    pub rules: Vec<RuleLoss>,
    /// Only correlations that lost something.
    pub correlations: Vec<CorrelationLoss>,
}

/// Events of one finding beyond this number are counted only.
const MOST_MEMBERS: usize = 40;
/// Findings of one correlation beyond this number are counted only.
pub(super) const MOST_FINDINGS: usize = 10_000;

/// A correlation's items and bursts, for those that refer to it.
#[derive(Default)]
struct Done {
    items: Vec<Item>,
    bursts: Vec<Burst>,
}

/// Groups, or values of several fields, by number.
#[derive(Default)]
struct Tuples {
    ids: HashMap<Box<[u32]>, u32, FixedState>,
    /// The same for tuples of one, which are most: by the number of their text.
    single: Vec<u32>,
    list: Vec<Box<[u32]>>,
}

impl Tuples {
    fn intern(&mut self, tuple: &[u32]) -> u32 {
        let next = u32::try_from(self.list.len()).unwrap_or(u32::MAX);
        if let [only] = tuple {
            let only = usize::try_from(*only).unwrap_or(usize::MAX);
            if self.single.len() <= only {
                self.single.resize(only.saturating_add(1), ABSENT);
            }
            if let Some(id) = self.single.get_mut(only) {
                if *id == ABSENT {
                    *id = next;
                    self.list.push(tuple.into());
                }
                return *id;
            }
        }
        if let Some(id) = self.ids.get(tuple) {
            return *id;
        }
        self.list.push(tuple.into());
        self.ids.insert(tuple.into(), next);
        next
    }

    fn get(&self, id: u32) -> Option<&[u32]> {
        usize::try_from(id).ok().and_then(|i| self.list.get(i)).map(|t| &**t)
    }
}

/// Evaluates every correlation of a plan over what was collected for it.
pub fn evaluate(plan: &Plan, matches: &Matches) -> Outcome {
    let mut outcome = Outcome::default();
    for (table, rule) in matches.tables.iter().zip(plan.rules()) {
        if table.untimed > 0 || table.overflow > 0 {
            outcome.rules.push(RuleLoss { rule: *rule, untimed: table.untimed, overflow: table.overflow });
        }
    }
    // The same event, read once, counts once, whatever order the workers came in.
    let sorted: Vec<Vec<u32>> = matches.tables.iter().map(|t| sorted(&t.rows)).collect();
    let chained: BTreeSet<usize> = plan
        .order
        .iter()
        .flat_map(|r| &r.inputs)
        .filter_map(|i| if let Input::Chain(place) = i { Some(*place) } else { None })
        .collect();
    let mut done: Vec<Done> = Vec::with_capacity(plan.order.len());
    for (place, ready) in plan.order.iter().enumerate() {
        let mut run = Run {
            plan,
            matches,
            ready,
            done: &done,
            groups: Tuples::default(),
            values: Tuples::default(),
            loss: CorrelationLoss {
                correlation: ready.index,
                without_group: 0,
                without_value: 0,
                left_out: 0,
            },
            scratch: Vec::new(),
        };
        let items = run.gather(&sorted);
        let bursts = run.judge(&items);
        if ready.speaks {
            run.findings(&items, &bursts, &mut outcome.findings);
        }
        if run.loss.is_some() {
            outcome.correlations.push(run.loss);
        }
        done.push(if chained.contains(&place) { Done { items, bursts } } else { Done::default() });
    }
    outcome.correlations.sort_by_key(|l| l.correlation);
    outcome.findings.sort_by(|a, b| {
        (a.first, a.correlation, &a.group, a.last).cmp(&(b.first, b.correlation, &b.group, b.last))
    });
    outcome
}

/// Rows by time, file and offset, each event once.
fn sorted(rows: &[Row]) -> Vec<u32> {
    let row = |i: &u32| usize::try_from(*i).ok().and_then(|i| rows.get(i));
    let mut order: Vec<u32> = (0..u32::try_from(rows.len()).unwrap_or(u32::MAX)).collect();
    order.sort_by_key(row);
    order.dedup_by(|a, b| row(a) == row(b));
    order
}

/// One correlation while it is evaluated.
struct Run<'r> {
    plan: &'r Plan,
    matches: &'r Matches,
    ready: &'r Ready,
    done: &'r [Done],
    groups: Tuples,
    values: Tuples,
    loss: CorrelationLoss,
    scratch: Vec<u32>,
}

impl Run<'_> {
    /// Every item, sorted by group and time.
    fn gather(&mut self, sorted: &[Vec<u32>]) -> Vec<Item> {
        let mut items = Vec::new();
        let mut numbers = 0;
        for (stage, input) in self.ready.inputs.iter().enumerate() {
            let stage = u16::try_from(stage).unwrap_or(u16::MAX);
            match input {
                Input::Table(table) => {
                    for row in sorted.get(usize::from(*table)).into_iter().flatten() {
                        let Some(time) = self.row(*table, *row).map(|r| r.time) else { continue };
                        if let Some((key, value)) = self.project(*table, *row) {
                            items.push(Item { time, value, key, row: *row, burst: 0, table: *table, stage });
                        }
                    }
                }
                Input::Chain(place) => {
                    let Some(done) = self.done.get(*place) else { continue };
                    for burst in &done.bursts {
                        numbers += 1;
                        self.moments(&done.items, burst, numbers, stage, &mut items);
                    }
                }
            }
        }
        items.sort_by_key(|i| (i.key, i.time));
        if self.ready.inputs.len() > 1 {
            self.settle(&mut items);
        }
        items
    }

    /// What another correlation's burst is for this one. A count counts it once, at the moment when its condition was
    /// first met (once for each group, and each value, that its events belong to). In time relations it lasts from that
    /// moment to its last event.
    fn moments(&mut self, inner: &[Item], burst: &Burst, number: u32, stage: u16, items: &mut Vec<Item>) {
        let Some(reached) = inner.get(burst.reached) else { return };
        let lasts =
            matches!(self.ready.judge, Judge::SeenNumber(_) | Judge::SeenWhich(_) | Judge::Ordered(_));
        let mut seen: HashSet<(u32, u64), FixedState> = HashSet::default();
        for (i, member) in inner.iter().enumerate().take(burst.hi).skip(burst.lo) {
            let Some((key, value)) = self.project(member.table, member.row) else { continue };
            let later = i > burst.reached;
            let new = (later && lasts) || seen.insert((key, value));
            if !new {
                continue;
            }
            let time = if later { member.time } else { reached.time };
            let moment = Item { time, value, key, burst: number, stage, ..*member };
            items.push(moment);
        }
    }

    /// Where several rules come together: the order of events at equal times, and events that two rules match.
    fn settle(&self, items: &mut Vec<Item>) {
        let place = |i: &Item| self.row(i.table, i.row).map_or((0, 0), |r| (r.file, r.offset));
        match self.ready.judge {
            Judge::Ordered(_) => {
                for group in items.chunk_by_mut(|a, b| a.key == b.key) {
                    sequence::arrange(group, &place);
                }
            }
            Judge::SeenNumber(_) | Judge::SeenWhich(_) => {}
            _ => {
                for run in items.chunk_by_mut(|a, b| (a.key, a.time) == (b.key, b.time)) {
                    run.sort_by_key(place);
                }
                items.dedup_by(|a, b| {
                    a.burst == 0 && b.burst == 0 && (a.key, a.time) == (b.key, b.time) && place(a) == place(b)
                });
            }
        }
    }

    fn row(&self, table: u16, row: u32) -> Option<&Row> {
        self.matches.tables.get(usize::from(table))?.rows.get(usize::try_from(row).ok()?)
    }

    /// The group and the value of a row; None, and counted, where it lacks one.
    fn project(&mut self, table: u16, row: u32) -> Option<(u32, u64)> {
        let projection = self.ready.projections.get(&table)?;
        let fields = self.plan.fields().get(usize::from(table))?;
        let data = self.matches.tables.get(usize::from(table))?;
        let row = usize::try_from(row).ok()?;
        let text =
            |column: usize| data.texts.get(row * fields.texts.len() + column).copied().unwrap_or(ABSENT);
        self.scratch.clear();
        self.scratch.extend(projection.group.iter().map(|c| text(*c)));
        if self.scratch.contains(&ABSENT) {
            self.loss.without_group += 1;
            return None;
        }
        let key = self.groups.intern(&self.scratch);
        let value = match self.ready.judge {
            Judge::Distinct(_) => {
                self.scratch.clear();
                self.scratch.extend(projection.value.iter().map(|c| text(*c)));
                (!self.scratch.contains(&ABSENT)).then(|| match self.scratch.as_slice() {
                    [only] => u64::from(*only),
                    several => u64::from(self.values.intern(several)),
                })
            }
            Judge::Sum(_) | Judge::Mean(_) | Judge::Rank(..) => {
                let column = projection.value.first().copied().unwrap_or(0);
                let number = data.numbers.get(row * fields.numbers.len() + column).copied();
                number.filter(|n| n.is_finite()).map(f64::to_bits)
            }
            _ => Some(0),
        };
        if value.is_none() {
            self.loss.without_value += 1;
        }
        Some((key, value?))
    }

    fn judge(&self, items: &[Item]) -> Vec<Burst> {
        let mut out = Vec::new();
        let mut base = 0;
        let span = self.ready.span;
        let mut distinct = match &self.ready.judge {
            Judge::Distinct(threshold) => Some(Distinct::new(threshold, items)),
            _ => None,
        };
        for group in items.chunk_by(|a, b| a.key == b.key) {
            let seen = |wanted| Seen { wanted, counts: vec![0; self.ready.inputs.len()], mask: 0 };
            match &self.ready.judge {
                Judge::Count(threshold) => {
                    bursts(group, base, span, &mut Count { threshold, items: 0 }, &mut out);
                }
                Judge::Distinct(_) => {
                    if let Some(distinct) = &mut distinct {
                        bursts(group, base, span, distinct, &mut out);
                    }
                }
                Judge::Sum(t) => bursts(group, base, span, &mut Sum::new(t, false), &mut out),
                Judge::Mean(t) => bursts(group, base, span, &mut Sum::new(t, true), &mut out),
                Judge::Rank(t, p) => bursts(group, base, span, &mut Rank::new(t, *p, group), &mut out),
                Judge::SeenNumber(t) => bursts(group, base, span, &mut seen(Wanted::Number(t)), &mut out),
                Judge::SeenWhich(e) => bursts(group, base, span, &mut seen(Wanted::Which(e)), &mut out),
                Judge::Ordered(orders) => sequence::bursts(group, base, span, orders, &mut out),
            }
            base += group.len();
        }
        out
    }

    fn event(&self, item: &Item) -> Option<EventRef> {
        let row = self.row(item.table, item.row)?;
        let rule = self.plan.rule_of(item.table)?;
        Some(EventRef { rule, time: row.time, file: row.file, offset: row.offset })
    }

    /// Appends the findings, the earliest ones where there are too many.
    fn findings(&mut self, items: &[Item], bursts: &[Burst], out: &mut Vec<Finding>) {
        let left_out = bursts.len().saturating_sub(MOST_FINDINGS);
        if left_out == 0 {
            out.extend(bursts.iter().filter_map(|b| self.finding(items, b)));
            return;
        }
        self.loss.left_out += measure::count(left_out);
        let place = |b: &&Burst| {
            let item = items.get(b.lo)?;
            Some((item.time, self.row(item.table, item.row).map(|r| (r.file, r.offset))))
        };
        let mut earliest: Vec<&Burst> = bursts.iter().collect();
        earliest.sort_by_key(place);
        out.extend(earliest.into_iter().take(MOST_FINDINGS).filter_map(|b| self.finding(items, b)));
    }

    fn finding(&self, items: &[Item], burst: &Burst) -> Option<Finding> {
        let slice = items.get(burst.lo..burst.hi)?;
        let group = self.groups.get(slice.first()?.key)?;
        let group = self.ready.group_by.iter().zip(group);
        let group = group.map(|(name, id)| (name.clone(), self.matches.texts.get(*id).to_owned())).collect();
        let mut parts: BTreeMap<u16, Part> = BTreeMap::new();
        let mut members = Vec::new();
        let mut inner = BTreeSet::new();
        let unwanted = self.ready.unwanted;
        let wanted = || slice.iter().filter(|i| unwanted & super::condition::bit(i.stage) == 0);
        let count = wanted().count();
        for (i, item) in wanted().enumerate() {
            if item.burst > 0 && inner.insert(item.burst) {
                self.inner(item, &mut parts, &mut members);
            }
            let Some(event) = self.event(item) else { continue };
            if item.burst == 0 {
                self.take(&mut parts, item.stage, 1, event, event);
            }
            if i < MOST_MEMBERS / 2 || i + MOST_MEMBERS / 2 >= count {
                members.push(event);
            }
        }
        members.sort_by_key(|m| (m.time, m.file, m.offset, m.rule));
        members.dedup();
        if members.len() > MOST_MEMBERS {
            members.drain(MOST_MEMBERS / 2..members.len() - MOST_MEMBERS / 2);
        }
        let parts: Vec<Part> = parts.into_values().collect();
        Some(Finding {
            correlation: self.ready.index,
            group,
            first: parts.iter().map(|p| p.first.time).min()?,
            reached: items.get(burst.reached)?.time,
            last: parts.iter().map(|p| p.last.time).max()?,
            events: parts.iter().map(|p| p.events).sum(),
            value: burst.value,
            parts,
            members,
        })
    }

    /// Adds the whole burst of another correlation that `item` is a moment of.
    fn inner(&self, item: &Item, parts: &mut BTreeMap<u16, Part>, members: &mut Vec<EventRef>) {
        // Numbers count from 1 through all bursts of all entries, in the order of the entries.
        let mut number = usize::try_from(item.burst).unwrap_or(0);
        for input in &self.ready.inputs {
            let Input::Chain(place) = input else { continue };
            let Some(done) = self.done.get(*place) else { continue };
            if let Some(burst) = number.checked_sub(1).and_then(|n| done.bursts.get(n)) {
                let at = |i: usize| done.items.get(i).and_then(|i| self.event(i));
                let (Some(first), Some(last)) = (at(burst.lo), at(burst.hi.saturating_sub(1))) else {
                    return;
                };
                members.extend([first, last]);
                members.extend(at(burst.reached));
                let events = measure::count(burst.hi - burst.lo);
                self.take(parts, item.stage, events, first, last);
                return;
            }
            number = number.saturating_sub(done.bursts.len());
        }
    }

    fn take(
        &self,
        parts: &mut BTreeMap<u16, Part>,
        stage: u16,
        events: u64,
        first: EventRef,
        last: EventRef,
    ) {
        let Some(target) = self.ready.targets.get(usize::from(stage)).copied() else { return };
        let part = parts.entry(stage).or_insert(Part { target, events: 0, first, last });
        part.events += events;
        if (first.time, first.file, first.offset) < (part.first.time, part.first.file, part.first.offset) {
            part.first = first;
        }
        if (last.time, last.file, last.offset) > (part.last.time, part.last.file, part.last.offset) {
            part.last = last;
        }
    }
}
