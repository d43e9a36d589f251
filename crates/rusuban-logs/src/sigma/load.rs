//! From files to rules: documents of several kinds in one file, collections with a common part, duplicate ids.

use std::collections::HashMap;
use std::sync::Arc;

use rayon::prelude::*;

use super::problem::{Place, Problem, Reason};
use super::rule::Rule;
use super::yaml::{self, Kind, Node};

/// A Sigma document.
#[derive(Debug, Clone, PartialEq)]
pub enum Document {
    /// A rule.
    Rule(Box<Rule>),
    /// A correlation: the whole document, with `correlation`.
    Correlation(Place, Node),
    /// A filter: the whole document, with `filter`.
    Filter(Place, Node),
}

/// What files hold.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Loaded {
    /// Rules, correlations and filters in the order of the files.
    pub documents: Vec<Document>,
    /// What could not be read.
    pub problems: Vec<Problem>,
}

impl Loaded {
    /// The rules.
    pub fn rules(&self) -> impl Iterator<Item = &Rule> {
        self.documents.iter().filter_map(|d| match d {
            Document::Rule(rule) => Some(&**rule),
            _ => None,
        })
    }

    /// The rules alone, moved out.
    pub fn into_rules(self) -> Vec<Rule> {
        let rules = self.documents.into_iter().filter_map(|d| match d {
            Document::Rule(rule) => Some(*rule),
            _ => None,
        });
        rules.collect()
    }
}

/// Reads many files (name and text) at once. A rule whose id was there before is left out and named.
pub fn load_all<N: AsRef<str> + Sync, T: AsRef<str> + Sync>(files: &[(N, T)]) -> Loaded {
    let parts: Vec<Loaded> =
        files.par_iter().map(|(name, text)| load(name.as_ref(), text.as_ref())).collect();
    let mut whole = Loaded::default();
    let mut seen: HashMap<Box<str>, Place> = HashMap::new();
    for part in parts {
        whole.problems.extend(part.problems);
        for document in part.documents {
            if let Document::Rule(rule) = &document
                && !rule.id.is_empty()
            {
                if let Some(other) = seen.get(&rule.id) {
                    let reason = Reason::DuplicateId { id: rule.id.clone(), other: other.clone() };
                    whole.problems.push(Problem { place: rule.place.clone(), reason });
                    continue;
                }
                seen.insert(rule.id.clone(), rule.place.clone());
            }
            whole.documents.push(document);
        }
    }
    whole
}

/// Reads one file.
pub fn load(name: &str, text: &str) -> Loaded {
    let file: Arc<str> = name.into();
    let mut loaded = Loaded::default();
    let problem = |line, reason| Problem { place: Place { file: file.clone(), line }, reason };
    let nodes = match yaml::documents(text) {
        Ok(nodes) => nodes,
        Err(error) => {
            loaded.problems.push(problem(error.line, error.problem.into()));
            return loaded;
        }
    };
    let mut collection = Collection::default();
    let is_collection = nodes.iter().any(|n| n.get("action").is_some());
    for node in nodes {
        let line = node.line;
        let node = if is_collection { collection.take(node) } else { Some(node) };
        let Some(node) = node else { continue };
        let place = Place { file: file.clone(), line };
        if node.get("correlation").is_some() {
            loaded.documents.push(Document::Correlation(place, node));
        } else if node.get("filter").is_some() {
            loaded.documents.push(Document::Filter(place, node));
        } else if node.get("title").is_some() || node.get("detection").is_some() {
            match Rule::of_node(place, &node) {
                Ok(rule) => loaded.documents.push(Document::Rule(Box::new(rule))),
                Err((line, reason)) => loaded.problems.push(problem(line, reason)),
            }
        } else {
            loaded.problems.push(problem(line, Reason::NoRule));
        }
    }
    loaded
}

/// The collections of Sigma 1: `action: global` gives the documents after it a common part, `reset` ends that, and `repeat`
/// is the document before with changes.
#[derive(Default)]
struct Collection {
    common: Option<Node>,
    last: Option<Node>,
}

impl Collection {
    fn take(&mut self, mut node: Node) -> Option<Node> {
        let action = node.get("action").and_then(Node::text).unwrap_or_default().to_owned();
        if let Kind::Map(entries) = &mut node.kind
            && !action.is_empty()
        {
            entries.retain(|e| &*e.key != "action");
        }
        match action.as_str() {
            "global" => {
                match &mut self.common {
                    Some(common) => merge(common, node),
                    None => self.common = Some(node),
                }
                return None;
            }
            "reset" => {
                self.common = None;
                return None;
            }
            "repeat" => {
                if let Some(mut last) = self.last.clone() {
                    merge(&mut last, node);
                    node = last;
                }
            }
            _ => {
                if let Some(mut common) = self.common.clone() {
                    merge(&mut common, node);
                    node = common;
                }
            }
        }
        self.last = Some(node.clone());
        Some(node)
    }
}

/// Puts `more` over `base`: mappings member by member, everything else as a whole.
fn merge(base: &mut Node, more: Node) {
    match (&mut base.kind, more.kind) {
        (Kind::Map(entries), Kind::Map(changes)) => {
            for change in changes {
                match entries.iter_mut().find(|e| e.key == change.key) {
                    Some(entry) => merge(&mut entry.value, change.value),
                    None => entries.push(change),
                }
            }
        }
        (base, kind) => *base = kind,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sigma::rule::{Level, Search};

    const RULE: &str =
        "title: T\nid: a\nlogsource: {product: Windows}\ndetection:\n  s: {A|contains: x}\n  condition: s\n";

    #[test]
    fn a_rule() {
        let rule =
            load("f", &format!("{RULE}level: high\nauthor: [A, B]\ntags: attack.t1059\n")).into_rules();
        let rule = &rule[0];
        assert_eq!((&*rule.title, &*rule.author, rule.level), ("T", "A, B", Some(Level::High)));
        assert_eq!(&*rule.logsource.product, "windows");
        assert_eq!(rule.tags, ["attack.t1059".into()]);
        assert!(matches!(rule.detection.search("s"), Some(Search::All(items)) if items.len() == 1));
    }

    #[test]
    fn problems_are_named_with_file_and_line() {
        let bad = "title: T\nlogsource: {}\ndetection:\n  s:\n    A|nope: x\n  condition: s\n";
        assert_eq!(load("f", bad).problems[0].to_string(), "f:5: there is no modifier \"nope\"");
        assert_eq!(load("f", "a: 1").problems[0].reason, Reason::NoRule);
        assert_eq!(load("f", "title: T\ndetection: {}").problems[0].reason, Reason::Missing("logsource"));
    }

    #[test]
    fn duplicate_ids_are_named_and_left_out() {
        let loaded = load_all(&[("a", RULE), ("b", RULE)]);
        assert_eq!(loaded.rules().count(), 1);
        assert_eq!(loaded.problems[0].to_string(), "b:1: the id a is that of the rule at a:1");
    }

    #[test]
    fn collections() {
        let text = "action: global\ntitle: T\nlogsource: {product: windows}\ndetection: {condition: s}\n---\n\
                    detection: {s: {A: 1}}\n---\nlogsource: {service: system}\ndetection: {s: {B: 1}}\n---\n\
                    action: repeat\ntitle: U\n";
        let rules = load("f", text).into_rules();
        assert_eq!(rules.len(), 3);
        assert_eq!((&*rules[1].logsource.product, &*rules[1].logsource.service), ("windows", "system"));
        assert_eq!((&*rules[2].title, &*rules[2].logsource.service), ("U", "system"));
    }

    #[test]
    fn other_documents_are_kept() {
        let text = "title: C\ncorrelation: {type: event_count}\n---\ntitle: F\nfilter: {}\n";
        assert!(matches!(&load("f", text).documents[..], [Document::Correlation(..), Document::Filter(..)]));
    }
}
