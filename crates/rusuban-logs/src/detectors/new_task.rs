//! `closure.new-task`: a scheduled task or a cron table was made or changed in the closure.

use rusuban_core::model::text::Text;

use super::{Meta, Scene, named, new_service};
use crate::activity::Kind;
use crate::finding::{Finding, Findings, Level};

pub(super) const META: Meta = Meta {
    id: "closure.new-task",
    title: ("休業中に作られたタスク", "A scheduled task made in the closure"),
    level: Level::Medium,
    techniques: &["T1053.003", "T1053.005"],
    why: (
        "休業明けに動くように仕掛けられたタスクは、職員が戻った後に被害を起こします。",
        "A task that waits for the end of the closure does its harm when people are back.",
    ),
    next: &[
        ("タスクが何をいつ動かすかを見る", "See what the task runs, and when"),
        ("心当たりがなければ、動く前に無効にする", "If nobody knows it, disable it before it runs"),
        ("作ったアカウントの、ほかの活動を調べる", "Look at what else its maker did"),
    ],
    guide: (include_str!("new_task.ja.md"), include_str!("new_task.en.md")),
};

/// Tasks that browsers and the like make for their own updates, by the beginnings of their names.
const UPDATERS: &[&str] = &[
    "\\MicrosoftEdgeUpdate",
    "\\GoogleUpdate",
    "\\GoogleSystem\\GoogleUpdater",
    "\\OneDrive ",
    "\\Mozilla\\",
    "\\Adobe Acrobat Update",
];

pub(super) fn detect(scene: &Scene<'_>, findings: &mut Findings) {
    for activity in scene.closure().filter(|a| a.kind == Kind::TaskCreated) {
        if scene.is_routine(activity) {
            continue;
        }
        let (name, by) = (named(&activity.object), named(&activity.who));
        let what = Text::new(
            format!("タスク {} が作られた（実行者: {}）{}", name.0, by.0, activity.detail),
            format!("the task {} was made (by {}) {}", name.1, by.1, activity.detail).trim_end(),
        );
        let (suspicious, from_update) = new_service::weigh(&activity.detail);
        let updater = UPDATERS.iter().any(|name| activity.object.starts_with(name));
        let level = if suspicious {
            Level::High
        } else if from_update || updater || scene.context.is_expected(activity) {
            Level::Low
        } else {
            scene.rule.level
        };
        findings.push(Finding::about(&scene.rule, activity, what).at(level));
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{activity, found};
    use super::META;
    use crate::activity::{Activity, Kind};

    fn task(who: &str, runs: &str, time: &str) -> Activity {
        let base = activity(Kind::TaskCreated, who, "", "srv1", time);
        Activity { object: "\\sync".into(), detail: runs.into(), ..base }
    }

    #[test]
    fn planted() {
        let all = vec![task("takahashi", "powershell -enc AAAA", "2026-12-27 03:00")];
        assert_eq!(found(META.id, all, false), [("takahashi".to_owned(), "high")]);
        let all = vec![task("takahashi", "C:\\x.exe", "2026-12-27 03:00")];
        assert_eq!(found(META.id, all, false), [("takahashi".to_owned(), "medium")]);
    }

    #[test]
    fn near_misses() {
        let all = vec![
            task("takahashi", "C:\\x.exe", "2026-12-10 03:00"),
            task("CORP\\takahashi", "C:\\x.exe", "2026-12-27 03:00"),
        ];
        assert!(found(META.id, all, true).is_empty());
        let edge = Activity {
            object: "\\MicrosoftEdgeUpdateTaskMachineCore".into(),
            ..task("CORP\\PC1$", "", "2026-12-27 03:00")
        };
        assert_eq!(found(META.id, vec![edge], true)[0].1, "low");
        assert_eq!(found(META.id, vec![task("yamada", "C:\\x.exe", "2026-12-30 10:00")], true)[0].1, "low");
    }
}
