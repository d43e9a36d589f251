//! `after.logs.b`: what the review found suspicious is investigated at once: each case has a decision, with who and why.
//!
//! A case that an earlier review showed stays until a later one answers it: reviewing fewer logs closes nothing.

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};

use super::logs_a;
use crate::checks::{Check, CheckMeta, Context, Dated, meta};
use crate::model::case::{Decision, Given};
use crate::model::subject::SubjectId;
use crate::model::text::Text;
use crate::model::verdict::{Findings, Judgement, Unknown, UnknownCode};
use crate::world::log_review::{CaseSeen, LogReviewFacts};

/// How many suppressed cases are told one by one.
const SHOWN: usize = 20;

/// `after.logs.b`; see the guide beside this file.
pub struct LogsB;

impl Check for LogsB {
    const META: CheckMeta = meta!("after.logs.b", Observation, Organisation, "logs_b");
    const ASKS: bool = false;
    type Facts = LogReviewFacts;

    fn judge(facts: &[Dated<'_, LogReviewFacts>], context: &Context<'_>) -> Judgement {
        let Some(newest) = facts.first() else {
            let mut findings = Findings::about(&SubjectId::organisation());
            findings.unseen(&logs_a::unlooked());
            return findings.judgement();
        };
        let mut findings = Findings::about(newest.subject());
        // A review that could not see finds nothing suspicious either.
        let seeing = facts.iter().any(|dated| logs_a::blind(dated, context).is_empty());
        if !seeing {
            for why in logs_a::blind(newest, context) {
                findings.unseen(&why);
            }
        }
        unreadable(context, &mut findings);
        let cases = cases(facts);
        for case in cases.values() {
            of_case(case, context, &mut findings);
        }
        left_out(facts, &mut findings);
        suppressed(facts, &mut findings);
        answered(facts, &mut findings);
        if cases.is_empty() {
            findings.note(
                "no-case",
                "",
                Text::new("点検で見つかった事案はありません", "the review found no case"),
                Text::new("", ""),
            );
        }
        findings.judgement()
    }

    fn unlooked(_subject: &SubjectId) -> Unknown {
        logs_a::unlooked()
    }
}

/// The cases of all machines that reviewed, each once, as it was first found.
fn cases<'f>(facts: &'f [Dated<'_, LogReviewFacts>]) -> BTreeMap<(&'f str, &'f str), &'f CaseSeen> {
    let mut cases: BTreeMap<(&str, &str), &CaseSeen> = BTreeMap::new();
    for case in facts.iter().flat_map(|dated| &dated.facts.cases.list) {
        let held = cases.entry((&case.id, &case.digest)).or_insert(case);
        if case.found_at < held.found_at {
            *held = case;
        }
    }
    cases
}

fn of_case(case: &CaseSeen, context: &Context<'_>, findings: &mut Findings) {
    let newest = context.decisions.about(&case.id, &case.digest).next_back();
    match newest.map(|given| (given.disposition.decision, given)) {
        None => open(case, context, findings),
        Some((Decision::Investigating, given)) => investigated(case, given, context, findings),
        Some((Decision::Benign, given)) => decided("case-benign", case, given, findings),
        Some((Decision::Incident, given)) => decided("case-incident", case, given, findings),
    }
}

fn decide(case: &CaseSeen) -> Text {
    let id = &case.id;
    Text::new(
        format!(
            "調べて `rusuban case decide {id} --benign（または --investigating、--incident）--reason 理由 --by 氏名` で判断を記録してください"
        ),
        format!(
            "look into it and record what it is: `rusuban case decide {id} --benign (or --investigating, --incident) --reason TEXT --by NAME`"
        ),
    )
}

/// `[高] 題` in both languages.
fn named(case: &CaseSeen) -> Text {
    let level = case.level.label();
    Text::new(format!("[{}] {}", level.ja, case.title.ja), format!("[{}] {}", level.en, case.title.en))
}

fn open(case: &CaseSeen, context: &Context<'_>, findings: &mut Findings) {
    let name = named(case);
    let limit = context.policy.logs.case_open_days;
    let late = context.at.duration_since(case.found_at) > days(limit);
    let earlier = case.earlier.is_some();
    let (ja, en) = if earlier {
        (
            "（前の点検で見つかり、新しい点検では読んでいないログの事案です）",
            " (an earlier review found it, in logs that the newest did not read)",
        )
    } else {
        ("", "")
    };
    let since = day(case.found_at, context);
    if late {
        let message = Text::new(
            format!("事案に判断がないまま{limit}日を過ぎました：{}（{since} に発見）{ja}", name.ja),
            format!("no decision for more than {limit} days: {} (found on {since}){en}", name.en),
        );
        findings.failing("case-open", &case.id, message, decide(case));
    } else {
        let message = Text::new(
            format!("事案に判断がありません：{}（{since} に発見）{ja}", name.ja),
            format!("nobody has decided on a case: {} (found on {since}){en}", name.en),
        );
        findings.unknown("case-open", &case.id, message, decide(case));
    }
    // Whoever accepts an open case accepts this one as it is, not what joins it.
    findings.in_state(case.digest.get(..12).unwrap_or_default());
}

/// The last day of looking into a case.
fn limit(given: &Given, context: &Context<'_>) -> Date {
    let begun = day(given.at, context);
    let usual = begun.checked_add(context.policy.logs.investigation_days.days()).unwrap_or(Date::MAX);
    given.disposition.until.unwrap_or(usual)
}

fn investigated(case: &CaseSeen, given: &Given, context: &Context<'_>, findings: &mut Findings) {
    let name = named(case);
    let (by, limit) = (&given.disposition.by, limit(given, context));
    if day(context.at, context) > limit {
        let message = Text::new(
            format!("調査の期限（{limit}）を過ぎても終わっていません：{}（{by}）", name.ja),
            format!("still being looked into after its last day ({limit}): {} ({by})", name.en),
        );
        findings.failing("case-investigation-late", &case.id, message, decide(case));
    } else {
        let message = Text::new(
            format!("調査中です（期限 {limit}）：{}（{by}）", name.ja),
            format!("being looked into (until {limit}): {} ({by})", name.en),
        );
        findings.unknown("case-investigated", &case.id, message, decide(case));
    }
    findings.in_state(case.digest.get(..12).unwrap_or_default());
}

fn decided(code: &str, case: &CaseSeen, given: &Given, findings: &mut Findings) {
    let name = named(case);
    let disposition = &given.disposition;
    let label = disposition.decision.label();
    let (by, reason) = (&disposition.by, &disposition.reason);
    let compared = disposition.review.is_some();
    let (ja, en) = if compared {
        ("", "")
    } else {
        (
            "（判断のとき、保存された点検の記録とは突き合わせていません）",
            " (not compared with a recorded review when it was decided)",
        )
    };
    findings.note(
        code,
        &case.id,
        Text::new(
            format!("{}：{}。{by}さんの判断「{reason}」{ja}", name.ja, label.ja),
            format!("{}: {}. {by}: “{reason}”{en}", name.en, label.en),
        ),
        Text::new(
            format!("判断を改めるときは `rusuban case decide {}` をもう一度実行してください", case.id),
            format!("to decide otherwise run `rusuban case decide {}` again", case.id),
        ),
    );
}

fn unreadable(context: &Context<'_>, findings: &mut Findings) {
    for id in &context.decisions.unreadable {
        findings.unknown(
            UnknownCode::Unparsable.as_str(),
            id,
            Text::new(
                format!("保存された事案の判断 {id} を読めません"),
                format!("the stored decision {id} about a case cannot be read"),
            ),
            Text::new("改めて判断を記録してください", "record the decision again"),
        );
    }
}

/// Cases that did not fit into the evidence: nobody can decide on what is not named.
fn left_out(facts: &[Dated<'_, LogReviewFacts>], findings: &mut Findings) {
    let more = facts.iter().map(|dated| dated.facts.cases.left_out).max().unwrap_or_default();
    if more > 0 {
        findings.unknown(
            "cases-left-out",
            "",
            Text::new(
                format!("事案が多すぎて、ほかの{more}件は記録されていません"),
                format!("there are too many cases: {more} more are not recorded"),
            ),
            Text::new(
                "当番や機器の一覧を補い、規則を絞ってから、もう一度点検してください",
                "complete the lists (duty, hosts), choose fewer rules, and review again",
            ),
        );
    }
}

/// Cases that an earlier closure's decision explains stay in sight, with who said so and until when.
fn suppressed(facts: &[Dated<'_, LogReviewFacts>], findings: &mut Findings) {
    let Some(newest) = facts.first() else { return };
    let all = &newest.facts.suppressed;
    for case in all.list.iter().take(SHOWN) {
        let level = case.level.label();
        findings.note(
            "case-suppressed",
            &case.id,
            Text::new(
                format!(
                    "[{}] {}：以前の判断により除外（{}さん「{}」、{} まで）",
                    level.ja, case.title.ja, case.by, case.reason, case.until
                ),
                format!(
                    "[{}] {}: suppressed by an earlier decision ({}: “{}”, until {})",
                    level.en, case.title.en, case.by, case.reason, case.until
                ),
            ),
            Text::new(
                format!("判断を改めるときは、証跡 {} の事案を判断し直してください", case.evidence),
                format!("to decide otherwise, decide anew on the case of evidence {}", case.evidence),
            ),
        );
    }
    let more = all.total().saturating_sub(SHOWN as u64);
    if more > 0 {
        findings.note(
            "case-suppressed",
            "…",
            Text::new(format!("ほかに{more}件を除外しています"), format!("{more} more are suppressed")),
            Text::new("`rusuban review` の報告で確かめてください", "see the report of `rusuban review`"),
        );
    }
}

/// Cases that went away by reviewing again: nobody decided on them, and whoever reads the verdict may ask why.
fn answered(facts: &[Dated<'_, LogReviewFacts>], findings: &mut Findings) {
    for dated in facts.iter().filter(|dated| dated.facts.answered.total() > 0) {
        let all = &dated.facts.answered;
        let ids: Vec<&str> = all.list.iter().take(SHOWN).map(String::as_str).collect();
        findings.note(
            "case-answered",
            dated.vantage(),
            Text::new(
                format!("前の点検の事案{}件は、同じログを点検し直した結果、なくなるか別の事案にまとまりました（{}）", all.total(), ids.join("、")),
                format!("{} cases of an earlier review went, or became part of others, when the same logs were reviewed again ({})", all.total(), ids.join(", ")),
            ),
            Text::new(
                "当番や機器の一覧を補った結果かどうかを確かめてください",
                "see whether that is because the lists (duty, hosts) were completed",
            ),
        );
    }
}

fn days(days: i64) -> SignedDuration {
    SignedDuration::from_hours(days.saturating_mul(24))
}

fn day(at: Timestamp, context: &Context<'_>) -> Date {
    let zone = TimeZone::get(&context.closure.time_zone).unwrap_or(TimeZone::UTC);
    at.to_zoned_datetime(zone).date()
}

#[cfg(test)]
mod tests {
    use super::super::logs_a::fixture::{AFTER, Review, decided, evaluated, judged, lines};
    use super::*;
    use crate::model::evidence::Evidence;
    use crate::model::verdict::Verdict;
    use crate::world::log_review::{Control, SuppressedCase};

    fn told(evidence: &[Evidence], at: &str) -> (Verdict, Vec<String>) {
        let judgement = judged("after.logs.b", evidence, at);
        (judgement.verdict(), lines(&judgement))
    }

    #[test]
    fn no_case_in_a_review_that_sees_is_verified() {
        assert_eq!(
            told(&[Review::whole().evidence()], AFTER),
            (Verdict::Verified, vec!["Note no-case".to_owned()])
        );
    }

    #[test]
    fn a_blind_review_shows_no_absence_of_cases() {
        let mut review = Review::whole();
        review.facts.control = Control::NotFound(vec!["x".into()]);
        assert_eq!(told(&[review.evidence()], AFTER).0, Verdict::Unknown);
        let early = Review::whole().at("2026-12-31T00:00:00Z");
        assert_eq!(told(&[early.evidence()], AFTER).0, Verdict::Unknown);
        assert_eq!(told(&[], AFTER), (Verdict::Unknown, vec!["Unknown not-looked".to_owned()]));
    }

    #[test]
    fn an_open_case_is_unknown_and_past_its_limit_failing() {
        let review = Review::with_cases(&["a"]).evidence();
        assert_eq!(
            told(std::slice::from_ref(&review), AFTER),
            (Verdict::Unknown, vec!["Unknown case-open a".into()])
        );
        let late = told(&[review], "2027-01-07T02:00:00Z");
        assert_eq!(late, (Verdict::Failing, vec!["Failing case-open a".into()]));
    }

    #[test]
    fn benign_and_incident_are_decided_and_noted() {
        let review = Review::with_cases(&["a", "b"]).evidence();
        let evidence = [
            review,
            decided("a", Decision::Benign, Some("2028-01-04"), "2027-01-04T02:00:00Z"),
            decided("b", Decision::Incident, None, "2027-01-04T02:00:00Z"),
        ];
        assert_eq!(
            told(&evidence, "2027-02-01T00:00:00Z"),
            (Verdict::Verified, vec!["Note case-benign a".into(), "Note case-incident b".into()])
        );
        let result = evaluated(&evidence, AFTER);
        assert_eq!(result.requirement(&"after.logs.b".parse().unwrap()).unwrap().evidence.len(), 3);
    }

    #[test]
    fn looking_into_it_is_unknown_until_its_day_and_failing_after() {
        let review = Review::with_cases(&["a"]).evidence();
        let named = [
            review.clone(),
            decided("a", Decision::Investigating, Some("2027-01-08"), "2027-01-04T02:00:00Z"),
        ];
        assert_eq!(told(&named, "2027-01-08T10:00:00Z").1, ["Unknown case-investigated a"]);
        assert_eq!(told(&named, "2027-01-08T16:00:00Z").1, ["Failing case-investigation-late a"]);
        let usual = [review, decided("a", Decision::Investigating, None, "2027-01-04T02:00:00Z")];
        assert_eq!(told(&usual, "2027-01-18T10:00:00Z").0, Verdict::Unknown);
        assert_eq!(told(&usual, "2027-01-19T10:00:00Z").0, Verdict::Failing);
    }

    #[test]
    fn the_newest_decision_counts_and_only_for_the_same_content() {
        let review = Review::with_cases(&["a"]);
        let benign = decided("a", Decision::Benign, None, "2027-01-04T02:00:00Z");
        let again = decided("a", Decision::Investigating, None, "2027-01-04T03:00:00Z");
        assert_eq!(told(&[review.evidence(), benign.clone(), again], AFTER).0, Verdict::Unknown);
        let mut grown = review;
        grown.facts.cases.list[0].digest = "f".repeat(64);
        assert_eq!(told(&[grown.evidence(), benign], AFTER).1, ["Unknown case-open a"]);
    }

    #[test]
    fn a_decision_that_cannot_be_read_closes_nothing() {
        let mut broken = decided("a", Decision::Benign, None, "2027-01-04T02:00:00Z");
        broken.record.draft.body = serde_json::json!({ "case": "a" });
        let found = told(&[Review::with_cases(&["a"]).evidence(), broken], AFTER);
        assert_eq!(found.0, Verdict::Unknown);
        assert_eq!(found.1.len(), 2);
    }

    #[test]
    fn what_did_not_fit_and_what_is_suppressed_is_told() {
        let mut review = Review::whole();
        review.facts.cases.left_out = 3;
        review.facts.suppressed.list.push(SuppressedCase {
            id: "s".into(),
            level: crate::model::case::CaseLevel::Critical,
            title: Text::new("題", "title"),
            findings: crate::world::log_review::Bounded::default(),
            by: "山田".into(),
            reason: "毎年の点検".into(),
            until: jiff::civil::date(2027, 12, 1),
            evidence: "e1".into(),
        });
        let judgement = judged("after.logs.b", &[review.evidence()], AFTER);
        assert_eq!(lines(&judgement), ["Unknown cases-left-out", "Note case-suppressed s", "Note no-case"]);
        assert!(
            judgement.findings[1].message.ja.contains("山田")
                && judgement.findings[1].message.ja.contains("2027-12-01")
        );
    }
}
