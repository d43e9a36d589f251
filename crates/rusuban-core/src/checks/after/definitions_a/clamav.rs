//! ClamAV under judgement: what lies on disk, what the daemon has loaded, and what it finds. Knows no phase.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::checks::Context;
use crate::model::text::Text;
use crate::model::verdict::{Findings, Seen, UnknownCode};
use crate::world::definitions::{ClamavFacts, Control, DaemonFacts, DatabaseHeader, Loaded};

/// The item of findings about ClamAV.
const ITEM: &str = "clamav";

/// How far the build of definitions may lie ahead of the look: clocks of two machines are never quite equal.
pub(super) const CLOCK_SLACK: SignedDuration = SignedDuration::from_hours(1);

pub(super) struct Clamav<'a> {
    pub facts: &'a ClamavFacts,
    pub seen_at: Timestamp,
    pub context: &'a Context<'a>,
    pub findings: &'a mut Findings,
}

impl Clamav<'_> {
    pub(super) fn judge(&mut self) {
        let on_disk = self.on_disk();
        self.directories();
        match &self.facts.daemon {
            Seen::Known(daemon) => self.daemon(daemon, on_disk.as_ref()),
            Seen::Unknown(why) => self.findings.unseen(why),
        }
    }

    /// Judges the databases on disk: main holds the most signatures, daily is the one that is rebuilt every day. Gives
    /// the newest header of daily.
    fn on_disk(&mut self) -> Option<DatabaseHeader> {
        let facts = self.facts;
        if !facts.files.iter().any(|file| file.database == "main") {
            self.no_definitions("main");
        }
        let daily: Vec<_> = facts.files.iter().filter(|file| file.database == "daily").collect();
        if daily.is_empty() {
            self.no_definitions("daily");
            return None;
        }
        if daily.len() > 1 {
            self.two_copies();
        }
        for file in &daily {
            if let Seen::Unknown(why) = &file.header {
                self.findings.unseen(why);
            }
        }
        let newest =
            daily.iter().filter_map(|file| file.header.known()).max_by_key(|header| header.version)?;
        self.age(newest.built_at, ITEM);
        Some(newest.clone())
    }

    fn age(&mut self, built_at: Timestamp, item: &str) {
        let limit = self.context.policy.definitions.max_age_hours;
        let age = self.seen_at.duration_since(built_at);
        if built_at > self.seen_at + CLOCK_SLACK {
            in_future(built_at, item, self.findings);
        } else if age > SignedDuration::from_secs(limit.saturating_mul(3600)) {
            let hours = age.as_hours();
            let hint = if self.facts.updater_installed {
                Text::new(
                    "`sudo freshclam` で更新し、`clamdscan --reload` で読み込ませてください",
                    "update with `sudo freshclam` and load with `clamdscan --reload`",
                )
            } else {
                Text::new(
                    "freshclam がありません。`sudo apt install clamav-freshclam` で導入してください",
                    "freshclam is not installed: `sudo apt install clamav-freshclam`",
                )
            };
            self.findings.failing(
                "definitions-old",
                item,
                Text::new(
                    format!("ClamAV の定義が{hours}時間前のもので、上限{limit}時間を超えています"),
                    format!("the definitions of ClamAV are {hours} hours old; the limit is {limit} hours"),
                ),
                hint,
            );
        }
    }

    fn daemon(&mut self, daemon: &DaemonFacts, on_disk: Option<&DatabaseHeader>) {
        match &daemon.version {
            Seen::Unknown(why) => self.findings.unseen(why),
            Seen::Known(version) => match &version.loaded {
                None => self.none_loaded(),
                Some(loaded) => self.loaded(loaded, on_disk),
            },
        }
        match &daemon.control {
            Seen::Unknown(why) => self.findings.unseen(why),
            Seen::Known(control) => self.control(control),
        }
    }

    fn loaded(&mut self, loaded: &Loaded, on_disk: Option<&DatabaseHeader>) {
        match on_disk {
            Some(disk) if loaded.version < disk.version => {
                self.findings.failing(
                    "loaded-older",
                    ITEM,
                    Text::new(
                        format!(
                            "clamd が読み込んでいる定義（{}）がディスク上の定義（{}）より古いままです",
                            loaded.version, disk.version
                        ),
                        format!(
                            "clamd has loaded definitions {}, older than {} on disk",
                            loaded.version, disk.version
                        ),
                    ),
                    Text::new(
                        "`clamdscan --reload` で読み込ませてください。続くなら freshclam.conf の NotifyClamd を確かめてください",
                        "load them with `clamdscan --reload`; if it happens again, look at NotifyClamd in freshclam.conf",
                    ),
                );
            }
            Some(disk) if loaded.version == disk.version => {}
            // Not what was seen on disk: the daemon's own date is all there is. It names no zone; the closure's is taken.
            _ => {
                let zone = TimeZone::get(&self.context.closure.time_zone).unwrap_or(TimeZone::UTC);
                if let Ok(built) = loaded.built_local.to_zoned_datetime(zone) {
                    self.age(built.timestamp(), "clamd");
                }
            }
        }
    }

    fn control(&mut self, control: &Control) {
        if control.eicar.is_none() {
            self.findings.failing(
                "eicar-not-found",
                ITEM,
                Text::new(
                    "clamd が EICAR 試験文字列を検知しませんでした。検知が働いていません",
                    "clamd did not find the EICAR test string: detection does not work",
                ),
                Text::new(
                    "`sudo freshclam` と `clamdscan --reload` の後、`sudo systemctl status clamav-daemon` を確かめてください",
                    "run `sudo freshclam` and `clamdscan --reload`, then see `sudo systemctl status clamav-daemon`",
                ),
            );
        } else if !control.harmless_passed {
            self.findings.unknown(
                UnknownCode::ControlFailed.as_str(),
                ITEM,
                Text::new(
                    "clamd は無害なデータまで検知したため、検知が働いているとは言えません",
                    "clamd finds something in harmless data too, so its findings show nothing",
                ),
                Text::new(
                    "clamd の定義（独自の .ndb、.yara など）を確かめてください",
                    "look at the definitions of clamd (.ndb and .yara files of your own)",
                ),
            );
        }
    }

    fn no_definitions(&mut self, database: &str) {
        let directory = &self.facts.directory;
        self.findings.failing(
            "no-definitions",
            &format!("{ITEM}:{database}"),
            Text::new(
                format!("{directory} に ClamAV の定義（{database}.cvd、{database}.cld）がありません"),
                format!("there are no ClamAV definitions ({database}.cvd, {database}.cld) in {directory}"),
            ),
            Text::new("`sudo freshclam` で取得してください", "fetch them with `sudo freshclam`"),
        );
    }

    fn none_loaded(&mut self) {
        self.findings.failing(
            "no-definitions-loaded",
            ITEM,
            Text::new("clamd は公式の定義を読み込んでいません", "clamd has loaded no official definitions"),
            Text::new(
                "`sudo freshclam` の後、`sudo systemctl restart clamav-daemon` を実行してください",
                "run `sudo freshclam`, then `sudo systemctl restart clamav-daemon`",
            ),
        );
    }

    fn two_copies(&mut self) {
        self.findings.note(
            "two-copies",
            "daily",
            Text::new(
                "daily.cvd と daily.cld の両方があります。新しい方で判定しました",
                "both daily.cvd and daily.cld are there; the newer one was judged",
            ),
            Text::new(
                "古い方を削除し、`sudo freshclam` を実行してください",
                "remove the older one and run `sudo freshclam`",
            ),
        );
    }

    fn directories(&mut self) {
        let Some(other) = &self.facts.updater_directory else { return };
        let directory = &self.facts.directory;
        self.findings.note(
            "directories-differ",
            ITEM,
            Text::new(
                format!("freshclam は {other} に書き、clamd は {directory} を読みます"),
                format!("freshclam writes to {other}, clamd reads {directory}"),
            ),
            Text::new(
                "clamd.conf と freshclam.conf の DatabaseDirectory を揃えてください",
                "set the same DatabaseDirectory in clamd.conf and freshclam.conf",
            ),
        );
    }
}

/// Definitions that were built after they were looked at: one of the clocks is wrong, and their age unknown.
pub(super) fn in_future(built_at: Timestamp, item: &str, findings: &mut Findings) {
    findings.unknown(
        "definitions-in-future",
        item,
        Text::new(
            format!("定義の日時（{built_at}）が未来のため、古さを判定できません"),
            format!("the definitions are dated in the future ({built_at}): their age is unknown"),
        ),
        Text::new(
            "この機器の時計を確かめてください（`timedatectl`、Windows では `w32tm /query /status`）",
            "look at the clock of the machine (`timedatectl`, on Windows `w32tm /query /status`)",
        ),
    );
}
