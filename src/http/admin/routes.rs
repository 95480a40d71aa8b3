//! Where the administration is mounted.

use actix_web::web::{self, ServiceConfig, delete, get, patch, post};

use super::{
    audit_events, credential_import, groups, members, personal_access_tokens, realm, resource_servers,
    resources, scopes, service_credentials, signing_keys,
};

const REALM: &str = "/api/v1/realms/{realm}";

pub fn configure(config: &mut ServiceConfig) {
    let at = |path: &str| web::resource(format!("{REALM}{path}"));
    config
        .service(at("").route(get().to(realm::show)).route(patch().to(realm::edit)))
        .service(
            at("/service-credentials")
                .route(get().to(service_credentials::list))
                .route(post().to(service_credentials::create)),
        )
        // Before the ids, of which this is none.
        .service(at("/service-credentials/import").route(post().to(credential_import::import)))
        .service(
            at("/service-credentials/{id}")
                .route(get().to(service_credentials::show))
                .route(patch().to(service_credentials::edit)),
        )
        .service(at("/service-credentials/{id}/revoke").route(post().to(service_credentials::revoke)))
        .service(at("/service-credentials/{id}/renew").route(post().to(service_credentials::renew)))
        .service(at("/service-credentials/{id}/usage").route(get().to(service_credentials::usage)))
        .service(at("/groups").route(get().to(groups::list)).route(post().to(groups::create)))
        .service(
            at("/groups/{name}")
                .route(get().to(groups::show))
                .route(patch().to(groups::edit))
                .route(delete().to(groups::remove)),
        )
        .service(at("/resources").route(get().to(resources::list)).route(post().to(resources::create)))
        .service(
            at("/resources/{type}/{name}")
                .route(get().to(resources::show))
                .route(patch().to(resources::edit))
                .route(delete().to(resources::remove)),
        )
        .service(at("/scopes").route(get().to(scopes::list)).route(post().to(scopes::create)))
        .service(
            at("/scopes/{scope}")
                .route(get().to(scopes::show))
                .route(patch().to(scopes::edit))
                .route(delete().to(scopes::remove)),
        )
        .service(at("/members").route(get().to(members::list)).route(post().to(members::create)))
        .service(at("/members/{id}").route(get().to(members::show)).route(patch().to(members::edit)))
        .service(at("/members/{id}/disable").route(post().to(members::disable)))
        .service(
            at("/personal-access-tokens")
                .route(get().to(personal_access_tokens::list))
                .route(post().to(personal_access_tokens::create)),
        )
        .service(at("/personal-access-tokens/{id}/revoke").route(post().to(personal_access_tokens::revoke)))
        .service(
            at("/resource-servers")
                .route(get().to(resource_servers::list))
                .route(post().to(resource_servers::create)),
        )
        .service(
            at("/resource-servers/{id}")
                .route(get().to(resource_servers::show))
                .route(delete().to(resource_servers::remove)),
        )
        .service(
            at("/signing-keys").route(get().to(signing_keys::list)).route(post().to(signing_keys::create)),
        )
        .service(at("/signing-keys/rotate").route(post().to(signing_keys::rotate)))
        .service(at("/signing-keys/{kid}/withdraw").route(post().to(signing_keys::withdraw)))
        .service(at("/audit-events").route(get().to(audit_events::list)));
}
