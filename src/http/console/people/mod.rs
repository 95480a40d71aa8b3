//! Signing in and out, confirming who one is, and one's own account.

mod browser;
pub mod confirm;
pub mod invitation;
pub mod own_account;
pub mod sign_in;
