//! `closure.vpn-new-origin`: a VPN or web login from a country, network or with a device never seen before the closure.

use std::collections::{BTreeMap, BTreeSet};

use rusuban_core::model::text::Text;

use super::{Meta, Scene, neighbourhood};
use crate::activity::{Activity, How, Kind};
use crate::context::Account;
use crate::finding::{Finding, Findings, Level};

pub(super) const META: Meta = Meta {
    id: "closure.vpn-new-origin",
    title: (
        "これまでにない国・ネットワーク・機器からの VPN ログイン",
        "VPN login from a country, network or device never seen",
    ),
    level: Level::High,
    techniques: &["T1078", "T1133"],
    why: (
        "盗まれたアカウントは、本人がこれまで使ったことのない場所や機器から使われます。",
        "A stolen account is used from where, and with what, its owner never was.",
    ),
    next: &[
        (
            "本人に、その時刻にその場所から接続したかを確かめる",
            "Ask the person whether they connected from there at that time",
        ),
        (
            "本人でなければ、VPN のセッションを切り、アカウントを止める",
            "If not, end the VPN session and disable the account",
        ),
        (
            "接続中に割り当てられた内部アドレスの通信を調べる",
            "Look at the traffic of the inner address that the session was given",
        ),
    ],
    guide: (include_str!("vpn_new_origin.ja.md"), include_str!("vpn_new_origin.en.md")),
};

/// What was seen before the closure.
#[derive(Default)]
struct Seen {
    /// By log source: each writes countries in its own words, or not at all.
    countries: BTreeMap<String, BTreeSet<String>>,
    networks: BTreeMap<String, BTreeSet<String>>,
    devices: BTreeMap<String, BTreeSet<String>>,
    any: bool,
}

fn counts(activity: &Activity) -> bool {
    matches!(activity.kind, Kind::Login(How::Vpn | How::Web))
        && !activity.who.is_empty()
        && activity.from.parse().is_ok_and(crate::activity::recognise::is_global)
}

fn network(activity: &Activity) -> String {
    if activity.network.is_empty() { neighbourhood(&activity.from) } else { activity.network.to_lowercase() }
}

/// The device without the versions in it: a browser that was updated is the same one.
fn device(activity: &Activity) -> String {
    activity.device.to_lowercase().chars().filter(|c| !c.is_ascii_digit() && *c != '.').collect()
}

pub(super) fn detect(scene: &Scene<'_>, findings: &mut Findings) {
    let mut seen = Seen::default();
    for activity in scene.baseline().filter(|a| counts(a)) {
        let user = Account::of(&activity.who).user;
        seen.any = true;
        if !activity.country.is_empty() {
            let countries = seen.countries.entry(activity.source.to_string()).or_default();
            countries.insert(activity.country.to_lowercase());
        }
        seen.networks.entry(user.clone()).or_default().insert(network(activity));
        seen.devices.entry(user).or_default().insert(device(activity));
    }
    let logins: Vec<&Activity> = scene.closure().filter(|a| counts(a)).collect();
    if !seen.any {
        if !logins.is_empty() {
            no_baseline(scene, findings);
        }
        return;
    }
    for activity in logins {
        if let Some((level, what)) = unusual(scene, &seen, activity) {
            findings.push(Finding::about(&scene.rule, activity, what).at(level));
        }
    }
}

fn no_baseline(scene: &Scene<'_>, findings: &mut Findings) {
    findings.unseen(
        &scene.rule,
        Text::new(
            "休業前の VPN のログがないため、これまでにない場所からのログインかどうか判断できません",
            "there are no VPN logs from before the closure, so it cannot be told whether a login came from a new place",
        ),
        Text::new(
            "休業前の少なくとも2週間のログを加えて、もう一度確認してください",
            "add the logs of at least two weeks before the closure and review again",
        ),
    );
}

fn unusual(scene: &Scene<'_>, seen: &Seen, activity: &Activity) -> Option<(Level, Text)> {
    let user = Account::of(&activity.who).user;
    let who = &activity.who;
    let expected = scene.context.is_expected(activity);
    let countries = seen.countries.get(&*activity.source);
    let is_new = countries.is_some_and(|known| !known.contains(&activity.country.to_lowercase()));
    if is_new && !activity.country.is_empty() {
        let country = &activity.country;
        let what = Text::new(
            format!("{who} が、休業前に誰も接続していない国（{country}）からログインした"),
            format!("{who} logged in from {country}, from where nobody did before the closure"),
        );
        return Some((Level::High, what));
    }
    let is_known = |map: &BTreeMap<String, BTreeSet<String>>, value: &String| {
        map.get(&user).map(|known| known.contains(value))
    };
    // People on duty work from home and from the road; their providers change addresses.
    let level = if expected { Level::Low } else { Level::Medium };
    match is_known(&seen.networks, &network(activity)) {
        None => Some((
            level,
            Text::new(
                format!("{who} が、休業前の記録に一度もない VPN のログインをした"),
                format!("{who} logged in by VPN, and never did before the closure"),
            ),
        )),
        Some(false) => Some((
            level,
            Text::new(
                format!("{who} が、これまでにないネットワーク（{}）からログインした", network(activity)),
                format!("{who} logged in from a network never seen ({})", network(activity)),
            ),
        )),
        Some(true)
            if !activity.device.is_empty() && is_known(&seen.devices, &device(activity)) == Some(false) =>
        {
            Some((
                level,
                Text::new(
                    format!("{who} が、これまでにない機器（{}）でログインした", activity.device),
                    format!("{who} logged in with a device never seen ({})", activity.device),
                ),
            ))
        }
        Some(true) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{found, login, of, run};
    use super::META;
    use crate::activity::{Activity, How};

    fn vpn(who: &str, from: &str, country: &str, time: &str) -> Activity {
        Activity { country: country.into(), ..login(How::Vpn, who, from, "vpn1", time) }
    }

    #[test]
    fn planted() {
        let all = vec![
            vpn("takahashi", "203.0.113.5", "JP", "2026-12-10 10:00"),
            vpn("takahashi", "192.0.2.5", "RO", "2026-12-27 03:00"),
            vpn("takahashi", "192.0.2.6", "JP", "2026-12-28 03:00"),
        ];
        let expected = [("takahashi".to_owned(), "high"), ("takahashi".to_owned(), "medium")];
        assert_eq!(found(META.id, all, true), expected);
    }

    #[test]
    fn near_misses() {
        let all = vec![
            vpn("yamada", "203.0.113.5", "JP", "2026-12-10 10:00"),
            // The same provider gave another address.
            vpn("CORP\\yamada", "203.0.77.9", "JP", "2026-12-27 09:00"),
        ];
        assert!(found(META.id, all, true).is_empty());
    }

    #[test]
    fn a_browser_that_was_updated_is_no_new_device() {
        let with = |a: Activity, device: &str| Activity { device: device.into(), ..a };
        let all = |device| {
            vec![
                with(vpn("takahashi", "203.0.113.5", "JP", "2026-12-10 10:00"), "Firefox/140.0"),
                with(vpn("takahashi", "203.0.113.5", "JP", "2026-12-27 10:00"), device),
            ]
        };
        assert!(found(META.id, all("Firefox/141.2"), true).is_empty());
        assert_eq!(found(META.id, all("curl/8.1"), true).len(), 1);
    }

    #[test]
    fn no_baseline_is_unknown() {
        let activities = of(vec![vpn("takahashi", "192.0.2.5", "RO", "2026-12-27 03:00")]);
        let findings = run(META.id, &activities, false);
        assert!(findings.list.is_empty());
        assert_eq!(findings.blind.len(), 1);
    }
}
