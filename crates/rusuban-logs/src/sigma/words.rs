//! What a rule says in Japanese. Sigma rules are written in one language; the program's own carry the other one in a
//! custom section `rusuban`, which other programs pass over:
//!
//! ```yaml
//! rusuban:
//!     title_ja: …
//!     why_ja: …
//!     next_ja: [ … ]
//!     next_en: [ … ]
//!     falsepositives_ja: [ … ]
//! ```

use super::yaml::Node;

/// The section `rusuban`; empty where a rule has none.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Words {
    /// The title in Japanese.
    pub title_ja: Box<str>,
    /// Why it matters, in Japanese; the description says it in English.
    pub why_ja: Box<str>,
    /// What to do next, in Japanese.
    pub next_ja: Vec<Box<str>>,
    /// The same steps in English.
    pub next_en: Vec<Box<str>>,
    /// Known false positives in Japanese.
    pub falsepositives_ja: Vec<Box<str>>,
}

impl Words {
    /// Reads the section of a rule or a correlation. Whatever is not there is empty: nothing about a rule fails for it.
    pub fn of_node(document: &Node) -> Self {
        let Some(node) = document.get("rusuban") else { return Self::default() };
        let text = |key| node.get(key).and_then(Node::text).unwrap_or_default().trim().into();
        let list = |key| {
            let items = node.get(key).map(Node::items).unwrap_or_default();
            items.iter().filter_map(Node::text).map(Into::into).collect()
        };
        Self {
            title_ja: text("title_ja"),
            why_ja: text("why_ja"),
            next_ja: list("next_ja"),
            next_en: list("next_en"),
            falsepositives_ja: list("falsepositives_ja"),
        }
    }
}
