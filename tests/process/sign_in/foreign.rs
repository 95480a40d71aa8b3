//! oidc-provider, with a person who signs in there in a browser.

use std::sync::Arc;

use claviger::crypto::{MasterKeys, SystemRandomness};
use claviger::serve::SystemClock;
use claviger::sign_in::{Carried, Identified, ProviderAnswer, ProviderFault, Registration, SignInFailure};
use claviger_domain::{Acquaintance, Role, SignInDecision, SignInSettings, decide_sign_in};
use claviger_testkit::foreign_identity_provider::{Browser, ForeignIdentityProvider};
use serde_json::{Value, json};
use tempfile::TempDir;
use url::Url;

use crate::sign_in::scene::{Node, outbound, secret, settings};

const REDIRECT_URI: &str = "https://auth.acme.example/console/acme/sign-in/callback";
const SECRET: &str = "a secret/with:odd+signs %&";

struct Foreign {
    provider: ForeignIdentityProvider,
    node: Node,
    settings: SignInSettings,
    secret: Option<&'static str>,
}

/// One client for each algorithm, and one without a secret.
fn clients() -> Value {
    let client = |id: &str, alg: &str, method: &str| {
        let mut client = json!({
            "client_id": id,
            "redirect_uris": [REDIRECT_URI],
            "id_token_signed_response_alg": alg,
            "token_endpoint_auth_method": method,
        });
        if method != "none" {
            client["client_secret"] = json!(SECRET);
        }
        client
    };
    let basic = "client_secret_basic";
    json!([
        client("rs", "RS256", basic),
        client("ps", "PS256", basic),
        client("es", "ES256", basic),
        client("ed", "EdDSA", basic),
        client("public", "RS256", "none"),
    ])
}

impl Foreign {
    fn start(claims_in_id_token: bool) -> Self {
        let people = json!({
            "ana": {
                "email": "ana@acme.example",
                "email_verified": true,
                "name": "Ana Souza",
                "groups": ["/it", "/it/platform"],
            },
            "jonas": {"email": "jonas@acme.example", "email_verified": false, "name": "Jonas", "groups": []},
        });
        let provider = ForeignIdentityProvider::start(&clients(), &people, claims_in_id_token);
        let keys = TempDir::new().expect("a folder");
        MasterKeys::create(keys.path(), &SystemRandomness::new()).expect("a master key");
        let node = Node::new(Arc::new(SystemClock), outbound(), &keys);
        let settings = settings(&provider.issuer());
        Self { provider, node, settings, secret: Some(SECRET) }
    }

    fn as_client(&mut self, id: &str) {
        self.settings.client_id = id.parse().expect("an id");
        self.secret = (id != "public").then_some(SECRET);
    }

    /// Also the pages that were filled in.
    fn sign_in(
        &self,
        browser: &mut Browser,
        login: &str,
        is_fresh: bool,
    ) -> (Result<Identified, SignInFailure>, Vec<String>) {
        let mut pages = Vec::new();
        let result = self.walk(is_fresh, |address| {
            let (back, filled) = browser.sign_in(address, login);
            pages = filled;
            back
        });
        (result, pages)
    }

    fn walk(&self, is_fresh: bool, browse: impl FnOnce(&str) -> String) -> Result<Identified, SignInFailure> {
        let (realm, secret) = ("acme".parse().expect("a label"), self.secret.and_then(secret));
        let redirect_uri = Url::parse(REDIRECT_URI).expect("a URL");
        let registration = Registration {
            realm: &realm,
            settings: &self.settings,
            secret: secret.as_ref(),
            redirect_uri: &redirect_uri,
        };
        let Node { providers, keyring } = &self.node;
        let randomness = SystemRandomness::new();
        let started = providers.start(registration, is_fresh, Carried::default(), keyring, &randomness)?;
        let back = browse(started.url.as_str());
        let (address, query) = back.split_once('?').expect("a query");
        assert_eq!(address, REDIRECT_URI);
        let answer = ProviderAnswer::read(query).expect("an answer");
        let finished = providers.finish(registration, &started.sealed, &answer, keyring);
        let again = providers.finish(registration, &started.sealed, &answer, keyring);
        assert_eq!(again.err(), Some(SignInFailure::Stale));
        finished
    }
}

fn decided(foreign: &Foreign, signed_in: &Identified) -> SignInDecision {
    decide_sign_in(&foreign.settings, &signed_in.claims, Acquaintance::Stranger)
}

#[test]
fn person_signs_in_with_every_algorithm_and_method() {
    for claims_in_id_token in [true, false] {
        let mut foreign = Foreign::start(claims_in_id_token);
        for client in ["rs", "ps", "es", "ed", "public"] {
            foreign.as_client(client);
            let (signed_in, pages) = foreign.sign_in(&mut foreign.provider.browser(), "ana", false);
            assert_eq!(pages, ["login", "consent"], "{client}");
            let signed_in = signed_in.expect(client);
            assert_eq!(signed_in.claims.identity.subject.as_str(), "ana");
            let email = "ana@acme.example".parse().expect("an address");
            let name = "Ana Souza".parse().expect("a name");
            let expected = SignInDecision::Create { email, name, roles: vec![Role::SysAdmin] };
            assert_eq!(decided(&foreign, &signed_in), expected, "{client}");
        }
        let (jonas, _) = foreign.sign_in(&mut foreign.provider.browser(), "jonas", false);
        let jonas = decided(&foreign, &jonas.expect("signed in"));
        assert!(matches!(jonas, SignInDecision::Refuse(_)), "{jonas:?}");
    }
}

#[test]
fn session_at_the_provider_is_enough_unless_a_new_sign_in_is_asked_for() {
    let mut foreign = Foreign::start(true);
    foreign.as_client("es");
    let mut browser = foreign.provider.browser();
    for (is_fresh, expected) in [(false, &["login", "consent"][..]), (false, &[]), (true, &["login"])] {
        let (signed_in, pages) = foreign.sign_in(&mut browser, "ana", is_fresh);
        assert_eq!(pages, expected, "{is_fresh}");
        assert_eq!(signed_in.expect("signed in").is_fresh, is_fresh);
    }
}

#[test]
fn person_who_cancels_and_client_with_a_wrong_secret_are_told_apart() {
    let mut foreign = Foreign::start(true);
    foreign.as_client("rs");
    let mut browser = foreign.provider.browser();
    let canceled = foreign.walk(false, |address| browser.cancel(address));
    assert_eq!(canceled.err(), Some(SignInFailure::Declined("access_denied".to_owned())));
    foreign.secret = Some("wrong");
    let (refused, _) = foreign.sign_in(&mut foreign.provider.browser(), "ana", false);
    assert_eq!(refused.err(), Some(SignInFailure::Provider(ProviderFault::ClientRefused)));
}
