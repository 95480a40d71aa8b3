//! Revoking in the console: the name, the receipt as the nodes confirm, and what it never asks for.

use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use crate::one_credential::{deployer, until_counted};
use crate::plain_browser::PlainBrowser;
use crate::verifier_polls::{attach, poll};
use claviger_testkit::http::Arriving;
use claviger_testkit::on_both_databases;
use claviger_testkit::postgres::Postgres;
use claviger_testkit::world::{Client, Database, World};

const OWNER: &str = "holder@acme.example";

/// A revocation of `nightly` on its way, whose receipt is read while it is sent.
fn revoking(world: &World, browser: &PlainBrowser, path: &str) -> Arriving {
    let fields = [("name", "nightly"), ("csrf", &browser.form_token())];
    browser.with_cookies(browser.form(path, &fields)).begin(world.address)
}

/// A browser, a service with a verifier, and where a credential is revoked.
fn followed(world: &World) -> (PlainBrowser, Client, String) {
    let client = deployer(world);
    let server = world.resource_server("builds", "https://builds.example.org");
    // Signing in before the verifier attaches, for which a new password would wait.
    let browser = PlainBrowser::signed_in(world, OWNER);
    attach(world, &server, "v");
    (browser, server, format!("/service-credentials/{}/revoke", client.id))
}

on_both_databases! {
    fn exact_name_revokes_and_the_answer_is_the_receipt(world: World) {
        let client = deployer(&world);
        let server = world.resource_server("builds", "https://builds.example.org");
        let token = world.token(&client);
        world.assert_active(&server, &token);
        until_counted(&world, &client.id, 1);
        let browser = PlainBrowser::signed_in(&world, OWNER);
        let path = format!("/service-credentials/{}", client.id);
        let asked = browser.get(&format!("{path}/revoke")).expect(200).text();
        for shown in ["About 1 token is alive now", "It is in use", "1 token in the last 24 hours", "Renew instead"] {
            assert!(asked.contains(shown), "{shown}: {asked}");
        }
        for wrong in ["", "Nightly", "nightly ", " nightly", "nightlyy"] {
            let page = browser.post(&format!("{path}/revoke"), &[("name", wrong)]).expect(422).text();
            assert!(page.contains("The name does not match.") && page.contains("Nothing was revoked."), "{page}");
        }
        world.assert_active(&server, &token);
        let answer = browser.post(&format!("{path}/revoke"), &[("name", "nightly")]).expect(200);
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        assert_eq!(answer.header("x-accel-buffering"), Some("no"));
        world.assert_inactive(&server, &token);
        let receipt = answer.text();
        for shown in ["Everyone has confirmed.", "node-1", "https://builds.example.org", "at once", "on one machine"] {
            assert!(receipt.contains(shown), "{shown}: {receipt}");
        }
        assert!(receipt.ends_with("</html>\n") || receipt.ends_with("</html>"), "{receipt}");
        world.send(&world.token_request(&client, &[])).expect_oauth_error(401, "invalid_client");
        // Again, whatever the name: the receipt, for which every node is asked.
        let to_receipt = Some(format!("/console/acme{path}/receipt"));
        let again = browser.post(&format!("{path}/revoke"), &[("name", "x")]).expect(303);
        assert_eq!(again.header("location").map(str::to_owned), to_receipt);
        let again = browser.get(&format!("{path}/revoke")).expect(303);
        assert_eq!(again.header("location").map(str::to_owned), to_receipt);
        let later = browser.get(&format!("{path}/receipt")).expect(200).text();
        assert!(later.contains("Everyone has confirmed.") && !later.contains(" ms"), "{later}");
        let events = world.admin("GET", "/audit-events?action=service_credential.revoke", None).json();
        assert_eq!(events["items"].as_array().expect("a list").len(), 1, "{events}");
        assert_eq!(events["items"][0]["actor"]["name"], OWNER);
    }

    /// An old sign-in may take away, and not give.
    fn taking_away_asks_for_no_recent_sign_in(world: World) {
        let client = deployer(&world);
        let browser = PlainBrowser::signed_in(&world, OWNER);
        for _ in 0..2 {
            world.clock.advance_seconds(20 * 60);
            assert!(browser.is_signed_in());
            browser.wait_for_use(&world);
        }
        let path = format!("/service-credentials/{}", client.id);
        for gives in ["/renew", "/groups/add", "/resources/add"] {
            let asked = browser.get(&format!("{path}{gives}")).expect(303);
            let location = asked.header("location").expect("an address").to_owned();
            assert!(location.starts_with("/console/acme/confirm?next="), "{gives}: {location}");
        }
        for (gives, fields) in [
            ("/renew", vec![("overlap", "0"), ("idempotency_key", "k")]),
            ("/groups/add", vec![("groups", "builders"), ("etag", "*")]),
            ("/resources/actions", vec![("resource", "fleet/berlin"), ("grant", "fleet/berlin:read"), ("etag", "*")]),
        ] {
            let asked = browser.post(&format!("{path}{gives}"), &fields).expect(303);
            let location = asked.header("location").expect("an address").to_owned();
            assert!(location.starts_with("/console/acme/confirm?next="), "{gives}: {location}");
        }
        let removal = "/groups/remove?group=builders";
        let asked = browser.get(&format!("{path}{removal}")).expect(200).text();
        let etag = crate::plain_browser::field(&asked, "etag").replace("&#34;", "\"");
        browser.post(&format!("{path}{removal}"), &[("etag", &etag)]).expect(303);
        let page = browser.get(&path).expect(200).text();
        assert!(page.contains("builders was removed."), "{page}");
        browser.get(&format!("{path}/revoke")).expect(200);
        let receipt = browser.post(&format!("{path}/revoke"), &[("name", "nightly")]).expect(200).text();
        assert!(receipt.contains("Everyone has confirmed."), "{receipt}");
    }
}

/// A row of a node that applies nothing until the test says so.
struct Silent<'a>(&'a World);

impl<'a> Silent<'a> {
    fn join(world: &'a World) -> Self {
        let row = "'silent-1', 'node-2', 1, 0, 3000";
        let columns = "incarnation, name, lease_seq, applied, lease_ms";
        let silent = Self(world);
        silent.does(&format!("INSERT INTO node ({columns}) VALUES ({row})"));
        silent
    }

    fn confirms(&self) {
        self.does("UPDATE node SET applied = (SELECT position FROM log_head) WHERE incarnation = 'silent-1'");
    }

    fn does(&self, sql: &str) {
        Postgres::shared().psql(&self.0.database_url, sql);
    }
}

/// P1 on the page: no sum before every node has confirmed.
#[test]
fn receipt_arrives_line_by_line_and_its_sum_last() {
    let world = World::start(Database::Postgres);
    let client = deployer(&world);
    let browser = PlainBrowser::signed_in(&world, OWNER);
    let silent = Silent::join(&world);
    let path = format!("/service-credentials/{}/revoke", client.id);
    let mut arriving = revoking(&world, &browser, &path);
    let so_far = arriving.until("<span>node-1</span>");
    for early in ["class=\"sum\"", "has confirmed", "node-2", "Ask everyone again", "</html>"] {
        assert!(!so_far.contains(early), "{early}: {so_far}");
    }
    assert!(so_far.contains("Waiting for everyone to confirm"), "{so_far}");
    // The credential is refused here already; whether everywhere, nobody says yet.
    world.send(&world.token_request(&client, &[])).expect_oauth_error(401, "invalid_client");
    world.clock.advance_boot(Duration::from_millis(40));
    silent.confirms();
    let whole = arriving.until("</html>");
    let place = |text: &str| whole.find(text).unwrap_or_else(|| panic!("no {text}: {whole}"));
    assert!(place("<span>node-1</span>") < place("<span>node-2</span>"), "{whole}");
    assert!(place("<span>node-2</span>") < place("Everyone has confirmed."), "{whole}");
    let shown = whole.replace("&#34;", "\"");
    let record =
        shown.split("data-copy=\"").nth(1).and_then(|rest| rest.split("}\"").next()).expect("a receipt");
    let record: Value = serde_json::from_str(&format!("{record}}}")).expect("JSON");
    assert_eq!(record["confirmed"]["nodes"], json!(["node-1", "node-2"]));
    assert_eq!(record["confirmed_after_ms"], json!({"node-1": 0, "node-2": 40}));
    assert_eq!(record["took_ms"], 40);
}

on_both_databases! {
    fn service_that_follows_the_feed_has_a_line_when_its_verifiers_confirm(world: World) {
        let (browser, server, path) = followed(&world);
        let mut arriving = revoking(&world, &browser, &path);
        let so_far = arriving.until("<span>node-1</span>");
        assert!(so_far.contains("Nodes, and services that verify by themselves"), "{so_far}");
        for early in ["class=\"sum\"", "has confirmed", "<span>builds"] {
            assert!(!so_far.contains(early), "{early}: {so_far}");
        }
        world.clock.advance_boot(Duration::from_millis(40));
        let revoked = world.node().state.administration.ledger.latest().position;
        poll(&world, &server, "v", revoked).expect("a known verifier");
        let whole = arriving.until("</html>");
        let place = |text: &str| whole.find(text).unwrap_or_else(|| panic!("no {text}: {whole}"));
        let line = "<span>builds <span class=\"q small\">1 instance</span></span>";
        assert!(place(line) < place("Everyone has confirmed."), "{whole}");
        assert!(whole[place(line)..].contains("+ 40 ms"), "{whole}");
        assert_eq!(whole.matches("<span>builds").count(), 1, "{whole}");
        // Asked again later, without times.
        let again = browser.get(&path.replace("/revoke", "/receipt")).expect(200).text();
        assert!(again.contains(line) && !again.contains(" ms<"), "{again}");
    }

    fn service_that_does_not_confirm_is_named_and_waited_out(world: World) {
        let (browser, _, path) = followed(&world);
        let mut arriving = revoking(&world, &browser, &path);
        arriving.until("<span>node-1</span>");
        let whole = thread::scope(|scope| {
            let waiting = scope.spawn(move || arriving.until("</html>"));
            world.clock.pass_until(|| waiting.is_finished());
            waiting.join().expect("a page")
        });
        let line = "<span>builds <span class=\"q small\">1 instance, did not confirm</span></span>";
        for shown in [line, "Some verifiers were waited out.", "Did not confirm: a verifier of builds."] {
            assert!(whole.contains(shown), "{shown}: {whole}");
        }
    }
}

#[test]
fn node_that_does_not_answer_is_waited_out_before_the_sum() {
    let world = World::start(Database::Postgres);
    let client = deployer(&world);
    let browser = PlainBrowser::signed_in(&world, OWNER);
    let _silent = Silent::join(&world);
    let path = format!("/service-credentials/{}/revoke", client.id);
    let mut arriving = revoking(&world, &browser, &path);
    assert!(!arriving.until("<span>node-1</span>").contains("class=\"sum\""));
    world.clock.advance_boot(Duration::from_millis(3_081));
    let whole = arriving.until("</html>");
    for shown in
        ["One node was waited out.", "did not answer", "node-2 accepts nothing any more:", "lease over"]
    {
        assert!(whole.contains(shown), "{shown}: {whole}");
    }
    assert!(!whole.contains("Everyone has confirmed."), "{whole}");
}

/// The database fails during the wait: what is written stays, and the page does not say more than is known.
#[test]
fn receipt_ends_in_amber_if_nobody_can_be_asked() {
    let world = World::start(Database::Postgres);
    let client = deployer(&world);
    let browser = PlainBrowser::signed_in(&world, OWNER);
    let silent = Silent::join(&world);
    let path = format!("/service-credentials/{}/revoke", client.id);
    let mut arriving = revoking(&world, &browser, &path);
    arriving.until("<span>node-1</span>");
    silent.does("ALTER TABLE node RENAME TO node_elsewhere");
    let whole = arriving.until("</html>");
    assert!(
        whole.contains("Revoked, but not confirmed by everyone yet.") && whole.contains("Ask everyone again"),
        "{whole}"
    );
    for untrue in ["Everyone has confirmed.", "waited out", "Position in the log", "Copy as JSON"] {
        assert!(!whole.contains(untrue), "{untrue}: {whole}");
    }
    silent.does("ALTER TABLE node_elsewhere RENAME TO node");
    silent.confirms();
    // "Ask everyone again" sends the same form.
    let asked = claviger_testkit::patience::until;
    asked("the node answers again", || browser.post(&path, &[("name", "nightly")]).status == 303);
    let receipt = browser.get(&path.replace("/revoke", "/receipt")).expect(200).text();
    assert!(receipt.contains("Everyone has confirmed.") && receipt.contains("node-2"), "{receipt}");
    let shown = world.admin("GET", &format!("/service-credentials/{}", client.id), None).expect(200).json();
    assert_eq!(shown["status"], json!("revoked"));
}
