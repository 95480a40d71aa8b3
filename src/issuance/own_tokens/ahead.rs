//! Tokens with a position that this node has not applied: another node is ahead, or the position is made up.

use claviger_contract::Position;

use crate::snapshot::{HeadLooks, Snapshot};

/// No log grows by this many positions within one lease.
const FARTHEST: u64 = 1 << 20;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    Reached,
    /// The follower may not have applied this position yet.
    Ahead,
    /// No token of this log has this position. The log ended before it after the token was first seen, or ends far
    /// before it.
    Impossible,
}

/// `first_seen` is the number of the last look at the log's head that had begun when the token was verified. `looks`
/// must be read before `snapshot` is loaded.
pub fn place(position: Position, first_seen: Option<u64>, snapshot: &Snapshot, looks: HeadLooks) -> Place {
    let looked_since = first_seen.is_some_and(|first_seen| looks.finished > first_seen);
    if position <= snapshot.position {
        Place::Reached
    } else if looked_since || position.as_u64() - snapshot.position.as_u64() > FARTHEST {
        Place::Impossible
    } else {
        Place::Ahead
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_look_after_the_first_sight_decides() {
        let mut snapshot = Snapshot::empty("https://tokens.example");
        snapshot.position = Position::new(10);
        let looks = |finished| HeadLooks { begun: 5, finished };
        for (position, first_seen, finished, expected) in [
            (10, Some(5), 5, Place::Reached),
            (10, Some(5), 6, Place::Reached),
            (11, None, 9, Place::Ahead),
            (11, Some(5), 4, Place::Ahead),
            // The look began before the token was seen, so its result may be older.
            (11, Some(5), 5, Place::Ahead),
            (11, Some(5), 6, Place::Impossible),
            (10 + FARTHEST, None, 0, Place::Ahead),
            (11 + FARTHEST, None, 0, Place::Impossible),
            (u64::MAX, Some(5), 5, Place::Impossible),
        ] {
            let found = place(Position::new(position), first_seen, &snapshot, looks(finished));
            assert_eq!(found, expected, "{position} {first_seen:?} {finished}");
        }
    }
}
