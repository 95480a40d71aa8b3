//! Tokens that no outsider can create: signed by the realm's own key, and invalid in everything else.

use claviger_domain::SigningKey;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use serde_json::{Value, json};

use claviger_testkit::http::Request;
use claviger_testkit::jwt;
use claviger_testkit::world::{Client, Database, World};

/// Holds the private half of the realm's active key, so that its tokens are never refused for the signature.
pub struct Forger {
    pair: EcdsaKeyPair,
    pub kid: String,
}

impl Forger {
    /// As only someone with both the database and the master key could.
    pub fn of(world: &World) -> Self {
        let node = world.node();
        let ledger = &node.state.administration.ledger;
        let snapshot = ledger.latest();
        let realm = snapshot.find_realm(&world.realm).expect("the realm");
        let kid = realm.keys.active().expect("an active key").record.kid.clone();
        let mut session = ledger.store().session().expect("a session");
        let sealed = session.find_sealed_key(&kid).expect("the key's row").expect("a sealed key");
        let identity = SigningKey::sealed_identity(&realm.record.label, &kid);
        let pkcs8 = node.keyring.open(&identity, &sealed).expect("the private key");
        let random = SystemRandom::new();
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &pkcs8, &random);
        Self { pair: pair.expect("an ES256 key"), kid }
    }

    /// The header that this server writes.
    pub fn header(&self) -> Value {
        json!({"typ": "at+jwt", "alg": "ES256", "kid": self.kid})
    }

    /// Signs header and payload as JSON texts, with any content.
    pub fn sign(&self, header: &str, payload: &str) -> String {
        self.sign_encoded(&format!("{}.{}", jwt::encode(header), jwt::encode(payload)))
    }

    pub fn sign_claims(&self, claims: &Value) -> String {
        self.sign(&self.header().to_string(), &claims.to_string())
    }

    /// Signs the text before the last dot unchanged.
    pub fn sign_encoded(&self, signed: &str) -> String {
        let signature = self.pair.sign(&SystemRandom::new(), signed.as_bytes()).expect("a signature");
        format!("{signed}.{}", jwt::encode(signature))
    }
}

/// A realm with one active token, a client that introspects, and a forger.
pub struct Confusion {
    pub world: World,
    pub server: Client,
    pub credential: Client,
    pub token: String,
    /// The claims of that token.
    pub claims: Value,
    pub forger: Forger,
}

impl Confusion {
    pub fn start() -> Self {
        let world = World::start(Database::Sqlite);
        world.group("builders", &["ci:read"]);
        let server = world.resource_server("builds", "https://builds.example.org");
        let credential = world.credential("nightly", &["builders"]);
        let token = world.token(&credential);
        let claims = jwt::claims(&token);
        let forger = Forger::of(&world);
        let confusion = Self { world, server, credential, token, claims, forger };
        // Without this check, every token below could be refused for an unrelated reason.
        confusion.accepted(&confusion.forger.sign_claims(&confusion.claims));
        confusion
    }

    /// The active token's claims with some of them replaced. `null` removes one.
    pub fn claims_with(&self, parts: Value) -> Value {
        let mut claims = self.claims.clone();
        let claims_map = claims.as_object_mut().expect("claims");
        for (name, value) in parts.as_object().expect("an object") {
            if value.is_null() {
                claims_map.remove(name);
            } else {
                claims_map.insert(name.clone(), value.clone());
            }
        }
        claims
    }

    #[track_caller]
    pub fn accepted(&self, token: &str) {
        self.world.assert_active(&self.server, token);
        let whoami = Request::get(&self.world.path("/whoami")).bearer(token);
        self.world.send(&whoami).expect(200);
    }

    /// At every endpoint for access tokens: introspection, the demonstration resource, the administration API.
    #[track_caller]
    pub fn refused(&self, token: &str) {
        self.world.assert_inactive(&self.server, token);
        let places = [self.world.path("/whoami"), format!("/api/v1/realms/{}/groups", self.world.realm)];
        for place in places {
            let answer = self.world.send(&Request::get(&place).bearer(token));
            assert!(matches!(answer.status, 400 | 401), "{place}: {} {}", answer.status, answer.text());
        }
    }

    /// At introspection alone, for many tokens: there, invalid tokens are not failed authentications and are not
    /// rate-limited.
    #[track_caller]
    pub fn inactive(&self, token: &str) {
        self.world.assert_inactive(&self.server, token);
    }
}
