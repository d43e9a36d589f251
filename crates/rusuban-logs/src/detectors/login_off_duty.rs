//! `closure.login-off-duty`: a login in the closure by somebody who is neither on duty nor approved nor a service.

use rusuban_core::model::text::Text;

use super::{Meta, Scene};
use crate::activity::How;
use crate::context::Account;
use crate::context::lists::List;
use crate::finding::{Finding, Findings, Level};

pub(super) const META: Meta = Meta {
    id: "closure.login-off-duty",
    title: ("当番でない人の休業中のログイン", "Login in the closure by somebody not on duty"),
    level: Level::Medium,
    techniques: &["T1078"],
    why: (
        "盗んだ正規のアカウントによる侵入は、失敗の記録を残さず、成功したログインとしてだけ見えます。休業中は、当番・承認済みの作業・サービス以外のログインが手がかりになります。",
        "Intruders with stolen accounts leave no failures, only a login that worked. While the office is closed, a login outside of duty, approved work and services is the trace.",
    ),
    next: &[
        (
            "本人に、電話など別の手段で、自分のログインかどうかを確かめる",
            "Ask the person by another channel, such as telephone, whether it was them",
        ),
        (
            "本人でなければ、アカウントを止め、セッションを切り、パスワードを変える",
            "If it was not, disable the account, end its sessions and change the password",
        ),
        (
            "同じ接続元と同じアカウントの、ほかの機器での記録を調べる",
            "Look for the same address and the same account on other machines",
        ),
    ],
    guide: (include_str!("login_off_duty.ja.md"), include_str!("login_off_duty.en.md")),
};

/// Accounts with which the parts of one product log in to each other, by their beginnings: VMware's.
const OWN: &[&str] =
    &["vpxuser", "vpxd-", "dcui", "vsphere-ui-", "vsphere-webclient-", "vmware-", "com.vmware."];

/// Accounts of machines: `SRV1$`, `host/srv1`, a hardware address that a switch checks with RADIUS.
fn is_machine(who: &str) -> bool {
    let digits = who.bytes().filter(u8::is_ascii_hexdigit).count();
    let is_mac =
        digits == 12 && who.bytes().all(|c| c.is_ascii_hexdigit() || matches!(c, b'-' | b':' | b'.'));
    let user = Account::of(who).user;
    who.ends_with('$') || who.starts_with("host/") || is_mac || OWN.iter().any(|own| user.starts_with(own))
}

pub(super) fn detect(scene: &Scene<'_>, findings: &mut Findings) {
    let context = scene.context;
    let has_roster = context.lists.given.contains(&List::Roster);
    let mut any = false;
    for (activity, how) in scene.logins() {
        // A machine that speaks with itself has nobody at the other end.
        let itself = matches!(how, How::Web | How::Other) && matches!(&*activity.from, "127.0.0.1" | "::1");
        if matches!(how, How::Service | How::Elevation) || itself || is_machine(&activity.who) {
            continue;
        }
        if activity.who.is_empty() {
            if how == How::Management && has_roster && !context.anybody_works(&activity.host, activity.first)
            {
                let what = Text::new(
                    "誰も当番でない時間に、機器の管理画面かコンソールに名前の残らないログインがあった",
                    "while nobody was on duty, somebody whom the log does not name logged in to a device",
                );
                findings.push(Finding::about(&scene.rule, activity, what));
            }
            continue;
        }
        if context.is_expected(activity) || super::login_on_leave::is_away(context, activity).is_some() {
            continue;
        }
        any = true;
        // Drives and printers log people's machines in again all night.
        let level = match how {
            _ if !has_roster => Level::Low,
            How::Network if !context.is_outside(&activity.from) => Level::Low,
            _ if context.is_outside(&activity.from) => Level::High,
            _ => Level::Medium,
        };
        let person = context.person(&activity.who).map_or("", |p| p.name.as_str());
        let known_as = if person.is_empty() { String::new() } else { format!("（{person}）") };
        let what = Text::new(
            format!("当番・承認・サービスのどれでもない {}{known_as} がログインした", activity.who),
            format!("{} logged in, and is neither on duty nor approved nor a service", activity.who),
        );
        findings.push(Finding::about(&scene.rule, activity, what).at(level));
    }
    if any && !has_roster {
        findings.unseen(
            &scene.rule,
            Text::new(
                "当番表（roster.csv）がないため、休業中のログインが当番のものか判断できません",
                "there is no roster (roster.csv), so logins in the closure cannot be told from those of people on duty",
            ),
            Text::new("当番表を用意して、もう一度確認してください", "give a roster and review again"),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{found, login, of, run};
    use super::META;
    use crate::activity::How;

    #[test]
    fn planted() {
        let all = vec![
            login(How::Vpn, "takahashi", "203.0.113.5", "vpn1", "2026-12-27 02:00"),
            login(How::Console, "CORP\\Yamada", "", "pc1", "2026-12-30 23:00"),
        ];
        let expected = [("takahashi".to_owned(), "high"), ("CORP\\Yamada".to_owned(), "medium")];
        assert_eq!(found(META.id, all, false), expected);
    }

    #[test]
    fn near_misses() {
        let all = vec![
            login(How::Vpn, "yamada@corp.example.jp", "203.0.113.5", "vpn1", "2026-12-30 09:00"),
            login(How::Ssh, "vendor1", "198.51.100.9", "ups1", "2026-12-31 10:30"),
            login(How::Ssh, "svc-backup", "10.0.0.8", "db1", "2026-12-29 02:00"),
            login(How::Console, "takahashi", "", "pc1", "2026-12-25 17:00"),
            login(How::Service, "root", "", "db1", "2026-12-29 02:00"),
            login(How::Other, "00-11-22-aa-bb-cc", "", "sw1", "2026-12-29 02:00"),
            login(How::Management, "", "", "rtx1", "2026-12-30 10:00"),
            login(How::Web, "vpxuser", "10.0.0.40", "esx1", "2026-12-29 02:00"),
            login(How::Web, "root", "127.0.0.1", "esx1", "2026-12-29 02:00"),
        ];
        assert!(found(META.id, all, false).is_empty());
    }

    #[test]
    fn a_service_account_from_elsewhere_is_no_service() {
        let all = vec![login(How::Ssh, "svc-backup", "203.0.113.8", "db1", "2026-12-29 02:00")];
        assert_eq!(found(META.id, all, false).len(), 1);
    }

    #[test]
    fn a_login_to_a_router_that_names_nobody() {
        let all = vec![login(How::Management, "", "", "rtx1", "2026-12-29 02:00")];
        assert_eq!(found(META.id, all, false), [(String::new(), "medium")]);
    }

    #[test]
    fn without_a_roster_it_is_blind() {
        let context = crate::context::ClosureContext::new(
            crate::context::Period { from: 0, to: i64::MAX },
            jiff::tz::TimeZone::UTC,
            None,
            crate::context::Lists::default(),
        );
        let activities = of(vec![login(How::Console, "a", "", "pc1", "2026-12-27 02:00")]);
        let findings = super::super::detect(&activities, &context);
        assert!(findings.blind.iter().any(|b| b.rule == META.id));
        assert!(run(META.id, &activities, false).blind.is_empty());
    }
}
