//! The HTML report in a real browser: accessibility rules, network silence, narrow screens, keyboard and paper.
//!
//! The rules are those of axe-core, run by `tests/browser/axe.mjs` in Debian's Chromium.
#![allow(clippy::expect_used, clippy::unwrap_used, reason = "tests end where something is missing")]

mod support;

use std::path::{Path, PathBuf};
use std::process::Command;

use rusuban::report::data::Report;
use rusuban::report::html::render;
use rusuban_core::model::text::Lang;
use support::report;

fn browser_tests() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/browser")
}

/// Renders a report into a file for the browser.
fn written(name: &str, report: &Report, lang: Lang) -> PathBuf {
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&file, render(report, lang).unwrap()).unwrap();
    file
}

/// Looks at files; every fault that the browser sees stands in the panic's message.
fn look_at(files: &[PathBuf]) {
    let folder = browser_tests();
    let chromium = std::env::var("RUSUBAN_CHROMIUM").unwrap_or_else(|_| "/usr/bin/chromium".to_owned());
    for (what, path) in [("axe-core", folder.join("node_modules/axe-core")), ("Chromium", chromium.into())] {
        assert!(
            path.exists(),
            "{what} is missing at {}: run `cargo xtask test`, which installs it",
            path.display()
        );
    }
    let output = Command::new("node")
        .arg("axe.mjs")
        .args(files)
        .current_dir(folder)
        .output()
        .expect("node is missing: run `cargo xtask test`, which installs it");
    assert!(
        output.status.success(),
        "{}\n{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn the_office_reads_in_japanese() {
    look_at(&[written("browser-office-ja.html", &report::office(), Lang::Ja)]);
}

#[test]
fn the_office_reads_in_english() {
    look_at(&[written("browser-office-en.html", &report::office(), Lang::En)]);
}

#[test]
fn a_first_run_and_a_house_in_order_read_as_well() {
    look_at(&[
        written("browser-lone-ja.html", &report::lone_machine(), Lang::Ja),
        written("browser-order-en.html", &report::in_order(), Lang::En),
    ]);
}

#[test]
fn names_that_attack_break_nothing() {
    look_at(&[written("browser-hostile-ja.html", &report::hostile(), Lang::Ja)]);
}
