//! Reads the tree of block devices that `lsblk --json` prints (lsblk(8)). A pure function of its text.
//!
//! A device counts as encrypted only where every way down to a disk leads through dm-crypt: a logical volume that
//! spans an encrypted and a plain disk stands under both. fscrypt and eCryptfs, which encrypt single folders, are not
//! looked for.

use std::collections::BTreeMap;

use rusuban_core::model::text::Text;
use rusuban_core::model::verdict::{Unknown, UnknownCode};
use rusuban_core::world::disk_encryption::{Encryption, SwapArea, Volume};
use serde::Deserialize;
use serde_json::Value;

/// Contents that are no file system of their own: what they hold is shown on its own, or is locked.
const CONTAINERS: [&str; 7] = [
    "BitLocker",
    "crypto_LUKS",
    "LVM2_member",
    "linux_raid_member",
    "isw_raid_member",
    "ddf_raid_member",
    "VMFS_volume_member",
];

/// The largest depth that is followed.
const MAX_DEPTH: usize = 64;

#[derive(Deserialize)]
struct Answer {
    blockdevices: Vec<Node>,
}

#[derive(Deserialize)]
struct Node {
    name: String,
    #[serde(default)]
    kname: Option<String>,
    #[serde(default, rename = "type")]
    kind: Option<String>,
    #[serde(default)]
    mountpoints: Vec<Option<String>>,
    #[serde(default)]
    mountpoint: Option<String>,
    #[serde(default)]
    fstype: Option<String>,
    #[serde(default)]
    uuid: Option<String>,
    #[serde(default)]
    tran: Option<String>,
    /// A yes or no, in older versions a digit in quotes.
    #[serde(default)]
    rm: Value,
    #[serde(default)]
    children: Vec<Node>,
}

/// One device with all that lies under it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Device {
    kernel_name: String,
    kind: String,
    mounts: Vec<String>,
    filesystem: Option<String>,
    uuid: Option<String>,
    external: bool,
    has_children: bool,
    /// For each way down to a disk, the means of encryption on it.
    ways: Vec<Option<String>>,
}

/// All block devices by name.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Devices(BTreeMap<String, Device>);

/// Reads the tree.
///
/// # Errors
/// A text that is not lsblk's JSON.
pub fn parse(json: &[u8]) -> Result<Devices, Unknown> {
    let answer: Answer = serde_json::from_slice(json).map_err(|error| unreadable(&error.to_string()))?;
    let mut devices = Devices::default();
    for node in &answer.blockdevices {
        devices.add(node, &Way::default(), 0);
    }
    Ok(devices)
}

/// What lies under a device on one way down.
#[derive(Clone, Default)]
struct Way {
    encrypted_by: Option<String>,
    external: bool,
    below: Option<String>,
}

impl Devices {
    fn add(&mut self, node: &Node, below: &Way, depth: usize) {
        let kind = node.kind.clone().unwrap_or_default();
        let is_removable = node.rm == Value::Bool(true) || node.rm == Value::String("1".to_owned());
        let mut way = below.clone();
        way.external |= is_removable || node.tran.as_deref() == Some("usb");
        if kind == "crypt" {
            way.encrypted_by = Some(match below.below.as_deref() {
                Some("crypto_LUKS") => "LUKS".to_owned(),
                Some("BitLocker") => "BitLocker".to_owned(),
                _ => "dm-crypt".to_owned(),
            });
        }
        way.below.clone_from(&node.fstype);
        let device = self.0.entry(node.name.clone()).or_default();
        device.kernel_name = node.kname.clone().unwrap_or_else(|| node.name.clone());
        device.kind = kind;
        device.filesystem.clone_from(&node.fstype);
        device.uuid.clone_from(&node.uuid);
        device.external |= way.external;
        device.has_children |= !node.children.is_empty();
        device.ways.push(way.encrypted_by.clone());
        for mount in node.mountpoints.iter().flatten().chain(&node.mountpoint) {
            if !device.mounts.contains(mount) {
                device.mounts.push(mount.clone());
            }
        }
        if depth < MAX_DEPTH {
            for child in &node.children {
                self.add(child, &way, depth + 1);
            }
        }
    }

    /// Volumes that hold, or may hold, data: mounted ones, and file systems that are not mounted.
    pub fn volumes(&self) -> Vec<Volume> {
        // Without the device database lsblk names no content at all; then an unmounted device may hold anything.
        let names_content = self.0.values().any(|device| device.filesystem.is_some());
        let mut volumes = Vec::new();
        for (name, device) in &self.0 {
            if device.is_left_out() {
                continue;
            }
            let mounts: Vec<String> = device.mounts.iter().filter(|m| *m != "[SWAP]").cloned().collect();
            let encryption = if !mounts.is_empty() {
                device.encryption()
            } else if device.has_children || !device.mounts.is_empty() {
                continue;
            } else if let Some(filesystem) = &device.filesystem {
                if filesystem == "swap" || CONTAINERS.contains(&filesystem.as_str()) {
                    continue;
                }
                device.encryption()
            } else if names_content {
                continue;
            } else {
                Encryption::NotSeen("lsblk names no content".to_owned())
            };
            volumes.push(Volume {
                name: name.clone(),
                mounts: if mounts.is_empty() { self.mounts_of_same(device) } else { mounts },
                filesystem: device.filesystem.clone(),
                external: device.external,
                encryption,
            });
        }
        volumes
    }

    /// A file system over several disks is mounted by one of them, and has one UUID.
    fn mounts_of_same(&self, device: &Device) -> Vec<String> {
        let Some(uuid) = &device.uuid else { return Vec::new() };
        let same = self.0.values().filter(|other| other.uuid.as_ref() == Some(uuid));
        same.flat_map(|other| other.mounts.iter().cloned()).collect()
    }

    /// Swap areas on devices, active or not: what was written to them stays.
    pub fn swap(&self) -> Vec<SwapArea> {
        self.0
            .iter()
            .filter(|(_, device)| !device.is_left_out())
            .filter(|(_, device)| {
                device.filesystem.as_deref() == Some("swap") || device.mounts.iter().any(|m| m == "[SWAP]")
            })
            .map(|(name, device)| SwapArea { name: name.clone(), encryption: device.encryption() })
            .collect()
    }

    /// How the volume that holds a file is encrypted.
    pub fn holding(&self, file: &str) -> Option<Encryption> {
        let mounted =
            self.0.values().flat_map(|device| device.mounts.iter().map(move |mount| (mount, device)));
        mounted
            .filter(|(mount, _)| is_under(file, mount))
            .max_by_key(|(mount, _)| mount.len())
            .map(|(_, device)| device.encryption())
    }

    /// The device of a path, by either of its names, and how it is encrypted.
    pub fn at(&self, path: &str) -> Option<(&str, Encryption)> {
        let name = path.strip_prefix("/dev/")?;
        let name = name.strip_prefix("mapper/").unwrap_or(name);
        let mut all = self.0.iter();
        let (own, device) = all.find(|(own, device)| *own == name || device.kernel_name == name)?;
        Some((own, device.encryption()))
    }
}

impl Device {
    fn encryption(&self) -> Encryption {
        match self.ways.iter().find(|way| way.is_none()) {
            None => self.ways.first().cloned().flatten().map_or(Encryption::Off, Encryption::On),
            Some(_) => Encryption::Off,
        }
    }

    /// Devices that are no disks: memory, discs, and files, whose volume is listed itself.
    fn is_left_out(&self) -> bool {
        self.kind == "rom"
            || self.kernel_name.starts_with("zram")
            || (self.kind == "loop" && self.ways.iter().all(Option::is_none))
    }
}

fn is_under(file: &str, mount: &str) -> bool {
    mount == "/" || file.strip_prefix(mount).is_some_and(|rest| rest.starts_with('/'))
}

fn unreadable(reason: &str) -> Unknown {
    Unknown::new(
        UnknownCode::Unparsable,
        "lsblk",
        Text::new(
            format!("lsblk の出力を読めません（{reason}）"),
            format!("the output of lsblk cannot be read ({reason})"),
        ),
        Text::new("`lsblk --json` で確かめてください", "look with `lsblk --json`"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A usual laptop: EFI, /boot, and LUKS with LVM in it.
    const LAPTOP: &str = r#"{"blockdevices":[{"name":"nvme0n1","kname":"nvme0n1","type":"disk","mountpoints":[null],
        "fstype":null,"uuid":null,"tran":"nvme","rm":false,"children":[
        {"name":"nvme0n1p1","kname":"nvme0n1p1","type":"part","mountpoints":["/boot/efi"],"fstype":"vfat","uuid":"A","tran":"nvme","rm":false},
        {"name":"nvme0n1p2","kname":"nvme0n1p2","type":"part","mountpoints":["/boot"],"fstype":"ext4","uuid":"B","tran":"nvme","rm":false},
        {"name":"nvme0n1p3","kname":"nvme0n1p3","type":"part","mountpoints":[null],"fstype":"crypto_LUKS","uuid":"C","tran":"nvme","rm":false,"children":[
        {"name":"nvme0n1p3_crypt","kname":"dm-0","type":"crypt","mountpoints":[null],"fstype":"LVM2_member","uuid":"D","tran":null,"rm":false,"children":[
        {"name":"vg-root","kname":"dm-1","type":"lvm","mountpoints":["/"],"fstype":"ext4","uuid":"E","tran":null,"rm":false},
        {"name":"vg-swap","kname":"dm-2","type":"lvm","mountpoints":["[SWAP]"],"fstype":"swap","uuid":"F","tran":null,"rm":false}]}]}]}]}"#;

    fn volume<'a>(volumes: &'a [Volume], mount: &str) -> &'a Volume {
        volumes.iter().find(|volume| volume.mounts.iter().any(|m| m == mount)).unwrap()
    }

    fn on(means: &str) -> Encryption {
        Encryption::On(means.to_owned())
    }

    #[test]
    fn a_laptop_with_luks() {
        let devices = parse(LAPTOP.as_bytes()).unwrap();
        let volumes = devices.volumes();
        assert_eq!(volumes.len(), 3);
        assert_eq!(volume(&volumes, "/").encryption, on("LUKS"));
        assert_eq!(volume(&volumes, "/boot").encryption, Encryption::Off);
        assert_eq!(devices.swap(), [SwapArea { name: "vg-swap".to_owned(), encryption: on("LUKS") }]);
        assert_eq!(devices.holding("/var/swapfile"), Some(on("LUKS")));
        assert_eq!(devices.holding("/boot/x"), Some(Encryption::Off));
        assert_eq!(devices.at("/dev/dm-2"), Some(("vg-swap", on("LUKS"))));
        assert_eq!(devices.at("/dev/mapper/vg-root"), Some(("vg-root", on("LUKS"))));
        assert_eq!(devices.at("tank/home"), None);
    }

    #[test]
    fn a_logical_volume_over_a_plain_disk_too_is_not_encrypted() {
        let lv = r#"{"name":"vg-root","kname":"dm-1","type":"lvm","mountpoints":["/"],"fstype":"xfs"}"#;
        let json = format!(
            r#"{{"blockdevices":[{{"name":"sda","type":"disk","fstype":"crypto_LUKS","children":[
            {{"name":"c","kname":"dm-0","type":"crypt","fstype":"LVM2_member","children":[{lv}]}}]}},
            {{"name":"sdb","type":"disk","fstype":"LVM2_member","children":[{lv}]}}]}}"#
        );
        let volumes = parse(json.as_bytes()).unwrap().volumes();
        assert_eq!(volume(&volumes, "/").encryption, Encryption::Off);
    }

    #[test]
    fn the_second_disk_of_a_file_system_counts_with_the_first() {
        let json = r#"{"blockdevices":[{"name":"sda","type":"disk","fstype":"crypto_LUKS","children":[
            {"name":"c","type":"crypt","mountpoints":["/"],"fstype":"btrfs","uuid":"U"}]},
            {"name":"sdb","type":"disk","mountpoints":[null],"fstype":"btrfs","uuid":"U"}]}"#;
        let volumes = parse(json.as_bytes()).unwrap().volumes();
        assert_eq!(volumes.len(), 2);
        let second = volumes.iter().find(|volume| volume.name == "sdb").unwrap();
        assert_eq!(
            (second.mounts.as_slice(), &second.encryption),
            (["/".to_owned()].as_slice(), &Encryption::Off)
        );
    }

    #[test]
    fn what_lies_on_usb_is_external_and_locked_containers_are_no_volumes() {
        let json = r#"{"blockdevices":[{"name":"sdc","type":"disk","tran":"usb","rm":"1","children":[
            {"name":"sdc1","type":"part","mountpoint":"/media/usb","fstype":"exfat","rm":"1"},
            {"name":"sdc2","type":"part","mountpoint":null,"fstype":"crypto_LUKS","rm":"1"},
            {"name":"sdc3","type":"part","mountpoint":null,"fstype":"ntfs","rm":"1"}]},
            {"name":"sr0","type":"rom","mountpoint":"/media/cd","fstype":"iso9660","rm":"1"}]}"#;
        let volumes = parse(json.as_bytes()).unwrap().volumes();
        let names: Vec<&str> = volumes.iter().map(|volume| volume.name.as_str()).collect();
        assert_eq!(names, ["sdc1", "sdc3"]);
        assert!(volumes.iter().all(|volume| volume.external));
    }

    #[test]
    fn an_unmounted_device_of_which_no_content_is_named_was_not_seen() {
        let json = r#"{"blockdevices":[{"name":"zram0","type":"disk","mountpoints":[null],"fstype":null},
            {"name":"vda","type":"disk","mountpoints":["/"],"fstype":null},
            {"name":"vdb","type":"disk","mountpoints":[null],"fstype":null}]}"#;
        let volumes = parse(json.as_bytes()).unwrap().volumes();
        assert_eq!(volumes.len(), 2);
        assert!(matches!(volumes[1].encryption, Encryption::NotSeen(_)));
    }

    #[test]
    fn half_a_tree_is_no_answer() {
        assert_eq!(parse(&LAPTOP.as_bytes()[..200]).unwrap_err().code, UnknownCode::Unparsable);
        assert_eq!(parse(b"").unwrap_err().code, UnknownCode::Unparsable);
        assert_eq!(parse(b"{}").unwrap_err().code, UnknownCode::Unparsable);
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_panic(bytes: Vec<u8>) {
            let _ = parse(&bytes);
        }
    }
}
