//! A register with everything that files like to spoil: leading zeros, what looks like numbers, dates and formulas,
//! line ends, quotation marks, spellings of names, emoji.

use std::path::Path;

use jiff::civil::{Date, date};
use rusuban::inventory::{Limits, ReadOptions, read};
use rusuban_core::model::register::{
    Asset, Incoming, Person, Problem, Reading, Register, Row, Rows, Section, Table, apply, compare,
};

/// Builds a row of its cells.
pub fn row<R: Row>(cells: &[(&str, &str)]) -> (R::Id, R) {
    let cell = |key: &str| cells.iter().find(|(own, _)| *own == key).map_or("", |(_, text)| *text);
    let row = R::read(cell, &Reading::own_forms()).expect("a valid row");
    (row.id().clone(), row)
}

/// The register.
pub fn register() -> Register {
    Register {
        sections: sections(),
        people: people(),
        assets: assets(),
        external_services: [
            row(&[
                ("id", "S1"),
                ("name", "電子申請"),
                ("owner", "000123"),
                ("decision", "停止"),
                ("address", "https://www.example.jp:8443/a?b=%20&c=<d>"),
                ("vendor", "V1"),
                ("contract", "0000001"),
            ]),
            row(&[("id", "S2"), ("name", "公式サイト"), ("address", "[2001:db8::1]:443")]),
        ]
        .into(),
        vendors: [row(&[
            ("id", "V1"),
            ("name", "＋システムズ"),
            ("kind", "システムベンダ"),
            ("phones", "0120-000-000"),
            ("after_hours_phones", "+81-90-1234-5678; 050-0000-0000 内線9"),
            ("mail", "desk@example.jp"),
            ("hours", "12/29 9:00-17:00\n12/30- 休み"),
            ("contract", "12345678901234567890"),
        ])]
        .into(),
        datasets: [row(&[
            ("id", "D1"),
            ("name", "住民記録"),
            ("owner", "P-2"),
            ("asset", "1-2"),
            ("backup", "nas-restic"),
            ("max_age_hours", "24"),
            ("note", "#1"),
        ])]
        .into(),
    }
}

fn sections() -> Rows<Section> {
    [
        row(&[("id", "0010"), ("name", "総務部"), ("manager", "000123")]),
        row(&[
            ("id", "0012"),
            ("name", "情報政策課"),
            ("parent", "0010"),
            ("manager", "1E5"),
            ("substitute", "P-2"),
        ]),
    ]
    .into()
}

fn people() -> Rows<Person> {
    [
        row(&[
            ("id", "000123"),
            ("name", "山田 太郎"),
            ("kana", "ヤマダ タロウ"),
            ("section", "0010"),
            ("mail", "taro..y.@docomo.ne.jp"),
            ("phones", "090-1234-5678; 内線0012; +81-3-1234-5678"),
            ("roles", "責任者; 当番"),
            ("leave_from", "2026-12-28"),
            ("leave_until", "2027-01-03"),
        ]),
        row(&[("id", "1E5"), ("name", "\u{FA19}谷 髙﨑"), ("phones", "09012345678"), ("section", "0012")]),
        row(&[("id", "P-2"), ("name", "𠮷野家 😀"), ("kana", "ヨシノ・ジョン"), ("left_on", "2027-03-31")]),
        row(&[("id", "TRUE"), ("name", "=1+1"), ("roles", "監査")]),
    ]
    .into()
}

fn assets() -> Rows<Asset> {
    [
        row(&[
            ("id", "1-2"),
            ("name", "@ファイルサーバ"),
            ("kind", "サーバ"),
            ("section", "0012"),
            ("owner", "1E5"),
            ("hostname", "FS01.example.jp"),
            ("addresses", "192.0.2.10; 2001:db8::10"),
            ("plan", "稼働"),
            ("location", "本庁舎 2F サーバ室・A-1"),
            ("vendor", "V1"),
            ("maker", "（株）～製作所①"),
            ("model", "007"),
            ("firmware", "1.10"),
            ("note", "一行目 \"引用\"\n=二行目,カンマ;\t\n\n四行目 _x0041_x0042_ '"),
        ]),
        row(&[
            ("id", "2026/12"),
            ("name", "'先頭"),
            ("kind", "パソコン"),
            ("plan", "持ち出し"),
            ("note", "2026-12-28"),
        ]),
        row(&[
            ("id", "機器：3"),
            ("name", "−1"),
            ("kind", "通信回線装置"),
            ("plan", "停止"),
            ("firmware", "1-2"),
        ]),
        row(&[("id", "4"), ("name", "0.50"), ("kind", "その他"), ("note", "''='\n'")]),
    ]
    .into()
}

/// Dates as the tests' people write them: `2026/12/28` and `R8.12.28`.
pub fn some_dates(text: &str) -> Option<Date> {
    let mut parts = text.split(['/', '.']);
    let year = parts.next()?;
    let year: i16 = match year.strip_prefix('R') {
        Some(year) => year.parse::<i16>().ok()? + 2018,
        None => year.parse().ok()?,
    };
    let (month, day) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    parts.next().is_none().then(|| date(year, month, day))
}

/// Reads a file against a register.
pub fn read_against(path: &Path, current: &Register) -> Result<Incoming, Vec<Problem>> {
    let reading = Reading { date: some_dates };
    read(path, &ReadOptions { current, prune: true, reading, limits: Limits::default() })
}

/// Asserts that a file holds exactly this register: all six tables, no change, nothing to look at.
pub fn assert_holds(path: &Path, register: &Register) {
    for current in [register.clone(), Register::default()] {
        let incoming = match read_against(path, &current) {
            Ok(incoming) => incoming,
            Err(problems) => panic!("{}", lines(&problems)),
        };
        assert_eq!(lines(&incoming.cautions), "");
        let changes = compare(register, &incoming);
        assert_eq!(changes.tables.len(), Table::ALL.len());
        assert!(changes.is_empty(true), "{changes:#?}");
        assert_eq!(apply(&current, &incoming, true), *register);
    }
}

/// Problems as people see them.
pub fn lines(problems: &[Problem]) -> String {
    problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}
