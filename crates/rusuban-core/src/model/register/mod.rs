//! The register (台帳): what the organisation has. Sections, people, assets, external services, vendors, datasets.
//!
//! Rows are typed; a row that exists is a valid row. [`comparison`] says what a file would change, [`consistency`] what
//! does not hold between rows. Nothing here knows a file format, a database or a screen.
//!
//! A store keeps each row as JSON text by table and id: [`Register::stored_rows`] and [`Register::from_stored`].

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::text::Text;

pub mod address;
pub mod column;
pub mod comparison;
pub mod consistency;
pub mod contact;
pub mod kinds;
pub mod normal;
pub mod problem;
pub mod tables;
pub mod words;

pub use address::{HostName, ServiceAddress};
pub use column::{Column, Field, Hours, Reading, Refusal, Shape};
pub use comparison::{Changes, Incoming, IncomingTable, apply, compare};
pub use contact::{Mail, Phone};
pub use kinds::{AssetKind, Decision, Plan, Role, VendorKind};
pub use problem::{Problem, Severity};
pub use tables::{Asset, Dataset, ExternalService, Person, Row, Section, Vendor};
pub use words::{
    AssetId, Code, DatasetId, ExternalServiceId, Kana, Line, Note, PersonId, SectionId, VendorId,
};

/// The tables of the register, in the order of their sheets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Table {
    /// 課室.
    Sections,
    /// 職員.
    People,
    /// 機器.
    Assets,
    /// 外部サービス.
    ExternalServices,
    /// 業者.
    Vendors,
    /// 重要データ.
    Datasets,
}

/// Something to be done for a table whose row type is known only at run time.
pub trait TableVisitor {
    /// What comes of it.
    type Output;

    /// Does it for the table of `R`.
    fn visit<R: Row>(self) -> Self::Output;
}

impl Table {
    /// All six, in the order of their sheets.
    pub const ALL: [Self; 6] =
        [Self::Sections, Self::People, Self::Assets, Self::ExternalServices, Self::Vendors, Self::Datasets];

    /// The stable name: in JSON, the store and the names of CSV files.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sections => "sections",
            Self::People => "people",
            Self::Assets => "assets",
            Self::ExternalServices => "external_services",
            Self::Vendors => "vendors",
            Self::Datasets => "datasets",
        }
    }

    /// The word that people read; the Japanese one names the sheet.
    pub fn label(self) -> Text {
        match self {
            Self::Sections => Text::new("課室", "Sections"),
            Self::People => Text::new("職員", "People"),
            Self::Assets => Text::new("機器", "Assets"),
            Self::ExternalServices => Text::new("外部サービス", "External services"),
            Self::Vendors => Text::new("業者", "Vendors"),
            Self::Datasets => Text::new("重要データ", "Datasets"),
        }
    }

    /// Other names of its sheet or file.
    fn also(self) -> &'static [&'static str] {
        match self {
            Self::Sections => &["部署", "組織", "所属", "課室一覧", "section"],
            Self::People => &["職員名簿", "名簿", "職員一覧", "person"],
            Self::Assets => &["資産", "機器一覧", "機器台帳", "asset"],
            Self::ExternalServices => &["サービス", "外部サービス一覧", "services", "external service"],
            Self::Vendors => &["委託先", "事業者", "ベンダ", "ベンダー", "業者一覧", "vendor"],
            Self::Datasets => &["データ", "データセット", "重要データ一覧", "dataset"],
        }
    }

    /// The table that a sheet or a file is named after.
    pub fn named(name: &str) -> Option<Self> {
        let name = normal::comparable(name);
        Self::ALL.into_iter().find(|table| table.names().any(|own| normal::comparable(own) == name))
    }

    /// Every name that its sheet or file may have.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        let labels = match self {
            Self::Sections => ["課室", "Sections"],
            Self::People => ["職員", "People"],
            Self::Assets => ["機器", "Assets"],
            Self::ExternalServices => ["外部サービス", "External services"],
            Self::Vendors => ["業者", "Vendors"],
            Self::Datasets => ["重要データ", "Datasets"],
        };
        labels.into_iter().chain([self.as_str()]).chain(self.also().iter().copied())
    }

    /// Calls `visitor` with the table's row type.
    pub fn visit<V: TableVisitor>(self, visitor: V) -> V::Output {
        match self {
            Self::Sections => visitor.visit::<Section>(),
            Self::People => visitor.visit::<Person>(),
            Self::Assets => visitor.visit::<Asset>(),
            Self::ExternalServices => visitor.visit::<ExternalService>(),
            Self::Vendors => visitor.visit::<Vendor>(),
            Self::Datasets => visitor.visit::<Dataset>(),
        }
    }

    /// The columns, in their order on the sheet.
    pub fn columns(self) -> &'static [Column] {
        struct Columns;
        impl TableVisitor for Columns {
            type Output = &'static [Column];
            fn visit<R: Row>(self) -> Self::Output {
                R::COLUMNS
            }
        }
        self.visit(Columns)
    }

    /// The column with this stable name.
    pub fn column(self, key: &str) -> Option<&'static Column> {
        self.columns().iter().find(|column| column.key == key)
    }
}

/// The rows of one table by id.
pub type Rows<R> = BTreeMap<<R as Row>::Id, R>;

/// Everything that the organisation has.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Register {
    /// 課室.
    pub sections: Rows<Section>,
    /// 職員.
    pub people: Rows<Person>,
    /// 機器.
    pub assets: Rows<Asset>,
    /// 外部サービス.
    pub external_services: Rows<ExternalService>,
    /// 業者.
    pub vendors: Rows<Vendor>,
    /// 重要データ.
    pub datasets: Rows<Dataset>,
}

/// A row as a store keeps it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct StoredRow {
    /// [`Table::as_str`].
    pub table: String,
    /// The row's id.
    pub id: String,
    /// The row as JSON.
    pub json: String,
}

/// Why a stored row is no row of the register.
#[derive(Debug, thiserror::Error)]
pub enum InvalidRow {
    /// The register has no such table.
    #[error("`{table}` is no table of the register (row `{id}`)")]
    NoSuchTable {
        /// As stored.
        table: String,
        /// As stored.
        id: String,
    },
    /// The JSON does not hold such a row.
    #[error("row `{id}` of table `{table}`: {source}")]
    Unreadable {
        /// As stored.
        table: String,
        /// As stored.
        id: String,
        /// What is wrong.
        source: serde_json::Error,
    },
    /// The row is stored under an id that is not its own.
    #[error("row `{own}` of table `{table}` is stored as `{id}`")]
    OtherId {
        /// As stored.
        table: String,
        /// As stored.
        id: String,
        /// In the JSON.
        own: String,
    },
}

/// A table's rows as text, for those who write files and pages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextTable {
    /// Which table.
    pub table: Table,
    /// The rows' cells, in the order of [`Table::columns`]; the rows in the order of their ids.
    pub rows: Vec<Vec<String>>,
}

impl Register {
    /// Builds a register of stored rows.
    ///
    /// # Errors
    /// Every row that cannot be read; there is no register with some rows left out.
    pub fn from_stored(rows: impl IntoIterator<Item = StoredRow>) -> Result<Self, Vec<InvalidRow>> {
        let mut register = Self::default();
        let mut invalid = Vec::new();
        for row in rows {
            let table = Table::ALL.into_iter().find(|table| table.as_str() == row.table);
            let result = match table {
                Some(table) => table.visit(TakeStored { register: &mut register, row }),
                None => Err(InvalidRow::NoSuchTable { table: row.table, id: row.id }),
            };
            invalid.extend(result.err());
        }
        if invalid.is_empty() { Ok(register) } else { Err(invalid) }
    }

    /// All rows as a store keeps them, in the order of tables and ids.
    ///
    /// # Errors
    /// Where a row cannot be written as JSON, which no row of these types does.
    pub fn stored_rows(&self) -> Result<Vec<StoredRow>, serde_json::Error> {
        let mut rows = Vec::new();
        for table in Table::ALL {
            rows.extend(table.visit(ListStored { register: self })?);
        }
        Ok(rows)
    }

    /// One table's rows as text.
    pub fn text_table(&self, table: Table) -> TextTable {
        TextTable { table, rows: table.visit(ListCells { register: self }) }
    }

    /// The ids of one table.
    pub fn ids(&self, table: Table) -> Vec<&str> {
        table.visit(ListIds { register: self })
    }
}

struct TakeStored<'a> {
    register: &'a mut Register,
    row: StoredRow,
}

impl TableVisitor for TakeStored<'_> {
    type Output = Result<(), InvalidRow>;

    fn visit<R: Row>(self) -> Self::Output {
        let StoredRow { table, id, json } = self.row;
        let row: R = match serde_json::from_str(&json) {
            Ok(row) => row,
            Err(source) => return Err(InvalidRow::Unreadable { table, id, source }),
        };
        if row.id().as_ref() != id {
            return Err(InvalidRow::OtherId { table, own: row.id().to_string(), id });
        }
        R::rows_mut(self.register).insert(row.id().clone(), row);
        Ok(())
    }
}

struct ListStored<'a> {
    register: &'a Register,
}

impl TableVisitor for ListStored<'_> {
    type Output = Result<Vec<StoredRow>, serde_json::Error>;

    fn visit<R: Row>(self) -> Self::Output {
        R::rows(self.register)
            .values()
            .map(|row| {
                Ok(StoredRow {
                    table: R::TABLE.as_str().to_owned(),
                    id: row.id().to_string(),
                    json: serde_json::to_string(row)?,
                })
            })
            .collect()
    }
}

struct ListCells<'a> {
    register: &'a Register,
}

impl TableVisitor for ListCells<'_> {
    type Output = Vec<Vec<String>>;

    fn visit<R: Row>(self) -> Self::Output {
        R::rows(self.register).values().map(Row::cells).collect()
    }
}

struct ListIds<'a> {
    register: &'a Register,
}

impl<'a> TableVisitor for ListIds<'a> {
    type Output = Vec<&'a str>;

    fn visit<R: Row>(self) -> Self::Output {
        R::rows(self.register).keys().map(AsRef::as_ref).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn section(id: &str) -> Section {
        serde_json::from_str(&format!(
            r#"{{"id":"{id}","name":"総務課","parent":null,"manager":null,"substitute":null}}"#
        ))
        .unwrap()
    }

    #[test]
    fn sheets_are_known_by_their_names() {
        for (name, table) in [
            ("課室", Table::Sections),
            ("ｻｰﾋﾞｽ", Table::ExternalServices),
            ("External Services", Table::ExternalServices),
            ("external_services", Table::ExternalServices),
            (" 機器 ", Table::Assets),
        ] {
            assert_eq!(Table::named(name), Some(table), "{name}");
        }
        assert_eq!(Table::named("Sheet1"), None);
    }

    #[test]
    fn every_name_means_one_table_only() {
        for table in Table::ALL {
            for name in table.names() {
                assert_eq!(Table::named(name), Some(table), "{name}");
            }
        }
    }

    #[test]
    fn a_register_survives_its_store() {
        let mut register = Register::default();
        for id in ["B", "A"] {
            register.sections.insert(id.parse().unwrap(), section(id));
        }
        let rows = register.stored_rows().unwrap();
        assert_eq!(rows.iter().map(|row| row.id.as_str()).collect::<Vec<_>>(), ["A", "B"]);
        assert_eq!(Register::from_stored(rows).unwrap(), register);
    }

    #[test]
    fn every_bad_stored_row_is_named() {
        let good = serde_json::to_string(&section("A")).unwrap();
        let row = |table: &str, id: &str, json: &str| StoredRow {
            table: table.to_owned(),
            id: id.to_owned(),
            json: json.to_owned(),
        };
        let invalid = Register::from_stored([
            row("sections", "A", &good),
            row("sections", "B", &good),
            row("nothing", "A", &good),
            row("people", "A", &good),
        ])
        .unwrap_err();
        let messages: Vec<_> = invalid.iter().map(ToString::to_string).collect();
        assert_eq!(messages.len(), 3);
        assert_eq!(messages.first().unwrap(), "row `A` of table `sections` is stored as `B`");
    }
}
