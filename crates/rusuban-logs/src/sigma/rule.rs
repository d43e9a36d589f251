//! A Sigma rule as it is written: the model that pipelines and filters change and that the engine compiles.

use super::condition::{self, Aggregation, Condition};
use super::modifiers::Modifier;
use super::problem::{Place, Reason};
use super::words::Words;
use super::yaml::{Kind, Node, Scalar};

/// A rule.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    /// Where it stands.
    pub place: Place,
    /// What it finds, in a few words.
    pub title: Box<str>,
    /// Its id; empty where it has none.
    pub id: Box<str>,
    /// Its name, by which correlations may call it; empty where it has none.
    pub name: Box<str>,
    /// Rules that it is related to.
    pub related: Vec<Related>,
    /// The taxonomy of its fields; empty is Sigma's own.
    pub taxonomy: Box<str>,
    /// `stable`, `test`, `experimental`, `deprecated`, `unsupported`; empty where it says nothing.
    pub status: Box<str>,
    /// What it finds, at length.
    pub description: Box<str>,
    /// SPDX id of its licence.
    pub license: Box<str>,
    /// Who wrote it.
    pub author: Box<str>,
    /// Where it comes from.
    pub references: Vec<Box<str>>,
    /// When it was written.
    pub date: Box<str>,
    /// When it was changed.
    pub modified: Box<str>,
    /// What it looks at.
    pub logsource: RuleLogSource,
    /// What it looks for.
    pub detection: Detection,
    /// Fields that are worth showing.
    pub fields: Vec<Box<str>>,
    /// Known false positives.
    pub falsepositives: Vec<Box<str>>,
    /// How bad a finding is.
    pub level: Option<Level>,
    /// `attack.t1059`, `cve.2021-44228` and so on.
    pub tags: Vec<Box<str>>,
    /// Kinds of machines that it is meant for.
    pub scope: Vec<Box<str>>,
    /// What it says in Japanese.
    pub words: Words,
}

/// A related rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Related {
    /// `derived`, `obsolete`, `merged`, `renamed`, `similar`.
    pub kind: Box<str>,
    /// The other rule's id.
    pub id: Box<str>,
}

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// For enrichment only.
    Informational,
    /// Worth counting.
    Low,
    /// Worth a look now and then.
    Medium,
    /// Worth a look soon.
    High,
    /// An incident.
    Critical,
}

impl Level {
    /// The level of a name.
    pub fn of_name(name: &str) -> Option<Level> {
        Some(match name {
            "informational" => Level::Informational,
            "low" => Level::Low,
            "medium" => Level::Medium,
            "high" => Level::High,
            "critical" => Level::Critical,
            _ => return None,
        })
    }

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Level::Informational => "informational",
            Level::Low => "low",
            Level::Medium => "medium",
            Level::High => "high",
            Level::Critical => "critical",
        }
    }
}

/// What a rule looks at, in lower case; empty parts match everything.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct RuleLogSource {
    /// `process_creation`
    pub category: Box<str>,
    /// `windows`
    pub product: Box<str>,
    /// `security`
    pub service: Box<str>,
    /// What must be configured, in words.
    pub definition: Box<str>,
}

/// What a rule looks for.
#[derive(Debug, Clone, PartialEq)]
pub struct Detection {
    /// The searches by name, in the order of the file.
    pub searches: Vec<(Box<str>, Search)>,
    /// The conditions; one of them is enough.
    pub conditions: Vec<Condition>,
    /// The aggregation of Sigma 1 after the condition.
    pub aggregation: Option<Aggregation>,
    /// The time frame of the aggregation: `15m`; empty where there is none.
    pub timeframe: Box<str>,
}

/// A search, or a part of one.
#[derive(Debug, Clone, PartialEq)]
pub enum Search {
    /// Every one: the members of a mapping.
    All(Vec<Search>),
    /// One of them: the items of a sequence.
    Any(Vec<Search>),
    /// A field, or keywords, and its values.
    Item(Item),
}

/// A field and its values.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    /// The field's name; None for keywords.
    pub field: Option<Box<str>>,
    /// Modifiers in their order.
    pub modifiers: Vec<Modifier>,
    /// The values as they are written; one of them is enough, unless `all` is among the modifiers.
    pub values: Vec<Scalar>,
    /// Line, from 1.
    pub line: u32,
}

/// A problem with a part of a rule: its line and what is wrong.
pub type Wrong = (u32, Reason);

impl Rule {
    /// Reads a rule from its document.
    pub fn of_node(place: Place, node: &Node) -> Result<Rule, Wrong> {
        let at = |reason| (node.line, reason);
        let title = text(node, "title")?;
        if title.is_empty() {
            return Err(at(Reason::Missing("title")));
        }
        let level = match text(node, "level")? {
            name if name.is_empty() => None,
            name => Some(Level::of_name(&name.to_ascii_lowercase()).ok_or_else(|| at(Reason::Level(name)))?),
        };
        let logsource = node.get("logsource").ok_or_else(|| at(Reason::Missing("logsource")))?;
        let detection = node.get("detection").ok_or_else(|| at(Reason::Missing("detection")))?;
        Ok(Rule {
            place,
            title,
            id: text(node, "id")?,
            name: text(node, "name")?,
            related: related(node),
            taxonomy: text(node, "taxonomy")?,
            status: text(node, "status")?,
            description: text(node, "description")?,
            license: text(node, "license")?,
            author: text(node, "author")?,
            references: texts(node, "references"),
            date: text(node, "date")?,
            modified: text(node, "modified")?,
            logsource: RuleLogSource::of_node(logsource)?,
            detection: Detection::of_node(detection)?,
            fields: texts(node, "fields"),
            falsepositives: texts(node, "falsepositives"),
            level,
            tags: texts(node, "tags"),
            scope: texts(node, "scope"),
            words: Words::of_node(node),
        })
    }

    /// The name or id by which correlations call the rule: the id if there is one, else the name.
    pub fn key(&self) -> &str {
        if self.id.is_empty() { &self.name } else { &self.id }
    }
}

impl RuleLogSource {
    /// Reads a `logsource` mapping.
    pub fn of_node(node: &Node) -> Result<Self, Wrong> {
        if node.map().is_none() {
            return Err((node.line, Reason::Form("logsource".into())));
        }
        let part = |key| text(node, key).map(|t| t.trim().to_lowercase().into_boxed_str());
        Ok(Self {
            category: part("category")?,
            product: part("product")?,
            service: part("service")?,
            definition: text(node, "definition")?,
        })
    }
}

impl Detection {
    /// Reads a `detection` mapping.
    pub fn of_node(node: &Node) -> Result<Self, Wrong> {
        let entries = node.map().ok_or_else(|| (node.line, Reason::Form("detection".into())))?;
        let mut searches = Vec::new();
        let mut conditions = Vec::new();
        let mut aggregation = None;
        let mut timeframe = "".into();
        for entry in entries {
            match &*entry.key {
                "condition" => {
                    for item in entry.value.items() {
                        let wrong = || (item.line, Reason::Form("condition".into()));
                        let (condition, found) = condition::parse(item.text().ok_or_else(wrong)?)
                            .map_err(|reason| (item.line, reason))?;
                        conditions.push(condition);
                        aggregation = aggregation.or(found);
                    }
                }
                "timeframe" => timeframe = entry.value.text().unwrap_or_default().into(),
                name => searches.push((name.into(), Search::of_node(&entry.value)?)),
            }
        }
        if conditions.is_empty() {
            return Err((node.line, Reason::Missing("condition")));
        }
        if aggregation.is_some() && conditions.len() > 1 {
            return Err((node.line, Reason::Aggregation("one of several conditions".into())));
        }
        Ok(Self { searches, conditions, aggregation, timeframe })
    }

    /// A search by name.
    pub fn search(&self, name: &str) -> Option<&Search> {
        self.searches.iter().find(|(n, _)| **n == *name).map(|(_, s)| s)
    }
}

impl Search {
    /// Reads a search.
    pub fn of_node(node: &Node) -> Result<Self, Wrong> {
        match &node.kind {
            Kind::Scalar(value) => Ok(keywords(vec![value.clone()], node.line)),
            Kind::Map(entries) => {
                let items =
                    entries.iter().map(|e| Item::of_entry(&e.key, e.line, &e.value).map(Search::Item));
                Ok(Search::All(items.collect::<Result<_, _>>()?))
            }
            Kind::List(list) => {
                let scalars: Vec<Scalar> = list.iter().filter_map(|n| n.scalar().cloned()).collect();
                if scalars.len() == list.len() {
                    return Ok(keywords(scalars, node.line));
                }
                Ok(Search::Any(list.iter().map(Search::of_node).collect::<Result<_, _>>()?))
            }
        }
    }

    /// Calls `change` for every item.
    pub fn items_mut(&mut self, change: &mut impl FnMut(&mut Item)) {
        match self {
            Search::All(list) | Search::Any(list) => list.iter_mut().for_each(|s| s.items_mut(change)),
            Search::Item(item) => change(item),
        }
    }

    /// Calls `look` for every item.
    pub fn items(&self, look: &mut impl FnMut(&Item)) {
        match self {
            Search::All(list) | Search::Any(list) => list.iter().for_each(|s| s.items(look)),
            Search::Item(item) => look(item),
        }
    }
}

fn keywords(values: Vec<Scalar>, line: u32) -> Search {
    Search::Item(Item { field: None, modifiers: Vec::new(), values, line })
}

impl Item {
    /// Reads `field|modifier: value`.
    pub fn of_entry(key: &str, line: u32, value: &Node) -> Result<Self, Wrong> {
        let mut parts = key.split('|');
        let field = parts.next().unwrap_or_default().trim();
        let mut modifiers = Vec::new();
        for name in parts {
            let found = Modifier::of_name(name.trim());
            modifiers.push(found.ok_or_else(|| (line, Reason::UnknownModifier(name.into())))?);
        }
        let wrong = || (line, Reason::Form(key.into()));
        let values: Vec<Scalar> =
            value.items().iter().map(|n| n.scalar().cloned().ok_or_else(wrong)).collect::<Result<_, _>>()?;
        if values.is_empty() {
            return Err(wrong());
        }
        Ok(Self { field: (!field.is_empty()).then(|| field.into()), modifiers, values, line })
    }

    /// True where the modifier is there.
    pub fn has(&self, modifier: Modifier) -> bool {
        self.modifiers.contains(&modifier)
    }
}

/// The text of a member; empty where it is not there.
fn text(node: &Node, key: &'static str) -> Result<Box<str>, Wrong> {
    match node.get(key) {
        None => Ok("".into()),
        Some(member) => match &member.kind {
            Kind::Scalar(value) => Ok(value.text().into()),
            // Authors are met as lists.
            Kind::List(items) => {
                let texts: Vec<&str> = items.iter().filter_map(Node::text).collect();
                Ok(texts.join(", ").into())
            }
            Kind::Map(_) => Err((member.line, Reason::Form(key.into()))),
        },
    }
}

/// The texts of a member that is a list, or one text.
fn texts(node: &Node, key: &str) -> Vec<Box<str>> {
    let items = node.get(key).map(Node::items).unwrap_or_default();
    items.iter().filter_map(Node::text).map(Into::into).collect()
}

fn related(node: &Node) -> Vec<Related> {
    let items = node.get("related").map(Node::items).unwrap_or_default();
    items
        .iter()
        .filter_map(|n| {
            let kind = n.get("type").and_then(Node::text).unwrap_or_default().into();
            Some(Related { kind, id: n.get("id")?.text()?.into() })
        })
        .collect()
}
