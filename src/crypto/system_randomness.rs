//! The operating system's random generator.

use ring::rand::{SecureRandom, SystemRandom};

use crate::domain::Randomness;

#[derive(Debug)]
pub struct SystemRandomness(SystemRandom);

impl SystemRandomness {
    #[expect(clippy::new_without_default, reason = "taking randomness from the system is said out loud")]
    pub fn new() -> Self {
        Self(SystemRandom::new())
    }
}

impl Randomness for SystemRandomness {
    #[expect(
        clippy::expect_used,
        reason = "a system without randomness cannot make secrets; going on would be worse"
    )]
    fn fill(&self, buffer: &mut [u8]) {
        self.0.fill(buffer).expect("the operating system gives random bytes");
    }
}
