//! Reading a register from a path: all files, all sheets, then what must hold between them. All or nothing.

use std::collections::BTreeMap;
use std::path::Path;

use rusuban_core::model::register::consistency::{
    Inconsistency, Unread, dangling_reference, inconsistencies, lost_zeros,
};
use rusuban_core::model::register::normal::nearest;
use rusuban_core::model::register::problem::{ColumnPlace, Place};
use rusuban_core::model::register::{Incoming, Problem, Row, Table, TableVisitor, apply};
use rusuban_core::model::text::Text;

use super::source::{self, Kind, shown_name};
use super::table::{ColumnPlaces, LooseReference, RowTaker, Sheet};
use super::{ReadOptions, csv, xlsx};

/// Reads what a workbook, a CSV file or a folder of CSV files holds. Reads files, changes nothing.
///
/// # Errors
/// Everything that is wrong, in the order of files, sheets and rows, cautions among it; then nothing is to be imported.
pub fn read(path: &Path, options: &ReadOptions<'_>) -> Result<Incoming, Vec<Problem>> {
    let files = source::files(path).map_err(|problem| vec![problem])?;
    let mut collector = Collector::new(options);
    for file in &files {
        collector.take_file(file);
    }
    collector.finish(&shown_name(path))
}

/// A sheet and the name that may say which table it is.
pub(super) struct NamedSheet {
    /// The sheet.
    pub(super) sheet: Sheet,
    /// The sheet's name, or the file's without its extension.
    pub(super) name: String,
    /// Whether people do not see the sheet.
    pub(super) hidden: bool,
}

struct Collector<'a> {
    options: &'a ReadOptions<'a>,
    incoming: Incoming,
    unread: Unread,
    loose: Vec<LooseReference>,
    first_places: BTreeMap<(Table, String), Place>,
    column_places: ColumnPlaces,
    problems: Vec<Problem>,
    /// Files and sheets in the order in which they were read.
    order: Vec<(String, Option<String>)>,
    tables: usize,
}

impl<'a> Collector<'a> {
    fn new(options: &'a ReadOptions<'a>) -> Self {
        Self {
            options,
            incoming: Incoming::default(),
            unread: Unread::default(),
            loose: Vec::new(),
            first_places: BTreeMap::new(),
            column_places: ColumnPlaces::new(),
            problems: Vec::new(),
            order: Vec::new(),
            tables: 0,
        }
    }

    fn take_file(&mut self, path: &Path) {
        match sheets_of(path, self.options) {
            Ok(sheets) => {
                for sheet in &sheets {
                    self.take_sheet(sheet);
                }
            }
            Err(problem) => {
                // Its tables are not known, so nothing can be said of what points to them.
                self.unread.tables.extend(Table::ALL);
                self.problems.push(problem);
            }
        }
    }

    fn take_sheet(&mut self, named: &NamedSheet) {
        let NamedSheet { sheet, name, hidden } = named;
        self.order.push((sheet.file.clone(), sheet.name.clone()));
        // LibreOffice names the CSV files of a workbook's sheets `台帳-課室.csv`.
        let last = name.rsplit('-').next().unwrap_or(name);
        if xlsx::is_guide(name) || xlsx::is_guide(last) {
            return;
        }
        let table = Table::named(name).or_else(|| Table::named(last)).or_else(|| sheet.table_by_header());
        match table {
            Some(_) if *hidden => self.problems.push(hidden_table(sheet)),
            Some(table) => {
                self.tables += 1;
                table.visit(TakeSheet { collector: self, sheet });
            }
            None => self.problems.extend(unknown_sheet(sheet, name)),
        }
    }

    fn finish(mut self, file: &str) -> Result<Incoming, Vec<Problem>> {
        if self.tables == 0 && self.problems.iter().all(|problem| !problem.is_fault()) {
            self.problems.push(no_table(file));
        }
        if self.problems.len() >= self.options.limits.problems {
            self.problems.truncate(self.options.limits.problems);
            self.problems.push(too_many_problems(file));
            return Err(self.problems);
        }
        self.look_between_rows(file);
        self.look_for_lost_zeros(file);
        let order = std::mem::take(&mut self.order);
        let position = |problem: &Problem| {
            order.iter().position(|(file, sheet)| *file == problem.file && *sheet == problem.sheet)
        };
        let column = |problem: &Problem| {
            problem.column.as_ref().map(|column| (column.letter.len(), column.letter.clone()))
        };
        self.problems.sort_by_cached_key(|problem| (position(problem), problem.row, column(problem)));
        if self.problems.iter().any(Problem::is_fault) {
            return Err(self.problems);
        }
        self.incoming.cautions = self.problems;
        Ok(self.incoming)
    }

    fn look_between_rows(&mut self, file: &str) {
        let after = apply(self.options.current, &self.incoming, self.options.prune);
        let limit = self.options.limits.problems;
        for Inconsistency { table, id, key, value, refusal } in
            inconsistencies(&after, &self.unread).into_iter().take(limit)
        {
            let words = (refusal.code, refusal.message, refusal.hint);
            let problem = self.of_row(file, table, &id, key, words).with_value(&value);
            self.problems.push(problem);
        }
        for LooseReference { at: (place, column), target, id } in std::mem::take(&mut self.loose) {
            let Some(refusal) = dangling_reference(&after, &self.unread, target, &id) else { continue };
            self.problems.push(
                Problem::fault(&place.file, refusal.code, refusal.message, refusal.hint)
                    .on_sheet(place.sheet.as_deref())
                    .in_row(place.row)
                    .in_column(column)
                    .with_value(&id),
            );
        }
    }

    fn look_for_lost_zeros(&mut self, file: &str) {
        for table in Table::ALL {
            let ids = table.visit(IncomingIds { incoming: &self.incoming });
            let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
            for (id, padded) in lost_zeros(&self.options.current.ids(table), &ids) {
                let problem = self.of_row(file, table, id, "id", lost_zero(padded)).caution().with_value(id);
                self.problems.push(problem);
            }
        }
    }

    /// A problem of a row: at its place in the file, or by its id where the file does not hold it.
    fn of_row(
        &self,
        file: &str,
        table: Table,
        id: &str,
        key: &'static str,
        words: (&'static str, Text, Text),
    ) -> Problem {
        let (code, message, hint) = words;
        let header = table.column(key).map_or(key, |column| column.ja);
        let unlettered = || ColumnPlace { letter: String::new(), header: header.to_owned() };
        if let Some(place) = table.visit(PlaceOf { incoming: &self.incoming, id }) {
            let column = (place.file.clone(), place.sheet.clone(), table, key);
            let column = self.column_places.get(&column).cloned().unwrap_or_else(unlettered);
            return Problem::fault(&place.file, code, message, hint)
                .on_sheet(place.sheet.as_deref())
                .in_row(place.row)
                .in_column(column);
        }
        let Text { ja, en } = table.label();
        let message = Text::new(
            format!("台帳の「{ja}」の行「{id}」: {}", message.ja),
            format!("row {id:?} of the register's table {en:?}: {}", message.en),
        );
        let hint = if self.options.prune {
            Text::new(
                "この行を先に直すか、--prune を付けずに取り込んでください",
                "correct this row first, or import without --prune",
            )
        } else {
            hint
        };
        Problem::fault(file, code, message, hint).in_column(unlettered())
    }
}

fn sheets_of(path: &Path, options: &ReadOptions<'_>) -> Result<Vec<NamedSheet>, Problem> {
    let bytes = source::bytes(path, &options.limits)?;
    let file = shown_name(path);
    match source::kind(path, &bytes)? {
        Kind::Archive => xlsx::sheets(&file, bytes, &options.limits),
        Kind::Text => {
            let sheet = csv::sheet(&file, &bytes, &options.limits)?;
            let name = path.file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().into_owned());
            Ok(vec![NamedSheet { sheet, name, hidden: false }])
        }
    }
}

struct TakeSheet<'c, 'a, 's> {
    collector: &'c mut Collector<'a>,
    sheet: &'s Sheet,
}

impl TableVisitor for TakeSheet<'_, '_, '_> {
    type Output = ();

    fn visit<R: Row>(self) {
        let Collector { options, incoming, unread, loose, first_places, column_places, problems, .. } =
            self.collector;
        let mut taker = RowTaker {
            reading: &options.reading,
            incoming,
            unread,
            loose,
            first_places,
            column_places,
            problems,
            max_problems: options.limits.problems,
        };
        taker.take::<R>(self.sheet);
    }
}

struct PlaceOf<'a> {
    incoming: &'a Incoming,
    id: &'a str,
}

impl TableVisitor for PlaceOf<'_> {
    type Output = Option<Place>;

    fn visit<R: Row>(self) -> Self::Output {
        let places = &R::incoming(self.incoming)?.places;
        places.iter().find(|(id, _)| id.as_ref() == self.id).map(|(_, place)| place.clone())
    }
}

struct IncomingIds<'a> {
    incoming: &'a Incoming,
}

impl TableVisitor for IncomingIds<'_> {
    type Output = Vec<String>;

    fn visit<R: Row>(self) -> Self::Output {
        let table = R::incoming(self.incoming);
        table.map_or_else(Vec::new, |table| table.rows.keys().map(ToString::to_string).collect())
    }
}

fn lost_zero(padded: &str) -> (&'static str, Text, Text) {
    let message = Text::new(
        format!("台帳の「{padded}」の先頭の0が失われたIDのようです。新しい行として追加されます"),
        format!("it looks like {padded:?} of the register without its leading zeros; it comes as a new row"),
    );
    let hint = Text::new(
        format!("同じものなら「{padded}」と書き直してください。CSVではなくXLSXで編集すると失われません"),
        format!("if they are the same, write {padded:?}; a workbook (XLSX) keeps the zeros, CSV does not"),
    );
    ("leading-zero-lost", message, hint)
}

fn hidden_table(sheet: &Sheet) -> Problem {
    sheet.fault(
        "hidden-sheet",
        Text::new("台帳の表が非表示のシートにあります", "a table of the register stands on a hidden sheet"),
        Text::new(
            "シートを再表示して内容を確かめるか、削除してください",
            "show the sheet and look at it, or delete it",
        ),
    )
}

/// A sheet that is no table: nothing where it is empty, a fault where its name is nearly a table's, a caution else. A
/// CSV file was named by somebody, so there it is always a fault.
fn unknown_sheet(sheet: &Sheet, name: &str) -> Option<Problem> {
    let names = || Table::ALL.into_iter().flat_map(Table::names);
    let all = Table::ALL.map(|table| table.label().ja).join("、");
    let near = nearest(name, names()).and_then(Table::named).map(|table| table.label().ja);
    let is_csv = sheet.name.is_none();
    if sheet.rows.is_empty() && near.is_none() && !is_csv {
        return None;
    }
    let message = if is_csv {
        Text::new("どの表のファイルか分かりません", "it is not clear which table the file is")
    } else {
        Text::new(
            "台帳の表ではないシートです。取り込みません",
            "the sheet is no table of the register, and is not imported",
        )
    };
    let hint = match (&near, is_csv) {
        (Some(near), _) => Text::new(
            format!("「{near}」のことなら、名前をそう直してください"),
            format!("if it is {near:?}, rename it so"),
        ),
        (None, true) => {
            let keys = Table::ALL.map(|table| format!("{}.csv", table.as_str())).join("、");
            Text::new(
                format!("ファイル名を {keys} のいずれかにしてください。文字コードは UTF-8 か Shift_JIS です"),
                format!("name the file one of {keys}; its encoding is UTF-8 or Shift_JIS"),
            )
        }
        (None, false) => Text::new(
            format!("取り込むシートの名前は {all} です"),
            format!("sheets that are imported are named {all}"),
        ),
    };
    let problem = sheet.fault("unknown-sheet", message, hint);
    Some(if is_csv || near.is_some() { problem } else { problem.caution() })
}

fn no_table(file: &str) -> Problem {
    let all = Table::ALL.map(|table| table.label().ja).join("、");
    Problem::fault(
        file,
        "no-table",
        Text::new("台帳の表が1つもありません", "there is no table of the register in it"),
        Text::new(format!("シートの名前を {all} のいずれかにしてください"), format!("name the sheets {all}")),
    )
}

fn too_many_problems(file: &str) -> Problem {
    Problem::fault(
        file,
        "too-many-problems",
        Text::new(
            "問題が多いため、ここで打ち切りました",
            "there are too many problems; reading stopped here",
        ),
        Text::new("ここまでの問題を直して、もう一度取り込んでください", "repair these, and import again"),
    )
}
