//! `/members`: who may do what, as of the moment at which they do it.

use serde_json::{Value, json};

use crate::answers::{column, fields_at_fault, items, text};
use crate::tables::Tables;
use claviger_testkit::http::Request;
use claviger_testkit::on_both_databases;
use claviger_testkit::world::World;

const ROLES: [&str; 4] = ["account_holder", "sys_admin", "auditor", "member"];

/// The owner's id: the realm's first member.
fn owner_id(world: &World) -> String {
    column(&world.admin("GET", "/members", None).expect(200), "id").remove(0)
}

fn disable(world: &World, token: &str, id: &str) -> claviger_testkit::http::Response {
    world.admin_as(token, "POST", &format!("/members/{id}/disable"), None)
}

fn new_member(email: &str, roles: &[&str]) -> Option<Value> {
    Some(json!({"email": email, "name": "N", "roles": roles}))
}

/// Everything that only an administrator may do, with valid bodies.
fn acts(world: &World) -> Vec<(&'static str, String, Option<Value>)> {
    world.group("readers", &["ci:read"]).resource("studio/s", &["view"]);
    let credential = world.credential("nightly", &[]);
    let server = world.resource_server("builds", "https://builds.example.org");
    let (member, _) = world.member("somebody@acme.example", &["member"]);
    let credential_path = format!("/service-credentials/{}", credential.id);
    vec![
        (
            "POST",
            "/service-credentials".into(),
            Some(json!({"name": "n", "validity_days": 30, "token_ttl_seconds": 900})),
        ),
        ("PATCH", credential_path.clone(), Some(json!({"groups": ["readers"]}))),
        ("POST", format!("{credential_path}/revoke"), Some(json!({"name": "nightly"}))),
        ("POST", "/groups".into(), Some(json!({"name": "new"}))),
        ("PATCH", "/groups/readers".into(), Some(json!({"description": "d"}))),
        ("DELETE", "/groups/readers".into(), None),
        ("POST", "/resources".into(), Some(json!({"type": "studio", "name": "t", "actions": ["view"]}))),
        ("PATCH", "/resources/studio/s".into(), Some(json!({"description": "d"}))),
        ("DELETE", "/resources/studio/s".into(), None),
        ("POST", "/scopes".into(), Some(json!({"scope": "new"}))),
        ("PATCH", "/scopes/ci:read".into(), Some(json!({"description": "d"}))),
        ("POST", "/members".into(), new_member("new@acme.example", &["member"])),
        ("PATCH", format!("/members/{member}"), Some(json!({"name": "M"}))),
        ("POST", format!("/members/{member}/disable"), None),
        ("POST", "/resource-servers".into(), Some(json!({"name": "r", "audience": "https://r.example.org"}))),
        ("DELETE", format!("/resource-servers/{}", server.id), None),
        ("PATCH", String::new(), Some(json!({"display_name": "Acme"}))),
    ]
}

/// Everything that members with read access to the realm may read.
fn readings(world: &World) -> Vec<String> {
    let id = |list: &str| column(&world.admin("GET", list, None).expect(200), "id").remove(0);
    let credential = format!("/service-credentials/{}", id("/service-credentials"));
    let server = format!("/resource-servers/{}", id("/resource-servers"));
    let mut paths = vec![credential, server, format!("/members/{}", owner_id(world))];
    let lists = [
        "/service-credentials",
        "/groups",
        "/groups/readers",
        "/resources",
        "/resources/studio/s",
        "/members",
        "/resource-servers",
        "/signing-keys",
        "/audit-events",
        "",
    ];
    paths.extend(lists.map(str::to_owned));
    paths
}

on_both_databases! {
    // S11
    fn member_without_a_role_may_neither_read_nor_change_the_realm(world: World) {
        let acts = acts(&world);
        let (_, dev) = world.member("dev@acme.example", &["member"]);
        let (_, none) = world.member("none@acme.example", &[]);
        let before = Tables::of(&world).dump();
        for token in [&dev, &none] {
            for path in readings(&world) {
                world.admin_as(token, "GET", &path, None).expect_problem(403, "forbidden");
            }
            for (method, path, body) in &acts {
                world.admin_as(token, method, path, body.clone()).expect_problem(403, "forbidden");
            }
        }
        assert_eq!(Tables::of(&world).dump(), before);
    }

    fn auditor_reads_everything_and_changes_nothing(world: World) {
        let acts = acts(&world);
        let (_, auditor) = world.member("auditor@acme.example", &["auditor"]);
        let before = Tables::of(&world).dump();
        for path in readings(&world) {
            let seen = world.admin_as(&auditor, "GET", &path, None).expect(200);
            assert_eq!(seen.json(), world.admin("GET", &path, None).json(), "{path}");
        }
        for (method, path, body) in acts {
            world.admin_as(&auditor, method, &path, body).expect_problem(403, "forbidden");
        }
        assert_eq!(Tables::of(&world).dump(), before);
    }

    // S11
    fn account_holder_and_system_administrator_manage_everything(world: World) {
        let holder = world.owner.clone();
        for (realm, role) in [("globex", "account_holder"), ("initech", "sys_admin")] {
            world.owner = world.create_realm(realm);
            world.realm = realm.into();
            let (_, token) = world.member("second@acme.example", &[role]);
            let acts = acts(&world);
            for path in readings(&world) {
                world.admin_as(&token, "GET", &path, None).expect(200);
            }
            for (method, path, body) in acts {
                let answer = world.admin_as(&token, method, &path, body);
                assert!(matches!(answer.status, 200 | 201), "{role} {method} {path}: {}", answer.text());
            }
            world.admin_as(&token, "DELETE", "/scopes/ci:read", None).expect(200);
            // They have no rights in another realm.
            world.admin_as(&holder, "GET", "/groups", None).expect_problem(401, "invalid-token");
        }
    }

    fn only_an_account_holder_manages_account_holders(world: World) {
        let (second, _) = world.member("second@acme.example", &["account_holder"]);
        let (sys, sys_admin) = world.member("sys@acme.example", &["sys_admin"]);
        let (dev, _) = world.member("dev@acme.example", &["member"]);
        let before = Tables::of(&world).dump();
        let path = |id: &str| format!("/members/{id}");
        let refused = |method: &str, path: &str, body: Option<Value>| {
            world.admin_as(&sys_admin, method, path, body).expect_problem(403, "forbidden");
        };
        refused("POST", "/members", new_member("third@acme.example", &["account_holder"]));
        refused("POST", "/members", new_member("third@acme.example", &["member", "account_holder"]));
        for id in [&sys, &dev] {
            refused("PATCH", &path(id), Some(json!({"roles": ["account_holder"]})));
        }
        for body in [
            json!({"roles": ["member"]}),
            json!({"roles": ["account_holder", "auditor"]}),
            json!({"name": "X"}),
            json!({"groups": []}),
        ] {
            refused("PATCH", &path(&second), Some(body));
        }
        refused("POST", &format!("{}/disable", path(&second)), None);
        assert_eq!(Tables::of(&world).dump(), before);

        world.admin("PATCH", &path(&dev), Some(json!({"roles": ["account_holder"]}))).expect(200);
        world.admin("PATCH", &path(&dev), Some(json!({"roles": ["member"]}))).expect(200);
        disable(&world, &world.owner, &second).expect(200);
        // A system administrator manages all other members too.
        world.admin_as(&sys_admin, "PATCH", &path(&dev), Some(json!({"roles": ["auditor"]}))).expect(200);
        disable(&world, &sys_admin, &dev).expect(200);
    }

    fn last_account_holder_stays(world: World) {
        let owner = format!("/members/{}", owner_id(&world));
        let (second, token) = world.member("second@acme.example", &["account_holder", "sys_admin"]);
        disable(&world, &world.owner, &second).expect(200);
        let before = Tables::of(&world).dump();
        for roles in [json!([]), json!(["sys_admin", "auditor", "member"])] {
            world.admin("PATCH", &owner, Some(json!({"roles": roles}))).expect_problem(409, "conflict");
        }
        world.admin("POST", &format!("{owner}/disable"), None).expect_problem(409, "conflict");
        assert_eq!(Tables::of(&world).dump(), before);
        world.admin_as(&token, "GET", "/members", None).expect_problem(401, "invalid-token");
        // Once there is another account holder, the first one may be removed.
        world.member("third@acme.example", &["account_holder"]);
        world.admin("PATCH", &owner, Some(json!({"roles": ["member"]}))).expect(200);
        world.admin("GET", "/members", None).expect_problem(403, "forbidden");
    }

    fn removed_role_is_lost_at_the_next_request(world: World) {
        let (id, token) = world.member("sys@acme.example", &["sys_admin"]);
        let body = |name: &str| Some(json!({"name": name}));
        world.admin_as(&token, "POST", "/groups", body("one")).expect(201);
        let edited = world
            .admin("PATCH", &format!("/members/{id}"), Some(json!({"roles": ["auditor"]})))
            .expect(200)
            .json();
        assert_eq!(edited["receipt"]["outcome"], "confirmed");
        world.admin_as(&token, "POST", "/groups", body("two")).expect_problem(403, "forbidden");
        world.admin_as(&token, "GET", "/groups", None).expect(200);
        world.admin("PATCH", &format!("/members/{id}"), Some(json!({"roles": ["member"]}))).expect(200);
        world.admin_as(&token, "GET", "/groups", None).expect_problem(403, "forbidden");
        world.admin("PATCH", &format!("/members/{id}"), Some(json!({"roles": ["sys_admin"]}))).expect(200);
        world.admin_as(&token, "POST", "/groups", body("three")).expect(201);
        assert_eq!(column(&world.admin("GET", "/groups", None), "name"), ["one", "three"]);
    }

    fn token_of_a_disabled_member_ends_immediately_and_permanently(world: World) {
        let (id, token) = world.member("sys@acme.example", &["sys_admin"]);
        world.admin_as(&token, "GET", "/groups", None).expect(200);
        assert_eq!(disable(&world, &world.owner, &id).expect(200).json()["outcome"], "confirmed");
        for _ in 0..2 {
            world.admin_as(&token, "GET", "/groups", None).expect_problem(401, "invalid-token");
            let body = Some(json!({"name": "g"}));
            world.admin_as(&token, "POST", "/groups", body).expect_problem(401, "invalid-token");
            world.restart();
        }
        let shown = world.admin("GET", &format!("/members/{id}"), None).expect(200).json();
        assert_eq!(
            (&shown["status"], &shown["disabled_at"]),
            (&json!("disabled"), &json!("2027-01-31T12:00:00Z"))
        );
        let before = Tables::of(&world).dump();
        disable(&world, &world.owner, &id).expect(200);
        assert_eq!(Tables::of(&world).dump(), before);
    }

    fn member_may_disable_themselves_unless_they_are_the_last_holder(world: World) {
        let (id, token) = world.member("sys@acme.example", &["sys_admin"]);
        disable(&world, &token, &id).expect(200);
        disable(&world, &token, &id).expect_problem(401, "invalid-token");
    }

    fn service_credential_never_administers(world: World) {
        world.group("everything", &["ci:read", "source:read-update"]).resource("studio/s", &["view"]);
        let credential = world.credential("nightly", &["everything"]);
        let token = world.token(&credential);
        let before = Tables::of(&world).dump();
        let own = format!("/service-credentials/{}", credential.id);
        for path in [
            "",
            "/service-credentials",
            &own,
            "/groups",
            "/scopes",
            "/members",
            "/audit-events",
            "/personal-access-tokens",
        ] {
            world.admin_as(&token, "GET", path, None).expect_problem(403, "forbidden");
        }
        let create = json!({"name": "n", "validity_days": 30, "token_ttl_seconds": 900});
        let personal = json!({"expires_at": "2027-02-01T00:00:00Z", "scopes": ["admin:read"]});
        for (method, path, body) in [
            ("POST", "/service-credentials", create),
            ("PATCH", &own, json!({"groups": []})),
            ("POST", &format!("{own}/revoke"), json!({"name": "nightly"})),
            ("POST", "/groups", json!({"name": "g"})),
            ("POST", "/personal-access-tokens", personal),
        ] {
            world.admin_as(&token, method, path, Some(body)).expect_problem(403, "forbidden");
        }
        assert_eq!(Tables::of(&world).dump(), before);
        // The token of a revoked credential is invalid.
        world.revoke(&credential).expect(200);
        world.admin_as(&token, "GET", "/groups", None).expect_problem(401, "invalid-token");
    }

    fn member_reads_back_as_created_and_edited(world: World) {
        world.group("readers", &["ci:read"]);
        let body = json!({
            "email": "Ada@Acme.Example", "name": "Ada Lovelace", "roles": ["member", "auditor"],
            "groups": ["readers"],
        });
        let created = world.admin("POST", "/members", Some(body)).expect(201).json();
        assert_eq!((&created["email"], &created["status"]), (&json!("ada@acme.example"), &json!("active")));
        let path = format!("/members/{}", text(&created["id"]));
        assert_eq!(world.admin("GET", &path, None).expect(200).json(), created);
        let again = new_member("ADA@acme.example", &["member"]);
        world.admin("POST", "/members", again).expect_problem(409, "conflict");
        let edited = world.admin("PATCH", &path, Some(json!({"name": "A. L."}))).expect(200).json();
        assert_eq!(
            (&edited["name"], &edited["roles"], &edited["groups"]),
            (&json!("A. L."), &created["roles"], &created["groups"])
        );
        assert_eq!(edited["receipt"], Value::Null);
        assert_eq!(items(&world.admin("GET", "/members", None)).len(), 2);
    }

    fn invalid_member_fields_are_named_and_change_nothing(world: World) {
        let (id, _) = world.member("ada@acme.example", &["member"]);
        let before = Tables::of(&world).dump();
        for (body, fields) in [
            (json!({}), vec!["email", "name", "roles"]),
            (
                json!({"email": "no address", "name": "", "roles": ["root"], "groups": "x", "password": "y"}),
                vec!["email", "groups", "name", "password", "roles"],
            ),
            (json!({"email": "a@b\u{0}", "name": "n", "roles": []}), vec!["email"]),
            (
                json!({"email": 1, "name": 2, "roles": [3], "groups": [4]}),
                vec!["email", "groups", "name", "roles"],
            ),
            (json!({"email": "b@b", "name": "n", "roles": "member"}), vec!["roles"]),
            (json!({"email": "b@b", "name": "n", "roles": ["Member"]}), vec!["roles"]),
            (json!({"email": "b@b", "name": "n", "roles": [], "groups": ["nobody"]}), vec!["groups"]),
        ] {
            let refused = world.admin("POST", "/members", Some(body.clone())).expect_problem(422, "invalid");
            assert_eq!(fields_at_fault(&refused.json()), fields, "{body}");
        }
        for field in ["id", "email", "status", "disabled_at", "created_at", "updated_at"] {
            let edit = Some(json!({field: "x"}));
            let refused =
                world.admin("PATCH", &format!("/members/{id}"), edit).expect_problem(422, "immutable-field");
            assert_eq!(fields_at_fault(&refused.json()), [field]);
            assert!(!refused.text().contains("service credential"));
        }
        assert_eq!(Tables::of(&world).dump(), before);
    }

    fn each_role_can_be_given_alone_or_together_or_not_at_all(world: World) {
        for (index, roles) in
            [&ROLES[..1], &ROLES[1..2], &ROLES[2..3], &ROLES[3..], &ROLES, &[]].into_iter().enumerate()
        {
            let created = world
                .admin("POST", "/members", new_member(&format!("m{index}@acme.example"), roles))
                .expect(201);
            assert_eq!(created.json()["roles"], json!(roles));
        }
    }
}
