//! Malformed bodies and queries: refused, never a 500, and nothing changes.

use serde_json::{Value, json};

use crate::answers::{assert_shape, fields_at_fault};
use crate::tables::Tables;
use claviger_testkit::http::{Request, Response, send_raw};
use claviger_testkit::on_both_databases;
use claviger_testkit::randomness::SeededRandomness;
use claviger_testkit::world::World;

const REALM: &str = "/api/v1/realms/acme";

fn post(world: &World, path: &str, body: impl Into<Vec<u8>>) -> Response {
    let request = Request::new("POST", &format!("{REALM}{path}")).header("Content-Type", "application/json");
    world.send(&request.bearer(&world.owner).body(body))
}

/// A JSON object of exactly this many bytes that names a new group.
fn padded_group(bytes: usize) -> Vec<u8> {
    let object = br#"{"name":"padded"}"#;
    let mut body = object.to_vec();
    body.resize(bytes, b' ');
    body
}

/// Every creation request, with a valid body.
fn creations() -> [(&'static str, Value); 6] {
    [
        ("/service-credentials", json!({"name": "n", "validity_days": 30, "token_ttl_seconds": 900})),
        ("/groups", json!({"name": "n"})),
        ("/resources", json!({"type": "t", "name": "n", "actions": ["a"]})),
        ("/scopes", json!({"scope": "n"})),
        ("/members", json!({"email": "n@acme.example", "name": "N", "roles": []})),
        ("/resource-servers", json!({"name": "n", "audience": "urn:example:n"})),
    ]
}

on_both_databases! {
    fn wait_accepts_only_nodes_and_verifiers(world: World) {
        let credential = world.group("builders", &["ci:read"]).credential("nightly", &["builders"]);
        let path = format!("/service-credentials/{}", credential.id);
        let acts = [
            ("PATCH", "/groups/builders".to_owned(), json!({"scopes": []})),
            ("PATCH", path.clone(), json!({"groups": []})),
            ("POST", format!("{path}/revoke"), json!({"name": "nightly"})),
            ("DELETE", "/groups/builders".to_owned(), Value::Null),
        ];
        let body_of = |body: &Value| (!body.is_null()).then(|| body.clone());
        let before = Tables::of(&world).dump();
        for (method, path, body) in &acts {
            for wait in ["nobody", "", "nodes,verifiers", "Nodes"] {
                let answer = world.admin(method, &format!("{path}?wait={wait}"), body_of(body)).expect(422);
                assert_eq!(fields_at_fault(&answer.json()), ["wait"], "{method} {path} {wait}");
            }
        }
        assert_eq!(Tables::of(&world).dump(), before);
        for ((method, path, body), wait) in acts.iter().zip(["nodes", "verifiers", "nodes", "verifiers"]) {
            world.admin(method, &format!("{path}?wait={wait}"), body_of(body)).expect(200);
        }
    }

    fn body_that_is_not_a_json_object_is_malformed(world: World) {
        let nested = |depth: usize| [b"[".repeat(depth), b"]".repeat(depth)].concat();
        let bodies: Vec<Vec<u8>> = [
            "",
            " ",
            "{",
            "}",
            "[]",
            "\"name\"",
            "null",
            "true",
            "1",
            "{\"name\":\"x\"",
            "{'name':'x'}",
            "{\"name\":\"x\",}",
            "{\"name\":NaN}",
            "{name:\"x\"}",
            "{\"name\":\"\\ud800\"}",
            "{\"name\":\"\\x\"}",
            "{} {}",
            "{}x",
            "\u{feff}{\"name\":\"x\"}",
            "{\"name\":\"a\nb\"}",
            "{\"name\":01}",
            "{\"name\":\"x\",\"name\":\"x\"}",
            "{\"name\":{\"a\":1,\"a\":2}}",
            "{\"name\":1e999999}",
            "name=x",
            "<name>x</name>",
            "\0",
            "{\"name\":\"\0\"}",
        ]
        .map(|text| text.as_bytes().to_vec())
        .into_iter()
        .chain([
            b"{\"name\":\"\xff\xfe\"}".to_vec(),
            vec![0xff; 100],
            nested(30_000),
            b"[".repeat(60_000),
            b"{\"a\":".repeat(10_000),
        ])
        .collect();
        let before = Tables::of(&world).dump();
        for body in bodies {
            for (path, _) in creations() {
                let shown = String::from_utf8_lossy(&body[..body.len().min(40)]).into_owned();
                let answer = post(&world, path, body.clone());
                assert_eq!(answer.status, 400, "{path} {shown}: {}", answer.text());
                answer.expect_problem(400, "malformed");
            }
        }
        // T-27: 32 levels deep it is an invalid value; deeper, it is a malformed request.
        let inside = |depth: usize| [b"{\"name\":".to_vec(), nested(depth), b"}".to_vec()].concat();
        post(&world, "/groups", inside(31)).expect_problem(422, "invalid");
        post(&world, "/groups", inside(32)).expect_problem(400, "malformed");
        assert_eq!(Tables::of(&world).dump(), before);
    }

    fn body_is_limited_to_64_kib(world: World) {
        post(&world, "/groups", padded_group(64 * 1024)).expect(201);
        let before = Tables::of(&world).dump();
        for bytes in [64 * 1024 + 1, 1_000_000] {
            post(&world, "/groups", padded_group(bytes)).expect_problem(413, "too-large");
        }
        let chunk = format!("{:x}\r\n{}\r\n", 40_000, " ".repeat(40_000));
        let lines = [
            &format!("POST {REALM}/groups HTTP/1.1"),
            "Host: x",
            &format!("Authorization: Bearer {}", world.owner),
            "Content-Type: application/json",
            "Transfer-Encoding: chunked",
            "",
            &format!("{chunk}{chunk}0\r\n\r\n"),
        ];
        let chunked = send_raw(world.address, lines.join("\r\n").as_bytes(), false);
        chunked.expect_problem(413, "too-large");
        assert_eq!(Tables::of(&world).dump(), before);
    }

    fn body_of_another_media_type_is_unsupported(world: World) {
        let before = Tables::of(&world).dump();
        for (path, body) in creations() {
            let body = serde_json::to_vec(&body).expect("JSON");
            let bare = Request::new("POST", &format!("{REALM}{path}")).bearer(&world.owner).body(body);
            world.send(&bare).expect_problem(415, "unsupported-media-type");
            for wrong in [
                "text/plain",
                "application/x-www-form-urlencoded",
                "application/jsonp",
                "text/json",
                "multipart/form-data; boundary=x",
                "",
                ";",
                "*/*",
            ] {
                world
                    .send(&bare.clone().header("Content-Type", wrong))
                    .expect_problem(415, "unsupported-media-type");
            }
        }
        assert_eq!(Tables::of(&world).dump(), before);
        for (index, right) in
            ["application/json", "application/json; charset=utf-8", "Application/JSON;charset=UTF-8"]
                .into_iter()
                .enumerate()
        {
            let body = json!({"name": format!("g{index}")}).to_string();
            let request = Request::new("POST", &format!("{REALM}/groups")).header("Content-Type", right);
            world.send(&request.bearer(&world.owner).body(body)).expect(201);
        }
    }

    fn query_of_a_list_is_validated(world: World) {
        world.group("g", &["ci:read"]);
        for list in [
            "/service-credentials",
            "/groups",
            "/resources",
            "/scopes",
            "/members",
            "/personal-access-tokens",
            "/resource-servers",
            "/signing-keys",
            "/audit-events",
        ] {
            for (query, field) in [
                ("limit=0", "limit"),
                ("limit=201", "limit"),
                ("limit=%00", "limit"),
                ("limit=%ff", "limit"),
                ("limit=1&limit=x", "limit"),
            ] {
                let refused =
                    world.admin("GET", &format!("{list}?{query}"), None).expect_problem(422, "invalid");
                assert_eq!(fields_at_fault(&refused.json()), [field], "{list}?{query}");
            }
            for query in ["cursor=%00", "cursor=%ff", "cursor=' OR 1=1 --", "&&&", "=", "%", "?", "limit"] {
                let answer = world.admin("GET", &format!("{list}?{}", query.replace(' ', "%20")), None);
                assert!(matches!(answer.status, 200 | 422), "{list}?{query}: {}", answer.text());
            }
        }
    }

    fn problem_names_the_error_and_its_fields(world: World) {
        let problem = world
            .admin("POST", "/service-credentials", Some(json!({"name": "", "validity_days": 1})))
            .expect(422);
        assert_shape("problem_invalid", &problem.json());
        let credential = world.credential("nightly", &[]);
        let edit = Some(json!({"name": "other"}));
        let problem =
            world.admin("PATCH", &format!("/service-credentials/{}", credential.id), edit).expect(422);
        assert_shape("problem_immutable_field", &problem.json());
    }

    fn thousand_malformed_requests_have_no_effect(world: World) {
        world.group("g", &["ci:read"]).resource("t/n", &["view"]);
        let before = Tables::of(&world).dump();
        let random = SeededRandomness::new(0x0bad_5eed);
        let pick = |choices: &[&str]| {
            choices[usize::try_from(random.below(choices.len() as u64)).expect("an index")].to_owned()
        };
        let methods = ["GET", "POST", "PATCH", "DELETE", "PUT", "HEAD"];
        let nouns = [
            "service-credentials",
            "groups",
            "resources",
            "scopes",
            "members",
            "personal-access-tokens",
            "resource-servers",
            "audit-events",
            "signing-keys",
            "",
        ];
        let ids = [
            "",
            "/",
            "/x",
            "/%00",
            "/%2e%2e",
            "/g%20",
            "/01890000-0000-7000-8000-000000000000",
            "/t/x",
            "/🦀",
            "?limit=%",
            "/x/revoke",
            "/x/disable",
        ];
        let tokens = [
            "{",
            "}",
            "[",
            "]",
            ",",
            ":",
            "\"",
            "\\u0000",
            "\"name\"",
            "\"g\"",
            "1e400",
            "-0",
            "null",
            "\"groups\"",
            "\"scopes\"",
            "\u{0}",
            "\u{feff}",
            "true",
            "\"expires_at\"",
        ];
        for _ in 0..1_000 {
            let (method, path) = (pick(&methods), format!("{REALM}/{}{}", pick(&nouns), pick(&ids)));
            let body: String = (0..random.below(12)).map(|_| pick(&tokens)).collect();
            let request = Request::new(&method, &path)
                .header("Content-Type", "application/json")
                .bearer(&world.owner)
                .body(body.clone());
            let status = world.send(&request).status;
            assert!(matches!(status, 200 | 400 | 404 | 405 | 422), "{method} {path} {body:?}: {status}");
            assert!(status != 200 || method == "GET" || body.starts_with('{'), "{method} {path} {body:?}");
        }
        assert_eq!(Tables::of(&world).dump(), before);
        world.admin("POST", "/groups", Some(json!({"name": "still at work"}))).expect(201);
    }
}
