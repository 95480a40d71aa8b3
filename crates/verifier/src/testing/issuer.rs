//! The issuer itself.

#![expect(clippy::expect_used, reason = "a test fails by panicking")]

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use claviger_contract::{AccessTokenHeader, RealmLabel, UnverifiedAccessToken};
use serde::Serialize;
use uuid::Uuid;

use crate::clock::{Clock, seconds};
use crate::keys::KeyRing;
use crate::revocations::{Digest, Entry, RevocationSet};
use crate::settings::Builder;
use crate::state::{Leased, State};
use crate::testing::mint::Mint;
use crate::testing::signer::Signer;
use crate::testing::test_clock::TestClock;
use crate::verifier::Verifier;

/// Signs tokens with a key of its own, and tells its verifiers what was revoked, without a server or a thread. Its
/// clock stands still until a test moves it.
///
/// ```
/// use claviger_verifier::testing::Issuer;
/// use claviger_verifier::{Refused, Requirement};
///
/// let issuer = Issuer::new("https://tokens.test/realms/acme");
/// let verifier = issuer.verifier("https://api.test");
/// let needed = Requirement::scopes("source:read")?;
///
/// let token = issuer.mint().scope("source:read-update").sign();
/// assert!(verifier.verify(&token, &needed).is_ok()); // 200
///
/// let narrow = issuer.mint().scope("ci:read").sign();
/// assert!(matches!(verifier.verify(&narrow, &needed), Err(Refused::InsufficientScope { .. }))); // 403
///
/// issuer.revoke(&token);
/// assert!(matches!(verifier.verify(&token, &needed), Err(Refused::Invalid(_)))); // 401
///
/// issuer.lose_lease();
/// assert!(matches!(verifier.verify(&narrow, &needed), Err(Refused::Undecided { .. }))); // 503
/// # Ok::<(), claviger_verifier::InvalidScope>(())
/// ```
pub struct Issuer {
    issuer: String,
    realm: RealmLabel,
    signer: Signer,
    clock: TestClock,
    known: Mutex<Known>,
}

struct Known {
    position: u64,
    set: RevocationSet,
    has_lease: bool,
    verifiers: Vec<Weak<State>>,
}

impl Issuer {
    /// `issuer` is an issuer's URL, to which no request is sent.
    ///
    /// # Panics
    ///
    /// If the URL does not end with `/realms/` and a realm.
    #[must_use]
    pub fn new(issuer: &str) -> Self {
        let realm = Builder::new(issuer, "a", "i", "k").check().expect("an issuer's URL");
        let known =
            Known { position: 1, set: RevocationSet::default(), has_lease: true, verifiers: Vec::new() };
        let clock = TestClock::now();
        Self { issuer: issuer.to_owned(), realm, signer: Signer::new(), clock, known: Mutex::new(known) }
    }

    /// A verifier that knows the key, and what is revoked here. It asks nobody.
    ///
    /// # Panics
    ///
    /// If the audience is empty.
    #[must_use]
    pub fn verifier(&self, audience: &str) -> Verifier {
        let builder = Builder::new(&self.issuer, audience, "i", "k");
        let realm = builder.check().expect("an audience");
        let clock = Box::new(self.clock.clone());
        let state = State::new(builder.issuer, realm, builder.audience, clock, builder.max_cache_bytes);
        let keys = KeyRing::read(self.key_set().as_bytes(), |_| false, Duration::MAX);
        state.keys.store(Arc::new(keys.expect("its own key set")));
        let state = Arc::new(state);
        let mut known = self.known();
        known.verifiers.push(Arc::downgrade(&state));
        known.publish();
        Verifier::without_io(state)
    }

    /// A token that is not signed yet.
    ///
    /// # Panics
    ///
    /// If the system has no randomness.
    pub fn mint(&self) -> Mint<'_> {
        let (client_id, jti) =
            (Uuid::from_bytes(self.signer.random()), URL_SAFE_NO_PAD.encode(self.signer.random()));
        let now = i64::from(seconds(self.clock.since_epoch()));
        let position = self.known().position;
        Mint::new(&self.signer, self.issuer.clone(), self.realm.clone(), (client_id, jti), (now, position))
    }

    /// Revokes this one token, or its grant.
    ///
    /// # Panics
    ///
    /// If the text is no access token.
    pub fn revoke(&self, token: &str) {
        let token = UnverifiedAccessToken::parse(token).expect("an access token");
        self.end([Digest::of_token(&token.claims.jti)]);
    }

    /// Revokes all tokens that this credential has got so far.
    pub fn revoke_credential(&self, client_id: Uuid) {
        self.end([Digest::of_credential(client_id)]);
    }

    /// Revokes so many credentials that no token is of, to see what a large set costs.
    ///
    /// # Panics
    ///
    /// If the system has no randomness.
    pub fn revoke_many(&self, credentials: usize) {
        let ids = (0..credentials).map(|_| Uuid::from_bytes(self.signer.random()));
        self.end(ids.map(Digest::of_credential));
    }

    /// Its verifiers get no answer any more, and their lease is over.
    pub fn lose_lease(&self) {
        self.known().has_lease = false;
        self.known().publish();
    }

    /// Its verifiers get answers again.
    pub fn regain_lease(&self) {
        self.known().has_lease = true;
        self.known().publish();
    }

    /// The clock of this issuer and of its verifiers.
    pub fn clock(&self) -> &TestClock {
        &self.clock
    }

    /// The URL that it was made with.
    pub fn url(&self) -> &str {
        &self.issuer
    }

    /// As `GET {issuer}/oauth2/jwks` answers (RFC 7517 §5).
    pub fn key_set(&self) -> String {
        self.signer.key_set()
    }

    /// The header that its tokens have.
    pub fn header(&self) -> AccessTokenHeader {
        self.signer.header()
    }

    /// Signs any header and claims, also wrong ones.
    ///
    /// # Panics
    ///
    /// If they cannot be written as JSON.
    pub fn sign(&self, header: &impl Serialize, claims: &impl Serialize) -> String {
        let header = serde_json::to_string(header).expect("a header");
        self.sign_text(&header, &serde_json::to_string(claims).expect("claims"))
    }

    /// Signs any texts, also those that are no JSON.
    ///
    /// # Panics
    ///
    /// If the system has no randomness.
    pub fn sign_text(&self, header: &str, claims: &str) -> String {
        self.signer.sign(header, claims)
    }

    fn end(&self, all: impl IntoIterator<Item = Digest>) {
        let now = seconds(self.clock.since_epoch());
        let mut known = self.known();
        known.position += 1;
        let (before, forget_after) = (known.position, now.saturating_add(90_000));
        let entries = all.into_iter().map(|of| Entry { of, from: 0, forget_after, before });
        known.set = known.set.with(entries.collect(), now);
        known.publish();
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    fn publish(&mut self) {
        self.verifiers.retain(|verifier| verifier.strong_count() > 0);
        let leased = self.has_lease.then(|| {
            let process = std::process::id();
            Arc::new(Leased { set: self.set.clone(), lease_end: Duration::MAX, process })
        });
        for state in self.verifiers.iter().filter_map(Weak::upgrade) {
            state.leased.store(leased.clone());
        }
    }
}
