//! Asks providers: whether a credential is valid, what can be chosen with it, and for short-lived tokens.

use std::fmt;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use claviger_contract::{RealmLabel, Timestamp};
use claviger_vault::{
    Answers, Environment, Fields, Outbound, OutboundClient, OutboundSettings, Outcome, Subject, USER_AGENT,
    UnknownSubject, Validation, discover, validate,
};
use serde_json::json;

use crate::activity::{Slot, Slots, TooManyRequests};
use crate::crypto::system_random;
use crate::vault::held_tokens::HeldTokens;
use crate::vault::source_types::SourceTypes;
use claviger_domain::{CatalogId, Clock, StoredValidation, ValidationOutcome};

/// A credential as it was entered, for its provider.
#[derive(Clone, Copy)]
pub struct Candidate<'a> {
    pub source_type: &'a CatalogId,
    pub auth_mode: &'a CatalogId,
    pub profile: Option<&'a CatalogId>,
    pub fields: &'a Fields,
    pub answers: &'a Answers,
}

pub struct Providers {
    pub source_types: SourceTypes,
    pub(super) held_tokens: HeldTokens,
    pub(super) slots: Slots,
    outbound: OutboundClient,
    clock: Arc<dyn Clock>,
}

/// Why no provider was asked.
#[derive(Debug, thiserror::Error)]
pub enum NotAsked {
    #[error(transparent)]
    TooMany(#[from] TooManyRequests),
    #[error(transparent)]
    Unknown(#[from] UnknownSubject),
}

impl fmt::Debug for Providers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Providers")
    }
}

impl Providers {
    pub fn new(source_types: SourceTypes, settings: OutboundSettings, clock: Arc<dyn Clock>) -> Self {
        let outbound = OutboundClient::new(settings);
        Self { source_types, held_tokens: HeldTokens::default(), slots: Slots::default(), outbound, clock }
    }

    /// Blocks for as long as the provider takes, within the limits of outbound requests.
    pub fn validate(&self, realm: &RealmLabel, candidate: Candidate<'_>) -> Result<Validation, NotAsked> {
        let (_slot, subject) = (self.slots.take(realm)?, self.subject(candidate)?);
        Ok(self.in_environment(|environment| validate(&subject, environment)))
    }

    /// What can be chosen as the answer of a question.
    pub fn discover(
        &self,
        realm: &RealmLabel,
        candidate: Candidate<'_>,
        question: &CatalogId,
    ) -> Result<Result<claviger_vault::Discovery, claviger_vault::Refused>, NotAsked> {
        let (_slot, subject) = (self.slots.take(realm)?, self.subject(candidate)?);
        Ok(self.in_environment(|environment| discover(&subject, environment, question.as_str())))
    }

    /// Reads the list of a source. Returns the number of its entries.
    pub fn pull(
        &self,
        realm: &RealmLabel,
        candidate: Candidate<'_>,
    ) -> Result<Result<usize, claviger_vault::Refused>, NotAsked> {
        let (_slot, subject) = (self.slots.take(realm)?, self.subject(candidate)?);
        Ok(self.in_environment(|environment| claviger_vault::pull(&subject, environment)))
    }

    /// Counts another request to a third party of this realm, until the slot is dropped.
    pub fn take_slot(&self, realm: &RealmLabel) -> Result<Slot<'_>, NotAsked> {
        Ok(self.slots.take(realm)?)
    }

    pub(super) fn subject<'a>(&'a self, candidate: Candidate<'a>) -> Result<Subject<'a>, UnknownSubject> {
        Subject::new(
            self.source_types.catalog(),
            candidate.source_type.as_str(),
            candidate.auth_mode.as_str(),
            candidate.profile.map(CatalogId::as_str),
            candidate.fields,
            candidate.answers,
        )
    }

    pub(super) fn in_environment<T>(&self, work: impl FnOnce(&Environment<'_>) -> T) -> T {
        let (outbound, random): (&dyn Outbound, _) = (&self.outbound, system_random());
        let clock = EngineClock(&*self.clock);
        work(&Environment { outbound, clock: &clock, random: &random, user_agent: USER_AGENT })
    }

    pub(super) fn now(&self) -> DateTime<Utc> {
        claviger_vault::Clock::now(&EngineClock(&*self.clock))
    }
}

struct EngineClock<'a>(&'a dyn Clock);

impl claviger_vault::Clock for EngineClock<'_> {
    fn now(&self) -> DateTime<Utc> {
        DateTime::from_timestamp(self.0.now().epoch_seconds(), 0).unwrap_or_default()
    }
}

/// What is kept of a validation.
pub fn stored(validation: &Validation, at: Timestamp) -> StoredValidation {
    let texts = |texts: &[claviger_vault::ProviderText]| texts.iter().map(ToString::to_string).collect();
    StoredValidation {
        at,
        outcome: outcome(validation.outcome),
        identity: validation.identity.as_ref().map(ToString::to_string),
        scopes: validation.scopes.as_deref().map(texts),
        expires_at: validation.expires_at.map(|end| Timestamp::from_epoch_seconds(end.timestamp())),
        details: json!({
            "permissions": validation.permissions,
            "excess": validation.excess,
            "sentences": validation.sentences,
        }),
    }
}

pub fn outcome(outcome: Outcome) -> ValidationOutcome {
    match outcome {
        Outcome::Ok => ValidationOutcome::Ok,
        Outcome::InvalidCredential => ValidationOutcome::InvalidCredential,
        Outcome::InsufficientPermission => ValidationOutcome::InsufficientPermission,
        Outcome::WrongUrl => ValidationOutcome::WrongUrl,
        Outcome::Expired => ValidationOutcome::Expired,
        Outcome::RateLimited => ValidationOutcome::RateLimited,
        Outcome::Unreachable => ValidationOutcome::Unreachable,
        Outcome::ProviderError => ValidationOutcome::ProviderError,
        Outcome::Unknown => ValidationOutcome::Unknown,
    }
}
