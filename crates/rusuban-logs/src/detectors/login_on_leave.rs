//! `closure.login-on-leave`: a login with the account of somebody who is on leave or has left.

use rusuban_core::model::text::Text;

use super::{Meta, Scene};
use crate::activity::{Activity, How};
use crate::context::{ClosureContext, Person};
use crate::finding::{Finding, Findings, Level};

pub(super) const META: Meta = Meta {
    id: "closure.login-on-leave",
    title: ("休暇中の人・退職した人のログイン", "Login by somebody on leave or who has left"),
    level: Level::High,
    techniques: &["T1078"],
    why: (
        "休んでいる人や退職した人のアカウントが使われたなら、本人以外が使っているか、止め忘れたアカウントが生きています。",
        "An account of somebody who is away was used by another, or was never disabled.",
    ),
    next: &[
        ("退職した人のアカウントは、すぐに止める", "Disable the account of somebody who has left at once"),
        (
            "休暇中の人には、電話など別の手段で、自分のログインかどうかを確かめる",
            "Ask somebody on leave by another channel whether it was them",
        ),
        (
            "ログインの後に何をしたかを、同じ機器の記録で追う",
            "Follow on the same machine what was done after the login",
        ),
    ],
    guide: (include_str!("login_on_leave.ja.md"), include_str!("login_on_leave.en.md")),
};

/// Why somebody is away.
pub(super) enum Away {
    Leave,
    Left,
}

/// The owner of the account, where the owner was away at that time and neither on duty nor approved.
pub(super) fn is_away<'c>(context: &'c ClosureContext, activity: &Activity) -> Option<(&'c Person, Away)> {
    let person = context.person(&activity.who)?;
    let times = [activity.first, activity.last];
    if times.iter().flatten().any(|at| person.left_on.is_some_and(|left| *at >= left)) {
        return Some((person, Away::Left));
    }
    let leave = |at: &i64| person.leave.iter().any(|period| period.holds(*at));
    let away = times.iter().flatten().any(leave) && !context.is_expected(activity);
    away.then_some((person, Away::Leave))
}

pub(super) fn detect(scene: &Scene<'_>, findings: &mut Findings) {
    for (activity, how) in scene.logins() {
        if how == How::Elevation {
            continue;
        }
        let Some((person, away)) = is_away(scene.context, activity) else { continue };
        let what = match away {
            Away::Leave => Text::new(
                format!("休暇中の {} のアカウント {} でログインした", person.name, activity.who),
                format!("the account {} of {}, who is on leave, logged in", activity.who, person.name),
            ),
            Away::Left => Text::new(
                format!("退職した {} のアカウント {} でログインした", person.name, activity.who),
                format!("the account {} of {}, who has left, logged in", activity.who, person.name),
            ),
        };
        // A machine that was left on logs in again to its drives, and so does somebody who came in on the owner's: whoever
        // moves through a network leaves these logins, and no others.
        let drives = how == How::Network && !scene.context.is_outside(&activity.from);
        let level = match away {
            Away::Left => Level::Critical,
            Away::Leave if drives => Level::Medium,
            Away::Leave => Level::High,
        };
        findings.push(Finding::about(&scene.rule, activity, what).at(level));
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{found, login};
    use super::META;
    use crate::activity::How;

    #[test]
    fn planted() {
        let all = vec![
            login(How::Vpn, "ＳＡＴＯ", "203.0.113.5", "vpn1", "2026-12-27 02:00"),
            login(How::Web, "suzuki@example.jp", "203.0.113.6", "idp", "2026-12-28 02:00"),
        ];
        let expected = [("ＳＡＴＯ".to_owned(), "high"), ("suzuki@example.jp".to_owned(), "critical")];
        assert_eq!(found(META.id, all, false), expected);
    }

    #[test]
    fn the_way_that_somebody_came_weighs() {
        let level = |how, from| {
            found(META.id, vec![login(how, "sato", from, "fs1", "2026-12-27 02:00")], false).pop().unwrap().1
        };
        assert_eq!(level(How::Rdp, "10.0.0.9"), "high");
        assert_eq!(level(How::Console, ""), "high");
        assert_eq!(level(How::Network, "203.0.113.5"), "high");
        assert_eq!(level(How::Network, "10.0.0.9"), "medium");
    }

    #[test]
    fn near_misses() {
        let all = vec![
            login(How::Vpn, "sato", "203.0.113.5", "vpn1", "2026-12-25 10:00"),
            login(How::Vpn, "takahashi", "203.0.113.5", "vpn1", "2026-12-27 02:00"),
            login(How::Vpn, "sato2", "203.0.113.5", "vpn1", "2026-12-27 02:00"),
        ];
        assert!(found(META.id, all, false).is_empty());
    }
}
