//! Entry point of issuance: each call loads one snapshot, decides on it, and answers only under its lease.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use claviger_contract::{
    AuthorizationServerMetadata, JsonWebKeySet, OpenIdProviderMetadata, PresentedToken, RealmLabel, Timestamp,
};

use crate::crypto::certificate_pem;
use crate::issuance::authenticate::authenticate;
use crate::issuance::authenticate::{AuthenticatedClient, PresentedClient};
use crate::issuance::bearer::Bearer;
use crate::issuance::context::{Context, IssuerParts};
use crate::issuance::decide::TokenRequest;
use crate::issuance::failures::Origin;
use crate::issuance::introspect::Introspection;
use crate::issuance::mint::IssuedToken;
use crate::issuance::own_tokens::{Place, TokenCacheCounts, client_of, place, verify, verify_refresh};
use crate::issuance::refusal::Refusal;
use crate::issuance::registry_token::{RegistryRequest, RegistryToken};
use crate::issuance::revocable::Revocable;
use crate::issuance::trace::{Traced, trace};
use crate::issuance::{bearer, exchange, introspect, publish, registry_token};
use crate::snapshot::{HeadLooks, RealmView, Snapshot};
use claviger_domain::{
    Actor, ApplicationCredentialId, ClockAlarmed, FailedAttempt, Readiness, RegistryService,
    ResourceServerId, Standstill, shown,
};

/// Another server may still treat a token as alive this long after this clock says it has expired. Either clock may be
/// 5 s off without an alarm, and resource servers allow some leeway.
const MAX_CLOCK_SKEW_SECONDS: i64 = 60;

pub struct Issuer {
    pub(super) context: Context,
}

impl Issuer {
    pub fn new(parts: IssuerParts) -> Self {
        Self { context: Context::new(parts) }
    }

    /// The client credentials grant (RFC 6749 §4.4).
    pub fn exchange(
        &self,
        realm: &str,
        presented: &PresentedClient,
        request: &TokenRequest,
    ) -> Result<IssuedToken, Refusal> {
        let now = self.context.alarm.check()?.at();
        self.context.snapshots.answer(&*self.context.clock, |snapshot| {
            exchange::exchange(&self.context, snapshot, realm, presented, request, now)
        })?
    }

    pub fn introspect(
        &self,
        realm: &str,
        presented: &PresentedClient,
        token: &str,
    ) -> Result<Introspection, Refusal> {
        let (looks, now) = (self.context.snapshots.looks(), self.context.alarm.now());
        self.context.snapshots.answer(&*self.context.clock, |snapshot| {
            introspect::introspect(&self.context, snapshot, realm, presented, token, looks, now)
        })?
    }

    /// Finds the realm of an application credential, for clients that name no realm. `None` stands for text that is no id.
    pub fn realm_of_application(
        &self,
        id: Option<ApplicationCredentialId>,
    ) -> Result<Option<RealmLabel>, Refusal> {
        Ok(self.context.snapshots.answer(&*self.context.clock, |snapshot| {
            id.and_then(|id| snapshot.realm_of_application(id)).cloned()
        })?)
    }

    /// For endpoints at which a client authenticates itself.
    pub fn authenticate(
        &self,
        realm: &str,
        presented: &PresentedClient,
    ) -> Result<AuthenticatedClient, Refusal> {
        let now = self.context.alarm.now();
        self.context.snapshots.answer(&*self.context.clock, |snapshot| {
            let realm = snapshot.find_realm(realm).map(|realm| &**realm);
            Ok(authenticate(realm, presented, self.context.keyring.digester(), &self.context.failures, now)?)
        })?
    }

    /// For an endpoint that is for resource servers alone.
    pub fn authenticate_resource_server(
        &self,
        realm: &str,
        presented: &PresentedClient,
    ) -> Result<(RealmLabel, ResourceServerId), Refusal> {
        let now = self.context.alarm.now();
        self.context.snapshots.answer(&*self.context.clock, |snapshot| {
            let (realm, server) =
                introspect::resource_server(&self.context, snapshot, realm, presented, now)?;
            Ok((realm.record.label.clone(), server.record.id))
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
        self.context.failures.attempts().note(Some(realm), attempt, address, self.context.alarm.now());
    }

    /// Refuses with `InvalidClient` any token that introspection would not call active in this realm. The
    /// administration endpoint also accepts a personal access token with only `admin:` scopes.
    pub fn recognize(
        &self,
        realm: &str,
        presented: &PresentedToken,
        origin: Origin,
    ) -> Result<Bearer, Refusal> {
        self.recognize_and(realm, presented, origin, |bearer| bearer)
    }

    /// As [`recognize`](Self::recognize), and decides in the same state: the lease is checked after the decision.
    pub fn recognize_and<T>(
        &self,
        realm: &str,
        presented: &PresentedToken,
        origin: Origin,
        decide: impl FnOnce(Bearer) -> T,
    ) -> Result<T, Refusal> {
        let at = (self.context.snapshots.looks(), self.context.alarm.now());
        self.context.snapshots.answer(&*self.context.clock, |snapshot| {
            bearer::recognize(&self.context, snapshot, realm, presented, origin, at).map(decide)
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
        let now = self.context.alarm.check()?.at();
        let at = (self.context.snapshots.looks(), now);
        self.context.snapshots.answer(&*self.context.clock, |snapshot| {
            registry_token::registry_token(&self.context, snapshot, realm, presented, request, origin, at)
        })?
    }

    /// Records that a client of this registry got a refresh token.
    pub fn note_registry(&self, realm: &RealmLabel, service: &RegistryService) {
        self.context.last_seen.note_registry(realm, service, self.context.alarm.now());
    }

    /// The certificate that registries of the realm trust, in PEM. `None` if the realm does not exist.
    pub fn registry_authority(&self, realm: &str) -> Result<Option<String>, Refusal> {
        let certificate = |realm: &RealmView| {
            realm.keys.registry_authority()?.record.certificate.as_deref().map(certificate_pem)
        };
        Ok(self.publish(realm, certificate)?.flatten())
    }

    /// What a client may revoke, if the presented token was issued to it, is signed by the realm and has not expired by
    /// any clock: the access token, or the grant of the refresh token. Under a clock alarm no token counts as expired: an
    /// unnecessary revocation does no harm.
    pub fn find_own_token(
        &self,
        realm: &str,
        client: &AuthenticatedClient,
        presented_token: &str,
    ) -> Result<Option<Revocable>, Refusal> {
        let now = self.context.alarm.now();
        let over_before =
            self.context.alarm.check().ok().map(|now| now.minus_seconds(MAX_CLOCK_SKEW_SECONDS));
        Ok(self.context.snapshots.answer(&*self.context.clock, |snapshot| {
            let realm = snapshot.find_realm(realm)?;
            // Other clients get no refresh tokens, so none of theirs can be valid.
            let refresh = || client.as_application().and_then(|_| verify_refresh(realm, presented_token));
            let access = verify(realm, presented_token).map(|token| (token, false));
            let (token, is_refresh) = access.or_else(|| Some((refresh()?, true)))?;
            let place = place(token.claims().pos, None, snapshot, HeadLooks::default());
            let is_over = over_before.is_some_and(|before| token.facts().expires_at < before);
            let is_own = place != Place::Impossible && client_of(&token) == client.id();
            (is_own && !is_over).then(|| match is_refresh {
                true => Revocable::grant_of(&token, now),
                false => Revocable::token(&token),
            })
        })?)
    }

    /// What a leaked secret of this realm is. Counts against `caller`, whatever comes of it.
    pub fn trace(&self, realm: &RealmLabel, caller: &str, text: &str) -> Result<Option<Traced>, Refusal> {
        self.context.failures.meter_trace(realm, caller)?;
        let at = (self.context.snapshots.looks(), self.context.alarm.now());
        self.context.snapshots.answer(&*self.context.clock, |snapshot| {
            let found = snapshot.find_realm(realm.as_str());
            found.map_or(Ok(None), |realm| trace(&self.context, snapshot, realm, text, at))
        })?
    }

    /// `None` if the realm does not exist.
    pub fn metadata(&self, realm: &str) -> Result<Option<AuthorizationServerMetadata>, Refusal> {
        self.publish(realm, publish::metadata)
    }

    /// `None` if the realm does not exist.
    pub fn openid_metadata(&self, realm: &str) -> Result<Option<OpenIdProviderMetadata>, Refusal> {
        let now = self.context.alarm.now();
        self.publish(realm, |realm| publish::openid_metadata(realm, now))
    }

    /// `None` if the realm does not exist.
    pub fn key_set(&self, realm: &str) -> Result<Option<JsonWebKeySet>, Refusal> {
        let now = self.context.alarm.now();
        self.publish(realm, |realm| realm.keys.public(now))
    }

    fn publish<T>(&self, realm: &str, document: impl FnOnce(&RealmView) -> T) -> Result<Option<T>, Refusal> {
        let found = |snapshot: &Arc<Snapshot>| snapshot.find_realm(realm).map(|realm| document(realm));
        Ok(self.context.snapshots.answer(&*self.context.clock, found)?)
    }

    /// Ready means that the lease is valid.
    pub fn readiness(&self) -> Readiness {
        self.context.snapshots.readiness(&*self.context.clock)
    }

    /// Why there is no lease, if this node cannot recover on its own.
    pub fn standstill(&self) -> Option<Arc<Standstill>> {
        self.context.snapshots.standstill()
    }

    /// Why no token is issued, even though the lease may be valid.
    pub fn clock_alarmed(&self) -> Option<ClockAlarmed> {
        self.context.alarm.check().err()
    }

    /// Counters of the cache of verified and signed tokens.
    pub fn token_cache(&self) -> TokenCacheCounts {
        self.context.tokens.counts()
    }

    /// For measuring durations.
    pub fn since_boot(&self) -> Duration {
        self.context.clock.since_boot()
    }

    /// How many milliseconds the wall clock is ahead of the database's, if the database has a clock.
    pub fn clock_apart_from_database(&self) -> Option<i64> {
        self.context.alarm.apart_from_database()
    }

    pub fn now(&self) -> Timestamp {
        self.context.alarm.now()
    }
}
