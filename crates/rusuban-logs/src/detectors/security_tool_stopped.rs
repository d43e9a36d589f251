//! `closure.security-tool-stopped`: a program that protects or records was stopped and did not come back.

use rusuban_core::model::text::Text;

use super::{Meta, Scene, within};
use crate::activity::{Activity, Kind, MINUTE, Nanos};
use crate::finding::{Finding, Findings, Level};

pub(super) const META: Meta = Meta {
    id: "closure.security-tool-stopped",
    title: ("保護機能の停止", "Protection was stopped"),
    level: Level::High,
    techniques: &["T1562.001", "T1562.004"],
    why: (
        "ランサムウェアなどは、動く前に不正プログラム対策ソフトウェアやファイアウォールを止めます。",
        "Ransomware stops anti-malware programs and firewalls before it works.",
    ),
    next: &[
        (
            "機器をネットワークから外し、止まった理由を調べる",
            "Take the machine off the network and find out why it stopped",
        ),
        (
            "止まっていた間に作られたファイルと動いたプログラムを調べる",
            "Look at files made and programs run meanwhile",
        ),
        ("保護機能を動かし、全体を検査する", "Start the protection again and scan the whole machine"),
    ],
    guide: (include_str!("security_tool_stopped.ja.md"), include_str!("security_tool_stopped.en.md")),
};

/// Updates and restarts are over after this.
const RESTART: Nanos = 15 * MINUTE;

pub(super) fn detect(scene: &Scene<'_>, findings: &mut Findings) {
    for activity in scene.closure().filter(|a| a.kind == Kind::SecurityToolStopped) {
        if came_back(scene, activity) {
            continue;
        }
        let (tool, host) = (&activity.object, super::named(&activity.host));
        let what = Text::new(
            format!("{} で {tool} が止められ、15分以内に動き出した記録がない", host.0),
            format!("{tool} was stopped on {}, and nothing says that it came back within 15 minutes", host.1),
        );
        let approved = scene.context.approval(&activity.who, &activity.host, activity.first).is_some();
        let level = if approved { Level::Low } else { scene.rule.level };
        findings.push(Finding::about(&scene.rule, activity, what).at(level));
    }
}

/// Whether the program, or the whole machine, started soon after. What a person turned off by a setting or a command
/// (it has a `detail`) is not undone by a restart of something else.
fn came_back(scene: &Scene<'_>, stopped: &Activity) -> bool {
    let later =
        |a: &Activity| within(stopped.last, a.last, RESTART) || within(stopped.last, a.first, RESTART);
    scene.activities.all.iter().any(|a| {
        a.host == stopped.host
            && later(a)
            && match a.kind {
                Kind::SecurityToolStarted => a.object == stopped.object,
                Kind::BootStarted => stopped.detail.is_empty(),
                _ => false,
            }
    })
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{activity, found};
    use super::META;
    use crate::activity::{Activity, Kind};

    fn clamav(kind: Kind, time: &str) -> Activity {
        Activity { object: "ClamAV".into(), ..activity(kind, "", "", "srv1", time) }
    }

    #[test]
    fn planted() {
        let all = vec![
            clamav(Kind::SecurityToolStopped, "2026-12-27 03:00"),
            clamav(Kind::SecurityToolStarted, "2026-12-27 05:00"),
        ];
        assert_eq!(found(META.id, all, false).len(), 1);
    }

    #[test]
    fn near_misses() {
        let updated = vec![
            clamav(Kind::SecurityToolStopped, "2026-12-27 03:00"),
            clamav(Kind::SecurityToolStarted, "2026-12-27 03:01"),
        ];
        assert!(found(META.id, updated, false).is_empty());
        let restarted = vec![
            clamav(Kind::SecurityToolStopped, "2026-12-27 03:00"),
            activity(Kind::BootStarted, "", "", "srv1", "2026-12-27 03:05"),
        ];
        assert!(found(META.id, restarted, false).is_empty());
    }
}
