//! Who is calling: an id and a key become an authenticated client, or nothing.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use claviger_contract::Timestamp;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::{Failures, Refusal};
use crate::crypto::SecretDigester;
use crate::snapshot::{Application, Client, Credential, LiveServer, RealmView};

/// As it stood in the request; nothing of it is believed yet.
pub struct PresentedClient {
    pub client_id: String,
    pub presented_key: Zeroizing<String>,
    pub address: IpAddr,
}

impl fmt::Debug for PresentedClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PresentedClient({:?}, …)", self.client_id)
    }
}

/// Says no more to the caller than the refusal does.
pub struct NotAuthenticated {
    pub refusal: Refusal,
    /// The credential whose right key it was, and which is over: somebody still uses it.
    pub dead: Option<Uuid>,
}

impl From<NotAuthenticated> for Refusal {
    fn from(failed: NotAuthenticated) -> Self {
        failed.refusal
    }
}

/// Made by [`authenticate`] alone: the key was right, and the client lives.
pub struct AuthenticatedClient {
    id: Uuid,
    kind: AuthenticatedKind,
}

enum AuthenticatedKind {
    Credential(Arc<Credential>),
    Application(Application),
    ResourceServer(LiveServer),
}

impl AuthenticatedClient {
    pub fn id(&self) -> Uuid {
        self.id
    }

    pub fn as_credential(&self) -> Option<&Credential> {
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

    /// Whether it may ask for tokens.
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

/// The key is checked before anything is metered: the right one is never locked out.
///
/// A realm or client that does not exist costs the same digest as a wrong key, and answers the same.
pub fn authenticate(
    realm: Option<&RealmView>,
    presented: &PresentedClient,
    digester: &SecretDigester,
    failures: &Failures,
    now: Timestamp,
) -> Result<AuthenticatedClient, NotAuthenticated> {
    let id = presented.client_id.parse::<Uuid>().ok().filter(|id| {
        // One spelling alone, so that what is logged and limited is what is stored.
        presented.client_id.len() == 36
            && !presented.client_id.bytes().any(|b| b.is_ascii_uppercase())
            && !id.is_nil()
    });
    let client = id.and_then(|id| realm?.find_client(id));
    let matched = digester.matches(&presented.presented_key, client.as_ref().map(Client::key_digest));
    let mut dead = None;
    let kind = match client.filter(|_| matched) {
        Some(Client::Credential(credential)) if credential.is_live(now) => {
            Some(AuthenticatedKind::Credential(credential.clone()))
        }
        Some(Client::ResourceServer(server)) => Some(AuthenticatedKind::ResourceServer(server.clone())),
        Some(Client::Application(application))
            if realm.is_some_and(|realm| realm.live_holder(application, now).is_some()) =>
        {
            Some(AuthenticatedKind::Application(application.clone()))
        }
        Some(Client::Credential(_) | Client::Application(_)) => {
            dead = id;
            None
        }
        None => None,
    };
    match (id, kind) {
        (Some(id), Some(kind)) => Ok(AuthenticatedClient { id, kind }),
        _ => {
            let refusal =
                failures.refuse(presented.address, Some(&presented.client_id), Refusal::InvalidClient);
            Err(NotAuthenticated { refusal, dead })
        }
    }
}
