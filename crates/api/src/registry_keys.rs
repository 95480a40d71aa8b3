//! Keys for container registries.

use claviger_contract::Timestamp;
use claviger_domain::{Algorithm, KeyPurpose};

use crate::macros::answer;

answer! { "RegistryKey" =>
    #[derive(Clone)]
    pub struct RegistryKeyView {
        /// The key id, `kid` in tokens (RFC 7515). For example `key-2027-01`.
        pub kid: String,
        /// Whether it signs registry tokens, or the certificates of such keys.
        pub purpose: KeyPurpose,
        /// The signature algorithm (RFC 7518).
        pub alg: Algorithm,
        /// In PEM. For example `-----BEGIN CERTIFICATE-----…`.
        pub certificate: String,
        /// When it was created.
        pub created_at: Timestamp,
    }
}
