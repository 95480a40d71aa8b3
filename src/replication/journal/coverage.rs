//! Computes how far journals continue from a backup. Pure.

use claviger_contract::Position;

use crate::replication::journal::contents::Contents;
use crate::replication::journal::line::Place;

/// How much of the history after a backup is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Everything up to this place.
    UpTo(Place),
    /// Entries may be missing from the beginning.
    Nothing,
}

pub fn reach(journals: &Contents, cluster: &str, position: Position) -> Reach {
    match journals.segments.get(cluster) {
        Some(segment) if segment.begins.position <= position && position <= segment.reached.position => {
            Reach::UpTo(segment.reached.clone())
        }
        _ => Reach::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use claviger_contract::Timestamp;

    use super::super::contents::Segment;
    use super::*;

    fn place(position: u64) -> Place {
        Place {
            cluster: "a".to_owned(),
            position: Position::new(position),
            hash: crate::crypto::LogHash::default(),
            at: Timestamp::from_epoch_seconds(0),
        }
    }

    fn journal(begins: u64, reached: u64) -> Contents {
        let segment = Segment { begins: place(begins), reached: place(reached) };
        Contents { segments: [("a".to_owned(), segment)].into(), ended: Vec::new() }
    }

    #[test]
    fn a_journal_covers_a_backup_that_was_taken_while_it_was_kept() {
        let covers = |position| reach(&journal(5, 9), "a", Position::new(position));
        assert_eq!(covers(4), Reach::Nothing);
        assert_eq!(covers(5), Reach::UpTo(place(9)));
        assert_eq!(covers(9), Reach::UpTo(place(9)));
        assert_eq!(covers(10), Reach::Nothing);
        assert_eq!(reach(&journal(5, 9), "b", Position::new(7)), Reach::Nothing);
    }

    #[test]
    fn journals_of_several_servers_are_one_unless_there_is_a_gap() {
        let merged = |one: Contents, other: Contents, position| {
            let mut both = one;
            both.merge(other);
            reach(&both, "a", Position::new(position))
        };
        assert_eq!(merged(journal(1, 5), journal(5, 9), 2), Reach::UpTo(place(9)));
        assert_eq!(merged(journal(5, 9), journal(1, 6), 2), Reach::UpTo(place(9)));
        assert_eq!(merged(journal(1, 5), journal(7, 9), 2), Reach::Nothing);
        assert_eq!(merged(journal(7, 9), journal(1, 5), 8), Reach::UpTo(place(9)));
    }
}
