//! What must hold in every state, and what must occur in some.

use stateright::Property;

use crate::protocol::bounds::Protocol;
use crate::protocol::revocation::REVOKED;
use crate::state::{Revocation, Slot, State};

pub const PROMISE: &str = "after a revocation has returned no node answers as before";

/// Whether the guarantee holds in this state.
pub fn is_kept(state: &State) -> bool {
    let accepts = |slot: &Slot| slot.lease.is_some() && slot.published < REVOKED;
    let could_be_broken = state.has_returned() && state.slots.iter().any(accepts);
    !state.violated && !could_be_broken
}

pub fn properties() -> Vec<Property<Protocol>> {
    vec![
        Property::always(PROMISE, |_, state| is_kept(state)),
        Property::always("what a row says is applied is what its node answers from", |_, state: &State| {
            state.slots.iter().all(|slot| {
                let row = slot.incarnation.and_then(|now| slot.incarnations[usize::from(now)].row);
                !slot.tenured || slot.lease.is_none() || row.is_none_or(|row| row <= slot.published)
            })
        }),
        Property::sometimes("a revocation is confirmed by all", |_, state: &State| {
            let has = |slot: &Slot| slot.tenured && slot.published == REVOKED;
            state.revocation == Revocation::Returned { confirmed: true } && state.slots.iter().all(has)
        }),
        Property::sometimes("a revocation waits somebody out", |_, state: &State| {
            state.revocation == Revocation::Returned { confirmed: false }
        }),
        Property::sometimes("a node is evicted and comes back", |protocol: &Protocol, state: &State| {
            let came_back = |slot: &Slot| slot.joins > 1 && slot.tenured && slot.lease.is_some();
            protocol.incarnations == 1 || state.slots.iter().any(came_back)
        }),
    ]
}
