//! Wrong protocols, each one sentence away from the right one. The model must find what is wrong with each.

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mutant {
    /// The lease counts from the answer to a renewal, not from before it was asked for.
    LeaseFromReply,
    /// The lease is published without what the renewal found.
    RenewedWithoutApplying,
    /// `applied` says what a node has heard of, not what it answers from.
    AppliedTooEarly,
    /// A revocation returns when it is committed.
    NoConfirmations,
    /// Whoever does not confirm counts as waited out at once.
    NoWait,
    /// The wait counts from before the commit.
    WaitFromTheStart,
    /// Who is waited for is read before the commit.
    MembersBeforeCommit,
    /// Row, snapshot and lease of a new node come in one transaction.
    JoinInOneTransaction,
    /// A node that comes back takes over its old row.
    RowReplaced,
    /// A node is evicted before its lease is over for certain.
    EarlyEviction,
    /// A row is deleted although it has been renewed since it was seen.
    EvictionWithoutSeq,
    /// A row counts as seen from before it was read.
    SeenBeforeRead,
    /// An answer is checked against the lease of now, not that of the snapshot it was made from.
    NewerDeadline,
    /// The lease is published before the snapshot that it belongs to.
    OlderSnapshot,
    /// Renewals read a replica that is behind, or a primary that was replaced.
    LeaseFromReplica,
    /// The standby that takes over lacks a commit that was acknowledged.
    AsynchronousFailover,
    /// A node's clock does not count while the others' do.
    ClockThatStops,
}

pub const MUTANTS: [Mutant; 17] = [
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
];
