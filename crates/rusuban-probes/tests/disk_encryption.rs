//! The disk encryption probe with the real lsblk: on a machine that is described by files (`lsblk --sysroot`), so that
//! it needs no device mapper, and on this machine.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test")]

mod machine_support;

use machine_support::{Tree, installed, printed};
use rusuban_core::model::verdict::{Seen, UnknownCode};
use rusuban_core::world::Port;
use rusuban_core::world::disk_encryption::{DiskEncryptionFacts, Encryption, Volume};
use rusuban_probes::command::Program;
use rusuban_probes::disk_encryption::DiskEncryptionProbe;

/// A block device in the kernel's own layout.
fn device(tree: &Tree, path: &str, number: &str, content: &str) {
    let folder = format!("/sys/devices/virtual/block/{path}");
    let name = path.rsplit('/').next().unwrap();
    for (file, value) in [("dev", number), ("size", "800000"), ("removable", "0"), ("ro", "0")] {
        tree.file(&format!("{folder}/{file}"), &format!("{value}\n"));
    }
    tree.folder(&format!("{folder}/holders"));
    tree.folder(&format!("{folder}/slaves"));
    tree.link(&format!("/sys/dev/block/{number}"), &format!("../../devices/virtual/block/{path}"));
    if path.contains('/') {
        tree.file(&format!("{folder}/partition"), "1\n");
    } else {
        tree.link(&format!("/sys/block/{name}"), &format!("../devices/virtual/block/{name}"));
    }
    tree.file(&format!("/dev/{name}"), &format!("ID_FS_TYPE={content}\n"));
}

/// A device of the device mapper upon another.
fn mapped(tree: &Tree, number: u8, name: &str, uuid: &str, upon: &str, content: &str) {
    let own = format!("dm-{number}");
    device(tree, &own, &format!("253:{number}"), content);
    let folder = format!("/sys/devices/virtual/block/{own}");
    tree.file(&format!("{folder}/dm/name"), &format!("{name}\n"));
    tree.file(&format!("{folder}/dm/uuid"), &format!("{uuid}\n"));
    tree.file(&format!("/dev/mapper/{name}"), &format!("ID_FS_TYPE={content}\n"));
    upon_other(tree, &own, upon);
}

fn upon_other(tree: &Tree, own: &str, upon: &str) {
    let lower = upon.rsplit('/').next().unwrap();
    tree.link(&format!("/sys/devices/virtual/block/{own}/slaves/{lower}"), &format!("../../{upon}"));
    let up = if upon.contains('/') { "../../.." } else { "../.." };
    tree.link(&format!("/sys/devices/virtual/block/{upon}/holders/{own}"), &format!("{up}/{own}"));
}

/// A laptop: EFI, /boot, LUKS with LVM in it.
fn laptop() -> Tree {
    let tree = Tree::new();
    tree.physical(10);
    tree.file("/sys/class/power_supply/AC/type", "Mains\n");
    tree.file("/sys/class/power_supply/BAT0/type", "Battery\n");
    device(&tree, "nvme0n1", "259:0", "");
    device(&tree, "nvme0n1/nvme0n1p1", "259:1", "vfat");
    device(&tree, "nvme0n1/nvme0n1p2", "259:2", "ext4");
    device(&tree, "nvme0n1/nvme0n1p3", "259:3", "crypto_LUKS");
    mapped(&tree, 0, "crypt0", "CRYPT-LUKS2-abc-crypt0", "nvme0n1/nvme0n1p3", "LVM2_member");
    mapped(&tree, 1, "vg-root", "LVM-xyz", "dm-0", "ext4");
    mapped(&tree, 2, "vg-swap", "LVM-xyw", "dm-0", "swap");
    mounts(&tree, "");
    tree.file(
        "/proc/swaps",
        "Filename\tType\tSize\tUsed\tPriority\n/dev/dm-2\tpartition\t9\t0\t-2\n/var/swap\tfile\t9\t0\t-3\n\
         /dev/zram0\tpartition\t9\t0\t100\n",
    );
    tree
}

fn mounts(tree: &Tree, more: &str) {
    tree.file(
        "/proc/self/mountinfo",
        "27 1 253:1 / / rw - ext4 /dev/mapper/vg-root rw\n28 27 259:2 / /boot rw - ext4 /dev/nvme0n1p2 rw\n\
         29 28 259:1 / /boot/efi rw - vfat /dev/nvme0n1p1 rw\n",
    );
    tree.file(
        "/proc/mounts",
        &format!(
            "proc /proc proc rw 0 0\n/dev/mapper/vg-root / ext4 rw 0 0\n/dev/nvme0n1p2 /boot ext4 rw 0 0\n\
             /dev/nvme0n1p1 /boot/efi vfat rw 0 0\n{more}"
        ),
    );
}

async fn look(tree: &Tree) -> DiskEncryptionFacts {
    installed("lsblk");
    let lsblk = Program::new("lsblk").args(["--sysroot", tree.root().to_str().unwrap()]);
    DiskEncryptionProbe { host: tree.host(), lsblk }.look().await.unwrap()
}

fn at<'a>(facts: &'a DiskEncryptionFacts, mount: &str) -> &'a Volume {
    let volumes = facts.volumes.known().unwrap();
    volumes.iter().find(|volume| volume.mounts.iter().any(|m| m == mount)).unwrap()
}

fn on(means: &str) -> Encryption {
    Encryption::On(means.to_owned())
}

#[tokio::test]
async fn a_laptop_with_luks() {
    let facts = look(&laptop()).await;
    assert_eq!(facts.volumes.known().unwrap().len(), 3);
    assert_eq!(at(&facts, "/").encryption, on("LUKS"));
    assert_eq!(at(&facts, "/boot").encryption, Encryption::Off);
    assert_eq!(at(&facts, "/boot/efi").filesystem.as_deref(), Some("vfat"));
    assert_eq!(facts.battery, Some(Seen::Known(true)));
    assert_eq!(facts.platform.as_ref().unwrap().dmi().unwrap().chassis_type, Some(10));
    let swap = facts.swap.as_ref().unwrap().known().unwrap();
    let swap: Vec<(&str, &Encryption)> = swap.iter().map(|a| (a.name.as_str(), &a.encryption)).collect();
    let memory = on("memory");
    let luks = on("LUKS");
    assert_eq!(swap, [("vg-swap", &luks), ("/var/swap", &luks), ("/dev/zram0", &memory)]);
}

#[tokio::test]
async fn a_root_that_also_lies_on_a_plain_disk_is_not_encrypted() {
    let tree = laptop();
    device(&tree, "sdb", "8:16", "LVM2_member");
    upon_other(&tree, "dm-1", "sdb");
    assert_eq!(at(&look(&tree).await, "/").encryption, Encryption::Off);
}

#[tokio::test]
async fn an_unmounted_disk_is_listed() {
    let tree = laptop();
    device(&tree, "sdb", "8:16", "ntfs");
    let facts = look(&tree).await;
    let other = facts.volumes.known().unwrap().iter().find(|volume| volume.name == "sdb").unwrap().clone();
    assert_eq!((other.mounts.len(), other.encryption), (0, Encryption::Off));
}

#[tokio::test]
async fn a_mount_that_lsblk_does_not_show_is_not_seen_rather_than_left_out() {
    let tree = laptop();
    mounts(&tree, "tank/home /home zfs rw 0 0\n/dev/loop3 /snap/x ext4 rw 0 0\n");
    let facts = look(&tree).await;
    assert!(matches!(at(&facts, "/home").encryption, Encryption::NotSeen(_)));
    assert_eq!(facts.volumes.known().unwrap().len(), 4);
}

#[tokio::test]
async fn compressed_memory_that_is_written_back_is_not_seen() {
    let tree = laptop();
    tree.file("/sys/block/zram0/backing_dev", "/dev/sdb1\n");
    let facts = look(&tree).await;
    let swap = facts.swap.as_ref().unwrap().known().unwrap();
    assert!(matches!(swap.last().unwrap().encryption, Encryption::NotSeen(_)));
}

#[tokio::test]
async fn a_mouse_with_a_battery_makes_no_laptop() {
    let tree = laptop();
    tree.file("/sys/class/power_supply/BAT0/scope", "Device\n");
    assert_eq!(look(&tree).await.battery, Some(Seen::Known(false)));
}

#[tokio::test]
async fn an_older_lsblk_is_asked_for_the_older_column() {
    let tree = Tree::new();
    tree.file("/proc/mounts", "/dev/sda / xfs rw 0 0\n");
    let lsblk = tree.script(
        "/bin/lsblk",
        "case $* in *MOUNTPOINTS*) echo 'lsblk: unknown column: MOUNTPOINTS,FSTYPE' >&2; exit 1;; esac\n\
         echo '{\"blockdevices\":[{\"name\":\"sda\",\"type\":\"disk\",\"mountpoint\":\"/\",\"fstype\":null,\"rm\":\"0\"}]}'\n",
    );
    let facts = DiskEncryptionProbe { host: tree.host(), lsblk }.look().await.unwrap();
    assert_eq!(at(&facts, "/").encryption, Encryption::Off);
    assert_eq!(at(&facts, "/").filesystem.as_deref(), Some("xfs"));
}

#[tokio::test]
async fn a_tool_that_fails_or_shows_no_disk_is_unknown() {
    let tree = Tree::new();
    for (text, code) in [
        ("echo 'lsblk: failed to access sysfs' >&2; exit 1\n", UnknownCode::ToolFailed),
        ("echo '{\"blockdevices\":[]}'\n", UnknownCode::ControlFailed),
        ("echo '{\"blockdev'\n", UnknownCode::Unparsable),
    ] {
        let lsblk = tree.script("/bin/lsblk", text);
        let facts = DiskEncryptionProbe { host: tree.host(), lsblk }.look().await.unwrap();
        assert!(matches!(&facts.volumes, Seen::Unknown(why) if why.code == code), "{facts:?}");
    }
}

#[tokio::test]
async fn this_machine_is_seen_as_its_own_tools_see_it() {
    let source = printed("findmnt", &["-n", "-o", "SOURCE", "/"]);
    let facts = DiskEncryptionProbe::default().look().await.unwrap();
    let root =
        facts.volumes.known().into_iter().flatten().find(|volume| volume.mounts.iter().any(|m| m == "/"));
    let Some(device) = source.trim().strip_prefix("/dev/") else {
        // In a container the root is no disk; no volume may pass for it.
        assert!(root.is_none(), "{root:?}");
        return;
    };
    let device = device.split('[').next().unwrap();
    let below = printed("lsblk", &["-s", "-n", "-l", "-o", "TYPE", &format!("/dev/{device}")]);
    let is_encrypted = below.lines().any(|kind| kind.trim() == "crypt");
    assert_eq!(matches!(root.unwrap().encryption, Encryption::On(_)), is_encrypted, "{below}");
}
