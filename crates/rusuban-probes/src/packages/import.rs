//! Reads what other tools say about another machine, out of a file that a person brings: Windows Update, winget,
//! softwareupdate. Pure: bytes in, facts out. Judges nothing.

use std::str::FromStr;

use rusuban_core::model::text::Text;
use rusuban_core::world::packages::PackageFacts;

use super::{softwareupdate, windows_update, winget};
use crate::encoding;

/// A file of this size or more is refused, in bytes.
const MAX_FILE: usize = 32 * 1024 * 1024;

/// A kind of file that can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ImportFormat {
    /// What the Windows Update agent says, as the command writes it in JSON.
    WindowsUpdate,
    /// The table of `winget upgrade`.
    WingetUpgrade,
    /// The table of `winget list`, which names all applications and so can be relied on where nothing is pending.
    WingetList,
    /// The output of macOS's `softwareupdate --list`, with time and system before it where the command was used.
    SoftwareUpdate,
}

impl ImportFormat {
    /// All of them.
    pub const ALL: [Self; 4] =
        [Self::WindowsUpdate, Self::WingetUpgrade, Self::WingetList, Self::SoftwareUpdate];

    /// The name on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::WindowsUpdate => "windows-update",
            Self::WingetUpgrade => "winget-upgrade",
            Self::WingetList => "winget-list",
            Self::SoftwareUpdate => "softwareupdate",
        }
    }

    /// The command whose output is read, to be run on the machine in question.
    pub fn command(self) -> &'static str {
        match self {
            Self::WindowsUpdate => windows_update::COMMAND,
            Self::WingetUpgrade => winget::UPGRADE_COMMAND,
            Self::WingetList => winget::LIST_COMMAND,
            Self::SoftwareUpdate => softwareupdate::COMMAND,
        }
    }
}

impl FromStr for ImportFormat {
    type Err = UnknownFormat;

    fn from_str(text: &str) -> Result<Self, UnknownFormat> {
        Self::ALL.into_iter().find(|one| one.as_str() == text).ok_or_else(|| UnknownFormat(text.to_owned()))
    }
}

/// A name that no format has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is no format of a list of updates (known: windows-update, winget-upgrade, winget-list, softwareupdate)"
)]
pub struct UnknownFormat(pub String);

/// Why a file cannot be taken as evidence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {field}: {}", .reason.en)]
pub struct ImportError {
    /// Line, from 1.
    pub line: usize,
    /// Which part of the file: a field, a column.
    pub field: String,
    /// What is wrong with it.
    pub reason: Text,
}

impl ImportError {
    /// Builds an error.
    pub fn new(line: usize, field: impl Into<String>, ja: impl Into<String>, en: impl Into<String>) -> Self {
        Self { line, field: field.into(), reason: Text::new(ja, en) }
    }
}

/// Reads a file.
///
/// # Errors
/// The first thing in it that cannot be understood. A file is taken whole or not at all.
pub fn parse(format: ImportFormat, bytes: &[u8]) -> Result<PackageFacts, ImportError> {
    if bytes.len() >= MAX_FILE {
        return Err(ImportError::new(1, "file", "ファイルが大きすぎます", "the file is too large"));
    }
    let text = encoding::decode(bytes).map_err(|error| {
        ImportError::new(
            error.line,
            "encoding",
            "文字コードを判別できません（UTF-8、UTF-16、Shift_JIS のいずれかで保存してください）",
            "the encoding cannot be told (save it as UTF-8, UTF-16 or Shift_JIS)",
        )
    })?;
    if text.trim().is_empty() {
        return Err(ImportError::new(1, "file", "ファイルが空です", "the file is empty"));
    }
    match format {
        ImportFormat::WindowsUpdate => windows_update::parse(&text),
        ImportFormat::WingetUpgrade => winget::parse_upgrade(&text),
        ImportFormat::WingetList => winget::parse_list(&text),
        ImportFormat::SoftwareUpdate => softwareupdate::parse(&text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_of_formats_are_read_back() {
        for format in ImportFormat::ALL {
            assert_eq!(format.as_str().parse(), Ok(format));
        }
        assert!("nmap".parse::<ImportFormat>().is_err());
    }

    #[test]
    fn the_guide_names_each_command_as_it_is_read() {
        let guides = rusuban_core::checks::registry::find("before.patches.a").unwrap().meta();
        for format in ImportFormat::ALL {
            for guide in [guides.guide_ja, guides.guide_en] {
                assert!(guide.contains(format.command().trim()), "{}", format.as_str());
            }
        }
    }

    #[test]
    fn tables_come_in_every_encoding_of_windows() {
        let table = "名前           ID        バージョン 利用可能 ソース\r\n\
                     --------------------------------------------------\r\n\
                     サクラエディタ Saku.Edit 2.4.1      2.4.2    winget\r\n\
                     1 アップグレードを利用できます。\r\n";
        let utf16: Vec<u8> = format!("\u{feff}{table}").encode_utf16().flat_map(u16::to_le_bytes).collect();
        let (shift_jis, _, _) = encoding_rs::SHIFT_JIS.encode(table);
        for bytes in [table.as_bytes(), &utf16, &shift_jis] {
            let facts = parse(ImportFormat::WingetUpgrade, bytes).unwrap();
            assert_eq!(
                (facts.pending[0].name.as_str(), facts.pending[0].candidate.as_str()),
                ("Saku.Edit", "2.4.2")
            );
        }
    }

    #[test]
    fn an_empty_file_is_no_list_without_updates() {
        for format in ImportFormat::ALL {
            for bytes in [&b""[..], b"\r\n \n", b"\xff\xfe"] {
                let error = parse(format, bytes).unwrap_err();
                assert_eq!((error.line, error.field.as_str()), (1, "file"));
            }
        }
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300), text in ".{0,300}") {
            for format in ImportFormat::ALL {
                let _ = (parse(format, &bytes), parse(format, text.as_bytes()));
            }
        }
    }
}
