//! Which closure a command speaks of, and the office's calendar from the configuration.

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use rusuban_core::calendar::{HolidayList, OfficeCalendar, Run};
use rusuban_core::model::closure::{Closure, ClosureOrigin, Phase};
use rusuban_core::model::evidence::{Draft, EvidenceKind, Source};
use rusuban_core::model::subject::SubjectId;
use rusuban_core::model::text::Text;

use super::{AppError, ErrorKind, Session};
use crate::config::{CalendarConfig, Config};
use crate::store::evidence::Change;

/// How far `closure list` looks ahead, in days.
const HORIZON_DAYS: i32 = 400;

/// Days after a closure on which commands still speak of it: its reopening work is being done.
const REOPEN_DAYS: i32 = 14;

/// The office's calendar as configured.
///
/// # Errors
/// Where the list of holidays cannot be read.
pub fn office_calendar(config: &Config) -> Result<OfficeCalendar, AppError> {
    let published = holiday_list(&config.calendar)?.unwrap_or_default();
    config.calendar.office(published).map_err(|error| {
        AppError::new(ErrorKind::Config, format!("休業日が正しくありません（{error}）"), error.to_string())
    })
}

/// Reads the Cabinet Office's list, in Shift_JIS as published or in UTF-8.
fn holiday_list(config: &CalendarConfig) -> Result<Option<HolidayList>, AppError> {
    let Some(path) = &config.holidays_file else { return Ok(None) };
    let name = path.display();
    let bytes = super::read_bounded(path).map_err(|error| {
        AppError::new(
            ErrorKind::Config,
            format!("祝日の一覧 {name} を読めません（{error}）"),
            format!("the list of holidays {name} cannot be read ({error})"),
        )
    })?;
    let text = match std::str::from_utf8(&bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => encoding_rs::SHIFT_JIS.decode(&bytes).0.into_owned(),
    };
    HolidayList::parse(&text).map(Some).map_err(|invalid| {
        let ja: Vec<String> =
            invalid.problems.iter().map(|p| format!("{name}: {}", p.message_ja())).collect();
        let en: Vec<String> = invalid.problems.iter().map(|p| format!("{name}: {p}")).collect();
        AppError::new(ErrorKind::Config, ja.join("\n"), en.join("\n")).hint(
            "内閣府の syukujitsu.csv をそのまま指定してください",
            "name the Cabinet Office's syukujitsu.csv as it is",
        )
    })
}

/// A closure of the calendar.
fn from_run(run: &Run, zone: &str) -> Closure {
    Closure {
        id: run.id(),
        name: Text::new(run.name_ja(), run.name_en()),
        first_day: run.first,
        last_day: run.last,
        time_zone: zone.to_owned(),
        origin: ClosureOrigin::Calendar,
    }
}

/// All known closures that end on or after a day, in order: by hand, and the calendar's where none by hand overlaps.
///
/// # Errors
/// Where the store cannot be read.
pub async fn list(session: &Session, from: Date) -> Result<Vec<Closure>, AppError> {
    between(session, from, from.checked_add(HORIZON_DAYS.days()).unwrap_or(Date::MAX)).await
}

async fn between(session: &Session, from: Date, until: Date) -> Result<Vec<Closure>, AppError> {
    let manual = session.store.closures().await?;
    let config = &session.config.calendar;
    let runs = session.calendar.runs(from, until, config.minimum_days);
    let mut closures: Vec<Closure> = runs
        .iter()
        .map(|run| from_run(run, &config.time_zone))
        .filter(|run| !manual.iter().any(|m| m.first_day <= run.last_day && run.first_day <= m.last_day))
        .collect();
    closures.extend(manual.into_iter().filter(|closure| closure.last_day >= from));
    closures.sort_by(|a, b| (a.first_day, &a.id).cmp(&(b.first_day, &b.id)));
    Ok(closures)
}

/// The closure with an id; without one the running one, or the one that has just ended and is being reopened from,
/// or the next.
///
/// # Errors
/// Where there is none.
pub async fn select(session: &Session, id: Option<&str>) -> Result<Closure, AppError> {
    let today = session.today();
    let Some(id) = id else {
        // A closure that has just ended counts only while its evidence is being collected.
        let recent = today.checked_sub(REOPEN_DAYS.days()).unwrap_or(today);
        for closure in list(session, recent).await? {
            if closure.last_day >= today || !session.store.evidence_of(&closure.id).await?.is_empty() {
                return Ok(closure);
            }
        }
        return Err(none_found());
    };
    let past = today.checked_sub(HORIZON_DAYS.days()).unwrap_or(today);
    let known = between(session, past, today.checked_add(HORIZON_DAYS.days()).unwrap_or(Date::MAX)).await?;
    let found = known.iter().find(|c| c.id == id || c.first_day.to_string() == id).cloned();
    found.or_else(|| calendar_closure(session, id)).ok_or_else(|| {
        let ids: Vec<&str> = known.iter().map(|c| c.id.as_str()).collect();
        AppError::new(
            ErrorKind::Usage,
            format!("休業期間 {id} はありません"),
            format!("there is no closure {id}"),
        )
        .hint(format!("あるもの：{}", ids.join("、")), format!("there are: {}", ids.join(", ")))
    })
}

/// A closure of another year, by the day on which it begins.
fn calendar_closure(session: &Session, id: &str) -> Option<Closure> {
    let first: Date = id.get(..10)?.parse().ok()?;
    let config = &session.config.calendar;
    let run = session.calendar.next_run(first, config.minimum_days)?;
    (run.first == first).then(|| from_run(&run, &config.time_zone))
}

fn none_found() -> AppError {
    AppError::new(ErrorKind::Usage, "今後の長期休業が見つかりません", "no long closure was found")
        .hint("`rusuban closure add` で定めてください", "define one with `rusuban closure add`")
}

/// Defines a closure by hand.
///
/// # Errors
/// Where the days are reversed, or the store cannot write.
pub async fn add(session: &Session, name: &str, first: Date, last: Date) -> Result<Closure, AppError> {
    if name.is_empty() {
        return Err(AppError::new(ErrorKind::Usage, "--name が空です", "--name is empty"));
    }
    let closure = Closure {
        id: first.to_string(),
        name: Text::new(name, name),
        first_day: first,
        last_day: last,
        time_zone: session.config.calendar.time_zone.clone(),
        origin: ClosureOrigin::Manual,
    };
    closure.interval().map_err(|error| {
        AppError::new(ErrorKind::Usage, format!("休業期間が正しくありません（{error}）"), error.to_string())
            .hint("初日と最終日を確かめてください", "check the first and the last day")
    })?;
    let now = Timestamp::now();
    refuse_begun(&session.store.closures().await?, &closure, now)?;
    let draft = Draft {
        id: Session::new_id(),
        closure: closure.id.clone(),
        kind: EvidenceKind::Attestation,
        topic: TOPIC.to_owned(),
        requirement: None,
        subject: SubjectId::organisation(),
        source: Source { name: "rusuban".to_owned(), version: env!("CARGO_PKG_VERSION").to_owned() },
        vantage: session.machine.hostname.clone(),
        observed_at: now,
        received_at: now,
        effective_at: None,
        body: serde_json::to_value(&closure).map_err(|error| {
            AppError::new(ErrorKind::Internal, format!("休業期間を書けません（{error}）"), error.to_string())
        })?,
    };
    session.record(vec![draft], Change::Closure(&closure)).await?;
    Ok(closure)
}

/// The topic of evidence that a closure was defined by hand.
const TOPIC: &str = "closure/1";

/// The days of a closure that has begun stay: statements and verdicts hang on its end.
fn refuse_begun(known: &[Closure], wanted: &Closure, now: Timestamp) -> Result<(), AppError> {
    let begun = known.iter().find(|held| held.id == wanted.id && held.phase_at(now) != Phase::Prepare);
    match begun {
        Some(held) if (held.first_day, held.last_day) != (wanted.first_day, wanted.last_day) => {
            Err(AppError::new(
                ErrorKind::Usage,
                format!("始まった休業期間 {} の日付は変えられません", held.id),
                format!("the days of the closure {} cannot be changed: it has begun", held.id),
            ))
        }
        _ => Ok(()),
    }
}
