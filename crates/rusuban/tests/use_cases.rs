//! The use cases of statements and imports without the command line: what they refuse, in which words, and that nothing
//! is written then.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};
use rusuban::app::import::{Format, Import, import};
use rusuban::app::observe::Progress;
use rusuban::app::statements::{Accept, Attest, Claim, Recorded, Target, accept, attest, withdraw};
use rusuban::app::{AppError, ErrorKind, Options, Session};
use rusuban_core::model::evidence::Outcome;
use rusuban_core::model::subject::SubjectId;
use rusuban_core::model::verdict::Verdict;

/// Closed by a statement alone, so that nothing is looked at.
const CONTACTS: &str = "before.contacts.a";

struct Silent;

impl Progress for Silent {
    fn begin(&mut self, _topics: &[&'static str]) {}
    fn done(&mut self, _topic: &'static str, _outcome: &Outcome) {}
}

struct House {
    folder: tempfile::TempDir,
    session: Session,
}

impl House {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let options = Options { config: None, data_dir: Some(folder.path().join("data")) };
        Self { session: Session::open(&options).await.unwrap(), folder }
    }

    fn file(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }

    async fn records(&self) -> u64 {
        self.session.store.head().await.unwrap().seq
    }

    async fn attest(&self, wish: Attest) -> Result<Recorded, AppError> {
        attest(&self.session, &wish, &mut Silent).await
    }

    async fn import(&self, name: &str, path: &Path, made_at: Option<Timestamp>) -> Result<String, AppError> {
        let wish = Import {
            format: Format::named(name).unwrap(),
            name: name.to_owned(),
            path: path.to_owned(),
            subject: SubjectId::host("pc-9"),
            made_at,
            closure: None,
        };
        import(&self.session, &wish).await.map(|imported| imported.evidence)
    }
}

fn target(requirement: &str) -> Target {
    Target { requirement: requirement.to_owned(), closure: None, subject: None }
}

fn holds(requirement: &str) -> Attest {
    Attest {
        target: target(requirement),
        by: "山田".into(),
        statement: "電話で確認した".into(),
        claim: Claim::Holds,
        files: Vec::new(),
    }
}

fn accepts(days: i64) -> Accept {
    Accept {
        target: target(CONTACTS),
        owner: "佐藤".into(),
        approved_by: Some("鈴木".into()),
        reason: "連絡網を作り直している".into(),
        until: Timestamp::now() + SignedDuration::from_hours(24 * days),
        findings: Vec::new(),
    }
}

/// The kind of an error, with its message and hint in both languages for a look at their words.
fn refused<T: std::fmt::Debug>(result: Result<T, AppError>) -> (ErrorKind, String) {
    let error = result.unwrap_err();
    let hint = error.hint.clone().map(|hint| format!("{} {}", hint.ja, hint.en)).unwrap_or_default();
    (error.kind, format!("{} {} {hint}", error.message.ja, error.message.en))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_statement_that_cannot_be_taken_writes_nothing() {
    let house = House::new().await;
    let with = |change: fn(&mut Attest)| {
        let mut wish = holds(CONTACTS);
        change(&mut wish);
        wish
    };
    for (wish, kind, words) in [
        (with(|w| w.target.requirement = "before.contacts.z".into()), ErrorKind::Usage, "rusuban explain"),
        // A measure is no requirement, but says which requirements it has.
        (with(|w| w.target.requirement = "before.contacts".into()), ErrorKind::Usage, CONTACTS),
        (with(|w| w.target.closure = Some("no-closure".into())), ErrorKind::Usage, "no-closure"),
        (with(|w| w.target.subject = Some("host:nobody".into())), ErrorKind::Usage, "host:nobody"),
        (with(|w| w.by = " \t".into()), ErrorKind::Usage, "--by"),
        (with(|w| w.statement = "　".into()), ErrorKind::Usage, "--statement"),
        (with(|w| w.files = vec!["/nowhere/連絡網.xlsx".into()]), ErrorKind::Input, "連絡網.xlsx"),
    ] {
        let (found, text) = refused(house.attest(wish.clone()).await);
        assert_eq!(found, kind, "{wish:?}: {text}");
        assert!(text.contains(words), "{wish:?}: {text}");
    }
    assert_eq!(house.records().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_too_large_to_be_proof_is_refused_in_each_language() {
    let house = House::new().await;
    let path = house.folder.path().join("large.bin");
    std::fs::File::create(&path).unwrap().set_len((1 << 30) + 1).unwrap();
    let mut wish = holds(CONTACTS);
    wish.files = vec![path];
    let error = house.attest(wish).await.unwrap_err();
    assert!(error.message.ja.contains("1 GiB を超えています"), "{}", error.message.ja);
    assert!(error.message.en.contains("larger than 1 GiB") && !error.message.en.contains("超えて"));
    assert!(!error.message.ja.contains("larger"), "{}", error.message.ja);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_statement_is_taken_withdrawn_and_only_then_gone() {
    let house = House::new().await;
    let mut wish = holds(CONTACTS);
    wish.files = vec![house.file("連絡網.xlsx", b"tree")];
    let stated = house.attest(wish).await.unwrap();
    assert_eq!((stated.verdict, stated.requirement.as_str()), (Verdict::Attested, CONTACTS));

    let unknown = withdraw(&house.session, "no-such-evidence", "山田", "誤り").await;
    assert_eq!(refused(unknown).0, ErrorKind::Usage);
    let nameless = withdraw(&house.session, &stated.evidence, "", "誤り").await;
    assert_eq!(refused(nameless).0, ErrorKind::Usage);
    assert_eq!(house.records().await, 1);

    let withdrawn = withdraw(&house.session, &stated.evidence, "山田", "誤り").await.unwrap();
    assert_eq!(withdrawn.verdict, Verdict::Unknown);
    assert_eq!(house.records().await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_statement_can_be_withdrawn() {
    let house = House::new().await;
    let status = br#"{"AMServiceEnabled":true,"AntivirusEnabled":true,"AntivirusSignatureVersion":"1.1"}"#;
    let evidence =
        house.import("defender", &house.file("status.json", status), Some(Timestamp::now())).await.unwrap();
    let (kind, text) = refused(withdraw(&house.session, &evidence, "山田", "誤り").await);
    assert_eq!(kind, ErrorKind::Usage);
    assert!(text.contains("申告ではありません"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_acceptance_needs_an_end_another_approver_and_a_finding() {
    let house = House::new().await;
    let with = |change: fn(&mut Accept)| {
        let mut wish = accepts(30);
        change(&mut wish);
        wish
    };
    for (wish, words) in [
        (accepts(-1), "--until"),
        (accepts(400), "--until"),
        (with(|w| w.approved_by = Some(" 佐藤 ".into())), "--approved-by"),
        (with(|w| w.owner = String::new()), "--owner"),
        (with(|w| w.reason = " ".into()), "--reason"),
        (with(|w| w.findings = vec!["lit@organisation".into()]), "lit@organisation"),
        (with(|w| w.target.subject = Some("host:nobody".into())), "host:nobody"),
    ] {
        let (kind, text) = refused(accept(&house.session, &wish).await);
        assert_eq!(kind, ErrorKind::Usage, "{wish:?}: {text}");
        assert!(text.contains(words), "{wish:?}: {text}");
    }
    assert_eq!(house.records().await, 0);

    let accepted = accept(&house.session, &accepts(30)).await.unwrap();
    assert_eq!((accepted.verdict, accepted.covers.len()), (Verdict::AcceptedRisk, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_is_taken_whole_or_not_at_all() {
    let house = House::new().await;
    let status = br#"{"AMServiceEnabled":true,"AntivirusEnabled":true,"AntivirusSignatureVersion":"1.1"}"#;
    let (whole, half) = (house.file("whole.json", status), house.file("half.json", &status[..40]));

    let (kind, text) = refused(house.import("defender", &half, None).await);
    assert_eq!(kind, ErrorKind::Input);
    assert!(text.contains("half.json") && text.contains("Get-MpComputerStatus"), "{text}");
    assert_eq!(refused(house.import("winget-list", &whole, None).await).0, ErrorKind::Input);
    assert_eq!(refused(house.import("lsblk", Path::new("/nowhere"), None).await).0, ErrorKind::Input);
    let tomorrow = Timestamp::now() + SignedDuration::from_hours(24);
    let (kind, text) = refused(house.import("defender", &whole, Some(tomorrow)).await);
    assert_eq!(kind, ErrorKind::Usage);
    assert!(text.contains("--made"), "{text}");
    assert_eq!(house.records().await, 0);

    // Its own time of change is no witness: a copy of an old file would be fresh.
    assert_eq!(refused(house.import("defender", &whole, None).await).0, ErrorKind::Usage);
    house.import("defender", &whole, Some(Timestamp::now())).await.unwrap();
    assert_eq!(house.records().await, 1);
}
