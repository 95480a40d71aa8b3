//! What guards a service: its verifier, and the metadata that challenges name.

use std::future::Future;
use std::sync::Arc;

use claviger_contract::{PresentedToken, Unclear};

use crate::refused::{InvalidToken, Refused};
use crate::requirement::Requirement;
use crate::responses::answer::{Answer, NotPresented};
use crate::responses::protected_resource::ProtectedResource;
use crate::token::NotOurs;
use crate::verified_token::VerifiedToken;
use crate::verifier::Verifier;

/// The verifier of a service, and its RFC 9728 metadata if it has any. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Protection {
    verifier: Verifier,
    resource: Option<Arc<ProtectedResource>>,
}

/// A request that is not let in.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error(transparent)]
    NotPresented(#[from] NotPresented),
    #[error(transparent)]
    Refused(#[from] Refused),
}

impl Protection {
    #[must_use]
    pub fn new(verifier: Verifier) -> Self {
        Self { verifier, resource: None }
    }

    /// With metadata, which challenges then name.
    #[must_use]
    pub fn with_resource(mut self, resource: ProtectedResource) -> Self {
        self.resource = Some(Arc::new(resource));
        self
    }

    pub fn verifier(&self) -> &Verifier {
        &self.verifier
    }

    pub fn resource(&self) -> Option<&ProtectedResource> {
        self.resource.as_deref()
    }

    /// Verifies what [`PresentedToken::find`] found in a request's headers, with IO if it must be.
    ///
    /// # Errors
    ///
    /// Why the request is not let in.
    pub fn admit(
        &self,
        presented: Result<Option<PresentedToken>, Unclear>,
        requirement: &Requirement,
    ) -> impl Future<Output = Result<VerifiedToken, Refusal>> + Send + use<> {
        let (protection, requirement) = (self.clone(), requirement.clone());
        async move {
            let presented = presented.map_err(NotPresented::from)?.ok_or(NotPresented::NoToken)?;
            let readings: Vec<String> = presented.readings().map(str::to_owned).collect();
            let mut refused = Refused::from(NotOurs::Malformed);
            for reading in readings {
                match protection.verifier.verify_or_introspect_async(&reading, &requirement).await {
                    Ok(token) => return Ok(token),
                    Err(Refused::Invalid(InvalidToken::NotOurs(NotOurs::Malformed))) => (),
                    Err(other) => refused = other,
                }
            }
            Err(refused.into())
        }
    }

    /// The answer to a refused request.
    pub fn answer(&self, refusal: &Refusal) -> Answer {
        match refusal {
            Refusal::NotPresented(not_presented) => Answer::of_not_presented(*not_presented, self.resource()),
            Refusal::Refused(refused) => Answer::of_refused(refused, self.resource()),
        }
    }
}
