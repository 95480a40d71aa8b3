//! What providers do that a naive check takes for something else: one test for each trap.

use claviger_vault::{AnswerVerdict, Catalog, ListState, Outcome, Validation, Verdict, check_fields};
use ring::rand::SystemRandom;
use serde_json::{Value, json};

use crate::provider::{Provider, SECRET, WRONG, route};
use crate::table::{
    aws_refusal, azure_boards, azure_pipelines, azure_repos, bamboohr, bitbucket, codedeploy, datadog,
    docker_registry, fine_grained, github, github_app, jenkins, jira_cloud, okta_app, opsgenie, phabricator,
    sentry, servicenow, sonarqube,
};

fn verdict(validation: &Validation, id: &str) -> Verdict {
    let found = validation.permissions.iter().find(|permission| permission.id == id);
    found.unwrap_or_else(|| panic!("{id} in {validation:#?}")).verdict
}

/// What the form says about one field.
fn fault(source_type: &str, mode: &str, fields: Value, field: &str) -> Option<String> {
    let catalog = Catalog::built_in();
    let source_type = catalog.source_type(source_type).unwrap();
    let mode = source_type.mode(mode).unwrap();
    let faults = check_fields(source_type, mode, fields.as_object().unwrap(), &SystemRandom::new());
    faults.err()?.into_iter().find(|fault| fault.field == field).map(|fault| fault.reason)
}

const CONNECTION: &str = "GET dev.azure.com/contoso/_apis/connectionData";
const SIGN_IN: &str = "<html>Sign In</html>";

#[test]
fn azure_names_an_anonymous_user_to_anyone_where_projects_are_public() {
    for id in ["aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa", "00000000-0000-0000-0000-000000000000"] {
        let anonymous = json!({ "authenticatedUser": { "id": id, "providerDisplayName": "Anonymous" } });
        let provider =
            azure_boards().with(vec![route(CONNECTION, 200, anonymous).open()]).with_wrong_credential();
        let validation = provider.validate();
        assert_eq!(validation.outcome, Outcome::InvalidCredential, "{validation:#?}");
        assert_eq!(validation.identity, None);
    }
}

#[test]
fn azure_refuses_its_user_call_to_a_token_that_a_required_scope_proves() {
    for status in [203, 302, 401, 403] {
        for provider in [azure_boards(), azure_pipelines(), azure_repos()] {
            let validation = provider.with(vec![route(CONNECTION, status, json!(SIGN_IN))]).validate();
            assert_eq!(validation.outcome, Outcome::Ok, "{status}: {validation:#?}");
        }
    }
}

#[test]
fn sentry_answers_an_unknown_token_with_200_and_no_auth() {
    let validation = sentry().with_wrong_credential().validate();
    assert_eq!(validation.outcome, Outcome::InvalidCredential);
    let fields = json!({ "organization": "acme", "token": "sntrys_abcdefgh" });
    let reason = fault("sentry", "token", fields, "token").unwrap();
    assert!(reason.contains("organization token") && !reason.contains("sntrys_abc"), "{reason}");
}

#[test]
fn sonarqube_says_valid_to_an_anonymous_caller_of_an_open_server() {
    for mode in ["token", "token_basic"] {
        let provider = sonarqube(mode).with(vec![
            route("GET sonar.acme.io/sonar/api/authentication/validate", 200, json!({ "valid": true }))
                .open(),
            route("GET sonar.acme.io/sonar/api/users/current", 200, json!({ "isLoggedIn": false })).open(),
        ]);
        assert_eq!(provider.validate().outcome, Outcome::InvalidCredential, "{mode}");
    }
}

#[test]
fn jenkins_tells_anyone_who_they_are() {
    for (authenticated, anonymous) in [(true, true), (false, true), (false, false)] {
        let who = json!({ "authenticated": authenticated, "anonymous": anonymous, "name": "anonymous" });
        let provider = jenkins().with(vec![route("GET ci.acme.io/whoAmI/api/json", 200, who).open()]);
        assert_eq!(provider.with_wrong_credential().validate().outcome, Outcome::InvalidCredential);
    }
}

#[test]
fn jira_shows_permissions_to_anonymous_callers() {
    let stub_answers_anyone = jira_cloud().with_wrong_credential();
    let validation = stub_answers_anyone.validate();
    assert_eq!(validation.outcome, Outcome::InvalidCredential);
    assert_eq!(verdict(&validation, "BROWSE_PROJECTS"), Verdict::Unknown);
}

#[test]
fn phabricator_answers_200_and_repeats_the_token() {
    let validation = phabricator().with_wrong_credential().validate();
    assert_eq!(validation.outcome, Outcome::InvalidCredential);
    let said = validation.sentences.join(" ");
    assert!(said.contains("API token") && said.contains("***") && !said.contains(&WRONG[..8]), "{said}");
}

#[test]
fn servicenow_hides_rows_and_does_not_tell_a_missing_role_from_a_wrong_password() {
    let empty = |table: &str| {
        route(&format!("GET acme.service-now.com/api/now/table/{table}"), 200, json!({ "result": [] }))
    };
    let validation = servicenow().with(vec![empty("incident"), empty("cmdb_ci_service")]).validate();
    assert_eq!(validation.outcome, Outcome::Ok, "{validation:#?}");
    assert_eq!(verdict(&validation, "sn_incident_read"), Verdict::Unknown);

    let validation = servicenow().with_wrong_credential().validate();
    assert_eq!(validation.outcome, Outcome::InvalidCredential);
    assert!(validation.sentences[0].contains("snc_platform_rest_api_access"), "{validation:#?}");

    let refused = json!({ "error": { "message": "User Not Authorized" } });
    let provider = servicenow().with(vec![
        route("GET acme.service-now.com/api/now/table/sys_user", 403, refused),
        route("GET acme.service-now.com/api/now/table/incident", 403, json!({})),
    ]);
    let validation = provider.validate();
    assert_eq!(validation.outcome, Outcome::InsufficientPermission, "{validation:#?}");
    assert_eq!(verdict(&validation, "sn_incident_read"), Verdict::Missing);
    assert_eq!(verdict(&validation, "cmdb_query_builder_read"), Verdict::Granted);
}

#[test]
fn bamboohr_drops_forbidden_fields_silently() {
    let target =
        "GET api.bamboohr.com/api/gateway.php/acme/v1/employees/0/?fields=jobTitle,supervisor,department";
    let validation =
        bamboohr().with(vec![route(target, 200, json!({ "jobTitle": "", "department": "" }))]).validate();
    assert_eq!(verdict(&validation, "job_information"), Verdict::Unknown);
    assert_eq!(verdict(&validation, "address"), Verdict::Granted, "a field without a value is there");
}

#[test]
fn aws_errors_are_judged_by_type_and_a_refused_action_proves_the_key() {
    let list = |name: &str| {
        route("POST codedeploy.us-east-1.amazonaws.com/", 400, aws_refusal(name))
            .when("x-amz-target", "CodeDeploy_20141006.ListDeployments")
    };
    for (name, outcome) in [
        ("AccessDeniedException", Outcome::InsufficientPermission),
        ("UnrecognizedClientException", Outcome::InvalidCredential),
        ("InvalidSignatureException", Outcome::InvalidCredential),
        ("ExpiredTokenException", Outcome::Expired),
        ("ThrottlingException", Outcome::RateLimited),
        ("SomethingNewException", Outcome::Unknown),
    ] {
        let validation = codedeploy().with(vec![list(name)]).validate();
        assert_eq!(validation.outcome, outcome, "{name}: {validation:#?}");
    }
    let validation = codedeploy().with(vec![list("AccessDeniedException")]).validate();
    assert_eq!(validation.missing().collect::<Vec<_>>(), ["List deployments (codedeploy:ListDeployments)"]);
    assert_eq!(verdict(&validation, "codedeploy:BatchGetDeployments"), Verdict::Granted);
    assert!(validation.identity.is_some(), "the key is known");
}

#[test]
fn each_aws_partition_has_its_own_hosts() {
    for (region, suffix) in [
        ("eu-central-1", "amazonaws.com"),
        ("us-gov-west-1", "amazonaws.com"),
        ("cn-north-1", "amazonaws.com.cn"),
        ("eusc-de-east-1", "amazonaws.eu"),
        ("us-iso-east-1", "c2s.ic.gov"),
        ("us-isob-east-1", "sc2s.sgov.gov"),
        ("eu-isoe-west-1", "cloud.adc-e.uk"),
        ("us-isof-south-1", "csp.hci.ic.gov"),
    ] {
        let sts = route(&format!("POST sts.{region}.{suffix}/"), 403, json!({}));
        let provider = Provider::new(
            "codedeploy",
            "access_key",
            json!({ "region": region, "access_key_id": "AKIAGOOD", "secret_access_key": SECRET, "session_token": SECRET }),
            vec![sts],
        );
        let stub = provider.stub();
        provider.validate_at(&stub);
        let requests = stub.requests();
        assert_eq!(requests.len(), 1, "{region}: {requests:?}");
        let authorization = requests[0].header("authorization");
        assert!(authorization.contains(&format!("/{region}/sts/aws4_request")), "{authorization}");
        assert_eq!(requests[0].header("x-amz-security-token"), SECRET);
    }
}

#[test]
fn fine_grained_github_tokens_show_no_scopes_and_are_probed_on_what_is_chosen() {
    let mut unanswered = fine_grained();
    unanswered.answers.clear();
    let validation = unanswered.validate();
    assert_eq!((validation.outcome, &validation.scopes), (Outcome::Ok, &None));
    let question = |id: &str| validation.discoveries.iter().find(|question| question.id == id).unwrap();
    assert_eq!(question("organizations").state, ListState::Ask, "the empty list proves nothing");
    assert_eq!(question("repositories").items[0].key.as_str(), "acme/web");
    assert_eq!(verdict(&validation, "read:org"), Verdict::Unknown);
    assert_eq!(verdict(&validation, "contents"), Verdict::Granted, "the first listed repository is used");
    assert_eq!(validation.expires_at, Some("2027-01-02T01:04:05Z".parse().unwrap()));

    let validation = fine_grained().weakened().validate();
    assert_eq!(verdict(&validation, "read:org"), Verdict::Missing);
    assert!(validation.sentences.join(" ").contains("members=read"), "{validation:#?}");
}

#[test]
fn a_public_repository_proves_nothing_about_a_fine_grained_token() {
    for (status, body, expected) in [
        (200, json!({ "private": false }), AnswerVerdict::Refused),
        (404, json!({ "message": "Not Found" }), AnswerVerdict::Refused),
        (200, json!({ "private": true }), AnswerVerdict::Accepted),
        (500, json!({}), AnswerVerdict::Unchecked),
    ] {
        let provider = fine_grained()
            .with(vec![route("GET api.github.com/repos/acme/other", status, body)])
            .answer("repositories", &["acme/other"]);
        let validation = provider.validate();
        let answer = validation.answers.iter().find(|answer| answer.answer == "acme/other").unwrap();
        assert_eq!(answer.verdict, expected, "{status}: {validation:#?}");
        assert_eq!(validation.is_valid(), expected != AnswerVerdict::Refused);
    }
}

#[test]
fn a_404_hides_what_a_github_token_may_not_see() {
    let commits = "GET api.github.com/repos/acme/web/commits";
    let validation = fine_grained().with(vec![route(commits, 404, json!({}))]).validate();
    assert_eq!(verdict(&validation, "contents"), Verdict::Unknown);
    let organization = fine_grained().answer("organizations", &["no-such-organization"]).validate();
    assert_eq!(organization.answers[0].verdict, AnswerVerdict::Refused, "{organization:#?}");
}

#[test]
fn classic_github_tokens_show_their_scopes_even_where_there_are_none() {
    let validation = github("").validate();
    assert_eq!(validation.outcome, Outcome::InsufficientPermission);
    assert_eq!(validation.scopes, Some(vec![]));
    assert_eq!(validation.expires_at, Some("2027-01-02T03:04:05Z".parse().unwrap()));
    assert!(validation.discoveries.iter().all(|question| question.id == "organizations"));
}

#[test]
fn a_github_limit_looks_like_a_missing_permission() {
    let user = "GET api.github.com/user";
    let limited = route(user, 403, json!({ "message": "API rate limit exceeded" }))
        .header("X-RateLimit-Remaining", "0");
    assert_eq!(github("repo").with(vec![limited]).validate().outcome, Outcome::RateLimited);
    let teams = route("GET api.github.com/orgs/acme/teams", 403, json!({})).header("Retry-After", "60");
    assert_eq!(verdict(&fine_grained().with(vec![teams]).validate(), "read:org"), Verdict::Unknown);
}

#[test]
fn a_bitbucket_token_for_builds_is_refused_at_the_first_call_and_still_proved() {
    let detail = json!({ "error": { "message": "Your credentials lack one or more required privilege scopes.", "detail": {
        "required": ["read:user:bitbucket", "read:workspace:bitbucket"],
        "granted": ["read:repository:bitbucket", "read:pipeline:bitbucket"],
    } } });
    let refused = route("GET api.bitbucket.org/2.0/user/workspaces", 403, detail);
    let builds = bitbucket().with(vec![refused.clone()]).profile("cicd").validate();
    assert_eq!(builds.outcome, Outcome::Ok, "{builds:#?}");
    assert_eq!(builds.discoveries[0].state, ListState::Refused);
    let code = bitbucket().with(vec![refused]).validate();
    assert_eq!(code.outcome, Outcome::InsufficientPermission);
    assert_eq!(verdict(&code, "repository"), Verdict::Granted);
    assert!(code.sentences.join(" ").contains("read:workspace:bitbucket"), "{code:#?}");
}

#[test]
fn scopes_of_atlassian_tokens_imply_nothing_and_classic_ones_do() {
    let workspaces = |scopes: &str| {
        vec![
            route("GET api.bitbucket.org/2.0/user/workspaces", 200, json!({ "values": [] }))
                .header("X-OAuth-Scopes", scopes),
        ]
    };
    let atlassian = bitbucket().with(workspaces("write:repository:bitbucket")).validate();
    assert_eq!(verdict(&atlassian, "repository"), Verdict::Missing);
    let classic = bitbucket().with(workspaces("pullrequest:write, account")).validate();
    for id in ["repository", "pullrequest", "workspace"] {
        assert_eq!(verdict(&classic, id), Verdict::Granted, "{id}");
    }
    let catalog = Catalog::built_in();
    assert!(catalog.source_type("bitbucket").unwrap().mode("app_password").unwrap().retired);
}

#[test]
fn datadog_does_not_know_keys_of_another_site() {
    let validation = datadog().with_wrong_credential().validate();
    assert!(validation.sentences[0].contains("check the site"), "{validation:#?}");
}

#[test]
fn a_scope_proves_all_that_it_includes_and_shows_what_is_too_much() {
    let validation = github("admin:org, repo, user, delete_repo, gist").validate();
    assert_eq!(validation.outcome, Outcome::Ok, "{validation:#?}");
    let excess: Vec<&str> = validation.excess.iter().map(|scope| scope.as_str()).collect();
    assert_eq!(excess, ["admin:org", "delete_repo", "gist", "user"]);
}

#[test]
fn a_registry_grants_less_than_asked_with_a_200() {
    let challenge = r#"Bearer error="insufficient_scope""#;
    let tags = route("GET registry-1.docker.io/v2/acme/web/tags/list", 401, json!({ "errors": [] })).open();
    let provider = docker_registry().weakened().with(vec![tags.header("WWW-Authenticate", challenge)]);
    let validation = provider.validate();
    assert_eq!(validation.outcome, Outcome::InsufficientPermission, "{validation:#?}");
    assert_eq!(validation.missing().collect::<Vec<_>>(), ["Pull the listed repositories (read_api)"]);
}

#[test]
fn a_registry_that_answers_anyone_proves_nothing() {
    let provider = docker_registry().with(vec![route("GET registry-1.docker.io/v2/", 200, json!({})).open()]);
    assert_eq!(provider.validate().outcome, Outcome::Unknown);
}

#[test]
fn a_registry_cannot_send_the_password_without_tls() {
    let challenge = r#"Bearer realm="http://auth.docker.io/token",service="r""#;
    let ping =
        route("GET registry-1.docker.io/v2/", 401, json!({})).header("WWW-Authenticate", challenge).open();
    let provider = docker_registry().with(vec![ping]);
    let stub = provider.stub();
    assert_eq!(provider.validate_at(&stub).outcome, Outcome::ProviderError);
    assert_eq!(stub.requests().len(), 1);
}

#[test]
fn the_scope_that_the_brief_names_for_docker_is_the_right_to_pull() {
    let validation = docker_registry().validate();
    assert_eq!(verdict(&validation, "pull"), Verdict::Granted);
    assert!(validation.permissions[0].label.contains("read_api"));
}

#[test]
fn an_azure_token_with_the_scopes_of_the_brief_may_not_list_projects() {
    let projects = route("GET dev.azure.com/contoso/_apis/projects", 401, json!({}));
    let validation = azure_pipelines().with(vec![projects.clone()]).validate();
    assert_eq!(validation.outcome, Outcome::Ok, "{validation:#?}");
    assert_eq!(validation.discoveries[0].state, ListState::Refused);
    assert_eq!(verdict(&validation, "vso.build"), Verdict::Unknown);
    assert_eq!(verdict(&validation, "vso.project"), Verdict::Missing, "which is only recommended");
    let typed = azure_pipelines().with(vec![projects]).answer("projects", &["p1"]);
    let validation = typed.clone().validate();
    assert_eq!(verdict(&validation, "vso.build"), Verdict::Granted, "{validation:#?}");
    let validation = typed.weakened().validate();
    assert_eq!(validation.outcome, Outcome::InsufficientPermission, "a probe of an answer refuses the save");
}

#[test]
fn a_github_app_asks_for_more_than_an_organization_grants() {
    let waiting = github_app().validate();
    assert_eq!(waiting.outcome, Outcome::Ok, "{waiting:#?}");
    assert!(waiting.permissions.iter().all(|permission| permission.verdict == Verdict::Unknown));
    let keys: Vec<&str> = waiting.discoveries[0].items.iter().map(|item| item.key.as_str()).collect();
    assert_eq!(keys, ["acme", "lab"], "neither the suspended installation nor the person's");
    let granted = github_app().answer("organizations", &["acme"]).validate();
    assert_eq!(granted.outcome, Outcome::Ok, "{granted:#?}");
    let both = github_app().answer("organizations", &["acme", "lab"]).validate();
    assert_eq!(both.outcome, Outcome::InsufficientPermission, "only what all of them grant counts");
    assert_eq!(both.missing().collect::<Vec<_>>(), ["Members (read:org)"]);
}

#[test]
fn jira_tokens_with_scopes_work_only_with_the_cloud_id() {
    let at_site = jira_cloud().with_wrong_credential().validate();
    assert!(at_site.sentences[0].contains("cloud ID"), "{at_site:#?}");
    let id = "01234567-89ab-cdef-0123-456789abcdef";
    let mut provider = jira_cloud().field("cloud_id", json!(id));
    for route in &mut provider.routes {
        route.path = route.path.replace("acme.atlassian.net", &format!("api.atlassian.com/ex/jira/{id}"));
    }
    assert_eq!(provider.validate().outcome, Outcome::Ok);
}

#[test]
fn a_new_okta_app_demands_dpop_and_the_admin_host_is_refused() {
    let dpop = json!({ "error": "invalid_dpop_proof", "error_description": "The DPoP proof JWT header is missing." });
    let token = route("POST acme.okta.com/oauth2/v1/token", 400, dpop);
    let validation = okta_app(&["okta.users.read"]).with(vec![token]).validate();
    assert_eq!(validation.outcome, Outcome::InvalidCredential);
    assert!(validation.sentences[0].contains("switch off"), "{validation:#?}");
    for host in ["acme-admin.okta.com", "acme-admin.oktapreview.com"] {
        let reason = fault("okta", "ssws", json!({ "domain": host, "token": SECRET }), "domain").unwrap();
        assert!(reason.contains("leave out -admin"), "{reason}");
    }
}

#[test]
fn an_okta_app_without_a_recommended_scope_gets_a_token_for_the_required_ones() {
    let refused = json!({ "error": "invalid_scope", "error_description": "not granted" });
    let token = |scope: &str, status, body| {
        route("POST acme.okta.com/oauth2/v1/token", status, body).when("scope", scope)
    };
    let both = token("okta.users.read+okta.groups.read", 400, refused.clone());
    let answer =
        json!({ "access_token": "okta-token-1234", "token_type": "Bearer", "scope": "okta.users.read" });
    let one = token("okta.users.read", 200, answer);
    let provider = okta_app(&[]).with(vec![both.clone(), one]);
    assert_eq!(provider.validate().outcome, Outcome::Ok);
    let none = okta_app(&[]).with(vec![both, token("okta.users.read", 400, refused)]);
    assert_eq!(none.validate().outcome, Outcome::InsufficientPermission);
}

#[test]
fn an_opsgenie_key_with_read_alone_is_403_and_a_malformed_one_422() {
    let validation = opsgenie().weakened().validate();
    assert_eq!(validation.missing().collect::<Vec<_>>(), ["Configuration access"]);
    assert_eq!(verdict(&validation, "read"), Verdict::Granted);
    let malformed = opsgenie().refusal(422, json!({ "message": "Key format is not valid!" }));
    assert_eq!(malformed.with_wrong_credential().validate().outcome, Outcome::InvalidCredential);
}

#[test]
fn gitlab_tokens_of_other_kinds_have_unknown_scopes() {
    let own = "GET gitlab.com/api/v4/personal_access_tokens/self";
    let gitlab = || crate::table::gitlab("gitlab", "gitlab.com", &["read_api"]);
    for status in [400, 403, 404] {
        let provider = gitlab().with(vec![
            route(own, status, json!({})),
            route("GET gitlab.com/api/v4/user", 200, json!({ "id": 1, "username": "bot" })),
        ]);
        let validation = provider.validate();
        assert_eq!(validation.outcome, Outcome::Ok, "{status}: {validation:#?}");
        assert_eq!(verdict(&validation, "read_api"), Verdict::Unknown);
        assert_eq!(validation.identity.unwrap().as_str(), "bot");
    }
    let granular = crate::table::gitlab("gitlab", "gitlab.com", &["granular"]).validate();
    assert_eq!(verdict(&granular, "read_api"), Verdict::Unknown);
    let ended = json!({ "active": false, "revoked": false, "scopes": [], "expires_at": "2026-01-01" });
    assert_eq!(gitlab().with(vec![route(own, 200, ended)]).validate().outcome, Outcome::Expired);
}
