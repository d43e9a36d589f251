//! The Cabinet Office's list of holidays (内閣府「国民の祝日」について, `syukujitsu.csv`), read from text and compared with
//! the law.
//!
//! It must not know where the text came from, nor its bytes: decoding from Shift_JIS is done before.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use jiff::civil::Date;
use serde::Serialize;

use super::days_of_year;
use super::holidays::{COMPUTED_YEARS, Holiday, HolidayKind, holiday};

/// A published list of holidays. It is right for each year that it holds a day of, whatever the computation says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct HolidayList(BTreeMap<Date, String>);

impl HolidayList {
    /// A list from days and their Japanese names.
    pub fn new(days: BTreeMap<Date, String>) -> Self {
        Self(days)
    }

    /// Reads `syukujitsu.csv`: a header, then rows such as `2026/5/6,休日`.
    ///
    /// A byte order mark, either line ending, blank lines and zero-padded dates are accepted.
    ///
    /// # Errors
    /// Every problem of the text at once, each with its line and field.
    pub fn parse(text: &str) -> Result<Self, InvalidHolidayList> {
        let mut reader = Reader::default();
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut lines = text.lines().zip(1_usize..).filter(|(line, _)| !line.trim().is_empty());
        match lines.next() {
            Some((header, line)) => reader.header(line, header),
            None => reader.problem(1, ListField::Header, ListFault::NotTheHeader, ""),
        }
        for (row, line) in lines {
            reader.row(line, row);
        }
        reader.finish()
    }

    /// The name of a day in the list.
    pub fn get(&self, date: Date) -> Option<&str> {
        self.0.get(&date).map(String::as_str)
    }

    /// Whether the list holds any day of a year. No year of the law is without a holiday, so it then holds them all.
    pub fn covers(&self, year: i16) -> bool {
        let ends = Date::new(year, 1, 1).ok().zip(Date::new(year, 12, 31).ok());
        ends.is_some_and(|(first, last)| self.0.range(first..=last).next().is_some())
    }

    /// The first year of the list.
    pub fn first_year(&self) -> Option<i16> {
        self.0.keys().next().map(|day| day.year())
    }

    /// The last year of the list: later years are provisional, see [`is_provisional`](super::is_provisional).
    pub fn last_year(&self) -> Option<i16> {
        self.0.keys().next_back().map(|day| day.year())
    }

    /// All days in order with their names.
    pub fn iter(&self) -> impl Iterator<Item = (Date, &str)> {
        self.0.iter().map(|(day, name)| (*day, name.as_str()))
    }
}

/// A part of the list that a problem lies in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ListField {
    /// The first line.
    Header,
    /// A whole row.
    Row,
    /// The first column, 国民の祝日・休日月日.
    Date,
    /// The second column, 国民の祝日・休日名称.
    Name,
}

impl fmt::Display for ListField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Header => "header",
            Self::Row => "row",
            Self::Date => "国民の祝日・休日月日",
            Self::Name => "国民の祝日・休日名称",
        })
    }
}

impl ListField {
    fn ja(self) -> String {
        match self {
            Self::Header => "見出し".to_owned(),
            Self::Row => "行全体".to_owned(),
            Self::Date | Self::Name => self.to_string(),
        }
    }
}

/// What is wrong with a part of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum ListFault {
    /// The first line is another one, as when the text was decoded from a wrong encoding.
    #[error("this is not the header of syukujitsu.csv (it is encoded in Shift_JIS)")]
    NotTheHeader,
    /// A row does not have two columns.
    #[error("a row has two columns, date and name")]
    NotTwoColumns,
    /// Not of the form `2026/5/6`.
    #[error("a date looks like 2026/5/6")]
    NotADate,
    /// The calendar has no such day.
    #[error("there is no such day")]
    NoSuchDay,
    /// A year before 祝日法 or far in the future.
    #[error("holidays lie between 1948 and 2099")]
    YearOutOfRange,
    /// The name is empty.
    #[error("a holiday has a name")]
    NoName,
    /// The day stands twice.
    #[error("the day stands twice")]
    Twice,
    /// There is no row at all.
    #[error("the list holds no day")]
    NoRows,
}

impl ListFault {
    fn ja(self) -> &'static str {
        match self {
            Self::NotTheHeader => "syukujitsu.csv の見出しではありません（文字コードは Shift_JIS です）",
            Self::NotTwoColumns => "月日と名称の2列ではありません",
            Self::NotADate => "日付の形式が 2026/5/6 と異なります",
            Self::NoSuchDay => "存在しない日付です",
            Self::YearOutOfRange => "1948年から2099年までの日付ではありません",
            Self::NoName => "名称がありません",
            Self::Twice => "同じ日付が重複しています",
            Self::NoRows => "祝日が1日もありません",
        }
    }
}

/// One problem of the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("line {line}, {field}: {fault}: `{text}`")]
pub struct ListProblem {
    /// Line of the text, from 1.
    pub line: usize,
    /// The part of the line.
    pub field: ListField,
    /// What is wrong with it.
    pub fault: ListFault,
    /// What stands there, shortened.
    pub text: String,
}

impl ListProblem {
    /// The same message in Japanese.
    pub fn message_ja(&self) -> String {
        format!("{}行目 {}: {}: 「{}」", self.line, self.field.ja(), self.fault.ja(), self.text)
    }
}

/// Why a text cannot be used as a list of holidays: every problem, in the order of the lines.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("the list of holidays cannot be used: {}", joined(.problems))]
pub struct InvalidHolidayList {
    /// At least one.
    pub problems: Vec<ListProblem>,
}

fn joined(problems: &[ListProblem]) -> String {
    problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

/// What has been read so far.
#[derive(Default)]
struct Reader {
    days: BTreeMap<Date, String>,
    problems: Vec<ListProblem>,
}

impl Reader {
    fn problem(&mut self, line: usize, field: ListField, fault: ListFault, text: &str) {
        // A web page saved under the list's name must not flood the report.
        let text = text.chars().take(60).collect();
        self.problems.push(ListProblem { line, field, fault, text });
    }

    fn header(&mut self, line: usize, text: &str) {
        let known = text.split_once(',').is_some_and(|(date, name)| {
            date.starts_with("国民の祝日") && date.ends_with("月日") && name.trim_end().ends_with("名称")
        });
        if !known {
            self.problem(line, ListField::Header, ListFault::NotTheHeader, text);
        }
    }

    fn row(&mut self, line: usize, text: &str) {
        let mut columns = text.split(',').map(str::trim);
        let (Some(day), Some(name), None) = (columns.next(), columns.next(), columns.next()) else {
            return self.problem(line, ListField::Row, ListFault::NotTwoColumns, text);
        };
        if name.is_empty() {
            self.problem(line, ListField::Name, ListFault::NoName, text);
        }
        match slashed_date(day) {
            Ok(date) if self.days.contains_key(&date) => {
                self.problem(line, ListField::Date, ListFault::Twice, day);
            }
            Ok(date) => {
                self.days.insert(date, name.to_owned());
            }
            Err(fault) => self.problem(line, ListField::Date, fault, day),
        }
    }

    fn finish(mut self) -> Result<HolidayList, InvalidHolidayList> {
        if self.days.is_empty() && self.problems.is_empty() {
            self.problem(1, ListField::Row, ListFault::NoRows, "");
        }
        if self.problems.is_empty() {
            Ok(HolidayList(self.days))
        } else {
            Err(InvalidHolidayList { problems: self.problems })
        }
    }
}

fn slashed_date(text: &str) -> Result<Date, ListFault> {
    let mut parts = text.split('/');
    let (Some(year), Some(month), Some(day), None) = (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(ListFault::NotADate);
    };
    let is_number = |part: &str| part.chars().all(|c| c.is_ascii_digit());
    if year.len() != 4 || ![year, month, day].into_iter().all(is_number) {
        return Err(ListFault::NotADate);
    }
    let (Ok(year), Ok(month), Ok(day)) = (year.parse(), month.parse(), day.parse()) else {
        return Err(ListFault::NotADate);
    };
    if !COMPUTED_YEARS.contains(&year) {
        return Err(ListFault::YearOutOfRange);
    }
    Date::new(year, month, day).map_err(|_| ListFault::NoSuchDay)
}

/// How a list and the law disagree about a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DifferenceKind {
    /// The law has a holiday that the list lacks.
    Missing {
        /// Its name by the law.
        computed: &'static str,
    },
    /// The list has a day that is no holiday by the law.
    Extra {
        /// Its name in the list.
        listed: String,
    },
    /// Both have the day, under different names.
    Name {
        /// By the law.
        computed: &'static str,
        /// In the list.
        listed: String,
    },
}

/// A day on which a list and the law disagree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// The day.
    pub date: Date,
    /// How they disagree.
    pub kind: DifferenceKind,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let date = self.date;
        match &self.kind {
            DifferenceKind::Missing { computed } => write!(f, "{date}: `{computed}` is missing in the list"),
            DifferenceKind::Extra { listed } => write!(f, "{date}: `{listed}` is no holiday by the law"),
            DifferenceKind::Name { computed, listed } => {
                write!(f, "{date}: `{computed}` by the law is `{listed}` in the list")
            }
        }
    }
}

impl Difference {
    /// The same message in Japanese.
    pub fn message_ja(&self) -> String {
        let date = self.date;
        match &self.kind {
            DifferenceKind::Missing { computed } => format!("{date}: 「{computed}」が一覧にありません"),
            DifferenceKind::Extra { listed } => {
                format!("{date}: 「{listed}」は法律上の祝日・休日ではありません")
            }
            DifferenceKind::Name { computed, listed } => {
                format!("{date}: 法律上は「{computed}」ですが、一覧では「{listed}」です")
            }
        }
    }
}

/// Every day on which a list and the law disagree, in the years that the list covers.
///
/// A polluted or truncated list shows here: its extra and missing days, each by name. Ways of writing that mean the
/// same are no difference: the list adds notes in brackets (`体育の日（スポーツの日）`), and other feeds call substitute
/// days `振替休日`.
pub fn compare(list: &HolidayList) -> Vec<Difference> {
    let years: BTreeSet<i16> = list.iter().map(|(day, _)| day.year()).collect();
    years
        .into_iter()
        .flat_map(days_of_year)
        .filter_map(|date| Some(Difference { date, kind: difference(holiday(date), list.get(date))? }))
        .collect()
}

fn difference(computed: Option<Holiday>, listed: Option<&str>) -> Option<DifferenceKind> {
    match (computed, listed) {
        (None, None) => None,
        (Some(computed), None) => Some(DifferenceKind::Missing { computed: computed.name_ja }),
        (None, Some(listed)) => Some(DifferenceKind::Extra { listed: listed.to_owned() }),
        (Some(computed), Some(listed)) => (!same_name(computed, listed))
            .then(|| DifferenceKind::Name { computed: computed.name_ja, listed: listed.to_owned() }),
    }
}

fn same_name(computed: Holiday, listed: &str) -> bool {
    let bare = listed.split('（').next().unwrap_or(listed);
    // The laws for single days make them 休日 without naming them; the list writes either.
    let may_be_unnamed = computed.kind != HolidayKind::National;
    bare == computed.name_ja || (may_be_unnamed && bare.ends_with("休日"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;
    use proptest::prelude::*;

    const HEADER: &str = "国民の祝日・休日月日,国民の祝日・休日名称";

    fn faults(text: &str) -> Vec<(usize, ListField, ListFault)> {
        let problems = HolidayList::parse(text).unwrap_err().problems;
        problems.into_iter().map(|p| (p.line, p.field, p.fault)).collect()
    }

    #[test]
    fn reads_the_official_form() {
        let text = format!("\u{feff}{HEADER}\r\n2026/5/5,こどもの日\r\n2026/05/06,休日\r\n\r\n");
        let list = HolidayList::parse(&text).unwrap();
        assert_eq!(list.get(date(2026, 5, 6)), Some("休日"));
        assert_eq!(list.get(date(2026, 5, 7)), None);
        assert_eq!((list.first_year(), list.last_year()), (Some(2026), Some(2026)));
        assert!(list.covers(2026) && !list.covers(2027));
    }

    #[test]
    fn every_problem_is_named_with_line_and_field() {
        let rows =
            "2026/1/1\n2026-1-1,元日\n2026/2/30,節分\n2026/1/1,元日\n2026/1/1,元日\n2026/1/2,\n9999/1/1,元日";
        assert_eq!(
            faults(&format!("{HEADER}\n{rows}")),
            [
                (2, ListField::Row, ListFault::NotTwoColumns),
                (3, ListField::Date, ListFault::NotADate),
                (4, ListField::Date, ListFault::NoSuchDay),
                (6, ListField::Date, ListFault::Twice),
                (7, ListField::Name, ListFault::NoName),
                (8, ListField::Date, ListFault::YearOutOfRange),
            ]
        );
        let error = HolidayList::parse(&format!("{HEADER}\n2026/2/30,節分")).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the list of holidays cannot be used: line 2, 国民の祝日・休日月日: there is no such day: `2026/2/30`"
        );
        assert_eq!(
            error.problems[0].message_ja(),
            "2行目 国民の祝日・休日月日: 存在しない日付です: 「2026/2/30」"
        );
    }

    #[test]
    fn other_texts_are_refused() {
        assert_eq!(faults(""), [(1, ListField::Header, ListFault::NotTheHeader)]);
        assert_eq!(faults("<!doctype html>"), [(1, ListField::Header, ListFault::NotTheHeader)]);
        assert_eq!(faults(HEADER), [(1, ListField::Row, ListFault::NoRows)]);
    }

    #[test]
    fn a_missing_an_extra_and_a_renamed_day_are_each_named() {
        let mut listed: BTreeMap<Date, String> =
            super::super::holidays_in_year(2026).iter().map(|(d, h)| (*d, h.name_ja.to_owned())).collect();
        assert_eq!(compare(&HolidayList::new(listed.clone())), []);
        listed.remove(&date(2026, 7, 20));
        listed.insert(date(2026, 12, 25), "クリスマス".to_owned());
        listed.insert(date(2026, 1, 1), "銀行休業日".to_owned());
        listed.insert(date(2026, 8, 11), "休日".to_owned());
        listed.insert(date(2026, 5, 6), "憲法記念日 振替休日".to_owned());
        let found: Vec<_> = compare(&HolidayList::new(listed)).iter().map(ToString::to_string).collect();
        assert_eq!(
            found,
            [
                "2026-01-01: `元日` by the law is `銀行休業日` in the list",
                "2026-07-20: `海の日` is missing in the list",
                "2026-08-11: `山の日` by the law is `休日` in the list",
                "2026-12-25: `クリスマス` is no holiday by the law",
            ]
        );
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "\\PC*") {
            let _ = HolidayList::parse(&text);
            let _ = HolidayList::parse(&format!("{HEADER}\n{text}"));
        }

        #[test]
        fn likely_rows_are_read_or_refused(rows in "([0-9/,\\n休日]{0,12}\\n){0,8}") {
            let _ = HolidayList::parse(&format!("{HEADER}\r\n{rows}"));
        }
    }
}
