//! Reads pipelines from their files.

use std::collections::BTreeMap;
use std::sync::Arc;

use regex_automata::meta::{Config, Regex};

use super::change::{Change, Mapping};
use super::conditions::{
    Attribute, Conditions, FieldCondition, ItemCondition, Logic, Names, Op, Quantity, RuleCondition,
    STATUSES, StateCondition,
};
use super::values::{Replace, Replacement};
use super::{Pipeline, Step};
use crate::sigma::correlation::Expression;
use crate::sigma::filter;
use crate::sigma::rule::{Level, RuleLogSource, Search};
use crate::sigma::yaml::{self, Entry, Node, Scalar};
use crate::sigma::{Place, Problem, Reason};

/// Deepest nesting of steps.
const MOST_DEPTH: u32 = 8;
/// Largest size of a compiled pattern, in bytes.
const PATTERN_BYTES: usize = 1 << 20;

impl Pipeline {
    /// Reads a file; `name` stands in problems. Every problem of the file is named; with one, there is no pipeline.
    pub fn of_text(name: &str, text: &str) -> Result<Self, Vec<Problem>> {
        let file: Arc<str> = name.into();
        let mut reader = Reader { file: Arc::clone(&file), problems: Vec::new() };
        let documents = match yaml::documents(text) {
            Ok(documents) => documents,
            Err(error) => {
                let place = Place { file, line: error.line };
                return Err(vec![Problem { place, reason: error.problem.into() }]);
            }
        };
        let pipeline = match documents.as_slice() {
            [node] => reader.pipeline(node),
            _ => Err(reader.wrong(1, "a file holds one pipeline")),
        };
        match pipeline {
            Ok(pipeline) if reader.problems.is_empty() => Ok(pipeline),
            Ok(_) => Err(reader.problems),
            Err(problem) => {
                reader.problems.push(problem);
                Err(reader.problems)
            }
        }
    }
}

struct Reader {
    file: Arc<str>,
    problems: Vec<Problem>,
}

impl Reader {
    fn wrong(&self, line: u32, text: impl Into<Box<str>>) -> Problem {
        let place = Place { file: Arc::clone(&self.file), line };
        Problem { place, reason: Reason::Pipeline(text.into()) }
    }

    fn pipeline(&mut self, node: &Node) -> Result<Pipeline, Problem> {
        let map = node.map().ok_or_else(|| self.wrong(node.line, "it is no mapping"))?;
        let mut pipeline = Pipeline {
            place: Place { file: Arc::clone(&self.file), line: node.line },
            name: "".into(),
            priority: 0.0,
            vars: BTreeMap::new(),
            steps: Vec::new(),
        };
        for entry in map {
            let empty = entry.value.items().iter().all(|n| n.scalar() == Some(&Scalar::Null));
            match &*entry.key {
                "name" => pipeline.name = entry.value.text().unwrap_or_default().into(),
                "priority" => {
                    let number = entry.value.scalar().and_then(Scalar::number);
                    pipeline.priority =
                        number.ok_or_else(|| self.wrong(entry.line, "`priority` is no number"))?;
                }
                "vars" => {
                    for var in self.map(entry)? {
                        let values = self.texts(var)?.into_iter().map(String::from).collect();
                        pipeline.vars.insert(var.key.to_string(), values);
                    }
                }
                "transformations" => pipeline.steps = self.steps(entry, 0),
                "allowed_backends" => {
                    let names = self.texts(entry)?;
                    if !names.is_empty() && !names.iter().any(|n| &**n == "rusuban") {
                        let text = format!("it is for other backends: {}", names.join(", "));
                        self.problems.push(self.wrong(entry.line, text));
                    }
                }
                "postprocessing" | "finalizers" if empty => {}
                other => self.problems.push(self.wrong(entry.line, format!("`{other}` is not supported"))),
            }
        }
        Ok(pipeline)
    }

    /// Steps; a step with a problem is left out and named.
    fn steps(&mut self, entry: &Entry, depth: u32) -> Vec<Step> {
        let mut steps = Vec::new();
        if depth > MOST_DEPTH {
            self.problems.push(self.wrong(entry.line, "steps are nested too deeply"));
            return steps;
        }
        for node in entry.value.items().iter().filter(|n| n.scalar() != Some(&Scalar::Null)) {
            match self.step(node, depth) {
                Ok(step) => steps.push(step),
                Err(problem) => self.problems.push(problem),
            }
        }
        steps
    }

    fn step(&mut self, node: &Node, depth: u32) -> Result<Step, Problem> {
        let mut args = Args::new(self, node)?;
        let kind = args.text(self, "type")?.ok_or_else(|| self.wrong(node.line, "`type` is missing"))?;
        let id = args.text(self, "id")?.unwrap_or_default();
        let rule = self.conditions(&mut args, "rule", Self::rule_condition)?;
        let item = self.conditions(&mut args, "detection_item", Self::item_condition)?;
        let field = self.conditions(&mut args, "field_name", Self::field_condition)?;
        let change = self.change(&mut args, &kind, depth)?;
        args.end(self, &kind)?;
        Ok(Step { id, line: node.line, change, rule, item, field })
    }

    fn change(&mut self, args: &mut Args<'_>, kind: &str, depth: u32) -> Result<Change, Problem> {
        Ok(match kind {
            "field_name_mapping" => Change::Names(args.mapping(self)?),
            "field_name_prefix_mapping" => Change::Prefixes(args.mapping(self)?),
            "field_name_prefix" => Change::Prefix(args.needed(self, "prefix")?),
            "field_name_suffix" => Change::Suffix(args.needed(self, "suffix")?),
            "drop_detection_item" => Change::Drop,
            "add_condition" => {
                let entry = args.entry(self, "conditions")?;
                let search = Search::of_node(&entry.value).map_err(|(line, reason)| Problem {
                    place: Place { file: Arc::clone(&self.file), line },
                    reason,
                })?;
                filter::check(&self.file, &search)?;
                Change::Add {
                    name: args.text(self, "name")?.unwrap_or_default(),
                    search,
                    template: args.flag(self, "template")?,
                    negated: args.flag(self, "negated")?,
                }
            }
            "change_logsource" => Change::LogSource(args.logsource(self)?),
            "replace_string" => Change::Replace(self.replace(args)?),
            "map_string" => Change::MapStrings(args.mapping(self)?),
            "set_value" => self.set_value(args)?,
            "convert_type" => match &*args.needed(self, "target_type")? {
                "str" => Change::ToText,
                "num" => Change::ToNumber,
                other => return Err(self.wrong(args.line, format!("there is no target type `{other}`"))),
            },
            "set_state" => {
                let value = args.entry(self, "val")?;
                let value = value.value.scalar().cloned().ok_or_else(|| self.form(value))?;
                Change::SetState(args.needed(self, "key")?, value)
            }
            "rule_failure" => Change::RuleFailure(args.needed(self, "message")?),
            "detection_item_failure" => Change::ItemFailure(args.needed(self, "message")?),
            "value_placeholders" | "wildcard_placeholders" => {
                let include = args.list(self, "include")?;
                let exclude = args.list(self, "exclude")?;
                if include.is_some() && exclude.is_some() {
                    return Err(self.wrong(args.line, "`include` and `exclude` exclude each other"));
                }
                Change::Placeholders { wildcard: kind == "wildcard_placeholders", include, exclude }
            }
            "add_field" => Change::AddFields(args.list_needed(self, "field")?),
            "remove_field" => Change::RemoveFields(args.list_needed(self, "field")?),
            "set_field" => Change::SetFields(args.list_needed(self, "fields")?),
            "nest" => {
                let entry = args.entry(self, "items")?;
                Change::Nest(self.steps(entry, depth + 1))
            }
            other => {
                return Err(self.wrong(args.line, format!("the transformation `{other}` is not supported")));
            }
        })
    }

    fn replace(&self, args: &mut Args<'_>) -> Result<Replace, Problem> {
        let entry = args.entry(self, "regex")?;
        let pattern = self.pattern(entry.line, self.text(entry)?)?;
        let entry = args.entry(self, "replacement")?;
        let text = entry.value.scalar().map(Scalar::text).ok_or_else(|| self.form(entry))?;
        let wrong = || self.wrong(entry.line, format!("the replacement `{text}` cannot be read"));
        let replace = Replace {
            pattern,
            replacement: Replacement::of(text).ok_or_else(wrong)?,
            skip_special: args.flag(self, "skip_special")?,
            interpret_special: args.flag(self, "interpret_special")?,
        };
        if replace.groups_exist() { Ok(replace) } else { Err(wrong()) }
    }

    fn set_value(&self, args: &mut Args<'_>) -> Result<Change, Problem> {
        let entry = args.entry(self, "value")?;
        let value = entry.value.scalar().ok_or_else(|| self.form(entry))?;
        let forced = args.text(self, "force_type")?;
        let value = match forced.as_deref() {
            None => value.clone(),
            Some("str") => Scalar::Text(value.text().into()),
            Some("num") => {
                let number = value.number();
                let number = number.ok_or_else(|| self.wrong(entry.line, "`value` is no number"))?;
                Scalar::Number(number, value.text().into())
            }
            Some(other) => return Err(self.wrong(args.line, format!("there is no type `{other}`"))),
        };
        Ok(Change::SetValue(value))
    }

    fn rule_condition(&self, args: &mut Args<'_>, kind: &str) -> Result<RuleCondition, Problem> {
        Ok(match kind {
            "logsource" => RuleCondition::LogSource(args.logsource(self)?),
            "contains_detection_item" => {
                let field = args.needed(self, "field")?;
                let value = args.entry(self, "value")?;
                let value = value.value.scalar().cloned().ok_or_else(|| self.form(value))?;
                RuleCondition::ContainsItem(field, value)
            }
            "contains_field" => RuleCondition::ContainsField(args.needed(self, "field")?),
            "processing_item_applied" => RuleCondition::Applied(args.needed(self, "processing_item_id")?),
            "processing_state" => RuleCondition::State(self.state(args)?),
            "is_sigma_rule" => RuleCondition::IsRule,
            "is_sigma_correlation_rule" => RuleCondition::IsCorrelation,
            "rule_attribute" => self.attribute(args)?,
            "tag" => RuleCondition::Tag(args.needed(self, "tag")?),
            other => return Err(self.unknown_condition(args, other)),
        })
    }

    fn attribute(&self, args: &mut Args<'_>) -> Result<RuleCondition, Problem> {
        let name = args.needed(self, "attribute")?;
        let attribute = Attribute::of_name(&name)
            .ok_or_else(|| self.wrong(args.line, format!("rules have no attribute `{name}` here")))?;
        let value = args.needed(self, "value")?;
        let op = self.op(args)?;
        let possible = match op {
            Op::Eq | Op::Ne => true,
            Op::In | Op::NotIn => attribute.is_list(),
            _ => attribute.is_ordered() || attribute.is_list(),
        };
        if !possible {
            return Err(self.wrong(args.line, format!("`op` has no meaning for `{name}`")));
        }
        let known = match attribute {
            Attribute::Level => Level::of_name(&value.to_ascii_lowercase()).is_some(),
            Attribute::Status => STATUSES.iter().any(|s| s.eq_ignore_ascii_case(&value)),
            _ => true,
        };
        if !known {
            return Err(self.wrong(args.line, format!("there is no {name} `{value}`")));
        }
        Ok(RuleCondition::Attribute(attribute, value, op))
    }

    fn item_condition(&self, args: &mut Args<'_>, kind: &str) -> Result<ItemCondition, Problem> {
        Ok(match kind {
            "match_string" => {
                let quantity = self.quantity(args)?;
                let entry = args.entry(self, "pattern")?;
                let pattern = self.pattern(entry.line, self.text(entry)?)?;
                ItemCondition::MatchString { quantity, pattern, negate: args.flag(self, "negate")? }
            }
            "match_value" => {
                let quantity = self.quantity(args)?;
                let value = args.entry(self, "value")?;
                let value = value.value.scalar().cloned().ok_or_else(|| self.form(value))?;
                ItemCondition::MatchValue(quantity, value)
            }
            "contains_wildcard" => ItemCondition::Wildcard(self.quantity(args)?),
            "is_null" => ItemCondition::Null(self.quantity(args)?),
            "processing_item_applied" => ItemCondition::Applied(args.needed(self, "processing_item_id")?),
            "processing_state" => ItemCondition::State(self.state(args)?),
            other => return Err(self.unknown_condition(args, other)),
        })
    }

    fn field_condition(&self, args: &mut Args<'_>, kind: &str) -> Result<FieldCondition, Problem> {
        Ok(match kind {
            "include_fields" => FieldCondition::Include(self.names(args)?),
            "exclude_fields" => FieldCondition::Exclude(self.names(args)?),
            "processing_item_applied" => FieldCondition::Applied(args.needed(self, "processing_item_id")?),
            "processing_state" => FieldCondition::State(self.state(args)?),
            other => return Err(self.unknown_condition(args, other)),
        })
    }

    fn unknown_condition(&self, args: &Args<'_>, kind: &str) -> Problem {
        self.wrong(args.line, format!("the condition `{kind}` is not supported here"))
    }

    fn names(&self, args: &mut Args<'_>) -> Result<Names, Problem> {
        let line = args.line;
        let names = args.list_needed(self, "fields")?;
        match args.text(self, "mode")?.as_deref() {
            None | Some("plain") => Ok(Names::Plain(names)),
            Some("re") => {
                let patterns = names.iter().map(|n| self.pattern(line, n));
                Ok(Names::Patterns(patterns.collect::<Result<_, _>>()?))
            }
            Some(other) => Err(self.wrong(line, format!("there is no mode `{other}`"))),
        }
    }

    fn quantity(&self, args: &mut Args<'_>) -> Result<Quantity, Problem> {
        match &*args.needed(self, "cond")? {
            "any" => Ok(Quantity::Any),
            "all" => Ok(Quantity::All),
            other => Err(self.wrong(args.line, format!("`cond` is any or all, not `{other}`"))),
        }
    }

    fn state(&self, args: &mut Args<'_>) -> Result<StateCondition, Problem> {
        let key = args.needed(self, "key")?;
        let value = args.entry(self, "val")?;
        let value = value.value.scalar().cloned().ok_or_else(|| self.form(value))?;
        let op = self.op(args)?;
        if matches!(op, Op::In | Op::NotIn) {
            return Err(self.wrong(args.line, "`op` has no meaning for a state"));
        }
        Ok(StateCondition { key, value, op })
    }

    fn op(&self, args: &mut Args<'_>) -> Result<Op, Problem> {
        match args.text(self, "op")? {
            None => Ok(Op::Eq),
            Some(name) => {
                Op::of_name(&name).ok_or_else(|| self.wrong(args.line, format!("there is no `op` `{name}`")))
            }
        }
    }

    /// `X_conditions`, `X_cond_op`, `X_cond_expr` and `X_cond_not`.
    fn conditions<C>(
        &self,
        args: &mut Args<'_>,
        kind: &str,
        read: impl Fn(&Self, &mut Args<'_>, &str) -> Result<C, Problem>,
    ) -> Result<Conditions<C>, Problem> {
        let line = args.line;
        let op = args.text(self, &format!("{kind}_cond_op"))?;
        let expression = args.text(self, &format!("{kind}_cond_expr"))?;
        let negated = args.flag(self, &format!("{kind}_cond_not"))?;
        let mut names: Vec<Option<&str>> = Vec::new();
        let mut list = Vec::new();
        let mut one = |name, node| -> Result<(), Problem> {
            let mut args = Args::new(self, node)?;
            let kind = args.text(self, "type")?.ok_or_else(|| self.wrong(node.line, "`type` is missing"))?;
            list.push(read(self, &mut args, &kind)?);
            names.push(name);
            args.end(self, &kind)
        };
        if let Some(entry) = args.take(&format!("{kind}_conditions")) {
            match (entry.value.list(), entry.value.map()) {
                (Some(nodes), _) => nodes.iter().try_for_each(|n| one(None, n))?,
                (_, Some(map)) => map.iter().try_for_each(|e| one(Some(&*e.key), &e.value))?,
                _ => return Err(self.form(entry)),
            }
        }
        let logic = match (op.as_deref(), expression) {
            (Some(_), Some(_)) => {
                return Err(self.wrong(line, "an operator and an expression exclude each other"));
            }
            (None | Some("and"), None) => Logic::All,
            (Some("or"), None) => Logic::Any,
            (Some(other), None) => return Err(self.wrong(line, format!("there is no operator `{other}`"))),
            (None, Some(text)) => {
                if list.len() > 64 {
                    return Err(self.wrong(line, "more than 64 conditions"));
                }
                let place = |name: &str| {
                    names.iter().position(|n| *n == Some(name)).and_then(|i| u16::try_from(i).ok())
                };
                let expression = Expression::parse(&text, &place)
                    .map_err(|e| self.wrong(line, format!("`{kind}_cond_expr`: {e}")))?;
                Logic::Expression(expression)
            }
        };
        Ok(Conditions { list, logic, negated })
    }

    fn pattern(&self, line: u32, text: &str) -> Result<Regex, Problem> {
        let config =
            Config::new().nfa_size_limit(Some(PATTERN_BYTES)).onepass_size_limit(Some(PATTERN_BYTES));
        let regex = Regex::builder().configure(config).build(text);
        regex.map_err(|_| self.wrong(line, format!("the pattern `{text}` cannot be read, or is too large")))
    }

    fn form(&self, entry: &Entry) -> Problem {
        self.wrong(entry.line, format!("`{}` is not of the form that is read here", entry.key))
    }

    fn map<'n>(&self, entry: &'n Entry) -> Result<&'n [Entry], Problem> {
        entry.value.map().ok_or_else(|| self.form(entry))
    }

    fn text<'n>(&self, entry: &'n Entry) -> Result<&'n str, Problem> {
        entry.value.text().ok_or_else(|| self.form(entry))
    }

    fn texts(&self, entry: &Entry) -> Result<Vec<Box<str>>, Problem> {
        let one = |n: &Node| n.text().map(Into::into).ok_or_else(|| self.form(entry));
        entry.value.items().iter().map(one).collect()
    }
}

/// Parameters of a step or a condition. What nobody has asked for in the end is a problem.
struct Args<'n> {
    line: u32,
    left: Vec<&'n Entry>,
}

impl<'n> Args<'n> {
    fn new(reader: &Reader, node: &'n Node) -> Result<Self, Problem> {
        let map = node.map().ok_or_else(|| reader.wrong(node.line, "it is no mapping"))?;
        Ok(Self { line: node.line, left: map.iter().collect() })
    }

    fn take(&mut self, key: &str) -> Option<&'n Entry> {
        let at = self.left.iter().position(|e| &*e.key == key)?;
        Some(self.left.remove(at))
    }

    fn entry(&mut self, reader: &Reader, key: &str) -> Result<&'n Entry, Problem> {
        self.take(key).ok_or_else(|| reader.wrong(self.line, format!("`{key}` is missing")))
    }

    fn text(&mut self, reader: &Reader, key: &str) -> Result<Option<Box<str>>, Problem> {
        self.take(key).map(|e| reader.text(e).map(Into::into)).transpose()
    }

    fn needed(&mut self, reader: &Reader, key: &str) -> Result<Box<str>, Problem> {
        reader.text(self.entry(reader, key)?).map(Into::into)
    }

    fn flag(&mut self, reader: &Reader, key: &str) -> Result<bool, Problem> {
        match self.take(key) {
            None => Ok(false),
            Some(entry) => match entry.value.scalar() {
                Some(Scalar::Bool(flag)) => Ok(*flag),
                _ => Err(reader.wrong(entry.line, format!("`{key}` is true or false"))),
            },
        }
    }

    fn list(&mut self, reader: &Reader, key: &str) -> Result<Option<Vec<Box<str>>>, Problem> {
        self.take(key).map(|e| reader.texts(e)).transpose()
    }

    fn list_needed(&mut self, reader: &Reader, key: &str) -> Result<Vec<Box<str>>, Problem> {
        reader.texts(self.entry(reader, key)?)
    }

    fn mapping(&mut self, reader: &Reader) -> Result<Mapping, Problem> {
        let entry = self.entry(reader, "mapping")?;
        let mut mapping = Mapping::new();
        for pair in reader.map(entry)? {
            let to = reader.texts(pair)?;
            if to.is_empty() {
                return Err(reader.form(pair));
            }
            mapping.push((pair.key.clone(), to));
        }
        Ok(mapping)
    }

    fn logsource(&mut self, reader: &Reader) -> Result<RuleLogSource, Problem> {
        let mut part = |key| -> Result<Box<str>, Problem> {
            Ok(self.text(reader, key)?.unwrap_or_default().trim().to_lowercase().into())
        };
        Ok(RuleLogSource {
            category: part("category")?,
            product: part("product")?,
            service: part("service")?,
            definition: "".into(),
        })
    }

    fn end(self, reader: &Reader, kind: &str) -> Result<(), Problem> {
        match self.left.first() {
            Some(entry) => {
                Err(reader.wrong(entry.line, format!("`{}` has no meaning with `{kind}`", entry.key)))
            }
            None => Ok(()),
        }
    }
}
