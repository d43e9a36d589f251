//! Exported workbooks through the real LibreOffice and the real openpyxl: opened, edited, saved, and read again.
//!
//! Both are installed by `cargo xtask test` (Debian: libreoffice-calc, python3-openpyxl); without them the tests fail.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on should stop"
)]

mod sample_register;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use rusuban::inventory::{CsvEncoding, write_csv, write_xlsx};
use rusuban_core::model::register::comparison::{FieldChange, RowChange};
use rusuban_core::model::register::{Register, apply, compare};
use sample_register::{assert_holds, lines, read_against, register};
use tempfile::TempDir;

/// Debian's Python, which has Debian's openpyxl, whatever stands first on the path.
const PYTHON: &str = "/usr/bin/python3";

/// A folder with an exported workbook, and a LibreOffice with a profile of its own, so that tests run side by side.
struct Office {
    folder: TempDir,
}

impl Office {
    fn with(register: &Register) -> Self {
        let office = Self { folder: tempfile::tempdir().unwrap() };
        write_xlsx(register, &office.path("台帳.xlsx")).unwrap();
        office
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Opens a file and saves it in another format, into a folder of its own. Gives the folder.
    fn convert(&self, file: &Path, format: &str, into: &str) -> PathBuf {
        let profile = format!("-env:UserInstallation=file://{}", self.path("profile").display());
        let output = Command::new("soffice")
            .env("HOME", self.folder.path())
            .args([&profile, "--headless", "--convert-to", format, "--outdir"])
            .arg(self.path(into))
            .arg(file)
            .output()
            .unwrap_or_else(|error| panic!("soffice: {error}; run `cargo xtask test`, which installs it"));
        assert!(output.status.success(), "{output:?}");
        assert!(self.path(into).exists(), "LibreOffice saved nothing: {output:?}");
        self.path(into)
    }

    /// Opens a workbook and saves it as a workbook.
    fn resave(&self, file: &Path, into: &str) -> PathBuf {
        self.convert(file, "xlsx", into).join(file.file_name().unwrap())
    }

    /// Edits a workbook with openpyxl. The script sees the workbook as `book`.
    fn edit(file: &Path, script: &str) {
        let script = format!(
            "import sys, openpyxl\nbook = openpyxl.load_workbook(sys.argv[1])\n{script}\nbook.save(sys.argv[1])\n"
        );
        let output =
            Command::new(PYTHON).args(["-c", &script]).arg(file).output().unwrap_or_else(|error| {
                panic!("{PYTHON}: {error}; run `cargo xtask test`, which installs it")
            });
        assert!(
            output.status.success(),
            "openpyxl did not do it (where it is missing: `cargo xtask test` installs it): {}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
}

/// Asserts that reading `path` changes exactly one field of one row.
fn assert_one_change(path: &Path, register: &Register, id: &str, (key, old, new): (&str, &str, &str)) {
    let incoming = read_against(path, register).unwrap_or_else(|problems| panic!("{}", lines(&problems)));
    assert_eq!(lines(&incoming.cautions), "");
    let changes = compare(register, &incoming);
    assert!(changes.tables.iter().all(|table| table.added.is_empty() && table.absent.is_empty()));
    let rows: Vec<&RowChange> = changes.tables.iter().flat_map(|table| &table.changed).collect();
    let [RowChange { id: changed_id, fields, .. }] = rows.as_slice() else { panic!("{changes:#?}") };
    let [FieldChange { key: changed_key, old: was, new: is, .. }] = fields.as_slice() else {
        panic!("{fields:#?}")
    };
    assert_eq!((changed_id.as_str(), *changed_key, was.as_str(), is.as_str()), (id, key, old, new));
}

#[test]
fn a_workbook_saved_by_libreoffice_holds_the_register() {
    let office = Office::with(&register());
    let once = office.resave(&office.path("台帳.xlsx"), "once");
    assert_holds(&once, &register());
    assert_holds(&office.resave(&once, "twice"), &register());
}

#[test]
fn a_form_filled_in_by_nobody_holds_nothing() {
    let office = Office::with(&Register::default());
    assert_holds(&office.resave(&office.path("台帳.xlsx"), "once"), &Register::default());
}

#[test]
fn csv_files_saved_by_libreoffice_hold_the_register() {
    let mut register = register();
    // Another program's CSV has no marks before texts that begin with an apostrophe, so these two are not told apart
    // from marked ones.
    register
        .assets
        .retain(|_, asset| !asset.note.as_ref().is_some_and(|note| note.as_str().starts_with("''")));
    let office = Office::with(&register);
    let csv = |separator: u8, charset: u32, quoted: bool| {
        format!(
            "csv:Text - txt - csv (StarCalc):{separator},34,{charset},1,,0,{quoted},true,false,false,false,-1"
        )
    };
    // LibreOffice's numbers: 76 is UTF-8, 65535 is UTF-16; the separators are a comma and a tab.
    for (format, into) in [
        (csv(b',', 76, false), "utf8"),
        (csv(b',', 76, true), "quoted"),
        (csv(b'\t', 65_535, false), "utf16"),
    ] {
        assert_holds(&office.convert(&office.path("台帳.xlsx"), &format, into), &register);
    }
}

#[test]
fn shift_jis_saved_by_libreoffice_holds_what_it_can() {
    // LibreOffice writes `?` for what Shift_JIS does not have, and says nothing; so the register has nothing of it here,
    // nor the unseen character that keeps `_x0041_` whole.
    let mut register = register();
    register.people.retain(|id, _| id.as_str() != "P-2");
    register.sections.values_mut().for_each(|section| section.substitute = None);
    register.datasets.clear();
    register.assets.retain(|id, asset| {
        !id.as_str().starts_with('機')
            && !asset.note.as_ref().is_some_and(|note| note.as_str().starts_with("''"))
    });
    for asset in register.assets.values_mut() {
        asset.note = asset.note.take().and_then(|note| note.as_str().replace("_x", "_y").parse().ok());
    }
    let office = Office::with(&register);
    // 64 is Shift_JIS.
    let format = "csv:Text - txt - csv (StarCalc):44,34,64,1,,0,false,true,false,false,false,-1";
    let folder = office.convert(&office.path("台帳.xlsx"), format, "sjis");
    assert!(fs::read(folder.join("台帳-課室.csv")).unwrap().starts_with(b"\x89\xDB\x8E\xBAID"));
    assert_holds(&folder, &register);
}

#[test]
fn the_workbook_is_made_for_editing() {
    let office = Office::with(&register());
    let file = office.path("台帳.xlsx");
    let looked = "\
        assert book.sheetnames == ['説明', '課室', '職員', '機器', '外部サービス', '業者', '重要データ'], book.sheetnames\n\
        assets = book['機器']\n\
        assert assets.freeze_panes == 'A2'\n\
        assert assets.auto_filter.ref == 'A1:N5', assets.auto_filter.ref\n\
        assert all(cell.font.b for cell in assets[1])\n\
        assert all(cell.number_format == '@' and cell.data_type in 'sn' for row in assets for cell in row if cell.value)\n\
        assert assets.column_dimensions['A'].number_format == '@'\n\
        assert all(type(cell.value) in (str, type(None)) for sheet in book for row in sheet for cell in row)\n\
        assert assets.column_dimensions['K'].width >= 10\n\
        rules = {str(rule.sqref): rule.formula1 for rule in assets.data_validations.dataValidation}\n\
        assert rules['I2:I5000'] == '\"停止,稼働,持ち出し\"', rules\n\
        assert rules['J2:J5000'] == \"'業者'!$A$2:$A$5000\", rules\n\
        assert '休業中の扱い' in [cell.value for cell in book['説明']['B']]";
    Office::edit(&file, looked);
    assert_holds(&file, &register());
}

#[test]
fn one_edited_cell_is_one_change() {
    let office = Office::with(&register());
    let file = office.path("台帳.xlsx");
    Office::edit(&file, "book['職員']['E2'] = 'ｙａｍａｄａ＠example.jp'");
    let change = ("mail", "taro..y.@docomo.ne.jp", "yamada@example.jp");
    assert_one_change(&file, &register(), "000123", change);
    assert_one_change(&office.resave(&file, "saved"), &register(), "000123", change);
}

#[test]
fn one_cell_edited_in_libreoffice_is_one_change() {
    let office = Office::with(&register());
    let flat = office.convert(&office.path("台帳.xlsx"), "fods", "flat").join("台帳.fods");
    let text = fs::read_to_string(&flat).unwrap();
    assert_eq!(text.matches("FS01.example.jp").count(), 1);
    fs::write(&flat, text.replace("FS01.example.jp", "FS02.example.jp")).unwrap();
    let file = office.convert(&flat, "xlsx", "back").join("台帳.xlsx");
    assert_one_change(&file, &register(), "1-2", ("hostname", "FS01.example.jp", "FS02.example.jp"));
}

#[test]
fn what_people_type_into_the_form_is_read() {
    let office = Office::with(&register());
    let file = office.path("台帳.xlsx");
    // A date as a date, a date as text, an id as a number, a choice in its own words; and a row taken away.
    Office::edit(
        &file,
        "import datetime\n\
         people = book['職員']\n\
         people.append([777, '新人', None, '0012', None, None, '当番、監査', datetime.date(2026, 12, 28), '2027/1/3'])\n\
         for cell in people[people.max_row]: cell.number_format = 'General'\n\
         people.cell(people.max_row, 8).number_format = 'yyyy\"年\"m\"月\"d\"日\"'\n\
         people.delete_rows([row[0].value for row in people.iter_rows()].index('TRUE') + 1)",
    );
    for path in [file.clone(), office.resave(&file, "saved")] {
        let incoming =
            read_against(&path, &register()).unwrap_or_else(|problems| panic!("{}", lines(&problems)));
        assert_eq!(incoming.cautions.iter().map(|p| p.code).collect::<Vec<_>>(), ["number-for-text"]);
        let changes = compare(&register(), &incoming);
        let people = changes.tables.iter().find(|table| table.table.as_str() == "people").unwrap();
        assert_eq!(people.added.iter().map(|row| row.id.as_str()).collect::<Vec<_>>(), ["777"]);
        assert_eq!(people.absent.iter().map(|row| row.id.as_str()).collect::<Vec<_>>(), ["TRUE"]);
        assert_eq!((people.changed.len(), people.unchanged), (0, 3));
        let after = apply(&register(), &incoming, true);
        let new = serde_json::to_string(&after.people[&"777".parse().unwrap()]).unwrap();
        assert!(
            new.contains(r#""roles":["duty","audit"],"leave_from":"2026-12-28","leave_until":"2027-01-03""#),
            "{new}"
        );
        assert_eq!(after.people.len(), 4);
    }
}

#[test]
fn formulas_are_read_once_their_results_are_stored() {
    let office = Office::with(&register());
    let file = office.path("台帳.xlsx");
    Office::edit(
        &file,
        "cell = book['課室']['B2']\ncell.number_format = 'General'\ncell.value = '=\"総務\"&\"局\"'",
    );
    let problems = read_against(&file, &register()).unwrap_err();
    assert_eq!(lines(&problems), "台帳.xlsx「課室」 2行 B列(課室名): 数式の計算結果が保存されていません");
    let saved = office.resave(&file, "saved");
    assert_one_change(&saved, &register(), "0010", ("name", "総務部", "総務局"));
}

#[test]
fn a_formula_that_fails_is_refused() {
    let office = Office::with(&register());
    let file = office.path("台帳.xlsx");
    Office::edit(&file, "cell = book['課室']['B2']\ncell.number_format = 'General'\ncell.value = '=NA()'");
    let problems = read_against(&office.resave(&file, "saved"), &register()).unwrap_err();
    assert_eq!(lines(&problems), "台帳.xlsx「課室」 2行 B列(課室名): 数式のエラー値です:「#N/A」");
}

#[test]
fn other_formats_of_libreoffice_are_refused() {
    let office = Office::with(&register());
    let file = office.path("台帳.xlsx");
    for (format, code) in [
        ("xls", "legacy-excel"),
        ("ods", "not-a-workbook"),
        ("html", "not-a-workbook"),
        ("pdf", "not-a-workbook"),
    ] {
        let saved = office.convert(&file, format, format).join(format!("台帳.{format}"));
        let renamed = office.path("名簿.xlsx");
        fs::copy(&saved, &renamed).unwrap();
        for path in [saved, renamed] {
            let problems = read_against(&path, &register()).unwrap_err();
            assert_eq!(
                problems.iter().map(|problem| problem.code).collect::<Vec<_>>(),
                [code],
                "{}",
                path.display()
            );
        }
    }
}

#[test]
fn libreoffice_opens_the_csv_files_and_runs_no_formula() {
    let office = Office::with(&register());
    write_csv(&register(), &office.path("csv"), CsvEncoding::Utf8).unwrap();
    // Every column as text, formulas evaluated where there are any (the last `true`).
    let opened = Command::new("soffice")
        .env("HOME", office.folder.path())
        .arg(format!("-env:UserInstallation=file://{}", office.path("profile").display()))
        .args([
            "--headless",
            "--infilter=CSV:44,34,76,1,,0,false,true,false,false,false,0,true",
            "--convert-to",
            "fods",
        ])
        .arg("--outdir")
        .arg(office.path("opened"))
        .arg(office.path("csv/people.csv"))
        .output()
        .unwrap();
    assert!(opened.status.success(), "{opened:?}");
    let text = fs::read_to_string(office.path("opened/people.fods")).unwrap();
    assert!(!text.contains("table:formula"), "a formula was run");
    assert!(text.contains("=1+1"));
}
