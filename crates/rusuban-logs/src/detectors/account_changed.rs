//! `closure.account-changed`: an account was made or enabled, or its password was set by another, in the closure.

use rusuban_core::model::text::Text;

use super::{Meta, Scene, named};
use crate::activity::Kind;
use crate::finding::{Finding, Findings, Level};

pub(super) const META: Meta = Meta {
    id: "closure.account-changed",
    title: (
        "休業中のアカウントの作成・有効化・パスワード再設定",
        "Account made, enabled or given a password in the closure",
    ),
    level: Level::Medium,
    techniques: &["T1098", "T1136"],
    why: (
        "新しいアカウントや、眠っていたアカウントの有効化は、侵入した者が居座る手段です。",
        "New accounts, and old ones that are enabled again, are how intruders stay.",
    ),
    next: &[
        ("実行者に理由を確かめる", "Ask who did it for the reason"),
        (
            "理由がなければアカウントを止め、作った後の使用を調べる",
            "Without a reason disable the account and look for its use",
        ),
    ],
    guide: (include_str!("account_changed.ja.md"), include_str!("account_changed.en.md")),
};

pub(super) fn detect(scene: &Scene<'_>, findings: &mut Findings) {
    for activity in scene.closure() {
        let (ja, en) = match activity.kind {
            Kind::AccountCreated => ("作られた", "was made"),
            Kind::AccountEnabled => ("有効にされた", "was enabled"),
            Kind::PasswordReset => ("パスワードを再設定された", "was given a new password"),
            _ => continue,
        };
        let (account, by) = (named(&activity.object), named(&activity.who));
        let what = Text::new(
            format!("アカウント {} が{ja}（実行者: {}）", account.0, by.0),
            format!("the account {} {en} (by {})", account.1, by.1),
        );
        let expected = scene.context.is_expected(activity);
        let level = if expected { Level::Low } else { scene.rule.level };
        findings.push(Finding::about(&scene.rule, activity, what).at(level));
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{activity, found};
    use super::META;
    use crate::activity::Kind;

    #[test]
    fn planted() {
        for kind in [Kind::AccountCreated, Kind::AccountEnabled, Kind::PasswordReset] {
            let all = vec![activity(kind, "takahashi", "", "dc1", "2026-12-27 03:00")];
            assert_eq!(found(META.id, all, false), [("takahashi".to_owned(), "medium")]);
        }
    }

    #[test]
    fn near_misses() {
        let on_duty = activity(Kind::PasswordReset, "yamada", "", "dc1", "2026-12-30 10:00");
        assert_eq!(found(META.id, vec![on_duty], false), [("yamada".to_owned(), "low")]);
        let before = activity(Kind::AccountCreated, "takahashi", "", "dc1", "2026-12-21 10:00");
        assert!(found(META.id, vec![before], false).is_empty());
    }
}
