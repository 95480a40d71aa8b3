//! A realm and its provider, asked by the server's own client.

use std::sync::Arc;
use std::time::Duration;

use claviger::crypto::{Keyring, MasterKeys, SystemRandomness};
use claviger::sign_in::{
    Carried, ClientSecret, Identified, IdentityProviders, ProviderAnswer, Registration, SignInFailure,
    Started,
};
use claviger_contract::RealmLabel;
use claviger_domain::{Algorithm, Clock, SignInSettings};
use claviger_testkit::clock::StillClock;
use claviger_testkit::identity_keys::IdentityKey;
use claviger_testkit::identity_provider::{CLIENT_ID, CLIENT_SECRET, IdentityProvider};
use claviger_vault::{ListedHosts, OutboundSettings};
use serde_json::{Value, json};
use tempfile::TempDir;
use url::Url;

pub const KID: &str = "first";

/// A node of the server, as far as sign-in needs one.
pub struct Node {
    pub providers: IdentityProviders,
    pub keyring: Keyring,
}

pub struct Scene {
    pub clock: Arc<StillClock>,
    pub provider: IdentityProvider,
    pub node: Node,
    pub realm: RealmLabel,
    pub settings: SignInSettings,
    pub secret: Option<ClientSecret>,
    pub redirect_uri: Url,
    pub keys: TempDir,
}

pub fn secret(text: &str) -> Option<ClientSecret> {
    Some(ClientSecret::new(text.to_owned().into()))
}

pub fn outbound() -> OutboundSettings {
    OutboundSettings {
        listed_hosts: ListedHosts::new(["127.0.0.1"]).expect("a host"),
        total_timeout: Duration::from_secs(5),
        ..OutboundSettings::default()
    }
}

pub fn settings(issuer: &str) -> SignInSettings {
    let settings = json!({
        "provider_name": "Acme SSO",
        "issuer": issuer,
        "client_id": CLIENT_ID,
        "admission": "by_rule",
        "rules": [{"claim": "group", "value": "/it/platform", "role": "sys_admin"}],
    });
    serde_json::from_value(settings).expect("settings")
}

/// Complete, so that the UserInfo endpoint is not needed.
pub fn ana() -> Value {
    json!({
        "sub": "248289761001",
        "email": "ana@acme.example",
        "email_verified": true,
        "name": "Ana Souza",
        "groups": ["/it", "/it/platform"],
    })
}

/// With some members replaced; null removes one.
pub fn with(claims: &Value, members: Value) -> Value {
    let mut claims = claims.clone();
    for (name, value) in members.as_object().expect("members") {
        claims[name] = value.clone();
    }
    claims.as_object_mut().expect("claims").retain(|_, value| !value.is_null());
    claims
}

impl Node {
    pub fn new(clock: Arc<dyn Clock>, outbound: OutboundSettings, keys: &TempDir) -> Self {
        let keyring = Keyring::watch(keys.path()).expect("a keyring");
        Self { providers: IdentityProviders::new(outbound, clock), keyring }
    }
}

impl Scene {
    /// Its provider signs with an ES256 key.
    pub fn new() -> Self {
        let clock = Arc::new(StillClock::at("2027-03-01T12:00:00Z"));
        let provider = IdentityProvider::start(IdentityKey::new(Algorithm::Es256, KID), clock.clone());
        let keys = TempDir::new().expect("a folder");
        MasterKeys::create(keys.path(), &SystemRandomness::new()).expect("a master key");
        Self {
            node: Node::new(clock.clone(), outbound(), &keys),
            realm: "acme".parse().expect("a label"),
            settings: settings(&provider.issuer()),
            secret: secret(CLIENT_SECRET),
            redirect_uri: Url::parse("https://auth.acme.example/console/acme/sign-in/callback")
                .expect("a URL"),
            clock,
            provider,
            keys,
        }
    }

    /// Another one with the same master key.
    pub fn another_node(&self) -> Node {
        Node::new(self.clock.clone(), outbound(), &self.keys)
    }

    pub fn registration(&self) -> Registration<'_> {
        Registration {
            realm: &self.realm,
            settings: &self.settings,
            secret: self.secret.as_ref(),
            redirect_uri: &self.redirect_uri,
        }
    }

    pub fn try_start(&self, is_fresh: bool) -> Result<Started, SignInFailure> {
        self.start_carrying(Carried::new("/console/acme/groups").expect("short"), is_fresh)
    }

    pub fn start_carrying(&self, carried: Carried, is_fresh: bool) -> Result<Started, SignInFailure> {
        let Node { providers, keyring } = &self.node;
        providers.start(self.registration(), is_fresh, carried, keyring, &SystemRandomness::new())
    }

    pub fn start(&self) -> Started {
        self.try_start(false).expect("a start")
    }

    pub fn finish(&self, sealed: &str, query: &str) -> Result<Identified, SignInFailure> {
        self.finish_at(&self.node, sealed, query)
    }

    pub fn finish_at(&self, node: &Node, sealed: &str, query: &str) -> Result<Identified, SignInFailure> {
        let answer = ProviderAnswer::read(query).expect("an answer");
        node.providers.finish(self.registration(), sealed, &answer, &node.keyring)
    }

    /// From start to end.
    pub fn sign_in(&self, person: Value) -> Result<Identified, SignInFailure> {
        let started = self.try_start(false)?;
        self.finish(&started.sealed, &self.provider.sign_in(started.url.as_str(), person))
    }
}
