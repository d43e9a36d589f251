//! JSON documents in an arena: parsed once (serde_json), borrowed wherever the text holds no escapes.

use bumpalo::Bump;
use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

use crate::event::{Event, Value};

/// A JSON object: its members in the order of the text. A name may be there twice; [`Object::get`] takes the last.
#[derive(Debug, Clone, Copy)]
pub struct Object<'a>(pub &'a [(&'a str, Json<'a>)]);

/// A JSON value.
#[derive(Debug, Clone, Copy)]
pub enum Json<'a> {
    /// A plain value: null, truth, number, text.
    Plain(Value<'a>),
    /// An array.
    Array(&'a [Json<'a>]),
    /// An object.
    Object(Object<'a>),
}

impl<'a> Object<'a> {
    /// A member by name.
    pub fn get(self, name: &str) -> Option<Json<'a>> {
        self.0.iter().rev().find(|(n, _)| *n == name).map(|(_, v)| *v)
    }

    /// A member by a path of names joined with dots; where an object holds the dotted name itself, that one.
    pub fn path(self, path: &str) -> Option<Json<'a>> {
        if let Some(found) = self.get(path) {
            return Some(found);
        }
        let (first, rest) = path.split_once('.')?;
        match self.get(first)? {
            Json::Object(inner) => inner.path(rest),
            Json::Array(items) => items.iter().find_map(|i| i.object()).and_then(|o| o.path(rest)),
            Json::Plain(_) => None,
        }
    }

    /// The text at a path; None where it is not there, is no text, or is empty.
    pub fn text(self, path: &str) -> Option<&'a str> {
        self.path(path).and_then(Json::text).filter(|s| !s.is_empty())
    }

    /// The object at a path.
    pub fn object(self, path: &str) -> Option<Object<'a>> {
        self.path(path).and_then(Json::object)
    }

    /// The array at a path; empty where there is none.
    pub fn array(self, path: &str) -> &'a [Json<'a>] {
        match self.path(path) {
            Some(Json::Array(items)) => items,
            _ => &[],
        }
    }

    /// The plain value at a path, unless it is null or empty.
    pub fn value(self, path: &str) -> Option<Value<'a>> {
        match self.path(path)? {
            Json::Plain(v) if !v.is_empty() => Some(v),
            _ => None,
        }
    }
}

impl<'a> Json<'a> {
    /// The text, if it is text.
    pub fn text(self) -> Option<&'a str> {
        match self {
            Json::Plain(Value::Str(s)) => Some(s),
            _ => None,
        }
    }

    /// The object, if it is one.
    pub fn object(self) -> Option<Object<'a>> {
        match self {
            Json::Object(o) => Some(o),
            _ => None,
        }
    }
}

/// Parses an object; None where the text is no single JSON object (nesting deeper than 128 counts as none).
pub fn parse<'a>(text: &'a str, arena: &'a Bump) -> Option<Object<'a>> {
    let mut reader = serde_json::Deserializer::from_str(text);
    let value = Seed(arena).deserialize(&mut reader).ok()?;
    reader.end().ok()?;
    value.object()
}

/// Pushes every plain member of an object to the event's own fields, nested names joined with dots; arrays of plain values
/// become lists, arrays of objects give their members each (a name may then be there several times).
pub fn flatten<'a>(object: Object<'a>, arena: &'a Bump, event: &mut Event<'a>) {
    flatten_into(object, "", arena, event);
}

fn flatten_into<'a>(object: Object<'a>, prefix: &str, arena: &'a Bump, event: &mut Event<'a>) {
    for (name, value) in object.0 {
        let full: &'a str = if prefix.is_empty() {
            name
        } else {
            let mut joined =
                bumpalo::collections::String::with_capacity_in(prefix.len() + 1 + name.len(), arena);
            joined.push_str(prefix);
            joined.push('.');
            joined.push_str(name);
            joined.into_bump_str()
        };
        match value {
            Json::Plain(v) => event.native.push((full, *v)),
            Json::Object(inner) => flatten_into(*inner, full, arena, event),
            Json::Array(items) => {
                let plain = items.iter().filter_map(|i| if let Json::Plain(v) = i { Some(*v) } else { None });
                let plain = arena.alloc_slice_fill_iter(plain.collect::<Vec<_>>());
                if !plain.is_empty() {
                    event.native.push((full, Value::List(plain)));
                }
                for item in *items {
                    if let Json::Object(inner) = item {
                        flatten_into(*inner, full, arena, event);
                    }
                }
            }
        }
    }
}

/// Builds values in an arena.
#[derive(Clone, Copy)]
struct Seed<'a>(&'a Bump);

impl<'a> DeserializeSeed<'a> for Seed<'a> {
    type Value = Json<'a>;

    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<Json<'a>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'a> Visitor<'a> for Seed<'a> {
    type Value = Json<'a>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Json<'a>, E> {
        Ok(Json::Plain(Value::Null))
    }

    fn visit_bool<E>(self, b: bool) -> Result<Json<'a>, E> {
        Ok(Json::Plain(Value::Bool(b)))
    }

    fn visit_i64<E>(self, n: i64) -> Result<Json<'a>, E> {
        Ok(Json::Plain(Value::Int(n)))
    }

    fn visit_u64<E>(self, n: u64) -> Result<Json<'a>, E> {
        Ok(Json::Plain(Value::UInt(n)))
    }

    fn visit_f64<E>(self, n: f64) -> Result<Json<'a>, E> {
        Ok(Json::Plain(Value::Float(n)))
    }

    fn visit_borrowed_str<E>(self, s: &'a str) -> Result<Json<'a>, E> {
        Ok(Json::Plain(Value::Str(s)))
    }

    fn visit_str<E>(self, s: &str) -> Result<Json<'a>, E> {
        Ok(Json::Plain(Value::Str(self.0.alloc_str(s))))
    }

    fn visit_seq<A: SeqAccess<'a>>(self, mut items: A) -> Result<Json<'a>, A::Error> {
        let mut list = bumpalo::collections::Vec::new_in(self.0);
        while let Some(item) = items.next_element_seed(self)? {
            list.push(item);
        }
        Ok(Json::Array(list.into_bump_slice()))
    }

    fn visit_map<A: MapAccess<'a>>(self, mut members: A) -> Result<Json<'a>, A::Error> {
        let mut list = bumpalo::collections::Vec::new_in(self.0);
        while let Some(name) = members.next_key_seed(Name(self.0))? {
            let value = members.next_value_seed(self)?;
            list.push((name, value));
        }
        Ok(Json::Object(Object(list.into_bump_slice())))
    }
}

/// Reads a member's name.
struct Name<'a>(&'a Bump);

impl<'a> DeserializeSeed<'a> for Name<'a> {
    type Value = &'a str;

    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<&'a str, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'a> Visitor<'a> for Name<'a> {
    type Value = &'a str;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a name")
    }

    fn visit_borrowed_str<E>(self, s: &'a str) -> Result<&'a str, E> {
        Ok(s)
    }

    fn visit_str<E>(self, s: &str) -> Result<&'a str, E> {
        Ok(self.0.alloc_str(s))
    }
}
