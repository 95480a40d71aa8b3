//! The page with the identity provider: who opens it, what it saves, and trying it.

use serde_json::json;

use crate::plain_browser::{PlainBrowser, field};
use crate::provider_scene::{Scene, ana};
use claviger_testkit::identity_provider::{CLIENT_ID, CLIENT_SECRET};
use claviger_testkit::on_both_databases;

const OWNER: &str = "holder@acme.example";
const PATH: &str = "/organization/sign-in";

/// As the form has them.
fn fields<'a>(issuer: &'a str, etag: &'a str, more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let form = [
        ("act", "save"),
        ("etag", etag),
        ("provider_name", "Acme SSO"),
        ("issuer", issuer),
        ("client_id", CLIENT_ID),
        ("groups_claim", "groups"),
        ("allowed_domains", "acme.example, other.example"),
        ("admission", "by_rule"),
        ("claim", "group"),
        ("value", "/it/platform"),
        ("role", "sys_admin"),
        ("claim", "domain"),
        ("value", "acme.example"),
        ("role", "member"),
        ("claim", "group"),
        ("value", ""),
        ("role", "member"),
    ];
    let is_changed = |name: &str| more.iter().any(|(changed, _)| *changed == name);
    form.into_iter().filter(|(name, _)| !is_changed(name)).chain(more.iter().copied()).collect()
}

fn saved(scene: &Scene) -> serde_json::Value {
    scene.world.admin("GET", "/sign-in", None).expect(200).json()
}

on_both_databases! {
    fn account_holder_saves_what_works_and_the_secret_is_never_shown(world: World) {
        let scene = Scene::without_settings(world);
        let issuer = scene.provider.issuer();
        let browser = PlainBrowser::signed_in(&scene.world, OWNER);
        let page = browser.get("/organization").expect(200).text();
        assert!(page.contains("href=\"/console/acme/organization/sign-in\""), "{page}");
        let page = browser.get(PATH).expect(200).text();
        assert!(page.contains("/console/acme/sign-in/callback") && !page.contains("Try it"), "{page}");

        // What does not work is refused, and everything but the secret is kept.
        let wrong = browser.post(PATH, &fields(&issuer, "", &[("client_secret", "wrong-secret")])).expect(422).text();
        assert!(wrong.contains("does not accept the client id") && wrong.contains("value=\"/it/platform\""), "{wrong}");
        assert!(!wrong.contains("wrong-secret"), "{wrong}");
        let bad = [("issuer", "nothing"), ("role", "boss"), ("provider_name", "")];
        let bad = browser.post(PATH, &fields(&issuer, "", &bad)).expect(422).text();
        assert!(bad.contains("Not saved: 3 fields need you."), "{bad}");
        scene.world.admin("GET", "/sign-in", None).expect(404);

        browser.post(PATH, &fields(&issuer, "", &[("client_secret", CLIENT_SECRET)])).expect(303);
        let page = browser.get(PATH).expect(200).text();
        assert!(page.contains("The provider was asked, and answers.") && page.contains("Try it"), "{page}");
        assert!(!page.contains("s3cret"), "{page}");
        let known = saved(&scene);
        assert_eq!(known["rules"].as_array().expect("rules").len(), 2, "an empty rule is none");
        assert_eq!((&known["allowed_domains"], &known["admission"]), (&json!(["acme.example", "other.example"]), &json!("by_rule")));
        let etag = field(&page, "etag").replace("&#34;", "\"").replace("&quot;", "\"");

        // Rules are arranged in the form alone. A typed secret is not sent back.
        let typed = [("act", "up-1"), ("client_secret", "typed-secret")];
        let arranged = browser.post(PATH, &fields(&issuer, &etag, &typed)).expect(200).text();
        assert!(arranged.find("value=\"acme.example\"") < arranged.find("value=\"/it/platform\""), "{arranged}");
        assert!(arranged.contains("Type it again") && !arranged.contains("typed-secret"), "{arranged}");
        assert_eq!(saved(&scene), known);

        // Saved again without a secret: it stays. From an old page: nothing is saved.
        browser.post(PATH, &fields(&issuer, &etag, &[("provider_name", "New SSO")])).expect(303);
        assert_eq!(saved(&scene)["provider_name"], "New SSO");
        let stale = browser.post(PATH, &fields(&issuer, &etag, &[("provider_name", "Third")])).expect(412).text();
        assert!(stale.contains("holder@acme.example changed the settings meanwhile"), "{stale}");
        let blank = browser.post(PATH, &fields(&issuer, "", &[("client_secret", CLIENT_SECRET)])).expect(412).text();
        assert!(blank.contains("changed the settings meanwhile"), "{blank}");
        assert_eq!(saved(&scene)["provider_name"], "New SSO");

        browser.get("/organization/sign-in/remove").expect(200);
        browser.post("/organization/sign-in/remove", &[]).expect(303);
        scene.world.admin("GET", "/sign-in", None).expect(404);
    }

    fn others_read_it_or_are_told_that_they_may_not(world: World) {
        for (email, role) in [("sys", "sys_admin"), ("auditor", "auditor"), ("plain", "member")] {
            world.member(&format!("{email}@acme.example"), &[role]);
        }
        let scene = Scene::new(world, json!({}));
        let issuer = scene.provider.issuer();
        let before = saved(&scene);
        for (email, opens, tries) in [("sys", 200, 303), ("auditor", 200, 403), ("plain", 403, 403)] {
            let browser = PlainBrowser::signed_in(&scene.world, &format!("{email}@acme.example"));
            let page = browser.get(PATH).expect(opens).text();
            assert!(!page.contains("name=\"issuer\"") && !page.contains(">Save</button>"), "{page}");
            assert_eq!(page.contains("/it/platform"), opens == 200);
            browser.post(PATH, &fields(&issuer, "", &[])).expect(403);
            browser.get("/organization/sign-in/remove").expect(403);
            browser.post("/organization/sign-in/remove", &[]).expect(403);
            browser.get("/organization/sign-in/try").expect(tries);
        }
        assert_eq!(saved(&scene), before);
    }

    fn trying_it_shows_claims_and_the_rule_that_fits_and_changes_nothing(world: World) {
        let scene = Scene::new(world, json!({"admission": "by_rule"}));
        let browser = PlainBrowser::signed_in(&scene.world, OWNER);
        let session = browser.session();
        let events = || scene.events();
        let (before, known) = (events(), saved(&scene));
        let path = "/organization/sign-in/try";
        let page = scene.arrive(&browser, path, ana(&["/it/platform", "/it/auditors"])).expect(200).text();
        for part in ["ana@acme.example", "ana-1", "Fits, and decides", "becomes a member at the first sign-in: Sys_Admin"] {
            assert!(page.contains(part), "{part}: {page}");
        }
        let page = scene.arrive(&browser, path, ana(&[])).expect(200).text();
        assert!(page.contains("Nobody would be signed in.") && page.contains("no rule gives the person a role"), "{page}");
        assert_eq!((events(), saved(&scene), browser.session()), (before, known, session));

        let unreachable = json!({"issuer": "https://127.0.0.1:9", "client_secret": null, "public_client": true, "check": false});
        scene.set(unreachable);
        browser.get(path).expect(303);
        let page = browser.get(PATH).expect(200).text();
        assert!(page.contains("Does not work: discovery document"), "{page}");
        scene.set(json!({"admission": "by_rule"}));
        // What one session tries is not shown to another.
        let query = scene.set_out(&browser, path, ana(&["/it/platform"]));
        browser.sign_in(OWNER, crate::plain_browser::PASSWORD).expect(303);
        let refused = scene.come_back(&browser, &query).expect(422).text();
        assert!(refused.contains("took too long"), "{refused}");
    }
}
