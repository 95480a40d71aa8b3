//! An issuer with a feed that is honest until it is told to lie.

use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::Duration;

use claviger_verifier::testing::{Issuer, TestClock};
use claviger_verifier::{Builder, Verifier};
use serde_json::{Value, json};

use super::http_server::{HttpServer, Reply, Request};

pub const AUDIENCE: &str = "https://api.example";

type Lie = Box<dyn FnMut(&Request, Value) -> Reply + Send>;

pub struct FakeIssuer {
    pub issuer: Issuer,
    shared: Arc<Shared>,
    _server: HttpServer,
}

struct Shared {
    told: Mutex<Told>,
    news: Condvar,
}

pub struct Told {
    pub cluster: String,
    pub position: u64,
    /// With the position at which each was made.
    pub entries: Vec<(u64, Value)>,
    pub lease_ms: u64,
    pub key_set: String,
    /// 200, or the status that the endpoint answers with.
    pub feed_status: u16,
    pub keys_status: u16,
    /// What introspection answers; `None` is 503.
    pub introspected: Option<Value>,
    pub lie: Option<Lie>,
    pub requests: Vec<Request>,
}

impl FakeIssuer {
    pub fn start() -> Self {
        let (listener, address) = HttpServer::bind();
        let url = format!("http://{address}/realms/acme");
        let issuer = Issuer::new(&url);
        let told = Told {
            cluster: "one".to_owned(),
            position: 1,
            entries: Vec::new(),
            lease_ms: 3_000,
            key_set: issuer.key_set(),
            feed_status: 200,
            keys_status: 200,
            introspected: None,
            lie: None,
            requests: Vec::new(),
        };
        let shared = Arc::new(Shared { told: Mutex::new(told), news: Condvar::new() });
        let answering = shared.clone();
        let server = HttpServer::start(listener, move |request| answering.answer(&url, request));
        Self { issuer, shared, _server: server }
    }

    pub fn builder(&self) -> Builder {
        Verifier::builder(self.issuer.url(), AUDIENCE, "rs-1", "clvk_secret")
    }

    /// With the clocks of the system.
    pub fn verifier(&self) -> Verifier {
        self.builder().connect().expect("right settings")
    }

    /// With a clock that the test moves.
    pub fn verifier_on(&self, clock: &TestClock) -> Verifier {
        self.builder().clock(clock.clone()).connect().expect("right settings")
    }

    pub fn told(&self) -> MutexGuard<'_, Told> {
        self.shared.told.lock().expect("no test panicked in it")
    }

    /// Adds an entry to the feed, and returns its position.
    pub fn tell(&self, entry: impl FnOnce(u64) -> Value) -> u64 {
        let mut told = self.told();
        told.position += 1;
        let position = told.position;
        let entry = entry(position);
        told.entries.push((position, entry));
        drop(told);
        self.shared.news.notify_all();
        position
    }

    /// All answers of the feed are changed from now on.
    pub fn lie(&self, lie: impl FnMut(&Request, Value) -> Reply + Send + 'static) {
        self.told().lie = Some(Box::new(lie));
        self.shared.news.notify_all();
    }

    pub fn be_honest(&self) {
        self.told().lie = None;
        self.shared.news.notify_all();
    }

    pub fn has_acknowledged(&self, position: u64) -> bool {
        let after = position.to_string();
        self.requests_of("/revocations").iter().any(|request| request.query.get("after") == Some(&after))
    }

    pub fn requests_of(&self, path_end: &str) -> Vec<Request> {
        self.told().requests.iter().filter(|request| request.path.ends_with(path_end)).cloned().collect()
    }
}

impl Shared {
    fn answer(&self, url: &str, request: Request) -> Reply {
        let mut told = self.told.lock().expect("no test panicked in it");
        told.requests.push(request.clone());
        match request.path.trim_start_matches("/realms/acme") {
            "/.well-known/oauth-authorization-server" => Reply::json(
                json!({
                    "issuer": url,
                    "jwks_uri": format!("{url}/oauth2/jwks"),
                    "introspection_endpoint": format!("{url}/oauth2/introspect"),
                })
                .to_string(),
            ),
            "/oauth2/jwks" if told.keys_status == 200 => Reply::json(told.key_set.clone()),
            "/oauth2/jwks" => Reply::status(told.keys_status),
            "/oauth2/introspect" => match &told.introspected {
                Some(answer) => Reply::json(answer.to_string()),
                None => Reply::status(503),
            },
            "/revocations" => self.feed(told, &request),
            _ => Reply::status(404),
        }
    }

    fn feed(&self, told: MutexGuard<'_, Told>, request: &Request) -> Reply {
        if request.authorization.as_deref() != Some("Basic cnMtMTpjbHZrX3NlY3JldA==") {
            return Reply::status(401);
        }
        let after = request.query.get("after").and_then(|after| after.parse::<u64>().ok());
        let of_cluster = |told: &Told| after.filter(|_| request.query.get("cluster") == Some(&told.cluster));
        // A held poll, shorter than in life.
        let hold = |told: &mut Told| {
            of_cluster(told) == Some(told.position) && told.feed_status == 200 && told.lie.is_none()
        };
        let held = self.news.wait_timeout_while(told, Duration::from_millis(100), hold);
        let mut told = held.expect("no test panicked in it").0;
        if told.feed_status != 200 {
            return Reply::status(told.feed_status);
        }
        let after = of_cluster(&told);
        let entries = told.entries.iter().filter(|(position, _)| *position > after.unwrap_or(0));
        let answer = json!({
            "cluster": told.cluster,
            "position": told.position,
            "nonce": request.query.get("nonce"),
            "lease_ms": told.lease_ms,
            "complete": after.is_none(),
            "next": null,
            "entries": entries.map(|(_, entry)| entry.clone()).collect::<Vec<_>>(),
        });
        match &mut told.lie {
            Some(lie) => lie(request, answer),
            None => Reply::json(answer.to_string()),
        }
    }
}
