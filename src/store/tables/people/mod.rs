//! Members, their tokens and sessions, and how they sign in.

pub(in crate::store) mod local_accounts;
pub(in crate::store) mod member_tokens;
pub(in crate::store) mod members;
pub(in crate::store) mod sign_in_providers;
