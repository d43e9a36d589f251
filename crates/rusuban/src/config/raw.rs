//! A TOML text whose values know where they stand, read key by key; every mistake is noted, none ends the reading.
//!
//! A key is known because something asked for it: what nobody asked for is unknown, so the list of keys cannot fall
//! behind the code. It must not know which keys there are.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::{Range, RangeInclusive};
use std::path::{Path, PathBuf};

use jiff::civil::Date;
use rusuban_core::calendar::parse_date;
use rusuban_core::model::text::Text;
use toml::de::{DeTable, DeValue};
use toml::value::Datetime;

use super::problem::Problem;
use super::syntax;

/// Characters of a value that a message repeats.
const SHOWN: usize = 60;

/// What is noted while a text is read.
pub(super) struct Notes<'a> {
    file: &'a str,
    base: &'a Path,
    text: &'a str,
    problems: RefCell<Vec<Problem>>,
    unknown: RefCell<Vec<Unknown>>,
    /// Every key that was asked for: section without indices, key.
    known: RefCell<BTreeSet<(String, &'static str)>>,
    /// Lines that are not TOML; what is read from them is a guess.
    broken: BTreeSet<usize>,
}

/// A key that nobody asked for.
struct Unknown {
    section: String,
    key: String,
    at: usize,
    candidates: Vec<&'static str>,
}

/// Reads a text. `read` maps the top level; what it returns counts only if nothing was noted.
pub(super) fn read<T>(
    file: &str,
    base: &Path,
    text: &str,
    read: impl FnOnce(&Section<'_, '_>) -> T,
) -> Result<T, Vec<Problem>> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let (table, errors) = DeTable::parse_recoverable(text);
    let mut notes = Notes {
        file,
        base,
        text,
        problems: RefCell::default(),
        unknown: RefCell::default(),
        known: RefCell::default(),
        broken: BTreeSet::new(),
    };
    let headings_hold = notes.syntax(&errors);
    let read = Section::whole(&notes, table.get_ref(), read);
    let problems = notes.finish(headings_hold);
    if problems.is_empty() { Ok(read) } else { Err(problems) }
}

impl Notes<'_> {
    /// Notes what is not TOML. False where a broken heading makes the sections below it a guess.
    fn syntax(&mut self, errors: &[toml::de::Error]) -> bool {
        let mut headings_hold = true;
        for error in errors {
            let at = error.span().map_or(self.text.len(), |span| span.start);
            let (line, _) = self.place(at);
            let content = self.text.lines().nth(line.saturating_sub(1)).unwrap_or_default();
            headings_hold &= !content.trim_start().starts_with(['[', '［', '【']);
            // The parser stumbles over one mistake several times.
            if self.broken.insert(line) {
                let hint = syntax::hint(error.message(), content);
                self.note(at, "", syntax::message(error.message()), hint);
            }
        }
        headings_hold
    }

    /// All problems, in the order of the file. Beside broken lines only those that do not follow from them.
    fn finish(self, headings_hold: bool) -> Vec<Problem> {
        let mut problems = Vec::new();
        for unknown in self.unknown.take() {
            self.note_unknown(&unknown);
        }
        for problem in self.problems.take() {
            let is_syntax = problem.field.is_empty();
            let is_guess = !headings_hold || self.broken.contains(&problem.line);
            if is_syntax || !is_guess {
                problems.push(problem);
            }
        }
        problems.sort_by(|a, b| (a.line, a.column, &a.field).cmp(&(b.line, b.column, &b.field)));
        problems
    }

    fn note(&self, at: usize, field: &str, message: Text, hint: Text) {
        let (line, column) = self.place(at);
        let (file, field) = (self.file.to_owned(), field.to_owned());
        self.problems.borrow_mut().push(Problem { file, line, column, field, message, hint });
    }

    fn note_unknown(&self, unknown: &Unknown) {
        let Unknown { section, key, at, candidates } = unknown;
        let is_secret = ["password", "passphrase", "secret", "database_url"].contains(&key.as_str());
        let message = Text::new(
            format!("「{}」というキーはありません", shown(key)),
            format!("there is no key `{}`", shown(key)),
        );
        let hint = if is_secret {
            Text::new(
                "設定ファイルに秘密は書けません。環境変数名（…_env）かファイル（…_file）で示してください",
                "a configuration holds no secrets; name an environment variable (…_env) or a file (…_file)",
            )
        } else if let Some(near) = nearest(key, candidates) {
            Text::new(format!("`{near}` ではありませんか"), format!("did you mean `{near}`?"))
        } else if let Some(home) = self.home_of(key, section) {
            home_hint(&home)
        } else {
            let all = candidates.join(", ");
            Text::new(format!("ここに書けるキー: {all}"), format!("keys that may stand here: {all}"))
        };
        self.note(*at, &joined(section, key), message, hint);
    }

    /// The section, other than its own, that has a key of this name.
    fn home_of(&self, key: &str, section: &str) -> Option<String> {
        let own = without_indices(section);
        let known = self.known.borrow();
        known.iter().find(|(home, name)| *name == key && *home != own).map(|(home, _)| home.clone())
    }

    /// Whether a line is broken from this byte on until the next heading.
    fn is_broken_below(&self, at: usize) -> bool {
        let (first, _) = self.place(at);
        let lines = self.text.lines().zip(1_usize..).skip(first);
        let next_heading =
            lines.filter(|(line, _)| line.trim_start().starts_with('[')).map(|(_, line)| line).next();
        self.broken.range(first..next_heading.unwrap_or(usize::MAX)).next().is_some()
    }

    /// Line and column of a byte, from 1, the column in characters.
    fn place(&self, at: usize) -> (usize, usize) {
        let at = (0..=at.min(self.text.len())).rev().find(|at| self.text.is_char_boundary(*at));
        let before = at.and_then(|at| self.text.get(..at)).unwrap_or_default();
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let column = before.get(line_start..).unwrap_or_default().chars().count();
        (before.matches('\n').count() + 1, column + 1)
    }
}

/// One table of the text: a `[section]`, an entry of `[[section]]`, or an inline table. Empty where it is not written.
pub(super) struct Section<'n, 'i> {
    notes: &'n Notes<'i>,
    table: Option<&'n DeTable<'i>>,
    path: String,
    at: usize,
    asked: RefCell<Vec<&'static str>>,
}

impl<'n, 'i> Section<'n, 'i> {
    fn whole<T>(notes: &'n Notes<'i>, table: &'n DeTable<'i>, read: impl FnOnce(&Section<'n, 'i>) -> T) -> T {
        let section =
            Section { notes, table: Some(table), path: String::new(), at: 0, asked: RefCell::default() };
        let value = read(&section);
        section.finish();
        value
    }

    /// The value of a key, where it is written.
    pub(super) fn value(&self, key: &'static str) -> Option<Field<'n, 'i>> {
        self.asked.borrow_mut().push(key);
        self.notes.known.borrow_mut().insert((without_indices(&self.path), key));
        let (_, value) = self.table?.get_key_value(key)?;
        Some(self.field(key, value.span(), value.get_ref()))
    }

    /// The value of a key that must be written; its absence is a problem of the section.
    pub(super) fn required(&self, key: &'static str) -> Option<Field<'n, 'i>> {
        let value = self.value(key);
        if value.is_none() {
            self.missing(key);
        }
        value
    }

    /// Whether a key is written. Asking this way makes no key known.
    pub(super) fn has(&self, key: &str) -> bool {
        self.table.is_some_and(|table| table.contains_key(key))
    }

    /// Notes that a key is absent.
    pub(super) fn missing(&self, key: &str) {
        // The key of a broken line is absent too, and the line is named already.
        if !self.notes.is_broken_below(self.at) {
            self.notes.note(
                self.at,
                &joined(&self.path, key),
                Text::new(format!("`{key}` がありません"), format!("`{key}` is missing")),
                Text::new(
                    format!("この見出しの下に `{key} = …` を書いてください"),
                    format!("write `{key} = …` below this heading"),
                ),
            );
        }
    }

    /// Reads a section below this one, also where it is not written: its defaults are those of its keys.
    pub(super) fn section<T>(&self, key: &'static str, read: impl FnOnce(&Section<'n, 'i>) -> T) -> T {
        let field = self.value(key);
        let table = field.as_ref().and_then(Field::table);
        let (path, at) = (joined(&self.path, key), field.map_or(self.at, |field| field.span.start));
        let section = Section { notes: self.notes, table, path, at, asked: RefCell::default() };
        let value = read(&section);
        section.finish();
        value
    }

    /// Reads every entry of a `[[section]]`.
    pub(super) fn sections<T>(
        &self,
        key: &'static str,
        mut read: impl FnMut(&Section<'n, 'i>) -> Option<T>,
    ) -> Vec<T> {
        let Some(field) = self.value(key) else { return Vec::new() };
        if matches!(field.value, DeValue::Table(_)) {
            let name = without_indices(&field.path);
            field.problem(
                Text::new(
                    "繰り返す項目なのに、見出しの角括弧が一重です",
                    "entries that repeat need double brackets",
                ),
                Text::new(format!("[[{name}]] と書いてください"), format!("write [[{name}]]")),
            );
            return Vec::new();
        }
        let entries = field.items().unwrap_or_default();
        entries.iter().filter_map(|entry| entry.section(&mut read)).collect()
    }

    /// All keys with their values, for a section whose keys the user names.
    pub(super) fn entries(&self) -> Vec<(String, Field<'n, 'i>)> {
        let Some(table) = self.table else { return Vec::new() };
        let mut entries: Vec<_> = table
            .iter()
            .map(|(key, value)| {
                let name = key.get_ref().to_string();
                (name.clone(), self.field(&name, key.span(), value.get_ref()))
            })
            .collect();
        entries.sort_by_key(|(_, field)| field.span.start);
        entries
    }

    /// Notes a problem of the section as a whole.
    pub(super) fn problem(&self, message: Text, hint: Text) {
        self.notes.note(self.at, &self.path, message, hint);
    }

    fn field(&self, key: &str, span: Range<usize>, value: &'n DeValue<'i>) -> Field<'n, 'i> {
        Field { notes: self.notes, path: joined(&self.path, key), span, value }
    }

    fn finish(self) {
        let asked = self.asked.into_inner();
        // A section that nobody asked for a key of names its own keys.
        let Some(table) = self.table.filter(|_| !asked.is_empty()) else { return };
        for key in table.keys().filter(|key| !asked.contains(&&**key.get_ref())) {
            self.notes.unknown.borrow_mut().push(Unknown {
                section: self.path.clone(),
                key: key.get_ref().to_string(),
                at: key.span().start,
                candidates: asked.clone(),
            });
        }
    }
}

/// A value with its place.
#[derive(Clone)]
pub(super) struct Field<'n, 'i> {
    notes: &'n Notes<'i>,
    path: String,
    span: Range<usize>,
    value: &'n DeValue<'i>,
}

impl<'n, 'i> Field<'n, 'i> {
    /// Dotted path of the field.
    pub(super) fn path(&self) -> &str {
        &self.path
    }

    /// Line of the field, from 1.
    pub(super) fn line(&self) -> usize {
        self.notes.place(self.span.start).0
    }

    /// Notes a problem of this value.
    pub(super) fn problem(&self, message: Text, hint: Text) {
        self.notes.note(self.span.start, &self.path, message, hint);
    }

    /// A text that is not empty.
    pub(super) fn text(&self) -> Option<&'n str> {
        let DeValue::String(text) = self.value else {
            let hint = Text::new("値を \"…\" で囲んでください", "put the value into \"…\"");
            return self.wrong_type(&Text::new("文字列", "a string"), hint);
        };
        if text.trim().is_empty() {
            self.problem(
                Text::new("値が空です", "the value is empty"),
                Text::new("値を書くか、行を消してください", "write a value, or remove the line"),
            );
            return None;
        }
        Some(text)
    }

    /// `true` or `false`.
    pub(super) fn flag(&self) -> Option<bool> {
        let DeValue::Boolean(flag) = self.value else {
            let hint = Text::new(
                "true か false を、引用符なしで書いてください",
                "write true or false, without quotes",
            );
            return self.wrong_type(&Text::new("真偽値", "a boolean"), hint);
        };
        Some(*flag)
    }

    /// A whole number within limits.
    pub(super) fn integer<T: TryFrom<i64>>(&self, limits: &RangeInclusive<i64>) -> Option<T> {
        let (low, high) = (limits.start(), limits.end());
        let hint = Text::new(
            format!("{low} から {high} までの整数を、引用符なしで書いてください"),
            format!("write a whole number from {low} to {high}, without quotes"),
        );
        let DeValue::Integer(integer) = self.value else {
            return self.wrong_type(&Text::new("整数", "a whole number"), hint);
        };
        let number = i64::from_str_radix(integer.as_str(), integer.radix()).ok();
        let within =
            number.filter(|number| limits.contains(number)).and_then(|number| T::try_from(number).ok());
        if within.is_none() {
            let integer = shown(&integer.to_string());
            self.problem(
                Text::new(format!("{integer} は範囲外です"), format!("{integer} is out of range")),
                hint,
            );
        }
        within
    }

    /// One of a few words.
    pub(super) fn choice<T: Copy>(&self, choices: &[(&'static str, T)]) -> Option<T> {
        let text = self.text()?;
        let chosen = choices.iter().find(|(word, _)| *word == text).map(|(_, value)| *value);
        if chosen.is_none() {
            let words: Vec<&'static str> = choices.iter().map(|(word, _)| *word).collect();
            let all = words.join(", ");
            let message = Text::new(
                format!("「{}」は選択肢にありません", shown(text)),
                format!("`{}` is not one of the choices", shown(text)),
            );
            let hint = nearest(text, &words).map_or_else(
                || Text::new(format!("次のどれかを書いてください: {all}"), format!("write one of: {all}")),
                |near| Text::new(format!("`{near}` ではありませんか"), format!("did you mean `{near}`?")),
            );
            self.problem(message, hint);
        }
        chosen
    }

    /// A day, as TOML or as people write it.
    pub(super) fn date(&self) -> Option<Date> {
        let hint = Text::new(
            "\"2026-12-28\" や \"令和8年12月28日\" のように書いてください",
            "write it as \"2026-12-28\"",
        );
        match self.value {
            DeValue::Datetime(Datetime { date: Some(date), time: None, offset: None }) => {
                let day = i8::try_from(date.month).ok().zip(i8::try_from(date.day).ok());
                let year = i16::try_from(date.year).ok();
                year.zip(day).and_then(|(year, (month, day))| Date::new(year, month, day).ok())
            }
            DeValue::Datetime(_) => {
                let message = Text::new(
                    "日付だけを書いてください。時刻は書けません",
                    "write a day only, without a time",
                );
                self.problem(message, hint);
                None
            }
            DeValue::String(text) => match parse_date(text) {
                Ok(date) => Some(date),
                Err(error) => {
                    self.problem(Text::new(error.message_ja(), error.to_string()), hint);
                    None
                }
            },
            _ => self.wrong_type(&Text::new("日付", "a date"), hint),
        }
    }

    /// A path; a relative one counts from the directory of the configuration file.
    pub(super) fn file(&self) -> Option<PathBuf> {
        let text = self.text()?;
        if text == "~" || text.starts_with("~/") {
            self.problem(
                Text::new("`~` は展開されません", "`~` is not expanded"),
                Text::new(
                    "/home/… から始まる絶対パスで書いてください",
                    "write the absolute path, such as /home/…",
                ),
            );
            return None;
        }
        Some(self.notes.base.join(text))
    }

    /// The items of a list.
    pub(super) fn items(&self) -> Option<Vec<Field<'n, 'i>>> {
        let DeValue::Array(array) = self.value else {
            let hint = Text::new("1つだけでも […] で囲んでください", "put even a single value into […]");
            return self.wrong_type(&Text::new("配列", "a list"), hint);
        };
        let item = |(index, item): (usize, &'n toml::Spanned<DeValue<'i>>)| Field {
            notes: self.notes,
            path: format!("{}[{index}]", self.path),
            span: item.span(),
            value: item.get_ref(),
        };
        Some(array.iter().enumerate().map(item).collect())
    }

    /// Whether the value is a list.
    pub(super) fn is_list(&self) -> bool {
        matches!(self.value, DeValue::Array(_))
    }

    /// Whether the value is a table.
    pub(super) fn is_table(&self) -> bool {
        matches!(self.value, DeValue::Table(_))
    }

    /// Reads the value as a table.
    pub(super) fn section<T>(&self, read: impl FnOnce(&Section<'n, 'i>) -> Option<T>) -> Option<T> {
        let (table, path) = (Some(self.table()?), self.path.clone());
        let section =
            Section { notes: self.notes, table, path, at: self.span.start, asked: RefCell::default() };
        let value = read(&section);
        section.finish();
        value
    }

    fn table(&self) -> Option<&'n DeTable<'i>> {
        let DeValue::Table(table) = self.value else {
            let name = without_indices(&self.path);
            let hint = Text::new(
                format!("[{name}] という見出しにしてください"),
                format!("make it a heading, [{name}]"),
            );
            return self.wrong_type(&Text::new("表", "a table"), hint);
        };
        Some(table)
    }

    fn wrong_type<T>(&self, wanted: &Text, hint: Text) -> Option<T> {
        let found = match self.value {
            DeValue::String(_) => Text::new("文字列", "a string"),
            DeValue::Integer(_) => Text::new("整数", "a whole number"),
            DeValue::Float(_) => Text::new("小数", "a fraction"),
            DeValue::Boolean(_) => Text::new("真偽値", "a boolean"),
            DeValue::Datetime(_) => Text::new("日付または時刻", "a date or time"),
            DeValue::Array(_) => Text::new("配列", "a list"),
            DeValue::Table(_) => Text::new("表", "a table"),
        };
        self.problem(
            Text::new(
                format!("{}が必要ですが、{}が書かれています", wanted.ja, found.ja),
                format!("expected {}, found {}", wanted.en, found.en),
            ),
            hint,
        );
        None
    }
}

/// Values that must differ from each other, with where they stand first.
#[derive(Default)]
pub(super) struct Distinct(BTreeMap<String, (String, usize)>);

impl Distinct {
    /// Notes a problem at `field` where `value` stood before. Both lines are named.
    pub(super) fn note(&mut self, field: &Field<'_, '_>, value: &str) {
        let first = self.0.entry(value.to_owned()).or_insert_with(|| (field.path().to_owned(), field.line()));
        let (path, line) = (&first.0, first.1);
        if path != field.path() {
            let second = field.line();
            field.problem(
                Text::new(
                    format!("「{}」は {line} 行目（{path}）と {second} 行目の2か所にあります", shown(value)),
                    format!("`{}` stands twice: in line {line} ({path}) and in line {second}", shown(value)),
                ),
                Text::new("どちらか一方を変えるか消してください", "change or remove one of them"),
            );
        }
    }
}

fn home_hint(home: &str) -> Text {
    if home.is_empty() {
        return Text::new(
            "どの見出しにも属さない、ファイルの最上位のキーです",
            "it is a key of the file's top level, below no other heading",
        );
    }
    Text::new(
        format!("[{home}] のキーです。その見出しの下に書いてください"),
        format!("it is a key of [{home}]; write it below that heading"),
    )
}

/// A value of the file as a message repeats it.
pub(super) fn shown(value: &str) -> String {
    let mut shown: String = value.chars().take(SHOWN).collect();
    if shown.len() < value.len() {
        shown.push('…');
    }
    shown
}

/// The word that was meant: at most a third of its letters are otherwise.
pub(super) fn nearest<'w>(written: &str, words: &[&'w str]) -> Option<&'w str> {
    let written = written.to_lowercase();
    let distance = |word: &str| strsim::osa_distance(&written, &word.to_lowercase());
    let nearest = words.iter().min_by_key(|word| distance(word))?;
    (distance(nearest) <= (nearest.chars().count() / 3).max(1)).then_some(nearest)
}

fn joined(section: &str, key: &str) -> String {
    if section.is_empty() { shown(key) } else { format!("{section}.{}", shown(key)) }
}

/// `backup[2].env_from` as `backup.env_from`, the way a heading writes it.
fn without_indices(path: &str) -> String {
    path.split('[').map(|part| part.split_once(']').map_or(part, |(_, rest)| rest)).collect()
}

#[cfg(test)]
impl Section<'_, '_> {
    /// Every key of the text that was asked for so far.
    pub(super) fn known(&self) -> BTreeSet<(String, &'static str)> {
        self.notes.known.borrow().clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_word_is_near() {
        let words = ["restic", "borg"];
        assert_eq!(nearest("restik", &words), Some("restic"));
        assert_eq!(nearest("Restic", &words), Some("restic"));
        assert_eq!(nearest("brog", &words), Some("borg"));
        assert_eq!(nearest("kopia", &words), None);
        assert_eq!(nearest("バックアップ", &words), None);
        assert_eq!(nearest("", &[]), None);
    }

    #[test]
    fn a_path_as_its_heading_writes_it() {
        assert_eq!(without_indices("backup[12].env_from"), "backup.env_from");
        assert_eq!(without_indices("a[0][1].b[2]"), "a.b");
        assert_eq!(without_indices(""), "");
    }
}
