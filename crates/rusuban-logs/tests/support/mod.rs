//! What the tests on other people's logs share: where they lie. A test that cannot look fails; it never passes unseen.

#![allow(dead_code, reason = "each test uses what it needs")]

use std::path::{Path, PathBuf};

/// A folder of the corpus (`RUSUBAN_CORPUS`, or beside the checkout).
pub fn corpus(part: &str) -> PathBuf {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus");
    let root = std::env::var_os("RUSUBAN_CORPUS").map_or_else(beside, PathBuf::from);
    let folder = root.join(part);
    assert!(
        folder.exists(),
        "{} is missing: set RUSUBAN_CORPUS to the folder that holds {part}",
        folder.display()
    );
    folder
}

/// Every file under a folder whose name ends so, in the order of the names.
pub fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut entries: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    entries.sort();
    let mut found = Vec::new();
    for path in entries {
        if path.is_dir() {
            found.extend(files(&path, ending));
        } else if path.to_string_lossy().ends_with(ending) {
            found.push(path);
        }
    }
    found
}
