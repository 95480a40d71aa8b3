//! Signing in and out, confirming who one is, and one's own account.

mod browser;
pub mod callback;
pub mod command_line;
pub mod confirm;
pub mod invitation;
pub mod journey;
pub mod own_account;
pub mod provider;
pub mod recovery_codes;
pub mod second_factor;
pub mod sign_in;
pub mod sign_in_code;
pub mod told_sign_ins;
