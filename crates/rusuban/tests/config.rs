//! The configuration as its users meet it: what holds, and what they are told where it does not.
//!
//! It must not know how the text is read.

#![expect(clippy::panic, reason = "the helpers of a test may end it")]

use std::path::{Path, PathBuf};

use jiff::civil::date;
use proptest::prelude::*;
use rusuban::config::{self, BackupTool, Config, EXAMPLE, LoadError, Problem, SecretRef, Vocabulary};
use rusuban_core::calendar::{DayKind, HolidayList, OfficeCalendar, Reason};
use rusuban_core::model::policy::{Policy, Transport};
use rusuban_core::model::text::Lang;

fn problems(text: &str) -> Vec<Problem> {
    match config::parse("rusuban.toml", text) {
        Ok(config) => panic!("no problem was found: {config:?}"),
        Err(problems) => problems,
    }
}

/// Line and field of each problem.
fn places(text: &str) -> Vec<(usize, String)> {
    problems(text).into_iter().map(|problem| (problem.line, problem.field)).collect()
}

fn rendered(problems: &[Problem]) -> String {
    let both = |problem: &Problem| format!("{}\n{}", problem.render(Lang::Ja), problem.render(Lang::En));
    problems.iter().map(both).collect::<Vec<_>>().join("\n\n")
}

/// The example with every option that it comments out.
fn example_with_everything() -> String {
    let option = |line: &'static str| match line.strip_prefix('#') {
        Some(option) if !option.starts_with(' ') => option,
        _ => line,
    };
    EXAMPLE.lines().map(option).collect::<Vec<_>>().join("\n")
}

#[test]
fn nothing_configured_is_a_configuration() {
    assert_eq!(config::parse("rusuban.toml", ""), Ok(Config::default()));
    assert_eq!(config::parse("rusuban.toml", "\u{feff}# BOM\r\n"), Ok(Config::default()));
    assert_eq!(config::parse("rusuban.toml", EXAMPLE), Ok(Config::default()), "the example as it stands");
}

#[test]
fn the_example_holds_with_everything_uncommented() {
    let config = config::parse("/etc/rusuban/rusuban.toml", &example_with_everything())
        .unwrap_or_else(|problems| panic!("{}", rendered(&problems)));
    assert_eq!(config.organisation.vocabulary, Vocabulary::Municipality);
    assert_eq!(config.store.data_dir, Some(PathBuf::from("/var/lib/rusuban")));
    assert_eq!(config.store.database_url, Some(SecretRef::Env("RUSUBAN_DATABASE_URL".into())));
    assert_eq!(config.catalogues, [PathBuf::from("/etc/rusuban/catalogue/our-rules.toml")]);
    assert_eq!(config.calendar.working, [date(2026, 12, 29), date(2027, 1, 3)]);
    assert_eq!(config.calendar.closed.len(), 4);
    assert_eq!(config.machine.asset.as_deref(), Some("srv-0012"));
    assert_eq!(config.password_list, Some(PathBuf::from("/etc/rusuban/common-passwords.txt")));
    let backup = config.backups.first().unwrap();
    assert_eq!((backup.tool, backup.name.as_str()), (BackupTool::Restic, "ファイルサーバ"));
    assert_eq!(backup.password, Some(SecretRef::Env("RESTIC_PASSWORD".into())));
    let env = [
        ("AWS_ACCESS_KEY_ID".to_owned(), SecretRef::Env("BACKUP_KEY_ID".into())),
        ("AWS_SECRET_ACCESS_KEY".to_owned(), SecretRef::File("/etc/rusuban/backup.key".into())),
    ];
    assert_eq!(backup.env, env);
    let allowed = config.policy.exposure.allow.first().unwrap();
    assert_eq!((allowed.port, allowed.transport), (22, Transport::Tcp));
    assert_eq!(allowed.until, Some(date(2027, 3, 31)));
    assert_eq!(config.documents.len(), 1);
    assert_eq!((config.policy.logs.case_open_days, config.policy.logs.investigation_days), (3, 14));
    let mapping = config.log_mapping.list.first().unwrap();
    assert_eq!((mapping.source_name.as_str(), mapping.fields.len()), ("入退室管理", 4));
    assert_eq!(mapping.when, [("kind".to_owned(), "door".to_owned())]);
}

#[test]
fn a_mapping_of_fields_holds_or_is_refused_with_its_place() {
    let text = r#"
[[log_mapping]]
source = "扉"
time_format = "日付"
[log_mapping.fields]
who = "user.nam"
at.ip = "source.ip"
when = 7

[[log_mapping]]
source = "扉"

[[log_mapping]]
source = "無"
[log_mapping.fields]
"#;
    let places = places(text);
    let expected = [
        (4, "log_mapping[0].time_format"),
        (6, "log_mapping[0].fields.who"),
        (7, "log_mapping[0].fields.at"),
        (8, "log_mapping[0].fields.when"),
    ];
    for (line, field) in expected {
        assert!(places.contains(&(line, field.to_owned())), "{line} {field}: {places:?}");
    }
    let fields: Vec<&str> = places.iter().map(|(_, field)| field.as_str()).collect();
    assert!(
        fields.contains(&"log_mapping[1].source") && fields.contains(&"log_mapping[1].fields"),
        "{places:?}"
    );
    assert!(fields.contains(&"log_mapping[2]"), "{places:?}");
    assert!(rendered(&problems(text)).contains("did you mean `user.name`?"));
}

/// What the guides tell people to write is what is read.
#[test]
fn the_guides_show_valid_configurations() {
    let mut shown = 0;
    for check in rusuban_core::checks::registry::ALL {
        for guide in [check.meta().guide_ja, check.meta().guide_en] {
            for block in guide.split("```toml\n").skip(1) {
                let text = block.split("```").next().unwrap_or_default();
                let read = config::parse(check.meta().id, text);
                assert!(read.is_ok(), "{}", rendered(&read.unwrap_err()));
                shown += 1;
            }
        }
    }
    assert!(shown >= 2, "the guides of before.exposure.a show one each");
}

/// Where the example says that a number is the default, it is.
#[test]
fn the_numbers_of_the_example_are_the_defaults() {
    let config = config::parse("rusuban.toml", &example_with_everything()).unwrap();
    let default = Policy::default();
    assert_eq!(config.policy.evidence, default.evidence);
    assert_eq!(config.policy.patches, default.patches);
    assert_eq!(config.policy.accounts.stale_days, default.accounts.stale_days);
    assert_eq!(config.policy.definitions, default.definitions);
    assert_eq!(config.policy.clock, default.clock);
    let calendar = config::CalendarConfig::default();
    assert_eq!(config.calendar.time_zone, calendar.time_zone);
    assert_eq!(config.calendar.minimum_days, calendar.minimum_days);
    assert_eq!(config.calendar.year_end, calendar.year_end);
    let named = "[[backup]]\nname = 'a'\ntool = 'borg'\nlocation = '/b'";
    let bare = config::parse("rusuban.toml", named).unwrap();
    let limits = |config: &Config| {
        let backup = config.policy.backups.expected.first().unwrap();
        (backup.max_age_hours, backup.read_data_max_age_days)
    };
    assert_eq!(limits(&config), limits(&bare));
}

const MISTAKES: &str = r#"catalogues = "extra.toml"
data_dir = "/var/lib/rusuban"

[organization]
name = "○○市"

[organisation]
vocabulary = "自冶体"

[store]
database_url_env = "DATABASE_URL"
database_url_file = "/etc/rusuban/url"

[calendar]
time_zone = "Asia/Tokio"
minimum_days = 0
year_end = "yes"
working = ["2026-12-29(水)", 2026-12-30, "12/31"]

[[calendar.closed]]
name = "夏季休業"
first = "令和8年8月16日"
last = 2026-08-13

[[calendar.closed]]
name = "開庁記念日"
yearly = "2-30"

[[calendar.closed]]
date = 2026-10-02
yearly = "10-2"

[policy]
evidence_max_age_hours = 1.5
[policy.patches]
list_max_age_hour = 24
[policy.accounts]
stale_days = 99999999999999999999
[[policy.accounts.expected]]
name = "emergency"

[exposure]
extra_ports = [8443, 70000]

[[exposure.allow]]
port = 22
protocol = "SSH"
owner = "情報システム係長"
reason = " "
until = "3/31"
[[exposure.allow]]
port = 22
transport = "TCP"
owner = "情報システム係長"
reason = "保守"

[[backup]]
name = "ファイルサーバ"
tool = "restik"
location = "rest:https://backup:hunter2@example.jp/repo"
password = "hunter2"

[[backup]]
name = "ファイルサーバ"
tool = "borg"
location = "~/borg"
password_env = "hunter2!"
max_age_hours = -1
env_from = { AWS_SECRET_ACCESS_KEY = "hunter2", BORG_RSH = {} }

[document]
name = "手順書"
path = "procedure.pdf"
color = yes
"#;

/// Also those beside the last line, which is not even TOML.
#[test]
fn every_mistake_is_named_at_once() {
    insta::assert_snapshot!(rendered(&problems(MISTAKES)));
}

#[test]
fn no_message_repeats_a_secret() {
    let shown = rendered(&problems(MISTAKES));
    assert!(!shown.contains("hunter2"), "{shown}");
}

#[test]
fn broken_toml_is_named_line_by_line() {
    let text = "[store]\ndata_dir = /var\n[organisation]\nname = \n[machine]\nasset = \"srv\n";
    let lines: Vec<usize> = problems(text).iter().map(|problem| problem.line).collect();
    assert_eq!(lines, [2, 4, 6]);
    let shown = rendered(&problems("[store]\ndata_dir = \"C:\\rusuban\\data\"\n"));
    assert!(shown.contains("'C:\\rusuban\\data'"), "{shown}");
    let shown = rendered(&problems("[store]\ndata_dir ＝ \"/var\"\n"));
    assert!(shown.contains("全角") && shown.contains("rusuban.toml:2:"), "{shown}");
    let shown = rendered(&problems("[store]\n[store]\n"));
    assert!(shown.contains("2回") && shown.contains("rusuban.toml:2:2"), "{shown}");
}

/// What follows from a broken line is not held against the lines around it.
#[test]
fn a_broken_line_is_told_once() {
    assert_eq!(places("[[backup]]\nname = \"a\"\ntool = restic\nlocation = \"/b\"\n"), [(3, String::new())]);
    assert_eq!(places("[store\ndata_dir = \"/a\"\n"), [(1, String::new())]);
    // Another line's own mistake is, and so is what another section lacks.
    let text = "[machine]\nasset = yes\n[[document]]\nname = \"a\"\n[[document]]\nname = \"b\"\npath = no\n";
    assert_eq!(places(text), [(2, String::new()), (3, "document[0].path".to_owned()), (7, String::new())]);
    assert_eq!(
        places("[calendar]\nminimum_days = 99\nyear_end = yes\n"),
        [(2, "calendar.minimum_days".to_owned()), (3, String::new())]
    );
}

#[test]
fn a_key_under_the_wrong_heading_is_sent_home() {
    for (text, home) in [
        ("[policy]\nstale_days = 1", "[policy.accounts]"),
        ("[policy]\n[[policy.document]]\nname = 'a'", "top level"),
        ("[accounts]\nstale_days = 1", "[policy]"),
        ("[calendar]\nfoo = 1", "time_zone"),
    ] {
        let shown = rendered(&problems(text));
        assert!(shown.contains(home), "{shown}");
    }
}

#[test]
fn lines_and_columns_count_characters_with_any_line_ending() {
    for text in ["# 設定\r\n[store]\r\n\"データ\" = 1\r\n", "\u{feff}# 設定\n[store]\n\"データ\" = 1\n"]
    {
        let found = problems(text);
        let first = found.first().unwrap();
        assert_eq!((first.line, first.column), (3, 1), "{text:?}");
    }
    let found =
        problems("[organisation]\nname = \"あ\"\n[calendar]\nworking = [\"令和8年12月28日\", \"年末\"]");
    let first = found.first().unwrap();
    assert_eq!((first.line, first.column, first.field.as_str()), (4, 26, "calendar.working[1]"));
}

#[test]
fn dates_are_read_as_people_write_them() {
    let text = "[calendar]\nworking = [2026-12-28, \"2026/12/28\", \"令和8年12月28日(月)\", \"R8.12.28\"]";
    assert_eq!(config::parse("c", text).unwrap().calendar.working, [date(2026, 12, 28); 4]);
    assert_eq!(
        places("[calendar]\nworking = [2026-12-28T09:00:00]"),
        [(2, "calendar.working[0]".to_owned())]
    );
    let yearly = |day: &str| format!("[[calendar.closed]]\nname = 'x'\nyearly = {day}");
    for day in ["'6-23'", "'06/23'", "'6月23日'", "'６－２３'", "['12-28', '1-4']"] {
        assert!(config::parse("c", &yearly(day)).is_ok(), "{day}");
    }
    for day in ["'6-31'", "'6-23(火)'", "'23'", "''", "623", "['8-13']", "['8-13', '8-32']", "2026-06-23"] {
        assert!(config::parse("c", &yearly(day)).is_err(), "{day}");
    }
}

#[test]
fn the_office_closes_as_configured() {
    let text = r#"
        [calendar]
        year_end = false
        working = ["2026-11-23"]
        [[calendar.closed]]
        name = "夏季休業"
        yearly = ["8-13", "8-16"]
        [[calendar.closed]]
        name = "慰霊の日"
        yearly = "6-23"
        [[calendar.closed]]
        name = "停電"
        first = 2026-10-01
        last = 2026-10-02
    "#;
    let config = config::parse("c", text).unwrap();
    let office: OfficeCalendar = config.calendar.office(HolidayList::default()).unwrap();
    let own = |name: &str| DayKind::Closed(Reason::Own { name: name.to_owned() });
    assert_eq!(office.day(date(2027, 8, 13)), own("夏季休業"));
    assert_eq!(office.day(date(2026, 6, 23)), own("慰霊の日"));
    assert_eq!(office.day(date(2026, 10, 2)), own("停電"));
    assert_eq!(office.day(date(2026, 11, 23)), DayKind::Working, "a holiday that is worked");
    assert_eq!(office.day(date(2026, 12, 29)), DayKind::Working, "no closure at the year's end");
}

#[test]
fn relative_paths_count_from_the_file() {
    let text = "[[document]]\nname = 'a'\npath = 'docs/a.pdf'\n[[document]]\nname = 'b'\npath = '/b.pdf'";
    let paths = |file: &str| -> Vec<PathBuf> {
        config::parse(file, text).unwrap().documents.into_iter().map(|document| document.path).collect()
    };
    assert_eq!(paths("/etc/rusuban.toml"), [Path::new("/etc/docs/a.pdf"), Path::new("/b.pdf")]);
    assert_eq!(paths("rusuban.toml"), [Path::new("docs/a.pdf"), Path::new("/b.pdf")]);
}

#[test]
fn a_file_is_loaded_or_refused_with_its_reason() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("rusuban.toml");
    let missing = config::load(&path).unwrap_err();
    assert!(matches!(missing, LoadError::Unreadable { .. }));
    assert!(missing.render(Lang::Ja).contains("rusuban config example"));

    std::fs::write(&path, "[store]\ndata_dir = 'data'").unwrap();
    assert_eq!(config::load(&path).unwrap().store.data_dir, Some(dir.path().join("data")));

    // 庁 in Shift_JIS.
    std::fs::write(&path, b"[organisation]\n# \x92\xa1\n").unwrap();
    let LoadError::Invalid(found) = config::load(&path).unwrap_err() else { panic!("it is not UTF-8") };
    let first = found.first().unwrap();
    assert_eq!((first.line, first.column), (2, 3));
    assert!(first.render(Lang::Ja).contains("UTF-8"));

    std::fs::write(&path, vec![b'#'; 1024 * 1024 + 1]).unwrap();
    assert!(matches!(config::load(&path), Err(LoadError::TooLarge { .. })));
    assert!(matches!(config::load(dir.path()), Err(LoadError::Unreadable { .. })));
}

/// Every problem lies within the text and is told in both languages.
fn check(text: &str) {
    let Err(problems) = config::parse("rusuban.toml", text) else { return };
    assert!(!problems.is_empty(), "{text:?}");
    for problem in &problems {
        assert!(problem.line >= 1 && problem.line <= text.matches('\n').count() + 1, "{problem:?}");
        assert!(problem.column >= 1, "{problem:?}");
        assert!(!problem.message.ja.is_empty() && !problem.message.en.is_empty());
        assert!(!problem.hint.ja.is_empty() && !problem.hint.en.is_empty());
    }
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in "\\PC*") {
        check(&text);
    }

    #[test]
    fn likely_text_is_read_or_refused(
        text in "([a-z_.]{1,8}|[\\[\\]{}=\"'#,\\\\ \r\n\t]{1,3}|[0-9:-]{1,10}|[あ　＝年月日]{1,2}){0,40}"
    ) {
        check(&text);
    }

    #[test]
    fn an_example_with_a_hole_is_read_or_refused(
        start in 0_usize..6000, length in 0_usize..200, filling in "\\PC{0,3}"
    ) {
        let example = example_with_everything();
        let before: String = example.chars().take(start).collect();
        let after: String = example.chars().skip(start + length).collect();
        check(&format!("{before}{filling}{after}"));
    }
}
