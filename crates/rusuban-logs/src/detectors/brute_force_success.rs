//! `closure.brute-force-success`: many failures, then a success. From one source against one account, from many sources
//! against one account, and from one source over many accounts (password spray).

use std::collections::{BTreeSet, HashMap};

use rusuban_core::model::text::Text;

use super::{Meta, Scene};
use crate::activity::{Activity, DAY, HOUR, How, Kind, Nanos};
use crate::context::Account;
use crate::finding::{Finding, Findings, Level};

pub(super) const META: Meta = Meta {
    id: "closure.brute-force-success",
    title: ("多数の失敗の後のログイン成功", "A login that worked after many failures"),
    level: Level::High,
    techniques: &["T1078", "T1110"],
    why: (
        "パスワードを試し続けた相手が、最後に成功した形です。休業中は気付かれずに何日も試せます。",
        "Somebody tried passwords until one worked. In a closure nobody notices for days.",
    ),
    next: &[
        ("アカウントを止め、そのセッションを切る", "Disable the account and end its sessions"),
        (
            "成功の後に何をしたか（コマンド、接続先、作られたアカウント）を調べる",
            "Look for what was done after the success: commands, connections, new accounts",
        ),
        (
            "接続元をファイアウォールで止め、同じ接続元のほかの成功を探す",
            "Block the source and look for its other successes",
        ),
    ],
    guide: (include_str!("brute_force_success.ja.md"), include_str!("brute_force_success.en.md")),
};

/// A person who has forgotten the password tries less often than this, even where a log tells each try twice.
const FAILURES: u64 = 15;
/// One source tries so often over several accounts.
const SPRAYED: u64 = 10;
/// So many sources do not belong to one person.
const SOURCES: usize = 10;
/// So many accounts at one source are no person's own.
const ACCOUNTS: usize = 5;

#[derive(Default)]
struct Index<'a> {
    pairs: HashMap<(String, &'a str), Vec<&'a Activity>>,
    users: HashMap<String, Vec<&'a Activity>>,
    origins: HashMap<&'a str, Vec<&'a Activity>>,
}

impl<'a> Index<'a> {
    fn of(all: &'a [Activity]) -> Self {
        let mut index = Self::default();
        for failure in all.iter().filter(|a| matches!(a.kind, Kind::Failure(how) if how != How::Elevation)) {
            let user = Account::of(&failure.who).user;
            if !failure.from.is_empty() {
                index.origins.entry(&failure.from).or_default().push(failure);
            }
            if !user.is_empty() {
                index.pairs.entry((user.clone(), &failure.from)).or_default().push(failure);
                index.users.entry(user).or_default().push(failure);
            }
        }
        index
    }
}

/// The failures of a list (sorted by time) that began in the time before `at`.
fn before<'s, 'a>(list: Option<&'s Vec<&'a Activity>>, at: Option<Nanos>, span: Nanos) -> &'s [&'a Activity] {
    let (Some(list), Some(at)) = (list, at) else { return &[] };
    let from = list.partition_point(|f| f.first.is_none_or(|t| t < at - span));
    let to = list.partition_point(|f| f.first.is_none_or(|t| t <= at));
    list.get(from..to).unwrap_or_default()
}

fn total(failures: &[&Activity]) -> u64 {
    failures.iter().map(|f| f.count).sum()
}

pub(super) fn detect(scene: &Scene<'_>, findings: &mut Findings) {
    super::say_beyond(scene, findings);
    let index = Index::of(&scene.activities.all);
    for (login, how) in scene.logins() {
        if login.who.is_empty() || matches!(how, How::Elevation | How::Service) {
            continue;
        }
        let shapes = [one_to_one, spray, many_to_one];
        let hit = [login.first, login.last]
            .into_iter()
            .find_map(|at| shapes.iter().find_map(|shape| shape(scene, &index, login, at)));
        if let Some((what, failures)) = hit {
            report(scene, login, what, &failures, findings);
        }
    }
}

type Hit<'a> = Option<(Text, Vec<&'a Activity>)>;

fn one_to_one<'a>(_: &Scene<'a>, index: &Index<'a>, login: &'a Activity, at: Option<Nanos>) -> Hit<'a> {
    let user = Account::of(&login.who).user;
    let failures = before(index.pairs.get(&(user, &login.from)), at, HOUR);
    let count = total(failures);
    if count < FAILURES {
        return None;
    }
    let (who, from) = (&login.who, super::named(&login.from));
    let what = Text::new(
        format!("{} から {who} に {count} 回失敗した後、ログインに成功した", from.0),
        format!("{} failed {count} times as {who} and then succeeded", from.1),
    );
    Some((what, failures.to_vec()))
}

fn spray<'a>(_: &Scene<'a>, index: &Index<'a>, login: &'a Activity, at: Option<Nanos>) -> Hit<'a> {
    let failures = before(index.origins.get(&*login.from), at, HOUR);
    let accounts: BTreeSet<String> = failures.iter().map(|f| Account::of(&f.who).user).collect();
    if accounts.len() < ACCOUNTS || total(failures) < SPRAYED {
        return None;
    }
    let (who, from, many) = (&login.who, &login.from, accounts.len());
    let what = Text::new(
        format!("{from} から {many} 個のアカウントに失敗した後、{who} でログインに成功した"),
        format!("{from} failed on {many} accounts and then succeeded as {who}"),
    );
    Some((what, failures.to_vec()))
}

/// From a source that failed too, or from outside and never seen before: the owner at the own desk is no success of
/// those who try from everywhere.
fn many_to_one<'a>(scene: &Scene<'a>, index: &Index<'a>, login: &'a Activity, at: Option<Nanos>) -> Hit<'a> {
    let account = Account::of(&login.who);
    let failures = before(index.users.get(&account.user), at, DAY);
    if failures.len() < SOURCES || total(failures) < 2 * SPRAYED {
        return None;
    }
    let sources: BTreeSet<&str> = failures.iter().map(|f| &*f.from).collect();
    if sources.len() < SOURCES {
        return None;
    }
    let known = || {
        scene.baseline().any(|b| {
            matches!(b.kind, Kind::Login(_)) && b.from == login.from && Account::of(&b.who).matches(&account)
        })
    };
    let foreign = scene.context.is_outside(&login.from) && !scene.context.is_expected(login) && !known();
    if !sources.contains(&*login.from) && !foreign {
        return None;
    }
    let (who, from, many) = (&login.who, &login.from, sources.len());
    let what = Text::new(
        format!("{many} か所から {who} への失敗が続いた後、{from} からのログインに成功した"),
        format!("after failures as {who} from {many} sources, {from} succeeded"),
    );
    Some((what, failures.to_vec()))
}

fn report(scene: &Scene<'_>, login: &Activity, what: Text, failures: &[&Activity], findings: &mut Findings) {
    let context = scene.context;
    // A service whose password was mended.
    let level = if context.is_service(&login.who, &login.from) && !context.is_outside(&login.from) {
        Level::Low
    } else if context.is_outside(&login.from) {
        Level::Critical
    } else {
        Level::High
    };
    let lines = failures.first().into_iter().chain(failures.last()).flat_map(|f| f.evidence.iter());
    let finding = Finding::about(&scene.rule, login, what).at(level);
    findings.push(finding.spanning(failures.iter().copied()).with_lines(lines));
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{failures, found, login};
    use super::META;
    use crate::activity::How;

    #[test]
    fn one_source_one_account() {
        let all = vec![
            failures(How::Ssh, "takahashi", "203.0.113.5", "web1", "2026-12-27 02:00", 8),
            failures(How::Ssh, "takahashi", "203.0.113.5", "web1", "2026-12-27 02:01", 8),
            login(How::Ssh, "takahashi", "203.0.113.5", "web1", "2026-12-27 02:02"),
        ];
        assert_eq!(found(META.id, all, false), [("takahashi".to_owned(), "critical")]);
    }

    #[test]
    fn a_spray() {
        let mut all: Vec<_> = (0..12)
            .map(|n| failures(How::Vpn, &format!("user{n}"), "203.0.113.5", "vpn1", "2026-12-27 02:00", 1))
            .collect();
        all.push(login(How::Vpn, "takahashi", "203.0.113.5", "vpn1", "2026-12-27 02:02"));
        assert_eq!(found(META.id, all, false).len(), 1);
    }

    #[test]
    fn many_sources_one_account() {
        let mut all: Vec<_> = (0..12)
            .map(|n| {
                failures(
                    How::Vpn,
                    "takahashi",
                    &format!("203.0.113.{n}"),
                    "vpn1",
                    &format!("2026-12-27 {n:02}:00"),
                    2,
                )
            })
            .collect();
        all.push(login(How::Vpn, "takahashi", "192.0.2.9", "vpn1", "2026-12-27 12:02"));
        assert_eq!(found(META.id, all, false), [("takahashi".to_owned(), "critical")]);
    }

    #[test]
    fn near_misses() {
        // A person who mistypes.
        let typo = vec![
            failures(How::Vpn, "yamada", "203.0.113.5", "vpn1", "2026-12-30 09:00", 3),
            login(How::Vpn, "yamada", "203.0.113.5", "vpn1", "2026-12-30 09:01"),
        ];
        assert!(found(META.id, typo, false).is_empty());
        // The Internet tries root all day; root logs in at the own desk.
        let mut all: Vec<_> = (0..20)
            .map(|n| {
                failures(
                    How::Ssh,
                    "root",
                    &format!("203.0.113.{n}"),
                    "web1",
                    &format!("2026-12-30 {n:02}:00"),
                    20,
                )
            })
            .collect();
        all.push(login(How::Ssh, "root", "10.0.0.20", "web1", "2026-12-30 21:00"));
        assert!(found(META.id, all, false).is_empty());
        // The success came first.
        let all = vec![
            login(How::Ssh, "takahashi", "203.0.113.5", "web1", "2026-12-27 02:00"),
            failures(How::Ssh, "takahashi", "203.0.113.5", "web1", "2026-12-27 02:30", 50),
        ];
        assert!(found(META.id, all, false).is_empty());
    }
}
