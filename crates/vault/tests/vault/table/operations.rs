//! Operations: deployments, incidents, monitoring, identity.

use serde_json::json;

use crate::keys::{OTHER_PEM, RSA_PEM, is_signed};
use crate::provider::{Provider, Route, SECRET, route};

pub fn operations() -> Vec<Provider> {
    vec![
        datadog(),
        datadog_token(),
        okta(),
        okta_app(&["okta.users.read", "okta.groups.read"]),
        opsgenie(),
        pagerduty(),
        phabricator(),
        sentry(),
        servicenow(),
        sonarqube("token"),
        sonarqube("token_basic"),
        other("bearer"),
        other("basic"),
        other("header"),
    ]
}

/// F34.
pub fn datadog() -> Provider {
    let provider = Provider::new(
        "datadog",
        "keys",
        json!({ "site": "datadoghq.eu", "api_key": SECRET, "application_key": SECRET }),
        vec![route("GET api.datadoghq.eu/api/v1/validate", 200, json!({ "valid": true }))],
    );
    let provider = provider.proof(|incoming| {
        incoming.header("dd-api-key") == SECRET && incoming.header("dd-application-key") == SECRET
    });
    with_datadog(provider)
}

fn datadog_token() -> Provider {
    with_datadog(Provider::new(
        "datadog",
        "access_token",
        json!({ "site": "datadoghq.eu", "token": SECRET }),
        vec![],
    ))
}

fn with_datadog(provider: Provider) -> Provider {
    provider
        .with(vec![
            route("GET api.datadoghq.eu/api/v2/validate_keys", 200, json!({ "status": "ok" })),
            route("GET api.datadoghq.eu/api/v2/incidents", 200, json!({ "data": [] })),
            route("GET api.datadoghq.eu/api/v1/slo", 200, json!({ "data": [] })),
            route("GET api.datadoghq.eu/api/v2/users", 200, json!({ "data": [] })),
        ])
        .refusal(403, json!({ "errors": ["Forbidden"] }))
        .weak(vec![route("GET api.datadoghq.eu/api/v2/incidents", 403, json!({}))], &["incident_read"])
}

/// F44.
fn okta() -> Provider {
    Provider::new(
        "okta",
        "ssws",
        json!({ "domain": "acme.okta.com", "token": SECRET }),
        vec![
            route(
                "GET acme.okta.com/api/v1/users/me",
                200,
                json!({ "id": "1", "profile": { "login": "bot@acme.io" } }),
            ),
            route("GET acme.okta.com/api/v1/users", 200, json!([])),
            route(
                "GET acme.okta.com/api/v1/groups",
                200,
                json!([{ "id": "g1", "profile": { "name": "Everyone" } }]),
            ),
        ],
    )
    .header_proof("authorization", format!("SSWS {SECRET}"))
    .identity("bot@acme.io")
    .weak(vec![route("GET acme.okta.com/api/v1/users", 403, json!({}))], &["okta.users.read"])
}

/// The token endpoint grants what the app was given.
pub fn okta_app(granted: &'static [&'static str]) -> Provider {
    let token = |scope: &str| {
        let answer = json!({ "access_token": "okta-token-1234", "token_type": "Bearer", "expires_in": 3600, "scope": scope });
        route("POST acme.okta.com/oauth2/v1/token", 200, answer)
    };
    Provider::new(
        "okta",
        "service_app",
        json!({ "domain": "acme.okta.com", "client_id": "0oa1", "private_key": *RSA_PEM }),
        vec![
            token(&granted.join(" ")),
            route("GET acme.okta.com/api/v1/users", 200, json!([])),
            route("GET acme.okta.com/api/v1/groups", 200, json!([])),
        ],
    )
    .proof(|incoming| {
        let is_client = incoming.body.contains("client_assertion=") && is_signed(&incoming.body, "0oa1");
        is_client || incoming.header("authorization") == "Bearer okta-token-1234"
    })
    .refusal(
        401,
        json!({ "error": "invalid_client", "error_description": "The client_assertion is invalid." }),
    )
    .weak(
        vec![token("okta.groups.read"), route("GET acme.okta.com/api/v1/users", 403, json!({}))],
        &["okta.users.read"],
    )
    .wrong(json!({ "private_key": *OTHER_PEM }))
}

/// F42.
pub fn opsgenie() -> Provider {
    Provider::new(
        "opsgenie",
        "api_key",
        json!({ "region_host": "eu.opsgenie.com", "api_key": SECRET }),
        vec![
            route("GET api.eu.opsgenie.com/v2/account", 200, json!({ "data": { "name": "acme" } })),
            route("GET api.eu.opsgenie.com/v2/alerts", 200, json!({ "data": [] })),
            route("GET api.eu.opsgenie.com/v2/teams", 200, json!({ "data": [{ "id": "t", "name": "Ops" }] })),
        ],
    )
    .header_proof("authorization", format!("GenieKey {SECRET}"))
    .identity("acme")
    .weak(vec![route("GET api.eu.opsgenie.com/v2/account", 403, json!({}))], &["configuration_access"])
}

/// F45.
pub fn pagerduty() -> Provider {
    Provider::new(
        "pagerduty",
        "api_key",
        json!({ "region_host": "api.pagerduty.com", "token": SECRET }),
        vec![
            route("GET api.pagerduty.com/users", 200, json!({ "users": [] })),
            route(
                "GET api.pagerduty.com/services?offset=100",
                200,
                json!({ "services": [{ "id": "S2", "name": "B" }], "more": false }),
            ),
            route(
                "GET api.pagerduty.com/services",
                200,
                json!({ "services": [{ "id": "S1", "name": "A" }], "more": true }),
            ),
        ],
    )
    .header_proof("authorization", format!("Token token={SECRET}"))
    .unknown(&["read_only"])
}

/// F46.
pub fn phabricator() -> Provider {
    let found = json!({ "result": { "data": [{ "fields": { "slug": "web", "name": "Web" } }], "cursor": { "after": null } }, "error_code": null });
    Provider::new(
        "phabricator",
        "conduit",
        json!({ "server_url": "https://phab.acme.io", "token": SECRET }),
        vec![
            route("POST phab.acme.io/api/user.whoami", 200, json!({ "result": { "phid": "P1", "userName": "bot" }, "error_code": null })),
            route("POST phab.acme.io/api/project.search", 200, found.clone()),
            route("POST phab.acme.io/api/diffusion.repository.search", 200, found),
        ],
    )
    .proof(|incoming| {
        let mut pairs = url::form_urlencoded::parse(incoming.body.as_bytes());
        pairs.any(|(name, value)| name == "api.token" && value == SECRET)
    })
    .refusal(200, json!({ "result": null, "error_code": "ERR-INVALID-AUTH", "error_info": format!("API token \"{}\" has the wrong length.", crate::provider::WRONG) }))
    .identity("bot")
}

/// F47.
pub fn sentry() -> Provider {
    let index = |scopes: &[&str]| {
        route(
            "GET sentry.io/api/0/",
            200,
            json!({ "auth": { "scopes": scopes }, "user": { "email": "bot@acme.io" } }),
        )
    };
    Provider::new(
        "sentry",
        "token",
        json!({ "organization": "acme", "token": SECRET }),
        vec![
            index(&["org:read", "project:admin"]),
            route("GET sentry.io/api/0/organizations/acme/projects/", 200, json!([{ "slug": "web", "name": "Web" }]))
                .header("Link", r#"<https://sentry.io/api/0/organizations/acme/projects/?cursor=1>; rel="next"; results="false"; cursor="1""#),
        ],
    )
    .refusal(200, json!({ "auth": null, "user": null }))
    .identity("bot@acme.io")
    .weak(
        vec![
            index(&["org:read"]),
            route("GET sentry.io/api/0/organizations/acme/projects/", 403, json!({ "detail": "no" })),
        ],
        &["project:read"],
    )
}

fn rows(table: &str, count: usize) -> Route {
    let row = json!({ "sys_id": "1", "user_name": "bot" });
    route(
        &format!("GET acme.service-now.com/api/now/table/{table}"),
        200,
        json!({ "result": vec![row; count] }),
    )
}

/// F48.
pub fn servicenow() -> Provider {
    Provider::new(
        "servicenow",
        "basic",
        json!({ "url": "https://acme.service-now.com", "username": "bot", "password": SECRET }),
        vec![rows("sys_user", 1), rows("incident", 1), rows("cmdb_ci_service", 1)],
    )
    .basic("bot", SECRET)
    .identity("bot")
    .weak(
        vec![route("GET acme.service-now.com/api/now/table/incident", 403, json!({}))],
        &["sn_incident_read"],
    )
}

/// F50.
pub fn sonarqube(mode: &'static str) -> Provider {
    let provider = Provider::new(
        "sonarqube",
        mode,
        json!({ "url": "https://sonar.acme.io/sonar", "token": SECRET }),
        vec![
            route("GET sonar.acme.io/sonar/api/authentication/validate", 200, json!({ "valid": true })),
            route(
                "GET sonar.acme.io/sonar/api/users/current",
                200,
                json!({ "isLoggedIn": true, "login": "bot" }),
            )
            .header("SonarQube-Authentication-Token-Expiration", "2027-03-01T00:00:00+0000"),
            route(
                "GET sonar.acme.io/sonar/api/components/search?p=2",
                200,
                json!({ "components": [{ "key": "b", "name": "B" }], "paging": { "total": 101 } }),
            ),
            route(
                "GET sonar.acme.io/sonar/api/components/search",
                200,
                json!({ "components": [{ "key": "a", "name": "A" }], "paging": { "total": 101 } }),
            ),
        ],
    )
    .identity("bot")
    .refusal(200, json!({ "valid": false }))
    .weak(vec![route("GET sonar.acme.io/sonar/api/components/search", 403, json!({}))], &["browse"]);
    if mode == "token" { provider } else { provider.basic(SECRET, "") }
}

/// F51.
fn other(mode: &'static str) -> Provider {
    let mut fields =
        json!({ "url": "https://tool.acme.io/", "check_url": "https://tool.acme.io/ping?deep=1" });
    let own = match mode {
        "bearer" => json!({ "token": SECRET }),
        "basic" => json!({ "username": "bot", "password": SECRET }),
        _ => json!({ "header_name": "X-Api-Key", "header_value": SECRET }),
    };
    fields.as_object_mut().unwrap().extend(own.as_object().unwrap().clone());
    let provider =
        Provider::new("other", mode, fields, vec![route("GET tool.acme.io/ping?deep=1", 204, json!({}))]);
    match mode {
        "bearer" => provider,
        "basic" => provider.basic("bot", SECRET),
        _ => provider.header_proof("x-api-key", SECRET.to_owned()),
    }
}
