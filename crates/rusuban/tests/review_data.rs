//! The review of logs for machines and spreadsheets: CSV and STIX.
#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "tests end where something is missing")]

#[path = "support/review.rs"]
mod review;

use std::collections::{BTreeMap, BTreeSet};

use rusuban::report::review::{csv, stix};
use rusuban_core::model::text::Lang;
use serde_json::Value;

fn rows(lang: Lang) -> (Vec<u8>, Vec<Vec<String>>) {
    let bytes = csv::write(&review::review(), lang).unwrap();
    let text = String::from_utf8(bytes.clone()).unwrap();
    let text = text.strip_prefix('\u{FEFF}').unwrap().to_owned();
    let mut reader = ::csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
    let rows = reader.records().map(|r| r.unwrap().iter().map(str::to_owned).collect()).collect();
    (bytes, rows)
}

#[test]
fn every_finding_is_one_row() {
    let (bytes, rows) = rows(Lang::En);
    assert_eq!(rows.len(), 1 + 4 + 1 + 1);
    assert!(rows.iter().all(|row| row.len() == rows[0].len()));
    let kinds: Vec<&str> = rows.iter().skip(1).map(|row| row[0].as_str()).collect();
    assert_eq!(kinds, ["case", "case", "case", "case", "noise", "suppressed"]);
    assert!(bytes.ends_with(b"\r\n"));
}

#[test]
fn a_row_says_where_and_when() {
    let (_, rows) = rows(Lang::En);
    let first: BTreeMap<&str, &str> =
        rows[0].iter().zip(&rows[1]).map(|(k, v)| (k.as_str(), v.as_str())).collect();
    assert_eq!(first["case id"], "c-1f2e3d4c");
    assert_eq!(first["first (Asia/Tokyo)"], "2026-12-31 02:14:05");
    assert_eq!(first["first (RFC 3339)"], "2026-12-31T02:14:05.25+09:00");
    assert_eq!(first["file"], "vpn/fw01.log");
    assert_eq!((first["offset"], first["record"]), ("1200", "12"));
    let suppressed = rows.last().unwrap();
    assert!(suppressed.iter().any(|cell| cell == "夜間バックアップ"));
    assert!(suppressed.iter().any(|cell| cell == "2027-03-31"));
}

#[test]
fn no_cell_is_run_as_a_formula_or_turns_the_writing() {
    let (_, rows) = rows(Lang::Ja);
    let all: Vec<&String> = rows.iter().flatten().collect();
    assert!(all.iter().all(|cell| !cell.starts_with(['=', '+', '-', '@', '\t', '\r'])));
    assert!(all.iter().all(|cell| !cell.contains('\u{202E}')));
    assert!(all.iter().any(|cell| cell.starts_with("'=HYPERLINK")));
    assert!(all.iter().any(|cell| *cell == "'-admin"));
}

#[test]
fn the_head_is_japanese_for_readers_of_japanese() {
    assert_eq!(rows(Lang::Ja).1[0][1], "事案ID");
}

fn objects(bundle: &Value) -> Vec<&Value> {
    bundle["objects"].as_array().unwrap().iter().collect()
}

fn of_type<'a>(bundle: &'a Value, kind: &str) -> Vec<&'a Value> {
    objects(bundle).into_iter().filter(|o| o["type"] == kind).collect()
}

/// Every text of a value under a key that refers to other objects.
fn references(object: &Value) -> Vec<&str> {
    let properties = object.as_object().unwrap();
    let refs = properties.iter().filter(|(key, _)| key.ends_with("_ref") || key.ends_with("_refs"));
    refs.flat_map(|(_, value)| match value {
        Value::Array(list) => list.iter().map(|v| v.as_str().unwrap()).collect(),
        other => vec![other.as_str().unwrap()],
    })
    .collect()
}

#[test]
fn ids_are_well_formed_and_references_resolve_inside() {
    let bundle = stix::bundle(&review::review(), Lang::Ja);
    let mut ids = BTreeSet::new();
    for object in objects(&bundle) {
        let (kind, uuid) = object["id"].as_str().unwrap().split_once("--").unwrap();
        assert_eq!(object["type"], kind);
        let uuid = uuid::Uuid::parse_str(uuid).unwrap();
        // The standard's own marking has an id of version 4.
        assert!(uuid.get_version_num() == 5 || kind == "marking-definition", "{object}");
        assert!(ids.insert(object["id"].as_str().unwrap()), "twice: {object}");
    }
    for object in objects(&bundle) {
        for reference in references(object) {
            assert!(ids.contains(reference), "{reference} of {object}");
        }
    }
}

#[test]
fn every_object_has_what_its_type_asks_for() {
    let bundle = stix::bundle(&review::review(), Lang::En);
    let required: BTreeMap<&str, &[&str]> = BTreeMap::from([
        ("identity", &["created", "modified", "name"][..]),
        ("marking-definition", &["created", "definition"]),
        ("grouping", &["created", "modified", "context", "object_refs"]),
        ("incident", &["created", "modified", "name"]),
        (
            "observed-data",
            &["created", "modified", "first_observed", "last_observed", "number_observed", "object_refs"],
        ),
        ("attack-pattern", &["created", "modified", "name"]),
        ("indicator", &["created", "modified", "pattern", "pattern_type", "valid_from"]),
        ("relationship", &["created", "modified", "relationship_type", "source_ref", "target_ref"]),
        ("sighting", &["created", "modified", "sighting_of_ref"]),
        ("note", &["created", "modified", "content", "object_refs"]),
        ("user-account", &["user_id"]),
        ("ipv4-addr", &["value"]),
        ("ipv6-addr", &["value"]),
        ("domain-name", &["value"]),
    ]);
    let mut seen = BTreeSet::new();
    for object in objects(&bundle) {
        let kind = object["type"].as_str().unwrap();
        assert_eq!(object["spec_version"], "2.1");
        for property in required[kind] {
            assert!(!object[property].is_null(), "{property} of {object}");
        }
        for (key, value) in object.as_object().unwrap() {
            assert!(
                value.as_array().is_none_or(|list| !list.is_empty()),
                "an empty list in {key} of {object}"
            );
        }
        seen.insert(kind);
    }
    assert_eq!(seen, required.keys().copied().collect(), "the sample has every type");
    assert_eq!(of_type(&bundle, "grouping").len(), 3);
}

#[test]
fn times_are_in_utc_to_the_millisecond() {
    let bundle = stix::bundle(&review::review(), Lang::En);
    assert_eq!(of_type(&bundle, "grouping")[0]["created"], "2027-01-04T02:03:04.500Z");
    assert_eq!(of_type(&bundle, "observed-data")[0]["first_observed"], "2026-12-30T17:14:05.250Z");
}

#[test]
fn the_same_review_gives_the_same_ids_in_either_language() {
    let ids = |lang| -> Vec<String> {
        let bundle = stix::bundle(&review::review(), lang);
        objects(&bundle).iter().map(|o| o["id"].to_string()).collect()
    };
    assert_eq!(ids(Lang::Ja), ids(Lang::En));
}

#[test]
fn only_outside_addresses_of_incidents_indicate_anything() {
    let bundle = stix::bundle(&review::review(), Lang::En);
    let patterns: Vec<&Value> = of_type(&bundle, "indicator").iter().map(|o| &o["pattern"]).collect();
    assert_eq!(patterns, ["[ipv4-addr:value = '203.0.113.7']"]);
}

#[test]
fn techniques_refer_to_attack() {
    let bundle = stix::bundle(&review::review(), Lang::En);
    let patterns = of_type(&bundle, "attack-pattern");
    let reference = &patterns[0]["external_references"][0];
    assert_eq!(patterns.len(), 2, "what is no technique is left out");
    assert_eq!(reference["source_name"], "mitre-attack");
    assert_eq!(reference["external_id"], "T1070.001");
    assert_eq!(reference["url"], "https://attack.mitre.org/techniques/T1070/001/");
    // The technique was seen by the rule that is about it, and by no other.
    let sighting =
        of_type(&bundle, "sighting").into_iter().find(|o| o["sighting_of_ref"] == patterns[0]["id"]);
    assert_eq!(sighting.unwrap()["observed_data_refs"].as_array().unwrap().len(), 1);
}

#[test]
fn a_quiet_review_is_a_bundle_too() {
    let bundle = stix::bundle(&review::quiet(), Lang::En);
    assert_eq!(objects(&bundle).len(), 2);
}
