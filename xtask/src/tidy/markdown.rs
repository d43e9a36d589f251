//! Rules of documents: every path and every crate that they name exists.

use super::Complaint;
use super::tree::Tree;

/// Names that look like a crate of ours and are none: the data directory.
const NO_CRATES: &[&str] = &["rusuban-data"];

/// Paths in links and in code that lead nowhere.
pub(super) fn dead_paths(tree: &Tree) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    for (path, text) in tree.ending(".md") {
        for (line, text) in outside_of_blocks(text) {
            let links = links(text).into_iter().filter(|link| !leads(tree, path, link));
            complaints.extend(
                links.map(|link| Complaint::new(path, line, format!("the link `{link}` leads nowhere"))),
            );
            let names = code(text).into_iter().filter(|name| !exists(tree, name));
            complaints
                .extend(names.map(|name| Complaint::new(path, line, format!("`{name}` does not exist"))));
        }
    }
    complaints
}

/// Lines with their numbers, without fenced blocks: those hold commands and files of others.
fn outside_of_blocks(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut is_block = false;
    (1..).zip(text.lines()).filter(move |(_, line)| {
        let is_fence = line.trim_start().starts_with("```");
        is_block ^= is_fence;
        !is_block && !is_fence
    })
}

/// Targets of `[…](…)`.
fn links(line: &str) -> Vec<&str> {
    line.split("](").skip(1).filter_map(|rest| rest.split([')', ' ']).next()).collect()
}

/// What stands in backticks.
fn code(line: &str) -> Vec<&str> {
    line.split('`').skip(1).step_by(2).collect()
}

/// Whether a link leads to another place, or to a file from the document's own directory.
fn leads(tree: &Tree, document: &str, link: &str) -> bool {
    let target = link.split('#').next().unwrap_or_default();
    if target.is_empty() || target.contains("://") || target.starts_with("mailto:") {
        return true;
    }
    let mut parts: Vec<&str> = document.split('/').collect();
    parts.pop();
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                if parts.pop().is_none() {
                    return false;
                }
            }
            part => parts.push(part),
        }
    }
    parts.is_empty() || tree.has(&parts.join("/"))
}

/// Whether a name in backticks exists, as far as it looks like one of ours.
fn exists(tree: &Tree, name: &str) -> bool {
    let is_path =
        name.contains('/') && name.chars().all(|c| c.is_ascii_alphanumeric() || "/._-:".contains(c));
    if is_path {
        let (path, _) = name.split_once(':').unwrap_or((name, ""));
        let first = path.split('/').next().unwrap_or_default();
        let is_ours = !first.is_empty() && tree.roots().any(|root| root == first);
        return !is_ours || tree.has(path);
    }
    let is_crate = name.starts_with("rusuban-") && name.chars().all(|c| c.is_ascii_lowercase() || c == '-');
    !is_crate || NO_CRATES.contains(&name) || tree.has(&format!("crates/{name}/Cargo.toml"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complaints(document: &str, text: &str) -> Vec<String> {
        let tree = Tree::from([
            (document, text),
            ("docs/operations.md", ""),
            ("crates/rusuban-core/Cargo.toml", ""),
            ("crates/rusuban-core/src/lib.rs", ""),
        ]);
        dead_paths(&tree)
            .into_iter()
            .map(|complaint| format!("{}: {}", complaint.line, complaint.what))
            .collect()
    }

    #[test]
    fn dead_links_are_named() {
        let text = "[a](docs/operations.md) [b](docs/operation.md#top)\n[c](https://example.jp/x) [d](#here) [e](../x)";
        assert_eq!(
            complaints("README.md", text),
            ["1: the link `docs/operation.md#top` leads nowhere", "2: the link `../x` leads nowhere"]
        );
        assert!(
            complaints("docs/adr/1.md", "[a](../operations.md) [b](../../crates/rusuban-core/)").is_empty()
        );
    }

    #[test]
    fn dead_names_are_named() {
        let text = "`crates/rusuban-core/src/lib.rs:12` `crates/rusuban-core` `rusuban-core` `/etc/passwd` `a/b`\n\
                    `crates/rusuban-web` `rusuban-web` `docs/x.md` `rusuban-data` `cargo xtask test`\n\
                    ```\n`docs/y.md`\n```\n`docs/z.md`";
        assert_eq!(
            complaints("README.md", text),
            [
                "2: `crates/rusuban-web` does not exist",
                "2: `rusuban-web` does not exist",
                "2: `docs/x.md` does not exist",
                "6: `docs/z.md` does not exist"
            ]
        );
    }
}
