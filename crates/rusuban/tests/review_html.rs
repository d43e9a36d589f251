//! The HTML review of logs, read as a browser would parse it, and in a real one.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "tests end where something is missing"
)]

#[path = "support/review.rs"]
mod review;

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use rusuban::report::review::data::ReviewReport;
use rusuban::report::review::html::render;
use rusuban_core::model::text::Lang;
use rusuban_core::model::verdict::Verdict;
use scraper::{ElementRef, Html, Selector};

fn page(report: &ReviewReport, lang: Lang) -> Html {
    Html::parse_document(&render(report, lang).unwrap())
}

fn all<'a>(page: &'a Html, selector: &str) -> Vec<ElementRef<'a>> {
    let selector = Selector::parse(selector).unwrap();
    page.select(&selector).collect()
}

fn words(element: ElementRef<'_>) -> String {
    element.text().collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ")
}

fn every_page() -> Vec<Html> {
    let mut many = review::review();
    many.cases = std::iter::repeat_n(many.cases[0].clone(), 203).collect();
    many.noise = std::iter::repeat_n(many.noise[0].clone(), 1000).collect();
    let mut whole = review::quiet();
    (whole.verdict, whole.closure.whole_logs, whole.closure.id) = (Verdict::Unknown, true, None);
    whole.closure.from = review::at("1999-01-01T00:00:00Z");
    let reports = [review::review(), review::quiet(), many, whole];
    let both = |report: &ReviewReport| [page(report, Lang::Ja), page(report, Lang::En)];
    reports.iter().flat_map(both).collect()
}

#[test]
fn nothing_is_asked_of_the_network_and_nothing_is_run() {
    for page in every_page() {
        assert!(all(&page, "script, link, img, iframe, object, embed, form, base, audio, video").is_empty());
        for element in all(&page, "*") {
            for (name, value) in element.value().attrs() {
                assert!(!name.starts_with("on"), "{name}");
                assert!(!matches!(name, "src" | "srcset" | "action" | "style"), "{name}={value}");
                assert!(name != "href" || value.starts_with('#'), "{value}");
            }
        }
        assert!(!page.html().contains("url(http"));
    }
}

#[test]
fn lines_of_logs_are_shown_as_they_are_and_do_nothing() {
    for lang in [Lang::Ja, Lang::En] {
        let html = render(&review::review(), lang).unwrap();
        assert!(!html.contains("<script"), "markup is escaped");
        assert!(!html.contains(['\u{202E}', '\u{001B}']), "nothing hides");
        let page = Html::parse_document(&html);
        let line = all(&page, "pre").into_iter().map(words).find(|line| line.contains("alert(1)")).unwrap();
        assert!(line.contains("<script>alert(1)</script> [U+202E]exe.fdp[U+001B][31m </code>"), "{line}");
        assert!(all(&page, "b").is_empty());
    }
}

#[test]
fn a_long_line_is_cut() {
    let mut report = review::review();
    report.cases[0].evidence = vec![review::line(&"あ".repeat(100_000), 0)];
    assert!(render(&report, Lang::Ja).unwrap().len() < 200_000);
}

#[test]
fn headings_go_down_one_step_at_a_time_and_there_is_one_title() {
    for page in every_page() {
        let mut last = 0;
        for heading in all(&page, "h1, h2, h3, h4, h5, h6") {
            let level: u32 = heading.value().name()[1..].parse().unwrap();
            assert!(level <= last + 1, "{}", words(heading));
            last = level;
        }
        for landmark in ["h1", "main", "header", "nav", "footer", "title"] {
            let name = if landmark == "title" { "head > title" } else { landmark };
            assert_eq!(all(&page, name).len(), 1, "{landmark}");
        }
    }
}

#[test]
fn every_table_has_a_caption_and_heads_with_a_scope() {
    for page in every_page() {
        for table in all(&page, "table") {
            assert!(table.select(&Selector::parse("caption").unwrap()).next().is_some());
        }
        for head in all(&page, "th") {
            assert!(head.value().attr("scope").is_some(), "{}", words(head));
        }
    }
}

#[test]
fn names_that_are_pointed_to_exist_once() {
    for page in every_page() {
        let mut ids = HashSet::new();
        for element in all(&page, "[id]") {
            assert!(
                ids.insert(element.value().attr("id").unwrap().to_owned()),
                "twice: {:?}",
                element.value()
            );
        }
        let links =
            all(&page, "a[href]").into_iter().map(|a| a.value().attr("href").unwrap()[1..].to_owned());
        let labels = all(&page, "[aria-labelledby]");
        let labels = labels.into_iter().flat_map(|l| l.value().attr("aria-labelledby").unwrap().split(' '));
        for target in links.chain(labels.map(str::to_owned)) {
            assert!(ids.contains(&target), "{target}");
        }
    }
}

#[test]
fn english_pages_are_english() {
    let mut report = review::review();
    // What people wrote stays in their language.
    report.cases.iter_mut().for_each(|case| case.dispositions.clear());
    (report.suppressed, report.expired) = (Vec::new(), Vec::new());
    let page = page(&report, Lang::En);
    let japanese = |c: char| matches!(c, '\u{3040}'..='\u{30FF}' | '\u{4E00}'..='\u{9FFF}');
    for element in all(&page, "body *") {
        let own: String =
            element.children().filter_map(|c| c.value().as_text().map(|t| t.to_string())).collect();
        assert!(element.value().name() == "style" || !own.contains(japanese), "{own}");
    }
    assert_eq!(all(&page, "html")[0].value().attr("lang"), Some("en"));
}

#[test]
fn times_are_those_of_the_closures_zone() {
    let text = words(all(&page(&review::review(), Lang::Ja), "header")[0]);
    assert!(text.contains("令和8年12月29日(火) 00:00"), "{text}");
    assert!(text.contains("Asia/Tokyo"));
}

#[test]
fn a_case_says_all_that_is_known_of_it() {
    let page = page(&review::review(), Lang::En);
    let case = words(all(&page, "article")[1]);
    for part in [
        "VPN login from a new place",
        "High",
        "c-2a2a2a2a",
        "EXAMPLE\\sato",
        "203.0.113.7",
        "fw01",
        "T1133",
        "attack.mitre.org/techniques/T1133",
        "Intruders clear logs",
        "take the machine off the network",
        "2026-12-31 02:14:05",
        "vpn/fw01.log",
        "offset 1200",
        "record 12",
        "Being looked into",
        "Information security incident",
        "本人は接続していない <b>",
        "鈴木",
    ] {
        assert!(case.contains(part), "{part} is missing in: {case}");
    }
}

#[test]
fn silent_hours_are_marked_and_said() {
    let page = page(&review::review(), Lang::En);
    let heats = all(&page, "table.heat");
    assert_eq!(heats.len(), 2);
    assert_eq!(heats[0].select(&Selector::parse("td.silent").unwrap()).count(), 6);
    assert!(words(heats[0]).contains("Events in 138 of 144 hours; none in 6."));
    assert!(words(heats[0].select(&Selector::parse("td.silent").unwrap()).next().unwrap()).contains("none"));
    // Hour 30 of the closure is six in the morning of its second day in Tokyo.
    let second = heats[0].select(&Selector::parse("tbody tr").unwrap()).nth(1).unwrap();
    let cells: Vec<_> = second.select(&Selector::parse("td").unwrap()).collect();
    assert_eq!(cells[6].value().attr("class"), Some("silent"));
    assert_ne!(cells[5].value().attr("class"), Some("silent"));
}

#[test]
fn what_is_missing_errors_and_suppressions_are_shown() {
    let text = words(all(&page(&review::review(), Lang::En), "body")[0]);
    for part in [
        "is missing in 6 hours",
        "look for the logs of the missing hours",
        "rules/own.yml",
        "unknown field",
        "broken<b>[U+202E].zip",
        "it is broken",
        "no such format",
        "zone assumed 10,000",
        "夜間バックアップ",
        "2027-03-31",
        "昨年の作業",
        "many failures",
        "2026-12-30 06:00:00 – 2026-12-30 12:00:00",
        "123,456,789 bytes",
    ] {
        assert!(text.contains(part), "{part}");
    }
}

#[test]
fn long_lists_are_cut_and_say_so() {
    let mut report = review::review();
    report.cases = std::iter::repeat_n(report.cases[0].clone(), 203).collect();
    let finding = report.noise[0].clone();
    report.noise = std::iter::repeat_n(finding.clone(), 1000).collect();
    for case in &mut report.cases {
        case.timeline = std::iter::repeat_n(finding.clone(), 500).collect();
    }
    let html = render(&report, Lang::En).unwrap();
    let page = Html::parse_document(&html);
    let text = words(all(&page, "main")[0]);
    for part in
        ["3 more (all of them stand in the JSON report)", "800 more", "163 more", "300 more", "480 more"]
    {
        assert!(text.contains(part), "{part}");
    }
    assert_eq!(all(&page, "article").len(), 200);
    assert!(html.len() < 8_000_000, "{}", html.len());
}

#[test]
fn years_of_logs_make_a_page_too() {
    let mut report = review::review();
    report.closure.from = review::at("1999-01-01T00:00:00Z");
    let html = render(&report, Lang::Ja).unwrap();
    assert!(html.len() < 500_000, "{}", html.len());
    assert!(html.contains("日（JSON形式の報告にすべてあります）"));
}

/// Looks at a page in a browser; every fault that it sees stands in the panic's message.
fn look_at(files: &[PathBuf]) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/browser");
    let chromium = std::env::var("RUSUBAN_CHROMIUM").unwrap_or_else(|_| "/usr/bin/chromium".to_owned());
    for (what, path) in [("axe-core", folder.join("node_modules/axe-core")), ("Chromium", chromium.into())] {
        assert!(
            path.exists(),
            "{what} is missing at {}: run `cargo xtask test`, which installs it",
            path.display()
        );
    }
    let output = Command::new("node").arg("axe.mjs").args(files).current_dir(folder).output();
    let output = output.expect("node is missing: run `cargo xtask test`, which installs it");
    assert!(
        output.status.success(),
        "{}\n{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}

/// Renders a review into a file for the browser.
fn written(name: &str, report: &ReviewReport, lang: Lang) -> PathBuf {
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&file, render(report, lang).unwrap()).unwrap();
    file
}

#[test]
fn the_review_reads_in_a_browser() {
    look_at(&[
        written("browser-review-ja.html", &review::review(), Lang::Ja),
        written("browser-review-en.html", &review::review(), Lang::En),
    ]);
}

#[test]
fn a_quiet_review_reads_in_a_browser() {
    look_at(&[written("browser-review-quiet-ja.html", &review::quiet(), Lang::Ja)]);
}
