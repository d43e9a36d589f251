//! `after.logs.a`: the logs of the whole closure were reviewed, with no hour and no file left out.
//!
//! Verified only by a review that was made after the closure, found what was planted for it, read every file and heard
//! every log in each hour in which it was to be heard. What came of it is judged by `after.logs.b`.

use jiff::tz::TimeZone;

use crate::checks::{Check, CheckMeta, Context, Dated, meta};
use crate::model::chain::sha256_hex;
use crate::model::subject::SubjectId;
use crate::model::text::Text;
use crate::model::verdict::{Findings, Judgement, Unknown, UnknownCode, Verdict};
use crate::world::log_review::{Control, LogReviewFacts, SourceHours, Stretch};

#[cfg(test)]
pub(crate) mod fixture;

/// How many findings of one kind are shown before the rest is counted.
const SHOWN: usize = 20;
/// How many stretches of hours a message names.
const NAMED: usize = 6;

/// `after.logs.a`; see the guide beside this file.
pub struct LogsA;

impl Check for LogsA {
    const META: CheckMeta = meta!("after.logs.a", Observation, Organisation, "logs_a");
    const ASKS: bool = false;
    type Facts = LogReviewFacts;

    /// Where several machines reviewed, one whole review is enough; else the newest tells what is missing.
    fn judge(facts: &[Dated<'_, LogReviewFacts>], context: &Context<'_>) -> Judgement {
        let judged: Vec<Judgement> = facts.iter().map(|dated| of_review(dated, context)).collect();
        let whole = judged.iter().position(|judgement| judgement.verdict() == Verdict::Verified);
        let mut judged = judged;
        if judged.is_empty() {
            let mut findings = Findings::about(&SubjectId::organisation());
            findings.unseen(&Self::unlooked(&SubjectId::organisation()));
            return findings.judgement();
        }
        judged.swap_remove(whole.unwrap_or(0))
    }

    fn unlooked(_subject: &SubjectId) -> Unknown {
        unlooked()
    }
}

/// Why nothing is known where no review is recorded.
pub(super) fn unlooked() -> Unknown {
    Unknown::new(
        UnknownCode::NotLooked,
        "",
        Text::new("ログの点検の記録がありません", "no review of the logs is recorded"),
        Text::new(
            "休業明けに `rusuban review --closure 休業期間のID ログの場所` を実行してください",
            "run `rusuban review --closure ID PATH…` after the closure",
        ),
    )
}

fn of_review(dated: &Dated<'_, LogReviewFacts>, context: &Context<'_>) -> Judgement {
    let facts = &dated.facts;
    let mut findings = Findings::about(dated.subject());
    for why in blind(dated, context) {
        findings.unseen(&why);
    }
    unread(facts, &mut findings);
    hours(facts, context, &mut findings);
    missing(facts, &mut findings);
    errors(facts, &mut findings);
    seen(facts, &mut findings);
    findings.judgement()
}

/// Why the review cannot have seen what there is to see, whatever its files.
pub(super) fn blind(dated: &Dated<'_, LogReviewFacts>, context: &Context<'_>) -> Vec<Unknown> {
    let facts = &dated.facts;
    let mut blind = Vec::new();
    let again = || {
        Text::new(
            "休業明けに、休業期間全体のログをもう一度点検してください",
            "review the logs of the whole closure again after its end",
        )
    };
    match context.closure.interval() {
        Ok((from, to)) if (facts.from, facts.to) != (from, to) => blind.push(Unknown::new(
            UnknownCode::NotLooked,
            "period",
            Text::new(
                "点検した期間が、休業期間と同じではありません",
                "what was reviewed is not the closure as it is now",
            ),
            again(),
        )),
        Ok((_, to)) if dated.observed_at() < to => blind.push(Unknown::new(
            UnknownCode::NotYet,
            "",
            Text::new(
                "点検は休業が明ける前のもので、その後のログを見ていません",
                "the review was made before the end of the closure, and has not seen the rest",
            ),
            again(),
        )),
        Ok(_) => {}
        Err(error) => blind.push(Unknown::new(
            UnknownCode::Unparsable,
            "period",
            Text::new(format!("休業期間が正しくありません（{error}）"), error.to_string()),
            Text::new("休業期間を定め直してください", "define the closure again"),
        )),
    }
    match &facts.control {
        Control::Found => {}
        Control::NotFound(rules) => blind.push(Unknown::new(
            UnknownCode::ControlFailed,
            rules.join(" "),
            Text::new(
                format!("点検のために仕込んだ記録を見つけられませんでした：{}", rules.join("、")),
                format!("what was planted for the review was not found: {}", rules.join(", ")),
            ),
            Text::new(
                "rusuban を入れ直し、一覧（services.csv など）が何にでも当てはまる書き方になっていないか確かめて、もう一度点検してください",
                "install rusuban anew, see that no list (such as services.csv) fits everything, and review again",
            ),
        )),
        Control::Off => blind.push(Unknown::new(
            UnknownCode::ControlFailed,
            "--no-own-rules",
            Text::new(
                "留守番が備える規則と検知を使わない点検でした",
                "the program's own rules and detectors were turned off in the review",
            ),
            Text::new("--no-own-rules を付けずに点検してください", "review without --no-own-rules"),
        )),
    }
    blind
}

fn unread(facts: &LogReviewFacts, findings: &mut Findings) {
    let unread = &facts.files.unread;
    for file in unread.list.iter().take(SHOWN) {
        findings.unknown(
            "file-not-read",
            &file.name,
            Text::new(
                format!("{} を読めていません：{}", file.name, file.reason.ja),
                format!("{} was not read: {}", file.name, file.reason.en),
            ),
            Text::new(
                "読める形にして、もう一度点検してください",
                "bring it into a form that can be read and review again",
            ),
        );
    }
    rest("file-not-read", unread.total(), findings);
}

/// Each log that was to be heard in every hour, with the hours in which it was not.
fn hours(facts: &LogReviewFacts, context: &Context<'_>, findings: &mut Findings) {
    let zone = TimeZone::get(&context.closure.time_zone).unwrap_or(TimeZone::UTC);
    let silent = |source: &&SourceHours| source.expected.is_some() && source.unseen.total() > 0;
    for source in facts.sources.list.iter().filter(silent) {
        let hours = source.hours_open.saturating_sub(source.hours_heard);
        let mut named: Vec<String> =
            source.unseen.list.iter().take(NAMED).map(|stretch| clock(*stretch, &zone)).collect();
        if source.unseen.total() > NAMED as u64 {
            named.push("…".to_owned());
        }
        let name = &source.name;
        findings.unknown(
            "log-gap",
            name,
            Text::new(
                format!("{name} のログが{hours}時間分ありません（{}）", named.join("、")),
                format!("the log {name} is missing in {hours} hours ({})", named.join(", ")),
            ),
            Text::new(
                "ログサーバ、機器の本体、バックアップに残っていないか探し、加えてもう一度点検してください",
                "look for it on the log server, the machine itself and in backups; add it and review again",
            ),
        );
        // Whoever accepts a gap accepts these hours, not the next ones.
        let text: Vec<String> =
            source.unseen.list.iter().map(|stretch| format!("{}/{}", stretch.from, stretch.to)).collect();
        let digest = sha256_hex(text.join(" ").as_bytes());
        findings.in_state(digest.get(..12).unwrap_or_default());
    }
    if facts.sources.left_out > 0 {
        rest("log-gap", facts.sources.left_out + SHOWN as u64, findings);
    }
}

fn clock(stretch: Stretch, zone: &TimeZone) -> String {
    let from = stretch.from.to_zoned_datetime(zone.clone());
    let to = stretch.to.to_zoned_datetime(zone.clone());
    let end = if from.date() == to.date() { "%H:%M" } else { "%m-%d %H:%M" };
    format!("{} – {}", from.strftime("%m-%d %H:%M"), to.strftime(end))
}

fn missing(facts: &LogReviewFacts, findings: &mut Findings) {
    // Unread files and gaps were told with more detail.
    let told = ["log-gap", "file-not-read"];
    for missing in facts.missing.list.iter().filter(|m| !told.contains(&m.code.as_str())).take(SHOWN) {
        findings.unknown(&missing.code, &missing.item, missing.message.clone(), missing.hint.clone());
    }
    rest("log-missing", facts.missing.left_out + SHOWN.min(facts.missing.list.len()) as u64, findings);
}

fn errors(facts: &LogReviewFacts, findings: &mut Findings) {
    let errors: Vec<_> = facts.errors.list.iter().filter(|error| error.kind != "file").collect();
    for error in errors.iter().take(SHOWN) {
        let (code, hint) = if error.kind == "blind" {
            (
                "detector-blind",
                Text::new(
                    "足りないログや一覧を加えて、もう一度点検してください",
                    "add the logs or lists that it lacks and review again",
                ),
            )
        } else {
            (
                "rule-not-in-force",
                Text::new(
                    "規則を直すか、規則のフォルダーから外して、もう一度点検してください",
                    "mend the rule or take it out of the folder and review again",
                ),
            )
        };
        let item = &error.item;
        let message =
            Text::new(format!("{item}: {}", error.message.ja), format!("{item}: {}", error.message.en));
        findings.unknown(code, item, message, hint);
    }
    rest("review-error", errors.len() as u64 + facts.errors.left_out, findings);
}

/// Says how many more there are than are shown.
fn rest(code: &str, total: u64, findings: &mut Findings) {
    let Some(more) = total.checked_sub(SHOWN as u64).filter(|more| *more > 0) else { return };
    findings.unknown(
        code,
        "…",
        Text::new(format!("ほかに{more}件あります"), format!("there are {more} more")),
        Text::new("`rusuban review` の報告で確かめてください", "see the report of `rusuban review`"),
    );
}

/// What the review read, for whoever reads the verdict.
fn seen(facts: &LogReviewFacts, findings: &mut Findings) {
    let (logs, events, unparsed) = (facts.files.logs, facts.events, facts.unparsed);
    let sources = facts.sources.total();
    findings.note(
        "reviewed",
        "",
        Text::new(
            format!(
                "{logs}ファイル、{sources}種類のログ、{events}件を読み取り、{unparsed}件は読み取れていません（規則 {}件）",
                facts.rules.in_force
            ),
            format!(
                "{logs} files, {sources} logs, {events} events understood, {unparsed} records not understood ({} rules)",
                facts.rules.in_force
            ),
        ),
        Text::new("内訳は証跡にあります", "the evidence has the details"),
    );
    let changed = facts.files.listed.list.iter().filter(|file| file.changed).count();
    if changed > 0 {
        findings.note(
            "written-meanwhile",
            "",
            Text::new(
                format!("{changed}ファイルは点検の間に書き込まれました"),
                format!("{changed} files were written to during the review"),
            ),
            Text::new(
                "書き込みの終わったログ（写し）で点検すると、後から同じ結果を確かめられます",
                "a review of copies that nobody writes to can be repeated with the same result",
            ),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::fixture::{AFTER, Review, judged, lines};
    use super::*;
    use crate::model::verdict::Verdict;
    use crate::world::log_review::{Bounded, Missing, ReviewError, Unread};

    fn told(review: &Review) -> (Verdict, Vec<String>) {
        let judgement = judged("after.logs.a", &[review.evidence()], AFTER);
        (judgement.verdict(), lines(&judgement))
    }

    #[test]
    fn a_whole_review_after_the_closure_is_verified() {
        assert_eq!(told(&Review::whole()), (Verdict::Verified, vec!["Note reviewed".to_owned()]));
    }

    #[test]
    fn it_does_not_grow_stale() {
        let judgement = judged("after.logs.a", &[Review::whole().evidence()], "2027-09-01T00:00:00Z");
        assert_eq!(judgement.verdict(), Verdict::Verified);
    }

    #[test]
    fn nobody_has_reviewed() {
        let judgement = judged("after.logs.a", &[], AFTER);
        assert_eq!(lines(&judgement), ["Unknown not-looked"]);
        assert!(judgement.findings[0].hint.en.contains("rusuban review"));
    }

    #[test]
    fn a_review_during_the_closure_has_not_seen_the_rest() {
        let review = Review::whole().at("2026-12-31T00:00:00Z");
        assert_eq!(told(&review).1[0], "Unknown not-yet");
        assert_eq!(told(&review).0, Verdict::Unknown);
    }

    #[test]
    fn a_review_of_other_days_is_no_review_of_this_closure() {
        let mut review = Review::whole();
        review.facts.to = "2027-01-02T15:00:00Z".parse().unwrap();
        assert_eq!(
            told(&review),
            (Verdict::Unknown, vec!["Unknown not-looked period".into(), "Note reviewed".into()])
        );
    }

    #[test]
    fn a_blind_review_is_unknown() {
        let mut review = Review::whole();
        review.facts.control = Control::NotFound(vec!["closure.brute-force-success".into()]);
        assert_eq!(told(&review).1[0], "Unknown control-failed closure.brute-force-success");
        review.facts.control = Control::Off;
        assert_eq!(told(&review).1[0], "Unknown control-failed --no-own-rules");
        assert_eq!(told(&review).0, Verdict::Unknown);
    }

    #[test]
    fn hours_that_were_not_heard_are_named() {
        let mut review = Review::whole();
        let gap = Stretch {
            from: "2026-12-29T18:00:00Z".parse().unwrap(),
            to: "2026-12-29T20:00:00Z".parse().unwrap(),
        };
        let source = &mut review.facts.sources.list[0];
        source.unseen = Bounded::of([gap], 9);
        source.hours_heard -= 2;
        let judgement = judged("after.logs.a", &[review.evidence()], AFTER);
        assert_eq!(judgement.verdict(), Verdict::Unknown);
        assert_eq!(
            judgement.findings[0].message.ja,
            "fortigate@fw1 のログが2時間分ありません（12-30 03:00 – 05:00）"
        );
        // A log that nothing says should be heard in every hour may be silent.
        review.facts.sources.list[0].expected = None;
        assert_eq!(told(&review).0, Verdict::Verified);
    }

    #[test]
    fn what_was_not_read_or_not_judged_is_named() {
        let mut review = Review::whole();
        let text = Text::new("壊れています", "it is broken");
        review.facts.files.unread = Bounded::of([Unread { name: "a.zip".into(), reason: text.clone() }], 9);
        review.facts.missing = Bounded::of(
            [Missing {
                code: "source-missing".into(),
                item: "fw2".into(),
                message: text.clone(),
                hint: text.clone(),
            }],
            9,
        );
        let error = |kind: &str, item: &str| ReviewError {
            kind: kind.into(),
            item: item.into(),
            message: text.clone(),
        };
        review.facts.errors = Bounded::of([error("rule", "x.yml"), error("blind", "closure.y")], 9);
        let (verdict, lines) = told(&review);
        assert_eq!(verdict, Verdict::Unknown);
        assert_eq!(
            lines,
            [
                "Unknown detector-blind closure.y",
                "Unknown file-not-read a.zip",
                "Unknown rule-not-in-force x.yml",
                "Unknown source-missing fw2",
                "Note reviewed",
            ]
        );
    }

    #[test]
    fn more_than_can_be_shown_is_counted() {
        let mut review = Review::whole();
        let reason = Text::new("壊れています", "it is broken");
        let file = |n: u32| Unread { name: format!("{n}"), reason: reason.clone() };
        review.facts.files.unread = Bounded { list: (0..30).map(file).collect(), left_out: 5 };
        let judgement = judged("after.logs.a", &[review.evidence()], AFTER);
        assert!(judgement.findings.iter().any(|f| f.message.en == "there are 15 more"));
    }

    #[test]
    fn one_whole_review_is_enough_where_two_machines_reviewed() {
        let mut partial = Review::whole().at("2027-01-05T00:00:00Z");
        partial.vantage = "pc-2".into();
        partial.facts.control = Control::Off;
        let judgement = judged("after.logs.a", &[Review::whole().evidence(), partial.evidence()], AFTER);
        assert_eq!(judgement.verdict(), Verdict::Verified);
    }

    #[test]
    fn facts_come_back_from_storage_as_they_were() {
        let facts = Review::with_cases(&["a", "b"]).facts;
        let text = crate::model::chain::canonical(&facts).unwrap();
        assert_eq!(serde_json::from_str::<LogReviewFacts>(&text).unwrap(), facts);
    }
}
