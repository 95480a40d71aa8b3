//! Paths, ids and methods that match nothing: refused, never a 500, and nothing changes.

use serde_json::{Value, json};

use crate::answers::text;
use crate::tables::Tables;
use claviger_testkit::http::{Request, send_raw};
use claviger_testkit::on_both_databases;

const REALM: &str = "/api/v1/realms/acme";
const NO_ID: &str = "01890000-0000-7000-8000-000000000000";

on_both_databases! {
    fn unsupported_method_is_answered_with_the_allowed_ones(world: World) {
        world.group("g", &["ci:read"]);
        let before = Tables::of(&world).dump();
        for (path, allowed) in [
            ("", "GET, PATCH"),
            ("/service-credentials", "GET, POST"),
            (&format!("/service-credentials/{NO_ID}"), "GET, PATCH"),
            (&format!("/service-credentials/{NO_ID}/revoke"), "POST"),
            (&format!("/service-credentials/{NO_ID}/renew"), "POST"),
            (&format!("/service-credentials/{NO_ID}/usage"), "GET"),
            ("/service-credentials/import", "POST"),
            ("/groups", "GET, POST"),
            ("/groups/g", "GET, PATCH, DELETE"),
            ("/resources", "GET, POST"),
            ("/resources/t/n", "GET, PATCH, DELETE"),
            ("/scopes", "GET, POST"),
            ("/scopes/ci:read", "GET, PATCH, DELETE"),
            ("/members", "GET, POST"),
            (&format!("/members/{NO_ID}"), "GET, PATCH"),
            (&format!("/members/{NO_ID}/disable"), "POST"),
            ("/personal-access-tokens", "GET, POST"),
            (&format!("/personal-access-tokens/{NO_ID}/revoke"), "POST"),
            ("/resource-servers", "GET, POST"),
            (&format!("/resource-servers/{NO_ID}"), "GET, DELETE"),
            ("/signing-keys", "GET, POST"),
            ("/signing-keys/rotate", "POST"),
            ("/signing-keys/none/withdraw", "POST"),
            ("/audit-events", "GET"),
        ] {
            let allowed: Vec<&str> = allowed.split(", ").collect();
            for method in ["GET", "POST", "PUT", "PATCH", "DELETE", "TRACE", "OPTIONS", "BREW"] {
                if allowed.contains(&method) {
                    continue;
                }
                let answer =
                    world.send(&Request::new(method, &format!("{REALM}{path}")).bearer(&world.owner));
                assert_eq!(answer.status, 405, "{method} {path}");
                if method != "HEAD" {
                    let problem = answer.clone().expect_problem(405, "method-not-allowed");
                    assert!(problem.json()["detail"].as_str().is_some_and(|text| text.contains(method)));
                }
                let mut said: Vec<&str> =
                    answer.header("allow").expect("Allow").split(',').map(str::trim).collect();
                said.sort_unstable();
                let mut expected = allowed.clone();
                expected.sort_unstable();
                assert_eq!(said, expected, "{method} {path}");
            }
        }
        assert_eq!(Tables::of(&world).dump(), before);
    }

    fn id_of_another_realm_answers_like_an_unknown_id(world: World) {
        let credential = world.credential("nightly", &[]);
        let server = world.resource_server("builds", "https://builds.example.org");
        let (member, _) = world.member("ada@acme.example", &["member"]);
        let token = json!({"expires_at": "2028-01-01T00:00:00Z", "scopes": ["admin:read"]});
        let token =
            text(&world.admin("POST", "/personal-access-tokens", Some(token)).expect(201).json()["id"]);
        let owner = world.create_realm("globex");
        let before = Tables::of(&world).dump();
        for (method, path, id, body) in [
            ("GET", "/service-credentials/{}", &credential.id, None),
            ("PATCH", "/service-credentials/{}", &credential.id, Some(json!({"groups": []}))),
            ("POST", "/service-credentials/{}/revoke", &credential.id, Some(json!({"name": "nightly"}))),
            ("POST", "/service-credentials/{}/renew", &credential.id, Some(json!({"overlap_seconds": 0}))),
            ("GET", "/service-credentials/{}/usage", &credential.id, None),
            ("GET", "/members/{}", &member, None),
            ("PATCH", "/members/{}", &member, Some(json!({"name": "M"}))),
            ("POST", "/members/{}/invite", &member, None),
            ("POST", "/members/{}/reset-second-factor", &member, None),
            ("POST", "/members/{}/disable", &member, None),
            ("POST", "/personal-access-tokens/{}/revoke", &token, None),
            ("GET", "/resource-servers/{}", &server.id, None),
            ("DELETE", "/resource-servers/{}", &server.id, None),
            ("POST", "/members/{}/enable", &member, None),
            ("POST", "/resource-servers/{}/renew", &server.id, Some(json!({"overlap_seconds": 0}))),
        ] {
            let ask = |id: &str| {
                let path = format!("/api/v1/realms/globex{}", path.replace("{}", id));
                let request = match &body {
                    Some(body) => Request::json(method, &path, body),
                    None => Request::new(method, &path),
                };
                let answer = world.send(&request.bearer(&owner)).expect_problem(404, "not-found");
                let headers: Vec<_> = answer
                    .headers
                    .iter()
                    .filter(|(name, _)| !["date", "x-request-id"].contains(&name.as_str()))
                    .cloned()
                    .collect();
                (headers, answer.text().replace(id, "…"))
            };
            assert_eq!(ask(id), ask(NO_ID), "{method} {path}");
            let malformed = &NO_ID[..35];
            assert_eq!(ask(malformed).1, ask(NO_ID).1, "{method} {path}");
        }
        assert_eq!(Tables::of(&world).dump(), before);
    }

    fn malicious_path_finds_nothing(world: World) {
        let owner = world.create_realm("globex");
        world.group("g", &["ci:read"]);
        let before = Tables::of(&world).dump();
        let paths = [
            "/groups/",
            "//groups",
            "/groups/g/",
            "/groups//",
            "/groups/..",
            "/groups/%2e%2e",
            "/groups/%2E%2E%2Fmembers",
            "/groups/../members",
            "/%2e%2e/globex/groups",
            "/../globex/groups",
            "/..%2Fglobex/groups",
            "/groups/g%00",
            "/groups/%00",
            "/groups/%",
            "/groups/%zz",
            "/groups/%ff%fe",
            "/groups/%c0%ae",
            "/groups/g;a=b",
            "/groups/g%2F",
            "/groups/g%20",
            "/groups/%0d%0aX-Injected:%20yes",
            "/service-credentials/%00",
            "/service-credentials/..%2f..%2fgroups",
            "/resources/t",
            "/resources/t/n/x",
            "/resources/%2e%2e/n",
            "/resources/t/%2e%2e",
            "/scopes/%2e",
            "/scopes/ci:read%00",
            "/scopes/ci%3Aread%20",
            "/members/me",
            "/groups\\g",
            "/Groups",
            "/groups/ g",
        ];
        for path in paths {
            for method in ["GET", "PATCH", "DELETE"] {
                let request = Request::json(method, &format!("{REALM}{path}"), &json!({"description": "d"}))
                    .bearer(&world.owner);
                let answer = world.send(&request);
                assert!(
                    matches!(answer.status, 400 | 401 | 404 | 405 | 422),
                    "{method} {path}: {} {}",
                    answer.status,
                    answer.text()
                );
                assert_eq!(answer.header("x-injected"), None);
            }
        }
        // The same with bytes that are invalid in a URL.
        for path in
            ["/groups/\0", "/groups/g\0", "/groups/\u{7f}", "/groups/\r\nX: y", "/groups/ü", "/gro\tups"]
        {
            let request =
                format!("GET {REALM}{path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {owner}\r\n\r\n");
            let status = send_raw(world.address, request.as_bytes(), false).status;
            assert!(matches!(status, 400 | 401 | 404), "{path:?}: {status}");
        }
        assert_eq!(Tables::of(&world).dump(), before);
    }

    fn unknown_route_answers_a_problem(world: World) {
        for path in [
            "/api",
            "/api/v1",
            "/api/v1/realms",
            "/api/v2/realms/acme/groups",
            &format!("{REALM}/robots"),
            &format!("{REALM}/groups/g/h"),
        ] {
            for method in ["GET", "POST", "DELETE"] {
                world.send(&Request::new(method, path).bearer(&world.owner)).expect_problem(404, "not-found");
            }
        }
    }
}
