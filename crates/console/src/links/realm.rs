//! Addresses of one realm's console. What has a name that people choose is named in the query: a path segment `..` or
//! `new` would lead elsewhere.

use super::address::Address;
use super::draft::{Draft, Step};
use super::site::Site;

/// Makes the addresses below `/console/{realm}/`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Links {
    pub site: Site,
    /// The realm's label.
    pub realm: String,
}

impl Links {
    pub fn overview(&self) -> Address {
        self.below("/")
    }

    /// The coverage map on the overview.
    pub fn reach(&self) -> Address {
        self.overview().part("reach")
    }

    /// GET: `q`.
    pub fn find(&self) -> Address {
        self.below("/find")
    }

    /// POST: `secret`.
    pub fn trace(&self) -> Address {
        self.below("/trace")
    }

    pub fn sign_in(&self) -> Address {
        self.below("/sign-in")
    }

    /// GET: goes to the identity provider.
    pub fn sign_in_with_provider(&self) -> Address {
        self.below("/sign-in/provider")
    }

    /// POST: `email`, `password`.
    pub fn sign_in_local(&self) -> Address {
        self.below("/sign-in/local")
    }

    /// GET, and POST: `code`.
    pub fn sign_in_code(&self) -> Address {
        self.below("/sign-in/code")
    }

    /// GET, and POST: `recovery_code`.
    pub fn sign_in_recovery(&self) -> Address {
        self.below("/sign-in/recovery")
    }

    /// GET: goes to the identity provider to confirm.
    pub fn confirm_with_provider(&self) -> Address {
        self.confirm().segment("provider")
    }

    /// GET asks for a recent sign-in, then goes on to `next`; POST: `password`, `code`.
    pub fn confirm(&self) -> Address {
        self.below("/confirm")
    }

    /// POST.
    pub fn sign_out(&self) -> Address {
        self.below("/sign-out")
    }

    pub fn account(&self) -> Address {
        self.below("/account")
    }

    /// The shortcuts, on the account page.
    pub fn keyboard(&self) -> Address {
        self.account().part("keyboard")
    }

    /// POST: `keys`.
    pub fn set_keys(&self) -> Address {
        self.account().segment("keys")
    }

    /// POST: `session`.
    pub fn end_session(&self) -> Address {
        self.account().segment("end-session")
    }

    /// POST.
    pub fn end_other_sessions(&self) -> Address {
        self.account().segment("end-other-sessions")
    }

    pub fn personal_tokens(&self) -> Address {
        self.below("/personal-access-tokens")
    }

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

    pub fn application_credentials(&self) -> Address {
        self.below("/application-credentials")
    }

    pub fn api_tokens(&self) -> Address {
        self.below("/api-tokens")
    }

    pub fn members(&self) -> Address {
        self.below("/members")
    }

    pub fn groups(&self) -> Address {
        self.below("/groups")
    }

    pub fn resources(&self) -> Address {
        self.below("/resources")
    }

    pub fn scopes(&self) -> Address {
        self.below("/scopes")
    }

    pub fn resource_servers(&self) -> Address {
        self.below("/resource-servers")
    }

    pub fn source_credentials(&self) -> Address {
        self.below("/source-credentials")
    }

    pub fn sources(&self) -> Address {
        self.below("/sources")
    }

    pub fn signing_keys(&self) -> Address {
        self.below("/signing-keys")
    }

    pub fn webhooks(&self) -> Address {
        self.below("/webhooks")
    }

    pub fn audit(&self) -> Address {
        self.below("/audit")
    }

    /// The events of one object.
    pub fn audit_of(&self, target: &str) -> Address {
        self.audit().with("target", target)
    }

    pub fn organization(&self) -> Address {
        self.below("/organization")
    }

    /// The nodes, on the organization's page.
    pub fn nodes(&self) -> Address {
        self.organization().part("nodes")
    }

    pub(super) fn below(&self, rest: &str) -> Address {
        self.site.console(&format!("/{}{rest}", self.realm))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn links() -> Links {
        Site { prefix: "/auth".to_owned() }.realm("acme")
    }

    #[test]
    fn pages_lie_below_the_prefix_and_the_realm() {
        let links = links();
        for (address, text) in [
            (links.overview(), "/auth/console/acme/"),
            (links.reach(), "/auth/console/acme/#reach"),
            (links.service_credential("7"), "/auth/console/acme/service-credentials/7"),
            (links.revoke_service_credential("7"), "/auth/console/acme/service-credentials/7/revoke"),
            (links.wizard(Step::Details), "/auth/console/acme/service-credentials/new"),
            (links.wizard(Step::Summary), "/auth/console/acme/service-credentials/new/summary"),
        ] {
            assert_eq!(address.as_str(), text);
        }
    }

    #[test]
    fn chosen_names_stand_in_the_query() {
        let address = links().remove_group("7", "../../new?x");
        assert_eq!(
            address.as_str(),
            "/auth/console/acme/service-credentials/7/groups/remove?group=..%2F..%2Fnew%3Fx"
        );
    }
}
