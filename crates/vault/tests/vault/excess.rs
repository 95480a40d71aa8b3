//! Credentials that lack one permission and have one that is not needed, and what each provider can tell of both
//! (F14, F35, F36, F39, F40).

use claviger_vault::{Outcome, Validation, Verdict};
use serde_json::{Value, json};

use crate::provider::{Provider, route};
use crate::table::{
    docker_registry, fine_grained, github, github_app, gitlab, jira_cloud, jira_server, registry_grant,
};

/// Each permission of the profile stands in one of the first three lists.
struct Expected {
    missing: &'static [&'static str],
    granted: &'static [&'static str],
    unknown: &'static [&'static str],
    excess: &'static [&'static str],
    says: &'static str,
}

fn ids(validation: &Validation, verdict: Verdict) -> Vec<&str> {
    let permissions = validation.permissions.iter();
    permissions
        .filter(|permission| permission.verdict == verdict)
        .map(|permission| permission.id.as_str())
        .collect()
}

fn excess(validation: &Validation) -> Vec<&str> {
    validation.excess.iter().map(|scope| scope.as_str()).collect()
}

/// Holds all that is needed but View Development Tools.
fn jira_permissions(further: &[(&str, Value)]) -> Value {
    let mut permissions = json!({
        "BROWSE_PROJECTS": { "havePermission": true },
        "USER_PICKER": { "havePermission": true },
        "VIEW_DEV_TOOLS": { "havePermission": false },
    });
    for (name, permission) in further {
        permissions[*name] = permission.clone();
    }
    json!({ "permissions": permissions })
}

const JIRA: Expected = Expected {
    missing: &["VIEW_DEV_TOOLS"],
    granted: &["application_access", "BROWSE_PROJECTS", "USER_PICKER"],
    unknown: &[],
    excess: &["ADMINISTER"],
    says: "Missing: View Development Tools.",
};

const DOCKER: Expected = Expected {
    missing: &["pull"],
    granted: &[],
    unknown: &[],
    excess: &["repo:admin"],
    says: "Missing: Pull the listed repositories (read_api).",
};

const GITLAB: Expected = Expected {
    missing: &["read_api"],
    granted: &[],
    unknown: &[],
    excess: &["write_repository"],
    says: "Missing: Read the API (read_api).",
};

fn table() -> Vec<(&'static str, Provider, Expected)> {
    let held = json!({ "havePermission": true });
    let not_held = json!({ "havePermission": false });
    let alias = json!({ "havePermission": true, "deprecatedKey": true });
    // The answer only fits a request that asks for what is in excess too.
    let cloud = route(
        "GET acme.atlassian.net/rest/api/3/mypermissions?permissions=BROWSE_PROJECTS,USER_PICKER,VIEW_DEV_TOOLS,ADMINISTER,ADMINISTER_PROJECTS,CREATE_ISSUES,EDIT_ISSUES,DELETE_ISSUES",
        200,
        jira_permissions(&[("ADMINISTER", held.clone()), ("EDIT_ISSUES", not_held.clone())]),
    );
    let server = route(
        "GET jira.acme.io/jira/rest/api/2/mypermissions",
        200,
        jira_permissions(&[("ADMINISTER", held), ("EDIT_ISSUES", not_held), ("BROWSE", alias)]),
    );
    let tags = "GET registry-1.docker.io/v2/acme/web/tags/list";
    let refused_tags = route(tags, 401, json!({ "errors": [{ "code": "UNAUTHORIZED" }] }))
        .header("WWW-Authenticate", r#"Bearer error="insufficient_scope""#)
        .open();
    let registry =
        |hub_scope| docker_registry().with(vec![registry_grant(&[], hub_scope), refused_tags.clone()]);
    vec![
        (
            "GitHub, classic token",
            github("repo, read:org, gist"),
            Expected {
                missing: &["read:user"],
                granted: &["metadata", "contents", "pull_requests", "read:org", "administration"],
                unknown: &[],
                excess: &["gist"],
                says: "Missing: User profiles (read:user).",
            },
        ),
        ("GitLab, personal token", gitlab("gitlab", "gitlab.com", &["write_repository"]), GITLAB),
        (
            "GitLab CE/EE, personal token",
            gitlab("gitlab_self_managed", "git.acme.io", &["write_repository"]),
            GITLAB,
        ),
        ("Jira Cloud, API token", jira_cloud().with(vec![cloud]), JIRA),
        ("Jira Server/DC, personal token", jira_server("pat").with(vec![server]), JIRA),
        ("Docker Hub, access token", registry(Some("repo:admin")), DOCKER),
        // It is asked for pull, and grants no more than that: what else the token may do is not known.
        ("Docker, another registry", registry(None), Expected { excess: &[], ..DOCKER }),
    ]
}

#[test]
fn missing_granted_and_unneeded_permissions_are_told_apart() {
    for (name, provider, expected) in table() {
        let validation = provider.validate();
        let missing = ids(&validation, Verdict::Missing);
        let granted = ids(&validation, Verdict::Granted);
        let unknown = ids(&validation, Verdict::Unknown);
        let excess = excess(&validation);
        println!(
            "{name}: {:?}; missing {missing:?}; granted {granted:?}; unknown {unknown:?}; not needed {excess:?}; {:?}",
            validation.outcome, validation.sentences
        );
        assert_eq!(validation.outcome, Outcome::InsufficientPermission, "{name}: {validation:#?}");
        assert!(!validation.is_valid(), "{name}");
        assert_eq!(
            (missing, granted, unknown, excess),
            (
                expected.missing.to_vec(),
                expected.granted.to_vec(),
                expected.unknown.to_vec(),
                expected.excess.to_vec()
            ),
            "{name}: {validation:#?}"
        );
        assert_eq!(validation.sentences[0], expected.says, "{name}");
    }
}

#[test]
fn a_credential_with_exactly_what_is_needed_has_nothing_in_excess() {
    let tags = "GET registry-1.docker.io/v2/acme/web/tags/list";
    let tags = route(tags, 200, json!({ "name": "acme/web", "tags": [] })).open();
    let read_only = registry_grant(&["pull"], Some("repo:read"));
    for (name, provider) in [
        ("GitHub", github("repo, read:org, read:user")),
        ("GitLab", gitlab("gitlab", "gitlab.com", &["read_api"])),
        ("Jira Cloud", jira_cloud()),
        ("Jira Server/DC", jira_server("pat")),
        ("Docker Hub", docker_registry().with(vec![read_only, tags])),
        ("another registry", docker_registry()),
    ] {
        let validation = provider.validate();
        assert_eq!(
            (validation.outcome, excess(&validation)),
            (Outcome::Ok, vec![]),
            "{name}: {validation:#?}"
        );
    }
}

#[test]
fn a_level_above_the_needed_one_is_granted_and_in_excess() {
    let app = github_app().answer("organizations", &["acme"]).validate();
    assert_eq!((app.outcome, excess(&app)), (Outcome::Ok, vec!["pull_requests:write"]), "{app:#?}");
    assert_eq!(ids(&app, Verdict::Missing), [""; 0]);
}

#[test]
fn where_no_scopes_are_shown_nothing_is_said_to_be_in_excess() {
    let probed = fine_grained().weakened().validate();
    let granular = gitlab("gitlab", "gitlab.com", &["granular"]).validate();
    for validation in [probed, granular] {
        assert_eq!((&validation.scopes, excess(&validation)), (&None, vec![]), "{validation:#?}");
    }
}
