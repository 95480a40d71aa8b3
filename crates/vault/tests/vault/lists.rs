//! Lists of several pages, in each style of paging.

use claviger_vault::{ListState, Outcome};
use serde_json::{Value, json};

use crate::provider::{Provider, route};
use crate::table::{
    asana, azure_boards, bitbucket, codedeploy, github_app, github_enterprise, jira_cloud, octopus, okta_app,
    pagerduty, phabricator, sentry, sonarqube,
};

#[test]
fn all_pages_of_a_list_are_read_in_each_style() {
    let azure = azure_boards().with(vec![
        route(
            "GET dev.azure.com/contoso/_apis/projects?continuationToken=c2",
            200,
            json!({ "value": [{ "id": "p2", "name": "Lab" }] }),
        ),
        route(
            "GET dev.azure.com/contoso/_apis/projects?$top=100",
            200,
            json!({ "value": [{ "id": "p1", "name": "Web" }] }),
        )
        .header("x-ms-continuationtoken", "c2"),
    ]);
    let slug = |slug: &str| json!({ "workspace": { "slug": slug } });
    let next = "https://api.bitbucket.org/2.0/user/workspaces?page=2";
    let bitbucket = bitbucket().with(vec![
        route("GET api.bitbucket.org/2.0/user/workspaces?page=2", 200, json!({ "values": [slug("lab")] })),
        route(
            "GET api.bitbucket.org/2.0/user/workspaces",
            200,
            json!({ "values": [slug("acme")], "next": next }),
        ),
    ]);
    let applications = |body: Value| {
        route("POST codedeploy.us-east-1.amazonaws.com/", 200, body)
            .when("x-amz-target", "CodeDeploy_20141006.ListApplications")
    };
    let codedeploy = codedeploy().with(vec![
        applications(json!({ "applications": ["api"] })).when("nextToken", "n2"),
        applications(json!({ "applications": ["web"], "nextToken": "n2" })),
    ]);
    let project = |slug: &str, after: Value| json!({ "result": { "data": [{ "fields": { "slug": slug, "name": slug } }], "cursor": { "after": after } }, "error_code": null });
    let phabricator = phabricator().with(vec![
        route("POST phab.acme.io/api/project.search?after=9", 200, project("lab", Value::Null)),
        route("POST phab.acme.io/api/project.search", 200, project("web", json!("9"))),
    ]);
    let space = |id: &str| json!({ "Items": [{ "Id": id, "Name": id }], "TotalResults": 101 });
    let octopus = octopus().with(vec![
        route("GET octopus.acme.io/api/spaces?skip=100", 200, space("Spaces-2")),
        route("GET octopus.acme.io/api/spaces", 200, space("Spaces-1")),
    ]);
    let cases: [(Provider, &str, &[&str]); 11] = [
        (asana(), "workspaces", &["7", "8"]),
        (azure, "projects", &["p1", "p2"]),
        (bitbucket, "workspaces", &["acme", "lab"]),
        (codedeploy, "applications", &["web", "api"]),
        (github_enterprise(), "organizations", &["acme", "lab"]),
        (jira_cloud(), "projects", &["WEB", "OPS"]),
        (octopus, "spaces", &["Spaces-1", "Spaces-2"]),
        (pagerduty(), "services", &["S1", "S2"]),
        (phabricator, "projects", &["web", "lab"]),
        (sentry(), "projects", &["web"]),
        (sonarqube("token"), "projects", &["a", "b"]),
    ];
    for (provider, question, expected) in cases {
        let found = provider.discover(question).unwrap();
        let keys: Vec<&str> = found.items.iter().map(|item| item.key.as_str()).collect();
        assert_eq!(keys, expected, "{}", provider.source_type);
        assert!(found.state == ListState::Listed && !found.truncated, "{}: {found:#?}", provider.source_type);
    }
}

#[test]
fn the_list_of_a_mode_is_read_with_its_own_credential() {
    assert_eq!(github_app().discover("organizations").unwrap().items.len(), 2);
    assert_eq!(okta_app(&["okta.groups.read"]).discover("groups").unwrap().state, ListState::Listed);
    assert_eq!(
        okta_app(&[]).with_wrong_credential().discover("groups").unwrap_err().outcome,
        Outcome::InvalidCredential
    );
    assert_eq!(github_app().discover("repositories").unwrap_err().outcome, Outcome::Unknown);
}

#[test]
fn a_validation_is_written_as_json() {
    let validation = serde_json::to_value(jira_cloud().validate()).unwrap();
    let keys: Vec<&str> = validation.as_object().unwrap().keys().map(String::as_str).collect();
    let expected = [
        "answers",
        "discoveries",
        "excess",
        "expires_at",
        "identity",
        "outcome",
        "permissions",
        "scopes",
        "sentences",
    ];
    assert_eq!(keys, expected);
    assert_eq!(validation["outcome"], "ok");
    let permission = json!({
        "id": "BROWSE_PROJECTS", "label": "Browse Project", "required": true, "verdict": "granted", "note": null,
    });
    assert_eq!(validation["permissions"][1], permission);
    assert_eq!(validation["discoveries"][0]["items"][0], json!({ "key": "WEB", "title": "Web" }));
    let ending = serde_json::to_value(sonarqube("token").validate()).unwrap();
    assert_eq!(ending["expires_at"], "2027-03-01T00:00:00Z");
}
