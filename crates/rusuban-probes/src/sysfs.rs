//! Small values and listings of the trees in which the kernel shows devices (`/sys`, `/proc`) and of folders of
//! settings. Knows nothing of what they mean.

use rusuban_core::model::verdict::Unknown;

use crate::host::{Host, unreadable};

/// The most names that are read of one folder.
const MAX_NAMES: usize = 20_000;

/// The names in a folder, sorted. `None` where the folder does not exist.
///
/// # Errors
/// The reason why an existing folder cannot be read.
pub fn names(host: &Host, folder: &str) -> Result<Option<Vec<String>>, Unknown> {
    let entries = match std::fs::read_dir(host.path(folder)) {
        Ok(entries) => entries,
        Err(error) if is_absent(&error) => return Ok(None),
        Err(error) => return Err(unreadable(folder, &error)),
    };
    let mut names = Vec::new();
    for entry in entries.take(MAX_NAMES) {
        let entry = entry.map_err(|error| unreadable(folder, &error))?;
        // A name that is no UTF-8 is no device and no unit.
        if let Ok(name) = entry.file_name().into_string() {
            names.push(name);
        }
    }
    names.sort();
    Ok(Some(names))
}

/// A value without the space around it. `None` where there is no such value, or an empty one.
///
/// # Errors
/// The reason why an existing value cannot be read.
pub fn value(host: &Host, path: &str) -> Result<Option<String>, Unknown> {
    let text = host.read_text(path)?;
    Ok(text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty()))
}

/// Whether something lies at a path, links followed within the machine's own file system.
pub fn exists(host: &Host, path: &str) -> bool {
    host.path(path).symlink_metadata().is_ok()
}

fn is_absent(error: &std::io::Error) -> bool {
    matches!(error.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory)
}

/// Where a link points, as an absolute path of the machine. `None` where the path is no link.
pub fn link_target(host: &Host, path: &str) -> Option<String> {
    let target = std::fs::read_link(host.path(path)).ok()?.into_os_string().into_string().ok()?;
    if target.starts_with('/') {
        return Some(target);
    }
    let mut parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    parts.pop();
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            other => parts.push(other),
        }
    }
    Some(format!("/{}", parts.join("/")))
}
