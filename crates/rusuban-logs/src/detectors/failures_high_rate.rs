//! `closure.failures-high-rate`: many failed logins that never worked. One finding a source.

use std::collections::{BTreeMap, BTreeSet};

use rusuban_core::model::text::Text;

use super::{Meta, Scene};
use crate::activity::{Activity, How, Kind};
use crate::finding::{Finding, Findings, Level};

pub(super) const META: Meta = Meta {
    id: "closure.failures-high-rate",
    title: ("失敗し続けたログイン", "Failed logins at a high rate"),
    level: Level::Low,
    techniques: &["T1110"],
    why: (
        "インターネットからの総当たりは絶えずあり、それだけでは事案ではありません。組織の中の機器が失敗し続けるなら、その機器が踏み台になっていることがあります。",
        "Brute force from the Internet never ends and is no case by itself. A machine inside that keeps failing may have been taken over.",
    ),
    next: &[
        ("同じ接続元のログイン成功がないことを確かめる", "See that the same source never succeeded"),
        (
            "接続元が組織の中なら、その機器で何が動いているかを調べる",
            "If the source is inside, see what runs on that machine",
        ),
        (
            "外部からログインを試せること自体が必要かを検討する",
            "Consider whether logins need to be reachable from outside at all",
        ),
    ],
    guide: (include_str!("failures_high_rate.ja.md"), include_str!("failures_high_rate.en.md")),
};

/// Failures of one source in the whole closure from which on it is named.
const MANY: u64 = 100;
/// So many sources are named one by one; the rest is one finding.
const NAMED: usize = 50;

pub(super) fn detect(scene: &Scene<'_>, findings: &mut Findings) {
    super::say_beyond(scene, findings);
    let mut sources: BTreeMap<&str, Vec<&Activity>> = BTreeMap::new();
    for activity in scene.closure() {
        if matches!(activity.kind, Kind::Failure(how) if how != How::Elevation) {
            sources.entry(&activity.from).or_default().push(activity);
        }
    }
    let total = |list: &[&Activity]| list.iter().map(|a| a.count).sum::<u64>();
    let mut ranked: Vec<(&str, Vec<&Activity>)> =
        sources.into_iter().filter(|(_, l)| total(l) >= MANY).collect();
    ranked.sort_by_key(|(from, list)| (std::cmp::Reverse(total(list)), *from));
    let rest = ranked.split_off(ranked.len().min(NAMED));
    for (from, list) in &ranked {
        one(scene, from, list, findings);
    }
    let others: Vec<&Activity> = rest.iter().flat_map(|(_, list)| list.iter().copied()).collect();
    if let Some(first) = others.first() {
        let (many, times) = (rest.len(), times(scene, total(&others)));
        let what = Text::new(
            format!("ほかに {many} か所から合わせて {}ログインに失敗した", times.0),
            format!("{many} more sources failed to log in {}", times.1),
        );
        let mut finding = Finding::about(&scene.rule, first, what).spanning(others.iter().skip(1).copied());
        (finding.who, finding.from, finding.host) = Default::default();
        findings.push(finding);
    }
}

/// So many times; or more, where some were not kept.
fn times(scene: &Scene<'_>, count: u64) -> (String, String) {
    if scene.activities.beyond > 0 {
        (format!("{count} 回以上"), format!("at least {count} times"))
    } else {
        (format!("{count} 回"), format!("{count} times"))
    }
}

fn one(scene: &Scene<'_>, from: &str, list: &[&Activity], findings: &mut Findings) {
    let Some(first) = list.first() else { return };
    let accounts: BTreeSet<&str> = list.iter().map(|a| &*a.who).collect();
    let hosts: BTreeSet<&str> = list.iter().map(|a| &*a.host).collect();
    let (count, many) = (list.iter().map(|a| a.count).sum::<u64>(), accounts.len());
    let (named, times) = (super::named(from), times(scene, count));
    let what = Text::new(
        format!("{} から {many} 個のアカウントに {}ログインを試み、成功していない", named.0, times.0),
        format!("{} tried to log in {} on {many} accounts", named.1, times.1),
    );
    let inside = from.parse().is_ok_and(|ip| scene.context.is_own(ip));
    // A forgotten job fails before the closure as it does in it.
    let routine = || scene.baseline().any(|b| matches!(b.kind, Kind::Failure(_)) && *b.from == *from);
    let service = accounts.iter().all(|who| scene.context.is_service(who, from));
    let level = if inside && !service && !routine() { Level::Medium } else { Level::Low };
    let mut finding =
        Finding::about(&scene.rule, first, what).at(level).spanning(list.iter().skip(1).copied());
    if many > 1 {
        finding.who = "".into();
    }
    if hosts.len() > 1 {
        finding.host = "".into();
    }
    findings.push(finding.with_lines(list.last().into_iter().flat_map(|a| a.evidence.iter())));
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{failures, of, run};
    use super::META;
    use crate::activity::How;

    #[test]
    fn planted_is_one_finding_a_source() {
        let all = (0..24)
            .map(|h| failures(How::Ssh, "root", "203.0.113.5", "web1", &format!("2026-12-27 {h:02}:00"), 60));
        let findings = run(META.id, &of(all.collect()), false);
        assert_eq!(findings.list.len(), 1);
        assert_eq!((findings.list[0].count, findings.list[0].level.as_str()), (1440, "low"));
    }

    #[test]
    fn inside_it_weighs_more_unless_it_always_failed() {
        let now = failures(How::Network, "x", "10.0.0.9", "dc1", "2026-12-27 03:00", 500);
        let before = failures(How::Network, "x", "10.0.0.9", "dc1", "2026-12-10 03:00", 500);
        assert_eq!(run(META.id, &of(vec![now.clone()]), true).list[0].level.as_str(), "medium");
        assert_eq!(run(META.id, &of(vec![before, now]), true).list[0].level.as_str(), "low");
    }

    #[test]
    fn a_flood_that_was_not_kept_is_named() {
        let mut activities =
            of(vec![failures(How::Ssh, "root", "203.0.113.5", "web1", "2026-12-27 03:00", 500)]);
        activities.beyond = 12_345;
        let findings = run(META.id, &activities, false);
        assert!(findings.list[0].what.en.contains("at least 500 times"));
        assert!(findings.blind[0].message.en.contains("12345"));
        let blind = run(super::super::brute_force_success::META.id, &activities, false).blind;
        assert_eq!(blind.len(), 1);
    }

    #[test]
    fn near_miss() {
        let all = vec![failures(How::Vpn, "yamada", "203.0.113.5", "vpn1", "2026-12-30 09:00", 5)];
        assert!(run(META.id, &of(all), false).list.is_empty());
    }

    #[test]
    fn thousands_of_sources_do_not_flood() {
        let all = (0..1000).map(|n| {
            failures(
                How::Ssh,
                "root",
                &format!("203.0.{}.{}", n / 250, n % 250),
                "web1",
                "2026-12-27 03:00",
                200,
            )
        });
        assert_eq!(run(META.id, &of(all.collect()), false).list.len(), 51);
    }
}
