//! Keys are shown once: no route of the API returns a key again, for any caller.

use serde_json::{Value, json};

use claviger_testkit::http::Request;
use claviger_testkit::world::{Client, Database, World};

/// Every readable administration route, as it is mounted.
const ROUTES: [&str; 19] = [
    "",
    "/service-credentials",
    "/service-credentials/{id}",
    "/service-credentials/{id}/usage",
    "/groups",
    "/groups/{name}",
    "/resources",
    "/resources/{type}/{name}",
    "/scopes",
    "/scopes/{scope}",
    "/members",
    "/members/{id}",
    "/personal-access-tokens",
    "/resource-servers",
    "/resource-servers/{id}",
    "/signing-keys",
    "/audit-events",
    "/audit-events?limit=200",
    "/service-credentials?limit=200&q=nightly",
];

struct Furnished {
    credential: Client,
    server: Client,
    member: String,
}

/// An object behind every route.
fn furnished(world: &World) -> Furnished {
    world.group("builders", &["ci:read"]).resource("studio/one", &["view"]);
    let credential = world.credential("nightly", &["builders"]);
    let server = world.resource_server("builds", "https://builds.example.org");
    let edit = json!({"resources": [{"resource": "studio/one", "actions": ["view"]}]});
    world.admin("PATCH", &format!("/service-credentials/{}", credential.id), Some(edit)).expect(200);
    world.revoke(&world.credential("over", &[])).expect(200);
    let (member, _) = world.member("dev@acme.example", &["member"]);
    Furnished { credential, server, member }
}

fn filled(route: &str, furnished: &Furnished) -> String {
    let id = match route {
        "/members/{id}" => &furnished.member,
        "/resource-servers/{id}" => &furnished.server.id,
        _ => &furnished.credential.id,
    };
    let name = if route.starts_with("/resources") { "one" } else { "builders" };
    let parts = [("{id}", id.as_str()), ("{name}", name), ("{type}", "studio"), ("{scope}", "ci:read")];
    parts.iter().fold(route.to_owned(), |path, (part, value)| path.replace(part, value))
}

/// The roles, with a token for each.
fn callers(world: &World) -> Vec<(&'static str, String)> {
    let roles = ["account_holder", "sys_admin", "auditor", "member"];
    let made = roles.map(|role| (role, world.member(&format!("{role}@acme.example"), &[role]).1));
    made.into()
}

/// S15, S36
#[test]
fn no_route_shows_a_key_again_to_any_role() {
    let world = World::start(Database::Sqlite);
    let furnished = furnished(&world);
    let callers = callers(&world);
    let mut secrets: Vec<&str> = vec![&furnished.credential.key, &furnished.server.key, &world.owner];
    secrets.extend(callers.iter().map(|(_, token)| token.as_str()));
    for route in ROUTES {
        for (role, token) in &callers {
            let answer = world.admin_as(token, "GET", &filled(route, &furnished), None);
            let own = ["/scopes", "/personal-access-tokens"].iter().any(|open| route.starts_with(open));
            let expected = if *role == "member" && !own { 403 } else { 200 };
            assert_eq!(answer.status, expected, "{role} {route}: {}", answer.text());
            let text = answer.text();
            let shown = secrets.iter().find(|secret| text.contains(**secret));
            assert_eq!(shown, None, "{role} {route}");
            for member in ["client_key", "client_secret", "key_digest", "digest", "usage_example"] {
                assert!(!text.contains(&format!("\"{member}\"")), "{role} {route}: {text}");
            }
        }
    }
}

/// S15: no route exists that would.
#[test]
fn no_route_exists_that_would_show_a_key_again() {
    let world = World::start(Database::Sqlite);
    let furnished = furnished(&world);
    let credential = format!("/service-credentials/{}", furnished.credential.id);
    let server = format!("/resource-servers/{}", furnished.server.id);
    for object in [&credential, &server] {
        for what in ["client-key", "client_key", "key", "secret", "show", "reveal", "reset", "usage-example"]
        {
            for method in ["GET", "POST"] {
                world.admin(method, &format!("{object}/{what}"), None).expect_problem(404, "not-found");
            }
        }
    }
    let again = world.admin("PATCH", &credential, Some(json!({"client_key": furnished.credential.key})));
    let answer = again.expect_problem(422, "immutable-field").text();
    assert!(!answer.contains(&furnished.credential.key), "{answer}");
    world.token(&furnished.credential);
}

/// S15: the list above is complete.
#[test]
fn every_readable_route_is_checked() {
    let mounted = include_str!("../../src/http/admin/routes.rs");
    for resource in mounted.split(".service(").skip(1).filter(|resource| resource.contains("get()")) {
        let path = resource.split('"').nth(1).expect("a path");
        assert!(ROUTES.contains(&path), "{path} is readable, and no test asks it for a key");
    }
}
