//! `temporal_ordered`: rules in the order of the correlation's list, all of them, within the timespan.
//!
//! The order is that of event times. At equal times, events of one file are in the order of the file; events of
//! different files are taken as in order (their true order is unknown, and a finding is rather given than lost). One
//! event never stands for two places of the order.
//!
//! A rule under `not` has its place too: between two rules it must not occur between their events; before the first, not
//! within the timespan before it; after the last, not within the timespan after it.

use super::condition::{Term, bit};
use super::measure::{count, number};
use super::window::{Burst, Item, join, within};

/// One order to look for.
#[derive(Debug, Clone)]
pub(super) struct Order {
    /// Rules that must occur, in this order.
    stages: Vec<u16>,
    /// Rules that must not: with each, how many of `stages` come before it.
    unwanted: Vec<(u16, usize)>,
}

impl Order {
    /// The order that a way of satisfying the condition asks for; None where nothing must occur.
    pub fn new(term: Term) -> Option<Self> {
        let stages: Vec<u16> = (0..64).filter(|s| term.seen & bit(*s) != 0).collect();
        let place = |s: u16| stages.iter().filter(|w| **w < s).count();
        let unwanted = (0..64).filter(|s| term.unseen & bit(*s) != 0).map(|s| (s, place(s))).collect();
        (!stages.is_empty()).then_some(Self { stages, unwanted })
    }
}

/// Appends the bursts of one group. `items` is the group, sorted by time and made ready by [`arrange`].
pub(super) fn bursts(items: &[Item], base: usize, span: i64, orders: &[Order], out: &mut Vec<Burst>) {
    let from = out.len();
    let mut hits = Vec::new();
    for order in orders {
        find(items, span, order, &mut hits);
    }
    // A hit is (first item, last item, rules seen).
    hits.sort_unstable();
    for (lo, last, rules) in hits {
        let value = number(count(rules));
        join(Burst { lo: base + lo, hi: base + last + 1, reached: base + last, value }, from, out);
    }
}

/// Finds where an order is fulfilled. For every place the latest possible start is kept, which is the one that stays
/// within the timespan longest.
fn find(items: &[Item], span: i64, order: &Order, hits: &mut Vec<(usize, usize, usize)>) {
    let rules = order.stages.len();
    let Some(first_stage) = order.stages.first() else { return };
    let mut starts: Vec<Option<usize>> = vec![None; rules];
    let mut before: Option<i64> = None;
    let mut early = 0;
    let after = unwanted_after(items, order);
    for (i, item) in items.iter().enumerate() {
        if let Some((_, place)) = order.unwanted.iter().find(|(s, _)| *s == item.stage) {
            match place.checked_sub(1) {
                None => before = Some(item.time),
                // Nothing that has come exactly so far may go on.
                Some(done) if done + 1 < rules => {
                    if let Some(start) = starts.get_mut(done) {
                        *start = None;
                    }
                }
                Some(_) => {}
            }
            continue;
        }
        let Some(place) = order.stages.iter().position(|s| *s == item.stage) else { continue };
        let start = match place.checked_sub(1) {
            None if before.is_some_and(|t| within(t, item.time, span)) => None,
            None => Some(i),
            Some(done) => starts.get(done).copied().flatten(),
        };
        let Some(start) = start else { continue };
        if !items.get(start).is_some_and(|s| within(s.time, item.time, span)) {
            continue;
        }
        if let Some(slot) = starts.get_mut(place) {
            *slot = Some(start);
        }
        if place + 1 < rules || followed(items, i, span, &after) {
            continue;
        }
        // Earlier events of the first rule, still within the timespan, belong to the finding too.
        let lo = if order.unwanted.is_empty() {
            while items
                .get(early)
                .is_some_and(|e| e.stage != *first_stage || !within(e.time, item.time, span))
            {
                early += 1;
            }
            early.min(start)
        } else {
            start
        };
        hits.push((lo, i, rules));
    }
}

/// Items of unwanted rules whose place is after the last one.
fn unwanted_after(items: &[Item], order: &Order) -> Vec<usize> {
    let after = order.unwanted.iter().filter(|(_, p)| *p == order.stages.len());
    let bits = after.fold(0, |all, (s, _)| all | bit(*s));
    if bits == 0 {
        return Vec::new();
    }
    items.iter().enumerate().filter(|(_, x)| bits & bit(x.stage) != 0).map(|(i, _)| i).collect()
}

/// Whether one of the items `after` comes within the timespan after item `i`.
fn followed(items: &[Item], i: usize, span: i64, after: &[usize]) -> bool {
    let next = after.get(after.partition_point(|x| *x <= i)).and_then(|x| items.get(*x));
    items.get(i).zip(next).is_some_and(|(last, next)| within(last.time, next.time, span))
}

/// Puts items of equal time into the order that the module's text states. `whole` gives the file and the offset of an
/// item.
pub(super) fn arrange(items: &mut [Item], place: &dyn Fn(&Item) -> (u32, u64)) {
    for run in items.chunk_by_mut(|a, b| a.time == b.time) {
        if run.len() < 2 {
            continue;
        }
        let mut earliest = std::collections::BTreeMap::new();
        for item in &*run {
            let stage = earliest.entry(place(item).0).or_insert(item.stage);
            *stage = item.stage.min(*stage);
        }
        // An event that two rules match stands with its later rule first, so that it cannot follow itself.
        run.sort_by_key(|item| {
            let (file, offset) = place(item);
            (earliest.get(&file).copied(), file, offset, std::cmp::Reverse(item.stage))
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(events: &[(i64, u16)], span: i64, seen: u64, unseen: u64) -> Vec<(usize, usize)> {
        let items: Vec<Item> = events
            .iter()
            .map(|(time, stage)| Item {
                time: *time,
                value: 0,
                key: 0,
                row: 0,
                burst: 0,
                table: 0,
                stage: *stage,
            })
            .collect();
        let mut out = Vec::new();
        bursts(&items, 0, span, &[Order::new(Term { seen, unseen }).unwrap()], &mut out);
        out.iter().map(|b| (b.lo, b.hi)).collect()
    }

    #[test]
    fn order_counts_for_all_rules() {
        assert_eq!(run(&[(0, 0), (1, 1), (2, 2)], 10, 0b111, 0), [(0, 3)]);
        assert_eq!(run(&[(0, 0), (1, 2), (2, 1)], 10, 0b111, 0), []);
        assert_eq!(run(&[(0, 1), (1, 0), (2, 2)], 10, 0b111, 0), []);
    }

    #[test]
    fn the_whole_order_fits_into_the_timespan() {
        assert_eq!(run(&[(0, 0), (6, 1), (10, 2)], 10, 0b111, 0), [(0, 3)]);
        assert_eq!(run(&[(0, 0), (6, 1), (11, 2)], 10, 0b111, 0), []);
    }

    #[test]
    fn a_later_start_is_found_when_an_earlier_one_is_too_old() {
        assert_eq!(run(&[(0, 0), (5, 0), (6, 1), (14, 2)], 10, 0b111, 0), [(1, 4)]);
    }

    #[test]
    fn orders_that_share_events_are_one_burst() {
        assert_eq!(run(&[(0, 0), (1, 0), (2, 1), (3, 1)], 10, 0b11, 0), [(0, 4)]);
        assert_eq!(run(&[(0, 0), (1, 1), (50, 0), (51, 1)], 10, 0b11, 0), [(0, 2), (2, 4)]);
    }

    #[test]
    fn an_unwanted_rule_between_breaks_the_order() {
        let (seen, unseen) = (0b101, 0b010);
        assert_eq!(run(&[(0, 0), (1, 1), (2, 2)], 10, seen, unseen), []);
        assert_eq!(run(&[(0, 1), (1, 0), (2, 2)], 10, seen, unseen), [(1, 3)]);
        assert_eq!(run(&[(0, 0), (1, 1), (2, 0), (3, 2)], 10, seen, unseen), [(2, 4)]);
    }

    #[test]
    fn an_unwanted_rule_before_or_after_is_looked_for_within_the_timespan() {
        assert_eq!(run(&[(0, 0), (5, 1)], 10, 0b10, 0b01), []);
        assert_eq!(run(&[(0, 0), (11, 1)], 10, 0b10, 0b01), [(1, 2)]);
        assert_eq!(run(&[(0, 0), (10, 1)], 10, 0b01, 0b10), []);
        assert_eq!(run(&[(0, 0), (11, 1)], 10, 0b01, 0b10), [(0, 1)]);
    }
}
