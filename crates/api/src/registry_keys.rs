//! Keys for container registries.

use claviger_contract::Timestamp;
use claviger_domain::{Algorithm, KeyPurpose};

use crate::macros::answer;

answer! { "RegistryKey" =>
    #[derive(Clone)]
    pub struct RegistryKeyView {
        pub kid: String,
        pub purpose: KeyPurpose,
        pub alg: Algorithm,
        /// In PEM.
        pub certificate: String,
        pub created_at: Timestamp,
    }
}
