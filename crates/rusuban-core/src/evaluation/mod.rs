//! From evidence to verdicts: newest facts of each source, judged subject by subject, joined with what people state,
//! and the worst of all of it for each requirement, measure, phase, section and closure.

use std::collections::{BTreeMap, HashMap, HashSet};

use jiff::Timestamp;
use rayon::prelude::*;

use crate::catalogue::Catalogue;
use crate::checks::{AnyCheck, Context, Judged, Needs, Scope};
use crate::model::case::{self, Dispositions};
use crate::model::closure::{Closure, Phase};
use crate::model::evidence::{Evidence, EvidenceKind};
use crate::model::id::{MeasureId, RequirementId};
use crate::model::policy::Policy;
use crate::model::statement;
use crate::model::subject::{Subject, SubjectId};
use crate::model::verdict::{AcceptedBy, Finding, Findings, Verdict};

mod combine;
pub mod due;
mod statements;

use statements::Statements;

/// Everything that an evaluation rests on.
#[derive(Clone, Copy)]
pub struct Input<'a> {
    /// The catalogues, the notice's own first.
    pub catalogues: &'a [Catalogue],
    /// The checks; see [`crate::checks::registry::ALL`].
    pub checks: &'a [&'a dyn AnyCheck],
    /// All evidence of the closure, in the order of the chain.
    pub evidence: &'a [Evidence],
    /// The machines that are expected to be looked at.
    pub machines: &'a [Subject],
    /// The limits.
    pub policy: &'a Policy,
    /// The closure.
    pub closure: &'a Closure,
    /// When the evaluation is made.
    pub at: Timestamp,
}

/// The verdict on one subject under one requirement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubjectResult {
    /// Which subject.
    pub subject: SubjectId,
    /// The section that answers for it.
    pub section: Option<String>,
    /// What is to be said of it.
    pub verdict: Verdict,
}

/// Who stated something, when, and in which words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stated {
    /// Who.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// In which words.
    pub words: String,
}

/// The verdict on one requirement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequirementResult {
    /// Which requirement.
    pub id: RequirementId,
    /// The worst of its subjects.
    pub verdict: Verdict,
    /// All findings, worst first.
    pub findings: Vec<Finding>,
    /// Ids of the evidence that was looked at, in the order of the chain.
    pub evidence: Vec<String>,
    /// Each subject's verdict.
    pub subjects: Vec<SubjectResult>,
    /// The statement that counts, where there is one.
    pub stated: Option<Stated>,
    /// The risk acceptance that counts and ends first.
    pub accepted: Option<AcceptedBy>,
    /// When the newest evidence was seen.
    pub newest: Option<Timestamp>,
    /// Digests of what a review covers, by subject; a statement made now is bound to them.
    pub basis: BTreeMap<SubjectId, String>,
}

/// The verdict on one measure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MeasureResult {
    /// Which measure.
    pub id: MeasureId,
    /// Its phase.
    pub phase: Phase,
    /// The worst of its requirements.
    pub verdict: Verdict,
    /// Its requirements, in order.
    pub requirements: Vec<RequirementResult>,
}

/// The verdicts on a closure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evaluation {
    /// When it was made.
    pub at: Timestamp,
    /// The worst of all measures.
    pub verdict: Verdict,
    /// All measures, in the catalogues' order.
    pub measures: Vec<MeasureResult>,
}

impl Evaluation {
    /// The worst verdict of each phase that has measures.
    pub fn phases(&self) -> BTreeMap<Phase, Verdict> {
        worst_by(self.measures.iter().map(|m| (m.phase, m.verdict)))
    }

    /// The worst verdict of each section, for the subjects that stand in one.
    pub fn sections(&self) -> BTreeMap<String, Verdict> {
        let subjects = self.requirements().flat_map(|r| r.subjects.iter());
        worst_by(subjects.filter_map(|s| s.section.clone().map(|section| (section, s.verdict))))
    }

    /// The worst verdict of each section under each measure: the grid that managers read.
    pub fn grid(&self) -> BTreeMap<(String, MeasureId), Verdict> {
        worst_by(self.measures.iter().flat_map(|measure| {
            measure.requirements.iter().flat_map(|r| r.subjects.iter()).filter_map(move |subject| {
                subject.section.clone().map(|section| ((section, measure.id.clone()), subject.verdict))
            })
        }))
    }

    /// All requirements, in order.
    pub fn requirements(&self) -> impl Iterator<Item = &RequirementResult> {
        self.measures.iter().flat_map(|m| m.requirements.iter())
    }

    /// One requirement's result.
    pub fn requirement(&self, id: &RequirementId) -> Option<&RequirementResult> {
        self.requirements().find(|r| &r.id == id)
    }
}

fn worst_by<K: Ord>(items: impl Iterator<Item = (K, Verdict)>) -> BTreeMap<K, Verdict> {
    let mut worst: BTreeMap<K, Verdict> = BTreeMap::new();
    for (key, verdict) in items {
        worst.entry(key).and_modify(|held| *held = held.worse_of(verdict)).or_insert(verdict);
    }
    worst
}

/// Evaluates a closure. Pure: the same input always gives the same verdicts.
pub fn evaluate(input: &Input<'_>) -> Evaluation {
    let newest = Newest::of(input.evidence);
    let statements = Statements::read(input.evidence);
    let decisions = Dispositions::read(input.evidence);
    let mut measures = Vec::new();
    for measure in input.catalogues.iter().flat_map(|c| &c.measures) {
        let requirements: Vec<RequirementResult> = measure
            .requirements
            .iter()
            .map(|requirement| {
                Requirement {
                    id: &requirement.id,
                    phase: measure.phase,
                    input,
                    newest: &newest,
                    statements: &statements,
                    decisions: &decisions,
                }
                .evaluate()
            })
            .collect();
        measures.push(MeasureResult {
            id: measure.id.clone(),
            phase: measure.phase,
            verdict: Verdict::worst(requirements.iter().map(|r| r.verdict)),
            requirements,
        });
    }
    Evaluation { at: input.at, verdict: Verdict::worst(measures.iter().map(|m| m.verdict)), measures }
}

/// Millions of look-ups by short texts: a hash that is quicker than the standard one. What comes out is always sorted.
type Map<'a, V> = HashMap<&'a str, V, foldhash::fast::RandomState>;

/// The newest evidence of each source and vantage, by topic and subject.
struct Newest<'a>(Map<'a, Map<'a, Held<'a>>>);

/// What is held of one subject. Nearly always that is the evidence of one source.
enum Held<'a> {
    One(&'a Evidence),
    Many(Vec<&'a Evidence>),
}

impl<'a> Held<'a> {
    fn as_slice(&self) -> &[&'a Evidence] {
        match self {
            Self::One(evidence) => std::slice::from_ref(evidence),
            Self::Many(list) => list,
        }
    }

    fn add(&mut self, item: &'a Evidence) {
        let held = match self {
            Self::One(evidence) => std::slice::from_mut(evidence),
            Self::Many(list) => list,
        };
        match held.iter_mut().find(|other| same_source(other, item)) {
            Some(other) if counts_before(other, item) => {}
            Some(other) => *other = item,
            None => *self = Self::Many(held.iter().copied().chain([item]).collect()),
        }
    }
}

fn same_source(a: &Evidence, b: &Evidence) -> bool {
    let (a, b) = (&a.record.draft, &b.record.draft);
    a.kind == b.kind && a.source.name == b.source.name && a.vantage == b.vantage
}

/// What a file says counts by the file's own time; of what was seen, the later record counts, whatever the clock said.
fn counts_before(held: &Evidence, later: &Evidence) -> bool {
    let (held, later) = (&held.record.draft, &later.record.draft);
    later.kind == EvidenceKind::Import && held.observed_at > later.observed_at
}

impl<'a> Newest<'a> {
    fn of(evidence: &'a [Evidence]) -> Self {
        let mut topics: Map<'_, Map<'_, Held<'_>>> = Map::default();
        // Evidence of one topic often stands together: its table is looked up once.
        for run in evidence.chunk_by(|a, b| a.record.draft.topic == b.record.draft.topic) {
            let Some(first) = run.first().filter(|e| e.record.draft.topic != statement::TOPIC) else {
                continue;
            };
            let subjects = topics.entry(&first.record.draft.topic).or_default();
            for item in run {
                subjects
                    .entry(item.record.draft.subject.as_str())
                    .and_modify(|held| held.add(item))
                    .or_insert(Held::One(item));
            }
        }
        Self(topics)
    }

    fn about(&self, topic: &str, subject: &SubjectId) -> &[&'a Evidence] {
        self.0.get(topic).and_then(|subjects| subjects.get(subject.as_str())).map_or(&[], Held::as_slice)
    }

    /// Subjects that there is evidence about and that are not expected.
    fn others(&self, topic: &str, expected: &[Subject]) -> Vec<Subject> {
        let Some(subjects) = self.0.get(topic) else { return Vec::new() };
        let known = expected.iter().filter(|machine| subjects.contains_key(machine.id.as_str())).count();
        if known == subjects.len() {
            return Vec::new();
        }
        let expected: HashSet<&str> = expected.iter().map(|machine| machine.id.as_str()).collect();
        let others = subjects.keys().filter(|id| !expected.contains(*id));
        others.map(|id| Subject { id: SubjectId::from(*id), name: (*id).to_owned(), section: None }).collect()
    }
}

/// One requirement under evaluation.
struct Requirement<'a> {
    id: &'a RequirementId,
    phase: Phase,
    input: &'a Input<'a>,
    newest: &'a Newest<'a>,
    statements: &'a Statements<'a>,
    decisions: &'a Dispositions,
}

impl Requirement<'_> {
    fn evaluate(&self) -> RequirementResult {
        let check = self.input.checks.iter().copied().find(|c| c.meta().id == self.id.as_str());
        let mut result = RequirementResult {
            id: self.id.clone(),
            verdict: Verdict::Unknown,
            findings: Vec::new(),
            evidence: Vec::new(),
            subjects: Vec::new(),
            stated: None,
            accepted: None,
            newest: None,
            basis: BTreeMap::new(),
        };
        let others = self.others(check);
        let subjects = self.subjects(check, &others);
        let work =
            subjects.par_iter().with_min_len(SHARE).map(|subject| self.evaluate_subject(check, subject));
        let looked: Vec<Looked<'_>> = work.collect();
        let mut used: Vec<&Evidence> = Vec::with_capacity(looked.len());
        for (subject, looked) in subjects.iter().zip(looked) {
            used.extend(looked.evidence);
            result.take(subject, looked);
        }
        used.extend(self.statements.evidence(self.id));
        if self.id.as_str() == case::REQUIREMENT {
            used.extend(self.input.evidence.iter().filter(|e| case::is_disposition(e)));
        }
        used.sort_unstable_by_key(|e| e.record.seq);
        used.dedup_by_key(|e| e.record.seq);
        result.newest = used.iter().map(|e| e.record.draft.observed_at).max();
        result.evidence = used.iter().map(|e| e.id().to_owned()).collect();
        result.verdict = Verdict::worst(result.subjects.iter().map(|s| s.verdict));
        result.findings.sort_by(|a, b| b.level.cmp(&a.level).then_with(|| a.cmp(b)));
        result
    }

    /// Subjects of the requirement besides the expected machines: the organisation, or those that there is evidence about.
    fn others(&self, check: Option<&dyn AnyCheck>) -> Vec<Subject> {
        let Some(check) = check.filter(|c| c.meta().scope == Scope::Machine) else {
            return vec![Subject::organisation()];
        };
        check.topic().map_or_else(Vec::new, |topic| self.newest.others(topic, self.input.machines))
    }

    /// Whom the requirement is asked of, in order.
    fn subjects<'s>(&'s self, check: Option<&dyn AnyCheck>, others: &'s [Subject]) -> Vec<&'s Subject> {
        let of_machines = check.is_some_and(|c| c.meta().scope == Scope::Machine);
        let machines: &[Subject] = if of_machines { self.input.machines } else { &[] };
        let mut subjects: Vec<&Subject> = machines.iter().chain(others).collect();
        if !subjects.is_sorted_by_key(|subject| &subject.id) {
            subjects.sort_by(|a, b| a.id.cmp(&b.id));
        }
        subjects
    }

    fn evaluate_subject(&self, check: Option<&dyn AnyCheck>, subject: &Subject) -> Looked<'_> {
        let (judged, evidence) = self.judge(check, &subject.id);
        let basis = judged.basis.clone();
        let needs = check.map_or(Needs::Statement, |c| c.meta().needs);
        let earliest = self.earliest();
        let stated = self.statements.about(self.id, &subject.id, self.input.at, earliest);
        let too_early = earliest.is_some_and(|earliest| self.input.at < earliest);
        let combined = combine::combine(&subject.id, needs, judged, &stated, too_early);
        Looked { evidence, basis, combined }
    }

    /// What is to be done after the closure cannot be stated before its end.
    fn earliest(&self) -> Option<Timestamp> {
        if self.phase != Phase::Reopen {
            return None;
        }
        self.input.closure.interval().ok().map(|(_, end)| end)
    }

    fn judge(&self, check: Option<&dyn AnyCheck>, subject: &SubjectId) -> (Judged, &[&Evidence]) {
        let Some((check, topic)) = check.and_then(|c| c.topic().map(|topic| (c, topic))) else {
            return (Judged { judgement: Findings::about(subject).judgement(), basis: None }, &[]);
        };
        let evidence = self.newest.about(topic, subject);
        if evidence.is_empty() {
            return (Judged { judgement: check.unlooked(subject), basis: None }, &[]);
        }
        let context = Context {
            closure: self.input.closure,
            policy: self.input.policy,
            at: self.input.at,
            decisions: self.decisions,
        };
        (check.judge(subject, evidence, &context), evidence)
    }
}

/// How many subjects are worth a thread of their own.
const SHARE: usize = 512;

/// What was concluded about one subject.
struct Looked<'e> {
    evidence: &'e [&'e Evidence],
    basis: Option<String>,
    combined: combine::Combined,
}

impl RequirementResult {
    fn take(&mut self, subject: &Subject, looked: Looked<'_>) {
        let combined = looked.combined;
        if let Some(basis) = looked.basis {
            self.basis.insert(subject.id.clone(), basis);
        }
        self.subjects.push(SubjectResult {
            subject: subject.id.clone(),
            section: subject.section.clone(),
            verdict: combined.verdict,
        });
        self.findings.extend(combined.findings);
        if combined.stated.is_some() {
            self.stated = combined.stated;
        }
        if let Some(accepted) = combined.accepted {
            let ends_first = self.accepted.as_ref().is_none_or(|held| accepted.until < held.until);
            if ends_first {
                self.accepted = Some(accepted);
            }
        }
    }
}
