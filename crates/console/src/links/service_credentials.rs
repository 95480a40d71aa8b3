//! Addresses of service credentials.

use super::address::Address;
use super::draft::{Draft, Step};
use super::realm::Links;

impl Links {
    pub fn service_credentials(&self) -> Address {
        self.below("/service-credentials")
    }

    pub fn service_credential(&self, id: &str) -> Address {
        self.service_credentials().segment(id)
    }

    /// A step of the wizard. POST to it on the summary: saves.
    pub fn new_service_credential(&self, step: Step, draft: &Draft) -> Address {
        draft.append_to(self.wizard(step))
    }

    /// A step of the wizard without any state, for forms that carry it in their fields.
    pub fn wizard(&self, step: Step) -> Address {
        let first = self.service_credentials().segment("new");
        if step == Step::Details { first } else { first.segment(step.as_str()) }
    }

    /// POST: saves what the wizard collected.
    pub fn save_service_credential(&self) -> Address {
        self.wizard(Step::Details)
    }

    /// POST: answers what was posted as a file.
    pub fn download_key(&self) -> Address {
        self.service_credentials().segment("download")
    }

    /// Whether a token was requested since its creation; polled by the page that shows a key.
    pub fn first_use(&self, id: &str) -> Address {
        self.service_credential(id).segment("first-use")
    }

    /// GET asks, POST revokes: `name`.
    pub fn revoke_service_credential(&self, id: &str) -> Address {
        self.service_credential(id).segment("revoke")
    }

    /// The receipt of a revoked credential.
    pub fn receipt(&self, id: &str) -> Address {
        self.service_credential(id).segment("receipt")
    }

    /// GET asks, POST renews: `overlap`.
    pub fn renew_service_credential(&self, id: &str) -> Address {
        self.service_credential(id).segment("renew")
    }

    /// Usage examples without a key.
    pub fn service_credential_examples(&self, id: &str) -> Address {
        self.service_credential(id).segment("examples")
    }

    /// GET: the picker of groups in the wizard.
    pub fn pick_groups_of_new(&self, draft: &Draft) -> Address {
        draft.append_to(self.service_credentials().segment("new").segment("groups"))
    }

    /// GET: the picker of resources in the wizard.
    pub fn pick_resources_of_new(&self, draft: &Draft) -> Address {
        draft.append_to(self.service_credentials().segment("new").segment("resources"))
    }

    /// GET: the matrix of actions in the wizard.
    pub fn pick_actions_of_new(&self, draft: &Draft) -> Address {
        draft.append_to(self.service_credentials().segment("new").segment("actions"))
    }

    /// GET: picker. POST: `groups`, adds them.
    pub fn add_groups(&self, id: &str) -> Address {
        self.service_credential(id).segment("groups").segment("add")
    }

    /// GET asks, POST removes.
    pub fn remove_group(&self, id: &str, group: &str) -> Address {
        self.service_credential(id).segment("groups").segment("remove").with("group", group)
    }

    /// GET: picker, whose form leads to the matrix.
    pub fn add_resources(&self, id: &str) -> Address {
        self.service_credential(id).segment("resources").segment("add")
    }

    /// GET: the matrix of actions; `resource` may be repeated. POST: `grant`, replaces the actions of those resources.
    pub fn edit_actions(&self, id: &str) -> Address {
        self.service_credential(id).segment("resources").segment("actions")
    }

    /// GET asks, POST removes.
    pub fn remove_resource(&self, id: &str, resource: &str) -> Address {
        self.service_credential(id).segment("resources").segment("remove").with("resource", resource)
    }
}
