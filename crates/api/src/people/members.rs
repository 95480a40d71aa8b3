//! BodyReader of a realm.

use claviger_contract::Timestamp;
use claviger_domain::{EmailAddress, MemberId, Name, Role};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::macros::{answer, body, edit};
use crate::people::identities::MemberIdentity;
use crate::schema::{Schema, one_of};
use crate::secrets::shown_once::ShownOnce;

body! {
    pub struct NewMember {
        /// An address that no member of the realm has.
        pub email: EmailAddress,
        /// The name to show.
        pub name: Name,
        /// At least one role.
        pub roles: Vec<Role>,
        /// Groups to inherit scopes from.
        pub groups: Vec<Name> = Vec::new(),
    }
}

edit! {
    /// A list replaces the old one entirely.
    pub struct MemberEdit {
        /// The name to show.
        pub name: Name,
        /// Replaces all roles.
        pub roles: Vec<Role>,
        /// Replaces all groups.
        pub groups: Vec<Name>,
    }
}

answer! { "Member" =>
    #[derive(Clone)]
    pub struct MemberView {
        /// The id of the member.
        pub id: MemberId,
        /// The e-mail address, which identifies the member.
        pub email: EmailAddress,
        /// The name to show.
        pub name: Name,
        /// What the member may do.
        pub roles: Vec<Role>,
        /// Groups whose scopes and actions the member holds.
        pub groups: Vec<Name>,
        /// The people at providers who sign in as the member, or ask an account holder to let them.
        pub identities: Vec<MemberIdentity>,
        /// Whether the member can act.
        pub status: MemberStatus,
        /// When the member was disabled; null if it was not.
        pub disabled_at: Option<Timestamp>,
        /// When it was created.
        pub created_at: Timestamp,
        /// When it was last changed.
        pub updated_at: Timestamp,
    }
}

answer! {
    /// The only answer that has the link.
    pub struct SignInLink {
        /// The page on which the member sets the password of a local account. It works once. For example
        /// `https://claviger.example/console/acme/invitation?code=…`.
        pub link: ShownOnce,
        /// Until then the link works.
        pub expires_at: Timestamp,
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MemberStatus {
    Active,
    Disabled,
}

impl MemberStatus {
    pub const NAMES: &'static [&'static str] = &[Self::Active.as_str(), Self::Disabled.as_str()];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Disabled => "disabled",
        }
    }
}

impl Schema for MemberStatus {
    fn schema() -> Value {
        one_of(Self::NAMES)
    }
}
