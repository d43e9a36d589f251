//! What can go wrong in a use case, in the reader's language, with what to do next.

use rusuban_core::model::text::{Lang, Text};

use crate::config::LoadError;
use crate::store::StoreError;
use crate::store::export::ExportError;

/// The kinds of trouble; the command line gives each its own exit code, pages each their own status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// What was asked for does not exist or makes no sense.
    Usage,
    /// A file that was handed in cannot be used.
    Input,
    /// The configuration does not hold.
    Config,
    /// The store or a file cannot be read or written.
    Store,
    /// A fault of this program.
    Internal,
}

/// A use case that could not be carried out. Nothing was half done.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", .message.en)]
pub struct AppError {
    /// Which kind of trouble.
    pub kind: ErrorKind,
    /// What happened.
    pub message: Text,
    /// What to do next.
    pub hint: Option<Text>,
}

impl AppError {
    /// An error of a kind, without a hint.
    pub fn new(kind: ErrorKind, ja: impl Into<String>, en: impl Into<String>) -> Self {
        Self { kind, message: Text::new(ja, en), hint: None }
    }

    /// Adds what to do next.
    #[must_use]
    pub fn hint(mut self, ja: impl Into<String>, en: impl Into<String>) -> Self {
        self.hint = Some(Text::new(ja, en));
        self
    }
}

impl From<StoreError> for AppError {
    fn from(error: StoreError) -> Self {
        let en = error.to_string();
        let base = |ja: String| Self::new(ErrorKind::Store, ja, en.clone());
        match &error {
            StoreError::Directory { path, source } => {
                base(format!("データディレクトリ {} を使えません（{source}）", path.display())).hint(
                    "--data-dir で書き込めるディレクトリを指定してください",
                    "name a directory that can be written to with --data-dir",
                )
            }
            StoreError::Open { place, source } => base(format!("データベース {place} を開けません（{source}）"))
                .hint("場所・権限・接続先を確認してください", "check the place, the rights and the server"),
            StoreError::Newer(version) => base(format!(
                "データベースは新しい版の rusuban が書いたものです（移行番号 {version}）。この版では書き込めません"
            ))
            .hint("新しい版の rusuban を使ってください", "use the newer version of rusuban"),
            StoreError::Migrate(error) => base(format!("データベースの表を更新できません（{error}）")).hint(
                "データディレクトリの控えを取り、`rusuban verify-chain` で確かめてください",
                "copy the data directory and check it with `rusuban verify-chain`",
            ),
            StoreError::Full => base("ディスクに空きがありません。何も書き込んでいません".to_owned())
                .hint("空きを作ってからもう一度実行してください", "make room and run it again"),
            StoreError::ReadOnly => base("データベースは読み取り専用です。何も書き込んでいません".to_owned()).hint(
                "権限を直すか、--data-dir で別の場所を指定してください",
                "mend the rights, or name another place with --data-dir",
            ),
            StoreError::Busy => {
                base("別のプログラムがデータベースを使用中です。何も書き込んでいません".to_owned())
                    .hint("少し待ってからもう一度実行してください", "wait a little and run it again")
            }
            StoreError::Database(error) => base(format!("データベースのエラーです（{error}）"))
                .hint("`rusuban verify-chain` で確かめてください", "check it with `rusuban verify-chain`"),
            StoreError::Unreadable { what, reason } => base(format!("保存された {what} を読めません（{reason}）"))
                .hint("`rusuban verify-chain` で確かめてください", "check it with `rusuban verify-chain`"),
            StoreError::NotCanonical(reason) => {
                Self::new(ErrorKind::Internal, format!("証跡を正規の形で書けません（{reason}）"), en)
            }
            StoreError::Key { path, reason } => {
                base(format!("署名鍵 {} を使えません（{reason}）", path.display())).hint(
                    "ファイルの権限と中身を確認してください。消すと新しい鍵が作られます",
                    "check the file's rights and content; if it is removed a new key is made",
                )
            }
        }
    }
}

impl From<ExportError> for AppError {
    fn from(error: ExportError) -> Self {
        match error {
            ExportError::Store(error) => error.into(),
            ExportError::Io(error) => Self::new(
                ErrorKind::Store,
                format!("ファイルを読み書きできません（{error}）"),
                error.to_string(),
            ),
            ExportError::Line { line, reason } => Self::new(
                ErrorKind::Input,
                format!("{line}行目：証跡の書き出しファイルとして読めません（{reason}）"),
                format!("line {line}: not an export of the evidence chain ({reason})"),
            )
            .hint(
                "`rusuban evidence export` で作ったファイルを指定してください",
                "name a file made by `rusuban evidence export`",
            ),
        }
    }
}

impl From<LoadError> for AppError {
    fn from(error: LoadError) -> Self {
        let hint = error.hint();
        Self::new(ErrorKind::Config, error.render(Lang::Ja), error.render(Lang::En)).hint(hint.ja, hint.en)
    }
}
