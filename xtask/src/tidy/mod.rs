//! `cargo xtask tidy`: rules of the house that neither the compiler nor clippy sees.
//!
//! Each rule is a pure function from the tree to complaints. It must not know what the files do.

mod files;
mod manifests;
mod markdown;
mod sources;
mod tree;

use std::fmt;
use std::path::Path;

use tree::Tree;

/// Lines after which a file is worth a second look.
const LONG: usize = 600;

/// Something that breaks a rule.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Complaint {
    path: String,
    line: usize,
    what: String,
}

impl Complaint {
    fn new(path: &str, line: usize, what: impl Into<String>) -> Self {
        Self { path: path.to_owned(), line, what: what.into() }
    }
}

impl fmt::Display for Complaint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.path, self.line, self.what)
    }
}

/// Every rule.
const RULES: &[fn(&Tree) -> Vec<Complaint>] = &[
    sources::undocumented_modules,
    sources::unfinished_work,
    sources::evidence_is_only_added,
    sources::rooms_that_know_each_other,
    files::foreign_words,
    files::checks_without_guides,
    markdown::dead_paths,
    manifests::wrong_directions,
];

/// Applies every rule to the files of the repository; false where one is broken.
pub(crate) fn run(root: &Path) -> anyhow::Result<bool> {
    let tree = Tree::of(root)?;
    for (path, lines) in tree.long_files(LONG) {
        println!("note: {path} has {lines} lines");
    }
    let mut complaints: Vec<Complaint> = RULES.iter().flat_map(|rule| rule(&tree)).collect();
    complaints.sort();
    for complaint in &complaints {
        println!("{complaint}");
    }
    println!("xtask: tidy looked at {} files, {} complaints", tree.len(), complaints.len());
    Ok(complaints.is_empty())
}
