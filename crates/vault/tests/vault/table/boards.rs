//! Task management, people, and Azure.

use serde_json::json;

use crate::provider::{Provider, Route, SECRET, route};

pub fn boards() -> Vec<Provider> {
    vec![
        asana(),
        azure_boards(),
        azure_pipelines(),
        azure_repos(),
        azure_entra(),
        bamboohr(),
        clickup(),
        jira_cloud(),
        jira_server("pat"),
        jira_server("basic"),
    ]
}

/// F24.
pub fn asana() -> Provider {
    Provider::new(
        "asana",
        "pat",
        json!({ "token": SECRET }),
        vec![
            route(
                "GET app.asana.com/api/1.0/users/me",
                200,
                json!({ "data": { "gid": "1", "email": "bot@acme.io" } }),
            ),
            route(
                "GET app.asana.com/api/1.0/workspaces?offset=next",
                200,
                json!({ "data": [{ "gid": "8", "name": "Lab" }], "next_page": null }),
            ),
            route(
                "GET app.asana.com/api/1.0/workspaces",
                200,
                json!({ "data": [{ "gid": "7", "name": "Acme" }], "next_page": { "offset": "next" } }),
            ),
        ],
    )
    .identity("bot@acme.io")
}

const SIGN_IN: &str = "<html>Azure DevOps Services | Sign In</html>";

fn azure(source_type: &'static str, routes: Vec<Route>) -> Provider {
    let connection = json!({ "authenticatedUser": { "id": "9a3c", "providerDisplayName": "Build Bot" } });
    let shared = vec![
        route("GET dev.azure.com/contoso/_apis/connectionData", 200, connection),
        route(
            "GET dev.azure.com/contoso/_apis/projects",
            200,
            json!({ "value": [{ "id": "p1", "name": "Web" }] }),
        ),
    ];
    Provider::new(
        source_type,
        "pat",
        json!({ "organization": "contoso", "token": SECRET }),
        [shared, routes].concat(),
    )
    .basic("", SECRET)
    .refusal(203, json!(SIGN_IN))
    .identity("Build Bot")
}

/// F25.
pub fn azure_boards() -> Provider {
    azure(
        "azure_boards",
        vec![
            route(
                "GET dev.azure.com/contoso/_apis/wit/fields/System.Id",
                200,
                json!({ "referenceName": "System.Id" }),
            ),
            route("GET vssps.dev.azure.com/contoso/_apis/graph/users", 200, json!({ "value": [] })),
        ],
    )
    .weak(vec![route("GET vssps.dev.azure.com/contoso/_apis/graph/users", 401, json!({}))], &["vso.graph"])
}

/// F26.
pub fn azure_pipelines() -> Provider {
    let builds = "GET dev.azure.com/contoso/p1/_apis/build/definitions";
    let releases = "GET vsrm.dev.azure.com/contoso/p1/_apis/release/definitions";
    let runs = "GET dev.azure.com/contoso/p1/_apis/test/runs";
    azure(
        "azure_pipelines",
        vec![
            route("GET dev.azure.com/contoso/_apis/build/controllers", 200, json!({ "value": [] })),
            route(builds, 200, json!({ "value": [] })),
            route(releases, 200, json!({ "value": [] })),
            route(runs, 200, json!({ "value": [] })),
        ],
    )
    .weak(
        vec![route(releases, 401, json!({})), route(runs, 203, json!(SIGN_IN))],
        &["vso.release", "vso.test"],
    )
}

/// F27.
pub fn azure_repos() -> Provider {
    azure(
        "azure_repos",
        vec![
            route("GET dev.azure.com/contoso/_apis/git/repositories", 200, json!({ "value": [] })),
            route("GET vssps.dev.azure.com/contoso/_apis/graph/users", 200, json!({ "value": [] })),
        ],
    )
    .weak(vec![route("GET dev.azure.com/contoso/_apis/git/repositories", 203, json!(SIGN_IN))], &["vso.code"])
}

fn azure_entra() -> Provider {
    let token = json!({ "access_token": "entra-token-1234", "token_type": "Bearer", "expires_in": 3599 });
    let mut provider = azure_repos()
        .with(vec![route("POST login.microsoftonline.com/t-1/oauth2/v2.0/token", 200, token)])
        .field("tenant", json!("t-1"))
        .field("client_id", json!("app-1"))
        .field("client_secret", json!(SECRET));
    provider.mode = "entra_app";
    provider.fields.remove("token");
    let basic = {
        use base64::Engine;
        let secret: String = url::form_urlencoded::byte_serialize(SECRET.as_bytes()).collect();
        format!("Basic {}", base64::prelude::BASE64_STANDARD.encode(format!("app-1:{secret}")))
    };
    provider
        .proof(move |incoming| {
            let is_client = incoming.path.starts_with("login.") && incoming.header("authorization") == basic;
            is_client || incoming.header("authorization") == "Bearer entra-token-1234"
        })
        .refusal(
            401,
            json!({ "error": "invalid_client", "error_description": "AADSTS7000215: Invalid client secret" }),
        )
}

/// F28.
pub fn bamboohr() -> Provider {
    let employee = |fields: &str, status, body| {
        route(
            &format!("GET api.bamboohr.com/api/gateway.php/acme/v1/employees/0/?fields={fields}"),
            status,
            body,
        )
    };
    let address = "address1,address2,city,state,zipcode,country";
    let whole = json!({ "address1": null, "address2": null, "city": "Ulm", "state": "BW", "zipcode": "8", "country": "DE" });
    Provider::new(
        "bamboohr",
        "api_key",
        json!({ "domain": "acme", "api_key": SECRET }),
        vec![
            route("GET api.bamboohr.com/api/gateway.php/acme/v1/meta/users", 200, json!({ "1": {} })),
            employee("firstName,lastName", 200, json!({ "firstName": "A", "lastName": "B" })),
            employee(address, 200, whole),
            employee("workEmail", 200, json!({ "workEmail": "a@acme.io" })),
            employee("hireDate", 200, json!({ "hireDate": "2020-01-01" })),
            employee(
                "jobTitle,supervisor,department",
                200,
                json!({ "jobTitle": "", "supervisor": "", "department": "" }),
            ),
        ],
    )
    .basic(SECRET, "x")
    .weak(vec![employee("hireDate", 403, json!({}))], &["hire_date"])
}

/// F31.
fn clickup() -> Provider {
    Provider::new(
        "clickup",
        "token",
        json!({ "token": SECRET }),
        vec![
            route(
                "GET api.clickup.com/api/v2/user",
                200,
                json!({ "user": { "id": 5, "email": "bot@acme.io" } }),
            ),
            route(
                "GET api.clickup.com/api/v2/team",
                200,
                json!({ "teams": [{ "id": "3", "name": "Acme" }] }),
            ),
        ],
    )
    .header_proof("authorization", SECRET.to_owned())
    .identity("bot@acme.io")
}

fn jira_permissions(dev_tools: bool) -> serde_json::Value {
    json!({ "permissions": {
        "BROWSE_PROJECTS": { "havePermission": true },
        "USER_PICKER": { "havePermission": true },
        "VIEW_DEV_TOOLS": { "havePermission": dev_tools },
    } })
}

/// F40.
pub fn jira_cloud() -> Provider {
    let user = json!({ "accountId": "5b1", "displayName": "Bot", "applicationRoles": { "size": 1 } });
    Provider::new(
        "jira_cloud",
        "api_token",
        json!({ "url": "https://acme.atlassian.net", "email": "bot@acme.io", "token": SECRET }),
        vec![
            route("GET acme.atlassian.net/rest/api/3/myself", 200, user),
            route("GET acme.atlassian.net/rest/api/3/mypermissions", 200, jira_permissions(true)).open(),
            route(
                "GET acme.atlassian.net/rest/api/3/project/search?startAt=50",
                200,
                json!({ "values": [{ "key": "OPS", "name": "Operations" }], "isLast": true }),
            ),
            route(
                "GET acme.atlassian.net/rest/api/3/project/search",
                200,
                json!({ "values": [{ "key": "WEB", "name": "Web" }], "isLast": false }),
            ),
        ],
    )
    .basic("bot@acme.io", SECRET)
    .identity("Bot")
    .weak(
        vec![route("GET acme.atlassian.net/rest/api/3/mypermissions", 200, jira_permissions(false))],
        &["VIEW_DEV_TOOLS"],
    )
}

/// F40.
pub fn jira_server(mode: &'static str) -> Provider {
    let user = json!({ "name": "bot", "displayName": "Bot", "applicationRoles": { "size": 1 } });
    let fields = match mode {
        "pat" => json!({ "url": "https://jira.acme.io/jira/", "token": SECRET }),
        _ => json!({ "url": "https://jira.acme.io/jira/", "username": "bot", "password": SECRET }),
    };
    let provider = Provider::new(
        "jira_server",
        mode,
        fields,
        vec![
            route("GET jira.acme.io/jira/rest/api/2/myself", 200, user),
            route("GET jira.acme.io/jira/rest/api/2/mypermissions", 200, jira_permissions(true)),
            route("GET jira.acme.io/jira/rest/api/2/project", 200, json!([{ "key": "WEB", "name": "Web" }])),
        ],
    )
    .identity("Bot")
    .weak(
        vec![route("GET jira.acme.io/jira/rest/api/2/mypermissions", 200, jira_permissions(false))],
        &["VIEW_DEV_TOOLS"],
    );
    if mode == "pat" { provider } else { provider.basic("bot", SECRET) }
}
