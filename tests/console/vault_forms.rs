//! The form of a source credential, without scripts: what is asked, what the provider says, and what is kept.

use serde_json::json;

use crate::plain_browser::{PlainBrowser, field};
use crate::vault_scene::{GITLAB_TOKEN, NEWER, OWNER, Scene, TOKEN, WEAK, add, github_form, id_in};
use claviger_testkit::on_both_databases;
use claviger_testkit::patience::until;

const NEW: &str = "/source-credentials/new";

on_both_databases! {
    // F12, F13
    fn form_is_that_of_its_type(world: World) {
        let scene = Scene::new(world);
        let browser = PlainBrowser::signed_in(&scene.world, OWNER);
        let types = browser.get(NEW).expect(200).text();
        for says in ["type=github\"", "type=gitlab_self_managed\"", "GitHub", "data-narrow=\"#types\""] {
            assert!(types.contains(says), "{says}: {types}");
        }
        let form = browser.get(&format!("{NEW}?type=github")).expect(200).text();
        for says in [
            "name=\"field.token\" required",
            "type=\"password\"",
            "placeholder=\"ghp_… or github_pat_…\"",
            "Needs Metadata (repo), Contents (repo), Pull Requests (repo) and 3 more.",
            // F13: the help of the field and the whole list, which mouse, focus and touch show.
            "popovertarget=\"perm\" aria-label=\"Permissions that it needs\"",
            "Classic: repo, read:org, read:user.",
            "<li>Members (read:org)</li>",
            // F15: on unless somebody switches it off.
            "name=\"validate\" value=\"on\" checked",
            "Copilot data only",
        ] {
            assert!(form.contains(says), "{says}: {form}");
        }
        assert!(!form.contains("Organizations") && !form.contains("field.app_id"), "{form}");
        // Another way to authenticate: what was typed stays, but for the secret.
        let switched = browser.post(NEW, &github_form("k", &[("switch", "app")])).expect(303);
        let there = switched.header("location").expect("an address").to_owned();
        assert!(there.contains("mode=app") && there.contains("name=acme-data"), "{there}");
        assert!(!there.contains("ghp_"), "{there}");
        let app = browser.get(there.strip_prefix("/console/acme").expect("ours")).expect(200).text();
        assert!(app.contains("name=\"field.app_id\"") && app.contains("<textarea class=\"input mono\""), "{app}");
        assert!(app.contains("value=\"acme-data\"") && !app.contains("field.token"), "{app}");
        let gitlab = browser.get(&format!("{NEW}?type=gitlab_self_managed")).expect(200).text();
        assert!(gitlab.contains("name=\"field.url\"") && gitlab.contains("type=\"url\""), "{gitlab}");
        // All faults at once, and nothing is asked.
        let faulty = github_form("k", &[("name", " x"), ("field.token", ""), ("expires", "2020-01-01")]);
        let page = browser.post(NEW, &faulty).expect(422).text();
        for says in ["2 fields need you.", "begins and ends without a space", "Choose a day after today."] {
            assert!(page.contains(says), "{says}: {page}");
        }
        let page = browser.post(NEW, &github_form("k", &[("field.token", "")])).expect(422).text();
        assert!(page.contains("Not saved: 1 field needs you.") && page.contains("It is required."), "{page}");
        assert_eq!(scene.github.requests(), 0);
        assert!(browser.get(&format!("{NEW}?type=nothing")).expect(200).text().contains("Choose what it is"));
    }

    // F14
    fn provider_refuses_or_is_down(world: World) {
        let scene = Scene::new(world);
        let browser = PlainBrowser::signed_in(&scene.world, OWNER);
        let page = browser.post(NEW, &github_form("k", &[("field.token", WEAK)])).expect(422).text();
        for says in [
            "Not saved: 2 permissions are missing",
            "GitHub knows it as <b dir=\"auto\">acme-bot</b>",
            "Members (read:org)",
            ">missing</span>",
            ">granted</span>",
            "Paste one that has it",
        ] {
            assert!(page.contains(says), "{says}: {page}");
        }
        assert!(page.find(">missing<") < page.find(">granted<"), "what is missing comes first: {page}");
        assert!(!page.contains(WEAK) && !page.contains("name=\"sealed\""), "{page}");
        assert!(page.contains("value=\"acme-data\""), "{page}");
        let page = browser.post(NEW, &github_form("k", &[("field.token", "ghp_unknown")])).expect(422).text();
        assert!(page.contains("Not saved: GitHub does not accept this token."), "{page}");
        assert!(page.contains("What was typed is not kept.") && !page.contains("ghp_unknown"), "{page}");
        scene.github.set_down(true);
        let page = browser.post(NEW, &github_form("k", &[])).expect(422).text();
        for says in [
            "Could not verify: GitHub answered with an error.",
            "Nothing is known about the token.",
            ">Try again</button>",
            ">Save unchecked</button>",
            "Kept for 10 minutes, sealed; type to replace.",
        ] {
            assert!(page.contains(says), "{says}: {page}");
        }
        assert!(!page.contains(TOKEN) && !page.contains("does not accept"), "{page}");
        assert!(scene.items("/source-credentials").is_empty());
        // Once more, with what is sealed.
        let (sealed, key) = (field(&page, "sealed"), field(&page, "idempotency_key"));
        let again = github_form(&key, &[("field.token", ""), ("sealed", &sealed)]);
        browser.post(NEW, &again).expect(422);
        let asked = scene.github.requests();
        // F15: nobody asks the provider.
        let unchecked: Vec<_> = again.into_iter().chain([("unchecked", "on")]).collect();
        let id = id_in(&browser.post(NEW, &unchecked).expect(303));
        assert_eq!(scene.github.requests(), asked);
        let page = browser.get(&format!("/source-credentials/{id}")).expect(200).text();
        assert!(page.contains("acme-data was added, unchecked.") && page.contains("Not verified, by choice"), "{page}");
        // The same form again makes nothing new.
        assert_eq!(id_in(&browser.post(NEW, &unchecked).expect(303)), id);
        assert_eq!(scene.items("/source-credentials").len(), 1);
        // What was sealed is the token that was typed.
        scene.github.set_down(false);
        browser.post(&format!("/source-credentials/{id}/validate"), &[]).expect(303);
        let page = browser.get(&format!("/source-credentials/{id}")).expect(200).text();
        assert!(page.contains("Validated: Valid.") && page.contains("acme-bot"), "{page}");
    }

    // F15
    fn nobody_is_asked_if_validation_is_off(world: World) {
        let scene = Scene::new(world);
        let browser = PlainBrowser::signed_in(&scene.world, OWNER);
        let id = id_in(&browser.post(NEW, &github_form("k", &[("validate", "")])).expect(303));
        assert_eq!(scene.github.requests(), 0);
        let stored = scene.shown(&format!("/source-credentials/{id}"));
        assert_eq!(stored["validation"]["outcome"], "skipped");
    }

    // F17, F18
    fn organizations_are_chosen_or_typed_once_the_token_works(world: World) {
        let scene = Scene::new(world);
        let browser = PlainBrowser::signed_in(&scene.world, OWNER);
        let page = browser.post(NEW, &github_form("k", &[("field.token", NEWER)])).expect(200).text();
        for says in [
            "The token works",
            "Which GitHub organizations should be read?",
            "type=\"checkbox\" name=\"answer.organizations\" value=\"acme\"",
            "value=\"acme-labs\"",
            "Others, by name",
            "delete_repo",
            ">not needed</span>",
        ] {
            assert!(page.contains(says), "{says}: {page}");
        }
        assert!(!page.contains(NEWER) && !page.contains("role=\"alert\""), "{page}");
        assert!(scene.items("/source-credentials").is_empty());
        let (sealed, key) = (field(&page, "sealed"), field(&page, "idempotency_key"));
        let second = |changes: &[(&str, &str)]| {
            let mut fields = github_form(&key, &[("field.token", ""), ("sealed", &sealed), ("questions", "on")]);
            fields.extend(changes.iter().copied());
            browser.post(NEW, &fields)
        };
        let none = second(&[]).expect(422).text();
        assert!(none.contains("1 question needs you.") && none.contains("It needs an answer"), "{none}");
        let wrong = [("answer.organizations", "acme"), ("typed.organizations", "no-such-org, octo-org")];
        let wrong = second(&wrong).expect(422).text();
        assert!(wrong.contains("no-such-org&#34;"), "{wrong}");
        assert!(wrong.contains("value=\"acme\" checked") && wrong.contains("value=\"no-such-org, octo-org\""), "{wrong}");
        let right = [("answer.organizations", "acme"), ("typed.organizations", "octo-org")];
        let id = id_in(&second(&right).expect(303));
        let stored = scene.shown(&format!("/source-credentials/{id}"));
        assert_eq!(stored["answers"]["organizations"], json!(["acme", "octo-org"]));
        let page = browser.get(&format!("/source-credentials/{id}")).expect(200).text();
        assert!(page.contains("acme-data was added: GitHub accepts it.") && page.contains("octo-org"), "{page}");
        // Types without questions ask none: a name that is taken is said at its field.
        let taken = browser.post(NEW, &github_form("other", &[("validate", ""), ("name", "ACME-data")]));
        assert!(taken.expect(422).text().contains("ACME-data exists already."));
    }

    fn sealed_secrets_are_of_one_session_and_of_ten_minutes(world: World) {
        let scene = Scene::new(world);
        let browser = PlainBrowser::signed_in(&scene.world, OWNER);
        scene.world.member("ada@acme.example", &["sys_admin"]);
        let ada = PlainBrowser::signed_in(&scene.world, "ada@acme.example");
        let page = browser.post(NEW, &github_form("k", &[])).expect(200).text();
        let sealed = field(&page, "sealed");
        let fields = github_form("k", &[("field.token", ""), ("sealed", &sealed), ("answer.organizations", "acme")]);
        assert!(ada.post(NEW, &fields).expect(422).text().contains("It is required."));
        let other = github_form("k", &[("type", "gitlab"), ("field.token", ""), ("sealed", &sealed)]);
        assert!(browser.post(NEW, &other).expect(422).text().contains("It is required."));
        scene.world.clock.advance_seconds(601);
        assert!(browser.post(NEW, &fields).expect(422).text().contains("It is required."));
        assert!(scene.items("/source-credentials").is_empty());
    }

    // F16
    fn edit_keeps_the_secret_and_validates_with_it(world: World) {
        let scene = Scene::new(world);
        let browser = PlainBrowser::signed_in(&scene.world, OWNER);
        let path = format!("/source-credentials/{}", id_in(&add(&browser, &[]).expect(303)));
        let edit = format!("{path}/edit");
        let form = browser.get(&edit).expect(200).text();
        assert!(form.contains("Kept; type to replace.") && !form.contains(TOKEN), "{form}");
        assert!(!form.contains("name=\"field.token\" required") && form.contains("value=\"acme\""), "{form}");
        let version = field(&form, "version");
        let fields = |changes: &[(&'static str, &'static str)]| {
            let mut fields = vec![("version", version.clone()), ("validate", "on".to_owned())];
            let usual = [("name", "acme-data"), ("typed.organizations", "acme")];
            let kept = usual.iter().filter(|(name, _)| !changes.iter().any(|(changed, _)| changed == name));
            fields.extend(kept.chain(changes).map(|(name, value)| (*name, (*value).to_owned())));
            fields
        };
        let post = |fields: Vec<(&'static str, String)>| {
            let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
            browser.post(&edit, &fields)
        };
        let refused = post(fields(&[("field.token", WEAK)])).expect(422).text();
        assert!(refused.contains("Not saved: 2 permissions are missing") && !refused.contains(WEAK), "{refused}");
        assert_eq!(scene.shown(&path)["version"], 1);
        let asked = scene.github.requests();
        post(fields(&[("name", "acme-main")])).expect(303);
        assert!(scene.github.requests() > asked, "checked with what is stored");
        let stored = scene.shown(&path);
        assert_eq!((&stored["name"], &stored["version"]), (&json!("acme-main"), &json!(2)));
        // Made on what the form showed before.
        let stale = post(fields(&[("name", "third")])).expect(412).text();
        assert!(stale.contains("changed this meanwhile. Your change was not made."), "{stale}");
        assert_eq!(field(&stale, "version"), "2");
        assert_eq!(scene.shown(&path)["name"], "acme-main");
    }

    fn changed_address_asks_for_the_secret_again(world: World) {
        let scene = Scene::new(world);
        let path = format!("/source-credentials/{}", scene.stored_of_gitlab("gitlab"));
        let browser = PlainBrowser::signed_in(&scene.world, OWNER);
        let other = format!("{}/other", scene.gitlab.url());
        let asked = scene.gitlab.requests();
        let elsewhere = "https://elsewhere.example";
        for address in [elsewhere, &other] {
            let fields = [
                ("name", "gitlab"),
                ("field.url", address),
                ("typed.groups", "acme"),
                ("validate", "on"),
                ("version", "1"),
            ];
            let page = browser.post(&format!("{path}/edit"), &fields).expect(422).text();
            assert!(page.contains("It must be entered again, because url changes where it is sent."), "{page}");
            assert!(page.contains("name=\"field.token\" required") && page.contains(address), "{page}");
            assert!(!page.contains(GITLAB_TOKEN), "{page}");
        }
        assert_eq!(scene.gitlab.requests(), asked);
    }

    fn waiting_for_a_provider_holds_up_no_token(world: World) {
        let scene = Scene::new(world);
        scene.world.group("builders", &["ci:read"]);
        let client = scene.world.credential("deployer", &["builders"]);
        let browser = PlainBrowser::signed_in(&scene.world, OWNER);
        let token = browser.form_token();
        scene.github.set_silent(true);
        let form = github_form("k", &[("csrf", &token)]);
        let requests: Vec<_> =
            (0..4).map(|_| browser.with_cookies(browser.form(NEW, &form))).collect();
        std::thread::scope(|scope| {
            for request in requests {
                let address = scene.world.address;
                scope.spawn(move || request.send(address).expect(200));
            }
            until("the provider is asked", || scene.github.requests() == 4);
            scene.world.token(&client);
            browser.get("/source-credentials").expect(200);
            scene.github.set_silent(false);
        });
    }
}
