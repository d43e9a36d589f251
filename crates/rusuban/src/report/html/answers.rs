//! What the template asks a page for: words, signs, dates and names. Sentences stand in `sentences.rs`.
//!
//! Nothing here writes HTML: what is answered is escaped afterwards.
#![expect(
    clippy::trivially_copy_pass_by_ref,
    clippy::unused_self,
    reason = "templates hand fields over by reference and call everything as a method"
)]

use std::borrow::Cow;

use jiff::Timestamp;
use jiff::civil::Date;
use rusuban_core::model::closure::ClosureOrigin;
use rusuban_core::model::evidence::EvidenceKind;
use rusuban_core::model::text::{Lang, Text};
use rusuban_core::model::verdict::{Level, Verdict};

use super::outline::FindingList;
use super::prose::{self, Span};
use super::{OPEN, Page};
use crate::report::data::{EvidenceView, FindingView, NextAction, RequirementView};
use crate::report::words;

impl<'a> Page<'a> {
    pub(super) fn say(&self, ja: &'static str, en: &'static str) -> &'static str {
        words::say(self.lang, ja, en)
    }

    pub(super) fn japanese(&self) -> bool {
        self.lang == Lang::Ja
    }

    pub(super) fn text<'t>(&self, text: &'t Text) -> Cow<'t, str> {
        words::visible(text.get(self.lang))
    }

    pub(super) fn plain<'t>(&self, text: &'t str) -> Cow<'t, str> {
        words::visible(text)
    }

    pub(super) fn spans<'t>(&self, text: &'t Text) -> Vec<Span<'t>> {
        prose::spans(text.get(self.lang))
    }

    pub(super) fn word(&self, verdict: &Verdict) -> String {
        verdict.label().get(self.lang).to_owned()
    }

    pub(super) fn sign(&self, verdict: &Verdict) -> &'static str {
        words::symbol(*verdict)
    }

    pub(super) fn meaning(&self, verdict: &Verdict) -> String {
        words::meaning(*verdict).get(self.lang).to_owned()
    }

    pub(super) fn level_word(&self, level: &Level) -> String {
        words::level(*level).get(self.lang).to_owned()
    }

    pub(super) fn level_sign(&self, level: &Level) -> &'static str {
        words::level_symbol(*level)
    }

    pub(super) fn level_class(&self, level: &Level) -> &'static str {
        match level {
            Level::Note => "note",
            Level::Accepted => Verdict::AcceptedRisk.as_str(),
            Level::Unknown => Verdict::Unknown.as_str(),
            Level::Failing => Verdict::Failing.as_str(),
        }
    }

    pub(super) fn kind(&self, kind: &EvidenceKind) -> String {
        words::evidence_kind(*kind).get(self.lang).to_owned()
    }

    pub(super) fn origin(&self) -> &'static str {
        match self.report.closure.closure.origin {
            ClosureOrigin::Calendar => self.say("暦から計算", "found in the calendar"),
            ClosureOrigin::Manual => self.say("手で登録", "defined by hand"),
        }
    }

    pub(super) fn title(&self) -> &'static str {
        self.say(
            "長期休暇期間のセキュリティ対策 点検報告",
            "Security measures for the closure: inspection report",
        )
    }

    pub(super) fn minute(&self, at: &Timestamp) -> String {
        self.dates.minute(*at)
    }

    pub(super) fn second(&self, at: &Timestamp) -> String {
        self.dates.second(*at)
    }

    pub(super) fn day(&self, day: &Date) -> String {
        self.dates.day(*day)
    }

    /// The days with western years, for readers of Japanese.
    pub(super) fn western(&self) -> String {
        let closure = &self.report.closure.closure;
        let day = |day: Date| format!("{}年{}月{}日", day.year(), day.month(), day.day());
        format!("西暦 {}〜{}", day(closure.first_day), day(closure.last_day))
    }

    /// A name that a link can point to.
    pub(super) fn anchor(&self, id: &str) -> String {
        let safe = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '.' | '-') { c } else { '-' };
        ["on-", &id.chars().map(safe).collect::<String>()].concat()
    }

    /// What people call a subject, where it is a machine or the organisation itself.
    pub(super) fn subject<'t>(&self, subject: &'t str) -> Cow<'t, str>
    where
        'a: 't,
    {
        match self.names.get(subject) {
            Some(name) => words::visible(name),
            None if subject == "organisation" => {
                Cow::Borrowed(self.say("組織全体", "the organisation as a whole"))
            }
            None => words::visible(subject),
        }
    }

    pub(super) fn evidence_of(&self, id: &str) -> Option<&'a EvidenceView> {
        self.evidence.get(id).copied()
    }

    pub(super) fn has_subject(&self, view: &FindingView) -> bool {
        view.finding.subject.as_str() != "organisation"
    }

    pub(super) fn findings<'t>(&self, requirement: &'t RequirementView) -> FindingList<'t> {
        FindingList::of(&requirement.findings, OPEN)
    }

    pub(super) fn overdue(&self, requirement: &RequirementView) -> bool {
        requirement.overdue(self.dates.day_of(self.report.generated_at))
    }

    /// The head of a list that stands open, and the rest.
    pub(super) fn fold<'t, T>(&self, list: &'t [T]) -> (&'t [T], &'t [T]) {
        list.split_at_checked(OPEN).unwrap_or((list, &[]))
    }

    pub(super) fn urgent(&self) -> (&'a [NextAction], &'a [NextAction]) {
        self.fold(&self.report.next)
    }

    pub(super) fn requirement_count(&self, verdict: &Verdict) -> usize {
        self.report.counts.get(verdict).copied().unwrap_or(0)
    }

    pub(super) fn requirement_total(&self) -> usize {
        self.report.counts.values().sum()
    }

    pub(super) fn measure_count(&self, verdict: &Verdict) -> usize {
        self.report.measures.iter().filter(|m| m.verdict == *verdict).count()
    }

    /// What a requirement is called; its id where no measure has it.
    pub(super) fn requirement_title<'t>(&'t self, id: &'t str) -> Cow<'t, str> {
        let all = self.report.measures.iter().flat_map(|m| m.requirements.iter().map(move |r| (m, r)));
        match all.into_iter().find(|(_, r)| r.id == id) {
            Some((measure, requirement)) => {
                let (number, title) = (measure.number, self.text(&requirement.title));
                match self.lang {
                    Lang::Ja => format!("{title}（対策{number}）").into(),
                    Lang::En => format!("{title} (measure {number})").into(),
                }
            }
            None => words::visible(id),
        }
    }
}
