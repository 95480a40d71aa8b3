//! The OAuth endpoints: exactly the documented operations, the most frequent first.

use crate::http::forward_auth::{PATH, PATH_WITH_MORE};
use crate::http::oauth::error::method_refused;
use crate::http::oauth::{
    bodies, forward_auth, introspect, key_set, metadata, registry, revocations, revoke, token, whoami,
};
use crate::http::openapi::schema::{one_of, text};
use crate::http::openapi::{MakeSchema, Operation, RefusalBody, Who, mount};
use actix_web::Route;
use actix_web::web::{ServiceConfig, get, head, post, route};

const FORM: &str = "application/x-www-form-urlencoded";

pub fn configure(config: &mut ServiceConfig) {
    mount(config, "", "/realms/{realm}", &operations(), method_refused);
}

pub fn operations() -> Vec<Operation> {
    let token = "/realms/{realm}/oauth2/token";
    let mut operations = vec![
        token_operation(token, "token", || post().to(token::token)),
        form(
            "/realms/{realm}/oauth2/introspect",
            "introspect",
            || post().to(introspect::introspect),
            bodies::introspection_form,
        )
        .says("Check whether a token is active (RFC 7662)")
        .answers(bodies::introspection),
        form("/realms/{realm}/oauth2/revoke", "revoke", || post().to(revoke::revoke), bodies::revocation_form)
            .says("Revoke one of the client's own tokens (RFC 7009)")
            .answers(bodies::revocation),
        Operation::of_oauth("get", "/realms/{realm}/revocations", "revocations", Who::Client, &[|| get().to(revocations::revocations)])
            .says("Follow what was revoked, for resource servers that check tokens offline")
            .more(
                "The request acknowledges everything up to after=. The answer is made at once if there is something \
                 to tell, and else after wait=.",
            )
            .query("verifier", "The id of this run of the verifier: 16 to 64 random characters", text)
            .query("nonce", "Echoed; another for each request, at most 64 characters", text)
            .query("after", "The position of the last answer that the verifier has applied", bodies::position)
            .query("cluster", "The cluster of that answer", text)
            .query("cursor", "The next of the answer before, if that was not the last page", text)
            .query("wait", "For how many seconds to wait for something to tell, at most 1", bodies::feed_wait)
            .answers(bodies::revocations)
            .refuses(&[400, 401, 429]),
        Operation::of_oauth("get", "/realms/{realm}/oauth2/jwks", "keySet", Who::Anybody, &[|| get().to(key_set::key_set), || head().to(key_set::key_set)])
            .says("Get the realm's public keys (RFC 7517)")
            .answers_as("application/jwk-set+json", bodies::key_set)
            .refuses(&[404]),
        Operation::of_oauth("get", "/realms/{realm}/whoami", "whoami", Who::Bearer, &[|| get().to(whoami::whoami)])
            .says("Describe the presented token and check its scopes")
            .query("scope", "Required scopes; the answer is 403 unless the token has all of them", text)
            .answers(bodies::whoami)
            .refuses(&[400, 401, 403, 404, 429]),
        Operation::of_oauth("get", PATH, "forwardAuth", Who::Bearer, &[|| route().to(forward_auth::forward_auth)])
            .also_at(&[PATH_WITH_MORE])
            .says("Authorize a proxied request and identify its sender")
            .more(
                "Accepts any method and any path below this one. Every response has every identity header. The \
                 query may also be the first path segment: /forward-auth/scope=ci:read. Requests with unknown or \
                 empty parameters are refused.",
            )
            .query("scope", "Required scopes; the answer is 403 unless the token has all of them", text)
            .query("rules", "Derive the required scope from the original method and URL", || one_of(&["git", "registry"]))
            .query("audience", "Accept only tokens for this audience or for the whole realm", text)
            .answers_nothing()
            .refuses(&[401, 403])
            .never_refuses(422)
            .never_refuses(431)
            .refuses_with(RefusalBody::Sentence),
        Operation::of_oauth("get", REGISTRY_TOKEN, "registryToken", Who::Bearer, &[|| get().to(registry::by_query)])
            .says("Get a token for a container registry (Distribution token authentication)")
            .more(
                "Send the token as the Basic password, with any user name. The issued token may grant less than \
                 requested.",
            )
            .query("service", "Service name of the registry", text)
            .query("scope", "repository:NAME:pull,push; may be repeated", text)
            .query("account", "User name, as in Basic", text)
            .query("offline_token", "Whether to issue a refresh token", || one_of(&["true", "false"]))
            .answers(bodies::registry_token)
            .refuses(&[400, 401, 429])
            .never_refuses(422),
        form(REGISTRY_TOKEN, "registryTokenByForm", || post().to(registry::by_form), bodies::registry_form)
            .says("Get a token for a container registry with a form")
            .answers(bodies::registry_token),
        Operation::of_oauth("get", "/realms/{realm}/registry/ca.pem", "registryAuthority", Who::Anybody, &[|| get().to(registry::authority)])
            .says("Get the certificate that the realm's container registries trust")
            .answers_as("application/x-pem-file", text)
            .refuses(&[404]),
        token_operation("/{realm}/oidc/oauth/token", "tokenOfPublicClients", || post().to(token::token)),
        of_no_realm(token_operation("/oauth/token", "tokenOfAnyRealm", || post().to(token::token_of_any_realm)))
            .also_at(&["/oauth/token/"]),
    ];
    for (path, id) in [
        ("/.well-known/oauth-authorization-server/realms/{realm}", "metadata"),
        ("/realms/{realm}/.well-known/oauth-authorization-server", "metadataBelowTheIssuer"),
    ] {
        let mounts: &[fn() -> Route] = &[|| get().to(metadata::metadata), || head().to(metadata::metadata)];
        operations.push(
            Operation::of_oauth("get", path, id, Who::Anybody, mounts)
                .says("Get the authorization server metadata (RFC 8414)")
                .answers(bodies::metadata)
                .refuses(&[404]),
        );
    }
    for (path, id) in [
        ("/.well-known/openid-configuration/realms/{realm}", "metadataForOpenIdClients"),
        ("/realms/{realm}/.well-known/openid-configuration", "metadataForOpenIdClientsBelowTheIssuer"),
    ] {
        let mounts: &[fn() -> Route] =
            &[|| get().to(metadata::openid_metadata), || head().to(metadata::openid_metadata)];
        operations.push(
            Operation::of_oauth("get", path, id, Who::Anybody, mounts)
                .says("Get the metadata with the members that OpenID clients require")
                .more(
                    "Adds the members that OpenID Connect Discovery 1.0 requires. The server issues no ID tokens. \
                     id_token_signing_alg_values_supported lists the algorithms of the realm's keys, and RS256, \
                     which Discovery requires.",
                )
                .answers(bodies::openid_metadata)
                .refuses(&[404]),
        );
    }
    operations
}

const REGISTRY_TOKEN: &str = "/realms/{realm}/registry/token";

fn token_operation(path: &'static str, id: &'static str, mount: fn() -> Route) -> Operation {
    form(path, id, mount, bodies::token_form)
        .says("Get an access token with the client credentials grant (RFC 6749 §4.4)")
        .more(
            "An application credential also gets a refresh token and may use the refresh token grant (RFC 6749 §6).",
        )
        .answers(bodies::access_token)
}

/// The client id determines the realm.
fn of_no_realm(mut operation: Operation) -> Operation {
    operation.parameters.retain(|parameter| parameter.name != "realm");
    operation
}

/// A form that an authenticated client sends.
fn form(path: &'static str, id: &'static str, mount: fn() -> Route, schema: MakeSchema) -> Operation {
    let operation = Operation::of_oauth("post", path, id, Who::Client, &[mount]);
    let mut operation = operation.takes_as(FORM, schema, true).refuses(&[400, 401, 429]);
    operation.refusals.remove(&415);
    operation.refusals.remove(&422);
    operation
}
