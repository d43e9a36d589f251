//! Everything of Sigma that is in force: rules, filtered and changed by pipelines, compiled, and correlations over them.

use super::correlation::{Base, Correlation, Plan};
use super::filter::{self, Filter};
use super::pipeline::Pipelines;
use super::{Document, Engine, Loaded, Options, Problem, Rule, RuleIndex};

/// Rules and correlations, ready for events.
#[derive(Debug)]
pub struct RuleSet {
    /// The rules, by their numbers in the engine.
    pub rules: Vec<Rule>,
    /// The compiled rules.
    pub engine: Engine,
    /// The correlations, by their numbers in the plan.
    pub correlations: Vec<Correlation>,
    /// What correlations collect.
    pub plan: Plan,
    /// Everything that is not in force, and why.
    pub problems: Vec<Problem>,
}

impl RuleSet {
    /// Builds a rule set: filters first, then pipelines, then compilation. Placeholders are those of `options` and, where
    /// those have none of the name, the pipelines' `vars`. A rule with an aggregation of Sigma 1 becomes the base rule of
    /// a correlation.
    pub fn build(loaded: Loaded, pipelines: &Pipelines, options: &Options) -> Self {
        let mut problems = loaded.problems;
        let mut rules = Vec::new();
        let mut correlations = Vec::new();
        let mut filters = Vec::new();
        for document in loaded.documents {
            let problem = match document {
                Document::Rule(rule) => {
                    rules.push(*rule);
                    None
                }
                Document::Correlation(place, node) => {
                    Correlation::of_node(&place, &node).map(|c| correlations.push(c)).err()
                }
                Document::Filter(place, node) => {
                    Filter::of_node(&place, &node).map(|f| filters.push(f)).err()
                }
            };
            problems.extend(problem);
        }
        problems.extend(filter::apply(&filters, &mut rules));
        let (mut rules, refused) = pipelines.apply_all(rules);
        problems.extend(refused);
        // Without its correlation such a rule would give a finding for every event.
        rules.retain(|rule| match Correlation::of_aggregation(rule) {
            None => true,
            Some(Ok(correlation)) => {
                correlations.push(correlation);
                true
            }
            Some(Err(problem)) => {
                problems.push(problem);
                false
            }
        });
        correlations.retain_mut(|c| match pipelines.apply_to_correlation(c, &rules) {
            Ok(()) => true,
            Err(problem) => {
                problems.push(problem);
                false
            }
        });
        let mut options = options.clone();
        for (name, values) in pipelines.placeholders() {
            options.placeholders.entry(name).or_insert(values);
        }
        let (engine, wrong) = Engine::compile(&rules, &options);
        problems.extend(wrong);
        let in_force = |index: usize| engine.exprs.get(index).is_some_and(Option::is_some);
        let bases: Vec<Base<'_>> = (0..)
            .zip(rules.iter().enumerate())
            .map(|(index, (i, r))| Base { index, id: &r.id, name: &r.name, in_force: in_force(i) })
            .collect();
        let (plan, faults) = Plan::new(&bases, &correlations);
        problems.extend(faults);
        Self { rules, engine, correlations, plan, problems }
    }

    /// Whether a match of a rule is a finding of its own.
    pub fn speaks(&self, rule: RuleIndex) -> bool {
        !self.plan.is_silent(rule)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{Event, EventTime, Field, TimeBasis};
    use crate::sigma::correlation::{Limits, Matches, Outcome, evaluate};
    use crate::sigma::load;
    use crate::sigma::pipeline::Pipeline;
    use crate::sources::SourceMeta;

    static SSHD: SourceMeta = SourceMeta { id: "sshd", product: "OpenSSH", vendor: "OpenBSD" };

    const RULES: &str = "
title: Failed login
name: failed
logsource: {product: linux, service: sshd}
detection: {s: {event.outcome: failure}, condition: s}
---
title: Login
name: login
logsource: {product: linux, service: sshd}
detection: {s: {event.outcome: success, user.name|contains: 'r*t'}, condition: s}
---
title: Many failed logins
name: many
correlation:
  type: event_count
  rules: [failed]
  group-by: [source.ip]
  timespan: 10m
  condition: {gte: 3}
---
title: Many failed logins, then one that succeeds
correlation:
  type: temporal_ordered
  rules: [many, login]
  group-by: [source.ip]
  timespan: 1h
";

    fn set(more: &str) -> RuleSet {
        RuleSet::build(
            load("rules.yml", &format!("{RULES}{more}")),
            &Pipelines::default(),
            &Options::default(),
        )
    }

    /// Events as (seconds, outcome, user, address).
    fn run(set: &RuleSet, events: &[(i64, &'static str, &'static str, &'static str)]) -> (Outcome, usize) {
        let mut scratch = set.engine.scratch();
        let mut matches = Matches::new(&set.plan, Limits::default());
        let mut single = 0;
        for (i, (seconds, outcome, user, ip)) in events.iter().enumerate() {
            let mut event = Event::new(&SSHD);
            (event.logsource.product, event.logsource.service) = ("linux", "sshd");
            event.time = EventTime::new(1_798_502_400 + seconds, 0, TimeBasis::Stated);
            event.position.offset = i as u64;
            event.set(Field::EventOutcome, *outcome);
            event.set(Field::UserName, *user);
            event.set(Field::SourceIp, *ip);
            let matched = set.engine.matches(&event, &mut scratch);
            single += matched.iter().filter(|r| set.speaks(**r)).count();
            matches.observe(&set.plan, &event, 0, matched);
        }
        (evaluate(&set.plan, &matches), single)
    }

    const ATTACK: [(i64, &str, &str, &str); 5] = [
        (0, "failure", "root", "192.0.2.1"),
        (1, "failure", "admin", "192.0.2.1"),
        (2, "failure", "root", "192.0.2.1"),
        (3, "success", "root", "192.0.2.9"),
        (9, "success", "root", "192.0.2.1"),
    ];

    #[test]
    fn from_rules_to_a_finding() {
        let set = set("");
        assert_eq!(set.problems, []);
        let (outcome, single) = run(&set, &ATTACK);
        let [finding] = outcome.findings.as_slice() else { panic!("{outcome:?}") };
        assert_eq!(set.correlations[finding.correlation].title, "Many failed logins, then one that succeeds");
        assert_eq!((finding.events, finding.group[0].1.as_str(), single), (4, "192.0.2.1", 0));
    }

    /// A wildcard stands for the whole value: `r*t` does not match inside of another word unless `contains` says so.
    #[test]
    fn wildcards_are_anchored() {
        let more = "---\ntitle: W\nname: w\nlogsource: {product: linux}\ndetection: {s: {user.name: 'r*t'}, condition: s}\n";
        let set = set(more);
        let hits = |user| run(&set, &[(0, "none", user, "192.0.2.1")]).1;
        assert_eq!(["root", "rt", "xroot", "roots"].map(hits), [1, 1, 0, 0]);
    }

    #[test]
    fn filters_and_aggregations_take_part() {
        let more = "---\ntitle: No tests\nlogsource: {product: linux}\nfilter:\n  rules: [failed]\n  s: {source.ip: 192.0.2.1}\n  condition: not s\n\
            ---\ntitle: Old\nid: old\nlogsource: {product: linux}\ndetection:\n  s: {event.outcome: success}\n  timeframe: 1m\n  condition: s | count(source.ip) by user.name > 1\n";
        let set = set(more);
        assert_eq!(set.problems, []);
        let (outcome, single) = run(&set, &ATTACK);
        let titles: Vec<_> =
            outcome.findings.iter().map(|f| set.correlations[f.correlation].title.as_str()).collect();
        assert_eq!((titles, single), (vec!["Old"], 0));
    }

    #[test]
    fn pipelines_change_rules_and_correlations_and_give_values() {
        let text = "vars: {admins: [root]}\ntransformations:\n- {type: field_name_mapping, mapping: {Account: user.name, Peer: source.ip}}";
        let pipelines = Pipelines::new(vec![Pipeline::of_text("p.yml", text).unwrap()]);
        let rules = "title: A\nname: a\nlogsource: {product: linux}\ndetection: {s: {Account|expand: '%admins%'}, condition: s}\n---\n\
            title: C\ncorrelation: {type: value_count, rules: a, group-by: [Account], timespan: 1m, condition: {field: Peer, gte: 2}}\n";
        let set = RuleSet::build(load("r.yml", rules), &pipelines, &Options::default());
        assert_eq!(set.problems, []);
        assert_eq!(run(&set, &ATTACK).0.findings.len(), 1);
    }

    #[test]
    fn a_correlation_over_a_rule_that_waits_for_values_is_named() {
        let rules = "title: A\nname: a\nlogsource: {product: linux}\ndetection: {s: {A|expand: '%x%'}, condition: s}\n---\n\
            title: C\ncorrelation: {type: event_count, rules: a, timespan: 1m, condition: {gte: 2}}\n";
        let set = RuleSet::build(load("r.yml", rules), &Pipelines::default(), &Options::default());
        let problems: Vec<_> = set.problems.iter().map(ToString::to_string).collect();
        assert_eq!(problems, ["r.yml:7: correlation: the rule `a` is not in force"]);
    }
}
