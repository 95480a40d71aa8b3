//! What an ID token does not tell: providers may answer claims of a person at the UserInfo endpoint alone
//! (OpenID Connect Core §5.4).

use claviger_vault::Outbound;
use serde_json::{Map, Value};

use crate::sign_in::document::ProviderDocument;
use crate::sign_in::failure::{Endpoint, ProviderFault};
use crate::sign_in::id_token::IdToken;
use crate::sign_in::requests::get;
use claviger_domain::{ClaimTest, SignInSettings};

/// An address and whether it is verified come from one answer, never from two.
const EMAIL: [&str; 3] = ["email", "email_verified", "xms_edov"];

/// Asks only if something is missing that the settings need.
pub fn complete(
    outbound: &dyn Outbound,
    document: &ProviderDocument,
    settings: &SignInSettings,
    access_token: Option<&str>,
    token: &mut IdToken,
) -> Result<(), ProviderFault> {
    let (Some(url), Some(access_token)) = (&document.userinfo_endpoint, access_token) else { return Ok(()) };
    let groups = settings.groups_claim.as_str();
    let (lacks_email, lacks_groups) =
        (lacks_email(&token.claims), lacks_groups(&token.claims, groups, settings));
    if !lacks_email && !lacks_groups {
        return Ok(());
    }
    let mut info = get(outbound, Endpoint::UserInfo, url, Some(access_token))?;
    if info.get("sub").and_then(Value::as_str) != Some(token.subject.as_str()) {
        return Err(ProviderFault::OtherPerson);
    }
    if lacks_email && info.contains_key("email") {
        for name in EMAIL {
            token.claims.remove(name);
            token.claims.extend(info.remove_entry(name));
        }
    }
    for name in ["name", "preferred_username", "_claim_names", groups] {
        // What is signed counts more.
        if !token.claims.contains_key(name) && !EMAIL.contains(&name) {
            token.claims.extend(info.remove_entry(name));
        }
    }
    Ok(())
}

fn lacks_email(claims: &Map<String, Value>) -> bool {
    !(claims.contains_key("email")
        && (claims.contains_key("email_verified") || claims.contains_key("xms_edov")))
}

fn lacks_groups(claims: &Map<String, Value>, groups: &str, settings: &SignInSettings) -> bool {
    settings.rules.iter().any(|rule| matches!(rule.test, ClaimTest::Group(_)))
        && !claims.contains_key(groups)
        && !claims.contains_key("_claim_names")
}
