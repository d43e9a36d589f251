//! Files that are written whole: who reads one sees the old or the new one, even where the power fails meanwhile. Knows
//! nothing of what is in them.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

/// Replaces a file as a whole, or makes it. Where that fails, the old one stands as it was.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let name = path.file_name().ok_or(io::ErrorKind::IsADirectory)?;
    let part = path.with_file_name(format!(".{}.{}.part", name.to_string_lossy(), std::process::id()));
    // Created anew: a link that somebody left under this name must not decide what is overwritten.
    let mut file = File::create_new(&part)?;
    file.write_all(bytes).and_then(|()| file.sync_all()).and_then(|()| fs::rename(&part, path)).inspect_err(
        |_| {
            // The part is of no use to anybody; that it cannot be removed either adds nothing to the error.
            let _ = fs::remove_file(&part);
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_and_nothing_is_left_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("報告.html");
        for bytes in [b"old".as_slice(), b"new"] {
            replace(&path, bytes).unwrap();
            assert_eq!(fs::read(&path).unwrap(), bytes);
        }
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_folder_is_no_file_and_stays() {
        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("inner");
        fs::create_dir(&inner).unwrap();
        assert!(replace(&inner, b"x").is_err());
        assert!(replace(&inner.join(".."), b"x").is_err());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_link_under_the_name_of_the_part_is_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let (path, other) = (folder.path().join("a"), folder.path().join("other"));
        fs::write(&other, "kept").unwrap();
        let part = folder.path().join(format!(".a.{}.part", std::process::id()));
        std::os::unix::fs::symlink(&other, part).unwrap();
        assert_eq!(replace(&path, b"x").unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read_to_string(&other).unwrap(), "kept");
    }
}
