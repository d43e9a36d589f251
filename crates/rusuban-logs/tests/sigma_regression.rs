//! SigmaHQ's regression cases: the rule that a case was made for finds in its log exactly what the case states, read as a
//! review reads it: in the event log, in the JSON beside it, and in the one case that is a line of text.

#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    clippy::unwrap_used
)]

use std::path::Path;

use bumpalo::Bump;
use rusuban_logs::event::Zone;
use rusuban_logs::frame::Blocks;
use rusuban_logs::reader::{FileInfo, Item, Reader};
use rusuban_logs::sigma::{Engine, Options, Rule, load_all, yaml};

mod support;

use support::{corpus, files};

/// Cases in which the rule describes more than the one match that they state (or no number), with the records that it
/// describes. All were read by hand.
///
/// - AutoShareServer and AutoShareWks are each set to `DWORD (0x00000000)`, and the rule lists both names.
/// - procdump64.exe, procdump64a.exe and procdump.exe are each written, and the rule lists all three. (The streams
///   `…:Zone.Identifier` that follow them end otherwise.)
/// - dtrace.exe is started twice with `lkd(0)`, and that is what the rule looks for.
const DESCRIBED: [(&str, &[u64]); 3] = [
    ("c7dcacd0-cc59-4004-b0a4-1d6cdebe6f3e", &[28_656_599, 28_656_618]),
    ("8fbf3271-1ef6-4e94-8210-03c2317947f6", &[26_359, 26_366, 26_373]),
    ("7124aebe-4cd7-4ccb-8df0-6d6b93c96795", &[33_630_917, 33_630_948]),
];

/// One case.
struct Case {
    rule: String,
    /// How many matches it states, where it does.
    count: Option<usize>,
    log: std::path::PathBuf,
}

/// Every case. The one of a line of text stands in comments, since SigmaHQ's own program does not read it.
fn cases(sigma: &Path) -> Vec<Case> {
    let read = |path: &std::path::PathBuf| {
        let text = std::fs::read_to_string(path).unwrap().replace("\n# ", "\n").replace("\n#  ", "\n ");
        let node = yaml::documents(&text).unwrap().remove(0);
        let first = |key: &str| node.get(key).unwrap().items()[0].clone();
        let (rule, regression) = (first("rule_metadata"), first("regression_tests_info"));
        let value = |key: &str| regression.get(key).and_then(yaml::Node::text).map(str::to_owned);
        Case {
            rule: rule.get("id").unwrap().text().unwrap().to_owned(),
            count: value("match_count").map(|n| n.parse().unwrap()),
            log: sigma.join(value("path").unwrap()),
        }
    };
    files(&sigma.join("regression_data"), "info.yml").iter().map(read).collect()
}

/// The number (or, in files without any, the place) of each record that an engine's rule matches.
fn matched(engine: &Engine, path: &Path) -> Vec<u64> {
    let blocks = Blocks::new(std::fs::File::open(path).unwrap()).unwrap();
    let shape = blocks.shape().clone();
    let file = FileInfo {
        id: 0,
        form: shape.form,
        encoding: shape.encoding,
        mark: shape.mark,
        separator: shape.separator,
        reference: 1_798_934_400,
    };
    let kept = Bump::new();
    let mut reader = Reader::new(Zone::default(), &kept).lean();
    let mut scratch = engine.scratch();
    let mut found = Vec::new();
    for block in blocks {
        let (block, arena) = (block.unwrap(), Bump::new());
        reader.read(&file, &block, &arena, &mut |item| match item {
            Item::Event(event, _) => {
                let place = event.position.record.unwrap_or(event.position.offset);
                found.extend(engine.matches(event, &mut scratch).iter().map(|_| place));
            }
            Item::Unparsed(unparsed) => panic!("{}: {}", path.display(), unparsed.reason),
        });
    }
    found
}

#[test]
fn every_case_is_found_by_its_rule_as_often_as_it_states() {
    let sigma = corpus("sigma");
    let mut paths = Vec::new();
    for folder in ["rules", "rules-emerging-threats", "rules-threat-hunting", "rules-compliance"] {
        paths.extend(files(&sigma.join(folder), ".yml"));
    }
    let texts: Vec<(String, String)> = paths
        .iter()
        .map(|p| (p.to_string_lossy().into_owned(), std::fs::read_to_string(p).unwrap()))
        .collect();
    let rules = load_all(&texts).into_rules();
    let cases = cases(&sigma);
    let mut wrong = Vec::new();
    for case in &cases {
        let some: Vec<&Rule> = rules.iter().filter(|r| *r.id == *case.rule).collect();
        let (engine, problems) = Engine::compile(&some, &Options::default());
        assert!(some.len() == 1 && problems.is_empty(), "{}: {problems:?}", case.rule);
        let found = matched(&engine, &case.log);
        let described = DESCRIBED.iter().find(|(id, _)| *id == case.rule).map(|(_, records)| *records);
        let right = match described {
            Some(records) => found == records && Some(found.len()) != case.count,
            None => found.len() == case.count.unwrap_or(1),
        };
        if !right {
            wrong.push(format!("{}: {found:?}, stated {:?}", case.log.display(), case.count));
        }
        // Some say in JSON only the event that matters.
        let json = case.log.with_extension("json");
        if json.exists() && matched(&engine, &json).is_empty() {
            wrong.push(format!("{}: nothing", json.display()));
        }
    }
    assert!(wrong.is_empty(), "{} of {} wrong:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
    assert!(cases.len() > 100);
    assert!(cases.iter().any(|c| c.log.extension().is_some_and(|e| e == "raw")));
}
