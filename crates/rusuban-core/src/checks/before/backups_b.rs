//! `before.backups.b`: the newest backup is really there: recent, not shrunk, and its stored data readable.
//!
//! A list of snapshots comes from an index and stays whole while the data behind it is damaged. So a repository whose
//! stored data was never read back is unknown here, not verified.

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};

use super::backups_a::{Sighting, name_unseen, no_snapshot, repositories};
use crate::checks::{Check, CheckMeta, Context, Dated, meta};
use crate::model::policy::{ExpectedBackup, days_between};
use crate::model::subject::SubjectId;
use crate::model::text::Text;
use crate::model::verdict::{Findings, Judgement, Seen, Unknown, UnknownCode};
use crate::world::World;
use crate::world::backups::{BackupFacts, Contents, Extent, ReadBack, Series};

/// How far a snapshot's time may lie ahead of the time of the look: clocks of two machines are never quite equal.
const CLOCK_SLACK: SignedDuration = SignedDuration::from_mins(10);

/// `before.backups.b`; see the guide beside this file.
pub struct BackupsB;

#[async_trait]
impl Check for BackupsB {
    const META: CheckMeta = meta!("before.backups.b", Observation, Organisation, "backups_b");
    type Facts = BackupFacts;

    async fn observe(world: &World) -> Result<BackupFacts, Unknown> {
        world.backups.look().await
    }

    fn judge(facts: &[Dated<'_, BackupFacts>], context: &Context<'_>) -> Judgement {
        let subject = facts.first().map_or_else(SubjectId::organisation, |dated| dated.subject().clone());
        let mut findings = Findings::about(&subject);
        let seen = repositories(facts);
        name_unseen(&seen, context, &mut findings);
        for (name, sighting) in &seen {
            let limits = context.policy.backups.expected.iter().find(|limits| limits.name == *name);
            let mut one = One { name, sighting, at: context.at, findings: &mut findings };
            match (&sighting.repository.contents, limits) {
                (Seen::Unknown(why), _) => one.findings.unseen(why),
                (_, None) => one.no_limits(),
                (Seen::Known(contents), Some(limits)) => one.judge(contents, limits),
            }
        }
        findings.judgement()
    }
}

/// One repository under judgement.
struct One<'a> {
    name: &'a str,
    sighting: &'a Sighting<'a>,
    at: Timestamp,
    findings: &'a mut Findings,
}

impl One<'_> {
    fn judge(&mut self, contents: &Contents, limits: &ExpectedBackup) {
        let Some(newest) = contents.series.first() else {
            no_snapshot(self.name, self.findings);
            return;
        };
        self.age(newest, limits);
        for stopped in contents.series.iter().skip(1) {
            self.stopped(stopped, limits);
        }
        for series in &contents.series {
            self.size(series);
        }
        self.read_back(limits);
    }

    fn item(&self, series: &Series) -> String {
        format!("{}:{}:{}", self.name, series.host, series.label)
    }

    fn no_limits(&mut self) {
        self.findings.unknown(
            UnknownCode::NotConfigured.as_str(),
            self.name,
            Text::new(
                format!("バックアップ先 {} の許容時間が設定にありません", self.name),
                format!("the configuration sets no limits for the backup repository {}", self.name),
            ),
            Text::new(
                "rusuban.toml の [[backup]] を確かめ、`rusuban check` をもう一度実行してください",
                "look at [[backup]] in rusuban.toml and run `rusuban check` again",
            ),
        );
    }

    /// Old when it was looked at is a fault; grown old since then only shows that somebody has to look again.
    fn age(&mut self, newest: &Series, limits: &ExpectedBackup) {
        let (name, limit) = (self.name, limits.max_age_hours);
        let (made, looked) = (newest.newest.time, self.sighting.dated.observed_at());
        if made > looked + CLOCK_SLACK {
            self.findings.unknown(
                "backup-in-future",
                &self.item(newest),
                Text::new(
                    format!("{name} の最新のバックアップの日時（{made}）が未来です。古さを判定できません"),
                    format!(
                        "the newest backup in {name} is dated in the future ({made}): its age is unknown"
                    ),
                ),
                Text::new(
                    "バックアップ元の時計（timedatectl）を直し、取り直してください",
                    "set the clock of the machine that is backed up (timedatectl) and make a new backup",
                ),
            );
        } else if older(made, looked, limit) {
            let hours = looked.duration_since(made).as_hours();
            self.findings.failing(
                "backup-old",
                name,
                Text::new(
                    format!(
                        "{name} の最新のバックアップは{hours}時間前のもので、上限{limit}時間を超えています"
                    ),
                    format!("the newest backup in {name} is {hours} hours old; the limit is {limit} hours"),
                ),
                Text::new(
                    "バックアップの実行記録を調べ、1回実行してください",
                    "look at the log of the backup job and make a backup",
                ),
            );
        } else if older(made, self.at, limit) {
            self.findings.unknown(
                UnknownCode::Stale.as_str(),
                name,
                Text::new(
                    format!("{name} を見た後に上限{limit}時間が過ぎました。その後のバックアップは見ていません"),
                    format!("the limit of {limit} hours has passed since {name} was looked at; newer backups were not seen"),
                ),
                Text::new("`rusuban check` をもう一度実行してください", "run `rusuban check` again"),
            );
        }
    }

    /// A series beside the newest one that gets no more snapshots: given up, or failing unseen behind the newest.
    fn stopped(&mut self, series: &Series, limits: &ExpectedBackup) {
        let looked = self.sighting.dated.observed_at();
        if !older(series.newest.time, looked, limits.max_age_hours) {
            return;
        }
        let days = days_between(series.newest.time, looked);
        self.findings.unknown(
            "series-stopped",
            &self.item(series),
            Text::new(
                format!("{} のうち {} の {} は{days}日前から取られていません", self.name, series.host, series.label),
                format!("in {}, {} of {} has not been backed up for {days} days", self.name, series.label, series.host),
            ),
            Text::new(
                "不要になったものなら古い世代を削除し（restic forget、borg delete）、必要なものなら取得を直してください",
                "remove the old snapshots (restic forget, borg delete) if it is no longer needed, or mend the backup job",
            ),
        );
    }

    fn size(&mut self, series: &Series) {
        let size = match &series.newest.size {
            Seen::Known(size) => *size,
            Seen::Unknown(why) => return self.findings.unseen(why),
        };
        let item = self.item(series);
        if size == 0 {
            self.findings.failing(
                "backup-empty",
                &item,
                Text::new(
                    format!("{} の最新のバックアップ（{}）の中身が0バイトです", self.name, series.label),
                    format!("the newest backup of {} in {} holds 0 bytes", series.label, self.name),
                ),
                shrunk_hint(),
            );
            return;
        }
        let before = match series.previous.as_ref().map(|previous| &previous.size) {
            Some(Seen::Known(before)) => *before,
            Some(Seen::Unknown(why)) => return self.findings.unseen(why),
            None => return,
        };
        if size < before.div_ceil(2) {
            self.findings.failing(
                "backup-shrunk",
                &item,
                Text::new(
                    format!(
                        "{} の {} が前回の{before}バイトから{size}バイトへ半分未満に減りました",
                        self.name, series.label
                    ),
                    format!(
                        "{} in {} shrank from {before} to {size} bytes, to less than half",
                        series.label, self.name
                    ),
                ),
                shrunk_hint(),
            );
        }
    }

    fn read_back(&mut self, limits: &ExpectedBackup) {
        let repository = self.sighting.repository;
        let covered = match &repository.read_back {
            Some(read) if !read.ok => self.damaged(read),
            Some(read) => self.read(read, limits.read_data_max_age_days),
            None => self.not_read("読み戻した記録がありません", "no read-back of it is known"),
        };
        match &repository.read_blind {
            // An earlier read-back still counts; that this one failed is worth reading, no more.
            Some(why) if covered => {
                self.findings.note(why.code.as_str(), &why.item, why.message.clone(), why.hint.clone());
            }
            Some(why) => self.findings.unseen(why),
            None => {}
        }
    }

    /// Whether a read-back without errors covers the stored data.
    fn read(&mut self, read: &ReadBack, limit: i64) -> bool {
        if read.at > self.at + CLOCK_SLACK {
            return self
                .not_read("読み戻した日時が未来になっています", "its read-back is dated in the future");
        }
        if older(read.at, self.at, limit.saturating_mul(24)) {
            let days = days_between(read.at, self.at);
            return self.not_read(
                &format!("最後に読み戻したのは{days}日前で、上限{limit}日を超えています"),
                &format!("it was last read back {days} days ago; the limit is {limit} days"),
            );
        }
        let Extent::Percent(percent) = read.extent else { return true };
        self.findings.unknown(
            "data-partly-read",
            self.name,
            Text::new(
                format!("{} は{percent}%だけ読み戻しました。残りの破損は見えません", self.name),
                format!("only {percent} % of {} was read back; damage in the rest stays unseen", self.name),
            ),
            deep_hint(),
        );
        false
    }

    fn not_read(&mut self, ja: &str, en: &str) -> bool {
        let name = self.name;
        self.findings.unknown(
            "data-not-read",
            name,
            Text::new(
                format!("{name} のデータ本体の破損は見えていません。{ja}"),
                format!("damage of the stored data in {name} would not be seen: {en}"),
            ),
            deep_hint(),
        );
        false
    }

    fn damaged(&mut self, read: &ReadBack) -> bool {
        let name = self.name;
        self.findings.failing(
            "backup-damaged",
            name,
            Text::new(
                format!("{name} のデータ本体が壊れています（{}）", read.detail),
                format!("the stored data in {name} is damaged ({})", read.detail),
            ),
            Text::new(
                "別の複製を確保してから、`restic check --read-data` または `borg check --verify-data` で範囲を調べ、取り直してください",
                "secure another copy, find the extent with `restic check --read-data` or `borg check --verify-data`, and make a new backup",
            ),
        );
        false
    }
}

fn deep_hint() -> Text {
    Text::new(
        "`rusuban check --deep` でデータ本体をすべて読み戻してください",
        "read all stored data back with `rusuban check --deep`",
    )
}

fn shrunk_hint() -> Text {
    Text::new(
        "意図した減少か確かめてください。`restic diff`、`borg diff` で前回と比べられます",
        "see whether that was meant; `restic diff` and `borg diff` compare it with the one before",
    )
}

/// Whether something made at `made` is more than `hours` old at `at`.
fn older(made: Timestamp, at: Timestamp, hours: i64) -> bool {
    at.duration_since(made) > SignedDuration::from_secs(hours.saturating_mul(3600))
}

#[cfg(test)]
mod tests {
    use super::super::backups_a::tests::{NOW, evidence, expecting, judge, repository, snapshot, time, told};
    use super::*;
    use crate::model::evidence::EvidenceKind;
    use crate::model::verdict::Verdict;
    use crate::world::backups::RepositoryFacts;

    const LAST_NIGHT: &str = "2026-12-27T17:00:00Z";
    const NIGHT_BEFORE: &str = "2026-12-26T17:00:00Z";

    fn read(repository: RepositoryFacts) -> RepositoryFacts {
        let read_back = Some(ReadBack {
            identity: None,
            at: time("2026-12-20T00:00:00Z"),
            extent: Extent::Full,
            ok: true,
            detail: "no errors were found".into(),
        });
        RepositoryFacts { read_back, ..repository }
    }

    fn good() -> RepositoryFacts {
        read(repository("files", &[snapshot(LAST_NIGHT, 100), snapshot(NIGHT_BEFORE, 100)]))
    }

    fn verdict_at(repositories: Vec<RepositoryFacts>, at: &str) -> (Verdict, Vec<String>) {
        let evidence =
            evidence(&BackupFacts { repositories, ..BackupFacts::default() }, EvidenceKind::Observation, NOW);
        told(&judge("before.backups.b", &[&evidence], &expecting(&["files"]), at))
    }

    fn verdict(repository: RepositoryFacts) -> (Verdict, Vec<String>) {
        verdict_at(vec![repository], NOW)
    }

    fn one(verdict: Verdict, finding: &str) -> (Verdict, Vec<String>) {
        (verdict, vec![finding.to_owned()])
    }

    #[test]
    fn recent_whole_and_read_back_is_verified() {
        assert_eq!(verdict(good()), (Verdict::Verified, vec![]));
    }

    #[test]
    fn listed_but_never_read_back_is_unknown() {
        let listed = RepositoryFacts { read_back: None, ..good() };
        assert_eq!(verdict(listed), one(Verdict::Unknown, "unknown data-not-read#files"));
    }

    #[test]
    fn a_read_back_counts_for_a_time_and_for_what_was_read() {
        let mut long_ago = good();
        long_ago.read_back.as_mut().unwrap().at = time("2026-11-20T00:00:00Z");
        assert_eq!(verdict(long_ago), one(Verdict::Unknown, "unknown data-not-read#files"));
        let mut partly = good();
        partly.read_back.as_mut().unwrap().extent = Extent::Percent(10);
        assert_eq!(verdict(partly), one(Verdict::Unknown, "unknown data-partly-read#files"));
        let mut ahead = good();
        ahead.read_back.as_mut().unwrap().at = time("2027-12-20T00:00:00Z");
        assert_eq!(verdict(ahead), one(Verdict::Unknown, "unknown data-not-read#files"));
    }

    #[test]
    fn a_read_back_that_failed_now_leaves_an_earlier_one_standing() {
        let why = Unknown::new(
            UnknownCode::ToolFailed,
            "files",
            Text::new("ロック中", "locked"),
            Text::new("後で", "later"),
        );
        let covered = RepositoryFacts { read_blind: Some(why), ..good() };
        assert_eq!(verdict(covered.clone()), one(Verdict::Verified, "note tool-failed#files"));
        let never = RepositoryFacts { read_back: None, ..covered };
        assert_eq!(verdict(never).1, ["unknown data-not-read#files", "unknown tool-failed#files"]);
    }

    #[test]
    fn damage_fails_however_long_ago_it_was_seen() {
        let mut damaged = good();
        *damaged.read_back.as_mut().unwrap() = ReadBack {
            identity: None,
            at: time("2026-10-01T00:00:00Z"),
            extent: Extent::Percent(5),
            ok: false,
            detail: "pack".into(),
        };
        assert_eq!(verdict(damaged), one(Verdict::Failing, "failing backup-damaged#files"));
    }

    #[test]
    fn an_old_backup_fails_where_it_was_old_when_it_was_seen() {
        let old = read(repository("files", &[snapshot("2026-12-26T00:00:00Z", 100)]));
        assert_eq!(verdict(old), one(Verdict::Failing, "failing backup-old#files"));
        // Nobody has looked since: that shows no fault.
        let later = verdict_at(vec![good()], "2026-12-28T23:00:00Z");
        assert_eq!(later, one(Verdict::Unknown, "unknown stale#files"));
    }

    #[test]
    fn the_limit_itself_is_not_old() {
        let edge = read(repository("files", &[snapshot("2026-12-27T01:00:00Z", 100)]));
        assert_eq!(verdict(edge).0, Verdict::Verified);
        let over = read(repository("files", &[snapshot("2026-12-27T00:59:59Z", 100)]));
        assert_eq!(verdict(over).0, Verdict::Failing);
    }

    #[test]
    fn a_backup_from_the_future_has_no_known_age() {
        let ahead = read(repository("files", &[snapshot("2027-06-01T00:00:00Z", 100)]));
        assert_eq!(verdict(ahead), one(Verdict::Unknown, "unknown backup-in-future#files:files:/srv"));
    }

    #[test]
    fn less_than_half_of_the_one_before_fails() {
        let half = read(repository("files", &[snapshot(LAST_NIGHT, 51), snapshot(NIGHT_BEFORE, 101)]));
        assert_eq!(verdict(half).0, Verdict::Verified);
        let less = read(repository("files", &[snapshot(LAST_NIGHT, 50), snapshot(NIGHT_BEFORE, 101)]));
        assert_eq!(verdict(less), one(Verdict::Failing, "failing backup-shrunk#files:files:/srv"));
        let none = read(repository("files", &[snapshot(LAST_NIGHT, 0)]));
        assert_eq!(verdict(none), one(Verdict::Failing, "failing backup-empty#files:files:/srv"));
    }

    #[test]
    fn a_size_that_could_not_be_seen_is_unknown() {
        let why = Unknown::new(
            UnknownCode::TimedOut,
            "restic",
            Text::new("遅すぎます", "too slow"),
            Text::new("後で", "later"),
        );
        let mut unsized_backup = snapshot(LAST_NIGHT, 0);
        unsized_backup.size = Seen::Unknown(why);
        let told = verdict(read(repository("files", &[unsized_backup])));
        assert_eq!(told, one(Verdict::Unknown, "unknown timed-out#restic"));
    }

    #[test]
    fn a_series_that_stopped_is_not_hidden_by_another_that_goes_on() {
        let mut two = good();
        if let Seen::Known(contents) = &mut two.contents {
            let mut stopped = contents.series[0].clone();
            stopped.label = "/home".into();
            stopped.newest = snapshot("2026-09-01T00:00:00Z", 100);
            contents.series.push(stopped);
        }
        assert_eq!(verdict(two), one(Verdict::Unknown, "unknown series-stopped#files:files:/home"));
    }

    #[test]
    fn a_repository_without_limits_is_unknown_and_an_empty_one_fails() {
        let mut other = good();
        other.name = "elsewhere".into();
        let told = verdict_at(vec![good(), other], NOW);
        assert_eq!(told, one(Verdict::Unknown, "unknown not-configured#elsewhere"));
        assert_eq!(verdict(repository("files", &[])), one(Verdict::Failing, "failing no-snapshot#files"));
        assert_eq!(verdict_at(vec![], NOW), one(Verdict::Unknown, "unknown not-looked#files"));
    }
}
