//! The cases of a review as a STIX 2.1 bundle, for programs that share what was seen.
//!
//! A case is a `grouping` of suspicious activity; one that a person has called an incident is an `incident` besides.
//! Each finding that has a time and somebody or something in it is `observed-data`. ATT&CK techniques are
//! `attack-pattern`s with a `sighting` each. Only an incident's outside addresses become `indicator`s: a case that nobody
//! has judged may be a colleague at home. Findings outside cases stay out of the bundle.
//!
//! The same review gives the same ids, in either language.

mod bundle;
mod ids;
mod observables;

use jiff::Timestamp;
use rusuban_core::model::text::Lang;
use serde_json::{Value, json};

use super::data::{CaseView, Decision, FindingView, ReviewReport};
use crate::report::words;
use bundle::{Objects, set};

/// The most that STIX lets one object count.
const MOST: u64 = 999_999_999;
/// The marking TLP:AMBER of the standard itself: the bundle names accounts and machines.
const AMBER: &str = "marking-definition--f88d31f6-486f-44da-b317-01333bde0b82";

/// Writes the bundle for a reader of `lang`.
///
/// # Errors
/// Where the JSON cannot be written.
pub fn write(report: &ReviewReport, lang: Lang) -> Result<Vec<u8>, serde_json::Error> {
    let mut bytes = serde_json::to_vec_pretty(&bundle(report, lang))?;
    bytes.push(b'\n');
    Ok(bytes)
}

/// The bundle as a value.
pub fn bundle(report: &ReviewReport, lang: Lang) -> Value {
    let mut writer = Writer { report, lang, made_at: instant(report.made_at), objects: Objects::default() };
    let program = writer.program();
    writer.objects.put(&marking());
    for case in &report.cases {
        writer.case(case, &program);
    }
    json!({
        "type": "bundle",
        "id": ids::own("bundle", &format!("{} {}", report.program, writer.made_at)),
        "objects": writer.objects.into_list(),
    })
}

/// The definition of the marking, as the standard prints it.
fn marking() -> Value {
    json!({
        "type": "marking-definition",
        "spec_version": "2.1",
        "id": AMBER,
        "created": "2017-01-20T00:00:00.000Z",
        "definition_type": "tlp",
        "name": "TLP:AMBER",
        "definition": { "tlp": "amber" },
    })
}

/// An instant as STIX wants it: UTC, to the millisecond.
fn instant(at: Timestamp) -> String {
    format!("{at:.3}")
}

struct Writer<'a> {
    report: &'a ReviewReport,
    lang: Lang,
    made_at: String,
    objects: Objects,
}

/// What stands in the bundle for one finding.
struct Observed<'a> {
    finding: &'a FindingView,
    id: String,
}

impl Writer<'_> {
    /// Adds an object with what all domain and relationship objects share, and gives its id back.
    fn domain(&mut self, kind: &str, id: String, mut object: Value) -> String {
        set(&mut object, "type", kind);
        set(&mut object, "spec_version", "2.1");
        set(&mut object, "id", id.clone());
        set(&mut object, "created", self.made_at.clone());
        set(&mut object, "modified", self.made_at.clone());
        set(&mut object, "object_marking_refs", json!([AMBER]));
        let program = program_id();
        if id != program {
            set(&mut object, "created_by_ref", program);
        }
        self.objects.put(&object);
        id
    }

    fn program(&mut self) -> String {
        let object = json!({
            "name": "rusuban",
            "description": self.report.program.clone(),
            "identity_class": "system",
        });
        self.domain("identity", program_id(), object)
    }

    fn case(&mut self, case: &CaseView, program: &str) {
        let hosts = self.hosts(case);
        let observed = self.observed(case);
        let patterns = self.patterns(case);
        let sightings = self.sightings(case, &observed, &patterns, &hosts, program);
        let decision = case.dispositions.last().map(|d| d.decision);
        let mut members: Vec<String> = observed.iter().map(|o| o.id.clone()).collect();
        members.extend(observed.iter().flat_map(|o| self.objects.refs_of(&o.id)));
        members.extend(patterns.iter().map(|(_, id)| id.clone()));
        members.extend(hosts);
        members.extend(sightings);
        if decision == Some(Decision::Incident) {
            members.extend(self.incident(case, &observed, &patterns));
        }
        if members.is_empty() {
            members.push(program.to_owned());
        }
        let object = json!({
            "name": self.title(case),
            "description": self.description(case),
            "context": "suspicious-activity",
            "object_refs": unique(members),
            "labels": [format!("level-{}", case.level.as_str())],
            "lang": self.language(),
            "external_references": [{ "source_name": "rusuban", "external_id": case.id.clone() }],
        });
        let grouping = self.domain("grouping", ids::own("grouping", &case.id), object);
        self.notes(case, &grouping);
    }

    /// The machines of a case, which saw it.
    fn hosts(&mut self, case: &CaseView) -> Vec<String> {
        let mut ids = Vec::new();
        for host in case.hosts.iter().filter(|host| !host.is_empty()) {
            let id = ids::own("identity", &format!("host {host}"));
            ids.push(self.domain("identity", id, json!({ "name": &**host, "identity_class": "system" })));
        }
        ids
    }

    fn observed<'c>(&mut self, case: &'c CaseView) -> Vec<Observed<'c>> {
        let mut list = Vec::new();
        for (at, finding) in case.timeline.iter().enumerate() {
            let Some(first) = finding.first else { continue };
            let end = finding.last.map_or(first, |end| end.max(first));
            let mut refs = Vec::new();
            for object in observables::of(finding) {
                refs.push(self.objects.put(&object));
            }
            if refs.is_empty() {
                continue;
            }
            let key = format!("{} {at} {} {}", case.id, finding.rule_id, finding.source);
            let object = json!({
                "first_observed": instant(first),
                "last_observed": instant(end),
                "number_observed": finding.count.clamp(1, MOST),
                "object_refs": unique(refs),
                "labels": [finding.rule_id.clone()],
            });
            let id = self.domain("observed-data", ids::own("observed-data", &key), object);
            list.push(Observed { finding, id });
        }
        list
    }

    /// The techniques of a case with the ids of their objects.
    fn patterns(&mut self, case: &CaseView) -> Vec<(String, String)> {
        let mut list = Vec::new();
        for technique in case.techniques.iter().filter(|t| is_technique(t)) {
            let object = json!({
                "name": technique,
                "external_references": [{
                    "source_name": "mitre-attack",
                    "external_id": technique,
                    "url": technique_url(technique),
                }],
            });
            let id = self.domain("attack-pattern", ids::own("attack-pattern", technique), object);
            list.push((technique.clone(), id));
        }
        list
    }

    /// One sighting a technique: what was observed by the rules that are about it.
    fn sightings(
        &mut self,
        case: &CaseView,
        observed: &[Observed<'_>],
        patterns: &[(String, String)],
        hosts: &[String],
        program: &str,
    ) -> Vec<String> {
        let mut list = Vec::new();
        for (technique, pattern) in patterns {
            let about: Vec<&Observed<'_>> =
                observed.iter().filter(|o| self.is_about(&o.finding.rule_id, technique)).collect();
            let about = if about.is_empty() { observed.iter().collect() } else { about };
            let count: u64 = about.iter().map(|o| o.finding.count).fold(0, u64::saturating_add);
            let mut object = json!({
                "sighting_of_ref": pattern,
                "where_sighted_refs": if hosts.is_empty() { vec![program.to_owned()] } else { hosts.to_vec() },
                "count": if about.is_empty() { case.count } else { count }.min(MOST),
            });
            if !about.is_empty() {
                set(
                    &mut object,
                    "observed_data_refs",
                    about.iter().map(|o| o.id.clone()).collect::<Vec<_>>(),
                );
            }
            // The end may not come before the start; where one is unknown, neither is told.
            if let (Some(first), Some(last)) = (case.first, case.last) {
                set(&mut object, "first_seen", instant(first));
                set(&mut object, "last_seen", instant(last.max(first)));
            }
            let key = format!("{} {technique}", case.id);
            list.push(self.domain("sighting", ids::own("sighting", &key), object));
        }
        list
    }

    fn is_about(&self, rule: &str, technique: &str) -> bool {
        let of_rule = self.report.findings.iter().find(|f| f.rule_id == rule);
        of_rule.is_some_and(|f| f.techniques.iter().any(|t| t == technique))
    }

    /// What a person called an incident, with indicators for its outside addresses.
    fn incident(
        &mut self,
        case: &CaseView,
        observed: &[Observed<'_>],
        patterns: &[(String, String)],
    ) -> Vec<String> {
        let object = json!({
            "name": self.title(case),
            "description": self.description(case),
            "lang": self.language(),
        });
        let incident = self.domain("incident", ids::own("incident", &case.id), object);
        let mut list = vec![incident.clone()];
        for (_, pattern) in patterns {
            list.push(self.relationship(&incident, "related-to", pattern));
        }
        for address in case.from.iter().filter(|from| observables::is_outside_address(from)) {
            let seen: Vec<&Observed<'_>> = observed.iter().filter(|o| o.finding.from == *address).collect();
            let Some(first) = seen.iter().filter_map(|o| o.finding.first).min().or(case.first) else {
                continue;
            };
            let Some(pattern) = observables::pattern(address) else { continue };
            let object = json!({
                "name": &**address,
                "description": self.title(case),
                "lang": self.language(),
                "indicator_types": ["malicious-activity"],
                "pattern": pattern,
                "pattern_type": "stix",
                "pattern_version": "2.1",
                "valid_from": instant(first),
            });
            let key = format!("{} {address}", case.id);
            let indicator = self.domain("indicator", ids::own("indicator", &key), object);
            for seen in seen {
                list.push(self.relationship(&indicator, "based-on", &seen.id));
            }
            for (_, pattern) in patterns {
                list.push(self.relationship(&indicator, "indicates", pattern));
            }
            list.push(self.relationship(&indicator, "related-to", &incident));
            list.push(indicator);
        }
        list
    }

    fn relationship(&mut self, source: &str, kind: &str, target: &str) -> String {
        let id = ids::own("relationship", &format!("{source} {kind} {target}"));
        let object = json!({ "relationship_type": kind, "source_ref": source, "target_ref": target });
        self.domain("relationship", id, object)
    }

    /// What people decided.
    fn notes(&mut self, case: &CaseView, grouping: &str) {
        for (at, disposition) in case.dispositions.iter().enumerate() {
            let label = disposition.decision.label();
            let reason = words::visible(&disposition.reason);
            let object = json!({
                "abstract": label.get(self.lang),
                "content": if reason.is_empty() { label.get(self.lang).into() } else { reason },
                "authors": [words::visible(&disposition.by)],
                "object_refs": [grouping],
                "lang": self.language(),
            });
            let key = format!("{} {at} {}", case.id, disposition.at);
            self.domain("note", ids::own("note", &key), object);
        }
    }

    fn title(&self, case: &CaseView) -> String {
        words::visible(case.title.get(self.lang)).into_owned()
    }

    /// Why it is a case, and what was found.
    fn description(&self, case: &CaseView) -> String {
        let found = case.timeline.iter().map(|f| &f.what).take(200);
        let mut lines: Vec<String> = Vec::new();
        for text in case.why.iter().chain(found) {
            let line = words::visible(text.get(self.lang)).into_owned();
            if !lines.contains(&line) {
                lines.push(line);
            }
        }
        lines.join("\n")
    }

    fn language(&self) -> &'static str {
        words::say(self.lang, "ja", "en")
    }
}

fn program_id() -> String {
    ids::own("identity", "program rusuban")
}

/// Whether a word is a technique of ATT&CK: `T1078`, `T1021.001`.
pub(in crate::report::review) fn is_technique(word: &str) -> bool {
    let digits = |text: &str, count| text.len() == count && text.bytes().all(|b| b.is_ascii_digit());
    let Some(number) = word.strip_prefix('T') else { return false };
    match number.split_once('.') {
        Some((whole, part)) => digits(whole, 4) && digits(part, 3),
        None => digits(number, 4),
    }
}

fn technique_url(technique: &str) -> String {
    format!("https://attack.mitre.org/techniques/{}/", technique.replace('.', "/"))
}

/// Each once, in the order of their first appearance.
fn unique(list: Vec<String>) -> Vec<String> {
    let mut seen = std::collections::HashSet::new();
    list.into_iter().filter(|item| seen.insert(item.clone())).collect()
}
