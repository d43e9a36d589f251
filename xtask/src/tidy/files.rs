//! Rules of any file: words that do not belong to the project, and guides beside their checks.

use super::Complaint;
use super::tree::Tree;

/// Lines around a mention of the corpus in which its usual place may be named.
const NEAR: usize = 4;

/// The project speaks of itself alone: no directories of whoever works on it. Put together here, so that this file holds
/// none of them.
pub(super) fn foreign_words(tree: &Tree) -> Vec<Complaint> {
    let workplace = concat!("/wo", "rk/");
    let neighbour = concat!("../sha", "red/");
    let mut complaints = Vec::new();
    for (path, text) in tree.texts() {
        let lines: Vec<&str> = text.lines().collect();
        for (index, line) in lines.iter().enumerate() {
            let around = lines.iter().skip(index.saturating_sub(NEAR)).take(2 * NEAR + 1);
            let is_corpus = around.into_iter().any(|line| line.contains("RUSUBAN_CORPUS"));
            if holds_path(line, workplace) {
                complaints.push(Complaint::new(
                    path,
                    index + 1,
                    format!("`{workplace}` is no part of the project"),
                ));
            }
            if line.contains(neighbour) && !is_corpus {
                let what = format!("`{neighbour}` may stand only as the default of RUSUBAN_CORPUS");
                complaints.push(Complaint::new(path, index + 1, what));
            }
        }
    }
    complaints
}

/// Whether a line names a path from the root on: nothing of another path stands before it.
fn holds_path(line: &str, path: &str) -> bool {
    line.match_indices(path).any(|(at, _)| {
        let before = line.get(..at).and_then(|before| before.chars().next_back());
        !before.is_some_and(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '}'))
    })
}

/// One requirement, one source, two guides; and no guide without its source.
pub(super) fn checks_without_guides(tree: &Tree) -> Vec<Complaint> {
    let is_check =
        |text: &str| text.contains("stated!(") || text.contains(concat!(": CheckMeta = ", "meta!("));
    let mut complaints = Vec::new();
    for (path, text) in tree.ending(".rs").filter(|(path, _)| in_checks(path)) {
        let Some(stem) = path.strip_suffix(".rs").filter(|_| is_check(text)) else { continue };
        for language in ["ja", "en"] {
            let guide = format!("{stem}.{language}.md");
            if !tree.has(&guide) {
                complaints.push(Complaint::new(path, 1, format!("its guide {guide} is missing")));
            }
        }
    }
    for (path, _) in tree.ending(".md").filter(|(path, _)| in_checks(path)) {
        let source =
            path.strip_suffix(".ja.md").or(path.strip_suffix(".en.md")).map(|stem| format!("{stem}.rs"));
        if !source.is_some_and(|source| tree.has(&source)) {
            complaints.push(Complaint::new(path, 1, "it is the guide of no check"));
        }
    }
    complaints
}

/// Whether a path lies in a folder of checks; what lies beside the folders is their common machinery.
fn in_checks(path: &str) -> bool {
    path.strip_prefix("crates/rusuban-core/src/checks/").is_some_and(|rest| rest.contains('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_outside_the_project_are_named() {
        let work = concat!("/wo", "rk/");
        let shared = concat!("../../sha", "red/corpus");
        let lines = |text: String| -> Vec<usize> {
            foreign_words(&Tree::from([("a.md", &*text)])).into_iter().map(|c| c.line).collect()
        };
        assert_eq!(lines(format!("x\nsee {work}notes\n`{work}`")), [2, 3]);
        assert_eq!(
            lines(format!("https://example.jp{work}x, target{work}x, ..{work}x")),
            Vec::<usize>::new()
        );
        assert_eq!(lines(format!("x {shared}")), [1]);
        assert_eq!(lines(format!("RUSUBAN_CORPUS\n.unwrap_or(\n\"{shared}\")")), Vec::<usize>::new());
        assert_eq!(lines(format!("RUSUBAN_CORPUS\n\n\n\n\n\n{shared}")), [7]);
    }

    #[test]
    fn a_check_has_both_guides_and_a_guide_its_check() {
        let dir = "crates/rusuban-core/src/checks";
        let paths: Vec<String> =
            ["before/a.rs", "before/a.ja.md", "before/b.en.md", "before/mod.rs", "mod.rs"]
                .iter()
                .map(|file| format!("{dir}/{file}"))
                .collect();
        let text = "crate::checks::stated!(A)";
        let tree = Tree::from([
            (paths[0].as_str(), text),
            (paths[1].as_str(), ""),
            (paths[2].as_str(), ""),
            (paths[3].as_str(), "pub mod a;"),
            (paths[4].as_str(), "macro_rules! stated { $crate::checks::stated!($x) }"),
        ]);
        let found = checks_without_guides(&tree);
        assert_eq!(
            found,
            [
                Complaint::new(&paths[0], 1, format!("its guide {dir}/before/a.en.md is missing")),
                Complaint::new(&paths[2], 1, "it is the guide of no check"),
            ]
        );
    }
}
