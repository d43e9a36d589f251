//! What keeps a flood of failed logins small: of too many different ones some are kept, and the rest is counted.
//!
//! Which ones are kept does not depend on the order in which parts are merged: those whose account and origin hash lowest.
//! Whatever is cut out of a part has as many before it there as are kept of the whole, so what is kept of the whole was cut
//! out nowhere, and its counts are right.

use std::hash::BuildHasher;

use foldhash::fast::FixedState;

use super::super::names::{NameId, Names};
use super::{Key, Partial, SharedKey};

/// How much is kept of failed logins, at most.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Most {
    /// Different ones: by account, origin, host, way and minute. A closure of ten days may have 70 of them a minute; at 150
    /// bytes each they take 150 MB.
    pub(crate) failures: usize,
    /// Handfuls of their lines: by origin, host and day.
    pub(crate) lines: usize,
}

impl Default for Most {
    fn default() -> Self {
        Self { failures: 1 << 20, lines: 1 << 15 }
    }
}

/// Where a failure stands in the order of what is kept.
type Rank = (u64, u64);

/// Ranks of failures, by the texts of their names: numbers of names differ from part to part.
struct Ranks(Vec<u64>);

impl Ranks {
    fn of(names: &Names) -> Self {
        let hash = FixedState::with_seed(0);
        Self((0..=names.len()).map(|id| hash.hash_one(&*names.text(NameId::of(id)))).collect())
    }

    fn of_name(&self, id: NameId) -> u64 {
        self.0.get(id.0 as usize).copied().unwrap_or_default()
    }

    /// All that one account did from one origin stays together.
    fn of_failure(&self, key: &Key) -> Rank {
        let mix = |values: &[u64]| FixedState::with_seed(1).hash_one(values);
        let [who, from] = [key.who, key.from].map(|id| self.of_name(id));
        let rest = [key.country, key.network, key.host, key.device, key.object, key.detail, key.source]
            .map(|id| self.of_name(id));
        let when = key.bucket.map_or(0, i64::cast_unsigned);
        (mix(&[who, from]), mix(&[mix(&rest), when, FixedState::with_seed(2).hash_one(key.kind)]))
    }

    fn of_lines(&self, (from, host, source, day): &SharedKey) -> Rank {
        let names = [*from, *host, *source].map(|id| self.of_name(id));
        let day = day.map_or(0, i64::cast_unsigned);
        (FixedState::with_seed(3).hash_one(names), day)
    }
}

/// The first rank that is not among the `most` lowest; None where all are.
fn first_beyond(mut ranks: Vec<Rank>, most: usize) -> Option<Rank> {
    (ranks.len() > most).then(|| *ranks.select_nth_unstable(most).1)
}

impl Partial {
    /// Cuts down to the limits where they are passed by a quarter: less often than at each merge.
    pub(super) fn bound(&mut self) {
        let passed = |size: usize, most: usize| size > most + most / 4;
        if passed(self.failures, self.most.failures) || passed(self.shared.len(), self.most.lines) {
            self.cut();
            // Names that nobody uses any more go too.
            let whole = std::mem::take(self);
            self.most = whole.most;
            self.take(whole);
        }
    }

    /// Cuts down to the limits.
    pub(super) fn cut(&mut self) {
        if self.failures <= self.most.failures && self.shared.len() <= self.most.lines {
            return;
        }
        let ranks = Ranks::of(&self.names);
        let failures = self.tallies.keys().filter(|key| key.is_failure()).map(|key| ranks.of_failure(key));
        if let Some(end) = first_beyond(failures.collect(), self.most.failures) {
            let (mut kept, mut beyond) = (0, 0);
            self.tallies.retain(|key, tally| {
                let stays = !key.is_failure() || ranks.of_failure(key) < end;
                kept += usize::from(stays && key.is_failure());
                beyond += if stays { 0 } else { tally.span.count };
                stays
            });
            self.failures = kept;
            self.beyond += beyond;
        }
        let lines = self.shared.keys().map(|key| ranks.of_lines(key));
        if let Some(end) = first_beyond(lines.collect(), self.most.lines) {
            self.shared.retain(|key, _| ranks.of_lines(key) < end);
        }
    }
}
