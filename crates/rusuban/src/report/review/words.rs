//! Words of the log review that its projections share.

use rusuban_core::model::text::Text;

use super::data::Decision;

impl Decision {
    /// The word that people read.
    pub fn label(self) -> Text {
        match self {
            Self::Benign => Text::new("問題なし", "Benign"),
            Self::Investigating => Text::new("調査中", "Being looked into"),
            Self::Incident => Text::new("情報セキュリティインシデント", "Information security incident"),
        }
    }
}
