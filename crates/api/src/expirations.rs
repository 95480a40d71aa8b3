//! Everything that ends by itself.

use claviger_contract::Timestamp;
use claviger_domain::{EmailAddress, ExpirationCause, ExpirationKind};

use crate::macros::answer;

answer! { "Expiration" =>
    #[derive(Clone)]
    pub struct ExpirationView {
        /// The kind of the object that ends.
        pub kind: ExpirationKind,
        /// The id of the object, or the key id of a key. For example `6d1f3a52-8f0e-4b6e-9c55-0c8c1f6a1b2d`.
        pub id: String,
        /// The name of the object, the description of a token, or the algorithm of a key. For example `nightly-builds`.
        pub name: String,
        /// From this second on it is no longer accepted.
        pub expires_at: Timestamp,
        /// Why it ends at that time.
        pub cause: ExpirationCause,
        /// The member who owns it; null for an object of the realm.
        pub owner: Option<EmailAddress>,
    }
}
