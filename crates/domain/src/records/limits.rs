//! Limits on the number of objects of each kind. Each has a setting, a default, and an error message.

/// The limited kinds of objects. Ended objects do not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    ApiTokensPerMember,
    PersonalAccessTokensPerMember,
    ApplicationCredentialsPerMember,
    RegistryTokensPerHolder,
    TokenRevocationsPerClient,
    MemberTokensPerRealm,
    ApplicationCredentialsPerRealm,
    RegistryTokensPerRealm,
    TokenRevocationsPerRealm,
    ServiceCredentialsPerRealm,
    MembersPerRealm,
    GroupsPerRealm,
    ResourcesPerRealm,
    ScopesPerRealm,
    ResourceServersPerRealm,
    SigningKeysPerRealm,
    GroupsPerCredential,
    GrantsPerHolder,
    ActionsPerResource,
    ScopesPerHolder,
}

impl Bound {
    pub const COUNT: usize = 20;

    pub const ALL: [Self; Self::COUNT] = [
        Self::ApiTokensPerMember,
        Self::PersonalAccessTokensPerMember,
        Self::ApplicationCredentialsPerMember,
        Self::RegistryTokensPerHolder,
        Self::TokenRevocationsPerClient,
        Self::MemberTokensPerRealm,
        Self::ApplicationCredentialsPerRealm,
        Self::RegistryTokensPerRealm,
        Self::TokenRevocationsPerRealm,
        Self::ServiceCredentialsPerRealm,
        Self::MembersPerRealm,
        Self::GroupsPerRealm,
        Self::ResourcesPerRealm,
        Self::ScopesPerRealm,
        Self::ResourceServersPerRealm,
        Self::SigningKeysPerRealm,
        Self::GroupsPerCredential,
        Self::GrantsPerHolder,
        Self::ActionsPerResource,
        Self::ScopesPerHolder,
    ];

    pub const fn setting(self) -> &'static str {
        match self {
            Self::ApiTokensPerMember => "max_api_tokens_per_member",
            Self::PersonalAccessTokensPerMember => "max_personal_access_tokens_per_member",
            Self::ApplicationCredentialsPerMember => "max_application_credentials_per_member",
            Self::RegistryTokensPerHolder => "max_registry_tokens_per_holder",
            Self::TokenRevocationsPerClient => "max_token_revocations_per_client",
            Self::MemberTokensPerRealm => "max_member_tokens_per_realm",
            Self::ApplicationCredentialsPerRealm => "max_application_credentials_per_realm",
            Self::RegistryTokensPerRealm => "max_registry_tokens_per_realm",
            Self::TokenRevocationsPerRealm => "max_token_revocations_per_realm",
            Self::ServiceCredentialsPerRealm => "max_service_credentials_per_realm",
            Self::MembersPerRealm => "max_members_per_realm",
            Self::GroupsPerRealm => "max_groups_per_realm",
            Self::ResourcesPerRealm => "max_resources_per_realm",
            Self::ScopesPerRealm => "max_scopes_per_realm",
            Self::ResourceServersPerRealm => "max_resource_servers_per_realm",
            Self::SigningKeysPerRealm => "max_signing_keys_per_realm",
            Self::GroupsPerCredential => "max_groups_per_credential",
            Self::GrantsPerHolder => "max_resources_per_holder",
            Self::ActionsPerResource => "max_actions_per_resource",
            Self::ScopesPerHolder => "max_scopes_per_holder",
        }
    }

    pub const fn default(self) -> u32 {
        match self {
            Self::ApiTokensPerMember
            | Self::PersonalAccessTokensPerMember
            | Self::ApplicationCredentialsPerMember
            | Self::RegistryTokensPerHolder
            | Self::ResourceServersPerRealm
            | Self::GrantsPerHolder
            | Self::ScopesPerHolder => 1_000,
            Self::TokenRevocationsPerClient
            | Self::MembersPerRealm
            | Self::GroupsPerRealm
            | Self::ResourcesPerRealm => 100_000,
            Self::MemberTokensPerRealm
            | Self::ApplicationCredentialsPerRealm
            | Self::RegistryTokensPerRealm
            | Self::TokenRevocationsPerRealm => 1_000_000,
            // One million are guaranteed to be supported.
            Self::ServiceCredentialsPerRealm => 2_000_000,
            Self::ScopesPerRealm => 10_000,
            Self::SigningKeysPerRealm | Self::ActionsPerResource | Self::GroupsPerCredential => 100,
        }
    }

    /// The counted objects, in the plural.
    pub const fn what(self) -> &'static str {
        match self {
            Self::ApiTokensPerMember => "valid API tokens of one member",
            Self::PersonalAccessTokensPerMember => "valid personal access tokens of one member",
            Self::ApplicationCredentialsPerMember => "valid application credentials of one member",
            Self::RegistryTokensPerHolder => "valid registry tokens obtained with one token or by one client",
            Self::TokenRevocationsPerClient => {
                "single tokens of one client that are revoked and not yet expired"
            }
            Self::MemberTokensPerRealm => "valid API tokens and personal access tokens of one realm",
            Self::ApplicationCredentialsPerRealm => "valid application credentials of one realm",
            Self::RegistryTokensPerRealm => "valid registry tokens of one realm",
            Self::TokenRevocationsPerRealm => {
                "single tokens of one realm that are revoked and not yet expired"
            }
            Self::ServiceCredentialsPerRealm => "service credentials of one realm that are not revoked",
            Self::MembersPerRealm => "members of one realm",
            Self::GroupsPerRealm => "groups of one realm",
            Self::ResourcesPerRealm => "resources of one realm",
            Self::ScopesPerRealm => "registered scopes of one realm",
            Self::ResourceServersPerRealm => "resource servers of one realm",
            Self::SigningKeysPerRealm => "signing keys of one realm that are still published",
            Self::GroupsPerCredential => "groups of one credential or member",
            Self::GrantsPerHolder => "resources granted to one credential or group",
            Self::ActionsPerResource => "actions of one resource",
            Self::ScopesPerHolder => "scopes of one group, token or application credential",
        }
    }

    /// The remedy in the error message.
    const fn advice(self) -> &'static str {
        match self {
            Self::TokenRevocationsPerClient | Self::TokenRevocationsPerRealm => {
                "revoke the credential instead, which invalidates all of its tokens"
            }
            Self::ApiTokensPerMember | Self::PersonalAccessTokensPerMember | Self::MemberTokensPerRealm => {
                "revoke those that are no longer used"
            }
            Self::ApplicationCredentialsPerMember
            | Self::ApplicationCredentialsPerRealm
            | Self::ServiceCredentialsPerRealm
            | Self::RegistryTokensPerHolder
            | Self::RegistryTokensPerRealm => "revoke those that are no longer used",
            Self::SigningKeysPerRealm => {
                "withdraw one, or wait until the last tokens of older keys have expired"
            }
            Self::MembersPerRealm => "the operator of the server can raise the limit",
            _ => "remove some first",
        }
    }
}

/// The limits of one server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits([u32; Bound::COUNT]);

/// The defaults, in the order of [`Bound::ALL`].
impl Default for Limits {
    fn default() -> Self {
        Self(Bound::ALL.map(Bound::default))
    }
}

/// A limit is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{}: the limit of {limit} {} is reached; {}",
    .bound.setting(), .bound.what(), .bound.advice()
)]
pub struct LimitReached {
    pub bound: Bound,
    pub limit: u32,
}

/// How many ended objects are retained beside the live ones. They are kept for about a day; the limit prevents
/// unbounded growth when objects are created and ended in a loop.
const ENDED_REMEMBERED: usize = 10_000;

impl Limits {
    pub const fn get(&self, bound: Bound) -> u32 {
        self.0[bound as usize]
    }

    pub const fn set(&mut self, bound: Bound, limit: u32) {
        self.0[bound as usize] = limit;
    }

    /// Refuses `more` new objects beside `live` existing ones if they exceed the limit.
    pub fn check(&self, bound: Bound, live: usize, more: usize) -> Result<(), LimitReached> {
        let limit = self.get(bound);
        if live.saturating_add(more) > size(limit) { Err(LimitReached { bound, limit }) } else { Ok(()) }
    }

    /// As [`check`](Self::check) for one more object, if ended ones are also `remembered`. The exact count is taken
    /// only if the limit may be exceeded.
    pub fn check_ending(
        &self,
        bound: Bound,
        remembered: usize,
        live: impl FnOnce() -> usize,
    ) -> Result<(), LimitReached> {
        let limit = self.get(bound);
        if remembered < size(limit) {
            return Ok(());
        }
        if remembered >= size(limit).saturating_mul(2).saturating_add(ENDED_REMEMBERED) {
            return Err(LimitReached { bound, limit });
        }
        self.check(bound, live(), 1)
    }
}

fn size(limit: u32) -> usize {
    usize::try_from(limit).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_bound_has_its_place_and_a_setting_of_its_own() {
        let mut limits = Limits::default();
        for (index, bound) in Bound::ALL.into_iter().enumerate() {
            assert_eq!(bound as usize, index);
            assert_eq!(limits.get(bound), bound.default());
            limits.set(bound, 7);
            assert_eq!(limits.get(bound), 7);
        }
        let mut names: Vec<_> = Bound::ALL.map(Bound::setting).to_vec();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), Bound::COUNT);
        assert!(names.iter().all(|name| name.starts_with("max_")));
    }

    #[test]
    fn refusal_names_the_setting_and_the_limit() {
        let mut limits = Limits::default();
        limits.set(Bound::ApiTokensPerMember, 2);
        assert_eq!(limits.check(Bound::ApiTokensPerMember, 1, 1), Ok(()));
        let refused = limits.check(Bound::ApiTokensPerMember, 2, 1).expect_err("too many").to_string();
        assert!(
            refused.starts_with("max_api_tokens_per_member: the limit of 2 valid API tokens"),
            "{refused}"
        );
        assert!(limits.check(Bound::ApiTokensPerMember, usize::MAX, 1).is_err());
    }

    #[test]
    fn ended_ones_are_not_counted_until_there_are_very_many() {
        let mut limits = Limits::default();
        limits.set(Bound::ApiTokensPerMember, 2);
        let check = |remembered, live| limits.check_ending(Bound::ApiTokensPerMember, remembered, || live);
        assert_eq!(check(1, 1), Ok(()));
        assert_eq!(check(500, 1), Ok(()));
        assert!(check(500, 2).is_err());
        assert!(check(4 + ENDED_REMEMBERED, 0).is_err());
    }
}
