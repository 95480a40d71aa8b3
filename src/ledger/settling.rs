//! The result of an act that may take something away. It is answered only when no node accepts what the act ended.

use claviger_contract::{Position, RealmLabel, Timestamp};

use crate::ledger::act::{Act, Scene};
use crate::ledger::trial::Trial;
use crate::store::Decision;
use claviger_domain::{Affected, Receipt, Subject, WaitedFor};

/// What the caller requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// A change of an object. There is a receipt if the change takes something away, or if the object is already as
    /// requested because something was taken away recently.
    Change,
    /// The end of an object. There is always a receipt.
    End,
}

/// Committed, or already as requested. Becomes an answer only through [`Unsettled::settle`]:
///
/// ```
/// use claviger::ledger::{Settles, Unsettled};
///
/// fn answer<S: Settles>(edited: Unsettled<String>, barrier: &S) -> Result<String, S::Error> {
///     let (object, _receipt) = edited.settle(barrier)?.into_parts();
///     Ok(object)
/// }
/// ```
///
/// A handler that answers without settling does not compile, whether it answers the result itself,
///
/// ```compile_fail,E0277
/// # use claviger::ledger::Unsettled;
/// fn answer(edited: Unsettled<String>) -> Vec<u8> {
///     serde_json::to_vec(&edited).unwrap_or_default()
/// }
/// ```
///
/// or takes the object out of it,
///
/// ```compile_fail,E0616
/// # use claviger::ledger::Unsettled;
/// fn answer(edited: Unsettled<String>) -> String {
///     edited.object
/// }
/// ```
///
/// or makes a settled result by itself.
///
/// ```compile_fail,E0451
/// # use claviger::ledger::Settled;
/// fn answer(object: String) -> Settled<String> {
///     Settled { object, receipt: None }
/// }
/// ```
#[must_use = "an act must be settled before it is answered"]
#[derive(Debug)]
pub struct Unsettled<T> {
    realm: RealmLabel,
    object: T,
    /// Whom the answer waits for.
    waited_for: WaitedFor,
    /// Where the requested restriction was made, by this act or by an earlier one.
    taken_away: Option<Position>,
    /// The realm's last restriction: no answer is sent before all nodes have applied it.
    last: Position,
    /// Set if the act was decided only.
    trial: Option<Trial>,
}

/// Made only by [`Unsettled::settle`].
#[derive(Debug)]
pub struct Settled<T> {
    object: T,
    receipt: Option<Receipt>,
}

impl<T> Settled<T> {
    /// The object, and the receipt of what was taken away.
    pub fn into_parts(self) -> (T, Option<Receipt>) {
        (self.object, self.receipt)
    }
}

/// Waits until every answering node, and every verifier of the realm unless only nodes are waited for, has applied a
/// position, or can no longer answer or accept.
pub trait Settles {
    type Error;

    fn pass(&self, realm: &RealmLabel, position: Position, waited_for: WaitedFor) -> Result<(), Self::Error>;

    /// As [`Settles::pass`], and returns who has confirmed.
    fn receipt(
        &self,
        realm: &RealmLabel,
        position: Position,
        waited_for: WaitedFor,
    ) -> Result<Receipt, Self::Error>;
}

impl<T> Unsettled<T> {
    pub fn settle<S: Settles>(self, by: &S) -> Result<Settled<T>, S::Error> {
        let (realm, waited_for) = (&self.realm, self.waited_for);
        if self.taken_away.is_none_or(|position| position < self.last) {
            by.pass(realm, self.last, waited_for)?;
        }
        let receipt = self.taken_away.map(|position| by.receipt(realm, position, waited_for)).transpose()?;
        Ok(Settled { object: self.object, receipt })
    }

    /// For acts of this server itself, which answer no client.
    pub fn unanswered(self) {}

    /// For an answer that says nothing of what was taken away. Its reader must not conclude that anything has ended.
    pub fn dangerously_unsettled(self) -> T {
        self.object
    }

    /// For restrictions so old that only the tables hold their position.
    pub fn taken_away_at(self, position: Position) -> Self {
        Self { taken_away: Some(position), ..self }
    }

    pub fn map<U>(self, map: impl FnOnce(T) -> U) -> Unsettled<U> {
        let Self { realm, object, waited_for, taken_away, last, trial } = self;
        Unsettled { realm, object: map(object), waited_for, taken_away, last, trial }
    }

    /// Whom the act would affect, if it was decided only. Then nothing has happened that could be settled.
    pub fn affected(&self, now: Timestamp) -> Option<Vec<Affected>> {
        self.trial.as_ref().map(|trial| trial.affected(&self.realm, now))
    }

    pub(super) fn new(act: &Act, object: T, found: Found, trial: Option<Trial>) -> Self {
        let (realm, waited_for) = (act.realm.clone(), act.waited_for);
        Self { realm, object, waited_for, taken_away: found.taken_away, last: found.last, trial }
    }
}

#[derive(Clone, Copy, Default)]
pub(super) struct Found {
    pub taken_away: Option<Position>,
    pub last: Position,
}

impl Found {
    pub fn of<T>(
        scene: &Scene<'_>,
        act: &Act,
        subject: &Subject,
        asked: Asked,
        decision: &Decision<T>,
    ) -> Self {
        let realm = scene.find_realm_or_deleted(&act.realm);
        let own = match decision {
            Decision::Nothing(_) | Decision::Unreadable(_) => None,
            Decision::Append { entries, .. } => {
                let place = entries.iter().rposition(|entry| entry.restricts());
                place.map(|place| Position::new(scene.next.as_u64() + place as u64))
            }
        };
        let last = own.or(realm.map(|realm| realm.last_restriction())).unwrap_or_default();
        // Applies to an object already as requested. Other changes are answered with their own restriction.
        let found_done = matches!(decision, Decision::Nothing(_)) || asked == Asked::End;
        let before = || realm.filter(|_| found_done).and_then(|realm| realm.last_restriction_of(subject));
        let always = (asked == Asked::End).then_some(last);
        Self { taken_away: own.or_else(before).or(always), last }
    }
}
