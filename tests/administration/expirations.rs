//! The list of everything that ends: kinds, causes, order, and who sees what.

use serde_json::{Value, json};

use crate::answers::{fields_at_fault, items, text};
use crate::vault_scene::{GOOD, Scene, id};
use claviger_testkit::clock::days;
use claviger_testkit::on_both_databases;
use claviger_testkit::world::World;

fn listed(world: &World, token: &str, query: &str) -> Vec<Value> {
    items(&world.admin_as(token, "GET", &format!("/expirations?{query}"), None).expect(200))
}

fn shown(world: &World, token: &str, query: &str) -> Vec<String> {
    let shown =
        |item: &Value| format!("{} {} {}", text(&item["kind"]), text(&item["name"]), text(&item["cause"]));
    listed(world, token, query).iter().map(shown).collect()
}

/// The clock stands at 2027-01-31T12:00:00Z.
const SOON: &str = "2027-02-05T00:00:00Z";

on_both_databases! {
fn everything_that_ends_is_listed_by_its_end(world: World) {
    let scene = Scene::new(world);
    let world = &scene.world;
    world.scopes(&["ci:read"]);
    let owner = &*world.owner;
    world.credential_with(json!({"name": "never", "validity_days": null}));
    world.credential_with(json!({"name": "month", "validity_days": 30}));
    let renewed = world.credential_with(json!({"name": "renewed", "validity_days": null}));
    let renew = json!({"overlap_seconds": 86_400});
    world.admin("POST", &format!("/service-credentials/{}/renew", renewed.id), Some(renew.clone())).expect(201);
    let gone = world.credential_with(json!({"name": "gone", "validity_days": 30}));
    world.revoke(&gone).expect(200);
    let server = world.resource_server("builds", "https://builds.example");
    world.admin("POST", &format!("/resource-servers/{}/renew", server.id), Some(json!({"overlap_seconds": 3_600}))).expect(201);
    let application = json!({"name": "ota", "scopes": ["ci:read"], "expires_at": SOON});
    world.admin("POST", "/application-credentials", Some(application)).expect(201);
    let token = json!({"description": "ci", "scopes": ["ci:read"], "expires_at": "2027-02-04T00:00:00Z"});
    world.admin("POST", "/api-tokens", Some(token)).expect(201);
    let mut third = scene.body("gitlab", GOOD);
    third["expires_at"] = json!("2027-02-10T00:00:00Z");
    world.admin("POST", "/source-credentials", Some(third)).expect(201);
    world.clock.advance_seconds(300);
    world.admin("POST", "/signing-keys/rotate", None).expect(200);

    let expected = [
        "personal_access_token made on the machine of the server validity",
        "resource_server builds overlap",
        "service_credential renewed overlap",
        "signing_key ES256 retired",
        "api_token ci validity",
        "application_credential ota validity",
        "source_credential gitlab validity",
        "service_credential month validity",
        "registry_key ES256 certificate",
        "registry_key ES256 certificate",
        "personal_access_token tests validity",
    ];
    assert_eq!(shown(world, owner, ""), expected);
    let ends: Vec<String> = listed(world, owner, "").iter().map(|item| text(&item["expires_at"])).collect();
    assert!(ends.is_sorted(), "{ends:?}");
    assert_eq!(listed(world, owner, "q=ota")[0]["owner"], "holder@acme.example");
    assert_eq!(listed(world, owner, "q=month")[0]["owner"], Value::Null);

    assert_eq!(shown(world, owner, &format!("expires_before={SOON}")), expected[..5]);
    assert_eq!(shown(world, owner, "kind=service_credential"), [expected[2], expected[7]]);
    assert_eq!(shown(world, owner, "sort=-name&kind=service_credential"), [expected[2], expected[7]]);
    let mut reversed = expected.map(str::to_owned);
    reversed.reverse();
    assert_eq!(shown(world, owner, "sort=-expires_at"), reversed);
    // In pages, which are found without keeping what is on no page.
    let (mut found, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = world.admin("GET", &format!("/expirations?limit=2{cursor}"), None).expect(200);
        found.extend(items(&page).iter().map(|item| text(&item["id"])));
        match page.json()["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    let ids: Vec<String> = listed(world, owner, "").iter().map(|item| text(&item["id"])).collect();
    assert_eq!(found, ids);

    world.admin("DELETE", &format!("/source-credentials/{}", id(&listed(world, owner, "q=gitlab")[0])), None).expect(200);
    world.clock.advance_seconds(days(5));
    assert_eq!(shown(world, owner, "limit=1"), ["service_credential month validity"], "what has ended is not listed");
}

fn callers_see_what_they_may_read(world: World) {
    world.admin("PATCH", "", Some(json!({"administrative_credentials": true}))).expect(200);
    world.group("readers", &["ci:read"]);
    world.credential_with(json!({"name": "month", "validity_days": 30}));
    let server = world.resource_server("builds", "https://builds.example");
    world.admin("POST", &format!("/resource-servers/{}/renew", server.id), Some(json!({"overlap_seconds": 3_600}))).expect(201);
    let (_, auditor) = world.member("audit@acme.example", &["auditor"]);
    let (dev, member) = world.member("dev@acme.example", &["member"]);
    world.admin("PATCH", &format!("/members/{dev}"), Some(json!({"groups": ["readers"]}))).expect(200);
    let token = json!({"description": "mine", "scopes": ["ci:read"], "expires_at": SOON});
    world.admin_as(&member, "POST", "/api-tokens", Some(token)).expect(201);

    let kinds = |token: &str| -> Vec<String> {
        let mut kinds: Vec<String> = listed(&world, token, "").iter().map(|item| text(&item["kind"])).collect();
        kinds.sort_unstable();
        kinds.dedup();
        kinds
    };
    let all = ["api_token", "personal_access_token", "registry_key", "resource_server", "service_credential"];
    assert_eq!(kinds(&world.owner), all);
    assert_eq!(kinds(&auditor), all);
    let own = listed(&world, &member, "");
    assert!(own.iter().all(|item| item["owner"] == "dev@acme.example"), "{own:?}");
    assert_eq!(kinds(&member), ["api_token", "personal_access_token"]);

    for (scopes, expected) in [
        (&["admin/service-credentials:read"][..], &["service_credential"][..]),
        (&["admin/service-credentials:read-update", "admin/resource-servers:read"], &["resource_server", "service_credential"]),
    ] {
        let body = json!({"name": format!("robot {}", scopes.len()), "validity_days": null, "token_ttl_seconds": 900, "admin_scopes": scopes});
        let made = world.admin("POST", "/service-credentials", Some(body)).expect(201).json();
        let robot = claviger_testkit::world::Client { id: text(&made["client_id"]), key: text(&made["client_key"]), name: "robot".to_owned() };
        let audience = world.issuer().replace("/realms/", "/api/v1/realms/");
        let token = world.send(&world.token_request(&robot, &[("resource", &audience)])).expect(200).json();
        assert_eq!(kinds(&text(&token["access_token"])), expected);
    }
    // What a member owned ends with the member.
    world.admin("POST", &format!("/members/{dev}/disable"), None).expect(200);
    assert!(listed(&world, &world.owner, "q=dev@").is_empty());
}

fn faulty_parameters_are_named(world: World) {
    for (query, field) in [("kind=group", "kind"), ("expires_before=soon", "expires_before"), ("status=active", "status"), ("sort=id", "sort")] {
        let refused = world.admin("GET", &format!("/expirations?{query}"), None).expect_problem(422, "invalid");
        assert_eq!(fields_at_fault(&refused.json()), [field]);
    }
}
}
