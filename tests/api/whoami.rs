//! The demonstration resource: whose token it is, and whether its scopes suffice.

use serde_json::json;

use claviger_testkit::http::Request;
use claviger_testkit::on_both_databases;
use claviger_testkit::world::{Database, World};

on_both_databases! {
    fn tokens_of_every_audience_are_described(world: World) {
        world.group("builders", &["ci:read", "source:read-update"]);
        world.resource_server("builds", "https://builds.example.org");
        let credential = world.credential("nightly", &["builders"]);
        let realm_wide = world.token(&credential);
        let narrow = world.token_with(&credential, &[
            ("resource", "https://builds.example.org"),
            ("scope", "source:read"),
        ]);
        let bare = world.token(&world.credential("bare", &[]));
        let (issuer, id) = (world.issuer(), credential.id.as_str());
        let described = |token: &str| {
            let answer = world.send(&Request::get(&world.path("/whoami")).bearer(token)).expect(200);
            assert_eq!(answer.header("content-type"), Some("application/json"));
            answer.json()
        };
        let exp = world.node().state.issuer.now().epoch_seconds() + 3_600;
        assert_eq!(described(&realm_wide), json!({
            "realm": "acme", "kind": "service_credential", "sub": id, "client_id": id,
            "scope": "ci:read source:read-update", "aud": issuer, "exp": exp,
        }));
        assert_eq!(described(&narrow), json!({
            "realm": "acme", "kind": "service_credential", "sub": id, "client_id": id,
            "scope": "source:read", "aud": "https://builds.example.org", "exp": exp,
        }));
        assert_eq!(described(&bare)["scope"], "");
    }

    fn personal_access_token_speaks_for_its_member(world: World) {
        world.scopes(&["ci:read"]);
        let until = "2028-01-31T12:00:00Z";
        let body = json!({"description": "mine", "expires_at": until, "scopes": ["ci:read", "admin:read"]});
        let made = world.admin("POST", "/personal-access-tokens", Some(body)).expect(201).json();
        let token = made["token"].as_str().expect("a token");
        let answer = world.send(&Request::get(&world.path("/whoami")).bearer(token)).expect(200);
        let mut described = answer.json();
        assert_eq!(described["exp"].take(), 1_832_932_800);
        assert_eq!(described, json!({
            "realm": "acme", "kind": "personal_access_token", "sub": made["member"], "client_id": made["id"],
            "scope": "ci:read", "aud": world.issuer(), "exp": null,
        }));
    }
}

#[test]
fn every_requested_scope_is_required_and_may_be_implied() {
    let world = World::start(Database::Sqlite);
    world.group("builders", &["ci:read", "source:read-update"]);
    let token = world.token(&world.credential("nightly", &["builders"]));
    let ask = |query: &str| world.send(&Request::get(&world.path(&format!("/whoami{query}"))).bearer(&token));
    let enough = [
        "",
        "?scope=ci:read",
        "?scope=ci:read+source:read",
        "?scope=ci%3Aread%20%20source/one:read-update",
        "?scope=ci:read&scope=source:read",
    ];
    for query in enough {
        ask(query).expect(200);
    }
    for query in ["?scope=ci:read-update", "?scope=ci:read+ci:delete", "?scope=ci:read&scope=ci:delete"] {
        let answer = ask(query).expect(403);
        let challenge = answer.header("www-authenticate").expect("a challenge");
        assert!(challenge.contains(r#"error="insufficient_scope""#), "{challenge}");
    }
    // A requirement that could be overlooked is refused.
    for query in [
        "?",
        "?scope=",
        "?other=ci:delete",
        "?scope=ci:read&other=x",
        "?scope=a:b:c",
        "?scope=%22",
        "?scope=ci:read+CI:READ",
        "?scope=%00",
        "?scope=%ff",
    ] {
        let answer = ask(query).expect(400);
        assert_eq!(
            answer.header("www-authenticate"),
            Some(r#"Bearer realm="acme", error="invalid_request""#)
        );
    }
}
