//! Sorts snapshots into series: what was made of the same source. Pure.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rusuban_core::model::text::Text;
use rusuban_core::model::verdict::{Seen, Unknown, UnknownCode};
use rusuban_core::world::backups::{Contents, Series, Snapshot};

use crate::printable::{self, printable};

/// The most characters of a series' label: it may be a long list of paths.
const MAX_LABEL: usize = 1000;

/// One snapshot as a program lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Listed {
    /// The machine that was backed up.
    pub host: String,
    /// What of it.
    pub label: String,
    /// Id or archive name.
    pub id: String,
    /// When it was made.
    pub time: Timestamp,
    /// Size in bytes, where the list tells it.
    pub size: Option<u64>,
}

/// Sorts a list of snapshots into series, the one with the newest snapshot first.
pub(super) fn contents(listed: Vec<Listed>) -> Contents {
    let count = listed.len() as u64;
    let mut groups: BTreeMap<(String, String), Vec<Listed>> = BTreeMap::new();
    for snapshot in listed {
        groups.entry((snapshot.host.clone(), snapshot.label.clone())).or_default().push(snapshot);
    }
    let mut series: Vec<Series> = groups
        .into_iter()
        .filter_map(|((host, label), mut snapshots)| {
            snapshots.sort_by(|a, b| (b.time, &b.id).cmp(&(a.time, &a.id)));
            let count = snapshots.len() as u64;
            let mut newest_first = snapshots.into_iter().map(snapshot);
            let newest = newest_first.next()?;
            let (host, label) = (printable(&host), printable::within(&label, MAX_LABEL));
            Some(Series { host, label, count, newest, previous: newest_first.next() })
        })
        .collect();
    series.sort_by_key(|series| std::cmp::Reverse(series.newest.time));
    Contents { count, series }
}

fn snapshot(listed: Listed) -> Snapshot {
    let size = listed.size.ok_or_else(|| size_unseen(&listed.id)).into();
    Snapshot { id: listed.id, time: listed.time, size }
}

/// The size of a snapshot that the list does not tell, and that nobody has asked for yet.
fn size_unseen(id: &str) -> Unknown {
    let id = printable(id);
    Unknown::new(
        UnknownCode::NotLooked,
        &id,
        Text::new(format!("{id} の大きさを見ていません"), format!("the size of {id} was not looked at")),
        Text::new("`rusuban check` をもう一度実行してください", "run `rusuban check` again"),
    )
}

/// The part of an archive's name before its date. Names that differ only by their date are one series; names without
/// one (`monday`, `tuesday`) take turns and are one series together, with an empty label.
pub(super) fn before_date(name: &str) -> &str {
    let starts_date = |at: usize| {
        let year: String = name.get(at..).unwrap_or_default().chars().take(4).collect();
        let follows_digit =
            name.get(..at).is_some_and(|before| before.ends_with(|c: char| c.is_ascii_digit()));
        let is_year = (year.starts_with("19") || year.starts_with("20"))
            && year.len() == 4
            && year.chars().all(|c| c.is_ascii_digit());
        is_year && !follows_digit
    };
    name.char_indices()
        .map(|(at, _)| at)
        .find(|at| starts_date(*at))
        .and_then(|at| name.get(..at))
        .map_or("", |label| label.trim_end_matches(|c: char| !c.is_alphanumeric()))
}

/// Makes the names of snapshots fit for facts. Their programs know them by the names as they are: this comes last.
pub(super) fn make_printable(contents: &mut Contents) {
    for series in &mut contents.series {
        for snapshot in std::iter::once(&mut series.newest).chain(series.previous.as_mut()) {
            snapshot.id = printable(&snapshot.id);
        }
    }
}

/// Asks for the sizes that a list has not told.
pub(super) fn unsized_snapshots(contents: &mut Contents) -> impl Iterator<Item = (String, &mut Snapshot)> {
    contents.series.iter_mut().flat_map(|series| {
        let source = format!("{}:{}", series.host, series.label);
        // Two ways of counting are not compared: both sizes come from the list, or both are asked for.
        let both = series.previous.iter().chain([&series.newest]).all(|s| s.size.known().is_some());
        let ask = [Some(&mut series.newest), series.previous.as_mut()].into_iter().flatten();
        ask.filter(move |_| !both).map(move |snapshot| (source.clone(), snapshot))
    })
}

/// A size that was asked for, or why there is none.
pub(super) fn sized(size: Result<u64, Unknown>, item: String) -> Seen<u64> {
    size.map_err(|why| Unknown { item, ..why }).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn listed(host: &str, label: &str, day: &str, size: Option<u64>) -> Listed {
        Listed {
            host: host.into(),
            label: label.into(),
            id: format!("{label}@{day}"),
            time: format!("2026-12-{day}T00:00:00Z").parse().unwrap(),
            size,
        }
    }

    #[test]
    fn each_source_is_a_series_with_its_two_newest() {
        let contents = contents(vec![
            listed("a", "/srv", "02", Some(2)),
            listed("b", "/srv", "09", Some(9)),
            listed("a", "/srv", "03", Some(3)),
            listed("a", "/srv", "01", Some(1)),
        ]);
        assert_eq!(contents.count, 4);
        let told: Vec<_> = contents
            .series
            .iter()
            .map(|s| {
                (s.host.as_str(), s.count, s.newest.id.as_str(), s.previous.as_ref().map(|p| p.id.as_str()))
            })
            .collect();
        assert_eq!(told, [("b", 1, "/srv@09", None), ("a", 3, "/srv@03", Some("/srv@02"))]);
    }

    #[test]
    fn what_was_named_elsewhere_steers_no_terminal() {
        let mut contents = contents(vec![listed("h\u{1b}[2J", "/srv/\u{202e}x", "02", None)]);
        make_printable(&mut contents);
        let series = &contents.series[0];
        assert_eq!((series.host.as_str(), series.label.as_str()), ("h\u{fffd}[2J", "/srv/\u{fffd}x"));
        assert_eq!(series.newest.id, "/srv/\u{fffd}x@02");
    }

    #[test]
    fn only_sizes_that_are_counted_alike_are_compared() {
        let mut contents = contents(vec![
            listed("a", "/srv", "02", Some(2)),
            listed("a", "/srv", "01", None),
            listed("b", "/srv", "02", Some(2)),
        ]);
        let asked: Vec<String> = unsized_snapshots(&mut contents).map(|(_, s)| s.id.clone()).collect();
        assert_eq!(asked, ["/srv@02", "/srv@01"]);
    }

    #[test]
    fn the_date_is_cut_off_a_name() {
        for (name, label) in [
            ("files-2026-12-27T03:00:00", "files"),
            ("web01_20261227", "web01"),
            ("2026-12-27", ""),
            ("monday", ""),
            ("庁内共有-2026年12月27日", "庁内共有"),
            ("db12026-x", ""),
            ("srv 2 - 2026-12-27", "srv 2"),
        ] {
            assert_eq!(before_date(name), label, "{name}");
        }
    }

    proptest! {
        #[test]
        fn any_name_has_a_label(name in any::<String>()) {
            prop_assert!(name.starts_with(before_date(&name)));
        }
    }
}
