//! Recent restrictions and their log positions: a repeated request is answered with the position of the first.

use claviger_contract::Position;

use claviger_domain::Subject;

/// For one realm. The oldest are forgotten first; `last` never is.
#[derive(Clone, Default)]
pub struct Restrictions {
    last: Position,
    by_subject: imbl::HashMap<Subject, Position>,
    in_order: imbl::OrdSet<(Position, Subject)>,
}

const MAX_COUNT: usize = 10_000;

impl Restrictions {
    /// The position of the last act that restricted something.
    pub fn last(&self) -> Position {
        self.last
    }

    pub fn find(&self, subject: &Subject) -> Option<Position> {
        self.by_subject.get(subject).copied()
    }

    /// Whether a remembered act restricted something at this position.
    pub fn is_one(&self, position: Position) -> bool {
        // The smallest subject in the order.
        let from = (position, Subject::Realm);
        self.in_order.range(from..).next().is_some_and(|(found, _)| *found == position)
    }

    pub fn note_position(&mut self, position: Position) {
        self.last = self.last.max(position);
    }

    pub fn note(&mut self, position: Position, subject: Subject) {
        self.note_position(position);
        if let Some(older) = self.by_subject.insert(subject.clone(), position) {
            self.in_order.remove(&(older, subject.clone()));
        }
        self.in_order.insert((position, subject));
        while self.in_order.len() > MAX_COUNT
            && let Some(oldest) = self.in_order.get_min().cloned()
        {
            self.forget(&oldest);
        }
    }

    /// Forgets restrictions at or before `position`.
    pub fn forget_up_to(&mut self, position: Position) {
        while let Some(oldest) = self.in_order.get_min().filter(|(at, _)| *at <= position).cloned() {
            self.forget(&oldest);
        }
    }

    /// Whether there is anything to forget.
    pub fn reaches_back_to(&self, position: Position) -> bool {
        self.in_order.get_min().is_some_and(|(at, _)| *at <= position)
    }

    fn forget(&mut self, oldest: &(Position, Subject)) {
        self.in_order.remove(oldest);
        self.by_subject.remove(&oldest.1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use claviger_domain::Key;

    fn key(n: usize) -> Subject {
        Subject::from(Key::SigningKey(n.to_string()))
    }

    #[test]
    fn latest_position_of_a_subject_counts_and_the_oldest_are_forgotten_first() {
        let mut known = Restrictions::default();
        for n in 0..MAX_COUNT + 10 {
            known.note(Position::new(n as u64 + 1), key(n));
        }
        assert_eq!(known.find(&key(9)), None);
        assert_eq!(known.find(&key(10)), Some(Position::new(11)));
        assert!(!known.is_one(Position::new(10)) && known.is_one(Position::new(11)));
        let last = Position::new(MAX_COUNT as u64 + 20);
        known.note(last, key(10));
        assert_eq!((known.find(&key(10)), known.last()), (Some(last), last));
        assert!(!known.is_one(Position::new(11)));
        known.forget_up_to(last);
        assert!(known.find(&key(10)).is_none() && known.in_order.is_empty() && known.by_subject.is_empty());
        assert_eq!(known.last(), last, "it is what everybody falls back to");
    }
}
