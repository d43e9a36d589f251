//! The findings of `before.accounts.c` in words. Decides nothing.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::usage::Gap;
use crate::model::policy::{ExpectedAccount, days_between};
use crate::model::text::Text;
use crate::model::verdict::{Findings, Unknown, UnknownCode};
use crate::world::accounts::{Account, Login, LoginRecords};

/// How many names a message holds at most.
const MAX_NAMES: usize = 10;

/// Collects findings, with days as the organisation reads them.
pub(super) struct Wording {
    /// What was found so far.
    pub(super) findings: Findings,
    /// Where the organisation is.
    pub(super) zone: TimeZone,
}

impl Wording {
    fn day(&self, at: Timestamp) -> Date {
        at.to_zoned_datetime(self.zone.clone()).date()
    }

    pub(super) fn shared_superuser(&mut self, name: &str) {
        self.findings.failing(
            "shared-uid-0",
            name,
            Text::new(
                format!("{name} は root と同じ UID 0 を持っています"),
                format!("{name} has the user id 0 of root"),
            ),
            Text::new(
                format!(
                    "侵入の痕跡でないか確かめ、要らなければ削除してください：`sudo userdel --force {name}`"
                ),
                format!(
                    "see whether it is a trace of an intrusion, and delete it if it is not needed: \
                     `sudo userdel --force {name}`"
                ),
            ),
        );
    }

    pub(super) fn shared_id(&mut self, uid: u32, names: &[&str]) {
        let all = names.join(", ");
        let last = names.last().copied().unwrap_or_default();
        self.findings.failing(
            "shared-uid",
            &uid.to_string(),
            Text::new(
                format!("複数のアカウントが同じ UID {uid} を共有しています：{all}"),
                format!("several accounts share the user id {uid}: {all}"),
            ),
            Text::new(
                format!("別の UID にするか、要らない方を削除してください（例：`sudo usermod --uid 新しい番号 {last}`）"),
                format!("give them ids of their own, or delete one (such as `sudo usermod --uid NEW {last}`)"),
            ),
        );
    }

    pub(super) fn keys_elsewhere(&mut self, setting: &str, accounts: &[&Account]) {
        let names = names(accounts);
        self.findings.unknown(
            UnknownCode::WrongVantage.as_str(),
            setting,
            Text::new(
                format!("SSH の設定「{setting}」により、ここから見えない鍵でもログインできます（{names}）"),
                format!("by the SSH setting “{setting}” keys that are not to be seen here may open accounts ({names})"),
            ),
            Text::new(
                "鍵の発行元で、どのアカウントに入れるか確かめ、担当者が申告してください",
                "see at the issuer of the keys which accounts they open, and let the person in charge state it",
            ),
        );
    }

    pub(super) fn keys_uncounted(&mut self, why: &Unknown, accounts: &[&Account]) {
        let names = names(accounts);
        self.findings.unknown(
            why.code.as_str(),
            "ssh-keys",
            Text::new(
                format!("SSH の鍵を数えられないアカウントがあります：{names}（{}）", why.message.ja),
                format!("the SSH keys of some accounts could not be counted: {names} ({})", why.message.en),
            ),
            why.hint.clone(),
        );
    }

    pub(super) fn superuser(&mut self, account: &Account, login: &Login) {
        let (name, day) = (&account.name, self.day(login.at));
        self.findings.note(
            "superuser-login",
            name,
            Text::new(
                format!("{name} での直接のログインは {day} が最後です"),
                format!("the last direct login as {name} was on {day}"),
            ),
            Text::new(
                "個人のアカウントと sudo を使うと、誰の操作か記録に残ります",
                "with personal accounts and sudo it is recorded who did what",
            ),
        );
    }

    pub(super) fn expected(&mut self, expected: &ExpectedAccount) {
        let ExpectedAccount { name, owner, reason } = expected;
        self.findings.note(
            "expected-account",
            name,
            Text::new(
                format!("{name} は登録済みのアカウントです（責任者：{owner}、理由：{reason}）"),
                format!("{name} is a registered account (owner: {owner}, reason: {reason})"),
            ),
            Text::new("理由が今も正しいか確かめてください", "see whether the reason still holds"),
        );
    }

    pub(super) fn stale(&mut self, account: &Account, login: &Login, now: Timestamp) {
        let (name, day) = (&account.name, self.day(login.at));
        let days = days_between(login.at, now);
        self.findings.failing(
            "stale-account",
            name,
            Text::new(
                format!("{name} は {day} を最後に{days}日間使われていません"),
                format!("{name} was last used on {day}, {days} days ago"),
            ),
            close_hint(account),
        );
    }

    pub(super) fn never_used(&mut self, account: &Account, records: &LoginRecords, first_password: bool) {
        let (name, since) = (&account.name, self.day(records.since));
        let (ja, en) = if first_password {
            ("。初期パスワードのままです", "; it still has its first password")
        } else {
            ("", "")
        };
        self.findings.failing(
            "never-used",
            name,
            Text::new(
                format!("{name} は一度も使われていません（{since} からの記録）{ja}"),
                format!("{name} was never used (records begin on {since}){en}"),
            ),
            close_hint(account),
        );
    }

    pub(super) fn not_used_yet(&mut self, account: &Account, set: Date) {
        let name = &account.name;
        self.findings.note(
            "not-used-yet",
            name,
            Text::new(
                format!("{name} はまだ使われていません（パスワードの設定は {set}）"),
                format!("{name} has not been used yet (its password was set on {set})"),
            ),
            Text::new("休業前に要るか確かめてください", "see whether it is needed before the closure"),
        );
    }

    pub(super) fn wrong_clock(&mut self, account: &Account, login: &Login) {
        let (name, day) = (&account.name, self.day(login.at));
        self.findings.unknown(
            "login-time-wrong",
            name,
            Text::new(
                format!("{name} の最後のログインの日付（{day}）があり得ず、使われているか分かりません"),
                format!("the day of the last login of {name} ({day}) cannot be right, so that its use is not known"),
            ),
            Text::new(
                "時計のずれを確かめ、本人に使っているか聞いてください",
                "see whether the clock was wrong, and ask the owner",
            ),
        );
    }

    pub(super) fn uncovered(&mut self, accounts: &[&Account], gap: &Gap, days: i64) {
        let names = names(accounts);
        let why = match gap {
            Gap::Silent(newest) => {
                let day = self.day(*newest);
                Text::new(
                    format!(
                        "{day} より後のログインが誰のものも記録されておらず、記録が働いているとは言えません"
                    ),
                    format!(
                        "no login of anybody is recorded after {day}, so that recording may have stopped"
                    ),
                )
            }
            Gap::Short(since) => {
                let day = self.day(*since);
                Text::new(
                    format!("ログインの記録は {day} からしかなく、{days}日分に足りません"),
                    format!("login records begin on {day}, which is less than {days} days"),
                )
            }
            Gap::Absent => {
                Text::new("使えるログインの記録がありません", "there is no usable record of logins")
            }
        };
        self.findings.unknown(
            "logins-not-recorded",
            "",
            Text::new(
                format!("使われているか分からないアカウントがあります：{names}。{}", why.ja),
                format!("it is not known whether some accounts are in use: {names}; {}", why.en),
            ),
            Text::new(
                "各アカウントが要るか担当者が確かめて申告してください（`rusuban attest before.accounts.c`）",
                "see whether each is needed, and state it (`rusuban attest before.accounts.c`)",
            ),
        );
    }

    pub(super) fn uncovered_ssh(&mut self, accounts: &[&Account]) {
        let names = names(accounts);
        let first = accounts.first().map_or("", |account| account.name.as_str());
        self.findings.unknown(
            "ssh-logins-not-recorded",
            "",
            Text::new(
                format!(
                    "SSH の鍵を持ち、端末を使うログインが期間内にないアカウントがあります：{names}。端末を使わない SSH\
                     （ファイル転送など）の記録は期間分なく、使われているか分かりません"
                ),
                format!(
                    "some accounts with SSH keys have no terminal login in the time: {names}; SSH logins without a \
                     terminal (file transfer and the like) are not recorded for so long, so that their use is not known"
                ),
            ),
            Text::new(
                format!(
                    "`journalctl -t sshd -g 'Accepted .* for {first} '` で利用を確かめ、自動処理用なら設定の \
                     accounts.expected に責任者と理由を付けて登録してください"
                ),
                format!(
                    "look for use with `journalctl -t sshd -g 'Accepted .* for {first} '`, and list accounts of automatic \
                     jobs under accounts.expected in the settings, with owner and reason"
                ),
            ),
        );
    }

    pub(super) fn expired(&mut self, name: &str, end: Date) {
        self.findings.failing(
            "expired-not-disabled",
            name,
            Text::new(
                format!("{name} は {end} に期限が切れていますが、パスワードや鍵が残っています"),
                format!("{name} expired on {end}, but its password or keys are still there"),
            ),
            Text::new(
                format!("ロックして鍵を除くか、削除してください：`sudo usermod --lock {name}` または `sudo userdel {name}`"),
                format!("lock it and remove its keys, or delete it: `sudo usermod --lock {name}` or `sudo userdel {name}`"),
            ),
        );
    }

    pub(super) fn password_expired(&mut self, name: &str, end: Date) {
        self.findings.failing(
            "password-expired",
            name,
            Text::new(
                format!("{name} のパスワードは {end} に期限が切れたままで、アカウントは有効です"),
                format!("the password of {name} ran out on {end}, and the account is still open"),
            ),
            Text::new(
                format!("本人に変えてもらうか、要らなければ止めてください：`sudo usermod --lock --expiredate 1 {name}`"),
                format!("let the owner change it, or close the account: `sudo usermod --lock --expiredate 1 {name}`"),
            ),
        );
    }

    pub(super) fn ends_meanwhile(&mut self, name: &str, end: Date) {
        self.findings.note(
            "expires-in-closure",
            name,
            Text::new(
                format!("{name} は休業中の {end} に期限が切れます"),
                format!("{name} expires on {end}, during the closure"),
            ),
            Text::new(
                format!("休業中に使うなら期限を延ばしてください：`sudo chage --expiredate 日付 {name}`"),
                format!("give it more time if it is used meanwhile: `sudo chage --expiredate DATE {name}`"),
            ),
        );
    }

    pub(super) fn password_ends_meanwhile(&mut self, name: &str, end: Date) {
        self.findings.note(
            "password-expires-in-closure",
            name,
            Text::new(
                format!("{name} のパスワードは休業中の {end} に期限が切れます"),
                format!("the password of {name} runs out on {end}, during the closure"),
            ),
            Text::new(
                "休業中に使う人には、休業前に変えてもらってください",
                "let those who use it meanwhile change it before the closure",
            ),
        );
    }
}

fn names(accounts: &[&Account]) -> String {
    let shown: Vec<&str> = accounts.iter().take(MAX_NAMES).map(|account| account.name.as_str()).collect();
    let shown = shown.join(", ");
    match accounts.len().saturating_sub(MAX_NAMES) {
        0 => shown,
        more => format!("{shown} … +{more}"),
    }
}

fn close_hint(account: &Account) -> Text {
    let name = &account.name;
    Text::new(
        format!(
            "要らなければ止めてください：`sudo usermod --lock --expiredate 1 {name}`。要るなら設定の accounts.expected に\
             責任者と理由を付けて登録してください"
        ),
        format!(
            "close it if it is not needed: `sudo usermod --lock --expiredate 1 {name}`; if it is, list it under \
             accounts.expected in the settings, with owner and reason"
        ),
    )
}
