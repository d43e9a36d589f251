//! Sigma rules of other people: every rule loads, and what can never match is named.

#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::indexing_slicing
)]

use std::collections::BTreeSet;
use std::path::Path;

use rusuban_logs::sigma::{Engine, Never, Options, load_all};

mod support;

use support::corpus;

fn rule_files(corpus: &Path) -> Vec<(String, String)> {
    let mut paths = Vec::new();
    for folder in ["rules", "rules-compliance", "rules-emerging-threats", "rules-threat-hunting"] {
        paths.extend(support::files(&corpus.join(folder), ".yml"));
    }
    paths.iter().map(|p| (p.to_string_lossy().into_owned(), std::fs::read_to_string(p).unwrap())).collect()
}

#[test]
fn every_rule_loads() {
    let corpus = corpus("sigma");
    let files = rule_files(&corpus);
    let loaded = load_all(&files);
    assert!(loaded.problems.is_empty(), "{:#?}", loaded.problems);
    let rules = loaded.into_rules();
    assert!(rules.len() >= files.len(), "{} rules of {} files", rules.len(), files.len());
    let (engine, problems) = Engine::compile(&rules, &Options::default());
    assert!(problems.is_empty(), "{problems:#?}");
    let stats = engine.stats();
    assert_eq!(stats.wrong, 0);
    // What can never match is named: rules on files that are read or renamed, which no Windows log tells, and rules that
    // wait for values of the house. No other rule is blind.
    let named = |needles: &[&str]| -> BTreeSet<&str> {
        let some = files.iter().filter(|(_, text)| needles.iter().any(|n| text.contains(n)));
        some.map(|(name, _)| name.as_str()).collect()
    };
    let never = |reason: fn(&Never) -> bool| -> BTreeSet<&str> {
        let some = stats.never.iter().filter(|(_, never)| reason(never));
        some.map(|(rule, _)| &*rules[*rule as usize].place.file).collect()
    };
    let files_alone = named(&["category: file_access", "category: file_rename"]);
    assert_eq!(never(|n| matches!(n, Never::NoChannel)), files_alone);
    assert_eq!(never(|n| matches!(n, Never::NeedsValues(_))), named(&["|expand:"]));
    assert_eq!(never(|n| matches!(n, Never::NoEvent)), BTreeSet::new());
    assert_eq!(stats.in_force + never(|n| matches!(n, Never::NeedsValues(_))).len(), rules.len());
}
