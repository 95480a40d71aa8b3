//! The client credentials grant, driven step by step through oxide-auth's state machine. No other file names it.

use std::borrow::Cow;
use std::sync::LazyLock;

use oxide_auth::code_grant::client_credentials::{ClientCredentials, Input, Output, Request};
use oxide_auth::primitives::grant::Extensions;
use oxide_auth::primitives::registrar::{BoundClient, PreGrant, RegisteredUrl};
use oxide_auth::primitives::scope::Scope;

use super::authenticate::authenticate;
use super::decide::{counted_audience, decide};
use super::mint::mint;
use super::{IssuedToken, Issuer, PresentedClient, Refusal, TokenRequest};
use crate::snapshot::{RealmView, Snapshot};
use claviger_contract::Timestamp;
use uuid::Uuid;

/// The machine wants an address to send people back to; this grant has no people and sends nobody anywhere.
static NOWHERE: LazyLock<Option<RegisteredUrl>> =
    LazyLock::new(|| "urn:ietf:wg:oauth:2.0:oob".parse().ok().map(RegisteredUrl::Semantic));

/// One way to everything: authenticate, decide, mint, all on `snapshot`. What came of it is counted.
pub fn exchange(
    issuer: &Issuer,
    snapshot: &Snapshot,
    realm: &str,
    presented: &PresentedClient,
    request: &TokenRequest,
    now: Timestamp,
) -> Result<IssuedToken, Refusal> {
    let realm = snapshot.find_realm(realm).map(|realm| &**realm);
    let mut credential = None;
    let mut exchanged = drive(issuer, snapshot, realm, presented, request, now, &mut credential);
    if let Some(id) = credential {
        match &mut exchanged {
            Ok(token) => issuer.usage.issued(id, std::mem::take(&mut token.audience), now),
            Err(_) => issuer.usage.refused(id, counted_audience(realm, request), now),
        }
    }
    exchanged
}

/// Tells `credential` whose right key it was, whatever comes of it.
fn drive(
    issuer: &Issuer,
    snapshot: &Snapshot,
    realm: Option<&RealmView>,
    presented: &PresentedClient,
    request: &TokenRequest,
    now: Timestamp,
    credential: &mut Option<Uuid>,
) -> Result<IssuedToken, Refusal> {
    let mut machine = ClientCredentials::new(&Steps { presented, request });
    let mut input = Input::None;
    let mut client = None;
    let mut permit = None;
    loop {
        input = match machine.advance(input) {
            Output::Authenticate { .. } => {
                let digester = issuer.keyring.digester();
                match authenticate(realm, presented, digester, &issuer.failures, now) {
                    Ok(known) => {
                        *credential = known.as_credential().map(|_| known.id());
                        client = Some(known);
                    }
                    Err(failed) => {
                        *credential = failed.dead;
                        return Err(failed.refusal);
                    }
                }
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
                let (Some(realm), Some(client)) = (realm, &client) else {
                    return Err(Refusal::InvalidClient);
                };
                permit = Some(decide(realm, snapshot.position, client, request, now)?);
                let client_id = bound_client.client_id.to_string();
                let pre_grant = PreGrant { client_id, redirect_uri: nowhere()?, scope: no_scope()? };
                Input::Negotiated { pre_grant }
            }
            Output::Ok { .. } => {
                let (Some(realm), Some(permit)) = (realm, permit) else { return Err(Refusal::InvalidClient) };
                return mint(realm, permit, &*issuer.randomness);
            }
            Output::Err(_) => return Err(refused_grant_type(request)),
        }
    }
}

fn nowhere() -> Result<RegisteredUrl, Refusal> {
    NOWHERE.clone().ok_or(Refusal::Signing)
}

/// The machine is told of no scope: those that are granted stand in the permit, in their own order and without a copy.
fn no_scope() -> Result<Scope, Refusal> {
    "".parse().map_err(|_| Refusal::Signing)
}

/// Everything else that the machine could refuse was read before it, so what it refuses is the grant type.
fn refused_grant_type(request: &TokenRequest) -> Refusal {
    match request.grant_type.as_deref() {
        None | Some("") => Refusal::MissingGrantType,
        Some(_) => Refusal::UnsupportedGrantType,
    }
}

/// What the machine may see: Basic and form credentials are one thing by now, and scopes are judged by `decide`.
struct Steps<'a> {
    presented: &'a PresentedClient,
    request: &'a TokenRequest,
}

impl Request for Steps<'_> {
    fn valid(&self) -> bool {
        true
    }

    fn authorization(&self) -> Option<(Cow<'_, str>, Cow<'_, [u8]>)> {
        // The key itself stays out of the machine, which would copy it without wiping.
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
