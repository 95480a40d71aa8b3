//! Why an administrative act was refused.

use claviger_api::{DiscoveryView, FieldError, ValidationView};
use claviger_contract::Scope;

use crate::ledger::{Denied, LedgerError};
use crate::store::StoreError;
use crate::vault::{NotAsked, SecretsError};
use crate::webhooks::WebhookSecretsError;
use claviger_domain::{LimitReached, ValidationOutcome};

/// What its provider said of a credential that was not stored.
#[derive(Debug)]
pub struct ProviderSaid {
    pub validation: ValidationView,
    /// All that can be answered, with what can be chosen.
    pub questions: Vec<DiscoveryView>,
}

#[derive(Debug, thiserror::Error)]
pub enum AdministrationError {
    #[error(transparent)]
    Denied(#[from] Denied),
    /// The kind of object; `realm` for the realm itself.
    #[error("{}", not_found(.0))]
    NotFound(&'static str),
    #[error("{0}")]
    Conflict(String),
    #[error("{}", listed(.0))]
    Invalid(Vec<FieldError>),
    #[error("the object's ETag does not match If-Match: read the object again, then retry")]
    Stale,
    /// The object created by the first attempt with this key, as named in paths.
    #[error("a request with this Idempotency-Key was already carried out and created {0}")]
    AlreadyMade(String),
    #[error("a revoked or expired credential cannot be edited")]
    NotActive,
    #[error("the realm's setting service_credentials is off: service credentials cannot be created")]
    ServiceCredentialsOff,
    /// The fields name the lines and names at fault.
    #[error("some of the names are already taken")]
    NamesTaken(Vec<FieldError>),
    /// A third-party credential that its provider does not accept.
    #[error("the provider refuses the credential ({}): nothing was stored", .outcome.as_str())]
    CredentialRefused {
        outcome: ValidationOutcome,
        errors: Vec<FieldError>,
        /// Of a validation.
        said: Option<Box<ProviderSaid>>,
    },
    /// A third-party credential whose provider gave no verdict.
    #[error(
        "the credential could not be verified ({}), which says nothing about it: nothing was stored; retry, or set \
         validate to false",
        .outcome.as_str()
    )]
    NotVerified {
        outcome: ValidationOutcome,
        errors: Vec<FieldError>,
        /// Of a validation.
        said: Option<Box<ProviderSaid>>,
    },
    /// A third-party credential that its provider accepts, with questions that are not answered, or with answers that it
    /// refuses.
    #[error("{}", listed(.errors))]
    Unanswered { errors: Vec<FieldError>, said: Box<ProviderSaid> },
    /// No provider of third-party credentials can be asked now.
    #[error("{0}")]
    Busy(String),
    #[error(transparent)]
    Limit(#[from] LimitReached),
    #[error(transparent)]
    Ledger(LedgerError),
    #[error("{0}")]
    Crypto(String),
}

impl From<LedgerError> for AdministrationError {
    fn from(error: LedgerError) -> Self {
        match error {
            LedgerError::Invalid(unreadable) => Self::invalid(unreadable.field, unreadable.detail),
            _ => Self::Ledger(error),
        }
    }
}

impl From<StoreError> for AdministrationError {
    fn from(error: StoreError) -> Self {
        LedgerError::from(error).into()
    }
}

impl From<NotAsked> for AdministrationError {
    fn from(error: NotAsked) -> Self {
        match error {
            NotAsked::TooMany(_) => Self::Busy(error.to_string()),
            // What is asked about was checked against the same catalog.
            NotAsked::Unknown(_) => Self::invalid("source_type", error),
        }
    }
}

impl From<SecretsError> for AdministrationError {
    fn from(error: SecretsError) -> Self {
        Self::Crypto(error.to_string())
    }
}

impl From<WebhookSecretsError> for AdministrationError {
    fn from(error: WebhookSecretsError) -> Self {
        Self::Crypto(error.to_string())
    }
}

fn listed(errors: &[FieldError]) -> String {
    let each = errors.iter().map(|error| format!("{}: {}", error.field, error.detail));
    each.collect::<Vec<_>>().join("; ")
}

fn not_found(what: &str) -> String {
    match what {
        "realm" => "there is no such realm".to_owned(),
        _ => format!("there is no such {what} in this realm"),
    }
}

impl AdministrationError {
    pub fn invalid(field: impl Into<String>, detail: impl std::fmt::Display) -> Self {
        Self::Invalid(vec![FieldError::new(field, detail)])
    }

    /// Fails with all errors at once.
    pub fn unless_empty(errors: Vec<FieldError>) -> Result<(), Self> {
        if errors.is_empty() { Ok(()) } else { Err(Self::Invalid(errors)) }
    }

    pub fn not_held(scope: &Scope) -> Self {
        Self::Denied(Denied::NotHeld(format!("a scope can be granted only by someone who holds it: {scope}")))
    }
}
