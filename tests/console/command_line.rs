//! The sign-in that `claviger login` begins: what its page says, and what its code is worth.

use serde_json::{Value, json};

use crate::plain_browser::{PASSWORD, PlainBrowser, field};
use claviger_domain::Bound;
use claviger_testkit::http::{Request, Response};
use claviger_testkit::on_both_databases;
use claviger_testkit::world::World;

const OWNER: &str = "holder@acme.example";

/// The example of RFC 7636, appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
const STATE: &str = "c3RhdGU";

fn fields(port: &'static str) -> Vec<(&'static str, &'static str)> {
    let mut fields = vec![("challenge", CHALLENGE), ("name", "ana-laptop")];
    if !port.is_empty() {
        fields.extend([("port", port), ("state", STATE)]);
    }
    fields
}

fn address(fields: &[(&str, &str)]) -> String {
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    format!("/cli?{query}")
}

/// The code that the page shows after the member has approved it.
fn approved(browser: &PlainBrowser) -> String {
    let page = browser.post("/cli", &fields("")).expect(200).text();
    let start = "<code id=\"code\" data-wipe>";
    let at = page.find(start).unwrap_or_else(|| panic!("no code: {page}")) + start.len();
    page[at..].split('<').next().expect("a code").to_owned()
}

fn exchange_in(world: &World, realm: &str, code: &str, verifier: &str) -> Response {
    let path = format!("/api/v1/realms/{realm}/personal-access-tokens/exchange");
    world.send(&Request::json("POST", &path, &json!({"code": code, "verifier": verifier})))
}

fn exchange(world: &World, code: &str, verifier: &str) -> Response {
    exchange_in(world, "acme", code, verifier)
}

#[track_caller]
fn refused(answer: Response, member: &str) {
    let problem = answer.expect_problem(422, "invalid").json();
    let fields: Vec<&Value> =
        problem["errors"].as_array().expect("errors").iter().map(|e| &e["field"]).collect();
    assert_eq!(fields, [member], "{problem}");
}

fn tokens(world: &World) -> Vec<Value> {
    let listed = world.admin("GET", "/personal-access-tokens?limit=200", None).expect(200).json();
    let items = listed["items"].as_array().expect("items").clone();
    items.into_iter().filter(|item| item["description"] == "claviger login on ana-laptop").collect()
}

on_both_databases! {
    fn page_says_who_asks_and_makes_a_token_once_approved(world: World) {
        world.member("ana@acme.example", &["member"]);
        let browser = PlainBrowser::signed_in(&world, "ana@acme.example");
        let asked = browser.get(&address(&fields("40123"))).expect(200);
        assert_eq!((asked.header("cache-control"), asked.header("referrer-policy"), asked.header("refresh")), (Some("no-store"), Some("no-referrer"), None));
        let page = asked.text();
        for says in ["ana-laptop", "ana@acme.example", "90 days, until ", "This machine, port ", "40123", ">Approve</button>"] {
            assert!(page.contains(says), "{says}: {page}");
        }
        let cancel = format!("href=\"http://127.0.0.1:40123/?error=access_denied&#38;state={STATE}\"");
        assert!(page.contains(&cancel), "{page}");
        assert_eq!(tokens(&world), Vec::<Value>::new(), "the address alone does nothing");

        let hidden: Vec<(String, String)> =
            ["challenge", "name", "port", "state"].map(|name| (name.to_owned(), field(&page, name))).to_vec();
        let hidden: Vec<(&str, &str)> = hidden.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let done = browser.post("/cli", &hidden).expect(200);
        assert_eq!((done.header("cache-control"), done.header("referrer-policy")), (Some("no-store"), Some("no-referrer")));
        let there = done.header("refresh").expect("it goes on").strip_prefix("0; url=").expect("an address").to_owned();
        assert!(done.text().contains(&there.replace('&', "&#38;")), "there is a link too");
        let query = there.strip_prefix("http://127.0.0.1:40123/?").expect("the machine of the browser");
        let parsed: Vec<(String, String)> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        let (code, state) = (&parsed[0], &parsed[1]);
        assert_eq!((code.0.as_str(), state.0.as_str(), state.1.as_str(), parsed.len()), ("code", "state", STATE, 2));
        assert_eq!(tokens(&world), Vec::<Value>::new(), "nor does the approval");

        let made = exchange(&world, &code.1, VERIFIER).expect(201);
        assert_eq!(made.header("cache-control"), Some("no-store"));
        let made = made.json();
        assert_eq!((&made["scopes"], &made["description"]), (&json!(["admin:read-update"]), &json!("claviger login on ana-laptop")));
        let token = made["token"].as_str().expect("a token").to_owned();
        let caller = world.admin_as(&token, "GET", "/whoami", None).expect(200).json();
        assert_eq!(caller["member"]["email"], "ana@acme.example");
        let lifetime = |name: &str| made[name].as_str().expect("a time").parse::<claviger_contract::Timestamp>().expect("a time");
        let days = (lifetime("expires_at").epoch_seconds() - lifetime("created_at").epoch_seconds()) / 86_400;
        assert_eq!(days, 90);

        let id = made["id"].as_str().expect("an id");
        let events = world.admin("GET", &format!("/audit-events?target={id}"), None).expect(200).json();
        let event = &events["items"][0];
        assert_eq!((&event["action"], &event["actor"]["name"]), (&json!("personal_access_token.create"), &json!("ana@acme.example")));
        let listed = browser.get("/personal-access-tokens").expect(200).text();
        assert!(listed.contains("claviger login on ana-laptop") && !listed.contains(&token), "{listed}");
        browser.post(&format!("/personal-access-tokens/{id}/revoke"), &[]).expect(303);
        world.admin_as(&token, "GET", "/whoami", None).expect(401);
    }

    fn code_makes_one_token_however_often_it_is_sent(world: World) {
        let browser = PlainBrowser::signed_in(&world, OWNER);
        let code = approved(&browser);
        let answers: Vec<Response> = std::thread::scope(|scope| {
            let sent: Vec<_> = (0..8).map(|_| scope.spawn(|| exchange(&world, &code, VERIFIER))).collect();
            sent.into_iter().map(|sent| sent.join().expect("an answer")).collect()
        });
        let mut statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
        statuses.sort_unstable();
        assert_eq!(statuses, [201, 409, 409, 409, 409, 409, 409, 409]);
        let made = tokens(&world);
        assert_eq!(made.len(), 1, "{made:?}");
        let problem = exchange(&world, &code, VERIFIER).expect_problem(409, "conflict").json();
        let id = made[0]["id"].as_str().expect("an id");
        assert!(problem["detail"].as_str().expect("words").contains(id), "{problem}");
        // Another approval is another token.
        exchange(&world, &approved(&browser), VERIFIER).expect(201);
        assert_eq!(tokens(&world).len(), 2);
    }

    fn code_is_worth_nothing_without_its_verifier_in_another_realm_or_later(world: World) {
        let other = world.create_realm("other");
        assert!(!other.is_empty());
        let browser = PlainBrowser::signed_in(&world, OWNER);
        let code = approved(&browser);
        let mut forged = code.clone();
        forged.replace_range(forged.len() - 2.., if code.ends_with("AA") { "BB" } else { "AA" });
        for (code, verifier, member) in [
            (code.as_str(), CHALLENGE, "verifier"),
            (code.as_str(), "x", "verifier"),
            (forged.as_str(), VERIFIER, "code"),
            ("k.none", VERIFIER, "code"),
            (browser.session().as_str(), VERIFIER, "code"),
            ("", VERIFIER, "code"),
        ] {
            refused(exchange(&world, code, verifier), member);
        }
        refused(exchange_in(&world, "other", &code, VERIFIER), "code");
        refused(exchange_in(&world, "nowhere", &code, VERIFIER), "code");
        world.clock.advance_seconds(60);
        exchange(&world, &code, VERIFIER).expect(201);
        let late = approved(&browser);
        world.clock.advance_seconds(61);
        refused(exchange(&world, &late, VERIFIER), "code");
        assert_eq!(tokens(&world).len(), 1);
    }

    fn code_ends_with_the_session_and_with_the_member(world: World) {
        let (id, _) = world.member("ana@acme.example", &["sys_admin"]);
        let browser = PlainBrowser::signed_in(&world, "ana@acme.example");
        let code = approved(&browser);
        browser.post("/sign-out", &[]).expect(303);
        refused(exchange(&world, &code, VERIFIER), "code");
        browser.sign_in("ana@acme.example", PASSWORD).expect(303);
        let code = approved(&browser);
        world.admin("POST", &format!("/members/{id}/disable"), None).expect(200);
        refused(exchange(&world, &code, VERIFIER), "code");
        assert_eq!(tokens(&world), Vec::<Value>::new());
    }

    fn token_is_one_of_those_that_are_limited(world: World) {
        world.limits.set(Bound::PersonalAccessTokensPerMember, 1);
        world.restart();
        // The operator has made one of hers.
        let (id, _) = world.member("ana@acme.example", &["member"]);
        let browser = PlainBrowser::signed_in(&world, "ana@acme.example");
        let code = approved(&browser);
        exchange(&world, &code, VERIFIER).expect_problem(422, "limit-reached");
        let listed = world.admin("GET", "/personal-access-tokens", None).expect(200).json();
        let items = listed["items"].as_array().expect("items");
        let hers: Vec<&Value> = items.iter().filter(|item| item["member"] == id.as_str()).collect();
        assert_eq!(hers.len(), 1, "{listed}");
        let hers = hers[0]["id"].as_str().expect("an id");
        world.admin("POST", &format!("/personal-access-tokens/{hers}/revoke"), None).expect(200);
        // What was refused has not used the code.
        exchange(&world, &code, VERIFIER).expect(201);
    }

    fn strangers_guess_no_code(world: World) {
        let statuses: Vec<u16> = (0..400).map(|_| exchange(&world, "k.none", VERIFIER).status).collect();
        assert_eq!(statuses[0], 422);
        let limited = exchange(&world, "k.none", VERIFIER).expect_problem(429, "too-many-failures");
        assert!(limited.header("retry-after").is_some());
        // The right one is let in.
        let browser = PlainBrowser::signed_in(&world, OWNER);
        exchange(&world, &approved(&browser), VERIFIER).expect(201);
    }

    fn page_asks_for_a_recent_sign_in_and_comes_back(world: World) {
        let visitor = PlainBrowser::new(&world);
        let asked = visitor.get(&address(&fields("40123"))).expect(303);
        let there = asked.header("location").expect("an address");
        assert!(there.starts_with("/console/acme/sign-in?next=%2Fconsole%2Facme%2Fcli%3Fchallenge%3D"), "{there}");
        let form = field(&visitor.get(there.strip_prefix("/console/acme").expect("here")).expect(200).text(), "next");
        let next = form.replace("&#38;", "&");
        let browser = PlainBrowser::signed_in(&world, OWNER);
        let signed_in = [("email", OWNER), ("password", PASSWORD), ("next", next.as_str())];
        let back = browser.send(browser.form("/sign-in/local", &signed_in)).expect(303);
        assert_eq!(back.header("location"), Some(format!("/console/acme{}", address(&fields("40123"))).as_str()));

        assert!(browser.is_signed_in());
        browser.wait_for_use(&world);
        world.clock.advance_seconds(29 * 60);
        assert!(browser.is_signed_in());
        browser.wait_for_use(&world);
        world.clock.advance_seconds(60);
        for answer in [browser.get(&address(&fields("40123"))), browser.post("/cli", &fields("40123"))] {
            let there = answer.expect(303).header("location").expect("an address").to_owned();
            assert!(there.starts_with("/console/acme/confirm?next=%2Fconsole%2Facme%2Fcli%3Fchallenge%3D"), "{there}");
            assert!(there.contains("port%3D40123") && there.contains(STATE), "{there}");
        }
    }

    fn other_addresses_and_foreign_forms_are_refused(world: World) {
        let browser = PlainBrowser::signed_in(&world, OWNER);
        let long = "s".repeat(129);
        for (name, value) in [
            ("challenge", ""), ("challenge", VERIFIER), ("challenge", "a b"), ("name", ""), ("name", "a\u{202e}b"),
            ("port", "80"), ("port", "+40123"), ("port", "70000"), ("port", "40123@evil.example"), ("port", "40123/"),
            ("port", "localhost"), ("state", ""), ("state", "a&b"), ("state", long.as_str()),
        ] {
            let mut wrong: Vec<(&str, &str)> = fields("40123");
            wrong.retain(|(known, _)| *known != name);
            wrong.push((name, value));
            // A verifier looks like a challenge.
            let status = if value == VERIFIER { 200 } else { 400 };
            browser.get(&address(&wrong)).expect(status);
            let answer = browser.post("/cli", &wrong).expect(status);
            assert_eq!(answer.header("refresh").is_some(), status == 200, "{name} {value}");
        }
        let no_token = browser.send(browser.form("/cli", &fields("40123"))).expect(403);
        assert_eq!(no_token.header("refresh"), None);
        let csrf = browser.form_token();
        let foreign = browser.form("/cli", &[fields("40123"), vec![("csrf", csrf.as_str())]].concat());
        let foreign = foreign.without_header("Sec-Fetch-Site").header("Sec-Fetch-Site", "cross-site");
        assert_eq!(browser.send(foreign).expect(403).header("refresh"), None);
    }
}
