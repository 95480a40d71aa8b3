//! Services for drills: real ones that follow the feed, ask about each token, or read the key set alone.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::mpsc::channel;
use std::thread::JoinHandle;

use actix_web::dev::ServerHandle;
use actix_web::web::{Data, block, get, resource, scope};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer};
use claviger_verifier::actix::Guard;
use claviger_verifier::{Protection, Requirement, VerifiedToken, Verifier};
use ring::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
use serde_json::Value;

use claviger_testkit::http::Request;
use claviger_testkit::jwt;

/// A registered resource server.
#[derive(Clone)]
pub struct Registered {
    pub id: String,
    pub key: String,
    pub audience: String,
}

pub struct Services {
    pub address: SocketAddr,
    handle: ServerHandle,
    thread: Option<JoinHandle<()>>,
}

/// What the services that are no verifiers know.
struct Known {
    server: SocketAddr,
    asks: Registered,
    /// Public keys, uncompressed, by `kid`.
    keys: BTreeMap<String, Vec<u8>>,
}

impl Services {
    /// `/follows` links the verifier for Rust and needs `source:read`, `/asks` introspects, `/reads-keys` checks
    /// signature and expiry alone, for whatever audience.
    pub fn start(server: SocketAddr, follows: &Registered, asks: &Registered) -> Self {
        let issuer = format!("http://{server}/realms/demo");
        let verifier =
            Verifier::connect(&issuer, &follows.audience, &follows.id, &follows.key).expect("a verifier");
        let protection = Protection::new(verifier);
        let read = Requirement::scopes("source:read").expect("a scope");
        let known = Data::new(Known { server, asks: asks.clone(), keys: key_set(server) });
        let app = move || {
            let guard = Guard::new(protection.clone(), read.clone());
            App::new()
                .app_data(known.clone())
                .service(scope("/follows").wrap(guard).route("", get().to(greet)))
                .service(resource("/asks").route(get().to(ask)))
                .service(resource("/reads-keys").route(get().to(read_keys)))
        };
        let (sender, started) = channel();
        let thread = std::thread::spawn(move || {
            actix_web::rt::System::new().block_on(async {
                let server =
                    HttpServer::new(app).workers(1).disable_signals().bind("127.0.0.1:0").expect("a port");
                let address = server.addrs()[0];
                let running = server.run();
                sender.send((address, running.handle())).expect("the test waits");
                running.await.expect("it runs until it is stopped");
            });
        });
        let (address, handle) = started.recv().expect("it starts");
        Self { address, handle, thread: Some(thread) }
    }
}

impl Drop for Services {
    fn drop(&mut self) {
        drop(self.handle.stop(false));
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn key_set(server: SocketAddr) -> BTreeMap<String, Vec<u8>> {
    let set = Request::get("/realms/demo/oauth2/jwks").send(server).expect(200).json();
    let point = |key: &Value| {
        let part = |name: &str| jwt::decode(key[name].as_str().expect("a coordinate"));
        [vec![4], part("x"), part("y")].concat()
    };
    let keys = set["keys"].as_array().expect("keys").iter();
    keys.map(|key| (key["kid"].as_str().expect("an id").to_owned(), point(key))).collect()
}

fn bearer(request: &HttpRequest) -> String {
    let header = request.headers().get("authorization").and_then(|value| value.to_str().ok());
    header.and_then(|value| value.strip_prefix("Bearer ")).unwrap_or_default().to_owned()
}

fn decided(is_accepted: bool) -> HttpResponse {
    if is_accepted { HttpResponse::Ok().body("hello") } else { HttpResponse::Unauthorized().finish() }
}

async fn greet(token: VerifiedToken) -> String {
    format!("hello {}", token.client_id())
}

async fn ask(request: HttpRequest, known: Data<Known>) -> HttpResponse {
    let token = bearer(&request);
    let asked = block(move || {
        let form = Request::form("/realms/demo/oauth2/introspect", &[("token", &token)]);
        form.basic(&known.asks.id, &known.asks.key).send(known.server).expect(200).json()
    });
    decided(asked.await.expect("an answer")["active"] == true)
}

async fn read_keys(request: HttpRequest, known: Data<Known>) -> HttpResponse {
    let token = bearer(&request);
    let is_signed = token.rsplit_once('.').is_some_and(|(signed, signature)| {
        let kid = jwt::header(&token)["kid"].as_str().unwrap_or_default().to_owned();
        let key = known.keys.get(&kid).map(|point| UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point));
        key.is_some_and(|key| key.verify(signed.as_bytes(), &jwt::decode(signature)).is_ok())
    });
    let now = std::time::SystemTime::UNIX_EPOCH.elapsed().expect("a time after 1970").as_secs();
    decided(is_signed && jwt::claims(&token)["exp"].as_u64().is_some_and(|exp| now < exp))
}
