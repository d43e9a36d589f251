//! Secrets by reference, and keeping them out of everything that is written down.

use std::time::Duration;

use rusuban_core::model::text::Text;
use rusuban_core::model::verdict::{Unknown, UnknownCode};

use crate::command::Program;
use crate::host::Host;
use crate::printable;

/// Where a secret is found. The reference may be shown, the secret never.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Secret {
    /// In a file, whose first line it is.
    File(String),
    /// In a variable of this program's environment.
    Variable(String),
    /// In the first line that a program writes: its absolute path or name, and its arguments. No shell is used.
    Command(Vec<String>),
}

impl Secret {
    /// Fetches the secret. `item` names what it is for.
    pub(super) async fn fetch(&self, item: &str) -> Result<String, Unknown> {
        let found = match self {
            Self::File(path) => Host::default().read_text(path).map_err(|why| for_item(why, item))?,
            Self::Variable(name) => std::env::var(name).ok(),
            Self::Command(words) => run(words, item).await?,
        };
        let line = found.as_deref().and_then(|text| text.lines().next()).unwrap_or_default();
        if line.is_empty() {
            return Err(absent(&self.reference(), item));
        }
        Ok(line.to_owned())
    }

    /// The reference as people see it. Of a command only the name: its arguments may tell too much.
    fn reference(&self) -> String {
        match self {
            Self::File(path) => path.clone(),
            Self::Variable(name) => format!("${name}"),
            Self::Command(words) => words.first().cloned().unwrap_or_default(),
        }
    }
}

async fn run(words: &[String], item: &str) -> Result<Option<String>, Unknown> {
    let Some((name, args)) = words.split_first() else { return Ok(None) };
    let program = Program::new(name).args(args.iter().cloned()).limit(Duration::from_secs(30));
    let output = program.run().await.map_err(|why| for_item(why, item))?;
    // What the program writes beside the secret is not repeated: it may hold the secret.
    Ok((output.status == Some(0)).then(|| output.text()))
}

fn for_item(why: Unknown, item: &str) -> Unknown {
    Unknown { item: item.to_owned(), ..why }
}

fn absent(reference: &str, item: &str) -> Unknown {
    Unknown::new(
        UnknownCode::NotConfigured,
        item,
        Text::new(
            format!("バックアップ先 {item} の秘密情報を {reference} から得られません"),
            format!("the secret of the backup repository {item} could not be got from {reference}"),
        ),
        Text::new(
            "ファイル、環境変数、コマンドの指定と、実行する利用者の権限を確かめてください",
            "look at the file, variable or command that is named, and at the rights of the user who runs this",
        ),
    )
}

/// Words that must not be written down.
pub(super) struct Hidden(Vec<String>);

impl Hidden {
    /// Hides these words, the longest first, so that one inside another leaves nothing behind.
    pub(super) fn new(words: impl IntoIterator<Item = String>) -> Self {
        let mut words: Vec<String> = words.into_iter().filter(|word| !word.is_empty()).collect();
        words.sort_by_key(|word| std::cmp::Reverse(word.len()));
        Self(words)
    }

    /// The text with each of the words replaced, the user part of addresses too, cut to a readable length.
    pub(super) fn clean(&self, text: &str) -> String {
        let mut clean = text.to_owned();
        for word in &self.0 {
            clean = clean.replace(word.as_str(), "***");
        }
        printable::within(&without_users(&clean), 300)
    }
}

/// Replaces `user:password` in `scheme://user:password@host`.
fn without_users(text: &str) -> String {
    let mut parts = text.split("://");
    let mut clean = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        clean.push_str("://");
        let authority = part.split(['/', ' ', '"', '\'', '\n']).next().unwrap_or_default();
        match authority.rsplit_once('@') {
            Some((user, _)) => {
                clean.push_str("***");
                clean.push_str(part.get(user.len()..).unwrap_or_default());
            }
            None => clean.push_str(part),
        }
    }
    clean
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[tokio::test]
    async fn a_secret_comes_from_a_file_a_variable_or_a_command() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("password");
        std::fs::write(&path, "合言葉 1\r\nsecond line\n").unwrap();
        let file = Secret::File(path.display().to_string());
        assert_eq!(file.fetch("x").await.unwrap(), "合言葉 1");
        let command = Secret::Command(vec!["printf".into(), "from-command\\n".into()]);
        assert_eq!(command.fetch("x").await.unwrap(), "from-command");
        assert!(!Secret::Variable("PATH".into()).fetch("x").await.unwrap().is_empty());
    }

    #[tokio::test]
    async fn a_secret_that_is_not_there_is_not_configured() {
        for secret in [
            Secret::File("/no/such/file".into()),
            Secret::Variable("RUSUBAN_NO_SUCH_VARIABLE".into()),
            Secret::Command(vec!["false".into()]),
            Secret::Command(vec![]),
        ] {
            let why = secret.fetch("files").await.unwrap_err();
            assert_eq!((why.code, why.item.as_str()), (UnknownCode::NotConfigured, "files"));
        }
        let missing = Secret::Command(vec!["no-such-program-here".into()]).fetch("files").await.unwrap_err();
        assert_eq!((missing.code, missing.item.as_str()), (UnknownCode::ToolMissing, "files"));
    }

    #[test]
    fn hidden_words_and_users_of_addresses_are_gone() {
        let hidden = Hidden::new(["pass".into(), "passphrase".into(), String::new()]);
        assert_eq!(hidden.clean("passphrase pass"), "*** ***");
        assert_eq!(hidden.clean("rest:https://u:p@w@host/repo failed"), "rest:https://***@host/repo failed");
        assert_eq!(hidden.clean("https://host/a@b and ssh://me@h"), "https://host/a@b and ssh://***@h");
    }

    proptest! {
        #[test]
        fn any_text_is_cleaned(text in any::<String>(), word in ".{1,5}") {
            let clean = Hidden::new([word.clone()]).clean(&text);
            prop_assert!(word.contains('*') || word.contains(':') || word.contains('/') || !clean.contains(&word));
        }
    }
}
