//! Any text as a pipeline and a file of rules, filters and correlations: put together, matched, and correlated.
//!
//! `pipeline \n%%%\n rules \n%%%\n lines`; without lines, a few that are always there.
#![no_main]

use bumpalo::Bump;
use libfuzzer_sys::fuzz_target;
use rusuban_fuzz::{LINES, each_event, halves};
use rusuban_logs::event::Zone;
use rusuban_logs::sigma::RuleSet;
use rusuban_logs::sigma::correlation::{Limits, Matches, evaluate};
use rusuban_logs::sigma::pipeline::{Pipeline, Pipelines};

fuzz_target!(|text: &str| {
    let (pipeline, rest) = halves(text);
    let (rules, lines) = halves(rest);
    let pipelines = Pipelines::new(Pipeline::of_text("p.yml", pipeline).into_iter().collect());
    let set = RuleSet::build(&[("f.yml", rules)], &pipelines, Zone::default());
    let mut scratch = set.engine.scratch();
    let mut matches = Matches::new(&set.plan, Limits::default());
    let arena = Bump::new();
    each_event(if lines.is_empty() { LINES } else { lines }, &arena, &mut |event| {
        let matched = set.engine.matches(event, &mut scratch);
        matches.observe(&set.plan, event, 0, matched);
    });
    let _ = evaluate(&set.plan, &matches);
    for problem in &set.problems {
        let _ = problem.to_string();
    }
});
