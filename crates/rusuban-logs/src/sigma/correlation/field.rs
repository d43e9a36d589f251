//! A field of an event as correlations group by it: found as rules find it.

use crate::event::{Event, Value};
use crate::sigma::fields::{Names, Seen, Slot};

/// A field by its name in rules.
#[derive(Debug)]
pub(super) struct FieldRef(Slot);

impl FieldRef {
    pub fn new(name: &str) -> Self {
        Self(Slot::new(Some(name)))
    }

    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// Writes the text of the field's first value that says something; false where there is none.
    pub fn write(&self, event: &Event<'_>, names: &Names, out: &mut String) -> bool {
        self.0.values(event, names, |seen| {
            if out.is_empty() {
                match seen {
                    Seen::Value(value) => value.write_to(out),
                    Seen::Text(text) => out.push_str(text),
                }
            }
        });
        !out.is_empty()
    }

    /// The field's first number.
    pub fn number(&self, event: &Event<'_>, names: &Names) -> Option<f64> {
        let mut number = None;
        self.0.values(event, names, |seen| {
            number = number.or(match seen {
                Seen::Value(value) => value.as_f64(),
                Seen::Text(text) => Value::Str(text).as_f64(),
            });
        });
        number
    }
}
