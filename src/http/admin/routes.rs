//! Where the administration is mounted: every operation that is described, and no other.

use actix_web::web::{self, ServiceConfig};
use serde_json::Value;

use super::{
    audit_events, credential_described, groups, members, personal_access_tokens, realm, resource_servers,
    resources, scopes, service_credentials, signing_keys,
};
use crate::http::openapi::Operation;

pub const REALM: &str = "/api/v1/realms/{realm}";

/// Operations of one path stand together; where two paths fit a request, the first counts.
pub fn operations() -> Vec<Operation> {
    let nouns = [
        realm::operations(),
        service_credentials::operations(),
        groups::operations(),
        resources::operations(),
        scopes::operations(),
        members::operations(),
        personal_access_tokens::operations(),
        resource_servers::operations(),
        signing_keys::operations(),
        audit_events::operations(),
    ];
    nouns.into_iter().flatten().collect()
}

/// What the operations name.
pub fn schemas() -> Vec<(&'static str, Value)> {
    vec![
        ("Realm", realm::schema()),
        ("ServiceCredential", credential_described::schema()),
        ("Group", groups::schema()),
        ("Resource", resources::schema()),
        ("Scope", scopes::schema()),
        ("Member", members::schema()),
        ("PersonalAccessToken", personal_access_tokens::schema()),
        ("ResourceServer", resource_servers::schema()),
        ("SigningKey", signing_keys::schema()),
        ("AuditEvent", audit_events::schema()),
    ]
}

pub fn configure(config: &mut ServiceConfig) {
    for same_path in operations().chunk_by(|one, other| one.path == other.path) {
        let Some(path) = same_path.first().map(|operation| operation.path) else { continue };
        let mounts = same_path.iter().filter_map(|operation| operation.mount);
        let resource = mounts.fold(web::resource(format!("{REALM}{path}")), |at, mount| at.route(mount()));
        config.service(resource);
    }
}
