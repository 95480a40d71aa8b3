//! `/personal-access-tokens` and `/api-tokens`, which share one implementation.

use actix_web::web::{Data, Payload, get, post};
use actix_web::{HttpRequest, HttpResponse};
use claviger_api::{
    ApiToken, CreatedMemberToken, MemberTokenView, NewMemberToken, PersonalAccessToken, Schema,
};

use crate::administration::{create_member_token, list_member_tokens, revoke_member_token};
use crate::http::admin::body::body;
use crate::http::admin::caller::{administer, administer_or_try};
use crate::http::admin::listing::{list_operation, page_of};
use crate::http::admin::outcome::Outcome;
use crate::http::admin::path::path_id;
use crate::http::openapi::{Operation, Who};
use crate::http::state::AppState;
use claviger_domain::MemberTokenKind;

/// The token kind of a route.
pub trait Noun: 'static {
    const KIND: MemberTokenKind;
    const PATH: &str;
    const REVOKE_PATH: &str;
    /// What the API's description calls them.
    type Token: Schema;
    /// Operation ids: list, create, revoke.
    const IDS: [&str; 3];
    const CREATES: &str;
}

pub struct PersonalAccessTokens;
pub struct ApiTokens;

impl Noun for PersonalAccessTokens {
    const KIND: MemberTokenKind = MemberTokenKind::PersonalAccessToken;
    const PATH: &str = "/personal-access-tokens";
    const REVOKE_PATH: &str = "/personal-access-tokens/{id}/revoke";
    type Token = PersonalAccessToken;
    const IDS: [&str; 3] =
        ["listPersonalAccessTokens", "createPersonalAccessToken", "revokePersonalAccessToken"];
    const CREATES: &str = "Create a personal access token; it is shown only once";
}

impl Noun for ApiTokens {
    const KIND: MemberTokenKind = MemberTokenKind::ApiToken;
    const PATH: &str = "/api-tokens";
    const REVOKE_PATH: &str = "/api-tokens/{id}/revoke";
    type Token = ApiToken;
    const IDS: [&str; 3] = ["listApiTokens", "createApiToken", "revokeApiToken"];
    const CREATES: &str = "Create a token for REST, git and the registry; it is shown only once";
}

pub fn operations<N: Noun>() -> Vec<Operation> {
    let [lists, creates, revokes] = N::IDS;
    vec![
        list_operation::<MemberTokenView>(Operation::new("get", N::PATH, lists, Who::Owner, || {
            get().to(list::<N>)
        }))
        .says("List your own tokens, or those of the whole realm if permitted")
        .lists::<N::Token>(),
        Operation::new("post", N::PATH, creates, Who::Owner, || post().to(create::<N>))
            .says(N::CREATES)
            .takes::<NewMemberToken>()
            .makes::<CreatedMemberToken>(),
        Operation::new("post", N::REVOKE_PATH, revokes, Who::Owner, || post().to(revoke::<N>))
            .says("Revoke a token")
            .ends(),
    ]
}

pub async fn create<N: Noun>(request: HttpRequest, payload: Payload, state: Data<AppState>) -> HttpResponse {
    let new = body::<NewMemberToken>(&request, payload).await;
    administer(request, state, move |state, act| {
        let created = create_member_token(&state.administration, act, N::KIND, new?)?;
        Outcome::created_with(&created, &created.shown)
    })
    .await
}

pub async fn list<N: Noun>(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    let page = page_of::<MemberTokenView>(&request);
    administer(request, state, move |state, act| {
        Outcome::ok(&list_member_tokens(&state.administration, act, N::KIND, &page?)?)
    })
    .await
}

pub async fn revoke<N: Noun>(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    let id = path_id(&request, N::KIND.words());
    administer_or_try(request, state, move |state, act| {
        let revoked = revoke_member_token(&state.administration, act, N::KIND, id?)?;
        Outcome::ended(state, revoked)
    })
    .await
}
