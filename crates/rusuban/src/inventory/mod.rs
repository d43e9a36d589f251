//! The register as files: XLSX workbooks and CSV, in and out. Knows no database and no screen.
//!
//! - [`read`] takes a workbook, a CSV file or a folder of CSV files and gives what they hold, or every problem at once.
//!   It is all or nothing. What the file would change is then told by
//!   [`compare`](rusuban_core::model::register::compare), and the register after it by
//!   [`apply`](rusuban_core::model::register::apply).
//! - [`write_xlsx`] and [`write_csv`] write a register. What they write is read as no change.
//!
//! # What a file may look like
//! A workbook has one sheet a table, a CSV file is one table. Sheets and files are known by their names (`課室`,
//! `sections`), else by their headers. Tables and columns that a file does not have stay as they are in the register.
//! The header stands in one of the first rows; rows above it are a title. Blank rows are passed over. Everything else
//! that is not understood is a problem with its file, sheet, row and column: unknown columns, values without a header,
//! merged cells, hidden sheets with a table, errors and missing results of formulas.
//!
//! CSV is read in UTF-8 with or without a byte order mark, in Shift_JIS as Excel in Japan writes it, and in UTF-16
//! separated by tabs ("Unicode text").
//!
//! # Formulas
//! A text that begins with `=`, `+`, `-`, `@` or their full-width forms may be run as a formula by the program that
//! opens a CSV file. Such texts, and texts that begin with `'`, are written to CSV with a `'` before them, and that `'`
//! is taken away on reading. So a text that begins with `'=` and comes from the CSV of another program loses its `'`. In
//! workbooks every cell is of the type text, and nothing needs to be added.
//!
//! Excel takes ids such as `0012` in a CSV file for numbers. [`read`] warns where that has happened; workbooks keep them.

mod cell;
mod collect;
mod csv;
mod source;
mod table;
mod xlsx;

use std::io;
use std::path::PathBuf;

use rusuban_core::model::register::{Problem, Reading, Register};

pub use collect::read;
pub use csv::{CsvEncoding, write_csv};
pub use xlsx::{write_xlsx, xlsx_bytes};

/// What reading needs besides the file.
#[derive(Debug, Clone, Copy)]
pub struct ReadOptions<'a> {
    /// The register as it is: rows of the file may point to rows of it.
    pub current: &'a Register,
    /// Whether the import will take away the rows that the file's tables do not hold. What still points to them is a
    /// problem.
    pub prune: bool,
    /// How dates are read.
    pub reading: Reading,
    /// What is refused for its size.
    pub limits: Limits,
}

/// What is refused for its size, so that a file can neither fill the memory nor hold up the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of one file.
    pub file_bytes: u64,
    /// Bytes of a workbook when it is unpacked.
    pub unpacked_bytes: u64,
    /// Cells that hold something, over all sheets of a file.
    pub cells: usize,
    /// Problems that are told; after these, reading stops.
    pub problems: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { file_bytes: 16 << 20, unpacked_bytes: 128 << 20, cells: 500_000, problems: 500 }
    }
}

/// Why a register could not be written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The file or folder could not be written.
    #[error("cannot write {path}: {source}")]
    Io {
        /// Which one.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// What stands there is no plain file: a folder, a link, a device. It is left as it is.
    #[error("{path} is no regular file and is left as it is")]
    NotAFile {
        /// Which one.
        path: PathBuf,
    },
    /// The workbook could not be built.
    #[error("cannot build the workbook: {0}")]
    Workbook(#[from] rust_xlsxwriter::XlsxError),
    /// The CSV could not be built.
    #[error("cannot build the CSV: {0}")]
    Csv(#[from] ::csv::Error),
    /// Some characters do not exist in the encoding. Nothing has been written.
    #[error("{} values hold characters that Shift_JIS does not have", .0.len())]
    Unencodable(Vec<Problem>),
}
