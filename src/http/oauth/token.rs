//! `POST /realms/{realm}/oauth2/token` and its second path.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Path, Payload};
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;

use super::client_credentials::presented_client;
use super::error::{no_store, refused};
use super::form::Form;
use crate::http::AppState;
use crate::issuance::{IssuedToken, Refusal, TokenRequest};

#[derive(Serialize)]
struct TokenAnswer<'a> {
    access_token: &'a str,
    token_type: &'static str,
    expires_in: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<String>,
}

pub async fn token(
    request: HttpRequest,
    realm: Path<String>,
    payload: Payload,
    state: Data<AppState>,
) -> HttpResponse {
    match Form::read(&request, payload).await {
        Ok(form) => exchange(&request, &realm, &form, &state)
            .map_or_else(|refusal| refused(&refusal), |token| issued(&token)),
        Err(answer) => answer,
    }
}

fn exchange(
    request: &HttpRequest,
    realm: &str,
    form: &Form,
    state: &AppState,
) -> Result<IssuedToken, Refusal> {
    let presented = presented_client(request, form, state)?;
    let asked = TokenRequest {
        grant_type: form.find("grant_type").map(str::to_owned),
        scope: form.find("scope").map(str::to_owned),
        targets: form.all(&["resource", "audience"]).map(str::to_owned).collect(),
    };
    state.issuer.exchange(realm, &presented, &asked)
}

fn issued(token: &IssuedToken) -> HttpResponse {
    no_store(StatusCode::OK).json(TokenAnswer {
        access_token: &token.access_token,
        token_type: "Bearer",
        expires_in: token.expires_in,
        scope: (!token.scopes.is_empty()).then(|| token.scopes.to_string()),
    })
}
