//! What a verification costs: `cargo run --release -p claviger-verifier --example costs --features testing`

use std::hint::black_box;
use std::io::{self, Write};
use std::time::{Duration, Instant};

use claviger_verifier::testing::Issuer;
use claviger_verifier::{AccessTokenClaims, Requirement};
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair, UnparsedPublicKey,
};

const TOKENS: usize = 2_000;
const ROUNDS: u32 = 5;
const REVOCATIONS: usize = 1_000_000;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let issuer = Issuer::new("https://tokens.test/realms/acme");
    let needed = Requirement::scopes("source:read")?;
    let mint = || issuer.mint().scope("source:read-update ci:read").sign();
    let tokens: Vec<String> = (0..TOKENS).map(|_| mint()).collect();
    // Random ids: none is that of a token.
    issuer.revoke_many(REVOCATIONS);

    let random = SystemRandom::new();
    let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).map_err(text)?;
    let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, document.as_ref(), &random);
    let key = key.map_err(text)?;
    let public = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, key.public_key().as_ref());
    let signed = tokens[0].as_bytes();
    let signature = key.sign(&random, signed).map_err(text)?;

    let mut out = io::stdout().lock();
    for _ in 0..ROUNDS {
        let verifier = issuer.verifier("https://api.test");
        let bare = timed(|_| public.verify(signed, signature.as_ref()).is_ok());
        let first = timed(|index| verifier.verify(&tokens[index], &needed).is_ok());
        let again = timed(|index| verifier.verify(&tokens[index], &needed).is_ok());
        let ratio = first.as_secs_f64() / bare.as_secs_f64();
        writeln!(out, "bare signature {bare:?}, not seen before {first:?} ({ratio:.3}), seen {again:?}")?;
    }
    let claims = size_of::<AccessTokenClaims>();
    writeln!(out, "{REVOCATIONS} revocations, tokens of {} bytes, claims of {claims}", tokens[0].len())?;
    Ok(())
}

/// The mean time of one.
#[expect(clippy::disallowed_methods, reason = "it measures")]
fn timed(mut one: impl FnMut(usize) -> bool) -> Duration {
    let start = Instant::now();
    let right = (0..TOKENS).filter(|index| black_box(one(*index))).count();
    let taken = start.elapsed();
    assert_eq!(right, TOKENS, "each is accepted");
    taken / u32::try_from(TOKENS).unwrap_or(u32::MAX)
}

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}
