//! `GET`, `POST /realms/{realm}/registry/token`: the token endpoint of container registries (the Distribution project's
//! token authentication), and the certificate that the registries trust.

use actix_web::http::StatusCode;
use actix_web::http::header::{RETRY_AFTER, WWW_AUTHENTICATE};
use actix_web::web::{self, Data, Path, Payload};
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;
use zeroize::Zeroizing;

use crate::administration::{NewRegistryToken, create_registry_token};
use crate::http::caching::no_store;
use crate::http::client_address::client_address;
use crate::http::oauth::error::{refused, unavailable};
use crate::http::oauth::form::Form;
use crate::http::oauth::metadata::no_such_realm;
use crate::http::oauth::registry_request::{Asked, Wrong};
use crate::http::observe::id_of;
use crate::http::state::AppState;
use crate::issuance::{Origin, Refusal, RegistryToken};
use claviger_domain::Door;

pub async fn by_query(request: HttpRequest, realm: Path<String>, state: Data<AppState>) -> HttpResponse {
    answer(&request, &realm, state, Asked::by_query(&request)).await
}

pub async fn by_form(
    request: HttpRequest,
    realm: Path<String>,
    payload: Payload,
    state: Data<AppState>,
) -> HttpResponse {
    // Some clients repeat `scope` here, others put all of them into one.
    match Form::read_repeating(&request, payload, &["scope"]).await {
        Ok(form) => answer(&request, &realm, state, Asked::by_form(&request, &form)).await,
        Err(refusal) => refusal,
    }
}

/// PEM, for the registry's `rootcertbundle`. It is no secret.
pub async fn authority(realm: Path<String>, state: Data<AppState>) -> HttpResponse {
    match state.issuer.registry_authority(&realm) {
        Ok(Some(certificate)) => HttpResponse::Ok().content_type("application/x-pem-file").body(certificate),
        Ok(None) => no_such_realm(),
        Err(refusal) => refused(&refusal),
    }
}

async fn answer(
    request: &HttpRequest,
    realm: &str,
    state: Data<AppState>,
    asked: Result<Asked, Wrong>,
) -> HttpResponse {
    let asked = match asked {
        Ok(asked) => asked,
        Err(wrong) => return problem(StatusCode::BAD_REQUEST, "invalid_request", &wrong),
    };
    let Some(presented) = asked.presented else {
        return unauthorized("a token is required: enter one as the password, with any user name");
    };
    let origin = Origin { door: Door::Registry, address: client_address(request, &state) };
    match state.issuer.registry_token(realm, &presented, &asked.request, origin) {
        Ok(token) => {
            let refresh = match asked.offline {
                true => refresh_token(request, state, &asked.request.service, &token).await,
                false => None,
            };
            issued(&token, refresh.as_ref().map(|token| token.as_str()))
        }
        Err(refusal) => refused_here(&refusal),
    }
}

/// Without one, clients keep the typed credential, which grants as much. A failure to create one is therefore ignored.
async fn refresh_token(
    request: &HttpRequest,
    state: Data<AppState>,
    service: &claviger_domain::RegistryService,
    token: &RegistryToken,
) -> Option<Zeroizing<String>> {
    let new = NewRegistryToken {
        realm: token.realm.clone(),
        service: service.clone(),
        holder: token.holder.clone()?,
        expires_at: token.holder_ends_at,
        address: Some(client_address(request, &state).to_string()),
        request_id: id_of(request),
    };
    let administration = state.clone();
    let made = web::block(move || create_registry_token(&administration.administration, new)).await.ok()?;
    match made {
        Ok(secret) => {
            let secret = secret?;
            state.issuer.note_registry(&token.realm, service);
            Some(Zeroizing::new(secret.expose().to_owned()))
        }
        Err(error) => {
            tracing::warn!(%error, "no refresh token was created for a registry client; it keeps its login credential");
            None
        }
    }
}

#[derive(Serialize)]
struct Issued<'a> {
    token: &'a str,
    access_token: &'a str,
    expires_in: i64,
    issued_at: String,
    scope: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<&'a str>,
}

fn issued(token: &RegistryToken, refresh_token: Option<&str>) -> HttpResponse {
    no_store(StatusCode::OK).json(Issued {
        token: &token.token,
        access_token: &token.token,
        expires_in: token.expires_in,
        issued_at: token.issued_at.to_string(),
        scope: &token.scope,
        refresh_token,
    })
}

fn refused_here(refusal: &Refusal) -> HttpResponse {
    let words = refusal.to_string();
    match refusal {
        Refusal::InvalidRequest(_) => problem(StatusCode::BAD_REQUEST, "invalid_request", &words),
        Refusal::InvalidClient => unauthorized("the token is invalid, expired or revoked"),
        Refusal::RealmSuspended | Refusal::ForeignAudience => unauthorized(&words),
        Refusal::TooManyFailures { retry_after } => {
            let seconds = (retry_after.as_secs() + 1).to_string();
            no_store(StatusCode::TOO_MANY_REQUESTS)
                .insert_header((RETRY_AFTER, seconds))
                .json(Problem::new("invalid_client", &words))
        }
        Refusal::Unavailable | Refusal::ClockAlarmed(_) => unavailable(&words),
        _ => refused(refusal),
    }
}

fn unauthorized(words: &str) -> HttpResponse {
    no_store(StatusCode::UNAUTHORIZED)
        .insert_header((WWW_AUTHENTICATE, "Basic realm=\"registry\""))
        .json(Problem::new("invalid_client", words))
}

fn problem(status: StatusCode, error: &'static str, words: &str) -> HttpResponse {
    no_store(status).json(Problem::new(error, words))
}

/// The members of RFC 6749 §5.2, and the one that the `docker` command displays.
#[derive(Serialize)]
struct Problem<'a> {
    error: &'static str,
    error_description: &'a str,
    details: &'a str,
}

impl<'a> Problem<'a> {
    fn new(error: &'static str, words: &'a str) -> Self {
        Self { error, error_description: words, details: words }
    }
}
