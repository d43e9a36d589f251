//! `closure.new-service`: a service was installed in the closure.

use rusuban_core::model::text::Text;

use super::{Meta, Scene, named};
use crate::activity::{Activity, Kind};
use crate::finding::{Finding, Findings, Level};

pub(super) const META: Meta = Meta {
    id: "closure.new-service",
    title: ("休業中に入れられたサービス", "A service installed in the closure"),
    level: Level::Medium,
    techniques: &["T1543.003", "T1569.002"],
    why: (
        "サービスは、遠隔でプログラムを動かし、再起動の後も居座る手段としてよく使われます。",
        "Services are a common way to run programs on other machines and to survive restarts.",
    ),
    next: &[
        (
            "何が動くのか（実行ファイルの場所と署名）を調べる",
            "See what it runs: where the program lies and who signed it",
        ),
        (
            "同じ時刻に、同じ機器へどこからログインがあったかを見る",
            "See who logged in to the machine at that time, and from where",
        ),
        (
            "心当たりがなければ、止める前に機器をネットワークから外す",
            "If nobody knows it, take the machine off the network before you stop it",
        ),
    ],
    guide: (include_str!("new_service.ja.md"), include_str!("new_service.en.md")),
};

/// What programs of intruders run from or through.
const SUSPICIOUS: &[&str] = &[
    "%comspec%",
    "cmd.exe",
    "cmd /c",
    "powershell",
    "pwsh",
    "psexesvc",
    "\\admin$",
    "\\temp\\",
    "\\users\\",
    "\\programdata\\",
    "\\perflogs\\",
    "mshta",
    "rundll32",
    "regsvr32",
    "certutil",
    "bitsadmin",
    "\\\\127.0.0.1",
    "/tmp/",
    "/dev/shm/",
    "base64",
    "curl ",
    "wget ",
];

/// Where programs that update themselves keep their services and drivers.
const UPDATED: &[&str] = &[
    "\\program files",
    "\\windows defender",
    "\\microsoft\\windows defender\\",
    "\\microsoft\\edgeupdate",
    "\\google\\update",
    "\\system32\\drivers\\wd\\",
    "\\system32\\driverstore\\",
];

/// Whether a command is what intruders run, and whether it is what updates bring.
pub(super) fn weigh(command: &str) -> (bool, bool) {
    let command = command.to_lowercase();
    let any = |list: &[&str]| list.iter().any(|part| command.contains(part));
    let updated = any(UPDATED);
    let suspicious =
        SUSPICIOUS.iter().any(|part| command.contains(part) && !(updated && *part == "\\programdata\\"));
    (suspicious, updated && !suspicious)
}

pub(super) fn detect(scene: &Scene<'_>, findings: &mut Findings) {
    for activity in scene.closure().filter(|a| a.kind == Kind::ServiceInstalled) {
        if scene.is_routine(activity) {
            continue;
        }
        let name = named(&activity.object);
        let what = Text::new(
            format!("サービス {} が入れられた（{}）", name.0, activity.detail),
            format!("the service {} was installed ({})", name.1, activity.detail),
        );
        findings.push(Finding::about(&scene.rule, activity, what).at(level(scene, activity)));
    }
}

fn level(scene: &Scene<'_>, activity: &Activity) -> Level {
    let (suspicious, updated) = weigh(&format!("{} {}", activity.object, activity.detail));
    match () {
        () if suspicious => Level::High,
        () if updated || scene.context.is_expected(activity) => Level::Low,
        () => scene.rule.level,
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{activity, found};
    use super::META;
    use crate::activity::{Activity, Kind};

    fn service(name: &str, runs: &str, time: &str) -> Activity {
        let base = activity(Kind::ServiceInstalled, "", "", "srv1", time);
        Activity { object: name.into(), detail: runs.into(), ..base }
    }

    #[test]
    fn planted() {
        let all = vec![
            service("PSEXESVC", "%SystemRoot%\\PSEXESVC.exe", "2026-12-27 03:00"),
            service("updater2", "C:\\srv\\u.exe", "2026-12-28 03:00"),
        ];
        assert_eq!(found(META.id, all, false), [(String::new(), "high"), (String::new(), "medium")]);
    }

    #[test]
    fn near_misses() {
        let defender = "C:\\ProgramData\\Microsoft\\Windows Defender\\Definition Updates\\x\\MpKslDrv.sys";
        let all = vec![
            service("MpKslDrv", defender, "2026-12-27 03:00"),
            service("backupd", "C:\\backup\\b.exe", "2026-12-10 03:00"),
            service("backupd", "C:\\backup\\b.exe", "2026-12-28 03:00"),
        ];
        assert_eq!(found(META.id, all, true), [(String::new(), "low")]);
    }
}
