//! `/service-credentials/import`: at most a thousand lines, and all of them or none.

use std::collections::HashSet;

use serde_json::{Value, json};

use crate::answers::{column, faults, fields_at_fault, items, text};
use crate::tables::Tables;
use claviger_testkit::http::{Request, Response};
use claviger_testkit::on_both_databases;
use claviger_testkit::world::{Client, World};

const PATH: &str = "/api/v1/realms/acme/service-credentials/import";

fn line(name: &str) -> Value {
    json!({"name": name, "validity_days": 90, "token_ttl_seconds": 3600})
}

fn body(lines: &[Value]) -> String {
    lines.iter().map(|line| format!("{line}\n")).collect()
}

fn send(world: &World, path: &str, media_type: &str, body: &str) -> Response {
    let request = Request::new("POST", path).header("Content-Type", media_type).bearer(&world.owner);
    world.send(&request.body(body))
}

fn import(world: &World, body: &str) -> Response {
    send(world, PATH, "application/jsonl", body)
}

on_both_databases! {
    fn thousand_credentials_are_imported_with_one_event_each(world: World) {
        world.group("builders", &["ci:read"]);
        let lines: Vec<Value> = (0..1_000)
            .map(|index| {
                let mut line = line(&format!("import-{index}"));
                line["groups"] = json!(["builders"]);
                line["description"] = json!("from elsewhere");
                line
            })
            .collect();
        let answer = import(&world, &body(&lines)).expect(201);
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        let made = items(&answer);
        let names: Vec<String> = made.iter().map(|item| text(&item["name"])).collect();
        assert_eq!(names, lines.iter().map(|line| text(&line["name"])).collect::<Vec<_>>());
        let keys: HashSet<String> = made.iter().map(|item| text(&item["client_key"])).collect();
        assert_eq!(keys.len(), 1_000);
        for item in [&made[0], &made[999]] {
            assert_eq!(item["id"], item["client_id"]);
            let client = Client { id: text(&item["id"]), key: text(&item["client_key"]), name: text(&item["name"]) };
            let token = world.send(&world.token_request(&client, &[])).expect(200).json();
            assert_eq!(token["scope"], "ci:read");
        }
        let tables = Tables::of(&world);
        let count = |sql: &str| tables.lines(sql)[0].clone();
        let events = "SELECT count(*) || '' AS line FROM audit_event WHERE action = 'service_credential.create'";
        assert_eq!(count(events), "1000");
        assert_eq!(count("SELECT count(*) || '' AS line FROM service_credential"), "1000");
        // In the order of the file.
        let listed = world.admin("GET", "/service-credentials?limit=200", None).expect(200);
        assert_eq!(column(&listed, "name"), names[..200]);
    }

    fn invalid_lines_are_named_with_their_field_and_nothing_is_made(world: World) {
        world.credential("taken", &[]);
        let before = Tables::of(&world).dump();
        let mut bad = vec![line("good"), line(" space"), line("twin"), line("ttl"), line("twin"), line("groups")];
        bad[3]["token_ttl_seconds"] = json!(1);
        bad[3]["color"] = json!("red");
        bad[3].as_object_mut().expect("an object").remove("validity_days");
        let unreadable = format!("{}[]\nnonsense\n\n", body(&bad[..4]));
        let refused = import(&world, &unreadable).expect_problem(422, "invalid").json();
        assert_eq!(
            fields_at_fault(&refused),
            [
                "line 2: name",
                "line 4: color",
                "line 4: token_ttl_seconds",
                "line 4: validity_days",
                "line 5",
                "line 6",
                "line 7",
            ]
        );
        // Errors that only the realm's state reveals, once every line can be read.
        bad[1] = line("fine");
        bad[3] = line("fine too");
        bad[5]["groups"] = json!(["nobody"]);
        let refused = import(&world, &body(&bad)).expect_problem(422, "invalid").json();
        assert_eq!(fields_at_fault(&refused), ["line 5: name", "line 6: groups"]);
        assert!(faults(&refused).contains("an earlier line has the name"), "{refused}");
        let refused = import(&world, &body(&[line("fine"), line("taken")])).expect_problem(409, "conflict").json();
        assert_eq!(fields_at_fault(&refused), ["line 2: name"]);
        let numbered = format!("{PATH}?first_line=2001");
        let refused = send(&world, &numbered, "application/x-ndjson", &body(&[line("taken")]));
        assert_eq!(fields_at_fault(&refused.expect_problem(409, "conflict").json()), ["line 2001: name"]);
        assert_eq!(Tables::of(&world).dump(), before);
    }

    fn excess_lines_large_bodies_and_wrong_forms_are_refused(world: World) {
        let before = Tables::of(&world).dump();
        let lines: Vec<Value> = (0..1_001).map(|index| line(&format!("c{index}"))).collect();
        for wrong in [body(&lines), String::new()] {
            let refused = import(&world, &wrong).expect_problem(422, "invalid").json();
            assert_eq!(fields_at_fault(&refused), ["body"]);
        }
        let large = "x".repeat(2 * 1024 * 1024 + 1);
        let refused = import(&world, &large).expect_problem(413, "too-large").json();
        assert!(text(&refused["detail"]).contains("2048 KiB"));
        for media_type in ["application/json", "text/plain", "application/x-www-form-urlencoded"] {
            send(&world, PATH, media_type, &body(&lines[..1])).expect_problem(415, "unsupported-media-type");
        }
        for bad in ["0", "x", "-1", "99999999999999999999"] {
            let path = format!("{PATH}?first_line={bad}");
            let refused = send(&world, &path, "application/jsonl", &body(&lines[..1])).expect_problem(422, "invalid");
            assert_eq!(fields_at_fault(&refused.json()), ["first_line"]);
        }
        let unsigned = Request::new("POST", PATH).header("Content-Type", "application/jsonl").body(large);
        assert_eq!(world.send(&unsigned).status, 401);
        assert_eq!(Tables::of(&world).dump(), before);
        // A body larger than an ordinary one, with the maximum number of lines.
        import(&world, &body(&lines[..1_000])).expect(201);
    }

    fn import_requires_the_right_to_create(world: World) {
        let (_, auditor) = world.member("aud@acme.example", &["auditor"]);
        let request = Request::new("POST", PATH).header("Content-Type", "application/jsonl").body(body(&[line("a")]));
        world.send(&request.clone().bearer(&auditor)).expect_problem(403, "forbidden");
        world.admin("PATCH", "", Some(json!({"service_credentials": false}))).expect(200);
        world.send(&request.bearer(&world.owner)).expect_problem(403, "forbidden");
        assert!(items(&world.admin("GET", "/service-credentials", None).expect(200)).is_empty());
    }
}
