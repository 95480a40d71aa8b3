//! A property: for any grants and any request, what is issued never exceeds what is granted.

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};

use claviger_testkit::jwt;
use claviger_testkit::world::{Database, World};

const TYPES: [&str; 2] = ["source", "ci"];
const NAMES: [&str; 2] = ["a", "b"];
const ACTIONS: [&str; 3] = ["read", "read-update", "create"];

/// The smallest unit of a right: one action on one resource. Without a name it covers the whole type.
type Unit = (&'static str, Option<&'static str>, &'static str);

/// Everything that can be granted or requested here.
fn universe() -> Vec<Unit> {
    let targets = TYPES.iter().flat_map(|kind| {
        [None].into_iter().chain(NAMES.iter().copied().map(Some)).map(move |name| (*kind, name))
    });
    targets.flat_map(|(kind, name)| ACTIONS.iter().map(move |action| (kind, name, *action))).collect()
}

fn text((kind, name, action): Unit) -> String {
    name.map_or_else(|| format!("{kind}:{action}"), |name| format!("{kind}/{name}:{action}"))
}

/// The rights that these imply, listed explicitly and not computed as the server does.
fn spelt_out(rights: impl IntoIterator<Item = Unit>) -> BTreeSet<Unit> {
    let mut all = BTreeSet::new();
    for (kind, name, action) in rights {
        let actions: &[&'static str] =
            if action == "read-update" { &["read", "read-update"] } else { &[action] };
        let names: Vec<Option<&'static str>> = match name {
            Some(name) => vec![Some(name)],
            None => [None].into_iter().chain(NAMES.iter().copied().map(Some)).collect(),
        };
        for &action in actions {
            all.extend(names.iter().map(|&name| (kind, name, action)));
        }
    }
    all
}

fn read_back(scope: &Value) -> BTreeSet<Unit> {
    let issued: Vec<&str> = scope.as_str().map(|scope| scope.split(' ').collect()).unwrap_or_default();
    let units: BTreeSet<Unit> =
        universe().into_iter().filter(|unit| issued.contains(&text(*unit).as_str())).collect();
    assert_eq!(units.len(), issued.len(), "{scope} holds something that was never granted");
    units
}

/// Two groups, grants of the credential itself, and its request.
#[derive(Clone, Debug)]
struct Case {
    groups: [Vec<Unit>; 2],
    own: Vec<Unit>,
    requests: Vec<Vec<Unit>>,
}

fn case() -> impl Strategy<Value = Case> {
    let named: Vec<Unit> = universe().into_iter().filter(|(_, name, _)| name.is_some()).collect();
    let some = |most| prop::collection::vec(prop::sample::select(universe()), 0..=most);
    let own = prop::collection::vec(prop::sample::select(named), 0..3);
    let requests = prop::collection::vec(prop::collection::vec(prop::sample::select(universe()), 1..3), 6);
    (some(2), some(3), own, requests).prop_map(|(one, two, own, requests)| Case {
        groups: [one, two],
        own,
        requests,
    })
}

fn check(world: &World, number: usize, case: &Case) {
    let names: Vec<String> = (0..case.groups.len()).map(|index| format!("group {number}.{index}")).collect();
    for (name, scopes) in names.iter().zip(&case.groups) {
        let scopes: Vec<String> = scopes.iter().copied().map(text).collect();
        world.group(name, &scopes.iter().map(String::as_str).collect::<Vec<_>>());
    }
    let grants: Vec<Value> = case
        .own
        .iter()
        .filter_map(|(kind, name, action)| {
            let name = (*name)?;
            Some(json!({"resource": format!("{kind}/{name}"), "actions": [action]}))
        })
        .collect();
    let parts = json!({"name": format!("case {number}"), "groups": names, "resources": grants});
    let credential = world.credential_with(parts);
    let granted = spelt_out(case.groups.iter().flatten().chain(&case.own).copied());

    let everything = jwt::claims(&world.token(&credential))["scope"].clone();
    assert_eq!(spelt_out(read_back(&everything)), granted);
    for asked in &case.requests {
        let scope = asked.iter().copied().map(text).collect::<Vec<_>>().join(" ");
        let answer = world.send(&world.token_request(&credential, &[("scope", &scope)]));
        if asked.iter().all(|unit| granted.contains(unit)) {
            let token = answer.expect(200).json()["access_token"].as_str().expect("a token").to_owned();
            let issued = spelt_out(read_back(&jwt::claims(&token)["scope"]));
            assert_eq!(issued, spelt_out(asked.iter().copied()), "asked for {scope}");
            assert!(issued.is_subset(&granted));
        } else {
            answer.expect_oauth_error(400, "invalid_scope");
        }
    }
}

#[test]
fn token_holds_exactly_the_request_or_nothing_is_issued() {
    let world = World::start(Database::Sqlite);
    for (kind, name) in TYPES.iter().flat_map(|kind| NAMES.iter().map(move |name| (kind, name))) {
        world.resource(&format!("{kind}/{name}"), &ACTIONS);
    }
    let config = Config { cases: 48, failure_persistence: None, max_shrink_iters: 200, ..Config::default() };
    let number = std::cell::Cell::new(0);
    let outcome = TestRunner::new(config).run(&case(), |case| {
        number.set(number.get() + 1);
        check(&world, number.get(), &case);
        Ok(())
    });
    outcome.unwrap_or_else(|failure| panic!("{failure}"));
}
