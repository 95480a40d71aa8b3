//! Sign-in of the command line: a member approves it in the console, and the command line exchanges the code of that
//! approval for a personal access token, once.

use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use claviger_api::{CreatedMemberToken, NewMemberToken};
use claviger_contract::RealmLabel;
use serde::{Deserialize, Serialize};

use crate::administration::error::AdministrationError;
use crate::administration::member_tokens::create_member_token;
use crate::administration::setting::Administration;
use crate::administration::sign_in::kept_text;
use crate::crypto::{is_same_text, sha256};
use crate::ledger::{Act, Caller, Denied, Right};
use claviger_domain::{Attempt, BuiltInScope, MemberId, MemberTokenId, MemberTokenKind, Name};

/// How long the token is valid.
pub const COMMAND_LINE_TOKEN_DAYS: i64 = 90;

/// Time enough for a browser that goes on by itself, and for somebody who copies the code.
pub const COMMAND_LINE_CODE_SECONDS: i64 = 60;

const DAY: i64 = 86_400;

/// SHA-256 of a verifier that the command line alone knows, in base64url (RFC 7636 §4.2, `S256`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CodeChallenge(String);

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be a SHA-256 digest in base64url")]
pub struct InvalidCodeChallenge;

impl FromStr for CodeChallenge {
    type Err = InvalidCodeChallenge;

    fn from_str(text: &str) -> Result<Self, InvalidCodeChallenge> {
        match URL_SAFE_NO_PAD.decode(text) {
            Ok(digest) if digest.len() == 32 => Ok(Self(text.to_owned())),
            _ => Err(InvalidCodeChallenge),
        }
    }
}

impl CodeChallenge {
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn is_of(&self, verifier: &str) -> bool {
        is_same_text(&URL_SAFE_NO_PAD.encode(sha256(verifier.as_bytes()).0), &self.0)
    }
}

/// What the command line asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommandLineSignIn {
    pub challenge: CodeChallenge,
    /// What the member recognizes the token by.
    pub device: Name,
}

/// Who approved what. The members have short names, because people may copy the code.
#[derive(Serialize, Deserialize)]
struct Approval {
    #[serde(rename = "m")]
    member: MemberId,
    /// What the member approved it with. The code ends with it.
    #[serde(rename = "t")]
    token: MemberTokenId,
    #[serde(rename = "c")]
    challenge: CodeChallenge,
    #[serde(rename = "d")]
    device: Name,
}

/// The code of an approval. Nothing is stored: the code and its verifier together make the token.
pub fn approve_command_line(
    administration: &Administration,
    act: &Act,
    asked: &CommandLineSignIn,
) -> Result<String, AdministrationError> {
    let Caller::Member { member, token } = act.caller else {
        return Err(Denied::MissingRole("member: such a token belongs to a member").into());
    };
    administration.read(act, Right::ManageOwn)?;
    let CommandLineSignIn { challenge, device } = asked.clone();
    kept_text::seal(administration, &identity(&act.realm), &Approval { member, token, challenge, device })
}

/// What is presented at the exchange.
pub struct PresentedApproval<'a> {
    pub code: &'a str,
    pub verifier: &'a str,
    pub address: Option<String>,
    pub request_id: Option<String>,
}

/// Makes the token, as the member who approved it. A second exchange of the same code is refused, at every node.
pub fn exchange_approval(
    administration: &Administration,
    realm: &RealmLabel,
    presented: PresentedApproval<'_>,
) -> Result<CreatedMemberToken, AdministrationError> {
    let PresentedApproval { code, verifier, address, request_id } = presented;
    let opened = kept_text::open(administration, &identity(realm), code, COMMAND_LINE_CODE_SECONDS);
    let Approval { member, token, challenge, device } = opened.ok_or_else(not_valid)?;
    if !challenge.is_of(verifier) {
        return Err(AdministrationError::invalid("verifier", "is not that of the code"));
    }
    let invalid = |field: &str, error: &dyn std::fmt::Display| AdministrationError::invalid(field, error);
    let key = URL_SAFE_NO_PAD.encode(sha256(code.as_bytes()).0);
    let key = key.parse().map_err(|error| invalid("code", &error))?;
    let act = Act {
        address,
        request_id,
        attempt: Some(Attempt { operation: "sign-in of the command line".to_owned(), key }),
        ..Act::local(realm.clone(), Caller::Member { member, token })
    };
    let read_update = BuiltInScope::AdminReadUpdate.as_str();
    let new = NewMemberToken {
        description: format!("claviger login on {device}")
            .parse()
            .map_err(|error| invalid("code", &error))?,
        expires_at: administration.ledger.now().plus_seconds(COMMAND_LINE_TOKEN_DAYS * DAY),
        scopes: vec![read_update.parse().map_err(|error| invalid("code", &error))?],
    };
    let kind = MemberTokenKind::PersonalAccessToken;
    create_member_token(administration, &act, kind, new).map_err(|error| match error {
        AdministrationError::Denied(Denied::TokenOver) | AdministrationError::NotFound("realm") => not_valid(),
        AdministrationError::AlreadyMade(id) => AdministrationError::Conflict(format!(
            "the code was exchanged before: revoke the personal access token {id} if you do not know who did it"
        )),
        error => error,
    })
}

/// Says no more, so that nobody learns what a code was.
fn not_valid() -> AdministrationError {
    AdministrationError::invalid("code", "is not valid, or not any more: a code is valid for one minute")
}

fn identity(realm: &RealmLabel) -> String {
    format!("command_line/{realm}")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of RFC 7636, appendix B.
    #[test]
    fn challenge_is_that_of_its_verifier_alone() {
        let challenge: CodeChallenge =
            "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM".parse().expect("a challenge");
        assert!(challenge.is_of("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"));
        assert!(!challenge.is_of("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXl"));
        assert!(!challenge.is_of("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"), "the plain method is none");
        for bad in
            ["", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-c", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw+cM"]
        {
            assert_eq!(bad.parse::<CodeChallenge>(), Err(InvalidCodeChallenge), "{bad}");
        }
    }
}
