//! The program's own rules: all of the folder are built in, whole, documented, and find what they are written for in lines
//! of the vendors' forms, but not the ordinary line beside it.

#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used
)]

use std::collections::BTreeSet;
use std::path::Path;

use bumpalo::Bump;
use rusuban_core::model::text::Text;
use rusuban_logs::event::{Event, TimeReader, Zone};
use rusuban_logs::finding::RuleInfo;
use rusuban_logs::rules::OWN;
use rusuban_logs::sigma::correlation::{Limits, Matches, evaluate};
use rusuban_logs::sigma::pipeline::Pipelines;
use rusuban_logs::sigma::{Rule, RuleSet};
use rusuban_logs::sources::{Context, Dispatcher, SOURCES};

mod own_rules_lines;
use own_rules_lines::{LINES, MANY};

fn built() -> RuleSet {
    let set = RuleSet::build(OWN, &Pipelines::default(), Zone::default());
    assert_eq!(set.problems, []);
    set
}

/// Rules and correlations that give findings: the file, and what is said of them.
fn speaking(set: &RuleSet) -> Vec<(String, std::sync::Arc<RuleInfo>)> {
    let file = |place: &rusuban_logs::sigma::Place| place.file.to_string();
    let rules = (0..)
        .zip(&set.rules)
        .filter(|(i, _)| !set.plan.is_silent(*i))
        .filter_map(|(i, r)| Some((file(&r.place), set.rule_info(i)?)));
    let correlations = set
        .correlations
        .iter()
        .enumerate()
        .filter(|(_, c)| !c.id.is_empty())
        .filter_map(|(i, c)| Some((file(&c.place), set.correlation_info(i)?)));
    rules.chain(correlations).collect()
}

/// The files whose rules find something in lines that come one after the other.
fn found(set: &RuleSet, lines: &[String]) -> BTreeSet<String> {
    let time = TimeReader::new(Zone::default(), 1_798_934_400);
    let mut scratch = set.engine.scratch();
    let mut collected = Matches::new(&set.plan, Limits::default());
    let mut dispatcher = Dispatcher::default();
    let mut files = BTreeSet::new();
    for (at, line) in lines.iter().enumerate() {
        let arena = Bump::new();
        let mut event = Event::new(SOURCES[0].meta());
        event.position.offset = at as u64;
        dispatcher
            .read(line, None, &Context::new(&arena, &time), &mut event)
            .unwrap_or_else(|e| panic!("{e:?}: {line}"));
        let matched = set.engine.matches(&event, &mut scratch);
        let loud = matched.iter().filter(|r| !set.plan.is_silent(**r));
        files.extend(loud.map(|r| set.rules[*r as usize].place.file.to_string()));
        collected.observe(&set.plan, &event, 0, matched);
    }
    let outcome = evaluate(&set.plan, &collected);
    for finding in &outcome.findings {
        let correlation = &set.correlations[finding.correlation];
        assert!(!correlation.id.is_empty(), "{} gives findings of its own", correlation.title);
        files.insert(correlation.place.file.to_string());
    }
    files
}

/// Every file of the folder.
fn files(folder: &Path, into: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, into);
        } else {
            let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("rules");
            into.push(path.strip_prefix(root).unwrap().display().to_string());
        }
    }
}

#[test]
fn every_file_of_the_folder_is_built_in() {
    let mut all = Vec::new();
    files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("rules"), &mut all);
    all.sort();
    assert_eq!(OWN.iter().map(|(name, _)| *name).collect::<Vec<_>>(), all);
}

#[test]
fn every_rule_says_what_it_must_in_both_languages() {
    let set = built();
    let said = speaking(&set);
    // One that gives findings in each file.
    let named: BTreeSet<&str> = said.iter().map(|(file, _)| file.as_str()).collect();
    assert_eq!(named.len(), OWN.len());
    assert_eq!(said.len(), OWN.len());
    let ids: BTreeSet<&str> = said.iter().map(|(_, info)| info.id.as_str()).collect();
    assert_eq!(ids.len(), said.len());
    let japanese = |t: &Text| t.ja.chars().any(|c| ('ぁ'..='ん').contains(&c) || ('ァ'..='ヶ').contains(&c));
    for (file, info) in &said {
        assert!(info.id.len() == 36 && info.id.as_bytes()[14] == b'4', "{file}: {}", info.id);
        assert!(!info.techniques.is_empty(), "{file}");
        assert!(japanese(&info.title) && !japanese(&Text::new(info.title.en.as_str(), "")), "{file}");
        assert!(japanese(&info.why) && !info.why.en.is_empty(), "{file}");
        // At least one step, and the harmless causes.
        assert!(info.next.len() >= 2 && info.next.iter().all(japanese), "{file}: {:?}", info.next);
        assert!(info.next.iter().all(|t| t.ja != t.en && !t.en.is_empty()), "{file}");
    }
    for rule in &set.rules {
        let Rule { level, status, .. } = rule;
        assert!(level.is_some() && !status.is_empty(), "{}", rule.title);
    }
}

#[test]
fn every_rule_finds_what_it_is_written_for() {
    let set = built();
    let mut wrong = Vec::new();
    let mut tried = BTreeSet::new();
    for (file, fires, silent) in LINES {
        tried.insert((*file).to_owned());
        for line in *fires {
            if !found(&set, &[(*line).to_owned()]).contains(*file) {
                wrong.push(format!("{file} is silent: {line}"));
            }
        }
        for line in *silent {
            if found(&set, &[(*line).to_owned()]).contains(*file) {
                wrong.push(format!("{file} fires: {line}"));
            }
        }
    }
    for (file, line, enough, last) in MANY {
        tried.insert((*file).to_owned());
        for (count, expected) in [(*enough, true), (*enough - 1, false)] {
            let mut lines: Vec<String> =
                (0..count).map(|i| line.replace("{i}", &(i % 200 + 1).to_string())).collect();
            lines.extend((!last.is_empty()).then(|| (*last).to_owned()));
            if found(&set, &lines).contains(*file) != expected {
                wrong.push(format!("{file}, {count} lines, expected {expected}: {line}"));
            }
        }
    }
    for (file, _) in OWN {
        if !tried.contains(*file) {
            wrong.push(format!("{file} has no lines"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_table_for_people_names_every_rule() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/own-rules.md");
    let text = std::fs::read_to_string(path).unwrap();
    for (file, info) in speaking(&built()) {
        let level = match info.level.as_str() {
            "low" => "低",
            "medium" => "中",
            _ => "高",
        };
        let row =
            text.lines().find(|l| l.contains(&info.id)).unwrap_or_else(|| panic!("{file} is not there"));
        assert!(row.contains(&file) && row.contains(&info.title.ja), "{row}");
        assert!(row.ends_with(&format!("| {level} |")), "{row}");
    }
}
