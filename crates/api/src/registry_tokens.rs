//! Refresh tokens of container registry clients.

use claviger_contract::Timestamp;
use claviger_domain::{ClientId, MemberId, RegistryService, RegistryTokenId, Status};

use crate::macros::answer;

answer! { "RegistryToken" =>
    #[derive(Clone)]
    pub struct RegistryTokenView {
        /// The id of the registry token, which is not secret.
        pub id: RegistryTokenId,
        /// For a token obtained with a client's access token.
        pub client_id: Option<ClientId>,
        /// For a token obtained with a member's own token.
        pub member: Option<MemberId>,
        /// The registry that it is for.
        pub service: RegistryService,
        /// Whether it can be used now.
        pub status: Status,
        /// When it was created.
        pub created_at: Timestamp,
        /// When it expires.
        pub expires_at: Timestamp,
        /// When it was last used; null if it never was.
        pub last_used_at: Option<Timestamp>,
        /// When it was revoked; null if it was not.
        pub revoked_at: Option<Timestamp>,
    }
}
