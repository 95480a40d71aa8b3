//! `docker-compose.yml` without an engine: PostgreSQL, two nodes and its nginx. The images themselves are only linted.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::compose_scene::{Compose, Nginx, Node, REALM, Scene};
use claviger_testkit::http::{Request, Response};
use claviger_testkit::process::free_address;
use claviger_testkit::world::Client;

const PATIENCE: Duration = Duration::from_secs(60);

#[test]
fn names_and_addresses_are_consistent_across_files() {
    let compose = Compose::read();
    let nodes = compose.nodes();
    assert_eq!(nodes.len(), 2, "{nodes:?}");
    let trusted = compose.setting("CLAVIGER_TRUSTED_PROXIES");
    assert!(trusted.contains(&format!("{}/32", compose.address_of("nginx"))), "{trusted}");
    let configuration = compose.mounted("/etc/nginx/nginx.conf");
    let upstreams = configuration.lines().filter(|line| line.trim().starts_with("server "));
    let upstreams: Vec<&str> =
        upstreams.filter_map(|line| line.split_whitespace().nth(1)).filter(|word| *word != "{").collect();
    let expected: Vec<String> = nodes.iter().map(|(_, address)| format!("{address}:8080")).collect();
    assert_eq!(upstreams, expected);
}

#[test]
fn two_nodes_behind_nginx_survive_the_loss_of_either() {
    let mut scene = Scene::start();
    let acme = Acme::of(&scene);
    let names: Vec<String> = scene.nodes.iter().map(|node| node.name.clone()).collect();

    // Normal operation: each node answers its share, and a revocation at one node is effective at both.
    for port in
        [scene.nginx.address, scene.nodes[0].address, scene.nodes[1].address].map(|place| place.port())
    {
        assert!(scene.compose_health(port), "the health check finds nobody ready at {port}");
    }
    let credential = acme.credential("first");
    let token = acme.token(&credential);
    for _ in 0..8 {
        assert!(acme.is_active(acme.nginx, &token));
    }
    for node in &scene.nodes {
        assert!(acme.is_active(node.address, &token), "{}", node.name);
        assert!(answers_of(node.metrics) > 1, "nginx has sent nothing to {}", node.name);
    }
    let receipt = acme.revoke(&credential);
    assert_eq!(everybody(&receipt), names, "{receipt}");
    for place in [acme.nginx, scene.nodes[0].address, scene.nodes[1].address] {
        assert!(!acme.is_active(place, &token), "active at {place} after the revocation");
    }

    // One node is killed under traffic.
    let doomed = acme.credential("doomed");
    let dead = acme.token(&doomed);
    let busy = acme.credential("busy");
    let token = acme.token(&busy);
    for node in &scene.nodes {
        assert!(acme.is_active(node.address, &token), "{} has not read of the credential", node.name);
    }
    let refused = refusals(&scene.nodes[1]);
    let traffic = Traffic::of(&acme, busy);
    traffic.goes_on();
    scene.nodes[0].kill();
    let receipt = acme.revoke(&doomed);
    assert_eq!(receipt["confirmed"]["nodes"], json!([names[1]]), "{receipt}");
    match receipt["outcome"].as_str() {
        Some("waited_out") => assert_eq!(receipt["unconfirmed"]["nodes"], json!([names[0]]), "{receipt}"),
        outcome => assert_eq!(outcome, Some("confirmed"), "{receipt}"),
    }
    assert!(!acme.is_active(acme.nginx, &dead) && !acme.is_active(scene.nodes[1].address, &dead));
    traffic.goes_on();

    // It restarts, applies what it has missed, and serves again.
    scene.nodes[0].start();
    assert!(!acme.is_active(scene.nodes[0].address, &dead));
    acme.until_confirmed_by(&json!(names));
    until(|| answers_of(scene.nodes[0].metrics) > 1, "nginx sends nothing to the one that is back");

    traffic.assert_without_failures(refusals(&scene.nodes[1]) - refused);

    // The other node is terminated, as in an upgrade: it signs off, and revocations do not wait for it.
    let refused = refusals(&scene.nodes[0]);
    scene.nodes[1].terminate();
    assert!(
        !scene.compose_health(scene.nodes[1].address.port()),
        "nothing listens, and all is said to be well"
    );
    traffic.goes_on();
    let receipt = acme.until_confirmed_by(&json!([names[0]]));
    assert_eq!(receipt["unconfirmed"]["nodes"], json!([]), "{receipt}");
    traffic.goes_on();
    traffic.assert_without_failures(refusals(&scene.nodes[0]) - refused);
}

/// RFC 9110 §9.2.2: an intermediary repeats a request that may have been processed only if repeating it is known to be
/// safe.
#[test]
fn nginx_repeats_only_safe_requests() {
    let folder = TempDir::new().expect("a temporary folder");
    let compose = Compose::read();
    let with = |name: &str, nodes: [SocketAddr; 2]| {
        let folder = folder.path().join(name);
        // Here nginx must try both nodes for every request.
        Nginx::start(&compose, &folder, &nodes, |configuration| {
            configuration.replace("max_fails=1", "max_fails=0")
        })
    };
    let harmless = [
        ("POST", "/realms/acme/oauth2/token"),
        ("POST", "/realms/acme/oauth2/introspect"),
        ("POST", "/realms/acme/oauth2/revoke"),
        ("POST", "/realms/acme/registry/token"),
        ("POST", "/realms/acme/forward-auth"),
        ("PATCH", "/realms/acme/forward-auth/some/path"),
        ("POST", "/acme/oidc/oauth/token"),
        ("POST", "/oauth/token"),
        ("GET", "/realms/acme/oauth2/jwks"),
        ("GET", "/api/v1/realms/acme/groups"),
        ("DELETE", "/api/v1/realms/acme/groups/g"),
    ];
    let sent_once = [
        ("POST", "/api/v1/realms/acme/service-credentials"),
        ("POST", "/api/v1/realms/acme/service-credentials/c/revoke"),
        ("PATCH", "/api/v1/realms/acme/groups/g"),
        ("POST", "/anything/else"),
    ];
    let request = |(method, path)| Request::new(method, path).body("a=b");
    let all = || harmless.iter().chain(&sent_once).copied();

    for (name, conduct, status) in
        [("leaving", Conduct::Leaves, 502), ("unsure", Conduct::Says("503 No"), 503)]
    {
        let stubs = [Stub::start(conduct), Stub::start(conduct)];
        let nginx = with(name, [stubs[0].address, stubs[1].address]);
        for line in all() {
            let before = stubs[0].received() + stubs[1].received();
            assert_eq!(request(line).send(nginx.address).status, status, "{line:?}");
            let times = stubs[0].received() + stubs[1].received() - before;
            assert_eq!(times, if harmless.contains(&line) { 2 } else { 1 }, "{line:?} {name}");
        }
    }

    let well = Stub::start(Conduct::Says("200 OK"));
    let nginx = with("refusing", [free_address(), well.address]);
    for line in all().flat_map(|line| [line, line]) {
        assert_eq!(request(line).send(nginx.address).status, 200, "{line:?}");
    }
    let silent = Stub::start(Conduct::IsSilent);
    let nginx = with("silent", [silent.address, well.address]);
    for line in [harmless[0], harmless[0]] {
        assert_eq!(request(line).send(nginx.address).status, 200, "{line:?}");
    }
    assert!(silent.received() >= 1);
}

/// What the test knows of the realm. Requests go through nginx unless stated otherwise.
#[derive(Clone)]
struct Acme {
    nginx: SocketAddr,
    owner: String,
    server: Client,
}

impl Acme {
    fn of(scene: &Scene) -> Self {
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

    fn credential(&self, name: &str) -> Client {
        let body = json!({"name": name, "validity_days": 90, "token_ttl_seconds": 3600, "groups": ["g"]});
        client(&self.admin("POST", "/service-credentials", &body).expect(201).json())
    }

    fn revoke(&self, credential: &Client) -> Value {
        let path = format!("/service-credentials/{}/revoke", credential.id);
        self.admin("POST", &path, &json!({"name": credential.name})).expect(200).json()
    }

    fn token_request(credential: &Client) -> Request {
        let form = [("grant_type", "client_credentials")];
        Request::form(&format!("/realms/{REALM}/oauth2/token"), &form).basic(&credential.id, &credential.key)
    }

    /// A node may apply the credential a moment late: its creation waits half a second for that, and a busy machine
    /// takes longer.
    fn token(&self, credential: &Client) -> String {
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

    fn is_active(&self, place: SocketAddr, token: &str) -> bool {
        Self::patiently(place, &self.introspection(token)).expect(200).json()["active"] == true
    }

    /// Repeats revocations until one was confirmed by all of these nodes and waited for no other.
    fn until_confirmed_by(&self, nodes: &Value) -> Value {
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
struct Traffic {
    stop: Arc<AtomicBool>,
    answered: Arc<AtomicUsize>,
    failures: Arc<Mutex<Vec<String>>>,
    thread: Option<JoinHandle<()>>,
}

impl Traffic {
    fn of(acme: &Acme, credential: Client) -> Self {
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
    fn goes_on(&self) {
        let enough = self.answered.load(Ordering::Acquire) + 20;
        until(|| self.answered.load(Ordering::Acquire) >= enough, "nothing is answered any more");
    }

    /// No failure since the previous call. `refusals` are those of the healthy node: it refuses if the machine is too
    /// busy to renew a lease for three seconds, and logs that. This test does not check those cases.
    #[track_caller]
    fn assert_without_failures(&self, refusals: usize) {
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

/// Stands in for a node: reads a request, counts it, and then fails as a node may.
struct Stub {
    address: SocketAddr,
    received: Arc<AtomicUsize>,
}

#[derive(Clone, Copy)]
enum Conduct {
    Leaves,
    IsSilent,
    Says(&'static str),
}

impl Stub {
    /// Listens until the process ends.
    fn start(conduct: Conduct) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let received = Arc::new(AtomicUsize::new(0));
        let count = received.clone();
        std::thread::spawn(move || {
            let mut kept = Vec::new();
            for mut client in listener.incoming().map_while(Result::ok) {
                if !has_read_a_request(&client) {
                    continue;
                }
                count.fetch_add(1, Ordering::AcqRel);
                match conduct {
                    Conduct::Leaves => {}
                    Conduct::IsSilent => kept.push(client),
                    Conduct::Says(line) => {
                        let answer =
                            format!("HTTP/1.1 {line}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
                        let _ = client.write_all(answer.as_bytes());
                    }
                }
            }
        });
        Self { address, received }
    }

    fn received(&self) -> usize {
        self.received.load(Ordering::Acquire)
    }
}

/// Reads the whole request: closing a connection with unread data resets it, which is a different fault.
fn has_read_a_request(client: &TcpStream) -> bool {
    let mut reader = BufReader::new(client);
    let mut length = 0;
    for line in reader.by_ref().lines().map_while(Result::ok) {
        if line.is_empty() {
            return reader.read_exact(&mut vec![0; length]).is_ok();
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().expect("a length");
        }
    }
    false
}

/// Requests that a node has answered with 503.
fn refusals(node: &Node) -> usize {
    node.log().matches(" status=503 ").count()
}

/// Counts tokens and introspections together: if a client alternates between them, one node may get all of one kind.
fn answers_of(metrics: SocketAddr) -> u64 {
    let text = Request::get("/metrics").send(metrics).expect(200).text();
    let is_meant = |line: &&str| {
        line.starts_with("claviger_http_requests_total")
            && line.contains("/oauth2/")
            && line.contains("\"200\"")
    };
    text.lines().filter(is_meant).filter_map(|line| line.rsplit(' ').next()?.parse::<u64>().ok()).sum()
}

/// Names of all nodes that were waited for, confirmed or not, sorted.
fn everybody(receipt: &Value) -> Vec<String> {
    let names = ["confirmed", "unconfirmed"].map(|which| receipt[which]["nodes"].as_array().expect("a list"));
    let mut names: Vec<String> =
        names.into_iter().flatten().map(|name| name.as_str().expect("a name").to_owned()).collect();
    names.sort();
    names
}

#[track_caller]
fn until(mut done: impl FnMut() -> bool, otherwise: &str) {
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
