//! `staff-before.carried-out-care.a`: devices that are carried out are cared for. What a probe sees of it is whether
//! the disks of a portable machine are encrypted; loss reports and return dates a person states.
//!
//! `/boot` and the EFI system partition hold no data of their owner and cannot be encrypted everywhere: they are
//! notes. Encryption inside the disk itself (OPAL) cannot be seen from the operating system.

use async_trait::async_trait;

use crate::checks::{Check, CheckMeta, Context, Dated, meta, nobody_looked};
use crate::model::subject::SubjectId;
use crate::model::text::Text;
use crate::model::verdict::{Findings, Judgement, Seen, Unknown, UnknownCode};
use crate::world::World;
use crate::world::disk_encryption::{DiskEncryptionFacts, Encryption, Volume};
use crate::world::platform::Platform;

/// Enclosure types that people carry: portable, laptop, notebook, hand-held, sub-notebook, tablet, convertible,
/// detachable (DSP0134, table 17).
const PORTABLE: [i64; 8] = [8, 9, 10, 11, 14, 30, 31, 32];

/// Enclosure types that say nothing: other, unknown.
const UNSAID: [i64; 2] = [1, 2];

/// `staff-before.carried-out-care.a`; see the guide beside this file.
pub struct CarriedOutCareA;

#[async_trait]
impl Check for CarriedOutCareA {
    const META: CheckMeta = meta!("staff-before.carried-out-care.a", Both, Machine, "carried_out_care_a");
    type Facts = DiskEncryptionFacts;

    async fn observe(world: &World) -> Result<DiskEncryptionFacts, Unknown> {
        world.disk_encryption.look().await
    }

    fn judge(facts: &[Dated<'_, DiskEncryptionFacts>], _context: &Context<'_>) -> Judgement {
        let Some(newest) = facts.first() else { return nobody_looked(&SubjectId::organisation()) };
        let mut findings = Findings::about(newest.subject());
        let facts = &newest.facts;
        let carried = carried(facts);
        if facts.platform.as_ref().is_some_and(Platform::is_container) {
            findings.unseen(&container());
        }
        match &facts.volumes {
            Seen::Known(volumes) if volumes.is_empty() => findings.unseen(&no_volume()),
            Seen::Known(volumes) => {
                for volume in volumes {
                    judge_volume(volume, carried, &mut findings);
                }
            }
            Seen::Unknown(why) => findings.unseen(why),
        }
        match &facts.swap {
            Some(Seen::Known(areas)) => {
                for area in areas {
                    let part = Part { name: &area.name, kind: Kind::Swap, external: false };
                    judge_part(&part, &area.encryption, carried, &mut findings);
                }
            }
            // One tool shows both: its silence is told once.
            Some(Seen::Unknown(why)) if facts.volumes != Seen::Unknown(why.clone()) => findings.unseen(why),
            Some(Seen::Unknown(_)) | None => {}
        }
        findings.judgement()
    }
}

/// A look that finds no volume at all cannot have seen an unencrypted one.
fn no_volume() -> Unknown {
    Unknown::new(
        UnknownCode::ControlFailed,
        "volumes",
        Text::new("ディスクが1つも見つかりませんでした", "not a single volume was found"),
        Text::new("`lsblk` で確かめてください", "look with `lsblk`"),
    )
}

fn container() -> Unknown {
    Unknown::new(
        UnknownCode::WrongVantage,
        "host",
        Text::new(
            "コンテナの中からは、ホストのディスクの暗号化は見えません",
            "the encryption of the host's disks cannot be seen from inside a container",
        ),
        Text::new("ホスト側で `rusuban check` を実行してください", "run `rusuban check` on the host"),
    )
}

/// Whether people carry the machine.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Carried {
    Yes,
    No,
    NotKnown,
}

fn carried(facts: &DiskEncryptionFacts) -> Carried {
    let battery = facts.battery.as_ref().and_then(Seen::known).copied();
    let chassis = facts.platform.as_ref().and_then(Platform::dmi).and_then(|dmi| dmi.chassis_type);
    match (chassis, battery) {
        (_, Some(true)) => Carried::Yes,
        (Some(kind), _) if PORTABLE.contains(&kind) => Carried::Yes,
        (Some(kind), Some(false)) if !UNSAID.contains(&kind) => Carried::No,
        _ => Carried::NotKnown,
    }
}

/// What a part of a disk is for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Data,
    Boot,
    NotMounted,
    Swap,
}

struct Part<'a> {
    name: &'a str,
    kind: Kind,
    external: bool,
}

fn judge_volume(volume: &Volume, carried: Carried, findings: &mut Findings) {
    let is_boot = |mount: &str| mount == "/boot" || mount.starts_with("/boot/") || mount == "/efi";
    let kind = if volume.mounts.is_empty() {
        Kind::NotMounted
    } else if volume.mounts.iter().all(|mount| is_boot(mount)) {
        Kind::Boot
    } else {
        Kind::Data
    };
    let name = volume.mounts.first().map_or_else(
        || volume.name.clone(),
        |mount| {
            if *mount == volume.name { mount.clone() } else { format!("{mount} ({})", volume.name) }
        },
    );
    let part = Part { name: &name, kind, external: volume.external };
    judge_part(&part, &volume.encryption, carried, findings);
}

fn judge_part(part: &Part<'_>, encryption: &Encryption, carried: Carried, findings: &mut Findings) {
    let name = part.name;
    let message = match encryption {
        Encryption::On(_) => return,
        Encryption::NotSeen(why) => {
            findings.unknown(
                "encryption-not-seen",
                name,
                Text::new(
                    format!("{name} が暗号化されているか分かりません（{why}）"),
                    format!("whether {name} is encrypted could not be seen ({why})"),
                ),
                Text::new(
                    "手で確かめ、`rusuban attest staff-before.carried-out-care.a` で申告してください",
                    "look by hand and state it with `rusuban attest staff-before.carried-out-care.a`",
                ),
            );
            return;
        }
        Encryption::Off => {
            Text::new(format!("{name} が暗号化されていません"), format!("{name} is not encrypted"))
        }
        Encryption::Suspended => Text::new(
            format!("{name} は暗号化されていますが、保護が中断されています"),
            format!("{name} is encrypted, but its protection is suspended"),
        ),
        Encryption::Partly(done) => partly(name, *done),
    };
    weigh(part, carried, message, findings);
}

fn partly(name: &str, thousandths: Option<i64>) -> Text {
    let done = thousandths.map_or_else(String::new, |t| format!(" ({}.{}%)", t / 10, (t % 10).abs()));
    Text::new(
        format!("{name} の暗号化が終わっていません{done}"),
        format!("the encryption of {name} is not complete{done}"),
    )
}

/// How much an unencrypted part weighs.
fn weigh(part: &Part<'_>, carried: Carried, message: Text, findings: &mut Findings) {
    let (name, code) = (part.name, "disk-not-encrypted");
    let encrypt = Text::new(
        "持ち出す前に暗号化してください（Linux は LUKS、Windows は BitLocker、macOS は FileVault）",
        "encrypt it before it is carried out (LUKS on Linux, BitLocker on Windows, FileVault on macOS)",
    );
    let by_hand = Text::new(
        "持ち出さないもの、またはデータのないものなら、`rusuban attest staff-before.carried-out-care.a` で申告してください",
        "if it is never carried out, or holds no data, state so with `rusuban attest staff-before.carried-out-care.a`",
    );
    match (part.kind, carried) {
        (Kind::Boot, _) => {
            findings.note("boot-not-encrypted", name, message, Text::new("対応は不要です", "nothing to do"));
        }
        (Kind::NotMounted, Carried::Yes | Carried::NotKnown) => {
            findings.unknown("disk-not-encrypted-not-mounted", name, message, by_hand);
        }
        (_, Carried::Yes) => findings.failing(code, name, message, encrypt),
        (_, Carried::No) if part.external => findings.unknown(code, name, message, by_hand),
        (_, Carried::No) => {
            findings.note(code, name, message, Text::new("持ち出さないでください", "do not carry it out"));
        }
        (_, Carried::NotKnown) => findings.unknown(code, name, message, by_hand),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::machine_fixture::{guest, judge, lines, physical, unseen};
    use crate::model::verdict::Verdict;
    use crate::world::disk_encryption::SwapArea;
    use crate::world::platform::Machine;

    fn volume(name: &str, mounts: &[&str], encryption: Encryption) -> Volume {
        let mounts = mounts.iter().map(|&mount| mount.to_owned()).collect();
        Volume { name: name.into(), mounts, filesystem: Some("ext4".into()), external: false, encryption }
    }

    fn luks() -> Encryption {
        Encryption::On("LUKS".into())
    }

    fn laptop() -> DiskEncryptionFacts {
        DiskEncryptionFacts {
            platform: Some(physical(10)),
            battery: Some(Seen::Known(true)),
            volumes: Seen::Known(vec![
                volume("vg-root", &["/"], luks()),
                volume("sda2", &["/boot"], Encryption::Off),
                volume("sda1", &["/boot/efi"], Encryption::Off),
            ]),
            swap: Some(Seen::Known(vec![SwapArea { name: "vg-swap".into(), encryption: luks() }])),
        }
    }

    fn found(facts: DiskEncryptionFacts) -> Vec<String> {
        lines(&judge::<CarriedOutCareA>(facts))
    }

    /// One volume beside an encrypted root, on a laptop.
    fn beside(other: Volume) -> Vec<String> {
        let volumes = Seen::Known(vec![volume("vg-root", &["/"], luks()), other]);
        found(DiskEncryptionFacts { volumes, ..laptop() })
    }

    /// A plain root on another machine.
    fn plain(facts: DiskEncryptionFacts) -> Vec<String> {
        let volumes = Seen::Known(vec![volume("vda", &["/"], Encryption::Off)]);
        found(DiskEncryptionFacts { volumes, swap: None, ..facts })
    }

    #[test]
    fn an_encrypted_laptop_shows_no_fault() {
        let judgement = judge::<CarriedOutCareA>(laptop());
        assert_eq!(
            lines(&judgement),
            ["Note boot-not-encrypted /boot (sda2)", "Note boot-not-encrypted /boot/efi (sda1)"]
        );
        assert_eq!(judgement.verdict(), Verdict::Verified);
    }

    #[test]
    fn every_plain_part_of_a_laptop_fails() {
        assert_eq!(
            beside(volume("sda5", &["/home"], Encryption::Off)),
            ["Failing disk-not-encrypted /home (sda5)"]
        );
        assert_eq!(beside(volume("C:", &["C:"], Encryption::Suspended)), ["Failing disk-not-encrypted C:"]);
        let half = beside(volume("C:", &["C:"], Encryption::Partly(Some(453))));
        assert_eq!(half, ["Failing disk-not-encrypted C:"]);
        let swap = Some(Seen::Known(vec![SwapArea { name: "sda3".into(), encryption: Encryption::Off }]));
        let volumes = Seen::Known(vec![volume("vg-root", &["/"], luks())]);
        let facts = DiskEncryptionFacts { volumes, swap, ..laptop() };
        assert_eq!(found(facts), ["Failing disk-not-encrypted sda3"]);
    }

    #[test]
    fn a_battery_makes_a_laptop_whatever_the_enclosure_says() {
        let facts = DiskEncryptionFacts { platform: Some(physical(1)), ..laptop() };
        assert_eq!(plain(facts), ["Failing disk-not-encrypted / (vda)"]);
        let facts = DiskEncryptionFacts { battery: Some(Seen::Known(false)), ..laptop() };
        assert_eq!(plain(facts), ["Failing disk-not-encrypted / (vda)"]);
    }

    #[test]
    fn a_desktop_is_a_note_and_its_usb_disk_a_question() {
        let desktop = || DiskEncryptionFacts {
            platform: Some(physical(3)),
            battery: Some(Seen::Known(false)),
            ..laptop()
        };
        assert_eq!(plain(desktop()), ["Note disk-not-encrypted / (vda)"]);
        let usb = Volume { external: true, ..volume("sdc1", &["/media/usb"], Encryption::Off) };
        let facts = DiskEncryptionFacts { volumes: Seen::Known(vec![usb]), swap: None, ..desktop() };
        assert_eq!(found(facts), ["Unknown disk-not-encrypted /media/usb (sdc1)"]);
    }

    #[test]
    fn a_machine_of_unknown_form_is_a_question() {
        let question = ["Unknown disk-not-encrypted / (vda)"];
        let no_battery = || Some(Seen::Known(false));
        for chassis in [1, 2] {
            let platform = Some(physical(chassis));
            assert_eq!(plain(DiskEncryptionFacts { platform, battery: no_battery(), ..laptop() }), question);
        }
        let battery = Some(unseen("battery"));
        assert_eq!(plain(DiskEncryptionFacts { platform: Some(physical(3)), battery, ..laptop() }), question);
        assert_eq!(
            plain(DiskEncryptionFacts { platform: Some(guest()), battery: no_battery(), ..laptop() }),
            question
        );
        assert_eq!(plain(DiskEncryptionFacts { platform: None, battery: None, ..laptop() }), question);
    }

    #[test]
    fn what_was_not_seen_is_unknown() {
        let dark = beside(volume("tank", &["/tank"], Encryption::NotSeen("zfs".into())));
        assert_eq!(dark, ["Unknown encryption-not-seen /tank (tank)"]);
        let unmounted = beside(volume("sda4", &[], Encryption::Off));
        assert_eq!(unmounted, ["Unknown disk-not-encrypted-not-mounted sda4"]);
        let none = DiskEncryptionFacts { volumes: Seen::Known(Vec::new()), ..laptop() };
        assert_eq!(found(none), ["Unknown control-failed volumes"]);
        let facts = DiskEncryptionFacts { volumes: unseen("lsblk"), swap: Some(unseen("lsblk")), ..laptop() };
        assert_eq!(found(facts), ["Unknown no-permission lsblk"]);
        let machine = Seen::Known(Machine::Container { by: "docker".into() });
        let platform = Some(Platform { machine, ..physical(10) });
        assert!(found(DiskEncryptionFacts { platform, ..laptop() })[0].contains("wrong-vantage host"));
    }
}
