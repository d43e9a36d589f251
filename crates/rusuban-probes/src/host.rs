//! Where an adapter looks: the root of the file system and the programs it may run. Tests point it at a tree of theirs.

use std::io::Read;
use std::path::{Path, PathBuf};

use rusuban_core::model::text::Text;
use rusuban_core::model::verdict::{Unknown, UnknownCode};

use crate::printable::printable;

/// The largest file that is read whole, in bytes.
const MAX_FILE: u64 = 32 * 1024 * 1024;

/// One machine as adapters see it.
#[derive(Debug, Clone)]
pub struct Host {
    root: PathBuf,
}

impl Default for Host {
    fn default() -> Self {
        Self { root: PathBuf::from("/") }
    }
}

impl Host {
    /// A machine whose file system begins at `root`.
    pub fn at(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// The real place of an absolute path of the machine.
    pub fn path(&self, path: &str) -> PathBuf {
        self.root.join(path.trim_start_matches('/'))
    }

    /// Whether this is the running machine itself, so that programs run on it speak of it.
    pub fn is_live(&self) -> bool {
        self.root == Path::new("/")
    }

    /// Reads a file of the machine. `None` where it does not exist.
    ///
    /// # Errors
    /// The reason why an existing file cannot be read.
    pub fn read(&self, path: &str) -> Result<Option<Vec<u8>>, Unknown> {
        let file = match std::fs::File::open(self.path(path)) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(unreadable(path, &error)),
        };
        let mut bytes = Vec::new();
        file.take(MAX_FILE + 1).read_to_end(&mut bytes).map_err(|error| unreadable(path, &error))?;
        if bytes.len() as u64 > MAX_FILE {
            return Err(Unknown::new(
                UnknownCode::Unparsable,
                path,
                Text::new(format!("{path} が大きすぎます"), format!("{path} is too large")),
                Text::new("ファイルを確認してください", "look at the file"),
            ));
        }
        Ok(Some(bytes))
    }

    /// Reads a text file of the machine, bytes that are no UTF-8 replaced. `None` where it does not exist.
    ///
    /// # Errors
    /// The reason why an existing file cannot be read.
    pub fn read_text(&self, path: &str) -> Result<Option<String>, Unknown> {
        Ok(self.read(path)?.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()))
    }
}

/// Why a file cannot be read, as a reason for not knowing.
pub fn unreadable(path: &str, error: &std::io::Error) -> Unknown {
    let (code, hint) = if error.kind() == std::io::ErrorKind::PermissionDenied {
        (UnknownCode::NoPermission, Text::new("root 権限（sudo）で実行してください", "run it as root (sudo)"))
    } else {
        (UnknownCode::ToolFailed, Text::new("ファイルを確認してください", "look at the file"))
    };
    Unknown::new(
        code,
        path,
        Text::new(format!("{path} を読めません（{error}）"), format!("{path} cannot be read ({error})")),
        hint,
    )
}

/// The running machine's host name, as people write it in registers.
///
/// # Errors
/// Where the system does not tell.
pub fn hostname() -> Result<String, Unknown> {
    let name = Host::default().read_text("/proc/sys/kernel/hostname")?.unwrap_or_default();
    let name = name.trim();
    if name.is_empty() {
        return Err(Unknown::new(
            UnknownCode::NotSupported,
            "hostname",
            Text::new("この機器のホスト名が分かりません", "this machine's host name is not known"),
            Text::new(
                "設定の [machine] asset に機器IDを書いてください",
                "name the asset under [machine] in the configuration",
            ),
        ));
    }
    Ok(printable(name))
}

/// Machines of tests.
#[cfg(test)]
pub(crate) mod fixture {
    use super::Host;

    /// A machine that has these files, by path and text; it goes with the folder.
    pub(crate) fn tree(files: &[(&str, &str)]) -> (tempfile::TempDir, Host) {
        let dir = tempfile::tempdir().unwrap();
        let host = Host::at(dir.path());
        for (path, text) in files {
            let path = host.path(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        (dir, host)
    }
}
