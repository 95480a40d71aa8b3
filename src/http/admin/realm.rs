//! The realm itself: its settings.

use actix_web::web::{Data, Payload, get, patch};
use actix_web::{HttpRequest, HttpResponse};

use serde_json::Value;

use crate::administration::{RealmEdit, edit_realm, find_realm};
use crate::http::admin::caller::administer;
use crate::http::admin::fields::{Fields, flag, list, text, whole_number};
use crate::http::admin::outcome::Outcome;
use crate::http::openapi::schema::{
    between, description, edit as edit_of, edited, flag as flag_of, list as list_of, named, nullable, object,
    one_of, text as text_of, time,
};
use crate::http::openapi::{Operation, Who};
use crate::http::state::AppState;
use claviger_domain::RegistryTokenLifetime;

pub fn operations() -> Vec<Operation> {
    let parts = [
        ("display_name", description()),
        ("service_credentials", flag_of()),
        ("require_resource", flag_of()),
        ("default_alg", one_of(&["ES256", "EdDSA", "RS256", "PS256"])),
        ("registry_services", list_of(text_of())),
        ("registry_token_ttl_seconds", between(60, 300)),
    ];
    vec![
        Operation::new("get", "", "showRealm", Who::Reader, || get().to(show))
            .says("Show the realm and its settings")
            .shows(named("Realm")),
        Operation::new("patch", "", "editRealm", Who::Administrator, || patch().to(edit))
            .says("Change settings of the realm")
            .takes(edit_of(&parts))
            .more("Once a stricter setting is answered, no node applies the previous one.")
            .edits(edited(&schema())),
    ]
}

pub fn schema() -> Value {
    object(&[
        ("realm", text_of()),
        ("issuer", text_of()),
        ("display_name", description()),
        ("service_credentials", flag_of()),
        ("require_resource", flag_of()),
        ("default_alg", one_of(&["ES256", "EdDSA", "RS256", "PS256"])),
        ("registry_services", list_of(text_of())),
        ("registry_token_ttl_seconds", between(60, 300)),
        ("suspended_at", nullable(time())),
        ("created_at", time()),
        ("updated_at", time()),
    ])
}

pub async fn show(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    administer(request, state, |state, act| Outcome::shown(&find_realm(&state.administration, act)?)).await
}

pub async fn edit(request: HttpRequest, payload: Payload, state: Data<AppState>) -> HttpResponse {
    let read = |mut fields: Fields| {
        fields.only_editable(&[
            "display_name",
            "service_credentials",
            "require_resource",
            "default_alg",
            "registry_services",
            "registry_token_ttl_seconds",
        ]);
        let edit = RealmEdit {
            display_name: fields.optional("display_name", text),
            service_credentials: fields.optional("service_credentials", flag),
            require_resource: fields.optional("require_resource", flag),
            default_alg: fields.optional("default_alg", text),
            registry_services: fields.optional("registry_services", list),
            registry_token_ttl: fields.optional("registry_token_ttl_seconds", |value| {
                let lifetime = RegistryTokenLifetime::seconds(whole_number(value)?);
                lifetime.map_err(|error| format!("must be {error}"))
            }),
        };
        fields.finish(|| Some(edit))
    };
    let edit = Fields::read(&request, payload).await.and_then(read);
    administer(request, state, move |state, act| {
        Outcome::edited(state, edit_realm(&state.administration, act, edit?)?)
    })
    .await
}
