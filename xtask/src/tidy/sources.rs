//! Rules of Rust sources and of SQL.

use super::Complaint;
use super::tree::Tree;

/// Every source says what it is.
pub(super) fn undocumented_modules(tree: &Tree) -> Vec<Complaint> {
    let undocumented = tree.ending(".rs").filter(|(_, text)| !text.starts_with("//!"));
    undocumented.map(|(path, _)| Complaint::new(path, 1, "the file does not open with `//!`")).collect()
}

/// What is not done is not committed. The words are put together here, so that this file holds none of them.
pub(super) fn unfinished_work(tree: &Tree) -> Vec<Complaint> {
    let words = [
        concat!("todo", "!("),
        concat!("unimplemented", "!("),
        concat!("FIX", "ME"),
        concat!("#[ign", "ore"),
    ];
    let standing_alone = concat!("TO", "DO");
    let mut complaints = Vec::new();
    for (path, line, text) in lines(tree, ".rs") {
        let found = words.iter().copied().find(|word| text.contains(word));
        let found = found.or_else(|| has_word(text, standing_alone).then_some(standing_alone));
        if let Some(word) = found {
            complaints.push(Complaint::new(
                path,
                line,
                format!("`{word}`: unfinished work is not committed"),
            ));
        }
    }
    complaints
}

/// Evidence is never changed or deleted: no statement of the product does it.
pub(super) fn evidence_is_only_added(tree: &Tree) -> Vec<Complaint> {
    let statements = [concat!("update ", "evidence"), concat!("delete ", "from evidence")];
    let mut complaints = Vec::new();
    for (path, text) in tree.ending(".rs").chain(tree.ending(".sql")) {
        // A test may try what the store must refuse.
        let product = text.split("#[cfg(test)]").next().unwrap_or_default();
        if path.contains("/tests/") {
            continue;
        }
        let sql = squeezed(product);
        for statement in statements {
            if has_word(&sql, statement) {
                complaints.push(Complaint::new(
                    path,
                    1,
                    format!("`{statement}`: evidence is only ever added"),
                ));
            }
        }
    }
    complaints
}

/// The command line and the web both call the use cases, never each other.
pub(super) fn rooms_that_know_each_other(tree: &Tree) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    for (own, other) in [("cli", "web"), ("web", "cli")] {
        let in_room = |path: &str| {
            let rest = path.strip_prefix("crates/rusuban/src/");
            rest.is_some_and(|rest| rest.starts_with(&format!("{own}/")) || rest == format!("{own}.rs"))
        };
        for (path, text) in tree.ending(".rs").filter(|(path, _)| in_room(path)) {
            if imports(text, other) {
                complaints.push(Complaint::new(path, 1, format!("`{own}` must not know `{other}`")));
            }
        }
    }
    complaints
}

/// Whether a source names a top-level module of its crate: `crate::room`, `super::…::room`, or in `crate::{…, room, …}`.
fn imports(text: &str, room: &str) -> bool {
    let code = squeezed(text).replace(" ::", "::").replace(":: ", "::");
    let path = format!("crate::{room}");
    if has_word(&code, &path) || has_word(&code, &format!("super::{room}")) {
        return true;
    }
    code.split("crate::{").skip(1).any(|group| first_level(group).iter().any(|item| item == room))
}

/// First names of the items of a `{…}` group, which begins behind its bracket.
fn first_level(group: &str) -> Vec<String> {
    let mut items = vec![String::new()];
    let mut depth = 0_i32;
    for c in group.chars() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => items.push(String::new()),
            c if depth == 0 => {
                if let Some(item) = items.last_mut() {
                    item.push(c);
                }
            }
            _ => {}
        }
        if depth < 0 {
            break;
        }
    }
    items.iter().filter_map(|item| item.trim().split([':', ' ']).next()).map(str::to_owned).collect()
}

/// A text in lower case without comments, every space, line end and continuation a single space.
fn squeezed(text: &str) -> String {
    let code = text.lines().map(str::trim).filter(|line| !line.starts_with("//") && !line.starts_with("--"));
    let code = code.map(|line| line.trim_end_matches('\\')).collect::<Vec<_>>().join(" ");
    code.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

/// Whether `word` stands in a text with no letter, digit or underscore around it.
fn has_word(text: &str, word: &str) -> bool {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.match_indices(word).any(|(at, _)| {
        let before = text.get(..at).and_then(|before| before.chars().next_back());
        let after = text.get(at + word.len()..).and_then(|after| after.chars().next());
        !before.is_some_and(is_part) && !after.is_some_and(is_part)
    })
}

fn lines<'t>(tree: &'t Tree, end: &'t str) -> impl Iterator<Item = (&'t str, usize, &'t str)> {
    tree.ending(end)
        .flat_map(|(path, text)| text.lines().zip(1..).map(move |(text, line)| (path, line, text)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_without_module_docs_is_named() {
        let tree =
            Tree::from([("a.rs", "//! What it is.\n"), ("b.rs", "use x;\n//! Late.\n"), ("c.md", "x")]);
        assert_eq!(
            undocumented_modules(&tree),
            [Complaint::new("b.rs", 1, "the file does not open with `//!`")]
        );
    }

    #[test]
    fn unfinished_work_is_named_with_its_line() {
        let bad = [
            concat!("    todo", "!()"),
            concat!("// FIX", "ME later"),
            concat!("// TO", "DO: x"),
            concat!("#[ign", "ore = \"slow\"]"),
        ];
        for line in bad {
            let text = format!("//! x\n{line}\n");
            let found = unfinished_work(&Tree::from([("a.rs", &*text)]));
            assert_eq!(found.iter().map(|c| c.line).collect::<Vec<_>>(), [2], "{line}");
        }
        let fine =
            Tree::from([("a.rs", "//! x\nlet todo = TODOS; // ignored\n"), ("a.md", concat!("TO", "DO"))]);
        assert!(unfinished_work(&fine).is_empty());
    }

    #[test]
    fn statements_that_change_evidence_are_named() {
        for bad in [
            "query(\"UPDATE\n   evidence set x = 1\")",
            "query(\"delete from \\\n  evidence where seq = $1\")",
            "\"update evidence\"",
        ] {
            let found = evidence_is_only_added(&Tree::from([("store.rs", bad)]));
            assert_eq!(found.len(), 1, "{bad}");
        }
        for fine in [
            "\"insert into evidence\"",
            "// never update evidence",
            "\"update evidence_copy set x = 1\"",
            "fn update_evidence() {}",
            "//! x\n#[cfg(test)]\nmod tests { query(\"delete from evidence\") }",
        ] {
            assert!(evidence_is_only_added(&Tree::from([("store.rs", fine)])).is_empty(), "{fine}");
        }
        let trying = Tree::from([("crates/rusuban/tests/chain.rs", "\"update evidence set x = 1\"")]);
        assert!(evidence_is_only_added(&trying).is_empty());
    }

    #[test]
    fn rooms_do_not_know_each_other() {
        let named = |path: &str, text: &str| rooms_that_know_each_other(&Tree::from([(path, text)])).len();
        let cli = "crates/rusuban/src/cli/check.rs";
        for bad in [
            "use crate::web::router;",
            "use crate::{app, web};",
            "use crate::{\n    app::{check, report},\n    web::{page},\n};",
            "fn f() { crate :: web::serve() }",
            "use super::super::web;",
        ] {
            assert_eq!(named(cli, bad), 1, "{bad}");
        }
        for fine in [
            "use crate::app::web_report;",
            "use crate::{app::{web, cli}, report};",
            "// crate::web is another room",
        ] {
            assert_eq!(named(cli, fine), 0, "{fine}");
        }
        assert_eq!(named("crates/rusuban/src/web/mod.rs", "use crate::cli::Args;"), 1);
        assert_eq!(named("crates/rusuban/src/app/mod.rs", "use crate::cli::Args; use crate::web;"), 0);
    }
}
