//! `/service-credentials`: create, list, show.

use serde_json::{Value, json};

use crate::answers::{assert_shape, column, fields_at_fault, items, text};
use claviger_testkit::clock::days;
use claviger_testkit::http::Request;
use claviger_testkit::on_both_databases;
use claviger_testkit::world::World;

const PATH: &str = "/service-credentials";

fn create(world: &World, parts: Value) -> Value {
    let mut body = json!({"name": "nightly", "validity_days": 90, "token_ttl_seconds": 3600});
    for (name, value) in parts.as_object().expect("an object") {
        body[name] = value.clone();
    }
    world.admin("POST", PATH, Some(body)).expect(201).json()
}

fn show(world: &World, id: &Value) -> Value {
    world.admin("GET", &format!("{PATH}/{}", text(id)), None).expect(200).json()
}

on_both_databases! {
    fn creation_returns_the_whole_credential_with_its_key(world: World) {
        world.group("builders", &["ci:read"]).resource("studio/studio-1", &["view", "manage"]);
        let created = create(
            &world,
            json!({
                "description": "What the nightly build uses",
                "groups": ["builders"],
                "resources": [{"resource": "studio/studio-1", "actions": ["view"]}],
            }),
        );
        assert_eq!(created["id"], created["client_id"]);
        assert_shape("new_service_credential", &created);
    }

    fn shown_credential_omits_only_what_creation_shows_once(world: World) {
        let created = create(&world, json!({"description": "two\nlines", "validity_days": null}));
        let mut shown = show(&world, &created["id"]);
        // Observed, in no answer but this one.
        assert_eq!(shown.as_object_mut().expect("an object").remove("audiences_until_expiry"), Some(json!([])));
        let mut expected = created.clone();
        for once in ["client_key", "token_endpoint", "usage_example"] {
            assert!(expected.as_object_mut().expect("an object").remove(once).is_some(), "{once}");
        }
        assert_eq!(shown, expected);
        assert_eq!(items(&world.admin("GET", PATH, None).expect(200)), [shown]);
    }

    // S24
    fn credential_without_grants_gets_a_token_without_scope(world: World) {
        let bare = world.credential("bare", &[]);
        assert_eq!(show(&world, &json!(bare.id))["effective_scopes"], json!([]));
        let answer = world.send(&world.token_request(&bare, &[])).expect(200).json();
        assert_eq!(answer.get("scope"), None);
        let who = Request::get(&world.path("/whoami?scope=ci%3Aread")).bearer(&text(&answer["access_token"]));
        assert_eq!(world.send(&who).status, 403);
    }

    // S25
    fn effective_scopes_are_the_union_and_name_their_origins(world: World) {
        world
            .group("readers", &["ci:read", "source:read"])
            .group("writers", &["ci:read", "source:read-update"]);
        world.resource("studio/studio-1", &["view", "manage"]);
        let created = create(
            &world,
            json!({
                "groups": ["writers", "readers"],
                "resources": [{"resource": "studio/studio-1", "actions": ["view"]}],
            }),
        );
        // Scopes implied by source:read-update are left out, together with their origins.
        let expected = json!([
            {
                "scope": "ci:read",
                "from": [{"kind": "group", "name": "readers"}, {"kind": "group", "name": "writers"}],
            },
            {"scope": "source:read-update", "from": [{"kind": "group", "name": "writers"}]},
            {"scope": "studio/studio-1:view", "from": [{"kind": "resource", "name": "studio/studio-1"}]},
        ]);
        assert_eq!(created["effective_scopes"], expected);
        assert_eq!(show(&world, &created["id"])["effective_scopes"], expected);
    }

    fn lists_of_groups_and_resources_are_sets(world: World) {
        world.group("a", &["ci:read"]).group("b", &["ci:read"]).resource("studio/s", &["manage", "view"]);
        let created = create(
            &world,
            json!({
                "groups": ["b", "a", "b"],
                "resources": [
                    {"resource": "studio/s", "actions": ["view", "view"]},
                    {"resource": "studio/s", "actions": ["manage"]},
                ],
            }),
        );
        assert_eq!(created["groups"], json!(["a", "b"]));
        assert_eq!(created["resources"], json!([{"resource": "studio/s", "actions": ["manage", "view"]}]));
    }

    fn pages_list_each_credential_once_during_changes(world: World) {
        let mut before: Vec<_> = (0..7).map(|index| world.credential(&format!("old-{index}"), &[])).collect();
        let mut seen = Vec::new();
        let mut cursor = String::new();
        for page in 0.. {
            let answer = world.admin("GET", &format!("{PATH}?limit=2{cursor}"), None).expect(200);
            let ids = column(&answer, "id");
            assert!(ids.len() <= 2);
            seen.extend(ids);
            let next = answer.json()["next_cursor"].clone();
            if next.is_null() {
                break;
            }
            cursor = format!("&cursor={}", text(&next));
            world.revoke(&before[page]).expect(200);
            if page < 3 {
                before.push(world.credential(&format!("new-{page}"), &[]));
            }
        }
        // All were created within one second, and are still in order of creation.
        let created: Vec<String> = before.into_iter().map(|credential| credential.id).collect();
        assert_eq!(seen, created);
    }

    fn default_page_size_is_fifty(world: World) {
        for index in 0..51 {
            world.credential(&format!("credential-{index}"), &[]);
        }
        let page =
            |query: &str| items(&world.admin("GET", &format!("{PATH}{query}"), None).expect(200)).len();
        assert_eq!([page(""), page("?limit=1"), page("?limit=51"), page("?limit=200")], [50, 1, 51, 51]);
        for bad in ["0", "201", "-1", "1.5", "", "many", "99999999999999999999"] {
            let refused =
                world.admin("GET", &format!("{PATH}?limit={bad}"), None).expect_problem(422, "invalid");
            assert_eq!(fields_at_fault(&refused.json()), ["limit"], "{bad}");
        }
        for bad in ["", "x", "%00", "00000000-0000-0000-0000-00000000000g"] {
            let refused =
                world.admin("GET", &format!("{PATH}?cursor={bad}"), None).expect_problem(422, "invalid");
            assert_eq!(fields_at_fault(&refused.json()), ["cursor"], "{bad}");
        }
    }

    fn credentials_of_another_realm_are_not_found(world: World) {
        let mine = world.credential("nightly", &[]);
        let owner = world.create_realm("globex");
        let path = |rest: &str| format!("/api/v1/realms/globex{PATH}{rest}");
        let list = world.send(&Request::get(&path("")).bearer(&owner)).expect(200);
        assert_eq!(items(&list), Vec::<Value>::new());
        let there = path(&format!("/{}", mine.id));
        world.send(&Request::get(&there).bearer(&owner)).expect_problem(404, "not-found");
        let revoke = Request::json("POST", &format!("{there}/revoke"), &json!({"name": "nightly"}));
        world.send(&revoke.bearer(&owner)).expect_problem(404, "not-found");
        let edit = Request::json("PATCH", &there, &json!({"groups": []}));
        world.send(&edit.bearer(&owner)).expect_problem(404, "not-found");
        assert_eq!(show(&world, &json!(mine.id))["status"], "active");
        // The same name is free in the other realm.
        let body = json!({"name": "nightly", "validity_days": 30, "token_ttl_seconds": 900});
        world.send(&Request::json("POST", &path(""), &body).bearer(&owner)).expect(201);
    }

    // S17
    fn name_of_an_active_credential_is_unique_exactly_as_written(world: World) {
        world.credential("Nightly", &[]);
        let body = |name: &str| Some(json!({"name": name, "validity_days": 90, "token_ttl_seconds": 3600}));
        let refused = world.admin("POST", PATH, body("Nightly")).expect_problem(409, "conflict");
        assert!(text(&refused.json()["detail"]).contains("\"Nightly\""));
        for other in ["nightly", "NIGHTLY", "Nightly 2", "Nïghtly"] {
            world.admin("POST", PATH, body(other)).expect(201);
        }
        assert_eq!(items(&world.admin("GET", PATH, None)).len(), 5);
    }

    // S17
    fn expired_credential_keeps_its_name_until_it_is_revoked(world: World) {
        let old = world.credential_with(json!({"validity_days": 30}));
        world.clock.advance_seconds(days(31));
        assert_eq!(show(&world, &json!(old.id))["status"], "expired");
        let body = Some(json!({"name": old.name, "validity_days": 90, "token_ttl_seconds": 3600}));
        world.admin("POST", PATH, body.clone()).expect_problem(409, "conflict");
        world.revoke(&old).expect(200);
        world.admin("POST", PATH, body).expect(201);
    }

    // S19
    fn expiry_counts_days_of_24_hours_across_a_leap_day(world: World) {
        // From 2027-01-31T12:00:00Z to 2028-02-01T06:30:17Z, before the leap day of 2028.
        world.clock.advance_seconds(days(366) - (5 * 3_600 + 29 * 60 + 43));
        let credentials: Vec<Value> = [json!(30), json!(90), json!(365), json!(null)]
            .iter()
            .enumerate()
            .map(|(index, days)| create(&world, json!({"name": format!("c{index}"), "validity_days": days})))
            .collect();
        let ends: Vec<&Value> = credentials.iter().map(|credential| &credential["expires_at"]).collect();
        assert_eq!(credentials[0]["created_at"], "2028-02-01T06:30:17Z");
        assert_eq!(
            ends,
            [
                &json!("2028-03-02T06:30:17Z"),
                &json!("2028-05-01T06:30:17Z"),
                &json!("2029-01-31T06:30:17Z"),
                &Value::Null,
            ]
        );
        world.clock.advance_seconds(days(30) - 1);
        assert_eq!(show(&world, &credentials[0]["id"])["status"], "active");
        world.clock.advance_seconds(1);
        assert_eq!(show(&world, &credentials[0]["id"])["status"], "expired");
        assert_eq!(show(&world, &credentials[1]["id"])["status"], "active");
        world.clock.advance_seconds(days(3_650));
        assert_eq!(show(&world, &credentials[3]["id"])["status"], "active");
    }

    // S6
    fn credential_works_after_its_creator_is_disabled(world: World) {
        world.group("builders", &["ci:read"]);
        let server = world.resource_server("builds", "https://builds.example.org");
        let (admin, token) = world.member("admin@acme.example", &["sys_admin"]);
        let body =
            json!({"name": "n", "validity_days": 90, "token_ttl_seconds": 3600, "groups": ["builders"]});
        let created = world.admin_as(&token, "POST", PATH, Some(body)).expect(201).json();
        assert_eq!(
            created["created_by"],
            json!({"kind": "member", "id": admin, "name": "admin@acme.example"})
        );
        let client = claviger_testkit::world::Client {
            id: text(&created["client_id"]),
            key: text(&created["client_key"]),
            name: "n".into(),
        };
        let old = world.token(&client);
        world.admin("POST", &format!("/members/{admin}/disable"), None).expect(200);
        world.assert_active(&server, &old);
        let new = world.token(&client);
        world.assert_active(&server, &new);
        assert_eq!(show(&world, &created["id"])["status"], "active");
    }

    // S2
    fn realm_without_service_credentials_refuses_new_ones_with_reason(world: World) {
        let old = world.credential("old", &[]);
        world.admin("PATCH", "", Some(json!({"service_credentials": false}))).expect(200);
        let body = Some(json!({"name": "new", "validity_days": 90, "token_ttl_seconds": 3600}));
        let refused = world.admin("POST", PATH, body.clone()).expect_problem(403, "forbidden");
        assert!(text(&refused.json()["detail"]).contains("service_credentials"));
        world.token(&old);
        world.admin("PATCH", "", Some(json!({"service_credentials": true}))).expect(200);
        world.admin("POST", PATH, body).expect(201);
    }
}
