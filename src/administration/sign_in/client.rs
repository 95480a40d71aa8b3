//! This server as a client of a realm's provider, with the secret that it needs there.

use claviger_contract::RealmLabel;
use claviger_domain::SignInProvider;
use url::Url;

use crate::administration::error::AdministrationError;
use crate::administration::setting::Administration;
use crate::administration::sign_in::view::redirect_uri;
use crate::sign_in::{ClientSecret, Registration, open_client_secret};

pub struct SignInClient {
    pub provider: SignInProvider,
    pub secret: Option<ClientSecret>,
    pub redirect_uri: Url,
}

impl SignInClient {
    pub fn registration<'a>(&'a self, realm: &'a RealmLabel) -> Registration<'a> {
        Registration {
            realm,
            settings: &self.provider.settings,
            secret: self.secret.as_ref(),
            redirect_uri: &self.redirect_uri,
        }
    }
}

/// `None` if nobody signs in at a provider. For everybody: it is what a sign-in begins with.
pub fn sign_in_client(
    administration: &Administration,
    realm: &RealmLabel,
) -> Result<Option<SignInClient>, AdministrationError> {
    let snapshot = administration.ledger.latest();
    let known = snapshot.find_realm(realm.as_str()).and_then(|realm| realm.sign_in_provider.as_ref());
    let Some(id) = known.map(|known| known.id) else { return Ok(None) };
    let found = administration.ledger.store().find_sign_in_provider(realm, id)?;
    let Some(found) = found else { return Ok(None) };
    let sealed = found.sealed.as_ref().filter(|_| found.record.has_client_secret);
    let opened = sealed.map(|sealed| open_client_secret(&administration.keyring, realm, id, sealed));
    let secret = opened.transpose().map_err(|error| {
        AdministrationError::Crypto(format!("the client secret of sign-in provider {id}: {error}"))
    })?;
    Ok(Some(SignInClient {
        provider: found.record,
        secret,
        redirect_uri: redirect_url(administration, realm)?,
    }))
}

pub fn redirect_url(administration: &Administration, realm: &RealmLabel) -> Result<Url, AdministrationError> {
    let text = redirect_uri(administration, realm);
    Url::parse(&text).map_err(|error| AdministrationError::Crypto(format!("{text}: {error}")))
}
