//! Tests of what a review takes over from an earlier one.
use super::*;
use rusuban_core::model::case::CaseLevel;
use rusuban_core::model::text::Text;
use rusuban_core::world::log_review::{ReviewFiles, ReviewRules, ReviewedFile};

fn case(id: &str, findings: &[&str], found: &str) -> CaseSeen {
    CaseSeen {
        id: id.into(),
        digest: id.repeat(64),
        level: CaseLevel::High,
        title: Text::new("題", "title"),
        first: None,
        last: None,
        patterns: Bounded::default(),
        findings: Bounded::of(findings.iter().map(|&key| key.to_owned()), 99),
        found_at: format!("{found}T00:00:00Z").parse().unwrap(),
        earlier: None,
    }
}

fn review(files: &[&str], cases: &[CaseSeen]) -> LogReviewFacts {
    let file =
        |hash: &&str| ReviewedFile { name: (*hash).into(), size: 1, sha256: (*hash).into(), changed: false };
    LogReviewFacts {
        program: "rusuban".into(),
        from: "2026-12-28T15:00:00Z".parse().unwrap(),
        to: "2027-01-03T15:00:00Z".parse().unwrap(),
        rules: ReviewRules { in_force: 1, not_in_force: 0, own: true, sha256: String::new() },
        control: Control::Found,
        files: ReviewFiles { listed: Bounded::of(files.iter().map(file), 99), ..ReviewFiles::default() },
        events: 1,
        unparsed: 0,
        sources: Bounded::default(),
        missing: Bounded::default(),
        errors: Bounded::default(),
        lists: Vec::new(),
        cases: Bounded::of(cases.to_vec(), 99),
        answered: Bounded::default(),
        suppressed: Bounded::default(),
        expired: 0,
    }
}

/// Ids of the cases after a second review, with `+` where they stay from the first; and what was answered.
fn then(mut second: LogReviewFacts, first: LogReviewFacts) -> (Vec<String>, Vec<String>) {
    let earlier = Recorded { evidence: "e1".into(), vantage: "pc".into(), facts: first };
    carry_over(&mut second, &earlier, &[]);
    let name = |case: &CaseSeen| format!("{}{}", case.id, if case.earlier.is_some() { "+" } else { "" });
    (second.cases.list.iter().map(name).collect(), second.answered.list)
}

fn names(all: &[&str]) -> Vec<String> {
    all.iter().map(|&n| n.to_owned()).collect()
}

#[test]
fn a_review_of_fewer_logs_closes_nothing() {
    let first = review(&["vpn", "fw"], &[case("a", &["1"], "2027-01-04"), case("b", &["2"], "2027-01-04")]);
    let second = review(&["fw"], &[case("b", &["2"], "2027-01-06")]);
    assert_eq!(then(second, first), (names(&["b", "a+"]), vec![]));
}

#[test]
fn the_same_logs_with_better_lists_answer_a_case() {
    let first = review(&["vpn"], &[case("a", &["1"], "2027-01-04")]);
    assert_eq!(then(review(&["fw", "vpn"], &[]), first.clone()), (vec![], names(&["a"])));
    // A review that was blind, left files unread, or spoke with fewer rules answers nothing.
    let mut blind = review(&["vpn"], &[]);
    blind.control = Control::NotFound(vec!["x".into()]);
    assert_eq!(then(blind, first.clone()).0, names(&["a+"]));
    let mut off = review(&["vpn"], &[]);
    (off.control, off.rules.own) = (Control::Off, false);
    assert_eq!(then(off, first).0, names(&["a+"]));
}

#[test]
fn a_case_that_has_grown_answers_the_smaller_one() {
    let first = review(&["old"], &[case("a", &["1", "2"], "2027-01-04")]);
    let second = review(&["new"], &[case("c", &["1", "2", "3"], "2027-01-06")]);
    assert_eq!(then(second, first), (names(&["c"]), names(&["a"])));
}

#[test]
fn the_time_of_finding_stays() {
    let first = review(&["vpn"], &[case("a", &["1"], "2027-01-04")]);
    let mut second = review(&["vpn"], &[case("a", &["1"], "2027-01-09")]);
    carry_over(&mut second, &Recorded { evidence: "e1".into(), vantage: "pc".into(), facts: first }, &[]);
    assert_eq!(second.cases.list[0].found_at.to_string(), "2027-01-04T00:00:00Z");
}

#[test]
fn what_an_earlier_review_left_stays_until_its_own_logs_are_read_again() {
    let recorded = |id: &str, facts| Recorded { evidence: id.into(), vantage: "pc".into(), facts };
    let first = recorded("e1", review(&["vpn"], &[case("a", &["1"], "2027-01-04")]));
    let mut second = review(&["fw"], &[]);
    carry_over(&mut second, &first, std::slice::from_ref(&first));
    let all = [first, recorded("e2", second)];
    let after = |files: &[&str]| {
        let mut third = review(files, &[]);
        carry_over(&mut third, &all[1], &all);
        (third.cases.list.len(), third.answered.list)
    };
    assert_eq!(after(&["fw"]), (1, vec![]));
    assert_eq!(after(&["fw", "vpn"]), (0, names(&["a"])));
}
