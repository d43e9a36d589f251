//! Detectors: what is suspicious because the office is closed. One file each, with its guide in both languages beside it.
//!
//! A detector is a pure function of the activities and the closure's context. What it cannot see it says
//! ([`Findings::unseen`]); silence is no good news.

use std::net::IpAddr;
use std::sync::Arc;

use rusuban_core::model::text::{Lang, Text};

use crate::activity::{Activities, Activity, Kind, Nanos};
use crate::context::ClosureContext;
use crate::finding::{Findings, Level, Origin, RuleInfo};

mod account_changed;
mod backup_destroyed;
mod brute_force_success;
mod carried_out_two_places;
mod clock_jumped;
mod failures_high_rate;
mod host_declared_off_spoke;
mod log_cleared;
mod log_gap;
mod login_off_duty;
mod login_on_leave;
mod new_administrator;
mod new_service;
mod new_task;
mod remote_admin_from_outside;
mod security_tool_stopped;
mod unusual_volume_out;
mod vpn_new_origin;

/// A detector's own description.
#[derive(Debug)]
pub struct Meta {
    /// Stable id.
    pub id: &'static str,
    /// Title, in Japanese and English.
    pub title: (&'static str, &'static str),
    /// How much its findings weigh.
    pub level: Level,
    /// ATT&CK techniques, sorted.
    pub techniques: &'static [&'static str],
    /// Why it matters, in Japanese and English.
    pub why: (&'static str, &'static str),
    /// What to do next, one step each, in Japanese and English.
    pub next: &'static [(&'static str, &'static str)],
    /// The guide, in Japanese and English.
    pub guide: (&'static str, &'static str),
}

impl Meta {
    /// As the rule of findings.
    pub fn rule(&self) -> RuleInfo {
        let text = |(ja, en): (&str, &str)| Text::new(ja, en);
        RuleInfo {
            id: self.id.to_owned(),
            title: text(self.title),
            level: self.level,
            techniques: self.techniques.iter().map(|t| (*t).to_owned()).collect(),
            origin: Origin::Detector,
            why: text(self.why),
            next: self.next.iter().map(|step| text(*step)).collect(),
        }
    }

    /// The guide for a reader of `lang`.
    pub fn guide(&self, lang: Lang) -> &'static str {
        match lang {
            Lang::Ja => self.guide.0,
            Lang::En => self.guide.1,
        }
    }
}

/// One detector.
#[derive(Debug)]
pub struct Detector {
    /// Its description.
    pub meta: &'static Meta,
    detect: fn(&Scene<'_>, &mut Findings),
}

/// Declares the registry: each line is a module with a `META` and a `detect`.
macro_rules! registry {
    ($($module:ident,)*) => {
        /// Every detector.
        pub static DETECTORS: &[Detector] =
            &[$(Detector { meta: &$module::META, detect: $module::detect },)*];
    };
}

registry! {
    login_off_duty,
    login_on_leave,
    host_declared_off_spoke,
    carried_out_two_places,
    vpn_new_origin,
    brute_force_success,
    failures_high_rate,
    new_administrator,
    account_changed,
    new_service,
    new_task,
    log_cleared,
    security_tool_stopped,
    backup_destroyed,
    remote_admin_from_outside,
    unusual_volume_out,
    log_gap,
    clock_jumped,
}

/// Runs every detector.
pub fn detect(activities: &Activities, context: &ClosureContext) -> Findings {
    let mut findings = Findings::default();
    for detector in DETECTORS {
        detector.run(activities, context, &mut findings);
    }
    findings.settle(|at| context.day(at));
    findings
}

impl Detector {
    /// Runs this detector.
    pub fn run(&self, activities: &Activities, context: &ClosureContext, findings: &mut Findings) {
        let scene = Scene { activities, context, rule: Arc::new(self.meta.rule()) };
        (self.detect)(&scene, findings);
    }
}

/// What a detector looks at.
struct Scene<'a> {
    activities: &'a Activities,
    context: &'a ClosureContext,
    rule: Arc<RuleInfo>,
}

impl<'a> Scene<'a> {
    /// Activities of the closure.
    fn closure(&self) -> impl Iterator<Item = &'a Activity> {
        let context = self.context;
        self.activities.all.iter().filter(move |a| context.in_closure(a.first) || context.in_closure(a.last))
    }

    /// Activities of the baseline.
    fn baseline(&self) -> impl Iterator<Item = &'a Activity> {
        let context = self.context;
        self.activities.all.iter().filter(move |a| context.in_baseline(a.first))
    }

    /// Successful logins of people (not of services and jobs of the machine itself) in the closure.
    fn logins(&self) -> impl Iterator<Item = (&'a Activity, crate::activity::How)> {
        self.closure().filter_map(|a| match a.kind {
            Kind::Login(how) => Some((a, how)),
            _ => None,
        })
    }

    /// Whether the same was done by the same on the same host before the closure.
    fn is_routine(&self, activity: &Activity) -> bool {
        self.baseline().any(|b| {
            b.kind == activity.kind
                && b.object == activity.object
                && b.host == activity.host
                && crate::context::Account::of(&b.who).user == crate::context::Account::of(&activity.who).user
        })
    }
}

/// The part of an address that tells a place: 16 bits of IPv4, 32 of IPv6; a name as it is.
fn neighbourhood(from: &str) -> String {
    match from.parse::<IpAddr>().map(|ip| ip.to_canonical()) {
        Ok(IpAddr::V4(ip)) => {
            let [a, b, ..] = ip.octets();
            format!("{a}.{b}.0.0/16")
        }
        Ok(IpAddr::V6(ip)) => {
            let [a, b, ..] = ip.segments();
            format!("{a:x}:{b:x}::/32")
        }
        Err(_) => from.to_lowercase(),
    }
}

/// Says that some failed logins were counted and not kept: a detector of failures has not looked at them.
fn say_beyond(scene: &Scene<'_>, findings: &mut Findings) {
    let beyond = scene.activities.beyond;
    if beyond == 0 {
        return;
    }
    let message = Text::new(
        format!("失敗したログインの種類が多すぎるため、{beyond} 回分は数だけを数え、内容を調べていません"),
        format!(
            "there were too many different failed logins: {beyond} of them were only counted and not looked at"
        ),
    );
    let hint = Text::new(
        "ログを日ごと、機器ごとに分けて、もう一度確認してください",
        "review the logs in parts, by day or by machine",
    );
    findings.unseen(&scene.rule, message, hint);
}

/// Words for who did something where the log does not say it.
fn named(text: &str) -> (&str, &str) {
    if text.is_empty() { ("（記録なし）", "(not recorded)") } else { (text, text) }
}

/// `from` before `to`, or at most so long.
fn within(from: Option<Nanos>, to: Option<Nanos>, most: Nanos) -> bool {
    matches!((from, to), (Some(from), Some(to)) if from <= to && to - from <= most)
}

#[cfg(test)]
mod fixture;
#[cfg(test)]
mod tests;
