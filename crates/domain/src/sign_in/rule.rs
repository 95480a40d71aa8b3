//! A rule that gives a role to people with a claim.

use serde::{Deserialize, Serialize};

use crate::records::names::EmailAddress;
use crate::records::role::Role;
use crate::sign_in::claims::PersonClaims;
use crate::sign_in::email_domain::EmailDomain;
use crate::sign_in::texts::ClaimText;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoleRule {
    #[serde(flatten)]
    pub test: ClaimTest,
    pub role: Role,
}

/// A claim and the value that it must have, exactly.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "claim", content = "value", rename_all = "snake_case")]
pub enum ClaimTest {
    /// One of the groups.
    Group(ClaimText),
    /// The verified e-mail address.
    Email(EmailAddress),
    /// See [`PersonClaims::domain`].
    Domain(EmailDomain),
    /// `tid`, the tenant at Microsoft Entra.
    Tenant(ClaimText),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RuleVerdict {
    Fits,
    /// The claim is there, and its value is another or not verified.
    Differs,
    /// The provider has said nothing about it.
    Absent,
}

impl ClaimTest {
    /// The name of the claim as settings have it, and the value.
    pub fn parts(&self) -> (&'static str, String) {
        match self {
            Self::Group(value) => ("group", value.to_string()),
            Self::Email(value) => ("email", value.to_string()),
            Self::Domain(value) => ("domain", value.to_string()),
            Self::Tenant(value) => ("tenant", value.to_string()),
        }
    }
}

impl RoleRule {
    pub fn verdict(&self, claims: &PersonClaims) -> RuleVerdict {
        let told = match &self.test {
            ClaimTest::Group(group) => {
                claims.groups.as_ref().map(|groups| groups.iter().any(|one| one == group.as_str()))
            }
            ClaimTest::Email(address) => {
                claims.email.as_ref().map(|email| email.verified.as_ref() == Some(address))
            }
            ClaimTest::Domain(domain) => claims.domain().map(|told| told.as_ref() == Some(domain)),
            ClaimTest::Tenant(tenant) => claims.tenant.as_ref().map(|told| told == tenant.as_str()),
        };
        match told {
            Some(true) => RuleVerdict::Fits,
            Some(false) => RuleVerdict::Differs,
            None => RuleVerdict::Absent,
        }
    }
}
