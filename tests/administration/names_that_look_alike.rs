//! Names contain no invisible characters, and two spellings of one name are the same name in every request.

use serde_json::{Value, json};

use crate::answers::{faults, fields_at_fault, items};
use crate::tables::Tables;
use claviger_testkit::http::Request;
use claviger_testkit::on_both_databases;
use claviger_testkit::world::World;

const UNSEEN: [(&str, &str); 14] = [
    ("nightly\u{200b}", "U+200B"),
    ("night\u{200d}ly", "U+200D"),
    ("\u{3164}", "U+3164"),
    ("\u{ffa0}nightly", "U+FFA0"),
    ("nightly\u{115f}", "U+115F"),
    ("\u{202e}ylthgin", "U+202E"),
    ("nightly\u{fe0f}", "U+FE0F"),
    ("night\u{ad}ly", "U+00AD"),
    ("nightly\u{e0041}", "U+E0041"),
    ("night\u{34f}ly", "U+034F"),
    ("night\u{2800}ly", "U+2800"),
    ("night\u{a0}ly", "U+00A0"),
    ("\u{feff}nightly", "U+FEFF"),
    ("night\0ly", "U+0000"),
];

const COMPOSED: &str = "caf\u{e9}";
const DECOMPOSED: &str = "cafe\u{301}";

/// Path and body of every request that names something.
fn namings(name: &str) -> Vec<(&'static str, Value)> {
    let credential = json!({"name": name, "validity_days": null, "token_ttl_seconds": 900});
    let member = json!({"email": "a@acme.example", "name": name, "roles": ["member"]});
    vec![
        ("/service-credentials", credential),
        ("/groups", json!({"name": name, "scopes": [], "resources": []})),
        ("/resource-servers", json!({"name": name, "audience": "https://other.example"})),
        ("/members", member),
        ("/application-credentials", json!({"name": name, "scopes": ["ci:read"], "expires_at": null})),
    ]
}

fn percent(name: &str) -> String {
    name.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

on_both_databases! {
    fn invisible_characters_are_refused_by_code_point(world: World) {
        world.group("builders", &["ci:read"]);
        for (name, code) in UNSEEN {
            for (path, body) in namings(name) {
                let refused = world.admin("POST", path, Some(body)).expect(422).json();
                assert_eq!(fields_at_fault(&refused), ["name"], "{path}");
                assert!(faults(&refused).contains(code), "{path}: {refused}");
            }
        }
        for text in ["\u{202e}abc", "a\u{2066}b", "a\0b", "a\u{7f}"] {
            let edit = json!({"description": text});
            let refused = world.admin("PATCH", "/groups/builders", Some(edit)).expect(422).json();
            assert_eq!(fields_at_fault(&refused), ["description"]);
            let refused = world.admin("PATCH", "", Some(json!({"display_name": text}))).expect(422).json();
            assert_eq!(fields_at_fault(&refused), ["display_name"]);
        }
        world.admin("PATCH", "/groups/builders", Some(json!({"description": "one\ntwo 👩‍💻"}))).expect(200);
    }

    fn two_spellings_are_one_name(world: World) {
        world.group("builders", &["ci:read"]);
        for (path, body) in namings(DECOMPOSED) {
            let made = world.admin("POST", path, Some(body)).expect(201).json();
            assert_eq!(made["name"], COMPOSED, "{path}");
        }
        for path in ["/service-credentials", "/groups"] {
            let (_, body) = namings(COMPOSED).into_iter().find(|(known, _)| *known == path).expect("one");
            world.admin("POST", path, Some(body)).expect(409);
        }
        for spelling in [COMPOSED, DECOMPOSED] {
            let shown = world.admin("GET", &format!("/groups/{}", percent(spelling)), None).expect(200).json();
            assert_eq!(shown["name"], COMPOSED);
            let found = world.admin("GET", &format!("/service-credentials?q={}", percent(spelling)), None);
            assert_eq!(items(&found.expect(200)).len(), 1);
        }
        let credential = &items(&world.admin("GET", "/service-credentials", None).expect(200))[0];
        let path = format!("/service-credentials/{}", credential["id"].as_str().expect("an id"));
        let edited = world.admin("PATCH", &path, Some(json!({"groups": [DECOMPOSED]}))).expect(200).json();
        assert_eq!(edited["groups"], json!([COMPOSED]));
        world.admin("POST", &format!("{path}/revoke"), Some(json!({"name": DECOMPOSED}))).expect(200);
    }

    /// Names from before the rule remain. They can be read, referenced and removed.
    fn older_names_stay_readable(world: World) {
        let mut world = world;
        world.group("old", &["ci:read"]);
        let client = world.credential("older", &["old"]);
        let (group, name) = ("ol\u{200b}d", "ol\u{3164}der");
        let tables = Tables::of(&world);
        world.stop();
        tables.execute(&format!("UPDATE \"group\" SET name = '{group}'"));
        tables.execute(&format!("UPDATE service_credential SET name = '{name}'"));
        // Recomputed at the start.
        tables.execute(&format!("UPDATE grant_set SET groups = '[\"{group}\"]', digest = ''"));
        world.restart();
        let shown = world.admin("GET", &format!("/service-credentials/{}", client.id), None).expect(200).json();
        assert_eq!((&shown["name"], &shown["groups"]), (&json!(name), &json!([group])));
        let keep = json!({"groups": [group], "resources": []});
        world.admin("PATCH", &format!("/service-credentials/{}", client.id), Some(keep)).expect(200);
        world.admin("GET", &format!("/groups/{}", percent(group)), None).expect(200);
        world.admin("DELETE", &format!("/groups/{}", percent(group)), None).expect(200);
        let revoke = format!("/service-credentials/{}/revoke", client.id);
        world.admin("POST", &revoke, Some(json!({"name": name}))).expect(200);
    }
}
