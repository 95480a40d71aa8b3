//! Addresses of one realm's console. What has a name that people choose is named in the query: a path segment `..` or
//! `new` would lead elsewhere.

use super::address::Address;
use super::site::Site;

/// Makes the addresses below `/console/{realm}/`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Links {
    pub site: Site,
    /// The realm's label.
    pub realm: String,
}

impl Site {
    pub fn realm(&self, label: &str) -> Links {
        Links { site: self.clone(), realm: label.to_owned() }
    }
}

impl Links {
    pub fn overview(&self) -> Address {
        self.below("/")
    }

    /// POST: `member`, `at`. The account holder knows about a local sign-in.
    pub fn acknowledge_sign_in(&self) -> Address {
        self.below("/acknowledge")
    }

    /// The coverage map on the overview.
    pub fn reach(&self) -> Address {
        self.overview().part("reach")
    }

    /// GET: `q`.
    pub fn find(&self) -> Address {
        self.below("/find")
    }

    /// GET: form. POST: `secret`.
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

    /// GET: `code`, the secret of a link that sets a password. POST: sets it.
    pub fn invitation(&self) -> Address {
        self.below("/invitation")
    }

    /// POST: `set_up`, `code`. Sets a second factor up after the password of an invitation.
    pub fn set_up_second_factor(&self) -> Address {
        self.invitation().segment("second-factor")
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

    /// POST answers a new secret for an authenticator app.
    pub fn begin_second_factor(&self) -> Address {
        self.account().segment("second-factor")
    }

    /// POST: `set_up`, `code`.
    pub fn prove_second_factor(&self) -> Address {
        self.begin_second_factor().segment("prove")
    }

    /// GET asks, POST makes new ones and shows them.
    pub fn recovery_codes(&self) -> Address {
        self.account().segment("recovery-codes")
    }

    pub fn personal_tokens(&self) -> Address {
        self.below("/personal-access-tokens")
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

    pub fn member(&self, id: &str) -> Address {
        self.members().segment(id)
    }

    /// GET: form. POST: adds.
    pub fn new_member(&self) -> Address {
        self.members().segment("new")
    }

    /// GET: form. POST: saves.
    pub fn edit_member(&self, id: &str) -> Address {
        self.member(id).segment("edit")
    }

    /// GET asks, POST disables.
    pub fn disable_member(&self, id: &str) -> Address {
        self.member(id).segment("disable")
    }

    /// GET asks, POST enables.
    pub fn enable_member(&self, id: &str) -> Address {
        self.member(id).segment("enable")
    }

    /// GET asks, POST makes a link that sets the password of a local account.
    pub fn invite_member(&self, id: &str) -> Address {
        self.member(id).segment("invite")
    }

    /// GET asks, POST resets.
    pub fn reset_second_factor(&self, id: &str) -> Address {
        self.member(id).segment("reset-second-factor")
    }

    /// GET asks, POST approves: `identity`.
    pub fn approve_identity(&self, member: &str, identity: &str) -> Address {
        self.member(member).segment("identities").segment("approve").with("identity", identity)
    }

    /// GET asks, POST removes or declines: `identity`.
    pub fn remove_identity(&self, member: &str, identity: &str) -> Address {
        self.member(member).segment("identities").segment("remove").with("identity", identity)
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

    pub fn signing_keys(&self) -> Address {
        self.below("/signing-keys")
    }

    /// GET asks, POST rotates.
    pub fn rotate_keys(&self) -> Address {
        self.signing_keys().segment("rotate")
    }

    /// GET asks, POST withdraws.
    pub fn withdraw_key(&self, kid: &str) -> Address {
        self.signing_keys().segment("withdraw").with("kid", kid)
    }

    pub fn audit(&self) -> Address {
        self.below("/audit")
    }

    /// The events of one object.
    pub fn audit_of(&self, target: &str) -> Address {
        self.audit().with("target", target)
    }

    pub fn audit_event(&self, id: &str) -> Address {
        self.audit().segment(id)
    }

    /// GET: the filters of the list; answers JSON lines.
    pub fn audit_export(&self) -> Address {
        self.audit().segment("export")
    }

    pub fn organization(&self) -> Address {
        self.below("/organization")
    }

    /// GET: form. POST: saves.
    pub fn settings(&self) -> Address {
        self.organization().segment("settings")
    }

    /// How people sign in.
    pub fn sign_in_settings(&self) -> Address {
        self.organization().segment("sign-in")
    }

    /// GET: goes to the identity provider, and shows what it says.
    pub fn try_sign_in(&self) -> Address {
        self.sign_in_settings().segment("try")
    }

    /// GET asks, POST removes the provider.
    pub fn remove_sign_in(&self) -> Address {
        self.sign_in_settings().segment("remove")
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
    use crate::links::Step;

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
