//! The store on both databases: the same tests, the real SQLite and the real PostgreSQL.
//!
//! PostgreSQL is named by `RUSUBAN_TEST_POSTGRES` (a URL with the right to make databases); `cargo xtask test` starts one.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on should stop"
)]

use jiff::Timestamp;
use jiff::civil::date;
use rusuban::store::evidence::Change;
use rusuban::store::export::{self, verify_store};
use rusuban::store::register::RegisterRow;
use rusuban::store::signing::CheckpointKey;
use rusuban::store::{Location, Store, StoreError};
use rusuban_core::model::chain::{ChainFault, Head};
use rusuban_core::model::closure::{Closure, ClosureOrigin};
use rusuban_core::model::evidence::{Draft, Evidence, EvidenceKind, Source};
use rusuban_core::model::subject::SubjectId;
use rusuban_core::model::text::Text;
use serde_json::json;
use sqlx::{AssertSqlSafe, Connection, Executor};

/// A database of a test's own, and the directory that its key lies in.
struct House {
    location: Location,
    dir: tempfile::TempDir,
}

impl House {
    fn sqlite() -> Self {
        let dir = tempfile::tempdir().unwrap();
        Self { location: Location::Directory(dir.path().join("data")), dir }
    }

    async fn postgres() -> Self {
        let admin = std::env::var("RUSUBAN_TEST_POSTGRES")
            .expect("RUSUBAN_TEST_POSTGRES names no PostgreSQL: run `cargo xtask test`, which starts one");
        let name = format!("rusuban_{}", uuid::Uuid::now_v7().simple());
        let mut connection = sqlx::PgConnection::connect(&admin).await.unwrap();
        connection.execute(AssertSqlSafe(format!("create database {name}"))).await.unwrap();
        let (server, _) = admin.rsplit_once('/').unwrap();
        Self { location: Location::Url(format!("{server}/{name}")), dir: tempfile::tempdir().unwrap() }
    }

    async fn open(&self) -> Store {
        Store::open(&self.location).await.unwrap()
    }

    async fn add(
        &self,
        store: &Store,
        drafts: Vec<Draft>,
        change: Change<'_>,
    ) -> Result<Vec<Evidence>, StoreError> {
        let key = CheckpointKey::load_or_create(self.dir.path())?;
        store.append(drafts, &key, now(), change).await
    }

    /// Changes the database behind the store's back, as an attacker would.
    async fn tamper(&self, sql: &str) {
        self.try_tamper(sql).await.unwrap();
    }

    async fn try_tamper(&self, sql: &str) -> Result<(), sqlx::Error> {
        match &self.location {
            Location::Directory(dir) => {
                let url = format!("sqlite://{}", dir.join("rusuban.db").display());
                let mut connection = sqlx::SqliteConnection::connect(&url).await.unwrap();
                connection.execute(AssertSqlSafe(sql.to_owned())).await.map(drop)
            }
            Location::Url(url) => {
                let mut connection = sqlx::PgConnection::connect(url).await.unwrap();
                connection.execute(AssertSqlSafe(sql.to_owned())).await.map(drop)
            }
        }
    }
}

/// Runs one test on SQLite and on PostgreSQL.
macro_rules! on_both {
    ($name:ident) => {
        mod $name {
            #[tokio::test(flavor = "multi_thread")]
            async fn on_sqlite() {
                super::tests::$name(super::House::sqlite()).await;
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn on_postgres() {
                super::tests::$name(super::House::postgres().await).await;
            }
        }
    };
}

on_both!(evidence_comes_back_as_it_went_in);
on_both!(writers_side_by_side_make_one_chain);
on_both!(a_changed_byte_names_its_record);
on_both!(a_changed_column_is_named);
on_both!(a_missing_record_is_named);
on_both!(a_record_cannot_hide_before_the_first);
on_both!(removed_checkpoints_are_noticed);
on_both!(a_cut_off_end_contradicts_the_checkpoint);
on_both!(an_export_is_checked_without_the_database);
on_both!(closures_and_register_are_kept);
on_both!(a_newer_database_is_refused);
on_both!(what_cannot_be_written_canonically_is_refused_whole);

fn now() -> Timestamp {
    "2026-12-20T02:00:00Z".parse().unwrap()
}

fn draft(number: u32) -> Draft {
    let at: Timestamp = "2026-12-20T01:02:03.456Z".parse().unwrap();
    Draft {
        id: format!("id-{number}"),
        closure: "2026-12-29".into(),
        kind: EvidenceKind::Observation,
        topic: "packages/1".into(),
        requirement: None,
        subject: SubjectId::host("灯台"),
        source: Source { name: "rusuban".into(), version: "0.1.0".into() },
        vantage: "灯台".into(),
        observed_at: at,
        received_at: at,
        effective_at: None,
        body: json!({ "facts": { "番号": number, "text": "\"quoted\" \u{1f3ee} \r\n" } }),
    }
}

mod tests {
    use super::*;

    pub async fn evidence_comes_back_as_it_went_in(house: House) {
        let store = house.open().await;
        let added = house.add(&store, vec![draft(1), draft(2)], Change::None).await.unwrap();
        let more = house.add(&store, vec![draft(3)], Change::None).await.unwrap();
        let read = store.evidence_of("2026-12-29").await.unwrap();
        assert_eq!(read, [added, more].concat());
        assert!(store.evidence_of("other").await.unwrap().is_empty());
        let report = verify_store(&store).await.unwrap();
        assert!(report.holds() && report.records == 3, "{report:?}");
    }

    pub async fn writers_side_by_side_make_one_chain(house: House) {
        let store = house.open().await;
        let second = house.open().await;
        let tasks = (0..20_u32).map(|number| {
            let store = if number % 2 == 0 { store.clone() } else { second.clone() };
            let key = CheckpointKey::load_or_create(house.dir.path()).unwrap();
            let drafts = vec![draft(2 * number), draft(2 * number + 1)];
            tokio::spawn(async move { store.append(drafts, &key, now(), Change::None).await })
        });
        for task in tasks.collect::<Vec<_>>() {
            task.await.unwrap().unwrap();
        }
        let report = verify_store(&store).await.unwrap();
        assert!(report.holds() && report.records == 40, "{report:?}");
    }

    pub async fn a_changed_byte_names_its_record(house: House) {
        let store = house.open().await;
        house.add(&store, (1..=3).map(draft).collect(), Change::None).await.unwrap();
        house
            .tamper("update evidence set record = replace(record, '\"番号\":2', '\"番号\":9') where seq = 2")
            .await;
        let report = verify_store(&store).await.unwrap();
        assert_eq!(report.faults, [ChainFault::Altered { seq: 2 }]);
    }

    pub async fn a_changed_column_is_named(house: House) {
        let store = house.open().await;
        house.add(&store, (1..=2).map(draft).collect(), Change::None).await.unwrap();
        house.tamper("update evidence set closure = 'other' where seq = 1").await;
        let report = verify_store(&store).await.unwrap();
        assert_eq!(report.faults, [ChainFault::ColumnAltered { seq: 1, column: "closure".into() }]);
    }

    pub async fn a_missing_record_is_named(house: House) {
        let store = house.open().await;
        house.add(&store, (1..=3).map(draft).collect(), Change::None).await.unwrap();
        house.tamper("delete from evidence where seq = 2").await;
        let report = verify_store(&store).await.unwrap();
        assert_eq!(
            report.faults,
            [ChainFault::OutOfPlace { seq: 3, expected: 2 }, ChainFault::Unlinked { seq: 3 }]
        );
    }

    pub async fn a_record_cannot_hide_before_the_first(house: House) {
        let store = house.open().await;
        house.add(&store, vec![draft(1)], Change::None).await.unwrap();
        let hidden = "insert into evidence (seq, id, closure, topic, subject, record, hash) \
                      select -7, 'hidden', closure, topic, subject, record, hash from evidence";
        assert!(house.try_tamper(hidden).await.is_err());
        // Whoever takes the constraint away is found out.
        if let Location::Directory(_) = &house.location {
            house.tamper(&format!("pragma ignore_check_constraints = on; {hidden}")).await;
            assert!(!verify_store(&store).await.unwrap().holds());
        }
    }

    pub async fn removed_checkpoints_are_noticed(house: House) {
        let store = house.open().await;
        house.add(&store, (1..=3).map(draft).collect(), Change::None).await.unwrap();
        assert!(verify_store(&store).await.unwrap().holds());
        house.tamper("delete from checkpoint").await;
        let faults = verify_store(&store).await.unwrap().faults;
        assert!(matches!(faults.as_slice(), [ChainFault::Checkpoint { seq: 3, .. }]), "{faults:?}");
    }

    pub async fn a_cut_off_end_contradicts_the_checkpoint(house: House) {
        let store = house.open().await;
        house.add(&store, (1..=3).map(draft).collect(), Change::None).await.unwrap();
        assert!(verify_store(&store).await.unwrap().holds());
        house.tamper("delete from evidence where seq = 3").await;
        let faults = verify_store(&store).await.unwrap().faults;
        assert!(matches!(faults.as_slice(), [ChainFault::Checkpoint { seq: 3, .. }]), "{faults:?}");
    }

    pub async fn an_export_is_checked_without_the_database(house: House) {
        let store = house.open().await;
        house.add(&store, (1..=1500).map(draft).collect(), Change::None).await.unwrap();
        let mut out = Vec::new();
        let head = export::write(&store, "2026-12-20T03:00:00Z".parse().unwrap(), &mut out).await.unwrap();
        let report = export::verify_export(out.as_slice()).unwrap();
        assert!(report.holds(), "{:?}", report.faults);
        assert_eq!((report.records, &report.head, report.checkpoints), (1500, &head, 1));

        let text = String::from_utf8(out).unwrap();
        let changed = text.replacen(r#"\"番号\":700}"#, r#"\"番号\":701}"#, 1);
        let report = export::verify_export(changed.as_bytes()).unwrap();
        assert_eq!(report.faults, [ChainFault::Altered { seq: 700 }]);

        let cut: String = text.split_inclusive('\n').take(1000).collect();
        assert!(!export::verify_export(cut.as_bytes()).unwrap().holds());
    }

    pub async fn closures_and_register_are_kept(house: House) {
        let store = house.open().await;
        let mut closure = Closure {
            id: "2026-08-11".into(),
            name: Text::new("夏季休業", "Summer"),
            first_day: date(2026, 8, 11),
            last_day: date(2026, 8, 16),
            time_zone: "Asia/Tokyo".into(),
            origin: ClosureOrigin::Manual,
        };
        house
            .add(&store, vec![draft(closure.last_day.day().unsigned_abs().into())], Change::Closure(&closure))
            .await
            .unwrap();
        closure.last_day = date(2026, 8, 17);
        house
            .add(&store, vec![draft(closure.last_day.day().unsigned_abs().into())], Change::Closure(&closure))
            .await
            .unwrap();
        assert_eq!(store.closures().await.unwrap(), [closure]);

        let row = |id: &str| RegisterRow { kind: "assets".into(), id: id.into(), record: "{}".into() };
        house.add(&store, vec![draft(1)], Change::Register(&[row("A-1"), row("A-2")])).await.unwrap();
        let twice = [row("B"), row("B")];
        assert!(house.add(&store, vec![draft(2)], Change::Register(&twice)).await.is_err());
        assert_eq!(
            store.head().await.unwrap().seq,
            3,
            "the evidence of what was not done is not there either"
        );
        assert_eq!(store.register_rows().await.unwrap(), [row("A-1"), row("A-2")]);
    }

    pub async fn a_newer_database_is_refused(house: House) {
        house.open().await.close().await;
        let now = match house.location {
            Location::Directory(_) => "current_timestamp",
            Location::Url(_) => "now()",
        };
        house
            .tamper(&format!(
                "insert into _sqlx_migrations (version, description, installed_on, success, checksum, execution_time) \
                 select 9999, 'of the future', {now}, success, checksum, 0 from _sqlx_migrations where version = 1"
            ))
            .await;
        let error = Store::open(&house.location).await.unwrap_err();
        assert!(matches!(error, StoreError::Newer(9999)), "{error:?}");
    }

    pub async fn what_cannot_be_written_canonically_is_refused_whole(house: House) {
        let store = house.open().await;
        let mut fraction = draft(2);
        fraction.body = json!({ "facts": { "share": 0.5 } });
        assert!(house.add(&store, vec![draft(1), fraction], Change::None).await.is_err());
        assert_eq!(store.head().await.unwrap(), Head::empty());
    }
}

#[cfg(unix)]
#[tokio::test]
async fn data_and_key_are_for_their_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let house = House::sqlite();
    let store = house.open().await;
    let Location::Directory(dir) = &house.location else { panic!("not a directory") };
    CheckpointKey::load_or_create(dir).unwrap();
    house.add(&store, vec![draft(1)], Change::None).await.unwrap();
    for (name, mode) in
        [("", 0o700), ("rusuban.db", 0o600), ("rusuban.db-wal", 0o600), ("checkpoint.key", 0o600)]
    {
        let path = if name.is_empty() { dir.clone() } else { dir.join(name) };
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, mode, "{name}");
    }
}

#[test]
fn a_damaged_key_is_not_replaced_in_silence() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("checkpoint.key"), "half a k").unwrap();
    assert!(matches!(CheckpointKey::load_or_create(dir.path()), Err(StoreError::Key { .. })));
}
