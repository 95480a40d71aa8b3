//! Signing in at oidc-provider, a provider of another project, in a real server.

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::plain_browser::PlainBrowser;
use claviger_testkit::foreign_identity_provider::ForeignIdentityProvider;
use claviger_testkit::http::{Request, Response};
use claviger_testkit::process::{ServerProcess, free_address};

const SECRET: &str = "a secret/with:odd+signs %&";

/// A server for development, whose people sign in at oidc-provider.
pub struct Foreign {
    _folder: TempDir,
    pub server: ServerProcess,
    pub provider: ForeignIdentityProvider,
    /// What the server says of its realm.
    pub facts: Value,
}

impl Foreign {
    pub fn start() -> Self {
        let (folder, address) = (TempDir::new().expect("a temporary folder"), free_address());
        let client = json!({
            "client_id": "claviger",
            "client_secret": SECRET,
            "redirect_uris": [format!("http://{address}/console/demo/sign-in/callback")],
            "token_endpoint_auth_method": "client_secret_basic",
        });
        let people = json!({
            "ana": {
                "email": "ana@acme.example", "email_verified": true, "name": "Ana Souza",
                "groups": ["/it", "/it/platform"],
            },
            "rui": {
                "email": "rui@acme.example", "email_verified": true, "name": "Rui Costa",
                "groups": ["/it/platform"],
            },
            "jonas": {"email": "jonas@acme.example", "email_verified": true, "name": "Jonas", "groups": []},
        });
        let provider = ForeignIdentityProvider::start(&json!([client]), &people, false);
        let host = provider.issuer().replace("http://", "");
        let server = ServerProcess::start(folder.path(), address, |command| {
            command.args(["--dev", "--data-dir", "d"]).env("CLAVIGER_SIGN_IN_ALLOWED_HOSTS", host);
        });
        let facts = std::fs::read(folder.path().join("d/quickstart.json")).expect("the facts");
        let facts: Value = serde_json::from_slice(&facts).expect("JSON");
        let foreign = Self { _folder: folder, server, provider, facts };
        let settings = json!({
            "provider_name": "Acme SSO",
            "issuer": foreign.provider.issuer(),
            "client_id": "claviger",
            "client_secret": SECRET,
            "admission": "by_rule",
            "rules": [{"claim": "group", "value": "/it/platform", "role": "sys_admin"}],
        });
        foreign.admin("PUT", "/sign-in", &settings).expect(200);
        foreign
    }

    pub fn fact(&self, pointer: &str) -> String {
        self.facts.pointer(pointer).and_then(Value::as_str).expect("a fact").to_owned()
    }

    fn admin(&self, method: &str, path: &str, body: &Value) -> Response {
        let request = Request::json(method, &format!("/api/v1/realms/demo{path}"), body);
        request.bearer(&self.fact("/owner/personal_access_token")).send(self.server.address)
    }
}

#[test]
fn person_signs_in_and_confirms_at_a_provider_of_another_project() {
    let foreign = Foreign::start();
    let address = foreign.server.address;
    let own = format!("http://{address}");
    let mut there = foreign.provider.browser();
    let here = PlainBrowser::at(address, "demo");
    let mut arrive = |browser: &PlainBrowser, path: &str, login: &str| {
        let out = browser.get(path).expect(303);
        let (back, pages) = there.sign_in(out.header("location").expect("an address"), login);
        let path = back.strip_prefix(&own).expect("this server").to_owned();
        (browser.send(Request::get(&path).header("Sec-Fetch-Site", "cross-site")), pages)
    };
    let (arrived, pages) = arrive(&here, "/sign-in/provider?next=%2Fconsole%2Fdemo%2Fmembers", "ana");
    assert_eq!(arrived.expect(303).header("location"), Some("/console/demo/members"));
    assert_eq!(pages, ["login", "consent"]);
    assert!(here.get("/members").expect(200).text().contains("ana@acme.example"));
    // The session there is enough to come back, and not to confirm.
    let again = PlainBrowser::at(address, "demo");
    let (arrived, pages) = arrive(&again, "/sign-in/provider", "ana");
    arrived.expect(303);
    assert_eq!(pages, Vec::<String>::new());
    let (confirmed, pages) = arrive(&again, "/confirm/provider?next=%2Fconsole%2Fdemo%2Faccount", "ana");
    assert_eq!(confirmed.expect(303).header("location"), Some("/console/demo/account"));
    assert_eq!(pages, ["login"]);
    let mut other = foreign.provider.browser();
    let out = again.get("/sign-in/provider").expect(303);
    let (back, _) = other.sign_in(out.header("location").expect("an address"), "jonas");
    let refused = again.send(Request::get(back.strip_prefix(&own).expect("this server"))).expect(403).text();
    assert!(refused.contains("jonas@acme.example, but no rule gives you a role in demo"), "{refused}");
}
