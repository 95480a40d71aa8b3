//! The input bytes, and how long to run.

use std::time::{Duration, Instant};

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{
    Config, FileFailurePersistence, RngAlgorithm, TestCaseError, TestRng, TestRunner,
};

/// Number of inputs between two checks of the clock.
const CASES: u32 = 64;

fn how_long() -> Duration {
    let text = std::env::var("FUZZ_SECONDS").unwrap_or_else(|_| "10".to_owned());
    Duration::from_secs(text.parse().expect("FUZZ_SECONDS is a whole number of seconds"))
}

/// The same inputs in every run, unless `FUZZ_SEED` sets another seed, as `make fuzz` does.
fn randomness(target: &str, round: u64) -> TestRng {
    let text = std::env::var("FUZZ_SEED").unwrap_or_else(|_| "0".to_owned());
    let chosen: u64 = text.parse().expect("FUZZ_SEED is a whole number");
    let mut seed = [0; 32];
    seed[..8].copy_from_slice(&round.to_be_bytes());
    seed[8..16].copy_from_slice(&chosen.to_be_bytes());
    for (place, byte) in target.bytes().enumerate() {
        seed[16 + place % 16] ^= byte;
    }
    TestRng::from_seed(RngAlgorithm::ChaCha, &seed)
}

/// Failed inputs are stored next to this file and tried first in the next run.
pub fn fuzz(target: &'static str, samples: &[&str], try_one: impl Fn(&[u8])) {
    let deadline = Instant::now() + how_long();
    let inputs = damaged_or_noise(samples);
    let mut tried = 0_u64;
    loop {
        let config = Config {
            cases: CASES,
            max_shrink_iters: 2_000,
            source_file: Some(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fuzz/main.rs")),
            failure_persistence: Some(Box::new(FileFailurePersistence::WithSource(target))),
            ..Config::default()
        };
        let rng = randomness(target, tried);
        let run = TestRunner::new_with_rng(config, rng).run(&inputs, |input| {
            let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| try_one(&input)));
            outcome
                .map_err(|_| TestCaseError::fail(format!("{target}: {:?}", String::from_utf8_lossy(&input))))
        });
        run.unwrap_or_else(|failure| panic!("{failure}"));
        tried += u64::from(CASES);
        if Instant::now() >= deadline {
            break;
        }
    }
    println!("{target}: {tried} inputs");
}

/// For parsers of text.
pub fn fuzz_text(target: &'static str, samples: &[&str], try_one: impl Fn(&str)) {
    fuzz(target, samples, |input| try_one(&String::from_utf8_lossy(input)));
}

/// Half of it noise, half valid samples with a few bytes changed, removed, inserted or duplicated.
fn damaged_or_noise(samples: &[&str]) -> impl Strategy<Value = Vec<u8>> + use<> {
    let samples: Vec<Vec<u8>> = samples.iter().map(|sample| sample.as_bytes().to_vec()).collect();
    let damage = vec((any::<u16>(), any::<u8>(), 0..5_u8), 0..6);
    let damaged = (proptest::sample::select(samples), damage).prop_map(|(mut bytes, damage)| {
        for (place, byte, kind) in damage {
            let place = usize::from(place) % (bytes.len() + 1);
            match kind {
                0 => bytes.insert(place, byte),
                1 if place < bytes.len() => bytes[place] = byte,
                2 if place < bytes.len() => drop(bytes.remove(place)),
                3 => {
                    let part = bytes[place..].to_vec();
                    bytes.extend(part);
                    bytes.truncate(4_096);
                }
                _ => bytes.truncate(place),
            }
        }
        bytes
    });
    prop_oneof![1 => vec(any::<u8>(), 0..200), 1 => "\\PC{0,80}".prop_map(String::into_bytes), 2 => damaged]
}
