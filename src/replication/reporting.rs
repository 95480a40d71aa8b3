//! Reports the follower's state, in the log and to readiness and metrics.

use crate::replication::error::ReplicationError;
use crate::replication::follow::Follower;
use claviger_domain::{Following, Lease};

impl Follower {
    /// Logged when it happens and when it ends, not at every attempt in between.
    pub(super) fn lost(&self, error: &ReplicationError) {
        let following = error.following();
        let node = self.part.node();
        if self.snapshots.follower_status().following == following {
            tracing::debug!(node, %error, "the change log still cannot be followed; trying again");
            return;
        }
        let position = self.snapshots.latest().position;
        tracing::error!(node, %position, %error, "the change log cannot be followed; trying again");
        self.snapshots.note(|follower| follower.following = following);
    }

    pub(super) fn found(&self) {
        let before = self.snapshots.follower_status().following;
        if before == Following::Fine {
            return;
        }
        if before != Following::Starting {
            let position = self.snapshots.latest().position;
            tracing::info!(node = self.part.node(), %position, "the change log is followed again");
        }
        self.snapshots.note(|follower| follower.following = Following::Fine);
    }

    /// The first sign-in is not logged.
    pub(super) fn signed_in(&mut self, joined: u64) {
        if joined <= self.joined {
            return;
        }
        self.joined = joined;
        let anew = joined - 1;
        if anew > 0 {
            let position = self.snapshots.latest().position;
            tracing::warn!(
                node = self.part.node(),
                %position,
                times = anew,
                "joined again: this server did not renew its lease in time, or lost its database"
            );
        }
        self.snapshots.note(|follower| follower.signed_in_anew = anew);
    }

    pub(super) fn stand_still_or_try_again(&self, error: &ReplicationError) {
        if matches!(error, ReplicationError::ClocksApart) {
            self.snapshots.publish(self.snapshots.latest_with_origin(), Lease::None, None);
        }
        let ReplicationError::StandsStill(reason) = error else { return self.lost(error) };
        // Logged once, then checked repeatedly: the follower resumes if the rows it has read come back.
        if self.snapshots.stand_still(reason) {
            tracing::error!(%reason, "this server no longer answers requests");
        }
        self.snapshots.note(|follower| follower.following = Following::Unreadable);
    }
}
