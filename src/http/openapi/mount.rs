//! Mounts operations as they are described.

use actix_web::web::{self, ServiceConfig};

use crate::http::openapi::operation::Operation;

/// In this order: if two paths match a request, the first is used. Operations of one path are adjacent.
pub fn mount(config: &mut ServiceConfig, prefix: &str, operations: &[Operation]) {
    for same_path in operations.chunk_by(|one, other| one.path == other.path) {
        let paths = same_path.iter().flat_map(|operation| operation.also_at);
        for path in same_path.first().map(|operation| &operation.path).into_iter().chain(paths) {
            let routes = same_path.iter().flat_map(|operation| &operation.mounts);
            let resource = web::resource(format!("{prefix}{path}"));
            config.service(routes.fold(resource, |resource, route| resource.route(route())));
        }
    }
}
