//! The provider at which people of a realm sign in. A realm has one at most.

use claviger_contract::{RealmLabel, Timestamp};
use serde::{Deserialize, Serialize};

use crate::ids::Id;
use crate::log::actor::Actor;
use crate::sign_in::settings::SignInSettings;

pub type SignInProviderId = Id<SignInProvider>;

/// Without the client secret, which is sealed outside of the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignInProvider {
    pub id: SignInProviderId,
    pub settings: SignInSettings,
    /// `false`: the provider knows the client by PKCE and the redirect URI alone.
    pub has_client_secret: bool,
    /// Counts changes, that of the secret included.
    pub version: u64,
    pub created_at: Timestamp,
    pub created_by: Actor,
    pub updated_at: Timestamp,
    pub updated_by: Actor,
}

impl SignInProvider {
    /// Identifies the row of its client secret, which cannot be opened for another row.
    pub fn sealed_identity(realm: &RealmLabel, id: SignInProviderId) -> String {
        format!("sign_in_provider/{realm}/{id}")
    }
}
