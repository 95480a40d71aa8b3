//! Text form of access tokens and introspection responses.

use claviger_contract::Timestamp;
use claviger_domain::Receipt;
use serde::Deserialize;

use crate::commands::realms::receipt::write_receipt;
use crate::failure::Failure;
use crate::server::answer::Answer;
use crate::terminal::cell::{BAD, Cell, GOOD};
use crate::terminal::output::{Output, Readable};
use crate::terminal::page::{Facts, Page};

#[derive(Deserialize)]
pub struct IssuedToken {
    pub access_token: String,
}

/// RFC 7662 §2.2. All members except `active` may be missing.
#[derive(Deserialize)]
struct Introspection {
    active: bool,
    iss: Option<String>,
    sub: Option<String>,
    client_id: Option<String>,
    aud: Option<OneOrMany>,
    scope: Option<String>,
    iat: Option<i64>,
    exp: Option<i64>,
    jti: Option<String>,
    #[serde(default)]
    groups: Vec<String>,
    pos: Option<u64>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

/// A receipt, or `{}` if there was nothing to revoke.
#[derive(Deserialize)]
#[serde(untagged, deny_unknown_fields)]
enum Revocation {
    Done(Box<Receipt>),
    Nothing {},
}

pub fn show_introspection(answer: &Answer, output: &mut Output) -> Result<(), Failure> {
    output.answer::<Introspection>(answer)
}

pub fn show_revocation(answer: &Answer, output: &mut Output) -> Result<(), Failure> {
    output.answer::<Revocation>(answer)
}

impl Readable for Introspection {
    fn write(&self, page: &mut Page) {
        if !self.active {
            return page.facts(&Facts::default().fact("Active", Cell::painted(BAD, "no")));
        }
        let time =
            |seconds: Option<i64>| seconds.map(|seconds| Timestamp::from_epoch_seconds(seconds).to_string());
        let audiences = match &self.aud {
            None => &[][..],
            Some(OneOrMany::One(audience)) => std::slice::from_ref(audience),
            Some(OneOrMany::Many(audiences)) => audiences,
        };
        let scopes = self.scope.iter().flat_map(|scope| scope.split(' ')).filter(|scope| !scope.is_empty());
        page.facts(
            &Facts::default()
                .fact("Active", Cell::painted(GOOD, "yes"))
                .fact_if("Client id", self.client_id.as_ref())
                .fact_if("Subject", self.sub.as_ref().filter(|sub| Some(*sub) != self.client_id.as_ref()))
                .list("Scopes", scopes)
                .list("Groups", &self.groups)
                .list("Audience", audiences)
                .fact_if("Issuer", self.iss.as_ref())
                .fact_if("Issued", time(self.iat))
                .fact_if("Expires", time(self.exp))
                .fact_if("Token id", self.jti.as_ref())
                .fact_if("Position", self.pos.map(|position| position.to_string())),
        );
    }
}

impl Readable for Revocation {
    fn write(&self, page: &mut Page) {
        match self {
            Self::Done(receipt) => write_receipt(page, "Revoked the token.", receipt),
            Self::Nothing {} => {
                page.heading("There was nothing to revoke.");
                page.line("The token has expired, is already revoked, or does not belong to this client.");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn receipt_that_cannot_be_read_is_not_taken_for_nothing() {
        assert!(matches!(serde_json::from_str("{}"), Ok(Revocation::Nothing {})));
        assert!(serde_json::from_str::<Revocation>(r#"{"position":7}"#).is_err());
    }
}
