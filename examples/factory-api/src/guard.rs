//! The guard: it admits only active tokens of the requested factory with the scope that the route needs.

use actix_web::HttpRequest;
use actix_web::http::header::AUTHORIZATION;
use claviger_verifier::{PresentedToken, RealmLabel, Scope, TOKEN_HEADER, Unclear};

use crate::holder::Unavailable;
use crate::tokens::Tokens;

/// Created only by `admit`, and required for access to a factory.
pub struct Permit {
    factory: RealmLabel,
}

impl Permit {
    pub fn factory(&self) -> &RealmLabel {
        &self.factory
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    NoToken,
    Unclear(Unclear),
    Inactive,
    /// Without a token of the factory, it is reported as not found.
    OtherFactory,
    MissingScope(Scope),
    Unavailable(Unavailable),
}

pub async fn admit(request: &HttpRequest, tokens: &Tokens, needed: &Scope) -> Result<Permit, Refusal> {
    let presented = presented(request)?;
    let holder = tokens.find_holder(&presented).await.map_err(Refusal::Unavailable)?;
    let holder = holder.ok_or(Refusal::Inactive)?;
    let named = request.match_info().get("factory");
    if named.is_some_and(|named| named != holder.realm.as_str()) {
        return Err(Refusal::OtherFactory);
    }
    if !holder.scopes.covers(needed) {
        return Err(Refusal::MissingScope(needed.clone()));
    }
    Ok(Permit { factory: holder.realm })
}

fn presented(request: &HttpRequest) -> Result<PresentedToken, Refusal> {
    let values = |name: &str| request.headers().get_all(name).map(|value| value.as_bytes());
    PresentedToken::find(values(TOKEN_HEADER), values(AUTHORIZATION.as_str()))
        .map_err(Refusal::Unclear)?
        .ok_or(Refusal::NoToken)
}
