//! Service credentials.

use claviger_contract::{RealmLabel, Timestamp};
use claviger_domain::{
    Actor, ClientId, Description, EffectiveScope, Name, Overlap, Receipt, ResourceGrant, ServiceCredentialId,
    Status, TokenLifetime, Validity,
};

use crate::macros::{answer, body, edit};
use crate::shown_once::ShownOnce;

body! {
    /// A new credential; also a line of an import and of an export.
    pub struct NewCredential {
        /// A name that no active credential of the realm has.
        pub name: Name,
        pub description: Description = Description::default(),
        /// In days from 30 to 365, or null for never.
        pub validity_days: Validity,
        /// Lifetime of each token.
        pub token_ttl_seconds: TokenLifetime,
        /// Groups to inherit scopes from.
        pub groups: Vec<Name> = Vec::new(),
        pub resources: Vec<ResourceGrant> = Vec::new(),
    }
}

edit! {
    /// A list replaces the old one entirely.
    pub struct CredentialEdit {
        pub groups: Vec<Name>,
        pub resources: Vec<ResourceGrant>,
    }
}

body! {
    pub struct CredentialRevocation {
        /// The credential's name, exactly.
        pub name: String,
    }
}

body! {
    pub struct CredentialRenewal {
        /// How long the old key stays valid.
        pub overlap_seconds: Overlap,
    }
}

answer! { "ServiceCredential" =>
    /// Without key or digest.
    #[derive(Clone)]
    pub struct CredentialView {
        pub id: ServiceCredentialId,
        pub client_id: ClientId,
        pub name: Name,
        pub description: Description,
        pub realm: RealmLabel,
        pub status: Status,
        pub validity_days: Validity,
        pub expires_at: Option<Timestamp>,
        pub token_ttl_seconds: TokenLifetime,
        pub groups: Vec<Name>,
        pub resources: Vec<ResourceGrant>,
        pub effective_scopes: Vec<EffectiveScope>,
        pub responsible: Vec<ResponsibleView>,
        /// The credential that it replaces.
        pub replaces: Option<ServiceCredentialId>,
        /// The end of a replaced credential.
        pub overlap_ends_at: Option<Timestamp>,
        pub created_at: Timestamp,
        pub created_by: Actor,
        pub updated_at: Timestamp,
        pub updated_by: Actor,
        pub last_used_at: Option<Timestamp>,
        pub revoked_at: Option<Timestamp>,
        pub revoked_by: Option<Actor>,
    }
}

answer! {
    /// The party responsible for a group of the credential, as recorded in the group.
    #[derive(Clone)]
    pub struct ResponsibleView {
        pub group: Name,
        pub responsible: Description,
    }
}

answer! {
    /// The only answer that has the key.
    pub struct CreatedCredential {
        .. pub credential: CredentialView,
        pub client_key: ShownOnce,
        pub token_endpoint: String,
        /// One complete curl command. It starts with a space, so shells that honor this keep it out of their history.
        pub usage_example: ShownOnce,
    }
}

answer! {
    /// With the receipt of the credential that it ended immediately, or null.
    pub struct RenewedCredential {
        .. pub created: CreatedCredential,
        pub receipt: Option<Receipt>,
    }
}

answer! {
    pub struct ImportedCredential {
        pub name: Name,
        pub id: ServiceCredentialId,
        pub client_id: ClientId,
        pub client_key: ShownOnce,
    }
}

answer! {
    #[derive(Clone)]
    pub struct CredentialUsageView {
        /// The sums cover only the time since then.
        pub since: Timestamp,
        pub last_used_at: Option<Timestamp>,
        pub issued: u64,
        pub refused: u64,
        pub items: Vec<UsageHourView>,
    }
}

answer! {
    #[derive(Clone)]
    pub struct UsageHourView {
        /// Start of the hour.
        pub hour: Timestamp,
        /// Null if a requested audience does not exist in the realm.
        pub audience: Option<String>,
        pub issued: u64,
        pub refused: u64,
    }
}
