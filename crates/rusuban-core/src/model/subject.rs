//! What a check is about: this machine, an asset of the register, or the organisation as a whole.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// Name of the organisation as a subject.
const ORGANISATION: &str = "organisation";

/// The thing that facts and verdicts speak of, as `kind:name`. Cheap to clone: it stands in every finding and result.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SubjectId(Arc<str>);

impl SubjectId {
    /// The organisation as a whole: the subject of what only people can state.
    pub fn organisation() -> Self {
        Self(ORGANISATION.into())
    }

    /// A machine that stands in no register, by its host name.
    pub fn host(name: &str) -> Self {
        Self(format!("host:{name}").into())
    }

    /// An asset of the register, by its id.
    pub fn asset(id: &str) -> Self {
        Self(format!("asset:{id}").into())
    }

    /// Whether it is the organisation as a whole.
    pub fn is_organisation(&self) -> bool {
        &*self.0 == ORGANISATION
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&str> for SubjectId {
    fn from(text: &str) -> Self {
        Self(text.into())
    }
}

impl fmt::Display for SubjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A subject that is expected to be looked at, and the section that answers for it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Subject {
    /// Which one.
    pub id: SubjectId,
    /// What people call it.
    pub name: String,
    /// Id of the section that answers for it, where the register names one.
    pub section: Option<String>,
}

impl Subject {
    /// The organisation as a whole.
    pub fn organisation() -> Self {
        Self { id: SubjectId::organisation(), name: ORGANISATION.to_owned(), section: None }
    }
}
