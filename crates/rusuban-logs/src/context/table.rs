//! CSV text as rows of named columns. Every fault is collected; nothing is guessed.

use std::net::IpAddr;

use jiff::civil::{DateTime, Time};
use jiff::tz::TimeZone;
use rusuban_core::calendar::parse_date;
use rusuban_core::model::register::normal::{self, comparable};
use rusuban_core::model::text::Text;

use super::{Period, Problem};
use crate::activity::Nanos;

/// One column that a list has.
#[derive(Debug, Clone, Copy)]
pub(super) struct Column {
    pub(super) key: &'static str,
    pub(super) ja: &'static str,
    pub(super) also: &'static [&'static str],
    pub(super) required: bool,
}

pub(super) const fn column(key: &'static str, ja: &'static str, also: &'static [&'static str]) -> Column {
    Column { key, ja, also, required: false }
}

impl Column {
    pub(super) const fn required(self) -> Self {
        Self { required: true, ..self }
    }

    fn is_named(&self, header: &str) -> bool {
        let header = comparable(header);
        [self.key, self.ja].iter().chain(self.also).any(|name| comparable(name) == header)
    }
}

/// Reads a list.
pub(super) struct Table<'t> {
    file: &'t str,
    columns: &'static [Column],
    zone: &'t TimeZone,
    pub(super) problems: Vec<Problem>,
}

/// One row: its cells in the order of the columns.
pub(super) struct Row {
    line: u64,
    cells: Vec<Option<String>>,
    headers: Vec<Option<String>>,
}

impl<'t> Table<'t> {
    pub(super) fn new(file: &'t str, columns: &'static [Column], zone: &'t TimeZone) -> Self {
        Self { file, columns, zone, problems: Vec::new() }
    }

    /// The rows that hold something. A first line that starts with `#` and later comment lines are left out.
    pub(super) fn rows(&mut self, text: &str) -> Vec<Row> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .comment(Some(b'#'))
            .from_reader(text.as_bytes());
        let mut places: Option<Vec<Option<usize>>> = None;
        let mut headers = Vec::new();
        let mut rows = Vec::new();
        for record in reader.records() {
            let record = match record {
                Ok(record) => record,
                Err(error) => {
                    let line = error.position().map_or(0, csv::Position::line);
                    self.problem(
                        line,
                        "",
                        "",
                        ("CSV として読めません", "this is no CSV"),
                        ("引用符の対応を確かめてください", "look whether every quotation mark is closed"),
                    );
                    break;
                }
            };
            let line = record.position().map_or(0, csv::Position::line);
            if record.iter().all(|cell| cell.trim().is_empty()) {
                continue;
            }
            match &places {
                None => (places, headers) = self.header(line, &record),
                Some(places) => rows.extend(self.row(line, &record, places, &headers)),
            }
        }
        if places.is_none() && self.problems.is_empty() {
            self.problem(
                0,
                "",
                "",
                ("見出しの行がありません", "there is no header line"),
                ("1行目に列の名前を書いてください", "write the names of the columns in the first line"),
            );
        }
        rows
    }

    /// For each cell of a line the column that it is; and the headers by column.
    fn header(
        &mut self,
        line: u64,
        record: &csv::StringRecord,
    ) -> (Option<Vec<Option<usize>>>, Vec<Option<String>>) {
        let mut places = Vec::new();
        let mut headers: Vec<Option<String>> = vec![None; self.columns.len()];
        for cell in record {
            let at = self.columns.iter().position(|c| c.is_named(cell));
            match at.and_then(|at| headers.get_mut(at)) {
                Some(known) if known.is_some() => self.problem(
                    line,
                    cell,
                    cell,
                    ("同じ列が2つあります", "this column stands twice"),
                    ("どちらかを消してください", "remove one of them"),
                ),
                Some(known) => *known = Some(cell.trim().to_owned()),
                None if cell.trim().is_empty() => {}
                None => {
                    let names = self.columns.iter().map(|c| c.ja).collect::<Vec<_>>().join("、");
                    let keys = self.columns.iter().map(|c| c.key).collect::<Vec<_>>().join(", ");
                    self.problems.push(Problem {
                        file: self.file.to_owned(),
                        line,
                        field: cell.trim().to_owned(),
                        value: cell.trim().to_owned(),
                        message: Text::new("知らない列です", "this column is not known"),
                        hint: Text::new(format!("使える列: {names}"), format!("known columns: {keys}")),
                    });
                }
            }
            places.push(at);
        }
        for (column, header) in self.columns.iter().zip(&headers) {
            if column.required && header.is_none() {
                self.problem(
                    line,
                    column.ja,
                    "",
                    ("必須の列がありません", "a required column is missing"),
                    ("この列を追加してください", "add this column"),
                );
            }
        }
        (Some(places), headers)
    }

    fn row(
        &mut self,
        line: u64,
        record: &csv::StringRecord,
        places: &[Option<usize>],
        headers: &[Option<String>],
    ) -> Option<Row> {
        if record.iter().skip(places.len()).any(|cell| !cell.trim().is_empty()) {
            self.problem(
                line,
                "",
                "",
                ("見出しより列が多い行です", "the line has more cells than the header"),
                ("コンマを含む値は \" で囲んでください", "put a value that holds a comma in quotation marks"),
            );
            return None;
        }
        let mut cells = vec![None; self.columns.len()];
        for (cell, place) in record.iter().zip(places) {
            if let Some(slot) = place.and_then(|at| cells.get_mut(at)) {
                let text = cell.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
                *slot = (!matches!(text, "" | "-" | "－" | "ー" | "なし")).then(|| text.to_owned());
            }
        }
        Some(Row { line, cells, headers: headers.to_vec() })
    }

    fn problem(&mut self, line: u64, field: &str, value: &str, message: (&str, &str), hint: (&str, &str)) {
        self.problems.push(Problem {
            file: self.file.to_owned(),
            line,
            field: field.to_owned(),
            value: value.to_owned(),
            message: Text::new(message.0, message.1),
            hint: Text::new(hint.0, hint.1),
        });
    }

    fn refuse(&mut self, row: &Row, key: &str, message: (&str, &str), hint: (&str, &str)) {
        let at = self.columns.iter().position(|c| c.key == key);
        let named = at.and_then(|at| row.headers.get(at).cloned().flatten());
        let field = named.unwrap_or_else(|| key.to_owned());
        self.problem(row.line, &field, &self.cell(row, key).unwrap_or_default(), message, hint);
    }

    fn cell(&self, row: &Row, key: &str) -> Option<String> {
        let at = self.columns.iter().position(|c| c.key == key)?;
        row.cells.get(at).cloned().flatten()
    }

    /// A text, or nothing.
    pub(super) fn text(&self, row: &Row, key: &str) -> Option<String> {
        self.cell(row, key).map(|text| normal::prose(&text))
    }

    /// A text that must be there; its lack is a problem.
    pub(super) fn required(&mut self, row: &Row, key: &str) -> Option<String> {
        let text = self.text(row, key);
        if text.is_none() {
            self.refuse(
                row,
                key,
                ("必須の値がありません", "a value is required here"),
                ("値を入力してください", "fill in the value"),
            );
        }
        text
    }

    /// Several values, separated by `;` or `、`.
    pub(super) fn list(&self, row: &Row, key: &str) -> Vec<String> {
        let text = self.cell(row, key).map(|t| normal::code(&t)).unwrap_or_default();
        let parts = text.split([';', '、', ',', '､', '\n']).map(str::trim).filter(|p| !p.is_empty());
        parts.map(str::to_owned).collect()
    }

    /// Addresses.
    pub(super) fn addresses(&mut self, row: &Row, key: &str) -> Vec<IpAddr> {
        let mut addresses = Vec::new();
        for part in self.list(row, key) {
            match part.parse::<IpAddr>() {
                Ok(ip) => addresses.push(ip.to_canonical()),
                Err(_) => self.refuse(
                    row,
                    key,
                    ("IPアドレスとして読めません", "this is no IP address"),
                    (
                        "192.0.2.10; 2001:db8::10 のように書いてください",
                        "write it like 192.0.2.10; 2001:db8::10",
                    ),
                ),
            }
        }
        addresses
    }

    /// Networks: `192.0.2.0/24`, or single addresses.
    pub(super) fn networks(&mut self, row: &Row, key: &str) -> Vec<(IpAddr, u8)> {
        let mut networks = Vec::new();
        for part in self.list(row, key) {
            match network(&part) {
                Some(network) => networks.push(network),
                None => self.refuse(
                    row,
                    key,
                    ("ネットワークとして読めません", "this is no network"),
                    (
                        "192.0.2.0/24 または 192.0.2.10 のように書いてください",
                        "write it like 192.0.2.0/24 or 192.0.2.10",
                    ),
                ),
            }
        }
        networks
    }

    /// From and to. A day without a time means its start in `from`, and its end in `to`. Either may be open only where
    /// nothing is written at all.
    pub(super) fn period(&mut self, row: &Row, from: &str, to: &str) -> Option<Period> {
        if self.cell(row, from).is_none() && self.cell(row, to).is_none() {
            return None;
        }
        let start = self.instant(row, from, false);
        let end = self.instant(row, to, true);
        let period = Period { from: start?, to: end? };
        if period.from >= period.to {
            self.refuse(
                row,
                to,
                ("終わりが始まりより前です", "the end is not after the start"),
                ("日時を直してください", "mend the times"),
            );
            return None;
        }
        Some(period)
    }

    /// The same, where it must be there.
    pub(super) fn required_period(&mut self, row: &Row, from: &str, to: &str) -> Option<Period> {
        for key in [from, to] {
            if self.cell(row, key).is_none() {
                self.refuse(
                    row,
                    key,
                    ("必須の値がありません", "a value is required here"),
                    ("日時を入力してください", "fill in the time"),
                );
            }
        }
        if self.cell(row, from).is_none() || self.cell(row, to).is_none() {
            return None;
        }
        self.period(row, from, to)
    }

    /// A day, or a day with a time, in the zone of the closure.
    pub(super) fn instant(&mut self, row: &Row, key: &str, is_end: bool) -> Option<Nanos> {
        let text = self.cell(row, key);
        let read = text.as_deref().and_then(|text| instant(&normal::code(text), is_end, self.zone));
        if read.is_none() {
            self.refuse(
                row,
                key,
                ("日時として読めません", "this is no time"),
                (
                    "2026-12-29 09:00 または 2026-12-29 のように書いてください",
                    "write it like 2026-12-29 09:00 or 2026-12-29",
                ),
            );
        }
        read
    }

    /// One of a few words.
    pub(super) fn choice<T: Copy>(&mut self, row: &Row, key: &str, choices: &[(&[&str], T)]) -> Option<T> {
        let text = self.cell(row, key)?;
        let word = comparable(&text);
        let found = choices.iter().find(|(words, _)| words.iter().any(|w| comparable(w) == word));
        if found.is_none() {
            let offered = choices.iter().filter_map(|(words, _)| words.first().copied()).collect::<Vec<_>>();
            let hint = (
                format!("{} のどれかを書いてください", offered.join("、")),
                format!("write one of {}", offered.join(", ")),
            );
            self.refuse(row, key, ("知らない言葉です", "this word is not known"), (&hint.0, &hint.1));
        }
        found.map(|(_, value)| *value)
    }
}

fn network(text: &str) -> Option<(IpAddr, u8)> {
    let (address, bits) = match text.split_once('/') {
        Some((address, bits)) => (address, Some(bits.parse::<u8>().ok()?)),
        None => (text, None),
    };
    let ip: IpAddr = address.trim().parse().ok()?;
    let most = if ip.is_ipv4() { 32 } else { 128 };
    let bits = bits.unwrap_or(most);
    (bits <= most).then_some((ip, bits))
}

fn instant(text: &str, is_end: bool, zone: &TimeZone) -> Option<Nanos> {
    let text = text.trim();
    if let Ok(stated) = text.parse::<jiff::Timestamp>() {
        return i64::try_from(stated.as_nanosecond()).ok();
    }
    let (day, time) = match text.rsplit_once([' ', 'T']) {
        Some((day, time)) if time.contains([':', '時']) => (day, Some(time)),
        _ => (text, None),
    };
    let day = parse_date(day).ok()?;
    let civil = match time {
        None if is_end => DateTime::from_parts(day.tomorrow().ok()?, Time::midnight()),
        None => DateTime::from_parts(day, Time::midnight()),
        Some("24:00" | "24:00:00") => DateTime::from_parts(day.tomorrow().ok()?, Time::midnight()),
        Some(time) => DateTime::from_parts(day, clock(time)?),
    };
    i64::try_from(civil.to_zoned_datetime(zone.clone()).ok()?.timestamp().as_nanosecond()).ok()
}

/// `9:00`, `09:00:30`, `9時`, `9時30分`.
fn clock(text: &str) -> Option<Time> {
    let plain = text.trim().replace('時', ":").replace('分', "");
    let plain = plain.trim_end_matches(':');
    let mut parts = plain.split(':').map(|p| p.trim().parse::<i8>().ok());
    let hour = parts.next()??;
    let minute = parts.next().unwrap_or(Some(0))?;
    let second = parts.next().unwrap_or(Some(0))?;
    if parts.next().is_some() {
        return None;
    }
    Time::new(hour, minute, second, 0).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_as_people_write_them() {
        let tokyo = TimeZone::get("Asia/Tokyo").unwrap();
        let at = |text: &str, is_end| {
            instant(text, is_end, &tokyo).map(|n| super::super::timestamp(n).unwrap().to_string())
        };
        assert_eq!(at("2026-12-29 09:00", false).as_deref(), Some("2026-12-29T00:00:00Z"));
        assert_eq!(at("2026/12/29 9:30", false).as_deref(), Some("2026-12-29T00:30:00Z"));
        assert_eq!(at("令和8年12月29日 9時", false).as_deref(), Some("2026-12-29T00:00:00Z"));
        assert_eq!(at("2026-12-29", true).as_deref(), Some("2026-12-29T15:00:00Z"));
        assert_eq!(at("2026-12-29T00:00:00Z", true).as_deref(), Some("2026-12-29T00:00:00Z"));
        assert_eq!(at("12/29", false), None);
        assert_eq!(at("2026-12-29 25:00", false), None);
    }
}
