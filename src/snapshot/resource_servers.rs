//! Resource servers by id and by audience.

use std::sync::Arc;

use claviger_contract::Position;

use claviger_domain::{ResourceServer, ResourceServerId, ServerAudience};

#[derive(Clone)]
pub struct LiveServer {
    pub record: Arc<ResourceServer>,
    pub cut: Position,
}

#[derive(Clone, Default)]
pub struct ResourceServers {
    by_id: imbl::OrdMap<ResourceServerId, LiveServer>,
    by_audience: imbl::HashMap<ServerAudience, ResourceServerId>,
}

impl ResourceServers {
    pub fn get(&self, id: ResourceServerId) -> Option<&LiveServer> {
        self.by_id.get(&id)
    }

    pub fn find_by_audience(&self, audience: &str) -> Option<&LiveServer> {
        self.by_id.get(self.by_audience.get(audience)?)
    }

    /// In order of their ids, which is that of their creation.
    pub fn iter(&self) -> impl Iterator<Item = &LiveServer> {
        self.by_id.values()
    }

    /// As [`ResourceServers::iter`], without those that have a successor.
    pub fn standing(&self) -> impl Iterator<Item = &LiveServer> {
        self.by_id.values().filter(|server| server.record.overlap_ends_at.is_none())
    }

    pub fn len(&self) -> usize {
        self.by_id.len()
    }

    /// While a server is being replaced, its successor stands for their audience.
    pub(super) fn put(&mut self, server: ResourceServer, cut: Position) {
        if server.overlap_ends_at.is_none() {
            self.by_audience.insert(server.audience.clone(), server.id);
        }
        self.by_id.insert(server.id, LiveServer { record: Arc::new(server), cut });
    }

    pub(super) fn remove(&mut self, id: ResourceServerId) -> Option<LiveServer> {
        let removed = self.by_id.remove(&id)?;
        if self.by_audience.get(&removed.record.audience) == Some(&id) {
            self.by_audience.remove(&removed.record.audience);
        }
        Some(removed)
    }
}
