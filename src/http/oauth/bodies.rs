//! Schemas of the OAuth endpoints' requests and answers.

use serde_json::{Value, json};

use crate::http::openapi::schema::{described, list, object, one_of, partly, text, time};
use claviger_domain::WaitedFor;

type Member = (&'static str, Value, &'static str);

/// The first parameter is required. Unknown parameters are ignored (RFC 6749 §3.2).
fn client_form(parts: Vec<Member>) -> Value {
    let first: Vec<&str> = parts.iter().take(1).map(|(name, _, _)| *name).collect();
    let mut schema = partly(&members(parts.clone()), &first);
    schema["additionalProperties"] = json!({"type": "string"});
    schema
}

fn members(parts: Vec<Member>) -> Vec<(&'static str, Value)> {
    parts.into_iter().map(|(name, schema, about)| (name, described(schema, about))).collect()
}

fn seconds() -> Value {
    json!({"type": "integer", "minimum": 1, "examples": [3600]})
}

fn url() -> Value {
    json!({"type": "string", "format": "uri", "examples": ["https://auth.example.com/realms/acme/oauth2/token"]})
}

const SCOPE: &str = "Scopes, separated by spaces (RFC 6749 §3.3). For example `source:read ci:read`.";

pub fn token_form() -> Value {
    let resource = json!({"type": "string", "format": "uri", "examples": ["https://builds.example.com"]});
    client_form(vec![
        ("grant_type", one_of(&["client_credentials", "refresh_token"]), "The grant (RFC 6749 §4.4, §6)."),
        ("scope", text(), SCOPE),
        ("resource", resource.clone(), "The resource server that the token is for (RFC 8707)."),
        ("audience", resource, "The same as `resource`."),
        ("refresh_token", text(), "For the grant refresh_token. For example `eyJ0eXAiOiJydCtqd3QifQ…`."),
    ])
}

pub fn access_token() -> Value {
    let realm = object(&members(vec![("name", text(), "The label of the realm. For example `acme`.")]));
    partly(
        &members(vec![
            ("access_token", text(), "The token (RFC 9068). For example `eyJ0eXAiOiJhdCtqd3QifQ…`."),
            ("token_type", one_of(&["Bearer"]), "How it is presented (RFC 6750)."),
            ("expires_in", seconds(), "Lifetime of the token, in seconds."),
            ("scope", text(), SCOPE),
            (
                "refresh_token",
                text(),
                "Only for application credentials. For example `eyJ0eXAiOiJydCtqd3QifQ…`.",
            ),
            ("orgs", list(realm), "The realm, for public clients of application credentials."),
        ]),
        &["access_token", "token_type", "expires_in"],
    )
}

pub fn introspection_form() -> Value {
    client_form(vec![
        ("token", text(), "The token to check. For example `eyJ0eXAiOiJhdCtqd3QifQ…`."),
        ("token_type_hint", text(), "Not needed, and ignored (RFC 7662 §2.1). For example `access_token`."),
    ])
}

/// Claims of the token follow, as members of the same names.
pub fn introspection() -> Value {
    let active = described(json!({"type": "boolean", "examples": [true]}), "Whether the token counts now.");
    json!({"type": "object", "required": ["active"], "properties": {"active": active}})
}

pub fn revocation_form() -> Value {
    client_form(vec![
        ("token", text(), "A token of this client. For example `eyJ0eXAiOiJhdCtqd3QifQ…`."),
        ("token_type_hint", text(), "Not needed, and ignored (RFC 7009 §2.1). For example `access_token`."),
        ("wait", one_of(WaitedFor::NAMES), "Who must confirm before the answer."),
    ])
}

/// A receipt, or an empty object for a token that is unknown, expired or another client's.
pub fn revocation() -> Value {
    json!({"type": "object", "description": "A receipt; empty if the token is unknown, expired or another client's."})
}

/// A position of the log.
pub fn position() -> Value {
    json!({"type": "integer", "minimum": 0, "examples": [4711]})
}

/// Seconds for which the feed may be held.
pub fn feed_wait() -> Value {
    json!({"type": "number", "minimum": 0, "maximum": 1, "examples": [1]})
}

/// An entry has the members of its kind.
pub fn revocations() -> Value {
    let epoch = || json!({"type": "integer", "examples": [1_798_761_600]});
    let kinds = ["realm", "key", "resource_server", "credential", "token"];
    let entry = partly(
        &members(vec![
            ("kind", one_of(&kinds), "What the entry speaks of."),
            (
                "client_id",
                text(),
                "Of a service credential or an application credential. For example `01a231a6-1a38-701c-94eb-aba41e067279`.",
            ),
            (
                "jti",
                text(),
                "The id of a token, or of the grant that tokens belong to. For example `8JkYV0mSxk2F`.",
            ),
            ("kid", text(), "The key: every token signed with it is dead. For example `q3FzVq7L`."),
            (
                "audience",
                text(),
                "The audience of a resource server. For example `https://builds.example.com`.",
            ),
            ("before", position(), "Tokens whose `pos` is below are dead."),
            ("from", epoch(), "The entry applies from this second on, in epoch seconds."),
            (
                "forget_after",
                epoch(),
                "Nothing that the entry speaks of is alive afterwards, in epoch seconds.",
            ),
        ]),
        &["kind", "forget_after"],
    );
    let next = json!({"type": ["string", "null"], "examples": [null]});
    object(&members(vec![
        ("cluster", text(), "The history that positions belong to. For example `9f86d081884c7d65`."),
        ("position", position(), "With this answer the verifier knows everything up to here."),
        ("nonce", text(), "That of the request. For example `Zm9vYmFyYmF6`."),
        (
            "lease_ms",
            json!({"type": "integer", "examples": [3_000]}),
            "How long the set may be trusted, counted from before the request.",
        ),
        (
            "complete",
            json!({"type": "boolean", "examples": [false]}),
            "Whether the entries replace the whole set.",
        ),
        ("next", next, "The cursor of the next page: without it the answer grants no lease."),
        ("entries", list(entry), "At most 10,000."),
    ]))
}

pub fn key_set() -> Value {
    object(&members(vec![("keys", list(json!({"type": "object"})), "Public keys (RFC 7517).")]))
}

pub fn whoami() -> Value {
    json!({"type": "object", "description": "The client, the realm and the scopes of the token."})
}

pub fn metadata() -> Value {
    published(&[])
}

pub fn openid_metadata() -> Value {
    published(&["subject_types_supported", "id_token_signing_alg_values_supported"])
}

/// Both documents have these members; `more` are those of one of them.
fn published(more: &[&str]) -> Value {
    let both = ["issuer", "token_endpoint", "jwks_uri", "response_types_supported"];
    let required = [&both[..], more].concat();
    let mut schema = json!({"type": "object", "required": required});
    for (name, about) in [
        ("issuer", "The issuer of the realm's tokens."),
        ("token_endpoint", "Where clients request tokens."),
        ("jwks_uri", "Where the public keys are."),
    ] {
        schema["properties"][name] = described(url(), about);
    }
    schema
}

pub fn registry_form() -> Value {
    client_form(vec![
        ("grant_type", one_of(&["password", "refresh_token"]), "The grant."),
        ("service", text(), "The service name of the registry. For example `registry.example.com`."),
        ("scope", text(), "What to do on which repository. For example `repository:app:pull,push`."),
        ("username", text(), "Any name, for the grant password. For example `ci`."),
        ("password", text(), "A token, for the grant password. For example `eyJ0eXAiOiJhdCtqd3QifQ…`."),
        ("refresh_token", text(), "For the grant refresh_token. For example `clvr_…`."),
        ("access_type", one_of(&["online", "offline"]), "offline: issue a refresh token too."),
    ])
}

pub fn registry_token() -> Value {
    let token = "The token for the registry. For example `eyJ0eXAiOiJKV1QifQ…`.";
    partly(
        &members(vec![
            ("token", text(), token),
            ("access_token", text(), token),
            ("expires_in", seconds(), "Lifetime of the token, in seconds."),
            ("issued_at", time(), "When it was issued."),
            ("scope", text(), "What it grants. For example `repository:app:pull`."),
            ("refresh_token", text(), "For later tokens of this registry. For example `clvr_…`."),
        ]),
        &["token", "access_token", "expires_in", "issued_at", "scope"],
    )
}
