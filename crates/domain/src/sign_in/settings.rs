//! How people of a realm sign in at a provider of OpenID Connect.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::records::names::Name;
use crate::sign_in::claims::PersonClaims;
use crate::sign_in::email_domain::EmailDomain;
use crate::sign_in::issuer::IssuerUrl;
use crate::sign_in::rule::{RoleRule, RuleVerdict};
use crate::sign_in::texts::{ClaimText, ProviderClientId};

const GROUPS: &str = "groups";

/// The client secret is not part of them: it is sealed in its row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignInSettings {
    /// Shown on the button.
    pub provider_name: Name,
    pub issuer: IssuerUrl,
    pub client_id: ProviderClientId,
    /// Where groups are found: a member of the ID token or of the answer of the UserInfo endpoint.
    #[serde(default = "SignInSettings::default_groups_claim", skip_serializing_if = "is_groups_claim")]
    pub groups_claim: ClaimText,
    /// Empty: any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub allowed_domains: Vec<EmailDomain>,
    pub admission: Admission,
    /// The first that fits decides.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<RoleRule>,
}

/// Who becomes a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Admission {
    /// Everybody to whom a rule gives a role, at their first sign-in.
    ByRule,
    /// Only people whom an administrator has invited.
    Invited,
}

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidSignInSettings {
    #[error("must be at most {}", SignInSettings::MAX_RULES)]
    Rules,
    #[error("must be at most {}", SignInSettings::MAX_DOMAINS)]
    Domains,
}

impl SignInSettings {
    pub const MAX_RULES: usize = 100;
    pub const MAX_DOMAINS: usize = 100;

    /// Where most providers list groups.
    #[expect(clippy::expect_used, reason = "the text is a constant that a test reads")]
    pub fn default_groups_claim() -> ClaimText {
        GROUPS.parse().expect("a claim's name")
    }

    pub fn check(&self) -> Result<(), InvalidSignInSettings> {
        if self.rules.len() > Self::MAX_RULES {
            return Err(InvalidSignInSettings::Rules);
        }
        if self.allowed_domains.len() > Self::MAX_DOMAINS {
            return Err(InvalidSignInSettings::Domains);
        }
        Ok(())
    }

    /// The position of the first rule that fits, from 0.
    pub fn fitting_rule(&self, claims: &PersonClaims) -> Option<usize> {
        self.rules.iter().position(|rule| rule.verdict(claims) == RuleVerdict::Fits)
    }
}

fn is_groups_claim(name: &ClaimText) -> bool {
    name.as_str() == GROUPS
}

impl Admission {
    pub const NAMES: &[&str] = &["by_rule", "invited"];
}

impl FromStr for Admission {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "by_rule" => Ok(Self::ByRule),
            "invited" => Ok(Self::Invited),
            _ => Err(format!("must be {}", Self::NAMES.join(" or "))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_read_back() {
        let least = r#"{"provider_name":"Acme SSO","issuer":"https://id.example","client_id":"c","admission":"by_rule"}"#;
        let whole = r#"{"provider_name":"Acme SSO","issuer":"https://id.example","client_id":"c","groups_claim":"https://acme.example/groups","allowed_domains":["acme.example"],"admission":"invited","rules":[{"claim":"group","value":"/it","role":"sys_admin"},{"claim":"email","value":"a@b.example","role":"auditor"},{"claim":"domain","value":"acme.example","role":"member"},{"claim":"tenant","value":"8f-1","role":"member"}]}"#;
        for text in [least, whole] {
            let settings: SignInSettings = serde_json::from_str(text).expect("settings");
            assert_eq!(settings.check(), Ok(()));
            assert_eq!(serde_json::to_string(&settings).expect("JSON"), text);
        }
    }

    #[test]
    fn lists_are_bounded() {
        let text =
            r#"{"provider_name":"a","issuer":"https://id.example","client_id":"c","admission":"by_rule"}"#;
        let settings: SignInSettings = serde_json::from_str(text).expect("settings");
        let rule: RoleRule =
            serde_json::from_str(r#"{"claim":"group","value":"a","role":"member"}"#).expect("a rule");
        let of = |rules: usize, domains: usize| SignInSettings {
            rules: vec![rule.clone(); rules],
            allowed_domains: vec!["a.example".parse().expect("a domain"); domains],
            ..settings.clone()
        };
        assert_eq!(of(100, 100).check(), Ok(()));
        assert_eq!(of(101, 0).check(), Err(InvalidSignInSettings::Rules));
        assert_eq!(of(0, 101).check(), Err(InvalidSignInSettings::Domains));
    }
}
