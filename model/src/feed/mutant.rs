//! Incorrect variants of the feed, each with one change. The model must find a violation for each.

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FeedMutant {
    /// The verifier's lease is renewed by what it sends, without an answer.
    OneWayHeartbeats,
    /// A verifier that does not confirm is waited for as long as a server.
    WaitForServersOnly,
    /// Whether verifiers are waited for is decided in the first round.
    WaitFixedAtFirst,
    /// A verifier has one row, which belongs to the server that it asked last.
    RowChangesOwner,
    /// The server deletes the row of a silent verifier although it was committed again.
    DeletedWithoutSeq,
    /// The rows of an evicted server's verifiers are deleted with its own.
    RowsDroppedWithMember,
    /// A server that leaves deletes the rows of its verifiers.
    RowsDroppedByLeaver,
    /// A server that signs in deletes the rows of the run before.
    RowsDroppedAtStart,
    /// A server that signs in again goes on with the verifiers that it knows.
    KnownKeptAtJoin,
    /// The row is committed after the answer was sent.
    RowAfterAnswer,
    /// The row is committed after the answer was evaluated, before it is sent.
    RowAfterEvaluation,
    /// A round reads the rows of verifiers first, and those of servers later.
    VerifiersBeforeMembers,
    /// A server that has applied less than the verifier answers nevertheless, and the verifier takes it.
    AnswerBelowAfter,
    /// A verifier keeps its id when it starts again, and begins without a set.
    IdKeptAtRestart,
    /// A set in several pages is trusted from the request of the last one.
    LeaseFromLastPage,
    /// An answer is sent without a check of the lease of the state that it was made from.
    UncheckedDeadline,
    /// A set is trusted from when it arrived.
    LeaseFromReply,
}

pub const FEED_MUTANTS: [FeedMutant; 17] = [
    FeedMutant::OneWayHeartbeats,
    FeedMutant::WaitForServersOnly,
    FeedMutant::WaitFixedAtFirst,
    FeedMutant::RowChangesOwner,
    FeedMutant::DeletedWithoutSeq,
    FeedMutant::RowsDroppedWithMember,
    FeedMutant::RowsDroppedByLeaver,
    FeedMutant::RowsDroppedAtStart,
    FeedMutant::KnownKeptAtJoin,
    FeedMutant::RowAfterAnswer,
    FeedMutant::RowAfterEvaluation,
    FeedMutant::VerifiersBeforeMembers,
    FeedMutant::AnswerBelowAfter,
    FeedMutant::IdKeptAtRestart,
    FeedMutant::LeaseFromLastPage,
    FeedMutant::UncheckedDeadline,
    FeedMutant::LeaseFromReply,
];
