//! `staff-before.carried-out-care.a`: devices that are carried out are cared for. What a probe sees of it is whether
//! the disks of a portable machine are encrypted; loss reports and return dates a person states.
//!
//! `/boot` and the EFI system partition hold no data of their owner and cannot be encrypted everywhere: they are
//! notes. Encryption inside the disk itself (OPAL) cannot be seen from the operating system.

use async_trait::async_trait;

use crate::checks::{Check, CheckMeta, Context, Dated, meta};
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
        let Some(newest) = facts.first() else { return Judgement::default() };
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
            Some(Seen::Unknown(why)) => findings.unseen(why),
            None => {}
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
