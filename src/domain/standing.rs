//! How a server gets on with its database, as readiness and metrics tell it. Nothing is decided by it. Pure.

use std::time::Duration;

use claviger_contract::Position;

use super::RENEW_EVERY;

/// What came of the last attempt to follow the log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Following {
    #[default]
    Starting,
    Fine,
    /// The database cannot be reached, or broke off.
    Unreachable,
    /// It answers, but what it says cannot be followed.
    Unreadable,
    /// It answers, and lets no server in while it is being restored.
    Closed,
    /// This server was told to stop.
    Stopped,
}

/// Kept by the follower since this server started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    pub following: Following,
    /// Rows of servers when they were last read, this one's among them.
    pub members: usize,
    /// Rows of others that this server took away.
    pub evictions: u64,
    /// Renewals that were through only when half of the lease before them was over.
    pub late_renewals: u64,
    /// How often this server took a new row after its first.
    pub signed_in_anew: u64,
}

/// Everything as of one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Readiness {
    pub position: Position,
    /// `None`: it has no end.
    pub lease_left: Option<Duration>,
    /// Since before its last renewal was asked for; grows on when it is over. `None` where there is none at all.
    pub lease_age: Option<Duration>,
    pub standing: Standing,
}

/// A renewal that has had no answer for so long is told, although nothing has failed yet.
const ANSWERS_WITHIN: Duration = Duration::from_secs(1);

impl Readiness {
    pub fn is_ready(&self) -> bool {
        self.lease_left != Some(Duration::ZERO)
    }

    /// Whether the last attempt to reach the database went well, and the one under way is not stuck.
    pub fn database_answers(&self) -> bool {
        self.standing.following != Following::Unreachable && !self.is_stuck()
    }

    /// Why nothing is answered, in words that tell nothing of where the database is.
    pub fn reason(&self) -> Option<&'static str> {
        let reason = match self.standing.following {
            Following::Stopped => "this server is stopping",
            Following::Closed => "the database is being restored and lets no server in",
            Following::Unreadable => {
                "the database answers, but its log cannot be followed: this server's log says why"
            }
            Following::Unreachable => "the database cannot be reached, and the lease is over",
            _ if self.is_stuck() => "the database does not answer, and the lease is over",
            Following::Starting | Following::Fine => "the lease is over and not renewed yet",
        };
        (!self.is_ready()).then_some(reason)
    }

    /// Where attempts fail, they are answered.
    fn is_stuck(&self) -> bool {
        let has_not_failed = matches!(self.standing.following, Following::Starting | Following::Fine);
        has_not_failed && self.lease_age.is_some_and(|age| age > RENEW_EVERY + ANSWERS_WITHIN)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::LEASE;

    fn after(millis: u64, following: Following) -> Readiness {
        let age = Duration::from_millis(millis);
        Readiness {
            position: Position::new(7),
            lease_left: Some(LEASE.saturating_sub(age)),
            lease_age: Some(age),
            standing: Standing { following, ..Standing::default() },
        }
    }

    #[test]
    fn what_has_failed_is_told_at_once_although_the_lease_still_holds() {
        let lost = after(10, Following::Unreachable);
        assert_eq!((lost.is_ready(), lost.database_answers(), lost.reason()), (true, false, None));
        let over = after(3_000, Following::Unreachable);
        assert!(!over.is_ready() && !over.database_answers());
        assert_eq!(over.reason(), Some("the database cannot be reached, and the lease is over"));
    }

    #[test]
    fn an_attempt_without_an_answer_is_told_after_a_second() {
        assert!(after(1_750, Following::Fine).database_answers());
        let stuck = after(1_751, Following::Fine);
        assert!(stuck.is_ready() && !stuck.database_answers());
        assert_eq!(
            after(3_000, Following::Fine).reason(),
            Some("the database does not answer, and the lease is over")
        );
    }

    #[test]
    fn database_whose_log_cannot_be_followed_answers_nevertheless() {
        let (forked, over) = (after(10, Following::Unreadable), after(3_000, Following::Unreadable));
        assert!(forked.is_ready() && forked.database_answers());
        assert!(!over.is_ready() && over.database_answers());
        assert!(over.reason().is_some_and(|reason| reason.contains("cannot be followed")));
    }

    #[test]
    fn lease_without_an_end_is_always_ready() {
        let own =
            Readiness { lease_left: None, lease_age: Some(Duration::ZERO), ..after(0, Following::Fine) };
        assert!(own.is_ready() && own.database_answers() && own.reason().is_none());
    }
}
