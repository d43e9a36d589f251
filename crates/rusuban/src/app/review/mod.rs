//! The log review (`after.logs`): reads logs on one thread, understands and judges them on all cores.

pub mod context;
mod control;
pub mod disk;
pub mod facts;
pub mod files;
pub mod house;
pub mod parse;
pub mod prepare;
pub mod record;
pub mod rules;
pub mod run;
mod unpack;

use std::collections::BTreeMap;
use std::path::PathBuf;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use rusuban_core::model::text::Text;
use rusuban_core::world::log_review::{Control, LogReviewFacts};
use rusuban_logs::activity::FileId;
use rusuban_logs::cases::Suppression;
use rusuban_logs::context::{ClosureContext, Lists, Period};
use rusuban_logs::coverage::File;
use rusuban_logs::event::Zone;
use rusuban_logs::outcome::{self, Judgement};
use rusuban_logs::sources::mapping::FieldMapping;

use super::AppError;
use crate::report::review::data::{ClosureView, Disposition, ErrorView, Frame, ReviewReport, report};

/// How many blocks may be on their way from the reading thread to the workers, for each worker.
const ON_THE_WAY: usize = 4;

/// How many workers: one for each core.
fn workers() -> usize {
    std::thread::available_parallelism().map_or(2, usize::from)
}

/// What every kind of review reads.
#[derive(Debug, Clone)]
pub struct Input {
    /// Files, folders, archives; `-` is standard input.
    pub paths: Vec<PathBuf>,
    /// The zone of times that name none.
    pub zone: TimeZone,
    /// Stands for the time of files that have none, and finds years. Seconds since the epoch.
    pub reference: i64,
    /// The closure's end, where there is one. Seconds since the epoch.
    pub closure_end: Option<i64>,
    /// What the configuration says of formats that no source knows.
    pub mapping: FieldMapping,
}

/// Weeks before a closure that show what is usual, at most, in days.
const BASELINE_DAYS: i64 = 92;

/// What is to be reviewed, and how.
#[derive(Debug, Clone)]
pub struct Request {
    /// The logs.
    pub input: Input,
    /// Id of the closure, where it is a known one.
    pub closure_id: Option<String>,
    /// The closure; None for the whole of the logs.
    pub closure: Option<Period>,
    /// Folders of Sigma rules.
    pub rules: Vec<PathBuf>,
    /// Whether the program's own rules and detectors speak.
    pub own: bool,
    /// Sigma processing pipelines.
    pub pipelines: Vec<PathBuf>,
    /// What the organisation wrote down.
    pub lists: Lists,
    /// What people have judged before.
    pub suppressions: Vec<Suppression>,
    /// What people decided about cases.
    pub dispositions: Vec<Disposition>,
    /// How many days looking into a case may take, where no day was named.
    pub investigation_days: i64,
    /// When the review is made.
    pub now: Timestamp,
}

/// A review: the report, and what is to be kept of it.
#[derive(Debug)]
pub struct Reviewed {
    /// The report.
    pub report: ReviewReport,
    /// The facts, but for the files on disk and where lists came from.
    pub facts: LogReviewFacts,
}

/// Reviews logs. `progress` hears of bytes that were read.
///
/// # Errors
/// Where a rule folder is not there or a pipeline is wrong. Logs that cannot be read are part of the report.
pub fn review(request: &Request, progress: &(dyn Fn(u64) + Sync)) -> Result<Reviewed, AppError> {
    let zone = request.input.zone.clone();
    let rules::Loaded { rules, unreadable, sha256 } =
        rules::load(&request.rules, request.own, &request.pipelines, Zone(zone.clone()))?;
    let known = request.closure.unwrap_or(Period { from: i64::MIN, to: i64::MAX });
    let context = ClosureContext::new(known, zone.clone(), None, request.lists.clone());
    let read = run::read(&request.input, &rules, &context.interest(), progress);
    let closure = request.closure.unwrap_or_else(|| span(&read));
    let baseline = baseline(&read, closure);
    let context = ClosureContext::new(closure, zone.clone(), baseline, request.lists.clone());
    let control = control::control(&rules, request.own, &planted_in(&context));
    let files = files_of(&read);
    let errors = errors(&unreadable, &read, &control);
    let today = request.now.to_zoned_datetime(zone.clone()).date();
    let judgement = Judgement {
        rules: &rules,
        context: &context,
        detectors: request.own,
        files: &files,
        names: &read.names,
        suppressions: &request.suppressions,
        today,
    };
    let review = outcome::review(read.partial, &judgement);
    let closure = ClosureView {
        id: request.closure_id.clone(),
        from: context::timestamp(closure.from),
        to: context::timestamp(closure.to),
        time_zone: zone.iana_name().unwrap_or("UTC").to_owned(),
        whole_logs: request.closure.is_none(),
    };
    let frame = Frame {
        closure,
        made_at: request.now,
        errors,
        dispositions: request.dispositions.clone(),
        today,
        investigation_days: request.investigation_days,
    };
    let report = report(&review, frame);
    let besides = facts::Besides { rules_sha256: sha256, own: request.own, control };
    let facts = facts::facts(&review, &report, besides);
    Ok(Reviewed { report, facts })
}

/// The planted events need some room: a review of a few minutes of logs is no closure.
fn planted_in(context: &ClosureContext) -> ClosureContext {
    let least = 3_600_000_000_000;
    let from = context.closure.from;
    let to = context.closure.to.max(from.saturating_add(least));
    ClosureContext::new(Period { from, to }, context.zone.clone(), None, context.lists.clone())
}

/// What could not be read or judged, besides the problems of rules.
fn errors(unreadable: &[rules::Unreadable], read: &run::Read, control: &Control) -> Vec<ErrorView> {
    let error = |kind, file: &str, message: &Text, hint: Option<Text>| ErrorView {
        kind,
        file: file.to_owned(),
        line: None,
        message: message.clone(),
        hint,
    };
    let rules = unreadable.iter().map(|u| error("rule", &u.name, &u.reason, None));
    let files = read.failed.iter().map(|(_, name, reason)| error("file", name, reason, None));
    let mut errors: Vec<ErrorView> = rules.chain(files).collect();
    if let Control::NotFound(missed) = control {
        let message = Text::new(
            "点検のために仕込んだ記録を見つけられませんでした。ほかの記録も見逃している可能性があります",
            "what was planted for the review was not found: it may have missed other things as well",
        );
        let hint = Text::new(
            "一覧（services.csv など）が何にでも当てはまる書き方になっていないか確かめてください",
            "see that no list (such as services.csv) fits everything",
        );
        errors.extend(missed.iter().map(|id| error("blind", id, &message, Some(hint.clone()))));
    }
    errors
}

/// From the first to the last time of all logs.
fn span(read: &run::Read) -> Period {
    let spans = read.partial.files.values().filter_map(|tally| tally.span);
    let whole = spans.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1))).unwrap_or((0, 0));
    Period { from: whole.0, to: whole.1.saturating_add(1) }
}

/// Where the logs before the closure start, if there are any.
fn baseline(read: &run::Read, closure: Period) -> Option<i64> {
    let first = read.partial.files.values().filter_map(|tally| tally.span).map(|(first, _)| first).min()?;
    let earliest = closure.from.saturating_sub(BASELINE_DAYS * 86_400_000_000_000);
    (first < closure.from).then_some(first.max(earliest))
}

/// Every file that was opened, with why it was not read; and those that could not be opened.
fn files_of(read: &run::Read) -> Vec<File> {
    let reasons: BTreeMap<FileId, &Text> =
        read.failed.iter().rev().filter_map(|(id, _, reason)| Some(((*id)?, reason))).collect();
    let failed = |id: FileId| -> Option<Text> { reasons.get(&id).map(|reason| (*reason).clone()) };
    let mut files: Vec<File> = read
        .names
        .iter()
        .map(|(id, name)| File { id: *id, name: name.to_string(), not_read: failed(*id) })
        .collect();
    let unopened = read.failed.iter().filter(|(id, _, _)| id.is_none());
    files.extend((u32::MAX / 2..).zip(unopened).map(|(id, (_, name, reason))| File {
        id: FileId(id),
        name: name.clone(),
        not_read: Some(reason.clone()),
    }));
    files
}
