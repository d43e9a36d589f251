//! Why a repository could not be read, told apart: each kind has its own remedy.

use rusuban_core::model::text::Text;
use rusuban_core::model::verdict::{Unknown, UnknownCode};
use rusuban_core::world::backups::BackupTool;

use super::Repository;

/// Why a repository could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Trouble {
    /// The password is wrong.
    WrongPassword,
    /// A password is needed and none is configured.
    NoPassword,
    /// There is no repository at its place.
    NotThere,
    /// Another process holds it, or one that died left its lock behind.
    Locked,
    /// It has changed under the look, so that errors may mean nothing.
    Changed,
    /// It lies elsewhere than when Borg last saw it, or another one lies there.
    Moved,
    /// The program ended with an error; what it said, cleaned.
    Failed(String),
    /// The program's output could not be understood; which part.
    Unparsable(&'static str),
}

impl Trouble {
    /// The trouble as a reason for not knowing, about one repository.
    pub(super) fn unknown(&self, repository: &Repository) -> Unknown {
        let name = &repository.name;
        let tool = repository.tool.as_str();
        let message = |ja: &str, en: &str| {
            Text::new(format!("バックアップ先 {name}：{ja}"), format!("backup repository {name}: {en}"))
        };
        let message = match self {
            Self::WrongPassword => message("パスワードが違います", "the password is wrong"),
            Self::NoPassword => message("パスワードが設定されていません", "no password is configured"),
            Self::NotThere => {
                message("その場所にリポジトリがありません", "there is no repository at its place")
            }
            Self::Locked => message(
                "ロックされています（バックアップの実行中か、異常終了で残ったロックです）",
                "it is locked, by a backup that runs or by one that died",
            ),
            Self::Changed => message(
                "確認中に内容が変わったため、見つかった誤りが本物か分かりません",
                "it changed while it was read, so the errors that were found may mean nothing",
            ),
            Self::Moved => message(
                "以前と場所が変わったか、別のリポジトリに置き換わっています",
                "it has moved since borg last saw it, or another one lies in its place",
            ),
            Self::Failed(said) => message(
                &format!("{tool} がエラーで終わりました（{said}）"),
                &format!("{tool} failed ({said})"),
            ),
            Self::Unparsable(what) => message(
                &format!("{tool} の出力（{what}）を解釈できません"),
                &format!("the output of {tool} ({what}) cannot be understood"),
            ),
        };
        Unknown::new(self.code(), name.as_str(), message, self.hint(repository.tool))
    }

    fn code(&self) -> UnknownCode {
        match self {
            Self::WrongPassword => UnknownCode::NoPermission,
            Self::NoPassword => UnknownCode::NotConfigured,
            Self::Unparsable(_) => UnknownCode::Unparsable,
            Self::NotThere | Self::Locked | Self::Changed | Self::Moved | Self::Failed(_) => {
                UnknownCode::ToolFailed
            }
        }
    }

    fn hint(&self, tool: BackupTool) -> Text {
        match self {
            Self::WrongPassword | Self::NoPassword => Text::new(
                "rusuban.toml の [[backup]] が指すパスワードを確かめてください",
                "look at the password that [[backup]] in rusuban.toml refers to",
            ),
            Self::NotThere => Text::new(
                "保存先が接続（マウント）されているか、[[backup]] の location を確かめてください",
                "see that the storage is connected (mounted), and look at location in [[backup]]",
            ),
            Self::Locked => {
                let unlock = if tool == BackupTool::Restic { "restic unlock" } else { "borg break-lock" };
                Text::new(
                    format!(
                        "実行中のバックアップが終わるのを待つか、残ったロックなら `{unlock}` で外してください"
                    ),
                    format!("wait for the backup that runs, or remove a lock that was left with `{unlock}`"),
                )
            }
            Self::Changed => Text::new(
                "バックアップや prune が動いていない時間にもう一度実行してください",
                "run it again while no backup and no prune runs",
            ),
            Self::Moved => Text::new(
                "意図した移動なら、手で `borg list` を実行して移動を認めてください",
                "if the move was meant, run `borg list` by hand and accept it",
            ),
            Self::Failed(_) | Self::Unparsable(_) => {
                let list = if tool == BackupTool::Restic { "restic snapshots" } else { "borg list" };
                Text::new(
                    format!("手で `{list}` を実行して原因を確かめてください"),
                    format!("run `{list}` by hand and see why"),
                )
            }
        }
    }
}
