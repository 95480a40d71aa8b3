//! A few threads that decide on tokens with IO, for callers that wait on a thread or in a future.

use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use crate::io::slow_path::SlowPath;
use crate::refused::{Refused, Undecided};

/// Maximum number of decisions that wait. One more is undecided at once.
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

/// Fills its slot. `None` if nobody is there to decide.
type Job = Box<dyn FnOnce(Option<&SlowPath>) + Send>;

struct Slot<T> {
    content: Mutex<Content<T>>,
    filled: Condvar,
}

struct Content<T> {
    decision: Option<Result<T, Refused>>,
    waker: Option<Waker>,
}

/// Becomes the decision.
pub(crate) struct Ticket<T>(Arc<Slot<T>>);

impl Desk {
    pub(crate) fn submit<T: Send + 'static>(
        &self,
        decide: impl FnOnce(&SlowPath) -> Result<T, Refused> + Send + 'static,
    ) -> Ticket<T> {
        let content = Content { decision: None, waker: None };
        let slot = Arc::new(Slot { content: Mutex::new(content), filled: Condvar::new() });
        let ticket = Ticket(slot.clone());
        let job: Job = Box::new(move |path| {
            slot.fill(path.map_or_else(|| Err(Refused::undecided(Undecided::Busy)), decide));
        });
        let mut queue = lock(&self.queue);
        if queue.is_closed || queue.jobs.len() >= MAX_WAITING {
            drop(queue);
            job(None);
            return ticket;
        }
        queue.jobs.push_back(job);
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
            job(Some(path));
        }
    }

    pub(crate) fn close(&self) {
        let mut queue = lock(&self.queue);
        queue.is_closed = true;
        let jobs = std::mem::take(&mut queue.jobs);
        drop(queue);
        self.news.notify_all();
        for job in jobs {
            job(None);
        }
    }
}

impl<T> Slot<T> {
    fn fill(&self, decision: Result<T, Refused>) {
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

impl<T> Ticket<T> {
    /// Blocks for a few seconds at most, once its turn has come.
    pub(crate) fn wait(self) -> Result<T, Refused> {
        let mut content = lock(&self.0.content);
        loop {
            if let Some(decision) = content.decision.take() {
                return decision;
            }
            content = self.0.filled.wait(content).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl<T> Future for Ticket<T> {
    type Output = Result<T, Refused>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<T, Refused>> {
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
