//! The engine: thousands of rules at the cost of few.
//!
//! An event goes to the group of rules that look at its kind (channel and id, or `logsource`). Each rule of a group has
//! *witnesses*: tests of which one must hold if the rule does. An index of each field finds the witnesses of an event in one
//! pass over the field's text; only rules with a witness are looked at, and each test is run at most once for an event.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, OnceLock, RwLock};

use foldhash::fast::FixedState;
use rayon::prelude::*;

use crate::event::{LogSource, Zone};

use super::compile::{self, Expr, Expression, Fault, Leaf, Placeholders};
use super::fields::{Part, Slot, is_text};
use super::group::Group;
use super::pattern::Shape;
use super::predicate::{SlotId, Spec, Test, TextSet};
use super::problem::{Place, Problem};
use super::route;
use super::rule::{Rule, RuleLogSource};
use super::scratch::Scratch;
use super::windows;
use super::witness::{self, PredId};

/// Number of a rule in the list that was compiled.
pub type RuleIndex = u32;

/// What the caller gives to the compilation.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Values of placeholders (`expand`).
    pub placeholders: Placeholders,
    /// The zone in which `hour`, `day` and so on are read.
    pub zone: Zone,
}

/// A test and what is known of it.
#[derive(Debug)]
pub(super) struct Predicate {
    pub slot: SlotId,
    pub test: Test,
    pub leaf: Arc<Leaf>,
    /// How often it is thought to hold; None where it cannot be looked up.
    pub cost: Option<f64>,
}

/// Why a rule can never match here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Never {
    /// It waits for values of these placeholders.
    NeedsValues(BTreeSet<String>),
    /// No log of Windows holds events of its kind.
    NoChannel,
    /// Its condition holds for no event.
    NoEvent,
}

/// What became of the rules.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Stats {
    /// Rules given.
    pub rules: usize,
    /// Rules in force.
    pub in_force: usize,
    /// Rules that are wrong.
    pub wrong: usize,
    /// Rules that can never match here, and why.
    pub never: Vec<(RuleIndex, Never)>,
    /// Rules without a witness: they are looked at for every event of their kind.
    pub without_witness: Vec<RuleIndex>,
    /// Different tests.
    pub tests: usize,
}

/// Compiled rules. Shared by all workers; each has a [`Scratch`] of its own.
#[derive(Debug)]
pub struct Engine {
    pub(super) exprs: Vec<Option<Expr<PredId>>>,
    pub(super) predicates: Vec<Predicate>,
    pub(super) slots: Vec<Slot>,
    pub(super) zone: Zone,
    sources: Vec<RuleLogSource>,
    other: Vec<RuleIndex>,
    channels: HashMap<Box<[u8]>, ChannelRoutes, FixedState>,
    unknown_channel: ChannelRoutes,
    by_source: RwLock<Vec<(LogSource, Arc<Group>)>>,
    stats: Stats,
}

/// The groups of a channel.
#[derive(Debug, Default)]
struct ChannelRoutes {
    by_id: HashMap<u64, Cell, FixedState>,
    other: Cell,
}

/// A group that is built when its first event comes.
#[derive(Debug, Default)]
struct Cell {
    rules: Vec<RuleIndex>,
    group: OnceLock<Arc<Group>>,
}

impl Engine {
    /// Compiles rules. Rules that are wrong are named and left out; the others keep their numbers.
    pub fn compile<R: std::borrow::Borrow<Rule> + Sync>(
        rules: &[R],
        options: &Options,
    ) -> (Engine, Vec<Problem>) {
        let compiled: Vec<_> = rules
            .par_iter()
            .map(|r| {
                let rule: &Rule = r.borrow();
                let mut expression = compile::expression(rule, &options.placeholders)?;
                let ids = compile::event_ids(&expression);
                guard(rule, &mut expression);
                Ok((expression, ids))
            })
            .collect();
        let mut table = Table::default();
        let mut problems = Vec::new();
        let mut stats = Stats { rules: rules.len(), ..Stats::default() };
        let mut exprs = Vec::with_capacity(rules.len());
        let mut routes = Vec::with_capacity(rules.len());
        for (number, (rule, result)) in (0..).zip(rules.iter().zip(compiled)) {
            let rule: &Rule = rule.borrow();
            let mut expr = None;
            let mut route = route::Routes::default();
            match result {
                Ok((expression, ids)) => {
                    route = route::routes(&rule.logsource, ids.as_ref());
                    let windows = windows::category(&rule.logsource.category);
                    if &*rule.logsource.product == "windows" && windows.is_some_and(<[_]>::is_empty) {
                        stats.never.push((number, Never::NoChannel));
                    } else if ids.is_some_and(|ids| ids.is_empty()) {
                        stats.never.push((number, Never::NoEvent));
                    }
                    let numbers: Vec<PredId> =
                        expression.leaves.into_iter().map(|leaf| table.number(leaf)).collect();
                    expr = Some(
                        expression.expr.map(&mut |at: usize| numbers.get(at).copied().unwrap_or_default()),
                    );
                }
                Err(Fault::NeedsValues(names)) => stats.never.push((number, Never::NeedsValues(names))),
                Err(Fault::Wrong(line, reason)) => {
                    stats.wrong += 1;
                    problems.push(Problem { place: Place { line, ..rule.place.clone() }, reason });
                }
            }
            routes.push(route);
            exprs.push(expr);
        }
        let (predicates, slots) = table.build();
        stats.in_force = exprs.iter().flatten().count();
        stats.tests = predicates.len();
        let cost = |p: PredId| predicates.get(p as usize).and_then(|p| p.cost);
        let unseen = |e: &Option<Expr<PredId>>| e.as_ref().is_some_and(|e| witness::of(e, &cost).is_none());
        stats.without_witness = (0..).zip(&exprs).filter(|(_, e)| unseen(e)).map(|(n, _)| n).collect();
        let mut engine = Engine {
            exprs,
            predicates,
            slots,
            zone: options.zone.clone(),
            sources: rules.iter().map(|r| r.borrow().logsource.clone()).collect(),
            other: Vec::new(),
            channels: HashMap::default(),
            unknown_channel: ChannelRoutes::default(),
            by_source: RwLock::new(Vec::new()),
            stats,
        };
        engine.route(&routes);
        (engine, problems)
    }

    /// What became of the rules.
    pub fn stats(&self) -> &Stats {
        &self.stats
    }

    /// Memory for one worker.
    pub fn scratch(&self) -> Scratch {
        Scratch::new(self.predicates.len(), self.exprs.len(), self.slots.len())
    }

    /// Distributes the rules over channels and ids.
    fn route(&mut self, routes: &[route::Routes]) {
        let mut names: BTreeSet<&[u8]> = BTreeSet::new();
        for route in routes.iter().flat_map(|r| &r.windows) {
            names.extend(route.channel.as_deref());
        }
        let collect = |channel: Option<&[u8]>| {
            let mut by_id: BTreeMap<u64, Vec<RuleIndex>> = BTreeMap::new();
            let mut all = Vec::new();
            for (rule, routes) in (0..).zip(routes) {
                for route in &routes.windows {
                    if route.channel.is_some() && route.channel.as_deref() != channel {
                        continue;
                    }
                    match &route.ids {
                        Some(ids) => ids.iter().for_each(|id| by_id.entry(*id).or_default().push(rule)),
                        None => all.push(rule),
                    }
                }
            }
            let cell = |mut rules: Vec<RuleIndex>| {
                rules.sort_unstable();
                rules.dedup();
                Cell { rules, group: OnceLock::new() }
            };
            let by_id = by_id.into_iter().map(|(id, mut rules)| {
                rules.extend_from_slice(&all);
                (id, cell(rules))
            });
            ChannelRoutes { by_id: by_id.collect(), other: cell(all.clone()) }
        };
        self.channels = names.iter().map(|name| ((*name).into(), collect(Some(name)))).collect();
        self.unknown_channel = collect(None);
        self.other = (0..).zip(routes).filter(|(_, r)| r.other).map(|(n, _)| n).collect();
    }

    /// The group for an event of Windows.
    pub(super) fn windows_group(&self, channel: &[u8], id: Option<u64>) -> &Group {
        let routes = self.channels.get(channel).unwrap_or(&self.unknown_channel);
        let cell = id.and_then(|id| routes.by_id.get(&id)).unwrap_or(&routes.other);
        cell.group.get_or_init(|| Arc::new(Group::build(self, &cell.rules, false)))
    }

    /// The group for an event that comes from no channel of Windows.
    pub(super) fn other_group(&self, source: LogSource) -> Arc<Group> {
        if let Ok(known) = self.by_source.read()
            && let Some((_, group)) = known.iter().find(|(s, _)| *s == source)
        {
            return group.clone();
        }
        let takes = |n: &RuleIndex| self.sources.get(*n as usize).is_some_and(|s| route::takes(s, source));
        let rules: Vec<RuleIndex> = self.other.iter().copied().filter(takes).collect();
        let group = Arc::new(Group::build(self, &rules, true));
        if let Ok(mut known) = self.by_source.write() {
            known.push((source, group.clone()));
        }
        group
    }

    /// How many rules look at events of this source that come from no channel of Windows.
    pub fn rules_for(&self, source: LogSource) -> usize {
        let takes = |n: &&RuleIndex| self.sources.get(**n as usize).is_some_and(|s| route::takes(s, source));
        self.other.iter().filter(takes).count()
    }
}

/// Adds what a category of Windows asks beyond the event's id.
fn guard(rule: &Rule, expression: &mut Expression) {
    let Some((sysmon, security)) = windows::operation(&rule.logsource.category) else { return };
    if &*rule.logsource.product != "windows" {
        return;
    }
    let mut leaf = |field: &str, values: &[&str]| {
        let shapes =
            values.iter().map(|v| super::pattern::shape(&super::pattern::tokens(v), false)).collect();
        let spec = Spec::Text { cased: false, shapes };
        expression.leaves.push(Leaf { field: Some(field.into()), spec });
        Expr::Leaf(expression.leaves.len() - 1)
    };
    let operation = Expr::Any(vec![leaf("EventType", sysmon), leaf("OperationType", security)]);
    let own = std::mem::replace(&mut expression.expr, Expr::Const(false));
    expression.expr = Expr::All(vec![operation, own]);
}

/// The part of an event that a test looks at.
fn part(leaf: &Leaf) -> Part {
    match (&leaf.field, &leaf.spec) {
        (Some(name), _) => Part::Field(name.clone()),
        (None, Spec::Text { cased: false, shapes })
            if shapes.iter().all(|s| matches!(s, Shape::Contains(b) if is_text(b))) =>
        {
            Part::Texts
        }
        (None, _) => Part::Whole,
    }
}

/// Numbers tests and fields; equal ones get the same number.
#[derive(Default)]
struct Table {
    leaves: HashMap<Arc<Leaf>, PredId, FixedState>,
    list: Vec<Arc<Leaf>>,
    slots: HashMap<Part, SlotId, FixedState>,
}

impl Table {
    fn number(&mut self, leaf: Leaf) -> PredId {
        if let Some(number) = self.leaves.get(&leaf) {
            return *number;
        }
        let number = u32::try_from(self.list.len()).unwrap_or(u32::MAX);
        self.slot(part(&leaf));
        if let Spec::Reference { other, .. } = &leaf.spec {
            self.slot(Part::Field(other.clone()));
        }
        let leaf = Arc::new(leaf);
        self.list.push(leaf.clone());
        self.leaves.insert(leaf, number);
        number
    }

    fn slot(&mut self, part: Part) -> SlotId {
        let next = u32::try_from(self.slots.len()).unwrap_or(u32::MAX);
        *self.slots.entry(part).or_insert(next)
    }

    fn build(self) -> (Vec<Predicate>, Vec<Slot>) {
        let Table { list, slots, leaves } = self;
        drop(leaves);
        let number = |part: &Part| slots.get(part).copied().unwrap_or_default();
        let predicates = list
            .into_par_iter()
            .map(|leaf| {
                let slot = number(&part(&leaf));
                let cost = witness::cost(leaf.field.as_deref().unwrap_or_default(), &leaf.spec);
                let test = match &leaf.spec {
                    Spec::Present => Test::Present,
                    Spec::Null => Test::Null,
                    Spec::Text { cased, shapes } => Test::Text(TextSet::new(*cased, shapes)),
                    Spec::Regex(compiled) => Test::Regex(compiled.regex.clone()),
                    Spec::Cidr(nets) => Test::Cidr(nets.clone().into()),
                    Spec::Compare(comparison, bits) => Test::Compare(*comparison, f64::from_bits(*bits)),
                    Spec::Reference { other, place, cased } => Test::Reference {
                        other: number(&Part::Field(other.clone())),
                        place: *place,
                        cased: *cased,
                    },
                    Spec::Time(part, comparison, number) => Test::Time(*part, *comparison, *number),
                };
                Predicate { slot, test, leaf, cost }
            })
            .collect();
        let mut named: Vec<(SlotId, Part)> = slots.into_iter().map(|(part, n)| (n, part)).collect();
        named.sort_unstable_by_key(|(n, _)| *n);
        (predicates, named.into_iter().map(|(_, part)| Slot::new(part)).collect())
    }
}
