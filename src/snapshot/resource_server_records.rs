//! Puts resource servers into a realm and removes them, alone or with a successor.

use claviger_contract::{Position, Timestamp};

use crate::snapshot::realm_view::RealmView;
use claviger_domain::{Replaced, ResourceServer, ResourceServerId};

impl RealmView {
    /// Both are accepted until the end of the overlap. Tokens for their audience stay valid: they have the same cut.
    pub(super) fn replace_server(
        &mut self,
        successor: &ResourceServer,
        overlap_ends_at: Timestamp,
        position: Position,
    ) {
        let mut cut = position;
        if let Some(replaced) = successor.replaces.and_then(|id| self.servers.get(id)).cloned() {
            cut = replaced.cut;
            let record =
                ResourceServer { overlap_ends_at: Some(overlap_ends_at), ..(*replaced.record).clone() };
            self.put_server(record, cut);
        }
        self.put_server(successor.clone(), cut);
    }

    pub(super) fn put_server(&mut self, server: ResourceServer, cut: Position) {
        if let Some(end) = server.overlap_ends_at {
            self.overlaps.insert(end, Replaced::ResourceServer(server.id));
        }
        self.servers.put(server, cut);
    }

    /// Returns whether it existed.
    pub(super) fn remove_server(&mut self, id: ResourceServerId) -> bool {
        let Some(removed) = self.servers.remove(id) else { return false };
        if let Some(end) = removed.record.overlap_ends_at {
            self.overlaps.remove(end, Replaced::ResourceServer(id));
        }
        true
    }
}
