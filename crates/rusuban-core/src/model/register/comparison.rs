//! What a file would change in the register, and the register after it. Pure; who reads files is elsewhere.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::problem::{Place, Problem};
use super::tables::{Asset, Dataset, ExternalService, Person, Row, Section, Vendor};
use super::{Register, Rows, Table, TableVisitor};
use crate::model::text::Text;

/// One table as a file holds it.
#[derive(Debug, Clone, PartialEq)]
pub struct IncomingTable<R: Row> {
    /// The rows by id.
    pub rows: Rows<R>,
    /// Keys of the columns that the file has, the same for all rows. What it has not stays as it is in the register.
    pub columns: BTreeSet<&'static str>,
    /// Where each row stands.
    pub places: BTreeMap<R::Id, Place>,
}

impl<R: Row> Default for IncomingTable<R> {
    fn default() -> Self {
        Self { rows: BTreeMap::new(), columns: BTreeSet::new(), places: BTreeMap::new() }
    }
}

/// What a file holds. A table that the file does not have is `None` and stays as it is.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Incoming {
    /// 課室.
    pub sections: Option<IncomingTable<Section>>,
    /// 職員.
    pub people: Option<IncomingTable<Person>>,
    /// 機器.
    pub assets: Option<IncomingTable<Asset>>,
    /// 外部サービス.
    pub external_services: Option<IncomingTable<ExternalService>>,
    /// 業者.
    pub vendors: Option<IncomingTable<Vendor>>,
    /// 重要データ.
    pub datasets: Option<IncomingTable<Dataset>>,
    /// What a person should look at, although it can be imported.
    pub cautions: Vec<Problem>,
}

/// A row by its id and name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RowName {
    /// Id.
    pub id: String,
    /// What people call it.
    pub name: String,
}

/// One field of a row that changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FieldChange {
    /// The column's stable name.
    pub key: &'static str,
    /// The column's header.
    pub header: Text,
    /// The cell as it is, empty where there is no value.
    pub old: String,
    /// The cell as it becomes.
    pub new: String,
}

/// A row that changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RowChange {
    /// Id.
    pub id: String,
    /// What people call it, as it becomes.
    pub name: String,
    /// The fields that change, in the order of the columns.
    pub fields: Vec<FieldChange>,
}

/// What a file would change in one table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TableChanges {
    /// Which table.
    pub table: Table,
    /// Rows that come.
    pub added: Vec<RowName>,
    /// Rows that change.
    pub changed: Vec<RowChange>,
    /// How many rows of the file are as the register has them.
    pub unchanged: usize,
    /// Rows of the register that the file does not hold. They stay, unless the import prunes.
    pub absent: Vec<RowName>,
}

/// What a file would change. Only tables that the file holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Changes {
    /// In the order of the sheets.
    pub tables: Vec<TableChanges>,
}

impl Changes {
    /// Whether the register would stay as it is.
    pub fn is_empty(&self, prune: bool) -> bool {
        self.tables.iter().all(|table| {
            table.added.is_empty() && table.changed.is_empty() && (!prune || table.absent.is_empty())
        })
    }
}

/// Compares what a file holds with the register.
pub fn compare(current: &Register, incoming: &Incoming) -> Changes {
    let tables =
        Table::ALL.into_iter().filter_map(|table| table.visit(CompareTable { current, incoming })).collect();
    Changes { tables }
}

/// The register after the import. With `prune`, rows go that a table of the file does not hold.
#[must_use]
pub fn apply(current: &Register, incoming: &Incoming, prune: bool) -> Register {
    let mut register = current.clone();
    for table in Table::ALL {
        table.visit(ApplyTable { register: &mut register, incoming, prune });
    }
    register
}

/// A row of the file, with what the file does not say taken from the register.
fn completed<R: Row>(row: &R, columns: &BTreeSet<&'static str>, current: Option<&R>) -> R {
    let mut completed = row.clone();
    if let Some(current) = current {
        for column in R::COLUMNS.iter().filter(|column| !columns.contains(column.key)) {
            completed.take(column.key, current);
        }
    }
    completed
}

fn row_name<R: Row>(row: &R) -> RowName {
    RowName { id: row.id().to_string(), name: row.name().to_string() }
}

fn field_changes<R: Row>(old: &R, new: &R) -> Vec<FieldChange> {
    R::COLUMNS
        .iter()
        .zip(old.cells().into_iter().zip(new.cells()))
        .filter(|(_, (old, new))| old != new)
        .map(|(column, (old, new))| FieldChange { key: column.key, header: column.header(), old, new })
        .collect()
}

struct CompareTable<'a> {
    current: &'a Register,
    incoming: &'a Incoming,
}

impl TableVisitor for CompareTable<'_> {
    type Output = Option<TableChanges>;

    fn visit<R: Row>(self) -> Self::Output {
        let incoming = R::incoming(self.incoming)?;
        let current = R::rows(self.current);
        let mut changes = TableChanges {
            table: R::TABLE,
            added: Vec::new(),
            changed: Vec::new(),
            unchanged: 0,
            absent: current
                .iter()
                .filter(|(id, _)| !incoming.rows.contains_key(id))
                .map(|(_, row)| row_name(row))
                .collect(),
        };
        for (id, row) in &incoming.rows {
            let Some(old) = current.get(id) else {
                changes.added.push(row_name(row));
                continue;
            };
            let new = completed(row, &incoming.columns, Some(old));
            let fields = field_changes(old, &new);
            if fields.is_empty() {
                changes.unchanged += 1;
            } else {
                let RowName { id, name } = row_name(&new);
                changes.changed.push(RowChange { id, name, fields });
            }
        }
        Some(changes)
    }
}

struct ApplyTable<'a> {
    register: &'a mut Register,
    incoming: &'a Incoming,
    prune: bool,
}

impl TableVisitor for ApplyTable<'_> {
    type Output = ();

    fn visit<R: Row>(self) {
        let Some(incoming) = R::incoming(self.incoming) else { return };
        let rows = R::rows_mut(self.register);
        if self.prune {
            rows.retain(|id, _| incoming.rows.contains_key(id));
        }
        for (id, row) in &incoming.rows {
            let row = completed(row, &incoming.columns, rows.get(id));
            rows.insert(id.clone(), row);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::column::Reading;
    use super::*;

    fn person(cells: &[(&str, &str)]) -> Person {
        let cells: BTreeMap<_, _> = cells.iter().copied().collect();
        Person::read(|key| cells.get(key).copied().unwrap_or_default(), &Reading::own_forms()).unwrap()
    }

    fn register(people: &[&[(&str, &str)]]) -> Register {
        let people = people.iter().map(|cells| person(cells)).map(|p| (p.id.clone(), p)).collect();
        Register { people, ..Register::default() }
    }

    fn incoming(columns: &[&'static str], people: &[&[(&str, &str)]]) -> Incoming {
        let rows = register(people).people;
        let table =
            IncomingTable { rows, columns: columns.iter().copied().collect(), places: BTreeMap::new() };
        Incoming { people: Some(table), ..Incoming::default() }
    }

    const ALL: &[&str] =
        &["id", "name", "kana", "section", "mail", "phones", "roles", "leave_from", "leave_until", "left_on"];

    #[test]
    fn changes_are_told_field_by_field() {
        let current = register(&[
            &[("id", "P1"), ("name", "山田"), ("mail", "y@example.jp"), ("roles", "当番")],
            &[("id", "P2"), ("name", "鈴木")],
            &[("id", "P3"), ("name", "佐藤")],
        ]);
        let file = incoming(
            ALL,
            &[
                &[("id", "P1"), ("name", "山田"), ("roles", "当番; 監査")],
                &[("id", "P2"), ("name", "鈴木")],
                &[("id", "P4"), ("name", "高橋")],
            ],
        );
        let changes = compare(&current, &file);
        let [people] = changes.tables.as_slice() else { panic!("{changes:?}") };
        assert_eq!(people.added, [RowName { id: "P4".to_owned(), name: "高橋".to_owned() }]);
        assert_eq!(people.absent, [RowName { id: "P3".to_owned(), name: "佐藤".to_owned() }]);
        assert_eq!(people.unchanged, 1);
        let [row] = people.changed.as_slice() else { panic!("{people:?}") };
        let fields: Vec<_> = row
            .fields
            .iter()
            .map(|f| (f.key, f.header.ja.as_str(), f.old.as_str(), f.new.as_str()))
            .collect();
        assert_eq!(fields, [("mail", "メール", "y@example.jp", ""), ("roles", "役割", "当番", "当番; 監査")]);
    }

    #[test]
    fn rows_that_a_file_lacks_go_only_when_it_prunes() {
        let current = register(&[&[("id", "P1"), ("name", "山田")], &[("id", "P2"), ("name", "鈴木")]]);
        let file = incoming(ALL, &[&[("id", "P1"), ("name", "山田")]]);
        assert_eq!(apply(&current, &file, false), current);
        assert_eq!(apply(&current, &file, true).ids(Table::People), ["P1"]);
        let changes = compare(&current, &file);
        assert!(changes.is_empty(false));
        assert!(!changes.is_empty(true));
    }

    #[test]
    fn what_a_file_does_not_say_stays() {
        let current = register(&[&[("id", "P1"), ("name", "山田"), ("mail", "y@example.jp")]]);
        let file = incoming(&["id", "name"], &[&[("id", "P1"), ("name", "山田 太郎")]]);
        let after = apply(&current, &file, true);
        assert_eq!(after, register(&[&[("id", "P1"), ("name", "山田 太郎"), ("mail", "y@example.jp")]]));
        let untouched = Incoming::default();
        assert_eq!(apply(&current, &untouched, true), current);
        assert!(compare(&current, &untouched).tables.is_empty());
    }
}
