//! What Sigma rules matched, folded: how often, where, and by whom.

use std::borrow::Cow;
use std::collections::HashMap;

use crate::event::{Event, Field, Position, Value};

use super::evidence::Samples;
use super::names::{NameId, Names};
use super::partial::Span;
use super::{DAY, Evidence, FileId, Name, Nanos, Place};

type Table<K, V> = HashMap<K, V, foldhash::fast::RandomState>;

/// The most places that are listed of one rule; all of them are counted.
pub const LISTED: usize = 1000;

/// The matches of one block, or of several that were merged.
#[derive(Debug, Clone, Default)]
pub struct Hits {
    names: Names,
    rules: Table<u32, RuleTally>,
}

#[derive(Debug, Clone, Default)]
struct RuleTally {
    count: u64,
    /// The first [`LISTED`] places, in no order, with some that are too many.
    places: Vec<(FileId, Position)>,
    groups: Table<GroupKey, GroupTally>,
}

/// Who, from, host, source, day (days since 1970 in UTC).
type GroupKey = (NameId, NameId, NameId, NameId, Option<i64>);

#[derive(Debug, Clone, Default)]
struct GroupTally {
    span: Span,
    lines: Samples,
}

/// All matches of one rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleHits {
    /// The rule, by its number in the engine.
    pub rule: u32,
    /// How many events matched.
    pub count: u64,
    /// Where the first [`LISTED`] of them stand, in order.
    pub places: Vec<(FileId, Position)>,
    /// The matches by who, from where, on which machine and day.
    pub groups: Vec<HitGroup>,
}

/// Matches of one rule by the same from the same on the same machine on one day.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct HitGroup {
    /// First time; None where the log has none.
    pub first: Option<Nanos>,
    /// Last time.
    pub last: Option<Nanos>,
    /// The account; empty where none is known.
    pub who: Name,
    /// Where it came from; empty where none is known.
    pub from: Name,
    /// The machine; empty where none is known.
    pub host: Name,
    /// Id of the log source.
    pub source: Name,
    /// How many events.
    pub count: u64,
    /// Some of the lines.
    pub evidence: Vec<Evidence>,
}

impl Hits {
    /// Adds an event that matched `rules`.
    pub fn add(&mut self, rules: impl Iterator<Item = u32>, event: &Event<'_>, place: Place) {
        let (who, from, host) = (who(event), from(event), host(event));
        let key: GroupKey = (
            self.names.id(&who),
            self.names.id(&from),
            self.names.id(&host),
            self.names.id(event.source.id),
            place.time.map(|t| t.div_euclid(DAY)),
        );
        for rule in rules {
            let tally = self.rules.entry(rule).or_default();
            tally.count += 1;
            tally.places.push((place.file, place.position));
            tally.trim(2 * LISTED);
            let group = tally.groups.entry(key).or_default();
            group.span.add(place.time);
            group.lines.add(event, place);
        }
    }

    /// True where nothing matched.
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// Joins two. Associative, and the order does not matter to what [`Hits::finish`] gives.
    pub fn merge(&mut self, other: Self) {
        if other.rules.is_empty() {
            return;
        }
        let names = self.names.take(&other.names);
        let name = |id: NameId| names.get(id.0 as usize).copied().unwrap_or_default();
        for (rule, theirs) in other.rules {
            let ours = self.rules.entry(rule).or_default();
            ours.count += theirs.count;
            ours.places.extend(theirs.places);
            ours.trim(2 * LISTED);
            for ((who, from, host, source, day), group) in theirs.groups {
                let key = (name(who), name(from), name(host), name(source), day);
                let mine = ours.groups.entry(key).or_default();
                mine.span.merge(group.span);
                mine.lines.merge(group.lines);
            }
        }
    }

    /// Everything, sorted by rule.
    pub fn finish(self) -> Vec<RuleHits> {
        let Self { names, rules } = self;
        let mut all: Vec<RuleHits> = rules
            .into_iter()
            .map(|(rule, mut tally)| {
                tally.trim(LISTED);
                tally.places.sort_unstable();
                let mut groups: Vec<HitGroup> = tally
                    .groups
                    .into_iter()
                    .map(|((who, from, host, source, _), group)| HitGroup {
                        first: group.span.first,
                        last: group.span.last,
                        who: names.text(who),
                        from: names.text(from),
                        host: names.text(host),
                        source: names.text(source),
                        count: group.span.count,
                        evidence: group.lines.into_evidence(),
                    })
                    .collect();
                groups.sort();
                RuleHits { rule, count: tally.count, places: tally.places, groups }
            })
            .collect();
        all.sort_by_key(|hits| hits.rule);
        all
    }
}

impl RuleTally {
    /// Keeps the first [`LISTED`] places where there are more than `most`.
    fn trim(&mut self, most: usize) {
        if self.places.len() > most {
            self.places.select_nth_unstable(LISTED);
            self.places.truncate(LISTED);
        }
    }
}

/// The first of several fields that says something.
fn first<'a>(event: &Event<'a>, fields: &[Field], own: &[&str]) -> Cow<'a, str> {
    let says = |v: &Value<'a>| !v.is_empty() && !matches!(v, Value::Str("-"));
    let ecs = fields.iter().find_map(|f| event.get(*f).filter(says));
    let value = ecs.or_else(|| own.iter().find_map(|name| event.native(name).filter(says)));
    match value {
        None => Cow::Borrowed(""),
        Some(Value::Str(text)) => Cow::Borrowed(text),
        Some(other) => {
            let text = other.to_text();
            if text == "-" { Cow::Borrowed("") } else { Cow::Owned(text) }
        }
    }
}

/// The account that an event is about; for Windows events by their own fields: who did it before whom it was done to.
fn who<'a>(event: &Event<'a>) -> Cow<'a, str> {
    first(
        event,
        &[Field::UserName, Field::UserEmail, Field::SourceUserName],
        &["User", "SubjectUserName", "TargetUserName", "AccountName"],
    )
}

/// Where it came from.
fn from<'a>(event: &Event<'a>) -> Cow<'a, str> {
    first(
        event,
        &[Field::SourceIp, Field::ClientIp, Field::SourceAddress, Field::ClientAddress],
        &["IpAddress", "SourceAddress", "ClientAddress"],
    )
}

/// The machine.
fn host<'a>(event: &Event<'a>) -> Cow<'a, str> {
    first(
        event,
        &[
            Field::HostName,
            Field::HostHostname,
            Field::WinlogComputerName,
            Field::ObserverName,
            Field::ObserverHostname,
        ],
        &["Computer", "Hostname"],
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sources::SourceMeta;

    static META: SourceMeta = SourceMeta { id: "test", product: "", vendor: "" };

    fn place(offset: u64) -> Place {
        let position = Position { offset, record: None };
        Place { time: Some(i64::try_from(offset).unwrap()), file: FileId(0), position }
    }

    fn hit(hits: &mut Hits, user: &'static str, offset: u64) {
        let mut event = Event::new(&META);
        event.set(Field::UserName, user);
        hits.add(std::iter::once(7), &event, place(offset));
    }

    #[test]
    fn matches_fold_by_whom_and_merge_in_any_order() {
        let (mut a, mut b, mut whole) = (Hits::default(), Hits::default(), Hits::default());
        for n in 0..3000 {
            let user = if n % 3 == 0 { "taro" } else { "hanako" };
            hit(if n % 2 == 0 { &mut a } else { &mut b }, user, n);
            hit(&mut whole, user, n);
        }
        let mut other = b.clone();
        other.merge(a.clone());
        a.merge(b);
        let (ab, ba, whole) = (a.finish(), other.finish(), whole.finish());
        assert_eq!(ab, whole);
        assert_eq!(ba, whole);
        let [rule] = whole.as_slice() else { panic!("one rule") };
        assert_eq!((rule.count, rule.places.len(), rule.groups.len()), (3000, LISTED, 2));
        assert_eq!(rule.places[999].1.offset, 999);
    }
}
