//! Service credentials.

use claviger_contract::{RealmLabel, Timestamp};
use claviger_domain::{
    Actor, AdminScope, ClientId, Description, EffectiveScope, Name, Overlap, Receipt, ResourceGrant,
    ServiceCredentialId, Status, TokenLifetime, Validity,
};

use crate::macros::{answer, body, edit};
use crate::secrets::shown_once::ShownOnce;

body! {
    /// A new credential; also a line of an import and of an export.
    pub struct NewCredential {
        /// A name that no active credential of the realm has.
        pub name: Name,
        /// Free text for people.
        pub description: Description = Description::default(),
        /// In days from 30 to 365, or null for never.
        pub validity_days: Validity,
        /// Lifetime of each token.
        pub token_ttl_seconds: TokenLifetime,
        /// Groups to inherit scopes from.
        pub groups: Vec<Name> = Vec::new(),
        /// Actions on resources that it gives by itself.
        pub resources: Vec<ResourceGrant> = Vec::new(),
        /// What it may administer. Only an account_holder grants it; the credential then has no groups and resources.
        pub admin_scopes: Vec<AdminScope> = Vec::new(),
    }
}

edit! {
    /// A list replaces the old one entirely.
    pub struct CredentialEdit {
        /// Replaces all groups.
        pub groups: Vec<Name>,
        /// Replaces all actions on resources.
        pub resources: Vec<ResourceGrant>,
    }
}

body! {
    pub struct CredentialRevocation {
        /// The credential's name, exactly. For example `nightly-builds`.
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
        /// The id of the service credential.
        pub id: ServiceCredentialId,
        /// The client id at the token endpoint. The same as `id`.
        pub client_id: ClientId,
        /// The name, which no other valid service credential of the realm has.
        pub name: Name,
        /// Free text for people.
        pub description: Description,
        /// The realm that it belongs to.
        pub realm: RealmLabel,
        /// Whether it can be used now.
        pub status: Status,
        /// The validity chosen at its creation, in days; null if it never expires.
        pub validity_days: Validity,
        /// When it expires; null if it never does.
        pub expires_at: Option<Timestamp>,
        /// Lifetime of its tokens, in seconds.
        pub token_ttl_seconds: TokenLifetime,
        /// Groups whose scopes and actions it inherits.
        pub groups: Vec<Name>,
        /// Actions on resources that it has by itself.
        pub resources: Vec<ResourceGrant>,
        /// The scopes of its next token, each with its sources.
        pub effective_scopes: Vec<EffectiveScope>,
        /// Who answers for its groups.
        pub responsible: Vec<ResponsibleView>,
        /// What it may administer, if the realm allows administrative credentials.
        pub admin_scopes: Vec<AdminScope>,
        /// The credential that it replaces.
        pub replaces: Option<ServiceCredentialId>,
        /// The end of a replaced credential.
        pub overlap_ends_at: Option<Timestamp>,
        /// When it was created.
        pub created_at: Timestamp,
        /// Who created it.
        pub created_by: Actor,
        /// When it was last changed.
        pub updated_at: Timestamp,
        /// Who changed it last.
        pub updated_by: Actor,
        /// When it was last used; null if it never was.
        pub last_used_at: Option<Timestamp>,
        /// When it was revoked; null if it was not.
        pub revoked_at: Option<Timestamp>,
        /// Who revoked it; null if it is not revoked.
        pub revoked_by: Option<Actor>,
    }
}

answer! { "ObservedServiceCredential" =>
    /// With who learns of its revocation late. The entity tag does not cover it.
    #[derive(Clone)]
    pub struct ObservedCredential {
        .. pub credential: CredentialView,
        /// Audiences of the tier T3: resource servers that were not seen lately, and that may accept its access tokens until
        /// they expire, also after a revocation. Empty once all have expired, and of a credential that administers.
        /// For example `https://builds.example.com`.
        pub audiences_until_expiry: Vec<String>,
    }
}

answer! {
    /// The party responsible for a group of the credential, as recorded in the group.
    #[derive(Clone)]
    pub struct ResponsibleView {
        /// The name of the group.
        pub group: Name,
        /// Who answers for it.
        pub responsible: Description,
    }
}

answer! {
    /// The only answer that has the key.
    pub struct CreatedCredential {
        .. pub credential: CredentialView,
        /// The client key (RFC 6749: client secret). It is shown only once. For example `clvk_…`.
        pub client_key: ShownOnce,
        /// Where the client requests tokens. For example `https://auth.example.com/realms/acme/oauth2/token`.
        pub token_endpoint: String,
        /// One complete curl command. It starts with a space, so shells that honor this keep it out of their
        /// history. For example `curl …`.
        pub usage_example: ShownOnce,
    }
}

answer! {
    /// With the receipt of the credential that it ended immediately, or null.
    pub struct RenewedCredential {
        .. pub created: CreatedCredential,
        /// The receipt, if the predecessor ended at once; else null.
        pub receipt: Option<Receipt>,
    }
}

answer! {
    pub struct ImportedCredential {
        /// The name, as in the line.
        pub name: Name,
        /// The id of the service credential.
        pub id: ServiceCredentialId,
        /// The client id at the token endpoint. The same as `id`.
        pub client_id: ClientId,
        /// The client key (RFC 6749: client secret). It is shown only once. For example `clvk_…`.
        pub client_key: ShownOnce,
    }
}

answer! {
    #[derive(Clone)]
    pub struct CredentialUsageView {
        /// The sums cover only the time since then.
        pub since: Timestamp,
        /// When it was last used; null if it never was.
        pub last_used_at: Option<Timestamp>,
        /// Tokens issued.
        pub issued: u64,
        /// Token requests refused after the client had authenticated.
        pub refused: u64,
        /// Hours with use, newest first.
        pub items: Vec<UsageHourView>,
    }
}

answer! {
    #[derive(Clone)]
    pub struct UsageHourView {
        /// Start of the hour.
        pub hour: Timestamp,
        /// Null if a requested audience does not exist in the realm. For example `https://builds.example.com`.
        pub audience: Option<String>,
        /// Tokens issued.
        pub issued: u64,
        /// Token requests refused after the client had authenticated.
        pub refused: u64,
    }
}
