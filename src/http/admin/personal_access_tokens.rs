//! `/personal-access-tokens`.

use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};

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
