//! An OpenID Connect provider whose every answer a test can change. Its tokens are really signed, and its checks of
//! clients and codes are those of the standard.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use claviger::crypto::{sha256, token_hash};
use claviger_contract::JsonWebKey;
use claviger_domain::{Algorithm, Clock};
use serde_json::{Map, Value, json};

use crate::identity_keys::IdentityKey;
use crate::jwt::encode;
use crate::third_party::{Answer, Incoming, ThirdParty};

/// The client that it knows. The characters of the secret are those that a client must encode.
pub const CLIENT_ID: &str = "claviger";
pub const CLIENT_SECRET: &str = "s3cret/with:odd+signs %&";

/// Makes the ID token of these claims.
type Mint = Box<dyn Fn(&Value) -> String + Send>;

/// A code, and what it is good for once.
struct Grant {
    person: Value,
    parameters: BTreeMap<String, String>,
}

struct State {
    grants: BTreeMap<String, Grant>,
    /// Of access tokens, by their text.
    people: BTreeMap<String, Value>,
    /// Members of the discovery document beside the usual ones; null removes one.
    document: Map<String, Value>,
    key_set: Value,
    mint: Mint,
    /// At the UserInfo endpoint, in place of the person's claims.
    user_info: Option<Answer>,
    requests: Vec<String>,
}

pub struct IdentityProvider {
    pub server: ThirdParty,
    state: Arc<Mutex<State>>,
}

impl IdentityProvider {
    /// Signs with this key, until a test says otherwise.
    pub fn start(key: IdentityKey, clock: Arc<dyn Clock>) -> Self {
        let state = State {
            grants: BTreeMap::new(),
            people: BTreeMap::new(),
            document: Map::new(),
            key_set: json!({"keys": [key.public]}),
            mint: Box::new(move |claims| key.sign(claims)),
            user_info: None,
            requests: Vec::new(),
        };
        let state = Arc::new(Mutex::new(state));
        let (shared, of_clock) = (state.clone(), clock);
        let server = ThirdParty::start(move |incoming| {
            let mut state = shared.lock().expect("a lock");
            state.requests.push(incoming.path.clone());
            state.answer(incoming, of_clock.now().epoch_seconds())
        });
        Self { server, state }
    }

    pub fn issuer(&self) -> String {
        self.server.url()
    }

    /// How often this path was asked for.
    pub fn requests(&self, path: &str) -> usize {
        self.lock().requests.iter().filter(|asked| *asked == path).count()
    }

    /// Changes the discovery document; null removes a member.
    pub fn set_document(&self, members: Value) {
        let Value::Object(members) = members else { panic!("members") };
        self.lock().document = members;
    }

    pub fn publish(&self, keys: Vec<JsonWebKey>) {
        self.set_key_set(json!({"keys": keys}));
    }

    /// Of any content.
    pub fn set_key_set(&self, key_set: Value) {
        self.lock().key_set = key_set;
    }

    pub fn set_mint(&self, mint: impl Fn(&Value) -> String + Send + 'static) {
        self.lock().mint = Box::new(mint);
    }

    pub fn set_user_info(&self, answer: Option<Answer>) {
        self.lock().user_info = answer;
    }

    /// As a browser that opens this address, in which a person signs in. Returns the query of the redirect. `person` has
    /// the claims; those below `user_info` are told at the UserInfo endpoint alone.
    pub fn sign_in(&self, address: &str, person: Value) -> String {
        let (endpoint, query) = address.split_once('?').expect("a query");
        assert_eq!(endpoint, format!("{}/authorize", self.issuer()));
        let parameters: BTreeMap<String, String> =
            form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        let parameter = |name: &str| parameters[name].as_str();
        assert_eq!(parameter("response_type"), "code");
        assert_eq!(parameter("client_id"), CLIENT_ID);
        assert_eq!(parameter("scope"), "openid email profile");
        assert_eq!(parameter("code_challenge_method"), "S256");
        let state = parameter("state").to_owned();
        let mut shared = self.lock();
        let code = format!("code-{}", shared.grants.len());
        shared.grants.insert(code.clone(), Grant { person, parameters });
        form_urlencoded::Serializer::new(String::new())
            .extend_pairs([("code", code.as_str()), ("state", &state)])
            .finish()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("a lock")
    }
}

impl State {
    fn answer(&mut self, incoming: &Incoming, now: i64) -> Answer {
        let issuer = format!("http://{}", incoming.header("host"));
        match incoming.path.as_str() {
            "/.well-known/openid-configuration" => Answer::json(200, self.document(&issuer)),
            "/keys" => Answer::json(200, self.key_set.clone()),
            "/token" => match self.tokens(incoming, &issuer, now) {
                Ok(tokens) => Answer::json(200, tokens),
                Err((status, error)) => Answer::json(status, json!({"error": error})),
            },
            "/user-info" => self.user_info(incoming),
            _ => Answer::json(404, json!({})),
        }
    }

    fn document(&self, issuer: &str) -> Value {
        let mut document = json!({
            "issuer": issuer,
            "authorization_endpoint": format!("{issuer}/authorize"),
            "token_endpoint": format!("{issuer}/token"),
            "jwks_uri": format!("{issuer}/keys"),
            "userinfo_endpoint": format!("{issuer}/user-info"),
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256", "PS256", "ES256", "EdDSA", "HS256", "none"],
        });
        for (name, value) in &self.document {
            document[name] = value.clone();
        }
        document.as_object_mut().expect("an object").retain(|_, value| !value.is_null());
        document
    }

    fn tokens(&mut self, incoming: &Incoming, issuer: &str, now: i64) -> Result<Value, (u16, &'static str)> {
        if !self.is_client(incoming) {
            return Err((401, "invalid_client"));
        }
        let form = |name: &str| incoming.form(name).unwrap_or_default();
        // A code works once.
        let grant = self.grants.remove(&form("code")).ok_or((400, "invalid_grant"))?;
        let challenge = encode(sha256(form("code_verifier").as_bytes()).0);
        let fits = form("grant_type") == "authorization_code"
            && form("redirect_uri") == grant.parameters["redirect_uri"]
            && challenge == grant.parameters["code_challenge"];
        if !fits {
            return Err((400, "invalid_grant"));
        }
        let access_token = format!("access-{}", self.people.len());
        let mut claims = json!({
            "iss": issuer,
            "aud": CLIENT_ID,
            "iat": now,
            "exp": now + 300,
            "nonce": grant.parameters["nonce"],
            "at_hash": token_hash(Algorithm::Es256, &access_token),
        });
        for (name, value) in grant.person.as_object().expect("claims") {
            claims[name] = value.clone();
        }
        let info = claims.as_object_mut().expect("claims").remove("user_info");
        self.people.insert(access_token.clone(), info.unwrap_or_else(|| json!({"sub": claims["sub"]})));
        let id_token = (self.mint)(&claims);
        Ok(
            json!({"access_token": access_token, "token_type": "bearer", "expires_in": 300, "id_token": id_token}),
        )
    }

    /// By each method that the document lists; `none` is a public client.
    fn is_client(&self, incoming: &Incoming) -> bool {
        let methods = self.document.get("token_endpoint_auth_methods_supported").cloned();
        let methods = methods.unwrap_or_else(|| json!(["client_secret_basic"]));
        let is_listed = |method: &str| methods.as_array().expect("a list").iter().any(|one| one == method);
        let encoded = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
        let basic = STANDARD.encode(format!("{}:{}", encoded(CLIENT_ID), encoded(CLIENT_SECRET)));
        let authorization = incoming.header("authorization");
        let (id, secret) = (incoming.form("client_id"), incoming.form("client_secret"));
        match (authorization, id.as_deref(), secret.as_deref()) {
            ("", Some(CLIENT_ID), Some(CLIENT_SECRET)) => is_listed("client_secret_post"),
            ("", Some(CLIENT_ID), None) => is_listed("none"),
            (header, None, None) => header == format!("Basic {basic}") && is_listed("client_secret_basic"),
            _ => false,
        }
    }

    fn user_info(&mut self, incoming: &Incoming) -> Answer {
        if let Some(Answer { status, body, .. }) = &self.user_info {
            return Answer::json(*status, body.clone());
        }
        let token = incoming.header("authorization").strip_prefix("Bearer ").unwrap_or_default();
        match self.people.get(token) {
            Some(person) => Answer::json(200, person.clone()),
            None => Answer::json(401, json!({"error": "invalid_token"})),
        }
    }
}
