//! The decision on a token with IO: waits for a key that is being fetched, and introspects (RFC 7662) without a lease.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use claviger_contract::{Scope, parse_strict_json};
use serde::Deserialize;
use uuid::Uuid;

use crate::clock::timestamp;
use crate::introspected_token::IntrospectedToken;
use crate::io::client::{Client, NoAnswer};
use crate::io::endpoints::Endpoints;
use crate::keys::Demand;
use crate::refused::{InvalidToken, Refused, Undecided};
use crate::requirement::Requirement;
use crate::state::State;
use crate::token::SignedToken;
use crate::verified_token::{Seen, VerifiedToken};

pub(crate) struct SlowPath {
    pub(crate) state: Arc<State>,
    pub(crate) client: Client,
    pub(crate) endpoints: Endpoints,
    pub(crate) stopped: AtomicBool,
    key_failure: Mutex<Option<String>>,
}

/// How long a request waits for a key.
const KEY_WITHIN: Duration = Duration::from_secs(3);

const INTROSPECTION_WITHIN: Duration = Duration::from_secs(3);
const MAX_BYTES: u64 = 256 * 1024;

#[derive(Deserialize)]
struct Introspected {
    active: bool,
    iss: Option<String>,
    aud: Option<String>,
    jti: Option<String>,
    sub: Option<Uuid>,
    client_id: Option<Uuid>,
    scope: Option<String>,
}

impl SlowPath {
    pub(crate) fn new(state: Arc<State>, client: Client) -> Self {
        let endpoints = Endpoints::new(&state.issuer);
        Self { state, client, endpoints, stopped: AtomicBool::new(false), key_failure: Mutex::new(None) }
    }

    /// Blocks for a few seconds at most.
    pub(crate) fn decide(
        &self,
        unverified: &str,
        requirement: &Requirement,
    ) -> Result<VerifiedToken, Refused> {
        let mut decided = self.state.verify(unverified, requirement);
        if matches!(&decided, Err(Refused::Undecided { why: Undecided::KeyInFlight, .. })) {
            self.await_key(&self.state.parse(unverified)?.header.kid);
            decided = self.state.verify(unverified, requirement);
        }
        match decided {
            Err(Refused::Undecided {
                why: Undecided::NoLease | Undecided::NoKeys | Undecided::ClockSetBack,
                ..
            }) => self.introspect(unverified, requirement),
            other => other,
        }
    }

    pub(crate) fn note_key_failure(&self, why: Option<String>) {
        *self.key_failure.lock().unwrap_or_else(PoisonError::into_inner) = why;
    }

    pub(crate) fn key_failure(&self) -> Option<String> {
        self.key_failure.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Until the fetch that is under way, or about to begin, ends.
    fn await_key(&self, kid: &str) {
        let demand = self.state.demand();
        let is_awaited =
            |demand: &mut Demand| demand.is_awaiting(kid) && !self.stopped.load(Ordering::Acquire);
        drop(self.state.key_news.wait_timeout_while(demand, KEY_WITHIN, is_awaited));
    }

    fn introspect(&self, unverified: &str, requirement: &Requirement) -> Result<VerifiedToken, Refused> {
        let state = &self.state;
        let parsed = state.parse(unverified)?;
        let answer = self.ask(unverified)?;
        let claims = &parsed.claims;
        let is_same = answer.iss.as_ref() == Some(&claims.iss)
            && answer.aud.as_ref() == Some(&claims.aud)
            && answer.jti.as_ref() == Some(&claims.jti);
        if !is_same {
            return Err(unavailable(None));
        }
        let token = SignedToken::confirmed_by_issuer(parsed);
        state.check_times(&token, timestamp(state.clock.since_epoch()))?;
        let verified = VerifiedToken::new(Arc::new(Seen::new(token)));
        verified.require(requirement).map(|()| verified)
    }

    /// For a token that has no claims. An answer that cannot be right decides nothing.
    pub(crate) fn introspect_opaque(
        &self,
        unverified: &str,
        requirement: &Requirement,
    ) -> Result<IntrospectedToken, Refused> {
        let state = &self.state;
        let answer = self.ask(unverified)?;
        let is_ours = answer.iss.as_ref() == Some(&state.issuer)
            && answer.aud.is_some_and(|aud| aud == state.issuer || aud == state.audience);
        let (true, Some(subject), Some(client_id)) = (is_ours, answer.sub, answer.client_id) else {
            return Err(unavailable(None));
        };
        let scopes = answer.scope.unwrap_or_default();
        let scopes = scopes.split(' ').filter_map(|scope| scope.parse::<Scope>().ok()).collect();
        let token = IntrospectedToken::new(client_id, subject, scopes);
        token.require(requirement).map(|()| token)
    }

    /// The answer to a token that the issuer calls active (RFC 7662).
    fn ask(&self, unverified: &str) -> Result<Introspected, Refused> {
        self.state.counts.introspections.increment();
        let found = self.endpoints.find(&self.client).map_err(|_| unavailable(None))?;
        let form = [("token", unverified)];
        let body = self.client.post_form(&found.introspection, form, INTROSPECTION_WITHIN, MAX_BYTES);
        let body = body.map_err(|error| match error {
            NoAnswer::Status { retry_after, .. } => unavailable(retry_after),
            NoAnswer::Unreachable(_) | NoAnswer::Body(_) => unavailable(None),
        })?;
        let json = parse_strict_json(&body).map_err(|_| unavailable(None))?;
        let answer: Introspected = serde_json::from_value(json).map_err(|_| unavailable(None))?;
        if !answer.active {
            return Err(Refused::Invalid(InvalidToken::Inactive));
        }
        Ok(answer)
    }
}

fn unavailable(retry_after: Option<Duration>) -> Refused {
    let retry_after = retry_after.unwrap_or(Duration::from_secs(1));
    Refused::Undecided { why: Undecided::IssuerUnavailable, retry_after }
}
