//! From stored evidence to a report: judges, and joins the verdicts with the catalogue's words.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::civil::Date;
use rusuban_core::catalogue::{Measure, Requirement};
use rusuban_core::checks::registry;
use rusuban_core::evaluation::{self, Evaluation, RequirementResult, due};
use rusuban_core::model::closure::{Closure, Phase};
use rusuban_core::model::evidence::Evidence;
use rusuban_core::model::register::Register;
use rusuban_core::model::subject::{Subject, SubjectId};
use rusuban_core::model::verdict::{Level, Verdict};

use super::{AppError, ErrorKind, Session};
use crate::report::data::{
    ChainView, ClosureView, EvidenceView, FORMAT, FindingView, Machine, MeasureView, NextAction, Program,
    Report, RequirementView, SectionView, StatedView, SubjectView, measure_view,
};
use crate::store::export;

/// Stored evidence of a closure with what it gives now.
pub struct Evaluated {
    /// The closure.
    pub closure: Closure,
    /// All evidence of the closure.
    pub evidence: Vec<Evidence>,
    /// The verdicts.
    pub evaluation: Evaluation,
    register: Register,
}

/// Judges all stored evidence of a closure at an instant.
///
/// # Errors
/// Where the store cannot be read.
pub async fn evaluate(session: &Session, closure: Closure, at: Timestamp) -> Result<Evaluated, AppError> {
    let register = super::register::load(&session.store).await?;
    let evidence = under_asset_names(session.store.evidence_of(&closure.id).await?, &register);
    let machines = machines(session, &register);
    let evaluation = evaluation::evaluate(&evaluation::Input {
        catalogues: &session.catalogues,
        checks: registry::ALL,
        evidence: &evidence,
        machines: &machines,
        policy: &session.config.policy,
        closure: &closure,
        at,
    });
    Ok(Evaluated { closure, evidence, evaluation, register })
}

/// Evidence that was collected under a machine's host name speaks of its asset once the register knows it.
fn under_asset_names(mut evidence: Vec<Evidence>, register: &Register) -> Vec<Evidence> {
    let named = register.assets.values().filter_map(|asset| {
        let hostname = asset.hostname.as_ref()?;
        Some((SubjectId::host(&hostname.as_str().to_lowercase()), SubjectId::asset(asset.id.as_str())))
    });
    let assets: BTreeMap<SubjectId, SubjectId> = named.collect();
    for item in &mut evidence {
        let subject = &mut item.record.draft.subject;
        if let Some(asset) = assets.get(&SubjectId::from(subject.as_str().to_lowercase().as_str())) {
            *subject = asset.clone();
        }
    }
    evidence
}

/// The machines that are expected to be looked at: this one, and those of the register.
fn machines(session: &Session, register: &Register) -> Vec<Subject> {
    let mut machines: BTreeMap<_, Subject> = super::register::machines(register);
    let own = &session.machine.subject;
    machines.insert(own.id.clone(), own.clone());
    machines.into_values().collect()
}

/// Which measures a report shows.
#[derive(Debug, Clone, Copy, Default)]
pub struct Selection {
    /// Only this phase; all where none.
    pub phase: Option<Phase>,
}

/// Builds the report of an evaluation.
///
/// # Errors
/// Where the store cannot be read or the closure's days cannot be placed in time.
pub async fn report(
    session: &Session,
    evaluated: &Evaluated,
    selection: Selection,
) -> Result<Report, AppError> {
    let closure = &evaluated.closure;
    let evaluation = &evaluated.evaluation;
    let today = evaluation.at.to_zoned_datetime(session.zone.clone()).date();
    let measures = measure_views(session, evaluated, selection);
    let requirements = || measures.iter().flat_map(|m| &m.requirements);
    let mut counts: BTreeMap<Verdict, usize> = Verdict::ALL.iter().map(|v| (*v, 0)).collect();
    for requirement in requirements() {
        *counts.entry(requirement.verdict).or_default() += 1;
    }
    let used: BTreeSet<&str> = requirements().flat_map(|r| r.evidence.iter().map(String::as_str)).collect();
    let chain = export::verify_store(&session.store).await?;
    Ok(Report {
        format: FORMAT,
        generated_at: evaluation.at,
        program: Program { name: "rusuban", version: env!("CARGO_PKG_VERSION") },
        organisation: session.config.organisation.name.clone(),
        closure: closure_view(closure, evaluation.at)?,
        verdict: Verdict::worst(measures.iter().map(|m| m.verdict)),
        counts,
        phases: evaluation.phases(),
        machines: machine_views(session, &evaluated.register),
        sections: section_views(&evaluated.register, evaluation),
        chain: ChainView {
            records: chain.records,
            head: chain.head.hash.clone(),
            holds: chain.holds(),
            faults: chain.faults,
            key: Some(session.key.public()),
        },
        next: next_actions(requirements(), today),
        evidence: evaluated
            .evidence
            .iter()
            .filter(|e| used.contains(e.id()))
            .map(EvidenceView::from)
            .collect(),
        measures,
    })
}

fn closure_view(closure: &Closure, at: Timestamp) -> Result<ClosureView, AppError> {
    let (starts_at, ends_at) = closure.interval().map_err(|error| {
        AppError::new(ErrorKind::Input, format!("休業期間が正しくありません（{error}）"), error.to_string())
    })?;
    Ok(ClosureView {
        days: closure.days(),
        phase: closure.phase_at(at),
        starts_at,
        ends_at,
        closure: closure.clone(),
    })
}

fn measure_views(session: &Session, evaluated: &Evaluated, selection: Selection) -> Vec<MeasureView> {
    let measures = session.catalogues.iter().flat_map(|c| &c.measures);
    let results = &evaluated.evaluation.measures;
    measures
        .zip(results)
        .filter(|(measure, _)| selection.phase.is_none_or(|phase| measure.phase == phase))
        .map(|(measure, result)| {
            measure_view(
                measure,
                result.verdict,
                requirement_views(session, evaluated, measure, &result.requirements),
            )
        })
        .collect()
}

fn requirement_views(
    session: &Session,
    evaluated: &Evaluated,
    measure: &Measure,
    results: &[RequirementResult],
) -> Vec<RequirementView> {
    let views = measure.requirements.iter().zip(results);
    views
        .map(|(requirement, result)| {
            let due = due::due_date(requirement.due, &evaluated.closure, &session.calendar);
            requirement_view(requirement, result, due)
        })
        .collect()
}

fn requirement_view(
    requirement: &Requirement,
    result: &RequirementResult,
    due: Option<Date>,
) -> RequirementView {
    let stated = result.stated.as_ref();
    RequirementView {
        id: requirement.id.to_string(),
        title: requirement.title.clone(),
        verified_by: requirement.verified_by.clone(),
        verdict: result.verdict,
        due,
        findings: result.findings.iter().map(|f| FindingView { key: f.key(), finding: f.clone() }).collect(),
        evidence: result.evidence.clone(),
        newest: result.newest,
        subjects: result
            .subjects
            .iter()
            .map(|s| SubjectView { subject: s.subject.to_string(), verdict: s.verdict })
            .collect(),
        stated: stated.map(|s| StatedView { by: s.by.clone(), at: s.at, words: s.words.clone() }),
        accepted: result.accepted.clone(),
    }
}

fn machine_views(session: &Session, register: &Register) -> Vec<Machine> {
    let own = &session.machine.subject.id;
    let view = |s: Subject| Machine { subject: s.id.to_string(), this_machine: s.id == *own, name: s.name };
    machines(session, register).into_iter().map(view).collect()
}

/// The sections of the register. One that no subject stands in has not been looked at.
fn section_views(register: &Register, evaluation: &Evaluation) -> Vec<SectionView> {
    let verdicts = evaluation.sections();
    let view = |(id, name): (String, String)| SectionView {
        verdict: verdicts.get(&id).copied().unwrap_or(Verdict::Unknown),
        id,
        name,
    };
    super::register::sections(register).into_iter().map(view).collect()
}

/// One action for each requirement that is not closed: its worst finding. Failing first, then by due date.
fn next_actions<'a>(requirements: impl Iterator<Item = &'a RequirementView>, today: Date) -> Vec<NextAction> {
    let open = requirements.filter(|r| matches!(r.verdict, Verdict::Failing | Verdict::Unknown));
    let mut actions: Vec<NextAction> = open
        .filter_map(|requirement| {
            let worst = &requirement.findings.first()?.finding;
            let same = requirement.findings.iter().filter(|f| f.finding.level == worst.level).count();
            Some(NextAction {
                requirement: requirement.id.clone(),
                level: worst.level,
                message: worst.message.clone(),
                hint: worst.hint.clone(),
                findings: same,
                due: requirement.due,
                overdue: requirement.due.is_some_and(|due| due < today),
            })
        })
        .collect();
    let rank = |level: Level| u8::from(level != Level::Failing);
    actions.sort_by_key(|action| (rank(action.level), action.due.unwrap_or(Date::MAX)));
    actions
}
