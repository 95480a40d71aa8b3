//! The thread that follows the feed.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::{SecureRandom, SystemRandom};

use crate::following::{Taken, take_answer};
use crate::io::client::NoAnswer;
use crate::io::slow_path::SlowPath;
use crate::mutants::LEASE_FROM_REPLY;
use crate::revocations::{Asked, Feed, MAX_ANSWER_BYTES};

/// What is known of the feed, for people.
#[derive(Clone, Debug, Default)]
pub(crate) struct Followed {
    pub(crate) cluster: Option<String>,
    pub(crate) position: u64,
    /// Why the last poll brought nothing; `None` after one that did.
    pub(crate) failure: Option<String>,
    /// Why a set was dropped the last time.
    pub(crate) last_fault: Option<String>,
}

pub(crate) struct FeedFollower {
    path: Arc<SlowPath>,
    followed: Mutex<Followed>,
    /// Ends a pause.
    news: Condvar,
    is_stopped: Mutex<bool>,
}

/// A poll is held for a second; one that takes longer by this much is given up, while the lease still lasts.
const POLL_WITHIN: Duration = Duration::from_millis(2_200);

/// A whole set may be large.
const COMPLETE_WITHIN: Duration = Duration::from_secs(10);

/// Pauses after failures: doubled up to the last.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LAST_PAUSE: Duration = Duration::from_secs(1);

/// After a refusal of the credentials.
const REFUSED_PAUSE: Duration = Duration::from_secs(5);

/// A server that answers at once although there is nothing new is not asked more often than this.
const MIN_POLL: Duration = Duration::from_millis(50);

impl FeedFollower {
    pub(crate) fn new(path: Arc<SlowPath>) -> Self {
        Self { path, followed: Mutex::default(), news: Condvar::new(), is_stopped: Mutex::new(false) }
    }

    pub(crate) fn followed(&self) -> Followed {
        self.note().clone()
    }

    pub(crate) fn stop(&self) {
        *self.is_stopped.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.news.notify_all();
    }

    /// Runs until the verifier ends. `max_entries` bounds the set.
    pub(crate) fn follow(&self, max_entries: usize) {
        let Some(verifier) = random() else {
            self.note().failure = Some("the system has no randomness".to_owned());
            return;
        };
        let mut feed = Feed::new(max_entries);
        let mut pause = Duration::ZERO;
        let mut failures = 0;
        while !self.pause(pause) {
            let before = feed.place().cloned();
            let sent = self.path.state.clock.since_boot();
            pause = match self.poll(&mut feed, &verifier, sent) {
                Ok(Taken::Page) => Duration::ZERO,
                Ok(_) if feed.place().cloned() != before => Duration::ZERO,
                Ok(_) => MIN_POLL.saturating_sub(self.path.state.clock.since_boot().saturating_sub(sent)),
                Err(pause) => pause.unwrap_or_else(|| back_off(failures)),
            };
            let is_fine = self.note().failure.is_none();
            failures = if is_fine { 0 } else { (failures + 1).min(16) };
        }
    }

    /// One request. `Err` is the pause that follows, if the server asks for one.
    fn poll(&self, feed: &mut Feed, verifier: &str, sent: Duration) -> Result<Taken, Option<Duration>> {
        let state = &self.path.state;
        state.counts.polls.increment();
        let Some(nonce) = random() else { return Err(self.failed("the system has no randomness", None)) };
        let asked = feed.ask(nonce, sent);
        let body = match self.request(&asked, verifier) {
            Ok(body) => body,
            Err(error) => {
                feed.interrupt();
                let pause = match error {
                    NoAnswer::Status { status: 401 | 403, .. } => Some(REFUSED_PAUSE),
                    NoAnswer::Status { status: 429, retry_after } => {
                        Some(retry_after.unwrap_or(LAST_PAUSE).max(LAST_PAUSE))
                    }
                    _ => None,
                };
                return Err(self.failed(&error.to_string(), pause));
            }
        };
        let sent = if LEASE_FROM_REPLY { state.clock.since_boot() } else { asked.sent };
        let asked = Asked { sent, ..asked };
        match take_answer(state, feed, &asked, &body) {
            Ok(Taken::Applied) => {
                let mut followed = self.note();
                followed.failure = None;
                if let Some(place) = feed.place() {
                    followed.cluster = Some(place.cluster.clone());
                    followed.position = place.position;
                }
                Ok(Taken::Applied)
            }
            Ok(Taken::Ignored) => {
                Err(self.failed("the answer is older than what is known: the node lags behind", None))
            }
            Ok(Taken::Page) => Ok(Taken::Page),
            Err(fault) => {
                state.counts.faults.increment();
                self.note().last_fault = Some(fault.to_string());
                Err(self.failed(&fault.to_string(), None))
            }
        }
    }

    fn request(&self, asked: &Asked, verifier: &str) -> Result<Vec<u8>, NoAnswer> {
        let query = asked.query();
        let query = query.iter().map(|(name, value)| (*name, value.as_str()));
        let is_short = asked.after.is_some() && asked.cursor.is_none();
        let within = if is_short { POLL_WITHIN } else { COMPLETE_WITHIN };
        let url = format!("{}/revocations", self.path.state.issuer);
        self.path.client.get(&url, query.chain([("verifier", verifier)]), within, MAX_ANSWER_BYTES)
    }

    fn failed(&self, why: &str, pause: Option<Duration>) -> Option<Duration> {
        self.path.state.counts.failed_polls.increment();
        self.note().failure = Some(why.to_owned());
        pause
    }

    fn note(&self) -> MutexGuard<'_, Followed> {
        self.followed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the verifier has ended.
    fn pause(&self, pause: Duration) -> bool {
        let stopped = self.is_stopped.lock().unwrap_or_else(PoisonError::into_inner);
        if pause.is_zero() {
            return *stopped || self.path.stopped.load(Ordering::Acquire);
        }
        let waited = self.news.wait_timeout_while(stopped, pause, |stopped| !*stopped);
        *waited.unwrap_or_else(PoisonError::into_inner).0
    }
}

/// Verifiers that lost the same server do not come back at the same moment.
fn back_off(failures: u32) -> Duration {
    let pause = FIRST_PAUSE.saturating_mul(1 << failures.min(8)).min(LAST_PAUSE);
    let mut byte = [128];
    // Without randomness the pause is the middle one.
    let _ = SystemRandom::new().fill(&mut byte);
    pause.mul_f64(0.8 + 0.4 * f64::from(byte[0]) / 256.0)
}

/// 128 bits.
fn random() -> Option<String> {
    let mut bytes = [0; 16];
    SystemRandom::new().fill(&mut bytes).ok()?;
    Some(URL_SAFE_NO_PAD.encode(bytes))
}
