//! `closure.clock-jumped`: a log's time ran back, or a clock was set.

use std::collections::BTreeMap;

use rusuban_core::model::text::Text;

use super::{Meta, Scene, named, within};
use crate::activity::{Activity, DAY, Heard, Kind, MINUTE, Name, Nanos};
use crate::finding::{Finding, Findings, Level};

pub(super) const META: Meta = Meta {
    id: "closure.clock-jumped",
    title: ("時刻の逆行・変更", "Time ran back or a clock was set"),
    level: Level::Medium,
    techniques: &["T1070.006"],
    why: (
        "時計が動かされると、記録の順序も休業中かどうかも信じられなくなります。故障のほか、跡を紛らわせるために変える者もいます。",
        "When a clock is moved, neither the order of records nor whether they lie in the closure can be trusted. Besides faults, some move it to blur their trail.",
    ),
    next: &[
        ("機器の時計と時刻同期の状態を確かめる", "Look at the machine's clock and its time service"),
        (
            "逆行の前後の記録を、ほかの機器の時刻と突き合わせる",
            "Compare the records around it with the times of other machines",
        ),
        (
            "複数のファイルをつないだだけかどうかを確かめる",
            "See whether files were merely joined in another order",
        ),
    ],
    guide: (include_str!("clock_jumped.ja.md"), include_str!("clock_jumped.en.md")),
};

/// Servers write long requests at their end with the time of their start.
const LEAST: Nanos = 30 * MINUTE;
/// So soon after its start a machine sets its clock.
const START: Nanos = 15 * MINUTE;

pub(super) fn detect(scene: &Scene<'_>, findings: &mut Findings) {
    let mut logs: BTreeMap<(&Name, &Name), Vec<&Heard>> = BTreeMap::new();
    for heard in &scene.activities.heard {
        logs.entry((&heard.source, &heard.host)).or_default().push(heard);
    }
    for ((source, host), hours) in logs {
        ran_back(scene, (source, host), &hours, findings);
    }
    for activity in scene.closure().filter(|a| a.kind == Kind::ClockStep) {
        set(scene, activity, findings);
    }
}

fn ran_back(scene: &Scene<'_>, (source, host): (&Name, &Name), hours: &[&Heard], findings: &mut Findings) {
    // A file that is written newest first runs back all the time.
    let sum = |part: fn(&Heard) -> u64| hours.iter().map(|h| part(h)).sum::<u64>();
    if sum(|h| h.backwards) > sum(|h| h.forwards) {
        return;
    }
    let jumps: Vec<&&Heard> = hours
        .iter()
        .filter(|h| {
            h.farthest_back >= LEAST
                && (scene.context.in_closure(h.first) || scene.context.in_closure(h.last))
        })
        .collect();
    let Some(farthest) = jumps.iter().max_by_key(|h| h.farthest_back) else { return };
    let minutes = farthest.farthest_back / MINUTE;
    // Whole days look like files that were joined in another order.
    let level = if farthest.farthest_back >= DAY { Level::Low } else { scene.rule.level };
    let name = named(host);
    let count = jumps.len() as u64;
    findings.push(Finding {
        rule: scene.rule.clone(),
        level,
        who: "".into(),
        from: "".into(),
        host: (*host).clone(),
        source: (*source).clone(),
        first: farthest.first,
        last: farthest.last,
        count,
        what: Text::new(
            format!("{} の {source} のログの時刻が、最大 {minutes} 分逆行した", name.0),
            format!("the time of the {source} log of {} ran back by up to {minutes} minutes", name.1),
        ),
        evidence: vec![farthest.evidence.clone()],
    });
}

fn set(scene: &Scene<'_>, activity: &Activity, findings: &mut Findings) {
    let started = scene.activities.all.iter().any(|a| {
        a.kind == Kind::BootStarted
            && a.host == activity.host
            && (within(a.last, activity.first, START) || within(a.first, activity.first, START))
    });
    let by_itself =
        activity.who.is_empty() || activity.who.ends_with("LOCAL SERVICE") || activity.who.ends_with('$');
    let level = if started || by_itself || scene.context.is_expected(activity) {
        Level::Low
    } else {
        scene.rule.level
    };
    let (host, by) = (named(&activity.host), named(&activity.who));
    let what = Text::new(
        format!("{} の時計が合わせられた（実行者: {}）{}", host.0, by.0, activity.detail),
        format!("the clock of {} was set (by {}) {}", host.1, by.1, activity.detail),
    );
    findings.push(Finding::about(&scene.rule, activity, what).at(level));
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{activity, found, run};
    use super::META;
    use crate::activity::{Activities, Evidence, HOUR, Heard, Kind, MINUTE};
    use crate::context::fixture::at;

    fn heard(backwards: u64, forwards: u64, minutes: i64) -> Activities {
        let hour = at("2026-12-29 03:00");
        let heard = Heard {
            source: "linux".into(),
            host: "db1".into(),
            hour: Some(hour),
            first: Some(hour),
            last: Some(hour + HOUR - 1),
            minutes: 1,
            count: 100,
            zone_assumed: 0,
            year_inferred: 0,
            backwards,
            forwards,
            farthest_back: minutes * MINUTE,
            evidence: Evidence::default(),
        };
        Activities { heard: vec![heard], ..Activities::default() }
    }

    #[test]
    fn planted() {
        assert_eq!(run(META.id, &heard(1, 40, 180), false).list[0].level.as_str(), "medium");
        let all = vec![activity(Kind::ClockStep, "takahashi", "", "db1", "2026-12-29 03:00")];
        assert_eq!(found(META.id, all, false)[0].1, "medium");
    }

    #[test]
    fn near_misses() {
        assert!(run(META.id, &heard(1, 40, 10), false).list.is_empty(), "a long request");
        assert!(run(META.id, &heard(40, 0, 180), false).list.is_empty(), "newest first");
        let all = vec![
            activity(Kind::BootStarted, "", "", "db1", "2026-12-29 02:58"),
            activity(Kind::ClockStep, "root", "", "db1", "2026-12-29 03:00"),
        ];
        assert_eq!(found(META.id, all, false)[0].1, "low");
    }
}
