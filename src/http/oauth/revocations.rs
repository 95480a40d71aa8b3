//! `GET /realms/{realm}/revocations`: the feed that verifiers of resource servers follow.

use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::http::header::ContentType;
use actix_web::rt::time::timeout;
use actix_web::web::{Data, Path, block};
use actix_web::{HttpRequest, HttpResponse};

use crate::http::caching::no_store;
use crate::http::oauth::client_credentials::client_in_header;
use crate::http::oauth::error::{bad_request, refused, too_many, unavailable};
use crate::http::oauth::feed_query::FeedQuery;
use crate::http::state::AppState;
use crate::issuance::Refusal;
use crate::revocation::{FeedRefused, FeedRequest, Hearing, NotHeard};
use claviger_domain::Door;

pub async fn revocations(request: HttpRequest, realm: Path<String>, state: Data<AppState>) -> HttpResponse {
    let (asked, wait) = match ask(&request, &realm, &state) {
        Ok(asked) => asked,
        Err(answer) => return *answer,
    };
    match told(&state, asked, wait).await {
        Ok(body) => no_store(StatusCode::OK).content_type(ContentType::json()).body(body),
        Err(why) => not_told(&why),
    }
}

/// Who may not ask learns nothing of the parameters.
fn ask(
    request: &HttpRequest,
    realm: &str,
    state: &AppState,
) -> Result<(FeedRequest, Duration), Box<HttpResponse>> {
    let query = FeedQuery::read(request.query_string());
    let refuse = |refusal: Refusal| Box::new(refused(&refusal));
    let presented = client_in_header(request, state, Door::Revocations).map_err(refuse)?;
    let caller = state.issuer.authenticate_resource_server(realm, &presented);
    let (realm, resource_server) = caller.map_err(refuse)?;
    let query = query.map_err(|wrong| Box::new(bad_request("invalid_request", &wrong)))?;
    let FeedQuery { verifier, nonce, after, cursor, wait } = query;
    Ok((FeedRequest { realm, resource_server, verifier, nonce, after, cursor }, wait))
}

async fn told(state: &Data<AppState>, asked: FeedRequest, wait: Duration) -> Result<String, FeedRefused> {
    let heard = match state.feed.hear(asked)? {
        Hearing::Heard(poll) => poll,
        Hearing::New(poll) => {
            let at = state.clone();
            block(move || at.feed.attach(poll)).await.map_err(|_| FeedRefused::Unavailable)??
        }
    };
    // At the end of the time there is an answer too: nothing new.
    let _ = timeout(wait, state.feed.wait(&heard)).await;
    if !state.feed.is_large(&heard) {
        return state.feed.answer(&heard);
    }
    let at = state.clone();
    block(move || at.feed.answer(&heard)).await.map_err(|_| FeedRefused::Unavailable)?
}

fn not_told(why: &FeedRefused) -> HttpResponse {
    let description = why.to_string();
    match why {
        FeedRefused::Unavailable | FeedRefused::Behind(_) | FeedRefused::NotHeard(NotHeard::Unwritten) => {
            unavailable(&description)
        }
        FeedRefused::NotHeard(NotHeard::TooMany) => too_many(&description),
        FeedRefused::StaleCursor => bad_request("invalid_request", &description),
        FeedRefused::NoRealm => refused(&Refusal::InvalidClient),
    }
}
