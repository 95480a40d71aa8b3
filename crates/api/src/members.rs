//! BodyReader of a realm.

use claviger_contract::Timestamp;
use claviger_domain::{EmailAddress, MemberId, Name, Role};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::macros::{answer, body, edit};
use crate::schema::{Schema, one_of};

body! {
    pub struct NewMember {
        /// An address that no member of the realm has.
        pub email: EmailAddress,
        pub name: Name,
        pub roles: Vec<Role>,
        /// Groups to inherit scopes from.
        pub groups: Vec<Name> = Vec::new(),
    }
}

edit! {
    /// A list replaces the old one entirely.
    pub struct MemberEdit {
        pub name: Name,
        pub roles: Vec<Role>,
        pub groups: Vec<Name>,
    }
}

answer! { "Member" =>
    #[derive(Clone)]
    pub struct MemberView {
        pub id: MemberId,
        pub email: EmailAddress,
        pub name: Name,
        pub roles: Vec<Role>,
        pub groups: Vec<Name>,
        pub status: MemberStatus,
        pub disabled_at: Option<Timestamp>,
        pub created_at: Timestamp,
        pub updated_at: Timestamp,
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
