//! Refresh tokens of container registry clients.

use claviger_contract::Timestamp;
use claviger_domain::{RegistryService, Status};
use uuid::Uuid;

use crate::macros::answer;

answer! { "RegistryToken" =>
    #[derive(Clone)]
    pub struct RegistryTokenView {
        pub id: Uuid,
        /// For a token obtained with a client's access token.
        pub client_id: Option<Uuid>,
        /// For a token obtained with a member's own token.
        pub member: Option<Uuid>,
        pub service: RegistryService,
        pub status: Status,
        pub created_at: Timestamp,
        pub expires_at: Timestamp,
        pub last_used_at: Option<Timestamp>,
        pub revoked_at: Option<Timestamp>,
    }
}
