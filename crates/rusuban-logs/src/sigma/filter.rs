//! Sigma filters (Sigma Filters Specification 2.1): tuning that many rules share.
//!
//! A filter names rules, by id or name, or `any`. To each of them whose log source fits, its condition is added with
//! `and`, before the rule is compiled; its searches get names of their own, so that they cannot meet the rule's.

use std::sync::Arc;

use super::compile::{self, Fault, Placeholders};
use super::condition::{Condition, Quantity, Selector};
use super::rule::{Detection, Rule, RuleLogSource, Search};
use super::yaml::{Kind, Node};
use super::{Place, Problem, Reason, Words};

/// A filter.
#[derive(Debug, Clone, PartialEq)]
pub struct Filter {
    /// Where it stands.
    pub place: Place,
    /// What it filters, in a few words.
    pub title: Box<str>,
    /// Its id; empty where it has none.
    pub id: Box<str>,
    /// Rules of other log sources are left alone; empty parts match everything.
    pub logsource: RuleLogSource,
    /// The rules.
    pub rules: FilteredRules,
    /// Searches and condition.
    pub detection: Detection,
}

/// Which rules a filter is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FilteredRules {
    /// Every rule whose log source fits.
    Any,
    /// Rules by id or name, each with its line.
    Named(Vec<(Box<str>, u32)>),
}

impl Filter {
    /// Reads a document with `filter`. `place` is where the document stands.
    pub fn of_node(place: &Place, node: &Node) -> Result<Self, Problem> {
        let wrong = |line, reason| Problem { place: Place { file: Arc::clone(&place.file), line }, reason };
        let missing = |line, part: &'static str| wrong(line, Reason::Missing(part));
        let text = |key| Box::<str>::from(node.get(key).and_then(Node::text).unwrap_or_default());
        let title = text("title");
        if title.is_empty() {
            return Err(missing(node.line, "title"));
        }
        let logsource = node.get("logsource").ok_or_else(|| missing(node.line, "logsource"))?;
        let logsource = RuleLogSource::of_node(logsource).map_err(|(line, reason)| wrong(line, reason))?;
        let mut section = node.get("filter").cloned().ok_or_else(|| missing(node.line, "filter"))?;
        let line = section.line;
        let Kind::Map(entries) = &mut section.kind else {
            return Err(wrong(line, Reason::Form("filter".into())));
        };
        let rules = entries.iter().position(|e| &*e.key == "rules").map(|at| entries.remove(at));
        let rules = rules.ok_or_else(|| missing(line, "rules"))?;
        let rules = rules_of(&rules.value).ok_or_else(|| wrong(rules.line, Reason::Form("rules".into())))?;
        let detection = Detection::of_node(&section).map_err(|(line, reason)| wrong(line, reason))?;
        let fault = |text: &str| wrong(line, Reason::Filter(text.into()));
        if detection.searches.is_empty() {
            return Err(fault("it has no search"));
        }
        if detection.conditions.len() > 1
            || detection.aggregation.is_some()
            || !detection.timeframe.is_empty()
        {
            return Err(fault("it takes one plain condition"));
        }
        for condition in &detection.conditions {
            if let Some(name) = unknown(condition, &detection) {
                return Err(wrong(line, Reason::UnknownSearch(name)));
            }
        }
        let searches = Search::All(detection.searches.iter().map(|(_, s)| s.clone()).collect());
        check(&place.file, &searches)?;
        Ok(Self { place: place.clone(), title, id: text("id"), logsource, rules, detection })
    }

    /// Whether a rule's log source is one that the filter is for.
    pub fn fits(&self, logsource: &RuleLogSource) -> bool {
        let part = |filter: &str, rule: &str| filter.is_empty() || filter == rule;
        part(&self.logsource.category, &logsource.category)
            && part(&self.logsource.product, &logsource.product)
            && part(&self.logsource.service, &logsource.service)
    }
}

/// Adds filters to the rules that they are for. A named rule that is not there, or has another log source, is a problem:
/// the filter would be without effect unseen.
pub fn apply(filters: &[Filter], rules: &mut [Rule]) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (number, filter) in filters.iter().enumerate() {
        match &filter.rules {
            FilteredRules::Any => {
                for rule in rules.iter_mut().filter(|r| filter.fits(&r.logsource)) {
                    problems.extend(add(filter, number, rule).err());
                }
            }
            FilteredRules::Named(names) => {
                for (name, line) in names {
                    let fault = |text: String| Problem {
                        place: Place { file: Arc::clone(&filter.place.file), line: *line },
                        reason: Reason::Filter(text.into()),
                    };
                    let mut found = false;
                    for rule in rules.iter_mut().filter(|r| r.id == *name || r.name == *name) {
                        found = true;
                        if filter.fits(&rule.logsource) {
                            problems.extend(add(filter, number, rule).err());
                        } else {
                            problems.push(fault(format!("the rule `{name}` has another log source")));
                        }
                    }
                    if !found {
                        problems.push(fault(format!("no rule has the id or name `{name}`")));
                    }
                }
            }
        }
    }
    problems
}

/// Compiles a search alone, so that a fault is named where it stands and not at every rule that it is added to.
pub(super) fn check(file: &Arc<str>, search: &Search) -> Result<(), Problem> {
    let place = Place { file: Arc::clone(file), line: 1 };
    let empty = || Box::<str>::from("");
    let rule = Rule {
        place,
        title: empty(),
        id: empty(),
        name: empty(),
        related: Vec::new(),
        taxonomy: empty(),
        status: empty(),
        description: empty(),
        license: empty(),
        author: empty(),
        references: Vec::new(),
        date: empty(),
        modified: empty(),
        logsource: RuleLogSource::default(),
        detection: Detection {
            searches: vec![("search".into(), search.clone())],
            conditions: vec![Condition::Search("search".into())],
            aggregation: None,
            timeframe: empty(),
        },
        fields: Vec::new(),
        falsepositives: Vec::new(),
        level: None,
        tags: Vec::new(),
        scope: Vec::new(),
        words: Words::default(),
    };
    match compile::expression(&rule, &Placeholders::new()) {
        Err(Fault::Wrong(line, reason)) => {
            Err(Problem { place: Place { file: Arc::clone(file), line }, reason })
        }
        // Values of placeholders come with the rules.
        Ok(_) | Err(Fault::NeedsValues(_)) => Ok(()),
    }
}

fn rules_of(node: &Node) -> Option<FilteredRules> {
    if let Some(text) = node.scalar().and(node.text())
        && ["any", "all"].iter().any(|w| text.eq_ignore_ascii_case(w))
    {
        return Some(FilteredRules::Any);
    }
    let names: Option<Vec<(Box<str>, u32)>> =
        node.items().iter().map(|n| Some((n.text().filter(|t| !t.is_empty())?.into(), n.line))).collect();
    names.filter(|n| !n.is_empty()).map(FilteredRules::Named)
}

/// The first search that a condition names and that is not there.
fn unknown(condition: &Condition, detection: &Detection) -> Option<Box<str>> {
    match condition {
        Condition::Search(name) => detection.search(name).is_none().then(|| name.clone()),
        Condition::Of(_, selector) => {
            let any = detection.searches.iter().any(|(n, _)| selector.takes(n));
            let name = || match selector {
                Selector::Them => "them".into(),
                Selector::Pattern(pattern) => pattern.clone(),
            };
            (!any).then(name)
        }
        Condition::And(parts) | Condition::Or(parts) => parts.iter().find_map(|p| unknown(p, detection)),
        Condition::Not(part) => unknown(part, detection),
    }
}

fn add(filter: &Filter, number: usize, rule: &mut Rule) -> Result<(), Problem> {
    // A leading `_` keeps the searches out of the rule's own `them`; hidden ones stay out of the filter's.
    let shown = format!("_filter{number}_");
    let hidden = format!("_filter{number}-");
    let renamed = |name: &str| -> Box<str> {
        let prefix = if name.starts_with('_') { &hidden } else { &shown };
        format!("{prefix}{name}").into()
    };
    let searches: Vec<(Box<str>, Search)> =
        filter.detection.searches.iter().map(|(name, search)| (renamed(name), search.clone())).collect();
    let Some(condition) = filter.detection.conditions.first() else { return Ok(()) };
    let condition = rename(condition, &filter.detection, &shown, &renamed);
    conjoin(rule, searches, &condition).map_err(|text| Problem {
        place: filter.place.clone(),
        reason: Reason::Filter(format!("rule {}: {text}", rule.place).into()),
    })
}

fn rename(
    condition: &Condition,
    detection: &Detection,
    shown: &str,
    renamed: &impl Fn(&str) -> Box<str>,
) -> Condition {
    let each = |parts: &[Condition]| parts.iter().map(|p| rename(p, detection, shown, renamed)).collect();
    match condition {
        Condition::Search(name) => Condition::Search(renamed(name)),
        Condition::Of(quantity, Selector::Them) => {
            Condition::Of(*quantity, Selector::Pattern(format!("{shown}*").into()))
        }
        // A pattern can take shown and hidden searches: then there is no pattern for their new names.
        Condition::Of(quantity, selector) => {
            let names: Vec<&str> =
                detection.searches.iter().map(|(n, _)| &**n).filter(|n| selector.takes(n)).collect();
            listed(*quantity, names.into_iter().map(renamed))
                .unwrap_or_else(|| Condition::Of(*quantity, selector_with(shown, selector)))
        }
        Condition::And(parts) => Condition::And(each(parts)),
        Condition::Or(parts) => Condition::Or(each(parts)),
        Condition::Not(part) => Condition::Not(Box::new(rename(part, detection, shown, renamed))),
    }
}

fn selector_with(prefix: &str, selector: &Selector) -> Selector {
    match selector {
        Selector::Them => Selector::Pattern(format!("{prefix}*").into()),
        Selector::Pattern(pattern) => Selector::Pattern(format!("{prefix}{pattern}").into()),
    }
}

/// `all of` and `1 of` as plain conditions; None for other numbers.
fn listed(quantity: Quantity, names: impl Iterator<Item = Box<str>>) -> Option<Condition> {
    let parts = names.map(Condition::Search).collect();
    match quantity {
        Quantity::All => Some(Condition::And(parts)),
        Quantity::AtLeast(1) => Some(Condition::Or(parts)),
        Quantity::AtLeast(_) => None,
    }
}

/// Adds searches to a rule, and a condition with `and` to each of its conditions. Patterns of the rule's conditions that
/// would take the new searches in (`1 of *`) are written out first.
pub(super) fn conjoin(
    rule: &mut Rule,
    searches: Vec<(Box<str>, Search)>,
    condition: &Condition,
) -> Result<(), String> {
    let new: Vec<Box<str>> = searches.iter().map(|(n, _)| n.clone()).collect();
    let old: Vec<Box<str>> = rule.detection.searches.iter().map(|(n, _)| n.clone()).collect();
    let mut conditions = rule.detection.conditions.clone();
    for own in &mut conditions {
        freeze(own, &old, &new)?;
        *own = Condition::And(vec![own.clone(), condition.clone()]);
    }
    rule.detection.conditions = conditions;
    rule.detection.searches.extend(searches);
    Ok(())
}

fn freeze(condition: &mut Condition, old: &[Box<str>], new: &[Box<str>]) -> Result<(), String> {
    match condition {
        Condition::Of(quantity, selector) if new.iter().any(|n| selector.takes(n)) => {
            let names = old.iter().filter(|n| selector.takes(n)).cloned();
            *condition = listed(*quantity, names)
                .ok_or_else(|| "its condition would take what is added among its searches".to_owned())?;
            Ok(())
        }
        Condition::And(parts) | Condition::Or(parts) => {
            parts.iter_mut().try_for_each(|p| freeze(p, old, new))
        }
        Condition::Not(part) => freeze(part, old, new),
        Condition::Search(_) | Condition::Of(..) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::sigma::{Document, condition, load};

    fn filter(text: &str) -> Result<Filter, String> {
        match load("f.yml", text).documents.first() {
            Some(Document::Filter(place, node)) => Filter::of_node(place, node).map_err(|p| p.to_string()),
            other => Err(format!("{other:?}")),
        }
    }

    fn of(rules: &str, condition: &str) -> Filter {
        filter(&format!(
            "title: F\nlogsource: {{product: windows}}\nfilter:\n  rules: {rules}\n  selection: {{User|startswith: adm_}}\n  _x: {{A: 1}}\n  condition: {condition}\n"
        ))
        .unwrap()
    }

    fn rules(condition: &str) -> Vec<Rule> {
        let one = |id: &str, product: &str| {
            format!(
                "title: {id}\nid: {id}\nname: n{id}\nlogsource: {{product: {product}, category: process_creation}}\ndetection:\n  selection: {{B: 1}}\n  other: {{C: 1}}\n  condition: {condition}\n"
            )
        };
        load("r.yml", &[one("r1", "windows"), one("r2", "windows"), one("r3", "linux")].join("---\n"))
            .into_rules()
    }

    fn parsed(text: &str) -> Condition {
        condition::parse(text).unwrap().0
    }

    #[test]
    fn named_rules_get_the_condition() {
        let mut rules = rules("selection");
        assert_eq!(apply(&[of("[r1, nr2]", "not selection")], &mut rules), []);
        for rule in &rules[..2] {
            let both = Condition::And(vec![parsed("selection"), parsed("not _filter0_selection")]);
            assert_eq!(rule.detection.conditions, [both]);
            assert!(rule.detection.search("_filter0_selection").is_some());
        }
        assert_eq!(rules[2].detection.conditions, [parsed("selection")]);
    }

    #[test]
    fn any_takes_every_rule_of_the_log_source() {
        let mut rules = rules("selection");
        assert_eq!(apply(&[of("any", "not selection")], &mut rules), []);
        assert_eq!(rules.iter().map(|r| r.detection.searches.len()).collect::<Vec<_>>(), [4, 4, 2]);
    }

    #[test]
    fn filters_without_effect_are_named() {
        let mut rules = rules("selection");
        let problems = apply(&[of("[r9, r3]", "not selection")], &mut rules);
        let problems: Vec<_> = problems.iter().map(ToString::to_string).collect();
        assert_eq!(
            problems,
            [
                "f.yml:4: filter: no rule has the id or name `r9`",
                "f.yml:4: filter: the rule `r3` has another log source"
            ]
        );
    }

    #[test]
    fn two_filters_on_one_rule_do_not_meet() {
        let mut rules = rules("selection");
        apply(&[of("r1", "not selection"), of("r1", "not selection")], &mut rules);
        assert!(rules[0].detection.search("_filter1_selection").is_some());
        assert_eq!(rules[0].detection.searches.len(), 6);
    }

    #[test]
    fn patterns_stay_each_on_their_own_side() {
        let mut own = rules("1 of * and all of them");
        apply(&[of("r1", "not 1 of them")], &mut own);
        let Condition::And(parts) = &own[0].detection.conditions[0] else { panic!() };
        assert_eq!(parts[0], Condition::And(vec![parsed("selection or other"), parsed("all of them")]));
        assert_eq!(parts[1], parsed("not 1 of _filter0_*"));
        assert!(!Selector::Pattern("_filter0_*".into()).takes("_filter0-_x"));
        let problems = apply(&[of("r1", "not selection")], &mut rules("2 of *"));
        assert_eq!(problems.len(), 1);
    }

    #[test]
    fn faults_are_named_with_their_line() {
        let bad = |text: &str| filter(&format!("title: F\nlogsource: {{}}\n{text}")).unwrap_err();
        assert_eq!(bad("filter:\n  s: {A: 1}\n  condition: s"), "f.yml:4: `rules` is missing");
        assert_eq!(bad("filter:\n  rules: any\n  condition: s"), "f.yml:4: filter: it has no search");
        assert_eq!(
            bad("filter:\n  rules: any\n  s: {A: 1}\n  condition: not t"),
            "f.yml:4: condition: there is no search \"t\""
        );
        assert_eq!(
            bad("filter:\n  rules: any\n  s: {A: 1}\n  condition: [s, not s]"),
            "f.yml:4: filter: it takes one plain condition"
        );
    }

    #[test]
    fn a_search_that_cannot_be_compiled_is_named_at_the_filter() {
        let text = "title: F\nlogsource: {}\nfilter:\n  rules: any\n  s:\n    A|re: '('\n  condition: s";
        assert!(filter(text).unwrap_err().starts_with("f.yml:6: regular expression"));
    }

    proptest! {
        #[test]
        fn never_panics(text in "\\PC{0,60}") {
            let _ = filter(&format!("title: F\nlogsource: {{}}\nfilter:\n  rules: any\n  s: {{A: 1}}\n  condition: {text}\n"));
            let _ = filter(&format!("title: F\nlogsource: {{}}\nfilter:\n  rules: {text}\n  s: {{A: 1}}\n  condition: s\n"));
        }
    }
}
