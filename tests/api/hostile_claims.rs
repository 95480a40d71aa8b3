//! Validly signed tokens with claims that this server did not choose: a realm's imported key can sign any claims.

use serde_json::{Value, json};

use crate::forger::Forger;
use claviger_testkit::http::{Request, Response};
use claviger_testkit::jwt;
use claviger_testkit::on_both_databases;
use claviger_testkit::patience::until;
use claviger_testkit::world::{Client, World};

struct Scene {
    server: Client,
    client: Client,
    forger: Forger,
    claims: Value,
}

impl Scene {
    fn of(world: &World) -> Self {
        world.group("builders", &["ci:read"]);
        let server = world.resource_server("builds", "https://builds.example.org");
        let client = world.credential("nightly", &["builders"]);
        let claims = jwt::claims(&world.token(&client));
        Self { server, client, forger: Forger::of(world), claims }
    }

    fn sign(&self, parts: &Value) -> String {
        let mut claims = self.claims.clone();
        for (name, value) in parts.as_object().expect("an object") {
            claims[name] = value.clone();
        }
        self.forger.sign_claims(&claims)
    }

    fn revoke(&self, world: &World, token: &str) -> Response {
        let form = [("token", token)];
        let request = Request::form(&world.path("/oauth2/revoke"), &form);
        world.send(&request.basic(&self.client.id, &self.client.key))
    }
}

fn head(world: &World) -> u64 {
    world.node().state.administration.ledger.store().session().unwrap().head().unwrap().position.as_u64()
}

/// Each alone makes a token that this server cannot have issued.
fn hostile(claims: &Value) -> Vec<Value> {
    let iat = claims["iat"].as_i64().expect("seconds");
    let pos = claims["pos"].as_u64().expect("a position");
    let mut all = vec![
        json!({"exp": i64::MAX}),
        json!({"exp": u64::MAX}),
        json!({"exp": 253_402_300_800_i64}),
        json!({"exp": 253_402_300_799_i64}),
        json!({"exp": iat + 86_400 + 61}),
        json!({"exp": iat - 1}),
        json!({"exp": 1e30}),
        json!({"iat": i64::MIN}),
        json!({"iat": -1, "exp": 1}),
        json!({"iat": i64::MAX, "exp": i64::MAX}),
        json!({"jti": ""}),
        json!({"jti": "x".repeat(65)}),
        json!({"jti": "x".repeat(20_000)}),
        json!({"jti": "a\0b"}),
        json!({"jti": "a b"}),
        json!({"jti": "\u{202e}abc"}),
        json!({"jti": ["a"]}),
        json!({"sub": "nobody", "client_id": "nobody"}),
        json!({"aud": [claims["aud"]]}),
        json!({"aud": vec!["https://builds.example.org"; 100]}),
        json!({"scope": ""}),
        json!({"scope": "ci:read ".repeat(600)}),
        json!({"scope": "ci:read\0"}),
        json!({"groups": vec!["builders"; 51]}),
        json!({"groups": ["g".repeat(65)]}),
        json!({"groups": ["a\0"]}),
        json!({"realm": "Acme"}),
        json!({"pos": u64::MAX}),
        json!({"pos": i64::MAX}),
        json!({"pos": (1_u64 << 53)}),
        json!({"pos": pos + (1 << 21)}),
        json!({"pos": -1}),
        json!({"pos": 1.5}),
    ];
    let deep = (0..100).fold(json!(1), |inner, _| json!([inner]));
    all.push(json!({"groups": deep}));
    all
}

on_both_databases! {
    fn hostile_claims_are_inactive_everywhere_and_write_nothing(world: World) {
        let mut world = world;
        let scene = Scene::of(&world);
        let before = head(&world);
        for parts in hostile(&scene.claims) {
            let token = scene.sign(&parts);
            let said: String = parts.to_string().chars().take(80).collect();
            world.assert_inactive(&scene.server, &token);
            for path in ["/whoami", "/forward-auth", "/registry/token?service=r.example&account=a&offline_token=true"] {
                let answer = world.send(&Request::get(&world.path(path)).bearer(&token));
                assert!(matches!(answer.status, 400 | 401 | 431), "{path} {said}: {} {}", answer.status, answer.text());
            }
            let answer = scene.revoke(&world, &token).expect(200);
            assert_eq!(answer.text(), "{}", "{said}");
        }
        assert_eq!(head(&world), before);
        world.restart();
        world.assert_active(&scene.server, &scene.sign(&json!({})));
    }

    /// Values within the bounds are revoked, and read back.
    fn claims_at_their_bounds_are_accepted_and_revoked(world: World) {
        let mut world = world;
        let scene = Scene::of(&world);
        let iat = scene.claims["iat"].as_i64().expect("seconds");
        let tokens: Vec<String> = [
            json!({"jti": "x".repeat(64)}),
            json!({"jti": "y", "exp": iat + 86_400}),
            json!({"jti": "z", "iat": iat + 60, "exp": iat + 61}),
        ]
        .iter()
        .map(|parts| scene.sign(parts))
        .collect();
        for token in &tokens {
            world.assert_active(&scene.server, token);
            let receipt = scene.revoke(&world, token).expect(200).json();
            assert!(receipt["position"].is_u64(), "{receipt}");
            world.assert_inactive(&scene.server, token);
        }
        world.restart();
        for token in &tokens {
            world.assert_inactive(&scene.server, token);
        }
    }

    /// One id in two tokens: each revocation lasts as long as its token.
    fn id_revoked_twice_is_kept_for_the_longer_lifetime(world: World) {
        let mut world = world;
        let scene = Scene::of(&world);
        let iat = scene.claims["iat"].as_i64().expect("seconds");
        let brief = scene.sign(&json!({"jti": "twice", "exp": iat + 60}));
        let long = scene.sign(&json!({"jti": "twice", "exp": iat + 80_000}));
        let first = scene.revoke(&world, &brief).expect(200).json();
        let second = scene.revoke(&world, &long).expect(200).json();
        assert!(second["position"].as_u64() > first["position"].as_u64(), "{first} {second}");
        assert_eq!(scene.revoke(&world, &long).expect(200).json()["position"], second["position"]);
        assert_eq!(scene.revoke(&world, &brief).expect(200).json()["position"], second["position"]);
        world.restart();
        world.assert_inactive(&scene.server, &long);
    }

    /// An invented position may be another node's latest. One poll of the log later, the node knows that it is not.
    fn invented_position_is_not_polled_forever(world: World) {
        let scene = Scene::of(&world);
        world.revoke(&scene.client).expect(200);
        let ahead = json!({"pos": head(&world) + 1_000});
        // A revoked credential stays revoked, whatever the position.
        for _ in 0..20 {
            world.assert_inactive(&scene.server, &scene.sign(&ahead));
        }
        let gone = json!({"pos": head(&world) + 1_000, "sub": uuid(), "client_id": uuid()});
        let token = scene.sign(&gone);
        let asked = world.introspection_request(&scene.server, &token);
        let looks = || world.node().state.administration.ledger.snapshots().looks();
        let before = looks();
        world.send(&asked).expect(503);
        until("the head is looked at", || looks().finished > before.begun + 1);
        for _ in 0..20 {
            assert_eq!(world.send(&asked).expect(200).text(), r#"{"active":false}"#);
        }
    }

    /// A cut also applies to tokens that claim a later position.
    fn position_ahead_does_not_evade_a_cut(world: World) {
        let scene = Scene::of(&world);
        let token = scene.sign(&json!({"pos": head(&world) + 1_000}));
        let asked = world.introspection_request(&scene.server, &token);
        world.send(&asked).expect(200);
        world.admin("PATCH", "/groups/builders", Some(json!({"scopes": []}))).expect(200);
        assert_eq!(world.send(&asked).expect(200).text(), r#"{"active":false}"#);
    }
}

fn uuid() -> &'static str {
    "01890a5d-ac96-774b-bcce-b302099a8057"
}
