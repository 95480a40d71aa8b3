//! How people sign in: with an account of this server, or at a provider of OpenID Connect, and what follows.

pub mod local_account;
pub mod method;

pub mod claims;
pub mod decision;
pub mod email_domain;
pub mod identity_link;
pub mod issuer;
pub mod provider;
pub mod roles;
pub mod rule;
pub mod settings;
pub mod texts;
