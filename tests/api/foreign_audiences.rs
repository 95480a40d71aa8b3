//! A token for one audience grants nothing at an endpoint of another.

use claviger::administration::{NewRegistryToken, create_registry_token};
use claviger_contract::Timestamp;
use claviger_domain::RegistryHolder;
use serde_json::{Value, json};

use claviger_testkit::http::{Request, Response};
use claviger_testkit::jwt;
use claviger_testkit::on_both_databases;
use claviger_testkit::world::{Client, World};

const SERVICE: &str = "registry.example:5000";
const BUILDS: &str = "https://builds.example.org";
const STORE: &str = "https://store.example.org";
/// The audience of the registry itself.
const REGISTRY: &str = "https://registry.example:5000";
/// Audiences with a common prefix are different.
const LOOKALIKE: &str = "https://registry.example:5000/v2";

struct Scene {
    world: World,
    nightly: Client,
    store: Client,
}

impl Scene {
    fn set(world: World) -> Self {
        world.group("builders", &["containers:read-update", "source:read-update"]);
        for (name, audience) in [("builds", BUILDS), ("registry", REGISTRY), ("alike", LOOKALIKE)] {
            world.resource_server(name, audience);
        }
        let store = world.resource_server("store", STORE);
        let nightly = world.credential("nightly", &["builders"]);
        Self { world, nightly, store }
    }

    fn token(&self, audience: Option<&str>) -> String {
        let target: Vec<_> = audience.into_iter().map(|audience| ("resource", audience)).collect();
        self.world.token_with(&self.nightly, &target)
    }

    fn registry(&self, query: &str) -> Request {
        let scope = "repository:acme/app:pull,push";
        let path = format!("/registry/token?service={SERVICE}&scope={scope}{query}");
        Request::get(&self.world.path(&path))
    }

    fn registry_form(&self, grant: &str, name: &str, token: &str) -> Response {
        let form = [("grant_type", grant), (name, token), ("service", SERVICE), ("access_type", "offline")];
        self.world.send(&Request::form(&self.world.path("/registry/token"), &form))
    }

    /// Every form in which the registry endpoint accepts a token.
    fn at_the_registry(&self, token: &str) -> Vec<(&'static str, Response)> {
        vec![
            ("Basic", self.world.send(&self.registry("").basic("any", token))),
            ("Basic, offline", self.world.send(&self.registry("&offline_token=true").basic("any", token))),
            ("Bearer", self.world.send(&self.registry("").bearer(token))),
            ("header", self.world.send(&self.registry("").header("OSF-TOKEN", token))),
            ("password", self.registry_form("password", "password", token)),
            ("identity token", self.registry_form("refresh_token", "refresh_token", token)),
        ]
    }

    fn registry_tokens(&self) -> usize {
        let listed = self.world.admin("GET", "/registry-tokens", None).expect(200).json();
        listed["items"].as_array().expect("a list").len()
    }

    fn forward_auth(&self, query: &str, token: &str) -> Response {
        self.world.send(&Request::get(&self.world.path(&format!("/forward-auth{query}"))).bearer(token))
    }
}

on_both_databases! {
    fn registry_accepts_only_realm_wide_tokens_and_its_own(world: World) {
        let scene = Scene::set(world);
        for audience in [BUILDS, STORE, LOOKALIKE] {
            let token = scene.token(Some(audience));
            for (form, answer) in scene.at_the_registry(&token) {
                assert_eq!(answer.status, 401, "{audience} by {form}: {}", answer.text());
                let said = answer.json()["details"].as_str().expect("a text").to_owned();
                assert!(said.contains("another audience"), "{said}");
            }
        }
        assert_eq!(scene.registry_tokens(), 0);
        for audience in [None, Some(REGISTRY)] {
            let token = scene.token(audience);
            for (form, answer) in scene.at_the_registry(&token) {
                assert_eq!(answer.status, 200, "{audience:?} by {form}: {}", answer.text());
            }
        }
        assert_eq!(scene.registry_tokens(), 6, "three forms of two tokens ask for one to keep");
    }

    /// As created by a version that did not check the audience.
    fn registry_token_from_a_foreign_token_is_invalid(world: World) {
        let scene = Scene::set(world);
        for (audience, status) in [(BUILDS, 401), (REGISTRY, 200)] {
            let token = scene.token(Some(audience));
            let (header, claims) = (jwt::header(&token), jwt::claims(&token));
            let text = |value: &Value| value.as_str().expect("a text").to_owned();
            let time = |name: &str| Timestamp::from_epoch_seconds(claims[name].as_i64().expect("a time"));
            let holder = RegistryHolder::AccessToken {
                client_id: text(&claims["client_id"]).parse().expect("an id"),
                jti: text(&claims["jti"]),
                kid: text(&header["kid"]),
                audience: audience.to_owned(),
                position: serde_json::from_value(claims["pos"].clone()).expect("a position"),
                issued_at: time("iat"),
                scopes: ["containers:read-update".parse().expect("a scope")].into_iter().collect(),
            };
            let new = NewRegistryToken {
                realm: "acme".parse().expect("a label"),
                service: SERVICE.parse().expect("a service"),
                holder,
                expires_at: time("exp"),
                address: None,
                request_id: None,
            };
            let made = create_registry_token(&scene.world.node().state.administration, new);
            let kept = made.expect("a decision").expect("a token").expose().to_owned();
            let answer = scene.registry_form("refresh_token", "refresh_token", &kept);
            assert_eq!(answer.status, status, "{audience}: {}", answer.text());
        }
    }

    /// Endpoints that name an audience. Those that name none accept tokens for every audience of the realm.
    fn other_endpoints_enforce_the_audience_that_they_name(world: World) {
        let scene = Scene::set(world);
        let (foreign, own, wide) = (scene.token(Some(BUILDS)), scene.token(Some(STORE)), scene.token(None));
        scene.world.assert_inactive(&scene.store, &foreign);
        scene.world.assert_active(&scene.store, &own);
        scene.world.assert_active(&scene.store, &wide);
        for rules in ["", "&rules=git", "&rules=registry", "&scope=source:read"] {
            let query = format!("?audience={STORE}{rules}");
            scene.forward_auth(&query, &foreign).expect(401);
        }
        for token in [&own, &wide] {
            scene.forward_auth(&format!("?audience={STORE}"), token).expect(200);
        }
        for token in [&foreign, &own, &wide] {
            scene.world.admin_as(token, "GET", "/groups", None).expect_problem(403, "forbidden");
            scene.world.admin_as(token, "POST", "/api-tokens", Some(json!({}))).expect_problem(403, "forbidden");
            // An access token is not a refresh token.
            let form = [("grant_type", "refresh_token"), ("refresh_token", &**token)];
            let refresh = Request::form(&scene.world.path("/oauth2/token"), &form);
            let refused = scene.world.send(&refresh.basic(&scene.nightly.id, &scene.nightly.key));
            assert_eq!(refused.status, 400, "{}", refused.text());
        }
        // The audience of a token gives no other client the right to revoke it.
        let other = scene.world.credential("other", &["builders"]);
        for client in [&other, &scene.store] {
            let revoke = Request::form(&scene.world.path("/oauth2/revoke"), &[("token", &*own)]);
            scene.world.send(&revoke.basic(&client.id, &client.key));
            scene.world.assert_active(&scene.store, &own);
        }
    }
}
