//! Judges which updates are pending, and which packages nobody speaks for. Knows nothing of the age of lists.

use crate::model::text::Text;
use crate::model::verdict::Findings;
use crate::world::packages::{Manager, PackageFacts, Update, UpdateKind};

/// So many findings of one kind are made one by one; the rest is counted in one more.
const ONE_BY_ONE: usize = 300;

/// So many names stand in a finding about many packages.
const NAMES: usize = 10;

/// Judges the updates and the packages of one package manager.
pub fn judge(facts: &PackageFacts, findings: &mut Findings) {
    control(facts, findings);
    let of_kind =
        |kind: UpdateKind| -> Vec<&Update> { facts.pending.iter().filter(|u| u.kind == kind).collect() };
    each(&of_kind(UpdateKind::Security), findings, |update, findings| security(facts, update, findings));
    rest(of_kind(UpdateKind::Security).len(), "security-update-pending", facts.manager, findings);
    each(&facts.withheld, findings, |update, findings| withheld(facts.manager, update, findings));
    unclassified(&of_kind(UpdateKind::Unclassified), facts.manager, findings);
    other(&of_kind(UpdateKind::Other), facts.manager, findings);
    if facts.manager == Manager::Winget {
        applications_without_source(&facts.unsourced, findings);
    } else {
        let unsourced: Vec<&String> =
            facts.unsourced.iter().filter(|name| !is_versioned_kernel(name)).collect();
        each(&unsourced, findings, |name, findings| without_source(name, findings));
    }
    each(&facts.incomplete, findings, |name, findings| incomplete(name, findings));
    each(&facts.other_managers, findings, |name, findings| not_read(name, findings));
    each(&facts.remarks, findings, |remark, findings| remarked(facts.manager, remark, findings));
}

fn each<T>(items: &[T], findings: &mut Findings, mut say: impl FnMut(&T, &mut Findings)) {
    for item in items.iter().take(ONE_BY_ONE) {
        say(item, findings);
    }
}

fn rest(count: usize, code: &str, manager: Manager, findings: &mut Findings) {
    let Some(more) = count.checked_sub(ONE_BY_ONE).filter(|more| *more > 0) else { return };
    findings.failing(
        code,
        "…",
        Text::new(
            format!("ほかに{more}件のセキュリティ更新が未適用です"),
            format!("{more} more security updates are pending"),
        ),
        apply_all(manager),
    );
    findings.in_state(&more.to_string());
}

fn control(facts: &PackageFacts, findings: &mut Findings) {
    if facts.installed.is_some_and(|count| count > 0) {
        return;
    }
    let name = facts.manager.as_str();
    findings.unknown(
        "control-failed",
        name,
        Text::new(
            format!("{name} が導入済みのものを一つも示さず、一覧が正しく取れたか確認できません"),
            format!("{name} named nothing that is installed, so its list cannot be relied on"),
        ),
        match facts.manager {
            Manager::Winget => Text::new(
                "`winget list` の出力を取り込んでください",
                "import the output of `winget list` instead",
            ),
            _ => Text::new(
                format!("{name} の状態を確認してください"),
                format!("see whether {name} works on the machine"),
            ),
        },
    );
}

fn security(facts: &PackageFacts, update: &Update, findings: &mut Findings) {
    let held = facts.held.contains(&update.name);
    let (ja, en) = if held { ("（保留中）", " (on hold)") } else { ("", "") };
    let versions = versions(update);
    let reasons = reasons(update);
    findings.failing(
        "security-update-pending",
        &update.name,
        Text::new(
            format!("{} のセキュリティ更新が未適用です{versions}{reasons}{ja}", update.name),
            format!("a security update of {} is pending{versions}{reasons}{en}", update.name),
        ),
        if held {
            release_hold(facts.manager, &update.name)
        } else if facts.pending.len() > 1 {
            apply_all(facts.manager)
        } else {
            apply(facts.manager, &update.name)
        },
    );
    findings.in_state(&update.candidate);
}

fn withheld(manager: Manager, update: &Update, findings: &mut Findings) {
    let versions = versions(update);
    findings.failing(
        "security-update-withheld",
        &update.name,
        Text::new(
            format!("{} のセキュリティ更新が、設定により適用対象から外れています{versions}", update.name),
            format!("a setting keeps the security update of {} from being offered{versions}", update.name),
        ),
        match manager {
            Manager::Apt => Text::new(
                format!("`apt-cache policy {}` で固定（pin）を確認し、外してください", update.name),
                format!("see the pin with `apt-cache policy {}` and remove it", update.name),
            ),
            Manager::WindowsUpdate => Text::new(
                "非表示にした更新を再表示し、適用してください",
                "show the hidden update again and install it",
            ),
            _ => Text::new(
                "除外の設定を確認し、外してください",
                "look for the setting that excludes it and remove it",
            ),
        },
    );
}

fn unclassified(updates: &[&Update], manager: Manager, findings: &mut Findings) {
    if updates.is_empty() {
        return;
    }
    let (count, names) = (updates.len(), names(updates.iter().map(|update| update.name.as_str())));
    findings.unknown(
        "unclassified-updates-pending",
        manager.as_str(),
        Text::new(
            format!("未適用の更新が{count}件あり、提供元の一覧からはセキュリティ修正かどうか分かりません（{names}）"),
            format!("{count} updates are pending whose source does not tell whether they fix security ({names})"),
        ),
        apply_all(manager),
    );
}

fn other(updates: &[&Update], manager: Manager, findings: &mut Findings) {
    if updates.is_empty() {
        return;
    }
    let (count, names) = (updates.len(), names(updates.iter().map(|update| update.name.as_str())));
    findings.note(
        "other-updates-pending",
        manager.as_str(),
        Text::new(
            format!("セキュリティ以外の更新が{count}件あります（{names}）"),
            format!("{count} updates other than security updates are pending ({names})"),
        ),
        apply_all(manager),
    );
}

fn without_source(name: &str, findings: &mut Findings) {
    findings.unknown(
        "package-without-source",
        name,
        Text::new(
            format!("{name} はどの取得元にもなく、更新の有無が分かりません"),
            format!("no configured source offers {name}, so nothing tells whether it needs an update"),
        ),
        Text::new(
            "取得元を設定し直すか、不要なら削除してください",
            "configure its source again, or remove it if it is not needed",
        ),
    );
}

/// On Windows there are always some of these (parts of the system, drivers' tools): they are told together.
fn applications_without_source(unsourced: &[String], findings: &mut Findings) {
    if unsourced.is_empty() {
        return;
    }
    let (count, names) = (unsourced.len(), names(unsourced.iter().map(String::as_str)));
    findings.unknown(
        "package-without-source",
        "",
        Text::new(
            format!("winget の取得元にないアプリが{count}件あり、更新の有無が分かりません（{names}）"),
            format!("{count} applications are in no source of winget, so nothing tells whether they need an update ({names})"),
        ),
        Text::new(
            "各アプリの更新機能や Microsoft Store で確認し、申告してください",
            "look with each application's own updater or the Microsoft Store and state the result",
        ),
    );
}

fn incomplete(name: &str, findings: &mut Findings) {
    findings.unknown(
        "package-incomplete",
        name,
        Text::new(
            format!("{name} の導入が途中で止まっています"),
            format!("the installation of {name} has stopped halfway"),
        ),
        Text::new("`sudo dpkg --configure -a` を実行してください", "run `sudo dpkg --configure -a`"),
    );
}

fn not_read(name: &str, findings: &mut Findings) {
    let command = match name {
        "snap" => "snap refresh --list",
        _ => "flatpak remote-ls --updates",
    };
    findings.unknown(
        "other-manager-not-read",
        name,
        Text::new(
            format!("{name} で導入したソフトウェアがあり、その更新は確認されていません"),
            format!("there is software installed by {name}, whose updates were not looked at"),
        ),
        Text::new(
            format!("`{command}` で確認し、結果を申告してください"),
            format!("look with `{command}` and state the result"),
        ),
    );
}

fn remarked(manager: Manager, remark: &str, findings: &mut Findings) {
    let name = manager.as_str();
    findings.unknown(
        "tool-remark",
        remark,
        Text::new(
            format!("{name} が次のように述べ、見えていない更新があるかもしれません: {remark}"),
            format!("{name} says so, and may not have seen every update: {remark}"),
        ),
        Text::new(
            "内容を確認し、対処してから取り直してください",
            "see what it means, mend it and list the updates again",
        ),
    );
}

/// Whether the name is of a kernel package that carries its release. A newer kernel is a package of another name, so
/// an old one left behind has no source; whether the newest one runs is judged by the kernel itself.
fn is_versioned_kernel(name: &str) -> bool {
    let Some(rest) = name.strip_prefix("linux-") else { return false };
    let part = ["image-unsigned-", "image-", "headers-", "modules-extra-", "modules-", "kbuild-", "tools-"];
    part.iter()
        .filter_map(|part| rest.strip_prefix(part))
        .any(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
}

fn names<'a>(mut names: impl Iterator<Item = &'a str>) -> String {
    let mut first: Vec<&str> = names.by_ref().take(NAMES).collect();
    if names.next().is_some() {
        first.push("…");
    }
    first.join(", ")
}

fn versions(update: &Update) -> String {
    match (update.installed.as_str(), update.candidate.as_str()) {
        ("", "") => String::new(),
        ("", candidate) => format!(" ({candidate})"),
        (installed, candidate) => format!(" ({installed} → {candidate})"),
    }
}

fn reasons(update: &Update) -> String {
    if update.advisories.is_empty() { String::new() } else { format!(" [{}]", update.advisories.join(", ")) }
}

fn release_hold(manager: Manager, name: &str) -> Text {
    match manager {
        Manager::Apt => Text::new(
            format!("保留の理由を確認し、`sudo apt-mark unhold {name}` の後に更新してください"),
            format!("see why it is on hold, then run `sudo apt-mark unhold {name}` and update it"),
        ),
        _ => Text::new(
            "保留の理由を確認し、解除して更新してください",
            "see why it is on hold, release it and update it",
        ),
    }
}

fn apply(manager: Manager, name: &str) -> Text {
    match manager {
        Manager::Apt => run(&format!("sudo apt install --only-upgrade {name}")),
        Manager::Dnf => run(&format!("sudo dnf upgrade {name}")),
        Manager::Zypper => run(&format!("sudo zypper patch --category security # {name}")),
        Manager::WindowsUpdate | Manager::Winget | Manager::SoftwareUpdate => apply_all(manager),
    }
}

fn apply_all(manager: Manager) -> Text {
    match manager {
        Manager::Apt => run("sudo apt update && sudo apt full-upgrade"),
        Manager::Dnf => run("sudo dnf upgrade --refresh"),
        Manager::Zypper => run("sudo zypper refresh && sudo zypper patch"),
        Manager::WindowsUpdate => Text::new(
            "「設定」の Windows Update で適用し、一覧を取り直してください",
            "install it with Windows Update in Settings and list the updates again",
        ),
        Manager::Winget => run("winget upgrade --all"),
        Manager::SoftwareUpdate => run("sudo softwareupdate --install --all --restart"),
    }
}

fn run(command: &str) -> Text {
    Text::new(format!("`{command}` を実行してください"), format!("run `{command}`"))
}
