//! The report as the workbook that Japanese offices hand in: one row a checkbox, and behind it the requirements, the
//! findings and the evidence.
//!
//! Cells hold text, numbers and days, never formulas. The same report always gives the same bytes.

use std::collections::{BTreeMap, BTreeSet};

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Workbook, XlsxError};
use rusuban_core::model::text::{Lang, Text};
use rusuban_core::model::verdict::Verdict;

use super::data::{EvidenceView, MeasureView, Report};
use super::dates::Dates;
use super::words;

mod checklist;
mod evidence;
mod findings;
mod requirements;
mod sheet;

use sheet::Looks;

/// How many pieces of evidence a cell names.
const SHOWN: usize = 20;

/// Writes the workbook for a reader of `lang` and gives its bytes.
///
/// # Errors
/// Where a cell cannot be written.
pub fn write(report: &Report, lang: Lang) -> Result<Vec<u8>, XlsxError> {
    let book = Book::new(report, lang);
    let looks = Looks::new(lang);
    let mut workbook = Workbook::new();
    workbook.set_properties(&book.properties()?);
    for sheet in
        [checklist::sheet(&book), requirements::sheet(&book), findings::sheet(&book), evidence::sheet(&book)]
    {
        sheet::add(&mut workbook, &sheet, &looks)?;
    }
    workbook.save_to_buffer()
}

/// The report with what every sheet asks of it.
struct Book<'a> {
    report: &'a Report,
    lang: Lang,
    dates: Dates,
    evidence: BTreeMap<&'a str, &'a EvidenceView>,
    names: BTreeMap<&'a str, &'a str>,
}

impl<'a> Book<'a> {
    fn new(report: &'a Report, lang: Lang) -> Self {
        Self {
            report,
            lang,
            dates: Dates::of(&report.closure.closure, lang),
            evidence: report.evidence.iter().map(|e| (e.id.as_str(), e)).collect(),
            names: report.machines.iter().map(|m| (m.subject.as_str(), m.name.as_str())).collect(),
        }
    }

    fn say(&self, ja: &'static str, en: &'static str) -> &'static str {
        words::say(self.lang, ja, en)
    }

    fn text<'t>(&self, text: &'t Text) -> &'t str {
        text.get(self.lang)
    }

    fn verdict(&self, verdict: Verdict) -> String {
        [words::symbol(verdict), " ", verdict.label().get(self.lang)].concat()
    }

    /// Who carries a measure and when: `責任者・休暇前`.
    fn part(&self, measure: &MeasureView) -> String {
        let (role, phase) = (measure.role.label(), measure.phase.label());
        [self.text(&role), self.say("・", ": "), self.text(&phase)].concat()
    }

    fn subject(&self, subject: &'a str) -> &'a str {
        match self.names.get(subject) {
            Some(name) => name,
            None if subject == "organisation" => self.say("組織全体", "the organisation as a whole"),
            None => subject,
        }
    }

    /// Evidence by its place in the chain, as the last sheet numbers it; by its id where it is not there.
    fn evidence<'t>(&self, ids: impl IntoIterator<Item = &'t String>) -> String {
        let place = |id: &String| {
            self.evidence.get(id.as_str()).map_or_else(|| id.clone(), |e| format!("#{}", e.seq))
        };
        let mut told = BTreeSet::new();
        let places: Vec<_> = ids.into_iter().filter(|id| told.insert(*id)).map(place).collect();
        let shown = places.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(" ");
        match (self.lang, places.len().saturating_sub(SHOWN)) {
            (_, 0) => shown,
            (Lang::Ja, left) => format!("{shown} ほか{left}件"),
            (Lang::En, left) => format!("{shown} and {left} more"),
        }
    }

    /// The lines above each sheet's table.
    fn titles(&self, title: &str) -> Vec<String> {
        let closure = &self.report.closure;
        let mut lines = vec![title.to_owned()];
        if let Some(name) = &self.report.organisation {
            lines.push(format!("{}: {name}", self.say("組織", "Organisation")));
        }
        lines.push(format!(
            "{}: {} {} ({}{})",
            self.say("休業", "Closure"),
            self.text(&closure.closure.name),
            self.dates.range(closure.closure.first_day, closure.closure.last_day),
            closure.days,
            self.say("日間", " days"),
        ));
        lines.push(format!(
            "{}: {} ({})  {}: {}",
            self.say("報告の時点", "As of"),
            self.dates.minute(self.report.generated_at),
            self.dates.zone_name(),
            self.say("総合判定", "Overall"),
            self.verdict(self.report.verdict),
        ));
        lines
    }

    fn properties(&self) -> Result<DocProperties, XlsxError> {
        let program = &self.report.program;
        let made = ExcelDateTime::from_timestamp(self.report.generated_at.as_second())?;
        Ok(DocProperties::new()
            .set_title(self.say(
                "長期休暇期間のセキュリティ対策 点検報告",
                "Security measures for the closure: inspection report",
            ))
            .set_author([program.name, " ", program.version].concat())
            .set_creation_datetime(&made))
    }
}
