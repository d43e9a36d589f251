//! What is wrong with a file of the register, and where: as people see it on their sheet.

use std::fmt;

use serde::Serialize;

use crate::model::text::{Lang, Text};

/// Whether a problem stops the import.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Nothing is imported.
    Fault,
    /// It is imported; a person should look.
    Caution,
}

/// Where a row stands.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Place {
    /// Name of the file.
    pub file: String,
    /// Name of the sheet, where the file has sheets.
    pub sheet: Option<String>,
    /// Number of the row as spreadsheets show it, from 1.
    pub row: u32,
}

/// Which column, as people see it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct ColumnPlace {
    /// Letters of the column, such as `AB`.
    pub letter: String,
    /// Header of the column as it stands in the file, empty where there is none.
    pub header: String,
}

impl ColumnPlace {
    fn in_words(&self, lang: Lang) -> String {
        let letter = match lang {
            _ if self.letter.is_empty() => String::new(),
            Lang::Ja => format!(" {}列", self.letter),
            Lang::En => format!(" column {}", self.letter),
        };
        let header = self.header.replace('\n', " ");
        if header.is_empty() { letter } else { format!("{letter}({header})") }
    }
}

/// One thing that is wrong with a file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Problem {
    /// Whether it stops the import.
    pub severity: Severity,
    /// Name of the file.
    pub file: String,
    /// Name of the sheet, where the file has sheets and the problem is on one.
    pub sheet: Option<String>,
    /// Number of the row as spreadsheets show it, from 1.
    pub row: Option<u32>,
    /// The column.
    pub column: Option<ColumnPlace>,
    /// Stable code of the kind of problem, such as `duplicate-id`.
    pub code: &'static str,
    /// The value as it stands in the file, shortened. None where there is none or where it may be a secret.
    pub value: Option<String>,
    /// What is wrong.
    pub message: Text,
    /// What to do.
    pub hint: Text,
}

/// Values are shown up to this many characters.
const SHOWN: usize = 60;

impl Problem {
    /// A fault of a file as a whole.
    pub fn fault(file: &str, code: &'static str, message: Text, hint: Text) -> Self {
        Self {
            severity: Severity::Fault,
            file: file.to_owned(),
            sheet: None,
            row: None,
            column: None,
            code,
            value: None,
            message,
            hint,
        }
    }

    /// The same, but importing goes on.
    #[must_use]
    pub fn caution(self) -> Self {
        Self { severity: Severity::Caution, ..self }
    }

    /// On this sheet.
    #[must_use]
    pub fn on_sheet(self, sheet: Option<&str>) -> Self {
        Self { sheet: sheet.map(str::to_owned), ..self }
    }

    /// In this row.
    #[must_use]
    pub fn in_row(self, row: u32) -> Self {
        Self { row: Some(row), ..self }
    }

    /// In this column.
    #[must_use]
    pub fn in_column(self, column: ColumnPlace) -> Self {
        Self { column: Some(column), ..self }
    }

    /// With the value that was found. Line ends and the rest of what is long are cut.
    #[must_use]
    pub fn with_value(self, value: &str) -> Self {
        let line = value.replace(|c: char| c.is_control(), " ");
        let shown = match line.char_indices().nth(SHOWN) {
            Some((end, _)) => format!("{}…", line.get(..end).unwrap_or_default()),
            None => line,
        };
        Self { value: Some(shown), ..self }
    }

    /// Whether it stops the import.
    pub fn is_fault(&self) -> bool {
        self.severity == Severity::Fault
    }

    /// The place in words, such as `名簿.xlsx「職員」3行 E列(メール)`.
    pub fn place(&self, lang: Lang) -> String {
        let sheet = self.sheet.as_ref().map(|sheet| match lang {
            Lang::Ja => format!("「{sheet}」"),
            Lang::En => format!(" sheet \"{sheet}\""),
        });
        let row = self.row.map(|row| match lang {
            Lang::Ja => format!(" {row}行"),
            Lang::En => format!(" row {row}"),
        });
        let column = self.column.as_ref().map(|column| column.in_words(lang));
        [Some(self.file.clone()), sheet, row, column].into_iter().flatten().collect()
    }

    /// The whole problem on one line, without the hint.
    pub fn line(&self, lang: Lang) -> String {
        let place = self.place(lang);
        let message = self.message.get(lang);
        match (&self.value, lang) {
            (Some(value), Lang::Ja) => format!("{place}: {message}:「{value}」"),
            (Some(value), Lang::En) => format!("{place}: {message}: {value:?}"),
            (None, _) => format!("{place}: {message}"),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.line(Lang::Ja))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_reads_as_one_line() {
        let problem = Problem::fault(
            "名簿.xlsx",
            "not-a-date",
            Text::new("日付として読めません", "no date"),
            Text::new("", ""),
        )
        .on_sheet(Some("職員"))
        .in_row(3)
        .in_column(ColumnPlace { letter: "H".to_owned(), header: "休暇\n開始".to_owned() })
        .with_value("12月\n二十八日");
        assert_eq!(
            problem.to_string(),
            "名簿.xlsx「職員」 3行 H列(休暇 開始): 日付として読めません:「12月 二十八日」"
        );
        assert_eq!(
            problem.line(Lang::En),
            "名簿.xlsx sheet \"職員\" row 3 column H(休暇 開始): no date: \"12月 二十八日\""
        );
    }

    #[test]
    fn a_long_value_is_cut() {
        let problem =
            Problem::fault("a", "b", Text::new("", ""), Text::new("", "")).with_value(&"あ".repeat(100));
        assert_eq!(problem.value.unwrap().chars().count(), SHOWN + 1);
    }
}
