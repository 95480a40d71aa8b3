//! Signs what webhooks are told of, and sends it.

mod secrets;
mod sender;

pub use secrets::{WebhookSecrets, WebhookSecretsError};
pub use sender::{Message, WebhookSender};
