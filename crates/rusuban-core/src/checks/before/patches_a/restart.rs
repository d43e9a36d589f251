//! Judges whether code from before an update still runs: patched on disk is not patched.

use crate::model::text::Text;
use crate::model::verdict::{Findings, Seen};
use crate::world::packages::{Kernel, Programs, Restart};

/// Judges what the package managers of one machine say of a pending restart; the first that knows counts.
pub fn judge<'a>(restarts: impl Iterator<Item = &'a Seen<Restart>> + Clone, findings: &mut Findings) {
    if let Some(restart) = restarts.clone().find_map(Seen::known) {
        known(restart, findings);
        return;
    }
    let mut said = false;
    for restart in restarts {
        if let Seen::Unknown(why) = restart {
            findings.unseen(why);
            said = true;
        }
    }
    if !said {
        findings.unknown(
            "restart-not-seen",
            "",
            Text::new(
                "更新後の再起動が残っているか確認できません",
                "nothing tells whether a restart is pending after an update",
            ),
            Text::new("その端末を一度再起動し、申告してください", "restart the machine once and state it"),
        );
    }
}

fn known(restart: &Restart, findings: &mut Findings) {
    if restart.asked {
        asked(&restart.packages, findings);
    }
    if let Some(kernel) = &restart.kernel {
        kernel_runs(kernel, restart.asked, findings);
    }
    if let Some(programs) = &restart.programs {
        programs_run(programs, findings);
    }
}

fn asked(packages: &[String], findings: &mut Findings) {
    let names = if packages.is_empty() { String::new() } else { format!(" ({})", packages.join(", ")) };
    findings.failing(
        "reboot-pending",
        "",
        Text::new(
            format!("再起動待ちで、更新前のコードが動いています{names}"),
            format!("a restart is pending; code from before the update still runs{names}"),
        ),
        Text::new("再起動してください", "restart the machine"),
    );
}

fn kernel_runs(kernel: &Kernel, asked: bool, findings: &mut Findings) {
    if kernel.container || !kernel.local {
        no_kernel(kernel, findings);
        return;
    }
    let rebuilt = kernel.build.as_ref().filter(|build| !build.running).map(|build| &build.installed);
    let Some(wanted) = kernel.newer.first().or(rebuilt) else { return };
    let running = kernel.running.as_str();
    // The system's own request for a restart already says it.
    if asked {
        return;
    }
    findings.failing(
        "reboot-pending",
        "kernel",
        Text::new(
            format!("動作中のカーネル {running} より新しい {wanted} が導入済みです"),
            format!("the kernel {running} runs while the newer {wanted} is installed"),
        ),
        Text::new("再起動してください", "restart the machine"),
    );
}

fn no_kernel(kernel: &Kernel, findings: &mut Findings) {
    let running = kernel.running.as_str();
    if kernel.container {
        findings.note(
            "kernel-of-host",
            "",
            Text::new(
                format!("コンテナーのため、カーネル（{running}）の更新はホスト側で確認してください"),
                format!("this is a container; the kernel ({running}) is updated on its host"),
            ),
            Text::new("ホストも点検対象に加えてください", "check the host too"),
        );
        return;
    }
    findings.unknown(
        "kernel-not-packaged",
        "",
        Text::new(
            format!("動作中のカーネル（{running}）はパッケージ管理の外にあり、更新の有無が分かりません"),
            format!("the running kernel ({running}) comes from no package, so nothing tells whether it needs an update"),
        ),
        Text::new(
            "仮想化基盤やクラウドの提供元に確認し、申告してください",
            "ask whoever provides the kernel (the virtualisation platform or cloud) and state it",
        ),
    );
}

fn programs_run(programs: &Programs, findings: &mut Findings) {
    for program in &programs.outdated {
        let (name, file) = (program.name.as_str(), program.file.as_str());
        findings.failing(
            "old-code-running",
            name,
            Text::new(
                format!("{name} が更新前の {file} を使い続けています"),
                format!("{name} still runs {file} from before its update"),
            ),
            Text::new(
                format!("{name} を再起動するか、端末を再起動してください"),
                format!("restart {name} or the machine"),
            ),
        );
    }
    if programs.seen == 0 {
        findings.unknown(
            "control-failed",
            "processes",
            Text::new(
                "動作中のプログラムを一つも見られませんでした",
                "not a single running program could be looked at",
            ),
            Text::new("/proc が読めるか確認してください", "see whether /proc can be read"),
        );
    } else if programs.unreadable > 0 {
        let count = programs.unreadable;
        findings.unknown(
            "no-permission",
            "processes",
            Text::new(
                format!("権限がなく、動作中のプログラム{count}個を確認できません"),
                format!("{count} running program(s) could not be looked at for lack of permission"),
            ),
            Text::new(
                "root 権限（sudo）で、コンテナーならホスト側で実行してください",
                "run it as root (sudo), or on the host of a container",
            ),
        );
    }
}
