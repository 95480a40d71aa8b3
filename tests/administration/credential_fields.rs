//! The fields of a service credential: every invalid value is named, and nothing changes.

use serde_json::{Value, json};

use crate::answers::{faults, fields_at_fault, items, text};
use crate::tables::Tables;
use claviger_testkit::http::Request;
use claviger_testkit::on_both_databases;
use claviger_testkit::world::World;

const PATH: &str = "/service-credentials";

/// A valid body, except for one field.
fn with(field: &str, value: Value) -> Value {
    let mut body = json!({"name": "nightly", "validity_days": 90, "token_ttl_seconds": 3600});
    body[field] = value;
    body
}

fn without(field: &str) -> Value {
    let mut body = with(field, Value::Null);
    body.as_object_mut().expect("an object").remove(field);
    body
}

/// Asserts that each body is refused for this field alone, and that none changes the database.
#[track_caller]
fn assert_refused(world: &World, field: &str, bodies: impl IntoIterator<Item = Value>) {
    let before = Tables::of(world).dump();
    for body in bodies {
        let refused = world.admin("POST", PATH, Some(body.clone())).expect_problem(422, "invalid");
        assert_eq!(fields_at_fault(&refused.json()), [field], "{body}");
    }
    assert_eq!(Tables::of(world).dump(), before);
}

#[track_caller]
fn assert_accepted(world: &World, bodies: impl IntoIterator<Item = Value>) {
    for (index, mut body) in bodies.into_iter().enumerate() {
        if body["name"] == "nightly" {
            body["name"] = json!(format!("nightly-{index}"));
        }
        let created = world.admin("POST", PATH, Some(body.clone())).expect(201).json();
        for (field, value) in body.as_object().expect("an object") {
            assert_eq!(&created[field], value, "{body}");
        }
    }
}

on_both_databases! {
    // S17
    fn name_out_of_its_bounds_is_refused(world: World) {
        let long = "ß".repeat(65);
        let texts = [
            "",
            " ",
            " nightly",
            "nightly ",
            "\u{a0}nightly",
            "nightly\u{3000}",
            "night\nly",
            "night\tly",
            "nightly\r\n",
            "night\0ly",
            "\0",
            "night\u{7f}ly",
            "night\u{85}ly",
            &long,
        ];
        let wrong_types =
            [json!(null), json!(1), json!(true), json!(["nightly"]), json!({"name": "nightly"})];
        let values = texts.iter().map(|name| json!(name)).chain(wrong_types);
        assert_refused(&world, "name", values.map(|value| with("name", value)).chain([without("name")]));
    }

    // S17
    fn name_within_its_bounds_is_stored_unchanged(world: World) {
        let names = [
            "x",
            &"ß".repeat(64),
            "Tech Products",
            "夜間ビルド",
            "مساء",
            "🚀 deploy",
            "a'b\"c\\d",
            "<b>&amp;</b>",
            "%s%00",
        ];
        assert_accepted(&world, names.map(|name| with("name", json!(name))));
    }

    // S17
    fn description_may_be_empty_or_long_but_not_too_long(world: World) {
        let good = ["", " ", "line one\nline two\r\n\ttabbed", &"ß".repeat(1_000)];
        assert_accepted(&world, good.map(|text| with("description", json!(text))));
        assert_eq!(world.admin("GET", PATH, None).json()["items"].as_array().map(Vec::len), Some(4));
        let created = world.admin("POST", PATH, Some(with("name", json!("without")))).expect(201).json();
        assert_eq!(created["description"], "");
        let bad = [
            json!("ß".repeat(1_001)),
            json!("a\0b"),
            json!("a\u{1b}[31mb"),
            json!(7),
            json!(["a"]),
            json!({}),
        ];
        assert_refused(&world, "description", bad.map(|value| with("description", value)));
    }

    // S18
    fn validity_is_a_whole_number_of_days_from_30_to_365_or_null(world: World) {
        assert_accepted(
            &world,
            [json!(30), json!(31), json!(90), json!(180), json!(365), json!(null)]
                .map(|days| with("validity_days", days)),
        );
        let bad = [
            json!(29),
            json!(366),
            json!(0),
            json!(-1),
            json!(-30),
            json!(30.5),
            json!(90.0),
            json!("30"),
            json!("never"),
            json!(true),
            json!([30]),
            json!({"days": 30}),
            json!(65_626),
            json!(4_294_967_386_u64),
            json!(u64::MAX),
            json!(i64::MIN),
            json!(1e300),
        ];
        let missing = without("validity_days");
        assert_refused(
            &world,
            "validity_days",
            bad.map(|value| with("validity_days", value)).into_iter().chain([missing]),
        );
    }

    // S22
    fn token_lifetime_is_whole_minutes_from_15_minutes_to_a_day(world: World) {
        let good = [900, 960, 3_600, 7_200, 28_800, 86_340, 86_400];
        assert_accepted(&world, good.map(|seconds| with("token_ttl_seconds", json!(seconds))));
        let bad = [
            json!(899),
            json!(86_401),
            json!(901),
            json!(0),
            json!(-900),
            json!(840),
            json!(86_460),
            json!(900.5),
            json!(3600.0),
            json!("3600"),
            json!(null),
            json!(true),
            json!([]),
            json!({}),
            json!(4_294_968_196_u64),
            json!(u64::MAX),
            json!(i64::MIN),
        ];
        let missing = without("token_ttl_seconds");
        assert_refused(
            &world,
            "token_ttl_seconds",
            bad.map(|value| with("token_ttl_seconds", value)).into_iter().chain([missing]),
        );
    }

    fn groups_are_a_list_of_existing_names(world: World) {
        world.group("readers", &["ci:read"]);
        assert_accepted(&world, [json!([]), json!(["readers"])].map(|groups| with("groups", groups)));
        let bad = [
            json!(null),
            json!("readers"),
            json!({"readers": true}),
            json!([1]),
            json!([null]),
            json!([["readers"]]),
            json!([""]),
            json!(["Readers"]),
            json!(["readers "]),
            json!(["readers", "nobody"]),
            json!(["read\0ers"]),
        ];
        assert_refused(&world, "groups", bad.map(|value| with("groups", value)));
    }

    fn every_unknown_group_is_named(world: World) {
        world.group("readers", &["ci:read"]);
        let body = with("groups", json!(["readers", "Writers", "夜間"]));
        let problem = world.admin("POST", PATH, Some(body)).expect_problem(422, "invalid").json();
        let said = faults(&problem);
        assert!(said.contains("Writers") && said.contains("夜間") && !said.contains("readers"), "{said}");
    }

    fn resources_grant_only_actions_that_the_resource_offers(world: World) {
        world.resource("studio/s", &["view", "manage"]);
        let grant = |actions: Value| json!([{"resource": "studio/s", "actions": actions}]);
        assert_accepted(
            &world,
            [json!([]), grant(json!(["view"])), grant(json!(["manage", "view"]))]
                .map(|value| with("resources", value)),
        );
        let bad = [
            json!(null),
            json!("studio/s"),
            json!({}),
            json!(["studio/s:view"]),
            json!([null]),
            json!([{"resource": "studio/s"}]),
            json!([{"actions": ["view"]}]),
            json!([{"resource": "studio/s", "actions": "view"}]),
            json!([{"resource": "studio/s", "actions": ["view"], "owner": "me"}]),
            json!([{"resource": "studio", "actions": ["view"]}]),
            json!([{"resource": 1, "actions": ["view"]}]),
            json!([{"resource": "studio/t", "actions": ["view"]}]),
            json!([{"resource": "Studio/s", "actions": ["view"]}]),
            json!([{"resource": "studio/s\0", "actions": ["view"]}]),
            grant(json!([])),
            grant(json!([1])),
            grant(json!(["delete"])),
            grant(json!(["view", "delete"])),
            grant(json!([""])),
            grant(json!(["*"])),
        ];
        assert_refused(&world, "resources", bad.map(|value| with("resources", value)));
    }

    fn every_unknown_resource_and_action_is_named(world: World) {
        world.resource("studio/s", &["view"]);
        let resources = json!([
            {"resource": "studio/s", "actions": ["view", "burn"]},
            {"resource": "studio/gone", "actions": ["view"]},
        ]);
        let problem = world
            .admin("POST", PATH, Some(with("resources", resources)))
            .expect_problem(422, "invalid")
            .json();
        assert_eq!(problem["errors"].as_array().map(Vec::len), Some(2));
        let said = faults(&problem);
        assert!(said.contains("\\\"burn\\\"") && said.contains("studio/gone"), "{said}");
    }

    fn unknown_and_read_only_members_are_refused_by_name(world: World) {
        for member in [
            "nmae",
            "Name",
            "expires_at",
            "client_id",
            "client_key",
            "id",
            "realm",
            "status",
            "owner",
            "",
            "🦀",
        ] {
            assert_refused(&world, member, [with(member, json!("x")), with(member, json!(null))]);
        }
    }

    fn all_errors_are_named_at_once(world: World) {
        let before = Tables::of(&world).dump();
        let body = json!({
            "name": " nightly", "description": 5, "validity_days": 29, "token_ttl_seconds": 901,
            "groups": "readers",
            "resources": [{"resource": "studio"}], "color": "blue",
        });
        let problem = world.admin("POST", PATH, Some(body)).expect_problem(422, "invalid").json();
        assert_eq!(
            fields_at_fault(&problem),
            ["color", "description", "groups", "name", "resources", "token_ttl_seconds", "validity_days"]
        );
        let empty = world.admin("POST", PATH, Some(json!({}))).expect_problem(422, "invalid").json();
        assert_eq!(fields_at_fault(&empty), ["name", "token_ttl_seconds", "validity_days"]);
        assert_eq!(Tables::of(&world).dump(), before);
    }

    fn group_and_resource_errors_are_named_together(world: World) {
        let body = json!({
            "name": "nightly", "validity_days": 90, "token_ttl_seconds": 3600, "groups": ["nobody"],
            "resources": [{"resource": "studio/gone", "actions": ["view"]}],
        });
        let problem = world.admin("POST", PATH, Some(body)).expect_problem(422, "invalid").json();
        assert_eq!(fields_at_fault(&problem), ["groups", "resources"]);
    }

    fn every_error_says_what_would_be_valid(world: World) {
        let body = json!({"name": "", "validity_days": 29, "token_ttl_seconds": 901});
        let problem = world.admin("POST", PATH, Some(body)).expect_problem(422, "invalid").json();
        let said = |field: &str| {
            let errors = problem["errors"].as_array().expect("errors");
            text(&errors.iter().find(|error| error["field"] == field).expect("this field")["detail"])
        };
        assert!(said("name").contains("1 to 64 characters"));
        assert!(said("validity_days").contains("30 to 365") && said("validity_days").contains("null"));
        assert!(said("token_ttl_seconds").contains("900") && said("token_ttl_seconds").contains("86400"));
    }
}
