//! Finds out what a leaked secret is.

use claviger_contract::Timestamp;
use claviger_domain::{EmailAddress, Status, TracedKind};

use crate::macros::{answer, body};
use crate::secrets::leaked_text::LeakedText;

body! {
    pub struct Trace {
        /// What leaked, with or without the text around it. No answer, log or event shows it. For example
        /// `export CLIENT_KEY=clvk_…`.
        pub secret: LeakedText,
    }
}

answer! { "TraceResult" =>
    pub struct TraceView {
        /// What the secret is; null if it is none of this realm.
        pub found: Option<TracedSecret>,
    }
}

answer! {
    #[derive(Clone)]
    pub struct TracedSecret {
        /// What the secret is: the key of a client, an opaque token, or a signed token of a client.
        pub kind: TracedKind,
        /// The id of the client, or of the opaque token: what can be revoked. For example
        /// `6d1f3a52-8f0e-4b6e-9c55-0c8c1f6a1b2d`.
        pub id: String,
        /// The name of the client, or the description of the token. For example `nightly-builds`.
        pub name: String,
        /// The member who owns it; null for an object of the realm.
        pub owner: Option<EmailAddress>,
        /// Whether it is accepted now: active, expired or revoked.
        pub status: Status,
        /// When it ends by itself; null if it never does.
        pub expires_at: Option<Timestamp>,
        /// The jti of a signed token; null for others. For example `0198a1c0-8f0e-7b6e-9c55-0c8c1f6a1b2d`.
        pub jti: Option<String>,
    }
}
