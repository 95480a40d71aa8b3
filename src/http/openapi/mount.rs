//! Mounts operations as they are described.

use actix_web::Resource;
use actix_web::web::{self, ServiceConfig};

use crate::http::openapi::operation::Operation;

/// If two paths match a request, the first is used. Operations of one path are adjacent.
///
/// Those below `scope` come first and share its one pattern: a path with a parameter is a compiled expression of tens of
/// kilobytes in each worker, and one without is text. A route that is mounted elsewhere below `scope` is never reached.
pub fn mount(config: &mut ServiceConfig, prefix: &str, scope: &str, operations: &[Operation]) {
    let (mut inside, mut outside) = (web::scope(scope), Vec::new());
    for same_path in operations.chunk_by(|one, other| one.path == other.path) {
        let more = same_path.iter().flat_map(|operation| operation.also_at);
        for path in same_path.first().map(|operation| &operation.path).into_iter().chain(more) {
            let path = format!("{prefix}{path}");
            match path.strip_prefix(scope) {
                Some(below) => inside = inside.service(resource(below, same_path)),
                None => outside.push(resource(&path, same_path)),
            }
        }
    }
    config.service(inside);
    for resource in outside {
        config.service(resource);
    }
}

fn resource(path: &str, operations: &[Operation]) -> Resource {
    let routes = operations.iter().flat_map(|operation| &operation.mounts);
    routes.fold(web::resource(path), |resource, route| resource.route(route()))
}
