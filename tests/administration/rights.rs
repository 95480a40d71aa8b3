//! S11, S58, T-07, T-09: who may do what, for every operation, checked against a real server.

use std::fmt::Write as _;

use serde_json::json;

use crate::operation_samples::{
    ask, described, give_everybody_a_scope, made_by, plain_member, registry_token_of, sample,
};
use crate::tables::Tables;
use claviger_testkit::http::{Request, Response};
use claviger_testkit::on_both_databases;
use claviger_testkit::world::{Client, Database, World};

/// Every kind of caller, with its token.
fn callers(world: &World) -> Vec<(&'static str, Option<String>)> {
    let member = |email: &str, role: &str| world.member(email, &[role]).1;
    let read_only = json!({"expires_at": "2099-01-01T00:00:00Z", "scopes": ["admin:read"]});
    let read_only = world.admin("POST", "/personal-access-tokens", Some(read_only)).expect(201).json();
    let service = world.token(&world.credential("robot", &[]));
    // Valid for longer than the clock of this test advances.
    let lasting = |token: String| {
        let body = json!({"expires_at": "2099-01-01T00:00:00Z", "scopes": ["admin:read-update"]});
        let made = world.admin_as(&token, "POST", "/personal-access-tokens", Some(body)).expect(201).json();
        made["token"].as_str().expect("a token").to_owned()
    };
    vec![
        ("account_holder", Some(world.owner.clone())),
        ("sys_admin", Some(lasting(member("sys@acme.example", "sys_admin")))),
        ("auditor", Some(lasting(member("audit@acme.example", "auditor")))),
        ("member", Some(lasting(member("dev@acme.example", "member")))),
        ("read_only", Some(read_only["token"].as_str().expect("a token").to_owned())),
        ("service", Some(service)),
        ("other_realm", Some(world.create_realm("other"))),
        ("nobody", None),
    ]
}

#[test]
fn table_of_roles_and_operations() {
    let world = World::start(Database::Sqlite);
    let callers = callers(&world);
    give_everybody_a_scope(&world);
    let mut table = format!("{:<28}", "");
    for (name, _) in &callers {
        write!(table, "{name:<16}").expect("text");
    }
    let mut n = 0;
    for (operation, method, path, roles) in described() {
        write!(table, "\n{operation:<28}").expect("text");
        for (caller, token) in &callers {
            n += 1;
            let sample = sample(&world, &operation, &path, n);
            let before = Tables::of(&world).dump();
            let answer = ask(&world, token.as_deref(), &operation, &method, &sample);
            if ["account_holder", "sys_admin", "auditor", "member"].contains(caller) {
                let may = roles.as_array().expect("roles").contains(&json!(caller));
                assert_eq!(answer.status != 403, may, "{operation} by {caller} is described otherwise");
            }
            let shown = match answer.status {
                200 | 201 => "yes".to_owned(),
                status => {
                    assert_eq!(
                        Tables::of(&world).dump(),
                        before,
                        "{operation}: refused, and nothing has changed"
                    );
                    status.to_string()
                }
            };
            write!(table, "{shown:<16}").expect("text");
        }
    }
    let table: Vec<&str> = table.lines().map(str::trim_end).collect();
    insta::assert_snapshot!("roles_and_operations", table.join("\n"));
}

on_both_databases! {
    // T-09
    fn objects_of_another_realm_answer_like_unknown_objects(world: World) {
        let other = world.create_realm("other");
        give_everybody_a_scope(&world);
        let mut n = 0;
        for (operation, method, path, roles) in described() {
            // What is for clients refuses every member before it looks for the object.
            let is_for_members = roles.as_array().is_some_and(|roles| !roles.is_empty());
            // Source types are the same in every realm.
            let is_of_all = path.starts_with("/source-types");
            if !is_for_members || is_of_all || !path.contains("{id}") && !path.contains("{kid}") {
                continue;
            }
            n += 1;
            let real = sample(&world, &operation, &path, n);
            let of_the_other = |path: &str| {
                let path = format!("/api/v1/realms/other{path}");
                let request = match &real.body {
                    Some(body) => Request::json(&method, &path, body),
                    None => Request::new(&method, &path),
                };
                world.send(&request.bearer(&other))
            };
            let unknown = path.replace("{id}", "01890000-0000-7000-8000-000000000000").replace("{kid}", "nothing");
            let (foreign, unknown) = (of_the_other(&real.path), of_the_other(&unknown));
            assert_eq!((foreign.status, unknown.status), (404, 404), "{operation}: {}", foreign.text());
            let without_path = |answer: &Response| {
                let mut problem = answer.json();
                problem.as_object_mut().expect("a problem").remove("instance");
                problem
            };
            assert_eq!(without_path(&foreign), without_path(&unknown), "{operation}");
        }
        assert!(n >= 12, "{n} operations have an id");
    }

    // T-07
    fn callers_cannot_grant_what_they_do_not_hold(world: World) {
        world.group("readers", &["docs:read"]).group("writers", &["docs:read-update"]).resource("studio/s", &["view"]);
        let (dev, dev_token) = world.member("dev@acme.example", &["member"]);
        let (sys, sys_token) = world.member("sys@acme.example", &["sys_admin"]);
        let (holder, _) = world.member("second@acme.example", &["account_holder"]);
        world.admin("PATCH", &format!("/members/{dev}"), Some(json!({"groups": ["readers"]}))).expect(200);
        let Client { id: robot, .. } = world.credential("robot", &["readers"]);
        let service = world.token(&world.credential("service", &["writers"]));
        let before = Tables::of(&world).dump();
        let token = |scopes: &[&str]| json!({"expires_at": "2099-01-01T00:00:00Z", "scopes": scopes});
        let credential = json!({"name": "x", "validity_days": 30, "token_ttl_seconds": 900, "groups": ["writers"]});
        for (who, method, path, body) in [
            // Callers request more than they hold, for themselves.
            (&dev_token, "POST", "/personal-access-tokens".to_owned(), token(&["docs:read-update"])),
            (&dev_token, "POST", "/personal-access-tokens".to_owned(), token(&["studio/s:view"])),
            (&dev_token, "POST", "/service-credentials".to_owned(), credential.clone()),
            (&dev_token, "PATCH", format!("/service-credentials/{robot}"), json!({"groups": ["writers"]})),
            (&dev_token, "PATCH", format!("/members/{dev}"), json!({"roles": ["sys_admin"]})),
            (&dev_token, "PATCH", format!("/members/{dev}"), json!({"groups": ["writers"]})),
            (&dev_token, "PATCH", "/groups/readers".to_owned(), json!({"scopes": ["docs:read-update"]})),
            (&dev_token, "POST", format!("/service-credentials/{robot}/renew"), json!({"overlap_seconds": 0})),
            // Only account holders appoint and remove account holders.
            (&sys_token, "PATCH", format!("/members/{sys}"), json!({"roles": ["account_holder"]})),
            (&sys_token, "PATCH", format!("/members/{holder}"), json!({"roles": ["member"]})),
            (&sys_token, "POST", "/members".to_owned(), json!({"email": "n@acme.example", "name": "N", "roles": ["account_holder"]})),
            (&sys_token, "POST", format!("/members/{holder}/disable"), json!({})),
            // A service credential never administers.
            (&service, "POST", "/service-credentials".to_owned(), credential.clone()),
            (&service, "PATCH", format!("/service-credentials/{robot}"), json!({"groups": []})),
            (&service, "POST", format!("/service-credentials/{robot}/revoke"), json!({"name": "robot"})),
        ] {
            let answer = world.admin_as(who, method, &path, Some(body));
            assert_eq!(answer.status, 403, "{method} {path}: {}", answer.text());
        }
        assert_eq!(Tables::of(&world).dump(), before, "and nothing has changed");
    }

    // Only account holders change or end what an account holder owns.
    fn sys_admin_cannot_end_what_an_account_holder_owns(world: World) {
        give_everybody_a_scope(&world);
        let (_, sys) = world.member("sys@acme.example", &["sys_admin"]);
        let (_, second) = world.member("second@acme.example", &["account_holder"]);
        let until = json!({"expires_at": "2098-01-01T00:00:00Z", "scopes": ["everybodys"]});
        let app = json!({"name": "app", "scopes": ["everybodys"]});
        let owned = |by: &str| {
            let application = made_by(&world, by, "application-credentials", app.clone());
            [
                ("PATCH", format!("/application-credentials/{application}")),
                ("POST", format!("/application-credentials/{application}/revoke")),
                ("POST", format!("/api-tokens/{}/revoke", made_by(&world, by, "api-tokens", until.clone()))),
                ("POST", format!("/registry-tokens/{}/revoke", registry_token_of(&world, by))),
                (
                    "POST",
                    format!(
                        "/personal-access-tokens/{}/revoke",
                        made_by(&world, by, "personal-access-tokens", until.clone())
                    ),
                ),
            ]
        };
        let holders = [owned(&world.owner), owned(&second)];
        let before = Tables::of(&world).dump();
        let ask = |by: &str, method: &str, path: &str| {
            let body = (method == "PATCH").then(|| json!({"description": "other"}));
            world.admin_as(by, method, path, body)
        };
        for (method, path) in holders.iter().flatten() {
            let refused = ask(&sys, method, path).expect(403).json();
            assert!(refused["detail"].as_str().unwrap().contains("account_holder"), "{refused}");
        }
        assert_eq!(Tables::of(&world).dump(), before, "and nothing has changed");
        for (method, path) in owned(&sys).iter().chain(&owned(&plain_member(&world, 1))) {
            ask(&sys, method, path).expect(200);
        }
        for (method, path) in holders.iter().flatten() {
            ask(&world.owner, method, path).expect(200);
        }
    }

    // S12
    fn removed_role_is_lost_at_the_next_request(world: World) {
        let (sys, token) = world.member("sys@acme.example", &["sys_admin"]);
        world.admin_as(&token, "POST", "/groups", Some(json!({"name": "before"}))).expect(201);
        world.admin("PATCH", &format!("/members/{sys}"), Some(json!({"roles": ["member"]}))).expect(200);
        world.admin_as(&token, "POST", "/groups", Some(json!({"name": "after"}))).expect(403);
        world.admin_as(&token, "GET", "/groups", None).expect(403);
        world.admin("GET", "/groups/after", None).expect(404);
    }

    // S2
    fn realm_may_forbid_service_credentials(world: World) {
        let known = world.credential("known", &[]);
        let new = json!({"name": "new", "validity_days": 30, "token_ttl_seconds": 900});
        world.admin("PATCH", "", Some(json!({"service_credentials": false}))).expect(200);
        let refused = world.admin("POST", "/service-credentials", Some(new.clone())).expect(403).json();
        assert!(refused["detail"].as_str().unwrap().contains("service_credentials"), "{refused}");
        let renew = format!("/service-credentials/{}/renew", known.id);
        world.admin("POST", &renew, Some(json!({"overlap_seconds": 0}))).expect(403);
        world.token(&known);
        world.admin("PATCH", "", Some(json!({"service_credentials": true}))).expect(200);
        world.admin("POST", "/service-credentials", Some(new)).expect(201);
    }
}
