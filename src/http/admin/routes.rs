//! Routes of the administration API: exactly the documented operations.

use actix_web::web::ServiceConfig;

use crate::http::admin::needed_scopes::needed_scope;
use crate::http::admin::people::{command_line, identities, member_tokens, members, sign_in};
use crate::http::admin::problem::method_refused;
use crate::http::admin::{
    application_credentials, audit_events, expirations, groups, nodes, realm, registry_keys, registry_tokens,
    resource_servers, resources, scopes, service_credentials, signing_keys, trace, vault, webhooks,
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
        members::operations(),
        identities::operations(),
        member_tokens::operations::<member_tokens::PersonalAccessTokens>(),
        command_line::operations(),
        member_tokens::operations::<member_tokens::ApiTokens>(),
        application_credentials::operations(),
        registry_tokens::operations(),
        registry_keys::operations(),
        resource_servers::operations(),
        signing_keys::operations(),
        expirations::operations(),
        nodes::operations(),
        trace::operations(),
        vault::source_types::operations(),
        vault::validation::operations(),
        vault::source_credentials::operations(),
        vault::sources::operations(),
        vault::resolve::operations(),
        sign_in::operations(),
        webhooks::endpoints::operations(),
        webhooks::deliveries::operations(),
        audit_events::operations(),
    ];
    let described = |operation: Operation| {
        let admin_scope = needed_scope(operation.method, operation.path);
        Operation { admin_scope, ..operation }
    };
    nouns.into_iter().flatten().map(described).collect()
}

pub fn configure(config: &mut ServiceConfig) {
    mount(config, REALM, REALM, &operations(), method_refused);
}
