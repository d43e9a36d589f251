//! A field of an event, found once by name.

use crate::event::{Event, Field, Value};

/// A field by its name: an ECS field, or one of the source's own.
#[derive(Debug, Clone)]
pub(super) struct FieldRef {
    name: String,
    ecs: Option<Field>,
}

impl FieldRef {
    pub fn new(name: &str) -> Self {
        Self { name: name.to_owned(), ecs: Field::ALL.iter().copied().find(|f| f.name() == name) }
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    fn get<'a>(&self, event: &Event<'a>) -> Option<Value<'a>> {
        self.ecs.and_then(|f| event.get(f)).or_else(|| event.native(&self.name)).filter(|v| !v.is_empty())
    }

    /// Writes the field's text; false where it is not there or empty.
    pub fn write(&self, event: &Event<'_>, out: &mut String) -> bool {
        self.get(event).is_some_and(|v| {
            v.write_to(out);
            !out.is_empty()
        })
    }

    /// The field as a number.
    pub fn number(&self, event: &Event<'_>) -> Option<f64> {
        self.get(event)?.as_f64()
    }
}
