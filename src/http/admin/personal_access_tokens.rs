//! `/personal-access-tokens`.

use actix_web::web::{Data, Payload, get, post};
use actix_web::{HttpRequest, HttpResponse};

use serde_json::Value;

use super::caller::administer;
use super::fields::{Fields, text};
use super::listing::{Facts, Page, Shape};
use super::outcome::Outcome;
use super::path::path_id;
use super::problem::Problem;
use crate::administration::{
    NewPersonalAccessToken, PersonalAccessTokenView, create_personal_access_token,
    list_personal_access_tokens, revoke_personal_access_token,
};
use crate::http::AppState;
use crate::http::openapi::schema::{
    description, list as list_of, named, nullable, object, one_of, partly, scope, text as text_of, time,
    uuid, with,
};
use crate::http::openapi::{Operation, Who};

pub fn operations() -> Vec<Operation> {
    const PATH: &str = "/personal-access-tokens";
    let new = [("description", description()), ("expires_at", time()), ("scopes", list_of(scope()))];
    vec![
        LIST.described(Operation::new("get", PATH, "listPersonalAccessTokens", Who::Owner, || {
            get().to(list)
        }))
        .says("List one's own tokens; whoever may read the realm sees everybody's")
        .lists(&named("PersonalAccessToken")),
        Operation::new("post", PATH, "createPersonalAccessToken", Who::Owner, || post().to(create))
            .says("Create a token of one's own; it is shown this once")
            .takes(partly(&new, &["expires_at", "scopes"]))
            .makes(with(&schema(), &[("token", text_of())])),
        Operation::new(
            "post",
            "/personal-access-tokens/{id}/revoke",
            "revokePersonalAccessToken",
            Who::Owner,
            || post().to(revoke),
        )
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
        ("status", one_of(&["active", "expired", "revoked"])),
        ("created_at", time()),
        ("expires_at", time()),
        ("last_used_at", nullable(time())),
        ("revoked_at", nullable(time())),
    ])
}

pub async fn create(request: HttpRequest, payload: Payload, state: Data<AppState>) -> HttpResponse {
    let new = Fields::read(&request, payload).await.and_then(new_token);
    administer(request, state, move |state, act| {
        let new = new?;
        let created = create_personal_access_token(&state.administration, act, new)?;
        Outcome::created_with(&created.view, &[("token", created.token.expose())])
    })
    .await
}

pub const LIST: Shape = Shape {
    sorts: &["created_at", "expires_at"],
    default_sort: "created_at",
    statuses: &["active", "expired", "revoked"],
    others: &[],
};

pub async fn list(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    let page = Page::of(&request, &LIST);
    administer(request, state, move |state, act| {
        page?.select(list_personal_access_tokens(&state.administration, act)?, facts)
    })
    .await
}

pub async fn revoke(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    let id = path_id(&request, "personal access token");
    administer(request, state, move |state, act| {
        let revoked = revoke_personal_access_token(&state.administration, act, id?)?;
        Outcome::receipt(state, act, revoked.position)
    })
    .await
}

fn new_token(mut fields: Fields) -> Result<NewPersonalAccessToken, Problem> {
    let description = fields.optional("description", text).unwrap_or_default();
    let expires_at = fields.required("expires_at", text);
    let scopes = fields.required("scopes", fields.scopes());
    fields.finish(|| Some(NewPersonalAccessToken { description, expires_at: expires_at?, scopes: scopes? }))
}

fn facts(token: &PersonalAccessTokenView, sort: &str) -> Facts {
    let key = match sort {
        "expires_at" => token.expires_at.to_string(),
        _ => token.id.to_string(),
    };
    Facts {
        id: token.id.to_string(),
        key,
        status: token.status,
        searched: vec![token.description.to_string(), token.id.to_string()],
    }
}
