//! What correlations find, over made-up events of a few base rules.

use bumpalo::Bump;
use proptest::prelude::*;

use super::*;
use crate::event::{Event, EventTime, Field, TimeBasis};
use crate::sigma::{Place, Words};
use crate::sources::SourceMeta;

static SOURCE: SourceMeta = SourceMeta { id: "test", product: "Test", vendor: "" };

const SECOND: i64 = 1_000_000_000;
/// 2026-12-29T00:00:00Z
const START: i64 = 1_798_502_400 * SECOND;

/// One event: nanoseconds after the start, the rule that it matches, its file, and fields.
#[derive(Debug, Clone)]
struct Seen {
    time: i64,
    rule: u32,
    file: u32,
    offset: u64,
    fields: Vec<(String, String)>,
}

/// An event every line of which is at its own offset.
fn at(seconds: i64, rule: u32, fields: &str) -> Seen {
    let time = seconds * SECOND;
    let fields = fields.split_whitespace().filter_map(|f| f.split_once('='));
    let fields = fields.map(|(n, v)| (n.to_owned(), v.to_owned())).collect();
    Seen { time, rule, file: 0, offset: u64::MAX, fields }
}

/// Base rules `a`, `b`, `c`, … with the indexes 0, 1, 2, …
fn bases() -> Vec<Base<'static>> {
    let names = ["a", "b", "c", "d", "idle"];
    names.iter().zip(0..).map(|(name, i)| Base { index: i, id: "", name, in_force: i < 4 }).collect()
}

fn correlation(kind: Kind, rules: &[&str], seconds: i64) -> Correlation {
    let rules: Vec<_> = rules.iter().map(|r| Reference { text: (*r).to_owned(), line: 7 }).collect();
    let all = Threshold::new([(Op::Gte, measure::number(measure::count(rules.len())))]);
    Correlation {
        title: "Test".to_owned(),
        id: String::new(),
        name: String::new(),
        kind,
        rules,
        group_by: Vec::new(),
        span: seconds * SECOND,
        condition: Condition::Threshold(all),
        fields: Vec::new(),
        aliases: Vec::new(),
        generate: false,
        level: None,
        tags: Vec::new(),
        description: "".into(),
        falsepositives: Vec::new(),
        words: Words::default(),
        place: Place { file: "test.yml".into(), line: 3 },
    }
}

impl Correlation {
    fn by(mut self, fields: &[&str]) -> Self {
        self.group_by = fields.iter().map(|f| (*f).to_owned()).collect();
        self
    }
    fn when(mut self, op: Op, n: f64) -> Self {
        self.condition = Condition::Threshold(Threshold::new([(op, n)]));
        self
    }
    fn where_(mut self, text: &str) -> Self {
        self.condition = Condition::Expression(text.to_owned(), 12);
        self
    }
    fn of(mut self, field: &str) -> Self {
        self.fields = field.split(' ').map(str::to_owned).collect();
        self
    }
    fn named(mut self, name: &str) -> Self {
        self.name = name.to_owned();
        self
    }
    fn alias(mut self, name: &str, fields: &[(&str, &str)]) -> Self {
        let fields =
            fields.iter().map(|(r, f)| (Reference { text: (*r).to_owned(), line: 9 }, (*f).to_owned()));
        self.aliases.push(Alias { name: name.to_owned(), fields: fields.collect() });
        self
    }
}

fn plan(correlations: &[Correlation]) -> Plan {
    let (plan, problems) = Plan::new(&bases(), correlations);
    assert_eq!(problems, []);
    plan
}

fn collect(plan: &Plan, events: &[Seen], limits: Limits) -> Matches {
    let bump = Bump::new();
    let mut matches = Matches::new(plan, limits);
    for (i, seen) in events.iter().enumerate() {
        let mut event = Event::new(&SOURCE);
        event.time = Some(EventTime { nanos: START + seen.time, basis: TimeBasis::Stated });
        event.position.offset = if seen.offset == u64::MAX { i as u64 } else { seen.offset };
        for (name, value) in &seen.fields {
            let value = bump.alloc_str(value);
            match Field::ALL.iter().find(|f| f.name() == name) {
                Some(field) => event.set(*field, &*value),
                None => event.native.push((bump.alloc_str(name), (&*value).into())),
            }
        }
        matches.observe(plan, &event, seen.file, &[seen.rule]);
    }
    matches
}

fn run(correlations: &[Correlation], events: &[Seen]) -> Outcome {
    let plan = plan(correlations);
    let matches = collect(&plan, events, Limits::default());
    evaluate(&plan, &matches)
}

/// Findings as (first, last, events), in seconds after the start.
fn found(correlations: &[Correlation], events: &[Seen]) -> Vec<(i64, i64, u64)> {
    let seconds = |t: i64| (t - START) / SECOND;
    run(correlations, events).findings.iter().map(|f| (seconds(f.first), seconds(f.last), f.events)).collect()
}

fn every(step: i64, count: i64, rule: u32, fields: &str) -> Vec<Seen> {
    (0..count).map(|i| at(i * step, rule, fields)).collect()
}

#[test]
fn many_events_of_one_group_are_one_finding() {
    let c = correlation(Kind::EventCount, &["a"], 60).by(&["source.ip"]).when(Op::Gte, 3.0);
    let mut events = every(10, 100, 0, "source.ip=192.0.2.1");
    events.extend(every(10, 2, 0, "source.ip=192.0.2.2"));
    let outcome = run(std::slice::from_ref(&c), &events);
    let [finding] = outcome.findings.as_slice() else { panic!("{outcome:?}") };
    assert_eq!(finding.group, [("source.ip".to_owned(), "192.0.2.1".to_owned())]);
    assert_eq!((finding.events, finding.value), (100, 7.0));
    assert_eq!(finding.reached - finding.first, 20 * SECOND);
    assert_eq!(finding.members.len(), 40);
    assert_eq!(finding.members[39].time, finding.last);
}

#[test]
fn two_bursts_are_two_findings() {
    let c = correlation(Kind::EventCount, &["a"], 60).when(Op::Gte, 3.0);
    let events: Vec<_> = [0, 1, 2, 500, 501, 502].iter().map(|t| at(*t, 0, "")).collect();
    assert_eq!(found(&[c], &events), [(0, 2, 3), (500, 502, 3)]);
}

/// A window must not be longer than stated, by one nanosecond.
#[test]
fn the_edge_of_the_timespan() {
    let c = correlation(Kind::EventCount, &["a"], 60).when(Op::Gte, 2.0);
    let mut events = vec![at(0, 0, ""), at(60, 0, "")];
    assert_eq!(found(std::slice::from_ref(&c), &events), [(0, 60, 2)]);
    events[1].time += 1;
    assert_eq!(found(&[c], &events), []);
}

#[test]
fn the_edge_of_the_timespan_of_time_relations() {
    for kind in [Kind::Temporal, Kind::TemporalOrdered] {
        let c = correlation(kind, &["a", "b"], 60);
        let mut events = vec![at(0, 0, ""), at(60, 1, "")];
        assert_eq!(found(std::slice::from_ref(&c), &events), [(0, 60, 2)]);
        events[1].time += 1;
        assert_eq!(found(&[c], &events), []);
    }
}

/// The order counts beyond the first rule.
#[test]
fn the_order_of_all_rules_counts() {
    let c = correlation(Kind::TemporalOrdered, &["a", "b", "c"], 60);
    let ordered = [at(0, 0, ""), at(1, 1, ""), at(2, 2, "")];
    let swapped = [at(0, 0, ""), at(1, 2, ""), at(2, 1, "")];
    assert_eq!(found(std::slice::from_ref(&c), &ordered), [(0, 2, 3)]);
    assert_eq!(found(&[c], &swapped), []);
    let any = correlation(Kind::Temporal, &["a", "b", "c"], 60);
    assert_eq!(found(&[any], &swapped), [(0, 2, 3)]);
}

/// Event time rules, not the order of reading.
#[test]
fn events_are_ordered_by_their_own_time() {
    let c = correlation(Kind::TemporalOrdered, &["a", "b"], 60);
    assert_eq!(found(std::slice::from_ref(&c), &[at(5, 1, ""), at(1, 0, "")]), [(1, 5, 2)]);
    assert_eq!(found(&[c], &[at(5, 0, ""), at(1, 1, "")]), []);
}

#[test]
fn equal_times_are_in_the_order_of_the_file_and_open_between_files() {
    let c = correlation(Kind::TemporalOrdered, &["a", "b"], 60);
    assert_eq!(found(std::slice::from_ref(&c), &[at(1, 0, ""), at(1, 1, "")]), [(1, 1, 2)]);
    assert_eq!(found(std::slice::from_ref(&c), &[at(1, 1, ""), at(1, 0, "")]), []);
    let mut other = at(1, 1, "");
    other.file = 9;
    assert_eq!(found(std::slice::from_ref(&c), &[at(1, 0, ""), other.clone()]), [(1, 1, 2)]);
    other.rule = 0;
    assert_eq!(found(&[c], &[at(1, 1, ""), other]), [(1, 1, 2)]);
}

#[test]
fn one_event_does_not_follow_itself() {
    let (mut a, mut b) = (at(1, 0, ""), at(1, 1, ""));
    (a.offset, b.offset) = (5, 5);
    let ordered = correlation(Kind::TemporalOrdered, &["a", "b"], 60);
    assert_eq!(found(&[ordered], &[a.clone(), b.clone()]), []);
    let any = correlation(Kind::Temporal, &["a", "b"], 60);
    assert_eq!(found(&[any], &[a, b]).len(), 1);
}

/// Groups are compared across rules.
#[test]
fn all_rules_must_say_the_same_group() {
    for kind in [Kind::Temporal, Kind::TemporalOrdered] {
        let c = correlation(kind, &["a", "b"], 60).by(&["user.name", "host.name"]);
        let same = [at(0, 0, "user.name=eve host.name=x"), at(1, 1, "user.name=EVE host.name=x")];
        let other = [at(0, 0, "user.name=eve host.name=x"), at(1, 1, "user.name=bob host.name=x")];
        assert_eq!(found(std::slice::from_ref(&c), &same).len(), 1);
        assert_eq!(found(&[c], &other), []);
    }
}

#[test]
fn aliases_name_the_field_of_each_rule() {
    let c = correlation(Kind::Temporal, &["a", "b"], 60)
        .by(&["internal", "remote"])
        .alias("internal", &[("a", "destination.ip"), ("b", "source.ip")])
        .alias("remote", &[("a", "source.ip"), ("b", "dst")]);
    let events = [
        at(0, 0, "destination.ip=10.0.0.1 source.ip=192.0.2.1"),
        at(1, 1, "source.ip=10.0.0.1 dst=192.0.2.1"),
    ];
    let outcome = run(std::slice::from_ref(&c), &events);
    assert_eq!(outcome.findings[0].group[0], ("internal".to_owned(), "10.0.0.1".to_owned()));
    let crossed = [events[0].clone(), at(1, 1, "source.ip=192.0.2.1 dst=10.0.0.1")];
    assert_eq!(found(&[c], &crossed), []);
}

#[test]
fn different_values_are_counted() {
    let c = correlation(Kind::ValueCount, &["a"], 60).by(&["source.ip"]).of("user.name").when(Op::Gte, 3.0);
    let user = |t, u: &str| at(t, 0, &format!("source.ip=192.0.2.1 user.name={u}"));
    let spray = [user(0, "a"), user(1, "b"), user(2, "B"), user(3, "c")];
    assert_eq!(found(std::slice::from_ref(&c), &spray), [(0, 3, 4)]);
    assert_eq!(found(&[c], &spray[..3]), []);
}

#[test]
fn combinations_of_several_fields_are_counted() {
    let c = correlation(Kind::ValueCount, &["a"], 60).of("user.name host.name").when(Op::Gte, 2.0);
    assert_eq!(
        found(
            std::slice::from_ref(&c),
            &[at(0, 0, "user.name=a host.name=x"), at(1, 0, "user.name=a host.name=y")]
        ),
        [(0, 1, 2)]
    );
    assert_eq!(found(&[c], &[at(0, 0, "user.name=a host.name=x"), at(1, 0, "user.name=a host.name=x")]), []);
}

#[test]
fn numbers_are_summed_averaged_and_ranked() {
    let events: Vec<_> =
        [10, 20, 60].iter().zip(0..).map(|(n, t)| at(t, 0, &format!("source.bytes={n}"))).collect();
    let holds = |kind, n: f64| {
        let c = correlation(kind, &["a"], 60).of("source.bytes").when(Op::Eq, n);
        found(&[c], &events).len() == 1
    };
    assert!(holds(Kind::ValueSum, 90.0));
    assert!(holds(Kind::ValueAvg, 30.0));
    assert!(holds(Kind::ValueMedian, 20.0));
    assert!(holds(Kind::ValuePercentile(90.0), 60.0));
}

#[test]
fn a_range_has_two_bounds() {
    let mut c = correlation(Kind::EventCount, &["a"], 60);
    c.condition = Condition::Threshold(Threshold::new([(Op::Gt, 2.0), (Op::Lte, 4.0)]));
    let n = |n| found(std::slice::from_ref(&c), &every(1, n, 0, "")).len();
    assert_eq!([n(2), n(3), n(4), n(5)], [0, 1, 1, 0]);
}

#[test]
fn what_must_not_happen_is_looked_for() {
    let c = correlation(Kind::Temporal, &["a", "b", "c"], 60).where_("a and b and not c");
    assert_eq!(found(std::slice::from_ref(&c), &[at(0, 0, ""), at(1, 1, "")]), [(0, 1, 2)]);
    assert_eq!(found(&[c], &[at(0, 0, ""), at(1, 1, ""), at(50, 2, "")]), []);
    let c = correlation(Kind::TemporalOrdered, &["a", "b", "c"], 60).where_("a AND NOT b AND c");
    assert_eq!(found(std::slice::from_ref(&c), &[at(0, 0, ""), at(1, 2, "")]), [(0, 1, 2)]);
    assert_eq!(found(&[c], &[at(0, 0, ""), at(1, 1, ""), at(2, 2, "")]), []);
}

#[test]
fn one_event_read_twice_counts_once() {
    let c = correlation(Kind::EventCount, &["a", "b"], 60).when(Op::Gte, 3.0);
    let mut events = vec![at(0, 0, ""), at(0, 0, ""), at(0, 1, ""), at(1, 0, "")];
    for e in &mut events[..3] {
        e.offset = 77;
    }
    assert_eq!(found(std::slice::from_ref(&c), &events), []);
    events.push(at(2, 1, ""));
    assert_eq!(found(&[c], &events), [(0, 2, 3)]);
}

#[test]
fn what_cannot_be_correlated_is_counted() {
    let c = correlation(Kind::ValueSum, &["a"], 60).by(&["host.name"]).of("source.bytes").when(Op::Gte, 1.0);
    let plan = plan(&[c]);
    let mut matches = collect(
        &plan,
        &[at(0, 0, "source.bytes=1"), at(0, 0, "host.name=x source.bytes=many")],
        Limits::default(),
    );
    let mut event = Event::new(&SOURCE);
    matches.observe(&plan, &event, 0, &[0, 3]);
    event.time = EventTime::new(0, 0, TimeBasis::Stated);
    matches.observe(&plan, &event, 0, &[0]);
    let outcome = evaluate(&plan, &matches);
    assert_eq!(outcome.rules, [RuleLoss { rule: 0, untimed: 2, overflow: 0 }]);
    assert_eq!(
        outcome.correlations,
        [CorrelationLoss { correlation: 0, without_group: 1, without_value: 1, left_out: 0 }]
    );
}

#[test]
fn memory_is_bounded_and_what_does_not_fit_is_counted() {
    let c = correlation(Kind::EventCount, &["a"], 60).by(&["host.name"]).when(Op::Gte, 2.0);
    let plan = plan(&[c]);
    let events: Vec<_> = (0..10).map(|i| at(i, 0, &format!("host.name=host{i}"))).collect();
    let rows = collect(&plan, &events, Limits { rows: 4, text_bytes: 1000 });
    assert_eq!(evaluate(&plan, &rows).rules[0].overflow, 6);
    let texts = collect(&plan, &events, Limits { rows: 100, text_bytes: 12 });
    assert_eq!((texts.len(), evaluate(&plan, &texts).rules[0].overflow), (2, 8));
    let mut merged = rows.clone();
    merged.merge(rows);
    assert_eq!((merged.len(), evaluate(&plan, &merged).rules[0].overflow), (4, 16));
}

#[test]
fn findings_are_bounded_and_the_earliest_are_given() {
    let c = correlation(Kind::EventCount, &["a"], 1).when(Op::Gte, 1.0);
    let events = every(5, 10_003, 0, "");
    let outcome = run(&[c], &events);
    assert_eq!((outcome.findings.len(), outcome.correlations[0].left_out), (10_000, 3));
    assert_eq!(outcome.findings[0].first, START);
}

#[test]
fn failed_logins_then_a_success_across_groups() {
    // The inner correlation groups by host, the outer one by user only.
    let many = correlation(Kind::EventCount, &["a"], 600).named("many").by(&["host.name"]).when(Op::Gte, 5.0);
    let then = correlation(Kind::TemporalOrdered, &["many", "b"], 3600).by(&["user.name"]);
    let mut events: Vec<_> =
        (0..10).map(|i| at(i, 0, &format!("host.name=x user.name=u{}", i % 2))).collect();
    events.push(at(100, 1, "host.name=y user.name=u1"));
    let outcome = run(&[many.clone(), then.clone()], &events);
    let [finding] = outcome.findings.as_slice() else { panic!("{outcome:?}") };
    assert_eq!((finding.correlation, finding.events), (1, 11));
    assert_eq!(finding.group[0].1, "u1");
    assert_eq!(finding.parts[0].target, Target::Correlation(0));
    // A success before the burst, or of a user who was not in it, is none.
    events[10] = at(0, 1, "user.name=u1");
    assert_eq!(found(&[many.clone(), then.clone()], &events), []);
    events[10] = at(100, 1, "user.name=u7");
    assert_eq!(found(&[many.clone(), then.clone()], &events), []);
    // The burst lasts: what matters is its end, not when it began.
    let mut long = every(60, 200, 0, "host.name=x user.name=u1");
    long.push(at(200 * 60 + 3000, 1, "user.name=u1"));
    assert_eq!(found(&[many, then], &long), [(0, 15_000, 201)]);
}

#[test]
fn a_burst_counts_once() {
    let many = correlation(Kind::EventCount, &["a"], 10).named("many").by(&["host.name"]).when(Op::Gte, 3.0);
    let often = correlation(Kind::EventCount, &["many"], 3600).when(Op::Gte, 2.0);
    let burst = |from: i64| (from..from + 5).map(|t| at(t, 0, "host.name=x"));
    let one: Vec<_> = burst(0).collect();
    assert_eq!(found(&[many.clone(), often.clone()], &one), []);
    let two: Vec<_> = burst(0).chain(burst(100)).collect();
    assert_eq!(found(&[many, often], &two), [(0, 104, 10)]);
}

#[test]
fn rules_that_only_correlations_name_are_silent() {
    let quiet = correlation(Kind::EventCount, &["a"], 60).named("quiet").when(Op::Gte, 1.0);
    let mut loud = correlation(Kind::Temporal, &["quiet", "b"], 60);
    let p = plan(&[quiet.clone(), loud.clone()]);
    assert!(p.is_silent(0) && p.is_silent(1) && !p.is_silent(2));
    let events = [at(0, 0, ""), at(1, 1, "")];
    let by = |c: &[Correlation]| run(c, &events).findings.iter().map(|f| f.correlation).collect::<Vec<_>>();
    assert_eq!(by(&[quiet.clone(), loud.clone()]), [1]);
    loud.generate = true;
    assert!(!plan(&[quiet.clone(), loud.clone()]).is_silent(1));
    assert_eq!(by(&[quiet, loud]), [0, 1]);
}

fn problems(correlations: &[Correlation]) -> Vec<String> {
    let problems = Plan::new(&bases(), correlations).1;
    problems.iter().map(|p| p.to_string().replace("correlation: ", "")).collect()
}

#[test]
fn faults_are_named_with_file_and_line() {
    let one = |c: Correlation| problems(&[c]);
    assert_eq!(
        one(correlation(Kind::Temporal, &["a", "z"], 9)),
        ["test.yml:7: no rule has the id or name `z`"]
    );
    assert_eq!(one(correlation(Kind::Temporal, &["a", "a"], 9)), ["test.yml:7: `a` is listed twice"]);
    let same =
        [correlation(Kind::EventCount, &["a"], 9).named("b"), correlation(Kind::EventCount, &["b"], 9)];
    assert_eq!(problems(&same), ["test.yml:7: `b` names more than one rule"]);
    let c = correlation(Kind::EventCount, &["a"], 9).by(&["x"]).alias("x", &[("z", "y")]);
    assert_eq!(one(c), ["test.yml:9: no rule has the id or name `z`"]);
    let c = correlation(Kind::Temporal, &["a", "b"], 9).where_("a");
    assert_eq!(one(c), ["test.yml:7: the condition says nothing about `b`"]);
    let c = correlation(Kind::Temporal, &["a"], 9).where_("not a");
    assert_eq!(one(c), ["test.yml:12: the condition holds where nothing happened"]);
    let c = correlation(Kind::EventCount, &["a"], 9).where_("a");
    assert_eq!(one(c), ["test.yml:12: an expression over rules belongs to `temporal` only"]);
    let c = correlation(Kind::TemporalOrdered, &["a", "b"], 9).when(Op::Lt, 2.0);
    assert_eq!(one(c), ["test.yml:3: `temporal_ordered` can only ask for at least so many of its rules"]);
}

#[test]
fn circles_are_named_and_everything_that_hangs_on_them() {
    let x = correlation(Kind::Temporal, &["a", "y"], 9).named("x");
    let y = correlation(Kind::Temporal, &["b", "x"], 9).named("y");
    let z = correlation(Kind::Temporal, &["y", "c"], 9);
    assert_eq!(
        problems(&[x, y, z]),
        [
            "test.yml:7: `x` refers back to this correlation",
            "test.yml:7: the correlation `y` has a fault",
            "test.yml:7: the correlation `y` has a fault",
        ]
    );
}

#[test]
fn some_of_the_rules_in_their_order() {
    let c = correlation(Kind::TemporalOrdered, &["a", "b", "c"], 60).when(Op::Gte, 2.0);
    assert_eq!(found(std::slice::from_ref(&c), &[at(0, 0, ""), at(1, 2, "")]), [(0, 1, 2)]);
    assert_eq!(found(&[c], &[at(0, 2, ""), at(1, 1, "")]), []);
}

fn events() -> impl Strategy<Value = Vec<Seen>> {
    let one = (0i64..40, 0u32..3, 0u32..2, 0u64..50).prop_map(|(time, rule, file, offset)| {
        let user = offset % 3;
        Seen { file, offset, ..at(time, rule, &format!("user.name=u{user} source.bytes={user}")) }
    });
    // What stands at one place is one event.
    proptest::collection::vec(one, 0..30).prop_map(|mut events| {
        let mut places = std::collections::HashSet::new();
        events.retain(|e| places.insert((e.file, e.offset)));
        events
    })
}

/// Whether some window of one group holds for `holds`, by trying every first event.
fn naive(events: &[Seen], span: i64, holds: impl Fn(&[&Seen]) -> bool) -> bool {
    let users = ["u0", "u1", "u2"];
    users.iter().any(|user| {
        let mine: Vec<&Seen> = events.iter().filter(|e| e.fields[0].1 == *user).collect();
        mine.iter().any(|first| {
            let end = first.time + span;
            let window: Vec<&Seen> =
                mine.iter().copied().filter(|e| (first.time..=end).contains(&e.time)).collect();
            holds(&window)
        })
    })
}

proptest! {
    #[test]
    fn merging_is_associative_and_order_does_not_matter(events in events(), cut in 0usize..30, second in 0usize..30) {
        let c = [
            correlation(Kind::EventCount, &["a", "b"], 8).named("many").by(&["user.name"]).when(Op::Gte, 3.0),
            correlation(Kind::TemporalOrdered, &["many", "c"], 20).by(&["user.name"]),
            correlation(Kind::ValueCount, &["a", "c"], 8).of("user.name").when(Op::Gte, 2.0),
        ];
        let plan = plan(&c);
        let whole = evaluate(&plan, &collect(&plan, &events, Limits::default()));
        let (x, rest) = events.split_at(cut.min(events.len()));
        let (y, z) = rest.split_at(second.min(rest.len()));
        // Offsets are fixed by the strategy, so parts may be collected alone.
        let part = |e: &[Seen]| collect(&plan, e, Limits::default());
        let mut left = part(x);
        left.merge(part(y));
        left.merge(part(z));
        let mut tail = part(y);
        tail.merge(part(z));
        let mut right = part(x);
        right.merge(tail);
        let mut reversed = part(z);
        reversed.merge(part(y));
        reversed.merge(part(x));
        for merged in [left, right, reversed] {
            prop_assert_eq!(&evaluate(&plan, &merged), &whole);
        }
    }

    #[test]
    fn counts_agree_with_trying_every_window(events in events(), least in 1u8..5, span in 0i64..10) {
        let mut once = events.clone();
        once.retain(|e| e.rule == 0);
        once.sort_by_key(|e| (e.time, e.file, e.offset));
        once.dedup_by_key(|e| (e.time, e.file, e.offset));
        let c = correlation(Kind::EventCount, &["a"], span).by(&["user.name"]).when(Op::Gte, f64::from(least));
        let outcome = run(&[c], &once);
        prop_assert_eq!(!outcome.findings.is_empty(), naive(&once, span * SECOND, |w| w.len() >= usize::from(least)));
        // Nothing counts twice.
        prop_assert!(outcome.findings.iter().map(|f| f.events).sum::<u64>() <= once.len() as u64);
    }

    #[test]
    fn values_agree_with_trying_every_window(events in events(), least in 1u8..4, span in 0i64..10) {
        let c = correlation(Kind::ValueCount, &["a", "b", "c"], span).of("source.bytes").when(Op::Gte, f64::from(least));
        let any = events.iter().any(|first| {
            let end = first.time + span * SECOND;
            let window = events.iter().filter(|e| (first.time..=end).contains(&e.time));
            let different: std::collections::HashSet<_> = window.map(|e| e.fields[1].1.clone()).collect();
            different.len() >= usize::from(least)
        });
        prop_assert_eq!(!found(&[c], &events).is_empty(), any);
    }

    #[test]
    fn exact_counts_are_those_of_windows_that_no_event_fits_into(events in events(), wanted in 1usize..5, span in 0i64..10) {
        let mut times: Vec<i64> = events.iter().map(|e| e.time).collect();
        times.sort_unstable();
        let span_nanos = span * SECOND;
        let end = |i: usize| times.iter().rposition(|t| *t - times[i] <= span_nanos).unwrap();
        let whole = |i: usize| i == 0 || end(i - 1) < end(i);
        let any = (0..times.len()).any(|i| whole(i) && end(i) - i + 1 == wanted);
        let c = correlation(Kind::EventCount, &["a", "b", "c"], span).when(Op::Eq, f64::from(u8::try_from(wanted).unwrap()));
        prop_assert_eq!(!found(&[c], &events).is_empty(), any);
    }

    #[test]
    fn time_relations_agree_with_trying_every_window(events in events(), span in 0i64..20) {
        let c = correlation(Kind::Temporal, &["a", "b", "c"], span).by(&["user.name"]);
        let all = |w: &[&Seen]| (0..3).all(|r| w.iter().any(|e| e.rule == r));
        prop_assert_eq!(!found(&[c], &events).is_empty(), naive(&events, span * SECOND, all));
    }

    #[test]
    fn orders_agree_with_trying_every_triple(events in events(), span in 0i64..20) {
        let mut events = events;
        for (e, i) in events.iter_mut().zip(0..) {
            (e.file, e.offset) = (0, i);
        }
        let c = correlation(Kind::TemporalOrdered, &["a", "b", "c"], span).by(&["user.name"]);
        let before = |x: &Seen, y: &Seen| x.fields == y.fields && (x.time, x.offset) < (y.time, y.offset);
        let of = |rule: u32| events.iter().filter(move |e| e.rule == rule);
        let any = of(0).any(|a| of(1).filter(|b| before(a, b)).any(|b| {
            of(2).any(|c| before(b, c) && c.time - a.time <= span * SECOND)
        }));
        prop_assert_eq!(!found(&[c], &events).is_empty(), any);
    }
}
