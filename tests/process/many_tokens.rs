//! T-12: requesting tokens cannot fill a server; each revocation of a single token has a small bounded cost.

use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

use claviger_testkit::http::Request;
use claviger_testkit::patience::until;
use claviger_testkit::process::{ServerProcess, claviger, free_address};

const TOKENS: usize = 100_000;
const REVOKED: usize = 10_000;
const CALLERS: usize = 4;

/// For each stored revocation: its 128-bit id and its entries in two maps, in a debug build.
const BYTES_FOR_ONE: u64 = 1_024;

/// What allocators retain in any case.
const SLACK: u64 = 24 * 1024 * 1024;

/// Default of `token_cache_bytes`, the size limit of the cache of verified tokens.
const TOKEN_CACHE: u64 = 32 * 1024 * 1024;

#[test]
fn issued_tokens_are_not_stored_and_revocations_cost_little() {
    let folder = TempDir::new().expect("a temporary folder");
    let address = free_address();
    let data = folder.path().join("data");
    let server = ServerProcess::start_as(folder.path(), address, || {
        let mut command = claviger(folder.path());
        command.args(["serve", "--dev", "--listen", &address.to_string(), "--data-dir"]).arg(&data);
        command
    });
    let parties = Parties::read(&data.join("quickstart.json"), address);
    // The first tokens trigger one-time allocations.
    parties.issue(1_000);
    let (memory, position) = (server.resident_memory(), parties.position());

    let tokens = parties.issue(TOKENS);
    let after_issuing = server.resident_memory();
    assert!(
        after_issuing < memory + SLACK + TOKEN_CACHE,
        "{TOKENS} tokens took {} bytes",
        after_issuing - memory
    );
    assert_eq!(parties.position(), position, "issuing writes nothing to the log");

    let revoked: Vec<&String> = tokens.iter().step_by(TOKENS / REVOKED).collect();
    parties.revoke(&revoked);
    let after_revoking = server.resident_memory();
    let allowed = memory + 2 * SLACK + TOKEN_CACHE + REVOKED as u64 * BYTES_FOR_ONE;
    assert!(after_revoking < allowed, "{REVOKED} revocations took {} bytes", after_revoking - after_issuing);
    assert_eq!(parties.position(), position + REVOKED as u64, "one position each");

    assert_eq!(Request::get("/health/ready").send(address).status, 200);
    let mut connection = TcpStream::connect(address).expect("the server accepts");
    for pair in tokens.chunks(TOKENS / REVOKED).step_by(101) {
        assert!(!parties.is_active(&mut connection, &pair[0]), "revoked");
        assert!(parties.is_active(&mut connection, &pair[1]), "not revoked");
    }
    assert_eq!(server.terminate().code(), Some(0));
}

struct Parties {
    address: SocketAddr,
    realm: String,
    client: (String, String),
    resource_server: (String, String),
    owner: String,
}

impl Parties {
    fn read(quickstart: &std::path::Path, address: SocketAddr) -> Self {
        let deadline = Instant::now() + Duration::from_secs(60);
        let facts: Value = loop {
            if let Ok(bytes) = std::fs::read(quickstart) {
                break serde_json::from_slice(&bytes).expect("JSON");
            }
            assert!(Instant::now() < deadline, "no quickstart.json came");
            std::thread::sleep(Duration::from_millis(5));
        };
        let text = |pointer: &str| {
            facts.pointer(pointer).and_then(Value::as_str).expect("it is in quickstart.json").to_owned()
        };
        Self {
            address,
            realm: text("/realm"),
            client: (text("/client_id"), text("/client_key")),
            resource_server: (text("/resource_server/client_id"), text("/resource_server/client_key")),
            owner: text("/owner/personal_access_token"),
        }
    }

    /// Several concurrent callers, each with one connection.
    fn issue(&self, count: usize) -> Vec<String> {
        let request = self
            .oauth("token", &[("grant_type", "client_credentials")])
            .basic(&self.client.0, &self.client.1);
        let ask = || {
            let mut connection = TcpStream::connect(self.address).expect("the server accepts");
            let one = |_| {
                let answer = request.send_over(&mut connection).expect(200).json();
                answer["access_token"].as_str().expect("a token").to_owned()
            };
            (0..count / CALLERS).map(one).collect::<Vec<_>>()
        };
        std::thread::scope(|scope| {
            let callers: Vec<_> = (0..CALLERS).map(|_| scope.spawn(ask)).collect();
            callers.into_iter().flat_map(|caller| caller.join().expect("all are issued")).collect()
        })
    }

    fn revoke(&self, tokens: &[&String]) {
        std::thread::scope(|scope| {
            for part in tokens.chunks(tokens.len().div_ceil(CALLERS)) {
                scope.spawn(move || {
                    let mut connection = TcpStream::connect(self.address).expect("the server accepts");
                    for token in part {
                        let request = self.oauth("revoke", &[("token", token)]);
                        let request = request.basic(&self.client.0, &self.client.1);
                        // A server that gets no processor for seconds answers 503: the request is repeated, which adds
                        // no row.
                        until("a token is revoked", || {
                            let answer = request.send_over(&mut connection);
                            answer.status != 503 && answer.expect(200).status == 200
                        });
                    }
                });
            }
        });
    }

    fn is_active(&self, connection: &mut TcpStream, token: &str) -> bool {
        let request = self.oauth("introspect", &[("token", token)]);
        let (id, key) = &self.resource_server;
        let answer = request.basic(id, key).send_over(connection).expect(200).json();
        answer["active"].as_bool().expect("active or not")
    }

    /// Position of the newest audit event.
    fn position(&self) -> u64 {
        let path = format!("/api/v1/realms/{}/audit-events?limit=1", self.realm);
        let answer = Request::get(&path).bearer(&self.owner).send(self.address).expect(200).json();
        answer.pointer("/items/0/position").and_then(Value::as_u64).expect("an event")
    }

    fn oauth(&self, endpoint: &str, parameters: &[(&str, &str)]) -> Request {
        Request::form(&format!("/realms/{}/oauth2/{endpoint}", self.realm), parameters)
    }
}
