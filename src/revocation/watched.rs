//! A barrier with somebody who hears of each node while it waits.

use claviger_contract::{Position, RealmLabel};

use crate::ledger::Settles;
use crate::revocation::barrier::{Barrier, BarrierFailed};
use crate::revocation::watcher::Watcher;
use claviger_domain::{Receipt, WaitedFor};

/// A barrier that waits as the other does, and tells a watcher of each node once.
pub struct Watched<'a> {
    pub barrier: &'a Barrier,
    pub watcher: &'a dyn Watcher,
}

impl Settles for Watched<'_> {
    type Error = BarrierFailed;

    fn pass(
        &self,
        realm: &RealmLabel,
        position: Position,
        waited_for: WaitedFor,
    ) -> Result<(), BarrierFailed> {
        self.barrier.pass(realm, position, waited_for)
    }

    fn receipt(
        &self,
        realm: &RealmLabel,
        position: Position,
        waited_for: WaitedFor,
    ) -> Result<Receipt, BarrierFailed> {
        self.barrier.receipt_watched(realm, position, waited_for, Some(self.watcher))
    }
}
