//! The operating system's random generator, read in larger blocks than one token needs.

use std::cell::RefCell;

use ring::rand::{SecureRandom, SystemRandom};
use zeroize::Zeroize;

use claviger_domain::Randomness;

/// For signatures, whose library takes the system's generator alone.
pub fn system_random() -> SystemRandom {
    SystemRandom::new()
}

#[derive(Debug)]
pub struct SystemRandomness(SystemRandom);

/// A `jti` per token would be one system call per token, so each thread reads a block in advance. Larger requests go
/// directly to the system.
const FETCHED: usize = 1_024;
const SMALL: usize = 64;

/// Bytes are taken from the end and wiped afterwards.
struct Stock {
    bytes: [u8; FETCHED],
    left: usize,
}

thread_local! {
    static STOCK: RefCell<Stock> = const { RefCell::new(Stock { bytes: [0; FETCHED], left: 0 }) };
}

impl SystemRandomness {
    #[expect(clippy::new_without_default, reason = "the use of system randomness must be explicit")]
    pub fn new() -> Self {
        Self(SystemRandom::new())
    }

    #[expect(clippy::expect_used, reason = "without randomness no secret is safe; continuing would be worse")]
    fn ask(&self, buffer: &mut [u8]) {
        self.0.fill(buffer).expect("the operating system provides random bytes");
    }
}

impl Randomness for SystemRandomness {
    fn fill(&self, buffer: &mut [u8]) {
        if buffer.len() > SMALL {
            return self.ask(buffer);
        }
        STOCK.with_borrow_mut(|stock| {
            if stock.left < buffer.len() {
                self.ask(&mut stock.bytes);
                stock.left = FETCHED;
            }
            let start = stock.left - buffer.len();
            let taken = &mut stock.bytes[start..stock.left];
            buffer.copy_from_slice(taken);
            taken.zeroize();
            stock.left = start;
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn no_bytes_are_handed_out_twice_or_left_at_zero() {
        let randomness = SystemRandomness::new();
        let mut seen = HashSet::new();
        for length in (16..=SMALL).chain([200]).cycle().take(2_000) {
            let mut buffer = vec![0; length];
            randomness.fill(&mut buffer);
            assert!(seen.insert(buffer[..16].to_vec()), "sixteen bytes came again");
            assert!(buffer.iter().any(|&byte| byte != 0));
        }
    }
}
