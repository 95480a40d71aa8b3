//! Members: people who sign in.

use claviger_contract::Timestamp;
use serde::{Deserialize, Serialize};

use crate::ids::Id;
use crate::records::names::{EmailAddress, Name};
use crate::records::role::Role;

pub type MemberId = Id<Member>;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    pub id: MemberId,
    pub email: EmailAddress,
    pub name: Name,
    /// Sorted.
    pub roles: Vec<Role>,
    /// Sorted.
    pub groups: Vec<Name>,
    pub state: MemberState,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// Disabling revokes everything that the member owns; objects that they created for the realm remain valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum MemberState {
    Active,
    Disabled { at: Timestamp },
}

impl Member {
    pub fn is_active(&self) -> bool {
        self.state == MemberState::Active
    }

    pub fn has_role(&self, role: Role) -> bool {
        self.roles.contains(&role)
    }

    /// Account holders and system administrators manage everything and hold every registered scope.
    pub fn administers(&self) -> bool {
        self.has_role(Role::AccountHolder) || self.has_role(Role::SysAdmin)
    }

    pub fn audits(&self) -> bool {
        self.administers() || self.has_role(Role::Auditor)
    }
}
