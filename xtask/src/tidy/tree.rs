//! The files of the repository as text. What git ignores is not part of it.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::ensure;

use crate::process::output;

/// All files by their path from the root, with `/`; those that are not text have none.
#[derive(Debug, Default)]
pub(super) struct Tree(BTreeMap<String, Option<String>>);

impl Tree {
    /// Reads what git tracks, and what it would track if it were added.
    pub(super) fn of(root: &Path) -> anyhow::Result<Self> {
        let mut git = Command::new("git");
        // A checkout of another user is read all the same.
        git.args(["-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard"])
            .current_dir(root);
        let list = output(&mut git)?;
        let paths = list.split('\0').filter(|path| !path.is_empty());
        // A file that was removed and not committed yet is still listed.
        let files: BTreeMap<String, Option<String>> = paths
            .filter(|path| root.join(path).is_file())
            .map(|path| {
                (path.to_owned(), fs::read(root.join(path)).ok().and_then(|b| String::from_utf8(b).ok()))
            })
            .collect();
        ensure!(files.contains_key("Cargo.toml"), "git lists no files in {}", root.display());
        Ok(Self(files))
    }

    /// Number of files.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is a file or a directory of this path.
    pub(super) fn has(&self, path: &str) -> bool {
        let path = path.trim_end_matches('/');
        let below = format!("{path}/");
        self.0.contains_key(path)
            || self.0.range(below.clone()..).next().is_some_and(|(file, _)| file.starts_with(&below))
    }

    /// All text files.
    pub(super) fn texts(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().filter_map(|(path, text)| Some((path.as_str(), text.as_deref()?)))
    }

    /// Text files whose name ends so.
    pub(super) fn ending<'t>(&'t self, end: &'t str) -> impl Iterator<Item = (&'t str, &'t str)> {
        self.texts().filter(move |(path, _)| path.ends_with(end))
    }

    /// Names of the files and directories of the root.
    pub(super) fn roots(&self) -> impl Iterator<Item = &str> {
        self.0.keys().filter_map(|path| path.split('/').next())
    }

    /// Sources of more than so many lines.
    pub(super) fn long_files(&self, lines: usize) -> Vec<(&str, usize)> {
        let counted = self.ending(".rs").map(|(path, text)| (path, text.lines().count()));
        counted.filter(|(_, count)| *count > lines).collect()
    }
}

#[cfg(test)]
impl<const N: usize> From<[(&str, &str); N]> for Tree {
    fn from(files: [(&str, &str); N]) -> Self {
        Self(files.into_iter().map(|(path, text)| (path.to_owned(), Some(text.to_owned()))).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directories_exist_where_a_file_lies_in_them() {
        let tree = Tree::from([("docs/adr/1.md", ""), ("docs-old", "")]);
        for there in ["docs", "docs/", "docs/adr", "docs/adr/1.md", "docs-old"] {
            assert!(tree.has(there), "{there}");
        }
        for absent in ["doc", "docs/ad", "docs/adr/2.md", "docs-old/x"] {
            assert!(!tree.has(absent), "{absent}");
        }
    }

    #[test]
    fn long_files_are_sources() {
        let long = "\n".repeat(11);
        let tree = Tree::from([("a.rs", &*long), ("b.rs", "\n"), ("c.md", &*long)]);
        assert_eq!(tree.long_files(10), [("a.rs", 11)]);
    }
}
