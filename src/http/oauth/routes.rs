//! Routes of the OAuth endpoints, per realm.

use actix_web::web::{self, ServiceConfig};

use crate::http::oauth::{forward_auth, introspect, key_set, metadata, registry, revoke, token, whoami};

pub fn configure(config: &mut ServiceConfig) {
    config
        .service(web::resource("/realms/{realm}/oauth2/token").route(web::post().to(token::token)))
        .service(
            web::resource("/realms/{realm}/oauth2/introspect").route(web::post().to(introspect::introspect)),
        )
        .service(web::resource("/realms/{realm}/oauth2/revoke").route(web::post().to(revoke::revoke)))
        .service(
            web::resource("/realms/{realm}/oauth2/jwks")
                .route(web::get().to(key_set::key_set))
                .route(web::head().to(key_set::key_set)),
        )
        .service(
            web::resource("/realms/{realm}/registry/token")
                .route(web::get().to(registry::by_query))
                .route(web::post().to(registry::by_form)),
        )
        .service(web::resource("/realms/{realm}/registry/ca.pem").route(web::get().to(registry::authority)))
        .service(web::resource("/realms/{realm}/forward-auth").to(forward_auth::forward_auth))
        .service(web::resource("/realms/{realm}/forward-auth{below:/.*}").to(forward_auth::forward_auth))
        .service(web::resource("/realms/{realm}/whoami").route(web::get().to(whoami::whoami)))
        .service(web::resource("/{realm}/oidc/oauth/token").route(web::post().to(token::token)));
    for path in ["/oauth/token", "/oauth/token/"] {
        config.service(web::resource(path).route(web::post().to(token::token_of_any_realm)));
    }
    let documents = [
        "/.well-known/oauth-authorization-server/realms/{realm}",
        "/.well-known/openid-configuration/realms/{realm}",
        "/realms/{realm}/.well-known/oauth-authorization-server",
        "/realms/{realm}/.well-known/openid-configuration",
    ];
    for path in documents {
        config.service(
            web::resource(path)
                .route(web::get().to(metadata::metadata))
                .route(web::head().to(metadata::metadata)),
        );
    }
}
