//! An act that takes something away, repeated as after a lost answer: the first receipt, and nothing done twice.

use serde_json::{Value, json};

use claviger_testkit::http::{Request, Response};
use claviger_testkit::on_both_databases;
use claviger_testkit::world::World;

/// The form of an act's answer.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Answer {
    /// The receipt itself.
    Receipt,
    /// The object, which includes the receipt.
    Edited,
}

struct Act {
    name: &'static str,
    method: &'static str,
    path: String,
    body: Option<Value>,
    answer: Answer,
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

fn id(world: &World, noun: &str, body: Value) -> String {
    text(&world.admin("POST", &format!("/{noun}"), Some(body)).expect(201).json()["id"])
}

/// Every kind of act that takes something away, each with something that somebody loses.
fn acts(world: &World) -> Vec<Act> {
    world.scopes(&["ci:read", "ci:create", "ci:delete", "unused"]);
    for (group, scope) in [("edited", "ci:create"), ("deleted", "ci:delete"), ("left", "ci:delete")] {
        let body = json!({"name": group, "scopes": ["ci:read", scope]});
        world.admin("POST", "/groups", Some(body)).expect(201);
    }
    world.resource("studio/edited", &["view", "manage"]).resource("studio/deleted", &["view"]);
    let grants = json!([
        {"resource": "studio/edited", "actions": ["view", "manage"]},
        {"resource": "studio/deleted", "actions": ["view"]},
    ]);
    world.credential_with(json!({"name": "all", "groups": ["edited", "deleted"], "resources": grants}));
    let edited = world.credential("edited", &["left"]);
    let revoked = world.credential("revoked", &["left"]);
    let until = json!({"expires_at": "2098-01-01T00:00:00Z", "scopes": ["ci:read"]});
    let application = |name: &str| {
        id(world, "application-credentials", json!({"name": name, "scopes": ["ci:read", "ci:delete"]}))
    };
    let (first, _) = world.member("first@acme.example", &["sys_admin"]);
    let (second, _) = world.member("second@acme.example", &["member"]);
    let server = world.resource_server("builds", "https://builds.example.org");
    let login = world.path("/registry/token?service=registry.example&offline_token=true");
    let api_token = world.api_token(&["ci:read"]).1;
    world.send(&Request::get(&login).basic("any", &api_token)).expect(200);
    let registry = world.admin("GET", "/registry-tokens", None).expect(200).json();
    let registry = text(&registry["items"][0]["id"]);
    let keys = world.admin("GET", "/signing-keys?status=active", None).expect(200).json();
    let kid = text(&keys["items"][0]["kid"]);
    use Answer::{Edited, Receipt};
    let act = |name, method, path: &str, body: Option<Value>, answer| Act {
        name,
        method,
        path: path.to_owned(),
        body,
        answer,
    };
    let of = |noun: &str, id: &str, verb: &str| format!("/{noun}/{id}{verb}");
    let personal = id(world, "personal-access-tokens", until.clone());
    let api = id(world, "api-tokens", until);
    let view = json!({"actions": ["view"]});
    let (narrowed, ended) = (application("narrowed"), application("ended"));
    vec![
        act("group", "PATCH", "/groups/edited", Some(json!({"scopes": ["ci:read"]})), Edited),
        act("deleted group", "DELETE", "/groups/deleted", None, Receipt),
        act("resource", "PATCH", "/resources/studio/edited", Some(view), Edited),
        act("deleted resource", "DELETE", "/resources/studio/deleted", None, Receipt),
        act("scope", "DELETE", "/scopes/unused", None, Receipt),
        act(
            "credential",
            "PATCH",
            &of("service-credentials", &edited.id, ""),
            Some(json!({"groups": []})),
            Edited,
        ),
        act(
            "revoked credential",
            "POST",
            &of("service-credentials", &revoked.id, "/revoke"),
            Some(json!({"name": "revoked"})),
            Receipt,
        ),
        act("member", "PATCH", &of("members", &first, ""), Some(json!({"roles": ["member"]})), Edited),
        act("disabled member", "POST", &of("members", &second, "/disable"), None, Receipt),
        act(
            "application",
            "PATCH",
            &of("application-credentials", &narrowed, ""),
            Some(json!({"scopes": ["ci:read"]})),
            Edited,
        ),
        act("revoked application", "POST", &of("application-credentials", &ended, "/revoke"), None, Receipt),
        act("personal token", "POST", &of("personal-access-tokens", &personal, "/revoke"), None, Receipt),
        act("API token", "POST", &of("api-tokens", &api, "/revoke"), None, Receipt),
        act("registry token", "POST", &of("registry-tokens", &registry, "/revoke"), None, Receipt),
        act("resource server", "DELETE", &of("resource-servers", &server.id, ""), None, Receipt),
        act("signing key", "POST", &of("signing-keys", &kid, "/withdraw"), None, Receipt),
        act("settings", "PATCH", "", Some(json!({"registry_services": ["registry.example"]})), Edited),
    ]
}

fn ask(world: &World, act: &Act, if_match: Option<&str>) -> Response {
    let path = format!("/api/v1/realms/{}{}", world.realm, act.path);
    let request = match &act.body {
        Some(body) => Request::json(act.method, &path, body),
        None => Request::new(act.method, &path),
    };
    let request = match if_match {
        Some(tag) => request.header("If-Match", tag),
        None => request,
    };
    world.send(&request.bearer(&world.owner))
}

fn receipt(act: &Act, answer: &Response) -> Value {
    let said = answer.json();
    if act.answer == Answer::Edited { said["receipt"].clone() } else { said }
}

fn events(world: &World) -> Value {
    world.admin("GET", "/audit-events?limit=200", None).expect(200).json()["items"].clone()
}

on_both_databases! {
    fn repeated_restricting_act_returns_the_same_receipt(world: World) {
        let acts = acts(&world);
        let mut positions = Vec::new();
        for act in &acts {
            let first = ask(&world, act, None).expect(200);
            let position = receipt(act, &first)["position"].as_u64();
            assert!(position.is_some(), "{}: {}", act.name, first.text());
            positions.push(position);
        }
        let before = events(&world);
        for round in ["at once", "after a restart"] {
            for (act, position) in acts.iter().zip(&positions) {
                let again = ask(&world, act, None);
                assert_eq!(again.status, 200, "{} {round}: {}", act.name, again.text());
                let receipt = receipt(act, &again);
                assert_eq!(receipt["position"].as_u64(), *position, "{} {round}: {receipt}", act.name);
                assert_eq!(receipt["outcome"], "confirmed", "{} {round}", act.name);
            }
            assert_eq!(events(&world), before, "nothing is done twice: {round}");
            world.restart();
        }
        // A retry sends the tag from before the first attempt.
        for act in &acts {
            let again = ask(&world, act, Some("\"of-before\""));
            assert_eq!(again.status, 200, "{} under If-Match: {}", act.name, again.text());
        }
    }

    fn unknown_object_is_not_found_and_recreated_one_is_deleted_again(world: World) {
        for path in ["/groups/never", "/resources/t/never", "/scopes/never"] {
            world.admin("DELETE", path, None).expect(404);
        }
        world.admin("POST", "/signing-keys/never/withdraw", None).expect(404);
        world.group("g", &[]);
        let delete = || world.admin("DELETE", "/groups/g", None).expect(200).json()["position"].clone();
        let first = delete();
        assert_eq!(delete(), first);
        world.admin("GET", "/groups/g", None).expect(404);
        world.group("g", &[]);
        let second = delete();
        assert!(second.as_u64() > first.as_u64());
        assert_eq!(delete(), second);
    }

    fn edit_without_a_change_writes_no_state_and_no_event(world: World) {
        world.group("g", &["ci:read"]);
        let body = json!({"scopes": ["ci:read"], "description": ""});
        let before = (world.admin("GET", "/groups/g", None).expect(200).json(), events(&world));
        let said = world.admin("PATCH", "/groups/g", Some(body.clone())).expect(200);
        assert!(said.json()["receipt"].is_null(), "nothing was ever taken from it");
        assert_eq!((world.admin("GET", "/groups/g", None).expect(200).json(), events(&world)), before);
        let narrower = json!({"scopes": []});
        let client = world.credential("c", &["g"]);
        let first = world.admin("PATCH", "/groups/g", Some(narrower)).expect(200).json()["receipt"].clone();
        let again = || world.admin("PATCH", "/groups/g", Some(json!({"scopes": []}))).expect(200).json();
        assert_eq!(again()["receipt"]["position"], first["position"]);
        // Another change gets an answer about itself, and the first one is still known afterwards.
        let more = json!({"scopes": [], "description": "new"});
        let said = world.admin("PATCH", "/groups/g", Some(more)).expect(200).json();
        assert!(said["receipt"].is_null(), "{said}");
        assert_eq!(again()["receipt"]["position"], first["position"]);
        // The first change concerns the credential too.
        let own = json!({"groups": ["g"]});
        let path = format!("/service-credentials/{}", client.id);
        let own = world.admin("PATCH", &path, Some(own)).expect(200).json()["receipt"].clone();
        assert_eq!(own["position"], first["position"]);
    }

    fn retried_invitation_leaves_the_first_link_as_it_is(world: World) {
        let (id, _) = world.member("ada@acme.example", &["member"]);
        let invite = |key: &str| {
            let path = format!("/api/v1/realms/acme/members/{id}/invite");
            world.send(&Request::new("POST", &path).header("Idempotency-Key", key).bearer(&world.owner))
        };
        let link = invite("k").expect(200).json()["link"].as_str().expect("a link").to_owned();
        let again = invite("k").expect(409).json();
        assert_eq!((&again["type"], &again["id"]), (&json!("/problems/already-made"), &json!(id)));
        let at = link.find("/console/").expect("a page");
        world.send(&Request::get(&link[at..])).expect(200);
        invite("another").expect(200);
        world.send(&Request::get(&link[at..])).expect(404);
    }

    fn retried_renewal_without_overlap_names_the_existing_successor(world: World) {
        let client = world.credential("c", &[]);
        let path = format!("/api/v1/realms/acme/service-credentials/{}/renew", client.id);
        let renew = || {
            let request = Request::json("POST", &path, &json!({"overlap_seconds": 0}));
            world.send(&request.header("Idempotency-Key", "k").bearer(&world.owner))
        };
        let made = renew().expect(201).json();
        let again = renew().expect(409).json();
        assert_eq!((&again["type"], &again["id"]), (&json!("/problems/already-made"), &made["id"]));
        world.send(&world.token_request(&client, &[])).expect(401);
    }
}
