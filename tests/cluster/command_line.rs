//! A sign-in of the command line that is approved at one node makes one token, whichever nodes are asked for it.

use serde_json::{Value, json};

use crate::nodes::{Cluster, REALM};
use crate::sessions::{member, signed_in_everywhere};
use claviger_testkit::http::{Request, Response};
use claviger_testkit::patience::until;

/// The example of RFC 7636, appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// A node that has lost its lease for a moment, and has changed nothing, is asked again.
fn exchange(cluster: &Cluster, node: usize, code: &str) -> Response {
    let path = format!("/api/v1/realms/{REALM}/personal-access-tokens/exchange");
    cluster.patiently(node, &Request::json("POST", &path, &json!({"code": code, "verifier": VERIFIER})))
}

#[test]
fn code_is_exchanged_once_at_whichever_node() {
    let cluster = Cluster::start(3);
    member(&cluster, "member");
    let browsers = signed_in_everywhere(&cluster);
    for (approving, browser) in browsers.iter().enumerate().take(2) {
        let token = browser.form_token();
        let fields = [("challenge", CHALLENGE), ("name", "laptop"), ("csrf", token.as_str())];
        let asked = browser.with_cookies(browser.form("/cli", &fields));
        let page = cluster.patiently(approving, &asked);
        let page = page.expect(200).text();
        let code = page.split_once("<code id=\"code\" data-wipe>").expect("a code").1;
        let code = code.split('<').next().expect("a code");
        let answers: Vec<Response> = std::thread::scope(|scope| {
            let asked: Vec<_> = (0..3)
                .map(|node| {
                    scope.spawn({
                        let cluster = &cluster;
                        move || exchange(cluster, node, code)
                    })
                })
                .collect();
            asked.into_iter().map(|asked| asked.join().expect("an answer")).collect()
        });
        let mut statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
        statuses.sort_unstable();
        assert_eq!(statuses, [201, 409, 409], "{answers:?}");
        let made: Value = answers.iter().find(|answer| answer.status == 201).expect("a token").json();
        let token = made["token"].as_str().expect("a token");
        for node in 0..3 {
            let whoami = Request::get(&format!("/api/v1/realms/{REALM}/whoami")).bearer(token);
            until("the token counts at every node", || cluster.patiently(node, &whoami).status == 200);
        }
    }
}
