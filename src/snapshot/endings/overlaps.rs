//! What is being replaced by a successor, and not yet ended.

use claviger_contract::Timestamp;
use claviger_domain::Replaced;

/// Earliest end first.
#[derive(Clone, Default)]
pub struct Overlaps {
    by_end: imbl::OrdSet<(Timestamp, Replaced)>,
    credentials: usize,
}

impl Overlaps {
    /// Those that have ended by `now`.
    pub fn due(&self, now: Timestamp) -> impl Iterator<Item = Replaced> + '_ {
        self.by_end.iter().take_while(move |(end, _)| *end <= now).map(|(_, replaced)| *replaced)
    }

    /// The number of service credentials.
    pub fn credentials(&self) -> usize {
        self.credentials
    }

    pub(in crate::snapshot) fn insert(&mut self, end: Timestamp, replaced: Replaced) {
        if self.by_end.insert((end, replaced)).is_none() {
            self.credentials += usize::from(matches!(replaced, Replaced::Credential(_)));
        }
    }

    pub(in crate::snapshot) fn remove(&mut self, end: Timestamp, replaced: Replaced) {
        if self.by_end.remove(&(end, replaced)).is_some() {
            self.credentials -= usize::from(matches!(replaced, Replaced::Credential(_)));
        }
    }
}
