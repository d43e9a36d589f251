//! What a step of a pipeline does.

use std::collections::BTreeMap;

use super::values::{Parts, Replace, is_encoded, is_plain, parts, unfold};
use super::{State, Step};
use crate::sigma::condition::Condition;
use crate::sigma::correlation::Correlation;
use crate::sigma::filter::conjoin;
use crate::sigma::modifiers::Modifier;
use crate::sigma::rule::{Item, Rule, RuleLogSource, Search};
use crate::sigma::yaml::Scalar;

/// A problem with a rule: its line and what is wrong.
type Wrong = (u32, String);

/// Names and what stands in their place.
pub(super) type Mapping = Vec<(Box<str>, Vec<Box<str>>)>;

/// What a step does.
#[derive(Debug, Clone)]
pub(super) enum Change {
    /// Other names for fields. Keywords are the empty name.
    Names(Mapping),
    /// Other beginnings of names.
    Prefixes(Mapping),
    /// A beginning for every name.
    Prefix(Box<str>),
    /// An end for every name.
    Suffix(Box<str>),
    /// Items are dropped.
    Drop,
    /// One more search, and the condition that it holds, or not.
    Add {
        name: Box<str>,
        search: Search,
        template: bool,
        negated: bool,
    },
    /// Another log source; parts that are not given are emptied.
    LogSource(RuleLogSource),
    Replace(Replace),
    /// Whole values, wildcards included.
    MapStrings(Mapping),
    SetValue(Scalar),
    ToText,
    ToNumber,
    SetState(Box<str>, Scalar),
    RuleFailure(Box<str>),
    ItemFailure(Box<str>),
    Placeholders {
        wildcard: bool,
        include: Option<Vec<Box<str>>>,
        exclude: Option<Vec<Box<str>>>,
    },
    AddFields(Vec<Box<str>>),
    RemoveFields(Vec<Box<str>>),
    SetFields(Vec<Box<str>>),
    Nest(Vec<Step>),
}

/// Most values that placeholders may make of one.
const MOST_VALUES: usize = 10_000;

impl Change {
    /// The new names of a field; None where it keeps its own.
    fn names(&self, field: Option<&str>) -> Option<Vec<Box<str>>> {
        match self {
            Self::Names(mapping) => {
                let name = field.unwrap_or_default();
                mapping.iter().find(|(from, _)| **from == *name).map(|(_, to)| to.clone())
            }
            Self::Prefixes(mapping) => mapping.iter().find_map(|(from, to)| {
                let rest = field?.strip_prefix(&**from)?;
                Some(to.iter().map(|to| format!("{to}{rest}").into()).collect())
            }),
            Self::Prefix(prefix) => Some(vec![format!("{prefix}{}", field?).into()]),
            Self::Suffix(suffix) => Some(vec![format!("{}{suffix}", field?).into()]),
            _ => None,
        }
    }

    fn is_naming(&self) -> bool {
        matches!(self, Self::Names(_) | Self::Prefixes(_) | Self::Prefix(_) | Self::Suffix(_))
    }
}

impl Step {
    pub fn change_rule(
        &self,
        rule: &mut Rule,
        state: &mut State,
        vars: &BTreeMap<String, Vec<String>>,
    ) -> Result<(), Wrong> {
        match &self.change {
            Change::Add { name, search, template, negated } => {
                search.items(&mut |item| state.changed(item, &Search::Item(item.clone()), &self.id));
                return add(rule, name, search, *template, *negated).map_err(|e| (rule.place.line, e));
            }
            Change::LogSource(logsource) => rule.logsource = logsource.clone(),
            Change::SetState(key, value) => {
                state.values.insert(key.clone(), value.clone());
            }
            Change::RuleFailure(message) => return Err((rule.place.line, message.to_string())),
            Change::AddFields(fields) => rule.fields.extend(fields.iter().cloned()),
            Change::RemoveFields(fields) => rule.fields.retain(|f| !fields.contains(f)),
            Change::SetFields(fields) => rule.fields.clone_from(fields),
            Change::Nest(steps) => {
                for step in steps {
                    step.apply(rule, state, vars)?;
                }
            }
            _ => {
                if self.change.is_naming() {
                    for name in std::mem::take(&mut rule.fields) {
                        let new = self.renamed(&name, state);
                        if *new != [name.clone()] {
                            state.renamed(&name, &new, &self.id);
                        }
                        rule.fields.extend(new);
                    }
                }
                self.change_searches(rule, state, vars)?;
            }
        }
        Ok(())
    }

    /// What a correlation has of a rule: its names of fields.
    pub fn change_correlation(
        &self,
        correlation: &mut Correlation,
        rules: &[&Rule],
        state: &mut State,
    ) -> Result<(), String> {
        match &self.change {
            Change::SetState(key, value) => {
                state.values.insert(key.clone(), value.clone());
            }
            Change::RuleFailure(message) => return Err(message.to_string()),
            Change::Nest(steps) => {
                for step in steps {
                    step.apply_to_correlation(correlation, rules, state)?;
                }
            }
            change if change.is_naming() => {
                let one = |name: &str| match self.renamed(name, state).as_slice() {
                    [only] => Ok(only.to_string()),
                    _ => Err(format!("the field `{name}` of a correlation can only have one name")),
                };
                let is_alias: Vec<String> = correlation.aliases.iter().map(|a| a.name.clone()).collect();
                for (_, field) in correlation.aliases.iter_mut().flat_map(|a| &mut a.fields) {
                    *field = one(field)?;
                }
                let names = correlation.group_by.iter_mut().chain(&mut correlation.fields);
                for name in names.filter(|n| !is_alias.contains(n)) {
                    *name = one(name)?;
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// The names of a field after this step.
    fn renamed(&self, name: &str, state: &State) -> Vec<Box<str>> {
        let new = self.change.names(Some(name)).filter(|_| self.takes_field(Some(name), None, state));
        new.unwrap_or_else(|| vec![name.into()])
    }

    fn takes_field(&self, name: Option<&str>, item: Option<&Item>, state: &State) -> bool {
        self.field.hold(|c| c.holds(name, item, state))
    }

    fn takes_item(&self, item: &Item, state: &State) -> bool {
        let reference = |v: &Scalar| self.takes_field(Some(v.text()), None, state);
        self.item.hold(|c| c.holds(item, state))
            && (self.takes_field(item.field.as_deref(), Some(item), state)
                || (item.has(Modifier::FieldRef) && item.values.iter().any(reference)))
    }

    /// Changes every search; those of which nothing is left go, and so does what conditions say of them.
    fn change_searches(
        &self,
        rule: &mut Rule,
        state: &mut State,
        vars: &BTreeMap<String, Vec<String>>,
    ) -> Result<(), Wrong> {
        let mut gone: Vec<Box<str>> = Vec::new();
        let mut searches = Vec::with_capacity(rule.detection.searches.len());
        for (name, search) in std::mem::take(&mut rule.detection.searches) {
            match self.change_search(search, state, vars)? {
                Some(search) => searches.push((name, search)),
                None => gone.push(name),
            }
        }
        rule.detection.searches = searches;
        if !gone.is_empty() {
            let left: Vec<&str> = rule.detection.searches.iter().map(|(n, _)| &**n).collect();
            let conditions = std::mem::take(&mut rule.detection.conditions);
            let conditions = conditions.into_iter().filter_map(|c| without(c, &gone, &left)).collect();
            rule.detection.conditions = conditions;
            if rule.detection.conditions.is_empty() {
                return Err((rule.place.line, "nothing is left of the rule's condition".to_owned()));
            }
        }
        Ok(())
    }

    fn change_search(
        &self,
        search: Search,
        state: &mut State,
        vars: &BTreeMap<String, Vec<String>>,
    ) -> Result<Option<Search>, Wrong> {
        Ok(match search {
            Search::All(parts) => self.change_parts(parts, state, vars)?.map(Search::All),
            Search::Any(parts) => self.change_parts(parts, state, vars)?.map(Search::Any),
            Search::Item(item) if self.takes_item(&item, state) => {
                let before = item.clone();
                let after = self.change_item(item, state, vars)?;
                if let Some(search) = &after
                    && *search != Search::Item(before.clone())
                {
                    state.changed(&before, search, &self.id);
                }
                after
            }
            Search::Item(item) => Some(Search::Item(item)),
        })
    }

    /// None where nothing is left.
    fn change_parts(
        &self,
        parts: Vec<Search>,
        state: &mut State,
        vars: &BTreeMap<String, Vec<String>>,
    ) -> Result<Option<Vec<Search>>, Wrong> {
        let mut left = Vec::with_capacity(parts.len());
        for part in parts {
            left.extend(self.change_search(part, state, vars)?);
        }
        Ok((!left.is_empty()).then_some(left))
    }

    fn change_item(
        &self,
        mut item: Item,
        state: &State,
        vars: &BTreeMap<String, Vec<String>>,
    ) -> Result<Option<Search>, Wrong> {
        let line = item.line;
        match &self.change {
            Change::Drop => return Ok(None),
            Change::ItemFailure(message) => return Err((line, message.to_string())),
            change if change.is_naming() => return Ok(Some(self.rename_item(item, state))),
            Change::Replace(replace) => {
                let change = |p: &Parts| Some(vec![replace.value(p).into()]);
                strings(&mut item, true, change)?;
            }
            Change::MapStrings(mapping) => strings(&mut item, false, |p| {
                let text = p.shown();
                mapping.iter().find(|(from, _)| **from == *text).map(|(_, to)| to.clone())
            })?,
            Change::SetValue(value) => {
                item.modifiers.retain(|m| *m == Modifier::Neq);
                item.values = vec![value.clone()];
            }
            Change::ToText => {
                for value in &mut item.values {
                    if matches!(value, Scalar::Number(..) | Scalar::Bool(_))
                        && is_plain(&item_of(&item.modifiers))
                    {
                        *value = Scalar::Text(value.text().into());
                    }
                }
            }
            Change::ToNumber => to_number(&mut item)?,
            Change::Placeholders { wildcard, include, exclude } => {
                let handled = |name: &str| {
                    include.as_ref().is_none_or(|l| l.iter().any(|n| **n == *name))
                        && !exclude.as_ref().is_some_and(|l| l.iter().any(|n| **n == *name))
                };
                placeholders(&mut item, *wildcard, handled, vars)?;
            }
            _ => {}
        }
        Ok(Some(Search::Item(item)))
    }

    fn rename_item(&self, mut item: Item, state: &State) -> Search {
        if item.has(Modifier::FieldRef) {
            let values = std::mem::take(&mut item.values);
            let names = values.iter().flat_map(|v| self.renamed(v.text(), state));
            item.values = names.map(Scalar::Text).collect();
        }
        let field = item.field.as_deref();
        let Some(names) = self.change.names(field).filter(|_| self.takes_field(field, Some(&item), state))
        else {
            return Search::Item(item);
        };
        if item.field.is_none() && is_plain(&item) && !item.has(Modifier::Contains) {
            // Keywords are looked for anywhere.
            unfold(&mut item);
            item.modifiers.insert(0, Modifier::Contains);
        }
        let mut items = names.into_iter().map(|name| Item { field: Some(name), ..item.clone() });
        match (items.next(), items.next()) {
            (None, _) => Search::Item(item),
            (Some(only), None) => Search::Item(only),
            (Some(first), Some(second)) => {
                let list = [first, second].into_iter().chain(items).map(Search::Item).collect();
                // Different from the value means that no field has it.
                if item.has(Modifier::Neq) { Search::All(list) } else { Search::Any(list) }
            }
        }
    }
}

/// An item with modifiers alone, to ask what they mean.
fn item_of(modifiers: &[Modifier]) -> Item {
    Item { field: None, modifiers: modifiers.to_vec(), values: Vec::new(), line: 1 }
}

/// Changes string values (and plain numbers, where `numbers`). An item none of whose values changes stays as it is.
fn strings(
    item: &mut Item,
    numbers: bool,
    change: impl Fn(&Parts) -> Option<Vec<Box<str>>>,
) -> Result<(), Wrong> {
    if is_encoded(item) {
        return Err((item.line, "values that a modifier encodes cannot be changed".to_owned()));
    }
    let new = |value: &Scalar| match value {
        Scalar::Text(_) => change(&parts(item, value)?),
        Scalar::Number(..) if numbers => change(&parts(item, value)?),
        _ => None,
    };
    let changed: Vec<Option<Vec<Box<str>>>> = item.values.iter().map(new).collect();
    if changed.iter().all(Option::is_none) {
        return Ok(());
    }
    unfold(item);
    let old = std::mem::take(&mut item.values);
    for (old, new) in old.into_iter().zip(changed) {
        match new {
            Some(texts) => item.values.extend(texts.into_iter().map(Scalar::Text)),
            None => item.values.push(old),
        }
    }
    Ok(())
}

fn to_number(item: &mut Item) -> Result<(), Wrong> {
    if !is_plain(item) {
        return Ok(());
    }
    let line = item.line;
    let wrong = |text: &str| (line, format!("`{text}` is no number"));
    let shaped =
        [Modifier::Contains, Modifier::StartsWith, Modifier::EndsWith].into_iter().any(|m| item.has(m));
    for value in &mut item.values {
        if let Scalar::Text(text) = value {
            let number = value_number(text).filter(|_| !shaped).ok_or_else(|| wrong(text))?;
            *value = Scalar::Number(number, text.clone());
        }
    }
    Ok(())
}

fn value_number(text: &str) -> Option<f64> {
    Scalar::Text(text.into()).number()
}

/// Replaces `%name%` in the values of an item with `expand`, by values of the pipelines or by `*`.
fn placeholders(
    item: &mut Item,
    wildcard: bool,
    handled: impl Fn(&str) -> bool,
    vars: &BTreeMap<String, Vec<String>>,
) -> Result<(), Wrong> {
    if !item.has(Modifier::Expand) {
        return Ok(());
    }
    let line = item.line;
    let star = [if item.has(Modifier::Re) { ".*" } else { "*" }.to_owned()];
    let mut left = false;
    let mut values = Vec::new();
    for value in &item.values {
        let Scalar::Text(text) = value else {
            values.push(value.clone());
            continue;
        };
        let mut texts = vec![String::new()];
        let mut rest: &str = text;
        while let Some((before, name, after)) = placeholder(rest) {
            let new: &[String] = if !handled(name) {
                left = true;
                &[format!("%{name}%")]
            } else if wildcard {
                &star
            } else {
                let known = vars.get(name).filter(|v| !v.is_empty());
                known.ok_or_else(|| (line, format!("there is no value for the placeholder `{name}`")))?
            };
            if texts.len().saturating_mul(new.len()) > MOST_VALUES {
                return Err((line, "its placeholders stand for too many values".to_owned()));
            }
            texts = texts.iter().flat_map(|t| new.iter().map(move |n| format!("{t}{before}{n}"))).collect();
            rest = after;
        }
        values.extend(texts.into_iter().map(|t| Scalar::Text((t + rest).into())));
    }
    item.values = values;
    if !left {
        item.modifiers.retain(|m| *m != Modifier::Expand);
    }
    Ok(())
}

/// The first `%name%` of a text: what stands before it, the name, what follows.
fn placeholder(text: &str) -> Option<(&str, &str, &str)> {
    let mut from = 0;
    loop {
        let start = from + text.get(from..)?.find('%')?;
        let inner = text.get(start + 1..)?;
        let length = inner.find('%')?;
        let name = inner.get(..length)?;
        if !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.')) {
            return Some((text.get(..start)?, name, inner.get(length + 1..)?));
        }
        from = start + 1;
    }
}

/// `add_condition`.
fn add(rule: &mut Rule, name: &str, search: &Search, template: bool, negated: bool) -> Result<(), String> {
    let mut search = search.clone();
    if template {
        let source = rule.logsource.clone();
        search.items_mut(&mut |item| {
            for value in &mut item.values {
                if let Scalar::Text(text) = value {
                    *text = filled(text, &source).into();
                }
            }
        });
    }
    // A name that the rule has already would change what its condition means.
    let name = if name.is_empty() { "_cond" } else { name };
    let taken = |n: &str| rule.detection.search(n).is_some();
    let free = (0..u32::MAX).map(|i| format!("_cond{i}")).find(|n| !taken(n)).unwrap_or_default();
    let name: Box<str> = if taken(name) { free.into() } else { name.into() };
    let mut condition = Condition::Search(name.clone());
    if negated {
        condition = Condition::Not(Box::new(condition));
    }
    conjoin(rule, vec![(name, search)], &condition)
}

/// `$category`, `${product}`, `$service` filled in; `$$` is a dollar sign; everything else stays.
fn filled(text: &str, source: &RuleLogSource) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('$') {
        out.push_str(before);
        if let Some(tail) = after.strip_prefix('$') {
            out.push('$');
            rest = tail;
            continue;
        }
        let known: [(&str, &str); 3] =
            [("category", &source.category), ("product", &source.product), ("service", &source.service)];
        let found = known.into_iter().find_map(|(name, value)| {
            let braced =
                after.strip_prefix('{').and_then(|a| a.strip_prefix(name)).and_then(|a| a.strip_prefix('}'));
            let plain = || {
                let tail = after.strip_prefix(name)?;
                let ends = !tail.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
                ends.then_some(tail)
            };
            Some((value, braced.or_else(plain)?))
        });
        if let Some((value, tail)) = found {
            out.push_str(value);
            rest = tail;
        } else {
            out.push('$');
            rest = after;
        }
    }
    out.push_str(rest);
    out
}

/// A condition without what it says of searches that are gone; None where nothing is left.
fn without(condition: Condition, gone: &[Box<str>], left: &[&str]) -> Option<Condition> {
    match condition {
        Condition::Search(name) => (!gone.contains(&name)).then_some(Condition::Search(name)),
        Condition::Of(quantity, selector) => {
            let lost = gone.iter().any(|n| selector.takes(n));
            let some = left.iter().any(|n| selector.takes(n));
            (some || !lost).then_some(Condition::Of(quantity, selector))
        }
        Condition::And(parts) => {
            let parts: Vec<_> = parts.into_iter().filter_map(|p| without(p, gone, left)).collect();
            (!parts.is_empty()).then_some(Condition::And(parts))
        }
        Condition::Or(parts) => {
            let parts: Vec<_> = parts.into_iter().filter_map(|p| without(p, gone, left)).collect();
            (!parts.is_empty()).then_some(Condition::Or(parts))
        }
        Condition::Not(part) => without(*part, gone, left).map(|p| Condition::Not(Box::new(p))),
    }
}
