//! Secrets in bodies: those of requests, and those that one answer shows.

pub mod given_secret;
pub mod leaked_text;
pub mod shown_once;
