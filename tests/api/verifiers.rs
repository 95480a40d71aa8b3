//! A revocation waits for the verifiers that follow the feed of its realm, or until their leases are over.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use claviger::revocation::{NotHeard, Poll};
use claviger_contract::Position;
use claviger_domain::VerifierRow;
use serde_json::json;

use crate::behind_the_back::statement;
use crate::verifier_polls::{
    LEASE, attach, furnished, held_until, poll, position, revoke_while_time_passes, revoke_with, rows,
    verifier, verifiers,
};
use claviger_testkit::http::Request;
use claviger_testkit::on_both_databases;
use claviger_testkit::patience::until;
use claviger_testkit::world::World;

on_both_databases! {
    fn revocation_returns_when_its_verifier_has_acknowledged_it(world: World) {
        let furnished = furnished(&world);
        attach(&world, &furnished.server, "v");
        attach(&world, &furnished.server, "w");
        let before = rows(&world);
        let act = || revoke_with(&world, &furnished.credential, "");
        let (receipt, was_released) = held_until(&world, act, |position| {
            for name in ["v", "w"] {
                poll(&world, &furnished.server, name, position).expect("a known verifier");
            }
        });
        assert!(was_released, "it returned before the verifiers had acknowledged");
        assert_eq!(receipt["outcome"], "confirmed");
        assert_eq!(receipt["waited_for"], "verifiers");
        let builds = json!([{"resource_server": "builds", "instances": 2}]);
        assert_eq!(receipt["confirmed"], json!({"nodes": ["node-1"], "verifiers": builds}));
        assert_eq!(receipt["unconfirmed"], json!({"nodes": [], "verifiers": []}));
        let audiences = json!([{
            "audience": "https://builds.example.org", "tier": "T1", "last_heard_at": "2027-01-31T12:00:00Z",
        }]);
        assert_eq!(receipt["audiences"], audiences);

        // Every commit of a row raises its number, and only what changes is written.
        let acked = Position::new(receipt["position"].as_u64().expect("a position"));
        let expected = before.into_iter().map(|(key, row)| (key, VerifierRow { acked, seq: row.seq + 1, ..row }));
        assert_eq!(rows(&world), expected.collect());

        // What the verifiers have acknowledged is not waited for again.
        let again = revoke_with(&world, &furnished.credential, "");
        assert_eq!((&again["position"], &again["outcome"]), (&receipt["position"], &json!("confirmed")));
    }

    fn wait_for_nodes_alone_waits_for_no_verifier_and_passes_none(world: World) {
        let furnished = furnished(&world);
        attach(&world, &furnished.server, "v");
        let by_client = [("token", furnished.token.as_str()), ("wait", "nodes")];
        let request = Request::form(&world.path("/oauth2/revoke"), &by_client);
        let request = request.basic(&furnished.credential.id, &furnished.credential.key);
        let receipts = [
            world.send(&request).expect(200).json(),
            revoke_with(&world, &furnished.credential, "?wait=nodes"),
        ];
        for receipt in receipts {
            assert_eq!((&receipt["waited_for"], &receipt["outcome"]), (&json!("nodes"), &json!("confirmed")));
            assert_eq!(receipt["confirmed"], json!({"nodes": ["node-1"], "verifiers": []}));
            assert_eq!(receipt["audiences"][0]["tier"], "T1", "it is attached nevertheless");
        }
        // The same act again, now for everybody: that all nodes have passed it proves nothing of verifiers.
        let head = position(&world);
        let is_released = AtomicBool::new(false);
        let (receipt, was_released) = thread::scope(|scope| {
            let act = || (revoke_with(&world, &furnished.credential, ""), is_released.load(Ordering::SeqCst));
            let acting = scope.spawn(act);
            for _ in 0..20 {
                world.send(&Request::get(&world.path("/oauth2/jwks")));
            }
            is_released.store(true, Ordering::SeqCst);
            poll(&world, &furnished.server, "v", head).expect("a known verifier");
            acting.join().expect("an answer")
        });
        assert!(was_released, "it returned before the verifier had acknowledged");
        assert_eq!(receipt["confirmed"]["verifiers"], json!([{"resource_server": "builds", "instances": 1}]));
        assert_eq!(position(&world), head, "nothing was written again");
    }

    fn change_that_takes_something_away_waits_for_verifiers_too(world: World) {
        let furnished = furnished(&world);
        attach(&world, &furnished.server, "v");
        let edit = || {
            world.admin("PATCH", "/groups/builders", Some(json!({"scopes": []}))).expect(200).json()
        };
        let (edited, was_released) = held_until(&world, edit, |position| {
            poll(&world, &furnished.server, "v", position).expect("a known verifier");
        });
        assert!(was_released, "it returned before the verifier had acknowledged");
        assert_eq!(edited["receipt"]["waited_for"], "verifiers");
    }

    fn verifier_of_another_realm_is_not_waited_for(world: World) {
        let furnished = furnished(&world);
        let (realm, verifier) = ("other".parse().expect("a label"), verifier("v"));
        let resource_server = furnished.server.id.parse().expect("an id");
        let poll = Poll { realm, resource_server, verifier, acked: Position::ZERO };
        until("the verifier is heard", || verifiers(&world).hear(poll.clone()).is_ok());
        let receipt = revoke_with(&world, &furnished.credential, "?wait=verifiers");
        assert_eq!((&receipt["waited_for"], &receipt["outcome"]), (&json!("nodes"), &json!("confirmed")));
        assert_eq!(receipt["audiences"][0]["tier"], "T3");
    }

    fn silent_verifier_is_waited_out(world: World) {
        let furnished = furnished(&world);
        attach(&world, &furnished.server, "v");
        let (receipt, passed) = revoke_while_time_passes(&world, &furnished.credential);
        assert_eq!(receipt["outcome"], "waited_out");
        assert_eq!(receipt["waited_for"], "verifiers");
        let builds = json!([{"resource_server": "builds", "instances": 1}]);
        assert_eq!(receipt["confirmed"], json!({"nodes": ["node-1"], "verifiers": []}));
        assert_eq!(receipt["unconfirmed"], json!({"nodes": [], "verifiers": builds}));
        assert!(passed >= LEASE, "its lease was not over after {passed:?}: {receipt}");
        world.clock.pass_until(|| rows(&world).is_empty());
        // It comes back, and is waited for again.
        attach(&world, &furnished.server, "v");
        assert_eq!(rows(&world).len(), 1);
    }

    fn verifier_of_the_run_before_is_waited_out(world: World) {
        let furnished = furnished(&world);
        attach(&world, &furnished.server, "v");
        let before: Vec<_> = rows(&world).into_keys().collect();
        world.restart();
        assert_eq!(rows(&world).into_keys().collect::<Vec<_>>(), before, "a server that leaves keeps its rows");
        let (receipt, passed) = revoke_while_time_passes(&world, &furnished.credential);
        assert_eq!(receipt["outcome"], "waited_out");
        let builds = json!([{"resource_server": "builds", "instances": 1}]);
        assert_eq!(receipt["unconfirmed"]["verifiers"], builds);
        assert!(passed >= LEASE, "its lease was not over after {passed:?}: {receipt}");
        world.clock.pass_until(|| rows(&world).is_empty());
    }

    fn verifier_that_hops_to_the_next_run_confirms_there(world: World) {
        let furnished = furnished(&world);
        attach(&world, &furnished.server, "v");
        world.restart();
        attach(&world, &furnished.server, "v");
        assert_eq!(rows(&world).len(), 2, "one for each run that has heard it");
        let act = || revoke_with(&world, &furnished.credential, "");
        let (receipt, was_released) = held_until(&world, act, |position| {
            poll(&world, &furnished.server, "v", position).expect("a known verifier");
        });
        assert!(was_released, "it returned before the verifier had acknowledged");
        assert_eq!(receipt["outcome"], "confirmed", "the greatest position that any run has heard counts");
        let builds = json!([{"resource_server": "builds", "instances": 1}]);
        assert_eq!(receipt["confirmed"]["verifiers"], builds, "it is one process");
    }

    fn verifier_without_a_row_is_not_heard(world: World) {
        let furnished = furnished(&world);
        attach(&world, &furnished.server, "known");
        statement(&world, "ALTER TABLE verifier RENAME TO taken_away");
        let refused = Err(NotHeard::Unwritten);
        assert_eq!(poll(&world, &furnished.server, "new", Position::ZERO), refused);
        assert_eq!(poll(&world, &furnished.server, "known", Position::ZERO), Ok(()), "its row is committed");
        let path = format!("/service-credentials/{}/revoke", furnished.credential.id);
        let answer = world.admin("POST", &path, Some(json!({"name": "nightly"}))).expect(503);
        assert!(answer.header("retry-after").is_some());
        statement(&world, "ALTER TABLE taken_away RENAME TO verifier");
        attach(&world, &furnished.server, "new");
        let names: Vec<String> = rows(&world).into_keys().map(|(name, _)| name).collect();
        assert_eq!(names, [verifier("new").to_string(), verifier("known").to_string()]);
    }

    fn a_thousand_verifiers_confirm_and_one_more_is_refused(world: World) {
        const VERIFIERS: usize = 1_000;
        const AT_ONCE: usize = 20;
        let furnished = furnished(&world);
        let (world, server) = (&world, &furnished.server);
        let names: Vec<String> = (0..VERIFIERS).map(|number| format!("v{number}")).collect();
        thread::scope(|scope| {
            for some in names.chunks(VERIFIERS / AT_ONCE) {
                scope.spawn(move || some.iter().for_each(|name| attach(world, server, name)));
            }
        });
        assert_eq!(poll(world, server, "one-more", Position::ZERO), Err(NotHeard::TooMany));
        let act = || revoke_with(world, &furnished.credential, "");
        let (receipt, was_released) = held_until(world, act, |position| {
            names.iter().for_each(|name| poll(world, server, name, position).expect("a known verifier"));
        });
        assert!(was_released, "it returned before the verifiers had acknowledged");
        assert_eq!(receipt["outcome"], "confirmed");
        let builds = json!([{"resource_server": "builds", "instances": VERIFIERS}]);
        assert_eq!(receipt["confirmed"]["verifiers"], builds);
    }

    fn id_of_another_resource_server_is_not_heard(world: World) {
        let furnished = furnished(&world);
        let other = world.resource_server("studio", "https://studio.example.org");
        attach(&world, &furnished.server, "v");
        let far = Position::new(1_000_000);
        assert_eq!(poll(&world, &other, "v", far), Err(NotHeard::Unwritten));
        assert!(rows(&world).values().all(|row| row.acked == Position::ZERO));
    }
}
