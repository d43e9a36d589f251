//! Facts to verdicts.

use jiff::Timestamp;

use super::*;
use crate::model::policy::{AccountPolicy, Policy};
use crate::model::verdict::{Level, UnknownCode, Verdict};
use crate::world::accounts::fixture::{self, account, age, login, server, unknown};
use crate::world::accounts::{Login, LoginSource};

type Found = Vec<(Level, String)>;

fn judge_with(facts: &AccountFacts, policy: &Policy) -> (Verdict, Found) {
    let judgement = fixture::judged::<AccountsC>(facts, policy);
    let found = judgement.findings.iter().map(|f| (f.level, format!("{}#{}", f.code, f.item))).collect();
    (judgement.verdict(), found)
}

fn judge(facts: &AccountFacts) -> (Verdict, Found) {
    judge_with(facts, &Policy::default())
}

fn messages(facts: &AccountFacts) -> Vec<String> {
    let judgement = fixture::judged::<AccountsC>(facts, &Policy::default());
    judgement.findings.into_iter().map(|finding| finding.message.ja).collect()
}

fn failing(code: &str) -> (Verdict, Found) {
    (Verdict::Failing, vec![(Level::Failing, code.into())])
}

fn set_age(facts: &mut AccountFacts, name: &str, change: impl FnOnce(&mut PasswordAge)) {
    let Seen::Known(shadow) = &mut facts.shadow else { panic!() };
    change(shadow.entry(name.into()).or_insert_with(|| age(PasswordState::Set)));
}

fn records(facts: &mut AccountFacts) -> &mut LoginRecords {
    let Seen::Known(records) = &mut facts.logins[0].records else { panic!() };
    records
}

/// An account that exists for long and shows in no record.
fn with_sato() -> AccountFacts {
    let mut facts = server();
    facts.accounts.push(account("sato", 1002, "/bin/bash"));
    set_age(&mut facts, "sato", |_| {});
    facts
}

#[test]
fn a_usual_server_has_no_fault() {
    assert_eq!(judge(&server()), (Verdict::Verified, vec![]));
}

#[test]
fn accounts_that_nobody_uses_fail() {
    let mut facts = with_sato();
    assert_eq!(judge(&facts), failing("never-used#sato"));
    assert_eq!(messages(&facts), ["sato は一度も使われていません（2025-01-05 からの記録）"]);
    records(&mut facts).last.insert("sato".into(), login("2026-09-19T15:30:00Z"));
    assert_eq!(judge(&facts), failing("stale-account#sato"));
    assert_eq!(messages(&facts), ["sato は 2026-09-20 を最後に91日間使われていません"]);
    records(&mut facts).last.insert("sato".into(), login("2026-09-22T00:00:00Z"));
    assert_eq!(judge(&facts).0, Verdict::Verified);
}

#[test]
fn a_fresh_account_may_be_unused_and_one_with_its_first_password_may_not() {
    let mut facts = with_sato();
    set_age(&mut facts, "sato", |age| age.changed = Some("2026-12-10".parse().unwrap()));
    assert_eq!(judge(&facts), (Verdict::Verified, vec![(Level::Note, "not-used-yet#sato".into())]));
    set_age(&mut facts, "sato", |age| (age.changed, age.change_forced) = (None, true));
    assert_eq!(judge(&facts), failing("never-used#sato"));
}

#[test]
fn an_expected_account_is_told_with_its_owner_and_may_share_its_id() {
    let mut facts = with_sato();
    facts.accounts[6].uid = 1001;
    let expected =
        ExpectedAccount { name: "sato".into(), owner: "情報課長".into(), reason: "緊急用".into() };
    let policy = Policy {
        accounts: AccountPolicy { expected: vec![expected], ..AccountPolicy::default() },
        ..Policy::default()
    };
    assert_eq!(
        judge_with(&facts, &policy),
        (Verdict::Verified, vec![(Level::Note, "expected-account#sato".into())])
    );
}

#[test]
fn shared_ids_fail_also_where_nobody_can_log_in() {
    let mut facts = server();
    facts.accounts.push(account("toor", 0, "/usr/sbin/nologin"));
    facts.accounts.push(account("old", 33, "/usr/sbin/nologin"));
    assert_eq!(
        judge(&facts),
        (
            Verdict::Failing,
            vec![(Level::Failing, "shared-uid-0#toor".into()), (Level::Failing, "shared-uid#33".into())]
        )
    );
}

#[test]
fn what_has_ended_fails_and_what_ends_meanwhile_is_noted() {
    let with = |change: fn(&mut PasswordAge)| {
        let mut facts = server();
        set_age(&mut facts, "tanaka", change);
        judge(&facts)
    };
    let day = |text: &str| text.parse::<Date>().ok();
    // The day of the end itself is already past it (shadow(5)).
    assert_eq!(with(|age| age.expires = "2026-12-20".parse().ok()), failing("expired-not-disabled#tanaka"));
    assert_eq!(with(|age| age.expires = "2026-12-21".parse().ok()).0, Verdict::Verified);
    assert_eq!(
        with(|age| age.expires = "2026-12-30".parse().ok()).1,
        [(Level::Note, "expires-in-closure#tanaka".into())]
    );
    // Changed on 2025-01-10: a year later the password is past its end, and an idle month after it the account is.
    assert_eq!(with(|age| age.max_days = Some(365)), failing("password-expired#tanaka"));
    assert_eq!(
        with(|age| (age.max_days, age.inactive_days) = (Some(365), Some(30))),
        failing("expired-not-disabled#tanaka")
    );
    assert_eq!(
        password_end(&PasswordAge { max_days: Some(365), ..age(PasswordState::Set) }),
        day("2026-01-11")
    );
    assert_eq!(
        with(|age| age.max_days = Some(719)).1,
        [(Level::Note, "password-expires-in-closure#tanaka".into())]
    );
}

#[test]
fn a_locked_account_has_nothing_that_ends() {
    let mut facts = server();
    set_age(&mut facts, "postgres", |age| age.expires = "2020-01-01".parse().ok());
    assert_eq!(judge(&facts).0, Verdict::Verified);
}

#[test]
fn a_record_that_begins_too_late_shows_no_disuse() {
    let mut facts = with_sato();
    records(&mut facts).since = "2026-11-01T00:00:00Z".parse().unwrap();
    assert_eq!(judge(&facts), (Verdict::Unknown, vec![(Level::Unknown, "logins-not-recorded#".into())]));
    assert_eq!(
        messages(&facts),
        [
            "使われているか分からないアカウントがあります：sato。ログインの記録は 2026-11-01 からしかなく、90日分に足りません"
        ]
    );
}

#[test]
fn a_record_that_fell_silent_shows_no_disuse() {
    let mut facts = server();
    for last in records(&mut facts).last.values_mut() {
        *last = login("2026-03-01T00:00:00Z");
    }
    records(&mut facts).newest = "2026-03-01T00:00:00Z".parse().unwrap();
    let (verdict, found) = judge(&facts);
    assert_eq!((verdict, found), (Verdict::Unknown, vec![(Level::Unknown, "logins-not-recorded#".into())]));
    assert!(messages(&facts)[0].contains("tanaka, suzuki"), "{:?}", messages(&facts));
}

#[test]
fn without_any_record_nothing_is_concluded() {
    let mut facts = server();
    facts.logins = Vec::new();
    assert_eq!(judge(&facts), (Verdict::Unknown, vec![(Level::Unknown, "logins-not-recorded#".into())]));
    facts.logins = vec![LoginSource {
        name: "lastlog".into(),
        sees_all_ssh: false,
        records: Seen::Unknown(unknown(UnknownCode::ControlFailed, "lastlog")),
    }];
    assert_eq!(
        judge(&facts),
        (
            Verdict::Unknown,
            vec![
                (Level::Unknown, "control-failed#lastlog".into()),
                (Level::Unknown, "logins-not-recorded#".into()),
            ]
        )
    );
}

#[test]
fn a_second_record_makes_up_for_a_blind_one() {
    let mut facts = with_sato();
    let wtmp = facts.logins[0].clone();
    facts.logins[0].records = Seen::Unknown(unknown(UnknownCode::ControlFailed, "lastlog"));
    facts.logins.push(LoginSource { name: "wtmp".into(), ..wtmp });
    assert_eq!(judge(&facts), failing("never-used#sato"));
}

#[test]
fn an_account_with_keys_is_unused_only_where_all_of_ssh_is_recorded() {
    let mut facts = with_sato();
    facts.accounts[6].ssh_keys = Some(Seen::Known(1));
    set_age(&mut facts, "sato", |age| age.state = PasswordState::Locked);
    assert_eq!(judge(&facts), (Verdict::Unknown, vec![(Level::Unknown, "ssh-logins-not-recorded#".into())]));
    let mut log = facts.logins[0].clone();
    log.sees_all_ssh = true;
    facts.logins.push(log);
    assert_eq!(judge(&facts), failing("never-used#sato"));
    let Seen::Known(log) = &mut facts.logins[1].records else { panic!() };
    log.last.insert("sato".into(), login("2026-12-19T00:00:00Z"));
    assert_eq!(judge(&facts).0, Verdict::Verified);
}

#[test]
fn keys_from_elsewhere_and_uncounted_ones_are_unknown() {
    let mut facts = server();
    facts.ssh_keys_elsewhere = Seen::Known(vec!["TrustedUserCAKeys /etc/ssh/ca.pub".into()]);
    facts.accounts[3].ssh_keys = Some(Seen::Unknown(unknown(UnknownCode::TimedOut, "ssh-keys postgres")));
    facts.accounts.push(account("batch", 102, "/bin/sh"));
    let (verdict, found) = judge(&facts);
    assert_eq!(verdict, Verdict::Unknown);
    assert_eq!(
        found,
        [
            (Level::Unknown, "wrong-vantage#TrustedUserCAKeys /etc/ssh/ca.pub".into()),
            (Level::Unknown, "timed-out#ssh-keys".into()),
        ]
    );
}

#[test]
fn without_the_right_to_read_passwords_the_rest_is_still_judged() {
    let mut facts = with_sato();
    facts.shadow = Seen::Unknown(unknown(UnknownCode::NoPermission, "/etc/shadow"));
    facts.accounts[6].ssh_keys = Some(Seen::Known(1));
    facts.logins[0].sees_all_ssh = true;
    facts.accounts.push(account("toor", 0, "/bin/sh"));
    assert_eq!(
        judge(&facts),
        (
            Verdict::Failing,
            vec![
                (Level::Failing, "shared-uid-0#toor".into()),
                (Level::Unknown, "no-permission#/etc/shadow".into()),
                (Level::Failing, "never-used#sato".into()),
            ]
        )
    );
}

#[test]
fn accounts_of_a_directory_that_lists_none_are_unknown() {
    let mut facts = server();
    facts.directories.services = vec!["sss".into()];
    assert_eq!(
        judge(&facts),
        (Verdict::Unknown, vec![(Level::Unknown, "wrong-vantage#directory sss".into())])
    );
    facts.directories.listed = Seen::Known(12);
    assert_eq!(judge(&facts).0, Verdict::Verified);
}

#[test]
fn a_login_at_an_impossible_time_shows_no_use() {
    for at in [Timestamp::MAX, Timestamp::UNIX_EPOCH] {
        let mut facts = server();
        records(&mut facts).last.insert("tanaka".into(), Login { at, from: String::new() });
        let wrong = (Level::Unknown, "login-time-wrong#tanaka".into());
        assert_eq!(judge(&facts), (Verdict::Unknown, vec![wrong]));
    }
}

#[test]
fn a_record_whose_newest_login_lies_in_the_future_shows_no_disuse() {
    let mut facts = with_sato();
    records(&mut facts).newest = Timestamp::MAX;
    assert_eq!(judge(&facts), (Verdict::Unknown, vec![(Level::Unknown, "logins-not-recorded#".into())]));
}

#[test]
fn root_may_be_open_and_unused() {
    let mut facts = server();
    set_age(&mut facts, "root", |age| age.state = PasswordState::Set);
    assert_eq!(judge(&facts), (Verdict::Verified, vec![]));
    records(&mut facts).last.insert("root".into(), login("2026-12-01T00:00:00Z"));
    assert_eq!(judge(&facts).1, [(Level::Note, "superuser-login#root".into())]);
}
