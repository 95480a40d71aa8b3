//! `POST /realms/{realm}/oauth2/revoke` (RFC 7009): responds when no node accepts the token any more.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::web::{self, Data, Path, Payload};
use actix_web::{HttpRequest, HttpResponse};

use crate::http::caching::no_store;
use crate::http::oauth::client_credentials::presented_client;
use crate::http::oauth::error::{bad_request, refused, too_many, unavailable};
use crate::http::oauth::form::Form;
use crate::http::observe::id_of;
use crate::http::state::AppState;
use crate::issuance::{PresentedClient, Refusal, Revocable};
use crate::revocation::{RevocationError, TokenRevocation, revoke_token};
use claviger_domain::{Door, WaitedFor};

/// Sent with every write: a client presents it to another node, which must then have applied that position.
const POSITION: &str = "claviger-position";

pub async fn revoke(
    request: HttpRequest,
    realm: Path<String>,
    payload: Payload,
    state: Data<AppState>,
) -> HttpResponse {
    let form = match Form::read(&request, payload).await {
        Ok(form) => form,
        Err(answer) => return answer,
    };
    let Some(waited_for) = form.find("wait").map_or(Some(WaitedFor::default()), WaitedFor::find) else {
        return bad_request("invalid_request", "wait must be nodes or verifiers");
    };
    let presented = match presented_client(&request, &form, &state, Door::Revocation) {
        Ok(presented) => presented,
        Err(refusal) => return refused(&refusal),
    };
    match find(&state, &realm, &presented, form.find("token"), id_of(&request)) {
        Err(refusal) => refused(&refusal),
        // Unknown, expired or another client's: the same response, so that it does not reveal which (RFC 7009 §2.2).
        Ok(None) => no_store(StatusCode::OK).json(serde_json::json!({})),
        Ok(Some(revocation)) => {
            carry_out(state.into_inner(), TokenRevocation { waited_for, ..revocation }).await
        }
    }
}

fn find(
    state: &AppState,
    realm: &str,
    presented: &PresentedClient,
    token: Option<&str>,
    request_id: Option<String>,
) -> Result<Option<TokenRevocation>, Refusal> {
    let client = state.issuer.authenticate(realm, presented)?;
    let token = token.ok_or(Refusal::InvalidRequest("token is missing"))?;
    let own = state.issuer.find_own_token(realm, &client, token)?;
    Ok(own.map(|Revocable { realm, id, expires_at }| TokenRevocation {
        realm,
        client_id: client.id(),
        expires_at,
        jti: id,
        address: Some(presented.origin.address.to_string()),
        request_id,
        waited_for: WaitedFor::default(),
    }))
}

async fn carry_out(state: Arc<AppState>, revocation: TokenRevocation) -> HttpResponse {
    let done = web::block(move || {
        let ledger = &state.administration.ledger;
        revoke_token(ledger, &state.barrier, &revocation)
    })
    .await;
    match done {
        Ok(Ok(receipt)) => {
            let position = receipt.position.to_string();
            no_store(StatusCode::OK).insert_header((POSITION, position)).json(receipt)
        }
        Ok(Err(RevocationError::Limit(reached))) => too_many(&reached.to_string()),
        Ok(Err(error)) => {
            tracing::error!(%error, "the outcome of a token revocation is unknown; the client was asked to retry");
            unavailable("the outcome of the revocation is unknown: the token may still be valid; retry")
        }
        Err(_) => {
            unavailable("the outcome of the revocation is unknown: the token may still be valid; retry")
        }
    }
}
