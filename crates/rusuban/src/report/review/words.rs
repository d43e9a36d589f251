//! Words of the log review that its projections share.

use rusuban_core::model::text::Text;

use super::data::CaseState;

impl CaseState {
    /// The word that people read.
    pub fn label(self) -> Text {
        match self {
            Self::Open => Text::new("未判断", "Not judged yet"),
            Self::Late => Text::new("調査の期限切れ", "Overdue"),
            Self::Investigating => Text::new("調査中", "Being looked into"),
            Self::Incident => Text::new("情報セキュリティインシデント", "Information security incident"),
            Self::Benign => Text::new("問題なし", "Benign"),
        }
    }
}
