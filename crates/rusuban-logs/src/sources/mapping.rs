//! A field mapping given by configuration: where a format that no source knows keeps who, when, from where and what.

use crate::event::Field;

/// How a time is written.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum TimeFormat {
    /// Whatever can be recognised: ISO 8601, epoch numbers, Apache's, syslog's, `12/26/2026 3:04:05 PM`.
    #[default]
    Any,
    /// A number of seconds, milliseconds, microseconds or nanoseconds since 1970.
    Epoch,
    /// `strftime` as jiff reads it, such as `%d.%m.%Y %H:%M:%S`; without `%z` the assumed zone is taken.
    Pattern(String),
}

/// One mapping.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Mapping {
    /// Name of the product, for people; it stands in `event.provider`.
    pub source_name: String,
    /// Conditions on the document's own fields, all of which must hold: path and text. None: every document.
    pub when: Vec<(String, String)>,
    /// Own path (names joined with dots, or a column's name) to ECS field. Unknown ECS names are the reader's to refuse.
    pub fields: Vec<(String, Field)>,
    /// Path of the time; empty: the usual names.
    pub time_field: String,
    /// How the time is written.
    pub time_format: TimeFormat,
}

/// Every mapping that the configuration gives; the first whose conditions hold is taken.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FieldMapping {
    /// The mappings.
    pub list: Vec<Mapping>,
}

/// No mapping.
pub static EMPTY: FieldMapping = FieldMapping { list: Vec::new() };

impl FieldMapping {
    /// The first mapping whose conditions hold; `holds` is asked with a path and the text that must stand there.
    pub fn find(&self, holds: impl Fn(&str, &str) -> bool) -> Option<&Mapping> {
        self.list.iter().find(|m| m.when.iter().all(|(path, text)| holds(path, text)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_that_fits_is_taken() {
        let of = |name: &str, when: &[(&str, &str)]| Mapping {
            source_name: name.to_owned(),
            when: when.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect(),
            ..Mapping::default()
        };
        let mapping = FieldMapping { list: vec![of("door", &[("kind", "door")]), of("rest", &[])] };
        let name = |kind: &str| mapping.find(|_, text| text == kind).map(|m| m.source_name.as_str());
        assert_eq!(name("door"), Some("door"));
        assert_eq!(name("lift"), Some("rest"));
        assert!(EMPTY.find(|_, _| true).is_none());
    }
}
