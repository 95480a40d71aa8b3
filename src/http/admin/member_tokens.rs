//! `/personal-access-tokens` and `/api-tokens`, which share one implementation.

use actix_web::web::{Data, Payload, get, post};
use actix_web::{HttpRequest, HttpResponse};

use serde_json::Value;

use crate::administration::{
    MemberTokenView, NewMemberToken, create_member_token, list_member_tokens, revoke_member_token,
};
use crate::http::admin::caller::administer;
use crate::http::admin::fields::{Fields, text};
use crate::http::admin::listing::{list_operation, page_of};
use crate::http::admin::outcome::Outcome;
use crate::http::admin::path::path_id;
use crate::http::admin::problem::Problem;
use crate::http::openapi::schema::{
    description, list as list_of, named, nullable, object, one_of, partly, scope, text as text_of, time,
    uuid, with,
};
use crate::http::openapi::{Operation, Who};
use crate::http::state::AppState;
use claviger_domain::{MemberTokenKind, Status};

/// The token kind of a route.
pub trait Noun: 'static {
    const KIND: MemberTokenKind;
    const PATH: &str;
    const REVOKE_PATH: &str;
    const SCHEMA: &str;
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
    const SCHEMA: &str = "PersonalAccessToken";
    const IDS: [&str; 3] =
        ["listPersonalAccessTokens", "createPersonalAccessToken", "revokePersonalAccessToken"];
    const CREATES: &str = "Create a personal access token; it is shown only once";
}

impl Noun for ApiTokens {
    const KIND: MemberTokenKind = MemberTokenKind::ApiToken;
    const PATH: &str = "/api-tokens";
    const REVOKE_PATH: &str = "/api-tokens/{id}/revoke";
    const SCHEMA: &str = "ApiToken";
    const IDS: [&str; 3] = ["listApiTokens", "createApiToken", "revokeApiToken"];
    const CREATES: &str = "Create a token for REST, git and the registry; it is shown only once";
}

pub fn operations<N: Noun>() -> Vec<Operation> {
    let new = [("description", description()), ("expires_at", time()), ("scopes", list_of(scope()))];
    let [lists, creates, revokes] = N::IDS;
    vec![
        list_operation::<MemberTokenView>(Operation::new("get", N::PATH, lists, Who::Owner, || {
            get().to(list::<N>)
        }))
        .says("List your own tokens, or those of the whole realm if permitted")
        .lists(&named(N::SCHEMA)),
        Operation::new("post", N::PATH, creates, Who::Owner, || post().to(create::<N>))
            .says(N::CREATES)
            .takes(partly(&new, &["expires_at", "scopes"]))
            .makes(with(&schema(), &[("token", text_of())])),
        Operation::new("post", N::REVOKE_PATH, revokes, Who::Owner, || post().to(revoke::<N>))
            .says("Revoke a token")
            .changes()
            .answers(named("Receipt")),
    ]
}

pub fn schema() -> Value {
    object(&[
        ("id", uuid()),
        ("member", uuid()),
        ("description", description()),
        ("scopes", list_of(scope())),
        ("status", one_of(Status::NAMES)),
        ("created_at", time()),
        ("expires_at", time()),
        ("last_used_at", nullable(time())),
        ("revoked_at", nullable(time())),
    ])
}

pub async fn create<N: Noun>(request: HttpRequest, payload: Payload, state: Data<AppState>) -> HttpResponse {
    let new = Fields::read(&request, payload).await.and_then(|fields| new_token(fields, N::KIND));
    administer(request, state, move |state, act| {
        let new = new?;
        let created = create_member_token(&state.administration, act, new)?;
        Outcome::created_with(&created.view, &[("token", created.token.expose())])
    })
    .await
}

pub async fn list<N: Noun>(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    let page = page_of::<MemberTokenView>(&request);
    administer(request, state, move |state, act| {
        Outcome::ok(&page?.select(list_member_tokens(&state.administration, act, N::KIND)?))
    })
    .await
}

pub async fn revoke<N: Noun>(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    let id = path_id(&request, N::KIND.words());
    administer(request, state, move |state, act| {
        let revoked = revoke_member_token(&state.administration, act, N::KIND, id?)?;
        Outcome::ended(state, revoked)
    })
    .await
}

fn new_token(mut fields: Fields, kind: MemberTokenKind) -> Result<NewMemberToken, Problem> {
    let description = fields.optional("description", text).unwrap_or_default();
    let expires_at = fields.required("expires_at", text);
    let scopes = fields.required("scopes", fields.scopes());
    fields.finish(|| Some(NewMemberToken { kind, description, expires_at: expires_at?, scopes: scopes? }))
}
