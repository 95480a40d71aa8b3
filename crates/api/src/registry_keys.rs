//! Keys for container registries.

use claviger_contract::Timestamp;
use claviger_domain::{Algorithm, KeyPurpose};

use crate::macros::answer;

answer! { "RegistryKey" =>
    #[derive(Clone)]
    pub struct RegistryKeyView {
        /// The key id, `kid` in tokens (RFC 7515).
        pub kid: String,
        /// Whether it signs registry tokens, or the certificates of such keys.
        pub purpose: KeyPurpose,
        /// The signature algorithm (RFC 7518).
        pub alg: Algorithm,
        /// In PEM.
        pub certificate: String,
        /// When it was created.
        pub created_at: Timestamp,
    }
}
