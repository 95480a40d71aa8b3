//! Follow-up questions of a source type: what is asked once a credential is valid.

use serde_json::{Value, json};

use claviger_testkit::github::GitHub;
use claviger_testkit::on_both_databases;
use claviger_testkit::world::World;

const TOKEN: &str = "ghp_0123456789abcdefghij";
const WEAK: &str = "ghp_9876543210abcdefghij";

/// A server for which `github` is this one.
fn with_github(world: &mut World) -> GitHub {
    let github = GitHub::start();
    github.knows(TOKEN, "repo, read:org, read:user");
    github.knows(WEAK, "repo, read:user");
    let folder = world.folder.path();
    let (catalog, authority) = (folder.join("github.toml"), folder.join("authority.pem"));
    std::fs::write(&catalog, github.catalog()).expect("a file");
    std::fs::write(&authority, &github.certificate).expect("a file");
    (world.vault_catalogue, world.vault_ca_file) = (Some(catalog), Some(authority));
    world.vault_allowed_hosts = vec![github.address.to_string()];
    world.restart();
    github
}

fn body(token: &str, answers: Value) -> Value {
    json!({"name": "GitHub", "source_type": "github", "fields": {"token": token}, "answers": answers})
}

/// The field and the detail of each error.
fn errors(problem: &Value) -> Vec<(&str, &str)> {
    let pairs = problem["errors"].as_array().expect("errors").iter();
    pairs
        .map(|error| (error["field"].as_str().expect("a field"), error["detail"].as_str().expect("a detail")))
        .collect()
}

on_both_databases! {
    // F17, F18
    fn organizations_are_demanded_once_the_token_is_valid(world: World) {
        let github = with_github(&mut world);
        let create = |body: Value| world.admin("POST", "/source-credentials", Some(body));
        // Nothing is asked before the credential has passed.
        let problem = create(body(WEAK, json!({}))).expect(422).json();
        assert!(errors(&problem).iter().all(|(field, _)| *field != "answers.organizations"), "{problem}");
        for answers in [json!({}), json!({"organizations": []})] {
            let problem = create(body(TOKEN, answers)).expect(422).json();
            assert_eq!(problem["type"], "/problems/invalid", "{problem}");
            let [(field, detail)] = errors(&problem)[..] else { panic!("{problem}") };
            assert_eq!(field, "answers.organizations");
            assert!(detail.starts_with("needs an answer (Which GitHub organizations"), "{detail}");
            assert!(detail.ends_with("the provider lists acme, acme-labs"), "{detail}");
        }
        // A dry run lists what can be chosen.
        let dry = world.admin("POST", "/source-credentials/validate", Some(body(TOKEN, json!({})))).expect(200).json();
        assert_eq!((&dry["outcome"], &dry["unanswered"][0]["question"]), (&json!("ok"), &json!("organizations")));
        assert_eq!(dry["unanswered"][0]["items"][1], json!({"key": "acme-labs", "title": "acme-labs"}));
        // What is typed is checked too.
        let problem = create(body(TOKEN, json!({"organizations": ["acme", "no-such-org"]}))).expect(422).json();
        let [(field, detail)] = errors(&problem)[..] else { panic!("{problem}") };
        assert!(field == "answers.organizations" && detail.contains("no-such-org"), "{problem}");
        let made = create(body(TOKEN, json!({"organizations": ["acme", "octo-org"]}))).expect(201).json();
        assert_eq!(made["answers"]["organizations"], json!(["acme", "octo-org"]));
        // An edit takes no required answer away.
        let path = format!("/source-credentials/{}", made["id"].as_str().expect("an id"));
        let problem = world.admin("PATCH", &path, Some(json!({"answers": {}}))).expect(422).json();
        assert_eq!(errors(&problem)[0].0, "answers.organizations", "{problem}");
        drop(github);
    }

    // F18
    fn no_answer_is_demanded_without_validation(world: World) {
        let github = with_github(&mut world);
        let mut unverified = body(TOKEN, json!({}));
        unverified["validate"] = json!(false);
        let made = world.admin("POST", "/source-credentials", Some(unverified)).expect(201).json();
        assert_eq!(github.requests(), 0);
        // A validation of what is stored says what it finds, and refuses nothing.
        let path = format!("/source-credentials/{}", made["id"].as_str().expect("an id"));
        let validated = world.admin("POST", &format!("{path}/validate"), None).expect(200).json();
        assert_eq!(validated["validation"]["outcome"], "ok", "{validated}");
        let problem = world.admin("PATCH", &path, Some(json!({"name": "GitHub main"}))).expect(422).json();
        assert_eq!(errors(&problem)[0].0, "answers.organizations", "{problem}");
        let answered = json!({"answers": {"organizations": ["acme"]}});
        world.admin("PATCH", &path, Some(answered)).expect(200);
    }
}
