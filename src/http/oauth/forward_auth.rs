//! `/realms/{realm}/forward-auth`: authorizes a proxy's request and identifies its sender.
//!
//! Responds only with 200, 401, 403 and 503: proxies replace any other status with an error of their own.

use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_TYPE, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};
use claviger_contract::{MAX_SCOPE_BYTES, Scope, ScopeSet};

use crate::http::client_address::client_address;
use crate::http::oauth::demand::{Asked, Demand};
use crate::http::oauth::error::no_store;
use crate::http::oauth::forwarded::Forwarded;
use crate::http::presented_token::{challenge, presented_token};
use crate::http::state::AppState;
use crate::issuance::{Bearer, Need, Origin, Refusal, WireRules};
use claviger_domain::Door;

/// Why a request is refused.
enum Refused {
    /// The request has no credential.
    NoCredential,
    Unauthorized {
        error: &'static str,
        retry_after: Option<u64>,
    },
    /// Authenticated, but not authorized.
    Forbidden {
        scopes: String,
        why: String,
    },
    NoLease,
}

pub async fn forward_auth(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    let realm = request.match_info().get("realm").unwrap_or_default();
    let asked = Asked::of(&request);
    let rules = asked.as_ref().ok().and_then(|asked| asked.demand.rules);
    if let Err(why) = &asked {
        tracing::warn!(
            realm,
            why,
            "forward-auth: the proxy's demand is invalid, so every request is refused"
        );
    }
    let bearer = match recognize(&request, &state, realm) {
        Ok(bearer) => bearer,
        Err(refused) => return refused.answer(realm, rules, None),
    };
    let judged = asked
        .map_err(|why| Refused::Forbidden {
            scopes: String::new(),
            why: format!("the proxy's demand is invalid: {why}"),
        })
        .and_then(|asked| judge(&asked.demand, &bearer, &Forwarded::of(&request, &state, asked.appended)));
    match judged {
        Ok(()) => identified(&mut no_store(StatusCode::OK), Some(&bearer)).finish(),
        Err(refused) => refused.answer(realm, rules, Some(&bearer)),
    }
}

fn recognize(request: &HttpRequest, state: &AppState, realm: &str) -> Result<Bearer, Refused> {
    let unauthorized = |error| Refused::Unauthorized { error, retry_after: None };
    let presented = presented_token(request).map_err(|_| unauthorized("invalid_request"))?;
    let presented = presented.ok_or(Refused::NoCredential)?;
    let origin = Origin { door: Door::ForwardAuth, address: client_address(request, state) };
    state.issuer.recognize(realm, &presented, origin).map_err(|refusal| match refusal {
        Refusal::TooManyFailures { retry_after } => {
            Refused::Unauthorized { error: "invalid_token", retry_after: Some(retry_after.as_secs() + 1) }
        }
        Refusal::Unavailable => Refused::NoLease,
        _ => unauthorized("invalid_token"),
    })
}

fn judge(demand: &Demand, bearer: &Bearer, forwarded: &Forwarded) -> Result<(), Refused> {
    let realm_wide = bearer.audience == *bearer.realm.issuer;
    if demand.audience.as_ref().is_some_and(|audience| !realm_wide && *audience != bearer.audience) {
        return Err(Refused::Unauthorized { error: "invalid_token", retry_after: None });
    }
    if !demand.scopes.iter().all(|scope| bearer.scopes.covers(scope)) {
        let scopes = demand.scopes.iter().map(Scope::as_str).collect::<Vec<_>>().join(" ");
        let why = format!("the token lacks a required scope: {scopes}");
        return Err(Refused::Forbidden { scopes, why });
    }
    let needs =
        demand.rules.map_or_else(Vec::new, |rules| forwarded.needs(rules, &bearer.realm.record.label));
    match needs.into_iter().find(|need| !need.is_met_by(&bearer.scopes)) {
        None => Ok(()),
        Some(Need::Refused(why)) => Err(Refused::Forbidden { scopes: String::new(), why: why.to_owned() }),
        Some(Need::OneOf(scopes)) => {
            let why = format!("the token lacks a required scope: {}", scopes.join(" or "));
            // The first alternative, which is sufficient for most requests.
            Err(Refused::Forbidden { scopes: scopes.first().copied().unwrap_or_default().to_owned(), why })
        }
    }
}

impl Refused {
    fn answer(self, realm: &str, rules: Option<WireRules>, bearer: Option<&Bearer>) -> HttpResponse {
        let (status, header, why) = match &self {
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
            Self::NoLease => (StatusCode::SERVICE_UNAVAILABLE, String::new(), NO_LEASE),
        };
        let mut answer = no_store(status);
        if !header.is_empty() {
            answer.insert_header((WWW_AUTHENTICATE, header));
        }
        match self {
            Self::Unauthorized { retry_after: Some(seconds), .. } => {
                answer.insert_header((RETRY_AFTER, seconds.to_string()));
            }
            Self::NoLease => {
                answer.insert_header((RETRY_AFTER, "1"));
            }
            _ => {}
        }
        identified(&mut answer, bearer)
            .insert_header((CONTENT_TYPE, "text/plain; charset=utf-8"))
            .body(format!("{why}\n"))
    }
}

const NO_CREDENTIAL: &str = "a token is required";
const NOT_ACTIVE: &str = "the token is invalid, expired or revoked, or there is more than one";
const NO_LEASE: &str = "this node cannot check tokens now: retry";

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
    bearer: Option<&Bearer>,
) -> &'a mut HttpResponseBuilder {
    let of = |text: fn(&Bearer) -> String| {
        let text = bearer.map(text).unwrap_or_default();
        HeaderValue::try_from(text).unwrap_or_else(|_| HeaderValue::from_static(""))
    };
    answer
        .insert_header(("x-claviger-client", of(|bearer| bearer.client_id.to_string())))
        .insert_header(("x-claviger-subject", of(|bearer| bearer.subject.to_string())))
        .insert_header(("x-claviger-realm", of(|bearer| bearer.realm.record.label.to_string())))
        .insert_header(("x-claviger-scopes", of(|bearer| fitting(&bearer.scopes))))
        .insert_header(("x-claviger-kind", of(|bearer| bearer.kind.as_str().to_owned())))
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
