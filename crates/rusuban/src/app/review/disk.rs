//! The files of a review as they lie on disk: which, how large, and the digest of what is in them, so that others can tell
//! later what was reviewed (`sha256sum` gives the same).

use std::collections::BTreeSet;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use rayon::prelude::*;
use rusuban_core::world::log_review::ReviewedFile;
use sha2::{Digest as _, Sha256};

/// A file as it was when the review began.
#[derive(Debug, Clone)]
pub struct OnDisk {
    path: PathBuf,
    name: String,
    size: u64,
    written: Option<SystemTime>,
}

/// The regular files under some paths, each once, in the order in which the review reads them.
pub fn list(paths: &[PathBuf]) -> Vec<OnDisk> {
    let mut seen = BTreeSet::new();
    let mut all = Vec::new();
    for path in paths {
        find(path, &mut seen, &mut all);
    }
    all
}

fn find(path: &Path, seen: &mut BTreeSet<PathBuf>, all: &mut Vec<OnDisk>) {
    let (Ok(real), Ok(metadata)) = (std::fs::canonicalize(path), std::fs::metadata(path)) else { return };
    if !seen.insert(real) {
        return;
    }
    if metadata.is_dir() {
        let Ok(entries) = std::fs::read_dir(path) else { return };
        let mut inside: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
        inside.sort();
        for path in &inside {
            find(path, seen, all);
        }
    } else if metadata.is_file() {
        all.push(OnDisk {
            path: path.to_owned(),
            name: path.display().to_string(),
            size: metadata.len(),
            written: metadata.modified().ok(),
        });
    }
}

/// Digests of the files, up to the sizes that they had.
pub fn digests(files: &[OnDisk]) -> Vec<ReviewedFile> {
    files.par_iter().map(digest).collect()
}

fn digest(file: &OnDisk) -> ReviewedFile {
    let now = std::fs::metadata(&file.path).ok();
    let same = now.is_some_and(|now| now.len() == file.size && now.modified().ok() == file.written);
    ReviewedFile {
        name: file.name.clone(),
        size: file.size,
        sha256: sha256(file).unwrap_or_default(),
        changed: !same,
    }
}

/// None where the file can no longer be read, or has become shorter.
fn sha256(file: &OnDisk) -> Option<String> {
    let mut reader = std::fs::File::open(&file.path).ok()?.take(file.size);
    let mut digest = Sha256::new();
    let mut block = vec![0_u8; 256 * 1024];
    let mut left = file.size;
    while left > 0 {
        let read = reader.read(&mut block).ok().filter(|read| *read > 0)?;
        digest.update(block.get(..read)?);
        left = left.checked_sub(read as u64)?;
    }
    Some(hex::encode(digest.finalize()))
}

/// One digest over all: name, size and digest of each, a line each.
pub fn whole(files: &[ReviewedFile]) -> String {
    let mut digest = Sha256::new();
    for file in files {
        digest.update(format!("{} {} {}\n", file.sha256, file.size, file.name));
    }
    hex::encode(digest.finalize())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_file_once_with_the_digest_that_others_make() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("sub")).unwrap();
        std::fs::write(dir.path().join("sub/a.log"), "abc").unwrap();
        std::fs::write(dir.path().join("b.log"), "").unwrap();
        std::os::unix::fs::symlink(dir.path(), dir.path().join("loop")).unwrap();
        let found = list(&[dir.path().to_owned(), dir.path().join("b.log")]);
        let files = digests(&found);
        assert_eq!(files.len(), 2);
        assert_eq!(files[1].sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert!(files.iter().all(|file| !file.changed && !file.sha256.is_empty()));
    }

    #[test]
    fn what_was_written_to_meanwhile_is_told() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.log");
        std::fs::write(&path, "abc").unwrap();
        let found = list(std::slice::from_ref(&path));
        std::fs::write(&path, "abcdef").unwrap();
        let grown = digests(&found);
        assert!(grown[0].changed);
        assert_eq!(grown[0].sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        std::fs::write(&path, "a").unwrap();
        assert_eq!(digests(&found)[0].sha256, "");
    }
}
