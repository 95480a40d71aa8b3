//! The commands, one file per noun or verb.

pub(super) mod credentials;
pub(super) mod integration;
pub(super) mod operator;
pub(super) mod realms;
pub(super) mod tokens;
