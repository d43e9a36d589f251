//! `closure.new-administrator`: an account became a member of a privileged group in the closure.

use rusuban_core::model::text::Text;

use super::{Meta, Scene, named};
use crate::activity::Kind;
use crate::finding::{Finding, Findings, Level};

pub(super) const META: Meta = Meta {
    id: "closure.new-administrator",
    title: ("休業中に増えた管理者", "A new administrator in the closure"),
    level: Level::High,
    techniques: &["T1098", "T1136"],
    why: (
        "侵入した者は、追い出されないように自分用の管理者を作ります。休業中に管理者が増える理由は、承認された作業のほかにありません。",
        "Intruders make an administrator of their own so as to stay. Besides approved work nothing makes administrators in a closure.",
    ),
    next: &[
        (
            "付けた人に理由を確かめ、理由がなければ権限を外してアカウントを止める",
            "Ask who granted it; without a reason remove the right and disable the account",
        ),
        (
            "付けたアカウントも乗っ取られたものとして調べる",
            "Treat the account that granted it as taken over too",
        ),
        (
            "新しい管理者が使われた機器をすべて調べる",
            "Look at every machine on which the new administrator was used",
        ),
    ],
    guide: (include_str!("new_administrator.ja.md"), include_str!("new_administrator.en.md")),
};

pub(super) fn detect(scene: &Scene<'_>, findings: &mut Findings) {
    for activity in scene.closure().filter(|a| a.kind == Kind::PrivilegeGranted) {
        let (account, group, by) = (named(&activity.object), &activity.detail, named(&activity.who));
        let what = Text::new(
            format!("{} が特権グループ {group} に加えられた（実行者: {}）", account.0, by.0),
            format!("{} was added to the privileged group {group} (by {})", account.1, by.1),
        );
        // Even on duty: a stolen account of duty is still worth a question.
        let approved = scene.context.approval(&activity.who, &activity.host, activity.first).is_some();
        let level = if approved { Level::Low } else { scene.rule.level };
        findings.push(Finding::about(&scene.rule, activity, what).at(level));
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{activity, found};
    use super::META;
    use crate::activity::{Activity, Kind};

    fn granted(who: &str, time: &str) -> Activity {
        let base = activity(Kind::PrivilegeGranted, who, "", "dc1", time);
        Activity { object: "svc-x".into(), detail: "Domain Admins".into(), ..base }
    }

    #[test]
    fn planted() {
        assert_eq!(
            found(META.id, vec![granted("takahashi", "2026-12-27 03:00")], false),
            [("takahashi".to_owned(), "high")]
        );
    }

    #[test]
    fn near_misses() {
        assert!(found(META.id, vec![granted("takahashi", "2026-12-20 15:00")], false).is_empty());
        assert_eq!(
            found(META.id, vec![granted("vendor1", "2026-12-31 11:00")], false),
            [("vendor1".to_owned(), "low")]
        );
    }
}
