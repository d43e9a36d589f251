//! Which passwords are tried: the built-in list, a configured one, and for each account what is derived from its own name,
//! its owner's, the machine's and the organisation's. Knows no hashes.

use std::collections::HashSet;
use std::io::Read;
use std::path::Path;

use rusuban_core::model::chain::sha256_hex;
use rusuban_core::model::text::Text;
use rusuban_core::model::verdict::{Unknown, UnknownCode};
use rusuban_core::world::password_audit::PasswordList;
use zeroize::Zeroizing;

use super::audit::Candidate;
use crate::host::unreadable;

/// Very common passwords, one a line, likeliest first.
const BUILT_IN: &str = include_str!("../../data/common-passwords.txt");

/// The largest list that is read, in bytes.
const MAX_LIST: u64 = 64 * 1024 * 1024;

/// How many of the list come before what is derived from names.
pub const LEAD: usize = 10;

/// Passwords that are tried on every account.
pub struct CommonList {
    /// The passwords, likeliest first, each once.
    pub passwords: Vec<Candidate>,
    /// What is told of them.
    pub facts: PasswordList,
    /// Why the configured list was not read.
    pub unread: Option<Unknown>,
}

/// The built-in list, what is usual in this year, and after them the configured list.
pub fn common(configured: Option<&Path>, year: i16) -> CommonList {
    let mut seen = HashSet::new();
    let mut passwords = lines(BUILT_IN.as_bytes(), &mut seen);
    passwords.extend(lines(of_the_year(year).join("\n").as_bytes(), &mut seen));
    let mut facts = PasswordList {
        name: "built-in".to_owned(),
        sha256: sha256_hex(BUILT_IN.as_bytes()),
        passwords: passwords.len() as u64,
    };
    let Some(path) = configured else { return CommonList { passwords, facts, unread: None } };
    match read_list(path) {
        Ok(bytes) => {
            passwords.extend(lines(&bytes, &mut seen));
            facts = PasswordList {
                name: path.display().to_string(),
                sha256: sha256_hex(&bytes),
                passwords: passwords.len() as u64,
            };
            CommonList { passwords, facts, unread: None }
        }
        Err(why) => CommonList { passwords, facts, unread: Some(why) },
    }
}

/// Words with the year, in both ways of counting, as a rule to change passwords every year brings forth.
fn of_the_year(year: i16) -> Vec<String> {
    // The first year of Reiwa is 2019.
    let reiwa = year - 2018;
    vec![
        format!("password{year}"),
        format!("Password{year}"),
        format!("P@ssw0rd{year}"),
        format!("P@ssword{year}"),
        format!("admin{year}"),
        format!("sakura{year}"),
        format!("reiwa{reiwa}"),
        format!("Reiwa{reiwa}"),
        format!("reiwa{reiwa:02}"),
        format!("Reiwa{year}"),
    ]
}

/// Passwords of a list, one a line, with either line ending; those seen before are left out.
fn lines(bytes: &[u8], seen: &mut HashSet<Vec<u8>>) -> Vec<Candidate> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let lines = bytes.split(|byte| *byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    lines
        .filter(|line| !line.is_empty())
        .filter(|line| seen.insert(line.to_vec()))
        .map(|line| Zeroizing::new(line.to_vec()))
        .collect()
}

fn read_list(path: &Path) -> Result<Vec<u8>, Unknown> {
    let name = path.display().to_string();
    let file = std::fs::File::open(path).map_err(|error| unreadable(&name, &error))?;
    let mut bytes = Vec::new();
    file.take(MAX_LIST + 1).read_to_end(&mut bytes).map_err(|error| unreadable(&name, &error))?;
    let problem = if bytes.len() as u64 > MAX_LIST {
        Some(("大きすぎます（64 MiB まで）", "is too large (64 MiB at most)"))
    } else if bytes.contains(&0) {
        Some(("UTF-8 のテキストではありません", "is no UTF-8 text"))
    } else if bytes.iter().all(u8::is_ascii_whitespace) {
        Some(("空です", "is empty"))
    } else {
        None
    };
    let Some((ja, en)) = problem else { return Ok(bytes) };
    Err(Unknown::new(
        UnknownCode::Unparsable,
        name.as_str(),
        Text::new(format!("パスワード一覧 {name} は{ja}"), format!("the password list {name} {en}")),
        Text::new(
            "1行に1つ、UTF-8 で書いた一覧を設定してください",
            "configure a list in UTF-8 with one password a line",
        ),
    ))
}

/// What passwords may be derived from besides an account's own name.
pub struct Surroundings {
    /// Name of the machine without its domain.
    pub host: String,
    /// The organisation's names and abbreviations.
    pub words: Vec<String>,
    /// The year now.
    pub year: i16,
}

/// Passwords derived from names, for one account alone. The account's name itself is the first; the empty password,
/// which may stand behind a hash like any other, is among them.
pub fn derived(name: &str, full_name: &str, around: &Surroundings) -> Vec<Candidate> {
    let year = around.year;
    let mut words: Vec<String> = vec![name.to_owned(), String::new(), name.chars().rev().collect()];
    words.push(format!("{name}{name}"));
    words.extend(decorated(name, year));
    let full_name = full_name.split(',').next().unwrap_or_default();
    for part in full_name.split_whitespace().filter(|part| part.chars().count() >= 2).take(4) {
        let part = part.to_lowercase();
        words.push(part.clone());
        words.extend(decorated(&part, year).into_iter().take(3));
    }
    for word in std::iter::once(&around.host).chain(&around.words).filter(|word| !word.is_empty()) {
        words.push(word.clone());
        words.extend(decorated(word, year));
    }
    let mut seen = HashSet::new();
    words.retain(|word| seen.insert(word.clone()));
    words.into_iter().map(|word| Zeroizing::new(word.into_bytes())).collect()
}

/// A word as people dress it up to pass a rule of length or of kinds of characters.
fn decorated(word: &str, year: i16) -> Vec<String> {
    let upper = capitalised(word);
    vec![
        format!("{word}123"),
        format!("{word}1"),
        format!("{word}{year}"),
        format!("{word}1234"),
        format!("{word}@123"),
        format!("{word}!"),
        upper.clone(),
        format!("{upper}123"),
        format!("{upper}{year}"),
        format!("{upper}@123"),
        format!("{word}{}", year - 1),
    ]
}

fn capitalised(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(list: &[Candidate]) -> Vec<String> {
        list.iter().map(|word| String::from_utf8(word.to_vec()).unwrap()).collect()
    }

    #[test]
    fn the_built_in_list_is_clean_and_starts_with_the_commonest() {
        let list = common(None, 2026);
        let words = texts(&list.passwords);
        assert_eq!(words.len(), BUILT_IN.lines().count() + 10, "a word stands twice");
        assert!(words.iter().any(|word| word == "Reiwa8"));
        assert!(words.len() >= 100 && words.len() <= 200, "{}", words.len());
        assert!(words.iter().all(|word| word.trim() == word && !word.is_empty()));
        assert_eq!(words[..2], ["123456", "password"]);
        assert!(words.iter().any(|word| word == "パスワード"));
        assert_eq!(list.facts.name, "built-in");
    }

    #[test]
    fn a_configured_list_is_read_with_either_line_ending_and_added() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("list.txt");
        std::fs::write(
            &path,
            b"\xef\xbb\xbfhatsumoude1\r\n\r\n123456\nhatsumoude1\n\xa4\xb5\xa4\xaf\xa4\xe9\n",
        )
        .unwrap();
        let list = common(Some(&path), 2026);
        assert_eq!(list.unread, None);
        assert_eq!(list.passwords.len(), common(None, 2026).passwords.len() + 2);
        assert_eq!(list.passwords.last().unwrap().as_slice(), b"\xa4\xb5\xa4\xaf\xa4\xe9");
        assert_eq!(list.facts.name, path.display().to_string());
    }

    #[test]
    fn every_line_of_a_long_list_is_a_candidate() {
        let root = std::env::var_os("RUSUBAN_CORPUS").map_or_else(
            || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus"),
            std::path::PathBuf::from,
        );
        for name in ["common-passwords-20k.txt", "top-1000.txt"] {
            let path = root.join("passwords").join(name);
            let bytes = std::fs::read(&path)
                .unwrap_or_else(|error| panic!("{}: {error}; set RUSUBAN_CORPUS", path.display()));
            let list = common(Some(&path), 2026);
            let candidates: HashSet<&[u8]> = list.passwords.iter().map(|word| word.as_slice()).collect();
            assert_eq!((list.unread, candidates.len()), (None, list.passwords.len()));
            for line in String::from_utf8(bytes).unwrap().lines().filter(|line| !line.is_empty()) {
                assert!(candidates.contains(line.as_bytes()), "{line}");
            }
        }
    }

    #[test]
    fn a_list_that_cannot_be_read_is_told_and_the_built_in_one_remains() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("list.txt");
        assert_eq!(common(Some(&path), 2026).unread.unwrap().code, UnknownCode::ToolFailed);
        for bytes in [&b"\xff\xfep\0a\0"[..], b"\n\n", b""] {
            std::fs::write(&path, bytes).unwrap();
            let list = common(Some(&path), 2026);
            assert_eq!(list.unread.unwrap().code, UnknownCode::Unparsable);
            assert_eq!(list.facts.name, "built-in");
            assert!(!list.passwords.is_empty());
        }
    }

    #[test]
    fn names_give_the_usual_variants() {
        let around = Surroundings { host: "fs01".into(), words: vec!["rusuban".into()], year: 2026 };
        let words = texts(&derived("tanaka", "Hanako Tanaka,,,", &around));
        assert_eq!(words[0], "tanaka");
        for wanted in ["", "akanat", "tanaka123", "Tanaka2026", "hanako", "fs01", "Rusuban@123", "tanaka2025"]
        {
            assert!(words.iter().any(|word| word == wanted), "{wanted}");
        }
        assert_eq!(words.iter().collect::<HashSet<_>>().len(), words.len());
    }
}
