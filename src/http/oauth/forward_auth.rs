//! `/realms/{realm}/forward-auth`: whether a proxy may let a request through, and who sent it.
//!
//! Answers 200, 401, 403 and 503 alone: proxies turn anything else into an error of their own.

use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_TYPE, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};
use claviger_contract::Scope;

use super::error::no_store;
use super::forwarded::Forwarded;
use crate::http::AppState;
use crate::http::client_address::client_address;
use crate::http::presented_token::{challenge, presented_token};
use crate::issuance::{Bearer, Need, Refusal, WireRules};

/// What the operator wrote behind the endpoint's address.
#[derive(Default)]
struct Wanted {
    scopes: Vec<Scope>,
    rules: Option<WireRules>,
    audience: Option<String>,
}

/// Why a request is not let through.
enum Refused {
    /// Nothing was presented.
    NoCredential,
    Unauthorized {
        error: &'static str,
        retry_after: Option<u64>,
    },
    /// Whoever it is, they may not.
    Forbidden {
        scopes: String,
        why: String,
    },
    NoLease,
}

pub async fn forward_auth(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    let realm = request.match_info().get("realm").unwrap_or_default();
    let below = request.match_info().get("below").unwrap_or_default();
    // Behind an appended path stands the query of the client, who configures nothing here.
    let wanted = if below.is_empty() { Wanted::read(request.query_string()) } else { Ok(Wanted::default()) };
    let rules = wanted.as_ref().ok().and_then(|wanted| wanted.rules);
    let bearer = match recognise(&request, &state, realm) {
        Ok(bearer) => bearer,
        Err(refused) => return refused.answer(realm, rules, None),
    };
    let judged = wanted
        .map_err(|why| Refused::Forbidden { scopes: String::new(), why })
        .and_then(|wanted| wanted.judge(&bearer, &Forwarded::of(&request, &state, below)));
    match judged {
        Ok(()) => identified(&mut no_store(StatusCode::OK), Some(&bearer)).finish(),
        Err(refused) => refused.answer(realm, rules, Some(&bearer)),
    }
}

fn recognise(request: &HttpRequest, state: &AppState, realm: &str) -> Result<Bearer, Refused> {
    let unauthorized = |error| Refused::Unauthorized { error, retry_after: None };
    let presented = presented_token(request).map_err(|_| unauthorized("invalid_request"))?;
    let presented = presented.ok_or(Refused::NoCredential)?;
    let address = client_address(request, state);
    state.issuer.recognise(realm, &presented, address).map_err(|refusal| match refusal {
        Refusal::TooManyFailures { retry_after } => {
            Refused::Unauthorized { error: "invalid_token", retry_after: Some(retry_after.as_secs() + 1) }
        }
        Refusal::Unavailable => Refused::NoLease,
        _ => unauthorized("invalid_token"),
    })
}

impl Wanted {
    fn read(query: &str) -> Result<Self, String> {
        let mut wanted = Self::default();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            match &*name {
                "scope" => {
                    for part in value.split(' ').filter(|part| !part.is_empty()) {
                        let scope = part.parse().map_err(|error| format!("scope= of this proxy: {error}"))?;
                        wanted.scopes.push(scope);
                    }
                }
                "rules" if wanted.rules.is_none() => {
                    let rules = WireRules::named(&value);
                    wanted.rules = Some(rules.ok_or("rules= of this proxy is neither git nor registry")?);
                }
                "audience" if wanted.audience.is_none() => wanted.audience = Some(value.into_owned()),
                "rules" | "audience" => return Err(format!("{name}= of this proxy is there twice")),
                _ => {}
            }
        }
        Ok(wanted)
    }

    fn judge(&self, bearer: &Bearer, forwarded: &Forwarded) -> Result<(), Refused> {
        let realm_wide = bearer.audience == *bearer.realm.issuer;
        if self.audience.as_ref().is_some_and(|audience| !realm_wide && *audience != bearer.audience) {
            return Err(Refused::Unauthorized { error: "invalid_token", retry_after: None });
        }
        if !self.scopes.iter().all(|scope| bearer.scopes.covers(scope)) {
            let scopes = self.scopes.iter().map(Scope::as_str).collect::<Vec<_>>().join(" ");
            let why = format!("the token lacks a scope: this needs {scopes}");
            return Err(Refused::Forbidden { scopes, why });
        }
        let needs =
            self.rules.map_or_else(Vec::new, |rules| forwarded.needs(rules, &bearer.realm.record.label));
        match needs.into_iter().find(|need| !need.is_met_by(&bearer.scopes)) {
            None => Ok(()),
            Some(Need::Refused(why)) => {
                Err(Refused::Forbidden { scopes: String::new(), why: why.to_owned() })
            }
            Some(Need::OneOf(scopes)) => {
                let why = format!("the token lacks a scope: this needs {}", scopes.join(" or "));
                // The one that is asked for first, and is enough for most.
                Err(Refused::Forbidden {
                    scopes: scopes.first().copied().unwrap_or_default().to_owned(),
                    why,
                })
            }
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

const NO_CREDENTIAL: &str = "a token is needed";
const NOT_ACTIVE: &str =
    "the token is not one that counts: it is wrong, over or revoked, or there is more than one";
const NO_LEASE: &str = "this node cannot say now: ask again";

/// git and registry clients ask for a password only when they are told of Basic.
fn first_challenge(realm: &str, rules: Option<WireRules>, parameters: &str) -> String {
    match rules {
        Some(WireRules::Git) => "Basic realm=\"git\"".to_owned(),
        Some(WireRules::Registry) => "Basic realm=\"registry\"".to_owned(),
        None => challenge(realm, parameters),
    }
}

/// All of them, always: a header that is missing here would let one from outside pass.
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
        .insert_header(("x-claviger-scopes", of(|bearer| bearer.scopes.to_string())))
        .insert_header(("x-claviger-kind", of(|bearer| bearer.kind.as_str().to_owned())))
}
