//! Which of many restrictions must be applied again: those that later ones do not cover.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::mem::{Discriminant, discriminant};

use claviger_contract::{Position, RealmLabel};

use crate::log::restriction::Restriction;
use crate::log::subject::Subject;

/// Selects the restrictions, in log order, that later ones do not cover. For each subject that is the last, as it lists
/// all remaining rights. For a resource, earlier ones that leave fewer actions are needed too. A holder that lost an
/// action does not regain it when the resource offers it again. A member that was enabled later is not disabled again.
pub fn needed<'a>(
    known: impl DoubleEndedIterator<Item = (&'a RealmLabel, Position, &'a Restriction)>,
) -> Vec<bool> {
    // The position of the last one, and the actions that all later ones leave of a resource.
    let mut later =
        HashMap::<(&RealmLabel, Subject, Discriminant<Restriction>), (Position, Vec<String>)>::new();
    let is_needed = |(realm, position, what): (_, Position, &Restriction)| {
        let left = match what {
            Restriction::ResourceLeft { actions, .. } => actions.as_slice(),
            _ => &[],
        };
        if let Restriction::MemberDisabled { id } = what {
            let enabled = Restriction::MemberEnabled { id: *id, roles: Vec::new(), groups: Vec::new() };
            let enabled = discriminant(&enabled);
            if later.contains_key(&(realm, what.subject(), enabled)) {
                return false;
            }
        }
        match later.entry((realm, what.subject(), discriminant(what))) {
            Entry::Vacant(entry) => {
                entry.insert((position, left.to_vec()));
                true
            }
            Entry::Occupied(mut entry) => {
                let (last, kept) = entry.get_mut();
                let before = kept.len();
                kept.retain(|action| left.contains(action));
                *last == position || kept.len() < before
            }
        }
    };
    let mut needed: Vec<bool> = known.rev().map(is_needed).collect();
    needed.reverse();
    needed
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::records::member::MemberId;
    use crate::records::resource::ResourceName;

    #[test]
    fn of_a_resource_every_loss_is_needed_and_of_others_the_last_word() {
        let realm: RealmLabel = "acme".parse().expect("a label");
        let left = |actions: &[&str]| Restriction::ResourceLeft {
            name: ResourceName::new("source", "one").expect("a name"),
            actions: actions.iter().map(|action| (*action).to_owned()).collect(),
        };
        let group = |scopes: &[&str]| Restriction::GroupLeft {
            name: "g".parse().expect("a name"),
            scopes: scopes.iter().map(|scope| scope.parse().expect("a scope")).collect(),
            resources: Vec::new(),
        };
        let all = [
            (1, left(&["r", "w", "m"])),
            (2, group(&["a:b"])),
            (3, left(&["r", "m"])),
            (4, left(&["r", "w", "m"])),
            (5, left(&["r", "w"])),
            (6, group(&["a:b", "c:d"])),
            (7, left(&["r", "w", "x"])),
            // Another server read the same row.
            (7, left(&["r", "w", "x"])),
        ];
        let known = all.iter().map(|(position, what)| (&realm, Position::new(*position), what));
        assert_eq!(needed(known), [false, false, true, false, true, true, true, true]);
    }

    #[test]
    fn only_a_member_that_is_not_enabled_later_is_disabled_again() {
        let realm: RealmLabel = "acme".parse().expect("a label");
        let (one, other) = (MemberId::from_u128(1), MemberId::from_u128(2));
        let all = [
            Restriction::MemberDisabled { id: one },
            Restriction::MemberDisabled { id: other },
            Restriction::MemberEnabled { id: one, roles: Vec::new(), groups: Vec::new() },
        ];
        let known = || (1..).map(Position::new).zip(&all).map(|(position, what)| (&realm, position, what));
        let known: Vec<_> = known().collect();
        assert_eq!(needed(known.iter().copied()), [false, true, true]);
        let again = [known[0], known[2], (&realm, Position::new(4), &all[0])];
        assert_eq!(needed(again.into_iter()), [false, true, true]);
    }
}
