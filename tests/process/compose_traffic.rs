//! The realm behind the nginx of `docker-compose.yml`, and continuous traffic in it.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::compose_scene::{REALM, Scene};
use claviger_testkit::http::{Request, Response};
use claviger_testkit::world::Client;

const PATIENCE: Duration = Duration::from_secs(60);

/// What the test knows of the realm. Requests go through nginx unless stated otherwise.
#[derive(Clone)]
pub struct Acme {
    pub nginx: SocketAddr,
    owner: String,
    server: Client,
}

impl Acme {
    pub fn of(scene: &Scene) -> Self {
        let server = Client { id: String::new(), key: String::new(), name: String::new() };
        let mut acme = Self { nginx: scene.nginx.address, owner: scene.owner.clone(), server };
        acme.admin("POST", "/scopes", &json!({"scope": "ci:read"})).expect(201);
        acme.admin("POST", "/groups", &json!({"name": "g", "scopes": ["ci:read"]})).expect(201);
        let builds = json!({"name": "builds", "audience": "https://builds.example.org"});
        // As a proxy in front of nginx sets it: the last address is where the request came from.
        let request = acme.administration("POST", "/resource-servers", &builds);
        let answer = request
            .header("X-Forwarded-For", "garbage, 198.51.100.7, 203.0.113.9")
            .send(acme.nginx)
            .expect(201);
        acme.server = client(&answer.json());
        let events = acme.admin("GET", "/audit-events?action=resource_server.create", &Value::Null);
        let event = events.expect(200).json()["items"][0].clone();
        assert_eq!(event["address"], "203.0.113.9", "{event}");
        acme
    }

    fn administration(&self, method: &str, path: &str, body: &Value) -> Request {
        let path = format!("/api/v1/realms/{REALM}{path}");
        let request =
            if body.is_null() { Request::new(method, &path) } else { Request::json(method, &path, body) };
        request.bearer(&self.owner)
    }

    /// Repeats a request that is answered 503: a machine that is too busy to renew a lease makes a node uncertain, and
    /// nginx must not try the other one.
    fn patiently(place: SocketAddr, request: &Request) -> Response {
        let begun = Instant::now();
        loop {
            let answer = request.send(place);
            if answer.status != 503 || begun.elapsed() > PATIENCE {
                return answer;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    fn admin(&self, method: &str, path: &str, body: &Value) -> Response {
        Self::patiently(self.nginx, &self.administration(method, path, body))
    }

    pub fn credential(&self, name: &str) -> Client {
        let body = json!({"name": name, "validity_days": 90, "token_ttl_seconds": 3600, "groups": ["g"]});
        client(&self.admin("POST", "/service-credentials", &body).expect(201).json())
    }

    pub fn revoke(&self, credential: &Client) -> Value {
        let path = format!("/service-credentials/{}/revoke", credential.id);
        self.admin("POST", &path, &json!({"name": credential.name})).expect(200).json()
    }

    fn token_request(credential: &Client) -> Request {
        let form = [("grant_type", "client_credentials")];
        Request::form(&format!("/realms/{REALM}/oauth2/token"), &form).basic(&credential.id, &credential.key)
    }

    /// A node may apply the credential a moment late: its creation waits half a second for that, and a busy machine
    /// takes longer.
    pub fn token(&self, credential: &Client) -> String {
        let begun = Instant::now();
        loop {
            let answer = Self::patiently(self.nginx, &Self::token_request(credential));
            if answer.status != 401 || begun.elapsed() > PATIENCE {
                return access_token(&answer.expect(200));
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    fn introspection(&self, token: &str) -> Request {
        let path = format!("/realms/{REALM}/oauth2/introspect");
        Request::form(&path, &[("token", token)]).basic(&self.server.id, &self.server.key)
    }

    pub fn is_active(&self, place: SocketAddr, token: &str) -> bool {
        Self::patiently(place, &self.introspection(token)).expect(200).json()["active"] == true
    }

    /// Repeats revocations until one was confirmed by all of these nodes and waited for no other.
    pub fn until_confirmed_by(&self, nodes: &Value) -> Value {
        let begun = Instant::now();
        let names = nodes.as_array().expect("a list");
        for number in 0.. {
            let receipt = self.revoke(&self.credential(&format!("try-{number}-of-{}", names.len())));
            if receipt["confirmed"]["nodes"] == *nodes && receipt["outcome"] == "confirmed" {
                return receipt;
            }
            assert!(begun.elapsed() < PATIENCE, "{receipt}");
        }
        unreachable!("numbers do not end")
    }
}

/// A client that continuously requests and introspects tokens, and repeats nothing.
pub struct Traffic {
    stop: Arc<AtomicBool>,
    answered: Arc<AtomicUsize>,
    failures: Arc<Mutex<Vec<String>>>,
    thread: Option<JoinHandle<()>>,
}

impl Traffic {
    pub fn of(acme: &Acme, credential: Client) -> Self {
        let (stop, answered, failures) = (Arc::default(), Arc::default(), Arc::default());
        let mut traffic = Self { stop, answered, failures, thread: None };
        let (acme, stop) = (acme.clone(), traffic.stop.clone());
        let (answered, failures) = (traffic.answered.clone(), traffic.failures.clone());
        traffic.thread = Some(std::thread::spawn(move || {
            while !stop.load(Ordering::Acquire) {
                match round(&acme, &credential) {
                    Ok(()) => _ = answered.fetch_add(1, Ordering::AcqRel),
                    Err(failure) => failures.lock().unwrap_or_else(PoisonError::into_inner).push(failure),
                }
            }
        }));
        traffic
    }

    /// Returns after 20 more answers, so that nginx has tried both nodes many times.
    pub fn goes_on(&self) {
        let enough = self.answered.load(Ordering::Acquire) + 20;
        until(|| self.answered.load(Ordering::Acquire) >= enough, "nothing is answered any more");
    }

    /// No failure since the previous call. `refusals` are those of the healthy node: it refuses if the machine is too
    /// busy to renew a lease for three seconds, and logs that. This test does not check those cases.
    #[track_caller]
    pub fn assert_without_failures(&self, refusals: usize) {
        let failures = std::mem::take(&mut *self.failures.lock().unwrap_or_else(PoisonError::into_inner));
        assert!(failures.is_empty() || refusals > 0, "{failures:?}");
    }
}

impl Drop for Traffic {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Release);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn round(acme: &Acme, credential: &Client) -> Result<(), String> {
    let answer =
        Acme::token_request(credential).try_send(acme.nginx).ok_or("no answer to a token request")?;
    if answer.status != 200 {
        return Err(format!("token: {} {}", answer.status, answer.text()));
    }
    let request = acme.introspection(&access_token(&answer));
    let answer = request.try_send(acme.nginx).ok_or("no answer to an introspection")?;
    if answer.status != 200 || answer.json()["active"] != true {
        return Err(format!("introspection: {} {}", answer.status, answer.text()));
    }
    Ok(())
}

#[track_caller]
pub fn until(mut done: impl FnMut() -> bool, otherwise: &str) {
    let begun = Instant::now();
    while !done() {
        assert!(begun.elapsed() < PATIENCE, "{otherwise}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn access_token(answer: &Response) -> String {
    answer.json()["access_token"].as_str().expect("a token").to_owned()
}

fn client(json: &Value) -> Client {
    let text = |name: &str| json[name].as_str().unwrap_or_default().to_owned();
    Client { id: text("client_id"), key: text("client_key"), name: text("name") }
}
