//! `/resource-servers`.

use actix_web::web::{Data, Payload, delete, get, post};
use actix_web::{HttpRequest, HttpResponse};

use serde_json::Value;

use crate::administration::{
    NewResourceServer, ResourceServerView, create_resource_server, delete_resource_server,
    find_resource_server, list_resource_servers,
};
use crate::http::admin::caller::administer;
use crate::http::admin::fields::{Fields, text};
use crate::http::admin::listing::{list_operation, page_of};
use crate::http::admin::outcome::Outcome;
use crate::http::admin::path::path_id;
use crate::http::admin::problem::Problem;
use crate::http::openapi::schema::{name, named, object, text as text_of, time, uuid, with};
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
        .lists(&named("ResourceServer")),
        Operation::new("post", PATH, "createResourceServer", Who::Administrator, || post().to(create))
            .says("Create a resource server; its key is shown only once")
            .takes(object(&[("name", name()), ("audience", text_of())]))
            .makes(with(&schema(), &[("client_key", text_of())])),
        Operation::new("get", ONE, "showResourceServer", Who::Reader, || get().to(show))
            .says("Show a resource server")
            .shows(named("ResourceServer")),
        Operation::new("delete", ONE, "deleteResourceServer", Who::Administrator, || delete().to(remove))
            .says("Delete a resource server; tokens for its audience become invalid at once")
            .changes()
            .answers(named("Receipt")),
    ]
}

pub fn schema() -> Value {
    object(&[
        ("id", uuid()),
        ("client_id", uuid()),
        ("name", name()),
        ("audience", text_of()),
        ("created_at", time()),
    ])
}

pub async fn create(request: HttpRequest, payload: Payload, state: Data<AppState>) -> HttpResponse {
    let new = Fields::read(&request, payload).await.and_then(new_server);
    administer(request, state, move |state, act| {
        let new = new?;
        let created = create_resource_server(&state.administration, act, new)?;
        Outcome::created_with(&created.view, &[("client_key", created.client_key.expose())])
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

fn new_server(mut fields: Fields) -> Result<NewResourceServer, Problem> {
    let name = fields.required("name", text);
    let audience = fields.required("audience", text);
    fields.finish(|| Some(NewResourceServer { name: name?, audience: audience? }))
}
