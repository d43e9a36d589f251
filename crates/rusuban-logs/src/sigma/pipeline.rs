//! Processing pipelines, as pySigma's YAML files give them: changes of rules before they are compiled, so that rules meet
//! the field names and log sources of a house.
//!
//! Several pipelines are one: their steps run in the order of their priorities over each rule, with one state. What
//! pySigma knows and this does not is a problem with its file and line; nothing is passed over in silence. Stages that
//! work on query texts (`postprocessing`, `finalizers`) have no meaning here and are refused.

mod change;
mod conditions;
mod read;
mod values;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use self::change::Change;
use self::conditions::{Conditions, FieldCondition, ItemCondition, RuleCondition, Subject};
use super::correlation::Correlation;
use super::rule::{Item, Rule, Search};
use super::yaml::Scalar;
use super::{Place, Problem, Reason};

/// A pipeline.
#[derive(Debug, Clone)]
pub struct Pipeline {
    /// Its file and first line.
    pub place: Place,
    /// Its name; empty where it has none.
    pub name: Box<str>,
    /// Lower ones run first.
    pub priority: f64,
    /// Values of placeholders by name.
    pub vars: BTreeMap<String, Vec<String>>,
    steps: Vec<Step>,
}

/// Pipelines in the order in which they run.
#[derive(Debug, Clone, Default)]
pub struct Pipelines {
    list: Vec<Pipeline>,
}

/// One step.
#[derive(Debug, Clone)]
struct Step {
    id: Box<str>,
    line: u32,
    change: Change,
    rule: Conditions<RuleCondition>,
    item: Conditions<ItemCondition>,
    field: Conditions<FieldCondition>,
}

/// What steps before have left for a rule.
#[derive(Debug, Default)]
struct State {
    values: BTreeMap<Box<str>, Scalar>,
    /// Ids of steps that were applied.
    applied: BTreeSet<Box<str>>,
    /// Items, by line and field, and the ids of steps that changed them.
    items: BTreeSet<(u32, Option<Box<str>>, Box<str>)>,
    /// The same for names of the rule's list of fields.
    names: BTreeSet<(Box<str>, Box<str>)>,
}

impl State {
    /// Whether a step changed an item.
    fn has_changed(&self, item: &Item, id: &str) -> bool {
        self.items.contains(&(item.line, item.field.clone(), id.into()))
    }

    /// Takes note that a step changed an item; under a new name, the item keeps what was known of it.
    fn changed(&mut self, before: &Item, after: &Search, id: &str) {
        let mut now = Vec::new();
        after.items(&mut |item| now.push((item.line, item.field.clone())));
        let known =
            self.items.iter().filter(|(line, field, _)| (*line, field) == (before.line, &before.field));
        let known: Vec<Box<str>> = known.map(|(_, _, id)| id.clone()).chain(Some(id.into())).collect();
        for (line, field) in now {
            self.items
                .extend(known.iter().filter(|i| !i.is_empty()).map(|i| (line, field.clone(), i.clone())));
        }
    }

    /// The same for a name of the rule's list of fields.
    fn renamed(&mut self, before: &str, after: &[Box<str>], id: &str) {
        let known = self.names.iter().filter(|(name, _)| **name == *before);
        let known: Vec<Box<str>> = known.map(|(_, id)| id.clone()).chain(Some(id.into())).collect();
        for name in after {
            self.names.extend(known.iter().filter(|i| !i.is_empty()).map(|i| (name.clone(), i.clone())));
        }
    }
}

impl Pipelines {
    /// Pipelines by their priority; those of the same priority stay in the order given.
    pub fn new(mut list: Vec<Pipeline>) -> Self {
        list.sort_by(|a, b| a.priority.total_cmp(&b.priority));
        Self { list }
    }

    /// True where no pipeline would change anything.
    pub fn is_empty(&self) -> bool {
        self.list.iter().all(|p| p.steps.is_empty())
    }

    /// Values for the `expand` modifier: the pipelines' `vars`, those of a later pipeline before those of an earlier one.
    pub fn placeholders(&self) -> BTreeMap<String, Vec<String>> {
        self.list.iter().flat_map(|p| &p.vars).map(|(name, values)| (name.clone(), values.clone())).collect()
    }

    /// Changes a rule. A rule for which this fails is not in force.
    pub fn apply(&self, rule: &mut Rule) -> Result<(), Problem> {
        let mut state = State::default();
        let vars = self.placeholders();
        for pipeline in &self.list {
            for step in &pipeline.steps {
                let change = step.apply(rule, &mut state, &vars);
                change.map_err(|(line, text)| pipeline.refuse(&rule.place, line, step, &text))?;
            }
        }
        Ok(())
    }

    /// Changes many rules, and leaves out those that fail.
    pub fn apply_all(&self, rules: Vec<Rule>) -> (Vec<Rule>, Vec<Problem>) {
        let mut problems = Vec::new();
        let mut changed = Vec::with_capacity(rules.len());
        for mut rule in rules {
            match self.apply(&mut rule) {
                Ok(()) => changed.push(rule),
                Err(problem) => problems.push(problem),
            }
        }
        (changed, problems)
    }

    /// Changes the field names of a correlation. `rules` are the base rules, changed already: conditions on a log source
    /// hold for a correlation where they hold for a rule that it refers to.
    pub fn apply_to_correlation(&self, correlation: &mut Correlation, rules: &[Rule]) -> Result<(), Problem> {
        let mut state = State::default();
        let named = |r: &Rule| correlation.rules.iter().any(|n| n.text == *r.id || n.text == *r.name);
        let rules: Vec<&Rule> = rules.iter().filter(|r| named(r)).collect();
        for pipeline in &self.list {
            for step in &pipeline.steps {
                let change = step.apply_to_correlation(correlation, &rules, &mut state);
                change.map_err(|text| {
                    pipeline.refuse(&correlation.place, correlation.place.line, step, &text)
                })?;
            }
        }
        Ok(())
    }
}

impl Pipeline {
    /// What a step says against a rule: the place is the rule's, the text names the step's.
    fn refuse(&self, rule: &Place, line: u32, step: &Step, text: &str) -> Problem {
        Problem {
            place: Place { file: Arc::clone(&rule.file), line },
            reason: Reason::Pipeline(format!("{}:{}: {text}", self.place.file, step.line).into()),
        }
    }
}

impl Step {
    fn apply(
        &self,
        rule: &mut Rule,
        state: &mut State,
        vars: &BTreeMap<String, Vec<String>>,
    ) -> Result<(), (u32, String)> {
        if !self.rule.hold(|c| c.holds(&Subject::Rule(rule), state)) {
            return Ok(());
        }
        self.change_rule(rule, state, vars)?;
        self.done(state);
        Ok(())
    }

    fn apply_to_correlation(
        &self,
        correlation: &mut Correlation,
        rules: &[&Rule],
        state: &mut State,
    ) -> Result<(), String> {
        if !self.rule.hold(|c| c.holds(&Subject::Correlation(correlation, rules), state)) {
            return Ok(());
        }
        self.change_correlation(correlation, rules, state)?;
        self.done(state);
        Ok(())
    }

    fn done(&self, state: &mut State) {
        if !self.id.is_empty() {
            state.applied.insert(self.id.clone());
        }
    }
}
