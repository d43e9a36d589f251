//! `closure.host-declared-off-spoke`: a machine that was to be off wrote a log, or something came from its address.

use std::collections::BTreeMap;

use rusuban_core::model::text::Text;

use super::{Meta, Scene};
use crate::activity::{HostSpoke, MINUTE, Nanos};
use crate::finding::{Finding, Findings, Level};

pub(super) const META: Meta = Meta {
    id: "closure.host-declared-off-spoke",
    title: ("停止しているはずの機器の活動", "A machine declared off was active"),
    level: Level::High,
    techniques: &["T1078", "T1200"],
    why: (
        "電源を切ったはずの機器が動いているなら、切り忘れか、自動起動か、誰かが起動したか、その名前やアドレスを別の機器が使っています。",
        "A machine that was to be off was left on, started by itself, was started by somebody, or another uses its name or address.",
    ),
    next: &[
        ("機器のそばに行き、電源と画面を確かめる", "Go to the machine and look at its power and screen"),
        (
            "自動起動（タイマー、Wake-on-LAN）と DHCP の割り当てを調べる",
            "Look at its timers, wake-on-LAN and at the DHCP leases",
        ),
        (
            "心当たりがなければ、電源を切らずにネットワークから外す",
            "If nobody knows why, take it off the network without switching it off",
        ),
    ],
    guide: (include_str!("host_declared_off_spoke.ja.md"), include_str!("host_declared_off_spoke.en.md")),
};

/// Switching off takes its time.
const GRACE: Nanos = 30 * MINUTE;

pub(super) fn detect(scene: &Scene<'_>, findings: &mut Findings) {
    let mut heard: BTreeMap<&str, Vec<&HostSpoke>> = BTreeMap::new();
    for spoke in &scene.activities.spoke {
        let Some(host) = scene.context.host(&spoke.host) else { continue };
        let (Some(off), Some(name)) = (host.off, host.names.first()) else { continue };
        let while_off = |at: Nanos| off.from + GRACE <= at && at < off.to;
        if spoke.first.is_none_or(while_off) || spoke.last.is_some_and(while_off) {
            heard.entry(name).or_default().push(spoke);
        }
    }
    for (name, spoken) in heard {
        let Some(first) = spoken.first() else { continue };
        let from = spoken.iter().map(|s| &s.host).find(|h| h.parse::<std::net::IpAddr>().is_ok());
        let (count, hours) = (spoken.iter().map(|s| s.count).sum(), spoken.len());
        let finding = Finding {
            rule: scene.rule.clone(),
            level: scene.rule.level,
            who: "".into(),
            from: from.cloned().unwrap_or_default(),
            host: name.into(),
            source: "".into(),
            first: spoken.iter().filter_map(|s| s.first).min(),
            last: spoken.iter().filter_map(|s| s.last).max(),
            count,
            what: Text::new(
                format!("停止しているはずの {name} の記録が {hours} 時間分ある"),
                format!("{name} was to be off, and there are records of it in {hours} hours"),
            ),
            evidence: vec![first.evidence.clone()],
        };
        findings.push(finding.with_lines(spoken.iter().map(|s| &s.evidence)));
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::run;
    use super::META;
    use crate::activity::{Activities, Evidence, HOUR, HostSpoke};
    use crate::context::fixture::at;

    fn spoke(host: &str, time: &str) -> Activities {
        let hour = at(time).div_euclid(HOUR) * HOUR;
        let (first, last) = (Some(at(time)), Some(at(time)));
        let spoke = HostSpoke {
            host: host.into(),
            hour: Some(hour),
            first,
            last,
            count: 3,
            evidence: Evidence::default(),
        };
        Activities { spoke: vec![spoke], ..Activities::default() }
    }

    #[test]
    fn planted() {
        for host in ["fs1", "10.0.0.5"] {
            let findings = run(META.id, &spoke(host, "2026-12-28 03:00"), false);
            assert_eq!(&*findings.list[0].host, "fs1");
        }
    }

    #[test]
    fn near_misses() {
        for (host, time) in
            [("fs1", "2026-12-26 00:10"), ("fs1", "2026-12-25 12:00"), ("fw1", "2026-12-28 03:00")]
        {
            assert!(run(META.id, &spoke(host, time), false).list.is_empty(), "{host} {time}");
        }
    }
}
