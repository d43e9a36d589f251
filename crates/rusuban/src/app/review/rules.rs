//! Finds rule files and makes them ready.

use std::path::{Path, PathBuf};

use rusuban_core::model::text::Text;
use rusuban_logs::event::Zone;
use rusuban_logs::sigma::RuleSet;
use rusuban_logs::sigma::pipeline::{Pipeline, Pipelines};

use crate::app::{AppError, ErrorKind};

/// A rule file is not larger than this, in bytes.
const LARGEST: u64 = 4 << 20;

/// A rule file that could not be read.
#[derive(Debug, Clone)]
pub struct Unreadable {
    /// Its name.
    pub name: String,
    /// Why.
    pub reason: Text,
}

/// Rules made ready.
#[derive(Debug)]
pub struct Loaded {
    /// The rules.
    pub rules: RuleSet,
    /// Rule files that could not be read.
    pub unreadable: Vec<Unreadable>,
    /// SHA-256 over the texts of all rule files, in their order, in hex.
    pub sha256: String,
}

/// Reads every `.yml` and `.yaml` under the folders (or the files themselves) and makes the rules ready.
///
/// # Errors
/// Where a folder that the user named is not there, or a pipeline is wrong.
pub fn load(folders: &[PathBuf], own: bool, pipelines: &[PathBuf], zone: Zone) -> Result<Loaded, AppError> {
    let mut paths = Vec::new();
    for folder in folders {
        if !folder.exists() {
            let name = folder.display();
            return Err(AppError::new(
                ErrorKind::Usage,
                format!("規則の場所 {name} がありません"),
                format!("there are no rules at {name}"),
            )
            .hint(
                "--rules に、.yml の規則のあるフォルダーを指定してください",
                "name a folder of .yml rules with --rules",
            ));
        }
        find(folder, &mut paths);
    }
    paths.sort();
    paths.dedup();
    let mut unreadable = Vec::new();
    let mut files: Vec<(String, String)> = Vec::new();
    if own {
        files.extend(rusuban_logs::rules::OWN.iter().map(|(n, t)| ((*n).to_owned(), (*t).to_owned())));
    }
    for path in paths {
        let name = path.display().to_string();
        match read(&path) {
            Ok(text) => files.push((name, text)),
            Err(error) => unreadable.push(Unreadable {
                name,
                reason: Text::new(format!("読めません（{error}）"), format!("cannot be read ({error})")),
            }),
        }
    }
    let pipelines = pipelines.iter().map(|path| pipeline(path)).collect::<Result<Vec<_>, _>>()?;
    let sha256 = digest(&files);
    Ok(Loaded { rules: RuleSet::build(&files, &Pipelines::new(pipelines), zone), unreadable, sha256 })
}

fn digest(files: &[(String, String)]) -> String {
    use sha2::Digest as _;
    let mut digest = sha2::Sha256::new();
    for (_, text) in files {
        digest.update(text.len().to_le_bytes());
        digest.update(text);
    }
    hex::encode(digest.finalize())
}

fn find(path: &Path, out: &mut Vec<PathBuf>) {
    if path.is_dir() {
        let Ok(entries) = std::fs::read_dir(path) else { return };
        for entry in entries.flatten() {
            // Links are not followed: a rule folder is a tree.
            if entry.file_type().is_ok_and(|t| !t.is_symlink()) {
                find(&entry.path(), out);
            }
        }
    } else if path.extension().is_some_and(|e| e == "yml" || e == "yaml") {
        out.push(path.to_owned());
    }
}

fn read(path: &Path) -> std::io::Result<String> {
    use std::io::Read as _;
    let mut text = String::new();
    let file = std::fs::File::open(path)?;
    if file.metadata()?.len() > LARGEST {
        return Err(std::io::Error::other("it is too large for a rule"));
    }
    file.take(LARGEST).read_to_string(&mut text)?;
    Ok(text)
}

fn pipeline(path: &Path) -> Result<Pipeline, AppError> {
    let name = path.display().to_string();
    let wrong = |ja: String, en: String| AppError::new(ErrorKind::Input, ja, en);
    let text = read(path).map_err(|error| {
        wrong(format!("{name} を読めません（{error}）"), format!("{name} cannot be read ({error})"))
    })?;
    Pipeline::of_text(&name, &text).map_err(|problems| {
        let list: Vec<String> = problems.iter().map(ToString::to_string).collect();
        wrong(list.join("\n"), list.join("\n"))
    })
}
