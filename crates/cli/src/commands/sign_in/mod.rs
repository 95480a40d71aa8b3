//! Signing in with the browser, a token or a client key, and signing out.

mod approval;
mod browser;
pub mod login;
pub mod logout;
mod loopback;
mod made_token;
mod proof_key;
