//! All routes with their required scopes. There are no routes outside this table.

use std::sync::Arc;

use actix_web::http::Method;
use actix_web::web::{self, Data, Payload, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use claviger_verifier::{InvalidScope, Scope};

use crate::call::{Act, Call, Problem};
use crate::factories::Factories;
use crate::tokens::Tokens;
use crate::{answer, builds, devices, guard, targets};

#[derive(Clone)]
pub struct Route {
    method: Method,
    /// Ends with a slash; the route also matches without it.
    path: &'static str,
    scope: Scope,
    act: Act,
}

const MAX_BODY: usize = 1024 * 1024;

pub fn routes() -> Result<Arc<[Route]>, InvalidScope> {
    const PROJECT: &str = "/projects/{factory}/lmp/";
    const BUILDS: &str = "/projects/{factory}/lmp/builds/";
    const BUILD: &str = "/projects/{factory}/lmp/builds/{number}/";
    const DEVICES: &str = "/ota/devices/";
    const DEVICE: &str = "/ota/devices/{name}/";
    const CONFIG: &str = "/ota/devices/{name}/config/";
    const TARGETS: &str = "/ota/factories/{factory}/targets/";
    let table: [(Method, &'static str, &str, Act); 13] = [
        (Method::GET, PROJECT, "ci:read", builds::show_project),
        (Method::GET, BUILDS, "ci:read", builds::list),
        (Method::POST, BUILDS, "ci:read-update", builds::start),
        (Method::GET, BUILD, "ci:read", builds::show),
        (Method::GET, DEVICES, "devices:read", devices::list),
        (Method::POST, DEVICES, "devices:create", devices::register),
        (Method::GET, DEVICE, "devices:read", devices::show),
        (Method::DELETE, DEVICE, "devices:delete", devices::delete),
        (Method::GET, CONFIG, "devices:read", devices::show_config),
        (Method::PATCH, CONFIG, "devices:read-update", devices::replace_config),
        (Method::GET, TARGETS, "targets:read", targets::show),
        (Method::PUT, TARGETS, "targets:read-update", targets::replace),
        (Method::PATCH, TARGETS, "targets:read-update", targets::change),
    ];
    let made = |(method, path, scope, act): (_, _, &str, _)| {
        scope.parse().map(|scope| Route { method, path, scope, act })
    };
    table.into_iter().map(made).collect()
}

/// Routes of one path must be adjacent in the table.
pub fn configure(config: &mut ServiceConfig, routes: &[Route]) {
    for routes in routes.chunk_by(|one, next| one.path == next.path) {
        let path = routes[0].path;
        let methods: Vec<&str> = routes.iter().map(|route| route.method.as_str()).collect();
        let allowed = methods.join(", ");
        let mut resource = web::resource([path, path.trim_end_matches('/')]);
        for route in routes {
            let method = web::method(route.method.clone());
            let route = route.clone();
            let answer = move |request, payload, tokens, factories| {
                serve(route.clone(), request, payload, tokens, factories)
            };
            resource = resource.route(method.to(answer));
        }
        config.service(resource.default_service(web::to(move || {
            let answer = answer::wrong_method(&allowed);
            async move { answer }
        })));
    }
    config.default_service(web::to(async || answer::problem(&Problem::NotFound)));
}

async fn serve(
    route: Route,
    request: HttpRequest,
    payload: Payload,
    tokens: Data<Tokens>,
    factories: Data<Factories>,
) -> HttpResponse {
    let permit = match guard::admit(&request, &tokens, &route.scope).await {
        Ok(permit) => permit,
        Err(refusal) => return answer::refused(&request, &refusal),
    };
    let body = match payload.to_bytes_limited(MAX_BODY).await {
        Ok(Ok(body)) => body,
        Ok(Err(_)) => return answer::problem(&Problem::Malformed("the body could not be read".to_owned())),
        Err(_) => return answer::problem(&Problem::TooLarge),
    };
    let call = Call { factory: permit.factory().as_str(), path: request.match_info(), body: &body };
    match factories.with(&permit, |factory| (route.act)(factory, &call)) {
        Ok(done) => answer::done(done),
        Err(problem) => answer::problem(&problem),
    }
}
