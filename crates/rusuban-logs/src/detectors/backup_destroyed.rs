//! `closure.backup-destroyed`: backups or shadow copies were deleted, or recovery was turned off.

use rusuban_core::model::text::Text;

use super::{Meta, Scene, named};
use crate::activity::Kind;
use crate::finding::{Finding, Findings, Level};

pub(super) const META: Meta = Meta {
    id: "closure.backup-destroyed",
    title: ("バックアップ・シャドウコピーの削除", "Backups or shadow copies were deleted"),
    level: Level::Critical,
    techniques: &["T1490"],
    why: (
        "ランサムウェアは、暗号化の直前に復旧の手段を消します。見つけたらすぐに動けば、まだ間に合うことがあります。",
        "Ransomware destroys the means of recovery just before it encrypts. Acting at once may still help.",
    ),
    next: &[
        (
            "すぐに機器をネットワークから外す（電源は切らない）",
            "Take the machine off the network at once (leave it switched on)",
        ),
        (
            "ほかのバックアップを切り離し、書き換えられないようにする",
            "Detach the other backups so that they cannot be changed",
        ),
        (
            "情報セキュリティインシデントとして報告し、対処手順に従う",
            "Report an information security incident and follow the procedure",
        ),
    ],
    guide: (include_str!("backup_destroyed.ja.md"), include_str!("backup_destroyed.en.md")),
};

/// What backup programs do every day to make room.
const RETENTION: &[&str] = &[
    "restic forget",
    "borg prune",
    "btrfs subvolume delete",
    "zfs destroy",
    "tmutil delete",
    "Veeam: restore point deleted",
];

pub(super) fn detect(scene: &Scene<'_>, findings: &mut Findings) {
    for activity in scene.closure().filter(|a| a.kind == Kind::BackupDestroyed) {
        let retention = RETENTION.contains(&&*activity.object);
        let service = scene.context.is_service(&activity.who, &activity.from);
        if retention && (service || scene.is_routine(activity)) {
            continue;
        }
        let (by, object) = (named(&activity.who), &activity.object);
        let what = Text::new(
            format!("バックアップを消す操作が行われた: {object}（実行者: {}）", by.0),
            format!("backups were deleted: {object} (by {})", by.1),
        );
        let approved = scene.context.approval(&activity.who, &activity.host, activity.first).is_some();
        let level = match () {
            // A program that makes room names nobody.
            () if retention && activity.who.is_empty() => Level::Low,
            () if retention || approved || activity.object.ends_with("from a job") => Level::Medium,
            () => scene.rule.level,
        };
        findings.push(Finding::about(&scene.rule, activity, what).at(level));
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{activity, found};
    use super::META;
    use crate::activity::{Activity, Kind};

    fn deleted(object: &str, who: &str, time: &str) -> Activity {
        Activity { object: object.into(), ..activity(Kind::BackupDestroyed, who, "", "srv1", time) }
    }

    #[test]
    fn planted() {
        let all = vec![deleted("vssadmin delete shadows", "", "2026-12-27 03:00")];
        assert_eq!(found(META.id, all, false), [(String::new(), "critical")]);
        let all = vec![deleted("restic forget", "takahashi", "2026-12-27 03:00")];
        assert_eq!(found(META.id, all, false), [("takahashi".to_owned(), "medium")]);
    }

    #[test]
    fn near_misses() {
        let all = vec![
            deleted("restic forget", "root", "2026-12-10 03:00"),
            deleted("restic forget", "root", "2026-12-27 03:00"),
            deleted("restic forget", "svc-backup", "2026-12-27 03:00"),
        ];
        assert!(found(META.id, all, true).is_empty());
    }
}
