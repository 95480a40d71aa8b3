//! The service credential that a drill creates and revokes.

use std::time::Instant;

use claviger_api::{CreatedCredential, CredentialRevocation};
use claviger_domain::Receipt;
use serde_json::json;

use crate::commands::tokens::token_view::IssuedToken;
use crate::environment::{instant, now};
use crate::failure::{Exit, Failure};
use crate::server::client::Client;
use crate::server::oauth_client::OAuthClient;
use crate::terminal::secret_input::PresentedSecret;
use crate::values::grant::Grant;
use crate::values::identifier::{Identifier, Reference};
use crate::values::shared_flags::{Settled, WaitFlag};

const ROUTE: &str = "service-credentials";

/// The shortest that there are: if it is left behind, it ends by itself.
const VALIDITY_DAYS: u32 = 30;
const TOKEN_LIFETIME_SECONDS: u32 = 900;

const DESCRIPTION: &str = "Made by `claviger revocation drill`, which revokes it. Not in use otherwise.";

/// Exists until it is revoked: each path from here leads to [`Throwaway::remove`].
pub struct Throwaway<'c> {
    client: &'c Client,
    pub name: String,
    pub id: Identifier,
    key: PresentedSecret,
    is_revoked: bool,
}

impl<'c> Throwaway<'c> {
    pub fn create(client: &'c Client, groups: &[String], resources: &[Grant]) -> Result<Self, Failure> {
        let name = format!("revocation-drill-{}-{}", now(), std::process::id());
        let body = json!({
            "name": name, "description": DESCRIPTION, "validity_days": VALIDITY_DAYS,
            "token_ttl_seconds": TOKEN_LIFETIME_SECONDS, "groups": groups, "resources": resources,
        });
        let created =
            client.create(&[ROUTE], &body).and_then(|answer| Self::read(client, &name, &answer.decode()?));
        created.map_err(|failure| match failure.exit {
            // It may exist nevertheless.
            Exit::Unreachable | Exit::Failure => swept(client, name, failure),
            _ => failure,
        })
    }

    fn read(client: &'c Client, name: &str, created: &CreatedCredential) -> Result<Self, Failure> {
        let unreadable = |error: String| Failure::new(Exit::Failure, error);
        Ok(Self {
            client,
            name: name.to_owned(),
            id: created.credential.id.to_string().parse().map_err(unreadable)?,
            key: created.client_key.expose().parse().unwrap_or_else(|never| match never {}),
            is_revoked: false,
        })
    }

    /// For one audience, or for the whole realm.
    pub fn token(&self, settled: &Settled, audience: Option<&str>) -> Result<String, Failure> {
        let oauth = OAuthClient::of(settled, self.id.as_str(), &self.key)?;
        let mut form = vec![("grant_type", "client_credentials")];
        form.extend(audience.map(|audience| ("resource", audience)));
        let IssuedToken { access_token } = oauth.post("token", &form)?.decode()?;
        Ok(access_token)
    }

    /// With the moment at which the answer had arrived.
    pub fn revoke(&mut self) -> Result<(Receipt, Instant), Failure> {
        let revocation = CredentialRevocation { name: self.name.clone() };
        let path = [ROUTE, self.id.as_str(), "revoke"];
        let answer = self.client.act(&path, WaitFlag::default(), &revocation)?;
        let answered_at = instant();
        self.is_revoked = true;
        Ok((answer.decode()?, answered_at))
    }

    /// Does nothing if it is revoked already.
    pub fn end(&mut self) -> Result<(), Failure> {
        if self.is_revoked { Ok(()) } else { self.revoke().map(drop) }
    }

    pub fn remove(mut self) -> Result<(), Failure> {
        self.end().map_err(|failure| left(&self.name, &failure))
    }
}

/// Revokes what was created although the answer was lost.
fn swept(client: &Client, name: String, failure: Failure) -> Failure {
    let id = match client.find(ROUTE, &Reference::Name(name.clone())) {
        Ok(id) => id,
        Err(found) if found.exit == Exit::NotFound => return failure,
        Err(found) => return left(&name, &found),
    };
    let key = String::new().parse().unwrap_or_else(|never| match never {});
    match (Throwaway { client, name, id, key, is_revoked: false }).remove() {
        Ok(()) => failure.and("The throw-away credential was revoked"),
        Err(failure) => failure,
    }
}

fn left(name: &str, failure: &Failure) -> Failure {
    let message = format!(
        "the throw-away credential \"{name}\" may still be valid ({}): revoke it with `claviger credential revoke {name}`. \
         It expires after {VALIDITY_DAYS} days",
        failure.message
    );
    Failure::new(failure.exit, message)
}
