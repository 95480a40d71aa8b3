//! A state with the lease published with it, and answers that are valid only under that lease. Pure.

use std::time::Duration;

use crate::cluster::lease::Lease;

/// Published and read as one value.
#[derive(Clone, Debug)]
pub struct Leased<S> {
    pub state: S,
    pub lease: Lease,
}

/// A computed answer that has not been returned yet.
#[must_use]
pub struct Evaluated<T> {
    answer: T,
    lease: Lease,
}

#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error(
    "this node has had no database for longer than its lease, and answers nothing until the database is back"
)]
pub struct NoLease;

impl<S> Leased<S> {
    pub fn evaluate<T>(&self, evaluate: impl FnOnce(&S) -> T) -> Evaluated<T> {
        Evaluated { answer: evaluate(&self.state), lease: self.lease }
    }
}

impl<T> Evaluated<T> {
    /// `now` is read after the evaluation and compared with the lease of the evaluated state, as a newer lease belongs
    /// to a newer state.
    pub fn give(self, now: Duration) -> Result<T, NoLease> {
        if self.lease.holds(now) { Ok(self.answer) } else { Err(NoLease) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answer_is_given_only_under_the_lease_of_its_own_state() {
        let at = Duration::from_secs;
        let pair = Leased { state: 7, lease: Lease::Until(at(10)) };
        assert_eq!(pair.evaluate(|state| state + 1).give(at(9)), Ok(8));
        assert_eq!(pair.evaluate(|state| state + 1).give(at(10)), Err(NoLease));
        assert_eq!(Leased { lease: Lease::None, ..pair }.evaluate(|state| *state).give(at(0)), Err(NoLease));
    }
}
