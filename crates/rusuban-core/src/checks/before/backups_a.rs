//! `before.backups.a`: every repository that is registered holds something.
//!
//! Whether the registered repositories are *all* that the organisation needs cannot be seen from them: a person states
//! that, and the statement is void once the repositories, their data sets or their sources are others.

use std::collections::BTreeMap;

use async_trait::async_trait;
use serde_json::json;

use crate::checks::{Check, CheckMeta, Context, Dated, meta};
use crate::model::chain::sha256_hex;
use crate::model::subject::SubjectId;
use crate::model::text::Text;
use crate::model::verdict::{Findings, Judgement, Seen, Unknown, UnknownCode};
use crate::world::World;
use crate::world::backups::{BackupFacts, RepositoryFacts};

/// `before.backups.a`; see the guide beside this file.
pub struct BackupsA;

#[async_trait]
impl Check for BackupsA {
    const META: CheckMeta = meta!("before.backups.a", Both, Organisation, "backups_a");
    type Facts = BackupFacts;

    async fn observe(world: &World) -> Result<BackupFacts, Unknown> {
        world.backups.look().await
    }

    fn judge(facts: &[Dated<'_, BackupFacts>], context: &Context<'_>) -> Judgement {
        let subject = facts.first().map_or_else(SubjectId::organisation, |dated| dated.subject().clone());
        let mut findings = Findings::about(&subject);
        let seen = repositories(facts);
        name_unseen(&seen, context, &mut findings);
        for set in facts.iter().take(1).flat_map(|newest| &newest.facts.unassigned) {
            without_backup(set, &mut findings);
        }
        for (name, sighting) in &seen {
            match &sighting.repository.contents {
                Seen::Unknown(why) => findings.unseen(why),
                Seen::Known(contents) if contents.count == 0 => no_snapshot(name, &mut findings),
                Seen::Known(_) => {}
            }
        }
        findings.judgement()
    }

    /// What a person calls complete: the repositories, their data sets and the sources that are backed up into them.
    fn review_basis(facts: &[Dated<'_, BackupFacts>]) -> Option<String> {
        let seen = repositories(facts);
        if seen.is_empty() {
            return None;
        }
        let mut list = Vec::with_capacity(seen.len());
        for (name, sighting) in seen {
            // What cannot be seen has not therefore changed.
            let contents = sighting.repository.contents.known()?;
            let mut datasets = sighting.repository.datasets.clone();
            datasets.sort();
            let mut sources: Vec<(&str, &str)> =
                contents.series.iter().map(|s| (s.host.as_str(), s.label.as_str())).collect();
            sources.sort_unstable();
            list.push(json!([name, sighting.repository.tool, datasets, sources]));
        }
        Some(sha256_hex(json!(list).to_string().as_bytes()))
    }
}

/// A repository with the facts that it stands in.
pub(super) struct Sighting<'f> {
    pub dated: &'f Dated<'f, BackupFacts>,
    pub repository: &'f RepositoryFacts,
}

/// Every repository by name. Where several machines looked at one, a look that saw it counts before one that did not,
/// and a newer one before an older.
pub(super) fn repositories<'f>(facts: &'f [Dated<'f, BackupFacts>]) -> BTreeMap<&'f str, Sighting<'f>> {
    let mut seen: BTreeMap<&str, Sighting<'_>> = BTreeMap::new();
    for dated in facts {
        for repository in &dated.facts.repositories {
            let rank = |s: &Sighting<'_>| (s.repository.contents.known().is_some(), s.dated.observed_at());
            let sighting = Sighting { dated, repository };
            let better = seen.get(repository.name.as_str()).is_none_or(|held| rank(&sighting) > rank(held));
            if better {
                seen.insert(&repository.name, sighting);
            }
        }
    }
    seen
}

/// Says that no repository is registered, or that nobody looked at one that is.
pub(super) fn name_unseen(
    seen: &BTreeMap<&str, Sighting<'_>>,
    context: &Context<'_>,
    findings: &mut Findings,
) {
    let expected = &context.policy.backups.expected;
    if seen.is_empty() && expected.is_empty() {
        findings.unseen(&not_configured());
    }
    for backup in expected.iter().filter(|backup| !seen.contains_key(backup.name.as_str())) {
        findings.unknown(
            UnknownCode::NotLooked.as_str(),
            &backup.name,
            Text::new(
                format!("バックアップ先 {} をまだ見ていません", backup.name),
                format!("nobody has looked at the backup repository {} yet", backup.name),
            ),
            Text::new("`rusuban check` を実行してください", "run `rusuban check`"),
        );
    }
}

fn not_configured() -> Unknown {
    Unknown::new(
        UnknownCode::NotConfigured,
        "",
        Text::new("バックアップ先が登録されていません", "no backup repository is registered"),
        Text::new(
            "rusuban.toml に [[backup]] を書くか、担当者が申告してください",
            "add [[backup]] to rusuban.toml, or let the person in charge state it",
        ),
    )
}

/// The fault of important data that nothing is said to hold a copy of.
fn without_backup(set: &str, findings: &mut Findings) {
    findings.failing(
        "dataset-without-backup",
        set,
        Text::new(
            format!("重要データ {set} のバックアップ先が決まっていません"),
            format!("the important data {set} has no backup repository"),
        ),
        Text::new(
            "台帳の「バックアップ名」に、rusuban.toml の [[backup]] の name を書いて取り込んでください",
            "write the name of a [[backup]] of rusuban.toml into the register's column “Backup” and import it",
        ),
    );
}

/// The fault of a repository that holds nothing.
pub(super) fn no_snapshot(name: &str, findings: &mut Findings) {
    findings.failing(
        "no-snapshot",
        name,
        Text::new(
            format!("バックアップ先 {name} は空です。スナップショットが1つもありません"),
            format!("the backup repository {name} is empty: it holds no snapshot"),
        ),
        Text::new(
            "バックアップを1回実行し、もう一度 `rusuban check` を実行してください",
            "make a backup, then run `rusuban check` again",
        ),
    );
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::checks::{Judged, registry};
    use crate::model::closure::{Closure, ClosureOrigin};
    use crate::model::evidence::{Draft, Evidence, EvidenceKind, Record, Source};
    use crate::model::policy::{BackupPolicy, ExpectedBackup, Policy};
    use crate::model::verdict::{Level, Verdict};
    use crate::world::Facts;
    use crate::world::backups::{BackupTool, Contents, Series, Snapshot};
    use jiff::Timestamp;
    use jiff::civil::date;

    /// The New Year closure of 2026: it ends at 2027-01-03T15:00:00Z.
    pub(crate) fn closure() -> Closure {
        Closure {
            id: "2026-12-29".into(),
            name: Text::new("年末年始休業", "New Year closure"),
            first_day: date(2026, 12, 29),
            last_day: date(2027, 1, 3),
            time_zone: "Asia/Tokyo".into(),
            origin: ClosureOrigin::Calendar,
        }
    }

    pub(crate) fn time(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    /// Evidence that holds facts, seen at a time.
    pub(crate) fn evidence<F: Facts>(facts: &F, kind: EvidenceKind, observed_at: &str) -> Evidence {
        let draft = Draft {
            id: format!("{kind:?}-{observed_at}"),
            closure: "2026-12-29".into(),
            kind,
            topic: F::TOPIC.into(),
            requirement: None,
            subject: SubjectId::organisation(),
            source: Source { name: "test".into(), version: String::new() },
            vantage: "test".into(),
            observed_at: time(observed_at),
            received_at: time(observed_at),
            effective_at: None,
            body: json!({ "facts": facts }),
        };
        Evidence { record: Record { v: 1, seq: 1, prev: "0".repeat(64), draft }, hash: String::new() }
    }

    pub(crate) fn judge(id: &str, evidence: &[&Evidence], policy: &Policy, at: &str) -> Judged {
        let closure = closure();
        let context = Context::new(&closure, policy, time(at));
        registry::find(id).unwrap().judge(&SubjectId::organisation(), evidence, &context)
    }

    /// The verdict and each finding as `level code#item`.
    pub(crate) fn told(judged: &Judged) -> (Verdict, Vec<String>) {
        let word = |level: Level| format!("{level:?}").to_lowercase();
        let findings = &judged.judgement.findings;
        let list = findings.iter().map(|f| format!("{} {}#{}", word(f.level), f.code, f.item)).collect();
        (judged.judgement.verdict(), list)
    }

    pub(crate) const NOW: &str = "2026-12-28T03:00:00Z";

    pub(crate) fn expecting(names: &[&str]) -> Policy {
        let expected = names
            .iter()
            .map(|name| ExpectedBackup {
                name: (*name).to_owned(),
                max_age_hours: 26,
                read_data_max_age_days: 30,
            })
            .collect();
        Policy { backups: BackupPolicy { expected }, ..Policy::default() }
    }

    pub(crate) fn snapshot(at: &str, size: u64) -> Snapshot {
        Snapshot { id: format!("snapshot-{at}"), time: time(at), size: Seen::Known(size) }
    }

    pub(crate) fn repository(name: &str, snapshots: &[Snapshot]) -> RepositoryFacts {
        let count = u64::try_from(snapshots.len()).unwrap();
        let series = snapshots.first().map(|newest| Series {
            host: "files".into(),
            label: "/srv".into(),
            count,
            newest: newest.clone(),
            previous: snapshots.get(1).cloned(),
        });
        RepositoryFacts {
            name: name.into(),
            tool: BackupTool::Restic,
            identity: None,
            datasets: vec!["共有フォルダ".into()],
            contents: Seen::Known(Contents { count, series: series.into_iter().collect() }),
            read_back: None,
            read_blind: None,
        }
    }

    fn facts(repositories: Vec<RepositoryFacts>) -> Evidence {
        evidence(&BackupFacts { repositories, ..BackupFacts::default() }, EvidenceKind::Observation, NOW)
    }

    fn verdict(repositories: Vec<RepositoryFacts>, expected: &[&str]) -> (Verdict, Vec<String>) {
        told(&judge("before.backups.a", &[&facts(repositories)], &expecting(expected), NOW))
    }

    #[test]
    fn a_repository_with_a_snapshot_has_no_fault() {
        let good = repository("files", &[snapshot("2026-12-27T17:00:00Z", 100)]);
        assert_eq!(verdict(vec![good], &["files"]), (Verdict::Verified, vec![]));
    }

    #[test]
    fn an_empty_repository_fails() {
        let told = verdict(vec![repository("files", &[])], &["files"]);
        assert_eq!(told, (Verdict::Failing, vec!["failing no-snapshot#files".to_owned()]));
    }

    #[test]
    fn important_data_that_no_repository_holds_fails() {
        let repositories = vec![repository("files", &[snapshot("2026-12-27T17:00:00Z", 100)])];
        let facts = BackupFacts { repositories, unassigned: vec!["住民基本台帳".to_owned()] };
        let seen = evidence(&facts, EvidenceKind::Observation, NOW);
        let told = told(&judge("before.backups.a", &[&seen], &expecting(&["files"]), NOW));
        assert_eq!(told, (Verdict::Failing, vec!["failing dataset-without-backup#住民基本台帳".to_owned()]));
    }

    #[test]
    fn nothing_registered_is_unknown() {
        let told = verdict(vec![], &[]);
        assert_eq!(told, (Verdict::Unknown, vec!["unknown not-configured#".to_owned()]));
    }

    #[test]
    fn one_that_cannot_be_opened_hides_no_fault_of_another() {
        let mut closed = repository("db", &[]);
        closed.contents = Seen::Unknown(Unknown::new(
            UnknownCode::NoPermission,
            "db",
            Text::new("開けません", "cannot be opened"),
            Text::new("確かめてください", "look"),
        ));
        let told = verdict(vec![closed, repository("files", &[])], &["db", "files", "mail"]);
        assert_eq!(told.0, Verdict::Failing);
        assert_eq!(
            told.1,
            ["unknown not-looked#mail", "unknown no-permission#db", "failing no-snapshot#files"]
        );
    }

    #[test]
    fn another_source_voids_the_review_and_a_new_snapshot_does_not() {
        let basis = |repositories: Vec<RepositoryFacts>| {
            judge("before.backups.a", &[&facts(repositories)], &expecting(&["files"]), NOW).basis
        };
        let first = repository("files", &[snapshot("2026-12-26T17:00:00Z", 100)]);
        let later = repository(
            "files",
            &[snapshot("2026-12-27T17:00:00Z", 100), snapshot("2026-12-26T17:00:00Z", 100)],
        );
        let mut moved = later.clone();
        if let Seen::Known(contents) = &mut moved.contents {
            contents.series[0].label = "/home".into();
        }
        let mut closed = later.clone();
        closed.contents = Seen::Unknown(not_configured());
        assert_eq!(basis(vec![first.clone()]), basis(vec![later]));
        assert_ne!(basis(vec![first]), basis(vec![moved]));
        assert_eq!(basis(vec![closed]), None);
    }

    #[test]
    fn a_look_that_saw_it_counts_before_a_newer_one_that_did_not() {
        let good = repository("files", &[snapshot("2026-12-27T17:00:00Z", 100)]);
        let mut closed = good.clone();
        closed.contents = Seen::Unknown(not_configured());
        let older = BackupFacts { repositories: vec![good], ..BackupFacts::default() };
        let newer = BackupFacts { repositories: vec![closed], ..BackupFacts::default() };
        let evidence = [
            &evidence(&older, EvidenceKind::Observation, "2026-12-28T01:00:00Z"),
            &evidence(&newer, EvidenceKind::Observation, NOW),
        ];
        let told = told(&judge("before.backups.a", &evidence, &expecting(&["files"]), NOW));
        assert_eq!(told, (Verdict::Verified, vec![]));
    }
}
