//! Joins what probes saw with what people state. The contradiction rule lives here: a statement never overrides
//! what was observed, in either direction; both are shown.

use jiff::Timestamp;

use super::Stated;
use super::statements::About;
use crate::checks::{Judged, Needs};
use crate::model::statement::Statement;
use crate::model::subject::SubjectId;
use crate::model::text::Text;
use crate::model::verdict::{AcceptedBy, Finding, Findings, Judgement, Level, UnknownCode, Verdict};

/// What is to be said of one subject.
pub(super) struct Combined {
    pub verdict: Verdict,
    pub findings: Vec<Finding>,
    pub stated: Option<Stated>,
    pub accepted: Option<AcceptedBy>,
}

pub(super) fn combine(
    subject: &SubjectId,
    needs: Needs,
    judged: Judged,
    about: &About<'_>,
    too_early: bool,
) -> Combined {
    let Judged { judgement, basis } = judged;
    let observed = (needs != Needs::Statement).then(|| judgement.verdict());
    let mut joined =
        Join { observed, judgement, extra: Findings::about(subject), verdict: None, stated: None };
    match about.current {
        Some((Statement::Holds { by, statement, basis: reviewed, .. }, at)) => {
            match (&basis, reviewed.get(subject)) {
                (Some(now), Some(then)) if now != then => joined.review_void(by, at),
                (Some(_), None) => joined.not_reviewed(by, at),
                _ => joined.holds(needs, by, statement, at),
            }
        }
        Some((Statement::Fails { by, statement, .. }, at)) => joined.fails(needs, by, statement, at),
        Some((Statement::NotApplicable { by, reason, .. }, at)) => {
            joined.not_applicable(needs, by, reason, at);
        }
        _ if needs == Needs::Observation && !about.premature => {}
        _ => joined.not_stated(about.premature, too_early),
    }
    joined.finish(about)
}

struct Join {
    /// What the facts alone say; none for a requirement that no probe sees.
    observed: Option<Verdict>,
    judgement: Judgement,
    extra: Findings,
    /// Replaces the verdict that the findings give, where these hold no fault.
    verdict: Option<Verdict>,
    stated: Option<Stated>,
}

impl Join {
    fn state(&mut self, by: &str, words: &str, at: Timestamp) {
        self.stated = Some(Stated { by: by.to_owned(), at, words: words.to_owned() });
    }

    /// The blind spots of the probes stay in sight, but a person has closed them.
    fn unknowns_become_notes(&mut self) {
        for finding in &mut self.judgement.findings {
            if finding.level == Level::Unknown {
                finding.level = Level::Note;
            }
        }
    }

    fn contradiction(&mut self, by: &str, words: &str) {
        self.extra.note(
            "contradicts-statement",
            "",
            Text::new(
                format!("{by}さんの申告「{words}」は観測と食い違っています。観測を優先します"),
                format!("{by} states “{words}”, which the observation contradicts; the observation stands"),
            ),
            Text::new("申告と実際を突き合わせてください", "compare the statement with the system"),
        );
    }

    fn holds(&mut self, needs: Needs, by: &str, words: &str, at: Timestamp) {
        self.state(by, words, at);
        match self.observed {
            Some(Verdict::Failing) => self.contradiction(by, words),
            Some(Verdict::Verified | Verdict::NotApplicable) if needs == Needs::Observation => {}
            _ => {
                self.unknowns_become_notes();
                self.verdict = Some(Verdict::Attested);
            }
        }
    }

    fn fails(&mut self, needs: Needs, by: &str, words: &str, at: Timestamp) {
        self.state(by, words, at);
        // Where a statement is needed beside the facts, these do not see what the person speaks of.
        if self.observed == Some(Verdict::Verified) && needs == Needs::Observation {
            self.contradiction(by, words);
            return;
        }
        self.extra.failing(
            "stated-failing",
            "",
            Text::new(format!("{by}さんの申告：{words}"), format!("{by} states: {words}")),
            Text::new("対処してから改めて申告してください", "mend it, then state it again"),
        );
    }

    fn not_applicable(&mut self, needs: Needs, by: &str, reason: &str, at: Timestamp) {
        self.state(by, reason, at);
        match self.observed {
            Some(Verdict::Failing) => self.contradiction(by, reason),
            Some(Verdict::Verified) if needs == Needs::Observation => {}
            _ => {
                self.unknowns_become_notes();
                self.verdict = Some(Verdict::NotApplicable);
            }
        }
    }

    fn not_stated(&mut self, premature: bool, too_early: bool) {
        let (code, message, hint) = if premature {
            (
                UnknownCode::NotYet,
                Text::new(
                    "休業が明ける前の申告は数えません",
                    "a statement from before the end of the closure does not count",
                ),
                Text::new(
                    "休業明けに確認して、改めて申告してください",
                    "check it after the closure and state it then",
                ),
            )
        } else if too_early {
            (
                UnknownCode::NotYet,
                Text::new("休業が明けてから確認する要件です", "this is to be checked after the closure"),
                Text::new(
                    "休業明けに確認して `rusuban attest` で申告してください",
                    "check it after the closure and state it with `rusuban attest`",
                ),
            )
        } else {
            (
                UnknownCode::NotStated,
                Text::new("担当者による申告がありません", "the person in charge has not stated it"),
                Text::new(
                    "確認して `rusuban attest` で申告してください",
                    "check it and state it with `rusuban attest`",
                ),
            )
        };
        self.extra.unknown(code.as_str(), "", message, hint);
    }

    /// The statement was made when nobody had seen what there is to review.
    fn not_reviewed(&mut self, by: &str, at: Timestamp) {
        self.extra.unknown(
            "not-reviewed",
            "",
            Text::new(
                format!("{by}さんの申告（{at}）の時点では、確認すべき内容が分かっていませんでした"),
                format!("when {by} stated it ({at}), what there is to review had not been seen"),
            ),
            Text::new(
                "いまの内容を確認し、改めて申告してください",
                "review what there is now and state it again",
            ),
        );
    }

    fn review_void(&mut self, by: &str, at: Timestamp) {
        self.extra.failing(
            "changed-since-review",
            "",
            Text::new(
                format!("{by}さんが{at}に確認した後に内容が変わったため、その確認は無効です"),
                format!("{by} reviewed it at {at}, but it has changed since: that review is void"),
            ),
            Text::new(
                "変更後の内容を確認し、改めて申告してください",
                "review what it is now and state it again",
            ),
        );
    }

    /// Why the facts show that it does not apply stands beside the other findings, whatever the verdict is.
    fn tell_why_not_applicable(&mut self) {
        let Some(reason) = &self.judgement.not_applicable else { return };
        self.extra.note(
            "not-applicable",
            "",
            reason.clone(),
            Text::new(
                "当てはまる場合は、担当者が確認して申告してください",
                "if it does apply, let the person in charge check it and state it",
            ),
        );
    }

    fn finish(mut self, about: &About<'_>) -> Combined {
        self.tell_why_not_applicable();
        for id in &about.unreadable {
            self.extra.unknown(
                UnknownCode::Unparsable.as_str(),
                id,
                Text::new(
                    format!("保存された申告 {id} を読めません"),
                    format!("the stored statement {id} cannot be read"),
                ),
                Text::new("改めて申告してください", "state it again"),
            );
        }
        let mut judgement = self.judgement;
        judgement.findings.extend(self.extra.judgement().findings);
        let accepted = accept(&mut judgement.findings, &about.acceptances);
        let verdict = match judgement.verdict() {
            Verdict::Verified | Verdict::NotApplicable => self.verdict.unwrap_or_else(|| judgement.verdict()),
            other => other,
        };
        Combined { verdict, findings: judgement.findings, stated: self.stated, accepted }
    }
}

/// Marks the findings that an acceptance covers, and gives the acceptance that ends first.
fn accept(findings: &mut [Finding], acceptances: &[&Statement]) -> Option<AcceptedBy> {
    let mut first: Option<AcceptedBy> = None;
    for finding in findings.iter_mut().filter(|f| matches!(f.level, Level::Failing | Level::Unknown)) {
        let key = finding.key();
        let covering = acceptances.iter().filter_map(|statement| match statement {
            Statement::AcceptsRisk { owner, reason, until, findings, .. } if findings.contains(&key) => {
                Some(AcceptedBy { owner: owner.clone(), reason: reason.clone(), until: *until })
            }
            _ => None,
        });
        let Some(longest) = covering.max_by_key(|accepted| accepted.until) else { continue };
        finding.level = Level::Accepted;
        if first.as_ref().is_none_or(|held| longest.until < held.until) {
            first = Some(longest);
        }
    }
    first
}
