//! A verifier that follows the feed all the time, so that no act waits for its lease.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use claviger_testkit::http::Request;
use claviger_testkit::world::{Client, World};

/// Of a process that has this id, as a verifier of the same resource server in a test may have it: what one of them
/// acknowledges counts for both.
pub struct Acker {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Acker {
    pub fn start(world: &World, server: &Client, verifier: &str) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let path = world.path(&format!("/revocations?verifier={verifier}&nonce=acker&wait=1"));
        let (told, address, server) = (stop.clone(), world.address, server.clone());
        let thread = std::thread::spawn(move || {
            let mut reached = String::new();
            while !told.load(Ordering::SeqCst) {
                reached = poll(&format!("{path}{reached}"), address, &server).unwrap_or_default();
            }
        });
        Self { stop, thread: Some(thread) }
    }
}

/// The parameters that acknowledge the answer. `None` while the server is not there.
fn poll(path: &str, address: SocketAddr, server: &Client) -> Option<String> {
    let answer = Request::get(path).basic(&server.id, &server.key).try_send(address)?;
    if answer.status != 200 {
        return None;
    }
    let answer = answer.json();
    Some(format!("&cluster={}&after={}", answer["cluster"].as_str()?, answer["position"]))
}

impl Drop for Acker {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
