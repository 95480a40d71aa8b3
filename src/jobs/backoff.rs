//! How long a failed job waits for its next attempt.

use claviger_domain::Randomness;

/// In seconds. The wait doubles with each failure from the first to the longest one.
#[derive(Clone, Copy, Debug)]
pub struct Backoff {
    pub first: i64,
    pub longest: i64,
}

impl Default for Backoff {
    fn default() -> Self {
        Self { first: 30, longest: 3_600 }
    }
}

impl Backoff {
    /// The wait after this many failures: from half of it to all of it, so that what failed together is not repeated
    /// together.
    pub fn wait(self, failures: i64, randomness: &dyn Randomness) -> i64 {
        let doublings = failures.saturating_sub(1).clamp(0, 32);
        let all = self.first.saturating_mul(1 << doublings).clamp(1, self.longest.max(1));
        all - at_random(all / 2, randomness)
    }
}

/// From 0 to `most`, both included.
pub fn at_random(most: i64, randomness: &dyn Randomness) -> i64 {
    let number = u32::from_le_bytes(randomness.bytes());
    i64::from(number) % (most.max(0) + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every byte is the same.
    struct Bytes(u8);

    impl Randomness for Bytes {
        fn fill(&self, buffer: &mut [u8]) {
            buffer.fill(self.0);
        }
    }

    #[test]
    fn wait_doubles_up_to_its_longest_and_is_at_least_half() {
        let backoff = Backoff { first: 30, longest: 3_600 };
        for (failures, all) in [(1, 30), (2, 60), (3, 120), (7, 1_920), (8, 3_600), (i64::MAX, 3_600)] {
            assert_eq!(backoff.wait(failures, &Bytes(0)), all);
            for byte in 1..=255 {
                let wait = backoff.wait(failures, &Bytes(byte));
                assert!((all / 2..=all).contains(&wait), "{failures} failures: {wait}");
            }
        }
    }
}
