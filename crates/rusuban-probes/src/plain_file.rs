//! Opens files that lie under their users' control: whatever was put at the path, opening it neither waits nor does
//! anything, and only a plain file of a real file system is read.

use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use rustix::fs::OFlags;

/// What lies at a path.
#[derive(Debug)]
pub enum Plain {
    /// A plain file, open for reading.
    File(File),
    /// Something else: a folder, a pipe, a device, or a file that the kernel makes up.
    Other,
}

/// Opens a plain file for reading. Links are followed, for a file's owner may use them.
///
/// # Errors
/// What the system said.
pub fn open(path: &Path) -> io::Result<Plain> {
    let place = place(path)?;
    if !is_plain(&place)? {
        return Ok(Plain::Other);
    }
    let file = reopen(&place, path)?;
    // Where the way back leads by the path, another may lie there by now: what is open counts.
    Ok(if is_plain(&file)? { Plain::File(file) } else { Plain::Other })
}

/// All of an open file; none where it is longer than `max` bytes.
///
/// # Errors
/// What the system said.
pub fn read(file: File, max: u64) -> io::Result<Option<Vec<u8>>> {
    let mut bytes = Vec::new();
    file.take(max.saturating_add(1)).read_to_end(&mut bytes)?;
    Ok((bytes.len() as u64 <= max).then_some(bytes))
}

fn with_flags(path: &Path, flags: OFlags) -> io::Result<File> {
    // The flags of open(2) fill no more than 31 bits.
    let flags = flags.bits().try_into().map_err(io::Error::other)?;
    OpenOptions::new().read(true).custom_flags(flags).open(path)
}

/// The place itself, without opening what lies there: opening a device may already do something.
#[cfg(target_os = "linux")]
fn place(path: &Path) -> io::Result<File> {
    with_flags(path, OFlags::PATH)
}

/// Opens what lies at a place that was looked at, and not what the path means by now.
#[cfg(target_os = "linux")]
fn reopen(place: &File, path: &Path) -> io::Result<File> {
    use std::os::fd::AsRawFd;
    let link = format!("/proc/self/fd/{}", place.as_raw_fd());
    // A file's owner can make others wait who open it (leases, fcntl(2)).
    match with_flags(Path::new(&link), OFlags::NONBLOCK | OFlags::NOCTTY) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            with_flags(path, OFlags::NONBLOCK | OFlags::NOCTTY)
        }
        opened => opened,
    }
}

#[cfg(not(target_os = "linux"))]
fn place(path: &Path) -> io::Result<File> {
    with_flags(path, OFlags::NONBLOCK | OFlags::NOCTTY)
}

#[cfg(not(target_os = "linux"))]
fn reopen(place: &File, _path: &Path) -> io::Result<File> {
    place.try_clone()
}

fn is_plain(file: &File) -> io::Result<bool> {
    Ok(file.metadata()?.is_file() && !is_made_up(file)?)
}

/// Whether the kernel makes the file up: reading such a one may wait for ever, or take what it tells away from others
/// (`/proc/kmsg`). The numbers are those of statfs(2) and of the kernel's `magic.h`.
#[cfg(target_os = "linux")]
fn is_made_up(file: &File) -> io::Result<bool> {
    const MADE_UP: [u64; 14] = [
        0x9fa0,      // proc
        0x6265_6572, // sysfs
        0x6462_6720, // debugfs
        0x7472_6163, // tracefs
        0x7363_6673, // securityfs
        0x6265_6570, // configfs
        0x0027_e0eb, // cgroup
        0x6367_7270, // cgroup 2
        0xcafe_4a11, // bpf
        0xde5e_81e4, // efivarfs
        0x6165_676c, // pstore
        0xf97c_ff8c, // selinuxfs
        0x4249_4e4d, // binfmt_misc
        0x1980_0202, // mqueue
    ];
    let kind = rustix::fs::fstatfs(file)?.f_type;
    // The type of the number differs between architectures; where it has a sign, its low half is what counts.
    #[allow(clippy::cast_sign_loss, clippy::unnecessary_cast, reason = "see above")]
    let kind = kind as u64 & 0xffff_ffff;
    Ok(MADE_UP.contains(&kind))
}

#[cfg(not(target_os = "linux"))]
fn is_made_up(_file: &File) -> io::Result<bool> {
    Ok(false)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    fn is_read(path: &Path) -> Option<Vec<u8>> {
        match open(path).unwrap() {
            Plain::File(file) => read(file, 1024).unwrap(),
            Plain::Other => None,
        }
    }

    #[test]
    fn a_plain_file_is_read_through_links_and_within_the_limit() {
        let dir = tempfile::tempdir().unwrap();
        let (file, link) = (dir.path().join("file"), dir.path().join("link"));
        std::fs::write(&file, "abc").unwrap();
        symlink(&file, &link).unwrap();
        assert_eq!(is_read(&link).as_deref(), Some(b"abc".as_slice()));
        let Plain::File(opened) = open(&file).unwrap() else { panic!() };
        assert_eq!(read(opened, 2).unwrap(), None);
        assert_eq!(open(&dir.path().join("none")).unwrap_err().kind(), io::ErrorKind::NotFound);
    }

    #[test]
    fn nothing_else_is_opened() {
        let dir = tempfile::tempdir().unwrap();
        let pipe = dir.path().join("pipe");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let _socket = std::os::unix::net::UnixListener::bind(dir.path().join("socket")).unwrap();
        for (at, target) in [
            "/proc/kmsg",
            "/proc/self/environ",
            "/sys/kernel/uevent_seqnum",
            "/dev/zero",
            "/dev/tty",
            "/",
            pipe.to_str().unwrap(),
            dir.path().join("socket").to_str().unwrap(),
        ]
        .into_iter()
        .enumerate()
        {
            // In a container some of them are not there.
            if !Path::new(target).exists() {
                continue;
            }
            let link = dir.path().join(format!("link-{at}"));
            symlink(target, &link).unwrap();
            assert!(matches!(open(&link), Ok(Plain::Other)), "{target}");
        }
    }
}
