//! The use cases. The only place that builds a world; command line and pages both call it.

use std::path::PathBuf;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use rusuban_core::calendar::OfficeCalendar;
use rusuban_core::catalogue::Catalogue;
use rusuban_core::model::closure::Closure;
use rusuban_core::model::evidence::{Draft, Evidence};
use rusuban_core::model::register::Register;
use rusuban_core::model::text::Text;

use crate::config::Config;
use crate::store::evidence::Change;
use crate::store::signing::CheckpointKey;
use crate::store::{Location, Store};

pub mod cases;
pub mod chain;
pub mod check;
pub mod closures;
pub mod error;
pub mod evaluate;
pub mod import;
pub mod observe;
pub mod register;
pub mod review;
pub mod statements;
pub mod world;

pub use error::{AppError, ErrorKind};

/// What a session is opened with.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The configuration file, where one is named or found.
    pub config: Option<PathBuf>,
    /// The data directory, where it differs from the configuration's.
    pub data_dir: Option<PathBuf>,
}

/// Everything that a use case works with.
pub struct Session {
    /// The valid configuration.
    pub config: Config,
    /// The store.
    pub store: Store,
    /// The key that signs checkpoints.
    pub key: CheckpointKey,
    /// The office's calendar.
    pub calendar: OfficeCalendar,
    /// The zone of civil dates.
    pub zone: TimeZone,
    /// The catalogues, the notice's own first.
    pub catalogues: Vec<Catalogue>,
    /// What the organisation has, as it was when the session was opened.
    pub register: Register,
    /// The machine that this program runs on, as the register or its host name calls it.
    pub machine: world::ThisMachine,
}

impl Session {
    /// Reads the configuration, opens the store and builds the calendar.
    ///
    /// # Errors
    /// Where the configuration does not hold or the store cannot be used.
    pub async fn open(options: &Options) -> Result<Self, AppError> {
        let config = load_config(options)?;
        let data_dir = data_dir(options, &config)?;
        let location = location(&config, &data_dir)?;
        let store = Store::open(&location).await?;
        if let Location::Url(_) = location {
            std::fs::create_dir_all(&data_dir)
                .map_err(|source| crate::store::StoreError::Directory { path: data_dir.clone(), source })?;
        }
        let key = CheckpointKey::load_or_create(&data_dir)?;
        let calendar = closures::office_calendar(&config)?;
        let zone = TimeZone::get(&config.calendar.time_zone).map_err(|error| {
            AppError::new(
                ErrorKind::Config,
                format!("時間帯 {} がありません（{error}）", config.calendar.time_zone),
                format!("no time zone {} ({error})", config.calendar.time_zone),
            )
        })?;
        let catalogues = load_catalogues(&config)?;
        let register = register::load(&store).await?;
        let machine = world::this_machine(&config, &register);
        Ok(Self { config, store, key, calendar, zone, catalogues, register, machine })
    }

    /// Opens the store where there is one, and makes none where there is none.
    ///
    /// # Errors
    /// As [`Session::open`].
    pub async fn open_existing(options: &Options) -> Result<Option<Self>, AppError> {
        let config = load_config(options)?;
        // Without a home directory there is no usual place, and so no store.
        let configured = options.data_dir.is_some() || config.store.data_dir.is_some();
        let is_there = match data_dir(options, &config) {
            Ok(dir) => location(&config, &dir)?.is_there(),
            Err(error) if configured => return Err(error),
            Err(_) => config.store.database_url.is_some(),
        };
        if is_there { Self::open(options).await.map(Some) } else { Ok(None) }
    }

    /// Today in the configured zone.
    pub fn today(&self) -> Date {
        Timestamp::now().to_zoned_datetime(self.zone.clone()).date()
    }

    /// Adds evidence to the chain, signed, together with a change that it tells of.
    ///
    /// # Errors
    /// Where the store cannot write; nothing was changed then.
    pub async fn record(&self, drafts: Vec<Draft>, change: Change<'_>) -> Result<Vec<Evidence>, AppError> {
        Ok(self.store.append(drafts, &self.key, Timestamp::now(), change).await?)
    }

    /// A new id for evidence (UUIDv7).
    pub fn new_id() -> String {
        uuid::Uuid::now_v7().to_string()
    }

    /// The closure that a command speaks of: the named one, or the one that is running or comes next.
    ///
    /// # Errors
    /// Where no closure has that id, or none is found.
    pub async fn closure(&self, id: Option<&str>) -> Result<Closure, AppError> {
        closures::select(self, id).await
    }
}

/// The configuration that the options name; the defaults where they name none.
///
/// # Errors
/// Where it does not hold, or somebody else can write it.
pub fn load_config(options: &Options) -> Result<Config, AppError> {
    match &options.config {
        None => Ok(Config::default()),
        Some(path) => {
            refuse_foreign(path)?;
            crate::config::load(path).map_err(AppError::from)
        }
    }
}

/// The user that this program runs as, where the system tells.
pub fn effective_user() -> Option<u32> {
    #[cfg(unix)]
    return std::fs::metadata("/proc/self").ok().map(|process| std::os::unix::fs::MetadataExt::uid(&process));
    #[cfg(not(unix))]
    return None;
}

/// A configuration decides which programs run with which rights: whoever else can write it must not.
fn refuse_foreign(path: &std::path::Path) -> Result<(), AppError> {
    #[cfg(unix)]
    if let (Ok(file), Some(user)) = (std::fs::metadata(path), effective_user()) {
        use std::os::unix::fs::MetadataExt;
        let foreign = file.uid() != 0 && file.uid() != user;
        if foreign || file.mode() & 0o022 != 0 {
            let path = path.display();
            return Err(AppError::new(
                ErrorKind::Config,
                format!("設定ファイル {path} は、ほかの利用者が書き換えられます"),
                format!("somebody else can write the configuration {path}"),
            )
            .hint(
                "所有者を自分か root にし、`chmod go-w` で書き込み権限を外してください",
                "make it your own or root's, and take the right to write away with `chmod go-w`",
            ));
        }
    }
    Ok(())
}

/// Reads a text file that the configuration names, if it is a file of a sensible size.
///
/// # Errors
/// Where it is no file, is too large, or cannot be read.
fn read_bounded(path: &std::path::Path) -> std::io::Result<Vec<u8>> {
    use std::io::Read;
    const LARGEST: u64 = 32 * 1024 * 1024;
    if !std::fs::metadata(path)?.is_file() {
        return Err(std::io::Error::other("it is no regular file"));
    }
    let mut bytes = Vec::new();
    std::fs::File::open(path)?.take(LARGEST + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LARGEST {
        return Err(std::io::Error::other("it is too large"));
    }
    Ok(bytes)
}

fn load_catalogues(config: &Config) -> Result<Vec<Catalogue>, AppError> {
    let invalid = |name: &str, reason: &Text| {
        AppError::new(
            ErrorKind::Config,
            format!("対策一覧 {name} を使えません（{}）", reason.ja),
            format!("the catalogue {name} cannot be used ({})", reason.en),
        )
    };
    let unread = |name: &str, error: String| invalid(name, &Text::new(error.clone(), error));
    let notice = Catalogue::notice().map_err(|error| unread("notice.toml", error.to_string()))?;
    let mut catalogues = vec![notice];
    for path in &config.catalogues {
        let name = path.display().to_string();
        let bytes = read_bounded(path).map_err(|error| unread(&name, error.to_string()))?;
        let text = String::from_utf8(bytes).map_err(|error| unread(&name, error.to_string()))?;
        catalogues.push(Catalogue::parse(&text).map_err(|error| unread(&name, error.to_string()))?);
    }
    let mut ids: Vec<String> =
        catalogues.iter().flat_map(|c| &c.measures).map(|m| m.id.to_string()).collect();
    ids.sort();
    if let Some(twice) = ids.windows(2).find_map(|pair| match pair {
        [a, b] if a == b => Some(a.clone()),
        _ => None,
    }) {
        return Err(invalid(
            &twice,
            &Text::new("対策IDが二つの一覧にあります", "this measure stands in two catalogues"),
        ));
    }
    Ok(catalogues)
}

/// The data directory: as asked, as configured, or the system's usual place.
fn data_dir(options: &Options, config: &Config) -> Result<PathBuf, AppError> {
    if let Some(dir) = options.data_dir.as_ref().or(config.store.data_dir.as_ref()) {
        return Ok(dir.clone());
    }
    if let Some(dir) = std::env::var_os("XDG_DATA_HOME").filter(|dir| !dir.is_empty()) {
        return Ok(PathBuf::from(dir).join("rusuban"));
    }
    let home = std::env::var_os("HOME").filter(|home| !home.is_empty()).ok_or_else(|| {
        AppError::new(ErrorKind::Usage, "データの置き場所が分かりません", "there is no place for the data")
            .hint("--data-dir で指定してください", "name one with --data-dir")
    })?;
    Ok(PathBuf::from(home).join(".local/share/rusuban"))
}

fn location(config: &Config, data_dir: &std::path::Path) -> Result<Location, AppError> {
    match &config.store.database_url {
        None => Ok(Location::Directory(data_dir.to_owned())),
        Some(reference) => Ok(Location::Url(reference.resolve().map_err(|reason| {
            AppError::new(
                ErrorKind::Config,
                format!("データベースの接続先を読めません（{reason}）"),
                format!("the database's URL cannot be read ({reason})"),
            )
        })?)),
    }
}
