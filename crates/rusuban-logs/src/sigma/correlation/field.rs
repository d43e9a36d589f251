//! A field of an event as correlations group by it: found as rules find it.

use crate::event::{Event, Value};
use crate::sigma::fields::{Names, Part, Seen, Slot};

/// A field by its name in rules.
#[derive(Debug)]
pub(super) struct FieldRef {
    name: Box<str>,
    slot: Slot,
}

impl FieldRef {
    pub fn new(name: &str) -> Self {
        Self { name: name.into(), slot: Slot::new(Part::Field(name.into())) }
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    /// Writes the text of the field's first value that says something; false where there is none.
    pub fn write(&self, event: &Event<'_>, names: &Names, out: &mut String) -> bool {
        self.slot.values(event, names, &mut String::new(), |seen| {
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
        self.slot.values(event, names, &mut String::new(), |seen| {
            number = number.or(match seen {
                Seen::Value(value) => value.as_f64(),
                Seen::Text(text) => Value::Str(text).as_f64(),
            });
        });
        number
    }
}
