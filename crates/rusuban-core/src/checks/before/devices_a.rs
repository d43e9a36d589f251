//! `before.devices.a`: the firmware is the newest that is known.
//!
//! "Nothing pending" counts only where the lists that say so are fresh and really speak of the device: a firmware
//! service with no lists at all also answers "nothing pending".

use async_trait::async_trait;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::checks::{Check, CheckMeta, Context, Dated, meta, nobody_looked};
use crate::model::policy::{FirmwarePolicy, days_between};
use crate::model::subject::SubjectId;
use crate::model::text::Text;
use crate::model::verdict::{Findings, Judgement, Seen, Unknown, UnknownCode};
use crate::world::World;
use crate::world::firmware::{DeviceState, FirmwareDevice, FirmwareFacts, FirmwareRemote, PendingFirmware};

/// Clocks may differ so much before a list counts as one from the future.
const CLOCK_SLACK: SignedDuration = SignedDuration::from_mins(5);

/// `before.devices.a`; see the guide beside this file.
pub struct DevicesA;

#[async_trait]
impl Check for DevicesA {
    const META: CheckMeta = meta!("before.devices.a", Observation, Machine, "devices_a");
    type Facts = FirmwareFacts;

    async fn observe(world: &World) -> Result<FirmwareFacts, Unknown> {
        world.firmware.look().await
    }

    fn judge(facts: &[Dated<'_, FirmwareFacts>], context: &Context<'_>) -> Judgement {
        let Some(newest) = facts.first() else { return nobody_looked(&SubjectId::organisation()) };
        let mut findings = Findings::about(newest.subject());
        let facts = &newest.facts;
        for device in facts.devices.known().into_iter().flatten() {
            faults(device, &mut findings);
        }
        if facts.platform.is_guest() == Some(true) {
            guest(&mut findings);
        } else {
            currency(facts, &context.policy.firmware, context.at, &mut findings);
        }
        age_note(facts, &context.policy.firmware, context.at, &mut findings);
        findings.judgement()
    }
}

/// What is wrong with one device, whatever else was seen.
fn faults(device: &FirmwareDevice, findings: &mut Findings) {
    let name = label(device);
    if let Some(pending) = &device.pending {
        let extra = extra(pending);
        findings.failing(
            "firmware-update-pending",
            &device.id,
            Text::new(
                format!("{name} に新しいファームウェア {} があります{extra}", pending.version),
                format!("{name} has newer firmware {}{extra}", pending.version),
            ),
            Text::new(
                "`fwupdmgr update` で更新してください（更新の前に電源とバックアップを確かめてください）",
                "update it with `fwupdmgr update`, with mains power and a backup at hand",
            ),
        );
    }
    if let Some(step) = &device.waits_for {
        findings.failing(
            "firmware-update-unfinished",
            &device.id,
            Text::new(
                format!("{name} の更新は書き込み済みですが、まだ動いていません（{step}）"),
                format!("the update of {name} is written but does not run yet ({step})"),
            ),
            Text::new("再起動して更新を完了してください", "restart the machine to finish the update"),
        );
    }
}

fn extra(pending: &PendingFirmware) -> String {
    let mut words: Vec<&str> = Vec::new();
    if !pending.urgency.is_empty() {
        words.push(&pending.urgency);
    }
    words.extend(pending.issues.iter().take(5).map(String::as_str));
    if words.is_empty() { String::new() } else { format!(" ({})", words.join(", ")) }
}

fn label(device: &FirmwareDevice) -> String {
    let version = if device.version.is_empty() { String::new() } else { format!(" {}", device.version) };
    format!("{}{version}", device.name)
}

/// The firmware of a guest is its host's business.
fn guest(findings: &mut Findings) {
    findings.unknown(
        UnknownCode::WrongVantage.as_str(),
        "host",
        Text::new(
            "仮想マシンやコンテナなので、実機のファームウェアは見えません",
            "this is a virtual machine or container: the firmware of the hardware cannot be seen from here",
        ),
        Text::new(
            "ホスト側で `rusuban check` を実行するか、ホストの担当者が `rusuban attest before.devices.a` で申告してください",
            "run `rusuban check` on the host, or let its officer state it with `rusuban attest before.devices.a`",
        ),
    );
}

/// Whether "nothing pending" can be believed.
fn currency(facts: &FirmwareFacts, policy: &FirmwarePolicy, at: Timestamp, findings: &mut Findings) {
    if let Seen::Unknown(why) = &facts.platform.machine {
        findings.unseen(why);
    }
    let devices = match &facts.devices {
        Seen::Known(devices) => devices,
        Seen::Unknown(why) => {
            findings.unseen(why);
            return;
        }
    };
    match &facts.remotes {
        Seen::Known(remotes) => lists(remotes, policy, at, findings),
        Seen::Unknown(why) => findings.unseen(why),
    }
    for device in devices {
        unknowable(device, findings);
    }
    if !devices.iter().any(is_system_firmware) {
        findings.unknown(
            "system-firmware-not-listed",
            "",
            Text::new(
                "本体のファームウェア（BIOS/UEFI）が fwupd の一覧にないため、最新か分かりません",
                "fwupd does not list the machine's own firmware (BIOS/UEFI), so nothing is known of it",
            ),
            Text::new(
                "メーカーのサイトで最新版を確かめ、`rusuban attest before.devices.a` で申告してください",
                "look up the newest version at the maker's site and state it with `rusuban attest before.devices.a`",
            ),
        );
    }
    let listed = devices.iter().filter(|d| d.state == DeviceState::ListedOnly).count();
    if listed > 0 {
        findings.note(
            "firmware-listed-only",
            "",
            Text::new(
                format!("fwupd で更新できない装置が{listed}件あります（他の方法で更新されるもの）"),
                format!("{listed} devices cannot be updated by fwupd; theirs comes by other ways"),
            ),
            Text::new("`fwupdmgr get-devices` で確かめられます", "`fwupdmgr get-devices` lists them"),
        );
    }
}

fn is_system_firmware(device: &FirmwareDevice) -> bool {
    device.state != DeviceState::ListedOnly
        && (device.name.ends_with("System Firmware")
            || matches!(device.plugin.as_str(), "flashrom" | "coreboot" | "vbe"))
}

fn lists(remotes: &[FirmwareRemote], policy: &FirmwarePolicy, at: Timestamp, findings: &mut Findings) {
    let hint = Text::new("`fwupdmgr refresh --force` を実行してください", "run `fwupdmgr refresh --force`");
    // A directory holds firmware files, not a list of what is newest.
    let used: Vec<&FirmwareRemote> = remotes.iter().filter(|r| r.enabled && r.kind != "directory").collect();
    if used.is_empty() {
        findings.unknown(
            UnknownCode::NotConfigured.as_str(),
            "fwupd",
            Text::new(
                "fwupd に有効な配布元がないため、最新版が分かりません",
                "fwupd has no source enabled, so the newest versions are not known",
            ),
            Text::new(
                "`fwupdmgr enable-remote lvfs` を実行してください",
                "run `fwupdmgr enable-remote lvfs`",
            ),
        );
    }
    for remote in used {
        let id = &remote.id;
        let message = match remote.refreshed {
            Some(then) if then > at + CLOCK_SLACK => {
                from_future(id, then, findings);
                continue;
            }
            None => Text::new(
                format!("ファームウェアの一覧 {id} は一度も取得されていません"),
                format!("the firmware list {id} has never been fetched"),
            ),
            Some(then) if at.duration_since(then).as_hours() > policy.list_max_age_hours => {
                let days = days_between(then, at);
                Text::new(
                    format!("ファームウェアの一覧 {id} は{days}日前のもので、古すぎます"),
                    format!("the firmware list {id} is {days} days old, too old to judge by"),
                )
            }
            Some(_) => continue,
        };
        findings.unknown(UnknownCode::Stale.as_str(), id, message, hint.clone());
    }
}

/// A list whose age is not known, for it is dated in the future.
fn from_future(id: &str, then: Timestamp, findings: &mut Findings) {
    findings.unknown(
        "list-from-future",
        id,
        Text::new(
            format!("ファームウェアの一覧 {id} の日時が未来です（{then}）。時計がずれている可能性があります"),
            format!("the firmware list {id} is dated in the future ({then}); a clock may be wrong"),
        ),
        Text::new(
            "時計（timedatectl）を確かめてから `fwupdmgr refresh --force` を実行してください",
            "check the clock (timedatectl), then run `fwupdmgr refresh --force`",
        ),
    );
}

/// A device of which nobody can say whether something newer exists.
fn unknowable(device: &FirmwareDevice, findings: &mut Findings) {
    if device.pending.is_some() {
        return;
    }
    let name = label(device);
    let (code, message) = match device.state {
        DeviceState::InLists | DeviceState::ListedOnly => return,
        DeviceState::NotInLists => (
            "firmware-newest-not-known",
            Text::new(
                format!("{name} の最新版が一覧にないため、最新か分かりません"),
                format!("no list speaks of {name}, so its newest version is not known"),
            ),
        ),
        DeviceState::HeldBack => (
            "firmware-held-back",
            Text::new(
                format!("{name} は今は更新できない状態のため、更新の有無が分かりません"),
                format!("{name} cannot be updated as it is now, so nothing is offered for it"),
            ),
        ),
    };
    findings.unknown(
        code,
        &device.id,
        message,
        Text::new(
            "`fwupdmgr get-devices` とメーカーのサイトで確かめ、`rusuban attest before.devices.a` で申告してください",
            "look at `fwupdmgr get-devices` and the maker's site, then state it with `rusuban attest before.devices.a`",
        ),
    );
}

fn age_note(facts: &FirmwareFacts, policy: &FirmwarePolicy, at: Timestamp, findings: &mut Findings) {
    let Some(dmi) = facts.platform.dmi() else { return };
    let Some(date) = dmi.bios_date else { return };
    let Ok(released) = TimeZone::UTC.to_timestamp(date.at(0, 0, 0, 0)) else { return };
    let days = days_between(released, at);
    if days > policy.note_after_days {
        let version = dmi.bios_version.as_deref().unwrap_or("?");
        findings.note(
            "firmware-old",
            "",
            Text::new(
                format!("BIOS/UEFI {version} は{date}の版です（{days}日前）"),
                format!("BIOS/UEFI {version} dates from {date} ({days} days ago)"),
            ),
            Text::new(
                "メーカーの更新やサポート期限を確かめてください",
                "look for updates and the end of support at the maker's site",
            ),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::machine_fixture::{guest, judge, lines, now, physical, unseen};
    use crate::model::verdict::Verdict;
    use jiff::ToSpan;

    fn device(name: &str, state: DeviceState) -> FirmwareDevice {
        FirmwareDevice {
            id: name.to_lowercase().replace(' ', "-"),
            name: name.into(),
            vendor: "ACME".into(),
            plugin: "uefi_capsule".into(),
            version: "1.2.2".into(),
            state,
            pending: None,
            waits_for: None,
        }
    }

    fn remote(id: &str, kind: &str, hours: i64) -> FirmwareRemote {
        let refreshed = Some(now() - hours.hours());
        FirmwareRemote { id: id.into(), kind: kind.into(), enabled: true, refreshed }
    }

    fn current() -> FirmwareFacts {
        FirmwareFacts {
            platform: physical(10),
            microcode: Some("0xf4".into()),
            devices: Seen::Known(vec![
                device("System Firmware", DeviceState::InLists),
                device("Webcam", DeviceState::InLists),
            ]),
            remotes: Seen::Known(vec![remote("lvfs", "download", 20), remote("vendor", "directory", 9999)]),
        }
    }

    fn with(change: impl FnOnce(&mut Vec<FirmwareDevice>)) -> FirmwareFacts {
        let mut facts = current();
        if let Seen::Known(devices) = &mut facts.devices {
            change(devices);
        }
        facts
    }

    fn pending() -> PendingFirmware {
        let issues = vec!["CVE-2026-0001".to_owned()];
        PendingFirmware { version: "1.2.4".into(), urgency: "high".into(), released: None, issues }
    }

    #[test]
    fn nothing_pending_in_fresh_lists_is_verified() {
        let judgement = judge::<DevicesA>(current());
        assert!(lines(&judgement).is_empty());
        assert_eq!(judgement.verdict(), Verdict::Verified);
    }

    #[test]
    fn pending_and_unfinished_updates_fail() {
        let facts = with(|devices| {
            devices[0].waits_for = Some("needs-reboot".into());
            devices[1].pending = Some(pending());
        });
        let judgement = judge::<DevicesA>(facts);
        assert_eq!(
            lines(&judgement),
            ["Failing firmware-update-unfinished system-firmware", "Failing firmware-update-pending webcam"]
        );
        assert!(judgement.findings[1].message.en.contains("(high, CVE-2026-0001)"));
    }

    #[test]
    fn lists_that_are_old_missing_or_never_fetched_cannot_say_that_nothing_is_pending() {
        let mut facts = current();
        facts.remotes = Seen::Known(vec![remote("lvfs", "download", 24 * 8)]);
        assert_eq!(lines(&judge::<DevicesA>(facts)), ["Unknown stale lvfs"]);
        let mut facts = current();
        let never = FirmwareRemote { refreshed: None, ..remote("lvfs", "download", 0) };
        facts.remotes = Seen::Known(vec![never, remote("vendor", "directory", 1)]);
        assert_eq!(lines(&judge::<DevicesA>(facts)), ["Unknown stale lvfs"]);
        let mut facts = current();
        let off = FirmwareRemote { enabled: false, ..remote("lvfs", "download", 1) };
        facts.remotes = Seen::Known(vec![off, remote("vendor", "directory", 1)]);
        assert_eq!(lines(&judge::<DevicesA>(facts)), ["Unknown not-configured fwupd"]);
        let mut facts = current();
        facts.remotes = unseen("fwupdmgr");
        assert_eq!(lines(&judge::<DevicesA>(facts)), ["Unknown no-permission fwupdmgr"]);
    }

    #[test]
    fn a_list_from_the_future_is_not_fresh() {
        let mut facts = current();
        facts.remotes = Seen::Known(vec![remote("lvfs", "download", -1)]);
        assert_eq!(lines(&judge::<DevicesA>(facts)), ["Unknown list-from-future lvfs"]);
        let mut facts = current();
        let refreshed = Some(now() + 4.minutes());
        facts.remotes = Seen::Known(vec![FirmwareRemote { refreshed, ..remote("lvfs", "download", 0) }]);
        assert!(lines(&judge::<DevicesA>(facts)).is_empty());
    }

    #[test]
    fn a_device_that_no_list_knows_is_unknown() {
        let facts = with(|devices| {
            devices.push(device("Disk", DeviceState::NotInLists));
            devices.push(device("Dock", DeviceState::HeldBack));
            devices.push(device("Processor", DeviceState::ListedOnly));
        });
        assert_eq!(
            lines(&judge::<DevicesA>(facts)),
            [
                "Unknown firmware-newest-not-known disk",
                "Unknown firmware-held-back dock",
                "Note firmware-listed-only"
            ]
        );
    }

    #[test]
    fn a_machine_whose_own_firmware_is_not_listed_is_unknown() {
        let facts = with(|devices| devices.retain(|device| device.name == "Webcam"));
        assert_eq!(lines(&judge::<DevicesA>(facts)), ["Unknown system-firmware-not-listed"]);
    }

    #[test]
    fn no_service_is_unknown() {
        let mut facts = current();
        facts.devices = unseen("fwupdmgr");
        assert_eq!(lines(&judge::<DevicesA>(facts)), ["Unknown no-permission fwupdmgr"]);
    }

    #[test]
    fn the_firmware_of_a_guest_is_its_hosts_business() {
        let mut facts = with(|devices| devices[1].pending = Some(pending()));
        facts.platform = guest();
        let found = lines(&judge::<DevicesA>(facts));
        assert_eq!(found, ["Failing firmware-update-pending webcam", "Unknown wrong-vantage host"]);
        let mut facts = current();
        facts.platform = guest();
        facts.devices = unseen("fwupdmgr");
        assert_eq!(lines(&judge::<DevicesA>(facts)), ["Unknown wrong-vantage host"]);
    }

    #[test]
    fn an_old_date_alone_is_a_note() {
        let mut facts = current();
        if let Seen::Known(Some(dmi)) = &mut facts.platform.dmi {
            dmi.bios_date = Some(jiff::civil::date(2019, 3, 1));
        }
        let judgement = judge::<DevicesA>(facts);
        assert_eq!(lines(&judgement), ["Note firmware-old"]);
        assert_eq!(judgement.verdict(), Verdict::Verified);
    }
}
