//! Activities for tests.

use crate::activity::{Activities, Activity, Evidence, How, Kind, Place};
use crate::context::fixture::{at, office};
use crate::finding::Findings;

use super::Detector;

/// An activity at a time in Tokyo, once.
pub(crate) fn activity(kind: Kind, who: &str, from: &str, host: &str, time: &str) -> Activity {
    let place = Place { time: Some(at(time)), ..Place::default() };
    Activity {
        kind,
        who: who.into(),
        from: from.into(),
        country: "".into(),
        network: "".into(),
        host: host.into(),
        device: "".into(),
        object: "".into(),
        detail: "".into(),
        source: "test".into(),
        first: Some(at(time)),
        last: Some(at(time)),
        count: 1,
        evidence: vec![Evidence { place, excerpt: format!("{time} {who} {from} {host}") }].into(),
    }
}

pub(crate) fn login(how: How, who: &str, from: &str, host: &str, time: &str) -> Activity {
    activity(Kind::Login(how), who, from, host, time)
}

pub(crate) fn failures(how: How, who: &str, from: &str, host: &str, time: &str, count: u64) -> Activity {
    Activity { count, ..activity(Kind::Failure(how), who, from, host, time) }
}

pub(crate) fn of(mut all: Vec<Activity>) -> Activities {
    all.sort_by_key(|a| a.first);
    Activities { all, ..Activities::default() }
}

/// What one detector finds in the office of the fixture.
pub(crate) fn run(id: &str, activities: &Activities, baseline: bool) -> Findings {
    let detector: &Detector = super::DETECTORS.iter().find(|d| d.meta.id == id).unwrap();
    let context = office(baseline);
    let mut findings = Findings::default();
    detector.run(activities, &context, &mut findings);
    findings.settle(|at| context.day(at));
    findings
}

/// Who was found, with the level.
pub(crate) fn found(id: &str, all: Vec<Activity>, baseline: bool) -> Vec<(String, &'static str)> {
    let findings = run(id, &of(all), baseline);
    findings.list.iter().map(|f| (f.who.to_string(), f.level.as_str())).collect()
}
