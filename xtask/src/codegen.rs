//! `cargo xtask codegen`: documents that follow from the catalogue, so that they never fall behind it.
//!
//! It must not know how a requirement is verified.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::Context;

/// The index of all guides.
const INDEX: &str = "docs/checks/README.md";

/// Writes every generated document.
pub(crate) fn write(root: &Path) -> anyhow::Result<bool> {
    let path = root.join(INDEX);
    let dir = path.parent().context("the index lies in a directory")?;
    fs::create_dir_all(dir)?;
    fs::write(&path, generate(root)?)?;
    println!("xtask: wrote {INDEX}");
    Ok(true)
}

/// Whether every generated document is as it would be written now.
pub(crate) fn check(root: &Path) -> anyhow::Result<bool> {
    let wanted = generate(root)?;
    let is_current = fs::read_to_string(root.join(INDEX)).is_ok_and(|text| text == wanted);
    if !is_current {
        println!("{INDEX} is stale: run `cargo xtask codegen` and commit what it writes");
    }
    Ok(is_current)
}

fn generate(root: &Path) -> anyhow::Result<String> {
    let path = root.join("catalogue/notice.toml");
    let text = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    index(&text)
}

/// The index of the guides, from the catalogue's text.
fn index(catalogue: &str) -> anyhow::Result<String> {
    let catalogue: toml::Table = catalogue.parse().context("the catalogue is not TOML")?;
    let mut page = String::from(
        "<!-- cargo xtask codegen がカタログから作ります。手で直さないでください。 Generated; do not edit. -->\n\n\
         # 対策と要件の手引き / Guides to the measures\n\n\
         対策は注意喚起の順、要件は対策ごとの順です。手引きには、なぜ必要か、どう確かめるか、どう直すかがあります。\n\n\
         Measures in the notice's order, each with its requirements. A guide says why, how it is verified, and how to fix it.\n",
    );
    for measure in tables(&catalogue, "measure")? {
        let number =
            measure.get("number").and_then(toml::Value::as_integer).context("a measure has no number")?;
        let (ja, en) = title(measure)?;
        write!(
            page,
            "\n## {number}. {ja} / {en}\n\n| 要件 ID | 要件 | Requirement | 手引き / Guide |\n|---|---|---|---|\n"
        )?;
        for requirement in tables(measure, "requirement")? {
            let id =
                requirement.get("id").and_then(toml::Value::as_str).context("a requirement has no id")?;
            let (ja, en) = title(requirement)?;
            let guide = guide(id)?;
            writeln!(page, "| `{id}` | {ja} | {en} | [日本語]({guide}.ja.md) / [English]({guide}.en.md) |")?;
        }
    }
    Ok(page)
}

fn tables<'t>(table: &'t toml::Table, key: &str) -> anyhow::Result<Vec<&'t toml::Table>> {
    let list =
        table.get(key).and_then(toml::Value::as_array).with_context(|| format!("there is no `{key}`"))?;
    Ok(list.iter().filter_map(toml::Value::as_table).collect())
}

fn title(table: &toml::Table) -> anyhow::Result<(&str, &str)> {
    let title = table.get("title").and_then(toml::Value::as_table).context("something has no title")?;
    let text = |lang: &str| title.get(lang).and_then(toml::Value::as_str);
    text("ja").zip(text("en")).context("a title has no ja or no en")
}

/// Where a requirement's guides lie, from the index: `before.patch-schedule.a` has `before/patch_schedule_a`.
fn guide(id: &str) -> anyhow::Result<String> {
    let (phase, rest) = id.split_once('.').with_context(|| format!("`{id}` has no phase"))?;
    let file = format!("{}/{}", phase.replace('-', "_"), rest.replace(['-', '.'], "_"));
    Ok(format!("../../crates/rusuban-core/src/checks/{file}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const CATALOGUE: &str = r#"
        [[measure]]
        number = 1
        title = { ja = "監視体制", en = "Monitoring" }
        [[measure.requirement]]
        id = "staff-before.power-off.a"
        title = { ja = "電源が切れている", en = "They are off" }
    "#;

    #[test]
    fn a_requirement_is_a_row_with_both_guides() {
        let page = index(CATALOGUE).unwrap();
        let guide = "../../crates/rusuban-core/src/checks/staff_before/power_off_a";
        assert!(page.contains("## 1. 監視体制 / Monitoring"), "{page}");
        let row = format!(
            "| `staff-before.power-off.a` | 電源が切れている | They are off | [日本語]({guide}.ja.md) / [English]({guide}.en.md) |\n"
        );
        assert!(page.ends_with(&row), "{page}");
    }

    #[test]
    fn a_catalogue_without_a_title_is_refused() {
        assert!(index(&CATALOGUE.replace("en = \"They are off\"", "")).is_err());
        assert!(index("[[measure]]").is_err());
        assert!(index("").is_err());
    }
}
