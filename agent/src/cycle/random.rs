//! Randomness for waits, from a seed.
//!
//! Touches nothing. Must never be used for a secret: it is SplitMix64 (Steele, Lea and Flood 2014),
//! which anyone can continue.

/// A row of numbers that its seed decides.
#[derive(Debug, Clone)]
pub struct Random(u64);

impl Random {
    /// The row of a seed.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// From 0 to `u32::MAX`.
    pub fn word(&mut self) -> u32 {
        u32::try_from(self.next() >> 32).unwrap_or(u32::MAX)
    }

    /// From 0 to `end`, `end` left out; 0 when there is nothing below it.
    pub fn below(&mut self, end: i64) -> i64 {
        let drawn = i64::try_from(self.next() >> 1).unwrap_or(0);
        drawn.checked_rem(end.max(1)).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_stay_within_their_bounds_and_differ() {
        let mut random = Random::new(1);
        let drawn: Vec<_> = (0..100).map(|_| random.below(1000)).collect();
        assert!(drawn.iter().all(|wait| (0..1000).contains(wait)));
        assert!(drawn.iter().min() < Some(&200) && drawn.iter().max() > Some(&800));
        assert_eq!(random.below(0), 0);
        assert_eq!(random.below(i64::MIN), 0);
    }
}
