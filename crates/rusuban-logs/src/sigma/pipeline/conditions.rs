//! When a step of a pipeline applies: to a rule, to an item of its searches, to a field name.

use regex_automata::{Anchored, Input, meta::Regex};

use super::State;
use super::values::{Parts, shown};
use crate::sigma::correlation::{Correlation, Expression};
use crate::sigma::rule::{Item, Level, Rule, RuleLogSource};
use crate::sigma::yaml::Scalar;

/// Conditions of one kind and how they are joined.
#[derive(Debug, Clone)]
pub(super) struct Conditions<C> {
    pub list: Vec<C>,
    pub logic: Logic,
    pub negated: bool,
}

/// How conditions are joined.
#[derive(Debug, Clone)]
pub(super) enum Logic {
    All,
    Any,
    /// Over the places of the conditions.
    Expression(Expression),
}

impl<C> Conditions<C> {
    /// Whether they hold; no condition always holds.
    pub fn hold(&self, test: impl Fn(&C) -> bool) -> bool {
        if self.list.is_empty() {
            return true;
        }
        let holds = match &self.logic {
            Logic::All => self.list.iter().all(test),
            Logic::Any => self.list.iter().any(test),
            Logic::Expression(expression) => {
                let bits = self.list.iter().enumerate().filter(|(_, c)| test(c));
                expression.holds(bits.fold(0, |all, (i, _)| all | 1_u64 << (i & 63)))
            }
        };
        holds != self.negated
    }
}

/// What a rule condition looks at.
pub(super) enum Subject<'r> {
    Rule(&'r Rule),
    /// A correlation and the rules that it refers to.
    Correlation(&'r Correlation, &'r [&'r Rule]),
}

/// A comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Op {
    Eq,
    Ne,
    Gte,
    Gt,
    Lte,
    Lt,
    In,
    NotIn,
}

impl Op {
    pub fn of_name(name: &str) -> Option<Self> {
        Some(match name {
            "eq" => Self::Eq,
            "ne" => Self::Ne,
            "gte" => Self::Gte,
            "gt" => Self::Gt,
            "lte" => Self::Lte,
            "lt" => Self::Lt,
            "in" => Self::In,
            "not_in" => Self::NotIn,
            _ => return None,
        })
    }

    fn holds(self, order: Option<std::cmp::Ordering>) -> bool {
        match (self, order) {
            (Self::Eq, Some(o)) => o.is_eq(),
            (Self::Ne, Some(o)) => o.is_ne(),
            (Self::Gte, Some(o)) => o.is_ge(),
            (Self::Gt, Some(o)) => o.is_gt(),
            (Self::Lte, Some(o)) => o.is_le(),
            (Self::Lt, Some(o)) => o.is_lt(),
            (Self::Ne | Self::NotIn, None) => true,
            _ => false,
        }
    }
}

/// A value that an earlier step has set.
#[derive(Debug, Clone)]
pub(super) struct StateCondition {
    pub key: Box<str>,
    pub value: Scalar,
    pub op: Op,
}

impl StateCondition {
    fn holds(&self, state: &State) -> bool {
        state.values.get(&self.key).is_some_and(|found| {
            let order = match (found, &self.value) {
                (Scalar::Number(a, _), Scalar::Number(b, _)) => a.partial_cmp(b),
                (a, b) if same_kind(a, b) => Some(a.text().cmp(b.text())),
                _ => None,
            };
            self.op.holds(order)
        })
    }
}

/// Attributes of a rule that can be compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Attribute {
    Title,
    Id,
    Name,
    Taxonomy,
    Status,
    Description,
    License,
    Author,
    Date,
    Modified,
    Level,
    Tags,
    References,
    Fields,
    FalsePositives,
    Scope,
}

impl Attribute {
    pub fn of_name(name: &str) -> Option<Self> {
        Some(match name {
            "title" => Self::Title,
            "id" => Self::Id,
            "name" => Self::Name,
            "taxonomy" => Self::Taxonomy,
            "status" => Self::Status,
            "description" => Self::Description,
            "license" => Self::License,
            "author" => Self::Author,
            "date" => Self::Date,
            "modified" => Self::Modified,
            "level" => Self::Level,
            "tags" => Self::Tags,
            "references" => Self::References,
            "fields" => Self::Fields,
            "falsepositives" => Self::FalsePositives,
            "scope" => Self::Scope,
            _ => return None,
        })
    }

    /// Whether it is a list, for `in` and `not_in`.
    pub fn is_list(self) -> bool {
        matches!(self, Self::Tags | Self::References | Self::Fields | Self::FalsePositives | Self::Scope)
    }

    /// Whether its values have an order.
    pub fn is_ordered(self) -> bool {
        matches!(self, Self::Date | Self::Modified | Self::Level | Self::Status)
    }
}

/// Statuses from the least to the most trusted.
pub(super) const STATUSES: [&str; 5] = ["unsupported", "deprecated", "experimental", "test", "stable"];

/// A condition on a rule.
#[derive(Debug, Clone)]
pub(super) enum RuleCondition {
    LogSource(RuleLogSource),
    ContainsItem(Box<str>, Scalar),
    ContainsField(Box<str>),
    Applied(Box<str>),
    State(StateCondition),
    IsRule,
    IsCorrelation,
    Attribute(Attribute, Box<str>, Op),
    Tag(Box<str>),
}

impl RuleCondition {
    pub fn holds(&self, subject: &Subject<'_>, state: &State) -> bool {
        match self {
            Self::LogSource(wanted) => match subject {
                Subject::Rule(rule) => takes(wanted, &rule.logsource),
                Subject::Correlation(_, rules) => rules.iter().any(|r| takes(wanted, &r.logsource)),
            },
            Self::ContainsItem(field, value) => {
                some_item(subject, |item| item.field.as_ref() == Some(field) && has_value(item, value))
            }
            Self::ContainsField(field) => some_item(subject, |item| item.field.as_ref() == Some(field)),
            Self::Applied(id) => state.applied.contains(id),
            Self::State(condition) => condition.holds(state),
            Self::IsRule => matches!(subject, Subject::Rule(_)),
            Self::IsCorrelation => matches!(subject, Subject::Correlation(..)),
            Self::Attribute(attribute, value, op) => attribute_holds(subject, *attribute, value, *op),
            Self::Tag(tag) => tags(subject).iter().any(|t| t.eq_ignore_ascii_case(tag)),
        }
    }
}

/// Whether a rule's log source is one that is wanted; parts that are not wanted are open.
fn takes(wanted: &RuleLogSource, found: &RuleLogSource) -> bool {
    let part = |wanted: &str, found: &str| wanted.is_empty() || wanted == found;
    part(&wanted.category, &found.category)
        && part(&wanted.product, &found.product)
        && part(&wanted.service, &found.service)
}

fn some_item(subject: &Subject<'_>, test: impl Fn(&Item) -> bool) -> bool {
    let Subject::Rule(rule) = subject else { return false };
    let mut found = false;
    for (_, search) in &rule.detection.searches {
        search.items(&mut |item| found |= test(item));
    }
    found
}

/// Whether an item has a value, wildcards of its modifiers included.
fn has_value(item: &Item, value: &Scalar) -> bool {
    item.values.iter().any(|v| match (v, value) {
        (Scalar::Number(a, _), Scalar::Number(b, _)) => a.total_cmp(b).is_eq(),
        (Scalar::Text(_), Scalar::Text(b)) => {
            shown(item, v).is_some_and(|text| text.eq_ignore_ascii_case(&Parts::of(b).shown()))
        }
        (a, b) => a == b,
    })
}

fn same_kind(a: &Scalar, b: &Scalar) -> bool {
    std::mem::discriminant(a) == std::mem::discriminant(b)
}

fn tags<'r>(subject: &Subject<'r>) -> &'r [Box<str>] {
    match subject {
        Subject::Rule(rule) => &rule.tags,
        Subject::Correlation(correlation, _) => &correlation.tags,
    }
}

fn attribute_holds(subject: &Subject<'_>, attribute: Attribute, value: &str, op: Op) -> bool {
    if attribute.is_list() {
        let list: &[Box<str>] = match (subject, attribute) {
            (_, Attribute::Tags) => tags(subject),
            (Subject::Rule(r), Attribute::References) => &r.references,
            (Subject::Rule(r), Attribute::Fields) => &r.fields,
            (Subject::Rule(r), Attribute::FalsePositives) => &r.falsepositives,
            (Subject::Rule(r), Attribute::Scope) => &r.scope,
            (Subject::Correlation(c, _), Attribute::FalsePositives) => &c.falsepositives,
            _ => &[],
        };
        let found = list.iter().any(|v| **v == *value);
        return match op {
            Op::In => found,
            Op::NotIn => !found,
            // A list is never equal to one value.
            Op::Ne => true,
            _ => false,
        };
    }
    if attribute == Attribute::Level {
        let level = match subject {
            Subject::Rule(r) => r.level,
            Subject::Correlation(c, _) => c.level,
        };
        let wanted = Level::of_name(&value.to_ascii_lowercase());
        return op.holds(level.zip(wanted).map(|(a, b)| a.cmp(&b)));
    }
    let text: &str = match (subject, attribute) {
        (Subject::Rule(r), Attribute::Title) => &r.title,
        (Subject::Rule(r), Attribute::Id) => &r.id,
        (Subject::Rule(r), Attribute::Name) => &r.name,
        (Subject::Rule(r), Attribute::Taxonomy) => &r.taxonomy,
        (Subject::Rule(r), Attribute::Status) => &r.status,
        (Subject::Rule(r), Attribute::Description) => &r.description,
        (Subject::Rule(r), Attribute::License) => &r.license,
        (Subject::Rule(r), Attribute::Author) => &r.author,
        (Subject::Rule(r), Attribute::Date) => &r.date,
        (Subject::Rule(r), Attribute::Modified) => &r.modified,
        (Subject::Correlation(c, _), Attribute::Title) => &c.title,
        (Subject::Correlation(c, _), Attribute::Id) => &c.id,
        (Subject::Correlation(c, _), Attribute::Name) => &c.name,
        (Subject::Correlation(c, _), Attribute::Description) => &c.description,
        _ => "",
    };
    let order = match attribute {
        // Dates are written as year, month, day, with `-` or `/` between.
        Attribute::Date | Attribute::Modified if !text.is_empty() => {
            Some(text.replace('/', "-").cmp(&value.replace('/', "-")))
        }
        Attribute::Date | Attribute::Modified => None,
        Attribute::Status => {
            let rank = |s: &str| STATUSES.iter().position(|t| t.eq_ignore_ascii_case(s));
            rank(text).zip(rank(value)).map(|(a, b)| a.cmp(&b))
        }
        _ => Some(text.cmp(value)),
    };
    op.holds(order)
}

/// Whether one value of an item is enough.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Quantity {
    Any,
    All,
}

/// A condition on an item of a search.
#[derive(Debug, Clone)]
pub(super) enum ItemCondition {
    MatchString { quantity: Quantity, pattern: Regex, negate: bool },
    MatchValue(Quantity, Scalar),
    Wildcard(Quantity),
    Null(Quantity),
    Applied(Box<str>),
    State(StateCondition),
}

impl ItemCondition {
    pub fn holds(&self, item: &Item, state: &State) -> bool {
        let values = |quantity: Quantity, test: &dyn Fn(&Scalar) -> bool| match quantity {
            Quantity::Any => item.values.iter().any(test),
            Quantity::All => item.values.iter().all(test),
        };
        match self {
            Self::MatchString { quantity, pattern, negate } => values(*quantity, &|v| {
                let matches =
                    matches!(v, Scalar::Text(_)) && shown(item, v).is_some_and(|t| starts(pattern, &t));
                matches != *negate
            }),
            Self::MatchValue(quantity, value) => {
                values(*quantity, &|v| has_value(&Item { values: vec![v.clone()], ..item.clone() }, value))
            }
            Self::Wildcard(quantity) => values(*quantity, &|v| {
                matches!(v, Scalar::Text(_))
                    && super::values::parts(item, v).is_some_and(|p| p.has_wildcard())
            }),
            Self::Null(quantity) => values(*quantity, &|v| *v == Scalar::Null),
            Self::Applied(id) => state.has_changed(item, id),
            Self::State(condition) => condition.holds(state),
        }
    }
}

/// Field names, plain or as patterns.
#[derive(Debug, Clone)]
pub(super) enum Names {
    Plain(Vec<Box<str>>),
    Patterns(Vec<Regex>),
}

impl Names {
    fn take(&self, name: &str) -> bool {
        match self {
            Self::Plain(names) => names.iter().any(|n| **n == *name),
            Self::Patterns(patterns) => patterns.iter().any(|p| starts(p, name)),
        }
    }
}

/// A condition on a field name.
#[derive(Debug, Clone)]
pub(super) enum FieldCondition {
    Include(Names),
    Exclude(Names),
    Applied(Box<str>),
    State(StateCondition),
}

impl FieldCondition {
    /// For the name of an item's field, or (without an item) a name of the rule's list. Keywords have no name: they are
    /// never included.
    pub fn holds(&self, name: Option<&str>, item: Option<&Item>, state: &State) -> bool {
        match self {
            Self::Include(names) => name.is_some_and(|n| names.take(n)),
            Self::Exclude(names) => !name.is_some_and(|n| names.take(n)),
            Self::Applied(id) => match item {
                Some(item) => state.has_changed(item, id),
                None => name.is_some_and(|n| state.names.contains(&(n.into(), id.clone()))),
            },
            Self::State(condition) => condition.holds(state),
        }
    }
}

/// Whether a pattern matches at the start of a text, as Python's `re.match` does.
fn starts(pattern: &Regex, text: &str) -> bool {
    pattern.is_match(Input::new(text).anchored(Anchored::Yes))
}
