//! Application credentials: clients that a member owns.

use claviger_contract::{Scope, ScopeSet, Timestamp};
use claviger_domain::{ApplicationCredentialId, ClientId, Description, MemberId, Name, Receipt, Status};

use crate::macros::{answer, body, edit};
use crate::secrets::shown_once::ShownOnce;

body! {
    pub struct NewApplicationCredential {
        /// A name that no valid application credential of the owner has.
        pub name: Name,
        /// Free text for people.
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
        /// Free text for people.
        pub description: Description,
        /// Replaces all scopes.
        pub scopes: Vec<Scope>,
    }
}

answer! { "ApplicationCredential" =>
    #[derive(Clone)]
    pub struct ApplicationCredentialView {
        /// The id of the application credential.
        pub id: ApplicationCredentialId,
        /// The client id at the token endpoint. The same as `id`.
        pub client_id: ClientId,
        /// The owner.
        pub member: MemberId,
        /// The name that its owner gave it.
        pub name: Name,
        /// Free text for people.
        pub description: Description,
        /// The scopes that its owner chose. A token has those that the owner holds when it is issued.
        pub scopes: Vec<Scope>,
        /// The scopes that the owner currently holds.
        pub effective_scopes: ScopeSet,
        /// Whether it can be used now.
        pub status: Status,
        /// When it was created.
        pub created_at: Timestamp,
        /// When it was last changed.
        pub updated_at: Timestamp,
        /// When it expires; null if it never does.
        pub expires_at: Option<Timestamp>,
        /// When it was last used; null if it never was.
        pub last_used_at: Option<Timestamp>,
        /// When it was revoked; null if it was not.
        pub revoked_at: Option<Timestamp>,
        /// The application credential that it replaces; null if it replaces none.
        pub replaces: Option<ApplicationCredentialId>,
        /// When its successor replaces it: from this second on it is refused. Null if it has no successor.
        pub overlap_ends_at: Option<Timestamp>,
    }
}

answer! {
    /// The only answer that has the key.
    pub struct CreatedApplicationCredential {
        .. pub credential: ApplicationCredentialView,
        /// The client key (RFC 6749: client secret). It is shown only once. For example `clvk_…`.
        pub client_key: ShownOnce,
        /// Where the client requests tokens. For example `https://auth.example.com/realms/acme/oauth2/token`.
        pub token_endpoint: String,
    }
}

answer! {
    /// With the receipt of the application credential that it ended immediately, or null.
    pub struct RenewedApplicationCredential {
        .. pub created: CreatedApplicationCredential,
        /// The receipt, if the predecessor ended at once; else null.
        pub receipt: Option<Receipt>,
    }
}
