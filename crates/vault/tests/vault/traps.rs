//! What providers do that a naive check takes for something else: one test for each trap.

use claviger_vault::{Catalog, ListState, Outcome, Validation, Verdict, check_fields};
use ring::rand::SystemRandom;
use serde_json::{Value, json};

use crate::provider::{Provider, SECRET, WRONG, route};
use crate::table::{
    aws_refusal, azure_boards, azure_pipelines, azure_repos, bamboohr, codedeploy, datadog, docker_registry,
    jenkins, jira_cloud, okta_app, opsgenie, phabricator, sentry, servicenow, sonarqube,
};

pub fn verdict(validation: &Validation, id: &str) -> Verdict {
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
fn datadog_does_not_know_keys_of_another_site() {
    let validation = datadog().with_wrong_credential().validate();
    assert!(validation.sentences[0].contains("check the site"), "{validation:#?}");
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
