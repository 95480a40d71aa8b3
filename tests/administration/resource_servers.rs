//! `/resource-servers`: services that receive tokens, each with its own audience and key.

use serde_json::{Value, json};

use crate::answers::{column, fields_at_fault, items, text};
use crate::tables::Tables;
use claviger_testkit::http::Request;
use claviger_testkit::on_both_databases;

const PATH: &str = "/resource-servers";

on_both_databases! {
    fn resource_server_key_is_shown_only_once(world: World) {
        let body = json!({"name": "builds", "audience": "https://builds.example.org/api?v=1"});
        let created = world.admin("POST", PATH, Some(body)).expect(201).json();
        let key = text(&created["client_key"]);
        assert_eq!((key.len(), &key[..5]), (43, "clvk_"));
        assert_eq!(created["id"], created["client_id"]);
        let mut expected = created.clone();
        expected.as_object_mut().expect("an object").remove("client_key");
        let observed = json!({"tier": "T3", "last_heard_at": null, "instances": 0});
        expected.as_object_mut().expect("an object").extend(observed.as_object().expect("an object").clone());
        let own = format!("{PATH}/{}", text(&created["id"]));
        assert_eq!(world.admin("GET", &own, None).expect(200).json(), expected);
        assert_eq!(items(&world.admin("GET", PATH, None).expect(200)), [expected]);
    }

    fn invalid_resource_server_fields_are_named_and_change_nothing(world: World) {
        let issuer = world.issuer();
        world.resource_server("builds", "https://builds.example.org");
        let before = Tables::of(&world).dump();
        for (body, fields) in [
            (json!({}), vec!["audience", "name"]),
            (
                json!({"name": "", "audience": "builds", "client_id": "mine"}),
                vec!["audience", "client_id", "name"],
            ),
            (json!({"name": 1, "audience": 2}), vec!["audience", "name"]),
            (json!({"name": "n", "audience": null}), vec!["audience"]),
            (json!({"name": "n", "audience": "/builds"}), vec!["audience"]),
            (json!({"name": "n", "audience": "https://a.example#fragment"}), vec!["audience"]),
            (json!({"name": "n", "audience": "https://a.example/ü"}), vec!["audience"]),
            (json!({"name": "n", "audience": "https://a.example/\u{0}"}), vec!["audience"]),
            (
                json!({"name": "n", "audience": format!("https://a.example/{}", "x".repeat(512))}),
                vec!["audience"],
            ),
            (json!({"name": "n", "audience": issuer}), vec!["audience"]),
        ] {
            let refused = world.admin("POST", PATH, Some(body.clone())).expect_problem(422, "invalid");
            assert_eq!(fields_at_fault(&refused.json()), fields, "{body}");
        }
        for taken in [
            json!({"name": "other", "audience": "https://builds.example.org"}),
            json!({"name": "builds", "audience": "https://other.example.org"}),
        ] {
            world.admin("POST", PATH, Some(taken)).expect_problem(409, "conflict");
        }
        assert_eq!(Tables::of(&world).dump(), before);
    }

    fn deleted_resource_server_is_refused_and_its_tokens_end(world: World) {
        let credential = world.credential("nightly", &[]);
        let builds = world.resource_server("builds", "https://builds.example.org");
        let other = world.resource_server("other", "https://other.example.org");
        let for_builds = world.token_with(&credential, &[("resource", "https://builds.example.org")]);
        let for_all = world.token(&credential);
        world.assert_active(&builds, &for_builds);
        let own = format!("{PATH}/{}", builds.id);
        assert_eq!(world.admin("DELETE", &own, None).expect(200).json()["outcome"], "confirmed");
        world.admin("GET", &own, None).expect_problem(404, "not-found");
        // Already deleted: the same receipt.
        world.admin("DELETE", &own, None).expect(200);
        world.send(&world.introspection_request(&builds, &for_all)).expect_oauth_error(401, "invalid_client");
        world
            .send(&world.token_request(&credential, &[("resource", "https://builds.example.org")]))
            .expect_oauth_error(400, "invalid_target");
        world.assert_active(&other, &for_all);
        let who = |token: &str| world.send(&Request::get(&world.path("/whoami")).bearer(token)).status;
        assert_eq!((who(&for_builds), who(&for_all)), (401, 200));
        // Another server may take the name and the audience. The old tokens are not valid for it.
        let successor = world.resource_server("builds", "https://builds.example.org");
        assert_ne!(successor.id, builds.id);
        world.assert_inactive(&successor, &for_builds);
        world.assert_active(
            &successor,
            &world.token_with(&credential, &[("resource", "https://builds.example.org")]),
        );
        world.restart();
        world.assert_inactive(&successor, &for_builds);
    }

    fn list_is_paged_in_order_of_creation(world: World) {
        let ids: Vec<String> = (0..5)
            .map(|index| world.resource_server(&format!("{}", 9 - index), &format!("urn:example:{index}")).id)
            .collect();
        let first = world.admin("GET", &format!("{PATH}?limit=2"), None).expect(200);
        assert_eq!(column(&first, "id"), ids[..2]);
        world.admin("DELETE", &format!("{PATH}/{}", ids[1]), None).expect(200);
        let next = text(&first.json()["next_cursor"]);
        let rest = world.admin("GET", &format!("{PATH}?limit=200&cursor={next}"), None).expect(200);
        assert_eq!(column(&rest, "id"), ids[2..]);
        assert_eq!(rest.json()["next_cursor"], Value::Null);
    }
}
