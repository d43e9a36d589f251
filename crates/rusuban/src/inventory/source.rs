//! Which files a path means, their bytes within the limits, and what kind of file the bytes are.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use rusuban_core::model::register::Problem;
use rusuban_core::model::text::Text;

use super::{Limits, WriteError};
use crate::whole_file;

/// What the bytes of a file are, whatever its name says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A zip archive: a workbook, perhaps.
    Archive,
    /// Text: CSV, perhaps.
    Text,
}

/// The last part of a path, for people.
pub(super) fn shown_name(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

/// The files that a path means: itself, or the CSV files of a folder in the order of their names.
pub(super) fn files(path: &Path) -> Result<Vec<PathBuf>, Problem> {
    let metadata = fs::metadata(path).map_err(|error| unreadable(path, &error))?;
    if !metadata.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let entries = fs::read_dir(path).map_err(|error| unreadable(path, &error))?;
    let mut files = Vec::new();
    for entry in entries {
        let file = entry.map_err(|error| unreadable(path, &error))?.path();
        let hidden = shown_name(&file).starts_with(['.', '~']);
        if !hidden && has_extension(&file, &["csv", "tsv", "txt"]) {
            files.push(file);
        }
    }
    files.sort();
    if files.is_empty() {
        return Err(Problem::fault(
            &shown_name(path),
            "no-files",
            Text::new("フォルダにCSVファイルがありません", "the folder holds no CSV file"),
            Text::new(
                "課室.csv や people.csv のようなファイルを置いてください",
                "put files such as sections.csv or people.csv there",
            ),
        ));
    }
    Ok(files)
}

fn has_extension(path: &Path, extensions: &[&str]) -> bool {
    path.extension().is_some_and(|own| extensions.iter().any(|extension| own.eq_ignore_ascii_case(extension)))
}

fn unreadable(path: &Path, error: &io::Error) -> Problem {
    let name = shown_name(path);
    Problem::fault(
        &name,
        "unreadable-file",
        Text::new(format!("読み取れません({error})"), format!("it cannot be read ({error})")),
        Text::new(
            "パスと読み取り権限を確かめてください(例 ls -l)",
            "check the path and the right to read it (such as ls -l)",
        ),
    )
}

/// The bytes of a file within the limit.
pub(super) fn bytes(path: &Path, limits: &Limits) -> Result<Vec<u8>, Problem> {
    let read = || -> io::Result<Option<Vec<u8>>> {
        if !fs::metadata(path)?.is_file() {
            return Ok(None);
        }
        let mut bytes = Vec::new();
        File::open(path)?.take(limits.file_bytes + 1).read_to_end(&mut bytes)?;
        Ok(Some(bytes))
    };
    let name = shown_name(path);
    let Some(bytes) = read().map_err(|error| unreadable(path, &error))? else {
        return Err(Problem::fault(
            &name,
            "not-a-file",
            Text::new("ファイルではありません", "it is no regular file"),
            Text::new("XLSXかCSVのファイルを指定してください", "name an XLSX or CSV file"),
        ));
    };
    if bytes.is_empty() {
        return Err(Problem::fault(
            &name,
            "empty-file",
            Text::new("空のファイルです", "the file is empty"),
            Text::new("保存し直してください", "save it anew"),
        ));
    }
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > limits.file_bytes {
        return Err(too_large(&name, limits.file_bytes));
    }
    Ok(bytes)
}

/// A file that is larger than what is read.
pub(super) fn too_large(name: &str, limit: u64) -> Problem {
    let mib = limit >> 20;
    Problem::fault(
        name,
        "too-large",
        Text::new(format!("大きすぎます({mib} MiBまで)"), format!("it is too large (at most {mib} MiB)")),
        Text::new(
            "画像や不要なシートを除くか、表ごとにファイルを分けてください",
            "take away pictures and other sheets, or divide the file by tables",
        ),
    )
}

/// What the bytes are.
///
/// # Errors
/// For kinds of files that are known and not read, each with what to do instead.
pub(super) fn kind(path: &Path, bytes: &[u8]) -> Result<Kind, Problem> {
    const COMPOUND_FILE: &[u8] = &[0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1];
    let name = shown_name(path);
    let refuse = |code, ja: &str, en: &str| {
        let hint = Text::new(
            "ExcelかLibreOfficeで開き、「Excelブック (.xlsx)」の形式で保存し直してください",
            "open it in Excel or LibreOffice, and save it in the format Excel Workbook (.xlsx)",
        );
        Err(Problem::fault(&name, code, Text::new(ja, en), hint))
    };
    if bytes.starts_with(b"PK") {
        return Ok(Kind::Archive);
    }
    if bytes.starts_with(COMPOUND_FILE) {
        return if is_encrypted(bytes) {
            Err(encrypted(&name))
        } else {
            refuse("legacy-excel", "古いExcel形式(.xls)です", "it is in the old format of Excel (.xls)")
        };
    }
    if bytes.starts_with(b"%PDF") {
        return refuse("not-a-workbook", "PDFファイルです", "it is a PDF file");
    }
    let text = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes).trim_ascii_start();
    if text.starts_with(b"<") {
        return refuse("not-a-workbook", "HTMLまたはXMLのファイルです", "it is an HTML or XML file");
    }
    if has_extension(path, &["xlsx", "xlsm", "xltx", "xls", "xlsb", "ods"]) {
        return refuse(
            "not-a-workbook",
            "Excelブックではありません。途中で切れているか、拡張子が違います",
            "it is no workbook: it is cut off, or its extension is wrong",
        );
    }
    Ok(Kind::Text)
}

/// An encrypted workbook is a compound file with a stream `EncryptedPackage` (MS-OFFCRYPTO, 2.3.4.4). Names of streams
/// are UTF-16LE.
fn is_encrypted(bytes: &[u8]) -> bool {
    let name: Vec<u8> = "EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes).collect();
    bytes.windows(name.len()).any(|window| window == name)
}

fn encrypted(name: &str) -> Problem {
    Problem::fault(
        name,
        "encrypted",
        Text::new("パスワードで保護されています", "it is protected by a password"),
        Text::new(
            "Excelの「ファイル」→「情報」→「ブックの保護」でパスワードを外して保存し直してください",
            "take the password away in Excel (File, Info, Protect Workbook) and save it anew",
        ),
    )
}

/// Writes a file whole, or gives which one could not be. Only plain files are replaced; what stands there else, a link
/// among it, may not be what its maker wanted to be written.
pub(super) fn replace_file(path: &Path, bytes: &[u8]) -> Result<(), WriteError> {
    if fs::symlink_metadata(path).is_ok_and(|there| !there.is_file()) {
        return Err(WriteError::NotAFile { path: path.to_owned() });
    }
    whole_file::replace(path, bytes).map_err(|source| WriteError::Io { path: path.to_owned(), source })
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::{PermissionsExt, symlink};

    #[test]
    fn a_file_is_made_and_replaced_for_its_owner_alone() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("台帳.csv");
        for bytes in [b"a".as_slice(), b"b"] {
            replace_file(&path, bytes).unwrap();
            assert_eq!(fs::read(&path).unwrap(), bytes);
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
    }

    #[test]
    fn what_is_no_plain_file_is_left_as_it_is() {
        let dir = tempfile::tempdir().unwrap();
        let (victim, link, folder) =
            (dir.path().join("victim"), dir.path().join("link"), dir.path().join("folder"));
        fs::write(&victim, "kept").unwrap();
        symlink(&victim, &link).unwrap();
        fs::create_dir(&folder).unwrap();
        for path in [&link, &folder] {
            let error = replace_file(path, b"new").unwrap_err();
            assert!(matches!(&error, WriteError::NotAFile { path: named } if named == path), "{error}");
        }
        assert_eq!(fs::read_to_string(&victim).unwrap(), "kept");
    }
}
