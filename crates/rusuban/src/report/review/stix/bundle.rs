//! The objects of a bundle, each once.

use std::collections::HashMap;

use serde_json::Value;

/// Sets a property of an object.
pub(super) fn set(object: &mut Value, property: &str, value: impl Into<Value>) {
    if let Value::Object(properties) = object {
        properties.insert(property.to_owned(), value.into());
    }
}

/// Objects in the order in which they were first put.
#[derive(Debug, Default)]
pub(super) struct Objects {
    list: Vec<Value>,
    places: HashMap<String, usize>,
}

impl Objects {
    /// Adds an object unless one with its id is there, and gives its id back.
    pub(super) fn put(&mut self, object: &Value) -> String {
        let id = object.get("id").and_then(Value::as_str).unwrap_or_default().to_owned();
        if !self.places.contains_key(&id) {
            self.places.insert(id.clone(), self.list.len());
            self.list.push(object.clone());
        }
        id
    }

    /// What an object of observed data refers to.
    pub(super) fn refs_of(&self, id: &str) -> Vec<String> {
        let object = self.places.get(id).and_then(|at| self.list.get(*at));
        let refs = object.and_then(|o| o.get("object_refs")).and_then(Value::as_array);
        refs.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
    }

    /// All of them.
    pub(super) fn into_list(self) -> Vec<Value> {
        self.list
    }
}
