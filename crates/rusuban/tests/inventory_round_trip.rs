//! What is written is read as it was: workbooks, CSV in both encodings, and any text that a cell may hold.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on should stop"
)]

mod sample_register;

use std::fs;

use proptest::prelude::*;
use rusuban::inventory::{CsvEncoding, WriteError, write_csv, write_xlsx};
use rusuban_core::model::register::{Asset, Field, Note, Reading, Register};
use sample_register::{assert_holds, lines, register, row};

#[test]
fn a_workbook_holds_the_register() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("台帳.xlsx");
    write_xlsx(&register(), &path).unwrap();
    assert_holds(&path, &register());
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "no part files stay");
}

#[test]
fn a_form_to_fill_in_holds_nothing() {
    let folder = tempfile::tempdir().unwrap();
    write_xlsx(&Register::default(), &folder.path().join("a.xlsx")).unwrap();
    assert_holds(&folder.path().join("a.xlsx"), &Register::default());
    write_csv(&Register::default(), folder.path(), CsvEncoding::Utf8).unwrap();
    assert_holds(folder.path(), &Register::default());
}

#[test]
fn csv_files_hold_the_register() {
    let folder = tempfile::tempdir().unwrap();
    let inner = folder.path().join("a/b");
    write_csv(&register(), &inner, CsvEncoding::Utf8).unwrap();
    assert_holds(&inner, &register());
    let people = fs::read(inner.join("people.csv")).unwrap();
    assert!(people.starts_with("\u{FEFF}職員ID,氏名,".as_bytes()));
    let people = String::from_utf8(people).unwrap();
    assert!(people.contains("\r\nTRUE,'=1+1,"), "{people}");
    assert_eq!(people.matches('\n').count(), people.matches("\r\n").count());
}

#[test]
fn shift_jis_names_what_it_does_not_have_and_writes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let inner = folder.path().join("sjis");
    let Err(WriteError::Unencodable(problems)) = write_csv(&register(), &inner, CsvEncoding::ShiftJis) else {
        panic!("the register holds characters that Shift_JIS does not have");
    };
    insta::assert_snapshot!(lines(&problems), @r"
    people.csv 4行 B列(氏名): Shift_JISにない文字です: 「😀」(U+1F600)、「𠮷」(U+20BB7):「𠮷野家 😀」
    assets.csv 5行 B列(名称): Shift_JISにない文字です: 「−」(U+2212):「−1」
    ");
    assert!(!inner.exists());
}

#[test]
fn shift_jis_files_hold_what_they_can() {
    let folder = tempfile::tempdir().unwrap();
    let mut register = register();
    register.people.retain(|id, _| id.as_str() != "P-2");
    register.sections.values_mut().for_each(|section| section.substitute = None);
    register.datasets.clear();
    register.assets.retain(|id, _| !id.as_str().starts_with('機'));
    write_csv(&register, folder.path(), CsvEncoding::ShiftJis).unwrap();
    assert!(fs::read(folder.path().join("sections.csv")).unwrap().starts_with(b"\x89\xDB\x8E\xBAID,"));
    assert_holds(folder.path(), &register);
}

/// A register with one note, where the text can be a note at all.
fn with_note(text: &str) -> Option<Register> {
    let note = Option::<Note>::read(text, &Reading::own_forms()).ok()?;
    let (id, mut asset) = row::<Asset>(&[("id", "A"), ("name", "名"), ("kind", "サーバ")]);
    asset.note = note;
    Some(Register { assets: [(id, asset)].into(), ..Register::default() })
}

fn survives(text: &str) {
    let Some(register) = with_note(text) else { return };
    let folder = tempfile::tempdir().unwrap();
    let workbook = folder.path().join("a.xlsx");
    write_xlsx(&register, &workbook).unwrap();
    write_csv(&register, &folder.path().join("csv"), CsvEncoding::Utf8).unwrap();
    let sjis = folder.path().join("sjis");
    let mut paths = vec![workbook, folder.path().join("csv")];
    match write_csv(&register, &sjis, CsvEncoding::ShiftJis) {
        Ok(()) => paths.push(sjis),
        Err(WriteError::Unencodable(_)) => {}
        Err(error) => panic!("{error}"),
    }
    for path in paths {
        let incoming =
            sample_register::read_against(&path, &register).unwrap_or_else(|p| panic!("{}", lines(&p)));
        assert_eq!(rusuban_core::model::register::apply(&Register::default(), &incoming, true), register);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_of_a_cell_survives(text in any::<String>()) {
        survives(&text);
    }

    #[test]
    fn any_text_that_files_spoil_survives(text in "[ -~\n\r\t_x0-9A-F'\"=+@－＝,;ｱ-ﾟぁ-ん～〜①\u{E000}\u{3099}\u{FA19}\u{3000}]{0,40}") {
        survives(&text);
    }

    #[test]
    fn any_escape_of_a_workbook_survives(text in "(_x00[0-4][0-9A-F]|_|x005F|_x005F_|A){0,12}") {
        survives(&text);
    }
}
