//! Entry point of issuance: each call loads one snapshot, decides on it, and answers only under its lease.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use claviger_contract::{AuthorizationServerMetadata, JsonWebKeySet, PresentedToken, RealmLabel, Timestamp};
use uuid::Uuid;

use crate::activity::{Heard, Usage};
use crate::crypto::{Keyring, certificate_pem};
use crate::issuance::ahead::{Place, place};
use crate::issuance::authenticate::authenticate;
use crate::issuance::authenticate::{AuthenticatedClient, PresentedClient};
use crate::issuance::bearer::Bearer;
use crate::issuance::cache::{TokenCache, TokenCacheCounts};
use crate::issuance::decide::TokenRequest;
use crate::issuance::failures::{Failures, Origin};
use crate::issuance::introspect::Introspection;
use crate::issuance::mint::IssuedToken;
use crate::issuance::refusal::Refusal;
use crate::issuance::registry_token::{RegistryRequest, RegistryToken};
use crate::issuance::verify::{VerifiedToken, verify, verify_refresh};
use crate::issuance::{bearer, exchange, introspect, publish, registry_token};
use crate::snapshot::{ClockAlarm, HeadLooks, RealmView, Snapshot, Snapshots};
use claviger_domain::{
    Actor, Clock, ClockAlarmed, FailedAttempt, Randomness, Readiness, RegistryService, Standstill, shown,
};

/// Another server may still treat a token as alive this long after this clock says it has expired. Either clock may be
/// 5 s off without an alarm, and resource servers allow some leeway.
const MAX_CLOCK_SKEW_SECONDS: i64 = 60;

/// The components of an issuer.
pub struct IssuerParts {
    pub snapshots: Arc<Snapshots>,
    pub keyring: Arc<Keyring>,
    pub failures: Failures,
    pub tokens: TokenCache,
    pub heard: Arc<Heard>,
    pub usage: Arc<Usage>,
    pub clock: Arc<dyn Clock>,
    pub alarm: Arc<ClockAlarm>,
    pub randomness: Arc<dyn Randomness>,
}

pub struct Issuer {
    pub(super) snapshots: Arc<Snapshots>,
    pub(super) keyring: Arc<Keyring>,
    pub(super) failures: Failures,
    pub(super) tokens: TokenCache,
    pub(super) heard: Arc<Heard>,
    pub(super) usage: Arc<Usage>,
    clock: Arc<dyn Clock>,
    alarm: Arc<ClockAlarm>,
    pub(super) randomness: Arc<dyn Randomness>,
    /// When the follower was last woken for a token, in milliseconds since boot.
    woken_at: AtomicU64,
}

const WAKE_EVERY_MILLIS: u64 = 10;

impl Issuer {
    pub fn new(parts: IssuerParts) -> Self {
        let IssuerParts { snapshots, keyring, failures, tokens, heard, usage, clock, alarm, randomness } =
            parts;
        let woken_at = AtomicU64::new(0);
        Self { snapshots, keyring, failures, tokens, heard, usage, clock, alarm, randomness, woken_at }
    }

    /// The client credentials grant (RFC 6749 §4.4).
    pub fn exchange(
        &self,
        realm: &str,
        presented: &PresentedClient,
        request: &TokenRequest,
    ) -> Result<IssuedToken, Refusal> {
        self.alarm.check()?;
        let now = self.alarm.now();
        self.snapshots.answer(&*self.clock, |snapshot| {
            exchange::exchange(self, snapshot, realm, presented, request, now)
        })?
    }

    pub fn introspect(
        &self,
        realm: &str,
        presented: &PresentedClient,
        token: &str,
    ) -> Result<Introspection, Refusal> {
        let (looks, now) = (self.snapshots.looks(), self.alarm.now());
        self.snapshots.answer(&*self.clock, |snapshot| {
            introspect::introspect(self, snapshot, realm, presented, token, looks, now)
        })?
    }

    /// For a token issued from a later state than this node has: wakes the follower, and the client retries. Made-up
    /// tokens do not make the follower read all the time.
    pub(super) fn is_behind(&self) -> Refusal {
        let now = u64::try_from(self.clock.since_boot().as_millis()).unwrap_or(u64::MAX);
        let last = self.woken_at.load(Ordering::Relaxed);
        if now >= last + WAKE_EVERY_MILLIS
            && self.woken_at.compare_exchange(last, now, Ordering::Relaxed, Ordering::Relaxed).is_ok()
        {
            self.snapshots.wake();
        }
        Refusal::Unavailable
    }

    /// Finds the realm of an application credential, for clients that name no realm.
    pub fn realm_of_application(&self, id: Uuid) -> Result<Option<RealmLabel>, Refusal> {
        Ok(self.snapshots.answer(&*self.clock, |snapshot| snapshot.realm_of_application(id).cloned())?)
    }

    /// For endpoints at which a client authenticates itself.
    pub fn authenticate(
        &self,
        realm: &str,
        presented: &PresentedClient,
    ) -> Result<AuthenticatedClient, Refusal> {
        let now = self.alarm.now();
        self.snapshots.answer(&*self.clock, |snapshot| {
            let realm = snapshot.find_realm(realm).map(|realm| &**realm);
            Ok(authenticate(realm, presented, self.keyring.digester(), &self.failures, now)?)
        })?
    }

    /// Records that an authenticated caller requested something it may not do.
    pub fn note_denied(
        &self,
        realm: &RealmLabel,
        actor: Actor,
        operation: String,
        path: &str,
        address: IpAddr,
    ) {
        let attempt = FailedAttempt::Act { actor, operation, path: shown(path) };
        self.failures.attempts().note(Some(realm), attempt, address, self.alarm.now());
    }

    /// Refuses with `InvalidClient` any token that introspection would not call active in this realm. The
    /// administration endpoint also accepts a personal access token with only `admin:` scopes.
    pub fn recognize(
        &self,
        realm: &str,
        presented: &PresentedToken,
        origin: Origin,
    ) -> Result<Bearer, Refusal> {
        let at = (self.snapshots.looks(), self.alarm.now());
        self.snapshots.answer(&*self.clock, |snapshot| {
            bearer::recognize(self, snapshot, realm, presented, origin, at)
        })?
    }

    /// For a container registry: exchanges a token for a registry token, with those requested scopes that its holder
    /// has.
    pub fn registry_token(
        &self,
        realm: &str,
        presented: &PresentedToken,
        request: &RegistryRequest,
        origin: Origin,
    ) -> Result<RegistryToken, Refusal> {
        self.alarm.check()?;
        let at = (self.snapshots.looks(), self.alarm.now());
        self.snapshots.answer(&*self.clock, |snapshot| {
            registry_token::registry_token(self, snapshot, realm, presented, request, origin, at)
        })?
    }

    /// Records that a client of this registry got a refresh token.
    pub fn note_registry(&self, realm: &RealmLabel, service: &RegistryService) {
        self.heard.note_registry(realm, service, self.alarm.now());
    }

    /// The certificate that registries of the realm trust, in PEM. `None` if the realm does not exist.
    pub fn registry_authority(&self, realm: &str) -> Result<Option<String>, Refusal> {
        let certificate = |realm: &RealmView| {
            realm.keys.registry_authority()?.record.certificate.as_deref().map(certificate_pem)
        };
        Ok(self.publish(realm, certificate)?.flatten())
    }

    /// Returns the token if it was issued to this client, is signed by the realm and has not expired by any clock.
    /// Under a clock alarm no token counts as expired: an unnecessary revocation does no harm.
    pub fn find_own_token(
        &self,
        realm: &str,
        client: &AuthenticatedClient,
        presented_token: &str,
    ) -> Result<Option<VerifiedToken>, Refusal> {
        let over_before = self.alarm.check().ok().map(|now| now.minus_seconds(MAX_CLOCK_SKEW_SECONDS));
        Ok(self.snapshots.answer(&*self.clock, |snapshot| {
            let realm = snapshot.find_realm(realm)?;
            // Other clients get no refresh tokens, so none of theirs can be valid.
            let refresh = || client.as_application().and_then(|_| verify_refresh(realm, presented_token));
            let token = verify(realm, presented_token).or_else(refresh)?;
            let place = place(token.claims.pos, None, snapshot, HeadLooks::default());
            let is_over = over_before.is_some_and(|before| token.facts().expires_at < before);
            (place != Place::Impossible && token.claims.client_id == client.id() && !is_over).then_some(token)
        })?)
    }

    /// `None` if the realm does not exist.
    pub fn metadata(&self, realm: &str) -> Result<Option<AuthorizationServerMetadata>, Refusal> {
        self.publish(realm, publish::metadata)
    }

    /// `None` if the realm does not exist.
    pub fn key_set(&self, realm: &str) -> Result<Option<JsonWebKeySet>, Refusal> {
        let now = self.alarm.now();
        self.publish(realm, |realm| realm.keys.public(now))
    }

    fn publish<T>(&self, realm: &str, document: impl FnOnce(&RealmView) -> T) -> Result<Option<T>, Refusal> {
        let found = |snapshot: &Arc<Snapshot>| snapshot.find_realm(realm).map(|realm| document(realm));
        Ok(self.snapshots.answer(&*self.clock, found)?)
    }

    /// Ready means that the lease is valid.
    pub fn readiness(&self) -> Readiness {
        self.snapshots.readiness(&*self.clock)
    }

    /// Why there is no lease, if this node cannot recover on its own.
    pub fn standstill(&self) -> Option<Arc<Standstill>> {
        self.snapshots.standstill()
    }

    /// Why no token is issued, even though the lease may be valid.
    pub fn clock_alarmed(&self) -> Option<ClockAlarmed> {
        self.alarm.check().err()
    }

    /// Counters of the cache of verified and signed tokens.
    pub fn token_cache(&self) -> TokenCacheCounts {
        self.tokens.counts()
    }

    /// For measuring durations.
    pub fn since_boot(&self) -> Duration {
        self.clock.since_boot()
    }

    /// How many milliseconds the wall clock is ahead of the database's, if the database has a clock.
    pub fn clock_apart_from_database(&self) -> Option<i64> {
        self.alarm.apart_from_database()
    }

    pub fn now(&self) -> Timestamp {
        self.alarm.now()
    }
}
