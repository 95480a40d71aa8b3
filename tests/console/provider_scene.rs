//! A realm with an identity provider on this machine, and people who sign in there.

use serde_json::{Value, json};

use crate::plain_browser::PlainBrowser;
use claviger_domain::Algorithm;
use claviger_testkit::http::{Request, Response};
use claviger_testkit::identity_keys::IdentityKey;
use claviger_testkit::identity_provider::{CLIENT_ID, CLIENT_SECRET, IdentityProvider};
use claviger_testkit::world::World;

pub struct Scene {
    pub world: World,
    pub provider: IdentityProvider,
}

/// Ana, who is in these groups.
pub fn ana(groups: &[&str]) -> Value {
    json!({
        "sub": "ana-1", "email": "ana@acme.example", "email_verified": true, "name": "Ana Souza", "groups": groups,
    })
}

pub fn with(mut person: Value, name: &str, value: Value) -> Value {
    person[name] = value;
    person
}

impl Scene {
    /// `more` changes the settings.
    pub fn new(world: World, more: Value) -> Self {
        let scene = Self::without_settings(world);
        scene.set(more);
        scene
    }

    pub fn without_settings(mut world: World) -> Self {
        let key = IdentityKey::new(Algorithm::Es256, "first");
        let provider = IdentityProvider::start(key, world.clock.clone());
        world.sign_in_allowed_hosts = vec![provider.server.address.to_string()];
        world.restart();
        Self { world, provider }
    }

    pub fn set(&self, more: Value) {
        let rule = |group: &str, role: &str| json!({"claim": "group", "value": group, "role": role});
        let mut body = json!({
            "provider_name": "Acme SSO",
            "issuer": self.provider.issuer(),
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
            "rules": [
                rule("/it/claviger-holders", "account_holder"),
                rule("/it/platform", "sys_admin"),
                rule("/it/auditors", "auditor"),
            ],
        });
        body.as_object_mut().expect("an object").extend(more.as_object().expect("members").clone());
        self.world.admin("PUT", "/sign-in", Some(body)).expect(200);
    }

    pub fn browser(&self) -> PlainBrowser {
        PlainBrowser::new(&self.world)
    }

    /// Goes to the provider, signs in there, and comes back.
    pub fn arrive(&self, browser: &PlainBrowser, path: &str, person: Value) -> Response {
        let query = self.set_out(browser, path, person);
        self.come_back(browser, &query)
    }

    /// Goes to the provider and signs in there. Returns the query with which the provider sends the person back.
    pub fn set_out(&self, browser: &PlainBrowser, path: &str, person: Value) -> String {
        let out = browser.get(path).expect(303);
        self.provider.sign_in(out.header("location").expect("an address"), person)
    }

    pub fn come_back(&self, browser: &PlainBrowser, query: &str) -> Response {
        let path = format!("/console/{}/sign-in/callback?{query}", self.world.realm);
        browser.send(Request::get(&path).header("Sec-Fetch-Site", "cross-site"))
    }

    pub fn member(&self, email: &str) -> Value {
        let found = self.world.admin("GET", &format!("/members?q={email}"), None).expect(200).json();
        found["items"][0].clone()
    }

    pub fn events(&self) -> String {
        self.world.admin("GET", "/audit-events?limit=200", None).expect(200).json().to_string()
    }
}
