//! The closure that is reviewed, and the lists that the logs are held against.

use std::path::Path;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use rusuban_logs::context::{Lists, Period, Problem, lists::List};

use crate::app::{AppError, ErrorKind};

/// Days of a closure, first and last.
///
/// # Errors
/// Where the text is no `FROM..TO` of days in their order.
pub fn days(text: &str) -> Result<Option<(Date, Date)>, AppError> {
    let Some((from, to)) = text.split_once("..") else { return Ok(None) };
    let read = |day: &str| rusuban_core::calendar::parse_date(day.trim());
    match (read(from), read(to)) {
        (Ok(from), Ok(to)) if from <= to => Ok(Some((from, to))),
        _ => Err(AppError::new(
            ErrorKind::Usage,
            format!("--closure {text} は、最初の日..最後の日 の形ではありません"),
            format!("--closure {text} is not of the form FIRST-DAY..LAST-DAY"),
        )
        .hint("例：2026-12-26..2027-01-04", "example: 2026-12-26..2027-01-04")),
    }
}

/// From the first moment of the first day to the first moment after the last.
///
/// # Errors
/// Where a day has no start in the zone (it is out of the calendar).
pub fn period(first: Date, last: Date, zone: &TimeZone) -> Result<Period, AppError> {
    let start = |day: Date| {
        let zoned = day.to_zoned_datetime(zone.clone()).ok()?;
        i64::try_from(zoned.timestamp().as_nanosecond()).ok()
    };
    let end = last.checked_add(1.day()).ok();
    match (start(first), end.and_then(start)) {
        (Some(from), Some(to)) => Ok(Period { from, to }),
        _ => Err(AppError::new(
            ErrorKind::Usage,
            "休業期間の日付が暦の外にあります",
            "the closure's days are out of the calendar",
        )),
    }
}

/// Nanoseconds as a timestamp; out of range is the epoch.
pub fn timestamp(nanos: i64) -> Timestamp {
    Timestamp::from_nanosecond(i128::from(nanos)).unwrap_or_default()
}

/// Reads the lists that are in a folder.
///
/// # Errors
/// Where the folder is not there or holds none, or with every fault of every list at once.
pub fn lists(folder: &Path, zone: &TimeZone) -> Result<Lists, AppError> {
    let name = folder.display();
    let mut lists = Lists::default();
    let mut problems: Vec<Problem> = Vec::new();
    for list in List::ALL {
        let path = folder.join(list.file_name());
        if !path.is_file() {
            continue;
        }
        let file = path.display().to_string();
        let bytes = super::super::read_bounded(&path).map_err(|error| {
            AppError::new(
                ErrorKind::Input,
                format!("{file} を読めません（{error}）"),
                format!("{file} cannot be read ({error})"),
            )
        })?;
        let text = match std::str::from_utf8(&bytes) {
            Ok(text) => text.trim_start_matches('\u{feff}').to_owned(),
            Err(_) => encoding_rs::SHIFT_JIS.decode(&bytes).0.into_owned(),
        };
        if let Err(wrong) = lists.read(list, &file, &text, zone) {
            problems.extend(wrong);
        }
    }
    if lists.given.is_empty() && problems.is_empty() {
        let known: Vec<&str> = List::ALL.iter().map(|l| l.file_name()).collect();
        let known = known.join(", ");
        return Err(AppError::new(
            ErrorKind::Usage,
            format!("{name} に一覧がありません"),
            format!("there is no list in {name}"),
        )
        .hint(format!("置けるもの：{known}"), format!("it may hold: {known}")));
    }
    if problems.is_empty() {
        return Ok(lists);
    }
    let line = |p: &Problem, message: &str, hint: &str| {
        let field = if p.field.is_empty() { String::new() } else { format!(" {}", p.field) };
        let value = if p.value.is_empty() { String::new() } else { format!("「{}」", p.value) };
        format!("{}:{}:{field}{value} {message}（{hint}）", p.file, p.line)
    };
    let ja: Vec<String> = problems.iter().map(|p| line(p, &p.message.ja, &p.hint.ja)).collect();
    let en: Vec<String> = problems.iter().map(|p| line(p, &p.message.en, &p.hint.en)).collect();
    Err(AppError::new(ErrorKind::Input, ja.join("\n"), en.join("\n")).hint(
        "直してから、もう一度実行してください。何も取り込んでいません",
        "mend them and run again; nothing was taken",
    ))
}

/// The zone by its name, or this machine's.
///
/// # Errors
/// Where there is no such zone.
pub fn zone(name: Option<&str>) -> Result<TimeZone, AppError> {
    match name {
        None => Ok(TimeZone::system()),
        Some(name) => TimeZone::get(name).map_err(|error| {
            AppError::new(
                ErrorKind::Usage,
                format!("--zone の時間帯 {name} がありません（{error}）"),
                format!("--zone: there is no time zone {name} ({error})"),
            )
            .hint("例：Asia/Tokyo、UTC", "examples: Asia/Tokyo, UTC")
        }),
    }
}
