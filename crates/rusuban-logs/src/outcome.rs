//! What a review has to say, put together: findings of rules, correlations and detectors, and the same by rule, with every
//! place listed, for machines.

use std::collections::BTreeMap;
use std::sync::Arc;

use rusuban_core::model::text::Text;
use serde::Serialize;

use crate::activity::hits::{HitGroup, RuleHits};
use crate::activity::{Evidence, FileId, Place};
use crate::event::Position;
use crate::finding::{Finding, Level, Origin, RuleInfo};
use crate::sigma::RuleSet;
use crate::sigma::correlation;

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
