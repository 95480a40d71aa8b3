//! Reduced access takes effect immediately, added access with the next token: only acts that take away cut.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::thread;

use serde_json::{Value, json};

use claviger_testkit::http::{Request, Response};
use claviger_testkit::jwt;
use claviger_testkit::on_both_databases;
use claviger_testkit::patience::StopAtEnd;
use claviger_testkit::world::{Client, World};

const BUILDS: &str = "https://builds.example.org";

/// Checks every token, and again after a restart that loads the state from the database.
#[track_caller]
fn expect_verdicts(world: &mut World, server: &Client, dead: &[&String], alive: &[&String]) {
    for _ in 0..2 {
        for token in dead {
            world.assert_inactive(server, token);
        }
        for token in alive {
            world.assert_active(server, token);
        }
        world.restart();
    }
}

/// Checks the next token, whose issuance a restart must not change.
#[track_caller]
fn expect_next_scope(world: &World, credential: &Client, scope: Option<&str>) {
    let claims = jwt::claims(&world.token(credential));
    assert_eq!(claims.get("scope").and_then(Value::as_str), scope);
}

/// The receipt of the changed object has the position of the act.
#[track_caller]
fn expect_cut(answer: Response) {
    let position = answer.header("claviger-position").expect("a position").to_owned();
    let receipt = answer.expect(200).json()["receipt"].clone();
    assert_eq!(receipt["position"].to_string(), position);
    assert_eq!(receipt["outcome"], "confirmed");
    assert_eq!(receipt["confirmed"]["nodes"], json!(["node-1"]));
}

#[track_caller]
fn expect_no_cut(answer: Response) {
    assert_eq!(answer.expect(200).json().get("receipt"), Some(&Value::Null));
}

fn edit(world: &World, path: &str, parts: Value) -> Response {
    world.admin("PATCH", path, Some(parts))
}

fn path_of(credential: &Client) -> String {
    format!("/service-credentials/{}", credential.id)
}

fn shown(world: &World, credential: &Client) -> Value {
    world.admin("GET", &path_of(credential), None).expect(200).json()
}

on_both_databases! {
    /// S26: a removal.
    fn removed_scope_ends_the_tokens_of_exactly_those_who_lost_it(world: World) {
        world.group("builders", &["ci:read", "source:read"]).group("readers", &["ci:read"]);
        let server = world.resource_server("builds", BUILDS);
        let loser = world.credential("loser", &["builders"]);
        let keeper = world.credential("keeper", &["builders", "readers"]);
        let other = world.credential("other", &["readers"]);
        let lost = [
            world.token(&loser),
            world.token_with(&loser, &[("resource", BUILDS)]),
            // Narrower than what is left, but issued to a credential that has lost something.
            world.token_with(&loser, &[("scope", "source:read")]),
        ];
        let (kept, untouched) = (world.token(&keeper), world.token(&other));

        expect_cut(edit(&world, "/groups/builders", json!({"scopes": ["source:read"]})));
        let whoami = Request::get(&world.path("/whoami")).bearer(&lost[0]);
        world.send(&whoami).expect(401);
        // In the same second as the cut, and after it.
        let next = world.token(&loser);
        expect_next_scope(&world, &loser, Some("source:read"));
        let dead = lost.iter().collect::<Vec<_>>();
        expect_verdicts(&mut world, &server, &dead, &[&kept, &untouched, &next]);
        expect_next_scope(&world, &loser, Some("source:read"));
        expect_next_scope(&world, &keeper, Some("ci:read source:read"));
    }

    /// S26: an addition, S47
    fn added_scope_applies_to_the_next_token_and_cuts_nothing(world: World) {
        world.group("builders", &["ci:read"]).group("more", &["source:read"]).scopes(&["ci:delete"]);
        let server = world.resource_server("builds", BUILDS);
        let credential = world.credential("nightly", &["builders"]);
        let before = world.token(&credential);
        expect_no_cut(edit(&world, "/groups/builders", json!({"scopes": ["ci:read", "ci:delete"]})));
        expect_no_cut(edit(&world, &path_of(&credential), json!({"groups": ["builders", "more"]})));
        assert_eq!(world.introspect(&server, &before)["scope"], "ci:read");
        let next = world.token(&credential);
        assert_eq!(world.introspect(&server, &next)["scope"], "ci:delete ci:read source:read");
        expect_verdicts(&mut world, &server, &[], &[&before, &next]);

        // Removed and added in one act: the new scope does not compensate for the lost one.
        expect_cut(edit(&world, "/groups/builders", json!({"scopes": ["ci:read", "source:read"]})));
        expect_verdicts(&mut world, &server, &[&before, &next], &[]);
    }

    /// S26, S45: nothing is lost that something else still grants.
    fn scope_still_implied_or_granted_elsewhere_is_not_lost(world: World) {
        world.group("builders", &["ci:read", "ci:read-update", "source:read"]);
        world.group("same", &["ci:read-update"]).group("typed", &["studio:view"]);
        world.resource("studio/one", &["view", "manage"]);
        let server = world.resource_server("builds", BUILDS);
        let credential = world.credential_with(json!({
            "groups": ["builders", "same", "typed"],
            "resources": [{"resource": "studio/one", "actions": ["view"]}],
        }));
        let token = world.token(&credential);
        expect_no_cut(edit(&world, "/groups/builders", json!({"scopes": ["ci:read-update", "source:read"]})));
        expect_no_cut(edit(&world, "/groups/builders", json!({"scopes": ["source:read"]})));
        expect_no_cut(edit(&world, "/groups/builders", json!({"description": "Only a text"})));
        expect_no_cut(edit(&world, &path_of(&credential), json!({"resources": []})));
        expect_no_cut(edit(&world, &path_of(&credential), json!({"groups": ["same", "typed", "builders"]})));
        expect_no_cut(edit(&world, "/resources/studio/one", json!({"actions": ["manage"]})));
        expect_verdicts(&mut world, &server, &[], &[&token]);
        expect_next_scope(&world, &credential, Some("ci:read-update source:read studio:view"));
        expect_cut(edit(&world, &path_of(&credential), json!({"groups": ["same", "typed"]})));
        expect_verdicts(&mut world, &server, &[&token], &[]);
    }

    /// S26: tokens requested while the cut happens.
    fn concurrent_tokens_are_invalid_exactly_with_the_lost_scope(world: World) {
        world.group("builders", &["ci:read", "source:read"]);
        let server = world.resource_server("builds", BUILDS);
        let credential = world.credential("nightly", &["builders"]);
        let request = &world.token_request(&credential, &[]);
        let (world, over) = (&world, &AtomicBool::new(false));
        let (minted, minting) = mpsc::channel();
        thread::scope(|scope| {
            for _ in 0..4 {
                let minted = minted.clone();
                scope.spawn(move || loop {
                    let late = over.load(Ordering::SeqCst);
                    let answer = world.send(request).expect(200).json();
                    let whole = answer["scope"] == "ci:read source:read";
                    assert!(!(late && whole), "the lost scope was issued after the edit had answered");
                    minted.send((answer["access_token"].clone(), whole)).expect("somebody listens");
                    if late {
                        break;
                    }
                });
            }
            drop(minted);
            let _stop = StopAtEnd(over);
            let mut tokens: Vec<(Value, bool)> = minting.iter().take(20).collect();
            let edited = edit(world, "/groups/builders", json!({"scopes": ["source:read"]}));
            over.store(true, Ordering::SeqCst);
            expect_cut(edited);
            tokens.extend(minting.iter());
            assert_eq!(tokens.iter().filter(|(_, whole)| !whole).count().min(4), 4);
            for (token, whole) in tokens {
                let active = world.introspect(&server, token.as_str().expect("a token"))["active"] == true;
                assert_eq!(active, !whole);
            }
        });
    }

    /// S45
    fn removed_group_affects_only_tokens_of_that_credential(world: World) {
        world.group("builders", &["ci:read"]).group("readers", &["source:read"]);
        let server = world.resource_server("builds", BUILDS);
        let credential = world.credential("nightly", &["builders", "readers"]);
        let twin = world.credential("twin", &["builders", "readers"]);
        let (token, untouched) = (world.token(&credential), world.token(&twin));
        expect_cut(edit(&world, &path_of(&credential), json!({"groups": ["readers"]})));
        expect_verdicts(&mut world, &server, &[&token], &[&untouched]);
        assert_eq!(shown(&world, &credential)["groups"], json!(["readers"]));
        expect_next_scope(&world, &credential, Some("source:read"));

        // The group is added again: tokens from before the cut stay invalid.
        expect_no_cut(edit(&world, &path_of(&credential), json!({"groups": ["builders", "readers"]})));
        let next = world.token(&credential);
        expect_verdicts(&mut world, &server, &[&token], &[&untouched, &next]);
        expect_cut(edit(&world, &path_of(&credential), json!({"groups": []})));
        expect_verdicts(&mut world, &server, &[&token, &next], &[&untouched]);
        expect_next_scope(&world, &credential, None);
    }

    fn deleted_group_takes_its_scopes_and_a_namesake_restores_none(world: World) {
        world.group("builders", &["ci:read"]).group("same", &["ci:read"]).group("empty", &[]);
        let server = world.resource_server("builds", BUILDS);
        let loser = world.credential("loser", &["builders", "empty"]);
        let keeper = world.credential("keeper", &["builders", "same"]);
        let (lost, kept) = (world.token(&loser), world.token(&keeper));
        let deleted = world.admin("DELETE", "/groups/empty", None).expect(200).json();
        assert_eq!(deleted["outcome"], "confirmed");
        world.assert_active(&server, &lost);
        world.admin("DELETE", "/groups/builders", None).expect(200);
        world.group("builders", &["ci:read"]);
        expect_verdicts(&mut world, &server, &[&lost], &[&kept]);
        assert_eq!(shown(&world, &loser)["groups"], json!([]));
        assert_eq!(shown(&world, &keeper)["groups"], json!(["same"]));
        expect_next_scope(&world, &loser, None);
    }

    fn action_that_a_resource_offers_again_is_not_granted_again(world: World) {
        world.resource("studio/one", &["view", "manage"]).resource("studio/two", &["manage"]);
        let grants = json!([{"resource": "studio/one", "actions": ["manage", "view"]}]);
        world.admin("POST", "/groups", Some(json!({"name": "studios", "resources": grants}))).expect(201);
        let server = world.resource_server("builds", BUILDS);
        let direct = world.credential_with(json!({"name": "direct", "resources": grants}));
        let grouped = world.credential("grouped", &["studios"]);
        let view = json!([{"resource": "studio/one", "actions": ["view"]}]);
        let viewer = world.credential_with(json!({"name": "viewer", "resources": view}));
        let two = json!([{"resource": "studio/two", "actions": ["manage"]}]);
        let other = world.credential_with(json!({"name": "other", "resources": two}));
        world.group("named", &["studio/one:manage", "studio/one:view"]);
        let named = world.credential("named", &["named"]);
        let dead = [world.token(&direct), world.token(&grouped), world.token(&named)];
        let alive = [world.token(&viewer), world.token(&other)];

        expect_cut(edit(&world, "/resources/studio/one", json!({"actions": ["view"]})));
        expect_no_cut(edit(&world, "/resources/studio/one", json!({"actions": ["manage", "view"]})));
        for _ in 0..2 {
            assert_eq!(shown(&world, &direct)["resources"], view);
            let group = world.admin("GET", "/groups/studios", None).expect(200).json();
            assert_eq!(group["resources"], view);
            expect_next_scope(&world, &direct, Some("studio/one:view"));
            expect_next_scope(&world, &grouped, Some("studio/one:view"));
            expect_next_scope(&world, &named, Some("studio/one:view"));
            let dead: Vec<_> = dead.iter().collect();
            expect_verdicts(&mut world, &server, &dead, &alive.iter().collect::<Vec<_>>());
        }
    }

    fn deleted_resource_takes_its_grants_and_a_namesake_restores_none(world: World) {
        world.resource("studio/one", &["view"]).resource("studio/two", &["view"]);
        world.group("typed", &["studio:view"]);
        let server = world.resource_server("builds", BUILDS);
        let both = json!([
            {"resource": "studio/one", "actions": ["view"]},
            {"resource": "studio/two", "actions": ["view"]},
        ]);
        let loser = world.credential_with(json!({"name": "loser", "resources": both}));
        let keeper = world.credential_with(json!({"name": "keeper", "resources": both, "groups": ["typed"]}));
        let (lost, kept) = (world.token(&loser), world.token(&keeper));
        let receipt = world.admin("DELETE", "/resources/studio/one", None).expect(200).json();
        assert_eq!(receipt["confirmed"]["nodes"], json!(["node-1"]));
        world.resource("studio/one", &["view"]);
        expect_verdicts(&mut world, &server, &[&lost], &[&kept]);
        let two = json!([{"resource": "studio/two", "actions": ["view"]}]);
        assert_eq!(shown(&world, &loser)["resources"], two);
        expect_next_scope(&world, &loser, Some("studio/two:view"));
        expect_next_scope(&world, &keeper, Some("studio:view"));
    }

    /// S6
    fn disabled_member_loses_tokens_and_the_realm_keeps_credentials(world: World) {
        world.group("builders", &["ci:read"]);
        let server = world.resource_server("builds", BUILDS);
        let (id, acting) = world.member("sys@acme.example", &["sys_admin"]);
        let body = json!({
            "name": "theirs", "validity_days": 90, "token_ttl_seconds": 3_600, "groups": ["builders"],
        });
        let made = world.admin_as(&acting, "POST", "/service-credentials", Some(body)).expect(201).json();
        let text = |name: &str| made[name].as_str().expect("a text").to_owned();
        let credential = Client { id: text("client_id"), key: text("client_key"), name: text("name") };
        let of_credential = world.token(&credential);
        let body = json!({
            "description": "mine", "expires_at": "2028-01-31T12:00:00Z", "scopes": ["ci:read", "admin:read"],
        });
        let made = world.admin_as(&acting, "POST", "/personal-access-tokens", Some(body)).expect(201).json();
        let personal = made["token"].as_str().expect("a token").to_owned();
        world.assert_active(&server, &personal);

        let receipt = world.admin("POST", &format!("/members/{id}/disable"), None).expect(200).json();
        assert_eq!(receipt["outcome"], "confirmed");
        for _ in 0..2 {
            for token in [&personal, &acting] {
                world.send(&Request::get(&world.path("/whoami")).bearer(token)).expect(401);
                world.admin_as(token, "GET", "/groups", None).expect_problem(401, "invalid-token");
            }
            let next = world.token(&credential);
            expect_verdicts(&mut world, &server, &[&personal], &[&of_credential, &next]);
        }
    }

    fn reassigned_audience_does_not_revalidate_old_tokens(world: World) {
        world.group("builders", &["ci:read"]);
        let stores = world.resource_server("stores", "https://stores.example.org");
        let builds = world.resource_server("builds", BUILDS);
        let credential = world.credential("nightly", &["builders"]);
        let for_builds = world.token_with(&credential, &[("resource", BUILDS)]);
        let realm_wide = world.token(&credential);
        let for_stores = world.token_with(&credential, &[("resource", "https://stores.example.org")]);
        world.assert_active(&builds, &for_builds);

        let path = format!("/resource-servers/{}", builds.id);
        let receipt = world.admin("DELETE", &path, None).expect(200).json();
        let audiences = receipt["audiences"].as_array().expect("audiences");
        assert!(audiences.iter().all(|one| one["audience"] != BUILDS), "{receipt}");
        world.send(&world.token_request(&credential, &[("resource", BUILDS)]))
            .expect_oauth_error(400, "invalid_target");
        let whoami = Request::get(&world.path("/whoami")).bearer(&for_builds);
        world.send(&whoami).expect(401);

        let again = world.resource_server("builds", BUILDS);
        let next = world.token_with(&credential, &[("resource", BUILDS)]);
        expect_verdicts(&mut world, &again, &[&for_builds, &for_stores], &[&next, &realm_wide]);
        expect_verdicts(&mut world, &stores, &[&for_builds, &next], &[&for_stores, &realm_wide]);
        world.send(&whoami).expect(401);
        world.send(&world.introspection_request(&builds, &realm_wide))
            .expect_oauth_error(401, "invalid_client");
    }
}
