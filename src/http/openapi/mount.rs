//! Mounts operations as they are described.

use std::future::ready;

use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, Resource};

use crate::http::openapi::operation::Operation;

/// The answer to a method that a path does not support; the text is the value of `Allow`.
pub type RefuseMethod = fn(&HttpRequest, &str) -> HttpResponse;

/// If two paths match a request, the first is used. Operations of one path are adjacent.
///
/// Those below `scope` come first and share its one pattern: a path with a parameter is a compiled expression of tens of
/// kilobytes in each worker, and one without is text. A route that is mounted elsewhere below `scope` is never reached.
pub fn mount(
    config: &mut ServiceConfig,
    prefix: &str,
    scope: &str,
    operations: &[Operation],
    refuse: RefuseMethod,
) {
    let (mut inside, mut outside) = (web::scope(scope), Vec::new());
    for same_path in operations.chunk_by(|one, other| one.path == other.path) {
        let more = same_path.iter().flat_map(|operation| operation.also_at);
        for path in same_path.first().map(|operation| &operation.path).into_iter().chain(more) {
            let path = format!("{prefix}{path}");
            match path.strip_prefix(scope) {
                Some(below) => inside = inside.service(resource(below, same_path, refuse)),
                None => outside.push(resource(&path, same_path, refuse)),
            }
        }
    }
    config.service(inside);
    for resource in outside {
        config.service(resource);
    }
}

fn resource(path: &str, operations: &[Operation], refuse: RefuseMethod) -> Resource {
    let routes = operations.iter().flat_map(|operation| &operation.mounts);
    let resource = routes.fold(web::resource(path), |resource, route| resource.route(route()));
    let allowed: Vec<String> = operations.iter().flat_map(Operation::methods).collect();
    let allowed = allowed.join(", ");
    resource.default_service(web::to(move |request: HttpRequest| ready(refuse(&request, &allowed))))
}
