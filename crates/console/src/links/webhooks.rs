//! Addresses of webhooks.

use super::address::Address;
use super::realm::Links;

impl Links {
    pub fn webhooks(&self) -> Address {
        self.below("/webhooks")
    }

    pub fn webhook(&self, id: &str) -> Address {
        self.webhooks().segment(id)
    }

    /// GET: form. POST: creates.
    pub fn new_webhook(&self) -> Address {
        self.webhooks().segment("new")
    }

    /// GET: form. POST: saves.
    pub fn edit_webhook(&self, id: &str) -> Address {
        self.webhook(id).segment("edit")
    }

    /// POST: sends a test event.
    pub fn test_webhook(&self, id: &str) -> Address {
        self.webhook(id).segment("test")
    }

    /// GET: form. POST: makes a new secret.
    pub fn rotate_webhook(&self, id: &str) -> Address {
        self.webhook(id).segment("rotate")
    }

    /// GET asks, POST disables.
    pub fn disable_webhook(&self, id: &str) -> Address {
        self.webhook(id).segment("disable")
    }

    /// POST.
    pub fn enable_webhook(&self, id: &str) -> Address {
        self.webhook(id).segment("enable")
    }

    /// GET asks, POST removes.
    pub fn remove_webhook(&self, id: &str) -> Address {
        self.webhook(id).segment("remove")
    }

    /// POST: `delivery`.
    pub fn resend_delivery(&self, webhook: &str) -> Address {
        self.webhook(webhook).segment("resend")
    }
}
