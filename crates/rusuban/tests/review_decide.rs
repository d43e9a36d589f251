//! From a review to decisions, to the verdicts of `after.logs`, to the next closure: the use cases, with the time as a value.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test that cannot go on should stop"
)]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};
use rusuban::app::cases::{self, Plan, Wish as Deciding};
use rusuban::app::review::prepare::{Wish, prepare};
use rusuban::app::{AppError, ErrorKind, Options, Session, closures, evaluate};
use rusuban::report::review::data::{CaseState, ReviewReport};
use rusuban_core::model::case::Decision;
use rusuban_core::model::verdict::{Level, Verdict};
use serde_json::Value;

const WINTER: &str = "2026-12-26";
const SPRING: &str = "2027-05-01";
const NEXT_SPRING: &str = "2028-04-29";
/// The morning after each.
const AFTER_WINTER: &str = "2027-01-05T00:00:00Z";
const AFTER_SPRING: &str = "2027-05-06T00:00:00Z";
const AFTER_NEXT_SPRING: &str = "2028-05-08T00:00:00Z";

struct House {
    dir: tempfile::TempDir,
    session: Session,
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

impl House {
    async fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let options = Options { config: None, data_dir: Some(dir.path().join("data")) };
        let session = Session::open(&options).await.unwrap();
        for (name, first, last) in [
            ("年末年始", WINTER, "2027-01-04"),
            ("連休", SPRING, "2027-05-05"),
            ("次の連休", NEXT_SPRING, "2028-05-05"),
        ] {
            closures::add(&session, name, first.parse().unwrap(), last.parse().unwrap()).await.unwrap();
        }
        let lists = dir.path().join("lists");
        std::fs::create_dir(&lists).unwrap();
        let write = |name: &str, text: &str| std::fs::write(lists.join(name), text).unwrap();
        write("people.csv", "id,name,logins\n1,山田,yamada\n2,佐藤,sato\n");
        write("roster.csv", "who,from,to\n山田,2026-12-26,2028-12-31\n");
        write("hosts.csv", "name,always_on\nsrv1,はい\n");
        Self { dir, session }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// A log in which every hour has a line, from some days before a closure to its end, with some lines more.
    fn log(&self, name: &str, from: &str, days: i64, silent: Option<i64>, lines: &[&str]) -> PathBuf {
        let start = at(&format!("{from}T00:00:00+09:00"));
        let mut text = String::new();
        for hour in (0..days * 24).filter(|hour| Some(*hour) != silent) {
            let time = start + SignedDuration::from_hours(hour) + SignedDuration::from_mins(17);
            let time = time.strftime("%Y-%m-%dT%H:%M:%SZ");
            writeln!(text, "{time} srv1 sshd[9]: Server listening on 0.0.0.0 port 22.").unwrap();
        }
        for line in lines {
            writeln!(text, "{line}").unwrap();
        }
        let path = self.path(name);
        std::fs::write(&path, text).unwrap();
        path
    }

    async fn review(&self, closure: &str, logs: &Path, now: &str) -> ReviewReport {
        self.reviewed(closure, logs, now, true).await
    }

    async fn reviewed(&self, closure: &str, logs: &Path, now: &str, record: bool) -> ReviewReport {
        let wish = Wish {
            paths: vec![logs.to_owned()],
            closure: Some(closure.to_owned()),
            rules: Vec::new(),
            own: true,
            pipelines: Vec::new(),
            lists: Some(self.path("lists")),
            zone: None,
            record,
            config: self.session.config.clone(),
            now: at(now),
        };
        let prepared = prepare(&wish, Some(&self.session)).await.unwrap();
        prepared.carry_out(Some(&self.session), &|_| {}).await.unwrap()
    }

    /// The verdicts of `after.logs.a` and `.b`, with the codes of what fails or is unknown.
    async fn verdicts(&self, closure: &str, now: &str) -> (Verdict, Verdict, Vec<String>) {
        let closure = self.session.closure(Some(closure)).await.unwrap();
        let evaluated = evaluate::evaluate(&self.session, closure, at(now)).await.unwrap().evaluation;
        let of = |id: &str| evaluated.requirement(&id.parse().unwrap()).unwrap();
        let (a, b) = (of("after.logs.a"), of("after.logs.b"));
        let open = a.findings.iter().chain(&b.findings).filter(|f| f.level >= Level::Unknown);
        (a.verdict, b.verdict, open.map(|f| f.code.clone()).collect())
    }

    async fn plan(&self, change: impl FnOnce(&mut Deciding), now: &str) -> Result<Plan, AppError> {
        let mut wish = Deciding {
            case: String::new(),
            file: None,
            closure: Some(WINTER.to_owned()),
            decision: Decision::Benign,
            reason: "佐藤さん本人に電話で確認した".to_owned(),
            by: "山田".to_owned(),
            until: None,
            once: false,
        };
        change(&mut wish);
        cases::plan(&self.session, &wish, at(now)).await
    }

    async fn decide(&self, change: impl FnOnce(&mut Deciding), now: &str) -> Verdict {
        let plan = self.plan(change, now).await.unwrap();
        cases::carry_out(&self.session, &plan, at(now)).await.unwrap().verdict
    }

    async fn records(&self) -> u64 {
        self.session.store.head().await.unwrap().seq
    }
}

type Change<'c> = Box<dyn FnOnce(&mut Deciding) + 'c>;

fn login(day: &str, who: &str) -> String {
    format!(
        "{day}T03:04:05+09:00 srv1 sshd[12]: Accepted password for {who} from 198.51.100.7 port 50022 ssh2"
    )
}

fn words(result: Result<Plan, AppError>) -> (ErrorKind, String) {
    let error = result.unwrap_err();
    let hint = error.hint.clone().map(|hint| format!("{} {}", hint.ja, hint.en)).unwrap_or_default();
    (error.kind, format!("{} {} {hint}", error.message.ja, error.message.en))
}

#[tokio::test(flavor = "multi_thread")]
async fn from_a_review_to_a_decision_to_the_next_closures() {
    let house = House::new().await;
    let before = house.verdicts(WINTER, AFTER_WINTER).await;
    assert_eq!((before.0, before.1), (Verdict::Unknown, Verdict::Unknown));

    // Before the end of the closure nobody can have seen it all.
    let log = house.log("winter.log", "2026-12-22", 14, None, &[&login("2026-12-27", "sato")]);
    house.review(WINTER, &log, "2027-01-01T00:00:00Z").await;
    let early = house.verdicts(WINTER, "2027-01-01T00:00:00Z").await;
    assert!(early.2.contains(&"not-yet".to_owned()), "{early:?}");

    let report = house.review(WINTER, &log, AFTER_WINTER).await;
    assert_eq!(report.cases.len(), 1, "{:#?}", report.cases);
    assert!(report.errors.is_empty(), "{:#?}", report.errors);
    let case = report.cases[0].clone();
    assert_eq!((case.state, report.verdict), (CaseState::Open, Verdict::Failing));
    let open = house.verdicts(WINTER, "2027-01-02T00:00:00Z").await;
    assert_eq!(open.1, Verdict::Unknown, "{open:?}");
    // It was found on the first of January: three days on it is late.
    let late = house.verdicts(WINTER, AFTER_WINTER).await;
    assert_eq!(late, (Verdict::Verified, Verdict::Failing, vec!["case-open".to_owned()]));

    let verdict = house.decide(|wish| wish.case.clone_from(&case.id), AFTER_WINTER).await;
    assert_eq!(verdict, Verdict::Verified);
    let again = house.review(WINTER, &log, "2027-01-06T00:00:00Z").await;
    let shown = &again.cases[0];
    assert_eq!((&shown.id, shown.state), (&case.id, CaseState::Benign));
    assert_eq!(shown.dispositions[0].by, "山田");
    assert_eq!(shown.dispositions[0].until.unwrap().to_string(), "2028-01-05");
    assert!(shown.dispositions[0].compared && again.suppressed.is_empty());
    assert_eq!(again.verdict, Verdict::Verified);

    // The same of the next closure is explained, and still shown; another's login is not.
    let lines = [login("2027-05-02", "sato"), login("2027-05-04", "suzuki")];
    let log = house.log("spring.log", "2027-04-27", 9, None, &[&lines[0], &lines[1]]);
    let report = house.review(SPRING, &log, AFTER_SPRING).await;
    assert_eq!((report.cases.len(), report.suppressed.len()), (1, 1), "{:#?}", report.cases);
    assert_eq!(report.suppressed[0].by.reason, "佐藤さん本人に電話で確認した");
    assert_eq!(report.counts.suppressed.values().sum::<usize>(), 1);
    assert_eq!(report.cases[0].who[0].as_ref(), "suzuki");
    let id = report.cases[0].id.clone();
    let incident = house
        .decide(
            |wish| {
                (wish.case, wish.decision) = (id, Decision::Incident);
                wish.closure = Some(SPRING.to_owned());
            },
            AFTER_SPRING,
        )
        .await;
    assert_eq!(incident, Verdict::Verified);
    let verdicts = house.verdicts(SPRING, AFTER_SPRING).await;
    assert_eq!((verdicts.0, verdicts.1), (Verdict::Verified, Verdict::Verified), "{verdicts:?}");

    // Two years on the decision has ended: the case is open again, and the report says why.
    let log = house.log("next.log", "2028-04-25", 11, None, &[&login("2028-05-01", "sato")]);
    let report = house.review(NEXT_SPRING, &log, AFTER_NEXT_SPRING).await;
    assert_eq!((report.cases.len(), report.suppressed.len(), report.expired.len()), (1, 0, 1));
    assert_eq!(report.cases[0].state, CaseState::Open);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_hour_without_a_log_is_named() {
    let house = House::new().await;
    // 2026-12-30 05:00 in Tokyo: eight days and five hours after the log begins.
    let log = house.log("winter.log", "2026-12-22", 14, Some(8 * 24 + 5), &[]);
    house.review(WINTER, &log, AFTER_WINTER).await;
    let closure = house.session.closure(Some(WINTER)).await.unwrap();
    let evaluated = evaluate::evaluate(&house.session, closure, at(AFTER_WINTER)).await.unwrap().evaluation;
    let result = evaluated.requirement(&"after.logs.a".parse().unwrap()).unwrap();
    assert_eq!(result.verdict, Verdict::Unknown);
    let gap = result.findings.iter().find(|f| f.code == "log-gap").unwrap();
    assert!(gap.message.en.contains("12-30 05:00 – 06:00"), "{}", gap.message.en);
    // The rest of it: no case in what was read.
    assert_eq!(evaluated.requirement(&"after.logs.b".parse().unwrap()).unwrap().verdict, Verdict::Verified);
}

#[tokio::test(flavor = "multi_thread")]
async fn reviewing_fewer_logs_closes_no_case() {
    let house = House::new().await;
    let whole = house.log("winter.log", "2026-12-22", 14, None, &[&login("2026-12-27", "sato")]);
    let report = house.review(WINTER, &whole, AFTER_WINTER).await;
    let other = house.log("other.log", "2026-12-22", 14, None, &[]);
    assert!(house.review(WINTER, &other, AFTER_WINTER).await.cases.is_empty());
    let verdicts = house.verdicts(WINTER, AFTER_WINTER).await;
    assert_eq!((verdicts.1, verdicts.2), (Verdict::Unknown, vec!["case-open".to_owned()]));
    let listed =
        cases::list(&house.session, &house.session.closure(Some(WINTER)).await.unwrap()).await.unwrap();
    assert!(listed[0].case.earlier.is_some());
    let verdict = house.decide(|wish| wish.case.clone_from(&report.cases[0].id), AFTER_WINTER).await;
    assert_eq!(verdict, Verdict::Verified);
}

#[tokio::test(flavor = "multi_thread")]
async fn looking_into_it_has_an_end() {
    let house = House::new().await;
    let log = house.log("winter.log", "2026-12-22", 14, None, &[&login("2026-12-27", "sato")]);
    let id = house.review(WINTER, &log, AFTER_WINTER).await.cases[0].id.clone();
    let verdict = house
        .decide(
            |wish| {
                (wish.case, wish.decision) = (id[..6].to_owned(), Decision::Investigating);
                wish.until = Some("2027-01-08".parse().unwrap());
            },
            AFTER_WINTER,
        )
        .await;
    assert_eq!(verdict, Verdict::Unknown);
    let report = house.review(WINTER, &log, "2027-01-08T00:00:00Z").await;
    assert_eq!((report.cases[0].state, report.verdict), (CaseState::Investigating, Verdict::Unknown));
    assert_eq!(house.verdicts(WINTER, "2027-01-09T00:00:00Z").await.1, Verdict::Failing);
    let report = house.review(WINTER, &log, "2027-01-09T00:00:00Z").await;
    assert_eq!((report.cases[0].state, report.verdict), (CaseState::Late, Verdict::Failing));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_held_against_the_record() {
    let house = House::new().await;
    let log = house.log("winter.log", "2026-12-22", 14, None, &[&login("2026-12-27", "sato")]);
    let report = house.review(WINTER, &log, AFTER_WINTER).await;
    let id = report.cases[0].id.clone();
    let good = serde_json::to_value(&report).unwrap();
    let file = |name: &str, change: fn(&mut Value)| {
        let mut value = good.clone();
        change(&mut value);
        let path = house.path(name);
        std::fs::write(&path, value.to_string()).unwrap();
        path
    };
    let records = house.records().await;
    let edited: [fn(&mut Value); 4] = [
        |v| v["cases"][0]["level"] = "medium".into(),
        |v| v["cases"][0]["title"]["ja"] = "何でもない".into(),
        |v| v["cases"][0]["timeline"][0]["who"] = "suzuki".into(),
        |v| v["cases"][0]["digest"] = "0".repeat(64).into(),
    ];
    for change in edited {
        let path = file("edited.json", change);
        let (kind, text) =
            words(house.plan(|wish| (wish.case, wish.file) = (id.clone(), Some(path)), AFTER_WINTER).await);
        assert_eq!(kind, ErrorKind::Input, "{text}");
        assert!(text.contains("edited") || text.contains("differs from the recorded review"), "{text}");
    }
    for (change, says) in [
        ((|v| v["closure"]["whole_logs"] = true.into()) as fn(&mut Value), "no closure that is known"),
        (|v| v["closure"]["to"] = "2027-01-03T15:00:00Z".into(), "no closure that is known"),
        (|v| v["version"] = 2.into(), "version"),
        (|v| v["cases"] = "none".into(), "cannot be read as a review"),
    ] {
        let path = file("odd.json", change);
        let (_, text) =
            words(house.plan(|wish| (wish.case, wish.file) = (id.clone(), Some(path)), AFTER_WINTER).await);
        assert!(text.contains(says), "{text}");
    }
    assert_eq!(house.records().await, records, "nothing was written");
    let path = file("good.json", |_| {});
    let plan =
        house.plan(|wish| (wish.case, wish.file) = (id.clone(), Some(path)), AFTER_WINTER).await.unwrap();
    let (d, recorded) = (&plan.disposition, report.record.unwrap().evidence);
    assert_eq!((&d.review, d.patterns.is_empty(), plan.notes.len()), (&recorded, false, 0));
    assert_eq!(d.file.as_ref().unwrap().sha256.len(), 64);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_not_recorded_is_decided_with_a_word_about_it_and_not_remembered() {
    let house = House::new().await;
    let log = house.log("winter.log", "2026-12-22", 14, None, &[&login("2026-12-27", "sato")]);
    let report = house.reviewed(WINTER, &log, AFTER_WINTER, false).await;
    assert_eq!(house.verdicts(WINTER, AFTER_WINTER).await.2, ["not-looked", "not-looked"]);
    assert!(report.record.as_ref().unwrap().evidence.is_none());
    let path = house.path("review.json");
    std::fs::write(&path, serde_json::to_vec(&report).unwrap()).unwrap();
    let id = &report.cases[0].id;
    let plan =
        house.plan(|wish| (wish.case, wish.file) = (id.clone(), Some(path)), AFTER_WINTER).await.unwrap();
    let d = &plan.disposition;
    assert_eq!((&d.review, d.until, d.patterns.len(), plan.notes.len()), (&None, None, 0, 2));
    cases::carry_out(&house.session, &plan, at(AFTER_WINTER)).await.unwrap();
    let report = house.review(WINTER, &log, AFTER_WINTER).await;
    assert!(!report.cases[0].dispositions[0].compared);
    let log = house.log("spring.log", "2027-04-27", 9, None, &[&login("2027-05-02", "sato")]);
    assert_eq!(house.review(SPRING, &log, AFTER_SPRING).await.suppressed.len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_decision_that_cannot_be_taken_writes_nothing() {
    let house = House::new().await;
    let (_, text) = words(house.plan(|wish| wish.case = "abcd".into(), AFTER_WINTER).await);
    assert!(text.contains("rusuban review --closure 2026-12-26"), "{text}");
    let log = house.log("winter.log", "2026-12-22", 14, None, &[&login("2026-12-27", "sato")]);
    let id = house.review(WINTER, &log, AFTER_WINTER).await.cases[0].id.clone();
    let records = house.records().await;
    let day = |text: &str| Some(text.parse().unwrap());
    let near = id.replace(|c: char| c == id.chars().next().unwrap(), "x");
    let refused: Vec<(Change<'_>, &str)> = vec![
        (Box::new(|w| w.case.clone_from(&near)), id.as_str()),
        (Box::new(|w| w.case = id[..3].to_owned()), "near ones"),
        (Box::new(|w| w.case = String::new()), "near ones"),
        (Box::new(|w| w.reason = "　".into()), "--reason"),
        (Box::new(|w| w.by = String::new()), "--by"),
        (Box::new(|w| w.until = day("2027-01-05")), "the end lies in the past"),
        (Box::new(|w| w.until = day("2029-01-06")), "two years"),
        (Box::new(|w| (w.decision, w.until) = (Decision::Investigating, day("2027-05-01"))), "92"),
        (Box::new(|w| (w.decision, w.until) = (Decision::Incident, day("2027-02-01"))), "--incident"),
        (Box::new(|w| w.file = Some("/nowhere.json".into())), "/nowhere.json"),
        (Box::new(|w| w.closure = Some("no-closure".into())), "no-closure"),
    ];
    for (change, says) in refused {
        let fill = |w: &mut Deciding| {
            w.case.clone_from(&id);
            change(w);
        };
        let (kind, text) = words(house.plan(fill, AFTER_WINTER).await);
        assert!(matches!(kind, ErrorKind::Usage | ErrorKind::Input), "{text}");
        assert!(text.contains(says), "{says}: {text}");
    }
    assert_eq!(house.records().await, records);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_critical_case_is_remembered_only_until_a_day_that_somebody_names() {
    let house = House::new().await;
    let mut lines: Vec<String> = (0..40)
        .map(|n| format!("2026-12-27T03:0{}:{:02}+09:00 srv1 sshd[12]: Failed password for sato from 198.51.100.7 port 50022 ssh2", n / 30, n % 30))
        .collect();
    lines.push("2026-12-27T03:04:05+09:00 srv1 sshd[12]: Accepted password for sato from 198.51.100.7 port 50022 ssh2".into());
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let log = house.log("winter.log", "2026-12-22", 14, None, &lines);
    let case = house.review(WINTER, &log, AFTER_WINTER).await.cases[0].clone();
    assert_eq!(case.level.as_str(), "critical", "{case:#?}");
    let plan = house.plan(|wish| wish.case.clone_from(&case.id), AFTER_WINTER).await.unwrap();
    assert_eq!((plan.disposition.until, plan.notes.len()), (None, 1));
    let named = |wish: &mut Deciding| {
        wish.case.clone_from(&case.id);
        wish.until = Some("2027-12-31".parse().unwrap());
    };
    house.decide(named, AFTER_WINTER).await;
    let spring: Vec<String> = lines.iter().map(|line| line.replace("2026-12-27", "2027-05-02")).collect();
    let spring: Vec<&str> = spring.iter().map(String::as_str).collect();
    let log = house.log("spring.log", "2027-04-27", 9, None, &spring);
    let report = house.review(SPRING, &log, AFTER_SPRING).await;
    assert_eq!((report.cases.len(), report.suppressed.len()), (0, 1), "{:#?}", report.cases);
    assert_eq!(report.counts.suppressed.keys().next().unwrap().as_str(), "critical");
}
