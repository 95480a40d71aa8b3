//! Members, what they own, and how they sign in.

pub mod command_line;
pub mod identities;
pub mod member_tokens;
pub mod members;
pub mod sign_in;
