//! From correlation rules as they are written to what is collected and evaluated: references are resolved, correlations
//! put into an order in which each stands after those it refers to, and the fields found that each base rule's matches
//! must leave behind.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::condition::{Expression, Threshold};
use super::definition::{Condition, Correlation, Kind, Reference};
use super::field::FieldRef;
use super::measure::{count, number};
use super::sequence::Order;
use crate::sigma::{Problem, RuleIndex};

/// A base rule as correlations refer to it.
#[derive(Debug, Clone, Copy)]
pub struct Base<'r> {
    /// Its number in the engine.
    pub index: RuleIndex,
    /// Its `id`; empty where it has none.
    pub id: &'r str,
    /// Its `name`; empty where it has none.
    pub name: &'r str,
    /// Whether it can match: a correlation over a rule that is not in force would be without effect unseen.
    pub in_force: bool,
}

/// What a reference means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Target {
    /// A base rule.
    Rule(RuleIndex),
    /// A correlation, by its place in the list that the plan was made of.
    Correlation(usize),
}

/// Fields that a base rule's matches leave behind.
#[derive(Debug, Default)]
pub(super) struct Fields {
    pub texts: Vec<FieldRef>,
    pub numbers: Vec<FieldRef>,
}

/// Where a correlation finds its group and its value in a row.
#[derive(Debug, Clone, Default)]
pub(super) struct Projection {
    pub group: Vec<usize>,
    pub value: Vec<usize>,
}

/// One entry of `rules`.
#[derive(Debug, Clone, Copy)]
pub(super) enum Input {
    Table(u16),
    /// A correlation, by its place in [`Plan::order`].
    Chain(usize),
}

/// What is asked of a group.
#[derive(Debug, Clone)]
pub(super) enum Judge {
    Count(Threshold),
    Distinct(Threshold),
    Sum(Threshold),
    Mean(Threshold),
    Rank(Threshold, Option<f64>),
    SeenNumber(Threshold),
    SeenWhich(Expression),
    Ordered(Vec<Order>),
}

/// One correlation, made ready.
#[derive(Debug, Clone)]
pub(super) struct Ready {
    /// Its place in the list that the plan was made of.
    pub index: usize,
    pub span: i64,
    pub judge: Judge,
    pub inputs: Vec<Input>,
    pub targets: Vec<Target>,
    /// By table.
    pub projections: BTreeMap<u16, Projection>,
    pub group_by: Vec<String>,
    /// Rules whose absence is asked for, as bits: never members of a finding.
    pub unwanted: u64,
    /// Whether it gives findings of its own.
    pub speaks: bool,
}

/// Correlations made ready for a set of base rules.
#[derive(Debug, Default)]
pub struct Plan {
    tables: Vec<RuleIndex>,
    by_rule: HashMap<RuleIndex, u16>,
    fields: Vec<Fields>,
    pub(super) order: Vec<Ready>,
    silent: BTreeSet<RuleIndex>,
}

/// Correlations that refer to correlations, deeper than this, are refused.
const MOST_DEPTH: usize = 32;

impl Plan {
    /// Makes a plan. A correlation with a fault is left out, and so is each that refers to it; every fault is named.
    pub fn new(bases: &[Base<'_>], correlations: &[Correlation]) -> (Self, Vec<Problem>) {
        let mut builder = Builder {
            names: names(bases, correlations),
            idle: bases.iter().filter(|b| !b.in_force).map(|b| b.index).collect(),
            correlations,
            states: vec![State::New; correlations.len()],
            plan: Self::default(),
            problems: Vec::new(),
        };
        for index in 0..correlations.len() {
            builder.ready(index, 0);
        }
        builder.silence();
        (builder.plan, builder.problems)
    }

    /// The table of a base rule that some correlation refers to.
    pub(super) fn table_of(&self, rule: RuleIndex) -> Option<u16> {
        self.by_rule.get(&rule).copied()
    }

    pub(super) fn fields(&self) -> &[Fields] {
        &self.fields
    }

    pub(super) fn rule_of(&self, table: u16) -> Option<RuleIndex> {
        self.tables.get(usize::from(table)).copied()
    }

    /// Base rules that some correlation refers to.
    pub fn rules(&self) -> &[RuleIndex] {
        &self.tables
    }

    /// Whether a base rule gives no findings of its own: only correlations refer to it, and none says `generate: true`.
    pub fn is_silent(&self, rule: RuleIndex) -> bool {
        self.silent.contains(&rule)
    }
}

/// What names and ids mean; None where two rules bear the same.
fn names<'n>(bases: &[Base<'n>], correlations: &'n [Correlation]) -> HashMap<&'n str, Option<Target>> {
    let mut names: HashMap<&str, Option<Target>> = HashMap::new();
    let rules = bases.iter().map(|b| ([b.id, b.name], Target::Rule(b.index)));
    let chains = correlations
        .iter()
        .enumerate()
        .map(|(i, c)| ([c.id.as_str(), c.name.as_str()], Target::Correlation(i)));
    for (both, target) in rules.chain(chains) {
        for name in both.into_iter().filter(|n| !n.is_empty()) {
            names
                .entry(name)
                .and_modify(|t| {
                    if *t != Some(target) {
                        *t = None;
                    }
                })
                .or_insert(Some(target));
        }
    }
    names
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    New,
    Open,
    /// Its place in the order.
    Ready(usize),
    Broken,
}

struct Builder<'c> {
    names: HashMap<&'c str, Option<Target>>,
    /// Rules that are not in force.
    idle: BTreeSet<RuleIndex>,
    correlations: &'c [Correlation],
    states: Vec<State>,
    plan: Plan,
    problems: Vec<Problem>,
}

impl Builder<'_> {
    /// Makes one correlation ready, after those that it refers to.
    fn ready(&mut self, index: usize, depth: usize) -> Option<usize> {
        match self.states.get(index) {
            Some(State::Ready(place)) => return Some(*place),
            Some(State::New) => {}
            _ => return None,
        }
        let correlation = self.correlations.get(index)?;
        self.set(index, State::Open);
        match self.build(index, correlation, depth) {
            Ok(ready) => {
                let place = self.plan.order.len();
                self.plan.order.push(ready);
                self.set(index, State::Ready(place));
                Some(place)
            }
            Err(problem) => {
                self.problems.push(problem);
                self.set(index, State::Broken);
                None
            }
        }
    }

    fn set(&mut self, index: usize, state: State) {
        if let Some(slot) = self.states.get_mut(index) {
            *slot = state;
        }
    }

    fn resolve(&self, correlation: &Correlation, reference: &Reference) -> Result<Target, Problem> {
        match self.names.get(reference.text.as_str()) {
            Some(Some(target)) => Ok(*target),
            Some(None) => {
                Err(correlation
                    .problem(reference.line, format!("`{}` names more than one rule", reference.text)))
            }
            None => Err(correlation
                .problem(reference.line, format!("no rule has the id or name `{}`", reference.text))),
        }
    }

    fn build(&mut self, index: usize, c: &Correlation, depth: usize) -> Result<Ready, Problem> {
        let mut targets = Vec::new();
        let mut inputs = Vec::new();
        for reference in &c.rules {
            let target = self.resolve(c, reference)?;
            if targets.contains(&target) {
                return Err(c.problem(reference.line, format!("`{}` is listed twice", reference.text)));
            }
            let input = match target {
                Target::Rule(rule) if self.idle.contains(&rule) => {
                    return Err(
                        c.problem(reference.line, format!("the rule `{}` is not in force", reference.text))
                    );
                }
                Target::Rule(rule) => Input::Table(self.table(c, rule)?),
                Target::Correlation(other) => Input::Chain(self.chain(c, reference, other, depth)?),
            };
            targets.push(target);
            inputs.push(input);
        }
        if c.is_temporal() && inputs.len() > 64 {
            return Err(c.problem(c.place.line, "more than 64 rules".to_owned()));
        }
        let (judge, unwanted) = judge(c)?;
        let sums = matches!(judge, Judge::Sum(_) | Judge::Mean(_) | Judge::Rank(..));
        if sums && inputs.iter().any(|i| matches!(i, Input::Chain(_))) {
            return Err(c.problem(
                c.place.line,
                "a correlation has no number to sum: refer to base rules".to_owned(),
            ));
        }
        let projections = self.project(c, &inputs, sums)?;
        Ok(Ready {
            index,
            span: c.span,
            judge,
            inputs,
            targets,
            projections,
            group_by: c.group_by.clone(),
            unwanted,
            speaks: true,
        })
    }

    fn chain(
        &mut self,
        c: &Correlation,
        reference: &Reference,
        other: usize,
        depth: usize,
    ) -> Result<usize, Problem> {
        if self.states.get(other) == Some(&State::Open) {
            return Err(
                c.problem(reference.line, format!("`{}` refers back to this correlation", reference.text))
            );
        }
        if depth >= MOST_DEPTH {
            return Err(
                c.problem(reference.line, format!("correlations are chained deeper than {MOST_DEPTH}"))
            );
        }
        self.ready(other, depth + 1).ok_or_else(|| {
            c.problem(reference.line, format!("the correlation `{}` has a fault", reference.text))
        })
    }

    fn table(&mut self, c: &Correlation, rule: RuleIndex) -> Result<u16, Problem> {
        if let Some(table) = self.plan.by_rule.get(&rule) {
            return Ok(*table);
        }
        let table = u16::try_from(self.plan.tables.len())
            .map_err(|_| c.problem(c.place.line, "correlations refer to more than 65535 rules".to_owned()))?;
        self.plan.tables.push(rule);
        self.plan.fields.push(Fields::default());
        self.plan.by_rule.insert(rule, table);
        Ok(table)
    }

    /// Finds, for each base rule that can be reached, the fields of the group and of the value.
    fn project(
        &mut self,
        c: &Correlation,
        inputs: &[Input],
        sums: bool,
    ) -> Result<BTreeMap<u16, Projection>, Problem> {
        // Which correlations of the chain a base rule was reached through, for aliases that name those.
        let mut reached: BTreeMap<u16, BTreeSet<Target>> = BTreeMap::new();
        for input in inputs {
            match input {
                Input::Table(table) => {
                    reached.entry(*table).or_default();
                }
                Input::Chain(place) => {
                    let Some(chain) = self.plan.order.get(*place) else { continue };
                    for table in chain.projections.keys() {
                        reached.entry(*table).or_default().insert(Target::Correlation(chain.index));
                    }
                }
            }
        }
        let mut aliases = Vec::new();
        for alias in &c.aliases {
            let mut fields = Vec::new();
            for (reference, field) in &alias.fields {
                fields.push((self.resolve(c, reference)?, field.as_str()));
            }
            aliases.push((alias.name.as_str(), fields));
        }
        let mut projections = BTreeMap::new();
        for (table, through) in reached {
            let rule = self.plan.rule_of(table).map(Target::Rule);
            let real = |name: &str| -> String {
                let fields =
                    aliases.iter().find(|(alias, _)| *alias == name).map(|(_, fields)| fields.as_slice());
                let fields = fields.unwrap_or_default();
                let of_rule = fields.iter().find(|(target, _)| Some(*target) == rule);
                let of_chain = || fields.iter().find(|(target, _)| through.contains(target));
                of_rule.or_else(of_chain).map_or(name, |(_, field)| field).to_owned()
            };
            let Some(fields) = self.plan.fields.get_mut(usize::from(table)) else { continue };
            let group = c.group_by.iter().map(|g| column(&mut fields.texts, &real(g))).collect();
            let values = if sums { &mut fields.numbers } else { &mut fields.texts };
            let value = c.fields.iter().map(|f| column(values, &real(f))).collect();
            projections.insert(table, Projection { group, value });
        }
        Ok(projections)
    }

    /// Finds who gives no findings of its own: rules that are referred to, by none that says `generate: true`.
    fn silence(&mut self) {
        let mut referred: BTreeMap<Target, bool> = BTreeMap::new();
        for ready in &self.plan.order {
            let generate = self.correlations.get(ready.index).is_some_and(|c| c.generate);
            for target in &ready.targets {
                *referred.entry(*target).or_default() |= generate;
            }
        }
        for (target, _) in referred.into_iter().filter(|(_, generate)| !generate) {
            match target {
                Target::Rule(rule) => {
                    self.plan.silent.insert(rule);
                }
                Target::Correlation(index) => {
                    if let Some(ready) = self.plan.order.iter_mut().find(|r| r.index == index) {
                        ready.speaks = false;
                    }
                }
            }
        }
    }
}

/// The column of a field, new where it is not there yet.
fn column(fields: &mut Vec<FieldRef>, name: &str) -> usize {
    fields.iter().position(|f| f.name() == name).unwrap_or_else(|| {
        fields.push(FieldRef::new(name));
        fields.len() - 1
    })
}

/// What a correlation asks of a group, and the rules (as bits) whose absence it asks for.
fn judge(c: &Correlation) -> Result<(Judge, u64), Problem> {
    let judge = match (&c.kind, &c.condition) {
        (Kind::Temporal, Condition::Threshold(t)) => Judge::SeenNumber(t.clone()),
        (Kind::Temporal, Condition::Expression(text, line)) => {
            let expression = expression(c, text, *line)?;
            if expression.holds(0) {
                return Err(c.problem(*line, "the condition holds where nothing happened".to_owned()));
            }
            Judge::SeenWhich(expression)
        }
        (Kind::TemporalOrdered, Condition::Threshold(t)) => {
            Judge::Ordered(orders_of_number(c, t, c.rules.len())?)
        }
        (Kind::TemporalOrdered, Condition::Expression(text, line)) => {
            let Some(terms) = expression(c, text, *line)?.terms() else {
                return Err(c.problem(*line, "the condition can be met in more than 64 ways".to_owned()));
            };
            let seen = terms.iter().fold(0, |all, t| all | t.seen);
            let unwanted = terms.iter().fold(0, |all, t| all | t.unseen) & !seen;
            let orders: Option<Vec<_>> = terms.into_iter().map(Order::new).collect();
            let orders = orders.filter(|o| !o.is_empty()).ok_or_else(|| {
                c.problem(*line, "the condition holds where nothing happened, or never".to_owned())
            })?;
            return Ok((Judge::Ordered(orders), unwanted));
        }
        (kind, Condition::Threshold(t)) => match kind {
            Kind::ValueCount => Judge::Distinct(t.clone()),
            Kind::ValueSum => Judge::Sum(t.clone()),
            Kind::ValueAvg => Judge::Mean(t.clone()),
            Kind::ValuePercentile(p) => Judge::Rank(t.clone(), Some(*p)),
            Kind::ValueMedian => Judge::Rank(t.clone(), None),
            _ => Judge::Count(t.clone()),
        },
        (_, Condition::Expression(_, line)) => {
            return Err(c.problem(*line, "an expression over rules belongs to `temporal` only".to_owned()));
        }
    };
    Ok((judge, 0))
}

/// Reads the condition's expression. Every rule of the list has to be in it, and no other.
fn expression(c: &Correlation, text: &str, line: u32) -> Result<Expression, Problem> {
    let place = |name: &str| c.rules.iter().position(|r| r.text == name).and_then(|i| u16::try_from(i).ok());
    let expression =
        Expression::parse(text, &place).map_err(|e| c.problem(line, format!("condition: {e}")))?;
    let named = expression.named();
    match c.rules.iter().enumerate().find(|(i, _)| named & (1_u64 << (i & 63)) == 0) {
        Some((_, left)) => {
            Err(c.problem(left.line, format!("the condition says nothing about `{}`", left.text)))
        }
        None => Ok(expression),
    }
}

/// Orders of at least so many rules as a threshold asks for.
fn orders_of_number(c: &Correlation, threshold: &Threshold, rules: usize) -> Result<Vec<Order>, Problem> {
    let holds = |n: usize| threshold.holds(number(count(n)));
    let least = (1..=rules).find(|n| holds(*n));
    let Some(least) = least.filter(|least| (*least..=rules).all(holds)) else {
        return Err(c.problem(
            c.place.line,
            "`temporal_ordered` can only ask for at least so many of its rules".to_owned(),
        ));
    };
    let mut terms = vec![0_u64];
    for place in 0..rules {
        let bit = 1_u64 << (place & 63);
        let with: Vec<u64> = terms.iter().map(|t| t | bit).collect();
        terms.extend(with);
        // What can no longer reach the number is dropped, and so is what has more.
        let left = rules - place - 1;
        terms.retain(|t| {
            let n = t.count_ones() as usize;
            n <= least && n + left >= least
        });
        if terms.len() > 4096 {
            break;
        }
    }
    if terms.len() > 64 {
        return Err(c.problem(c.place.line, "the condition can be met in more than 64 ways".to_owned()));
    }
    Ok(terms.into_iter().filter_map(|seen| Order::new(super::condition::Term { seen, unseen: 0 })).collect())
}
