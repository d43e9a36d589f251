//! `closure.carried-out-two-places`: a device that was carried out (or its carrier's account) comes from two places at
//! overlapping times.

use std::collections::BTreeMap;

use rusuban_core::model::text::Text;

use super::{Meta, Scene, neighbourhood};
use crate::activity::{Activity, How, Kind, MINUTE, Nanos};
use crate::context::Account;
use crate::finding::{Finding, Findings, Level};

pub(super) const META: Meta = Meta {
    id: "closure.carried-out-two-places",
    title: ("持ち出した機器が同時に2か所から接続", "A carried-out device in two places at once"),
    level: Level::High,
    techniques: &["T1078", "T1550"],
    why: (
        "1台の機器が同時に2か所から接続することはありません。アカウントや証明書が複製されているか、盗まれた認証情報が使われています。",
        "One device cannot be in two places. Its account or certificate was copied, or stolen credentials are in use.",
    ),
    next: &[
        (
            "持ち出した人に、その時刻にどこから使ったかを聞く",
            "Ask the carrier from where it was used at that time",
        ),
        (
            "心当たりのない方のセッションを切り、認証情報を取り消す",
            "End the session that nobody knows of and revoke the credentials",
        ),
        ("機器が手元にあるかを確かめる", "See that the device is still in the carrier's hands"),
    ],
    guide: (include_str!("carried_out_two_places.ja.md"), include_str!("carried_out_two_places.en.md")),
};

/// A gateway notices late that a client has gone to another network.
const SLACK: Nanos = 10 * MINUTE;

struct Session<'a> {
    login: &'a Activity,
    place: String,
    from: Nanos,
    to: Nanos,
}

pub(super) fn detect(scene: &Scene<'_>, findings: &mut Findings) {
    for (device, sessions) in &sessions(scene) {
        let Some((a, b)) = overlap(sessions) else { continue };
        let (x, y) = (&a.login.from, &b.login.from);
        let what = Text::new(
            format!("持ち出した機器 {device} が、重なる時間に {x} と {y} から接続した"),
            format!("the carried-out device {device} connected from {x} and from {y} at overlapping times"),
        );
        let finding = Finding::about(&scene.rule, a.login, what).spanning([b.login]);
        findings.push(finding.with_lines(b.login.evidence.iter()));
    }
}

/// Logins from public addresses by carried-out device.
fn sessions<'a>(scene: &Scene<'a>) -> BTreeMap<String, Vec<Session<'a>>> {
    let context = scene.context;
    let mut by_device: BTreeMap<String, Vec<Session<'a>>> = BTreeMap::new();
    for (login, how) in scene.logins() {
        if !matches!(how, How::Vpn | How::Web | How::Ssh | How::Rdp) || !is_public(&login.from) {
            continue;
        }
        let (Some(from), Some(last)) = (login.first, login.last) else { continue };
        let device = match context.carried_out(login) {
            Some((device, _)) => device.id.clone(),
            // The log names no device: the account of somebody who carries one stands for it.
            None if login.device.is_empty() => match carried_by(scene, login) {
                Some(id) => id,
                None => continue,
            },
            None => continue,
        };
        let to = end_of(scene, login, last).unwrap_or(last);
        let place = neighbourhood(&login.from);
        by_device.entry(device).or_default().push(Session { login, place, from, to });
    }
    by_device
}

fn is_public(from: &str) -> bool {
    from.parse().is_ok_and(crate::activity::recognise::is_global)
}

fn carried_by(scene: &Scene<'_>, login: &Activity) -> Option<String> {
    let lists = &scene.context.lists;
    let person = scene.context.person(&login.who)?;
    let carries = |who: &str| {
        lists.person_named(who).and_then(|at| lists.people.get(at)).is_some_and(|p| p.id == person.id)
    };
    lists.carried_out.iter().find(|device| carries(&device.who)).map(|device| device.id.clone())
}

/// When the session ended, as the log says it.
fn end_of(scene: &Scene<'_>, login: &Activity, last: Nanos) -> Option<Nanos> {
    let account = Account::of(&login.who);
    let ends = scene.activities.all.iter().filter(|a| {
        matches!(a.kind, Kind::Logout(_)) && a.from == login.from && Account::of(&a.who).matches(&account)
    });
    ends.filter_map(|a| a.last).filter(|end| *end >= last).min()
}

/// Two sessions of different places that overlap.
fn overlap<'s, 'a>(sessions: &'s [Session<'a>]) -> Option<(&'s Session<'a>, &'s Session<'a>)> {
    for (at, a) in sessions.iter().enumerate() {
        for b in sessions.iter().skip(at + 1) {
            let common = a.to.min(b.to) - a.from.max(b.from);
            let (x, y) = (&a.login.country, &b.login.country);
            let countries = !x.is_empty() && !y.is_empty() && x != y;
            // Networks of one country may be one line and its replacement; two countries are two places at once.
            let least = if countries { 0 } else { SLACK };
            if (countries || a.place != b.place) && common > least {
                return Some((a, b));
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{activity, found, login};
    use super::META;
    use crate::activity::{Activity, How, Kind};

    fn session(from: &str, start: &str, end: &str) -> Vec<Activity> {
        let with = |a: Activity| Activity { device: "NOTE7.example.jp".into(), ..a };
        vec![
            with(login(How::Vpn, "takahashi", from, "vpn1", start)),
            with(activity(Kind::Logout(How::Vpn), "takahashi", from, "vpn1", end)),
        ]
    }

    #[test]
    fn planted() {
        let mut all = session("203.0.113.5", "2026-12-27 10:00", "2026-12-27 12:00");
        all.extend(session("192.0.2.5", "2026-12-27 10:30", "2026-12-27 11:00"));
        assert_eq!(found(META.id, all, false).len(), 1);
    }

    #[test]
    fn the_carriers_account_stands_for_a_device_that_the_log_does_not_name() {
        let bare = |from, start, end| {
            session(from, start, end)
                .into_iter()
                .map(|a| Activity { device: "".into(), ..a })
                .collect::<Vec<_>>()
        };
        let mut all = bare("203.0.113.5", "2026-12-27 10:00", "2026-12-27 12:00");
        all.extend(bare("192.0.2.5", "2026-12-27 10:30", "2026-12-27 11:00"));
        assert_eq!(found(META.id, all, false).len(), 1);
    }

    #[test]
    fn near_misses() {
        // From home, then from the mobile network; the gateway noticed five minutes later.
        let mut moved = session("203.0.113.5", "2026-12-27 10:00", "2026-12-27 12:05");
        moved.extend(session("192.0.2.5", "2026-12-27 12:00", "2026-12-27 13:00"));
        assert!(found(META.id, moved, false).is_empty());
        // The tunnel's own address inside.
        let mut inside = session("203.0.113.5", "2026-12-27 10:00", "2026-12-27 12:00");
        inside.extend(session("10.9.0.7", "2026-12-27 10:01", "2026-12-27 11:50"));
        assert!(found(META.id, inside, false).is_empty());
    }
}
