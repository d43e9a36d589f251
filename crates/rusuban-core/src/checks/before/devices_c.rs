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
use sha2::{Digest, Sha256};

use crate::checks::{Check, CheckMeta, Context, Dated, meta};
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
        let Some(newest) = facts.first() else { return Judgement::default() };
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
        Some(hex::encode(Sha256::digest(seen.join("\n"))))
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
