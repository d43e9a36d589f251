//! The log review (`after.logs`): reads logs on one thread, understands and judges them on all cores.

pub mod context;
pub mod files;
pub mod parse;
pub mod rules;
pub mod run;
mod unpack;

use std::collections::BTreeMap;
use std::path::PathBuf;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use rusuban_core::model::text::Text;
use rusuban_logs::activity::FileId;
use rusuban_logs::cases::Suppression;
use rusuban_logs::context::{ClosureContext, Lists, Period};
use rusuban_logs::coverage::File;
use rusuban_logs::event::Zone;
use rusuban_logs::outcome::{self, Judgement};

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
    /// When the review is made.
    pub now: Timestamp,
}

/// Reviews logs. `progress` hears of bytes that were read.
///
/// # Errors
/// Where a rule folder is not there or a pipeline is wrong. Logs that cannot be read are part of the report.
pub fn review(request: &Request, progress: &(dyn Fn(u64) + Sync)) -> Result<ReviewReport, AppError> {
    let zone = request.input.zone.clone();
    let (rules, unreadable) =
        rules::load(&request.rules, request.own, &request.pipelines, Zone(zone.clone()))?;
    let known = request.closure.unwrap_or(Period { from: i64::MIN, to: i64::MAX });
    let context = ClosureContext::new(known, zone.clone(), None, request.lists.clone());
    let read = run::read(&request.input, &rules, &context.interest(), progress);
    let closure = request.closure.unwrap_or_else(|| span(&read));
    let baseline = baseline(&read, closure);
    let context = ClosureContext::new(closure, zone.clone(), baseline, request.lists.clone());
    let files = files_of(&read);
    let mut errors: Vec<ErrorView> = unreadable
        .into_iter()
        .map(|u| ErrorView { kind: "rule", file: u.name, line: None, message: u.reason, hint: None })
        .collect();
    errors.extend(read.failed.iter().map(|(_, name, reason)| ErrorView {
        kind: "file",
        file: name.clone(),
        line: None,
        message: reason.clone(),
        hint: None,
    }));
    let judgement = Judgement {
        rules: &rules,
        context: &context,
        detectors: request.own,
        files: &files,
        names: &read.names,
        suppressions: &request.suppressions,
        today: today(request.now, &zone),
    };
    let review = outcome::review(read.partial, &judgement);
    let closure = ClosureView {
        id: request.closure_id.clone(),
        from: context::timestamp(closure.from),
        to: context::timestamp(closure.to),
        time_zone: zone.iana_name().unwrap_or("UTC").to_owned(),
        whole_logs: request.closure.is_none(),
    };
    let frame = Frame { closure, made_at: request.now, errors, dispositions: request.dispositions.clone() };
    Ok(report(&review, frame))
}

fn today(now: Timestamp, zone: &TimeZone) -> Date {
    now.to_zoned_datetime(zone.clone()).date()
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
