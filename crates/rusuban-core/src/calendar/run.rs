//! Stretches of consecutive days on which an office does not work, and what people call them.
//!
//! It must not know what is done before or after a closure, nor which closures are long enough to matter: callers say.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::days;
use super::office::{DayKind, OfficeCalendar, Reason, SEARCH_DAYS};

/// A maximal run of days on which an office does not work: it works on the day before and on the day after.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    /// First closed day.
    pub first: Date,
    /// Last closed day.
    pub last: Date,
    /// Number of days, both ends included.
    pub days: u32,
    /// Why the office is closed: each reason once, in the order of the days.
    pub reasons: Vec<Reason>,
}

/// What kind of closure a run is. The first that fits, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunKind {
    /// 年末年始休業: it holds closed days of the year-end, or three days and more around 元日.
    YearEnd,
    /// ゴールデンウィーク: three days and more with a holiday of 29 April to 6 May.
    GoldenWeek,
    /// シルバーウィーク: 敬老の日 and 秋分の日 in one run.
    SilverWeek,
    /// Closed by the office's own decision.
    Own,
    /// A holiday, alone or with a weekend.
    Holiday,
    /// A weekend and nothing else.
    Weekend,
}

impl RunKind {
    /// A word for ids.
    pub const fn slug(self) -> &'static str {
        match self {
            Self::YearEnd => "year-end",
            Self::GoldenWeek => "golden-week",
            Self::SilverWeek => "silver-week",
            Self::Own => "own",
            Self::Holiday => "holiday",
            Self::Weekend => "weekend",
        }
    }
}

impl Run {
    /// Stable id: the first day and the kind, such as `2026-12-29-year-end`.
    pub fn id(&self) -> String {
        format!("{}-{}", self.first, self.kind().slug())
    }

    /// What kind of closure it is.
    pub fn kind(&self) -> RunKind {
        let has_holiday = self.reasons.iter().any(|reason| matches!(reason, Reason::Holiday { .. }));
        let long = self.days >= 3;
        if self.reasons.contains(&Reason::YearEnd) || (long && self.touches((1, 1), (1, 1))) {
            RunKind::YearEnd
        } else if long && has_holiday && self.touches((4, 29), (5, 6)) {
            RunKind::GoldenWeek
        } else if self.has_holiday("敬老の日") && self.has_holiday("秋分の日") {
            RunKind::SilverWeek
        } else if self.own_name().is_some() {
            RunKind::Own
        } else if has_holiday {
            RunKind::Holiday
        } else {
            RunKind::Weekend
        }
    }

    /// What people call it in Japanese, such as 年末年始休業 or 海の日の3連休.
    pub fn name_ja(&self) -> String {
        match self.kind() {
            RunKind::YearEnd => "年末年始休業".to_owned(),
            RunKind::GoldenWeek => "ゴールデンウィーク".to_owned(),
            RunKind::SilverWeek => "シルバーウィーク".to_owned(),
            RunKind::Own => self.own_name().unwrap_or_default().to_owned(),
            RunKind::Holiday if self.days == 1 => self.holiday_name(Reason::name_ja),
            RunKind::Holiday => format!("{}の{}連休", self.holiday_name(Reason::name_ja), self.days),
            RunKind::Weekend => "週休日".to_owned(),
        }
    }

    /// What it is called in English. An office's own closure keeps the name that the office gave it.
    pub fn name_en(&self) -> String {
        match self.kind() {
            RunKind::YearEnd => "Year-end and New Year closure".to_owned(),
            RunKind::GoldenWeek => "Golden Week".to_owned(),
            RunKind::SilverWeek => "Silver Week".to_owned(),
            RunKind::Own => self.own_name().unwrap_or_default().to_owned(),
            RunKind::Holiday if self.days == 1 => self.holiday_name(Reason::name_en),
            RunKind::Holiday => format!("{} ({} days)", self.holiday_name(Reason::name_en), self.days),
            RunKind::Weekend => "Weekend".to_owned(),
        }
    }

    fn touches(&self, from: (i8, i8), to: (i8, i8)) -> bool {
        days(self.first, self.last).any(|day| (from..=to).contains(&(day.month(), day.day())))
    }

    fn has_holiday(&self, name: &str) -> bool {
        self.reasons.iter().any(|r| matches!(r, Reason::Holiday { name_ja, .. } if name_ja == name))
    }

    fn own_name(&self) -> Option<&str> {
        self.reasons.iter().find_map(|reason| match reason {
            Reason::Own { name } => Some(name.as_str()),
            _ => None,
        })
    }

    /// The first holiday with a name of its own; a substitute day says less than what it substitutes.
    fn holiday_name(&self, name: impl Fn(&Reason) -> &str) -> String {
        let holidays = || self.reasons.iter().filter(|reason| matches!(reason, Reason::Holiday { .. }));
        let named = holidays().find(|reason| reason.name_ja() != "休日").or_else(|| holidays().next());
        named.map(name).unwrap_or_default().to_owned()
    }
}

impl OfficeCalendar {
    /// The runs of at least `min_len` closed days that touch any day from `from` to `until`, in order.
    ///
    /// A run is always whole: one that `from` or `until` falls into begins earlier or ends later.
    pub fn runs(&self, from: Date, until: Date, min_len: u32) -> Vec<Run> {
        self.runs_between(from, until).filter(|run| run.days >= min_len).collect()
    }

    /// The first run of at least `min_len` closed days that ends on `from` or later; none within three years.
    pub fn next_run(&self, from: Date, min_len: u32) -> Option<Run> {
        let until = std::iter::successors(Some(from), |day| day.tomorrow().ok()).take(SEARCH_DAYS).last()?;
        self.runs_between(from, until).find(|run| run.days >= min_len)
    }

    fn runs_between(&self, from: Date, until: Date) -> impl Iterator<Item = Run> {
        let mut next = Some(from);
        std::iter::from_fn(move || {
            let start = days(next?, until).find(|day| !self.is_working(*day))?;
            let run = self.run_around(start);
            next = run.last.tomorrow().ok();
            Some(run)
        })
    }

    /// The run that a closed day lies in.
    fn run_around(&self, closed: Date) -> Run {
        let before = std::iter::successors(Some(closed), |day| day.yesterday().ok());
        let first = before.take(SEARCH_DAYS).take_while(|day| !self.is_working(*day)).last();
        let mut run = Run { first: first.unwrap_or(closed), last: closed, days: 0, reasons: Vec::new() };
        // Both ends are bounded, for offices that never work.
        let after = std::iter::successors(Some(run.first), |day| day.tomorrow().ok());
        for day in after.take(2 * SEARCH_DAYS) {
            let DayKind::Closed(reason) = self.day(day) else { break };
            run.last = day;
            run.days += 1;
            if !run.reasons.contains(&reason) {
                run.reasons.push(reason);
            }
        }
        run
    }
}

#[cfg(test)]
mod tests {
    use super::super::office::OwnClosure;
    use super::*;
    use jiff::Span;
    use jiff::civil::{Weekday, date};
    use proptest::prelude::*;

    fn run_at(day: Date) -> Run {
        OfficeCalendar::statutory().next_run(day, 1).unwrap()
    }

    #[test]
    fn the_known_long_closures() {
        let runs = OfficeCalendar::statutory().runs(date(2026, 8, 1), date(2028, 12, 31), 4);
        let found: Vec<_> = runs.iter().map(|r| format!("{}..{} {}", r.first, r.last, r.id())).collect();
        assert_eq!(
            found,
            [
                "2026-09-19..2026-09-23 2026-09-19-silver-week",
                "2026-12-29..2027-01-03 2026-12-29-year-end",
                "2027-05-01..2027-05-05 2027-05-01-golden-week",
                "2027-12-29..2028-01-03 2027-12-29-year-end",
                "2028-05-03..2028-05-07 2028-05-03-golden-week",
                "2028-12-29..2029-01-03 2028-12-29-year-end",
            ]
        );
        assert_eq!(runs.iter().map(|r| r.days).collect::<Vec<_>>(), [5, 6, 5, 6, 5, 6]);
    }

    #[test]
    fn names_in_both_languages() {
        for (day, ja, en) in [
            (date(2026, 12, 31), "年末年始休業", "Year-end and New Year closure"),
            (date(2027, 5, 1), "ゴールデンウィーク", "Golden Week"),
            (date(2026, 9, 21), "シルバーウィーク", "Silver Week"),
            (date(2026, 7, 20), "海の日の3連休", "Marine Day (3 days)"),
            (date(2026, 2, 11), "建国記念の日", "National Foundation Day"),
            (date(2027, 3, 22), "春分の日の3連休", "Vernal Equinox Day (3 days)"),
            (date(2026, 7, 25), "週休日", "Weekend"),
        ] {
            let run = run_at(day);
            assert_eq!((run.name_ja().as_str(), run.name_en().as_str()), (ja, en), "{day}");
        }
        let summer = OwnClosure::between("夏季休業", date(2026, 8, 12), date(2026, 8, 14)).unwrap();
        let run =
            OfficeCalendar::statutory().with_own_closure(summer).next_run(date(2026, 8, 16), 4).unwrap();
        assert_eq!((run.id().as_str(), run.name_ja().as_str()), ("2026-08-11-own", "夏季休業"));
        assert_eq!(run.last, date(2026, 8, 16));
    }

    #[test]
    fn a_run_is_whole_wherever_one_looks_into_it() {
        let office = OfficeCalendar::statutory();
        let whole = office.next_run(date(2026, 12, 1), 4).unwrap();
        for day in days(whole.first, whole.last) {
            assert_eq!(office.next_run(day, 4), Some(whole.clone()), "{day}");
            assert_eq!(office.runs(day, day, 4), std::slice::from_ref(&whole), "{day}");
        }
        assert_eq!(office.next_run(date(2027, 1, 4), 4).unwrap().first, date(2027, 5, 1));
    }

    #[test]
    fn searches_end() {
        let office = OfficeCalendar::statutory();
        assert_eq!(office.next_run(date(2026, 1, 1), 60), None);
        assert_eq!(office.runs(date(2026, 2, 1), date(2026, 1, 1), 1), []);
        assert_eq!(office.next_run(Date::MAX, 30), None);
        let never = office.with_weekend(Weekday::Monday.cycle_forward().take(7));
        assert!(never.next_run(date(2026, 1, 1), 1).unwrap().days > 1000);
    }

    #[test]
    fn a_year_end_without_days_of_its_own() {
        let office = OfficeCalendar::statutory().with_year_end(false);
        let run = office.next_run(date(2027, 1, 1), 1).unwrap();
        assert_eq!((run.days, run.kind()), (3, RunKind::YearEnd), "元日 on a Friday");
        assert_eq!(office.next_run(date(2026, 1, 1), 1).unwrap().kind(), RunKind::Holiday, "on a Thursday");
    }

    proptest! {
        #[test]
        fn runs_are_maximal_disjoint_and_complete(offset in 0_i64..60_000, length in 0_i64..500, min_len in 0_u32..7) {
            let office = OfficeCalendar::statutory();
            let plus = |day: Date, n: i64| day.checked_add(Span::new().try_days(n).unwrap()).unwrap();
            let from = plus(date(1950, 1, 1), offset);
            let until = plus(from, length);
            let runs = office.runs(from, until, min_len);
            for run in &runs {
                prop_assert!(run.days >= min_len && run.last >= from && run.first <= until);
                prop_assert!(days(run.first, run.last).all(|day| !office.is_working(day)));
                prop_assert_eq!(days(run.first, run.last).count(), run.days as usize);
                prop_assert!(office.is_working(run.first.yesterday().unwrap()));
                prop_assert!(office.is_working(run.last.tomorrow().unwrap()));
                prop_assert!(!run.name_ja().is_empty() && !run.name_en().is_empty());
            }
            prop_assert!(runs.windows(2).all(|pair| pair[0].last < pair[1].first));
            let in_runs = |day: Date| runs.iter().any(|run| (run.first..=run.last).contains(&day));
            if min_len <= 1 {
                prop_assert!(days(from, until).all(|day| in_runs(day) != office.is_working(day)));
            }
        }
    }
}
