//! Reads `/proc/mounts` and `/proc/swaps` (proc(5)). Pure functions of their text.

/// File systems that keep data on a disk of this machine.
const ON_DISK: [&str; 20] = [
    "apfs", "bcachefs", "btrfs", "exfat", "ext2", "ext3", "ext4", "f2fs", "fuseblk", "hfsplus", "jfs",
    "msdos", "nilfs2", "ntfs", "ntfs3", "reiserfs", "ufs", "vfat", "xfs", "zfs",
];

/// One mount.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mount {
    /// What is mounted.
    pub source: String,
    /// Where.
    pub place: String,
    /// File system type.
    pub filesystem: String,
}

impl Mount {
    /// Whether its data lies on a disk of this machine.
    pub fn is_on_disk(&self) -> bool {
        ON_DISK.contains(&self.filesystem.as_str())
    }
}

/// One active swap area.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActiveSwap {
    /// Device or file.
    pub name: String,
    /// Whether it is a file.
    pub is_file: bool,
}

/// All mounts.
pub fn parse(text: &str) -> Vec<Mount> {
    text.lines()
        .filter_map(|line| {
            let mut fields = line.split(' ');
            let (source, place, filesystem) = (fields.next()?, fields.next()?, fields.next()?);
            Some(Mount { source: plain(source), place: plain(place), filesystem: filesystem.to_owned() })
        })
        .collect()
}

/// Active swap areas.
pub fn swaps(text: &str) -> Vec<ActiveSwap> {
    text.lines()
        .skip(1)
        .filter_map(|line| {
            let mut fields = line.split_ascii_whitespace();
            let (name, kind) = (fields.next()?, fields.next()?);
            Some(ActiveSwap { name: plain(name), is_file: kind == "file" })
        })
        .collect()
}

/// Takes back the octal escapes of space, tab, newline and backslash.
fn plain(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        if let (b'\\', [a @ b'0'..=b'3', b @ b'0'..=b'7', c @ b'0'..=b'7', tail @ ..]) = (first, after) {
            bytes.push((a - b'0') * 64 + (b - b'0') * 8 + (c - b'0'));
            rest = tail;
        } else {
            bytes.push(*first);
            rest = after;
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mounts_with_a_space_in_their_name() {
        let mounts = parse("/dev/sda1 /media/持ち出し\\040用 vfat rw 0 0\nproc /proc proc rw 0 0\n");
        assert_eq!(mounts[0].place, "/media/持ち出し 用");
        assert_eq!(mounts.iter().map(Mount::is_on_disk).collect::<Vec<_>>(), [true, false]);
    }

    #[test]
    fn swap_files_and_partitions() {
        let text = "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n/dev/dm-1 partition\t999\t0\t-2\n/swap\\040file file 9 0 -3\n";
        let areas = swaps(text);
        assert_eq!(areas[0], ActiveSwap { name: "/dev/dm-1".to_owned(), is_file: false });
        assert_eq!(areas[1], ActiveSwap { name: "/swap file".to_owned(), is_file: true });
    }

    proptest::proptest! {
        #[test]
        fn no_text_panics(text: String) {
            let _ = parse(&text);
            let _ = swaps(&text);
            let _ = plain(&text);
        }
    }
}
