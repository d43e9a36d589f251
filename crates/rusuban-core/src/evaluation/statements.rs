//! What people stated, by requirement and subject: the newest that counts, and every acceptance that has not ended.

use std::collections::{BTreeMap, HashSet};

use jiff::Timestamp;
use serde::Deserialize;

use crate::model::evidence::Evidence;
use crate::model::id::RequirementId;
use crate::model::statement::{self, Statement};
use crate::model::subject::SubjectId;

struct Entry<'a> {
    evidence: &'a Evidence,
    /// None where the stored statement cannot be read: it is named, and counts for nothing.
    statement: Option<Statement>,
}

/// All statements of a closure that were not withdrawn.
pub(super) struct Statements<'a>(BTreeMap<&'a RequirementId, Vec<Entry<'a>>>);

/// The statements that count for one subject.
#[derive(Default)]
pub(super) struct About<'s> {
    /// The newest statement that it holds, fails or does not apply, with its time.
    pub current: Option<(&'s Statement, Timestamp)>,
    /// Acceptances that have not ended.
    pub acceptances: Vec<&'s Statement>,
    /// Evidence ids of statements that cannot be read.
    pub unreadable: Vec<&'s str>,
    /// Whether somebody stated it before it could be known.
    pub premature: bool,
}

impl<'a> Statements<'a> {
    pub(super) fn read(evidence: &'a [Evidence]) -> Self {
        let mut withdrawn: HashSet<String> = HashSet::new();
        let mut by_requirement: BTreeMap<&RequirementId, Vec<Entry<'_>>> = BTreeMap::new();
        for item in evidence.iter().filter(|e| e.record.draft.topic == statement::TOPIC) {
            let Some(requirement) = &item.record.draft.requirement else { continue };
            let statement = Statement::deserialize(&item.record.draft.body).ok();
            if let Some(Statement::Withdraws { evidence, .. }) = &statement {
                withdrawn.insert(evidence.clone());
            }
            by_requirement.entry(requirement).or_default().push(Entry { evidence: item, statement });
        }
        for entries in by_requirement.values_mut() {
            entries.retain(|entry| !withdrawn.contains(entry.evidence.id()));
        }
        Self(by_requirement)
    }

    /// All evidence of statements about a requirement.
    pub(super) fn evidence(&self, id: &RequirementId) -> impl Iterator<Item = &'a Evidence> {
        self.0.get(id).into_iter().flatten().map(|entry| entry.evidence)
    }

    /// What counts for one subject at an instant. A statement about the organisation speaks for each subject; one that
    /// was made before `earliest` cannot have known.
    pub(super) fn about(
        &self,
        id: &RequirementId,
        subject: &SubjectId,
        at: Timestamp,
        earliest: Option<Timestamp>,
    ) -> About<'_> {
        let mut about = About::default();
        for entry in self.0.get(id).into_iter().flatten() {
            let draft = &entry.evidence.record.draft;
            if &draft.subject != subject && !draft.subject.is_organisation() {
                continue;
            }
            match &entry.statement {
                None => about.unreadable.push(entry.evidence.id()),
                Some(Statement::Withdraws { .. }) => {}
                Some(statement) if !statement.speaks_for(subject) => {}
                Some(statement @ Statement::AcceptsRisk { until, .. }) => {
                    if *until > at {
                        about.acceptances.push(statement);
                    }
                }
                Some(_) if earliest.is_some_and(|earliest| draft.observed_at < earliest) => {
                    about.premature = true;
                }
                Some(statement) => {
                    let newer = about.current.is_none_or(|(_, held)| draft.observed_at >= held);
                    if newer {
                        about.current = Some((statement, draft.observed_at));
                    }
                }
            }
        }
        about
    }
}
