//! What decides about new and edited webhooks: their names and their number. The rest is read from the tables.

use claviger_domain::{Name, Webhook, WebhookId};

#[derive(Clone, Default)]
pub struct Webhooks {
    names: imbl::OrdMap<WebhookId, Name>,
    /// By the folded name.
    ids: imbl::HashMap<String, WebhookId>,
}

impl Webhooks {
    pub fn contains(&self, id: WebhookId) -> bool {
        self.names.contains_key(&id)
    }

    pub fn named(&self, name: &Name) -> Option<WebhookId> {
        self.ids.get(&name.folded()).copied()
    }

    pub fn count(&self) -> usize {
        self.names.len()
    }

    pub(super) fn put(&mut self, record: &Webhook) {
        self.remove(record.id);
        self.ids.insert(record.name.folded(), record.id);
        self.names.insert(record.id, record.name.clone());
    }

    /// Returns whether it existed.
    pub(super) fn remove(&mut self, id: WebhookId) -> bool {
        let Some(name) = self.names.remove(&id) else { return false };
        self.ids.remove(&name.folded());
        true
    }
}
