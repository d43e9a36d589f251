//! Rule files made ready: loaded, changed by pipelines, narrowed by filters, compiled, and joined by correlations.

use std::sync::Arc;

use rusuban_core::model::text::Text;

use super::correlation::{Base, Correlation, Plan};
use super::filter::{self, Filter};
use super::pipeline::Pipelines;
use super::{Document, Engine, Level, Options, Problem, Rule, Words, load_all};
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
        // Filters are written in the rules' names of fields, which pipelines change after them.
        problems.extend(filter::apply(&filters, &mut rules));
        if !pipelines.is_empty() {
            let (changed, refused) = pipelines.apply_all(rules);
            rules = changed;
            problems.extend(refused);
        }
        // A rule with an aggregation of Sigma 1 is the base rule of a correlation; without it, every event would be a finding.
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
        if !pipelines.is_empty() {
            correlations.retain_mut(|c| match pipelines.apply_to_correlation(c, &rules) {
                Ok(()) => true,
                Err(problem) => {
                    problems.push(problem);
                    false
                }
            });
        }
        let options = Options { placeholders: pipelines.placeholders(), zone };
        let (engine, wrong) = Engine::compile(&rules, &options);
        problems.extend(wrong);
        let in_force = |index: usize| engine.exprs.get(index).is_some_and(Option::is_some);
        let bases: Vec<Base<'_>> = (0..)
            .zip(rules.iter().enumerate())
            .map(|(index, (i, r))| Base { index, id: &r.id, name: &r.name, in_force: in_force(i) })
            .collect();
        let (plan, wrong) = Plan::new(&bases, &correlations);
        problems.extend(wrong);
        problems.sort_by(|a, b| a.place.cmp(&b.place));
        Self { rules, correlations, engine, plan, problems }
    }

    /// A rule as findings carry it.
    pub fn rule_info(&self, rule: u32) -> Option<Arc<RuleInfo>> {
        let rule = self.rules.get(rule as usize)?;
        Some(info(&Said {
            id: rule.key(),
            title: &rule.title,
            level: rule.level,
            tags: &rule.tags,
            description: &rule.description,
            falsepositives: &rule.falsepositives,
            words: &rule.words,
        }))
    }

    /// A correlation as findings carry it.
    pub fn correlation_info(&self, correlation: usize) -> Option<Arc<RuleInfo>> {
        let c = self.correlations.get(correlation)?;
        Some(info(&Said {
            id: if c.id.is_empty() { &c.name } else { &c.id },
            title: &c.title,
            level: c.level,
            tags: &c.tags,
            description: &c.description,
            falsepositives: &c.falsepositives,
            words: &c.words,
        }))
    }
}

/// What a rule or a correlation says of itself.
struct Said<'a> {
    id: &'a str,
    title: &'a str,
    level: Option<Level>,
    tags: &'a [Box<str>],
    description: &'a str,
    falsepositives: &'a [Box<str>],
    words: &'a Words,
}

/// What findings carry of a rule. Sigma rules are written in one language, and where they carry no words in the other one
/// theirs stand in both; the sentences around them come in both.
fn info(said: &Said<'_>) -> Arc<RuleInfo> {
    let words = said.words;
    let both = |ja: &str, en: &str| Text::new(if ja.is_empty() { en } else { ja }, en);
    let mut next: Vec<Text> =
        words.next_ja.iter().zip(&words.next_en).map(|(ja, en)| Text::new(&**ja, &**en)).collect();
    if next.is_empty() {
        next.push(Text::new(
            "該当する行と、その前後に同じ利用者・同じ機器が何をしたかを確かめてください。心当たりがなければ、機器をネットワークから切り離し、責任者へ連絡してください。",
            "Look at the lines, and at what the same account and the same machine did before and after. Where nobody can explain it, take the machine off the network and tell the person in charge.",
        ));
    }
    let known = |list: &[Box<str>]| {
        let list: Vec<&str> =
            list.iter().map(AsRef::as_ref).filter(|f: &&str| !f.eq_ignore_ascii_case("unknown")).collect();
        list.join("; ")
    };
    let en = known(said.falsepositives);
    if !en.is_empty() {
        let ja = known(&words.falsepositives_ja);
        let ja = if ja.is_empty() { &en } else { &ja };
        next.push(Text::new(
            format!("害のない例（規則の作者による）：{ja}"),
            format!("Known harmless causes (by the rule's author): {en}"),
        ));
    }
    Arc::new(RuleInfo {
        id: said.id.to_owned(),
        title: both(&words.title_ja, said.title),
        level: match said.level {
            Some(Level::Critical) => finding::Level::Critical,
            Some(Level::High) => finding::Level::High,
            Some(Level::Medium) | None => finding::Level::Medium,
            Some(Level::Low) => finding::Level::Low,
            Some(Level::Informational) => finding::Level::Informational,
        },
        techniques: techniques(said.tags),
        origin: Origin::Sigma,
        why: both(&words.why_ja, said.description.trim()),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{Event, EventTime, Field, TimeBasis};
    use crate::sigma::correlation::{Limits, Matches, Outcome, evaluate};
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

    fn built(text: &str, pipelines: &Pipelines) -> RuleSet {
        RuleSet::build(&[("r.yml", text)], pipelines, Zone::default())
    }

    fn set(more: &str) -> RuleSet {
        built(&format!("{RULES}{more}"), &Pipelines::default())
    }

    /// Events as (seconds, outcome, user, address).
    fn run(set: &RuleSet, events: &[(i64, &'static str, &'static str, &'static str)]) -> (Outcome, usize) {
        let mut scratch = set.engine.scratch();
        let mut collected = Matches::new(&set.plan, Limits::default());
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
            single += matched.iter().filter(|r| !set.plan.is_silent(**r)).count();
            collected.observe(&set.plan, &event, 0, matched);
        }
        (evaluate(&set.plan, &collected), single)
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
        let set = built(rules, &pipelines);
        assert_eq!(set.problems, []);
        assert_eq!(run(&set, &ATTACK).0.findings.len(), 1);
    }

    #[test]
    fn a_rule_speaks_japanese_where_it_carries_the_words() {
        let more = "---\ntitle: A\nid: a\ndescription: d\nfalsepositives: [f]\nlogsource: {product: linux}\n\
            detection: {s: {a: b}, condition: s}\nrusuban: {title_ja: あ, why_ja: い, next_ja: [う], next_en: [n], falsepositives_ja: [え]}\n";
        let set = set(more);
        assert_eq!(set.problems, []);
        let find =
            |key: &str| set.rules.iter().position(|r| r.key() == key).and_then(|i| u32::try_from(i).ok());
        let info = find("a").and_then(|i| set.rule_info(i)).unwrap();
        assert_eq!((&info.title, &info.why), (&Text::new("あ", "A"), &Text::new("い", "d")));
        assert_eq!(info.next[0], Text::new("う", "n"));
        assert_eq!(info.next[1].ja, "害のない例（規則の作者による）：え");
        let plain = find("login").and_then(|i| set.rule_info(i)).unwrap();
        assert_eq!((plain.title.ja.as_str(), plain.next.len()), ("Login", 1));
    }

    #[test]
    fn a_correlation_over_a_rule_that_waits_for_values_is_named() {
        let rules = "title: A\nname: a\nlogsource: {product: linux}\ndetection: {s: {A|expand: '%x%'}, condition: s}\n---\n\
            title: C\ncorrelation: {type: event_count, rules: a, timespan: 1m, condition: {gte: 2}}\n";
        let set = built(rules, &Pipelines::default());
        let problems: Vec<_> = set.problems.iter().map(ToString::to_string).collect();
        assert_eq!(problems, ["r.yml:7: correlation: the rule `a` is not in force"]);
    }
}
