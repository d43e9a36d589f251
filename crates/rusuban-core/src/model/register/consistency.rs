//! What must hold between the rows of a register, and within a row between its fields.

use std::collections::{BTreeMap, BTreeSet};

use super::column::Refusal;
use super::normal::{comparable, nearest};
use super::tables::{Person, Row, Section};
use super::{Register, Table, TableVisitor};
use crate::model::text::Text;

/// Something that does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inconsistency {
    /// The table of the row.
    pub table: Table,
    /// The row.
    pub id: String,
    /// The column's stable name.
    pub key: &'static str,
    /// The value of that column.
    pub value: String,
    /// What is wrong with it.
    pub refusal: Refusal,
}

/// Rows that are known to stand in a file although they could not be read: what points to them does not dangle.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Unread {
    /// Ids of rows that hold a fault.
    pub rows: BTreeSet<(Table, String)>,
    /// Tables of which not even the ids could be read.
    pub tables: BTreeSet<Table>,
}

impl Unread {
    fn holds(&self, table: Table, id: &str) -> bool {
        self.tables.contains(&table) || self.rows.contains(&(table, id.to_owned()))
    }
}

/// Everything that does not hold in `register`.
pub fn inconsistencies(register: &Register, unread: &Unread) -> Vec<Inconsistency> {
    let mut found = Vec::new();
    for table in Table::ALL {
        table.visit(DanglingReferences { register, unread, found: &mut found });
        same_but_for_case(register, table, &mut found);
    }
    circles(register, &mut found);
    leaves(register, &mut found);
    found
}

struct DanglingReferences<'a> {
    register: &'a Register,
    unread: &'a Unread,
    found: &'a mut Vec<Inconsistency>,
}

impl TableVisitor for DanglingReferences<'_> {
    type Output = ();

    fn visit<R: Row>(self) {
        for (at, column) in R::COLUMNS.iter().enumerate() {
            let Some(target) = column.refers_to() else { continue };
            let ids: BTreeSet<&str> = self.register.ids(target).into_iter().collect();
            for row in R::rows(self.register).values() {
                let value = row.cells().into_iter().nth(at).unwrap_or_default();
                let Some(refusal) = dangling(&value, target, &ids, self.unread) else { continue };
                self.found.push(Inconsistency {
                    table: R::TABLE,
                    id: row.id().to_string(),
                    key: column.key,
                    value,
                    refusal,
                });
            }
        }
    }
}

/// What is wrong with a reference to a row of `target`, if anything. For references of rows that could not be read.
pub fn dangling_reference(
    register: &Register,
    unread: &Unread,
    target: Table,
    value: &str,
) -> Option<Refusal> {
    dangling(value, target, &register.ids(target).into_iter().collect(), unread)
}

fn dangling(value: &str, target: Table, ids: &BTreeSet<&str>, unread: &Unread) -> Option<Refusal> {
    let stands = value.is_empty() || ids.contains(value) || unread.holds(target, value);
    (!stands).then(|| no_such_row(value, target, ids))
}

fn no_such_row(value: &str, target: Table, ids: &BTreeSet<&str>) -> Refusal {
    let table = target.label();
    let id_header = target.column("id").map_or_else(|| Text::new("ID", "id"), super::Column::header);
    let without_zeros = value.trim_start_matches('0');
    let meant = ids
        .iter()
        .copied()
        .find(|id| id.trim_start_matches('0') == without_zeros)
        .or_else(|| nearest(value, ids.iter().copied()));
    let hint = match meant {
        Some(id) => Text::new(
            format!(
                "「{id}」のことなら、そう書き直してください。新しい{}なら、先にその行を追加してください",
                table.ja
            ),
            format!("if you mean {id:?}, write so; if it is new, add its row to the table {:?}", table.ja),
        ),
        None => Text::new(
            format!("「{}」の表に行を追加するか、正しい{}を書いてください", table.ja, id_header.ja),
            format!("add a row to the table {:?} ({}), or write the right id", table.ja, table.en),
        ),
    };
    Refusal::new(
        "dangling-reference",
        Text::new(
            format!("この{}は「{}」の表にありません", id_header.ja, table.ja),
            format!("the table {:?} ({}) has no such row", table.ja, table.en),
        ),
        hint,
    )
}

/// Two ids that differ in letter case (or in width, long since folded) are one thing written twice.
fn same_but_for_case(register: &Register, table: Table, found: &mut Vec<Inconsistency>) {
    let mut seen: BTreeMap<String, &str> = BTreeMap::new();
    for id in register.ids(table) {
        let Some(other) = seen.insert(id.to_lowercase(), id) else { continue };
        found.push(Inconsistency {
            table,
            id: id.to_owned(),
            key: "id",
            value: id.to_owned(),
            refusal: Refusal::new(
                "ids-differ-in-case-only",
                Text::new(
                    format!("「{other}」と大文字・小文字だけが違います"),
                    format!("it differs from {other:?} in letter case only"),
                ),
                Text::new(
                    "同じものなら、どちらかに統一してください",
                    "if they are the same, write both in the same way",
                ),
            ),
        });
    }
}

/// Sections whose chain of parents never ends. Each circle is told once, at its first section.
fn circles(register: &Register, found: &mut Vec<Inconsistency>) {
    let mut told: BTreeSet<&str> = BTreeSet::new();
    for section in register.sections.values() {
        let Some(circle) = circle_through(register, section) else { continue };
        if circle.iter().any(|id| told.contains(id)) {
            continue;
        }
        told.extend(&circle);
        let chain = circle.join(" → ");
        found.push(Inconsistency {
            table: Table::Sections,
            id: section.id.to_string(),
            key: "parent",
            value: section.parent.as_ref().map_or_else(String::new, ToString::to_string),
            refusal: Refusal::new(
                "circular-sections",
                Text::new(
                    format!("上位課室が循環しています({chain} → {})", section.id),
                    format!("the sections above go in a circle ({chain} → {})", section.id),
                ),
                Text::new(
                    "最上位の課室の上位課室IDを空欄にしてください",
                    "leave the parent of the topmost section empty",
                ),
            ),
        });
    }
}

/// The ids from `start` up to itself, where its parents lead back to it.
fn circle_through<'a>(register: &'a Register, start: &'a Section) -> Option<Vec<&'a str>> {
    let mut chain = vec![start.id.as_str()];
    let mut seen: BTreeSet<&str> = BTreeSet::from([start.id.as_str()]);
    let mut above = start.parent.as_ref();
    while let Some(id) = above {
        if *id == start.id {
            return Some(chain);
        }
        if !seen.insert(id.as_str()) {
            return None;
        }
        chain.push(id.as_str());
        above = register.sections.get(id).and_then(|section| section.parent.as_ref());
    }
    None
}

fn leaves(register: &Register, found: &mut Vec<Inconsistency>) {
    for person in register.people.values() {
        let Some(until) = person.leave_until else { continue };
        let refusal = match person.leave_from {
            None => Refusal::new(
                "leave-without-start",
                Text::new("休暇開始がありません", "the first day of the leave is missing"),
                Text::new(
                    "休暇開始を書くか、休暇終了を空欄にしてください",
                    "write the first day, or leave the last day empty",
                ),
            ),
            Some(from) if until < from => Refusal::new(
                "leave-reversed",
                Text::new(
                    format!("休暇終了が休暇開始({from})より前です"),
                    format!("the leave ends before it begins ({from})"),
                ),
                Text::new("日付を確かめてください", "check the dates"),
            ),
            Some(_) => continue,
        };
        found.push(leave_problem(person, until.to_string(), refusal));
    }
}

fn leave_problem(person: &Person, value: String, refusal: Refusal) -> Inconsistency {
    Inconsistency { table: Table::People, id: person.id.to_string(), key: "leave_until", value, refusal }
}

/// Ids of `incoming` that are new, and equal to an id of the register but for leading zeros: a spreadsheet has most
/// likely taken them for numbers. Gives each with the id of the register.
pub fn lost_zeros<'a>(current: &[&'a str], incoming: &[&'a str]) -> Vec<(&'a str, &'a str)> {
    let known: BTreeSet<&str> = current.iter().copied().collect();
    let padded: BTreeMap<String, &str> = current
        .iter()
        .filter(|id| id.starts_with('0'))
        .map(|id| (comparable(id).trim_start_matches('0').to_owned(), *id))
        .collect();
    incoming
        .iter()
        .filter(|id| !known.contains(**id) && id.chars().all(|c| c.is_ascii_digit()))
        .filter_map(|id| padded.get(*id).map(|padded| (*id, *padded)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::column::Reading;
    use super::*;

    fn row<R: Row>(cells: &[(&str, &str)]) -> (R::Id, R) {
        let cells: BTreeMap<_, _> = cells.iter().copied().collect();
        let row = R::read(|key| cells.get(key).copied().unwrap_or_default(), &Reading::own_forms()).unwrap();
        (row.id().clone(), row)
    }

    fn sections(rows: &[(&str, &str)]) -> Register {
        let sections =
            rows.iter().map(|(id, parent)| row::<Section>(&[("id", id), ("name", id), ("parent", parent)]));
        Register { sections: sections.collect(), ..Register::default() }
    }

    fn told(register: &Register) -> Vec<(String, &'static str, &'static str)> {
        inconsistencies(register, &Unread::default())
            .into_iter()
            .map(|i| (i.id, i.key, i.refusal.code))
            .collect()
    }

    #[test]
    fn a_reference_to_nothing_is_told_with_what_may_be_meant() {
        let mut register = sections(&[("0012", ""), ("B", "12"), ("C", "X-999")]);
        let found = inconsistencies(&register, &Unread::default());
        assert_eq!(found.len(), 2);
        assert_eq!(found.first().unwrap().refusal.code, "dangling-reference");
        assert!(found.first().unwrap().refusal.hint.ja.contains("「0012」"));
        register.people.extend([row::<Person>(&[("id", "P1"), ("name", "山田"), ("section", "B")])]);
        assert_eq!(told(&register).len(), 2);
    }

    #[test]
    fn a_reference_to_a_row_with_a_fault_does_not_dangle() {
        let register = sections(&[("B", "A")]);
        let row = Unread { rows: BTreeSet::from([(Table::Sections, "A".to_owned())]), ..Unread::default() };
        assert_eq!(inconsistencies(&register, &row), []);
        let table = Unread { tables: BTreeSet::from([Table::Sections]), ..Unread::default() };
        assert_eq!(inconsistencies(&register, &table), []);
    }

    #[test]
    fn a_circle_of_sections_is_told_once() {
        let register = sections(&[("A", "C"), ("B", "A"), ("C", "B"), ("D", "A"), ("E", "E"), ("F", "")]);
        assert_eq!(
            told(&register),
            [
                ("A".to_owned(), "parent", "circular-sections"),
                ("E".to_owned(), "parent", "circular-sections"),
            ]
        );
    }

    #[test]
    fn ids_that_differ_in_case_are_told() {
        assert_eq!(
            told(&sections(&[("pc", ""), ("PC", "")])),
            [("pc".to_owned(), "id", "ids-differ-in-case-only")]
        );
    }

    #[test]
    fn leaves_go_forwards() {
        let people = [
            row::<Person>(&[
                ("id", "1"),
                ("name", "a"),
                ("leave_from", "2026-12-28"),
                ("leave_until", "2026-12-27"),
            ]),
            row::<Person>(&[("id", "2"), ("name", "a"), ("leave_until", "2026-12-27")]),
            row::<Person>(&[("id", "3"), ("name", "a"), ("leave_from", "2026-12-28")]),
            row::<Person>(&[
                ("id", "4"),
                ("name", "a"),
                ("leave_from", "2026-12-28"),
                ("leave_until", "2026-12-28"),
            ]),
        ];
        let register = Register { people: people.into_iter().collect(), ..Register::default() };
        assert_eq!(
            told(&register),
            [
                ("1".to_owned(), "leave_until", "leave-reversed"),
                ("2".to_owned(), "leave_until", "leave-without-start"),
            ]
        );
    }

    #[test]
    fn ids_that_lost_their_zeros_are_found() {
        assert_eq!(lost_zeros(&["0012", "7", "A01"], &["12", "7", "13", "A1"]), [("12", "0012")]);
    }
}
