//! The providers of all realms: where a sign-in begins, and where it ends.

use std::fmt;
use std::sync::Arc;

use claviger_contract::RealmLabel;
use claviger_vault::{OutboundClient, OutboundSettings};
use serde_json::{Map, Value};
use url::Url;
use zeroize::Zeroizing;

use crate::activity::Slots;
use crate::crypto::{Keyring, is_same_text};
use crate::sign_in::answer::ProviderAnswer;
use crate::sign_in::document::ProviderDocument;
use crate::sign_in::failure::{Endpoint, IdTokenFault, ProviderFault, SignInFailure, error_code};
use crate::sign_in::id_token::{Expected, IdToken, verify};
use crate::sign_in::key_set::ProviderKeys;
use crate::sign_in::known::{KnownProviders, Provider};
use crate::sign_in::pending::{Carried, Pending};
use crate::sign_in::requests::get;
use crate::sign_in::token_request::{ProviderClient, Tokens, exchange};
use crate::sign_in::used_states::UsedStates;
use crate::sign_in::user_info;
use claviger_domain::{Clock, PersonClaims, ProviderIdentity, Randomness, SignInSettings};

/// Every claim that is read is of one of these.
const SCOPE: &str = "openid email profile";

/// With which this server authenticates at a provider.
pub struct ClientSecret(Zeroizing<String>);

/// A realm's registration at its provider.
#[derive(Clone, Copy)]
pub struct Registration<'a> {
    pub realm: &'a RealmLabel,
    pub settings: &'a SignInSettings,
    /// `None`: the provider knows the client by PKCE and the redirect URI alone.
    pub secret: Option<&'a ClientSecret>,
    /// Where the provider sends the person back to, as it is registered there.
    pub redirect_uri: &'a Url,
}

/// Where to send the browser, and what it must keep until it comes back: for 10 minutes, in a cookie that no other site
/// and no script can read or set.
pub struct Started {
    pub url: Url,
    pub sealed: String,
}

/// What the provider says of the person who came back. Whether that person may sign in is another question.
#[derive(Debug)]
pub struct Identified {
    pub claims: PersonClaims,
    /// As the provider has sent them, for administrators who test their settings.
    pub sent: Map<String, Value>,
    pub carried: Carried,
    /// Whether the person was asked to sign in at the provider anew.
    pub is_fresh: bool,
}

/// Every function blocks for as long as the provider takes, within the limits of outbound requests.
pub struct IdentityProviders {
    outbound: OutboundClient,
    clock: Arc<dyn Clock>,
    known: KnownProviders,
    used: UsedStates,
    slots: Slots,
}

impl ClientSecret {
    pub const fn new(text: Zeroizing<String>) -> Self {
        Self(text)
    }

    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for ClientSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClientSecret(…)")
    }
}

impl fmt::Debug for Started {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Started(…)")
    }
}

impl fmt::Debug for IdentityProviders {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("IdentityProviders")
    }
}

impl<'a> Registration<'a> {
    /// A sign-in ends at the client where it began.
    fn client(&self) -> [&'a str; 3] {
        [self.settings.issuer.as_str(), self.settings.client_id.as_str(), self.redirect_uri.as_str()]
    }

    fn at_token_endpoint(&self) -> ProviderClient<'a> {
        let [_, client_id, redirect_uri] = self.client();
        ProviderClient { client_id, secret: self.secret.map(ClientSecret::expose), redirect_uri }
    }
}

impl IdentityProviders {
    pub fn new(settings: OutboundSettings, clock: Arc<dyn Clock>) -> Self {
        Self {
            outbound: OutboundClient::new(settings),
            clock,
            known: KnownProviders::default(),
            used: UsedStates::default(),
            slots: Slots::default(),
        }
    }

    /// `is_fresh` asks the provider to have the person sign in anew, whatever session there is.
    pub fn start(
        &self,
        registration: Registration<'_>,
        is_fresh: bool,
        carried: Carried,
        keyring: &Keyring,
        randomness: &dyn Randomness,
    ) -> Result<Started, SignInFailure> {
        let provider = match self.find(registration) {
            Some(provider) => provider,
            None => {
                let _slot = self.slots.take(registration.realm)?;
                self.fetch(registration)?
            }
        };
        let client = registration.client();
        let pending = Pending::new(client, is_fresh, carried, self.clock.now(), randomness);
        let [_, client_id, redirect_uri] = client;
        let mut url = provider.document.authorization_endpoint.clone();
        url.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", client_id)
            .append_pair("redirect_uri", redirect_uri)
            .append_pair("scope", SCOPE)
            .append_pair("state", &pending.state)
            .append_pair("nonce", &pending.nonce)
            .append_pair("code_challenge", &pending.challenge())
            .append_pair("code_challenge_method", "S256");
        if is_fresh {
            url.query_pairs_mut().append_pair("prompt", "login");
        }
        Ok(Started { url, sealed: pending.seal(keyring, registration.realm, randomness)? })
    }

    /// Each sign-in is finished once, by any node that has the master key.
    pub fn finish(
        &self,
        registration: Registration<'_>,
        sealed: &str,
        answer: &ProviderAnswer,
        keyring: &Keyring,
    ) -> Result<Identified, SignInFailure> {
        let (realm, now) = (registration.realm, self.clock.now());
        let pending = Pending::open(keyring, realm, registration.client(), sealed, now)?;
        let _slot = self.slots.take(realm)?;
        if !is_same_text(&answer.state, &pending.state)
            || !self.used.use_once(realm, &pending.state, now, pending.ends_at())
        {
            return Err(SignInFailure::Stale);
        }
        let provider = match self.find(registration) {
            Some(provider) => provider,
            None => self.fetch(registration)?,
        };
        let code = code_of(answer, registration.settings.issuer.as_str(), &provider.document)?;
        let client = registration.at_token_endpoint();
        let tokens = exchange(&self.outbound, &provider.document, client, code, &pending.verifier)?;
        let mut token = self.verified(registration, &provider, &tokens, &pending)?;
        let (settings, access_token) = (registration.settings, tokens.access_token.as_ref());
        let access_token = access_token.map(|token| token.as_str());
        user_info::complete(&self.outbound, &provider.document, settings, access_token, &mut token)?;
        let identity = ProviderIdentity { issuer: settings.issuer.clone(), subject: token.subject };
        Ok(Identified {
            claims: PersonClaims::read(identity, &token.claims, &settings.groups_claim),
            sent: token.claims,
            carried: pending.carried,
            is_fresh: pending.is_fresh,
        })
    }

    /// What the caller wanted back, also of a sign-in that failed.
    pub fn carried(
        &self,
        registration: Registration<'_>,
        sealed: &str,
        keyring: &Keyring,
    ) -> Option<Carried> {
        let (realm, client) = (registration.realm, registration.client());
        Pending::open(keyring, realm, client, sealed, self.clock.now()).ok().map(|pending| pending.carried)
    }

    /// Whether a sign-in can work: reads document and keys anew, and shows client id and secret with a code that no
    /// provider has given. What only a person's sign-in can show, such as an unregistered redirect URI, is not found.
    pub fn probe(&self, registration: Registration<'_>) -> Result<(), SignInFailure> {
        let _slot = self.slots.take(registration.realm)?;
        let provider = self.fetch(registration)?;
        let client = registration.at_token_endpoint();
        match exchange(&self.outbound, &provider.document, client, "probe", &"0".repeat(43)) {
            Err(SignInFailure::Provider(ProviderFault::TokenRefused(_)) | SignInFailure::Stale) => Ok(()),
            other => other.map(drop),
        }
    }

    fn find(&self, registration: Registration<'_>) -> Option<Provider> {
        self.known.find(registration.realm, &registration.settings.issuer, self.clock.since_boot())
    }

    fn fetch(&self, registration: Registration<'_>) -> Result<Provider, ProviderFault> {
        let issuer = &registration.settings.issuer;
        let url = issuer.discovery_url();
        let url = url.ok_or_else(|| ProviderFault::OtherIssuer(issuer.to_string()))?;
        let members = get(&self.outbound, Endpoint::Discovery, &url, None)?;
        let document = ProviderDocument::read(issuer, &members)?;
        let keys = self.fetch_keys(&document)?;
        let provider = Provider { document: Arc::new(document), keys };
        self.known.keep(registration.realm, issuer, provider.clone(), self.clock.since_boot());
        Ok(provider)
    }

    fn fetch_keys(&self, document: &ProviderDocument) -> Result<Arc<ProviderKeys>, ProviderFault> {
        let members = get(&self.outbound, Endpoint::Keys, &document.jwks_uri, None)?;
        Ok(Arc::new(ProviderKeys::read(&members)?))
    }

    /// A key that is not known may be a new one.
    fn verified(
        &self,
        registration: Registration<'_>,
        provider: &Provider,
        tokens: &Tokens,
        pending: &Pending,
    ) -> Result<IdToken, ProviderFault> {
        let (realm, settings) = (registration.realm, registration.settings);
        let expected = Expected {
            issuer: settings.issuer.as_str(),
            client_id: settings.client_id.as_str(),
            nonce: &pending.nonce,
            access_token: tokens.access_token.as_ref().map(|token| token.as_str()),
            started_at: pending.started_at,
            is_fresh: pending.is_fresh,
            now: self.clock.now(),
        };
        let with =
            |keys: &ProviderKeys| verify(&tokens.id_token, keys, &provider.document.algorithms, expected);
        match with(&provider.keys) {
            Err(IdTokenFault::UnknownKey)
                if self.known.may_ask_for_keys(realm, &settings.issuer, self.clock.since_boot()) =>
            {
                let keys = self.fetch_keys(&provider.document)?;
                self.known.replace_keys(realm, &settings.issuer, &keys);
                Ok(with(&keys)?)
            }
            verified => Ok(verified?),
        }
    }
}

fn code_of<'a>(
    answer: &'a ProviderAnswer,
    issuer: &str,
    document: &ProviderDocument,
) -> Result<&'a str, SignInFailure> {
    match answer.iss.as_deref() {
        Some(iss) if iss == issuer => {}
        None if !document.names_issuer => {}
        _ => return Err(ProviderFault::AnswerOfOtherIssuer.into()),
    }
    match (&answer.error, &answer.code) {
        (Some(error), _) => Err(SignInFailure::Declined(error_code(error))),
        (None, Some(code)) if !code.is_empty() => Ok(code),
        _ => Err(ProviderFault::Malformed(Endpoint::Authorization, "has neither code nor error").into()),
    }
}
