//! The catalogue: the measures and requirements of a notice as data, in both languages.
//!
//! The notice's own 22 measures are built in; another file of the same shape can stand beside it without new code.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::model::closure::Phase;
use crate::model::id::{MeasureId, RequirementId};
use crate::model::text::Text;

/// The text of the built-in catalogue.
pub const NOTICE: &str = include_str!("../../../catalogue/notice.toml");

/// A notice with all its measures.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Catalogue {
    /// Short id, such as `notice`.
    pub id: String,
    /// Version of the file.
    pub version: String,
    /// What the notice is called.
    pub title: Text,
    /// Which document it is.
    pub source: Text,
    /// Its measures, in its order.
    #[serde(rename = "measure")]
    pub measures: Vec<Measure>,
}

/// Who carries a measure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Officers in charge of security (責任者).
    Officer,
    /// Everyone who uses the systems (職員等).
    Staff,
}

impl Role {
    /// The word that people read.
    pub fn label(self) -> Text {
        match self {
            Self::Officer => Text::new("責任者", "Officer"),
            Self::Staff => Text::new("職員等", "Staff"),
        }
    }
}

/// One checkbox of the notice (対策).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Measure {
    /// Stable id.
    pub id: MeasureId,
    /// Number in the notice's order, from 1.
    pub number: u32,
    /// Who carries it.
    pub role: Role,
    /// When it is to be done.
    pub phase: Phase,
    /// The headings that it stands under.
    pub section: Text,
    /// A short name for tables.
    pub title: Text,
    /// The notice's own wording.
    pub text: Text,
    /// What must hold.
    #[serde(rename = "requirement")]
    pub requirements: Vec<Requirement>,
}

/// One thing that a measure asks for (要件).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Requirement {
    /// Stable id.
    pub id: RequirementId,
    /// What must hold, in one line.
    pub title: Text,
    /// What shows that it holds.
    pub verified_by: Text,
    /// What shows that it does not.
    pub failing_when: Text,
    /// When it is due, relative to the closure.
    pub due: Due,
}

/// The end of a closure that a due date counts from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DueFrom {
    /// The first closed day.
    Start,
    /// The first working day after the closure.
    End,
}

/// A due date relative to a closure, in working days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Due {
    /// Where counting begins.
    pub from: DueFrom,
    /// Working days after it; negative before it.
    pub working_days: i32,
}

/// Why a catalogue cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum InvalidCatalogue {
    /// The file is not of the catalogue's shape; the message names line and field.
    #[error("{0}")]
    Shape(#[from] toml::de::Error),
    /// An id stands twice.
    #[error("the id `{0}` stands twice")]
    Twice(String),
    /// A requirement stands under a measure that is not its own.
    #[error("requirement `{requirement}` stands under measure `{measure}`")]
    WrongMeasure {
        /// The requirement.
        requirement: RequirementId,
        /// The measure that it stands under.
        measure: MeasureId,
    },
    /// A measure asks for nothing.
    #[error("measure `{0}` has no requirement")]
    NoRequirement(MeasureId),
}

impl Catalogue {
    /// Reads a catalogue file.
    ///
    /// # Errors
    /// Where the shape is wrong, an id stands twice, or a requirement stands in the wrong place.
    pub fn parse(text: &str) -> Result<Self, InvalidCatalogue> {
        let catalogue: Self = toml::from_str(text)?;
        let mut seen = BTreeSet::new();
        for measure in &catalogue.measures {
            if !seen.insert(measure.id.as_str()) {
                return Err(InvalidCatalogue::Twice(measure.id.to_string()));
            }
            if measure.requirements.is_empty() {
                return Err(InvalidCatalogue::NoRequirement(measure.id.clone()));
            }
            for requirement in &measure.requirements {
                if requirement.id.measure() != measure.id {
                    return Err(InvalidCatalogue::WrongMeasure {
                        requirement: requirement.id.clone(),
                        measure: measure.id.clone(),
                    });
                }
                if !seen.insert(requirement.id.as_str()) {
                    return Err(InvalidCatalogue::Twice(requirement.id.to_string()));
                }
            }
        }
        Ok(catalogue)
    }

    /// The built-in catalogue of the notice's 22 measures.
    ///
    /// # Errors
    /// Never in a build whose tests passed: they read it.
    pub fn notice() -> Result<Self, InvalidCatalogue> {
        Self::parse(NOTICE)
    }

    /// All requirements with their measures, in order.
    pub fn requirements(&self) -> impl Iterator<Item = (&Measure, &Requirement)> {
        self.measures.iter().flat_map(|m| m.requirements.iter().map(move |r| (m, r)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_notice_has_22_measures_in_order() {
        let notice = Catalogue::notice().unwrap();
        assert_eq!(notice.measures.len(), 22);
        let numbers: Vec<u32> = notice.measures.iter().map(|m| m.number).collect();
        assert_eq!(numbers, (1..=22).collect::<Vec<_>>());
        assert_eq!(notice.requirements().count(), 41);
    }

    #[test]
    fn a_requirement_under_another_measure_is_refused() {
        let text = NOTICE.replacen("before.monitoring.a", "before.contacts.z", 1);
        assert!(matches!(Catalogue::parse(&text), Err(InvalidCatalogue::WrongMeasure { .. })));
    }

    #[test]
    fn a_misspelt_field_is_named_with_its_line() {
        let text = NOTICE.replacen("number = 1", "nummer = 1", 1);
        let error = Catalogue::parse(&text).unwrap_err().to_string();
        assert!(error.contains("nummer") && error.contains("line"), "{error}");
    }
}
