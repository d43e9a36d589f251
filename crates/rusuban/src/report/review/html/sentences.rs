//! The page's sentences that have numbers or cases in them.

use std::borrow::Borrow;

use jiff::Timestamp;
use rusuban_core::model::text::Lang;
use rusuban_core::model::verdict::Verdict;

use super::Page;
use super::heat::Heat;
use crate::report::review::data::CaseState;
use crate::report::words;

impl Page<'_> {
    pub(super) fn summary(&self) -> String {
        let all = self.report.cases.len();
        let count = |state| self.report.counts.states.get(&state).copied().unwrap_or_default();
        let open = count(CaseState::Open) + count(CaseState::Late);
        let investigated = count(CaseState::Investigating);
        let missing = self.report.coverage.shortfalls.len() + self.report.errors.len();
        match (self.lang, self.report.verdict) {
            (Lang::Ja, Verdict::Failing) => format!(
                "判断のない事案、または調査の期限を過ぎた事案が{open}件あります（事案は全部で{all}件）。見えていないところは{missing}件です。"
            ),
            (Lang::En, Verdict::Failing) => format!(
                "{open} of {all} cases have no decision, or are overdue. {missing} things could not be seen."
            ),
            (Lang::Ja, Verdict::Unknown) if self.report.closure.whole_logs => format!(
                "休業期間が指定されていないため、ログ全体を調べました。休業中に何もなかったとは言えません。見えていないところは{missing}件です。"
            ),
            (Lang::En, Verdict::Unknown) if self.report.closure.whole_logs => format!(
                "No closure was named, so the whole of the logs was looked at. This does not say that nothing happened in a closure. {missing} things could not be seen."
            ),
            (Lang::Ja, Verdict::Unknown) if investigated > 0 => {
                format!("{investigated}件の事案が調査中です。見えていないところは{missing}件です。")
            }
            (Lang::En, Verdict::Unknown) if investigated > 0 => {
                format!("{investigated} cases are being looked into. {missing} things could not be seen.")
            }
            (Lang::Ja, Verdict::Unknown) => format!(
                "開いている事案はありませんが、見えていないところが{missing}件あるため、何もなかったとは言えません。"
            ),
            (Lang::En, Verdict::Unknown) => format!(
                "No case is open, but {missing} things could not be seen, so this does not say that nothing happened."
            ),
            (Lang::Ja, _) => "休業期間全体のログを調べ、開いている事案はありません。".to_owned(),
            (Lang::En, _) => "The logs of the whole closure were looked at, and no case is open.".to_owned(),
        }
    }

    /// What was read, in one sentence.
    pub(super) fn what_was_read(&self) -> String {
        let files = &self.report.coverage.files;
        let sum = |part: fn(&super::FileView) -> u64| files.iter().map(part).fold(0, u64::saturating_add);
        let (events, refused, bytes) = (sum(|f| f.events), sum(|f| f.unparsed), sum(|f| f.bytes));
        let [events, refused, bytes] = [events, refused, bytes].map(grouped);
        let (count, unread) = (files.len(), files.iter().filter(|f| f.not_read.is_some()).count());
        let sources = self.report.coverage.sources.len();
        match self.lang {
            Lang::Ja => format!(
                "ファイル{count}件（読めなかったもの、または途中までのもの{unread}件）、{bytes}バイト。読めた記録{events}件、読めなかった記録{refused}件、ログの種類と機器の組{sources}個。"
            ),
            Lang::En => format!(
                "{count} files ({unread} not read, or not wholly), {bytes} bytes: {events} records understood, {refused} not, from {sources} sources."
            ),
        }
    }

    pub(super) fn rules(&self) -> String {
        let rules = &self.report.rules;
        match self.lang {
            Lang::Ja => format!("有効な規則{}件、使えなかった規則{}件", rules.in_force, rules.not_in_force),
            Lang::En => format!("{} rules in force, {} not usable", rules.in_force, rules.not_in_force),
        }
    }

    /// What is left out of a list, and where it stands.
    pub(super) fn rest(&self, count: impl Borrow<usize>) -> String {
        let count = count.borrow();
        match self.lang {
            Lang::Ja => format!("ほか {count} 件（JSON形式の報告にすべてあります）"),
            Lang::En => format!("{count} more (all of them stand in the JSON report)"),
        }
    }

    pub(super) fn more_days(&self, count: impl Borrow<usize>) -> String {
        let count = count.borrow();
        match self.lang {
            Lang::Ja => format!("ほか {count} 日（JSON形式の報告にすべてあります）"),
            Lang::En => format!("{count} more days (all of them stand in the JSON report)"),
        }
    }

    pub(super) fn and_more(&self, count: impl Borrow<usize>) -> String {
        let count = count.borrow();
        match self.lang {
            Lang::Ja => format!("ほか{count}件"),
            Lang::En => format!("and {count} more"),
        }
    }

    pub(super) fn folded(&self, what: &'static str, count: impl Borrow<usize>) -> String {
        let count = count.borrow();
        match self.lang {
            Lang::Ja => format!("{what}（{count}件）"),
            Lang::En => format!("{what} ({count})"),
        }
    }

    /// From when to when; says so where neither is known.
    fn span(&self, first: Option<Timestamp>, last: Option<Timestamp>) -> String {
        match (first, last) {
            (Some(first), Some(last)) if first != last => match self.lang {
                Lang::Ja => format!("{}〜{}", self.dates.second(first), self.dates.second(last)),
                Lang::En => format!("{} – {}", self.dates.second(first), self.dates.second(last)),
            },
            (Some(at), _) | (None, Some(at)) => self.dates.second(at),
            (None, None) => words::say(self.lang, "時刻なし", "no time").to_owned(),
        }
    }

    pub(super) fn heat_words(&self, heat: &Heat<'_>) -> String {
        let (heard, open) = heat.heard;
        let silent = open - heard;
        match self.lang {
            Lang::Ja => format!("{open}時間のうち{heard}時間に記録があり、{silent}時間にありません。"),
            Lang::En => format!("Events in {heard} of {open} hours; none in {silent}."),
        }
    }

    /// A case's bar in words.
    pub(super) fn bar_words(&self, number: impl Borrow<usize>) -> String {
        let number = number.borrow();
        let Some(case) = number.checked_sub(1).and_then(|at| self.report.cases.get(at)) else {
            return String::new();
        };
        let (level, title) = (case.level.label(), words::visible(case.title.get(self.lang)));
        let span = self.span(case.first, case.last);
        match self.lang {
            Lang::Ja => format!("事案{number}、{}、{title}、{span}。", level.ja),
            Lang::En => format!("Case {number}, {}, {title}, {span}. ", level.en),
        }
    }
}

/// A number with its digits in threes.
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() * 4 / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_stand_in_threes() {
        let all = [0, 999, 1_000, 123_456, 1_234_567].map(grouped);
        assert_eq!(all, ["0", "999", "1,000", "123,456", "1,234,567"]);
    }
}
