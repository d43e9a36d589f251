//! From what somebody asks for to a review, with what the store says where there is one; and what is kept afterwards.

use std::path::PathBuf;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use rusuban_core::model::closure::Closure;
use rusuban_core::model::text::Text;
use rusuban_core::world::log_review::ListUsed;
use rusuban_logs::context::{Lists, Period};

use super::disk::{self, OnDisk};
use super::{Input, Request, Reviewed, context, facts, house, record, review};
use crate::app::{AppError, ErrorKind, Session};
use crate::config::Config;
use crate::report::review::data::{RecordView, ReviewReport};

/// What somebody asks for.
#[derive(Debug, Clone)]
pub struct Wish {
    /// Files, folders, archives; `-` is standard input.
    pub paths: Vec<PathBuf>,
    /// Id of the closure, or its days as `FROM..TO`.
    pub closure: Option<String>,
    /// Folders of Sigma rules.
    pub rules: Vec<PathBuf>,
    /// Whether the program's own rules and detectors speak.
    pub own: bool,
    /// Sigma processing pipelines.
    pub pipelines: Vec<PathBuf>,
    /// Folder of the lists.
    pub lists: Option<PathBuf>,
    /// Zone of times that name none.
    pub zone: Option<String>,
    /// Whether the review is kept as evidence, where there is a store and the closure is known.
    pub record: bool,
    /// The configuration.
    pub config: Config,
    /// When the review is made.
    pub now: Timestamp,
}

/// A review that can begin.
#[derive(Debug)]
pub struct Prepared {
    request: Request,
    lists: Vec<ListUsed>,
    /// For which closure it is kept, and the files as they are now; else why it is not.
    keep: Result<(Closure, Vec<OnDisk>), Text>,
}

/// The closure that a wish speaks of.
struct Wanted {
    period: Option<Period>,
    known: Option<Closure>,
    zone: TimeZone,
}

/// Makes a review ready. Reads the store, where there is one, and writes nothing.
///
/// # Errors
/// Where an option, a list or the closure is wrong, or the store cannot be read.
pub async fn prepare(wish: &Wish, session: Option<&Session>) -> Result<Prepared, AppError> {
    let Wanted { period, known, zone } = wanted(wish, session).await?;
    let files = match &wish.lists {
        Some(folder) => context::lists(folder, &zone)?,
        None => Lists::default(),
    };
    let (lists, used) = house::lists(files, session.map(|s| &s.register), period, &zone);
    let mut request = Request {
        input: Input {
            paths: wish.paths.clone(),
            zone,
            reference: period.map_or(wish.now.as_second(), |p| p.to / 1_000_000_000),
            closure_end: period.map(|p| p.to / 1_000_000_000),
            mapping: wish.config.log_mapping.clone(),
        },
        closure_id: known.as_ref().map(|closure| closure.id.clone()),
        closure: period,
        rules: wish.rules.clone(),
        own: wish.own,
        pipelines: wish.pipelines.clone(),
        lists,
        suppressions: Vec::new(),
        dispositions: Vec::new(),
        investigation_days: wish.config.policy.logs.investigation_days,
        now: wish.now,
    };
    if let Some(session) = session {
        let decisions = house::decisions(session).await?;
        request.dispositions = house::shown(&decisions);
        if let Some(period) = period {
            let from = context::timestamp(period.from);
            request.suppressions = house::suppressions(&decisions, request.closure_id.as_deref(), from);
        }
    }
    let keep = why_not(wish, session, known.is_some()).map_or_else(
        || known.map(|closure| (closure, disk::list(&wish.paths))).ok_or_else(unknown_closure),
        Err,
    );
    Ok(Prepared { request, lists: used, keep })
}

/// Why a review is not kept, in one sentence.
fn why_not(wish: &Wish, session: Option<&Session>, known: bool) -> Option<Text> {
    if session.is_none() {
        return Some(Text::new(
            "保存先がないため、台帳と以前の判断を使わず、証跡にも残していません",
            "there is no store: no register and no earlier decision was used, and nothing was kept",
        ));
    }
    if !wish.record {
        return Some(Text::new(
            "--no-record のため、証跡に残していません",
            "nothing was kept as evidence (--no-record)",
        ));
    }
    (!known).then(unknown_closure)
}

fn unknown_closure() -> Text {
    Text::new(
        "知られている休業期間の点検ではないため、証跡に残していません（`rusuban closure list` のIDを --closure に指定すると残ります）",
        "nothing was kept as evidence: this is the review of no known closure (name an id of `rusuban closure list` with --closure)",
    )
}

async fn wanted(wish: &Wish, session: Option<&Session>) -> Result<Wanted, AppError> {
    let Some(text) = &wish.closure else {
        let zone = context::zone(wish.zone.as_deref())?;
        return Ok(Wanted { period: None, known: None, zone });
    };
    let days = context::days(text)?;
    let known = match (session, days) {
        (Some(session), Some((first, last))) => house::closure_of_days(session, first, last).await?,
        (Some(session), None) => Some(session.closure(Some(text)).await?),
        (None, Some(_)) => None,
        (None, None) => return Err(no_days(text)),
    };
    // A closure's days are days in Japan, and so are the times of its logs, unless somebody says otherwise.
    let usual = known.as_ref().map_or("Asia/Tokyo", |closure| closure.time_zone.as_str());
    let zone = context::zone(Some(wish.zone.as_deref().unwrap_or(usual)))?;
    let period = match (&known, days) {
        (Some(closure), _) => house::period(closure).ok_or_else(|| no_days(text))?,
        (None, Some((first, last))) => context::period(first, last, &zone)?,
        (None, None) => return Err(no_days(text)),
    };
    Ok(Wanted { period: Some(period), known, zone })
}

fn no_days(text: &str) -> AppError {
    AppError::new(
        ErrorKind::Usage,
        format!("--closure {text} は、最初の日..最後の日 の形ではありません（保存先がないため、IDでは指定できません）"),
        format!("--closure {text} is not of the form FIRST-DAY..LAST-DAY (there is no store that knows ids)"),
    )
    .hint("例：2026-12-26..2027-01-04", "example: 2026-12-26..2027-01-04")
}

impl Prepared {
    /// Reviews, and keeps the review where that was asked for and can be. `progress` hears of bytes that were read.
    ///
    /// # Errors
    /// Where rules are wrong, or the store cannot be written.
    pub async fn carry_out(
        self,
        session: Option<&Session>,
        progress: &(dyn Fn(u64) + Sync),
    ) -> Result<ReviewReport, AppError> {
        let Reviewed { mut report, facts: mut found } = review(&self.request, progress)?;
        found.lists.clone_from(&self.lists);
        let (evidence, note) = match (self.keep, session) {
            (Ok((closure, files)), Some(session)) => {
                facts::add_files(&mut found, &files);
                let id = record::keep(session, &closure, found, self.request.now).await?;
                let note = Text::new(
                    format!("証跡に残しました：{id}（休業期間 {}）", closure.id),
                    format!("kept as evidence: {id} (closure {})", closure.id),
                );
                (Some(id), note)
            }
            (Ok(_), None) => (None, unknown_closure()),
            (Err(why), _) => (None, why),
        };
        report.record = Some(RecordView { evidence, note, lists: self.lists });
        Ok(report)
    }
}
