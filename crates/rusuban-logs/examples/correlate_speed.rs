//! Speed and memory of correlations: `cargo run --release -p rusuban-logs --example correlate_speed -- [EVENTS]`.
//!
//! Made-up failed logins of an sshd under brute force are collected and evaluated. Printed: the time of each step, and the
//! memory that a match takes.

#![allow(
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap
)]

use std::time::Instant;

use rusuban_logs::event::{Event, EventTime, Field, TimeBasis, Zone};
use rusuban_logs::sigma::RuleSet;
use rusuban_logs::sigma::correlation::{Limits, Matches, evaluate};
use rusuban_logs::sigma::pipeline::Pipelines;
use rusuban_logs::sources::SourceMeta;

static META: SourceMeta = SourceMeta { id: "sshd", product: "OpenSSH", vendor: "OpenBSD" };

const RULES: &str = "
title: Failed login
name: failed
logsource: {product: linux}
detection: {s: {event.outcome: failure}, condition: s}
---
title: Login
name: login
logsource: {product: linux}
detection: {s: {event.outcome: success}, condition: s}
---
title: Many
name: many
correlation: {type: event_count, rules: failed, group-by: [source.ip], timespan: 10m, condition: {gte: 20}}
---
title: Spray
correlation:
  type: value_count
  rules: failed
  group-by: [source.ip]
  timespan: 1h
  condition: {field: user.name, gte: 10}
---
title: Then
correlation: {type: temporal_ordered, rules: [many, login], group-by: [source.ip], timespan: 1h}
";

fn main() {
    let count: usize = std::env::args().nth(1).and_then(|n| n.parse().ok()).unwrap_or(1_200_000);
    let set = RuleSet::build(&[("rules.yml", RULES)], &Pipelines::default(), Zone::default());
    let addresses: Vec<String> = (0..2000).map(|i| format!("192.0.{}.{}", i / 250, i % 250)).collect();
    let users: Vec<String> = (0..5000).map(|i| format!("user{i}")).collect();
    let mut matches = Matches::new(&set.plan, Limits::default());
    let mut event = Event::new(&META);
    let failed: Vec<u32> =
        (0..).zip(&set.rules).filter(|(_, r)| &*r.name == "failed").map(|(i, _)| i).collect();
    let login: Vec<u32> =
        (0..).zip(&set.rules).filter(|(_, r)| &*r.name == "login").map(|(i, _)| i).collect();
    let start = Instant::now();
    let mut making = std::time::Duration::ZERO;
    let mut random = 1_u64;
    for i in 0..count {
        let make = Instant::now();
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        event.clear();
        event.time = EventTime::new(1_798_502_400 + i as i64 / 4, 0, TimeBasis::Stated);
        event.position.offset = i as u64 * 110;
        event.set(Field::SourceIp, addresses[(random >> 33) as usize % 40 + i / 40_000 * 30].as_str());
        event.set(Field::UserName, users[(random >> 40) as usize % users.len()].as_str());
        making += make.elapsed();
        let rule = if i % 10_000 == 9_999 { &login } else { &failed };
        matches.observe(&set.plan, &event, 0, rule);
    }
    let collected = start.elapsed().saturating_sub(making);
    println!("{count} matches collected in {collected:.0?}, {} bytes each", matches.bytes() / count);
    let start = Instant::now();
    let outcome = evaluate(&set.plan, &matches);
    println!("evaluated in {:.0?}: {} findings", start.elapsed(), outcome.findings.len());
    let start = Instant::now();
    let other = matches.clone();
    matches.merge(other);
    println!("a copy merged in {:.0?}: {} matches", start.elapsed(), matches.len());
}
