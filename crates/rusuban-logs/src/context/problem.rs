//! What is wrong with a list, so that a person can mend it.

use rusuban_core::model::text::Text;

/// One fault in a list.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// The file's name.
    pub file: String,
    /// The line, counted from 1; 0 for the whole file.
    pub line: u64,
    /// The column's name as the file has it; empty for a whole line.
    pub field: String,
    /// What stands there.
    pub value: String,
    /// What is wrong with it.
    pub message: Text,
    /// What to do.
    pub hint: Text,
}
