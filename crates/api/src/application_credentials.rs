//! Application credentials: clients that a member owns.

use claviger_contract::{Scope, ScopeSet, Timestamp};
use claviger_domain::{ApplicationCredentialId, ClientId, Description, MemberId, Name, Status};

use crate::macros::{answer, body, edit};
use crate::shown_once::ShownOnce;

body! {
    pub struct NewApplicationCredential {
        pub name: Name,
        pub description: Description = Description::default(),
        /// A part of the owner's scopes.
        pub scopes: Vec<Scope>,
        /// Absent or null: it never expires.
        pub expires_at: Option<Timestamp> = None,
    }
}

edit! {
    /// A list replaces the old one entirely.
    pub struct ApplicationCredentialEdit {
        pub description: Description,
        pub scopes: Vec<Scope>,
    }
}

answer! { "ApplicationCredential" =>
    #[derive(Clone)]
    pub struct ApplicationCredentialView {
        pub id: ApplicationCredentialId,
        pub client_id: ClientId,
        /// The owner.
        pub member: MemberId,
        pub name: Name,
        pub description: Description,
        pub scopes: Vec<Scope>,
        /// The scopes that the owner currently holds.
        pub effective_scopes: ScopeSet,
        pub status: Status,
        pub created_at: Timestamp,
        pub updated_at: Timestamp,
        pub expires_at: Option<Timestamp>,
        pub last_used_at: Option<Timestamp>,
        pub revoked_at: Option<Timestamp>,
    }
}

answer! {
    /// The only answer that has the key.
    pub struct CreatedApplicationCredential {
        .. pub credential: ApplicationCredentialView,
        pub client_key: ShownOnce,
        pub token_endpoint: String,
    }
}
