//! Tokens of every kind.

pub mod api_token;
pub mod exec_credential;
pub mod member_token;
pub mod personal_access_token;
pub mod registry;
pub mod run_with_token;
pub mod token;
pub mod token_view;
