//! Numbers that look random and are the same for the same seed (SplitMix64).

/// A stream of numbers.
#[derive(Debug)]
pub struct Random(u64);

impl Random {
    /// A stream for a seed.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number from `from` up to but not including `to`.
    pub fn between(&mut self, from: i64, to: i64) -> i64 {
        let width = u64::try_from(to - from).unwrap_or(1).max(1);
        from + i64::try_from(self.next() % width).unwrap_or(0)
    }

    /// One of several.
    pub fn pick<'t, T>(&mut self, all: &'t [T]) -> Option<&'t T> {
        let at = self.between(0, i64::try_from(all.len()).unwrap_or(1));
        all.get(usize::try_from(at).unwrap_or(0))
    }
}
