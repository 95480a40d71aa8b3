//! The cuts of a realm that some token may still be affected by, by position.

use std::collections::HashSet;
use std::sync::Arc;

use claviger_contract::{Position, Timestamp};
use claviger_domain::{ClientId, Cut};

/// The cuts of one act.
#[derive(Clone, Debug)]
pub struct KeptCuts {
    /// When the act was read, or made. `None` if that is not known.
    pub at: Option<Timestamp>,
    pub cuts: Arc<[Cut]>,
}

/// Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Cuts {
    /// What was cut after an earlier position is not known.
    since: Position,
    by_position: imbl::OrdMap<Position, KeptCuts>,
    weight: usize,
}

/// A cut takes about 100 bytes.
const MAX_WEIGHT: usize = 1_000_000;

/// How much is left where cuts must be dropped, so that it is not done for each further act.
const LEFT_WEIGHT: usize = MAX_WEIGHT / 4 * 3;

impl Cuts {
    /// Of a realm that was read at this position.
    pub fn since(position: Position) -> Self {
        Self { since: position, ..Self::default() }
    }

    /// What was cut after this position or a later one is known.
    pub fn known_since(&self) -> Position {
        self.since
    }

    /// The position of the last act that cut something.
    pub fn last(&self) -> Position {
        self.by_position.get_max().map_or(Position::ZERO, |(position, _)| *position)
    }

    /// In the order of the log.
    pub fn after(&self, position: Position) -> impl Iterator<Item = &KeptCuts> {
        self.by_position.range(position.next()..).map(|(_, kept)| kept)
    }

    /// Whether those after this position are more than so many, counted by their memory.
    pub fn weigh_more_after(&self, position: Position, than: usize) -> bool {
        let mut rest = than;
        let is_too_much = |kept: &KeptCuts| match rest.checked_sub(weight(&kept.cuts)) {
            Some(left) => {
                rest = left;
                false
            }
            None => true,
        };
        self.weight > than && self.after(position).any(is_too_much)
    }

    pub fn note(&mut self, position: Position, at: Option<Timestamp>, cuts: Vec<Cut>) {
        self.note_within(MAX_WEIGHT, LEFT_WEIGHT, position, at, cuts);
    }

    fn note_within(
        &mut self,
        max: usize,
        left: usize,
        position: Position,
        at: Option<Timestamp>,
        cuts: Vec<Cut>,
    ) {
        if cuts.is_empty() {
            return;
        }
        self.insert(position, KeptCuts { at, cuts: cuts.into() });
        if self.weight > max {
            self.drop_repeated();
            self.summarize(left);
        }
    }

    fn insert(&mut self, position: Position, kept: KeptCuts) {
        self.weight += weight(&kept.cuts);
        if let Some(replaced) = self.by_position.insert(position, kept) {
            self.weight -= weight(&replaced.cuts);
        }
    }

    fn pop_first(&mut self) -> Option<(Position, KeptCuts)> {
        let position = *self.by_position.get_min().map(|(position, _)| position)?;
        let kept = self.by_position.remove(&position)?;
        self.weight -= weight(&kept.cuts);
        Some((position, kept))
    }

    /// Drops cuts of clients that were cut again later.
    fn drop_repeated(&mut self) {
        let mut seen: HashSet<ClientId> = HashSet::new();
        let all = std::mem::take(&mut self.by_position);
        self.weight = 0;
        for (position, kept) in all.into_iter().rev() {
            // Of one act the first says most.
            let is_last = |cut: &&Cut| match cut {
                Cut::Client { id, .. } => seen.insert(*id),
                _ => true,
            };
            let cuts: Arc<[Cut]> = kept.cuts.iter().filter(is_last).cloned().collect();
            if !cuts.is_empty() {
                self.insert(position, KeptCuts { cuts, ..kept });
            }
        }
    }

    /// Replaces the oldest cuts by one of the whole realm, which ends more: every token from before the last of them.
    /// Keys stay: who has a withdrawn key chooses the position of a token.
    fn summarize(&mut self, max: usize) {
        let mut last = None;
        let mut at = Some(Timestamp::from_epoch_seconds(0));
        let mut keys = Vec::new();
        while self.weight > max
            && let Some((position, kept)) = self.pop_first()
        {
            last = Some(position);
            at = at.zip(kept.at).map(|(one, other)| one.max(other));
            keys.extend(kept.cuts.iter().filter(|cut| matches!(cut, Cut::Key { .. })).cloned());
        }
        if let Some(before) = last {
            let cuts = keys.into_iter().chain([Cut::Realm { before }]).collect();
            self.insert(before, KeptCuts { at, cuts });
        }
    }

    /// Forgets cuts at or before `position`, and those of acts made before this time.
    pub fn forget(&mut self, position: Position, made_before: Timestamp) {
        while self.has_some_to_forget(position, made_before) && self.pop_first().is_some() {}
    }

    pub fn has_some_to_forget(&self, position: Position, made_before: Timestamp) -> bool {
        self.by_position
            .get_min()
            .is_some_and(|(first, kept)| *first <= position || kept.at.is_some_and(|at| at < made_before))
    }
}

fn weight(cuts: &[Cut]) -> usize {
    cuts.iter().map(Cut::weight).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Option<Timestamp> {
        Some(Timestamp::from_epoch_seconds(seconds))
    }

    fn cut(id: u128, before: u64) -> Cut {
        Cut::Client { id: ClientId::from_u128(id), before: Position::new(before) }
    }

    fn all(cuts: &Cuts) -> Vec<Cut> {
        cuts.after(Position::ZERO).flat_map(|kept| kept.cuts.iter().cloned()).collect()
    }

    #[test]
    fn weight_after_a_position_is_that_of_what_came_later() {
        let mut cuts = Cuts::since(Position::new(3));
        for position in 4..8 {
            cuts.note(Position::new(position), at(0), vec![cut(1, position), cut(2, position)]);
        }
        let weighs_more = |position, than| cuts.weigh_more_after(Position::new(position), than);
        assert!(weighs_more(0, 7) && !weighs_more(0, 8));
        assert!(weighs_more(5, 3) && !weighs_more(5, 4));
        assert!(weighs_more(6, 1) && !weighs_more(7, 0));
    }

    #[test]
    fn increments_are_what_came_later() {
        let mut cuts = Cuts::since(Position::new(3));
        for position in 4..8 {
            cuts.note(Position::new(position), at(0), vec![cut(1, position), cut(2, position)]);
        }
        cuts.note(Position::new(9), at(0), Vec::new());
        assert_eq!((cuts.last(), cuts.known_since()), (Position::new(7), Position::new(3)));
        let later: Vec<Cut> =
            cuts.after(Position::new(6)).flat_map(|kept| kept.cuts.iter().cloned()).collect();
        assert_eq!(later, [cut(1, 7), cut(2, 7)]);
        assert_eq!(cuts.after(Position::new(7)).count(), 0);
    }

    #[test]
    fn too_many_are_told_once_for_each_client_and_then_for_the_realm() {
        let mut cuts = Cuts::default();
        for position in 1..=10 {
            cuts.note_within(
                10,
                8,
                Position::new(position),
                at(position.cast_signed()),
                vec![cut(1, position)],
            );
        }
        assert_eq!(cuts.weight, 10);
        cuts.note_within(10, 8, Position::new(11), at(11), vec![cut(2, 11)]);
        assert_eq!(all(&cuts), [cut(1, 10), cut(2, 11)]);
        for position in 12..=20 {
            let client = u128::from(position);
            cuts.note_within(
                10,
                8,
                Position::new(position),
                at(position.cast_signed()),
                vec![cut(client, position)],
            );
        }
        // 10 to 12 are those that were dropped.
        assert_eq!(all(&cuts)[0], Cut::Realm { before: Position::new(12) });
        assert_eq!(all(&cuts)[1], cut(13, 13));
        assert_eq!(cuts.weight, 9);
        assert_eq!(cuts.after(Position::ZERO).next().and_then(|kept| kept.at), at(12));
    }

    #[test]
    fn a_text_counts_by_its_length() {
        let token = |length| Cut::Token {
            jti: "j".repeat(length).into(),
            expires_at: Timestamp::from_epoch_seconds(1),
        };
        let mut cuts = Cuts::default();
        cuts.note(Position::new(1), None, vec![token(1), token(64), cut(1, 1)]);
        assert_eq!(cuts.weight, 4);
        cuts.note(Position::new(1), None, vec![cut(1, 1)]);
        assert_eq!(cuts.weight, 1);
    }

    #[test]
    fn what_nothing_depends_on_any_more_is_forgotten() {
        let mut cuts = Cuts::default();
        for position in 1..=5_u64 {
            let made = if position == 4 { None } else { at(position.cast_signed()) };
            cuts.note(Position::new(position), made, vec![cut(1, position)]);
        }
        cuts.forget(Position::new(2), Timestamp::from_epoch_seconds(0));
        assert_eq!(all(&cuts).len(), 3);
        cuts.forget(Position::ZERO, Timestamp::from_epoch_seconds(100));
        assert_eq!(all(&cuts), [cut(1, 4), cut(1, 5)], "the time of 4 is not known");
        assert_eq!(cuts.weight, 2);
        cuts.forget(Position::new(4), Timestamp::from_epoch_seconds(5));
        assert_eq!(all(&cuts), [cut(1, 5)]);
    }
}
