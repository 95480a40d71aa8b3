//! Signing keys. Requests with a private key are in the server, which parses it.

use claviger_contract::Timestamp;
use claviger_domain::{Algorithm, KeyRole};

use crate::macros::answer;

answer! { "SigningKey" =>
    #[derive(Clone)]
    pub struct SigningKeyView {
        pub kid: String,
        pub alg: Algorithm,
        pub status: KeyRole,
        pub created_at: Timestamp,
        /// The earliest time at which it may become active.
        pub usable_at: Timestamp,
        pub retired_at: Option<Timestamp>,
        /// For a retired key: when it leaves the key set.
        pub ends_at: Option<Timestamp>,
    }
}
