//! Facts out of files that other tools wrote on other machines. Pure functions of their bytes.
//!
//! Such a file does not tell whether its machine is one that people carry; the facts leave it open.

use std::str::FromStr;

use rusuban_core::model::text::Text;
use rusuban_core::model::verdict::Seen;
use rusuban_core::world::disk_encryption::{DiskEncryptionFacts, Volume};

use super::{bitlocker, filevault, lsblk};
use crate::encoding;

/// Which tool wrote the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImportFormat {
    /// `manage-bde -status` (Windows, English or Japanese).
    ManageBde,
    /// `fdesetup status` (macOS).
    Fdesetup,
    /// `lsblk --json` (Linux).
    Lsblk,
}

impl ImportFormat {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::ManageBde, Self::Fdesetup, Self::Lsblk];

    /// The name on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ManageBde => "manage-bde",
            Self::Fdesetup => "fdesetup",
            Self::Lsblk => "lsblk",
        }
    }

    /// The command whose output is taken, to be run on the machine in question.
    pub fn command(self) -> &'static str {
        match self {
            Self::ManageBde => "manage-bde -status > manage-bde.txt",
            Self::Fdesetup => "fdesetup status > fdesetup.txt",
            Self::Lsblk => {
                "lsblk --json --output NAME,KNAME,TYPE,MOUNTPOINTS,FSTYPE,UUID,TRAN,RM > lsblk.json"
            }
        }
    }
}

/// A name that is no format.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no such format: {0}")]
pub struct UnknownFormat(String);

impl FromStr for ImportFormat {
    type Err = UnknownFormat;

    fn from_str(name: &str) -> Result<Self, UnknownFormat> {
        Self::ALL
            .into_iter()
            .find(|format| format.as_str() == name)
            .ok_or_else(|| UnknownFormat(name.to_owned()))
    }
}

/// Why a file gives no facts.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ImportError {
    /// Neither UTF-8, UTF-16 nor Shift_JIS.
    #[error("the file is no text in UTF-8, UTF-16 or Shift_JIS")]
    NotText,
    /// Not what the tool writes.
    #[error("the file is no output of {0}")]
    NotThisTool(&'static str),
    /// The tool's output without a single volume: it could not have shown an unencrypted one.
    #[error("the output of {0} names no volume")]
    NoVolume(&'static str),
}

impl ImportError {
    /// The reason in both languages.
    pub fn reason(&self) -> Text {
        let ja = match self {
            Self::NotText => "UTF-8、UTF-16、Shift_JIS のいずれの文字としても読めません".to_owned(),
            Self::NotThisTool(tool) => format!("{tool} の出力ではありません"),
            Self::NoVolume(tool) => {
                format!("{tool} の出力にボリュームがありません（管理者権限で実行してください）")
            }
        };
        Text::new(ja, self.to_string())
    }
}

/// Reads a file of another tool.
///
/// # Errors
/// The file is not what the tool writes, or names no volume.
pub fn parse(format: ImportFormat, bytes: &[u8]) -> Result<DiskEncryptionFacts, ImportError> {
    let tool = format.as_str();
    let text = encoding::decode(bytes).map_err(|_| ImportError::NotText)?;
    let (volumes, swap) = match format {
        ImportFormat::ManageBde => {
            if !text.contains("BitLocker") {
                return Err(ImportError::NotThisTool(tool));
            }
            (bitlocker::volumes(&text), None)
        }
        ImportFormat::Fdesetup => {
            let encryption = filevault::state(&text).ok_or(ImportError::NotThisTool(tool))?;
            let name = "/".to_owned();
            let mounts = vec![name.clone()];
            (vec![Volume { name, mounts, filesystem: None, external: false, encryption }], None)
        }
        ImportFormat::Lsblk => {
            let devices = lsblk::parse(text.as_bytes()).map_err(|_| ImportError::NotThisTool(tool))?;
            (devices.volumes(), Some(Seen::Known(devices.swap())))
        }
    };
    if volumes.is_empty() {
        return Err(ImportError::NoVolume(tool));
    }
    Ok(DiskEncryptionFacts { platform: None, battery: None, volumes: Seen::Known(volumes), swap })
}

#[cfg(test)]
mod tests {
    use super::*;
    use encoding_rs::SHIFT_JIS;
    use rusuban_core::world::disk_encryption::Encryption;

    const JAPANESE: &str = "BitLocker ドライブ暗号化: 構成ツール Version 10.0.26100\r\n\r\n\
        ボリューム C: [表示]\r\n[OS ボリューム]\r\n\r\n    暗号化された割合:       100.0%\r\n\
        \x20   暗号化の方法:           XTS-AES 256\r\n    保護状態:               保護はオンです\r\n\
        \x20   ロック状態:             ロック解除\r\n";

    fn utf16(text: &str) -> Vec<u8> {
        [0xff, 0xfe].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect()
    }

    #[test]
    fn every_encoding_that_windows_writes() {
        let shift_jis = SHIFT_JIS.encode(JAPANESE).0.into_owned();
        for bytes in [
            JAPANESE.as_bytes().to_vec(),
            format!("\u{feff}{JAPANESE}").into_bytes(),
            utf16(JAPANESE),
            shift_jis,
        ] {
            let facts = parse(ImportFormat::ManageBde, &bytes).unwrap();
            let volumes = facts.volumes.known().unwrap();
            assert_eq!(volumes[0].encryption, Encryption::On("BitLocker XTS-AES 256".to_owned()));
        }
    }

    #[test]
    fn a_file_without_a_volume_gives_no_facts() {
        let head = "BitLocker Drive Encryption: Configuration Tool version 10.0.22621\r\n";
        assert_eq!(parse(ImportFormat::ManageBde, head.as_bytes()), Err(ImportError::NoVolume("manage-bde")));
        assert_eq!(parse(ImportFormat::ManageBde, b"hello"), Err(ImportError::NotThisTool("manage-bde")));
        assert_eq!(parse(ImportFormat::Fdesetup, b""), Err(ImportError::NotThisTool("fdesetup")));
        assert_eq!(parse(ImportFormat::Lsblk, b"{\"blockdevices\":[]}"), Err(ImportError::NoVolume("lsblk")));
        assert_eq!(parse(ImportFormat::Fdesetup, &[0x81, 0xff, 0x00]), Err(ImportError::NotText));
    }

    #[test]
    fn names_of_formats() {
        for format in ImportFormat::ALL {
            assert_eq!(format.as_str().parse(), Ok(format));
        }
        assert!("bitlocker".parse::<ImportFormat>().is_err());
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_panic(bytes: Vec<u8>) {
            for format in ImportFormat::ALL {
                let _ = parse(format, &bytes);
            }
        }
    }
}
