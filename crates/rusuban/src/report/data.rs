//! The report as data: what `check --json` and `report --json` print, and what every other projection is made from.
//!
//! Its JSON Schema stands in `docs/schema/check.schema.json`. Times are RFC 3339 in UTC; days are civil dates in the
//! closure's zone.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use rusuban_core::catalogue::{Measure, Role};
use rusuban_core::model::chain::ChainFault;
use rusuban_core::model::closure::{Closure, Phase};
use rusuban_core::model::evidence::{Evidence, EvidenceKind};
use rusuban_core::model::text::Text;
use rusuban_core::model::verdict::{AcceptedBy, Finding, Level, Verdict};
use serde::Serialize;

/// Name and version of the JSON shape.
pub const FORMAT: &str = "rusuban-check/1";

/// Everything that is to be said about a closure at one instant.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// [`FORMAT`].
    pub format: &'static str,
    /// When the verdicts were made.
    pub generated_at: Timestamp,
    /// The program that made them.
    pub program: Program,
    /// The organisation's name, where it is configured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organisation: Option<String>,
    /// The closure.
    pub closure: ClosureView,
    /// The worst of all measures.
    pub verdict: Verdict,
    /// How many requirements have each verdict.
    pub counts: BTreeMap<Verdict, usize>,
    /// The worst verdict of each phase.
    pub phases: BTreeMap<Phase, Verdict>,
    /// The machines that are expected to be looked at.
    pub machines: Vec<Machine>,
    /// The sections of the register, with their worst verdict.
    pub sections: Vec<SectionView>,
    /// The end of the evidence chain that the report rests on.
    pub chain: ChainView,
    /// The measures, in the notice's order.
    pub measures: Vec<MeasureView>,
    /// What to do next, most urgent first.
    pub next: Vec<NextAction>,
    /// The evidence that the requirements refer to.
    pub evidence: Vec<EvidenceView>,
}

/// The program that made a report.
#[derive(Debug, Clone, Serialize)]
pub struct Program {
    /// Its name.
    pub name: &'static str,
    /// Its version.
    pub version: &'static str,
}

/// A closure with what follows from it.
#[derive(Debug, Clone, Serialize)]
pub struct ClosureView {
    /// The closure itself.
    #[serde(flatten)]
    pub closure: Closure,
    /// Days, both ends included.
    pub days: i32,
    /// The phase at the time of the report.
    pub phase: Phase,
    /// The instant when it begins.
    pub starts_at: Timestamp,
    /// The instant when it is over.
    pub ends_at: Timestamp,
}

/// A machine that is expected to be looked at.
#[derive(Debug, Clone, Serialize)]
pub struct Machine {
    /// Subject id, as in findings.
    pub subject: String,
    /// What people call it.
    pub name: String,
    /// Whether it is the machine that this program ran on.
    pub this_machine: bool,
}

/// A section and what is to be said of it.
#[derive(Debug, Clone, Serialize)]
pub struct SectionView {
    /// Id in the register.
    pub id: String,
    /// Name in the register.
    pub name: String,
    /// The worst verdict of its subjects.
    pub verdict: Verdict,
}

/// The end of the evidence chain.
#[derive(Debug, Clone, Serialize)]
pub struct ChainView {
    /// How many records the chain has.
    pub records: u64,
    /// Hash of the last record, in hex.
    pub head: String,
    /// Whether the chain holds: nothing of it was changed.
    pub holds: bool,
    /// What is wrong with it.
    pub faults: Vec<ChainFault>,
    /// Ed25519 public key that signs checkpoints here, in hex.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
}

/// A measure with its verdict.
#[derive(Debug, Clone, Serialize)]
pub struct MeasureView {
    /// Stable id.
    pub id: String,
    /// Number in the notice.
    pub number: u32,
    /// Who carries it.
    pub role: Role,
    /// When it is to be done.
    pub phase: Phase,
    /// The headings that it stands under.
    pub section: Text,
    /// Short name.
    pub title: Text,
    /// The notice's own words.
    pub text: Text,
    /// The worst of its requirements.
    pub verdict: Verdict,
    /// Its requirements.
    pub requirements: Vec<RequirementView>,
}

/// A requirement with its verdict.
#[derive(Debug, Clone, Serialize)]
pub struct RequirementView {
    /// Stable id.
    pub id: String,
    /// What must hold.
    pub title: Text,
    /// What shows that it holds.
    pub verified_by: Text,
    /// What is to be said of it.
    pub verdict: Verdict,
    /// The day on which it is due.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due: Option<Date>,
    /// Findings, worst first.
    pub findings: Vec<FindingView>,
    /// Ids of the evidence that was looked at.
    pub evidence: Vec<String>,
    /// When the newest evidence was seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub newest: Option<Timestamp>,
    /// Each subject's verdict.
    pub subjects: Vec<SubjectView>,
    /// The statement that counts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stated: Option<StatedView>,
    /// The risk acceptance that counts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accepted: Option<AcceptedBy>,
}

impl RequirementView {
    /// Whether it is still open although its day is over.
    pub fn overdue(&self, today: Date) -> bool {
        let open = matches!(self.verdict, Verdict::Failing | Verdict::Unknown);
        open && self.due.is_some_and(|due| due < today)
    }
}

/// A finding with the key that a risk acceptance refers to.
#[derive(Debug, Clone, Serialize)]
pub struct FindingView {
    /// See [`Finding::key`].
    pub key: String,
    /// The finding.
    #[serde(flatten)]
    pub finding: Finding,
}

/// One subject's verdict under a requirement.
#[derive(Debug, Clone, Serialize)]
pub struct SubjectView {
    /// Subject id.
    pub subject: String,
    /// What is to be said of it.
    pub verdict: Verdict,
}

/// Who stated something.
#[derive(Debug, Clone, Serialize)]
pub struct StatedView {
    /// Who.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// In which words.
    pub words: String,
}

/// One thing to do next.
#[derive(Debug, Clone, Serialize)]
pub struct NextAction {
    /// The requirement that it would close.
    pub requirement: String,
    /// What kind of finding it answers.
    pub level: Level,
    /// What was found.
    pub message: Text,
    /// What to do.
    pub hint: Text,
    /// How many findings of the requirement it stands for.
    pub findings: usize,
    /// The day on which the requirement is due.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due: Option<Date>,
    /// Whether that day is over.
    pub overdue: bool,
}

/// One piece of evidence, without its content.
#[derive(Debug, Clone, Serialize)]
pub struct EvidenceView {
    /// Id that requirements refer to.
    pub id: String,
    /// Place in the chain.
    pub seq: u64,
    /// Which kind.
    pub kind: EvidenceKind,
    /// What it is about.
    pub topic: String,
    /// The requirement, for statements.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requirement: Option<String>,
    /// What it speaks of.
    pub subject: String,
    /// Who or what made it.
    pub source: String,
    /// From where it was seen.
    pub vantage: String,
    /// When it was seen.
    pub observed_at: Timestamp,
    /// Hash in the chain.
    pub hash: String,
}

impl Report {
    /// The worst of all measures; Failing where the evidence that they rest on was changed.
    pub fn outcome(&self) -> Verdict {
        if self.chain.holds { self.verdict } else { Verdict::Failing }
    }
}

impl From<&Evidence> for EvidenceView {
    fn from(evidence: &Evidence) -> Self {
        let draft = &evidence.record.draft;
        let source = [draft.source.name.as_str(), draft.source.version.as_str()].join(" ");
        Self {
            id: draft.id.clone(),
            seq: evidence.record.seq,
            kind: draft.kind,
            topic: draft.topic.clone(),
            requirement: draft.requirement.as_ref().map(ToString::to_string),
            subject: draft.subject.to_string(),
            source: source.trim_end().to_owned(),
            vantage: draft.vantage.clone(),
            observed_at: draft.observed_at,
            hash: evidence.hash.clone(),
        }
    }
}

/// A measure of the catalogue with its requirements' views.
pub fn measure_view(measure: &Measure, verdict: Verdict, requirements: Vec<RequirementView>) -> MeasureView {
    MeasureView {
        id: measure.id.to_string(),
        number: measure.number,
        role: measure.role,
        phase: measure.phase,
        section: measure.section.clone(),
        title: measure.title.clone(),
        text: measure.text.clone(),
        verdict,
        requirements,
    }
}
