//! Members: added, changed, invited, disabled and enabled, without scripts.

use serde_json::{Value, json};

use crate::plain_browser::{PASSWORD, PlainBrowser, code_of, field};
use claviger_testkit::http::{Request, Response};
use claviger_testkit::on_both_databases;
use claviger_testkit::world::{Database, World};

const OWNER: &str = "holder@acme.example";

fn shown(world: &World, id: &str) -> Value {
    world.admin("GET", &format!("/members/{id}"), None).expect(200).json()
}

fn id_in(answer: &Response) -> String {
    let there = answer.header("location").expect("an address");
    there.strip_prefix("/console/acme/members/").expect("a member").to_owned()
}

pub fn etag(page: &str) -> String {
    field(page, "etag").replace("&#34;", "\"")
}

/// Signed in as a new member with this role.
pub fn as_role(world: &World, role: &str) -> (String, PlainBrowser) {
    let email = format!("{}@acme.example", role.replace('_', "-"));
    let (id, _) = world.member(&email, &[role]);
    (id, PlainBrowser::signed_in(world, &email))
}

/// Until giving access asks for another sign-in.
pub fn let_sign_in_age(world: &World, browser: &PlainBrowser) {
    for _ in 0..2 {
        world.clock.advance_seconds(20 * 60);
        assert!(browser.is_signed_in());
        browser.wait_for_use(world);
    }
}

on_both_databases! {
    fn member_is_added_and_changed(world: World) {
        world.group("builders", &["ci:read"]);
        let browser = PlainBrowser::signed_in(&world, OWNER);
        let form = browser.get("/members/new").expect(200).text();
        assert!(form.contains("value=\"member\" checked") && form.contains("value=\"builders\""), "{form}");
        let fields =
            [("email", "Ada@acme.example"), ("name", "Ada"), ("roles", "auditor"), ("groups", "builders")];
        let done = browser.post("/members/new", &fields).expect(303);
        let id = id_in(&done);
        let path = format!("/members/{id}");
        let page = browser.get(&path).expect(200).text();
        for says in ["Ada was added.", "ada@acme.example", "Auditor", "builders", "not yet", "never", "created them"] {
            assert!(page.contains(says), "{says}: {page}");
        }
        // The same form again adds nobody.
        let again = browser.post("/members/new", &fields).expect(422).text();
        assert!(again.contains("Another member has this address.") && again.contains("Ada@acme.example"), "{again}");
        let listed = world.admin("GET", "/members?q=ada", None).expect(200).json();
        assert_eq!(listed["items"].as_array().expect("a list").len(), 1);
        let form = browser.get(&format!("{path}/edit")).expect(200).text();
        assert!(form.contains("value=\"auditor\" checked") && form.contains("value=\"builders\" checked"), "{form}");
        let fields = [("name", "Ada L."), ("roles", "auditor"), ("roles", "sys_admin"), ("etag", &etag(&form))];
        browser.post(&format!("{path}/edit"), &fields).expect(303);
        let page = browser.get(&path).expect(200).text();
        assert!(page.contains("Ada L. was changed. What they lost has ended; everyone confirmed in "), "{page}");
        let member = shown(&world, &id);
        assert_eq!((&member["roles"], &member["groups"]), (&json!(["sys_admin", "auditor"]), &json!([])));
        // Made on what the form showed before.
        let fields = [("name", "Ada"), ("roles", "member"), ("etag", &etag(&form))];
        let stale = browser.post(&format!("{path}/edit"), &fields).expect(412).text();
        for says in ["changed this", "Your change was not made.", "Sys_Admin and Auditor", "Try mine again"] {
            assert!(stale.contains(says), "{says}: {stale}");
        }
        let fields = [("name", "Ada"), ("roles", "auditor"), ("etag", &etag(&stale))];
        browser.post(&format!("{path}/edit"), &fields).expect(303);
        assert_eq!(shown(&world, &id)["roles"], json!(["auditor"]));
    }

    fn faults_keep_what_was_typed(world: World) {
        let browser = PlainBrowser::signed_in(&world, OWNER);
        for (email, name, says) in [
            ("nobody", "Ada", "one @ and no spaces"),
            ("ada@acme.example", "", "1 to 64 visible characters"),
            ("a b", " ", "2 fields need you"),
            (OWNER, "Ada", "Another member has this address."),
        ] {
            let fields = [("email", email), ("name", name), ("roles", "auditor")];
            let page = browser.post("/members/new", &fields).expect(422).text();
            assert!(page.contains(says), "{email} {name}: {page}");
            assert!(page.contains(&format!("value=\"{email}\"")) && page.contains("value=\"auditor\" checked"), "{page}");
        }
        let fields = [("email", "ada@acme.example"), ("name", "Ada"), ("groups", "deleted meanwhile")];
        let page = browser.post("/members/new", &fields).expect(422).text();
        assert!(page.contains("there is no group &#34;deleted meanwhile&#34;."), "{page}");
        let listed = world.admin("GET", "/members", None).expect(200).json();
        assert_eq!(listed["items"].as_array().expect("a list").len(), 1);
        let id = listed["items"][0]["id"].as_str().expect("an id").to_owned();
        let path = format!("/members/{id}");
        let form = browser.get(&format!("{path}/edit")).expect(200).text();
        let fields = [("name", "Holder"), ("roles", "auditor"), ("etag", &etag(&form))];
        let page = browser.post(&format!("{path}/edit"), &fields).expect(422).text();
        assert!(page.contains("Someone must stay Account Holder."), "{page}");
        let page = browser.post(&format!("{path}/disable"), &[]).expect(422).text();
        assert!(page.contains("Someone must stay Account Holder.") && page.contains("Nothing was done."), "{page}");
        assert_eq!(shown(&world, &id)["status"], "active");
        browser.post(&format!("{path}/edit"), &[("name", "Holder"), ("etag", "nonsense")]).expect(400);
        assert_eq!(shown(&world, &id)["roles"], json!(["account_holder"]));
    }

    fn disabling_ends_what_they_own_and_enabling_brings_nothing_back(world: World) {
        let (id, ada) = as_role(&world, "sys_admin");
        let admin_token = world.operator_token("sys-admin@acme.example");
        let body = json!({"name": "of Ada", "validity_days": 90, "token_ttl_seconds": 3600});
        world.admin_as(&admin_token, "POST", "/service-credentials", Some(body)).expect(201);
        let browser = PlainBrowser::signed_in(&world, OWNER);
        let path = format!("/members/{id}");
        let ask = browser.get(&format!("{path}/disable")).expect(200).text();
        assert!(ask.contains("1 session ends") && ask.contains("live tokens end"), "{ask}");
        assert!(ask.contains("1 service credential that they created goes on"), "{ask}");
        browser.post(&format!("{path}/enable"), &[]).expect(303);
        browser.post(&format!("{path}/disable"), &[]).expect(303);
        assert!(!ada.is_signed_in());
        world.admin_as(&admin_token, "GET", "/whoami", None).expect(401);
        let page = browser.get(&path).expect(200).text();
        assert!(page.contains("was disabled. What they owned has ended; everyone confirmed in "), "{page}");
        assert!(page.contains("Disabled") && page.contains("/enable\"") && !page.contains("/edit\""), "{page}");
        browser.get(&format!("{path}/disable")).expect(303);
        browser.get(&format!("{path}/invite")).expect(303);
        let refused = browser.post(&format!("{path}/invite"), &[("idempotency_key", "k")]).expect(303);
        assert!(refused.text().is_empty());
        assert!(browser.get(&path).expect(200).text().contains("is disabled. No link was made."));
        browser.get(&format!("{path}/enable")).expect(200);
        browser.post(&format!("{path}/enable"), &[]).expect(303);
        assert!(browser.get(&path).expect(200).text().contains("was enabled."));
        assert!(!ada.is_signed_in(), "what ended stays ended");
        ada.sign_in("sys-admin@acme.example", PASSWORD).expect(303);
        assert!(ada.is_signed_in());
    }

    fn link_is_shown_once_and_sets_the_password(world: World) {
        let (id, _) = world.member("ada@acme.example", &["member"]);
        let browser = PlainBrowser::signed_in(&world, OWNER);
        let path = format!("/members/{id}/invite");
        let ask = browser.get(&path).expect(200).text();
        let key = field(&ask, "idempotency_key");
        let made = browser.post(&path, &[("idempotency_key", &key)]).expect(201);
        assert_eq!(made.header("cache-control"), Some("no-store"));
        let page = made.text();
        let at = page.find("code=clvi_").expect("a link");
        let link = format!("?{}", page[at..].split('<').next().expect("a link"));
        // Sent again, it neither makes another link nor shows this one.
        let again = browser.post(&path, &[("idempotency_key", &key)]).expect(303);
        assert!(again.text().is_empty());
        let page = browser.get(&format!("/members/{id}")).expect(200).text();
        assert!(page.contains("The link was already made") && !page.contains("clvi_"), "{page}");
        let ada = PlainBrowser::new(&world);
        let fields = [("code", code_of(&link)), ("password", PASSWORD), ("again", PASSWORD)];
        ada.send(ada.form("/invitation", &fields)).expect(200);
        ada.sign_in("ada@acme.example", PASSWORD).expect(303);
        assert!(ada.is_signed_in());
        let page = browser.get(&format!("/members/{id}")).expect(200).text();
        assert!(page.contains("local account") && page.contains("1 session"), "{page}");
    }

    fn giving_asks_for_a_recent_sign_in_and_taking_away_does_not(world: World) {
        let (id, _) = world.member("ada@acme.example", &["auditor"]);
        let (holder, _) = world.member("second@acme.example", &["account_holder"]);
        let browser = PlainBrowser::signed_in(&world, OWNER);
        let path = format!("/members/{id}");
        let form = browser.get(&format!("{path}/edit")).expect(200).text();
        let tag = etag(&form);
        let_sign_in_age(&world, &browser);
        let asks = |answer: Response| {
            let there = answer.expect(303).header("location").expect("an address").to_owned();
            assert!(there.starts_with("/console/acme/confirm?next="), "{there}");
            there
        };
        asks(browser.get("/members/new"));
        let fields = [("email", "b@acme.example"), ("name", "Bea"), ("roles", "member")];
        let there = asks(browser.post("/members/new", &fields));
        assert!(there.contains("email%3Db%2540acme.example%26name%3DBea%26roles%3Dmember"), "{there}");
        asks(browser.post(&format!("{path}/edit"), &[("name", "A"), ("roles", "sys_admin"), ("etag", &tag)]));
        asks(browser.post(&format!("{path}/invite"), &[("idempotency_key", "k")]));
        asks(browser.get(&format!("/members/{holder}/disable")));
        asks(browser.post(&format!("/members/{holder}/disable"), &[]));
        assert_eq!(shown(&world, &holder)["status"], "active");
        // A role less, and the end of everything.
        browser.post(&format!("{path}/edit"), &[("name", "Ada"), ("etag", &tag)]).expect(303);
        assert_eq!(shown(&world, &id)["roles"], json!([]));
        browser.post(&format!("{path}/disable"), &[]).expect(303);
        assert_eq!(shown(&world, &id)["status"], "disabled");
        asks(browser.post(&format!("{path}/enable"), &[]));
        assert_eq!(shown(&world, &id)["status"], "disabled");
    }

    fn names_of_strangers_are_text(world: World) {
        let name = "<script>alert(1)</script>\"'&";
        world.admin("POST", "/groups", Some(json!({"name": name, "scopes": []}))).expect(201);
        let browser = PlainBrowser::signed_in(&world, OWNER);
        let fields = [("email", "<script>alert@x"), ("name", name), ("roles", "member"), ("groups", name)];
        let id = id_in(&browser.post("/members/new", &fields).expect(303));
        let typed = form_urlencoded::byte_serialize(name.as_bytes()).collect::<String>();
        for page in [
            String::new(), format!("?q={typed}"), format!("?status={typed}&role={typed}"), format!("/new?name={typed}"),
            format!("/{id}"), format!("/{id}/edit"), format!("/{id}/disable"), format!("/{id}/invite"),
        ] {
            let answer = browser.get(&format!("/members{page}")).expect(200).text();
            assert!(!answer.contains("<script>alert"), "{page}: {answer}");
        }
    }
}

/// What a role may not open is refused before anything is looked up.
#[test]
fn roles_open_and_change_what_they_may() {
    let world = World::start(Database::Sqlite);
    let (member_id, member) = as_role(&world, "member");
    let (_, auditor) = as_role(&world, "auditor");
    let (_, admin) = as_role(&world, "sys_admin");
    let owner = world.admin("GET", &format!("/members?q={OWNER}"), None).expect(200).json();
    let owner = owner["items"][0]["id"].as_str().expect("an id").to_owned();
    let invented = "019d1a6e-1b77-7d02-8f4c-b90ca41c09f2";
    let acts = ["edit", "disable", "enable", "invite"];
    for id in [member_id.as_str(), invented, "none"] {
        member.get("/members").expect(403);
        member.get(&format!("/members/{id}")).expect(403);
        for browser in [&member, &auditor] {
            browser.get("/members/new").expect(403);
            for act in acts {
                browser.get(&format!("/members/{id}/{act}")).expect(403);
                browser.post(&format!("/members/{id}/{act}"), &[("idempotency_key", "k")]).expect(403);
            }
        }
    }
    let fields = [("email", "b@acme.example"), ("name", "Bea"), ("roles", "member")];
    member.post("/members/new", &fields).expect(403);
    auditor.post("/members/new", &fields).expect(403);
    let page = auditor.get(&format!("/members/{member_id}")).expect(200).text();
    assert!(
        !page.contains("/edit\"") && !page.contains("/disable\"") && !page.contains("/invite\""),
        "{page}"
    );
    for id in [invented, "none"] {
        admin.get(&format!("/members/{id}")).expect(404);
        for act in acts {
            admin.get(&format!("/members/{id}/{act}")).expect(404);
            admin.post(&format!("/members/{id}/{act}"), &[("idempotency_key", "k")]).expect(404);
        }
    }
    // Account holders are appointed, changed and ended by account holders alone.
    for act in acts {
        admin.get(&format!("/members/{owner}/{act}")).expect(403);
        admin.post(&format!("/members/{owner}/{act}"), &[("idempotency_key", "k")]).expect(403);
    }
    let page = admin.get(&format!("/members/{owner}")).expect(200).text();
    assert!(!page.contains("/edit\""), "{page}");
    let fields = [("email", "b@acme.example"), ("name", "Bea"), ("roles", "account_holder")];
    let page = admin.post("/members/new", &fields).expect(422).text();
    assert!(page.contains("Only an Account Holder appoints or changes one."), "{page}");
    let form = admin.get(&format!("/members/{member_id}/edit")).expect(200).text();
    let fields = [("name", "M"), ("roles", "account_holder"), ("etag", &etag(&form))];
    let page = admin.post(&format!("/members/{member_id}/edit"), &fields).expect(422).text();
    assert!(page.contains("Only an Account Holder appoints or changes one."), "{page}");
    assert_eq!(shown(&world, &member_id)["roles"], json!(["member"]));
}

#[test]
fn tabs_roles_and_searches_filter() {
    let world = World::start(Database::Sqlite);
    let browser = PlainBrowser::signed_in(&world, OWNER);
    for (email, roles) in
        [("ada@x.example", &["auditor"][..]), ("bea@x.example", &[]), ("eve@x.example", &["member"])]
    {
        let (id, _) = world.member(email, roles);
        if email.starts_with("eve") {
            world.admin("POST", &format!("/members/{id}/disable"), None).expect(200);
        }
    }
    let names = |query: &str| {
        let page = browser.get(&format!("/members{query}")).expect(200).text();
        let table = page.split_once("<table").map_or("", |(_, table)| table);
        let all = [OWNER, "ada@x.example", "bea@x.example", "eve@x.example"].into_iter();
        all.filter(|email| table.contains(email)).collect::<Vec<_>>()
    };
    assert_eq!(names(""), [OWNER, "ada@x.example", "bea@x.example"]);
    assert_eq!(names("?status=holders"), [OWNER]);
    assert_eq!(names("?status=waiting"), ["bea@x.example"]);
    assert_eq!(names("?status=disabled"), ["eve@x.example"]);
    assert_eq!(names("?role=auditor"), ["ada@x.example"]);
    assert_eq!(names("?q=BEA%40X"), ["bea@x.example"]);
    for forged in ["?status=x", "?role=root", "?sort=digest", "?cursor=x"] {
        let page = browser.get(&format!("/members{forged}")).expect(200).text();
        assert!(page.contains("does not exist any more"), "{forged}: {page}");
    }
    for n in 0..30 {
        world.admin("POST", "/members", Some(json!({"email": format!("n{n}@x.example"), "name": format!("n{n:02}"), "roles": ["member"]}))).expect(201);
    }
    let first = browser.get("/members?role=member").expect(200).text();
    assert!(first.contains("1–25 of 30") && first.contains("n24") && !first.contains(">n25<"), "{first}");
    let at = first.find("cursor=").expect("another page");
    let next = first[at..].split('"').next().expect("a cursor");
    let second = browser.get(&format!("/members?role=member&sort=name&{next}")).expect(200).text();
    assert!(second.contains(">n25<") && !second.contains(">n24<"), "{second}");
}

/// A form of another site, and one without the token of the session, change nothing.
#[test]
fn foreign_forms_are_refused() {
    let world = World::start(Database::Sqlite);
    let (id, _) = world.member("ada@acme.example", &["member"]);
    let browser = PlainBrowser::signed_in(&world, OWNER);
    let token = browser.form_token();
    for path in [
        "/members/new".to_owned(),
        format!("/members/{id}/edit"),
        format!("/members/{id}/disable"),
        format!("/members/{id}/enable"),
        format!("/members/{id}/invite"),
        "/api-tokens/new".to_owned(),
        "/personal-access-tokens/new".to_owned(),
        "/application-credentials/new".to_owned(),
        format!("/api-tokens/{id}/revoke"),
        "/api-tokens/download".to_owned(),
    ] {
        let fields =
            [("email", "b@acme.example"), ("name", "Bea"), ("token", "clva_x"), ("idempotency_key", "k")];
        browser.send(browser.form(&path, &fields)).expect(403);
        let with_token: Vec<_> = fields.into_iter().chain([("csrf", token.as_str())]).collect();
        let foreign = Request::form(&format!("/console/acme{path}"), &with_token);
        browser.send(foreign.header("Sec-Fetch-Site", "cross-site")).expect(403);
    }
    assert_eq!(shown(&world, &id)["status"], "active");
}
