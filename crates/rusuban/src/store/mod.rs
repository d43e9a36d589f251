//! The store: SQLite in the data directory, or PostgreSQL by URL, with the same SQL.
//!
//! Knows nothing of probes, verdict rules or people's screens. A write has happened when its function has returned:
//! SQLite runs with a write-ahead log and full synchronisation, so that power loss takes nothing that was acknowledged.

use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};

pub mod closures;
pub mod evidence;
pub mod export;
pub mod register;
pub mod signing;
pub mod verdicts;

/// Name of the SQLite file in the data directory.
pub const FILE_NAME: &str = "rusuban.db";

/// How long a write waits for another program that holds the database.
const BUSY_LIMIT: Duration = Duration::from_secs(15);

/// One of the two databases.
#[derive(Debug, Clone)]
enum Db {
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

/// Runs the same expression on whichever database is open.
macro_rules! on {
    ($db:expr, $pool:ident => $work:expr) => {
        match $db {
            $crate::store::Db::Sqlite($pool) => $work,
            $crate::store::Db::Postgres($pool) => $work,
        }
    };
}
pub(crate) use on;

/// An open store.
#[derive(Debug, Clone)]
pub struct Store {
    db: Db,
}

/// Where a store lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Location {
    /// A SQLite file in this data directory.
    Directory(PathBuf),
    /// PostgreSQL at this URL. It may hold a password: never shown.
    Url(String),
}

impl Location {
    /// Whether a store is there already, or a server that is asked for one.
    pub fn is_there(&self) -> bool {
        match self {
            Self::Directory(dir) => dir.join(FILE_NAME).is_file(),
            Self::Url(_) => true,
        }
    }
}

/// Why the store cannot do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The data directory cannot be made or used.
    #[error("the data directory {path} cannot be used: {source}")]
    Directory {
        /// The directory.
        path: PathBuf,
        /// The system's words.
        source: std::io::Error,
    },
    /// The database cannot be opened or reached.
    #[error("the database {place} cannot be opened: {source}")]
    Open {
        /// The file, or the server without its password.
        place: String,
        /// The driver's words.
        source: sqlx::Error,
    },
    /// The database was written by a newer version of this program.
    #[error(
        "the database was written by a newer version of rusuban (migration {0}); this version must not write to it"
    )]
    Newer(i64),
    /// A migration was changed after it ran, or cannot run.
    #[error("the database's tables cannot be brought up to date: {0}")]
    Migrate(MigrateError),
    /// The disk is full.
    #[error("the disk is full; nothing was written")]
    Full,
    /// The database may only be read.
    #[error("the database is read-only; nothing was written")]
    ReadOnly,
    /// Another program held the database too long.
    #[error("another program holds the database; nothing was written")]
    Busy,
    /// The driver failed.
    #[error("the database failed: {0}")]
    Database(sqlx::Error),
    /// A stored record cannot be read.
    #[error("the stored {what} cannot be read: {reason}")]
    Unreadable {
        /// What it should be.
        what: String,
        /// The reader's words.
        reason: String,
    },
    /// Evidence cannot be written canonically.
    #[error(transparent)]
    NotCanonical(#[from] rusuban_core::model::chain::NotCanonical),
    /// The key that signs checkpoints cannot be used.
    #[error("the signing key {path} cannot be used: {reason}")]
    Key {
        /// The key's file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        // Extended result codes carry the primary code in their low byte (sqlite.org/rescode.html).
        let code = error
            .as_database_error()
            .and_then(sqlx::error::DatabaseError::code)
            .map(std::borrow::Cow::into_owned)
            .unwrap_or_default();
        let primary = code.parse::<u32>().map(|c| c & 0xff).unwrap_or_default();
        match (primary, code.as_str()) {
            (13, _) | (_, "53100") => Self::Full,
            (8, _) | (_, "25006") => Self::ReadOnly,
            (5 | 6, _) => Self::Busy,
            _ => Self::Database(error),
        }
    }
}

impl Store {
    /// Opens a store, makes it where there is none, and brings its tables up to date.
    ///
    /// # Errors
    /// Where it cannot be reached, is read-only, or was written by a newer version.
    pub async fn open(location: &Location) -> Result<Self, StoreError> {
        let db = match location {
            Location::Directory(dir) => Db::Sqlite(open_sqlite(dir).await?),
            Location::Url(url) => Db::Postgres(open_postgres(url).await?),
        };
        // SQLite has no lock of its own for this: two first starts at once would both make the tables.
        let _alone = match location {
            Location::Directory(dir) => Some(lock(dir)?),
            Location::Url(_) => None,
        };
        let migrator = migrations();
        on!(&db, pool => migrator.run(pool).await).map_err(migrate_error)?;
        Ok(Self { db })
    }

    /// Ends all connections; SQLite folds its write-ahead log back into the file.
    pub async fn close(self) {
        on!(self.db, pool => pool.close().await);
    }
}

/// Holds the data directory while its tables are made; let go when the file is closed.
fn lock(dir: &Path) -> Result<std::fs::File, StoreError> {
    let file = std::fs::File::open(dir).and_then(|file| file.lock().map(|()| file));
    file.map_err(|source| StoreError::Directory { path: dir.to_owned(), source })
}

fn migrate_error(error: MigrateError) -> StoreError {
    match error {
        MigrateError::VersionMissing(version) => StoreError::Newer(version),
        MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => {
            match StoreError::from(error) {
                StoreError::Database(error) => StoreError::Migrate(MigrateError::Execute(error)),
                known => known,
            }
        }
        other => StoreError::Migrate(other),
    }
}

fn migrations() -> Migrator {
    let migration = |version, name: &'static str, sql: &'static str| {
        Migration::new(
            version,
            name.into(),
            MigrationType::Simple,
            sqlx::SqlSafeStr::into_sql_str(sql),
            false,
        )
    };
    Migrator::with_migrations(vec![migration(
        1,
        "foundation",
        include_str!("../../migrations/0001_foundation.sql"),
    )])
}

async fn open_sqlite(dir: &Path) -> Result<SqlitePool, StoreError> {
    make_private_directory(dir).map_err(|source| StoreError::Directory { path: dir.to_owned(), source })?;
    let file = dir.join(FILE_NAME);
    keep_private(&file).map_err(|source| StoreError::Directory { path: file.clone(), source })?;
    let options = SqliteConnectOptions::new()
        .filename(&file)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        // NORMAL may lose the newest commits of a write-ahead log when power is lost.
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(BUSY_LIMIT);
    SqlitePoolOptions::new().max_connections(4).connect_with(options).await.map_err(|error| {
        match StoreError::from(error) {
            StoreError::Database(source) => StoreError::Open { place: file.display().to_string(), source },
            known => known,
        }
    })
}

/// Makes the data directory for its owner alone: it holds evidence and a signing key.
fn make_private_directory(dir: &Path) -> std::io::Result<()> {
    if dir.is_dir() {
        return refuse_foreign(dir);
    }
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(dir)
}

/// A directory that somebody else owns or can write is no place for evidence.
fn refuse_foreign(dir: &Path) -> std::io::Result<()> {
    #[cfg(unix)]
    if let (held, Some(user)) = (std::fs::metadata(dir)?, crate::app::effective_user()) {
        use std::os::unix::fs::MetadataExt;
        if held.uid() != user || held.mode() & 0o022 != 0 {
            let words = "somebody else owns it or can write it (chown it, and `chmod 700`)";
            return Err(std::io::Error::new(std::io::ErrorKind::PermissionDenied, words));
        }
    }
    Ok(())
}

/// Makes the database file for its owner alone before SQLite would make it for everyone.
fn keep_private(file: &Path) -> std::io::Result<()> {
    if file.exists() {
        return Ok(());
    }
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(file).map(drop)
}

async fn open_postgres(url: &str) -> Result<PgPool, StoreError> {
    let invalid = |source| StoreError::Open { place: "PostgreSQL".to_owned(), source };
    let options = PgConnectOptions::from_str(url).map_err(invalid)?;
    let place = format!(
        "postgresql://{}:{}/{}",
        options.get_host(),
        options.get_port(),
        options.get_database().unwrap_or("")
    );
    PgPoolOptions::new()
        .max_connections(8)
        .acquire_timeout(BUSY_LIMIT)
        .connect_with(options)
        .await
        .map_err(|source| StoreError::Open { place, source })
}
