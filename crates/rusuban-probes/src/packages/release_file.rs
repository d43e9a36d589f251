//! Reads the Release or InRelease file of an apt repository: who made it, when, until when it is valid, and which
//! indexes it offers. Does not verify its signature; apt did when it fetched the file.
//!
//! Format: <https://wiki.debian.org/DebianRepository/Format>. Times are UTC.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;
use rusuban_core::world::packages::Release;

const SIGNED: &str = "-----BEGIN PGP SIGNED MESSAGE-----";
const SIGNATURE: &str = "-----BEGIN PGP SIGNATURE-----";

/// What a Release file says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ReleaseFile {
    /// What it says of itself.
    pub release: Release,
    /// Indexes that it offers, by their path below the file's own place, with their size in bytes.
    pub indexes: BTreeMap<String, u64>,
    /// Whether it offers indexes of packages for every architecture apart (`binary-all`) that must be fetched.
    pub separate_all: bool,
}

/// Why a Release file cannot be understood.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReleaseError {
    /// It holds no field of a Release file.
    #[error("no field of a Release file in it")]
    Empty,
    /// A date is none.
    #[error("line {line}: {field} is no date: {value}")]
    Date {
        /// Line, from 1.
        line: usize,
        /// `Date` or `Valid-Until`.
        field: &'static str,
        /// What stands there.
        value: String,
    },
}

/// Reads a Release or InRelease file. What stands outside the signed part of an InRelease file does not count.
///
/// # Errors
/// No field of a Release file in it, or a date that is none.
pub fn parse(text: &str) -> Result<ReleaseFile, ReleaseError> {
    let mut file = ReleaseFile::default();
    let (mut all, mut refused_all, mut fields) = (false, false, 0_usize);
    let mut in_hashes = false;
    for (number, line) in signed_part(text) {
        if line.starts_with([' ', '\t']) {
            if in_hashes {
                index(line, &mut file.indexes);
            }
            continue;
        }
        let Some((name, value)) = line.split_once(':') else { continue };
        let value = value.trim();
        in_hashes = matches!(name, "MD5Sum" | "SHA1" | "SHA256" | "SHA512");
        fields += 1;
        match name {
            "Origin" => value.clone_into(&mut file.release.origin),
            "Label" => value.clone_into(&mut file.release.label),
            "Suite" => value.clone_into(&mut file.release.suite),
            "Codename" => value.clone_into(&mut file.release.codename),
            "Date" => file.release.made_at = Some(date(number, "Date", value)?),
            "Valid-Until" => file.release.valid_until = Some(date(number, "Valid-Until", value)?),
            "Architectures" => all = value.split_whitespace().any(|name| name == "all"),
            "No-Support-for-Architecture-all" => {
                refused_all = value.split_whitespace().any(|name| name == "Packages");
            }
            _ if in_hashes => {}
            _ => fields -= 1,
        }
    }
    file.separate_all = all && !refused_all;
    if fields == 0 { Err(ReleaseError::Empty) } else { Ok(file) }
}

/// The lines that the signature covers, with their numbers; all lines where there is no signature.
fn signed_part(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let signed = text.lines().any(|line| line.trim_end() == SIGNED);
    let mut inside = !signed;
    let mut ended = false;
    text.lines().enumerate().filter_map(move |(at, line)| {
        let line = line.trim_end();
        if line == SIGNATURE {
            ended = true;
        } else if line == SIGNED {
            inside = true;
            return None;
        }
        let plain = line.strip_prefix("- ").unwrap_or(line);
        (inside && !ended).then_some((at + 1, plain))
    })
}

/// One line of a list of hashes: hash, size, path.
fn index(line: &str, indexes: &mut BTreeMap<String, u64>) {
    let mut words = line.split_whitespace();
    if let (Some(_), Some(size), Some(path)) = (words.next(), words.next(), words.next())
        && let Ok(size) = size.parse()
    {
        indexes.insert(path.to_owned(), size);
    }
}

fn date(line: usize, field: &'static str, value: &str) -> Result<Timestamp, ReleaseError> {
    // "UTC" is what apt's tools write; RFC 2822 knows the zone by an offset or as GMT.
    let zoned = value.strip_suffix("UTC").map_or_else(|| value.to_owned(), |rest| format!("{rest}+0000"));
    DateTimeParser::new().relaxed_weekday(true).parse_timestamp(&zoned).map_err(|_| ReleaseError::Date {
        line,
        field,
        value: value.chars().take(80).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SECURITY: &str = "\
-----BEGIN PGP SIGNED MESSAGE-----
Hash: SHA256

Origin: Debian
Label: Debian-Security
Suite: oldstable-security
Version: 12
Codename: bookworm-security
Date: Sun, 22 Nov 2026 19:58:56 UTC
Valid-Until: Sun, 29 Nov 2026 19:58:56 UTC
Architectures: all amd64
Components: updates/main
MD5Sum:
 d41d8cd98f00b204e9800998ecf8427e        0 main/binary-all/Packages
SHA256:
 c8688a4761aec8f6dfbab8f3941f383fc5ee72aaf0bdaaa3c43aac81d8c42c84  1234567 main/binary-amd64/Packages
-----BEGIN PGP SIGNATURE-----
Date: Sun, 22 Nov 2099 19:58:56 UTC

iQIzBAEB
-----END PGP SIGNATURE-----
";

    #[test]
    fn an_inrelease_file_is_read_within_its_signature() {
        let file = parse(SECURITY).unwrap();
        assert_eq!(file.release.label, "Debian-Security");
        assert_eq!(file.release.made_at, Some("2026-11-22T19:58:56Z".parse().unwrap()));
        assert_eq!(file.release.valid_until, Some("2026-11-29T19:58:56Z".parse().unwrap()));
        assert_eq!(file.indexes.get("main/binary-amd64/Packages"), Some(&1_234_567));
        assert_eq!(file.indexes.get("main/binary-all/Packages"), Some(&0));
        assert!(file.separate_all);
    }

    #[test]
    fn what_stands_before_the_signed_part_does_not_count() {
        let file = parse(&format!("Date: Sun, 22 Nov 2099 19:58:56 UTC\n{SECURITY}")).unwrap();
        assert_eq!(file.release.made_at, Some("2026-11-22T19:58:56Z".parse().unwrap()));
    }

    #[test]
    fn dates_come_in_several_dresses() {
        for (text, wanted) in [
            ("Mon, 03 Aug 2026 01:02:03 GMT", "2026-08-03T01:02:03Z"),
            ("Mon,  3 Aug 2026 01:02:03 +0000", "2026-08-03T01:02:03Z"),
            ("Mon, 3 Aug 2026 10:02:03 +0900", "2026-08-03T01:02:03Z"),
            ("Tue, 3 Aug 2026 01:02:03 UTC", "2026-08-03T01:02:03Z"),
        ] {
            let file = parse(&format!("Date: {text}\r\n")).unwrap();
            assert_eq!(file.release.made_at, Some(wanted.parse().unwrap()), "{text}");
        }
    }

    #[test]
    fn a_file_without_a_single_field_is_refused() {
        assert_eq!(parse(""), Err(ReleaseError::Empty));
        assert_eq!(parse("<html>proxy login</html>\n"), Err(ReleaseError::Empty));
    }

    #[test]
    fn a_date_that_is_none_is_named_with_its_line() {
        let error = parse("Origin: X\nDate: 昨日\n").unwrap_err();
        assert_eq!(error.to_string(), "line 2: Date is no date: 昨日");
    }

    #[test]
    fn a_suite_without_packages_for_all_architectures_does_not_ask_for_them() {
        let file = parse("Architectures: all amd64\nNo-Support-for-Architecture-all: Packages\n").unwrap();
        assert!(!file.separate_all);
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in ".{0,400}") {
            let _ = parse(&text);
        }

        #[test]
        fn a_truncated_file_does_not_make_it_panic(end in 0..SECURITY.len()) {
            let _ = parse(SECURITY.get(..end).unwrap());
        }
    }
}
