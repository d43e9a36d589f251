//! Coverage: whether the logs of the whole closure are there, and could be read. What is missing makes the review's
//! result Unknown (未確認), never good.

use std::collections::{BTreeMap, BTreeSet};

use rusuban_core::model::text::Text;

use crate::activity::{Activities, Evidence, FileId, HOUR, Heard, Name, Nanos};
use crate::context::{ClosureContext, Host, Period};

/// A file of the review, as its caller knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Its number.
    pub id: FileId,
    /// Its name, as people know it.
    pub name: String,
    /// Why it, or a part of it, was not read.
    pub not_read: Option<Text>,
}

/// What one source of one host gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceCoverage {
    /// Id of the source.
    pub source: Name,
    /// The host; empty where the log does not say.
    pub host: Name,
    /// Events in the closure.
    pub events: u64,
    /// First event in the closure.
    pub first: Option<Nanos>,
    /// Last event in the closure.
    pub last: Option<Nanos>,
    /// Hours of the closure with events.
    pub hours_heard: usize,
    /// Hours of the closure in which it could have been heard: all, but for when its host was to be off.
    pub hours_open: usize,
    /// Silent stretches, in whole hours.
    pub gaps: Vec<Period>,
    /// Whether it should be heard in every hour, and why.
    pub expected: Option<Expected>,
    /// Events whose time was read with an assumed zone.
    pub zone_assumed: u64,
    /// Events whose year was inferred.
    pub year_inferred: u64,
    /// Events without a usable time: it is not known when they happened.
    pub untimed: u64,
}

/// Why a source should be heard in every hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Expected {
    /// Somebody declared it.
    Declared,
    /// It was before the closure.
    Baseline,
}

/// What one file gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileCoverage {
    /// The file.
    pub file: File,
    /// Records that became events.
    pub parsed: u64,
    /// Records that did not.
    pub unparsed: u64,
    /// The reasons, with their numbers.
    pub reasons: Vec<(Name, u64)>,
    /// Some of the records that did not.
    pub examples: Vec<Evidence>,
}

/// Something that is missing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Shortfall {
    /// Stable code of its kind.
    pub code: &'static str,
    /// Tells two of one kind apart.
    pub item: String,
    /// What is missing.
    pub message: Text,
    /// What to do.
    pub hint: Text,
}

/// How much of the closure the logs cover.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Coverage {
    /// By source and host.
    pub sources: Vec<SourceCoverage>,
    /// By file.
    pub files: Vec<FileCoverage>,
    /// What is missing. Empty only where the whole closure was seen.
    pub shortfalls: Vec<Shortfall>,
}

/// A source was "always there" before the closure where it was heard in so many of a hundred hours.
const HABIT: usize = 95;
/// So many hours make a habit.
const LEAST_HOURS: usize = 48;
/// So many records of a thousand that cannot be read are too many.
const UNPARSED: u64 = 10;

/// Judges coverage.
pub fn coverage(activities: &Activities, files: &[File], context: &ClosureContext) -> Coverage {
    let mut by_source: BTreeMap<(&Name, &Name), Vec<&Heard>> = BTreeMap::new();
    for heard in &activities.heard {
        by_source.entry((&heard.source, &heard.host)).or_default().push(heard);
    }
    let sources: Vec<SourceCoverage> =
        by_source.iter().map(|((source, host), hours)| of_source(source, host, hours, context)).collect();
    let mut result = Coverage { files: of_files(activities, files), sources, shortfalls: Vec::new() };
    let mut missing = Vec::new();
    nothing_expected(&result.sources, context, &mut missing);
    for source in &result.sources {
        missing.extend(gap(source, context));
        missing.extend(untimed(source));
    }
    declared_and_silent(&result.sources, context, &mut missing);
    for file in &result.files {
        missing.extend(unread(file));
    }
    missing.sort();
    result.shortfalls = missing;
    result
}

fn of_source(source: &Name, host: &Name, hours: &[&Heard], context: &ClosureContext) -> SourceCoverage {
    let closure = context.closure;
    let declared = context.host(host);
    let off = declared.and_then(|h| h.off);
    let inside: Vec<&&Heard> = hours
        .iter()
        .filter(|h| h.hour.is_some_and(|at| closure.from < at + HOUR && at < closure.to))
        .collect();
    let heard: BTreeSet<Nanos> = inside.iter().filter_map(|h| h.hour).collect();
    let open: Vec<Nanos> = hours_of(closure)
        .filter(|at| off.is_none_or(|off| !(off.from < at + HOUR && *at < off.to)))
        .collect();
    let mut gaps: Vec<Period> = Vec::new();
    for at in open.iter().filter(|at| !heard.contains(at)) {
        match gaps.last_mut() {
            Some(last) if last.to == *at => last.to = at + HOUR,
            _ => gaps.push(Period { from: *at, to: at + HOUR }),
        }
    }
    let sum = |part: fn(&Heard) -> u64| hours.iter().map(|h| part(h)).sum::<u64>();
    SourceCoverage {
        source: source.clone(),
        host: host.clone(),
        events: inside.iter().map(|h| h.count).sum(),
        first: inside.iter().filter_map(|h| h.first).min(),
        last: inside.iter().filter_map(|h| h.last).max(),
        hours_heard: open.iter().filter(|at| heard.contains(at)).count(),
        hours_open: open.len(),
        gaps,
        expected: expected(source, declared, hours, context),
        zone_assumed: sum(|h| h.zone_assumed),
        year_inferred: sum(|h| h.year_inferred),
        untimed: hours.iter().filter(|h| h.hour.is_none()).map(|h| h.count).sum(),
    }
}

/// The starts of the hours of a period.
fn hours_of(period: Period) -> impl Iterator<Item = Nanos> {
    let (first, last) = (period.from.div_euclid(HOUR), (period.to - 1).div_euclid(HOUR));
    (first..=last).map(|hour| hour * HOUR)
}

fn is_declared(host: &Host, source: &str) -> bool {
    host.always_on.iter().any(|s| s == "*" || s.eq_ignore_ascii_case(source))
}

fn expected(
    source: &str,
    declared: Option<&Host>,
    hours: &[&Heard],
    context: &ClosureContext,
) -> Option<Expected> {
    if declared.is_some_and(|host| is_declared(host, source)) {
        return Some(Expected::Declared);
    }
    let start = context.baseline_start?;
    let before: BTreeSet<Nanos> =
        hours.iter().filter_map(|h| h.hour).filter(|at| start <= *at && *at < context.closure.from).collect();
    let span = usize::try_from((context.closure.from - before.first()?).div_euclid(HOUR)).unwrap_or(0);
    (span >= LEAST_HOURS && before.len() * 100 >= span * HABIT).then_some(Expected::Baseline)
}

fn of_files(activities: &Activities, files: &[File]) -> Vec<FileCoverage> {
    let one = |file: &File| {
        let refused: Vec<_> = activities.unread.iter().filter(|u| u.file == file.id).collect();
        FileCoverage {
            file: file.clone(),
            parsed: activities.files.get(&file.id).copied().unwrap_or(0),
            unparsed: refused.iter().map(|u| u.count).sum(),
            reasons: refused.iter().map(|u| (u.reason.clone(), u.count)).collect(),
            examples: refused.iter().flat_map(|u| u.examples.iter().cloned()).take(8).collect(),
        }
    };
    files.iter().map(one).collect()
}

/// Without a declaration and without logs from before nobody knows which logs should be there.
fn nothing_expected(sources: &[SourceCoverage], context: &ClosureContext, missing: &mut Vec<Shortfall>) {
    if sources.iter().all(|s| s.events == 0) {
        missing.push(Shortfall {
            code: "no-logs",
            item: String::new(),
            message: Text::new("休業期間のログが1件もありません", "there is not a single log of the closure"),
            hint: Text::new("ログのある場所を指定してください", "say where the logs are"),
        });
    }
    let declared = context.lists.hosts.iter().any(|h| !h.always_on.is_empty());
    if !declared && sources.iter().all(|s| s.expected.is_none()) {
        missing.push(Shortfall {
            code: "expected-logs-unknown",
            item: String::new(),
            message: Text::new(
                "どのログが途切れずにあるはずかが分からないため、欠けたログがあっても分かりません",
                "it is not known which logs should be there in every hour, so missing ones cannot be seen",
            ),
            hint: Text::new(
                "hosts.csv の「常時記録」に書くか、休業前2日分以上のログを加えてください",
                "write them into the column `always_on` of hosts.csv, or add the logs of two days or more before the closure",
            ),
        });
    }
}

fn gap(source: &SourceCoverage, context: &ClosureContext) -> Option<Shortfall> {
    source.expected?;
    let longest = source.gaps.iter().max_by_key(|gap| gap.to - gap.from)?;
    let hours: Nanos = source.gaps.iter().map(|gap| (gap.to - gap.from) / HOUR).sum();
    let (from, to) = (context.clock(Some(longest.from)), context.clock(Some(longest.to)));
    let name = label(&source.source, &source.host);
    Some(Shortfall {
        code: "log-gap",
        message: Text::new(
            format!("{name} のログが休業中の {hours} 時間分ありません（最長 {from} から {to}）"),
            format!(
                "the log {name} is missing in {hours} hours of the closure (the longest stretch {from} to {to})"
            ),
        ),
        item: name,
        hint: Text::new(
            "別の場所（ログサーバ、機器の本体、バックアップ）に残っていないか探して加えてください",
            "look for it elsewhere (log server, the machine itself, backups) and add it",
        ),
    })
}

fn label(source: &str, host: &str) -> String {
    if host.is_empty() { source.to_owned() } else { format!("{source}@{host}") }
}

fn untimed(source: &SourceCoverage) -> Option<Shortfall> {
    let count = source.untimed;
    let name = label(&source.source, &source.host);
    (count > 0).then(|| Shortfall {
        code: "no-time",
        message: Text::new(
            format!("{name} の {count} 件は時刻がないか時計が合っておらず、いつの記録か分かりません"),
            format!(
                "{count} records of {name} have no time, or an unset clock: it is not known when they were"
            ),
        ),
        item: name,
        hint: Text::new(
            "前後の記録から時刻を推し量り、機器の時刻同期を設定してください",
            "tell their time from the records around them, and set up the machine's time service",
        ),
    })
}

/// Hosts that were declared and never heard at all stand in no source.
fn declared_and_silent(sources: &[SourceCoverage], context: &ClosureContext, missing: &mut Vec<Shortfall>) {
    for host in &context.lists.hosts {
        let name = host.names.first().map_or("", String::as_str);
        for wanted in &host.always_on {
            let heard = sources.iter().any(|s| {
                (wanted == "*" || s.source.eq_ignore_ascii_case(wanted))
                    && context.host(&s.host).is_some_and(|h| std::ptr::eq(h, host))
            });
            if !heard {
                let item = if wanted == "*" { name.to_owned() } else { label(wanted, name) };
                missing.push(Shortfall {
                    code: "source-missing",
                    message: Text::new(
                        format!("{item} のログが1件もありません"),
                        format!("there is no log of {item} at all"),
                    ),
                    item,
                    hint: Text::new(
                        "その機器のログを加えるか、hosts.csv を直してください",
                        "add the machine's log, or mend hosts.csv",
                    ),
                });
            }
        }
    }
}

fn unread(file: &FileCoverage) -> Option<Shortfall> {
    let name = &file.file.name;
    if let Some(why) = &file.file.not_read {
        return Some(Shortfall {
            code: "file-not-read",
            item: name.clone(),
            message: Text::new(
                format!("{name} を読めませんでした: {}", why.ja),
                format!("{name} could not be read: {}", why.en),
            ),
            hint: Text::new(
                "読める形にして加えてください",
                "bring it into a form that can be read and add it",
            ),
        });
    }
    let (parsed, unparsed) = (file.parsed, file.unparsed);
    (unparsed > 0 && unparsed * 1000 > (parsed + unparsed) * UNPARSED).then(|| Shortfall {
        code: "lines-not-parsed",
        item: name.clone(),
        message: Text::new(
            format!("{name} の {unparsed} 件（読めたもの {parsed} 件）は書式が分からず、確認できていません"),
            format!("{unparsed} records of {name} have no known form ({parsed} have) and were not reviewed"),
        ),
        hint: Text::new(
            "報告にある例を見て、対応する形式で書き出し直すか、人の目で確認してください",
            "see the examples in the report; export the log in a supported form, or review it by eye",
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::activity::Unread;
    use crate::context::fixture::{at, office};

    fn hours(source: &str, host: &str, from: &str, to: &str) -> Vec<Heard> {
        let all = hours_of(Period { from: at(from), to: at(to) });
        all.map(|hour| Heard {
            source: source.into(),
            host: host.into(),
            hour: Some(hour),
            first: Some(hour),
            last: Some(hour + 1),
            minutes: 1,
            count: 2,
            zone_assumed: 1,
            year_inferred: 0,
            backwards: 0,
            forwards: 0,
            farthest_back: 0,
            evidence: Evidence::default(),
        })
        .collect()
    }

    fn codes(activities: &Activities, files: &[File]) -> Vec<(&'static str, String)> {
        let found = coverage(activities, files, &office(true)).shortfalls;
        found.into_iter().map(|s| (s.code, s.item)).collect()
    }

    fn of(heard: Vec<Heard>) -> Activities {
        Activities { heard, ..Activities::default() }
    }

    #[test]
    fn the_whole_closure_was_seen() {
        let mut heard = hours("fortigate", "fw1", "2026-12-10 00:00", "2027-01-04 00:00");
        heard.extend(hours("linux", "fs1", "2026-12-10 00:00", "2026-12-26 00:00"));
        let result = coverage(&of(heard), &[], &office(true));
        assert!(result.shortfalls.is_empty(), "{:#?}", result.shortfalls);
        let fw = &result.sources[0];
        assert_eq!((fw.hours_heard, fw.hours_open, fw.events), (216, 216, 432));
        assert_eq!(result.sources[1].hours_open, 0, "it was to be off");
    }

    #[test]
    fn one_hour_without_a_log_is_unknown() {
        let mut heard = hours("fortigate", "fw1", "2026-12-26 00:00", "2026-12-30 03:00");
        heard.extend(hours("fortigate", "fw1", "2026-12-30 04:00", "2027-01-04 00:00"));
        assert_eq!(codes(&of(heard), &[]), [("log-gap", "fortigate@fw1".to_owned())]);
    }

    #[test]
    fn what_was_there_before_must_be_there() {
        let mut heard = hours("fortigate", "fw1", "2026-12-26 00:00", "2027-01-04 00:00");
        heard.extend(hours("linux", "db1", "2026-12-10 00:00", "2026-12-26 00:00"));
        assert_eq!(codes(&of(heard), &[]), [("log-gap", "linux@db1".to_owned())]);
    }

    #[test]
    fn a_machine_that_is_off_at_night_may_be_silent() {
        let mut heard = hours("fortigate", "fw1", "2026-12-26 00:00", "2027-01-04 00:00");
        for day in 7..26 {
            heard.extend(hours(
                "windows",
                "pc1",
                &format!("2026-12-{day:02} 09:00"),
                &format!("2026-12-{day:02} 18:00"),
            ));
        }
        assert!(codes(&of(heard), &[]).is_empty());
    }

    #[test]
    fn nothing_at_all() {
        let found = codes(&Activities::default(), &[]);
        assert_eq!(found, [("no-logs", String::new()), ("source-missing", "fw1".to_owned())]);
    }

    #[test]
    fn files_that_could_not_be_read() {
        let mut activities = of(hours("fortigate", "fw1", "2026-12-26 00:00", "2027-01-04 00:00"));
        activities.files.insert(FileId(1), 1000);
        let refused =
            |file, count| Unread { file: FileId(file), reason: "x".into(), count, examples: Vec::new() };
        activities.unread = vec![refused(1, 5), refused(2, 5)];
        let file =
            |id, name: &str, why: Option<Text>| File { id: FileId(id), name: name.into(), not_read: why };
        let files = [
            file(1, "good.log", None),
            file(2, "odd.log", None),
            file(3, "locked.zip", Some(Text::new("暗号", "encrypted"))),
        ];
        let expected =
            [("file-not-read", "locked.zip".to_owned()), ("lines-not-parsed", "odd.log".to_owned())];
        assert_eq!(codes(&activities, &files), expected);
    }

    #[test]
    fn a_log_without_times_is_unknown() {
        let mut heard = hours("fortigate", "fw1", "2026-12-26 00:00", "2027-01-04 00:00");
        let mut untimed = heard[0].clone();
        (untimed.hour, untimed.first, untimed.last, untimed.source) = (None, None, None, "rtx".into());
        heard.push(untimed);
        assert!(codes(&of(heard), &[]).iter().any(|(code, item)| *code == "no-time" && item == "rtx@fw1"));
    }
}
