//! The backup probe against real repositories of restic and Borg: whole, old, empty, damaged, locked, moved, gone.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that cannot go on ends here"
)]

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use rusuban_core::checks::{Context, registry};
use rusuban_core::model::closure::{Closure, ClosureOrigin};
use rusuban_core::model::evidence::{Draft, Evidence, EvidenceKind, Record, Source};
use rusuban_core::model::policy::{BackupPolicy, ExpectedBackup, Policy};
use rusuban_core::model::subject::SubjectId;
use rusuban_core::model::text::Text;
use rusuban_core::model::verdict::{Seen, Unknown, UnknownCode};
use rusuban_core::world::backups::{BackupFacts, BackupTool, Contents, Extent, ReadBack, RepositoryFacts};
use rusuban_core::world::{Facts, Port};
use rusuban_probes::backups::{BackupProbe, ReadData, Repository, Secret};
use tempfile::TempDir;

/// Stands in every place that must not show up in facts or messages.
const PASSWORD: &str = "correct-horse-秘密";
const PLACE: &str = "the-place-of-the-repository";

/// A repository of one of the programs, with a source to back up, in a folder of its own.
struct Bed {
    root: TempDir,
    tool: BackupTool,
    password: &'static str,
}

impl Bed {
    fn new(tool: BackupTool) -> Self {
        let bed = Self::bare(tool, PASSWORD);
        match tool {
            BackupTool::Restic => bed.run(&["init", "--no-cache"]),
            BackupTool::Borg => bed.run(&["init", "--encryption", "repokey-blake2"]),
        }
        bed
    }

    /// Without a repository.
    fn bare(tool: BackupTool, password: &'static str) -> Self {
        let root = tempfile::tempdir().unwrap();
        for folder in ["source", "home"] {
            std::fs::create_dir(root.path().join(folder)).unwrap();
        }
        let bed = Self { root, tool, password };
        std::fs::write(bed.path("password"), format!("{password}\n")).unwrap();
        std::fs::write(bed.path("base-dir"), bed.path("home").display().to_string()).unwrap();
        // Incompressible, so that there is a large pack to damage.
        let mut state = 1_u64;
        let noise: Vec<u8> = std::iter::repeat_with(|| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            state.to_be_bytes()[0]
        })
        .take(300_000)
        .collect();
        std::fs::write(bed.path("source/noise"), noise).unwrap();
        bed
    }

    fn path(&self, path: &str) -> PathBuf {
        self.root.path().join(path)
    }

    fn command(&self, args: &[&str]) -> Command {
        let name = self.tool.as_str();
        let program = Path::new("/usr/bin").join(name);
        assert!(program.is_file(), "{name} is not installed: run `cargo xtask test`, which installs it");
        let mut command = Command::new(program);
        command
            .args(args)
            .current_dir(self.root.path())
            .env_clear()
            .env("HOME", self.path("home"))
            .env("TZ", "UTC")
            .env("LC_ALL", "C.UTF-8")
            .env("RESTIC_PASSWORD", self.password)
            .env("RESTIC_REPOSITORY", self.path(PLACE))
            .env("BORG_PASSPHRASE", self.password)
            .env("BORG_BASE_DIR", self.path("home"))
            .env("BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK", "yes")
            .env("BORG_REPO", self.path(PLACE))
            .stdin(Stdio::null());
        command
    }

    fn run(&self, args: &[&str]) {
        let output = self.command(args).output().unwrap();
        assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    }

    /// Backs the source up at a time, `YYYY-MM-DD hh:mm:ss` in UTC, or now.
    fn backup(&self, name: &str, time: Option<&str>) {
        let archive = format!("::{name}");
        let dated = time.map(|time| time.replace(' ', "T"));
        let args: Vec<&str> = match (self.tool, time) {
            (BackupTool::Restic, None) => vec!["backup", "--no-cache", "source"],
            (BackupTool::Restic, Some(time)) => vec!["backup", "--no-cache", "--time", time, "source"],
            (BackupTool::Borg, None) => vec!["create", &archive, "source"],
            (BackupTool::Borg, Some(_)) => {
                vec!["create", "--timestamp", dated.as_deref().unwrap(), &archive, "source"]
            }
        };
        self.run(&args);
    }

    /// Flips two bytes in the middle of the largest file of stored data.
    fn damage(&self) {
        let data = files(&self.path(PLACE).join("data"));
        let (path, mut bytes) = data.into_iter().max_by_key(|(_, bytes)| bytes.len()).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 0xff;
        bytes[middle + 1] ^= 0xff;
        // Borg's and restic's files are read-only: put another in its place.
        std::fs::remove_file(&path).unwrap();
        std::fs::write(&path, bytes).unwrap();
    }

    fn repository(&self, read_data: ReadData) -> Repository {
        let file = |path: &str| Secret::File(self.path(path).display().to_string());
        let env = match self.tool {
            BackupTool::Restic => BTreeMap::new(),
            BackupTool::Borg => BTreeMap::from([("BORG_BASE_DIR".to_owned(), file("base-dir"))]),
        };
        Repository {
            name: "files".into(),
            tool: self.tool,
            location: self.path(PLACE).display().to_string(),
            password: Some(file("password")),
            env,
            datasets: vec!["共有フォルダ".into()],
            read_data,
        }
    }

    async fn look(&self, read_data: ReadData) -> RepositoryFacts {
        look(self.repository(read_data)).await
    }
}

/// Every file below a folder with its content.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.insert(path.clone(), std::fs::read(&path).unwrap());
        }
    }
    found
}

async fn look(repository: Repository) -> RepositoryFacts {
    look_with(BackupProbe { repositories: vec![repository], ..BackupProbe::default() }).await
}

/// Looks, and holds that neither the password nor the place stands in what comes of it.
async fn look_with(probe: BackupProbe) -> RepositoryFacts {
    let facts = probe.look().await.unwrap();
    let text = serde_json::to_string(&facts).unwrap();
    for hidden in [PASSWORD, PLACE, "not-the-password"] {
        assert!(!text.contains(hidden), "{hidden} stands in {text}");
    }
    let back: BackupFacts = serde_json::from_str(&text).unwrap();
    assert_eq!(back, facts);
    facts.repositories.into_iter().next().unwrap()
}

fn contents(facts: &RepositoryFacts) -> &Contents {
    match &facts.contents {
        Seen::Known(contents) => contents,
        Seen::Unknown(why) => panic!("{why}"),
    }
}

fn unseen(facts: &RepositoryFacts) -> &Unknown {
    match &facts.contents {
        Seen::Known(contents) => panic!("{contents:?}"),
        Seen::Unknown(why) => why,
    }
}

/// The codes that `before.backups.b` finds in what was seen of a repository just now.
fn judged(facts: &RepositoryFacts) -> Vec<String> {
    let now = Timestamp::now();
    let body = serde_json::json!({"facts": BackupFacts { repositories: vec![facts.clone()], unassigned: Vec::new() }});
    let draft = Draft {
        id: "1".into(),
        closure: "x".into(),
        kind: EvidenceKind::Observation,
        topic: BackupFacts::TOPIC.into(),
        requirement: None,
        subject: SubjectId::organisation(),
        source: Source { name: "test".into(), version: String::new() },
        vantage: "test".into(),
        observed_at: now,
        received_at: now,
        effective_at: None,
        body,
    };
    let evidence =
        Evidence { record: Record { v: 1, seq: 1, prev: String::new(), draft }, hash: String::new() };
    let expected = ExpectedBackup { name: "files".into(), max_age_hours: 24, read_data_max_age_days: 7 };
    let policy = Policy { backups: BackupPolicy { expected: vec![expected] }, ..Policy::default() };
    let closure = Closure {
        id: "x".into(),
        name: Text::new("休業", "closure"),
        first_day: jiff::civil::date(2026, 12, 29),
        last_day: jiff::civil::date(2027, 1, 3),
        time_zone: "Asia/Tokyo".into(),
        origin: ClosureOrigin::Calendar,
    };
    let context = Context::new(&closure, &policy, now);
    let check = registry::find("before.backups.b").unwrap();
    let judged = check.judge(&SubjectId::organisation(), &[&evidence], &context);
    judged.judgement.findings.into_iter().map(|finding| finding.code).collect()
}

/// A process that ends with the test, however the test ends.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn wait_for(what: &str, mut holds: impl FnMut() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < Duration::from_mins(2), "{what} did not come up");
        std::thread::sleep(Duration::from_millis(20));
    }
}

const BOTH: [BackupTool; 2] = [BackupTool::Restic, BackupTool::Borg];

#[tokio::test]
async fn a_good_repository_is_listed_and_read_back_and_left_as_it_was() {
    for tool in BOTH {
        let bed = Bed::new(tool);
        bed.backup("files-2026-10-01", Some("2026-10-01 03:00:00"));
        std::fs::write(bed.path("source/more"), "four").unwrap();
        bed.backup("files-2026-12-27", None);
        let stored = || {
            let mut files = files(&bed.path(PLACE));
            // Borg notes there which numbers for encryption it has given out.
            files.remove(&bed.path(PLACE).join("nonce"));
            files
        };
        let before = stored();
        let facts = bed.look(ReadData::Full).await;
        assert!(stored() == before, "{tool:?}: the look has changed the repository");
        let seen = contents(&facts);
        assert_eq!((seen.count, seen.series.len(), seen.series[0].count), (2, 1, 2), "{tool:?}");
        let series = &seen.series[0];
        assert_eq!(series.newest.size, Seen::Known(300_004), "{tool:?}");
        let previous = series.previous.as_ref().unwrap();
        assert_eq!(previous.size, Seen::Known(300_000), "{tool:?}");
        assert_eq!(previous.time.to_string(), "2026-10-01T03:00:00Z", "{tool:?}");
        assert!(!series.host.is_empty(), "{tool:?}");
        let read = facts.read_back.as_ref().unwrap();
        assert_eq!((read.ok, read.extent), (true, Extent::Full), "{read:?}");
        assert_eq!(judged(&facts), [""; 0], "{tool:?}");
    }
}

#[tokio::test]
async fn damage_is_seen_by_reading_back_and_by_nothing_else() {
    for tool in BOTH {
        let bed = Bed::new(tool);
        bed.backup("files-2026-12-27", None);
        bed.damage();
        let listed = bed.look(ReadData::No).await;
        assert_eq!((contents(&listed).count, &listed.read_back), (1, &None), "{tool:?}");
        let codes = judged(&listed);
        assert!(codes.contains(&"data-not-read".to_owned()), "{tool:?}: {codes:?}");
        let read = bed.look(ReadData::Full).await;
        assert!(!read.read_back.as_ref().unwrap().ok, "{tool:?}");
        assert!(judged(&read).contains(&"backup-damaged".to_owned()), "{tool:?}");
    }
}

#[tokio::test]
async fn an_old_snapshot_is_seen_to_be_old() {
    for tool in BOTH {
        let bed = Bed::new(tool);
        bed.backup("files-2026-10-01", Some("2026-10-01 03:00:00"));
        let facts = bed.look(ReadData::No).await;
        assert_eq!(contents(&facts).series[0].newest.time.to_string(), "2026-10-01T03:00:00Z");
        assert_eq!(judged(&facts), ["backup-old", "data-not-read"], "{tool:?}");
    }
}

#[tokio::test]
async fn a_snapshot_that_shrank_is_seen_to_have_shrunk() {
    for tool in BOTH {
        let bed = Bed::new(tool);
        bed.backup("files-2026-12-26", None);
        std::fs::write(bed.path("source/noise"), "encrypted").unwrap();
        bed.backup("files-2026-12-27", None);
        let facts = bed.look(ReadData::No).await;
        assert_eq!(judged(&facts), ["backup-shrunk", "data-not-read"], "{tool:?}");
    }
}

#[tokio::test]
async fn an_empty_repository_holds_nothing_and_is_not_read() {
    for tool in BOTH {
        let facts = Bed::new(tool).look(ReadData::Full).await;
        assert_eq!((contents(&facts).count, contents(&facts).series.len()), (0, 0), "{tool:?}");
        assert_eq!((&facts.read_back, &facts.read_blind), (&None, &None), "{tool:?}");
        assert_eq!(judged(&facts), ["no-snapshot"], "{tool:?}");
    }
}

#[tokio::test]
async fn passwords_that_are_wrong_or_absent_are_told_apart() {
    for tool in BOTH {
        let bed = Bed::new(tool);
        std::fs::write(bed.path("password"), "not-the-password\n").unwrap();
        let wrong = bed.look(ReadData::Full).await;
        assert_eq!((unseen(&wrong).code, unseen(&wrong).item.as_str()), (UnknownCode::NoPermission, "files"));
        assert_eq!((&wrong.read_back, &wrong.read_blind), (&None, &None));
        let none = look(Repository { password: None, ..bed.repository(ReadData::No) }).await;
        assert_eq!(unseen(&none).code, UnknownCode::NotConfigured, "{tool:?}: {}", unseen(&none));
        std::fs::remove_file(bed.path("password")).unwrap();
        assert_eq!(unseen(&bed.look(ReadData::No).await).code, UnknownCode::NotConfigured, "{tool:?}");
    }
}

#[tokio::test]
async fn a_repository_that_is_not_there_is_told() {
    for tool in BOTH {
        let facts = Bed::bare(tool, PASSWORD).look(ReadData::Full).await;
        assert_eq!(unseen(&facts).code, UnknownCode::ToolFailed);
        assert!(unseen(&facts).message.en.contains("there is no repository"), "{}", unseen(&facts));
    }
}

#[tokio::test]
async fn a_look_that_takes_too_long_is_cut_short() {
    for tool in BOTH {
        let bed = Bed::bare(tool, PASSWORD);
        let probe = BackupProbe {
            repositories: vec![bed.repository(ReadData::No)],
            list_limit: Duration::ZERO,
            ..BackupProbe::default()
        };
        let facts = look_with(probe).await;
        assert_eq!((unseen(&facts).code, unseen(&facts).item.as_str()), (UnknownCode::TimedOut, "files"));
    }
}

#[tokio::test]
async fn what_an_earlier_look_read_back_is_carried_on() {
    let bed = Bed::new(BackupTool::Restic);
    bed.backup("", None);
    let identity = bed.look(ReadData::No).await.identity;
    assert!(identity.is_some());
    let earlier = ReadBack {
        identity,
        at: "2026-11-01T00:00:00Z".parse().unwrap(),
        extent: Extent::Full,
        ok: true,
        detail: "no errors were found".into(),
    };
    let probe = |read_data| BackupProbe {
        repositories: vec![bed.repository(read_data)],
        previous_reads: BTreeMap::from([("files".to_owned(), earlier.clone())]),
        ..BackupProbe::default()
    };
    assert_eq!(look_with(probe(ReadData::No)).await.read_back.as_ref(), Some(&earlier));
    let now = look_with(probe(ReadData::Full)).await.read_back.unwrap();
    assert!(now.ok && now.at > earlier.at);
    let cut_short = look_with(BackupProbe { read_limit: Duration::ZERO, ..probe(ReadData::Full) }).await;
    assert_eq!(contents(&cut_short).count, 1);
    assert_eq!(cut_short.read_blind.as_ref().map(|why| why.code), Some(UnknownCode::TimedOut));
    assert_eq!(cut_short.read_back.as_ref(), Some(&earlier));
}

#[tokio::test]
async fn a_part_of_a_restic_repository_is_read_and_called_a_part() {
    let bed = Bed::new(BackupTool::Restic);
    bed.backup("", None);
    let read = bed.look(ReadData::Subset(50)).await.read_back.unwrap();
    assert_eq!((read.ok, read.extent), (true, Extent::Percent(50)));
}

#[tokio::test]
async fn a_locked_restic_repository_is_listed_and_not_read() {
    let bed = Bed::new(BackupTool::Restic);
    bed.backup("", None);
    // A backup of a stream that does not end yet.
    let mut child = bed
        .command(&["backup", "--no-cache", "--stdin"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let stream = child.stdin.take().unwrap();
    let _running = Running(child);
    (&stream).write_all(b"a beginning").unwrap();
    wait_for("the lock", || !files(&bed.path(PLACE).join("locks")).is_empty());
    let facts = bed.look(ReadData::Full).await;
    assert_eq!(contents(&facts).count, 1);
    let why = facts.read_blind.as_ref().unwrap();
    assert!(why.code == UnknownCode::ToolFailed && why.message.en.contains("locked"), "{why}");
    assert_eq!(facts.read_back, None);
}

#[tokio::test]
async fn a_locked_borg_repository_is_listed_and_not_read() {
    let bed = Bed::new(BackupTool::Borg);
    bed.backup("files-2026-12-27", None);
    // `cat` holds the lock until its input ends.
    let mut child = bed
        .command(&["with-lock", &bed.path(PLACE).display().to_string(), "cat"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let _stream = child.stdin.take().unwrap();
    let _running = Running(child);
    wait_for("the lock", || bed.path(PLACE).join("lock.exclusive").exists());
    let facts = bed.look(ReadData::Full).await;
    assert_eq!(contents(&facts).count, 1);
    let why = facts.read_blind.as_ref().unwrap();
    assert!(why.code == UnknownCode::ToolFailed && why.message.en.contains("locked"), "{why}");
}

#[tokio::test]
async fn a_borg_repository_that_moved_is_not_taken_for_the_same() {
    let bed = Bed::new(BackupTool::Borg);
    bed.backup("files-2026-12-27", None);
    assert_eq!(contents(&bed.look(ReadData::No).await).count, 1);
    std::fs::rename(bed.path(PLACE), bed.path("elsewhere")).unwrap();
    let location = bed.path("elsewhere").display().to_string();
    let facts = look(Repository { location, ..bed.repository(ReadData::No) }).await;
    assert!(unseen(&facts).message.en.contains("moved"), "{}", unseen(&facts));
}

#[tokio::test]
async fn a_borg_repository_without_encryption_needs_no_password() {
    let bed = Bed::bare(BackupTool::Borg, PASSWORD);
    bed.run(&["init", "--encryption", "none"]);
    bed.backup("files-2026-12-27", None);
    let facts = look(Repository { password: None, ..bed.repository(ReadData::Full) }).await;
    assert_eq!(contents(&facts).count, 1);
    assert!(facts.read_back.unwrap().ok);
}

#[tokio::test]
async fn an_address_that_nobody_answers_at_hides_its_user() {
    let bed = Bed::bare(BackupTool::Restic, PASSWORD);
    let location = format!("rest:http://user:not-the-password@127.0.0.1:1/{PLACE}");
    let probe = BackupProbe {
        repositories: vec![Repository { location, ..bed.repository(ReadData::No) }],
        // Later versions of restic try again for minutes.
        list_limit: Duration::from_secs(10),
        ..BackupProbe::default()
    };
    let facts = look_with(probe).await;
    let why = unseen(&facts);
    // Not "there is none": nobody knows what lies at a place that cannot be reached.
    let refused = why.code == UnknownCode::ToolFailed && why.message.en.contains("connection refused");
    assert!(refused || why.code == UnknownCode::TimedOut, "{why}");
}

#[tokio::test]
async fn a_read_back_does_not_speak_for_another_repository_that_takes_the_name() {
    for tool in BOTH {
        let (bed, other) = (Bed::new(tool), Bed::new(tool));
        for bed in [&bed, &other] {
            bed.backup("files-2026-12-27", None);
        }
        other.damage();
        let read = bed.look(ReadData::Full).await;
        assert_eq!(judged(&read), [""; 0], "{tool:?}");
        let earlier = read.read_back.clone().unwrap();
        let next = |bed: &Bed| BackupProbe {
            repositories: vec![bed.repository(ReadData::No)],
            previous_reads: BTreeMap::from([("files".to_owned(), earlier.clone())]),
            ..BackupProbe::default()
        };
        let same = look_with(next(&bed)).await;
        assert_eq!(
            (same.identity.as_ref(), same.read_back.as_ref()),
            (read.identity.as_ref(), Some(&earlier))
        );
        assert_eq!(judged(&same), [""; 0], "{tool:?}");
        let swapped = look_with(next(&other)).await;
        assert!(swapped.identity.is_some() && swapped.identity != read.identity, "{tool:?}");
        assert_eq!(swapped.read_back, None, "{tool:?}");
        assert_eq!(judged(&swapped), ["data-not-read"], "{tool:?}");
    }
}
