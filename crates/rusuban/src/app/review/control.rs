//! The positive control of a review: events that are planted for the same rules and detectors, in the same run. Where they
//! are not found, "nothing was found" says nothing.

use std::fmt::Write as _;
use std::io::Cursor;
use std::sync::Arc;

use bumpalo::Bump;
use jiff::Timestamp;
use rusuban_core::world::log_review::Control;
use rusuban_logs::activity::FileId;
use rusuban_logs::context::ClosureContext;
use rusuban_logs::event::Zone;
use rusuban_logs::frame::Blocks;
use rusuban_logs::outcome::{self, Judgement};
use rusuban_logs::reader::FileInfo;
use rusuban_logs::review::{Plan, Worker};
use rusuban_logs::sigma::RuleSet;
use rusuban_logs::sources::mapping::EMPTY;

/// What must be found: a detector, over many events, and a rule, in a single one.
const PLANTED: [&str; 2] = ["closure.brute-force-success", CLAMAV];
/// Id of the program's own rule for malware in a file.
const CLAMAV: &str = "6381a2b7-fdce-4272-af1b-f328165c0947";

/// The name of machine and account in what is planted.
const NAME: &str = "rusuban-control";

/// Plants events in the closure and looks whether they open a case.
pub fn control(rules: &RuleSet, own: bool, context: &ClosureContext) -> Control {
    if !own {
        return Control::Off;
    }
    let found = found(rules, context).unwrap_or_default();
    let missed: Vec<String> =
        PLANTED.iter().filter(|id| !found.iter().any(|f| f == *id)).map(|id| (*id).to_owned()).collect();
    if missed.is_empty() { Control::Found } else { Control::NotFound(missed) }
}

/// Ids of the rules whose findings opened a case. None where the planted log cannot even be read.
fn found(rules: &RuleSet, context: &ClosureContext) -> Option<Vec<String>> {
    let start = Timestamp::from_nanosecond(i128::from(context.closure.from)).ok()?;
    let blocks = Blocks::new(Box::new(Cursor::new(log(start).into_bytes()))).ok()?;
    let shape = blocks.shape().clone();
    let info = FileInfo {
        id: 0,
        form: shape.form,
        encoding: shape.encoding,
        mark: shape.mark,
        separator: shape.separator,
        reference: start.as_second(),
    };
    let interest = context.interest();
    let plan = Plan {
        engine: &rules.engine,
        correlations: &rules.plan,
        interest: &interest,
        zone: Zone(context.zone.clone()),
        mapping: &EMPTY,
    };
    let kept = Bump::new();
    let mut worker = Worker::new(&plan, &kept);
    for block in blocks {
        worker.take(&info, &block.ok()?);
    }
    let names = [(FileId(0), Arc::from(NAME))].into();
    let judgement = Judgement {
        rules,
        context,
        detectors: true,
        files: &[],
        names: &names,
        suppressions: &[],
        today: start.to_zoned_datetime(context.zone.clone()).date(),
    };
    let review = outcome::review(worker.finish(), &judgement);
    let findings = review.cases.cases.iter().flat_map(|case| &case.timeline);
    Some(findings.filter(|f| !f.level.is_noise()).map(|f| f.rule.id.clone()).collect())
}

/// Thirty wrong passwords and a right one, then malware: all in the first seconds of the closure. The addresses are those
/// for documentation (RFC 5737).
fn log(start: Timestamp) -> String {
    let mut log = String::new();
    let mut line = |second: i64, program: &str, message: &str| {
        let at = Timestamp::from_second(start.as_second() + second).unwrap_or(start);
        let _ = writeln!(log, "{} {NAME} {program}[7]: {message}", at.strftime("%Y-%m-%dT%H:%M:%SZ"));
    };
    for second in 1..=30 {
        line(
            second,
            "sshd",
            &format!("Failed password for {NAME} from 203.0.113.77 port {} ssh2", 40_000 + second),
        );
    }
    line(31, "sshd", &format!("Accepted password for {NAME} from 203.0.113.77 port 40031 ssh2"));
    line(32, "clamd", "/srv/rusuban-control/x.exe: Win.Trojan.Control-1 FOUND");
    log
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::tz::TimeZone;
    use rusuban_logs::context::{Lists, Period, lists::List};

    fn judged(own: bool, services: &str) -> Control {
        let (rules, _) = super::super::rules::load(&[], true, &[], Zone(TimeZone::UTC))
            .map(|l| (l.rules, l.unreadable))
            .unwrap();
        let mut lists = Lists::default();
        if !services.is_empty() {
            lists.read(List::Services, "services.csv", services, &TimeZone::UTC).unwrap();
        }
        let second = 1_000_000_000;
        let closure = Period { from: 1_798_210_800 * second, to: 1_798_297_200 * second };
        control(&rules, own, &ClosureContext::new(closure, TimeZone::UTC, None, lists))
    }

    #[test]
    fn what_is_planted_is_found() {
        assert_eq!(judged(true, ""), Control::Found);
        assert_eq!(judged(false, ""), Control::Off);
    }

    #[test]
    fn a_list_that_fits_everything_blinds_the_review_and_is_told() {
        let all = judged(true, "account,purpose,from\n*,everything,0.0.0.0/0\n");
        // The detector may still speak where the address is from outside; it must never be half found in silence.
        assert!(matches!(all, Control::Found | Control::NotFound(_)));
    }
}
