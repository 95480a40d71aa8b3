//! Sessions of the console count on every node, and end on all of them at once (T-06).

use rustix::process::Signal;
use serde_json::{Value, json};

use crate::nodes::{Cluster, REALM};
use crate::plain_browser::{PASSWORD, PlainBrowser, code_of};
use claviger_testkit::http::{Request, Response};
use claviger_testkit::patience::{next_second, until};

const EMAIL: &str = "ana@acme.example";

const PAGES: [&str; 5] = ["/", "/account", "/service-credentials", "/members", "/api-tokens"];

/// A member with one role, who can sign in with [`PASSWORD`].
pub fn member(cluster: &Cluster, role: &str) -> String {
    let body = json!({"email": EMAIL, "name": "Ana", "roles": [role]});
    let made: Value = cluster.admin(0, "POST", "/members", &body).expect(201).json();
    let id = made["id"].as_str().expect("an id").to_owned();
    set_password(cluster, &id);
    id
}

fn set_password(cluster: &Cluster, id: &str) {
    let made: Value =
        cluster.admin(0, "POST", &format!("/members/{id}/invite"), &json!({})).expect(200).json();
    let link = made["link"].as_str().expect("a link");
    let browser = at(cluster, 0);
    let fields = [("code", code_of(link)), ("password", PASSWORD), ("again", PASSWORD)];
    browser.send(browser.form("/invitation", &fields)).expect(200);
}

fn at(cluster: &Cluster, node: usize) -> PlainBrowser {
    PlainBrowser::at(cluster.addresses[node], REALM)
}

/// Signed in at node 0; the cookie is also used at the other nodes.
pub fn signed_in_everywhere(cluster: &Cluster) -> Vec<PlainBrowser> {
    let first = at(cluster, 0);
    until("node 0 signs in", || first.sign_in(EMAIL, PASSWORD).status == 303);
    let secret = first.session();
    let others = (1..cluster.addresses.len()).map(|node| {
        let browser = at(cluster, node);
        browser.use_session(&secret, REALM);
        until("the session counts at the other node", || shown(&browser, "/account").status == 200);
        browser
    });
    let others: Vec<PlainBrowser> = others.collect();
    std::iter::once(first).chain(others).collect()
}

/// A node that has lost its lease for a moment is asked again.
pub fn shown(browser: &PlainBrowser, path: &str) -> Response {
    let mut answer = browser.get(path);
    until("the node answers", || {
        if answer.status == 503 {
            answer = browser.get(path);
        }
        answer.status != 503
    });
    answer
}

/// No page at any node, from the first request on.
fn assert_ended(browsers: &[PlainBrowser], secret: &str, how: &str) {
    for (node, browser) in browsers.iter().enumerate() {
        browser.use_session(secret, REALM);
        for page in PAGES {
            let answer = shown(browser, page);
            let location = answer.header("location").unwrap_or_default();
            assert_eq!(answer.status, 303, "{how}: node {node} still answers {page}");
            assert!(location.starts_with("/console/acme/sign-in?"), "{how}: node {node}: {location}");
        }
    }
}

#[test]
fn session_counts_on_every_node_and_ends_on_all_at_once() {
    let cluster = Cluster::start(3);
    let id = member(&cluster, "sys_admin");
    let api = |path: &str, body: &Value| cluster.admin(0, "POST", &format!("/members/{id}/{path}"), body);

    let browsers = signed_in_everywhere(&cluster);
    let secret = browsers[0].session();
    browsers[0].post("/sign-out", &[]).expect(303);
    assert_ended(&browsers, &secret, "signed out");

    // The form of a page of one node is accepted by another.
    let browsers = signed_in_everywhere(&cluster);
    let secret = browsers[0].session();
    let token = browsers[1].form_token();
    browsers[2].send(browsers[2].form("/sign-out", &[("csrf", &token)])).expect(303);
    assert_ended(&browsers, &secret, "signed out elsewhere");

    let browsers = signed_in_everywhere(&cluster);
    let secret = browsers[0].session();
    set_password(&cluster, &id);
    assert_ended(&browsers, &secret, "new password");

    let browsers = signed_in_everywhere(&cluster);
    let secret = browsers[0].session();
    api("disable", &json!({})).expect(200);
    assert_ended(&browsers, &secret, "disabled");
    api("enable", &json!({})).expect(200);
    assert_ended(&browsers, &secret, "enabled again");
}

/// Its lease ends before the answer, so it answers nothing of a state before.
#[test]
fn stopped_node_accepts_no_session_that_ended_meanwhile() {
    let cluster = Cluster::start(2);
    member(&cluster, "sys_admin");
    let browsers = signed_in_everywhere(&cluster);
    let secret = browsers[0].session();
    let token = browsers[0].form_token();
    cluster.signal(1, Signal::STOP);
    let left = browsers[0].send(browsers[0].form("/sign-out", &[("csrf", &token)]));
    cluster.signal(1, Signal::CONT);
    left.expect(303);
    let old = [at(&cluster, 1)];
    assert_ended(&old, &secret, "while it was stopped");
}

#[test]
fn role_taken_away_counts_on_every_node_at_once() {
    let cluster = Cluster::start(2);
    let id = member(&cluster, "sys_admin");
    let set = |roles: Value| {
        let path = format!("/members/{id}");
        cluster.admin(0, "PATCH", &path, &json!({ "roles": roles })).expect(200)
    };
    let browsers = signed_in_everywhere(&cluster);
    let other = &browsers[1];
    shown(other, "/service-credentials/new").expect(200);
    let credential = cluster.credential(0, "nightly");
    let revoke = format!("/service-credentials/{}/revoke", credential.id);
    let token = other.form_token();
    let post = |path: &str, fields: &[(&str, &str)]| {
        let fields: Vec<_> = fields.iter().copied().chain([("csrf", token.as_str())]).collect();
        cluster.patiently(1, &other.with_cookies(other.form(path, &fields)))
    };
    let changed = |answer: Response| {
        let page = answer.expect(403).text();
        assert!(page.contains("Your role changed") && page.contains("Nothing was done."), "{page}");
    };

    set(json!(["auditor"]));
    shown(other, "/service-credentials/new").expect(403);
    changed(post(&revoke, &[("name", &credential.name)]));
    changed(post("/service-credentials/new", &[("name", "more")]));
    shown(other, "/service-credentials").expect(200);
    cluster.first_token(1, &credential).expect(200);

    set(json!([]));
    for page in ["/service-credentials", "/members", "/audit", "/organization", "/signing-keys"] {
        shown(other, page).expect(403);
    }
    let overview = shown(other, "/").expect(200).text();
    assert!(!overview.contains("Live credentials") && !overview.contains("nightly"), "{overview}");
    changed(post("/signing-keys/rotate", &[]));

    // Signed in anew, the member has no form of an earlier role.
    let later = at(&cluster, 1);
    next_second();
    until("node 1 signs in", || later.sign_in(EMAIL, PASSWORD).status == 303);
    let page = later.post("/signing-keys/rotate", &[]).expect(403).text();
    assert!(page.contains("Your role does not open this page"), "{page}");
}
