//! A barrier with somebody who hears of each node while it waits.

use claviger_contract::{Position, RealmLabel};

use crate::ledger::Settles;
use crate::revocation::barrier::{Barrier, BarrierFailed};
use crate::revocation::watcher::Watcher;
use claviger_domain::Receipt;

/// A barrier that waits as the other does, and tells a watcher of each node once.
pub struct Watched<'a> {
    pub barrier: &'a Barrier,
    pub watcher: &'a dyn Watcher,
}

impl Settles for Watched<'_> {
    type Error = BarrierFailed;

    fn pass(&self, position: Position) -> Result<(), BarrierFailed> {
        self.barrier.pass(position)
    }

    fn receipt(&self, realm: &RealmLabel, position: Position) -> Result<Receipt, BarrierFailed> {
        self.barrier.receipt_watched(realm, position, Some(self.watcher))
    }
}
