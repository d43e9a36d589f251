//! `before.monitoring.c`: log and alert sources are alive. What a probe sees of it is the clock: logs of machines
//! whose clocks disagree cannot be put in order. The rest a person states.
//!
//! A time service that says "synchronised" is believed only where it names a source other than itself and was in
//! touch with it lately.

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};

use crate::checks::{Check, CheckMeta, Context, Dated, meta, nobody_looked};
use crate::model::policy::ClockPolicy;
use crate::model::subject::SubjectId;
use crate::model::text::Text;
use crate::model::verdict::{Findings, Judgement, Seen, Unknown, UnknownCode};
use crate::world::World;
use crate::world::clock::{ClockFacts, ClockState, Follows, ServiceKind, TimeService};

/// Programs that set clocks and that no probe of this program can ask.
const NOT_ASKED: [&str; 6] = ["ntp-daemon", "ptp4l", "phc2sys", "VBoxService", "vmtoolsd", "prltoolsd"];

/// A service may be in touch with its source while the look at it ends.
const CLOCK_SLACK: SignedDuration = SignedDuration::from_mins(5);

/// `before.monitoring.c`; see the guide beside this file.
pub struct MonitoringC;

#[async_trait]
impl Check for MonitoringC {
    const META: CheckMeta = meta!("before.monitoring.c", Both, Machine, "monitoring_c");
    type Facts = ClockFacts;

    async fn observe(world: &World) -> Result<ClockFacts, Unknown> {
        world.clock.look().await
    }

    fn judge(facts: &[Dated<'_, ClockFacts>], context: &Context<'_>) -> Judgement {
        let Some(newest) = facts.first() else { return nobody_looked(&SubjectId::organisation()) };
        let mut findings = Findings::about(newest.subject());
        let facts = &newest.facts;
        if facts.services.is_empty() {
            no_service(facts, &mut findings);
        }
        for service in &facts.services {
            judge_service(service, &context.policy.clock, newest.observed_at(), &mut findings);
        }
        if facts.services.len() > 1 {
            several(&facts.services, &mut findings);
        }
        findings.judgement()
    }
}

/// No time service that can be asked runs.
fn no_service(facts: &ClockFacts, findings: &mut Findings) {
    let programs = match &facts.programs {
        Seen::Known(programs) => programs,
        Seen::Unknown(why) => {
            findings.unseen(why);
            return;
        }
    };
    let hint = Text::new(
        "chrony を導入し、組織の時刻サーバーを設定してください（Debian 系：`apt install chrony`）",
        "install chrony and point it at your time server (on Debian: `apt install chrony`)",
    );
    if let Some(program) = programs.iter().find(|p| NOT_ASKED.contains(&p.as_str())) {
        findings.unknown(
            UnknownCode::NotSupported.as_str(),
            program,
            Text::new(
                format!("時計は {program} が合わせているようですが、その状態は確かめられません"),
                format!("{program} seems to set the clock, and this program cannot ask it"),
            ),
            Text::new(
                "時計が合っていることを手で確かめ、`rusuban attest before.monitoring.c` で申告してください",
                "see by hand that the clock is right and state it with `rusuban attest before.monitoring.c`",
            ),
        );
        return;
    }
    match facts.platform.is_guest() {
        Some(false) => findings.failing(
            "clock-not-synchronised",
            "",
            Text::new(
                "時刻同期のサービスが動いていません",
                "no time service runs: the clock is not synchronised",
            ),
            hint,
        ),
        Some(true) => findings.unknown(
            UnknownCode::WrongVantage.as_str(),
            "clock",
            Text::new(
                "時刻同期のサービスが動いていません。ホストが時計を合わせているかは、ここからは見えません",
                "no time service runs here, and whether the host keeps the clock right cannot be seen from inside",
            ),
            hint,
        ),
        None => findings.unknown(
            UnknownCode::NotLooked.as_str(),
            "clock",
            Text::new(
                "時刻同期のサービスが動いていません。実機か仮想マシンかも分かりません",
                "no time service runs here, and it is not known whether a host keeps the clock right",
            ),
            hint,
        ),
    }
}

fn judge_service(service: &TimeService, policy: &ClockPolicy, seen_at: Timestamp, findings: &mut Findings) {
    let state = match &service.state {
        Seen::Known(state) => state,
        Seen::Unknown(why) => {
            findings.unseen(why);
            return;
        }
    };
    let name = service.kind.as_str();
    let nothing = match &state.follows {
        Follows::Nothing => Some(Text::new(
            format!("{name} はどの時刻サーバーとも同期していません"),
            format!("{name} is not synchronised with any source"),
        )),
        Follows::Itself => Some(Text::new(
            format!("{name} は自分の時計を基準にしているだけで、時刻サーバーと同期していません"),
            format!("{name} follows nothing but its own clock"),
        )),
        Follows::Source(_) => None,
    };
    if let Some(message) = nothing {
        findings.failing("clock-not-synchronised", name, message, look_at_sources(service.kind));
        return;
    }
    silence(service.kind, state, policy, seen_at, findings);
    offset(service.kind, state, policy, findings);
    if state.source_free_running == Some(true) {
        findings.note(
            "clock-source-free-running",
            name,
            Text::new(
                "同期先の時刻サーバー自身が、外の時刻と同期していません",
                "the time server that the clock follows is itself synchronised with nothing",
            ),
            Text::new("時刻サーバーの同期先を確かめてください", "look at what the time server follows"),
        );
    }
}

fn look_at_sources(kind: ServiceKind) -> Text {
    let command = match kind {
        ServiceKind::Chrony => "chronyc sources",
        ServiceKind::Timesyncd => "timedatectl timesync-status",
        ServiceKind::Ntpd => "ntpq -pn",
    };
    Text::new(
        format!("`{command}` で同期先を確かめ、時刻サーバーへの通信と設定を直してください"),
        format!(
            "look at the sources with `{command}`, then mend the configuration or the way to the time server"
        ),
    )
}

/// Whether the service was in touch with its source lately.
fn silence(
    kind: ServiceKind,
    state: &ClockState,
    policy: &ClockPolicy,
    seen_at: Timestamp,
    findings: &mut Findings,
) {
    let name = kind.as_str();
    let Some(then) = state.compared_at else {
        findings.unknown(
            UnknownCode::ControlFailed.as_str(),
            name,
            Text::new(
                format!("{name} が最後に時刻サーバーと比べた時刻が分かりません"),
                format!("when {name} was last in touch with its source is not known"),
            ),
            look_at_sources(kind),
        );
        return;
    };
    let silent = seen_at.duration_since(then);
    let hours = silent.as_hours();
    if hours > policy.max_silence_hours {
        findings.failing(
            "clock-source-silent",
            name,
            Text::new(
                format!("{name} は{hours}時間、時刻サーバーと比べていません"),
                format!("{name} has not been in touch with its source for {hours} hours"),
            ),
            look_at_sources(kind),
        );
    } else if silent < -CLOCK_SLACK {
        findings.unknown(
            UnknownCode::ControlFailed.as_str(),
            name,
            Text::new(
                format!("{name} の最後の同期時刻が未来になっています（{then}）"),
                format!("{name} was last in touch with its source in the future ({then})"),
            ),
            look_at_sources(kind),
        );
    }
}

fn offset(kind: ServiceKind, state: &ClockState, policy: &ClockPolicy, findings: &mut Findings) {
    let name = kind.as_str();
    let limit = policy.max_offset_ms.saturating_mul(1000);
    let Some(offset) = state.offset_us else {
        findings.unknown(
            UnknownCode::ControlFailed.as_str(),
            "offset",
            Text::new(
                format!("{name} が時計のずれを示していません"),
                format!("{name} does not say how far the clock is off"),
            ),
            look_at_sources(kind),
        );
        return;
    };
    let bound = state.error_bound_us.unwrap_or(0);
    let milliseconds = offset / 1000;
    let limit_ms = policy.max_offset_ms;
    if offset.saturating_abs() > limit {
        findings.failing(
            "clock-off",
            name,
            Text::new(
                format!("時計が{milliseconds}ミリ秒ずれています（許容は{limit_ms}ミリ秒）"),
                format!("the clock is off by {milliseconds} ms (allowed: {limit_ms} ms)"),
            ),
            Text::new(
                "直した直後なら数分後に `rusuban check` をもう一度実行し、続くなら時刻同期の設定を直してください",
                "run `rusuban check` again in some minutes if it was just mended; mend the time service if it stays",
            ),
        );
    } else if offset.saturating_abs().saturating_add(bound) > limit {
        findings.unknown(
            "clock-error-too-wide",
            name,
            Text::new(
                format!(
                    "時刻サーバーの誤差が大きく（{}ミリ秒）、時計が合っているか分かりません",
                    bound / 1000
                ),
                format!(
                    "the source may itself be off by {} ms, so the clock is not known to be right",
                    bound / 1000
                ),
            ),
            look_at_sources(kind),
        );
    }
}

fn several(services: &[TimeService], findings: &mut Findings) {
    let names: Vec<&str> = services.iter().map(|s| s.kind.as_str()).collect();
    let names = names.join(", ");
    findings.note(
        "several-time-services",
        "",
        Text::new(
            format!("時刻同期のサービスが複数動いています（{names}）"),
            format!("more than one time service runs ({names})"),
        ),
        Text::new("一つだけにしてください", "keep only one"),
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::machine_fixture::{guest, judge, lines, now, physical, unseen};
    use crate::model::verdict::Verdict;
    use crate::world::platform::Platform;
    use jiff::ToSpan;

    fn steady() -> ClockState {
        ClockState {
            follows: Follows::Source("ntp.example.jp".into()),
            offset_us: Some(-1_200),
            error_bound_us: Some(9_000),
            stratum: Some(3),
            compared_at: Some(now() - 10.minutes()),
            source_free_running: None,
        }
    }

    fn running(state: Seen<ClockState>) -> ClockFacts {
        ClockFacts {
            platform: physical(10),
            clocksource: Some("tsc".into()),
            programs: Seen::Known(vec!["chronyd".into()]),
            services: vec![TimeService { kind: ServiceKind::Chrony, state }],
        }
    }

    fn judged(change: impl FnOnce(&mut ClockState)) -> Vec<String> {
        let mut state = steady();
        change(&mut state);
        lines(&judge::<MonitoringC>(running(Seen::Known(state))))
    }

    fn alone(platform: Platform, programs: Seen<Vec<String>>) -> Vec<String> {
        let facts = ClockFacts { platform, clocksource: None, programs, services: Vec::new() };
        lines(&judge::<MonitoringC>(facts))
    }

    #[test]
    fn a_clock_that_follows_a_source_is_verified() {
        assert_eq!(judge::<MonitoringC>(running(Seen::Known(steady()))).verdict(), Verdict::Verified);
    }

    #[test]
    fn a_clock_that_follows_nothing_or_itself_fails() {
        let fault = ["Failing clock-not-synchronised chronyd"];
        assert_eq!(judged(|state| state.follows = Follows::Nothing), fault);
        assert_eq!(judged(|state| state.follows = Follows::Itself), fault);
    }

    #[test]
    fn a_source_that_fell_silent_fails_though_the_service_calls_it_normal() {
        let silent = judged(|state| state.compared_at = Some(now() - 30.hours()));
        assert_eq!(silent, ["Failing clock-source-silent chronyd"]);
        assert_eq!(judged(|state| state.compared_at = None), ["Unknown control-failed chronyd"]);
        let future = judged(|state| state.compared_at = Some(now() + 10.minutes()));
        assert_eq!(future, ["Unknown control-failed chronyd"]);
    }

    #[test]
    fn a_clock_that_is_off_fails_and_one_that_may_be_off_is_unknown() {
        assert_eq!(judged(|state| state.offset_us = Some(-89_907_227)), ["Failing clock-off chronyd"]);
        assert_eq!(judged(|state| state.offset_us = Some(i64::MIN)), ["Failing clock-off chronyd"]);
        assert!(judged(|state| state.offset_us = Some(900_000)).is_empty());
        let wide = judged(|state| state.error_bound_us = Some(5_000_000));
        assert_eq!(wide, ["Unknown clock-error-too-wide chronyd"]);
        assert_eq!(judged(|state| state.offset_us = None), ["Unknown control-failed offset"]);
    }

    #[test]
    fn a_server_that_follows_nothing_itself_is_a_note() {
        let free = judged(|state| state.source_free_running = Some(true));
        assert_eq!(free, ["Note clock-source-free-running chronyd"]);
    }

    #[test]
    fn no_time_service_fails_on_hardware_and_is_unknown_in_a_guest() {
        let none = || Seen::Known(Vec::new());
        assert_eq!(alone(physical(3), none()), ["Failing clock-not-synchronised"]);
        assert_eq!(alone(guest(), none()), ["Unknown wrong-vantage clock"]);
        let nobody_knows = Platform { machine: unseen("machine"), dmi: Seen::Known(None) };
        assert_eq!(alone(nobody_knows, none()), ["Unknown not-looked clock"]);
    }

    #[test]
    fn a_service_that_cannot_be_asked_is_unknown() {
        let programs = Seen::Known(vec!["ptp4l".to_owned()]);
        assert_eq!(alone(physical(3), programs), ["Unknown not-supported ptp4l"]);
        assert_eq!(alone(physical(3), unseen("/proc")), ["Unknown no-permission /proc"]);
        let mute = lines(&judge::<MonitoringC>(running(unseen("chronyd"))));
        assert_eq!(mute, ["Unknown no-permission chronyd"]);
    }

    #[test]
    fn one_good_service_does_not_hide_a_bad_one() {
        let mut facts = running(Seen::Known(steady()));
        let state = Seen::Known(ClockState { follows: Follows::Nothing, ..steady() });
        facts.services.push(TimeService { kind: ServiceKind::Ntpd, state });
        let found = lines(&judge::<MonitoringC>(facts));
        assert_eq!(found, ["Failing clock-not-synchronised ntpd", "Note several-time-services"]);
    }
}
