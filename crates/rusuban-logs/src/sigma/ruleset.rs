//! Rule files made ready: loaded, changed by pipelines, narrowed by filters, compiled, and joined by correlations.

use std::sync::Arc;

use rusuban_core::model::text::Text;

use super::correlation::{Base, Correlation, Plan};
use super::filter::{self, Filter};
use super::pipeline::Pipelines;
use super::{Document, Engine, Level, Options, Problem, Rule, load_all};
use crate::event::Zone;
use crate::finding::{self, Origin, RuleInfo};

/// Rules in force.
#[derive(Debug)]
pub struct RuleSet {
    /// The rules, by their number in the engine.
    pub rules: Vec<Rule>,
    /// The correlations, by their number in the plan.
    pub correlations: Vec<Correlation>,
    /// The engine.
    pub engine: Engine,
    /// The correlations made ready.
    pub plan: Plan,
    /// What is not in force, and why, in the order of the files.
    pub problems: Vec<Problem>,
}

impl RuleSet {
    /// Makes rules ready. `files` are names and texts; what is wrong is named and left out, the rest is in force.
    pub fn build<N: AsRef<str> + Sync, T: AsRef<str> + Sync>(
        files: &[(N, T)],
        pipelines: &Pipelines,
        zone: Zone,
    ) -> Self {
        let loaded = load_all(files);
        let mut problems = loaded.problems;
        let (mut rules, mut correlations, mut filters) = (Vec::new(), Vec::new(), Vec::new());
        for document in loaded.documents {
            match document {
                Document::Rule(rule) => rules.push(*rule),
                Document::Correlation(place, node) => match Correlation::of_node(&place, &node) {
                    Ok(correlation) => correlations.push(correlation),
                    Err(problem) => problems.push(problem),
                },
                Document::Filter(place, node) => match Filter::of_node(&place, &node) {
                    Ok(filter) => filters.push(filter),
                    Err(problem) => problems.push(problem),
                },
            }
        }
        if !pipelines.is_empty() {
            let (changed, refused) = pipelines.apply_all(rules);
            rules = changed;
            problems.extend(refused);
            correlations.retain_mut(|c| match pipelines.apply_to_correlation(c, &rules) {
                Ok(()) => true,
                Err(problem) => {
                    problems.push(problem);
                    false
                }
            });
        }
        problems.extend(filter::apply(&filters, &mut rules));
        for rule in &rules {
            match Correlation::of_aggregation(rule) {
                Some(Ok(correlation)) => correlations.push(correlation),
                Some(Err(problem)) => problems.push(problem),
                None => {}
            }
        }
        let options = Options { placeholders: pipelines.placeholders(), zone };
        let (engine, wrong) = Engine::compile(&rules, &options);
        problems.extend(wrong);
        let bases: Vec<Base<'_>> =
            (0..).zip(&rules).map(|(index, r)| Base { index, id: &r.id, name: &r.name }).collect();
        let (plan, wrong) = Plan::new(&bases, &correlations);
        problems.extend(wrong);
        problems.sort_by(|a, b| a.place.cmp(&b.place));
        Self { rules, correlations, engine, plan, problems }
    }

    /// A rule as findings carry it.
    pub fn rule_info(&self, rule: u32) -> Option<Arc<RuleInfo>> {
        let rule = self.rules.get(rule as usize)?;
        Some(info(rule.key(), &rule.title, rule.level, &rule.tags, &rule.description, &rule.falsepositives))
    }

    /// A correlation as findings carry it.
    pub fn correlation_info(&self, correlation: usize) -> Option<Arc<RuleInfo>> {
        let c = self.correlations.get(correlation)?;
        let key = if c.id.is_empty() { &c.name } else { &c.id };
        Some(info(key, &c.title, c.level, &c.tags, &c.description, &c.falsepositives))
    }
}

/// What findings carry of a rule. Sigma rules are written in one language; the sentences around it come in both.
fn info(
    id: &str,
    title: &str,
    level: Option<Level>,
    tags: &[impl AsRef<str>],
    description: &str,
    falsepositives: &[impl AsRef<str>],
) -> Arc<RuleInfo> {
    let same = |text: &str| Text::new(text, text);
    let mut next = vec![Text::new(
        "該当する行と、その前後に同じ利用者・同じ機器が何をしたかを確かめてください。心当たりがなければ、機器をネットワークから切り離し、責任者へ連絡してください。",
        "Look at the lines, and at what the same account and the same machine did before and after. Where nobody can explain it, take the machine off the network and tell the person in charge.",
    )];
    let known: Vec<&str> =
        falsepositives.iter().map(AsRef::as_ref).filter(|f| !f.eq_ignore_ascii_case("unknown")).collect();
    if !known.is_empty() {
        let list = known.join("; ");
        next.push(Text::new(
            format!("害のない例（規則の作者による）：{list}"),
            format!("Known harmless causes (by the rule's author): {list}"),
        ));
    }
    Arc::new(RuleInfo {
        id: id.to_owned(),
        title: same(title),
        level: match level {
            Some(Level::Critical) => finding::Level::Critical,
            Some(Level::High) => finding::Level::High,
            Some(Level::Medium) | None => finding::Level::Medium,
            Some(Level::Low) => finding::Level::Low,
            Some(Level::Informational) => finding::Level::Informational,
        },
        techniques: techniques(tags),
        origin: Origin::Sigma,
        why: same(description.trim()),
        next,
    })
}

/// `attack.t1059.001` as `T1059.001`, sorted.
fn techniques(tags: &[impl AsRef<str>]) -> Vec<String> {
    let technique = |tag: &str| {
        let id = tag.strip_prefix("attack.")?;
        let number = id.strip_prefix(['t', 'T'])?;
        number.starts_with(|c: char| c.is_ascii_digit()).then(|| id.to_uppercase())
    };
    let mut all: Vec<String> = tags.iter().filter_map(|t| technique(t.as_ref())).collect();
    all.sort();
    all.dedup();
    all
}
