//! Traps of GitHub, GitLab and Bitbucket.

use claviger_vault::{AnswerVerdict, Catalog, ListState, Outcome, Verdict};
use serde_json::json;

use crate::provider::route;
use crate::table::{bitbucket, fine_grained, github, github_app};
use crate::traps::verdict;

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
fn a_scope_proves_all_that_it_includes_and_shows_what_is_too_much() {
    let validation = github("admin:org, repo, user, delete_repo, gist").validate();
    assert_eq!(validation.outcome, Outcome::Ok, "{validation:#?}");
    let excess: Vec<&str> = validation.excess.iter().map(|scope| scope.as_str()).collect();
    assert_eq!(excess, ["admin:org", "delete_repo", "gist", "user"]);
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
