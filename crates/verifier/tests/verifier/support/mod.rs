//! A real server on loopback that answers as an issuer does, and lies on demand.

pub mod fake_issuer;
pub mod http_server;

use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use claviger_verifier::{InvalidToken, Refused, Requirement, Verifier};
use serde_json::{Value, json};

/// Asks until it is so; fails after ten seconds.
#[expect(
    clippy::disallowed_methods,
    reason = "a test that waits for a thread polls a condition, and gives up by the clock"
)]
pub fn eventually(what: &str, mut is_so: impl FnMut() -> bool) {
    let end = Instant::now() + Duration::from_secs(10);
    while !is_so() {
        assert!(Instant::now() < end, "never: {what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

pub fn any() -> Requirement {
    Requirement::any_token()
}

pub fn accepts(verifier: &Verifier, token: &str) -> bool {
    verifier.verify(token, &any()).is_ok()
}

pub fn is_undecided(verifier: &Verifier, token: &str) -> bool {
    matches!(verifier.verify(token, &any()), Err(Refused::Undecided { .. }))
}

pub fn is_revoked(verifier: &Verifier, token: &str) -> bool {
    verifier.verify(token, &any()).err() == Some(Refused::Invalid(InvalidToken::Revoked))
}

pub fn claims(token: &str) -> Value {
    let parsed = claviger_contract::UnverifiedAccessToken::parse(token).unwrap();
    json!(parsed.claims.to_json().unwrap())
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

pub fn block_on<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    loop {
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(done) => return done,
            Poll::Pending => thread::park(),
        }
    }
}
