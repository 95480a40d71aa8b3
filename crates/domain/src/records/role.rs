//! Roles: the administrative rights of a member.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Manages everything, and alone appoints account holders.
    AccountHolder,
    /// Manages everything but account holders.
    SysAdmin,
    /// Reads everything.
    Auditor,
    /// Manages what they own.
    Member,
}

impl Role {
    pub const ALL: [Self; 4] = [Self::AccountHolder, Self::SysAdmin, Self::Auditor, Self::Member];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AccountHolder => "account_holder",
            Self::SysAdmin => "sys_admin",
            Self::Auditor => "auditor",
            Self::Member => "member",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Role {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|role| role.as_str() == text)
            .ok_or_else(|| format!("\"{text}\" is not a role: account_holder, sys_admin, auditor or member"))
    }
}
