//! The first sheet of an exported workbook: what each column is for. Reading knows it by its name and passes it over.

use rusuban_core::model::register::Table;
use rusuban_core::model::register::normal::comparable;

/// Name of the sheet.
pub(super) const NAME: &str = "説明";

/// Whether a sheet is an explanation for people, by its name.
pub(in super::super) fn is_guide(name: &str) -> bool {
    let name = comparable(name);
    [NAME, "使い方", "記入要領", "凡例", "README", "Guide", "Notes"].iter().any(|own| comparable(own) == name)
}

/// What stands above the table of columns.
pub(super) const INTRODUCTION: [&str; 6] = [
    "この台帳は、留守番 (rusuban) で取り込めます。各シートの2行目以降に、1行に1件ずつ記入してください。",
    "ID は行を見分けるためのものです。一度取り込んだ ID は変更しないでください。",
    "シートや列を消して取り込むと、その表や列は台帳の内容のまま変わりません。セルを空欄にして取り込むと、値が消えます。",
    "行を消して取り込んでも、台帳の行は残ります。台帳からも消すときは、取込時に --prune を指定してください。",
    "セルを結合しないでください。パスワードを付けて保存しないでください。",
    "「複数可」の列には、; か 、 で区切って複数の値を書けます。",
];

/// Headers of the table of columns.
pub(super) const HEADERS: [&str; 6] = ["シート", "列", "必須", "複数可", "書き方", "説明"];

/// One row a column of every table.
pub(super) fn rows() -> Vec<[String; 6]> {
    let mut rows = Vec::new();
    for table in Table::ALL {
        for column in table.columns() {
            let mark = |set: bool| if set { "○" } else { "" }.to_owned();
            let form = match column.refers_to() {
                Some(target) => {
                    let header = target.column("id").map_or("ID", |column| column.ja);
                    format!("「{}」シートの{header}", target.label().ja)
                }
                None => column.shape.label().ja,
            };
            rows.push([
                table.label().ja,
                column.ja.to_owned(),
                mark(column.required),
                mark(column.several),
                form,
                column.help.0.to_owned(),
            ]);
        }
    }
    rows
}
