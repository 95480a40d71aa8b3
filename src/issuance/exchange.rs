//! The client credentials grant, run through oxide-auth's state machine, which no other file uses; and token refresh.

use std::borrow::Cow;
use std::sync::LazyLock;

use oxide_auth::code_grant::client_credentials::{ClientCredentials, Input, Output, Request};
use oxide_auth::primitives::grant::Extensions;
use oxide_auth::primitives::registrar::{BoundClient, PreGrant, RegisteredUrl};
use oxide_auth::primitives::scope::Scope;

use crate::issuance::authenticate::authenticate;
use crate::issuance::authenticate::{AuthenticatedClient, PresentedClient};
use crate::issuance::context::Context;
use crate::issuance::decide::{Permit, TokenRequest};
use crate::issuance::decide::{counted_audience, decide};
use crate::issuance::mint::IssuedToken;
use crate::issuance::mint::mint;
use crate::issuance::refresh::{check_refresh, mint_refresh, new_grant};
use crate::issuance::refusal::Refusal;
use crate::snapshot::{RealmView, Snapshot};
use claviger_contract::Timestamp;
use claviger_domain::ClientId;

/// oxide-auth requires a redirect URL. This grant never redirects.
static NOWHERE: LazyLock<Option<RegisteredUrl>> =
    LazyLock::new(|| "urn:ietf:wg:oauth:2.0:oob".parse().ok().map(RegisteredUrl::Semantic));

/// Authenticates, decides and mints on one `snapshot`, and counts the outcome.
pub fn exchange(
    context: &Context,
    snapshot: &Snapshot,
    realm: &str,
    presented: &PresentedClient,
    request: &TokenRequest,
    now: Timestamp,
) -> Result<IssuedToken, Refusal> {
    let realm = snapshot.find_realm(realm).map(|realm| &**realm);
    let mut asking = Asking { context, snapshot, realm, presented, request, now, known: None };
    let mut exchanged = match request.grant_type.as_deref() {
        Some("refresh_token") => asking.refresh(),
        _ => asking.drive(),
    };
    if let (Some(id), Some(realm)) = (asking.known, realm) {
        let label = &realm.record.label;
        match &mut exchanged {
            Ok(token) => context.usage.issued(label, id.widen(), std::mem::take(&mut token.audience), now),
            Err(_) => context.usage.refused(label, id.widen(), counted_audience(Some(realm), request), now),
        }
    }
    exchanged
}

/// One request and the state it is judged on.
struct Asking<'a> {
    context: &'a Context,
    snapshot: &'a Snapshot,
    realm: Option<&'a RealmView>,
    presented: &'a PresentedClient,
    request: &'a TokenRequest,
    now: Timestamp,
    /// The client whose right key was presented, whatever the outcome.
    known: Option<ClientId>,
}

impl Asking<'_> {
    fn drive(&mut self) -> Result<IssuedToken, Refusal> {
        let steps = Steps { presented: self.presented, request: self.request };
        let mut machine = ClientCredentials::new(&steps);
        let mut input = Input::None;
        let mut client = None;
        let mut permit = None;
        loop {
            input = match machine.advance(input) {
                Output::Authenticate { .. } => {
                    client = Some(self.authenticate()?);
                    Input::Authenticated
                }
                Output::Binding { client_id } => Input::Bound {
                    bound_client: BoundClient {
                        client_id: Cow::Owned(client_id.to_owned()),
                        redirect_uri: Cow::Owned(nowhere()?),
                    },
                },
                Output::Extend => Input::Extended { extensions: Extensions::new() },
                Output::Negotiate { bound_client, .. } => {
                    permit = Some(self.decide(client.as_ref())?);
                    let client_id = bound_client.client_id.to_string();
                    let pre_grant = PreGrant { client_id, redirect_uri: nowhere()?, scope: no_scope()? };
                    Input::Negotiated { pre_grant }
                }
                Output::Ok { .. } => {
                    let (Some(permit), Some(client)) = (permit, &client) else {
                        return Err(Refusal::InvalidClient);
                    };
                    let grant = new_grant(client, &*self.context.randomness);
                    return self.mint(permit, client, grant.as_deref());
                }
                Output::Err(_) => return Err(refused_grant_type(self.request)),
            }
        }
    }

    /// RFC 6749 §6: the client authenticates as usual, and gets the scopes it would be granted now.
    fn refresh(&mut self) -> Result<IssuedToken, Refusal> {
        let client = self.authenticate()?;
        let realm = self.realm.ok_or(Refusal::InvalidClient)?;
        let presented = self.request.refresh_token.as_ref();
        let grant = check_refresh(realm, &client, presented, self.snapshot, self.now)?;
        let permit = self.decide(Some(&client))?;
        if permit.scopes.is_empty() {
            return Err(Refusal::InvalidGrant);
        }
        self.mint(permit, &client, Some(&grant))
    }

    fn authenticate(&mut self) -> Result<AuthenticatedClient, Refusal> {
        let context = self.context;
        let digester = context.keyring.digester();
        match authenticate(self.realm, self.presented, digester, &context.failures, self.now) {
            Ok(client) => {
                self.known = client.is_issued_tokens().then(|| client.id());
                Ok(client)
            }
            Err(failed) => {
                self.known = failed.dead;
                Err(failed.refusal)
            }
        }
    }

    fn decide(&self, client: Option<&AuthenticatedClient>) -> Result<Permit, Refusal> {
        let (Some(realm), Some(client)) = (self.realm, client) else { return Err(Refusal::InvalidClient) };
        decide(realm, self.snapshot.position, client, self.request, self.now)
    }

    fn mint(
        &self,
        permit: Permit,
        client: &AuthenticatedClient,
        grant: Option<&str>,
    ) -> Result<IssuedToken, Refusal> {
        let realm = self.realm.ok_or(Refusal::InvalidClient)?;
        let randomness = &*self.context.randomness;
        let refresh = mint_refresh(realm, self.snapshot.position, client, grant, randomness, self.now)?;
        let issued = mint(realm, permit, grant, randomness)?;
        self.context.tokens.note_signed(realm, &issued.access_token);
        Ok(IssuedToken { refresh, ..issued })
    }
}

fn nowhere() -> Result<RegisteredUrl, Refusal> {
    NOWHERE.clone().ok_or(Refusal::Signing)
}

/// oxide-auth is given no scope: the permit holds the granted scopes, in their own order and without a copy.
fn no_scope() -> Result<Scope, Refusal> {
    "".parse().map_err(|_| Refusal::Signing)
}

/// Everything else that oxide-auth could refuse was checked before, so it can only refuse the grant type.
fn refused_grant_type(request: &TokenRequest) -> Refusal {
    match request.grant_type.as_deref() {
        None | Some("") => Refusal::MissingGrantType,
        Some(_) => Refusal::UnsupportedGrantType,
    }
}

/// What oxide-auth may see. Basic and form credentials are already unified, and `decide` judges the scopes.
struct Steps<'a> {
    presented: &'a PresentedClient,
    request: &'a TokenRequest,
}

impl Request for Steps<'_> {
    fn valid(&self) -> bool {
        true
    }

    fn authorization(&self) -> Option<(Cow<'_, str>, Cow<'_, [u8]>)> {
        // The key is not passed to oxide-auth, which would copy it without zeroizing.
        Some((Cow::Borrowed(&self.presented.client_id), Cow::Borrowed(b"")))
    }

    fn scope(&self) -> Option<Cow<'_, str>> {
        None
    }

    fn grant_type(&self) -> Option<Cow<'_, str>> {
        self.request.grant_type.as_deref().map(Cow::Borrowed)
    }

    fn extension(&self, _key: &str) -> Option<Cow<'_, str>> {
        None
    }
}
