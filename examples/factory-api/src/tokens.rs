//! Finds out who holds a token: a signed one is verified here, and the issuer is asked about an opaque one.

use std::sync::Arc;

use actix_web::web;
use claviger_verifier::{ConnectError, PresentedToken, Refused, Requirement, Verifier};

use crate::holder::{Holder, Unavailable};
use crate::introspector::Introspector;
use crate::settings::Settings;

pub struct Tokens {
    verifier: Verifier,
    introspector: Arc<Introspector>,
}

/// What the opaque tokens of Claviger begin with: API tokens and personal access tokens.
const OPAQUE_PREFIX: &str = "clv";

impl Tokens {
    /// Starts to follow the revocations of the realm.
    pub fn connect(settings: &Settings) -> Result<Self, ConnectError> {
        let Settings { issuer, audience, client_id, client_key, .. } = settings;
        let verifier = Verifier::connect(issuer, audience, client_id, client_key)?;
        Ok(Self { verifier, introspector: Arc::new(Introspector::new(settings)) })
    }

    /// `None` if no reading of the token is active.
    pub async fn find_holder(&self, presented: &PresentedToken) -> Result<Option<Holder>, Unavailable> {
        for reading in presented.readings() {
            let found = match reading.starts_with(OPAQUE_PREFIX) {
                true => self.introspect(reading).await?,
                false => self.verify(reading).await?,
            };
            if found.is_some() {
                return Ok(found);
            }
        }
        Ok(None)
    }

    /// Without a request while the issuer's answers are recent. A revoked token is refused from the moment its
    /// revocation was answered.
    async fn verify(&self, token: &str) -> Result<Option<Holder>, Unavailable> {
        match self.verifier.verify_or_introspect_async(token, &Requirement::any_token()).await {
            Ok(token) => Ok(Some(token.into())),
            Err(Refused::Undecided { retry_after, .. }) => {
                Err(Unavailable { retry_after: retry_after.as_secs().max(1) })
            }
            Err(Refused::Invalid(_) | Refused::InsufficientScope { .. }) => Ok(None),
        }
    }

    async fn introspect(&self, token: &str) -> Result<Option<Holder>, Unavailable> {
        let (introspector, token) = (self.introspector.clone(), token.to_owned());
        web::block(move || introspector.ask(&token)).await.unwrap_or(Err(Unavailable { retry_after: 1 }))
    }
}
