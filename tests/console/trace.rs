//! "Trace a leaked secret": what it says, to whom, and that it says the secret never again.

use crate::plain_browser::{PASSWORD, PlainBrowser, set_password};
use claviger_testkit::on_both_databases;

const OWNER: &str = "holder@acme.example";

on_both_databases! {
    fn leaked_secret_is_told_and_revoked_from_the_page(world: World) {
        world.scopes(&["ci:read"]);
        let credential = world.credential("nightly", &[]);
        let server = world.resource_server("builds", "https://builds.example.org");
        let (api_id, api_token) = world.api_token(&["ci:read"]);
        let browser = PlainBrowser::signed_in(&world, OWNER);
        let page = browser.get("/trace").expect(200).text();
        assert!(page.contains("name=\"secret\"") && page.contains("autocomplete=\"off\""), "{page}");
        assert!(browser.get("/organization").expect(200).text().contains("/console/acme/trace"));
        let traced = |secret: &str| {
            let answer = browser.post("/trace", &[("secret", secret)]).expect(200);
            assert_eq!(answer.header("cache-control"), Some("no-store"));
            let page = answer.text();
            assert!(!page.contains(secret.trim()), "it is not echoed");
            page
        };
        let page = traced(&format!("  {}\n", credential.key));
        assert!(page.contains("This is the client key of <bdi>nightly</bdi>, live."), "{page}");
        assert!(page.contains(&format!("/service-credentials/{}/revoke", credential.id)), "{page}");
        let page = traced(&api_token);
        assert!(page.contains("It belongs to holder@acme.example.") && page.contains(&format!("/api-tokens/{api_id}/revoke")), "{page}");
        let page = traced(&server.key);
        assert!(page.contains("the client key of the resource server"), "{page}");
        assert!(page.contains(&format!("/resource-servers/{}/renew", server.id)), "{page}");
        let token = world.token(&credential);
        world.revoke(&credential).expect(200);
        for secret in [&credential.key, &token] {
            let page = traced(secret);
            assert!(page.contains("<bdi>nightly</bdi>, revoked.") && page.contains(">Look</a>"), "{page}");
            assert!(!page.contains("/revoke\""), "{page}");
        }
        let page = traced("clvk_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZab");
        assert!(page.contains("No secret of acme."), "{page}");
        // A session is told to nobody.
        assert!(traced(&browser.session()).contains("No secret of acme."));
    }

    fn auditors_and_members_trace_nothing(world: World) {
        let credential = world.credential("nightly", &[]);
        for role in ["auditor", "member"] {
            let email = format!("{role}@acme.example");
            world.member(&email, &[role]);
            set_password(&world, &email, PASSWORD);
            let browser = PlainBrowser::new(&world);
            browser.sign_in(&email, PASSWORD).expect(303);
            browser.get("/trace").expect(403);
            let page = browser.post("/trace", &[("secret", &credential.key)]).expect(403).text();
            assert!(!page.contains("nightly"), "{page}");
            if role == "auditor" {
                let organization = browser.get("/organization").expect(200).text();
                assert!(!organization.contains("/console/acme/trace"), "absent, not gray");
            }
        }
    }

    fn too_many_questions_are_refused(world: World) {
        let browser = PlainBrowser::signed_in(&world, OWNER);
        let token = browser.form_token();
        let ask = || browser.send(browser.form("/trace", &[("secret", "x"), ("csrf", &token)])).status;
        assert!((0..60).all(|_| ask() == 200));
        assert_eq!(ask(), 429);
    }
}
