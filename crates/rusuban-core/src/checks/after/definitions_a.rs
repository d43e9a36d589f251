//! `after.definitions.a`: a device that was off has fresh malware definitions, loaded and at work, before it is used.
//!
//! Only a look after the closure can show that. A fault is a fault at any time, so it is told at once.

use async_trait::async_trait;
use jiff::Timestamp;

use crate::checks::{Check, CheckMeta, Context, Dated, meta, nobody_looked};
use crate::model::closure::Phase;
use crate::model::subject::SubjectId;
use crate::model::text::Text;
use crate::model::verdict::{Findings, Judgement, Level, Seen, Unknown, UnknownCode};
use crate::world::World;
use crate::world::definitions::DefinitionFacts;

mod clamav;
mod defender;

/// `after.definitions.a`; see the guide beside this file.
pub struct DefinitionsA;

#[async_trait]
impl Check for DefinitionsA {
    const META: CheckMeta = meta!("after.definitions.a", Observation, Machine, "definitions_a");
    type Facts = DefinitionFacts;

    async fn observe(world: &World) -> Result<DefinitionFacts, Unknown> {
        world.definitions.look().await
    }

    fn judge(facts: &[Dated<'_, DefinitionFacts>], context: &Context<'_>) -> Judgement {
        let Some((strongest, others)) = facts.split_first() else {
            return nobody_looked(&SubjectId::organisation());
        };
        let mut judgement = judge_one(strongest, context);
        // What another source saw later and found wrong counts too; what it found right does not.
        for other in others.iter().filter(|other| other.observed_at() > strongest.observed_at()) {
            let findings = judge_one(other, context).findings;
            judgement.findings.extend(findings.into_iter().filter(|f| f.level == Level::Failing));
        }
        judgement
    }
}

fn judge_one(dated: &Dated<'_, DefinitionFacts>, context: &Context<'_>) -> Judgement {
    let subject = dated.subject().clone();
    let mut findings = Findings::about(&subject);
    let mut seen_at = dated.observed_at();
    if dated.facts.clamav.is_none() && dated.facts.defender.is_none() {
        findings.unseen(&no_tool());
    }
    if let Some(facts) = &dated.facts.clamav {
        clamav::Clamav { facts, seen_at, context, findings: &mut findings }.judge();
    }
    match &dated.facts.defender {
        Some(Seen::Known(facts)) => {
            // A status file can be older than the moment at which it was handed in.
            seen_at = facts.made_by.map_or(seen_at, |made_by| seen_at.min(made_by));
            defender::Defender { facts, seen_at, context, findings: &mut findings }.judge();
        }
        Some(Seen::Unknown(why)) => findings.unseen(why),
        None => {}
    }
    let mut judgement = findings.judgement();
    let faultless = judgement.findings.iter().all(|f| f.level < Level::Unknown);
    if let Some(why) = not_shown(context, seen_at, faultless) {
        let mut late = Findings::about(&subject);
        late.unseen(&why);
        judgement.findings.extend(late.judgement().findings);
    }
    judgement
}

/// Why facts without a fault do not show the requirement: the closure has not ended, or had not when they were seen.
fn not_shown(context: &Context<'_>, seen_at: Timestamp, faultless: bool) -> Option<Unknown> {
    if context.phase() != Phase::Reopen {
        return faultless.then(|| {
            Unknown::new(
                UnknownCode::NotYet,
                "",
                Text::new(
                    "今の定義に問題はありませんが、休業明けに使う前の状態はまだ分かりません",
                    "the definitions are in order now; that they are before use after the closure is not known yet",
                ),
                Text::new(
                    "休業明けに電源を入れたら、使う前に `rusuban check` を実行してください",
                    "after the closure, run `rusuban check` on it before it is used",
                ),
            )
        });
    }
    let end = context.closure.interval().ok().map(|(_, end)| end);
    if end.is_some_and(|end| seen_at >= end) {
        return None;
    }
    Some(Unknown::new(
        UnknownCode::Stale,
        "before-end-of-closure",
        Text::new(
            "休業明けの状態をまだ見ていません。最後に見たのは休業が終わる前です",
            "it has not been looked at since the closure ended",
        ),
        Text::new(
            "使う前に定義を更新し、その機器で `rusuban check` を実行してください",
            "update the definitions and run `rusuban check` on it before it is used",
        ),
    ))
}

fn no_tool() -> Unknown {
    Unknown::new(
        UnknownCode::ToolMissing,
        "",
        Text::new("不正プログラム対策ソフトウェアが見つかりません", "no malware protection was found"),
        Text::new(
            "ClamAV か Defender を導入するか、他の製品の状態を担当者が申告してください",
            "install ClamAV or Defender, or let the person in charge state it for another product",
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::before::backups_a::tests::{evidence, judge, time, told};
    use crate::model::evidence::{Evidence, EvidenceKind};
    use crate::model::policy::Policy;
    use crate::model::verdict::Verdict;
    use crate::world::definitions::{
        ClamavFacts, Control, DaemonFacts, DaemonVersion, DatabaseFile, DatabaseHeader, DefenderFacts,
        DefenderProduct, Loaded,
    };

    /// The first morning after the closure.
    const MORNING: &str = "2027-01-03T23:30:00Z";
    const BUILT: &str = "2027-01-03T14:15:00Z";
    /// A day before the closure.
    const BEFORE: &str = "2026-12-28T03:00:00Z";

    fn header(version: u64, built_at: &str) -> Seen<DatabaseHeader> {
        Seen::Known(DatabaseHeader { built_at: time(built_at), version, signatures: 2_077_123 })
    }

    fn file(file: &str, header: Seen<DatabaseHeader>) -> DatabaseFile {
        let database = file.split('.').next().unwrap().to_owned();
        DatabaseFile { database, file: file.into(), header }
    }

    fn daemon(facts: &mut ClamavFacts) -> &mut DaemonFacts {
        match &mut facts.daemon {
            Seen::Known(daemon) => daemon,
            Seen::Unknown(why) => panic!("{why}"),
        }
    }

    fn fresh() -> ClamavFacts {
        let loaded = Loaded { version: 27_830, built_local: "2027-01-03T23:15:00".parse().unwrap() };
        ClamavFacts {
            directory: "/var/lib/clamav".into(),
            updater_directory: None,
            updater_installed: true,
            scanner_installed: true,
            files: vec![
                file("daily.cld", header(27_830, BUILT)),
                file("main.cvd", header(62, "2021-09-16T12:32:00Z")),
            ],
            daemon: Seen::Known(DaemonFacts {
                address: "unix:/run/clamav/clamd.ctl".into(),
                version: Seen::Known(DaemonVersion { engine: "1.4.6".into(), loaded: Some(loaded) }),
                control: Seen::Known(Control {
                    eicar: Some("Win.Test.EICAR_HDB-1".into()),
                    harmless_passed: true,
                }),
            }),
        }
    }

    fn changed(change: impl FnOnce(&mut ClamavFacts)) -> ClamavFacts {
        let mut facts = fresh();
        change(&mut facts);
        facts
    }

    fn clamav(facts: ClamavFacts, seen: &str) -> Evidence {
        let facts = DefinitionFacts { clamav: Some(facts), defender: None };
        evidence(&facts, EvidenceKind::Observation, seen)
    }

    fn verdict(facts: ClamavFacts) -> (Verdict, Vec<String>) {
        told(&judge("after.definitions.a", &[&clamav(facts, MORNING)], &Policy::default(), MORNING))
    }

    fn one(verdict: Verdict, finding: &str) -> (Verdict, Vec<String>) {
        (verdict, vec![finding.to_owned()])
    }

    fn why(code: UnknownCode, item: &str) -> Unknown {
        Unknown::new(code, item, Text::new("見えません", "not seen"), Text::new("確認", "look"))
    }

    #[test]
    fn fresh_loaded_and_working_after_the_closure_is_verified() {
        assert_eq!(verdict(fresh()), (Verdict::Verified, vec![]));
    }

    #[test]
    fn before_the_closure_nothing_is_shown_yet_but_a_fault_is_a_fault() {
        let mut facts = fresh();
        facts.files[0] = file("daily.cld", header(27_830, "2026-12-27T14:15:00Z"));
        let evidence = |facts: &ClamavFacts| clamav(facts.clone(), BEFORE);
        let at = |evidence: &Evidence, at| {
            told(&judge("after.definitions.a", &[evidence], &Policy::default(), at))
        };
        assert_eq!(at(&evidence(&facts), BEFORE), one(Verdict::Unknown, "unknown not-yet#"));
        daemon(&mut facts).control = Seen::Known(Control { eicar: None, harmless_passed: true });
        assert_eq!(at(&evidence(&facts), BEFORE), one(Verdict::Failing, "failing eicar-not-found#clamav"));
    }

    #[test]
    fn a_look_from_before_the_end_does_not_count_after_it() {
        let mut facts = fresh();
        facts.files[0] = file("daily.cld", header(27_830, "2027-01-02T14:15:00Z"));
        let evidence = clamav(facts, "2027-01-03T03:00:00Z");
        let told = told(&judge("after.definitions.a", &[&evidence], &Policy::default(), MORNING));
        assert_eq!(told, one(Verdict::Unknown, "unknown stale#before-end-of-closure"));
    }

    #[test]
    fn old_definitions_fail() {
        let old = changed(|facts| {
            facts.files[0] = file("daily.cvd", header(27_830, "2026-12-28T14:15:00Z"));
        });
        assert_eq!(verdict(old), one(Verdict::Failing, "failing definitions-old#clamav"));
    }

    #[test]
    fn the_newest_of_two_copies_counts_and_both_are_told() {
        let two =
            changed(|facts| facts.files.push(file("daily.cvd", header(27_000, "2025-01-01T00:00:00Z"))));
        assert_eq!(verdict(two), one(Verdict::Verified, "note two-copies#daily"));
    }

    #[test]
    fn no_daily_database_fails_and_an_unreadable_one_is_unknown() {
        let none = changed(|facts| {
            facts.files.remove(0);
            daemon(facts).version = Seen::Known(DaemonVersion { engine: "1.4.6".into(), loaded: None });
        });
        assert_eq!(
            verdict(none),
            (
                Verdict::Failing,
                vec![
                    "failing no-definitions#clamav:daily".to_owned(),
                    "failing no-definitions-loaded#clamav".to_owned()
                ]
            )
        );
        let broken =
            changed(|facts| facts.files[0].header = Seen::Unknown(why(UnknownCode::Unparsable, "daily.cld")));
        assert_eq!(verdict(broken), one(Verdict::Unknown, "unknown unparsable#daily.cld"));
    }

    #[test]
    fn a_daemon_that_never_loaded_what_is_on_disk_fails() {
        let behind = changed(|facts| {
            let loaded = Loaded { version: 27_810, built_local: "2026-12-14T23:15:00".parse().unwrap() };
            daemon(facts).version =
                Seen::Known(DaemonVersion { engine: "1.4.6".into(), loaded: Some(loaded) });
        });
        assert_eq!(verdict(behind), one(Verdict::Failing, "failing loaded-older#clamav"));
    }

    #[test]
    fn a_daemon_that_reads_elsewhere_is_judged_by_the_date_that_it_tells() {
        let elsewhere = |built: &str| {
            changed(|facts| {
                facts.files.remove(0);
                facts
                    .files
                    .push(file("daily.cld", Seen::Unknown(why(UnknownCode::NoPermission, "daily.cld"))));
                let loaded = Loaded { version: 27_810, built_local: built.parse().unwrap() };
                daemon(facts).version =
                    Seen::Known(DaemonVersion { engine: "1.4.6".into(), loaded: Some(loaded) });
            })
        };
        let old = verdict(elsewhere("2026-12-28T23:15:00"));
        assert_eq!(old.1, ["unknown no-permission#daily.cld", "failing definitions-old#clamd"]);
        assert_eq!(verdict(elsewhere("2027-01-03T23:15:00")).0, Verdict::Unknown);
    }

    #[test]
    fn a_daemon_that_finds_nothing_fails_and_one_that_finds_all_is_no_witness() {
        let control = |eicar: Option<&str>, harmless_passed| {
            let eicar = eicar.map(str::to_owned);
            changed(|facts| daemon(facts).control = Seen::Known(Control { eicar, harmless_passed }))
        };
        assert_eq!(verdict(control(None, true)), one(Verdict::Failing, "failing eicar-not-found#clamav"));
        assert_eq!(
            verdict(control(Some("X"), false)),
            one(Verdict::Unknown, "unknown control-failed#clamav")
        );
    }

    #[test]
    fn a_silent_daemon_is_unknown() {
        let silent = changed(|facts| facts.daemon = Seen::Unknown(why(UnknownCode::TimedOut, "clamd")));
        assert_eq!(verdict(silent), one(Verdict::Unknown, "unknown timed-out#clamd"));
    }

    #[test]
    fn definitions_from_the_future_have_no_known_age() {
        let ahead =
            changed(|facts| facts.files[0] = file("daily.cld", header(27_830, "2027-06-01T00:00:00Z")));
        assert_eq!(verdict(ahead), one(Verdict::Unknown, "unknown definitions-in-future#clamav"));
    }

    #[test]
    fn an_updater_that_writes_elsewhere_is_told() {
        let elsewhere = changed(|facts| facts.updater_directory = Some("/srv/clamav".into()));
        assert_eq!(verdict(elsewhere), one(Verdict::Verified, "note directories-differ#clamav"));
    }

    fn defender() -> DefenderFacts {
        DefenderFacts {
            product: DefenderProduct::Windows,
            product_version: Some("4.18.26110.1".into()),
            engine_version: Some("1.1.26110.2".into()),
            definitions_version: Some("1.443.22.0".into()),
            updated_at: Seen::Known(Some(time(BUILT))),
            made_by: Some(time("2027-01-05T14:15:00Z")),
            active: Some(true),
            real_time: Some(true),
            passive: Some(false),
            says_outdated: Some(false),
        }
    }

    fn import(facts: DefenderFacts, seen: &str) -> Evidence {
        let facts = DefinitionFacts { clamav: None, defender: Some(Seen::Known(facts)) };
        evidence(&facts, EvidenceKind::Import, seen)
    }

    fn defender_verdict(change: impl FnOnce(&mut DefenderFacts)) -> (Verdict, Vec<String>) {
        let mut facts = defender();
        change(&mut facts);
        told(&judge("after.definitions.a", &[&import(facts, MORNING)], &Policy::default(), MORNING))
    }

    #[test]
    fn a_defender_that_is_fresh_and_on_is_verified_with_what_was_not_tested() {
        assert_eq!(defender_verdict(|_| {}), one(Verdict::Verified, "note function-not-tested#defender"));
    }

    #[test]
    fn a_defender_that_is_off_old_or_never_updated_fails() {
        let code = |change: fn(&mut DefenderFacts)| {
            let (verdict, findings) = defender_verdict(change);
            assert_eq!(verdict, Verdict::Failing);
            findings.into_iter().find(|finding| finding.starts_with("failing")).unwrap()
        };
        assert_eq!(code(|f| f.active = Some(false)), "failing protection-off#defender");
        assert_eq!(code(|f| f.real_time = Some(false)), "failing real-time-off#defender");
        assert_eq!(code(|f| f.says_outdated = Some(true)), "failing definitions-outdated#defender");
        assert_eq!(code(|f| f.updated_at = Seen::Known(None)), "failing no-definitions#defender");
        let old = |f: &mut DefenderFacts| f.updated_at = Seen::Known(Some(time("2026-12-28T14:15:00Z")));
        assert_eq!(code(old), "failing definitions-old#defender");
    }

    #[test]
    fn what_a_defender_does_not_say_is_unknown() {
        let told = defender_verdict(|f| {
            f.active = None;
            f.real_time = None;
        });
        assert_eq!(told.0, Verdict::Unknown);
        assert_eq!(
            told.1[..2],
            ["unknown unparsable#defender:active", "unknown unparsable#defender:real-time"]
        );
        let told = defender_verdict(|f| f.passive = Some(true));
        assert_eq!(told.1, ["unknown wrong-vantage#defender", "note function-not-tested#defender"]);
    }

    #[test]
    fn a_status_that_was_made_before_the_end_gives_itself_away() {
        let told = defender_verdict(|f| {
            f.updated_at = Seen::Known(Some(time("2026-12-27T14:15:00Z")));
            f.made_by = Some(time("2026-12-29T14:15:00Z"));
        });
        assert_eq!(told.0, Verdict::Unknown);
        assert!(told.1.contains(&"unknown stale#defender".to_owned()), "{told:?}");
        assert!(told.1.contains(&"unknown stale#before-end-of-closure".to_owned()), "{told:?}");
    }

    #[test]
    fn a_later_import_adds_its_faults_and_an_earlier_one_does_not() {
        let mut off = defender();
        off.active = Some(false);
        let observation = clamav(fresh(), "2027-01-03T23:00:00Z");
        let with = |import: &Evidence| {
            told(&judge("after.definitions.a", &[&observation, import], &Policy::default(), MORNING))
        };
        assert_eq!(
            with(&import(off.clone(), MORNING)),
            one(Verdict::Failing, "failing protection-off#defender")
        );
        assert_eq!(with(&import(off, "2027-01-03T22:00:00Z")), (Verdict::Verified, vec![]));
    }
}
