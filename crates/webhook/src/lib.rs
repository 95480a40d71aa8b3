//! Signatures of webhooks by the Standard Webhooks specification: the server signs, receivers verify.

mod secret;
mod signature;

pub use secret::{InvalidWebhookSecret, WebhookSecret};
pub use signature::{
    ID_HEADER, SIGNATURE_HEADER, Signed, TIMESTAMP_HEADER, TOLERANCE_SECONDS, Unverified, sign, verify,
};
