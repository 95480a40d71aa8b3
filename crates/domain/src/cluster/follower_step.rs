//! The order in which a follower renews its lease, catches up and confirms its position.

/// One step of a pass. The process may fail after any of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FollowerStep {
    /// Reads the boot clock before anything is sent: the lease counts from here.
    TakeTime,
    /// Renews the member row if due and reads the head of the log, in one transaction.
    Renew,
    /// Applies the log up to that head to a new snapshot, while requests use the published one.
    CatchUp,
    /// Makes the snapshot and its lease visible to requests, as one value.
    Publish,
    /// Writes the position of the published snapshot to the member row.
    Confirm,
}

/// Used by both the server and the model.
pub const FOLLOWER_STEPS: [FollowerStep; 5] = [
    FollowerStep::TakeTime,
    FollowerStep::Renew,
    FollowerStep::CatchUp,
    FollowerStep::Publish,
    FollowerStep::Confirm,
];
