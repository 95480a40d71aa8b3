//! What can happen next.

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    Tick,
    /// Of a mutant alone: time passes, and one node's clock stands still.
    TickWithout(usize),

    /// A row, before anything is read.
    Join(usize),
    Load(usize),
    /// The time is taken, the renewal sent.
    Ask(usize),
    /// The renewal is committed; or it found no row, and the node signs in under another incarnation, to ask again.
    Renew(usize),
    /// Of a mutant alone: the renewal read the state of before.
    RenewBehind(usize),
    /// The answer is there: applied, and published with its lease.
    Publish(usize),
    /// Between renewals: what is new is applied, and published under the lease of before.
    Follow(usize),
    /// `applied` is told.
    Note(usize),
    /// The session is lost; the row stays.
    Lose(usize),
    /// The same, where nothing was ever answered under the row: it is taken away.
    Drop(usize),
    Crash(usize),
    /// It answers nothing any more, then its row is gone.
    Leave(usize),

    /// Of a mutant alone: before a row is read that is watched.
    Watch,
    /// A node's row is read, watched, and deleted if it is as it was for too long.
    Observe(usize, usize),
    /// Of a mutant alone: the DELETE is carried out late.
    Evict(usize, usize),

    /// Of mutants alone: before the commit.
    Revoke,
    Commit,
    Acknowledge,
    /// A round: the time is taken, the rows are read. If it were taken earlier, less would follow from it.
    Judge,
    /// Of a mutant alone: the acknowledged commit is lost.
    FailOver,

    /// A request that was invoked after the revocation had returned is evaluated on the published pair.
    Evaluate(usize),
    /// The lease is checked, the answer given.
    Answer(usize),
}
