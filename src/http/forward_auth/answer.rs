//! The answers to a proxy.
//!
//! Only 200, 401, 403 and 503: proxies replace any other status with an error of their own.

use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_TYPE, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use actix_web::{HttpResponse, HttpResponseBuilder};
use claviger_contract::{MAX_SCOPE_BYTES, RealmLabel, ScopeSet};

use crate::http::caching::no_store;
use crate::http::presented_token::challenge;
use crate::issuance::WireRules;

/// The holder of an active token, as the service behind the proxy learns of it.
pub struct Caller<'a> {
    pub client_id: String,
    pub subject: String,
    pub realm: &'a RealmLabel,
    /// `None` if the token is for the whole realm.
    pub audience: Option<&'a str>,
    pub scopes: &'a ScopeSet,
    pub kind: &'static str,
}

/// Why a request is refused.
#[derive(Debug, PartialEq, Eq)]
pub enum Refused {
    /// The request has no credential.
    NoCredential,
    Unauthorized {
        error: &'static str,
        /// In seconds.
        retry_after: Option<u64>,
    },
    /// Authenticated, but not authorized.
    Forbidden { scopes: String, why: String },
    /// Whether the token is active is unknown now.
    Undecided {
        /// In seconds.
        retry_after: u64,
    },
}

const NO_CREDENTIAL: &str = "a token is required";
const NOT_ACTIVE: &str = "the token is invalid, expired or revoked, or there is more than one";
const UNDECIDED: &str = "this node cannot check tokens now: retry";

impl Refused {
    /// The token is not active, or not for this audience.
    pub const INVALID_TOKEN: Self = Self::Unauthorized { error: "invalid_token", retry_after: None };

    /// `realm` is that of the request's path.
    pub fn answer(&self, realm: &str, rules: Option<WireRules>, caller: Option<&Caller<'_>>) -> HttpResponse {
        let (status, header, why) = match self {
            Self::NoCredential => {
                (StatusCode::UNAUTHORIZED, first_challenge(realm, rules, ""), NO_CREDENTIAL)
            }
            Self::Unauthorized { error, .. } => {
                let parameters = format!("error=\"{error}\"");
                (StatusCode::UNAUTHORIZED, first_challenge(realm, rules, &parameters), NOT_ACTIVE)
            }
            Self::Forbidden { scopes, why } => {
                let named = if scopes.is_empty() { String::new() } else { format!(", scope=\"{scopes}\"") };
                let parameters = format!("error=\"insufficient_scope\"{named}");
                (StatusCode::FORBIDDEN, challenge(realm, &parameters), why.as_str())
            }
            Self::Undecided { .. } => (StatusCode::SERVICE_UNAVAILABLE, String::new(), UNDECIDED),
        };
        let mut answer = no_store(status);
        if !header.is_empty() {
            answer.insert_header((WWW_AUTHENTICATE, header));
        }
        match self {
            Self::Unauthorized { retry_after: Some(seconds), .. }
            | Self::Undecided { retry_after: seconds } => {
                answer.insert_header((RETRY_AFTER, seconds.to_string()));
            }
            _ => {}
        }
        identified(&mut answer, caller)
            .insert_header((CONTENT_TYPE, "text/plain; charset=utf-8"))
            .body(format!("{why}\n"))
    }
}

pub(super) fn accepted(caller: &Caller<'_>) -> HttpResponse {
    identified(&mut no_store(StatusCode::OK), Some(caller)).finish()
}

/// git and registry clients prompt for a password only after a Basic challenge.
fn first_challenge(realm: &str, rules: Option<WireRules>, parameters: &str) -> String {
    match rules {
        Some(WireRules::Git) => "Basic realm=\"git\"".to_owned(),
        Some(WireRules::Registry) => "Basic realm=\"registry\"".to_owned(),
        None => challenge(realm, parameters),
    }
}

/// All headers, always: a header missing here would let the client's own value pass through.
fn identified<'a>(
    answer: &'a mut HttpResponseBuilder,
    caller: Option<&Caller<'_>>,
) -> &'a mut HttpResponseBuilder {
    let of = |text: fn(&Caller<'_>) -> String| {
        let text = caller.map(text).unwrap_or_default();
        HeaderValue::try_from(text).unwrap_or_else(|_| HeaderValue::from_static(""))
    };
    answer
        .insert_header(("x-claviger-client", of(|caller| caller.client_id.clone())))
        .insert_header(("x-claviger-subject", of(|caller| caller.subject.clone())))
        .insert_header(("x-claviger-realm", of(|caller| caller.realm.to_string())))
        .insert_header(("x-claviger-scopes", of(|caller| fitting(caller.scopes))))
        .insert_header(("x-claviger-kind", of(|caller| caller.kind.to_owned())))
}

/// The scopes that fit into a header: proxies drop an answer with longer ones. Only an opaque token can have more, if its
/// holder's grants are many narrow parts of the token's scopes.
fn fitting(scopes: &ScopeSet) -> String {
    let mut text = String::new();
    for scope in scopes.iter() {
        let separator = if text.is_empty() { "" } else { " " };
        if text.len() + separator.len() + scope.as_str().len() > MAX_SCOPE_BYTES {
            break;
        }
        text.push_str(separator);
        text.push_str(scope.as_str());
    }
    text
}
