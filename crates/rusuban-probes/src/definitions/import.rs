//! Files that another tool wrote about malware definitions, handed in by a person.

use rusuban_core::model::text::Text;
use rusuban_core::model::verdict::{Seen, Unknown, UnknownCode};
use rusuban_core::world::definitions::DefinitionFacts;

use super::defender;
use crate::encoding;

/// The largest file that is read, in bytes.
const MAX_FILE: usize = 1024 * 1024;

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// `Get-MpComputerStatus | ConvertTo-Json` of Microsoft Defender on Windows.
    DefenderStatus,
    /// `mdatp health --output json` of Microsoft Defender on Linux or macOS.
    MdatpHealth,
}

impl Format {
    /// The command that makes such a file.
    pub fn command(self) -> &'static str {
        match self {
            Self::DefenderStatus => "Get-MpComputerStatus | ConvertTo-Json",
            Self::MdatpHealth => "mdatp health --output json",
        }
    }
}

/// Why a file cannot be taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ImportError {
    /// Larger than any such file is.
    #[error("the file is larger than {MAX_FILE} bytes")]
    TooLarge,
    /// In none of the encodings that are read.
    #[error("the file is neither UTF-8, UTF-16 nor Shift_JIS")]
    Encoding,
    /// Not JSON, or cut off.
    #[error("the file is no whole JSON ({0})")]
    NotJson(String),
    /// The status of several machines at once.
    #[error("the file holds the status of {0} machines; one is taken at a time")]
    SeveralMachines(usize),
    /// JSON of another kind.
    #[error("the file is not the output of `{}`", .0.command())]
    OtherShape(Format),
}

impl ImportError {
    /// The same as a reason for not knowing.
    pub fn unknown(&self) -> Unknown {
        let ja = match self {
            Self::TooLarge => "ファイルが大きすぎます".to_owned(),
            Self::Encoding => "文字コードが UTF-8、UTF-16、Shift_JIS のどれでもありません".to_owned(),
            Self::NotJson(why) => format!("JSON として最後まで読めません（{why}）"),
            Self::SeveralMachines(count) => {
                format!("{count}台分の状態が入っています。1台ずつ取り込んでください")
            }
            Self::OtherShape(format) => format!("`{}` の出力ではありません", format.command()),
        };
        Unknown::new(
            UnknownCode::Unparsable,
            "defender",
            Text::new(ja, self.to_string()),
            Text::new(
                "項目を絞らずに状態を出力し直してください",
                "make the status again, with all its properties",
            ),
        )
    }
}

/// Reads a file into facts.
///
/// # Errors
/// See [`ImportError`].
pub fn parse(format: Format, bytes: &[u8]) -> Result<DefinitionFacts, ImportError> {
    let facts = defender::parse(format, bytes)?;
    Ok(DefinitionFacts { clamav: None, defender: Some(Seen::Known(facts)) })
}

/// The text of a file.
pub(super) fn decode(bytes: &[u8]) -> Result<String, ImportError> {
    if bytes.len() > MAX_FILE {
        return Err(ImportError::TooLarge);
    }
    encoding::decode(bytes).map_err(|_| ImportError::Encoding)
}
