//! `before.accounts.a`: who has which rights on the machine. What a person reviews is the list of privileged accounts and
//! why each is one; when it changes, the review is void.

use std::collections::BTreeSet;

use async_trait::async_trait;

use crate::checks::{Check, CheckMeta, Context, Dated, meta, nobody_looked};
use crate::model::chain::sha256_hex;
use crate::model::subject::SubjectId;
use crate::model::text::Text;
use crate::model::verdict::{Findings, Judgement, Seen, Unknown, UnknownCode};
use crate::world::World;
use crate::world::accounts::{Account, AccountFacts, PRIVILEGED_GROUPS, SudoRule, SudoWho};

/// `before.accounts.a`; see the guide beside this file.
pub struct AccountsA;

#[async_trait]
impl Check for AccountsA {
    const META: CheckMeta = meta!("before.accounts.a", Both, Machine, "accounts_a");
    type Facts = AccountFacts;

    async fn observe(world: &World) -> Result<AccountFacts, Unknown> {
        world.accounts.look().await
    }

    fn judge(facts: &[Dated<'_, AccountFacts>], _context: &Context<'_>) -> Judgement {
        let Some(dated) = facts.first() else { return nobody_looked(&SubjectId::organisation()) };
        let mut findings = Findings::about(dated.subject());
        let facts = &dated.facts;
        for (account, reasons) in privileged(facts) {
            note_account(&mut findings, account, &reasons);
        }
        for rule in &facts.sudo.rules {
            rule_beyond_accounts(&mut findings, facts, rule);
        }
        for why in blind(facts) {
            findings.unseen(&why);
        }
        findings.judgement()
    }

    fn review_basis(facts: &[Dated<'_, AccountFacts>]) -> Option<String> {
        facts.first().map(|dated| sha256_hex(review_text(&dated.facts).as_bytes()))
    }
}

/// Why an account is privileged.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Reason<'a> {
    Superuser,
    Group(&'a str),
    Rule(&'a SudoRule),
}

impl Reason<'_> {
    fn text(&self) -> Text {
        match self {
            Self::Superuser => Text::new("UID 0", "user id 0"),
            Self::Group(name) => Text::new(format!("{name} グループ"), format!("group {name}")),
            Self::Rule(rule) => {
                let rule = rule_text(rule);
                Text::new(format!("規則「{rule}」"), format!("rule “{rule}”"))
            }
        }
    }
}

/// A rule as it would stand in a file.
fn rule_text(rule: &SudoRule) -> String {
    let who = match &rule.who {
        SudoWho::User(name) | SudoWho::Other(name) => name.clone(),
        SudoWho::Uid(id) => format!("#{id}"),
        SudoWho::Group(name) => format!("%{name}"),
        SudoWho::Gid(id) => format!("%#{id}"),
        SudoWho::Everyone => "ALL".to_owned(),
    };
    format!("{who} {}", rule.grants)
}

/// The privileged accounts, each with why.
fn privileged(facts: &AccountFacts) -> Vec<(&Account, Vec<Reason<'_>>)> {
    let mut found = Vec::new();
    for account in &facts.accounts {
        let groups = facts.groups_of(account);
        let mut reasons: Vec<Reason<'_>> = Vec::new();
        if account.uid == 0 {
            reasons.push(Reason::Superuser);
        }
        reasons.extend(
            groups.iter().filter(|name| PRIVILEGED_GROUPS.contains(name)).map(|name| Reason::Group(name)),
        );
        let names = |rule: &&SudoRule| speaks_of(rule, account, &groups, facts);
        reasons.extend(facts.sudo.rules.iter().filter(names).map(Reason::Rule));
        if !reasons.is_empty() {
            found.push((account, reasons));
        }
    }
    found
}

/// Whether a rule names an account or a group of its. Rules for everybody are told once, not for each.
fn speaks_of(rule: &SudoRule, account: &Account, groups: &[&str], facts: &AccountFacts) -> bool {
    match &rule.who {
        SudoWho::User(name) => *name == account.name,
        SudoWho::Uid(uid) => *uid == account.uid,
        SudoWho::Group(name) => groups.contains(&name.as_str()),
        SudoWho::Gid(gid) => {
            let known = facts.groups.known();
            let by_id =
                |name: &&str| known.and_then(|known| known.get(*name)).is_some_and(|group| group.gid == *gid);
            *gid == account.gid || groups.iter().any(by_id)
        }
        SudoWho::Everyone | SudoWho::Other(_) => false,
    }
}

fn note_account(findings: &mut Findings, account: &Account, reasons: &[Reason<'_>]) {
    let name = &account.name;
    let texts: Vec<Text> = reasons.iter().map(Reason::text).collect();
    let ja: Vec<&str> = texts.iter().map(|text| text.ja.as_str()).collect();
    let en: Vec<&str> = texts.iter().map(|text| text.en.as_str()).collect();
    findings.note(
        "privileged-account",
        name,
        Text::new(
            format!("{name} は特権アカウントです（{}）", ja.join("、")),
            format!("{name} is a privileged account ({})", en.join(", ")),
        ),
        Text::new(
            format!("要らない権限なら外してください（例：`sudo gpasswd -d {name} グループ名`）"),
            format!("take the right away if it is not needed (such as `sudo gpasswd -d {name} GROUP`)"),
        ),
    );
}

/// Rules that no account of the list shows: for everybody, for nobody, or for members who are not to be seen.
fn rule_beyond_accounts(findings: &mut Findings, facts: &AccountFacts, rule: &SudoRule) {
    let text = rule_text(rule);
    let hint = Text::new(
        format!("{} の規則が要るか確かめてください（編集は `sudo visudo`）", rule.file),
        format!("see whether the rule in {} is needed (edit it with `sudo visudo`)", rule.file),
    );
    let directories = !facts.directories.services.is_empty();
    match &rule.who {
        SudoWho::Everyone => findings.note(
            "sudo-rule-for-everyone",
            &text,
            Text::new(
                format!("全員に権限を与える規則があります：{text}"),
                format!("a rule gives rights to everybody: {text}"),
            ),
            hint,
        ),
        SudoWho::User(name) if !facts.accounts.iter().any(|account| account.name == *name) => findings.note(
            "sudo-rule-without-account",
            &text,
            Text::new(
                format!("一覧にないアカウントに権限を与える規則があります：{text}"),
                format!("a rule gives rights to an account that is not in the list: {text}"),
            ),
            hint,
        ),
        SudoWho::Group(name)
            if directories && facts.groups.known().is_some_and(|known| !known.contains_key(name)) =>
        {
            members_unseen(findings, name, &text);
        }
        SudoWho::Other(name) => members_unseen(findings, name, &text),
        _ => {}
    }
}

fn members_unseen(findings: &mut Findings, group: &str, rule: &str) {
    findings.unknown(
        UnknownCode::WrongVantage.as_str(),
        rule,
        Text::new(
            format!("{group} の構成員が見えないため、誰に権限があるか分かりません：{rule}"),
            format!(
                "the members of {group} are not to be seen, so that it is not known who has the right: {rule}"
            ),
        ),
        Text::new(
            "ディレクトリ側で構成員を確認し、担当者が申告してください",
            "look at its members in the directory, and let the person in charge state it",
        ),
    );
}

/// What the list may lack.
fn blind(facts: &AccountFacts) -> Vec<Unknown> {
    let mut blind = facts.sudo.blind.clone();
    if let Seen::Unknown(why) = &facts.groups {
        blind.push(why.clone());
    }
    blind.extend(facts.directories_unseen());
    blind
}

/// The text that a review covers: one line an account with its reasons, and everything that the reasons depend on. What
/// could not be seen stands in it too: a review of half a list is no review of the whole.
fn review_text(facts: &AccountFacts) -> String {
    let mut lines: BTreeSet<String> = BTreeSet::new();
    let mut add = |line: String| lines.insert(line);
    for (account, reasons) in privileged(facts) {
        for reason in reasons {
            let reason = match reason {
                Reason::Superuser => "uid 0".to_owned(),
                Reason::Group(name) => format!("group {name}"),
                Reason::Rule(rule) => format!("rule {}", rule_text(rule)),
            };
            add(format!("account {}: {reason}", account.name));
        }
    }
    for rule in &facts.sudo.rules {
        if matches!(rule.who, SudoWho::Everyone | SudoWho::Other(_)) {
            add(format!("rule {}", rule_text(rule)));
        }
    }
    for definition in &facts.sudo.definitions {
        add(format!("definition {definition}"));
    }
    for why in blind(facts) {
        add(format!("unseen {} {}", why.code.as_str(), why.item));
    }
    lines.into_iter().collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::verdict::{Level, Verdict};
    use crate::world::accounts::Group;
    use crate::world::accounts::fixture::{self, server};

    fn judge(facts: &AccountFacts) -> Judgement {
        fixture::judged::<AccountsA>(facts, &crate::model::policy::Policy::default())
    }

    fn keys(judgement: &Judgement) -> Vec<(Level, String)> {
        judgement.findings.iter().map(|f| (f.level, format!("{}#{}", f.code, f.item))).collect()
    }

    fn basis(facts: &AccountFacts) -> String {
        sha256_hex(review_text(facts).as_bytes())
    }

    #[test]
    fn facts_come_back_from_storage_as_they_were() {
        let mut facts = server();
        facts.sudo.blind.push(fixture::unknown(UnknownCode::NoPermission, "/etc/sudoers"));
        for who in [SudoWho::Everyone, SudoWho::Gid(27), SudoWho::Other("+net".into())] {
            facts.sudo.rules.push(SudoRule { who, grants: "ALL=ALL".into(), file: "/etc/sudoers".into() });
        }
        let text = crate::model::chain::canonical(&facts).unwrap();
        assert_eq!(serde_json::from_str::<AccountFacts>(&text).unwrap(), facts);
    }

    #[test]
    fn privileged_accounts_are_listed_with_why() {
        let judgement = judge(&server());
        assert_eq!(judgement.verdict(), Verdict::Verified);
        let messages: Vec<&str> = judgement.findings.iter().map(|f| f.message.ja.as_str()).collect();
        assert_eq!(
            messages,
            [
                "root は特権アカウントです（UID 0、規則「root ALL=(ALL:ALL) ALL」）",
                "tanaka は特権アカウントです（sudo グループ、規則「%sudo ALL=(ALL:ALL) ALL」）",
            ]
        );
    }

    #[test]
    fn a_new_privileged_account_voids_the_review_and_a_plain_one_does_not() {
        let before = basis(&server());
        let mut facts = server();
        facts.accounts.push(fixture::account("sato", 1002, "/bin/bash"));
        assert_eq!(basis(&facts), before);
        let Seen::Known(groups) = &mut facts.groups else { panic!() };
        groups.insert("docker".into(), Group { gid: 999, members: vec!["sato".into()] });
        assert_ne!(basis(&facts), before);
        assert!(keys(&judge(&facts)).contains(&(Level::Note, "privileged-account#sato".into())));
    }

    #[test]
    fn a_wider_rule_voids_the_review_also_through_an_alias() {
        let mut facts = server();
        facts.sudo.rules.push(SudoRule {
            who: SudoWho::Uid(1001),
            grants: "ALL=(root) RESTART".into(),
            file: "/etc/sudoers.d/ops".into(),
        });
        facts.sudo.definitions.push("Cmnd_Alias RESTART = /bin/systemctl restart app".into());
        let narrow = basis(&facts);
        facts.sudo.definitions[0] = "Cmnd_Alias RESTART = ALL".into();
        assert_ne!(basis(&facts), narrow);
    }

    #[test]
    fn a_primary_group_counts_like_a_membership() {
        let mut facts = server();
        facts.accounts[5].gid = 27;
        assert!(keys(&judge(&facts)).contains(&(Level::Note, "privileged-account#suzuki".into())));
    }

    #[test]
    fn what_is_not_seen_is_unknown_and_part_of_the_review() {
        let mut facts = server();
        facts.sudo.blind.push(fixture::unknown(UnknownCode::NoPermission, "/etc/sudoers"));
        facts.groups = Seen::Unknown(fixture::unknown(UnknownCode::ControlFailed, "group"));
        facts.directories.services.push("sss".into());
        let judgement = judge(&facts);
        assert_eq!(judgement.verdict(), Verdict::Unknown);
        let unknown: Vec<(Level, String)> =
            keys(&judgement).into_iter().filter(|(level, _)| *level == Level::Unknown).collect();
        assert_eq!(
            unknown,
            [
                (Level::Unknown, "no-permission#/etc/sudoers".into()),
                (Level::Unknown, "control-failed#group".into()),
                (Level::Unknown, "wrong-vantage#directory sss".into()),
            ]
        );
        assert_ne!(basis(&facts), basis(&server()));
    }

    #[test]
    fn rules_for_all_for_nobody_and_for_unseen_members_are_told() {
        let mut facts = server();
        for who in [
            SudoWho::Everyone,
            SudoWho::User("left".into()),
            SudoWho::Other("+admins".into()),
            SudoWho::Group("gone".into()),
        ] {
            facts.sudo.rules.push(SudoRule { who, grants: "ALL=ALL".into(), file: "/etc/sudoers".into() });
        }
        let found: Vec<(Level, String)> = keys(&judge(&facts)).split_off(2);
        assert_eq!(
            found,
            [
                (Level::Note, "sudo-rule-for-everyone#ALL ALL=ALL".into()),
                (Level::Note, "sudo-rule-without-account#left ALL=ALL".into()),
                (Level::Unknown, "wrong-vantage#+admins ALL=ALL".into()),
            ]
        );
    }
}
