//! How people sign in.

pub mod local_account;
pub mod method;
