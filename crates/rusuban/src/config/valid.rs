//! From the text's keys to the configuration: one function a section, in the order of the example file.
//!
//! A new option is one line here and one in `docs/rusuban.example.toml`. It must not know how a value is found in the
//! text, nor touch a file, the environment or a clock.

use std::ops::RangeInclusive;
use std::path::PathBuf;

use jiff::tz::TimeZone;
use rusuban_core::calendar::parse_date;
use rusuban_core::model::policy::{AllowedPort, ExpectedAccount, ExpectedBackup, ExposurePolicy, Transport};
use rusuban_core::model::text::Text;

use super::raw::{Distinct, Field, Section, nearest, shown};
use super::{
    BackupRepository, BackupTool, CalendarConfig, ClosedDays, ClosedDaysKind, Config, Document,
    MachineConfig, Organisation, SecretRef, StoreConfig, Vocabulary,
};

/// Ages in hours: up to a year.
const HOURS: RangeInclusive<i64> = 1..=8760;
/// Ages in days: up to ten years.
const DAYS: RangeInclusive<i64> = 1..=3650;
/// Ports of TCP and UDP; 0 is none.
const PORTS: RangeInclusive<i64> = 1..=65535;

const VOCABULARIES: &[(&str, Vocabulary)] = &[
    ("企業", Vocabulary::Company),
    ("府省", Vocabulary::Ministry),
    ("自治体", Vocabulary::Municipality),
    ("company", Vocabulary::Company),
    ("ministry", Vocabulary::Ministry),
    ("municipality", Vocabulary::Municipality),
];
const TOOLS: &[(&str, BackupTool)] = &[("restic", BackupTool::Restic), ("borg", BackupTool::Borg)];
const TRANSPORTS: &[(&str, Transport)] = &[("tcp", Transport::Tcp), ("udp", Transport::Udp)];

/// The whole file.
pub(super) fn config(root: &Section<'_, '_>) -> Config {
    let mut config = Config {
        catalogues: files(root, "catalogues"),
        organisation: root.section("organisation", organisation),
        store: root.section("store", store),
        calendar: root.section("calendar", calendar),
        machine: root.section("machine", machine),
        documents: documents(root),
        log_mapping: super::mapping::mappings(root),
        ..Config::default()
    };
    root.section("policy", |section| policy(section, &mut config));
    root.section("exposure", |section| exposure(section, &mut config.policy.exposure));
    backups(root, &mut config);
    config
}

fn organisation(section: &Section<'_, '_>) -> Organisation {
    Organisation {
        name: text(section, "name"),
        vocabulary: section.value("vocabulary").and_then(|v| v.choice(VOCABULARIES)).unwrap_or_default(),
    }
}

fn store(section: &Section<'_, '_>) -> StoreConfig {
    StoreConfig {
        data_dir: section.value("data_dir").and_then(|v| v.file()),
        database_url: secret(section, "database_url_env", "database_url_file"),
    }
}

fn calendar(section: &Section<'_, '_>) -> CalendarConfig {
    let mut calendar = CalendarConfig {
        holidays_file: section.value("holidays_file").and_then(|v| v.file()),
        closed: section.sections("closed", closed_days),
        working: items(section, "working", Field::date),
        ..CalendarConfig::default()
    };
    integer(section, "minimum_days", &(1..=60), &mut calendar.minimum_days);
    if let Some(year_end) = section.value("year_end").and_then(|v| v.flag()) {
        calendar.year_end = year_end;
    }
    if let Some(time_zone) = section.value("time_zone").and_then(|v| time_zone(&v)) {
        calendar.time_zone = time_zone;
    }
    calendar
}

fn time_zone(field: &Field<'_, '_>) -> Option<String> {
    let name = field.text()?;
    if let Some(known) = TimeZone::get(name).ok().and_then(|zone| zone.iana_name().map(str::to_owned)) {
        return Some(known);
    }
    let names: Vec<String> = jiff::tz::db().available().map(|name| name.to_string()).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let near = nearest(name, &names).unwrap_or("Asia/Tokyo");
    field.problem(
        Text::new(
            format!("「{}」という時間帯はありません", shown(name)),
            format!("there is no time zone `{}`", shown(name)),
        ),
        Text::new(
            format!("`{near}` のような IANA の名前で書いてください"),
            format!("write a name of the IANA database, such as `{near}`"),
        ),
    );
    None
}

/// One `[[calendar.closed]]`: a day, a range of days, or a day or range of every year.
fn closed_days(section: &Section<'_, '_>) -> Option<ClosedDays> {
    let name = section.required("name").and_then(|v| v.text());
    let date = section.value("date");
    let (first, last) = (section.value("first"), section.value("last"));
    let yearly = section.value("yearly");
    let forms = [date.is_some(), first.is_some() || last.is_some(), yearly.is_some()];
    if forms.iter().filter(|written| **written).count() != 1 {
        section.problem(
            Text::new(
                "休む日の書き方が1つに決まりません",
                "the closed days must be written in one way, no more and no less",
            ),
            Text::new(
                "date（1日）、first と last（期間）、yearly（毎年）のどれか1つだけを書いてください",
                "write one of: date (a day), first and last (a range), yearly (every year)",
            ),
        );
        return None;
    }
    let days = match (date, yearly) {
        (Some(date), _) => date.date().map(|date| ClosedDaysKind::Range(date, date)),
        (_, Some(yearly)) => every_year(&yearly),
        _ => range(section, first.as_ref(), last.as_ref()),
    };
    Some(ClosedDays { days: days?, name: name?.to_owned() })
}

fn range(
    section: &Section<'_, '_>,
    first: Option<&Field<'_, '_>>,
    last: Option<&Field<'_, '_>>,
) -> Option<ClosedDaysKind> {
    for (key, end) in [("first", first), ("last", last)] {
        if end.is_none() {
            section.missing(key);
        }
    }
    let (first_day, last_day) = (first.and_then(Field::date), last.and_then(Field::date));
    let (first_day, last_day) = first_day.zip(last_day)?;
    if last_day < first_day {
        last?.problem(
            Text::new(
                format!("最後の日 {last_day} が最初の日 {first_day} より前です"),
                format!("the last day {last_day} lies before the first day {first_day}"),
            ),
            Text::new("first と last を確かめてください", "look at first and last again"),
        );
        return None;
    }
    Some(ClosedDaysKind::Range(first_day, last_day))
}

/// `"6-23"`, or `["8-13", "8-16"]` for a range.
fn every_year(field: &Field<'_, '_>) -> Option<ClosedDaysKind> {
    if !field.is_list() {
        return month_and_day(field).map(|(month, day)| ClosedDaysKind::Yearly { month, day });
    }
    let items = field.items()?;
    let [first, last] = items.as_slice() else {
        field.problem(
            Text::new("毎年の期間は2つの日で書きます", "a range of every year is two days"),
            Text::new("[\"8-13\", \"8-16\"] の形で書いてください", "write [\"8-13\", \"8-16\"]"),
        );
        return None;
    };
    let (first, last) = (month_and_day(first), month_and_day(last));
    Some(ClosedDaysKind::YearlyRange { first: first?, last: last? })
}

fn month_and_day(field: &Field<'_, '_>) -> Option<(i8, i8)> {
    let text = field.text()?;
    // A leap year has every day that some year has. A weekday would be that of this year only.
    let date = ["2024-", "2024/", "2024年"]
        .into_iter()
        .filter(|_| !text.contains(['(', '（']))
        .find_map(|year| parse_date(&format!("{year}{}", text.trim())).ok());
    if date.is_none() {
        field.problem(
            Text::new(
                format!("「{}」は月日として読めません", shown(text)),
                format!("`{}` is not a month and day", shown(text)),
            ),
            Text::new("\"6-23\" や \"6月23日\" のように書いてください", "write it as \"6-23\""),
        );
    }
    date.map(|date| (date.month(), date.day()))
}

fn machine(section: &Section<'_, '_>) -> MachineConfig {
    MachineConfig { asset: text(section, "asset") }
}

fn policy(section: &Section<'_, '_>, config: &mut Config) {
    let policy = &mut config.policy;
    integer(section, "evidence_max_age_hours", &HOURS, &mut policy.evidence.max_age_hours);
    section.section("patches", |patches| {
        integer(patches, "list_max_age_hours", &HOURS, &mut policy.patches.list_max_age_hours);
    });
    section.section("accounts", |accounts| {
        integer(accounts, "stale_days", &DAYS, &mut policy.accounts.stale_days);
        policy.accounts.expected = expected_accounts(accounts);
        config.password_list = accounts.value("password_list").and_then(|v| v.file());
    });
    section.section("definitions", |definitions| {
        integer(definitions, "max_age_hours", &HOURS, &mut policy.definitions.max_age_hours);
    });
    section.section("firmware", |firmware| {
        integer(firmware, "list_max_age_hours", &HOURS, &mut policy.firmware.list_max_age_hours);
        integer(firmware, "note_after_days", &DAYS, &mut policy.firmware.note_after_days);
    });
    section.section("logs", |logs| {
        integer(logs, "case_open_days", &DAYS, &mut policy.logs.case_open_days);
        integer(logs, "investigation_days", &(1..=92), &mut policy.logs.investigation_days);
    });
    section.section("clock", |clock| {
        integer(clock, "max_offset_ms", &(1..=3_600_000), &mut policy.clock.max_offset_ms);
        integer(clock, "max_silence_hours", &HOURS, &mut policy.clock.max_silence_hours);
    });
}

fn expected_accounts(section: &Section<'_, '_>) -> Vec<ExpectedAccount> {
    let mut names = Distinct::default();
    section.sections("expected", |account| {
        let name = unique(account, "name", &mut names);
        let (owner, reason) = (required_text(account, "owner"), required_text(account, "reason"));
        Some(ExpectedAccount { name: name?, owner: owner?, reason: reason? })
    })
}

fn exposure(section: &Section<'_, '_>, policy: &mut ExposurePolicy) {
    policy.extra_ports = items(section, "extra_ports", |port| port.integer(&PORTS));
    let mut ports = Distinct::default();
    policy.allow = section.sections("allow", |allowed| allowed_port(allowed, &mut ports));
}

fn allowed_port(section: &Section<'_, '_>, ports: &mut Distinct) -> Option<AllowedPort> {
    let port_field = section.required("port");
    let port = port_field.as_ref().and_then(|v| v.integer::<u16>(&PORTS));
    let transport = section.value("transport").map_or(Some(Transport::Tcp), |v| v.choice(TRANSPORTS));
    let protocol = section.value("protocol").map(|v| protocol(&v));
    let (owner, reason) = (required_text(section, "owner"), required_text(section, "reason"));
    let until = section.value("until").map(|v| v.date());
    let (port, transport) = (port?, transport?);
    ports.note(&port_field?, &format!("{port}/{}", transport.as_str()));
    Some(AllowedPort {
        port,
        transport,
        protocol: protocol.unwrap_or_default(),
        owner: owner?,
        reason: reason?,
        until: until.unwrap_or_default(),
    })
}

/// The name of a protocol, as probes write it: lower case letters, digits and hyphens.
fn protocol(field: &Field<'_, '_>) -> Option<String> {
    let name = field.text()?;
    if name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-') {
        return Some(name.to_owned());
    }
    field.problem(
        Text::new(
            format!("「{}」はプロトコルの名前ではありません", shown(name)),
            format!("`{}` is not the name of a protocol", shown(name)),
        ),
        Text::new(
            "ssh や rdp のように英小文字で書いてください",
            "write it in lower case, such as ssh or rdp",
        ),
    );
    None
}

fn backups(root: &Section<'_, '_>, config: &mut Config) {
    let mut names = Distinct::default();
    let backups = root.sections("backup", |section| backup(section, &mut names));
    (config.backups, config.policy.backups.expected) = backups.into_iter().unzip();
}

fn backup(section: &Section<'_, '_>, names: &mut Distinct) -> Option<(BackupRepository, ExpectedBackup)> {
    let name = unique(section, "name", names);
    let tool = section.required("tool").and_then(|v| v.choice(TOOLS));
    let location = section.required("location").and_then(|v| location(&v));
    let password = secret(section, "password_env", "password_file");
    let env = section.section("env_from", environment);
    let (mut max_age_hours, mut read_data_max_age_days) = (30, 35);
    integer(section, "max_age_hours", &HOURS, &mut max_age_hours);
    integer(section, "read_data_max_age_days", &DAYS, &mut read_data_max_age_days);
    let name = name?;
    let limits = ExpectedBackup { name: name.clone(), max_age_hours, read_data_max_age_days };
    Some((BackupRepository { name, tool: tool?, location: location?, password, env }, limits))
}

/// Where a repository lies. Locations are shown and stored, so none may carry a password.
fn location(field: &Field<'_, '_>) -> Option<String> {
    let location = field.text()?;
    let authority = location.split_once("://").map(|(_, rest)| rest.split('/').next().unwrap_or(rest));
    let user = authority.and_then(|authority| authority.rsplit_once('@')).map(|(user, _)| user);
    if user.is_some_and(|user| user.contains(':')) {
        field.problem(
            Text::new("保管先にパスワードが書かれています", "the location holds a password"),
            Text::new(
                "パスワードを除き、env_from で渡してください（restic 0.16.1 以降の REST なら RESTIC_REST_USERNAME と RESTIC_REST_PASSWORD）",
                "remove it and pass it by env_from (RESTIC_REST_USERNAME and RESTIC_REST_PASSWORD for a REST server, from restic 0.16.1 on)",
            ),
        );
        return None;
    }
    Some(location.to_owned())
}

/// `[backup.env_from]`: variables of the program's environment, each `{ env = "…" }` or `{ file = "…" }`.
fn environment(section: &Section<'_, '_>) -> Vec<(String, SecretRef)> {
    let one = |(name, field): (String, Field<'_, '_>)| {
        let entry = field.is_table().then(|| {
            field.section(|entry| {
                let is_said = entry.has("env") || entry.has("file");
                Some((is_said, secret(entry, "env", "file")))
            })
        });
        let (is_said, reference) = entry.flatten().unwrap_or_default();
        if !is_said {
            field.problem(
                Text::new("値のある場所が書かれていません", "it does not say where the value is found"),
                Text::new(
                    "{ env = \"変数名\" } または { file = \"/パス\" } と書いてください",
                    "write { env = \"NAME\" } or { file = \"/path\" }",
                ),
            );
        }
        let name = variable(&field, &name)?;
        Some((name, reference?))
    };
    section.entries().into_iter().filter_map(one).collect()
}

fn documents(root: &Section<'_, '_>) -> Vec<Document> {
    let mut names = Distinct::default();
    root.sections("document", |section| {
        let name = unique(section, "name", &mut names);
        let path = section.required("path").and_then(|v| v.file());
        Some(Document { name: name?, path: path? })
    })
}

/// A secret by the variable or the file that holds it, never both.
fn secret(section: &Section<'_, '_>, env: &'static str, file: &'static str) -> Option<SecretRef> {
    let (in_env, in_file) = (section.value(env), section.value(file));
    if let (Some(_), Some(second)) = (&in_env, &in_file) {
        second.problem(
            Text::new(
                format!("`{env}` と `{file}` が両方書かれています"),
                format!("both `{env}` and `{file}` are written"),
            ),
            Text::new("どちらか一方だけにしてください", "keep one of them"),
        );
        return None;
    }
    match (in_env, in_file) {
        (Some(field), _) => field.text().and_then(|name| variable(&field, name)).map(SecretRef::Env),
        (None, Some(field)) => field.file().map(SecretRef::File),
        (None, None) => None,
    }
}

/// The name of an environment variable. What is no name may be the secret itself, so it is not repeated.
fn variable(field: &Field<'_, '_>, name: &str) -> Option<String> {
    let holds = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        && name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    if !holds {
        field.problem(
            Text::new("環境変数の名前ではありません", "this is not the name of an environment variable"),
            Text::new(
                "秘密そのものではなく、秘密を入れた環境変数の名前を書いてください（例: RESTIC_PASSWORD）",
                "write the name of the variable that holds the secret, not the secret, such as RESTIC_PASSWORD",
            ),
        );
    }
    holds.then(|| name.to_owned())
}

fn text(section: &Section<'_, '_>, key: &'static str) -> Option<String> {
    section.value(key).and_then(|v| v.text()).map(str::to_owned)
}

fn required_text(section: &Section<'_, '_>, key: &'static str) -> Option<String> {
    section.required(key).and_then(|v| v.text()).map(str::to_owned)
}

/// A required text that stands once among its kind.
fn unique(section: &Section<'_, '_>, key: &'static str, seen: &mut Distinct) -> Option<String> {
    let field = section.required(key)?;
    let text = field.text()?;
    seen.note(&field, text);
    Some(text.to_owned())
}

/// Sets a number where it is written; the default stays where it is not.
fn integer<T: TryFrom<i64>>(
    section: &Section<'_, '_>,
    key: &'static str,
    limits: &RangeInclusive<i64>,
    number: &mut T,
) {
    if let Some(written) = section.value(key).and_then(|v| v.integer(limits)) {
        *number = written;
    }
}

fn items<'n, 'i, T>(
    section: &Section<'n, 'i>,
    key: &'static str,
    read: impl Fn(&Field<'n, 'i>) -> Option<T>,
) -> Vec<T> {
    let items = section.value(key).and_then(|v| v.items()).unwrap_or_default();
    items.iter().filter_map(read).collect()
}

fn files(section: &Section<'_, '_>, key: &'static str) -> Vec<PathBuf> {
    items(section, key, Field::file)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::EXAMPLE;
    use crate::config::raw;
    use std::path::Path;

    /// The example with every option that it comments out.
    fn example_with_everything() -> String {
        let option = |line: &str| match line.strip_prefix('#') {
            Some(option) if !option.starts_with(' ') => option.to_owned(),
            _ => line.to_owned(),
        };
        EXAMPLE.lines().map(option).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn the_example_holds_every_option() {
        let text = example_with_everything();
        let known = raw::read("example", Path::new(""), &text, |root| {
            config(root);
            root.known()
        });
        let table: toml::Table = text.parse().unwrap();
        let free = |section: &str| section.starts_with("backup.env_from.");
        for (section, key) in known.unwrap().into_iter().filter(|(section, _)| !free(section)) {
            // The two ways to name a secret exclude each other; the second stands in the explanation.
            let alternative = ["database_url_file", "password_file"].contains(&key);
            let path: Vec<&str> = section.split('.').filter(|part| !part.is_empty()).collect();
            let is_there = if alternative { text.contains(key) } else { holds(&table, &path, key) };
            assert!(is_there, "[{section}] {key} is not in docs/rusuban.example.toml");
        }
    }

    fn holds(table: &toml::Table, path: &[&str], key: &str) -> bool {
        let Some((first, rest)) = path.split_first() else { return table.contains_key(key) };
        match table.get(*first) {
            Some(toml::Value::Table(table)) => holds(table, rest, key),
            Some(toml::Value::Array(entries)) => {
                entries.iter().filter_map(toml::Value::as_table).any(|table| holds(table, rest, key))
            }
            _ => false,
        }
    }
}
