//! The computed calendar against the Cabinet Office's list and two further feeds of the corpus, every single day.
//!
//! It reads the corpus from disk; the library it tests does not. It must not know how the library computes.

#![expect(clippy::unwrap_used, clippy::panic, reason = "the helpers of a test may end it")]
#![allow(
    clippy::disallowed_methods,
    reason = "the list is read from the corpus; the crate itself reads nothing"
)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use jiff::civil::{Date, date};
use rusuban_core::calendar::{
    DayKind, Difference, DifferenceKind, HolidayList, OfficeCalendar, PUBLISHED_UNTIL, Reason, compare,
    holiday, holidays_in_year,
};

fn corpus(file: &str) -> Vec<u8> {
    let root = std::env::var_os("RUSUBAN_CORPUS")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus"), PathBuf::from);
    let path = root.join("calendar").join(file);
    std::fs::read(&path).unwrap_or_else(|error| {
        panic!("{}: {error}: set RUSUBAN_CORPUS to the directory that holds calendar/", path.display())
    })
}

fn official_text() -> String {
    let bytes = corpus("syukujitsu.csv");
    let (text, _, malformed) = encoding_rs::SHIFT_JIS.decode(&bytes);
    assert!(!malformed, "syukujitsu.csv is Shift_JIS");
    text.into_owned()
}

fn official() -> HolidayList {
    HolidayList::parse(&official_text()).unwrap()
}

/// A flat object of days and names, as the feed of holidays-jp writes it: one member a line.
fn feed(file: &str) -> HolidayList {
    let text = String::from_utf8(corpus(file)).unwrap();
    let days: BTreeMap<Date, String> = text
        .lines()
        .filter_map(|line| match line.split('"').collect::<Vec<_>>()[..] {
            [_, day, _, name, _] => Some((day.parse().unwrap(), name.to_owned())),
            _ => None,
        })
        .collect();
    HolidayList::new(days)
}

fn every_day(first: Date, last: Date) -> impl Iterator<Item = Date> {
    std::iter::successors(Some(first), |day| day.tomorrow().ok()).take_while(move |day| *day <= last)
}

/// The list's notes on three days, word for word; the law calls them otherwise.
const NOTES: [(Date, &str, &str); 3] = [
    (date(2019, 5, 1), "天皇の即位の日", "休日（祝日扱い）"),
    (date(2019, 10, 14), "体育の日", "体育の日（スポーツの日）"),
    (date(2019, 10, 22), "即位礼正殿の儀の行われる日", "休日（祝日扱い）"),
];

#[test]
fn every_day_of_the_official_list_is_computed_under_its_name_and_no_other_day_is() {
    let list = official();
    let until = list.last_year().unwrap();
    assert_eq!(list.first_year(), Some(1955));
    assert!(until >= PUBLISHED_UNTIL, "PUBLISHED_UNTIL claims more than the list");
    let mut holidays = 0;
    for day in every_day(date(1955, 1, 1), date(until, 12, 31)) {
        let computed = holiday(day).map(|holiday| holiday.name_ja);
        let listed = list.get(day);
        match NOTES.iter().find(|(noted, _, _)| *noted == day) {
            Some((_, law, note)) => assert_eq!((computed, listed), (Some(*law), Some(*note)), "{day}"),
            None => assert_eq!(computed, listed, "{day}"),
        }
        holidays += usize::from(computed.is_some());
    }
    assert_eq!(holidays, list.iter().count());
    assert_eq!(compare(&list), []);
}

#[test]
fn the_reader_agrees_with_a_general_csv_reader() {
    let text = official_text();
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let rows: Vec<(String, String)> = reader
        .records()
        .map(|row| {
            let row = row.unwrap();
            (row[0].to_owned(), row[1].to_owned())
        })
        .collect();
    let read: Vec<(String, String)> = official()
        .iter()
        .map(|(day, name)| (format!("{}/{}/{}", day.year(), day.month(), day.day()), name.to_owned()))
        .collect();
    assert!(rows.len() > 1000);
    assert_eq!(read, rows);
}

#[test]
fn the_other_feed_has_the_same_days_under_other_names() {
    for (file, year, expected) in
        [("holidays-jp-api-2026.json", 2026, 18), ("holidays-jp-api-2027.json", 2027, 17)]
    {
        let list = feed(file);
        assert_eq!(list.iter().count(), expected, "{file}");
        assert_eq!(holidays_in_year(year).len(), expected, "{file}");
        assert_eq!(compare(&list), [], "{file}");
    }
}

#[test]
fn a_polluted_feed_shows_every_day_too_many_by_name() {
    let differences = compare(&feed("holidays-jp-api-2026-polluted.json"));
    let (extra, other): (Vec<&Difference>, Vec<_>) =
        differences.iter().partition(|found| matches!(found.kind, DifferenceKind::Extra { .. }));
    let extra: Vec<String> = extra.iter().map(|found| found.date.to_string()).collect();
    assert_eq!(
        extra,
        [
            "2026-01-02",
            "2026-01-03",
            "2026-02-03",
            "2026-03-03",
            "2026-05-10",
            "2026-07-07",
            "2026-11-15",
            "2026-12-25",
            "2026-12-31",
        ]
    );
    let other: Vec<String> = other.iter().map(ToString::to_string).collect();
    assert_eq!(other, ["2026-01-01: `元日` by the law is `銀行休業日` in the list"]);
}

#[test]
fn an_office_with_the_list_closes_as_one_without_it() {
    let (with, without) = (OfficeCalendar::statutory().with_list(official()), OfficeCalendar::statutory());
    for day in every_day(date(1955, 1, 1), date(2030, 12, 31)) {
        assert_eq!(with.is_working(day), without.is_working(day), "{day}");
    }
    let DayKind::Closed(reason) = with.day(date(2019, 5, 6)) else {
        panic!("2019-05-06 is a substitute day")
    };
    let expected = Reason::Holiday { name_ja: "休日".to_owned(), name_en: "Substitute Holiday".to_owned() };
    assert_eq!(reason, expected);
}

#[test]
fn a_list_in_the_wrong_encoding_is_refused() {
    let bytes = corpus("syukujitsu.csv");
    assert!(HolidayList::parse(&String::from_utf8_lossy(&bytes)).is_err());
}
