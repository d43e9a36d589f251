//! `closure.log-cleared`: a log was cleared, or auditing was turned off.

use rusuban_core::model::text::Text;

use super::{Meta, Scene, named};
use crate::activity::Kind;
use crate::finding::{Finding, Findings, Level};

pub(super) const META: Meta = Meta {
    id: "closure.log-cleared",
    title: ("ログの消去・監査の停止", "A log was cleared or auditing was turned off"),
    level: Level::High,
    techniques: &["T1070.001", "T1070.002", "T1562.002"],
    why: (
        "侵入した者は、跡を消すためにログを消し、監査を止めます。消えた期間は「異常なし」ではありません。",
        "Intruders clear logs and stop auditing to hide. What was cleared is no proof that nothing happened.",
    ),
    next: &[
        ("消した人に理由を確かめる", "Ask who cleared it for the reason"),
        (
            "ログサーバやバックアップなど、別の場所の写しを確保する",
            "Secure copies elsewhere: the log server, backups",
        ),
        (
            "消される直前のログインと、その接続元を調べる",
            "Look at the logins just before, and where they came from",
        ),
    ],
    guide: (include_str!("log_cleared.ja.md"), include_str!("log_cleared.en.md")),
};

pub(super) fn detect(scene: &Scene<'_>, findings: &mut Findings) {
    for activity in scene.closure() {
        let (ja, en) = match activity.kind {
            Kind::LogCleared => ("ログが消去された", "the log was cleared"),
            Kind::AuditingStopped => ("監査が止められた", "auditing was turned off"),
            _ => continue,
        };
        // Rooms are made for logs every week by the same job.
        let kept_short = activity.object.starts_with("journalctl --vacuum");
        if kept_short && scene.is_routine(activity) {
            continue;
        }
        let (by, object) = (named(&activity.who), &activity.object);
        let what =
            Text::new(format!("{ja}: {object}（実行者: {}）", by.0), format!("{en}: {object} (by {})", by.1));
        let approved = scene.context.approval(&activity.who, &activity.host, activity.first).is_some();
        let level = match () {
            () if approved => Level::Low,
            () if kept_short => Level::Medium,
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

    fn cleared(object: &str, who: &str, time: &str) -> Activity {
        Activity { object: object.into(), ..activity(Kind::LogCleared, who, "", "srv1", time) }
    }

    #[test]
    fn planted() {
        let all = vec![
            cleared("Security", "takahashi", "2026-12-27 03:00"),
            activity(Kind::AuditingStopped, "takahashi", "", "srv1", "2026-12-28 03:00"),
        ];
        assert_eq!(found(META.id, all, true).iter().filter(|f| f.1 == "high").count(), 2);
    }

    #[test]
    fn near_misses() {
        let all = vec![
            cleared("journalctl --vacuum", "root", "2026-12-13 03:00"),
            cleared("journalctl --vacuum", "root", "2026-12-27 03:00"),
        ];
        assert!(found(META.id, all, true).is_empty());
        assert_eq!(
            found(META.id, vec![cleared("Security", "vendor1", "2026-12-31 11:00")], true)[0].1,
            "low"
        );
    }
}
