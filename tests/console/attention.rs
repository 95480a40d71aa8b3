//! What the overview says needs somebody: the worst first, and to members their own things alone.

use serde_json::json;

use crate::plain_browser::{PASSWORD, PlainBrowser, set_password};
use claviger_testkit::clock::days;
use claviger_testkit::on_both_databases;
use claviger_testkit::patience::until;

const OWNER: &str = "holder@acme.example";

/// The lines of "Needs attention".
fn lines(page: &str) -> Vec<String> {
    let start = page.find("<ul class=\"lines\">").expect("a list");
    let list = page[start..].split("</ul>").next().expect("its end");
    let bold = |line: &str| line.split("<b>").nth(1)?.split("</b>").next().map(str::to_owned);
    list.split("<li").skip(1).filter_map(bold).collect()
}

on_both_databases! {
    fn worst_comes_first_with_one_button_each(world: World) {
        let browser = PlainBrowser::signed_in(&world, OWNER);
        let page = browser.get("/").expect(200).text();
        assert_eq!(lines(&page), ["holder signed in with a local account just now"]);
        let short = world.credential_with(json!({"name": "short", "validity_days": 30}));
        world.credential_with(json!({"name": "soon", "validity_days": 40}));
        world.credential_with(json!({"name": "for-ever", "validity_days": null}));
        world.resource_server("builds", "https://builds.example.org");
        for (name, end) in [("ended", "2027-02-20T00:00:00Z"), ("ending", "2027-03-10T12:00:00Z")] {
            let fields = json!({"url": "https://127.0.0.1:9", "token": "glpat-x"});
            let body = json!({"name": name, "source_type": "gitlab_self_managed", "fields": fields, "validate": false, "expires_at": end});
            world.admin("POST", "/source-credentials", Some(body)).expect(201);
        }
        world.clock.advance_seconds(days(31));
        // Something still uses the expired key.
        world.send(&world.token_request(&short, &[])).expect(401);
        until("the refusal is counted", || {
            let owner = world.operator_token(OWNER);
            let path = format!("/service-credentials/{}/usage", short.id);
            world.admin_as(&owner, "GET", &path, None).json()["refused"] == 1
        });
        let browser = PlainBrowser::new(&world);
        browser.sign_in(OWNER, PASSWORD).expect(303);
        let page = browser.get("/").expect(200).text();
        let expected = [
            "ended expired 20 Feb",
            "short expired, and is still used",
            "ending expires in 7 days",
            "soon expires in 9 days",
            "1 service only reads the key set",
            "1 credential never expires",
            "holder signed in with a local account just now",
        ];
        assert_eq!(lines(&page), expected, "{page}");
        assert!(page.contains("Refused 1 time in the last 24 hours."), "{page}");
        for link in [
            format!("/service-credentials/{}\"", short.id),
            "/renew\"".to_owned(),
            "#reach\"".to_owned(),
            "service-credentials?status=never\"".to_owned(),
        ] {
            assert!(page.contains(&link), "{link}: {page}");
        }
        // What was revoked needs nobody.
        let owner = world.operator_token(OWNER);
        let path = format!("/service-credentials/{}/revoke", short.id);
        world.admin_as(&owner, "POST", &path, Some(json!({"name": "short"}))).expect(200);
        let page = browser.get("/").expect(200).text();
        let left: Vec<&str> = expected.into_iter().filter(|line| !line.starts_with("short")).collect();
        assert_eq!(lines(&page), left);
    }

    fn members_see_their_own_things_alone(world: World) {
        world.scopes(&["ci:read"]);
        world.group("readers", &["ci:read"]);
        world.credential_with(json!({"name": "soon", "validity_days": 30}));
        let (id, _) = world.member("m@acme.example", &["member"]);
        world.admin("PATCH", &format!("/members/{id}"), Some(json!({"groups": ["readers"]}))).expect(200);
        world.api_token(&["ci:read"]);
        set_password(&world, "m@acme.example", PASSWORD);
        let token = world.operator_token("m@acme.example");
        let body = json!({"description": "laptop", "expires_at": "2027-02-20T00:00:00Z", "scopes": ["ci:read"]});
        world.admin_as(&token, "POST", "/api-tokens", Some(body)).expect(201);
        world.clock.advance_seconds(days(10));
        let browser = PlainBrowser::new(&world);
        browser.sign_in("m@acme.example", PASSWORD).expect(303);
        let page = browser.get("/").expect(200).text();
        assert_eq!(lines(&page), ["laptop expires in 9 days"], "{page}");
        assert!(!page.contains("soon") && !page.contains("Live credentials"), "{page}");
    }
}
