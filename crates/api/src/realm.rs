//! The realm itself: its settings.

use claviger_contract::{RealmLabel, Timestamp};
use claviger_domain::{Algorithm, Description, RegistryService, RegistryTokenLifetime};

use crate::macros::{answer, edit};

edit! {
    pub struct RealmEdit {
        /// The name to show.
        pub display_name: Description,
        /// Whether service credentials may be created.
        pub service_credentials: bool,
        /// Whether service credentials may administer, with scopes granted by an account_holder.
        pub administrative_credentials: bool,
        /// Whether a token request must name one audience (RFC 8707).
        pub require_resource: bool,
        /// Algorithm of the next signing key.
        pub default_alg: Algorithm,
        /// The registries that tokens are issued for; empty means any.
        pub registry_services: Vec<RegistryService>,
        /// Lifetime of registry tokens, in seconds.
        pub registry_token_ttl_seconds: RegistryTokenLifetime,
    }
}

answer! { "Realm" =>
    #[derive(Clone)]
    pub struct RealmView {
        /// The label that identifies the realm.
        pub realm: RealmLabel,
        /// The issuer of its tokens (RFC 8414). For example `https://auth.example.com/realms/acme`.
        pub issuer: String,
        /// The name to show.
        pub display_name: Description,
        /// Whether service credentials may be created.
        pub service_credentials: bool,
        /// Whether service credentials may administer, with scopes granted by an account_holder.
        pub administrative_credentials: bool,
        /// Whether a token request must name one audience (RFC 8707).
        pub require_resource: bool,
        /// Algorithm of the next signing key.
        pub default_alg: Algorithm,
        /// The registries that tokens are issued for; empty means any.
        pub registry_services: Vec<RegistryService>,
        /// Lifetime of registry tokens, in seconds.
        pub registry_token_ttl_seconds: RegistryTokenLifetime,
        /// While set, the realm neither issues nor accepts tokens.
        pub suspended_at: Option<Timestamp>,
        /// When it was created.
        pub created_at: Timestamp,
        /// When it was last changed.
        pub updated_at: Timestamp,
    }
}
