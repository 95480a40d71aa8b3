//! Keys are fetched seldom, one flight at a time, and never lost by a fetch that fails.

use std::thread;
use std::time::Duration;

use claviger_verifier::testing::{Issuer, TestClock};
use claviger_verifier::token::NotOurs;
use claviger_verifier::{InvalidToken, Refused, Undecided, Verifier};

use crate::support::fake_issuer::FakeIssuer;
use crate::support::{accepts, any, block_on, eventually};

const SIGNATURE: Refused = Refused::Invalid(InvalidToken::NotOurs(NotOurs::Signature));
const UNKNOWN: Refused = Refused::Invalid(InvalidToken::NotOurs(NotOurs::UnknownKey));

fn fetches(fake: &FakeIssuer) -> usize {
    fake.requests_of("/oauth2/jwks").len()
}

/// Followed, with its clock beyond the time in which no fetch may begin. The lease is renewed on that clock.
fn ready(fake: &FakeIssuer, clock: &TestClock) -> Verifier {
    let verifier = fake.verifier_on(clock);
    let token = fake.issuer.mint().sign();
    eventually("accepted", || accepts(&verifier, &token));
    clock.advance(Duration::from_secs(31));
    eventually("its lease is renewed", || accepts(&verifier, &token));
    verifier
}

#[test]
fn requests_that_meet_a_new_key_wait_for_the_one_fetch_and_succeed() {
    let fake = FakeIssuer::start();
    let clock = TestClock::now();
    let verifier = ready(&fake, &clock);
    assert_eq!(fetches(&fake), 1);
    let next = Issuer::new(fake.issuer.url());
    fake.told().key_set = next.key_set();
    let tokens: Vec<String> = (0..8).map(|_| next.mint().sign()).collect();
    assert!(matches!(
        verifier.verify(&tokens[0], &any()),
        Err(Refused::Undecided { why: Undecided::KeyInFlight, .. })
    ));
    thread::scope(|scope| {
        for (index, token) in tokens.iter().enumerate() {
            let verifier = &verifier;
            scope.spawn(move || match index % 2 {
                0 => verifier.verify_or_introspect(token, &any()).unwrap(),
                _ => block_on(verifier.verify_or_introspect_async(token, &any())).unwrap(),
            });
        }
    });
    assert_eq!(fetches(&fake), 2);
    assert!(tokens.iter().all(|token| accepts(&verifier, token)));
}

#[test]
fn unknown_keys_cause_no_flood_of_fetches_and_a_wrong_signature_causes_none() {
    let fake = FakeIssuer::start();
    let clock = TestClock::now();
    let verifier = ready(&fake, &clock);
    let stranger = Issuer::new(fake.issuer.url());
    let mut forged = fake.issuer.header();
    let token = fake.issuer.mint().sign();
    let claims = claviger_contract::UnverifiedAccessToken::parse(&token).unwrap().claims;
    for _ in 0..50 {
        assert_eq!(
            verifier.verify_or_introspect(&stranger.sign(&forged, &claims), &any()).err(),
            Some(SIGNATURE)
        );
    }
    assert_eq!(fetches(&fake), 1, "a wrong signature under a known key");
    forged.kid = "unknown".to_owned();
    let unknown = stranger.sign(&forged, &claims);
    assert_eq!(verifier.verify_or_introspect(&unknown, &any()).err(), Some(UNKNOWN));
    assert_eq!(verifier.verify(&unknown, &any()).err(), Some(UNKNOWN), "known to be missing");
    assert_eq!(fetches(&fake), 2);
    for number in 0..50 {
        forged.kid = format!("unknown-{number}");
        let refused = verifier.verify_or_introspect(&stranger.sign(&forged, &claims), &any());
        assert!(matches!(
            refused,
            Err(Refused::Undecided { why: Undecided::KeyFetchedTooRecently, retry_after })
                if retry_after > Duration::ZERO && retry_after <= Duration::from_secs(30)
        ));
    }
    // What cannot be a key of this issuer is not looked for.
    for kid in ["../../etc/passwd".repeat(10), "k".repeat(10_000)] {
        forged.kid = kid;
        assert_eq!(verifier.verify(&stranger.sign(&forged, &claims), &any()).err(), Some(UNKNOWN));
    }
    assert_eq!(fetches(&fake), 2);
}

#[test]
fn flood_of_unknown_keys_causes_one_fetch_in_thirty_seconds() {
    let fake = FakeIssuer::start();
    let clock = TestClock::now();
    let verifier = ready(&fake, &clock);
    let stranger = Issuer::new(fake.issuer.url());
    let mut forged = fake.issuer.header();
    let claims = stranger.mint().sign();
    let claims = claviger_contract::UnverifiedAccessToken::parse(&claims).unwrap().claims;
    let mut ask = |kid: String| {
        forged.kid = kid;
        verifier.verify(&stranger.sign(&forged, &claims), &any()).expect_err("an unknown key")
    };
    let mut known = fetches(&fake);
    let mut fetched_at = Vec::new();
    for second in 0..=90 {
        (0..20).for_each(|number| drop(ask(format!("unknown-{second}-{number}"))));
        let is_in_flight =
            |refused: &Refused| matches!(refused, Refused::Undecided { why: Undecided::KeyInFlight, .. });
        eventually("no fetch is due or under way", || !is_in_flight(&ask(format!("probe-{second}"))));
        let fetched = fetches(&fake) - std::mem::replace(&mut known, fetches(&fake));
        fetched_at.extend(std::iter::repeat_n(second, fetched));
        clock.advance(Duration::from_secs(1));
    }
    assert_eq!(fetched_at, [0, 30, 60, 90]);
}

#[test]
fn failed_fetch_loses_no_key() {
    let fake = FakeIssuer::start();
    let clock = TestClock::now();
    let verifier = ready(&fake, &clock);
    let next = Issuer::new(fake.issuer.url());
    let (old, new) = (fake.issuer.mint().lifetime(80_000).sign(), next.mint().lifetime(80_000).sign());
    let right = next.key_set();
    for (wrong, status) in [("{\"keys\":[]}", 200), ("<html>", 200), (right.as_str(), 500)] {
        (fake.told().key_set, fake.told().keys_status) = (wrong.to_owned(), status);
        let before = fetches(&fake);
        // A demand of before may have had its fetch already: then the next one is 30 s away.
        eventually("fetched", || {
            let asked = verifier.verify_or_introspect(&new, &any());
            assert!(matches!(asked, Err(Refused::Undecided { .. })), "{asked:?}");
            let has_fetched = fetches(&fake) > before && verifier.status().key_failure.is_some();
            if !has_fetched {
                clock.advance(Duration::from_secs(31));
            }
            has_fetched
        });
        eventually("its key is still there", || accepts(&verifier, &old));
    }
    (fake.told().key_set, fake.told().keys_status) = (right, 200);
    eventually("accepted", || {
        let is_accepted = verifier.verify_or_introspect(&new, &any()).is_ok();
        if !is_accepted {
            clock.advance(Duration::from_secs(31));
            eventually("its lease is renewed", || verifier.status().has_lease());
        }
        is_accepted
    });
    assert_eq!(verifier.status().key_failure, None);
}

#[test]
fn withdrawn_key_is_never_taken_again() {
    let fake = FakeIssuer::start();
    let clock = TestClock::now();
    let verifier = ready(&fake, &clock);
    let token = fake.issuer.mint().sign();
    let kid = fake.issuer.header().kid;
    let position = fake.tell(|_| serde_json::json!({"kind": "key", "kid": kid, "forget_after": 1}));
    eventually("acknowledged", || fake.has_acknowledged(position));
    assert!(
        !accepts(&verifier, &token),
        "although its entry is forgotten, and the key set still has the key"
    );
    for _ in 0..3 {
        clock.advance(Duration::from_secs(31));
        let before = fetches(&fake);
        // A demand wakes the thread that fetches.
        eventually("fetched", || {
            assert!(verifier.verify_or_introspect(&token, &any()).is_err());
            fetches(&fake) > before
        });
    }
    assert!(!accepts(&verifier, &token));
}

#[test]
fn key_that_no_fetch_confirms_is_not_used_for_ever() {
    let fake = FakeIssuer::start();
    let clock = TestClock::now();
    let verifier = ready(&fake, &clock);
    fake.told().keys_status = 503;
    clock.advance(Duration::from_secs(3_600));
    let token = fake
        .issuer
        .mint()
        .change(|claims| (claims.iat, claims.exp) = (claims.iat, claims.iat + 80_000))
        .sign();
    assert_eq!(
        verifier.verify(&token, &any()).err(),
        Some(Refused::Undecided { why: Undecided::NoKeys, retry_after: Duration::from_secs(1) })
    );
}
