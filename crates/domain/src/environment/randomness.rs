//! Randomness as an argument.

/// Fills buffers with unpredictable bytes; seeded only in tests.
pub trait Randomness: Send + Sync {
    fn fill(&self, buffer: &mut [u8]);
}

impl dyn Randomness + '_ {
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut buffer = [0; N];
        self.fill(&mut buffer);
        buffer
    }
}
