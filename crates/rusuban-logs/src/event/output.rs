//! An event as one JSON object in ECS names: nested objects, as Elastic writes them.

use serde_json::{Map, Value as Json};

use super::{Event, TimeBasis};

/// The event as a nested JSON object. `path` is the file's name as the user gave it (`log.file.path`).
///
/// The source's own fields stand under the source's id (`fortigate.cfgpath`), so that they never collide with ECS names.
pub fn to_json(event: &Event<'_>, path: &str) -> Json {
    let mut root = Map::new();
    if let Some(time) = event.time {
        put(&mut root, "@timestamp", format!("{:.6}", time.timestamp()).into());
        match time.basis {
            TimeBasis::Stated => {}
            TimeBasis::ZoneAssumed => put(&mut root, "rusuban.time.basis", "zone-assumed".into()),
            TimeBasis::YearInferred => put(&mut root, "rusuban.time.basis", "year-inferred".into()),
            TimeBasis::ClockUnset => put(&mut root, "rusuban.time.basis", "clock-unset".into()),
        }
    }
    put(&mut root, "ecs.version", "8.17.0".into());
    put(&mut root, "event.module", event.source.id.into());
    if !event.source.product.is_empty() {
        put(&mut root, "observer.product", event.source.product.into());
    }
    if !event.source.vendor.is_empty() {
        put(&mut root, "observer.vendor", event.source.vendor.into());
    }
    for (field, value) in event.ecs() {
        if !value.is_empty() {
            put(&mut root, field.name(), value.to_json());
        }
    }
    put(&mut root, "event.original", event.original.into());
    put(&mut root, "log.file.path", path.into());
    put(&mut root, "log.offset", event.position.offset.into());
    if let Some(record) = event.position.record {
        put(&mut root, "log.record", record.into());
    }
    let mut own = Map::new();
    for (name, value) in &event.native {
        own.insert((*name).to_owned(), value.to_json());
    }
    if !own.is_empty() {
        root.insert(event.source.id.to_owned(), Json::Object(own));
    }
    Json::Object(root)
}

/// Puts a value at a dotted name. Where a plain value stands in the way of an object, the plain value gives way.
fn put(root: &mut Map<String, Json>, name: &str, value: Json) {
    match name.split_once('.') {
        None => {
            root.insert(name.to_owned(), value);
        }
        Some((first, rest)) => {
            let slot = root.entry(first).or_insert_with(|| Json::Object(Map::new()));
            if !slot.is_object() {
                *slot = Json::Object(Map::new());
            }
            if let Json::Object(inner) = slot {
                put(inner, rest, value);
            }
        }
    }
}
