//! Reads the tables that winget prints, in English and in Japanese: `winget upgrade` and `winget list`.
//!
//! Columns are aligned by the width in which characters are shown: kana and kanji take two places. Versions before 1.1
//! aligned by number of characters; both are tried. What does not fit is cut with `…`. winget says neither when it
//! was asked nor whether an update fixes security.

use std::collections::BTreeSet;

use rusuban_core::model::verdict::Seen;
use rusuban_core::world::packages::{Lists, Manager, PackageFacts, System, Update, UpdateKind};
use unicode_width::UnicodeWidthChar;

use super::import::ImportError;

/// The command for PowerShell whose output is read: what can be updated.
pub const UPGRADE_COMMAND: &str = "[Console]::OutputEncoding = [Text.Encoding]::UTF8; winget upgrade --include-unknown --accept-source-agreements --disable-interactivity > winget-upgrade.txt";

/// The command for PowerShell whose output is read: everything that is installed, with what can be updated.
pub const LIST_COMMAND: &str = "[Console]::OutputEncoding = [Text.Encoding]::UTF8; winget list --accept-source-agreements --disable-interactivity > winget-list.txt";

/// What winget says where there is nothing to update.
const NOTHING: [&str; 6] = [
    "No installed package found matching input criteria.",
    "No applicable upgrade found.",
    "No available upgrade found.",
    "入力条件に一致するインストール済みのパッケージが見つかりませんでした。",
    "利用可能なアップグレードが見つかりませんでした。",
    "適用可能なアップグレードが見つかりませんでした。",
];

/// The sentence before a table of what must be updated one by one.
const EXPLICIT: [&str; 2] = ["require explicit targeting for upgrade", "明示的"];

/// A column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Column {
    Name,
    Id,
    Version,
    Available,
    Source,
    /// Why a search matched.
    Match,
}

impl Column {
    fn named(word: &str) -> Option<Self> {
        Some(match word {
            "Name" | "名前" => Self::Name,
            "Id" | "ID" => Self::Id,
            "Version" | "バージョン" => Self::Version,
            "Available" | "利用可能" => Self::Available,
            "Source" | "ソース" => Self::Source,
            "Match" | "一致" => Self::Match,
            _ => return None,
        })
    }
}

/// How much room a character takes.
type Measure = fn(char) -> usize;

const BY_WIDTH: Measure = |c| c.width().unwrap_or(0);
const BY_COUNT: Measure = |_| 1;

/// Columns with the place at which each begins.
type Columns = Vec<(Column, usize)>;

/// One row: what stands in each column.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Row {
    name: String,
    id: String,
    version: String,
    available: String,
    source: String,
}

/// All that an output holds.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Output {
    rows: Vec<Row>,
    /// How many updates winget says that there are.
    said: Option<usize>,
    /// Rows that this number counts: those of the first table.
    counted: usize,
    remarks: Vec<String>,
    nothing: bool,
    tables: usize,
}

/// Reads the output of [`UPGRADE_COMMAND`].
///
/// # Errors
/// No table and no word that there is nothing, a row that does not fit the columns, or another number of rows than
/// winget names.
pub fn parse_upgrade(text: &str) -> Result<PackageFacts, ImportError> {
    let output = read(text)?;
    let (pending, unknown): (Vec<&Row>, Vec<&Row>) =
        output.rows.iter().partition(|row| !row.available.is_empty());
    let mut remarks = output.remarks;
    remarks.extend(unknown.iter().map(|row| format!("{} {}", row.name, row.version)));
    let pending = pending.into_iter().map(update).collect();
    Ok(PackageFacts { pending, remarks, ..facts() })
}

/// Reads the output of [`LIST_COMMAND`].
///
/// # Errors
/// As for [`parse_upgrade`]; also where nothing at all is installed.
pub fn parse_list(text: &str) -> Result<PackageFacts, ImportError> {
    let output = read(text)?;
    if output.rows.is_empty() {
        return Err(ImportError::new(
            1,
            "Name",
            "導入済みのアプリが一つもありません",
            "not a single application is listed",
        ));
    }
    let pending = output.rows.iter().filter(|row| !row.available.is_empty()).map(update).collect();
    let unsourced = output.rows.iter().filter(|row| row.source.is_empty()).map(|row| row.name.clone());
    let unsourced: BTreeSet<String> = unsourced.collect();
    Ok(PackageFacts {
        installed: Some(output.rows.len() as u64),
        pending,
        unsourced: unsourced.into_iter().collect(),
        remarks: output.remarks,
        ..facts()
    })
}

fn facts() -> PackageFacts {
    let system = System { id: "windows".to_owned(), ..System::default() };
    PackageFacts::new(Manager::Winget, system, Seen::Known(Lists::Undated))
}

fn update(row: &Row) -> Update {
    let whole = !row.id.is_empty() && !row.id.ends_with('…');
    Update {
        name: if whole { row.id.clone() } else { row.name.clone() },
        installed: row.version.clone(),
        candidate: row.available.clone(),
        kind: UpdateKind::Unclassified,
        sources: Some(row.source.clone()).filter(|source| !source.is_empty()).into_iter().collect(),
        advisories: Vec::new(),
    }
}

fn read(text: &str) -> Result<Output, ImportError> {
    let lines: Vec<String> = text.lines().map(shown).collect();
    let mut output = Output::default();
    let mut at = 0;
    while let Some(line) = lines.get(at) {
        if lines.get(at + 1).is_some_and(|next| is_rule(next)) {
            at = table(&lines, at, &mut output)?;
        } else {
            prose(line.trim(), &mut output);
            at += 1;
        }
    }
    if output.tables == 0 && !output.nothing {
        return Err(no_table(&lines));
    }
    let rows = if output.counted > 0 { output.counted } else { output.rows.len() };
    match output.said {
        Some(said) if said != rows => Err(ImportError::new(
            lines.len(),
            "rows",
            format!("winget は{said}件と述べていますが、読めたのは{rows}件です"),
            format!("winget names {said} updates, {rows} rows were read"),
        )),
        _ => Ok(output),
    }
}

fn no_table(lines: &[String]) -> ImportError {
    let first = lines.iter().position(|line| !line.trim().is_empty()).unwrap_or(0);
    let words: String =
        lines.get(first).map(|line| line.trim().chars().take(80).collect()).unwrap_or_default();
    ImportError::new(
        first + 1,
        "table",
        format!("英語か日本語の winget の表がありません（{words}）"),
        format!("no table of winget in English or Japanese ({words})"),
    )
}

/// A line as it stands on the screen in the end: what a turning wheel or a bar left before a carriage return or
/// backspaces is gone.
fn shown(line: &str) -> String {
    let line = line.trim_end_matches('\r');
    let last = line.rsplit(['\r', '\u{8}']).next().unwrap_or(line);
    last.chars().filter(|c| !matches!(c, '█' | '▒' | '\u{feff}')).collect::<String>().trim_end().to_owned()
}

/// The line of dashes below a heading.
fn is_rule(line: &str) -> bool {
    line.len() >= 10 && line.bytes().all(|byte| byte == b'-')
}

/// Reads the table whose heading stands at `at`. Gives the place after it.
fn table(lines: &[String], at: usize, output: &mut Output) -> Result<usize, ImportError> {
    let heading = lines.get(at).map_or("", String::as_str);
    let body = lines.get(at + 2..).unwrap_or_default();
    let mut best: Vec<Row> = Vec::new();
    for measure in [BY_WIDTH, BY_COUNT] {
        let columns = columns(heading, measure).ok_or_else(|| unknown_heading(at, heading))?;
        let rows: Vec<Row> = body.iter().map_while(|line| row(line, &columns, measure)).collect();
        if rows.len() > best.len() {
            best = rows;
        }
    }
    let after = at + 2 + best.len();
    if let Some(next) = lines.get(after)
        && !ends_table(next)
    {
        let words: String = next.trim().chars().take(80).collect();
        return Err(ImportError::new(
            after + 1,
            "row",
            format!("行が見出しの列に合いません（{words}）"),
            format!("the row does not fit the columns of its heading ({words})"),
        ));
    }
    output.tables += 1;
    if output.tables == 1 {
        // Of `winget list` only rows with a new version are counted by the sentence below the table.
        let with_new = best.iter().filter(|row| !row.available.is_empty()).count();
        output.counted = if with_new > 0 { with_new } else { best.len() };
    }
    output.rows.append(&mut best);
    Ok(after)
}

fn unknown_heading(at: usize, heading: &str) -> ImportError {
    let words: String = heading.trim().chars().take(80).collect();
    ImportError::new(
        at + 1,
        "heading",
        format!("見出しが英語でも日本語でもありません（{words}）"),
        format!("the heading is neither English nor Japanese ({words})"),
    )
}

/// What may follow the last row: nothing, or a sentence.
fn ends_table(line: &str) -> bool {
    let line = line.trim();
    line.is_empty() || line.ends_with(['.', '。', ':', '：', ')'])
}

/// The columns of a heading; none where a word in it is not known.
fn columns(heading: &str, measure: Measure) -> Option<Columns> {
    let mut columns: Columns = Vec::new();
    let mut place = 0;
    let mut word = String::new();
    let mut start = 0;
    for c in heading.chars().chain([' ']) {
        if c == ' ' {
            if !word.is_empty() {
                columns.push((Column::named(&word)?, start));
                word.clear();
            }
        } else {
            if word.is_empty() {
                start = place;
            }
            word.push(c);
        }
        place += measure(c);
    }
    let has = |column: Column| columns.iter().any(|(one, _)| *one == column);
    (has(Column::Name) && has(Column::Id) && has(Column::Version)).then_some(columns)
}

/// Cuts a line at the columns. None where text runs over the beginning of one: then it is no row.
fn row(line: &str, columns: &Columns, measure: Measure) -> Option<Row> {
    let mut cells: Vec<String> = vec![String::new(); columns.len()];
    let mut place = 0;
    let mut before = ' ';
    for c in line.chars() {
        let width = measure(c);
        let column = columns.iter().rposition(|(_, start)| *start <= place)?;
        let begins = columns.iter().any(|(_, start)| *start == place && *start > 0);
        let straddles = columns.iter().any(|(_, start)| *start > place && *start < place + width);
        if (begins && before != ' ') || straddles {
            return None;
        }
        cells.get_mut(column)?.push(c);
        before = c;
        place += width;
    }
    let mut row = Row::default();
    for ((column, _), cell) in columns.iter().zip(&cells) {
        let cell = cell.trim().to_owned();
        match column {
            Column::Name => row.name = cell,
            Column::Id => row.id = cell,
            Column::Version => row.version = cell,
            Column::Available => row.available = cell,
            Column::Source => row.source = cell,
            Column::Match => {}
        }
    }
    (!row.name.is_empty() && !row.id.is_empty()).then_some(row)
}

/// Reads a sentence outside of a table.
fn prose(line: &str, output: &mut Output) {
    if line.chars().all(|c| !c.is_alphabetic()) {
        return;
    }
    if NOTHING.iter().any(|words| line.contains(words)) {
        output.nothing = true;
    } else if let Some(count) = said(line) {
        output.said = output.said.or(Some(count));
    } else if !EXPLICIT.iter().any(|words| line.contains(words)) {
        output.remarks.push(line.chars().take(200).collect());
    }
}

/// The number in `3 upgrades available.`, `3 アップグレードを利用できます。` or `利用可能なアップグレードが 3 件あります。`
fn said(line: &str) -> Option<usize> {
    let english =
        ["upgrades available.", "upgrade available."].iter().find_map(|words| line.strip_suffix(words));
    let japanese = || {
        line.strip_suffix("アップグレードを利用できます。").or_else(|| {
            line.strip_prefix("利用可能なアップグレードが").and_then(|rest| rest.strip_suffix("件あります。"))
        })
    };
    english.or_else(japanese)?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ENGLISH: &str = "   - \r   \\ \r   | \rName                        Id                          Version      Available    Source
-------------------------------------------------------------------------------------------------
AdGuard                     AdGuard.AdGuard             7.22.5282.0  8.0.5570     winget
Windows Subsystem for Linux Microsoft.WSL               2.7.11.0     2.7.13       winget
Microsoft Visual C++ 2015-… Microsoft.VCRedist.2015+.x… < 14.42      14.44        winget
3 upgrades available.

The following packages have an upgrade available, but require explicit targeting for upgrade:
Name             Id            Version Available Source
-------------------------------------------------------
Something Pinned Vendor.Pinned 1.0     2.0       winget
1 package(s) have version numbers that cannot be determined. Use --include-unknown to see all results.
";

    const JAPANESE: &str = "名前                   ID                                                                      バージョン     利用可能 ソース
-----------------------------------------------------------------------------------------------------------------------------
7-Zip 24.09 (x64)      7zip.7zip                                                               24.09          25.00    winget
サクラエディタ         SakuraEditor.SakuraEditor                                               2.4.2                   winget
秀丸エディタ(64bit版)… Hidemaru.Editor                                                         9.35           9.41     winget
Copilot                ARP\\Machine\\X86\\Microsoft Copilot                                       152.0.4191.66
利用可能なアップグレードが 2 件あります。
";

    fn short(facts: &PackageFacts) -> Vec<(&str, &str, &str)> {
        facts
            .pending
            .iter()
            .map(|one| (one.name.as_str(), one.installed.as_str(), one.candidate.as_str()))
            .collect()
    }

    #[test]
    fn an_english_table_is_read_whole() {
        let facts = parse_upgrade(&ENGLISH.replace('\n', "\r\n")).unwrap();
        assert_eq!(
            short(&facts),
            [
                ("AdGuard.AdGuard", "7.22.5282.0", "8.0.5570"),
                ("Microsoft.WSL", "2.7.11.0", "2.7.13"),
                ("Microsoft Visual C++ 2015-…", "< 14.42", "14.44"),
                ("Vendor.Pinned", "1.0", "2.0"),
            ]
        );
        assert_eq!(facts.remarks.len(), 1);
        assert!(facts.remarks[0].starts_with("1 package(s) have version numbers"));
        assert_eq!(facts.installed, None);
    }

    #[test]
    fn a_japanese_table_is_cut_by_the_width_of_its_characters() {
        let facts = parse_list(JAPANESE).unwrap();
        assert_eq!(short(&facts), [("7zip.7zip", "24.09", "25.00"), ("Hidemaru.Editor", "9.35", "9.41")]);
        assert_eq!(facts.installed, Some(4));
        assert_eq!(facts.unsourced, ["Copilot"]);
        assert_eq!(facts.remarks, Vec::<String>::new());
    }

    #[test]
    fn a_table_of_an_old_version_is_cut_by_the_number_of_characters() {
        let line = |cells: [&str; 5]| {
            format!("{:<8}{:<26}{:<8}{:<7}{}\n", cells[0], cells[1], cells[2], cells[3], cells[4])
        };
        let text = [
            line(["名前", "ID", "バージョン", "利用可能", "ソース"]),
            format!("{}\n", "-".repeat(54)),
            line(["サクラエディタ", "SakuraEditor.SakuraEditor", "2.4.1", "2.4.2", "winget"]),
            line(["VLC", "VideoLAN.VLC", "3.0.18", "3.0.21", "winget"]),
        ]
        .concat();
        let facts = parse_upgrade(&text).unwrap();
        assert_eq!(
            short(&facts),
            [("SakuraEditor.SakuraEditor", "2.4.1", "2.4.2"), ("VideoLAN.VLC", "3.0.18", "3.0.21")]
        );
    }

    #[test]
    fn nothing_to_update_must_be_said_in_words() {
        for words in NOTHING {
            assert!(parse_upgrade(&format!("   - \r   | \r{words}\r\n")).unwrap().pending.is_empty());
        }
        let error =
            parse_upgrade("Failed when opening source(s); try the 'source reset' command\n").unwrap_err();
        assert_eq!((error.line, error.field.as_str()), (1, "table"));
        assert_eq!(
            parse_list("入力条件に一致するインストール済みのパッケージが見つかりませんでした。\n")
                .unwrap_err()
                .field,
            "Name"
        );
    }

    #[test]
    fn a_source_that_failed_is_remembered() {
        let facts = parse_upgrade(&format!(
            "Failed when searching source; results will not be included: msstore\n{ENGLISH}"
        ))
        .unwrap();
        assert_eq!(facts.remarks.len(), 2);
    }

    #[test]
    fn lost_rows_and_strange_headings_are_refused_with_their_line() {
        let error = parse_upgrade(&ENGLISH.replace("3 upgrades", "7 upgrades")).unwrap_err();
        assert_eq!(error.field, "rows");
        let error = parse_upgrade("Nom  ID  Version  Disponible Source\n------------------------------\nx    y   1        2          winget\n").unwrap_err();
        assert_eq!((error.line, error.field.as_str()), (1, "heading"));
        let error = parse_upgrade(&ENGLISH.replacen(
            "AdGuard                     AdGuard",
            "AdGuard AdGuard Extra Long Text AdGuard",
            1,
        ))
        .unwrap_err();
        assert_eq!((error.line, error.field.as_str()), (3, "row"));
    }

    #[test]
    fn a_table_that_was_read_in_the_wrong_encoding_is_refused() {
        // UTF-8 that PowerShell took for Shift_JIS.
        let (broken, _, _) = encoding_rs::SHIFT_JIS.decode(JAPANESE.as_bytes());
        assert!(parse_list(&broken).is_err());
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in ".{0,200}", body in "([ -~あ-ん漢…]{0,60}\n){0,6}") {
            let table = format!("名前   ID   バージョン 利用可能 ソース\n--------------------\n{body}");
            let _ = (parse_upgrade(&text), parse_list(&table));
        }
    }
}
