//! Builds, artifacts and deployments.

use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use crate::provider::{Provider, Route, SECRET, route};

pub fn builds() -> Vec<Provider> {
    vec![
        buildkite(),
        circleci(),
        docker_registry(),
        docker_registry_with_basic(),
        jenkins(),
        codedeploy(),
        octopus(),
    ]
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

fn registry_claims(actions: &[&str]) -> Value {
    json!({ "access": [{ "type": "repository", "name": "acme/web", "actions": actions }] })
}

/// The token server's answer. Docker Hub's token also has a claim with what the access token is for.
pub fn registry_grant(actions: &[&str], hub_scope: Option<&str>) -> Route {
    let mut claims = registry_claims(actions);
    if let Some(scope) = hub_scope {
        claims["scope"] = json!(scope);
    }
    let answer = json!({ "token": jwt(&claims) });
    route("GET auth.docker.io/token?scope=repository:acme/web:pull", 200, answer)
}

/// F35.
pub fn docker_registry() -> Provider {
    let challenge = r#"Bearer realm="https://auth.docker.io/token",service="registry.docker.io""#;
    let basic = format!("Basic {}", BASE64_STANDARD.encode(format!("bot:{SECRET}")));
    let granted = format!("Bearer {}", jwt(&registry_claims(&["pull"])));
    Provider::new(
        "docker_registry",
        "user_token",
        json!({ "username": "bot", "password": SECRET, "repositories": ["acme/web"] }),
        vec![
            route("GET registry-1.docker.io/v2/", 401, json!({}))
                .header("WWW-Authenticate", challenge)
                .open(),
            registry_grant(&["pull"], None),
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
    .weak(vec![registry_grant(&[], None)], &["pull"])
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

pub fn aws_refusal(name: &str) -> Value {
    json!({ "__type": format!("com.amazon.coral.service#{name}"), "message": "refused" })
}

/// F33.
pub fn codedeploy() -> Provider {
    let call = |action: &str, status, body| {
        route("POST codedeploy.us-east-1.amazonaws.com/", status, body)
            .when("x-amz-target", &format!("CodeDeploy_20141006.{action}"))
    };
    let identity = json!({ "GetCallerIdentityResponse": { "GetCallerIdentityResult": { "Arn": "arn:aws:iam::1:user/bot" } } });
    Provider::new(
        "codedeploy",
        "access_key",
        json!({ "region": "us-east-1", "access_key_id": "AKIAGOOD", "secret_access_key": SECRET }),
        vec![
            route("POST sts.us-east-1.amazonaws.com/", 200, identity).when("Action", "GetCallerIdentity"),
            call("ListDeployments", 200, json!({ "deployments": [] })),
            call("BatchGetDeployments", 400, aws_refusal("DeploymentDoesNotExistException")),
            call("ListApplications", 200, json!({ "applications": ["web"] })),
        ],
    )
    .proof(|incoming| incoming.header("authorization").contains("Credential=AKIAGOOD/20261130/us-east-1/"))
    .refusal(403, json!({ "Error": { "Code": "InvalidClientTokenId" } }))
    .identity("arn:aws:iam::1:user/bot")
    .weak(
        vec![call("BatchGetDeployments", 400, aws_refusal("AccessDeniedException"))],
        &["codedeploy:BatchGetDeployments"],
    )
    .wrong(json!({ "access_key_id": "AKIABAD" }))
}

/// F43.
pub fn octopus() -> Provider {
    Provider::new(
        "octopus",
        "api_key",
        json!({ "instance_url": "https://octopus.acme.io", "api_key": SECRET }),
        vec![
            route("GET octopus.acme.io/api/users/me", 200, json!({ "Id": "Users-1", "Username": "bot" })),
            route(
                "GET octopus.acme.io/api/spaces",
                200,
                json!({ "Items": [{ "Id": "Spaces-1", "Name": "Main" }], "TotalResults": 1 }),
            ),
        ],
    )
    .header_proof("x-octopus-apikey", SECRET.to_owned())
    .identity("bot")
}
