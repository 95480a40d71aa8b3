//! The ledger below the API: dense positions, unbroken chain, one event per act, equal state from log and tables.

use std::sync::Barrier;
use std::thread;

use claviger::crypto::LogHash;
use claviger::store::{Head, Store, StoreError};
use claviger_contract::Position;
use serde_json::{Value, json};

use crate::answers::{items, text};
use crate::tables::{Tables, assert_dense_and_chained};
use claviger_testkit::http::Request;
use claviger_testkit::on_both_databases;
use claviger_testkit::world::{Client, World};

/// Created with a realm, without events: its two signing keys, and for registries an authority and a key.
const ROWS_WITHOUT_EVENT: u64 = 4;

fn count(world: &World, table: &str) -> u64 {
    Tables::of(world).lines(&format!("SELECT CAST(count(*) AS text) AS line FROM {table}"))[0]
        .parse()
        .expect("a number")
}

/// Asserts dense positions, an unbroken chain up to the head, and one audit event per row at its position.
#[track_caller]
fn assert_ledger_is_whole(world: &World) -> u64 {
    let tables = Tables::of(world);
    let rows = tables.change_log();
    let last = assert_dense_and_chained(&rows);
    assert_eq!(tables.lines("SELECT CAST(position AS text) AS line FROM log_head"), [last.to_string()]);
    assert_eq!(count(world, "audit_event") + ROWS_WITHOUT_EVENT, last);
    let positions = tables.lines("SELECT CAST(position AS text) AS line FROM audit_event GROUP BY position");
    assert_eq!(positions.len() as u64, count(world, "audit_event"));
    last
}

/// Acts of every kind, most of them on objects of earlier acts. Returns the credential that remains.
fn round(world: &World, index: u32) -> Client {
    let group = format!("group-{index}");
    world
        .group(&group, &["ci:read", "source:read", "source:read-update"])
        .resource(&format!("studio/s{index}"), &["view", "manage"]);
    let grant = json!([{"resource": format!("studio/s{index}"), "actions": ["view", "manage"]}]);
    let lives = world
        .credential_with(json!({"name": format!("lives-{index}"), "groups": [group], "resources": grant}));
    let brief = world.credential(&format!("brief-{index}"), &[]);
    let ends = world.credential_with(json!({"name": format!("ends-{index}"), "groups": [group]}));
    let server = world.resource_server(&format!("server-{index}"), &format!("urn:example:{index}"));
    let token = world.token(&ends);
    let revoke =
        Request::form(&world.path("/oauth2/revoke"), &[("token", &token)]).basic(&ends.id, &ends.key);
    world.send(&revoke).expect(200);
    world.revoke(&ends).expect(200);
    for (overlap, renewed) in [(3_600, &lives.id), (0, &brief.id)] {
        let body = Some(json!({"overlap_seconds": overlap}));
        world.admin("POST", &format!("/service-credentials/{renewed}/renew"), body).expect(201);
    }
    let application = json!({"name": format!("application-{index}"), "scopes": ["ci:read"]});
    let application = world.admin("POST", "/application-credentials", Some(application)).expect(201).json();
    let replaced =
        world.resource_server(&format!("replaced-{index}"), &format!("urn:example:replaced:{index}"));
    for (noun, id) in
        [("application-credentials", &application["id"]), ("resource-servers", &json!(replaced.id))]
    {
        let path = format!("/{noun}/{}/renew", id.as_str().expect("an id"));
        world.admin("POST", &path, Some(json!({"overlap_seconds": 3_600}))).expect(201);
    }
    let (member, _) = world.member(&format!("m{index}@acme.example"), &["auditor"]);
    world.admin("PATCH", &format!("/members/{member}"), Some(json!({"groups": [group]}))).expect(200);
    world.admin("PATCH", &format!("/groups/{group}"), Some(json!({"scopes": ["source:read"]}))).expect(200);
    world
        .admin("PATCH", &format!("/resources/studio/s{index}"), Some(json!({"actions": ["view"]})))
        .expect(200);
    if index.is_multiple_of(3) {
        world.admin("DELETE", &format!("/groups/{group}"), None).expect(200);
        world.admin("POST", &format!("/members/{member}/disable"), None).expect(200);
        world.admin("POST", &format!("/members/{member}/enable"), None).expect(200);
        world.admin("DELETE", &format!("/resource-servers/{}", server.id), None).expect(200);
    }
    lives
}

/// Everything visible of a realm, and the answers about tokens.
fn observable(world: &World, tokens: &[String]) -> Vec<String> {
    let lists = [
        "",
        "/service-credentials?limit=200",
        "/groups",
        "/resources",
        "/scopes",
        "/members",
        "/personal-access-tokens",
        "/resource-servers",
        "/signing-keys",
        "/audit-events?limit=200",
    ];
    // Not of the log: the last use, and what is observed of resource servers.
    const OBSERVED: [&str; 4] = ["last_used_at", "tier", "last_heard_at", "instances"];
    let told = |list: &&str| match world.admin("GET", list, None).expect(200).json() {
        Value::Object(mut members) => {
            for item in members.get_mut("items").and_then(Value::as_array_mut).into_iter().flatten() {
                item.as_object_mut().expect("an object").retain(|name, _| !OBSERVED.contains(&name.as_str()));
            }
            json!(members).to_string()
        }
        other => panic!("{other}"),
    };
    let mut seen: Vec<String> = lists.iter().map(told).collect();
    for path in ["/oauth2/jwks", "/.well-known/oauth-authorization-server"] {
        seen.push(world.send(&Request::get(&world.path(path))).expect(200).text());
    }
    for token in tokens {
        let answer = world.send(&Request::get(&world.path("/whoami")).bearer(token));
        seen.push(format!("{} {}", answer.status, answer.text()));
    }
    seen
}

/// The first fault found by reading the whole log.
fn first_fault(world: &World) -> Option<StoreError> {
    let store = Store::open(&world.database_url.parse().expect("a database")).expect("the store");
    let mut session = store.session().expect("a session");
    let mut head = Head { position: Position::ZERO, hash: LogHash::default() };
    loop {
        match session.rows_after(head) {
            Err(error) => return Some(error),
            Ok(rows) => match rows.last() {
                Some(last) => head = Head { position: last.position, hash: last.hash },
                None => return None,
            },
        }
    }
}

fn on_threads<T: Send>(act: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let together = Barrier::new(8);
    let run = |index| {
        together.wait();
        act(index)
    };
    thread::scope(|scope| {
        let threads: Vec<_> = (0..8)
            .map(|index| {
                scope.spawn({
                    let run = &run;
                    move || run(index)
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().expect("a thread")).collect()
    })
}

on_both_databases! {
    fn two_hundred_mixed_acts_leave_a_dense_and_unbroken_log(world: World) {
        for index in 0..15 {
            round(&world, index);
        }
        let last = assert_ledger_is_whole(&world);
        assert!(last >= 200, "{last}");
        assert!(first_fault(&world).is_none());
    }

    fn eight_concurrent_writers_leave_a_dense_log_and_one_event_per_act(world: World) {
        let before = assert_ledger_is_whole(&world);
        let name = |thread: usize, act: usize| format!("group-{thread}-{act}");
        on_threads(|thread| {
            for act in 0..12 {
                world.admin("POST", "/groups", Some(json!({"name": name(thread, act)}))).expect(201);
            }
        });
        assert_eq!(assert_ledger_is_whole(&world), before + 8 * 12);
        let mut expected: Vec<String> =
            (0..8).flat_map(|thread| (0..12).map(move |act| name(thread, act))).collect();
        expected.sort();
        let listed = items(&world.admin("GET", "/groups?limit=200", None));
        assert_eq!(listed.iter().map(|group| text(&group["name"])).collect::<Vec<_>>(), expected);
    }

    // S17
    fn one_of_eight_concurrent_creations_of_a_name_succeeds(world: World) {
        let before = assert_ledger_is_whole(&world);
        let body = json!({"name": "nightly", "validity_days": 90, "token_ttl_seconds": 900});
        let mut statuses: Vec<u16> =
            on_threads(|_| world.admin("POST", "/service-credentials", Some(body.clone())).status);
        statuses.sort_unstable();
        assert_eq!(statuses, [201, 409, 409, 409, 409, 409, 409, 409]);
        assert_eq!(assert_ledger_is_whole(&world), before + 1);
    }

    // S61
    fn eight_concurrent_revocations_write_one_row(world: World) {
        let credential = world.credential("nightly", &[]);
        let before = assert_ledger_is_whole(&world);
        let positions: Vec<Value> =
            on_threads(|_| world.revoke(&credential).expect(200).json()["position"].clone());
        assert_eq!(positions, vec![json!(before + 1); 8]);
        assert_eq!(assert_ledger_is_whole(&world), before + 1);
    }

    fn concurrent_revocations_share_commits_and_have_own_positions(world: World) {
        let api = world.resource_server("api", "urn:example:api");
        let credentials: Vec<Vec<(Client, String)>> = (0..8)
            .map(|thread| {
                let make = |act| {
                    let credential = world.credential(&format!("nightly-{thread}-{act}"), &[]);
                    let token = world.token(&credential);
                    (credential, token)
                };
                (0..8).map(make).collect()
            })
            .collect();
        let before = assert_ledger_is_whole(&world);
        let positions = on_threads(|thread| {
            let revoke = |(credential, token): &(Client, String)| {
                let receipt = world.revoke(credential).expect(200).json();
                world.assert_inactive(&api, token);
                receipt["position"].as_u64().expect("a position")
            };
            credentials[thread].iter().map(revoke).collect::<Vec<_>>()
        });
        let mut positions: Vec<u64> = positions.into_iter().flatten().collect();
        positions.sort_unstable();
        assert_eq!(positions, (before + 1..=before + 64).collect::<Vec<_>>());
        assert_eq!(assert_ledger_is_whole(&world), before + 64);
        assert!(first_fault(&world).is_none());
        if world.database_url.starts_with("postgres") {
            let transactions = format!(
                "SELECT CAST(count(DISTINCT xmin::text) AS text) AS line FROM change_log WHERE position > {before}"
            );
            let transactions: u64 = Tables::of(&world).lines(&transactions)[0].parse().expect("a number");
            assert!(transactions < 64, "{transactions} transactions for 64 revocations");
        }
    }

    fn concurrent_edits_are_sequential_in_the_audit_trail(world: World) {
        let credential = world.credential("nightly", &[]);
        let editors: Vec<(String, String)> = (0..8)
            .map(|index| {
                world.group(&format!("group-{index}"), &["ci:read"]);
                world.member(&format!("m{index}@acme.example"), &["sys_admin"])
            })
            .collect();
        let own = format!("/service-credentials/{}", credential.id);
        on_threads(|index| {
            let edit = json!({"groups": [format!("group-{index}")]});
            world.admin_as(&editors[index].1, "PATCH", &own, Some(edit)).expect(200);
        });
        let mut events = items(&world.admin("GET", "/audit-events?limit=200", None));
        events.retain(|event| event["target"]["id"] == credential.id);
        events.reverse();
        assert_eq!(events.len(), 9);
        for pair in events.windows(2) {
            assert_eq!(pair[1]["before"], pair[0]["after"]);
            assert_eq!(pair[1]["after"]["updated_by"]["id"], pair[1]["actor"]["id"]);
        }
        let mut shown = world.admin("GET", &own, None).json();
        // Observed, and no part of what was changed.
        shown.as_object_mut().expect("an object").remove("audiences_until_expiry");
        assert_eq!(shown, events[8]["after"]);
    }

    fn last_account_holder_stays_when_many_leave_concurrently(world: World) {
        let holders: Vec<(String, String)> = (0..8)
            .map(|index| world.member(&format!("h{index}@acme.example"), &["account_holder"]))
            .collect();
        // Another member disables the owner first. Eight are left, and each disables themselves.
        let owner = text(&items(&world.admin("GET", "/members", None))[0]["id"]);
        world.admin_as(&holders[0].1, "POST", &format!("/members/{owner}/disable"), None).expect(200);
        let mut statuses: Vec<u16> = on_threads(|index| {
            let (id, token) = &holders[index];
            world.admin_as(token, "POST", &format!("/members/{id}/disable"), None).status
        });
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 200, 200, 200, 200, 200, 200, 409]);
        assert_ledger_is_whole(&world);
    }

    fn refused_act_leaves_no_row_in_any_table(world: World) {
        let credential = world.credential("nightly", &[]);
        let (sys, sys_admin) = world.member("sys@acme.example", &["sys_admin"]);
        world.group("readers", &["ci:read"]);
        let before = Tables::of(&world).dump();
        let own = format!("/service-credentials/{}", credential.id);
        // Each is refused last, by the state at the head of the log.
        for (method, path, body, status) in [
            (
                "POST",
                "/service-credentials",
                json!({"name": "nightly", "validity_days": 90, "token_ttl_seconds": 900}),
                409,
            ),
            (
                "POST",
                "/service-credentials",
                json!({"name": "n", "validity_days": 90, "token_ttl_seconds": 900, "groups": ["nobody"]}),
                422,
            ),
            ("PATCH", &*own, json!({"groups": ["readers", "nobody"]}), 422),
            ("POST", &format!("{own}/revoke"), json!({"name": "daily"}), 422),
            ("POST", "/groups", json!({"name": "readers"}), 409),
            ("POST", "/groups", json!({"name": "g", "scopes": ["no:such"]}), 422),
            ("POST", "/scopes", json!({"scope": "ci:read"}), 409),
            ("DELETE", "/scopes/ci:read", Value::Null, 409),
            ("POST", "/members", json!({"email": "sys@acme.example", "name": "S", "roles": []}), 409),
            (
                "POST",
                "/members",
                json!({"email": "h@acme.example", "name": "H", "roles": ["account_holder"]}),
                403,
            ),
            ("PATCH", &format!("/members/{sys}"), json!({"roles": ["account_holder"]}), 403),
            (
                "POST",
                "/personal-access-tokens",
                json!({"expires_at": "2027-01-31T12:00:00Z", "scopes": ["ci:read"]}),
                422,
            ),
            ("DELETE", "/groups/nobody", Value::Null, 404),
        ] {
            assert_eq!(
                world.admin_as(&sys_admin, method, path, Some(body)).status,
                status,
                "{method} {path}"
            );
        }
        assert_eq!(Tables::of(&world).dump(), before);
    }

    fn state_from_the_tables_equals_state_from_the_log(world: World) {
        let mut tokens = vec![world.owner.clone()];
        for index in 0..7 {
            let client = round(&world, index);
            tokens.push(world.token(&client));
            if index.is_multiple_of(2) {
                // Cuts the token issued above.
                let path = format!("/service-credentials/{}", client.id);
                world.admin("PATCH", &path, Some(json!({"resources": []}))).expect(200);
            }
        }
        let followed = observable(&world, &tokens);
        assert!(
            followed.iter().any(|seen| seen.starts_with("200 "))
                && followed.iter().any(|seen| seen.starts_with("401 "))
        );
        world.restart();
        assert_eq!(observable(&world, &tokens), followed);
        // The restarted server accepts further acts.
        round(&world, 100);
        assert_ledger_is_whole(&world);
    }

    fn tampered_log_row_is_named(world: World) {
        for index in 0..3 {
            world.admin("POST", "/groups", Some(json!({"name": format!("group-{index}")}))).expect(201);
        }
        assert!(first_fault(&world).is_none());
        world.stop();
        let tables = Tables::of(&world);
        let last = assert_dense_and_chained(&tables.change_log());
        // From the end to the beginning, because each fault hides those after it.
        let copied = |column: &str, from: u64, to: u64| {
            let source = format!("SELECT {column} FROM change_log WHERE position = {from}");
            format!("UPDATE change_log SET {column} = ({source}) WHERE position = {to}")
        };
        for (position, tampering) in [
            (last, copied("hash", 1, last)),
            (last - 1, copied("body", last, last - 1)),
            (3, "DELETE FROM change_log WHERE position = 2".to_owned()),
        ] {
            tables.execute(&tampering);
            match first_fault(&world) {
                Some(error @ StoreError::Broken { .. }) => {
                    assert!(error.to_string().contains(&format!("position {position}")), "{error}");
                }
                other => panic!("{tampering}: {other:?}"),
            }
        }
    }
}
