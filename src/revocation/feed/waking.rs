//! The thread that wakes held polls when the follower publishes.

use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::revocation::feed::held_polls::HeldPolls;
use crate::snapshot::Snapshots;

/// Everything that is published within this time wakes a poll once.
const TOGETHER: Duration = Duration::from_millis(10);

/// How long the thread waits for a position before it looks whether to stop.
const PATIENCE: Duration = Duration::from_millis(200);

/// Runs until it is stopped.
pub struct Waking {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Waking {
    pub fn start(snapshots: Arc<Snapshots>, held: Arc<HeldPolls>) -> std::io::Result<Self> {
        let (stop, told) = channel();
        let thread = std::thread::Builder::new().name("feed".to_owned()).spawn(move || {
            let mut seen = snapshots.latest_with_origin();
            while told.recv_timeout(TOGETHER) == Err(RecvTimeoutError::Timeout) {
                let moved = snapshots.wait_for(seen.snapshot.position.next(), PATIENCE).is_some();
                let before = std::mem::replace(&mut seen, snapshots.latest_with_origin());
                if before.origin != seen.origin {
                    held.wake_all();
                } else if moved {
                    held.wake(&seen.snapshot);
                }
            }
        })?;
        Ok(Self { stop: Some(stop), thread: Some(thread) })
    }
}

impl Drop for Waking {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the thread of the feed panicked");
        }
    }
}
