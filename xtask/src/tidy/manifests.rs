//! Rules of manifests: which of our crates may know which.

use super::Complaint;
use super::tree::Tree;

/// Every crate of the workspace with those of ours that it may depend on.
const DIRECTIONS: &[(&str, &[&str])] = &[
    ("rusuban-fuzz", &["rusuban-core", "rusuban-logs"]),
    ("rusuban", &["rusuban-core", "rusuban-logs", "rusuban-probes"]),
    ("rusuban-core", &[]),
    ("rusuban-logs", &["rusuban-core"]),
    ("rusuban-probes", &["rusuban-core"]),
    ("xtask", &[]),
];

/// Dependencies against the direction, and crates that have none.
pub(super) fn wrong_directions(tree: &Tree) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    for (path, text) in tree.ending("/Cargo.toml") {
        let manifest: toml::Table = match text.parse() {
            Ok(manifest) => manifest,
            Err(error) => {
                complaints.push(Complaint::new(path, 1, format!("it is not TOML: {error}")));
                continue;
            }
        };
        let name =
            manifest.get("package").and_then(|package| package.get("name")).and_then(toml::Value::as_str);
        let Some((name, allowed)) = DIRECTIONS.iter().find(|(known, _)| Some(*known) == name) else {
            let what = format!("crate `{}` has no place among the directions", name.unwrap_or_default());
            complaints.push(Complaint::new(path, 1, what));
            continue;
        };
        for dependency in dependencies(&manifest) {
            let is_ours = DIRECTIONS.iter().any(|(ours, _)| *ours == dependency);
            if is_ours && !allowed.contains(&dependency.as_str()) {
                complaints.push(Complaint::new(path, 1, format!("`{name}` must not know `{dependency}`")));
            }
        }
    }
    complaints
}

/// Names of all packages that a manifest depends on, of every kind and for every target.
fn dependencies(manifest: &toml::Table) -> Vec<String> {
    let targets =
        manifest.get("target").and_then(toml::Value::as_table).into_iter().flat_map(toml::Table::values);
    let tables = targets.filter_map(toml::Value::as_table).chain([manifest]);
    let kinds = ["dependencies", "dev-dependencies", "build-dependencies"];
    let lists = tables.flat_map(|table| kinds.into_iter().filter_map(|kind| table.get(kind)?.as_table()));
    let name = |(key, value): (&String, &toml::Value)| {
        // `core = { package = "rusuban-core" }` is known under another name.
        value.get("package").and_then(toml::Value::as_str).map_or_else(|| key.clone(), str::to_owned)
    };
    lists.flatten().map(name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complaints(manifest: &str) -> Vec<String> {
        let tree = Tree::from([("crates/x/Cargo.toml", manifest)]);
        wrong_directions(&tree).into_iter().map(|complaint| complaint.what).collect()
    }

    #[test]
    fn dependencies_against_the_direction_are_named() {
        let probes = "[package]\nname = \"rusuban-probes\"\n";
        let fine = format!("{probes}[dependencies]\nrusuban-core.workspace = true\nserde = \"1\"");
        assert!(complaints(&fine).is_empty());
        for bad in [
            "[dependencies]\nrusuban.workspace = true",
            "[dev-dependencies]\nrusuban = { path = \"../rusuban\" }",
            "[target.'cfg(unix)'.build-dependencies]\nother = { package = \"rusuban\", path = \"x\" }",
        ] {
            assert_eq!(
                complaints(&format!("{probes}{bad}")),
                ["`rusuban-probes` must not know `rusuban`"],
                "{bad}"
            );
        }
    }

    #[test]
    fn a_crate_without_a_place_is_named() {
        assert_eq!(
            complaints("[package]\nname = \"rusuban-web\""),
            ["crate `rusuban-web` has no place among the directions"]
        );
        assert_eq!(complaints("[package").len(), 1);
    }
}
