//! Adapter of `rusuban_core::world::accounts`: puts together what the account databases, sudo, the SSH server and the
//! records of logins say. Holds no password hash longer than it takes to see its state.

use std::collections::{BTreeMap, HashSet};
use std::ops::RangeInclusive;

use async_trait::async_trait;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use rusuban_core::model::text::Text;
use rusuban_core::model::verdict::{Seen, Unknown, UnknownCode};
use rusuban_core::world::Port;
use rusuban_core::world::accounts::{
    Account, AccountFacts, Directories, Group, LoginSource, PasswordAge, SudoFacts,
};

use crate::host::Host;

mod group;
mod lastlog;
mod layout;
mod logins;
pub(crate) mod nss;
pub(crate) mod passwd;
pub(crate) mod shadow;
mod ssh_keys;
mod ssh_log;
pub(crate) mod sudo;
mod sudoers;
mod tool_records;
mod wtmp;

use layout::Layout;
use passwd::{Line, List};

/// User ids that systemd gives to running services, and the one of `nobody`: in no file and from no directory.
const DYNAMIC_IDS: RangeInclusive<u32> = 61_184..=65_535;

/// Looks at one machine.
#[derive(Debug, Clone, Default)]
pub struct AccountProbe {
    /// Where to look.
    pub host: Host,
}

#[async_trait]
impl Port<AccountFacts> for AccountProbe {
    async fn look(&self) -> Result<AccountFacts, Unknown> {
        let host = &self.host;
        let (listing, shadow, groups) = tokio::join!(accounts(host), ages(host), groups(host));
        let (list, directories) = listing?;
        let (files, tools, journal, keys) = tokio::join!(
            in_files(host, list.lines.clone()),
            tool_records::sources(host),
            ssh_log::journal(host),
            keys(host, &list.lines),
        );
        let (sudo, mut logins) = files?;
        logins.extend(tools);
        logins.extend(journal);
        let (keys, ssh_keys_elsewhere) = keys;
        let people =
            passwd::person_ids(&host.read_text("/etc/login.defs").ok().flatten().unwrap_or_default());
        let accounts: Vec<Account> =
            list.lines.into_iter().map(|line| account(line, &people, &keys)).collect();
        let shadow = Seen::from(shadow.and_then(|shadow| controlled(shadow, &accounts)));
        Ok(AccountFacts {
            accounts,
            directories,
            shadow,
            groups: Seen::from(groups),
            sudo,
            ssh_keys_elsewhere,
            logins,
        })
    }
}

/// The accounts, and which of them come from elsewhere than the machine's own file.
///
/// # Errors
/// Where there is no account with user id 0, so that nothing was seen.
async fn accounts(host: &Host) -> Result<(List, Directories), Unknown> {
    let listing = nss::list(host, "passwd").await?;
    let mut list = passwd::parse(&listing.text);
    if !list.lines.iter().any(|line| line.uid == 0) {
        return Err(no_control("passwd"));
    }
    let own = passwd::parse(&host.read_text("/etc/passwd")?.unwrap_or_default());
    let mut services = nss::directories(host, "passwd")?;
    if own.compat {
        services.push("compat".to_owned());
    }
    let names: HashSet<&str> = own.lines.iter().map(|line| line.name.as_str()).collect();
    let foreign = |line: &&Line| !names.contains(line.name.as_str()) && !DYNAMIC_IDS.contains(&line.uid);
    let listed = listing.directories.map(|()| list.lines.iter().filter(foreign).count() as u64);
    list.lines.sort_by(|a, b| (a.uid, &a.name).cmp(&(b.uid, &b.name)));
    Ok((list, Directories { services, listed: Seen::from(listed) }))
}

async fn ages(host: &Host) -> Result<BTreeMap<String, PasswordAge>, Unknown> {
    let listing = nss::list(host, "shadow").await?;
    Ok(shadow::parse(&listing.text).into_iter().map(|(name, entry)| (name, entry.age)).collect())
}

/// The positive control: somebody with user id 0 must be in the shadow file, unless the account list has the password.
fn controlled(
    shadow: BTreeMap<String, PasswordAge>,
    accounts: &[Account],
) -> Result<BTreeMap<String, PasswordAge>, Unknown> {
    let mut roots = accounts.iter().filter(|account| account.uid == 0);
    if roots.any(|root| root.own_password.is_some() || shadow.contains_key(&root.name)) {
        Ok(shadow)
    } else {
        Err(no_control("shadow"))
    }
}

async fn groups(host: &Host) -> Result<BTreeMap<String, Group>, Unknown> {
    let listing = nss::list(host, "group").await?;
    let groups = group::parse(&listing.text);
    if groups.values().any(|group| group.gid == 0) { Ok(groups) } else { Err(no_control("group")) }
}

/// What is read from files alone, off the thread that serves the others.
async fn in_files(host: &Host, accounts: Vec<Line>) -> Result<(SudoFacts, Vec<LoginSource>), Unknown> {
    let host = host.clone();
    let work = tokio::task::spawn_blocking(move || {
        let zone = if host.is_live() { TimeZone::system() } else { TimeZone::UTC };
        let local = ssh_log::Local { zone, now: Timestamp::now() };
        let sources = [
            lastlog::source(&host, &accounts, Layout::HERE),
            wtmp::source(&host, Layout::HERE),
            ssh_log::files(&host, &local),
        ];
        (sudo::rules(&host), sources.into_iter().flatten().collect())
    });
    work.await.map_err(|error| {
        Unknown::new(
            UnknownCode::ToolFailed,
            "accounts",
            Text::new(format!("内部エラー（{error}）"), format!("internal error ({error})")),
            Text::new("`rusuban check` をもう一度実行してください", "run `rusuban check` again"),
        )
    })
}

/// Number of keys of each account that has a login shell, and what lets keys in from elsewhere.
async fn keys(host: &Host, accounts: &[Line]) -> (BTreeMap<String, Seen<u64>>, Seen<Vec<String>>) {
    let settings = ssh_keys::settings(host);
    let patterns = match &settings {
        Ok(settings) => settings.files.clone(),
        Err(_) => ssh_keys::Settings::usual().files,
    };
    let wanted = accounts.iter().filter(|line| passwd::is_login_shell(&line.shell)).cloned().collect();
    let counted = ssh_keys::count(host, wanted, patterns).await;
    (counted, Seen::from(settings.map(|settings| settings.elsewhere)))
}

fn account(line: Line, people: &RangeInclusive<u32>, keys: &BTreeMap<String, Seen<u64>>) -> Account {
    let own_password = (line.password.as_str() != "x").then(|| shadow::state(&line.password));
    Account {
        login_shell: passwd::is_login_shell(&line.shell),
        person: people.contains(&line.uid),
        ssh_keys: keys.get(&line.name).cloned(),
        own_password,
        name: line.name,
        uid: line.uid,
        gid: line.gid,
        home: line.home,
        shell: line.shell,
    }
}

fn no_control(database: &str) -> Unknown {
    Unknown::new(
        UnknownCode::ControlFailed,
        database,
        Text::new(
            format!("{database} の一覧に必ずあるはずの管理者（番号 0）がなく、正しく読めていません"),
            format!(
                "the list {database} lacks the superuser (id 0), who is always there: it was not read rightly"
            ),
        ),
        Text::new(
            format!("`getent {database}` の出力を確かめてください"),
            format!("look at the output of `getent {database}`"),
        ),
    )
}
