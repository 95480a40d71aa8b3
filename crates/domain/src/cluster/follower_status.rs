//! A server's database connection status for readiness and metrics. No decision depends on it. Pure.

use std::time::Duration;

use claviger_contract::Position;

use crate::cluster::lease::RENEW_EVERY;

/// The result of the last attempt to follow the log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Following {
    #[default]
    Starting,
    Fine,
    /// The database is unreachable, or the connection failed.
    Unreachable,
    /// It responds, but the log cannot be followed.
    Unreadable,
    /// It is read-only.
    Unwritable,
    /// The file of an SQLite database was removed or replaced.
    Replaced,
    /// It responds, but commits do not reach the required standbys.
    Unreplicated,
    /// It responds, but accepts no server while it is being restored.
    Closed,
    /// This server is stopping.
    Stopped,
}

/// Status kept by the follower since this server started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FollowerStatus {
    pub following: Following,
    /// Number of member rows at the last read, including this server's.
    pub members: usize,
    /// Member rows of other servers that this server deleted.
    pub evictions: u64,
    /// Renewals that completed only after half of the previous lease.
    pub late_renewals: u64,
    /// How often this server registered again after its first registration.
    pub signed_in_anew: u64,
}

/// The complete status at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Readiness {
    pub position: Position,
    pub lease_left: Duration,
    /// Time since just before the last renewal was requested; keeps growing after expiry. `None` without a lease.
    pub lease_age: Option<Duration>,
    pub follower: FollowerStatus,
}

/// A renewal without a response for this long is reported, although nothing has failed yet.
const ANSWERS_WITHIN: Duration = Duration::from_secs(1);

impl Readiness {
    pub fn is_ready(&self) -> bool {
        self.lease_left != Duration::ZERO
    }

    /// Whether the last attempt to reach the database succeeded and the current one is not stuck.
    pub fn database_answers(&self) -> bool {
        !matches!(self.follower.following, Following::Unreachable | Following::Replaced) && !self.is_stuck()
    }

    /// Why the server is not ready, without revealing the location of the database.
    pub fn reason(&self) -> Option<&'static str> {
        let reason = match self.follower.following {
            Following::Stopped => "this server is stopping",
            Following::Closed => "the database is being restored and accepts no server",
            Following::Unreadable => {
                "the database answers, but its change log cannot be followed; see this server's log"
            }
            Following::Unwritable => {
                "the database cannot be written: its disk is full or read-only, or another program keeps it locked; \
                 see this server's log"
            }
            Following::Replaced => {
                "the database file was removed or replaced while this server had it open: put the original file back, \
                 or restart the server"
            }
            Following::Unreplicated => {
                "commits do not reach the database's synchronous standbys, and the lease has expired"
            }
            Following::Unreachable => "the database cannot be reached, and the lease has expired",
            _ if self.is_stuck() => "the database does not answer, and the lease has expired",
            Following::Starting | Following::Fine => "the lease has expired and is not renewed yet",
        };
        (!self.is_ready()).then_some(reason)
    }

    /// Failing attempts are not stuck, because they complete.
    fn is_stuck(&self) -> bool {
        let has_not_failed = matches!(self.follower.following, Following::Starting | Following::Fine);
        has_not_failed && self.lease_age.is_some_and(|age| age > RENEW_EVERY + ANSWERS_WITHIN)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::lease::LEASE;

    fn after(millis: u64, following: Following) -> Readiness {
        let age = Duration::from_millis(millis);
        Readiness {
            position: Position::new(7),
            lease_left: LEASE.saturating_sub(age),
            lease_age: Some(age),
            follower: FollowerStatus { following, ..FollowerStatus::default() },
        }
    }

    #[test]
    fn what_has_failed_is_told_at_once_although_the_lease_still_holds() {
        let lost = after(10, Following::Unreachable);
        assert_eq!((lost.is_ready(), lost.database_answers(), lost.reason()), (true, false, None));
        let over = after(3_000, Following::Unreachable);
        assert!(!over.is_ready() && !over.database_answers());
        assert_eq!(over.reason(), Some("the database cannot be reached, and the lease has expired"));
    }

    #[test]
    fn an_attempt_without_an_answer_is_told_after_a_second() {
        assert!(after(1_750, Following::Fine).database_answers());
        let stuck = after(1_751, Following::Fine);
        assert!(stuck.is_ready() && !stuck.database_answers());
        assert_eq!(
            after(3_000, Following::Fine).reason(),
            Some("the database does not answer, and the lease has expired")
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
    fn each_failure_of_the_database_has_its_reason() {
        let reasons = [
            (Following::Unwritable, true, "cannot be written"),
            (Following::Replaced, false, "removed or replaced"),
            (Following::Unreachable, false, "cannot be reached"),
        ];
        for (following, answers, words) in reasons {
            let over = after(3_000, following);
            assert_eq!(over.database_answers(), answers, "{following:?}");
            assert!(over.reason().is_some_and(|reason| reason.contains(words)), "{following:?}");
        }
    }
}
