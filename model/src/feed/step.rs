//! The possible steps.

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FeedStep {
    Tick,

    /// Signs in, also again in the same process.
    Join(usize),
    /// Renews, applies everything and publishes.
    Renew(usize),
    /// Applies everything and publishes it under the existing lease.
    Follow(usize),
    /// Writes the published position into its row.
    Confirm(usize),
    Crash(usize),
    /// Stops answering, then deletes its row.
    Leave(usize),
    /// The row of a run whose lease is over is deleted.
    Evict(usize, usize),
    /// The server forgets a silent verifier.
    Forget(usize),
    /// It deletes the row.
    Delete(usize),
    /// It writes what the verifier has acknowledged.
    WriteAcked(usize),
    /// Another server sees the row of a verifier whose server is absent, and deletes it after a while.
    SeeAbsent(usize, usize),

    Send(usize),
    /// The row is committed, or is known to be.
    Hear,
    /// The answer is made from a pair.
    Load,
    /// The lease of that pair is checked, and the answer is sent.
    Respond,
    Deliver,
    /// The verifier does not wait any longer.
    Abandon,
    /// Only in a mutant: its lease is renewed without an answer.
    Beat,
    /// Another process takes its place.
    Restart,

    /// The revocation is committed, and acknowledged.
    Commit,
    /// Only in a mutant: the rows of verifiers are read.
    ReadVerifiers,
    /// A round, with the rows of one snapshot.
    Judge,
}
