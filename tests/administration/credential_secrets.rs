//! The key of a service credential: shown once, usable as the answer says, and never shown again.

use std::process::Command;

use serde_json::{Value, json};

use crate::answers::text;
use claviger_testkit::http::Request;
use claviger_testkit::jwt;
use claviger_testkit::on_both_databases;
use claviger_testkit::world::World;

const PATH: &str = "/service-credentials";

fn create(world: &World, name: &str) -> Value {
    let body = json!({"name": name, "validity_days": 90, "token_ttl_seconds": 900});
    world.admin("POST", PATH, Some(body)).expect(201).json()
}

on_both_databases! {
    // S32
    fn creation_returns_the_four_values_that_a_pipeline_needs(world: World) {
        let created = create(&world, "nightly");
        let key = text(&created["client_key"]);
        assert!(uuid::Uuid::try_parse(&text(&created["client_id"])).is_ok());
        assert_eq!((key.len(), &key[..5]), (43, "clvk_"));
        assert_eq!(created["realm"], "acme");
        assert_eq!(created["token_endpoint"], format!("{}/oauth2/token", world.issuer()));
        let example = text(&created["usage_example"]);
        assert!(example.starts_with(" curl "), "{example}");
        for part in ["client_id", "client_key", "token_endpoint"] {
            assert!(example.contains(&text(&created[part])), "{part} in {example}");
        }
    }

    // S32
    fn usage_example_pasted_into_a_shell_returns_a_token(world: World) {
        world.group("builders", &["ci:read"]);
        let created = create(&world, "nightly; rm -rf \"$HOME\" 'quoted' `id` $(id)");
        let mut shell = Command::new("bash");
        shell.arg("-c").arg(text(&created["usage_example"]));
        let shell = shell.env_clear().env("PATH", "/usr/local/bin:/usr/bin:/bin").output().expect("bash");
        assert!(shell.status.success(), "{shell:?}");
        assert_eq!(String::from_utf8_lossy(&shell.stderr), "");
        let answer: Value = serde_json::from_slice(&shell.stdout).expect("the token endpoint's answer");
        assert_eq!((&answer["token_type"], &answer["expires_in"]), (&json!("Bearer"), &json!(900)));
        assert_eq!(jwt::claims(&text(&answer["access_token"]))["client_id"], created["client_id"]);
    }

    // S33
    fn answer_with_the_key_forbids_caching(world: World) {
        let body = json!({"name": "nightly", "validity_days": 90, "token_ttl_seconds": 900});
        let created = world.admin("POST", PATH, Some(body)).expect(201);
        assert_eq!(created.header("cache-control"), Some("no-store"));
        // The ETag covers only what is shown later too. Nothing of the key is in it.
        let shown = world.admin("GET", &format!("{PATH}/{}", text(&created.json()["id"])), None).expect(200);
        assert_eq!(created.header("etag"), shown.header("etag"));
        for later in [PATH.to_owned(), format!("{PATH}/{}", text(&created.json()["id"]))] {
            assert_eq!(
                world.admin("GET", &later, None).expect(200).header("cache-control"),
                Some("no-store")
            );
        }
        let server = json!({"name": "builds", "audience": "https://builds.example.org"});
        let token = json!({"expires_at": "2027-02-01T00:00:00Z", "scopes": ["admin:read"]});
        for (path, body) in [("/resource-servers", server), ("/personal-access-tokens", token)] {
            let created = world.admin("POST", path, Some(body)).expect(201);
            assert_eq!(created.header("cache-control"), Some("no-store"), "{path}");
        }
    }

    // S15, S33
    fn no_later_answer_shows_the_key(world: World) {
        let created = create(&world, "nightly");
        let (id, key) = (text(&created["id"]), text(&created["client_key"]));
        let (_, sys_admin) = world.member("sys@acme.example", &["sys_admin"]);
        let (_, auditor) = world.member("auditor@acme.example", &["auditor"]);
        let digest = world.node().keyring.digester().digest(&key).to_string();
        let own = format!("{PATH}/{id}");
        let mut answers = Vec::new();
        for token in [&world.owner, &sys_admin, &auditor] {
            for path in [PATH, &own, "/audit-events?limit=200"] {
                answers.push(world.admin_as(token, "GET", path, None).expect(200));
            }
        }
        answers.push(world.admin("PATCH", &own, Some(json!({"groups": []}))).expect(200));
        answers.push(
            world.admin("POST", &format!("{own}/revoke"), Some(json!({"name": "nightly"}))).expect(200),
        );
        answers.push(world.admin("GET", &own, None).expect(200));
        for answer in answers {
            let text = answer.text();
            assert!(!text.contains(&key) && !text.contains("clvk_") && !text.contains(&digest), "{text}");
            assert!(text.contains(&id) || text.contains("position"), "{text}");
        }
    }

    // S15, S36
    fn no_route_shows_the_key_again_or_makes_another(world: World) {
        let created = create(&world, "nightly");
        let own = format!("{PATH}/{}", text(&created["id"]));
        for route in [
            "key",
            "client_key",
            "client-key",
            "secret",
            "client_secret",
            "reveal",
            "reset",
            "reset-key",
            "rotate",
            "regenerate",
            "export",
        ] {
            for method in ["GET", "POST", "PUT"] {
                let body = (method != "GET").then(|| json!({"name": "nightly"}));
                world.admin(method, &format!("{own}/{route}"), body).expect_problem(404, "not-found");
            }
        }
        for query in ["client_key=true", "include=client_key", "fields=client_key", "show=secret"] {
            let shown = world.admin("GET", &format!("{own}?{query}"), None).expect(200);
            assert!(!shown.text().contains("clvk_"), "{query}");
        }
    }

    // S36
    fn lost_key_is_replaced_by_revoking_and_creating(world: World) {
        let lost = create(&world, "nightly");
        world
            .admin(
                "POST",
                PATH,
                Some(json!({"name": "nightly", "validity_days": 90, "token_ttl_seconds": 900})),
            )
            .expect(409);
        let path = format!("{PATH}/{}/revoke", text(&lost["id"]));
        world.admin("POST", &path, Some(json!({"name": "nightly"}))).expect(200);
        let new = create(&world, "nightly");
        assert_ne!(new["client_key"], lost["client_key"]);
        assert_ne!(new["client_id"], lost["client_id"]);
    }
}
