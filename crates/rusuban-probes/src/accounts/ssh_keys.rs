//! SSH keys that open accounts: how many lie in their files (sshd(8)), and whether the server takes others from
//! elsewhere (sshd_config(5)). Only ever counts keys.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use rusuban_core::model::text::Text;
use rusuban_core::model::verdict::{Seen, Unknown, UnknownCode};
use tokio::time::Instant;

use super::passwd::Line;
use super::sudo::file_names;
use crate::host::{Host, unreadable};
use crate::plain_file::{self, Plain};

/// How long one home may take: it may lie on a server that does not answer.
const LIMIT: Duration = Duration::from_secs(3);

/// How long all homes together may take.
const LIMIT_OF_ALL: Duration = Duration::from_secs(30);

/// The longest file of keys that is read, in bytes.
const MAX_KEY_FILE: u64 = 4 * 1024 * 1024;

/// The most files of settings that are read.
const MAX_FILES: usize = 100;

/// Where keys lie when nothing is set.
const DEFAULT_FILES: [&str; 2] = [".ssh/authorized_keys", ".ssh/authorized_keys2"];

/// What the server's settings say about keys.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Settings {
    /// Patterns of files with keys, from all places: a `Match` block may set another than the rest.
    pub files: Vec<String>,
    /// Settings that let keys in from elsewhere, as written.
    pub elsewhere: Vec<String>,
}

impl Settings {
    /// What holds when nothing is set.
    pub fn usual() -> Self {
        Self { files: DEFAULT_FILES.map(str::to_owned).to_vec(), elsewhere: Vec::new() }
    }
}

/// Reads the server's settings with everything that they include.
///
/// # Errors
/// The reason why one of the files cannot be read.
pub fn settings(host: &Host) -> Result<Settings, Unknown> {
    let mut settings = Settings::default();
    let mut queue = vec!["/etc/ssh/sshd_config".to_owned()];
    let mut done = 0;
    let mut always = false;
    while let Some(path) = queue.pop() {
        done += 1;
        if done > MAX_FILES {
            break;
        }
        let text = host.read_text(&path)?.unwrap_or_default();
        let mut patterns = Vec::new();
        always |= read(&text, &mut settings, &mut patterns);
        for pattern in &patterns {
            queue.extend(matching(host, pattern)?);
        }
    }
    if !always {
        settings.files.extend(Settings::usual().files);
    }
    settings.files.sort();
    settings.files.dedup();
    Ok(settings)
}

/// Takes in one file; gives whether it says where keys lie outside any `Match` block.
fn read(text: &str, settings: &mut Settings, includes: &mut Vec<String>) -> bool {
    let (mut always, mut matching) = (false, false);
    for line in text.lines() {
        let line = line.trim();
        let Some((keyword, rest)) = line.split_once(|c: char| c.is_whitespace() || c == '=') else {
            continue;
        };
        let rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '=').trim();
        let words = || rest.split_whitespace().map(|word| word.trim_matches('"').to_owned());
        match keyword.to_ascii_lowercase().as_str() {
            "match" => matching = true,
            "include" => includes.extend(words()),
            "authorizedkeysfile" => {
                always |= !matching;
                settings.files.extend(words().filter(|word| word != "none"));
            }
            "authorizedkeyscommand" | "trustedusercakeys" if rest != "none" => {
                settings.elsewhere.push(format!("{keyword} {rest}"));
            }
            _ => {}
        }
    }
    always
}

/// Files that an `Include` names; a star may stand in the last part of the path.
fn matching(host: &Host, pattern: &str) -> Result<Vec<String>, Unknown> {
    let pattern = if pattern.starts_with('/') { pattern.to_owned() } else { format!("/etc/ssh/{pattern}") };
    let Some((folder, name)) = pattern.rsplit_once('/') else { return Ok(Vec::new()) };
    let Some((before, after)) = name.split_once('*') else { return Ok(vec![pattern]) };
    let fits = |name: &String| {
        name.len() >= before.len() + after.len() && name.starts_with(before) && name.ends_with(after)
    };
    let names = file_names(host, folder)?;
    Ok(names.into_iter().filter(fits).map(|name| format!("{folder}/{name}")).collect())
}

/// How many keys each account has. A home that does not answer in time leaves its own account Unknown and no other,
/// until the time for all is over.
pub async fn count(host: &Host, accounts: Vec<Line>, patterns: Vec<String>) -> BTreeMap<String, Seen<u64>> {
    let patterns: Arc<[String]> = patterns.into();
    let deadline = Instant::now() + LIMIT_OF_ALL;
    let mut counted = BTreeMap::new();
    for account in accounts {
        let name = account.name.clone();
        let until = deadline.min(Instant::now() + LIMIT);
        let host = host.clone();
        let patterns = Arc::clone(&patterns);
        let look = move || keys_of(&host, &account, &patterns);
        let seen = within(until, look).await.unwrap_or_else(|| Err(too_slow(&name)));
        counted.insert(name, Seen::from(seen));
    }
    counted
}

/// What `look` brings until then. It has a thread of its own: one that hangs in a file system must neither hold up the
/// looks after it nor the end of the program.
async fn within<T: Send + 'static>(until: Instant, look: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    if Instant::now() >= until {
        return None;
    }
    let (send, receive) = tokio::sync::oneshot::channel();
    // Where no thread can be had, nothing is sent, and the look counts as too slow.
    let _ = std::thread::Builder::new().spawn(move || send.send(look()));
    tokio::time::timeout_at(until, receive).await.ok()?.ok()
}

fn keys_of(host: &Host, account: &Line, patterns: &[String]) -> Result<u64, Unknown> {
    let mut keys = 0;
    for pattern in patterns {
        let path = expand(pattern, account);
        match plain_file::open(&host.path(&path)) {
            Ok(Plain::File(file)) => {
                let bytes =
                    plain_file::read(file, MAX_KEY_FILE).map_err(|error| unreadable(&path, &error))?;
                let bytes = bytes.ok_or_else(|| odd(&path, "大きすぎます", "is too large"))?;
                keys += count_lines(&String::from_utf8_lossy(&bytes));
            }
            // A pipe put there by its owner would never end, and may be something else a moment later.
            Ok(Plain::Other) => return Err(odd(&path, "普通のファイルではありません", "is no plain file")),
            Err(error) if is_absent(&error) => {}
            Err(error) => return Err(unreadable(&path, &error)),
        }
    }
    Ok(keys)
}

fn odd(path: &str, ja: &str, en: &str) -> Unknown {
    Unknown::new(
        UnknownCode::Unparsable,
        path,
        Text::new(format!("{path} は{ja}"), format!("{path} {en}")),
        Text::new(
            format!("`ls -lL {path}` で確かめ、持ち主に尋ねてください"),
            format!("look with `ls -lL {path}` and ask its owner"),
        ),
    )
}

fn is_absent(error: &std::io::Error) -> bool {
    matches!(error.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory)
}

/// A file's path for one account (tokens `%h`, `%u`, `%U`, `%%`); relative ones begin at the home.
fn expand(pattern: &str, account: &Line) -> String {
    let mut path = String::new();
    let mut letters = pattern.chars();
    while let Some(letter) = letters.next() {
        match (letter, letter == '%') {
            (_, true) => match letters.next() {
                Some('h') => path.push_str(&account.home),
                Some('u') => path.push_str(&account.name),
                Some('U') => path.push_str(&account.uid.to_string()),
                Some(other) => path.push(other),
                None => {}
            },
            (letter, false) => path.push(letter),
        }
    }
    if path.starts_with('/') { path } else { format!("{}/{path}", account.home.trim_end_matches('/')) }
}

/// Lines that hold a key: neither empty nor a comment.
fn count_lines(text: &str) -> u64 {
    text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')).count() as u64
}

fn too_slow(name: &str) -> Unknown {
    let seconds = LIMIT.as_secs();
    Unknown::new(
        UnknownCode::TimedOut,
        format!("ssh-keys {name}"),
        Text::new(
            format!("{name} のホームディレクトリを{seconds}秒以内に読めませんでした"),
            format!("the home directory of {name} could not be read within {seconds} seconds"),
        ),
        Text::new(
            "ホームディレクトリの置き場所（NFS など）が応答するか確かめてください",
            "see whether the place of the home directory (NFS or such) answers",
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::accounts::passwd;
    use crate::host::fixture::tree;
    use proptest::prelude::*;

    fn tanaka() -> Line {
        passwd::parse("tanaka:x:1000:1000::/home/tanaka:/bin/bash").lines.remove(0)
    }

    #[test]
    fn settings_are_gathered_from_all_files_and_blocks() {
        let (_dir, host) = tree(&[
            (
                "etc/ssh/sshd_config",
                "Include /etc/ssh/sshd_config.d/*.conf\nTrustedUserCAKeys none\nMatch User a\n  AuthorizedKeysFile=/etc/keys/%u\n",
            ),
            (
                "etc/ssh/sshd_config.d/50-cloud.conf",
                "authorizedkeyscommand /usr/bin/cloud %u\n#TrustedUserCAKeys x\n",
            ),
            ("etc/ssh/sshd_config.d/old.bak", "TrustedUserCAKeys /x\n"),
        ]);
        let settings = settings(&host).unwrap();
        assert_eq!(settings.files, [".ssh/authorized_keys", ".ssh/authorized_keys2", "/etc/keys/%u"]);
        assert_eq!(settings.elsewhere, ["authorizedkeyscommand /usr/bin/cloud %u"]);
    }

    #[test]
    fn an_own_place_for_all_replaces_the_usual_one() {
        let (_dir, host) = tree(&[("etc/ssh/sshd_config", "AuthorizedKeysFile %h/keys .ssh/%U%%\n")]);
        let found = settings(&host).unwrap();
        assert_eq!(found.files, ["%h/keys", ".ssh/%U%%"]);
        let paths: Vec<String> = found.files.iter().map(|file| expand(file, &tanaka())).collect();
        assert_eq!(paths, ["/home/tanaka/keys", "/home/tanaka/.ssh/1000%"]);
    }

    #[tokio::test]
    async fn keys_are_counted() {
        let keys = "# mine\n\nssh-ed25519 AAAA tanaka\r\nfrom=\"10.0.0.0/8\" ssh-rsa BBBB\n";
        let (_dir, host) = tree(&[("home/tanaka/.ssh/authorized_keys", keys)]);
        let counted = count(&host, vec![tanaka()], settings(&host).unwrap().files).await;
        assert_eq!(counted["tanaka"], Seen::Known(2));
    }

    #[tokio::test]
    async fn what_one_owner_puts_there_instead_of_a_file_hides_that_account_alone() {
        let key = "ssh-ed25519 AAAA suzuki\n";
        let pipe = |path: &std::path::Path| {
            assert!(std::process::Command::new("mkfifo").arg(path).status().unwrap().success());
        };
        for target in ["/proc/kmsg", "/proc/self/environ", "/dev/zero", "/dev/tty", "pipe", "large"] {
            let (dir, host) =
                tree(&[("home/tanaka/.ssh/config", ""), ("home/suzuki/.ssh/authorized_keys", key)]);
            let path = dir.path().join("home/tanaka/.ssh/authorized_keys");
            match target {
                "pipe" => pipe(&path),
                "large" => std::fs::File::create(&path).unwrap().set_len(MAX_KEY_FILE + 1).unwrap(),
                // In a container some of them are not there.
                device if !std::path::Path::new(device).exists() => continue,
                device => std::os::unix::fs::symlink(device, &path).unwrap(),
            }
            let suzuki = passwd::parse("suzuki:x:1001:1001::/home/suzuki:/bin/bash").lines.remove(0);
            let counted = count(&host, vec![tanaka(), suzuki], settings(&host).unwrap().files).await;
            let Seen::Unknown(why) = &counted["tanaka"] else { panic!("{target}: {counted:?}") };
            assert_eq!(
                (why.code, why.item.as_str()),
                (UnknownCode::Unparsable, "/home/tanaka/.ssh/authorized_keys")
            );
            assert_eq!(counted["suzuki"], Seen::Known(1), "{target}");
        }
    }

    #[tokio::test]
    async fn a_look_that_hangs_ends_in_time_and_lets_the_next_one_go_on() {
        let (keep, gate) = std::sync::mpsc::channel::<()>();
        let hanging = within(Instant::now() + Duration::from_millis(20), move || gate.recv().is_ok()).await;
        assert_eq!(hanging, None);
        drop(keep);
        assert_eq!(within(Instant::now(), || 1).await, None);
    }

    proptest! {
        #[test]
        fn any_text_is_survived(text in "\\PC*", lines in "[A-Za-z=%*/ \"\\n田]*") {
            for text in [&text, &lines] {
                read(text, &mut Settings::default(), &mut Vec::new());
                expand(text, &tanaka());
                count_lines(text);
            }
        }
    }
}
