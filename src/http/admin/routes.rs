//! Routes of the administration API: exactly the documented operations.

use actix_web::web::ServiceConfig;
use serde_json::Value;

use crate::http::admin::{
    application_credentials, audit_events, credential_schema, groups, member_tokens, members, realm,
    registry_keys, registry_tokens, resource_servers, resources, scope_presets, scopes, service_credentials,
    signing_keys,
};
use crate::http::openapi::{Operation, mount};

pub const REALM: &str = "/api/v1/realms/{realm}";

/// Operations of one path are adjacent. If two paths match a request, the first is used.
pub fn operations() -> Vec<Operation> {
    let nouns = [
        realm::operations(),
        service_credentials::operations(),
        groups::operations(),
        resources::operations(),
        scopes::operations(),
        scope_presets::operations(),
        members::operations(),
        member_tokens::operations::<member_tokens::PersonalAccessTokens>(),
        member_tokens::operations::<member_tokens::ApiTokens>(),
        application_credentials::operations(),
        registry_tokens::operations(),
        registry_keys::operations(),
        resource_servers::operations(),
        signing_keys::operations(),
        audit_events::operations(),
    ];
    nouns.into_iter().flatten().collect()
}

/// The schemas that the operations refer to.
pub fn schemas() -> Vec<(&'static str, Value)> {
    vec![
        ("Realm", realm::schema()),
        ("ServiceCredential", credential_schema::schema()),
        ("Group", groups::schema()),
        ("Resource", resources::schema()),
        ("Scope", scopes::schema()),
        ("Member", members::schema()),
        ("PersonalAccessToken", member_tokens::schema()),
        ("ApiToken", member_tokens::schema()),
        ("ApplicationCredential", application_credentials::schema()),
        ("RegistryToken", registry_tokens::schema()),
        ("RegistryKey", registry_keys::schema()),
        ("ResourceServer", resource_servers::schema()),
        ("SigningKey", signing_keys::schema()),
        ("AuditEvent", audit_events::schema()),
    ]
}

pub fn configure(config: &mut ServiceConfig) {
    mount(config, REALM, &operations());
}
