//! `/registry-tokens`.

use actix_web::web::{Data, get, post};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::Value;

use crate::administration::{RegistryTokenView, list_registry_tokens, revoke_registry_token};
use crate::http::admin::caller::administer;
use crate::http::admin::listing::{Facts, Page, Shape};
use crate::http::admin::outcome::Outcome;
use crate::http::admin::path::path_id;
use crate::http::openapi::schema::{named, nullable, object, one_of, text, time, uuid};
use crate::http::openapi::{Operation, Who};
use crate::http::state::AppState;

const PATH: &str = "/registry-tokens";

pub fn operations() -> Vec<Operation> {
    vec![
        LIST.described(Operation::new("get", PATH, "listRegistryTokens", Who::Owner, || get().to(list)))
            .says("List what clients of container registries keep instead of one's own tokens")
            .lists(&named("RegistryToken")),
        Operation::new("post", "/registry-tokens/{id}/revoke", "revokeRegistryToken", Who::Owner, || {
            post().to(revoke)
        })
        .says("Revoke a registry client's refresh token")
        .more("Registry tokens that it gave end within their lifetime.")
        .changes()
        .answers(named("Receipt")),
    ]
}

pub fn schema() -> Value {
    object(&[
        ("id", uuid()),
        ("client_id", nullable(uuid())),
        ("member", nullable(uuid())),
        ("service", text()),
        ("status", one_of(&["active", "expired", "revoked"])),
        ("created_at", time()),
        ("expires_at", time()),
        ("last_used_at", nullable(time())),
        ("revoked_at", nullable(time())),
    ])
}

pub const LIST: Shape = Shape {
    sorts: &["created_at", "service"],
    default_sort: "created_at",
    statuses: &["active", "expired", "revoked"],
    others: &[],
};

pub async fn list(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    let page = Page::of(&request, &LIST);
    administer(request, state, move |state, act| {
        page?.select(list_registry_tokens(&state.administration, act)?, facts)
    })
    .await
}

pub async fn revoke(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    let id = path_id(&request, "registry token");
    administer(request, state, move |state, act| {
        let revoked = revoke_registry_token(&state.administration, act, id?)?;
        Outcome::ended(state, revoked)
    })
    .await
}

fn facts(token: &RegistryTokenView, sort: &str) -> Facts {
    let key = match sort {
        "service" => token.service.to_string(),
        _ => token.id.to_string(),
    };
    Facts {
        id: token.id.to_string(),
        key,
        status: token.status,
        searched: vec![token.service.to_string(), token.id.to_string()],
    }
}
