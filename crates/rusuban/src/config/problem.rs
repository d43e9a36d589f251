//! What is wrong with a configuration, where, and what to do about it.
//!
//! It must not know which keys exist, nor how the text is read.

use std::fmt;
use std::io;
use std::path::PathBuf;

use rusuban_core::model::text::{Lang, Text};

/// One mistake of a configuration file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The file, as its reader named it.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// Dotted path of the field, such as `backup[2].tool`, counted from 0; empty where the text is not TOML at all.
    pub field: String,
    /// What is wrong.
    pub message: Text,
    /// What to do.
    pub hint: Text,
}

impl Problem {
    /// The problem for a terminal: `rusuban.toml:12:3: backup[0].tool: …`, and the hint on a line below.
    pub fn render(&self, lang: Lang) -> String {
        let (file, field) = (plain(&self.file), plain(&self.field));
        let place = format!("{file}:{}:{}: ", self.line, self.column);
        let field = if field.is_empty() { String::new() } else { format!("{field}: ") };
        let hint = match lang {
            Lang::Ja => "ヒント",
            Lang::En => "hint",
        };
        format!("{place}{field}{}\n  {hint}: {}", plain(self.message.get(lang)), plain(self.hint.get(lang)))
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(Lang::En))
    }
}

/// A text from the file may hold anything; on a terminal it must not act.
fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

/// Why a configuration file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The file cannot be read.
    #[error("{}: {source}", .path.display())]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file is larger than any configuration.
    #[error("{}: the file is larger than {limit} bytes", .path.display())]
    TooLarge {
        /// Which file.
        path: PathBuf,
        /// The limit in bytes.
        limit: u64,
    },
    /// The file has mistakes: all of them.
    #[error("{}", all(.0, Lang::En))]
    Invalid(Vec<Problem>),
}

impl LoadError {
    /// The error for a terminal; all problems of an invalid file, one below the other.
    pub fn render(&self, lang: Lang) -> String {
        match (self, lang) {
            (Self::Invalid(problems), _) => all(problems, lang),
            (_, Lang::En) => format!("{self}\n  hint: {}", self.hint().en),
            (Self::Unreadable { path, source }, Lang::Ja) => {
                let path = path.display();
                format!("{path}: 設定ファイルを読めません（{source}）\n  ヒント: {}", self.hint().ja)
            }
            (Self::TooLarge { path, limit }, Lang::Ja) => {
                let path = path.display();
                format!("{path}: ファイルが {limit} バイトを超えています\n  ヒント: {}", self.hint().ja)
            }
        }
    }

    /// What to do.
    pub fn hint(&self) -> Text {
        match self {
            Self::Unreadable { source, .. } if source.kind() == io::ErrorKind::NotFound => Text::new(
                "`rusuban config example > rusuban.toml` でひな形を作れます。設定ファイルがなくても `rusuban check` は動きます",
                "`rusuban config example > rusuban.toml` writes a template; `rusuban check` also runs without a configuration",
            ),
            Self::Unreadable { .. } => Text::new(
                "`ls -l` でファイルの種類と権限を確かめてください",
                "look at the kind and the permissions of the file with `ls -l`",
            ),
            Self::TooLarge { .. } => Text::new(
                "設定ファイルのパスが正しいか確かめてください",
                "make sure that this is the path of a configuration file",
            ),
            Self::Invalid(_) => Text::new(
                "すべて直してから、もう一度実行してください",
                "correct all of them, then run the command again",
            ),
        }
    }
}

fn all(problems: &[Problem], lang: Lang) -> String {
    problems.iter().map(|problem| problem.render(lang)).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_reads_as_place_field_message_and_hint() {
        let problem = Problem {
            file: "rusuban.toml".into(),
            line: 12,
            column: 3,
            field: "backup[0].tool".into(),
            message: Text::new("「restik」は使えません", "`restik` is not one of the choices"),
            hint: Text::new("`restic` ではありませんか", "did you mean `restic`?"),
        };
        assert_eq!(
            problem.render(Lang::Ja),
            "rusuban.toml:12:3: backup[0].tool: 「restik」は使えません\n  ヒント: `restic` ではありませんか"
        );
        assert_eq!(
            problem.render(Lang::En),
            "rusuban.toml:12:3: backup[0].tool: `restik` is not one of the choices\n  hint: did you mean `restic`?"
        );
        assert_eq!(problem.to_string(), problem.render(Lang::En));
    }

    #[test]
    fn a_terminal_is_not_steered_by_the_file() {
        let problem = Problem {
            file: "rusuban.toml".into(),
            line: 1,
            column: 1,
            field: "a\u{1b}[2J".into(),
            message: Text::new("「\u{1b}]0;x\u{7}」", "`\u{9b}2J\r\n`"),
            hint: Text::new("", ""),
        };
        for lang in [Lang::Ja, Lang::En] {
            let shown = problem.render(lang);
            assert_eq!(shown.chars().filter(|c| c.is_control()).collect::<String>(), "\n", "{shown:?}");
        }
    }
}
