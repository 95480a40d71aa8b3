//! The possible steps.

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    Tick,
    /// Only in a mutant: time passes, and one node's clock stops.
    TickWithout(usize),

    /// Writes a row, before anything is read.
    Join(usize),
    Load(usize),
    /// The next step of the follower's pass, in the server's order; the first one begins a pass.
    Next(usize),
    /// Only in a mutant: the renewal reads an older state.
    RenewBehind(usize),
    /// A pass without a renewal, up to publication: new rows are published under the existing lease.
    Follow(usize),
    /// The session is lost; the row stays.
    Lose(usize),
    /// The same for a row under which nothing was ever answered: the row is deleted.
    Drop(usize),
    Crash(usize),
    /// The node stops answering, then its row is deleted.
    Leave(usize),

    /// Only in a mutant: the time before an observed row is read.
    Watch,
    /// A node's row is read, observed, and deleted if it was unchanged for too long.
    Observe(usize, usize),
    /// Only in a mutant: the DELETE is executed late.
    Evict(usize, usize),

    /// Only in mutants: before the commit.
    Revoke,
    /// The row is written in a transaction of several changes.
    Write,
    /// The transaction ends without a commit: all of its changes are refused, and requested again.
    LoseTransaction,
    Commit,
    Acknowledge,
    /// A read of the members begins for all waiting revocations: the time is taken.
    Look,
    /// The read returns the rows.
    ReadRows,
    /// Its result becomes available to the revocations that may use it.
    ShowRows,
    /// One round: the time is taken, then the rows are read. An earlier time would allow fewer conclusions.
    Judge,
    /// Only in a mutant: the acknowledged commit is lost.
    FailOver,

    /// A request invoked after the revocation had returned is evaluated on the published pair.
    Evaluate(usize),
    /// The lease is checked, and the answer is returned.
    Answer(usize),
}
