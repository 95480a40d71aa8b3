//! The guard: it admits only active tokens of the requested factory with the scope that the route needs.

use actix_web::http::header::AUTHORIZATION;
use actix_web::{HttpRequest, web};
use claviger_contract::{PresentedToken, RealmLabel, Scope, TOKEN_HEADER, Unclear};

use crate::introspector::{Holder, Introspector, Unavailable};

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

pub async fn admit(
    request: &HttpRequest,
    introspector: &web::Data<Introspector>,
    needed: &Scope,
) -> Result<Permit, Refusal> {
    let token = presented(request)?;
    let introspector = introspector.clone();
    let asked = web::block(move || first_active(&introspector, &token)).await;
    let holder = match asked {
        Ok(Ok(Some(holder))) => holder,
        Ok(Ok(None)) => return Err(Refusal::Inactive),
        Ok(Err(unavailable)) => return Err(Refusal::Unavailable(unavailable)),
        Err(_) => return Err(Refusal::Unavailable(Unavailable { retry_after: 1 })),
    };
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

fn first_active(introspector: &Introspector, token: &PresentedToken) -> Result<Option<Holder>, Unavailable> {
    for reading in token.readings() {
        if let Some(holder) = introspector.ask(reading)? {
            return Ok(Some(holder));
        }
    }
    Ok(None)
}
