//! `closure.log-gap`: a log that is never silent fell silent, if only for some hours.

use std::collections::BTreeMap;

use rusuban_core::model::text::Text;

use super::{Meta, Scene};
use crate::activity::{Evidence, Heard, MINUTE, Name};
use crate::finding::{Finding, Findings, Level};

pub(super) const META: Meta = Meta {
    id: "closure.log-gap",
    title: ("途切れないはずのログの空白", "A gap in a log that is never silent"),
    level: Level::Medium,
    techniques: &["T1070", "T1562.006"],
    why: (
        "ログが途切れた時間に何があったかは、そのログからは分かりません。止められたか、機器が落ちていたか、消されたかです。",
        "What happened in a gap the log does not tell. It was stopped, the machine was down, or it was cleared.",
    ),
    next: &[
        (
            "その時間に機器が動いていたかを、ほかの機器の記録で確かめる",
            "See in other machines' records whether it ran at that time",
        ),
        (
            "ログの転送と、ログサーバの空き容量を調べる",
            "Look at the forwarding of the log and at the space on the log server",
        ),
        ("空白の前後のログインと操作を調べる", "Look at logins and actions before and after the gap"),
    ],
    guide: (include_str!("log_gap.ja.md"), include_str!("log_gap.en.md")),
};

/// A log with longer silences before the closure is one that may be silent.
const NEVER_SILENT: i64 = 120;
/// Restarts are over after so many minutes.
const LEAST: i64 = 60;
/// A log must have been heard on so many minutes before its habits are known.
const HABIT: usize = 100;

/// The minutes (since 1970) in which a source of a host was heard, and the lines.
#[derive(Default)]
struct Log<'a> {
    minutes: Vec<i64>,
    hours: Vec<&'a Heard>,
}

pub(super) fn detect(scene: &Scene<'_>, findings: &mut Findings) {
    let mut logs: BTreeMap<(&Name, &Name), Log<'_>> = BTreeMap::new();
    for heard in &scene.activities.heard {
        let Some(hour) = heard.hour else { continue };
        let log = logs.entry((&heard.source, &heard.host)).or_default();
        let start = hour / MINUTE;
        log.minutes.extend((0..60).filter(|bit| heard.minutes & (1 << bit) != 0).map(|bit| start + bit));
        log.hours.push(heard);
    }
    let closure = scene.context.closure;
    let (from, to) = (closure.from / MINUTE, closure.to / MINUTE);
    // A review before the end of the closure sees only so far.
    let newest =
        logs.values().filter_map(|l| l.minutes.last()).copied().filter(|m| *m < to).max().unwrap_or(from);
    let to = if logs.values().any(|l| l.minutes.last().is_some_and(|m| *m >= to)) { to } else { newest };
    for ((source, host), log) in &logs {
        judge(scene, (source, host), log, (from, to), findings);
    }
}

fn gaps(minutes: &[i64]) -> impl Iterator<Item = (i64, i64)> {
    minutes.iter().zip(minutes.iter().skip(1)).map(|(a, b)| (*a, *b))
}

fn judge(
    scene: &Scene<'_>,
    name: (&Name, &Name),
    log: &Log<'_>,
    (from, to): (i64, i64),
    findings: &mut Findings,
) {
    let (source, host) = name;
    let split = log.minutes.partition_point(|m| *m < from);
    let (before, rest) = log.minutes.split_at(split);
    let during: Vec<i64> = rest.iter().copied().take_while(|m| *m < to).collect();
    let declared = scene.context.host(host);
    let always =
        declared.is_some_and(|h| h.always_on.iter().any(|s| s == "*" || s.eq_ignore_ascii_case(source)));
    let Some(usual) = usual(scene, before, &during, (from, to)) else {
        // Nothing is known of its habits; what was declared holds all the same.
        if always {
            report(scene, name, log, &silent(scene, name, before, &during, (from, to), LEAST), 0, findings);
        }
        return;
    };
    let quiet = usual > NEVER_SILENT;
    if quiet && !always {
        return;
    }
    let least = if quiet { LEAST } else { LEAST.max(3 * usual) };
    report(scene, name, log, &silent(scene, name, before, &during, (from, to), least), usual, findings);
}

/// The longest silence that is usual, in minutes: of the baseline, else of the log itself where it is hardly ever silent.
fn usual(scene: &Scene<'_>, before: &[i64], during: &[i64], (from, to): (i64, i64)) -> Option<i64> {
    let baseline: Vec<i64> = match scene.context.baseline_start {
        Some(start) => before.iter().copied().filter(|m| *m >= start / MINUTE).collect(),
        None => Vec::new(),
    };
    if baseline.len() >= HABIT
        && baseline.last().zip(baseline.first()).is_some_and(|(b, a)| b - a >= 2 * 24 * 60)
    {
        return gaps(&baseline).map(|(a, b)| b - a).max();
    }
    let mut hours: Vec<i64> = during.iter().map(|m| m.div_euclid(60)).collect();
    hours.dedup();
    let all = (to - from).div_euclid(60).max(1);
    if during.len() < HABIT || i64::try_from(hours.len()).unwrap_or(0) * 10 < all * 9 {
        return None;
    }
    let mut own: Vec<i64> = gaps(during).map(|(a, b)| b - a).collect();
    own.sort_unstable();
    own.get(own.len() * 99 / 100).copied()
}

/// The silences of the closure that are longer than `least` minutes, but for when the host was to be off.
fn silent(
    scene: &Scene<'_>,
    name: (&Name, &Name),
    before: &[i64],
    during: &[i64],
    (from, to): (i64, i64),
    least: i64,
) -> Vec<(i64, i64)> {
    let off = scene.context.host(name.1).and_then(|h| h.off);
    let planned = |(a, b): &(i64, i64)| {
        off.is_some_and(|off| off.from / MINUTE - LEAST <= *a && *b <= off.to / MINUTE + LEAST)
    };
    let mut all = vec![before.last().copied().unwrap_or(from).max(from - least)];
    all.extend(during);
    all.push(to);
    gaps(&all).filter(|(a, b)| b - a >= least && *b > from).filter(|gap| !planned(gap)).collect()
}

fn report(
    scene: &Scene<'_>,
    (source, host): (&Name, &Name),
    log: &Log<'_>,
    silences: &[(i64, i64)],
    usual: i64,
    findings: &mut Findings,
) {
    let Some(longest) = silences.iter().max_by_key(|(a, b)| b - a) else { return };
    let at = |minute: i64| Some(minute * MINUTE);
    let (many, clock) = (silences.len(), |m| scene.context.clock(at(m)));
    let (start, end, name) = (clock(longest.0), clock(longest.1), super::named(host));
    let minutes = longest.1 - longest.0;
    let near = |minute: i64| log.hours.iter().rfind(|h| h.last.is_some_and(|l| l / MINUTE <= minute));
    let line: Vec<Evidence> = near(longest.0).map(|h| h.evidence.clone()).into_iter().collect();
    findings.push(Finding {
        rule: scene.rule.clone(),
        level: scene.rule.level,
        who: "".into(),
        from: "".into(),
        host: (*host).clone(),
        source: (*source).clone(),
        first: silences.first().and_then(|gap| at(gap.0)),
        last: silences.last().and_then(|gap| at(gap.1)),
        count: many as u64,
        what: Text::new(
            format!("{} の {source} のログが {start} から {end} まで {minutes} 分間ない（空白 {many} 回、ふだんは長くて {usual} 分）", name.0),
            format!("the {source} log of {} is silent from {start} to {end}, {minutes} minutes ({many} gaps; usually at most {usual} minutes)", name.1),
        ),
        evidence: line,
    });
}

#[cfg(test)]
mod tests {
    use super::super::fixture::run;
    use super::META;
    use crate::activity::{Activities, Evidence, HOUR, Heard};
    use crate::context::fixture::at;

    /// A log with an event every ten minutes from a time to another, but for the hours in between.
    fn log(host: &str, from: &str, to: &str, silent: (&str, &str)) -> Vec<Heard> {
        let (mut hour, to) = (at(from), at(to));
        let mut all = Vec::new();
        while hour < to {
            if !(at(silent.0)..at(silent.1)).contains(&hour) {
                all.push(Heard {
                    source: "linux".into(),
                    host: host.into(),
                    hour: Some(hour),
                    first: Some(hour),
                    last: Some(hour + HOUR - 1),
                    minutes: (0..6).fold(0, |bits, n| bits | 1 << (n * 10)),
                    count: 6,
                    zone_assumed: 0,
                    year_inferred: 0,
                    backwards: 0,
                    forwards: 0,
                    farthest_back: 0,
                    evidence: Evidence::default(),
                });
            }
            hour += HOUR;
        }
        all
    }

    fn found(heard: Vec<Heard>, baseline: bool) -> Vec<String> {
        let findings = run(META.id, &Activities { heard, ..Activities::default() }, baseline);
        findings.list.iter().map(|f| f.what.en.clone()).collect()
    }

    const NEVER: (&str, &str) = ("2000-01-01 00:00", "2000-01-01 00:00");

    #[test]
    fn planted() {
        for baseline in [true, false] {
            let silent = ("2026-12-29 02:00", "2026-12-29 06:00");
            let found = found(log("db1", "2026-12-10 00:00", "2027-01-04 00:00", silent), baseline);
            assert_eq!(found.len(), 1);
            assert!(found[0].contains("2026-12-29 01:50 to 2026-12-29 06:00"), "{}", found[0]);
        }
    }

    #[test]
    fn a_log_that_ends_before_the_others() {
        let mut heard = log("db1", "2026-12-10 00:00", "2026-12-28 00:00", NEVER);
        heard.extend(log("web1", "2026-12-10 00:00", "2027-01-04 00:00", NEVER));
        assert_eq!(found(heard, true).len(), 1);
    }

    #[test]
    fn near_misses() {
        // A machine that is off at night anyway.
        let mut desk = Vec::new();
        for day in 7..26 {
            desk.extend(log(
                "pc1",
                &format!("2026-12-{day:02} 09:00"),
                &format!("2026-12-{day:02} 18:00"),
                NEVER,
            ));
        }
        assert!(found(desk, true).is_empty());
        // A machine that was to be off.
        assert!(found(log("fs1", "2026-12-10 00:00", "2026-12-26 00:00", NEVER), true).is_empty());
        // No gap at all.
        assert!(found(log("db1", "2026-12-10 00:00", "2027-01-04 00:00", NEVER), true).is_empty());
    }
}
