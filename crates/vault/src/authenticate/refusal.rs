//! Why a provider did not answer as hoped.

use serde::Serialize;

use crate::catalog::{Answered, Outcome, text_of};
use crate::masking::{Masker, ProviderText};
use crate::outbound::SendFailure;

/// Where providers put the text of an error.
const MESSAGES: [&str; 10] = [
    "/error_description",
    "/message",
    "/error/message",
    "/error_info",
    "/errorSummary",
    "/errorMessage",
    "/errors/0/message",
    "/errors/0",
    "/detail",
    "/error",
];

/// Nothing could be done with the credential.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Refused {
    pub outcome: Outcome,
    /// For people, without secrets.
    pub sentences: Vec<String>,
}

impl Refused {
    pub(crate) fn new(outcome: Outcome, say: Option<&str>, said: Option<ProviderText>) -> Self {
        let said = said.map(|text| format!("The provider says: {text}"));
        Self {
            outcome,
            sentences: [say.unwrap_or(sentence(outcome)).to_owned()].into_iter().chain(said).collect(),
        }
    }

    pub(crate) fn unsent(failure: SendFailure) -> Self {
        let outcome = failure_outcome(failure);
        Self { outcome, sentences: vec![format!("{}: {failure}", sentence(outcome).trim_end_matches('.'))] }
    }
}

/// By status alone.
pub fn outcome_of_status(answered: &Answered) -> Outcome {
    if is_rate_limited(answered) {
        return Outcome::RateLimited;
    }
    // RFC 6750 §3.1: the token is known, and lacks a scope.
    let challenge = answered.header("www-authenticate").unwrap_or_default();
    if challenge.contains("insufficient_scope") {
        return Outcome::InsufficientPermission;
    }
    match answered.status() {
        401 | 300..=399 => Outcome::InvalidCredential,
        403 => Outcome::InsufficientPermission,
        404 => Outcome::WrongUrl,
        500..=599 => Outcome::ProviderError,
        _ => Outcome::Unknown,
    }
}

/// Some providers answer 403 when a limit is reached, and say so in a header.
pub fn is_rate_limited(answered: &Answered) -> bool {
    let is_exhausted = answered.header("x-ratelimit-remaining").is_some_and(|left| left.trim() == "0");
    let is_told = is_exhausted || answered.header("retry-after").is_some();
    answered.status() == 429 || (answered.status() == 403 && is_told)
}

pub fn failure_outcome(failure: SendFailure) -> Outcome {
    match failure {
        SendFailure::Unreachable => Outcome::Unreachable,
        SendFailure::PlainHttp => Outcome::WrongUrl,
        SendFailure::BodyRefused => Outcome::ProviderError,
    }
}

/// What is said when the catalog has no sentence of its own.
pub fn sentence(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Ok => "The provider accepts the credential.",
        Outcome::InvalidCredential => "The provider does not accept the credential.",
        Outcome::InsufficientPermission => "The credential lacks permissions.",
        Outcome::WrongUrl => "There is no such service at this address.",
        Outcome::Expired => "The credential has expired.",
        Outcome::RateLimited => "Could not verify: the provider allows no more requests at the moment.",
        Outcome::Unreachable => "Could not verify: the provider does not answer.",
        Outcome::ProviderError => "Could not verify: the provider answers with an error of its own.",
        Outcome::Unknown => "Could not verify: the provider's answer says nothing about the credential.",
    }
}

pub fn provider_message(answered: &Answered, masker: &Masker) -> Option<ProviderText> {
    let header = answered.header("x-bamboohr-error-message").map(str::to_owned);
    let texts = MESSAGES.iter().filter_map(|pointer| answered.pointer(pointer).and_then(text_of));
    let text = header.into_iter().chain(texts).find(|text| !text.trim().is_empty())?;
    Some(masker.text(&text))
}
