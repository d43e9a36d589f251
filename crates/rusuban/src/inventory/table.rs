//! From one sheet of cells to the typed rows of one table. Knows no file format.

use std::collections::{BTreeMap, BTreeSet};

use rusuban_core::model::register::consistency::Unread;
use rusuban_core::model::register::normal::{clean, comparable, nearest};
use rusuban_core::model::register::problem::{ColumnPlace, Place};
use rusuban_core::model::register::{Column, Field, Incoming, Problem, Reading, Refusal, Row, Table};
use rusuban_core::model::text::Text;

use super::cell::{Cell, Suspicion, letters};

/// A row that holds something.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct SheetRow {
    /// Number as spreadsheets show it, from 1.
    pub(super) number: u32,
    /// The cells by column, from 0. Empty cells are missing.
    pub(super) cells: BTreeMap<u32, Cell>,
}

/// Merged cells: rows as spreadsheets number them, columns from 0, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Merged {
    /// First and last row, from 1.
    pub(super) rows: (u32, u32),
    /// First and last column, from 0.
    pub(super) columns: (u32, u32),
}

/// One sheet, or one CSV file.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Sheet {
    /// Name of the file.
    pub(super) file: String,
    /// Name of the sheet, where the file has sheets.
    pub(super) name: Option<String>,
    /// Rows that hold something, from above.
    pub(super) rows: Vec<SheetRow>,
    /// Merged cells.
    pub(super) merged: Vec<Merged>,
}

/// The header may stand in one of this many rows that hold something.
const HEADER_WITHIN: usize = 20;

/// Headers of a sheet that name columns of a table.
struct Header<'s> {
    /// The row of the headers.
    row: &'s SheetRow,
    /// Position among the sheet's rows.
    at: usize,
    /// The columns by their place on the sheet.
    columns: BTreeMap<u32, &'static Column>,
}

impl Sheet {
    /// A fault on this sheet.
    pub(super) fn fault(&self, code: &'static str, message: Text, hint: Text) -> Problem {
        Problem::fault(&self.file, code, message, hint).on_sheet(self.name.as_deref())
    }

    fn fault_at(&self, row: u32, column: ColumnPlace, refusal: Refusal, value: &str) -> Problem {
        let problem = self.fault(refusal.code, refusal.message, refusal.hint).in_row(row).in_column(column);
        if refusal.secret || value.is_empty() { problem } else { problem.with_value(value) }
    }

    /// The table whose columns all stand in this sheet's header, where there is exactly one.
    pub(super) fn table_by_header(&self) -> Option<Table> {
        let mut fits: Vec<(usize, Table)> = Table::ALL
            .into_iter()
            .filter_map(|table| {
                let header = self.header(table.columns())?;
                let found: BTreeSet<&str> = header.columns.values().map(|column| column.key).collect();
                let complete = table.columns().iter().all(|c| !c.required || found.contains(c.key));
                let all_known = header.row.cells.len() == header.columns.len();
                (complete && all_known).then_some((found.len(), table))
            })
            .collect();
        fits.sort_unstable_by(|a, b| b.cmp(a));
        match fits.as_slice() {
            [(_, table)] => Some(*table),
            [(best, table), (second, _), ..] if best > second => Some(*table),
            _ => None,
        }
    }

    /// The row among the first that names the most columns.
    fn header(&self, columns: &'static [Column]) -> Option<Header<'_>> {
        let mut best: Option<Header<'_>> = None;
        for (at, row) in self.rows.iter().enumerate().take(HEADER_WITHIN) {
            let named: BTreeMap<u32, &'static Column> = row
                .cells
                .iter()
                .filter_map(|(place, cell)| Some((*place, column_named(columns, &cell.shown())?)))
                .collect();
            if named.len() > best.as_ref().map_or(0, |best| best.columns.len()) {
                best = Some(Header { row, at, columns: named });
            }
        }
        best
    }
}

fn column_named(columns: &'static [Column], header: &str) -> Option<&'static Column> {
    let header = comparable(&clean(header).ok()?);
    columns.iter().find(|column| column.names().any(|name| comparable(name) == header))
}

/// Where the columns of a table stand, by file, sheet, table and the column's key.
pub(super) type ColumnPlaces = BTreeMap<(String, Option<String>, Table, &'static str), ColumnPlace>;

/// A reference in a row that could not be read for another reason.
pub(super) struct LooseReference {
    /// Where it stands.
    pub(super) at: (Place, ColumnPlace),
    /// The table that it points to.
    pub(super) target: Table,
    /// The id that it points to.
    pub(super) id: String,
}

/// Takes the rows of sheets, and everything that is wrong with them.
pub(super) struct RowTaker<'a> {
    /// How dates are read.
    pub(super) reading: &'a Reading,
    /// Rows that could be read.
    pub(super) incoming: &'a mut Incoming,
    /// Rows that could not.
    pub(super) unread: &'a mut Unread,
    /// References of those.
    pub(super) loose: &'a mut Vec<LooseReference>,
    /// Where each id stands first, whether its row could be read or not.
    pub(super) first_places: &'a mut BTreeMap<(Table, String), Place>,
    /// Where the columns stand.
    pub(super) column_places: &'a mut ColumnPlaces,
    /// Everything that is wrong.
    pub(super) problems: &'a mut Vec<Problem>,
    /// How many problems are told.
    pub(super) max_problems: usize,
}

impl RowTaker<'_> {
    /// Takes one sheet for the table of `R`.
    pub(super) fn take<R: Row>(&mut self, sheet: &Sheet) {
        let Some(header) = self.usable_header::<R>(sheet) else {
            self.unread.tables.insert(R::TABLE);
            return;
        };
        let columns: BTreeSet<&str> = header.columns.values().map(|column| column.key).collect();
        let table = R::incoming_mut(self.incoming);
        if table.columns.is_empty() {
            table.columns = columns;
        } else if table.columns != columns {
            self.problems.push(other_columns(sheet, &header, R::TABLE));
            self.unread.tables.insert(R::TABLE);
            return;
        }
        for (at, column) in &header.columns {
            let key = (sheet.file.clone(), sheet.name.clone(), R::TABLE, column.key);
            self.column_places.insert(key, place_at(&header, *at));
        }
        let mut suspicions = BTreeMap::new();
        for row in sheet.rows.iter().skip(header.at + 1) {
            if self.problems.len() >= self.max_problems {
                return;
            }
            self.take_row::<R>(sheet, &header, row, &mut suspicions);
        }
        self.tell_suspicions(sheet, &header, suspicions);
    }

    /// The header, where rows can be read under it. Every column that is not understood is a problem.
    fn usable_header<'s, R: Row>(&mut self, sheet: &'s Sheet) -> Option<Header<'s>> {
        let Some(header) = sheet.header(R::COLUMNS) else {
            self.problems.push(no_header(sheet, R::TABLE));
            return None;
        };
        let missing = missing_columns(&header, R::COLUMNS);
        let merged = merged_cells(sheet, &header);
        let usable = missing.is_empty() && merged.is_empty();
        let unknown = unknown_columns(sheet, &header, R::COLUMNS);
        let twice = columns_twice(sheet, &header);
        self.problems.extend(unknown.into_iter().chain(twice).chain(merged));
        self.problems.extend(missing.into_iter().map(|column| missing_column(sheet, &header, column)));
        if header.at > 0 {
            self.problems.push(title_passed_over(sheet, &header));
        }
        usable.then_some(header)
    }

    fn take_row<R: Row>(
        &mut self,
        sheet: &Sheet,
        header: &Header<'_>,
        row: &SheetRow,
        suspicions: &mut BTreeMap<(u32, Suspicion), Vec<u32>>,
    ) {
        if row.cells.values().all(Cell::is_blank) {
            return;
        }
        self.problems.extend(values_without_header(sheet, header, row));
        let (texts, mut refusals) = texts_of_row(header, row, suspicions);
        let given: BTreeSet<&str> = refusals.iter().map(|(key, _)| *key).collect();
        let result = R::read(|key| texts.get(key).map_or("", String::as_str), self.reading);
        let place = Place { file: sheet.file.clone(), sheet: sheet.name.clone(), row: row.number };
        if let Some(Ok(id)) = texts.get("id").map(|id| <R::Id as Field>::read(id, self.reading)) {
            let other = self.first_places.entry((R::TABLE, id.to_string())).or_insert_with(|| place.clone());
            if *other != place {
                refusals.push(("id", duplicate(sheet, other)));
            }
        }
        match result {
            Ok(read) if refusals.is_empty() => {
                let table = R::incoming_mut(self.incoming);
                table.places.insert(read.id().clone(), place);
                table.rows.insert(read.id().clone(), read);
            }
            Ok(_) => self.note_unread::<R>(header, &place, &texts),
            Err(more) => {
                self.note_unread::<R>(header, &place, &texts);
                refusals.extend(more.into_iter().filter(|(key, _)| !given.contains(key)));
            }
        }
        for (key, refusal) in refusals {
            let place = column_place(header, R::COLUMNS, key);
            let value = header.columns.iter().find(|(_, column)| column.key == key);
            let value = value.and_then(|(at, _)| row.cells.get(at)).map_or_else(String::new, Cell::shown);
            self.problems.push(sheet.fault_at(row.number, place, refusal, &value));
        }
    }

    /// Remembers a row that cannot be kept: what points to it does not dangle, and what it points to is looked at.
    fn note_unread<R: Row>(
        &mut self,
        header: &Header<'_>,
        place: &Place,
        texts: &BTreeMap<&'static str, String>,
    ) {
        for column in R::COLUMNS {
            let id = texts.get(column.key).map(|id| <Option<R::Id> as Field>::read(id, self.reading));
            let Some(Ok(Some(id))) = id else { continue };
            if column.is_id() {
                self.unread.rows.insert((R::TABLE, id.to_string()));
            } else if let Some(target) = column.refers_to() {
                let at = (place.clone(), column_place(header, R::COLUMNS, column.key));
                self.loose.push(LooseReference { at, target, id: id.to_string() });
            }
        }
    }

    fn tell_suspicions(
        &mut self,
        sheet: &Sheet,
        header: &Header<'_>,
        suspicions: BTreeMap<(u32, Suspicion), Vec<u32>>,
    ) {
        for ((at, suspicion), rows) in suspicions {
            let Some(first) = rows.first() else { continue };
            let (code, message, hint) = suspicion.words();
            let message = if rows.len() == 1 {
                message
            } else {
                Text::new(
                    format!("{}({}件)", message.ja, rows.len()),
                    format!("{} ({} cells)", message.en, rows.len()),
                )
            };
            self.problems.push(
                sheet.fault(code, message, hint).caution().in_row(*first).in_column(place_at(header, at)),
            );
        }
    }
}

/// The text of every cell under a header, and what is wrong with the kinds of the cells.
fn texts_of_row(
    header: &Header<'_>,
    row: &SheetRow,
    suspicions: &mut BTreeMap<(u32, Suspicion), Vec<u32>>,
) -> (BTreeMap<&'static str, String>, Vec<(&'static str, Refusal)>) {
    let mut texts = BTreeMap::new();
    let mut refusals = Vec::new();
    for (at, column) in &header.columns {
        let Some(cell) = row.cells.get(at) else { continue };
        match cell.text_for(column) {
            Ok((text, suspicion)) => {
                texts.insert(column.key, text);
                if let Some(suspicion) = suspicion {
                    suspicions.entry((*at, suspicion)).or_default().push(row.number);
                }
            }
            Err(refusal) => refusals.push((column.key, refusal)),
        }
    }
    (texts, refusals)
}

fn place_at(header: &Header<'_>, at: u32) -> ColumnPlace {
    ColumnPlace {
        letter: letters(at),
        header: header.row.cells.get(&at).map_or_else(String::new, Cell::shown),
    }
}

fn column_place(header: &Header<'_>, columns: &'static [Column], key: &str) -> ColumnPlace {
    if let Some((at, _)) = header.columns.iter().find(|(_, column)| column.key == key) {
        place_at(header, *at)
    } else {
        let name = columns.iter().find(|column| column.key == key).map_or(key, |column| column.ja);
        ColumnPlace { letter: String::new(), header: name.to_owned() }
    }
}

fn no_header(sheet: &Sheet, table: Table) -> Problem {
    let headers = table.columns().iter().filter(|c| c.required).map(|c| c.ja).collect::<Vec<_>>().join("、");
    sheet.fault(
        "no-header",
        Text::new(
            format!("「{}」の表の見出し行がありません", table.label().ja),
            format!("there is no header row of the table {:?} ({})", table.label().ja, table.label().en),
        ),
        Text::new(
            format!(
                "先頭の行に見出し({headers} など)を書いてください。文字化けしているときは、文字コードを UTF-8 か Shift_JIS にしてください"
            ),
            format!(
                "write the headers ({headers} and so on) in the first row; where text is garbled, save it as UTF-8 or Shift_JIS"
            ),
        ),
    )
}

fn missing_columns(header: &Header<'_>, columns: &'static [Column]) -> Vec<&'static Column> {
    let found: BTreeSet<&str> = header.columns.values().map(|column| column.key).collect();
    columns.iter().filter(|column| column.required && !found.contains(column.key)).collect()
}

fn missing_column(sheet: &Sheet, header: &Header<'_>, column: &Column) -> Problem {
    let unknown = header.row.cells.iter().filter(|(at, _)| !header.columns.contains_key(at));
    let shown: Vec<String> = unknown.map(|(_, cell)| cell.shown()).collect();
    let hint = match nearest(column.ja, shown.iter().map(String::as_str)) {
        Some(near) => Text::new(
            format!("「{near}」がこの列なら、見出しを「{}」に直してください", column.ja),
            format!("if {near:?} is this column, rename it to {:?}", column.ja),
        ),
        None => Text::new(
            format!("見出し「{}」の列を追加してください", column.ja),
            format!("add a column with the header {:?}", column.ja),
        ),
    };
    sheet
        .fault(
            "missing-column",
            Text::new(
                format!("必須の列「{}」がありません", column.ja),
                format!("the required column {:?} ({}) is missing", column.ja, column.en),
            ),
            hint,
        )
        .in_row(header.row.number)
}

fn unknown_columns(sheet: &Sheet, header: &Header<'_>, columns: &'static [Column]) -> Vec<Problem> {
    let unknown =
        header.row.cells.iter().filter(|(at, cell)| !header.columns.contains_key(at) && !cell.is_blank());
    unknown
        .map(|(at, cell)| {
            let near = nearest(&cell.shown(), columns.iter().flat_map(|c| [c.ja, c.en, c.key]));
            let meant = near.and_then(|near| columns.iter().find(|c| [c.ja, c.en, c.key].contains(&near)));
            let hint = if let Some(column) = meant {
                Text::new(
                    format!("「{}」のことなら、そう書き直してください", column.ja),
                    format!("if you mean {:?} ({}), write so", column.ja, column.en),
                )
            } else {
                let all = columns.iter().map(|c| c.ja).collect::<Vec<_>>().join("、");
                Text::new(
                    format!("この列を消すか、見出しを次のいずれかに直してください: {all}"),
                    format!("take the column away, or rename it to one of: {all}"),
                )
            };
            sheet
                .fault(
                    "unknown-column",
                    Text::new("この表にない列です", "the table has no such column"),
                    hint,
                )
                .in_row(header.row.number)
                .in_column(place_at(header, *at))
        })
        .collect()
}

fn columns_twice(sheet: &Sheet, header: &Header<'_>) -> Vec<Problem> {
    let mut first: BTreeMap<&str, u32> = BTreeMap::new();
    let mut problems = Vec::new();
    for (at, column) in &header.columns {
        let Some(other) = first.insert(column.key, *at) else { continue };
        let other = letters(other);
        problems.push(
            sheet
                .fault(
                    "column-twice",
                    Text::new(
                        format!("{other}列と同じ「{}」の列です", column.ja),
                        format!("it is the column {:?} ({}), as is {other}", column.ja, column.en),
                    ),
                    Text::new("どちらかの列を消してください", "take one of them away"),
                )
                .in_row(header.row.number)
                .in_column(place_at(header, *at)),
        );
    }
    problems
}

/// Merged cells at or below the header: only the first of them has the value, and the others would be read as empty.
fn merged_cells(sheet: &Sheet, header: &Header<'_>) -> Vec<Problem> {
    let reach = |merged: &&Merged| merged.rows.1 >= header.row.number;
    sheet
        .merged
        .iter()
        .filter(reach)
        .map(|merged| {
            let range = format!(
                "{}{}:{}{}",
                letters(merged.columns.0),
                merged.rows.0,
                letters(merged.columns.1),
                merged.rows.1
            );
            sheet
                .fault(
                    "merged-cells",
                    Text::new(
                        format!("セルが結合されています({range})"),
                        format!("cells are merged ({range})"),
                    ),
                    Text::new(
                        "結合を解除し、すべての行に値を入力してください",
                        "unmerge them, and fill in every row",
                    ),
                )
                .in_row(merged.rows.0)
        })
        .collect()
}

/// Two sheets of one table with different columns: a column that one of them lacks stays as it is in the register for
/// that one only, which nobody could follow.
fn other_columns(sheet: &Sheet, header: &Header<'_>, table: Table) -> Problem {
    let Text { ja, en } = table.label();
    sheet
        .fault(
            "columns-differ",
            Text::new(
                format!("「{ja}」の表がもう1つあり、列が異なります"),
                format!("there is another sheet or file of the table {en:?}, and its columns differ"),
            ),
            Text::new(
                "1つにまとめるか、列をそろえてください",
                "put them together, or give both the same columns",
            ),
        )
        .in_row(header.row.number)
}

fn title_passed_over(sheet: &Sheet, header: &Header<'_>) -> Problem {
    let row = header.row.number;
    sheet
        .fault(
            "title-passed-over",
            Text::new(
                format!("{row}行目を見出しとして読みました。それより上の行は取り込みません"),
                format!("row {row} was read as the header; the rows above it are not imported"),
            ),
            Text::new("表題だけなら、対応は不要です", "nothing to do if they are a title"),
        )
        .caution()
        .in_row(row)
}

fn values_without_header(sheet: &Sheet, header: &Header<'_>, row: &SheetRow) -> Vec<Problem> {
    row.cells
        .iter()
        .filter(|(at, cell)| !cell.is_blank() && header.row.cells.get(at).is_none_or(Cell::is_blank))
        .map(|(at, cell)| {
            sheet
                .fault(
                    "value-without-header",
                    Text::new("見出しのない列に値があります", "a value stands in a column without a header"),
                    Text::new("値を消すか、見出しを書いてください", "take the value away, or write a header"),
                )
                .in_row(row.number)
                .in_column(place_at(header, *at))
                .with_value(&cell.shown())
        })
        .collect()
}

fn duplicate(sheet: &Sheet, first: &Place) -> Refusal {
    let (ja, en) = if first.file == sheet.file && first.sheet == sheet.name {
        (format!("{}行", first.row), format!("row {}", first.row))
    } else {
        let name = first.sheet.as_deref().unwrap_or(&first.file);
        (format!("「{name}」の{}行", first.row), format!("row {} of {name:?}", first.row))
    };
    Refusal::new(
        "duplicate-id",
        Text::new(format!("{ja}と同じIDです"), format!("{en} has the same id")),
        Text::new("どちらかの行を消すか、IDを直してください", "take one of the rows away, or correct its id"),
    )
}
