//! Files as people and their programs make them: what is taken, what is refused, and in which words.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::format_collect,
    reason = "a test that cannot go on should stop; a few strings more do not matter"
)]

mod sample_register;

use std::fs;
use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use rust_xlsxwriter::{ExcelDateTime, Format, Workbook, Worksheet};
use rusuban::inventory::{CsvEncoding, Limits, ReadOptions, read, write_csv, xlsx_bytes};
use rusuban_core::model::register::{
    Incoming, Person, Problem, Reading, Register, Section, Table, apply, compare,
};
use sample_register::{lines, read_against, register, row, some_dates};
use tempfile::TempDir;
use zip::write::SimpleFileOptions;

/// A file of this name with these bytes.
fn file(name: &str, bytes: &[u8]) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    fs::write(&path, bytes).unwrap();
    (folder, path)
}

/// Reads one file against an empty register.
fn read_file(name: &str, bytes: &[u8]) -> Result<Incoming, Vec<Problem>> {
    let (_folder, path) = file(name, bytes);
    read_against(&path, &Register::default())
}

fn refused(name: &str, bytes: &[u8]) -> Vec<Problem> {
    match read_file(name, bytes) {
        Ok(incoming) => panic!("{name} was taken: {incoming:?}"),
        Err(problems) => problems,
    }
}

fn codes(problems: &[Problem]) -> Vec<&'static str> {
    problems.iter().map(|problem| problem.code).collect()
}

/// A workbook with one sheet.
fn book(name: &str, fill: impl FnOnce(&mut Worksheet)) -> Vec<u8> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    sheet.set_name(name).unwrap();
    fill(sheet);
    book.save_to_buffer().unwrap()
}

fn write_rows(sheet: &mut Worksheet, rows: &[&[&str]]) {
    for (at, cells) in (0..).zip(rows) {
        for (column, cell) in (0..).zip(*cells) {
            sheet.write_string(at, column, *cell).unwrap();
        }
    }
}

/// A workbook whose parts are written by hand.
fn hand_made(sheets: &[(&str, &str)], strings: &str, properties: &str) -> Vec<u8> {
    const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    const DOC: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    const PACKAGE: &str = "http://schemas.openxmlformats.org/package/2006/relationships";
    let listed: String = (1..)
        .zip(sheets)
        .map(|(n, (name, _))| format!(r#"<sheet name="{name}" sheetId="{n}" r:id="r{n}"/>"#))
        .collect();
    let related: String = (1..=sheets.len())
        .map(|n| {
            format!(r#"<Relationship Id="r{n}" Type="{DOC}/worksheet" Target="worksheets/sheet{n}.xml"/>"#)
        })
        .collect();
    let mut parts = vec![
        ("[Content_Types].xml".to_owned(), "<Types/>".to_owned()),
        (
            "_rels/.rels".to_owned(),
            format!(
                r#"<Relationships xmlns="{PACKAGE}"><Relationship Id="r" Type="{DOC}/officeDocument" Target="xl/workbook.xml"/></Relationships>"#
            ),
        ),
        (
            "xl/workbook.xml".to_owned(),
            format!(
                r#"<workbook xmlns="{MAIN}" xmlns:r="{DOC}"><workbookPr {properties}/><sheets>{listed}</sheets></workbook>"#
            ),
        ),
        (
            "xl/_rels/workbook.xml.rels".to_owned(),
            format!(r#"<Relationships xmlns="{PACKAGE}">{related}</Relationships>"#),
        ),
        (
            "xl/styles.xml".to_owned(),
            format!(
                r#"<styleSheet xmlns="{MAIN}"><cellXfs><xf numFmtId="0"/><xf numFmtId="31"/></cellXfs></styleSheet>"#
            ),
        ),
        ("xl/sharedStrings.xml".to_owned(), format!(r#"<sst xmlns="{MAIN}" {strings}</sst>"#)),
    ];
    for (n, (_, data)) in (1..).zip(sheets) {
        parts.push((
            format!("xl/worksheets/sheet{n}.xml"),
            format!(r#"<worksheet xmlns="{MAIN}"><sheetData>{data}</sheetData></worksheet>"#),
        ));
    }
    zipped(&parts)
}

fn zipped(parts: &[(String, String)]) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in parts {
        archive.start_file(name.as_str(), SimpleFileOptions::default()).unwrap();
        archive.write_all(text.as_bytes()).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

/// A row of a hand-made sheet with texts in its cells.
fn text_row(cells: &[&str]) -> String {
    let cells: String =
        cells.iter().map(|cell| format!(r#"<c t="inlineStr"><is><t>{cell}</t></is></c>"#)).collect();
    format!("<row>{cells}</row>")
}

#[test]
fn everything_wrong_with_a_workbook_is_told_at_once() {
    let mut book = Workbook::new();
    let people = book.add_worksheet();
    people.set_name("職員").unwrap();
    write_rows(
        people,
        &[
            &["職員ID", "氏名", "フリカナ", "所属", "メール", "電話", "役割", "休暇開始", "休暇終了"],
            &["1", "山田", "", "A", "yamada", "312345678", "当番、班長", "12月28日", ""],
            &["2", "", "", "Z", "", "", "", "2026/12/28", "2026/12/27"],
            &["2", "鈴木", "", "A", "", "", "", "2026/12/28", "2026/12/27"],
            &["1", "佐藤", "", "Ａ", "", "", "", "", "", "あまり"],
            &["2", "高橋"],
            &["3", "田中", "", "A", "", "", "", "2026/12/28", "2026/12/27"],
        ],
    );
    people.write_formula(7, 0, rust_xlsxwriter::Formula::new("=A1").set_result("#REF!")).unwrap();
    people.write_string(7, 1, "伊藤").unwrap();
    let sections = book.add_worksheet();
    sections.set_name("課室").unwrap();
    write_rows(
        sections,
        &[&["課室ID", "課室名", "上位課室ID"], &["A", "総務課", "B"], &["B", "総務部", "A"]],
    );
    let assets = book.add_worksheet();
    assets.set_name("機器").unwrap();
    write_rows(assets, &[&["機器ID", "機器の名前", "種別"], &["PC1", "x", "ノートPC"]]);
    let near = book.add_worksheet();
    near.set_name("外部サービズ").unwrap();
    write_rows(near, &[&["メモ"]]);
    let bytes = book.save_to_buffer().unwrap();
    insta::assert_snapshot!(lines(&refused("名簿.xlsx", &bytes)), @r#"
    名簿.xlsx「職員」 1行 C列(フリカナ): この表にない列です
    名簿.xlsx「職員」 2行 E列(メール): メールアドレスとして読めません:「yamada」
    名簿.xlsx「職員」 2行 F列(電話): 先頭の0が失われています:「312345678」
    名簿.xlsx「職員」 2行 G列(役割): この列に書ける語ではありません:「当番、班長」
    名簿.xlsx「職員」 2行 H列(休暇開始): 日付として読めません:「12月28日」
    名簿.xlsx「職員」 3行 B列(氏名): 必須の値がありません
    名簿.xlsx「職員」 3行 D列(所属): この課室IDは「課室」の表にありません:「Z」
    名簿.xlsx「職員」 4行 A列(職員ID): 3行と同じIDです:「2」
    名簿.xlsx「職員」 5行 A列(職員ID): 2行と同じIDです:「1」
    名簿.xlsx「職員」 5行 J列: 見出しのない列に値があります:「あまり」
    名簿.xlsx「職員」 6行 A列(職員ID): 3行と同じIDです:「2」
    名簿.xlsx「職員」 7行 I列(休暇終了): 休暇終了が休暇開始(2026-12-28)より前です:「2026-12-27」
    名簿.xlsx「職員」 8行 A列(職員ID): 数式のエラー値です:「#REF!」
    名簿.xlsx「課室」 2行 C列(上位課室ID): 上位課室が循環しています(A → B → A):「B」
    名簿.xlsx「機器」 1行: 必須の列「名称」がありません
    名簿.xlsx「機器」 1行 B列(機器の名前): この表にない列です
    名簿.xlsx「外部サービズ」: 台帳の表ではないシートです。取り込みません
    "#);
}

#[test]
fn every_problem_says_what_to_do_in_both_languages() {
    let bytes =
        book("職員", |sheet| write_rows(sheet, &[&["職員ID", "氏名", "電話"], &["1", "山田", "12"]]));
    let problems = refused("a.xlsx", &bytes);
    let problem = problems.first().unwrap();
    insta::assert_json_snapshot!(problem, @r#"
    {
      "severity": "fault",
      "file": "a.xlsx",
      "sheet": "職員",
      "row": 2,
      "column": {
        "letter": "C",
        "header": "電話"
      },
      "code": "not-a-phone-number",
      "value": "12",
      "message": {
        "ja": "電話番号として読めません",
        "en": "this is not a telephone number"
      },
      "hint": {
        "ja": "03-1234-5678、+81-3-1234-5678、03-1234-5678 内線1234、内線1234 のように書いてください。複数あるときは ; で区切ってください",
        "en": "write it like 03-1234-5678, +81-3-1234-5678, 03-1234-5678 内線1234 or 内線1234; separate several by ;"
      }
    }
    "#);
}

#[test]
fn cells_are_read_as_spreadsheets_keep_them() {
    let date = Format::new().set_num_format("yyyy/m/d");
    let era = Format::new().set_num_format(r#"[$-411]ggge"年"m"月"d"日""#);
    let day = ExcelDateTime::from_ymd(2026, 12, 28).unwrap();
    let bytes = book("職員", |sheet| {
        write_rows(sheet, &[&["職員番号", "氏名", "休暇開始", "休暇終了", "退職日"]]);
        sheet.write_number(1, 0, 1234.0).unwrap();
        sheet.write_string(1, 1, "　山田　ﾀﾛｳ ").unwrap();
        sheet.write_datetime_with_format(1, 2, &day, &date).unwrap();
        sheet.write_datetime_with_format(1, 3, &day, &era).unwrap();
        sheet.write_number(1, 4, 46384.0).unwrap();
        sheet.write_number(2, 0, 1235.0).unwrap();
        sheet.write_formula(2, 1, rust_xlsxwriter::Formula::new("=B2").set_result("鈴木")).unwrap();
        sheet.write_number(2, 2, 46384.5).unwrap();
        sheet.write_datetime_with_format(2, 2, day.clone().and_hms(9, 30, 0).unwrap(), &date).unwrap();
        sheet.write_string(2, 4, "R8.12.28").unwrap();
    });
    let incoming = read_file("a.xlsx", &bytes).unwrap_or_else(|p| panic!("{}", lines(&p)));
    let people = &incoming.people.as_ref().unwrap().rows;
    let cells = [
        row::<Person>(&[
            ("id", "1234"),
            ("name", "山田 タロウ"),
            ("leave_from", "2026-12-28"),
            ("leave_until", "2026-12-28"),
            ("left_on", "2026-12-28"),
        ]),
        row::<Person>(&[
            ("id", "1235"),
            ("name", "鈴木"),
            ("leave_from", "2026-12-28"),
            ("left_on", "2026-12-28"),
        ]),
    ];
    assert_eq!(*people, cells.into());
    insta::assert_snapshot!(lines(&incoming.cautions), @r#"
    a.xlsx「職員」 2行 A列(職員番号): 数値のセルです。先頭の0や小数の末尾の0が失われている可能性があります(2件)
    a.xlsx「職員」 2行 E列(退職日): 数値を日付として読みました
    a.xlsx「職員」 3行 C列(休暇開始): 時刻は取り込まれません。日付だけを読みました
    "#);
}

#[test]
fn readings_that_excel_adds_to_names_are_not_part_of_them() {
    let strings = r#"uniqueCount="1"><si><t>山田</t><rPh sb="0" eb="2"><t>ヤマダ</t></rPh><phoneticPr fontId="1"/></si>"#;
    let data = text_row(&["職員ID", "氏名"])
        + r#"<row r="2"><c r="A2" t="inlineStr"><is><t>1</t></is></c><c r="B2" t="s"><v>0</v></c></row>"#;
    let incoming = read_file("a.xlsx", &hand_made(&[("職員", &data)], strings, "")).unwrap();
    assert_eq!(incoming.people.unwrap().rows, [row::<Person>(&[("id", "1"), ("name", "山田")])].into());
}

#[test]
fn dates_of_the_old_macintosh_are_read() {
    let data = text_row(&["職員ID", "氏名", "退職日"])
        + r#"<row r="2"><c t="inlineStr"><is><t>1</t></is></c><c t="inlineStr"><is><t>a</t></is></c><c s="1"><v>44922</v></c></row>"#;
    let incoming = read_file("a.xlsx", &hand_made(&[("職員", &data)], ">", r#"date1904="1""#)).unwrap();
    let expected = row::<Person>(&[("id", "1"), ("name", "a"), ("left_on", "2026-12-28")]);
    assert_eq!(incoming.people.unwrap().rows, [expected].into());
}

#[test]
fn a_formula_without_its_result_is_refused() {
    let data = text_row(&["職員ID", "氏名"])
        + r#"<row r="2"><c t="inlineStr"><is><t>1</t></is></c><c><f>A1</f></c></row>"#
        + r#"<row r="3"><c t="inlineStr"><is><t>2</t></is></c><c t="str"><f>A1</f><v>鈴木</v></c></row>"#;
    let problems = refused("a.xlsx", &hand_made(&[("職員", &data)], ">", ""));
    assert_eq!(lines(&problems), "a.xlsx「職員」 2行 B列(氏名): 数式の計算結果が保存されていません");
}

#[test]
fn titles_and_blank_rows_are_passed_over() {
    let bytes = book("組織", |sheet| {
        write_rows(
            sheet,
            &[
                &["令和8年度 課室一覧"],
                &[],
                &["課室名※", "課室\nID (必須)"],
                &["総務課", "A"],
                &["", "　"],
                &["財政課", "B"],
            ],
        );
    });
    let incoming = read_file("a.xlsx", &bytes).unwrap();
    assert_eq!(incoming.sections.as_ref().unwrap().rows.len(), 2);
    assert_eq!(codes(&incoming.cautions), ["title-passed-over"]);
}

#[test]
fn a_sheet_is_known_by_its_header_too() {
    let bytes =
        book("Sheet1", |sheet| write_rows(sheet, &[&["業者ID", "業者名", "種別"], &["V1", "A社", "回線"]]));
    assert_eq!(read_file("a.xlsx", &bytes).unwrap().vendors.unwrap().rows.len(), 1);
    let (_folder, path) = file("export_2026.csv", "資産番号,機器名,種別\n1,a,サーバ\n".as_bytes());
    assert_eq!(read_against(&path, &Register::default()).unwrap().assets.unwrap().rows.len(), 1);
    // Every table has an id and a name.
    assert_eq!(codes(&refused("export.csv", b"id,name\n1,a\n")), ["unknown-sheet"]);
}

#[test]
fn sheets_of_one_table_have_the_same_columns() {
    let read_both = |second: &[&str]| {
        let mut book = Workbook::new();
        for (name, header, cells) in
            [("課室", &["課室ID", "課室名"][..], &["A", "総務課"][..]), ("Sheet2", second, &["B", "財政課"])]
        {
            write_rows(book.add_worksheet().set_name(name).unwrap(), &[header, cells]);
        }
        read_file("a.xlsx", &book.save_to_buffer().unwrap())
    };
    assert_eq!(read_both(&["部署ID", "部署名"]).unwrap().sections.unwrap().rows.len(), 2);
    let problems = read_both(&["課室ID", "課室名", "責任者"]).unwrap_err();
    assert_eq!(lines(&problems), "a.xlsx「Sheet2」 1行: 「課室」の表がもう1つあり、列が異なります");
}

#[test]
fn other_sheets_are_named_and_hidden_tables_refused() {
    let mut book = Workbook::new();
    for (name, hidden) in
        [("説明", false), ("メモ書き", false), ("課室", false), ("職員", true), ("裏", true)]
    {
        let sheet = book.add_worksheet();
        sheet.set_name(name).unwrap().set_hidden(hidden);
        write_rows(sheet, &[&["課室ID", "課室名", "責任者ID"], &["A", "総務課", ""]]);
    }
    let problems = refused("a.xlsx", &book.save_to_buffer().unwrap());
    // The sheets メモ書き and 裏 are known by their headers.
    insta::assert_snapshot!(lines(&problems), @r#"
    a.xlsx「課室」 2行 A列(課室ID): 「メモ書き」の2行と同じIDです:「A」
    a.xlsx「職員」: 台帳の表が非表示のシートにあります
    a.xlsx「裏」: 台帳の表が非表示のシートにあります
    "#);
}

#[test]
fn merged_cells_are_refused_below_the_header_only() {
    let bytes = book("課室", |sheet| {
        sheet.merge_range(0, 0, 0, 1, "課室一覧", &Format::new()).unwrap();
        for (at, cells) in [(1, ["課室ID", "課室名"]), (2, ["A", "総務課"])] {
            for (column, cell) in (0..).zip(cells) {
                sheet.write_string(at, column, cell).unwrap();
            }
        }
    });
    assert!(read_file("a.xlsx", &bytes).is_ok());
    let bytes = book("課室", |sheet| {
        write_rows(sheet, &[&["課室ID", "課室名"], &["A", ""], &["B", ""]]);
        sheet.merge_range(1, 1, 2, 1, "総務課", &Format::new()).unwrap();
    });
    assert_eq!(lines(&refused("a.xlsx", &bytes)), "a.xlsx「課室」 2行: セルが結合されています(B2:B3)");
}

#[test]
fn rows_may_point_to_the_register_and_pruning_is_foreseen() {
    let current = register();
    let (_folder, path) = file("people.csv", "職員ID,氏名,課室ID\nN1,新人,0012\n".as_bytes());
    let options = |prune| ReadOptions {
        current: &current,
        prune,
        reading: Reading { date: some_dates },
        limits: Limits::default(),
    };
    let incoming = read(&path, &options(false)).unwrap();
    let changes = compare(&current, &incoming);
    assert_eq!(changes.tables.first().unwrap().absent.len(), 4);
    // Taking away the other people leaves sections without their managers, and so on.
    let problems = read(&path, &options(true)).unwrap_err();
    insta::assert_snapshot!(lines(&problems), @r#"
    people.csv(責任者): 台帳の「課室」の行「0010」: この職員IDは「職員」の表にありません:「000123」
    people.csv(責任者): 台帳の「課室」の行「0012」: この職員IDは「職員」の表にありません:「1E5」
    people.csv(代理者): 台帳の「課室」の行「0012」: この職員IDは「職員」の表にありません:「P-2」
    people.csv(管理者): 台帳の「機器」の行「1-2」: この職員IDは「職員」の表にありません:「1E5」
    people.csv(管理者): 台帳の「外部サービス」の行「S1」: この職員IDは「職員」の表にありません:「000123」
    people.csv(管理者): 台帳の「重要データ」の行「D1」: この職員IDは「職員」の表にありません:「P-2」
    "#);
}

#[test]
fn what_a_file_does_not_hold_stays() {
    let current = register();
    let (_folder, path) = file("職員.csv", "職員ID,役割\r\n000123,監査\r\n".as_bytes());
    assert_eq!(codes(&read_against(&path, &current).unwrap_err()), ["missing-column"]);
    let (_folder, path) = file("職員.csv", "職員ID,氏名,役割\r\n000123,山田 太郎,監査\r\n".as_bytes());
    let options = ReadOptions {
        current: &current,
        prune: false,
        reading: Reading::own_forms(),
        limits: Limits::default(),
    };
    let incoming = read(&path, &options).unwrap();
    let after = apply(&current, &incoming, false);
    let mut expected = current.clone();
    let id = "000123".parse().unwrap();
    let roles = row::<Person>(&[("id", "1"), ("name", "a"), ("roles", "監査")]).1.roles;
    expected.people.get_mut(&id).unwrap().roles = roles;
    assert_eq!(after, expected);
}

#[test]
fn ids_that_excel_took_for_numbers_are_noticed() {
    let current = register();
    let (_folder, path) = file("sections.csv", "課室ID,課室名\r\n12,情報政策課\r\n".as_bytes());
    let options = ReadOptions {
        current: &current,
        prune: false,
        reading: Reading::own_forms(),
        limits: Limits::default(),
    };
    let incoming = read(&path, &options).unwrap();
    insta::assert_snapshot!(lines(&incoming.cautions), @r#"sections.csv 2行 A列(課室ID): 台帳の「0012」の先頭の0が失われたIDのようです。新しい行として追加されます:「12」"#);
}

#[test]
fn csv_as_excel_writes_it_is_read() {
    let text = "課室ID,課室名,上位課室ID\r\nA,\"総務\r\n課\",\r\n\r\nB,髙島課,A\r\n";
    let expected: Vec<(_, Section)> = vec![
        row(&[("id", "A"), ("name", "総務 課")]),
        row(&[("id", "B"), ("name", "髙島課"), ("parent", "A")]),
    ];
    let (sjis, _, _) = encoding_rs::SHIFT_JIS.encode(text);
    let tabs = text.replace(',', "\t");
    let utf16: Vec<u8> =
        std::iter::once(0xFEFF).chain(tabs.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    for (name, bytes) in [
        ("課室.csv", text.as_bytes()),
        ("Sections.CSV", &sjis),
        ("課室.txt", &utf16),
        ("課室.tsv", tabs.as_bytes()),
    ] {
        let incoming = read_file(name, bytes).unwrap_or_else(|p| panic!("{name}: {}", lines(&p)));
        assert_eq!(incoming.sections.unwrap().rows, expected.iter().cloned().collect(), "{name}");
    }
}

#[test]
fn csv_rows_are_counted_with_blank_lines() {
    let problems = refused("課室.csv", "課室ID,課室名\n\nA,\"総\n務\"\nB,\n\"C".as_bytes());
    assert_eq!(lines(&problems), "課室.csv 5行: 引用符(\")が閉じられていません");
    let problems = refused("課室.csv", "課室ID,課室名\n\nA,\"総\n務\"\nB,\n".as_bytes());
    assert_eq!(lines(&problems), "課室.csv 4行 B列(課室名): 必須の値がありません");
    let problems = refused("課室.csv", "課室ID;課室名\nA;総務課\n".as_bytes());
    assert_eq!(codes(&problems), ["no-header"]);
}

#[test]
fn a_folder_is_all_or_nothing() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(codes(&read_against(folder.path(), &Register::default()).unwrap_err()), ["no-files"]);
    fs::write(folder.path().join("課室.csv"), "課室ID,課室名,責任者\nA,総務課,1\n").unwrap();
    fs::write(folder.path().join("職員.csv"), "職員ID,氏名,課室ID\n1,山田,A\n").unwrap();
    fs::write(folder.path().join("README.md"), "x").unwrap();
    let incoming = read_against(folder.path(), &Register::default()).unwrap();
    assert!(incoming.sections.is_some() && incoming.people.is_some() && incoming.assets.is_none());
    fs::write(folder.path().join("people.csv"), "職員ID,氏名,課室ID\n1,山田,A\n").unwrap();
    let problems = read_against(folder.path(), &Register::default()).unwrap_err();
    assert_eq!(lines(&problems), "職員.csv 2行 A列(職員ID): 「people.csv」の2行と同じIDです:「1」");
}

#[test]
fn files_that_are_no_tables_are_refused_in_clear_words() {
    let workbook = xlsx_bytes(&register()).unwrap();
    let other_document = zipped(&[
        ("mimetype".to_owned(), "application/vnd.oasis.opendocument.spreadsheet".to_owned()),
        ("content.xml".to_owned(), "<a/>".to_owned()),
    ]);
    let truncated = workbook.get(..workbook.len() / 2).unwrap();
    let cases: &[(&str, &[u8], &str)] = &[
        ("a.xlsx", b"", "empty-file"),
        ("a.csv", b"", "empty-file"),
        ("a.xlsx", truncated, "broken-workbook"),
        ("a.xlsx", b"PK\x03\x04", "broken-workbook"),
        ("a.xlsx", b"\r\n<html><table><tr><td>a</td></tr></table></html>", "not-a-workbook"),
        ("a.xlsx", "\u{FEFF}<?xml version=\"1.0\"?><Workbook/>".as_bytes(), "not-a-workbook"),
        ("a.xlsx", b"id,name\n", "not-a-workbook"),
        ("a.xlsx", b"%PDF-1.7", "not-a-workbook"),
        ("a.ods", &other_document, "not-a-workbook"),
        ("a.docx", &zipped(&[("word/document.xml".to_owned(), "<a/>".to_owned())]), "not-a-workbook"),
        ("a.xlsx", include_bytes!("fixtures/password.xlsx"), "encrypted"),
        ("a.csv", b"\xFF\xFF\xFF", "unknown-encoding"),
    ];
    for (name, bytes, code) in cases {
        let problems = refused(name, bytes);
        assert_eq!(codes(&problems), [*code], "{name}: {}", lines(&problems));
        assert!(!problems.first().unwrap().hint.ja.is_empty());
    }
    let nowhere = read_against(Path::new("/nonexistent/a.xlsx"), &Register::default()).unwrap_err();
    assert_eq!(codes(&nowhere), ["unreadable-file"]);
}

#[test]
fn a_flipped_bit_is_noticed() {
    let mut bytes = xlsx_bytes(&register()).unwrap();
    // In the middle of the file stands the compressed data of a sheet.
    let at = bytes.len() / 2;
    bytes[at] ^= 0x10;
    assert_eq!(codes(&refused("a.xlsx", &bytes)), ["broken-workbook"]);
}

#[test]
fn files_that_would_fill_the_memory_are_refused() {
    let rows = text_row(&["職員ID", "氏名"]);
    let limited = |bytes: &[u8], limits: Limits| {
        let (_folder, path) = file("a.xlsx", bytes);
        let current = Register::default();
        let options = ReadOptions { current: &current, prune: false, reading: Reading::own_forms(), limits };
        codes(&read(&path, &options).unwrap_err())
    };
    let bomb = hand_made(&[("職員", &format!("{rows}<row>{}</row>", " ".repeat(6 << 20)))], ">", "");
    assert!(bomb.len() < 1 << 16);
    assert_eq!(limited(&bomb, Limits { unpacked_bytes: 4 << 20, ..Limits::default() }), ["too-large"]);
    assert_eq!(limited(&bomb, Limits { file_bytes: 1 << 10, ..Limits::default() }), ["too-large"]);
    let many = hand_made(&[("職員", &text_row(&["1", "a"]).repeat(10))], ">", "");
    assert_eq!(limited(&many, Limits { cells: 19, ..Limits::default() }), ["too-many-cells"]);
    let strings = hand_made(&[("職員", &rows)], r#"uniqueCount="4000000000">"#, "");
    assert_eq!(codes(&refused("a.xlsx", &strings)), ["broken-workbook"]);
    let bad = hand_made(&[("職員", &(rows.clone() + &text_row(&["a b", ""]).repeat(100)))], ">", "");
    let told = limited(&bad, Limits { problems: 10, ..Limits::default() });
    assert_eq!((told.len(), told.last()), (11, Some(&"too-many-problems")));
    // A cell in the last corner costs no more than any other.
    let corner = rows + r#"<row r="1048576"><c r="XFD1048576" t="inlineStr"><is><t>x</t></is></c></row>"#;
    assert_eq!(
        lines(&refused("a.xlsx", &hand_made(&[("職員", &corner)], ">", ""))),
        "a.xlsx「職員」 1048576行 A列(職員ID): 必須の値がありません\n\
         a.xlsx「職員」 1048576行 B列(氏名): 必須の値がありません\n\
         a.xlsx「職員」 1048576行 XFD列: 見出しのない列に値があります:「x」"
    );
}

#[test]
fn a_password_in_an_address_is_never_shown() {
    let text = "外部サービスID,外部サービス名,URL\nS1,a,https://admin:hunter2@example.jp/\n";
    let problems = refused("外部サービス.csv", text.as_bytes());
    assert_eq!(codes(&problems), ["address-with-password"]);
    assert!(!format!("{problems:?}").contains("hunter2"));
}

#[test]
fn every_table_is_read_by_its_english_headers() {
    let folder = tempfile::tempdir().unwrap();
    write_csv(&register(), folder.path(), CsvEncoding::Utf8).unwrap();
    for table in Table::ALL {
        for names in [
            |c: &rusuban_core::model::register::Column| c.en,
            |c: &rusuban_core::model::register::Column| c.key,
        ] {
            let path = folder.path().join(format!("{}.csv", table.as_str()));
            let text = fs::read_to_string(&path).unwrap();
            let (_, rest) = text.split_once("\r\n").unwrap();
            let header = table.columns().iter().map(names).collect::<Vec<_>>().join(",");
            fs::write(&path, format!("{header}\r\n{rest}")).unwrap();
            sample_register::assert_holds(folder.path(), &register());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn spoiled_workbooks_never_panic(
        changes in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 1..8),
        length in any::<proptest::sample::Index>(),
        cut in any::<bool>(),
    ) {
        let mut bytes = xlsx_bytes(&register()).unwrap();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if cut {
            bytes.truncate(length.index(bytes.len()));
        }
        let _ = read_file("a.xlsx", &bytes);
    }

    #[test]
    fn any_sheet_never_panics(
        data in r#"(<row( r="[0-9]{0,8}")?>|</row>|<c( r="[A-Z]{0,4}[0-9]{0,8}")?( t="(s|str|n|b|e|d|inlineStr)")?( s="[01]")?>|</c>|<v>[#/A-Z0-9.eE-]{0,12}</v>|<f( t="shared" si="[0-9]{1,3}")?>A1</f>|<is><t>[職員ID氏名]{0,5}</t></is>|<mergeCells>){0,24}"#,
    ) {
        let rows = text_row(&["職員ID", "氏名"]) + &data;
        let _ = read_file("a.xlsx", &hand_made(&[("職員", &rows)], ">", ""));
    }

    #[test]
    fn any_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200), xlsx in any::<bool>()) {
        let _ = read_file(if xlsx { "職員.xlsx" } else { "職員.csv" }, &bytes);
    }
}
