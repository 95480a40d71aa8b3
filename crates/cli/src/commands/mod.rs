//! The commands, one file per noun or verb.

pub mod credentials;
pub mod integration;
pub mod realms;
pub mod tokens;
