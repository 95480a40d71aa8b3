//! A verifier follows a feed: what is revoked is refused, and without a lease nothing is accepted.

use std::time::Duration;

use claviger_verifier::testing::TestClock;
use claviger_verifier::{InvalidToken, Refused, Requirement, Undecided};
use serde_json::{Value, json};

use crate::support::fake_issuer::{AUDIENCE, FakeIssuer};
use crate::support::{accepts, any, claims, eventually, is_revoked, is_undecided};

const LATER: u64 = 4_000_000_000;

#[test]
fn what_is_revoked_is_refused_once_revoke_has_answered() {
    let fake = FakeIssuer::start();
    let verifier = fake.verifier();
    type Entry = fn(&Value, u64) -> Value;
    let entries: [Entry; 5] = [
        |of, n| json!({"kind": "credential", "client_id": of["client_id"], "before": n, "forget_after": LATER}),
        |of, _| json!({"kind": "token", "jti": of["jti"], "forget_after": LATER}),
        |of, n| json!({"kind": "resource_server", "audience": of["aud"], "before": n, "forget_after": LATER}),
        |_, n| json!({"kind": "realm", "before": n, "forget_after": LATER}),
        |of, _| json!({"kind": "key", "kid": of["kid"], "forget_after": LATER}),
    ];
    for entry in entries {
        let pos = fake.told().position;
        let mint = |audience: &str| {
            let at = |claims: &mut claviger_verifier::AccessTokenClaims| {
                claims.pos = claviger_verifier::Position::new(pos);
            };
            fake.issuer.mint().audience(audience).change(at).sign()
        };
        let (token, other) = (mint(AUDIENCE), mint(fake.issuer.url()));
        eventually("accepted", || accepts(&verifier, &token) && accepts(&verifier, &other));
        let mut of = claims(&token);
        of["kid"] = json!(fake.issuer.header().kid);
        let position = fake.tell(|n| entry(&of, n));
        eventually("acknowledged", || fake.has_acknowledged(position));
        let told = fake.told().entries.last().unwrap().1.clone();
        assert!(!accepts(&verifier, &token), "{told}");
        let is_of_all = matches!(told["kind"].as_str(), Some("realm" | "key"));
        assert_eq!(!accepts(&verifier, &other), is_of_all, "{told}");
    }
}

#[test]
fn server_that_is_down_at_the_start_is_found_later() {
    let fake = FakeIssuer::start();
    (fake.told().feed_status, fake.told().keys_status) = (503, 503);
    let verifier = fake.verifier();
    let token = fake.issuer.mint().sign();
    eventually("asked", || !fake.requests_of("/oauth2/jwks").is_empty());
    assert!(is_undecided(&verifier, &token));
    fake.told().keys_status = 200;
    eventually("keys are known", || verifier.status().keys == 1);
    assert_eq!(
        verifier.verify(&token, &any()).err(),
        Some(Refused::Undecided { why: Undecided::NoLease, retry_after: Duration::from_secs(1) })
    );
    assert!(verifier.status().feed_failure.unwrap().contains("503"));
    fake.told().feed_status = 200;
    eventually("accepted", || accepts(&verifier, &token));
}

#[test]
fn without_a_lease_the_issuer_is_asked_and_without_an_answer_nothing_is_accepted() {
    let fake = FakeIssuer::start();
    let clock = TestClock::now();
    let verifier = fake.verifier_on(&clock);
    let token = fake.issuer.mint().scope("ci:read").sign();
    eventually("accepted", || accepts(&verifier, &token));
    fake.told().feed_status = 503;
    eventually("failing", || verifier.status().feed_failure.is_some());
    assert!(accepts(&verifier, &token), "within the lease");
    clock.advance(Duration::from_millis(2_999));
    assert!(accepts(&verifier, &token), "within the lease");
    clock.advance(Duration::from_millis(1));
    assert!(is_undecided(&verifier, &token));
    let ask = |needed: &str| verifier.verify_or_introspect(&token, &Requirement::scopes(needed).unwrap());
    assert!(matches!(ask("ci:read"), Err(Refused::Undecided { why: Undecided::IssuerUnavailable, .. })));
    let mut active = claims(&token);
    active["active"] = json!(true);
    fake.told().introspected = Some(active.clone());
    assert_eq!(ask("ci:read").unwrap().claims().scope.as_deref(), Some("ci:read"));
    assert!(matches!(ask("ci:read-update"), Err(Refused::InsufficientScope { .. })));
    assert!(fake.requests_of("/introspect").iter().all(|asked| asked.body == format!("token={token}")));
    // An answer about another token decides nothing.
    active["jti"] = json!("another");
    fake.told().introspected = Some(active);
    assert!(matches!(ask("ci:read"), Err(Refused::Undecided { .. })));
    fake.told().introspected = Some(json!({"active": false}));
    assert_eq!(ask("ci:read").err(), Some(Refused::Invalid(InvalidToken::Inactive)));
    // What is invalid by itself is not asked about.
    let before = fake.requests_of("/introspect").len();
    let forged = format!("{}AAAA", &token[..token.len() - 4]);
    assert!(matches!(verifier.verify_or_introspect(&forged, &any()), Err(Refused::Invalid(_))));
    assert_eq!(fake.requests_of("/introspect").len(), before);
    fake.told().feed_status = 200;
    eventually("accepted", || accepts(&verifier, &token));
}

#[test]
fn entry_of_later_counts_by_the_verifiers_own_clock() {
    let fake = FakeIssuer::start();
    let clock = TestClock::now();
    let verifier = fake.verifier_on(&clock);
    let token = fake.issuer.mint().sign();
    let client = claims(&token)["client_id"].clone();
    let now = claims(&token)["iat"].as_u64().unwrap();
    let position = fake.tell(|_| {
        json!({"kind": "credential", "client_id": client, "before": 1_u64 << 53, "from": now + 60, "forget_after": LATER})
    });
    eventually("acknowledged", || fake.has_acknowledged(position));
    clock.advance(Duration::from_secs(58));
    eventually("accepted", || accepts(&verifier, &token));
    clock.advance(Duration::from_secs(2));
    eventually("revoked", || is_revoked(&verifier, &token));
}

#[test]
fn dropped_verifier_asks_no_more() {
    let fake = FakeIssuer::start();
    let verifier = fake.verifier();
    let clone = verifier.clone();
    eventually("followed", || verifier.status().has_lease());
    drop(verifier);
    let asked = fake.requests_of("/revocations").len();
    eventually("a clone goes on", || fake.requests_of("/revocations").len() > asked + 1);
    assert!(clone.metrics().contains("claviger_verifier_entries 0\n"));
    drop(clone);
    // At most the request that was under way is still to come: then nothing holds a connection any more.
    let mut last = usize::MAX;
    eventually("no more", || {
        let asked = fake.requests_of("/revocations").len();
        std::thread::park_timeout(Duration::from_millis(400));
        std::mem::replace(&mut last, asked) == asked && fake.requests_of("/revocations").len() == asked
    });
}
