//! Asks the providers of third-party credentials, and seals what was entered for them.

mod access_tokens;
mod held_tokens;
mod providers;
mod secrets;
mod source_types;

pub use access_tokens::ShortLived;
pub use providers::{Candidate, NotAsked, Providers, outcome, stored};
pub use secrets::{SecretsError, open_secrets, seal_secrets};
pub use source_types::SourceTypes;
