//! Identifiers that stand in catalogues, the store, reports and exit messages.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Why a text is no identifier.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a valid {what} id: {reason}")]
pub struct InvalidId {
    /// The text that was refused.
    pub text: String,
    /// What it should have been.
    pub what: &'static str,
    /// The rule it breaks.
    pub reason: &'static str,
}

/// Id of a measure (対策), such as `before.exposure`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct MeasureId(String);

/// Id of a requirement (要件): a measure's id and a letter, such as `before.exposure.a`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RequirementId(String);

fn well_formed(part: &str) -> bool {
    part.starts_with(|c: char| c.is_ascii_lowercase())
        && part.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
}

impl FromStr for MeasureId {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let parts: Vec<&str> = text.split('.').collect();
        if parts.len() == 2 && parts.iter().all(|p| well_formed(p)) {
            return Ok(Self(text.to_owned()));
        }
        Err(InvalidId {
            text: text.to_owned(),
            what: "measure",
            reason: "it has two parts of lower-case letters, digits and hyphens, joined by a dot (before.exposure)",
        })
    }
}

impl FromStr for RequirementId {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let invalid = || InvalidId {
            text: text.to_owned(),
            what: "requirement",
            reason: "it is a measure's id, a dot and one lower-case letter (before.exposure.a)",
        };
        let (measure, letter) = text.rsplit_once('.').ok_or_else(invalid)?;
        MeasureId::from_str(measure).map_err(|_| invalid())?;
        if letter.len() == 1 && letter.chars().all(|c| c.is_ascii_lowercase()) {
            Ok(Self(text.to_owned()))
        } else {
            Err(invalid())
        }
    }
}

impl RequirementId {
    /// The measure that this requirement is a part of.
    pub fn measure(&self) -> MeasureId {
        MeasureId(self.0.rsplit_once('.').map_or_else(String::new, |(measure, _)| measure.to_owned()))
    }
}

macro_rules! text_id {
    ($name:ident) => {
        impl $name {
            /// The id as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0
            }
        }
        impl TryFrom<String> for $name {
            type Error = InvalidId;
            fn try_from(text: String) -> Result<Self, InvalidId> {
                text.parse()
            }
        }
    };
}
text_id!(MeasureId);
text_id!(RequirementId);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_requirement_knows_its_measure() {
        let id: RequirementId = "before.external-services.b".parse().unwrap();
        assert_eq!(id.measure().as_str(), "before.external-services");
    }

    #[test]
    fn what_is_no_id_is_refused() {
        for text in ["", "before", "before.exposure.a.b", "Before.exposure", "before..a", "対策.一"] {
            assert!(text.parse::<MeasureId>().is_err(), "{text}");
        }
        for text in ["before.exposure", "before.exposure.A", "before.exposure.ab", ".a"] {
            assert!(text.parse::<RequirementId>().is_err(), "{text}");
        }
    }
}
