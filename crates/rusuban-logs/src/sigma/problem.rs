//! What can be wrong with a rule file, and where.

use std::fmt;
use std::sync::Arc;

use super::yaml::YamlProblem;

/// A place in a rule file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The file's name, as the caller gave it.
    pub file: Arc<str>,
    /// Line, from 1.
    pub line: u32,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

/// A rule, or a whole file, that is not in force, and why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {reason}")]
pub struct Problem {
    /// Where.
    pub place: Place,
    /// What is wrong.
    pub reason: Reason,
}

/// What is wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    /// The file is no YAML that is read here.
    #[error(transparent)]
    Yaml(#[from] YamlProblem),
    /// A document that is no mapping, or none of rule, correlation and filter.
    #[error("no Sigma rule")]
    NoRule,
    /// A part that must be there is not.
    #[error("`{0}` is missing")]
    Missing(&'static str),
    /// A part is there in a form that has no meaning.
    #[error("`{0}` is not of the form that is read here")]
    Form(Box<str>),
    /// A level that Sigma does not know.
    #[error("there is no level {0:?}")]
    Level(Box<str>),
    /// The id of another rule.
    #[error("the id {id} is that of the rule at {other}")]
    DuplicateId {
        /// The id.
        id: Box<str>,
        /// Where it was first.
        other: Place,
    },
    /// The condition cannot be read.
    #[error("condition: {0}")]
    Condition(Box<str>),
    /// The condition names searches that are not there.
    #[error("condition: there is no search {0:?}")]
    UnknownSearch(Box<str>),
    /// An aggregation that cannot be read, or that no correlation stands for.
    #[error("aggregation: {0:?} is not supported")]
    Aggregation(Box<str>),
    /// A modifier that Sigma does not know.
    #[error("there is no modifier {0:?}")]
    UnknownModifier(Box<str>),
    /// Modifiers that have no meaning together, or with the value.
    #[error("modifiers of {0:?}: {1}")]
    Modifiers(Box<str>, &'static str),
    /// A regular expression that cannot be compiled within its limits.
    #[error("regular expression {0:?}: {1}")]
    Regex(Box<str>, Box<str>),
    /// No IP network.
    #[error("{0:?} is no IP network")]
    Cidr(Box<str>),
    /// No number.
    #[error("{0:?} is no number")]
    Number(Box<str>),
    /// A correlation that is not in force.
    #[error("correlation: {0}")]
    Correlation(Box<str>),
    /// A filter that is not in force.
    #[error("filter: {0}")]
    Filter(Box<str>),
    /// A pipeline that is not in force, or that refuses a rule.
    #[error("pipeline: {0}")]
    Pipeline(Box<str>),
    /// More patterns than a rule may hold.
    #[error("more than {0} patterns")]
    TooMany(usize),
}
