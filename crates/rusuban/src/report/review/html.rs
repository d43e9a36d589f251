//! The review as one HTML file that asks nothing of the network.
//!
//! The pages stand in `templates/review/`, their looks in `templates/report/style.css` and `templates/review/style.css`;
//! here is what they ask for. Log lines are hostile: the template engine escapes everything, `visible` shows what would
//! hide, and nothing here may mark text as safe. Lists are cut, so that the file stays one that a browser opens.

use askama::Template;
use rusuban_core::model::text::Lang;
use rusuban_logs::finding::Level;

use super::data::{FileView, ReviewReport, SourceView};
use crate::report::dates::Dates;
use crate::report::html::RenderError;

mod answers;
mod chart;
mod heat;
mod sentences;
mod tops;

use chart::{Bar, Tick};
use heat::{Cell, Heat};
use tops::Top;

/// The most entries of one list; the rest stands in the JSON.
const MOST: usize = 200;
/// The most names in one cell, and the most findings of a case that is not among the first.
const FEW: usize = 20;
/// The most characters of one line of a log.
const LONGEST: usize = 2_000;

/// Renders a review for a reader of `lang`.
///
/// # Errors
/// Where the template fails.
pub fn render(report: &ReviewReport, lang: Lang) -> Result<String, RenderError> {
    Page::new(report, lang).render().map_err(|error| RenderError(error.to_string()))
}

/// What the template asks for.
#[derive(Template)]
#[template(path = "review/page.html", whitespace = "minimize")]
struct Page<'a> {
    report: &'a ReviewReport,
    lang: Lang,
    dates: Dates,
    bars: Vec<Bar>,
    ticks: Vec<Tick>,
    heats: Vec<Heat<'a>>,
    tops: Vec<Top<'a>>,
    /// Those that should have been heard throughout and were not come first.
    sources: Vec<&'a SourceView>,
    /// Those that were not read, or not wholly, come first.
    files: Vec<&'a FileView>,
    levels: [Level; 5],
}

impl<'a> Page<'a> {
    fn new(report: &'a ReviewReport, lang: Lang) -> Self {
        let dates = Dates::in_zone(&report.closure.time_zone, lang);
        let coverage = &report.coverage;
        let mut sources: Vec<&SourceView> = coverage.sources.iter().collect();
        sources.sort_by_key(|s| s.expected.is_none() || s.gaps.is_empty());
        let mut files: Vec<&FileView> = coverage.files.iter().collect();
        files.sort_by_key(|f| (f.not_read.is_none(), f.unparsed == 0));
        Self {
            report,
            lang,
            bars: chart::bars(report),
            ticks: chart::ticks(&report.closure, &dates),
            heats: heat::heats(report, &dates, &sources),
            tops: tops::tops(report),
            sources,
            files,
            levels: [Level::Critical, Level::High, Level::Medium, Level::Low, Level::Informational],
            dates,
        }
    }
}
