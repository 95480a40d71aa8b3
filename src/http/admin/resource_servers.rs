//! `/resource-servers`.

use actix_web::web::{Data, Payload, delete, get, post};
use actix_web::{HttpRequest, HttpResponse};
use claviger_api::{
    CreatedResourceServer, CredentialRenewal, Listed, NewResourceServer, ObservedResourceServer,
    RenewedResourceServer, ResourceServerView,
};

use crate::administration::{
    create_resource_server, delete_resource_server, find_resource_server, list_resource_servers,
    renew_resource_server,
};
use crate::http::admin::body::body;
use crate::http::admin::caller::{administer, administer_or_try};
use crate::http::admin::listing::{list_operation, page_of};
use crate::http::admin::outcome::Outcome;
use crate::http::admin::path::path_id;
use crate::http::coverage::Observed;
use crate::http::openapi::{Operation, Who};
use crate::http::renewal::renewed;
use crate::http::state::AppState;
use claviger_domain::Replaced;

pub fn operations() -> Vec<Operation> {
    const PATH: &str = "/resource-servers";
    const ONE: &str = "/resource-servers/{id}";
    vec![
        list_operation::<ResourceServerView>(Operation::new(
            "get",
            PATH,
            "listResourceServers",
            Who::Reader,
            || get().to(list),
        ))
        .says("List resource servers, and how soon each refuses a revoked token")
        .lists::<ObservedResourceServer>(),
        Operation::new("post", PATH, "createResourceServer", Who::Administrator, || post().to(create))
            .says("Create a resource server; its key is shown only once")
            .takes::<NewResourceServer>()
            .makes::<CreatedResourceServer>(),
        Operation::new("get", ONE, "showResourceServer", Who::Reader, || get().to(show))
            .says("Show a resource server, and how soon it refuses a revoked token")
            .more(
                "The entity tag does not cover `tier`, `last_heard_at` and `instances`, which are observed.",
            )
            .shows::<ObservedResourceServer>(),
        Operation::new("delete", ONE, "deleteResourceServer", Who::Administrator, || delete().to(remove))
            .says("Delete a resource server; tokens for its audience become invalid at once")
            .ends(),
        Operation::new(
            "post",
            "/resource-servers/{id}/renew",
            "renewResourceServer",
            Who::Administrator,
            || post().to(renew),
        )
        .says("Create a successor with the same name and audience, and a new id and key")
        .more("Tokens for the audience stay valid. The old key is refused from the end of the overlap.")
        .takes::<CredentialRenewal>()
        .changes()
        .makes::<RenewedResourceServer>(),
    ]
}

pub async fn create(request: HttpRequest, payload: Payload, state: Data<AppState>) -> HttpResponse {
    let new = body::<NewResourceServer>(&request, payload).await;
    administer(request, state, move |state, act| {
        let created = create_resource_server(&state.administration, act, new?)?;
        Outcome::created_with(&created, &created.server)
    })
    .await
}

pub async fn renew(request: HttpRequest, payload: Payload, state: Data<AppState>) -> HttpResponse {
    let id = path_id(&request, "resource server");
    let renewal = body::<CredentialRenewal>(&request, payload).await;
    administer(request, state, move |state, act| {
        let (id, overlap) = (id?, renewal?.overlap_seconds);
        let successor = renew_resource_server(&state.administration, act, id, overlap);
        let (created, receipt) = renewed(state, act, Replaced::ResourceServer(id), overlap, successor)?;
        let renewed = RenewedResourceServer { created, receipt };
        Outcome::created_with(&renewed, &renewed.created.server)
    })
    .await
}

pub async fn list(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    let page = page_of::<ResourceServerView>(&request);
    administer(request, state, move |state, act| {
        let Listed { items, next_cursor } = page?.select(list_resource_servers(&state.administration, act)?);
        let observed = Observed::in_realm(state, act);
        let items = items.into_iter().map(|server| observed.server(server)).collect();
        Outcome::ok(&Listed::<ObservedResourceServer> { items, next_cursor })
    })
    .await
}

pub async fn show(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    let id = path_id(&request, "resource server");
    administer(request, state, move |state, act| {
        let found = find_resource_server(&state.administration, act, id?)?;
        let shown = Observed::in_realm(state, act).server(found);
        Outcome::shown_with(&shown, &shown.server)
    })
    .await
}

pub async fn remove(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    let id = path_id(&request, "resource server");
    administer_or_try(request, state, move |state, act| {
        let deleted = delete_resource_server(&state.administration, act, id?)?;
        Outcome::ended(state, deleted)
    })
    .await
}
