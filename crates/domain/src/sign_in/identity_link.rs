//! Which member a person at a provider is.

use claviger_contract::Timestamp;
use serde::{Deserialize, Serialize};

use crate::ids::Id;
use crate::log::actor::Actor;
use crate::records::member::MemberId;
use crate::records::names::Name;
use crate::sign_in::claims::ProviderIdentity;

pub type IdentityLinkId = Id<IdentityLink>;

/// One identity is linked with one member at most. A member may have several, such as one of each provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdentityLink {
    pub id: IdentityLinkId,
    pub member: MemberId,
    #[serde(flatten)]
    pub identity: ProviderIdentity,
    /// What the provider called the person.
    pub name: Option<Name>,
    pub state: IdentityLinkState,
    pub created_at: Timestamp,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum IdentityLinkState {
    /// Somebody signed in at the provider with the verified address of the member, whom nobody had invited.
    Requested { expires_at: Timestamp },
    /// The person signs in as the member.
    Linked { at: Timestamp, by: Actor },
}

impl IdentityLink {
    /// How long an account holder may approve a request.
    pub const REQUEST_SECONDS: i64 = 7 * 86_400;

    /// Another request deletes the oldest one.
    pub const MAX_REQUESTS_PER_MEMBER: usize = 5;

    pub const MAX_LINKS_PER_MEMBER: usize = 20;

    pub const fn is_linked(&self) -> bool {
        matches!(self.state, IdentityLinkState::Linked { .. })
    }

    /// Whether it can still be approved.
    pub fn is_requested(&self, now: Timestamp) -> bool {
        matches!(self.state, IdentityLinkState::Requested { expires_at } if now < expires_at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_epoch_seconds(1_800_000_000);

    #[test]
    fn request_ends_by_itself_and_a_link_does_not() {
        let of = |state| IdentityLink {
            id: IdentityLinkId::from_u128(1),
            member: MemberId::from_u128(2),
            identity: ProviderIdentity {
                issuer: "https://id.example".parse().expect("an issuer"),
                subject: "1".parse().expect("a subject"),
            },
            name: None,
            state,
            created_at: NOW,
        };
        let end = NOW.plus_seconds(IdentityLink::REQUEST_SECONDS);
        let requested = of(IdentityLinkState::Requested { expires_at: end });
        let by = Actor::member(MemberId::from_u128(2), "a@b.example".to_owned());
        let linked = of(IdentityLinkState::Linked { at: NOW, by });
        for (at, is_requested) in [(NOW, true), (end.plus_seconds(-1), true), (end, false)] {
            assert_eq!(requested.is_requested(at), is_requested);
            assert!(!linked.is_requested(at) && linked.is_linked() && !requested.is_linked());
        }
    }
}
