//! Many verifiers on one thread, each with a connection and an address of its own.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{JoinHandle, sleep};
use std::time::{Duration, Instant};

use crate::failure::{Attempt, while_doing};
use crate::servers::claviger::Claviger;
use crate::traffic::pool::{Pool, Received};
use crate::traffic::tally::Faults;
use crate::verifier::follower::{Follower, Taken};

/// A server answers at most 128 new verifiers at the same time: each waits for its row in the database.
const ATTACHING: usize = 64;

/// As in the crate: after a failure, and after an answer at once that brings nothing.
const PAUSE: Duration = Duration::from_millis(100);

/// How soon an order is noticed.
const LOOK: Duration = Duration::from_millis(20);

const AT_MOST: Duration = Duration::from_secs(60);

/// They follow until this is dropped.
pub struct Followers {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Shared {
    is_stopped: AtomicBool,
    /// An order: the first verifier is to stop after its next answer, while its lease is fresh.
    is_one_stopped: AtomicBool,
    /// It has, and has not been answered since.
    is_one_silent: AtomicBool,
    attached: AtomicUsize,
    answers: AtomicU64,
    faults: Mutex<Faults>,
    failure: Mutex<Option<String>>,
}

struct Work {
    shared: Arc<Shared>,
    pool: Pool,
    followers: Vec<Follower>,
    /// The first so many have begun.
    begun: usize,
    /// When each was sent last.
    sent: Vec<Instant>,
    /// Those that ask again later.
    paused: Vec<(Instant, usize)>,
    /// The first verifier has nothing under way.
    rests: bool,
}

impl Followers {
    /// Returns when all have a set and have acknowledged it.
    pub fn attach(server: &Claviger, count: u16) -> Attempt<Self> {
        let addresses = (0..count).map(|index| {
            let [high, low] = (index + 256).to_be_bytes();
            Ipv4Addr::new(127, 2, high, low)
        });
        let (addresses, to): (Vec<Ipv4Addr>, SocketAddr) = (addresses.collect(), server.address);
        let followers = (0..usize::from(count)).map(|n| Follower::new(&server.quickstart, n)).collect();
        let shared = Arc::new(Shared::default());
        let noted = shared.clone();
        // The new thread inherits the load's core from its parent.
        let thread = std::thread::spawn(move || {
            let follow = || Work::begin(noted.clone(), Pool::open_from(addresses, to)?, followers).follow();
            if let Err(failure) = follow() {
                *noted.failure.lock().unwrap_or_else(PoisonError::into_inner) = Some(failure);
            }
        });
        let followers = Self { shared, thread: Some(thread) };
        followers.until("attach", |shared| shared.attached.load(Ordering::SeqCst) == usize::from(count))?;
        Ok(followers)
    }

    /// Returns when the first verifier has been answered and asks nothing more.
    pub fn stop_one(&self) -> Attempt<()> {
        self.shared.is_one_stopped.store(true, Ordering::SeqCst);
        self.until("stop", |shared| shared.is_one_silent.load(Ordering::SeqCst))
    }

    /// Returns when it has been answered again.
    pub fn go_on(&self) -> Attempt<()> {
        self.shared.is_one_stopped.store(false, Ordering::SeqCst);
        self.until("go on", |shared| !shared.is_one_silent.load(Ordering::SeqCst))
    }

    pub fn answers(&self) -> u64 {
        self.shared.answers.load(Ordering::SeqCst)
    }

    pub fn faults(&self) -> Faults {
        self.shared.faults.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn until(&self, what: &str, is_so: impl Fn(&Shared) -> bool) -> Attempt<()> {
        let begun = Instant::now();
        while !is_so(&self.shared) {
            let failure = self.shared.failure.lock().unwrap_or_else(PoisonError::into_inner).clone();
            if let Some(failure) = failure {
                return Err(failure);
            }
            if begun.elapsed() > AT_MOST {
                return Err(format!("Verifiers did not {what} within {} s.", AT_MOST.as_secs()));
            }
            sleep(Duration::from_millis(1));
        }
        Ok(())
    }
}

impl Drop for Followers {
    fn drop(&mut self) {
        self.shared.is_stopped.store(true, Ordering::SeqCst);
        if let Some(thread) = self.thread.take() {
            // A panic has been printed; there is nothing more to tell of it here.
            let _ = thread.join();
        }
    }
}

impl Work {
    fn begin(shared: Arc<Shared>, pool: Pool, followers: Vec<Follower>) -> Self {
        let sent = vec![Instant::now(); followers.len()];
        Self { shared, pool, followers, begun: 0, sent, paused: Vec::new(), rests: false }
    }

    fn follow(&mut self) -> Attempt<()> {
        let mut ready = Vec::with_capacity(self.followers.len());
        while !self.shared.is_stopped.load(Ordering::SeqCst) {
            let attached = self.shared.attached.load(Ordering::SeqCst);
            while self.begun < self.followers.len() && self.begun - attached < ATTACHING {
                self.begun += 1;
                self.ask(self.begun - 1)?;
            }
            self.ask_those_that_paused()?;
            self.pool.wait(LOOK, &mut ready).map_err(while_doing("waiting for the feed"))?;
            for index in ready.drain(..) {
                self.hear(index)?;
            }
        }
        Ok(())
    }

    fn ask(&mut self, index: usize) -> Attempt<()> {
        self.sent[index] = Instant::now();
        let request = self.followers[index].ask();
        self.pool.send(index, &request)
    }

    fn ask_those_that_paused(&mut self) -> Attempt<()> {
        if self.rests && !self.shared.is_one_stopped.load(Ordering::SeqCst) {
            self.rests = false;
            self.ask(0)?;
        }
        let now = Instant::now();
        for (_, index) in self.paused.extract_if(.., |(at, _)| *at <= now).collect::<Vec<_>>() {
            self.ask(index)?;
        }
        Ok(())
    }

    fn hear(&mut self, index: usize) -> Attempt<()> {
        let follower = &mut self.followers[index];
        let was_attached = follower.is_attached();
        let taken = match self.pool.receive(index)? {
            Received::NotYet => return Ok(()),
            Received::Answer => {
                let answer = self.pool.answer(index);
                let taken = follower.take(&answer);
                if taken == Taken::Fault {
                    self.shared.note(|faults| match answer.status {
                        200 => faults.unexpected_bodies += 1,
                        status => *faults.statuses.entry(status).or_default() += 1,
                    });
                }
                taken
            }
            Received::HungUp => {
                follower.lose();
                self.shared.note(|faults| faults.broken_connections += 1);
                Taken::Fault
            }
        };
        let is_attached = follower.is_attached();
        let is_early = taken == Taken::Nothing && self.sent[index].elapsed() < PAUSE;
        let is_to_rest = index == 0 && self.shared.is_one_stopped.load(Ordering::SeqCst);
        if is_to_rest {
            self.rests = true;
        } else if taken == Taken::Fault || is_early {
            self.paused.push((Instant::now() + PAUSE, index));
        } else {
            self.ask(index)?;
        }
        if index == 0 {
            self.shared.is_one_silent.store(is_to_rest, Ordering::SeqCst);
        }
        self.shared.answers.fetch_add(1, Ordering::SeqCst);
        match (was_attached, is_attached) {
            (false, true) => self.shared.attached.fetch_add(1, Ordering::SeqCst),
            (true, false) => self.shared.attached.fetch_sub(1, Ordering::SeqCst),
            _ => 0,
        };
        Ok(())
    }
}

impl Shared {
    fn note(&self, change: impl FnOnce(&mut Faults)) {
        change(&mut self.faults.lock().unwrap_or_else(PoisonError::into_inner));
    }
}
