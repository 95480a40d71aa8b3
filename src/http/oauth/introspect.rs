//! `POST /realms/{realm}/oauth2/introspect` (RFC 7662).

use actix_web::http::StatusCode;
use actix_web::http::header::ContentType;
use actix_web::web::{Data, Path, Payload};
use actix_web::{HttpRequest, HttpResponse};

use crate::http::caching::no_store;
use crate::http::oauth::client_credentials::presented_client;
use crate::http::oauth::error::refused;
use crate::http::oauth::form::Form;
use crate::http::state::AppState;
use crate::issuance::{Introspection, Refusal};
use claviger_domain::Door;

pub async fn introspect(
    request: HttpRequest,
    realm: Path<String>,
    payload: Payload,
    state: Data<AppState>,
) -> HttpResponse {
    let form = match Form::read(&request, payload).await {
        Ok(form) => form,
        Err(answer) => return answer,
    };
    match ask(&request, &realm, &form, &state) {
        Ok(Introspection::Active(body)) => {
            no_store(StatusCode::OK).content_type(ContentType::json()).body(body.to_string())
        }
        Ok(Introspection::Inactive) => {
            no_store(StatusCode::OK).content_type(ContentType::json()).body(r#"{"active":false}"#)
        }
        Err(refusal) => refused(&refusal),
    }
}

/// `token_type_hint` is ignored: the token's format identifies its type.
fn ask(request: &HttpRequest, realm: &str, form: &Form, state: &AppState) -> Result<Introspection, Refusal> {
    let presented = presented_client(request, form, state, Door::Introspection)?;
    match form.find("token") {
        Some(token) => state.issuer.introspect(realm, &presented, token),
        None => {
            state.issuer.authenticate(realm, &presented)?;
            Err(Refusal::InvalidRequest("token is missing"))
        }
    }
}
