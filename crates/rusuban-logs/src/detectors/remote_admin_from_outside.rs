//! `closure.remote-admin-from-outside`: remote management was reached from a public address that nobody listed.

use std::collections::BTreeMap;

use rusuban_core::model::text::Text;

use super::{Meta, Scene, named};
use crate::activity::{Activity, How, Kind};
use crate::finding::{Finding, Findings, Level};

pub(super) const META: Meta = Meta {
    id: "closure.remote-admin-from-outside",
    title: ("外部からの遠隔管理", "Remote management from outside"),
    level: Level::High,
    techniques: &["T1021", "T1133"],
    why: (
        "リモートデスクトップや機器の管理画面がインターネットから使えると、休業中の侵入口になります。",
        "Remote desktops and administration pages that answer on the Internet are the way in while the office is closed.",
    ),
    next: &[
        ("接続した人と理由を確かめる", "Ask who connected and why"),
        (
            "管理用のポートを外部から閉じ、VPN を通すようにする",
            "Close the management port to the outside and go through the VPN",
        ),
        (
            "必要な接続元なら、networks.csv に理由とともに書く",
            "If the source is needed, write it with its reason into networks.csv",
        ),
    ],
    guide: (include_str!("remote_admin_from_outside.ja.md"), include_str!("remote_admin_from_outside.en.md")),
};

fn word(how: How) -> Option<&'static str> {
    Some(match how {
        How::Rdp => "RDP",
        How::Ssh => "SSH",
        How::Network => "SMB/WinRM",
        How::Management => "管理画面/administration page",
        _ => return None,
    })
}

pub(super) fn detect(scene: &Scene<'_>, findings: &mut Findings) {
    let context = scene.context;
    // What only failed shows that the port is open: one finding a host and protocol.
    let mut open: BTreeMap<(&str, How), Vec<&Activity>> = BTreeMap::new();
    for activity in scene.closure() {
        let (how, worked) = match activity.kind {
            Kind::Login(how) => (how, true),
            Kind::Failure(how) => (how, false),
            _ => continue,
        };
        let Some(protocol) = word(how) else { continue };
        if !context.is_outside(&activity.from) {
            continue;
        }
        if !worked {
            // SSH that is open to the Internet and refuses is told by the failures themselves.
            if how != How::Ssh {
                open.entry((&activity.host, how)).or_default().push(activity);
            }
            continue;
        }
        let (who, from, host) = (named(&activity.who), &activity.from, named(&activity.host));
        let what = Text::new(
            format!("{} が外部の {from} から {} に {protocol} でログインした", who.0, host.0),
            format!("{} logged in to {} by {protocol} from {from}, which is outside", who.1, host.1),
        );
        let level = if context.is_expected(activity) { Level::Low } else { scene.rule.level };
        findings.push(Finding::about(&scene.rule, activity, what).at(level));
    }
    for ((host, how), list) in open {
        let (Some(first), Some(protocol)) = (list.first(), word(how)) else { continue };
        let named = named(host);
        let what = Text::new(
            format!("{} の {protocol} が外部から試されている（ポートが外部に開いている）", named.0),
            format!("{protocol} on {} is tried from outside (its port is open to the outside)", named.1),
        );
        let mut finding =
            Finding::about(&scene.rule, first, what).at(Level::Low).spanning(list.iter().skip(1).copied());
        (finding.who, finding.from) = Default::default();
        findings.push(finding);
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{failures, found, login};
    use super::META;
    use crate::activity::How;

    #[test]
    fn planted() {
        let all = vec![login(How::Rdp, "takahashi", "203.0.113.5", "srv1", "2026-12-27 03:00")];
        assert_eq!(found(META.id, all, false), [("takahashi".to_owned(), "high")]);
    }

    #[test]
    fn an_open_port_is_one_low_finding() {
        let all = (0..9)
            .map(|n| failures(How::Rdp, "admin", &format!("203.0.113.{n}"), "srv1", "2026-12-27 03:00", 9));
        assert_eq!(found(META.id, all.collect(), false), [(String::new(), "low")]);
    }

    #[test]
    fn near_misses() {
        let all = vec![
            login(How::Ssh, "vendor1", "198.51.100.9", "ups1", "2026-12-31 11:00"),
            login(How::Rdp, "takahashi", "10.0.0.9", "srv1", "2026-12-27 03:00"),
            login(How::Vpn, "takahashi", "203.0.113.5", "vpn1", "2026-12-27 03:00"),
        ];
        assert!(found(META.id, all, false).is_empty());
    }
}
