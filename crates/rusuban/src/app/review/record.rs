//! Keeps a review as evidence, with what earlier reviews of the same closure leave to it: a case stays until a later review
//! answers it, so that reviewing fewer logs closes nothing.

use std::collections::BTreeSet;

use jiff::Timestamp;
use rusuban_core::model::closure::Closure;
use rusuban_core::model::evidence::{Draft, Evidence, EvidenceKind, Outcome, Source};
use rusuban_core::model::subject::SubjectId;
use rusuban_core::world::Facts;
use rusuban_core::world::log_review::{Bounded, CaseSeen, Control, LogReviewFacts};
use serde::Deserialize;

use super::facts::CASES;
use crate::app::{AppError, ErrorKind, Session};
use crate::store::evidence::Change;

/// A recorded review.
#[derive(Debug, Clone)]
pub struct Recorded {
    /// Id of its evidence.
    pub evidence: String,
    /// Which machine reviewed.
    pub vantage: String,
    /// What it says.
    pub facts: LogReviewFacts,
}

/// The recorded reviews among a closure's evidence, oldest first.
pub fn recorded(evidence: &[Evidence]) -> Vec<Recorded> {
    #[derive(Deserialize)]
    struct Body {
        facts: LogReviewFacts,
    }
    let reviews = evidence.iter().filter(|e| e.record.draft.topic == LogReviewFacts::TOPIC);
    reviews
        .filter_map(|e| {
            let body = Body::deserialize(&e.record.draft.body).ok()?;
            let vantage = e.record.draft.vantage.clone();
            Some(Recorded { evidence: e.id().to_owned(), vantage, facts: body.facts })
        })
        .collect()
}

/// Keeps a review; gives the id of its evidence.
///
/// # Errors
/// Where the store cannot be read or written.
pub async fn keep(
    session: &Session,
    closure: &Closure,
    mut facts: LogReviewFacts,
    at: Timestamp,
) -> Result<String, AppError> {
    let before = recorded(&session.store.evidence_of(&closure.id).await?);
    let vantage = session.machine.hostname.clone();
    if let Some(earlier) = before.iter().rev().find(|review| review.vantage == vantage) {
        carry_over(&mut facts, earlier, &before);
    }
    let facts = serde_json::to_value(facts).map_err(|error| {
        AppError::new(ErrorKind::Internal, format!("点検の記録を書けません（{error}）"), error.to_string())
    })?;
    let draft = Draft {
        id: Session::new_id(),
        closure: closure.id.clone(),
        kind: EvidenceKind::Observation,
        topic: LogReviewFacts::TOPIC.to_owned(),
        requirement: None,
        subject: SubjectId::organisation(),
        source: Source { name: "rusuban".to_owned(), version: env!("CARGO_PKG_VERSION").to_owned() },
        vantage,
        observed_at: at,
        received_at: at,
        effective_at: None,
        body: serde_json::to_value(Outcome::Facts(facts)).unwrap_or_default(),
    };
    let added = session.record(vec![draft], Change::None).await?;
    Ok(added.first().map(|e| e.id().to_owned()).unwrap_or_default())
}

/// Takes over from an earlier review when a case was found, and the cases that this one does not answer.
fn carry_over(facts: &mut LogReviewFacts, earlier: &Recorded, all: &[Recorded]) {
    let before = &earlier.facts;
    for case in &mut facts.cases.list {
        let same = before.cases.list.iter().find(|old| old.digest == case.digest);
        if let Some(old) = same {
            case.found_at = case.found_at.min(old.found_at);
        }
    }
    let now: BTreeSet<String> = facts.cases.list.iter().map(|case| case.digest.clone()).collect();
    let suppressed = facts.suppressed.list.iter().flat_map(|case| &case.findings.list);
    let findings: BTreeSet<String> =
        facts.cases.list.iter().flat_map(|case| &case.findings.list).chain(suppressed).cloned().collect();
    // Each case is answered by who reads again the logs in which it was found.
    let again = |old: &CaseSeen| {
        let origin = old.earlier.as_ref().map_or(Some(earlier), |id| all.iter().find(|r| &r.evidence == id));
        origin.is_some_and(|origin| reads_all_of(facts, &origin.facts))
    };
    let mut open: Vec<CaseSeen> = Vec::new();
    let mut answered: Vec<String> = Vec::new();
    for old in before.cases.list.iter().filter(|old| !now.contains(&old.digest)) {
        let whole = old.findings.left_out == 0 && !old.findings.list.is_empty();
        let grown = whole && old.findings.list.iter().all(|key| findings.contains(key));
        if grown || again(old) {
            answered.push(old.id.clone());
        } else {
            let mut old = old.clone();
            old.earlier.get_or_insert_with(|| earlier.evidence.clone());
            open.push(old);
        }
    }
    let all = std::mem::take(&mut facts.cases);
    // Where there is no room for all, the gravest stay.
    let mut list: Vec<CaseSeen> = all.list.into_iter().chain(open).collect();
    list.sort_by_key(|case| (std::cmp::Reverse(case.level), case.earlier.is_some()));
    facts.cases = Bounded::of(list, CASES);
    facts.cases.left_out += all.left_out;
    facts.answered = Bounded::of(answered, CASES);
}

/// Whether a review that could see read every file that the earlier one read.
fn reads_all_of(facts: &LogReviewFacts, before: &LogReviewFacts) -> bool {
    let (now, then) = (&facts.files, &before.files);
    let known: BTreeSet<&str> =
        now.listed.list.iter().map(|f| f.sha256.as_str()).filter(|hash| !hash.is_empty()).collect();
    facts.control == Control::Found
        && (facts.from, facts.to) == (before.from, before.to)
        && facts.rules.own >= before.rules.own
        && now.unread.total() == 0
        && then.listed.left_out == 0
        && !then.listed.list.is_empty()
        && then.listed.list.iter().all(|file| known.contains(file.sha256.as_str()))
}

#[cfg(test)]
mod tests;
