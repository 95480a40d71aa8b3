//! The provider at which people sign in, as account holders manage it: what is refused, asked, kept and shown.

use serde_json::{Value, json};

use crate::tables::Tables;
use claviger::operator::{add_key, promote_key};
use claviger_domain::Algorithm;
use claviger_testkit::http::Request;
use claviger_testkit::identity_keys::IdentityKey;
use claviger_testkit::identity_provider::{CLIENT_ID, CLIENT_SECRET, IdentityProvider};
use claviger_testkit::on_both_databases;
use claviger_testkit::world::{World, settings};

const PATH: &str = "/sign-in";

/// A realm whose provider may be on this machine.
fn with_provider(mut world: World) -> (World, IdentityProvider) {
    let provider = IdentityProvider::start(IdentityKey::new(Algorithm::Es256, "first"), world.clock.clone());
    world.sign_in_allowed_hosts = vec![provider.server.address.to_string()];
    world.restart();
    (world, provider)
}

fn body(provider: &IdentityProvider, more: Value) -> Value {
    let mut body = json!({
        "provider_name": "Acme SSO",
        "issuer": provider.issuer(),
        "client_id": CLIENT_ID,
        "rules": [{"claim": "group", "value": "/it/platform", "role": "sys_admin"}],
    });
    for (name, value) in more.as_object().expect("members") {
        body[name] = value.clone();
    }
    body
}

/// With the secret that the provider knows.
fn put(world: &World, provider: &IdentityProvider, more: Value) -> Value {
    let mut body = body(provider, json!({"client_secret": CLIENT_SECRET}));
    body.as_object_mut().expect("an object").extend(more.as_object().expect("members").clone());
    world.admin("PUT", PATH, Some(body)).expect(200).json()
}

fn works(world: &World) -> Value {
    world.admin("POST", "/sign-in/test", None).expect(200).json()["works"].clone()
}

/// The members at fault.
fn refused(world: &World, body: Value) -> Vec<String> {
    let problem = world.admin("PUT", PATH, Some(body)).expect_problem(422, "invalid").json();
    let errors = problem["errors"].as_array().expect("errors").clone();
    errors.iter().map(|error| error["field"].as_str().expect("a field").to_owned()).collect()
}

on_both_databases! {
    fn provider_is_set_shown_changed_and_deleted(world: World) {
        let (world, provider) = with_provider(world);
        world.admin("GET", PATH, None).expect_problem(404, "not-found");
        let made = put(&world, &provider, json!({"allowed_domains": ["Acme.Example"], "admission": "by_rule"}));
        assert_eq!(made["receipt"], Value::Null);
        let answer = world.admin("GET", PATH, None).expect(200);
        let (tag, shown) = (answer.header("etag").expect("a tag").to_owned(), answer.json());
        assert_eq!(shown["allowed_domains"], json!(["acme.example"]));
        assert_eq!((&shown["groups_claim"], &shown["public_client"]), (&json!("groups"), &json!(false)));
        let redirect_uri = shown["redirect_uri"].as_str().expect("an address");
        assert!(redirect_uri.ends_with("/console/acme/sign-in/callback"), "{redirect_uri}");
        assert_eq!(shown["version"], 1);

        // The same again is no change.
        let same = body(&provider, json!({"allowed_domains": ["acme.example"], "admission": "by_rule"}));
        assert_eq!(world.admin("PUT", PATH, Some(same.clone())).expect(200).json()["version"], 1);
        let other = body(&provider, json!({"rules": []}));
        let changed = world.admin("PUT", PATH, Some(other.clone())).expect(200).json();
        assert_eq!((&changed["version"], &changed["rules"]), (&json!(2), &json!([])));
        assert!(changed["receipt"].is_object(), "who signs in next does so by the new rules: {changed}");
        assert_eq!(changed["allowed_domains"], json!([]), "an absent member has its default");
        let request = Request::json("PUT", &format!("/api/v1/realms/{}/sign-in", world.realm), &same);
        let stale = request.bearer(&world.owner).header("If-Match", &tag);
        world.send(&stale).expect_problem(412, "precondition-failed");

        world.admin("DELETE", PATH, None).expect(200);
        world.admin("GET", PATH, None).expect_problem(404, "not-found");
        world.admin("POST", "/sign-in/test", None).expect_problem(404, "not-found");
        world.admin("DELETE", PATH, None).expect(200);
        let events = world.admin("GET", "/audit-events?limit=200", None).expect(200).text();
        for action in ["create", "edit", "delete"] {
            assert!(events.contains(&format!("sign_in_provider.{action}")), "{action}");
        }
        assert!(!events.contains("s3cret"), "{events}");
    }

    fn secret_stays_with_its_client_and_survives_restarts_and_new_master_keys(world: World) {
        let (mut world, provider) = with_provider(world);
        assert_eq!(refused(&world, body(&provider, json!({}))), ["client_secret"], "there is none yet");
        put(&world, &provider, json!({}));
        assert_eq!(works(&world), true);
        // Kept where it is for the same client, and sent to nobody else.
        world.admin("PUT", PATH, Some(body(&provider, json!({"provider_name": "Other"})))).expect(200);
        assert_eq!(works(&world), true);
        for change in [json!({"client_id": "other"}), json!({"issuer": "https://login.example.com"})] {
            assert_eq!(refused(&world, body(&provider, change)), ["client_secret"]);
        }
        let both = json!({"client_secret": CLIENT_SECRET, "public_client": true});
        assert_eq!(refused(&world, body(&provider, both)), ["client_secret"]);

        let rows = Tables::of(&world).dump().join("\n");
        let log = Tables::of(&world).change_log();
        let log: String = log.iter().map(|row| String::from_utf8_lossy(&row.body).into_owned()).collect();
        let events = world.admin("GET", "/audit-events", None).expect(200).text();
        for text in [rows, log, events] {
            assert!(text.contains("Acme SSO") && !text.contains("s3cret"), "{text}");
        }
        world.stop();
        let place = settings(world.folder.path(), world.address, &world.database_url);
        add_key(&place).expect("another key");
        let promoted = promote_key(&place, None, &mut |_| {}).expect("promoted");
        let under = |world: &World| {
            Tables::of(world).lines("SELECT COALESCE(sealed_under, 'nothing') AS line FROM sign_in_provider")
        };
        assert_eq!(under(&world), [promoted.id]);
        world.restart();
        assert_eq!(works(&world), true);

        // A public client has none, and there is none to come back.
        provider.set_document(json!({"token_endpoint_auth_methods_supported": ["none"]}));
        world.admin("PUT", PATH, Some(body(&provider, json!({"public_client": true})))).expect(200);
        assert_eq!(works(&world), true);
        assert_eq!(under(&world), ["nothing"]);
        let again = body(&provider, json!({"check": false}));
        assert_eq!(refused(&world, again), ["client_secret"]);
    }

    fn nothing_is_stored_that_does_not_work_unless_that_is_wanted(world: World) {
        let (world, provider) = with_provider(world);
        let wrong = body(&provider, json!({"client_secret": "wrong"}));
        assert_eq!(refused(&world, wrong), ["client_secret"]);
        let elsewhere = json!({"client_secret": "s", "issuer": "https://127.0.0.1:9"});
        assert_eq!(refused(&world, body(&provider, elsewhere.clone())), ["issuer"]);
        provider.server.set_down(true);
        let right = body(&provider, json!({"client_secret": CLIENT_SECRET}));
        assert_eq!(refused(&world, right.clone()), ["issuer"]);
        world.admin("GET", PATH, None).expect_problem(404, "not-found");
        let mut unchecked = right;
        unchecked["check"] = json!(false);
        world.admin("PUT", PATH, Some(unchecked)).expect(200);
        let told = world.admin("POST", "/sign-in/test", None).expect(200).json();
        assert_eq!(told["works"], false);
        assert_eq!(told["reason"], "discovery document: the answer has the status 502");
        provider.server.set_down(false);
        assert_eq!(works(&world), true);
    }

    fn only_account_holders_decide_where_people_sign_in(world: World) {
        let (world, provider) = with_provider(world);
        put(&world, &provider, json!({}));
        let (_, admin) = world.member("admin@acme.example", &["sys_admin"]);
        let (_, auditor) = world.member("auditor@acme.example", &["auditor"]);
        let path = format!("/api/v1/realms/{}/sign-in", world.realm);
        let send = |method: &str, token: &str| {
            let body = body(&provider, json!({"rules": [], "check": false}));
            world.send(&Request::json(method, &path, &body).bearer(token))
        };
        world.send(&Request::get(&path).bearer(&auditor)).expect(200);
        for token in [&admin, &auditor] {
            for method in ["PUT", "DELETE"] {
                send(method, token).expect_problem(403, "forbidden");
            }
        }
        assert_eq!(world.admin("GET", PATH, None).expect(200).json()["version"], 1);
    }

    fn invalid_members_are_named(world: World) {
        let (world, provider) = with_provider(world);
        let rule = |value: Value| json!({"rules": [value]});
        for (change, field) in [
            (json!({"provider_name": ""}), "provider_name"),
            (json!({"issuer": "http://login.example.com"}), "issuer"),
            (json!({"issuer": "https://login.example.com?a=b"}), "issuer"),
            (json!({"client_id": "a b"}), "client_id"),
            (json!({"client_secret": ""}), "client_secret"),
            (json!({"client_secret": "a\nb"}), "client_secret"),
            (json!({"client_secret": "s".repeat(1_025)}), "client_secret"),
            (json!({"groups_claim": ""}), "groups_claim"),
            (json!({"allowed_domains": ["10.0.0.1"]}), "allowed_domains"),
            (json!({"allowed_domains": vec!["a.example"; 101]}), "allowed_domains"),
            (json!({"admission": "everybody"}), "admission"),
            (rule(json!({"claim": "group", "value": "a"})), "rules"),
            (rule(json!({"claim": "group", "value": " a", "role": "member"})), "rules"),
            (rule(json!({"claim": "email", "value": "a", "role": "member"})), "rules"),
            (rule(json!({"claim": "domain", "value": "*.example", "role": "member"})), "rules"),
            (rule(json!({"claim": "sub", "value": "a", "role": "member"})), "rules"),
            (rule(json!({"claim": "group", "value": "a", "role": "owner"})), "rules"),
            (json!({"rules": {}}), "rules"),
            (json!({"rules": vec![json!({"claim": "group", "value": "a", "role": "member"}); 101]}), "rules"),
            (json!({"unknown": 1}), "unknown"),
        ] {
            let shown: String = change.to_string().chars().take(60).collect();
            let mut whole = body(&provider, json!({"client_secret": CLIENT_SECRET}));
            whole.as_object_mut().expect("an object").extend(change.as_object().expect("members").clone());
            assert_eq!(refused(&world, whole), [field], "{shown}");
        }
        world.admin("GET", PATH, None).expect_problem(404, "not-found");
    }
}
