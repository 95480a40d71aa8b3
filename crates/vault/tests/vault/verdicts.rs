//! Every source type with a good credential, one that lacks a permission, a wrong one, and a provider that is down (F14).

use std::collections::BTreeSet;

use claviger_vault::{Catalog, Outcome, Validation, Verdict};

use crate::provider::{Provider, route};
use crate::stub::{Reply, Stub};
use crate::table;

fn ids(validation: &Validation, verdict: Verdict) -> Vec<&str> {
    let permissions = validation.permissions.iter();
    permissions
        .filter(|permission| permission.verdict == verdict && permission.required)
        .map(|permission| permission.id.as_str())
        .collect()
}

fn name(provider: &Provider) -> String {
    format!("{} ({})", provider.source_type, provider.mode)
}

#[test]
fn the_table_has_every_source_type() {
    let catalog = Catalog::built_in();
    let all: BTreeSet<&str> =
        catalog.source_types().iter().map(|source_type| source_type.id.as_str()).collect();
    let played: BTreeSet<&str> = table::all().iter().map(|provider| provider.source_type).collect();
    assert_eq!(played, all);
}

#[test]
fn a_good_credential_is_valid() {
    for provider in table::all() {
        let validation = provider.validate();
        let name = name(&provider);
        assert_eq!(validation.outcome, Outcome::Ok, "{name}: {validation:#?}");
        assert!(validation.is_valid(), "{name}: {validation:#?}");
        let identity = validation.identity.as_ref().map(|text| text.as_str());
        assert_eq!(identity, provider.identity, "{name}");
        assert_eq!(ids(&validation, Verdict::Missing), [""; 0], "{name}");
        assert_eq!(ids(&validation, Verdict::Unknown), provider.unknown, "{name}: {validation:#?}");
    }
}

#[test]
fn a_credential_that_lacks_a_permission_is_refused_with_its_name() {
    let mut checked = 0;
    for provider in table::all().into_iter().filter(|provider| !provider.missing.is_empty()) {
        let provider = provider.weakened();
        let validation = provider.validate();
        let name = name(&provider);
        assert_eq!(validation.outcome, Outcome::InsufficientPermission, "{name}: {validation:#?}");
        println!("{name}: {}", validation.sentences.join(" "));
        assert_eq!(ids(&validation, Verdict::Missing), provider.missing, "{name}: {validation:#?}");
        let labels: Vec<&str> = validation.missing().collect();
        assert!(
            labels.iter().all(|label| validation.sentences[0].contains(label)),
            "{name}: {validation:#?}"
        );
        checked += 1;
    }
    assert!(checked >= 25, "{checked}");
}

#[test]
fn a_wrong_credential_is_invalid() {
    for provider in table::all() {
        let provider = provider.with_wrong_credential();
        let validation = provider.validate();
        let name = name(&provider);
        assert_eq!(validation.outcome, Outcome::InvalidCredential, "{name}: {validation:#?}");
        assert!(!validation.sentences.is_empty() && validation.discoveries.is_empty(), "{name}");
        assert!(
            validation.permissions.iter().all(|permission| permission.verdict == Verdict::Unknown),
            "{name}"
        );
    }
}

#[test]
fn a_provider_that_is_down_does_not_make_a_credential_invalid() {
    let failing = Stub::start(|_| Reply::html(503));
    let limited = Stub::start(|_| Reply::html(429));
    let dropping = Stub::start(|_| Reply::Raw(Box::new(|_| {})));
    for provider in table::all() {
        let name = name(&provider);
        for (stub, outcome) in [
            (&failing, Outcome::ProviderError),
            (&limited, Outcome::RateLimited),
            (&dropping, Outcome::Unreachable),
        ] {
            let validation = provider.validate_at(stub);
            assert_eq!(validation.outcome, outcome, "{name}: {validation:#?}");
            assert!(validation.sentences[0].starts_with("Could not verify"), "{name}: {validation:#?}");
            assert!(!validation.is_valid() && validation.discoveries.is_empty(), "{name}");
        }
    }
}

#[test]
fn a_provider_that_fails_after_the_first_step_leaves_permissions_unknown() {
    let provider = table::azure_boards();
    let provider = provider.with(vec![
        route("GET vssps.dev.azure.com/contoso/_apis/graph/users", 503, serde_json::json!({})),
        route("GET dev.azure.com/contoso/_apis/projects", 429, serde_json::json!({})),
    ]);
    let validation = provider.validate();
    assert_eq!(validation.outcome, Outcome::Ok, "{validation:#?}");
    assert_eq!(ids(&validation, Verdict::Unknown), ["vso.graph"]);
}

#[test]
fn the_same_request_is_sent_once() {
    for provider in table::all() {
        let stub = provider.stub();
        provider.validate_at(&stub);
        let requests = stub.requests();
        let distinct: BTreeSet<String> = requests.iter().map(|request| format!("{request:?}")).collect();
        assert_eq!(distinct.len(), requests.len(), "{}: {requests:#?}", name(&provider));
    }
}

#[test]
fn a_credential_without_a_check_is_unknown_and_nothing_is_sent() {
    let provider =
        Provider::new("other", "bearer", serde_json::json!({ "token": crate::provider::SECRET }), vec![]);
    let stub = provider.stub();
    let validation = provider.validate_at(&stub);
    assert_eq!(validation.outcome, Outcome::Unknown);
    assert!(validation.sentences[0].contains("Nothing was checked"), "{validation:#?}");
    assert_eq!(stub.requests().len(), 0);
}

#[test]
fn questions_without_an_answer_are_named() {
    let mut provider = table::fine_grained();
    assert_eq!(provider.validate().unanswered().count(), 0);
    provider.answers.clear();
    let validation = provider.validate();
    let ids: Vec<&str> = validation.unanswered().map(|question| question.id.as_str()).collect();
    assert_eq!(ids, ["organizations"]);
}

#[test]
fn answers_are_refused_where_they_make_no_sense() {
    for (question, answers, sentence) in [
        ("repositories", &["acme/web", "acme/other"][..], "Only one"),
        ("repositories", &["no repository"], "form"),
        ("repositories", &["../admin/users"], "form"),
        ("organizations", &[".."], "form"),
        ("organizations", &["a\nb"], "form"),
        ("moons", &["x"], "not asked"),
    ] {
        let validation = table::fine_grained().answer(question, answers).validate();
        let refused =
            validation.answers.iter().find(|answer| answer.verdict == claviger_vault::AnswerVerdict::Refused);
        let said = refused.and_then(|answer| answer.sentence.as_deref()).unwrap_or_default();
        assert!(said.contains(sentence), "{question} {answers:?}: {validation:#?}");
        assert!(!validation.is_valid());
    }
}

#[test]
fn what_nobody_can_verify_is_said() {
    let octopus = table::octopus().validate();
    assert!(
        octopus.is_valid() && octopus.sentences[0].starts_with("Scopes cannot be verified"),
        "{octopus:#?}"
    );
    let pagerduty = table::pagerduty().validate();
    assert_eq!(pagerduty.sentences[0], "Could not verify: Read-only API key.");
    assert_eq!(table::jira_cloud().validate().sentences, [""; 0]);
}
