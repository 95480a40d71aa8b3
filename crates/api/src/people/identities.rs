//! The people at providers who sign in as a member.

use claviger_contract::Timestamp;
use claviger_domain::{Actor, IdentityLinkId, IssuerUrl, Name, ProviderSubject};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::macros::{answer, body};
use crate::schema::{Schema, one_of};

body! {
    pub struct NewIdentity {
        /// The issuer of the OpenID Connect provider.
        pub issuer: IssuerUrl,
        /// The `sub` of the person there, exactly. For example `248289761001`.
        pub subject: ProviderSubject,
    }
}

answer! { "MemberIdentity" =>
    #[derive(Clone)]
    pub struct MemberIdentity {
        /// The id of the link or request.
        pub id: IdentityLinkId,
        /// The issuer of the OpenID Connect provider.
        pub issuer: IssuerUrl,
        /// The `sub` of the person there. For example `248289761001`.
        pub subject: ProviderSubject,
        /// What the provider called the person; null if an administrator linked them ahead.
        pub name: Option<Name>,
        /// Whether the person signs in as the member, or asks an account holder to let them.
        pub status: IdentityStatus,
        /// When the person asked, or was linked.
        pub created_at: Timestamp,
        /// Until then a request can be approved; null for a link.
        pub expires_at: Option<Timestamp>,
        /// When it was linked; null for a request.
        pub linked_at: Option<Timestamp>,
        /// Who linked it: an account holder, or the member by signing in; null for a request.
        pub linked_by: Option<Actor>,
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IdentityStatus {
    Requested,
    Linked,
}

impl IdentityStatus {
    pub const NAMES: &'static [&'static str] = &[Self::Requested.as_str(), Self::Linked.as_str()];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Requested => "requested",
            Self::Linked => "linked",
        }
    }
}

impl Schema for IdentityStatus {
    fn schema() -> Value {
        one_of(Self::NAMES)
    }
}

impl Schema for ProviderSubject {
    fn schema() -> Value {
        json!({"type": "string", "minLength": 1, "maxLength": 255, "examples": ["248289761001"]})
    }
}
