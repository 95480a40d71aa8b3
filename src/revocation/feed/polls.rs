//! One poll of the feed: it is heard, waits for something to be told, and is answered.

use std::sync::Arc;

use claviger_contract::Position;
use claviger_domain::{Clock, NoLease};

use crate::revocation::feed::answer::{Made, NoAnswer, answer};
use crate::revocation::feed::held_polls::HeldPolls;
use crate::revocation::feed::request::FeedRequest;
use crate::revocation::verifiers::{NotHeard, PendingRow, Poll, Verifiers};
use crate::snapshot::{ClockAlarm, Published, Snapshots};

pub struct Feed {
    pub snapshots: Arc<Snapshots>,
    pub clock: Arc<dyn Clock>,
    pub alarm: Arc<ClockAlarm>,
    pub verifiers: Arc<Verifiers>,
    pub held: Arc<HeldPolls>,
}

/// A poll whose verifier is waited for. Comes only out of [`Feed::hear`] and [`Feed::attach`].
#[derive(Debug)]
pub struct HeardPoll {
    request: FeedRequest,
    /// Read before the verifier was heard: a later one may not have its row yet.
    incarnation: String,
}

/// A poll whose verifier is not waited for before its row is committed.
#[derive(Debug)]
pub struct NewPoll {
    poll: HeardPoll,
    row: PendingRow,
}

#[derive(Debug)]
pub enum Hearing {
    Heard(HeardPoll),
    New(NewPoll),
}

/// Why a poll is not answered.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum FeedRefused {
    #[error("this node has no valid lease on its data: retry here or at another node")]
    Unavailable,
    #[error("this node has not applied position {0} yet: retry here or at another node")]
    Behind(Position),
    #[error("cursor: goes on with an answer that this server can no longer give: omit it to start over")]
    StaleCursor,
    #[error("the realm no longer exists")]
    NoRealm,
    #[error(transparent)]
    NotHeard(#[from] NotHeard),
}

impl From<NoLease> for FeedRefused {
    fn from(NoLease: NoLease) -> Self {
        Self::Unavailable
    }
}

/// What a poll finds.
enum Found {
    Something,
    /// The verifier knows everything.
    Nothing,
    /// The verifier knows more than this node.
    Behind,
}

/// More cuts than these are told where it may take time.
const QUICK_WEIGHT: usize = 2_000;

impl Feed {
    /// The request is the acknowledgment. Never blocks: most verifiers are known.
    pub fn hear(&self, request: FeedRequest) -> Result<Hearing, FeedRefused> {
        let incarnation = self.snapshots.incarnation().as_deref().unwrap_or_default().to_owned();
        let origin = self.snapshots.latest_with_origin().origin;
        let pending = self.verifiers.hear_at_once(Poll {
            realm: request.realm.clone(),
            resource_server: request.resource_server,
            verifier: request.verifier.clone(),
            acked: request.acknowledged_in(&origin.cluster).unwrap_or_default(),
        })?;
        let poll = HeardPoll { request, incarnation };
        Ok(match pending {
            None => Hearing::Heard(poll),
            Some(row) => Hearing::New(NewPoll { poll, row }),
        })
    }

    /// Blocks: the row of a new verifier is committed before this returns, and so before the state of the answer is
    /// loaded.
    pub fn attach(&self, NewPoll { poll, row }: NewPoll) -> Result<HeardPoll, FeedRefused> {
        self.verifiers.wait(&row)?;
        Ok(poll)
    }

    /// Returns when there is something to answer. Give it a time limit.
    pub async fn wait(&self, poll: &HeardPoll) {
        let mut told = self.held.hold(&poll.request.realm);
        let mut moved = self.held.hold_until_moved();
        loop {
            let woken = match self.find(poll) {
                Found::Something => return,
                Found::Nothing => told.changed().await,
                Found::Behind => moved.changed().await,
            };
            if woken.is_err() {
                return;
            }
        }
    }

    fn find(&self, poll: &HeardPoll) -> Found {
        let Published { snapshot, origin } = self.snapshots.latest_with_origin();
        let request = &poll.request;
        if origin.incarnation != poll.incarnation {
            return Found::Something;
        }
        if snapshot.position < request.needed_in(&origin.cluster) {
            return Found::Behind;
        }
        let realm = snapshot.find_realm(request.realm.as_str());
        let known = request.acknowledged_in(&origin.cluster).filter(|_| request.cursor.is_none());
        match realm.zip(known) {
            Some((realm, known)) if known >= realm.last_told() && known >= realm.cuts.known_since() => {
                Found::Nothing
            }
            _ => Found::Something,
        }
    }

    /// Whether the answer may take longer than a moment.
    pub fn is_large(&self, poll: &HeardPoll) -> bool {
        let Published { snapshot, origin } = self.snapshots.latest_with_origin();
        let Some(realm) = snapshot.find_realm(poll.request.realm.as_str()) else { return false };
        let known = poll.request.acknowledged_in(&origin.cluster).filter(|_| poll.request.cursor.is_none());
        let known = known.filter(|known| *known >= realm.cuts.known_since());
        realm.cuts.weigh_more_after(known.unwrap_or_default(), QUICK_WEIGHT)
    }

    /// The body of the answer, from one snapshot under its own lease.
    pub fn answer(&self, poll: &HeardPoll) -> Result<String, FeedRefused> {
        let made = Made { at: self.alarm.now(), is_trusted: self.alarm.check().is_ok() };
        self.snapshots.answer_with_origin(&*self.clock, |published| {
            let Published { snapshot, origin } = published;
            let (request, position) = (&poll.request, snapshot.position);
            if origin.incarnation != poll.incarnation {
                return Err(FeedRefused::Unavailable);
            }
            let realm = snapshot.find_realm(request.realm.as_str()).ok_or(FeedRefused::NoRealm)?;
            let told = answer(origin, (realm, position), request, made).map_err(|why| match why {
                NoAnswer::Behind => FeedRefused::Behind(request.needed_in(&origin.cluster)),
                NoAnswer::StaleCursor => FeedRefused::StaleCursor,
            })?;
            serde_json::to_string(&told).map_err(|_| FeedRefused::Unavailable)
        })?
    }
}
