//! A few threads that decide on tokens with IO, for callers that wait on a thread or in a future.

use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use crate::io::slow_path::SlowPath;
use crate::refused::{Refused, Undecided};
use crate::requirement::Requirement;
use crate::verified_token::VerifiedToken;

type Decision = Result<VerifiedToken, Refused>;

/// Maximum number of tokens that wait. One more is undecided at once.
const MAX_WAITING: usize = 256;

#[derive(Default)]
pub(crate) struct Desk {
    queue: Mutex<Queue>,
    news: Condvar,
}

#[derive(Default)]
struct Queue {
    jobs: VecDeque<Job>,
    is_closed: bool,
}

struct Job {
    unverified: String,
    requirement: Requirement,
    slot: Arc<Slot>,
}

#[derive(Default)]
struct Slot {
    content: Mutex<Content>,
    filled: Condvar,
}

#[derive(Default)]
struct Content {
    decision: Option<Decision>,
    waker: Option<Waker>,
}

/// Becomes the decision.
pub(crate) struct Ticket(Arc<Slot>);

impl Desk {
    pub(crate) fn submit(&self, unverified: &str, requirement: &Requirement) -> Ticket {
        let slot = Arc::new(Slot::default());
        let ticket = Ticket(slot.clone());
        let mut queue = lock(&self.queue);
        if queue.is_closed || queue.jobs.len() >= MAX_WAITING {
            drop(queue);
            slot.fill(Err(Refused::undecided(Undecided::Busy)));
            return ticket;
        }
        queue.jobs.push_back(Job {
            unverified: unverified.to_owned(),
            requirement: requirement.clone(),
            slot,
        });
        drop(queue);
        self.news.notify_one();
        ticket
    }

    /// The loop of one of its threads. Ends when the desk is closed.
    pub(crate) fn work(&self, path: &SlowPath) {
        loop {
            let mut queue = lock(&self.queue);
            let job = loop {
                if queue.is_closed {
                    return;
                }
                match queue.jobs.pop_front() {
                    Some(job) => break job,
                    None => queue = self.news.wait(queue).unwrap_or_else(PoisonError::into_inner),
                }
            };
            drop(queue);
            job.slot.fill(path.decide(&job.unverified, &job.requirement));
        }
    }

    pub(crate) fn close(&self) {
        let mut queue = lock(&self.queue);
        queue.is_closed = true;
        let jobs = std::mem::take(&mut queue.jobs);
        drop(queue);
        self.news.notify_all();
        for job in jobs {
            job.slot.fill(Err(Refused::undecided(Undecided::Busy)));
        }
    }
}

impl Slot {
    fn fill(&self, decision: Decision) {
        let mut content = lock(&self.content);
        content.decision = Some(decision);
        let waker = content.waker.take();
        drop(content);
        self.filled.notify_all();
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

impl Ticket {
    /// Blocks for a few seconds at most, once its turn has come.
    pub(crate) fn wait(self) -> Decision {
        let mut content = lock(&self.0.content);
        loop {
            if let Some(decision) = content.decision.take() {
                return decision;
            }
            content = self.0.filled.wait(content).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl Future for Ticket {
    type Output = Decision;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Decision> {
        let mut content = lock(&self.0.content);
        match content.decision.take() {
            Some(decision) => Poll::Ready(decision),
            None => {
                content.waker = Some(context.waker().clone());
                Poll::Pending
            }
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
