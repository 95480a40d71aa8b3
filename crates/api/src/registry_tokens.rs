//! Refresh tokens of container registry clients.

use claviger_contract::Timestamp;
use claviger_domain::{ClientId, MemberId, RegistryService, RegistryTokenId, Status};

use crate::macros::answer;

answer! { "RegistryToken" =>
    #[derive(Clone)]
    pub struct RegistryTokenView {
        pub id: RegistryTokenId,
        /// For a token obtained with a client's access token.
        pub client_id: Option<ClientId>,
        /// For a token obtained with a member's own token.
        pub member: Option<MemberId>,
        pub service: RegistryService,
        pub status: Status,
        pub created_at: Timestamp,
        pub expires_at: Timestamp,
        pub last_used_at: Option<Timestamp>,
        pub revoked_at: Option<Timestamp>,
    }
}
