//! Microsoft Defender under judgement, by what it says about itself. Knows no phase.

use jiff::{SignedDuration, Timestamp};

use super::clamav::{CLOCK_SLACK, in_future};
use crate::checks::Context;
use crate::model::text::Text;
use crate::model::verdict::{Findings, Seen, UnknownCode};
use crate::world::definitions::{DefenderFacts, DefenderProduct};

/// The item of findings about Defender.
const ITEM: &str = "defender";

pub(super) struct Defender<'a> {
    pub facts: &'a DefenderFacts,
    /// When the status was made, at the latest.
    pub seen_at: Timestamp,
    pub context: &'a Context<'a>,
    pub findings: &'a mut Findings,
}

impl Defender<'_> {
    pub(super) fn judge(&mut self) {
        self.own_age();
        match &self.facts.updated_at {
            Seen::Unknown(why) => self.findings.unseen(why),
            Seen::Known(None) => self.fault(
                "no-definitions",
                Text::new(
                    "Defender の定義が一度も更新されていません",
                    "the definitions of Defender have never been updated",
                ),
            ),
            Seen::Known(Some(updated)) => self.age(*updated),
        }
        if self.facts.says_outdated == Some(true) {
            self.fault(
                "definitions-outdated",
                Text::new(
                    "Defender 自身が、定義が古いと報告しています",
                    "Defender itself says that its definitions are out of date",
                ),
            );
        }
        self.protection();
        self.findings.note(
            "function-not-tested",
            ITEM,
            Text::new(
                "検知が働いているかは Defender 自身の報告によります（試験文字列では確かめていません）",
                "that it detects is what Defender says of itself; it was not tried with a test string",
            ),
            Text::new(
                "必要なら EICAR 試験ファイルで検知を確かめてください",
                "try it with the EICAR test file where that matters",
            ),
        );
    }

    /// A status is a file: it may have been made long before it was handed in.
    fn own_age(&mut self) {
        let limit = self.context.policy.evidence.max_age_hours;
        let hours = self.context.at.duration_since(self.seen_at).as_hours();
        if hours > limit {
            self.findings.unknown(
                UnknownCode::Stale.as_str(),
                ITEM,
                Text::new(
                    format!(
                        "Defender の状態の出力が作られたのは{hours}時間以上前で、判定に使うには古すぎます"
                    ),
                    format!("the status of Defender was made {hours} hours ago or more, too old to judge by"),
                ),
                Text::new("その機器で状態を出力し直してください", "make the status again on that machine"),
            );
        }
    }

    fn age(&mut self, updated: Timestamp) {
        if updated > self.seen_at + CLOCK_SLACK {
            in_future(updated, ITEM, self.findings);
            return;
        }
        let limit = self.context.policy.definitions.max_age_hours;
        let age = self.seen_at.duration_since(updated);
        if age > SignedDuration::from_secs(limit.saturating_mul(3600)) {
            let hours = age.as_hours();
            self.fault(
                "definitions-old",
                Text::new(
                    format!("Defender の定義が{hours}時間前のもので、上限{limit}時間を超えています"),
                    format!("the definitions of Defender are {hours} hours old; the limit is {limit} hours"),
                ),
            );
        }
    }

    fn protection(&mut self) {
        if self.facts.passive == Some(true) {
            self.findings.unknown(
                UnknownCode::WrongVantage.as_str(),
                ITEM,
                Text::new(
                    "Defender はパッシブモードです。実際に守っている製品の定義は見ていません",
                    "Defender is in passive mode; the product that protects the machine was not seen",
                ),
                Text::new(
                    "守っている製品の定義の日付を担当者が申告してください",
                    "let the person in charge state the date of that product's definitions",
                ),
            );
            return;
        }
        match self.facts.active {
            Some(true) => {}
            Some(false) => self.fault(
                "protection-off",
                Text::new("Defender が動いていません", "Defender does not run, or is not healthy"),
            ),
            None => self.unsaid("active", "動作状態", "whether it runs"),
        }
        match self.facts.real_time {
            Some(true) => {}
            Some(false) => self.fault(
                "real-time-off",
                Text::new("Defender のリアルタイム保護が無効です", "real-time protection of Defender is off"),
            ),
            None => self.unsaid("real-time", "リアルタイム保護の状態", "whether real-time protection is on"),
        }
    }

    fn unsaid(&mut self, part: &str, ja: &str, en: &str) {
        self.findings.unknown(
            UnknownCode::Unparsable.as_str(),
            &format!("{ITEM}:{part}"),
            Text::new(
                format!("Defender の出力に{ja}がありません"),
                format!("the status of Defender does not tell {en}"),
            ),
            Text::new(
                "項目を絞らずに状態を出力し直してください",
                "make the status again without selecting properties",
            ),
        );
    }

    fn fault(&mut self, code: &str, message: Text) {
        let hint = match self.facts.product {
            DefenderProduct::Windows => Text::new(
                "管理者の PowerShell で `Update-MpSignature` を実行し、`Get-MpComputerStatus` で確かめてください",
                "run `Update-MpSignature` in an elevated PowerShell and look at `Get-MpComputerStatus`",
            ),
            DefenderProduct::Mdatp => Text::new(
                "`sudo mdatp definitions update` を実行し、`mdatp health` で確かめてください",
                "run `sudo mdatp definitions update` and look at `mdatp health`",
            ),
        };
        self.findings.failing(code, ITEM, message, hint);
    }
}
