//! Members, their tokens and sessions, and how they sign in.

pub mod identity_links;
pub mod local_accounts;
pub mod member_token_list;
pub mod member_tokens;
pub mod members;
pub mod sign_in_providers;
