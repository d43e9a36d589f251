//! The page's sentences that have numbers or cases in them.
#![expect(clippy::trivially_copy_pass_by_ref, reason = "templates hand fields over by reference")]

use std::borrow::Cow;

use rusuban_core::model::text::Lang;
use rusuban_core::model::verdict::Verdict;

use super::Page;
use super::outline::Group;
use crate::report::data::MeasureView;
use crate::report::words;

impl Page<'_> {
    pub(super) fn summary(&self) -> String {
        let total = self.requirement_total();
        let of = |verdict| self.requirement_count(&verdict);
        let (failing, unknown) = (of(Verdict::Failing), of(Verdict::Unknown));
        match (self.lang, failing + unknown) {
            (Lang::Ja, 0) => format!("{total}件の要件に、不適合も未確認もありません。"),
            (Lang::Ja, _) => format!(
                "{total}件の要件のうち、不適合が{failing}件、未確認が{unknown}件あります。未確認は、良いとは数えません。"
            ),
            (Lang::En, 0) => format!("None of the {total} requirements is failing or unknown."),
            (Lang::En, _) => format!(
                "Of {total} requirements, {failing} are failing and {unknown} are unknown. Unknown is never counted as good."
            ),
        }
    }

    pub(super) fn scope_words(&self) -> Cow<'static, str> {
        let unseen = self.machines.iter().filter(|row| row.evidence == 0).count();
        match (self.report.machines.as_slice(), unseen) {
            ([], _) => self
                .say(
                    "対象の機器は登録されていません。どの機器も見ていません。",
                    "No machine is registered. No machine was looked at.",
                )
                .into(),
            ([machine], _) if machine.this_machine => self
                .say(
                    "見たのは、この機器1台だけです。ほかの機器は登録されていないため、何も確かめていません。",
                    "Only this machine was looked at. No other machine is registered, so nothing is known of any other.",
                )
                .into(),
            (all, 0) => match self.lang {
                Lang::Ja => format!("登録された{}台すべてに証跡があります。", all.len()).into(),
                Lang::En => format!("There is evidence on all {} registered machines.", all.len()).into(),
            },
            (all, unseen) => match self.lang {
                Lang::Ja => format!("登録された{}台のうち、{unseen}台は見ていません。", all.len()).into(),
                Lang::En => {
                    format!("Not looked at: {unseen} of the {} registered machines.", all.len()).into()
                }
            },
        }
    }

    pub(super) fn rest(&self, count: usize) -> String {
        match self.lang {
            Lang::Ja => format!("ほか {count} 件"),
            Lang::En => format!("{count} more"),
        }
    }

    pub(super) fn and_more(&self, findings: &usize) -> String {
        let others = findings.saturating_sub(1);
        match self.lang {
            Lang::Ja => format!("（ほか{others}件）"),
            Lang::En => format!("(and {others} more)"),
        }
    }

    pub(super) fn group_name(&self, group: &Group<'_>) -> String {
        let (role, phase) = (group.role.label(), group.phase.label());
        match self.lang {
            Lang::Ja => format!("{}・{}の対策", role.ja, phase.ja),
            Lang::En => format!("{}: {}", role.en, phase.en.to_lowercase()),
        }
    }

    pub(super) fn verification(&self) -> String {
        let records = self.report.chain.records;
        match self.lang {
            Lang::Ja => {
                format!("を実行し、記録 {records} 番のハッシュ値が上の値と同じであることを確かめてください。")
            }
            Lang::En => {
                format!("and see that the hash of record {records} is the one above.")
            }
        }
    }

    /// The innermost of the headings that a measure stands under in the notice.
    pub(super) fn heading_of<'t>(&self, measure: &'t MeasureView) -> Cow<'t, str> {
        let headings = measure.section.get(self.lang);
        let last = match self.lang {
            Lang::Ja => headings.rsplit_once('【').map(|(_, last)| last.trim_end_matches('】')),
            Lang::En => headings.rsplit_once(" > ").map(|(_, last)| last),
        };
        words::visible(last.unwrap_or(headings))
    }
}
