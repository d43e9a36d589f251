//! Judges what a list of pending updates rests on: whether the package lists are there, fresh, and speak of security.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use crate::checks::{Context, Dated};
use crate::model::text::Text;
use crate::model::verdict::{Findings, Seen};
use crate::world::packages::{Asked, Lists, Manager, PackageFacts, Release, Source, System};

/// Clocks may differ so much before a list counts as one from the future.
const TOLERANCE: SignedDuration = SignedDuration::from_hours(24);

/// The service that offers what an administrator has approved, and keeps the rest from its clients.
const APPROVED_ONLY: &str = "WSUS";

/// Judges the lists of one package manager at the time of the judgement.
pub fn judge(dated: &Dated<'_, PackageFacts>, context: &Context<'_>, findings: &mut Findings) {
    let facts = &dated.facts;
    let limits = Limits { at: context.at, max_age: context.policy.patches.list_max_age_hours };
    match &facts.lists {
        Seen::Unknown(why) => findings.unseen(why),
        Seen::Known(Lists::Copies(sources)) => copies(facts, sources, limits, findings),
        Seen::Known(Lists::Asked(asked)) => service(asked, facts.manager, limits, findings),
        Seen::Known(Lists::Undated) => {
            let draft = &dated.evidence.record.draft;
            undated(draft.effective_at.unwrap_or(draft.observed_at), facts.manager, limits, findings);
        }
    }
}

#[derive(Clone, Copy)]
struct Limits {
    at: Timestamp,
    /// Hours.
    max_age: i64,
}

impl Limits {
    fn hours_since(self, time: Timestamp) -> i64 {
        self.at.duration_since(time).as_hours()
    }

    fn is_future(self, time: Timestamp) -> bool {
        time.duration_since(self.at) > TOLERANCE
    }
}

/// How old a repository's list is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Age {
    Fresh,
    /// So many hours older than allowed lists may be.
    Stale(i64),
    /// The publisher has a newer one, made then.
    Superseded(Timestamp),
    /// Ended by the publisher's own word.
    Expired(Timestamp),
    /// Made later than now: one of the clocks is wrong, and no age means anything.
    Future(Timestamp),
    /// Made long ago and without an end, as lists are that change rarely: nothing tells whether it is the newest.
    Quiet(i64),
    /// It names no time.
    Undated,
}

fn age(release: &Release, security: bool, limits: Limits) -> Age {
    let Some(newest) = release.made_at.max(release.checked_at) else { return Age::Undated };
    if limits.is_future(newest) {
        return Age::Future(newest);
    }
    if let Some(newer) = release.newer {
        return Age::Superseded(newer);
    }
    if let Some(end) = release.valid_until.filter(|end| *end < limits.at) {
        return Age::Expired(end);
    }
    let hours = limits.hours_since(newest);
    if hours <= limits.max_age {
        Age::Fresh
    } else if security || release.checked_at.is_some() || release.valid_until.is_some() {
        Age::Stale(hours)
    } else {
        Age::Quiet(hours)
    }
}

fn copies(facts: &PackageFacts, sources: &[Source], limits: Limits, findings: &mut Findings) {
    let aged: Vec<(&Source, &Release, Age)> = sources
        .iter()
        .filter_map(|source| {
            source.release.known().map(|release| (source, release, age(release, source.security, limits)))
        })
        .collect();
    // One run of the package manager fetches all lists of a host. Where one of a publisher's lists is fresh, another
    // one from there that changes rarely (the base suite of a release) is as fresh.
    let fetched: BTreeSet<(&str, &str)> = aged
        .iter()
        .filter(|(source, release, age)| {
            *age == Age::Fresh && !release.origin.is_empty() && !source.host.is_empty()
        })
        .map(|(source, release, _)| (source.host.as_str(), release.origin.as_str()))
        .collect();
    for source in sources {
        if let Seen::Unknown(why) = &source.release {
            findings.unseen(why);
        }
        missing(source, facts.manager, findings);
    }
    for (source, release, age) in &aged {
        let near = fetched.contains(&(source.host.as_str(), release.origin.as_str()));
        if !(near && matches!(age, Age::Quiet(_))) {
            aged_badly(source, *age, facts.manager, findings);
        }
    }
    security_source(facts, sources, findings);
}

fn aged_badly(source: &Source, age: Age, manager: Manager, findings: &mut Findings) {
    let id = source.id.as_str();
    let refresh = refresh(manager);
    let (code, text, hint) = match age {
        Age::Fresh => return,
        Age::Stale(hours) => (
            "list-stale",
            Text::new(
                format!("{id} の一覧は{}日前のもので、古すぎます", hours / 24),
                format!("the list of {id} is {} days old, too old to rely on", hours / 24),
            ),
            refresh,
        ),
        Age::Superseded(newer) => (
            "list-stale",
            Text::new(
                format!("{id} には {newer} 作成の新しい一覧があり、手元のものは古くなっています"),
                format!("{id} has a newer list, made at {newer}; the one on the machine is old"),
            ),
            refresh,
        ),
        Age::Expired(end) => (
            "list-stale",
            Text::new(
                format!("{id} の一覧は {end} に期限が切れています"),
                format!("the list of {id} ended at {end} by its publisher's word"),
            ),
            refresh,
        ),
        Age::Future(time) => (
            "list-from-future",
            Text::new(
                format!("{id} の一覧の日付（{time}）が未来です。時計が狂っている可能性があります"),
                format!("the list of {id} is dated in the future ({time}); a clock may be wrong"),
            ),
            Text::new("`timedatectl` で時計を確認してください", "look at the clock with `timedatectl`"),
        ),
        Age::Quiet(hours) => (
            "list-age-unknown",
            Text::new(
                format!("{id} の一覧は{}日前の作成で期限もなく、最新かどうか分かりません", hours / 24),
                format!(
                    "the list of {id} was made {} days ago and has no end; nothing tells whether it is the newest",
                    hours / 24
                ),
            ),
            Text::new(
                "取得元に接続できる状態で、もう一度点検してください",
                "check again while the repository can be reached",
            ),
        ),
        Age::Undated => (
            "list-undated",
            Text::new(
                format!("{id} の一覧に日付がなく、古さが分かりません"),
                format!("the list of {id} names no date, so its age is unknown"),
            ),
            Text::new(
                "署名付きの取得元に替えるか、担当者が申告してください",
                "use a signed repository instead, or let the person in charge state it",
            ),
        ),
    };
    findings.unknown(code, id, text, hint);
}

fn missing(source: &Source, manager: Manager, findings: &mut Findings) {
    if source.missing.is_empty() {
        return;
    }
    let (id, names) = (source.id.as_str(), source.missing.join(", "));
    findings.unknown(
        "list-missing",
        id,
        Text::new(
            format!("{id} の一覧が手元にありません（{names}）"),
            format!("the list of {id} is not on the machine ({names})"),
        ),
        refresh(manager),
    );
}

/// The positive control of the lists: without a source that marks security updates, none could have been seen.
fn security_source(facts: &PackageFacts, sources: &[Source], findings: &mut Findings) {
    let security: Vec<&Source> = sources.iter().filter(|source| source.security).collect();
    if security.is_empty() {
        findings.unknown(
            "no-security-source",
            facts.manager.as_str(),
            Text::new(
                "セキュリティ更新の取得元が設定されておらず、未適用があっても見えません",
                "no source of security updates is configured, so a pending one could not be seen",
            ),
            Text::new(
                "OS の提供元が案内するセキュリティ更新の取得元を追加してください",
                "add the security source that the publisher of the system names",
            ),
        );
        return;
    }
    let others: Vec<&str> = security
        .iter()
        .copied()
        .filter(|source| is_of_other_release(source, &facts.system))
        .map(|s| s.id.as_str())
        .collect();
    if others.len() == security.len() {
        let (names, code) = (others.join(", "), facts.system.codename.as_str());
        findings.unknown(
            "security-source-of-other-release",
            facts.manager.as_str(),
            Text::new(
                format!("セキュリティ更新の取得元（{names}）が、この OS（{code}）のものではありません"),
                format!("the security sources ({names}) are not of this system's release ({code})"),
            ),
            Text::new(
                format!("取得元を {code} のものに直してください"),
                format!("point the security source at {code}"),
            ),
        );
    }
}

fn is_of_other_release(source: &Source, system: &System) -> bool {
    let Some(release) = source.release.known() else { return false };
    let names = [release.codename.as_str(), release.suite.as_str()];
    !system.codename.is_empty()
        && names.iter().any(|name| !name.is_empty())
        && !names.iter().any(|name| name.starts_with(system.codename.as_str()))
}

fn service(asked: &Asked, manager: Manager, limits: Limits, findings: &mut Findings) {
    let (name, service) = (manager.as_str(), asked.service.as_str());
    if limits.is_future(asked.at) {
        findings.unknown(
            "list-from-future",
            name,
            Text::new(
                format!("{name} の検索日時（{}）が未来です。時計が狂っている可能性があります", asked.at),
                format!("{name} was searched in the future ({}); a clock may be wrong", asked.at),
            ),
            Text::new("その端末の時計を確認してください", "look at the clock of that machine"),
        );
    } else if limits.hours_since(asked.at) > limits.max_age {
        let days = limits.hours_since(asked.at) / 24;
        findings.unknown(
            "list-stale",
            name,
            Text::new(
                format!("{name} の検索は{days}日前で、古すぎます"),
                format!("{name} was searched {days} days ago, too long to rely on"),
            ),
            refresh(manager),
        );
    }
    if asked.service == APPROVED_ONLY {
        findings.unknown(
            "approved-updates-only",
            service,
            Text::new(
                format!("{service} は管理者が承認した更新だけを示すため、未承認のものは見えません"),
                format!(
                    "{service} names only what its administrator has approved; the rest could not be seen"
                ),
            ),
            Text::new(
                "WSUS で未承認のセキュリティ更新がないか確認し、申告してください",
                "look in WSUS for security updates that are not approved and state the result",
            ),
        );
    }
    if !asked.online {
        findings.unknown(
            "service-not-asked",
            service,
            Text::new(
                format!("{service} に問い合わせず、端末に残る前回の結果を見ています"),
                format!("{service} itself was not asked; the answer is what an earlier search had left"),
            ),
            refresh(manager),
        );
    }
}

fn undated(at: Timestamp, manager: Manager, limits: Limits, findings: &mut Findings) {
    let name = manager.as_str();
    let days = limits.hours_since(at) / 24;
    if limits.is_future(at) {
        findings.unknown(
            "list-from-future",
            name,
            Text::new(
                format!("{name} の一覧の日時が未来です（{at}）。時計がずれている可能性があります"),
                format!("the list of {name} is dated in the future ({at}); a clock may be wrong"),
            ),
            refresh(manager),
        );
    } else if limits.hours_since(at) > limits.max_age {
        findings.unknown(
            "list-stale",
            name,
            Text::new(
                format!("{name} の一覧は{days}日前のもので、古すぎます"),
                format!("the list of {name} is {days} days old, too old to rely on"),
            ),
            refresh(manager),
        );
    } else {
        findings.note(
            "list-undated",
            name,
            Text::new(
                format!("{name} の出力には日時がないため、取得日時を {at} とみなしました"),
                format!("the output of {name} bears no time; it is taken to be of {at}"),
            ),
            Text::new("正しい取得日時を添えて取り込んでください", "import it with the time when it was made"),
        );
    }
}

fn refresh(manager: Manager) -> Text {
    match manager {
        Manager::Apt => command("sudo apt update"),
        Manager::Dnf => command("sudo dnf makecache --refresh"),
        Manager::Zypper => command("sudo zypper refresh"),
        Manager::WindowsUpdate | Manager::Winget | Manager::SoftwareUpdate => {
            Text::new("一覧を取り直してください", "list the updates again")
        }
    }
}

fn command(command: &str) -> Text {
    Text::new(
        format!("`{command}` を実行してから、もう一度点検してください"),
        format!("run `{command}` and check again"),
    )
}
