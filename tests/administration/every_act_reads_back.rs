//! After any acts, a restart and a backup show the same state, and an older backup with the journal grants no more.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::process::Command;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};

use crate::answers::text;
use crate::any_act::{ACTIONS, EACH, KINDS, any_act, scopes, spare_scopes};
use crate::backups::{change_database, put_back, take};
use crate::every_noun_reads_back::shown;
use claviger_testkit::http::{Request, Response};
use claviger_testkit::on_both_databases;
use claviger_testkit::patience::{next_second, until};
use claviger_testkit::world::{Client, World};

/// Of 100 acts each. More rounds run if chance has left out a kind.
const ROUNDS: usize = 7;
const MAX_ROUNDS: usize = 40;

/// Clients and tokens whose effective scopes are compared.
pub struct Scene {
    pub clients: Vec<Client>,
    /// API tokens and personal access tokens.
    pub tokens: Vec<String>,
}

impl Scene {
    pub fn set(world: &World) -> Self {
        for scope in
            [scopes(), spare_scopes(), vec!["containers:read".to_owned(), "ci:read".to_owned()]].concat()
        {
            world.scopes(&[&scope]);
        }
        for index in 0..EACH {
            world.resource(&format!("source/r{index}"), &ACTIONS);
        }
        for index in 0..EACH {
            let scopes = [index, (index + 1) % EACH].map(|index| format!("t:s{index}"));
            let grant = json!([{"resource": format!("source/r{index}"), "actions": ACTIONS}]);
            let body = json!({"name": format!("g{index}"), "scopes": scopes, "resources": grant});
            world.admin("POST", "/groups", Some(body)).expect(201);
        }
        let mut clients = Vec::new();
        for index in 0..2 * EACH {
            world.resource_server(&format!("s{index}"), &format!("https://s{index}.example"));
            let groups = [index % EACH, (index + 3) % EACH].map(|index| format!("g{index}"));
            let grant =
                json!([{"resource": format!("source/r{}", index % EACH), "actions": ["read", "write"]}]);
            let parts = json!({"name": format!("c{index}"), "groups": groups, "resources": grant});
            clients.push(world.credential_with(parts));
            let body = json!({"name": format!("a{index}"), "scopes": scopes()});
            let made = world.admin("POST", "/application-credentials", Some(body)).expect(201).json();
            let (id, key) = (text(&made["client_id"]), text(&made["client_key"]));
            clients.push(Client { id, key, name: String::new() });
        }
        let mut tokens = Vec::new();
        for index in 0..EACH {
            let body = json!({"email": format!("m{index}@x.example"), "name": format!("m{index}"),
                              "roles": ["sys_admin", "auditor"], "groups": [format!("g{index}")]});
            world.admin("POST", "/members", Some(body)).expect(201);
            let own = world.operator_token(&format!("m{index}@x.example"));
            let body = json!({"expires_at": "2099-01-01T00:00:00Z", "scopes": [format!("t:s{index}")]});
            let made = world.admin_as(&own, "POST", "/api-tokens", Some(body)).expect(201).json();
            tokens.extend([own, text(&made["token"])]);
            let (_, login) = world.api_token(&["containers:read", "t:s0"]);
            let asked = Request::get(&world.path("/registry/token?service=r.example&offline_token=true"));
            text(&world.send(&asked.basic("any", &login)).expect(200).json()["refresh_token"]);
            tokens.push(login);
        }
        Self { clients, tokens }
    }

    /// The effective scopes of clients and tokens, or the status of a refusal.
    pub fn worth(&self, world: &World) -> Vec<String> {
        let of = |answer: Response| match answer.status {
            200 => answer.json()["scope"].as_str().unwrap_or_default().to_owned(),
            status => status.to_string(),
        };
        let clients = self.clients.iter().map(|client| world.send(&world.token_request(client, &[])));
        let whoami = |token: &String| world.send(&Request::get(&world.path("/whoami")).bearer(token));
        clients.chain(self.tokens.iter().map(whoami)).map(of).collect()
    }
}

fn pem(arguments: &[&str]) -> String {
    let made = Command::new("openssl").args(arguments).output().expect("openssl is there");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    String::from_utf8(made.stdout).expect("PEM")
}

/// Importable keys. Each is accepted once.
fn pems() -> Vec<(&'static str, String)> {
    let elliptic = || pem(&["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"]);
    let rsa = || pem(&["genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"]);
    let edwards = || pem(&["genpkey", "-algorithm", "ED25519"]);
    let mut all = vec![("RS256", rsa()), ("PS256", rsa())];
    all.extend((0..6).flat_map(|_| [("ES256", elliptic()), ("EdDSA", edwards())]));
    all
}

/// What distinguishes an item from the others of its list.
fn identity(item: &Value) -> String {
    let names = ["kid", "id", "client_id", "scope", "type", "name", "realm"];
    let parts = names.iter().filter(|name| item[**name].is_string());
    let is_thing = |name: &&&str| matches!(**name, "kid" | "id" | "client_id");
    match parts.clone().find(is_thing) {
        Some(id) => item[*id].to_string(),
        None => parts.map(|name| item[*name].to_string()).collect(),
    }
}

fn by_identity(items: Vec<Value>) -> BTreeMap<String, Value> {
    items.into_iter().map(|item| (identity(&item), item)).collect()
}

/// What the item grants, as single words; nothing if it is no longer active.
fn granted(item: &Value) -> Vec<String> {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    // A key counts by its presence, whatever its status.
    let mut all = Vec::new();
    if item["kid"].is_null() && !item["status"].is_null() {
        if item["status"] != "active" {
            return all;
        }
        all.push("counts".to_owned());
    }
    for name in ["groups", "scopes", "effective_scopes", "roles", "actions"] {
        // Scopes may be shown with their origins, which may change.
        let word = |one: &Value| if one.is_object() { one["scope"].clone() } else { one.clone() };
        all.extend(list(&item[name]).iter().map(|one| format!("{name} {}", word(one))));
    }
    for grant in list(&item["resources"]) {
        all.extend(list(&grant["actions"]).iter().map(|action| format!("{} {action}", grant["resource"])));
    }
    all
}

/// What is shown after the server has ended everything that is due. The overlap created here is the last to end.
fn settled(world: &World) -> Vec<Value> {
    let last = world.credential("the last to be replaced", &[]);
    let path = format!("/service-credentials/{}", last.id);
    world.admin("POST", &format!("{path}/renew"), Some(json!({"overlap_seconds": 60}))).expect(201);
    world.clock.advance_seconds(60);
    until("the last overlap has ended", || {
        world.admin("GET", &path, None).expect(200).json()["status"] == "revoked"
    });
    shown(world)
}

on_both_databases! {
    fn every_act_reads_back_from_log_tables_backup_and_journal(world: World) {
        let mut world = world;
        let scene = Scene::set(&world);
        let early = take(&world, "early");
        let at_first = by_identity(shown(&world));
        let config = Config { cases: 100, failure_persistence: None, ..Config::default() };
        let done: RefCell<BTreeMap<String, u32>> = RefCell::default();
        let acts = any_act(pems());
        let never = || KINDS.into_iter().filter(|kind| !done.borrow().contains_key(*kind)).collect::<Vec<_>>();
        for round in 0..MAX_ROUNDS {
            if round >= ROUNDS && never().is_empty() {
                break;
            }
            TestRunner::new(config.clone())
                .run(&acts, |act| {
                    if let Some(answer) = act.carry_out(&world, &scene.clients) {
                        let is_expected = matches!(answer.status, 200 | 201 | 400 | 409 | 422);
                        prop_assert!(is_expected, "{act:?}: {} {}", answer.status, answer.text());
                        if answer.status < 300 {
                            *done.borrow_mut().entry(act.kind()).or_default() += 1;
                        }
                    }
                    Ok(())
                })
                .expect("no request is answered otherwise");
        }
        assert!(never().is_empty(), "not once: {:?} of {done:?}", never());

        let (left, worth) = (settled(&world), scene.worth(&world));
        world.restart();
        assert_eq!(shown(&world), left);
        assert_eq!(scene.worth(&world), worth);
        let late = take(&world, "late");
        change_database(&mut world);
        put_back(&world, &late).expect("restored");
        world.restart();
        assert_eq!(by_identity(shown(&world)), by_identity(left.clone()));
        assert_eq!(scene.worth(&world), worth);

        next_second();
        change_database(&mut world);
        put_back(&world, &early).expect("restored");
        world.restart();
        let left = by_identity(left);
        for (identity, item) in by_identity(shown(&world)) {
            let (Some(before), after) = (at_first.get(&identity), left.get(&identity)) else { continue };
            let after = after.unwrap_or_else(|| panic!("it was ended, and is there again: {item}"));
            let (had, has, kept) = (granted(before), granted(&item), granted(after));
            let more: Vec<_> = has.iter().filter(|one| !kept.contains(one)).collect();
            assert!(more.is_empty(), "{more:?} was taken away, and is there again: {item}");
            let made_up: Vec<_> = has.iter().filter(|one| !had.contains(one)).collect();
            assert!(made_up.is_empty(), "{made_up:?} was never there: {item}");
        }
        for (after, before) in scene.worth(&world).iter().zip(&worth) {
            let is_refused = after.parse::<u16>().is_ok();
            let kept: Vec<&str> = before.split(' ').collect();
            assert!(is_refused || after.split_whitespace().all(|scope| kept.contains(&scope)), "{after} of {before}");
        }
    }
}
