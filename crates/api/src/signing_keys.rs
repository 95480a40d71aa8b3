//! Signing keys. Requests with a private key are in the server, which parses it.

use claviger_contract::Timestamp;
use claviger_domain::{Algorithm, KeyRole};

use crate::macros::answer;

answer! { "SigningKey" =>
    #[derive(Clone)]
    pub struct SigningKeyView {
        /// The key id, `kid` in tokens (RFC 7515). For example `key-2027-01`.
        pub kid: String,
        /// The signature algorithm (RFC 7518).
        pub alg: Algorithm,
        /// Whether it signs now, later, or no more.
        pub status: KeyRole,
        /// When it was created.
        pub created_at: Timestamp,
        /// The earliest time at which it may become active.
        pub usable_at: Timestamp,
        /// When it stopped signing; null if it signs or will sign.
        pub retired_at: Option<Timestamp>,
        /// For a retired key: when it leaves the key set.
        pub ends_at: Option<Timestamp>,
    }
}
