//! Lists: search, filters, sort order, and cursors that stay correct while rows are inserted and deleted.

use serde_json::{Value, json};

use claviger_testkit::clock::days;
use claviger_testkit::on_both_databases;
use claviger_testkit::patience::until;
use claviger_testkit::world::{Client, Database, World};

/// Collects the names of all pages, and calls `between` after each page.
fn names(
    world: &World,
    path: &str,
    query: &str,
    member: &str,
    mut between: impl FnMut(usize),
) -> Vec<String> {
    let mut names = Vec::new();
    let mut cursor = String::new();
    for page in 0.. {
        let answer = world.admin("GET", &format!("{path}?{query}{cursor}"), None).expect(200).json();
        let items = answer["items"].as_array().expect("items");
        names.extend(items.iter().map(|item| item[member].as_str().expect("a text").to_owned()));
        match answer["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
        between(page);
    }
    names
}

/// Whether every credential is in the list of the status that it is shown with, and in no other.
fn filters_agree(world: &World) -> bool {
    let all = world.admin("GET", "/service-credentials?limit=200", None).expect(200).json();
    let all = all["items"].as_array().expect("items");
    ["active", "expired", "revoked"].into_iter().all(|status| {
        let shown = all.iter().filter(|item| item["status"] == status);
        let shown: Vec<&str> = shown.map(|item| item["name"].as_str().expect("a name")).collect();
        names(world, "/service-credentials", &format!("status={status}"), "name", |_| ()) == shown
    })
}

on_both_databases! {
fn status_filter_agrees_with_the_status_shown_at_every_second(world: World) {
    world.credential_with(json!({"name": "forever", "validity_days": null}));
    world.credential_with(json!({"name": "a month", "validity_days": 30}));
    let replaced = world.credential_with(json!({"name": "replaced", "validity_days": 30}));
    let body = json!({"overlap_seconds": 600});
    world.admin("POST", &format!("/service-credentials/{}/renew", replaced.id), Some(body)).expect(201);
    let revoked = world.credential_with(json!({"name": "revoked", "validity_days": 30}));
    world.revoke(&revoked).expect(200);
    assert!(filters_agree(&world), "at first");
    let mut passed = 0;
    for end in [600, days(30)] {
        for (at, when) in [(end - 1, "before"), (end, "at"), (end + 1, "after")] {
            world.clock.advance_seconds(at - passed);
            passed = at;
            // Between two requests the server may have revoked what has been replaced.
            until(&format!("lists agree {when} the end at {end} s"), || filters_agree(&world));
        }
    }
}

fn credentials_are_found_sorted_and_filtered(world: World) {
    for (name, description) in [("beta", "Ships Größe"), ("Alpha", "50% of_it"), ("gamma", "builds")] {
        world.credential_with(json!({"name": name, "description": description}));
    }
    let old = world.credential_with(json!({"name": "old", "validity_days": 30}));
    let gone = world.credential_with(json!({"name": "gone"}));
    world.revoke(&gone).expect(200);
    let list = |query: &str| names(&world, "/service-credentials", query, "name", |_| ());

    assert_eq!(list(""), ["beta", "Alpha", "gamma", "old", "gone"]);
    assert_eq!(list("sort=-created_at&limit=2"), ["gone", "old", "gamma", "Alpha", "beta"]);
    assert_eq!(list("sort=name&limit=1"), ["Alpha", "beta", "gamma", "gone", "old"]);
    assert_eq!(list("sort=-name&limit=2"), ["old", "gone", "gamma", "beta", "Alpha"]);
    assert_eq!(list("q=ALPHA"), ["Alpha"]);
    assert_eq!(list("q=gr%C3%B6%C3%9Fe"), ["beta"], "beyond ASCII too");
    assert_eq!(list("q=50%25"), ["Alpha"]);
    assert_eq!(list("q=%25"), ["Alpha"], "a percent sign is a percent sign");
    assert_eq!(list("q=f_i"), ["Alpha"]);
    assert_eq!(list("q=fxi"), [""; 0]);
    assert_eq!(list(&format!("q={}", &old.id[5..30])), ["old"]);
    assert_eq!(list("q="), list(""));
    assert_eq!(list("status=revoked"), ["gone"]);
    assert_eq!(list("status=active&sort=name"), ["Alpha", "beta", "gamma", "old"]);
    assert_eq!(list("status=expired"), [""; 0]);
    world.clock.advance_seconds(days(31));
    assert_eq!(list("status=expired"), ["old"]);
    assert_eq!(list("status=active&q=a&limit=1&sort=name"), ["Alpha", "beta", "gamma"]);
}
}

on_both_databases! {
fn pages_stay_correct_while_rows_change(world: World) {
    let made: Vec<_> = ["b", "d", "f", "h"].map(|name| world.credential_with(json!({"name": name}))).into();
    // Rows change before, at and after the cursor.
    let seen = names(&world, "/service-credentials", "sort=name&limit=2&status=active", "name", |page| {
        if page == 0 {
            world.credential_with(json!({"name": "a"}));
            world.credential_with(json!({"name": "e"}));
            world.revoke(&made[1]).expect(200);
        }
    });
    assert_eq!(seen, ["b", "d", "e", "f", "h"], "nothing twice, nothing of what was there left out");

    for name in ["m", "n", "o"] {
        world.group(name, &[]);
    }
    let seen = names(&world, "/groups", "sort=-name&limit=1", "name", |page| {
        if page == 0 {
            world.admin("DELETE", "/groups/o", None).expect(200);
            world.group("mm", &[]);
        }
    });
    assert_eq!(seen, ["o", "n", "mm", "m"]);
}
}

#[test]
fn every_list_searches_and_sorts() {
    let world = World::start(Database::Sqlite);
    world.scopes(&["ci:read", "ci:write", "docs:read"]);
    world.group("builders", &["ci:read"]).group("writers", &["docs:read"]);
    world.resource("studio/one", &["view"]).resource("repo/two", &["view"]);
    world.resource_server("api", "https://api.example");
    world.resource_server("registry", "https://registry.example");
    let (dev, _) = world.member("dev@acme.example", &["member"]);
    world.admin("POST", &format!("/members/{dev}/disable"), None).expect(200);
    for (path, query, member, expected) in [
        ("/scopes", "q=CI%3A&sort=-scope", "scope", vec!["ci:write", "ci:read"]),
        ("/groups", "q=wri", "name", vec!["writers"]),
        ("/resources", "sort=-name", "name", vec!["one", "two"]),
        ("/resources", "q=repo/", "name", vec!["two"]),
        ("/resource-servers", "sort=-audience", "name", vec!["registry", "api"]),
        ("/resource-servers", "q=https://api", "name", vec!["api"]),
        ("/members", "status=disabled", "email", vec!["dev@acme.example"]),
        ("/members", "status=active", "email", vec!["holder@acme.example"]),
        ("/members", "sort=-email", "email", vec!["holder@acme.example", "dev@acme.example"]),
        ("/personal-access-tokens", "status=active&q=tests", "description", vec!["tests"]),
        ("/personal-access-tokens", "status=revoked", "description", vec![]),
        ("/signing-keys", "q=nothing", "kid", vec![]),
    ] {
        assert_eq!(names(&world, path, query, member, |_| ()), expected, "{path}?{query}");
    }
}

on_both_databases! {
fn lists_of_what_expires_are_filtered_and_sorted_by_the_end(world: World) {
    world.scopes(&["ci:read"]);
    for (name, days) in [("never", Value::Null), ("b", json!(60)), ("soon", json!(30)), ("a", json!(60)), ("late", json!(365))] {
        world.credential_with(json!({"name": name, "validity_days": days}));
    }
    // Until the end of its overlap, which is before the end of its validity.
    let replaced = world.credential_with(json!({"name": "replaced", "validity_days": null}));
    world.admin("POST", &format!("/service-credentials/{}/renew", replaced.id), Some(json!({"overlap_seconds": 600}))).expect(201);
    let listed = |query: &str| names(&world, "/service-credentials", query, "name", |_| ());
    let all = ["replaced", "soon", "b", "a", "late", "never", "replaced"];
    assert_eq!(listed("sort=expires_at"), all);
    assert_eq!(listed("sort=expires_at&limit=1"), all, "in pages");
    let reversed: Vec<&str> = all.iter().rev().copied().collect();
    assert_eq!(listed("sort=-expires_at&limit=2"), reversed);
    // The clock stands at 2027-01-31T12:00:00Z.
    assert_eq!(listed("sort=expires_at&expires_before=2027-03-02T12:00:00Z"), ["replaced"]);
    assert_eq!(listed("sort=expires_at&expires_before=2027-03-02T12:00:01Z"), ["replaced", "soon"]);
    assert_eq!(listed("sort=-expires_at&limit=1&expires_before=2030-01-01T00:00:00Z"), ["late", "a", "b", "soon", "replaced"]);
    assert_eq!(listed("expires_before=2030-01-01T00:00:00Z&status=revoked"), [""; 0]);

    for (name, end) in [("x", json!("2027-05-01T00:00:00Z")), ("y", Value::Null), ("z", json!("2027-04-01T00:00:00Z"))] {
        let body = json!({"name": name, "scopes": ["ci:read"], "expires_at": end});
        world.admin("POST", "/application-credentials", Some(body)).expect(201);
    }
    let listed = |query: &str| names(&world, "/application-credentials", query, "name", |_| ());
    assert_eq!(listed("sort=expires_at&limit=1"), ["z", "x", "y"]);
    assert_eq!(listed("expires_before=2027-05-01T00:00:00Z"), ["z"]);
    for end in ["2027-05-01T00:00:00Z", "2027-04-01T00:00:00Z"] {
        let body = json!({"description": end, "expires_at": end, "scopes": ["ci:read"]});
        world.admin("POST", "/api-tokens", Some(body)).expect(201);
    }
    let listed = |query: &str| names(&world, "/resource-servers", query, "name", |_| ());
    let server = world.resource_server("builds", "https://builds.example");
    world.resource_server("api", "https://api.example");
    world.admin("POST", &format!("/resource-servers/{}/renew", server.id), Some(json!({"overlap_seconds": 600}))).expect(201);
    assert_eq!(listed("sort=expires_at&limit=1"), ["builds", "api", "builds"]);
    assert_eq!(listed("expires_before=2030-01-01T00:00:00Z"), ["builds"]);
    let listed = |query: &str| names(&world, "/api-tokens", query, "description", |_| ());
    assert_eq!(listed("expires_before=2027-04-01T00:00:01Z"), ["2027-04-01T00:00:00Z"]);
    for query in ["expires_before=soon", "expires_before=", "expires_before=2027-04-01"] {
        for path in ["/service-credentials", "/application-credentials", "/api-tokens", "/registry-tokens"] {
            assert_eq!(at_fault(&world, &format!("{path}?{query}")), ["expires_before"], "{path}");
        }
    }
    assert_eq!(at_fault(&world, "/groups?expires_before=2027-04-01T00:00:00Z"), ["expires_before"]);
}
}

on_both_databases! {
fn service_credentials_are_listed_by_group_and_creator(world: World) {
    // One name is the begin of another one, and one has what JSON escapes.
    for group in ["read", "readers", "a \"b\"_%\\"] {
        world.group(group, &["ci:read"]);
    }
    world.member("rui@acme.example", &["sys_admin"]);
    let make = |name: &str, groups: &[&str], token: &str| {
        let body = json!({"name": name, "validity_days": 90, "token_ttl_seconds": 900, "groups": groups});
        world.admin_as(token, "POST", "/service-credentials", Some(body)).expect(201).json()
    };
    let rui = world.operator_token("rui@acme.example");
    make("one", &["readers"], &world.owner);
    make("both", &["read", "readers"], &rui);
    make("odd", &["a \"b\"_%\\"], &rui);
    make("none", &[], &world.owner);
    let members = world.admin("GET", "/members?q=rui", None).expect(200).json();
    let rui = members["items"][0]["id"].as_str().expect("an id").to_owned();
    let listed = |query: &str| names(&world, "/service-credentials", &format!("sort=name&{query}"), "name", |_| ());
    assert_eq!(listed("group=readers"), ["both", "one"]);
    assert_eq!(listed("group=read&limit=1"), ["both"]);
    assert_eq!(listed("group=a+%22b%22_%25%5C"), ["odd"]);
    assert_eq!(listed("group=nobody-has-it"), [""; 0]);
    assert_eq!(listed(&format!("created_by={rui}&limit=1")), ["both", "odd"]);
    assert_eq!(listed(&format!("created_by={rui}&group=readers&status=active&q=bo")), ["both"]);
    for (query, field) in [("group=+x", "group"), ("group=", "group"), ("created_by=rui", "created_by")] {
        assert_eq!(at_fault(&world, &format!("/service-credentials?{query}")), [field], "{query}");
    }
}
}

on_both_databases! {
fn lists_of_what_is_used_are_sorted_by_the_last_use(world: World) {
    for name in ["early", "never", "late"] {
        world.credential_with(json!({"name": name}));
    }
    let sorted = |query: &str| names(&world, "/service-credentials", &format!("sort={query}"), "name", |_| ());
    for (name, seconds) in [("early", 10), ("late", 10)] {
        world.clock.advance_seconds(seconds);
        let known = world.admin("GET", &format!("/service-credentials?q={name}"), None).expect(200).json();
        let id = known["items"][0]["id"].as_str().expect("an id").to_owned();
        let renewed = world.admin("POST", &format!("/service-credentials/{id}/renew"), Some(json!({"overlap_seconds": 0}))).expect(201).json();
        let text = |member: &str| renewed[member].as_str().expect("a text").to_owned();
        world.token(&Client { id: text("client_id"), key: text("client_key"), name: name.to_owned() });
    }
    let expected = ["never", "early", "late"];
    until("the uses are stored", || sorted("last_used_at&status=active") == expected);
    assert_eq!(sorted("last_used_at&status=active&limit=1"), expected, "in pages");
    assert_eq!(sorted("-last_used_at&status=active&limit=2"), ["late", "early", "never"]);
    for (path, first) in [("/personal-access-tokens", "-last_used_at"), ("/application-credentials", "last_used_at"), ("/registry-tokens", "last_used_at"), ("/api-tokens", "-last_used_at")] {
        world.admin("GET", &format!("{path}?sort={first}"), None).expect(200);
    }
    assert_eq!(at_fault(&world, "/groups?sort=last_used_at"), ["sort"]);
}
}

on_both_databases! {
fn the_audit_trail_is_filtered(world: World) {
    let first = world.credential_with(json!({"name": "first"}));
    world.clock.advance_seconds(days(1));
    let second = world.credential_with(json!({"name": "second"}));
    world.revoke(&first).expect(200);
    let actions = |query: &str| names(&world, "/audit-events", query, "action", |_| ());

    assert_eq!(actions("action=service_credential.create").len(), 2);
    assert_eq!(actions(&format!("target={}", second.id)), ["service_credential.create"]);
    assert_eq!(
        actions("target=first&limit=1"),
        ["service_credential.revoke", "service_credential.create"],
        "the newest first"
    );
    assert_eq!(actions("target=first&sort=at"), ["service_credential.create", "service_credential.revoke"]);
    let all = actions("").len();
    let newest = world.admin("GET", "/audit-events?limit=1", None).expect(200).json();
    let event = &newest["items"][0];
    let (at, actor) = (event["at"].as_str().unwrap(), event["actor"]["id"].as_str().unwrap());
    assert_eq!(actions(&format!("from={at}")), ["service_credential.revoke", "service_credential.create"]);
    assert_eq!(actions(&format!("to={at}")).len(), all);
    assert!(actions(&format!("actor={actor}")).len() >= 4);
    assert_eq!(actions("actor=holder%40acme.example"), actions(&format!("actor={actor}")));
    assert_eq!(actions("q=.REVOKE"), ["service_credential.revoke"]);
    assert_eq!(actions("q=nobody"), [""; 0]);
}
}

/// The fields that a 422 response names.
fn at_fault(world: &World, path: &str) -> Vec<String> {
    let problem = world.admin("GET", path, None).expect(422).json();
    let errors = problem["errors"].as_array().expect("errors");
    errors.iter().map(|error| error["field"].as_str().expect("a field").to_owned()).collect()
}

#[test]
fn unknown_and_invalid_list_parameters_are_named() {
    let world = World::start(Database::Sqlite);
    world.group("a", &[]).group("b", &[]);
    let long = format!("/groups?q={}", "x".repeat(257));
    for (path, field) in [
        ("/groups?limit=0", "limit"),
        ("/groups?limit=201", "limit"),
        ("/groups?limit=1.0", "limit"),
        ("/groups?sort=color", "sort"),
        ("/groups?sort=--name", "sort"),
        ("/groups?status=active", "status"),
        ("/service-credentials?status=dead", "status"),
        ("/groups?page=2", "page"),
        ("/groups?cursor=AAAA", "cursor"),
        ("/groups?cursor=", "cursor"),
        ("/audit-events?from=yesterday", "from"),
        ("/audit-events?to=2026-01-01", "to"),
        (&long, "q"),
    ] {
        assert_eq!(at_fault(&world, path), [field], "{path}");
    }
    assert_eq!(at_fault(&world, "/groups?limit=x&sort=y&z=1"), ["limit", "sort", "z"], "all of them");
    let next = world.admin("GET", "/groups?limit=1", None).expect(200).json()["next_cursor"].clone();
    let next = next.as_str().expect("a second page");
    assert_eq!(at_fault(&world, &format!("/groups?limit=1&sort=-name&cursor={next}")), ["cursor"]);
    assert_eq!(at_fault(&world, &format!("/groups?limit=1&q=a&cursor={next}")), ["cursor"]);
    let answer: Value =
        world.admin("GET", &format!("/groups?limit=2&cursor={next}"), None).expect(200).json();
    assert_eq!(answer["items"].as_array().expect("items").len(), 1, "the limit may change");
}
