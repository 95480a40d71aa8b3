//! `/resource-servers`.

use actix_web::web::{Data, Payload, delete, get, post};
use actix_web::{HttpRequest, HttpResponse};
use claviger_api::{CreatedResourceServer, NewResourceServer, ResourceServerView};

use crate::administration::{
    create_resource_server, delete_resource_server, find_resource_server, list_resource_servers,
};
use crate::http::admin::body::body;
use crate::http::admin::caller::administer;
use crate::http::admin::listing::{list_operation, page_of};
use crate::http::admin::outcome::Outcome;
use crate::http::admin::path::path_id;
use crate::http::openapi::{Operation, Who};
use crate::http::state::AppState;

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
        .says("List resource servers")
        .lists::<ResourceServerView>(),
        Operation::new("post", PATH, "createResourceServer", Who::Administrator, || post().to(create))
            .says("Create a resource server; its key is shown only once")
            .takes::<NewResourceServer>()
            .makes::<CreatedResourceServer>(),
        Operation::new("get", ONE, "showResourceServer", Who::Reader, || get().to(show))
            .says("Show a resource server")
            .shows::<ResourceServerView>(),
        Operation::new("delete", ONE, "deleteResourceServer", Who::Administrator, || delete().to(remove))
            .says("Delete a resource server; tokens for its audience become invalid at once")
            .ends(),
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

pub async fn list(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    let page = page_of::<ResourceServerView>(&request);
    administer(request, state, move |state, act| {
        Outcome::ok(&page?.select(list_resource_servers(&state.administration, act)?))
    })
    .await
}

pub async fn show(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    let id = path_id(&request, "resource server");
    administer(request, state, move |state, act| {
        Outcome::shown(&find_resource_server(&state.administration, act, id?)?)
    })
    .await
}

pub async fn remove(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    let id = path_id(&request, "resource server");
    administer(request, state, move |state, act| {
        let deleted = delete_resource_server(&state.administration, act, id?)?;
        Outcome::ended(state, deleted)
    })
    .await
}
