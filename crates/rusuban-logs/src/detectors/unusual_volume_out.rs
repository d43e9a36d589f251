//! `closure.unusual-volume-out`: a machine sent far more out of the organisation in a day than it usually does.

use std::collections::BTreeMap;

use rusuban_core::model::text::Text;

use super::{Meta, Scene};
use crate::activity::{Name, Nanos, Transfer};
use crate::finding::{Finding, Findings};

use crate::finding::Level;

pub(super) const META: Meta = Meta {
    id: "closure.unusual-volume-out",
    title: ("外部への異常な量の送信", "An unusual volume sent out"),
    level: Level::Medium,
    techniques: &["T1041", "T1048", "T1567"],
    why: (
        "情報を盗み出す者は、見る人のいない間に、まとめて外へ送ります。",
        "Those who steal data send it out in bulk while nobody looks.",
    ),
    next: &[
        (
            "送信先が業務で使う相手かどうかを確かめる",
            "See whether the destination is one that the work needs",
        ),
        ("その機器で、その時刻に何が動いていたかを調べる", "See what ran on that machine at that time"),
        (
            "心当たりがなければ、通信を止め、送られたものを割り出す",
            "If nobody knows it, stop the traffic and find out what was sent",
        ),
    ],
    guide: (include_str!("unusual_volume_out.ja.md"), include_str!("unusual_volume_out.en.md")),
};

const GIB: u64 = 1 << 30;
/// Less than this in a day is never unusual.
const FLOOR: u64 = GIB;
/// The floor where nothing is known of what is usual.
const BLIND_FLOOR: u64 = 5 * GIB;
/// So many days make a habit.
const DAYS: usize = 3;

#[derive(Default)]
struct Days<'a> {
    before: BTreeMap<i64, u64>,
    during: BTreeMap<i64, (u64, Vec<&'a Transfer>)>,
}

pub(super) fn detect(scene: &Scene<'_>, findings: &mut Findings) {
    let context = scene.context;
    let mut hosts: BTreeMap<&Name, Days<'_>> = BTreeMap::new();
    for transfer in &scene.activities.transfers {
        let day = context.day(Some(transfer.hour));
        let days = hosts.entry(&transfer.host).or_default();
        if context.in_closure(Some(transfer.hour)) {
            let (bytes, list) = days.during.entry(day).or_default();
            *bytes = bytes.saturating_add(transfer.bytes);
            list.push(transfer);
        } else if context.in_baseline(Some(transfer.hour)) {
            let bytes = days.before.entry(day).or_default();
            *bytes = bytes.saturating_add(transfer.bytes);
        }
    }
    for (host, days) in hosts {
        for (day, (bytes, list)) in &days.during {
            if let Some(usual) = exceeds(&days, *day, *bytes) {
                findings.push(finding(scene, host, *bytes, usual, list));
            }
        }
    }
}

/// The usual volume of a day, where this day's is far above it.
fn exceeds(days: &Days<'_>, day: i64, bytes: u64) -> Option<u64> {
    let mut usual: Vec<u64> = days.before.values().copied().collect();
    if usual.len() < DAYS {
        // Without a habit from before, the other days of the closure are it.
        usual = days.during.iter().filter(|(d, _)| **d != day).map(|(_, (bytes, _))| *bytes).collect();
    }
    if usual.len() < DAYS {
        return (bytes > BLIND_FLOOR).then_some(0);
    }
    let middle = median(&mut usual);
    let mut spread: Vec<u64> = usual.iter().map(|b| b.abs_diff(middle)).collect();
    // 1.4826 times the median distance is the standard deviation of what is normally distributed; ten of them.
    let limit = middle.saturating_add(median(&mut spread).saturating_mul(15));
    let most = usual.iter().copied().max().unwrap_or(0);
    (bytes > FLOOR && bytes > limit && bytes > middle.saturating_mul(3) && bytes > most).then_some(middle)
}

fn median(list: &mut [u64]) -> u64 {
    list.sort_unstable();
    list.get(list.len() / 2).copied().unwrap_or(0)
}

fn gib(bytes: u64) -> String {
    let tenths = bytes.saturating_mul(10) / GIB;
    format!("{}.{} GiB", tenths / 10, tenths % 10)
}

fn finding(scene: &Scene<'_>, host: &Name, bytes: u64, usual: u64, list: &[&Transfer]) -> Finding {
    let largest = list.iter().max_by_key(|t| t.largest);
    let to = largest.map_or_else(String::new, |t| t.largest_to.to_string());
    let hours: Vec<Nanos> = list.iter().map(|t| t.hour).collect();
    Finding {
        rule: scene.rule.clone(),
        level: scene.rule.level,
        who: "".into(),
        from: host.clone(),
        host: host.clone(),
        source: "".into(),
        first: hours.iter().copied().min(),
        last: hours.iter().copied().max(),
        count: list.len() as u64,
        what: Text::new(
            format!(
                "{host} が1日に {} を外部へ送った（ふだんは {}、最大の送信先 {to}）",
                gib(bytes),
                gib(usual)
            ),
            format!("{host} sent out {} in a day (usually {}; most to {to})", gib(bytes), gib(usual)),
        ),
        evidence: largest.map(|t| t.evidence.clone()).into_iter().collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::run;
    use super::{GIB, META};
    use crate::activity::{Activities, Evidence, Transfer};
    use crate::context::fixture::at;

    fn sent(date: &str, gib: u64) -> Transfer {
        let (hour, bytes) = (at(&format!("{date} 03:00")), gib * GIB);
        Transfer {
            host: "10.0.0.30".into(),
            hour,
            bytes,
            largest_to: "203.0.113.9".into(),
            largest: bytes,
            evidence: Evidence::default(),
        }
    }

    fn found(days: &[(&str, u64)], baseline: bool) -> usize {
        let transfers = days.iter().map(|(date, gib)| sent(date, *gib)).collect();
        run(META.id, &Activities { transfers, ..Activities::default() }, baseline).list.len()
    }

    const BEFORE: [(&str, u64); 4] =
        [("2026-12-10", 2), ("2026-12-11", 3), ("2026-12-14", 2), ("2026-12-15", 2)];

    #[test]
    fn planted() {
        assert_eq!(found(&[&BEFORE[..], &[("2026-12-29", 40)]].concat(), true), 1);
        assert_eq!(found(&[("2026-12-29", 40)], false), 1);
    }

    #[test]
    fn near_misses() {
        assert_eq!(found(&[&BEFORE[..], &[("2026-12-29", 4)]].concat(), true), 0);
        // The backup to the cloud, every night.
        let nightly = [
            ("2026-12-27", 40),
            ("2026-12-28", 41),
            ("2026-12-29", 40),
            ("2026-12-30", 42),
            ("2026-12-31", 40),
        ];
        assert_eq!(found(&nightly, false), 0);
    }
}
