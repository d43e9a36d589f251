//! Tests of `cases`.
use jiff::civil::date;

use super::*;
use crate::context::fixture::{at, office};
use crate::finding::Origin;

fn finding(rule: &str, level: Level, who: &str, from: &str, host: &str, time: &str) -> Finding {
    let info = RuleInfo {
        id: rule.to_owned(),
        title: Text::new("題", rule),
        level,
        techniques: vec![format!("T-{rule}")],
        origin: Origin::Detector,
        why: Text::new("訳", rule),
        next: vec![Text::new("次", "next")],
    };
    let place = crate::activity::Place { time: Some(at(time)), ..Default::default() };
    Finding {
        rule: Arc::new(info),
        level,
        who: who.into(),
        from: from.into(),
        host: host.into(),
        source: "test".into(),
        first: Some(at(time)),
        last: Some(at(time)),
        count: 1,
        what: Text::new("何", "what"),
        evidence: vec![Evidence { place, excerpt: time.into() }],
    }
}

fn grouped(findings: Vec<Finding>, suppressions: &[Suppression]) -> Cases {
    group(findings, suppressions, date(2027, 1, 4), &office(false))
}

fn intrusion() -> Vec<Finding> {
    vec![
        finding("a", Level::Low, "", "203.0.113.5", "vpn1", "2026-12-27 01:00"),
        finding("b", Level::High, "takahashi", "203.0.113.5", "vpn1", "2026-12-27 02:00"),
        finding("c", Level::Critical, "CORP\\Takahashi", "10.9.0.7", "dc1", "2026-12-27 05:00"),
        finding("d", Level::Medium, "", "", "dc1", "2026-12-27 06:00"),
    ]
}

#[test]
fn one_intrusion_is_one_case() {
    let cases = grouped(intrusion(), &[]).cases;
    assert_eq!(cases.len(), 1);
    let case = &cases[0];
    assert_eq!((case.level, case.timeline.len(), case.evidence.len()), (Level::Critical, 4, 4));
    assert_eq!(case.title.en, "c");
    assert_eq!(case.techniques, ["T-a", "T-b", "T-c", "T-d"]);
    assert_eq!(case.next.len(), 1);
    assert_eq!(case.id.len(), 12);
}

#[test]
fn the_order_of_findings_does_not_matter() {
    let one = grouped(intrusion(), &[]);
    let mut reversed = intrusion();
    reversed.reverse();
    assert_eq!(grouped(reversed, &[]), one);
}

#[test]
fn what_shares_nothing_or_lies_apart_is_another_case() {
    let findings = vec![
        finding("b", Level::High, "takahashi", "203.0.113.5", "vpn1", "2026-12-27 02:00"),
        finding("b", Level::High, "tanaka", "203.0.113.6", "vpn1", "2026-12-27 12:00"),
        finding("b", Level::High, "takahashi", "203.0.113.9", "vpn1", "2026-12-30 02:00"),
    ];
    let cases = grouped(findings, &[]).cases;
    assert_eq!(cases.len(), 3);
    assert!(cases[0].id != cases[2].id);
}

#[test]
fn noise_alone_opens_no_case() {
    let noise = vec![finding("a", Level::Low, "", "203.0.113.5", "vpn1", "2026-12-27 01:00")];
    let result = grouped(noise, &[]);
    assert!(result.cases.is_empty());
    assert_eq!(result.noise.len(), 1);
}

#[test]
fn noise_on_a_host_ties_nothing_together() {
    let findings = vec![
        finding("b", Level::High, "x1", "203.0.113.5", "", "2026-12-27 01:00"),
        finding("a", Level::Low, "", "203.0.113.5", "web1", "2026-12-27 01:10"),
        finding("c", Level::High, "x2", "203.0.113.6", "web1", "2026-12-27 01:20"),
    ];
    assert_eq!(grouped(findings, &[]).cases.len(), 2);
}

/// What somebody decided about takahashi's login of a year before.
fn suppression(expires: jiff::civil::Date) -> Suppression {
    let seen = finding("b", Level::High, "takahashi", "203.0.113.5", "vpn1", "2025-12-27 02:00");
    Suppression {
        case: "0".into(),
        closure: "2025-12-27".into(),
        patterns: vec![seen.pattern()],
        reason: "本人に確認済み".into(),
        by: "山田".into(),
        at: "2026-01-05T00:00:00Z".parse().unwrap(),
        expires,
        evidence: "e".into(),
    }
}

fn login() -> Finding {
    finding("b", Level::High, "takahashi", "203.0.113.5", "vpn1", "2026-12-27 02:00")
}

#[test]
fn a_suppressed_case_is_shown_with_its_reason() {
    let result = grouped(vec![login()], &[suppression(date(2027, 1, 4))]);
    assert!(result.cases.is_empty());
    assert_eq!(result.suppressed[0].by.reason, "本人に確認済み");
    assert_eq!(result.suppressed[0].case.timeline.len(), 1);
    assert!(result.expired.is_empty());
}

#[test]
fn an_expired_suppression_does_not_apply_and_is_named_where_it_would_have() {
    let old = suppression(date(2027, 1, 3));
    let result = grouped(vec![login()], std::slice::from_ref(&old));
    assert_eq!((result.cases.len(), result.expired.len()), (1, 1));
    let result = grouped(vec![finding("z", Level::High, "sato", "", "", "2026-12-27 02:00")], &[old]);
    assert_eq!((result.cases.len(), result.expired.len()), (1, 0));
}

#[test]
fn a_suppression_without_a_reason_or_a_pattern_covers_nothing() {
    let bare = Suppression { reason: " ".into(), ..suppression(date(2027, 1, 4)) };
    assert_eq!(grouped(vec![login()], &[bare]).cases.len(), 1);
    let empty = Suppression { patterns: Vec::new(), ..suppression(date(2027, 1, 4)) };
    assert_eq!(grouped(vec![login()], &[empty]).cases.len(), 1);
}

#[test]
fn a_suppression_covers_no_more_than_what_was_decided_on() {
    let valid = || suppression(date(2027, 1, 4));
    let others = [
        finding("c", Level::High, "takahashi", "203.0.113.5", "vpn1", "2026-12-27 02:00"),
        finding("b", Level::High, "sato", "203.0.113.5", "vpn1", "2026-12-27 02:00"),
        finding("b", Level::High, "", "203.0.113.5", "vpn1", "2026-12-27 02:00"),
        finding("b", Level::High, "takahashi", "203.0.113.6", "vpn1", "2026-12-27 02:00"),
        finding("b", Level::High, "takahashi", "203.0.113.5", "vpn2", "2026-12-27 02:00"),
        finding("b", Level::Critical, "takahashi", "203.0.113.5", "vpn1", "2026-12-27 02:00"),
    ];
    for other in others {
        assert_eq!(grouped(vec![other.clone()], &[valid()]).cases.len(), 1, "{other:?}");
    }
    // The same login with something new beside it is another story.
    let mut more = intrusion();
    more.push(login());
    let result = grouped(more, &[valid()]);
    assert_eq!((result.cases.len(), result.suppressed.len()), (1, 0));
    assert!(result.cases[0].timeline.len() >= 4, "nothing is taken out of a case");
}

#[test]
fn two_decisions_do_not_add_up() {
    let second = finding("c", Level::High, "takahashi", "203.0.113.5", "vpn1", "2025-12-27 02:10");
    let one = suppression(date(2027, 1, 4));
    let other = Suppression { patterns: vec![second.pattern()], ..one.clone() };
    let both =
        vec![login(), finding("c", Level::High, "takahashi", "203.0.113.5", "vpn1", "2026-12-27 02:10")];
    assert_eq!(grouped(both.clone(), &[one.clone(), other.clone()]).cases.len(), 1);
    let whole =
        Suppression { patterns: [one.patterns, other.patterns].concat(), ..suppression(date(2027, 1, 4)) };
    assert_eq!(grouped(both, &[whole]).suppressed.len(), 1);
}

#[test]
fn the_id_is_the_start_of_the_digest_and_each_finding_has_a_key() {
    let cases = grouped(intrusion(), &[]).cases;
    assert!(cases[0].digest.starts_with(&cases[0].id) && cases[0].digest.len() == 64);
    assert_eq!((cases[0].keys().len(), cases[0].patterns().len()), (3, 3), "noise is no part of it");
}
