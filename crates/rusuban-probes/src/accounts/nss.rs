//! The databases of accounts, groups and passwords, as the machine itself resolves them (nsswitch.conf(5)); the files
//! alone where the machine is not the running one. Knows no line formats.

use std::time::Duration;

use rusuban_core::model::text::Text;
use rusuban_core::model::verdict::{Unknown, UnknownCode};
use zeroize::Zeroizing;

use crate::command::Program;
use crate::host::Host;

/// How long a directory may take to list a database.
const LIMIT: Duration = Duration::from_secs(3);

/// Services of nsswitch.conf that read the machine's own files or make accounts up for running services.
const LOCAL: [&str; 7] = ["files", "compat", "altfiles", "extrausers", "db", "systemd", "mymachines"];

/// A database's lines, and why those of directories may be missing.
pub struct Listing {
    /// The lines.
    pub text: Zeroizing<String>,
    /// Why the directories were not asked, or did not answer.
    pub directories: Result<(), Unknown>,
}

/// Lists `passwd`, `shadow` or `group`.
///
/// # Errors
/// The reason why not even the machine's own file can be read.
pub async fn list(host: &Host, database: &str) -> Result<Listing, Unknown> {
    let asked = if host.is_live() { ask(database).await } else { Err(not_live(database)) };
    match asked {
        Ok(text) => Ok(Listing { text, directories: Ok(()) }),
        Err(why) => {
            let path = format!("/etc/{database}");
            let bytes = host.read(&path)?.map(Zeroizing::new).ok_or_else(|| missing(&path))?;
            let text = Zeroizing::new(String::from_utf8_lossy(&bytes).into_owned());
            Ok(Listing { text, directories: Err(why) })
        }
    }
}

async fn ask(database: &str) -> Result<Zeroizing<String>, Unknown> {
    let program = Program::new("getent").args([database]).limit(LIMIT);
    let output = program.run().await?;
    let (bytes, complaint) =
        (Zeroizing::new(output.stdout), String::from_utf8_lossy(&output.stderr).into_owned());
    // Without the right to read a database the answer is empty and no error.
    if output.status != Some(0) || bytes.is_empty() {
        return Err(program.failed(complaint.trim()));
    }
    Ok(Zeroizing::new(String::from_utf8_lossy(&bytes).into_owned()))
}

/// Directories that a database is looked up in, by the names of nsswitch.conf.
///
/// # Errors
/// The reason why the file cannot be read.
pub fn directories(host: &Host, database: &str) -> Result<Vec<String>, Unknown> {
    let text = host.read_text("/etc/nsswitch.conf")?.unwrap_or_default();
    Ok(services(&text, database).into_iter().filter(|service| !LOCAL.contains(&service.as_str())).collect())
}

/// Services of one database, without the actions in brackets.
fn services(text: &str, database: &str) -> Vec<String> {
    let mut found = Vec::new();
    for line in text.lines() {
        let line = line.split('#').next().unwrap_or_default();
        let Some((name, rest)) = line.split_once(':') else { continue };
        if name.trim() != database {
            continue;
        }
        let mut bracket = false;
        for word in rest.replace('[', " [ ").replace(']', " ] ").split_whitespace() {
            match word {
                "[" => bracket = true,
                "]" => bracket = false,
                _ if !bracket => found.push(word.to_owned()),
                _ => {}
            }
        }
    }
    found
}

fn not_live(database: &str) -> Unknown {
    Unknown::new(
        UnknownCode::NotSupported,
        database,
        Text::new(
            "稼働中の機器ではないため、ディレクトリには問い合わせていません",
            "the directories were not asked, for this is not the running machine",
        ),
        Text::new("その機器の上で実行してください", "run it on the machine itself"),
    )
}

fn missing(path: &str) -> Unknown {
    Unknown::new(
        UnknownCode::ToolFailed,
        path,
        Text::new(format!("{path} がありません"), format!("{path} does not exist")),
        Text::new(
            "アカウントの管理方法を確認し、担当者が申告してください",
            "find out how accounts are kept, and let the person in charge state it",
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn services_are_read_without_actions_and_comments() {
        let text = "# passwd: nis\npasswd:\tfiles [!NOTFOUND=return] sss  systemd # winbind\ngroup: files\n";
        assert_eq!(services(text, "passwd"), ["files", "sss", "systemd"]);
        assert_eq!(services(text, "shadow"), [""; 0]);
    }

    #[test]
    fn only_directories_are_named() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("etc")).unwrap();
        std::fs::write(dir.path().join("etc/nsswitch.conf"), "passwd: files systemd winbind\n").unwrap();
        assert_eq!(directories(&Host::at(dir.path()), "passwd").unwrap(), ["winbind"]);
    }
}
