//! `/audit-events`: who did what, from which address, to which object, with its state before and after.

use serde_json::{Value, json};

use crate::answers::{assert_shape, column, items, text};
use crate::tables::Tables;
use claviger_testkit::http::{Request, Response};
use claviger_testkit::on_both_databases;
use claviger_testkit::world::World;

fn events(world: &World) -> Vec<Value> {
    items(&world.admin("GET", "/audit-events?limit=200", None).expect(200))
}

/// Performs the act, and returns its answer and its one event.
#[track_caller]
fn event_of(world: &World, act: impl FnOnce() -> Response) -> (Response, Value) {
    let before = events(world);
    let answer = act();
    assert!(matches!(answer.status, 200 | 201), "{}", answer.text());
    let mut after = events(world);
    assert_eq!(after.len(), before.len() + 1, "{}", answer.text());
    assert_eq!(after[1..], before);
    (answer, after.remove(0))
}

/// Performs the act as the owner, and checks the action and the common members of its event.
#[track_caller]
fn audited(world: &World, action: &str, method: &str, path: &str, body: Option<Value>) -> (Value, Value) {
    let (answer, event) = event_of(world, || world.admin(method, path, body));
    assert_eq!(event["action"], action);
    assert_eq!(event["target"]["kind"], action.split('.').next().expect("a noun"));
    assert_eq!(
        (&event["actor"]["kind"], &event["actor"]["name"]),
        (&json!("member"), &json!("holder@acme.example"))
    );
    assert_eq!(event["address"], "127.0.0.1");
    assert_eq!(event["request_id"].as_str(), answer.header("x-request-id"));
    assert_eq!(event["position"].to_string(), answer.header("claviger-position").expect("a position"));
    assert_eq!(event["at"], "2027-01-31T12:00:00Z");
    (answer.json(), event)
}

/// The object of an answer, without the members that only this answer has.
fn object(answer: &Value) -> Value {
    let mut object = answer.clone();
    for once in ["client_key", "token", "token_endpoint", "usage_example", "receipt"] {
        object.as_object_mut().expect("an object").remove(once);
    }
    object
}

/// Create, edit, remove: `before` equals `after` of the previous event, and both equal what the API answered.
#[track_caller]
fn assert_life_is_audited(
    world: &World,
    noun: &str,
    list: &str,
    new: Value,
    edit: Option<Value>,
    end: (&str, &str, &str),
) {
    let (created, event) = audited(world, &format!("{noun}.create"), "POST", list, Some(new));
    let mut last = object(&created);
    assert_eq!((&event["before"], &event["after"]), (&Value::Null, &last));
    let own = end.1;
    let own = own.replace("{id}", created["id"].as_str().unwrap_or_default());
    if let Some(edit) = edit {
        let (edited, event) = audited(world, &format!("{noun}.edit"), "PATCH", &own, Some(edit));
        assert_eq!((&event["before"], &event["after"]), (&last, &object(&edited)));
        last = object(&edited);
    }
    let (verb, _, rest) = end;
    let method = if verb == "delete" { "DELETE" } else { "POST" };
    let (_, event) = audited(world, &format!("{noun}.{verb}"), method, &format!("{own}{rest}"), None);
    assert_eq!(event["before"], last);
    assert_eq!(event["after"].is_null(), verb == "delete");
}

on_both_databases! {
    fn every_act_on_an_object_writes_one_event(world: World) {
        assert_life_is_audited(
            &world,
            "scope",
            "/scopes",
            json!({"scope": "ci:read"}),
            Some(json!({"description": "d"})),
            ("delete", "/scopes/ci:read", ""),
        );
        assert_life_is_audited(
            &world,
            "group",
            "/groups",
            json!({"name": "夜 間"}),
            Some(json!({"responsible": "us"})),
            ("delete", "/groups/%E5%A4%9C%20%E9%96%93", ""),
        );
        assert_life_is_audited(
            &world,
            "resource",
            "/resources",
            json!({"type": "studio", "name": "s", "actions": ["view"]}),
            Some(json!({"actions": ["view", "manage"]})),
            ("delete", "/resources/studio/s", ""),
        );
        assert_life_is_audited(
            &world,
            "resource_server",
            "/resource-servers",
            json!({"name": "builds", "audience": "urn:example:builds"}),
            None,
            ("delete", "/resource-servers/{id}", ""),
        );
        assert_life_is_audited(
            &world,
            "member",
            "/members",
            json!({"email": "a@acme.example", "name": "A", "roles": ["member"]}),
            Some(json!({"roles": ["auditor"]})),
            ("disable", "/members/{id}", "/disable"),
        );
        assert_life_is_audited(
            &world,
            "personal_access_token",
            "/personal-access-tokens",
            json!({"expires_at": "2027-03-01T00:00:00Z", "scopes": ["admin:read"]}),
            None,
            ("revoke", "/personal-access-tokens/{id}", "/revoke"),
        );
    }

    fn every_act_on_a_service_credential_writes_one_event(world: World) {
        world.group("builders", &["ci:read"]);
        let new = json!({"name": "nightly", "validity_days": 90, "token_ttl_seconds": 900});
        let (created, event) =
            audited(&world, "service_credential.create", "POST", "/service-credentials", Some(new));
        assert_eq!((&event["before"], &event["after"]), (&Value::Null, &object(&created)));
        assert_eq!((&event["target"]["id"], &event["target"]["name"]), (&created["id"], &json!("nightly")));
        let own = format!("/service-credentials/{}", text(&created["id"]));
        let edit = Some(json!({"groups": ["builders"]}));
        let (edited, event) = audited(&world, "service_credential.edit", "PATCH", &own, edit);
        assert_eq!((&event["before"], &event["after"]), (&object(&created), &object(&edited)));
        assert_ne!(event["before"]["effective_scopes"], event["after"]["effective_scopes"]);
        assert_shape("audit_event", &event);
        let name = Some(json!({"name": "nightly"}));
        let (receipt, event) =
            audited(&world, "service_credential.revoke", "POST", &format!("{own}/revoke"), name);
        assert_eq!(
            (&event["before"]["status"], &event["after"]["status"]),
            (&json!("active"), &json!("revoked"))
        );
        assert_eq!(event["position"], receipt["position"]);
    }

    fn event_of_a_realm_setting_has_before_and_after(world: World) {
        let before = world.admin("GET", "", None).expect(200).json();
        let (mut after, event) =
            audited(&world, "realm.edit", "PATCH", "", Some(json!({"display_name": "Acme, Inc."})));
        assert_eq!(after.as_object_mut().expect("an object").remove("receipt"), Some(Value::Null));
        assert_eq!((&event["before"], &event["after"]), (&before, &after));
        assert_eq!(event["target"]["id"], "acme");
    }

    fn act_on_many_objects_writes_one_event(world: World) {
        world.group("builders", &["ci:read"]);
        for index in 0..5 {
            world.credential(&format!("c{index}"), &["builders"]);
        }
        let (_, event) = event_of(&world, || world.admin("DELETE", "/groups/builders", None));
        assert_eq!(
            (&event["action"], &event["target"]["name"]),
            (&json!("group.delete"), &json!("builders"))
        );
    }

    fn event_names_each_kind_of_actor(world: World) {
        let (sys, token) = world.member("sys@acme.example", &["sys_admin"]);
        let (_, event) =
            event_of(&world, || world.admin_as(&token, "POST", "/groups", Some(json!({"name": "g"}))));
        assert_eq!(event["actor"], json!({"kind": "member", "id": sys, "name": "sys@acme.example"}));

        // The realm's first acts are those of the operator.
        let first = events(&world).pop().expect("an event");
        assert_eq!(
            (&first["action"], &first["actor"]),
            (
                &json!("realm.create"),
                &json!({"kind": "operator", "id": null, "name": "operator of the machine"})
            )
        );
        assert_eq!((&first["address"], &first["request_id"]), (&Value::Null, &Value::Null));

        let credential = world.credential("nightly", &[]);
        let access_token = world.token(&credential);
        let revoke = Request::form(&world.path("/oauth2/revoke"), &[("token", &access_token)])
            .basic(&credential.id, &credential.key);
        let (_, event) = event_of(&world, || world.send(&revoke));
        assert_eq!(event["action"], "access_token.revoke");
        assert_eq!(event["actor"], json!({"kind": "client", "id": credential.id, "name": "nightly"}));
        assert_eq!(
            (&event["target"]["kind"], &event["address"]),
            (&json!("access_token"), &json!("127.0.0.1"))
        );
    }

    fn refused_requests_and_reads_write_no_event(world: World) {
        let credential = world.credential("nightly", &[]);
        let (_, auditor) = world.member("auditor@acme.example", &["auditor"]);
        let before = events(&world);
        let own = format!("/service-credentials/{}", credential.id);
        let body = json!({"name": "nightly", "validity_days": 90, "token_ttl_seconds": 900});
        for (token, method, path, body, status) in [
            (&world.owner, "POST", "/service-credentials", Some(body.clone()), 409),
            (&auditor, "POST", "/service-credentials", Some(body.clone()), 403),
            (&credential.key, "POST", "/service-credentials", Some(body), 401),
            (&world.owner, "POST", "/service-credentials", Some(json!({})), 422),
            (&world.owner, "PATCH", &*own, Some(json!({"name": "x"})), 422),
            (&world.owner, "PATCH", &own, Some(json!({"groups": ["nobody"]})), 422),
            (&world.owner, "PATCH", "/groups/nobody", Some(json!({})), 404),
            (&world.owner, "POST", &format!("{own}/revoke"), Some(json!({"name": "x"})), 422),
            (&world.owner, "POST", &format!("{own}/revoke"), None, 415),
            (&world.owner, "DELETE", &own, None, 405),
            (&auditor, "GET", &own, None, 200),
            (&auditor, "GET", "/audit-events", None, 200),
        ] {
            assert_eq!(world.admin_as(token, method, path, body).status, status, "{method} {path}");
        }
        world.send(&world.token_request(&credential, &[("scope", "no:such")])).expect(400);
        world.token(&credential);
        assert_eq!(events(&world), before);
        // A repeated revocation writes no event.
        event_of(&world, || world.revoke(&credential));
        let before = events(&world);
        world.revoke(&credential).expect(200);
        assert_eq!(events(&world), before);
    }

    fn events_are_paged_newest_first(world: World) {
        for index in 0..7 {
            world.admin("POST", "/groups", Some(json!({"name": format!("g{index}")}))).expect(201);
        }
        let all: Vec<u64> =
            events(&world).iter().map(|event| event["position"].as_u64().expect("a position")).collect();
        assert!(all.len() >= 7 && all.windows(2).all(|pair| pair[0] > pair[1]), "{all:?}");
        let mut paged = Vec::new();
        let mut cursor = String::new();
        loop {
            let page = world.admin("GET", &format!("/audit-events?limit=3{cursor}"), None).expect(200);
            assert!((1..=3).contains(&items(&page).len()));
            paged.extend(items(&page).iter().map(|event| event["position"].as_u64().expect("a position")));
            let next = page.json()["next_cursor"].clone();
            if next.is_null() {
                break;
            }
            cursor = format!("&cursor={}", text(&next));
            // Events written during paging precede the first page.
            world.admin("POST", "/groups", Some(json!({"name": format!("later-{cursor}")}))).expect(201);
        }
        assert_eq!(paged, all);
        for bad in ["x", "-1", "", "1.5", "99999999999999999999"] {
            world.admin("GET", &format!("/audit-events?cursor={bad}"), None).expect_problem(422, "invalid");
        }
    }

    fn events_of_another_realm_are_not_listed(world: World) {
        world.admin("POST", "/groups", Some(json!({"name": "only in acme"}))).expect(201);
        let owner = world.create_realm("globex");
        let there = world
            .send(&Request::get("/api/v1/realms/globex/audit-events?limit=200").bearer(&owner))
            .expect(200);
        assert!(!there.text().contains("acme"), "{}", there.text());
        assert!(column(&there, "action").contains(&"realm.create".to_owned()));
        assert!(!json!(events(&world)).to_string().contains("globex"));
    }

    fn event_cannot_be_changed_or_removed(world: World) {
        let id = text(&events(&world)[0]["id"]);
        let before = Tables::of(&world).dump();
        for method in ["POST", "PUT", "PATCH", "DELETE"] {
            let body = (method != "DELETE").then(|| json!({}));
            let answer = world.admin(method, "/audit-events", body.clone()).expect(405);
            assert_eq!(answer.header("allow"), Some("GET"));
            world.admin(method, &format!("/audit-events/{id}"), body).expect_problem(404, "not-found");
        }
        assert_eq!(Tables::of(&world).dump(), before);
    }
}
