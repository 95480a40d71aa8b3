//! Incorrect variants of the protocol, each with one change. The model must find a violation for each.

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mutant {
    /// The lease counts from the reply to a renewal, not from before the request.
    LeaseFromReply,
    /// The lease is published without applying what the renewal found.
    RenewedWithoutApplying,
    /// `applied` is the head that a node has seen, not the position that it answers from.
    AppliedTooEarly,
    /// A revocation returns as soon as it is committed.
    NoConfirmations,
    /// A node that does not confirm counts as waited out at once.
    NoWait,
    /// The wait counts from before the commit.
    WaitFromTheStart,
    /// The members to wait for are read before the commit.
    MembersBeforeCommit,
    /// A new node writes its row, snapshot and lease in one transaction.
    JoinInOneTransaction,
    /// A returning node takes over its old row.
    RowReplaced,
    /// A node is evicted before its lease has certainly ended.
    EarlyEviction,
    /// A row is deleted although it was renewed after it was seen.
    EvictionWithoutSeq,
    /// A row counts as seen from before it was read.
    SeenBeforeRead,
    /// An answer is checked against the current lease, not that of the snapshot it was made from.
    NewerDeadline,
    /// The lease is published before its snapshot.
    OlderSnapshot,
    /// Renewals read a lagging replica, or a primary that was replaced.
    LeaseFromReplica,
    /// The promoted standby lacks an acknowledged commit.
    AsynchronousFailover,
    /// One node's clock stops while the others run.
    ClockThatStops,
    /// A node writes `applied` into its row before it answers from that position.
    ConfirmedBeforePublished,
    /// A waiting revocation uses a read of the members that began before its request.
    LookFromBefore,
    /// A revocation is acknowledged when its row is written, before the shared transaction commits.
    AnsweredBeforeCommit,
}

pub const MUTANTS: [Mutant; 20] = [
    Mutant::LeaseFromReply,
    Mutant::RenewedWithoutApplying,
    Mutant::AppliedTooEarly,
    Mutant::NoConfirmations,
    Mutant::NoWait,
    Mutant::WaitFromTheStart,
    Mutant::MembersBeforeCommit,
    Mutant::JoinInOneTransaction,
    Mutant::RowReplaced,
    Mutant::EarlyEviction,
    Mutant::EvictionWithoutSeq,
    Mutant::SeenBeforeRead,
    Mutant::NewerDeadline,
    Mutant::OlderSnapshot,
    Mutant::LeaseFromReplica,
    Mutant::AsynchronousFailover,
    Mutant::ClockThatStops,
    Mutant::ConfirmedBeforePublished,
    Mutant::LookFromBefore,
    Mutant::AnsweredBeforeCommit,
];
