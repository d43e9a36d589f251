//! What the template asks a page for: words, signs, dates and names. Sentences stand in `sentences.rs`.
//!
//! Nothing here writes HTML: what is answered is escaped afterwards.
#![expect(
    clippy::trivially_copy_pass_by_ref,
    clippy::unused_self,
    reason = "templates hand fields over by reference and call everything as a method"
)]

use std::borrow::{Borrow, Cow};
use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::Date;
use rusuban_core::model::text::Text;
use rusuban_core::model::verdict::Verdict;
use rusuban_logs::cases::Suppression;
use rusuban_logs::finding::Level;

use super::{FEW, LONGEST, MOST, Page, chart, heat, sentences};
use crate::report::html::prose::{self, Span};
use crate::report::review::data::{CaseView, Decision, EvidenceView, FileView, FindingView, SourceView};
use crate::report::review::stix;
use crate::report::words;

impl Page<'_> {
    pub(super) fn say(&self, ja: &'static str, en: &'static str) -> &'static str {
        words::say(self.lang, ja, en)
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

    /// A line of a log, as much of it as is shown.
    pub(super) fn line<'t>(&self, line: &'t str) -> Cow<'t, str> {
        match line.char_indices().nth(LONGEST).and_then(|(end, _)| line.get(..end)) {
            Some(start) => Cow::Owned([&words::visible(start), "…"].concat()),
            None => words::visible(line),
        }
    }

    pub(super) fn word(&self, verdict: &Verdict) -> String {
        verdict.label().get(self.lang).to_owned()
    }

    pub(super) fn sign(&self, verdict: &Verdict) -> &'static str {
        words::symbol(*verdict)
    }

    pub(super) fn level_word(&self, level: &Level) -> String {
        level.label().get(self.lang).to_owned()
    }

    /// The sign beside a level's word, for readers without colours.
    pub(super) fn level_sign(&self, level: &Level) -> &'static str {
        match level {
            Level::Informational => "※",
            Level::Low => "▽",
            Level::Medium => "△",
            Level::High => "▲",
            Level::Critical => "×",
        }
    }

    pub(super) fn decision_word(&self, decision: &Decision) -> String {
        decision.label().get(self.lang).to_owned()
    }

    /// What became of a case.
    pub(super) fn state(&self, case: &CaseView) -> String {
        case.state.label().get(self.lang).to_owned()
    }

    pub(super) fn minute(&self, at: &Timestamp) -> String {
        self.dates.minute(*at)
    }

    pub(super) fn second(&self, at: &Timestamp) -> String {
        self.dates.second(*at)
    }

    pub(super) fn short_day(&self, day: &Date) -> String {
        self.dates.short_day(*day)
    }

    /// As many entries of a list as are shown.
    pub(super) fn most<'t, T>(&self, list: &'t [T]) -> &'t [T] {
        list.get(..MOST).unwrap_or(list)
    }

    pub(super) fn few<'t, T>(&self, list: &'t [T]) -> &'t [T] {
        list.get(..FEW).unwrap_or(list)
    }

    /// The findings of a case that are shown: many of the first cases, few of the others.
    pub(super) fn timeline<'t>(&self, case: &'t CaseView, number: impl Borrow<usize>) -> &'t [FindingView] {
        if *number.borrow() <= FEW { self.most(&case.timeline) } else { self.few(&case.timeline) }
    }

    pub(super) fn lines<'t>(&self, case: &'t CaseView, number: impl Borrow<usize>) -> &'t [EvidenceView] {
        if *number.borrow() <= FEW { self.most(&case.evidence) } else { self.few(&case.evidence) }
    }

    /// How many entries stand open and how many are left out.
    pub(super) fn left(&self, all: impl Borrow<usize>, shown: impl Borrow<usize>) -> usize {
        all.borrow().saturating_sub(*shown.borrow())
    }

    pub(super) fn at_level(&self, level: &Level) -> usize {
        self.report.cases.iter().filter(|case| case.level == *level).count()
    }

    /// Techniques of ATT&CK; whatever else rules call so is shown as a word.
    pub(super) fn is_technique(&self, word: &str) -> bool {
        stix::is_technique(word)
    }

    /// The lines of a file that were not understood, each once.
    pub(super) fn examples<'t>(&self, file: &'t FileView) -> Vec<&'t EvidenceView> {
        let mut seen = BTreeSet::new();
        let all = file.reasons.iter().flat_map(|reason| &reason.examples);
        all.filter(|line| seen.insert(&line.place)).take(FEW).collect()
    }

    /// Rules and names that a decision was about.
    pub(super) fn patterns<'t>(&self, by: &'t Suppression) -> Vec<&'t str> {
        let parts = by.patterns.iter().flat_map(|p| [&p.rule, &p.who, &p.from, &p.host]);
        let mut seen = BTreeSet::new();
        parts.map(String::as_str).filter(|part| !part.is_empty() && seen.insert(*part)).take(FEW).collect()
    }

    pub(super) fn suppressed_at(&self, level: &Level) -> usize {
        self.report.counts.suppressed.get(level).copied().unwrap_or_default()
    }

    pub(super) fn expected(&self, source: &SourceView) -> &'static str {
        match source.expected {
            Some("declared") => self.say("途切れない（台帳に記載）", "always (declared)"),
            Some(_) => self.say("途切れない（休業前の様子から）", "always (from before the closure)"),
            None => self.say("決まっていない", "not known"),
        }
    }

    pub(super) fn kind_of_error(&self, kind: &str) -> String {
        match kind {
            "rule" => self.say("規則", "rule").to_owned(),
            "file" => self.say("ファイル", "file").to_owned(),
            "blind" => self.say("見えない", "blind").to_owned(),
            other => words::visible(other).into_owned(),
        }
    }

    pub(super) fn basis(&self, code: &str) -> String {
        match code {
            "stated" => self.say("時刻の記載あり", "stated").to_owned(),
            "zone-assumed" => self.say("時間帯は仮定", "zone assumed").to_owned(),
            "year-inferred" => self.say("年は推定", "year inferred").to_owned(),
            "clock-unset" => self.say("時計が未設定", "clock unset").to_owned(),
            "none" => self.say("時刻なし", "no time").to_owned(),
            other => words::visible(other).into_owned(),
        }
    }

    pub(super) fn number(&self, count: &u64) -> String {
        sentences::grouped(*count)
    }

    pub(super) fn short_count(&self, count: &u64) -> String {
        heat::short(*count)
    }

    pub(super) fn drawing_height(&self) -> String {
        chart::height(self.bars.len())
    }
}
