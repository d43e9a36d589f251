//! Sliding windows over the items of one group, sorted by event time.
//!
//! **The window.** A timespan T holds every set of items whose last is at most T after their first: both ends belong to
//! it (`last - first <= T`, in nanoseconds). The specification asks that windows be not tied to clock boundaries; here
//! they never are.
//!
//! **What is judged.** The *maximal* windows: those that no further item fits into. For conditions that only ask for
//! more (`gte`, `gt`, all rules seen) this finds what a window at any place would find. For the others (`lt`, `eq`, a
//! range, `not rule_c`) it keeps the beginning of a long burst from passing as a short one.
//!
//! **What is one burst.** Windows that hold and share an item are one burst, so an item belongs to at most one burst of
//! a correlation and nothing is counted twice. A burst can therefore be longer than T; each of its windows is not.

/// One thing that is correlated: a match of a base rule, or a moment of another correlation's burst.
#[derive(Debug, Clone, Copy)]
pub(super) struct Item {
    /// Event time, nanoseconds since the Unix epoch.
    pub time: i64,
    /// Number of the value (`value_count`), or the bits of an f64 (`value_sum` and its relatives).
    pub value: u64,
    /// Number of the group.
    pub key: u32,
    /// Row in its table.
    pub row: u32,
    /// Number of the burst that this is a moment of, counted from 1; 0 for a match of a base rule.
    pub burst: u32,
    /// Table of the base rule.
    pub table: u16,
    /// Place of the rule in the correlation's list.
    pub stage: u16,
}

/// A run of items that belong together: `lo..hi` in the correlation's items.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Burst {
    pub lo: usize,
    pub hi: usize,
    /// The item with which the condition held for the first time.
    pub reached: usize,
    /// The measured number that lies furthest from none: the largest of its windows.
    pub value: f64,
}

/// What a window is judged by; follows the window as items come and go.
pub(super) trait Measure {
    /// An item comes in at the right.
    fn add(&mut self, item: &Item);
    /// An item leaves at the left.
    fn remove(&mut self, item: &Item);
    /// Whether the condition holds.
    fn holds(&self) -> bool;
    /// The number that is judged.
    fn value(&self) -> f64;
}

/// Appends the bursts of one group. `items` is the group, sorted by time; `base` is where it starts among all items.
pub(super) fn bursts(
    items: &[Item],
    base: usize,
    span: i64,
    measure: &mut impl Measure,
    out: &mut Vec<Burst>,
) {
    let from = out.len();
    let mut start = 0;
    let mut reached = None;
    for (i, item) in items.iter().enumerate() {
        let mut moved = false;
        while let Some(oldest) = items.get(start).filter(|o| !within(o.time, item.time, span)) {
            if !moved {
                close(start..i, base, reached, measure, from, out);
                moved = true;
            }
            measure.remove(oldest);
            start += 1;
        }
        measure.add(item);
        if moved {
            reached = None;
        }
        if reached.is_none() && measure.holds() {
            reached = Some(i);
        }
    }
    close(start..items.len(), base, reached, measure, from, out);
    for item in items.get(start..).unwrap_or_default() {
        measure.remove(item);
    }
}

/// Whether `last` is at most `span` after `first`.
pub(super) fn within(first: i64, last: i64, span: i64) -> bool {
    last.checked_sub(first).is_some_and(|d| d <= span)
}

/// Judges a maximal window, and joins it to the burst before it where they share an item.
fn close(
    window: std::ops::Range<usize>,
    base: usize,
    reached: Option<usize>,
    measure: &impl Measure,
    from: usize,
    out: &mut Vec<Burst>,
) {
    if window.is_empty() || !measure.holds() {
        return;
    }
    let burst = Burst {
        lo: base + window.start,
        hi: base + window.end,
        reached: base + reached.unwrap_or(window.end - 1),
        value: measure.value(),
    };
    join(burst, from, out);
}

/// Appends a burst, or makes the last one (of those from `from` on) longer where the two share an item.
pub(super) fn join(burst: Burst, from: usize, out: &mut Vec<Burst>) {
    match out.get_mut(from..).and_then(<[Burst]>::last_mut) {
        Some(last) if burst.lo < last.hi => {
            last.hi = last.hi.max(burst.hi);
            last.lo = last.lo.min(burst.lo);
            last.value = last.value.max(burst.value);
        }
        _ => out.push(burst),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Counts items, holds for any predicate.
    struct Count<F>(usize, F);
    impl<F: Fn(usize) -> bool> Measure for Count<F> {
        fn add(&mut self, _: &Item) {
            self.0 += 1;
        }
        fn remove(&mut self, _: &Item) {
            self.0 -= 1;
        }
        fn holds(&self) -> bool {
            (self.1)(self.0)
        }
        #[expect(clippy::cast_precision_loss, reason = "small")]
        fn value(&self) -> f64 {
            self.0 as f64
        }
    }

    fn items(times: &[i64]) -> Vec<Item> {
        let item = |t: &i64| Item { time: *t, value: 0, key: 0, row: 0, burst: 0, table: 0, stage: 0 };
        times.iter().map(item).collect()
    }

    fn run(times: &[i64], span: i64, holds: impl Fn(usize) -> bool) -> Vec<(usize, usize, usize)> {
        let mut out = Vec::new();
        bursts(&items(times), 0, span, &mut Count(0, holds), &mut out);
        out.iter().map(|b| (b.lo, b.hi, b.reached)).collect()
    }

    #[test]
    fn both_ends_belong_to_the_window() {
        assert_eq!(run(&[0, 5, 10], 10, |n| n >= 3), [(0, 3, 2)]);
        assert_eq!(run(&[0, 5, 11], 10, |n| n >= 3), []);
    }

    #[test]
    fn windows_that_share_an_item_are_one_burst() {
        assert_eq!(run(&[0, 1, 2, 3, 4, 5, 6], 2, |n| n >= 3), [(0, 7, 2)]);
        assert_eq!(run(&[0, 1, 2, 50, 51, 52], 2, |n| n >= 3), [(0, 3, 2), (3, 6, 5)]);
    }

    #[test]
    fn the_beginning_of_a_long_burst_is_no_short_burst() {
        assert_eq!(run(&[0, 1, 2, 3, 4], 10, |n| n == 3), []);
        assert_eq!(run(&[0, 1, 2, 100, 101], 10, |n| n < 3), [(3, 5, 3)]);
    }

    #[test]
    fn times_at_the_ends_of_what_can_be_counted() {
        assert_eq!(run(&[i64::MIN, i64::MAX], i64::MAX, |n| n >= 2), []);
        assert_eq!(run(&[i64::MIN, i64::MAX], i64::MAX, |n| n >= 1), [(0, 1, 0), (1, 2, 1)]);
    }
}
