//! The commands, one file per noun or verb.

#[cfg(test)]
mod bodies;
pub mod credentials;
pub mod integration;
pub mod realms;
pub mod revocation;
pub mod sign_in;
pub mod tokens;
pub mod vault;
pub mod webhooks;
