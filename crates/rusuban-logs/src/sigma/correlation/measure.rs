//! What a window is judged by: counts, distinct values, sums, means, percentiles, and which rules were seen.

use super::condition::{Expression, Threshold};
use super::window::{Item, Measure};

/// How many items (`event_count`).
pub(super) struct Count<'c> {
    pub threshold: &'c Threshold,
    pub items: u64,
}

impl Measure for Count<'_> {
    fn add(&mut self, _: &Item) {
        self.items += 1;
    }
    fn remove(&mut self, _: &Item) {
        self.items = self.items.saturating_sub(1);
    }
    fn holds(&self) -> bool {
        self.threshold.holds(self.value())
    }
    fn value(&self) -> f64 {
        number(self.items)
    }
}

/// How many different values (`value_count`). Values are small numbers, so that a list holds their counts.
pub(super) struct Distinct<'c> {
    threshold: &'c Threshold,
    counts: Vec<u32>,
    different: u64,
}

impl<'c> Distinct<'c> {
    /// For the values that `items` hold, whatever their group: a group leaves nothing behind.
    pub fn new(threshold: &'c Threshold, items: &[Item]) -> Self {
        let most = items.iter().map(|i| i.value).max().and_then(|v| usize::try_from(v).ok());
        Self { threshold, counts: vec![0; most.map_or(0, |m| m.saturating_add(1))], different: 0 }
    }

    fn count(&mut self, item: &Item) -> Option<&mut u32> {
        self.counts.get_mut(usize::try_from(item.value).ok()?)
    }
}

impl Measure for Distinct<'_> {
    fn add(&mut self, item: &Item) {
        if let Some(n) = self.count(item) {
            *n += 1;
            let new = *n == 1;
            self.different += u64::from(new);
        }
    }
    fn remove(&mut self, item: &Item) {
        if let Some(n) = self.count(item).filter(|n| **n > 0) {
            *n -= 1;
            let gone = *n == 0;
            self.different -= u64::from(gone);
        }
    }
    fn holds(&self) -> bool {
        self.threshold.holds(self.value())
    }
    fn value(&self) -> f64 {
        number(self.different)
    }
}

/// Sum or mean of a number (`value_sum`, `value_avg`).
pub(super) struct Sum<'c> {
    threshold: &'c Threshold,
    mean: bool,
    items: u64,
    total: f64,
    /// What the sum lost by rounding (Neumaier), so that numbers that left a window leave nothing behind.
    lost: f64,
}

impl<'c> Sum<'c> {
    /// The sum of nothing.
    pub fn new(threshold: &'c Threshold, mean: bool) -> Self {
        Self { threshold, mean, items: 0, total: 0.0, lost: 0.0 }
    }

    fn put(&mut self, x: f64) {
        let sum = self.total + x;
        self.lost +=
            if self.total.abs() >= x.abs() { (self.total - sum) + x } else { (x - sum) + self.total };
        self.total = sum;
    }
}

impl Measure for Sum<'_> {
    fn add(&mut self, item: &Item) {
        self.items += 1;
        self.put(f64::from_bits(item.value));
    }
    fn remove(&mut self, item: &Item) {
        self.items = self.items.saturating_sub(1);
        self.put(-f64::from_bits(item.value));
        if self.items == 0 {
            (self.total, self.lost) = (0.0, 0.0);
        }
    }
    fn holds(&self) -> bool {
        self.items > 0 && self.threshold.holds(self.value())
    }
    fn value(&self) -> f64 {
        let sum = self.total + self.lost;
        if self.mean { sum / number(self.items.max(1)) } else { sum }
    }
}

/// A percentile by nearest rank, or the median (`value_percentile`, `value_median`), over a tree of counts by rank.
pub(super) struct Rank<'c> {
    pub threshold: &'c Threshold,
    /// None for the median, which is the mean of the two middle values where their number is even.
    pub percentile: Option<f64>,
    values: Vec<f64>,
    tree: Vec<u64>,
    items: u64,
}

impl<'c> Rank<'c> {
    /// For the values that `items` hold.
    pub fn new(threshold: &'c Threshold, percentile: Option<f64>, items: &[Item]) -> Self {
        let mut values: Vec<f64> = items.iter().map(|i| f64::from_bits(i.value)).collect();
        values.sort_unstable_by(f64::total_cmp);
        values.dedup_by(|a, b| a.total_cmp(b).is_eq());
        let tree = vec![0; values.len() + 1];
        Self { threshold, percentile, values, tree, items: 0 }
    }

    fn change(&mut self, item: &Item, by: u64) {
        let value = f64::from_bits(item.value);
        let mut at = self.values.partition_point(|v| v.total_cmp(&value).is_lt()) + 1;
        while let Some(node) = self.tree.get_mut(at) {
            *node = node.wrapping_add(by);
            at += at & at.wrapping_neg();
        }
    }

    /// The `k`-th smallest value, counted from 1.
    fn nth(&self, k: u64) -> f64 {
        let mut left = k;
        let mut at = 0;
        let mut step = self.tree.len().next_power_of_two();
        while step > 0 {
            if let Some(&n) = self.tree.get(at + step)
                && n < left
            {
                left -= n;
                at += step;
            }
            step /= 2;
        }
        self.values.get(at).copied().unwrap_or(f64::NAN)
    }
}

impl Measure for Rank<'_> {
    fn add(&mut self, item: &Item) {
        self.items += 1;
        self.change(item, 1);
    }
    fn remove(&mut self, item: &Item) {
        self.items = self.items.saturating_sub(1);
        self.change(item, u64::MAX);
    }
    fn holds(&self) -> bool {
        self.items > 0 && self.threshold.holds(self.value())
    }
    fn value(&self) -> f64 {
        match self.percentile {
            Some(p) => {
                #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0..=items")]
                let k = (p / 100.0 * number(self.items)).ceil() as u64;
                self.nth(k.clamp(1, self.items.max(1)))
            }
            None if self.items % 2 == 1 => self.nth(self.items / 2 + 1),
            None => f64::midpoint(self.nth(self.items / 2), self.nth(self.items / 2 + 1)),
        }
    }
}

/// Which rules were seen (`temporal`): at most 64, one bit each.
pub(super) struct Seen<'c> {
    pub wanted: Wanted<'c>,
    pub counts: Vec<u32>,
    pub mask: u64,
}

/// What `temporal` asks of the rules that were seen.
pub(super) enum Wanted<'c> {
    /// How many different rules.
    Number(&'c Threshold),
    /// Which.
    Which(&'c Expression),
}

impl Measure for Seen<'_> {
    fn add(&mut self, item: &Item) {
        if let Some(n) = self.counts.get_mut(usize::from(item.stage)) {
            *n += 1;
            self.mask |= 1 << item.stage;
        }
    }
    fn remove(&mut self, item: &Item) {
        if let Some(n) = self.counts.get_mut(usize::from(item.stage)) {
            *n = n.saturating_sub(1);
            if *n == 0 {
                self.mask &= !(1 << item.stage);
            }
        }
    }
    fn holds(&self) -> bool {
        self.mask != 0
            && match &self.wanted {
                Wanted::Number(threshold) => threshold.holds(self.value()),
                Wanted::Which(expression) => expression.holds(self.mask),
            }
    }
    fn value(&self) -> f64 {
        f64::from(self.mask.count_ones())
    }
}

/// How many, as stored.
pub(super) fn count(n: usize) -> u64 {
    u64::try_from(n).unwrap_or(u64::MAX)
}

/// A count as a number to compare; exact up to 2^53.
#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
pub(super) fn number(n: u64) -> f64 {
    n as f64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn item(value: f64) -> Item {
        Item { time: 0, value: value.to_bits(), key: 0, row: 0, burst: 0, table: 0, stage: 0 }
    }

    fn any() -> Threshold {
        Threshold::new([])
    }

    #[test]
    fn percentiles_are_nearest_ranks() {
        let threshold = any();
        let items: Vec<_> = [15.0, 20.0, 35.0, 40.0, 50.0].map(item).into();
        for (p, value) in [(0.0, 15.0), (5.0, 15.0), (30.0, 20.0), (40.0, 20.0), (50.0, 35.0), (100.0, 50.0)]
        {
            let mut rank = Rank::new(&threshold, Some(p), &items);
            for i in &items {
                rank.add(i);
            }
            assert!((rank.value() - value).abs() < 1e-9, "{p} {}", rank.value());
        }
    }

    #[test]
    fn a_number_that_left_leaves_nothing_behind() {
        let threshold = any();
        let mut sum = Sum::new(&threshold, false);
        for x in [1e300, 1.0, 2.5] {
            sum.add(&item(x));
        }
        sum.remove(&item(1e300));
        assert!((sum.value() - 3.5).abs() < 1e-9, "{}", sum.value());
    }

    proptest! {
        #[test]
        fn the_median_is_the_middle(values in proptest::collection::vec(-1000i32..1000, 1..60), drop in 0usize..59) {
            let threshold = any();
            let items: Vec<_> = values.iter().map(|v| item(f64::from(*v))).collect();
            let drop = drop.min(items.len() - 1);
            let mut rank = Rank::new(&threshold, None, &items);
            for i in &items {
                rank.add(i);
            }
            for i in &items[..drop] {
                rank.remove(i);
            }
            let mut left = values[drop..].to_vec();
            left.sort_unstable();
            let n = left.len();
            let middle = if n % 2 == 1 { f64::from(left[n / 2]) } else { f64::midpoint(f64::from(left[n / 2 - 1]), f64::from(left[n / 2])) };
            prop_assert!((rank.value() - middle).abs() < 1e-9);
        }
    }
}
