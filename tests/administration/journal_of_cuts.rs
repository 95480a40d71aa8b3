//! After a restore, former holders do not regain what was taken away since the backup, even if it was granted again.

use claviger::administration::suspend_realm;
use claviger::ledger::{Act, Caller};
use claviger::operator::{RestoreFrom, skip_row};
use serde_json::json;

use crate::newer_rows::append;
use crate::restored::{put_back, settings_of, take, whoami};
use crate::tables::Tables;
use claviger_testkit::http::Request;
use claviger_testkit::on_both_databases;
use claviger_testkit::patience::next_second;
use claviger_testkit::world::World;

const DAMAGED: &str = r#"{"realm":"acme","change":{"kind":"token_revoked","jti":"a"}}"#;

/// Tokens without a signature: the owner's, an API token, and a system administrator's.
fn opaque_tokens(world: &World) -> Vec<String> {
    world.scopes(&["ci:read"]);
    vec![
        world.owner.clone(),
        world.api_token(&["ci:read"]).1,
        world.member("m@acme.example", &["sys_admin"]).1,
    ]
}

fn restored(world: &mut World, file: &std::path::Path) {
    put_back(world, |place| place, &RestoreFrom { backup: file, journals: &[] });
    world.restart();
}

fn suspend(world: &World, is_suspended: bool) {
    let act = Act::local("acme".parse().expect("a label"), Caller::Operator);
    suspend_realm(&world.node().state.administration, &act, is_suspended).expect("done").unanswered();
}

#[track_caller]
fn all_are_dead_and_new_ones_count(world: &mut World, tokens: &[String]) {
    for token in tokens {
        assert_eq!(whoami(world, token), 401);
    }
    world.owner = world.operator_token("holder@acme.example");
    world.admin("GET", "/groups", None).expect(200);
}

on_both_databases! {
    fn action_removed_and_offered_again_is_not_granted_again(world: World) {
        let mut world = world;
        world.resource("studio/one", &["view", "manage"]);
        world.resource_server("studio", "https://studio.example");
        let grant = json!([{"resource": "studio/one", "actions": ["view", "manage"]}]);
        let client = world.credential_with(json!({"resources": grant}));
        let file = take(&world);
        for actions in [&["view"] as &[&str], &["view", "manage", "more"], &["view", "manage"]] {
            world.admin("PATCH", "/resources/studio/one", Some(json!({"actions": actions}))).expect(200);
        }
        let scope = |world: &World| {
            world.send(&world.token_request(&client, &[])).expect(200).json()["scope"].clone()
        };
        assert_eq!(scope(&world), "studio/one:view");
        restored(&mut world, &file);
        assert_eq!(scope(&world), "studio/one:view");
        // The journal of the restored history, rewritten at a start, contains it too.
        world.restart();
        next_second();
        restored(&mut world, &file);
        assert_eq!(scope(&world), "studio/one:view");
    }

    fn tokens_from_before_a_suspension_stay_invalid_after_resuming(world: World) {
        let mut world = world;
        let tokens = opaque_tokens(&world);
        let file = take(&world);
        suspend(&world, true);
        suspend(&world, false);
        all_are_dead_and_new_ones_count(&mut world, &tokens);
        restored(&mut world, &file);
        all_are_dead_and_new_ones_count(&mut world, &tokens);
    }

    fn tokens_from_before_a_log_repair_stay_invalid(world: World) {
        let mut world = world;
        let tokens = opaque_tokens(&world);
        let file = take(&world);
        append(&world, DAMAGED);
        let position = Tables::of(&world).change_log().last().expect("rows").position;
        skip_row(&settings_of(&world), position).expect("stepped over");
        let asked = Request::get(&world.path("/whoami")).bearer(&tokens[0]);
        let ready = (0..2_000).any(|_| {
            std::thread::sleep(std::time::Duration::from_millis(5));
            world.send(&asked).status == 401
        });
        assert!(ready, "the server does not read on behind the row");
        all_are_dead_and_new_ones_count(&mut world, &tokens);
        restored(&mut world, &file);
        all_are_dead_and_new_ones_count(&mut world, &tokens);
    }
}
