//! Secrets that are shown once, what is stored of them, and what a leaked one can be.

pub(crate) mod secret;
pub(crate) mod secret_digest;
pub(crate) mod traced;
