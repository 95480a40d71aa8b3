//! Version control and the quality of code.

use serde_json::{Value, json};

use crate::keys::{OTHER_PEM, RSA_PEM, claims};
use crate::provider::{Provider, Route, SECRET, route};

pub fn code() -> Vec<Provider> {
    vec![
        bitbucket(),
        bitbucket_access_token(),
        github("repo, read:org, read:user"),
        github_app(),
        fine_grained(),
        github_enterprise(),
        gitlab("gitlab", "gitlab.com", &["read_api"]),
        gitlab("gitlab_self_managed", "git.acme.io", &["api"]),
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
