//! What a kind of job says of itself.

use std::fmt;

use claviger_contract::Timestamp;

use crate::jobs::backoff::Backoff;
use crate::jobs::run::Run;
use crate::store::{PlannedJob, StoreError};
use claviger_domain::Randomness;

/// What is done for each subject of a kind, by one server at a time. A server that is stopped in the middle may go on
/// beside the one that has taken its job: what a run changes must be decided on a state that is still the present one when
/// it is committed.
pub trait JobKind: Send + Sync {
    /// As it is stored. It is never changed.
    fn name(&self) -> &'static str;

    fn bounds(&self) -> Bounds {
        Bounds::default()
    }

    /// Which jobs should exist. It is asked every minute, on one server. A job that is missing is due at the given time;
    /// the time of one that exists stays.
    fn subjects(&self, now: Timestamp, randomness: &dyn Randomness) -> Result<Subjects, Failed>;

    /// May block. It returns early once [`Run::must_stop`] says so.
    fn run(&self, run: &Run<'_>) -> Result<Next, Failed>;
}

/// The time of a job that exists, and waits for a request.
pub const ON_REQUEST: Timestamp = Timestamp::LATEST;

pub enum Subjects {
    /// One job, whose subject is empty. It is first due at once.
    One,
    /// Exactly these jobs: others of this kind are deleted. The time of one that exists stays, unless it is [`ON_REQUEST`]
    /// or shall be.
    These(Vec<PlannedJob>),
    /// Jobs are made by requests alone, and end by [`Next::Never`].
    Requested,
}

/// When a job is due again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    At(Timestamp),
    /// In seconds, after the end of this run.
    After(i64),
    /// The job is deleted, unless it was requested during this run.
    Never,
}

/// What one server does at once, and how often.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    pub at_once: usize,
    /// So that a slow realm leaves some to others. It does not concern jobs without a realm.
    pub at_once_per_realm: usize,
    /// In seconds, from the end of a run to the next one that is requested.
    pub pause: i64,
    pub backoff: Backoff,
}

impl Default for Bounds {
    fn default() -> Self {
        Self { at_once: 1, at_once_per_realm: 1, pause: 0, backoff: Backoff::default() }
    }
}

/// Why a run failed, for the log and the table of jobs: without secrets.
#[derive(Debug)]
pub struct Failed(String);

/// In bytes, as stored.
const MAX_REASON: usize = 512;

impl Failed {
    pub fn new(reason: impl fmt::Display) -> Self {
        let mut reason = reason.to_string().replace(char::is_control, " ");
        reason.truncate(reason.floor_char_boundary(MAX_REASON));
        Self(reason)
    }
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<StoreError> for Failed {
    fn from(error: StoreError) -> Self {
        Self::new(error)
    }
}
