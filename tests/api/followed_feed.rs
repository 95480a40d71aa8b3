//! Who follows the feed judges every token as introspection does, whatever happened.

use serde_json::{Value, json};

use crate::feed_acker::Acker;
use crate::feed_verifier::Verifier;
use crate::realm_suspension::suspend;
use crate::signing_keys::{kid_of, rotate, withdraw};
use claviger_testkit::clock::{days, minutes};
use claviger_testkit::http::Request;
use claviger_testkit::jwt;
use claviger_testkit::on_both_databases;
use claviger_testkit::patience::until;
use claviger_testkit::world::{Client, World};

const BUILDS: &str = "https://builds.example.org";
const STORE: &str = "https://store.example.org";

struct Scene {
    builds: Client,
    store: Client,
    /// Followed from the beginning.
    follower: Verifier,
    _acker: Acker,
    tokens: Vec<(&'static str, String)>,
}

fn application(world: &World, by: &str, name: &str, scopes: &[&str]) -> Client {
    let body = json!({"name": name, "scopes": scopes});
    let made = world.admin_as(by, "POST", "/application-credentials", Some(body)).expect(201).json();
    let text = |name: &str| made[name].as_str().expect("a text").to_owned();
    Client { id: text("client_id"), key: text("client_key"), name: text("name") }
}

impl Scene {
    fn begin(world: &World) -> Self {
        world.group("builders", &["ci:read", "source:read"]).group("readers", &["ci:read"]);
        let builds = world.resource_server("builds", BUILDS);
        let store = world.resource_server("store", STORE);
        let acker = Acker::start(world, &builds, &Verifier::id_of(&builds));
        let mut follower = Verifier::of(&builds);
        follower.poll(world);
        Self { _acker: acker, builds, store, follower, tokens: Vec::new() }
    }

    /// Tokens of the credential: for the whole realm, and for one audience.
    fn tokens_of(&mut self, world: &World, credential: &Client, name: &'static str) {
        self.tokens.push((name, world.token(credential)));
        self.tokens.push((name, world.token_with(credential, &[("resource", BUILDS)])));
    }

    /// Follows the feed, and compares what it says with introspection. Returns the entries.
    #[track_caller]
    fn follow(&mut self, world: &World, act: &str) -> Vec<Value> {
        let told = self.follower.poll(world);
        let mut fresh = Verifier::of(&self.builds);
        fresh.poll(world);
        self.compare(world, &self.follower, act);
        self.compare(world, &fresh, act);
        told
    }

    #[track_caller]
    fn compare(&self, world: &World, verifier: &Verifier, act: &str) {
        let now = now(world);
        for (name, token) in &self.tokens {
            let claims = jwt::claims(token);
            let introspecting = if claims["aud"] == STORE { &self.store } else { &self.builds };
            let answer = world.send(&world.introspection_request(introspecting, token));
            // Nobody introspects for an audience that was deleted.
            let is_active = answer.status == 200 && answer.json()["active"] == true;
            let expires_at = claims["exp"].as_i64().expect("a time");
            let accepted = now < expires_at && !verifier.is_dead(token, now);
            assert_eq!(accepted, is_active, "{name} after {act}: {claims}");
        }
    }

    #[track_caller]
    fn expect(&mut self, world: &World, act: &str, expected: &[Value]) {
        let mut told = self.follow(world, act);
        told.iter_mut().for_each(|entry| {
            entry.as_object_mut().expect("an entry").remove("forget_after").expect("a time");
        });
        let sorted = |entries: &[Value]| {
            let mut texts: Vec<String> = entries.iter().map(Value::to_string).collect();
            texts.sort();
            texts
        };
        assert_eq!(sorted(&told), sorted(expected), "{act}");
    }
}

fn now(world: &World) -> i64 {
    use claviger_domain::Clock;
    world.clock.now().epoch_seconds()
}

/// The position of the last act.
fn position(answer: &claviger_testkit::http::Response) -> u64 {
    answer.header("claviger-position").expect("a position").parse().expect("a number")
}

const END: u64 = (1 << 53) - 1;

on_both_databases! {
    fn every_kind_of_act_is_told_and_judged_as_introspection_does(world: World) {
        let mut scene = Scene::begin(&world);
        let revoked = world.credential("revoked", &["builders"]);
        let loser = world.credential("loser", &["builders"]);
        let keeper = world.credential("keeper", &["builders", "readers"]);
        let edited = world.credential("edited", &["builders"]);
        for (credential, name) in
            [(&revoked, "revoked"), (&loser, "loser"), (&keeper, "keeper"), (&edited, "edited")]
        {
            scene.tokens_of(&world, credential, name);
        }
        scene.expect(&world, "nothing", &[]);

        // A credential
        let client = |client: &Client, before: u64| json!({"kind": "credential", "client_id": client.id, "before": before});
        world.revoke(&revoked).expect(200);
        scene.expect(&world, "revoke", &[client(&revoked, END)]);
        scene.expect(&world, "nothing", &[]);

        // A group, and an edit of one credential
        let narrower = json!({"scopes": ["source:read"]});
        let cut = position(&world.admin("PATCH", "/groups/builders", Some(narrower)).expect(200));
        scene.expect(&world, "narrower group", &[client(&revoked, cut), client(&loser, cut), client(&edited, cut)]);
        scene.tokens_of(&world, &edited, "edited");
        let path = format!("/service-credentials/{}", edited.id);
        let cut = position(&world.admin("PATCH", &path, Some(json!({"groups": []}))).expect(200));
        scene.expect(&world, "edit", &[client(&edited, cut)]);

        // One token
        let token = world.token(&keeper);
        let jti = jwt::claims(&token)["jti"].clone();
        scene.tokens.push(("single", token.clone()));
        let revoke = Request::form(&world.path("/oauth2/revoke"), &[("token", &token)]);
        world.send(&revoke.basic(&keeper.id, &keeper.key)).expect(200);
        scene.expect(&world, "token", &[json!({"kind": "token", "jti": jti})]);

        // A successor
        let replaced = world.credential("replaced", &["readers"]);
        scene.tokens_of(&world, &replaced, "replaced");
        let path = format!("/service-credentials/{}/renew", replaced.id);
        world.admin("POST", &path, Some(json!({"overlap_seconds": 600}))).expect(201);
        let from = json!({"kind": "credential", "client_id": replaced.id, "before": END, "from": now(&world) + 600});
        scene.expect(&world, "renewal", &[from]);
        world.clock.advance_seconds(599);
        scene.follow(&world, "nearly over");
        world.clock.advance_seconds(1);
        scene.follow(&world, "the end of the overlap");

        // A realm
        scene.tokens_of(&world, &keeper, "keeper");
        suspend(&world, true);
        let told = scene.follow(&world, "suspension");
        assert!(told.iter().any(|entry| entry["kind"] == "realm"), "{told:?}");
        suspend(&world, false);
        scene.follow(&world, "resumption");
        scene.tokens_of(&world, &keeper, "keeper");
        scene.follow(&world, "a token after the resumption");
        assert!(scene.tokens.iter().any(|(_, token)| !scene.follower.is_dead(token, now(&world))));
    }

    fn applications_keys_and_audiences_are_told_also_after_a_restart(world: World) {
        let mut scene = Scene::begin(&world);
        let (member, by) = world.member("dev@acme.example", &["member"]);
        let own = format!("/members/{member}");
        world.admin("PATCH", &own, Some(json!({"groups": ["builders"]}))).expect(200);
        let tool = application(&world, &by, "tool", &["ci:read", "source:read"]);
        let other = application(&world, &by, "other", &["ci:read"]);
        let ended = application(&world, &by, "ended", &["ci:read"]);
        let credential = world.credential("nightly", &["builders"]);
        for (client, name) in [(&tool, "tool"), (&other, "other"), (&ended, "ended"), (&credential, "nightly")] {
            scene.tokens_of(&world, client, name);
        }
        scene.tokens.push(("store", world.token_with(&credential, &[("resource", STORE)])));
        scene.expect(&world, "nothing", &[]);
        let client = |client: &Client, before: u64| json!({"kind": "credential", "client_id": client.id, "before": before});

        // A grant: the refresh token ends with its access tokens.
        let grant = world.send(&world.token_request(&tool, &[])).expect(200).json();
        let access = grant["access_token"].as_str().expect("a token").to_owned();
        let refresh = grant["refresh_token"].as_str().expect("a token").to_owned();
        let jti = jwt::claims(&access)["jti"].as_str().expect("an id")[..22].to_owned();
        scene.tokens.push(("of the grant", access));
        let revoke = Request::form(&world.path("/oauth2/revoke"), &[("token", &refresh)]);
        world.send(&revoke.basic(&tool.id, &tool.key)).expect(200);
        scene.expect(&world, "grant", &[json!({"kind": "token", "jti": jti})]);

        let path = format!("/application-credentials/{}/revoke", ended.id);
        world.admin_as(&by, "POST", &path, Some(json!({"name": "ended"}))).expect(200);
        scene.expect(&world, "application", &[client(&ended, END)]);
        let fewer = json!({"scopes": ["ci:read"]});
        let path = format!("/application-credentials/{}", tool.id);
        let cut = position(&world.admin_as(&by, "PATCH", &path, Some(fewer)).expect(200));
        scene.expect(&world, "fewer scopes", &[client(&tool, cut)]);
        scene.tokens_of(&world, &tool, "tool");

        // A key
        world.clock.advance_seconds(minutes(5));
        let kid = kid_of(&world, "active");
        rotate(&world).expect(200);
        scene.tokens_of(&world, &credential, "nightly");
        withdraw(&world, &kid).expect(200);
        let told = scene.follow(&world, "key");
        assert!(told.iter().any(|entry| entry["kid"] == kid.as_str()), "{told:?}");

        // A member, who returns without what it owned
        scene.tokens_of(&world, &other, "other");
        world.admin("POST", &format!("{own}/disable"), None).expect(200);
        let told = scene.follow(&world, "disabled");
        let is_end = |entry: &&Value| entry["before"] == END;
        assert!(told.iter().filter(is_end).count() >= 2, "{told:?}");
        world.admin("POST", &format!("{own}/enable"), None).expect(200);
        scene.follow(&world, "enabled");

        // An audience, which another server takes
        scene.tokens.push(("store", world.token_with(&credential, &[("resource", STORE)])));
        let deleted = world.admin("DELETE", &format!("/resource-servers/{}", scene.store.id), None).expect(200);
        let audience = json!({"kind": "resource_server", "audience": STORE, "before": position(&deleted)});
        scene.expect(&world, "audience", &[audience]);
        scene.store = world.resource_server("store again", STORE);
        scene.follow(&world, "the audience is taken again");
        scene.tokens.push(("store", world.token_with(&credential, &[("resource", STORE)])));
        scene.follow(&world, "a token of the new one");

        let alive = |scene: &Scene, world: &World| {
            scene.tokens.iter().filter(|(_, token)| !scene.follower.is_dead(token, now(world))).count()
        };
        let before = alive(&scene, &world);
        assert!(before > 0 && before < scene.tokens.len(), "{before}");
        world.restart();
        scene.follow(&world, "a restart");
        world.admin("POST", "/groups", Some(json!({"name": "another"}))).expect(201);
        let cut = position(&world.admin("PATCH", "/groups/builders", Some(json!({"scopes": []}))).expect(200));
        let told = scene.follow(&world, "an act after the restart");
        assert!(told.iter().any(|entry| entry["client_id"] == credential.id.as_str() && entry["before"] == cut));
        assert!(alive(&scene, &world) < before);

        // A day and an hour later nothing is told any more.
        world.clock.advance_seconds(days(2));
        until("everything is forgotten", || Verifier::of(&scene.builds).poll(&world).is_empty());
    }
}
