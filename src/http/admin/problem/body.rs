//! The response to a refused administrative request (RFC 9457).

use std::borrow::Cow;

use actix_web::http::header::{ALLOW, CACHE_CONTROL, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use actix_web::{HttpRequest, HttpResponse};
use claviger_api::{Faults, FieldError};
use serde::Serialize;

use crate::administration::AdministrationError;
use crate::http::admin::problem::kind::ProblemType;
use crate::http::limits::{BodyError, HEADERS_TOO_LARGE};
use crate::http::presented_token::challenge;
use crate::http::renewal::NotRenewed;
use crate::ledger::{Denied, LedgerError};
use crate::revocation::{BarrierFailed, RevocationError};

/// An error, before the request path is known.
#[derive(Debug, PartialEq, Eq)]
pub struct Problem {
    r#type: ProblemType,
    detail: Box<str>,
    errors: Vec<FieldError>,
    /// Id of the object that the first of several identical requests created.
    id: Option<Box<str>>,
    /// The parameters of a Bearer challenge (RFC 6750 §3).
    challenge: Option<Cow<'static, str>>,
    retry_after: Option<u32>,
}

#[derive(Serialize)]
struct Body<'a> {
    r#type: String,
    title: &'a str,
    status: u16,
    detail: &'a str,
    instance: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<FieldBody<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
}

#[derive(Serialize)]
struct FieldBody<'a> {
    field: &'a str,
    detail: &'a str,
}

impl Problem {
    fn new(r#type: ProblemType, detail: impl Into<String>) -> Self {
        let detail = detail.into().into_boxed_str();
        Self { r#type, detail, errors: Vec::new(), id: None, challenge: None, retry_after: None }
    }

    pub fn not_signed_in() -> Self {
        let detail = "send a personal access token as Authorization: Bearer …";
        let problem = Self::new(ProblemType::NotSignedIn, detail);
        Self { challenge: Some("".into()), ..problem }
    }

    /// For operations of clients, not of people.
    pub fn no_access_token() -> Self {
        let detail = "send an access token of a service credential as Authorization: Bearer …";
        Self { challenge: Some("".into()), ..Self::new(ProblemType::NotSignedIn, detail) }
    }

    pub fn invalid_token() -> Self {
        let detail = "the token is not active: it is invalid, expired, revoked, or of another realm";
        let problem = Self::new(ProblemType::InvalidToken, detail);
        Self { challenge: Some("error=\"invalid_token\"".into()), ..problem }
    }

    pub fn malformed_authorization() -> Self {
        let detail = "there must be one Authorization header of the form Bearer <token>";
        let problem = Self::new(ProblemType::MalformedAuthorization, detail);
        Self { challenge: Some("error=\"invalid_request\"".into()), ..problem }
    }

    pub fn too_many_failures(seconds: u64) -> Self {
        let detail = "too many failed attempts: wait before the next one";
        let problem = Self::new(ProblemType::TooManyFailures, detail);
        Self { retry_after: Some(u32::try_from(seconds).unwrap_or(u32::MAX).max(1)), ..problem }
    }

    pub fn is_forbidden(&self) -> bool {
        self.r#type == ProblemType::Forbidden
    }

    pub fn forbidden(detail: impl Into<String>) -> Self {
        Self::new(ProblemType::Forbidden, detail)
    }

    pub fn unavailable(detail: impl Into<String>) -> Self {
        let problem = Self::new(ProblemType::Unavailable, detail);
        Self { retry_after: Some(1), ..problem }
    }

    pub fn malformed(detail: impl Into<String>) -> Self {
        Self::new(ProblemType::Malformed, detail)
    }

    pub fn unsupported_media_type() -> Self {
        let detail = "the body must be JSON: Content-Type: application/json";
        Self::new(ProblemType::UnsupportedMediaType, detail)
    }

    pub fn lines_expected() -> Self {
        let detail =
            "the body must be lines of JSON: Content-Type: application/jsonl or application/x-ndjson";
        Self { detail: detail.into(), ..Self::unsupported_media_type() }
    }

    pub fn of_faults(faults: Faults) -> Self {
        match faults.names_immutable {
            true => Self::immutable_field(faults.errors),
            false => Self::invalid(faults.errors),
        }
    }

    pub fn body(error: &BodyError) -> Self {
        match error {
            BodyError::TooLarge(most) => {
                Self::new(ProblemType::TooLarge, format!("the body is larger than {} KiB", most / 1024))
            }
            BodyError::TooSlow => {
                Self::new(ProblemType::TooSlow, "the body did not arrive within 15 seconds")
            }
            BodyError::Broken => Self::malformed("the body could not be read"),
        }
    }

    pub fn not_found(what: &'static str) -> Self {
        Self::new(ProblemType::NotFound, AdministrationError::NotFound(what).to_string())
    }

    pub fn invalid(errors: Vec<FieldError>) -> Self {
        let detail = "see errors: it lists every invalid field";
        let problem = Self::new(ProblemType::Invalid, detail);
        Self { errors, ..problem }
    }

    fn immutable_field(errors: Vec<FieldError>) -> Self {
        let detail = "see errors: it lists the fields that cannot be edited; nothing was changed";
        let problem = Self::new(ProblemType::ImmutableField, detail);
        Self { errors, ..problem }
    }

    fn conflict(detail: impl Into<String>) -> Self {
        Self::new(ProblemType::Conflict, detail)
    }

    /// `instance` is the path of the request, `realm` the realm in it.
    pub fn answer(self, instance: &str, realm: &str) -> HttpResponse {
        let mut answer = HttpResponse::build(self.r#type.status());
        answer.insert_header((CACHE_CONTROL, "no-store"));
        if let Some(parameters) = &self.challenge {
            answer.insert_header((WWW_AUTHENTICATE, challenge(realm, parameters)));
        }
        if let Some(seconds) = self.retry_after {
            answer.insert_header((RETRY_AFTER, seconds.to_string()));
        }
        let errors = self.errors.iter().map(|error| FieldBody { field: &error.field, detail: &error.detail });
        let body = Body {
            r#type: format!("/problems/{}", self.r#type.slug()),
            title: self.r#type.title(),
            status: self.r#type.status().as_u16(),
            detail: &self.detail,
            instance,
            errors: errors.collect(),
            id: self.id.as_deref(),
        };
        let body = serde_json::to_vec(&body).unwrap_or_default();
        answer.content_type("application/problem+json").body(body)
    }
}

pub fn headers_refused(request: &HttpRequest) -> HttpResponse {
    Problem::new(ProblemType::HeadersTooLarge, HEADERS_TOO_LARGE).answer(request.path(), "")
}

/// The answer to a method that the path does not support (RFC 9110 §15.5.6).
pub fn method_refused(request: &HttpRequest, allowed: &str) -> HttpResponse {
    let detail = format!("{} is not supported here: use {allowed}", request.method());
    let realm = request.match_info().get("realm").unwrap_or_default();
    let problem = Problem::new(ProblemType::MethodNotAllowed, detail);
    let mut answer = problem.answer(request.path(), realm);
    if let Ok(allowed) = HeaderValue::from_str(allowed) {
        answer.headers_mut().insert(ALLOW, allowed);
    }
    answer
}

impl From<Denied> for Problem {
    fn from(denied: Denied) -> Self {
        match denied {
            Denied::TokenOver => Self::invalid_token(),
            Denied::MissingScope(scope) => Self {
                challenge: Some(format!("error=\"insufficient_scope\", scope=\"{scope}\"").into()),
                ..Self::forbidden(denied.to_string())
            },
            Denied::AdministrativeCredentialsOff
            | Denied::AdministrativeObject
            | Denied::MissingRole(_)
            | Denied::NotHeld(_) => Self::forbidden(denied.to_string()),
        }
    }
}

impl From<AdministrationError> for Problem {
    fn from(error: AdministrationError) -> Self {
        match error {
            AdministrationError::Denied(denied) => denied.into(),
            AdministrationError::NotFound(what) => Self::not_found(what),
            AdministrationError::Conflict(detail) => Self::conflict(detail),
            AdministrationError::NamesTaken(ref errors) => {
                Self { errors: errors.clone(), ..Self::conflict(error.to_string()) }
            }
            AdministrationError::Invalid(errors) | AdministrationError::Unanswered { errors, .. } => {
                Self::invalid(errors)
            }
            AdministrationError::CredentialRefused { ref errors, .. } => {
                let errors = errors.clone();
                Self { errors, ..Self::new(ProblemType::CredentialRefused, error.to_string()) }
            }
            AdministrationError::NotVerified { ref errors, .. } => {
                let errors = errors.clone();
                Self { errors, ..Self::new(ProblemType::NotVerified, error.to_string()) }
            }
            AdministrationError::Stale => Self::new(ProblemType::PreconditionFailed, error.to_string()),
            AdministrationError::AlreadyMade(id) => {
                let detail = format!("a request with this Idempotency-Key was already carried out: see {id}");
                let problem = Self::new(ProblemType::AlreadyMade, detail);
                Self { id: Some(id.into()), ..problem }
            }
            AdministrationError::NotActive => Self::conflict(error.to_string()),
            AdministrationError::ServiceCredentialsOff => Self::forbidden(error.to_string()),
            AdministrationError::Limit(_) => Self::new(ProblemType::LimitReached, error.to_string()),
            AdministrationError::Busy(detail) => Self::unavailable(detail),
            AdministrationError::Ledger(LedgerError::Unread(_)) => {
                tracing::warn!(%error, "administrative request abandoned");
                Self::unavailable(error.to_string())
            }
            AdministrationError::Ledger(_) | AdministrationError::Crypto(_) => {
                tracing::error!(%error, "administrative operation failed");
                Self::unavailable(
                    "the request failed, or its outcome is unknown: check the state, then retry",
                )
            }
        }
    }
}

impl From<BarrierFailed> for Problem {
    fn from(error: BarrierFailed) -> Self {
        tracing::error!(%error, "a restriction was written but not confirmed");
        Self::unavailable(error.to_string())
    }
}

impl From<NotRenewed> for Problem {
    fn from(error: NotRenewed) -> Self {
        match error {
            NotRenewed::Refused(error) => error.into(),
            NotRenewed::NotEnded(error) => error.into(),
        }
    }
}

impl From<RevocationError> for Problem {
    fn from(error: RevocationError) -> Self {
        match error {
            RevocationError::Denied(denied) => denied.into(),
            RevocationError::NotFound => Self::not_found("service credential"),
            RevocationError::WrongName => Self::invalid(vec![FieldError::new("name", error)]),
            RevocationError::Barrier(failed) => failed.into(),
            RevocationError::Limit(reached) => AdministrationError::from(reached).into(),
            RevocationError::Ledger(LedgerError::Invalid(unreadable)) => {
                Self::invalid(vec![FieldError::new(unreadable.field, unreadable.detail)])
            }
            RevocationError::Ledger(_) => {
                tracing::error!(%error, "revocation failed, or its outcome is unknown");
                Self::unavailable(
                    "the outcome of the revocation is unknown: its tokens may still be valid; retry",
                )
            }
        }
    }
}
