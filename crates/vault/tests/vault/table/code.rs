//! Version control, builds and artifacts.

use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use crate::keys::{OTHER_PEM, RSA_PEM, claims};
use crate::provider::{Provider, Route, SECRET, route};

pub fn code() -> Vec<Provider> {
    vec![
        bitbucket(),
        bitbucket_access_token(),
        buildkite(),
        circleci(),
        docker_registry(),
        docker_registry_with_basic(),
        github("repo, read:org, read:user"),
        github_app(),
        fine_grained(),
        github_enterprise(),
        gitlab("gitlab", "gitlab.com", &["read_api"]),
        gitlab("gitlab_self_managed", "git.acme.io", &["api"]),
        jenkins(),
        sonarcloud(),
    ]
}

const BITBUCKET_SCOPES: &str = "read:user:bitbucket, read:workspace:bitbucket, read:project:bitbucket, \
                                read:repository:bitbucket, read:pullrequest:bitbucket, read:issue:bitbucket";

/// F29.
pub fn bitbucket() -> Provider {
    let workspaces = |scopes: &str| {
        route(
            "GET api.bitbucket.org/2.0/user/workspaces",
            200,
            json!({ "values": [{ "workspace": { "slug": "acme" } }] }),
        )
        .header("X-OAuth-Scopes", scopes)
        .header("X-Credential-Type", "api_token")
    };
    Provider::new(
        "bitbucket",
        "api_token",
        json!({ "email": "bot@acme.io", "token": SECRET }),
        vec![workspaces(BITBUCKET_SCOPES)],
    )
    .basic("bot@acme.io", SECRET)
    .identity("api_token")
    .weak(vec![workspaces("read:user:bitbucket, read:workspace:bitbucket, read:project:bitbucket, read:repository:bitbucket")], &["pullrequest"])
}

fn bitbucket_access_token() -> Provider {
    let repositories = |scopes: &str| {
        route("GET api.bitbucket.org/2.0/repositories/acme", 200, json!({ "values": [] }))
            .header("X-OAuth-Scopes", scopes)
    };
    Provider::new(
        "bitbucket",
        "access_token",
        json!({ "workspace": "acme", "token": SECRET }),
        vec![repositories("pipeline, repository")],
    )
    .profile("cicd")
    .weak(vec![repositories("repository")], &["pipeline"])
}

/// F30.
fn buildkite() -> Provider {
    let token = |scopes: &[&str]| {
        route(
            "GET api.buildkite.com/v2/access-token",
            200,
            json!({ "scopes": scopes, "user": { "email": "bot@acme.io" } }),
        )
    };
    Provider::new(
        "buildkite",
        "token",
        json!({ "token": SECRET }),
        vec![
            token(&["read_organizations", "read_pipelines", "read_builds"]),
            route("GET api.buildkite.com/v2/organizations", 200, json!([{ "slug": "acme", "name": "Acme" }])),
            route(
                "POST graphql.buildkite.com/v1",
                200,
                json!({ "data": { "viewer": { "user": { "uuid": "1" } } } }),
            ),
        ],
    )
    .identity("bot@acme.io")
    .weak(
        vec![
            token(&["read_organizations", "read_pipelines"]),
            route("POST graphql.buildkite.com/v1", 403, json!({ "message": "no" })),
        ],
        &["read_builds", "graphql"],
    )
}

/// F32.
fn circleci() -> Provider {
    Provider::new(
        "circleci",
        "token",
        json!({ "token": SECRET }),
        vec![
            route("GET circleci.com/api/v2/me", 200, json!({ "id": "1", "login": "bot" })),
            route(
                "GET circleci.com/api/v2/me/collaborations",
                200,
                json!([{ "slug": "gh/acme", "name": "acme" }]),
            ),
        ],
    )
    .header_proof("circle-token", SECRET.to_owned())
    .identity("bot")
}

/// A JWT whose signature nobody checks.
fn jwt(claims: &Value) -> String {
    let encode = |text: String| BASE64_URL_SAFE_NO_PAD.encode(text);
    format!("{}.{}.{}", encode(json!({ "alg": "RS256" }).to_string()), encode(claims.to_string()), "c2ln")
}

/// F35.
pub fn docker_registry() -> Provider {
    let challenge = r#"Bearer realm="https://auth.docker.io/token",service="registry.docker.io""#;
    let token = |actions: &[&str]| {
        let access = json!([{ "type": "repository", "name": "acme/web", "actions": actions }]);
        route(
            "GET auth.docker.io/token?scope=repository:acme/web:pull",
            200,
            json!({ "token": jwt(&json!({ "access": access })) }),
        )
    };
    let basic = format!("Basic {}", BASE64_STANDARD.encode(format!("bot:{SECRET}")));
    let granted = format!(
        "Bearer {}",
        jwt(&json!({ "access": [{ "type": "repository", "name": "acme/web", "actions": ["pull"] }] }))
    );
    Provider::new(
        "docker_registry",
        "user_token",
        json!({ "username": "bot", "password": SECRET, "repositories": ["acme/web"] }),
        vec![
            route("GET registry-1.docker.io/v2/", 401, json!({}))
                .header("WWW-Authenticate", challenge)
                .open(),
            token(&["pull"]),
            route(
                "GET registry-1.docker.io/v2/acme/web/tags/list",
                200,
                json!({ "name": "acme/web", "tags": [] }),
            ),
        ],
    )
    .proof(move |incoming| {
        let authorization = incoming.header("authorization");
        if incoming.path.starts_with("auth.") { authorization == basic } else { authorization == granted }
    })
    .weak(vec![token(&[])], &["pull"])
}

fn docker_registry_with_basic() -> Provider {
    let mut provider = Provider::new(
        "docker_registry",
        "user_token",
        json!({ "registry_url": "https://registry.acme.io", "username": "bot", "password": SECRET, "repositories": ["web"] }),
        vec![
            route("GET registry.acme.io/v2/web/tags/list", 200, json!({ "name": "web", "tags": [] })),
            route("GET registry.acme.io/v2/_catalog", 200, json!({ "repositories": ["web", "api"] })),
            route("GET registry.acme.io/v2/", 401, json!({}))
                .header("WWW-Authenticate", "Basic realm=\"r\"")
                .open(),
        ],
    );
    provider = provider.basic("bot", SECRET);
    provider.unknown(&["pull"])
}

/// F36.
pub fn github(scopes: &str) -> Provider {
    let user = |scopes: &str| {
        route("GET api.github.com/user", 200, json!({ "login": "acme-bot" }))
            .header("X-OAuth-Scopes", scopes)
            .header("GitHub-Authentication-Token-Expiration", "2027-01-02 03:04:05 UTC")
    };
    Provider::new(
        "github",
        "token",
        json!({ "token": SECRET }),
        vec![user(scopes), route("GET api.github.com/user/orgs", 200, json!([{ "login": "acme" }]))],
    )
    .identity("acme-bot")
    .weak(vec![user("repo, read:user")], &["read:org", "administration"])
}

/// No scope header, and an empty list of organizations: permissions are probed on what is chosen.
/// F37.
pub fn fine_grained() -> Provider {
    let probes = |teams: u16| -> Vec<Route> {
        vec![
            route("GET api.github.com/repos/acme/web", 200, json!({ "private": true })),
            route("GET api.github.com/repos/acme/web/commits", 200, json!([])),
            route("GET api.github.com/repos/acme/web/pulls", 200, json!([])),
            route("GET api.github.com/orgs/acme/teams", teams, json!([]))
                .header("X-Accepted-GitHub-Permissions", "members=read"),
            route("GET api.github.com/orgs/acme/actions/permissions", 200, json!({})),
            route("GET api.github.com/orgs/acme", 200, json!({ "login": "acme" })),
        ]
    };
    Provider::new(
        "github",
        "token",
        json!({ "token": SECRET }),
        [
            vec![
                route("GET api.github.com/user", 200, json!({ "login": "acme-bot" }))
                    .header("GitHub-Authentication-Token-Expiration", "2027-01-02 03:04:05 +0200"),
                route("GET api.github.com/user/orgs", 200, json!([])),
                route("GET api.github.com/user/repos", 200, json!([{ "full_name": "acme/web" }])),
            ],
            probes(200),
        ]
        .concat(),
    )
    .identity("acme-bot")
    .answer("organizations", &["acme"])
    .weak(probes(403), &["read:org"])
}

/// F38.
pub fn github_enterprise() -> Provider {
    let user = |scopes: &str| {
        route("GET ghe.acme.io/api/v3/user", 200, json!({ "login": "bot" })).header("X-OAuth-Scopes", scopes)
    };
    let most = "repo, read:packages, read:org, read:discussion, user";
    Provider::new(
        "github_enterprise",
        "token",
        json!({ "url": "https://ghe.acme.io/api/v3/", "token": SECRET }),
        vec![
            user(&format!("{most}, read:enterprise")),
            route("GET ghe.acme.io/api/v3/user/orgs?page=2", 200, json!([{ "login": "lab" }])),
            route("GET ghe.acme.io/api/v3/user/orgs", 200, json!([{ "login": "acme" }]))
                .header("Link", r#"<https://ghe.acme.io/api/v3/user/orgs?page=2>; rel="next""#),
        ],
    )
    .identity("bot")
    .weak(vec![user(most)], &["read:enterprise"])
}

/// F39.
pub fn gitlab(source_type: &'static str, host: &str, scopes: &[&str]) -> Provider {
    let own = |scopes: &[&str]| {
        let token = json!({ "name": "claviger", "active": true, "revoked": false, "scopes": scopes, "expires_at": "2027-05-01" });
        route(&format!("GET {host}/api/v4/personal_access_tokens/self"), 200, token)
    };
    let fields = match source_type {
        "gitlab" => json!({ "token": SECRET }),
        _ => json!({ "url": format!("https://{host}"), "token": SECRET }),
    };
    Provider::new(
        source_type,
        "token",
        fields,
        vec![
            own(scopes),
            route(
                &format!("GET {host}/api/v4/groups"),
                200,
                json!([{ "full_path": "acme/web", "full_name": "Acme / Web" }]),
            ),
        ],
    )
    .header_proof("private-token", SECRET.to_owned())
    .identity("claviger")
    .weak(vec![own(&["read_user", "read_repository"])], &["read_api"])
}

/// F41.
pub fn jenkins() -> Provider {
    let who = json!({ "authenticated": true, "anonymous": false, "name": "bot" });
    Provider::new(
        "jenkins",
        "api_token",
        json!({ "server_url": "https://ci.acme.io", "user": "bot", "token": SECRET }),
        vec![
            route("GET ci.acme.io/whoAmI/api/json", 200, who),
            route("GET ci.acme.io/api/json", 200, json!({ "jobs": [{ "fullName": "web", "name": "web" }] })),
        ],
    )
    .basic("bot", SECRET)
    .identity("bot")
    .weak(vec![route("GET ci.acme.io/api/json", 403, json!({}))], &["read"])
}

/// F49.
fn sonarcloud() -> Provider {
    Provider::new(
        "sonarcloud",
        "token",
        json!({ "organization": "acme", "token": SECRET }),
        vec![
            route("GET sonarcloud.io/api/authentication/validate", 200, json!({ "valid": true })),
            route(
                "GET sonarcloud.io/api/components/search?organization=acme",
                200,
                json!({ "components": [{ "key": "web", "name": "Web" }], "paging": { "total": 1 } }),
            ),
        ],
    )
    .refusal(200, json!({ "valid": false }))
    .weak(vec![route("GET sonarcloud.io/api/components/search", 403, json!({}))], &["browse"])
}

/// Of four installations two count, and only the first of them grants Members.
pub fn github_app() -> Provider {
    let installation = |login: &str, kind: &str, members: &str, suspended: Value| {
        let mut permissions = json!({ "metadata": "read", "contents": "read", "pull_requests": "write",
            "organization_administration": "read" });
        if !members.is_empty() {
            permissions["members"] = json!(members);
        }
        json!({ "account": { "login": login }, "target_type": kind, "suspended_at": suspended, "permissions": permissions })
    };
    Provider::new(
        "github",
        "app",
        json!({ "app_id": "12345", "private_key": *RSA_PEM }),
        vec![
            // An app is no user, which says nothing about its permissions.
            route(
                "GET api.github.com/user",
                403,
                json!({ "message": "Resource not accessible by integration" }),
            ),
            route(
                "GET api.github.com/app",
                200,
                json!({ "slug": "acme-app", "permissions": { "members": "read" } }),
            ),
            route(
                "GET api.github.com/app/installations",
                200,
                json!([
                    installation("acme", "Organization", "read", Value::Null),
                    installation("lab", "Organization", "", Value::Null),
                    installation("old", "Organization", "read", json!("2026-01-01T00:00:00Z")),
                    installation("person", "User", "read", Value::Null),
                ]),
            ),
        ],
    )
    .proof(|incoming| {
        let jwt = incoming.header("authorization").strip_prefix("Bearer ").and_then(claims);
        jwt.is_some_and(|claims| {
            let lifetime = claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap();
            claims["iss"] == "12345" && lifetime <= 600
        })
    })
    .identity("acme-app")
    .unknown(&["metadata", "contents", "pull_requests", "read:org", "administration", "read:user"])
    .wrong(json!({ "private_key": *OTHER_PEM }))
}
