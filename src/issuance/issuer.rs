//! The front of this room: each call takes one snapshot, decides on it, and answers only under its lease.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use claviger_contract::{AuthorizationServerMetadata, JsonWebKeySet, PresentedToken, RealmLabel, Timestamp};
use uuid::Uuid;

use super::authenticate::authenticate;
use super::{
    AuthenticatedClient, Bearer, ClockAlarm, Failures, Introspection, IssuedToken, PresentedClient, Refusal,
    RegistryRequest, RegistryToken, TokenRequest, VerifiedToken, bearer, exchange, introspect, publish,
    registry_token, verify, verify_refresh,
};
use crate::crypto::{Keyring, certificate_pem};
use crate::domain::{Clock, ClockJumped, Randomness, Readiness, Standstill};
use crate::snapshot::{Heard, RealmView, Snapshot, Snapshots, Usage};

/// What an issuer is made of.
pub struct IssuerParts {
    pub snapshots: Arc<Snapshots>,
    pub keyring: Arc<Keyring>,
    pub failures: Failures,
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
    pub(super) heard: Arc<Heard>,
    pub(super) usage: Arc<Usage>,
    clock: Arc<dyn Clock>,
    alarm: Arc<ClockAlarm>,
    pub(super) randomness: Arc<dyn Randomness>,
}

impl Issuer {
    pub fn new(parts: IssuerParts) -> Self {
        let IssuerParts { snapshots, keyring, failures, heard, usage, clock, alarm, randomness } = parts;
        Self { snapshots, keyring, failures, heard, usage, clock, alarm, randomness }
    }

    /// The client credentials grant (RFC 6749 §4.4).
    pub fn exchange(
        &self,
        realm: &str,
        presented: &PresentedClient,
        request: &TokenRequest,
    ) -> Result<IssuedToken, Refusal> {
        self.alarm.check()?;
        let now = self.clock.now();
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
        let now = self.clock.now();
        self.snapshots.answer(&*self.clock, |snapshot| {
            introspect::introspect(self, snapshot, realm, presented, token, now)
        })?
    }

    /// For a token that was issued from a later state than this node has: it reads on, and is asked again.
    pub(super) fn is_behind(&self) -> Refusal {
        self.snapshots.hurry();
        Refusal::Unavailable
    }

    /// Where an application credential belongs, for clients that name no realm.
    pub fn realm_of_application(&self, id: Uuid) -> Result<Option<RealmLabel>, Refusal> {
        Ok(self.snapshots.answer(&*self.clock, |snapshot| snapshot.realm_of_application(id).cloned())?)
    }

    /// For endpoints at which a client speaks for itself.
    pub fn authenticate(
        &self,
        realm: &str,
        presented: &PresentedClient,
    ) -> Result<AuthenticatedClient, Refusal> {
        let now = self.clock.now();
        self.snapshots.answer(&*self.clock, |snapshot| {
            let realm = snapshot.find_realm(realm).map(|realm| &**realm);
            Ok(authenticate(realm, presented, self.keyring.digester(), &self.failures, now)?)
        })?
    }

    /// Refuses with `InvalidClient` whatever is not an active token of the realm.
    pub fn recognise(
        &self,
        realm: &str,
        presented: &PresentedToken,
        address: IpAddr,
    ) -> Result<Bearer, Refusal> {
        let now = self.clock.now();
        self.snapshots.answer(&*self.clock, |snapshot| {
            bearer::recognise(self, snapshot, realm, presented, address, now)
        })?
    }

    /// For a container registry: whoever presents a token gets one for it, with what of the request they hold.
    pub fn registry_token(
        &self,
        realm: &str,
        presented: &PresentedToken,
        request: &RegistryRequest,
        address: IpAddr,
    ) -> Result<RegistryToken, Refusal> {
        self.alarm.check()?;
        let now = self.clock.now();
        self.snapshots.answer(&*self.clock, |snapshot| {
            registry_token::registry_token(self, snapshot, realm, presented, request, address, now)
        })?
    }

    /// The certificate that registries of the realm trust, in PEM; `None` when there is no such realm.
    pub fn registry_authority(&self, realm: &str) -> Result<Option<String>, Refusal> {
        let certificate = |realm: &RealmView| {
            realm.keys.registry_authority()?.record.certificate.as_deref().map(certificate_pem)
        };
        Ok(self.publish(realm, certificate)?.flatten())
    }

    /// The token, if it is this very client's, signed by the realm and not over yet.
    pub fn find_own_token(
        &self,
        realm: &str,
        client: &AuthenticatedClient,
        presented_token: &str,
    ) -> Result<Option<VerifiedToken>, Refusal> {
        let now = self.clock.now();
        Ok(self.snapshots.answer(&*self.clock, |snapshot| {
            let realm = snapshot.find_realm(realm)?;
            // Other clients get no refresh tokens: what looks like one of theirs is none.
            let refresh = || client.as_application().and_then(|_| verify_refresh(realm, presented_token));
            let token = verify(realm, presented_token).or_else(refresh)?;
            (token.claims.client_id == client.id() && now < token.facts().expires_at).then_some(token)
        })?)
    }

    /// `None` when there is no such realm.
    pub fn metadata(&self, realm: &str) -> Result<Option<AuthorizationServerMetadata>, Refusal> {
        self.publish(realm, publish::metadata)
    }

    /// `None` when there is no such realm.
    pub fn key_set(&self, realm: &str) -> Result<Option<JsonWebKeySet>, Refusal> {
        let now = self.clock.now();
        self.publish(realm, |realm| realm.keys.public(now))
    }

    fn publish<T>(&self, realm: &str, document: impl FnOnce(&RealmView) -> T) -> Result<Option<T>, Refusal> {
        let found = |snapshot: &Arc<Snapshot>| snapshot.find_realm(realm).map(|realm| document(realm));
        Ok(self.snapshots.answer(&*self.clock, found)?)
    }

    /// Ready means a valid lease.
    pub fn readiness(&self) -> Readiness {
        self.snapshots.readiness(&*self.clock)
    }

    /// Why there is none, where that mends itself by nothing that this node does.
    pub fn standstill(&self) -> Option<Arc<Standstill>> {
        self.snapshots.standstill()
    }

    /// Why no token is issued, though there may be a lease.
    pub fn clock_jumped(&self) -> Option<ClockJumped> {
        self.alarm.check().err()
    }

    /// For measuring how long something took.
    pub fn since_boot(&self) -> Duration {
        self.clock.since_boot()
    }

    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }
}
