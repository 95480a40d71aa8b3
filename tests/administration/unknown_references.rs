//! Groups, resources, actions and scopes that do not exist: all of a body are refused at once, and nothing changes.

use serde_json::{Value, json};

use crate::tables::Tables;
use claviger_testkit::on_both_databases;
use claviger_testkit::world::World;

/// Names that do not exist, by the member that refers to them, and text that names each in an error.
fn references() -> [(&'static str, Value, Vec<&'static str>); 3] {
    [
        ("groups", json!(["nobody", "builders", "noone"]), vec!["nobody", "noone"]),
        (
            "resources",
            json!([
                {"resource": "app/none", "actions": ["run"]},
                {"resource": "app/shop", "actions": ["run", "jump", "fly"]},
                {"resource": "app/void", "actions": ["run"]},
            ]),
            vec!["app/none", "jump", "fly", "app/void"],
        ),
        ("scopes", json!(["no:scope", "ci:read", "app/shop:jump"]), vec!["no:scope", "app/shop:jump"]),
    ]
}

/// Every operation whose body refers to others: method, path, and the rest of a valid body.
fn referring(world: &World) -> Vec<(&'static str, String, Value, Vec<&'static str>)> {
    let credential = world.credential("nightly", &[]);
    let (member, _) = world.member("ada@acme.example", &["member"]);
    let application = json!({"name": "desk", "scopes": ["ci:read"]});
    let made = world.admin("POST", "/application-credentials", Some(application)).expect(201).json();
    let application = made["id"].as_str().expect("an id");
    let until = "2028-01-01T00:00:00Z";
    let (both, group, scopes) = (vec!["groups", "resources"], vec!["scopes", "resources"], vec!["scopes"]);
    let new = json!({"name": "new", "validity_days": 30, "token_ttl_seconds": 900});
    vec![
        ("POST", "/service-credentials".to_owned(), new, both.clone()),
        ("PATCH", format!("/service-credentials/{}", credential.id), json!({}), both),
        ("POST", "/groups".to_owned(), json!({"name": "new"}), group.clone()),
        ("PATCH", "/groups/builders".to_owned(), json!({}), group),
        (
            "POST",
            "/members".to_owned(),
            json!({"email": "b@acme.example", "name": "B", "roles": []}),
            vec!["groups"],
        ),
        ("PATCH", format!("/members/{member}"), json!({}), vec!["groups"]),
        ("POST", "/api-tokens".to_owned(), json!({"expires_at": until}), scopes.clone()),
        ("POST", "/personal-access-tokens".to_owned(), json!({"expires_at": until}), scopes.clone()),
        ("POST", "/application-credentials".to_owned(), json!({"name": "new"}), scopes.clone()),
        ("PATCH", format!("/application-credentials/{application}"), json!({}), scopes),
    ]
}

on_both_databases! {
    fn every_unknown_reference_of_a_body_is_named_at_once(world: World) {
        world.group("builders", &["ci:read"]);
        let resource = json!({"type": "app", "name": "shop", "actions": ["run"]});
        world.admin("POST", "/resources", Some(resource)).expect(201);
        let referring = referring(&world);
        let before = Tables::of(&world).dump();
        for (method, path, mut body, members) in referring {
            let mut expected = Vec::new();
            for (member, value, unknown) in references().into_iter().filter(|(name, ..)| members.contains(name)) {
                body[member] = value;
                expected.extend(unknown.into_iter().map(|unknown| (member, unknown)));
            }
            let answer = world.admin(method, &path, Some(body)).expect_problem(422, "invalid").json();
            let errors = answer["errors"].as_array().expect("errors").clone();
            for (member, unknown) in &expected {
                let names = |error: &&Value| {
                    error["field"] == *member
                        && error["detail"].as_str().is_some_and(|detail| detail.contains(unknown))
                };
                assert!(errors.iter().any(|error| names(&error)), "{method} {path}: {unknown} in {errors:?}");
            }
            assert_eq!(errors.len(), expected.len(), "{method} {path}: {errors:?}");
        }
        assert_eq!(Tables::of(&world).dump(), before);
    }
}
