//! `POST /realms/{realm}/oauth2/token` and its aliases.

use actix_web::http::StatusCode;
use actix_web::http::header::ContentType;
use actix_web::web::{Data, Path, Payload};
use actix_web::{HttpRequest, HttpResponse};

use crate::http::caching::no_store;
use crate::http::oauth::client_credentials::presented_client;
use crate::http::oauth::error::refused;
use crate::http::oauth::form::Form;
use crate::http::state::AppState;
use crate::issuance::{IssuedToken, Refusal, TokenRequest};
use claviger_contract::{PresentedToken, RealmLabel};
use claviger_domain::Door;

/// The client id of an application credential determines the realm: its public clients use one URL for all realms.
pub async fn token_of_any_realm(
    request: HttpRequest,
    payload: Payload,
    state: Data<AppState>,
) -> HttpResponse {
    let form = match Form::read(&request, payload).await {
        Ok(form) => form,
        Err(answer) => return answer,
    };
    let found = presented_client(&request, &form, &state, Door::Token).and_then(|presented| {
        let id = presented.client_id.parse().ok();
        state.issuer.realm_of_application(id)
    });
    match found {
        Ok(realm) => answer(&request, realm.as_ref().map_or("", RealmLabel::as_str), &form, &state),
        Err(refusal) => refused(&refusal),
    }
}

pub async fn token(
    request: HttpRequest,
    realm: Path<String>,
    payload: Payload,
    state: Data<AppState>,
) -> HttpResponse {
    match Form::read(&request, payload).await {
        Ok(form) => answer(&request, &realm, &form, &state),
        Err(answer) => answer,
    }
}

fn answer(request: &HttpRequest, realm: &str, form: &Form, state: &AppState) -> HttpResponse {
    exchange(request, realm, form, state).map_or_else(|refusal| refused(&refusal), |token| issued(&token))
}

fn exchange(
    request: &HttpRequest,
    realm: &str,
    form: &Form,
    state: &AppState,
) -> Result<IssuedToken, Refusal> {
    let presented = presented_client(request, form, state, Door::Token)?;
    let asked = TokenRequest {
        grant_type: form.find("grant_type").map(str::to_owned),
        scope: form.find("scope").map(str::to_owned),
        refresh_token: form.find("refresh_token").map(|token| PresentedToken::given(token.to_owned())),
        targets: form.all(&["resource", "audience"]).map(str::to_owned).collect(),
    };
    state.issuer.exchange(realm, &presented, &asked)
}

/// RFC 6749 §5.1. Token and scope are written unchanged: their alphabets contain no character that JSON escapes.
fn issued(token: &IssuedToken) -> HttpResponse {
    let mut body = String::with_capacity(token.access_token.len() + 256);
    body.push_str("{\"access_token\":\"");
    body.push_str(&token.access_token);
    body.push_str("\",\"token_type\":\"Bearer\",\"expires_in\":");
    body.push_str(&token.expires_in.to_string());
    if let Some(scope) = &token.scope {
        body.push_str(",\"scope\":\"");
        body.push_str(scope);
        body.push('"');
    }
    // Without a refresh token, public clients of application credentials stop at the first expiry. Without `orgs`, they
    // prompt for the realm.
    if let Some(refresh) = &token.refresh {
        body.push_str(",\"refresh_token\":\"");
        body.push_str(&refresh.token);
        body.push_str("\",\"orgs\":[{\"name\":\"");
        body.push_str(refresh.realm.as_str());
        body.push_str("\"}]");
    }
    body.push('}');
    no_store(StatusCode::OK).content_type(ContentType::json()).body(body)
}
