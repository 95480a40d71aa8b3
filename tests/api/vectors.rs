//! The server judges tokens of its own as the test vectors of all verifiers say, and reads only what it writes.

use std::fs;
use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use claviger::crypto::{KeyPair, Keyring, MasterKeys, SystemRandomness, generate_key};
use claviger::issuance::{
    FailureLimits, Failures, Introspection, Issuer, IssuerParts, Origin, PresentedClient, Refusal, TokenCache,
};
use claviger::snapshot::{ApplyError, ClockAlarm, KeyOpener, LiveKey, Published, Snapshot, Snapshots};
use claviger_contract::{JsonWebKey, Position, PresentedToken, RealmLabel, Scope, Timestamp};
use claviger_domain::{
    Actor, ActorKind, AdminScopes, Algorithm, Change, Clock, Door, KeyPurpose, KeyRole, Lease, LogEntry,
    Realm, RealmSettings, Record, ResourceServer, ResourceServerId, ServiceCredential, ServiceCredentialId,
    SigningKey, TokenLifetime, Validity,
};
use claviger_verifier::token::PublicKey;
use serde_json::Value;

use claviger_testkit::clock::StillClock;
use claviger_testkit::jwt;

const REALM: &str = "acme";
const SERVER: ResourceServerId = ResourceServerId::from_u128(7);
const SERVER_KEY: &str = "clvk_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZab";

/// What a verifier accepts from a newer issuer. This issuer writes none of it, so it is no token of its own.
const NEVER_WRITTEN: [&str; 12] = [
    "typ \"application/at+jwt\"",
    "typ \"AT+JWT\"",
    "typ \"Application/At+Jwt\"",
    "member x of the header is ignored",
    "member cty of the header is ignored",
    "member zip of the header is ignored",
    "member jku of the header is ignored",
    "member jwk of the header is ignored",
    "member x5c of the header is ignored",
    "claim nbf is ignored",
    "claim cnf is ignored",
    "claim later is ignored",
];

fn file(name: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("contract/vectors").join(name);
    serde_json::from_slice(&fs::read(path).expect("a file of the vectors")).expect("JSON")
}

fn text<'a>(of: &'a Value, member: &str) -> &'a str {
    of[member].as_str().unwrap_or_else(|| panic!("{member} is no text in {of}"))
}

fn list<'a>(of: &'a Value, member: &str) -> &'a [Value] {
    of[member].as_array().unwrap_or_else(|| panic!("{member} is no list in {of}"))
}

/// A text, or the texts and repetitions that it is made of.
fn token(case: &Value) -> String {
    if let Some(token) = case["token"].as_str() {
        return token.to_owned();
    }
    let part = |part: &Value| match part.as_array().map(Vec::as_slice) {
        Some([text, count]) => {
            let count = usize::try_from(count.as_u64().expect("a count")).expect("a small one");
            text.as_str().expect("a text").repeat(count)
        }
        _ => part.as_str().expect("a text").to_owned(),
    };
    list(case, "parts").iter().map(part).collect()
}

/// The keys of a set, as those of a realm. Their private halves are unknown; another one stands for them.
struct PublicKeys(Arc<KeyPair>);

impl PublicKeys {
    fn new() -> Self {
        let made = generate_key(Algorithm::EdDsa).expect("a key");
        Self(Arc::new(KeyPair::new(Algorithm::EdDsa, &made.public.kid, made.pkcs8).expect("a pair")))
    }
}

impl KeyOpener for PublicKeys {
    fn open(
        &mut self,
        _: &RealmLabel,
        key: &SigningKey,
        cut: Position,
    ) -> Result<Option<LiveKey>, ApplyError> {
        let verifying = Arc::new(PublicKey::new(&key.public).expect("a usable key"));
        let (record, pair) = (key.clone(), self.0.clone());
        Ok(Some(LiveKey { record, pair, verifying, cut, certified_header: None }))
    }
}

struct Scene {
    tokens: Value,
    key_sets: Value,
    keyring: Arc<Keyring>,
    keys: PublicKeys,
}

impl Scene {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        MasterKeys::create(folder.path(), &SystemRandomness::new()).expect("a master key");
        let master = MasterKeys::load(folder.path()).expect("the master key");
        let keyring = Arc::new(Keyring::derive(&master).expect("a keyring"));
        Self {
            tokens: file("tokens.json"),
            key_sets: file("key_sets.json"),
            keyring,
            keys: PublicKeys::new(),
        }
    }

    /// A server whose clock stands at the time of the case, and whose realm has the case's keys and nothing revoked.
    fn server(&mut self, case: &Value) -> Issuer {
        let now = case["now"].as_i64().or(self.tokens["now"].as_i64()).expect("a time");
        let now = Timestamp::from_epoch_seconds(now);
        let (public_url, realm) = text(&self.tokens, "issuer").rsplit_once("/realms/").expect("an issuer");
        assert_eq!(realm, REALM);
        let mut snapshot = Snapshot::empty(public_url);
        for record in self.records(case["key_set"].as_str().unwrap_or("all"), now) {
            let entry = LogEntry { realm: REALM.parse().expect("a label"), change: Change::Put(record) };
            snapshot.apply(Position::ZERO, &entry, &mut self.keys).expect("it can be applied");
        }
        // No token is of a later state.
        snapshot.position = Position::new(Position::END.as_u64() - 1);
        let snapshots = Snapshots::new(Snapshot::empty(public_url));
        let published = Published { snapshot: Arc::new(snapshot), origin: Arc::default() };
        snapshots.publish(published, Lease::Until(Duration::from_secs(u32::MAX.into())), None);
        let clock: Arc<dyn Clock> = Arc::new(StillClock::at(&now.to_string()));
        Issuer::new(IssuerParts {
            snapshots: Arc::new(snapshots),
            keyring: self.keyring.clone(),
            failures: Failures::new(FailureLimits { per_address: 0, per_client: 0 }, &clock),
            tokens: TokenCache::new(1 << 20),
            last_seen: Arc::default(),
            usage: Arc::default(),
            alarm: Arc::new(ClockAlarm::new(clock.clone())),
            clock,
            randomness: Arc::new(SystemRandomness::new()),
        })
    }

    fn records(&self, key_set: &str, now: Timestamp) -> Vec<Record> {
        let realm = Realm {
            label: REALM.parse().expect("a label"),
            display_name: "".parse().expect("a text"),
            settings: RealmSettings::default(),
            suspended_at: None,
            deleted_at: None,
            created_at: now,
            updated_at: now,
        };
        let by = Actor { kind: ActorKind::Operator, id: None, name: "test".to_owned() };
        let valid = list(&self.tokens, "cases").iter().find(|case| case["verdict"] == "accepted");
        let client = jwt::claims(text(valid.expect("a valid token"), "token"))["client_id"].clone();
        let client: uuid::Uuid = serde_json::from_value(client).expect("an id");
        let credential = ServiceCredential {
            id: ServiceCredentialId::from_uuid(client),
            name: "nightly".parse().expect("a name"),
            description: "".parse().expect("a text"),
            key_digest: self.keyring.digester().digest("of another secret"),
            validity: Validity::Never,
            token_lifetime: TokenLifetime::seconds(900).expect("a lifetime"),
            groups: Vec::new(),
            resources: Vec::new(),
            created_at: now,
            created_by: by.clone(),
            updated_at: now,
            updated_by: by,
            admin_scopes: AdminScopes::default(),
            replaces: None,
            overlap_ends_at: None,
            revocation: None,
        };
        let server = ResourceServer {
            id: SERVER,
            name: "builds".parse().expect("a name"),
            audience: text(&self.tokens, "audience").parse().expect("an audience"),
            key_digest: self.keyring.digester().digest(SERVER_KEY),
            created_at: now,
            replaces: None,
            overlap_ends_at: None,
        };
        let keys = self.signing_keys(key_set, now).into_iter().map(Record::from);
        [Record::from(realm), credential.into(), server.into()].into_iter().chain(keys).collect()
    }

    fn signing_keys(&self, key_set: &str, now: Timestamp) -> Vec<SigningKey> {
        let (usable, set) = (list(&self.key_sets[key_set], "usable"), &self.key_sets[key_set]["key_set"]);
        let named = |kid: &Value| list(set, "keys").iter().find(|key| key["kid"] == *kid).expect("a key");
        let record = |public: JsonWebKey| SigningKey {
            kid: public.kid.clone(),
            purpose: KeyPurpose::Tokens,
            algorithm: public.alg.parse().expect("an algorithm"),
            role: KeyRole::Retired,
            public,
            created_at: now,
            retired_at: Some(now),
            certificate: None,
        };
        let public = |kid| serde_json::from_value(named(kid).clone()).expect("a public key");
        usable.iter().map(|kid| record(public(kid))).collect()
    }
}

/// By introspection, and by an endpoint of this server that takes the token itself.
fn verdict(server: &Issuer, token: &str, needed: &[Scope]) -> &'static str {
    let address = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let presented = PresentedClient {
        client_id: SERVER.to_string(),
        presented_key: SERVER_KEY.to_owned().into(),
        origin: Origin { door: Door::Introspection, address },
    };
    let told = server.introspect(REALM, &presented, token).expect("it may ask");
    let origin = Origin { door: Door::Whoami, address };
    let bearer = server.recognize(REALM, &PresentedToken::given(token.to_owned()), origin);
    match (told, bearer) {
        (Introspection::Active(_), Ok(bearer)) if needed.iter().all(|scope| bearer.scopes.covers(scope)) => {
            "accepted"
        }
        (Introspection::Active(_), Ok(_)) => "insufficient_scope",
        (Introspection::Inactive, Err(Refusal::InvalidClient)) => "invalid",
        (told, bearer) => panic!("{told:?}, but {:?}: {token}", bearer.map(|bearer| bearer.scopes)),
    }
}

/// JK-08, BC-01, BC-02, BC-03, BC-05, BC-06
#[test]
fn tokens_have_the_verdicts_of_the_vectors() {
    let mut scene = Scene::new();
    let cases = list(&scene.tokens, "cases").to_vec();
    let mut wrong = Vec::new();
    let mut never_written = NEVER_WRITTEN.to_vec();
    for case in &cases {
        let name = text(case, "name");
        let needed = case["required"].as_array().into_iter().flatten();
        let needed: Vec<Scope> =
            needed.map(|scope| scope.as_str().and_then(|text| text.parse().ok()).expect("a scope")).collect();
        let (server, token) = (scene.server(case), token(case));
        let is_stricter = never_written.iter().position(|stricter| *stricter == name);
        let expected = match is_stricter.map(|index| never_written.swap_remove(index)) {
            Some(_) => {
                assert_eq!(case["verdict"], "accepted", "{name}: it is in the list of exceptions");
                vec!["invalid"]
            }
            None => {
                let verdict = &case["verdict"];
                let several = verdict.as_array().into_iter().flatten();
                verdict.as_str().into_iter().chain(several.filter_map(Value::as_str)).collect()
            }
        };
        // The second time from the cache, if the signature was right.
        for _ in 0..2 {
            let found = verdict(&server, &token, &needed);
            if !expected.contains(&found) {
                wrong.push(format!("{name}: {found}, not {expected:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(never_written.is_empty(), "no vectors: {never_written:?}");
}
