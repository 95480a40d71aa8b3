//! Limits on the number of objects of each kind. Each has a setting, a default, and an error message.

const REVOKE_UNUSED: &str = "revoke those that are no longer used";
const REMOVE_SOME: &str = "remove some first";
const REVOKE_THE_CREDENTIAL: &str = "revoke the credential instead, which invalidates all of its tokens";
const WITHDRAW_ONE: &str = "withdraw one, or wait until the last tokens of older keys have expired";
const RAISE_IT: &str = "the operator of the server can raise the limit";

/// Defines the limits: for each its setting, its default, the counted objects in the plural, and the remedy in the error
/// message.
macro_rules! limits {
    ($($bound:ident: $setting:literal, $default:literal, $what:literal, $advice:ident;)*) => {
        /// The limited kinds of objects. Ended objects do not count.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Bound {
            $($bound,)*
        }

        impl Bound {
            pub const ALL: &[Self] = &[$(Self::$bound,)*];
            const COUNT: usize = Self::ALL.len();
            const DEFAULTS: [u32; Self::COUNT] = [$($default,)*];

            pub const fn setting(self) -> &'static str {
                match self {
                    $(Self::$bound => $setting,)*
                }
            }

            pub const fn default(self) -> u32 {
                Self::DEFAULTS[self as usize]
            }

            /// The counted objects, in the plural.
            pub const fn what(self) -> &'static str {
                match self {
                    $(Self::$bound => $what,)*
                }
            }

            const fn advice(self) -> &'static str {
                match self {
                    $(Self::$bound => $advice,)*
                }
            }
        }
    };
}

limits! {
    ApiTokensPerMember: "max_api_tokens_per_member", 1_000, "valid API tokens of one member", REVOKE_UNUSED;
    PersonalAccessTokensPerMember:
        "max_personal_access_tokens_per_member", 1_000, "valid personal access tokens of one member", REVOKE_UNUSED;
    SessionsPerMember: "max_sessions_per_member", 20, "sessions of one member", REVOKE_UNUSED;
    ApplicationCredentialsPerMember:
        "max_application_credentials_per_member", 1_000, "valid application credentials of one member", REVOKE_UNUSED;
    RegistryTokensPerHolder:
        "max_registry_tokens_per_holder", 1_000, "valid registry tokens obtained with one token or by one client",
        REVOKE_UNUSED;
    TokenRevocationsPerClient:
        "max_token_revocations_per_client", 100_000,
        "single tokens of one client that are revoked and not yet expired", REVOKE_THE_CREDENTIAL;
    MemberTokensPerRealm:
        "max_member_tokens_per_realm", 1_000_000, "valid API tokens, personal access tokens and sessions of one realm",
        REVOKE_UNUSED;
    ApplicationCredentialsPerRealm:
        "max_application_credentials_per_realm", 1_000_000, "valid application credentials of one realm",
        REVOKE_UNUSED;
    RegistryTokensPerRealm:
        "max_registry_tokens_per_realm", 1_000_000, "valid registry tokens of one realm", REVOKE_UNUSED;
    TokenRevocationsPerRealm:
        "max_token_revocations_per_realm", 1_000_000,
        "single tokens of one realm that are revoked and not yet expired", REVOKE_THE_CREDENTIAL;
    // One million are guaranteed to be supported.
    ServiceCredentialsPerRealm:
        "max_service_credentials_per_realm", 2_000_000, "service credentials of one realm that are not revoked",
        REVOKE_UNUSED;
    MembersPerRealm: "max_members_per_realm", 100_000, "members of one realm", RAISE_IT;
    GroupsPerRealm: "max_groups_per_realm", 100_000, "groups of one realm", REMOVE_SOME;
    ResourcesPerRealm: "max_resources_per_realm", 100_000, "resources of one realm", REMOVE_SOME;
    ScopesPerRealm: "max_scopes_per_realm", 10_000, "registered scopes of one realm", REMOVE_SOME;
    ResourceServersPerRealm: "max_resource_servers_per_realm", 1_000, "resource servers of one realm", REMOVE_SOME;
    SourceCredentialsPerRealm:
        "max_source_credentials_per_realm", 100_000, "source credentials of one realm", REMOVE_SOME;
    SourcesPerRealm: "max_sources_per_realm", 100_000, "sources of one realm", REMOVE_SOME;
    WebhooksPerRealm: "max_webhooks_per_realm", 100, "webhooks of one realm", REMOVE_SOME;
    SigningKeysPerRealm:
        "max_signing_keys_per_realm", 100, "signing keys of one realm that are still published", WITHDRAW_ONE;
    GroupsPerCredential: "max_groups_per_credential", 100, "groups of one credential or member", REMOVE_SOME;
    GrantsPerHolder: "max_resources_per_holder", 1_000, "resources granted to one credential or group", REMOVE_SOME;
    ActionsPerResource: "max_actions_per_resource", 100, "actions of one resource", REMOVE_SOME;
    ScopesPerHolder:
        "max_scopes_per_holder", 1_000, "scopes of one group, token or application credential", REMOVE_SOME;
}

/// The limits of one server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits([u32; Bound::COUNT]);

/// The defaults, in the order of [`Bound::ALL`].
impl Default for Limits {
    fn default() -> Self {
        Self(Bound::DEFAULTS)
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
        for (index, bound) in Bound::ALL.iter().copied().enumerate() {
            assert_eq!(bound as usize, index);
            assert_eq!(limits.get(bound), bound.default());
            limits.set(bound, 7);
            assert_eq!(limits.get(bound), 7);
        }
        let mut names: Vec<_> = Bound::ALL.iter().copied().map(Bound::setting).collect();
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
