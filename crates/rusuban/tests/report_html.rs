//! The HTML report, read as a browser would parse it.
#![allow(
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "tests end where something is missing"
)]

mod support;

use std::collections::HashSet;

use rusuban::report::data::Report;
use rusuban::report::html::render;
use rusuban_core::model::closure::Phase;
use rusuban_core::model::text::Lang;
use rusuban_core::model::verdict::Verdict;
use scraper::{ElementRef, Html, Selector};
use support::report;

fn page(report: &Report, lang: Lang) -> Html {
    Html::parse_document(&render(report, lang).unwrap())
}

fn all<'a>(page: &'a Html, selector: &str) -> Vec<ElementRef<'a>> {
    let selector = Selector::parse(selector).unwrap();
    page.select(&selector).collect()
}

fn within<'a>(element: ElementRef<'a>, selector: &str) -> Vec<ElementRef<'a>> {
    let selector = Selector::parse(selector).unwrap();
    element.select(&selector).collect()
}

fn words(element: ElementRef<'_>) -> String {
    element.text().collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ")
}

fn every_report() -> Vec<(&'static str, Report)> {
    vec![
        ("office", report::office()),
        ("lone machine", report::lone_machine()),
        ("in order", report::in_order()),
        ("hostile", report::hostile()),
        ("many findings", report::with_findings(300)),
    ]
}

/// Runs a test on every report in both languages.
fn on_every_page(test: impl Fn(&str, &Html)) {
    for (name, report) in every_report() {
        for (code, lang) in [("ja", Lang::Ja), ("en", Lang::En)] {
            test(&format!("{name} ({code})"), &page(&report, lang));
        }
    }
}

#[test]
fn the_markup_is_well_formed() {
    assert!(render(&report::office(), Lang::Ja).unwrap().trim_start().starts_with("<!DOCTYPE html>"));
    on_every_page(|name, page| {
        assert!(page.errors.is_empty(), "{name}: {:?}", page.errors);
    });
}

#[test]
fn nothing_is_asked_of_the_network_and_nothing_runs() {
    let asking = "script, link, img, iframe, object, embed, audio, video, source, form, base, image, use, a[target], \
                  [src], [srcset], [style], [onload], [onclick], [onerror], [ping], [action]";
    on_every_page(|name, page| {
        assert_eq!(all(page, asking).len(), 0, "{name}");
        for element in all(page, "*") {
            let handler = element.value().attrs().find(|(key, _)| key.starts_with("on"));
            assert_eq!(handler, None, "{name}");
        }
        for link in all(page, "[href]") {
            let target = link.value().attr("href").unwrap();
            assert!(target.starts_with('#'), "{name}: {target}");
        }
        let styles: String = all(page, "style").into_iter().map(|s| s.text().collect::<String>()).collect();
        for word in ["url(", "@import", "http", "expression"] {
            assert!(!styles.contains(word), "{name}: the style sheet has `{word}`");
        }
    });
}

#[test]
fn the_content_policy_stands_before_anything_it_governs() {
    on_every_page(|name, page| {
        let head: Vec<_> = all(page, "head > *").into_iter().map(|e| e.value().name()).collect();
        assert_eq!(&head[..2], ["meta", "meta"], "{name}");
        let policy =
            all(page, "meta[http-equiv=Content-Security-Policy]")[0].value().attr("content").unwrap();
        assert!(
            policy.starts_with("default-src 'none'; style-src 'unsafe-inline'; img-src data:"),
            "{policy}"
        );
    });
}

#[test]
fn every_link_has_its_target_and_every_id_is_unique() {
    on_every_page(|name, page| {
        let mut ids = HashSet::new();
        for element in all(page, "[id]") {
            let id = element.value().attr("id").unwrap();
            assert!(ids.insert(id), "{name}: {id} stands twice");
        }
        for link in all(page, "[href]") {
            let target = link.value().attr("href").unwrap().trim_start_matches('#');
            assert!(ids.contains(target), "{name}: {target} is nowhere");
        }
        for reference in all(page, "[aria-labelledby]") {
            for target in reference.value().attr("aria-labelledby").unwrap().split(' ') {
                assert!(ids.contains(target), "{name}: {target} is nowhere");
            }
        }
    });
}

#[test]
fn headings_descend_one_by_one() {
    on_every_page(|name, page| {
        let levels: Vec<u32> = all(page, "h1, h2, h3, h4, h5, h6")
            .into_iter()
            .map(|h| h.value().name()[1..].parse().unwrap())
            .collect();
        assert_eq!(levels.iter().filter(|l| **l == 1).count(), 1, "{name}");
        assert_eq!(levels[0], 1, "{name}");
        assert!(levels.windows(2).all(|pair| pair[1] <= pair[0] + 1), "{name}: {levels:?}");
    });
}

#[test]
fn tables_say_what_they_are() {
    on_every_page(|name, page| {
        for table in all(page, "table") {
            assert_eq!(within(table, "caption").len(), 1, "{name}");
            assert_eq!(within(table, "thead").len(), 1, "{name}");
        }
        for heading in all(page, "th") {
            assert!(heading.value().attr("scope").is_some(), "{name}: {}", words(heading));
        }
    });
}

#[test]
fn all_measures_and_requirements_are_told_with_their_verdicts() {
    let report = report::office();
    let page = page(&report, Lang::Ja);
    let measures = all(&page, "article.measure");
    assert_eq!(measures.len(), 22);
    for (article, measure) in measures.iter().zip(&report.measures) {
        let heading = words(within(*article, "h4")[0]);
        assert_eq!(
            heading,
            format!(
                "{}. {} {}{}",
                measure.number,
                measure.title.ja,
                rusuban::report::words::symbol(measure.verdict),
                measure.verdict.label().ja
            )
        );
        assert!(words(*article).contains(&measure.text.ja.split_whitespace().collect::<Vec<_>>().join(" ")));
        for (section, requirement) in
            within(*article, "section.requirement").iter().zip(&measure.requirements)
        {
            let badge = words(within(*section, "h5 .badge")[0]);
            assert!(badge.ends_with(&requirement.verdict.label().ja), "{}: {badge}", requirement.id);
        }
    }
    assert_eq!(all(&page, "section.requirement").len(), 41);
    assert_eq!(all(&page, "table.overview tbody th[scope=row]").len(), 22);
}

#[test]
fn the_counts_add_up() {
    let report = report::office();
    let page = page(&report, Lang::Ja);
    let rows = all(&page, "table.counts tbody tr");
    let number = |row: ElementRef<'_>| words(within(row, "td.number")[0]).parse::<usize>().unwrap();
    let (total, verdicts) = rows.split_last().unwrap();
    assert_eq!(verdicts.len(), Verdict::ALL.len());
    assert_eq!(verdicts.iter().map(|row| number(*row)).sum::<usize>(), 41);
    assert_eq!(number(*total), 41);
    assert!(words(verdicts[0]).contains("不適合") && words(verdicts[1]).contains("未確認"));
}

#[test]
fn days_are_told_in_both_calendars() {
    let page = page(&report::office(), Lang::Ja);
    let header = words(all(&page, "header")[0]);
    assert!(header.contains("令和8年12月29日(火)〜令和9年1月3日(日)"), "{header}");
    assert!(header.contains("2026年12月29日〜2027年1月3日"), "{header}");
    assert!(header.contains("令和8年12月25日(金) 17:05"), "{header}");
}

#[test]
fn english_is_english_throughout() {
    let page = page(&report::named("name"), Lang::En);
    assert_eq!(all(&page, "html")[0].value().attr("lang"), Some("en"));
    let japanese = |c: char| matches!(c, '\u{3040}'..='\u{30FF}' | '\u{4E00}'..='\u{9FFF}');
    let mut texts: Vec<String> = all(&page, "body, title").into_iter().map(words).collect();
    texts.extend(all(&page, "[aria-label]").iter().map(|e| e.value().attr("aria-label").unwrap().to_owned()));
    for text in texts {
        let found: String = text.chars().filter(|c| japanese(*c)).collect();
        assert_eq!(found, "");
    }
}

#[test]
fn a_machine_on_its_own_is_said_to_be_all_that_was_seen() {
    let page = page(&report::lone_machine(), Lang::Ja);
    assert!(words(all(&page, ".scope-words")[0]).contains("この機器1台だけ"));
}

#[test]
fn a_machine_that_nobody_looked_at_is_named() {
    let page = page(&report::office(), Lang::Ja);
    assert!(words(all(&page, ".scope-words")[0]).contains("4台のうち、1台は見ていません"));
    let row = all(&page, "table tbody tr").into_iter().find(|r| words(*r).contains("共用端末14")).unwrap();
    assert!(words(row).contains("見ていない") && words(row).contains("未確認"), "{}", words(row));
}

#[test]
fn of_many_machines_those_that_nobody_looked_at_come_first() {
    let mut report = report::office();
    let unseen = report.machines.pop().unwrap();
    for n in 0..40 {
        let mut machine = report.machines[0].clone();
        machine.name = format!("機器{n}");
        report.machines.push(machine);
    }
    report.machines.push(unseen);
    let page = page(&report, Lang::Ja);
    let tables = all(&page, "section[aria-labelledby=scope] .scroll table");
    let rows: Vec<_> = tables.iter().flat_map(|t| within(*t, "tbody tr")).map(words).collect();
    assert_eq!((tables.len(), rows.len()), (2, 44));
    assert!(rows[0].contains("共用端末14") && rows[0].contains("見ていない"), "{}", rows[0]);
}

#[test]
fn long_lists_show_ten_and_fold_the_rest() {
    let page = page(&report::with_findings(300), Lang::Ja);
    let section = all(&page, "section.requirement")[0];
    let listed = within(section, ".findings li").len();
    let folded = within(section, "details li").len();
    assert_eq!((listed, listed - folded), (300, 10));
    assert!(words(within(section, "summary")[0]).contains("ほか 290 件"));
}

#[test]
fn what_is_overdue_says_so() {
    let page = page(&report::office(), Lang::Ja);
    let first = all(&page, "#on-before.monitoring.a, [aria-labelledby=\"on-before.monitoring.a\"]");
    assert!(words(first[0]).contains("期限超過"));
    let met = all(&page, "[aria-labelledby=\"on-before.procedure.a\"]");
    assert!(!words(met[0]).contains("期限超過"));
    assert!(words(all(&page, "ol.cards > li")[0]).contains("期限超過"));
}

#[test]
fn statements_and_accepted_risks_name_their_people() {
    let page = page(&report::office(), Lang::Ja);
    let procedure = words(all(&page, "[aria-labelledby=\"on-before.procedure.a\"]")[0]);
    assert!(procedure.contains("田中 実") && procedure.contains("読み合わせ"), "{procedure}");
    let firmware = words(all(&page, "[aria-labelledby=\"on-before.devices.a\"]")[0]);
    assert!(firmware.contains("山本 花子") && firmware.contains("令和9年1月16日(土) 00:00"), "{firmware}");
}

#[test]
fn commands_stand_out_and_links_lead_to_the_evidence() {
    let page = page(&report::office(), Lang::Ja);
    let first = all(&page, "ol.cards > li")[0];
    assert_eq!(words(within(first, ".todo code")[0]), "rusuban check");
    let link = all(&page, "[aria-labelledby=\"on-before.patches.a\"] ul.links a")[0];
    let row = all(&page, link.value().attr("href").unwrap())[0];
    assert_eq!(row.value().name(), "tr");
    assert!(words(row).contains("019b53c0-7a1e-7005-8f00"));
}

#[test]
fn the_chain_can_be_verified_from_the_page() {
    let report = report::office();
    let page = page(&report, Lang::Ja);
    let section = words(all(&page, "section[aria-labelledby=evidence]")[0]);
    for told in [report.chain.head.as_str(), report.chain.key.as_deref().unwrap(), "rusuban verify-chain"] {
        assert!(section.contains(told), "{told}");
    }
    assert_eq!(all(&page, "table.evidence tbody tr").len(), report.evidence.len());
}

#[test]
fn sections_appear_where_the_register_has_them() {
    let has = |report: &Report| words(all(&page(report, Lang::Ja), "main")[0]).contains("部署ごとの判定");
    assert!(has(&report::office()));
    assert!(!has(&report::lone_machine()));
}

#[test]
fn the_time_line_marks_the_phase_of_the_report() {
    let mut report = report::office();
    report.closure.phase = Phase::Reopen;
    let page = page(&report, Lang::Ja);
    assert_eq!(all(&page, ".timeline .here")[0].value().attr("cx"), Some("83.3%"));
    assert!(words(all(&page, "#timeline-desc")[0]).contains("休暇明け: 1月4日(月)〜 （報告の時点）"));
}

#[test]
fn names_from_outside_cannot_change_the_page() {
    let shape = |report: &Report| -> Vec<String> {
        all(&page(report, Lang::Ja), "*").iter().map(|e| e.value().name().to_owned()).collect()
    };
    assert_eq!(shape(&report::named(report::HOSTILE)), shape(&report::named("名前")));
    let source = render(&report::hostile(), Lang::Ja).unwrap();
    assert!(!source.contains('\u{202E}') && !source.contains('\u{0007}'));
    let page = Html::parse_document(&source);
    assert!(words(all(&page, "header")[0]).contains("<script>alert('x')</script>"));
    assert!(words(all(&page, "header")[0]).contains("[U+202E]exe.fdp[U+0007]"));
}

#[test]
fn nothing_at_all_is_not_passed_off_as_good() {
    let mut report = report::lone_machine();
    (report.machines, report.measures, report.evidence, report.next) = Default::default();
    report.counts.clear();
    report.phases.clear();
    report.verdict = Verdict::worst([]);
    let page = page(&report, Lang::Ja);
    let main = words(all(&page, "main")[0]);
    assert!(words(all(&page, ".overall .badge")[0]).contains("未確認"));
    assert!(
        main.contains("どの機器も見ていません") && main.contains("証跡は、まだ一件もありません"),
        "{main}"
    );
}
