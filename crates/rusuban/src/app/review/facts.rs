//! What a review leaves as evidence: the facts of `after.logs`, of bounded size, without a line of any log.

use jiff::Timestamp;
use rusuban_core::model::text::Text;
use rusuban_core::world::log_review::{
    Bounded, CaseSeen, Control, LogReviewFacts, Missing, ReviewError, ReviewFiles, ReviewRules, SourceHours,
    Stretch, SuppressedCase, Unread,
};
use rusuban_logs::cases::Case;
use rusuban_logs::outcome::Review;

use super::{context, disk};
use crate::report::review::data::{ReviewReport, SourceView};

/// The most entries of each list.
const FILES: usize = 1000;
const SOURCES: usize = 500;
const STRETCHES: usize = 40;
const OTHERS: usize = 200;
/// The most cases.
pub const CASES: usize = 300;
/// The most patterns and findings of one case.
const FINDINGS: usize = 60;
/// The most characters of a text.
const TEXT: usize = 600;

/// What the report does not say.
#[derive(Debug)]
pub struct Besides {
    /// SHA-256 over the rules' texts, in hex.
    pub rules_sha256: String,
    /// Whether the program's own rules and detectors spoke.
    pub own: bool,
    /// Whether what was planted was found.
    pub control: Control,
}

/// The facts of a review. Files and lists are added where they are known.
pub fn facts(review: &Review, report: &ReviewReport, besides: Besides) -> LogReviewFacts {
    let files = &report.coverage.files;
    let unread = files.iter().filter_map(|file| {
        let reason = short(file.not_read.as_ref()?);
        Some(Unread { name: cut(&file.file), reason })
    });
    let missing = report.coverage.shortfalls.iter().map(|s| Missing {
        code: s.code.clone(),
        item: cut(&s.item),
        message: short(&s.message),
        hint: short(&s.hint),
    });
    let errors = report.errors.iter().map(|e| ReviewError {
        kind: e.kind.to_owned(),
        item: cut(&e.file),
        message: short(&e.message),
    });
    let suppressed = review.cases.suppressed.iter().map(|suppressed| SuppressedCase {
        id: suppressed.case.id.clone(),
        level: suppressed.case.level,
        title: short(&suppressed.case.title),
        findings: Bounded::of(suppressed.case.keys(), FINDINGS),
        by: cut(&suppressed.by.by),
        reason: cut(&suppressed.by.reason),
        until: suppressed.by.expires,
        evidence: suppressed.by.evidence.clone(),
    });
    // What should have been heard comes first: it must not be what is left out.
    let mut sources: Vec<&SourceView> = report.coverage.sources.iter().collect();
    sources.sort_by_key(|source| source.expected.is_none());
    LogReviewFacts {
        program: report.program.clone(),
        from: report.closure.from,
        to: report.closure.to,
        rules: ReviewRules {
            in_force: report.rules.in_force as u64,
            not_in_force: report.rules.not_in_force as u64,
            own: besides.own,
            sha256: besides.rules_sha256,
        },
        control: besides.control,
        files: ReviewFiles {
            logs: files.len() as u64,
            bytes: files.iter().map(|f| f.bytes).sum(),
            listed: Bounded::default(),
            sha256: disk::whole(&[]),
            unread: Bounded::of(unread, OTHERS),
        },
        events: files.iter().map(|f| f.events).sum(),
        unparsed: files.iter().map(|f| f.unparsed).sum(),
        sources: Bounded::of(sources.into_iter().map(source), SOURCES),
        missing: Bounded::of(missing, OTHERS),
        errors: Bounded::of(errors, OTHERS),
        lists: Vec::new(),
        cases: Bounded::of(review.cases.cases.iter().map(|case| seen(case, report.made_at)), CASES),
        answered: Bounded::default(),
        suppressed: Bounded::of(suppressed, OTHERS),
        expired: review.cases.expired.len() as u64,
    }
}

/// Adds the files as they lie on disk.
pub fn add_files(facts: &mut LogReviewFacts, files: &[disk::OnDisk]) {
    let digests = disk::digests(files);
    facts.files.sha256 = disk::whole(&digests);
    facts.files.listed = Bounded::of(digests, FILES);
}

fn source(source: &SourceView) -> SourceHours {
    let name = if source.host.is_empty() {
        source.source.to_string()
    } else {
        format!("{}@{}", source.source, source.host)
    };
    SourceHours {
        name: cut(&name),
        events: source.events,
        hours_heard: source.hours_heard as u64,
        hours_open: source.hours_open as u64,
        expected: source.expected.map(str::to_owned),
        unseen: Bounded::of(source.gaps.iter().map(|(from, to)| Stretch { from: *from, to: *to }), STRETCHES),
    }
}

/// A case as evidence knows it.
fn seen(case: &Case, found_at: Timestamp) -> CaseSeen {
    CaseSeen {
        id: case.id.clone(),
        digest: case.digest.clone(),
        level: case.level,
        title: short(&case.title),
        first: case.first.map(context::timestamp),
        last: case.last.map(context::timestamp),
        patterns: Bounded::of(case.patterns(), FINDINGS),
        findings: Bounded::of(case.keys(), FINDINGS),
        found_at,
        earlier: None,
    }
}

fn short(text: &Text) -> Text {
    Text::new(cut(&text.ja), cut(&text.en))
}

/// A text of bounded length.
fn cut(text: &str) -> String {
    match text.char_indices().nth(TEXT).and_then(|(end, _)| text.get(..end)) {
        Some(start) => format!("{start}…"),
        None => text.to_owned(),
    }
}
