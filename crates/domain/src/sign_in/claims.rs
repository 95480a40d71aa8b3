//! What a provider says of a person.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::records::names::{EmailAddress, Name};
use crate::sign_in::email_domain::EmailDomain;
use crate::sign_in::issuer::IssuerUrl;
use crate::sign_in::texts::{ClaimText, ProviderSubject};

/// Who somebody is at a provider. Everything else about a person may change, or belong to another person later.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ProviderIdentity {
    pub issuer: IssuerUrl,
    pub subject: ProviderSubject,
}

/// `None` always means that the provider has said nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonClaims {
    pub identity: ProviderIdentity,
    pub email: Option<StatedEmail>,
    /// For a new member; the e-mail address if the provider tells no usable name.
    pub name: Option<Name>,
    pub groups: Option<Vec<String>>,
    /// `hd` of Google.
    pub hosted_domain: Option<String>,
    /// `tid` of Microsoft Entra.
    pub tenant: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatedEmail {
    /// As it was sent, to be shown to the person.
    pub shown: String,
    /// Only if the provider has verified that the person receives its mail.
    pub verified: Option<EmailAddress>,
}

/// Of an e-mail address that is no valid one.
const MAX_SHOWN: usize = 254;

impl PersonClaims {
    /// Reads the claims of an ID token whose signature was verified. Members of other types than expected are claims
    /// without a usable value, not absent ones.
    pub fn read(identity: ProviderIdentity, claims: &Map<String, Value>, groups_claim: &ClaimText) -> Self {
        // A null says no more than an absent member (OpenID Connect Core §5.3.2).
        let told = |name: &str| claims.get(name).filter(|value| !value.is_null());
        let text = |name: &str| told(name).map(|value| value.as_str().unwrap_or_default().to_owned());
        let email = told("email").map(|value| {
            let sent = value.as_str().unwrap_or_default();
            let is_verified = is_true(told("email_verified"))
                // Entra sends no `email_verified`: anybody who administers a tenant can write any address there. This
                // optional claim tells that the owner of the domain is verified.
                || identity.issuer.is_entra() && is_true(told("xms_edov"));
            let verified = is_verified.then(|| sent.parse().ok()).flatten();
            StatedEmail { shown: sent.chars().take(MAX_SHOWN).collect(), verified }
        });
        let names = ["name", "preferred_username", "email"];
        let name = names.into_iter().find_map(|name| person_name(told(name)?.as_str()?));
        Self {
            email,
            name,
            groups: groups(claims, groups_claim),
            hosted_domain: text("hd"),
            tenant: text("tid"),
            identity,
        }
    }

    pub fn verified_email(&self) -> Option<&EmailAddress> {
        self.email.as_ref()?.verified.as_ref()
    }

    /// The domain of the person's organization: that of the verified e-mail address, at Google the claim `hd`. A Google
    /// account without it belongs to no organization, whatever its address is. `Some(None)` is one that cannot be
    /// trusted or used.
    pub fn domain(&self) -> Option<Option<EmailDomain>> {
        if self.identity.issuer.is_google() {
            return Some(self.hosted_domain.as_ref().and_then(|domain| domain.parse().ok()));
        }
        let email = self.email.as_ref()?;
        Some(email.verified.as_ref().and_then(EmailDomain::of))
    }
}

/// Some providers send it as a text.
fn is_true(value: Option<&Value>) -> bool {
    match value {
        Some(Value::Bool(value)) => *value,
        Some(Value::String(text)) => text == "true" || text == "1",
        Some(Value::Number(number)) => number.as_u64() == Some(1),
        _ => false,
    }
}

/// One group may be a text. Entra replaces groups that are too many by a reference to another service
/// (`_claim_names`), which says nothing about any of them.
fn groups(claims: &Map<String, Value>, name: &ClaimText) -> Option<Vec<String>> {
    let elsewhere = claims.get("_claim_names").and_then(|names| names.get(name.as_str()));
    if elsewhere.is_some() {
        return None;
    }
    match claims.get(name.as_str())? {
        Value::Null => None,
        Value::String(one) => Some(vec![one.clone()]),
        Value::Array(all) => Some(all.iter().filter_map(Value::as_str).map(str::to_owned).collect()),
        _ => Some(Vec::new()),
    }
}

/// Its first characters, if they are visible ones.
fn person_name(text: &str) -> Option<Name> {
    let short: String = text.trim().chars().take(64).collect();
    short.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(issuer: &str, claims: Value) -> PersonClaims {
        let identity = ProviderIdentity {
            issuer: issuer.parse().expect("an issuer"),
            subject: "1".parse().expect("a subject"),
        };
        let claims = claims.as_object().expect("an object");
        PersonClaims::read(identity, claims, &"groups".parse().expect("a name"))
    }

    const KEYCLOAK: &str = "https://id.example/realms/acme";
    const GOOGLE: &str = "https://accounts.google.com";
    const ENTRA: &str = "https://login.microsoftonline.com/8f/v2.0";

    #[test]
    fn address_counts_only_if_the_provider_has_verified_it() {
        for (issuer, claims, verified) in [
            (KEYCLOAK, json!({"email": "A@b.example", "email_verified": true}), true),
            (KEYCLOAK, json!({"email": "a@b.example", "email_verified": "true"}), true),
            (KEYCLOAK, json!({"email": "a@b.example", "email_verified": false}), false),
            (KEYCLOAK, json!({"email": "a@b.example", "email_verified": "false"}), false),
            (KEYCLOAK, json!({"email": "a@b.example", "email_verified": null}), false),
            (KEYCLOAK, json!({"email": "a@b.example", "email_verified": [true]}), false),
            (KEYCLOAK, json!({"email": "a@b.example"}), false),
            (KEYCLOAK, json!({"email": "a@b.example", "xms_edov": true}), false),
            (KEYCLOAK, json!({"email": ["a@b.example"], "email_verified": true}), false),
            (KEYCLOAK, json!({"email": "a", "email_verified": true}), false),
            (ENTRA, json!({"email": "a@b.example"}), false),
            (ENTRA, json!({"email": "a@b.example", "xms_edov": true}), true),
            (ENTRA, json!({"email": "a@b.example", "xms_edov": "1"}), true),
            (ENTRA, json!({"email": "a@b.example", "xms_edov": 0}), false),
        ] {
            let read = read(issuer, claims.clone());
            assert!(read.email.is_some(), "{claims}");
            let address: EmailAddress = "a@b.example".parse().expect("an address");
            assert_eq!(read.verified_email(), verified.then_some(&address), "{issuer} {claims}");
        }
        for claims in [json!({}), json!({"email": null}), json!({"email_verified": true})] {
            assert_eq!(read(KEYCLOAK, claims).email, None);
        }
    }

    #[test]
    fn domain_is_that_of_the_organization() {
        let acme: EmailDomain = "acme.example".parse().expect("a domain");
        let verified = json!({"email": "a@acme.example", "email_verified": true});
        for (issuer, claims, domain) in [
            (KEYCLOAK, verified.clone(), Some(Some(acme.clone()))),
            (KEYCLOAK, json!({"email": "a@acme.example"}), Some(None)),
            (KEYCLOAK, json!({"hd": "acme.example"}), None),
            (KEYCLOAK, json!({"email": "a@10.0.0.1", "email_verified": true}), Some(None)),
            (GOOGLE, json!({"hd": "Acme.example"}), Some(Some(acme))),
            (GOOGLE, verified, Some(None)),
            (GOOGLE, json!({}), Some(None)),
            (GOOGLE, json!({"hd": 1}), Some(None)),
        ] {
            assert_eq!(read(issuer, claims.clone()).domain(), domain, "{issuer} {claims}");
        }
    }

    #[test]
    fn groups_that_are_elsewhere_are_absent() {
        let some = |names: &[&str]| Some(names.iter().map(|name| (*name).to_owned()).collect());
        for (claims, groups) in [
            (json!({}), None),
            (json!({"groups": null}), None),
            (json!({"groups": []}), some(&[])),
            (json!({"groups": "a"}), some(&["a"])),
            (json!({"groups": ["a", 1, "b", null]}), some(&["a", "b"])),
            (json!({"groups": {"a": true}}), some(&[])),
            (json!({"_claim_names": {"groups": "src1"}}), None),
            (json!({"groups": ["a"], "_claim_names": {"groups": "src1"}}), None),
            (json!({"groups": ["a"], "_claim_names": {"other": "src1"}}), some(&["a"])),
        ] {
            assert_eq!(read(KEYCLOAK, claims.clone()).groups, groups, "{claims}");
        }
    }

    #[test]
    fn name_is_one_that_can_be_stored() {
        for (claims, name) in [
            (json!({"name": " Ana Souza "}), Some("Ana Souza")),
            (json!({"name": "a\nb", "preferred_username": "ana"}), Some("ana")),
            (json!({"name": "x".repeat(80)}), Some(&*"x".repeat(64))),
            (json!({"name": 7, "email": "ana@acme.example"}), Some("ana@acme.example")),
            (json!({}), None),
        ] {
            assert_eq!(read(KEYCLOAK, claims.clone()).name.as_ref().map(Name::as_str), name, "{claims}");
        }
    }
}
