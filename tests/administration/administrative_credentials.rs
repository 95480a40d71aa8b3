//! Service credentials that administer: what each scope permits, and what none does.

use claviger_domain::{AdminScope, AdminScopes};
use serde_json::{Value, json};

use crate::answers::{fields_at_fault, items, text};
use crate::operation_samples::{ask, described_operations, give_everybody_a_scope, sample};
use crate::tables::Tables;
use claviger_testkit::http::{Request, Response};
use claviger_testkit::on_both_databases;
use claviger_testkit::world::{Client, Database, World};

const PATH: &str = "/service-credentials";

fn allow(world: &World) {
    world.admin("PATCH", "", Some(json!({"administrative_credentials": true}))).expect(200);
}

fn body(name: &str, scopes: &[&str]) -> Value {
    json!({"name": name, "validity_days": null, "token_ttl_seconds": 86_400, "admin_scopes": scopes})
}

fn credential(world: &World, name: &str, scopes: &[&str]) -> Client {
    let made = world.admin("POST", PATH, Some(body(name, scopes))).expect(201).json();
    Client { id: text(&made["client_id"]), key: text(&made["client_key"]), name: name.to_owned() }
}

/// The audience of the administration API of the realm.
fn audience(world: &World) -> String {
    world.issuer().replace("/realms/", "/api/v1/realms/")
}

fn request(world: &World, client: &Client, scope: Option<&str>) -> Response {
    let audience = audience(world);
    let mut parameters = vec![("resource", &*audience)];
    parameters.extend(scope.map(|scope| ("scope", scope)));
    world.send(&world.token_request(client, &parameters))
}

fn token(world: &World, client: &Client) -> String {
    text(&request(world, client, None).expect(200).json()["access_token"])
}

#[test]
fn each_scope_permits_its_operations_and_no_other() {
    let world = World::start(Database::Sqlite);
    allow(&world);
    give_everybody_a_scope(&world);
    let holders: Vec<(AdminScope, String)> = AdminScope::ALL
        .iter()
        .map(|scope| {
            (*scope, token(&world, &credential(&world, &scope.as_str().replace('/', " "), &[scope.as_str()])))
        })
        .collect();
    let mut permitted = 0;
    let operations = described_operations().into_iter().filter(|operation| !operation.is_for_anybody);
    for (n, operation) in operations.enumerate() {
        let sample = sample(&world, &operation.id, &operation.path, 10_000 + n);
        let needed = operation.admin_scope.map(|scope| scope.parse::<AdminScope>().expect("a scope"));
        let covers =
            |held: AdminScope| needed.is_some_and(|needed| AdminScopes::from(vec![held]).covers(needed));
        let ask = |token: &str| ask(&world, Some(token), &operation.id, &operation.method, &sample);
        let before = Tables::of(&world).dump();
        for (scope, token) in holders.iter().filter(|(scope, _)| !covers(*scope)) {
            let refused = ask(token);
            // Where no member may go, a token for the administration API counts as none.
            let status = if operation.roles == json!([]) { 401 } else { 403 };
            assert_eq!(refused.status, status, "{} with {scope}: {}", operation.id, refused.text());
        }
        assert_eq!(Tables::of(&world).dump(), before, "{}: refused, and nothing has changed", operation.id);
        for (scope, token) in holders.iter().filter(|(scope, _)| covers(*scope)) {
            let answer = ask(token);
            assert!(matches!(answer.status, 200 | 201), "{} with {scope}: {}", operation.id, answer.text());
            permitted += 1;
        }
    }
    assert!(permitted > 30, "{permitted}");
}

on_both_databases! {
    fn audit_trail_names_the_credential(world: World) {
        allow(&world);
        let robot = credential(&world, "gitops", &["admin/groups:read-update"]);
        let token = token(&world, &robot);
        world.admin_as(&token, "POST", "/groups", Some(json!({"name": "made"}))).expect(201);
        world.admin_as(&token, "POST", "/members", Some(json!({}))).expect_problem(403, "forbidden");
        let made = items(&world.admin("GET", "/audit-events?action=group.create", None).expect(200));
        assert_eq!(made[0]["actor"], json!({"kind": "client", "id": robot.id, "name": "gitops"}));
    }

    fn only_an_account_holder_grants_and_only_where_the_realm_allows_it(world: World) {
        let (_, sys) = world.member("sys@acme.example", &["sys_admin"]);
        world.group("readers", &["ci:read"]);
        let scopes = ["admin/groups:read"];
        let create = |by: &str, body: Value| world.admin_as(by, "POST", PATH, Some(body));
        let before = Tables::of(&world).dump();
        let refused = create(&world.owner, body("robot", &scopes)).expect_problem(422, "invalid").json();
        assert_eq!(fields_at_fault(&refused), ["admin_scopes"]);
        let on = Some(json!({"administrative_credentials": true}));
        world.admin_as(&sys, "PATCH", "", on.clone()).expect_problem(403, "forbidden");
        assert_eq!(Tables::of(&world).dump(), before);
        allow(&world);
        let before = Tables::of(&world).dump();
        create(&sys, body("robot", &scopes)).expect_problem(403, "forbidden");
        for unknown in ["admin/members:read", "admin:read", "ci:read", "admin/groups:delete"] {
            let refused = create(&world.owner, body("robot", &[unknown])).expect_problem(422, "invalid").json();
            assert!(fields_at_fault(&refused)[0].starts_with("admin_scopes"), "{unknown}: {refused}");
        }
        let mut with_groups = body("robot", &scopes);
        with_groups["groups"] = json!(["readers"]);
        let refused = create(&world.owner, with_groups.clone()).expect_problem(422, "invalid").json();
        assert_eq!(fields_at_fault(&refused), ["admin_scopes"]);
        // An import is no way around it.
        let import = |by: &str, line: &Value| {
            let path = format!("/api/v1/realms/{}{PATH}/import", world.realm);
            let request = Request::new("POST", &path).header("Content-Type", "application/jsonl");
            world.send(&request.body(line.to_string()).bearer(by))
        };
        import(&sys, &body("robot", &scopes)).expect_problem(403, "forbidden");
        import(&world.owner, &with_groups).expect_problem(422, "invalid");
        // Nor is a group, a personal access token, or a registered scope.
        let group = json!({"name": "g", "scopes": scopes});
        world.admin("POST", "/groups", Some(group)).expect_problem(422, "invalid");
        world.admin("POST", "/scopes", Some(json!({"scope": "admin:groups"}))).expect_problem(422, "invalid");
        let personal = json!({"expires_at": "2099-01-01T00:00:00Z", "scopes": scopes});
        world.admin("POST", "/personal-access-tokens", Some(personal)).expect_problem(422, "invalid");
        assert_eq!(Tables::of(&world).dump(), before);
        let robot = credential(&world, "robot", &scopes);
        let renew = format!("{PATH}/{}/renew", robot.id);
        world.admin_as(&sys, "POST", &renew, Some(json!({"overlap_seconds": 60}))).expect_problem(403, "forbidden");
        let renewed = world.admin("POST", &renew, Some(json!({"overlap_seconds": 60}))).expect(201).json();
        assert_eq!(renewed["admin_scopes"], json!(scopes));
        // To end it, the role of an administrator is enough.
        world.admin_as(&sys, "POST", &format!("{PATH}/{}/revoke", robot.id), Some(json!({"name": "robot"}))).expect(200);
    }

    fn credential_widens_neither_itself_nor_others_that_administer(world: World) {
        allow(&world);
        world.group("readers", &["ci:read"]);
        let all: Vec<&str> = AdminScope::NAMES.to_vec();
        let robot = credential(&world, "robot", &all);
        let other = credential(&world, "other", &["admin/groups:read"]);
        let token = token(&world, &robot);
        let plain = world.credential("plain", &[]);
        let before = Tables::of(&world).dump();
        for target in [&robot, &other] {
            let at = format!("{PATH}/{}", target.id);
            for (method, path, body) in [
                ("PATCH", at.clone(), json!({"groups": ["readers"]})),
                ("POST", format!("{at}/renew"), json!({"overlap_seconds": 0})),
                ("POST", format!("{at}/revoke"), json!({"name": target.name})),
            ] {
                let refused = world.admin_as(&token, method, &path, Some(body));
                refused.expect_problem(403, "forbidden");
            }
        }
        for scope in &all {
            world.admin_as(&token, "POST", PATH, Some(body("new", &[scope]))).expect_problem(403, "forbidden");
        }
        // Not even an account holder gives it other scopes.
        let edit = |groups: Value| world.admin("PATCH", &format!("{PATH}/{}", robot.id), Some(groups));
        edit(json!({"groups": ["readers"]})).expect_problem(422, "invalid");
        edit(json!({"admin_scopes": []})).expect_problem(422, "immutable-field");
        assert_eq!(Tables::of(&world).dump(), before);
        let at = format!("{PATH}/{}", plain.id);
        world.admin_as(&token, "PATCH", &at, Some(json!({"groups": ["readers"]}))).expect(200);
        let revoke = Some(json!({"name": plain.name}));
        let receipt = world.admin_as(&token, "POST", &format!("{at}/revoke"), revoke).expect(200).json();
        assert_eq!(receipt["outcome"], "confirmed");
    }

    fn token_is_for_the_administration_api_alone(world: World) {
        allow(&world);
        let server = world.resource_server("builds", "https://builds.example.org");
        let robot = credential(&world, "robot", &["admin/groups:read-update", "admin/scopes:read"]);
        let plain = world.credential("plain", &[]);
        request(&world, &plain, None).expect_oauth_error(400, "invalid_target");
        request(&world, &robot, Some("admin/resources:read")).expect_oauth_error(400, "invalid_scope");
        let granted = request(&world, &robot, Some("admin/groups:read")).expect(200).json();
        assert_eq!(granted["scope"], "admin/groups:read");
        let narrow = text(&granted["access_token"]);
        world.admin_as(&narrow, "GET", "/groups", None).expect(200);
        let refused = world.admin_as(&narrow, "POST", "/groups", Some(json!({"name": "g"}))).expect_problem(403, "forbidden");
        assert!(refused.text().contains("admin/groups:read-update"), "{}", refused.text());
        // A realm-wide token does not administer, and this one is good for nothing else.
        let wide = world.send(&world.token_request(&robot, &[])).expect(200).json();
        assert_eq!(wide["scope"], Value::Null);
        world.admin_as(&text(&wide["access_token"]), "GET", "/groups", None).expect_problem(403, "forbidden");
        world.assert_inactive(&server, &narrow);
        for path in ["/whoami", "/forward-auth"] {
            world.send(&Request::get(&world.path(path)).bearer(&narrow)).expect(401);
        }
        let other = world.create_realm("globex");
        let elsewhere = |token: &str| world.send(&Request::get("/api/v1/realms/globex/groups").bearer(token));
        elsewhere(&other).expect(200);
        elsewhere(&narrow).expect(401);
        let taken = json!({"name": "api", "audience": audience(&world)});
        world.admin("POST", "/resource-servers", Some(taken)).expect_problem(422, "invalid");
    }

    fn right_ends_with_the_setting_and_with_the_credential(world: World) {
        let mut world = world;
        allow(&world);
        let robot = credential(&world, "robot", &["admin/groups:read"]);
        let brief = credential(&world, "brief", &["admin/groups:read"]);
        let (by_robot, by_brief) = (token(&world, &robot), token(&world, &brief));
        let read = |world: &World, token: &str| world.admin_as(token, "GET", "/groups", None);
        read(&world, &by_brief).expect(200);
        world.revoke(&brief).expect(200);
        read(&world, &by_brief).expect(401);
        world.restart();
        read(&world, &by_robot).expect(200);
        let off = Some(json!({"administrative_credentials": false}));
        let edited = world.admin("PATCH", "", off).expect(200).json();
        assert_eq!(edited["receipt"]["outcome"], "confirmed", "{edited}");
        read(&world, &by_robot).expect_problem(403, "forbidden");
        request(&world, &robot, None).expect_oauth_error(400, "invalid_target");
    }
}
