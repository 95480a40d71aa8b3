//! Who opens and changes the directory. What a role may not open is refused before anything is looked up.

use crate::members::as_role;
use crate::plain_browser::PlainBrowser;
use claviger_testkit::http::Request;
use claviger_testkit::world::{Database, World};

const OWNER: &str = "holder@acme.example";
const INVENTED: &str = "019d1a6e-1b77-7d02-8f4c-b90ca41c09f2";

/// Pages that are read, and pages with a form that posts to the same address, of things that are there and are not.
fn pages(server: &str) -> (Vec<String>, Vec<String>) {
    let mut reads: Vec<String> =
        ["groups", "resources", "scopes", "scopes/presets", "resource-servers"].map(str::to_owned).to_vec();
    let mut changes: Vec<String> =
        ["groups/new", "resources/new", "scopes/new", "resource-servers/new", "organization/settings"]
            .map(str::to_owned)
            .to_vec();
    for (list, one, names) in [
        ("groups", "group", ["builders", "invented"]),
        ("resources", "resource", ["fleet/berlin", "fleet/invented"]),
        ("scopes", "scope", ["ci:read", "ci:invented"]),
    ] {
        for name in names {
            let name: String = form_urlencoded::byte_serialize(name.as_bytes()).collect();
            reads.push(format!("{list}/{one}?{one}={name}"));
            changes.extend(["edit", "delete"].map(|act| format!("{list}/{act}?{one}={name}")));
        }
    }
    for id in [server, INVENTED, "none"] {
        reads.push(format!("resource-servers/{id}"));
        changes.extend(["renew", "delete"].map(|act| format!("resource-servers/{id}/{act}")));
    }
    (reads, changes)
}

#[test]
fn roles_open_and_change_what_they_may_in_the_directory() {
    let world = World::start(Database::Sqlite);
    world.group("builders", &["ci:read"]);
    world.resource("fleet/berlin", &["read"]);
    let server = world.resource_server("factory", "https://factory.example");
    let (_, member) = as_role(&world, "member");
    let (_, auditor) = as_role(&world, "auditor");
    let (_, admin) = as_role(&world, "sys_admin");
    let fields = [("name", "x"), ("idempotency_key", "k"), ("etag", "\"x\"")];
    let (reads, changes) = pages(&server.id);
    let is_there =
        |page: &str| !page.contains("invented") && !page.contains(INVENTED) && !page.contains("none");
    for page in &reads {
        member.get(&format!("/{page}")).expect(403);
        let status = if is_there(page) { 200 } else { 404 };
        for browser in [&auditor, &admin] {
            let answer = browser.get(&format!("/{page}")).expect(status).text();
            if status == 200 && !page.contains("presets") && std::ptr::eq(browser, &auditor) {
                for act in ["/edit?", "/delete?", "/renew\"", "/delete\"", "/new\""] {
                    assert!(!answer.contains(act), "{page} leads to {act}: {answer}");
                }
            }
        }
    }
    for page in &changes {
        for browser in [&member, &auditor] {
            browser.get(&format!("/{page}")).expect(403);
            let refused = browser.post(&format!("/{page}"), &fields).expect(403).text();
            assert!(refused.contains("Your role changed"), "{page}: {refused}");
        }
        admin.get(&format!("/{page}")).expect(if is_there(page) { 200 } else { 404 });
        if !is_there(page) {
            admin.post(&format!("/{page}"), &fields).expect(404);
        }
    }
    let menu = auditor.get("/").expect(200).text();
    for entry in ["/groups\"", "/resources\"", "/scopes\"", "/resource-servers\""] {
        assert!(menu.contains(entry), "{entry}: {menu}");
        assert!(!member.get("/").expect(200).text().contains(entry));
    }
}

/// A form of another site, and one without the token of the session, change nothing.
#[test]
fn foreign_forms_are_refused_in_the_directory() {
    let world = World::start(Database::Sqlite);
    world.group("builders", &["ci:read"]);
    let server = world.resource_server("factory", "https://factory.example");
    let browser = PlainBrowser::signed_in(&world, OWNER);
    let token = browser.form_token();
    for path in pages(&server.id).1 {
        let fields = [("name", "builders"), ("idempotency_key", "k")];
        browser.send(browser.form(&format!("/{path}"), &fields)).expect(403);
        let with_token: Vec<_> = fields.into_iter().chain([("csrf", token.as_str())]).collect();
        let foreign = Request::form(&format!("/console/acme/{path}"), &with_token);
        browser.send(foreign.header("Sec-Fetch-Site", "cross-site")).expect(403);
    }
    world.admin("GET", "/groups/builders", None).expect(200);
}
