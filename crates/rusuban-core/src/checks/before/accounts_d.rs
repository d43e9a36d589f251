//! `before.accounts.d`: whether passwords are simple ones. What the machine's own hashes tell; each user's own check is a
//! statement beside it. Never names a password.

use async_trait::async_trait;

use crate::checks::{Check, CheckMeta, Context, Dated, meta, nobody_looked};
use crate::model::subject::SubjectId;
use crate::model::text::Text;
use crate::model::verdict::{Findings, Judgement, Unknown, UnknownCode};
use crate::world::World;
use crate::world::password_audit::{AuditOutcome, AuditedAccount, PasswordAuditFacts};

/// Ways of hashing that make every password weak: DES keeps eight characters, NT has neither salt nor rounds.
const WEAK: [&str; 3] = ["descrypt", "bsdicrypt", "nt"];

/// Ways of hashing that are outdated, though a long password still holds.
const OUTDATED: [&str; 2] = ["md5crypt", "sunmd5"];

/// `before.accounts.d`; see the guide beside this file.
pub struct AccountsD;

#[async_trait]
impl Check for AccountsD {
    const META: CheckMeta = meta!("before.accounts.d", Both, Machine, "accounts_d");
    type Facts = PasswordAuditFacts;

    async fn observe(world: &World) -> Result<PasswordAuditFacts, Unknown> {
        world.password_audit.look().await
    }

    fn judge(facts: &[Dated<'_, PasswordAuditFacts>], _context: &Context<'_>) -> Judgement {
        let Some(dated) = facts.first() else { return nobody_looked(&SubjectId::organisation()) };
        let mut findings = Findings::about(dated.subject());
        let facts = &dated.facts;
        for account in &facts.accounts {
            outcome(&mut findings, account);
            scheme(&mut findings, account);
            place(&mut findings, account);
        }
        if let Some(why) = &facts.list_unread {
            findings.unseen(why);
        }
        if !facts.directories_unseen.is_empty() {
            directories(&mut findings, &facts.directories_unseen);
        }
        extent(&mut findings, facts);
        findings.judgement()
    }
}

fn outcome(findings: &mut Findings, account: &AuditedAccount) {
    let name = &account.name;
    match &account.outcome {
        AuditOutcome::Empty => empty(findings, account),
        AuditOutcome::Common => findings.failing(
            "weak-password",
            name,
            Text::new(
                format!("{name} のパスワードは、よくあるもの（または名前から推測できるもの）です"),
                format!("the password of {name} is a common one, or can be guessed from a name"),
            ),
            change_hint(name),
        ),
        AuditOutcome::NotInList { .. } => {}
        AuditOutcome::NotFinished { tried, of } => findings.unknown(
            UnknownCode::TimedOut.as_str(),
            name,
            Text::new(
                format!("{name} のパスワードは、{of}件の候補のうち{tried}件まで試して時間切れになりました"),
                format!("time was up after {tried} of {of} candidates for the password of {name}"),
            ),
            Text::new(
                "`rusuban check --deep` で最後まで試してください",
                "try all of them with `rusuban check --deep`",
            ),
        ),
        AuditOutcome::Unsupported => findings.unknown(
            UnknownCode::NotSupported.as_str(),
            name,
            Text::new(
                format!("{name} のパスワードの方式（{}）は調べられません", account.scheme),
                format!(
                    "the password of {name} cannot be tried, for its hash is of the kind {}",
                    account.scheme
                ),
            ),
            Text::new(
                "本人にパスワードを確かめてもらい、担当者が申告してください",
                "let the user check the password, and let the person in charge state it",
            ),
        ),
        AuditOutcome::ControlFailed => findings.unknown(
            UnknownCode::ControlFailed.as_str(),
            name,
            Text::new(
                format!(
                    "方式 {} の自己試験に失敗したため、{name} のパスワードは調べていません",
                    account.scheme
                ),
                format!(
                    "the self-test of {} failed, so that the password of {name} was not tried",
                    account.scheme
                ),
            ),
            Text::new("このプログラムの不具合として報告してください", "report it as a fault of this program"),
        ),
    }
}

fn empty(findings: &mut Findings, account: &AuditedAccount) {
    let name = &account.name;
    if account.login_shell {
        findings.failing(
            "no-password",
            name,
            Text::new(
                format!("{name} はパスワードなしでログインできます"),
                format!("{name} can log in without a password"),
            ),
            Text::new(
                format!("パスワードを付けるか、止めてください：`sudo passwd {name}` または `sudo usermod --lock {name}`"),
                format!("give it one, or lock it: `sudo passwd {name}` or `sudo usermod --lock {name}`"),
            ),
        );
    } else {
        findings.note(
            "no-password-no-shell",
            name,
            Text::new(
                format!("{name} はパスワードがありません（シェルはログインできないもの）"),
                format!("{name} has no password (its shell lets nobody in)"),
            ),
            Text::new(
                format!("ロックしてください：`sudo passwd -l {name}`"),
                format!("lock it: `sudo passwd -l {name}`"),
            ),
        );
    }
}

fn scheme(findings: &mut Findings, account: &AuditedAccount) {
    let (name, scheme) = (&account.name, account.scheme.as_str());
    let message = Text::new(
        format!("{name} のパスワードは、盗まれると短時間で破られる古い方式（{scheme}）で保存されています"),
        format!(
            "the password of {name} is stored in an old way ({scheme}) that is broken quickly once stolen"
        ),
    );
    if WEAK.contains(&scheme) {
        findings.failing("weak-hash-method", name, message, change_hint(name));
    } else if OUTDATED.contains(&scheme) {
        findings.note("weak-hash-method", name, message, change_hint(name));
    }
}

fn change_hint(name: &str) -> Text {
    Text::new(
        format!("本人に変えてもらってください：`sudo chage -d 0 {name}`（次のログインで変更を求めます）"),
        format!("let the user change it: `sudo chage -d 0 {name}` (asks for a new one at the next login)"),
    )
}

fn place(findings: &mut Findings, account: &AuditedAccount) {
    if account.readable_by_all && account.outcome != AuditOutcome::Empty {
        let name = &account.name;
        findings.note(
            "hash-readable-by-all",
            name,
            Text::new(
                format!("{name} のパスワードのハッシュが、誰でも読める /etc/passwd にあります"),
                format!("the password hash of {name} lies in /etc/passwd, where everybody can read it"),
            ),
            Text::new("`sudo pwconv` で移してください", "move it with `sudo pwconv`"),
        );
    }
}

fn directories(findings: &mut Findings, services: &[String]) {
    let names = services.join(", ");
    findings.unknown(
        UnknownCode::WrongVantage.as_str(),
        &format!("directory {names}"),
        Text::new(
            format!("ディレクトリ（{names}）のアカウントのパスワードは、この機器からは調べられません"),
            format!("passwords of accounts in the directory ({names}) cannot be tried from this machine"),
        ),
        Text::new(
            "ディレクトリ側で点検し、担当者が申告してください",
            "audit them in the directory, and let the person in charge state it",
        ),
    );
}

/// Says how far the look went, for nothing found means little without it.
fn extent(findings: &mut Findings, facts: &PasswordAuditFacts) {
    let tried = facts.accounts.iter().filter(|a| matches!(a.outcome, AuditOutcome::NotInList { .. })).count();
    let (list, passwords, locked) = (&facts.list.name, facts.list.passwords, facts.locked);
    findings.note(
        "audit-extent",
        "",
        Text::new(
            format!(
                "一覧 {list} の{passwords}件と名前からの候補を試し、{tried}件のアカウントは一致しませんでした（ロック中 {locked}件）"
            ),
            format!(
                "{passwords} passwords of the list {list} and candidates from names were tried; {tried} accounts have none of them \
                 ({locked} are locked)"
            ),
        ),
        Text::new(
            "一致しないことは強いことの証明ではありません。各利用者に確かめてもらってください",
            "that proves no strength; let each user check the password",
        ),
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::policy::Policy;
    use crate::model::verdict::{Level, Verdict};
    use crate::world::accounts::fixture;
    use crate::world::password_audit::PasswordList;

    fn facts(accounts: Vec<AuditedAccount>) -> PasswordAuditFacts {
        PasswordAuditFacts {
            list: PasswordList { name: "built-in".into(), sha256: "00".into(), passwords: 163 },
            list_unread: None,
            budget_ms: 2000,
            accounts,
            locked: 30,
            directories_unseen: Vec::new(),
        }
    }

    fn account(name: &str, scheme: &str, outcome: AuditOutcome) -> AuditedAccount {
        AuditedAccount {
            name: name.into(),
            login_shell: true,
            readable_by_all: false,
            scheme: scheme.into(),
            changed: None,
            earlier: false,
            outcome,
        }
    }

    fn judge(facts: &PasswordAuditFacts) -> (Verdict, Vec<(Level, String)>) {
        let judgement = fixture::judged::<AccountsD>(facts, &Policy::default());
        let found = judgement.findings.iter().filter(|f| f.code != "audit-extent");
        (judgement.verdict(), found.map(|f| (f.level, format!("{}#{}", f.code, f.item))).collect())
    }

    #[test]
    fn passwords_of_no_list_show_no_fault_and_the_extent_is_told() {
        let facts = facts(vec![account("tanaka", "yescrypt", AuditOutcome::NotInList { tried: 190 })]);
        assert_eq!(judge(&facts), (Verdict::Verified, vec![]));
        let judgement = fixture::judged::<AccountsD>(&facts, &Policy::default());
        assert_eq!(
            judgement.findings[0].message.ja,
            "一覧 built-in の163件と名前からの候補を試し、1件のアカウントは一致しませんでした（ロック中 30件）"
        );
    }

    #[test]
    fn empty_and_common_passwords_fail() {
        let mut service = account("ftp", "", AuditOutcome::Empty);
        service.login_shell = false;
        let facts = facts(vec![
            account("guest", "", AuditOutcome::Empty),
            account("tanaka", "sha512crypt", AuditOutcome::Common),
            service,
        ]);
        assert_eq!(
            judge(&facts),
            (
                Verdict::Failing,
                vec![
                    (Level::Failing, "no-password#guest".into()),
                    (Level::Failing, "weak-password#tanaka".into()),
                    (Level::Note, "no-password-no-shell#ftp".into()),
                ]
            )
        );
    }

    #[test]
    fn what_was_not_tried_is_unknown() {
        let mut facts = facts(vec![
            account("a", "yescrypt", AuditOutcome::NotFinished { tried: 27, of: 190 }),
            account("b", "gost-yescrypt", AuditOutcome::Unsupported),
            account("c", "bcrypt", AuditOutcome::ControlFailed),
        ]);
        facts.list_unread = Some(fixture::unknown(UnknownCode::ToolFailed, "/etc/rusuban/list"));
        facts.directories_unseen = vec!["sss".into()];
        let text = crate::model::chain::canonical(&facts).unwrap();
        assert_eq!(serde_json::from_str::<PasswordAuditFacts>(&text).unwrap(), facts);
        assert_eq!(
            judge(&facts),
            (
                Verdict::Unknown,
                vec![
                    (Level::Unknown, "timed-out#a".into()),
                    (Level::Unknown, "not-supported#b".into()),
                    (Level::Unknown, "control-failed#c".into()),
                    (Level::Unknown, "tool-failed#/etc/rusuban/list".into()),
                    (Level::Unknown, "wrong-vantage#directory sss".into()),
                ]
            )
        );
    }

    #[test]
    fn old_ways_of_hashing_are_told_by_their_weight() {
        let mut readable = account("old", "md5crypt", AuditOutcome::NotInList { tried: 190 });
        readable.readable_by_all = true;
        let facts = facts(vec![account("des", "descrypt", AuditOutcome::Unsupported), readable]);
        assert_eq!(
            judge(&facts),
            (
                Verdict::Failing,
                vec![
                    (Level::Unknown, "not-supported#des".into()),
                    (Level::Failing, "weak-hash-method#des".into()),
                    (Level::Note, "weak-hash-method#old".into()),
                    (Level::Note, "hash-readable-by-all#old".into()),
                ]
            )
        );
    }
}
