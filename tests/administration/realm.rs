//! The realm itself: its settings and its signing keys.

use serde_json::{Value, json};

use crate::answers::{fields_at_fault, items};
use crate::tables::Tables;
use claviger_testkit::http::Request;
use claviger_testkit::on_both_databases;

on_both_databases! {
    fn settings_are_shown_and_edited_one_by_one(world: World) {
        let before = world.admin("GET", "", None).expect(200).json();
        assert_eq!(before["realm"], "acme");
        assert_eq!(before["issuer"], world.issuer());
        assert_eq!(
            (&before["service_credentials"], &before["require_resource"]),
            (&json!(true), &json!(false))
        );
        assert_eq!(before["default_alg"], "ES256");
        world.clock.advance_seconds(1);
        let edit = json!({"display_name": "Acme, Inc.", "require_resource": true});
        let mut edited = world.admin("PATCH", "", Some(edit)).expect(200).json();
        let receipt = edited.as_object_mut().expect("an object").remove("receipt").expect("a member");
        assert_eq!(receipt["outcome"], "confirmed", "tokens for the whole realm are not given any more");
        let mut expected = before.clone();
        expected["display_name"] = json!("Acme, Inc.");
        expected["require_resource"] = json!(true);
        expected["updated_at"] = json!("2027-01-31T12:00:01Z");
        assert_eq!(edited, expected);
        assert_eq!(world.admin("GET", "", None).expect(200).json(), expected);
    }

    fn invalid_setting_is_named_and_changes_nothing(world: World) {
        let before = Tables::of(&world).dump();
        for (body, fields) in [
            (
                json!({"service_credentials": "yes", "require_resource": 1}),
                vec!["require_resource", "service_credentials"],
            ),
            (json!({"display_name": "a\u{0}b", "default_alg": "HS256"}), vec!["default_alg", "display_name"]),
            (json!({"default_alg": "none"}), vec!["default_alg"]),
            (
                json!({"default_alg": null, "service_credentials": null}),
                vec!["default_alg", "service_credentials"],
            ),
        ] {
            let refused = world.admin("PATCH", "", Some(body.clone())).expect_problem(422, "invalid");
            assert_eq!(fields_at_fault(&refused.json()), fields, "{body}");
        }
        assert_eq!(Tables::of(&world).dump(), before);
    }

    fn signing_key_list_matches_the_published_keys(world: World) {
        let keys = items(&world.admin("GET", "/signing-keys", None).expect(200));
        let mut statuses: Vec<&Value> = keys.iter().map(|key| &key["status"]).collect();
        statuses.sort_by_key(|status| status.to_string());
        assert_eq!(statuses, ["active", "next"]);
        let published = world.send(&Request::get(&world.path("/oauth2/jwks"))).expect(200).json();
        for (listed, public) in keys.iter().zip(published["keys"].as_array().expect("keys")) {
            assert_eq!((&listed["kid"], &listed["alg"]), (&public["kid"], &public["alg"]));
            let members: Vec<&String> = listed.as_object().expect("an object").keys().collect();
            let expected = ["alg", "created_at", "ends_at", "kid", "retired_at", "status", "usable_at"];
            assert_eq!(members, expected);
        }
    }
}
