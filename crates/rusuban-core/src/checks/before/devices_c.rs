//! `before.devices.c`: what may switch the machine on was considered.
//!
//! Whether an automatic start is needed over the closure is for a person to decide; no fact of a machine can. So what
//! is found is `Unknown` (no decision on record), not `Failing`: a recorded decision then closes it, and becomes void
//! when what was found changes (see [`Check::review_basis`]). `Failing` would stand against every decision.
//!
//! Nor can a look from the operating system see everything: what the firmware, or the host of a guest, starts by
//! itself stays a blind spot, so this check never says `Verified` on its own.

use std::collections::BTreeSet;

use async_trait::async_trait;
use jiff::Timestamp;

use crate::checks::{Check, CheckMeta, Context, Dated, meta, nobody_looked};
use crate::model::chain::sha256_hex;
use crate::model::subject::SubjectId;
use crate::model::text::Text;
use crate::model::verdict::{Findings, Judgement, Seen, Unknown, UnknownCode};
use crate::world::World;
use crate::world::auto_start::{AutoStartFacts, Manager, RealTimeClock, WakeOnLan, WakeTimer, WakeTimers};

/// `before.devices.c`; see the guide beside this file.
pub struct DevicesC;

#[async_trait]
impl Check for DevicesC {
    const META: CheckMeta = meta!("before.devices.c", Observation, Machine, "devices_c");
    type Facts = AutoStartFacts;

    async fn observe(world: &World) -> Result<AutoStartFacts, Unknown> {
        world.auto_start.look().await
    }

    fn judge(facts: &[Dated<'_, AutoStartFacts>], _context: &Context<'_>) -> Judgement {
        let Some(newest) = facts.first() else { return nobody_looked(&SubjectId::organisation()) };
        let facts = &newest.facts;
        let mut findings = Findings::about(newest.subject());
        for start in found(facts) {
            findings.unknown("auto-start-undecided", &start.item, start.message, decide());
        }
        for why in blind_spots(facts) {
            findings.unseen(why);
        }
        outside(facts, &mut findings);
        notes(facts, &mut findings);
        findings.judgement()
    }

    fn review_basis(facts: &[Dated<'_, AutoStartFacts>]) -> Option<String> {
        let facts = &facts.first()?.facts;
        let mut seen: Vec<String> = found(facts).into_iter().map(|start| start.basis).collect();
        // A decision made half blind does not cover what is seen later.
        seen.extend(blind_spots(facts).into_iter().map(|why| format!("unseen {}", why.item)));
        seen.sort();
        Some(sha256_hex(seen.join("\n").as_bytes()))
    }
}

/// One thing that may switch the machine on.
struct Start {
    item: String,
    message: Text,
    /// What a decision is bound to.
    basis: String,
}

fn decide() -> Text {
    Text::new(
        "休業中に必要かを決め、不要なら無効にしてください。決めた内容は `rusuban attest before.devices.c` で記録します",
        "decide whether it is needed over the closure, and turn it off if not; record the decision with \
         `rusuban attest before.devices.c`",
    )
}

fn found(facts: &AutoStartFacts) -> Vec<Start> {
    let mut found = Vec::new();
    interfaces(facts, &mut found);
    for clock in facts.clocks.known().into_iter().flatten() {
        found.extend(alarm(clock));
    }
    for timer in facts.timers.known().into_iter().flat_map(|timers| &timers.wake) {
        if timer.enabled || timer.active == Some(true) {
            found.push(wake_timer(timer));
        }
    }
    for setting in facts.firmware_settings.known().into_iter().flatten() {
        if switches_on(&setting.value) {
            let (name, value) = (&setting.name, &setting.value);
            found.push(Start {
                item: format!("firmware {name}"),
                message: Text::new(
                    format!("ファームウェアの設定 {name} が「{value}」です"),
                    format!("the firmware setting {name} is “{value}”"),
                ),
                basis: format!("firmware {name}={value}"),
            });
        }
    }
    if let Some(policy) = facts.power_restore.known().and_then(Option::as_deref)
        && policy == "always-on"
    {
        found.push(Start {
            item: "power-restore".to_owned(),
            message: Text::new(
                "管理コントローラは、停電から復旧すると電源を入れる設定です",
                "the management controller switches the machine on when power returns",
            ),
            basis: "power-restore always-on".to_owned(),
        });
    }
    found
}

fn interfaces(facts: &AutoStartFacts, found: &mut Vec<Start>) {
    for interface in facts.interfaces.known().into_iter().flatten() {
        let name = &interface.name;
        let modes = interface.wake_on_lan.known().and_then(WakeOnLan::on);
        let how = match (modes, interface.wakeup) {
            (Some(modes), _) => modes,
            (None, Some(true)) => "wakeup",
            (None, _) => continue,
        };
        found.push(Start {
            item: format!("wake-on-lan {name}"),
            message: Text::new(
                format!("{name} はネットワークからの起動が有効です（{how}）"),
                format!("{name} may wake the machine over the network ({how})"),
            ),
            basis: format!("wake-on-lan {name} {how}"),
        });
    }
}

fn alarm(clock: &RealTimeClock) -> Option<Start> {
    let at = Timestamp::from_second(clock.alarm?).ok()?;
    let civil = jiff::tz::TimeZone::UTC.to_datetime(at);
    let zone = if clock.local_time { "local time" } else { "UTC" };
    let name = &clock.name;
    Some(Start {
        item: format!("alarm {name}"),
        message: Text::new(
            format!("{name} に起動アラームがあります（{civil} {zone}）"),
            format!("{name} has an alarm set for {civil} {zone}"),
        ),
        // A daily alarm moves on by itself; the decision is about its hour, not its date.
        basis: format!("alarm {name} {:02}:{:02}", civil.hour(), civil.minute()),
    })
}

fn wake_timer(timer: &WakeTimer) -> Start {
    let unit = &timer.unit;
    let schedule = timer.schedule.join(", ");
    Start {
        item: format!("timer {unit}"),
        message: Text::new(
            format!("{unit} は機器を起こすタイマーです（{schedule}）"),
            format!("{unit} is a timer that wakes the machine ({schedule})"),
        ),
        basis: format!("timer {unit} {schedule}"),
    }
}

/// Whether a firmware setting's value switches something on: neither a word for off, nor a mere time or date.
fn switches_on(value: &str) -> bool {
    const OFF: [&str; 13] = [
        "",
        "0",
        "disable",
        "disabled",
        "false",
        "last",
        "last state",
        "no",
        "none",
        "off",
        "power off",
        "previous state",
        "stay off",
    ];
    let plain = value.trim().to_ascii_lowercase();
    let is_time = plain.chars().all(|c| c.is_ascii_digit() || matches!(c, ':' | '/' | '-' | ' '));
    !is_time && !OFF.contains(&plain.as_str())
}

/// Every part that could not be seen, each reason once.
fn blind_spots(facts: &AutoStartFacts) -> BTreeSet<&Unknown> {
    fn why<T>(part: &Seen<T>) -> Option<&Unknown> {
        match part {
            Seen::Known(_) => None,
            Seen::Unknown(why) => Some(why),
        }
    }
    let mut spots: BTreeSet<&Unknown> = [
        why(&facts.interfaces),
        why(&facts.clocks),
        why(&facts.timers),
        facts.timers.known().and_then(|timers| why(&timers.manager)),
        why(&facts.acpi),
        why(&facts.firmware_settings),
        why(&facts.power_restore),
    ]
    .into_iter()
    .flatten()
    .collect();
    let interfaces = facts.interfaces.known().into_iter().flatten();
    spots.extend(interfaces.filter_map(|interface| why(&interface.wake_on_lan)));
    spots
}

/// What lies outside the operating system, always a blind spot.
fn outside(facts: &AutoStartFacts, findings: &mut Findings) {
    let code = UnknownCode::WrongVantage.as_str();
    if facts.platform.is_guest() == Some(true) {
        findings.unknown(
            code,
            "host",
            Text::new(
                "仮想マシンやコンテナを自動起動するホスト側の設定は、OS から見えません",
                "whether the host starts this guest by itself cannot be seen from inside",
            ),
            Text::new(
                "ホストの自動起動設定（例：`virsh list --all --autostart`）を確かめ、`rusuban attest before.devices.c` で記録してください",
                "look at the host's settings (such as `virsh list --all --autostart`) and record the decision with \
                 `rusuban attest before.devices.c`",
            ),
        );
        return;
    }
    findings.unknown(
        code,
        "firmware",
        Text::new(
            "BIOS/UEFI の自動起動設定（時刻指定、通電時の起動など）のすべては、OS から見えません",
            "not every power-on setting inside BIOS/UEFI (by time, when power returns) can be seen from the \
             operating system",
        ),
        Text::new(
            "BIOS/UEFI の設定画面を確かめ、`rusuban attest before.devices.c` で記録してください",
            "look at the BIOS/UEFI set-up and record the decision with `rusuban attest before.devices.c`",
        ),
    );
}

fn notes(facts: &AutoStartFacts, findings: &mut Findings) {
    if facts.clocks.known().is_some_and(Vec::is_empty) {
        findings.note(
            "no-real-time-clock",
            "",
            Text::new(
                "カーネルから使える時計（RTC）がないため、OS が起動時刻を予約することはできません",
                "the kernel has no real-time clock, so the operating system cannot set an alarm",
            ),
            Text::new("対応は不要です", "nothing to do"),
        );
    }
    if let Some(timers) = facts.timers.known() {
        timer_notes(timers, findings);
    }
    let acpi = facts.acpi.known().and_then(Option::as_ref).filter(|devices| !devices.is_empty());
    if let Some(devices) = acpi {
        let names = devices.join(", ");
        findings.note(
            "acpi-wake-devices",
            "",
            Text::new(
                format!("スリープから起こせる装置：{names}"),
                format!("devices that may wake the machine from sleep: {names}"),
            ),
            Text::new(
                "スリープではなくシャットダウンで休業に入ってください",
                "shut the machine down for the closure rather than letting it sleep",
            ),
        );
    }
}

fn timer_notes(timers: &WakeTimers, findings: &mut Findings) {
    for timer in timers.wake.iter().filter(|t| !t.enabled && t.active != Some(true)) {
        findings.note(
            "wake-timer-not-enabled",
            &timer.unit,
            Text::new(
                format!("{} は機器を起こすタイマーですが、有効になっていません", timer.unit),
                format!("{} would wake the machine, but nothing starts it", timer.unit),
            ),
            Text::new("対応は不要です", "nothing to do"),
        );
    }
    if timers.units_read == 0 && timers.manager == Seen::Known(Manager::NotRunning) {
        findings.note(
            "no-systemd-timers",
            "",
            Text::new("systemd のタイマーはありません", "there are no systemd timers"),
            Text::new("対応は不要です", "nothing to do"),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::machine_fixture::{basis, guest, judge, lines, physical, stated, unseen};
    use crate::model::verdict::Verdict;
    use crate::world::auto_start::{FirmwareSetting, Interface};

    fn quiet() -> AutoStartFacts {
        let modes = "pumbg".to_owned();
        AutoStartFacts {
            platform: physical(3),
            interfaces: Seen::Known(vec![
                Interface {
                    name: "eth0".into(),
                    wake_on_lan: Seen::Known(WakeOnLan::Supported { modes, enabled: "d".into() }),
                    wakeup: Some(false),
                },
                Interface {
                    name: "lo".into(),
                    wake_on_lan: Seen::Known(WakeOnLan::NotApplicable),
                    wakeup: None,
                },
            ]),
            clocks: Seen::Known(vec![RealTimeClock {
                name: "rtc0".into(),
                alarm: None,
                can_wake: true,
                local_time: false,
            }]),
            timers: Seen::Known(WakeTimers {
                units_read: 9,
                manager: Seen::Known(Manager::Running { timers: 9 }),
                wake: Vec::new(),
            }),
            acpi: Seen::Known(None),
            firmware_settings: Seen::Known(Vec::new()),
            power_restore: Seen::Known(None),
        }
    }

    fn waking() -> AutoStartFacts {
        let mut facts = quiet();
        if let Seen::Known(interfaces) = &mut facts.interfaces {
            let modes = "pumbg".to_owned();
            interfaces[0].wake_on_lan = Seen::Known(WakeOnLan::Supported { modes, enabled: "g".into() });
        }
        if let Seen::Known(clocks) = &mut facts.clocks {
            clocks[0].alarm = Some(1_798_497_000);
        }
        if let Seen::Known(timers) = &mut facts.timers {
            let timer = |unit: &str, enabled, active| WakeTimer {
                unit: unit.into(),
                path: format!("/etc/systemd/system/{unit}"),
                enabled,
                active,
                schedule: vec!["OnCalendar=*-*-* 07:30:00".into()],
            };
            timers.wake = vec![
                timer("idle.timer", false, Some(false)),
                timer("morning.timer", true, Some(true)),
                timer("transient.timer", false, Some(true)),
            ];
        }
        let setting = |name: &str, value: &str| FirmwareSetting { name: name.into(), value: value.into() };
        facts.firmware_settings = Seen::Known(vec![
            setting("AlarmTime", "07:30:00"),
            setting("WakeOnLAN", "Automatic"),
            setting("WakeUponAlarm", "Disable"),
        ]);
        facts.power_restore = Seen::Known(Some("always-on".into()));
        facts
    }

    #[test]
    fn nothing_found_still_leaves_the_firmware_to_a_person() {
        let judgement = judge::<DevicesC>(quiet());
        assert_eq!(lines(&judgement), ["Unknown wrong-vantage firmware"]);
        assert_eq!(judgement.verdict(), Verdict::Unknown);
        let mut facts = quiet();
        facts.platform = guest();
        assert_eq!(lines(&judge::<DevicesC>(facts)), ["Unknown wrong-vantage host"]);
    }

    #[test]
    fn what_is_found_waits_for_a_decision_and_never_fails() {
        let judgement = judge::<DevicesC>(waking());
        insta::assert_snapshot!(lines(&judgement).join("\n"), @r"
        Unknown auto-start-undecided wake-on-lan eth0
        Unknown auto-start-undecided alarm rtc0
        Unknown auto-start-undecided timer morning.timer
        Unknown auto-start-undecided timer transient.timer
        Unknown auto-start-undecided firmware WakeOnLAN
        Unknown auto-start-undecided power-restore
        Unknown wrong-vantage firmware
        Note wake-timer-not-enabled idle.timer
        ");
        assert_eq!(judgement.verdict(), Verdict::Unknown);
        assert!(judgement.findings[1].message.ja.contains("2026-12-28T22:30:00"));
    }

    #[test]
    fn a_blind_spot_hides_nothing_else_and_is_told_once() {
        let mut facts = waking();
        facts.clocks = unseen("rtc");
        facts.acpi = unseen("rtc");
        if let Seen::Known(interfaces) = &mut facts.interfaces {
            interfaces[1].wake_on_lan = unseen("wake-on-lan lo");
        }
        let lines = lines(&judge::<DevicesC>(facts));
        assert!(lines.contains(&"Unknown auto-start-undecided wake-on-lan eth0".to_owned()));
        assert!(lines.contains(&"Unknown no-permission wake-on-lan lo".to_owned()));
        assert_eq!(lines.iter().filter(|line| line.ends_with("no-permission rtc")).count(), 1);
    }

    #[test]
    fn a_device_that_may_wake_is_found_whatever_its_driver_says() {
        let mut facts = quiet();
        if let Seen::Known(interfaces) = &mut facts.interfaces {
            interfaces[0].wakeup = Some(true);
        }
        assert!(lines(&judge::<DevicesC>(facts))[0].ends_with("auto-start-undecided wake-on-lan eth0"));
    }

    #[test]
    fn a_decision_is_void_when_what_was_found_changes() {
        let decided = basis::<DevicesC>(waking());
        assert_eq!(decided, basis::<DevicesC>(waking()));
        assert_ne!(decided, basis::<DevicesC>(quiet()));
        // The same alarm on the next day is the same decision; another hour is not.
        let at = |alarm: i64| {
            let mut facts = waking();
            if let Seen::Known(clocks) = &mut facts.clocks {
                clocks[0].alarm = Some(alarm);
            }
            basis::<DevicesC>(facts)
        };
        assert_eq!(decided, at(1_798_497_000 + 86_400));
        assert_ne!(decided, at(1_798_497_000 + 3_600));
        // A decision made half blind does not cover what is seen later.
        let mut blind = waking();
        blind.acpi = unseen("acpi");
        assert_ne!(decided, basis::<DevicesC>(blind));
    }

    #[test]
    fn a_recorded_decision_closes_what_was_found_until_that_changes() {
        let decided = basis::<DevicesC>(waking());
        assert_eq!(stated::<DevicesC>(waking(), decided.clone()), Verdict::Attested);
        assert_eq!(stated::<DevicesC>(quiet(), decided), Verdict::Failing);
    }
}
