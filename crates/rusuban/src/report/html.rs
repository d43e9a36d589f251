//! The report as one HTML file that asks nothing of the network.
//!
//! The pages stand in `templates/report/`; here is what they ask for. Everything is escaped by the template engine;
//! nothing here may mark text as safe.

use std::collections::BTreeMap;

use askama::Template;
use rusuban_core::model::text::Lang;
use rusuban_core::model::verdict::Verdict;

use super::data::{EvidenceView, Report};
use super::dates::Dates;

mod answers;
mod chart;
mod outline;
pub(super) mod prose;
mod sentences;

use chart::{Band, Stage};
use outline::{Group, MachineRow};

/// How many entries of a list stand open; the rest is folded away, on paper all of it shows.
const OPEN: usize = 10;

/// Why a report cannot be written.
#[derive(Debug, thiserror::Error)]
#[error("the report cannot be rendered: {0}")]
pub struct RenderError(pub String);

/// Renders a report for a reader of `lang`.
///
/// # Errors
/// Where the template fails.
pub fn render(report: &Report, lang: Lang) -> Result<String, RenderError> {
    Page::new(report, lang).render().map_err(|error| RenderError(error.to_string()))
}

/// What the template asks for.
#[derive(Template)]
#[template(path = "report/page.html", whitespace = "minimize")]
struct Page<'a> {
    report: &'a Report,
    lang: Lang,
    dates: Dates,
    groups: Vec<Group<'a>>,
    machines: Vec<MachineRow<'a>>,
    stages: Vec<Stage>,
    bands: Vec<Band>,
    /// All verdicts, worst first.
    verdicts: Vec<Verdict>,
    names: BTreeMap<&'a str, &'a str>,
    evidence: BTreeMap<&'a str, &'a EvidenceView>,
}

impl<'a> Page<'a> {
    fn new(report: &'a Report, lang: Lang) -> Self {
        let dates = Dates::of(&report.closure.closure, lang);
        Self {
            report,
            lang,
            groups: outline::groups(&report.measures),
            machines: outline::machines(report),
            stages: chart::stages(report, &dates),
            bands: chart::bands(&report.counts),
            verdicts: Verdict::ALL.into_iter().rev().collect(),
            names: report.machines.iter().map(|m| (m.subject.as_str(), m.name.as_str())).collect(),
            evidence: report.evidence.iter().map(|e| (e.id.as_str(), e)).collect(),
            dates,
        }
    }
}
