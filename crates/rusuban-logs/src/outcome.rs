//! What a review has to say, put together: findings of rules, correlations and detectors, and the same by rule, with every
//! place listed, for machines.

use std::collections::BTreeMap;
use std::sync::Arc;

use rusuban_core::model::text::Text;
use serde::Serialize;

use crate::activity::hits::{HitGroup, RuleHits};
use crate::activity::{Evidence, FileId, Heard, Place};
use crate::cases::{self, Cases, Suppression};
use crate::context::ClosureContext;
use crate::coverage::{self, Coverage, File};
use crate::detectors;
use crate::event::Position;
use crate::finding::{Blind, Finding, Findings, Level, Origin, RuleInfo};
use crate::review::{FileTally, Partial};
use crate::sigma::correlation;
use crate::sigma::{Problem, RuleSet};

/// Everything that a review has to say.
#[derive(Debug)]
pub struct Review {
    /// Findings by rule, the gravest first.
    pub by_rule: Vec<RuleFindings>,
    /// The cases, what opened none, and what was suppressed.
    pub cases: Cases,
    /// What a detector could not see.
    pub blind: Vec<Blind>,
    /// How much of the closure the logs cover.
    pub coverage: Coverage,
    /// How each file was understood.
    pub tallies: BTreeMap<FileId, FileTally>,
    /// What each source of each host gave, by hour.
    pub heard: Vec<Heard>,
    /// Names of the files.
    pub names: Names,
    /// Rules that are not in force, and why.
    pub problems: Vec<Problem>,
    /// How many rules are in force.
    pub rules_in_force: usize,
}

/// What a review is judged against.
#[derive(Debug)]
pub struct Judgement<'j> {
    /// The rules.
    pub rules: &'j RuleSet,
    /// The closure; None where the whole of the logs is looked at and nothing is known of any closure.
    pub context: &'j ClosureContext,
    /// Whether the program's own detectors speak.
    pub detectors: bool,
    /// Files, with those that could not be read.
    pub files: &'j [File],
    /// Names of the files that were opened.
    pub names: &'j Names,
    /// What people have judged before.
    pub suppressions: &'j [Suppression],
    /// The day of the review.
    pub today: jiff::civil::Date,
}

/// Puts everything together.
pub fn review(partial: Partial, judgement: &Judgement<'_>) -> Review {
    let Judgement { rules, context, names, .. } = judgement;
    let hits = partial.hits.finish();
    let activities = partial.activity.finish();
    let correlated =
        partial.matches.as_ref().map(|m| correlation::evaluate(&rules.plan, m)).unwrap_or_default();
    let mut found = Findings::default();
    if judgement.detectors {
        found = detectors::detect(&activities, context);
    }
    let mut others = correlation_findings(rules, &correlated);
    others.append(&mut found.list);
    let by_rule = by_rule(rules, &hits, &others, names);
    let mut all = sigma_findings(rules, &hits);
    all.append(&mut others);
    let mut blind = found.blind;
    blind.extend(losses(rules, &correlated));
    Review {
        by_rule,
        cases: cases::group(all, judgement.suppressions, judgement.today, context),
        blind,
        coverage: coverage::coverage(&activities, judgement.files, context),
        tallies: partial.files,
        heard: activities.heard,
        names: (*names).clone(),
        problems: rules.problems.clone(),
        rules_in_force: rules.engine.stats().in_force,
    }
}

/// What correlations could not count.
fn losses(rules: &RuleSet, outcome: &correlation::Outcome) -> Vec<Blind> {
    let mut all = Vec::new();
    let hint = Text::new(
        "相関は、この分だけ見落としている可能性があります。元の行を確かめてください",
        "correlations may have missed something to this extent: look at the lines themselves",
    );
    for loss in &outcome.rules {
        let Some(rule) = rules.rule_info(loss.rule) else { continue };
        let message = Text::new(
            format!(
                "時刻の分からない{}件と、数が多すぎて入りきらない{}件を、相関に数えていません",
                loss.untimed, loss.overflow
            ),
            format!(
                "{} events without a usable time and {} beyond the limit were not correlated",
                loss.untimed, loss.overflow
            ),
        );
        all.push(Blind { rule: rule.id.clone(), message, hint: hint.clone() });
    }
    for loss in &outcome.correlations {
        let Some(rule) = rules.correlation_info(loss.correlation) else { continue };
        let message = Text::new(
            format!(
                "まとめる項目のない{}件と、数える値のない{}件を、相関に数えていません",
                loss.without_group, loss.without_value
            ),
            format!(
                "{} events without a field to group by and {} without a value were not correlated",
                loss.without_group, loss.without_value
            ),
        );
        all.push(Blind { rule: rule.id.clone(), message, hint: hint.clone() });
    }
    all
}

/// One event, as machines find it again.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct EventPlace {
    /// The file's name as the user gave it.
    pub file: Arc<str>,
    /// The record's number, where the format has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub record: Option<u64>,
    /// Bytes from the start of the (unpacked) file.
    pub offset: u64,
}

/// Everything that one rule found.
#[derive(Debug, Clone, Serialize)]
pub struct RuleFindings {
    /// The rule's id.
    pub rule_id: String,
    /// What it looks for.
    pub title: Text,
    /// The highest level of its findings.
    pub level: Level,
    /// Who made the rule.
    pub origin: Origin,
    /// ATT&CK techniques.
    pub techniques: Vec<String>,
    /// How many events (for correlations and detectors: bursts or facts).
    pub count: u64,
    /// Where they stand: all, or the first thousand.
    pub events: Vec<EventPlace>,
}

/// Names of the files, by number.
pub type Names = BTreeMap<FileId, Arc<str>>;

/// The findings of Sigma rules, one for each who, from where, on which machine and day.
pub fn sigma_findings(rules: &RuleSet, hits: &[RuleHits]) -> Vec<Finding> {
    let mut list = Vec::new();
    for rule_hits in hits {
        let Some(rule) = rules.rule_info(rule_hits.rule) else { continue };
        list.extend(rule_hits.groups.iter().map(|group| of_group(&rule, group)));
    }
    list
}

fn of_group(rule: &Arc<RuleInfo>, group: &HitGroup) -> Finding {
    Finding {
        rule: rule.clone(),
        level: rule.level,
        who: group.who.clone(),
        from: group.from.clone(),
        host: group.host.clone(),
        source: group.source.clone(),
        first: group.first,
        last: group.last,
        count: group.count,
        what: rule.title.clone(),
        evidence: group.evidence.clone(),
    }
}

/// The findings of correlations, one for each burst.
pub fn correlation_findings(rules: &RuleSet, outcome: &correlation::Outcome) -> Vec<Finding> {
    let finding = |f: &correlation::Finding| {
        let rule = rules.correlation_info(f.correlation)?;
        let group: Vec<String> = f.group.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let (title, group) = (&rule.title.en, group.join(", "));
        let what = Text::new(
            format!("{title}：{}件（{group}）", f.events),
            format!("{title}: {} events ({group})", f.events),
        );
        let of = |names: &[&str]| {
            let value = f.group.iter().find(|(n, _)| names.iter().any(|x| n.eq_ignore_ascii_case(x)));
            value.map_or_else(|| "".into(), |(_, v)| v.as_str().into())
        };
        let evidence = f.members.iter().map(|m| Evidence {
            place: Place {
                time: Some(m.time),
                file: FileId(m.file),
                position: Position { offset: m.offset, record: None },
            },
            excerpt: String::new(),
        });
        Some(Finding {
            level: rule.level,
            who: of(&["user.name", "User", "TargetUserName", "SubjectUserName"]),
            from: of(&["source.ip", "client.ip", "IpAddress", "SourceIp"]),
            host: of(&["host.name", "host.hostname", "Computer"]),
            source: "".into(),
            first: Some(f.first),
            last: Some(f.last),
            count: f.events,
            what,
            evidence: evidence.collect(),
            rule,
        })
    };
    outcome.findings.iter().filter_map(finding).collect()
}

/// Findings by rule: Sigma rules with the places of every event, the others with those of their lines.
pub fn by_rule(rules: &RuleSet, hits: &[RuleHits], others: &[Finding], names: &Names) -> Vec<RuleFindings> {
    let place = |file: FileId, position: Position| EventPlace {
        file: names.get(&file).cloned().unwrap_or_else(|| "?".into()),
        record: position.record,
        offset: position.offset,
    };
    let mut all: Vec<RuleFindings> = Vec::new();
    for rule_hits in hits {
        let Some(rule) = rules.rule_info(rule_hits.rule) else { continue };
        let events = rule_hits.places.iter().map(|(file, position)| place(*file, *position)).collect();
        all.push(of_rule(&rule, rule.level, rule_hits.count, events));
    }
    let mut grouped: BTreeMap<&str, Vec<&Finding>> = BTreeMap::new();
    for finding in others {
        grouped.entry(&finding.rule.id).or_default().push(finding);
    }
    for findings in grouped.values() {
        let Some(first) = findings.first() else { continue };
        let level = findings.iter().map(|f| f.level).max().unwrap_or(first.level);
        let mut events: Vec<EventPlace> = findings
            .iter()
            .flat_map(|f| &f.evidence)
            .map(|e| place(e.place.file, e.place.position))
            .collect();
        events.sort();
        events.dedup();
        all.push(of_rule(&first.rule, level, findings.len() as u64, events));
    }
    all.sort_by(|a, b| (b.level, &a.rule_id).cmp(&(a.level, &b.rule_id)));
    all
}

fn of_rule(rule: &RuleInfo, level: Level, count: u64, events: Vec<EventPlace>) -> RuleFindings {
    RuleFindings {
        rule_id: rule.id.clone(),
        title: rule.title.clone(),
        level,
        origin: rule.origin,
        techniques: rule.techniques.clone(),
        count,
        events,
    }
}
