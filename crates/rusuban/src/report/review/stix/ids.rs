//! Ids that the same content always gets.

use serde_json::Value;
use uuid::{Uuid, uuid};

/// The namespace that STIX 2.1 sets for what is observed (section 2.9).
const OBSERVABLES: Uuid = uuid!("00abedb4-aa42-466c-9c01-fed23315a9b7");
/// This program's own namespace, for everything else.
const OWN: Uuid = uuid!("6f1c1f0e-3c5b-4f0a-9c65-1d5f0c7f2a64");

/// The id of an object of this program, by a key that says what it is.
pub(super) fn own(kind: &str, key: &str) -> String {
    format!("{kind}--{}", Uuid::new_v5(&OWN, format!("{kind} {key}").as_bytes()))
}

/// The id of something observed, by the properties that the standard names for it, as canonical JSON.
pub(super) fn observable(kind: &str, contributing: &Value) -> String {
    // One property with a text has but one canonical form (RFC 8785), which is the one written here.
    format!("{kind}--{}", Uuid::new_v5(&OBSERVABLES, contributing.to_string().as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_standards_namespace_gives_the_ids_that_others_give() {
        assert_eq!(
            observable("ipv4-addr", &json!({ "value": "198.51.100.3" })),
            "ipv4-addr--28bb3599-77cd-5a82-a950-b5bc3caf07c4"
        );
    }

    #[test]
    fn another_kind_is_another_id() {
        assert_ne!(own("grouping", "a").split_once("--"), own("incident", "a").split_once("--"));
        assert_eq!(own("grouping", "a"), own("grouping", "a"));
    }
}
