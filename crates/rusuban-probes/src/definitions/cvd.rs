//! Reads the headers of ClamAV's database files: 512 bytes, fields parted by colons, the time written without any.
//!
//! `ClamAV-VDB:build time:version:signatures:functionality level:MD5:digital signature:builder:build time in seconds`.
//! The signature is not verified here; the daemon refuses files whose signature is wrong.

use std::fs::File;
use std::io::Read;

use jiff::Timestamp;
use rusuban_core::model::text::Text;
use rusuban_core::model::verdict::{Unknown, UnknownCode};
use rusuban_core::world::definitions::{DatabaseFile, DatabaseHeader};

use crate::host::{Host, unreadable};

/// Length of the header in bytes.
const HEADER: u64 = 512;

/// The largest number that facts hold exactly (2^53).
const MAX_NUMBER: u64 = 1 << 53;

/// The files of one database that are there: whole (`.cvd`), updated in place (`.cld`), or both.
pub(super) fn files(host: &Host, directory: &str, database: &str) -> Vec<DatabaseFile> {
    let mut files = Vec::new();
    for ending in ["cvd", "cld"] {
        let file = format!("{database}.{ending}");
        let path = format!("{directory}/{file}");
        if let Some(header) = read(host, &path).transpose() {
            files.push(DatabaseFile { database: database.to_owned(), file, header: header.into() });
        }
    }
    files
}

fn read(host: &Host, path: &str) -> Result<Option<DatabaseHeader>, Unknown> {
    let file = match File::open(host.path(path)) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unreadable(path, &error)),
    };
    let mut bytes = Vec::new();
    file.take(HEADER).read_to_end(&mut bytes).map_err(|error| unreadable(path, &error))?;
    parse(&bytes).map(Some).ok_or_else(|| no_header(path))
}

/// Reads a header. None where the bytes are no header.
pub(super) fn parse(bytes: &[u8]) -> Option<DatabaseHeader> {
    if (bytes.len() as u64) < HEADER {
        return None;
    }
    let text = String::from_utf8_lossy(bytes);
    let mut fields = text.trim_end().split(':');
    if fields.next() != Some("ClamAV-VDB") {
        return None;
    }
    let written = fields.next()?;
    let version = number(fields.next()?)?;
    let signatures = number(fields.next()?)?;
    // Functionality level, MD5, signature and builder lie between.
    let seconds = fields.nth(4).and_then(|text| text.trim().parse::<i64>().ok());
    let built_at = time(written).or_else(|| Timestamp::from_second(seconds?).ok())?;
    Some(DatabaseHeader { built_at, version, signatures })
}

fn number(text: &str) -> Option<u64> {
    text.trim().parse().ok().filter(|number| *number <= MAX_NUMBER)
}

/// The build time as written, such as `21 Nov 2026 09-15 -0500`.
fn time(text: &str) -> Option<Timestamp> {
    let text: Vec<&str> = text.split_whitespace().collect();
    Timestamp::strptime("%d %b %Y %H-%M %z", text.join(" ")).ok()
}

fn no_header(path: &str) -> Unknown {
    Unknown::new(
        UnknownCode::Unparsable,
        path,
        Text::new(
            format!("{path} は ClamAV の定義ファイルとして読めません"),
            format!("{path} cannot be read as a database of ClamAV"),
        ),
        Text::new(
            format!(
                "`sigtool --info {path}` で確かめ、壊れていれば削除して `sudo freshclam` を実行してください"
            ),
            format!("see `sigtool --info {path}`; if it is broken, remove it and run `sudo freshclam`"),
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn header(text: &str) -> Vec<u8> {
        let mut bytes = text.as_bytes().to_vec();
        bytes.resize(512, b' ');
        bytes
    }

    #[test]
    fn the_written_time_counts_with_its_offset() {
        let parsed = parse(&header(
            "ClamAV-VDB:21 Nov 2026 09-15 -0500:27830:2077123:90:0123:abcd:raynman:1795270500",
        ));
        let built_at = "2026-11-21T14:15:00Z".parse().unwrap();
        assert_eq!(parsed, Some(DatabaseHeader { built_at, version: 27_830, signatures: 2_077_123 }));
    }

    #[test]
    fn the_seconds_stand_in_for_a_time_that_cannot_be_read() {
        let parsed = parse(&header("ClamAV-VDB:2026年11月21日:62:100:90:0:a:b:1795270500")).unwrap();
        assert_eq!(parsed.built_at.to_string(), "2026-11-21T14:15:00Z");
        assert_eq!(parse(&header("ClamAV-VDB:whenever:62:100:90:0:a:b:never")), None);
    }

    #[test]
    fn a_day_of_one_digit_is_read() {
        for day in ["6", "06", " 6"] {
            let text = format!("ClamAV-VDB:{day} Jan 2027 00-00 +0000:1:1:90:0:a:b:0");
            assert_eq!(parse(&header(&text)).unwrap().built_at.to_string(), "2027-01-06T00:00:00Z");
        }
    }

    #[test]
    fn what_is_no_header_is_refused() {
        assert_eq!(parse(b""), None);
        assert_eq!(parse(b"ClamAV-VDB:21 Nov 2026 09-15 -0500:27830:2077123:90:0:a:b:1"), None);
        assert_eq!(parse(&header("PK:21 Nov 2026 09-15 -0500:27830:2077123")), None);
        assert_eq!(
            parse(&header("ClamAV-VDB:21 Nov 2026 09-15 -0500:99999999999999999999:1:90:0:a:b:1")),
            None
        );
        assert_eq!(parse(&header("ClamAV-VDB")), None);
    }

    #[test]
    fn both_copies_are_seen_and_a_broken_one_hides_nothing() {
        let root = tempfile::tempdir().unwrap();
        let good = header("ClamAV-VDB:21 Nov 2026 09-15 -0500:27830:1:90:0:a:b:1");
        std::fs::write(root.path().join("daily.cld"), good).unwrap();
        std::fs::write(root.path().join("daily.cvd"), "truncated").unwrap();
        let files = files(&Host::at(root.path()), "", "daily");
        assert_eq!(files.len(), 2);
        assert_eq!((files[0].file.as_str(), files[0].header.known()), ("daily.cvd", None));
        assert_eq!(files[1].header.known().unwrap().version, 27_830);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
            parse(&bytes);
        }

        #[test]
        fn any_fields_are_read(text in "ClamAV-VDB(:[ -~あ]{0,40}){0,9}") {
            parse(&header(&text));
        }
    }
}
