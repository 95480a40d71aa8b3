//! Client authentication: checks a client id and a key.

use std::fmt;

use claviger_contract::Timestamp;
use zeroize::Zeroizing;

use crate::crypto::SecretDigester;
use crate::issuance::failures::Named;
use crate::issuance::failures::{Failures, Origin};
use crate::issuance::refusal::Refusal;
use crate::snapshot::{Application, Client, GrantedCredential, LiveServer, RealmView};
use claviger_domain::ClientId;

/// A client id and key as sent in the request, not yet verified.
pub struct PresentedClient {
    pub client_id: String,
    pub presented_key: Zeroizing<String>,
    pub origin: Origin,
}

impl fmt::Debug for PresentedClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PresentedClient({:?}, …)", self.client_id)
    }
}

/// A failed authentication. The caller learns no more than the refusal.
pub struct NotAuthenticated {
    pub refusal: Refusal,
    /// The expired or revoked credential whose right key was presented: a client still uses it.
    pub dead: Option<ClientId>,
}

impl From<NotAuthenticated> for Refusal {
    fn from(failed: NotAuthenticated) -> Self {
        failed.refusal
    }
}

/// Constructed only by [`authenticate`]: the key was right, and the client is active.
pub struct AuthenticatedClient {
    id: ClientId,
    kind: AuthenticatedKind,
}

enum AuthenticatedKind {
    Credential(GrantedCredential),
    Application(Application),
    ResourceServer(LiveServer),
}

impl AuthenticatedClient {
    pub fn id(&self) -> ClientId {
        self.id
    }

    pub fn as_credential(&self) -> Option<&GrantedCredential> {
        match &self.kind {
            AuthenticatedKind::Credential(credential) => Some(credential),
            AuthenticatedKind::Application(_) | AuthenticatedKind::ResourceServer(_) => None,
        }
    }

    pub fn as_application(&self) -> Option<&Application> {
        match &self.kind {
            AuthenticatedKind::Application(application) => Some(application),
            AuthenticatedKind::Credential(_) | AuthenticatedKind::ResourceServer(_) => None,
        }
    }

    /// For descriptions of errors.
    pub fn kind(&self) -> &'static str {
        match &self.kind {
            AuthenticatedKind::Credential(_) => "a service credential",
            AuthenticatedKind::Application(_) => "an application credential",
            AuthenticatedKind::ResourceServer(_) => "a resource server",
        }
    }

    /// Whether the client may request tokens.
    pub fn is_issued_tokens(&self) -> bool {
        !matches!(self.kind, AuthenticatedKind::ResourceServer(_))
    }

    pub fn as_resource_server(&self) -> Option<&LiveServer> {
        match &self.kind {
            AuthenticatedKind::ResourceServer(server) => Some(server),
            AuthenticatedKind::Credential(_) | AuthenticatedKind::Application(_) => None,
        }
    }
}

/// The key is checked before failures are rate limited, so the right key is never locked out.
///
/// An unknown realm or client costs the same digest as a wrong key and gets the same answer.
pub fn authenticate(
    realm: Option<&RealmView>,
    presented: &PresentedClient,
    digester: &SecretDigester,
    failures: &Failures,
    now: Timestamp,
) -> Result<AuthenticatedClient, NotAuthenticated> {
    let id = presented.client_id.parse::<ClientId>().ok().filter(|id| {
        // Only one spelling is accepted, so logs and limits use the stored one.
        presented.client_id.len() == 36
            && !presented.client_id.bytes().any(|b| b.is_ascii_uppercase())
            && id.as_u128() != 0
    });
    let client = id.and_then(|id| realm?.find_client(id));
    let matched = digester.matches(&presented.presented_key, client.as_ref().map(Client::key_digest));
    let mut dead = None;
    let kind = match client.filter(|_| matched) {
        Some(Client::Credential(credential)) if credential.is_live(now) => {
            Some(AuthenticatedKind::Credential(credential))
        }
        Some(Client::ResourceServer(server)) if server.record.is_live(now) => {
            Some(AuthenticatedKind::ResourceServer(server.clone()))
        }
        Some(Client::Application(application))
            if realm.is_some_and(|realm| realm.live_holder(application, now).is_some()) =>
        {
            Some(AuthenticatedKind::Application(application.clone()))
        }
        Some(Client::Credential(_) | Client::Application(_)) => {
            dead = id;
            None
        }
        Some(Client::ResourceServer(_)) | None => None,
    };
    match (id, kind) {
        (Some(id), Some(kind)) => Ok(AuthenticatedClient { id, kind }),
        _ => {
            let label = realm.map(|realm| &realm.record.label);
            let named = Named::Client(&presented.client_id);
            let refusal = failures.refuse(label, presented.origin, named, Refusal::InvalidClient);
            Err(NotAuthenticated { refusal, dead })
        }
    }
}
