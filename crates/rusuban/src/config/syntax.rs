//! What a text that is not TOML is told: the parser's words in both languages, with the usual cause.
//!
//! It must not know any key of the configuration.

use rusuban_core::model::text::Text;

/// The parser's messages by how they begin, in Japanese. All others are shown as they are.
const IN_JAPANESE: &[(&str, &str)] = &[
    ("duplicate key", "同じキーまたは同じ見出しが2回書かれています"),
    ("string values must be quoted", "文字列が引用符で囲まれていません"),
    ("invalid basic string", "文字列の引用符 `\"` が閉じていません"),
    ("invalid literal string", "文字列の引用符 `'` が閉じていません"),
    ("missing escaped value", "`\\` の後の文字が正しくありません"),
    ("key with no value", "キーに値がありません"),
    ("missing value", "値がありません"),
    ("missing assignment", "`=` がありません"),
    ("extra `=`", "`=` が余分です"),
    ("extra assignment", "`=` が余分です"),
    ("invalid unquoted key", "キーに使えない文字があります"),
    ("unquoted keys cannot be empty", "キーが空です"),
    ("unclosed array table", "見出しの `]]` が閉じていません"),
    ("unclosed table", "見出しの `]` が閉じていません"),
    ("unclosed array", "配列の `]` が閉じていません"),
    ("unclosed inline table", "`{` が閉じていません"),
    ("missing comma", "`,` がありません"),
    ("extra comma", "`,` が余分です"),
    ("unexpected leading zero", "数の先頭に 0 は書けません"),
    ("unexpected key or value", "1行に2つ以上は書けません"),
    ("cannot extend value", "値のあるキーの下に別のキーは書けません"),
    ("cannot recurse further", "入れ子が深すぎます"),
    ("recursion limit", "入れ子が深すぎます"),
];

/// What is wrong, from the parser's own message.
pub(super) fn message(parser: &str) -> Text {
    let known = IN_JAPANESE.iter().find(|(start, _)| parser.starts_with(start));
    let ja = known.map_or_else(
        || format!("TOML の文法に合いません（{parser}）"),
        |(_, ja)| format!("TOML の文法に合いません。{ja}"),
    );
    Text::new(ja, format!("not valid TOML: {parser}"))
}

/// What to do, from the parser's own message and the line that it speaks of.
pub(super) fn hint(parser: &str, line: &str) -> Text {
    let backslash = line.contains('\\') && (parser.contains("escape") || parser.contains("unicode"));
    if backslash {
        return Text::new(
            "`\\` を含むパスは '…' で囲んでください（例: 'C:\\rusuban\\data'）",
            "put a path with `\\` into '…', such as 'C:\\rusuban\\data'",
        );
    }
    // Within quotes such signs are text.
    if line.split('"').step_by(2).any(|outside| outside.contains(is_full_width_sign)) {
        return Text::new(
            "全角の記号や空白を半角にしてください",
            "replace full-width signs and spaces by ASCII ones",
        );
    }
    if parser.starts_with("duplicate key") {
        return Text::new(
            "どちらか一方にまとめてください。繰り返す項目は [[backup]] のように二重の角括弧で書きます",
            "keep one of the two; entries that repeat are written with double brackets, such as [[backup]]",
        );
    }
    if parser.starts_with("string values must be quoted") {
        return Text::new(
            "文字列は \"…\" で囲んでください（例: name = \"総務課\"）",
            "put strings into \"…\", such as name = \"General Affairs\"",
        );
    }
    Text::new(
        "`キー = 値` または `[見出し]` の形で書きます。書き方は `rusuban config example` にあります",
        "lines are `key = value` or `[section]`; `rusuban config example` shows them all",
    )
}

/// Signs that an input method writes in place of TOML's own.
fn is_full_width_sign(c: char) -> bool {
    matches!(c, '＝' | '＂' | '“' | '”' | '［' | '］' | '　' | '＃' | '，' | '．' | '＇' | '｛' | '｝')
}
